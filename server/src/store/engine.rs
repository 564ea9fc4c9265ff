//! Due work: the outbox, playbook runs, leases, the local mailbox; timers have their own room.

use crate::store::query::*;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

use super::{Conn, MultiBackend};
use crate::clock::Timestamp;
use crate::domain::ids::{DeliveryId, DispatchId, IncidentId, KeptId, RunId};
use crate::domain::words::{CardState, Channel, DeliveryStatus};
use crate::each_backend;
use crate::error::Result;
use crate::records::{Delivery, Kept, Run};
use crate::store::schema::{cron_slots, mailbox, outbox, runs, settings};

pub use super::leases::{free_lease, lease};
pub use super::timers::{
    cancel_timer, cancel_timers, claim_timer, due_timers, failing_timers, keep_waits, next_timer,
    put_off_timer, set_timer, timers_due_by_old_clock,
};
pub use super::withdrawal::{Over, let_go, skip_step, still_wanted};

/// What has not met its fate yet. Literal, and not bound values: SQLite uses a partial index only
/// when it sees the index's own condition while it plans.
pub(super) fn open() -> SqlLiteral<Bool> {
    sql("outbox.status in ('waiting', 'sending')")
}

/// Puts a message into the outbox; the same dedup key twice is one message. Answers whether it
/// is new. What is skipped from the start keeps no secret.
pub fn enqueue(tx: &mut Conn, delivery: &Delivery) -> Result<bool> {
    let mut delivery = delivery.clone();
    if delivery.status == DeliveryStatus::Skipped {
        delivery.letter = Delivery::spent(&delivery.letter);
    }
    let added = each_backend!(tx, c => diesel::insert_into(outbox::table)
        .values(&delivery)
        .on_conflict(outbox::dedup_key)
        .do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// What is claimed of a channel.
#[derive(Debug, Clone)]
pub struct Claim {
    /// By whom.
    pub owner: String,
    /// Of which channel.
    pub channel: Channel,
    /// Now.
    pub now: Timestamp,
    /// Until when it is theirs.
    pub until: Timestamp,
    /// How many urgent ones, and whose turn it is not.
    pub urgent: (usize, Vec<String>),
    /// How many others, and whose turn it is not.
    pub plain: (usize, Vec<String>),
    /// One for each address at most: one of a chat after the other.
    pub one_each: bool,
}

/// How many more rows are looked at than are claimed, where each address gets one.
const LOOK: usize = 4;

/// Leases what is due to `owner` until `until`: waiting rows, and rows whose sender went silent;
/// urgent ones first. Finding nothing writes nothing.
pub fn claim(
    tx: &mut Conn,
    owner: &str,
    channel: Channel,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let limit = usize::try_from(limit).unwrap_or_default();
    let (urgent, plain) = ((limit, Vec::new()), (limit, Vec::new()));
    let owner = owner.to_owned();
    let one_each = false;
    let wanted = Claim { owner, channel, now, until, urgent, plain, one_each };
    claim_some(tx, &wanted)
}

/// As [`claim`], as much as is wanted of each kind; not more than the greater of the two in all.
pub fn claim_some(tx: &mut Conn, wanted: &Claim) -> Result<Vec<Delivery>> {
    let mut claimed: Vec<Delivery> = Vec::new();
    let most = wanted.urgent.0.max(wanted.plain.0);
    // Each from its own stretch of the index: a common order would sort all that waits.
    for (urgent, (limit, busy)) in [(true, &wanted.urgent), (false, &wanted.plain)] {
        let room = (*limit).min(most.saturating_sub(claimed.len()));
        if room == 0 {
            continue;
        }
        let look = if wanted.one_each { room * LOOK } else { room };
        let look = i64::try_from(look).unwrap_or(i64::MAX);
        let due = due(wanted.channel, urgent, wanted.now).order(outbox::due_at).limit(look);
        // Whose turn it is not would fill what is looked at.
        let due = due.filter(outbox::address.ne_all(busy.clone()));
        let found = match tx {
            Conn::Pg(c) => due.for_update().skip_locked().load::<Delivery>(c)?,
            Conn::Sqlite(c) => due.load::<Delivery>(c)?,
        };
        for delivery in found {
            let known = claimed.iter().any(|other| other.address == delivery.address);
            let room = room.saturating_sub(claimed.iter().filter(|o| o.urgent == urgent).count());
            if room > 0 && !(wanted.one_each && known) {
                claimed.push(delivery);
            }
        }
    }
    lease_rows(tx, claimed, &wanted.owner, wanted.until)
}

/// Leases to the same owner what else waits for the address of this message and is not urgent, the
/// oldest first: it leaves together with it.
pub fn claim_beside(
    tx: &mut Conn,
    with: &Delivery,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let (Some(owner), Some(until)) = (&with.lease_owner, with.lease_until) else {
        return Ok(Vec::new());
    };
    let beside = due(with.channel, false, now)
        .filter(outbox::address.eq(with.address.clone()))
        .filter(outbox::kept.eq(with.kept))
        .order(outbox::due_at)
        .limit(limit);
    let found = match tx {
        Conn::Pg(c) => beside.for_update().skip_locked().load::<Delivery>(c)?,
        Conn::Sqlite(c) => beside.load::<Delivery>(c)?,
    };
    lease_rows(tx, found, owner, until)
}

/// How many messages that are not urgent are due for this address, at most so many.
pub fn count_beside(c: &mut Conn, with: &Delivery, now: Timestamp, most: i64) -> Result<usize> {
    let beside = due(with.channel, false, now)
        .filter(outbox::address.eq(with.address.clone()))
        .filter(outbox::kept.eq(with.kept))
        .select(outbox::id)
        .limit(most);
    Ok(beside.load::<DeliveryId>(c)?.len())
}

fn lease_rows(
    tx: &mut Conn,
    mut claimed: Vec<Delivery>,
    owner: &str,
    until: Timestamp,
) -> Result<Vec<Delivery>> {
    if claimed.is_empty() {
        return Ok(claimed);
    }
    let ids: Vec<DeliveryId> = claimed.iter().map(|delivery| delivery.id).collect();
    // Only what changes is written: the letter is most of the row. A row that was already being
    // sent may have left the house: its reader is told so.
    let change = (
        outbox::maybe_duplicate
            .eq(outbox::maybe_duplicate.or(outbox::status.eq(DeliveryStatus::Sending.as_word()))),
        outbox::status.eq(DeliveryStatus::Sending.as_word()),
        outbox::attempts.eq(outbox::attempts + 1),
        outbox::lease_owner.eq(Some(owner)),
        outbox::lease_until.eq(Some(until)),
    );
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids))).set(change).execute(tx)?;
    for delivery in &mut claimed {
        delivery.maybe_duplicate |= delivery.status == DeliveryStatus::Sending;
        delivery.status = DeliveryStatus::Sending;
        delivery.attempts += 1;
        delivery.lease_owner = Some(owner.to_owned());
        delivery.lease_until = Some(until);
    }
    Ok(claimed)
}

