//! Duties: deadlines of the regime that hang on no incident. Yearly reports are due at their date
//! whatever happens; a changed contact point has to be filed within its time. Whoever the regime names
//! is warned, and the next level hears of what nobody recorded as done.

use playbooks::{Clock, Role as Wanted, StartEvent, StepClock, YearlyDate};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::incidents::reason;
use super::notices::{self, Notice};
use super::recipients::{Recipient, of_place};
use super::record::audited;
use super::{Ctx, Office, calendars};
use crate::clock::Timestamp;
use crate::domain::ids::{DutyId, Id, OrganisationId};
use crate::domain::person::Actor;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::{Language, Role};
use crate::error::{Error, Result};
use crate::records::{Duty, Organisation, Timer};
use crate::store::{Conn, duties as store, engine, organisations};
use crate::texts::Texts;

/// Kind of the timers of duties.
pub const DUTY: &str = "duty";

/// How many a list shows at most.
const MOST: i64 = 200;

/// What the regime says of a duty.
enum Defined {
    Yearly(&'static YearlyDate),
    Contact(&'static Clock),
}

impl Defined {
    fn of(duty: &Duty) -> Option<Self> {
        let regime = playbooks::regime_named(&duty.regime)?;
        match regime.date(&duty.kind) {
            Some(date) => Some(Self::Yearly(date)),
            None => regime.clock(&duty.kind).map(Self::Contact),
        }
    }

    fn title(&self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Yearly(date), Language::Vi) => &date.title,
            (Self::Yearly(date), Language::En) => &date.title_en,
            (Self::Contact(clock), Language::Vi) => &clock.title,
            (Self::Contact(clock), Language::En) => &clock.title_en,
        }
    }

    const fn tell(&self) -> &'static [Wanted] {
        match self {
            Self::Yearly(date) => date.tell.as_slice(),
            Self::Contact(clock) => clock.tell.as_slice(),
        }
    }

    const fn breach(&self) -> &'static [Wanted] {
        match self {
            Self::Yearly(date) => date.breach.as_slice(),
            Self::Contact(clock) => clock.breach.as_slice(),
        }
    }

    /// The warn points before the end, first to last.
    fn points(&self, tx: &mut Conn, duty: &Duty) -> Result<Vec<Timestamp>> {
        Ok(match self {
            Self::Yearly(date) => {
                date.warn.iter().map(|ahead| duty.due_at - ahead.as_delta()).collect()
            }
            Self::Contact(clock) => {
                let calendar = calendars::when(tx, clock.counted == StepClock::Working)?;
                let (from, due) = (duty.started_at.utc(), duty.due_at.utc());
                let all = playbooks::warn_points(clock, from, due, &calendar);
                all.into_iter().map(|(_, at)| Timestamp::new(at)).collect()
            }
        })
    }
}

/// A contact point changed: the time within which it has to be filed begins, unless one runs for this
/// organisation already.
///
/// # Errors
/// The database's.
pub fn contact_changed(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    organisation: &Organisation,
) -> Result<()> {
    let Some(regime) = playbooks::regime_named(&office.config.province.regime) else {
        return Ok(());
    };
    for clock in regime.clocks.iter().filter(|c| c.start == StartEvent::ContactChangedAt) {
        let calendar = calendars::when(tx, clock.counted == StepClock::Working)?;
        let duty = Duty {
            id: Id::new(ctx.now),
            regime: regime.name.clone(),
            kind: clock.id.clone(),
            subject: organisation.key.clone(),
            organisation_id: Some(organisation.id),
            owner: clock.owner.as_word(),
            source: clock.source.clone(),
            started_at: ctx.now,
            due_at: Timestamp::new(playbooks::due(clock, ctx.now.utc(), &calendar)),
            breached_at: None,
            met_at: None,
            met_by: None,
            note: String::new(),
        };
        if store::insert(tx, &duty)? {
            arm(tx, ctx, &Defined::Contact(clock), &duty)?;
        }
    }
    Ok(())
}

/// Sees to it that the next time of every yearly date of the regime stands in the list, with its
/// timer. Answers how many are new.
///
/// # Errors
/// The database's.
pub fn yearly(tx: &mut Conn, office: &Office, ctx: &Ctx) -> Result<usize> {
    let Some(regime) = playbooks::regime_named(&office.config.province.regime) else {
        return Ok(0);
    };
    let calendar = playbooks::shipped_calendar();
    let mut added = 0;
    for date in &regime.yearly {
        let Some((year, due)) = date.next(ctx.now.utc(), calendar) else { continue };
        let subject = year.to_string();
        if store::exists(tx, &regime.name, &date.id, &subject)? {
            continue;
        }
        let duty = Duty {
            id: Id::new(ctx.now),
            regime: regime.name.clone(),
            kind: date.id.clone(),
            subject,
            organisation_id: None,
            owner: date.owner.as_word(),
            source: date.source.clone(),
            started_at: ctx.now,
            due_at: Timestamp::new(due),
            breached_at: None,
            met_at: None,
            met_by: None,
            note: String::new(),
        };
        if store::insert(tx, &duty)? {
            arm(tx, ctx, &Defined::Yearly(date), &duty)?;
            added += 1;
        }
    }
    Ok(added)
}

