//! How fast each channel may be used, as a pure structure: the engine asks with its own `now` and
//! leaves a row waiting until the moment it is told. Telegram answers 429 beyond its limits, and a
//! mail gateway starts to doubt a sender that floods it. What is urgent has a share of its own in
//! every limit of Telegram's, so that it never waits behind what is not. One measure counts messages,
//! cards that are changed where they stand, and the calls that keep a group's topics.

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

/// Whose turn it is where not everything may leave at once, the first first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// An alarm, or the answer that somebody waits for: may use every limit to its end.
    Urgent,
    /// A message that is changed where it stands, because what it asks for is settled: leaves half of
    /// what is kept for urgent ones.
    Changed,
    /// Everything else: digests, reminders, the state cards of groups.
    Plain,
}

/// How much is allowed. A zero counts as one: a channel is switched off elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Mails a second, to everybody together.
    pub mail_per_second: u32,
    /// Telegram messages a second, to everybody together.
    pub telegram_per_second: u32,
    /// Telegram messages a minute to one group.
    pub telegram_group_per_minute: u32,
    /// Of a hundred, how many are for what is urgent alone.
    pub telegram_reserve: u32,
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
            telegram_reserve: 20,
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
    /// One, and one more if it is urgent: Telegram bears a short burst.
    second: Window,
    /// Of a group.
    minute: Option<Window>,
    /// Of a person: what was not urgent. More of it in a minute than anybody reads waits, and is
    /// put together.
    plain: Option<Window>,
}

