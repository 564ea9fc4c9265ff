//! What a partner says: by account for the own organisation, or by the link of this one dispatch.
//! The dispatch is held, so of two answers at once one counts and the other is told so.

use playbooks::Role as Needed;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{desk_of, keep_place, links, on_record, partner, record, timers, views, words};
use crate::actions::chat::settled;
use crate::actions::evidence::{self, Origin, Staged};
use crate::actions::once::{self, Lock};
use crate::actions::record::audited;
use crate::actions::{Ctx, Office, questions};
use crate::domain::dispatch::{BlockStep, block_after};
use crate::domain::ids::{DispatchId, Id};
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::secrecy;
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{
    Answer, Audience, BlockState, DispatchKind, DispatchState, EvidenceSource, Way,
};
use crate::error::Result;
use crate::records::{Dispatch, DispatchEntry, Incident};
use crate::store::{Conn, dispatches, evidence as evidence_store, incidents};

/// The word with which a partner says that a block was lifted.
pub const REMOVED: &str = "removed";

/// What a partner says.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct NewAnswer {
    /// Word of the answer, or `removed` for a block.
    pub answer: String,
    /// The reason, question, progress or result.
    pub text: String,
    /// A mark of secrecy stands alone in the text, and the writer confirmed that it is no secret.
    pub secret_confirmed: bool,
    /// Makes a repeated submission one answer; a door's, not the body's.
    #[serde(skip)]
    pub key: Option<String>,
}

/// An answer by account.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for a dispatch that is not seen; [`Refusal::NotAllowed`] for
/// somebody of another organisation; [`Refusal::DispatchState`] when it was answered already;
/// [`Refusal::Fields`].
pub async fn answer(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    given: NewAnswer,
    files: Vec<Staged>,
) -> Result<Dispatch> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let (dispatch, _) = views::find_seen(tx, &ctx, &name)?;
            Verb::AnswerDispatch.by(&ctx.actor)?;
            if let Actor::Person(person) = &ctx.actor
                && person.organisation != dispatch.organisation_id
            {
                return Err(Refusal::NotAllowed.into());
            }
            let who = ctx.actor.account().map(|account| account.to_string());
            let scope = format!("answer:{}", who.unwrap_or_else(|| ctx.actor.name()));
            if let Some(key) = &given.key {
                let print = format!("{}{}", dispatch.code, json!(given));
                let lock = Lock::new(key, print.as_bytes())?;
                if once::begin::<()>(tx, &scope, &lock, ctx.now)?.is_some() {
                    return dispatches::find(tx, dispatch.id);
                }
                once::finish(tx, &scope, &lock, &())?;
            }
            respond(tx, &office_, &ctx, dispatch.id, Way::Account, &given, &files)
        })
        .await
}

/// An answer by link.
///
/// # Errors
/// [`Refusal::LinkNotValid`], whatever is wrong with the link; [`Refusal::DispatchState`];
/// [`Refusal::Fields`].
pub async fn answer_by_link(
    office: &Office,
    ctx: &Ctx,
    token: &str,
    given: NewAnswer,
    files: Vec<Staged>,
) -> Result<Dispatch> {
    let (office_, ctx, token) = (office.clone(), ctx.clone(), token.to_owned());
    office
        .write(move |tx| {
            let (link, dispatch) = links::valid(tx, &token, ctx.now)?;
            let name = link.recipient_name.clone();
            let ctx = Ctx { actor: Actor::Link { dispatch: dispatch.id, name }, ..ctx.clone() };
            let answered = respond(tx, &office_, &ctx, dispatch.id, Way::Link, &given, &files)?;
            // The dispatch was held meanwhile: a withdrawal that came first revoked the link.
            links::valid(tx, &token, ctx.now)?;
            dispatches::use_link(tx, link.id, ctx.now)?;
            Ok(answered)
        })
        .await
}

/// What was said, as a word that is known.
enum Said {
    Answer(Answer),
    Removed,
}

impl Said {
    fn read(word: &str) -> Result<Self, FieldError> {
        match word.trim() {
            "" => Err(FieldError::new("answer", "field-choose")),
            REMOVED => Ok(Self::Removed),
            word => match word.parse() {
                Ok(answer) => Ok(Self::Answer(answer)),
                Err(_) => Err(FieldError::new("answer", "field-unknown")),
            },
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Answer(answer) => answer.as_word(),
            Self::Removed => REMOVED,
        }
    }

    const fn needs_text(&self, kind: DispatchKind) -> bool {
        match self {
            Self::Answer(answer) => answer.needs_text(kind),
            Self::Removed => false,
        }
    }
}

/// Holds the incident and then the dispatch, always in this order.
pub(super) fn hold_both(tx: &mut Conn, id: DispatchId) -> Result<(Incident, Dispatch)> {
    let found = dispatches::find(tx, id)?;
    let incident = incidents::hold(tx, found.incident_id)?;
    let dispatch = dispatches::hold(tx, id)?;
    Ok((incident, dispatch))
}

