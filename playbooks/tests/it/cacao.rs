//! CACAO 2.0: playbooks of every type of step come in, run, and go out again.

use crate::caller::Caller;
use crate::invariants::rich_book;
use playbooks::{
    CACAO_EXTENSION, Event, ImportOptions, Imported, Kind, Made, Role, Status, from_cacao, library,
    parse, shipped, to_cacao,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An identifier by its type and a number.
pub(crate) fn id(kind: &str, n: u32) -> String {
    format!("{kind}--00000000-0000-4000-8000-{n:012}")
}

/// Replaces `TYPE:N` by the whole identifier, in texts and in keys.
fn whole(value: Value) -> Value {
    let full = |word: &str| match word.split_once(':') {
        Some((kind, n)) if n.parse::<u32>().is_ok() => id(kind, n.parse().expect("a number")),
        _ => word.to_owned(),
    };
    match value {
        Value::String(word) => json!(full(&word)),
        Value::Array(items) => Value::Array(items.into_iter().map(whole).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, v)| (full(&key), whole(v))).collect())
        }
        other => other,
    }
}

/// A playbook with this workflow, an agent `group:1` and whatever else is given.
#[expect(clippy::needless_pass_by_value, reason = "reads as JSON where it is used")]
pub(crate) fn cacao(workflow: Value, rest: Value) -> String {
    let mut found = json!({
        "type": "playbook", "spec_version": "cacao-2.0", "id": "playbook:1",
        "name": "Xử lý thư giả mạo", "created_by": "identity:1",
        "created": "2026-03-02T01:00:00.000Z", "modified": "2026-03-02T01:00:00.000Z",
        "workflow_start": "start:1", "workflow": workflow,
        "agent_definitions": {"group:1": {"type": "group", "name": "Tổ kỹ thuật"}},
    });
    for (key, value) in rest.as_object().cloned().unwrap_or_default() {
        found[key] = value;
    }
    whole(found).to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "reads as JSON where it is used")]
pub(crate) fn action(name: &str, rest: Value) -> Value {
    let mut found = json!({
        "type": "action", "name": name, "agent": "group:1",
        "commands": [{"type": "manual", "command": format!("Làm {name}.")}],
    });
    for (key, value) in rest.as_object().cloned().unwrap_or_default() {
        found[key] = value;
    }
    found
}

pub(crate) fn start(next: &str) -> Value {
    json!({"type": "start", "on_completion": next})
}

pub(crate) fn end() -> Value {
    json!({"type": "end"})
}

