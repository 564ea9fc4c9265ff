//! One incident as this person may see it, and what they may do with it now.

use serde_json::{Value, json};

use crate::actions::chat::places;
use crate::actions::closing::is_mandatory;
use crate::actions::incidents::find_seen;
use crate::actions::queue::Unit;
use crate::actions::record::audited;
use crate::actions::told::ledger;
use crate::actions::{Ctx, Office, questions, tasks};
use crate::domain::indicators::defanged;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{Audience, EvidenceSource, TaskState};
use crate::error::Result;
use crate::records::{Entry, Incident};
use crate::store::{
    Conn, dispatches, evidence, incidents, organisations, sight, snoozes, timeline,
};

mod parts;
mod shapes;

use self::parts::{clocks, may, related, reports, who};
pub use self::shapes::{
    ClockView, ClosingView, DispatchBrief, EntryView, FileBrief, IncidentView, IndicatorView,
    Related, ReportView, Reporter, TaskView, Timeline, Who,
};

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
        snoozed_until: None,
        rooms: Vec::new(),
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
    if let Some(account) = ctx.actor.account() {
        view.snoozed_until = snoozes::until(c, incident.id, account, ctx.now)?;
    }
    if Verb::OpenRoom.by(&ctx.actor).is_ok() {
        view.rooms = places::of(c, incident.id)?;
    }
    view.closed_by = who(c, incident.closed_by)?;
    view.clocks = clocks(c, ctx, incident)?;
    for task in incidents::tasks_of(c, incident.id)? {
        let open = task.state == TaskState::Open;
        let mine = if task.question {
            open && !over && questions::may_answer(c, ctx, incident, &task)?
        } else {
            Verb::DoTask.by(&ctx.actor).is_ok() && tasks::may_settle(&ctx.actor, &task)
        };
        view.tasks.push(TaskView {
            may_settle: open && !over && mine,
            question: task.question,
            answer: questions::answer_of(&task),
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
