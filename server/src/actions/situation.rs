//! Situation reports: how things stand, what was done, what is needed (Conditions, Actions, Needs);
//! an entry of its own kind in the timeline.

use serde::Deserialize;
use serde_json::json;

use super::incidents::{find_seen, hold_for, written};
use super::notes::{keep_indicators, readers};
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, procedure};
use crate::domain::sight::Verb;
use crate::domain::words::{Audience, Language};
use crate::error::Result;
use crate::records::Entry;
use crate::texts::Texts;

/// The kind of its entries.
pub const SITUATION: &str = "situation";
/// Its parts, in order: the names of the fields.
pub const PARTS: [&str; 3] = ["conditions", "actions", "needs"];

/// A situation report.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct NewSituation {
    /// How things stand.
    #[serde(default)]
    pub conditions: String,
    /// What was done; may be empty.
    #[serde(default)]
    pub actions: String,
    /// What is needed; may be empty.
    #[serde(default)]
    pub needs: String,
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

/// Reports how things stand.
///
/// # Errors
/// Bad fields; not allowed for an audience that the writer does not belong to.
pub async fn report(office: &Office, ctx: &Ctx, name: &str, new: NewSituation) -> Result<Entry> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (_, depth) = find_seen(tx, &ctx, &name)?;
            let incident = hold_for(tx, &ctx, &name, Verb::ReportSituation)?;
            let (audience, tlp) = readers(&ctx, &incident, depth, &new.audience, &new.tlp)?;
            let confirmed = new.secret_confirmed;
            let mut parts = vec![(PARTS[0], written(PARTS[0], &new.conditions, confirmed)?)];
            for (part, words) in [(PARTS[1], &new.actions), (PARTS[2], &new.needs)] {
                if !words.trim().is_empty() {
                    parts.push((part, written(part, words, confirmed)?));
                }
            }
            let text = joined(Texts(Language::Vi), parts.iter().map(|(p, w)| (*p, w.as_str())));
            if audience == Audience::Everyone {
                // What only some may read must not show among the indicators that all see.
                keep_indicators(tx, &ctx, &incident, &text)?;
                procedure::changed(tx, &office_, &ctx, &incident)?;
            }
            let mut entry = Happened::new(SITUATION).to(audience).tlp(tlp).text(text);
            for (part, words) in parts {
                entry = entry.with_data(part, json!(words));
            }
            let entry = happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"audience": audience});
            audited(tx, &ctx, "incident.situation", "incident", &incident.code, detail)?;
            Ok(entry)
        })
        .await
}

/// The parts under their headings, in the reader's language.
pub fn joined<'p>(t: Texts, parts: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let said: Vec<String> = parts
        .map(|(part, words)| format!("{}: {words}", t.t(&format!("situation-{part}"))))
        .collect();
    said.join("\n\n")
}
