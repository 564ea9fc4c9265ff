//! Telegram: what is asked of the Bot API and what its answers mean.

use std::time::Duration;

use notify::{Channel, Outcome, Telegram, TelegramSettings};
use serde_json::json;

use crate::bot_api::{Answer, BotApi, refused, sent};
use crate::envelope;

const TOKEN: &str = "4242:bi-mat";

fn telegram(url: &str) -> Telegram {
    let token = TOKEN.to_owned();
    let api_url = Some(url.to_owned());
    Telegram::new(TelegramSettings { token, api_url, proxy: None }).unwrap()
}

async fn outcome_of(answer: Answer) -> Outcome {
    let api = BotApi::start([answer]).await;
    // teloxide waits 10 s after a 5xx before it says so; a test does not.
    telegram(&api.url).with_timeout(Duration::from_millis(800)).send(&envelope(1, "42")).await
}

#[tokio::test]
async fn a_message_is_asked_for_as_it_should() {
    let api = BotApi::start([sent(77)]).await;
    let outcome = telegram(&api.url).send(&envelope(1, "-1001234567890")).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some("77".to_owned()) });
    let requests = api.requests();
    assert_eq!(requests.len(), 1);
    let (path, body) = &requests[0];
    assert!(path.starts_with("/bot4242:bi-mat/"), "{path}");
    assert!(path.to_ascii_lowercase().ends_with("/sendmessage"), "{path}");
    assert_eq!(body["chat_id"], json!(-1_001_234_567_890_i64));
    assert_eq!(body["parse_mode"], "HTML");
    assert_eq!(body["link_preview_options"]["is_disabled"], true);
    let text = body["text"].as_str().unwrap();
    assert!(text.starts_with("<b>SC-2026-000001: Mã hóa dữ liệu</b>\n\nKính gửi"), "{text}");
    assert_eq!(
        body["reply_markup"]["inline_keyboard"],
        json!([[{"text": "Tiếp nhận", "url": "https://dieuphoi.example/su-co/SC-2026-000001"}]])
    );
}

#[tokio::test]
async fn a_local_address_is_text_and_no_button() {
    let api = BotApi::start([]).await;
    let mut local = envelope(1, "42");
    local.letter.buttons[0].url = "http://127.0.0.1:8080/su-co/SC-1".to_owned();
    assert!(matches!(telegram(&api.url).send(&local).await, Outcome::Sent { .. }));
    let (_, body) = &api.requests()[0];
    assert!(body.get("reply_markup").is_none());
    assert!(
        body["text"].as_str().unwrap().ends_with("Tiếp nhận: http://127.0.0.1:8080/su-co/SC-1")
    );
}

#[tokio::test]
async fn a_button_telegram_refuses_becomes_text_at_once() {
    let no = "Bad Request: inline keyboard button URL 'https://x' is invalid: Wrong HTTP URL";
    let api = BotApi::start([refused(400, no), sent(5)]).await;
    let outcome = telegram(&api.url).send(&envelope(1, "42")).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some("5".to_owned()) });
    let requests = api.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].1.get("reply_markup").is_none());
    assert!(requests[1].1["text"].as_str().unwrap().contains("https://dieuphoi.example/su-co"));
}

#[tokio::test]
async fn a_pause_is_told() {
    let too_many = json!({"ok": false, "error_code": 429,
        "description": "Too Many Requests: retry after 37", "parameters": {"retry_after": 37}});
    match outcome_of((429, Some(too_many))).await {
        Outcome::Retry { after, why } => {
            assert_eq!(after, Some(Duration::from_secs(37)));
            assert!(why.contains("37 s"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_chat_that_moved_says_where() {
    let moved = json!({"ok": false, "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -1_009_999_i64}});
    assert_eq!(outcome_of((400, Some(moved))).await, Outcome::Moved { to: "-1009999".to_owned() });
}

#[tokio::test]
async fn closed_doors_are_final() {
    for (code, words) in [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (403, "Forbidden: bot was kicked from the group chat"),
        (400, "Bad Request: chat not found"),
    ] {
        match outcome_of(refused(code, words)).await {
            Outcome::Closed { why } => assert_eq!(why, format!("Telegram says: {words}")),
            other => panic!("{words}: {other:?}"),
        }
    }
    let api = BotApi::start([]).await;
    let outcome = telegram(&api.url).send(&envelope(1, "không phải số")).await;
    assert!(matches!(outcome, Outcome::Undeliverable { .. }));
    assert!(api.requests().is_empty());
}

#[tokio::test]
async fn trouble_is_a_retry_and_tells_no_token() {
    let nobody = telegram("http://127.0.0.1:1").send(&envelope(1, "42")).await;
    let outcomes = [
        nobody,
        outcome_of(refused(401, "Unauthorized")).await,
        outcome_of(refused(404, "Not Found")).await,
        outcome_of(refused(500, "Internal Server Error")).await,
        outcome_of((502, Some(json!("<html>Bad Gateway</html>")))).await,
        outcome_of((200, Some(json!("a captive portal for bot4242:bi-mat")))).await,
        outcome_of((200, None)).await,
    ];
    for outcome in outcomes {
        match outcome {
            Outcome::Retry { after: None, why } => {
                assert!(why.contains("Telegram") && !why.contains("bi-mat"), "{why}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_answer_from_a_newer_telegram_does_not_ring_twice() {
    let strange = json!({"ok": true, "result": {"message_id": 9, "something": "new"}});
    let outcome = outcome_of((200, Some(strange))).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some("9".to_owned()) });
}

#[tokio::test]
async fn a_check_names_the_bot_and_sends_nothing() {
    let me = json!({"ok": true, "result": {
        "id": 4242, "is_bot": true, "first_name": "Trực ban", "username": "dieuphoi_bot",
        "can_join_groups": true, "can_read_all_group_messages": false,
        "supports_inline_queries": false, "can_connect_to_business": false,
        "has_main_web_app": false,
    }});
    let api = BotApi::start([(200, Some(me)), refused(401, "Unauthorized")]).await;
    let telegram = telegram(&api.url);
    assert_eq!(telegram.check().await.unwrap(), "Telegram answers; the bot is @dieuphoi_bot");
    assert_eq!(telegram.check().await.unwrap_err(), "Telegram does not know the bot's token");
    assert!(api.requests().iter().all(|(path, _)| path.to_ascii_lowercase().ends_with("/getme")));
}
