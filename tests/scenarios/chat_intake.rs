//! What people say in the room comes in by the real protocol and loses nothing: replayed, out of order,
//! after a restart, by webhook, while Telegram is away, after its token was revoked.

use chrono::Duration;
use dieuphoi::clock::Clock as _;
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::{BotApi, Fault, Phone};
use dieuphoi_tests::world::World;
use serde_json::{Value, json};

pub(crate) const SECRET: &str = "bi-mat-cua-webhook-0123456789";

fn report() -> Value {
    json!({
        "category": "data_encryption", "description": "Máy ở bộ phận một cửa bị khóa",
        "detected_at": "2026-11-22T00:30:00Z", "still_happening": true, "organisation": "xa-b",
        "impact": {"services": "stopped", "people": "unit"},
        "contact": {"name": "Người Thử", "email": "thu@xa-b.example"}, "secret": "no",
    })
}

/// A case, and somebody whose phone is linked.
pub(crate) async fn case(world: &World, api: &BotApi) -> (String, Phone) {
    let received = world.post(None, "/api/v1/reports", &report()).await.ok();
    world.stage.linked("duty_officer@so-ttt.example", "77").await;
    world.settle().await;
    (received["code"].as_str().unwrap().to_owned(), api.phone(77, "Lan Trực"))
}

pub(crate) async fn entries(world: &World, code: &str, kind: &str) -> usize {
    let desk = world.browser("coordinator@so-ttt.example").await;
    let all = world.get(Some(&desk), &format!("/api/v1/incidents/{code}/timeline")).await.ok();
    all["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind).count()
}

/// Time passes and everything that is due happens, so many times.
async fn pass(world: &World, times: usize, by: Duration) {
    for _ in 0..times {
        world.stage.clock.pass(by);
        world.settle().await;
    }
}

#[actix_web::test]
async fn a_command_replayed_ten_times_and_out_of_order_has_one_effect_and_one_answer() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, lan) = case(&w, &api).await;
        let before = api.shown(77).len();
        let take = api.writes(&lan, &lan, &format!("/nhan {code}")).update;
        w.settle().await;
        assert_eq!(api.shown(77).len(), before + 1, "{:?}", api.shown(77));
        assert_eq!(entries(&w, &code, "acknowledged").await, 1);
        let note = api.writes(&lan, &lan, &format!("/ghichu {code} đã gọi đơn vị")).update;
        for _ in 0..10 {
            api.replay(&[note, take]);
            w.settle().await;
        }
        assert_eq!(api.shown(77).len(), before + 2, "one answer each");
        assert_eq!(entries(&w, &code, "acknowledged").await, 1);
        assert_eq!(entries(&w, &code, "note").await, 1);
        assert_eq!(api.pending(), 0, "everything is confirmed");
    })
    .await;
}

#[actix_web::test]
async fn what_was_kept_before_a_restart_is_handled_after_it_and_only_once() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage.clone(), &api).await;
        let (code, lan) = case(&w, &api).await;
        let take = api.writes(&lan, &lan, &format!("/nhan {code}")).update;
        // Fetched and kept; the server ends before it is handled.
        w.fetch().await;
        assert_eq!(api.pending(), 1, "kept first, confirmed with the next fetch");
        drop(w);
        let again = World::again_with_bot(stage, &api);
        again.settle().await;
        assert_eq!(entries(&again, &code, "acknowledged").await, 1);
        api.replay(&[take]);
        again.settle().await;
        assert_eq!(entries(&again, &code, "acknowledged").await, 1);
        assert_eq!(api.pending(), 0);
    })
    .await;
}

