//! What the card of a case shows: desired state, the same for the same case. Times stand as dates,
//! so that a card need not change because time passes. Nobody's identity who reported, nothing for
//! the police alone, and only what the room's ceiling lets through.

use notify::{Fact, Letter};
use playbooks::Role as Wanted;

use super::ceiling::{self, About};
use crate::actions::run_view::next;
use crate::actions::told::ledger;
use crate::actions::{Office, shelf};
use crate::clock::Timestamp;
use crate::domain::text::shortened;
use crate::domain::words::{DispatchState, Language, Room, State, TaskState};
use crate::error::{Error, Result};
use crate::records::{Incident, Task};
use crate::store::{Conn, accounts, dispatches, engine, incidents, organisations};
use crate::texts::Texts;

/// Shown of each list; the rest is a number.
const SHOWN: usize = 5;
/// Characters of a task.
const TASK: usize = 90;

/// A card, before it has its buttons.
#[derive(Debug, Clone)]
pub(super) struct Face {
    /// The title of the topic.
    pub title: String,
    /// The words.
    pub letter: Letter,
    /// What can be done now by pressing, as words of verbs.
    pub verbs: Vec<&'static str>,
    /// The case is over: its place closes.
    pub over: bool,
}

/// What the card of this case shows in this room now.
pub(super) fn face(
    c: &mut Conn,
    office: &Office,
    room: Room,
    incident: &Incident,
    again: bool,
) -> Result<Face> {
    let language = Language::Vi;
    let about = About::case(room, language, incident);
    let whole = ceiling::open(&office.config, room, incident.tlp);
    let more = if whole { facts(c, Texts(language), incident)? } else { Vec::new() };
    let mut letter = about.letter(&office.config, |_, letter| {
        letter.paragraphs.push(incident.title.clone());
        letter.facts = more;
    });
    if again {
        letter.paragraphs.push(Texts(language).t("card-again"));
    }
    letter.form.silent = true;
    Ok(Face {
        title: about.heading(),
        letter,
        verbs: verbs(incident, whole),
        over: incident.state.is_over(),
    })
}

/// What can be done now. Who may, is asked when somebody presses.
fn verbs(incident: &Incident, whole: bool) -> Vec<&'static str> {
    if incident.state.is_over() {
        return Vec::new();
    }
    let mut verbs = Vec::new();
    if incident.acknowledged_at.is_none() {
        verbs.push("acknowledge");
    }
    if incident.lead_id.is_none() {
        verbs.push("lead");
    }
    if whole {
        verbs.extend(["tasks", "state", "priority", "note"]);
    }
    verbs
}

fn facts(c: &mut Conn, t: Texts, incident: &Incident) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut add = |key: &str, value: String| {
        if !value.is_empty() {
            facts.push(Fact { label: t.t(key), value });
        }
    };
    let state = t.t(&format!("state-{}", incident.state));
    add(
        "fact-state",
        match (incident.state, incident.acknowledged_at) {
            (State::Received, None) => format!("{state}. {}", t.t("card-nobody-has-it")),
            _ => state,
        },
    );
    add("fact-organisation", organisations::find(c, incident.organisation_id)?.name);
    let lead = match incident.lead_id {
        Some(id) => accounts::find(c, id)?.name,
        None => t.t("card-no-lead"),
    };
    add("card-lead", lead);
    if incident.state.is_over() {
        add("card-closed", incident.closed_at.map(Timestamp::local).unwrap_or_default());
        return Ok(facts);
    }
    add("card-clocks", clocks(c, t, incident)?);
    add("card-tasks", tasks(c, t, incident)?);
    add("card-dispatches", sent(c, t, incident)?);
    add("card-next", coming(c, t, incident)?);
    add("card-untold", untold(c, t, incident)?);
    facts.push(Fact { label: t.t("fact-tlp"), value: format!("TLP:{}", incident.tlp) });
    Ok(facts)
}

/// The lines, and how many more there are.
fn listed(t: Texts, lines: &[String]) -> String {
    let mut shown: Vec<String> = lines.iter().take(SHOWN).map(|line| format!("• {line}")).collect();
    if lines.len() > SHOWN {
        shown.push(t.t1("card-more", "count", &(lines.len() - SHOWN).to_string()));
    }
    match shown.is_empty() {
        true => String::new(),
        // Below its label.
        false => format!("\n{}", shown.join("\n")),
    }
}

fn clocks(c: &mut Conn, t: Texts, incident: &Incident) -> Result<String> {
    let regime = playbooks::regime_named(&incident.regime);
    let mut running = incidents::clocks_of(c, incident.id)?;
    running.retain(|clock| clock.stopped_at.is_none() && !clock.lapsed);
    running.sort_by_key(|clock| clock.due_at);
    let line = |clock: &crate::records::RunningClock| {
        let named = regime.and_then(|regime| regime.clock(&clock.kind));
        let title = match (named, t.0) {
            (Some(named), Language::Vi) => named.title.clone(),
            (Some(named), Language::En) => named.title_en.clone(),
            (None, _) => clock.kind.clone(),
        };
        let key = if clock.breached_at.is_some() { "card-missed" } else { "card-until" };
        t.with(key, &[("what", &title), ("at", &clock.due_at.local())])
    };
    Ok(listed(t, &running.iter().map(line).collect::<Vec<_>>()))
}

