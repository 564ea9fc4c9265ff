//! A letter as an event: words in both forms, its choices numbered, what it answers or replaces, and
//! the thread that it stands in.

use serde_json::{Map, Value, json};

use super::http::{answering, once};
use super::read::{PRESSES, current};
use super::{Matrix, word};
use crate::room::RoomError;
use crate::{Language, Letter, clean, render};

/// Choices under one message at most: what is more is a link.
const CHOICES: usize = 30;
/// A thread's title, UTF-16 units.
const TITLE: usize = 128;
/// Before the title of a thread that is closed.
const LOCK: &str = "🔒 ";

/// Room and thread of `ROOM` or `ROOM/THREAD`.
pub(super) fn place(address: &str) -> Result<(&str, Option<&str>), RoomError> {
    let (room, thread) = match address.split_once("/$") {
        Some((room, _)) => (room, address.get(room.len() + 1..)),
        None => (address, None),
    };
    if !room.starts_with('!') || room.contains(char::is_whitespace) {
        let shown = clean::one_line(address, 80);
        return Err(RoomError::Refused { why: format!("not a Matrix room: {shown:?}") });
    }
    Ok((room, thread))
}

impl Matrix {
    /// Says it; answers the event. The same `txn` is said once, however often it is tried.
    pub(super) async fn say(
        &self,
        address: &str,
        letter: &Letter,
        txn: &str,
    ) -> Result<String, RoomError> {
        let (room, thread) = place(address)?;
        self.open_hall(room).await?;
        if let Some(thread) = thread {
            self.standing(room, thread).await.map_err(|why| match why {
                RoomError::NoMessage { why } => RoomError::NoTopic { why },
                other => other,
            })?;
        }
        let mut content = content(letter);
        if let Some(relation) = relation(thread, letter.form.reply_to.as_deref()) {
            content.insert("m.relates_to".to_owned(), relation);
        }
        self.send_event(room, &Value::Object(content), txn).await
    }

    /// Puts it in the place of a message of ours.
    pub(super) async fn replace(
        &self,
        address: &str,
        message: &str,
        letter: &Letter,
        txn: &str,
    ) -> Result<(), RoomError> {
        let (room, _) = place(address)?;
        self.open_hall(room).await?;
        let standing = self.standing(room, message).await?;
        if word(&standing, "/sender") != self.own().await? {
            let why = "the message to change is not ours".to_owned();
            return Err(RoomError::NoMessage { why });
        }
        let new = Value::Object(content(letter));
        if is_same(current(&standing), &new) {
            return Ok(());
        }
        self.send_event(room, &changed(new, message), txn).await.map(drop)
    }

    /// A message as it stands; `NoMessage` when it was taken away.
    async fn standing(&self, room: &str, message: &str) -> Result<Value, RoomError> {
        let event = self.get(&["v3", "rooms", room, "event", message], &[]).await?;
        if event["unsigned"]["redacted_because"].is_object() {
            let why = "the message was taken away".to_owned();
            return Err(RoomError::NoMessage { why });
        }
        Ok(event)
    }

    async fn send_event(
        &self,
        room: &str,
        content: &Value,
        txn: &str,
    ) -> Result<String, RoomError> {
        let path = ["v3", "rooms", room, "send", "m.room.message", txn];
        let answer = self.put_json(&path, content).await?;
        match word(&answer, "/event_id") {
            "" => Err(super::http::nonsense("a message without a number")),
            event => Ok(event.to_owned()),
        }
    }

    /// Answers a press under the event that pressed.
    pub(super) async fn note_under(&self, press: &str, text: &str) -> Result<(), RoomError> {
        let mut parts = press.split(' ');
        let (Some(room), Some(event)) = (parts.next(), parts.next()) else {
            return Err(RoomError::Refused { why: "not a press of Matrix".to_owned() });
        };
        let thread = parts.next().filter(|thread| *thread != "-");
        self.open_hall(room).await?;
        let mut content = notice(&clean::one_line(text, 400));
        if let Some(relation) = relation(thread, Some(event)) {
            content.insert("m.relates_to".to_owned(), relation);
        }
        // The same press is answered once.
        let txn = format!("press-{}", event.trim_start_matches('$'));
        self.send_event(room, &Value::Object(content), &txn).await.map(drop)
    }

