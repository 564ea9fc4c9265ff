//! Drills (diễn tập): any playbook started as an exercise, at true or faster speed, its messages real
//! or kept here. A drill is an incident in exercise mode: everything but its clock and its reach is
//! what it would be.

mod report;
#[cfg(test)]
mod tests;

pub use report::{Counts, DrillLine, DrillPage, DrillView, StepLine, letters, list, running, view};

use playbooks::{Event, Playbook, Span};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::closing::{skip_what_is_left, tell_all};
use super::incidents::{hold_for, save, written};
use super::once::{self, Lock};
use super::recipients::Recipient;
use super::record::{Happened, audited, happened};
use super::reports::{Exercise, Received, exercise, word};
use super::shelf::{self, Pinned};
use super::{Ctx, Office, clocks, dispatches, procedure};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, OrganisationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{Audience, Category, DrillChannels, Function, People, Services, State};
use crate::error::{Error, Result};
use crate::records::{Drill, Incident, Organisation};
use crate::store::{Conn, drills, incidents, organisations};
use crate::texts::Texts;

/// The speeds that the form offers; the API takes any from 1 to 600.
pub const SPEEDS: &[i32] = &[1, 2, 5, 10, 30, 60, 120, 300, 600];
const FASTEST: i32 = 600;
/// Most outside organisations of one drill.
const PARTNERS: usize = 20;

/// A drill to start. Words are checked here, so that every door answers alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewDrill {
    /// Name of the playbook.
    pub playbook: String,
    /// Key of the organisation that is hit.
    pub organisation: String,
    /// Key or own words of the system; may be empty.
    pub system: String,
    /// What is played: it stands where a report's description stands.
    pub scenario: String,
    /// What is to be learnt.
    pub goal: String,
    /// How many times faster than the playbook says, 1 to 600; 0 is 1.
    pub speed: i32,
    /// `kept`: messages stay in the local mailbox; `real`: they go out. Empty is `kept`.
    pub channels: String,
    /// Keys of the outside organisations (providers, police, national) that take part; only with
    /// real channels.
    pub partners: Vec<String>,
    /// Word of what works no more; empty is `degraded`.
    pub services: String,
    /// Word of who feels it; empty is `unit`.
    pub people: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    pub secret_confirmed: bool,
}

/// What holds for a drill while it runs.
#[derive(Debug, Clone)]
pub struct Rules {
    drill: Drill,
    partners: Vec<OrganisationId>,
}

/// The rules of an incident that was started as a drill; none for any other.
///
/// # Errors
/// The database's.
pub fn of(c: &mut Conn, incident: &Incident) -> Result<Option<Rules>> {
    if !incident.drill {
        return Ok(None);
    }
    let Some(drill) = drills::find(c, incident.id)? else { return Ok(None) };
    let partners = serde_json::from_str(&drill.partners).map_err(Error::internal)?;
    Ok(Some(Rules { drill, partners }))
}

impl Rules {
    /// Whether nothing leaves at all.
    pub fn keeps_all(&self) -> bool {
        self.drill.channels == DrillChannels::Kept
    }

    /// Whether what is written to this person stays in the local mailbox.
    pub fn keeps(&self, person: &Recipient) -> bool {
        let outside = person.organisation_kind.is_some_and(|kind| kind.is_outside());
        let invited = person.organisation.is_some_and(|id| self.partners.contains(&id));
        self.keeps_all() || (outside && !invited)
    }

    /// Whether a dispatch may go to this organisation.
    pub fn admits(&self, organisation: &Organisation) -> bool {
        let invited = self.partners.contains(&organisation.id);
        !organisation.kind.is_outside() || (invited && self.drill.channels == DrillChannels::Real)
    }
}

/// How fast a case's time runs: a drill's own clock.
#[derive(Debug, Clone, Copy)]
pub struct Pace(i32);

