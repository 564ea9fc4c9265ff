//! Questions that wait for an answer: asked by [`Talk::ask`], answered by the person's next words in
//! the same place, forgotten by any command, by `/thoi`, and after a quarter of an hour. In a group
//! an answer replies to one of our messages; what people say to each other is none.

use notify::room::{FileRef, What};
use serde_json::Value;

use super::say::{About, Words};
use super::table::{self, Asked};
use super::talk::Talk;
use super::words::clean;
use crate::actions::chat::turns::open;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::records::ChatTurn;

/// An answer to a question.
#[derive(Debug, Clone)]
pub struct Turned {
    /// What the question carried.
    pub data: Value,
    /// The answer; the caption of a file.
    pub text: String,
    /// The file, if the answer is one.
    pub file: Option<FileRef>,
    /// Files that were sent together share this.
    pub album: Option<String>,
}

impl Turned {
    /// A word that the question carried.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.data[name].as_str()
    }
}

/// The question that waits for these words, if they can be an answer.
async fn waiting(talk: &mut Talk<'_>) -> Result<Option<ChatTurn>> {
    let answers = talk.chat.direct || talk.quoted().is_some_and(|quoted| quoted.ours);
    let album = album(talk);
    if !answers && album.is_none() {
        return Ok(None);
    }
    let turn = open(talk.office(), talk.room, &talk.here(), &talk.sender.id).await?;
    // What was sent together with the file that had the command belongs to it, in a group too.
    let fits = |turn: &ChatTurn| {
        let data: Value = serde_json::from_str(&turn.data).unwrap_or(Value::Null);
        answers || (album.is_some() && data["album"].as_str() == album.as_deref())
    };
    // Whoever is linked anew does not answer what somebody else was asked.
    Ok(turn.filter(|turn| turn.account_id == talk.person.id && fits(turn)))
}

fn album(talk: &Talk<'_>) -> Option<String> {
    match &talk.incoming.what {
        What::File { album, .. } => album.clone(),
        _ => None,
    }
}

/// Whether a question waits here, expired or not.
///
/// # Errors
/// The database's.
pub(super) async fn waits(talk: &mut Talk<'_>) -> Result<bool> {
    Ok(waiting(talk).await?.is_some())
}

/// Words that are no command.
///
/// # Errors
/// The step's own.
pub(super) async fn words(talk: &mut Talk<'_>, text: &str) -> Result<()> {
    match waiting(talk).await? {
        Some(turn) => {
            let text = clean(text).trim().to_owned();
            answered(talk, &turn, text, None).await
        }
        None if talk.chat.direct => {
            talk.refuse("bot-no-command");
            Ok(())
        }
        None => Ok(()),
    }
}

/// A file without a command.
///
/// # Errors
/// The step's own.
pub(super) async fn file(talk: &mut Talk<'_>, caption: &str, file: &FileRef) -> Result<()> {
    let waiting = waiting(talk).await?;
    let takes = waiting.filter(|turn| table::step(&turn.what).is_some_and(|step| step.files));
    match takes {
        Some(turn) => {
            let caption = clean(caption).trim().to_owned();
            answered(talk, &turn, caption, Some(file.clone())).await
        }
        None => {
            let album = match &talk.incoming.what {
                What::File { album: Some(album), .. } => format!("album:{}:{album}", talk.chat.id),
                _ => String::new(),
            };
            // Pictures sent together are one thing, and are answered once.
            let first = album.is_empty() || talk.app.patience.first(&album, talk.ctx.now);
            if talk.chat.direct && first {
                talk.refuse("bot-file-unasked");
            }
            Ok(())
        }
    }
}

async fn answered(
    talk: &mut Talk<'_>,
    turn: &ChatTurn,
    text: String,
    file: Option<FileRef>,
) -> Result<()> {
    let Some(step) = table::step(&turn.what) else {
        talk.leave_turn();
        return Ok(());
    };
    if turn.expires_at <= talk.ctx.now {
        talk.leave_turn();
        talk.refuse("bot-turn-expired");
        return Ok(());
    }
    // Written by ourselves; what cannot be read carries nothing.
    let data: Value = serde_json::from_str(&turn.data).unwrap_or(Value::Null);
    talk.about = data["code"].as_str().map(str::to_owned);
    let album = album(talk);
    let done = (step.act)(talk, Turned { data, text, file, album }).await;
    match &done {
        // The next question has taken its place, or it goes on waiting.
        Ok(()) if talk.waits => {}
        // What was typed can be mended and sent again.
        Err(Error::Refused(Refusal::Fields(_))) => {}
        _ => talk.leave_turn(),
    }
    done
}

/// `/thoi`: the question is taken back.
///
/// # Errors
/// The database's.
pub(super) async fn cancel(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let turn = open(talk.office(), talk.room, &talk.here(), &talk.sender.id).await?;
    talk.leave_turn();
    let key = if turn.is_some() { "bot-cancelled" } else { "bot-nothing-to-cancel" };
    let said = talk.t.t(key);
    talk.say(About::Nothing, Words::new(said)).await
}
