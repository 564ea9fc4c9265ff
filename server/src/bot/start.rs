//! `/start CODE`, by which a telephone is linked, and `/huylienket`, by which it is not any more.
//! Whoever brings a code is sent back to the browser, whether it was good or not.

use notify::room::{Chat, Sender, What};

use super::Heard;
use super::say::{About, Words};
use super::table::{Asked, Command, Place};
use super::talk::Talk;
use crate::actions::Ctx;
use crate::actions::chat::codes::{self, Bringer};
use crate::actions::chat::links;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};

/// The commands of this part.
pub(super) const COMMANDS: [Command; 2] = [
    Command {
        name: "start",
        english: "start",
        aliases: &["batdau"],
        help: "bot-cmd-start",
        place: Place::Direct,
        verbs: &[],
        act: |talk, asked| Box::pin(start(talk, asked)),
    },
    Command {
        name: "huylienket",
        english: "unlink",
        aliases: &[],
        help: "bot-cmd-huylienket",
        place: Place::Direct,
        verbs: &[],
        act: |talk, asked| Box::pin(unlink(talk, asked)),
    },
];

/// Brings a code from a chat to the browser that drew it.
///
/// # Errors
/// The database's.
pub(super) async fn bring(
    heard: Heard<'_>,
    ctx: &Ctx,
    chat: &Chat,
    sender: &Sender,
    code: &str,
) -> Result<()> {
    let who =
        Bringer { number: sender.id.clone(), chat: chat.id.clone(), name: sender.name.clone() };
    match codes::arrive(&heard.app.office, ctx, heard.room, code.trim(), who).await {
        // It came already, in this very update.
        Ok(_) | Err(Error::Refused(Refusal::KeyUnderWay)) => Ok(()),
        Err(why) => Err(why),
    }
}

/// Somebody blocked us in their own conversation, or let us in again.
///
/// # Errors
/// The database's.
pub(super) async fn whereabouts(heard: Heard<'_>, chat: &Chat, sender: &Sender) -> Result<()> {
    match heard.incoming.what {
        What::Farewell => {
            let ctx = stranger(heard, sender);
            links::left(&heard.app.office, &ctx, heard.room, &chat.id).await?;
            Ok(())
        }
        What::Welcome => back(heard, chat, sender).await,
        _ => Ok(()),
    }
}

/// Somebody who did not take our messages, or who was told things elsewhere, is here now.
///
/// # Errors
/// The database's.
pub(super) async fn back(heard: Heard<'_>, chat: &Chat, sender: &Sender) -> Result<()> {
    let ctx = stranger(heard, sender);
    let office = &heard.app.office;
    links::came_back(office, &ctx, heard.room, &sender.id, &chat.id).await?;
    Ok(())
}

fn stranger(heard: Heard<'_>, sender: &Sender) -> Ctx {
    links::stranger(heard.room, &sender.id, heard.incoming.id, heard.app.clock.now())
}

async fn start(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let code = asked.rest.trim();
    let key = if code.is_empty() {
        "bot-start-linked"
    } else {
        let heard = talk.heard();
        bring(heard, &talk.ctx, talk.chat, talk.sender, code).await?;
        "bot-start-browser"
    };
    let words = Words::new(talk.t.t1(key, "name", &talk.person.name));
    talk.say(About::Nothing, words).await
}

async fn unlink(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    // The action itself tells this chat that the link is over.
    links::end(talk.office(), &talk.ctx, talk.link.id).await
}
