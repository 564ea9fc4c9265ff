//! Cards are desired state: what is stale is taken up, one call of the room at a time, one server in
//! a group, at the pace that all share who write there and after whatever is more urgent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use notify::room::RoomError;
use notify::{Rank, Room as Port};

use super::pace::Pace;
use super::{BEAT, Chore};
use crate::actions::chat::cards::{self, Job, Step};
use crate::app::App;
use crate::domain::words::Room;
use crate::error::Result;
use crate::store::{Place, chat_groups};

/// A call takes at most so long.
const CALL: Duration = Duration::from_secs(30);
/// So long after its claim a call may begin, in time that really passes.
const BEGIN_WITHIN: Duration = Duration::from_secs(15);
/// Calls of one round.
const ROUND: usize = 20;
/// When a limit was reached it looks again so soon.
const SOON: Duration = Duration::from_millis(250);

/// The chore of the cards of one room.
pub struct Cards {
    app: App,
    room: Room,
    port: Arc<dyn Port>,
    owner: String,
    pace: Pace,
    /// A limit was reached at the last look.
    full: AtomicBool,
}

impl Cards {
    /// The chore of this room, in the name of this process.
    pub fn new(app: App, room: Room, port: Arc<dyn Port>, owner: String) -> Self {
        let (pace, full) = (Pace::new(app.config()), AtomicBool::new(false));
        Self { app, room, port, owner, pace, full }
    }

    /// At the pace of others that send by the same way.
    #[must_use]
    pub fn paced(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    async fn call(&self, job: &Job) -> std::result::Result<String, RoomError> {
        let (port, address) = (&*self.port, job.address.as_str());
        let chat = job.group.chat.as_str();
        let nothing = |()| String::new();
        match &job.step {
            Step::Open => port.open_topic(chat, &job.title).await,
            Step::Put(letter) => port.put(address, letter).await,
            Step::Remove(message) => port.remove(address, message).await.map(nothing),
            Step::Pin(message) => port.pin(address, message).await.map(nothing),
            Step::Change(message, letter) => {
                port.change(address, message, letter).await.map(nothing)
            }
            Step::Rename(topic) => port.rename_topic(chat, topic, &job.title).await.map(nothing),
            Step::Reopen(topic) => port.close_topic(chat, topic, false).await.map(nothing),
            Step::Close(topic) => port.close_topic(chat, topic, true).await.map(nothing),
        }
    }

    /// Makes the call, if it may still begin.
    async fn make(&self, job: &Job, claimed: Duration) -> std::result::Result<String, RoomError> {
        if self.app.clock.steady().saturating_sub(claimed) > BEGIN_WITHIN {
            // Another server may have the group by now.
            let why = "this server stood still after it had claimed the group".to_owned();
            return Err(RoomError::Retry { after: Some(Duration::ZERO), why });
        }
        tokio::time::timeout(CALL, self.call(job)).await.unwrap_or_else(|_| {
            let why = format!("no answer within {} s", CALL.as_secs());
            Err(RoomError::Retry { after: None, why })
        })
    }
}

impl Chore for Cards {
    fn name(&self) -> &'static str {
        match self.room {
            Room::Telegram => "cards.telegram",
            Room::Matrix => "cards.matrix",
        }
    }

    fn hears_of_writes(&self) -> bool {
        // What changes is shown a second later, together with what changed meanwhile.
        false
    }

    fn pause(&self) -> Duration {
        if self.full.load(Ordering::Relaxed) { SOON } else { BEAT }
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let (office, kind) = (&self.app.office, self.port.kind());
        let mut made = 0;
        for _ in 0..ROUND {
            let own = self.app.own("engine");
            let busy = self.pace.busy(kind, Rank::Plain, own.now);
            let none = self.pace.room(kind, Rank::Plain, own.now) == 0;
            self.full.store(none || !busy.is_empty(), Ordering::Relaxed);
            if none {
                break;
            }
            let claimed = self.app.clock.steady();
            let Some(job) = cards::next(office, &own, self.room, &self.owner, busy).await? else {
                break;
            };
            self.app.pulse.beat(self.name(), &*self.app.clock);
            let chat = job.group.chat.clone();
            if self.pace.permit(kind, &chat, Rank::Plain, own.now).is_err() {
                // A message took the place meanwhile.
                cards::give_back(office, &self.owner, job).await?;
                continue;
            }
            let outcome = self.make(&job, claimed).await;
            if let Err(why) = &outcome {
                tracing::warn!(room = %self.room, error = %why, "a card is not as it should be");
            }
            if let Err(RoomError::Retry { after: Some(wait), .. }) = &outcome {
                self.pace.hold(kind, &chat, self.app.clock.now(), *wait);
            }
            let word = if outcome.is_ok() { "done" } else { "failed" };
            metrics::counter!("dieuphoi_cards_total", "room" => self.room.as_word(), "outcome" => word)
                .increment(1);
            cards::settle(office, &self.app.own("engine"), &self.owner, job, outcome).await?;
            made += 1;
        }
        Ok(made)
    }
}

/// On SQLite there is no other server: what an earlier process held is free.
pub(super) async fn take_over(app: &App) -> Result<()> {
    if let Place::Sqlite(_) = app.office.db.place() {
        app.office.db.write(|tx| chat_groups::free_all(tx).map(|_| ())).await?;
    }
    Ok(())
}

/// The groups that this process works in are anybody's.
pub(super) async fn let_go(app: &App, owner: &str) {
    let owner = owner.to_owned();
    let freed = app.office.db.write(move |tx| chat_groups::free_of(tx, &owner)).await;
    if let Err(why) = freed {
        tracing::warn!(error = %why, "the claims on groups end by themselves");
    }
}
