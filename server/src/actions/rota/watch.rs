//! What a rota does unasked: hand-overs begin with shifts, somebody hears of tomorrow's shift, of a
//! gap a week ahead, of a gap that has begun, of a hand-over that nobody took. One look says and
//! does whatever is due now, and sets the timer for the next moment; looking twice changes nothing.

use chrono::Duration;
use serde_json::json;

use super::super::record::audited;
use super::super::{Ctx, Office};
use super::book::{self, Book};
use super::letters::{News, next_level, tell};
use super::{ROTA, handover};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, OrganisationId, RotaId};
use crate::domain::rota::{Gap, LINES, Shift, Standing};
use crate::error::{Error, Result};
use crate::records::{Account, Handover, Rota, RotaGap, Timer};
use crate::store::{Conn, engine, rota as store};

/// A shift is announced so long before.
const SOON: Duration = Duration::hours(24);
/// A gap is warned about so long before.
const WARN: Duration = Duration::days(7);
/// So far ahead a gap without an end is looked for.
const AHEAD: Duration = Duration::days(62);
/// So long before, shifts are read whole.
const BEHIND: Duration = Duration::days(32);
/// The incoming officer is reminded of a hand-over after this.
const REMIND: Duration = Duration::minutes(30);
/// The coordinators hear of it after this.
const RAISE: Duration = Duration::hours(2);

/// The rota's timer fell due.
///
/// # Errors
/// The database's.
pub fn fired(tx: &mut Conn, office: &Office, ctx: &Ctx, timer: &Timer) -> Result<()> {
    look(tx, office, ctx, timer.subject_id.cast())
}

/// Looks at every rota: accounts are locked and roles taken without a timer. Once an hour.
///
/// # Errors
/// The database's.
pub fn look_at_all(tx: &mut Conn, office: &Office, ctx: &Ctx) -> Result<()> {
    for rota in store::all(tx)? {
        look(tx, office, ctx, rota.id)?;
    }
    store::sweep_gaps(tx, ctx.now - Duration::days(400))?;
    Ok(())
}

/// Looks at the rotas of a house: somebody there was locked, lost a role or moved on.
///
/// # Errors
/// The database's.
pub fn somebody_left(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    house: OrganisationId,
) -> Result<()> {
    for rota in store::of_organisation(tx, house)? {
        look(tx, office, ctx, rota.id)?;
    }
    Ok(())
}

/// Says and does what is due now, and sets the timer for what comes next.
///
/// # Errors
/// The database's.
pub fn look(tx: &mut Conn, office: &Office, ctx: &Ctx, id: RotaId) -> Result<()> {
    let rota = match store::hold(tx, id) {
        Ok(rota) => rota,
        Err(Error::NotFound(_)) => return Ok(()),
        Err(why) => return Err(why),
    };
    if rota.retired_at.is_some() {
        return engine::cancel_timers(tx, ROTA, id.cast());
    }
    let now = ctx.now;
    let book = book::read(tx, rota, now - BEHIND - BEHIND, now + AHEAD + BEHIND, now)?;
    let mut next: Vec<Timestamp> = Vec::new();
    for line in LINES {
        let shifts = book.rules.whole_shifts(line, now - BEHIND, now + AHEAD);
        let mut before: Option<&Shift> = None;
        for shift in &shifts {
            next.push(shift.from);
            if let Some(who) = shift.who {
                let goes_on = before.is_some_and(|before| before.who == Some(who));
                if shift.covers(now) && !goes_on {
                    let from = before.and_then(|before| before.who);
                    begun(tx, office, ctx, &book, shift, who, from)?;
                }
                if shift.from > now && !goes_on {
                    next.push(shift.from - SOON);
                    if shift.from - SOON <= now {
                        soon(tx, office, ctx, &book, shift, who)?;
                    }
                }
            }
            before = Some(shift);
        }
    }
    let is_empty = book.rules.standing(now) == Standing::Nobody;
    for gap in book.rules.gaps(now, now + AHEAD) {
        next.push(gap.from - WARN);
        if gap.from - WARN <= now {
            let begun = is_empty && gap.line == 1 && gap.from <= now;
            warn(tx, office, ctx, &book, &gap, begun)?;
        }
    }
    for open in store::open_handovers(tx, id)? {
        // Written ahead: it waits for its shift.
        next.extend([open.at + REMIND, open.at + RAISE]);
        remind(tx, office, ctx, &book, &open)?;
    }
    match next.into_iter().filter(|at| *at > now).min() {
        Some(due_at) => {
            let timer = Timer {
                id: Id::new(now),
                due_at,
                kind: ROTA.to_owned(),
                incident_id: None,
                subject_id: id.cast(),
                key: "look".to_owned(),
            };
            engine::set_timer(tx, &timer)
        }
        None => engine::cancel_timers(tx, ROTA, id.cast()),
    }
}

fn key(rota: &Rota, what: &str, line: i32, at: Timestamp) -> String {
    format!("rota:{}:{what}:{line}:{}", rota.id, at.micros())
}

fn person(book: &Book, id: AccountId) -> Result<Account> {
    book.people.get(&id).cloned().ok_or(Error::NotFound("account"))
}

