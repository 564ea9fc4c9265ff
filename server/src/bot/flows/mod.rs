//! Guided verbs: what needs more than one answer is asked step by step, shown whole, and done by one
//! press; and the verbs of one answer beside the desk's. Each calls the very action that the page
//! calls. What was typed so far travels in the question and in its buttons, so that a restart loses
//! nothing; `/thoi` forgets it.

mod case;
mod dispatches;
mod evidence;
mod form;
mod guided;
mod moment;
mod opening;
#[cfg(test)]
mod tests;

use super::table::{Button, Command, Place, Step};
use crate::domain::sight::Verb;

/// One row: names, help, where, whom it is offered to, what it does.
macro_rules! command {
    ($name:literal, $english:literal, $aliases:expr, $help:literal, $place:ident, $verbs:expr, $act:path) => {
        Command {
            name: $name,
            english: $english,
            aliases: &$aliases,
            help: $help,
            place: Place::$place,
            verbs: &$verbs,
            act: |talk, asked| Box::pin($act(talk, asked)),
        }
    };
}

/// The commands of this part.
pub(super) const COMMANDS: [Command; 12] = [
    command!(
        "baosuco",
        "report",
        ["baocao", "suco_moi"],
        "bot-cmd-baosuco",
        Direct,
        [],
        opening::report
    ),
    command!(
        "tinhhinh",
        "sitrep",
        ["situation"],
        "bot-cmd-tinhhinh",
        Team,
        [Verb::ReportSituation],
        guided::situation
    ),
    command!(
        "chungcu",
        "evidence",
        ["bangchung"],
        "bot-cmd-chungcu",
        Team,
        [Verb::AddEvidence],
        evidence::evidence
    ),
    command!(
        "hoinguoibao",
        "askreporter",
        ["hoi", "ask"],
        "bot-cmd-hoinguoibao",
        Team,
        [Verb::AskReporter],
        case::ask_reporter
    ),
    command!(
        "baocaptren",
        "escalate",
        ["captren", "leothang"],
        "bot-cmd-baocaptren",
        Team,
        [Verb::Escalate],
        case::escalate_it
    ),
    command!("hoan", "snooze", ["tamhoan"], "bot-cmd-hoan", Team, [Verb::Snooze], case::snooze_it),
    command!(
        "duyet",
        "approve",
        ["dongy", "yes"],
        "bot-cmd-duyet",
        Team,
        [Verb::Decide],
        case::approve
    ),
    command!(
        "khongduyet",
        "refuse",
        ["khongdongy", "no"],
        "bot-cmd-khongduyet",
        Team,
        [Verb::Decide],
        case::refuse
    ),
    command!(
        "phieu",
        "dispatch",
        ["dieuphoi", "guiphieu"],
        "bot-cmd-phieu",
        Team,
        [Verb::Dispatch],
        guided::dispatch
    ),
    command!(
        "traloi",
        "answer",
        ["traloiphieu", "reply"],
        "bot-cmd-traloi",
        Direct,
        [Verb::AnswerDispatch],
        dispatches::answer
    ),
    command!("dong", "close", ["ketthuc"], "bot-cmd-dong", Team, [Verb::Close], guided::close),
    command!(
        "dientap",
        "drill",
        ["exercise"],
        "bot-cmd-dientap",
        Direct,
        [Verb::Drill],
        opening::drill
    ),
];

macro_rules! button {
    ($verb:literal, $once:literal, $act:path) => {
        Button { verb: $verb, once: $once, act: |talk, pressed| Box::pin($act(talk, pressed)) }
    };
}

/// The buttons of this part. Alarms, cards and letters use, with an incident: `situation`,
/// `escalate`, `snooze` (`{"minutes": 15}`, or without for a choice), `dispatch`, `questions`,
/// `evidence`, `ask_reporter`, `close`, `decide` (`{"task": ID, "answer": "yes"}`); without one:
/// `dispatch_say` (`{"dispatch": CODE, "answer": WORD, "kind": WORD}`), `dispatch_show`
/// (`{"dispatch": CODE}`).
pub(super) const BUTTONS: [Button; 14] = [
    button!("flow_pick", false, form::picked),
    button!("flow_do", true, form::done),
    button!("flow_stop", false, form::stopped),
    button!("situation", false, guided::press_situation),
    button!("dispatch", false, guided::press_dispatch),
    button!("close", false, guided::press_close),
    button!("escalate", false, case::press_escalate),
    button!("snooze", false, case::press_snooze),
    button!("questions", false, case::press_questions),
    button!("decide", false, case::press_decide),
    button!("ask_reporter", false, case::press_ask_reporter),
    button!("evidence", false, evidence::press_evidence),
    button!("dispatch_show", false, dispatches::press_show),
    button!("dispatch_say", false, dispatches::press_say),
];

macro_rules! step {
    ($what:literal, $files:literal, $act:path) => {
        Step { what: $what, files: $files, act: |talk, turned| Box::pin($act(talk, turned)) }
    };
}

/// The questions of this part.
pub(super) const STEPS: [Step; 6] = [
    step!("flow", false, form::answered),
    step!("ask_reporter", false, case::answer_reporter),
    step!("escalate", false, case::answer_escalate),
    step!("decide", false, case::answer_decide),
    step!("dispatch_say", false, dispatches::answer_say),
    step!("evidence", true, evidence::answer_evidence),
];
