//! The timeline in plain sentences: `timeline-KIND` of the catalogs with the entry's values. The
//! catalogs choose among the words of code lists themselves.

use serde_json::Value;

use crate::actions::situation::{PARTS, SITUATION, joined};
use crate::domain::words::Language;
use crate::texts::Texts;

/// Fields whose words are labels of the catalogs, and the labels' prefix.
const LABELS: [(&str, &str); 4] = [
    ("state", "state"),
    ("priority", "priority"),
    ("category", "category"),
    ("legal_class", "legal"),
];

/// The sentence of one entry.
pub fn sentence(t: Texts, kind: &str, actor: &str, data: &Value) -> String {
    let mut values: Vec<(String, String)> = vec![("actor".to_owned(), actor.to_owned())];
    if let Some(data) = data.as_object() {
        for (name, value) in data {
            let Some(word) = value.as_str() else { continue };
            let word = match (name.as_str(), word.parse::<i64>()) {
                ("waited" | "late_by", Ok(seconds)) => {
                    t.t1("desk-minutes", "minutes", &(seconds / 60).to_string())
                }
                ("clock", _) => clock(t, data.get("regime").and_then(Value::as_str), word),
                ("step", _) => step(t, word),
                ("playbook", _) => playbook(t, word),
                _ => word.to_owned(),
            };
            values.push((name.clone(), word));
        }
    }
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let key = format!("timeline-{kind}");
    let said = t.with(&key, &values);
    // An entry of a kind that has no sentence is still an entry.
    if said == key { t.with("timeline-other", &values) } else { said }
}

/// What a person wrote; the parts of a situation report under headings in the reader's language.
pub fn words(t: Texts, kind: &str, text: &str, data: &Value) -> String {
    if kind != SITUATION {
        return text.to_owned();
    }
    let parts = PARTS.iter().filter_map(|part| Some((*part, data[part].as_str()?)));
    joined(t, parts)
}

/// A deadline's name in the reader's language.
fn clock(t: Texts, regime: Option<&str>, kind: &str) -> String {
    // Entries of earlier versions do not say of which regime.
    let named = match regime.and_then(playbooks::regime_named) {
        Some(regime) => regime.clock(kind),
        None => playbooks::regimes().iter().find_map(|regime| regime.clock(kind)),
    };
    match (named, t.0) {
        (Some(clock), Language::Vi) => clock.title.clone(),
        (Some(clock), Language::En) => clock.title_en.clone(),
        (None, _) => kind.to_owned(),
    }
}

/// Who did it; what nobody did is the system's.
pub fn doer(t: Texts, actor: &str) -> String {
    match actor {
        "engine" => t.t("actor-engine"),
        "playbook" => t.t("actor-playbook"),
        _ => actor.to_owned(),
    }
}

/// A procedure's step in words. `receive/late/0` is what follows when `receive` stays unanswered; a
/// step of an own procedure that the catalogs do not know goes by its name.
fn step(t: Texts, path: &str) -> String {
    let name = path.split('/').next().unwrap_or_default();
    let key = format!("step-{name}");
    let said = match t.t(&key) {
        said if said == key => name.to_owned(),
        said => said,
    };
    match path.split('/').filter(|part| *part == "late").count() {
        0 => said,
        times => t.with("step-once-more", &[("step", &said), ("n", &(times + 1).to_string())]),
    }
}

/// A procedure's title, if it is one of those that come with the program.
fn playbook(t: Texts, name: &str) -> String {
    let Some(known) = playbooks::shipped(name) else { return name.to_owned() };
    match (t.0, &known.title_en) {
        (Language::En, Some(title)) => title.clone(),
        _ => known.title.clone(),
    }
}

/// A value as people read it.
fn label(t: Texts, name: &str, word: &str) -> String {
    let prefix = LABELS.iter().find(|(known, _)| *known == name).map(|(_, prefix)| *prefix);
    match prefix {
        Some(prefix) => {
            let key = format!("{prefix}-{word}");
            let said = t.t(&key);
            if said == key { word.to_owned() } else { said }
        }
        None => word.to_owned(),
    }
}

/// What changed, for whoever edits at the same time and for the history: `Mức ưu tiên: Cao → Khẩn
/// cấp`.
pub fn changes(t: Texts, data: &Value) -> Vec<String> {
    let Some(changes) = data["changes"].as_array() else { return Vec::new() };
    let said = |field: &str, value: &Value| {
        let word = value.as_str().unwrap_or_default();
        match word {
            "" => t.t("part-none"),
            "true" => t.t("part-yes"),
            "false" => t.t("part-no"),
            word => label(t, field, word),
        }
    };
    changes
        .iter()
        .map(|change| {
            let field = change["field"].as_str().unwrap_or_default();
            format!(
                "{}: {} → {}",
                t.t(&format!("desk-field-{field}")),
                said(field, &change["before"]),
                said(field, &change["after"])
            )
        })
        .collect()
}

/// The drawing beside an entry.
pub fn icon(kind: &str) -> &'static str {
    match kind {
        "received" | "report_added" => "report",
        "acknowledged" => "acknowledge",
        "triaged" => "edit",
        "note" | "state_reason" | "closing_report" => "note",
        "question" | "answer" | "reporter_answered" => "inbox",
        SITUATION => "report",
        "escalated" | "step_escalated" => "overdue",
        "snoozed" => "clock",
        "state" | "state_back" => "next",
        "reopened" => "reopen",
        "closed" | "rejected" => "close",
        "linked" | "unlinked" | "parent_set" | "parent_removed" | "child_added"
        | "child_removed" => "link",
        "lead" | "member_added" | "member_removed" => "users",
        "clock_met" => "check",
        "clock_warned" | "clock_extended" | "clock_recounted" => "clock",
        "webhook_done" => "dispatch",
        "webhook_failed" | "webhook_no_target" => "warning",
        "clock_breached" | "task_overdue" | "step_late" | "timer_late" => "overdue",
        "nobody_holds" | "nobody_left" => "warning",
        "condition_failed" | "step_failed" | "playbook_failed" => "warning",
        kind if kind.starts_with("task") || kind.starts_with("question_") => "task",
        kind if kind.starts_with("dispatch") => "dispatch",
        kind if kind.starts_with("evidence") => "evidence",
        kind if kind.contains("merged") => "merge",
        _ => "info",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_procedure_speaks_the_readers_language() {
        let (vi, en) = (Texts(Language::Vi), Texts(Language::En));
        let late = json!({"step": "receive/late/0", "waited": "900"});
        let said = sentence(vi, "step_late", "engine", &late);
        assert!(said.contains("tiếp nhận") && said.contains("lần 2"), "{said}");
        assert!(!said.contains("receive"), "{said}");
        let started = json!({"playbook": "ransomware", "version": "1"});
        assert!(!sentence(vi, "run_started", "engine", &started).contains("ransomware"));
        let own = json!({"step": "goi-truong-phong", "waited": "900"});
        assert!(sentence(en, "step_late", "engine", &own).contains("goi-truong-phong"));
        assert_eq!(doer(vi, "engine"), "Hệ thống");
        assert_eq!(doer(vi, "playbook"), "Kịch bản");
        assert_eq!(doer(vi, "Lê Thế Chương"), "Lê Thế Chương");
    }
}
