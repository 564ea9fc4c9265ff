//! Evidence that goes along with a dispatch: the files of the incident that this partner may have, as
//! they are when it is sent. Each is handed over in its custody log.

use serde_json::json;

use crate::actions::Ctx;
use crate::actions::announce::tlp_allows;
use crate::actions::evidence::custody;
use crate::actions::record::{Happened, audited, happened};
use crate::domain::words::{Audience, Function};
use crate::error::Result;
use crate::records::{Dispatch, Evidence, Incident, Organisation};
use crate::store::{Conn, evidence as store, organisations};

/// Lets the incident's evidence go along: what everyone on the case reads and the TLP allows; for the
/// police also what only they read, and what they hold. What the coordination team keeps to itself
/// and what other partners sent stays. That nothing could go along is on record as well.
pub(super) fn attach(
    tx: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    dispatch: &Dispatch,
    organisation: &Organisation,
) -> Result<()> {
    let police = organisations::holds(tx, organisation.id, Function::Police, ctx.now)?;
    let (goes, stays): (Vec<Evidence>, Vec<Evidence>) =
        store::of_incident(tx, incident.id)?.into_iter().partition(|file| {
            let readable = match file.audience {
                Audience::Everyone => true,
                Audience::Police => police,
                Audience::Coordination => false,
            };
            // What another partner answered was said to the desk.
            let of_others = file.dispatch_id.is_some() && !police;
            readable
                && !of_others
                && (!file.held || police)
                && tlp_allows(Some(organisation.kind), file.tlp)
        });
    for file in &goes {
        store::attach(tx, dispatch.id, file.id, ctx.now)?;
        let words = format!("{}: {}", organisation.name, dispatch.code);
        custody(tx, ctx, file, "handed_over", &words)?;
    }
    let entry = Happened::new("evidence_attached")
        .to(Audience::Coordination)
        .with("dispatch", &dispatch.code)
        .with("organisation", &organisation.short_name)
        .with("count", goes.len())
        .with("kept", stays.len());
    happened(tx, ctx, incident, entry)?;
    let hashes: Vec<&str> = goes.iter().map(|file| file.sha256.as_str()).collect();
    let detail = json!({"files": hashes, "kept_back": stays.len()});
    audited(tx, ctx, "dispatch.attached", "dispatch", &dispatch.code, detail)
}
