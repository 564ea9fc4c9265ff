//! Receiving a report: kept, told, timed and proved in one transaction (Điều 12.2.b).

use chrono::Duration;
use playbooks::Role as Wanted;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::{Cause, Told, tell};
use super::letters::Matter;
use super::once::{self, Lock};
use super::record::{Happened, audited, happened};
use super::shelf::Pinned;
use super::{Ctx, Office, clocks, evidence, procedure, recipients, shelf, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::{Id, IncidentCode, IncidentId, OrganisationId};
use crate::domain::incident::queue_rank;
use crate::domain::indicators;
use crate::domain::person::{Actor, Scope};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{
    Category, EvidenceSource, Language, LegalClass, People, Priority, Services, Source, State, Tlp,
};
use crate::error::{Error, Result};
use crate::records::{Drill, Incident, Indicator, Organisation, Report, System};
use crate::store::{
    Conn, drills, engine, idempotency, incidents, numbering, organisations, search,
};

/// What a reporter says. Words are checked here, so that every door answers alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct NewReport {
    /// Word of the category.
    pub category: String,
    /// What the person sees, in own words.
    pub description: String,
    /// When it was noticed: RFC 3339, or the province's local time.
    pub detected_at: String,
    /// When it began, if known.
    #[serde(default)]
    pub occurred_at: String,
    /// Whether it is still going on.
    pub still_happening: bool,
    /// Key or own words of the system.
    #[serde(default)]
    pub system: String,
    /// Key of the organisation; empty: the reporter's own.
    #[serde(default)]
    pub organisation: String,
    /// Word of what works no more.
    pub services: String,
    /// Word of who feels it.
    pub people: String,
    /// How to reach the reporter.
    #[serde(default)]
    pub contact_name: String,
    /// Telephone.
    #[serde(default)]
    pub contact_phone: String,
    /// Mail.
    #[serde(default)]
    pub contact_email: String,
    /// `no`, or `maybe`: then nothing is kept (Điều 3.2, 5.1.d).
    pub secret: String,
    /// A word of secrecy stands alone in the text and the reporter confirmed that it is no secret.
    #[serde(default)]
    pub secret_confirmed: bool,
    /// The code of an open incident that this is about ("is it one of these?").
    #[serde(default)]
    pub same_as: String,
    /// How it came in; empty is `web`.
    #[serde(default)]
    pub source: String,
    /// An exercise: marked everywhere.
    #[serde(default)]
    pub drill: bool,
}

/// What the reporter learns at once.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Received {
    /// `SC-2026-000123`.
    pub code: String,
    /// The incident.
    pub incident: IncidentId,
    /// Secret of the tracking link; the path is `/theo-doi/TOKEN`.
    pub tracking: String,
    /// What to do now, step by step.
    pub first_aid: Vec<String>,
    /// Who is being told.
    pub told: Vec<Told>,
    /// It was added to an incident that was there.
    pub added: bool,
}

/// A report whose words are checked.
#[derive(Debug, Clone)]
struct Checked {
    organisation: Organisation,
    system: Option<System>,
    system_text: String,
    category: Category,
    description: String,
    detected_at: Timestamp,
    occurred_at: Option<Timestamp>,
    still_happening: bool,
    services: Services,
    people: People,
    contact: (String, String, String),
    source: Source,
    same_as: Option<IncidentCode>,
    drill: bool,
}

/// A drill that is about to start: what stands where a report's checked words stand.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// The drill's row; its incident is known later.
    pub drill: Drill,
    /// The playbook.
    pub playbook: Pinned,
    /// The incident's title.
    pub title: String,
    /// Who is hit.
    pub organisation: Organisation,
    /// The system, if it is a known one.
    pub system: Option<System>,
    /// The system in words.
    pub system_text: String,
    /// The category that the playbook is for.
    pub category: Category,
    /// What is played.
    pub description: String,
    /// What works no more.
    pub services: Services,
    /// Who feels it.
    pub people: People,
}

/// Opens the incident of a drill; whoever starts it stands as its reporter.
///
/// # Errors
/// The database's.
pub fn exercise(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    exercise: &Exercise,
) -> Result<Received> {
    let report = Checked {
        organisation: exercise.organisation.clone(),
        system: exercise.system.clone(),
        system_text: exercise.system_text.clone(),
        category: exercise.category,
        description: exercise.description.clone(),
        detected_at: ctx.now,
        occurred_at: None,
        still_happening: true,
        services: exercise.services,
        people: exercise.people,
        contact: (String::new(), String::new(), String::new()),
        source: Source::Web,
        same_as: None,
        drill: true,
    };
    open(tx, office, ctx, &report, &[], Some(exercise))
}

