//! How fast one person is listened to in one chat: so many commands in any minute, and as many presses
//! of buttons, each counted for itself. Whoever floods a group holds up nobody else there, and whoever
//! types too fast can still take an alarm by its button. What is beyond is not carried out; its author
//! is told how long to wait, and the update's row says `slowed`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Duration;
use notify::room::What;

use super::talk::Talk;
use super::words::{Parsed, parse};
use super::{Answer, Outcome, desk, table, turns};
use crate::app::App;
use crate::clock::Timestamp;
use crate::config::Security;
use crate::error::Result;

/// In so long so many.
const WITHIN: Duration = Duration::seconds(60);
/// Beyond so many persons those who are quiet again are forgotten.
const MANY: usize = 10_000;

/// What was carried out lately, by person and chat. One server listens, so one counts; after a restart
/// the count begins anew, and delays nobody.
#[derive(Debug)]
pub struct Tempo {
    /// `None`: as much as anybody likes.
    most: Option<usize>,
    lately: Mutex<HashMap<String, Lately>>,
}

#[derive(Debug, Default)]
struct Lately {
    /// When something was carried out, the oldest first.
    at: VecDeque<Timestamp>,
    /// When it was last said that it is too much.
    told: Option<Timestamp>,
    /// The files that were sent together last: one thing, however many.
    album: Option<String>,
}

/// It is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wait {
    /// So long, at least one.
    seconds: i64,
    /// It was not said within the last minute.
    first: bool,
}

impl Tempo {
    /// As configured.
    pub fn new(config: &Security) -> Self {
        let most = usize::try_from(config.bot_commands_per_minute).unwrap_or(usize::MAX);
        Self { most: config.rate_limits.then_some(most.max(1)), lately: Mutex::default() }
    }

    fn lately(&self) -> MutexGuard<'_, HashMap<String, Lately>> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more of this key is too much now.
    fn wait(&self, key: &str, album: Option<&str>, now: Timestamp) -> Option<Wait> {
        let most = self.most?;
        let mut lately = self.lately();
        let one = lately.get_mut(key)?;
        if album.is_some() && one.album.as_deref() == album {
            return None;
        }
        one.settle(now);
        let over = one.at.len().checked_sub(most)?;
        let free = one.at.get(over).map_or(now, |at| *at + WITHIN);
        let first = one.told.is_none_or(|told| now >= told + WITHIN);
        if first {
            one.told = Some(now);
        }
        let seconds = (free - now).num_milliseconds().max(1).div_euclid(1000) + 1;
        Some(Wait { seconds: seconds.min(WITHIN.num_seconds()), first })
    }

    /// One of this key was carried out.
    fn count(&self, key: &str, album: Option<&str>, now: Timestamp) {
        if self.most.is_none() {
            return;
        }
        let mut lately = self.lately();
        if lately.len() >= MANY && !lately.contains_key(key) {
            lately.retain(|_, one| {
                one.settle(now);
                !one.at.is_empty()
            });
        }
        let one = lately.entry(key.to_owned()).or_default();
        if album.is_some() && one.album.as_deref() == album {
            return;
        }
        one.album = album.map(str::to_owned);
        one.at.push_back(now);
    }
}

impl Lately {
    /// Forgets what no longer counts; moments from a clock since set back are now.
    fn settle(&mut self, now: Timestamp) {
        while self.at.front().is_some_and(|at| *at + WITHIN <= now) {
            self.at.pop_front();
        }
        for at in &mut self.at {
            *at = (*at).min(now);
        }
        self.told = self.told.filter(|told| *told <= now);
    }
}

/// One update's place in the count.
#[derive(Debug)]
pub(super) struct Turn {
    key: String,
    album: Option<String>,
    now: Timestamp,
}

impl Turn {
    /// Whose, where, of which kind.
    pub(super) fn of(talk: &Talk<'_>) -> Self {
        let kind = match talk.incoming.what {
            What::Press { .. } => "press",
            _ => "words",
        };
        let key = format!("{}:{}:{}:{kind}", talk.room, talk.chat.id, talk.sender.id);
        let album = match &talk.incoming.what {
            What::File { album, .. } => album.clone(),
            _ => None,
        };
        Self { key, album, now: talk.ctx.now }
    }

