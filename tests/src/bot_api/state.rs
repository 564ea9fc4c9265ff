//! Chats, topics, messages and files as Telegram keeps them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::script::Script;
use super::{BOT, Request, Shown, Toast, USERNAME};

/// Everything the server knows.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) chats: BTreeMap<i64, Chat>,
    pub(super) people: BTreeMap<i64, Value>,
    /// Not confirmed yet, in the order in which they are given.
    pub(super) updates: Vec<Value>,
    /// Every update that ever was.
    pub(super) history: BTreeMap<i64, Value>,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) webhook: Option<(String, String)>,
    pub(super) last_error: Option<String>,
    pub(super) files: BTreeMap<String, File>,
    pub(super) presses: Vec<String>,
    pub(super) toasts: Vec<Toast>,
    pub(super) commands: BTreeMap<String, Value>,
    pub(super) requests: Vec<Request>,
    pub(super) script: Script,
    pub(super) revoked: bool,
    /// Whoever polls last counts.
    pub(super) poller: u64,
    pub(super) seconds: i64,
}

#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) closed: bool,
}

#[derive(Debug)]
pub(super) struct Chat {
    pub(super) json: Value,
    pub(super) forum: bool,
    pub(super) closed: Option<String>,
    pub(super) moved_to: Option<i64>,
    pub(super) next: i64,
    pub(super) messages: BTreeMap<i64, Value>,
    pub(super) topics: BTreeMap<i64, Topic>,
    pub(super) pinned: Vec<i64>,
}

impl Chat {
    fn new(json: Value, forum: bool) -> Self {
        Self {
            json,
            forum,
            closed: None,
            moved_to: None,
            next: 100,
            messages: BTreeMap::new(),
            topics: BTreeMap::new(),
            pinned: Vec::new(),
        }
    }

    /// The next message's number.
    pub(super) fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }
}

/// The bot as it appears in messages.
pub(super) fn bot() -> Value {
    json!({"id": BOT, "is_bot": true, "first_name": "Điều phối", "username": USERNAME})
}

impl State {
    pub(super) fn add_group(&mut self, id: i64, title: &str, forum: bool) {
        let kind = if id < -1_000_000_000_000 { "supergroup" } else { "group" };
        let mut json = json!({"id": id, "type": kind, "title": title});
        if forum {
            json["type"] = json!("supergroup");
            json["is_forum"] = json!(true);
        }
        self.chats.entry(id).or_insert_with(|| Chat::new(json, forum));
    }

    pub(super) fn add_person(&mut self, id: i64, user: &Value) {
        let mut json = json!({"id": id, "type": "private"});
        for name in ["first_name", "last_name", "username"] {
            if let Some(value) = user.get(name) {
                json[name] = value.clone();
            }
        }
        self.people.insert(id, user.clone());
        self.chats.entry(id).or_insert_with(|| Chat::new(json, false));
    }

    #[track_caller]
    pub(super) fn chat(&self, id: i64) -> &Chat {
        self.chats.get(&id).unwrap_or_else(|| panic!("there is no chat {id}"))
    }

    #[track_caller]
    pub(super) fn chat_mut(&mut self, id: i64) -> &mut Chat {
        self.chats.get_mut(&id).unwrap_or_else(|| panic!("there is no chat {id}"))
    }

    pub(super) fn delete_topic(&mut self, chat: i64, topic: i64) {
        let chat = self.chat_mut(chat);
        chat.topics.remove(&topic).expect("no such topic");
        chat.messages.retain(|_, message| message["message_thread_id"] != json!(topic));
    }

    /// Seconds since 1970 as messages carry them: they go on by one each time somebody asks.
    pub(super) fn date(&mut self) -> i64 {
        self.seconds += 1;
        1_795_000_000 + self.seconds
    }

    /// What of ours stands in a chat.
    pub(super) fn shown(&self, id: i64) -> Vec<Shown> {
        let chat = self.chat(id);
        let ours = chat.messages.iter().filter(|(_, message)| message["from"]["id"] == json!(BOT));
        ours.map(|(id, message)| shown(*id, message, chat.pinned.contains(id))).collect()
    }
}

fn shown(id: i64, message: &Value, pinned: bool) -> Shown {
    let (mut presses, mut links) = (Vec::new(), Vec::new());
    let rows = message["reply_markup"]["inline_keyboard"].as_array();
    for button in rows.into_iter().flatten().filter_map(Value::as_array).flatten() {
        let word = |name: &str| button[name].as_str().unwrap_or_default().to_owned();
        if button.get("callback_data").is_some() {
            presses.push((word("text"), word("callback_data")));
        } else {
            links.push((word("text"), word("url")));
        }
    }
    Shown {
        message: id,
        topic: message["message_thread_id"].as_i64(),
        text: message["text"].as_str().unwrap_or_default().to_owned(),
        presses,
        links,
        asks: message["asks"] == json!(true),
        pinned,
        reply_to: message["reply_to_message"]["message_id"].as_i64(),
    }
}
