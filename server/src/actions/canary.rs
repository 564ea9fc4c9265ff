//! The notifier watches itself: a message by each channel at set times, and an alarm by the others when
//! it is late or fails. What it proves is that the channel takes messages (the mail server said 250, the
//! bot's server said ok), not that somebody read it.

use chrono::Duration;
use serde::Serialize;
use serde_json::json;

use super::announce::{tell_past, try_channel};
use super::letters::AccountMatter;
use super::record::audited;
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::ids::{CanaryId, Id};
use crate::domain::sight::Verb;
use crate::domain::words::{Channel, DeliveryStatus, Role};
use crate::error::Result;
use crate::records::Canary;
use crate::store::{Conn, accounts, canaries};

/// 00:00 in Việt Nam is so many minutes before 00:00 UTC; there is no summer time.
const EAST_MINUTES: i64 = 7 * 60;
/// Shown of each channel.
const SHOWN: i64 = 30;

/// The channels that are tried: configured, and with an address for it.
pub fn tried(config: &Config) -> Vec<(Channel, String)> {
    let canary = &config.canary;
    let mut all = Vec::new();
    if !canary.mail.is_empty() && !config.mail.host.is_empty() {
        all.push((Channel::Mail, canary.mail.clone()));
    }
    if !canary.telegram.is_empty() && !config.telegram.token.is_empty() {
        all.push((Channel::Telegram, canary.telegram.clone()));
    }
    all
}

/// The last time at or before `now` when canaries had to leave.
pub fn slot(config: &Config, now: Timestamp) -> Timestamp {
    let first = (config.canary.minutes().unwrap_or(0) - EAST_MINUTES) * 60_000_000;
    let every = i64::from(config.canary.every_hours.max(1)) * 3_600_000_000;
    Timestamp::from_micros(first + (now.micros() - first).div_euclid(every) * every)
}

/// What a round found out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Round {
    /// Canaries that were made.
    pub made: usize,
    /// Channels about which somebody was told just now, and why.
    pub alarms: Vec<(Channel, String)>,
    /// Channels whose last canary is late or failed.
    pub trouble: Vec<Channel>,
}

/// Makes the canaries that are due and follows those that are under way. Nearly every round only looks.
///
/// # Errors
/// The database's.
pub async fn round(office: &Office, ctx: &Ctx) -> Result<Round> {
    let all = tried(&office.config);
    if all.is_empty() {
        return Ok(Round::default());
    }
    let (now, slot) = (ctx.now, slot(&office.config, ctx.now));
    let late = Duration::minutes(office.config.canary.late_minutes);
    let channels = all.clone();
    let (due, moved) = office
        .db
        .read(move |c| {
            let mut due = Vec::new();
            for (channel, address) in channels {
                if !canaries::is_made(c, channel, slot)? {
                    due.push((channel, address));
                }
            }
            let mut moved = Vec::new();
            for canary in canaries::open(c)? {
                if fate(c, &canary, now, late)?.is_some() {
                    moved.push(canary.id);
                }
            }
            Ok((due, moved))
        })
        .await?;
    let mut round = Round::default();
    if !(due.is_empty() && moved.is_empty()) {
        let (office_, ctx) = (office.clone(), ctx.clone());
        let work = move |tx: &mut Conn| {
            let mut round = Round::default();
            for (channel, address) in &due {
                round.made += usize::from(make(tx, &office_, &ctx, *channel, address, slot)?);
            }
            for id in &moved {
                round.alarms.extend(follow(tx, &office_, &ctx, *id, late)?);
            }
            Ok(round)
        };
        round = office.write(work).await?;
    }
    round.trouble = office
        .db
        .read(move |c| {
            let mut trouble = Vec::new();
            for (channel, _) in all {
                // One that is under way says nothing yet.
                let last = canaries::latest(c, channel, 5)?
                    .into_iter()
                    .find(|one| one.sent_at.is_some() || one.alarmed_at.is_some());
                if last.is_some_and(|last| last.sent_at.is_none()) {
                    trouble.push(channel);
                }
            }
            Ok(trouble)
        })
        .await?;
    Ok(round)
}

/// What happened to a canary since it was last looked at.
enum Fate {
    Sent(Option<Timestamp>),
    Failed(Option<String>),
    Late(Option<String>),
}

