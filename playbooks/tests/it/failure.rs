//! What comes after what, which of several, again and again, and what happens when something failed.

use crate::caller::Caller;
use playbooks::{
    Effect, Event, Facts, Language, Reply, Role, Scenario, Scripted, Span, Status, Why, parse,
    shipped_calendar, simulate, table,
};

fn book(steps: &str) -> String {
    format!("playbook: test\nversion: 1\ntitle: Thử\nfirst_aid: 1. Gọi.\nsteps:{steps}")
}

fn done(step: &str) -> Event {
    Event::TaskDone { step: step.into() }
}

fn undone(step: &str) -> Event {
    Event::TaskSkipped { step: step.into() }
}

fn answer(step: &str, yes: bool) -> Event {
    Event::Answered { step: step.into(), yes }
}

fn tasks(world: &Caller) -> Vec<&str> {
    world.tasks.iter().map(String::as_str).collect()
}

fn told(world: &Caller) -> Vec<String> {
    world.said().into_iter().map(|(at, to)| format!("{at} {to}")).collect()
}

const TASK: &str = "task: {to: it_officer, phase: containing, text: Làm.}";

#[test]
fn what_comes_after_waits_for_all_that_comes_before() {
    let mut world = Caller::begin(&book(&format!(
        "
  - id: a
    {TASK}
  - id: b
    {TASK}
  - id: c
    after: [a, b]
    {TASK}
  - id: free
    {TASK}
"
    )));
    assert_eq!(tasks(&world), ["a", "b", "free"]);
    world.tell(&done("a"));
    assert_eq!(tasks(&world), ["a", "b", "free"]);
    world.tell(&done("b"));
    assert_eq!(tasks(&world), ["a", "b", "c", "free"]);
}

#[test]
fn what_follows_a_question_waits_for_what_the_answer_started() {
    let mut world = Caller::begin(&book(&format!(
        "
  - id: ask
    approve: {{by: leader, question: Chuyển?}}
    then:
      - id: inner
        {TASK}
  - id: next
    after: ask
    {TASK}
"
    )));
    world.tell(&answer("ask", true));
    assert_eq!(tasks(&world), ["inner"]);
    world.tell(&done("inner"));
    assert_eq!(tasks(&world), ["inner", "next"]);
}

#[test]
fn a_pause_with_an_order_holds_back_only_what_names_it() {
    let mut world = Caller::begin(&book(
        "
  - id: first
    notify: {to: duty_officer}
  - id: pause
    after: first
    wait: 10m
  - id: second
    after: pause
    notify: {to: coordinator}
  - notify: {to: leader}
",
    ));
    assert_eq!(told(&world), ["0 duty_officer", "0 leader"]);
    world.wait(60);
    assert_eq!(told(&world), ["0 duty_officer", "0 leader", "10 coordinator"]);
}

#[test]
fn only_the_first_that_holds_happens() {
    let steps = "
  - id: which
    choose:
      - id: drill
        if: incident.drill
        notify: {to: reporter}
      - id: crime
        if: incident.signs_of_crime
        notify: {to: police}
      - id: rest
        notify: {to: coordinator}
  - id: next
    after: which
    notify: {to: leader}
";
    for (drill, crime, first) in
        [(true, true, "reporter"), (false, true, "police"), (false, false, "coordinator")]
    {
        let mut facts = Facts::default();
        facts.incident.drill = drill;
        facts.incident.signs_of_crime = crime;
        let world = Caller::begin_with(&book(steps), &[], facts);
        assert_eq!(told(&world), [format!("0 {first}"), "0 leader".to_owned()]);
        assert!(world.run.is_over());
    }
}

#[test]
fn a_choice_once_made_stays() {
    let steps = "
  - choose:
      - id: crime
        if: incident.signs_of_crime
        notify: {to: police}
      - id: rest
        task: {to: it_officer, phase: containing, text: Làm.}
";
    let mut world = Caller::begin(&book(steps));
    world.facts.incident.signs_of_crime = true;
    world.tell(&Event::Changed);
    assert_eq!(told(&world), [""; 0]);
    assert_eq!(world.run.steps["crime"].status, Status::Skipped);
}

#[test]
fn rounds_go_on_while_the_condition_holds_and_see_the_round_before() {
    let steps = "
  - id: clean
    loop:
      while: answers.stable != \"yes\"
      rounds: 3
      steps:
        - id: remove
          task: {to: it_officer, phase: eradicating, text: Gỡ.}
        - id: stable
          after: remove
          approve: {by: coordinator, question: Ổn định chưa?}
  - id: report
    after: clean
    notify: {to: leader}
";
    let mut world = Caller::begin(&book(steps));
    assert_eq!(tasks(&world), ["clean/1/remove"]);
    world.tell(&done("clean/1/remove"));
    world.tell(&answer("clean/1/stable", false));
    assert_eq!(tasks(&world), ["clean/1/remove", "clean/2/remove"]);
    world.tell(&done("clean/2/remove"));
    world.tell(&answer("clean/2/stable", true));
    assert_eq!(told(&world), ["0 leader"]);
    assert!(world.run.is_over());
    assert_eq!(world.run.steps["clean"].status, Status::Done);
}

