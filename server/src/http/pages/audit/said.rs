//! What an audit entry holds beside who and when, in words: a label and a value for each fact of its
//! detail. The record itself, as it is sealed, stands folded below; what has no words here (an older
//! program's) is shown as it was written, never left out.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::domain::words::Language;
use crate::records::AuditEntry;
use crate::texts::Texts;

/// Which catalog families say the words of a fact, the first that knows the word.
const FAMILIES: &[(&str, &[&str])] = &[
    ("answer", &["dispatch-answer-", "part-"]),
    ("audience", &["audience-"]),
    ("changed", &["audit-key-"]),
    ("channel", &["channel-"]),
    ("fields", &["desk-field-", "audit-key-"]),
    ("from", &["state-"]),
    ("function", &["function-"]),
    ("functions", &["function-"]),
    ("kind", &["kind-", "rota-kind-", "import-kind-"]),
    ("purpose", &["purpose-"]),
    ("relation", &["desk-relation-"]),
    ("role", &["role-"]),
    ("roles", &["role-"]),
    ("roles_before", &["role-"]),
    ("room", &["groups-room-"]),
    ("source", &["source-"]),
    ("to", &["state-"]),
    ("way", &["way-"]),
    ("why", &["group-lost-"]),
];

/// One fact: what it is, and its value in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub label: String,
    pub value: String,
}

/// What was done, in words; the action's own word where there are none (an older program's).
pub(super) fn did(t: Texts, entry: &AuditEntry) -> String {
    worded(t, &format!("audit-did-{}", entry.action.replace('.', "_")), &entry.action)
}

/// What kind of thing it was done to.
pub(super) fn thing(t: Texts, entry: &AuditEntry) -> String {
    worded(t, &format!("audit-thing-{}", entry.object_kind), &entry.object_kind)
}

/// The facts of the detail. Numbers of rows say nothing to a reader: they stay in the record.
pub(super) fn facts(t: Texts, entry: &AuditEntry) -> Vec<Fact> {
    let detail: Map<String, Value> = serde_json::from_str(&entry.detail).unwrap_or_default();
    let fact = |(key, value): (&String, &Value)| {
        let value = said(t, key, value)?;
        Some(Fact { label: worded(t, &format!("audit-key-{key}"), key), value })
    };
    detail.iter().filter_map(fact).collect()
}

fn said(t: Texts, key: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(yes) => t.t(if *yes { "part-yes" } else { "part-no" }),
        Value::Number(number) => number.to_string(),
        Value::String(word) => return word_of(t, key, word),
        Value::Array(all) => {
            all.iter().filter_map(|one| said(t, key, one)).collect::<Vec<_>>().join(", ")
        }
        Value::Object(step) => step
            .iter()
            .filter_map(|(what, value)| {
                let value = value.as_str()?;
                Some(format!("{}: {value}", worded(t, &format!("audit-key-{what}"), what)))
            })
            .collect::<Vec<_>>()
            .join(", "),
    };
    (!text.is_empty()).then_some(text)
}

fn word_of(t: Texts, key: &str, word: &str) -> Option<String> {
    if word.is_empty() || uuid::Uuid::parse_str(word).is_ok() {
        return None;
    }
    // Only whole instants: "2026" or a house number is not one.
    if word.len() >= 20
        && word.contains('T')
        && let Some(at) = Timestamp::parse(word)
    {
        return Some(at.local());
    }
    if matches!(key, "clock" | "duty") {
        return Some(title(t, word).unwrap_or_else(|| word.to_owned()));
    }
    if key == "tlp" {
        return Some(format!("TLP:{word}"));
    }
    let families = FAMILIES.iter().find(|(one, _)| *one == key).map_or(&[][..], |(_, all)| all);
    let mut keys = families.iter().map(|family| format!("{family}{word}"));
    let known = keys.find_map(|full| Some(t.t(&full)).filter(|text| *text != full));
    Some(known.unwrap_or_else(|| worded(t, &format!("audit-word-{word}"), word)))
}

/// What the regimes call a legal clock or a yearly duty: the newest that knows it.
fn title(t: Texts, kind: &str) -> Option<String> {
    playbooks::regimes().iter().rev().find_map(|regime| {
        let (vi, en) = match (regime.clock(kind), regime.date(kind)) {
            (Some(clock), _) => (&clock.title, &clock.title_en),
            (None, Some(date)) => (&date.title, &date.title_en),
            (None, None) => return None,
        };
        Some(if t.0 == Language::Vi { vi.clone() } else { en.clone() })
    })
}

fn worded(t: Texts, key: &str, otherwise: &str) -> String {
    let words = t.t(key);
    if words == key { otherwise.to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;

    fn entry(action: &str, detail: &Value) -> AuditEntry {
        AuditEntry {
            id: Id::new(Timestamp::parse("2026-11-23T00:00:00Z").unwrap()),
            at: Timestamp::parse("2026-11-23T00:00:00Z").unwrap(),
            actor_id: None,
            actor: "Trần Tuệ Trực".to_owned(),
            action: action.to_owned(),
            object_kind: "incident".to_owned(),
            object: "SC-2026-000001".to_owned(),
            address: String::new(),
            request_id: String::new(),
            detail: detail.to_string(),
            seq: Some(1),
            previous: None,
            hash: None,
        }
    }

    fn shown(detail: &Value) -> Vec<String> {
        let facts = facts(Texts(Language::Vi), &entry("incident.state", detail));
        facts.into_iter().map(|one| format!("{}: {}", one.label, one.value)).collect()
    }

    #[test]
    fn facts_are_words_and_row_numbers_stay_in_the_record() {
        let detail = serde_json::json!({
            "from": "received", "police_only": true, "roles": ["leader", "coordinator"],
            "task": "019aae00-0000-7000-8000-000000000000", "until": "2026-11-23T02:30:00Z",
            "organisation": "xa-dien-lu", "minutes": 15, "letter": "", "kept_back": null,
            "clock": "acknowledge_none_such", "tlp": "AMBER+STRICT",
        });
        let shown = shown(&detail).join("\n");
        for wanted in [
            "Mới tiếp nhận",
            "Có",
            "Lãnh đạo, Điều phối viên",
            "23/11/2026 09:30",
            "xa-dien-lu",
            "15",
            "acknowledge_none_such",
            "TLP:AMBER+STRICT",
        ] {
            assert!(shown.contains(wanted), "{wanted} in:\n{shown}");
        }
        assert_eq!(shown.lines().count(), 8, "{shown}");
    }

    #[test]
    fn what_an_older_program_wrote_is_shown_as_it_stands() {
        let detail =
            serde_json::json!({"nobody_knows": "this <b>", "did": [{"notify": "receive"}]});
        let shown = shown(&detail);
        assert!(shown.contains(&"nobody_knows: this <b>".to_owned()), "{shown:?}");
        assert!(shown.iter().any(|one| one.ends_with(": receive")), "{shown:?}");
        let t = Texts(Language::Vi);
        assert_eq!(did(t, &entry("very.old", &detail)), "very.old");
        assert!(
            facts(t, &AuditEntry { detail: "not json".to_owned(), ..entry("a.b", &detail) })
                .is_empty()
        );
    }
}
