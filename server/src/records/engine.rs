//! Runs, timers, deliveries, the audit trail, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, AuditId, CanaryId, ContactId, DeliveryId, DispatchId, IncidentId, KeptId,
    OrganisationId, RunId, SubjectId, TimerId,
};
use crate::domain::words::{CardState, Channel, DeliveryStatus};
use crate::store::schema::{audit, canaries, idempotency_keys, mailbox, outbox, runs, timers};

/// One execution of a playbook, pinned to its text.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = runs, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Run {
    pub id: RunId,
    pub incident_id: IncidentId,
    pub playbook: String,
    pub playbook_version: i32,
    /// SHA-256 of the text that it follows.
    pub text_hash: Vec<u8>,
    pub state: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Something that must happen here.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = timers, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Timer {
    pub id: TimerId,
    pub due_at: Timestamp,
    pub kind: String,
    pub incident_id: Option<IncidentId>,
    pub subject_id: SubjectId,
    pub key: String,
}

/// One message to one recipient on one channel.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = outbox, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Delivery {
    pub id: DeliveryId,
    pub dedup_key: String,
    pub incident_id: Option<IncidentId>,
    pub dispatch_id: Option<DispatchId>,
    pub account_id: Option<AccountId>,
    pub contact_id: Option<ContactId>,
    pub organisation_id: Option<OrganisationId>,
    pub purpose: String,
    pub channel: Channel,
    pub recipient_name: String,
    pub recipient_role: String,
    pub recipient_phone: String,
    pub address: String,
    pub letter: String,
    pub thread: Option<String>,
    pub urgent: bool,
    pub status: DeliveryStatus,
    pub attempts: i32,
    pub due_at: Timestamp,
    pub lease_owner: Option<String>,
    pub lease_until: Option<Timestamp>,
    pub last_error: Option<String>,
    pub reference: Option<String>,
    pub maybe_duplicate: bool,
    pub step: Option<String>,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    /// Of a drill: it stays in the local mailbox, whatever is configured.
    pub kept: bool,
    /// Of a message with buttons that act: `live` once it left, `stale` when what it asked for is
    /// settled and it has to be changed where it stands, `done` after that.
    pub card: Option<CardState>,
    /// What ended what it asks for, as JSON (actions/chat/settled.rs).
    pub card_note: Option<String>,
}

impl Delivery {
    /// A message that waits, due at once: about nothing yet, and for nobody in particular.
    pub fn new(
        now: Timestamp,
        channel: Channel,
        address: String,
        purpose: &str,
        dedup_key: String,
        letter: String,
    ) -> Self {
        Self {
            id: DeliveryId::new(now),
            dedup_key,
            incident_id: None,
            dispatch_id: None,
            account_id: None,
            contact_id: None,
            organisation_id: None,
            purpose: purpose.to_owned(),
            channel,
            recipient_name: String::new(),
            recipient_role: String::new(),
            recipient_phone: String::new(),
            address,
            letter,
            thread: None,
            urgent: false,
            status: DeliveryStatus::Waiting,
            attempts: 0,
            due_at: now,
            lease_owner: None,
            lease_until: None,
            last_error: None,
            reference: None,
            maybe_duplicate: false,
            step: None,
            created_at: now,
            sent_at: None,
            kept: false,
            card: None,
            card_note: None,
        }
    }

    /// Why it is there and for whom, whatever the way.
    pub fn cause(&self) -> &str {
        self.dedup_key.rsplit_once('|').map_or(self.dedup_key.as_str(), |(head, _)| head)
    }

    /// Whether its letter has buttons that act.
    pub fn has_buttons(&self) -> bool {
        serde_json::from_str::<notify::Letter>(&self.letter)
            .is_ok_and(|letter| !letter.presses.is_empty())
    }

    /// The letter without the addresses of its buttons. Activation, reset, magic and tracking links
    /// are secrets: once nothing will be sent from the row any more, they have no business in it.
    /// A letter that cannot be read is blanked whole.
    pub fn spent(letter: &str) -> String {
        let Ok(mut value) = serde_json::from_str::<serde_json::Value>(letter) else {
            return "{}".to_owned();
        };
        for button in value["buttons"].as_array_mut().into_iter().flatten() {
            button["url"] = serde_json::Value::from("");
        }
        value.to_string()
    }
}

/// A message kept here instead of being sent.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = mailbox, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Kept {
    pub id: KeptId,
    pub delivery_id: DeliveryId,
    pub at: Timestamp,
    pub channel: Channel,
    pub recipient: String,
    pub recipient_name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub links: String,
    pub buttons: String,
}

/// One message by which a channel is tried, and what became of it.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = canaries, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Canary {
    pub id: CanaryId,
    pub channel: Channel,
    pub slot: Timestamp,
    pub delivery_id: DeliveryId,
    pub made_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub failed_at: Option<Timestamp>,
    pub alarmed_at: Option<Timestamp>,
    pub error: Option<String>,
}

/// Who did or saw what.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = audit, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct AuditEntry {
    pub id: AuditId,
    pub at: Timestamp,
    pub actor_id: Option<AccountId>,
    pub actor: String,
    pub action: String,
    pub object_kind: String,
    pub object: String,
    pub address: String,
    pub request_id: String,
    pub detail: String,
    pub seq: Option<i64>,
    pub previous: Option<String>,
    pub hash: Option<String>,
}

/// The answer to a request that may come again.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = idempotency_keys, primary_key(scope, key), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Idempotent {
    pub scope: String,
    pub key: String,
    pub request_hash: Vec<u8>,
    pub status: i32,
    pub body: String,
    pub created_at: Timestamp,
}
