//! A room: where people talk back. Beside carrying letters as a [`Channel`], it brings what they
//! say, shows cards that change in place, and keeps one topic for each case. Telegram is one, Matrix
//! another; whoever handles an [`Incoming`] does not know which.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Channel, Letter};

/// Something under way in a room.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, RoomError>> + Send + 'a>>;

/// Why a room did not do what it was asked. `why` is plain English and never holds a secret of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// Not now: network, time-out, 429, 5xx.
    #[error("{why}")]
    Retry {
        /// How long the other side asked us to wait, if it did.
        after: Option<Duration>,
        /// What happened.
        why: String,
    },
    /// The credentials are not accepted (a revoked token).
    #[error("{why}")]
    Denied {
        /// What happened.
        why: String,
    },
    /// The chat takes nothing from us any more: blocked, removed, gone.
    #[error("{why}")]
    Closed {
        /// What happened.
        why: String,
    },
    /// The topic was deleted; the chat itself is there.
    #[error("{why}")]
    NoTopic {
        /// What happened.
        why: String,
    },
    /// The message to change is not there any more, or cannot be changed.
    #[error("{why}")]
    NoMessage {
        /// What happened.
        why: String,
    },
    /// The chat goes on under another address (a group became a supergroup).
    #[error("the chat has moved to {to}")]
    Moved {
        /// The new address.
        to: String,
    },
    /// Anything else that trying again will not mend.
    #[error("{why}")]
    Refused {
        /// What happened.
        why: String,
    },
}

/// One update as it came: stored before anything is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The room's own number; the same update has the same number.
    pub id: i64,
    /// The room's own JSON.
    pub body: String,
}

/// One update as people mean it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Its number.
    pub id: i64,
    /// Who sent it: authority is looked up by `id`, never by a name. `None` for what no single
    /// person sent (a channel, an anonymous administrator).
    pub sender: Option<Sender>,
    /// Where.
    pub chat: Option<Chat>,
    /// What.
    pub what: What,
}

/// A person in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The number that never changes.
    pub id: String,
    /// As the room shows it: untrusted words.
    pub name: String,
    /// BCP 47 tag of the client, if told.
    pub language: Option<String>,
    /// Another program.
    pub is_bot: bool,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Its address, without the topic.
    pub id: String,
    /// With one person alone.
    pub direct: bool,
    /// A group that has topics.
    pub topics: bool,
    /// The group's name: untrusted words.
    pub title: String,
    /// The topic, in a group that has them.
    pub topic: Option<String>,
}

/// A message that another one answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Which.
    pub message: String,
    /// Who wrote it.
    pub sender: Option<Sender>,
    /// It is one of ours.
    pub ours: bool,
    /// What it says, or the caption of its file.
    pub text: String,
    /// Its file.
    pub file: Option<FileRef>,
}

/// A file in a room; its bytes are fetched by [`Room::fetch`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// The room's name of it.
    pub id: String,
    /// The name that its sender gave it, or one made from its kind: untrusted.
    pub name: String,
    /// Media type as told: untrusted.
    pub media_type: String,
    /// Bytes, as told; 0 when not told.
    pub size: u64,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Words.
    Text {
        /// The message.
        message: String,
        /// Its words.
        text: String,
        /// What it answers.
        quoted: Option<Quoted>,
    },
    /// A file with or without a caption.
    File {
        /// The message.
        message: String,
        /// Its caption.
        caption: String,
        /// The file; of a photo the largest picture.
        file: FileRef,
        /// Files sent together share this.
        album: Option<String>,
        /// What it answers.
        quoted: Option<Quoted>,
    },
    /// A button of ours.
    Press {
        /// The room's name of the press, for [`Room::answer_press`].
        press: String,
        /// The message that the button hangs under.
        message: Option<String>,
        /// What the button carries: a row's id.
        data: String,
    },
    /// Signs put under a message; only the new ones.
    Reaction {
        /// The message.
        message: String,
        /// The signs, emoji.
        added: Vec<String>,
    },
    /// We were added to the chat, or made its administrator.
    Welcome,
    /// We were removed or blocked.
    Farewell,
    /// The chat goes on under another address.
    Moved {
        /// The new one.
        to: String,
    },
    /// Words that were forwarded, sent by way of another bot, or changed after they were sent: they
    /// mean nothing, but their author is told so.
    Hollow {
        /// The message.
        message: String,
        /// Why they mean nothing.
        why: Hollow,
        /// Whether they look like a command to us.
        command: bool,
    },
    /// Anything else: stickers, joins, titles.
    Other(&'static str),
}

