//! The kinds of steps lived through: questions, requests, waits, groups, calls, variables, clocks.

use crate::caller::{Caller, morning};
use playbooks::{
    Change, Effect, Event, Facts, Moment, Role, Status, Why, advance, parse, parse_calendar,
    parse_pinned, pin, recount, shipped_calendar, start,
};

const HEAD: &str =
    "playbook: story\nversion: 1\ntitle: Câu chuyện\nfirst_aid: 1. Gọi trực ban.\nsteps:\n";

fn book(steps: &str) -> String {
    format!("{HEAD}{steps}")
}

fn answer(step: &str, yes: bool) -> Event {
    Event::Answered { step: step.to_owned(), yes }
}

fn said(world: &Caller) -> Vec<String> {
    world.said().into_iter().map(|(at, to)| format!("{at} {to}")).collect()
}

const REFER: &str = "
  - id: refer
    approve: {by: leader, question: Chuyển hồ sơ cho Công an tỉnh?}
    within: 30m
    late:
      - notify: {to: committee}
    then:
      - id: police
        dispatch: {to: police, kind: investigate, ground: Điều 10.1, text: Đề nghị điều tra., accept_within: 2h}
        within: 24h
    otherwise:
      - notify: {to: coordinator}
";

#[test]
fn a_question_waits_for_its_answer_and_takes_one_branch() {
    for (yes, started, not) in
        [(true, "police", "refer/otherwise/0"), (false, "refer/otherwise/0", "police")]
    {
        let mut world = Caller::begin(&book(REFER));
        assert_eq!(world.run.waiting(&world.playbook)[0].on, [Role::Leader]);
        world.wait(10);
        world.tell(&answer("refer", yes));
        assert!(world.run.steps.contains_key(started), "{yes}");
        assert!(!world.run.steps.contains_key(not), "{yes}");
        // A second answer, the other way round, changes nothing.
        assert_eq!(world.tell(&answer("refer", !yes)), []);
        world.wait(60);
        assert!(!said(&world).contains(&"30 committee".to_owned()), "the late was cancelled");
    }
}

#[test]
fn a_question_late_is_still_a_question() {
    let mut world = Caller::begin(&book(REFER));
    world.wait(45);
    assert_eq!(said(&world), ["30 committee"]);
    world.tell(&answer("refer", true));
    assert!(world.dispatches.contains("police"));
    world.tell(&Event::DispatchDone { step: "police".into() });
    assert!(world.run.is_over());
}

#[test]
fn a_refused_request_goes_to_its_late_or_to_the_coordinators() {
    let with_late = "
  - id: logs
    dispatch: {to: provider, kind: provide_logs, ground: Điều 11.2, text: Cung cấp nhật ký.}
    within: 24h
    late: [{notify: {to: [coordinator, leader]}}]
";
    let mut world = Caller::begin(&book(with_late));
    world.wait(20);
    let effects = world.tell(&Event::DispatchRefused { step: "logs".into() });
    assert!(effects.iter().any(|e| matches!(e, Effect::Notify { why: Why::Refused { .. }, .. })));
    assert_eq!(said(&world), ["20 coordinator+leader"]);
    assert_eq!(world.run.steps["logs"].status, Status::Refused);
    assert_eq!(world.tell(&Event::DispatchDone { step: "logs".into() }), []);

    let mut world = Caller::begin(&book(
        "  - id: logs\n    dispatch: {to: provider, kind: block, ground: Điều 11.2, text: Chặn.}\n",
    ));
    world.tell(&Event::DispatchRefused { step: "logs".into() });
    assert_eq!(said(&world), ["0 coordinator"]);
    assert!(world.run.is_over());
}

