//! What is written in the room goes into the case: a note, or somebody's message by reply or by a
//! sign under it. A message is filed once, whoever files it.

use notify::room::{Sender, What};
use serde_json::json;

use super::case;
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::{cards, links, turns};
use crate::actions::notes;
use crate::actions::notes::NewNote;
use crate::actions::once::Claim;
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::bot::words::clean;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::text::shortened;
use crate::error::{Error, Result};

/// Signs under a message that mean "file this".
const SIGNS: [char; 3] = ['✍', '📌', '📝'];

pub(super) async fn note(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    if asked.rest.is_empty() {
        // A reply without words of its own files what it replies to.
        if talk.quoted().is_some_and(|quoted| !quoted.ours && !quoted.text.trim().is_empty()) {
            return filed(talk, &case).await;
        }
        return ask_note(talk, &case).await;
    }
    noted(talk, &case.item.code, asked.rest).await
}

pub(super) async fn press_note(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = case::of(talk, &pressed).await?;
    ask_note(talk, &case).await
}

async fn ask_note(talk: &mut Talk<'_>, case: &turns::Case) -> Result<()> {
    Verb::Note.by(&talk.ctx.actor)?;
    let (data, said) = (json!({"code": case.item.code}), talk.t.t("bot-ask-note"));
    talk.ask("note", data, About::Case(case), Words::new(said).above("bot-ask-note")).await
}

pub(super) async fn answer_note(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    noted(talk, &code, turned.text).await
}

async fn noted(talk: &mut Talk<'_>, code: &str, text: String) -> Result<()> {
    let note = NewNote { text, ..NewNote::default() };
    notes::add(talk.office(), &talk.ctx, code, note).await?;
    let case = talk.known(code).await?;
    let said = Words::new(talk.t.t("bot-done-note")).above("bot-above-done");
    talk.say(About::Case(&case), said).await
}

/// `/luu` in reply to a message.
pub(super) async fn file(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    if talk.quoted().is_none_or(|quoted| quoted.ours) {
        talk.refuse("bot-file-reply");
        return Ok(());
    }
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    filed(talk, &case).await
}

async fn filed(talk: &mut Talk<'_>, case: &turns::Case) -> Result<()> {
    let Some(quoted) = talk.quoted() else {
        talk.refuse("bot-file-reply");
        return Ok(());
    };
    // As it was sent, when we have it: who changes a message afterwards changes no record.
    let (author, text) = match original(talk, &quoted.message).await? {
        Some((author, text, _)) => (Some(author), text),
        None => (quoted.sender.clone(), quoted.text.clone()),
    };
    put(talk, &case.item.code, &quoted.message, author, &text).await
}

/// The message of this id as it was sent: who, what, and in which topic.
async fn original(
    talk: &Talk<'_>,
    message: &str,
) -> Result<Option<(Sender, String, Option<String>)>> {
    let said = turns::said(talk.office(), talk.room, &talk.chat.id, message).await?;
    Ok(said.iter().find_map(|update| {
        let incoming = talk.port.read(&update.body).ok()?;
        let text = match incoming.what {
            What::Text { message: id, text, .. } if id == message => text,
            What::File { message: id, caption, .. } if id == message => caption,
            _ => return None,
        };
        Some((incoming.sender?, text, incoming.chat.and_then(|chat| chat.topic)))
    }))
}

/// Whether one of these signs means "file this".
pub(in crate::bot) fn is_sign(added: &[String]) -> bool {
    added.iter().any(|sign| sign.chars().any(|c| SIGNS.contains(&c)))
}

/// Signs were put under a message.
///
/// # Errors
/// The verb's own.
pub(in crate::bot) async fn reacted(
    talk: &mut Talk<'_>,
    message: &str,
    added: &[String],
) -> Result<()> {
    if !is_sign(added) {
        return Ok(());
    }
    if !talk.is_team().await? {
        return Ok(());
    }
    // Of a message that never came to us there is nothing to file.
    let Some((author, text, topic)) = original(talk, message).await? else {
        talk.refuse("bot-file-unknown");
        return Ok(());
    };
    let code = match topic {
        Some(topic) => {
            cards::incident_of(talk.office(), talk.room, &talk.chat.id, Some(&topic)).await?
        }
        None => None,
    };
    let Some(case) = talk.case(code.as_deref()).await? else { return Ok(()) };
    put(talk, &case.item.code, message, Some(author), &text).await
}

async fn put(
    talk: &mut Talk<'_>,
    code: &str,
    message: &str,
    author: Option<Sender>,
    text: &str,
) -> Result<()> {
    let text = clean(text);
    if text.trim().is_empty() {
        talk.refuse("bot-file-empty");
        return Ok(());
    }
    let who = match author {
        Some(author) => match links::person_of(talk.office(), talk.room, &author.id).await? {
            Some((person, _)) => person.name.clone(),
            // Whoever is nobody here goes by the name that the room shows, and it says so.
            None => talk.t.t1("bot-file-stranger", "name", &shortened(&clean(&author.name), 60)),
        },
        None => talk.t.t("bot-file-nobody"),
    };
    let head = talk.t.t1("bot-file-head", "name", &who);
    let note = NewNote { text: format!("{head}\n{}", text.trim()), ..NewNote::default() };
    // The message is the key: a second sign under it files nothing.
    let key = format!("{}:{message}:{code}", talk.chat.id);
    let claim = Claim::new(format!("filed:{}", talk.room), key.clone(), talk.ctx.now);
    claim.describe(key.as_bytes())?;
    let said = match claim.around(notes::add(talk.office(), &talk.ctx, code, note)).await {
        Ok(_) => "bot-done-file",
        Err(Error::Refused(Refusal::KeyUnderWay)) => "bot-file-already",
        Err(why) => return Err(why),
    };
    let case = talk.known(code).await?;
    let words = Words::new(talk.t.t(said)).above("bot-above-done");
    talk.say(About::Case(&case), words).await
}
