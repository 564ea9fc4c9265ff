//! Buttons by role, and cards that change where they stand when what they ask for is settled.

use std::sync::Arc;

use chrono::Duration;
use dieuphoi::actions::incidents::acknowledge;
use dieuphoi::actions::{Ctx, Office};
use dieuphoi::domain::words::{CardState, DeliveryStatus};
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::BotApi;
use notify::{ChannelKind, Checking, Envelope, Scripted, Sending, Telegram};

use super::{COORDINATOR, DUTY, House, asking, labels, room};

#[actix_web::test]
async fn an_alarm_has_the_buttons_of_its_reader_and_an_answer_takes_them_away_everywhere() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        let code = house.report(true).await;
        house.settle().await;
        let duty = asking(&house.api, 101);
        assert_eq!(duty.len(), 1, "{:?}", house.api.shown(101));
        assert_eq!(labels(&duty[0]), ["Tiếp nhận", "Tôi chủ trì"]);
        assert!(asking(&house.api, 104).is_empty(), "a unit's head acknowledges nothing");
        assert!(!house.api.shown(104).is_empty(), "but hears of it");
        // Each button is a row that names its message and its reader.
        assert_eq!(house.stage.count("chat_presses where delivery_id is null").await, 0);
        assert_eq!(house.stage.count("chat_presses where account_id is null").await, 0);
        let row = house.to(&code, "101").await;
        let asked = row.iter().find(|row| row.purpose == "acknowledge").unwrap();
        assert_eq!(asked.card, Some(CardState::Live));

        // Silence: the coordinator is asked as well.
        house.stage.clock.pass(Duration::minutes(15));
        house.settle().await;
        assert_eq!(asking(&house.api, 102).len(), 1);
        let ctx = house.as_person(COORDINATOR).await;
        acknowledge(&house.stage.office, &ctx, &code).await.unwrap();
        house.settle().await;
        house.pass(2).await;
        for chat in [101, 102] {
            assert!(asking(&house.api, chat).is_empty(), "{chat}");
            let said = house.api.shown(chat);
            let changed = said.iter().find(|one| one.text.contains("Đã có người tiếp nhận"));
            let changed = changed.unwrap_or_else(|| panic!("{chat}: {said:?}"));
            assert!(changed.text.contains("22/11/2026 08:15"), "when: {}", changed.text);
            assert!(changed.text.contains("coordinator"), "who: {}", changed.text);
            assert!(changed.presses.is_empty());
        }
        // What else is asked of people (their tasks) stands.
        let open = "outbox where card in ('live','stale') and purpose = 'acknowledge'";
        assert_eq!(house.stage.count(open).await, 0);
    })
    .await;
}

/// Acknowledges a case while its first message is on its way.
struct Answering {
    telegram: Arc<Telegram>,
    office: Office,
    ctx: Ctx,
    code: std::sync::Mutex<Option<String>>,
}

impl notify::Channel for Answering {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(async move {
            let code = self.code.lock().unwrap().take();
            if let Some(code) = code {
                acknowledge(&self.office, &self.ctx, &code).await.unwrap();
            }
            self.telegram.send(envelope).await
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        self.telegram.check()
    }
}

#[actix_web::test]
async fn a_message_that_is_leaving_when_the_answer_comes_is_caught() {
    on_each(|stage| async move {
        stage.province().await;
        stage.linked(DUTY, "101").await;
        let api = BotApi::start();
        api.phone(101, "Trực ban");
        let telegram = room(&api);
        let answering = Arc::new(Answering {
            telegram: Arc::clone(&telegram),
            office: stage.office.clone(),
            ctx: stage.as_person(COORDINATOR).await,
            code: std::sync::Mutex::default(),
        });
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let carrier: Arc<dyn notify::Channel> = Arc::clone(&answering) as _;
        let house = House::with(stage, api, mail, &carrier, telegram);
        let code = house.report(true).await;
        *answering.code.lock().unwrap() = Some(code.clone());
        house.settle().await;
        house.pass(2).await;
        let rows = house.to(&code, "101").await;
        let asked = rows.iter().find(|row| row.purpose == "acknowledge").unwrap();
        assert_eq!(asked.status, DeliveryStatus::Sent, "it had left");
        assert_eq!(asked.card, Some(CardState::Done));
        assert!(asking(&house.api, 101).is_empty());
        assert!(house.api.shown(101).iter().any(|one| one.text.contains("Đã có")));
    })
    .await;
}