fn import(text: &str) -> Imported {
    from_cacao(text, &ImportOptions::default())
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// Imports and begins; the text that was made is what runs.
fn begin(text: &str) -> Caller {
    let found = import(text);
    let world = Caller::begin(&found.text);
    assert_eq!(world.playbook, found.playbook);
    world
}

fn codes(found: &Imported) -> Vec<&str> {
    found.remarks.iter().map(|remark| remark.code).collect()
}

fn tasks(world: &Caller) -> Vec<&str> {
    world.tasks.iter().map(String::as_str).collect()
}

fn done(world: &mut Caller, step: &str) {
    world.tell(&Event::TaskDone { step: step.into() });
}

fn undone(world: &mut Caller, step: &str) {
    world.tell(&Event::TaskSkipped { step: step.into() });
}

fn answer(world: &mut Caller, step: &str, yes: bool) {
    world.tell(&Event::Answered { step: step.into(), yes });
}

fn told(world: &Caller) -> Vec<String> {
    world.said().into_iter().map(|(at, to)| format!("{at} {to}")).collect()
}

#[test]
fn actions_follow_one_another_as_tasks() {
    let text = cacao(
        json!({
            "start:1": start("action:1"),
            "action:1": action("Khoanh vùng", json!({"on_completion": "action:2"})),
            "action:2": action("Gỡ bỏ", json!({"on_completion": "end:1"})),
            "end:1": end(),
        }),
        json!({}),
    );
    let mut world = begin(&text);
    assert_eq!(tasks(&world), ["khoanh_vung"]);
    let step = world.playbook.step("khoanh_vung").expect("there").clone();
    assert!(
        matches!(step.kind, Kind::Task { to: Role::Coordinator, ref text, .. } if text == "Khoanh vùng\nLàm Khoanh vùng.")
    );
    assert!(step.within.is_some() && !step.late.is_empty(), "somebody hears when nobody moves");
    done(&mut world, "khoanh_vung");
    assert_eq!(tasks(&world), ["go_bo", "khoanh_vung"]);
    done(&mut world, "go_bo");
    assert!(world.run.is_over());
    let found = import(&text);
    assert_eq!(codes(&found), ["first_aid_assumed", "role_assumed"]);
    assert_eq!(found.playbook.name, "xu_ly_thu_gia_mao");
}

#[test]
fn agents_are_roles_by_option_by_name_or_not_at_all() {
    let workflow = json!({
        "start:1": start("action:1"),
        "action:1": action("Một", json!({"agent": "individual:1", "on_completion": "action:2"})),
        "action:2": action("Hai", json!({"agent": "group:2", "on_completion": "end:1"})),
        "end:1": end(),
    });
    let agents = json!({"agent_definitions": {
        "individual:1": {"type": "individual", "name": "Chị Mai"},
        "group:2": {"type": "group", "name": "IT officer"},
    }});
    let text = cacao(workflow, agents);
    let by = |roles: &[(&str, Role)]| {
        let roles = roles.iter().map(|(a, r)| ((*a).to_owned(), r.clone())).collect();
        from_cacao(&text, &ImportOptions { roles, ..ImportOptions::default() })
    };
    let to = |found: &Imported, step: &str| {
        found.playbook.step(step).expect("there").recipients()[0].clone()
    };
    let found = by(&[]).expect("reads");
    assert_eq!((to(&found, "mot"), to(&found, "hai")), (Role::Coordinator, Role::ItOfficer));
    for agent in ["Chị Mai", &id("individual", 1)] {
        let found = by(&[(agent, Role::Responders)]).expect("reads");
        assert_eq!(to(&found, "mot"), Role::Responders);
        assert!(!codes(&found).contains(&"role_assumed"));
    }
    let problems = by(&[("Nobody", Role::Leader)]).expect_err("nobody is called so");
    assert_eq!(problems[0].code, "cacao_unknown_party");
}

#[test]
fn commands_for_machines_are_shown_to_people() {
    let commands = json!([
        {"type": "ssh", "command": "show mac address-table"},
        {"type": "bash", "command_b64": "c3VkbyB0cnVl"},
        {"type": "http-api", "command": "POST /block", "headers": {"Accept": ["text/plain"]}, "content": "{\"ip\": \"__ip__:value\"}"},
        {"type": "openc2-http", "command": "POST /openc2", "content_b64": "eyJhY3Rpb24iOiAiZGVueSJ9"},
        {"type": "powershell", "command": "Get-Process"},
        {"type": "kestrel", "command_b64": "eCA9IEdFVCBwcm9jZXNz"},
        {"type": "sigma", "command_b64": "dGl0bGU6IHg="},
        {"type": "yara", "command_b64": "cnVsZSB4IHt9"},
        {"type": "elastic", "command_b64": "cHJvY2Vzcw=="},
        {"type": "jupyter", "command_b64": "/w=="},
        {"type": "caldera-cmd", "command": "ability-1"},
        {"type": "own-kind", "description": "Tự làm"},
    ]);
    let text = cacao(
        json!({
            "start:1": start("action:1"),
            "action:1": action("Chặn", json!({
                "commands": commands, "targets": ["net-address:1"], "on_completion": "end:1",
            })),
            "end:1": end(),
        }),
        json!({
            "playbook_variables": {"__ip__": {"type": "ipv4-addr", "value": "203.0.113.7"}},
            "target_definitions": {"net-address:1": {
                "type": "net-address", "name": "Tường lửa", "address": {"ipv4": ["192.0.2.1"]},
            }},
        }),
    );
    let found = import(&text);
    let Kind::Task { text, .. } = &found.playbook.step("chan").expect("there").kind else {
        panic!("a task");
    };
    for shown in [
        "(1) [ssh] show mac address-table",
        "(2) [bash] sudo true",
        "{\"ip\": \"203.0.113.7\"}",
        "[powershell] Get-Process",
        "{\"action\": \"deny\"}",
        "[kestrel] x = GET process",
        "[jupyter] base64: /w==",
        "Tự làm",
        "Đối tượng: Tường lửa (net-address).",
    ] {
        assert!(text.contains(shown), "{shown}\n{text}");
    }
    assert_eq!(codes(&found).iter().filter(|code| **code == "not_executed").count(), 12);
}

#[test]
fn branches_go_side_by_side_and_all_are_waited_for() {
    let mut world = begin(&cacao(
        json!({
            "start:1": start("parallel:1"),
            "parallel:1": {"type": "parallel", "next_steps": ["action:1", "action:2"], "on_completion": "action:4"},
            "action:1": action("a", json!({"on_completion": "end:1"})),
            "action:2": action("b", json!({"on_completion": "action:3", "delay": 600_000})),
            "action:3": action("c", json!({"on_completion": "end:2"})),
            "action:4": action("d", json!({"on_completion": "end:3"})),
            "end:1": end(), "end:2": end(), "end:3": end(),
        }),
        json!({}),
    ));
    assert_eq!(tasks(&world), ["a"], "the other branch begins in ten minutes");
    done(&mut world, "a");
    world.wait(11);
    assert_eq!(tasks(&world), ["a", "b"]);
    done(&mut world, "b");
    assert_eq!(tasks(&world), ["a", "b", "c"]);
    done(&mut world, "c");
    assert_eq!(tasks(&world), ["a", "b", "c", "d"]);
}

fn if_else(condition: &str, rest: Value) -> String {
    cacao(
        json!({
            "start:1": start("if-condition:1"),
            "if-condition:1": {
                "type": "if-condition", "name": "xem", "condition": condition,
                "on_true": "action:1", "on_false": "action:2", "on_completion": "action:3",
            },
            "action:1": action("a", json!({"on_completion": "end:1"})),
            "action:2": action("b", json!({"on_completion": "end:2"})),
            "action:3": action("c", json!({"on_completion": "end:3"})),
            "end:1": end(), "end:2": end(), "end:3": end(),
        }),
        rest,
    )
}

#[test]
fn a_condition_that_cannot_be_told_is_asked() {
    let text = if_else("Operator input to proceed", json!({}));
    assert!(codes(&import(&text)).contains(&"asked_instead"));
    for (yes, first) in [(true, "a"), (false, "b")] {
        let mut world = begin(&text);
        assert_eq!(world.questions.iter().collect::<Vec<_>>(), ["xem"]);
        answer(&mut world, "xem", yes);
        assert_eq!(tasks(&world), [first]);
        done(&mut world, first);
        assert_eq!(tasks(&world), [first, "c"]);
        done(&mut world, "c");
        assert!(world.run.is_over());
    }
}

#[test]
fn a_condition_that_can_be_told_is_told() {
    let kind = |value: &str| json!({"playbook_variables": {"__kind__": {"type": "string", "value": value}}});
    for (value, first) in [("mail", "a"), ("web", "b")] {
        let mut world = begin(&if_else("__kind__:value = 'mail'", kind(value)));
        assert_eq!((tasks(&world), world.questions.len()), (vec![first], 0));
        done(&mut world, first);
        assert_eq!(tasks(&world), [first, "c"]);
    }
    let mut facts = playbooks::Facts::default();
    facts.incident.indicators.ip = vec!["203.0.113.7".into()];
    let text = if_else("[ipv4-addr:value = '203.0.113.7']", json!({}));
    let world = Caller::begin_with(&import(&text).text, &[], facts);
    assert_eq!(tasks(&world), ["a"]);
    // A value that a step brings is not known beforehand.
    let unknown = json!({"playbook_variables": {"__kind__": {"type": "string", "external": true}}});
    assert!(
        codes(&import(&if_else("__kind__:value = 'mail'", unknown))).contains(&"asked_instead")
    );
}

#[test]
fn a_loop_is_asked_each_round_and_ends_with_somebody_who_knows() {
    let text = cacao(
        json!({
            "start:1": start("while-condition:1"),
            "while-condition:1": {
                "type": "while-condition", "name": "lặp", "condition": "Còn máy chưa sạch?",
                "on_true": "action:1", "on_success": "action:2", "on_failure": "action:3",
            },
            "action:1": action("a", json!({"on_completion": "end:1"})),
            "action:2": action("b", json!({"on_completion": "end:2"})),
            "action:3": action("c", json!({"on_completion": "end:3"})),
            "end:1": end(), "end:2": end(), "end:3": end(),
        }),
        json!({}),
    );
    let options = ImportOptions { rounds: 2, ..ImportOptions::default() };
    let text = from_cacao(&text, &options).expect("reads").text;
    let mut world = Caller::begin(&text);
    answer(&mut world, "lap/1", true);
    done(&mut world, "lap/1/a");
    answer(&mut world, "lap/2", false);
    assert_eq!(tasks(&world), ["b", "lap/1/a"]);

    let mut world = Caller::begin(&text);
    for round in ["lap/1", "lap/2"] {
        answer(&mut world, round, true);
        done(&mut world, &format!("{round}/a"));
    }
    answer(&mut world, "lap/3", true);
    assert_eq!(world.run.steps["lap"].status, Status::Failed);
    assert!(tasks(&world).contains(&"c") && !tasks(&world).contains(&"b"));
    done(&mut world, "c");
    assert!(world.run.is_over());
}

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

fn made() -> Made {
    Made {
        at: "2026-03-02T01:00:00.000Z".into(),
        modified: "2026-03-02T01:00:00.000Z".into(),
        by: None,
    }
}

/// Through CACAO and back: the file fits the OASIS schema, and the playbook is the same.
fn comes_back(text: &str) -> Value {
    let playbook = parse(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
    let tree = to_cacao(&playbook, &made());
    let found = import(&tree.to_string());
    assert_eq!(found.playbook, playbook);
    assert_eq!(found.remarks, []);
    tree
}

/// Without what our extension says of the whole, it is read as anybody's file.
fn read_by_itself(mut tree: Value) -> Imported {
    tree.as_object_mut().expect("an object").remove("playbook_extensions");
    import(&tree.to_string())
}

#[test]
fn what_ships_goes_out_and_comes_back() {
    for (name, text) in library() {
        let tree = comes_back(text);
        assert_eq!(tree["labels"][0], *name);
        let found = read_by_itself(tree);
        let playbook = shipped(name).expect("ships");
        for step in &playbook.steps {
            if let Kind::Task { text, to, .. } = &step.kind {
                let same = |s: &&playbooks::Step| matches!(&s.kind, Kind::Task { text: t, to: r, .. } if t == text && r == to);
                assert!(found.playbook.all_steps().iter().any(same), "{name}: {text}");
            }
        }
    }
}

#[test]
fn what_was_changed_elsewhere_is_read_anew() {
    let text = "playbook: x\nversion: 3\ntitle: Thử\nfirst_aid: 1. Gọi.\nsteps:\n  - id: a\n    task: {to: it_officer, phase: containing, text: Làm., evidence: required}\n    within: 1h\n    late: [{notify: {to: leader}}]\n";
    let tree = comes_back(text);
    assert!(tree["playbook_extensions"][CACAO_EXTENSION].is_object());
    let changed = tree.to_string().replacen("\"command\":\"Làm.\"", "\"command\":\"Làm khác.\"", 1);
    let found = import(&changed);
    assert_eq!(codes(&found), ["changed_elsewhere"]);
    let step = found.playbook.step("a").expect("there");
    assert!(
        matches!(&step.kind, Kind::Task { text, to: Role::ItOfficer, evidence_required: true, .. } if text == "Làm khác.")
    );
    assert_eq!(step.within.map(|span| span.to_string()).as_deref(), Some("1h"));
    assert_eq!((found.playbook.version, step.late.len()), (3, 1));
}

/// A random chain of steps as CACAO has them, each branch with its own end.
fn flow() -> impl Strategy<Value = Flow> {
    let leaf =
        (any::<bool>(), any::<bool>()).prop_map(|(timeout, delay)| Flow::Action { timeout, delay });
    leaf.prop_recursive(3, 14, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            prop::collection::vec(list.clone(), 2..4).prop_map(Flow::Parallel),
            (list.clone(), prop::option::of(list.clone())).prop_map(|(a, b)| Flow::If(a, b)),
            list.clone().prop_map(Flow::While),
            prop::collection::vec(list.clone(), 1..3).prop_map(Flow::Switch),
            (inner, list).prop_map(|(a, b)| Flow::Risky(Box::new(a), b)),
        ]
    })
}

