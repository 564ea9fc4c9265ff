//! Organisations, the functions they hold, contact points, systems.

use crate::store::query::*;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{OrganisationId, SystemId};
use crate::domain::words::{ContactRole, Function, Rank};
use crate::error::{Error, Result};
use crate::records::{ContactPoint, Organisation, System};
use crate::store::schema::{
    contact_points, organisation_functions, organisations, system_providers, systems,
};

/// The organisation of this short key, in force at `at`.
pub fn find_by_key(c: &mut Conn, key: &str, at: Timestamp) -> Result<Organisation> {
    organisations::table
        .filter(organisations::key.eq(key))
        .filter(organisations::valid_from.le(at))
        .filter(organisations::valid_to.is_null().or(organisations::valid_to.gt(at)))
        .first(c)
        .optional()?
        .ok_or(Error::NotFound("organisation"))
}

/// The organisation, whenever it was in force.
pub fn find(c: &mut Conn, id: OrganisationId) -> Result<Organisation> {
    organisations::table.find(id).first(c).optional()?.ok_or(Error::NotFound("organisation"))
}

/// The organisations of these identifiers.
pub fn list_of(c: &mut Conn, ids: &[OrganisationId]) -> Result<Vec<Organisation>> {
    Ok(organisations::table.filter(organisations::id.eq_any(ids.to_vec())).load(c)?)
}

/// The organisations in force at `at`, by name, for a list to choose from.
pub fn in_force(c: &mut Conn, at: Timestamp, limit: i64) -> Result<Vec<Organisation>> {
    Ok(organisations::table
        .filter(organisations::valid_from.le(at))
        .filter(organisations::valid_to.is_null().or(organisations::valid_to.gt(at)))
        .order(organisations::name)
        .limit(limit)
        .load(c)?)
}

/// Who holds the function at `at`, in the order of their keys.
pub fn holders(c: &mut Conn, function: Function, at: Timestamp) -> Result<Vec<Organisation>> {
    let held = organisation_functions::table
        .filter(organisation_functions::function.eq(function.as_word()))
        .filter(organisation_functions::valid_from.le(at))
        .filter(
            organisation_functions::valid_to.is_null().or(organisation_functions::valid_to.gt(at)),
        )
        .select(organisation_functions::organisation_id);
    Ok(organisations::table
        .filter(organisations::id.eq_any(held))
        .order(organisations::key)
        .load(c)?)
}

/// Whether the organisation holds the function at `at`.
pub fn holds(c: &mut Conn, id: OrganisationId, function: Function, at: Timestamp) -> Result<bool> {
    Ok(holders(c, function, at)?.iter().any(|holder| holder.id == id))
}

/// The organisations below this one: children, their children … (at most five levels).
pub fn below(c: &mut Conn, id: OrganisationId) -> Result<Vec<OrganisationId>> {
    let mut all = Vec::new();
    let mut level = vec![id];
    for _ in 0..5 {
        if level.is_empty() {
            break;
        }
        level = organisations::table
            .filter(organisations::parent_id.eq_any(std::mem::take(&mut level)))
            .select(organisations::id)
            .load(c)?;
        level.retain(|id| !all.contains(id));
        all.extend(&level);
    }
    Ok(all)
}

/// The contact points in force, main before deputy.
pub fn contacts(
    c: &mut Conn,
    id: OrganisationId,
    role: Option<ContactRole>,
    at: Timestamp,
) -> Result<Vec<ContactPoint>> {
    let mut query = contact_points::table
        .filter(contact_points::organisation_id.eq(id))
        .filter(contact_points::valid_from.le(at))
        .filter(contact_points::valid_to.is_null().or(contact_points::valid_to.gt(at)))
        .into_boxed::<MultiBackend>();
    if let Some(role) = role {
        query = query.filter(contact_points::role.eq(role.as_word()));
    }
    let mut found: Vec<ContactPoint> = query.order(contact_points::created_at).load(c)?;
    found.sort_by_key(|contact| contact.rank != Rank::Main);
    Ok(found)
}

/// The system of this short key.
pub fn system_by_key(c: &mut Conn, key: &str) -> Result<Option<System>> {
    Ok(systems::table.filter(systems::key.eq(key)).first(c).optional()?)
}

/// The system.
pub fn system(c: &mut Conn, id: SystemId) -> Result<System> {
    systems::table.find(id).first(c).optional()?.ok_or(Error::NotFound("system"))
}

/// The systems that the organisation owns or operates, for the report form.
pub fn systems_of(c: &mut Conn, id: OrganisationId) -> Result<Vec<System>> {
    Ok(systems::table
        .filter(systems::owner_id.eq(id).or(systems::operator_id.eq(id)))
        .filter(systems::valid_to.is_null())
        .order(systems::name)
        .limit(200)
        .load(c)?)
}

/// Who connects or serves the system.
pub fn providers(c: &mut Conn, id: SystemId) -> Result<Vec<Organisation>> {
    let of_system = system_providers::table
        .filter(system_providers::system_id.eq(id))
        .select(system_providers::organisation_id);
    Ok(organisations::table
        .filter(organisations::id.eq_any(of_system))
        .order(organisations::key)
        .load(c)?)
}

/// Adds an organisation as it is.
pub fn insert(tx: &mut Conn, organisation: &Organisation) -> Result<()> {
    diesel::insert_into(organisations::table).values(organisation).execute(tx)?;
    Ok(())
}

/// Adds a contact point as it is.
pub fn insert_contact(tx: &mut Conn, contact: &ContactPoint) -> Result<()> {
    diesel::insert_into(contact_points::table).values(contact).execute(tx)?;
    Ok(())
}

/// Adds a system as it is.
pub fn insert_system(tx: &mut Conn, system: &System, providers: &[OrganisationId]) -> Result<()> {
    diesel::insert_into(systems::table).values(system).execute(tx)?;
    for provider in providers {
        diesel::insert_into(system_providers::table)
            .values((
                system_providers::system_id.eq(system.id),
                system_providers::organisation_id.eq(provider),
            ))
            .execute(tx)?;
    }
    Ok(())
}
