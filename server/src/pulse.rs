//! Whether the engine of this process lives: when each of its chores last did its round. Reckoned in
//! time that passes whatever the wall clock is set to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::words::Channel;

/// A chore that did no round for so long is taken for dead.
pub const SILENCE: Duration = Duration::from_secs(60);

/// The last round of each chore, and the channels that do not carry.
#[derive(Debug, Default)]
pub struct Pulse {
    last: Mutex<BTreeMap<&'static str, Duration>>,
    trouble: Mutex<Vec<Channel>>,
    ended: AtomicBool,
}

impl Pulse {
    /// This chore lives.
    pub fn beat(&self, chore: &'static str, clock: &dyn Clock) {
        self.last().insert(chore, clock.steady());
    }

    /// The engine ends: nobody is expected to live.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.last().clear();
    }

    /// Whether the engine ends: nothing long is begun any more.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
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
