//! The invariants of security.md for what is said in a chat: asked of a database beside its server and of
//! what the Bot API server heard.

use std::collections::BTreeMap;
use std::time::Instant;

use dieuphoi::store::Conn;

use super::hex;
use crate::bot_api::{BotApi, Request};
use crate::database::{number, texts};

/// I1: whatever was confirmed to Telegram was kept; all of it was handled, each once. `written` is how
/// many updates there ever were.
pub fn every_update_was_kept_and_handled(look: &mut Conn, api: &BotApi, written: u64) {
    assert_eq!(api.pending(), 0, "updates that were never confirmed");
    let written = i64::try_from(written).unwrap();
    let kept = number(look, "select count(*) as value from chat_updates");
    assert_eq!(kept, written, "updates that were kept");
    let done = "select count(*) as value from chat_updates \
                where handled_at is not null and outcome = 'done'";
    assert_eq!(number(look, done), written, "updates that took effect");
}

/// I2, I3: an entry of this kind has its entry in the audit trail under this action, and everything that
/// there was to send has one of the ends that there are.
pub fn every_effect_is_on_record(look: &mut Conn, kind: &str, action: &str) {
    let entries = format!("select count(*) as value from timeline where kind = '{kind}'");
    let audited = format!("select count(*) as value from audit where action = '{action}'");
    assert_eq!(number(look, &entries), number(look, &audited), "{kind} and {action}");
    let id = hex(look, "id");
    let open = texts(
        look,
        &format!(
            "select {id} || ' ' || purpose || ' ' || status as value from outbox where not \
             (status = 'sent' or (status = 'skipped' and last_error is not null))"
        ),
    );
    assert!(open.is_empty(), "neither sent nor withdrawn for a reason: {open:?}");
}

/// I4, I5: every message that was recorded as sent stands in its chat, nothing else does, and what stands
/// there twice was doubled by a fault: one at most in each chat by each of them, and marked. How many.
pub fn nothing_was_said_twice_without_a_fault(
    look: &mut Conn,
    api: &BotApi,
    faults: &[Instant],
) -> usize {
    let mut recorded: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let rows = "select address || ' ' || coalesce(reference, '') as value from outbox \
                where channel = 'telegram' and status = 'sent'";
    for row in texts(look, rows) {
        let (chat, message) = row.split_once(' ').unwrap();
        assert!(!message.is_empty(), "sent to {chat}, nobody knows what");
        recorded.entry(chat.to_owned()).or_default().push(message.to_owned());
    }
    let mut heard: BTreeMap<String, Vec<Request>> = BTreeMap::new();
    for request in api.requests() {
        // Edits and answers to presses change what stands there; only this puts something up.
        if request.method == "sendMessage" && request.status == 200 {
            let chat = request.body["chat_id"].to_string().trim_matches('"').to_owned();
            heard.entry(chat).or_default().push(request);
        }
    }
    let mut doubles = 0;
    for (chat, requests) in &heard {
        let known = recorded.remove(chat).unwrap_or_default();
        let mut own = 0;
        for (at, request) in requests.iter().enumerate() {
            let message = request.answer["result"]["message_id"].to_string();
            if known.contains(&message) {
                continue;
            }
            own += 1;
            let again = requests.get(at + 1).map(|next| next.at);
            let again = again.unwrap_or_else(|| panic!("{chat}: {message} was never recorded"));
            let fault = faults.iter().any(|fault| request.at <= *fault && *fault <= again);
            assert!(fault, "{chat}: {message} was said twice although nothing failed");
        }
        let there: Vec<String> =
            requests.iter().map(|one| one.answer["result"]["message_id"].to_string()).collect();
        let lost: Vec<&String> = known.iter().filter(|one| !there.contains(one)).collect();
        assert!(lost.is_empty(), "{chat}: recorded as sent, never said: {lost:?}");
        // A row that every one of its tries put up was marked with the second of them.
        let tries = format!(
            "select coalesce(sum(attempts - 1), 0) as value from outbox where channel = 'telegram' \
             and address = '{chat}' and maybe_duplicate"
        );
        let tries = usize::try_from(number(look, &tries)).unwrap();
        assert!(own <= tries, "{chat}: {own} doubles, {tries} tries of marked messages");
        doubles += own;
    }
    assert!(recorded.is_empty(), "sent to chats that heard nothing: {:?}", recorded.keys());
    doubles
}
