//! Signed-in browsers: who a cookie or a key stands for, anew at every request, and how sessions
//! end: by time, by the owner, by a lock, by a new password.

use std::sync::Arc;

use chrono::Duration;
use serde_json::json;

pub use super::api_keys::resolve as resolve_key;
use super::record::audited;
use super::{Ctx, Office, second_factor, tokens};
use crate::clock::Timestamp;
use crate::config::Security;
use crate::domain::ids::{AccountId, SessionId};
use crate::domain::person::{Actor, Person};
use crate::domain::refusal::Refusal;
use crate::domain::words::Role;
use crate::error::{Error, Result};
use crate::records::Session;
use crate::store::{Conn, accounts, second_factors};

/// So many sessions an account; the oldest ends when one more begins.
const MOST: usize = 5;
/// An administrator's session ends after so many idle minutes at most.
const ADMIN_IDLE_MINUTES: i64 = 15;
/// A session's last use is written at most this often.
const TOUCH: Duration = Duration::minutes(1);

/// The person at a browser: an API key neither changes passwords nor ends sessions.
///
/// # Errors
/// [`Refusal::SignInFirst`], or [`Refusal::NotAllowed`] for a key.
pub fn human(actor: &Actor) -> Result<&Arc<Person>, Refusal> {
    match actor {
        Actor::Person(person) if person.scopes.is_none() => Ok(person),
        Actor::Person(_) => Err(Refusal::NotAllowed),
        _ => Err(Refusal::SignInFirst),
    }
}

/// Who a session's secret stands for; `None` when it ended. Marks the session as used.
///
/// # Errors
/// The database's.
pub async fn resolve(
    office: &Office,
    token: &str,
    now: Timestamp,
) -> Result<Option<(Person, Session)>> {
    let found = peek(office, token, now).await?;
    if let Some((_, session)) = &found
        && now - session.last_seen_at >= TOUCH
    {
        let id = session.id;
        office.db.write(move |tx| accounts::touch_session(tx, id, now)).await?;
    }
    Ok(found)
}

/// As [`resolve`], for requests that a page makes by itself: they keep no session alive.
///
/// # Errors
/// The database's.
pub async fn peek(
    office: &Office,
    token: &str,
    now: Timestamp,
) -> Result<Option<(Person, Session)>> {
    let hash = tokens::hash(token);
    let office_ = office.clone();
    office
        .db
        .read(move |c| {
            let Some(session) = accounts::session(c, &hash)? else { return Ok(None) };
            let Some(person) = accounts::person(c, session.account_id)? else { return Ok(None) };
            let idle = idle(&office_.config.security, &person, &session);
            let alive = session.expires_at > now && now - session.last_seen_at < idle;
            let must_enrol = second_factor::missing(c, &office_.config, &person)?;
            let proved_at = Some(session.proved_at);
            let person = Person { proved_at, must_enrol, ..person };
            Ok(alive.then_some((person, session)))
        })
        .await
}

/// How long this session may rest.
fn idle(rules: &Security, person: &Person, session: &Session) -> Duration {
    let mut minutes = rules.session_idle_minutes;
    if session.public_computer {
        minutes = minutes.min(rules.public_computer_idle_minutes);
    }
    if person.is(Role::Admin) {
        minutes = minutes.min(ADMIN_IDLE_MINUTES);
    }
    Duration::minutes(minutes)
}

/// Whether whoever sits there gave the password lately: asked before what a passer-by at an open
/// browser must not do. Keys have their scopes instead, and the service no password.
///
/// # Errors
/// [`Refusal::ProveFirst`].
pub fn proved(office: &Office, ctx: &Ctx) -> Result<(), Refusal> {
    let Actor::Person(person) = &ctx.actor else { return Ok(()) };
    let holds = Duration::minutes(office.config.security.proof_minutes);
    let lately = person.proved_at.is_some_and(|at| ctx.now - at < holds);
    if person.scopes.is_some() || lately { Ok(()) } else { Err(Refusal::ProveFirst) }
}

