//! Telegram by its Bot API: messages with buttons that lead somewhere and buttons that act. A
//! foreign platform that may be unreachable; every message has its mail beside it.

mod fate;
mod post;
pub mod read;
mod room;
mod wire;

use std::fmt;
use std::time::Duration;

use reqwest::{Proxy, Url};
use serde_json::Value;
use teloxide::payloads::GetMe;
use teloxide::types::MessageId;
use tokio::time::timeout;

use crate::{Channel, ChannelKind, Checking, Envelope, Letter, Outcome, Sending, clean};
use fate::{Fault, Kind, Words};
use post::Place;
use wire::Wire;

/// Where Telegram's own servers are.
const API: &str = "https://api.telegram.org";

/// Which bot, and by which way.
#[derive(Clone)]
pub struct TelegramSettings {
    /// The bot's token, from BotFather.
    pub token: String,
    /// Another server than `https://api.telegram.org`: a self-hosted Bot API. The token travels
    /// in its address, so plain `http` belongs inside one's own machines only.
    pub api_url: Option<String>,
    /// `http://`, `https://` or `socks5://` proxy. Without it none is used, whatever the
    /// environment says.
    pub proxy: Option<String>,
}

impl fmt::Debug for TelegramSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may hold a password.
        f.debug_struct("TelegramSettings")
            .field("token", &"***")
            .field("api_url", &self.api_url)
            .field("proxy", &self.proxy.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum TelegramSetupError {
    /// A token has the form `123456:letters`.
    #[error("the Telegram bot token does not have the form NUMBER:SECRET")]
    BadToken,
    /// Not an http(s) address.
    #[error("the Telegram API address {0:?} is not an http or https URL without a path")]
    BadApiUrl(String),
    /// Not a proxy's address. It is not repeated: it may hold a password.
    #[error("the Telegram proxy is not a valid http, https or socks5 URL")]
    BadProxy,
    /// The HTTP client cannot be made.
    #[error("the HTTP client for Telegram cannot be set up: {0}")]
    Client(String),
}

/// The Telegram channel, and the room.
pub struct Telegram {
    wire: Wire,
    own_id: Option<i64>,
    whole: Duration,
}

impl Telegram {
    /// Checks the settings and makes the channel ready; talks to nobody yet.
    ///
    /// # Errors
    /// Whatever in the settings can never work.
    pub fn new(settings: TelegramSettings) -> Result<Self, TelegramSetupError> {
        let TelegramSettings { token, api_url, proxy } = settings;
        if !is_token(&token) {
            return Err(TelegramSetupError::BadToken);
        }
        // The library's own advice for a client that lives long: 5 s to connect, 17 s in all.
        let client = teloxide::net::default_reqwest_settings()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        let client = match &proxy {
            None => client,
            Some(url) => client.proxy(read_proxy(url)?),
        };
        let client = client.build().map_err(|e| {
            TelegramSetupError::Client(clean::one_line(&e.without_url().to_string(), 200))
        })?;
        let text = api_url.unwrap_or_else(|| API.to_owned());
        let base = clean::web_link(&text).filter(|url| url.path() == "/");
        let base = base.ok_or(TelegramSetupError::BadApiUrl(text))?;
        let own_id = token.split_once(':').and_then(|(id, _)| id.parse().ok());
        let words = Words::without([Some(token.clone()), proxy]);
        let wire = Wire::new(client, base, token, words);
        Ok(Self { wire, own_id, whole: Duration::from_secs(30) })
    }

    /// Another time-out than 30 s for a whole send.
    #[must_use]
    pub const fn with_timeout(mut self, whole: Duration) -> Self {
        self.whole = whole;
        self
    }

    /// Our own number: a token begins with it.
    const fn own_id(&self) -> Option<i64> {
        self.own_id
    }

    async fn attempt(&self, envelope: &Envelope) -> Outcome {
        let Some(place) = post::place(&envelope.to_address) else {
            let shown = clean::one_line(&envelope.to_address, 80);
            return Outcome::Undeliverable { why: format!("not a Telegram chat id: {shown:?}") };
        };
        match timeout(self.whole, self.stand(&place, &envelope.letter)).await {
            Ok(Ok(message)) => Outcome::Sent { reference: Some(message) },
            Ok(Err(fault)) => fault.outcome(),
            Err(_) => Outcome::Retry {
                after: None,
                why: format!("Telegram did not answer within {:?}", self.whole),
            },
        }
    }

    /// In place of the message that it edits, or anew where that one is gone; answers its message.
    async fn stand(&self, place: &Place, letter: &Letter) -> Result<String, Fault> {
        if let Some(id) = letter.form.edits.as_deref().and_then(post::message) {
            match self.edit(place, id, letter).await {
                Ok(()) => return Ok(id.0.to_string()),
                Err(fault) if fault.kind() == Kind::NoMessage => {}
                Err(fault) => return Err(fault),
            }
        }
        self.post(place, letter).await
    }

    /// A new message; answers which.
    async fn post(&self, place: &Place, letter: &Letter) -> Result<String, Fault> {
        let sent = match self.wire.call(&post::new(place, letter, true)).await {
            // Telegram has its own opinion of addresses; the words must arrive all the same.
            Err(fault) if fault.dislikes_a_link() => {
                self.wire.call(&post::new(place, letter, false)).await
            }
            answer => answer,
        };
        let id = sent?.get("message_id").and_then(Value::as_i64);
        id.map(|id| id.to_string()).ok_or_else(|| Fault::lacks("message"))
    }

    async fn edit(&self, place: &Place, id: MessageId, letter: &Letter) -> Result<(), Fault> {
        let changed = match self.wire.call(&post::edit(place, id, letter, true)).await {
            Err(fault) if fault.dislikes_a_link() => {
                self.wire.call(&post::edit(place, id, letter, false)).await
            }
            answer => answer,
        };
        match changed {
            Err(fault) if fault.kind() != Kind::Same => Err(fault),
            _ => Ok(()),
        }
    }
}

impl Channel for Telegram {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(self.attempt(envelope))
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async {
            match timeout(self.whole, self.wire.call(&GetMe::new())).await {
                Ok(Ok(me)) => {
                    let name = me["username"].as_str().unwrap_or_default();
                    Ok(format!("Telegram answers; the bot is @{}", clean::one_line(name, 64)))
                }
                Ok(Err(fault)) => Err(fault.why()),
                Err(_) => Err(format!("Telegram did not answer within {:?}", self.whole)),
            }
        })
    }
}

