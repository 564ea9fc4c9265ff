//! One incident as this person may see it, and what they may do with it now.

use serde::Serialize;
use serde_json::{Value, json};

use super::clocks::met_by_hand;
use super::closing::{Obstacle, is_mandatory, led, obstacles};
use super::incidents::find_seen;
use super::queue::{Item, Unit, items};
use super::record::audited;
use super::told::{Told, Untold, ledger};
use super::{Ctx, Office, tasks};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, DispatchId, EvidenceId, IncidentId, TaskId};
use crate::domain::indicators::defanged;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{
    Audience, BlockState, Category, DispatchKind, DispatchState, EvidenceSource, EvidenceWish,
    Function, IndicatorKind, Language, LegalClass, People, Priority, Role, Scan, Services, Source,
    State, TaskState, Tlp,
};
use crate::error::{Error, Result};
use crate::records::{Entry, Incident};
use crate::store::{
    Conn, accounts, dispatches, evidence, incidents, organisations, sight, timeline,
};

/// A person in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Who {
    /// The account.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
}

/// What came in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReportView {
    /// How.
    pub source: Source,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// In the reporter's words.
    pub description: String,
    /// The system in the reporter's words.
    pub system_text: String,
    /// What works no more.
    pub services: Services,
    /// Who feels it.
    pub people: People,
    /// Who reported, for those who may know.
    pub reporter: Option<Reporter>,
}

/// Who reported, and how to reach them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Reporter {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Mail.
    pub email: String,
}

/// A deadline.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClockView {
    /// Its word in the regime.
    pub kind: String,
    /// Its name.
    pub title: String,
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
    /// When it was met.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub stopped_at: Option<Timestamp>,
    /// When it was missed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub breached_at: Option<Timestamp>,
    /// Seconds that remain; below zero it is overdue; none when it is met.
    pub remaining_seconds: Option<i64>,
    /// `running`, `soon`, `overdue`, `met`.
    pub standing: &'static str,
    /// The viewer may say that it is met.
    pub may_meet: bool,
}

/// A task.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TaskView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// Of which phase.
    pub phase: State,
    /// What to do.
    pub text: String,
    /// Whose work it is.
    pub assignee: Option<Who>,
    /// Or which role's.
    pub role: Option<Role>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Whether it asks for a file.
    pub evidence: EvidenceWish,
    /// Where it is.
    pub state: TaskState,
    /// What was done, or why not.
    pub note: String,
    /// When it was settled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Timestamp>,
    /// Open and past its time.
    pub overdue: bool,
    /// Keeps the case from being closed.
    pub mandatory: bool,
    /// The viewer may settle it.
    pub may_settle: bool,
    /// Its version.
    pub version: i32,
}

/// A dispatch in few words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DispatchBrief {
    /// Names it.
    #[schema(value_type = String)]
    pub id: DispatchId,
    /// Its code.
    pub code: String,
    /// To whom.
    pub to: Unit,
    /// What is asked.
    pub kind: DispatchKind,
    /// Where it is.
    pub state: DispatchState,
    /// Where the block is.
    pub block_state: Option<BlockState>,
    /// Due then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// Past it.
    pub overdue: bool,
    /// Only the police and who wrote it see it.
    pub police_only: bool,
    /// Its version.
    pub version: i32,
}

/// A file in few words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FileBrief {
    /// Names it.
    #[schema(value_type = String)]
    pub id: EvidenceId,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256.
    pub sha256: String,
    /// Where it came from.
    pub source: EvidenceSource,
    /// Who may see it.
    pub audience: Audience,
    /// Its TLP.
    pub tlp: Tlp,
    /// What a scanner said.
    pub scan: Scan,
    /// The police hold it.
    pub held: bool,
    /// Who gave it; nobody's name for whoever may not know reporters.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// An indicator, defanged.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IndicatorView {
    /// Its kind.
    pub kind: IndicatorKind,
    /// Nobody can click on it.
    pub value: String,
}

/// Another incident and what it has to do with this one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Related {
    /// `link`, `parent`, `child`, `merged`, `merged_into`, `indicator`.
    pub relation: &'static str,
    /// The other one.
    pub incident: Item,
    /// Why it was linked.
    pub reason: String,
}

