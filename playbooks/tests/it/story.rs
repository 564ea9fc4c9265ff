//! The escalation as it is lived, on a virtual clock.

use crate::caller::{Caller, morning};
use crate::shipped::of_categories;
use playbooks::{Event, Facts, Role, Status, Why, library, shipped};

const RECEIVE: &str = r#"
playbook: receive
version: 1
title: Tiếp nhận
first_aid: |
  1. Rút dây mạng.
steps:
  - id: receive
    notify: {to: duty_officer, ask: acknowledge}
    within: 15m
    late:
      - notify: {to: coordinator, ask: acknowledge}
        within: 15m
        late:
          - notify: {to: leader}
            repeat: {every: 30m, times: 4}
  - id: isolate
    task: {to: it_officer, phase: containing, text: Tách máy khỏi mạng., evidence: required}
    within: 1h
    late: [{notify: {to: [unit_head, coordinator]}}]
"#;

fn expect(said: &[(i64, String)], wanted: &[(i64, &str)]) {
    let said: Vec<(i64, &str)> = said.iter().map(|(at, to)| (*at, to.as_str())).collect();
    assert_eq!(said, wanted);
}

#[test]
fn silence_climbs_from_duty_officer_to_leader() {
    let mut world = Caller::begin(RECEIVE);
    world.wait(24 * 60);
    expect(
        &world.said(),
        &[
            (0, "duty_officer"),
            (15, "coordinator"),
            (30, "leader"),
            (60, "unit_head+coordinator"),
            (60, "leader"),
            (90, "leader"),
            (120, "leader"),
            (150, "leader"),
        ],
    );
    assert!(world.timers.is_empty());
    let waiting: Vec<String> =
        world.run.waiting(&world.playbook).into_iter().map(|w| w.step).collect();
    assert_eq!(waiting, ["receive", "receive/late/0", "isolate"]);
    assert!(!world.run.is_over());
}

#[test]
fn somebody_who_does_not_wait_climbs_one_level_a_call() {
    let event = || Event::Escalated { by: "Lê Thử".to_owned(), reason: "Lan nhanh.".to_owned() };
    let mut world = Caller::begin(RECEIVE);
    world.wait(3);
    world.tell(&event());
    world.wait(1);
    world.tell(&event());
    expect(&world.said(), &[(0, "duty_officer"), (3, "coordinator"), (4, "leader")]);
    let last = world.notices.last().map(|notice| notice.why.clone());
    let why = Why::Escalated {
        step: "receive/late/0".to_owned(),
        by: "Lê Thử".to_owned(),
        reason: "Lan nhanh.".to_owned(),
    };
    assert_eq!(last, Some(why));
    let said: Vec<&str> = world.notes.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(said.iter().filter(|code| **code == "step_escalated").count(), 2);
    assert!(!said.contains(&"step_late"), "nobody was late");
    // The task's deadline is the next to be called for; an answer ends all of it.
    assert!(world.run.next_escalation(&world.playbook).is_some());
    world.tell(&Event::Acknowledged);
    world.tell(&Event::TaskDone { step: "isolate".to_owned() });
    assert!(world.run.is_over() && world.tell(&event()).is_empty());
}

#[test]
fn the_keys_are_the_place_in_the_file() {
    let mut world = Caller::begin(RECEIVE);
    assert_eq!(world.timers.keys().collect::<Vec<_>>(), ["isolate/late", "receive/late"]);
    world.wait(15);
    assert_eq!(world.timers.keys().collect::<Vec<_>>(), ["isolate/late", "receive/late/0/late"]);
    world.wait(15);
    assert_eq!(
        world.timers.keys().collect::<Vec<_>>(),
        ["isolate/late", "receive/late/0/late/0/repeat/1"]
    );
}

