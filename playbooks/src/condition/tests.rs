//! Conditions read, checked and asked.

use super::*;
use proptest::prelude::*;

fn own() -> Own {
    Own {
        vars: [("sent".to_owned(), Var::Bool(false)), ("n".to_owned(), Var::Number(0))].into(),
        answers: ["police".to_owned()].into(),
        steps: ["isolate".to_owned(), "save-logs".to_owned()].into(),
    }
}

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.incident.category = "phishing".into();
    facts.incident.signs_of_crime = true;
    facts.incident.indicators.ip = vec!["198.51.100.7".into(), "203.0.113.9".into()];
    facts.system.level = 3;
    facts
}

fn answer(source: &str) -> Option<bool> {
    let condition = Condition::read(source).expect("reads");
    condition.check(&own()).expect("fits");
    let vars = own().vars;
    condition.holds(&Sight {
        facts: &facts(),
        vars: &vars,
        answer: &|id| if id == "police" { "yes" } else { "none" },
        step: &|id| if id == "isolate" { "done" } else { "open" },
    })
}

#[test]
fn what_officials_write_is_answered() {
    for (source, wanted) in [
        ("incident.category == \"phishing\"", true),
        ("incident.signs_of_crime && system.level >= 3", true),
        ("!incident.drill", true),
        ("size(incident.indicators.ip) > 2", false),
        ("incident.category in [\"malware\", \"sabotage\"]", false),
        ("incident.indicators.ip.exists(x, x.startsWith(\"203.0.113.\"))", true),
        ("incident.indicators.ip.all(x, x.contains(\":\"))", false),
        ("answers.police == \"yes\" && steps.isolate == \"done\"", true),
        ("steps[\"save-logs\"] == \"done\"", false),
        ("vars.sent || vars.n > 0", false),
        ("incident.drill ? system.level > 4 : system.level > 2", true),
    ] {
        assert_eq!(answer(source), Some(wanted), "{source}");
    }
}

#[test]
fn what_could_fail_later_is_refused_now() {
    for source in [
        "",
        "incident.",
        "1 + 1 == 2",
        "incident.categry == \"phishing\"",
        "incident.category",
        "incident.category == 5",
        "incident.category == \"phising\"",
        "vars.other",
        "answers.x == \"yes\"",
        "steps.nothing == \"done\"",
        "system.level",
        "incident.indicators.ip[0] == \"x\"",
        "incident.category.matches(\"a+\")",
        "has(incident.x)",
        "incident.indicators.ip.map(x, x)",
        "true",
        "1 > 2",
        "\"a\" == \"b\"",
        "size(incident.indicators.ip) / 0 > 1",
        "incident.indicators.ip.exists(x, incident.indicators.ip.exists(y, x == y))",
        "timestamp(\"2026-01-01T00:00:00Z\") > 1",
        "incident == incident",
        "{\"a\": 1}.a == 1",
    ] {
        let checked = Condition::read(source).and_then(|condition| condition.check(&own()));
        assert!(checked.is_err(), "{source}");
    }
}

#[test]
fn deep_and_long_texts_come_to_an_answer() {
    for source in [
        "!".repeat(390),
        "(".repeat(390),
        "-".repeat(390),
        "[".repeat(390),
        format!("{}true{}", "(".repeat(190), ")".repeat(190)),
        "a?".repeat(190),
        "incident.drill".to_owned() + &"&&incident.drill".repeat(20),
        "x.".repeat(190),
        "\"".repeat(3),
    ] {
        let _ = Condition::read(&source).and_then(|condition| condition.check(&own()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _ = Condition::read(&text).and_then(|condition| condition.check(&own()));
    }

    #[test]
    fn what_passes_the_check_has_an_answer(parts in prop::collection::vec(prop::sample::select(vec![
        "incident.drill", "incident.category", "system.level", "\"phishing\"", "3", "==", "!=", "&&", "||",
        "!", "(", ")", "in", "[", "]", "incident.indicators.ip", "size(", ".exists(x, ", "x", ">", "?", ":",
        "vars.n", "answers.police", ".contains(", "true", ",", "-", "'", ".",
    ]), 1..14)) {
        let text = parts.join(" ");
        if let Ok(condition) = Condition::read(&text)
            && condition.check(&own()).is_ok()
        {
            prop_assert!(answer(&text).is_some(), "{}", text);
        }
    }
}
