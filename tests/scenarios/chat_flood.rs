//! Somebody sends more than the bot carries out in a minute, over the real protocol: nothing is lost
//! silently, nothing is done twice, and an alarm is still taken.

use chrono::Duration;
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::BotApi;
use dieuphoi_tests::world::World;
use serde_json::json;

#[actix_web::test]
async fn beyond_twenty_a_minute_commands_are_not_carried_out_and_their_rows_say_so() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot_and(stage, &api, |config| {
            config.security.rate_limits = true;
            assert_eq!(
                config.security.bot_commands_per_minute, 20,
                "the number that is documented"
            );
        })
        .await;
        let report = json!({
            "category": "data_encryption", "description": "Máy ở bộ phận một cửa bị khóa",
            "detected_at": "2026-11-22T00:30:00Z", "still_happening": true,
            "organisation": "xa-b", "impact": {"services": "stopped", "people": "unit"},
            "contact": {"name": "Người Thử", "email": "thu@xa-b.example"}, "secret": "no",
        });
        let received = w.post(None, "/api/v1/reports", &report).await.ok();
        let code = received["code"].as_str().unwrap().to_owned();
        w.stage.linked("duty_officer@so-ttt.example", "77").await;
        w.settle().await;
        let lan = api.phone(77, "Lan Trực");
        api.writes(&lan, &lan, &format!("/xem {code}"));
        w.settle().await;
        let card = api.last(77);
        let sent: Vec<i64> = (0..30)
            .map(|n| api.writes(&lan, &lan, &format!("/ghichu {code} lần {n}")).update)
            .collect();
        w.settle().await;
        assert_eq!(api.pending(), 0, "everything is confirmed");
        assert_eq!(w.stage.count("chat_updates where handled_at is null").await, 0);
        assert_eq!(w.stage.count("chat_updates where outcome = 'slowed'").await, 11);
        assert_eq!(w.stage.count("timeline where kind = 'note'").await, 19);
        // A press has its own count: the alarm is taken while the commands wait.
        api.presses(&lan, &card, 77, "Tiếp nhận");
        w.settle().await;
        assert_eq!(w.stage.count("timeline where kind = 'acknowledged'").await, 1);
        // What came again is known by its number, slowed or not.
        api.replay(&sent);
        w.settle().await;
        assert_eq!(w.stage.count("timeline where kind = 'note'").await, 19);
        for _ in 0..40 {
            w.stage.clock.pass(Duration::seconds(1));
            w.settle().await;
        }
        let said = api.shown(77);
        let waits = said.iter().filter(|shown| shown.text.contains("hãy gửi lại sau"));
        assert_eq!(waits.count(), 1, "{said:?}");

        w.stage.clock.pass(Duration::seconds(30));
        api.writes(&lan, &lan, &format!("/ghichu {code} bây giờ thì được"));
        w.settle().await;
        assert_eq!(w.stage.count("timeline where kind = 'note'").await, 20);
    })
    .await;
}
