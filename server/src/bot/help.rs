//! `/giup`, `/thoi`, and the list of commands that a room offers.

use notify::room::Scope;

use super::say::{About, Words};
use super::table::{Asked, Command, Place, commands};
use super::talk::Talk;
use super::turns;
use crate::domain::words::Language;
use crate::error::Result;
use crate::texts::Texts;

/// The commands of this part.
pub(super) const COMMANDS: [Command; 2] = [
    Command {
        name: "thoi",
        english: "cancel",
        aliases: &["huy", "stop"],
        help: "bot-cmd-thoi",
        place: Place::Anywhere,
        verbs: &[],
        act: |talk, asked| Box::pin(turns::cancel(talk, asked)),
    },
    Command {
        name: "giup",
        english: "help",
        aliases: &["trogiup", "lenh", "commands"],
        help: "bot-cmd-giup",
        place: Place::Anywhere,
        verbs: &[],
        act: |talk, asked| Box::pin(help(talk, asked)),
    },
];

/// The commands to offer in a room, name and what each does, in this language.
pub fn offered(language: Language, scope: Scope) -> Vec<(String, String)> {
    let t = Texts(language);
    commands()
        .filter(|command| scope == Scope::Direct || command.place != Place::Direct)
        .map(|command| (name(command, language).to_owned(), t.t(command.help)))
        .collect()
}

const fn name(command: &Command, language: Language) -> &'static str {
    match language {
        Language::Vi => command.name,
        Language::En => command.english,
    }
}

async fn help(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let (t, actor) = (talk.t, talk.ctx.actor.clone());
    let fits = |command: &&Command| {
        let may = command.verbs.is_empty() || command.verbs.iter().any(|v| v.by(&actor).is_ok());
        may && (talk.chat.direct || command.place != Place::Direct)
    };
    let lines: Vec<String> = commands()
        .filter(fits)
        .map(|command| format!("/{} — {}", name(command, t.0), t.t(command.help)))
        .collect();
    let words = Words::new(t.t("bot-help"))
        .text(lines.join("\n"))
        .text(t.t("bot-help-which"))
        .text(t.t("bot-help-file"));
    talk.say(About::Nothing, words).await
}
