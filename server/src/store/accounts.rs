//! Accounts, their roles, sessions, one-time links, keys, failed sign-ins.

use std::collections::BTreeSet;

use crate::store::query::*;

use super::{Conn, organisations as organisation_store};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, AccountLinkId, ApiKeyId, OrganisationId, SessionId};
use crate::domain::person::Person;
use crate::domain::words::Role;
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::{Account, AccountLink, ApiKey, OldPassword, Session};
use crate::store::schema::{
    account_links, account_roles, accounts, api_keys, organisations, password_history, sessions,
};

/// The account.
pub fn find(c: &mut Conn, id: AccountId) -> Result<Account> {
    accounts::table.find(id).first(c).optional()?.ok_or(Error::NotFound("account"))
}

/// The account of this mail address (lower case).
pub fn find_by_email(c: &mut Conn, email: &str) -> Result<Option<Account>> {
    Ok(accounts::table.filter(accounts::email.eq(email)).first(c).optional()?)
}

/// The roles of an account.
pub fn roles(c: &mut Conn, id: AccountId) -> Result<BTreeSet<Role>> {
    let roles: Vec<String> = account_roles::table
        .filter(account_roles::account_id.eq(id))
        .select(account_roles::role)
        .load(c)?;
    Ok(roles.iter().filter_map(|role| role.parse().ok()).collect())
}

/// Replaces the roles of an account.
pub fn set_roles(tx: &mut Conn, id: AccountId, roles: &BTreeSet<Role>) -> Result<()> {
    diesel::delete(account_roles::table.filter(account_roles::account_id.eq(id))).execute(tx)?;
    for role in roles {
        diesel::insert_into(account_roles::table)
            .values((account_roles::account_id.eq(id), account_roles::role.eq(role.as_word())))
            .execute(tx)?;
    }
    Ok(())
}

/// Everything that sight and verbs need of a person; `None` when the account is locked.
pub fn person(c: &mut Conn, id: AccountId) -> Result<Option<Person>> {
    let account = find(c, id)?;
    if account.locked_at.is_some() {
        return Ok(None);
    }
    let roles = roles(c, id)?;
    let (organisation_key, organisation_name): (String, String) = organisations::table
        .find(account.organisation_id)
        .select((organisations::key, organisations::name))
        .first(c)?;
    let below = if roles.contains(&Role::UnitHead) {
        organisation_store::below(c, account.organisation_id)?
    } else {
        Vec::new()
    };
    Ok(Some(Person {
        id,
        name: account.name,
        organisation: account.organisation_id,
        organisation_key,
        organisation_name,
        below,
        roles,
        language: account.language,
        must_change_password: account.must_change_password,
        proved_at: None,
        must_enrol: false,
        scopes: None,
    }))
}

/// Who holds the role, wherever, after a mail address in the order of addresses; nobody locked.
pub fn with_role_after(c: &mut Conn, role: Role, after: &str, limit: i64) -> Result<Vec<Account>> {
    let holding = account_roles::table
        .filter(account_roles::role.eq(role.as_word()))
        .select(account_roles::account_id);
    Ok(accounts::table
        .filter(accounts::id.eq_any(holding))
        .filter(accounts::locked_at.is_null())
        .filter(accounts::email.gt(after))
        .order(accounts::email)
        .limit(limit)
        .load(c)?)
}

/// The unlocked accounts that hold the role, of one organisation or of all.
pub fn with_role(
    c: &mut Conn,
    role: Role,
    organisation: Option<OrganisationId>,
) -> Result<Vec<Account>> {
    let holding = account_roles::table
        .filter(account_roles::role.eq(role.as_word()))
        .select(account_roles::account_id);
    let query = accounts::table
        .filter(accounts::id.eq_any(holding))
        .filter(accounts::locked_at.is_null())
        .order(accounts::email)
        .limit(200);
    Ok(match organisation {
        Some(id) => query.filter(accounts::organisation_id.eq(id)).load(c)?,
        None => query.load(c)?,
    })
}

