//! A case becomes more closed while messages about it wait: what leaves afterwards says no more than
//! its channel may carry by then, on whatever way it waited.

use std::sync::Arc;

use chrono::Duration;
use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::actions::triage::{Triage, triage};
use dieuphoi::actions::{Ctx, Office};
use dieuphoi::clock::Clock;
use dieuphoi::domain::words::{Channel, DeliveryStatus};
use dieuphoi::engine::Chore as _;
use dieuphoi::records::Delivery;
use dieuphoi::store::{engine, incidents, organisations};
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::{BotApi, Fault};
use notify::{ChannelKind, Checking, Envelope, Letter, Outcome, Scripted, Sending, Telegram};

use super::pace::quiet;
use super::{COORDINATOR, DUTY, HEAD, House, room};

/// In the case's title, and in its description.
const CANARY: &str = "ChimHoangYen";

async fn report(house: &House) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        system: format!("Máy chủ {CANARY}"),
        description: format!("Có thư giả mạo {CANARY}"),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "none".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        ..NewReport::default()
    };
    let (ctx, through) = (house.stage.nobody(), Some("xa-b".to_owned()));
    receive(&house.stage.office, &ctx, report, Vec::new(), through, None).await.unwrap().code
}

async fn close(office: &Office, ctx: &Ctx, code: &str) {
    let wanted = Triage { tlp: Some("RED".to_owned()), ..Triage::default() };
    triage(office, ctx, code, wanted).await.unwrap();
}

fn says_it(letter: &str) -> bool {
    letter.contains(CANARY)
}

/// Everything that any phone shows, and every mail that was handed over.
fn left(house: &House) -> Vec<String> {
    let phones = [101, 102, 103, 104].into_iter().flat_map(|chat| house.api.shown(chat));
    let mails = house.mail.heard().into_iter();
    let mails = mails.map(|mail| serde_json::to_string(&mail.letter).unwrap());
    phones.map(|shown| shown.text).chain(mails).collect()
}

async fn put(house: &House, row: Delivery) {
    let write = house.stage.office.write(move |tx| engine::enqueue(tx, &row));
    assert!(write.await.unwrap());
}

#[actix_web::test]
async fn what_waits_when_the_tlp_is_raised_leaves_without_what_its_reader_may_no_longer_see() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        quiet(&house, HEAD, 7 * 60, 9 * 60).await;
        let code = report(&house).await;
        let rows = house.rows(&code).await;
        assert!(rows.iter().filter(|row| says_it(&row.letter)).count() > 2, "it is said at AMBER");
        let ctx = house.as_person(COORDINATOR).await;
        close(&house.stage.office, &ctx, &code).await;
        // In the very transaction, whatever way it waits by.
        for row in house.rows(&code).await {
            assert!(!says_it(&row.letter), "{} {}: {}", row.channel, row.purpose, row.letter);
        }
        house.settle().await;
        house.pass(3).await;
        house.stage.clock.pass(Duration::hours(1));
        house.settle().await;
        house.pass(90).await;
        let waited = house.to(&code, "104").await;
        assert!(waited.iter().any(|row| row.purpose == "opening"), "it waited for the morning");
        assert!(waited.iter().all(|row| row.status == DeliveryStatus::Sent), "{waited:?}");
        let left = left(&house);
        assert!(left.iter().any(|text| text.contains(&code) && text.contains("TLP:RED")));
        for text in &left {
            assert!(!says_it(text), "{text}");
        }
        // What it asks for and by when is still there, and so are the buttons.
        let asked = house.api.shown(101).into_iter().find(|one| one.text.contains("Chờ tiếp nhận"));
        assert!(asked.is_none_or(|one| one.text.contains("Hạn")), "{:?}", house.api.shown(101));
    })
    .await;
}

/// A room that fails once, and while it does the case becomes RED.
struct Raising {
    telegram: Arc<Telegram>,
    office: Office,
    ctx: Ctx,
    code: std::sync::Mutex<Option<String>>,
}

