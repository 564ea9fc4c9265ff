//! From a CACAO file to a playbook of ours: checked by schema and meaning, turned into the notation,
//! and read by it as any other file.

use super::action::line;
use super::book::{Book, Kind};
use super::export::{Made, export};
use super::fault::Fault;
use super::flow::Flow;
use super::ids::{EXTENSION, slug};
use super::meaning::reached;
use super::places::Places;
use super::remark::Remark;
use super::{meaning, schema};
use crate::definition::Playbook;
use crate::limits::*;
use crate::notation::{Place, Problem, parse_with};
use crate::role::Role;
use crate::written;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How often the same steps are done again, if nobody says otherwise.
const ROUNDS: u32 = 5;

/// What whoever imports a file knows that the file does not.
pub struct Options<'o> {
    /// Which role an agent is, by the agent's identifier or name.
    pub roles: BTreeMap<String, Role>,
    /// The names of playbooks here, by the identifiers that the file calls them by.
    pub playbooks: BTreeMap<String, String>,
    /// Values of variables, by name (`__name__`).
    pub values: BTreeMap<String, String>,
    /// How many rounds a loop has at most.
    pub rounds: u32,
    /// The playbook's name here; without it, made from its title.
    pub name: Option<String>,
    /// Its version here.
    pub version: u32,
    /// Answers the text of a playbook that is called by name.
    pub find: &'o dyn Fn(&str) -> Option<String>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            roles: BTreeMap::new(),
            playbooks: BTreeMap::new(),
            values: BTreeMap::new(),
            rounds: ROUNDS,
            name: None,
            version: 1,
            find: &crate::library::text_of,
        }
    }
}

/// A file that became a playbook.
#[derive(Debug)]
pub struct Imported {
    /// The playbook as a file of ours.
    pub text: String,
    /// The same, read.
    pub playbook: Playbook,
    /// What was assumed, and what a person does now that a machine was meant to do.
    pub remarks: Vec<Problem>,
}