#[test]
fn past_the_last_round_somebody_is_told_and_nothing_after_it_begins() {
    let steps = "
  - id: clean
    loop:
      while: answers.stable != \"yes\"
      rounds: 2
      steps:
        - id: stable
          approve: {by: coordinator, question: Ổn định chưa?}
  - id: report
    after: clean
    notify: {to: leader}
";
    let mut world = Caller::begin(&book(steps));
    world.tell(&answer("clean/1/stable", false));
    world.tell(&answer("clean/2/stable", false));
    assert_eq!(world.run.steps["clean"].status, Status::Failed);
    assert_eq!(told(&world), ["0 coordinator"]);
    assert_eq!(world.notices[0].why, Why::Failed { step: "clean".into() });
    assert!(!world.run.steps.contains_key("report"));
}

#[test]
fn who_is_asked_for_each_round_may_stop_it() {
    let steps = "
  - id: watch
    loop:
      by: coordinator
      question: Theo dõi thêm một giờ?
      rounds: 2
      steps:
        - wait: 1h
    failed:
      - id: too_long
        notify: {to: leader}
";
    let mut world = Caller::begin(&book(steps));
    world.tell(&answer("watch/1", true));
    world.wait(61);
    world.tell(&answer("watch/2", false));
    assert_eq!(world.run.steps["watch"].status, Status::Done);
    assert!(world.run.is_over() && told(&world).is_empty());

    let mut world = Caller::begin(&book(steps));
    for round in ["watch/1", "watch/2", "watch/3"] {
        world.tell(&answer(round, true));
        world.wait(61);
    }
    assert_eq!(world.run.steps["watch"].status, Status::Failed);
    assert_eq!(told(&world), ["122 leader"]);
    assert!(world.run.is_over());
}

#[test]
fn who_is_silent_too_long_is_given_up_and_another_way_is_taken() {
    let steps = "
  - id: block
    dispatch: {to: provider, kind: block, ground: Điều 11, text: Chặn.}
    within: 30m
    late: [{notify: {to: coordinator}}]
    timeout: 2h
    failed:
      - id: by_hand
        task: {to: it_officer, phase: containing, text: Rút dây mạng.}
  - id: next
    after: block
    notify: {to: leader}
";
    let mut world = Caller::begin(&book(steps));
    world.wait(121);
    assert_eq!(told(&world), ["30 coordinator"]);
    assert_eq!(world.run.steps["block"].status, Status::Failed);
    assert_eq!(tasks(&world), ["by_hand"]);
    // Too late: it is given up.
    assert_eq!(world.tell(&Event::DispatchDone { step: "block".into() }), []);
    world.tell(&done("by_hand"));
    assert_eq!(told(&world), ["30 coordinator", "121 leader"], "made up for: it goes on");
    assert!(world.run.is_over() && world.timers.is_empty());
}

#[test]
fn who_refuses_takes_the_same_way_at_once() {
    let steps = "
  - id: block
    dispatch: {to: provider, kind: block, ground: Điều 11, text: Chặn.}
    within: 30m
    late: [{notify: {to: coordinator}}]
    failed:
      - notify: {to: leader}
";
    let mut world = Caller::begin(&book(steps));
    world.tell(&Event::DispatchRefused { step: "block".into() });
    assert_eq!(told(&world), ["0 leader"]);
    assert_eq!(world.run.steps["block"].status, Status::Refused);
    assert!(world.run.is_over() && world.timers.is_empty());
}

#[test]
fn work_left_undone_is_a_failure_only_where_somebody_wrote_what_to_do_then() {
    let plain = book(&format!("\n  - id: a\n    {TASK}\n  - id: b\n    after: a\n    {TASK}\n"));
    let mut world = Caller::begin(&plain);
    world.tell(&undone("a"));
    assert_eq!(world.run.steps["a"].status, Status::Done);
    assert_eq!(tasks(&world), ["a", "b"]);

    let mut world = Caller::begin(&format!("{plain}failed:\n  - notify: {{to: leader}}\n"));
    world.tell(&undone("a"));
    assert_eq!(world.run.steps["a"].status, Status::Failed);
    assert_eq!((tasks(&world), told(&world)), (vec!["a"], vec!["0 leader".to_owned()]));
    assert!(world.run.failed_at.is_some() && world.run.is_over());
}

#[test]
fn the_nearest_that_is_written_for_a_failure_takes_it() {
    let steps = format!(
        "
  - id: group
    parallel:
      - id: a
        {TASK}
        timeout: 1h
      - id: b
        {TASK}
    failed:
      - id: repair
        task: {{to: responders, phase: containing, text: Sửa.}}
  - id: next
    after: group
    notify: {{to: leader}}
failed:
  - notify: {{to: committee}}
"
    );
    let mut world = Caller::begin(&book(&steps));
    world.wait(61);
    assert_eq!(tasks(&world), ["a", "b"], "the others of the group go on");
    world.tell(&done("b"));
    assert_eq!(tasks(&world), ["a", "b", "repair"]);
    world.tell(&done("repair"));
    assert_eq!(told(&world), ["61 leader"]);

    // What was to make up for it fails as well: it goes further up.
    let mut world = Caller::begin(&book(&steps));
    world.wait(61);
    world.tell(&done("b"));
    world.tell(&undone("repair"));
    assert_eq!(told(&world), ["61 committee"]);
    assert!(!world.run.steps.contains_key("next") && world.run.is_over());
}

