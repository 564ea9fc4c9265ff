//! The duty rota, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, HandoverId, OrganisationId, RotaFeedId, RotaGapId, RotaId, RotaOverrideId,
    RotaSwapId, RotationId,
};
use crate::domain::words::{RotationKind, SwapState};
use crate::store::schema::{
    rota_feeds, rota_gaps, rota_handovers, rota_overrides, rota_rotations, rota_swaps, rotas,
};

/// A rota of one organisation.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rotas, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Rota {
    pub id: RotaId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub retired_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// Who takes turns, from when to when.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rota_rotations, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RotaRotation {
    pub id: RotationId,
    pub rota_id: RotaId,
    /// 1, or 2 for a second officer beside the first.
    pub line: i32,
    pub kind: RotationKind,
    /// Identifiers of accounts in their order, as a JSON list.
    pub people: String,
    pub length_hours: i32,
    /// When the first person's first turn begins (or would have begun).
    pub anchor_at: Timestamp,
    pub from_at: Timestamp,
    pub to_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// One person instead of another, or nobody, for a time.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rota_overrides, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RotaOverride {
    pub id: RotaOverrideId,
    pub rota_id: RotaId,
    pub line: i32,
    pub from_at: Timestamp,
    pub to_at: Timestamp,
    /// Only this person's time; `None`: whoever it is, nobody included.
    pub instead_of_id: Option<AccountId>,
    /// Who is on duty; `None`: nobody.
    pub account_id: Option<AccountId>,
    pub reason: String,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
}

/// A shift given, and perhaps one taken back.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rota_swaps, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RotaSwap {
    pub id: RotaSwapId,
    pub rota_id: RotaId,
    pub line: i32,
    pub state: SwapState,
    pub asker_id: AccountId,
    pub asked_id: AccountId,
    pub from_at: Timestamp,
    pub to_at: Timestamp,
    pub back_from_at: Option<Timestamp>,
    pub back_to_at: Option<Timestamp>,
    pub note: String,
    pub created_at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub confirmed_at: Option<Timestamp>,
}

/// What one duty officer leaves to the next.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rota_handovers, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Handover {
    pub id: HandoverId,
    pub rota_id: RotaId,
    pub line: i32,
    /// When the incoming officer's shift begins.
    pub at: Timestamp,
    pub outgoing_id: Option<AccountId>,
    pub incoming_id: AccountId,
    /// JSON: what was open, as it stood at `written_at`.
    pub facts: String,
    pub note: String,
    /// `None`: the service itself, since nobody wrote it in time.
    pub written_by: Option<AccountId>,
    pub written_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
}

/// A gap that the coordinators were warned about.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rota_gaps, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RotaGap {
    pub id: RotaGapId,
    pub rota_id: RotaId,
    pub line: i32,
    pub from_at: Timestamp,
    /// `None`: no end in sight.
    pub to_at: Option<Timestamp>,
    pub warned_at: Timestamp,
}

/// The secret address of a calendar.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = rota_feeds, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RotaFeed {
    pub id: RotaFeedId,
    pub account_id: AccountId,
    /// A whole rota; `None`: the owner's own shifts.
    pub rota_id: Option<RotaId>,
    pub token_hash: Vec<u8>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}
