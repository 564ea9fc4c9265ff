//! The file format: text → located YAML nodes → playbook or regime, every problem with its place.
//!
//! Problems are gathered, not thrown: one reading tells all that is wrong. Each kind of file names
//! the keys it knows in one table, so that an unknown key is never skipped in silence.

mod calendar;
mod fault;
mod fault_words;
pub(crate) mod fields;
mod groups;
mod meaning;
pub(crate) mod playbook;
mod problem;
mod regime;
pub(crate) mod steps;
mod yaml;

pub(crate) use fields::distance as slips;
pub use problem::Problem;
pub(crate) use yaml::Place;

use crate::calendar::Calendar;
use crate::definition::{Kind, Playbook};
use crate::regime::Regime;
use problem::Problems;

/// Between the documents of a pinned text.
const CUT: &str = "\n---\n";

/// Reads a playbook; the playbooks that it calls are those that ship with the program.
///
/// # Errors
/// All that is wrong with the text, in the order of its lines; at most
/// [`MAX_PROBLEMS`](crate::MAX_PROBLEMS).
pub fn parse(text: &str) -> Result<Playbook, Vec<Problem>> {
    parse_with(text, &crate::library::text_of)
}

/// Reads a playbook; `find` answers the text of a playbook that it calls by name.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(
    text: &str,
    find: &dyn Fn(&str) -> Option<String>,
) -> Result<Playbook, Vec<Problem>> {
    read(text, |node, problems| playbook::read(node, find, &[], problems))
}

/// The text of a playbook together with the texts of all it calls, so that a run keeps to them
/// whatever happens to the library. A playbook that calls none is its own pinned text.
///
/// # Errors
/// As [`parse`].
pub fn pin(text: &str, find: &dyn Fn(&str) -> Option<String>) -> Result<String, Vec<Problem>> {
    let playbook = parse_with(text, find)?;
    let mut pinned = text.to_owned();
    let mut names: Vec<String> = Vec::new();
    for step in playbook.all_steps() {
        if let Kind::Call { playbook: name, .. } = &step.kind
            && !names.contains(name)
            && let Some(text) = find(name)
        {
            names.push(name.clone());
            pinned.push_str(CUT);
            pinned.push_str(&text);
        }
    }
    Ok(pinned)
}

/// Reads a pinned text ([`pin`]).
///
/// # Errors
/// As [`parse`].
pub fn parse_pinned(text: &str) -> Result<Playbook, Vec<Problem>> {
    let mut parts = text.split(CUT);
    let main = parts.next().unwrap_or_default();
    let called: Vec<(String, &str)> = parts
        .filter_map(|part| {
            let name = part.lines().find_map(|line| line.strip_prefix("playbook:"))?;
            Some((name.trim().trim_matches(['"', '\'']).to_owned(), part))
        })
        .collect();
    parse_with(main, &|name| {
        let found = called.iter().find(|(known, _)| known == name)?;
        Some(found.1.to_owned())
    })
}

/// Reads a working calendar.
///
/// # Errors
/// As [`parse`].
pub fn parse_calendar(text: &str) -> Result<Calendar, Vec<Problem>> {
    read(text, calendar::read)
}

/// Reads a regime: the law's clocks in the same notation.
///
/// # Errors
/// As [`parse`].
pub fn parse_regime(text: &str) -> Result<Regime, Vec<Problem>> {
    read(text, regime::read)
}

fn read<T>(
    text: &str,
    what: impl FnOnce(&yaml::Node, &mut Problems) -> Option<T>,
) -> Result<T, Vec<Problem>> {
    let mut problems = Problems::default();
    let node = yaml::load(text).map_err(|problem| vec![*problem])?;
    match what(&node, &mut problems) {
        Some(found) if problems.is_empty() => Ok(found),
        _ => Err(problems.into_sorted(&node)),
    }
}