#[actix_web::test]
async fn an_hour_without_telegram_stops_nothing_and_loses_no_command() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, lan) = case(&w, &api).await;
        api.fail("getUpdates", 100_000, Fault::Status(502));
        api.fail("sendMessage", 100_000, Fault::Status(500));
        api.writes(&lan, &lan, &format!("/nhan {code}"));
        api.forget_requests();
        pass(&w, 60, Duration::minutes(1)).await;
        let asked = api.asked("getUpdates").len();
        assert!((50..=130).contains(&asked), "asked {asked} times in an hour");
        let desk = w.browser("coordinator@so-ttt.example").await;
        let page = w.get(Some(&desk), "/").await;
        assert!(page.text.contains("không nhận được tin từ phòng ứng cứu"), "{}", page.status);
        w.get(Some(&desk), &format!("/api/v1/incidents/{code}")).await.ok();
        let head = w.browser("unit_head@xa-b.example").await;
        let page = w.get(Some(&head), "/").await;
        assert!(!page.text.contains("không nhận được tin từ phòng ứng cứu"));

        api.heal();
        pass(&w, 20, Duration::minutes(1)).await;
        assert_eq!(entries(&w, &code, "acknowledged").await, 1);
        assert!(api.last(77).text.contains(&code), "{:?}", api.last(77));
        let page = w.get(Some(&desk), "/").await;
        assert!(!page.text.contains("không nhận được tin từ phòng ứng cứu"));
    })
    .await;
}

#[actix_web::test]
async fn a_revoked_token_is_shown_at_once_and_a_new_start_hears_again() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, lan) = case(&w, &api).await;
        api.revoke();
        api.writes(&lan, &lan, &format!("/nhan {code}"));
        w.settle().await;
        let desk = w.browser("coordinator@so-ttt.example").await;
        assert!(
            w.get(Some(&desk), "/").await.text.contains("không nhận được tin từ phòng ứng cứu")
        );
        w.post(
            Some(&desk),
            &format!("/api/v1/incidents/{code}/notes"),
            &json!({
            "text": "ghi trên trang", "audience": "everyone", "tlp": "AMBER"}),
        )
        .await
        .ok();
        api.heal();
        pass(&w, 3, Duration::minutes(1)).await;
        assert_eq!(entries(&w, &code, "acknowledged").await, 1);
        assert_eq!(api.pending(), 0);
    })
    .await;
}

#[actix_web::test]
async fn after_more_than_a_day_of_silence_whoever_is_linked_is_told_once() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let _case = case(&w, &api).await;
        let told = || {
            let said = api.shown(77);
            said.iter().filter(|shown| shown.text.contains("có thể đã mất")).count()
        };
        api.fail("getUpdates", 100_000, Fault::Status(502));
        pass(&w, 25, Duration::hours(1)).await;
        assert_eq!(told(), 0);
        api.heal();
        pass(&w, 5, Duration::minutes(1)).await;
        assert_eq!(told(), 1);
    })
    .await;
}

#[actix_web::test]
async fn the_webhook_is_nothing_without_its_secret_and_one_path_with_it() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot_and(stage, &api, |config| {
            config.telegram.webhook = true;
            config.telegram.webhook_secret = dieuphoi::config::Secret::new(SECRET);
            "https://dieuphoi.example".clone_into(&mut config.server.base_url);
        })
        .await;
        let (code, lan) = case(&w, &api).await;
        let (url, secret) = api.webhook().expect("it is set at start");
        assert_eq!(url, "https://dieuphoi.example/telegram/webhook");
        assert_eq!(secret, SECRET);
        let id = api.writes(&lan, &lan, &format!("/nhan {code}")).update;
        let update = api.update(id);
        for wrong in [None, Some(""), Some("bi-mat"), Some("bi-mat-cua-webhook-0123456780")] {
            let answer = w.bring(wrong, &update.to_string()).await;
            assert_eq!(answer.status, 404, "{wrong:?}");
        }
        assert_eq!(w.stage.count("chat_updates").await, 0);
        for _ in 0..10 {
            assert_eq!(w.bring(Some(SECRET), &update.to_string()).await.status, 200);
            w.settle().await;
        }
        assert_eq!(w.stage.count("chat_updates").await, 1);
        assert_eq!(entries(&w, &code, "acknowledged").await, 1);
        // What is no update is confirmed, or it would come again for a day.
        for odd in
            ["", "null", "{}", "{\"update_id\":1e99}", "\u{0}", "{\"update_id\":5,\"message\":7}"]
        {
            assert_eq!(w.bring(Some(SECRET), odd).await.status, 200, "{odd:?}");
        }
        w.settle().await;
        let huge = format!("{{\"update_id\":6,\"x\":\"{}\"}}", "x".repeat(2_000_000));
        assert_eq!(w.bring(Some(SECRET), &huge).await.status, 413);
        assert!(api.asked("getUpdates").is_empty(), "nothing is fetched");
    })
    .await;
}

