//! Durable reports: how many a second, at what cost of processor and memory, and how soon their
//! messages leave.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::store::Conn;
use dieuphoi::testing::province;
use dieuphoi_tests::database::{Database, number, texts};
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::process::{Plan, Server};
use dieuphoi_tests::reporter::{Acknowledged, Reporter};
use dieuphoi_tests::smtp::Sink;

use crate::table::Table;
use crate::{Extent, machine};

const CATEGORIES: &[&str] = &["phishing", "malware", "data_encryption", "other"];

/// Measures on one database.
pub(crate) async fn measure(database: &Database, extent: &Extent, table: &mut Table) {
    let name = database.name();
    let sink = Sink::start().await;
    let plan = Plan::over(database, sink.port);
    let mut server = plan.start();
    server.ready().await;
    database.write(|tx| province(tx, SystemClock.now()));

    hand_over(database, &plan, &sink, extent, table).await;
    // Nobody does anything for a moment: what stays is what the service needs to be there.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = mib(&server);
    table.judge(
        &format!("{name}: resident memory idle"),
        &format!("{idle:.0} MB"),
        "≤ 60 MB",
        idle <= 60.0,
    );

    for reporters in [1, 16] {
        let sync = machine::fdatasync(database.folder());
        let raw_before = machine::raw_commits(database, extent.seconds.div_ceil(2));
        let (rate, cpu) = load(database, &plan, &server, reporters, extent.seconds).await;
        let raw_after = machine::raw_commits(database, extent.seconds.div_ceil(2));
        let raw = f64::midpoint(raw_before, raw_after);
        let (ratio, sync) = (rate / raw, ms(sync));
        let what = format!("{name}: durable reports/s at {reporters}");
        let figure = format!(
            "{rate:.0}/s = {ratio:.2} × raw ({raw:.0} commits/s; fdatasync p50 {sync:.2} ms)"
        );
        match (reporters, sync) {
            (16, ..0.5) => table.judge(&what, &figure, "≥ 0.3 × raw (fast disk)", ratio >= 0.3),
            (16, 2.0..) => table.judge(&what, &figure, "≥ 2 × raw (slow disk)", ratio >= 2.0),
            _ => table.note(&what, &figure),
        }
        table.judge(
            &format!("{name}: server CPU per report at {reporters}, its messages sent"),
            &format!("{cpu:.2} ms"),
            "≤ 2 ms",
            cpu <= 2.0,
        );
    }
    table.note(
        &format!("{name}: resident memory after the load"),
        &format!("{:.0} MB", mib(&server)),
    );
}

/// Reports a second of so many reporters, and processor milliseconds of the server for each until
/// every message has left and every audit entry is sealed.
async fn load(
    database: &Database,
    plan: &Plan,
    server: &Server,
    reporters: u64,
    seconds: u64,
) -> (f64, f64) {
    let cpu = server.cpu();
    let began = Instant::now();
    let tasks: Vec<_> = (0..reporters)
        .map(|n| {
            let name = format!("b{reporters}-{n}-{}", SystemClock.now().micros());
            let mut reporter = Reporter::new(plan.port, name, CATEGORIES);
            tokio::spawn(async move {
                let mut count = 0_u32;
                while began.elapsed() < Duration::from_secs(seconds) {
                    reporter.report("xa-b").await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    settled(&mut database.open()).await;
    let cpu = server.cpu().saturating_sub(cpu);
    (rate, ms(cpu) / f64::from(count))
}

/// From the answer to the reporter to the acceptance of each message by the mail server.
async fn hand_over(
    database: &Database,
    plan: &Plan,
    sink: &Sink,
    extent: &Extent,
    table: &mut Table,
) {
    let mut reporter = Reporter::new(plan.port, "handover".to_owned(), CATEGORIES);
    let mut history: Vec<Acknowledged> = Vec::new();
    for _ in 0..extent.timed {
        history.push(reporter.report("xa-b").await);
        // A busy day, not a flood.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut look = database.open();
    settled(&mut look).await;
    let answered: HashMap<&str, Instant> =
        history.iter().map(|report| (report.incident.as_str(), report.at)).collect();
    let (id, incident) = match look {
        Conn::Sqlite(_) => ("lower(hex(id))", "lower(hex(incident_id))"),
        Conn::Pg(_) => ("replace(id::text, '-', '')", "replace(incident_id::text, '-', '')"),
    };
    let rows = texts(&mut look, &format!("select {id} || ' ' || {incident} as value from outbox"));
    let incident_of: HashMap<&str, &str> =
        rows.iter().filter_map(|row| row.split_once(' ')).collect();
    let mut times = Vec::new();
    for message in sink.taken() {
        let id = message.message_id.trim_start_matches('<').replace('-', "");
        let id = id.split('@').next().unwrap_or_default();
        let from = incident_of.get(id).and_then(|incident| answered.get(incident)).unwrap();
        times.push(message.at.saturating_duration_since(*from));
    }
    let (half, most) = (ms(percentile(&times, 50.0)), ms(percentile(&times, 99.0)));
    table.judge(
        &format!("{}: report → SMTP hand-off, {} messages", database.name(), times.len()),
        &format!("p50 {half:.0} ms, p99 {most:.0} ms"),
        "p99 ≤ 500 ms",
        most <= 500.0,
    );
}

/// Waits until nothing is due any more.
async fn settled(look: &mut Conn) {
    let open = "select (select count(*) from outbox where status in ('waiting', 'sending')) \
                + (select count(*) from audit where seq is null) as value";
    while number(look, open) > 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn mib(server: &Server) -> f64 {
    server.resident_kib() as f64 / 1024.0
}
