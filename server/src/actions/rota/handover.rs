//! Hand-overs: what was open when one officer left and the next came, as a record that the incoming
//! officer acknowledges.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::incidents::written;
use super::super::record::audited;
use super::super::{Ctx, Office};
use super::book::{self, Book};
pub use super::open::{Facts, facts_now};
use super::{held, seen, views, watch};
use crate::clock::Timestamp;
use crate::domain::ids::{HandoverId, Id, RotaId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::rota::Shift;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::records::Handover;
use crate::store::{Conn, rota as store};

/// How far ahead the next shift is looked for.
const AHEAD: chrono::Duration = chrono::Duration::days(62);

/// The next hand-over, before it is written: what would be left to whom.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The rota's identifier and name.
    pub rota: RotaId,
    /// Its name.
    pub rota_name: String,
    /// Who comes, and when; `None`: nobody in sight.
    pub next: Option<(views::Person, Timestamp)>,
    /// What is open now.
    pub facts: Facts,
    /// The note, when it was written already.
    pub note: String,
}

/// A note for the next officer.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = NewHandover)]
#[serde(default, deny_unknown_fields)]
pub struct NewHandover {
    /// What the next officer has to know.
    pub note: String,
    /// A word of secrecy stands alone in the text, and it is no secret.
    pub secret_confirmed: bool,
}

/// The next hand-over of whoever asks: the end of the own shift, and who comes then.
fn next_of(book: &Book, ctx: &Ctx) -> Result<Option<(Shift, Shift)>> {
    let person = ctx.actor.person()?;
    for line in crate::domain::rota::LINES {
        let shifts = book.rules.whole_shifts(line, ctx.now, ctx.now + AHEAD);
        let mine =
            shifts.iter().position(|shift| shift.covers(ctx.now) && shift.who == Some(person.id));
        let Some(mine) = mine else { continue };
        // A person with two turns in a row hands over after the second.
        let rest = shifts.get(mine..).unwrap_or_default();
        let last = rest.iter().take_while(|shift| shift.who == Some(person.id)).last();
        let Some(last) = last.cloned() else { continue };
        let next = rest.iter().find(|shift| shift.from == last.to);
        return Ok(next.filter(|next| next.who.is_some()).map(|next| (last, next.clone())));
    }
    Err(Refusal::RotaMoved.into())
}

fn read(c: &mut Conn, ctx: &Ctx, rota: crate::records::Rota) -> Result<Book> {
    let long = chrono::Duration::days(32);
    book::read(c, rota, ctx.now - long, ctx.now + AHEAD + long, ctx.now)
}

/// What the officer on duty would hand over.
///
/// # Errors
/// [`Refusal::RotaMoved`] for whoever is not on duty.
pub async fn draft(office: &Office, ctx: &Ctx, id: RotaId) -> Result<Draft> {
    let ctx = ctx.clone();
    office
        .db
        .read(move |c| {
            let rota = seen(c, &ctx, Verb::ServeDuty, id)?;
            let (rota_name, book) = (rota.name.clone(), read(c, &ctx, rota)?);
            let next = next_of(&book, &ctx)?;
            let mut note = String::new();
            if let Some((_, next)) = &next
                && let Some(there) = store::handover_at(c, id, next.line, next.from)?
            {
                note = there.note;
            }
            let next = next.and_then(|(_, next)| {
                let who = next.who.and_then(|who| book.people.get(&who))?;
                Some((views::Person::of(who), next.from))
            });
            Ok(Draft { rota: id, rota_name, next, facts: facts_now(c, &ctx)?, note })
        })
        .await
}

/// Writes the hand-over of the own shift; a second time changes what was written, until the next
/// officer has taken it.
///
/// # Errors
/// [`Refusal::RotaMoved`] for whoever is not on duty, when nobody comes next, or when it was taken.
pub async fn write(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    typed: NewHandover,
) -> Result<HandoverId> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::ServeDuty, id)?;
            let book = read(tx, &ctx, rota)?;
            let Some((mine, next)) = next_of(&book, &ctx)? else {
                return Err(FieldError::new("note", "field-rota-no-next").into());
            };
            let (Some(outgoing), Some(incoming)) = (mine.who, next.who) else {
                return Err(Refusal::RotaMoved.into());
            };
            // Nothing to add is an answer too.
            let note = match typed.note.trim() {
                "" => String::new(),
                words => written("note", words, typed.secret_confirmed)?,
            };
            let facts = serde_json::to_string(&facts_now(tx, &ctx)?).map_err(Error::internal)?;
            let there = store::handover_at(tx, id, next.line, next.from)?;
            if there.as_ref().is_some_and(|there| there.acknowledged_at.is_some()) {
                return Err(Refusal::RotaMoved.into());
            }
            let record = Handover {
                id: there.as_ref().map_or_else(|| Id::new(ctx.now), |there| there.id),
                rota_id: id,
                line: next.line,
                at: next.from,
                outgoing_id: Some(outgoing),
                incoming_id: incoming,
                facts,
                note,
                written_by: ctx.actor.account(),
                written_at: ctx.now,
                acknowledged_at: None,
            };
            match there {
                Some(_) => store::save_handover(tx, &record)?,
                None => store::insert_handover(tx, &record)?,
            }
            let detail = json!({"handover": record.id, "at": record.at});
            audited(tx, &ctx, "rota.handover", "rota", &id.to_string(), detail)?;
            if let Some(account) = book.people.get(&incoming) {
                watch::waits(tx, &office_, &ctx, &book, &record, account)?;
            }
            watch::look(tx, &office_, &ctx, id)?;
            Ok(record.id)
        })
        .await
}

