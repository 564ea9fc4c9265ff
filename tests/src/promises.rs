//! The invariants of security.md, asked of a database beside its server and of what the mail server
//! took: what was promised is there once, and nothing else.

pub mod chat;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi::store::Conn;
use serde_json::Value;

use crate::chance::Chance;
use crate::database::{number, texts};
use crate::smtp::Sink;

/// Waits until no message is due and everything is sealed.
pub async fn settled(look: &mut Conn, within: Duration) {
    let began = Instant::now();
    loop {
        let waiting = number(
            look,
            "select count(*) as value from outbox where status in ('waiting', 'sending')",
        );
        let unsealed = number(look, "select count(*) as value from audit where seq is null");
        if waiting + unsealed == 0 {
            return;
        }
        let so_long = began.elapsed();
        assert!(so_long < within, "{waiting} messages wait, {unsealed} entries unsealed");
        // The next look; the condition decides.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// I4, I5: every message that was sent arrived, nobody's message is unknown, what was withdrawn did
/// not arrive, and a double has a fault between its arrivals. How many doubles, by fault.
pub fn no_message_came_twice_without_a_fault(
    look: &mut Conn,
    sink: &Sink,
    faults: &[Instant],
) -> BTreeMap<usize, usize> {
    let id = hex(look, "id");
    let rows = texts(
        look,
        &format!(
            "select address || ' ' || {id} || ' ' || \
             case when status = 'skipped' and lease_owner is not null then 'leaving' else status end \
             as value from outbox where channel = 'mail'"
        ),
    );
    let mut written: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let (who, status) = row.rsplit_once(' ').unwrap();
        written.insert(who.to_owned(), status.to_owned());
    }
    let mut arrived = BTreeSet::new();
    let mut doubles = BTreeMap::new();
    for ((recipient, message_id), times) in sink.by_message() {
        let id = message_id.trim_start_matches('<').split('@').next().unwrap().replace('-', "");
        let row = format!("{recipient} {id}");
        let status = written.get(&row).map(String::as_str);
        assert!(status.is_some(), "nothing in the outbox says {message_id} to {recipient}");
        assert_ne!(status, Some("skipped"), "{row} was withdrawn and arrived");
        arrived.insert(row);
        for pair in times.windows(2) {
            let between = faults.iter().position(|at| pair[0] <= *at && *at <= pair[1]);
            let fault = between.expect("a message came twice although nothing failed");
            *doubles.entry(fault).or_insert(0) += 1;
        }
    }
    let lost: Vec<&String> = written
        .iter()
        .filter(|(row, status)| *status == "sent" && !arrived.contains(*row))
        .map(|(row, _)| row)
        .collect();
    assert!(lost.is_empty(), "recorded as sent, never arrived: {lost:?}");
    doubles
}

/// I2, I7, of these incidents or of all: a run's state, its timers, its messages and its history say
/// the same, since they were written together; each step fired once for each of its deadlines, and
/// each task, dispatch and clock fell due once. How many firings that were.
pub fn each_deadline_had_one_effect(look: &mut Conn, only: Option<&[String]>) -> usize {
    // One moment of the database: of a server that was just killed, PostgreSQL may still commit what
    // it was told to.
    let begin = match look {
        Conn::Sqlite(_) => "begin",
        Conn::Pg(_) => "begin isolation level repeatable read",
    };
    look.batch_execute(begin).unwrap();
    let firings = each_deadline(look, only);
    look.batch_execute("commit").unwrap();
    firings
}

fn each_deadline(look: &mut Conn, only: Option<&[String]>) -> usize {
    let chosen = |column: &str, look: &Conn| match only {
        None => "1 = 1".to_owned(),
        Some(ids) => {
            let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            format!("{} in ({})", hex(look, column), ids.join(", "))
        }
    };
    let of = chosen("incident_id", look);
    let (run, incident, subject) =
        (hex(look, "id"), hex(look, "incident_id"), hex(look, "subject_id"));

    let mut timers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let rows = texts(
        look,
        &format!("select {subject} || ' ' || key as value from timers where kind = 'run' and {of}"),
    );
    for row in rows {
        let (run, key) = row.split_once(' ').unwrap();
        timers.entry(run.to_owned()).or_default().insert(key.to_owned());
    }

    // `run:RUN:STEP:FIRING|PERSON|CHANNEL`
    let mut notices: BTreeMap<(String, String), BTreeSet<u64>> = BTreeMap::new();
    let rows = texts(
        look,
        &format!("select dedup_key as value from outbox where dedup_key like 'run:%' and {of}"),
    );
    for row in rows {
        let cause: Vec<&str> = row.split('|').next().unwrap().split(':').collect();
        if let [_, run, step, firing] = cause.as_slice()
            && let Ok(firing) = firing.parse()
        {
            let step = ((*run).replace('-', ""), (*step).to_owned());
            notices.entry(step).or_default().insert(firing);
        }
    }

    let mut said: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut once: BTreeMap<String, usize> = BTreeMap::new();
    let rows = texts(
        look,
        &format!(
            "select {incident} || ' ' || kind || ' ' || data as value from timeline where {of} and \
             kind in ('step_late', 'task_overdue', 'clock_breached', 'dispatch_overdue')"
        ),
    );
    for row in rows {
        let (incident, rest) = row.split_once(' ').unwrap();
        let (kind, data) = rest.split_once(' ').unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        let word = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        if kind == "step_late" {
            *said.entry((incident.to_owned(), word("step"))).or_default() += 1;
        } else {
            let of = [word("task"), word("clock"), word("dispatch"), word("what")].join("/");
            *once.entry(format!("{incident} {kind} {of}")).or_default() += 1;
        }
    }
    for (what, times) in &once {
        assert_eq!(*times, 1, "{what} fell due {times} times");
    }

    let mut firings = once.len();
    let states = texts(
        look,
        &format!("select {run} || ' ' || {incident} || ' ' || state as value from runs where {of}"),
    );
    for row in states {
        let (run, rest) = row.split_once(' ').unwrap();
        let (incident, state) = rest.split_once(' ').unwrap();
        let state: Value = serde_json::from_str(state).unwrap();
        let empty = serde_json::Map::new();
        let armed: BTreeSet<String> =
            state["timers"].as_object().unwrap_or(&empty).keys().cloned().collect();
        let rows = timers.remove(run).unwrap_or_default();
        assert_eq!(armed, rows, "run {run}: what it waits for, and its timers");
        for (step, kept) in state["steps"].as_object().unwrap_or(&empty) {
            let fired = kept["firings"].as_u64().unwrap_or_default();
            let told = notices.remove(&(run.to_owned(), step.clone())).unwrap_or_default();
            let expected: BTreeSet<u64> = (0..fired).collect();
            // A role that nobody holds gets no message; the next level's is a firing of its own.
            let vacant = kept["vacant"].as_array().is_some_and(|roles| !roles.is_empty());
            assert!(
                told == expected || (vacant && told.is_subset(&expected)),
                "run {run}, step {step}: notices {told:?} of {fired}"
            );
            let late = usize::from(kept["late"].as_bool().unwrap_or_default());
            let lines = said.remove(&(incident.to_owned(), step.clone())).unwrap_or_default();
            // … and the history says that, and not that somebody was silent.
            assert!(
                lines == late || (lines == 0 && vacant),
                "run {run}, step {step}: late {late}, said {lines} times"
            );
            firings += usize::try_from(fired.saturating_sub(1)).unwrap() + lines;
        }
    }
    assert!(timers.is_empty(), "timers of no run: {timers:?}");
    assert!(said.is_empty(), "late steps of no run: {said:?}");
    firings
}

/// An identifier as 32 hexadecimal digits.
pub fn hex(look: &Conn, column: &str) -> String {
    match look {
        Conn::Sqlite(_) => format!("lower(hex({column}))"),
        Conn::Pg(_) => format!("replace({column}::text, '-', '')"),
    }
}

/// A random moment passes: it is the story, and nothing is waited for.
pub async fn moment(chance: &mut Chance, below_ms: u64) {
    tokio::time::sleep(Duration::from_micros(chance.below(below_ms * 1000))).await;
}

/// A number from the environment, for those who repeat a story.
#[expect(clippy::disallowed_methods, reason = "tests are told what to repeat")]
pub fn asked(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
