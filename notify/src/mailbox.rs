//! The local mailbox: where messages go in an installation without mail server or bot, and in the
//! demo. It writes what the reader would have got, links and buttons included.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Button, Channel, ChannelKind, Checking, Envelope, Outcome, Sending, clean, render};

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
    /// The buttons that can be pressed.
    pub buttons: Vec<Button>,
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

    fn read(&self, envelope: &Envelope) -> Result<Kept, String> {
        let letter = &envelope.letter;
        let (text, html) = match self.kind {
            ChannelKind::Mail | ChannelKind::Webhook | ChannelKind::Push => {
                (render::text(letter), render::html(letter).map_err(|e| e.to_string())?)
            }
            ChannelKind::Telegram | ChannelKind::Matrix => {
                // On this machine every address can be opened, localhost too.
                let note = render::telegram(letter, |_| true);
                (note.plain, note.html)
            }
        };
        let button = |b: &Button| Button {
            label: clean::one_line(&b.label, 200),
            url: b.url.trim().to_owned(),
        };
        let buttons = letter.buttons.iter().map(button).filter(|b| clean::is_link(&b.url));
        Ok(Kept {
            delivery_id: envelope.id.clone(),
            channel: self.kind,
            to: envelope.to_address.clone(),
            to_name: clean::one_line(&envelope.to_name, 200),
            subject: clean::one_line(&letter.subject, 250),
            text,
            html,
            links: render::links(letter),
            buttons: buttons.collect(),
        })
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
            match self.keep.keep(kept).await {
                Ok(()) => Outcome::Sent { reference: Some(format!("mailbox {}", envelope.id)) },
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
