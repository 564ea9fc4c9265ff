//! The directory as administrators keep it: lists by key, records whenever they were in force,
//! dated functions, and saving what changed.

use crate::store::query::*;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{ContactId, FunctionId, OrganisationId, SystemId};
use crate::domain::words::{OrganisationKind, SystemKind};
use crate::error::{Error, Result};
use crate::records::{ContactPoint, HeldFunction, Organisation, System, SystemProvider};
use crate::store::schema::{
    contact_points, organisation_functions, organisations, system_providers, systems,
};

/// The organisation of this short key, whenever it was in force.
pub fn by_key(c: &mut Conn, key: &str) -> Result<Option<Organisation>> {
    Ok(organisations::table.filter(organisations::key.eq(key)).first(c).optional()?)
}

/// As [`by_key`], held until the transaction ends.
pub fn hold(tx: &mut Conn, key: &str) -> Result<Organisation> {
    let query = organisations::table.filter(organisations::key.eq(key));
    let found: Option<Organisation> = match tx {
        Conn::Pg(c) => query.for_update().first(c),
        Conn::Sqlite(c) => query.first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("organisation"))
}

/// Organisations after a key, in the order of keys.
pub fn after(
    c: &mut Conn,
    key: &str,
    kind: Option<OrganisationKind>,
    in_force: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<Organisation>> {
    let mut query =
        organisations::table.filter(organisations::key.gt(key)).into_boxed::<MultiBackend>();
    if let Some(kind) = kind {
        query = query.filter(organisations::kind.eq(kind.as_word()));
    }
    if let Some(at) = in_force {
        query = query
            .filter(organisations::valid_from.le(at))
            .filter(organisations::valid_to.is_null().or(organisations::valid_to.gt(at)));
    }
    Ok(query.order(organisations::key).limit(limit).load(c)?)
}

/// Every organisation's identifier, key and parent: the tree, for checks and for the import.
pub fn tree(c: &mut Conn) -> Result<Vec<(OrganisationId, String, Option<OrganisationId>)>> {
    Ok(organisations::table
        .select((organisations::id, organisations::key, organisations::parent_id))
        .load(c)?)
}

/// The organisations directly below, in the order of keys.
pub fn children(c: &mut Conn, id: OrganisationId, limit: i64) -> Result<Vec<Organisation>> {
    Ok(organisations::table
        .filter(organisations::parent_id.eq(id))
        .order(organisations::key)
        .limit(limit)
        .load(c)?)
}

/// Keeps a changed organisation.
pub fn save(tx: &mut Conn, organisation: &Organisation) -> Result<()> {
    diesel::update(organisations::table.find(organisation.id)).set(organisation).execute(tx)?;
    Ok(())
}

/// Everything that the organisation held, holds or will hold.
pub fn functions(c: &mut Conn, id: OrganisationId) -> Result<Vec<HeldFunction>> {
    Ok(organisation_functions::table
        .filter(organisation_functions::organisation_id.eq(id))
        .order((organisation_functions::function, organisation_functions::valid_from))
        .load(c)?)
}

/// One held function.
pub fn function(c: &mut Conn, id: FunctionId) -> Result<HeldFunction> {
    organisation_functions::table.find(id).first(c).optional()?.ok_or(Error::NotFound("function"))
}

/// Adds a function over a period.
pub fn insert_function(tx: &mut Conn, held: &HeldFunction) -> Result<()> {
    diesel::insert_into(organisation_functions::table).values(held).execute(tx)?;
    Ok(())
}

/// Keeps the changed period of a function.
pub fn save_function(tx: &mut Conn, held: &HeldFunction) -> Result<()> {
    diesel::update(organisation_functions::table.find(held.id)).set(held).execute(tx)?;
    Ok(())
}

/// The contact point.
pub fn contact(c: &mut Conn, id: ContactId) -> Result<ContactPoint> {
    contact_points::table.find(id).first(c).optional()?.ok_or(Error::NotFound("contact"))
}

/// The contact point, held until the transaction ends.
pub fn hold_contact(tx: &mut Conn, id: ContactId) -> Result<ContactPoint> {
    let found: Option<ContactPoint> = match tx {
        Conn::Pg(c) => contact_points::table.find(id).for_update().first(c),
        Conn::Sqlite(c) => contact_points::table.find(id).first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("contact"))
}

/// Keeps a changed contact point.
pub fn save_contact(tx: &mut Conn, contact: &ContactPoint) -> Result<()> {
    diesel::update(contact_points::table.find(contact.id)).set(contact).execute(tx)?;
    Ok(())
}

/// The contact points in force that nobody verified since, after (key, identifier), with their
/// organisations in force, in that order.
pub fn unverified(
    c: &mut Conn,
    since: Timestamp,
    now: Timestamp,
    after: Option<(&str, ContactId)>,
    limit: i64,
) -> Result<Vec<(ContactPoint, Organisation)>> {
    let mut query = contact_points::table
        .inner_join(organisations::table.on(organisations::id.eq(contact_points::organisation_id)))
        .filter(contact_points::valid_from.le(now))
        .filter(contact_points::valid_to.is_null().or(contact_points::valid_to.gt(now)))
        .filter(organisations::valid_to.is_null().or(organisations::valid_to.gt(now)))
        .filter(
            contact_points::last_verified_at
                .is_null()
                .or(contact_points::last_verified_at.lt(since)),
        )
        .into_boxed::<MultiBackend>();
    if let Some((key, id)) = after {
        query = query.filter(
            organisations::key
                .gt(key.to_owned())
                .or(organisations::key.eq(key.to_owned()).and(contact_points::id.gt(id))),
        );
    }
    Ok(query
        .order((organisations::key, contact_points::id))
        .limit(limit)
        .select((contact_points::all_columns, organisations::all_columns))
        .load(c)?)
}

/// The system of this key, held until the transaction ends.
pub fn hold_system(tx: &mut Conn, key: &str) -> Result<System> {
    let query = systems::table.filter(systems::key.eq(key));
    let found: Option<System> = match tx {
        Conn::Pg(c) => query.for_update().first(c),
        Conn::Sqlite(c) => query.first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("system"))
}

/// Systems after a key, in the order of keys; of an owner or operator, or of all.
pub fn systems_after(
    c: &mut Conn,
    key: &str,
    kind: Option<SystemKind>,
    organisation: Option<OrganisationId>,
    limit: i64,
) -> Result<Vec<System>> {
    let mut query = systems::table.filter(systems::key.gt(key)).into_boxed::<MultiBackend>();
    if let Some(kind) = kind {
        query = query.filter(systems::kind.eq(kind.as_word()));
    }
    if let Some(id) = organisation {
        query = query.filter(systems::owner_id.eq(id).or(systems::operator_id.eq(id)));
    }
    Ok(query.order(systems::key).limit(limit).load(c)?)
}

/// Keeps a changed system.
pub fn save_system(tx: &mut Conn, system: &System) -> Result<()> {
    diesel::update(systems::table.find(system.id)).set(system).execute(tx)?;
    Ok(())
}

/// Replaces who connects or serves a system.
pub fn set_providers(tx: &mut Conn, id: SystemId, providers: &[OrganisationId]) -> Result<()> {
    let all = system_providers::table.filter(system_providers::system_id.eq(id));
    diesel::delete(all).execute(tx)?;
    for provider in providers {
        let row = SystemProvider { system_id: id, organisation_id: *provider };
        diesel::insert_into(system_providers::table).values(row).execute(tx)?;
    }
    Ok(())
}
