//! What each reader sees of a dispatch (design.md sections 5 and 6).
//!
//! The partner sees what was sent, the thread and its own files, facts of the incident only when the
//! incident's TLP allows its kind of organisation, and never who reported or what the report says.
//! A police-only dispatch is seen by the police and by the desk that wrote it; of the answers the
//! desk reads the words and times, and the text only of a question or refusal, which is addressed to
//! it. Whoever else asks gets the answer for what does not exist.

use serde::Serialize;
use serde_json::json;

use super::REMOVED;
use crate::actions::announce::tlp_allows;
use crate::actions::evidence;
use crate::actions::record::audited;
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::dispatch::DispatchCode;
use crate::domain::ids::{DispatchId, EvidenceId};
use crate::domain::indicators::defanged;
use crate::domain::person::Actor;
use crate::domain::sight::{Depth, Sight, Verb};
use crate::domain::words::{
    Answer, BlockState, Category, DispatchKind, DispatchState, IndicatorKind, Priority, Tlp, Way,
};
use crate::error::{Error, Result};
use crate::records::{Dispatch, DispatchEntry, Incident, Organisation};
use crate::store::{
    Conn, accounts, dispatches, evidence as evidence_store, incidents, organisations, sight,
};

/// As whom somebody reads a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Of the organisation that it was sent to, by account or link.
    Partner,
    /// The coordination desk.
    Desk,
    /// Somebody on the case.
    Case,
}

/// What the incident is, as far as this reader may know.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct IncidentFacts {
    /// `SC-2026-000123`.
    pub code: String,
    /// Its title.
    pub title: String,
    /// What happened.
    pub category: Category,
    /// How urgent it is.
    pub priority: Priority,
}

/// One entry of the thread.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct EntryView {
    /// Its number in the thread.
    pub seq: i32,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// By which way.
    pub way: Way,
    /// By whom.
    pub by: String,
    /// `accept`, `refuse`, …, or the desk's `reply`, `cancel`, `ask_removal`, `remind`.
    pub answer: String,
    /// What was written; empty when hidden.
    pub text: String,
    /// The text is for the police alone.
    pub hidden: bool,
}

/// One file that came with an answer.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct FileView {
    /// Its identifier.
    #[schema(value_type = String)]
    pub id: EvidenceId,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// This reader may have the bytes.
    pub readable: bool,
}

/// One indicator of the incident, defanged.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct IndicatorView {
    /// What it is.
    pub kind: IndicatorKind,
    /// Not to be clicked on.
    pub value: String,
}

/// What this reader can do now.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct Can {
    /// Words of the answers that are taken now.
    pub answers: Vec<String>,
    /// Reply to the question.
    pub reply: bool,
    /// Withdraw it.
    pub cancel: bool,
    /// Send it again.
    pub remind: bool,
    /// Ask to lift the block.
    pub ask_removal: bool,
    /// Open the incident as a case.
    pub open_incident: bool,
}

/// One dispatch, cut for one reader.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct DispatchView {
    /// Its identifier.
    #[schema(value_type = String)]
    pub id: DispatchId,
    /// `PDP-2026-000012`.
    pub code: String,
    /// The incident, if this reader may know of it.
    pub incident: Option<IncidentFacts>,
    /// The partner's key.
    pub organisation: String,
    /// The partner's name.
    pub organisation_name: String,
    /// Who sent it: the coordinating organisation.
    pub issuer: String,
    /// What is asked.
    pub kind: DispatchKind,
    /// The legal ground.
    pub ground: String,
    /// What is asked, in words.
    pub content: String,
    /// Answers are for the police alone.
    pub police_only: bool,
    /// How closed it is.
    pub tlp: Tlp,
    /// An exercise.
    pub drill: bool,
    /// Where it is.
    pub state: DispatchState,
    /// Where the block is that was made.
    pub block_state: Option<BlockState>,
    /// Due time of the acceptance.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accept_by: Option<Timestamp>,
    /// Due time of the result.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub result_by: Option<Timestamp>,
    /// What is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// The due time passed.
    pub overdue: bool,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// For changes.
    pub version: i32,
    /// What was answered and asked, oldest first.
    pub thread: Vec<EntryView>,
    /// What went along with the request, and what came with the answers.
    pub files: Vec<FileView>,
    /// What to look for.
    pub indicators: Vec<IndicatorView>,
    /// What this reader can do now.
    pub can: Can,
}

