//! Buttons under alarms: what their reader may do by role at the moment of telling. A button is a
//! row, and the verb asks again when it is pressed.

use chrono::Duration;
use serde_json::{Value, json};

use crate::actions::Ctx;
use crate::actions::letters::Matter;
use crate::actions::recipients::Recipient;
use crate::clock::Timestamp;
use crate::domain::ids::{Id, TaskId};
use crate::domain::person::{Actor, Person};
use crate::domain::sight::Verb;
use crate::domain::words::{DispatchKind, Priority};
use crate::error::Result;
use crate::records::{Delivery, Incident, Press};
use crate::store::{Conn, accounts, chat_links, chat_presses};
use crate::texts::Texts;

/// Acknowledges the case.
pub const ACKNOWLEDGE: &str = "acknowledge";
/// Makes whoever presses the lead.
pub const LEAD: &str = "lead";
/// Lists the own tasks.
pub const MY_TASKS: &str = "tasks";
/// A task is done.
pub const TASK_DONE: &str = "task_done";
/// Answers a question of a playbook: yes, or no with a reason.
pub const DECIDE: &str = "decide";
/// Answers a dispatch.
pub const DISPATCH_SAY: &str = "dispatch_say";

/// So long a button may be pressed.
const DAYS: i64 = 30;

/// What a message asks its reader for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Asks {
    /// What the case itself asks for.
    #[default]
    Case,
    /// To do a task.
    Task(TaskId),
    /// To answer a question.
    Question(TaskId),
    /// To accept or refuse the dispatch of this code, of this kind.
    Dispatch(String, DispatchKind),
    /// Nothing.
    Nothing,
}

impl Asks {
    /// Whether anything is asked of anybody, as the case stands.
    pub fn of(&self, incident: &Incident) -> bool {
        match self {
            Self::Case => incident.acknowledged_at.is_none() && !incident.state.is_over(),
            Self::Task(_) | Self::Question(_) | Self::Dispatch(..) => true,
            Self::Nothing => false,
        }
    }
}

/// The data of a button of a task, always written alike: cards are found by it.
pub fn of_task(id: TaskId) -> Value {
    json!({"task": id})
}

/// The data of a button that answers a question.
pub fn of_question(id: TaskId, answer: &str) -> Value {
    json!({"task": id, "answer": answer})
}

/// The data of a button that answers a dispatch.
pub fn of_dispatch(code: &str, kind: DispatchKind, answer: &str) -> Value {
    json!({"dispatch": code, "answer": answer, "kind": kind})
}

/// A button that its reader may have: verb, data, and the label's key.
type Wanted = (&'static str, Value, &'static str);

/// The buttons for this reader; none for whoever may nothing.
fn wanted(person: &Person, incident: &Incident, asks: &Asks) -> Vec<Wanted> {
    let actor = Actor::Person(std::sync::Arc::new(person.clone()));
    let may = |verb: Verb| verb.by(&actor).is_ok();
    let open = !incident.state.is_over();
    match asks {
        Asks::Task(id) if open && may(Verb::DoTask) => vec![
            (TASK_DONE, of_task(*id), "alarm-press-done"),
            (MY_TASKS, json!({}), "alarm-press-tasks"),
        ],
        Asks::Question(id) if open && may(Verb::Decide) => vec![
            (DECIDE, of_question(*id, "yes"), "alarm-press-yes"),
            (DECIDE, of_question(*id, "no"), "alarm-press-no"),
        ],
        Asks::Dispatch(code, kind) if may(Verb::AnswerDispatch) => vec![
            (DISPATCH_SAY, of_dispatch(code, *kind, "accept"), "alarm-press-accept"),
            (DISPATCH_SAY, of_dispatch(code, *kind, "refuse"), "alarm-press-refuse"),
        ],
        Asks::Case if open && incident.acknowledged_at.is_none() && may(Verb::Acknowledge) => {
            vec![
                (ACKNOWLEDGE, json!({}), "alarm-press-acknowledge"),
                (LEAD, json!({}), "alarm-press-lead"),
            ]
        }
        _ => Vec::new(),
    }
}

/// Hangs the buttons of its reader under a letter that goes to a room; answers their rows, which go
/// into the same transaction as the message ([`hang`]).
///
/// # Errors
/// The database's.
pub fn buttons(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    reader: &Recipient,
    matter: &Matter,
    letter: &mut notify::Letter,
) -> Result<Vec<Press>> {
    let Some(account) = reader.account.filter(|_| !matter.is_to_reporter()) else {
        return Ok(Vec::new());
    };
    let Some(person) = accounts::person(tx, account)? else { return Ok(Vec::new()) };
    let t = Texts(reader.language);
    let mut rows = Vec::new();
    for (verb, data, label) in wanted(&person, incident, &matter.asks) {
        let press = Press {
            id: Id::new(ctx.now),
            account_id: Some(account),
            incident_id: Some(incident.id),
            delivery_id: None,
            card_id: None,
            verb: verb.to_owned(),
            data: data.to_string(),
            made_at: ctx.now,
            expires_at: ctx.now + Duration::days(DAYS),
            done_at: None,
            done_by: None,
            done_name: None,
        };
        letter.presses.push(notify::Press { label: t.t(label), id: press.id.to_string() });
        rows.push(press);
    }
    Ok(rows)
}

/// Keeps the buttons of a message that is in the outbox now.
///
/// # Errors
/// The database's.
pub fn hang(tx: &mut Conn, delivery: &Delivery, rows: Vec<Press>) -> Result<()> {
    for press in rows {
        chat_presses::insert(tx, &Press { delivery_id: Some(delivery.id), ..press })?;
    }
    Ok(())
}

/// When a message of this incident may ring in the chat of this person: after their quiet hours,
/// unless it is Khẩn cấp. `None`: at once.
///
/// # Errors
/// The database's.
pub fn quiet_until(
    c: &mut Conn,
    reader: &Recipient,
    priority: Priority,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    if priority == Priority::Urgent {
        return Ok(None);
    }
    let Some(account) = reader.account else { return Ok(None) };
    let Some(kept) = chat_links::settings(c, account)? else { return Ok(None) };
    let (Some(from), Some(to)) = (kept.quiet_from, kept.quiet_to) else { return Ok(None) };
    Ok(crate::domain::quiet::ends(now, from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_always_written_alike() {
        let id: TaskId = "0190b6a0-0000-7000-8000-000000000001".parse().unwrap();
        let task = "{\"task\":\"0190b6a0-0000-7000-8000-000000000001\"}";
        assert_eq!(of_task(id).to_string(), task);
        let yes = "{\"answer\":\"yes\",\"task\":\"0190b6a0-0000-7000-8000-000000000001\"}";
        assert_eq!(of_question(id, "yes").to_string(), yes);
        let accept = of_dispatch("PDP-2026-000001", DispatchKind::Block, "accept").to_string();
        let expected =
            "{\"answer\":\"accept\",\"dispatch\":\"PDP-2026-000001\",\"kind\":\"block\"}";
        assert_eq!(accept, expected);
    }
}
