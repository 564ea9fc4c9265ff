//! Who does what: lead a case, put somebody on it, give a task.

use serde_json::json;

use super::case;
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::Case;
use crate::actions::members::{self, ChangeMember};
use crate::actions::states::{self, Lead};
use crate::actions::tasks::{self, NewTask};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::bot::words::{cut, is_me};
use crate::error::Result;

/// `/chutri` oneself, or `/chutri MAIL` for somebody else.
pub(super) async fn lead(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let who = if is_me(&asked.rest) { "" } else { asked.rest.trim() };
    leads(talk, &case, who).await
}

pub(super) async fn press_lead(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = case::of(talk, &pressed).await?;
    leads(talk, &case, "").await
}

async fn leads(talk: &mut Talk<'_>, case: &Case, who: &str) -> Result<()> {
    let code = case.item.code.clone();
    let wanted = Lead { account: who.to_owned(), version: None };
    states::lead(talk.office(), &talk.ctx, &code, wanted).await?;
    let now = talk.known(&code).await?;
    let name = now.lead.unwrap_or_default();
    case::done(talk, &code, talk.t.t1("bot-done-lead", "name", &name)).await
}

/// `/them MAIL`, or a choice.
pub(super) async fn add(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let who = asked.rest.trim();
    if !who.is_empty() {
        let who = if is_me(who) { talk.person.id.to_string() } else { who.to_owned() };
        return added(talk, &case, who).await;
    }
    let mut words = Words::new(talk.t.t("bot-choose-member"));
    for one in members::addable(talk.office(), &talk.ctx, &case.item.code).await? {
        words = words.telling("add_member", one.name, json!({"account": one.id}));
    }
    if words.offers.is_empty() {
        words.head = talk.t.t("bot-nobody-to-choose");
    }
    talk.say(About::Case(&case), words).await
}

pub(super) async fn press_add(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = case::of(talk, &pressed).await?;
    let who = pressed.data["account"].as_str().unwrap_or_default().to_owned();
    added(talk, &case, who).await
}

async fn added(talk: &mut Talk<'_>, case: &Case, account: String) -> Result<()> {
    let code = case.item.code.clone();
    let wanted = ChangeMember { account, reason: String::new() };
    members::add(talk.office(), &talk.ctx, &code, wanted).await?;
    let said = talk.t.t("bot-done-member");
    talk.toast(said.clone(), false);
    let words = Words::new(said).above("bot-above-done");
    talk.say_instead(About::Case(case), words).await
}

/// `/giao MAIL việc`: a task for somebody. What is missing is asked.
pub(super) async fn assign(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let (first, rest) = cut(&asked.rest);
    let who = match first {
        word if is_me(word) => Some(talk.person.id.to_string()),
        word if word.contains('@') => Some(word.trim_end_matches([':', ',']).to_owned()),
        _ => None,
    };
    match who {
        Some(who) if !rest.is_empty() => given(talk, &case.item.code, who, rest).await,
        Some(who) => ask_text(talk, &case, &who).await,
        None => {
            let mut words = Words::new(talk.t.t("bot-choose-assignee")).text(&*asked.rest);
            let people = members::assignable(talk.office(), &talk.ctx, &case.item.code).await?;
            for one in people {
                let data = json!({"account": one.id, "text": asked.rest});
                words = words.telling("assign_to", one.name, data);
            }
            if words.offers.is_empty() {
                words.head = talk.t.t("bot-nobody-to-choose");
            }
            talk.say(About::Case(&case), words).await
        }
    }
}

async fn ask_text(talk: &mut Talk<'_>, case: &Case, who: &str) -> Result<()> {
    let (data, said) =
        (json!({"code": case.item.code, "account": who}), talk.t.t("bot-ask-assign"));
    let words = Words::new(said).above("bot-ask-assign");
    talk.ask("assign_text", data, About::Case(case), words).await
}

pub(super) async fn press_assign(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = case::of(talk, &pressed).await?;
    let who = pressed.data["account"].as_str().unwrap_or_default().to_owned();
    match pressed.data["text"].as_str().unwrap_or_default().trim() {
        "" => ask_text(talk, &case, &who).await,
        text => {
            let text = text.to_owned();
            given(talk, &case.item.code, who, &text).await
        }
    }
}

pub(super) async fn answer_assign(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    let who = turned.word("account").unwrap_or_default().to_owned();
    given(talk, &code, who, &turned.text).await
}

async fn given(talk: &mut Talk<'_>, code: &str, assignee: String, text: &str) -> Result<()> {
    let wanted = NewTask { assignee, text: text.to_owned(), ..NewTask::default() };
    tasks::add(talk.office(), &talk.ctx, code, wanted).await?;
    let case = talk.known(code).await?;
    let said = talk.t.t("bot-done-assign");
    talk.toast(said.clone(), false);
    let words = Words::new(said).above("bot-above-done");
    talk.say_instead(About::Case(&case), words).await
}