    /// Whether this comes too fast: then its author hears so, and nothing else is done with it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn slows(&self, talk: &mut Talk<'_>) -> Result<bool> {
        let tempo = &talk.app.tempo;
        // What people say to each other is none of ours, however fast.
        if !tempo.is_full(&self.key, self.now) || !asks(talk).await? {
            return Ok(false);
        }
        let Some(wait) = tempo.wait(&self.key, self.album.as_deref(), self.now) else {
            return Ok(false);
        };
        let seconds = wait.seconds.to_string();
        if let What::Press { .. } = talk.incoming.what {
            // The room waits for an answer to every press, and it costs nobody a message.
            let why = talk.t.t1("bot-slow-press", "seconds", &seconds);
            talk.slowed(Some(why));
        } else {
            let most = talk.app.config().security.bot_commands_per_minute.to_string();
            let values = [("most", most.as_str()), ("seconds", seconds.as_str())];
            let why = wait.first.then(|| talk.t.with("bot-slow", &values));
            talk.slowed(why);
        }
        Ok(true)
    }

    /// It was answered: it counts, unless it was nothing to us or too much.
    pub(super) fn taken(&self, app: &App, answer: &Answer) {
        if matches!(answer.outcome, Outcome::Done | Outcome::Refused) {
            app.tempo.count(&self.key, self.album.as_deref(), self.now);
        }
    }
}

impl Tempo {
    fn is_full(&self, key: &str, now: Timestamp) -> bool {
        let Some(most) = self.most else { return false };
        self.lately().get_mut(key).is_some_and(|one| {
            one.settle(now);
            one.at.len() >= most
        })
    }
}

/// Whether an update asks something of us, as far as that can be told without doing it.
async fn asks(talk: &mut Talk<'_>) -> Result<bool> {
    if talk.chat.direct {
        return Ok(true);
    }
    let words = match &talk.incoming.what {
        What::Press { .. } => return Ok(true),
        What::Text { text, .. } | What::File { caption: text, .. } => text.as_str(),
        What::Reaction { added, .. } => return Ok(desk::filing::is_sign(added)),
        What::Hollow { command, .. } => return Ok(*command),
        What::Welcome | What::Farewell | What::Moved { .. } | What::Other(_) => return Ok(false),
    };
    match parse(words) {
        Parsed::Command { to: Some(to), .. } => Ok(talk.is_me(&to).await),
        Parsed::Command { word, longer, to: None, .. } => {
            Ok(table::knows(&word) || longer.iter().any(|word| table::knows(word)))
        }
        Parsed::Words => turns::waits(talk).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp::parse("2026-11-23T08:00").unwrap()
    }

    #[test]
    fn twenty_in_any_minute_and_the_wait_is_said_once_a_minute() {
        let tempo = Tempo::new(&Security::default());
        let (mut now, mut carried) = (start(), Vec::new());
        let mut told = Vec::new();
        // Three a second for three minutes.
        while now < start() + Duration::minutes(3) {
            match tempo.wait("a", None, now) {
                None => {
                    tempo.count("a", None, now);
                    carried.push(now);
                }
                Some(wait) => {
                    assert!((1..=60).contains(&wait.seconds), "{wait:?}");
                    told.extend(wait.first.then_some(now));
                }
            }
            now = now + Duration::milliseconds(333);
        }
        assert_eq!(carried.len(), 60);
        for from in &carried {
            let within = |at: &&Timestamp| **at >= *from && **at < *from + WITHIN;
            assert!(carried.iter().filter(within).count() <= 20);
        }
        assert_eq!(told.len(), 3);
        assert!(tempo.wait("b", None, now).is_none(), "nobody else waits");
    }

    #[test]
    fn the_wait_that_is_said_is_enough() {
        let tempo = Tempo::new(&Security { bot_commands_per_minute: 1, ..Security::default() });
        tempo.count("a", None, start());
        let now = start() + Duration::milliseconds(12_500);
        let wait = tempo.wait("a", None, now).unwrap();
        assert_eq!(wait, Wait { seconds: 48, first: true });
        assert!(tempo.wait("a", None, now + Duration::seconds(wait.seconds)).is_none());
    }

    #[test]
    fn what_was_sent_together_is_one_and_the_lifted_limit_is_none() {
        let tempo = Tempo::new(&Security { bot_commands_per_minute: 1, ..Security::default() });
        for _ in 0..10 {
            assert!(tempo.wait("a", Some("7"), start()).is_none());
            tempo.count("a", Some("7"), start());
        }
        assert!(tempo.wait("a", Some("8"), start()).is_some());
        assert!(tempo.wait("a", None, start()).is_some());
        let lifted = Tempo::new(&Security { rate_limits: false, ..Security::default() });
        for _ in 0..100 {
            lifted.count("a", None, start());
        }
        assert!(lifted.wait("a", None, start()).is_none());
    }
}
