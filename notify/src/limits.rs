//! How fast each channel may be used, as a pure structure: the engine asks with its own `now` and
//! leaves a row waiting until the moment it is told. Telegram answers 429 beyond its limits, and a
//! mail gateway starts to doubt a sender that floods it.

use std::collections::{HashMap, VecDeque};

use crate::ChannelKind;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
/// Above this many remembered chats, those that no longer matter are forgotten.
const REMEMBERED: usize = 4096;

/// Not before this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitUntil(
    /// Microseconds, on the clock that `now` was given on.
    pub i64,
);

/// How much is allowed. A zero counts as one: a channel is switched off elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Mails a second, to everybody together.
    pub mail_per_second: u32,
    /// Telegram messages a second, to everybody together.
    pub telegram_per_second: u32,
    /// Telegram messages a minute to one group.
    pub telegram_group_per_minute: u32,
    /// Webhooks a second, to all targets together.
    pub webhook_per_second: u32,
    /// Messages a second to the homeserver: one's own, which is told not to limit the bot.
    pub matrix_per_second: u32,
    /// Alarms a second to browsers.
    pub push_per_second: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            mail_per_second: 10,
            telegram_per_second: 25,
            telegram_group_per_minute: 20,
            webhook_per_second: 10,
            matrix_per_second: 10,
            push_per_second: 20,
        }
    }
}

/// What was sent lately, and so what may be sent now. One per process and sender.
#[derive(Debug)]
pub struct Limits {
    rates: Rates,
    mail: Window,
    telegram: Window,
    webhook: Window,
    matrix: Window,
    push: Window,
    chats: HashMap<String, Chat>,
    /// Addresses whose server asked for a pause, until when.
    held: HashMap<(ChannelKind, String), i64>,
}

#[derive(Debug)]
struct Chat {
    second: Window,
    minute: Option<Window>,
}

impl Limits {
    /// Nothing sent yet.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self {
            rates,
            mail: Window::new(rates.mail_per_second, SECOND),
            telegram: Window::new(rates.telegram_per_second, SECOND),
            webhook: Window::new(rates.webhook_per_second, SECOND),
            matrix: Window::new(rates.matrix_per_second, SECOND),
            push: Window::new(rates.push_per_second, SECOND),
            chats: HashMap::new(),
            held: HashMap::new(),
        }
    }

    /// May one message go to `address` now? Yes counts it as sent; no counts nothing and says when
    /// to ask again. `now` is in microseconds since any epoch; a clock set back delays a message
    /// by one window at most.
    ///
    /// # Errors
    /// [`WaitUntil`] when some limit is reached.
    pub fn permit(
        &mut self,
        channel: ChannelKind,
        address: &str,
        now: i64,
    ) -> Result<(), WaitUntil> {
        let mut at = now;
        if !self.held.is_empty() {
            let key = (channel, address.to_owned());
            at = at.max(self.held.get(&key).copied().unwrap_or(now));
        }
        match channel {
            ChannelKind::Mail => {
                at = at.max(self.mail.free_at(now));
                if at > now {
                    return Err(WaitUntil(at));
                }
                self.mail.note(now);
            }
            ChannelKind::Webhook => {
                at = at.max(self.webhook.free_at(now));
                if at > now {
                    return Err(WaitUntil(at));
                }
                self.webhook.note(now);
            }
            ChannelKind::Matrix => {
                at = at.max(self.matrix.free_at(now));
                if at > now {
                    return Err(WaitUntil(at));
                }
                self.matrix.note(now);
            }
            ChannelKind::Push => {
                at = at.max(self.push.free_at(now));
                if at > now {
                    return Err(WaitUntil(at));
                }
                self.push.note(now);
            }
            ChannelKind::Telegram => {
                self.forget(now);
                let per_minute = self.rates.telegram_group_per_minute;
                let chat = self.chats.entry(address.to_owned()).or_insert_with(|| Chat {
                    second: Window::new(1, SECOND),
                    minute: is_group(address).then(|| Window::new(per_minute, MINUTE)),
                });
                at = at.max(self.telegram.free_at(now)).max(chat.second.free_at(now));
                if let Some(minute) = &mut chat.minute {
                    at = at.max(minute.free_at(now));
                }
                if at > now {
                    return Err(WaitUntil(at));
                }
                self.telegram.note(now);
                chat.second.note(now);
                if let Some(minute) = &mut chat.minute {
                    minute.note(now);
                }
            }
        }
        Ok(())
    }

    /// How many messages the channel takes now, to everybody together: no use in claiming more.
    pub fn room(&mut self, channel: ChannelKind, now: i64) -> usize {
        match channel {
            ChannelKind::Mail => self.mail.room(now),
            ChannelKind::Telegram => self.telegram.room(now),
            ChannelKind::Webhook => self.webhook.room(now),
            ChannelKind::Matrix => self.matrix.room(now),
            ChannelKind::Push => self.push.room(now),
        }
    }

    /// Nothing to this address before `until`: the other side said so (429, `retry_after`). Other
    /// addresses go on.
    pub fn hold(&mut self, channel: ChannelKind, address: &str, now: i64, until: i64) {
        self.held.retain(|_, end| *end > now);
        if self.held.len() < REMEMBERED {
            let end = self.held.entry((channel, address.to_owned())).or_insert(until);
            *end = until.max(*end);
        }
    }

    /// How many addresses are remembered: bounded whatever happens.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.chats.len() + self.held.len()
    }

    fn forget(&mut self, now: i64) {
        if self.chats.len() < REMEMBERED {
            return;
        }
        self.chats.retain(|_, chat| match &mut chat.minute {
            Some(minute) => !minute.is_idle(now),
            None => !chat.second.is_idle(now),
        });
        // Only asked, never permitted, in great numbers: start afresh; the overall limit still holds.
        if self.chats.len() >= REMEMBERED {
            self.chats.clear();
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(Rates::default())
    }
}

