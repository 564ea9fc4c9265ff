//! Timers: how late they fire beside ten thousand and a million that are armed, how long ten thousand
//! take that fall due together, what a firing costs, and what looking costs when nothing is due.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi::clock::{Clock, SystemClock, Timestamp};
use dieuphoi::store::Conn;
use dieuphoi_tests::cases::cases;
use dieuphoi_tests::database::{Database, number};
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::process::{Plan, Server};
use dieuphoi_tests::promises::settled;
use dieuphoi_tests::smtp::Sink;

use crate::Extent;
use crate::table::Table;

/// One question, and who hears of it when nobody answers.
const PLAYBOOK: &str = "
playbook: bench
version: 1
title: Đo
first_aid: 1. Gọi trực ban.
steps:
  - id: ask
    notify: {to: coordinator, ask: acknowledge, text: Đề nghị tiếp nhận.}
    within: 15m
    late:
      - id: told
        notify: {to: leader, text: Chưa ai nhận.}
";
/// Fewer armed timers, to compare with.
const FEW: u64 = 10_000;
/// Between two timers that fall due one after the other, milliseconds.
const BETWEEN_MS: i64 = 20;
/// How long nothing is due while the looking is measured, seconds.
const IDLE_SECONDS: u64 = 20;

/// Measures on one database.
pub(crate) async fn measure(database: &Database, extent: &Extent, table: &mut Table) {
    let name = database.name();
    let sink = Sink::start().await;
    database.migrate();
    let began = Instant::now();
    let one_by_one = extent.timed * 10;
    cases(database, extent.due + 2 * one_by_one, PLAYBOOK, SystemClock.now()).await;
    let mut look = database.open();
    // What was told at the beginning is no part of the measurement, and nothing else falls due.
    look.batch_execute("update outbox set status = 'sent' where status = 'waiting'").unwrap();
    set_due(&mut look, "1 = 1", &far());
    arm(&mut look, FEW);
    table.note(
        &format!("{name}: {} cases written for the measurement", extent.due + 2 * one_by_one),
        &format!("{:.0} s", began.elapsed().as_secs_f64()),
    );
    let plan = Plan::over(database, sink.port);
    let mut server = plan.start();
    server.ready().await;

    let few = idle(&server).await;
    trickle(&mut look, one_by_one, FEW, name, table).await;
    settled(&mut look, Duration::from_secs(600)).await;
    arm(&mut look, extent.armed - FEW);
    let many = idle(&server).await;
    table.judge(
        &format!("{name}: CPU of an idle second, {} timers armed against {FEW}", extent.armed),
        &format!("{many:.1} ms against {few:.1} ms"),
        "≤ 1.5 × and ≤ 1 ms more",
        many <= few * 1.5 || many <= few + 1.0,
    );
    trickle(&mut look, one_by_one, extent.armed, name, table).await;
    settled(&mut look, Duration::from_secs(600)).await;
    at_once(&mut look, &server, extent, name, table).await;
    server.stop();
}

