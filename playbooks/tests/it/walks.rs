//! Every shipped playbook walked on a virtual clock: everybody answers, the duty officer is silent,
//! the leader says no, nobody moves.

use crate::shipped::{PARTS, of_categories};
use playbooks::{
    Facts, Playbook, Reply, Role, Row, Scenario, Scripted, Span, What, shipped, shipped_calendar,
    simulate,
};
use std::collections::BTreeSet;

/// An incident in which everything is the matter, so that every branch is walked.
fn bad_day() -> Facts {
    let mut facts = Facts::default();
    let incident = &mut facts.incident;
    incident.state = "verifying".into();
    incident.priority = "urgent".into();
    incident.signs_of_crime = true;
    incident.personal_data = true;
    incident.beyond_capacity = true;
    incident.indicators.ip = vec!["203.0.113.7".into()];
    facts.system.level = 4;
    facts
}

fn walk(book: &Playbook, facts: Facts, silent: &[Role], answers: &[&str]) -> Vec<Row> {
    let answers = answers.iter().map(|text| Scripted::parse(text).expect("an answer")).collect();
    let scenario = Scenario {
        facts,
        silent: silent.to_vec(),
        answers,
        from: "2026-11-20T02:00:00Z".parse().expect("a time"),
        calendar: shipped_calendar(),
    };
    simulate(book, &scenario)
}

fn each(check: impl Fn(&str, &Playbook)) {
    for name in of_categories() {
        check(name, shipped(name).expect("shipped"));
    }
}

/// Where something of a step stands among the rows; the step must be there.
fn at(rows: &[Row], step: &str, what: What) -> usize {
    let found = rows.iter().position(|row| row.step == step && row.what == what);
    found.unwrap_or_else(|| panic!("no {what:?} of {step}: {rows:#?}"))
}

fn sent_to(rows: &[Row], to: &Role) -> Option<usize> {
    rows.iter().position(|row| row.what == What::Dispatch && row.whom.contains(to))
}

/// One cause rings one person once; only what says that it repeats comes again.
fn nobody_hears_twice(name: &str, rows: &[Row]) {
    let mut heard = BTreeSet::new();
    for row in rows {
        let says = matches!(
            row.what,
            What::Told | What::Asked | What::Task | What::Dispatch | What::Question
        );
        if !says || matches!(row.why, Some(playbooks::Why::Repeat { .. })) {
            continue;
        }
        for role in &row.whom {
            let once = heard.insert((row.step.clone(), role.clone()));
            assert!(once, "{name}: {} twice for {role}", row.step);
        }
    }
    // A step and the wait for it are one cause: they call different people.
    for (task, wait) in [
        ("contain", "contained"),
        ("evidence", "saved"),
        ("backup_before", "saved"),
        ("eradicate", "eradicated"),
        ("recover", "recovered"),
    ] {
        let called = |step: &str| -> BTreeSet<&Role> {
            let late = format!("{step}/late/");
            rows.iter().filter(|row| row.step.starts_with(&late)).flat_map(|r| &r.whom).collect()
        };
        assert!(called(task).is_disjoint(&called(wait)), "{name}: {task} and {wait}");
    }
}

fn in_order(name: &str, rows: &[Row]) {
    let done = |step| at(rows, step, What::Reply(Reply::Ok));
    let task = |step| at(rows, step, What::Task);
    for (first, then) in [
        ("contain", "evidence"),
        ("contain", "backup_before"),
        ("evidence", "eradicate"),
        ("backup_before", "eradicate"),
        ("eradicate", "recover"),
        ("recover", "backup_after"),
        ("backup_after", "review"),
    ] {
        assert!(done(first) < task(then), "{name}: {then} before {first} is done");
    }
    let stable = at(rows, "stable", What::Reply(Reply::Yes));
    assert!(done("recover") < stable && stable < task("review"), "{name}");
}