/// The facts of one closing.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClosingView {
    /// When the response ended.
    #[schema(value_type = String, format = DateTime)]
    pub response_ended_at: Timestamp,
    /// When it was closed.
    #[schema(value_type = String, format = DateTime)]
    pub closed_at: Timestamp,
    /// What happened and what was done.
    pub summary: String,
    /// What is to be done better.
    pub lessons: String,
}

/// One entry of the timeline.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EntryView {
    /// Its number in the incident.
    pub seq: i32,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind of thing: `timeline-KIND` of the catalogs.
    pub kind: String,
    /// Who reads it.
    pub audience: Audience,
    /// Its TLP.
    pub tlp: Tlp,
    /// Who.
    pub actor: String,
    /// What a person wrote.
    pub text: String,
    /// Values of the sentence, and what changed.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// A page of the timeline, newest first.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Timeline {
    /// The entries.
    pub items: Vec<EntryView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One incident.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IncidentView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: IncidentId,
    /// `SC-2026-000123`.
    pub code: String,
    /// Title.
    pub title: String,
    /// What was described.
    pub description: String,
    /// Category.
    pub category: Category,
    /// Priority.
    pub priority: Priority,
    /// What the impact answers proposed.
    pub proposed_priority: Priority,
    /// Legal class.
    pub legal_class: LegalClass,
    /// Number of the decision.
    pub legal_decision: Option<String>,
    /// TLP.
    pub tlp: Tlp,
    /// Where it is.
    pub state: State,
    /// Why it is there.
    pub state_reason: Option<String>,
    /// Whose it is.
    pub organisation: Unit,
    /// The system's key, when it is known.
    pub system: Option<String>,
    /// The system in words.
    pub system_text: String,
    /// The regime whose deadlines hold.
    pub regime: String,
    /// Flags.
    pub signs_of_crime: bool,
    /// Flags.
    pub beyond_capacity: bool,
    /// Flags.
    pub personal_data: bool,
    /// An exercise.
    pub drill: bool,
    /// What works no more.
    pub services: Services,
    /// Who feels it.
    pub people: People,
    /// It goes on.
    pub still_happening: bool,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Timestamp,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// When somebody took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who took it.
    pub acknowledged_by: Option<Who>,
    /// Who leads.
    pub lead: Option<Who>,
    /// When the response ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub response_ended_at: Option<Timestamp>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<Who>,
    /// When something is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// Whether that has passed.
    pub overdue: bool,
    /// `reporter`, `case` or `coordination`: how much of it is shown here.
    pub depth: &'static str,
    /// What came in.
    pub reports: Vec<ReportView>,
    /// Deadlines.
    pub clocks: Vec<ClockView>,
    /// Tasks.
    pub tasks: Vec<TaskView>,
    /// Dispatches.
    pub dispatches: Vec<DispatchBrief>,
    /// Files.
    pub evidence: Vec<FileBrief>,
    /// Indicators.
    pub indicators: Vec<IndicatorView>,
    /// Who was put on the case.
    pub members: Vec<Who>,
    /// What has to do with it.
    pub related: Vec<Related>,
    /// The facts of its closings, newest first.
    pub closings: Vec<ClosingView>,
    /// How many were told; for those who see the ledger.
    pub told: Option<Told>,
    /// Who has not been told; for those who see the ledger.
    pub untold: Vec<Untold>,
    /// What the viewer may do now.
    pub allowed: Vec<Verb>,
    /// Where the viewer may move it.
    pub next_states: Vec<State>,
    /// To whom dispatches usually go; for those who send them.
    pub dispatch_to: Vec<Unit>,
    /// What keeps it from being closed.
    pub obstacles: Vec<Obstacle>,
    /// The viewer led it and leaves the closing to somebody else.
    pub led: bool,
    /// Its version.
    pub version: i32,
}

impl IncidentView {
    /// Whether the viewer may do this now.
    pub fn may(&self, verb: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed.as_word() == verb)
    }
}