/// Timers that fall due one after the other.
async fn trickle(look: &mut Conn, count: u64, armed: u64, name: &str, table: &mut Table) {
    let start = SystemClock.now() + chrono::Duration::seconds(3);
    let due =
        |n: u64| start + chrono::Duration::milliseconds(i64::try_from(n).unwrap() * BETWEEN_MS);
    spread(look, count, start);
    let mut late = Vec::new();
    let end = literal(due(count));
    let began = Instant::now();
    while u64::try_from(late.len()).unwrap() < count {
        let left =
            number(look, &format!("select count(*) as value from timers where due_at <= {end}"));
        let now = SystemClock.now();
        let fired = count - u64::try_from(left).unwrap();
        for n in u64::try_from(late.len()).unwrap()..fired {
            late.push((now - due(n)).to_std().unwrap_or_default());
        }
        assert!(began.elapsed() < Duration::from_secs(300), "{left} timers never fire");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let of = |percent| ms(percentile(&late, percent));
    table.judge(
        &format!("{name}: lateness of {count} timers, fifty a second, {armed} armed"),
        &format!("p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms", of(50.0), of(99.0), of(100.0)),
        "p99 ≤ 1 s",
        of(99.0) <= 1000.0,
    );
}

/// Timers that all fall due in the same instant.
async fn at_once(look: &mut Conn, server: &Server, extent: &Extent, name: &str, table: &mut Table) {
    let (count, armed) = (extent.due, extent.armed);
    let cpu = server.cpu();
    let due = SystemClock.now();
    set_due(look, "key = 'ask/late'", &literal(due));
    let mut late = Vec::new();
    let now_due = format!(
        "select count(*) as value from timers where due_at <= {}",
        literal(due + chrono::Duration::minutes(1))
    );
    while u64::try_from(late.len()).unwrap() < count {
        let left = u64::try_from(number(look, &now_due)).unwrap();
        let so_long = (SystemClock.now() - due).to_std().unwrap_or_default();
        late.resize(usize::try_from(count.saturating_sub(left)).unwrap(), so_long);
        assert!(so_long < Duration::from_secs(900), "{left} timers never fire");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let fired = server.cpu().saturating_sub(cpu);
    let of = |percent| percentile(&late, percent).as_secs_f64();
    table.judge(
        &format!("{name}: {count} due at once, {armed} armed: all fired within"),
        &format!("{:.1} s (p50 {:.1} s, p99 {:.1} s)", of(100.0), of(50.0), of(99.0)),
        "≤ 10 s",
        of(100.0) <= 10.0,
    );
    settled(look, Duration::from_secs(900)).await;
    let sent = server.cpu().saturating_sub(cpu);
    let per_thousand = |cpu: Duration| cpu.as_secs_f64() * 1000.0 / count as f64;
    table.note(
        &format!("{name}: server CPU per 1,000 firings; until their messages were sent too"),
        &format!("{:.2} s; {:.2} s", per_thousand(fired), per_thousand(sent)),
    );
}

/// Milliseconds of processor in a second in which nothing is due.
async fn idle(server: &Server) -> f64 {
    // What was written just now is still being looked at.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let cpu = server.cpu();
    tokio::time::sleep(Duration::from_secs(IDLE_SECONDS)).await;
    ms(server.cpu().saturating_sub(cpu)) / IDLE_SECONDS as f64
}

/// Arms so many timers that fall due within two months.
fn arm(look: &mut Conn, count: u64) {
    let sql = match look {
        Conn::Sqlite(_) => format!(
            "with recursive s(n) as (select 1 union all select n + 1 from s where n < {count}) \
             insert into timers (id, due_at, kind, subject_id, key) \
             select randomblob(16), strftime('%Y-%m-%dT%H:%M:%S', 'now', '+' || (86400 + n * 5) || \
             ' seconds') || '.000000Z', 'run', randomblob(16), 'receive/late' from s"
        ),
        Conn::Pg(_) => format!(
            "insert into timers (id, due_at, kind, subject_id, key) \
             select gen_random_uuid(), now() + interval '1 day' + n * interval '5 seconds', 'run', \
             gen_random_uuid(), 'receive/late' from generate_series(1, {count}) as s(n)"
        ),
    };
    look.batch_execute(&sql).unwrap();
    if let Conn::Pg(_) = look {
        // What autovacuum does within a minute.
        look.batch_execute("vacuum analyze timers").unwrap();
    }
}

fn set_due(look: &mut Conn, which: &str, at: &str) {
    look.batch_execute(&format!("update timers set due_at = {at} where {which}")).unwrap();
}

/// Lets so many of the questions fall due one after the other, the first at `start`.
fn spread(look: &mut Conn, count: u64, start: Timestamp) {
    let at = match look {
        Conn::Sqlite(_) => format!(
            "strftime('%Y-%m-%dT%H:%M:%f', {}, '+' || (n * {BETWEEN_MS} / 1000.0) || ' seconds') \
             || '000Z'",
            literal(start)
        ),
        Conn::Pg(_) => {
            format!("{}::timestamptz + n * interval '{BETWEEN_MS} milliseconds'", literal(start))
        }
    };
    look.batch_execute(&format!(
        "update timers set due_at = {at} from (select id as chosen, \
         row_number() over (order by id) - 1 as n from timers where key = 'ask/late' \
         order by id limit {count}) as picked where id = chosen"
    ))
    .unwrap();
}

/// Long after the measurement.
fn far() -> String {
    literal(SystemClock.now() + chrono::Duration::days(90))
}

fn literal(at: Timestamp) -> String {
    format!("'{}'", at.rfc3339())
}
