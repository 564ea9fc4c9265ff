//! The second factor: a code of six digits from an app (TOTP, RFC 6238; 30 s, one step of slack),
//! each used once, and recovery codes for the day when the device is lost (security.md section 9).

use chrono::Duration;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use super::announce::{AccountMatter, tell_account};
use super::record::audited;
use super::sessions::{human, proved};
use super::sign_in::Lane;
use super::{Ctx, Office, passwords, tokens};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::ids::AccountId;
use crate::domain::passwords::{SHORTEST, normalised};
use crate::domain::person::Person;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::records::{Account, RecoveryCode, SecondFactor, SignInStep};
use crate::store::{Conn, accounts, second_factors};

/// Between the password and the code at most so long.
const STEP: Duration = Duration::minutes(10);
/// So many recovery codes, 120 bits each.
const CODES: usize = 10;
/// Bytes of a recovery code.
const CODE_BYTES: usize = 15;

/// What an app needs to make codes.
#[derive(Clone)]
pub struct Enrolment {
    /// `otpauth://totp/…`, for the QR code.
    pub url: String,
    /// The secret in base32, to be typed.
    pub secret: String,
}

/// How it stands with the own second factor.
#[derive(Clone)]
pub enum Standing {
    /// There is none.
    None,
    /// It waits for its first code.
    Waiting(Enrolment),
    /// It counts.
    On {
        /// Since when.
        since: Timestamp,
        /// Recovery codes that are left.
        codes_left: i64,
    },
}

/// Whether one of the person's roles asks for a second factor.
pub fn required(config: &Config, person: &Person) -> bool {
    person.is_any(&config.accounts.totp_required_roles)
}

/// Whether the person has to set one up before anything else.
///
/// # Errors
/// The database's.
pub fn missing(c: &mut Conn, config: &Config, person: &Person) -> Result<bool> {
    Ok(required(config, person) && second_factors::confirmed(c, person.id)?.is_none())
}

fn totp(secret: &str, account: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(Error::internal)?;
    Builder::new()
        .with_secret(secret)
        .with_account_name(account)
        .with_issuer(Some("dieuphoi"))
        .build()
        .map_err(Error::internal)
}

fn enrolment(factor: &SecondFactor, email: &str) -> Result<Enrolment> {
    let url = totp(&factor.secret, email)?.to_url().map_err(Error::internal)?;
    Ok(Enrolment { url, secret: factor.secret.clone() })
}

/// How it stands with the own second factor.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Standing> {
    let id = human(&ctx.actor)?.id;
    office
        .db
        .read(move |c| {
            Ok(match second_factors::find(c, id)? {
                None => Standing::None,
                Some(SecondFactor { confirmed_at: Some(since), .. }) => {
                    Standing::On { since, codes_left: second_factors::codes_left(c, id)? }
                }
                Some(factor) => {
                    let email = accounts::find(c, id)?.email;
                    Standing::Waiting(enrolment(&factor, &email)?)
                }
            })
        })
        .await
}

/// Draws a secret; it counts once [`confirm`] saw a code made with it.
///
/// # Errors
/// [`Refusal::ProveFirst`]; [`Refusal::Exists`] when there is a second factor.
pub async fn begin(office: &Office, ctx: &Ctx) -> Result<Enrolment> {
    let id = human(&ctx.actor)?.id;
    proved(office, ctx)?;
    let mut bytes = [0_u8; 20];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    let secret = Secret::from(bytes.to_vec()).to_base32();
    let now = ctx.now;
    office
        .write(move |tx| {
            let account = accounts::hold(tx, id)?;
            if second_factors::confirmed(tx, id)?.is_some() {
                return Err(Refusal::Exists { what: "TOTP".to_owned() }.into());
            }
            let factor = SecondFactor {
                account_id: id,
                secret: secret.clone(),
                confirmed_at: None,
                last_step: 0,
                created_at: now,
            };
            second_factors::put(tx, &factor)?;
            enrolment(&factor, &account.email)
        })
        .await
}

