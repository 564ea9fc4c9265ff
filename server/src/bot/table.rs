//! Everything that a room understands: commands, buttons, and steps of questions, in tables. A new
//! verb is a row in a table of its own folder, named here once.

use std::future::Future;
use std::pin::Pin;

use super::talk::Talk;
use super::turns::Turned;
use super::{desk, flows, help, room, start, words};
use crate::actions::chat::presses::Pressed;
use crate::domain::sight::Verb;
use crate::error::Result;

/// A verb under way.
pub type Doing<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;
/// Does what a command says.
pub type Act = for<'a, 'h> fn(&'a mut Talk<'h>, Asked) -> Doing<'a>;
/// Does what a button says.
pub type OnPress = for<'a, 'h> fn(&'a mut Talk<'h>, Pressed) -> Doing<'a>;
/// Goes on with what somebody answered.
pub type OnAnswer = for<'a, 'h> fn(&'a mut Talk<'h>, Turned) -> Doing<'a>;

/// A command's words after it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The incident that was named first, in its usual writing.
    pub code: Option<String>,
    /// The rest, as it was typed.
    pub rest: String,
}

/// Where a command may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Everywhere, also in a group that is not the team's.
    Anywhere,
    /// Alone with us, and in the team's groups.
    Team,
    /// Alone with us.
    Direct,
}

/// One command.
#[derive(Clone, Copy)]
pub struct Command {
    /// As Vietnamese readers are offered it: no accents, at most 32 letters.
    pub name: &'static str,
    /// As English readers are offered it.
    pub english: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// Key of the catalogs: what it does, and what follows it.
    pub help: &'static str,
    /// Where.
    pub place: Place,
    /// Whom it is offered to: who may do one of these; empty: everybody.
    pub verbs: &'static [Verb],
    /// What it does.
    pub act: Act,
}

impl Command {
    fn is(&self, word: &str) -> bool {
        self.name == word || self.english == word || self.aliases.contains(&word)
    }
}

/// What a button does.
#[derive(Clone, Copy)]
pub struct Button {
    /// The word of its row.
    pub verb: &'static str,
    /// It does its work once; who comes second is told who was first.
    pub once: bool,
    /// Its work.
    pub act: OnPress,
}

/// What an answered question goes on with.
#[derive(Clone, Copy)]
pub struct Step {
    /// The question's word ([`crate::records::ChatTurn::what`]).
    pub what: &'static str,
    /// A file is an answer too.
    pub files: bool,
    /// Its work.
    pub act: OnAnswer,
}

const COMMANDS: [&[Command]; 5] =
    [&desk::COMMANDS, &flows::COMMANDS, &room::COMMANDS, &help::COMMANDS, &start::COMMANDS];
const BUTTONS: [&[Button]; 2] = [&desk::BUTTONS, &flows::BUTTONS];
const STEPS: [&[Step]; 2] = [&desk::STEPS, &flows::STEPS];

/// Every command, in the order in which help lists them.
pub fn commands() -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().flat_map(|part| part.iter())
}

/// The button of this word.
pub fn button(verb: &str) -> Option<&'static Button> {
    BUTTONS.iter().flat_map(|part| part.iter()).find(|one| one.verb == verb)
}

/// The step of this word.
pub fn step(what: &str) -> Option<&'static Step> {
    STEPS.iter().flat_map(|part| part.iter()).find(|one| one.what == what)
}

/// Whether this is a command of ours.
pub fn knows(word: &str) -> bool {
    commands().any(|command| command.is(word))
}

/// Runs the command of this word; `second` is the word with the next one, for commands in two.
///
/// # Errors
/// The command's own.
pub async fn run(talk: &mut Talk<'_>, word: &str, longer: &[String], mut rest: &str) -> Result<()> {
    let known = |name: &str| commands().find(|command| command.is(name));
    // The longest that is a command.
    let long = longer.iter().enumerate().rev().find_map(|(n, name)| Some((n + 1, known(name)?)));
    let Some((taken, command)) = long.or_else(|| Some((0, known(word)?))) else {
        // In a group it may be another program's.
        if talk.chat.direct || talk.addressed {
            talk.refuse("bot-unknown");
        }
        return Ok(());
    };
    for _ in 0..taken {
        rest = words::cut(rest).1;
    }
    match command.place {
        Place::Direct if !talk.chat.direct => {
            talk.refuse("bot-direct-only");
            return Ok(());
        }
        Place::Team if !talk.is_team().await? => {
            talk.refuse("bot-not-team");
            return Ok(());
        }
        Place::Anywhere | Place::Team | Place::Direct => {}
    }
    // Whoever gives a command has left the question before it.
    talk.leave_turn();
    let (code, rest) = words::coded(rest);
    let asked = Asked { code, rest: rest.to_owned() };
    (command.act)(talk, asked).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_names_one_thing_and_fits_the_room() {
        let mut seen = BTreeSet::new();
        for command in commands() {
            let mut own = BTreeSet::from([command.name, command.english]);
            own.extend(command.aliases);
            for word in own {
                assert!(seen.insert(word), "{word} twice");
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                assert!(!word.is_empty() && word.len() <= 32 && word.chars().all(plain), "{word}");
            }
        }
        let mut verbs = BTreeSet::new();
        assert!(BUTTONS.iter().flat_map(|part| part.iter()).all(|one| verbs.insert(one.verb)));
        let mut steps = BTreeSet::new();
        assert!(STEPS.iter().flat_map(|part| part.iter()).all(|one| steps.insert(one.what)));
    }
}
