//! A whole case from telephones alone, on a real server: the unit reports, the officer on duty has it,
//! the lead works in the case's topic, a provider answers its dispatch, the next officer takes the shift
//! and closes the case. Nobody opens a page.

mod case;
mod record;

use std::time::Duration;

use dieuphoi::actions::rota::edit;
use dieuphoi::clock::{Clock, SystemClock, Timestamp};
use dieuphoi::domain::rota::RotationText;
use dieuphoi::domain::words::Role;
use dieuphoi::testing::province;
use dieuphoi_tests::bot_api::{BotApi, Hand, TOKEN};
use dieuphoi_tests::database::Database;
use dieuphoi_tests::people::{acting, hold, link};
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::smtp::Sink;

/// The team's group, with topics.
const GROUP: i64 = -1_001_234_567_890;
/// Longer than anything of this story takes.
const PATIENCE: Duration = Duration::from_secs(60);

const UNIT: (&str, i64) = ("it_officer@so-yt.example", 701);
/// On duty, and coordinator: at a small desk one person is both.
const DUTY: (&str, i64) = ("duty_officer@so-ttt.example", 702);
const LEAD: (&str, i64) = ("responder@so-ttt.example", 703);
const PROVIDER: (&str, i64) = ("liaison@vnpt.example", 704);
/// Takes the next shift.
const NEXT: (&str, i64) = ("coordinator@so-ttt.example", 705);
const EVERYBODY: [(&str, i64); 5] = [UNIT, DUTY, LEAD, PROVIDER, NEXT];

/// Who holds which telephone.
struct Cast<'a> {
    api: &'a BotApi,
    unit: Hand<'a>,
    duty: Hand<'a>,
    lead: Hand<'a>,
    provider: Hand<'a>,
    next: Hand<'a>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_case_is_run_from_telephones_on_sqlite() {
    story(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_case_is_run_from_telephones_on_postgres() {
    if let Some(database) = Database::postgres() {
        story(database).await;
    }
}

async fn story(database: Database) {
    let (sink, api) = (Sink::start().await, BotApi::start());
    database.migrate();
    prepare(&database).await;
    let mut plan = Plan::over(&database, sink.port);
    plan.set("DIEUPHOI_TELEGRAM__TOKEN", TOKEN);
    plan.set("DIEUPHOI_TELEGRAM__API_URL", &api.url);
    api.forum(GROUP, "Đội ứng cứu");
    let hand = |(email, number): (&str, i64)| Hand::of(&api, number, email);
    let cast = Cast {
        api: &api,
        unit: hand(UNIT),
        duty: hand(DUTY),
        lead: hand(LEAD),
        provider: hand(PROVIDER),
        next: hand(NEXT),
    };
    let mut server = plan.start();
    server.ready().await;

    cast.next.within(GROUP).says("/nhom", "Đã đăng ký nhóm này");
    let code = case::reported(&cast);
    case::had(&cast, &code);
    let topic = case::triaged(&cast, &code);
    case::led(&cast, &code, topic);
    case::worked_on(&cast, &code, topic);
    case::dispatched(&cast, &code);
    case::approved(&cast, &code);
    case::handed_over(&cast);
    case::closed(&cast, &code, topic);

    record::stands_still(&cast, &database, &code, topic).await;
    record::is_whole(&database, &plan, &code).await;
    assert!(server.stop().success());
    let (status, said) = plan.run(&["audit", "verify"]);
    assert!(status.success(), "the chain does not hold: {said}");
}

/// The province, the telephones, and who is on duty: since an hour ago, for a day.
async fn prepare(database: &Database) {
    let now = SystemClock.now();
    database.write(|tx| province(tx, now));
    hold(database, DUTY.0, &[Role::DutyOfficer, Role::Coordinator]);
    for (email, number) in EVERYBODY {
        link(database, email, number);
    }
    let made = database.with_office(async |office| {
        let boss = acting(&office, NEXT.0).await;
        let rota = edit::create(&office, &boss, "Trực ban").await.unwrap();
        let (from, handover) = day_and_hour(now - chrono::Duration::hours(1));
        let typed = RotationText {
            kind: "daily".to_owned(),
            people: vec![DUTY.0.to_owned(), NEXT.0.to_owned()],
            handover,
            from,
            ..RotationText::default()
        };
        edit::add_rotation(&office, &boss, rota.id, rota.version, typed).await.unwrap();
    });
    made.await;
}

/// `2026-11-22` and `07:30` in the province.
fn day_and_hour(at: Timestamp) -> (String, String) {
    let text = at.local_input();
    let (day, hour) = text.split_once('T').expect("a day and an hour");
    (day.to_owned(), hour.chars().take(5).collect())
}