/// Telegram gives groups and channels negative ids; public ones may be called `@name`.
fn is_group(address: &str) -> bool {
    address.starts_with(['-', '@'])
}

/// At most `most` in any stretch of `length`: remembers exactly that many moments.
#[derive(Debug)]
struct Window {
    most: usize,
    length: i64,
    times: VecDeque<i64>,
}

impl Window {
    fn new(most: u32, length: i64) -> Self {
        let most = usize::try_from(most.max(1)).unwrap_or(usize::MAX);
        Self { most, length, times: VecDeque::new() }
    }

    /// When the next one may go; `now` or earlier means at once.
    fn free_at(&mut self, now: i64) -> i64 {
        self.settle(now);
        if self.times.len() < self.most {
            return now;
        }
        self.times.front().map_or(now, |first| first.saturating_add(self.length))
    }

    fn room(&mut self, now: i64) -> usize {
        self.settle(now);
        self.most.saturating_sub(self.times.len())
    }

    fn note(&mut self, now: i64) {
        self.times.push_back(now);
    }

    fn is_idle(&mut self, now: i64) -> bool {
        self.settle(now);
        self.times.is_empty()
    }

    /// Forgets what no longer counts, and brings moments from a clock since set back to now.
    fn settle(&mut self, now: i64) {
        while self.times.front().is_some_and(|t| t.saturating_add(self.length) <= now) {
            self.times.pop_front();
        }
        for time in &mut self.times {
            *time = (*time).min(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ChannelKind::{Mail, Telegram};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_chat_gets_one_a_second() {
        let mut limits = Limits::default();
        assert_eq!(limits.permit(Telegram, "7", 0), Ok(()));
        assert_eq!(limits.permit(Telegram, "7", 400_000), Err(WaitUntil(SECOND)));
        assert_eq!(limits.permit(Telegram, "8", 400_000), Ok(()));
        assert_eq!(limits.permit(Telegram, "7", SECOND), Ok(()));
    }

    #[test]
    fn room_is_what_may_still_leave() {
        let mut limits = Limits::default();
        assert_eq!(limits.room(Mail, 0), 10);
        assert_eq!(limits.permit(Mail, "a@x.example", 0), Ok(()));
        assert_eq!(limits.room(Mail, 1), 9);
        assert_eq!(limits.room(Telegram, 1), 25);
        assert_eq!(limits.room(Mail, SECOND), 10);
    }

    #[test]
    fn a_group_gets_twenty_a_minute() {
        let mut limits = Limits::default();
        for n in 0..20 {
            assert_eq!(limits.permit(Telegram, "-100", n * SECOND), Ok(()));
        }
        assert_eq!(limits.permit(Telegram, "-100", 20 * SECOND), Err(WaitUntil(MINUTE)));
        assert_eq!(limits.permit(Telegram, "100", 20 * SECOND), Ok(()));
        assert_eq!(limits.permit(Telegram, "-100", MINUTE), Ok(()));
    }

    #[test]
    fn a_pause_is_kept_for_that_chat_alone() {
        let mut limits = Limits::default();
        limits.hold(Telegram, "7", 0, 30 * SECOND);
        limits.hold(Telegram, "7", 0, 10 * SECOND);
        assert_eq!(limits.permit(Telegram, "7", SECOND), Err(WaitUntil(30 * SECOND)));
        assert_eq!(limits.permit(Telegram, "8", SECOND), Ok(()));
        assert_eq!(limits.permit(Mail, "7", SECOND), Ok(()));
        assert_eq!(limits.permit(Telegram, "7", 30 * SECOND), Ok(()));
    }

    #[test]
    fn a_clock_set_back_does_not_silence_anybody() {
        let mut limits = Limits::new(Rates { mail_per_second: 1, ..Rates::default() });
        assert_eq!(limits.permit(Mail, "a", 3600 * SECOND), Ok(()));
        assert_eq!(limits.permit(Mail, "a", 0), Err(WaitUntil(SECOND)));
        assert_eq!(limits.permit(Mail, "a", SECOND), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limits = Limits::default();
        for n in 0..50_000i64 {
            let chat = format!("-{n}");
            let _ = limits.permit(Telegram, &chat, n * 1_000);
            limits.hold(Telegram, &chat, 0, i64::MAX);
            assert!(limits.remembered() <= 2 * REMEMBERED);
        }
    }

    proptest! {
        /// Whatever is asked whenever: no window is ever overfull, a refusal names a moment at
        /// which asking again succeeds, and no wait is longer than the longest window.
        #[test]
        fn no_window_is_overfull(
            rate in 1u32..6,
            asks in prop::collection::vec((0usize..4, 0i64..900_000), 1..300),
        ) {
            let addresses = ["1", "2", "-3", "-4"];
            let mut limits = Limits::new(Rates {
                mail_per_second: rate, telegram_per_second: rate, telegram_group_per_minute: 5,
                ..Rates::default()
            });
            let mut sent: Vec<(i64, usize)> = Vec::new();
            let mut now = 0;
            for (who, pause) in asks {
                now += pause;
                if let Err(WaitUntil(at)) = limits.permit(Telegram, addresses[who], now) {
                    prop_assert!(at > now && at <= now + MINUTE);
                    now = at;
                    prop_assert_eq!(limits.permit(Telegram, addresses[who], now), Ok(()));
                }
                sent.push((now, who));
            }
            let rate = usize::try_from(rate).unwrap();
            for (start, who) in &sent {
                let within = |length: i64| {
                    sent.iter().filter(move |(t, _)| t >= start && *t < start + length)
                };
                prop_assert!(within(SECOND).count() <= rate);
                prop_assert!(within(SECOND).filter(|(_, w)| w == who).count() <= 1);
                if *who >= 2 {
                    prop_assert!(within(MINUTE).filter(|(_, w)| w == who).count() <= 5);
                }
            }
        }
    }
}
