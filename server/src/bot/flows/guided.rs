//! The forms about a case: a dispatch, a situation report, the facts of closing.

use super::form::{Choice, Field, Filled, Flow, Takes, field, go_on};
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::Case;
use crate::actions::closing::{Close, close as end};
use crate::actions::dispatches::{self, Draft, NewDispatch};
use crate::actions::incident_view;
use crate::actions::situation::{self, NewSituation};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::{DispatchKind, State};
use crate::error::{Error, Result};

/// What a dispatch is asked for.
pub(super) const DISPATCH: [Field; 6] = [
    field("to", "bot-ask-dispatch-to", "bot-field-to", false, Takes::Choice),
    field("kind", "bot-ask-dispatch-kind", "bot-field-kind", false, Takes::Choice),
    field("ground", "bot-ask-dispatch-ground", "bot-field-ground", false, Takes::Words),
    field("content", "bot-ask-dispatch-content", "bot-field-content", false, Takes::Words),
    field("accept_by", "bot-ask-dispatch-accept", "bot-field-accept", true, Takes::Future),
    field("result_by", "bot-ask-dispatch-result", "bot-field-result", true, Takes::Future),
];

/// What a situation report is asked for.
pub(super) const SITUATION: [Field; 3] = [
    field("conditions", "bot-ask-conditions", "situation-conditions", false, Takes::Words),
    field("actions", "bot-ask-actions", "situation-actions", true, Takes::Words),
    field("needs", "bot-ask-needs", "situation-needs", true, Takes::Words),
];

/// What closing is asked for.
pub(super) const CLOSE: [Field; 3] = [
    field("response_ended_at", "bot-ask-ended", "desk-response-ended", false, Takes::Past),
    field("summary", "bot-ask-summary", "desk-summary", false, Takes::Words),
    field("lessons", "bot-ask-lessons", "desk-lessons", true, Takes::Words),
];

/// The incident of a button; one without is of no use.
pub(super) async fn of(talk: &mut Talk<'_>, pressed: &Pressed) -> Result<Case> {
    let code = pressed.code.as_deref().ok_or(Error::NotFound("incident"))?;
    talk.known(code).await
}

/// Says what was done, and where the case is found.
pub(super) async fn said(talk: &mut Talk<'_>, code: &str, words: Words) -> Result<()> {
    let case = talk.known(code).await?;
    talk.toast(words.head.clone(), false);
    talk.say(About::Case(&case), words.above("bot-above-done")).await
}

async fn begin(talk: &mut Talk<'_>, case: &Case, flow: Flow, verb: Verb) -> Result<()> {
    verb.by(&talk.ctx.actor)?;
    talk.toast(case.item.code.clone(), false);
    go_on(talk, Filled::new(flow, Some(case))).await
}

pub(super) async fn dispatch(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    begin(talk, &case, Flow::Dispatch, Verb::Dispatch).await
}

pub(super) async fn press_dispatch(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    begin(talk, &case, Flow::Dispatch, Verb::Dispatch).await
}

pub(super) async fn dispatch_choices(
    talk: &Talk<'_>,
    filled: &Filled,
    field: &Field,
    typed: bool,
) -> Result<Vec<Choice>> {
    let t = talk.t;
    Ok(match field.name {
        "to" => {
            let draft = drafted(talk, filled, "").await?;
            let from = if typed { draft.all } else { draft.near };
            // Whose lines the system hangs on says something of the case.
            let choice =
                |one: dispatches::Choice| Choice { value: one.key, label: one.name, tells: true };
            from.into_iter().map(choice).collect()
        }
        "kind" => {
            let kinds = DispatchKind::ALL.iter();
            kinds.map(|kind| Choice::new(kind.as_word(), t.t(&format!("kind-{kind}")))).collect()
        }
        "ground" => {
            let ground = drafted(talk, filled, &filled.get("to")).await?.ground;
            vec![Choice::new(ground, ground)]
        }
        _ => Vec::new(),
    })
}

