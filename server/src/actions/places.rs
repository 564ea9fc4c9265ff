//! Organisations and systems to choose from, for the doors' forms: names that are no secret.

use super::Office;
use crate::clock::Timestamp;
use crate::domain::ids::OrganisationId;
use crate::error::Result;
use crate::records::{Organisation, System};
use crate::store::organisations;

/// So many are offered at most.
const MOST: i64 = 2000;

/// The organisation.
///
/// # Errors
/// Not found, and the database's.
pub async fn one(office: &Office, id: OrganisationId) -> Result<Organisation> {
    office.db.read(move |c| organisations::find(c, id)).await
}

/// The organisation of this short key, in force now.
///
/// # Errors
/// Not found, and the database's.
pub async fn by_key(office: &Office, key: String, now: Timestamp) -> Result<Organisation> {
    office.db.read(move |c| organisations::find_by_key(c, &key, now)).await
}

/// All organisations in force.
///
/// # Errors
/// The database's.
pub async fn all(office: &Office, now: Timestamp) -> Result<Vec<Organisation>> {
    office.db.read(move |c| organisations::in_force(c, now, MOST)).await
}

/// The systems that an organisation owns or operates.
///
/// # Errors
/// The database's.
pub async fn systems(office: &Office, of: OrganisationId) -> Result<Vec<System>> {
    office.db.read(move |c| organisations::systems_of(c, of)).await
}
