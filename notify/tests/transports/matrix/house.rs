//! A homeserver with people on it, and the engine's side of what comes.

use notify::room::{Incoming, Raw, What};
use notify::{Matrix, MatrixSettings, Press, Room};
use serde_json::{Value, json};

use super::{AT_ONCE, SOON};
use crate::homeserver::{Homeserver, SERVER};

/// A homeserver with people on it: ours, or a real one.
pub(super) struct House {
    pub(super) url: String,
    pub(super) server: String,
    /// Tokens by name, of a real one.
    pub(super) tokens: Value,
    pub(super) ours: Option<Homeserver>,
}

impl House {
    #[expect(clippy::disallowed_methods, reason = "which homeserver a test talks to")]
    pub(super) async fn open() -> Self {
        if let Ok(real) = std::env::var("DIEUPHOI_TEST_SYNAPSE") {
            let real: Value = serde_json::from_str(&real).unwrap();
            let word = |key: &str| real[key].as_str().unwrap().to_owned();
            let tokens = real["tokens"].clone();
            return Self { url: word("url"), server: word("server"), tokens, ours: None };
        }
        let ours = Homeserver::start().await;
        let (url, server) = (ours.url.clone(), SERVER.to_owned());
        Self { url, server, tokens: Value::Null, ours: Some(ours) }
    }

    pub(super) fn token(&self, name: &str) -> String {
        match &self.tokens[name] {
            Value::String(token) => token.clone(),
            _ => format!("token-{name}"),
        }
    }

    pub(super) fn person(&self, name: &str) -> Person {
        let id = format!("@{name}:{}", self.server);
        Person { id, base: self.url.clone(), token: self.token(name) }
    }

    /// Each story has a bot of its own: `bot1`, `bot2`, ….
    pub(super) fn matrix(&self, bot: &str) -> Matrix {
        Matrix::new(MatrixSettings {
            homeserver: self.url.clone(),
            token: self.token(bot),
            servers: Vec::new(),
            ca_file: None,
        })
        .unwrap()
    }
}

pub(super) struct Person {
    pub(super) id: String,
    pub(super) base: String,
    pub(super) token: String,
}

impl Person {
    pub(super) async fn ask(&self, method: &str, path: &[&str], body: &Value) -> Value {
        let mut url = reqwest::Url::parse(&self.base).unwrap();
        url.path_segments_mut().unwrap().clear().extend(["_matrix", "client", "v3"]).extend(path);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = reqwest::Client::builder().no_proxy().build().unwrap().request(method, url);
        let request = request.bearer_auth(&self.token).body(body.to_string());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body = answer.text().await.unwrap();
        assert!(status.is_success(), "{path:?}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    pub(super) async fn create(&self, with: &[&str], mut how: Value) -> String {
        how["invite"] = json!(with);
        how["preset"] = "private_chat".into();
        let made = self.ask("POST", &["createRoom"], &how).await;
        made["room_id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn send(&self, room: &str, kind: &str, content: Value) -> String {
        static TXN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let txn = TXN.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let sent = self.ask("PUT", &["rooms", room, "send", kind, &txn], &content).await;
        sent["event_id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn says(&self, room: &str, text: &str) -> String {
        self.send(room, "m.room.message", json!({"msgtype": "m.text", "body": text})).await
    }

    pub(super) async fn replies(&self, room: &str, to: &str, text: &str) -> String {
        let relation = json!({"m.in_reply_to": {"event_id": to}});
        let content = json!({"msgtype": "m.text", "body": text, "m.relates_to": relation});
        self.send(room, "m.room.message", content).await
    }

    pub(super) async fn reacts(&self, room: &str, to: &str, key: &str) {
        let relation = json!({"rel_type": "m.annotation", "event_id": to, "key": key});
        self.send(room, "m.reaction", json!({"m.relates_to": relation})).await;
    }

    pub(super) async fn sees(&self, room: &str, event: &str) -> Value {
        self.ask("GET", &["rooms", room, "event", event], &Value::Null).await
    }
}

/// The engine's side of it: keeps what came, asks on from the last number.
pub(super) struct Desk {
    pub(super) matrix: Matrix,
    pub(super) kept: Vec<Raw>,
}

impl Desk {
    pub(super) async fn of(house: &House, bot: &str) -> Self {
        let mut desk = Self { matrix: house.matrix(bot), kept: Vec::new() };
        assert!(desk.matrix.updates(None, AT_ONCE).await.unwrap().is_empty());
        desk.kept.clear();
        desk
    }

    pub(super) async fn hear(&mut self) -> Vec<Incoming> {
        let after = self.kept.last().map(|raw| raw.id);
        let came = self.matrix.updates(after, SOON).await.unwrap();
        self.kept.extend(came.iter().cloned());
        came.iter().map(|raw| self.matrix.read(&raw.body).unwrap()).collect()
    }

    /// Until so much has come: an invitation is answered in one request, the welcome comes later.
    pub(super) async fn hear_so_many(&mut self, many: usize) -> Vec<Incoming> {
        let mut all = Vec::new();
        for _ in 0..20 {
            if all.len() >= many {
                break;
            }
            all.extend(self.hear().await);
        }
        assert_eq!(all.len(), many, "{all:?}");
        all
    }
}

pub(super) fn pressed(label: &str, id: &str) -> Press {
    Press { label: label.to_owned(), id: id.to_owned() }
}

/// Lan opens a conversation with the bot; her first words come with the welcome.
pub(super) async fn direct(lan: &Person, bot: &str, desk: &mut Desk) -> String {
    let room = lan.create(&[bot], json!({"is_direct": true})).await;
    lan.says(&room, "/start MA-MOT-LAN").await;
    let heard = desk.hear_so_many(2).await;
    let start = heard
        .iter()
        .find(|it| matches!(&it.what, What::Text { text, .. } if text == "/start MA-MOT-LAN"));
    let start = start.unwrap_or_else(|| panic!("{heard:?}"));
    assert_eq!(start.sender.as_ref().unwrap().id, lan.id);
    let chat = start.chat.as_ref().unwrap();
    assert!(chat.direct && !chat.topics && chat.id == room, "{chat:?}");
    assert!(heard.iter().any(|it| it.what == What::Welcome));
    room
}
