//! What letters about a dispatch say, to the partner and to the desk. A partner's letter carries
//! facts of the incident only when the incident is not more closed than the dispatch; what only the
//! police read is in no letter at all, the letter then is a bell at the door.

use super::links;
use crate::actions::announce::{Cause, Told, tell};
use crate::actions::chat::alarm::Asks;
use crate::actions::letters::Matter;
use crate::actions::recipients::Recipient;
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::records::{Dispatch, Incident, Organisation};
use crate::store::Conn;
use crate::texts::Texts;

/// The case in which something is said.
pub(super) struct Case<'a> {
    pub(super) office: &'a Office,
    pub(super) ctx: &'a Ctx,
    pub(super) incident: &'a Incident,
    /// The partner.
    pub(super) organisation: &'a Organisation,
}

/// One thing to say.
pub(super) struct Say {
    /// Names the texts `letter-PURPOSE-…`.
    pub(super) purpose: &'static str,
    /// What is asked is due then.
    pub(super) due: Option<Timestamp>,
    /// What somebody wrote for this reader.
    pub(super) text: Option<String>,
    /// One cause, within the dispatch: nobody hears of it twice.
    pub(super) cause: String,
    /// Whether a reader without an account gets a link to answer by.
    pub(super) answerable: bool,
    /// The answer's word, for the subject.
    pub(super) answer: Option<String>,
}

impl Say {
    /// Something without words of its own.
    pub(super) fn bare(purpose: &'static str, cause: impl Into<String>) -> Self {
        Self { purpose, due: None, text: None, cause: cause.into(), answerable: true, answer: None }
    }

    /// The request itself.
    pub(super) fn asked(dispatch: &Dispatch) -> Self {
        Self {
            due: dispatch.next_due_at,
            text: Some(dispatch.content.clone()),
            ..Self::bare("dispatch", "sent")
        }
    }
}

/// Says it to the partner's people, each with the way to answer that is theirs.
pub(super) fn to_partner(
    tx: &mut Conn,
    case: &Case<'_>,
    dispatch: &Dispatch,
    people: &[Recipient],
    say: &Say,
) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    for person in people {
        let t = Texts(person.language);
        let mut matter = Matter::about(case.incident, say.purpose);
        matter.code = dispatch.code.clone();
        // The facts of an incident are chosen here, not by the letter.
        matter.to_reporter = true;
        matter.tlp = dispatch.tlp;
        matter.due = say.due;
        let open = dispatch.accepted_at.is_none() && !dispatch.state.is_over();
        matter.asks = match say.answerable && open {
            true => Asks::Dispatch(dispatch.code.clone(), dispatch.kind),
            false => Asks::Nothing,
        };
        matter.values = values(&t, case, dispatch, say);
        if !dispatch.police_only {
            matter.text.clone_from(&say.text);
            matter.facts = facts(&t, case, dispatch);
        }
        let path = if say.answerable {
            links::path_for(tx, case, dispatch, person)?
        } else if person.account.is_some() {
            format!("/phieu/{}", dispatch.code)
        } else {
            String::new()
        };
        matter.link = ("letter-open-dispatch", path);
        let cause = cause(dispatch, say);
        let one = std::slice::from_ref(person);
        told.extend(tell(tx, case.office, case.ctx, case.incident, one, &matter, &cause)?);
    }
    Ok(told)
}

/// Says it to the desk, which sees the case anyway.
pub(super) fn to_desk(
    tx: &mut Conn,
    case: &Case<'_>,
    dispatch: &Dispatch,
    people: &[Recipient],
    say: &Say,
) -> Result<Vec<Told>> {
    let mut told = Vec::new();
    for person in people {
        let t = Texts(person.language);
        let mut matter = Matter::about(case.incident, say.purpose);
        matter.tlp = case.incident.tlp.max(dispatch.tlp);
        matter.asks = Asks::Nothing;
        matter.due = say.due;
        matter.text.clone_from(&say.text);
        matter.values = values(&t, case, dispatch, say);
        matter.link = ("letter-open-dispatch", format!("/phieu/{}", dispatch.code));
        let cause = cause(dispatch, say);
        let one = std::slice::from_ref(person);
        told.extend(tell(tx, case.office, case.ctx, case.incident, one, &matter, &cause)?);
    }
    Ok(told)
}

fn cause(dispatch: &Dispatch, say: &Say) -> Cause {
    Cause {
        key: format!("dispatch:{}:{}", dispatch.id, say.cause),
        step: None,
        dispatch: Some(dispatch.id),
    }
}

fn values(
    t: &Texts,
    case: &Case<'_>,
    dispatch: &Dispatch,
    say: &Say,
) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("dispatch", dispatch.code.clone()),
        ("partner", case.organisation.name.clone()),
        ("kind", t.t(&format!("kind-{}", dispatch.kind))),
    ];
    if let Some(answer) = &say.answer {
        values.push(("answer", t.t(&format!("dispatch-entry-{answer}"))));
    }
    values
}

fn facts(t: &Texts, case: &Case<'_>, dispatch: &Dispatch) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("fact-dispatch-kind", t.t(&format!("kind-{}", dispatch.kind))),
        ("fact-ground", dispatch.ground.clone()),
    ];
    if let Some(accept_by) = dispatch.accept_by.filter(|_| dispatch.accepted_at.is_none()) {
        facts.push(("fact-accept-by", accept_by.local()));
    }
    if let Some(result_by) = dispatch.result_by {
        facts.push(("fact-result-by", result_by.local()));
    }
    // What the dispatch may say, the incident's facts may only when they are as free: then the
    // channel's ceiling, which was asked for the dispatch, holds for them as well.
    if case.incident.tlp <= dispatch.tlp {
        facts.push(("fact-incident", case.incident.code.clone()));
        facts.push(("fact-title", case.incident.title.clone()));
        facts.push(("fact-category", t.t(&format!("category-{}", case.incident.category))));
    }
    facts
}
