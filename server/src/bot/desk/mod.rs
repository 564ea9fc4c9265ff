//! The desk's plain verbs, as commands, buttons and answers. Each calls the very action that the
//! page calls.

mod case;
pub(super) mod filing;
mod handover;
mod lists;
mod people;
mod tasks;

use super::table::{Button, Command, Place, Step};
use crate::domain::sight::Verb;

/// One row: names, help, whom it is offered to, what it does.
macro_rules! command {
    ($name:literal, $english:literal, $aliases:expr, $help:literal, $verbs:expr, $act:path) => {
        Command {
            name: $name,
            english: $english,
            aliases: &$aliases,
            help: $help,
            place: Place::Team,
            verbs: &$verbs,
            act: |talk, asked| Box::pin($act(talk, asked)),
        }
    };
}

/// The commands of this part.
pub(super) const COMMANDS: [Command; 19] = [
    command!(
        "nhan",
        "ack",
        ["tiepnhan", "acknowledge"],
        "bot-cmd-nhan",
        [Verb::Acknowledge],
        case::acknowledge
    ),
    command!("xem", "show", ["vu", "case", "suco"], "bot-cmd-xem", [], case::show),
    command!(
        "chutri",
        "take",
        ["lead", "nhanviec"],
        "bot-cmd-chutri",
        [Verb::ChangeState],
        people::lead
    ),
    command!(
        "them",
        "add",
        ["themnguoi", "member"],
        "bot-cmd-them",
        [Verb::AddMember],
        people::add
    ),
    command!(
        "giao",
        "assign",
        ["giaoviec", "task"],
        "bot-cmd-giao",
        [Verb::AddTask],
        people::assign
    ),
    command!("uutien", "priority", ["mucuutien"], "bot-cmd-uutien", [Verb::Triage], case::priority),
    command!(
        "trangthai",
        "state",
        ["chuyen"],
        "bot-cmd-trangthai",
        [Verb::ChangeState],
        case::state
    ),
    command!("ghichu", "note", ["gc"], "bot-cmd-ghichu", [Verb::Note], filing::note),
    command!("luu", "file", ["luuhoso"], "bot-cmd-luu", [Verb::Note], filing::file),
    command!("viec", "tasks", ["nhiemvu", "dsviec"], "bot-cmd-viec", [], tasks::list),
    command!("xong", "done", ["hoanthanh"], "bot-cmd-xong", [Verb::DoTask], tasks::done),
    command!("boqua", "skip", [], "bot-cmd-boqua", [Verb::DoTask], tasks::skip),
    command!("cuatoi", "mine", ["vucuatoi", "mycases"], "bot-cmd-cuatoi", [], lists::mine),
    command!("vieccuatoi", "mytasks", ["viectoi"], "bot-cmd-vieccuatoi", [], lists::my_tasks),
    command!(
        "cho",
        "waiting",
        ["hangdoi", "queue"],
        "bot-cmd-cho",
        [Verb::Acknowledge],
        lists::waiting
    ),
    command!("tim", "search", ["timkiem", "find"], "bot-cmd-tim", [], lists::search),
    command!("truc", "duty", ["aitruc", "oncall"], "bot-cmd-truc", [Verb::ReadRota], lists::duty),
    command!(
        "bangiao",
        "handover",
        ["bangiaoca"],
        "bot-cmd-bangiao",
        [Verb::ServeDuty],
        handover::hand_over
    ),
    command!(
        "nhanca",
        "takeover",
        ["nhanbangiao"],
        "bot-cmd-nhanca",
        [Verb::ServeDuty],
        handover::take_over
    ),
];

macro_rules! button {
    ($verb:literal, $once:literal, $act:path) => {
        Button { verb: $verb, once: $once, act: |talk, pressed| Box::pin($act(talk, pressed)) }
    };
}

/// The buttons of this part. Alarms and cards use the first ones with an incident and no data:
/// `acknowledge`, `lead`, `show`, `tasks`, `note`, `priority`, `state`.
pub(super) const BUTTONS: [Button; 13] = [
    button!("acknowledge", true, case::press_acknowledge),
    button!("lead", true, people::press_lead),
    button!("show", false, case::press_show),
    button!("tasks", false, tasks::press_list),
    button!("note", false, filing::press_note),
    button!("priority", false, case::press_priority),
    button!("state", false, case::press_state),
    button!("set_priority", true, case::press_set_priority),
    button!("set_state", true, case::press_set_state),
    button!("task_done", false, tasks::press_done),
    button!("assign_to", false, people::press_assign),
    button!("add_member", true, people::press_add),
    button!("take_over", true, handover::press_take),
];

macro_rules! step {
    ($what:literal, $act:path) => {
        Step { what: $what, files: false, act: |talk, turned| Box::pin($act(talk, turned)) }
    };
}

/// The questions of this part.
pub(super) const STEPS: [Step; 6] = [
    step!("note", filing::answer_note),
    step!("state_reason", case::answer_state),
    step!("task_done", tasks::answer_done),
    step!("assign_text", people::answer_assign),
    step!("search", lists::answer_search),
    step!("handover", handover::answer_note),
];