/// Waiting rows that are due, and rows whose sender went silent.
#[diesel::dsl::auto_type]
fn due(channel: Channel, urgent: bool, now: Timestamp) -> _ {
    let channel: &'static str = channel.as_word();
    let (waiting, sending): (&'static str, &'static str) =
        (DeliveryStatus::Waiting.as_word(), DeliveryStatus::Sending.as_word());
    let open: SqlLiteral<Bool> = open();
    let silent = outbox::status.eq(sending).and(outbox::lease_until.lt(now));
    outbox::table
        .filter(outbox::channel.eq(channel))
        .filter(outbox::urgent.eq(urgent))
        .filter(open)
        .filter(outbox::due_at.le(now))
        .filter(outbox::status.eq(waiting).or(silent))
}

/// Ends the claims of everybody but `owner`.
pub fn expire_leases(tx: &mut Conn, owner: &str, now: Timestamp) -> Result<usize> {
    let others = outbox::table
        .filter(open())
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()))
        .filter(outbox::lease_owner.ne(owner));
    let before = now - chrono::Duration::seconds(1);
    Ok(diesel::update(others).set(outbox::lease_until.eq(Some(before))).execute(tx)?)
}

/// A claim lasts so long, seconds. Whoever hands a message over renews it meanwhile, so that a dead
/// server's messages leave within half a minute and a slow one's are nobody else's.
pub const LEASE_SECONDS: i64 = 25;

