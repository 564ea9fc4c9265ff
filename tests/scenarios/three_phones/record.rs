//! What is left of the case: in the chats nothing that asks, in the database nothing that waits, on the
//! page and in the API everything that was done.

use std::time::{Duration, Instant};

use dieuphoi_tests::database::{Database, texts};
use dieuphoi_tests::people::signed_in;
use dieuphoi_tests::process::Plan;
use dieuphoi_tests::promises::{hex, settled};
use dieuphoi_tests::wire::Wire;
use serde_json::Value;

use super::case::card;
use super::{Cast, EVERYBODY, GROUP, LEAD, NEXT, PATIENCE};

/// The buttons of alarms: what asked somebody for something.
const ASKING: [&str; 6] = ["Tiếp nhận", "Tôi chủ trì", "Đã làm xong", "Đồng ý", "Nhận", "Từ chối"];

/// The kinds of entries that a case of this story has, each of them by telephone.
const KINDS: [&str; 17] = [
    "received",
    "acknowledged",
    "triaged",
    "member_added",
    "lead",
    "task_added",
    "task_done",
    "evidence_added",
    "situation",
    "note",
    "reporter_asked",
    "dispatch_sent",
    "dispatch_answered",
    "question_asked",
    "question_yes",
    "state",
    "closed",
];

/// The topic is closed, its card says so, no card asks anybody for anything, and nothing waits.
pub(super) async fn stands_still(cast: &Cast<'_>, database: &Database, code: &str, topic: i64) {
    let shut = || cast.api.topics(GROUP).into_iter().find(|one| one.0 == topic && one.2);
    cast.api.until(PATIENCE, shut).expect("the topic is closed");
    let last = card(cast, topic, |card| card.text.contains("Kết thúc lúc"));
    assert!(last.presses.is_empty() && last.text.contains(code), "{last:?}");
    let asking = || {
        let all = EVERYBODY.iter().flat_map(|(_, chat)| cast.api.shown(*chat));
        let asks = |(label, _): &(String, String)| ASKING.contains(&label.as_str());
        let left: Vec<_> = all.filter(|one| one.presses.iter().any(asks)).collect();
        left.is_empty().then_some(())
    };
    cast.api.until(PATIENCE, asking).unwrap_or_else(|| {
        panic!("{:#?}", EVERYBODY.map(|(_, chat)| cast.api.shown(chat)));
    });
    let mut look = database.open();
    settled(&mut look, PATIENCE).await;
    let (began, id) = (Instant::now(), hex(&look, "id"));
    let open = format!(
        "select 'card ' || purpose || ' to ' || address || ' is ' || card || ' ' || {id} as value \
         from outbox where card in ('live', 'stale') and purpose <> 'bot_answer' \
         union all select 'update ' || body from chat_updates where handled_at is null \
         union all select 'timer ' || kind || ' ' || key from timers where kind = 'run'"
    );
    loop {
        let left = texts(&mut look, &open);
        if left.is_empty() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "{left:#?}");
        // The next look; the condition decides.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let odd = texts(
        &mut look,
        "select purpose || ' ' || address || ' ' || status || ' ' || coalesce(last_error, '') as value \
         from outbox where status not in ('sent', 'skipped')",
    );
    assert!(odd.is_empty(), "{odd:#?}");
    let refused = texts(
        &mut look,
        "select body as value from chat_updates where outcome not in ('done', 'ignored')",
    );
    assert!(refused.is_empty(), "{refused:#?}");
    assert_eq!(cast.api.pending(), 0, "everything is confirmed");
}

/// The API and the page have all of it.
pub(super) async fn is_whole(database: &Database, plan: &Plan, code: &str) {
    let cookie = signed_in(database, NEXT.0);
    let mut wire = Wire::to(plan.port);
    let mut read = async |path: String| {
        let answer = wire.get(&path, &cookie).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    };
    let api = format!("/api/v1/incidents/{code}");
    let one: Value = serde_json::from_str(&read(api.clone()).await).unwrap();
    assert_eq!(one["state"], "closed");
    assert_eq!(one["priority"], "high");
    assert_eq!(one["lead"]["email"], LEAD.0);
    assert_eq!(one["acknowledged_by"]["name"], "duty_officer so-ttt");
    assert_eq!(one["closings"][0]["summary"], "Đã khôi phục từ bản sao lưu sạch");
    assert_eq!(one["reports"].as_array().map(Vec::len), Some(1));
    assert_eq!(one["evidence"].as_array().map(Vec::len), Some(1), "{}", one["evidence"]);
    let states: Vec<&str> = one["dispatches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dispatch| dispatch["state"].as_str().unwrap())
        .collect();
    assert_eq!(states.len(), 2, "{}", one["dispatches"]);
    assert!(states.contains(&"done") && states.contains(&"accepted"), "{states:?}");

    let entries: Value =
        serde_json::from_str(&read(format!("{api}/timeline?limit=200")).await).unwrap();
    let kinds: Vec<&str> = entries["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    for kind in KINDS {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
    for once in ["acknowledged", "situation", "note", "reporter_asked", "closed"] {
        assert_eq!(kinds.iter().filter(|kind| **kind == once).count(), 1, "{once}: {kinds:?}");
    }
    let page = read(format!("/su-co/{code}")).await;
    for words in
        ["responder so-ttt", "Đã khôi phục từ bản sao lưu sạch", "Hai máy chủ đã tách mạng"]
    {
        assert!(page.contains(words), "the page does not say {words:?}");
    }
    assert!(page.contains("đòi tiền"), "in the reporter's words");
    assert!(!page.contains("<b>đòi tiền</b>"), "and what was typed is no markup");
}