/// Confirms with a first code, and answers the recovery codes: this once.
///
/// # Errors
/// [`Refusal::Fields`] for `code`; [`Refusal::TooManyAttempts`]; [`Error::NotFound`] when nothing
/// was begun.
pub async fn confirm(office: &Office, ctx: &Ctx, code: &str) -> Result<Vec<String>> {
    let id = human(&ctx.actor)?.id;
    proved(office, ctx)?;
    let (codes, hashes) = draw()?;
    let (office_, ctx, code) = (office.clone(), ctx.clone(), code.to_owned());
    let wrong = office
        .write(move |tx| {
            let account = accounts::hold(tx, id)?;
            let waiting = second_factors::find(tx, id)?.filter(|one| one.confirmed_at.is_none());
            let mut factor = waiting.ok_or(Error::NotFound("second_factor"))?;
            if let Some(wait) = Lane::password(id).blocked(tx, ctx.now)? {
                return Ok(Some(wait));
            }
            let Some(step) = step_of(&factor, &account, &code, ctx.now)? else {
                Lane::password(id).failed(tx, ctx.now)?;
                let bad = FieldError::new("code", "field-totp-wrong");
                return Ok(Some(Refusal::Fields(vec![bad])));
            };
            factor.confirmed_at = Some(ctx.now);
            factor.last_step = step;
            second_factors::save(tx, &factor)?;
            for hash in &hashes {
                let code = RecoveryCode { code_hash: hash.clone(), account_id: id, used_at: None };
                second_factors::insert_code(tx, &code)?;
            }
            Lane::password(id).succeeded(tx)?;
            audited(tx, &ctx, "totp.enrol", "account", &account.email, json!({}))?;
            tell(tx, &office_, &ctx, &account, "totp_on")?;
            Ok(None)
        })
        .await?;
    match wrong {
        Some(refusal) => Err(refusal.into()),
        None => Ok(codes),
    }
}

/// Takes the own second factor away, with the password and a code. A password that is too short to
/// stand alone must be changed next.
///
/// # Errors
/// [`Refusal::Fields`] for `password` and `code`; [`Refusal::TooManyAttempts`].
pub async fn remove(office: &Office, ctx: &Ctx, password: String, code: &str) -> Result<()> {
    let short = normalised(&password).chars().count() < SHORTEST;
    let own = passwords::own(office, ctx, "password", password, "totp.refused").await?;
    let (office_, ctx, code) = (office.clone(), ctx.clone(), code.to_owned());
    let wrong = office
        .write(move |tx| {
            let mut account = accounts::hold(tx, own.id)?;
            if let Some(wait) = Lane::password(own.id).blocked(tx, ctx.now)? {
                return Ok(Some(wait));
            }
            if !fits(tx, &office_, &ctx, &account, &code)? {
                Lane::password(own.id).failed(tx, ctx.now)?;
                audited(tx, &ctx, "totp.refused", "account", &account.email, json!({}))?;
                let bad = FieldError::new("code", "field-totp-wrong");
                return Ok(Some(Refusal::Fields(vec![bad])));
            }
            second_factors::remove(tx, own.id)?;
            if short {
                account.must_change_password = true;
                account.updated_at = ctx.now;
                account.version += 1;
                accounts::save(tx, &account)?;
            }
            Lane::password(own.id).succeeded(tx)?;
            audited(tx, &ctx, "totp.remove", "account", &account.email, json!({}))?;
            tell(tx, &office_, &ctx, &account, "totp_off")?;
            Ok(None)
        })
        .await?;
    match wrong {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// Takes somebody's second factor away when device and codes are lost: sessions end, the owner is
/// told, and the password still stands. A password that may be too short to stand alone must be
/// changed next.
///
/// # Errors
/// [`Refusal::NotAllowed`]; [`Refusal::ProveFirst`]; [`Error::NotFound`] when there is none.
pub async fn reset(office: &Office, ctx: &Ctx, id: AccountId) -> Result<()> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut account = accounts::hold(tx, id)?;
            if !second_factors::remove(tx, id)? {
                return Err(Error::NotFound("second_factor"));
            }
            // Its length is not known here.
            account.must_change_password = account.password_hash.is_some();
            account.updated_at = ctx.now;
            account.version += 1;
            accounts::save(tx, &account)?;
            accounts::delete_sessions(tx, id, None)?;
            audited(tx, &ctx, "totp.reset", "account", &account.email, json!({}))?;
            tell(tx, &office_, &ctx, &account, "totp_reset")
        })
        .await
}

