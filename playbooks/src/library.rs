//! The playbooks that ship inside the program: one for each category, and `default` for the rest.

use crate::calendar::Calendar;
use crate::definition::Playbook;
use crate::notation::{parse, parse_calendar};
use std::sync::LazyLock;

/// The categories of incidents, by their API words.
pub const CATEGORIES: &[&str] = &[
    "denial_of_service",
    "phishing",
    "malware",
    "unauthorised_access",
    "defacement",
    "data_encryption",
    "sabotage",
    "data_theft",
    "combined_attack",
    "other_attack",
    "system_failure",
    "line_or_power",
    "operator_error",
    "natural_disaster",
    "risk",
    "other",
];

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../library/", $name, ".yaml"))),)+]
    };
}

static LIBRARY: &[(&str, &str)] = shipped![
    "denial_of_service",
    "phishing",
    "malware",
    "unauthorised_access",
    "defacement",
    "ransomware",
    "sabotage",
    "data_theft",
    "combined_attack",
    "other_attack",
    "system_failure",
    "line_or_power",
    "operator_error",
    "natural_disaster",
    "risk",
    "default",
];

// A file that ships with the program and does not parse fails the tests of this crate.
static PARSED: LazyLock<Vec<Playbook>> =
    LazyLock::new(|| LIBRARY.iter().filter_map(|(_, text)| parse(text).ok()).collect());

/// Name and text of every shipped playbook.
pub fn library() -> &'static [(&'static str, &'static str)] {
    LIBRARY
}

/// Every shipped playbook, read once.
pub fn library_read() -> &'static [Playbook] {
    &PARSED
}

/// The name of the shipped playbook for a category's word; `default` for `other` and for any word
/// that has none.
pub fn for_category(word: &str) -> &'static str {
    let name = if word == "data_encryption" { "ransomware" } else { word };
    LIBRARY.iter().map(|(known, _)| *known).find(|known| *known == name).unwrap_or("default")
}

/// The text of a shipped playbook.
pub(crate) fn text_of(name: &str) -> Option<String> {
    LIBRARY.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
}

static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
    parse_calendar(include_str!("../library/calendar-vn.yaml")).unwrap_or_default()
});

/// The working calendar that ships with the program: Viet Nam, 2026 and 2027.
pub fn shipped_calendar() -> &'static Calendar {
    &CALENDAR
}

/// A shipped playbook by its name, read once.
pub fn shipped(name: &str) -> Option<&'static Playbook> {
    PARSED.iter().find(|playbook| playbook.name == name)
}
