//! How fast the channels are used: one measure for everything of this process that goes the same way,
//! messages of the outbox, cards that are changed, and the calls that keep a group's cards and topics.
//! Several servers do not add up in a group's cards, because one of them alone works there at a time;
//! where their messages do, the room asks for a pause, and that chat waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::{ChannelKind, Limits, Rank, Rates};

use crate::clock::Timestamp;
use crate::config::Config;

/// The limits of this process, shared.
#[derive(Clone)]
pub struct Pace(Arc<Mutex<Limits>>);

impl Pace {
    /// As configured; nothing sent yet.
    pub fn new(config: &Config) -> Self {
        let rates = Rates { mail_per_second: config.mail.per_second, ..Rates::default() };
        Self(Arc::new(Mutex::new(Limits::new(rates))))
    }

    /// May one message go to this address now? Yes counts it.
    ///
    /// # Errors
    /// When to ask again.
    pub fn permit(
        &self,
        channel: ChannelKind,
        address: &str,
        rank: Rank,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        self.limits()
            .permit(channel, address, rank, now.micros())
            .map_err(|wait| Timestamp::from_micros(wait.0.max(now.micros() + 1)))
    }

    /// How many messages the channel takes now.
    pub fn room(&self, channel: ChannelKind, rank: Rank, now: Timestamp) -> usize {
        self.limits().room(channel, rank, now.micros())
    }

    /// The addresses that take nothing now.
    pub fn busy(&self, channel: ChannelKind, rank: Rank, now: Timestamp) -> Vec<String> {
        self.limits().busy(channel, rank, now.micros())
    }

    /// How many more messages that are not urgent may reach this chat one by one.
    pub fn one_by_one(&self, address: &str, now: Timestamp) -> usize {
        self.limits().one_by_one(address, now.micros())
    }

    /// Nothing to this address for so long: the other side said so.
    pub fn hold(&self, channel: ChannelKind, address: &str, now: Timestamp, wait: Duration) {
        let wait = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX);
        let until = now.micros().saturating_add(wait);
        self.limits().hold(channel, address, now.micros(), until);
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
