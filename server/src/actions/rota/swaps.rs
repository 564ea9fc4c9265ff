//! Exchanges of shifts: one officer asks, the other accepts, the first confirms; only then the rota
//! is another. Whatever happened meanwhile is looked at again at every step.

use chrono::Duration;
use serde::Deserialize;
use serde_json::json;

use super::super::record::audited;
use super::super::{Ctx, Office};
use super::book::{self, Book};
use super::edit::serving;
use super::letters::{News, tell};
use super::{held, views, watch};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, RotaId, RotaSwapId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::rota::{LINES, Shift};
use crate::domain::sight::Verb;
use crate::domain::text;
use crate::domain::words::{SwapAnswer as Answer, SwapState};
use crate::error::{Error, Result};
use crate::records::{Account, Rota, RotaSwap};
use crate::store::{Conn, accounts, rota as store};

/// Exchanges of one officer that wait, at most.
const MOST: usize = 10;

/// An exchange that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[schema(as = NewSwap)]
#[serde(default, deny_unknown_fields)]
pub struct NewSwap {
    /// When the own shift begins that is given away.
    pub shift: String,
    /// Mail address of who is asked.
    pub person: String,
    /// When the shift of that person begins that is taken in return; empty: none.
    pub back: String,
    /// A word to the other.
    pub note: String,
}

/// When the earlier of the two shifts begins: from then on nothing can be exchanged.
pub(super) fn begins(swap: &RotaSwap) -> Timestamp {
    swap.back_from_at.map_or(swap.from_at, |back| back.min(swap.from_at))
}

fn read(tx: &mut Conn, ctx: &Ctx, rota: Rota) -> Result<Book> {
    let (behind, ahead) = (Duration::days(64), Duration::days(400));
    book::read(tx, rota, ctx.now - behind, ctx.now + ahead, ctx.now)
}

/// The shift of this person that begins then and has not begun.
fn shift_of(book: &Book, who: AccountId, from: Timestamp, now: Timestamp) -> Option<Shift> {
    if from <= now || from > now + Duration::days(366) {
        return None;
    }
    let just = from + Duration::microseconds(1);
    LINES
        .iter()
        .flat_map(|line| book.rules.whole_shifts(*line, from, just))
        .find(|shift| shift.from == from && shift.who == Some(who))
}

/// Asks another officer to take a shift, and perhaps to give one in return.
///
/// # Errors
/// Bad fields: a shift that is not there, a person who cannot be asked.
pub async fn ask(office: &Office, ctx: &Ctx, id: RotaId, typed: NewSwap) -> Result<RotaSwapId> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::ServeDuty, id)?;
            let me = ctx.actor.person()?.id;
            let note = text::line("note", &typed.note, text::limit::TITLE)?;
            let email = typed.person.trim().to_lowercase();
            let other = serving(tx, rota.organisation_id, "person", &email)?;
            if other.id == me {
                return Err(FieldError::new("person", "field-rota-same").into());
            }
            let book = read(tx, &ctx, rota)?;
            let mine = Timestamp::parse(&typed.shift)
                .and_then(|at| shift_of(&book, me, at, ctx.now))
                .ok_or_else(|| FieldError::new("shift", "field-rota-shift"))?;
            let back = match typed.back.trim() {
                "" => None,
                typed => Some(
                    Timestamp::parse(typed)
                        .and_then(|at| shift_of(&book, other.id, at, ctx.now))
                        .filter(|back| back.line == mine.line)
                        .ok_or_else(|| FieldError::new("back", "field-rota-shift"))?,
                ),
            };
            let waiting = store::swaps(tx, id, ctx.now)?;
            let open = |swap: &&RotaSwap| {
                swap.asker_id == me
                    && matches!(swap.state, SwapState::Offered | SwapState::Accepted)
            };
            if waiting.iter().filter(open).count() >= MOST {
                return Err(FieldError::with("shift", "field-rota-many", MOST).into());
            }
            if waiting.iter().filter(open).any(|swap| swap.from_at == mine.from) {
                return Err(FieldError::new("shift", "field-rota-asked").into());
            }
            let swap = RotaSwap {
                id: Id::new(ctx.now),
                rota_id: id,
                line: mine.line,
                state: SwapState::Offered,
                asker_id: me,
                asked_id: other.id,
                from_at: mine.from,
                to_at: mine.to,
                back_from_at: back.as_ref().map(|back| back.from),
                back_to_at: back.as_ref().map(|back| back.to),
                note,
                created_at: ctx.now,
                answered_at: None,
                confirmed_at: None,
            };
            store::insert_swap(tx, &swap)?;
            let detail = json!({"swap": swap.id, "from": swap.from_at, "back": swap.back_from_at});
            audited(tx, &ctx, "rota.swap", "rota", &id.to_string(), detail)?;
            say(tx, &office_, &ctx, &book.rota, &swap, "rota_swap_asked", &[other])?;
            Ok(swap.id)
        })
        .await
}

