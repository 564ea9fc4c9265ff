//! The file format: text → located YAML nodes → playbook or regime, every problem with its place.
//!
//! Problems are gathered, not thrown: one reading tells all that is wrong. Each kind of file names
//! the keys it knows in one table, so that an unknown key is never skipped in silence.

mod fault;
mod fields;
mod playbook;
mod problem;
mod regime;
mod yaml;

pub use problem::Problem;

use crate::definition::Playbook;
use crate::regime::Regime;
use problem::Problems;

/// Reads a playbook.
///
/// # Errors
/// All that is wrong with the text, in the order of its lines; at most
/// [`MAX_PROBLEMS`](crate::MAX_PROBLEMS).
pub fn parse(text: &str) -> Result<Playbook, Vec<Problem>> {
    read(text, playbook::read)
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
    what: fn(&yaml::Node, &mut Problems) -> Option<T>,
) -> Result<T, Vec<Problem>> {
    let mut problems = Problems::default();
    let node = yaml::load(text).map_err(|problem| vec![*problem])?;
    match what(&node, &mut problems) {
        Some(found) if problems.is_empty() => Ok(found),
        _ => Err(problems.into_sorted(&node)),
    }
}
