//! Passwords: hashing with argon2id away from the web's threads and outside transactions, changing
//! the own one, and the one-time links by which an owner sets one (security.md section 9).

use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use chrono::Duration;
use serde_json::json;
use tokio::sync::Semaphore;

use super::announce::{AccountMatter, tell_account};
use super::record::audited;
use super::sessions::human;
use super::sign_in::Lane;
use super::{Ctx, Office, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, SessionId};
use crate::domain::passwords::{self, About, LONGEST_BYTES, REMEMBERED, normalised};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::words::LinkPurpose;
use crate::error::{Error, Result};
use crate::records::{Account, AccountLink, OldPassword};
use crate::store::{Conn, accounts, organisations, second_factors};

/// Memory of one hash, KiB (OWASP's minimum for argon2id).
const MEMORY_KIB: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// So many hashes are computed at once.
const AT_ONCE: usize = 2;
/// So many more may wait; the next one is told to come again.
const QUEUE: usize = 64;
/// An activation link lives so long.
pub const ACTIVATION: Duration = Duration::hours(72);
/// A reset link lives so long.
pub const RESET: Duration = Duration::minutes(30);
/// A hash that no password fits: verified for accounts that do not exist, so that the answer
/// takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHR0aGF0aXNmaXhlZA$\
                      Jm1hPa4vDGGE9vXyFqoGCNdKBhNuVkJKyVVGEXIBN+A";

/// The place where passwords are hashed: a few at once, a short queue before it.
#[derive(Debug)]
pub struct Hashing {
    seats: Semaphore,
    inside: AtomicUsize,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { seats: Semaphore::new(AT_ONCE), inside: AtomicUsize::new(0) }
    }
}

/// Counts itself out, also when whoever waited went away.
struct Inside<'a>(&'a AtomicUsize);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Hashing {
    /// Hashes a password that was checked.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.seated(move || {
            let hash = argon2()?.hash_password(normalised(&password).as_bytes());
            Ok(hash.map_err(Error::internal)?.to_string())
        })
        .await
    }

    /// Whether the password fits the hash; without a hash the same work is done for nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait.
    pub async fn fits(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.seated(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
            let password = normalised(&password);
            let fits = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(known && fits)
        })
        .await
    }

    /// Runs heavy work in a seat of its own, off the web's threads.
    async fn seated<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let before = self.inside.fetch_add(1, Ordering::AcqRel);
        let _inside = Inside(&self.inside);
        if before >= AT_ONCE + QUEUE {
            return Err(Error::Unavailable("too many passwords are being checked".to_owned()));
        }
        let _seat = self.seats.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What the policy has to know of the owner.
///
/// # Errors
/// The database's.
pub fn about(c: &mut Conn, account: &Account) -> Result<About> {
    let organisation = organisations::find(c, account.organisation_id)?;
    Ok(About {
        name: account.name.clone(),
        email: account.email.clone(),
        organisation_key: organisation.key,
        organisation_name: organisation.name,
        second_factor: second_factors::confirmed(c, account.id)?.is_some(),
    })
}

/// Changes the own password: the one thing that may be done while it must be changed. Every other
/// session of the account ends.
///
/// # Errors
/// [`Refusal::SignInFirst`]; [`Refusal::Fields`] for `current` and `new`;
/// [`Refusal::TooManyAttempts`] after wrong guesses at the current one.
pub async fn change(
    office: &Office,
    ctx: &Ctx,
    session: Option<SessionId>,
    current: String,
    new: String,
) -> Result<()> {
    let account = own(office, ctx, "current", current, "password.refused").await?;
    let id = account.id;
    let (about, old) = {
        let account = account.clone();
        office
            .db
            .read(move |c| Ok((about(c, &account)?, accounts::old_passwords(c, account.id)?)))
            .await?
    };
    let new = checked(office, "new", new, &about, account.password_hash.as_deref(), &old).await?;
    let hash = office.hashing.hash(new).await?;

    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut held = accounts::hold(tx, id)?;
            if held.password_hash != account.password_hash {
                // Somebody else changed it while this one was being checked.
                return Err(Error::Stale { now: held.version });
            }
            set(tx, &ctx, &mut held, &hash)?;
            accounts::delete_sessions(tx, id, session)?;
            Lane::password(id).succeeded(tx)?;
            audited(tx, &ctx, "password.change", "account", &held.email, json!({}))?;
            told_of_change(tx, &office_, &ctx, &held)
        })
        .await
}