#[test]
fn a_failure_that_nobody_wrote_for_is_told_to_the_coordinators_once() {
    let steps = format!(
        "
  - id: group
    parallel:
      - id: a
        {TASK}
        timeout: 1h
  - id: next
    after: group
    {TASK}
"
    );
    let mut world = Caller::begin(&book(&steps));
    world.wait(24 * 60);
    assert_eq!(told(&world), ["60 coordinator"]);
    assert_eq!(world.run.steps["group"].status, Status::Failed);
    assert!(!world.run.steps.contains_key("next"));
    // And if there are no coordinators, to whoever is above.
    let vacant = Event::NobodyHolds { step: "a".into(), role: Role::Coordinator };
    world.tell(&vacant);
    assert_eq!(told(&world), ["60 coordinator", "1440 leader"]);
}

#[test]
fn a_group_that_is_given_up_calls_off_what_is_inside() {
    let steps = "
  - id: group
    timeout: 1h
    parallel:
      - id: ask
        approve: {by: leader, question: Được không?}
      - id: pause
        wait: 5h
";
    let mut world = Caller::begin(&book(steps));
    world.wait(61);
    assert!(world.questions.is_empty() && world.timers.is_empty());
    assert_eq!(world.run.steps["ask"].status, Status::Cancelled);
    assert_eq!(world.tell(&answer("ask", true)), []);
    assert!(world.run.is_over());
}

#[test]
fn an_unanswered_question_may_be_given_up() {
    let steps = "
  - id: ask
    approve: {by: leader, question: Được không?}
    timeout: 1h
    then: [{notify: {to: police}}]
    failed: [{notify: {to: committee}}]
";
    let mut world = Caller::begin(&book(steps));
    let mut effects = Vec::new();
    while let Some(key) = world.timers.keys().next().cloned() {
        world.now = world.timers[&key];
        effects.extend(world.tell(&Event::Fired { timer: key }));
    }
    assert!(effects.iter().any(|e| matches!(e, Effect::WithdrawQuestion { .. })));
    assert_eq!(told(&world), ["60 committee"]);
}

#[test]
fn a_called_playbook_brings_what_it_does_when_it_failed() {
    let inner = format!(
        "{}failed:\n  - notify: {{to: committee}}\n",
        book(&format!("\n  - id: a\n    {TASK}\n    timeout: 1h\n"))
    );
    let outer = "
  - id: call
    playbook: inner
  - id: next
    after: call
    notify: {to: leader}
";
    let mut world = Caller::begin_with(&book(outer), &[("inner", &inner)], Facts::default());
    world.wait(24 * 60);
    assert_eq!(told(&world), ["60 committee", "60 leader"]);
    assert!(world.run.steps.contains_key("call/exception/0"));
}

#[test]
fn what_was_learned_in_a_round_is_no_name_outside_of_it() {
    let steps = "
  - id: a
    loop: {while: \"!vars.ready\", rounds: 2, steps: [{id: inner, set: {ready: true}}]}
  - if: steps.inner == \"done\"
    notify: {to: leader}
";
    let problems = parse(&book(steps)).expect_err("a name of the round");
    assert_eq!(problems[0].code, "unknown_name");
    let steps = "
  - id: before
    set: {ready: false}
  - loop: {while: steps.before == \"done\", rounds: 2, steps: [{set: {ready: true}}]}
";
    let problems = parse(&book(steps)).expect_err("a name outside the round");
    assert_eq!(problems[0].code, "unknown_name");
}

#[test]
fn a_simulation_shows_failures_and_rounds() {
    let text = book(&format!(
        "
  - id: try
    loop:
      by: coordinator
      question: Thử lại?
      rounds: 3
      steps:
        - id: work
          {TASK}
  - id: block
    {TASK}
    timeout: 1h
    failed: [{{notify: {{to: leader}}}}]
"
    ));
    let playbook = parse(&text).expect("reads");
    let calendar = shipped_calendar();
    let scenario = Scenario {
        facts: Facts::default(),
        silent: Vec::new(),
        answers: vec![Scripted {
            step: "block".into(),
            reply: Reply::Refused,
            after: Span::minutes(10),
        }],
        from: calendar.read_local("2026-02-13T15:00").expect("a time"),
        calendar,
    };
    let shown = table(&simulate(&playbook, &scenario), &scenario, Language::En);
    for line in [
        "begins round: 1/3",
        "has failed and is given up",
        "`block` failed",
        "the playbook is over",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(!shown.contains("begins round: 3/3"), "{shown}");
}