/// A word to an exchange.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[schema(as = AnswerSwap)]
#[serde(deny_unknown_fields)]
pub struct SwapAnswer {
    /// `accept`, `refuse`, `confirm` or `withdraw`.
    pub answer: Answer,
}

/// Goes on with an exchange.
///
/// # Errors
/// [`Refusal::RotaMoved`] when the shifts are others by now, have begun, or it stands elsewhere;
/// [`Refusal::NotAllowed`] for whoever is not one of the two.
pub async fn answer(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    swap: RotaSwapId,
    said: Answer,
) -> Result<views::SwapView> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::ServeDuty, id)?;
            let mut swap = store::find_swap(tx, swap)?;
            if swap.rota_id != id {
                return Err(Error::NotFound("swap"));
            }
            let me = ctx.actor.person()?.id;
            if me != swap.asker_id && me != swap.asked_id {
                return Err(Refusal::NotAllowed.into());
            }
            let open = matches!(swap.state, SwapState::Offered | SwapState::Accepted);
            let mut rota_changed = false;
            let purpose = match (said, swap.state) {
                (Answer::Accept, SwapState::Offered) if me == swap.asked_id => {
                    still_there(tx, &ctx, &rota, &swap)?;
                    swap.state = SwapState::Accepted;
                    swap.answered_at = Some(ctx.now);
                    Some("rota_swap_accepted")
                }
                (Answer::Refuse, SwapState::Offered) if me == swap.asked_id => {
                    swap.state = SwapState::Refused;
                    swap.answered_at = Some(ctx.now);
                    Some("rota_swap_refused")
                }
                (Answer::Confirm, SwapState::Accepted) if me == swap.asker_id => {
                    still_there(tx, &ctx, &rota, &swap)?;
                    swap.state = SwapState::Confirmed;
                    swap.confirmed_at = Some(ctx.now);
                    rota_changed = true;
                    Some("rota_swap_confirmed")
                }
                (Answer::Withdraw, _) if open => {
                    swap.state = SwapState::Withdrawn;
                    None
                }
                _ => return Err(Refusal::RotaMoved.into()),
            };
            store::save_swap(tx, &swap)?;
            let detail = json!({"swap": swap.id, "state": swap.state});
            audited(tx, &ctx, "rota.swap_answer", "rota", &id.to_string(), detail)?;
            let other = if me == swap.asker_id { swap.asked_id } else { swap.asker_id };
            let other = accounts::find(tx, other)?;
            if let Some(purpose) = purpose {
                say(tx, &office_, &ctx, &rota, &swap, purpose, &[other])?;
            }
            if rota_changed {
                let mut rota = rota;
                rota.version += 1;
                rota.updated_at = ctx.now;
                store::save(tx, &rota)?;
                watch::look(tx, &office_, &ctx, id)?;
            }
            views::swap_view(tx, &ctx, &swap)
        })
        .await
}

/// Both shifts are as they were when the exchange was asked for, and neither has begun.
fn still_there(tx: &mut Conn, ctx: &Ctx, rota: &Rota, swap: &RotaSwap) -> Result<()> {
    let book = read(tx, ctx, rota.clone())?;
    let same = |who, from, to| {
        shift_of(&book, who, from, ctx.now)
            .is_some_and(|shift| shift.to == to && shift.line == swap.line)
    };
    let there = same(swap.asker_id, swap.from_at, swap.to_at);
    let back = match (swap.back_from_at, swap.back_to_at) {
        (Some(from), Some(to)) => same(swap.asked_id, from, to),
        _ => true,
    };
    // Without a return, whoever takes the shift must still be able to.
    let asked = accounts::find(tx, swap.asked_id)?;
    let serves = serving(tx, rota.organisation_id, "person", &asked.email);
    if there && back && serves.is_ok() { Ok(()) } else { Err(Refusal::RotaMoved.into()) }
}

fn say(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    rota: &Rota,
    swap: &RotaSwap,
    purpose: &'static str,
    people: &[Account],
) -> Result<()> {
    let news = News {
        purpose,
        key: format!("rota:swap:{}:{}", swap.id, swap.state),
        from: swap.from_at,
        to: Some(swap.to_at),
        person: ctx.actor.name(),
        note: swap.note.clone(),
        path: "/truc-ban".to_owned(),
        urgent: false,
    };
    tell(tx, office, ctx, rota, people, &news)
}
