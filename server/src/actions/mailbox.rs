//! The local mailbox, read as its readers would: for the demonstration alone.

use notify::room::Raw;
use serde::Serialize;
use serde_json::json;

use super::chat::intake;
use super::{Ctx, Office};
use crate::domain::ids::KeptId;
use crate::domain::words::{Channel, Room};
use crate::error::{Error, Result};
use crate::records::Kept;
use crate::store::engine;

/// Messages at once, when nobody says how many.
const SHOWN: i64 = 30;
/// And at most.
const MOST: i64 = 500;

/// A button of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Button {
    /// What pressing it does.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// A button that acts where it is pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Acting {
    /// What pressing it does.
    pub label: String,
    /// What it carries.
    pub press: String,
    /// The number of the message that it hangs under.
    pub message: i64,
}

/// A button as it is kept: it leads somewhere, or it acts.
#[derive(serde::Deserialize)]
struct Kind {
    label: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    press: String,
}

/// One message as its reader would have got it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Message {
    /// Its identifier; not part of the API's answer.
    #[serde(skip)]
    #[schema(ignore)]
    pub id: Option<KeptId>,
    /// mail or telegram.
    pub channel: Channel,
    /// Mail address or chat id.
    pub to: String,
    /// The reader's name; not part of the API's answer.
    #[serde(skip)]
    #[schema(ignore)]
    pub to_name: String,
    /// The letter's subject.
    pub subject: String,
    /// What a reader without HTML sees.
    pub text: String,
    /// The mail's page, or Telegram's HTML.
    pub html: String,
    /// Every address that can be followed, buttons first.
    pub links: Vec<String>,
    /// The buttons that lead somewhere.
    pub buttons: Vec<Button>,
    /// The buttons that act; not there when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presses: Vec<Acting>,
    /// Its number, as whoever answers it names it; not part of the API's answer.
    #[serde(skip)]
    #[schema(ignore)]
    pub number: i64,
    /// When it was sent, RFC 3339.
    pub at: String,
    /// The same as people read it; not part of the API's answer.
    #[serde(skip)]
    #[schema(ignore)]
    pub at_shown: String,
}

impl Message {
    pub(super) fn of(row: Kept) -> Result<Self> {
        let broken = Error::internal;
        let kinds: Vec<Kind> = serde_json::from_str(&row.buttons).map_err(broken)?;
        let message = notify::mailbox::number(&row.delivery_id.to_string());
        let (mut buttons, mut presses) = (Vec::new(), Vec::new());
        for Kind { label, url, press } in kinds {
            if press.is_empty() {
                buttons.push(Button { label, url });
            } else {
                presses.push(Acting { label, press, message });
            }
        }
        Ok(Self {
            id: Some(row.id),
            channel: row.channel,
            to: row.recipient,
            to_name: row.recipient_name,
            subject: row.subject,
            text: row.text,
            html: row.html,
            links: serde_json::from_str(&row.links).map_err(broken)?,
            buttons,
            presses,
            number: message,
            at: row.at.rfc3339(),
            at_shown: row.at.local(),
        })
    }
}

/// A page of messages.
#[derive(Debug, Clone)]
pub struct Messages {
    /// Newest first.
    pub messages: Vec<Message>,
    /// Where the next page begins.
    pub next: Option<KeptId>,
}

/// The messages that were kept here, to one recipient or to all.
///
/// # Errors
/// [`Error::NotFound`] but in the demonstration: these are other people's letters.
pub async fn list(
    office: &Office,
    to: Option<String>,
    cursor: Option<KeptId>,
    limit: Option<i64>,
) -> Result<Messages> {
    in_demo(office)?;
    let limit = limit.unwrap_or(SHOWN).clamp(1, MOST);
    let mut rows =
        office.db.read(move |c| engine::kept(c, to.as_deref(), cursor, limit + 1)).await?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    if more {
        rows.pop();
    }
    let next = if more { rows.last().map(|row| row.id) } else { None };
    Ok(Messages { messages: rows.into_iter().map(Message::of).collect::<Result<_>>()?, next })
}

/// One message.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn one(office: &Office, id: KeptId) -> Result<Message> {
    in_demo(office)?;
    let row = office.db.read(move |c| engine::kept_one(c, id)).await?;
    Message::of(row.ok_or(Error::NotFound("message"))?)
}

/// Whoever got messages: address and name, at most 500.
///
/// # Errors
/// [`Error::NotFound`] but in the demonstration.
pub async fn recipients(office: &Office) -> Result<Vec<(String, String)>> {
    in_demo(office)?;
    office.db.read(|c| engine::kept_recipients(c, MOST)).await
}

