//! The duty rota: rotations, overrides, exchanges, hand-overs, warnings, secret calendars.

use crate::store::query::*;

use super::{Conn, MultiBackend, accounts as account_store};
use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, HandoverId, IncidentId, OrganisationId, RotaFeedId, RotaId, RotaOverrideId,
    RotaSwapId, RotationId,
};
use crate::domain::words::{Role, SwapState};
use crate::error::{Error, Result};
use crate::records::{
    Account, Handover, Rota, RotaFeed, RotaGap, RotaOverride, RotaRotation, RotaSwap, RunningClock,
};
use crate::store::schema::{
    accounts, clocks, rota_feeds, rota_gaps, rota_handovers, rota_overrides, rota_rotations,
    rota_swaps, rotas,
};

/// Rows of one rota that are looked at, at most.
const MOST: i64 = 1_000;

/// The rotas of an organisation that are kept, oldest first.
pub fn of_organisation(c: &mut Conn, id: OrganisationId) -> Result<Vec<Rota>> {
    Ok(rotas::table
        .filter(rotas::organisation_id.eq(id))
        .filter(rotas::retired_at.is_null())
        .order((rotas::created_at, rotas::id))
        .limit(50)
        .load(c)?)
}

/// Every rota that is kept.
pub fn all(c: &mut Conn) -> Result<Vec<Rota>> {
    Ok(rotas::table.filter(rotas::retired_at.is_null()).order(rotas::id).limit(MOST).load(c)?)
}

/// The rota.
pub fn find(c: &mut Conn, id: RotaId) -> Result<Rota> {
    rotas::table.find(id).first(c).optional()?.ok_or(Error::NotFound("rota"))
}

/// Loads the rota and holds it until the transaction ends: whoever changes or examines it comes
/// one after another.
pub fn hold(tx: &mut Conn, id: RotaId) -> Result<Rota> {
    let found: Option<Rota> = match tx {
        Conn::Pg(c) => rotas::table.find(id).for_update().first(c),
        Conn::Sqlite(c) => rotas::table.find(id).first(c),
    }
    .optional()?;
    found.ok_or(Error::NotFound("rota"))
}

/// Holds the rota until the transaction ends, if nobody else does now; never waits. Answers whether
/// it is held.
pub fn try_hold(tx: &mut Conn, id: RotaId) -> Result<bool> {
    let one = rotas::table.find(id).select(rotas::id);
    let found: Option<RotaId> = match tx {
        Conn::Pg(c) => one.for_update().skip_locked().first(c),
        Conn::Sqlite(c) => one.first(c),
    }
    .optional()?;
    Ok(found.is_some())
}

/// Adds a rota.
pub fn insert(tx: &mut Conn, rota: &Rota) -> Result<()> {
    diesel::insert_into(rotas::table).values(rota).execute(tx)?;
    Ok(())
}

/// Keeps a changed rota.
pub fn save(tx: &mut Conn, rota: &Rota) -> Result<()> {
    diesel::update(rotas::table.find(rota.id)).set(rota).execute(tx)?;
    Ok(())
}

/// The rotations of a rota, in the order in which they begin.
pub fn rotations(c: &mut Conn, id: RotaId) -> Result<Vec<RotaRotation>> {
    Ok(rota_rotations::table
        .filter(rota_rotations::rota_id.eq(id))
        .order((rota_rotations::from_at, rota_rotations::id))
        .limit(MOST)
        .load(c)?)
}

/// Adds a rotation.
pub fn insert_rotation(tx: &mut Conn, rotation: &RotaRotation) -> Result<()> {
    diesel::insert_into(rota_rotations::table).values(rotation).execute(tx)?;
    Ok(())
}

/// Ends a rotation.
pub fn end_rotation(tx: &mut Conn, id: RotationId, at: Timestamp) -> Result<()> {
    let change = rota_rotations::to_at.eq(Some(at));
    diesel::update(rota_rotations::table.find(id)).set(change).execute(tx)?;
    Ok(())
}