impl Pace {
    /// The pace of this case.
    ///
    /// # Errors
    /// The database's.
    pub fn of(c: &mut Conn, incident: &Incident) -> Result<Self> {
        Ok(Self(of(c, incident)?.map_or(1, |rules| rules.drill.speed.max(1))))
    }

    /// A duration of the playbook, as it is waited for.
    pub fn span(self, span: Span) -> Span {
        let fast = u32::try_from(self.0).unwrap_or(1).max(1);
        Span::seconds((span.as_seconds() / fast).max(u32::from(span.as_seconds() > 0)))
    }

    /// A duration of the wall's clock in the playbook's time.
    pub fn back(self, real: chrono::Duration) -> chrono::Duration {
        real * self.0
    }

    /// A time of the playbook that was counted from `from`.
    pub fn due(self, from: Timestamp, due: Timestamp) -> Timestamp {
        from + (due - from) / self.0
    }
}

/// Who stands in for an organisation that a playbook asks and that takes no part: the coordinating
/// body plays it. Answers whom to ask, and the name of who is played; nothing when nobody holds that
/// function.
///
/// # Errors
/// The database's.
pub fn stand_in(
    tx: &mut Conn,
    incident: &Incident,
    asked: Organisation,
    now: Timestamp,
) -> Result<Option<(Organisation, Option<String>)>> {
    match of(tx, incident)? {
        Some(rules) if !rules.admits(&asked) => {
            let desk = organisations::holders(tx, Function::ProvincialCoordinator, now)?;
            Ok(desk.into_iter().next().map(|desk| (desk, Some(asked.name))))
        }
        _ => Ok(Some((asked, None))),
    }
}

/// Checks that a dispatch of the desk may go there.
///
/// # Errors
/// `field-drill-partner` for an outside organisation that takes no part.
pub fn may_ask(tx: &mut Conn, incident: &Incident, to: &Organisation) -> Result<()> {
    match of(tx, incident)? {
        Some(rules) if !rules.admits(to) => {
            Err(FieldError::new("to", "field-drill-partner").into())
        }
        _ => Ok(()),
    }
}

/// What the form chooses from.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Choices {
    /// Names and titles of the playbooks.
    pub playbooks: Vec<Choice>,
    /// Outside organisations that can take part.
    pub partners: Vec<Choice>,
    /// Organisations that can be hit.
    pub organisations: Vec<Choice>,
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Choice {
    /// Its word or key.
    pub key: String,
    /// What people read.
    pub name: String,
}

/// What there is to choose for a new drill.
///
/// # Errors
/// [`Refusal::NotAllowed`]; the database's.
pub async fn choices(office: &Office, ctx: &Ctx) -> Result<Choices> {
    Verb::Drill.by(&ctx.actor)?;
    let (office_, now, t) = (office.clone(), ctx.now, Texts(ctx.language));
    office
        .db
        .read(move |c| {
            let mut partners = Vec::new();
            let mut units = Vec::new();
            for one in organisations::in_force(c, now, 5_000)? {
                let choice = Choice { key: one.key.clone(), name: one.name.clone() };
                if one.kind.is_outside() { &mut partners } else { &mut units }.push(choice);
            }
            let choice = |pinned: &Pinned| Choice {
                key: pinned.playbook.name.clone(),
                name: title(t, &pinned.playbook),
            };
            let mut playbooks: Vec<Choice> =
                shelf::active(c, &office_)?.pins().iter().map(choice).collect();
            playbooks.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(Choices { playbooks, partners, organisations: units })
        })
        .await
}

/// A playbook's title in the reader's language.
fn title(t: Texts, book: &Playbook) -> String {
    use crate::domain::words::Language;
    match (&book.title_en, t.0) {
        (Some(english), Language::En) => english.clone(),
        _ => book.title.clone(),
    }
}

