//! Messages leave: claimed for a while, handed over outside any transaction, settled by whoever
//! still holds the claim. A message that a crash caught in the middle is sent again under the same
//! Message-ID and marked as a possible double; one lane sends one message after the other, so a
//! crash doubles one at most.

use std::sync::{Mutex, PoisonError};

use chrono::Duration;
use notify::{Channel as _, Envelope, Letter, Limits, LocalMailbox, Outcome, Rates, Thread};

use super::Chore;
use super::channels::Lane;
use super::mailbox::Shelf;
use crate::actions::deliveries;
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::records::Delivery;
use crate::store::engine::LEASE_SECONDS;
use crate::store::{Place, engine};

/// Claimed at once by one lane.
const BATCH: usize = 8;
/// A hand-over takes at most so long, seconds.
const SEND_SECONDS: u64 = 50;
/// So long after its claim a hand-over may begin, in time that really passes.
const BEGIN_WITHIN: std::time::Duration = std::time::Duration::from_secs(15);

/// The chore of one channel.
pub struct Outbox {
    app: App,
    lane: Lane,
    owner: String,
    limits: Mutex<Limits>,
    /// For what stays here whatever is configured: the letters of drills.
    here: LocalMailbox<Shelf>,
}

impl Outbox {
    /// The chore of this lane, in the name of this process.
    pub fn new(app: App, lane: Lane, owner: String) -> Self {
        let rates = Rates { mail_per_second: app.config().mail.per_second, ..Rates::default() };
        let here = LocalMailbox::new(lane.carrier.kind(), Shelf::new(app.clone()));
        Self { app, lane, owner, limits: Mutex::new(Limits::new(rates)), here }
    }

    /// How many may leave now, at most so many as are claimed at once.
    fn room(&self, now: i64) -> usize {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.room(self.lane.carrier.kind(), now).min(BATCH)
    }

    fn may_leave(&self, delivery: &Delivery, now: i64) -> std::result::Result<(), i64> {
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits
            .permit(self.lane.carrier.kind(), &delivery.address, now)
            .map_err(|wait| wait.0.max(now + 1))
    }

    async fn hand_over(&self, delivery: &Delivery) -> Outcome {
        let envelope = match envelope(self.app.config(), delivery) {
            Ok(envelope) => envelope,
            // A row that cannot be read now cannot be read later.
            Err(why) => return Outcome::Undeliverable { why: why.to_string() },
        };
        let whole = std::time::Duration::from_secs(SEND_SECONDS);
        let sending = match delivery.kept {
            true => self.here.send(&envelope),
            false => self.lane.carrier.send(&envelope),
        };
        tokio::time::timeout(whole, sending).await.unwrap_or_else(|_| Outcome::Retry {
            after: None,
            why: format!("no answer within {SEND_SECONDS} s"),
        })
    }
}

impl Chore for Outbox {
    fn name(&self) -> &'static str {
        match self.lane.channel {
            crate::domain::words::Channel::Mail => "outbox.mail",
            crate::domain::words::Channel::Telegram => "outbox.telegram",
            crate::domain::words::Channel::Webhook => "outbox.webhook",
            crate::domain::words::Channel::Phone => "outbox.phone",
            crate::domain::words::Channel::Matrix => "outbox.matrix",
            crate::domain::words::Channel::Push => "outbox.push",
        }
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let now = self.app.clock.now();
        let channel = self.lane.channel;
        let room = self.room(now.micros());
        if room == 0 {
            // Claiming what may not leave yet would only write it back and forth.
            return Ok(0);
        }
        let owner = self.owner.clone();
        let until = now + Duration::seconds(LEASE_SECONDS);
        let limit = i64::try_from(room)?;
        let claimed = self
            .app
            .office
            .db
            .write(move |tx| engine::claim(tx, &owner, channel, now, until, limit))
            .await?;
        let count = claimed.len();
        let claimed_at = self.app.clock.steady();
        // One is recorded before the next one leaves.
        for delivery in claimed {
            self.app.pulse.beat(self.name(), &*self.app.clock);
            let now = self.app.clock.now();
            let (owner, id) = (self.owner.clone(), delivery.id);
            // What was withdrawn meanwhile does not leave; nor does what another server took over
            // while this one was frozen, whatever the clocks say.
            let mine = self.owner.clone();
            let wanted =
                self.app.office.db.read(move |c| engine::still_wanted(c, id, &mine)).await?;
            if !wanted {
                self.app.office.db.write(move |tx| engine::let_go(tx, id, &owner)).await?;
                continue;
            }
            let since = self.app.clock.steady().saturating_sub(claimed_at);
            let wait = if since > BEGIN_WITHIN {
                // The claim would end under way: this one is claimed anew.
                Some(now)
            } else {
                let permit = self.may_leave(&delivery, now.micros());
                permit.err().map(crate::clock::Timestamp::from_micros)
            };
            if let Some(at) = wait {
                let back = move |tx: &mut crate::store::Conn| engine::put_back(tx, id, &owner, at);
                self.app.office.db.write(back).await?;
                continue;
            }
            let outcome = self.hand_over(&delivery).await;
            let own = self.app.own("engine");
            deliveries::settle(&self.app.office, &own, &self.owner, delivery, outcome).await?;
        }
        Ok(count)
    }
}

/// The message of a row of the outbox.
///
/// # Errors
/// A letter that cannot be read.
pub fn envelope(config: &Config, delivery: &Delivery) -> Result<Envelope> {
    let letter: Letter = serde_json::from_str(&delivery.letter).map_err(Error::internal)?;
    let host = mail_host(config);
    Ok(Envelope {
        id: delivery.id.to_string(),
        message_id: format!("<{}@{host}>", delivery.id),
        to_name: delivery.recipient_name.clone(),
        to_address: delivery.address.clone(),
        letter,
        thread: delivery.thread.as_ref().map(|root| Thread { root: format!("<{root}@{host}>") }),
    })
}

fn mail_host(config: &Config) -> String {
    let from = &config.mail.from_address;
    from.rsplit('@').next().unwrap_or("localhost").to_owned()
}

/// On SQLite there is no other server: what an earlier process left in the middle is due at once.
pub(super) async fn take_over(app: &App, owner: &str) -> Result<()> {
    if let Place::Sqlite(_) = app.office.db.place() {
        let (owner, now) = (owner.to_owned(), app.clock.now());
        app.office.db.write(move |tx| engine::expire_leases(tx, &owner, now)).await?;
    }
    Ok(())
}