/// Checks what was written in a thread: limits, control characters, marks of secrecy.
pub(super) fn words_of(text: &str, needed: bool, confirmed: bool) -> Result<String, Refusal> {
    let checked = if needed {
        text::some_block("text", text, limit::TEXT)
    } else {
        text::block("text", text, limit::TEXT)
    };
    let text = checked.map_err(|bad| Refusal::Fields(vec![bad]))?;
    if !confirmed && secrecy::marked(&text).is_some() {
        let bad = FieldError::new("secret_confirmed", "field-secret-word");
        return Err(Refusal::Fields(vec![bad]));
    }
    Ok(text)
}

fn respond(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    id: DispatchId,
    way: Way,
    given: &NewAnswer,
    files: &[Staged],
) -> Result<Dispatch> {
    let (mut incident, mut dispatch) = hold_both(tx, id)?;
    let said = Said::read(&given.answer)?;
    // The state first: whoever comes second learns that, and not that a text is missing.
    apply(&mut dispatch, &said, ctx)?;
    let text = words_of(&given.text, said.needs_text(dispatch.kind), given.secret_confirmed)?;
    timers::due_next(&mut dispatch, ctx.now);
    dispatch.version += 1;
    dispatches::save(tx, &dispatch)?;
    timers::settle(tx, &dispatch)?;
    let entry = add_entry(tx, ctx, &dispatch, way, said.word(), &text)?;
    keep_files(tx, office, ctx, &incident, &dispatch, files)?;

    let organisation = partner(tx, dispatch.organisation_id)?;
    let happening = on_record("dispatch_answered", &dispatch, &organisation)
        .with("answer", said.word())
        .with("way", way)
        .with("files", files.len());
    record(tx, ctx, &incident, &dispatch, happening, &text)?;
    let detail = json!({
        "incident": incident.code, "answer": said.word(), "way": way, "files": files.len(),
        "by": organisation.key,
    });
    audited(tx, ctx, "dispatch.answer", "dispatch", &dispatch.code, detail)?;
    if matches!(said, Said::Answer(_)) {
        settled::dispatch_answered(tx, ctx, &dispatch)?;
    }

    let people = desk_of(tx, &incident, &dispatch, &[Needed::DutyOfficer], ctx.now)?;
    let case = words::Case { office, ctx, incident: &incident, organisation: &organisation };
    let say = words::Say {
        text: (!text.is_empty() && !dispatch.police_only).then_some(text),
        answer: Some(said.word().to_owned()),
        ..words::Say::bare("dispatch_answered", entry.seq.to_string())
    };
    words::to_desk(tx, &case, &dispatch, &people, &say)?;
    keep_place(tx, ctx, &mut incident)?;
    questions::dispatch_moved(tx, office, ctx, &incident, &dispatch)?;
    Ok(dispatch)
}

/// The new state and its facts.
fn apply(dispatch: &mut Dispatch, said: &Said, ctx: &Ctx) -> Result<(), Refusal> {
    match said {
        Said::Removed => {
            let block = block_after(dispatch.state, dispatch.block_state, BlockStep::Removed)?;
            dispatch.block_state = Some(block);
        }
        Said::Answer(answer) => {
            dispatch.state = dispatch.state.after(*answer, dispatch.kind)?;
            let taken = matches!(dispatch.state, DispatchState::Accepted | DispatchState::Done);
            if taken && dispatch.accepted_at.is_none() {
                dispatch.accepted_at = Some(ctx.now);
            }
            if dispatch.state.is_over() {
                dispatch.ended_at = Some(ctx.now);
            }
            if dispatch.state == DispatchState::Done && dispatch.kind == DispatchKind::Block {
                dispatch.block_state = Some(BlockState::Active);
            }
        }
    }
    Ok(())
}

/// Adds to the thread.
pub(super) fn add_entry(
    tx: &mut Conn,
    ctx: &Ctx,
    dispatch: &Dispatch,
    way: Way,
    answer: &str,
    text: &str,
) -> Result<DispatchEntry> {
    let entry = DispatchEntry {
        id: Id::new(ctx.now),
        dispatch_id: dispatch.id,
        seq: dispatches::next_seq(tx, dispatch.id)?,
        at: ctx.now,
        way,
        actor_id: ctx.actor.account(),
        actor_name: ctx.actor.name(),
        answer: answer.to_owned(),
        text: text.to_owned(),
    };
    dispatches::insert_entry(tx, &entry)?;
    Ok(entry)
}

/// Keeps the files of an answer: as closed as the dispatch.
fn keep_files(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    dispatch: &Dispatch,
    files: &[Staged],
) -> Result<()> {
    for file in files {
        let mut origin = Origin::new(EvidenceSource::Dispatch);
        origin.dispatch = Some(dispatch.id);
        if dispatch.police_only {
            origin.audience = Audience::Police;
        }
        let mut row = evidence::keep_staged(tx, office, ctx, incident, file, origin)?;
        row.tlp = dispatch.tlp;
        evidence_store::save(tx, &row)?;
    }
    Ok(())
}
