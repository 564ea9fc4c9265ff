//! The manual's examples are real: each is read, and the first one is lived.

use crate::caller::Caller;
use playbooks::{
    Event, Facts, Language, Role, Scenario, Status, parse, parse_calendar, parse_regime,
    shipped_calendar, simulate, table,
};

const MANUAL: &str = include_str!("../../../docs/playbooks.md");

fn examples() -> Vec<&'static str> {
    MANUAL.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// A list of steps is an example too; it stands in a playbook then.
fn whole(example: &str) -> String {
    if example.starts_with("- ") {
        let steps: String = example.lines().map(|line| format!("  {line}\n")).collect();
        return format!(
            "playbook: example\nversion: 1\ntitle: Ví dụ\nfirst_aid: 1. Gọi.\nsteps:\n{steps}"
        );
    }
    example.to_owned()
}

#[test]
fn every_example_is_read_without_a_problem() {
    let examples = examples();
    assert_eq!(examples.len(), 6);
    for example in examples {
        let text = whole(example);
        let problems = if example.starts_with("regime:") {
            parse_regime(example).err()
        } else if example.starts_with("calendar:") {
            parse_calendar(example).err()
        } else {
            parse(&text).err()
        };
        assert_eq!(problems, None, "{example}");
    }
}

#[test]
fn the_long_example_is_lived_to_its_end() {
    let mut facts = Facts::default();
    facts.incident.signs_of_crime = true;
    facts.incident.indicators.ip = vec!["203.0.113.7".into()];
    let mut world = Caller::begin_with(&whole(examples()[1]), &[], facts);
    assert!(world.dispatches.contains("logs") && world.questions.contains("refer"));
    world.tell(&Event::Answered { step: "refer".into(), yes: true });
    assert!(world.dispatches.contains("refer/then/0"));
    world.tell(&Event::TaskDone { step: "isolate".into() });
    assert_eq!(world.run.steps["steps/3"].status, Status::Skipped, "referred to the police");
    world.tell(&Event::TaskDone { step: "steps/4".into() });
    world.tell(&Event::DispatchDone { step: "logs".into() });
    world.tell(&Event::DispatchDone { step: "refer/then/0".into() });
    assert!(world.run.is_over() && world.timers.is_empty());
}

#[test]
fn the_simulation_shown_is_the_simulation() {
    let playbook = parse(examples()[0]).expect("reads");
    let calendar = shipped_calendar();
    let mut facts = Facts::default();
    facts.incident.category = "system_failure".into();
    let scenario = Scenario {
        facts,
        silent: vec![Role::DutyOfficer],
        answers: Vec::new(),
        from: calendar.read_local("2026-02-13T15:00").expect("a time"),
        calendar,
    };
    let shown = table(&simulate(&playbook, &scenario), &scenario, Language::En);
    assert!(MANUAL.contains(&shown), "the manual should show:\n{shown}");
}

#[test]
fn the_first_example_does_what_is_read_aloud() {
    let mut world = Caller::begin(examples()[0]);
    world.wait(24 * 60);
    let said = world.said();
    let said: Vec<(i64, &str)> = said.iter().map(|(at, to)| (*at, to.as_str())).collect();
    let wanted = [
        (0, "duty_officer"),
        (15, "coordinator"),
        (30, "leader"),
        (60, "leader"),
        (90, "leader"),
        (120, "unit_head+coordinator"),
        (120, "leader"),
        (150, "leader"),
    ];
    assert_eq!(said, wanted);
}

#[test]
fn the_manual_names_every_role() {
    for role in [
        "reporter",
        "unit_head",
        "it_officer",
        "duty_officer",
        "coordinator",
        "responders",
        "leader",
        "committee",
        "parent_unit",
        "provider",
        "police",
        "national",
    ] {
        assert!(Role::parse(role).is_some());
        assert!(MANUAL.contains(&format!("`{role}`")), "{role}");
    }
}