/// The incoming officer takes the hand-over. A second time changes nothing.
///
/// # Errors
/// [`Refusal::NotAllowed`] for anybody else.
pub async fn acknowledge(office: &Office, ctx: &Ctx, id: HandoverId) -> Result<()> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let record = store::find_handover(tx, id)?;
            let rota = held(tx, &ctx, Verb::ServeDuty, record.rota_id)?;
            let mut record = store::find_handover(tx, id)?;
            if ctx.actor.account() != Some(record.incoming_id) {
                return Err(Refusal::NotAllowed.into());
            }
            if record.acknowledged_at.is_some() {
                return Ok(());
            }
            record.acknowledged_at = Some(ctx.now);
            store::save_handover(tx, &record)?;
            let detail = json!({"handover": record.id, "at": record.at});
            audited(tx, &ctx, "rota.handover_taken", "rota", &rota.id.to_string(), detail)?;
            watch::look(tx, &office_, &ctx, rota.id)
        })
        .await
}

/// A hand-over, for whoever reads the rota.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Handover)]
pub struct HandoverView {
    /// Its identifier.
    pub id: String,
    /// The rota.
    pub rota: String,
    /// Its name.
    pub rota_name: String,
    /// 1 or 2.
    pub line: i32,
    /// When the incoming officer's shift begins.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who went; nobody at the beginning and after a gap.
    pub outgoing: Option<views::Person>,
    /// Who came.
    pub incoming: views::Person,
    /// What the outgoing officer wrote.
    pub note: String,
    /// Nobody wrote it in time: the service noted what was open.
    pub by_service: bool,
    /// When it was written; the facts are of then.
    #[schema(value_type = String, format = DateTime)]
    pub written_at: Timestamp,
    /// When the incoming officer took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// Whoever asks has to take it.
    pub yours: bool,
    /// What was open; in lists left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
}

/// The record as it is shown.
///
/// # Errors
/// The database's.
pub(super) fn view(
    c: &mut Conn,
    ctx: &Ctx,
    rota_name: &str,
    record: &Handover,
    whole: bool,
) -> Result<HandoverView> {
    let mut ids = vec![record.incoming_id];
    ids.extend(record.outgoing_id);
    let people = store::people(c, &ids)?;
    let find = |id| {
        let found = people.iter().find(|(account, _)| account.id == id);
        found.map(|(account, _)| views::Person::of(account))
    };
    let facts = whole.then(|| serde_json::from_str(&record.facts)).transpose();
    Ok(HandoverView {
        id: record.id.to_string(),
        rota: record.rota_id.to_string(),
        rota_name: rota_name.to_owned(),
        line: record.line,
        at: record.at,
        outgoing: record.outgoing_id.and_then(find),
        incoming: find(record.incoming_id).ok_or(Error::NotFound("account"))?,
        note: record.note.clone(),
        by_service: record.written_by.is_none(),
        written_at: record.written_at,
        acknowledged_at: record.acknowledged_at,
        yours: record.acknowledged_at.is_none() && ctx.actor.account() == Some(record.incoming_id),
        facts: facts.map_err(Error::internal)?,
    })
}

/// One hand-over.
///
/// # Errors
/// [`Error::NotFound`]; not allowed.
pub async fn one(office: &Office, ctx: &Ctx, id: HandoverId) -> Result<HandoverView> {
    Verb::ReadRota.by(&ctx.actor)?;
    let ctx = ctx.clone();
    office
        .db
        .read(move |c| {
            let record = store::find_handover(c, id)?;
            let rota = seen(c, &ctx, Verb::ReadRota, record.rota_id)?;
            view(c, &ctx, &rota.name, &record, true)
        })
        .await
}

/// A page of hand-overs.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Handovers)]
pub struct HandoverPage {
    /// Newest first.
    pub items: Vec<HandoverView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The hand-overs of a rota, newest first.
///
/// # Errors
/// [`Error::NotFound`]; not allowed; a cursor that is none.
pub async fn list(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    cursor: &str,
    limit: i64,
) -> Result<HandoverPage> {
    let before: Option<HandoverId> = match cursor.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| FieldError::new("cursor", "field-cursor"))?),
    };
    let (ctx, limit) = (ctx.clone(), limit.clamp(1, 100));
    office
        .db
        .read(move |c| {
            let rota = seen(c, &ctx, Verb::ReadRota, id)?;
            let before = match before {
                Some(last) => Some((store::find_handover(c, last)?.at, last)),
                None => None,
            };
            let mut rows = store::handovers(c, id, before, limit + 1)?;
            let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
            if more {
                rows.pop();
            }
            let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
            let items = rows.iter().map(|row| view(c, &ctx, &rota.name, row, false));
            Ok(HandoverPage { items: items.collect::<Result<_>>()?, next })
        })
        .await
}
