//! Matrix by its client-server HTTP API: a room of the province's own, where no foreign platform is
//! in between. Plain JSON over the HTTP client that is already here: matrix-sdk links SQLite a second
//! time and brings end-to-end encryption, which this room does without, and its types would be some
//! forty crates for fifteen requests.
//!
//! Only unencrypted conversations: the homeserver is one's own. Threads are topics; presses are
//! numbered choices, answered by the number or by its sign (1️⃣) under the message.

mod http;
mod intake;
mod invite;
mod post;
mod read;
mod state;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Certificate, Client, Url};
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell};

use crate::room::{Doing, FileRef, Incoming, Me, Raw, Room, RoomError};
use crate::{Channel, ChannelKind, Checking, Envelope, Letter, Outcome, Sending, clean};

/// Which account, on which homeserver.
#[derive(Clone)]
pub struct MatrixSettings {
    /// The homeserver's address: `https://matrix.tinh.example`.
    pub homeserver: String,
    /// The access token of the bot's account.
    pub token: String,
    /// Invitations are taken from people of these servers; empty: of our own server alone.
    pub servers: Vec<String>,
    /// PEM of the homeserver's own certificate authority.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for MatrixSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MatrixSettings")
            .field("homeserver", &self.homeserver)
            .field("token", &"***")
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}

/// Settings that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum MatrixSetupError {
    /// Not an http(s) address.
    #[error("the Matrix homeserver {0:?} is not an http or https URL without a path")]
    BadHomeserver(String),
    /// A token is one word.
    #[error("the Matrix access token is empty or more than one word")]
    BadToken,
    /// The certificate authority's file.
    #[error("the ca_file of Matrix cannot be read as PEM: {0}")]
    BadCa(String),
    /// The HTTP client cannot be made.
    #[error("the HTTP client for Matrix cannot be set up: {0}")]
    Client(String),
}

/// The Matrix room.
pub struct Matrix {
    client: Client,
    base: Url,
    token: String,
    servers: Vec<String>,
    whole: Duration,
    me: OnceCell<String>,
    mark: Mutex<Option<intake::Mark>>,
}

impl Matrix {
    /// Checks the settings and makes the room ready; talks to nobody yet.
    ///
    /// # Errors
    /// Whatever in the settings can never work.
    pub fn new(settings: MatrixSettings) -> Result<Self, MatrixSetupError> {
        let MatrixSettings { homeserver, token, servers, ca_file } = settings;
        let base = clean::web_link(&homeserver)
            .filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or(MatrixSetupError::BadHomeserver(homeserver))?;
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(MatrixSetupError::BadToken);
        }
        let mut client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5));
        if let Some(path) = ca_file {
            let pem = std::fs::read(path).map_err(|e| MatrixSetupError::BadCa(e.to_string()))?;
            let bundle = Certificate::from_pem_bundle(&pem)
                .map_err(|e| MatrixSetupError::BadCa(e.to_string()))?;
            for ca in bundle {
                client = client.add_root_certificate(ca);
            }
        }
        let client = client.build().map_err(|e| MatrixSetupError::Client(e.to_string()))?;
        let (me, mark) = (OnceCell::new(), Mutex::new(None));
        let whole = Duration::from_secs(30);
        Ok(Self { client, base, token, servers, whole, me, mark })
    }

    /// Another time-out than 30 s for one request.
    #[must_use]
    pub const fn with_timeout(mut self, whole: Duration) -> Self {
        self.whole = whole;
        self
    }

    /// Our own number.
    async fn own(&self) -> Result<&str, RoomError> {
        let asked = async {
            let me = self.get(&["v3", "account", "whoami"], &[]).await?;
            let id = me["user_id"].as_str().filter(|id| id.starts_with('@'));
            id.map(str::to_owned).ok_or_else(|| http::nonsense("who we are"))
        };
        self.me.get_or_try_init(|| asked).await.map(String::as_str)
    }

    async fn attempt(&self, envelope: &Envelope) -> Outcome {
        let (address, letter) = (envelope.to_address.as_str(), &envelope.letter);
        let sent = match &letter.form.edits {
            None => self.say(address, letter, &envelope.id).await,
            Some(old) => match self.replace(address, old, letter, &envelope.id).await {
                Ok(()) => Ok(old.clone()),
                Err(RoomError::NoMessage { .. }) => self.say(address, letter, &envelope.id).await,
                Err(why) => Err(why),
            },
        };
        match sent {
            Ok(message) => Outcome::Sent { reference: Some(message) },
            Err(RoomError::Retry { after, why }) => Outcome::Retry { after, why },
            // Ours to repair.
            Err(RoomError::Denied { why }) => Outcome::Retry { after: None, why },
            Err(RoomError::Moved { to }) => Outcome::Moved { to },
            Err(RoomError::Closed { why }) => Outcome::Closed { why },
            Err(why) => Outcome::Undeliverable { why: why.to_string() },
        }
    }

    async fn pin_up(&self, chat: &str, message: &str) -> Result<(), RoomError> {
        let path = ["v3", "rooms", chat, "state", "m.room.pinned_events", ""];
        let mut pinned = match self.get(&path, &[]).await {
            Ok(state) => state["pinned"].as_array().cloned().unwrap_or_default(),
            Err(RoomError::NoMessage { .. }) => Vec::new(),
            Err(why) => return Err(why),
        };
        if pinned.iter().any(|known| known == message) {
            return Ok(());
        }
        pinned.push(message.into());
        self.put_json(&path, &json!({"pinned": pinned})).await.map(drop)
    }

    async fn take_away(&self, chat: &str, message: &str) -> Result<(), RoomError> {
        let txn = http::once();
        let path = ["v3", "rooms", chat, "redact", message, &txn];
        self.put_json(&path, &json!({})).await.map(drop)
    }

    async fn bytes(&self, file: &FileRef, most: u64) -> Result<Vec<u8>, RoomError> {
        let refused = |why: &str| RoomError::Refused { why: why.to_owned() };
        let (server, media) = read::media(&file.id).ok_or_else(|| refused("not a file"))?;
        match self.download(&["v1", "media", "download", server, media], most).await {
            // Homeservers from before authenticated media.
            Err(RoomError::NoMessage { .. }) => self.download_old(server, media, most).await,
            answer => answer,
        }
    }
}