    /// Opens a thread: its first message is its title.
    pub(super) async fn begin_thread(&self, room: &str, title: &str) -> Result<String, RoomError> {
        self.open_hall(place(room)?.0).await?;
        let content = Value::Object(notice(&clean::one_line(title, TITLE)));
        self.send_event(room, &content, &once()).await
    }

    pub(super) async fn retitle(
        &self,
        room: &str,
        thread: &str,
        title: &str,
    ) -> Result<(), RoomError> {
        let standing = self.topic(room, thread).await?;
        let locked = word(current(&standing), "/body").starts_with(LOCK);
        let title = clean::one_line(title, TITLE);
        self.head(room, thread, &standing, if locked { format!("{LOCK}{title}") } else { title })
            .await
    }

    pub(super) async fn lock(
        &self,
        room: &str,
        thread: &str,
        closed: bool,
    ) -> Result<(), RoomError> {
        let standing = self.topic(room, thread).await?;
        let title = word(current(&standing), "/body");
        let title = title.strip_prefix(LOCK).unwrap_or(title);
        let title = if closed { format!("{LOCK}{title}") } else { title.to_owned() };
        self.head(room, thread, &standing, title).await
    }

    async fn topic(&self, room: &str, thread: &str) -> Result<Value, RoomError> {
        self.open_hall(place(room)?.0).await?;
        self.standing(room, thread).await.map_err(|why| match why {
            RoomError::NoMessage { why } => RoomError::NoTopic { why },
            other => other,
        })
    }

    async fn head(
        &self,
        room: &str,
        thread: &str,
        standing: &Value,
        title: String,
    ) -> Result<(), RoomError> {
        if word(current(standing), "/body") == title {
            return Ok(());
        }
        let new = Value::Object(notice(&title));
        self.send_event(room, &changed(new, thread), &once()).await.map(drop)
    }
}

/// The words of a letter. What makes no sound is a notice.
fn content(letter: &Letter) -> Map<String, Value> {
    let note = render::telegram(letter, |_| false);
    let (mut plain, mut html) = (note.plain, note.html.replace('\n', "<br>"));
    let choices: Vec<_> = letter.presses.iter().take(CHOICES).collect();
    if !choices.is_empty() {
        for (n, press) in choices.iter().enumerate() {
            let label = clean::one_line(&press.label, 64);
            let (gap, breaks) = if n == 0 { ("\n\n", "<br><br>") } else { ("\n", "<br>") };
            plain.push_str(&format!("{gap}{}. {label}", n + 1));
            html.push_str(&format!("{breaks}<b>{}.</b> {}", n + 1, render::escape(&label)));
        }
        let how = match letter.language {
            Language::Vi => {
                "Chọn bằng cách trả lời tin này với số, hoặc thả biểu tượng số đó (1️⃣)."
            }
            Language::En => {
                "Choose by replying to this message with the number, or by reacting with it (1️⃣)."
            }
        };
        plain.push_str(&format!("\n{how}"));
        html.push_str(&format!("<br><i>{how}</i>"));
    }
    let mut content = Map::new();
    let kind = if letter.form.silent { "m.notice" } else { "m.text" };
    content.insert("msgtype".to_owned(), kind.into());
    content.insert("body".to_owned(), plain.into());
    content.insert("format".to_owned(), "org.matrix.custom.html".into());
    content.insert("formatted_body".to_owned(), html.into());
    // Nobody is named: a title with an `@` in it rings at nobody.
    content.insert("m.mentions".to_owned(), json!({}));
    if !choices.is_empty() {
        let rows: Vec<_> = choices.iter().map(|press| press.id.as_str()).collect();
        content.insert(PRESSES.to_owned(), json!(rows));
    }
    content
}

