//! The parts of an incident's view: people, reports, deadlines, related cases, and what the viewer
//! may do now.

use super::{ClockView, IncidentView, Related, ReportView, Reporter, Who};
use crate::actions::Ctx;
use crate::actions::clocks::{may_extend, met_by_hand};
use crate::actions::closing::{led, obstacles};
use crate::actions::queue::{Unit, items};
use crate::domain::ids::AccountId;
use crate::domain::sight::{Depth, Verb};
use crate::domain::words::{Function, Language, Priority, State};
use crate::error::{Error, Result};
use crate::records::Incident;
use crate::store::{Conn, accounts, incidents, organisations, sight};

pub(super) fn who(c: &mut Conn, account: Option<AccountId>) -> Result<Option<Who>> {
    let Some(id) = account else { return Ok(None) };
    let account = accounts::find(c, id)?;
    Ok(Some(Who { id, name: account.name, email: account.email }))
}

pub(super) fn reports(
    c: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    depth: Depth,
) -> Result<Vec<ReportView>> {
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

pub(super) fn clocks(c: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<Vec<ClockView>> {
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
            let runs = clock.stopped_at.is_none() && clock.breached_at.is_none() && left > 0;
            ClockView {
                may_extend: runs
                    && !incident.state.is_over()
                    && may_extend(&ctx.actor, &incident.regime, &clock),
                original_due_at: clock.original_due_at,
                extension: clock.extension,
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
pub(super) fn related(c: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<Vec<Related>> {
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
pub(super) fn may(
    c: &mut Conn,
    ctx: &Ctx,
    incident: &Incident,
    view: &mut IncidentView,
) -> Result<()> {
    let state = incident.state;
    let open = !state.is_over();
    for verb in Verb::ALL {
        let now = match verb {
            Verb::Acknowledge => open && incident.acknowledged_at.is_none(),
            Verb::Triage
            | Verb::DecideClass
            | Verb::AddTask
            | Verb::DoTask
            | Verb::Decide
            | Verb::Dispatch
            | Verb::AddMember
            | Verb::MeetClock
            | Verb::ExtendClock
            | Verb::AskReporter
            | Verb::OpenRoom
            | Verb::ReportSituation
            | Verb::Escalate => open,
            Verb::Snooze => open && incident.priority != Priority::Urgent,
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
            | Verb::ReadDirectory
            | Verb::MeetDuty
            | Verb::Drill
            | Verb::ReadRota
            | Verb::EditRota
            | Verb::ServeDuty
            | Verb::ReadPlaybooks
            | Verb::TryPlaybook
            | Verb::WritePlaybook
            | Verb::ApprovePlaybook
            | Verb::KeepGroups
            // Said by each run of its own.
            | Verb::ApplyPlaybook => false,
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