/// One line of a list.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct DispatchLine {
    /// Its identifier.
    #[schema(value_type = String)]
    pub id: DispatchId,
    /// `PDP-2026-000012`.
    pub code: String,
    /// The incident, if this reader may know of it.
    pub incident: Option<IncidentFacts>,
    /// The partner's key.
    pub organisation: String,
    /// The partner's short name.
    pub organisation_name: String,
    /// What is asked.
    pub kind: DispatchKind,
    /// Answers are for the police alone.
    pub police_only: bool,
    /// How closed it is.
    pub tlp: Tlp,
    /// Where it is.
    pub state: DispatchState,
    /// Where the block is.
    pub block_state: Option<BlockState>,
    /// Due time of the acceptance.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accept_by: Option<Timestamp>,
    /// Due time of the result.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub result_by: Option<Timestamp>,
    /// What is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// The due time passed.
    pub overdue: bool,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A page of dispatches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchPage {
    /// Newest first.
    pub items: Vec<DispatchLine>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// Which dispatches are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Only in this state.
    pub state: Option<DispatchState>,
    /// Only what is overdue (the desk's filter).
    pub overdue: bool,
    /// Only below this number.
    pub before: Option<i64>,
    /// At most so many; 1 to 100.
    pub limit: i64,
}

/// How a door names a dispatch: its code in any writing, or its identifier.
///
/// # Errors
/// [`Error::NotFound`], for what does not exist and for what may not be seen.
pub fn find_seen(c: &mut Conn, ctx: &Ctx, name: &str) -> Result<(Dispatch, Reader)> {
    let dispatch = match name.parse::<DispatchCode>() {
        Ok(code) => {
            let found = dispatches::find_by_number(c, code.number)?;
            if found.code != code.to_string() {
                return Err(Error::NotFound("dispatch"));
            }
            found
        }
        Err(_) => {
            let id: DispatchId = name.parse().map_err(|_| Error::NotFound("dispatch"))?;
            dispatches::find(c, id)?
        }
    };
    let reader = reader(c, ctx, &dispatch)?;
    Ok((dispatch, reader))
}

fn reader(c: &mut Conn, ctx: &Ctx, dispatch: &Dispatch) -> Result<Reader> {
    let sight = ctx.sight();
    if sight.all {
        return Ok(Reader::Desk);
    }
    if !sight::sees_dispatch(c, &sight, dispatch)? {
        return Err(Error::NotFound("dispatch"));
    }
    if is_partner(ctx, &sight, dispatch) {
        return Ok(Reader::Partner);
    }
    let incident = incidents::find(c, dispatch.incident_id)?;
    match sight::depth(c, &sight, &incident) {
        Ok(Depth::Coordination) => Ok(Reader::Desk),
        Ok(_) if !dispatch.police_only => Ok(Reader::Case),
        // A head of the partner's parent organisation reads what it was asked, but not what is for
        // the police alone.
        _ if !dispatch.police_only && sight.organisations.contains(&dispatch.organisation_id) => {
            Ok(Reader::Partner)
        }
        Ok(_) | Err(Error::NotFound(_)) => Err(Error::NotFound("dispatch")),
        Err(why) => Err(why),
    }
}

/// Whether the viewer is of the organisation it was sent to.
fn is_partner(ctx: &Ctx, sight: &Sight, dispatch: &Dispatch) -> bool {
    let own = match &ctx.actor {
        Actor::Person(person) => person.organisation == dispatch.organisation_id,
        _ => false,
    };
    sight.dispatches_to == Some(dispatch.organisation_id)
        || (own && sight.organisations.contains(&dispatch.organisation_id))
}

/// One dispatch for whoever asks. Sight of a police-only one is on the audit trail.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn view(office: &Office, ctx: &Ctx, name: &str) -> Result<DispatchView> {
    let (own, name) = (ctx.clone(), name.to_owned());
    let view = office
        .db
        .read(move |c| {
            let (dispatch, reader) = find_seen(c, &own, &name)?;
            shown(c, &own, &dispatch, reader)
        })
        .await?;
    if view.police_only {
        let (ctx, code) = (ctx.clone(), view.code.clone());
        office
            .write(move |tx| audited(tx, &ctx, "dispatch.seen", "dispatch", &code, json!({})))
            .await?;
    }
    Ok(view)
}