fn notice(text: &str) -> Map<String, Value> {
    let mut content = Map::new();
    content.insert("msgtype".to_owned(), "m.notice".into());
    content.insert("body".to_owned(), text.into());
    content.insert("m.mentions".to_owned(), json!({}));
    content
}

/// An event that puts `new` in the place of a message; clients that know no changes see a star.
fn changed(new: Value, message: &str) -> Value {
    let mut content = new.clone();
    if let Some(content) = content.as_object_mut() {
        let body = format!("* {}", word(&new, "/body"));
        content.insert("body".to_owned(), body.into());
        if let Some(html) = new["formatted_body"].as_str() {
            content.insert("formatted_body".to_owned(), format!("* {html}").into());
        }
        content.remove(PRESSES);
        content.insert("m.new_content".to_owned(), new);
        let relation = json!({"rel_type": "m.replace", "event_id": message});
        content.insert("m.relates_to".to_owned(), relation);
    }
    content
}

/// What a message is tied to: the thread it stands in, the message it answers.
fn relation(thread: Option<&str>, answers: Option<&str>) -> Option<Value> {
    match (thread, answers) {
        (None, None) => None,
        (None, Some(event)) => Some(answering(event)),
        (Some(thread), answers) => {
            let mut relation = answering(answers.unwrap_or(thread));
            relation["rel_type"] = "m.thread".into();
            relation["event_id"] = thread.into();
            relation["is_falling_back"] = answers.is_none().into();
            Some(relation)
        }
    }
}

/// Whether a message says this already, whatever it is tied to.
fn is_same(standing: &Value, new: &Value) -> bool {
    ["body", "formatted_body", "msgtype", PRESSES].iter().all(|key| standing[key] == new[key])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Press;

    #[test]
    fn a_place_is_a_room_with_or_without_a_thread() {
        assert_eq!(place("!a/b:x.example").unwrap(), ("!a/b:x.example", None));
        assert_eq!(place("!ab:x.example/$c/d").unwrap(), ("!ab:x.example", Some("$c/d")));
        for bad in ["", "@a:x.example", "#a:x.example", "42", "! a"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn choices_are_numbered_and_their_rows_go_along() {
        let letter = Letter {
            subject: "SC-1: <b>*x*".to_owned(),
            paragraphs: vec!["Một\nhai".to_owned()],
            presses: vec![
                Press { label: "Tiếp nhận".to_owned(), id: "r1".to_owned() },
                Press { label: "Nhận <việc>".to_owned(), id: "r2".to_owned() },
            ],
            ..Letter::default()
        };
        let said = Value::Object(content(&letter));
        let (plain, html) = (word(&said, "/body"), word(&said, "/formatted_body"));
        let begins = "SC-1: <b>*x*\n\nMột\nhai\n\n1. Tiếp nhận\n2. Nhận <việc>\nChọn";
        assert!(plain.starts_with(begins), "{plain}");
        assert!(html.starts_with("<b>SC-1: &lt;b&gt;*x*</b><br><br>Một<br>hai"), "{html}");
        assert!(html.contains("<b>2.</b> Nhận &lt;việc&gt;"), "{html}");
        assert_eq!(said[PRESSES], json!(["r1", "r2"]));
        let change = changed(said.clone(), "$old");
        assert_eq!(change["m.new_content"], said);
        assert_eq!(change["m.relates_to"], json!({"rel_type": "m.replace", "event_id": "$old"}));
    }

    #[test]
    fn what_is_tied_to_a_thread_says_whether_it_answers() {
        assert_eq!(relation(None, None), None);
        let under = relation(Some("$t"), None).unwrap();
        assert_eq!(under["is_falling_back"], true);
        assert_eq!(under["m.in_reply_to"]["event_id"], "$t");
        let answer = relation(Some("$t"), Some("$m")).unwrap();
        assert_eq!(answer["is_falling_back"], false);
        assert_eq!(answer["event_id"], "$t");
        assert_eq!(answer["m.in_reply_to"]["event_id"], "$m");
    }
}