/// Renews a claim while it is worked on; answers how many rows are still this owner's. What another
/// took over, or an answer withdrew, is not.
pub fn renew(tx: &mut Conn, ids: &[DeliveryId], owner: &str, until: Timestamp) -> Result<usize> {
    let mine = outbox::table
        .filter(outbox::id.eq_any(ids.to_vec()))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()));
    Ok(diesel::update(mine).set(outbox::lease_until.eq(Some(until))).execute(tx)?)
}

/// The clock was set back: every message that waits is due, and no claim lasts longer than one that
/// is made now. Answers how many messages.
pub fn due_by_old_clock(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    let waiting = outbox::table
        .filter(open())
        .filter(outbox::status.eq(DeliveryStatus::Waiting.as_word()))
        .filter(outbox::due_at.gt(now));
    let due = diesel::update(waiting).set(outbox::due_at.eq(now)).execute(tx)?;
    let until = now + chrono::Duration::seconds(LEASE_SECONDS);
    let claimed = outbox::table
        .filter(open())
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()))
        .filter(outbox::lease_until.gt(until));
    let change = (outbox::lease_until.eq(Some(until)), outbox::due_at.eq(now));
    Ok(due + diesel::update(claimed).set(change).execute(tx)?)
}

/// Sends a delivery to another address from now on.
pub fn readdress(tx: &mut Conn, id: DeliveryId, address: &str) -> Result<()> {
    diesel::update(outbox::table.find(id)).set(outbox::address.eq(address)).execute(tx)?;
    Ok(())
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The new status.
    pub status: DeliveryStatus,
    /// When to try again, or when it ended.
    pub due_at: Timestamp,
    /// The transport's words for the failure.
    pub last_error: Option<String>,
    /// The transport's reference for the success.
    pub reference: Option<String>,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
    /// Of what left: how its card stands now.
    pub card: Option<CardState>,
}

/// Records an outcome, if the lease is still this owner's: a late one changes nothing. With the end
/// (sent, failed) the secrets of the letter go, in the same transaction. A message that was
/// withdrawn while it was leaving is sent if it left; if it did not, it stays withdrawn.
pub fn settle(tx: &mut Conn, delivery: &Delivery, owner: &str, settled: &Settled) -> Result<bool> {
    use DeliveryStatus::{Sending, Sent, Skipped, Waiting};
    // What is tried again keeps the words that the row has now: they may have been cut meanwhile.
    let spent = match settled.status {
        Waiting | Sending => None,
        _ => Some(Delivery::spent(&delivery.letter)),
    };
    let expected = match settled.status {
        Sent => vec![Sending.as_word(), Skipped.as_word()],
        _ => vec![Sending.as_word()],
    };
    let mine = outbox::table
        .filter(outbox::id.eq(delivery.id))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq_any(expected));
    let change = (
        outbox::status.eq(settled.status.as_word()),
        outbox::due_at.eq(settled.due_at),
        outbox::last_error.eq(settled.last_error.clone()),
        outbox::reference.eq(settled.reference.clone()),
        outbox::sent_at.eq(settled.sent_at),
        outbox::lease_owner.eq(None::<String>),
        outbox::lease_until.eq(None::<Timestamp>),
        spent.map(|words| outbox::letter.eq(words)),
    );
    if diesel::update(mine).set(change).execute(tx)? == 1 {
        stands(tx, delivery.id, settled.card)?;
        return Ok(true);
    }
    let_go(tx, delivery.id, owner)?;
    Ok(false)
}