/// Receives a report. `key` makes a repeated submission one report; `through` is the organisation
/// whose public link was used.
///
/// # Errors
/// [`Refusal::StateSecret`] when it may contain state secrets (nothing is stored);
/// [`Refusal::Fields`] for what is missing or wrong; the database's.
pub async fn receive(
    office: &Office,
    ctx: &Ctx,
    report: NewReport,
    files: Vec<evidence::Staged>,
    through: Option<String>,
    key: Option<String>,
) -> Result<Received> {
    if matches!(ctx.actor, Actor::Person(_)) && !ctx.actor.person()?.may(Scope::Report) {
        return Err(Refusal::NotAllowed.into());
    }
    may_be_kept(&report)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let scope = scope(&ctx);
            let fingerprint = serde_json::to_vec(&report).map_err(Error::internal)?;
            let lock = key.as_deref().map(|key| Lock::new(key, &fingerprint)).transpose()?;
            if let Some(lock) = &lock
                && let Some(received) = once::begin(tx, &scope, lock, ctx.now)?
            {
                return Ok(received);
            }
            let checked = check(tx, &ctx, &report, through.as_deref())?;
            let received = match checked.same_as {
                Some(code) => add_to(tx, &office_, &ctx, &checked, code, &files)?,
                None => open(tx, &office_, &ctx, &checked, &files, None)?,
            };
            if let Some(lock) = &lock {
                once::finish(tx, &scope, lock, &received)?;
            }
            Ok(received)
        })
        .await
}

/// Whose keys these are: an account's own, or everybody's without one.
fn scope(ctx: &Ctx) -> String {
    match ctx.actor.account() {
        Some(account) => format!("report:{account}"),
        None => "report".to_owned(),
    }
}

/// Whether the form with this nonce was received already: a repeat is answered as before and is
/// not asked whether it is its own twin.
///
/// # Errors
/// The database's.
pub async fn sent_before(office: &Office, ctx: &Ctx, key: &str) -> Result<bool> {
    let (scope, key) = (scope(ctx), once::name(key)?);
    office.db.read(move |c| idempotency::known(c, &scope, &key)).await
}

/// Looks a report over without keeping anything: whose it would be, and of what kind. For the step
/// "is it one of these?" before it is sent.
///
/// # Errors
/// Those of [`receive`].
pub async fn look_over(
    office: &Office,
    ctx: &Ctx,
    report: &NewReport,
    through: Option<&str>,
) -> Result<(OrganisationId, Category)> {
    may_be_kept(report)?;
    let (ctx, report, through) = (ctx.clone(), report.clone(), through.map(str::to_owned));
    office
        .db
        .read(move |c| {
            let checked = check(c, &ctx, &report, through.as_deref())?;
            Ok((checked.organisation.id, checked.category))
        })
        .await
}

/// The state-secret question comes before everything else.
fn may_be_kept(report: &NewReport) -> Result<()> {
    match report.secret.as_str() {
        // No answer is a bad field among others; nothing is kept then either.
        "no" | "" => Ok(()),
        _ => Err(Refusal::StateSecret.into()),
    }
}

