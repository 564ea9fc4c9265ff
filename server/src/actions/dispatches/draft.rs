//! What the desk's form proposes before a dispatch is sent: recipients, legal ground, times.

use super::proposed;
use crate::actions::incidents::find_seen;
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::dispatch::proposed_ground;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{DispatchKind, Function, Tlp};
use crate::error::{Error, Result};
use crate::store::{directory, organisations};

/// One organisation to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// What the form begins with.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The incident's code.
    pub incident: String,
    /// Its title.
    pub title: String,
    /// Its TLP.
    pub tlp: Tlp,
    /// Its version.
    pub version: i32,
    /// The providers of the incident's system, and the police: asked most often.
    pub near: Vec<Choice>,
    /// Every organisation in force.
    pub all: Vec<Choice>,
    /// The legal ground for the recipient that is chosen.
    pub ground: &'static str,
    /// When it is to be accepted.
    pub accept_by: Timestamp,
    /// When the result is due.
    pub result_by: Option<Timestamp>,
}

/// How many organisations the picker offers; a province has some three hundred.
const MOST: i64 = 2_000;

/// The form for an incident; `to` is the key of the recipient that is chosen already, or empty.
///
/// # Errors
/// [`Error::NotFound`] for an incident that is not seen; a refusal for whoever sends no dispatches.
pub async fn draft(office: &Office, ctx: &Ctx, incident: &str, to: &str) -> Result<Draft> {
    let (ctx, name, to) = (ctx.clone(), incident.to_owned(), to.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, depth) = find_seen(c, &ctx, &name)?;
            if depth == Depth::Reporter {
                return Err(Error::NotFound("incident"));
            }
            Verb::Dispatch.by(&ctx.actor)?;
            let mut near = match incident.system_id {
                Some(system) => organisations::providers(c, system)?,
                None => Vec::new(),
            };
            near.extend(organisations::holders(c, Function::Police, ctx.now)?);
            let mut functions = Vec::new();
            for function in [Function::Police, Function::TelecomProvider] {
                let holders = organisations::holders(c, function, ctx.now)?;
                if holders.iter().any(|holder| holder.key == to) {
                    functions.push(function);
                }
            }
            let choice = |organisation: crate::records::Organisation| Choice {
                key: organisation.key,
                name: organisation.name,
            };
            let all = directory::after(c, "", None, Some(ctx.now), MOST)?;
            let (accept_by, result_by) =
                proposed(&incident, DispatchKind::Handle, None, None, ctx.now);
            Ok(Draft {
                incident: incident.code,
                title: incident.title,
                tlp: incident.tlp,
                version: incident.version,
                near: near.into_iter().map(choice).collect(),
                all: all.into_iter().map(choice).collect(),
                ground: proposed_ground(&functions),
                accept_by,
                result_by,
            })
        })
        .await
}
