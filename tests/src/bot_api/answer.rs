//! The methods but those of messages: what each asks for, and what Telegram says to what it does not
//! like.

use serde_json::{Value, json};

use super::messages;
use super::state::{State, Topic, bot};
use super::{BOT, Toast, USERNAME};

/// The methods that are spoken here, as the documentation writes them.
const METHODS: [&str; 25] = [
    "getMe",
    "getUpdates",
    "setWebhook",
    "deleteWebhook",
    "getWebhookInfo",
    "sendMessage",
    "sendDocument",
    "editMessageText",
    "editMessageReplyMarkup",
    "deleteMessage",
    "pinChatMessage",
    "unpinChatMessage",
    "answerCallbackQuery",
    "createForumTopic",
    "editForumTopic",
    "closeForumTopic",
    "reopenForumTopic",
    "deleteForumTopic",
    "getFile",
    "setMyCommands",
    "deleteMyCommands",
    "getChat",
    "getChatMember",
    "setMessageReaction",
    "sendChatAction",
];

/// The method behind a name in whatever case.
pub(super) fn canonical(name: &str) -> Option<&'static str> {
    METHODS.iter().find(|method| method.eq_ignore_ascii_case(name)).copied()
}

/// What comes of a call: the result, or why not.
pub(super) type Said = Result<Value, No>;

/// A refusal in Telegram's words.
#[derive(Debug)]
pub(super) struct No {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) parameters: Option<Value>,
}

/// 400.
pub(super) fn bad(description: impl Into<String>) -> No {
    let mut description = description.into();
    if !description.starts_with("Bad Request") {
        description.insert_str(0, "Bad Request: ");
    }
    No { code: 400, description, parameters: None }
}

/// A whole number, as JSON or as a form carries it.
pub(super) fn int(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn word<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

/// Status and body of the answer.
pub(super) fn answer(state: &mut State, method: &str, body: &Value) -> (u16, Value) {
    match said(state, method, body) {
        Ok(result) => (200, json!({"ok": true, "result": result})),
        Err(No { code, description, parameters }) => {
            let mut answer = json!({"ok": false, "error_code": code, "description": description});
            if let Some(parameters) = parameters {
                answer["parameters"] = parameters;
            }
            (code, answer)
        }
    }
}

fn said(state: &mut State, method: &str, body: &Value) -> Said {
    match method {
        "getMe" => Ok(me()),
        "setWebhook" => set_webhook(state, body),
        "deleteWebhook" => {
            state.webhook = None;
            Ok(json!(true))
        }
        "getWebhookInfo" => Ok(webhook_info(state)),
        "sendMessage" => messages::send(state, body),
        "sendDocument" => messages::send_document(state, body),
        "editMessageText" => messages::edit_text(state, body),
        "editMessageReplyMarkup" => messages::edit_markup(state, body),
        "deleteMessage" => messages::delete(state, body),
        "pinChatMessage" => messages::pin(state, body, true),
        "unpinChatMessage" => messages::pin(state, body, false),
        "answerCallbackQuery" => toast(state, body),
        "createForumTopic" => create_topic(state, body),
        "editForumTopic" => rename_topic(state, body),
        "closeForumTopic" => close_topic(state, body, true),
        "reopenForumTopic" => close_topic(state, body, false),
        "deleteForumTopic" => {
            let (chat, topic) = (open(state, body)?, of_topic(state, body)?);
            state.delete_topic(chat, topic);
            Ok(json!(true))
        }
        "getFile" => file(state, body),
        "setMyCommands" | "deleteMyCommands" => commands(state, method, body),
        "getChat" => {
            let id = open(state, body)?;
            let mut chat = state.chat(id).json.clone();
            chat["accent_color_id"] = json!(0);
            chat["max_reaction_count"] = json!(11);
            Ok(chat)
        }
        "getChatMember" => member(state, body),
        "setMessageReaction" | "sendChatAction" => open(state, body).map(|_| json!(true)),
        other => Err(bad(format!("{other} is not spoken here"))),
    }
}

/// The chat of a call, if it takes anything from the bot.
pub(super) fn open(state: &State, body: &Value) -> Result<i64, No> {
    let id = int(&body["chat_id"]).ok_or_else(|| bad("chat_id is empty"))?;
    let chat = state.chats.get(&id).ok_or_else(|| bad("chat not found"))?;
    if let Some(to) = chat.moved_to {
        let mut no = bad("group chat was upgraded to a supergroup chat");
        no.parameters = Some(json!({"migrate_to_chat_id": to}));
        return Err(no);
    }
    match &chat.closed {
        Some(why) => {
            Err(No { code: 403, description: format!("Forbidden: {why}"), parameters: None })
        }
        None => Ok(id),
    }
}

fn me() -> Value {
    let mut me = bot();
    for (name, yes) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[name] = json!(yes);
    }
    me
}

fn set_webhook(state: &mut State, body: &Value) -> Said {
    let url = word(body, "url").to_owned();
    // Telegram itself takes https alone; a Bot API server of one's own takes both, as here.
    if !url.is_empty() && !url.starts_with("http") {
        return Err(bad("bad webhook: invalid webhook URL specified"));
    }
    let secret = word(body, "secret_token").to_owned();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if secret.len() > 256 || !secret.chars().all(fits) {
        return Err(bad("secret token contains unallowed characters"));
    }
    allow(state, body);
    state.webhook = (!url.is_empty()).then_some((url, secret));
    Ok(json!(true))
}