/// Proves with the password who sits there, and answers the person as proved.
///
/// # Errors
/// [`Refusal::Fields`] for `field` when it is wrong; [`Refusal::TooManyAttempts`] after wrong ones.
pub async fn prove(
    office: &Office,
    ctx: &Ctx,
    session: SessionId,
    field: &'static str,
    password: String,
) -> Result<Actor> {
    let account =
        super::passwords::own(office, ctx, field, password, "session.proof_refused").await?;
    let (ctx_, id) = (ctx.clone(), account.id);
    office
        .write(move |tx| {
            accounts::prove_session(tx, session, ctx_.now)?;
            super::sign_in::Lane::password(id).succeeded(tx)?;
            audited(tx, &ctx_, "session.prove", "account", &account.email, json!({}))
        })
        .await?;
    let person = Person { proved_at: Some(ctx.now), ..(**human(&ctx.actor)?).clone() };
    Ok(Actor::Person(Arc::new(person)))
}

/// Begins a session; the oldest end when there are too many.
///
/// # Errors
/// The database's.
pub fn begin(tx: &mut Conn, session: &Session) -> Result<()> {
    accounts::insert_session(tx, session)?;
    for old in accounts::sessions_of(tx, session.account_id)?.iter().skip(MOST) {
        accounts::delete_session(tx, old.id)?;
    }
    Ok(())
}

/// The own sessions that are alive, newest first.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Vec<Session>> {
    let person = human(&ctx.actor)?.clone();
    let (now, office_) = (ctx.now, office.clone());
    office
        .db
        .read(move |c| {
            let mut all = accounts::sessions_of(c, person.id)?;
            let rules = &office_.config.security;
            all.retain(|session| {
                let rested = now - session.last_seen_at;
                session.expires_at > now && rested < idle(rules, &person, session)
            });
            Ok(all)
        })
        .await
}

/// Ends one of the own sessions: signing out, or ending another browser's.
///
/// # Errors
/// [`Error::NotFound`] for what is not one's own.
pub async fn end(office: &Office, ctx: &Ctx, id: SessionId) -> Result<()> {
    let account = human(&ctx.actor)?.id;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let all = accounts::sessions_of(tx, account)?;
            let own = all.iter().find(|session| session.id == id);
            let session = own.ok_or(Error::NotFound("session"))?;
            accounts::delete_session(tx, session.id)?;
            let email = email(tx, account)?;
            audited(tx, &ctx, "session.end", "account", &email, json!({}))
        })
        .await
}

/// Ends every session of the own account, but the one named; answers how many.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn end_everywhere(office: &Office, ctx: &Ctx, but: Option<SessionId>) -> Result<usize> {
    let account = human(&ctx.actor)?.id;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let ended = accounts::delete_sessions(tx, account, but)?;
            let email = email(tx, account)?;
            audited(tx, &ctx, "session.end_all", "account", &email, json!({"ended": ended}))?;
            Ok(ended)
        })
        .await
}

fn email(c: &mut Conn, id: AccountId) -> Result<String> {
    Ok(accounts::find(c, id)?.email)
}

/// Forgets what ended: sessions past their time or at rest for `rest` minutes, strangers' failures
/// of yesterday, browsers that were not seen for more than a year. Answers how much.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Conn, rest: i64, now: Timestamp) -> Result<usize> {
    let idle = accounts::sweep_idle_sessions(tx, now - Duration::minutes(rest))?;
    let expired = accounts::sweep_sessions(tx, now)?;
    let (yesterday, last_year) = (now - Duration::days(2), now - Duration::days(400));
    let steps = second_factors::sweep_steps(tx, now)?;
    Ok(idle + expired + steps + accounts::sweep_failures(tx, yesterday, last_year)?)
}
