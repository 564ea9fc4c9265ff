//! The reporter's own view of a report: what became of it, questions and answers, files, and a way
//! to be reached. By the secret of the tracking link, or by the account that reported.

use chrono::Duration;
use playbooks::Role as Wanted;
use serde_json::json;

use super::announce::{Cause, Told, tell};
use super::evidence::{Origin, Staged, keep_staged};
use super::letters::Matter;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, incidents as desk, procedure, recipients, shelf, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::ReportId;
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{Audience, EvidenceSource, State};
use crate::error::{Error, Result};
use crate::records::{Entry, Evidence, Incident, Report};
use crate::store::{Conn, engine, evidence as evidence_store, incidents, organisations, timeline};

/// By which door a reporter comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Door {
    /// The secret of the tracking link.
    Token(String),
    /// The account that reported.
    Own(ReportId),
}

impl Door {
    /// The path of the reporter's page.
    pub fn path(&self) -> String {
        match self {
            Self::Token(token) => format!("/theo-doi/{token}"),
            Self::Own(id) => format!("/bao-cao-cua-toi/{id}"),
        }
    }
}

/// What the reporter sees.
#[derive(Debug, Clone)]
pub struct View {
    /// The report as it came in.
    pub report: Report,
    /// The incident that answers it; of a merged one, the one that goes on.
    pub state: State,
    /// Its code; stays the one that the reporter was given.
    pub code: String,
    /// The code of the incident that goes on, when it was merged.
    pub merged_into: Option<String>,
    /// The organisation's name.
    pub organisation: String,
    /// Somebody has it.
    pub acknowledged_at: Option<Timestamp>,
    /// What the reporter may read, oldest first.
    pub entries: Vec<Entry>,
    /// The files that came with the report or were added by this reporter.
    pub files: Vec<Evidence>,
    /// Who was told at once: roles and channels, no names.
    pub told: Vec<Told>,
    /// What to do now.
    pub first_aid: Vec<String>,
    /// An exercise.
    pub drill: bool,
}

/// Finds the report behind a door.
///
/// # Errors
/// [`Refusal::LinkNotValid`] for a link that is forged or over: the same answer;
/// [`Error::NotFound`] for somebody else's report.
fn open(c: &mut Conn, ctx: &Ctx, door: &Door) -> Result<Report> {
    match door {
        Door::Token(token) => incidents::report_by_tracking(c, &tokens::hash(token))?
            .filter(|report| report.tracking_expires_at > ctx.now)
            .ok_or_else(|| Refusal::LinkNotValid.into()),
        Door::Own(id) => {
            let own = ctx.actor.person()?.id;
            let report = incidents::report(c, *id)?;
            if report.account_id == Some(own) { Ok(report) } else { Err(Error::NotFound("report")) }
        }
    }
}

/// Whoever comes by the link acts as this report's reporter.
fn as_reporter(ctx: &Ctx, door: &Door, report: &Report) -> Ctx {
    let mut ctx = ctx.clone();
    if let Door::Token(_) = door {
        ctx.actor = Actor::Reporter { report: report.id, name: report.contact_name.clone() };
    }
    ctx
}

/// What became of the report.
///
/// # Errors
/// Those of the door.
pub async fn view(office: &Office, ctx: &Ctx, door: &Door) -> Result<View> {
    let (office_, ctx, door) = (office.clone(), ctx.clone(), door.clone());
    office
        .db
        .read(move |c| {
            let report = open(c, &ctx, &door)?;
            let incident = incidents::find(c, report.incident_id)?;
            let organisation = organisations::find(c, report.organisation_id)?;
            let target = match incident.merged_into_id {
                Some(target) => Some(incidents::find(c, target)?),
                None => None,
            };
            let files = evidence_store::of_incident(c, incident.id)?
                .into_iter()
                .filter(|file| file.report_id == Some(report.id))
                .collect();
            let mut told: Vec<Told> = Vec::new();
            for delivery in engine::deliveries(c, incident.id, 100)? {
                let at_once =
                    delivery.created_at == report.received_at && delivery.purpose != "receipt";
                let one =
                    Told { role: delivery.recipient_role, channel: delivery.channel.to_string() };
                if at_once && !told.contains(&one) {
                    told.push(one);
                }
            }
            Ok(View {
                state: target.as_ref().map_or(incident.state, |target| target.state),
                merged_into: target.map(|target| target.code),
                acknowledged_at: incident.acknowledged_at,
                entries: timeline::for_reporter(c, incident.id)?
                    .into_iter()
                    .filter(|entry| concerns(entry, &report))
                    .collect(),
                first_aid: shelf::advice(c, &office_, incident.id, report.category, ctx.language)?,
                code: incident.code,
                organisation: organisation.name,
                drill: incident.drill,
                files,
                told,
                report,
            })
        })
        .await
}

