//! Bad files, each with the place and the code of every problem that must be told.

use playbooks::{Problem, parse, parse_regime, parse_with};

const HEAD: &str = "\
playbook: test
version: 1
title: Thử
first_aid: |
  1. Gọi.
steps:
";

/// (what, the lines after `steps:`, problems as line:column code). The first of them is line 7.
const STEPS: &[(&str, &str, &[&str])] = &[
    ("unknown key", "  - notify: {to: leader}\n    untill: 15m\n", &["8:5 unknown_key"]),
    ("misspelt key", "  - notfy: {to: leader}\n", &["7:5 unknown_key"]),
    ("unknown key inside", "  - notify: {to: leader, whom: x}\n", &["7:26 unknown_key"]),
    ("duplicate key", "  - notify: {to: leader}\n    id: a\n    id: b\n", &["9:5 duplicate_key"]),
    ("duplicate key in flow", "  - notify: {to: leader, to: police}\n", &["7:26 duplicate_key"]),
    ("unknown role", "  - notify: {to: leadr}\n", &["7:18 unknown_role"]),
    (
        "two unknown roles",
        "  - notify: {to: [boss, leader, chief]}\n",
        &["7:19 unknown_role", "7:33 unknown_role"],
    ),
    ("role twice", "  - notify: {to: [leader, leader]}\n", &["7:27 double_recipient"]),
    ("nobody", "  - notify: {to: []}\n", &["7:18 no_recipient"]),
    ("no to", "  - notify: {ask: acknowledge}\n", &["7:13 missing"]),
    ("unknown ask", "  - notify: {to: leader, ask: money}\n", &["7:31 expected_word"]),
    (
        "yes is not a word to ask for",
        "  - notify: {to: leader, ask: yes}\n",
        &["7:31 expected_word"],
    ),
    (
        "late without within",
        "  - notify: {to: leader, ask: acknowledge}\n    late: [{notify: {to: police}}]\n",
        &["8:5 late_without_within"],
    ),
    (
        "within without late",
        "  - notify: {to: leader, ask: acknowledge}\n    within: 5m\n",
        &["8:5 within_without_late"],
    ),
    (
        "nothing to wait for",
        "  - notify: {to: leader}\n    within: 5m\n    late: [{notify: {to: police}}]\n",
        &["8:5 nothing_to_wait_for"],
    ),
    (
        "empty late",
        "  - notify: {to: leader, ask: acknowledge}\n    within: 5m\n    late: []\n",
        &["9:11 no_steps"],
    ),
    (
        "bad duration",
        "  - task: {to: leader, phase: containing, text: x}\n    within: 15\n",
        &["8:13 bad_duration"],
    ),
    (
        "negative duration",
        "  - task: {to: leader, phase: containing, text: x}\n    within: -5m\n",
        &["8:13 bad_duration"],
    ),
    (
        "no time at all",
        "  - task: {to: leader, phase: containing, text: x}\n    within: 0m\n",
        &["8:13 duration_out_of_range"],
    ),
    (
        "absurd duration",
        "  - task: {to: leader, phase: containing, text: x}\n    within: 31d\n",
        &["8:13 duration_out_of_range"],
    ),
    (
        "repeat without times",
        "  - notify: {to: leader}\n    repeat: {every: 30m}\n",
        &["8:13 missing"],
    ),
    (
        "repeat too often",
        "  - notify: {to: leader}\n    repeat: {every: 30m, times: 1000}\n",
        &["8:33 expected_number"],
    ),
    (
        "text for a number",
        "  - notify: {to: leader}\n    repeat: {every: 30m, times: \"4\"}\n",
        &["8:33 expected_number"],
    ),
    ("a list for a map", "  - notify: [leader]\n", &["7:13 expected_map"]),
    (
        "a number for a text",
        "  - task: {to: leader, phase: containing, text: 5}\n",
        &["7:49 expected_text"],
    ),
    (
        "unknown phase",
        "  - task: {to: leader, phase: sleeping, text: x}\n",
        &["7:31 expected_word"],
    ),
    (
        "evidence: no",
        "  - task: {to: leader, phase: containing, text: x, evidence: no}\n",
        &["7:62 expected_word"],
    ),
    (
        "two kinds",
        "  - notify: {to: leader}\n    task: {to: leader, phase: containing, text: x}\n",
        &["8:5 several_kinds"],
    ),
    ("no kind", "  - id: a\n", &["7:5 no_kind"]),
    (
        "duplicate id",
        "  - {id: a, notify: {to: leader}}\n  - {id: a, notify: {to: leader}}\n",
        &["8:10 duplicate_id"],
    ),
    ("bad id", "  - {id: A/b, notify: {to: leader}}\n", &["7:10 bad_name"]),
    (
        "dispatch without ground and text",
        "  - dispatch: {to: provider, kind: blok}\n",
        &["7:15 missing", "7:15 missing", "7:36 expected_word"],
    ),
    (
        "dispatch to a person",
        "  - dispatch: {to: leader, kind: block, ground: x, text: y}\n",
        &["7:20 not_an_organisation"],
    ),
    (
        "something else with a dispatch",
        "  - dispatch: {to: police, kind: investigate, ground: x, text: y, attach: logs}\n",
        &["7:75 expected_word"],
    ),
    (
        "approve with an empty branch",
        "  - approve: {by: leader, question: x}\n    then: []\n",
        &["8:11 no_steps"],
    ),
    (
        "a branch of nothing",
        "  - notify: {to: leader}\n    then:\n      - notify: {to: police}\n",
        &["8:5 only_with_approve"],
    ),
    ("an empty group", "  - parallel: []\n", &["7:15 no_steps"]),
    ("an absurd wait", "  - wait: -5m\n", &["7:11 bad_duration"]),
    ("a wait for ever", "  - wait: 400d\n", &["7:11 duration_out_of_range"]),
    (
        "a wait in silence",
        "  - wait: {until: incident.drill, by: leader}\n",
        &["7:5 wait_needs_late"],
    ),
    (
        "a wait on nobody",
        "  - wait: {until: incident.drill}\n    within: 5m\n    late:\n      - notify: {to: leader}\n",
        &["7:11 missing"],
    ),
    (
        "a wait for what comes after it",
        "  - wait: {until: 'steps.b == \"done\"', by: leader}\n    within: 5m\n    late: [{notify: {to: leader}}]\n  - id: b\n    task: {to: leader, phase: reviewing, text: x}\n",
        &["8:5 never_reached"],
    ),
    ("set of a list", "  - set: {a: [1]}\n", &["7:14 bad_value"]),
    ("set of nothing", "  - set: {}\n", &["7:10 expected_map"]),
    ("set of a bad name", "  - set: {A-b: 1}\n", &["7:11 bad_name"]),
    ("set of two types", "  - set: {a: 1}\n  - set: {a: x}\n", &["8:5 var_of_two_types"]),
    ("an unknown playbook", "  - playbook: serious_not_there\n", &["7:15 unknown_playbook"]),
    ("itself", "  - playbook: test\n", &["7:15 circle"]),
    ("webhook to an address", "  - webhook: {target: 'https://x.example/'}\n", &["7:23 bad_name"]),
    ("webhook to nothing", "  - webhook: {}\n", &["7:14 missing"]),
    ("webhook with a url", "  - webhook: {target: x, url: y}\n", &["7:26 unknown_key"]),
    (
        "webhook said again",
        "  - webhook: {target: x}\n    repeat: {every: 5m, times: 2}\n",
        &["8:5 nothing_to_repeat"],
    ),
    (
        "webhook with a time and no consequence",
        "  - webhook: {target: x}\n    within: 5m\n",
        &["8:5 within_without_late"],
    ),
    ("if that is YAML's yes", "  - if: true\n    notify: {to: police}\n", &["7:9 expected_text"]),
    ("if never", "  - if: 1 > 2\n    notify: {to: police}\n", &["7:9 always_the_same"]),
    (
        "if of an unknown name",
        "  - if: incident.signs_of_crim\n    notify: {to: police}\n",
        &["7:9 unknown_name"],
    ),
    ("if no", "  - if: no\n    notify: {to: police}\n", &["7:9 unknown_name"]),
    ("if that is no yes", "  - if: system.level\n    notify: {to: police}\n", &["7:9 wrong_types"]),
    ("if in prose", "  - if: khi nghiêm trọng\n    notify: {to: police}\n", &["7:9 bad_condition"]),
    (
        "if with arithmetic",
        "  - if: system.level + 1 > 2\n    notify: {to: police}\n",
        &["7:9 not_in_conditions"],
    ),
    (
        "if of a word that is never",
        "  - if: incident.priority == \"hgh\"\n    notify: {to: police}\n",
        &["7:9 expected_word"],
    ),
    (
        "an answer that nobody gives",
        "  - if: answers.police == \"yes\"\n    notify: {to: police}\n",
        &["7:9 unknown_name"],
    ),
    ("a clock on the wall", "  - notify: {to: police}\n    clock: wall\n", &["8:12 expected_word"]),
    (
        "an escalation slower than what was late",
        "  - notify: {to: leader, ask: acknowledge}\n    within: 5m\n    late:\n      - notify: {to: committee, ask: acknowledge}\n        within: 10m\n        late: [{notify: {to: national}}]\n",
        &["11:9 late_too_long"],
    ),
    (
        "repeat of a pause",
        "  - wait: 5m\n    repeat: {every: 5m, times: 1}\n",
        &["8:5 nothing_to_repeat"],
    ),
    ("no steps", "  []\n", &["7:3 no_steps"]),
    ("steps is a text", "  none\n", &["7:3 expected_list"]),
    ("a merge key", "  - &a\n    notify: {to: leader}\n  - <<: *a\n", &["9:5 merge_key"]),
    ("an unknown anchor", "  - *nobody\n", &["7:5 unreadable"]),
    ("a tab", "\t- notify: {to: leader}\n", &["7:2 unreadable"]),
    ("an open bracket", "  - notify: {to: leader\n", &["7:13 unreadable"]),
    ("a foreign tag", "  - notify: !secret {to: leader}\n", &["7:21 unreadable"]),
];