#[test]
fn an_answer_in_time_tells_nobody_else() {
    let mut world = Caller::begin(RECEIVE);
    world.wait(14);
    world.tell(&Event::Acknowledged);
    world.wait(40);
    expect(&world.said(), &[(0, "duty_officer")]);
    assert!(world.withdrawn.is_empty(), "the first words were no repeat and nobody else's");
    assert_eq!(world.run.steps["receive"].status, Status::Done);
}

#[test]
fn an_answer_at_the_coordinators_turn_stops_the_leaders() {
    let mut world = Caller::begin(RECEIVE);
    world.wait(29);
    world.tell(&Event::Acknowledged);
    assert_eq!(world.withdrawn.iter().collect::<Vec<_>>(), ["receive/late/0"]);
    world.wait(24 * 60);
    expect(
        &world.said(),
        &[(0, "duty_officer"), (15, "coordinator"), (60, "unit_head+coordinator")],
    );
    assert_eq!(world.run.steps["receive/late/0"].status, Status::Done);
    assert!(!world.run.steps.contains_key("receive/late/0/late/0"));
}

#[test]
fn an_answer_between_repeats_stops_the_rest() {
    let mut world = Caller::begin(RECEIVE);
    world.wait(100);
    world.tell(&Event::Acknowledged);
    world.wait(24 * 60);
    let leader = world.said().into_iter().filter(|(_, to)| to == "leader").count();
    assert_eq!(leader, 3, "told at 30, 60 and 90 minutes");
    assert!(world.withdrawn.contains("receive/late/0/late/0"));
    // A second answer, and the timers that were cancelled, mean nothing.
    let before = world.run.clone();
    assert_eq!(world.tell(&Event::Acknowledged), []);
    for timer in ["receive/late", "receive/late/0/late/0/repeat/4", "nonsense", "/late", ""] {
        assert_eq!(world.tell(&Event::Fired { timer: timer.into() }), []);
    }
    assert_eq!(world.run, before);
}

#[test]
fn a_task_done_late_still_counts() {
    let mut world = Caller::begin(RECEIVE);
    world.tell(&Event::Acknowledged);
    world.wait(70);
    assert!(world.run.steps["isolate"].late);
    world.tell(&Event::TaskDone { step: "isolate".into() });
    assert!(world.withdrawn.contains("isolate/late/0"), "what was not sent is moot");
    assert!(world.run.is_over());
    assert_eq!(world.tell(&Event::TaskDone { step: "isolate".into() }), []);
}

#[test]
fn a_server_that_was_down_says_so_and_does_not_storm() {
    let mut world = Caller::begin(RECEIVE);
    world.minutes_later(180);
    world.tell(&Event::Fired { timer: "receive/late".into() });
    world.tell(&Event::Fired { timer: "isolate/late".into() });
    expect(
        &world.said(),
        &[(0, "duty_officer"), (180, "coordinator"), (180, "unit_head+coordinator")],
    );
    let late: Vec<_> = world.notes.iter().filter(|(code, _)| code == "timer_late").collect();
    assert_eq!(late.len(), 2);
    assert_eq!(
        late[0].1,
        [
            ("timer".to_owned(), "receive/late".to_owned()),
            ("late_by".to_owned(), (165 * 60).to_string()),
        ]
    );
    let Why::Silence { waited, .. } = &world.notices[1].why else { panic!("silence") };
    assert_eq!(waited.as_minutes(), 180);
    // The coordinator has the full quarter of an hour, whatever was missed before.
    world.wait(14);
    assert_eq!(world.notices.len(), 3);
    world.wait(1);
    assert_eq!(world.notices.len(), 4);
}

#[test]
fn a_timer_fired_early_by_a_faster_clock_acts_the_same() {
    let mut world = Caller::begin(RECEIVE);
    world.now += chrono::TimeDelta::seconds(15);
    world.tell(&Event::Fired { timer: "receive/late".into() });
    let Why::Silence { waited, .. } = &world.notices[1].why else { panic!("silence") };
    assert_eq!(waited.as_minutes(), 15, "what was written, not what the scaled clock shows");
    assert!(world.notes.iter().all(|(code, _)| code != "timer_late"));
}

