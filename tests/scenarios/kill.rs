//! The server is killed without warning, again and again, while people report. What it acknowledged
//! is there exactly once, with everything that belongs to it; everybody was told; the chain holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::store::Conn;
use dieuphoi::testing::province;
use dieuphoi_tests::chance::Chance;
use dieuphoi_tests::database::{Database, number, texts};
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::promises::{
    asked, hex, moment, no_message_came_twice_without_a_fault, settled,
};
use dieuphoi_tests::reporter::{Acknowledged, Reporter};
use dieuphoi_tests::smtp::Sink;

const REPORTERS: u64 = 6;
/// Longer than a dead server's claim on a message (25 s on PostgreSQL).
const SETTLES_WITHIN: Duration = Duration::from_secs(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_keeps_its_word_on_sqlite() {
    story(Database::sqlite(), asked("DIEUPHOI_TEST_KILLS", 200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_keeps_its_word_on_postgres() {
    if let Some(database) = Database::postgres() {
        story(database, asked("DIEUPHOI_TEST_KILLS", 200) / 5).await;
    }
}

async fn story(database: Database, kills: u64) {
    let seed = asked("DIEUPHOI_TEST_SEED", u64::from(std::process::id()));
    println!("{}: {kills} kills, DIEUPHOI_TEST_SEED={seed}", database.name());
    let mut chance = Chance::new(seed);
    let sink = Sink::start().await;
    let plan = Plan::over(&database, sink.port);

    // A tenth of them while it makes its schema.
    let early = kills / 10;
    for _ in 0..early {
        let mut server = plan.start();
        moment(&mut chance, 150).await;
        server.kill();
    }
    let mut server = plan.start();
    server.ready().await;
    database.write(|tx| province(tx, SystemClock.now()));

    let over = Arc::new(AtomicBool::new(false));
    let reporters: Vec<_> = (0..REPORTERS)
        .map(|n| {
            let (over, mut chance) = (Arc::clone(&over), Chance::new(seed ^ n));
            let mut reporter = Reporter::new(plan.port, format!("k{seed}-{n}"), &["other"]);
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    acknowledged.push(reporter.report("xa-b").await);
                    moment(&mut chance, 200).await;
                }
                acknowledged
            })
        })
        .collect();

    let (mut killed_at, mut starts) = (Vec::new(), Vec::new());
    for _ in early..kills {
        // A third of them while it starts.
        if chance.below(3) == 0 {
            moment(&mut chance, 200).await;
        } else {
            starts.push(server.ready().await);
            moment(&mut chance, 2_000).await;
        }
        server.kill();
        killed_at.push(Instant::now());
        server = plan.start();
    }
    starts.push(server.ready().await);
    over.store(true, Ordering::Relaxed);
    let mut history = Vec::new();
    for reporter in reporters {
        history.extend(reporter.await.unwrap());
    }

    let mut look = database.open();
    settled(&mut look, SETTLES_WITHIN).await;
    everything_is_there_once(&mut look, &history);
    everybody_was_told(&mut look, &history);
    let doubles = no_message_came_twice_without_a_fault(&mut look, &sink, &killed_at);
    same_answer_to_the_same_key(&plan, &history).await;
    let (status, said) = plan.run(&["audit", "verify"]);
    assert!(status.success(), "the chain does not hold: {said}");

    let again = history.iter().filter(|report| report.tries > 1).count();
    let total: usize = doubles.values().sum();
    let worst = doubles.values().max().copied().unwrap_or(0);
    println!(
        "{}: {} reports acknowledged ({again} after sending again), {} messages, {total} doubled \
         (at most {worst} by one kill); ready after a kill: p50 {:.0} ms, p99 {:.0} ms",
        database.name(),
        history.len(),
        sink.count(),
        ms(percentile(&starts, 50.0)),
        ms(percentile(&starts, 99.0)),
    );
    assert!(
        history.len() > usize::try_from(kills / 2).unwrap(),
        "too little load to prove anything"
    );
    assert!(again > 0, "no kill has met a report");
    assert!(worst <= 1, "{worst} messages came twice by one kill");
}

/// Every acknowledged report is one report of one incident, with the code that was said.
fn everything_is_there_once(look: &mut Conn, history: &[Acknowledged]) {
    let id = hex(look, "i.id");
    let mut stored = texts(
        look,
        &format!(
            "select i.code || ' ' || {id} || ' ' || r.contact_email as value \
             from incidents i left join reports r on r.incident_id = i.id"
        ),
    );
    let mut said: Vec<String> = history
        .iter()
        .map(|report| format!("{} {} {}", report.code, report.incident, report.email))
        .collect();
    stored.sort_unstable();
    said.sort_unstable();
    let lost: Vec<&String> = said.iter().filter(|one| !stored.contains(one)).collect();
    assert!(lost.is_empty(), "acknowledged and not there: {lost:?}");
    assert_eq!(said, stored, "what was acknowledged, and what is stored");

    let mut codes: Vec<&str> = history.iter().map(|report| report.code.as_str()).collect();
    codes.sort_unstable();
    let proved = texts(
        look,
        "select object as value from audit where action = 'report.received' order by object",
    );
    assert_eq!(codes, proved, "one audit entry for each");

    // Alike to the last entry: no incident has half of what another has.
    for (table, what) in [("timeline", "kind"), ("clocks", "kind"), ("runs", "playbook")] {
        let rows = grouped(look, table, what);
        let kinds: BTreeSet<&Vec<String>> = rows.values().collect();
        assert_eq!(kinds.len(), 1, "{table} differs between incidents: {kinds:?}");
        assert_eq!(rows.len(), history.len(), "an incident without {table}");
    }
    let timers = grouped(look, "timers", "kind");
    assert_eq!(timers.len(), history.len(), "an incident without a timer");
    let found = number(look, "select count(*) as value from incident_search");
    assert_eq!(usize::try_from(found).unwrap(), history.len(), "the search knows each once");
}

/// Each incident has exactly its messages, and every one has left.
fn everybody_was_told(look: &mut Conn, history: &[Acknowledged]) {
    let rows =
        grouped(look, "outbox", "purpose || ' ' || channel || ' ' || address || ' ' || status");
    assert_eq!(rows.len(), history.len(), "an incident without messages");
    for report in history {
        let mut expected = vec![
            "acknowledge mail duty_officer@so-ttt.example sent".to_owned(),
            "opening mail it_officer@xa-b.example sent".to_owned(),
            "opening mail unit_head@xa-b.example sent".to_owned(),
            format!("receipt mail {} sent", report.email),
        ];
        expected.sort_unstable();
        assert_eq!(rows.get(&report.incident), Some(&expected), "{}", report.code);
    }
}

/// The key of an acknowledged report answers the same, however often the server died since.
async fn same_answer_to_the_same_key(plan: &Plan, history: &[Acknowledged]) {
    let mut reporter = Reporter::new(plan.port, "again".to_owned(), &["other"]);
    for report in history {
        let answer = reporter.send(&report.key, &report.body).await;
        assert_eq!(answer, Some((report.code.clone(), report.incident.clone())), "{}", report.key);
    }
}

/// What a table says of each incident, in order.
fn grouped(look: &mut Conn, table: &str, what: &str) -> BTreeMap<String, Vec<String>> {
    let id = hex(look, "incident_id");
    let rows = texts(
        look,
        &format!(
            "select {id} || '|' || {what} as value from {table} where incident_id is not null"
        ),
    );
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (incident, what) = row.split_once('|').unwrap();
        all.entry(incident.to_owned()).or_default().push(what.to_owned());
    }
    all.values_mut().for_each(|what| what.sort_unstable());
    all
}
