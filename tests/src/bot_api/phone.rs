//! People with phones: what they write, press and react becomes updates in Telegram's own JSON.

use serde_json::{Value, json};

use super::state::{File, State, bot};
use super::{BotApi, Shown};

/// Somebody's own account.
#[derive(Debug, Clone)]
pub struct Phone {
    /// The number that never changes; also of the direct conversation with the bot.
    pub id: i64,
    user: Value,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The update's number.
    pub update: i64,
    /// The message's.
    pub message: i64,
}

/// Where somebody writes: a chat, and the topic in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct In(pub i64, pub Option<i64>);

impl From<i64> for In {
    fn from(chat: i64) -> Self {
        Self(chat, None)
    }
}

impl From<(i64, i64)> for In {
    fn from((chat, topic): (i64, i64)) -> Self {
        Self(chat, Some(topic))
    }
}

impl From<&Phone> for In {
    fn from(phone: &Phone) -> Self {
        Self(phone.id, None)
    }
}

impl BotApi {
    /// Somebody who has opened a conversation with the bot.
    pub fn phone(&self, id: i64, name: &str) -> Phone {
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let mut user = json!({"id": id, "is_bot": false, "first_name": first,
            "username": format!("nguoi_{id}"), "language_code": "vi"});
        if !last.is_empty() {
            user["last_name"] = json!(last);
        }
        self.shared.state().add_person(id, &user);
        Phone { id, user }
    }

    /// Writes words; to the bot itself, in a group, in a topic (`(chat, topic)`).
    pub fn writes(&self, who: &Phone, at: impl Into<In>, text: &str) -> Written {
        self.message(who, at.into(), json!({"text": text}))
    }

    /// Answers a message in words.
    pub fn replies(&self, who: &Phone, at: impl Into<In>, to: i64, text: &str) -> Written {
        self.message(who, at.into(), json!({"text": text, "to": to}))
    }

    /// Words that are somebody else's.
    pub fn forwards(&self, who: &Phone, at: impl Into<In>, text: &str) -> Written {
        let origin = json!({"type": "hidden_user", "sender_user_name": "Ai đó", "date": 1});
        self.message(who, at.into(), json!({"text": text, "forward_origin": origin}))
    }

    /// Words that another bot wrote for them.
    pub fn writes_via_bot(&self, who: &Phone, at: impl Into<In>, text: &str) -> Written {
        let other = json!({"id": 555, "is_bot": true, "first_name": "Bot khác",
            "username": "khac_bot"});
        self.message(who, at.into(), json!({"text": text, "via_bot": other}))
    }