/// How a card stands that left: with its buttons, unless what they ask for was settled meanwhile; or
/// without them, because it was settled before.
fn stands(tx: &mut Conn, id: DeliveryId, card: Option<CardState>) -> Result<()> {
    let Some(card) = card else { return Ok(()) };
    let row = outbox::table.filter(outbox::id.eq(id));
    let set = outbox::card.eq(Some(card.as_word()));
    match card {
        CardState::Live => {
            diesel::update(row.filter(outbox::card.is_null())).set(set).execute(tx)?
        }
        _ => diesel::update(row).set(set).execute(tx)?,
    };
    Ok(())
}

/// Nothing more to this address before `until`: the other side asked for a pause.
pub fn pause_address(
    tx: &mut Conn,
    channel: Channel,
    address: &str,
    until: Timestamp,
) -> Result<usize> {
    let waiting = outbox::table
        .filter(outbox::channel.eq(channel.as_word()))
        .filter(open())
        .filter(outbox::status.eq(DeliveryStatus::Waiting.as_word()))
        .filter(outbox::address.eq(address))
        .filter(outbox::due_at.lt(until));
    Ok(diesel::update(waiting).set(outbox::due_at.eq(until)).execute(tx)?)
}

/// Drops claimed messages that nobody needs any more, with the reason.
pub fn drop_claimed(tx: &mut Conn, rows: &[Delivery], owner: &str, why: &str) -> Result<()> {
    let ids: Vec<DeliveryId> = rows.iter().map(|row| row.id).collect();
    let mine = outbox::table
        .filter(outbox::id.eq_any(ids))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()));
    let change = (
        outbox::status.eq(DeliveryStatus::Skipped.as_word()),
        outbox::last_error.eq(Some(why)),
        outbox::attempts.eq(outbox::attempts - 1),
        outbox::lease_owner.eq(None::<String>),
        outbox::lease_until.eq(None::<Timestamp>),
    );
    diesel::update(mine).set(change).execute(tx)?;
    blank(tx, rows.iter().map(|row| (row.id, row.letter.clone())).collect())
}

/// What was to reach the same person for the same cause, by whatever way: this message among it.
pub fn of_cause(c: &mut Conn, of: &Delivery) -> Result<Vec<Delivery>> {
    let cause = of.cause().to_owned();
    let mut rows: Vec<Delivery> = match of.incident_id {
        Some(incident) => outbox::table
            .filter(outbox::incident_id.eq(incident))
            .filter(outbox::dedup_key.like(format!("{cause}|%")))
            .limit(50)
            .load(c)?,
        // Of what hangs on no incident the other ways have keys that are known.
        None => outbox::table
            .filter(outbox::dedup_key.eq_any([format!("{cause}|mail"), of.dedup_key.clone()]))
            .load(c)?,
    };
    // `_` and `%` of a key are no wildcards.
    rows.retain(|row| row.cause() == cause);
    Ok(rows)
}

/// Takes the secrets out of letters that nobody will send any more.
pub fn blank(tx: &mut Conn, rows: Vec<(DeliveryId, String)>) -> Result<()> {
    for (id, letter) in rows {
        let spent = Delivery::spent(&letter);
        if spent != letter {
            diesel::update(outbox::table.find(id)).set(outbox::letter.eq(spent)).execute(tx)?;
        }
    }
    Ok(())
}

/// Gives back a claimed row that may not be sent yet (a channel's limit), without an attempt.
pub fn put_back(tx: &mut Conn, id: DeliveryId, owner: &str, due_at: Timestamp) -> Result<()> {
    let mine = outbox::table
        .filter(outbox::id.eq(id))
        .filter(outbox::lease_owner.eq(owner))
        .filter(outbox::status.eq(DeliveryStatus::Sending.as_word()));
    let change = (
        outbox::status.eq(DeliveryStatus::Waiting.as_word()),
        outbox::due_at.eq(due_at),
        outbox::attempts.eq(outbox::attempts - 1),
        outbox::lease_owner.eq(None::<String>),
        outbox::lease_until.eq(None::<Timestamp>),
    );
    if diesel::update(mine).set(change).execute(tx)? == 0 {
        let_go(tx, id, owner)?;
    }
    Ok(())
}

