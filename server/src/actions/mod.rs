//! Verbs: one verb is one transaction. Everything that happens enters here, whichever door it came
//! through, and is written together: state, timeline, audit, outbox, timers.

pub mod accounts;
pub mod announce;
pub mod api_keys;
pub mod audit;
pub mod calendars;
pub mod canary;
pub mod chat;
pub mod clock_set;
pub mod clocks;
pub mod closing;
pub mod contacts;
pub mod deliveries;
pub mod dispatches;
pub mod drills;
pub mod duties;
pub mod escalation;
pub mod evidence;
pub mod files;
pub mod housekeeping;
pub mod import;
pub mod incident_view;
pub mod incidents;
pub mod letters;
pub mod library;
pub mod linking;
pub mod mailbox;
pub mod members;
pub mod notes;
pub mod notices;
pub mod once;
pub mod organisations;
pub mod passwords;
pub mod places;
pub mod procedure;
pub mod push;
pub mod questions;
pub mod queue;
pub mod recipients;
pub mod record;
mod recut;
pub mod reports;
pub mod rota;
pub mod run_version;
pub mod run_view;
pub mod second_factor;
pub mod sessions;
pub mod shelf;
pub mod sign_in;
pub mod situation;
pub mod snoozes;
pub mod states;
pub mod systems;
pub mod tasks;
pub mod timers;
pub mod tokens;
pub mod told;

pub mod tracking;
pub mod triage;
pub mod webhooks;

#[cfg(test)]
mod calls_tests;
#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod procedure_tests;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::person::Actor;
use crate::domain::sight::Sight;
use crate::domain::words::Language;
use crate::error::Result;
use crate::store::{Conn, Db};

/// What every action works with.
#[derive(Clone)]
pub struct Office {
    /// The database.
    pub db: Db,
    /// The rules of this installation.
    pub config: Arc<Config>,
    /// Wakes the engine after a write.
    pub wake: Arc<Notify>,
    /// Where the bytes of evidence lie.
    pub files: files::Files,
    /// Where passwords are hashed, a few at once.
    pub hashing: Arc<passwords::Hashing>,
    /// The playbooks in force, as this process read them last.
    pub shelf: Arc<shelf::Shelf>,
}

impl Office {
    /// An office over a database.
    pub fn new(db: Db, config: Arc<Config>) -> Self {
        let files = files::Files::new(&config.evidence);
        let wake = Arc::new(Notify::new());
        Self { db, config, wake, files, hashing: Arc::default(), shelf: Arc::default() }
    }

    /// Writes in one transaction, then wakes the engine: there may be something to send. A request
    /// that came with a key claims it in its first transaction ([`once::Claim`]).
    ///
    /// # Errors
    /// Those of [`Db::write`]; what [`once::Claim`] says of a key that is known.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + 'static,
    {
        let claim = once::Claim::current();
        let done = match claim.clone() {
            None => self.db.write(work).await,
            Some(claim) => {
                let claimed = move |tx: &mut Conn| {
                    claim.take(tx)?;
                    work(tx)
                };
                self.db.write(claimed).await
            }
        };
        if done.is_ok() {
            if let Some(claim) = claim {
                claim.taken();
            }
            self.wake.notify_one();
        }
        done
    }
}

/// Who does it, when, and from where; made once per request or tick.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who.
    pub actor: Actor,
    /// The one instant of everything in this action.
    pub now: Timestamp,
    /// The client's address, for the audit trail.
    pub address: String,
    /// The request's identifier, for the logs.
    pub request_id: String,
    /// The language of the answer.
    pub language: Language,
}

impl Ctx {
    /// What the engine, the command line and the demo act in.
    pub fn service(name: &'static str, now: Timestamp) -> Self {
        Self {
            actor: Actor::Service(name),
            now,
            address: String::new(),
            request_id: String::new(),
            language: Language::Vi,
        }
    }

    /// What this actor sees.
    pub fn sight(&self) -> Sight {
        Sight::of(&self.actor)
    }
}
