//! What people write into a case: notes, each for an audience.

use serde::Deserialize;
use serde_json::json;

use super::incidents::{find_seen, hold_for, written};
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, procedure};
use crate::domain::ids::Id;
use crate::domain::indicators;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{Audience, Tlp};
use crate::error::Result;
use crate::records::{Entry, Incident, Indicator};
use crate::store::{Conn, incidents};

/// A note.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewNote {
    /// What is written.
    #[serde(default)]
    pub text: String,
    /// Word of the audience; empty is everyone on the case.
    #[serde(default)]
    pub audience: String,
    /// Word of the TLP; empty is the incident's.
    #[serde(default)]
    pub tlp: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
}

/// Writes a note.
///
/// # Errors
/// Bad fields; [`Refusal::NotAllowed`] for an audience that the writer does not belong to.
pub async fn add(office: &Office, ctx: &Ctx, name: &str, note: NewNote) -> Result<Entry> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (_, depth) = find_seen(tx, &ctx, &name)?;
            let incident = hold_for(tx, &ctx, &name, Verb::Note)?;
            let (audience, tlp) = readers(&ctx, &incident, depth, &note.audience, &note.tlp)?;
            let text = written("text", &note.text, note.secret_confirmed)?;
            if audience == Audience::Everyone {
                // What only some may read must not show among the indicators that all see.
                keep_indicators(tx, &ctx, &incident, &text)?;
                procedure::changed(tx, &office_, &ctx, &incident)?;
            }
            let entry = Happened::new("note").to(audience).tlp(tlp).text(text);
            let entry = happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"audience": audience});
            audited(tx, &ctx, "incident.note", "incident", &incident.code, detail)?;
            Ok(entry)
        })
        .await
}

/// Who reads what is written, and how closed it is: by their words, empty for everyone on the case
/// and the incident's own.
///
/// # Errors
/// Bad words; [`Refusal::NotAllowed`] for an audience that the writer does not belong to.
pub fn readers(
    ctx: &Ctx,
    incident: &Incident,
    depth: Depth,
    audience: &str,
    tlp: &str,
) -> Result<(Audience, Tlp)> {
    let audience = match audience.trim() {
        "" => Audience::Everyone,
        word => word.parse().map_err(|_| FieldError::new("audience", "field-unknown"))?,
    };
    let tlp: Tlp = match tlp.trim() {
        "" => incident.tlp,
        word => word.parse().map_err(|_| FieldError::new("tlp", "field-unknown"))?,
    };
    match audience {
        Audience::Police => Verb::PoliceNote.by(&ctx.actor)?,
        // Nobody writes what they may not read.
        _ if !ctx.sight().reads(audience, depth) => return Err(Refusal::NotAllowed.into()),
        _ => {}
    }
    Ok((audience, tlp))
}

/// Keeps what a text names.
///
/// # Errors
/// The database's.
pub fn keep_indicators(tx: &mut Conn, ctx: &Ctx, incident: &Incident, text: &str) -> Result<()> {
    for (kind, value) in indicators::extract(text) {
        let indicator = Indicator {
            id: Id::new(ctx.now),
            incident_id: incident.id,
            kind,
            value,
            created_at: ctx.now,
        };
        incidents::insert_indicator(tx, &indicator)?;
    }
    Ok(())
}
