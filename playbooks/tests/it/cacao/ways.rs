//! The ways through a CACAO playbook: switches, calls, failures, ways back.

use super::abroad::made;
use super::{
    action, answer, begin, cacao, codes, done, end, id, import, start, tasks, told, undone,
};
use crate::caller::Caller;
use playbooks::{ImportOptions, Kind, Role, Status, from_cacao, shipped, to_cacao};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn switch(rest: Value) -> String {
    cacao(
        json!({
            "start:1": start("switch-condition:1"),
            "switch-condition:1": {
                "type": "switch-condition", "name": "loại", "switch": "__kind__:value",
                "cases": {"mail": "action:1", "web": "action:2", "default": "action:3"},
                "on_completion": "action:4",
            },
            "action:1": action("a", json!({"on_completion": "end:1"})),
            "action:2": action("b", json!({"on_completion": "end:2"})),
            "action:3": action("c", json!({"on_completion": "end:3"})),
            "action:4": action("d", json!({"on_completion": "end:4"})),
            "end:1": end(), "end:2": end(), "end:3": end(), "end:4": end(),
        }),
        rest,
    )
}

#[test]
fn a_switch_takes_its_case_or_asks_for_it() {
    for (value, first) in [("mail", "a"), ("web", "b"), ("other", "c")] {
        let known = json!({"playbook_variables": {"__kind__": {"type": "string", "value": value}}});
        let mut world = begin(&switch(known));
        assert_eq!(tasks(&world), [first]);
        done(&mut world, first);
        assert_eq!(tasks(&world), [first, "d"]);
    }
    let unknown = json!({"playbook_variables": {"__kind__": {"type": "string"}}});
    for (answers, first) in [(vec![true], "a"), (vec![false, true], "b"), (vec![false, false], "c")]
    {
        let mut world = begin(&switch(unknown.clone()));
        for yes in answers {
            let asked = world.questions.iter().find(|id| world.run.steps[*id].answer.is_none());
            let asked = asked.expect("a question").clone();
            answer(&mut world, &asked, yes);
        }
        assert_eq!(tasks(&world), [first]);
        done(&mut world, first);
        assert_eq!(tasks(&world), [first, "d"]);
    }
    // Whoever imports the file may know.
    let values = BTreeMap::from([("__kind__".to_owned(), "web".to_owned())]);
    let options = ImportOptions { values, ..ImportOptions::default() };
    let world = Caller::begin(&from_cacao(&switch(unknown), &options).expect("reads").text);
    assert_eq!(tasks(&world), ["b"]);
}

#[test]
fn another_playbook_is_called_if_it_is_here_and_shown_if_not() {
    let workflow = |called: &str| {
        cacao(
            json!({
                "start:1": start("playbook-action:1"),
                "playbook-action:1": {
                    "type": "playbook-action", "name": "gọi", "playbook_id": called,
                    "on_completion": "end:1",
                },
                "end:1": end(),
            }),
            json!({}),
        )
    };
    let playbooks = BTreeMap::from([(id("playbook", 7), "malware".to_owned())]);
    let options = ImportOptions { playbooks, ..ImportOptions::default() };
    let found = from_cacao(&workflow("playbook:7"), &options).expect("reads");
    assert!(
        matches!(&found.playbook.steps[0].kind, Kind::Call { playbook, .. } if playbook == "malware")
    );
    let exported = to_cacao(shipped("malware").expect("ships"), &made());
    let found = import(&workflow(exported["id"].as_str().expect("an id")));
    assert!(
        matches!(&found.playbook.steps[0].kind, Kind::Call { playbook, .. } if playbook == "malware")
    );
    let found = import(&workflow("playbook:8"));
    assert!(codes(&found).contains(&"call_is_a_task"));
    assert!(
        matches!(&found.playbook.steps[0].kind, Kind::Task { text, .. } if text.contains(&id("playbook", 8)))
    );
}

/// `a`, which may fail in the ways that are given, then `b`.
fn risky(ways: Value, rest: Value) -> String {
    cacao(
        json!({
            "start:1": start("action:1"),
            "action:1": action("a", ways),
            "action:2": action("b", json!({"on_completion": "end:1"})),
            "action:3": action("c", json!({"on_completion": "end:2"})),
            "end:1": end(), "end:2": end(),
        }),
        rest,
    )
}

