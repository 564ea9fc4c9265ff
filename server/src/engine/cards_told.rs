//! Messages with buttons that have left and whose matter is settled: they are changed where they
//! stand, within a second. One that is gone, or cannot be changed, needs nothing more.

use std::sync::Arc;

use chrono::Duration;
use notify::room::RoomError;
use notify::{Letter, Rank, Room};

use super::Chore;
use super::pace::Pace;
use crate::actions::chat::settled;
use crate::app::App;
use crate::domain::words::Channel;
use crate::error::Result;
use crate::records::Delivery;
use crate::store::engine::readdress;
use crate::store::{Conn, withdrawal};

/// Changed at once.
const BATCH: usize = 16;
/// A card that cannot be changed for so long stays as it is: its buttons say that it is over.
const GIVE_UP: Duration = Duration::hours(24);
/// Tried again after this, when the room says nothing else.
const AGAIN: Duration = Duration::seconds(15);

/// The chore of the cards of one room.
pub struct CardsTold {
    app: App,
    channel: Channel,
    room: Arc<dyn Room>,
    pace: Pace,
}

/// A card that is being changed is nobody else's for so long, seconds: longer than a change takes.
const HELD_SECONDS: i64 = 75;

/// What becomes of a card.
enum Fate {
    Done,
    Later(Duration),
    Moved(String),
}

impl CardsTold {
    /// The chore of this room, at the pace of the messages that go there.
    pub fn new(app: App, channel: Channel, room: Arc<dyn Room>, pace: Pace) -> Self {
        Self { app, channel, room, pace }
    }

    async fn change(&self, card: Delivery) -> anyhow::Result<()> {
        let now = self.app.clock.now();
        // Whoever pressed, or is still asked, sees it before what is not urgent; an alarm goes first.
        let fate = match self.pace.permit(self.room.kind(), &card.address, Rank::Changed, now) {
            Err(at) => Fate::Later(at - now),
            Ok(()) => {
                let (office, row) = (self.app.office.clone(), card.clone());
                let say = move |c: &mut Conn| settled::changed(c, &office, &row);
                match self.app.office.db.read(say).await {
                    Ok(letter) => self.attempt(&card, &letter).await,
                    // What it said cannot be read any more: it stays as it is.
                    Err(_) => Fate::Done,
                }
            }
        };
        let written: Result<()> = self
            .app
            .office
            .db
            .write(move |tx| match &fate {
                Fate::Done => withdrawal::card_done(tx, card.id),
                Fate::Later(_) if now > card.created_at + GIVE_UP => {
                    withdrawal::card_done(tx, card.id)
                }
                Fate::Later(wait) => withdrawal::card_later(tx, card.id, now + *wait),
                Fate::Moved(to) => {
                    readdress(tx, card.id, to)?;
                    withdrawal::card_later(tx, card.id, now)
                }
            })
            .await;
        Ok(written?)
    }

    async fn attempt(&self, card: &Delivery, letter: &Letter) -> Fate {
        let Some(message) = &card.reference else { return Fate::Done };
        let changed = self.room.change(&card.address, message, letter).await;
        let now = self.app.clock.now();
        match changed {
            Ok(()) => Fate::Done,
            Err(RoomError::Retry { after, .. }) => {
                if let Some(wait) = after {
                    self.pace.hold(self.room.kind(), &card.address, now, wait);
                }
                let wait = after.and_then(|wait| Duration::from_std(wait).ok());
                Fate::Later(wait.unwrap_or(AGAIN))
            }
            // Ours to repair.
            Err(RoomError::Denied { .. }) => Fate::Later(AGAIN * 4),
            Err(RoomError::Moved { to }) => Fate::Moved(to),
            Err(
                RoomError::Closed { .. }
                | RoomError::NoTopic { .. }
                | RoomError::NoMessage { .. }
                | RoomError::Refused { .. },
            ) => Fate::Done,
        }
    }
}

impl Chore for CardsTold {
    fn name(&self) -> &'static str {
        if self.channel == Channel::Telegram { "told.telegram" } else { "told.other" }
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let now = self.app.clock.now();
        let room = self.pace.room(self.room.kind(), Rank::Changed, now).min(BATCH);
        if room == 0 {
            return Ok(0);
        }
        let (channel, limit) = (self.channel, i64::try_from(room)?);
        let until = now + Duration::seconds(HELD_SECONDS);
        let claim = move |tx: &mut Conn| withdrawal::claim_cards(tx, channel, now, until, limit);
        let cards = self.app.office.db.write(claim).await?;
        let count = cards.len();
        let changes = cards.into_iter().map(|card| self.change(card));
        for changed in futures_util::future::join_all(changes).await {
            changed?;
        }
        Ok(count)
    }
}