#[actix_web::test]
async fn without_a_webhook_there_is_no_door() {
    let stage = std::sync::Arc::new(dieuphoi::testing::Stage::sqlite());
    let api = BotApi::start();
    let w = World::with_bot(stage, &api).await;
    assert_eq!(w.bring(Some(""), "{\"update_id\":1}").await.status, 404);
    assert_eq!(w.stage.count("chat_updates").await, 0);
}

#[actix_web::test]
async fn of_two_servers_one_listens_and_the_other_goes_on_when_it_dies() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let one = World::with_bot(stage.clone(), &api).await;
        let (code, lan) = case(&one, &api).await;
        let two = World::beside(stage, &api, "two");
        api.forget_requests();
        two.settle().await;
        assert!(api.asked("getUpdates").is_empty(), "one listens");
        api.writes(&lan, &lan, &format!("/nhan {code}"));
        // The first one is gone without a word.
        let before = two.stage.clock.now();
        pass(&two, 12, Duration::seconds(5)).await;
        assert!(two.stage.clock.now() - before >= Duration::seconds(45));
        assert_eq!(entries(&two, &code, "acknowledged").await, 1);
        drop(one);
    })
    .await;
}

#[actix_web::test]
async fn whoever_is_nobody_learns_nothing_and_leaves_nothing() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, _) = case(&w, &api).await;
        let stranger = api.phone(666, "Kẻ lạ");
        api.writes(&stranger, &stranger, &format!("/nhan {code}"));
        api.writes(&stranger, &stranger, "/xem SC-2026-999999");
        api.writes(&stranger, &stranger, &"x".repeat(4096));
        api.push(
            "message",
            json!({"message_id": 9, "date": 1, "chat": {"id": 666, "type": "private"},
            "from": {"id": 666, "is_bot": false, "first_name": "<b>&\u{202E}🙂"}, "text": "/nhan"}),
        );
        w.settle().await;
        for shown in api.shown(666) {
            assert!(!shown.text.contains(&code) && !shown.text.contains("SC-"), "{shown:?}");
        }
        assert_eq!(entries(&w, &code, "acknowledged").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn in_the_demonstration_its_page_is_the_phone() {
    on_each(|stage| async move {
        let w = World::in_demo(stage).await;
        let received = w.post(None, "/api/v1/reports", &report()).await.ok();
        let code = received["code"].as_str().unwrap();
        w.stage.linked("duty_officer@so-ttt.example", "77").await;
        w.settle().await;
        let said = [("to", "77"), ("text", &format!("/xem {code}"))];
        let answer = w.form(None, "/demo/mailbox/phone", &said).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        w.settle().await;
        let messages = w.get(None, "/api/v1/demo/messages?to=77").await.ok();
        let shown = &messages[0];
        assert!(shown["text"].as_str().unwrap().contains(code), "{messages}");
        let press = shown["presses"].as_array().unwrap().first().expect("a button that acts");
        let (number, data) = (press["message"].to_string(), press["press"].as_str().unwrap());
        let page = w.get(None, "/demo/mailbox?to=77").await;
        assert!(page.text.contains(data), "the button is on the page");
        let pressed = [("to", "77"), ("message", &number), ("data", data)];
        assert_eq!(w.form(None, "/demo/mailbox/phone", &pressed).await.status, 303);
        w.settle().await;
        let handled = w.stage.count("chat_updates where outcome in ('done', 'refused')").await;
        assert_eq!(handled, 2, "both went the way of everything from Telegram");
    })
    .await;
    let stage = std::sync::Arc::new(dieuphoi::testing::Stage::sqlite());
    let real = World::on(stage).await;
    let said = [("to", "77"), ("text", "/xem")];
    assert_eq!(real.form(None, "/demo/mailbox/phone", &said).await.status, 404);
}