#[test]
fn a_failure_takes_its_own_way_and_the_way_of_success_is_left() {
    let both = json!({"on_success": "action:2", "on_failure": "action:3", "timeout": 3_600_000});
    let text = risky(both, json!({}));
    let mut world = begin(&text);
    done(&mut world, "a");
    assert_eq!(tasks(&world), ["a", "b"]);

    let mut world = begin(&text);
    undone(&mut world, "a");
    assert_eq!(tasks(&world), ["a", "c"], "could not be done");
    done(&mut world, "c");
    assert!(world.run.is_over() && told(&world).is_empty());

    let mut world = begin(&text);
    world.wait(61);
    assert_eq!(tasks(&world), ["a", "c"], "nobody did it in time");
    assert_eq!(world.run.steps["a"].status, Status::Failed);
}

#[test]
fn where_the_ways_meet_again_the_playbook_goes_on() {
    let text = cacao(
        json!({
            "start:1": start("action:1"),
            "action:1": action("a", json!({"on_success": "action:2", "on_failure": "action:3"})),
            "action:2": action("b", json!({"on_completion": "action:4"})),
            "action:3": action("c", json!({"on_completion": "action:4"})),
            "action:4": action("d", json!({"on_completion": "end:1"})),
            "end:1": end(),
        }),
        json!({}),
    );
    let mut world = begin(&text);
    for step in ["a", "b", "d"] {
        done(&mut world, step);
    }
    assert!(world.run.is_over() && tasks(&world) == ["a", "b", "d"]);
    let mut world = begin(&text);
    undone(&mut world, "a");
    done(&mut world, "c");
    assert_eq!(tasks(&world), ["a", "c", "d"]);
}

#[test]
fn a_failure_that_is_passed_over_is_told_all_the_same() {
    let same = json!({"on_success": "action:2", "on_failure": "action:2"});
    let mut world = begin(&risky(same, json!({})));
    undone(&mut world, "a");
    assert_eq!(tasks(&world), ["a", "b"]);
    assert_eq!(told(&world), ["0 coordinator"]);
}

#[test]
fn without_a_way_of_its_own_a_failure_goes_to_the_exception() {
    let only = json!({"on_completion": "action:2", "timeout": 3_600_000});
    let with = json!({"workflow_exception": "action:3"});
    let mut world = begin(&risky(only.clone(), with));
    world.wait(61);
    assert_eq!(tasks(&world), ["a", "c"]);
    done(&mut world, "c");
    assert!(world.run.is_over());

    // Neither: the coordinators are told, and what follows does not begin.
    for rest in [json!({}), json!({"workflow_exception": "end:2"})] {
        let mut world = begin(&risky(only.clone(), rest));
        world.wait(61);
        assert_eq!((tasks(&world), told(&world)), (vec!["a"], vec!["60 coordinator".to_owned()]));
        assert!(world.run.is_over());
    }
}

#[test]
fn a_branch_that_failed_lets_the_others_go_on_and_then_fails_the_whole() {
    let mut world = begin(&cacao(
        json!({
            "start:1": start("parallel:1"),
            "parallel:1": {
                "type": "parallel", "next_steps": ["action:1", "action:2"],
                "on_success": "action:3", "on_failure": "action:4",
            },
            "action:1": action("a", json!({"on_completion": "end:1", "timeout": 600_000})),
            "action:2": action("b", json!({"on_completion": "end:2"})),
            "action:3": action("c", json!({"on_completion": "end:3"})),
            "action:4": action("d", json!({"on_completion": "end:4"})),
            "end:1": end(), "end:2": end(), "end:3": end(), "end:4": end(),
        }),
        json!({}),
    ));
    world.wait(11);
    assert_eq!(tasks(&world), ["a", "b"]);
    done(&mut world, "b");
    assert_eq!(tasks(&world), ["a", "b", "d"]);
}

