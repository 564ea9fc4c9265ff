//! The chat: how soon an alarm reaches Telegram while a thousand digests wait, how many commands are
//! handled in a second, how soon the last card of a settled alarm is gone. Against the Bot API server of
//! the tests, on loopback.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::domain::ids::Id;
use dieuphoi::domain::words::{Channel, Room};
use dieuphoi::records::{ChatLink, Delivery};
use dieuphoi::store::{accounts, chat_links, engine};
use dieuphoi::testing::province;
use dieuphoi_tests::bot_api::{BotApi, Phone, TOKEN};
use dieuphoi_tests::database::{Database, number};
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::reporter::Reporter;
use dieuphoi_tests::smtp::Sink;

use crate::Extent;
use crate::table::Table;

const DUTY: &str = "duty_officer@so-ttt.example";
/// What waits beside the alarms, all the time.
const DIGESTS: u64 = 1_000;
/// More of them than leave while the alarms are timed.
const A_SECOND: u64 = 25;
/// Telephones of the duty officer: as many cards.
const DEVICES: i64 = 20;
const FIRST_DEVICE: i64 = 500;
const FIRST_READER: i64 = 10_000;

/// Measures on one database.
pub(crate) async fn measure(database: &Database, extent: &Extent, table: &mut Table) {
    let sink = Sink::start().await;
    let api = BotApi::start();
    let mut plan = Plan::over(database, sink.port);
    plan.set("DIEUPHOI_TELEGRAM__TOKEN", TOKEN);
    plan.set("DIEUPHOI_TELEGRAM__API_URL", &api.url);
    // One telephone writes for many.
    plan.set("DIEUPHOI_SECURITY__BOT_COMMANDS_PER_MINUTE", "1000000");
    let mut server = plan.start();
    server.ready().await;
    database.write(|tx| province(tx, SystemClock.now()));
    link(database, FIRST_DEVICE);
    let phone = api.phone(FIRST_DEVICE, "Trực ban");

    alarms(database, &api, &plan, extent, table).await;
    forget(database);
    commands(database, &api, &phone, extent, table).await;
    forget(database);
    stop(database, &api, &phone, &plan, table).await;
    server.stop();
}

/// What waits is not part of the next measurement.
fn forget(database: &Database) {
    let sql = "update outbox set status = 'skipped' where status = 'waiting'";
    database.open().batch_execute(sql).unwrap();
}

/// Another telephone of the duty officer.
fn link(database: &Database, id: i64) {
    let now = SystemClock.now();
    database.write(|tx| {
        let account = accounts::find_by_email(tx, DUTY)?.unwrap();
        let link = ChatLink {
            id: Id::new(now),
            account_id: account.id,
            room: Room::Telegram,
            person: id.to_string(),
            chat: id.to_string(),
            name: "Trực ban".to_owned(),
            linked_at: now,
            broken_at: None,
            broken_why: None,
            ended_at: None,
            ended_why: None,
        };
        chat_links::insert(tx, &link)
    });
}