/// The overrides that touch a time, in the order in which they were made.
pub fn overrides(
    c: &mut Conn,
    id: RotaId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RotaOverride>> {
    Ok(rota_overrides::table
        .filter(rota_overrides::rota_id.eq(id))
        .filter(rota_overrides::to_at.gt(from))
        .filter(rota_overrides::from_at.lt(to))
        .order((rota_overrides::created_at, rota_overrides::id))
        .limit(MOST)
        .load(c)?)
}

/// One override.
pub fn find_override(c: &mut Conn, id: RotaOverrideId) -> Result<RotaOverride> {
    rota_overrides::table.find(id).first(c).optional()?.ok_or(Error::NotFound("override"))
}

/// Adds an override.
pub fn insert_override(tx: &mut Conn, one: &RotaOverride) -> Result<()> {
    diesel::insert_into(rota_overrides::table).values(one).execute(tx)?;
    Ok(())
}

/// Ends an override at a moment: what has passed of it stays.
pub fn end_override(tx: &mut Conn, id: RotaOverrideId, at: Timestamp) -> Result<()> {
    let change = rota_overrides::to_at.eq(at);
    diesel::update(rota_overrides::table.find(id)).set(change).execute(tx)?;
    Ok(())
}

/// The confirmed exchanges that touch a time.
pub fn confirmed_swaps(
    c: &mut Conn,
    id: RotaId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<RotaSwap>> {
    let there = rota_swaps::to_at.gt(from).and(rota_swaps::from_at.lt(to));
    let back = rota_swaps::back_to_at.gt(from).and(rota_swaps::back_from_at.lt(to));
    Ok(rota_swaps::table
        .filter(rota_swaps::rota_id.eq(id))
        .filter(rota_swaps::state.eq(SwapState::Confirmed.as_word()))
        .filter(there.or(back))
        .order((rota_swaps::confirmed_at, rota_swaps::id))
        .limit(MOST)
        .load(c)?)
}

/// The exchanges that somebody still has to answer or confirm, and those of late; newest first.
pub fn swaps(c: &mut Conn, id: RotaId, since: Timestamp) -> Result<Vec<RotaSwap>> {
    Ok(rota_swaps::table
        .filter(rota_swaps::rota_id.eq(id))
        .filter(rota_swaps::to_at.gt(since))
        .order((rota_swaps::created_at.desc(), rota_swaps::id.desc()))
        .limit(100)
        .load(c)?)
}

/// One exchange.
pub fn find_swap(c: &mut Conn, id: RotaSwapId) -> Result<RotaSwap> {
    rota_swaps::table.find(id).first(c).optional()?.ok_or(Error::NotFound("swap"))
}

/// Adds an exchange.
pub fn insert_swap(tx: &mut Conn, swap: &RotaSwap) -> Result<()> {
    diesel::insert_into(rota_swaps::table).values(swap).execute(tx)?;
    Ok(())
}

/// Keeps a changed exchange.
pub fn save_swap(tx: &mut Conn, swap: &RotaSwap) -> Result<()> {
    diesel::update(rota_swaps::table.find(swap.id)).set(swap).execute(tx)?;
    Ok(())
}

/// Adds a hand-over.
pub fn insert_handover(tx: &mut Conn, handover: &Handover) -> Result<()> {
    diesel::insert_into(rota_handovers::table).values(handover).execute(tx)?;
    Ok(())
}

/// Keeps a changed hand-over.
pub fn save_handover(tx: &mut Conn, handover: &Handover) -> Result<()> {
    diesel::update(rota_handovers::table.find(handover.id)).set(handover).execute(tx)?;
    Ok(())
}

/// One hand-over.
pub fn find_handover(c: &mut Conn, id: HandoverId) -> Result<Handover> {
    rota_handovers::table.find(id).first(c).optional()?.ok_or(Error::NotFound("handover"))
}

/// The hand-over at a moment of a line.
pub fn handover_at(c: &mut Conn, id: RotaId, line: i32, at: Timestamp) -> Result<Option<Handover>> {
    Ok(rota_handovers::table
        .filter(rota_handovers::rota_id.eq(id))
        .filter(rota_handovers::line.eq(line))
        .filter(rota_handovers::at.eq(at))
        .first(c)
        .optional()?)
}

/// The hand-overs of a rota, newest first, those before `before` when given.
pub fn handovers(
    c: &mut Conn,
    id: RotaId,
    before: Option<(Timestamp, HandoverId)>,
    limit: i64,
) -> Result<Vec<Handover>> {
    let mut query =
        rota_handovers::table.filter(rota_handovers::rota_id.eq(id)).into_boxed::<MultiBackend>();
    if let Some((at, id)) = before {
        query = query.filter(
            rota_handovers::at.lt(at).or(rota_handovers::at.eq(at).and(rota_handovers::id.lt(id))),
        );
    }
    Ok(query.order((rota_handovers::at.desc(), rota_handovers::id.desc())).limit(limit).load(c)?)
}

/// The hand-overs that nobody has taken over yet, oldest first.
pub fn open_handovers(c: &mut Conn, id: RotaId) -> Result<Vec<Handover>> {
    Ok(rota_handovers::table
        .filter(rota_handovers::rota_id.eq(id))
        .filter(rota_handovers::acknowledged_at.is_null())
        .order(rota_handovers::at)
        .limit(100)
        .load(c)?)
}

/// The warnings about gaps that do not lie wholly before `since`.
pub fn warned(c: &mut Conn, id: RotaId, since: Timestamp) -> Result<Vec<RotaGap>> {
    let rows: Vec<RotaGap> =
        rota_gaps::table.filter(rota_gaps::rota_id.eq(id)).limit(MOST).load(c)?;
    Ok(rows.into_iter().filter(|gap| gap.to_at.is_none_or(|to| to > since)).collect())
}

/// Remembers a warning.
pub fn insert_gap(tx: &mut Conn, gap: &RotaGap) -> Result<()> {
    diesel::insert_into(rota_gaps::table).values(gap).execute(tx)?;
    Ok(())
}

/// Forgets warnings about what has passed; answers how many.
pub fn sweep_gaps(tx: &mut Conn, before: Timestamp) -> Result<usize> {
    let old = rota_gaps::table.filter(rota_gaps::to_at.lt(before));
    Ok(diesel::delete(old).execute(tx)?)
}

/// Adds a secret calendar.
pub fn insert_feed(tx: &mut Conn, feed: &RotaFeed) -> Result<()> {
    diesel::insert_into(rota_feeds::table).values(feed).execute(tx)?;
    Ok(())
}

/// The calendar of this secret's hash, revoked or not.
pub fn feed(c: &mut Conn, hash: &[u8]) -> Result<Option<RotaFeed>> {
    Ok(rota_feeds::table.filter(rota_feeds::token_hash.eq(hash.to_vec())).first(c).optional()?)
}

/// The calendars of a person that still open, oldest first.
pub fn feeds_of(c: &mut Conn, id: AccountId) -> Result<Vec<RotaFeed>> {
    Ok(rota_feeds::table
        .filter(rota_feeds::account_id.eq(id))
        .filter(rota_feeds::revoked_at.is_null())
        .order((rota_feeds::created_at, rota_feeds::id))
        .limit(50)
        .load(c)?)
}

/// Marks a calendar as read.
pub fn touch_feed(tx: &mut Conn, id: RotaFeedId, now: Timestamp) -> Result<()> {
    let change = rota_feeds::last_used_at.eq(Some(now));
    diesel::update(rota_feeds::table.find(id)).set(change).execute(tx)?;
    Ok(())
}

/// Ends a calendar of this person; answers whether there was one.
pub fn revoke_feed(
    tx: &mut Conn,
    id: RotaFeedId,
    owner: AccountId,
    now: Timestamp,
) -> Result<bool> {
    let live = rota_feeds::table
        .filter(rota_feeds::id.eq(id))
        .filter(rota_feeds::account_id.eq(owner))
        .filter(rota_feeds::revoked_at.is_null());
    Ok(diesel::update(live).set(rota_feeds::revoked_at.eq(Some(now))).execute(tx)? == 1)
}

/// These accounts with their roles, in any order.
pub fn people(c: &mut Conn, ids: &[AccountId]) -> Result<Vec<(Account, Vec<Role>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Account> = accounts::table.filter(accounts::id.eq_any(ids.to_vec())).load(c)?;
    let roles = account_store::roles_of(c, ids)?;
    Ok(found
        .into_iter()
        .map(|account| {
            let own = roles.iter().filter(|(id, _)| *id == account.id).map(|(_, role)| *role);
            let own = own.collect();
            (account, own)
        })
        .collect())
}

/// The legal deadlines that run in these cases, the next first; for a hand-over.
pub fn running_clocks(c: &mut Conn, cases: &[IncidentId]) -> Result<Vec<RunningClock>> {
    Ok(clocks::table
        .filter(clocks::incident_id.eq_any(cases.to_vec()))
        .filter(clocks::stopped_at.is_null())
        .filter(clocks::lapsed.eq(false))
        .order((clocks::due_at, clocks::id))
        .limit(MOST)
        .load(c)?)
}
