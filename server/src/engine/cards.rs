//! Cards are desired state: what is stale is taken up, one call of the room at a time, one server in
//! a group, no faster than the room allows.

use std::sync::Arc;
use std::time::Duration;

use notify::Room as Port;
use notify::room::RoomError;

use super::Chore;
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

/// The chore of the cards of one room.
pub struct Cards {
    app: App,
    room: Room,
    port: Arc<dyn Port>,
    owner: String,
}

impl Cards {
    /// The chore of this room, in the name of this process.
    pub fn new(app: App, room: Room, port: Arc<dyn Port>, owner: String) -> Self {
        Self { app, room, port, owner }
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

    async fn tick(&self) -> anyhow::Result<usize> {
        let mut made = 0;
        while made < ROUND {
            let own = self.app.own("engine");
            let claimed = self.app.clock.steady();
            let office = &self.app.office;
            let Some(job) = cards::next(office, &own, self.room, &self.owner).await? else { break };
            self.app.pulse.beat(self.name(), &*self.app.clock);
            let outcome = self.make(&job, claimed).await;
            if let Err(why) = &outcome {
                tracing::warn!(room = %self.room, error = %why, "a card is not as it should be");
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