fn check(tx: &mut Conn, ctx: &Ctx, report: &NewReport, through: Option<&str>) -> Result<Checked> {
    let mut bad: Vec<FieldError> = Vec::new();
    if report.secret.is_empty() {
        bad.push(FieldError::new("secret", "field-secret"));
    }
    let mut keep = |outcome: Result<String, FieldError>| {
        outcome.unwrap_or_else(|why| {
            bad.push(why);
            String::new()
        })
    };
    let description = keep(text::some_block("description", &report.description, limit::TEXT));
    let system = keep(text::line("system", &report.system, limit::TITLE));
    let name = keep(text::line("contact_name", &report.contact_name, limit::NAME));
    let phone = keep(text::line("contact_phone", &report.contact_phone, 40));
    let email = if report.contact_email.trim().is_empty() {
        String::new()
    } else {
        keep(text::email("contact_email", &report.contact_email))
    };
    let category = word("category", &report.category, &mut bad);
    let services = word("services", &report.services, &mut bad);
    let people = word("people", &report.people, &mut bad);
    let source = if report.source.is_empty() {
        Some(if matches!(&ctx.actor, Actor::Person(person) if person.scopes.is_some()) {
            Source::Api
        } else {
            Source::Web
        })
    } else {
        word("source", &report.source, &mut bad)
    };
    // Only the desk registers what came by telephone, letter or warning, and calls a drill.
    if (!matches!(source, Some(Source::Web | Source::Api)) || report.drill) && bad.is_empty() {
        Verb::Register.by(&ctx.actor)?;
    }
    let detected_at = when("detected_at", &report.detected_at, ctx.now, &mut bad);
    if report.detected_at.trim().is_empty() {
        bad.push(FieldError::new("detected_at", "field-empty"));
    }
    let occurred_at = when("occurred_at", &report.occurred_at, ctx.now, &mut bad);
    if !report.secret_confirmed && crate::domain::secrecy::marked(&description).is_some() {
        bad.push(FieldError::new("secret_confirmed", "field-secret-word"));
    }
    let same_as = match report.same_as.trim() {
        "" => None,
        code => code.parse().map_or_else(
            |_| {
                bad.push(FieldError::new("same_as", "field-unknown"));
                None
            },
            Some,
        ),
    };
    let organisation = organisation(tx, ctx, report, through, &mut bad)?;
    let known = match (&organisation, system.as_str()) {
        (Some(_), "") | (None, _) => None,
        (Some(_), key) => organisations::system_by_key(tx, key)?,
    };
    match (organisation, category, services, people, source, detected_at) {
        (
            Some(organisation),
            Some(category),
            Some(services),
            Some(people),
            Some(source),
            Some(detected_at),
        ) if bad.is_empty() => Ok(Checked {
            organisation,
            system_text: known.as_ref().map_or(system, |known| known.name.clone()),
            system: known,
            category,
            description,
            detected_at,
            occurred_at,
            still_happening: report.still_happening,
            services,
            people,
            contact: (name, phone, email),
            source,
            same_as,
            drill: report.drill,
        }),
        _ => Err(Refusal::Fields(bad).into()),
    }
}

/// A word of a code list.
pub fn word<T: std::str::FromStr>(
    field: &'static str,
    text: &str,
    bad: &mut Vec<FieldError>,
) -> Option<T> {
    let parsed = text.trim().parse().ok();
    if parsed.is_none() {
        let key = if text.trim().is_empty() { "field-choose" } else { "field-unknown" };
        bad.push(FieldError::new(field, key));
    }
    parsed
}

/// A time that is not in the future (five minutes of a wrong clock are forgiven).
fn when(
    field: &'static str,
    text: &str,
    now: Timestamp,
    bad: &mut Vec<FieldError>,
) -> Option<Timestamp> {
    if text.trim().is_empty() {
        return None;
    }
    match Timestamp::parse(text) {
        None => bad.push(FieldError::new(field, "field-time")),
        Some(at) if at > now + Duration::minutes(5) => {
            bad.push(FieldError::new(field, "field-future"));
        }
        Some(at) if at < now - Duration::days(3650) => {
            bad.push(FieldError::new(field, "field-too-old"));
        }
        Some(at) => return Some(at.min(now)),
    }
    None
}

/// Whose incident it is: the link's organisation, the named one, or the reporter's own.
fn organisation(
    tx: &mut Conn,
    ctx: &Ctx,
    report: &NewReport,
    through: Option<&str>,
    bad: &mut Vec<FieldError>,
) -> Result<Option<Organisation>> {
    let asked = report.organisation.trim();
    let own = match &ctx.actor {
        Actor::Person(person) => Some(person.organisation_key.clone()),
        _ => None,
    };
    let key = match (through, own) {
        (Some(link), _) if asked.is_empty() || asked == link => link.to_owned(),
        (None, Some(own)) if asked.is_empty() || asked == own => own,
        (None, Some(_)) => {
            // For another organisation only the desk registers; others get the same answer as for
            // a key that does not exist.
            if Verb::Register.by(&ctx.actor).is_err() {
                bad.push(FieldError::new("organisation", "field-unknown"));
                return Ok(None);
            }
            asked.to_owned()
        }
        (None, None) if !asked.is_empty() => asked.to_owned(),
        _ => {
            bad.push(FieldError::new("organisation", "field-choose"));
            return Ok(None);
        }
    };
    match organisations::find_by_key(tx, &key, ctx.now) {
        Ok(organisation) => Ok(Some(organisation)),
        Err(Error::NotFound(_)) => {
            bad.push(FieldError::new("organisation", "field-unknown"));
            Ok(None)
        }
        Err(why) => Err(why),
    }
}

