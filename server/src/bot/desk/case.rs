//! One case: acknowledge it, look at it, its priority, its state.

use serde_json::json;

use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::Case;
use crate::actions::states::ChangeState;
use crate::actions::triage::Triage;
use crate::actions::{incident_view, incidents, states, triage};
use crate::bot::presses::was_second;
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::bot::words::cut;
use crate::domain::sight::Verb;
use crate::domain::text::folded;
use crate::domain::words::{Priority, State, TaskState};
use crate::error::{Error, Result};

/// The incident of a button; one without is of no use.
pub(super) async fn of(talk: &mut Talk<'_>, pressed: &Pressed) -> Result<Case> {
    let code = pressed.code.as_deref().ok_or(Error::NotFound("incident"))?;
    talk.known(code).await
}

/// Says what was done, and how the case stands now.
pub(super) async fn done(talk: &mut Talk<'_>, code: &str, said: String) -> Result<()> {
    let case = talk.known(code).await?;
    talk.toast(said.clone(), false);
    let words = Words::new(said).above("bot-above-done").standing();
    talk.say(About::Case(&case), words).await
}

pub(super) async fn acknowledge(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    acknowledged(talk, &case).await
}

pub(super) async fn press_acknowledge(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    acknowledged(talk, &case).await
}

async fn acknowledged(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    let code = case.item.code.clone();
    match incidents::acknowledge(talk.office(), &talk.ctx, &code).await {
        Ok(_) => done(talk, &code, talk.t.t("bot-done-acknowledged")).await,
        Err(why) if was_second(&why) => {
            // Somebody was first: says who, and how things stand.
            let case = talk.known(&code).await?;
            let said = match &case.holder {
                Some(name) => talk.t.t1("bot-already-acknowledged", "name", name),
                None => talk.sentence(&why),
            };
            talk.toast(said.clone(), true);
            let words = Words::new(said).above("bot-above-refused").standing();
            talk.say(About::Case(&case), words).await
        }
        Err(why) => Err(why),
    }
}

pub(super) async fn show(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    shown(talk, &case).await
}

pub(super) async fn press_show(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    talk.toast(case.item.code.clone(), false);
    shown(talk, &case).await
}