#[test]
fn a_system_is_told_by_its_name_and_silence_about_it_is_not_possible() {
    let text = "
  - id: siem
    webhook: {target: siem-tinh, text: Sự cố mới.}
    within: 10m
    late: [{notify: {to: coordinator}}]
";
    let mut world = Caller::begin(&book(text));
    assert_eq!(world.webhooks["siem"], "siem-tinh");
    world.wait(5);
    world.tell(&Event::Delivered { step: "siem".into() });
    assert!(world.run.is_over() && world.timers.is_empty() && said(&world).is_empty());
    assert_eq!(world.tell(&Event::Undelivered { step: "siem".into() }), []);

    // Nobody there: its late at once, and not a second time.
    let mut world = Caller::begin(&book(text));
    world.wait(3);
    world.tell(&Event::Undelivered { step: "siem".into() });
    assert_eq!(said(&world), ["3 coordinator"]);
    assert_eq!(world.run.steps["siem"].status, Status::Refused);
    world.wait(60);
    assert_eq!(said(&world).len(), 1);

    // It took long and failed at last: what is late has been told already.
    let mut world = Caller::begin(&book(text));
    world.wait(30);
    world.tell(&Event::Undelivered { step: "siem".into() });
    assert_eq!(said(&world), ["10 coordinator"]);

    // Without a late the coordinators hear of it.
    let mut world = Caller::begin(&book("  - id: siem\n    webhook: {target: siem-tinh}\n"));
    let effects = world.tell(&Event::Undelivered { step: "siem".into() });
    let why = |e: &Effect| matches!(e, Effect::Notify { why: Why::Undelivered { .. }, .. });
    assert!(effects.iter().any(why));
    assert_eq!(said(&world), ["0 coordinator"]);

    // The case ends first: what is not sent is withdrawn.
    let mut world = Caller::begin(&book(text));
    world.tell(&Event::Ended);
    assert!(world.withdrawn.contains("siem") && world.run.is_over());
}

#[test]
fn evidence_goes_with_a_request_only_where_it_is_written() {
    let text = "
  - dispatch: {to: police, kind: investigate, ground: Điều 10.1, text: Xác minh., attach: evidence}
  - dispatch: {to: provider, kind: block, ground: Điều 11.2, text: Chặn.}
";
    let playbook = parse(&book(text)).expect("good");
    let (_, effects) = start(&playbook, &Moment::at(morning()));
    let attached: Vec<bool> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Dispatch { attach_evidence, .. } => Some(*attach_evidence),
            _ => None,
        })
        .collect();
    assert_eq!(attached, [true, false]);
}

#[test]
fn everything_starts_together_and_only_a_wait_holds_back() {
    let mut world = Caller::begin(&book(
        "
  - notify: {to: duty_officer}
  - wait: 1h
  - notify: {to: coordinator}
  - wait: {for: 30m}
  - notify: {to: leader}
",
    ));
    assert_eq!(said(&world), ["0 duty_officer"]);
    world.wait(24 * 60);
    assert_eq!(said(&world), ["0 duty_officer", "60 coordinator", "90 leader"]);
    assert!(world.run.is_over());
}

#[test]
fn a_wait_for_a_condition_names_somebody_and_speaks_up_when_late() {
    let steps = "
  - id: isolate
    task: {to: it_officer, phase: containing, text: Ngắt mạng.}
  - id: contained
    wait: {until: 'steps.isolate == \"done\" && incident.state == \"eradicating\"', by: responders}
    within: 2h
    late: [{notify: {to: coordinator}}]
  - notify: {to: unit_head}
";
    let mut world = Caller::begin(&book(steps));
    let waiting = world.run.waiting(&world.playbook);
    assert_eq!(waiting[1].on, [Role::Responders]);
    world.wait(3 * 60);
    assert_eq!(said(&world), ["120 coordinator"]);
    world.tell(&Event::TaskDone { step: "isolate".into() });
    assert_eq!(said(&world).len(), 1);
    world.facts.incident.state = "eradicating".into();
    world.tell(&Event::Changed);
    assert_eq!(said(&world), ["120 coordinator", "180 unit_head"]);
    assert!(world.run.is_over());
}

