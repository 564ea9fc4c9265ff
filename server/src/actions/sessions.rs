//! Sessions and keys: who a cookie or a key stands for, anew at every request.

use chrono::Duration;

use super::{Office, tokens};
use crate::clock::Timestamp;
use crate::domain::person::Person;
use crate::error::Result;
use crate::records::Session;
use crate::store::accounts;

/// The person of a session's token; `None` when it ended, was never there, or the account is
/// locked.
///
/// # Errors
/// The database's.
pub async fn resolve(
    office: &Office,
    token: &str,
    now: Timestamp,
) -> Result<Option<(Person, Session)>> {
    let hash = tokens::hash(token);
    let security = &office.config.security;
    let (idle, public_idle) =
        (security.session_idle_minutes, security.public_computer_idle_minutes);
    office
        .db
        .read(move |c| {
            let Some(session) = accounts::session(c, &hash)? else { return Ok(None) };
            let idle = if session.public_computer { public_idle } else { idle };
            if session.expires_at <= now || session.last_seen_at + Duration::minutes(idle) <= now {
                return Ok(None);
            }
            Ok(accounts::person(c, session.account_id)?.map(|person| (person, session)))
        })
        .await
}

/// The person of an API key; `None` when there is no such key in force.
///
/// # Errors
/// The database's.
pub async fn resolve_key(_office: &Office, _key: &str, _now: Timestamp) -> Result<Option<Person>> {
    Ok(None)
}