/// The own account, if `typed` is its password. A wrong one is counted against the account and goes
/// on record as `refused`; `field` is where it was typed.
///
/// # Errors
/// [`Refusal::SignInFirst`]; [`Refusal::Fields`]; [`Refusal::TooManyAttempts`] after wrong guesses.
pub(super) async fn own(
    office: &Office,
    ctx: &Ctx,
    field: &'static str,
    typed: String,
    refused: &'static str,
) -> Result<Account> {
    let id = human(&ctx.actor)?.id;
    let now = ctx.now;
    let (account, wait) = office
        .db
        .read(move |c| Ok((accounts::find(c, id)?, Lane::password(id).blocked(c, now)?)))
        .await?;
    if let Some(refusal) = wait {
        return Err(refusal.into());
    }
    let hash = account.password_hash.clone().filter(|_| typed.len() <= LONGEST_BYTES * 2);
    if office.hashing.fits(typed, hash).await? {
        return Ok(account);
    }
    let (ctx, email) = (ctx.clone(), account.email);
    let blocked = office
        .write(move |tx| {
            let waits = Lane::password(id).failed(tx, ctx.now)?;
            audited(tx, &ctx, refused, "account", &email, json!({}))?;
            Ok(waits)
        })
        .await?;
    Err(match blocked {
        Some(refusal) => refusal.into(),
        None => FieldError::new(field, "field-password-wrong").into(),
    })
}

/// Checks a new password against the policy and the last ones.
async fn checked(
    office: &Office,
    field: &'static str,
    new: String,
    about: &About,
    current: Option<&str>,
    old: &[OldPassword],
) -> Result<String> {
    let new = passwords::check(field, &new, about)?;
    let past = old.iter().map(|one| one.password_hash.as_str());
    for hash in current.into_iter().chain(past).take(REMEMBERED) {
        if office.hashing.fits(new.clone(), Some(hash.to_owned())).await? {
            return Err(FieldError::with(field, "field-password-used", REMEMBERED).into());
        }
    }
    Ok(new)
}

/// Puts a new hash in the place of the old one, which is remembered; open links die.
fn set(tx: &mut Conn, ctx: &Ctx, account: &mut Account, hash: &str) -> Result<()> {
    if let Some(old) = account.password_hash.replace(hash.to_owned()) {
        let old = OldPassword { account_id: account.id, at: ctx.now, password_hash: old };
        accounts::remember_password(tx, &old, REMEMBERED)?;
    }
    account.must_change_password = false;
    account.updated_at = ctx.now;
    account.version += 1;
    accounts::save(tx, account)?;
    accounts::close_links(tx, account.id, ctx.now)
}

/// The owner hears of every change of credentials.
fn told_of_change(tx: &mut Conn, office: &Office, ctx: &Ctx, account: &Account) -> Result<()> {
    let matter = AccountMatter::new("password_changed").link("letter-sign-in", "/dang-nhap");
    let key = format!("account:{}:password:{}", account.id, account.version);
    tell_account(tx, office, ctx, account, &matter, &key)
}

/// Makes a one-time link and answers its secret; the path is `/kich-hoat/SECRET`. Older links of
/// the account die. `secret` was drawn before the transaction, which may run twice.
///
/// # Errors
/// The database's.
pub fn link(
    tx: &mut Conn,
    ctx: &Ctx,
    account: AccountId,
    purpose: LinkPurpose,
    secret: &str,
) -> Result<Timestamp> {
    accounts::close_links(tx, account, ctx.now)?;
    let life = match purpose {
        LinkPurpose::Activation => ACTIVATION,
        LinkPurpose::Reset => RESET,
    };
    let expires_at = ctx.now + life;
    accounts::insert_link(
        tx,
        &AccountLink {
            id: Id::new(ctx.now),
            account_id: account,
            purpose,
            token_hash: tokens::hash(secret),
            expires_at,
            used_at: None,
            created_at: ctx.now,
        },
    )?;
    Ok(expires_at)
}

/// What a one-time link is for, before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Why it was made.
    pub purpose: LinkPurpose,
    /// Whose it is.
    pub name: String,
    /// The address to sign in with.
    pub email: String,
}

/// Looks at a link without using it: a mail scanner that follows it changes nothing.
///
/// # Errors
/// [`Refusal::LinkNotValid`] for what is used, expired, revoked or was never ours.
pub async fn open_link(office: &Office, ctx: &Ctx, secret: &str) -> Result<Opened> {
    let (hash, now) = (tokens::hash(secret), ctx.now);
    office
        .db
        .read(move |c| {
            let (link, account) = valid(c, &hash, now)?;
            Ok(Opened { purpose: link.purpose, name: account.name, email: account.email })
        })
        .await
}

fn valid(c: &mut Conn, hash: &[u8], now: Timestamp) -> Result<(AccountLink, Account)> {
    let link = accounts::link(c, hash)?
        .filter(|link| link.used_at.is_none() && link.expires_at > now)
        .ok_or(Refusal::LinkNotValid)?;
    let account = accounts::find(c, link.account_id)?;
    if account.locked_at.is_some() {
        return Err(Refusal::LinkNotValid.into());
    }
    Ok((link, account))
}

