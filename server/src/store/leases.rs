//! Rights that one server holds for a while, by name.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::each_backend;
use crate::error::Result;
use crate::store::schema::leases;

/// Takes or renews a lease; answers whether `owner` holds it now.
pub fn lease(
    tx: &mut Conn,
    name: &str,
    owner: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    each_backend!(tx, c => diesel::insert_into(leases::table)
        .values((leases::name.eq(name), leases::owner.eq(owner), leases::until.eq(until)))
        .on_conflict_do_nothing()
        .execute(c))?;
    let mine_or_free = leases::table
        .filter(leases::name.eq(name))
        .filter(leases::owner.eq(owner).or(leases::until.lt(now)));
    let taken = diesel::update(mine_or_free)
        .set((leases::owner.eq(owner), leases::until.eq(until)))
        .execute(tx)?;
    Ok(taken == 1)
}

/// Ends a lease: of this owner, or whosever it is when none is named.
pub fn free_lease(tx: &mut Conn, name: &str, owner: Option<&str>, now: Timestamp) -> Result<()> {
    let before = now - chrono::Duration::seconds(1);
    let named = leases::table.filter(leases::name.eq(name));
    match owner {
        Some(owner) => diesel::update(named.filter(leases::owner.eq(owner)))
            .set(leases::until.eq(before))
            .execute(tx)?,
        None => diesel::update(named).set(leases::until.eq(before)).execute(tx)?,
    };
    Ok(())
}
