//! CACAO files that are wrong, each with the sentence that says so, in both languages.

use crate::cacao::{action, cacao, end, start};
use playbooks::{ImportOptions, Problem, from_cacao};
use serde_json::{Value, json};

fn problems(text: &str) -> Vec<Problem> {
    from_cacao(text, &ImportOptions::default()).expect_err("something is wrong")
}

/// One problem of this code, whose sentences contain these words.
fn wrong(text: &str, code: &str, vi: &str, en: &str) {
    let found = problems(text);
    let one = found.iter().find(|problem| problem.code == code);
    let one = one.unwrap_or_else(|| panic!("{code}: {found:#?}"));
    assert!(one.message_vi.contains(vi), "{}", one.message_vi);
    assert!(one.message_en.contains(en), "{}", one.message_en);
    assert!(!one.hint_vi.is_empty() && !one.hint_en.is_empty());
}

/// A workflow with a good start and end, and these steps.
#[expect(clippy::needless_pass_by_value, reason = "reads as JSON where it is used")]
fn with(steps: Value) -> Value {
    let mut all = json!({"start:1": start("action:1"), "end:1": end()});
    for (key, value) in steps.as_object().cloned().unwrap_or_default() {
        all[key] = value;
    }
    all
}

fn one(rest: Value) -> Value {
    with(json!({"action:1": action("a", rest)}))
}

#[test]
fn what_is_no_cacao_at_all_is_said() {
    for (text, code) in [
        ("", "unreadable"),
        ("{\"type\": ", "unreadable"),
        ("steps: []", "unreadable"),
        ("[1, 2]", "cacao_schema"),
        ("{}", "cacao_schema"),
        ("{\"type\": \"playbook\", \"type\": \"playbook\"}", "duplicate_key"),
    ] {
        assert_eq!(problems(text)[0].code, code, "{text}");
    }
    wrong(&format!("\"{}\"", "x".repeat(2_000_000)), "file_too_big", "dài quá", "longer than");
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(problems(&deep)[0].code, "unreadable");
}

#[test]
fn what_does_not_fit_the_schema_is_told_with_its_place() {
    let good = one(json!({"on_completion": "end:1"}));
    for (rest, vi, en) in [
        (json!({"spec_version": "cacao-1.0"}), "phải là: cacao-2.0", "must be one of: cacao-2.0"),
        (json!({"name": 7}), "“name” phải là chữ", "`name` must be of type string"),
        (json!({"priority": 101}), "không được quá 100", "at most 100"),
        (json!({"created": "yesterday"}), "không đúng dạng", "not of the form"),
        (json!({"id": "x"}), "“id” không đúng dạng", "`id` is not of the form"),
    ] {
        wrong(&cacao(good.clone(), rest), "cacao_schema", vi, en);
    }
    let text = cacao(one(json!({"timeout": "soon", "on_completion": "end:1"})), json!({}));
    wrong(&text, "cacao_schema", "timeout” phải là số nguyên", "timeout` must be of type integer");
    let mut bare: Value = serde_json::from_str(&cacao(good.clone(), json!({}))).expect("JSON");
    bare.as_object_mut().expect("an object").remove("created_by");
    wrong(&bare.to_string(), "cacao_schema", "Thiếu “created_by”", "`created_by` is missing");
    for (steps, vi) in [
        (
            json!({"action:1": {"type": "action", "agent": "group:1", "on_completion": "end:1"}}),
            "Thiếu “commands”",
        ),
        (
            json!({"action:1": {"type": "action", "commands": [{"type": "manual", "command": "x"}], "on_completion": "end:1"}}),
            "Thiếu “agent”",
        ),
        (
            json!({"end:1": {"type": "end", "on_completion": "end:1"}, "action:1": action("a", json!({"on_completion": "end:1"}))}),
            "on_completion",
        ),
        (json!({"start:1": {"type": "start", "on_success": "end:1"}}), "on_success"),
        (
            json!({"parallel:1": {"type": "parallel", "next_steps": ["end:1"], "on_completion": "end:1"}}),
            "ít nhất 2 mục",
        ),
        (
            json!({"action:1": action("a", json!({"commands": [{"type": "http-api"}], "on_completion": "end:1"}))}),
            "Thiếu “command”",
        ),
    ] {
        let found = problems(&cacao(with(steps), json!({})));
        assert!(found.iter().all(|problem| problem.code == "cacao_schema"), "{found:#?}");
        assert!(found.iter().any(|problem| problem.message_vi.contains(vi)), "{vi}: {found:#?}");
    }
    // The place is that of the value.
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&text).expect("JSON"));
    let pretty = pretty.expect("writes");
    let line = 1 + pretty.lines().position(|line| line.contains("\"soon\"")).expect("there");
    assert_eq!(problems(&pretty)[0].line, line);
}