/// From the answer to the reporter to the first request about the case at Telegram.
async fn alarms(
    database: &Database,
    api: &BotApi,
    plan: &Plan,
    extent: &Extent,
    table: &mut Table,
) {
    let count = DIGESTS + A_SECOND * extent.timed;
    let last = FIRST_READER + i64::try_from(count).unwrap();
    for id in FIRST_READER..last {
        api.phone(id, "Người nhận");
    }
    let now = SystemClock.now();
    database.write(|tx| {
        for id in FIRST_READER..last {
            let letter = notify::Letter {
                subject: "Bản tin".to_owned(),
                paragraphs: vec!["Không có gì mới.".to_owned()],
                ..notify::Letter::default()
            };
            let words = serde_json::to_string(&letter).unwrap();
            let (to, key) = (id.to_string(), format!("digest:{id}|a:x|telegram:{id}"));
            let row = Delivery::new(now, Channel::Telegram, to, "digest", key, words);
            engine::enqueue(tx, &row)?;
        }
        Ok(())
    });
    let name = format!("alarm-{}", now.micros());
    let mut reporter = Reporter::new(plan.port, name, &["data_encryption"]);
    let mut history = Vec::new();
    for _ in 0..extent.timed {
        history.push(reporter.report("xa-b").await);
        // One person's chat takes one message a second.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let mut look = database.open();
    let waiting = "select count(*) as value from outbox where purpose = 'digest' \
                   and status in ('waiting', 'sending')";
    let left = number(&mut look, waiting);
    assert!(left >= i64::try_from(DIGESTS).unwrap(), "only {left} digests wait");
    let requests = api.requests();
    let mut times = Vec::new();
    for report in &history {
        let about = requests.iter().find(|request| {
            request.method == "sendMessage"
                && request.body["chat_id"] == FIRST_DEVICE
                && request.body["text"].as_str().is_some_and(|text| text.contains(&report.code))
        });
        times.push(about.unwrap().at.saturating_duration_since(report.at));
    }
    let (half, most) = (ms(percentile(&times, 50.0)), ms(percentile(&times, 99.0)));
    table.judge(
        &format!(
            "{}: alarm → first Telegram request, {} alarms, {left} digests still wait",
            database.name(),
            times.len()
        ),
        &format!("p50 {half:.0} ms, p99 {most:.0} ms"),
        "p99 ≤ 1 s",
        most <= 1000.0,
    );
}

/// Commands that are stored, confirmed and handled.
async fn commands(
    database: &Database,
    api: &BotApi,
    phone: &Phone,
    extent: &Extent,
    table: &mut Table,
) {
    let count = i64::try_from(extent.timed * 10).unwrap();
    let mut look = database.open();
    let handled = "select count(*) as value from chat_updates where handled_at is not null";
    let before = number(&mut look, handled);
    let began = Instant::now();
    for _ in 0..count {
        api.writes(phone, FIRST_DEVICE, "/truc");
    }
    while number(&mut look, handled) < before + count {
        assert!(began.elapsed() < Duration::from_secs(300), "commands are never handled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    table.note(
        &format!("{}: commands handled a second, {count} at once", database.name()),
        &format!("{rate:.0}/s"),
    );
}

/// From the press of the button to the moment at which no card asks any more.
async fn stop(database: &Database, api: &BotApi, phone: &Phone, plan: &Plan, table: &mut Table) {
    for id in FIRST_DEVICE + 1..FIRST_DEVICE + DEVICES {
        link(database, id);
        api.phone(id, "Trực ban");
    }
    let name = format!("stop-{}", SystemClock.now().micros());
    let report = Reporter::new(plan.port, name, &["data_encryption"]).report("xa-b").await;
    let card = |id: i64| {
        let asks = |one: &dieuphoi_tests::bot_api::Shown| {
            one.text.contains(&report.code) && !one.presses.is_empty()
        };
        api.shown(id).into_iter().find(asks)
    };
    let all = FIRST_DEVICE..FIRST_DEVICE + DEVICES;
    let began = Instant::now();
    while !all.clone().all(|id| card(id).is_some()) {
        assert!(began.elapsed() < Duration::from_secs(60), "not every telephone rings");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let own = card(FIRST_DEVICE).unwrap();
    let pressed = Instant::now();
    api.presses(phone, &own, FIRST_DEVICE, "Tiếp nhận");
    while all.clone().any(|id| card(id).is_some()) {
        assert!(pressed.elapsed() < Duration::from_secs(60), "cards stay");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let gone = pressed.elapsed().as_secs_f64();
    table.judge(
        &format!("{}: press → the last of {DEVICES} pending cards gone", database.name()),
        &format!("{gone:.2} s"),
        "≤ 2 s",
        gone <= 2.0,
    );
}