/// Uses a link once: the owner sets a password. Every session ends; nobody is signed in by it.
///
/// # Errors
/// [`Refusal::LinkNotValid`]; [`Refusal::Fields`] for `new`, and the link lives on.
pub async fn use_link(office: &Office, ctx: &Ctx, secret: &str, new: String) -> Result<()> {
    let (hash, now) = (tokens::hash(secret), ctx.now);
    let token = hash.clone();
    let (account, about, old) = office
        .db
        .read(move |c| {
            let (_, account) = valid(c, &token, now)?;
            let about = about(c, &account)?;
            let old = accounts::old_passwords(c, account.id)?;
            Ok((account, about, old))
        })
        .await?;
    let new = checked(office, "new", new, &about, account.password_hash.as_deref(), &old).await?;
    let password = office.hashing.hash(new).await?;

    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let (link, _) = valid(tx, &hash, ctx.now)?;
            let mut held = accounts::hold(tx, link.account_id)?;
            // The hold serialises: whoever came second finds the link used.
            if !accounts::use_link(tx, link.id, ctx.now)? {
                return Err(Refusal::LinkNotValid.into());
            }
            set(tx, &ctx, &mut held, &password)?;
            accounts::delete_sessions(tx, held.id, None)?;
            Lane::of_account(&held.email).succeeded(tx)?;
            let action = format!("account.{}", link.purpose);
            audited(tx, &ctx, &action, "account", &held.email, json!({}))?;
            told_of_change(tx, &office_, &ctx, &held)
        })
        .await
}

/// Asks for a reset link by mail. The answer is the same whether the account exists or not.
///
/// # Errors
/// [`Refusal::TooManyAttempts`] beyond three letters an hour for one address.
pub async fn forgot(office: &Office, ctx: &Ctx, email: &str) -> Result<()> {
    let email = email.trim().to_lowercase();
    let secret = tokens::fresh()?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    let wait = office
        .write(move |tx| {
            if let Some(wait) = Lane::forgot(&email).letter(tx, ctx.now)? {
                return Ok(Some(wait));
            }
            let found = accounts::find_by_email(tx, &email)?;
            let Some(account) = found.filter(|account| account.locked_at.is_none()) else {
                return Ok(None);
            };
            send_link(tx, &office_, &ctx, &account, &secret)?;
            audited(tx, &ctx, "account.forgot", "account", &account.email, json!({}))?;
            Ok(None)
        })
        .await?;
    match wait {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// Makes the link that the account needs (activation before the first password, reset after) and
/// writes its letter to the owner. Answers which it was.
///
/// # Errors
/// The database's.
pub fn send_link(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    secret: &str,
) -> Result<LinkPurpose> {
    let (purpose, letter) = match account.password_hash {
        None => (LinkPurpose::Activation, "activation"),
        Some(_) => (LinkPurpose::Reset, "reset"),
    };
    let until = link(tx, ctx, account.id, purpose, secret)?;
    let button = match purpose {
        LinkPurpose::Activation => "letter-activate",
        LinkPurpose::Reset => "letter-set-password",
    };
    let matter = AccountMatter::new(letter)
        .link(button, format!("/kich-hoat/{secret}"))
        .fact("fact-valid-until", until.local());
    let key = format!("account:{}:link:{}", account.id, tokens::hex(secret.as_bytes()));
    tell_account(tx, office, ctx, account, &matter, &key)?;
    Ok(purpose)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_and_no_other() {
        let hashing = Hashing::default();
        let hash = hashing.hash("con trâu gặm cỏ".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.fits("con trâu gặm cỏ".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!hashing.fits("con trâu gặm cò".to_owned(), Some(hash)).await.unwrap());
        assert!(!hashing.fits("con trâu gặm cỏ".to_owned(), None).await.unwrap());
    }

    #[test]
    fn the_hash_of_nobody_costs_what_a_real_one_costs() {
        let parsed = PasswordHash::new(NOBODY).unwrap();
        assert_eq!(parsed.algorithm.as_str(), "argon2id");
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, 1));
        assert_eq!(parsed.hash.unwrap().as_bytes().len(), 32);
    }

    #[tokio::test]
    async fn a_full_queue_says_come_again() {
        let hashing = Hashing::default();
        hashing.inside.store(AT_ONCE + QUEUE, Ordering::Release);
        let why = hashing.hash("x".to_owned()).await.unwrap_err();
        assert_eq!(why.face().0, 503);
        assert_eq!(hashing.inside.load(Ordering::Acquire), AT_ONCE + QUEUE);
    }
}