#[test]
fn a_condition_has_its_own_time_and_fails_with_its_branch() {
    let text = cacao(
        json!({
            "start:1": start("if-condition:1"),
            "if-condition:1": {
                "type": "if-condition", "name": "hỏi", "condition": "Nghiêm trọng?",
                "on_true": "action:1", "timeout": 7_200_000,
                "on_success": "action:2", "on_failure": "action:3",
            },
            "action:1": action("a", json!({"on_completion": "end:1", "timeout": 600_000})),
            "action:2": action("b", json!({"on_completion": "end:2"})),
            "action:3": action("c", json!({"on_completion": "end:3"})),
            "end:1": end(), "end:2": end(), "end:3": end(),
        }),
        json!({}),
    );
    let question = |world: &Caller| world.questions.iter().next().expect("a question").clone();
    let mut world = begin(&text);
    let asked = question(&world);
    answer(&mut world, &asked, false);
    assert_eq!(tasks(&world), ["b"]);
    let mut world = begin(&text);
    let asked = question(&world);
    answer(&mut world, &asked, true);
    world.wait(11);
    assert_eq!(tasks(&world), ["a", "c"], "the branch failed");
    let mut world = begin(&text);
    world.wait(121);
    assert_eq!(tasks(&world), ["c"], "nobody answered");
}

#[test]
fn a_way_back_is_gone_so_often_and_then_somebody_decides() {
    let text = cacao(
        json!({
            "start:1": start("action:1"),
            "action:1": action("a", json!({"on_success": "end:1", "on_failure": "action:2"})),
            "action:2": action("b", json!({"on_completion": "action:1"})),
            "end:1": end(),
        }),
        json!({}),
    );
    assert!(codes(&import(&text)).contains(&"rounds"));
    let mut world = begin(&text);
    undone(&mut world, "a");
    done(&mut world, "b");
    done(&mut world, "a_2");
    assert!(world.run.is_over());
    let mut world = begin(&text);
    for (a, b) in [("a", "b"), ("a_2", "b_2"), ("a_3", "b_3")] {
        undone(&mut world, a);
        done(&mut world, b);
    }
    let last = world.run.waiting(&world.playbook);
    assert_eq!((last.len(), &last[0].on), (1, &vec![Role::Coordinator]));
}

#[test]
fn times_are_rounded_and_it_is_said() {
    let text =
        risky(json!({"on_completion": "action:2", "delay": 1, "timeout": 100_000}), json!({}));
    let found = import(&text);
    assert_eq!(codes(&found).iter().filter(|code| **code == "time_rounded").count(), 2);
    let timeout = found.playbook.step("a").expect("there").timeout;
    assert_eq!(timeout.map(|span| span.to_string()).as_deref(), Some("2m"));
}

#[test]
fn variables_have_a_scope_and_unknown_ones_are_named() {
    let commands = json!([{"type": "manual", "command": "Chặn __ip__:value, ghi __who__:value, xem __x__:value."}]);
    let text = risky(
        json!({
            "on_completion": "action:2", "commands": commands, "out_args": ["__who__"],
            "step_variables": {"__ip__": {"type": "ipv4-addr", "value": "198.51.100.9"}},
        }),
        json!({"playbook_variables": {
            "__ip__": {"type": "ipv4-addr", "value": "203.0.113.7"},
            "__who__": {"type": "string", "description": "người dùng", "value": "cũ"},
            "__x__": {"type": "string", "external": true, "value": "mặc định"},
        }}),
    );
    let found = import(&text);
    let Kind::Task { text: words, .. } = &found.playbook.step("a").expect("there").kind else {
        panic!("a task");
    };
    assert!(words.contains("Chặn 198.51.100.9, ghi ‹who: người dùng›, xem ‹x›."), "{words}");
    assert!(words.contains("Ghi kết quả: who (người dùng)."), "{words}");
    assert_eq!(codes(&found).iter().filter(|code| **code == "value_unknown").count(), 2);
    let values = BTreeMap::from([("__x__".to_owned(), "đã biết".to_owned())]);
    let found = from_cacao(&text, &ImportOptions { values, ..ImportOptions::default() });
    assert!(found.expect("reads").text.contains("xem đã biết."));
}

#[test]
fn what_nothing_leads_to_is_said() {
    let text = cacao(
        json!({
            "start:1": start("action:1"),
            "action:1": action("a", json!({"on_completion": "end:1"})),
            "action:2": action("lạc", json!({"on_completion": "end:1"})),
            "end:1": end(),
        }),
        json!({}),
    );
    assert!(codes(&import(&text)).contains(&"never_reached"));
}
