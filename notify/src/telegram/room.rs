//! Telegram as a room: what is said there is fetched or brought, cards stand and change, each case
//! has its topic.

use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use teloxide::payloads::{
    AnswerCallbackQuery, CloseForumTopic, CreateForumTopic, DeleteMessage, DeleteWebhook,
    EditForumTopic, GetFile, GetMe, GetUpdates, GetWebhookInfo, PinChatMessage, ReopenForumTopic,
    SetMyCommands, SetWebhook,
};
use teloxide::types::{
    AllowedUpdate, BotCommand, BotCommandScope, CallbackQueryId, FileId, MessageId,
};

use super::fate::{Fault, Kind};
use super::post::{self, Place};
use super::{Telegram, read};
use crate::Letter;
use crate::clean;
use crate::room::{Doing, FileRef, Incoming, Me, Raw, Room, RoomError, Scope};

/// What we ask for by name: reactions do not come by themselves.
const WANTED: [AllowedUpdate; 5] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::CallbackQuery,
    AllowedUpdate::MessageReaction,
    AllowedUpdate::MyChatMember,
];
/// Updates at once.
const BATCH: u8 = 100;
/// What a fetch may take longer than it waits.
const BEYOND: Duration = Duration::from_secs(8);
/// A toast, UTF-16 units.
const TOAST: usize = 200;
/// A topic's title, UTF-16 units.
const TITLE: usize = 128;

/// Everything but the reason why not is done.
fn done(answer: Result<Value, Fault>) -> Result<(), RoomError> {
    match answer {
        Ok(_) => Ok(()),
        Err(fault) if fault.kind() == Kind::Same => Ok(()),
        Err(fault) => Err(fault.room()),
    }
}

fn no_address(address: &str) -> RoomError {
    let shown = clean::one_line(address, 80);
    RoomError::Refused { why: format!("not a Telegram chat id: {shown:?}") }
}

fn place(address: &str) -> Result<Place, RoomError> {
    post::place(address).ok_or_else(|| no_address(address))
}

fn message(id: &str) -> Result<MessageId, RoomError> {
    post::message(id).ok_or_else(|| RoomError::NoMessage {
        why: format!("not a Telegram message id: {:?}", clean::one_line(id, 80)),
    })
}

/// A chat and one of its topics, as the calls for topics take them.
fn topic_of(chat: &str, topic: &str) -> Result<Place, RoomError> {
    let mut place = place(chat)?;
    place.topic = post::thread(topic);
    Ok(place)
}

impl Telegram {
    async fn fetch_updates(
        &self,
        after: Option<i64>,
        wait: Duration,
    ) -> Result<Vec<Raw>, RoomError> {
        let mut ask = GetUpdates::new();
        ask.offset = after.and_then(|after| i32::try_from(after + 1).ok());
        ask.limit = Some(BATCH);
        ask.timeout = u32::try_from(wait.as_secs()).ok();
        ask.allowed_updates = Some(WANTED.to_vec());
        let answer = self.wire.call_within(&ask, wait + BEYOND).await.map_err(|f| f.room())?;
        let Value::Array(all) = answer else { return Err(Fault::lacks("list").room()) };
        let numbered = |update: Value| {
            let id = update.get("update_id")?.as_i64()?;
            Some(Raw { id, body: update.to_string() })
        };
        let mut all: Vec<Raw> = all.into_iter().filter_map(numbered).collect();
        all.sort_by_key(|raw| raw.id);
        Ok(all)
    }

    async fn set_webhook(&self, webhook: Option<(&str, &str)>) -> Result<(), RoomError> {
        let Some((address, secret)) = webhook else {
            return done(self.wire.call(&DeleteWebhook::new()).await);
        };
        let url = Url::parse(address).map_err(|_| RoomError::Refused {
            why: format!("not an address: {:?}", clean::one_line(address, 120)),
        })?;
        let mut ask = SetWebhook::new(url);
        ask.secret_token = Some(secret.to_owned());
        ask.allowed_updates = Some(WANTED.to_vec());
        done(self.wire.call(&ask).await)
    }

    async fn webhook_trouble(&self) -> Result<Option<String>, RoomError> {
        let info = self.wire.call(&GetWebhookInfo::new()).await.map_err(|f| f.room())?;
        let waiting = info["pending_update_count"].as_i64().unwrap_or(0);
        let why = info["last_error_message"].as_str().unwrap_or_default();
        Ok((waiting > 0 && !why.is_empty())
            .then(|| format!("{waiting} updates wait at Telegram: {}", clean::one_line(why, 200))))
    }

    async fn bytes(&self, file: &FileRef, most: u64) -> Result<Vec<u8>, RoomError> {
        if file.size > most {
            return Err(Fault::too_big().room());
        }
        let ask = GetFile::new(FileId(file.id.clone()));
        let answer = self.wire.call(&ask).await.map_err(|f| f.room())?;
        if answer["file_size"].as_u64().is_some_and(|size| size > most) {
            return Err(Fault::too_big().room());
        }
        let path = answer["file_path"].as_str().unwrap_or_default();
        // A Bot API server in its local mode names files of its own machine.
        if path.is_empty() || path.starts_with('/') {
            let why = "Telegram does not say where the file can be fetched".to_owned();
            return Err(RoomError::Refused { why });
        }
        self.wire.file(path, most).await.map_err(|f| f.room())
    }
}

