//! What is shown of a rota: who is on duty, the shifts of some weeks, gaps, changes.

use super::super::{Ctx, Office};
use super::book::{self, Book, SERVING, people_of};
pub use super::shapes::{
    Duty, GapView, OverrideView, Person, RotaItem, RotaView, RotationView, ShiftView, SwapView,
};
use super::{handover, house, seen};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, RotaId};
use crate::domain::rota::{LINES, Origin, Shift, Standing};
use crate::domain::sight::Verb;
use crate::domain::words::SwapState;
use crate::error::{Error, Result};
use crate::records::{Account, Rota, RotaRotation, RotaSwap};
use crate::store::{Conn, accounts, rota as store};
use chrono::Duration;

/// Days that are shown when nobody says how many, and at most.
pub const DAYS: i64 = 35;
const MOST_DAYS: i64 = 184;
/// So far ahead gaps are shown.
const GAPS: Duration = Duration::days(62);

/// The rotas of the own house.
///
/// # Errors
/// Not allowed.
pub async fn list(office: &Office, ctx: &Ctx) -> Result<Vec<RotaItem>> {
    let house = house(ctx, Verb::ReadRota)?;
    let rotas = office.db.read(move |c| match house {
        Some(house) => store::of_organisation(c, house),
        None => store::all(c),
    });
    let item =
        |rota: Rota| RotaItem { id: rota.id.to_string(), name: rota.name, version: rota.version };
    Ok(rotas.await?.into_iter().map(item).collect())
}

/// A rota for some days from `from` on; without `from`, from now.
///
/// # Errors
/// [`Error::NotFound`]; not allowed.
pub async fn one(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    from: Option<Timestamp>,
    days: Option<i64>,
) -> Result<RotaView> {
    Verb::ReadRota.by(&ctx.actor)?;
    let ctx = ctx.clone();
    office
        .db
        .read(move |c| {
            let rota = seen(c, &ctx, Verb::ReadRota, id)?;
            if rota.retired_at.is_some() {
                return Err(Error::NotFound("rota"));
            }
            let from = from.unwrap_or(ctx.now);
            let to = from + Duration::days(days.unwrap_or(DAYS).clamp(1, MOST_DAYS));
            shown(c, &ctx, rota, from, to)
        })
        .await
}

/// Every rota of the own house, as [`one`].
///
/// # Errors
/// As [`one`].
pub async fn whole(
    office: &Office,
    ctx: &Ctx,
    from: Option<Timestamp>,
    days: Option<i64>,
) -> Result<Vec<RotaView>> {
    let mut all = Vec::new();
    for item in list(office, ctx).await? {
        let id = item.id.parse().map_err(Error::internal)?;
        all.push(one(office, ctx, id, from, days).await?);
    }
    Ok(all)
}

fn shown(c: &mut Conn, ctx: &Ctx, rota: Rota, from: Timestamp, to: Timestamp) -> Result<RotaView> {
    let now = ctx.now;
    let long = Duration::days(32);
    let (first, last) = (from.min(now) - long, to.max(now + GAPS) + long);
    let book = book::read(c, rota, first, last, now)?;
    let standing = book.rules.standing(now);
    let on_duty = match &standing {
        Standing::Held(who) => who.iter().filter_map(|id| book.people.get(id)).collect(),
        _ => Vec::new(),
    };
    let mut shifts = Vec::new();
    for line in LINES {
        for shift in book.rules.whole_shifts(line, from, to) {
            let counts = book.rules.begins().is_some_and(|begin| shift.to > begin);
            let empty = shift.who.is_none() && (line != 1 || !counts) && shift.turn.is_none();
            if !empty {
                shifts.push(shift_view(&book, ctx, &shift));
            }
        }
    }
    let just = now + Duration::microseconds(1);
    let until = book.rules.whole_shifts(1, now, just);
    let until = until.iter().find(|shift| shift.covers(now) && shift.who.is_some());
    let (mut swaps, mut handovers) = (Vec::new(), Vec::new());
    for swap in store::swaps(c, book.rota.id, now)? {
        swaps.push(swap_view(c, ctx, &swap)?);
    }
    for open in store::open_handovers(c, book.rota.id)? {
        handovers.push(handover::view(c, ctx, &book.rota.name, &open, false)?);
    }
    let gap =
        |gap: crate::domain::rota::Gap| GapView { line: gap.line, from: gap.from, to: gap.to };
    Ok(RotaView {
        id: book.rota.id.to_string(),
        name: book.rota.name.clone(),
        on_duty: on_duty.into_iter().map(Person::of).collect(),
        nobody: standing == Standing::Nobody,
        until: until.map(|shift| shift.to),
        gaps: book.rules.gaps(now, now + GAPS).into_iter().map(gap).collect(),
        rotations: rotations(&book, now)?,
        overrides: overrides(&book, now),
        shifts,
        swaps,
        handovers,
        version: book.rota.version,
    })
}