fn tasks(c: &mut Conn, t: Texts, incident: &Incident) -> Result<String> {
    let mut open: Vec<Task> = incidents::tasks_of(c, incident.id)?;
    open.retain(|task| task.state == TaskState::Open);
    open.sort_by_key(|task| (task.due_at.is_none(), task.due_at));
    let mut lines = Vec::new();
    for (at, task) in open.iter().enumerate() {
        if at >= SHOWN {
            // Only counted.
            lines.push(String::new());
            continue;
        }
        let who = match (task.assignee_id, task.role) {
            (Some(id), _) => accounts::find(c, id)?.name,
            (None, Some(role)) => t.t(&format!("role-{role}")),
            (None, None) => String::new(),
        };
        let mut line = shortened(&task.text, TASK);
        if !who.is_empty() {
            line = format!("{line} ({who})");
        }
        lines.push(match task.due_at {
            Some(due) => t.with("card-until", &[("what", &line), ("at", &due.local())]),
            None => line,
        });
    }
    Ok(listed(t, &lines))
}

fn sent(c: &mut Conn, t: Texts, incident: &Incident) -> Result<String> {
    use DispatchState::{Cancelled, Done, Refused};
    let mut open = dispatches::of_incident(c, incident.id)?;
    // What only the police read is no business of a group's.
    open.retain(|one| !one.police_only && !matches!(one.state, Done | Cancelled | Refused));
    open.retain(|one| one.tlp <= incident.tlp);
    let mut lines = Vec::new();
    for one in open {
        let to = organisations::find(c, one.organisation_id)?.name;
        let kind = t.t(&format!("kind-{}", one.kind));
        let state = t.t(&format!("dispatch-state-{}", one.state));
        let line = format!("{} {to}: {kind}. {state}", one.code);
        lines.push(match (one.overdue, one.next_due_at) {
            (true, Some(due)) => t.with("card-missed", &[("what", &line), ("at", &due.local())]),
            (false, Some(due)) => t.with("card-until", &[("what", &line), ("at", &due.local())]),
            (_, None) => line,
        });
    }
    Ok(listed(t, &lines))
}

/// What the procedures do next by themselves, the soonest alone: who is waited for, until when, and
/// who hears of it then.
fn coming(c: &mut Conn, t: Texts, incident: &Incident) -> Result<String> {
    let mut soonest: Option<(Timestamp, &'static str, Vec<Wanted>, Vec<Wanted>)> = None;
    for run in engine::open_runs_of(c, incident.id)? {
        let book = shelf::of_run(c, &run)?;
        let state: playbooks::Run = serde_json::from_str(&run.state).map_err(Error::internal)?;
        for one in state.waiting(&book) {
            let Some((key, at)) = one.next else { continue };
            let at = Timestamp::new(at);
            if soonest.as_ref().is_some_and(|(known, ..)| *known <= at) {
                continue;
            }
            let after = book.step(&one.step).map(|step| {
                step.late.iter().flat_map(|late| late.recipients()).cloned().collect::<Vec<_>>()
            });
            soonest = Some((at, next(&key), one.on, after.unwrap_or_default()));
        }
    }
    let Some((at, what, on, after)) = soonest else { return Ok(String::new()) };
    let roles = |roles: &[Wanted]| {
        let mut words: Vec<String> =
            roles.iter().map(|role| t.t1("playbook-role", "role", &role.as_word())).collect();
        words.dedup();
        words.join(", ")
    };
    let mut line = format!("{} {}", t.t(&format!("run-next-{what}")), at.local());
    if !on.is_empty() {
        line = format!("{line}. {}", t.t1("card-waits-for", "who", &roles(&on)));
    }
    if what == "late" && !after.is_empty() {
        line = format!("{line}. {}", t.t1("card-then", "who", &roles(&after)));
    }
    Ok(line)
}

/// Who has not been told. Whoever reported is a role and no name; a number to call stands on the
/// case's page.
fn untold(c: &mut Conn, t: Texts, incident: &Incident) -> Result<String> {
    let (_, missing) = ledger(c, incident)?;
    let line = |one: &crate::actions::told::Untold| {
        let role = t.t1("playbook-role", "role", &one.role);
        match one.role == "reporter" || one.name.is_empty() {
            true => role,
            false => format!("{} ({role})", one.name),
        }
    };
    Ok(listed(t, &missing.iter().map(line).collect::<Vec<_>>()))
}
