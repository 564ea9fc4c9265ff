//! Words to people and to other systems. A [`Letter`] says what there is to say, already cut to what its reader may
//! have; an [`Envelope`] says to whom; a [`Channel`] carries it and tells the [`Outcome`].
//! This crate knows no incidents and no SQL, keeps no queue and decides no policy.

mod backoff;
mod clean;
pub mod email;
pub mod limits;
pub mod mailbox;
pub mod matrix;
mod outward;
pub mod push;
pub mod render;
pub mod room;
pub mod scripted;
pub mod telegram;
pub mod webhook;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use backoff::{backoff, give_up_after};
pub use email::{Mail, MailSettings, MailSetupError, Tls};
pub use limits::{Limits, Rank, Rates, WaitUntil};
pub use mailbox::{Keep, Kept, LocalMailbox};
pub use matrix::{Matrix, MatrixSettings, MatrixSetupError};
pub use push::{Push, PushSettings, PushSetupError, Subscription, Subscriptions};
pub use room::{Form, Press, Room};
pub use scripted::Scripted;
pub use telegram::{Telegram, TelegramSettings, TelegramSetupError};
pub use webhook::{WebhookSetupError, WebhookTarget, Webhooks};

/// The language a letter is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// The BCP 47 tag, as in `lang="vi"`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// The ways out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// Electronic mail; addresses are mail addresses.
    Mail,
    /// Telegram; addresses are chat ids.
    Telegram,
    /// Other systems; addresses are names of configured targets.
    Webhook,
    /// Matrix; addresses are rooms.
    Matrix,
    /// Web push; addresses are names of subscriptions.
    Push,
}

impl ChannelKind {
    /// The word used in the database, the API and the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Telegram => "telegram",
            Self::Webhook => "webhook",
            Self::Matrix => "matrix",
            Self::Push => "push",
        }
    }
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no channel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no channel called {0:?}; known: mail, telegram, webhook, matrix, push")]
pub struct UnknownChannel(pub String);

impl FromStr for ChannelKind {
    type Err = UnknownChannel;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "mail" => Ok(Self::Mail),
            "telegram" => Ok(Self::Telegram),
            "webhook" => Ok(Self::Webhook),
            "matrix" => Ok(Self::Matrix),
            "push" => Ok(Self::Push),
            other => Err(UnknownChannel(other.to_owned())),
        }
    }
}

/// What a message says, already cut to what its reader may have. Plain text everywhere: every
/// channel escapes for itself. Kept as JSON in the outbox, so old rows must stay readable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The reader's language.
    pub language: Language,
    /// One line; the mail's subject and every channel's heading.
    pub subject: String,
    /// "Kính gửi ông Nguyễn Văn A,".
    #[serde(default)]
    pub greeting: Option<String>,
    /// What happened, in order. Line breaks inside a paragraph are kept.
    #[serde(default)]
    pub paragraphs: Vec<String>,
    /// Facts as label and value: code, priority, deadline.
    #[serde(default)]
    pub facts: Vec<Fact>,
    /// What is asked, or first aid: numbered by the channel.
    #[serde(default)]
    pub steps: Vec<String>,
    /// What can be done from here.
    #[serde(default)]
    pub buttons: Vec<Button>,
    /// What can be done by pressing, in rooms; elsewhere only `buttons` are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presses: Vec<Press>,
    /// How it stands in a room.
    #[serde(default, skip_serializing_if = "room::Form::is_plain")]
    pub form: Form,
    /// Who writes and why the reader gets this.
    #[serde(default)]
    pub footer: Vec<String>,
    /// Marked as important where the channel can.
    #[serde(default)]
    pub urgent: bool,
    /// The same for machines, already cut as well; people are not shown it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

/// One fact of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is, without a colon: "Mức ưu tiên".
    pub label: String,
    /// Its value, as the reader shall see it.
    pub value: String,
}

/// A link to act on. Only http, https, mailto and tel become links; anything else stays text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What pressing it does: "Tiếp nhận".
    pub label: String,
    /// Where it leads, absolute.
    pub url: String,
}

/// Groups the mails of one incident or dispatch: goes into `In-Reply-To` and `References`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Message-ID of the thread's root. No mail need ever have carried it.
    pub root: String,
}

/// One message for one person on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Delivery id, the same on every attempt.
    pub id: String,
    /// RFC 5322 Message-ID, the same on every attempt, with or without angle brackets.
    pub message_id: String,
    /// The reader's name, for people to see.
    pub to_name: String,
    /// A mail address, a chat of a room (`CHAT` or `CHAT/TOPIC`) or the name of a webhook target.
    pub to_address: String,
    /// What to say.
    pub letter: Letter,
    /// The conversation it belongs to.
    pub thread: Option<Thread>,
}

/// What became of one attempt. `why` is plain English for the delivery ledger; it never holds a
/// password or token of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The next party has taken responsibility for it.
    Sent {
        /// The mail server's queue reply, the Telegram message id, or the status of the answer.
        reference: Option<String>,
    },
    /// Not now. Network, time-out, a refusal that may pass, or our own configuration at fault.
    Retry {
        /// How long the other side asked us to wait, if it did.
        after: Option<Duration>,
        /// What happened.
        why: String,
    },
    /// Never, not to this address or not in these words: tell a person, use another channel.
    Undeliverable {
        /// What happened.
        why: String,
    },
    /// The chat itself takes nothing from us any more (blocked, left, deactivated): as
    /// [`Outcome::Undeliverable`], and the next message would fare no better.
    Closed {
        /// What happened.
        why: String,
    },
    /// Nothing was sent: the chat goes on under another address (a Telegram group became a
    /// supergroup). Write the new address down and send again to it at once.
    Moved {
        /// The new address.
        to: String,
    },
}

/// An attempt under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A check under way: what was found, or what is wrong, in plain words.
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// A way to reach people. An implementation bounds its own time and never panics; dropping the
/// future is safe and leaves nothing half-used behind.
pub trait Channel: Send + Sync {
    /// Which one this is.
    fn kind(&self) -> ChannelKind;

    /// Makes one attempt.
    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a>;

    /// For `doctor`: is it reachable, are the credentials accepted? Sends nothing to anybody.
    fn check<'a>(&'a self) -> Checking<'a>;
}