/// Reads a CACAO 2.0 playbook.
///
/// # Errors
/// All that is wrong with the file, in the order of its lines; at most
/// [`MAX_PROBLEMS`](crate::MAX_PROBLEMS). What does not fit the OASIS schema comes first, alone: what
/// such a file means cannot be told.
pub fn import(text: &str, options: &Options<'_>) -> Result<Imported, Vec<Problem>> {
    let start = Place { line: 1, column: 1 };
    if text.len() > MAX_CACAO_BYTES {
        return Err(vec![Fault::TooBig.at(start)]);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree: Value = serde_json::from_str(text).map_err(|error| {
        let at = Place { line: error.line().max(1), column: error.column().max(1) };
        vec![Fault::NotJson(error.to_string()).at(at)]
    })?;
    let places = Places::of(text);
    if !places.twice.is_empty() {
        let twice = places.twice.iter().take(MAX_PROBLEMS);
        return Err(twice.map(|(at, key)| Fault::KeyTwice(key.clone()).at(*at)).collect());
    }
    let wrong = schema::problems(&tree, &places);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let book = Book::of(&tree, EXTENSION);
    let mut wrong = meaning::problems(&book, &places);
    for party in options.roles.keys() {
        let named =
            |(id, found): (&String, &super::book::Party)| *id == *party || found.name == *party;
        let owner = book.steps.values().any(|step| step.owner.as_ref() == Some(party));
        if !owner && !book.agents.iter().chain(&book.targets).any(named) {
            wrong.push(Fault::UnknownParty(party.clone()).at(start));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut remarks = Vec::new();
    if book.signed {
        remarks.push(Remark::NotVerified.at(places.at("/signatures")));
    }
    if let Some(ours) = book.ours.as_ref().and_then(|ours| ours.get("notation")) {
        if let Some(playbook) = unchanged(&tree, ours, options) {
            let text = written::yaml(&written::notation(&playbook));
            return Ok(Imported { text, playbook, remarks });
        }
        remarks.push(Remark::ChangedElsewhere.at(places.at("/playbook_extensions")));
    }
    read(&book, &places, options, remarks)
}

/// The playbook that was exported here, if nobody has changed what was made of it.
fn unchanged(tree: &Value, ours: &Value, options: &Options<'_>) -> Option<Playbook> {
    let playbook = parse_with(&written::yaml(ours), options.find).ok()?;
    let text = |key: &str| tree.get(key).and_then(Value::as_str).map(str::to_owned);
    let made = Made { at: text("created")?, modified: text("modified")?, by: text("created_by") };
    let again = export(&playbook, &made);
    const SAID: &[&str] = &[
        "id",
        "name",
        "description",
        "workflow",
        "workflow_start",
        "workflow_exception",
        "agent_definitions",
        "target_definitions",
        "playbook_variables",
    ];
    let same = SAID.iter().all(|key| tree.get(*key) == again.get(*key));
    let renamed = options.name.as_ref().is_some_and(|name| *name != playbook.name);
    (same && !renamed && options.roles.is_empty()).then_some(playbook)
}

fn read(
    book: &Book,
    places: &Places,
    options: &Options<'_>,
    remarks: Vec<Problem>,
) -> Result<Imported, Vec<Problem>> {
    let mut flow = Flow::new(book, places, options, remarks);
    let (steps, failed) = flow.whole();
    let (seen, mut remarks, wrong) = flow.done();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let lost = reached(book, &book.start);
    let also = book.exception.as_deref().map(|id| reached(book, id)).unwrap_or_default();
    for step in book.steps.values() {
        let there = lost.contains(step.id.as_str()) || also.contains(step.id.as_str());
        if !there && !matches!(step.kind, Kind::End) && !seen.contains(&step.id) {
            let step_name = step.title().to_owned();
            remarks.push(Remark::NeverReached { step: step_name }.at(places.at(&step.pointer())));
        }
    }
    let mut head = head(book, options, places, &mut remarks);
    head.insert("steps".to_owned(), Value::Array(steps));
    if !failed.is_empty() {
        head.insert("failed".to_owned(), Value::Array(failed));
    }
    let text = written::yaml(&Value::Object(head));
    let playbook = parse_with(&text, options.find).map_err(|problems| {
        // A problem of the text that was made from the file has no place in the file.
        let first = problems.iter().take(3).map(ToString::to_string).collect::<Vec<_>>();
        let too_many = problems.iter().any(|problem| problem.code == "too_many_steps");
        let fault = if too_many { Fault::TooManySteps } else { Fault::NotOurs(first.join("; ")) };
        vec![fault.at(places.at("/workflow"))]
    })?;
    remarks.sort_by_key(|remark| (remark.line, remark.column));
    remarks.dedup();
    Ok(Imported { text, playbook, remarks })
}

/// The head: what our extension says of it, or what can be said for any playbook.
fn head(
    book: &Book,
    options: &Options<'_>,
    places: &Places,
    remarks: &mut Vec<Problem>,
) -> Map<String, Value> {
    let ours = book.ours.as_ref().and_then(|ours| ours.get("notation"));
    let mut head = Map::new();
    let name = options.name.clone().unwrap_or_else(|| {
        let known = ours.and_then(|ours| ours.get("playbook")).and_then(Value::as_str);
        known.map_or_else(|| slug(&book.name), str::to_owned)
    });
    let name = if name.is_empty() { "cacao".to_owned() } else { name };
    head.insert("playbook".to_owned(), json!(name));
    head.insert("version".to_owned(), json!(options.version));
    let title = match line(&book.name, MAX_TITLE) {
        title if title.is_empty() => name,
        title => title,
    };
    head.insert("title".to_owned(), json!(title));
    for key in ["version", "title_en", "when", "first_aid", "first_aid_en"] {
        if let Some(value) = ours.and_then(|ours| ours.get(key)) {
            head.insert(key.to_owned(), value.clone());
        }
    }
    if !head.contains_key("first_aid") {
        remarks.push(Remark::FirstAidAssumed.at(places.at("")));
        let lines = [
            "Ghi lại hiện tượng và thời điểm; chụp màn hình nếu được.".to_owned(),
            "Không tắt máy, không xóa tệp, không tự xử lý khi chưa được hướng dẫn.".to_owned(),
            "Giữ điện thoại liên lạc; đơn vị điều phối sẽ gọi lại.".to_owned(),
        ];
        head.insert("first_aid".to_owned(), json!(written::numbered(&lines)));
    }
    head
}