#[test]
fn everybody_answers_and_it_ends() {
    each(|name, book| {
        let rows = walk(book, bad_day(), &[], &[]);
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}: {rows:#?}");
        in_order(name, &rows);
        nobody_hears_twice(name, &rows);
        let refer = at(&rows, "crime_refer/refer", What::Reply(Reply::Yes));
        let referral = if name == "data_theft" { "data/left" } else { "data_notice/left" };
        at(&rows, referral, What::Question);
        assert!(sent_to(&rows, &Role::Police).is_some_and(|sent| refer < sent), "{name}");
        let up = at(&rows, "serious/send_up", What::Reply(Reply::Yes));
        assert!(sent_to(&rows, &Role::National).is_some_and(|sent| up < sent), "{name}");
        let form = at(&rows, "serious/form_03", What::Reply(Reply::Ok));
        assert!(form < at(&rows, "serious/send_up", What::Question), "{name}");
        // Answered in time, nobody above is called for silence.
        let called = rows.iter().filter(|row| row.step.starts_with("receive/")).count();
        assert_eq!(called, 0, "{name}");
        let spokesperson = rows.iter().filter(|row| row.step == "spokesperson").count();
        assert_eq!(spokesperson, 2, "{name}: given and done");
    });
}

#[test]
fn an_ordinary_day_asks_neither_police_nor_the_nation() {
    each(|name, book| {
        let mut facts = Facts::default();
        facts.incident.state = "verifying".into();
        let rows = walk(book, facts, &[], &[]);
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}: {rows:#?}");
        in_order(name, &rows);
        nobody_hears_twice(name, &rows);
        for (step, called) in [("crime_refer", "police_referral"), ("serious", "serious")] {
            at(&rows, step, What::Skipped);
            let inside = rows.iter().filter(|row| row.step.starts_with(&format!("{step}/")));
            assert_eq!(inside.count(), 0, "{name} in {called}");
        }
        let leaders = rows.iter().filter(|row| row.whom.contains(&Role::Leader)).count();
        assert_eq!(leaders, 0, "{name}: leaders hear of nothing when all is answered");
    });
}

#[test]
fn the_duty_officer_is_silent_and_the_next_level_takes_it() {
    each(|name, book| {
        let rows = walk(book, bad_day(), &[Role::DutyOfficer], &[]);
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}");
        let asked = rows.iter().find(|row| row.step == "receive/late/0").expect("the next level");
        assert_eq!((asked.after, asked.whom.as_slice()), (15 * 60, &[Role::Coordinator][..]));
        let climbed = rows.iter().any(|row| row.step.starts_with("receive/late/0/late"));
        assert!(!climbed, "{name}: the coordinator answered, the leaders sleep");
        // Those on the spot did not wait for the desk.
        let contain = rows.get(at(&rows, "contain", What::Task)).expect("a row");
        assert!(contain.after <= 15 * 60, "{name}");
        in_order(name, &rows);
        nobody_hears_twice(name, &rows);
    });
}

#[test]
fn the_leader_says_no_and_nothing_leaves_for_police_or_nation() {
    each(|name, book| {
        let no = ["crime_refer/refer=no@30m", "serious/send_up=no@30m"];
        let rows = walk(book, bad_day(), &[], &no);
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}");
        assert_eq!(sent_to(&rows, &Role::Police), None, "{name}");
        assert_eq!(sent_to(&rows, &Role::National), None, "{name}");
        at(&rows, "crime_refer/not_referred", What::Told);
        at(&rows, "serious/kept_here", What::Told);
        let package = rows.iter().any(|row| row.step == "crime_refer/package");
        assert!(!package, "{name}: no package for nobody");
        in_order(name, &rows);
        nobody_hears_twice(name, &rows);
    });
}

#[test]
fn the_coordinator_says_no_and_no_partner_is_asked() {
    each(|name, book| {
        let no: Vec<String> = book
            .all_steps()
            .iter()
            .filter(|step| step.id.starts_with("ask_"))
            .map(|step| format!("{}=no@10m", step.id))
            .collect();
        assert!(!no.is_empty(), "{name} asks nobody outside");
        let no: Vec<&str> = no.iter().map(String::as_str).collect();
        let rows = walk(book, bad_day(), &[], &no);
        assert_eq!(sent_to(&rows, &Role::Provider), None, "{name}");
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}");
    });
}

