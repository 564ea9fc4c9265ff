//! What people say in a room comes in: one server fetches it (or any has it brought), keeps it, and only
//! then confirms it; the same one handles what is kept, in order. A room that cannot be reached stops
//! nothing: it is asked again later, and shown.

mod hear;
mod poll;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::Room as Port;

pub use self::hear::Hear;
pub use self::poll::Poll;
use crate::app::App;
use crate::domain::words::Room;
use crate::error::Result;
use crate::store::{Place, engine};

/// One fetch waits so long for the first update.
const WAIT: Duration = Duration::from_secs(10);
/// The lease is renewed after so long …
const RENEW: Duration = Duration::from_secs(15);
/// … and ends after so many seconds without.
const EXPIRES: i64 = 45;
/// Whoever has no lease asks for it so often.
const ASK: Duration = Duration::from_secs(5);

/// One room, and this server's right to listen there.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

struct Inner {
    app: App,
    room: Room,
    port: Arc<dyn Port>,
    owner: String,
    wait: Duration,
    lease: Mutex<Lease>,
}

/// What is known of the lease, in time that really passes.
#[derive(Default)]
struct Lease {
    held_since: Option<Duration>,
    asked: Option<Duration>,
}

impl Intake {
    /// The intake of this room, in the name of this process.
    pub fn new(app: App, room: Room, port: Arc<dyn Port>, owner: String) -> Self {
        Self::waiting(app, room, port, owner, WAIT)
    }

    /// The same with another wait for the first update: tests wait for nothing.
    pub fn waiting(
        app: App,
        room: Room,
        port: Arc<dyn Port>,
        owner: String,
        wait: Duration,
    ) -> Self {
        Self(Arc::new(Inner { app, room, port, owner, wait, lease: Mutex::default() }))
    }

    /// On SQLite there is no other server: what an earlier process held is free.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn take_over(&self) -> Result<()> {
        if let Place::Sqlite(_) = self.0.app.office.db.place() {
            let (name, now) = (self.0.room.as_word(), self.0.app.clock.now());
            self.0.app.office.db.write(move |tx| engine::free_lease(tx, name, None, now)).await?;
        }
        Ok(())
    }

    /// The next server need not wait until the lease ends.
    pub async fn let_go(&self) {
        let (name, owner) = (self.0.room.as_word(), self.0.owner.clone());
        let now = self.0.app.clock.now();
        let freed = self
            .0
            .app
            .office
            .db
            .write(move |tx| engine::free_lease(tx, name, Some(&owner), now))
            .await;
        if let Err(why) = freed {
            tracing::warn!(error = %why, "the lease of {name} ends by itself");
        }
    }

    /// Whether this server is the one that listens.
    async fn is_mine(&self) -> Result<bool> {
        let now = self.0.app.clock.steady();
        {
            let lease = self.lease();
            let fresh =
                |at: Option<Duration>, within| at.is_some_and(|at| now.saturating_sub(at) < within);
            if fresh(lease.held_since, RENEW) {
                return Ok(true);
            }
            if lease.held_since.is_none() && fresh(lease.asked, ASK) {
                return Ok(false);
            }
        }
        let (name, owner) = (self.0.room.as_word(), self.0.owner.clone());
        let at = self.0.app.clock.now();
        let until = at + chrono::Duration::seconds(EXPIRES);
        let mine = self
            .0
            .app
            .office
            .db
            .write(move |tx| engine::lease(tx, name, &owner, at, until))
            .await?;
        let mut lease = self.lease();
        lease.asked = Some(now);
        lease.held_since = mine.then_some(now);
        Ok(mine)
    }

    fn lease(&self) -> MutexGuard<'_, Lease> {
        self.0.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