/// So many messages that are not urgent reach a chat one by one in a minute.
const ONE_BY_ONE: u32 = 5;

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
        rank: Rank,
        now: i64,
    ) -> Result<(), WaitUntil> {
        let mut at = now;
        if !self.held.is_empty() {
            let key = (channel, place(channel, address).to_owned());
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
                let (overall, group) = self.kept_back(rank);
                let chat = self.chat(address);
                at = at.max(chat.free_at(rank, group, now));
                at = at.max(self.telegram.free_beside(overall, now));
                if at > now {
                    return Err(WaitUntil(at));
                }
                self.telegram.note(now);
                let chat = self.chat(address);
                chat.second.note(now);
                if let Some(minute) = &mut chat.minute {
                    minute.note(now);
                }
                if let (Some(plain), Rank::Plain) = (&mut chat.plain, rank) {
                    plain.note(now);
                }
            }
        }
        Ok(())
    }

    /// How many messages the channel takes now, to everybody together: no use in claiming more.
    pub fn room(&mut self, channel: ChannelKind, rank: Rank, now: i64) -> usize {
        let (overall, _) = self.kept_back(rank);
        match channel {
            ChannelKind::Mail => self.mail.room(now),
            ChannelKind::Telegram => self.telegram.room(now).saturating_sub(overall),
            ChannelKind::Webhook => self.webhook.room(now),
            ChannelKind::Matrix => self.matrix.room(now),
            ChannelKind::Push => self.push.room(now),
        }
    }

    /// The addresses that take nothing now, so that nothing is claimed for them; those of a
    /// channel that has no limits of its own for each address are those that asked for a pause.
    pub fn busy(&mut self, channel: ChannelKind, rank: Rank, now: i64) -> Vec<String> {
        let (_, group) = self.kept_back(rank);
        let paused = self.held.iter().filter(|((of, _), end)| *of == channel && **end > now);
        let mut all: Vec<String> = paused.map(|((_, address), _)| address.clone()).collect();
        if channel == ChannelKind::Telegram {
            let full = self
                .chats
                .iter_mut()
                .filter_map(|(name, chat)| (chat.free_at(rank, group, now) > now).then_some(name));
            all.extend(full.cloned());
        }
        all
    }

    /// How many more messages that are not urgent may reach this chat one by one.
    pub fn one_by_one(&mut self, address: &str, now: i64) -> usize {
        self.chat(address).plain.as_mut().map_or(usize::MAX, |plain| plain.room(now))
    }

    /// Nothing to this address before `until`: the other side said so (429, `retry_after`). Other
    /// addresses go on.
    pub fn hold(&mut self, channel: ChannelKind, address: &str, now: i64, until: i64) {
        self.held.retain(|_, end| *end > now);
        if self.held.len() < REMEMBERED {
            let key = (channel, place(channel, address).to_owned());
            let end = self.held.entry(key).or_insert(until);
            *end = until.max(*end);
        }
    }

    /// What is kept back from what is not urgent: overall, and in a group.
    fn kept_back(&self, rank: Rank) -> (usize, usize) {
        let part = match rank {
            Rank::Urgent => return (0, 0),
            Rank::Changed => 200,
            Rank::Plain => 100,
        };
        let share = |of: u32| {
            let kept = u64::from(of) * u64::from(self.rates.telegram_reserve.min(100)) / part;
            usize::try_from(kept).unwrap_or_default()
        };
        (share(self.rates.telegram_per_second), share(self.rates.telegram_group_per_minute))
    }

    fn chat(&mut self, address: &str) -> &mut Chat {
        let per_minute = self.rates.telegram_group_per_minute;
        let name = place(ChannelKind::Telegram, address);
        self.chats.entry(name.to_owned()).or_insert_with(|| Chat {
            second: Window::new(2, SECOND),
            minute: is_group(name).then(|| Window::new(per_minute, MINUTE)),
            plain: (!is_group(name)).then(|| Window::new(ONE_BY_ONE, MINUTE)),
        })
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
            None => {
                let plain = chat.plain.as_mut().is_some_and(|plain| !plain.is_idle(now));
                plain || !chat.second.is_idle(now)
            }
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

impl Chat {
    /// When the next one may go; `group` are kept back of a group's minute.
    fn free_at(&mut self, rank: Rank, group: usize, now: i64) -> i64 {
        let mut at = self.second.free_beside(usize::from(rank != Rank::Urgent), now);
        if let (Some(plain), Rank::Plain) = (&mut self.plain, rank) {
            at = at.max(plain.free_at(now));
        }
        self.minute.as_mut().map_or(at, |minute| at.max(minute.free_beside(group, now)))
    }
}

/// What the limits are about: a topic is no chat of its own.
fn place(channel: ChannelKind, address: &str) -> &str {
    if channel == ChannelKind::Telegram {
        return address.split('/').next().unwrap_or(address);
    }
    address
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
        self.free_beside(0, now)
    }

    /// The same for somebody from whom `kept` of the places are kept back; one is left to everybody.
    fn free_beside(&mut self, kept: usize, now: i64) -> i64 {
        self.settle(now);
        let most = self.most.saturating_sub(kept).max(1);
        let over = self.times.len().checked_sub(most);
        let last = over.and_then(|over| self.times.get(over));
        last.map_or(now, |last| last.saturating_add(self.length))
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
    use super::Rank::{Changed, Plain, Urgent};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_chat_gets_one_a_second() {
        let mut limits = Limits::default();
        assert_eq!(limits.permit(Telegram, "7", Plain, 0), Ok(()));
        assert_eq!(limits.permit(Telegram, "7", Plain, 400_000), Err(WaitUntil(SECOND)));
        assert_eq!(limits.permit(Telegram, "8", Plain, 400_000), Ok(()));
        assert_eq!(limits.permit(Telegram, "7", Plain, SECOND), Ok(()));
    }

    #[test]
    fn room_is_what_may_still_leave() {
        let mut limits = Limits::default();
        assert_eq!(limits.room(Mail, Plain, 0), 10);
        assert_eq!(limits.permit(Mail, "a@x.example", Plain, 0), Ok(()));
        assert_eq!(limits.room(Mail, Plain, 1), 9);
        assert_eq!(limits.room(Telegram, Urgent, 1), 25);
        assert_eq!(limits.room(Mail, Plain, SECOND), 10);
    }

    #[test]
    fn a_group_gets_twenty_a_minute_four_of_them_urgent_ones_and_a_topic_is_no_other_group() {
        let mut limits = Limits::default();
        for n in 0..16 {
            let address = if n % 2 == 0 { "-100" } else { "-100/7" };
            assert_eq!(limits.permit(Telegram, address, Plain, n * SECOND), Ok(()));
        }
        assert_eq!(limits.permit(Telegram, "-100/8", Plain, 16 * SECOND), Err(WaitUntil(MINUTE)));
        for n in 16..20 {
            assert_eq!(limits.permit(Telegram, "-100/8", Urgent, n * SECOND), Ok(()));
        }
        assert_eq!(limits.permit(Telegram, "-100", Urgent, 20 * SECOND), Err(WaitUntil(MINUTE)));
        assert_eq!(limits.permit(Telegram, "100", Plain, 20 * SECOND), Ok(()));
        // The first four have left the window when the sixteen are fewer than sixteen again.
        assert_eq!(
            limits.permit(Telegram, "-100", Plain, MINUTE),
            Err(WaitUntil(MINUTE + 4 * SECOND))
        );
        assert_eq!(limits.permit(Telegram, "-100", Urgent, MINUTE), Ok(()));
    }

    #[test]
    fn what_is_urgent_never_waits_behind_what_is_not() {
        let mut limits = Limits::default();
        let mut now = 0;
        let mut sent = 0;
        // A thousand digests, as fast as they may go; an alarm every 100 ms.
        while sent < 1_000 {
            let first = sent;
            for chat in first..first + 60 {
                if limits.permit(Telegram, &format!("{chat}"), Plain, now).is_ok() {
                    sent += 1;
                }
            }
            assert_eq!(limits.room(Telegram, Plain, now), 0);
            let chat = format!("{}", now / 100_000 % 60);
            assert!(limits.room(Telegram, Urgent, now) > 0 || now % SECOND > 400_000);
            if now % SECOND < 500_000 {
                assert_eq!(limits.permit(Telegram, &chat, Urgent, now), Ok(()), "{now}");
            }
            now += 100_000;
        }
    }

    #[test]
    fn cards_that_change_go_before_digests_and_leave_room_for_alarms() {
        let mut limits = Limits::default();
        // A thousand cards are settled at once: what they leave of a second is for alarms.
        let mut changed = 0;
        for chat in 0..1_000 {
            changed += usize::from(limits.permit(Telegram, &chat.to_string(), Changed, 0).is_ok());
        }
        assert_eq!((changed, limits.room(Telegram, Plain, 0)), (23, 0));
        assert_eq!(limits.permit(Telegram, "0", Urgent, 0), Ok(()), "in the same chat, too");
        assert_eq!(limits.permit(Telegram, "2000", Urgent, 0), Ok(()));
        assert_eq!(limits.permit(Telegram, "2001", Urgent, 0), Err(WaitUntil(SECOND)));
        // In a group: sixteen calls of cards and digests, two changes more, two alarms more.
        let mut limits = Limits::default();
        for (rank, times) in [(Plain, 16), (Changed, 2), (Urgent, 2)] {
            for n in 0..times {
                let now = (i64::from(u8::from(rank != Plain)) * 20 + n) * SECOND;
                let now = now + i64::from(u8::from(rank == Urgent)) * 10 * SECOND;
                assert_eq!(limits.permit(Telegram, "-7/3", rank, now), Ok(()), "{rank:?} {n}");
            }
            let more = limits.permit(Telegram, "-7", rank, 40 * SECOND);
            assert_eq!(more, Err(WaitUntil(MINUTE)), "{rank:?}");
        }
    }

    #[test]
    fn no_more_than_five_in_a_minute_reach_a_person_one_by_one() {
        let mut limits = Limits::default();
        for n in 0..5 {
            assert_eq!(limits.one_by_one("7", n * SECOND), 5 - usize::try_from(n).unwrap());
            assert_eq!(limits.permit(Telegram, "7", Plain, n * SECOND), Ok(()));
            assert_eq!(limits.permit(Telegram, "7", Urgent, n * SECOND), Ok(()), "not counted");
        }
        assert_eq!(limits.permit(Telegram, "7", Plain, 5 * SECOND), Err(WaitUntil(MINUTE)));
        assert_eq!(limits.busy(Telegram, Plain, 5 * SECOND), ["7"]);
        assert_eq!(limits.permit(Telegram, "7", Urgent, 6 * SECOND), Ok(()), "urgent ones never");
        assert_eq!(limits.permit(Telegram, "7", Plain, MINUTE), Ok(()));
        assert_eq!(limits.one_by_one("7", MINUTE), 0);
        assert_eq!(limits.one_by_one("-8", 0), usize::MAX, "a group is no person");
    }

    #[test]
    fn what_takes_nothing_now_is_named() {
        let mut limits = Limits::default();
        assert_eq!(limits.permit(Telegram, "7", Plain, 0), Ok(()));
        limits.hold(Telegram, "-9/4", 0, 30 * SECOND);
        let mut busy = limits.busy(Telegram, Plain, 1);
        busy.sort();
        assert_eq!(busy, ["-9", "7"]);
        assert_eq!(limits.busy(Telegram, Urgent, 1), ["-9"], "one more if it is urgent");
        assert_eq!(limits.busy(Mail, Urgent, 1), Vec::<String>::new());
        assert!(limits.busy(Telegram, Plain, 30 * SECOND).is_empty());
    }

    #[test]
    fn a_pause_is_kept_for_that_chat_alone() {
        let mut limits = Limits::default();
        limits.hold(Telegram, "7", 0, 30 * SECOND);
        limits.hold(Telegram, "7", 0, 10 * SECOND);
        assert_eq!(limits.permit(Telegram, "7", Plain, SECOND), Err(WaitUntil(30 * SECOND)));
        assert_eq!(limits.permit(Telegram, "8", Plain, SECOND), Ok(()));
        assert_eq!(limits.permit(Mail, "7", Plain, SECOND), Ok(()));
        assert_eq!(limits.permit(Telegram, "7", Plain, 30 * SECOND), Ok(()));
    }

    #[test]
    fn a_clock_set_back_does_not_silence_anybody() {
        let mut limits = Limits::new(Rates { mail_per_second: 1, ..Rates::default() });
        assert_eq!(limits.permit(Mail, "a", Plain, 3600 * SECOND), Ok(()));
        assert_eq!(limits.permit(Mail, "a", Plain, 0), Err(WaitUntil(SECOND)));
        assert_eq!(limits.permit(Mail, "a", Plain, SECOND), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut limits = Limits::default();
        for n in 0..50_000i64 {
            let chat = format!("-{n}");
            let _ = limits.permit(Telegram, &chat, Plain, n * 1_000);
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
                telegram_reserve: 0,
                ..Rates::default()
            });
            let mut sent: Vec<(i64, usize)> = Vec::new();
            let mut now = 0;
            for (who, pause) in asks {
                now += pause;
                if let Err(WaitUntil(at)) = limits.permit(Telegram, addresses[who], Plain, now) {
                    prop_assert!(at > now && at <= now + MINUTE);
                    now = at;
                    prop_assert_eq!(limits.permit(Telegram, addresses[who], Plain, now), Ok(()));
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
