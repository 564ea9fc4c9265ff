//! Evidence from a room: a photo, a document, an album, with the command as its caption, in reply to
//! it, or as the answer to a question. It goes through the very checks of the page.

use notify::room::FileRef;
use serde_json::json;

use super::guided::of;
use crate::actions::chat::files::{Brought, bring};
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::{Aside, Case};
use crate::actions::evidence::may_add;
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::{TURN_MINUTES, Talk};
use crate::bot::turns::Turned;
use crate::domain::sight::Verb;
use crate::domain::text::shortened;
use crate::error::{Error, Result};
use crate::records::ChatTurn;

/// What a room hands out at most: Telegram's own limit for bots.
const MOST_MIB: u64 = 20;
const MOST: u64 = MOST_MIB * 1024 * 1024;

pub(super) async fn evidence(talk: &mut Talk<'_>, asked: Asked) -> Result<()> {
    let Some(case) = talk.case(asked.code.as_deref()).await? else { return Ok(()) };
    let album = album(talk);
    match talk.file().cloned() {
        Some(file) => {
            kept(talk, &case, &file, &asked.rest).await?;
            if let Some(album) = album {
                // The rest of the album comes without the command.
                waits(talk, &json!({"code": case.item.code, "album": album}));
            }
            Ok(())
        }
        None => ask_file(talk, &case).await,
    }
}

fn album(talk: &Talk<'_>) -> Option<String> {
    match &talk.incoming.what {
        notify::room::What::File { album, .. } => album.clone(),
        _ => None,
    }
}

pub(super) async fn press_evidence(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let case = of(talk, &pressed).await?;
    ask_file(talk, &case).await
}

async fn ask_file(talk: &mut Talk<'_>, case: &Case) -> Result<()> {
    Verb::AddEvidence.by(&talk.ctx.actor)?;
    let words = Words::new(talk.t.t1("bot-ask-evidence", "limit", &MOST_MIB.to_string()))
        .above("bot-ask-evidence-above")
        .link("bot-open-upload", upload(case));
    talk.ask("evidence", json!({"code": case.item.code}), About::Case(case), words).await
}

fn upload(case: &Case) -> String {
    format!("/su-co/{}/chung-cu", case.item.code)
}

/// Files go on being taken until another command, or until the album is through.
fn waits(talk: &mut Talk<'_>, data: &serde_json::Value) {
    let turn = ChatTurn {
        room: talk.room,
        chat: talk.here(),
        person: talk.sender.id.clone(),
        account_id: talk.person.id,
        what: "evidence".to_owned(),
        data: data.to_string(),
        message: None,
        expires_at: talk.ctx.now + chrono::Duration::minutes(TURN_MINUTES),
    };
    talk.keep(Aside::Ask(turn));
    talk.waits = true;
}

pub(super) async fn answer_evidence(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let code = turned.word("code").unwrap_or_default().to_owned();
    let case = talk.known(&code).await?;
    let Some(file) = turned.file.clone() else {
        // Words among files: the question goes on waiting.
        talk.waits = true;
        talk.refuse("bot-evidence-file");
        return Ok(());
    };
    if let Some(wanted) = turned.word("album")
        && turned.album.as_deref() != Some(wanted)
    {
        talk.refuse("bot-file-unasked");
        return Ok(());
    }
    kept(talk, &case, &file, &turned.text).await?;
    waits(talk, &turned.data);
    Ok(())
}

async fn kept(talk: &mut Talk<'_>, case: &Case, file: &FileRef, note: &str) -> Result<()> {
    let code = case.item.code.as_str();
    may_add(talk.office(), &talk.ctx, code).await?;
    let name = shortened(&file.name, 80);
    let words = if file.size > MOST {
        let limit = MOST_MIB.to_string();
        let values = [("name", name.as_str()), ("limit", limit.as_str())];
        too_large(talk.t.with("bot-evidence-large", &values))
    } else {
        match talk.port.fetch(file, MOST).await {
            Ok(bytes) => {
                match bring(talk.office(), &talk.ctx, code, (file.name.as_str(), bytes), note)
                    .await?
                {
                    Brought::Kept(kept) => {
                        let hash = kept.sha256.get(..16).unwrap_or(&kept.sha256);
                        let values = [("name", kept.name.as_str()), ("hash", hash)];
                        Words::new(talk.t.t("bot-done-evidence-short"))
                            .text(talk.t.with("bot-done-evidence", &values))
                            .above("bot-done-evidence-short")
                    }
                    Brought::Refused { key, name, value } => {
                        let values = [("name", name.as_str()), ("value", value.as_str())];
                        too_large(talk.t.with(key, &values))
                    }
                }
            }
            // The room cannot be reached: the update comes again.
            Err(notify::room::RoomError::Retry { why, .. }) => return Err(Error::Unavailable(why)),
            // Too large to hand out, gone, or refused: the page takes it.
            Err(_) => too_large(talk.t.t1("bot-evidence-failed", "name", &name)),
        }
    };
    talk.say(About::Case(case), words.link("bot-open-upload", upload(case))).await
}

/// Why a file was not taken, without a word of the case.
fn too_large(why: String) -> Words {
    Words::new(why).above("bot-evidence-not")
}