/// Adds an account as it is.
pub fn insert(tx: &mut Conn, account: &Account) -> Result<()> {
    diesel::insert_into(accounts::table).values(account).execute(tx)?;
    Ok(())
}

/// Keeps a changed account.
pub fn save(tx: &mut Conn, account: &Account) -> Result<()> {
    diesel::update(accounts::table.find(account.id)).set(account).execute(tx)?;
    Ok(())
}

/// Loads the account and holds it until the transaction ends.
pub fn hold(tx: &mut Conn, id: AccountId) -> Result<Account> {
    let found: Option<Account> = match tx {
        Conn::Pg(c) => accounts::table.find(id).for_update().first(c),
        Conn::Sqlite(c) => accounts::table.find(id).first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("account"))
}

/// Adds a session.
pub fn insert_session(tx: &mut Conn, session: &Session) -> Result<()> {
    diesel::insert_into(sessions::table).values(session).execute(tx)?;
    Ok(())
}

/// The session of this token's hash, expired or not.
pub fn session(c: &mut Conn, token_hash: &[u8]) -> Result<Option<Session>> {
    Ok(sessions::table.filter(sessions::token_hash.eq(token_hash.to_vec())).first(c).optional()?)
}

/// The sessions of an account, newest first.
pub fn sessions_of(c: &mut Conn, id: AccountId) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::account_id.eq(id))
        .order(sessions::created_at.desc())
        .limit(100)
        .load(c)?)
}

/// Marks a session as used.
pub fn touch_session(tx: &mut Conn, id: SessionId, now: Timestamp) -> Result<()> {
    diesel::update(sessions::table.find(id)).set(sessions::last_seen_at.eq(now)).execute(tx)?;
    Ok(())
}

/// Marks a session as proved anew.
pub fn prove_session(tx: &mut Conn, id: SessionId, now: Timestamp) -> Result<()> {
    diesel::update(sessions::table.find(id)).set(sessions::proved_at.eq(now)).execute(tx)?;
    Ok(())
}

/// Ends one session.
pub fn delete_session(tx: &mut Conn, id: SessionId) -> Result<usize> {
    Ok(diesel::delete(sessions::table.find(id)).execute(tx)?)
}

/// Ends every session of an account but one.
pub fn delete_sessions(tx: &mut Conn, id: AccountId, but: Option<SessionId>) -> Result<usize> {
    super::second_factors::end_steps(tx, id)?;
    let all = sessions::table.filter(sessions::account_id.eq(id));
    Ok(match but {
        Some(but) => diesel::delete(all.filter(sessions::id.ne(but))).execute(tx)?,
        None => diesel::delete(all).execute(tx)?,
    })
}

/// Ends what expired; answers how many.
pub fn sweep_sessions(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(tx)?)
}

/// Counts one failed sign-in of a key and blocks the key until then.
pub fn count_failure(
    tx: &mut Conn,
    key: &str,
    failures: i32,
    blocked_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    use crate::store::schema::sign_in_failures::dsl;
    let row = (
        dsl::key.eq(key),
        dsl::failures.eq(failures),
        dsl::blocked_until.eq(blocked_until),
        dsl::updated_at.eq(now),
    );
    each_backend!(tx, c => diesel::insert_into(dsl::sign_in_failures)
        .values(row)
        .on_conflict(dsl::key)
        .do_update()
        .set((
            dsl::failures.eq(failures),
            dsl::blocked_until.eq(blocked_until),
            dsl::updated_at.eq(now),
        ))
        .execute(c))?;
    Ok(())
}

/// Failures of a key and until when it is blocked.
pub fn failures(c: &mut Conn, key: &str) -> Result<Option<(i32, Option<Timestamp>, Timestamp)>> {
    use crate::store::schema::sign_in_failures::dsl;
    Ok(dsl::sign_in_failures
        .find(key)
        .select((dsl::failures, dsl::blocked_until, dsl::updated_at))
        .first(c)
        .optional()?)
}