impl Channel for Matrix {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Matrix
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(self.attempt(envelope))
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async {
            let me = self.own().await.map_err(|why| why.to_string())?;
            Ok(format!("the homeserver answers; the bot is {me}"))
        })
    }
}

impl Room for Matrix {
    fn me(&self) -> Doing<'_, Me> {
        Box::pin(async {
            let id = self.own().await?.to_owned();
            Ok(Me { username: id.clone(), id })
        })
    }

    fn updates(&self, after: Option<i64>, wait: Duration) -> Doing<'_, Vec<Raw>> {
        Box::pin(self.come(after, wait))
    }

    fn read(&self, body: &str) -> Result<Incoming, String> {
        read::incoming(body)
    }

    fn put<'a>(&'a self, address: &'a str, letter: &'a Letter) -> Doing<'a, String> {
        Box::pin(async move { self.say(address, letter, &http::once()).await })
    }

    fn change<'a>(
        &'a self,
        address: &'a str,
        message: &'a str,
        letter: &'a Letter,
    ) -> Doing<'a, ()> {
        Box::pin(async move { self.replace(address, message, letter, &http::once()).await })
    }

    fn remove<'a>(&'a self, address: &'a str, message: &'a str) -> Doing<'a, ()> {
        Box::pin(async move { self.take_away(post::place(address)?.0, message).await })
    }

    fn pin<'a>(&'a self, address: &'a str, message: &'a str) -> Doing<'a, ()> {
        Box::pin(async move { self.pin_up(post::place(address)?.0, message).await })
    }

    /// There is nothing for a moment in Matrix: a note without sound that answers the press.
    fn answer_press<'a>(&'a self, press: &'a str, text: &'a str, _alert: bool) -> Doing<'a, ()> {
        Box::pin(self.note_under(press, text))
    }

    fn open_topic<'a>(&'a self, chat: &'a str, title: &'a str) -> Doing<'a, String> {
        Box::pin(self.begin_thread(chat, title))
    }

    fn rename_topic<'a>(&'a self, chat: &'a str, topic: &'a str, title: &'a str) -> Doing<'a, ()> {
        Box::pin(self.retitle(chat, topic, title))
    }

    /// A thread cannot be closed: its first message says so.
    fn close_topic<'a>(&'a self, chat: &'a str, topic: &'a str, closed: bool) -> Doing<'a, ()> {
        Box::pin(self.lock(chat, topic, closed))
    }

    fn fetch<'a>(&'a self, file: &'a FileRef, most: u64) -> Doing<'a, Vec<u8>> {
        Box::pin(self.bytes(file, most))
    }
}

/// A word of an event, empty when it is not there.
fn word<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused_and_tell_no_secret() {
        let settings = |homeserver: &str, token: &str| MatrixSettings {
            homeserver: homeserver.to_owned(),
            token: token.to_owned(),
            servers: Vec::new(),
            ca_file: None,
        };
        assert!(Matrix::new(settings("https://matrix.tinh.example", "syt_bimat")).is_ok());
        for (homeserver, token) in [
            ("matrix.tinh.example", "syt_bimat"),
            ("ftp://matrix.tinh.example", "syt_bimat"),
            ("https://u:p@matrix.tinh.example", "syt_bimat"),
            ("https://matrix.tinh.example/_matrix", "syt_bimat"),
            ("https://matrix.tinh.example", ""),
            ("https://matrix.tinh.example", "hai bimat"),
        ] {
            let bad = settings(homeserver, token);
            assert!(!format!("{bad:?}").contains("bimat"));
            let error = Matrix::new(bad).err().expect("must be refused");
            assert!(!format!("{error} {error:?}").contains("bimat"), "{error:?}");
        }
    }
}