/// Starts a drill. `key` makes a repeated submission one drill.
///
/// # Errors
/// [`Refusal::NotAllowed`]; bad fields; the database's.
pub async fn start(
    office: &Office,
    ctx: &Ctx,
    wanted: NewDrill,
    key: Option<String>,
) -> Result<Received> {
    Verb::Drill.by(&ctx.actor)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let scope = format!("drill:{}", ctx.actor.person()?.id);
            let fingerprint = serde_json::to_vec(&wanted).map_err(Error::internal)?;
            let lock = key.as_deref().map(|key| Lock::new(key, &fingerprint)).transpose()?;
            if let Some(lock) = &lock
                && let Some(received) = once::begin(tx, &scope, lock, ctx.now)?
            {
                return Ok(received);
            }
            let checked = check(tx, &office_, &ctx, &wanted)?;
            let received = exercise(tx, &office_, &ctx, &checked)?;
            let incident = incidents::find(tx, received.incident)?;
            let entry = Happened::new("drill_started")
                .with("playbook", &checked.drill.playbook)
                .with("speed", checked.drill.speed)
                .text(checked.drill.goal.clone());
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({
                "playbook": checked.drill.playbook, "speed": checked.drill.speed,
                "channels": checked.drill.channels, "partners": wanted.partners,
            });
            audited(tx, &ctx, "drill.start", "incident", &incident.code, detail)?;
            if let Some(lock) = &lock {
                once::finish(tx, &scope, lock, &received)?;
            }
            Ok(received)
        })
        .await
}

fn check(tx: &mut Conn, office: &Office, ctx: &Ctx, wanted: &NewDrill) -> Result<Exercise> {
    let mut bad: Vec<FieldError> = Vec::new();
    // As it is in force: a province exercises what it will follow.
    let active = shelf::active(tx, office)?;
    let pinned = active.named(wanted.playbook.trim());
    if pinned.is_none() {
        bad.push(FieldError::new("playbook", "field-choose"));
    }
    let mut keep = |outcome: Result<String>| match outcome {
        Ok(words) => Ok(words),
        Err(Error::Refused(Refusal::Fields(more))) => {
            bad.extend(more);
            Ok(String::new())
        }
        Err(why) => Err(why),
    };
    let scenario = keep(written("scenario", &wanted.scenario, wanted.secret_confirmed))?;
    let goal = keep(text::block("goal", &wanted.goal, 2_000).map_err(Error::from))?;
    let system = keep(text::line("system", &wanted.system, limit::TITLE).map_err(Error::from))?;
    let speed = if wanted.speed == 0 { 1 } else { wanted.speed };
    if !(1..=FASTEST).contains(&speed) {
        bad.push(FieldError::with("speed", "field-drill-speed", FASTEST));
    }
    let or = |text: &str, usual: &str| {
        if text.trim().is_empty() { usual.to_owned() } else { text.trim().to_owned() }
    };
    let channels: Option<DrillChannels> = word("channels", &or(&wanted.channels, "kept"), &mut bad);
    let services: Option<Services> = word("services", &or(&wanted.services, "degraded"), &mut bad);
    let people: Option<People> = word("people", &or(&wanted.people, "unit"), &mut bad);
    let organisation = unit(tx, ctx, "organisation", &wanted.organisation, &mut bad)?;
    let mut partners: Vec<OrganisationId> = Vec::new();
    if wanted.partners.len() > PARTNERS {
        bad.push(FieldError::with("partners", "field-drill-partners", PARTNERS));
    }
    for key in wanted.partners.iter().take(PARTNERS) {
        if let Some(partner) = unit(tx, ctx, "partners", key, &mut bad)?
            && !partners.contains(&partner.id)
        {
            partners.push(partner.id);
        }
    }
    if !partners.is_empty() && channels == Some(DrillChannels::Kept) {
        bad.push(FieldError::new("partners", "field-drill-kept"));
    }
    match (pinned, channels, services, people, organisation) {
        (Some(pinned), Some(channels), Some(services), Some(people), Some(organisation))
            if bad.is_empty() =>
        {
            let book = &pinned.playbook;
            let known = match system.as_str() {
                "" => None,
                key => organisations::system_by_key(tx, key)?,
            };
            let category: Category = book
                .category
                .as_deref()
                .and_then(|word| word.parse().ok())
                .unwrap_or(Category::Other);
            let of = format!("{}: {}", book.title, organisation.short_name);
            let drill = Drill {
                incident_id: Id::new(ctx.now),
                playbook: book.name.clone(),
                speed,
                channels,
                partners: serde_json::to_string(&partners).map_err(Error::internal)?,
                goal,
                started_by: ctx.actor.account(),
                started_at: ctx.now,
                ended_by: None,
                ended_at: None,
                ending: String::new(),
            };
            Ok(Exercise {
                title: text::shortened(&of, limit::TITLE - 1),
                playbook: pinned.clone(),
                drill,
                organisation,
                system_text: known.as_ref().map_or(system, |known| known.name.clone()),
                system: known,
                category,
                description: scenario,
                services,
                people,
            })
        }
        _ => Err(Refusal::Fields(bad).into()),
    }
}