/// Forgets the failures of a key.
pub fn forget_failures(tx: &mut Conn, key: &str) -> Result<()> {
    use crate::store::schema::sign_in_failures::dsl;
    diesel::delete(dsl::sign_in_failures.find(key)).execute(tx)?;
    Ok(())
}

/// Holds a key of failures until the transaction ends, also when it has no row yet.
pub fn hold_failures(tx: &mut Conn, key: &str) -> Result<()> {
    if let Conn::Pg(c) = tx {
        diesel::sql_query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind::<diesel::sql_types::Text, _>(key)
            .execute(c)?;
    }
    Ok(())
}

/// Forgets failures last counted before `before`, and known browsers (`d:…`) not seen since
/// `browsers`; answers how many.
pub fn sweep_failures(tx: &mut Conn, before: Timestamp, browsers: Timestamp) -> Result<usize> {
    use crate::store::schema::sign_in_failures::dsl;
    let strangers = dsl::sign_in_failures
        .filter(dsl::updated_at.lt(before))
        .filter(dsl::key.not_like("d:%"))
        .filter(dsl::key.not_like("a:%"));
    let old = dsl::sign_in_failures.filter(dsl::updated_at.lt(browsers));
    Ok(diesel::delete(strangers).execute(tx)? + diesel::delete(old).execute(tx)?)
}

/// Ends sessions that rested since before `before`; answers how many.
pub fn sweep_idle_sessions(tx: &mut Conn, before: Timestamp) -> Result<usize> {
    Ok(diesel::delete(sessions::table.filter(sessions::last_seen_at.lt(before))).execute(tx)?)
}

/// Marks the account as signed in.
pub fn signed_in(tx: &mut Conn, id: AccountId, now: Timestamp) -> Result<()> {
    let change = accounts::last_sign_in_at.eq(Some(now));
    diesel::update(accounts::table.find(id)).set(change).execute(tx)?;
    Ok(())
}

/// The passwords that were in force before, newest first.
pub fn old_passwords(c: &mut Conn, id: AccountId) -> Result<Vec<OldPassword>> {
    Ok(password_history::table
        .filter(password_history::account_id.eq(id))
        .order(password_history::at.desc())
        .limit(20)
        .load(c)?)
}

/// Remembers a password that may not be used again, and forgets all but the last `most`.
pub fn remember_password(tx: &mut Conn, old: &OldPassword, most: usize) -> Result<()> {
    diesel::insert_into(password_history::table).values(old).execute(tx)?;
    for one in old_passwords(tx, old.account_id)?.iter().skip(most) {
        diesel::delete(password_history::table.find((one.account_id, one.at))).execute(tx)?;
    }
    Ok(())
}

/// Adds a one-time link.
pub fn insert_link(tx: &mut Conn, link: &AccountLink) -> Result<()> {
    diesel::insert_into(account_links::table).values(link).execute(tx)?;
    Ok(())
}

/// The one-time link of this secret's hash, valid or not.
pub fn link(c: &mut Conn, hash: &[u8]) -> Result<Option<AccountLink>> {
    Ok(account_links::table
        .filter(account_links::token_hash.eq(hash.to_vec()))
        .first(c)
        .optional()?)
}

/// Uses a link; answers whether it was still unused.
pub fn use_link(tx: &mut Conn, id: AccountLinkId, now: Timestamp) -> Result<bool> {
    let unused = account_links::table
        .filter(account_links::id.eq(id))
        .filter(account_links::used_at.is_null());
    Ok(diesel::update(unused).set(account_links::used_at.eq(Some(now))).execute(tx)? == 1)
}

/// Ends every unused link of an account.
pub fn close_links(tx: &mut Conn, id: AccountId, now: Timestamp) -> Result<()> {
    let unused = account_links::table
        .filter(account_links::account_id.eq(id))
        .filter(account_links::used_at.is_null());
    diesel::update(unused).set(account_links::used_at.eq(Some(now))).execute(tx)?;
    Ok(())
}

