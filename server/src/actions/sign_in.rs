//! Signing in: a uniform answer in uniform time, and a throttle that stops guessing without letting
//! anybody lock the coordinator out (security.md 0.9): a browser that signed in before has a lane
//! of its own, which strangers' failures do not touch.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::Duration;
use serde_json::json;

use super::announce::{AccountMatter, tell_account};
use super::record::audited;
use super::{Ctx, Office, second_factor, sessions, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id};
use crate::domain::passwords::LONGEST_BYTES;
use crate::domain::person::{Actor, Person};
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::Result;
use crate::records::{Account, Session};
use crate::store::{Conn, accounts, second_factors};

/// What a person types, and what the browser brings.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    /// The address of the account.
    pub email: String,
    /// The password.
    pub password: String,
    /// A shared machine: short session, nothing left behind (Điều 4.2.c).
    pub public_computer: bool,
    /// The browser's name for itself, for the owner's list.
    pub user_agent: String,
    /// The cookie of a browser that signed in before.
    pub device: Option<String>,
    /// The second factor's code, or a recovery code; empty when none was typed.
    pub code: String,
    /// The secret of a sign-in whose password fitted: the code alone is missing.
    pub step: Option<String>,
    /// The session that this browser had: it ends, so that nobody's session is taken over.
    pub previous: Option<String>,
}

/// A person who is in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session's secret, for the cookie.
    pub token: String,
    /// The session's token against forged writes.
    pub csrf: String,
    /// Who it is.
    pub person: Person,
    /// Nothing else works before the password is changed (Điều 4.2.b).
    pub must_change_password: bool,
    /// Nothing else works before a second factor is set up.
    pub must_enrol: bool,
    /// The cookie by which this browser is known again; none on a public computer.
    pub device: Option<String>,
    /// The sign-in before this one, for the person to compare.
    pub last_sign_in_at: Option<Timestamp>,
}

/// What came of an attempt; failures are committed as well.
enum Outcome {
    In(Box<SignedIn>),
    Refused(Refusal),
}

/// Signs a person in.
///
/// # Errors
/// [`Refusal::WrongPassword`] whatever was wrong; [`Refusal::CodeNeeded`] and [`Refusal::WrongCode`]
/// for an account with a second factor; [`Refusal::SignInFirst`] for a step that came too late;
/// [`Refusal::TooManyAttempts`] while the lane is blocked; [`crate::error::Error::Unavailable`] when too many passwords are being checked.
pub async fn sign_in(office: &Office, ctx: &Ctx, mut input: SignIn) -> Result<SignedIn> {
    let now = ctx.now;
    if let Some(secret) = input.step.clone() {
        let found = office.db.read(move |c| second_factor::waiting(c, &secret, now)).await?;
        let (account, step) = found.ok_or(Refusal::SignInFirst)?;
        input.email = account.email;
        input.public_computer = step.public_computer;
    }
    let email: String = input.email.trim().to_lowercase();
    let (address, device) = (ctx.address.clone(), input.device.clone());
    let (account, lanes, wait) = office
        .db
        .read(move |c| {
            let account = accounts::find_by_email(c, &email)?;
            let lanes = Lanes::find(c, &email, &address, device.as_deref())?;
            let wait = lanes.blocked(c, now)?;
            Ok((account, lanes, wait))
        })
        .await?;
    if let Some(refusal) = wait {
        tracing::warn!("a sign-in was refused while its lane is blocked");
        return Err(refusal.into());
    }
    let hash = account
        .as_ref()
        .filter(|account| account.locked_at.is_none())
        .and_then(|account| account.password_hash.clone())
        .filter(|_| input.password.len() <= LONGEST_BYTES * 2);
    let fits = match input.step {
        // The password was asked before; that the step still stands is asked again inside.
        Some(_) => true,
        None => office.hashing.fits(input.password.clone(), hash).await?,
    };

    let secrets = Secrets::draw(input.device.as_deref())?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    let outcome = office
        .write(move |tx| {
            accounts::hold_failures(tx, &lanes.account.key)?;
            // Asked again inside: of many guesses at once, those beyond the limit learn nothing.
            if let Some(refusal) = lanes.blocked(tx, ctx.now)? {
                return Ok(Outcome::Refused(refusal));
            }
            match &account {
                Some(account) if fits => {
                    enter(tx, &office_, &ctx, account, &lanes, &input, &secrets)
                }
                _ => {
                    failed(tx, &office_, &ctx, account.as_ref(), &lanes)?;
                    Ok(Outcome::Refused(Refusal::WrongPassword))
                }
            }
        })
        .await?;
    match outcome {
        Outcome::In(signed_in) => Ok(*signed_in),
        Outcome::Refused(refusal) => Err(refusal.into()),
    }
}

