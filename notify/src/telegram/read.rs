//! One update as Telegram sends it, read as people mean it. Pure, and tolerant: only the fields that
//! mean something here are named, so that a newer Telegram's additions keep no command from us.
//! Read from text: through a `serde_json::Value` some shapes of the library's own types get lost.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::clean;
use crate::room::{Chat, FileRef, Hollow, Incoming, Quoted, Sender, What};

/// Reads one update.
///
/// # Errors
/// What is no update at all.
pub fn read(body: &str, me: Option<i64>) -> Result<Incoming, String> {
    let update: Update = serde_json::from_str(body).map_err(|why| why.to_string())?;
    let id = update.update_id;
    let (sender, chat, what) = if let Some(message) = update.message {
        heard(message, me)
    } else if let Some(message) = update.edited_message {
        let (sender, chat) = (message.sender(), message.place());
        (sender, Some(chat), message.hollow(Hollow::Edited))
    } else if let Some(query) = update.callback_query {
        pressed(query)
    } else if let Some(reaction) = update.message_reaction {
        reacted(&reaction)
    } else if let Some(change) = update.my_chat_member {
        let what = change.what();
        (Some(change.from.sender()), Some(change.chat.place(None)), what)
    } else {
        (None, None, What::Other("update"))
    };
    Ok(Incoming { id, sender, chat, what })
}

#[derive(Deserialize)]
struct Update {
    update_id: i64,
    message: Option<Message>,
    edited_message: Option<Message>,
    callback_query: Option<Query>,
    message_reaction: Option<Reaction>,
    my_chat_member: Option<Membership>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    language_code: Option<String>,
}

impl User {
    fn sender(&self) -> Sender {
        Sender {
            id: self.id.to_string(),
            name: clean::one_line(&format!("{} {}", self.first_name, self.last_name), 100),
            language: self.language_code.clone(),
            is_bot: self.is_bot,
        }
    }
}

#[derive(Deserialize)]
struct Place {
    id: i64,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    is_forum: bool,
}

impl Place {
    fn place(&self, topic: Option<i64>) -> Chat {
        Chat {
            id: self.id.to_string(),
            direct: self.kind == "private",
            topics: self.is_forum,
            title: clean::one_line(&self.title, 200),
            topic: topic.map(|topic| topic.to_string()),
        }
    }
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    message_thread_id: Option<i64>,
    #[serde(default)]
    is_topic_message: bool,
    from: Option<User>,
    sender_chat: Option<IgnoredAny>,
    chat: Place,
    forward_origin: Option<IgnoredAny>,
    forward_date: Option<IgnoredAny>,
    via_bot: Option<IgnoredAny>,
    reply_to_message: Option<Box<Self>>,
    text: Option<String>,
    #[serde(default)]
    caption: String,
    media_group_id: Option<String>,
    migrate_to_chat_id: Option<i64>,
    forum_topic_created: Option<IgnoredAny>,
    photo: Option<Vec<Media>>,
    document: Option<Media>,
    video: Option<Media>,
    animation: Option<Media>,
    audio: Option<Media>,
    voice: Option<Media>,
    video_note: Option<Media>,
}

impl Message {
    /// `None` for what no single person sent: a channel, an anonymous administrator.
    fn sender(&self) -> Option<Sender> {
        self.from.as_ref().filter(|_| self.sender_chat.is_none()).map(User::sender)
    }

    fn place(&self) -> Chat {
        // Replies in groups without topics have a thread, too.
        self.chat.place(self.message_thread_id.filter(|_| self.is_topic_message))
    }

    fn words(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.caption)
    }

    fn hollow(&self, why: Hollow) -> What {
        let command = self.words().trim_start().starts_with('/');
        What::Hollow { message: self.message_id.to_string(), why, command }
    }

    fn file(&mut self) -> Option<FileRef> {
        // An animation comes with a document of the same file.
        let one = [
            (self.document.take(), "tep", "application/octet-stream", "bin"),
            (self.video.take(), "video", "video/mp4", "mp4"),
            (self.animation.take(), "video", "video/mp4", "mp4"),
            (self.audio.take(), "am-thanh", "audio/mpeg", "mp3"),
            (self.voice.take(), "ghi-am", "audio/ogg", "ogg"),
            (self.video_note.take(), "video", "video/mp4", "mp4"),
        ];
        if let Some(largest) =
            self.photo.take().and_then(|all| all.into_iter().max_by_key(Media::pixels))
        {
            return Some(largest.file("anh", "image/jpeg", "jpg"));
        }
        one.into_iter().find_map(|(media, name, media_type, end)| {
            media.map(|media| media.file(name, media_type, end))
        })
    }

    /// What this message answers. In a topic everything that answers nothing answers, for Telegram,
    /// the message that opened the topic.
    fn quoted(&mut self, me: Option<i64>) -> Option<Quoted> {
        let mut quoted = self.reply_to_message.take()?;
        if quoted.forum_topic_created.is_some()
            || (self.is_topic_message && self.message_thread_id == Some(quoted.message_id))
        {
            return None;
        }
        let ours = me.is_some() && quoted.from.as_ref().map(|user| user.id) == me;
        Some(Quoted {
            message: quoted.message_id.to_string(),
            sender: quoted.sender(),
            ours,
            text: quoted.words().to_owned(),
            file: quoted.file(),
        })
    }
}

