//! Whether the engine of this process lives: when each of its chores last did its round. Reckoned in
//! time that passes whatever the wall clock is set to.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::words::{Channel, Room};

/// A chore that did no round for so long is taken for dead.
pub const SILENCE: Duration = Duration::from_secs(60);

/// A room that answers nothing for so long is shown.
pub const AWAY: Duration = Duration::from_secs(60);

/// Why a room is not heard, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// Since when, in time that really passes.
    pub since: Duration,
    /// In the room's words, without secrets.
    pub why: String,
    /// It will not pass by itself: the room does not accept our credentials.
    pub denied: bool,
}

/// The last round of each chore, the channels that do not carry, and the rooms that are not heard.
#[derive(Debug, Default)]
pub struct Pulse {
    last: Mutex<BTreeMap<&'static str, Duration>>,
    trouble: Mutex<Vec<Channel>>,
    away: Mutex<BTreeMap<Room, Away>>,
    over: CancellationToken,
}

impl Pulse {
    /// This chore lives.
    pub fn beat(&self, chore: &'static str, clock: &dyn Clock) {
        self.last().insert(chore, clock.steady());
    }

    /// The engine ends: nobody is expected to live.
    pub fn end(&self) {
        self.last().clear();
        self.over.cancel();
    }

    /// Waits until the engine ends: for chores that wait for somebody outside.
    pub async fn over(&self) {
        self.over.cancelled().await;
    }

    /// This room does not answer. Answers whether that is news.
    pub fn is_away(&self, room: Room, why: String, denied: bool, clock: &dyn Clock) -> bool {
        let mut rooms = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let known = rooms.get(&room);
        let since = known.map_or_else(|| clock.steady(), |away| away.since);
        let is_news = known.is_none_or(|known| known.denied != denied);
        rooms.insert(room, Away { since, why, denied });
        is_news
    }

    /// This room answers. Answers whether that is news.
    pub fn is_back(&self, room: Room) -> bool {
        self.away.lock().unwrap_or_else(PoisonError::into_inner).remove(&room).is_some()
    }

    /// The rooms that are not heard, however short.
    pub fn unheard(&self) -> Vec<(Room, Away)> {
        let rooms = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.iter().map(|(room, away)| (*room, away.clone())).collect()
    }

    /// The rooms that are not heard for so long that people should know.
    pub fn lost(&self, clock: &dyn Clock) -> Vec<Room> {
        let now = clock.steady();
        let lost = |away: &Away| away.denied || now.saturating_sub(away.since) >= AWAY;
        self.unheard().into_iter().filter(|(_, away)| lost(away)).map(|(room, _)| room).collect()
    }

    /// Whether the engine ends: nothing long is begun any more.
    pub fn has_ended(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Each chore, and how long ago it did its last round.
    pub fn rounds(&self, clock: &dyn Clock) -> Vec<(&'static str, Duration)> {
        let now = clock.steady();
        self.last().iter().map(|(chore, at)| (*chore, now.saturating_sub(*at))).collect()
    }

    /// The chores that are silent for too long.
    pub fn dead(&self, clock: &dyn Clock) -> Vec<(&'static str, Duration)> {
        let mut rounds = self.rounds(clock);
        rounds.retain(|(_, since)| *since >= SILENCE);
        rounds
    }

    /// These channels' canaries are late or failed.
    pub fn in_trouble(&self, channels: Vec<Channel>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = channels;
    }

    /// The channels whose last canary is late or failed, as the engine of this process last saw.
    pub fn trouble(&self) -> Vec<Channel> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<&'static str, Duration>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
