//! The chat: how soon an alarm reaches Telegram while a thousand digests wait, how many commands are
//! handled in a second, how soon the last card of a settled alarm is gone. Against the Bot API server of
//! the tests, on loopback.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::domain::words::Channel;
use dieuphoi::records::Delivery;
use dieuphoi::store::{Conn, engine};
use dieuphoi::testing::province;
use dieuphoi_tests::bot_api::{BotApi, Phone, TOKEN};
use dieuphoi_tests::database::{Database, number};
use dieuphoi_tests::figures::{ms, percentile};
use dieuphoi_tests::people::link;
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::reporter::Reporter;
use dieuphoi_tests::smtp::Sink;

use crate::Extent;
use crate::table::Table;

const DUTY: &str = "duty_officer@so-ttt.example";
/// Digests that wait beside the alarms, all the time.
const AT_LEAST: i64 = 1_000;
/// More of them than leave while one alarm is timed.
const MARGIN: i64 = 500;
const DIGESTS_WAIT: &str = "select count(*) as value from outbox where purpose = 'digest' \
                            and status in ('waiting', 'sending')";
/// What takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(60);
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
    link(database, DUTY, FIRST_DEVICE);
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

/// From the answer to the reporter to the first request about an urgent case at Telegram. Each time the
/// officer's own chat is at rest: one person's chat takes one message a second, whoever sends it.
async fn alarms(
    database: &Database,
    api: &BotApi,
    plan: &Plan,
    extent: &Extent,
    table: &mut Table,
) {
    let name = format!("alarm-{}", SystemClock.now().micros());
    let mut reporter = Reporter::new(plan.port, name, &["data_encryption"]).urgently();
    let mut look = database.open();
    let (mut times, mut last, mut least) = (Vec::new(), FIRST_READER, i64::MAX);
    for _ in 0..extent.timed {
        let waiting = number(&mut look, DIGESTS_WAIT);
        last = digests(database, api, last, AT_LEAST + MARGIN - waiting);
        api.forget_requests();
        let report = reporter.report("xa-b").await;
        let about = || {
            let mut all = api.requests().into_iter();
            all.find(|request| {
                let text = request.body["text"].as_str().unwrap_or_default();
                request.method == "sendMessage"
                    && request.body["chat_id"] == FIRST_DEVICE
                    && text.contains(&report.code)
            })
        };
        let first = api.until(PATIENCE, about).unwrap();
        times.push(first.at.saturating_duration_since(report.at));
        least = least.min(number(&mut look, DIGESTS_WAIT));
        rests(&mut look).await;
    }
    let (half, most) = (ms(percentile(&times, 50.0)), ms(percentile(&times, 99.0)));
    assert!(least >= AT_LEAST, "only {least} digests waited");
    table.judge(
        &format!(
            "{}: alarm → first Telegram request, {} alarms, at least {least} digests waiting",
            database.name(),
            times.len()
        ),
        &format!("p50 {half:.0} ms, p99 {most:.0} ms"),
        "p99 ≤ 1 s",
        most <= 1000.0,
    );
}

/// So many more digests wait, each for a reader of its own; answers the next reader's number.
fn digests(database: &Database, api: &BotApi, first: i64, count: i64) -> i64 {
    let readers = first..first + count.max(0);
    for id in readers.clone() {
        api.phone(id, "Người nhận");
    }
    let now = SystemClock.now();
    database.write(|tx| {
        for id in readers.clone() {
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
    readers.end
}

/// Nothing is on its way to the officer's telephone, nor was in the last second.
async fn rests(look: &mut Conn) {
    let on_the_way = format!(
        "select count(*) as value from outbox where channel = 'telegram' \
         and address = '{FIRST_DEVICE}' and status in ('waiting', 'sending')"
    );
    let began = Instant::now();
    while number(look, &on_the_way) > 0 {
        assert!(began.elapsed() < PATIENCE, "the officer's chat never rests");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
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
        link(database, DUTY, id);
        api.phone(id, "Trực ban");
    }
    let name = format!("stop-{}", SystemClock.now().micros());
    let mut reporter = Reporter::new(plan.port, name, &["data_encryption"]).urgently();
    let report = reporter.report("xa-b").await;
    let card = |id: i64| {
        let asks = |one: &dieuphoi_tests::bot_api::Shown| {
            one.text.contains(&report.code) && !one.presses.is_empty()
        };
        api.shown(id).into_iter().find(asks)
    };
    let all = FIRST_DEVICE..FIRST_DEVICE + DEVICES;
    let began = Instant::now();
    while !all.clone().all(|id| card(id).is_some()) {
        assert!(began.elapsed() < PATIENCE, "not every telephone rings");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let own = card(FIRST_DEVICE).unwrap();
    let pressed = Instant::now();
    api.presses(phone, &own, FIRST_DEVICE, "Tiếp nhận");
    while all.clone().any(|id| card(id).is_some()) {
        assert!(pressed.elapsed() < PATIENCE, "cards stay");
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
