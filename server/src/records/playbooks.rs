//! The library of playbooks, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, PlaybookVersionId};
use crate::domain::words::PlaybookState;
use crate::store::schema::playbook_versions;

/// One version that somebody proposed, and what became of it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = playbook_versions, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct PlaybookVersion {
    pub id: PlaybookVersionId,
    /// The playbook's name.
    pub name: String,
    /// The version that the text names; 0 without a text.
    pub version: i32,
    pub title: String,
    /// Empty when it has none.
    pub title_en: String,
    /// The category that it is for; empty when its condition says more, or nothing.
    pub category: String,
    /// SHA-256 of what the author wrote; `None`: the shipped one again, or none.
    pub text_hash: Option<Vec<u8>>,
    /// What changes and why, in the author's words.
    pub note: String,
    pub state: PlaybookState,
    pub author_id: AccountId,
    pub author_name: String,
    pub proposed_at: Timestamp,
    /// Who approved, refused or withdrew it.
    pub decider_id: Option<AccountId>,
    pub decider_name: String,
    pub decided_at: Option<Timestamp>,
    /// Why it was refused.
    pub reason: String,
    pub active_from: Option<Timestamp>,
    pub active_to: Option<Timestamp>,
}
