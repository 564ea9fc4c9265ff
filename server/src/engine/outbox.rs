//! Messages leave: claimed for a while, handed over outside any transaction, settled by whoever
//! still holds the claim. A message that a crash caught in the middle is sent again under the same
//! Message-ID and marked as a possible double. One lane sends one message after the other, so a
//! crash doubles one at most; the lane of chats sends to several abreast, one after the other within
//! each, so that a crash doubles one a chat at most and a slow chat holds up nobody else.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration as Steady;

use chrono::Duration;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use notify::{Channel as _, ChannelKind, Envelope, Letter, LocalMailbox, Outcome, Rank, Thread};
use tokio::sync::Notify;

use super::channels::Lane;
use super::mailbox::Shelf;
use super::pace::Pace;
use super::{BEAT, Chore};
use crate::actions::chat::{bundle, settled};
use crate::actions::deliveries::{self, Left};
use crate::app::App;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::ids::DeliveryId;
use crate::domain::words::CardState;
use crate::error::{Error, Result};
use crate::records::Delivery;
use crate::store::engine::{Claim, LEASE_SECONDS};
use crate::store::{Conn, Place, engine};

/// Claimed at once by one lane.
const BATCH: usize = 8;
/// Chats that are written to at the same time.
const ABREAST: usize = 12;
/// Of these, how many are for what is urgent alone.
const KEPT_FREE: usize = 4;
/// A hand-over takes at most so long, seconds.
const SEND_SECONDS: u64 = 50;
/// A claim is renewed so often while its message is handed over, in time that really passes.
const RENEW: Steady = Steady::from_secs(5);
/// So long after its claim a hand-over may begin, in time that really passes.
const BEGIN_WITHIN: Steady = Steady::from_secs(15);
/// A lane whose limit is reached looks again so soon.
const SOON: Steady = Steady::from_millis(100);
/// What reminds of something that was said already, in a chat. Older than this it only annoys: who
/// is late stands in the case, and the next level hears of it by itself.
const REMINDERS: [&str; 3] = ["repeat", "dispatch_reminder", "rota_reminder"];
const TOO_OLD: Duration = Duration::hours(1);
/// Why it was dropped.
const LATE_REMINDER: &str = "obstacle-late-reminder";

/// The chore of one channel.
pub struct Outbox {
    app: App,
    lane: Lane,
    owner: String,
    pace: Pace,
    /// For what stays here whatever is configured: the letters of drills.
    here: LocalMailbox<Shelf>,
    wake: Arc<Notify>,
    /// Its limit was reached at the last look.
    full: AtomicBool,
    renew: Steady,
}

/// What leaves: one message, or several together.
struct Parcel {
    first: Delivery,
    /// What leaves with it, oldest first.
    beside: Vec<Delivery>,
    left: Left,
}

impl Outbox {
    /// The chore of this lane, in the name of this process.
    pub fn new(app: App, lane: Lane, owner: String) -> Self {
        let pace = Pace::new(app.config());
        let here = LocalMailbox::new(lane.carrier.kind(), Shelf::new(app.clone()));
        let (wake, full) = (Arc::default(), AtomicBool::new(false));
        Self { app, lane, owner, pace, here, wake, full, renew: RENEW }
    }

    /// Renews its claims so often.
    #[cfg(test)]
    #[must_use]
    pub(super) fn renewing(mut self, every: Steady) -> Self {
        self.renew = every;
        self
    }