#[test]
fn a_group_is_complete_with_all_inside_and_is_late_as_one() {
    let steps = "
  - id: both
    within: 1h
    late: [{notify: {to: coordinator}}]
    parallel:
      - id: a
        task: {to: it_officer, phase: containing, text: A.}
      - id: b
        if: incident.signs_of_crime
        task: {to: unit_head, phase: containing, text: B.}
";
    let mut world = Caller::begin(&book(steps));
    assert_eq!(world.run.steps["b"].status, Status::Skipped);
    world.tell(&Event::TaskDone { step: "a".into() });
    assert!(world.run.is_over() && world.timers.is_empty());

    let mut facts = Facts::default();
    facts.incident.signs_of_crime = true;
    let mut world = Caller::begin_with(&book(steps), &[], facts);
    world.tell(&Event::TaskDone { step: "a".into() });
    world.wait(2 * 60);
    assert_eq!(said(&world), ["60 coordinator"]);
    world.tell(&Event::TaskDone { step: "b".into() });
    assert_eq!(world.run.steps["both"].status, Status::Done);
}

#[test]
fn a_called_playbook_runs_under_the_callers_name_and_stays_with_its_text() {
    let called = "
playbook: refer
version: 7
title: Chuyển hồ sơ
first_aid: 1. Gọi.
steps:
  - id: ask
    approve: {by: leader, question: Chuyển?}
  - id: wait-for-it
    wait: {until: 'answers.ask == \"yes\"', by: leader}
    within: 1h
    late: [{notify: {to: committee}}]
  - notify: {to: police}
";
    let find = |name: &str| (name == "refer").then(|| called.to_owned());
    let text = book("  - id: police\n    playbook: refer\n  - set: {referred: true}\n");
    let mut world = Caller::begin_with(&text, &[("refer", called)], Facts::default());
    assert_eq!(world.tell(&answer("ask", true)), [], "that name is the called one's own");
    world.tell(&answer("police/ask", true));
    assert_eq!(said(&world), ["0 police"]);
    assert_eq!(world.run.steps["police"].status, Status::Done);
    assert!(world.run.is_over());

    let pinned = pin(&text, &find).expect("pins");
    assert_eq!(parse_pinned(&pinned).expect("reads"), world.playbook, "without the library");
    let found = playbooks::library().iter().find(|(name, _)| *name == "serious");
    let (_, alone) = found.expect("shipped");
    assert_eq!(pin(alone, &|_| None).as_deref(), Ok(*alone));
}

