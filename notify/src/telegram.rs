//! Telegram by its Bot API: plain messages with URL buttons. A foreign platform that may be
//! unreachable; every message has its mail beside it.

mod fate;

use std::fmt;
use std::time::Duration;

use reqwest::{Proxy, Url};
use teloxide::payloads::SendMessageSetters as _;
use teloxide::requests::Requester as _;
use teloxide::types::{
    ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ParseMode,
    Recipient,
};
use teloxide::{Bot, RequestError};
use tokio::time::timeout;

use crate::render::{self, Note};
use crate::{Channel, ChannelKind, Checking, Envelope, Outcome, Sending, clean};
use fate::Words;

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

/// The Telegram channel.
pub struct Telegram {
    bot: Bot,
    words: Words,
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
        let mut bot = Bot::with_client(token.clone(), client);
        if let Some(text) = api_url {
            let url = clean::web_link(&text).filter(|url| url.path() == "/");
            bot = bot.set_api_url(url.ok_or(TelegramSetupError::BadApiUrl(text))?);
        }
        let words = Words::without([Some(token), proxy]);
        Ok(Self { bot, words, whole: Duration::from_secs(30) })
    }

    /// Another time-out than 30 s for a whole send.
    #[must_use]
    pub const fn with_timeout(mut self, whole: Duration) -> Self {
        self.whole = whole;
        self
    }

    async fn attempt(&self, envelope: &Envelope) -> Outcome {
        let Some(chat) = chat(&envelope.to_address) else {
            let shown = clean::one_line(&envelope.to_address, 80);
            return Outcome::Undeliverable { why: format!("not a Telegram chat id: {shown:?}") };
        };
        let sending = async {
            let note = render::telegram(&envelope.letter, is_button_address);
            match self.post(&chat, note).await {
                // Telegram has its own opinion of addresses; the words must arrive all the same.
                Err(error) if fate::dislikes_a_link(&error) => {
                    self.post(&chat, render::telegram(&envelope.letter, |_| false)).await
                }
                answer => answer,
            }
        };
        match timeout(self.whole, sending).await {
            Ok(Ok(message)) => Outcome::Sent { reference: Some(message.id.0.to_string()) },
            Ok(Err(error)) => self.words.outcome(&error),
            Err(_) => Outcome::Retry {
                after: None,
                why: format!("Telegram did not answer within {:?}", self.whole),
            },
        }
    }

    async fn post(&self, chat: &Recipient, note: Note) -> Result<Message, RequestError> {
        // No preview: it would have Telegram open our one-person links.
        let no_preview = LinkPreviewOptions {
            is_disabled: true,
            url: None,
            prefer_small_media: false,
            prefer_large_media: false,
            show_above_text: false,
        };
        let mut request = self
            .bot
            .send_message(chat.clone(), note.html)
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview);
        let rows: Vec<Vec<InlineKeyboardButton>> = note
            .keyboard
            .into_iter()
            .filter_map(|button| Some((button.label, Url::parse(&button.url).ok()?)))
            .map(|(label, url)| vec![InlineKeyboardButton::url(label, url)])
            .collect();
        if !rows.is_empty() {
            request = request.reply_markup(InlineKeyboardMarkup::new(rows));
        }
        request.await
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
            match timeout(self.whole, async { self.bot.get_me().await }).await {
                Ok(Ok(me)) => Ok(format!("Telegram answers; the bot is @{}", me.username())),
                Ok(Err(error)) => Err(self.words.of(&error)),
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

/// A chat's number, or the `@name` of a public group or channel.
fn chat(address: &str) -> Option<Recipient> {
    if let Some(name) = address.strip_prefix('@') {
        let fine = (4..=32).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return fine.then(|| Recipient::ChannelUsername(address.to_owned()));
    }
    address.parse().ok().filter(|id| *id != 0).map(|id| Recipient::Id(ChatId(id)))
}

/// Will Telegram take this address on a button? It refuses names without a dot; addresses of
/// one's own machine are useless on a phone.
fn is_button_address(url: &str) -> bool {
    let Some(url) = clean::web_link(url) else { return false };
    url.as_str().len() <= 2048
        && url.host_str().is_some_and(|host| {
            host.contains('.')
                && !host.starts_with('[')
                && !host.starts_with("127.")
                && host != "0.0.0.0"
                && !host.trim_end_matches('.').ends_with(".localhost")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_may_be_buttons() {
        for good in ["https://dieuphoi.example/a/x", "http://10.0.0.5:8080/a"] {
            assert!(is_button_address(good), "{good}");
        }
        for bad in [
            "http://localhost:8080/",
            "http://127.0.0.1:8080/a/x",
            "http://[::1]/",
            "http://may-chu/",
            "http://app.localhost/",
            "ftp://a.example/",
            "javascript:alert(1)",
            "mailto:a@b.example",
        ] {
            assert!(!is_button_address(bad), "{bad}");
        }
        assert!(!is_button_address(&format!("https://a.example/{}", "x".repeat(2048))));
    }

    #[test]
    fn chats_are_numbers_or_public_names() {
        assert_eq!(chat("-1001234567890"), Some(Recipient::Id(ChatId(-1_001_234_567_890))));
        assert_eq!(
            chat("@ungcuu_tinh"),
            Some(Recipient::ChannelUsername("@ungcuu_tinh".to_owned()))
        );
        for bad in ["", "0", "abc", "12 3", "@a/b", "@", "99999999999999999999"] {
            assert_eq!(chat(bad), None, "{bad}");
        }
    }

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