async fn shown(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    let view = incident_view::one(talk.office(), &talk.ctx, &case.item.code).await?;
    let t = talk.t;
    let open = |count: usize| count.to_string();
    let tasks = view.tasks.iter().filter(|task| task.state == TaskState::Open).count();
    let mut words = Words::new(t.t("bot-case")).standing();
    if !case.reporter {
        let category = t.t(&format!("category-{}-short", view.category));
        words = words
            .fact("fact-category", category)
            .fact("bot-fact-tasks", open(tasks))
            .fact("bot-fact-dispatches", open(view.dispatches.len()));
    }
    let offers: [(&'static str, &str, bool); 6] = [
        ("acknowledge", "bot-press-acknowledge", view.may("acknowledge")),
        ("lead", "bot-press-lead", view.may("change_state") && case.lead.is_none()),
        ("state", "bot-press-state", !view.next_states.is_empty()),
        ("priority", "bot-press-priority", view.may("triage")),
        ("tasks", "bot-press-tasks", tasks > 0),
        ("note", "bot-press-note", view.may("note")),
    ];
    for (verb, label, may) in offers {
        if may {
            words = words.offer(verb, t.t(label), json!({}));
        }
    }
    talk.say(About::Case(case), words).await
}

/// The priority that somebody typed: the API's word, or the catalogs' in either language.
fn priority_of(typed: &str) -> Option<Priority> {
    let typed = folded(typed).replace(' ', "");
    Priority::ALL.iter().copied().find(|priority| {
        let label = |language| {
            let t = crate::texts::Texts(language);
            folded(&t.t(&format!("priority-{priority}"))).replace(' ', "")
        };
        use crate::domain::words::Language::{En, Vi};
        priority.as_word() == typed || label(Vi) == typed || label(En) == typed
    })
}

/// The state that somebody typed, in the same way; "đang" may be left out.
fn state_of(typed: &str) -> Option<State> {
    let typed = folded(typed).replace(' ', "");
    State::ALL.iter().copied().find(|state| {
        let label = |language| {
            let t = crate::texts::Texts(language);
            folded(&t.t(&format!("state-{state}"))).replace(' ', "")
        };
        use crate::domain::words::Language::{En, Vi};
        let vietnamese = label(Vi);
        state.as_word() == typed
            || label(En) == typed
            || vietnamese == typed
            || vietnamese.strip_prefix("dang") == Some(typed.as_str())
    })
}

pub(super) async fn priority(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    match priority_of(&asked.rest) {
        Some(priority) => set_priority(talk, &case, priority).await,
        None => choose_priority(talk, &case).await,
    }
}

pub(super) async fn press_priority(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    choose_priority(talk, &case).await
}

async fn choose_priority(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    Verb::Triage.by(&talk.ctx.actor)?;
    let t = talk.t;
    let mut words = Words::new(t.t("bot-choose-priority"));
    for priority in Priority::ALL.iter().rev().filter(|one| **one != case.item.priority) {
        let data = json!({"priority": priority, "version": case.item.version});
        words = words.offer("set_priority", t.t(&format!("priority-{priority}")), data);
    }
    talk.say(About::Case(case), words).await
}

pub(super) async fn press_set_priority(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    let word = pressed.data["priority"].as_str().unwrap_or_default();
    let priority = word.parse().map_err(|_| Error::NotFound("priority"))?;
    set_priority(talk, &case, priority).await
}

async fn set_priority(talk: &mut Talk<'_>, case: &Case, priority: Priority) -> Result<()> {
    let wanted = Triage { priority: Some(priority.to_string()), ..Triage::default() };
    let code = case.item.code.clone();
    triage::triage(talk.office(), &talk.ctx, &code, wanted).await?;
    let label = talk.t.t(&format!("priority-{priority}"));
    let said = talk.t.t1("bot-done-priority", "priority", &label);
    finish(talk, &code, said).await
}

/// Says what was done in the place of the choice that led to it.
async fn finish(talk: &mut Talk<'_>, code: &str, said: String) -> Result<()> {
    let case = talk.known(code).await?;
    talk.toast(said.clone(), false);
    let words = Words::new(said).above("bot-above-done").standing();
    talk.say_instead(About::Case(&case), words).await
}

pub(super) async fn state(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    // The longest name first: "đang ngăn chặn vì lan rộng".
    let mut words: Vec<&str> = asked.rest.split_whitespace().take(4).collect();
    while !words.is_empty() {
        if let Some(to) = state_of(&words.join(" ")) {
            let mut why = asked.rest.as_str();
            for _ in &words {
                why = cut(why).1;
            }
            return change(talk, &case, to, why).await;
        }
        words.pop();
    }
    choose_state(talk, &case).await
}

pub(super) async fn press_state(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    choose_state(talk, &case).await
}

async fn choose_state(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    Verb::ChangeState.by(&talk.ctx.actor)?;
    let t = talk.t;
    let next = case.item.state.next();
    let key = if next.is_empty() { "bot-no-next-state" } else { "bot-choose-state" };
    let mut words = Words::new(t.t(key)).standing();
    for state in next {
        let data = json!({"state": state, "version": case.item.version});
        words = words.telling("set_state", t.t(&format!("state-{state}")), data);
    }
    talk.say(About::Case(case), words).await
}

pub(super) async fn press_set_state(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    let word = pressed.data["state"].as_str().unwrap_or_default();
    let to = word.parse().map_err(|_| Error::NotFound("state"))?;
    change(talk, &case, to, "").await
}

async fn change(talk: &mut Talk<'_>, case: &Case, to: State, why: &str) -> Result<()> {
    let code = case.item.code.clone();
    if case.item.state == State::Reviewing && to == State::Containing && why.is_empty() {
        // Back to work wants a reason.
        let (data, said) = (json!({"code": code, "to": to}), talk.t.t("bot-ask-state-reason"));
        return talk.ask("state_reason", data, About::Case(case), Words::new(said)).await;
    }
    let wanted = ChangeState { to: to.to_string(), reason: why.to_owned(), version: None };
    states::change(talk.office(), &talk.ctx, &code, wanted).await?;
    let label = talk.t.t(&format!("state-{to}"));
    let said = talk.t.t1("bot-done-state", "state", &label);
    finish(talk, &code, said).await
}

pub(super) async fn answer_state(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let case = talk.known(turned.word("code").unwrap_or_default()).await?;
    let to = turned.word("to").unwrap_or_default();
    let to = to.parse().map_err(|_| Error::NotFound("state"))?;
    change(talk, &case, to, &turned.text).await
}
