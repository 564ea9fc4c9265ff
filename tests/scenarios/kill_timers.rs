//! The server is killed without warning, again and again, while deadlines pass: of steps, repeats,
//! waits, tasks, dispatches and legal clocks. After each kill the state of a case, its timers, its
//! history and its messages still say the same.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::store::Conn;
use dieuphoi_tests::cases::cases;
use dieuphoi_tests::chance::Chance;
use dieuphoi_tests::database::{Database, number};
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::promises::{
    asked, each_deadline_had_one_effect, hex, moment, no_message_came_twice_without_a_fault,
    settled,
};
use dieuphoi_tests::reporter::Reporter;
use dieuphoi_tests::smtp::Sink;

const CASES: u64 = 60;
/// Cases whose time comes in one life of the server.
const AT_ONCE: usize = 4;
const SETTLES_WITHIN: Duration = Duration::from_secs(60);
/// A started server that has done nothing for so long never will.
const WORKS_WITHIN: Duration = Duration::from_secs(30);

const PROOF: &str = "
playbook: proof
version: 1
title: Thử
first_aid: 1. Gọi trực ban.
steps:
  - id: a
    notify: {to: coordinator, ask: acknowledge, text: Việc A.}
    repeat: {every: 10m, times: 40}
    within: 15m
    late:
      - id: a-late
        notify: {to: leader, text: Việc A chưa ai nhận.}
        repeat: {every: 10m, times: 40}
  - id: b
    notify: {to: leader, ask: acknowledge, text: Việc B.}
    repeat: {every: 10m, times: 40}
    within: 20m
    late:
      - id: b-late
        notify: {to: unit_head, text: Việc B chưa ai nhận.}
        repeat: {every: 10m, times: 40}
  - id: work
    task: {to: it_officer, phase: containing, text: Ngắt máy khỏi mạng.}
    within: 1h
    late:
      - id: work-late
        notify: {to: unit_head, text: Việc chưa xong.}
  - id: logs
    dispatch: {to: 'org:vnpt', kind: provide_logs, ground: Điều 11.2, text: Đề nghị cung cấp nhật ký., accept_within: 2h}
    within: 24h
    late:
      - id: logs-late
        notify: {to: coordinator, text: Chưa có nhật ký.}
  - id: pause
    wait: 30m
  - id: after
    notify: {to: coordinator, text: Sau ba mươi phút.}
    repeat: {every: 10m, times: 40}
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_keeps_its_deadlines_on_sqlite() {
    story(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_keeps_its_deadlines_on_postgres() {
    if let Some(database) = Database::postgres() {
        story(database).await;
    }
}

async fn story(database: Database) {
    let points = asked("DIEUPHOI_TEST_TIMER_KILLS", 40);
    let seed = asked("DIEUPHOI_TEST_SEED", u64::from(std::process::id()));
    println!("{}: {points} kills, DIEUPHOI_TEST_SEED={seed}", database.name());
    let mut chance = Chance::new(seed);
    let sink = Sink::start().await;
    database.migrate();
    let cases = cases(&database, CASES, PROOF, SystemClock.now()).await;
    let plan = Plan::over(&database, sink.port);

    let over = Arc::new(AtomicBool::new(false));
    let reporter = {
        let over = Arc::clone(&over);
        let mut reporter = Reporter::new(plan.port, format!("t{seed}"), &["other"]);
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            while !over.load(Ordering::Relaxed) {
                acknowledged.push(reporter.report("xa-c").await.code);
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            acknowledged
        })
    };

    let mut look = database.open();
    let (mut killed_at, mut met, mut starts) = (Vec::new(), 0_u64, Vec::new());
    let mut touched: VecDeque<String> = VecDeque::new();
    let began = Instant::now();
    // As long as a start takes here; measured once, unhurried.
    let mut server = plan.start();
    starts.push(server.ready().await);
    server.kill();
    killed_at.push(Instant::now());
    let start_ms = u64::try_from(starts[0].as_millis()).unwrap();
    let mut lives = 0_u64;
    while met < points {
        lives += 1;
        assert!(lives < points * 3, "{met} of {lives} kills met work");
        for _ in 0..AT_ONCE {
            let one = usize::try_from(chance.below(CASES)).unwrap();
            touched.push_back(cases[one].clone());
        }
        let recent: Vec<String> = touched.iter().rev().take(AT_ONCE).cloned().collect();
        time_passes(&mut look, &recent);
        let before = progress(&mut look);
        let mut server = plan.start();
        if chance.below(4) == 0 {
            // Anywhere in its start.
            moment(&mut chance, start_ms).await;
        } else {
            // In the middle of the work, however long a busy machine took to begin it.
            let patience = Instant::now();
            while progress(&mut look) == before && patience.elapsed() < WORKS_WITHIN {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            moment(&mut chance, 150).await;
        }
        server.kill();
        killed_at.push(Instant::now());
        met += u64::from(progress(&mut look) != before);
        while touched.len() > AT_ONCE * 4 {
            touched.pop_front();
        }
        touched.make_contiguous();
        each_deadline_had_one_effect(&mut look, Some(touched.as_slices().0));
        if lives.is_multiple_of(100) {
            no_message_came_twice_without_a_fault(&mut look, &sink, &killed_at);
        }
    }
    let killing = began.elapsed();
    time_passes(&mut look, &[]);
    let mut server = plan.start();
    starts.push(server.ready().await);
    over.store(true, Ordering::Relaxed);
    let acknowledged = reporter.await.unwrap();
    settled(&mut look, SETTLES_WITHIN).await;

    let firings = each_deadline_had_one_effect(&mut look, None);
    for code in &acknowledged {
        let there = format!("select count(*) as value from incidents where code = '{code}'");
        assert_eq!(number(&mut look, &there), 1, "{code} was acknowledged");
    }
    let known = number(&mut look, "select count(*) as value from incidents");
    assert_eq!(known, i64::try_from(CASES).unwrap() + i64::try_from(acknowledged.len()).unwrap());
    let doubles = no_message_came_twice_without_a_fault(&mut look, &sink, &killed_at);
    let (total, worst) =
        (doubles.values().sum::<usize>(), doubles.values().max().copied().unwrap_or(0));
    let (status, said) = plan.run(&["audit", "verify"]);
    assert!(status.success(), "the chain does not hold: {said}");
    println!(
        "{}: {met} of {lives} kills met work, in {:.0} s; {firings} firings, {} messages, {total} \
         doubled (at most {worst} by one kill); {} reports acknowledged; start p50 {:.0} ms",
        database.name(),
        killing.as_secs_f64(),
        sink.count(),
        acknowledged.len(),
        ms(percentile(&starts, 50.0)),
    );
    assert!(worst <= 1, "{worst} messages came twice by one kill");
    assert!(firings > usize::try_from(points).unwrap(), "too little fired to prove anything");
}

/// For these cases whatever they wait for falls due; what a dead server claimed is free.
fn time_passes(look: &mut Conn, cases: &[String]) {
    let now = match look {
        Conn::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
        Conn::Pg(_) => "now()",
    };
    let of = hex(look, "incident_id");
    let ids: Vec<String> = cases.iter().map(|id| format!("'{id}'")).collect();
    if !ids.is_empty() {
        let due = format!("update timers set due_at = {now} where {of} in ({})", ids.join(", "));
        look.batch_execute(&due).unwrap();
    }
    // Only the dead claim: the one server of this story does not run.
    let free = match look {
        Conn::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-1 seconds')",
        Conn::Pg(_) => "now() - interval '1 second'",
    };
    look.batch_execute(&format!("update outbox set lease_until = {free} where status = 'sending'"))
        .unwrap();
}

/// What the engine has done so far for the cases of this story: messages made and claimed, history.
fn progress(look: &mut Conn) -> (i64, i64) {
    let of = format!("incident_id in (select id from incidents where number <= {CASES})");
    let messages =
        format!("select count(*) + coalesce(sum(attempts), 0) as value from outbox where {of}");
    let history = format!("select count(*) as value from timeline where {of}");
    (number(look, &messages), number(look, &history))
}