fn open(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    report: &Checked,
    files: &[evidence::Staged],
    exercise: Option<&Exercise>,
) -> Result<Received> {
    let number = numbering::next(tx, "incident")?;
    let code = IncidentCode { year: ctx.now.local_year(), number };
    let t = crate::texts::Texts(Language::Vi);
    let place = if report.system_text.is_empty() {
        &report.organisation.short_name
    } else {
        &report.system_text
    };
    let title = exercise.map(|exercise| exercise.title.clone());
    let title = title.unwrap_or_else(|| {
        text::shortened(
            &format!("{}: {place}", t.t(&format!("category-{}", report.category))),
            limit::TITLE - 1,
        )
    });
    let proposed = Priority::proposed(
        report.services,
        report.people,
        report.system.as_ref().and_then(|system| system.level),
    );
    let incident = Incident {
        id: Id::new(ctx.now),
        code: code.to_string(),
        number,
        title,
        description: report.description.clone(),
        category: report.category,
        priority: proposed,
        proposed_priority: proposed,
        legal_class: LegalClass::Unclassified,
        legal_decision: None,
        tlp: Tlp::Amber,
        state: State::Received,
        state_reason: None,
        state_before: None,
        organisation_id: report.organisation.id,
        system_id: report.system.as_ref().map(|system| system.id),
        system_text: report.system_text.clone(),
        parent_id: None,
        merged_into_id: None,
        regime: office.config.province.regime.clone(),
        signs_of_crime: false,
        beyond_capacity: false,
        personal_data: false,
        drill: report.drill,
        services: report.services,
        people: report.people,
        still_happening: report.still_happening,
        occurred_at: report.occurred_at,
        detected_at: report.detected_at,
        reported_at: ctx.now,
        received_at: ctx.now,
        acknowledged_at: None,
        acknowledged_by: None,
        lead_id: None,
        spokesperson: None,
        response_ended_at: None,
        closed_at: None,
        closed_by: None,
        queue_rank: queue_rank(State::Received, false, false),
        priority_rank: proposed.rank(),
        next_due_at: None,
        updated_at: ctx.now,
        version: 1,
    };
    incidents::insert(tx, &incident)?;
    if let Some(exercise) = exercise {
        drills::insert(tx, &Drill { incident_id: incident.id, ..exercise.drill.clone() })?;
    }
    keep_indicators(tx, ctx, incident.id, &report.description)?;
    let book = match exercise {
        Some(exercise) => exercise.playbook.clone(),
        None => procedure::chosen(tx, office, &incident)?,
    };
    let advice = |language| shelf::first_aid(&book.playbook, language);
    let tracking = keep_report(tx, office, ctx, report, &incident, files, &advice)?;
    let entry = Happened::new("received")
        .also_to_reporter()
        .with("source", report.source)
        .with("organisation", &report.organisation.short_name);
    happened(tx, ctx, &incident, entry)?;
    audited(
        tx,
        ctx,
        "report.received",
        "incident",
        &incident.code,
        json!({"source": report.source}),
    )?;
    index(tx, &incident, &report.organisation)?;
    clocks::start(tx, ctx, &incident)?;

    let unit = procedure::people(tx, &incident, &[Wanted::UnitHead, Wanted::ItOfficer], ctx.now)?;
    let mut opening = Matter::about(&incident, "opening");
    opening.steps = advice(Language::Vi);
    let cause = Cause::new(format!("incident:{}:opening", incident.id));
    let mut told = tell(tx, office, ctx, &incident, &unit, &opening, &cause)?;
    told.extend(procedure::run(tx, office, ctx, &incident, &book)?);

    let mut incident = incident;
    clocks::refresh(tx, &mut incident, ctx.now)?;
    incidents::save_due(tx, &incident)?;
    Ok(Received {
        code: incident.code,
        incident: incident.id,
        tracking,
        first_aid: advice(ctx.language),
        told,
        added: false,
    })
}

fn add_to(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    report: &Checked,
    code: IncidentCode,
    files: &[evidence::Staged],
) -> Result<Received> {
    let incident = incidents::find_by_number(tx, code.number)?;
    if incident.organisation_id != report.organisation.id || incident.state.is_over() {
        return Err(FieldError::new("same_as", "field-unknown").into());
    }
    let incident = incidents::hold(tx, incident.id)?;
    let book = match engine::first_run(tx, incident.id)? {
        Some(run) => shelf::of_run(tx, &run)?,
        None => procedure::chosen(tx, office, &incident)?.playbook,
    };
    let advice = |language| shelf::first_aid(&book, language);
    let tracking = keep_report(tx, office, ctx, report, &incident, files, &advice)?;
    let entry = Happened::new("report_added").also_to_reporter().with("source", report.source);
    happened(tx, ctx, &incident, entry)?;
    audited(tx, ctx, "report.added", "incident", &incident.code, json!({"source": report.source}))?;
    keep_indicators(tx, ctx, incident.id, &report.description)?;
    procedure::changed(tx, office, ctx, &incident)?;
    Ok(Received {
        code: incident.code,
        incident: incident.id,
        tracking,
        first_aid: advice(ctx.language),
        told: Vec::new(),
        added: true,
    })
}