#[test]
fn a_workflow_has_one_start_an_end_and_work() {
    let a = action("a", json!({"on_completion": "end:1"}));
    let file = |workflow: Value, rest: Value| cacao(workflow, rest);
    wrong(
        &file(
            json!({"action:1": a.clone(), "end:1": end()}),
            json!({"workflow_start": "action:1"}),
        ),
        "cacao_no_start",
        "không có bước bắt đầu",
        "has no start step",
    );
    wrong(
        &file(one(json!({"on_completion": "end:1"})), json!({"workflow_start": "action:1"})),
        "cacao_not_a_start",
        "không phải là bước kiểu start",
        "no start step",
    );
    wrong(
        &file(with(json!({"action:1": a.clone(), "start:2": start("action:1")})), json!({})),
        "cacao_second_start",
        "bước bắt đầu thứ hai",
        "second start",
    );
    wrong(
        &file(
            json!({"start:1": start("action:1"), "action:1": action("a", json!({"on_completion": "action:1"}))}),
            json!({}),
        ),
        "cacao_no_end",
        "không có bước kết thúc",
        "no end step",
    );
    wrong(
        &file(json!({"start:1": start("end:1"), "end:1": end()}), json!({})),
        "cacao_no_work",
        "không có việc gì",
        "has no work",
    );
}

#[test]
fn every_name_is_there() {
    for (workflow, rest, code, vi) in [
        (
            one(json!({"on_completion": "end:9"})),
            json!({}),
            "cacao_dangling",
            "“a” dẫn tới bước không có (on_completion",
        ),
        (
            one(json!({"on_success": "end:1", "on_failure": "action:9"})),
            json!({}),
            "cacao_dangling",
            "on_failure",
        ),
        (
            one(json!({"on_completion": "end:1"})),
            json!({"workflow_exception": "action:9"}),
            "cacao_dangling",
            "workflow_exception",
        ),
        (
            one(json!({"on_completion": "end:1"})),
            json!({"workflow_start": "start:9"}),
            "cacao_dangling",
            "workflow_start",
        ),
        (
            one(json!({"on_completion": "end:1", "agent": "group:9"})),
            json!({}),
            "cacao_unknown_agent",
            "agent_definitions",
        ),
        (
            one(json!({"on_completion": "end:1", "targets": ["linux:9"]})),
            json!({}),
            "cacao_unknown_target",
            "target_definitions",
        ),
        (
            one(json!({"on_completion": "end:1", "out_args": ["__x__"]})),
            json!({}),
            "cacao_unknown_variable",
            "__x__",
        ),
        (
            one(
                json!({"on_completion": "end:1", "commands": [{"type": "manual", "command": "Xem __x__:value"}]}),
            ),
            json!({}),
            "cacao_unknown_variable",
            "chưa được khai báo",
        ),
        (
            with(json!({
                "start:1": start("if-condition:1"),
                "if-condition:1": {"type": "if-condition", "condition": "__x__:value = 'a'", "on_true": "end:1", "on_completion": "end:1"},
            })),
            json!({}),
            "cacao_unknown_variable",
            "__x__",
        ),
        (
            with(json!({
                "start:1": start("if-condition:1"),
                "if-condition:1": {"type": "if-condition", "condition": "?", "on_true": "action:9", "on_completion": "end:1"},
            })),
            json!({}),
            "cacao_dangling",
            "on_true",
        ),
    ] {
        let text = cacao(workflow, rest);
        let found = problems(&text);
        let one = found.iter().find(|problem| problem.code == code);
        let one = one.unwrap_or_else(|| panic!("{code}: {found:#?}"));
        assert!(one.message_vi.contains(vi), "{}", one.message_vi);
    }
}

#[test]
fn values_are_of_their_types() {
    let variables =
        json!({"playbook_variables": {"__ip__": {"type": "ipv4-addr", "value": "300.1.1.1"}}});
    wrong(
        &cacao(one(json!({"on_completion": "end:1"})), variables),
        "cacao_bad_variable",
        "“__ip__” kiểu ipv4-addr",
        "`__ip__` of type ipv4-addr",
    );
    let own = json!({"on_completion": "end:1", "step_variables": {"__n__": {"type": "integer", "value": "x"}}});
    wrong(&cacao(one(own), json!({})), "cacao_bad_variable", "__n__", "__n__");
}