/// One incident can answer several reports: what another reporter wrote is not for this one.
fn concerns(entry: &Entry, report: &Report) -> bool {
    let data: serde_json::Value = serde_json::from_str(&entry.data).unwrap_or_default();
    data.get("report").and_then(|id| id.as_str()).is_none_or(|id| id == report.id.to_string())
}

/// The reports of whoever is signed in, newest first.
///
/// # Errors
/// [`Refusal::SignInFirst`] for everybody else.
pub async fn own(
    office: &Office,
    ctx: &Ctx,
    before: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<(Report, Incident)>> {
    let account = ctx.actor.person()?.id;
    office
        .db
        .read(move |c| {
            let reports = incidents::reports_by(c, account, before, limit)?;
            let ids: Vec<_> = reports.iter().map(|report| report.incident_id).collect();
            let all = incidents::list_of(c, &ids)?;
            Ok(reports
                .into_iter()
                .filter_map(|report| {
                    let incident = all.iter().find(|incident| incident.id == report.incident_id)?;
                    Some((report, incident.clone()))
                })
                .collect())
        })
        .await
}

/// What a reporter adds: words, files, or both.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// What was written.
    pub text: String,
    /// `no`: no state secrets in it.
    pub secret: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    pub secret_confirmed: bool,
}

/// Adds to the report: everyone on the case reads it, the desk is told.
///
/// # Errors
/// Those of the door; field errors; [`Refusal::StateSecret`] (nothing is kept then).
pub async fn answer(
    office: &Office,
    ctx: &Ctx,
    door: &Door,
    answer: Answer,
    files: Vec<Staged>,
) -> Result<()> {
    match answer.secret.as_str() {
        "no" => {}
        "" => return Err(FieldError::new("secret", "field-secret").into()),
        _ => return Err(Refusal::StateSecret.into()),
    }
    let words = text::block("text", &answer.text, limit::TEXT)?;
    if words.is_empty() && files.is_empty() {
        return Err(FieldError::new("text", "field-empty").into());
    }
    if !answer.secret_confirmed && crate::domain::secrecy::marked(&words).is_some() {
        return Err(FieldError::new("secret_confirmed", "field-secret-word").into());
    }
    let (office_, ctx, door) = (office.clone(), ctx.clone(), door.clone());
    office
        .write(move |tx| {
            let mut report = open(tx, &ctx, &door)?;
            let ctx = as_reporter(&ctx, &door, &report);
            let incident = incidents::hold(tx, report.incident_id)?;
            for file in &files {
                let origin =
                    Origin { report: Some(report.id), ..Origin::new(EvidenceSource::Reporter) };
                keep_staged(tx, &office_, &ctx, &incident, file, origin)?;
            }
            let entry = Happened::new("reporter_answered")
                .also_to_reporter()
                .text(words.clone())
                .with("report", report.id)
                .with("files", files.len());
            let entry = happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"files": files.len()});
            audited(tx, &ctx, "report.answered", "incident", &incident.code, detail)?;
            extend(tx, &office_, &ctx, &mut report)?;

            let people = [Wanted::DutyOfficer, Wanted::Responders, Wanted::ItOfficer];
            let people = procedure::people(tx, &incident, &people, ctx.now)?;
            let mut matter = Matter::about(&incident, "reporter_answer");
            matter.text = (!words.is_empty()).then(|| words.clone());
            let cause = Cause::new(format!("report:{}:answer:{}", report.id, entry.id));
            tell(tx, &office_, &ctx, &incident, &people, &matter, &cause)?;
            Ok(())
        })
        .await
}