impl notify::Channel for Raising {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(async move {
            let code = self.code.lock().unwrap().take();
            let Some(code) = code else { return self.telegram.send(envelope).await };
            close(&self.office, &self.ctx, &code).await;
            Outcome::Retry { after: None, why: "502".to_owned() }
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        self.telegram.check()
    }
}

#[actix_web::test]
async fn a_message_that_was_under_way_when_the_tlp_was_raised_is_tried_again_without_it() {
    on_each(|stage| async move {
        stage.province().await;
        stage.linked(DUTY, "101").await;
        let api = BotApi::start();
        for chat in 101..=104 {
            api.phone(chat, "Người nhận");
        }
        let telegram = room(&api);
        let raising = Arc::new(Raising {
            telegram: Arc::clone(&telegram),
            office: stage.office.clone(),
            ctx: stage.as_person(COORDINATOR).await,
            code: std::sync::Mutex::default(),
        });
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let carrier: Arc<dyn notify::Channel> = Arc::clone(&raising) as _;
        let house = House::with(stage, api, mail, &carrier, telegram);
        let code = report(&house).await;
        *raising.code.lock().unwrap() = Some(code.clone());
        // The chats first: the mails wait.
        house.chats.tick().await.unwrap();
        assert!(raising.code.lock().unwrap().is_none(), "it was under way");
        house.pass(90).await;
        let tried = house.to(&code, "101").await;
        assert!(tried.iter().any(|row| row.attempts == 2 && row.status == DeliveryStatus::Sent));
        for text in left(&house) {
            assert!(!says_it(&text), "{text}");
        }
    })
    .await;
}

#[actix_web::test]
async fn the_mail_that_takes_the_place_of_a_chat_says_no_more_either() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        let code = report(&house).await;
        // A message to one chat alone, as it was cut at AMBER, claimed before the case became RED.
        let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
        let first = house.to(&code, "101").await.remove(0);
        assert!(says_it(&first.letter));
        let read = house.stage.office.db.read(move |c| incidents::find_by_number(c, number));
        let incident = read.await.unwrap();
        let who = first.cause().rsplit_once('|').unwrap().1.to_owned();
        let alone = Delivery {
            id: dieuphoi::domain::ids::Id::new(house.stage.clock.now()),
            dedup_key: format!("alone:1|{who}|telegram:101"),
            incident_id: Some(incident.id),
            ..first
        };
        put(&house, alone.clone()).await;
        let ctx = house.as_person(COORDINATOR).await;
        close(&house.stage.office, &ctx, &code).await;
        let own = house.stage.app().own("engine");
        let office = house.stage.office.clone();
        let write = house.stage.office.write(move |tx| {
            dieuphoi::actions::chat::fallback::given_up(tx, &office, &own, &alone)
        });
        write.await.unwrap();
        let mails = house.rows(&code).await;
        let instead =
            mails.iter().find(|row| row.last_error.as_deref() == Some("obstacle-instead"));
        let instead = instead.expect("mail takes its place");
        assert!(!says_it(&instead.letter), "{}", instead.letter);
    })
    .await;
}

#[actix_web::test]
async fn answers_of_the_bot_that_wait_are_cut_and_whoever_may_not_have_it_gets_nothing() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        let code = report(&house).await;
        let now = house.stage.clock.now();
        let answer = |n: u32, letter: &Letter| {
            let words = serde_json::to_string(letter).unwrap();
            let (key, to) = (format!("answer:telegram:{n}:0"), "104".to_owned());
            Delivery::new(now, Channel::Telegram, to, "bot_answer", key, words)
        };
        let case = Letter {
            subject: format!("{code} · Đã ghi"),
            paragraphs: vec![CANARY.to_owned()],
            ..Letter::default()
        };
        let list = Letter {
            subject: "Vụ của tôi".to_owned(),
            steps: vec![
                format!("{code} · Thấp · {CANARY}"),
                "SC-2020-000001 · Thấp · Vụ khác".to_owned(),
            ],
            ..Letter::default()
        };
        put(&house, answer(1, &case)).await;
        put(&house, answer(2, &list)).await;
        // Somebody outside, who was told something at AMBER.
        let first = house.to(&code, "101").await.remove(0);
        let read = house.stage.office.db.read(move |c| organisations::find_by_key(c, "vnpt", now));
        let outside = read.await.unwrap();
        let told = Delivery {
            id: dieuphoi::domain::ids::Id::new(now),
            channel: Channel::Mail,
            address: "chinh@vnpt.example".to_owned(),
            dedup_key: "outside:1|c:x|mail".to_owned(),
            account_id: None,
            recipient_role: "contact".to_owned(),
            organisation_id: Some(outside.id),
            ..first
        };
        put(&house, told.clone()).await;
        // Telegram is away all the while.
        house.api.fail("*", 1_000, Fault::Status(502));
        let ctx = house.as_person(COORDINATOR).await;
        close(&house.stage.office, &ctx, &code).await;
        house.api.heal();
        house.settle().await;
        house.pass(60).await;
        let row = house.all().await.into_iter().find(|row| row.id == told.id).unwrap();
        assert_eq!(row.status, DeliveryStatus::Skipped);
        assert_eq!(row.last_error.as_deref(), Some("obstacle-tlp"));
        let shown = house.api.shown(104);
        for text in left(&house) {
            assert!(!says_it(&text), "{text}");
        }
        assert!(shown.iter().any(|one| one.text.contains("Vụ khác") && one.text.contains(&code)));
    })
    .await;
}
