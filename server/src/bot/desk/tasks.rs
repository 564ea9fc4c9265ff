//! The tasks of a case: the list, done or skipped with a note. A task goes by its place among all
//! tasks of the case, open or not: the number stays when others are settled.

use serde_json::json;

use super::case;
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::Case;
use crate::actions::incident_view::{self, IncidentView, TaskView};
use crate::actions::tasks::{self, Settle};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::bot::words::cut;
use crate::domain::text::shortened;
use crate::domain::words::{EvidenceWish, TaskState};
use crate::error::{Error, Result};

/// Buttons under a list.
const BUTTONS: usize = 8;

pub(super) async fn list(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    listed(talk, &case).await
}

pub(super) async fn press_list(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = case::of(talk, &pressed).await?;
    talk.toast(case.item.code.clone(), false);
    listed(talk, &case).await
}

/// The open tasks with their numbers.
fn open(view: &IncidentView) -> impl Iterator<Item = (usize, &TaskView)> {
    let numbered = view.tasks.iter().enumerate().map(|(at, task)| (at + 1, task));
    numbered.filter(|(_, task)| task.state == TaskState::Open)
}

async fn listed(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    let view = incident_view::one(talk.office(), &talk.ctx, &case.item.code).await?;
    let t = talk.t;
    let mut lines = Vec::new();
    let mut words = Words::default();
    for (number, task) in open(&view) {
        let whose = match (&task.assignee, task.role) {
            (Some(who), _) => who.name.clone(),
            (None, Some(role)) => t.t(&format!("role-{role}")),
            (None, None) => t.t("part-none"),
        };
        let mut line = format!("#{number} {} — {whose}", shortened(&task.text, 160));
        if let Some(due) = task.due_at {
            line = format!("{line} · {} {}", t.t("fact-due"), due.local());
        }
        if task.overdue {
            line = format!("{line} · {}", t.t("bot-overdue"));
        }
        if task.evidence == EvidenceWish::Required {
            line = format!("{line} · {}", t.t("bot-needs-evidence"));
        }
        lines.push(line);
        if task.may_settle && !task.question && words.offers.len() < BUTTONS {
            let label = t.t1("bot-press-task-done", "number", &number.to_string());
            words = words.telling("task_done", label, json!({"task": task.id}));
        }
    }
    words.head = t.count("bot-tasks", i64::try_from(lines.len()).unwrap_or(i64::MAX));
    talk.say(About::Case(case), words.text(lines.join("\n"))).await
}

pub(super) async fn done(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    settle(talk, asked, TaskState::Done).await
}

pub(super) async fn skip(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    settle(talk, asked, TaskState::Skipped).await
}

async fn settle(talk: &mut Talk<'_>, asked: Asked, to: TaskState) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let (number, note) = cut(&asked.rest);
    let Ok(number) = number.trim_start_matches('#').parse::<usize>() else {
        return listed(talk, &case).await;
    };
    let found = tasks::of(talk.office(), &talk.ctx, &case.item.code).await?;
    let Some(task) = number.checked_sub(1).and_then(|at| found.get(at)) else {
        talk.refuse("bot-no-task");
        return Ok(());
    };
    settled(talk, &case.item.code, &task.id.to_string(), to, note).await
}

async fn settled(
    talk: &mut Talk<'_>,
    code: &str,
    task: &str,
    to: TaskState,
    note: &str,
) -> Result<()> {
    let id = task.parse().map_err(|_| Error::NotFound("task"))?;
    // A dash is "nothing to add".
    let note = if note.trim() == "-" { "" } else { note };
    let wanted = Settle { state: to.to_string(), note: note.to_owned(), version: None };
    tasks::settle(talk.office(), &talk.ctx, code, id, wanted).await?;
    let case = talk.known(code).await?;
    let key = if to == TaskState::Done { "bot-done-task" } else { "bot-done-task-skipped" };
    let words = Words::new(talk.t.t(key)).above("bot-above-done");
    talk.say(About::Case(&case), words).await
}

pub(super) async fn press_done(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = case::of(talk, &pressed).await?;
    let task = pressed.data["task"].as_str().unwrap_or_default();
    let found = tasks::of(talk.office(), &talk.ctx, &case.item.code).await?;
    let Some(task) = found.iter().find(|one| one.id.to_string() == task) else {
        return Err(Error::NotFound("task"));
    };
    if task.state != TaskState::Open {
        talk.toast(talk.t.t("bot-task-settled"), true);
        return listed(talk, &case).await;
    }
    let data = json!({"code": case.item.code, "task": task.id});
    let words = Words::new(talk.t.t("bot-ask-task-note")).text(shortened(&task.text, 300));
    talk.ask("task_done", data, About::Case(&case), words.above("bot-ask-task-note")).await
}

pub(super) async fn answer_done(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    let task = turned.word("task").unwrap_or_default().to_owned();
    settled(talk, &code, &task, TaskState::Done, &turned.text).await
}