fn fate(c: &mut Conn, canary: &Canary, now: Timestamp, late: Duration) -> Result<Option<Fate>> {
    use DeliveryStatus::{Delivered, Failed, Sending, Sent, Skipped, Waiting};
    let Some(message) = canaries::fate(c, canary.delivery_id)? else {
        return Ok(Some(Fate::Failed(None)));
    };
    let is_late = now >= canary.made_at + late && canary.alarmed_at.is_none();
    Ok(match message.status {
        Sent | Delivered => Some(Fate::Sent(message.sent_at)),
        Failed | Skipped => Some(Fate::Failed(message.error)),
        Waiting | Sending if is_late => Some(Fate::Late(message.error)),
        Waiting | Sending => None,
    })
}

fn make(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    channel: Channel,
    address: &str,
    slot: Timestamp,
) -> Result<bool> {
    let key = format!("canary:{}", slot.rfc3339());
    let Some(delivery_id) = try_channel(tx, office, ctx, channel, address, &key)? else {
        return Ok(false);
    };
    let canary = Canary {
        id: Id::new(ctx.now),
        channel,
        slot,
        delivery_id,
        made_at: ctx.now,
        sent_at: None,
        failed_at: None,
        alarmed_at: None,
        error: None,
    };
    canaries::insert(tx, &canary)?;
    Ok(true)
}

fn follow(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    id: CanaryId,
    late: Duration,
) -> Result<Option<(Channel, String)>> {
    let Some(mut canary) = canaries::hold(tx, id)? else { return Ok(None) };
    let Some(fate) = fate(tx, &canary, ctx.now, late)? else { return Ok(None) };
    let was_told = canary.alarmed_at.is_some();
    let (action, why) = match fate {
        Fate::Sent(at) => {
            canary.sent_at = at.or(Some(ctx.now));
            ("canary.sent", None)
        }
        Fate::Failed(error) => {
            canary.failed_at = Some(ctx.now);
            canary.error.clone_from(&error);
            ("canary.failed", Some(error))
        }
        Fate::Late(error) => {
            canary.error.clone_from(&error);
            ("canary.late", Some(error))
        }
    };
    if why.is_some() {
        canary.alarmed_at = canary.alarmed_at.or(Some(ctx.now));
    }
    if !canaries::save(tx, &canary)? {
        return Ok(None);
    }
    let mut told = 0;
    if let (Some(_), false) = (&why, was_told) {
        told = alarm(tx, office, ctx, &canary)?;
    }
    let detail = json!({"slot": canary.slot.rfc3339(), "told": told});
    audited(tx, ctx, action, "channel", canary.channel.as_word(), detail)?;
    Ok(why.filter(|_| !was_told).map(|why| (canary.channel, why.unwrap_or_default())))
}

/// Administrators and coordinators hear of it by whatever other channel reaches them.
fn alarm(tx: &mut Conn, office: &Office, ctx: &Ctx, canary: &Canary) -> Result<usize> {
    let t = crate::texts::Texts(crate::domain::words::Language::Vi);
    let matter = AccountMatter::new("canary_alarm")
        .fact("fact-channel", t.t(&format!("channel-{}", canary.channel)))
        .fact("fact-canary-slot", canary.slot.local());
    let key = format!("canary-alarm:{}:{}", canary.channel, canary.slot.rfc3339());
    let mut told = 0;
    for role in [Role::Admin, Role::Coordinator] {
        for account in accounts::with_role(tx, role, None)? {
            told += tell_past(tx, office, ctx, &account, canary.channel, &matter, &key)?;
        }
    }
    Ok(told)
}

/// One canary, for those who look after the service.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CanaryView {
    /// mail or telegram.
    pub channel: Channel,
    /// When it had to leave.
    #[schema(value_type = String, format = DateTime)]
    pub slot: Timestamp,
    /// When it was handed over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// When it was given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
    /// When somebody was told that it is late or failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub alarmed_at: Option<Timestamp>,
    /// What the transport said last.
    pub error: Option<String>,
}

/// The last canaries of each channel, newest first.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::NotAllowed`] for whoever does not look after the service; the
/// database's.
pub async fn list(office: &Office, ctx: &Ctx) -> Result<Vec<CanaryView>> {
    // Whoever reads the directory looks after who can be reached.
    Verb::ReadDirectory.by(&ctx.actor)?;
    office
        .db
        .read(|c| {
            let mut all = Vec::new();
            for channel in [Channel::Mail, Channel::Telegram] {
                all.extend(canaries::latest(c, channel, SHOWN)?.into_iter().map(|one| {
                    CanaryView {
                        channel: one.channel,
                        slot: one.slot,
                        sent_at: one.sent_at,
                        failed_at: one.failed_at,
                        alarmed_at: one.alarmed_at,
                        error: one.error,
                    }
                }));
            }
            Ok(all)
        })
        .await
}