    /// At the pace of others that send by the same way.
    #[must_use]
    pub fn paced(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    fn kind(&self) -> ChannelKind {
        self.lane.carrier.kind()
    }

    /// Hands a message over; what is claimed stays claimed while that lasts.
    async fn hand_over(&self, kept: bool, envelope: &Envelope, held: &[DeliveryId]) -> Outcome {
        let whole = Steady::from_secs(SEND_SECONDS);
        let sending = match kept {
            true => self.here.send(envelope),
            false => self.lane.carrier.send(envelope),
        };
        tokio::select! {
            sent = tokio::time::timeout(whole, sending) => sent.unwrap_or_else(|_| Outcome::Retry {
                after: None,
                why: format!("no answer within {SEND_SECONDS} s"),
            }),
            never = self.keep(held) => never,
        }
    }

    /// Renews these claims for ever. One that another took over meanwhile is not taken back: what
    /// becomes of it is the other's to record.
    async fn keep(&self, held: &[DeliveryId]) -> Outcome {
        loop {
            tokio::time::sleep(self.renew).await;
            let until = self.app.clock.now() + Duration::seconds(LEASE_SECONDS);
            let (owner, ids) = (self.owner.clone(), held.to_vec());
            let renew = move |tx: &mut Conn| engine::renew(tx, &ids, &owner, until);
            match self.app.office.db.write(renew).await {
                Ok(count) if count == held.len() => {}
                Ok(count) => {
                    tracing::warn!(held = held.len(), still = count, "a claim was lost under way");
                }
                Err(why) => tracing::warn!(error = %why, "a claim could not be renewed"),
            }
        }
    }

    /// One claimed message to its end, or back into the outbox; `behind` it wait others that were
    /// claimed with it.
    async fn carry(
        &self,
        delivery: Delivery,
        claimed_at: Steady,
        behind: &[DeliveryId],
    ) -> anyhow::Result<()> {
        self.app.pulse.beat(self.name(), &*self.app.clock);
        let now = self.app.clock.now();
        // What was withdrawn meanwhile does not leave; nor does what another server took over
        // while this one was frozen, whatever the clocks say.
        let Some(delivery) = self.wanted(delivery).await? else { return Ok(()) };
        let since = self.app.clock.steady().saturating_sub(claimed_at);
        let wait = if since > BEGIN_WITHIN {
            // The claim would end under way: this one is claimed anew.
            Some(now)
        } else {
            let rank = if delivery.urgent { Rank::Urgent } else { Rank::Plain };
            self.pace.permit(self.kind(), &delivery.address, rank, now).err()
        };
        let (owner, id) = (self.owner.clone(), delivery.id);
        if let Some(at) = wait {
            let back = move |tx: &mut Conn| engine::put_back(tx, id, &owner, at);
            self.app.office.db.write(back).await?;
            return Ok(());
        }
        let kept = delivery.kept;
        let (parcel, letter) = self.parcel(delivery).await?;
        let mut held = vec![parcel.first.id];
        held.extend(parcel.beside.iter().map(|delivery| delivery.id));
        held.extend(behind);
        let outcome = match envelope(self.app.config(), &parcel.first) {
            Ok(mut envelope) => {
                if let Some(letter) = letter {
                    envelope.letter = letter;
                }
                self.hand_over(kept, &envelope, &held).await
            }
            // A row that cannot be read now cannot be read later.
            Err(why) => Outcome::Undeliverable { why: why.to_string() },
        };
        if let (Outcome::Retry { after: Some(wait), .. }, true) = (&outcome, self.is_chat()) {
            let now = self.app.clock.now();
            self.pace.hold(self.kind(), &parcel.first.address, now, *wait);
        }
        let own = self.app.own("engine");
        for delivery in std::iter::once(parcel.first).chain(parcel.beside) {
            let (outcome, left) = (outcome.clone(), parcel.left);
            let office = &self.app.office;
            deliveries::settle_as(office, &own, &self.owner, delivery, outcome, left).await?;
        }
        Ok(())
    }

    /// The message as it stands now, if its claim still does.
    async fn wanted(&self, mut delivery: Delivery) -> anyhow::Result<Option<Delivery>> {
        let (id, mine) = (delivery.id, self.owner.clone());
        let look = move |c: &mut Conn| engine::still_wanted(c, id, &mine);
        if let Some(now) = self.app.office.db.read(look).await? {
            delivery.letter = now.letter;
            delivery.card = now.card;
            delivery.card_note = now.card_note;
            return Ok(Some(delivery));
        }
        let owner = self.owner.clone();
        self.app.office.db.write(move |tx| engine::let_go(tx, id, &owner)).await?;
        Ok(None)
    }

    /// What leaves for this message: it alone as it was written; the word that what it asks for is
    /// settled; or together with what else waits for a chat that would be swamped.
    async fn parcel(&self, delivery: Delivery) -> anyhow::Result<(Parcel, Option<Letter>)> {
        let alone = |first, left| Parcel { first, beside: Vec::new(), left };
        if delivery.card == Some(CardState::Stale) {
            let (office, card) = (self.app.office.clone(), delivery.clone());
            let say = move |c: &mut Conn| settled::changed(c, &office, &card);
            let letter = self.app.office.db.read(say).await?;
            return Ok((alone(delivery, Left::Settled), Some(letter)));
        }
        if delivery.urgent || !self.is_chat() {
            return Ok((alone(delivery, Left::AsWritten), None));
        }
        let now = self.app.clock.now();
        // This one was counted already.
        let free = self.pace.one_by_one(&delivery.address, now);
        let with = delivery.clone();
        let look = move |c: &mut Conn| engine::count_beside(c, &with, now, bundle::MOST);
        let beside = self.app.office.db.read(look).await?;
        if beside <= free {
            return Ok((alone(delivery, Left::AsWritten), None));
        }
        let with = delivery.clone();
        let claim = move |tx: &mut Conn| engine::claim_beside(tx, &with, now, bundle::MOST);
        let beside = self.app.office.db.write(claim).await?;
        if beside.is_empty() {
            return Ok((alone(delivery, Left::AsWritten), None));
        }
        let mut rows = vec![delivery];
        rows.extend(beside);
        rows.sort_by_key(|row| (row.created_at, row.id));
        let letter = bundle::letter(&self.app.office, &rows);
        let first = rows.remove(0);
        Ok((Parcel { first, beside: rows, left: Left::Together }, Some(letter)))
    }

    fn is_chat(&self) -> bool {
        self.kind() == ChannelKind::Telegram
    }

    /// One batch, one after the other.
    async fn in_line(&self) -> anyhow::Result<usize> {
        let now = self.app.clock.now();
        let room = self.pace.room(self.kind(), Rank::Urgent, now).min(BATCH);
        self.full.store(room == 0, Ordering::Relaxed);
        if room == 0 {
            // Claiming what may not leave yet would only write it back and forth.
            return Ok(0);
        }
        let (owner, channel) = (self.owner.clone(), self.lane.channel);
        let until = now + Duration::seconds(LEASE_SECONDS);
        let limit = i64::try_from(room)?;
        let claim = move |tx: &mut Conn| engine::claim(tx, &owner, channel, now, until, limit);
        let claimed = self.app.office.db.write(claim).await?;
        let count = claimed.len();
        let claimed_at = self.app.clock.steady();
        // One is recorded before the next one leaves.
        let ids: Vec<DeliveryId> = claimed.iter().map(|delivery| delivery.id).collect();
        for (place, delivery) in claimed.into_iter().enumerate() {
            let behind = ids.get(place + 1..).unwrap_or_default();
            self.carry(delivery, claimed_at, behind).await?;
        }
        Ok(count)
    }

    /// Several chats abreast until nothing is due: what ends makes room for the next, and what is
    /// written meanwhile is looked at at once.
    async fn abreast(&self) -> anyhow::Result<usize> {
        let mut under_way = FuturesUnordered::new();
        let mut chats: BTreeSet<String> = BTreeSet::new();
        let mut count = 0;
        // When the engine ends, or something failed here, what is under way ends and nothing is
        // begun.
        let mut failed = None;
        loop {
            let claimed = match failed.is_some() || self.app.pulse.has_ended() {
                true => Ok(Vec::new()),
                false => self.claim_for_chats(&chats, under_way.len()).await,
            };
            let claimed = claimed.unwrap_or_else(|why| {
                failed.get_or_insert(why);
                Vec::new()
            });
            let claimed_at = self.app.clock.steady();
            for delivery in claimed {
                count += 1;
                let chat = delivery.address.clone();
                chats.insert(chat.clone());
                under_way.push(async move { (chat, self.carry(delivery, claimed_at, &[]).await) });
            }
            if under_way.is_empty() {
                break;
            }
            tokio::select! {
                Some((chat, done)) = under_way.next() => {
                    chats.remove(&chat);
                    if let Err(why) = done {
                        failed.get_or_insert(why);
                    }
                }
                () = self.wake.notified() => {}
            }
        }
        match failed {
            Some(why) => Err(why),
            None => Ok(count),
        }
    }

    /// What may be begun now, beside so many under way in these chats.
    async fn claim_for_chats(
        &self,
        chats: &BTreeSet<String>,
        under_way: usize,
    ) -> anyhow::Result<Vec<Delivery>> {
        let now = self.app.clock.now();
        let kind = self.kind();
        let share = |rank: Rank, slots: usize| {
            let room = self.pace.room(kind, rank, now).min(slots.saturating_sub(under_way));
            let mut busy = self.pace.busy(kind, rank, now);
            busy.extend(chats.iter().cloned());
            (room, busy)
        };
        let (urgent, plain) =
            (share(Rank::Urgent, ABREAST), share(Rank::Plain, ABREAST - KEPT_FREE));
        self.full.store(plain.0 == 0, Ordering::Relaxed);
        if urgent.0 == 0 && plain.0 == 0 {
            return Ok(Vec::new());
        }
        let claim = Claim {
            owner: self.owner.clone(),
            channel: self.lane.channel,
            now,
            until: now + Duration::seconds(LEASE_SECONDS),
            urgent,
            plain,
            one_each: true,
        };
        let claim = move |tx: &mut Conn| {
            let claimed = engine::claim_some(tx, &claim)?;
            let (old, fresh): (Vec<_>, Vec<_>) =
                claimed.into_iter().partition(|delivery| is_late_reminder(delivery, now));
            if !old.is_empty() {
                engine::drop_claimed(tx, &old, &claim.owner, LATE_REMINDER)?;
            }
            Ok(fresh)
        };
        Ok(self.app.office.db.write(claim).await?)
    }
}

/// A reminder that should have left more than an hour ago. What was put off on purpose counts from
/// when it was to leave.
fn is_late_reminder(delivery: &Delivery, now: Timestamp) -> bool {
    let meant = match delivery.attempts {
        ..=1 => delivery.due_at,
        _ => delivery.created_at,
    };
    REMINDERS.contains(&delivery.purpose.as_str()) && now - meant > TOO_OLD
}

impl Chore for Outbox {
    fn name(&self) -> &'static str {
        match self.lane.channel {
            crate::domain::words::Channel::Mail => "outbox.mail",
            crate::domain::words::Channel::Telegram => "outbox.telegram",
            crate::domain::words::Channel::Webhook => "outbox.webhook",
            crate::domain::words::Channel::Phone => "outbox.phone",
            crate::domain::words::Channel::Matrix => "outbox.matrix",
            crate::domain::words::Channel::Push => "outbox.push",
        }
    }