/// Adds an API key.
pub fn insert_key(tx: &mut Conn, key: &ApiKey) -> Result<()> {
    diesel::insert_into(api_keys::table).values(key).execute(tx)?;
    Ok(())
}

/// The key of this hash, valid or not.
pub fn key(c: &mut Conn, hash: &[u8]) -> Result<Option<ApiKey>> {
    Ok(api_keys::table.filter(api_keys::key_hash.eq(hash.to_vec())).first(c).optional()?)
}

/// The keys of an account, newest first.
pub fn keys_of(c: &mut Conn, id: AccountId) -> Result<Vec<ApiKey>> {
    Ok(api_keys::table
        .filter(api_keys::account_id.eq(id))
        .order(api_keys::created_at.desc())
        .limit(100)
        .load(c)?)
}

/// Marks a key as used.
pub fn touch_key(tx: &mut Conn, id: ApiKeyId, now: Timestamp) -> Result<()> {
    let change = api_keys::last_used_at.eq(Some(now));
    diesel::update(api_keys::table.find(id)).set(change).execute(tx)?;
    Ok(())
}

/// Revokes one key; a key that was revoked before keeps its time.
pub fn revoke_key(tx: &mut Conn, id: ApiKeyId, now: Timestamp) -> Result<()> {
    let live = api_keys::table.filter(api_keys::id.eq(id)).filter(api_keys::revoked_at.is_null());
    diesel::update(live).set(api_keys::revoked_at.eq(Some(now))).execute(tx)?;
    Ok(())
}

/// Revokes every key of an account; answers how many.
pub fn revoke_keys(tx: &mut Conn, id: AccountId, now: Timestamp) -> Result<usize> {
    let live =
        api_keys::table.filter(api_keys::account_id.eq(id)).filter(api_keys::revoked_at.is_null());
    Ok(diesel::update(live).set(api_keys::revoked_at.eq(Some(now))).execute(tx)?)
}

/// Accounts after this address, in the order of addresses.
pub fn after(c: &mut Conn, email: &str, limit: i64) -> Result<Vec<Account>> {
    Ok(accounts::table
        .filter(accounts::email.gt(email))
        .order(accounts::email)
        .limit(limit)
        .load(c)?)
}

/// Locked accounts for which no letter was filed yet (Điều 4.3.b), longest first.
pub fn without_letter(c: &mut Conn) -> Result<Vec<Account>> {
    Ok(accounts::table
        .filter(accounts::locked_at.is_not_null())
        .filter(accounts::lock_letter.is_null())
        .order(accounts::locked_at)
        .limit(50)
        .load(c)?)
}

/// The roles of these accounts.
pub fn roles_of(c: &mut Conn, ids: &[AccountId]) -> Result<Vec<(AccountId, Role)>> {
    let rows: Vec<(AccountId, String)> = account_roles::table
        .filter(account_roles::account_id.eq_any(ids.to_vec()))
        .select((account_roles::account_id, account_roles::role))
        .load(c)?;
    Ok(rows.into_iter().filter_map(|(id, role)| Some((id, role.parse().ok()?))).collect())
}

/// The unlocked administrators who can sign in, held in one order, so that of two who lock each
/// other only one succeeds.
pub fn hold_admins(tx: &mut Conn) -> Result<Vec<AccountId>> {
    let holding = account_roles::table
        .filter(account_roles::role.eq(Role::Admin.as_word()))
        .select(account_roles::account_id);
    let admins = accounts::table
        .filter(accounts::id.eq_any(holding))
        .filter(accounts::locked_at.is_null())
        .order(accounts::id)
        .select(accounts::id);
    Ok(match tx {
        Conn::Pg(c) => admins.for_update().load(c)?,
        Conn::Sqlite(c) => admins.load(c)?,
    })
}