/// Arms the one timer of a duty: for the newest point that has passed, else for the next.
fn arm(tx: &mut Conn, ctx: &Ctx, defined: &Defined, duty: &Duty) -> Result<()> {
    let points = defined.points(tx, duty)?;
    let passed = points.iter().rev().find(|at| **at <= ctx.now);
    let at = match passed {
        _ if duty.due_at <= ctx.now => duty.due_at,
        Some(at) => *at,
        None => points.first().copied().unwrap_or(duty.due_at),
    };
    set_timer(tx, ctx, duty, at.max(ctx.now))
}

fn set_timer(tx: &mut Conn, ctx: &Ctx, duty: &Duty, at: Timestamp) -> Result<()> {
    let timer = Timer {
        id: Id::new(ctx.now),
        due_at: at,
        kind: DUTY.to_owned(),
        incident_id: None,
        subject_id: duty.id.cast(),
        key: "due".to_owned(),
    };
    engine::set_timer(tx, &timer)
}

/// A moment of a duty came: whoever is warned hears of it, or, at the end, the next level.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    let mut duty = match store::hold(tx, timer.subject_id.cast()) {
        Err(Error::NotFound(_)) => return Ok(()),
        found => found?,
    };
    let Some(defined) = Defined::of(&duty) else { return Ok(()) };
    // What a regime asks for that counts here no more is nobody's duty.
    let other = duty.regime != office.config.province.regime && duty.organisation_id.is_none();
    if duty.met_at.is_some() || duty.breached_at.is_some() || other {
        return Ok(());
    }
    if duty.due_at <= ctx.now {
        duty.breached_at = Some(ctx.now);
        store::save(tx, &duty)?;
        let detail = json!({"duty": duty.kind, "subject": duty.subject, "due": duty.due_at});
        audited(tx, ctx, "duty.breached", "duty", &duty.id.to_string(), detail)?;
        let people = holders(tx, defined.breach(), duty.organisation_id, ctx.now)?;
        return say(tx, office, ctx, &duty, &defined, &people, "duty_missed", "breach");
    }
    let points = defined.points(tx, &duty)?;
    let next = points.iter().find(|at| **at > ctx.now).copied().unwrap_or(duty.due_at);
    set_timer(tx, ctx, &duty, next)?;
    let Some(newest) = points.iter().rposition(|at| *at <= ctx.now) else { return Ok(()) };
    let people = holders(tx, defined.tell(), duty.organisation_id, ctx.now)?;
    say(tx, office, ctx, &duty, &defined, &people, "duty_due", &format!("warn:{newest}"))
}

/// The people of these roles; the next level where nobody holds one.
fn holders(
    tx: &mut Conn,
    roles: &[Wanted],
    place: Option<OrganisationId>,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let mut all: Vec<Recipient> = Vec::new();
    for role in roles {
        let mut level = Some(role.clone());
        while let Some(wanted) = level {
            let found = of_place(tx, place, &wanted, now)?;
            level = if found.is_empty() { wanted.next_level() } else { None };
            for person in found {
                if !all.iter().any(|other| other.key() == person.key()) {
                    all.push(person);
                }
            }
        }
    }
    Ok(all)
}

#[expect(clippy::too_many_arguments, reason = "what every letter needs, in one private place")]
fn say(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    duty: &Duty,
    defined: &Defined,
    people: &[Recipient],
    purpose: &'static str,
    point: &str,
) -> Result<()> {
    let of = match duty.organisation_id {
        Some(id) => organisations::find(tx, id)?.name,
        None => office.config.province.name.clone(),
    };
    let key = format!("duty:{}:{point}", duty.id);
    notices::tell(tx, office, ctx, people, (purpose, &key), |t: Texts, _| {
        let fact = |key: &str, value: String| notify::Fact { label: t.t(key), value };
        Notice {
            values: vec![
                ("duty", defined.title(t.0).to_owned()),
                ("organisation", of.clone()),
                ("source", duty.source.clone()),
                ("due", duty.due_at.local()),
            ],
            facts: vec![
                fact("fact-organisation", of.clone()),
                fact("fact-due", duty.due_at.local()),
                fact("fact-source", duty.source.clone()),
            ],
            link: ("letter-open-duties", "/thoi-han".to_owned()),
            ..Notice::default()
        }
    })?;
    Ok(())
}

/// A duty as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Duty)]
pub struct DutyView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// Its word in the regime.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// The year, or the organisation's key.
    pub subject: String,
    /// The organisation whose duty it is; none when it is everybody's or the coordinator's.
    pub organisation: Option<String>,
    /// The role that must meet it.
    pub owner: String,
    /// The article it comes from.
    pub source: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it is due.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When it was missed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub breached_at: Option<Timestamp>,
    /// When it was recorded as done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub met_at: Option<Timestamp>,
    /// Who recorded it.
    pub met_by: Option<String>,
    /// With which letter, or how.
    pub note: String,
    /// `running`, `soon`, `overdue`, `met`.
    pub standing: &'static str,
    /// The viewer may say that it is done.
    pub may_meet: bool,
}

