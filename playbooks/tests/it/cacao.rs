//! CACAO 2.0: playbooks of every type of step come in, run, and go out again.

mod abroad;
mod ways;

use crate::caller::Caller;
use playbooks::{Event, ImportOptions, Imported, Kind, Role, Status, from_cacao};
use serde_json::{Value, json};

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