/// The dispatches of an incident, for its page and the API; the caller has checked the sight.
///
/// # Errors
/// The database's.
pub fn of_incident(c: &mut Conn, ctx: &Ctx, incident: &Incident) -> Result<Vec<DispatchLine>> {
    let mut seen = Vec::new();
    for dispatch in dispatches::of_incident(c, incident.id)? {
        match reader(c, ctx, &dispatch) {
            Ok(_) => seen.push(dispatch),
            Err(Error::NotFound(_)) => {}
            Err(why) => return Err(why),
        }
    }
    lines(c, ctx, seen)
}

/// A page of dispatches: all of them for the desk, those to the own organisation for a partner.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::SignInFirst`] or `NotAllowed` for whoever has no dispatches.
pub async fn list(office: &Office, ctx: &Ctx, wanted: Wanted) -> Result<DispatchPage> {
    let ctx = ctx.clone();
    office
        .db
        .read(move |c| {
            let limit = wanted.limit.clamp(1, 100);
            let mut found = if ctx.sight().all {
                if wanted.overdue {
                    dispatches::overdue(c, wanted.before, limit + 1)?
                } else {
                    dispatches::list(c, wanted.state, wanted.before, limit + 1)?
                }
            } else {
                if ctx.sight().member.is_some() && Verb::AnswerDispatch.by(&ctx.actor).is_err() {
                    // A responder reads dispatches on the incidents they are on.
                    return Ok(DispatchPage { items: Vec::new(), next: None });
                }
                Verb::AnswerDispatch.by(&ctx.actor)?;
                let own = ctx.actor.person()?.organisation;
                dispatches::to_organisation(c, own, wanted.state, wanted.before, limit + 1)?
            };
            let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
            if more {
                found.pop();
            }
            let next = found.last().filter(|_| more).map(|last| last.number);
            Ok(DispatchPage { items: lines(c, &ctx, found)?, next })
        })
        .await
}

fn lines(c: &mut Conn, ctx: &Ctx, found: Vec<Dispatch>) -> Result<Vec<DispatchLine>> {
    let sight = ctx.sight();
    let cases: Vec<_> = found.iter().map(|dispatch| dispatch.incident_id).collect();
    let cases = incidents::list_of(c, &cases)?;
    let partners: Vec<_> = found.iter().map(|dispatch| dispatch.organisation_id).collect();
    let partners = organisations::list_of(c, &partners)?;
    let mut lines = Vec::new();
    for dispatch in found {
        let partner = partners.iter().find(|partner| partner.id == dispatch.organisation_id);
        let incident = match cases.iter().find(|case| case.id == dispatch.incident_id) {
            Some(case) if knows(c, &sight, case, partner)? => Some(facts(case)),
            _ => None,
        };
        lines.push(DispatchLine {
            id: dispatch.id,
            code: dispatch.code,
            incident,
            organisation: partner.map_or_else(String::new, |partner| partner.key.clone()),
            organisation_name: partner
                .map_or_else(String::new, |partner| partner.short_name.clone()),
            kind: dispatch.kind,
            police_only: dispatch.police_only,
            tlp: dispatch.tlp,
            state: dispatch.state,
            block_state: dispatch.block_state,
            accept_by: dispatch.accept_by,
            result_by: dispatch.result_by,
            next_due_at: dispatch.next_due_at,
            overdue: dispatch.overdue,
            created_at: dispatch.created_at,
        });
    }
    Ok(lines)
}

fn facts(incident: &Incident) -> IncidentFacts {
    IncidentFacts {
        code: incident.code.clone(),
        title: incident.title.clone(),
        category: incident.category,
        priority: incident.priority,
    }
}

/// Whether the incident's facts may be known: the incident is seen, or its TLP lets this kind of
/// organisation have them.
fn knows(
    c: &mut Conn,
    sight: &Sight,
    incident: &Incident,
    partner: Option<&Organisation>,
) -> Result<bool> {
    let kind = partner.map(|partner| partner.kind);
    if sight.all || tlp_allows(kind, incident.tlp) {
        return Ok(true);
    }
    match sight::depth(c, sight, incident) {
        Ok(depth) => Ok(depth >= Depth::Case),
        Err(Error::NotFound(_)) => Ok(false),
        Err(why) => Err(why),
    }
}

