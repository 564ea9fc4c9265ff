//! What a condition may ask about: one table of names and types, from which the checker, the
//! evaluation and the manual take their words.

use crate::library::CATEGORIES;
use serde::{Deserialize, Serialize};

/// What is known of an incident at one moment. Whoever calls the engine fills it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// `incident.…`
    pub incident: IncidentFacts,
    /// `system.…`
    pub system: SystemFacts,
}

/// The incident's own words, as the API spells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentFacts {
    /// Category.
    pub category: String,
    /// Priority.
    pub priority: String,
    /// State.
    pub state: String,
    /// Legal class.
    pub legal_class: String,
    /// What of the services is hit.
    pub services: String,
    /// Who feels it.
    pub people: String,
    /// Signs of a crime.
    pub signs_of_crime: bool,
    /// Beyond the unit's own capacity.
    pub beyond_capacity: bool,
    /// Personal data concerned.
    pub personal_data: bool,
    /// An exercise.
    pub drill: bool,
    /// Indicators by kind.
    pub indicators: IndicatorFacts,
}

/// The indicators recorded so far; each list is cut at [`MAX_FACT_ITEMS`](crate::MAX_FACT_ITEMS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorFacts {
    /// IP addresses.
    pub ip: Vec<String>,
    /// Domain names.
    pub domain: Vec<String>,
    /// Addresses of pages.
    pub url: Vec<String>,
    /// Hashes of files.
    pub hash: Vec<String>,
    /// Mail addresses.
    pub email: Vec<String>,
    /// CVE numbers.
    pub cve: Vec<String>,
}

/// The system concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemFacts {
    /// Its security level 1–5 (NĐ 85/2016); 0 when unknown.
    pub level: i64,
}

/// The type of a value in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Number,
    /// Text; with the closed list of its words where it has one.
    Text(Option<&'static [&'static str]>),
    TextList,
    /// Of a macro's inner bookkeeping: fits everything.
    Any,
}

/// Every name that a condition may use without brackets, besides `vars`, `answers` and `steps`.
pub(crate) const NAMES: &[(&str, Type)] = &[
    ("incident.category", Type::Text(Some(CATEGORIES))),
    ("incident.priority", Type::Text(Some(&["low", "medium", "high", "urgent"]))),
    (
        "incident.state",
        Type::Text(Some(&[
            "received",
            "verifying",
            "containing",
            "eradicating",
            "recovering",
            "reviewing",
            "closed",
            "rejected",
            "merged",
        ])),
    ),
    (
        "incident.legal_class",
        Type::Text(Some(&["unclassified", "ordinary", "serious_proposed", "serious"])),
    ),
    ("incident.services", Type::Text(Some(&["none", "degraded", "stopped"]))),
    ("incident.people", Type::Text(Some(&["one", "group", "unit", "public"]))),
    ("incident.signs_of_crime", Type::Bool),
    ("incident.beyond_capacity", Type::Bool),
    ("incident.personal_data", Type::Bool),
    ("incident.drill", Type::Bool),
    ("incident.indicators.ip", Type::TextList),
    ("incident.indicators.domain", Type::TextList),
    ("incident.indicators.url", Type::TextList),
    ("incident.indicators.hash", Type::TextList),
    ("incident.indicators.email", Type::TextList),
    ("incident.indicators.cve", Type::TextList),
    ("system.level", Type::Number),
];

/// What `answers.STEP` may be.
pub(crate) const ANSWERS: &[&str] = &["none", "yes", "no"];
/// What `steps.STEP` may be.
pub(crate) const STEP_WORDS: &[&str] =
    &["not_started", "open", "done", "skipped", "cancelled", "refused", "failed"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_exactly_what_the_facts_have() {
        fn leaves(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
            match value {
                serde_json::Value::Object(fields) => {
                    for (name, value) in fields {
                        let path =
                            if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                        leaves(value, &path, found);
                    }
                }
                _ => found.push(path.to_owned()),
            }
        }
        let mut found = Vec::new();
        leaves(&serde_json::to_value(Facts::default()).expect("writes"), "", &mut found);
        let mut named: Vec<String> = NAMES.iter().map(|(name, _)| (*name).to_owned()).collect();
        found.sort();
        named.sort();
        assert_eq!(found, named);
    }
}
