//! Triage: what it is, how urgent, which legal class, who may be told; or that it is no incident.

use playbooks::Event;
use serde::Deserialize;
use serde_json::json;

use super::announce::{Cause, tell};
use super::chat::cards;
use super::incidents::{Changes, UNIT, fresh, hold_for, reason, save, taken};
use super::letters::Matter;
use super::record::{Happened, audited, happened};
use super::reports::{index, word};
use super::states::tell_reporters;
use super::{Ctx, Office, clocks, procedure, recut, snoozes};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{LegalClass, State};
use crate::error::{Error, Result};
use crate::records::Incident;
use crate::store::{Conn, organisations};

/// What the desk decides; what is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Triage {
    /// Word of the category.
    pub category: Option<String>,
    /// Word of the priority.
    pub priority: Option<String>,
    /// Word of the TLP.
    pub tlp: Option<String>,
    /// Word of the legal class; `serious` only by who decides it, with the decision's number.
    pub legal_class: Option<String>,
    /// Number of the decision.
    pub legal_decision: Option<String>,
    /// There are signs of crime.
    pub signs_of_crime: Option<bool>,
    /// The unit cannot handle it alone.
    pub beyond_capacity: Option<bool>,
    /// Personal data are concerned.
    pub personal_data: Option<bool>,
    /// A better title.
    pub title: Option<String>,
    /// Key of the system, or own words.
    pub system: Option<String>,
    /// Key of the organisation whose incident it really is.
    pub organisation: Option<String>,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// Decides; the first triage moves a received incident to verifying, says who leads, and
/// acknowledges when nobody has.
///
/// # Errors
/// [`Error::Stale`], [`Refusal::Fields`], [`Refusal::NotAllowed`] for a class that others decide.
pub async fn triage(office: &Office, ctx: &Ctx, name: &str, wanted: Triage) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            // Who decides the class may do this one thing without being a coordinator.
            let full = Verb::Triage.by(&ctx.actor).is_ok();
            let verb = if full || Verb::DecideClass.by(&ctx.actor).is_err() {
                Verb::Triage
            } else {
                Verb::DecideClass
            };
            let mut incident = hold_for(tx, &ctx, &name, verb)?;
            fresh(&incident, wanted.version)?;
            if incident.state.is_over() {
                return Err(
                    Refusal::WrongState { from: incident.state, to: State::Verifying }.into()
                );
            }
            let before = incident.clone();
            let changes = apply(tx, &ctx, &mut incident, &wanted)?;
            if !full
                && changes
                    .fields()
                    .iter()
                    .any(|field| *field != "legal_class" && *field != "legal_decision")
            {
                return Err(Refusal::NotAllowed.into());
            }
            decide(tx, &office_, &ctx, &before, incident, changes, full)
        })
        .await
}

fn decide(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    before: &Incident,
    mut incident: Incident,
    mut changes: Changes,
    full: bool,
) -> Result<Incident> {
    if full && incident.acknowledged_at.is_none() {
        taken(tx, office, ctx, &mut incident)?;
    }
    if full && incident.state == State::Received {
        incident.state = incident.state.go(State::Verifying)?;
        changes.note("state", before.state, incident.state);
    }
    if full && incident.lead_id.is_none() {
        incident.lead_id = ctx.actor.account();
    }
    clocks::fit(tx, ctx, &incident)?;
    save(tx, ctx, &mut incident)?;
    snoozes::raised(tx, ctx, before.priority, &incident)?;
    recut::raised(tx, office, ctx, before.tlp, &incident)?;
    audited(
        tx,
        ctx,
        "incident.triage",
        "incident",
        &incident.code,
        json!({"fields": changes.fields()}),
    )?;
    if before.lead_id != incident.lead_id {
        let entry = Happened::new("lead").with("lead", ctx.actor.name());
        let entry = match ctx.actor.account() {
            Some(account) => entry.with("account", account),
            None => entry,
        };
        happened(tx, ctx, &incident, entry)?;
    }
    if before.state != incident.state {
        let entry = Happened::new("state")
            .also_to_reporter()
            .with("from", before.state)
            .with("to", incident.state);
        happened(tx, ctx, &incident, entry)?;
    }
    if full {
        cards::open_everywhere(tx, ctx, &incident)?;
    }
    let entry = Happened::new("triaged")
        .with("category", incident.category)
        .with("priority", incident.priority)
        .with("legal_class", incident.legal_class)
        .with("tlp", incident.tlp)
        .with_data("changes", changes.into_data());
    happened(tx, ctx, &incident, entry)?;

    let moved = before.organisation_id != incident.organisation_id;
    if moved || before.title != incident.title || before.system_text != incident.system_text {
        let organisation = organisations::find(tx, incident.organisation_id)?;
        index(tx, &incident, &organisation)?;
    }
    if moved {
        // Whose incident it turned out to be hears of it as of a new one.
        let people = procedure::people(tx, &incident, &UNIT, ctx.now)?;
        let cause = Cause::new(format!("incident:{}:moved:{}", incident.id, incident.version));
        tell(tx, office, ctx, &incident, &people, &Matter::about(&incident, "opening"), &cause)?;
    }
    procedure::changed(tx, office, ctx, &incident)?;
    Ok(incident)
}

