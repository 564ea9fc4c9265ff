//! The audit chain: sealed in batches by the engine, verified here and elsewhere, exported, read
//! by the auditor. The form of a link is described in docs/audit-format.md and never changes.

use std::io::Write;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Ctx, Office};
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::records::AuditEntry;
use crate::store::{Db, audit as store};

pub use crate::store::audit::Wanted;

/// What the first link has before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Links read at once.
const PAGE: i64 = 1000;
/// Entries of one page for people.
const SHOWN: i64 = 50;
/// Entries of one answer, at most.
const MOST: i64 = 500;

/// The text that is hashed: a compact JSON array of strings.
pub fn canonical(entry: &AuditEntry, seq: i64, previous: &str) -> String {
    let actor_id = entry.actor_id.map(|id| id.to_string()).unwrap_or_default();
    serde_json::Value::from(vec![
        seq.to_string(),
        entry.at.rfc3339(),
        actor_id,
        entry.actor.clone(),
        entry.action.clone(),
        entry.object_kind.clone(),
        entry.object.clone(),
        entry.address.clone(),
        entry.request_id.clone(),
        entry.detail.clone(),
        previous.to_owned(),
    ])
    .to_string()
}

/// The hash of a link, lower-case hexadecimal.
pub fn hash(entry: &AuditEntry, seq: i64, previous: &str) -> String {
    hex::encode(Sha256::digest(canonical(entry, seq, previous)))
}

/// Seals what waits, at most `limit` entries, and answers how many. Two servers may call it at
/// once: the chain is held by one.
///
/// # Errors
/// The database's.
pub async fn seal(office: &Office, limit: i64) -> Result<usize> {
    office
        .db
        .write(move |tx| {
            store::hold_chain(tx)?;
            let waiting = store::unsealed(tx, limit)?;
            if waiting.is_empty() {
                return Ok(0);
            }
            let (mut seq, mut previous) =
                store::head(tx)?.unwrap_or_else(|| (0, GENESIS.to_owned()));
            let mut seals = Vec::with_capacity(waiting.len());
            for entry in &waiting {
                seq += 1;
                let hash = hash(entry, seq, &previous);
                let before = std::mem::replace(&mut previous, hash.clone());
                seals.push(store::Seal { id: entry.id, seq, previous: before, hash });
            }
            store::seal(tx, &seals)?;
            Ok(waiting.len())
        })
        .await
}

/// Why a link does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There is no entry of this number.
    Missing,
    /// It does not point to the link before it.
    Previous,
    /// Its content is not what was sealed.
    Content,
    /// Rows beside the chain carry half a seal or a number that no seal gives.
    Stray,
}

impl Why {
    /// The word for machines.
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Previous => "previous",
            Self::Content => "content",
            Self::Stray => "stray",
        }
    }

    /// Key of the catalogs.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Missing => "audit-broken-missing",
            Self::Previous => "audit-broken-previous",
            Self::Content => "audit-broken-content",
            Self::Stray => "audit-broken-stray",
        }
    }
}

/// The first link that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// Its number.
    pub seq: i64,
    /// Why.
    pub why: Why,
}

/// What a check of the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Links that hold, from the first.
    pub entries: i64,
    /// Entries that wait for their seal.
    pub unsealed: i64,
    /// The first link that does not hold.
    pub broken: Option<Broken>,
    /// The hash of the last link that holds: the anchor to keep elsewhere.
    pub head: String,
}

/// Checks every link.
///
/// # Errors
/// The database's.
pub async fn verify(db: &Db) -> Result<Verdict> {
    let (mut entries, mut head, mut broken) = (0, GENESIS.to_owned(), None);
    'chain: loop {
        let after = entries;
        let page = db.read(move |c| store::chain(c, after, PAGE)).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            let seq = entries + 1;
            let why = fault(&entry, seq, &head);
            if let Some(why) = why {
                broken = Some(Broken { seq, why });
                break 'chain;
            }
            entries = seq;
            head = entry.hash.unwrap_or_default();
        }
    }
    let (unsealed, strays) =
        db.read(|c| Ok((store::count_unsealed(c)?, store::strays(c)?))).await?;
    if broken.is_none() && strays > 0 {
        broken = Some(Broken { seq: entries + 1, why: Why::Stray });
    }
    Ok(Verdict { entries, unsealed, broken, head })
}

fn fault(entry: &AuditEntry, seq: i64, head: &str) -> Option<Why> {
    if entry.seq != Some(seq) {
        Some(Why::Missing)
    } else if entry.previous.as_deref() != Some(head) {
        Some(Why::Previous)
    } else if entry.hash.as_deref() != Some(&hash(entry, seq, head)) {
        Some(Why::Content)
    } else {
        None
    }
}

