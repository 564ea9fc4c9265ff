//! Hand-overs between officers on duty.

use serde_json::json;

use crate::actions::chat::presses::Pressed;
use crate::actions::rota;
use crate::actions::rota::handover::{self, NewHandover};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::domain::ids::RotaId;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};

/// `/bangiao lời nhắn`: writes the hand-over of the own shift; without words, asks for them.
pub(super) async fn hand_over(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(draft) = own(talk).await? else {
        talk.refuse("bot-not-on-duty");
        return Ok(());
    };
    if !asked.rest.is_empty() {
        return written(talk, draft.rota, &asked.rest).await;
    }
    let t = talk.t;
    let next = match &draft.next {
        Some((who, at)) => format!("{} · {}", who.name, at.local()),
        None => t.t("bot-handover-no-next"),
    };
    let words = Words::new(t.t("bot-ask-handover"))
        .text(format!("{}: {next}", t.t("bot-handover-next")))
        .text(t.count("bot-handover-open", count(draft.facts.cases.len())));
    talk.ask("handover", json!({"rota": draft.rota}), About::House, words).await
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The hand-over of the rota on which this person is on duty now.
async fn own(talk: &Talk<'_>) -> Result<Option<handover::Draft>> {
    for item in rota::views::list(talk.office(), &talk.ctx).await? {
        let id: RotaId = item.id.parse().map_err(Error::internal)?;
        match handover::draft(talk.office(), &talk.ctx, id).await {
            Ok(draft) => return Ok(Some(draft)),
            // Not this one.
            Err(Error::Refused(Refusal::RotaMoved) | Error::NotFound(_)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(None)
}

pub(super) async fn answer_note(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let id = turned.word("rota").unwrap_or_default();
    let id = id.parse().map_err(|_| Error::NotFound("rota"))?;
    written(talk, id, &turned.text).await
}

async fn written(talk: &mut Talk<'_>, rota: RotaId, note: &str) -> Result<()> {
    let note = if note.trim() == "-" { "" } else { note };
    let typed = NewHandover { note: note.to_owned(), secret_confirmed: false };
    handover::write(talk.office(), &talk.ctx, rota, typed).await?;
    let words = Words::new(talk.t.t("bot-done-handover")).link("bot-open-rota", "/truc-ban");
    talk.say(About::House, words).await
}

/// `/nhanca`: the hand-overs that wait for this person.
pub(super) async fn take_over(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let t = talk.t;
    let mut words = Words::new(t.t("bot-handovers")).link("bot-open-rota", "/truc-ban");
    for rota in rota::views::whole(talk.office(), &talk.ctx, None, Some(1)).await? {
        for open in rota.handovers.iter().filter(|open| open.yours) {
            let from = open.outgoing.as_ref().map_or_else(String::new, |who| who.name.clone());
            // What was written may tell of any case: it is read on the page.
            words = words.text(format!("{from} → {} · {}", rota.name, open.at.local()));
            let data = json!({"handover": open.id});
            words = words.offer("take_over", t.t("bot-press-take-over"), data);
        }
    }
    if words.offers.is_empty() {
        words.head = t.t("bot-no-handover");
    }
    talk.say(About::House, words).await
}

pub(super) async fn press_take(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let id = pressed.data["handover"].as_str().unwrap_or_default();
    let id = id.parse().map_err(|_| Error::NotFound("handover"))?;
    handover::acknowledge(talk.office(), &talk.ctx, id).await?;
    let said = talk.t.t("bot-done-takeover");
    talk.toast(said.clone(), false);
    talk.say_instead(About::House, Words::new(said)).await
}