/// The deliveries of an incident, oldest first.
pub fn deliveries(c: &mut Conn, incident: IncidentId, limit: i64) -> Result<Vec<Delivery>> {
    Ok(outbox::table
        .filter(outbox::incident_id.eq(incident))
        .order((outbox::created_at, outbox::id))
        .limit(limit)
        .load(c)?)
}

/// A page of the deliveries of an incident, oldest first, after `after` when given.
pub fn deliveries_after(
    c: &mut Conn,
    incident: IncidentId,
    after: Option<(Timestamp, DeliveryId)>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let mut query =
        outbox::table.filter(outbox::incident_id.eq(incident)).into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        query = query
            .filter(outbox::created_at.gt(at).or(outbox::created_at.eq(at).and(outbox::id.gt(id))));
    }
    Ok(query.order((outbox::created_at, outbox::id)).limit(limit).load(c)?)
}

/// The deliveries of a dispatch, oldest first.
pub fn deliveries_of_dispatch(c: &mut Conn, id: DispatchId) -> Result<Vec<Delivery>> {
    Ok(outbox::table
        .filter(outbox::dispatch_id.eq(id))
        .order((outbox::created_at, outbox::id))
        .limit(200)
        .load(c)?)
}

/// How many messages wait, and the oldest one's due time: for metrics and readiness.
pub fn waiting(c: &mut Conn) -> Result<(i64, Option<Timestamp>)> {
    let count = outbox::table.filter(open()).count().get_result(c)?;
    let oldest = outbox::table.filter(open()).select(diesel::dsl::min(outbox::due_at)).first(c)?;
    Ok((count, oldest))
}

/// Failed deliveries, newest first: somebody must look.
pub fn failed(c: &mut Conn, limit: i64) -> Result<Vec<Delivery>> {
    Ok(outbox::table
        // Literal, for the partial index.
        .filter(sql::<Bool>("outbox.status = 'failed'"))
        .order(outbox::created_at.desc())
        .limit(limit)
        .load(c)?)
}

/// Adds a run.
pub fn insert_run(tx: &mut Conn, run: &Run) -> Result<()> {
    diesel::insert_into(runs::table).values(run).execute(tx)?;
    Ok(())
}

/// Keeps what changes of a run: where it stands. What it follows is pinned.
pub fn save_run(tx: &mut Conn, run: &Run) -> Result<()> {
    let change = (runs::state.eq(&run.state), runs::ended_at.eq(run.ended_at));
    diesel::update(runs::table.find(run.id)).set(change).execute(tx)?;
    Ok(())
}

/// Puts a run under another text.
pub fn move_run(tx: &mut Conn, run: &Run) -> Result<()> {
    let change = (
        runs::playbook.eq(&run.playbook),
        runs::playbook_version.eq(run.playbook_version),
        runs::text_hash.eq(&run.text_hash),
        runs::state.eq(&run.state),
        runs::ended_at.eq(run.ended_at),
    );
    diesel::update(runs::table.find(run.id)).set(change).execute(tx)?;
    Ok(())
}

/// The run.
pub fn run(c: &mut Conn, id: RunId) -> Result<Option<Run>> {
    Ok(runs::table.find(id).first(c).optional()?)
}

/// The latest hundred runs of an incident, the oldest first.
pub fn runs_of(c: &mut Conn, incident: IncidentId) -> Result<Vec<Run>> {
    let of = runs::table.filter(runs::incident_id.eq(incident));
    let mut latest: Vec<Run> = of.order(runs::started_at.desc()).limit(100).load(c)?;
    latest.reverse();
    Ok(latest)
}

/// The run with which an incident's handling began.
pub fn first_run(c: &mut Conn, incident: IncidentId) -> Result<Option<Run>> {
    let of = runs::table.filter(runs::incident_id.eq(incident));
    Ok(of.order(runs::started_at).first(c).optional()?)
}

