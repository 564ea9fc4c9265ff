//! Browsers in which somebody wants alarms, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, PushId};
use crate::store::schema::push_subscriptions;

/// One browser of one person.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = push_subscriptions, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct PushSubscription {
    pub id: PushId,
    pub account_id: AccountId,
    /// Where to post; empty when it has ended.
    pub endpoint: String,
    /// SHA-256 of it.
    pub endpoint_hash: Vec<u8>,
    pub p256dh: String,
    pub auth: String,
    /// As it called itself.
    pub browser: String,
    pub made_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub ended_why: Option<String>,
}