#[test]
fn variables_remember_which_way_was_taken() {
    let steps = "
  - id: ask
    approve: {by: coordinator, question: Có dấu hiệu lan rộng?}
    then: [{set: {wide: true, note: rộng}}]
    otherwise: [{set: {wide: false, note: hẹp}}]
  - wait: {until: 'answers.ask != \"none\"', by: coordinator}
    within: 1h
    late: [{notify: {to: leader}}]
  - if: vars.wide && vars.note.startsWith(\"r\")
    notify: {to: committee}
";
    for (yes, wanted) in [(true, vec!["0 committee"]), (false, vec![])] {
        let mut world = Caller::begin(&book(steps));
        world.tell(&answer("ask", yes));
        assert_eq!(said(&world), wanted);
        assert!(world.run.is_over());
    }
}

#[test]
fn working_time_stands_still_over_tet() {
    let steps = "
  - task: {to: it_officer, phase: reviewing, text: Báo cáo.}
    within: 1d
    clock: working
    late: [{notify: {to: leader}}]
";
    let playbook = parse(&book(steps)).expect("reads");
    // Friday before Tết Bính Ngọ, 15:00 in Thanh Hóa: one working day later is Monday after it.
    let friday = "2026-02-13T08:00:00Z".parse().expect("a time");
    let (run, effects) = start(&playbook, &Moment::at(friday));
    let due = run.timers.values().next().expect("armed").to_rfc3339();
    assert_eq!(due, "2026-02-23T08:00:00+00:00");
    assert!(effects.iter().any(|e| matches!(e, Effect::Task { due_in: Some(span), .. }
        if span.as_seconds() == 10 * 86_400)));
}

#[test]
fn another_calendar_moves_what_counts_working_days_and_nothing_else() {
    let steps = "
  - id: report
    task: {to: it_officer, phase: reviewing, text: Báo cáo.}
    within: 1d
    clock: working
    late: [{notify: {to: leader}}]
  - id: chase
    notify: {to: it_officer, ask: acknowledge, text: Nhận việc.}
    within: 3d
    late: [{notify: {to: leader}}]
  - id: pause
    wait: 2d
    clock: working
";
    let playbook = parse(&book(steps)).expect("reads");
    // A Monday in March; the province's own calendar has Tuesday and Wednesday off.
    let monday = "2026-03-09T03:00:00Z".parse().expect("a time");
    let (run, _) = start(&playbook, &Moment::at(monday));
    let own = parse_calendar(
        "calendar: tinh\ntitle: Của tỉnh\nutc_offset: \"+07:00\"\nweekend: [saturday, sunday]\n\
         years: [2026]\noff:\n  - {from: \"2026-03-10\", to: \"2026-03-11\", title: Lễ hội}\n",
    )
    .expect("a calendar");
    let later = "2026-03-09T09:00:00Z".parse().expect("a time");
    let moment = Moment { calendar: &own, ..Moment::at(later) };
    let moved = recount(&playbook, &run, &moment);
    let at = |key: &str| moved.run.timers[key].to_rfc3339();
    assert_eq!(at("report/late"), "2026-03-12T03:00:00+00:00");
    assert_eq!(at("pause/wait"), "2026-03-13T03:00:00+00:00");
    assert_eq!(at("chase/late"), run.timers["chase/late"].to_rfc3339(), "day and night");
    assert_eq!(moved.due["report"].to_rfc3339(), "2026-03-12T03:00:00+00:00");
    assert!(!moved.due.contains_key("chase"));
    let set = |effect: &Effect| match effect {
        Effect::SetTimer { key, .. } => key.clone(),
        other => panic!("{other:?}"),
    };
    let keys: Vec<String> = moved.effects.iter().map(set).collect();
    assert!(keys.contains(&"report/late".to_owned()) && !keys.contains(&"chase/late".to_owned()));

    // The same calendar again moves nothing; the shipped one moves it back, even into the past.
    assert!(recount(&playbook, &moved.run, &moment).effects.is_empty());
    let wednesday = "2026-03-11T03:00:00Z".parse().expect("a time");
    let back = recount(&playbook, &moved.run, &Moment::at(wednesday)).run;
    assert_eq!(back.timers["report/late"].to_rfc3339(), "2026-03-10T03:00:00+00:00");
    let fired = Event::Fired { timer: "report/late".to_owned() };
    let (after, effects) = advance(&playbook, &back, &fired, &Moment::at(wednesday));
    let said = |wanted: &str| {
        let late = |e: &Effect| matches!(e, Effect::Note { code, .. } if *code == wanted);
        effects.iter().any(late)
    };
    assert!(said("timer_late") && said("step_late"), "{effects:?}");

    // What fired stays fired.
    let again = recount(&playbook, &after, &Moment { calendar: &own, ..Moment::at(wednesday) });
    assert!(!again.run.timers.contains_key("report/late"));
}

#[test]
fn the_shipped_calendar_knows_the_holidays_and_says_what_may_change() {
    let calendar = shipped_calendar();
    let worked = |date: &str| calendar.is_worked(date.parse().expect("a date"));
    assert_eq!(calendar.years, [2026, 2027]);
    for off in [
        "2026-01-01",
        "2026-02-17",
        "2026-04-27",
        "2026-04-30",
        "2026-09-02",
        "2026-11-22",
        "2027-01-01",
        "2027-02-08",
        "2027-04-16",
        "2027-05-03",
        "2027-09-02",
    ] {
        assert!(!worked(off), "{off}");
    }
    for on in ["2026-01-10", "2026-02-13", "2026-02-23", "2026-04-28", "2026-11-23", "2027-02-12"] {
        assert!(worked(on), "{on}");
    }
    // Six holidays of Article 112 a year, eleven days in all, besides those given in exchange.
    let sure = calendar.days.values().filter(|day| !day.may_change).count();
    assert!(sure >= 9, "{sure}");
    assert!(calendar.days[&"2027-02-08".parse().expect("a date")].may_change);
    let from = morning();
    let span = playbooks::Span::minutes(3 * 24 * 60);
    assert_eq!(calendar.between(from, calendar.after(from, span)), span);
}

#[test]
fn a_run_kept_by_the_version_before_is_still_read_and_goes_on() {
    // As the first version wrote it: no variables, no answers, no halted.
    let kept = r#"{"playbook":"default","version":1,"started_at":"2026-02-16T17:00:00Z",
        "steps":{"receive":{"status":"open","opened_at":"2026-02-16T17:00:00Z","firings":1,
        "late":false,"withdrawn":false}},
        "timers":{"receive/late":"2026-02-16T17:15:00Z"}}"#;
    let run: playbooks::Run = serde_json::from_str(kept).expect("reads");
    let playbook = parse(&book("  - id: receive\n    notify: {to: duty_officer, ask: acknowledge}\n    within: 15m\n    late: [{notify: {to: leader}}]\n").replace("story", "default")).expect("reads");
    let moment = Moment::at("2026-02-16T17:15:00Z".parse().expect("a time"));
    let event = Event::Fired { timer: "receive/late".into() };
    let (next, effects) = advance(&playbook, &run, &event, &moment);
    assert!(next.steps["receive"].late);
    assert!(
        effects.iter().any(|e| matches!(e, Effect::Notify { to, .. } if *to == [Role::Leader]))
    );
    assert_eq!(
        serde_json::to_string(&run).expect("writes").replace('\n', ""),
        kept.replace(['\n', ' '], "")
    );
}