/// Whether this account has a second factor, for the administrator.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub async fn has(office: &Office, ctx: &Ctx, id: AccountId) -> Result<bool> {
    Verb::Administer.by(&ctx.actor)?;
    office.db.read(move |c| Ok(second_factors::confirmed(c, id)?.is_some())).await
}

/// Whether the code is good for the account, and uses it up: a code of the app for its step, a
/// recovery code for ever. The account is held.
pub(super) fn fits(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    code: &str,
) -> Result<bool> {
    let Some(mut factor) = second_factors::confirmed(tx, account.id)? else { return Ok(false) };
    if let Some(step) = step_of(&factor, account, code, ctx.now)? {
        factor.last_step = step;
        second_factors::save(tx, &factor)?;
        return Ok(true);
    }
    let hash = tokens::hash(&plain(code));
    if !second_factors::use_code(tx, account.id, &hash, ctx.now)? {
        return Ok(false);
    }
    let left = second_factors::codes_left(tx, account.id)?;
    audited(tx, ctx, "totp.recovery", "account", &account.email, json!({"left": left}))?;
    let matter = AccountMatter::new("totp_recovery")
        .fact("fact-codes-left", left.to_string())
        .link("letter-own-account", "/toi");
    let key = format!("account:{}:recovery:{}", account.id, ctx.now.micros());
    tell_account(tx, office, ctx, account, &matter, &key)?;
    Ok(true)
}

/// The step of a code that is good now and was not used: codes of the last one, of earlier ones and
/// of none are not.
fn step_of(
    factor: &SecondFactor,
    account: &Account,
    code: &str,
    now: Timestamp,
) -> Result<Option<i64>> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(None);
    }
    let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).map_err(Error::internal)?;
    let step = totp(&factor.secret, &account.email)?.check(&digits, seconds);
    let step = step.map(i64::try_from).transpose().map_err(Error::internal)?;
    Ok(step.filter(|step| *step > factor.last_step))
}

/// A recovery code without what makes it readable.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Recovery codes as people read them, and their hashes.
fn draw() -> Result<(Vec<String>, Vec<Vec<u8>>)> {
    let (mut codes, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..CODES {
        let mut bytes = [0_u8; CODE_BYTES];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        let code = Secret::from(bytes.to_vec()).to_base32();
        hashes.push(tokens::hash(&plain(&code)));
        let letters: Vec<char> = code.chars().collect();
        let groups: Vec<String> = letters.chunks(6).map(|part| part.iter().collect()).collect();
        codes.push(groups.join("-"));
    }
    Ok((codes, hashes))
}

fn tell(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    purpose: &'static str,
) -> Result<()> {
    let matter = AccountMatter::new(purpose).link("letter-own-account", "/toi");
    let key = format!("account:{}:{purpose}:{}", account.id, ctx.now.micros());
    tell_account(tx, office, ctx, account, &matter, &key)
}

/// Remembers that the password fitted; the code follows under this secret.
pub(super) fn wait(
    tx: &mut Conn,
    ctx: &Ctx,
    account: AccountId,
    secret: &str,
    public_computer: bool,
) -> Result<()> {
    let step = SignInStep {
        token_hash: tokens::hash(secret),
        account_id: account,
        public_computer,
        expires_at: ctx.now + STEP,
    };
    second_factors::insert_step(tx, &step)
}

/// The account and the step of a sign-in that waits for its code; `None` when its time is over.
pub(super) fn waiting(
    c: &mut Conn,
    secret: &str,
    now: Timestamp,
) -> Result<Option<(Account, SignInStep)>> {
    let step = second_factors::step(c, &tokens::hash(secret))?;
    let Some(step) = step.filter(|step| step.expires_at > now) else { return Ok(None) };
    Ok(Some((accounts::find(c, step.account_id)?, step)))
}

#[cfg(test)]
#[path = "second_factor_tests.rs"]
pub(crate) mod tests;
