//! Browsers in which somebody wants alarms.

use crate::store::query::*;

use super::Conn;
use crate::domain::ids::{AccountId, PushId};
use crate::error::{Error, Result};
use crate::records::PushSubscription;
use crate::store::schema::{accounts, push_subscriptions};

/// The browsers of an account that ring, oldest first.
pub fn of_account(c: &mut Conn, account: AccountId) -> Result<Vec<PushSubscription>> {
    Ok(push_subscriptions::table
        .filter(push_subscriptions::account_id.eq(account))
        .filter(push_subscriptions::ended_at.is_null())
        .order((push_subscriptions::made_at, push_subscriptions::id))
        .limit(50)
        .load(c)?)
}

/// The one that rings in this browser, whoever's it is.
pub fn of_endpoint(c: &mut Conn, hash: &[u8]) -> Result<Option<PushSubscription>> {
    Ok(push_subscriptions::table
        .filter(push_subscriptions::endpoint_hash.eq(hash.to_vec()))
        .filter(push_subscriptions::ended_at.is_null())
        .first(c)
        .optional()?)
}

/// One, ringing or ended.
pub fn find(c: &mut Conn, id: PushId) -> Result<PushSubscription> {
    push_subscriptions::table.find(id).first(c).optional()?.ok_or(Error::NotFound("push"))
}

/// One that rings and whose owner is not locked.
pub fn ringing(c: &mut Conn, id: PushId) -> Result<Option<PushSubscription>> {
    Ok(push_subscriptions::table
        .inner_join(accounts::table.on(accounts::id.eq(push_subscriptions::account_id)))
        .filter(push_subscriptions::id.eq(id))
        .filter(push_subscriptions::ended_at.is_null())
        .filter(accounts::locked_at.is_null())
        .select(PushSubscription::as_select())
        .first(c)
        .optional()?)
}

/// Adds one.
pub fn insert(tx: &mut Conn, one: &PushSubscription) -> Result<()> {
    diesel::insert_into(push_subscriptions::table).values(one).execute(tx)?;
    Ok(())
}

/// Keeps a changed one.
pub fn save(tx: &mut Conn, one: &PushSubscription) -> Result<()> {
    diesel::update(push_subscriptions::table.find(one.id)).set(one).execute(tx)?;
    Ok(())
}
