//! The server is killed without warning, again and again, while people write commands to the bot: when a
//! command was kept and is not handled, when an answer was claimed and has not left, when it stands in the
//! chat and nobody has recorded it. No command is lost, whether Telegram had its confirmation or not; none
//! has two effects; each is answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi::actions::Ctx;
use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::domain::person::Actor;
use dieuphoi::store::Conn;
use dieuphoi::testing::province;
use dieuphoi_tests::bot_api::{BotApi, Phone, TOKEN};
use dieuphoi_tests::chance::Chance;
use dieuphoi_tests::database::{Database, number, texts};
use dieuphoi_tests::people::link;
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::promises::chat::{
    every_effect_is_on_record, every_update_was_kept_and_handled,
    nothing_was_said_twice_without_a_fault,
};
use dieuphoi_tests::promises::{
    asked, each_deadline_had_one_effect, moment, no_message_came_twice_without_a_fault, settled,
};
use dieuphoi_tests::smtp::Sink;

/// Who writes, on how many telephones: Telegram takes one message a second for a chat. The first two may
/// give tasks.
const WRITERS: [&str; 4] = [
    "duty_officer@so-ttt.example",
    "coordinator@so-ttt.example",
    "leader@so-ttt.example",
    "it_officer@xa-b.example",
];
const GIVERS: i64 = 2;
const DEVICES: i64 = 3;
const FIRST: i64 = 701;
/// Answers leave no faster than that either.
const SETTLES_WITHIN: Duration = Duration::from_secs(240);
/// A place in the work that does not come within this time is not waited for.
const MEETS_WITHIN: Duration = Duration::from_secs(3);

/// Where a kill falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    /// A command is kept and not handled.
    Kept,
    /// An answer is claimed and not settled.
    Claimed,
    /// An answer stands in its chat since this moment.
    Said,
    /// Wherever the server is.
    Anywhere,
}

const POINTS: [Point; 4] = [Point::Kept, Point::Claimed, Point::Said, Point::Anywhere];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_command_on_sqlite() {
    story(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_no_command_on_postgres() {
    if let Some(database) = Database::postgres() {
        story(database).await;
    }
}

/// The province, its linked phones, and one case.
async fn prepared(database: &Database) -> String {
    let now = SystemClock.now();
    database.write(|tx| province(tx, now));
    for (n, email) in (0..).zip(WRITERS) {
        for device in 0..DEVICES {
            link(database, email, FIRST + n * DEVICES + device);
        }
    }
    database
        .with_office(async |office| {
            let ctx = Ctx { actor: Actor::Nobody, ..Ctx::service("proof", now) };
            let report = NewReport {
                category: "other".to_owned(),
                description: "Máy in tự in nhiều trang lạ".to_owned(),
                detected_at: now.rfc3339(),
                still_happening: true,
                services: "degraded".to_owned(),
                people: "group".to_owned(),
                secret: "no".to_owned(),
                ..NewReport::default()
            };
            let unit = Some("xa-b".to_owned());
            receive(&office, &ctx, report, Vec::new(), unit, None).await.unwrap().code
        })
        .await
}

async fn story(database: Database) {
    let kills = asked("DIEUPHOI_TEST_CHAT_KILLS", 20);
    let seed = asked("DIEUPHOI_TEST_SEED", u64::from(std::process::id()));
    println!("{}: {kills} kills, DIEUPHOI_TEST_SEED={seed}", database.name());
    let mut chance = Chance::new(seed);
    let (sink, api) = (Sink::start().await, Arc::new(BotApi::start()));
    database.migrate();
    let code = prepared(&database).await;
    let mut plan = Plan::over(&database, sink.port);
    plan.set("DIEUPHOI_TELEGRAM__TOKEN", TOKEN);
    plan.set("DIEUPHOI_TELEGRAM__API_URL", &api.url);
    // One telephone writes for many.
    plan.set("DIEUPHOI_SECURITY__BOT_COMMANDS_PER_MINUTE", "1000000");

    let devices = i64::try_from(WRITERS.len()).unwrap() * DEVICES;
    // Before the server starts: the alarm leaves at once, and a chat that is not there has no second try.
    let phones: Vec<(i64, Phone)> =
        (FIRST..FIRST + devices).map(|number| (number, api.phone(number, "Người viết"))).collect();
    let mut server = plan.start();
    server.ready().await;
    let written = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = phones
        .into_iter()
        .map(|(number, phone)| {
            let (api, code) = (Arc::clone(&api), code.clone());
            let (written, over) = (Arc::clone(&written), Arc::clone(&over));
            let mut chance = Chance::new(seed ^ number.unsigned_abs());
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let n = written.fetch_add(1, Ordering::Relaxed);
                    let wish = match number < FIRST + GIVERS * DEVICES && chance.below(2) == 0 {
                        true => format!("/giao {code} toi dieu-so-{n}."),
                        false => format!("/ghichu {code} dieu-so-{n}."),
                    };
                    api.writes(&phone, &phone, &wish);
                    moment(&mut chance, 3_000).await;
                }
            })
        })
        .collect();
    let (mut met, mut killed_at) = (BTreeMap::new(), Vec::new());
    let began = Instant::now();
    for n in 0..kills {
        let point = POINTS[usize::try_from(n).unwrap() % POINTS.len()];
        moment(&mut chance, 300).await;
        if meets(point, &database, &api).await {
            *met.entry(point).or_insert(0_u64) += 1;
        }
        server.kill();
        killed_at.push(Instant::now());
        let mut look = database.open();
        nothing_is_claimed_by_the_dead(&mut look);
        each_deadline_had_one_effect(&mut look, None);
        drop(look);
        server = plan.start();
        server.ready().await;
    }
    let killing = began.elapsed();
    over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    let total = written.load(Ordering::Relaxed);
    let mut look = database.open();
    all_is_handled(&mut look, &api).await;
    settled(&mut look, SETTLES_WITHIN).await;

    every_update_was_kept_and_handled(&mut look, &api, total);
    each_wish_came_true_once(&mut look, total);
    every_effect_is_on_record(&mut look, "note", "incident.note");
    every_effect_is_on_record(&mut look, "task_added", "task.add");
    let answers = number(
        &mut look,
        "select count(*) as value from outbox where purpose = 'bot_answer' and status = 'sent'",
    );
    assert_eq!(u64::try_from(answers).unwrap(), total, "each is answered once");
    let doubles = nothing_was_said_twice_without_a_fault(&mut look, &api, &killed_at);
    no_message_came_twice_without_a_fault(&mut look, &sink, &killed_at);
    each_deadline_had_one_effect(&mut look, None);
    let (status, said) = plan.run(&["audit", "verify"]);
    assert!(status.success(), "the chain does not hold: {said}");
    println!(
        "{}: {total} commands in {:.0} s, {kills} kills met {met:?}, {doubles} messages twice",
        database.name(),
        killing.as_secs_f64(),
    );
    assert!(total > kills, "too little load to prove anything");
    for point in POINTS.iter().take(usize::try_from(kills).unwrap()) {
        assert!(met.contains_key(point), "no kill has met {point:?}");
    }
}