/// Puts what is wanted into the incident; answers what it changed.
fn apply(tx: &mut Conn, ctx: &Ctx, incident: &mut Incident, wanted: &Triage) -> Result<Changes> {
    let before = incident.clone();
    let mut bad = Vec::new();
    let mut set =
        |field: &'static str, given: &Option<String>, into: &mut dyn FnMut(&str) -> bool| {
            if let Some(given) = given
                && !into(given.trim())
            {
                bad.push(FieldError::new(field, "field-unknown"));
            }
        };
    set("category", &wanted.category, &mut |w| w.parse().map(|w| incident.category = w).is_ok());
    set("priority", &wanted.priority, &mut |w| w.parse().map(|w| incident.priority = w).is_ok());
    set("tlp", &wanted.tlp, &mut |w| w.parse().map(|w| incident.tlp = w).is_ok());
    set("legal_class", &wanted.legal_class, &mut |w| {
        w.parse().map(|w| incident.legal_class = w).is_ok()
    });
    incident.signs_of_crime = wanted.signs_of_crime.unwrap_or(incident.signs_of_crime);
    incident.beyond_capacity = wanted.beyond_capacity.unwrap_or(incident.beyond_capacity);
    incident.personal_data = wanted.personal_data.unwrap_or(incident.personal_data);
    if let Some(title) = wanted.title.as_deref() {
        match text::some_line("title", title, limit::TITLE) {
            Ok(title) => incident.title = title,
            Err(why) => bad.push(why),
        }
    }
    if let Some(decision) = wanted.legal_decision.as_deref() {
        match text::line("legal_decision", decision, limit::NAME) {
            Ok(number) if number.is_empty() => incident.legal_decision = None,
            Ok(number) => incident.legal_decision = Some(number),
            Err(why) => bad.push(why),
        }
    }
    if let Some(key) = wanted.organisation.as_deref().map(str::trim).filter(|key| !key.is_empty()) {
        match organisations::find_by_key(tx, key, ctx.now) {
            Ok(organisation) => incident.organisation_id = organisation.id,
            Err(Error::NotFound(_)) => bad.push(FieldError::new("organisation", "field-unknown")),
            Err(why) => return Err(why),
        }
    }
    if let Some(system) = wanted.system.as_deref() {
        match text::line("system", system, limit::TITLE) {
            Ok(words) if words == incident.system_text => {}
            Ok(words) => {
                let known = organisations::system_by_key(tx, &words)?;
                incident.system_id = known.as_ref().map(|known| known.id);
                incident.system_text = known.map_or(words, |known| known.name);
            }
            Err(why) => bad.push(why),
        }
    }
    let serious = |incident: &Incident| incident.legal_class == LegalClass::Serious;
    if serious(incident) && incident.legal_decision.is_none() {
        bad.push(FieldError::new("legal_decision", "field-decision"));
    }
    if !bad.is_empty() {
        return Err(Refusal::Fields(bad).into());
    }
    if (serious(&before) || serious(incident))
        && (before.legal_class, &before.legal_decision)
            != (incident.legal_class, &incident.legal_decision)
    {
        // Only the competent body decides "serious", either way (QĐ 05/2017/QĐ-TTg Điều 9).
        Verb::DecideClass.by(&ctx.actor)?;
    }
    changed(tx, &before, incident)
}