#[test]
fn every_way_leads_somewhere() {
    wrong(
        &cacao(one(json!({})), json!({})),
        "cacao_no_way_on",
        "Sau bước “a” không có gì",
        "nothing follows",
    );
    wrong(
        &cacao(one(json!({"on_completion": "end:1", "on_failure": "end:1"})), json!({})),
        "cacao_two_ways_on",
        "cả on_completion",
        "besides",
    );
    let circle = with(json!({
        "action:1": action("a", json!({"on_completion": "action:2"})),
        "action:2": action("b", json!({"on_success": "action:1", "on_failure": "action:1"})),
    }));
    wrong(&cacao(circle, json!({})), "cacao_endless", "a → b", "go round for ever");
    let body = with(json!({
        "start:1": start("while-condition:1"),
        "while-condition:1": {"type": "while-condition", "condition": "?", "on_true": "end:1", "on_completion": "end:1"},
    }));
    wrong(&cacao(body, json!({})), "cacao_empty_round", "không có việc gì", "nothing to do");
}

#[test]
fn branches_are_branches() {
    let branches = |next: Value, second: &str| {
        cacao(
            with(json!({
                "start:1": start("parallel:1"),
                "parallel:1": {"type": "parallel", "name": "p", "next_steps": next, "on_completion": "end:1"},
                "action:1": action("a", json!({"on_completion": "action:3"})),
                "action:2": action("b", json!({"on_completion": second})),
                "action:3": action("c", json!({"on_completion": "end:2"})),
                "end:2": end(), "end:3": end(),
            })),
            json!({}),
        )
    };
    wrong(
        &branches(json!(["action:1", "action:2"]), "action:3"),
        "cacao_branches_meet",
        "gặp nhau ở “c”",
        "meet at `c`",
    );
    wrong(
        &branches(json!(["action:1", "action:1"]), "end:3"),
        "cacao_branch_twice",
        "cùng một bước “a”",
        "the same step `a`",
    );
}

#[test]
fn types_and_identifiers_agree() {
    let strange = with(json!({
        "action:1": action("a", json!({"on_completion": "goto:1"})),
        "goto:1": {"type": "goto", "name": "nhảy", "on_completion": "end:1"},
    }));
    wrong(
        &cacao(strange, json!({})),
        "cacao_not_a_step",
        "“nhảy” có kiểu “goto”",
        "of type `goto`",
    );
}

#[test]
fn what_is_withdrawn_or_calls_itself_is_refused() {
    let good = one(json!({"on_completion": "end:1"}));
    wrong(&cacao(good, json!({"revoked": true})), "cacao_revoked", "thu hồi", "revoked");
    let itself = with(json!({
        "start:1": start("playbook-action:1"),
        "playbook-action:1": {"type": "playbook-action", "name": "gọi", "playbook_id": "playbook:1", "on_completion": "end:1"},
    }));
    wrong(
        &cacao(itself, json!({})),
        "cacao_calls_itself",
        "chính kịch bản này",
        "this very playbook",
    );
}

#[test]
fn a_file_that_comes_to_too_many_steps_is_refused() {
    // Each step doubles what follows it: both of its ways go on, and each to its own end.
    let mut steps = json!({"start:1": start("action:100"), "end:1": end(), "end:2": end()});
    for n in 100..130 {
        let (ok, bad) = (format!("action:{}", n + 1), format!("action:{}", n + 2));
        let ways = if n < 128 {
            json!({"on_success": ok, "on_failure": bad})
        } else {
            json!({"on_completion": "end:1"})
        };
        steps[format!("action:{n}")] = action(&format!("a{n}"), ways);
    }
    steps["action:129"] = action("a129", json!({"on_completion": "end:2"}));
    wrong(&cacao(steps, json!({})), "too_many_steps", "quá 200 bước", "more than 200 steps");
    let many: serde_json::Map<String, Value> = (0..250)
        .map(|n| (format!("action:{}", 1000 + n), action("x", json!({"on_completion": "end:1"}))))
        .collect();
    let text = cacao(with(Value::Object(many)), json!({}));
    assert!(problems(&text).iter().any(|problem| problem.code == "too_many_steps"));
}

#[test]
fn random_damage_is_never_a_crash() {
    let text = cacao(
        one(json!({"on_success": "end:1", "on_failure": "action:1", "timeout": 5})),
        json!({}),
    );
    for at in (0..text.len()).step_by(3).filter(|at| text.is_char_boundary(*at)) {
        for junk in ["", "\"", "}", "0", "action"] {
            let damaged =
                format!("{}{junk}{}", &text[..at], text.get(at + 2..).unwrap_or_default());
            if let Err(problems) = from_cacao(&damaged, &ImportOptions::default()) {
                assert!(!problems.is_empty());
            }
        }
    }
}