/// Which kinds of updates come from now on.
pub(super) fn allow(state: &mut State, body: &Value) {
    if let Some(kinds) = body["allowed_updates"].as_array() {
        let kinds = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        state.allowed = Some(kinds);
    }
}

fn webhook_info(state: &State) -> Value {
    let url = state.webhook.as_ref().map(|(url, _)| url.clone()).unwrap_or_default();
    let mut info = json!({"url": url, "has_custom_certificate": false,
        "pending_update_count": state.updates.len()});
    if let Some(why) = &state.last_error {
        info["last_error_date"] = json!(1_795_000_000);
        info["last_error_message"] = json!(why);
    }
    info
}

fn toast(state: &mut State, body: &Value) -> Said {
    let press = word(body, "callback_query_id").to_owned();
    let text = word(body, "text").to_owned();
    if text.encode_utf16().count() > 200 {
        return Err(bad("MESSAGE_TOO_LONG"));
    }
    if !state.presses.contains(&press) {
        return Err(bad("query is too old and response timeout expired or query ID is invalid"));
    }
    let alert = body["show_alert"].as_bool().unwrap_or(false);
    state.toasts.push(Toast { press, text, alert });
    Ok(json!(true))
}

fn create_topic(state: &mut State, body: &Value) -> Said {
    let id = open(state, body)?;
    let name = word(body, "name").to_owned();
    let length = name.encode_utf16().count();
    let chat = state.chat_mut(id);
    if !chat.forum {
        return Err(bad("the chat is not a forum"));
    }
    if !(1..=128).contains(&length) {
        return Err(bad("TOPIC_TITLE_INVALID"));
    }
    let topic = chat.number();
    chat.topics.insert(topic, Topic { name: name.clone(), closed: false });
    Ok(json!({"message_thread_id": topic, "name": name, "icon_color": 7_322_096}))
}

fn of_topic(state: &State, body: &Value) -> Result<i64, No> {
    let chat = int(&body["chat_id"]).unwrap_or_default();
    let topic = int(&body["message_thread_id"]).unwrap_or_default();
    match state.chat(chat).topics.contains_key(&topic) {
        true => Ok(topic),
        false => Err(bad("TOPIC_ID_INVALID")),
    }
}

fn rename_topic(state: &mut State, body: &Value) -> Said {
    let (chat, topic) = (open(state, body)?, of_topic(state, body)?);
    let name = word(body, "name").to_owned();
    if name.encode_utf16().count() > 128 {
        return Err(bad("TOPIC_TITLE_INVALID"));
    }
    let known = state.chat_mut(chat).topics.get_mut(&topic).expect("looked up above");
    if known.name == name {
        return Err(bad("TOPIC_NOT_MODIFIED"));
    }
    known.name = name;
    Ok(json!(true))
}

fn close_topic(state: &mut State, body: &Value, closed: bool) -> Said {
    let (chat, topic) = (open(state, body)?, of_topic(state, body)?);
    let known = state.chat_mut(chat).topics.get_mut(&topic).expect("looked up above");
    if known.closed == closed {
        return Err(bad("TOPIC_NOT_MODIFIED"));
    }
    known.closed = closed;
    Ok(json!(true))
}

fn file(state: &State, body: &Value) -> Said {
    /// What a bot may download.
    const MOST: usize = 20 * 1024 * 1024;
    let id = word(body, "file_id");
    let file = state.files.get(id).ok_or_else(|| bad("invalid file_id"))?;
    if file.bytes.len() > MOST {
        return Err(bad("file is too big"));
    }
    Ok(json!({"file_id": id, "file_unique_id": format!("u{id}"),
        "file_size": file.bytes.len(), "file_path": file.path}))
}

fn commands(state: &mut State, method: &str, body: &Value) -> Said {
    let scope = body["scope"]["type"].as_str().unwrap_or("default");
    let key = format!("{scope} {}", word(body, "language_code"));
    if method == "deleteMyCommands" {
        state.commands.remove(&key);
        return Ok(json!(true));
    }
    let all = body["commands"].as_array().cloned().unwrap_or_default();
    let fits = |command: &Value| {
        let name = word(command, "command");
        let length = word(command, "description").encode_utf16().count();
        (1..=32).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && (1..=256).contains(&length)
    };
    if all.len() > 100 || !all.iter().all(fits) {
        return Err(bad("BOT_COMMAND_INVALID"));
    }
    state.commands.insert(key, body.clone());
    Ok(json!(true))
}

fn member(state: &State, body: &Value) -> Said {
    open(state, body)?;
    let id = int(&body["user_id"]).unwrap_or_default();
    if id == BOT {
        let mut us = json!({"status": "administrator", "user": bot(), "can_be_edited": false,
            "is_anonymous": false});
        for right in [
            "can_manage_chat",
            "can_delete_messages",
            "can_manage_video_chats",
            "can_restrict_members",
            "can_promote_members",
            "can_change_info",
            "can_invite_users",
            "can_post_stories",
            "can_edit_stories",
            "can_delete_stories",
            "can_send_welcome_messages",
            "can_pin_messages",
            "can_manage_topics",
        ] {
            us[right] = json!(right != "can_promote_members");
        }
        return Ok(us);
    }
    match state.people.get(&id) {
        Some(user) => Ok(json!({"status": "member", "user": user})),
        None => Err(bad(format!("user not found: @{USERNAME} knows nobody of this number"))),
    }
}