/// Why words mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hollow {
    /// Changed after they were sent.
    Edited,
    /// Somebody else's words passed on.
    Forwarded,
    /// Another bot's words.
    ViaBot,
}

/// A button of a letter that acts; it carries the id of a row and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// What pressing it does: "Tiếp nhận".
    pub label: String,
    /// At most 64 bytes.
    pub id: String,
}

/// How a letter stands in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The message that it takes the place of; sent anew when that one is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edits: Option<String>,
    /// Its reader is expected to answer it in words.
    pub asks: bool,
    /// Without a sound.
    pub silent: bool,
}

impl Form {
    /// Nothing special.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// Whose list of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Direct conversations.
    Direct,
    /// Groups.
    Groups,
}

/// Who we are in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Our number.
    pub id: String,
    /// Our name for links: `@name` without the `@`.
    pub username: String,
}

fn no_groups<'a, T: Send + 'a>() -> Doing<'a, T> {
    let why = "this room has no groups".to_owned();
    Box::pin(async { Err(RoomError::Closed { why }) })
}

fn done<'a>() -> Doing<'a, ()> {
    Box::pin(async { Ok(()) })
}

/// A place where people talk back. An implementation bounds its own time and never panics.
/// `address` is a chat, or `CHAT/TOPIC`. What is written here beside a call is for rooms that have no
/// groups, no files and no lists of commands.
pub trait Room: Channel {
    /// Who we are.
    fn me(&self) -> Doing<'_, Me>;

    /// What came after the update numbered `after`, oldest first; waits so long for the first.
    /// Everything up to `after` counts as confirmed.
    fn updates(&self, after: Option<i64>, wait: Duration) -> Doing<'_, Vec<Raw>>;

    /// Has updates brought to this address, with the secret in each request's header; `None` has
    /// them fetched again. A room that brings nothing is always asked.
    fn bring_to<'a>(&'a self, webhook: Option<(&'a str, &'a str)>) -> Doing<'a, ()> {
        Box::pin(async move {
            match webhook {
                None => Ok(()),
                Some(_) => Err(RoomError::Refused { why: "this room brings nothing".to_owned() }),
            }
        })
    }

    /// What keeps updates from being brought, as the room itself tells it; `None`: nothing known.
    fn trouble(&self) -> Doing<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    /// Reads one update. What it does not know is [`What::Other`].
    ///
    /// # Errors
    /// What is no update at all, in plain words.
    fn read(&self, body: &str) -> Result<Incoming, String>;

    /// Puts up a card; answers its message.
    fn put<'a>(&'a self, _address: &'a str, _letter: &'a Letter) -> Doing<'a, String> {
        no_groups()
    }

    /// Changes a card in place. That nothing changed is no error.
    fn change<'a>(
        &'a self,
        address: &'a str,
        message: &'a str,
        letter: &'a Letter,
    ) -> Doing<'a, ()>;

    /// Takes a message away.
    fn remove<'a>(&'a self, _address: &'a str, _message: &'a str) -> Doing<'a, ()> {
        no_groups()
    }

    /// Pins a message without a sound.
    fn pin<'a>(&'a self, _address: &'a str, _message: &'a str) -> Doing<'a, ()> {
        no_groups()
    }

    /// Answers a press where it was pressed, for a moment; `alert` stays until it is closed. A room
    /// without such a place says nothing: how things stand is seen where they stand.
    fn answer_press<'a>(&'a self, _press: &'a str, _text: &'a str, _alert: bool) -> Doing<'a, ()> {
        done()
    }

    /// Opens a topic; answers its name.
    fn open_topic<'a>(&'a self, _chat: &'a str, _title: &'a str) -> Doing<'a, String> {
        no_groups()
    }

    /// Gives a topic another title.
    fn rename_topic<'a>(
        &'a self,
        _chat: &'a str,
        _topic: &'a str,
        _title: &'a str,
    ) -> Doing<'a, ()> {
        no_groups()
    }

    /// Closes or reopens a topic.
    fn close_topic<'a>(&'a self, _chat: &'a str, _topic: &'a str, _closed: bool) -> Doing<'a, ()> {
        no_groups()
    }

    /// The bytes of a file, at most so many.
    fn fetch<'a>(&'a self, _file: &'a FileRef, _most: u64) -> Doing<'a, Vec<u8>> {
        Box::pin(async { Err(RoomError::Refused { why: "this room has no files".to_owned() }) })
    }

    /// Tells the room which commands to offer: name and what it does.
    fn offer<'a>(
        &'a self,
        _scope: Scope,
        _language: Option<&'a str>,
        _commands: &'a [(String, String)],
    ) -> Doing<'a, ()> {
        done()
    }
}
