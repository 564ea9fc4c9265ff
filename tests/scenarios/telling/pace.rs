//! Pauses of one chat, quiet hours, bundles, reminders that are too old, alarms among digests.

use std::sync::Arc;

use chrono::Duration;
use dieuphoi::clock::{Clock, Timestamp};
use dieuphoi::domain::words::{DeliveryStatus, Priority};
use dieuphoi::records::{ChatSettings, Delivery};
use dieuphoi::store::{accounts, chat_links, incidents};
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::Fault;

use super::{HEAD, House, asking};

#[actix_web::test]
async fn a_pause_is_kept_for_its_chat_alone_and_nothing_is_lost() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.api.fail_chat(101, 1, Fault::TooMany(20));
        let code = house.report(true).await;
        house.settle().await;
        let calls = |house: &House| {
            house.api.asked("sendMessage").iter().filter(|body| body["chat_id"] == 101).count()
        };
        assert_eq!(calls(&house), 1);
        assert!(!house.api.shown(104).is_empty(), "the others go on");
        house.digests("101", 2, "digest").await;
        house.pass(19).await;
        assert_eq!(calls(&house), 1, "nothing before its time, whatever waits");
        house.pass(5).await;
        assert_eq!(asking(&house.api, 101).len(), 1);
        assert_eq!(house.stage.count("outbox where status = 'waiting'").await, 0);
        let rows = house.to(&code, "101").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent));
    })
    .await;
}

pub(super) async fn quiet(house: &House, email: &'static str, from: i32, to: i32) {
    let now = house.stage.clock.now();
    let write = house.stage.office.write(move |tx| {
        let account = accounts::find_by_email(tx, email)?.unwrap();
        let (quiet_from, quiet_to) = (Some(from), Some(to));
        let kept = ChatSettings { account_id: account.id, quiet_from, quiet_to, updated_at: now };
        chat_links::keep_settings(tx, &kept)
    });
    write.await.unwrap();
}

#[actix_web::test]
async fn quiet_hours_put_off_what_is_not_khan_cap_and_say_so() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        // It is eight in the morning; the head rests until nine.
        quiet(&house, HEAD, 7 * 60, 9 * 60).await;
        let calm = house.report(false).await;
        let urgent = house.report(true).await;
        let priority = |code: String| {
            let stage = Arc::clone(&house.stage);
            async move {
                let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
                let read = stage.office.db.read(move |c| incidents::find_by_number(c, number));
                read.await.unwrap().priority
            }
        };
        assert_ne!(priority(calm.clone()).await, Priority::Urgent);
        assert_eq!(priority(urgent.clone()).await, Priority::Urgent);
        house.settle().await;
        house.pass(3).await;
        let rows = house.to(&calm, "104").await;
        assert!(!rows.is_empty());
        for row in &rows {
            assert_eq!(row.status, DeliveryStatus::Waiting);
            assert_eq!(row.last_error.as_deref(), Some("obstacle-quiet"), "the ledger says so");
            assert_eq!(row.due_at, Timestamp::parse("2026-11-22T09:00").unwrap());
        }
        let rows = house.to(&urgent, "104").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent), "{rows:?}");
        assert!(house.mail.heard_by(HEAD).iter().any(|one| one.contains(&calm)), "mail came");
        house.stage.clock.pass(Duration::hours(1));
        house.settle().await;
        house.pass(3).await;
        let rows = house.to(&calm, "104").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent), "{rows:?}");
        assert!(rows.iter().all(|row| row.last_error.is_none()));
    })
    .await;
}

#[actix_web::test]
async fn more_than_five_in_a_minute_become_one_and_urgent_ones_never() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.digests("103", 5, "digest").await;
        house.pass(10).await;
        assert_eq!(house.api.shown(103).len(), 5, "five come one by one");
        house.digests("103", 9, "digest").await;
        // Somebody else is not concerned, and an alarm comes at once.
        house.digests("102", 1, "digest").await;
        let before = asking(&house.api, 101).len();
        house.report(true).await;
        house.pass(2).await;
        assert_eq!(house.api.shown(102).len(), 1);
        assert_eq!(asking(&house.api, 101).len(), before + 1);
        house.pass(60).await;
        let shown = house.api.shown(103);
        assert_eq!(shown.len(), 6, "{shown:#?}");
        assert!(shown[5].text.starts_with("9 tin mới"), "{}", shown[5].text);
        for n in 0..9 {
            assert!(shown[5].text.contains(&format!("Bản tin {n} của 103")), "{n}");
        }
        let bundled: Vec<Delivery> = house
            .all()
            .await
            .into_iter()
            .filter(|row| row.last_error.as_deref() == Some("obstacle-bundled"))
            .collect();
        assert_eq!(bundled.len(), 9, "each one's fate says so");
        assert!(bundled.iter().all(|row| row.status == DeliveryStatus::Sent));
        assert!(bundled.iter().all(|row| row.reference == bundled[0].reference));
    })
    .await;
}

#[actix_web::test]
async fn a_reminder_that_is_an_hour_late_is_dropped_with_the_reason_and_the_rest_is_not() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.digests("103", 1, "repeat").await;
        house.digests("102", 1, "silence").await;
        house.stage.clock.pass(Duration::minutes(61));
        house.settle().await;
        assert!(house.api.shown(103).is_empty());
        assert_eq!(house.api.shown(102).len(), 1);
        let rows = house.all().await;
        let dropped = rows.iter().find(|row| row.purpose == "repeat").unwrap();
        assert_eq!(dropped.status, DeliveryStatus::Skipped);
        assert_eq!(dropped.last_error.as_deref(), Some("obstacle-late-reminder"));
    })
    .await;
}

#[actix_web::test]
async fn a_slow_chat_holds_up_nobody_and_an_alarm_passes_a_thousand_digests() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        for chat in 2_000..3_000 {
            house.api.phone(chat, "Người nhận");
        }
        for chat in 2_000..3_000 {
            house.digests(&chat.to_string(), 1, "digest").await;
        }
        // The lane is full of them, for this second and many to come.
        house.settle().await;
        assert_eq!(house.api.requests().len(), 20, "what is kept back is not theirs");
        house.report(true).await;
        house.settle().await;
        assert_eq!(asking(&house.api, 101).len(), 1, "in the same second");
    })
    .await;
}