    fn pause(&self) -> Steady {
        if self.full.load(Ordering::Relaxed) { SOON } else { BEAT }
    }

    fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        if self.is_chat() { self.abreast().await } else { self.in_line().await }
    }
}

/// The message of a row of the outbox.
///
/// # Errors
/// A letter that cannot be read.
pub fn envelope(config: &Config, delivery: &Delivery) -> Result<Envelope> {
    let letter: Letter = serde_json::from_str(&delivery.letter).map_err(Error::internal)?;
    let host = mail_host(config);
    Ok(Envelope {
        id: delivery.id.to_string(),
        message_id: format!("<{}@{host}>", delivery.id),
        to_name: delivery.recipient_name.clone(),
        to_address: delivery.address.clone(),
        letter,
        thread: delivery.thread.as_ref().map(|root| Thread { root: format!("<{root}@{host}>") }),
    })
}

fn mail_host(config: &Config) -> String {
    let from = &config.mail.from_address;
    from.rsplit('@').next().unwrap_or("localhost").to_owned()
}

/// On SQLite there is no other server: what an earlier process left in the middle is due at once.
pub(super) async fn take_over(app: &App, owner: &str) -> Result<()> {
    if let Place::Sqlite(_) = app.office.db.place() {
        let (owner, now) = (owner.to_owned(), app.clock.now());
        app.office.db.write(move |tx| engine::expire_leases(tx, &owner, now)).await?;
    }
    Ok(())
}