/// A picture, a document, a sound.
#[derive(Deserialize)]
struct Media {
    file_id: String,
    #[serde(default)]
    file_unique_id: String,
    file_name: Option<String>,
    mime_type: Option<String>,
    #[serde(default)]
    file_size: u64,
    #[serde(default)]
    width: u64,
    #[serde(default)]
    height: u64,
}

impl Media {
    const fn pixels(&self) -> (u64, u64) {
        (self.width.saturating_mul(self.height), self.file_size)
    }

    fn file(self, kind: &str, media_type: &str, end: &str) -> FileRef {
        let named = self.file_name.map(|name| clean::one_line(&name, 200));
        FileRef {
            name: named
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| format!("{kind}-{}.{end}", self.file_unique_id)),
            id: self.file_id,
            media_type: self.mime_type.unwrap_or_else(|| media_type.to_owned()),
            size: self.file_size,
        }
    }
}

fn heard(mut message: Message, me: Option<i64>) -> (Option<Sender>, Option<Chat>, What) {
    let (sender, chat) = (message.sender(), message.place());
    let id = message.message_id.to_string();
    let what = if let Some(to) = message.migrate_to_chat_id {
        What::Moved { to: to.to_string() }
    } else if message.forward_origin.is_some() || message.forward_date.is_some() {
        message.hollow(Hollow::Forwarded)
    } else if message.via_bot.is_some() {
        message.hollow(Hollow::ViaBot)
    } else if let Some(file) = message.file() {
        let quoted = message.quoted(me);
        let (caption, album) = (message.caption, message.media_group_id);
        What::File { message: id, caption, file, album, quoted }
    } else if message.text.is_some() {
        let quoted = message.quoted(me);
        What::Text { message: id, text: message.text.unwrap_or_default(), quoted }
    } else {
        What::Other("message")
    };
    (sender, Some(chat), what)
}

#[derive(Deserialize)]
struct Query {
    id: String,
    from: User,
    message: Option<Message>,
    data: Option<String>,
}

fn pressed(query: Query) -> (Option<Sender>, Option<Chat>, What) {
    let sender = Some(query.from.sender());
    let chat = query.message.as_ref().map(Message::place);
    let message = query.message.map(|message| message.message_id.to_string());
    let what = match query.data {
        Some(data) => What::Press { press: query.id, message, data },
        None => What::Other("game"),
    };
    (sender, chat, what)
}

#[derive(Deserialize)]
struct Reaction {
    chat: Place,
    message_id: i64,
    user: Option<User>,
    #[serde(default)]
    old_reaction: Vec<Sign>,
    #[serde(default)]
    new_reaction: Vec<Sign>,
}

#[derive(Deserialize)]
struct Sign {
    #[serde(default)]
    emoji: String,
}

fn reacted(reaction: &Reaction) -> (Option<Sender>, Option<Chat>, What) {
    let had: Vec<&str> = reaction.old_reaction.iter().map(|sign| sign.emoji.as_str()).collect();
    let added: Vec<String> = reaction
        .new_reaction
        .iter()
        .map(|sign| sign.emoji.clone())
        .filter(|sign| !sign.is_empty() && !had.contains(&sign.as_str()))
        .collect();
    let what = if added.is_empty() {
        What::Other("reaction taken back")
    } else {
        What::Reaction { message: reaction.message_id.to_string(), added }
    };
    (reaction.user.as_ref().map(User::sender), Some(reaction.chat.place(None)), what)
}

#[derive(Deserialize)]
struct Membership {
    chat: Place,
    from: User,
    old_chat_member: Member,
    new_chat_member: Member,
}

#[derive(Deserialize)]
struct Member {
    #[serde(default)]
    status: String,
    #[serde(default)]
    is_member: bool,
}

impl Member {
    /// 0: outside, 1: inside, 2: an administrator.
    fn rank(&self) -> u8 {
        match self.status.as_str() {
            "creator" | "administrator" => 2,
            "member" => 1,
            "restricted" if self.is_member => 1,
            _ => 0,
        }
    }
}

impl Membership {
    fn what(&self) -> What {
        match (self.old_chat_member.rank(), self.new_chat_member.rank()) {
            (old, new) if new > old => What::Welcome,
            (_, 0) => What::Farewell,
            _ => What::Other("rights"),
        }
    }
}

#[cfg(test)]
mod tests;