#[derive(Clone, Debug)]
enum Flow {
    Action {
        timeout: bool,
        delay: bool,
    },
    Parallel(Vec<Vec<Flow>>),
    If(Vec<Flow>, Option<Vec<Flow>>),
    While(Vec<Flow>),
    Switch(Vec<Vec<Flow>>),
    /// What may fail, and what is done then.
    Risky(Box<Flow>, Vec<Flow>),
}

struct Writer {
    steps: serde_json::Map<String, Value>,
    count: u32,
}

impl Writer {
    fn fresh(&mut self, kind: &str) -> String {
        self.count += 1;
        id(kind, self.count)
    }

    fn branch(&mut self, list: &[Flow]) -> String {
        let end = self.fresh("end");
        self.steps.insert(end.clone(), json!({"type": "end"}));
        self.chain(list, end)
    }

    fn chain(&mut self, list: &[Flow], next: String) -> String {
        list.iter().rev().fold(next, |next, flow| self.one(flow, next, None))
    }

    fn one(&mut self, flow: &Flow, next: String, failure: Option<String>) -> String {
        let (kind, mut fields) = match flow {
            Flow::Action { timeout, delay } => {
                let mut fields = whole(action(&format!("a{}", self.count), json!({})));
                if *timeout {
                    fields["timeout"] = json!(1_800_000);
                }
                if *delay {
                    fields["delay"] = json!(60_000);
                }
                ("action", fields)
            }
            Flow::Parallel(branches) => {
                let branches: Vec<String> = branches.iter().map(|b| self.branch(b)).collect();
                ("parallel", json!({"next_steps": branches}))
            }
            Flow::If(yes, no) => {
                let mut fields =
                    json!({"condition": "Có đúng không?", "on_true": self.branch(yes)});
                if let Some(no) = no {
                    fields["on_false"] = json!(self.branch(no));
                }
                ("if-condition", fields)
            }
            Flow::While(body) => {
                let condition =
                    if body.len() % 2 == 0 { "__k__:value = 'a'" } else { "Còn nữa?" };
                ("while-condition", json!({"condition": condition, "on_true": self.branch(body)}))
            }
            Flow::Switch(cases) => {
                let mut found = serde_json::Map::new();
                for (n, case) in cases.iter().enumerate() {
                    let name = ["a", "b", "default"][n % 3];
                    found.insert(name.into(), json!(self.branch(case)));
                }
                let on = if cases.len() % 2 == 0 { "__k__:value" } else { "__u__:value" };
                ("switch-condition", json!({"switch": on, "cases": found}))
            }
            Flow::Risky(inner, failed) => {
                let failure = self.chain(failed, next.clone());
                return self.one(inner, next, Some(failure));
            }
        };
        fields["type"] = json!(kind);
        match failure {
            None => fields["on_completion"] = json!(next),
            Some(failure) => {
                fields["on_success"] = json!(next);
                fields["on_failure"] = json!(failure);
            }
        }
        let id = self.fresh(kind);
        self.steps.insert(id.clone(), fields);
        id
    }
}