/// Waits until the server is there; says whether it was seen.
async fn meets(point: Point, database: &Database, api: &BotApi) -> bool {
    let sql = match point {
        Point::Anywhere => return true,
        Point::Said => {
            let said = || api.asked("sendMessage").len();
            let before = said();
            return api.until(MEETS_WITHIN, || (said() > before).then_some(())).is_some();
        }
        Point::Kept => "select count(*) as value from chat_updates where handled_at is null",
        Point::Claimed => {
            "select count(*) as value from outbox where channel = 'telegram' and status = 'sending'"
        }
    };
    let (mut look, began) = (database.open(), Instant::now());
    while began.elapsed() < MEETS_WITHIN {
        if number(&mut look, sql) > 0 {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// What the dead server held is free: the one server of this story does not run.
fn nothing_is_claimed_by_the_dead(look: &mut Conn) {
    let free = match look {
        Conn::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', '-1 seconds')",
        Conn::Pg(_) => "now() - interval '1 second'",
    };
    for change in [
        format!("update outbox set lease_until = {free} where status = 'sending'"),
        format!("update leases set until = {free}"),
    ] {
        look.batch_execute(&change).unwrap();
    }
}

/// Waits until every command that was written is confirmed and handled.
async fn all_is_handled(look: &mut Conn, api: &BotApi) {
    let began = Instant::now();
    let open = "select count(*) as value from chat_updates where handled_at is null";
    while api.pending() > 0 || number(look, open) > 0 {
        let so_long = began.elapsed();
        assert!(so_long < SETTLES_WITHIN, "{} are not confirmed", api.pending());
        // The next look; the condition decides.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Every note stands in the timeline, every task among the tasks, none of them twice.
fn each_wish_came_true_once(look: &mut Conn, total: u64) {
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    let notes = texts(look, "select text as value from timeline where kind = 'note'");
    let tasks = texts(look, "select text as value from tasks where text like 'dieu-so-%'");
    assert!(!notes.is_empty() && !tasks.is_empty(), "one of the two was never asked for");
    for text in notes.into_iter().chain(tasks) {
        *there.entry(text).or_default() += 1;
    }
    for n in 0..total {
        let text = format!("dieu-so-{n}.");
        assert_eq!(there.get(&text), Some(&1), "{text}: {:?} times", there.get(&text));
    }
    assert_eq!(u64::try_from(there.len()).unwrap(), total, "and nothing else");
}
