//! A button was pressed. It does its work once, however often and by however many it is pressed:
//! the button's row is the key of the verb, claimed in the verb's own transaction.

use super::table;
use super::talk::Talk;
use crate::actions::chat::presses::{Pressed, find};
use crate::actions::chat::turns::Aside;
use crate::actions::once::Claim;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::records::Press;

/// Does what the button says.
///
/// # Errors
/// The verb's own.
pub(super) async fn pressed(talk: &mut Talk<'_>, data: &str) -> Result<()> {
    let found = find(talk.office(), talk.person.id, data, talk.ctx.now).await?;
    // Forged, expired, somebody else's, of an older program: all the same.
    let Some((pressed, button)) =
        found.and_then(|pressed| table::button(&pressed.press.verb).map(|one| (pressed, one)))
    else {
        talk.refuse("bot-press-gone");
        return Ok(());
    };
    let press = pressed.press.clone();
    talk.about.clone_from(&pressed.code);
    if !button.once {
        return (button.act)(talk, pressed).await;
    }
    if press.done_at.is_some() {
        second(talk, &press);
        return Ok(());
    }
    let done = once(talk, pressed, button).await;
    match done {
        Ok(()) => {
            let (by, name) = (Some(talk.person.id), talk.person.name.clone());
            talk.keep(Aside::Pressed { press: press.id, by, name });
            Ok(())
        }
        Err(why) => {
            // What the button stands under is not so any more, or whoever presses may not.
            if matches!(why.face().0, 404 | 409) {
                refresh(talk, &press);
            }
            Err(why)
        }
    }
}

async fn once(talk: &mut Talk<'_>, pressed: Pressed, button: &'static table::Button) -> Result<()> {
    let id = pressed.press.id.to_string();
    let claim = Claim::new(format!("press:{}", talk.room), id.clone(), talk.ctx.now);
    claim.describe(id.as_bytes())?;
    claim.around((button.act)(talk, pressed)).await
}

/// Somebody was first: who it was, and the message shows how things are.
fn second(talk: &mut Talk<'_>, press: &Press) {
    let text = match (&press.done_name, press.done_by == Some(talk.person.id)) {
        (Some(name), false) => talk.t.t1("bot-press-first", "name", name),
        _ => talk.t.t("bot-done-already"),
    };
    talk.toast(text, true);
    refresh(talk, press);
}

fn refresh(talk: &mut Talk<'_>, press: &Press) {
    let (card, delivery) = (press.card_id, press.delivery_id);
    if card.is_some() || delivery.is_some() {
        talk.keep(Aside::Refresh { card, delivery });
    }
}

/// Whether a verb found that somebody else had done its work already.
pub fn was_second(why: &Error) -> bool {
    matches!(why, Error::Refused(Refusal::AlreadyAcknowledged | Refusal::AlreadyDecided))
}