/// The link lives on after news.
fn extend(tx: &mut Conn, office: &Office, ctx: &Ctx, report: &mut Report) -> Result<()> {
    report.tracking_expires_at = ctx.now + Duration::days(office.config.security.tracking_days);
    incidents::save_report(tx, report)
}

/// How a reporter can be reached, told later. Who leaves an address gets the receipt there.
///
/// # Errors
/// Those of the door; field errors.
pub async fn contact(
    office: &Office,
    ctx: &Ctx,
    door: &Door,
    name: &str,
    phone: &str,
    email: &str,
) -> Result<()> {
    let name = text::line("name", name, limit::NAME)?;
    let phone = text::line("phone", phone, 40)?;
    let email = if email.trim().is_empty() { String::new() } else { text::email("email", email)? };
    if phone.is_empty() && email.is_empty() {
        return Err(FieldError::new("phone", "field-empty").into());
    }
    let (office_, ctx, door) = (office.clone(), ctx.clone(), door.clone());
    office
        .write(move |tx| {
            let mut report = open(tx, &ctx, &door)?;
            let ctx = as_reporter(&ctx, &door, &report);
            let incident = incidents::hold(tx, report.incident_id)?;
            let new_address = !email.is_empty() && email != report.contact_email;
            report.contact_name.clone_from(&name);
            report.contact_phone.clone_from(&phone);
            report.contact_email.clone_from(&email);
            extend(tx, &office_, &ctx, &mut report)?;
            // Who it is stays in the report; the timeline says only that there is a way now.
            let entry = Happened::new("reporter_contact").with("report", report.id);
            happened(tx, &ctx, &incident, entry.to(Audience::Coordination))?;
            audited(tx, &ctx, "report.contact", "incident", &incident.code, json!({}))?;
            if let (true, Some(person)) = (new_address, recipients::of_report(tx, &report)?) {
                let mut matter = Matter::about(&incident, "receipt");
                matter.to_reporter = true;
                let (of, category) = (incident.id, report.category);
                matter.steps = shelf::advice(tx, &office_, of, category, person.language)?;
                matter.link = ("letter-follow", door.path());
                let cause = Cause::new(format!("report:{}:receipt:{email}", report.id));
                tell(tx, &office_, &ctx, &incident, &[person], &matter, &cause)?;
            }
            Ok(())
        })
        .await
}

/// Asks the reporter; the question waits on the tracking page, and a message says so to whoever
/// left an address. The link's secret is not known here, so the message leads to where it is typed.
///
/// # Errors
/// Those of the desk's verbs; `field-empty`.
pub async fn ask(office: &Office, ctx: &Ctx, name: &str, question: &str) -> Result<Vec<Told>> {
    let question = text::some_block("text", question, limit::TEXT)?;
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let incident = desk::hold_for(tx, &ctx, &name, Verb::AskReporter)?;
            let entry = Happened::new("reporter_asked").also_to_reporter().text(question.clone());
            let entry = happened(tx, &ctx, &incident, entry)?;
            audited(tx, &ctx, "report.asked", "incident", &incident.code, json!({}))?;
            let mut told = Vec::new();
            for mut report in incidents::reports_of(tx, incident.id)? {
                extend(tx, &office_, &ctx, &mut report)?;
                let Some(person) = recipients::of_report(tx, &report)? else { continue };
                let mut matter = Matter::about(&incident, "reporter_question");
                matter.to_reporter = true;
                matter.text = Some(question.clone());
                matter.link = if report.account_id.is_some() {
                    ("letter-follow", Door::Own(report.id).path())
                } else {
                    ("letter-follow-known", "/theo-doi".to_owned())
                };
                let cause = Cause::new(format!("report:{}:ask:{}", report.id, entry.id));
                let people = [person];
                told.extend(tell(tx, &office_, &ctx, &incident, &people, &matter, &cause)?);
            }
            Ok(told)
        })
        .await
}
