//! Cards that have left say how things are: who answered and when, and no buttons any more. What is
//! said of it is written in the transaction that settled it.

use notify::{Button, Fact, Letter};
use serde::{Deserialize, Serialize};

use super::alarm;
use crate::actions::letters::ceiling;
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::{IncidentId, TaskId};
use crate::domain::person::Actor;
use crate::domain::words::{Language, Role};
use crate::error::{Error, Result};
use crate::records::{Delivery, Dispatch, Incident};
use crate::store::withdrawal::{self, Over};
use crate::store::{Conn, dispatches, incidents};
use crate::texts::Texts;

/// What ended what a card asks for; kept with the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// `settled-WORD` in the catalogs.
    pub word: String,
    /// Who, where that may be said on every card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Note {
    fn of(ctx: &Ctx, word: &str) -> Self {
        Self { word: word.to_owned(), by: named(&ctx.actor), at: ctx.now }
    }

    fn json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}

/// Whose name a card may carry: somebody who acts by office. Whoever reported is named nowhere, and
/// what the service does has no name.
fn named(actor: &Actor) -> Option<String> {
    match actor {
        Actor::Person(person) if person.roles.iter().any(|role| *role != Role::Reporter) => {
            Some(person.name.clone())
        }
        _ => None,
    }
}

/// A step of a playbook was answered: what waits of it is withdrawn, and its cards change.
///
/// # Errors
/// The database's.
pub fn step(tx: &mut Conn, ctx: &Ctx, incident: IncidentId, step: &str) -> Result<()> {
    let note = Note::of(ctx, "answered").json()?;
    let over = Over { why: "obstacle-answered", note: &note, at: ctx.now };
    withdrawal::skip_step(tx, incident, step, over)?;
    Ok(())
}

/// Somebody has the case.
///
/// # Errors
/// The database's.
pub fn acknowledged(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    buttons(tx, ctx, incident.id, "acknowledged", alarm::ACKNOWLEDGE, None)
}

/// The case is over.
///
/// # Errors
/// The database's.
pub fn case_over(tx: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<()> {
    for verb in [alarm::ACKNOWLEDGE, alarm::TASK_DONE, alarm::DECIDE] {
        buttons(tx, ctx, incident.id, "over", verb, None)?;
    }
    Ok(())
}

/// A task was settled.
///
/// # Errors
/// The database's.
pub fn task(tx: &mut Conn, ctx: &Ctx, incident: &Incident, id: TaskId) -> Result<()> {
    let data = alarm::of_task(id).to_string();
    buttons(tx, ctx, incident.id, "task", alarm::TASK_DONE, Some(&data))
}

/// A question was answered or taken back.
///
/// # Errors
/// The database's.
pub fn question(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: IncidentId,
    id: TaskId,
    word: &str,
) -> Result<()> {
    let data = alarm::of_question(id, "yes").to_string();
    buttons(tx, ctx, incident, word, alarm::DECIDE, Some(&data))
}

/// A partner answered a dispatch: nobody is asked to accept it any more.
///
/// # Errors
/// The database's.
pub fn dispatch_answered(tx: &mut Conn, ctx: &Ctx, dispatch: &Dispatch) -> Result<()> {
    let data = alarm::of_dispatch(&dispatch.code, dispatch.kind, "accept").to_string();
    let (incident, verb) = (dispatch.incident_id, alarm::DISPATCH_SAY);
    buttons(tx, ctx, incident, "answered", verb, Some(&data))
}

/// A dispatch was withdrawn: what waits of it does not leave, and its cards change.
///
/// # Errors
/// The database's.
pub fn dispatch_withdrawn(tx: &mut Conn, ctx: &Ctx, dispatch: &Dispatch) -> Result<()> {
    let note = Note::of(ctx, "withdrawn").json()?;
    let over = Over { why: "obstacle-withdrawn", note: &note, at: ctx.now };
    withdrawal::skip_dispatch(tx, dispatch.id, over)?;
    Ok(())
}

/// The case became too closed for the readers of these messages: those that wait do not leave.
///
/// # Errors
/// The database's.
pub fn barred(tx: &mut Conn, ctx: &Ctx, rows: &[Delivery]) -> Result<()> {
    let note = Note::of(ctx, "withdrawn").json()?;
    let over = Over { why: "obstacle-tlp", note: &note, at: ctx.now };
    withdrawal::skip_rows(tx, rows, over)?;
    Ok(())
}

fn buttons(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: IncidentId,
    word: &str,
    verb: &str,
    data: Option<&str>,
) -> Result<()> {
    let note = Note::of(ctx, word).json()?;
    let over = Over { why: "obstacle-answered", note: &note, at: ctx.now };
    withdrawal::settle_cards(tx, incident, verb, data, over)?;
    Ok(())
}

/// What a card says now, in place of what it said: its heading as it was cut for its reader, what
/// ended it, and the way to the page.
///
/// # Errors
/// The database's; a letter that cannot be read.
pub fn changed(c: &mut Conn, office: &Office, card: &Delivery) -> Result<Letter> {
    let said: Letter = serde_json::from_str(&card.letter).map_err(Error::internal)?;
    let t = Texts(match said.language {
        notify::Language::Vi => Language::Vi,
        notify::Language::En => Language::En,
    });
    let note = card.card_note.as_deref().and_then(|text| serde_json::from_str::<Note>(text).ok());
    let incident = card.incident_id.map(|id| incidents::find(c, id)).transpose()?;
    // Above the ceiling, as the case stands now, nothing but when.
    let above =
        incident.as_ref().is_some_and(|case| case.tlp > ceiling(&office.config, card.channel));
    let mut letter = Letter { language: said.language, subject: said.subject, ..Letter::default() };
    letter.paragraphs.push(match &note {
        Some(note) => {
            let at = note.at.local();
            let by = note.by.as_deref().filter(|_| !above).unwrap_or_default();
            let mut line = t.with(&format!("settled-{}", note.word), &[("at", at.as_str())]);
            if !by.is_empty() {
                line = format!("{line} · {by}");
            }
            line
        }
        None => t.t("settled-refreshed"),
    });
    let path = match (card.dispatch_id, incident) {
        (Some(id), _) => Some(("letter-open-dispatch", "/phieu/", dispatches::find(c, id)?.code)),
        (None, Some(incident)) => {
            let state = t.t(&format!("state-{}", incident.state));
            if !above {
                letter.facts.push(Fact { label: t.t("fact-state"), value: state });
            }
            Some(("letter-open-incident", "/su-co/", incident.code))
        }
        (None, None) => None,
    };
    if let Some((label, page, code)) = path {
        let base = office.config.server.base_url.trim_end_matches('/');
        letter.buttons.push(Button { label: t.t(label), url: format!("{base}{page}{code}") });
    }
    Ok(letter)
}

/// The words that end cards, for the catalogs' test.
#[cfg(test)]
const WORDS: [&str; 8] =
    ["answered", "acknowledged", "over", "task", "yes", "no", "taken_back", "withdrawn"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_words() {
        for language in [Language::Vi, Language::En] {
            let t = Texts(language);
            for word in WORDS {
                let key = format!("settled-{word}");
                let said = t.t1(&key, "at", "22/11/2026 08:00");
                assert!(said != key && said.contains("08:00"), "{language} {said}");
            }
        }
    }
}