fn told(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.code)).collect()
}

fn is_explained(what: &str, problem: &Problem) {
    for text in [&problem.message_vi, &problem.message_en, &problem.hint_vi, &problem.hint_en] {
        assert!(text.chars().count() > 8, "{what}: {problem:?}");
    }
    assert_ne!(problem.message_vi, problem.message_en, "{what}");
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let mut wrong = Vec::new();
    for (what, steps, wanted) in STEPS {
        let Err(problems) = parse(&format!("{HEAD}{steps}")) else {
            wrong.push(format!("{what}: accepted"));
            continue;
        };
        problems.iter().for_each(|p| is_explained(what, p));
        if told(&problems) != *wanted {
            wrong.push(format!("{what}: {:?}, wanted {wanted:?}\n  {problems:?}", told(&problems)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_in_the_head_are_told_together() {
    let text = "\
playbook: Mã độc
version: 0
title: 2026
when: incident.priority == \"hoch\"
first_aid: |
  2. Gọi.
author: ai đó
steps:
  - notify: {to: leader}
";
    let problems = parse(text).expect_err("bad");
    assert_eq!(
        told(&problems),
        [
            "1:11 bad_name",
            "2:10 expected_number",
            "3:8 expected_text",
            "4:7 expected_word",
            "6:3 first_aid_not_numbered",
            "7:1 unknown_key",
        ]
    );
    let missing = parse("steps: []\n").expect_err("bad");
    let codes: Vec<&str> = missing.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["missing", "missing", "missing", "missing", "no_steps"]);
    for (text, code) in [
        ("", "empty"),
        ("# only words\n", "empty"),
        ("- a\n", "expected_map"),
        ("a: 1\n---\nb: 2\n", "several_documents"),
    ] {
        assert_eq!(parse(text).expect_err(text)[0].code, code, "{text:?}");
    }
}

#[test]
fn a_category_that_does_not_exist_is_refused() {
    let text = HEAD.replace("first_aid", "when: incident.category == \"virus\"\nfirst_aid")
        + "  - notify: {to: leader}\n";
    assert_eq!(told(&parse(&text).expect_err("bad")), ["4:7 unknown_category"]);
}

#[test]
fn a_misspelling_is_answered_with_the_word_meant() {
    let text =
        format!("{HEAD}  - notify: {{to: duty_oficer}}\n    repeet: {{every: 5m, times: 1}}\n");
    let problems = parse(&text).expect_err("bad");
    assert!(problems[0].hint_vi.contains("“duty_officer”"), "{:?}", problems[0]);
    assert!(problems[1].hint_en.contains("`repeat`"), "{:?}", problems[1]);
}

#[test]
fn limits_hold() {
    let step = "  - notify: {to: leader}\n";
    assert!(parse(&format!("{HEAD}{}", step.repeat(200))).is_ok());
    let problems = parse(&format!("{HEAD}{}", step.repeat(201))).expect_err("too many");
    assert_eq!(told(&problems), ["207:5 too_many_steps"]);

    let nested = |depth: usize| {
        let mut step = "{notify: {to: leader}}".to_owned();
        for _ in 1..depth {
            step =
                format!("{{notify: {{to: leader, ask: acknowledge}}, within: 1m, late: [{step}]}}");
        }
        format!("{HEAD}  - {step}\n")
    };
    assert!(parse(&nested(12)).is_ok());
    assert_eq!(parse(&nested(13)).expect_err("too deep")[0].code, "too_deep");
    assert_eq!(parse(&nested(100)).expect_err("far too deep")[0].code, "grows_too_much");

    let long = format!("{HEAD}{step}# {}\n", "x".repeat(256 * 1024));
    assert_eq!(told(&parse(&long).expect_err("too long")), ["1:1 file_too_big"]);
    let title = HEAD.replace("Thử", &"ư".repeat(201)) + step;
    assert_eq!(told(&parse(&title).expect_err("long title")), ["3:8 too_long"]);
    let bell = HEAD.replace("Thử", "\"Thử\\nBcc: a@b.example\"") + step;
    assert_eq!(told(&parse(&bell).expect_err("line break")), ["3:8 control_character"]);
}

#[test]
fn aliases_do_not_explode() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let before = format!("*a{}, ", n - 1).repeat(10);
        text += &format!("a{n}: &a{n} [{before}]\n");
    }
    let problems = parse(&text).expect_err("a bomb");
    assert_eq!(problems[0].code, "grows_too_much", "{problems:?}");
}

#[test]
fn many_mistakes_are_told_up_to_a_limit() {
    let text = format!("{HEAD}{}", "  - notify: {to: nobody}\n".repeat(150));
    assert_eq!(parse(&text).expect_err("bad").len(), playbooks::MAX_PROBLEMS);
}

#[test]
fn the_vietnamese_is_vietnamese_and_a_byte_order_mark_is_forgiven() {
    let text = format!("\u{feff}{HEAD}  - notify: {{to: leader}}\n");
    assert!(parse(&text).is_ok());
    let problems = parse(&format!("{HEAD}  - parallel: []\n")).expect_err("bad");
    let said = &problems[0];
    assert!(
        said.message_vi
            .chars()
            .any(|c| "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ".contains(c)),
        "{}",
        said.message_vi
    );
    assert_ne!(said.message_vi, said.message_en);
}

#[test]
fn first_aid_lines_may_be_folded() {
    let text = HEAD.replace("  1. Gọi.\n", "  1. Gọi\n     trực ban.\n  2. Chờ.\n")
        + "  - notify: {to: leader}\n";
    assert_eq!(parse(&text).expect("good").first_aid, ["Gọi trực ban.", "Chờ."]);
}

#[test]
fn a_bad_regime_is_told_at_its_place() {
    let text = r#"regime: vn-x
version: 1
title: Thử
title_en: Test
valid_from: "2026-07-01"
valid_to: "2026-06-30"
clocks:
  - id: a
    title: A
    title_en: A
    start: sunrise
    within: 0m
    basis: law
    applies: always
    owner: king
    tell: leader
    breach: leader
    warn: [80, 50]
    stop: acknowledged
    source: "Điều 1"
    clock: workin
yearly:
  - id: a
    title: A
    title_en: A
    before: "31/6"
    basis: law
    owner: leader
    tell: leader
    breach: leader
    warn: [1d, 7d]
    source: "Điều 1"
"#;
    assert_eq!(
        told(&parse_regime(text).expect_err("bad")),
        [
            "6:1 dates_reversed",
            "11:12 expected_word",
            "12:13 duration_out_of_range",
            "15:12 unknown_role",
            "18:16 bad_warn_points",
            "21:12 expected_word",
            "26:13 bad_day_of_year",
            "31:16 bad_warn_times",
        ]
    );
}

#[test]
fn deep_nesting_of_any_kind_is_refused_before_the_stack_ends() {
    for (open, close) in
        [("[", "]"), ("{a: ", "}"), ("{? ", "}"), ("- ", ""), ("? ", ""), ("a: [", "]")]
    {
        for depth in [60, 500, 20_000] {
            let text = format!("{}x{}", open.repeat(depth), close.repeat(depth));
            let problems = parse(&text).expect_err("deep");
            assert_eq!(problems.len(), 1, "{open} {depth}");
        }
    }
}

#[test]
fn slips_of_syntax_are_told_in_vietnamese_words() {
    for (steps, wanted) in [
        ("\t- notify: {to: leader}\n", "Tab"),
        ("  - notify: {to: leader\n", "ngoặc"),
        ("  - *nobody\n", "bí danh"),
        ("  - notify: {to: \"leader}\n", "nháy"),
        ("  - notify: {to: leader}\n   within: 5m\n", "thụt lề"),
    ] {
        let problem = parse(&format!("{HEAD}{steps}")).expect_err("bad").remove(0);
        assert!(problem.message_vi.contains(wanted), "{steps}: {problem:?}");
        assert!(!problem.message_en.contains(" at line "), "{problem:?}");
    }
}

#[test]
fn circles_and_bad_playbooks_are_found_behind_the_call() {
    let book = |name: &str, calls: &str| {
        format!(
            "playbook: {name}\nversion: 1\ntitle: T\nfirst_aid: 1. Gọi.\nsteps:\n  - playbook: {calls}\n"
        )
    };
    let find = |name: &str| match name {
        "b" => Some(book("b", "c")),
        "c" => Some(book("c", "a")),
        "broken" => Some("playbook: broken\n".to_owned()),
        _ => None,
    };
    let circle = parse_with(&book("a", "b"), &find).expect_err("a circle");
    assert_eq!(told(&circle), ["6:15 circle"]);
    assert!(circle[0].message_vi.contains("a → b → c → a"), "{circle:?}");
    let broken = parse_with(&book("a", "broken"), &find).expect_err("broken");
    assert_eq!(told(&broken), ["6:15 bad_call"]);
}

#[test]
fn a_calendar_is_read_as_strictly() {
    let text = "calendar: x\ntitle: T\nutc_offset: 7\nweekend: [satday]\nyears: [2026]\noff:\n  - {from: \"2026-02-30\", title: a}\n  - {from: \"2026-01-02\", to: \"2026-01-01\", title: a}\n  - {from: \"2026-01-01\", title: a, may_change: maybe}\nworked:\n  - {from: \"2026-01-01\", title: b}\n";
    let problems = playbooks::parse_calendar(text).expect_err("bad");
    assert_eq!(
        told(&problems),
        [
            "3:13 expected_text",
            "4:11 expected_word",
            "7:12 bad_date",
            "8:26 dates_reversed",
            "9:48 expected_yes_no",
            "11:5 day_twice",
        ]
    );
}