/// One incident as this person may see it. Seeing what is for the police alone leaves a trace.
///
/// # Errors
/// [`Error::NotFound`], for what does not exist and for what may not be seen.
pub async fn one(office: &Office, ctx: &Ctx, name: &str) -> Result<IncidentView> {
    let (view, _) = page(office, ctx, name, None, 0).await?;
    Ok(view)
}

/// The incident and a page of its timeline, for the page of people: one trace for both.
///
/// # Errors
/// As [`one`].
pub async fn page(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    before: Option<i32>,
    limit: i64,
) -> Result<(IncidentView, Timeline)> {
    let (reader, name) = (ctx.clone(), name.to_owned());
    let (view, timeline) = office
        .db
        .read(move |c| {
            let (incident, depth) = find_seen(c, &reader, &name)?;
            let view = look(c, &reader, &incident, depth)?;
            Ok((view, entries(c, &reader, &incident, depth, before, limit)?))
        })
        .await?;
    let police = view.dispatches.iter().any(|dispatch| dispatch.police_only)
        || view.evidence.iter().any(|file| file.audience == Audience::Police)
        || timeline.items.iter().any(|entry| entry.audience == Audience::Police);
    trace(office, ctx, &view.code, police).await?;
    Ok((view, timeline))
}

/// A page of the timeline, newest first, before the entry of this number.
///
/// # Errors
/// As [`one`].
pub async fn history(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    before: Option<i32>,
    limit: i64,
) -> Result<Timeline> {
    let (reader, name) = (ctx.clone(), name.to_owned());
    let (code, timeline) = office
        .db
        .read(move |c| {
            let (incident, depth) = find_seen(c, &reader, &name)?;
            let timeline = entries(c, &reader, &incident, depth, before, limit.clamp(1, 200))?;
            Ok((incident.code, timeline))
        })
        .await?;
    let police = timeline.items.iter().any(|entry| entry.audience == Audience::Police);
    trace(office, ctx, &code, police).await?;
    Ok(timeline)
}

async fn trace(office: &Office, ctx: &Ctx, code: &str, police: bool) -> Result<()> {
    if !police {
        return Ok(());
    }
    let (ctx, code) = (ctx.clone(), code.to_owned());
    office
        .write(move |tx| audited(tx, &ctx, "police_entry.seen", "incident", &code, json!({})))
        .await
}

/// What changed since the version that somebody began to edit from, oldest first.
///
/// # Errors
/// As [`one`].
pub async fn since(office: &Office, ctx: &Ctx, name: &str, version: i32) -> Result<Vec<EntryView>> {
    let mut found = history(office, ctx, name, None, 100).await?.items;
    found.retain(|entry| {
        entry.data["incident_version"].as_i64().is_some_and(|at| at > i64::from(version))
    });
    found.reverse();
    Ok(found)
}

fn entries(
    c: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    depth: Depth,
    before: Option<i32>,
    limit: i64,
) -> Result<Timeline> {
    if limit == 0 {
        return Ok(Timeline { items: Vec::new(), next: None });
    }
    if depth == Depth::Reporter {
        let mut items: Vec<EntryView> =
            timeline::for_reporter(c, incident.id)?.into_iter().map(entry).collect();
        items.reverse();
        return Ok(Timeline { items, next: None });
    }
    let audiences = ctx.sight().audiences(depth);
    let mut found = timeline::list(c, incident.id, &audiences, before, limit + 1)?;
    let most = usize::try_from(limit).unwrap_or(200);
    let more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| more).map(|last| last.seq.to_string());
    Ok(Timeline { items: found.into_iter().map(entry).collect(), next })
}

/// An entry as doors show it.
pub fn entry(entry: Entry) -> EntryView {
    EntryView {
        seq: entry.seq,
        at: entry.at,
        kind: entry.kind,
        audience: entry.audience,
        tlp: entry.tlp,
        actor: entry.actor_name,
        text: entry.text,
        data: serde_json::from_str(&entry.data).unwrap_or(Value::Null),
    }
}