fn unit(
    tx: &mut Conn,
    ctx: &Ctx,
    field: &'static str,
    key: &str,
    bad: &mut Vec<FieldError>,
) -> Result<Option<Organisation>> {
    match organisations::find_by_key(tx, key.trim(), ctx.now) {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound(_)) => {
            let key = if key.trim().is_empty() { "field-choose" } else { "field-unknown" };
            bad.push(FieldError::new(field, key));
            Ok(None)
        }
        Err(why) => Err(why),
    }
}

/// Ends a drill, wherever it stands: what waits is cancelled, open dispatches are withdrawn, and
/// everybody who was told hears that it is over.
///
/// # Errors
/// [`Error::NotFound`] for what is no drill; [`Refusal::NotAllowed`]; [`Refusal::WrongState`] when it
/// is over; bad fields.
pub async fn end(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    ending: String,
    secret_confirmed: bool,
) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let mut incident = hold_for(tx, &ctx, &name, Verb::Drill)?;
            let found = drills::find(tx, incident.id)?;
            let mut drill = found.ok_or(Error::NotFound("drill"))?;
            let from = incident.state;
            if drill.ended_at.is_some() || from.is_over() {
                return Err(Refusal::WrongState { from, to: State::Closed }.into());
            }
            let words = match ending.trim() {
                "" => String::new(),
                words => written("ending", words, secret_confirmed)?,
            };
            drill.ended_at = Some(ctx.now);
            drill.ended_by = ctx.actor.account();
            drill.ending.clone_from(&words);
            drills::save(tx, &drill)?;
            // An exercise is over when its leader says so, not when the case could be closed.
            incident.state_before = Some(from);
            incident.state = State::Closed;
            incident.state_reason = None;
            incident.response_ended_at = Some(ctx.now);
            incident.closed_at = Some(ctx.now);
            incident.closed_by = ctx.actor.account();
            incident.still_happening = false;
            procedure::event(tx, &office_, &ctx, &incident, &Event::Ended)?;
            skip_what_is_left(tx, &ctx, &incident)?;
            let reason = Texts(crate::domain::words::Language::Vi).t("drill-withdrawn");
            dispatches::withdraw_all(tx, &office_, &ctx, &mut incident, &reason)?;
            clocks::stop(tx, &ctx, &incident, None)?;
            save(tx, &ctx, &mut incident)?;
            happened(
                tx,
                &ctx,
                &incident,
                Happened::new("drill_ended").to(Audience::Everyone).text(words),
            )?;
            audited(tx, &ctx, "drill.end", "incident", &incident.code, json!({"from": from}))?;
            tell_all(tx, &office_, &ctx, &incident, ctx.now)?;
            Ok(incident)
        })
        .await
}
