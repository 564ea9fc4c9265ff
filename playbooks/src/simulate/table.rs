//! A simulation as a table for the terminal.

use super::words::{Language, after, what, whom, why};
use super::{Row, Scenario};
use crate::calendar::Calendar;
use serde::Serialize;
use std::fmt::Write as _;

/// The rows as aligned text: when, clock, whom, what, why, and the playbook's own words.
pub fn table(rows: &[Row], scenario: &Scenario<'_>, language: Language) -> String {
    let heads = match language {
        Language::Vi => ["Sau", "Lúc", "Ai", "Việc gì", "Bước", "Vì sao"],
        Language::En => ["After", "At", "Who", "What", "Step", "Why"],
    };
    let mut lines: Vec<[String; 6]> = vec![heads.map(str::to_owned)];
    for row in rows {
        lines.push([
            after(row),
            scenario.calendar.local(row.at),
            whom(row, language),
            words(row, language),
            row.step.clone(),
            why(row, language),
        ]);
    }
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (cell, width) in line.iter().zip(widths) {
            let pad = width.saturating_sub(cell.chars().count());
            // Writing to a string cannot fail.
            let _written = write!(row, "{cell}{}  ", " ".repeat(pad));
        }
        row.push_str(&line[5]);
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// A row in words, for a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// How long after the start: `+1h30m`.
    pub after: String,
    /// When, in the province's time.
    pub at: String,
    /// Who is told, or does it.
    pub who: String,
    /// What happens.
    pub what: String,
    /// The playbook's own words, whole; empty when it has none.
    pub text: String,
    /// Id of the step.
    pub step: String,
    /// Why, where something else led to it.
    pub why: String,
}

/// The rows in words.
pub fn lines(rows: &[Row], calendar: &Calendar, language: Language) -> Vec<Line> {
    let line = |row: &Row| Line {
        after: after(row),
        at: calendar.local(row.at),
        who: whom(row, language),
        what: what(row, language),
        text: row.text.clone().unwrap_or_default(),
        step: row.step.clone(),
        why: why(row, language),
    };
    rows.iter().map(line).collect()
}

/// What happens, with the first words of the playbook's own text.
pub(super) fn words(row: &Row, language: Language) -> String {
    let what = what(row, language);
    match &row.text {
        None => what,
        Some(text) => {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let short: String = text.chars().take(48).collect();
            let more = if text.chars().count() > 48 { "…" } else { "" };
            format!("{what}: {short}{more}")
        }
    }
}