async fn drafted(talk: &Talk<'_>, filled: &Filled, to: &str) -> Result<Draft> {
    dispatches::draft(talk.office(), &talk.ctx, filled.code()?, to).await
}

pub(super) async fn send(talk: &mut Talk<'_>, filled: &Filled) -> Result<()> {
    let wanted = NewDispatch {
        to: filled.get("to"),
        kind: filled.get("kind"),
        ground: filled.get("ground"),
        content: filled.get("content"),
        accept_by: filled.get("accept_by"),
        result_by: filled.get("result_by"),
        secret_confirmed: filled.confirmed(),
        ..NewDispatch::default()
    };
    let code = filled.code()?.to_owned();
    let sent = dispatches::send(talk.office(), &talk.ctx, &code, wanted, None).await?;
    let words = Words::new(talk.t.t1("bot-done-dispatch", "code", &sent.code));
    said(talk, &code, words.link("bot-open-dispatch", format!("/phieu/{}", sent.id))).await
}

pub(super) async fn situation(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    if asked.rest.is_empty() {
        return begin(talk, &case, Flow::Situation, Verb::ReportSituation).await;
    }
    // What follows the command answers the first question.
    Verb::ReportSituation.by(&talk.ctx.actor)?;
    let mut filled = Filled::new(Flow::Situation, Some(&case));
    filled.put("conditions", asked.rest.clone(), asked.rest);
    go_on(talk, filled).await
}

pub(super) async fn press_situation(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    begin(talk, &case, Flow::Situation, Verb::ReportSituation).await
}

pub(super) async fn report(talk: &mut Talk<'_>, filled: &Filled) -> Result<()> {
    let new = NewSituation {
        conditions: filled.get("conditions"),
        actions: filled.get("actions"),
        needs: filled.get("needs"),
        secret_confirmed: filled.confirmed(),
        ..NewSituation::default()
    };
    let code = filled.code()?.to_owned();
    situation::report(talk.office(), &talk.ctx, &code, new).await?;
    let words = Words::new(talk.t.t("flash-desk-situation"));
    said(talk, &code, words).await
}

pub(super) async fn close(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    closing(talk, &case).await
}

pub(super) async fn press_close(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    closing(talk, &case).await
}

/// What stands in the way is said before anything is asked.
async fn closing(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    Verb::Close.by(&talk.ctx.actor)?;
    if case.item.state != State::Reviewing {
        return Err(Refusal::WrongState { from: case.item.state, to: State::Closed }.into());
    }
    let view = incident_view::one(talk.office(), &talk.ctx, &case.item.code).await?;
    if view.led {
        return Err(Refusal::CloserLed.into());
    }
    if view.obstacles.is_empty() {
        return begin(talk, case, Flow::Close, Verb::Close).await;
    }
    let t = talk.t;
    let lines: Vec<String> =
        view.obstacles.iter().map(|one| format!("{}: {}", t.t(one.key), one.what)).collect();
    let words = Words::new(t.t("desk-obstacles")).text(lines.join("\n"));
    talk.say(About::Case(case), words.above("bot-above-refused")).await
}

pub(super) fn close_choices(talk: &Talk<'_>, field: &Field) -> Vec<Choice> {
    match field.name {
        "response_ended_at" => {
            let now = talk.ctx.now;
            let label = format!("{} ({})", talk.t.t("bot-flow-now"), now.local());
            vec![Choice::new(now.rfc3339(), label)]
        }
        _ => Vec::new(),
    }
}

pub(super) async fn close_it(talk: &mut Talk<'_>, filled: &Filled) -> Result<()> {
    let facts = Close {
        response_ended_at: filled.get("response_ended_at"),
        summary: filled.get("summary"),
        lessons: filled.get("lessons"),
        version: None,
        secret_confirmed: filled.confirmed(),
    };
    let code = filled.code()?.to_owned();
    end(talk.office(), &talk.ctx, &code, facts).await?;
    let words = Words::new(talk.t.t("bot-done-closed")).standing();
    said(talk, &code, words).await
}