/// A shift has begun: its hand-over is there, written by the outgoing officer or by the service.
fn begun(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    book: &Book,
    shift: &Shift,
    who: AccountId,
    from: Option<AccountId>,
) -> Result<()> {
    let there = match store::handover_at(tx, book.rota.id, shift.line, shift.from)? {
        Some(there) => Some(there),
        // Written ahead for a moment that has moved nearer.
        None => store::open_handovers(tx, book.rota.id)?
            .into_iter()
            .find(|open| open.line == shift.line && open.at > ctx.now),
    };
    let record = match there {
        Some(mut there) if there.at != shift.from => {
            there.at = shift.from;
            there.incoming_id = who;
            store::save_handover(tx, &there)?;
            there
        }
        Some(there) if there.incoming_id == who => return Ok(()),
        Some(there) if there.acknowledged_at.is_some() => return Ok(()),
        // Somebody else came than was expected when it was written.
        Some(mut there) => {
            there.incoming_id = who;
            store::save_handover(tx, &there)?;
            there
        }
        None => {
            let facts = handover::facts_now(tx, ctx)?;
            let record = Handover {
                id: Id::new(ctx.now),
                rota_id: book.rota.id,
                line: shift.line,
                at: shift.from,
                outgoing_id: from,
                incoming_id: who,
                facts: serde_json::to_string(&facts).map_err(Error::internal)?,
                note: String::new(),
                written_by: None,
                written_at: ctx.now,
                acknowledged_at: None,
            };
            store::insert_handover(tx, &record)?;
            let detail = json!({"handover": record.id, "by": "service"});
            audited(tx, ctx, "rota.handover", "rota", &book.rota.id.to_string(), detail)?;
            record
        }
    };
    let incoming = person(book, who)?;
    waits(tx, office, ctx, book, &record, &incoming)
}

/// Tells the incoming officer that a hand-over waits.
pub(super) fn waits(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    book: &Book,
    record: &Handover,
    incoming: &Account,
) -> Result<()> {
    let outgoing = record.outgoing_id.and_then(|id| book.people.get(&id));
    let news = News {
        purpose: "rota_handover",
        key: key(&book.rota, "handover", record.line, record.at),
        from: record.at,
        to: end_of(book, record),
        person: outgoing.map(|account| account.name.clone()).unwrap_or_default(),
        note: String::new(),
        path: format!("/truc-ban/ban-giao/{}", record.id),
        urgent: false,
    };
    tell(tx, office, ctx, &book.rota, std::slice::from_ref(incoming), &news)
}

/// When the shift that a hand-over begins is over.
fn end_of(book: &Book, record: &Handover) -> Option<Timestamp> {
    let just = record.at + Duration::microseconds(1);
    let shifts = book.rules.whole_shifts(record.line, record.at, just);
    shifts.into_iter().find(|shift| shift.covers(record.at)).map(|shift| shift.to)
}

fn soon(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    book: &Book,
    shift: &Shift,
    who: AccountId,
) -> Result<()> {
    let news = News {
        purpose: "rota_soon",
        key: key(&book.rota, "soon", shift.line, shift.from),
        from: shift.from,
        to: Some(shift.to),
        person: String::new(),
        note: String::new(),
        path: "/truc-ban".to_owned(),
        urgent: false,
    };
    tell(tx, office, ctx, &book.rota, &[person(book, who)?], &news)
}

/// A gap: the coordinators are warned once, and again only when it grew; when it has begun and
/// nobody at all is on duty, they hear of that at once.
fn warn(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    book: &Book,
    gap: &Gap,
    begun: bool,
) -> Result<()> {
    let covers = |known: &RotaGap| {
        known.line == gap.line
            && known.from_at <= gap.from
            && match (known.to_at, gap.to) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(known), Some(to)) => known >= to,
            }
    };
    let known = store::warned(tx, book.rota.id, ctx.now)?.into_iter().find(covers);
    if known.is_some() && !begun {
        return Ok(());
    }
    let row = match known {
        Some(row) => row,
        None => {
            let row = RotaGap {
                id: Id::new(ctx.now),
                rota_id: book.rota.id,
                line: gap.line,
                from_at: gap.from,
                to_at: gap.to,
                warned_at: ctx.now,
            };
            store::insert_gap(tx, &row)?;
            let detail = json!({"line": gap.line, "from": gap.from, "to": gap.to});
            audited(tx, ctx, "rota.gap", "rota", &book.rota.id.to_string(), detail)?;
            row
        }
    };
    let (purpose, what) = if begun { ("rota_nobody", "nobody") } else { ("rota_gap", "gap") };
    let news = News {
        purpose,
        // The row is the gap: however it is cut by the time that passes, it is told of once.
        key: format!("rota:{}:{what}:{}", book.rota.id, row.id),
        from: row.from_at,
        to: gap.to,
        person: String::new(),
        note: String::new(),
        path: "/truc-ban".to_owned(),
        urgent: begun,
    };
    let people = next_level(tx, &book.rota)?;
    tell(tx, office, ctx, &book.rota, &people, &news)
}

/// Nobody took the hand-over: its officer hears of it again, then the coordinators.
fn remind(tx: &mut Conn, office: &Office, ctx: &Ctx, book: &Book, open: &Handover) -> Result<()> {
    let standing = book.rules.moment(open.line, ctx.now);
    // A shift that is over needs no reminder: the next hand-over carries what was open.
    if standing.who != Some(open.incoming_id) || open.at + REMIND > ctx.now {
        return Ok(());
    }
    let incoming = person(book, open.incoming_id)?;
    let mut news = News {
        purpose: "rota_reminder",
        key: key(&book.rota, "reminder", open.line, open.at),
        from: open.at,
        to: end_of(book, open),
        person: incoming.name.clone(),
        note: String::new(),
        path: format!("/truc-ban/ban-giao/{}", open.id),
        urgent: true,
    };
    tell(tx, office, ctx, &book.rota, std::slice::from_ref(&incoming), &news)?;
    if open.at + RAISE <= ctx.now {
        news.purpose = "rota_unclaimed";
        news.key = key(&book.rota, "unclaimed", open.line, open.at);
        let people = next_level(tx, &book.rota)?;
        tell(tx, office, ctx, &book.rota, &people, &news)?;
    }
    Ok(())
}
