//! What came, as people mean it. Intake has put everything that is needed beside the event (the
//! conversation, the message that it answers), so that reading asks nobody.

use serde_json::Value;

use super::word;
use crate::room::{Chat, FileRef, Hollow, Incoming, Quoted, Sender, What};

/// Where a message of ours keeps the rows behind its numbered choices.
pub(super) const PRESSES: &str = "vn.dieuphoi.presses";

/// Reads what [`super::intake`] wrote.
pub(super) fn incoming(body: &str) -> Result<Incoming, String> {
    let body: Value = serde_json::from_str(body).map_err(|why| why.to_string())?;
    let id = body["number"].as_i64().ok_or("it has no number")?;
    let (me, event) = (word(&body, "/me"), &body["event"]);
    let (room, kind) = (word(&body, "/room"), word(event, "/type"));
    if room.is_empty() || kind.is_empty() {
        return Err("it is no event of a room".to_owned());
    }
    let direct = body["direct"].as_bool().unwrap_or_default();
    let chat = Chat {
        id: room.to_owned(),
        direct,
        topics: !direct,
        title: word(&body, "/title").to_owned(),
        topic: thread(event).map(str::to_owned),
    };
    let sender = word(event, "/sender");
    let name = match word(&body, "/name") {
        "" => sender,
        name => name,
    };
    Ok(Incoming {
        id,
        sender: (!sender.is_empty()).then(|| person(sender, name)),
        chat: Some(chat),
        what: what(&body, event, me, room),
    })
}

fn person(id: &str, name: &str) -> Sender {
    Sender { id: id.to_owned(), name: name.to_owned(), language: None, is_bot: false }
}

fn what(body: &Value, event: &Value, me: &str, room: &str) -> What {
    let message = word(event, "/event_id").to_owned();
    match word(event, "/type") {
        "m.room.message" => said(body, event, me, room, message),
        "m.reaction" => {
            let target = word(event, "/content/m.relates_to/event_id").to_owned();
            let sign = word(event, "/content/m.relates_to/key");
            match choice(sign).and_then(|n| chosen(&body["quoted"], me, n)) {
                Some(data) => press(room, event, Some(target), data),
                None => What::Reaction { message: target, added: vec![sign.to_owned()] },
            }
        }
        "m.room.member" if word(event, "/state_key") == me => {
            let before = word(event, "/unsigned/prev_content/membership");
            match word(event, "/content/membership") {
                "join" if before != "join" => What::Welcome,
                "leave" | "ban" => What::Farewell,
                _ => What::Other("member"),
            }
        }
        "m.room.tombstone" => match word(event, "/content/replacement_room") {
            "" => What::Other("tombstone"),
            to => What::Moved { to: to.to_owned() },
        },
        "m.room.encrypted" => What::Other("encrypted"),
        _ => What::Other("event"),
    }
}

fn said(body: &Value, event: &Value, me: &str, room: &str, message: String) -> What {
    let content = &event["content"];
    let quoted = quoted(&body["quoted"], me);
    let text = words(content, quoted.is_some());
    if word(content, "/m.relates_to/rel_type") == "m.replace" {
        let text = words(&content["m.new_content"], false);
        return What::Hollow { message, why: Hollow::Edited, command: text.starts_with('/') };
    }
    match word(content, "/msgtype") {
        "m.text" | "m.emote" => {
            let number = text.trim_end_matches(['.', ')']).trim();
            let data = choice(number).and_then(|n| chosen(&body["quoted"], me, n));
            match (data, quoted) {
                (Some(data), quoted) => press(room, event, quoted.map(|it| it.message), data),
                (None, quoted) => What::Text { message, text, quoted },
            }
        }
        "m.image" | "m.file" | "m.video" | "m.audio" => match file(content) {
            Some(file) => {
                // Without a file name of its own, the body is the name and no caption.
                let named = content["filename"].is_string() && text != file.name;
                let caption = if named { text } else { String::new() };
                What::File { message, caption, file, album: None, quoted }
            }
            None => What::Other("file"),
        },
        // Programs write notices, and do not answer them.
        "m.notice" => What::Other("notice"),
        _ => What::Other("message"),
    }
}