fn is_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, secret)| {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !id.is_empty()
            && id.chars().all(|c| c.is_ascii_digit())
            && !secret.is_empty()
            && secret.chars().all(letter)
    })
}

fn read_proxy(text: &str) -> Result<Proxy, TelegramSetupError> {
    let url = Url::parse(text).map_err(|_| TelegramSetupError::BadProxy)?;
    if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") || !url.has_host() {
        return Err(TelegramSetupError::BadProxy);
    }
    Proxy::all(text).map_err(|_| TelegramSetupError::BadProxy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused_and_tell_no_secret() {
        let settings = |token: &str, api_url: Option<&str>, proxy: Option<&str>| TelegramSettings {
            token: token.to_owned(),
            api_url: api_url.map(str::to_owned),
            proxy: proxy.map(str::to_owned),
        };
        for (bad, secret) in [
            (settings("s3cret", None, None), "s3cret"),
            (settings("1:../s3cret", None, None), "s3cret"),
            (settings("1:s3cret", Some("file:///etc"), None), "s3cret"),
            (settings("1:s3cret", Some("https://tg.example/bot/"), None), "s3cret"),
            (settings("1:x", None, Some("ftp://u:s3cret@p.example")), "s3cret"),
            (settings("1:x", None, Some("u:s3cret@p.example")), "s3cret"),
        ] {
            assert!(!format!("{bad:?}").contains(secret));
            let error = Telegram::new(bad).err().expect("must be refused");
            assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
        }
        let fine = settings("1:x", Some("http://127.0.0.1:1"), Some("socks5://u:p@p.example:1080"));
        assert!(Telegram::new(fine).is_ok());
    }
}
