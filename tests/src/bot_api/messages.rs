//! The methods of messages, as strict as Telegram's own.

use serde_json::{Value, json};

use super::BOT;
use super::answer::{No, Said, bad, int, open, word};
use super::html::plain;
use super::state::{State, bot};

/// One message, UTF-16 units after its markup is read.
const TEXT: usize = 4096;

pub(super) fn send(state: &mut State, body: &Value) -> Said {
    let chat = open(state, body)?;
    let text = text_of(body)?;
    let topic = topic_of(state, chat, body)?;
    let reply = reply_of(state, chat, body)?;
    let markup = markup_of(body)?;
    let date = state.date();
    let chat = state.chat_mut(chat);
    let id = chat.number();
    let mut message = json!({"message_id": id, "date": date, "chat": chat.json, "from": bot(),
        "text": text});
    if let Some(topic) = topic {
        message["message_thread_id"] = json!(topic);
        message["is_topic_message"] = json!(true);
    }
    if let Some(reply) = reply {
        message["reply_to_message"] = reply;
    }
    if let Some(markup) = markup {
        message["reply_markup"] = markup;
    }
    let answer = message.clone();
    // Not part of a message's JSON: what its reader's keyboard does.
    if body["reply_markup"]["force_reply"] == json!(true) {
        message["asks"] = json!(true);
    }
    chat.messages.insert(id, message);
    Ok(answer)
}

pub(super) fn send_document(state: &mut State, body: &Value) -> Said {
    let chat = open(state, body)?;
    let date = state.date();
    let chat = state.chat_mut(chat);
    let id = chat.number();
    let name = word(body, "document");
    let message = json!({"message_id": id, "date": date, "chat": chat.json, "from": bot(),
        "caption": word(body, "caption"),
        "document": {"file_id": format!("sent-{id}"), "file_unique_id": format!("s{id}"),
            "file_name": name}});
    chat.messages.insert(id, message.clone());
    Ok(message)
}

pub(super) fn edit_text(state: &mut State, body: &Value) -> Said {
    let chat = open(state, body)?;
    let text = text_of(body)?;
    let markup = markup_of(body)?;
    let message = ours(state, chat, body, "message to edit not found")?;
    if message["text"] == json!(text) && message.get("reply_markup") == markup.as_ref() {
        return Err(same());
    }
    message["text"] = json!(text);
    put_markup(message, markup);
    let mut answer = message.clone();
    answer["edit_date"] = json!(state.date());
    Ok(without_asks(answer))
}

pub(super) fn edit_markup(state: &mut State, body: &Value) -> Said {
    let chat = open(state, body)?;
    let markup = markup_of(body)?;
    let message = ours(state, chat, body, "message to edit not found")?;
    if message.get("reply_markup") == markup.as_ref() {
        return Err(same());
    }
    put_markup(message, markup);
    Ok(without_asks(message.clone()))
}

pub(super) fn delete(state: &mut State, body: &Value) -> Said {
    let chat = open(state, body)?;
    let id = int(&body["message_id"]).unwrap_or_default();
    match state.chat_mut(chat).messages.remove(&id) {
        Some(_) => Ok(json!(true)),
        None => Err(bad("message to delete not found")),
    }
}

pub(super) fn pin(state: &mut State, body: &Value, pin: bool) -> Said {
    let chat = open(state, body)?;
    let id = int(&body["message_id"]).unwrap_or_default();
    let chat = state.chat_mut(chat);
    if !chat.messages.contains_key(&id) {
        return Err(bad("message to pin not found"));
    }
    chat.pinned.retain(|known| *known != id);
    if pin {
        chat.pinned.push(id);
    }
    Ok(json!(true))
}

fn same() -> No {
    bad("message is not modified: specified new message content and reply markup are exactly the \
         same as a current content and reply markup of the message")
}

/// A message of the bot's own.
fn ours<'a>(
    state: &'a mut State,
    chat: i64,
    body: &Value,
    otherwise: &str,
) -> Result<&'a mut Value, No> {
    let id = int(&body["message_id"]).unwrap_or_default();
    let message = state.chat_mut(chat).messages.get_mut(&id).ok_or_else(|| bad(otherwise))?;
    if message["from"]["id"] != json!(BOT) {
        return Err(bad("message can't be edited"));
    }
    Ok(message)
}

fn put_markup(message: &mut Value, markup: Option<Value>) {
    let Some(message) = message.as_object_mut() else { return };
    match markup {
        Some(markup) => message.insert("reply_markup".to_owned(), markup),
        None => message.remove("reply_markup"),
    };
}

fn without_asks(mut message: Value) -> Value {
    if let Some(message) = message.as_object_mut() {
        message.remove("asks");
    }
    message
}

fn text_of(body: &Value) -> Result<String, No> {
    let text = word(body, "text");
    let text = match word(body, "parse_mode") {
        "HTML" => plain(text).map_err(bad)?,
        "" => text.to_owned(),
        other => return Err(bad(format!("unsupported parse_mode {other}"))),
    };
    let text = text.trim().to_owned();
    match text.encode_utf16().count() {
        0 => Err(bad("message text is empty")),
        1..=TEXT => Ok(text),
        _ => Err(bad("message is too long")),
    }
}

fn topic_of(state: &State, chat: i64, body: &Value) -> Result<Option<i64>, No> {
    let Some(topic) = int(&body["message_thread_id"]) else { return Ok(None) };
    match state.chat(chat).topics.contains_key(&topic) {
        true => Ok(Some(topic)),
        false => Err(bad("message thread not found")),
    }
}

fn reply_of(state: &State, chat: i64, body: &Value) -> Result<Option<Value>, No> {
    let reply = &body["reply_parameters"];
    let Some(id) = int(&reply["message_id"]) else { return Ok(None) };
    match state.chat(chat).messages.get(&id) {
        Some(message) => {
            let mut quoted = without_asks(message.clone());
            // A quoted message quotes nothing itself.
            if let Some(quoted) = quoted.as_object_mut() {
                quoted.remove("reply_to_message");
            }
            Ok(Some(quoted))
        }
        None if reply["allow_sending_without_reply"] == json!(true) => Ok(None),
        None => Err(bad("message to be replied not found")),
    }
}

/// The buttons, checked as Telegram checks them.
fn markup_of(body: &Value) -> Result<Option<Value>, No> {
    let markup = &body["reply_markup"];
    let Some(rows) = markup["inline_keyboard"].as_array() else { return Ok(None) };
    let mut count = 0;
    for button in rows.iter().filter_map(Value::as_array).flatten() {
        count += 1;
        if word(button, "text").is_empty() {
            return Err(bad("can't parse inline keyboard button: Text buttons are unallowed"));
        }
        if let Some(data) = button["callback_data"].as_str() {
            if !(1..=64).contains(&data.len()) {
                return Err(bad("BUTTON_DATA_INVALID"));
            }
        } else {
            let url = word(button, "url");
            let host = url.split_once("://").map_or("", |(_, rest)| rest);
            if !host.split(['/', ':']).next().unwrap_or_default().contains('.') {
                return Err(bad(format!(
                    "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"
                )));
            }
        }
    }
    if count > 100 {
        return Err(bad("reply markup is too long"));
    }
    Ok((count > 0).then(|| markup.clone()))
}