/// The runs of an incident that go on: a handful, since a case that comes back starts none beside one
/// that goes on.
pub fn open_runs_of(c: &mut Conn, incident: IncidentId) -> Result<Vec<Run>> {
    let of = runs::table.filter(runs::incident_id.eq(incident));
    Ok(of.filter(runs::ended_at.is_null()).order(runs::started_at).load(c)?)
}

/// The texts that the runs which go on are pinned to.
pub fn open_texts(c: &mut Conn) -> Result<Vec<Vec<u8>>> {
    let open = runs::table.filter(runs::ended_at.is_null());
    Ok(open.select(runs::text_hash).distinct().load(c)?)
}

/// The runs that go on under these texts above the place `after`, with their incidents.
pub fn open_runs_under(
    c: &mut Conn,
    texts: Vec<Vec<u8>>,
    after: Option<RunId>,
    limit: i64,
) -> Result<Vec<(RunId, IncidentId)>> {
    let mut open = runs::table
        .filter(runs::ended_at.is_null())
        .filter(runs::text_hash.eq_any(texts))
        .select((runs::id, runs::incident_id))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        open = open.filter(runs::id.gt(after));
    }
    Ok(open.order(runs::id).limit(limit).load(c)?)
}

/// Claims a slot of a calendar chore; whoever inserts the row runs it.
pub fn claim_slot(tx: &mut Conn, job: &str, slot: &str, now: Timestamp) -> Result<bool> {
    let added = each_backend!(tx, c => diesel::insert_into(cron_slots::table)
        .values((cron_slots::job.eq(job), cron_slots::slot.eq(slot), cron_slots::at.eq(now)))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// Keeps a message in the local mailbox; the same delivery twice is one message.
pub fn keep(tx: &mut Conn, kept: &Kept) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(mailbox::table)
        .values(kept)
        .on_conflict(mailbox::delivery_id)
        .do_nothing()
        .execute(c))?;
    Ok(())
}

/// What the local mailbox keeps, newest first, of one recipient or of all, before `before`.
pub fn kept(
    c: &mut Conn,
    recipient: Option<&str>,
    before: Option<KeptId>,
    limit: i64,
) -> Result<Vec<Kept>> {
    let mut query = mailbox::table.into_boxed::<MultiBackend>();
    if let Some(recipient) = recipient {
        query = query.filter(mailbox::recipient.eq(recipient.to_owned()));
    }
    if let Some(before) = before {
        query = query.filter(mailbox::id.lt(before));
    }
    Ok(query.order(mailbox::id.desc()).limit(limit).load(c)?)
}

/// Keeps what a message was changed into.
pub fn replace_kept(tx: &mut Conn, kept: &Kept) -> Result<()> {
    diesel::update(mailbox::table.find(kept.id)).set(kept).execute(tx)?;
    Ok(())
}

/// One message of the local mailbox.
pub fn kept_one(c: &mut Conn, id: KeptId) -> Result<Option<Kept>> {
    Ok(mailbox::table.find(id).first(c).optional()?)
}

/// Whoever has messages in the local mailbox: address and name.
pub fn kept_recipients(c: &mut Conn, limit: i64) -> Result<Vec<(String, String)>> {
    Ok(mailbox::table
        .select((mailbox::recipient, mailbox::recipient_name))
        .distinct()
        .order((mailbox::recipient, mailbox::recipient_name))
        .limit(limit)
        .load(c)?)
}

/// A setting of the installation.
pub fn setting(c: &mut Conn, name: &str) -> Result<Option<String>> {
    Ok(settings::table.find(name).select(settings::value).first(c).optional()?)
}

/// Keeps a setting of the installation.
pub fn set_setting(tx: &mut Conn, name: &str, value: &str, now: Timestamp) -> Result<()> {
    each_backend!(tx, c => diesel::insert_into(settings::table)
        .values((settings::name.eq(name), settings::value.eq(value), settings::updated_at.eq(now)))
        .on_conflict(settings::name)
        .do_update()
        .set((settings::value.eq(value), settings::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}