/// The duties that a viewer sees.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Duties {
    /// What is open, nearest deadline first.
    pub items: Vec<DutyView>,
    /// What was met last.
    pub met: Vec<DutyView>,
}

/// Whose duties are seen: all of them by the desk and the administrator, those of one's own
/// organisations by its head and IT officer.
fn scope(actor: &Actor) -> std::result::Result<Option<Vec<OrganisationId>>, Refusal> {
    if Verb::ReadDirectory.by(actor).is_ok() {
        return Ok(None);
    }
    let person = actor.with_role(&[Role::UnitHead, Role::ItOfficer])?;
    let mut own = vec![person.organisation];
    own.extend(&person.below);
    Ok(Some(own))
}

/// Whether whoever acts may say that it is done: the desk and the administrator, and the
/// organisation's own people for what is the organisation's.
fn may_meet(actor: &Actor, duty: &Duty) -> bool {
    if duty.met_at.is_some() || Verb::MeetDuty.by(actor).is_err() {
        return false;
    }
    match scope(actor) {
        Ok(None) => true,
        Ok(Some(own)) => duty.organisation_id.is_some_and(|id| own.contains(&id)),
        Err(_) => false,
    }
}

/// The duties that whoever asks may see.
///
/// # Errors
/// [`Refusal::SignInFirst`], [`Refusal::NotAllowed`]; the database's.
pub async fn list(office: &Office, ctx: &Ctx) -> Result<Duties> {
    let ctx = ctx.clone();
    let of = scope(&ctx.actor)?;
    office
        .db
        .read(move |c| {
            let mut items = Vec::new();
            for duty in store::open(c, of.as_deref(), MOST)? {
                items.push(shown(c, &ctx, duty)?);
            }
            let mut met = Vec::new();
            for duty in store::met(c, of.as_deref(), 20)? {
                met.push(shown(c, &ctx, duty)?);
            }
            Ok(Duties { items, met })
        })
        .await
}

fn shown(c: &mut Conn, ctx: &Ctx, duty: Duty) -> Result<DutyView> {
    let organisation = match duty.organisation_id {
        Some(id) => Some(organisations::find(c, id)?.name),
        None => None,
    };
    let defined = Defined::of(&duty);
    let soon = match &defined {
        Some(defined) => defined.points(c, &duty)?.last().is_some_and(|at| *at <= ctx.now),
        None => false,
    };
    let standing = match duty.met_at {
        Some(met) if met > duty.due_at => "overdue",
        Some(_) => "met",
        None if duty.due_at <= ctx.now => "overdue",
        None if soon => "soon",
        None => "running",
    };
    let title = defined.map(|defined| defined.title(ctx.language).to_owned());
    Ok(DutyView {
        may_meet: may_meet(&ctx.actor, &duty),
        id: duty.id,
        title: title.unwrap_or_else(|| duty.kind.clone()),
        kind: duty.kind,
        subject: duty.subject,
        organisation,
        owner: duty.owner,
        source: duty.source,
        started_at: duty.started_at,
        due_at: duty.due_at,
        breached_at: duty.breached_at,
        met_at: duty.met_at,
        met_by: duty.met_by,
        note: duty.note,
        standing,
    })
}

/// What shows that a duty was done.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct MeetDuty {
    /// Number and date of the letter, or how it was done.
    #[serde(default)]
    pub note: String,
}

/// Records a duty as done: it warns and chases no more.
///
/// # Errors
/// [`Error::NotFound`] for what is not seen; [`Refusal::NotAllowed`]; [`Refusal::ClockMet`] the second
/// time; a bad field without a note.
pub async fn meet(office: &Office, ctx: &Ctx, id: DutyId, how: MeetDuty) -> Result<DutyView> {
    let of = scope(&ctx.actor)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut duty = store::hold(tx, id)?;
            let own = match (&of, duty.organisation_id) {
                (None, _) => true,
                (Some(of), Some(id)) => of.contains(&id),
                (Some(_), None) => duty.owner == "unit_head",
            };
            if !own {
                return Err(Error::NotFound("duty"));
            }
            if duty.met_at.is_some() {
                return Err(Refusal::ClockMet.into());
            }
            if !may_meet(&ctx.actor, &duty) {
                return Err(Refusal::NotAllowed.into());
            }
            duty.note = reason("note", &how.note, 3)?;
            duty.met_at = Some(ctx.now);
            duty.met_by = Some(ctx.actor.name());
            store::save(tx, &duty)?;
            engine::cancel_timers(tx, DUTY, duty.id.cast())?;
            let detail = json!({"duty": duty.kind, "subject": duty.subject});
            audited(tx, &ctx, "duty.met", "duty", &duty.id.to_string(), detail)?;
            shown(tx, &ctx, duty)
        })
        .await
}

#[cfg(test)]
mod tests;