/// What is drawn before the transaction, which may run twice.
struct Secrets {
    token: String,
    csrf: String,
    device: String,
    step: String,
}

impl Secrets {
    fn draw(device: Option<&str>) -> Result<Self> {
        let device = match device.filter(|text| text.len() == 43) {
            Some(known) => known.to_owned(),
            None => tokens::fresh()?,
        };
        let step = tokens::fresh()?;
        Ok(Self { token: tokens::fresh()?, csrf: tokens::fresh()?, device, step })
    }
}

/// The password fits: a new session, once the second factor's code fits as well. A wrong password
/// when the account changed since it was checked.
fn enter(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    checked: &Account,
    lanes: &Lanes,
    input: &SignIn,
    secrets: &Secrets,
) -> Result<Outcome> {
    let account = accounts::hold(tx, checked.id)?;
    if account.locked_at.is_some() || account.password_hash != checked.password_hash {
        return Ok(Outcome::Refused(Refusal::WrongPassword));
    }
    let Some(person) = accounts::person(tx, account.id)? else {
        return Ok(Outcome::Refused(Refusal::WrongPassword));
    };
    if let Some(secret) = &input.step
        && second_factor::waiting(tx, secret, ctx.now)?.is_none()
    {
        return Ok(Outcome::Refused(Refusal::SignInFirst));
    }
    if second_factors::confirmed(tx, account.id)?.is_some() {
        if input.code.trim().is_empty() {
            // No failure, and no success either: the counters stay as they are.
            second_factor::wait(tx, ctx, account.id, &secrets.step, input.public_computer)?;
            audited(tx, ctx, "session.code_asked", "account", &account.email, json!({}))?;
            let step = secrets.step.clone();
            return Ok(Outcome::Refused(Refusal::CodeNeeded { step }));
        }
        if !second_factor::fits(tx, office, ctx, &account, &input.code)? {
            failed(tx, office, ctx, Some(&account), lanes)?;
            return Ok(Outcome::Refused(Refusal::WrongCode));
        }
    } else if !input.code.trim().is_empty() {
        // A code that is not checked must not look checked.
        let bad = FieldError::new("totp", "field-totp");
        return Ok(Outcome::Refused(Refusal::Fields(vec![bad])));
    }
    second_factors::end_steps(tx, account.id)?;
    let must_enrol = second_factor::missing(tx, &office.config, &person)?;
    if let Some(previous) = &input.previous
        && let Some(session) = accounts::session(tx, &tokens::hash(previous))?
    {
        accounts::delete_session(tx, session.id)?;
    }
    let session = Session {
        id: Id::new(ctx.now),
        token_hash: tokens::hash(&secrets.token),
        account_id: account.id,
        csrf: secrets.csrf.clone(),
        public_computer: input.public_computer,
        address: ctx.address.clone(),
        user_agent: input.user_agent.chars().filter(|c| !c.is_control()).take(200).collect(),
        created_at: ctx.now,
        last_seen_at: ctx.now,
        proved_at: ctx.now,
        expires_at: ctx.now + Duration::hours(office.config.security.session_hours),
    };
    sessions::begin(tx, &session)?;
    accounts::signed_in(tx, account.id, ctx.now)?;
    lanes.succeeded(tx)?;
    let device = (!input.public_computer).then(|| secrets.device.clone());
    if let Some(device) = &device {
        accounts::count_failure(tx, &device_key(&lanes.tag, device), 0, None, ctx.now)?;
    }
    let by = Ctx { actor: Actor::Person(Arc::new(person.clone())), ..ctx.clone() };
    let detail =
        json!({"public_computer": input.public_computer, "known_browser": lanes.device.is_some()});
    audited(tx, &by, "session.begin", "account", &account.email, detail)?;
    Ok(Outcome::In(Box::new(SignedIn {
        token: secrets.token.clone(),
        csrf: secrets.csrf.clone(),
        must_change_password: person.must_change_password,
        must_enrol,
        person,
        device,
        last_sign_in_at: account.last_sign_in_at,
    })))
}

