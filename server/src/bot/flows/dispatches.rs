//! What a partner answers to a dispatch: accept, refuse with a reason, ask, progress, done, lifted.
//! A dispatch is read by its own TLP; its partner knows nothing of the case.

use serde_json::json;

use crate::actions::chat::ceiling;
use crate::actions::chat::presses::Pressed;
use crate::actions::dispatches::{self, DispatchLine, DispatchView, NewAnswer, Wanted};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::bot::words::cut;
use crate::domain::dispatch::DispatchCode;
use crate::domain::sight::Verb;
use crate::domain::text::shortened;
use crate::domain::words::{Answer, DispatchKind};
use crate::error::Result;

/// Dispatches in one message.
const LINES: usize = 10;

/// `/traloi [PDP-…] [words]`: what can be answered, or the dispatches that wait.
pub(super) async fn answer(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    Verb::AnswerDispatch.by(&talk.ctx.actor)?;
    let (first, _) = cut(&asked.rest);
    if first.parse::<DispatchCode>().is_ok() {
        return shown(talk, first).await;
    }
    let wanted = Wanted { limit: 50, ..Wanted::default() };
    let found = dispatches::list(talk.office(), &talk.ctx, wanted).await?;
    let open: Vec<DispatchLine> =
        found.items.into_iter().filter(|line| !line.state.is_over()).take(LINES).collect();
    let t = talk.t;
    let count = i64::try_from(open.len()).unwrap_or(i64::MAX);
    let mut words =
        Words::new(t.count("bot-dispatches", count)).link("bot-open-dispatches", "/phieu");
    for line in &open {
        let mut said =
            format!("{} · {}", line.code, t.t(&format!("dispatch-state-{}", line.state)));
        if let Some(due) = line.next_due_at {
            said = format!("{said} · {} {}", t.t("fact-due"), due.local());
        }
        words = words.text(said);
        words = words.offer("dispatch_show", line.code.clone(), json!({"dispatch": line.code}));
    }
    talk.say(About::Nothing, words).await
}

pub(super) async fn press_show(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let code = pressed.data["dispatch"].as_str().unwrap_or_default().to_owned();
    talk.toast(code.clone(), false);
    shown(talk, &code).await
}

async fn shown(talk: &mut Talk<'_>, code: &str) -> Result<()> {
    let view = dispatches::view(talk.office(), &talk.ctx, code).await?;
    let words = facts(talk, &view);
    talk.say(About::Nothing, words).await
}

fn facts(talk: &Talk<'_>, view: &DispatchView) -> Words {
    let t = talk.t;
    let mut words =
        Words::new(view.code.clone()).link("bot-open-dispatch", format!("/phieu/{}", view.id));
    if view.drill {
        words.head = format!("[DIỄN TẬP] {}", words.head);
    }
    if ceiling::open(talk.app.config(), talk.room, view.tlp) {
        words = words
            .fact("bot-field-kind", t.t(&format!("kind-{}", view.kind)))
            .fact("bot-field-ground", view.ground.clone())
            .text(shortened(&view.content, 1_500));
    } else {
        words = words.text(t.t("bot-above"));
    }
    if let Some(due) = view.next_due_at {
        words = words.fact("fact-due", due.local());
    }
    words = words.fact("fact-tlp", format!("TLP:{}", view.tlp));
    if view.can.answers.is_empty() {
        return words.text(t.t("dispatch-answer-none"));
    }
    for answer in &view.can.answers {
        let data = json!({"dispatch": view.code, "answer": answer, "kind": view.kind});
        words = words.offer("dispatch_say", t.t(&format!("dispatch-answer-{answer}")), data);
    }
    words
}

/// An answer was chosen; what says nothing without words asks for them.
pub(super) async fn press_say(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let word = |name: &str| pressed.data[name].as_str().unwrap_or_default().to_owned();
    let (code, answer) = (word("dispatch"), word("answer"));
    let kind: DispatchKind = word("kind").parse().unwrap_or(DispatchKind::Handle);
    let needs = answer.parse::<Answer>().is_ok_and(|answer| answer.needs_text(kind));
    if !needs {
        return said(talk, &code, &answer, String::new()).await;
    }
    Verb::AnswerDispatch.by(&talk.ctx.actor)?;
    let label = talk.t.t(&format!("dispatch-answer-{answer}"));
    let values = [("code", code.as_str()), ("answer", label.as_str())];
    let words = Words::new(talk.t.with("bot-ask-dispatch-answer", &values));
    talk.toast(label.clone(), false);
    let data = json!({"dispatch": code, "answer": answer});
    talk.ask("dispatch_say", data, About::Nothing, words).await
}

pub(super) async fn answer_say(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("dispatch").unwrap_or_default().to_owned();
    let answer = turned.word("answer").unwrap_or_default().to_owned();
    said(talk, &code, &answer, turned.text).await
}

async fn said(talk: &mut Talk<'_>, code: &str, answer: &str, text: String) -> Result<()> {
    let given = NewAnswer { answer: answer.to_owned(), text, ..NewAnswer::default() };
    dispatches::answer(talk.office(), &talk.ctx, code, given, Vec::new()).await?;
    let label = talk.t.t(&format!("dispatch-answer-{answer}"));
    let values = [("code", code), ("answer", label.as_str())];
    let words = Words::new(talk.t.with("bot-done-dispatch-answer", &values));
    talk.toast(words.head.clone(), false);
    talk.say(About::Nothing, words.link("bot-open-dispatches", "/phieu")).await
}
