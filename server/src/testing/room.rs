//! A room that a test looks into: what stands in it, what was called, and what the next calls answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::room::{Doing, Incoming, Me, Raw, RoomError};
use notify::{Channel, ChannelKind, Checking, Envelope, Letter, Outcome, Room, Sending};

/// A topic as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topic {
    /// Its title.
    pub title: String,
    /// It is closed.
    pub closed: bool,
}

/// A message as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Where: `CHAT` or `CHAT/TOPIC`.
    pub address: String,
    /// What it says.
    pub letter: Letter,
    /// It is pinned.
    pub pinned: bool,
}

#[derive(Default)]
struct Inside {
    topics: BTreeMap<String, Topic>,
    cards: BTreeMap<String, Card>,
    calls: Vec<String>,
    next: VecDeque<RoomError>,
    always: BTreeMap<&'static str, RoomError>,
    last: u32,
}

/// The room.
#[derive(Default)]
pub struct FakeRoom(Mutex<Inside>);

impl FakeRoom {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next call answers so, whichever it is.
    pub fn then(&self, why: RoomError) -> &Self {
        self.inside().next.push_back(why);
        self
    }

    /// Every call of this name answers so.
    pub fn always(&self, call: &'static str, why: RoomError) -> &Self {
        self.inside().always.insert(call, why);
        self
    }

    /// Every call goes well again.
    pub fn well(&self) -> &Self {
        let mut inside = self.inside();
        inside.always.clear();
        inside.next.clear();
        drop(inside);
        self
    }

    /// The names of all calls so far, in order.
    pub fn calls(&self) -> Vec<String> {
        self.inside().calls.clone()
    }

    /// How many calls of this name.
    pub fn count(&self, call: &str) -> usize {
        self.inside().calls.iter().filter(|known| *known == call).count()
    }

    /// The topics, by their names.
    pub fn topics(&self) -> BTreeMap<String, Topic> {
        self.inside().topics.clone()
    }

    /// The messages, by their names.
    pub fn cards(&self) -> BTreeMap<String, Card> {
        self.inside().cards.clone()
    }

    /// Somebody deleted a topic, with what stood in it.
    pub fn delete_topic(&self, topic: &str) {
        let mut inside = self.inside();
        inside.topics.remove(topic);
        let end = format!("/{topic}");
        inside.cards.retain(|_, card| !card.address.ends_with(&end));
    }

    /// Somebody deleted a message.
    pub fn delete_card(&self, message: &str) {
        self.inside().cards.remove(message);
    }

    fn act<T>(
        &self,
        call: &'static str,
        work: impl FnOnce(&mut Inside) -> Result<T, RoomError>,
    ) -> Result<T, RoomError> {
        let mut inside = self.inside();
        inside.calls.push(call.to_owned());
        if let Some(why) = inside.next.pop_front() {
            return Err(why);
        }
        if let Some(why) = inside.always.get(call) {
            return Err(why.clone());
        }
        work(&mut inside)
    }
}

fn no_topic() -> RoomError {
    RoomError::NoTopic { why: "message thread not found".to_owned() }
}

fn no_message() -> RoomError {
    RoomError::NoMessage { why: "message to edit not found".to_owned() }
}

impl Inside {
    fn number(&mut self) -> String {
        self.last += 1;
        self.last.to_string()
    }

    fn topic(&mut self, topic: &str) -> Result<&mut Topic, RoomError> {
        self.topics.get_mut(topic).ok_or_else(no_topic)
    }

    fn card(&mut self, message: &str) -> Result<&mut Card, RoomError> {
        self.cards.get_mut(message).ok_or_else(no_message)
    }
}

impl Channel for FakeRoom {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn send<'a>(&'a self, _: &'a Envelope) -> Sending<'a> {
        Box::pin(async move {
            match self.act("send", |_| Ok(())) {
                Ok(()) => Outcome::Sent { reference: None },
                Err(RoomError::Retry { after, why }) => Outcome::Retry { after, why },
                Err(why) => Outcome::Undeliverable { why: why.to_string() },
            }
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async { Ok("a room of a test".to_owned()) })
    }
}

impl Room for FakeRoom {
    fn me(&self) -> Doing<'_, Me> {
        Box::pin(async { Ok(Me { id: "1".to_owned(), username: "thu_bot".to_owned() }) })
    }

    fn updates(&self, _: Option<i64>, _: Duration) -> Doing<'_, Vec<Raw>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn read(&self, _: &str) -> Result<Incoming, String> {
        Err("this room is only written to".to_owned())
    }

    fn put<'a>(&'a self, address: &'a str, letter: &'a Letter) -> Doing<'a, String> {
        Box::pin(async move {
            self.act("put", |inside| {
                if let Some((_, topic)) = address.split_once('/') {
                    inside.topic(topic)?;
                }
                let name = inside.number();
                let (address, letter) = (address.to_owned(), letter.clone());
                inside.cards.insert(name.clone(), Card { address, letter, pinned: false });
                Ok(name)
            })
        })
    }

    fn change<'a>(&'a self, _: &'a str, message: &'a str, letter: &'a Letter) -> Doing<'a, ()> {
        Box::pin(async move {
            self.act("change", |inside| {
                inside.card(message)?.letter = letter.clone();
                Ok(())
            })
        })
    }

    fn remove<'a>(&'a self, _: &'a str, message: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            self.act("remove", |inside| {
                inside.cards.remove(message).map(|_| ()).ok_or_else(no_message)
            })
        })
    }

    fn pin<'a>(&'a self, _: &'a str, message: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            self.act("pin", |inside| {
                inside.card(message)?.pinned = true;
                Ok(())
            })
        })
    }

    fn open_topic<'a>(&'a self, _: &'a str, title: &'a str) -> Doing<'a, String> {
        Box::pin(async move {
            self.act("open", |inside| {
                let name = inside.number();
                let topic = Topic { title: title.to_owned(), closed: false };
                inside.topics.insert(name.clone(), topic);
                Ok(name)
            })
        })
    }

    fn rename_topic<'a>(&'a self, _: &'a str, topic: &'a str, title: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            self.act("rename", |inside| {
                title.clone_into(&mut inside.topic(topic)?.title);
                Ok(())
            })
        })
    }

    fn close_topic<'a>(&'a self, _: &'a str, topic: &'a str, closed: bool) -> Doing<'a, ()> {
        Box::pin(async move {
            self.act(if closed { "close" } else { "reopen" }, |inside| {
                inside.topic(topic)?.closed = closed;
                Ok(())
            })
        })
    }
}