#[test]
fn the_test_for_gravity_ends_with_the_first_no() {
    let mut facts = bad_day();
    facts.incident.beyond_capacity = false;
    each(|name, book| {
        for no in ["serious/level=no@5m", "serious/consequence=no@5m", "serious/control=no@5m"] {
            let rows = walk(book, facts.clone(), &[], &[no]);
            assert_eq!(sent_to(&rows, &Role::National), None, "{name} {no}");
            at(&rows, "serious/upwards", What::Skipped);
            assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name} {no}");
        }
        let rows = walk(book, facts.clone(), &[], &[]);
        at(&rows, "serious/send_up", What::Question);
    });
}

#[test]
fn what_is_not_stable_is_contained_again() {
    each(|name, book| {
        let rows = walk(book, bad_day(), &[], &["stable=no@1h"]);
        let again = at(&rows, "again", What::Reply(Reply::Ok));
        assert!(again < at(&rows, "review", What::Task), "{name}");
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}");
    });
}

#[test]
fn when_nobody_moves_all_levels_hear_it_and_nothing_leaves() {
    let all = [
        Role::DutyOfficer,
        Role::Coordinator,
        Role::Leader,
        Role::ItOfficer,
        Role::UnitHead,
        Role::Committee,
    ];
    each(|name, book| {
        let rows = walk(book, bad_day(), &all, &[]);
        let levels: Vec<(u32, &Role)> = rows
            .iter()
            .filter(|row| row.step.starts_with("receive") || row.step.starts_with("received"))
            .filter(|row| matches!(row.what, What::Told | What::Asked))
            .flat_map(|row| row.whom.iter().map(|role| (row.after / 60, role)))
            .collect();
        let mut wanted = vec![(0, &Role::DutyOfficer), (15, &Role::Coordinator)];
        wanted.extend([30, 60, 90, 120, 150].map(|at| (at, &Role::Leader)));
        wanted.push((180, &Role::Committee));
        assert_eq!(levels, wanted, "{name}");
        assert!(rows.iter().all(|row| row.what != What::Dispatch), "{name}");
        let waits: Vec<&Row> = rows.iter().filter(|row| row.what == What::StillWaits).collect();
        assert!(!waits.is_empty() && waits.iter().all(|row| !row.whom.is_empty()), "{name}");
        nobody_hears_twice(name, &rows);
    });
}

#[test]
fn silence_at_any_step_is_heard_by_somebody_above() {
    // Whoever owes something and says nothing: within the step's time somebody else is told.
    for silent in [Role::ItOfficer, Role::UnitHead, Role::Coordinator, Role::Leader] {
        each(|name, book| {
            let rows = walk(book, bad_day(), std::slice::from_ref(&silent), &["receive=ok@5m"]);
            let owed: Vec<&str> = rows
                .iter()
                .filter(|row| matches!(row.what, What::Task | What::Question))
                .filter(|row| row.whom == [silent.clone()])
                .map(|row| row.step.as_str())
                .collect();
            assert!(!owed.is_empty(), "{name}: {silent} owes nothing");
            for step in owed {
                let late = format!("{step}/late/0");
                let row = rows.iter().find(|row| row.step == late);
                let row = row.unwrap_or_else(|| panic!("{name}: {step} is silent for ever"));
                assert!(!row.whom.contains(&silent), "{name}: {late}");
                let within = book.step(step).and_then(|step| step.within).expect("a time");
                assert!(within <= Span::minutes(5 * 24 * 60), "{name}: {step}");
            }
            nobody_hears_twice(name, &rows);
        });
    }
}

#[test]
fn the_parts_can_be_started_by_themselves() {
    for name in PARTS {
        let rows = walk(shipped(name).expect("shipped"), bad_day(), &[], &[]);
        assert_eq!(rows.last().map(|row| row.what), Some(What::Over), "{name}: {rows:#?}");
        nobody_hears_twice(name, &rows);
    }
}