    /// Words in the name of the group itself: an anonymous administrator's.
    pub fn writes_anonymously(&self, at: impl Into<In>, text: &str) -> Written {
        let at = at.into();
        let user = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group",
            "username": "GroupAnonymousBot"});
        let group = self.shared.state().chat(at.0).json.clone();
        let who = Phone { id: 1_087_968_824, user };
        self.message(&who, at, json!({"text": text, "sender_chat": group}))
    }

    /// Changes what was written.
    pub fn edits(&self, who: &Phone, at: impl Into<In>, message: i64, text: &str) -> Written {
        let at = at.into();
        let mut state = self.shared.state();
        let date = state.date();
        let mut changed = state.chat(at.0).messages[&message].clone();
        assert_eq!(changed["from"]["id"], json!(who.id), "not theirs");
        changed["text"] = json!(text);
        changed["edit_date"] = json!(date);
        state.chat_mut(at.0).messages.insert(message, changed.clone());
        let update = push(&mut state, "edited_message", changed);
        drop(state);
        self.shared.news.notify_waiters();
        Written { update, message }
    }

    /// Sends a file with these bytes.
    pub fn sends_file(
        &self,
        who: &Phone,
        at: impl Into<In>,
        (name, media_type): (&str, &str),
        bytes: &[u8],
        caption: &str,
    ) -> Written {
        let id = self.add_file(&format!("documents/{name}"), bytes);
        let document = json!({"file_id": id, "file_unique_id": format!("u{id}"),
            "file_name": name, "mime_type": media_type, "file_size": bytes.len()});
        self.message(who, at.into(), json!({"document": document, "caption": caption}))
    }

    /// Sends photos, an album if they are several: one message each, the caption with the first.
    pub fn sends_photos(
        &self,
        who: &Phone,
        at: impl Into<In>,
        photos: &[&[u8]],
        caption: &str,
    ) -> Vec<Written> {
        let at = at.into();
        let album = format!("album-{}", self.shared.state().history.len());
        let mut all = Vec::new();
        for (n, bytes) in photos.iter().enumerate() {
            let small = self.add_file(&format!("photos/small_{n}.jpg"), b"nho");
            let large = self.add_file(&format!("photos/file_{n}.jpg"), bytes);
            let size = |id: &str, side: usize, size: usize| {
                json!({"file_id": id, "file_unique_id": format!("u{id}"), "width": side,
                    "height": side, "file_size": size})
            };
            let mut what = json!({"photo": [size(&small, 90, 3), size(&large, 1280, bytes.len())]});
            if n == 0 && !caption.is_empty() {
                what["caption"] = json!(caption);
            }
            if photos.len() > 1 {
                what["media_group_id"] = json!(album);
            }
            all.push(self.message(who, at, what));
        }
        all
    }

    /// Presses the button of this label under this message, as it stands there now.
    #[track_caller]
    pub fn presses(&self, who: &Phone, shown: &Shown, chat: i64, label: &str) -> i64 {
        let found = shown.presses.iter().find(|(known, _)| known.contains(label));
        let Some((_, data)) = found else { panic!("no button {label:?} under {shown:?}") };
        self.presses_data(who, chat, shown.message, data)
    }

    /// Presses a button that carries this, wherever it was found.
    pub fn presses_data(&self, who: &Phone, chat: i64, message: i64, data: &str) -> i64 {
        let mut state = self.shared.state();
        let query = format!("{}", 9_000_000_000_i64 + i64::try_from(state.presses.len()).unwrap());
        state.presses.push(query.clone());
        let known = state.chat(chat).messages.get(&message).cloned();
        // Of a message that is gone or old only its place is told.
        let under = known.map_or_else(
            || json!({"chat": state.chat(chat).json, "message_id": message, "date": 0}),
            without_asks,
        );
        let press = json!({"id": query, "from": who.user, "message": under,
            "chat_instance": "1", "data": data});
        let update = push(&mut state, "callback_query", press);
        drop(state);
        self.shared.news.notify_waiters();
        update
    }

    /// Puts a sign under a message.
    pub fn reacts(&self, who: &Phone, chat: i64, message: i64, sign: &str) -> i64 {
        let mut state = self.shared.state();
        let date = state.date();
        let reaction = json!({"chat": state.chat(chat).json, "message_id": message,
            "user": who.user, "date": date, "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": sign}]});
        let update = push(&mut state, "message_reaction", reaction);
        drop(state);
        self.shared.news.notify_waiters();
        update
    }

    /// Somebody makes the bot a member, an administrator, or throws it out: statuses of the
    /// documentation (`left`, `member`, `administrator`, `kicked`). Blocking it in the direct
    /// conversation is `member` → `kicked`.
    pub fn makes_bot(&self, who: &Phone, chat: i64, old: &str, new: &str) -> i64 {
        let mut state = self.shared.state();
        let date = state.date();
        let us = |status: &str| match status {
            "administrator" => json!({"status": status, "user": bot(), "can_be_edited": false,
                "is_anonymous": false, "can_manage_chat": true, "can_delete_messages": true,
                "can_manage_video_chats": true, "can_restrict_members": false,
                "can_promote_members": false, "can_change_info": false, "can_invite_users": true,
                "can_post_stories": false, "can_edit_stories": false, "can_delete_stories": false,
                "can_send_welcome_messages": false,
                "can_pin_messages": true, "can_manage_topics": true}),
            "kicked" => json!({"status": status, "user": bot(), "until_date": 0}),
            status => json!({"status": status, "user": bot()}),
        };
        let change = json!({"chat": state.chat(chat).json, "from": who.user, "date": date,
            "old_chat_member": us(old), "new_chat_member": us(new)});
        let gone = matches!(new, "left" | "kicked");
        let direct = state.chat(chat).json["type"] == json!("private");
        state.chat_mut(chat).closed = gone.then(|| match direct {
            true => "bot was blocked by the user".to_owned(),
            false => "bot was kicked from the supergroup chat".to_owned(),
        });
        let update = push(&mut state, "my_chat_member", change);
        drop(state);
        self.shared.news.notify_waiters();
        update
    }

    /// A group becomes a supergroup with another number: two messages say so, and the old number
    /// answers with the new one.
    pub fn migrates(&self, who: &Phone, old: i64, new: i64, forum: bool) -> i64 {
        let mut state = self.shared.state();
        let title = state.chat(old).json["title"].as_str().unwrap_or_default().to_owned();
        state.add_group(new, &title, forum);
        state.chat_mut(old).moved_to = Some(new);
        let date = state.date();
        let message = json!({"message_id": state.chat_mut(old).number(), "date": date,
            "chat": state.chat(old).json, "from": who.user, "migrate_to_chat_id": new});
        let update = push(&mut state, "message", message);
        let message = json!({"message_id": state.chat_mut(new).number(), "date": date,
            "chat": state.chat(new).json, "from": who.user, "migrate_from_chat_id": old});
        push(&mut state, "message", message);
        drop(state);
        self.shared.news.notify_waiters();
        update
    }

    /// Any update, for what has no verb here; its number is added.
    pub fn push(&self, kind: &str, what: Value) -> i64 {
        let update = push(&mut self.shared.state(), kind, what);
        self.shared.news.notify_waiters();
        update
    }

    fn add_file(&self, path: &str, bytes: &[u8]) -> String {
        let mut state = self.shared.state();
        let id = format!("F{}", state.files.len());
        let path = path.replacen('/', &format!("/{id}_"), 1);
        state.files.insert(id.clone(), File { path, bytes: bytes.to_vec() });
        id
    }

    fn message(&self, who: &Phone, In(chat, topic): In, mut more: Value) -> Written {
        let mut state = self.shared.state();
        let date = state.date();
        let place = state.chat_mut(chat);
        let id = place.number();
        let mut message =
            json!({"message_id": id, "date": date, "chat": place.json, "from": who.user});
        let to = more.as_object_mut().and_then(|more| more.remove("to")).and_then(|to| to.as_i64());
        for (name, value) in more.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        if let Some(text) = message["text"].as_str().filter(|text| text.starts_with('/')) {
            let length = text.split_whitespace().next().unwrap_or_default().encode_utf16().count();
            let command = json!([{"type": "bot_command", "offset": 0, "length": length}]);
            message["entities"] = command;
        }
        let quoted = to.map(|to| place.messages[&to].clone());
        if let Some(topic) = topic {
            message["message_thread_id"] = json!(topic);
            message["is_topic_message"] = json!(true);
            // What answers nothing answers the message that opened the topic.
            let opened = json!({"message_id": topic, "date": 1, "chat": place.json, "from": bot(),
                "message_thread_id": topic, "is_topic_message": true,
                "forum_topic_created": {"name": place.topics[&topic].name, "icon_color": 7_322_096}});
            message["reply_to_message"] = quoted.map_or(opened, without_quote);
        } else if let Some(quoted) = quoted {
            message["reply_to_message"] = without_quote(quoted);
        }
        place.messages.insert(id, message.clone());
        let update = push(&mut state, "message", message);
        drop(state);
        self.shared.news.notify_waiters();
        Written { update, message: id }
    }
}

fn without_asks(mut message: Value) -> Value {
    if let Some(message) = message.as_object_mut() {
        message.remove("asks");
    }
    message
}

fn without_quote(message: Value) -> Value {
    let mut message = without_asks(message);
    if let Some(message) = message.as_object_mut() {
        message.remove("reply_to_message");
    }
    message
}

fn push(state: &mut State, kind: &str, what: Value) -> i64 {
    let id = 700_000_001 + i64::try_from(state.history.len()).unwrap();
    let mut update = json!({"update_id": id});
    update[kind] = what;
    state.history.insert(id, update.clone());
    state.updates.push(update);
    id
}
