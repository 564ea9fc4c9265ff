//! What every write leaves behind: a timeline entry for people, an audit entry for the auditor.

use serde_json::{Map, Value, json};

use super::Ctx;
use crate::domain::ids::Id;
use crate::domain::words::{Audience, Tlp};
use crate::error::Result;
use crate::records::{AuditEntry, Entry, Incident};
use crate::store::{Conn, audit as audit_store, chat_cards, timeline};

/// One thing that happened to an incident. Its words come from the catalogs (`timeline-KIND`)
/// with `data`; `text` is what a person wrote.
#[derive(Clone)]
pub struct Happened {
    kind: &'static str,
    audience: Audience,
    reporter_may_read: bool,
    tlp: Option<Tlp>,
    text: String,
    data: Map<String, Value>,
}

impl Happened {
    /// Something that everyone on the case reads.
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind,
            audience: Audience::Everyone,
            reporter_may_read: false,
            tlp: None,
            text: String::new(),
            data: Map::new(),
        }
    }

    /// For this audience.
    #[must_use]
    pub const fn to(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }

    /// The reporter reads it too, on the tracking page.
    #[must_use]
    pub const fn also_to_reporter(mut self) -> Self {
        self.reporter_may_read = true;
        self
    }

    /// With a TLP of its own.
    #[must_use]
    pub const fn tlp(mut self, tlp: Tlp) -> Self {
        self.tlp = Some(tlp);
        self
    }

    /// With what a person wrote.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// With data that is not for the sentence (what changed, before and after).
    #[must_use]
    pub fn with_data(mut self, name: &str, value: Value) -> Self {
        self.data.insert(name.to_owned(), value);
        self
    }

    /// With a value for the sentence.
    #[expect(clippy::needless_pass_by_value, reason = "callers name a value in place")]
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.data.insert(name.to_owned(), Value::String(value.to_string()));
        self
    }
}

/// Writes a timeline entry; cards of the incident are stale from now on. The incident is held by this
/// transaction.
///
/// # Errors
/// The database's.
pub fn happened(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    mut what: Happened,
) -> Result<Entry> {
    // Who edits from an older version is told what came after it.
    what.data.insert("incident_version".to_owned(), json!(incident.version));
    let entry = Entry {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        seq: timeline::next_seq(tx, incident.id)?,
        at: ctx.now,
        kind: what.kind.to_owned(),
        audience: what.audience,
        reporter_may_read: what.reporter_may_read && what.audience == Audience::Everyone,
        tlp: what.tlp.unwrap_or(incident.tlp),
        actor_id: ctx.actor.account(),
        actor_name: ctx.actor.name(),
        text: what.text,
        data: Value::Object(what.data).to_string(),
    };
    timeline::insert(tx, &entry)?;
    chat_cards::mark(tx, incident.id, ctx.now)?;
    Ok(entry)
}

/// Writes an audit entry; it is sealed into the chain within a second. `detail` carries no case
/// content and no secret.
///
/// # Errors
/// The database's.
#[expect(clippy::needless_pass_by_value, reason = "callers write the detail in place")]
pub fn audited(
    tx: &mut Conn,
    ctx: &Ctx,
    action: &str,
    object_kind: &str,
    object: &str,
    detail: Value,
) -> Result<()> {
    audit_store::insert(
        tx,
        &AuditEntry {
            id: Id::new(ctx.now),
            at: ctx.now,
            actor_id: ctx.actor.account(),
            actor: ctx.actor.name(),
            action: action.to_owned(),
            object_kind: object_kind.to_owned(),
            object: object.to_owned(),
            address: ctx.address.clone(),
            request_id: ctx.request_id.clone(),
            detail: detail.to_string(),
            seq: None,
            previous: None,
            hash: None,
        },
    )
}
