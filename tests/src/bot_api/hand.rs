//! Somebody who holds a telephone: writes, presses, and reads what the bot has to say to it, however
//! long a real server takes.

use std::time::Duration;

use super::phone::In;
use super::{BotApi, Phone, Shown};

/// A step that takes longer than this is none.
const PATIENCE: Duration = Duration::from_secs(60);

/// A person with a telephone, in one place: alone with the bot, or in a topic of a group.
pub struct Hand<'a> {
    api: &'a BotApi,
    phone: Phone,
    chat: i64,
    topic: Option<i64>,
}

impl<'a> Hand<'a> {
    /// Alone with the bot.
    pub fn of(api: &'a BotApi, number: i64, name: &str) -> Self {
        Self { api, phone: api.phone(number, name), chat: number, topic: None }
    }

    /// The same person in a topic of a group.
    pub fn at(&self, chat: i64, topic: i64) -> Self {
        Self { api: self.api, phone: self.phone.clone(), chat, topic: Some(topic) }
    }

    /// The same person in a group, in whatever topic.
    pub fn within(&self, chat: i64) -> Self {
        Self { api: self.api, phone: self.phone.clone(), chat, topic: None }
    }

    fn place(&self) -> In {
        In(self.chat, self.topic)
    }

    /// What of the bot's stands here.
    pub fn shown(&self) -> Vec<Shown> {
        let mut all = self.api.shown(self.chat);
        all.retain(|one| self.topic.is_none() || one.topic == self.topic);
        all
    }

    /// Writes, and reads the answer in which these words are.
    #[track_caller]
    pub fn says(&self, text: &str, expected: &str) -> Shown {
        let before = self.shown();
        self.api.writes(&self.phone, self.place(), text);
        self.reads(&before, expected)
    }

    /// Answers one of the bot's messages, and reads what it says to that.
    #[track_caller]
    pub fn replies(&self, to: &Shown, text: &str, expected: &str) -> Shown {
        let before = self.shown();
        self.api.replies(&self.phone, self.place(), to.message, text);
        self.reads(&before, expected)
    }

    /// Presses the button whose label has these words, and reads what comes of it: a new message, or
    /// another one that says something else now.
    #[track_caller]
    pub fn presses(&self, under: &Shown, label: &str, expected: &str) -> Shown {
        let before = self.shown();
        self.api.presses(&self.phone, under, self.chat, label);
        self.reads(&before, expected)
    }

    /// Sends a photo with words under it.
    #[track_caller]
    pub fn sends_photo(&self, bytes: &[u8], caption: &str, expected: &str) -> Shown {
        let before = self.shown();
        self.api.sends_photos(&self.phone, self.place(), &[bytes], caption);
        self.reads(&before, expected)
    }

    /// Puts a sign under a message of this place; answers what is said to it.
    #[track_caller]
    pub fn reacts(&self, message: i64, sign: &str, expected: &str) -> Shown {
        let before = self.shown();
        self.api.reacts(&self.phone, self.chat, message, sign);
        self.reads(&before, expected)
    }

    /// Says something to the others; the bot has nothing to say to it.
    pub fn chats(&self, text: &str) -> i64 {
        self.api.writes(&self.phone, self.place(), text).message
    }

    /// Reads the message in which these words are, here already or still to come; the newest of several.
    #[track_caller]
    pub fn sees(&self, expected: &str) -> Shown {
        self.reads(&[], expected)
    }

    /// Reads a message with these words under which this can be pressed.
    #[track_caller]
    pub fn sees_button(&self, expected: &str, label: &str) -> Shown {
        let pressable = |one: &Shown| one.presses.iter().any(|(known, _)| known.contains(label));
        self.wait(expected, |one| one.text.contains(expected) && pressable(one))
    }

    #[track_caller]
    fn reads(&self, before: &[Shown], expected: &str) -> Shown {
        self.wait(expected, |one| one.text.contains(expected) && !before.contains(one))
    }

    #[track_caller]
    fn wait(&self, expected: &str, fits: impl Fn(&Shown) -> bool) -> Shown {
        let found = || self.shown().iter().rev().find(|one| fits(one)).cloned();
        self.api
            .until(PATIENCE, found)
            .unwrap_or_else(|| panic!("{}: no {expected:?} in {:#?}", self.phone.id, self.shown()))
    }
}
