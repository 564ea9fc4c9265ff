//! The team's group itself: `/nhom` makes the group where it is said one of the team's, `/mo` gives
//! an incident its place there.

use super::say::{About, Words};
use super::table::{Asked, Command, Place};
use super::talk::Talk;
use crate::actions::chat::groups;
use crate::domain::sight::Verb;
use crate::error::Result;

/// The commands of this part.
pub(super) const COMMANDS: [Command; 2] = [
    Command {
        name: "mo",
        english: "open",
        aliases: &["mochude", "topic"],
        help: "bot-cmd-mo",
        place: Place::Anywhere,
        verbs: &[Verb::OpenRoom],
        act: |talk, asked| Box::pin(open(talk, asked)),
    },
    Command {
        name: "nhom",
        english: "group",
        aliases: &["themnhom"],
        help: "bot-cmd-nhom",
        place: Place::Anywhere,
        verbs: &[Verb::KeepGroups],
        act: |talk, asked| Box::pin(add(talk, asked)),
    },
];

async fn add(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let added = groups::add(talk.office(), &talk.ctx, talk.room, talk.chat).await?;
    let key = match (added.new, added.group.topics) {
        (false, _) => "bot-group-known",
        (true, true) => "bot-group-added",
        (true, false) => "bot-group-added-flat",
    };
    let words = Words::new(talk.t.t(key)).link("letter-open-groups", "/quan-tri/nhom-chat");
    talk.say(About::Nothing, words).await
}

async fn open(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    if talk.chat.direct {
        talk.refuse("bot-open-in-group");
        return Ok(());
    }
    // Where nothing may be opened, nothing is said of any case.
    groups::opens_here(talk.office(), &talk.ctx, talk.room, &talk.chat.id).await?;
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let code = case.item.code.clone();
    let opened = groups::open(talk.office(), &talk.ctx, talk.room, talk.chat, &code).await?;
    let case = talk.known(&code).await?;
    let said = talk.t.t(if opened.new { "bot-room-opened" } else { "bot-room-open" });
    talk.say(About::Case(&case), Words::new(said).above("bot-above-done")).await
}