#[test]
fn the_end_cancels_everything() {
    let mut world = Caller::begin(RECEIVE);
    world.wait(45);
    world.tell(&Event::Ended);
    assert!(world.timers.is_empty() && world.run.is_over());
    assert!(world.withdrawn.contains("receive") && world.withdrawn.contains("receive/late/0"));
    let said = world.notices.len();
    world.wait(24 * 60);
    for event in [Event::Acknowledged, Event::Ended, Event::TaskDone { step: "isolate".into() }] {
        assert_eq!(world.tell(&event), []);
    }
    assert_eq!(world.notices.len(), said);
}

#[test]
fn an_empty_rota_does_not_wait_in_silence() {
    let mut world = Caller::begin(RECEIVE);
    world.tell(&Event::NobodyHolds { step: "receive".into(), role: Role::DutyOfficer });
    expect(&world.said(), &[(0, "duty_officer"), (0, "coordinator")]);
    assert!(matches!(world.notices[1].why, Why::Vacant { .. }) && world.notices[1].asks);
    world.tell(&Event::NobodyHolds { step: "receive/late/0".into(), role: Role::Coordinator });
    expect(&world.said()[2..], &[(0, "leader")]);
    // Above the last step of the file the ladder of roles goes on, and ends in plain words.
    let leader = "receive/late/0/late/0";
    world.tell(&Event::NobodyHolds { step: leader.into(), role: Role::Leader });
    world.tell(&Event::NobodyHolds { step: leader.into(), role: Role::Leader });
    expect(&world.said()[3..], &[(0, "committee")]);
    world.tell(&Event::NobodyHolds { step: leader.into(), role: Role::Committee });
    assert!(world.notes.iter().any(|(code, _)| code == "nobody_left"));
}

#[test]
fn words_after_the_acknowledgement_ask_for_nothing() {
    let text = RECEIVE.replace(
        "late: [{notify: {to: [unit_head, coordinator]}}]",
        "late: [{notify: {to: coordinator, ask: acknowledge}, within: 10m, late: [{notify: {to: leader}}]}]",
    );
    let mut world = Caller::begin(&text);
    world.tell(&Event::Acknowledged);
    world.wait(24 * 60);
    expect(&world.said(), &[(0, "duty_officer"), (60, "coordinator")]);
    assert!(!world.notices[1].asks);
}

#[test]
fn another_version_is_refused_in_words() {
    let world = Caller::begin(RECEIVE);
    let other = playbooks::parse(&RECEIVE.replace("version: 1", "version: 2")).expect("parses");
    let (run, effects) = playbooks::advance(
        &other,
        &world.run,
        &Event::Acknowledged,
        &playbooks::Moment::at(world.now),
    );
    assert_eq!(run, world.run);
    assert!(matches!(&effects[..], [playbooks::Effect::Note { code: "other_version", .. }]));
}

#[test]
fn every_shipped_playbook_reaches_the_leader_in_half_an_hour() {
    for name in of_categories() {
        assert!(shipped(name).is_some(), "{name}");
        let (_, text) = library().iter().find(|(known, _)| *known == name).expect("shipped");
        let mut world = Caller::begin_with(text, library(), Facts::default());
        world.wait(24 * 60);
        let said: Vec<(i64, &str)> = world
            .notices
            .iter()
            .filter(|notice| notice.step == "receive" || notice.step.starts_with("receive/"))
            .map(|notice| ((notice.at - morning()).num_minutes(), notice.to[0].clone()))
            .map(|(at, to)| (at, if to == Role::Leader { "leader" } else { "" }))
            .collect();
        let leader = [30, 60, 90, 120, 150].map(|at| (at, "leader"));
        assert_eq!(said[..2], [(0, ""), (15, "")], "{name}");
        assert_eq!(said[2..], leader, "{name}: told once, and four times more");
        world.tell(&Event::Ended);
        assert!(world.run.is_over() && world.timers.is_empty(), "{name}");
    }
}
