//! Verbs of one answer on a case: ask the reporter, decide what a playbook asks, call for the next
//! level, silence for oneself.

use serde_json::json;

use super::guided::{of, said};
use super::moment::span;
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::Case;
use crate::actions::escalation::{Escalate, escalate};
use crate::actions::snoozes::{NewSnooze, SPANS, snooze};
use crate::actions::tasks::{self, Settle};
use crate::actions::tracking;
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::domain::sight::Verb;
use crate::domain::text::shortened;
use crate::domain::words::TaskState;
use crate::error::{Error, Result};
use crate::records::Task;

/// Questions in one message.
const QUESTIONS: usize = 5;

pub(super) async fn ask_reporter(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    if asked.rest.is_empty() {
        return wants(talk, &case, Verb::AskReporter, "ask_reporter", "bot-ask-reporter").await;
    }
    asked_reporter(talk, &case.item.code, &asked.rest).await
}

pub(super) async fn press_ask_reporter(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    wants(talk, &case, Verb::AskReporter, "ask_reporter", "bot-ask-reporter").await
}

/// Asks for the one answer that a verb needs.
async fn wants(
    talk: &mut Talk<'_>,
    case: &Case,
    verb: Verb,
    step: &'static str,
    key: &'static str,
) -> Result<()> {
    verb.by(&talk.ctx.actor)?;
    let words = Words::new(talk.t.t(key)).above(key);
    talk.ask(step, json!({"code": case.item.code}), About::Case(case), words).await
}

pub(super) async fn answer_reporter(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    asked_reporter(talk, &code, &turned.text).await
}

async fn asked_reporter(talk: &mut Talk<'_>, code: &str, question: &str) -> Result<()> {
    tracking::ask(talk.office(), &talk.ctx, code, question).await?;
    let words = Words::new(talk.t.t("bot-done-asked"));
    said(talk, code, words).await
}

pub(super) async fn escalate_it(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    if asked.rest.is_empty() {
        return wants(talk, &case, Verb::Escalate, "escalate", "bot-ask-escalate").await;
    }
    escalated(talk, &case.item.code, asked.rest).await
}

pub(super) async fn press_escalate(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    wants(talk, &case, Verb::Escalate, "escalate", "bot-ask-escalate").await
}

pub(super) async fn answer_escalate(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    escalated(talk, &code, turned.text).await
}

async fn escalated(talk: &mut Talk<'_>, code: &str, reason: String) -> Result<()> {
    let call = Escalate { reason, secret_confirmed: false };
    escalate(talk.office(), &talk.ctx, code, call).await?;
    let words = Words::new(talk.t.t("flash-desk-escalated"));
    said(talk, code, words).await
}

pub(super) async fn snooze_it(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    match span(&asked.rest) {
        Some(span) => snoozed(talk, &case, span.num_minutes()).await,
        None => choose_span(talk, &case).await,
    }
}

pub(super) async fn press_snooze(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    match pressed.data["minutes"].as_i64() {
        Some(minutes) => snoozed(talk, &case, minutes).await,
        None => choose_span(talk, &case).await,
    }
}

async fn choose_span(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    Verb::Snooze.by(&talk.ctx.actor)?;
    let t = talk.t;
    let mut words = Words::new(t.t("bot-choose-snooze")).above("bot-choose-snooze");
    for (minutes, key) in SPANS {
        words = words.offer("snooze", t.t(key), json!({"minutes": minutes}));
    }
    talk.say(About::Case(case), words).await
}

async fn snoozed(talk: &mut Talk<'_>, case: &Case, minutes: i64) -> Result<()> {
    let minutes = i32::try_from(minutes).unwrap_or(0);
    let code = case.item.code.clone();
    let until = snooze(talk.office(), &talk.ctx, &code, NewSnooze { minutes }).await?;
    let words = Words::new(talk.t.t1("desk-snoozed-until", "until", &until.local()));
    said(talk, &code, words).await
}

pub(super) async fn approve(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    decide(talk, asked, true).await
}

pub(super) async fn refuse(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    decide(talk, asked, false).await
}

async fn decide(talk: &mut Talk<'_>, asked: Asked, yes: bool) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let open = questions(talk, &case).await?;
    match open.as_slice() {
        // One question, and words for it: that is the answer.
        [one] if yes || !asked.rest.is_empty() => {
            decided(talk, &case.item.code, &one.id.to_string(), yes, &asked.rest).await
        }
        _ => listed(talk, &case, &open).await,
    }
}

pub(super) async fn press_questions(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    let open = questions(talk, &case).await?;
    listed(talk, &case, &open).await
}

async fn questions(talk: &Talk<'_>, case: &Case) -> Result<Vec<Task>> {
    let mut found = tasks::of(talk.office(), &talk.ctx, &case.item.code).await?;
    found.retain(|task| task.question && task.state == TaskState::Open);
    Ok(found)
}

async fn listed(talk: &mut Talk<'_>, case: &Case, open: &[Task]) -> Result<()> {
    let t = talk.t;
    let count = i64::try_from(open.len()).unwrap_or(i64::MAX);
    let mut words = Words::new(t.count("bot-questions", count));
    for (at, task) in open.iter().take(QUESTIONS).enumerate() {
        let number = (at + 1).to_string();
        words = words.text(format!("#{number} {}", shortened(&task.text, 600)));
        for (answer, key) in [("yes", "bot-press-yes"), ("no", "bot-press-no")] {
            let data = json!({"task": task.id, "answer": answer});
            words = words.telling("decide", t.t1(key, "number", &number), data);
        }
    }
    talk.say(About::Case(case), words).await
}

pub(super) async fn press_decide(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    let task = pressed.data["task"].as_str().unwrap_or_default().to_owned();
    let code = case.item.code.clone();
    if pressed.data["answer"] == "yes" {
        return decided(talk, &code, &task, true, "").await;
    }
    let open = questions(talk, &case).await?;
    let Some(one) = open.iter().find(|one| one.id.to_string() == task) else {
        talk.toast(talk.t.t("bot-question-settled"), true);
        return listed(talk, &case, &open).await;
    };
    let words = Words::new(talk.t.t("bot-ask-why-not")).text(shortened(&one.text, 600));
    let data = json!({"code": code, "task": task});
    talk.ask("decide", data, About::Case(&case), words.above("bot-ask-why-not")).await
}

pub(super) async fn answer_decide(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    let task = turned.word("task").unwrap_or_default().to_owned();
    decided(talk, &code, &task, false, &turned.text).await
}

async fn decided(talk: &mut Talk<'_>, code: &str, task: &str, yes: bool, note: &str) -> Result<()> {
    let id = task.parse().map_err(|_| Error::NotFound("task"))?;
    let state = if yes { "yes" } else { "no" };
    let wanted = Settle { state: state.to_owned(), note: note.to_owned(), version: None };
    match tasks::settle(talk.office(), &talk.ctx, code, id, wanted).await {
        Ok(_) => {
            let key = if yes { "bot-done-yes" } else { "bot-done-no" };
            let words = Words::new(talk.t.t(key));
            said(talk, code, words).await
        }
        // Somebody was first; a question that stands no more cannot be answered later.
        Err(Error::Stale { .. }) => {
            let words = Words::new(talk.t.t("bot-question-settled"));
            said(talk, code, words).await
        }
        Err(why) => Err(why),
    }
}