fn look(c: &mut Conn, ctx: &Ctx, incident: &Incident, depth: Depth) -> Result<IncidentView> {
    let organisation = organisations::find(c, incident.organisation_id)?;
    let system = match incident.system_id {
        Some(id) => Some(organisations::system(c, id)?.key),
        None => None,
    };
    let case = depth > Depth::Reporter;
    let mut view = IncidentView {
        id: incident.id,
        code: incident.code.clone(),
        title: incident.title.clone(),
        description: incident.description.clone(),
        category: incident.category,
        priority: incident.priority,
        proposed_priority: incident.proposed_priority,
        legal_class: incident.legal_class,
        legal_decision: incident.legal_decision.clone(),
        tlp: incident.tlp,
        state: incident.state,
        state_reason: incident.state_reason.clone().filter(|_| case),
        organisation: Unit::from(&organisation),
        system,
        system_text: incident.system_text.clone(),
        regime: incident.regime.clone(),
        signs_of_crime: incident.signs_of_crime && case,
        beyond_capacity: incident.beyond_capacity && case,
        personal_data: incident.personal_data && case,
        drill: incident.drill,
        services: incident.services,
        people: incident.people,
        still_happening: incident.still_happening,
        occurred_at: incident.occurred_at,
        detected_at: incident.detected_at,
        reported_at: incident.reported_at,
        received_at: incident.received_at,
        acknowledged_at: incident.acknowledged_at,
        acknowledged_by: None,
        lead: None,
        response_ended_at: incident.response_ended_at,
        closed_at: incident.closed_at,
        closed_by: None,
        next_due_at: incident.next_due_at.filter(|_| case),
        overdue: false,
        depth: match depth {
            Depth::Reporter => "reporter",
            Depth::Case => "case",
            Depth::Coordination => "coordination",
        },
        reports: reports(c, ctx, incident, depth)?,
        clocks: Vec::new(),
        tasks: Vec::new(),
        dispatches: Vec::new(),
        evidence: Vec::new(),
        indicators: Vec::new(),
        members: Vec::new(),
        related: Vec::new(),
        closings: Vec::new(),
        told: None,
        untold: Vec::new(),
        allowed: Vec::new(),
        next_states: Vec::new(),
        dispatch_to: Vec::new(),
        obstacles: Vec::new(),
        led: false,
        version: incident.version,
    };
    if case {
        case_of(c, ctx, incident, depth, &mut view)?;
        may(c, ctx, incident, &mut view)?;
    }
    Ok(view)
}

/// What everybody on the case sees, and the coordination team besides.
fn case_of(
    c: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    depth: Depth,
    view: &mut IncidentView,
) -> Result<()> {
    let over = incident.state.is_over();
    view.overdue = !over && incident.next_due_at.is_some_and(|due| due <= ctx.now);
    view.acknowledged_by = who(c, incident.acknowledged_by)?;
    view.lead = who(c, incident.lead_id)?;
    view.closed_by = who(c, incident.closed_by)?;
    view.clocks = clocks(c, ctx, incident)?;
    for task in incidents::tasks_of(c, incident.id)? {
        let open = task.state == TaskState::Open;
        view.tasks.push(TaskView {
            may_settle: open
                && !over
                && Verb::DoTask.by(&ctx.actor).is_ok()
                && tasks::may_settle(&ctx.actor, &task),
            overdue: open && !over && task.due_at.is_some_and(|due| due <= ctx.now),
            mandatory: open && is_mandatory(&task),
            id: task.id,
            phase: task.phase,
            text: task.text,
            assignee: who(c, task.assignee_id)?,
            role: task.role,
            due_at: task.due_at,
            evidence: task.evidence,
            state: task.state,
            note: task.note,
            done_at: task.done_at,
            version: task.version,
        });
    }
    let seen = ctx.sight();
    for dispatch in dispatches::of_incident(c, incident.id)? {
        if !sight::sees_dispatch(c, &seen, &dispatch)? {
            continue;
        }
        let to = organisations::find(c, dispatch.organisation_id)?;
        view.dispatches.push(DispatchBrief {
            id: dispatch.id,
            to: Unit::from(&to),
            kind: dispatch.kind,
            state: dispatch.state,
            block_state: dispatch.block_state,
            next_due_at: dispatch.next_due_at,
            overdue: dispatch.next_due_at.is_some_and(|due| due <= ctx.now),
            police_only: dispatch.police_only,
            version: dispatch.version,
            code: dispatch.code,
        });
    }
    for file in evidence::of_incident(c, incident.id)? {
        if !seen.reads(file.audience, depth) {
            continue;
        }
        let from_reporter =
            matches!(file.source, EvidenceSource::Report | EvidenceSource::Reporter);
        view.evidence.push(FileBrief {
            by: if from_reporter && !seen.reporter_identity {
                String::new()
            } else {
                file.actor_name
            },
            id: file.id,
            name: file.name,
            size: file.size,
            sha256: file.sha256,
            source: file.source,
            audience: file.audience,
            tlp: file.tlp,
            scan: file.scan,
            held: file.held,
            created_at: file.created_at,
        });
    }
    view.indicators = incidents::indicators_of(c, incident.id)?
        .into_iter()
        .map(|one| IndicatorView { kind: one.kind, value: defanged(one.kind, &one.value) })
        .collect();
    for member in incidents::members(c, incident.id)? {
        view.members.extend(who(c, Some(member.account_id))?);
    }
    view.related = related(c, ctx, incident)?;
    view.closings = incidents::closings_of(c, incident.id)?
        .into_iter()
        .map(|closing| ClosingView {
            response_ended_at: closing.response_ended_at,
            closed_at: closing.closed_at,
            summary: closing.summary,
            lessons: closing.lessons,
        })
        .collect();
    if Verb::SeeMessages.by(&ctx.actor).is_ok() {
        let (told, untold) = ledger(c, incident)?;
        view.told = Some(told);
        view.untold = untold;
    }
    Ok(())
}