fn named(book: &Book, id: Option<AccountId>) -> Option<Person> {
    id.and_then(|id| book.people.get(&id)).map(Person::of)
}

fn shift_view(book: &Book, ctx: &Ctx, shift: &Shift) -> ShiftView {
    let changed = match (shift.origin, shift.who, shift.planned) {
        (Some(Origin::Override(_)), ..) => "override",
        (Some(Origin::Swap(_)), ..) => "swap",
        (None, None, Some(_)) => "absent",
        _ => "",
    };
    ShiftView {
        line: shift.line,
        from: shift.from,
        to: shift.to,
        person: named(book, shift.who),
        instead_of: named(book, shift.planned.filter(|planned| Some(*planned) != shift.who)),
        changed,
        yours: shift.who.is_some() && shift.who == ctx.actor.account(),
    }
}

fn rotations(book: &Book, now: Timestamp) -> Result<Vec<RotationView>> {
    let live = |row: &&RotaRotation| row.to_at.is_none_or(|to| to > now && to > row.from_at);
    let view = |row: &RotaRotation| {
        let people = people_of(row)?;
        Ok(RotationView {
            id: row.id.to_string(),
            line: row.line,
            kind: row.kind,
            hours: row.length_hours,
            people: people.iter().filter_map(|id| named(book, Some(*id))).collect(),
            from: row.from_at,
            to: row.to_at,
        })
    };
    book.rotations.iter().filter(live).map(view).collect()
}

fn overrides(book: &Book, now: Timestamp) -> Vec<OverrideView> {
    let live = book.overrides.iter().filter(|row| row.to_at > now && row.to_at > row.from_at);
    live.map(|row| OverrideView {
        id: row.id.to_string(),
        line: row.line,
        from: row.from_at,
        to: row.to_at,
        person: named(book, row.account_id),
        instead_of: named(book, row.instead_of_id),
        reason: row.reason.clone(),
    })
    .collect()
}

/// An exchange, as whoever asks sees it.
///
/// # Errors
/// The database's.
pub(super) fn swap_view(c: &mut Conn, ctx: &Ctx, swap: &RotaSwap) -> Result<SwapView> {
    let asker = accounts::find(c, swap.asker_id)?;
    let asked = accounts::find(c, swap.asked_id)?;
    let me = ctx.actor.account();
    let open = matches!(swap.state, SwapState::Offered | SwapState::Accepted);
    let lapsed = open && super::swaps::begins(swap) <= ctx.now;
    let yours = match swap.state {
        _ if lapsed => "",
        SwapState::Offered if me == Some(swap.asked_id) => "answer",
        SwapState::Accepted if me == Some(swap.asker_id) => "confirm",
        SwapState::Offered if me == Some(swap.asker_id) => "withdraw",
        SwapState::Accepted if me == Some(swap.asked_id) => "withdraw",
        _ => "",
    };
    Ok(SwapView {
        id: swap.id.to_string(),
        state: swap.state,
        lapsed,
        asker: Person::of(&asker),
        asked: Person::of(&asked),
        from: swap.from_at,
        to: swap.to_at,
        back_from: swap.back_from_at,
        back_to: swap.back_to_at,
        note: swap.note.clone(),
        yours,
    })
}

/// Who is on duty now.
///
/// # Errors
/// Not allowed.
pub async fn duty(office: &Office, ctx: &Ctx) -> Result<Duty> {
    let person = ctx.actor.person()?.organisation;
    Verb::ReadRota.by(&ctx.actor)?;
    let now = ctx.now;
    office
        .db
        .read(move |c| {
            let (standing, held) = book::on_duty(c, person, now)?;
            Ok(Duty {
                rota: standing != Standing::NotYet,
                nobody: standing == Standing::Nobody,
                on_duty: held.iter().map(Person::of).collect(),
            })
        })
        .await
}

/// The mail address of whoever asks: what people are named by here.
///
/// # Errors
/// Not signed in.
pub async fn email_of(office: &Office, ctx: &Ctx) -> Result<String> {
    let me = ctx.actor.person()?.id;
    office.db.read(move |c| Ok(accounts::find(c, me)?.email)).await
}

/// Those of the own house who can be on a rota, by name.
///
/// # Errors
/// Not allowed.
pub async fn candidates(office: &Office, ctx: &Ctx) -> Result<Vec<Person>> {
    let house = house(ctx, Verb::ReadRota)?;
    office
        .db
        .read(move |c| {
            let mut all: Vec<Account> = Vec::new();
            for role in SERVING {
                for account in accounts::with_role(c, role, house)? {
                    if !all.iter().any(|other| other.id == account.id) {
                        all.push(account);
                    }
                }
            }
            Ok(all.iter().map(Person::of).collect())
        })
        .await
}