/// One sealed entry, as the export and the API give it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Line {
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// When, RFC 3339 in UTC with microseconds.
    pub at: String,
    /// The account, or an empty text for links and the service itself.
    pub actor_id: String,
    /// Who, by name.
    pub actor: String,
    /// What, for example `incident.acknowledge`.
    pub action: String,
    /// The kind of thing it was done to.
    pub object_kind: String,
    /// Which one: a code, a key or an identifier.
    pub object: String,
    /// The client's address.
    pub address: String,
    /// The request's identifier, as in the logs.
    pub request_id: String,
    /// More facts: a JSON object as text, exactly as it was hashed.
    pub detail: String,
    /// The hash of the link before.
    pub previous: String,
    /// The hash of this link.
    pub hash: String,
}

impl From<AuditEntry> for Line {
    fn from(entry: AuditEntry) -> Self {
        Self {
            seq: entry.seq.unwrap_or_default(),
            at: entry.at.rfc3339(),
            actor_id: entry.actor_id.map(|id| id.to_string()).unwrap_or_default(),
            actor: entry.actor,
            action: entry.action,
            object_kind: entry.object_kind,
            object: entry.object,
            address: entry.address,
            request_id: entry.request_id,
            detail: entry.detail,
            previous: entry.previous.unwrap_or_default(),
            hash: entry.hash.unwrap_or_default(),
        }
    }
}

/// The sealed entries after `after` as JSON Lines, at most `limit`, and the number of the last one.
///
/// # Errors
/// The database's.
pub async fn lines(db: &Db, after: i64, limit: i64) -> Result<(Vec<u8>, i64)> {
    let page = db.read(move |c| store::chain(c, after, limit)).await?;
    let (mut text, mut last) = (Vec::new(), after);
    for line in page.into_iter().map(Line::from) {
        last = line.seq;
        serde_json::to_writer(&mut text, &line).map_err(Error::internal)?;
        text.push(b'\n');
    }
    Ok((text, last))
}

/// Writes every sealed entry after `after` as JSON Lines; answers how many.
///
/// # Errors
/// The database's, and the writer's.
pub async fn export(db: &Db, after: i64, to: &mut (impl Write + Send)) -> Result<i64> {
    let mut last = after;
    loop {
        let (text, reached) = lines(db, last, PAGE).await?;
        if reached == last {
            return Ok(last - after);
        }
        to.write_all(&text).map_err(Error::internal)?;
        last = reached;
    }
}

/// A page of the trail.
#[derive(Debug, Clone)]
pub struct Trail {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins.
    pub next: Option<i64>,
}

/// What the auditor reads, newest first.
///
/// # Errors
/// Those of [`Verb::by`] and the database's.
pub async fn list(
    office: &Office,
    ctx: &Ctx,
    wanted: Wanted,
    cursor: Option<i64>,
    limit: Option<i64>,
) -> Result<Trail> {
    Verb::ReadAudit.by(&ctx.actor)?;
    let limit = limit.unwrap_or(SHOWN).clamp(1, MOST);
    let mut entries = office.db.read(move |c| store::list(c, &wanted, cursor, limit + 1)).await?;
    let more = i64::try_from(entries.len()).unwrap_or(i64::MAX) > limit;
    if more {
        entries.pop();
    }
    let next = if more { entries.last().and_then(|entry| entry.seq) } else { None };
    Ok(Trail { entries, next })
}

/// The state of the chain for the auditor's page.
///
/// # Errors
/// Those of [`Verb::by`] and the database's.
pub async fn check(office: &Office, ctx: &Ctx) -> Result<Verdict> {
    Verb::ReadAudit.by(&ctx.actor)?;
    verify(&office.db).await
}

/// Begins an export by the auditor, which is itself on the trail; what follows is [`lines`].
///
/// # Errors
/// Those of [`Verb::by`] and the database's.
pub async fn begin_export(office: &Office, ctx: &Ctx, after: i64) -> Result<()> {
    Verb::ReadAudit.by(&ctx.actor)?;
    super::sessions::proved(office, ctx)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let detail = serde_json::json!({ "after": after });
            super::record::audited(tx, &ctx, "audit.exported", "audit", "", detail)
        })
        .await
}

/// How far sealing is behind: entries that wait, for the metrics.
///
/// # Errors
/// The database's.
pub async fn unsealed(db: &Db) -> Result<i64> {
    db.read(store::count_unsealed).await
}

#[cfg(test)]
mod tests;