fn who(c: &mut Conn, account: Option<AccountId>) -> Result<Option<Who>> {
    let Some(id) = account else { return Ok(None) };
    let account = accounts::find(c, id)?;
    Ok(Some(Who { id, name: account.name, email: account.email }))
}

fn reports(c: &mut Conn, ctx: &Ctx, incident: &Incident, depth: Depth) -> Result<Vec<ReportView>> {
    let identity = ctx.sight().reporter_identity;
    let own = ctx.actor.account();
    let mut views = Vec::new();
    for report in incidents::reports_of(c, incident.id)? {
        let mine = own.is_some() && report.account_id == own;
        if depth == Depth::Reporter && !mine {
            continue;
        }
        let reporter = if identity || mine {
            let account = match report.account_id {
                Some(id) => Some(accounts::find(c, id)?),
                None => None,
            };
            let or = |given: &str, known: Option<&String>| {
                if given.is_empty() { known.cloned().unwrap_or_default() } else { given.to_owned() }
            };
            Some(Reporter {
                name: or(&report.contact_name, account.as_ref().map(|known| &known.name)),
                phone: or(&report.contact_phone, account.as_ref().map(|known| &known.phone)),
                email: or(&report.contact_email, account.as_ref().map(|known| &known.email)),
            })
        } else {
            None
        };
        views.push(ReportView {
            source: report.source,
            received_at: report.received_at,
            detected_at: report.detected_at,
            description: report.description,
            system_text: report.system_text,
            services: report.services,
            people: report.people,
            reporter,
        });
    }
    Ok(views)
}

