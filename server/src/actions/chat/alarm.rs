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
use crate::domain::words::Priority;
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
/// Answers a question of a playbook.
pub const QUESTION_YES: &str = "question_yes";
/// Answers a question of a playbook, with a reason.
pub const QUESTION_NO: &str = "question_no";
/// Accepts a dispatch.
pub const DISPATCH_ACCEPT: &str = "dispatch_accept";
/// Refuses a dispatch, with a reason.
pub const DISPATCH_REFUSE: &str = "dispatch_refuse";

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
    /// To accept or refuse the dispatch of this code.
    Dispatch(String),
    /// Nothing.
    Nothing,
}

/// The data of a button of a task or question, always written alike: cards are found by it.
pub fn of_task(id: TaskId) -> Value {
    json!({"task": id})
}

/// The data of a button of a dispatch.
pub fn of_dispatch(code: &str) -> Value {
    json!({"dispatch": code})
}

/// The buttons for this reader: verb and data; none for whoever has no account.
fn wanted(person: &Person, incident: &Incident, asks: &Asks) -> Vec<(&'static str, Value)> {
    let actor = Actor::Person(std::sync::Arc::new(person.clone()));
    let may = |verb: Verb| verb.by(&actor).is_ok();
    let mut all = Vec::new();
    let open = !incident.state.is_over();
    match asks {
        Asks::Nothing => {}
        Asks::Task(id) => {
            if open && may(Verb::DoTask) {
                all.push((TASK_DONE, of_task(*id)));
                all.push((MY_TASKS, json!({})));
            }
        }
        Asks::Question(id) => {
            if open && may(Verb::Decide) {
                all.push((QUESTION_YES, of_task(*id)));
                all.push((QUESTION_NO, of_task(*id)));
            }
        }
        Asks::Dispatch(code) => {
            if may(Verb::AnswerDispatch) {
                all.push((DISPATCH_ACCEPT, of_dispatch(code)));
                all.push((DISPATCH_REFUSE, of_dispatch(code)));
            }
        }
        Asks::Case => {
            let unclaimed = incident.acknowledged_at.is_none() && open;
            if unclaimed && may(Verb::Acknowledge) {
                all.push((ACKNOWLEDGE, json!({})));
                all.push((LEAD, json!({})));
            }
        }
    }
    all
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
    for (verb, data) in wanted(&person, incident, &matter.asks) {
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
        letter.presses.push(notify::Press {
            label: t.t(&format!("alarm-press-{verb}")),
            id: press.id.to_string(),
        });
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
        assert_eq!(of_task(id).to_string(), "{\"task\":\"0190b6a0-0000-7000-8000-000000000001\"}");
        assert_eq!(
            of_dispatch("PDP-2026-000001").to_string(),
            "{\"dispatch\":\"PDP-2026-000001\"}"
        );
    }
}