/// Counts a failure, proves it, and tells the owner when strangers are shut out.
fn failed(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: Option<&Account>,
    lanes: &Lanes,
) -> Result<()> {
    lanes.own().failed(tx, ctx.now)?;
    let mut shut = false;
    if lanes.device.is_none() {
        lanes.account.failed(tx, ctx.now)?;
        shut = lanes.account.count(tx, ctx.now)? == ACCOUNT;
    }
    let detail = json!({"account_blocked": shut});
    match account {
        Some(account) => {
            audited(tx, ctx, "session.refused", "account", &account.email, detail)?;
            if shut {
                let matter = AccountMatter::new("sign_in_blocked")
                    .fact("fact-address", ctx.address.clone())
                    .link("letter-sign-in", "/dang-nhap");
                let key = format!("account:{}:blocked:{}", account.id, ctx.now.micros());
                tell_account(tx, office, ctx, account, &matter, &key)?;
            }
            Ok(())
        }
        // What was typed is not kept: people type passwords into the wrong field.
        None => audited(tx, ctx, "session.refused", "account", "", detail),
    }
}

/// After so many failures in a lane each one costs a pause.
const FREE: i32 = 5;
/// From so many on, the pause is [`LONG`].
const SHUT: i32 = 10;
const LONG: Duration = Duration::minutes(15);
/// Consecutive failures of one account, from whatever clients, before only known browsers get in.
const ACCOUNT: i32 = 100;
/// How long strangers are kept from the account then, and how long failures are remembered.
const DAY: Duration = Duration::hours(24);
/// Reset letters an hour.
const LETTERS: i32 = 3;

/// One counter of failures.
#[derive(Debug, Clone)]
pub struct Lane {
    key: String,
    limit: i32,
}

impl Lane {
    /// Guesses at the current password of a session that somebody left open.
    pub fn password(account: AccountId) -> Self {
        Self { key: format!("p:{account}"), limit: SHUT }
    }

    /// All strangers' failures of an account.
    pub fn of_account(email: &str) -> Self {
        Self { key: format!("a:{}", tag(email)), limit: ACCOUNT }
    }

    /// Reset letters asked for an account.
    pub fn forgot(email: &str) -> Self {
        Self { key: format!("f:{}", tag(email)), limit: LETTERS }
    }

    /// How long it is blocked yet.
    ///
    /// # Errors
    /// The database's.
    pub fn blocked(&self, c: &mut Conn, now: Timestamp) -> Result<Option<Refusal>> {
        let until = accounts::failures(c, &self.key)?.and_then(|(_, until, _)| until);
        Ok(until.filter(|until| *until > now).map(|until| {
            let wait = (until - now).num_milliseconds().max(0);
            Refusal::TooManyAttempts { wait_seconds: wait.div_euclid(1000) + 1 }
        }))
    }

    /// The failures that still count.
    fn count(&self, c: &mut Conn, now: Timestamp) -> Result<i32> {
        Ok(match accounts::failures(c, &self.key)? {
            Some((count, _, at)) if now - at < DAY || self.limit == ACCOUNT => count,
            _ => 0,
        })
    }

