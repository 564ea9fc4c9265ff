//! The playbooks that ship inside the program: one for each category, `default` for the rest, and
//! those that these call: gravity, police, personal data.

use crate::calendar::Calendar;
use crate::definition::Playbook;
use crate::notation::{parse, parse_calendar, pin};
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
    "serious",
    "police_referral",
    "personal_data",
];

// A file that ships with the program and does not parse fails the tests of this crate.
static PARSED: LazyLock<Vec<Playbook>> =
    LazyLock::new(|| LIBRARY.iter().filter_map(|(_, text)| parse(text).ok()).collect());

/// Name and text of every shipped playbook.
pub fn library() -> &'static [(&'static str, &'static str)] {
    LIBRARY
}

/// The name of the shipped playbook for a category's word; `default` for `other` and for any word
/// that has none.
pub fn for_category(word: &str) -> &'static str {
    let name = if word == "data_encryption" { "ransomware" } else { word };
    LIBRARY.iter().map(|(known, _)| *known).find(|known| *known == name).unwrap_or("default")
}

static PINNED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let whole = |(_, text): &(&str, &str)| pin(text, &text_of).unwrap_or_default();
    LIBRARY.iter().map(whole).collect()
});

/// The text of a shipped playbook together with those that it calls, as a run keeps it; put
/// together once, since reading costs more than the rest of a report.
pub fn shipped_pinned(name: &str) -> Option<&'static str> {
    let at = LIBRARY.iter().position(|(known, _)| *known == name)?;
    PINNED.get(at).map(String::as_str)
}

/// The shipped playbook whose text this is, alone or with what it calls; read once.
pub fn shipped_as(text: &str) -> Option<&'static Playbook> {
    let alone = LIBRARY.iter().position(|(_, known)| *known == text);
    let at = alone.or_else(|| PINNED.iter().position(|known| known == text))?;
    LIBRARY.get(at).and_then(|(name, _)| shipped(name))
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
