//! Accounts, their roles, sessions, one-time links, keys, failed sign-ins.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{Conn, organisations as organisation_store};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, OrganisationId, SessionId};
use crate::domain::person::Person;
use crate::domain::words::Role;
use crate::each_backend;
use crate::error::{Error, Result};
use crate::records::{Account, Session};
use crate::store::schema::{account_roles, accounts, organisations, sessions};

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
        scopes: None,
    }))
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

/// Ends one session.
pub fn delete_session(tx: &mut Conn, id: SessionId) -> Result<usize> {
    Ok(diesel::delete(sessions::table.find(id)).execute(tx)?)
}

/// Ends every session of an account but one.
pub fn delete_sessions(tx: &mut Conn, id: AccountId, but: Option<SessionId>) -> Result<usize> {
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