/// The dispatch as this reader has it.
pub(super) fn shown(
    c: &mut Conn,
    ctx: &Ctx,
    dispatch: &Dispatch,
    reader: Reader,
) -> Result<DispatchView> {
    let incident = incidents::find(c, dispatch.incident_id)?;
    let organisation = organisations::find(c, dispatch.organisation_id)?;
    let sees = ctx.sight();
    let knows = knows(c, &sees, &incident, Some(&organisation))?;
    let open_incident = match sight::depth(c, &sees, &incident) {
        Ok(depth) => depth >= Depth::Case,
        Err(Error::NotFound(_)) => false,
        Err(why) => return Err(why),
    };
    let issuer = match dispatch.created_by {
        Some(account) => {
            let account = accounts::find(c, account)?;
            organisations::find(c, account.organisation_id)?.name
        }
        None => String::new(),
    };
    let thread = dispatches::entries(c, dispatch.id)?
        .into_iter()
        .map(|entry| entry_shown(entry, dispatch, reader))
        .collect();
    let mut files = Vec::new();
    if !dispatch.police_only || reader == Reader::Partner {
        let mut all = evidence_store::attached(c, dispatch.id)?;
        all.extend(evidence_store::of_dispatch(c, dispatch.id)?);
        for file in all {
            let readable = match evidence::find_seen(c, ctx, file.id) {
                Ok(_) => true,
                Err(Error::NotFound(_)) => false,
                Err(why) => return Err(why),
            };
            files.push(FileView {
                readable,
                id: file.id,
                name: file.name,
                size: file.size,
                sha256: file.sha256,
                at: file.created_at,
            });
        }
    }
    let mut indicators = Vec::new();
    if knows && dispatch.tlp <= Tlp::Amber && incident.tlp <= Tlp::Amber {
        for found in incidents::indicators_of(c, incident.id)? {
            // A mail address may be a person's: who reported stays in the house.
            if reader == Reader::Partner && found.kind == IndicatorKind::Email {
                continue;
            }
            let value = defanged(found.kind, &found.value);
            indicators.push(IndicatorView { kind: found.kind, value });
        }
    }
    Ok(DispatchView {
        id: dispatch.id,
        code: dispatch.code.clone(),
        incident: knows.then(|| facts(&incident)),
        organisation: organisation.key,
        organisation_name: organisation.name,
        issuer,
        kind: dispatch.kind,
        ground: dispatch.ground.clone(),
        content: dispatch.content.clone(),
        police_only: dispatch.police_only,
        tlp: dispatch.tlp,
        drill: incident.drill,
        state: dispatch.state,
        block_state: dispatch.block_state,
        accept_by: dispatch.accept_by,
        result_by: dispatch.result_by,
        next_due_at: dispatch.next_due_at,
        overdue: dispatch.overdue,
        created_at: dispatch.created_at,
        accepted_at: dispatch.accepted_at,
        ended_at: dispatch.ended_at,
        version: dispatch.version,
        thread,
        files,
        indicators,
        can: Can { open_incident, ..can(ctx, dispatch, reader) },
    })
}

fn entry_shown(entry: DispatchEntry, dispatch: &Dispatch, reader: Reader) -> EntryView {
    let to_the_desk =
        [Answer::Ask.as_word(), Answer::Refuse.as_word()].contains(&entry.answer.as_str());
    let hidden = dispatch.police_only
        && reader != Reader::Partner
        && entry.way != Way::Coordination
        && !to_the_desk
        && !entry.text.is_empty();
    EntryView {
        seq: entry.seq,
        at: entry.at,
        way: entry.way,
        by: entry.actor_name,
        answer: entry.answer,
        text: if hidden { String::new() } else { entry.text },
        hidden,
    }
}

fn can(ctx: &Ctx, dispatch: &Dispatch, reader: Reader) -> Can {
    let mut can = Can::default();
    let may = |verb: Verb| verb.by(&ctx.actor).is_ok();
    let answers = match &ctx.actor {
        // Reading by link: the link is the permission.
        Actor::Nobody | Actor::Link { .. } => reader == Reader::Partner,
        Actor::Person(person) => {
            person.organisation == dispatch.organisation_id && may(Verb::AnswerDispatch)
        }
        _ => false,
    };
    if answers {
        can.answers = dispatch
            .state
            .answers(dispatch.kind)
            .iter()
            .map(|answer| answer.as_word().to_owned())
            .collect();
        if dispatch.block_state == Some(BlockState::RemovalAsked) {
            can.answers.push(REMOVED.to_owned());
        }
    }
    if reader == Reader::Desk && may(Verb::Dispatch) {
        can.reply = dispatch.state == DispatchState::Question;
        can.remind = !dispatch.state.is_over();
        can.ask_removal = dispatch.block_state == Some(BlockState::Active);
    }
    can.cancel = reader == Reader::Desk && may(Verb::CancelDispatch) && !dispatch.state.is_over();
    can
}