impl Room for Telegram {
    fn me(&self) -> Doing<'_, Me> {
        Box::pin(async {
            let me = self.wire.call(&GetMe::new()).await.map_err(|f| f.room())?;
            let id = me["id"].as_i64().ok_or_else(|| Fault::lacks("id").room())?;
            let username = me["username"].as_str().unwrap_or_default().to_owned();
            Ok(Me { id: id.to_string(), username })
        })
    }

    fn updates(&self, after: Option<i64>, wait: Duration) -> Doing<'_, Vec<Raw>> {
        Box::pin(self.fetch_updates(after, wait))
    }

    fn bring_to<'a>(&'a self, webhook: Option<(&'a str, &'a str)>) -> Doing<'a, ()> {
        Box::pin(self.set_webhook(webhook))
    }

    fn trouble(&self) -> Doing<'_, Option<String>> {
        Box::pin(self.webhook_trouble())
    }

    fn read(&self, body: &str) -> Result<Incoming, String> {
        read::read(body, self.own_id())
    }

    fn put<'a>(&'a self, address: &'a str, letter: &'a Letter) -> Doing<'a, String> {
        Box::pin(
            async move { self.post(&place(address)?, letter).await.map_err(|fault| fault.room()) },
        )
    }

    fn change<'a>(&'a self, address: &'a str, id: &'a str, letter: &'a Letter) -> Doing<'a, ()> {
        Box::pin(async move {
            self.edit(&place(address)?, message(id)?, letter).await.map_err(|fault| fault.room())
        })
    }

    fn remove<'a>(&'a self, address: &'a str, id: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            done(self.wire.call(&DeleteMessage::new(place(address)?.chat, message(id)?)).await)
        })
    }

    fn pin<'a>(&'a self, address: &'a str, id: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            let mut ask = PinChatMessage::new(place(address)?.chat, message(id)?);
            ask.disable_notification = Some(true);
            done(self.wire.call(&ask).await)
        })
    }

    fn answer_press<'a>(&'a self, press: &'a str, text: &'a str, alert: bool) -> Doing<'a, ()> {
        Box::pin(async move {
            let mut ask = AnswerCallbackQuery::new(CallbackQueryId(press.to_owned()));
            let text = clean::cut(text, TOAST);
            ask.text = (!text.is_empty()).then(|| text.into_owned());
            ask.show_alert = alert.then_some(true);
            done(self.wire.call(&ask).await)
        })
    }

    fn open_topic<'a>(&'a self, chat: &'a str, title: &'a str) -> Doing<'a, String> {
        Box::pin(async move {
            let title = clean::one_line(title, TITLE);
            let ask = CreateForumTopic::new(place(chat)?.chat, title);
            let topic = self.wire.call(&ask).await.map_err(|f| f.room())?;
            let id = topic["message_thread_id"].as_i64();
            Ok(id.ok_or_else(|| Fault::lacks("topic").room())?.to_string())
        })
    }

    fn rename_topic<'a>(&'a self, chat: &'a str, topic: &'a str, title: &'a str) -> Doing<'a, ()> {
        Box::pin(async move {
            let Place { chat, topic: Some(topic) } = topic_of(chat, topic)? else {
                return Err(no_address(topic));
            };
            let mut ask = EditForumTopic::new(chat, topic);
            ask.name = Some(clean::one_line(title, TITLE));
            done(self.wire.call(&ask).await)
        })
    }

    fn close_topic<'a>(&'a self, chat: &'a str, topic: &'a str, closed: bool) -> Doing<'a, ()> {
        Box::pin(async move {
            let Place { chat, topic: Some(topic) } = topic_of(chat, topic)? else {
                return Err(no_address(topic));
            };
            done(match closed {
                true => self.wire.call(&CloseForumTopic::new(chat, topic)).await,
                false => self.wire.call(&ReopenForumTopic::new(chat, topic)).await,
            })
        })
    }

    fn fetch<'a>(&'a self, file: &'a FileRef, most: u64) -> Doing<'a, Vec<u8>> {
        Box::pin(self.bytes(file, most))
    }

    fn offer<'a>(
        &'a self,
        scope: Scope,
        language: Option<&'a str>,
        commands: &'a [(String, String)],
    ) -> Doing<'a, ()> {
        Box::pin(async move {
            let command = |(name, what): &(String, String)| {
                BotCommand::new(name.clone(), clean::one_line(what, 256))
            };
            let mut ask = SetMyCommands::new(commands.iter().map(command).collect::<Vec<_>>());
            ask.scope = Some(match scope {
                Scope::Direct => BotCommandScope::AllPrivateChats,
                Scope::Groups => BotCommandScope::AllGroupChats,
            });
            ask.language_code = language.map(str::to_owned);
            done(self.wire.call(&ask).await)
        })
    }
}