/// The words of a message. `!lệnh` is a command too: some clients keep `/lệnh` to themselves.
fn words(content: &Value, answers: bool) -> String {
    let mut text = word(content, "/body");
    if answers && text.starts_with("> ") {
        // What older clients repeat of the message that they answer.
        while let Some(rest) = text.strip_prefix('>') {
            text = rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
        text = text.trim_start_matches('\n');
    }
    match text.strip_prefix('!') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => format!("/{rest}"),
        _ => text.to_owned(),
    }
}

/// The thread that an event stands in.
pub(super) fn thread(event: &Value) -> Option<&str> {
    let relation = event.pointer("/content/m.relates_to")?;
    (word(relation, "/rel_type") == "m.thread").then(|| word(relation, "/event_id"))
}

/// The message that this one answers or stands under. Inside a thread clients name the last message
/// for the sake of clients without threads: that is no answer.
pub(super) fn answered(event: &Value) -> Option<&str> {
    let relation = event.pointer("/content/m.relates_to")?;
    let target = match word(event, "/type") {
        "m.reaction" => word(relation, "/event_id"),
        _ if relation["is_falling_back"] == true => "",
        _ => word(relation, "/m.in_reply_to/event_id"),
    };
    (!target.is_empty()).then_some(target)
}

/// What a message says now: its latest change, if its own author made it.
pub(super) fn current(event: &Value) -> &Value {
    let change = &event["unsigned"]["m.relations"]["m.replace"];
    match &change["content"]["m.new_content"] {
        Value::Object(_) if change["sender"] == event["sender"] => {
            &change["content"]["m.new_content"]
        }
        _ => &event["content"],
    }
}

fn quoted(event: &Value, me: &str) -> Option<Quoted> {
    let message = word(event, "/event_id");
    if message.is_empty() {
        return None;
    }
    let (sender, content) = (word(event, "/sender"), current(event));
    Some(Quoted {
        message: message.to_owned(),
        sender: (!sender.is_empty()).then(|| person(sender, sender)),
        ours: sender == me,
        text: words(content, true),
        file: file(content),
    })
}

/// A number from 1 on, as digits or as the sign of a key (1️⃣).
fn choice(text: &str) -> Option<usize> {
    let digits: String =
        text.trim().chars().filter(|c| !matches!(c, '\u{FE0F}' | '\u{20E3}')).collect();
    let number = if digits == "🔟" { 10 } else { digits.parse::<u8>().ok()?.into() };
    (number > 0).then_some(number)
}

/// The row behind a choice under a message of ours, as it stands now.
fn chosen(quoted: &Value, me: &str, number: usize) -> Option<String> {
    if me.is_empty() || word(quoted, "/sender") != me {
        return None;
    }
    Some(current(quoted)[PRESSES].as_array()?.get(number - 1)?.as_str()?.to_owned())
}

/// `ROOM EVENT THREAD`: where to answer a press.
fn press(room: &str, event: &Value, message: Option<String>, data: String) -> What {
    let thread = thread(event).unwrap_or("-");
    What::Press { press: format!("{room} {} {thread}", word(event, "/event_id")), message, data }
}

fn file(content: &Value) -> Option<FileRef> {
    let id = word(content, "/url");
    media(id)?;
    let name = match word(content, "/filename") {
        "" => word(content, "/body"),
        name => name,
    };
    Some(FileRef {
        id: id.to_owned(),
        name: name.to_owned(),
        media_type: word(content, "/info/mimetype").to_owned(),
        size: content["info"]["size"].as_u64().unwrap_or_default(),
    })
}

/// Server and number of `mxc://SERVER/NUMBER`.
pub(super) fn media(id: &str) -> Option<(&str, &str)> {
    let (server, media) = id.strip_prefix("mxc://")?.split_once('/')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    let fine = !server.is_empty() && server.chars().all(host);
    (fine && !media.is_empty() && media.chars().all(plain)).then_some((server, media))
}