    /// Counts one failure, unless the lane is blocked: then it says so.
    ///
    /// # Errors
    /// The database's.
    pub fn failed(&self, tx: &mut Conn, now: Timestamp) -> Result<Option<Refusal>> {
        accounts::hold_failures(tx, &self.key)?;
        if let Some(refusal) = self.blocked(tx, now)? {
            return Ok(Some(refusal));
        }
        let failures = self.count(tx, now)?.saturating_add(1);
        let pause = pause(failures, self.limit);
        accounts::count_failure(tx, &self.key, failures, pause.map(|pause| now + pause), now)?;
        Ok(None)
    }

    /// Counts one letter; says when there were enough in this hour.
    ///
    /// # Errors
    /// The database's.
    pub fn letter(&self, tx: &mut Conn, now: Timestamp) -> Result<Option<Refusal>> {
        accounts::hold_failures(tx, &self.key)?;
        if let Some(refusal) = self.blocked(tx, now)? {
            return Ok(Some(refusal));
        }
        let sent = match accounts::failures(tx, &self.key)? {
            Some((count, None, at)) if now - at < Duration::hours(1) => count + 1,
            _ => 1,
        };
        let until = (sent >= self.limit).then(|| now + Duration::hours(1));
        accounts::count_failure(tx, &self.key, sent, until, now)?;
        Ok(None)
    }

    /// Forgets the failures.
    ///
    /// # Errors
    /// The database's.
    pub fn succeeded(&self, tx: &mut Conn) -> Result<()> {
        accounts::forget_failures(tx, &self.key)
    }
}

/// The pause after so many failures in a lane with this limit.
fn pause(failures: i32, limit: i32) -> Option<Duration> {
    match limit {
        ACCOUNT => (failures >= ACCOUNT).then_some(DAY),
        _ if failures >= limit => Some(LONG),
        _ if failures >= FREE => Some(Duration::seconds(1 << (failures - FREE + 1))),
        _ => None,
    }
}

/// The lanes of one attempt.
#[derive(Debug, Clone)]
struct Lanes {
    tag: String,
    client: Lane,
    account: Lane,
    /// A browser that signed in to this account before.
    device: Option<Lane>,
}

impl Lanes {
    /// The lanes of this address typed at this client; a device cookie counts only where its row
    /// is there.
    fn find(c: &mut Conn, email: &str, address: &str, device: Option<&str>) -> Result<Self> {
        let tag = tag(email);
        let device = match device {
            Some(text) if text.len() == 43 => {
                let key = device_key(&tag, text);
                accounts::failures(c, &key)?.map(|_| Lane { key, limit: SHUT })
            }
            _ => None,
        };
        Ok(Self {
            client: Lane { key: format!("c:{tag}:{}", network(address)), limit: SHUT },
            account: Lane::of_account(email),
            device,
            tag,
        })
    }

    /// The counter that this attempt is judged by.
    fn own(&self) -> &Lane {
        self.device.as_ref().unwrap_or(&self.client)
    }

    fn blocked(&self, c: &mut Conn, now: Timestamp) -> Result<Option<Refusal>> {
        match self.own().blocked(c, now)? {
            None if self.device.is_none() => self.account.blocked(c, now),
            blocked => Ok(blocked),
        }
    }

    fn succeeded(&self, tx: &mut Conn) -> Result<()> {
        self.client.succeeded(tx)?;
        self.account.succeeded(tx)
    }
}

/// The row by which a browser is known again, for one account.
fn device_key(tag: &str, device: &str) -> String {
    format!("d:{tag}:{}", hex::encode(tokens::hash(device)))
}

/// What stands for an address in a key: nobody reads accounts off the table of failures.
fn tag(email: &str) -> String {
    hex::encode(&tokens::hash(email)[..16])
}

/// The part of an address that one client cannot change: all of IPv4, the network of IPv6.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
#[path = "sign_in_tests.rs"]
pub(crate) mod tests;
