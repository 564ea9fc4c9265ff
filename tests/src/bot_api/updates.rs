//! Updates on their way: fetched by long polling, or brought to a webhook.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::Shared;
use super::answer::{allow, int};
use super::state::State;

/// What does not come unless it is asked for by name.
const NOT_BY_ITSELF: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

fn conflict(why: &str) -> (u16, Value) {
    let description = format!("Conflict: {why}");
    (409, json!({"ok": false, "error_code": 409, "description": description}))
}

/// `getUpdates`.
pub(super) async fn poll(shared: &Shared, body: &Value) -> (u16, Value) {
    let seconds = int(&body["timeout"]).unwrap_or(0).clamp(0, 50);
    let until = Instant::now() + Duration::from_secs(seconds.unsigned_abs());
    let limit = usize::try_from(int(&body["limit"]).unwrap_or(100)).unwrap_or(100).clamp(1, 100);
    let mine = {
        let mut state = shared.state();
        if state.webhook.is_some() {
            return conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete \
                 the webhook first",
            );
        }
        allow(&mut state, body);
        if let Some(offset) = int(&body["offset"]) {
            state.updates.retain(|update| int(&update["update_id"]) >= Some(offset));
        }
        state.poller += 1;
        state.poller
    };
    // Whoever polls now is the only one.
    shared.news.notify_waiters();
    loop {
        let news = shared.news.notified();
        tokio::pin!(news);
        // Heard of from here on, whatever comes between the look and the wait.
        news.as_mut().enable();
        {
            let mut state = shared.state();
            if state.poller != mine {
                return conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance \
                     is running",
                );
            }
            if state.revoked {
                let body = json!({"ok": false, "error_code": 401, "description": "Unauthorized"});
                return (401, body);
            }
            drop_unwanted(&mut state);
            if !state.updates.is_empty() || Instant::now() >= until {
                let some: Vec<Value> = state.updates.iter().take(limit).cloned().collect();
                return (200, json!({"ok": true, "result": some}));
            }
        }
        // Woken or not: both are a reason to look again.
        let _woken = timeout_at(until, news).await;
    }
}

/// What the bot did not ask for never comes.
fn drop_unwanted(state: &mut State) {
    let allowed = state.allowed.clone();
    state.updates.retain(|update| {
        let kind = kind(update);
        match &allowed {
            Some(kinds) if !kinds.is_empty() => kinds.iter().any(|known| known == kind),
            _ => !NOT_BY_ITSELF.contains(&kind),
        }
    });
}

fn kind(update: &Value) -> &str {
    let fields = update.as_object().into_iter().flatten();
    fields.map(|(name, _)| name.as_str()).find(|name| *name != "update_id").unwrap_or_default()
}

/// Brings what is pending to the webhook.
pub(super) async fn bring(shared: &Shared) -> usize {
    let client = reqwest::Client::new();
    let mut brought = 0;
    loop {
        let (url, secret, update) = {
            let mut state = shared.state();
            drop_unwanted(&mut state);
            let Some((url, secret)) = state.webhook.clone() else { return brought };
            let Some(update) = state.updates.first().cloned() else { return brought };
            (url, secret, update)
        };
        let mut request = client.post(&url).json(&update).timeout(Duration::from_secs(20));
        if !secret.is_empty() {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        let why = match request.send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("Wrong response from the webhook: {}", answer.status())),
            Err(_) => Some("Connection refused".to_owned()),
        };
        let mut state = shared.state();
        state.last_error.clone_from(&why);
        if why.is_some() {
            return brought;
        }
        state.updates.remove(0);
        brought += 1;
    }
}

/// One line each: `{"request": method, "body": …, "answer": …}` and `{"update": …}`.
pub(super) fn record(state: &State, to: &Path) {
    let mut lines = String::new();
    for request in &state.requests {
        let line = json!({"request": request.method, "body": request.body,
            "answer": request.answer});
        lines.push_str(&format!("{line}\n"));
    }
    for update in state.history.values() {
        lines.push_str(&format!("{}\n", json!({"update": update})));
    }
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(to).unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

/// Where every story leaves its record, when somebody wants to check them all.
#[expect(clippy::disallowed_methods, reason = "tests are told where to leave a record")]
pub(super) fn keep_record(state: &State) {
    let Some(folder) = std::env::var_os("DIEUPHOI_TEST_BOT_RECORD") else { return };
    let path = Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
    record(state, &path);
}
