//! The manual's examples are real: each is read, and the first one is lived.

use crate::caller::Caller;
use playbooks::{parse, parse_regime};

const MANUAL: &str = include_str!("../../../docs/playbooks.md");

fn examples() -> Vec<&'static str> {
    MANUAL.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_example_is_read_without_a_problem() {
    let examples = examples();
    assert_eq!(examples.len(), 2);
    for example in examples {
        let problems = if example.starts_with("regime:") {
            parse_regime(example).err()
        } else {
            parse(example).err()
        };
        assert_eq!(problems, None, "{example}");
    }
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
        assert!(playbooks::Role::parse(role).is_some());
        assert!(MANUAL.contains(&format!("`{role}`")), "{role}");
    }
}
