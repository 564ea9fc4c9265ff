//! A test double for stories: a channel whose outcomes are written beforehand and that remembers
//! every envelope it was handed. Not for production; it reaches nobody.

use std::collections::VecDeque;
use std::future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Channel, ChannelKind, Checking, Envelope, Outcome, Sending};

/// What the channel does with the next envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Takes it and answers so.
    Answer(Outcome),
    /// Takes it and never answers: what a crash or a dead connection in the middle of a send
    /// looks like. Only dropping the future ends it.
    Hang,
}

/// A channel that plays a script. Without one, or after its end, everything is `Sent`.
pub struct Scripted {
    kind: ChannelKind,
    play: Mutex<Play>,
}

#[derive(Default)]
struct Play {
    next: VecDeque<Turn>,
    by_address: Vec<(String, Turn)>,
    heard: Vec<Envelope>,
    trouble: Option<String>,
}

impl Scripted {
    /// A channel that sends everything.
    #[must_use]
    pub fn new(kind: ChannelKind) -> Self {
        Self { kind, play: Mutex::new(Play::default()) }
    }

    /// Adds the next outcome to the script.
    pub fn then(&self, outcome: Outcome) -> &Self {
        self.then_turn(Turn::Answer(outcome))
    }

    /// Adds the next turn to the script.
    pub fn then_turn(&self, turn: Turn) -> &Self {
        self.play().next.push_back(turn);
        self
    }

    /// From now on always so for this address, before the script is asked; the last word counts.
    pub fn always(&self, address: &str, turn: Turn) -> &Self {
        let mut play = self.play();
        play.by_address.retain(|(known, _)| known != address);
        play.by_address.push((address.to_owned(), turn));
        self
    }

    /// Makes `check` fail with these words, or succeed again.
    pub fn in_trouble(&self, words: Option<&str>) -> &Self {
        self.play().trouble = words.map(str::to_owned);
        self
    }

    /// Every envelope that was handed in, in order, whatever became of it.
    #[must_use]
    pub fn heard(&self) -> Vec<Envelope> {
        self.play().heard.clone()
    }

    /// The subjects of what was handed in for this address.
    #[must_use]
    pub fn heard_by(&self, address: &str) -> Vec<String> {
        let heard = self.heard().into_iter().filter(|e| e.to_address == address);
        heard.map(|e| e.letter.subject).collect()
    }

    fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, envelope: &Envelope) -> Turn {
        let mut play = self.play();
        play.heard.push(envelope.clone());
        let address = &envelope.to_address;
        if let Some((_, turn)) = play.by_address.iter().find(|(known, _)| known == address) {
            return turn.clone();
        }
        let number = play.heard.len();
        play.next.pop_front().unwrap_or_else(|| {
            Turn::Answer(Outcome::Sent { reference: Some(format!("scripted {number}")) })
        })
    }
}

impl Channel for Scripted {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(async {
            match self.take(envelope) {
                Turn::Answer(outcome) => outcome,
                Turn::Hang => future::pending().await,
            }
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        let trouble = self.play().trouble.clone();
        Box::pin(async move { trouble.map_or_else(|| Ok("scripted channel".to_owned()), Err) })
    }
}