/// Keeps what the words name: addresses, domains, hashes.
fn keep_indicators(tx: &mut Conn, ctx: &Ctx, incident: IncidentId, words: &str) -> Result<()> {
    for (kind, value) in indicators::extract(words) {
        let indicator = Indicator {
            id: Id::new(ctx.now),
            incident_id: incident,
            kind,
            value,
            created_at: ctx.now,
        };
        incidents::insert_indicator(tx, &indicator)?;
    }
    Ok(())
}

/// Keeps what came in with its files, and sends the receipt; answers the tracking secret.
fn keep_report(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    report: &Checked,
    incident: &Incident,
    files: &[evidence::Staged],
    advice: &dyn Fn(Language) -> Vec<String>,
) -> Result<String> {
    let tracking = tokens::fresh()?;
    let by_desk = !matches!(report.source, Source::Web | Source::Api);
    let account = ctx.actor.account();
    let row = Report {
        id: Id::new(ctx.now),
        incident_id: incident.id,
        source: report.source,
        organisation_id: report.organisation.id,
        account_id: if by_desk { None } else { account },
        registered_by: if by_desk { account } else { None },
        contact_name: report.contact.0.clone(),
        contact_phone: report.contact.1.clone(),
        contact_email: report.contact.2.clone(),
        category: report.category,
        description: report.description.clone(),
        system_text: report.system_text.clone(),
        services: report.services,
        people: report.people,
        still_happening: report.still_happening,
        detected_at: report.detected_at,
        received_at: ctx.now,
        tracking_hash: tokens::hash(&tracking),
        tracking_expires_at: ctx.now + Duration::days(office.config.security.tracking_days),
    };
    incidents::insert_report(tx, &row)?;
    for file in files {
        let origin = evidence::Origin {
            report: Some(row.id),
            ..evidence::Origin::new(EvidenceSource::Report)
        };
        evidence::keep_staged(tx, office, ctx, incident, file, origin)?;
    }
    receipt(tx, office, ctx, incident, &row, (&tracking, advice))?;
    Ok(tracking)
}

/// The receipt to whoever left an address: the code, what to do now, the tracking link.
fn receipt(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    report: &Report,
    (tracking, advice): (&str, &dyn Fn(Language) -> Vec<String>),
) -> Result<()> {
    let Some(person) = recipients::of_report(tx, report)? else { return Ok(()) };
    let mut matter = Matter::about(incident, "receipt");
    matter.to_reporter = true;
    matter.steps = advice(person.language);
    matter.link = ("letter-follow", format!("/theo-doi/{tracking}"));
    let cause = Cause::new(format!("report:{}:receipt", report.id));
    tell(tx, office, ctx, incident, &[person], &matter, &cause)?;
    Ok(())
}

/// Puts the incident's words into the search: what everybody who sees it may read.
///
/// # Errors
/// The database's.
pub fn index(tx: &mut Conn, incident: &Incident, organisation: &Organisation) -> Result<()> {
    let words = [
        incident.code.as_str(),
        &incident.title,
        &incident.description,
        &incident.system_text,
        &organisation.name,
        &organisation.short_name,
        &organisation.key,
    ]
    .join("\n");
    search::index(tx, incident.number, &words)
}

/// An open incident of the organisation that a reporter may mean.
#[derive(Debug, Clone, Serialize)]
pub struct Similar {
    /// Its code.
    pub code: String,
    /// Its category.
    pub category: Category,
    /// When it was received.
    pub received_at: Timestamp,
}

/// "Is it one of these?": open incidents of the organisation in the last three days. A stranger
/// with the organisation's link sees only those of the category that was just described.
///
/// # Errors
/// The database's.
pub async fn similar(
    office: &Office,
    ctx: &Ctx,
    organisation: OrganisationId,
    category: Option<Category>,
) -> Result<Vec<Similar>> {
    let stranger = ctx.actor.account().is_none();
    let since = ctx.now - Duration::days(3);
    office
        .db
        .read(move |c| {
            Ok(incidents::open_of(c, organisation, since, 20)?
                .into_iter()
                .filter(|incident| match (stranger, category) {
                    (true, Some(category)) => incident.category == category,
                    (true, None) => false,
                    (false, _) => true,
                })
                .map(|incident| Similar {
                    code: incident.code,
                    category: incident.category,
                    received_at: incident.received_at,
                })
                .take(5)
                .collect())
        })
        .await
}
