//! Nobody is left behind when a chat fails.

use chrono::Duration;
use dieuphoi::clock::Clock;
use dieuphoi::domain::words::{Channel, DeliveryStatus};
use dieuphoi::records::Delivery;
use dieuphoi::store::{accounts, engine};
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::{Fault, Shown};

use super::{DUTY, House, LEADER, labels};

#[actix_web::test]
async fn a_blocked_chat_is_tried_once_and_when_nothing_reaches_a_person_the_next_level_is_told() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.api.close_chat(101, "bot was blocked by the user");
        let gone = notify::Outcome::Undeliverable { why: "550 no such user".to_owned() };
        house.mail.always(DUTY, notify::scripted::Turn::Answer(gone));
        house.digests("101", 3, "digest").await;
        let code = house.report(true).await;
        house.settle().await;
        house.pass(5).await;
        let tries = house.api.asked("sendMessage");
        assert_eq!(tries.iter().filter(|body| body["chat_id"] == 101).count(), 1, "one try");
        assert_eq!(house.stage.count("chat_links where broken_at is not null").await, 1);
        let rows = house.to(&code, "101").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Failed), "{rows:?}");
        // The coordinator gets the name and the number to call, once.
        let told: Vec<Shown> = house
            .api
            .shown(102)
            .into_iter()
            .filter(|one| one.text.contains("Không báo được cho"))
            .collect();
        assert_eq!(told.len(), 1, "{:#?}", house.api.shown(102));
        assert!(told[0].text.contains("0000000001"), "{}", told[0].text);
        assert!(told[0].text.contains("duty_officer"), "{}", told[0].text);
        assert_eq!(labels(&told[0]), ["Tiếp nhận", "Tôi chủ trì"], "and can act on it");
    })
    .await;
}

#[actix_web::test]
async fn a_chat_that_keeps_failing_is_followed_by_mail_within_a_minute() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.api.fail("*", 1_000, Fault::Status(502));
        // A message that went to the chat alone.
        let now = house.stage.clock.now();
        let write = house.stage.office.write(move |tx| {
            let account = accounts::find_by_email(tx, LEADER)?.unwrap();
            let letter = notify::Letter {
                subject: "Chỉ qua chat".to_owned(),
                ..notify::Letter::default()
            };
            let words = serde_json::to_string(&letter).unwrap();
            let key = format!("only:1|a:{}|telegram:103", account.id);
            let to = "103".to_owned();
            let row = Delivery::new(now, Channel::Telegram, to, "digest", key, words);
            engine::enqueue(tx, &Delivery { account_id: Some(account.id), ..row })
        });
        write.await.unwrap();
        let mut passed = 0;
        while house.mail.heard_by(LEADER).is_empty() {
            house.pass(1).await;
            passed += 1;
            assert!(passed <= 60, "{:?}", house.all().await);
        }
        house.pass(120).await;
        assert_eq!(house.mail.heard_by(LEADER), ["Chỉ qua chat"], "once");
        let rows = house.all().await;
        let mail = rows.iter().find(|row| row.channel == Channel::Mail).unwrap();
        assert_eq!(mail.last_error.as_deref(), Some("obstacle-instead"), "the ledger says so");
        house.api.heal();
        house.stage.clock.pass(Duration::minutes(30));
        house.settle().await;
        assert_eq!(house.api.shown(103).len(), 1, "and the chat has it when it is back");
    })
    .await;
}

/// No mail, and no chat that takes anything.
async fn without_any_way(house: &House, email: &'static str) {
    let write = house.stage.office.write(move |tx| {
        use diesel::prelude::*;
        use dieuphoi::store::schema::{accounts as rows, chat_links};
        let account = accounts::find_by_email(tx, email)?.unwrap();
        let links = chat_links::table.filter(chat_links::account_id.eq(account.id));
        diesel::update(links)
            .set(chat_links::broken_at.eq(Some(account.created_at)))
            .execute(tx)?;
        // Nobody else is without an address any more.
        let others = rows::table.filter(rows::email.eq(""));
        diesel::update(others).set(rows::email.eq("da-co@xa-b.example")).execute(tx)?;
        diesel::update(rows::table.find(account.id)).set(rows::email.eq("")).execute(tx)?;
        Ok(())
    });
    write.await.unwrap();
}

#[actix_web::test]
async fn whom_no_channel_reaches_from_the_start_is_told_of_to_the_next_level_at_once() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        without_any_way(&house, "it_officer@xa-b.example").await;
        let code = house.report(true).await;
        house.settle().await;
        house.pass(5).await;
        let calls = |chat: i64, who: &str| -> Vec<Shown> {
            let who = format!("Không báo được cho {who}");
            let said = house.api.shown(chat).into_iter();
            said.filter(|one| one.text.contains(&who)).collect()
        };
        let told = calls(101, "it_officer");
        assert_eq!(told.len(), 1, "{:#?}", house.api.shown(101));
        assert!(told[0].text.contains("0000000001"), "{}", told[0].text);
        assert!(calls(102, "it_officer").is_empty(), "the next level, and no other");
        let rows = house.rows(&code).await;
        let ledger = rows.iter().find(|row| row.channel == Channel::Phone).unwrap();
        assert_eq!(ledger.last_error.as_deref(), Some("obstacle-no-address"), "and the ledger");

        // Nor can whoever is on duty: the level above hears it in the same instant, once a case.
        without_any_way(&house, DUTY).await;
        let second = house.report(true).await;
        house.settle().await;
        house.pass(5).await;
        let told = calls(102, "duty_officer");
        assert_eq!(told.len(), 1, "{:#?}", house.api.shown(102));
        assert!(told[0].text.contains(&second), "{}", told[0].text);
        assert_eq!(labels(&told[0]), ["Tiếp nhận", "Tôi chủ trì"], "and can act on it");
        house.stage.clock.pass(Duration::minutes(20));
        house.settle().await;
        house.pass(5).await;
        assert_eq!(calls(102, "duty_officer").len(), 1);
    })
    .await;
}