fn changed(tx: &mut Conn, before: &Incident, after: &Incident) -> Result<Changes> {
    let mut changes = Changes::default();
    let decision = |incident: &Incident| incident.legal_decision.clone().unwrap_or_default();
    changes.note("title", &before.title, &after.title);
    changes.note("category", before.category, after.category);
    changes.note("priority", before.priority, after.priority);
    changes.note("legal_class", before.legal_class, after.legal_class);
    changes.note("legal_decision", decision(before), decision(after));
    changes.note("tlp", before.tlp, after.tlp);
    changes.note("signs_of_crime", before.signs_of_crime, after.signs_of_crime);
    changes.note("beyond_capacity", before.beyond_capacity, after.beyond_capacity);
    changes.note("personal_data", before.personal_data, after.personal_data);
    changes.note("system", &before.system_text, &after.system_text);
    if before.organisation_id != after.organisation_id {
        let was = organisations::find(tx, before.organisation_id)?.name;
        let is = organisations::find(tx, after.organisation_id)?.name;
        changes.note("organisation", was, is);
    }
    Ok(changes)
}

/// Why something is done, and from which version.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct Because {
    /// The reason, in words.
    #[serde(default)]
    pub reason: String,
    /// The version that the edit began from.
    pub version: Option<i32>,
}

/// It is no incident; can be undone by reopening.
///
/// # Errors
/// [`Error::Stale`], [`Refusal::WrongState`], bad fields.
pub async fn reject(office: &Office, ctx: &Ctx, name: &str, because: Because) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Reject)?;
            fresh(&incident, because.version)?;
            let from = incident.state;
            let to = from.go(State::Rejected)?;
            let why = reason("reason", &because.reason, 1)?;
            if incident.acknowledged_at.is_none() {
                taken(tx, &office_, &ctx, &mut incident)?;
            }
            if from == State::Received {
                // TT 20/2017 knows no rejection without verification.
                let entry = Happened::new("state").with("from", from).with("to", State::Verifying);
                happened(tx, &ctx, &incident, entry)?;
            }
            incident.state_before = Some(State::Verifying);
            incident.state = to;
            incident.state_reason = Some(why.clone());
            clocks::stop(tx, &ctx, &incident, None)?;
            save(tx, &ctx, &mut incident)?;
            let mut changes = Changes::default();
            changes.note("state", from, to);
            let entry = Happened::new("rejected")
                .also_to_reporter()
                .text(why)
                .with_data("changes", changes.into_data());
            happened(tx, &ctx, &incident, entry)?;
            audited(tx, &ctx, "incident.reject", "incident", &incident.code, json!({}))?;
            procedure::event(tx, &office_, &ctx, &incident, &Event::Ended)?;

            let people = procedure::people(tx, &incident, &UNIT, ctx.now)?;
            let cause =
                Cause::new(format!("incident:{}:rejected:{}", incident.id, incident.version));
            let matter = Matter::about(&incident, "rejected");
            tell(tx, &office_, &ctx, &incident, &people, &matter, &cause)?;
            tell_reporters(tx, &office_, &ctx, &incident, "rejected", &cause)?;
            Ok(incident)
        })
        .await
}

/// A word of a code list, or nothing when nothing is given.
///
/// # Errors
/// `field-unknown`.
pub fn known<T: std::str::FromStr>(field: &'static str, given: &str) -> Result<Option<T>> {
    let mut bad = Vec::new();
    if given.trim().is_empty() {
        return Ok(None);
    }
    let found = word(field, given, &mut bad);
    if bad.is_empty() { Ok(found) } else { Err(Refusal::Fields(bad).into()) }
}