/// What somebody does on their phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Writes words, in answer to a message of the bot if one is named.
    Writes {
        /// The words.
        text: String,
        /// The message's number, and what it says.
        answers: Option<(i64, String)>,
    },
    /// Presses a button.
    Presses {
        /// The message that it hangs under.
        message: i64,
        /// What it carries.
        data: String,
    },
}

/// Somebody with this number does something in their direct conversation with the bot: Telegram's own
/// JSON goes the way that everything from Telegram goes.
///
/// # Errors
/// [`Error::NotFound`] but in the demonstration; what is no number.
pub async fn on_phone(office: &Office, ctx: &Ctx, number: &str, doing: Doing) -> Result<()> {
    in_demo(office)?;
    let number: i64 = number.trim().parse().map_err(|_| Error::NotFound("page"))?;
    let (id, date) = (ctx.now.micros(), ctx.now.micros() / 1_000_000);
    let name = format!("Điện thoại {number}");
    let from = json!({"id": number, "is_bot": false, "first_name": name, "language_code": "vi"});
    let chat = json!({"id": number, "type": "private", "first_name": name});
    let bot = json!({"id": notify::mailbox::room::BOT, "is_bot": true, "first_name": "Điều phối"});
    let said = |message: i64, text: &str| json!({"message_id": message, "date": date, "chat": chat, "from": bot, "text": text});
    let body = match doing {
        Doing::Writes { text, answers } => {
            let mut message = json!({"message_id": id % 2_000_000_000, "date": date,
                "chat": chat, "from": from, "text": text});
            if let Some((answered, text)) = answers {
                message["reply_to_message"] = said(answered, &text);
            }
            json!({"update_id": id, "message": message})
        }
        Doing::Presses { message, data } => json!({"update_id": id, "callback_query": {
            "id": id.to_string(), "from": from, "message": said(message, "…"),
            "chat_instance": "1", "data": data}}),
    };
    let body = body.to_string();
    let read = notify::telegram::read::read(&body, None).ok();
    intake::keep(office, Room::Telegram, ctx.now, vec![(Raw { id, body }, read)]).await?;
    Ok(())
}

fn in_demo(office: &Office) -> Result<()> {
    if office.config.demo { Ok(()) } else { Err(Error::NotFound("page")) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::ids::Id;
    use crate::testing::{Stage, on_each};

    async fn keep(stage: &Stage, to: &str, subject: &str) {
        stage.clock.pass(chrono::Duration::seconds(1));
        let now = stage.ctx(crate::domain::person::Actor::Nobody).now;
        let row = Kept {
            id: Id::new(now),
            delivery_id: Id::new(now),
            at: now,
            channel: Channel::Mail,
            recipient: to.to_owned(),
            recipient_name: "Người thử".to_owned(),
            subject: subject.to_owned(),
            text: "Nội dung".to_owned(),
            html: "<p>Nội dung</p>".to_owned(),
            links: r#"["http://127.0.0.1:8080/a/x"]"#.to_owned(),
            buttons: r#"[{"label":"Mở","url":"http://127.0.0.1:8080/a/x"}]"#.to_owned(),
        };
        stage.office.db.write(move |tx| engine::keep(tx, &row)).await.unwrap();
    }

    #[actix_web::test]
    async fn letters_are_read_newest_first_in_pages_and_only_in_the_demonstration() {
        on_each(|stage| async move {
            for (to, subject) in [("a@x.example", "1"), ("b@x.example", "2"), ("a@x.example", "3")]
            {
                keep(&stage, to, subject).await;
            }
            let refused = list(&stage.office, None, None, None).await.unwrap_err();
            assert_eq!(refused.face(), (404, "not_found"));
            let mut office = stage.office.clone();
            let mut config = (*office.config).clone();
            config.demo = true;
            office.config = Arc::new(config);
            let subjects = |page: &Messages| -> Vec<String> {
                page.messages.iter().map(|message| message.subject.clone()).collect()
            };
            let first = list(&office, None, None, Some(2)).await.unwrap();
            assert_eq!(subjects(&first), ["3", "2"]);
            let last = list(&office, None, first.next, Some(2)).await.unwrap();
            assert_eq!((subjects(&last), last.next), (vec!["1".to_owned()], None));
            let hers = list(&office, Some("a@x.example".to_owned()), None, None).await.unwrap();
            assert_eq!(subjects(&hers), ["3", "1"]);
            let one = one(&office, hers.messages[0].id.unwrap()).await.unwrap();
            assert_eq!(one.buttons[0].label, "Mở");
            assert_eq!(one.at, "2026-11-22T01:00:03.000000Z");
            let known = recipients(&office).await.unwrap();
            assert_eq!(known.len(), 2);
            assert_eq!(known[0], ("a@x.example".to_owned(), "Người thử".to_owned()));
        })
        .await;
    }
}
