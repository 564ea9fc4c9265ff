//! Organisations, whom to reach there, and their systems, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{ContactId, FunctionId, OrganisationId, SystemId};
use crate::domain::words::{ContactRole, Function, OrganisationKind, Rank, SystemKind};
use crate::store::schema::{
    contact_points, organisation_functions, organisations, system_providers, systems,
};

/// Sở, district, commune, provider, police … (design.md section 3).
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = organisations, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Organisation {
    pub id: OrganisationId,
    pub key: String,
    pub name: String,
    pub short_name: String,
    pub kind: OrganisationKind,
    pub parent_id: Option<OrganisationId>,
    pub address: String,
    pub phone: String,
    pub email: String,
    pub mail_domain: String,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
    pub successor_id: Option<OrganisationId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// A function that an organisation holds over a period.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = organisation_functions, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct HeldFunction {
    pub id: FunctionId,
    pub organisation_id: OrganisationId,
    pub function: Function,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
}

/// Whom to reach (đầu mối).
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = contact_points, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ContactPoint {
    pub id: ContactId,
    pub organisation_id: OrganisationId,
    pub rank: Rank,
    pub role: ContactRole,
    pub name: String,
    pub title: String,
    pub phone: String,
    pub mobile: String,
    pub email: String,
    pub hours: String,
    pub telegram_chat: Option<String>,
    pub last_verified_at: Option<Timestamp>,
    pub valid_from: Timestamp,
    pub valid_to: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// An information system: what is hit.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = systems, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct System {
    pub id: SystemId,
    pub key: String,
    pub name: String,
    pub owner_id: OrganisationId,
    pub operator_id: Option<OrganisationId>,
    pub level: Option<i32>,
    pub kind: SystemKind,
    pub domains: String,
    pub addresses: String,
    pub priority_rules: String,
    pub valid_to: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// Who connects or serves a system.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = system_providers, primary_key(system_id, organisation_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SystemProvider {
    pub system_id: SystemId,
    pub organisation_id: OrganisationId,
}
