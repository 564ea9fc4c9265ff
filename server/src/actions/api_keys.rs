//! API keys: a machine acts in a person's name, within scopes, for ninety days. The key is shown
//! once; the database keeps its hash.

use std::collections::BTreeSet;

use chrono::Duration;
use serde_json::json;

use super::announce::{AccountMatter, tell_account};
use super::record::audited;
use super::sessions::{human, proved};
use super::{Ctx, Office, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::{ApiKeyId, Id};
use crate::domain::person::{Person, Scope};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::text::{self, limit};
use crate::domain::words::Role;
use crate::error::{Error, Result};
use crate::records::ApiKey;
use crate::store::accounts;

/// What every key begins with, so that a scanner recognises one that leaked.
pub const PREFIX: &str = "dpk_";
/// A key lives so long.
const LIFE: Duration = Duration::days(90);
/// So many live keys an account.
const MOST: usize = 10;
/// A key's last use is written at most this often.
const TOUCH: Duration = Duration::minutes(1);

/// Who a key stands for; `None` when it is unknown, expired, revoked, or its owner is locked or
/// has the first password still.
///
/// # Errors
/// The database's.
pub async fn resolve(office: &Office, key: &str, now: Timestamp) -> Result<Option<Person>> {
    if !key.starts_with(PREFIX) {
        return Ok(None);
    }
    let hash = tokens::hash(key);
    let found = office
        .db
        .read(move |c| {
            let Some(key) = accounts::key(c, &hash)? else { return Ok(None) };
            if key.revoked_at.is_some() || key.expires_at <= now {
                return Ok(None);
            }
            let Some(mut person) = accounts::person(c, key.account_id)? else { return Ok(None) };
            if person.must_change_password {
                return Ok(None);
            }
            person.scopes = Some(scopes_of(&key));
            Ok(Some((person, key)))
        })
        .await?;
    let Some((person, key)) = found else { return Ok(None) };
    if key.last_used_at.is_none_or(|at| now - at >= TOUCH) {
        office.db.write(move |tx| accounts::touch_key(tx, key.id, now)).await?;
    }
    Ok(Some(person))
}

/// The scopes of a stored key.
pub fn scopes_of(key: &ApiKey) -> BTreeSet<Scope> {
    key.scopes.split(' ').filter_map(|word| word.parse().ok()).collect()
}

/// The scopes that this person may give to a key.
pub fn offered(person: &Person) -> Vec<Scope> {
    let fits = |scope: &Scope| match scope {
        Scope::Report | Scope::Read | Scope::Write => true,
        Scope::Admin => person.is(Role::Admin),
        Scope::Audit => person.is(Role::Auditor),
    };
    Scope::ALL.iter().copied().filter(fits).collect()
}

/// A new key, the only time that it is shown.
#[derive(Debug, Clone)]
pub struct Made {
    /// The key itself.
    pub secret: String,
    /// What is kept of it.
    pub key: ApiKey,
}

/// Makes a key for oneself.
///
/// # Errors
/// [`Refusal::Fields`] for `name` and `scopes`; [`Refusal::NotAllowed`] for a key that wants a key.
pub async fn create(office: &Office, ctx: &Ctx, name: &str, scopes: &[String]) -> Result<Made> {
    let person = human(&ctx.actor)?.clone();
    ctx.actor.person()?;
    proved(office, ctx)?;
    let mut bad = Vec::new();
    let name = text::some_line("name", name, limit::NAME).unwrap_or_else(|why| {
        bad.push(why);
        String::new()
    });
    let offered = offered(&person);
    let wanted: BTreeSet<Scope> = scopes.iter().filter_map(|word| word.parse().ok()).collect();
    if wanted.is_empty() || wanted.len() != scopes.len() {
        bad.push(FieldError::new("scopes", "field-choose"));
    } else if wanted.iter().any(|scope| !offered.contains(scope)) {
        bad.push(FieldError::new("scopes", "field-scope"));
    }
    if !bad.is_empty() {
        return Err(Refusal::Fields(bad).into());
    }
    let secret = format!("{PREFIX}{}", tokens::fresh()?);
    let words: Vec<&str> = wanted.iter().map(|scope| scope.as_word()).collect();
    let key = ApiKey {
        id: Id::new(ctx.now),
        account_id: person.id,
        name,
        scopes: words.join(" "),
        key_hash: tokens::hash(&secret),
        expires_at: ctx.now + LIFE,
        revoked_at: None,
        last_used_at: None,
        created_at: ctx.now,
    };
    let made = Made { secret, key: key.clone() };
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            // The hold makes two keys at once one after the other.
            let account = accounts::hold(tx, key.account_id)?;
            let live = accounts::keys_of(tx, account.id)?
                .iter()
                .filter(|key| key.revoked_at.is_none() && key.expires_at > ctx.now)
                .count();
            if live >= MOST {
                return Err(FieldError::with("name", "field-key-many", MOST).into());
            }
            accounts::insert_key(tx, &key)?;
            let detail = json!({"key": key.id, "scopes": key.scopes});
            audited(tx, &ctx, "api_key.create", "account", &account.email, detail)?;
            let matter = AccountMatter::new("api_key")
                .fact("fact-key-name", key.name.clone())
                .link("letter-own-account", "/toi");
            let cause = format!("account:{}:key:{}", account.id, key.id);
            tell_account(tx, &office_, &ctx, &account, &matter, &cause)
        })
        .await?;
    Ok(made)
}

/// The own keys, newest first, revoked and expired ones included.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Vec<ApiKey>> {
    let id = human(&ctx.actor)?.id;
    office.db.read(move |c| accounts::keys_of(c, id)).await
}

/// Revokes one of the own keys, at once and for ever.
///
/// # Errors
/// [`Error::NotFound`] for what is not one's own.
pub async fn revoke(office: &Office, ctx: &Ctx, id: ApiKeyId) -> Result<()> {
    let account = human(&ctx.actor)?.id;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let keys = accounts::keys_of(tx, account)?;
            let key = keys.iter().find(|key| key.id == id).ok_or(Error::NotFound("api_key"))?;
            accounts::revoke_key(tx, key.id, ctx.now)?;
            let email = accounts::find(tx, account)?.email;
            audited(tx, &ctx, "api_key.revoke", "account", &email, json!({"key": id}))
        })
        .await
}