#[test]
fn another_version_shows_what_it_changes_before_it_does() {
    let one = book(
        "
  - id: receive
    notify: {to: duty_officer, ask: acknowledge}
    within: 30m
    late: [{notify: {to: leader}}]
  - id: old
    approve: {by: leader, question: Cũ?}
",
    );
    let two = one.replace("version: 1", "version: 2").replace("30m", "20m").replace(
        "id: old\n    approve: {by: leader, question: Cũ?}",
        "id: fresh\n    notify: {to: unit_head}",
    ) + "  - wait: 1h\n  - id: after\n    notify: {to: national}\n";
    let mut world = Caller::begin(&one);
    world.wait(5);
    let changes = world.rebase(parse(&two).expect("reads")).expect("fits");
    let due = morning() + chrono::TimeDelta::minutes(20);
    assert!(changes.contains(&Change::Dropped { step: "old".into(), was_open: true }));
    assert!(changes.contains(&Change::Begins { step: "fresh".into() }));
    assert!(changes.contains(&Change::Added { step: "after".into() }));
    assert!(changes.iter().any(|c| matches!(c, Change::Timer { key, to: Some(to), .. }
        if key == "receive/late" && *to == due)));
    assert_eq!(said(&world), ["0 duty_officer", "5 unit_head"], "nobody is told twice");
    assert!(world.questions.is_empty());
    world.wait(60);
    assert_eq!(said(&world)[2..], ["20 leader", "65 national"]);

    let clash = two
        .replace("version: 2", "version: 3")
        .replace("id: fresh\n    notify: {to: unit_head}", "id: fresh\n    set: {a: 1}");
    assert_eq!(world.rebase(parse(&clash).expect("reads")), Err(vec!["fresh".to_owned()]));
}
