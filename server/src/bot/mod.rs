//! The door for rooms: what people write and press there becomes the same actions that the pages
//! call. It decides nothing: who may is asked of the action, by the number of whoever wrote, at
//! every single time. Answers are rows of the outbox like everything else that leaves.

pub mod desk;
mod flows;
pub mod help;
pub mod presses;
pub mod room;
pub mod say;
mod start;
pub mod strangers;
pub mod table;
pub mod talk;
pub mod tempo;
pub mod turns;
pub mod words;

#[cfg(test)]
mod ceiling_tests;
#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod frame_tests;
#[cfg(test)]
mod tempo_tests;

use notify::room::{Hollow, Incoming, What};
use notify::{Letter, Room as Port};

pub use self::help::offered;
use self::talk::Talk;
use self::words::{Parsed, parse};
use crate::actions::chat::turns::Aside;
use crate::actions::chat::{groups, links};
use crate::app::App;
use crate::domain::words::Room;
use crate::error::Result;
use crate::records::Press;

/// One update, with what is needed to act on it.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// The service.
    pub app: &'a App,
    /// Which room it came from.
    pub room: Room,
    /// The room itself, to fetch files from.
    pub port: &'a dyn Port,
    /// What came.
    pub incoming: &'a Incoming,
}

/// What there is to say to an update. Its rows are written together with the mark that the update
/// is handled, so that a crash repeats neither.
#[derive(Debug, Default)]
pub struct Answer {
    /// Messages, in order.
    pub says: Vec<Say>,
    /// For a moment, where a button was pressed.
    pub toast: Option<Toast>,
    /// What became of it.
    pub outcome: Outcome,
    /// What is kept besides: [`crate::actions::chat::turns::keep`], in the same transaction.
    pub asides: Vec<Aside>,
}

/// One message of an answer.
#[derive(Debug)]
pub struct Say {
    /// `CHAT` or `CHAT/TOPIC`.
    pub to: String,
    /// The words, already cut to the room's ceiling, with its buttons.
    pub letter: Letter,
    /// The rows of its buttons.
    pub presses: Vec<Press>,
}

/// A few words where a button was pressed.
#[derive(Debug)]
pub struct Toast {
    /// At most 200 characters.
    pub text: String,
    /// Stays until it is closed.
    pub alert: bool,
}

/// What became of an update.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It was done, or answered.
    Done,
    /// It was refused, and its author told why.
    Refused,
    /// It came too fast after others, and was not carried out.
    Slowed,
    /// It is nothing to us.
    #[default]
    Ignored,
}

/// Acts on one update.
///
/// # Errors
/// What may pass by itself (the database is away): the update is tried again. What its author did
/// wrong is an answer and no error.
pub async fn handle(heard: Heard<'_>) -> Result<Answer> {
    let mut answer = acted(heard).await?;
    say::mark(heard.room, &mut answer);
    Ok(answer)
}

async fn acted(heard: Heard<'_>) -> Result<Answer> {
    let incoming = heard.incoming;
    let Some(chat) = &incoming.chat else { return Ok(Answer::default()) };
    // What befalls a group is told by updates of every kind, whoever sent them.
    let own = heard.app.own("engine");
    groups::event(&heard.app.office, &own, heard.room, incoming).await?;
    // Channels and anonymous administrators are nobody: nothing they write means anything.
    let Some(sender) = incoming.sender.as_ref().filter(|sender| !sender.is_bot) else {
        return Ok(Answer::default());
    };
    if chat.direct {
        start::whereabouts(heard, chat, sender).await?;
    }
    if matches!(incoming.what, What::Welcome | What::Farewell | What::Moved { .. } | What::Other(_))
    {
        return Ok(Answer::default());
    }
    match links::person_of(&heard.app.office, heard.room, &sender.id).await? {
        None => strangers::answer(heard, chat, sender).await,
        Some((person, link)) => {
            if chat.direct && (link.broken_at.is_some() || link.chat != chat.id) {
                start::back(heard, chat, sender).await?;
            }
            let mut talk = Talk::new(heard, chat, sender, person, link);
            let turn = tempo::Turn::of(&talk);
            let done = match turn.slows(&mut talk).await {
                Ok(false) => listen(&mut talk).await,
                Ok(true) => Ok(()),
                Err(why) => Err(why),
            };
            let answer = talk.close(done).await?;
            turn.taken(heard.app, &answer);
            Ok(answer)
        }
    }
}

/// What a linked person sent.
async fn listen(talk: &mut Talk<'_>) -> Result<()> {
    match &talk.incoming.what {
        What::Text { text, .. } => hear(talk, text).await,
        What::File { caption, file, .. } => match parse(caption) {
            Parsed::Words => turns::file(talk, caption, file).await,
            // A command under a picture is a command, and the picture is its file.
            _ => hear(talk, caption).await,
        },
        What::Press { data, .. } => presses::pressed(talk, data).await,
        What::Reaction { message, added } => desk::filing::reacted(talk, message, added).await,
        What::Hollow { why, command, .. } => {
            if *command || (talk.chat.direct && turns::waits(talk).await?) {
                talk.refuse(match why {
                    Hollow::Edited => "bot-hollow-edited",
                    Hollow::Forwarded => "bot-hollow-forwarded",
                    Hollow::ViaBot => "bot-hollow-via-bot",
                });
            }
            Ok(())
        }
        What::Welcome | What::Farewell | What::Moved { .. } | What::Other(_) => Ok(()),
    }
}

/// Words: a command, the answer to a question, or talk among people.
async fn hear(talk: &mut Talk<'_>, text: &str) -> Result<()> {
    match parse(text) {
        Parsed::Command { word, longer, to, rest } => {
            if let Some(to) = to
                && !talk.is_me(&to).await
            {
                return Ok(());
            }
            table::run(talk, &word, &longer, &rest).await
        }
        Parsed::Words => turns::words(talk, text).await,
    }
}