fn clocks(c: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<Vec<ClockView>> {
    let regime = playbooks::regime_named(&incident.regime);
    let may = !incident.state.is_over() && Verb::MeetClock.by(&ctx.actor).is_ok();
    Ok(incidents::clocks_of(c, incident.id)?
        .into_iter()
        // What the law asks for no more is no deadline of this case.
        .filter(|clock| !clock.lapsed)
        .map(|clock| {
            let defined = regime.and_then(|regime| regime.clock(&clock.kind));
            let total = (clock.due_at - clock.started_at).num_seconds().max(1);
            let left = (clock.due_at - ctx.now).num_seconds();
            let standing = match clock.stopped_at {
                Some(stopped) if clock.breached_at.is_some() || stopped > clock.due_at => "overdue",
                Some(_) => "met",
                None if left <= 0 => "overdue",
                None if left * 5 <= total => "soon",
                None => "running",
            };
            ClockView {
                may_meet: may
                    && clock.stopped_at.is_none()
                    && met_by_hand(&incident.regime, &clock.kind),
                title: defined.map_or_else(
                    || clock.kind.clone(),
                    |defined| match ctx.language {
                        Language::Vi => defined.title.clone(),
                        Language::En => defined.title_en.clone(),
                    },
                ),
                kind: clock.kind,
                owner: clock.owner,
                source: clock.source,
                started_at: clock.started_at,
                due_at: clock.due_at,
                stopped_at: clock.stopped_at,
                breached_at: clock.breached_at,
                remaining_seconds: clock.stopped_at.is_none().then_some(left),
                standing,
            }
        })
        .collect())
}

/// What has to do with it and is seen by this person as a case.
fn related(c: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<Vec<Related>> {
    let mut found: Vec<(&'static str, Incident, String)> = Vec::new();
    if let Some(parent) = incident.parent_id {
        found.push(("parent", incidents::find(c, parent)?, String::new()));
    }
    if let Some(into) = incident.merged_into_id {
        found.push(("merged_into", incidents::find(c, into)?, String::new()));
    }
    for one in incidents::family(c, incident.id)? {
        let merged = one.merged_into_id == Some(incident.id);
        found.push((if merged { "merged" } else { "child" }, one, String::new()));
    }
    for link in incidents::links(c, incident.id)? {
        let other = if link.incident_id == incident.id { link.other_id } else { link.incident_id };
        found.push(("link", incidents::find(c, other)?, link.reason));
    }
    for one in incidents::sharing_indicators(c, incident.id, 10)? {
        if !found.iter().any(|(_, known, _)| known.id == one.id) {
            found.push(("indicator", one, String::new()));
        }
    }
    let seen = ctx.sight();
    let mut views = Vec::new();
    for (relation, other, reason) in found {
        match sight::depth(c, &seen, &other) {
            Ok(depth) if depth > Depth::Reporter => {}
            Ok(_) | Err(Error::NotFound(_)) => continue,
            Err(why) => return Err(why),
        }
        for incident in items(c, std::slice::from_ref(&other), ctx.now)? {
            views.push(Related { relation, incident, reason: reason.clone() });
        }
    }
    Ok(views)
}

/// What the viewer may do now, so that pages show what is possible and nothing else.
fn may(c: &mut Conn, ctx: &Ctx, incident: &Incident, view: &mut IncidentView) -> Result<()> {
    let state = incident.state;
    let open = !state.is_over();
    for verb in Verb::ALL {
        let now = match verb {
            Verb::Acknowledge => open && incident.acknowledged_at.is_none(),
            Verb::Triage
            | Verb::DecideClass
            | Verb::AddTask
            | Verb::DoTask
            | Verb::Dispatch
            | Verb::AddMember
            | Verb::MeetClock
            | Verb::AskReporter => open,
            Verb::ChangeState => !state.next().is_empty(),
            Verb::Merge => open || state == State::Merged,
            Verb::Reject => matches!(state, State::Received | State::Verifying),
            Verb::Close => state == State::Reviewing,
            Verb::Reopen => matches!(state, State::Closed | State::Rejected),
            Verb::Note
            | Verb::Link
            | Verb::AddEvidence
            | Verb::PoliceNote
            | Verb::HoldEvidence
            | Verb::SeeMessages
            | Verb::CancelDispatch => true,
            Verb::Register
            | Verb::AnswerDispatch
            | Verb::ReadAudit
            | Verb::Administer
            | Verb::ReadDirectory => false,
        };
        if now && verb.by(&ctx.actor).is_ok() {
            view.allowed.push(*verb);
        }
    }
    if view.may("dispatch") {
        view.dispatch_to.push(view.organisation.clone());
        for function in [Function::Police, Function::TelecomProvider, Function::NationalCoordinator]
        {
            let holders = organisations::holders(c, function, ctx.now)?;
            view.dispatch_to.extend(holders.iter().map(Unit::from));
        }
    }
    if view.may("change_state") {
        view.next_states = state.next().to_vec();
    }
    if view.may("close") {
        view.obstacles = obstacles(c, incident)?;
        view.led = match ctx.actor.account() {
            Some(account) => led(c, incident, account)?,
            None => false,
        };
    }
    Ok(())
}