fn file(list: &[Flow], exception: Option<&[Flow]>) -> String {
    let mut writer = Writer { steps: serde_json::Map::new(), count: 10 };
    let first = writer.branch(list);
    writer.steps.insert(id("start", 1), json!({"type": "start", "on_completion": first}));
    let exception = exception.map(|list| writer.branch(list));
    let mut rest = json!({"playbook_variables": {
        "__k__": {"type": "string", "value": "a"}, "__u__": {"type": "string"},
    }});
    if let Some(exception) = exception {
        rest["workflow_exception"] = json!(exception);
    }
    cacao(Value::Object(writer.steps), rest)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_playbook_goes_out_and_comes_back(text in rich_book()) {
        comes_back(&text);
    }

    #[test]
    fn what_went_out_can_be_read_by_itself(text in rich_book()) {
        let tree = to_cacao(&parse(&text).expect("reads"), &made());
        let mut bare = tree.clone();
        bare.as_object_mut().expect("an object").remove("playbook_extensions");
        // It may come to more steps, or nest deeper, than a playbook may: then it is refused in words.
        match from_cacao(&bare.to_string(), &ImportOptions::default()) {
            Ok(found) => { Caller::begin(&found.text); }
            Err(problems) => prop_assert!(
                problems.iter().all(|p| p.code == "too_many_steps" || p.message_en.contains("too_deep")),
                "{problems:#?}"
            ),
        }
    }

    /// Whatever comes in runs, and comes to its end or waits for somebody who is named.
    #[test]
    fn any_flow_runs_to_its_end(
        list in prop::collection::vec(flow(), 1..3),
        exception in prop::option::of(prop::collection::vec(flow(), 1..2)),
        choices in prop::collection::vec(0_u8..6, 0..60),
    ) {
        let text = file(&list, exception.as_deref());
        let options = ImportOptions { rounds: 2, ..ImportOptions::default() };
        let found = match from_cacao(&text, &options) {
            Ok(found) => found,
            Err(problems) => {
                prop_assert!(problems.iter().all(|p| p.code == "too_many_steps" || p.message_en.contains("too_deep")), "{problems:#?}");
                return Ok(());
            }
        };
        let mut world = Caller::begin(&found.text);
        for n in 0..600 {
            let waiting = world.run.waiting(&world.playbook);
            let Some(first) = waiting.first() else { break };
            let choice = choices.get(n % choices.len().max(1)).copied().unwrap_or(0);
            let step = world.playbook.step(&first.step).expect("there").clone();
            match (&step.kind, choice) {
                (_, 5) if !world.timers.is_empty() => world.wait(31),
                (Kind::Task { .. }, 4) => undone(&mut world, &step.id),
                (Kind::Task { .. }, _) => done(&mut world, &step.id),
                (Kind::Approve { .. }, choice) => answer(&mut world, &step.id, choice % 2 == 0),
                _ => world.wait(24 * 60),
            }
        }
        prop_assert!(world.run.is_over(), "{:?}", world.run.waiting(&world.playbook));
        prop_assert!(world.timers.is_empty());
    }
}
