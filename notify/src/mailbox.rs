//! The local mailbox: where messages go in an installation without mail server or bot, and in the
//! demo. It writes what the reader would have got, links and buttons included.

pub mod room;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    Button, Channel, ChannelKind, Checking, Envelope, Letter, Outcome, Press, Sending, clean,
    render,
};

/// A message as its reader would see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Delivery id: keeping the same one twice must leave one message.
    pub delivery_id: String,
    /// The channel it stands in for.
    pub channel: ChannelKind,
    /// Mail address or chat id.
    pub to: String,
    /// The reader's name.
    pub to_name: String,
    /// The letter's subject; Telegram shows it as the first line of the text.
    pub subject: String,
    /// What a reader without HTML sees.
    pub text: String,
    /// The mail's page, or Telegram's HTML.
    pub html: String,
    /// Every address that can be followed, buttons first.
    pub links: Vec<String>,
    /// The buttons that lead somewhere.
    pub buttons: Vec<Button>,
    /// The buttons that act.
    #[serde(default)]
    pub presses: Vec<Press>,
    /// The [`number`] of the message whose place it takes.
    #[serde(default)]
    pub edits: Option<String>,
}

/// The number of a message of a room, as those who answer it name it.
#[must_use]
pub fn number(delivery_id: &str) -> i64 {
    let hash = Sha256::digest(delivery_id);
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 1;
    i64::from(number.max(1))
}

/// Being kept: an error is worth another attempt.
pub type Keeping<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Where kept messages live; the server has a table for them.
pub trait Keep: Send + Sync {
    /// Keeps one message. The same `delivery_id` may come again after a crash.
    fn keep<'a>(&'a self, message: Kept) -> Keeping<'a>;
}

impl<K: Keep + ?Sized> Keep for Arc<K> {
    fn keep<'a>(&'a self, message: Kept) -> Keeping<'a> {
        self.as_ref().keep(message)
    }
}

/// A channel of either kind that leads nowhere but to [`Keep`].
pub struct LocalMailbox<K> {
    kind: ChannelKind,
    keep: K,
}

impl<K: Keep> LocalMailbox<K> {
    /// Stands in for the channel `kind`.
    pub const fn new(kind: ChannelKind, keep: K) -> Self {
        Self { kind, keep }
    }

    fn shown(
        &self,
        id: &str,
        to: &str,
        to_name: &str,
        letter: &Letter,
        edits: Option<String>,
    ) -> Result<Kept, String> {
        let is_room = matches!(self.kind, ChannelKind::Telegram | ChannelKind::Matrix);
        let (text, html) = if is_room {
            // On this machine every address can be opened, localhost too.
            let note = render::telegram(letter, |_| true);
            (note.plain, note.html)
        } else {
            (render::text(letter), render::html(letter).map_err(|e| e.to_string())?)
        };
        let button = |b: &Button| Button {
            label: clean::one_line(&b.label, 200),
            url: b.url.trim().to_owned(),
        };
        let buttons = letter.buttons.iter().map(button).filter(|b| clean::is_link(&b.url));
        Ok(Kept {
            delivery_id: id.to_owned(),
            channel: self.kind,
            to: to.to_owned(),
            to_name: clean::one_line(to_name, 200),
            subject: clean::one_line(&letter.subject, 250),
            text,
            html,
            links: render::links(letter),
            buttons: buttons.collect(),
            presses: if is_room { letter.presses.clone() } else { Vec::new() },
            edits: edits.filter(|_| is_room),
        })
    }

    fn read(&self, envelope: &Envelope) -> Result<Kept, String> {
        let letter = &envelope.letter;
        let edits = letter.form.edits.clone();
        self.shown(&envelope.id, &envelope.to_address, &envelope.to_name, letter, edits)
    }
}

impl<K: Keep> Channel for LocalMailbox<K> {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(async {
            let kept = match self.read(envelope) {
                Ok(kept) => kept,
                Err(why) => return Outcome::Undeliverable { why },
            };
            let reference = match self.kind {
                ChannelKind::Telegram => number(&envelope.id).to_string(),
                _ => format!("mailbox {}", envelope.id),
            };
            match self.keep.keep(kept).await {
                Ok(()) => Outcome::Sent { reference: Some(reference) },
                Err(why) => Outcome::Retry { after: None, why },
            }
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        let words = match self.kind {
            ChannelKind::Mail => "mail is kept in the local mailbox; no mail server is configured",
            ChannelKind::Telegram => {
                "bot messages are kept in the local mailbox; no bot is configured"
            }
            ChannelKind::Webhook => "messages to other systems are kept in the local mailbox",
            ChannelKind::Matrix => "Matrix messages are kept in the local mailbox",
            ChannelKind::Push => "alarms for browsers are kept in the local mailbox",
        };
        Box::pin(async move { Ok(words.to_owned()) })
    }
}
