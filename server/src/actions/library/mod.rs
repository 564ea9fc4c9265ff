//! The library of playbooks: one person proposes a version, another brings it into force. Beside the
//! shipped ones, which stand wherever the library has nothing of its own.

pub mod compare;
mod draft;
mod exchange;
mod letters;
mod trial;
mod views;

#[cfg(test)]
mod tests;

use serde_json::json;

pub use self::compare::{Difference, Hunk, Kind as LineKind, Piece};
pub use self::draft::{Draft, draft};
pub use self::exchange::{Brought, Foreign, abroad, bring, bring_text};
pub use self::trial::{Checked, Simulated, Told as Problem, Trial, check, simulate};
pub use self::views::{
    Entry, Portrait, Running, RunningCase, VersionItem, VersionView, entries, one, version, words,
};
use super::record::audited;
use super::sessions::proved;
use super::shelf::{self, Active};
use super::{Ctx, Office};
use crate::domain::ids::{Id, PlaybookVersionId};
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text;
use crate::domain::words::PlaybookState;
use crate::error::{Error, Result};
use crate::records::PlaybookVersion;
use crate::store::{Conn, engine, playbooks as store};

/// Shortest note and shortest reason, in characters.
const WORDS: usize = 10;

/// A new version, as it is proposed.
#[derive(Debug, Clone, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Proposal {
    /// The playbook (docs/playbooks.md).
    pub text: String,
    /// What changes, and why: for whoever approves.
    pub note: String,
}

/// What came of a proposal.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The row.
    pub version: PlaybookVersion,
    /// How many persons were written to who may approve it; 0: somebody has to be found.
    pub asked: usize,
}

/// Proposes a version. `name` is the playbook that the author means to change, if any.
///
/// # Errors
/// [`Refusal::Fields`] for `text` (a text with problems, another name, a version that does not grow,
/// a proposal that waits already) and `note`; [`Refusal::NotAllowed`].
pub async fn propose(
    office: &Office,
    ctx: &Ctx,
    name: Option<String>,
    typed: Proposal,
) -> Result<Proposed> {
    Verb::WritePlaybook.by(&ctx.actor)?;
    author(ctx)?;
    let mut bad = Vec::new();
    let note = note(&typed.note).unwrap_or_else(|why| {
        bad.push(why);
        String::new()
    });
    let written = typed.text.replace("\r\n", "\n");
    // Reading a long text takes a while: not on the thread that writes.
    let (office_, text_) = (office.clone(), written.clone());
    let pinned = office
        .db
        .read(move |c| {
            let active = shelf::active(c, &office_)?;
            Ok(shelf::pin(&text_, &|name| active.text(name)))
        })
        .await?;
    let pinned = match pinned {
        Ok(pinned) => Some(pinned),
        Err(problems) => {
            bad.push(FieldError::with("text", "field-playbook-problems", problems.len()));
            None
        }
    };
    let Some(pinned) = pinned.filter(|_| bad.is_empty()) else {
        return Err(Refusal::Fields(bad).into());
    };
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let book = &pinned.playbook;
            if name.as_ref().is_some_and(|name| *name != book.name) {
                let name = name.clone().unwrap_or_default();
                return Err(FieldError::with("text", "field-playbook-name", name).into());
            }
            // The editor's own address.
            if book.name == "soan" {
                return Err(FieldError::new("text", "field-playbook-reserved").into());
            }
            grows(tx, &book.name, book.version)?;
            let hash = shelf::hash(&written);
            store::keep_text(tx, &hash, &written)?;
            let row = PlaybookVersion {
                version: i32::try_from(book.version).unwrap_or(i32::MAX),
                title: book.title.clone(),
                title_en: book.title_en.clone().unwrap_or_default(),
                category: book.category.clone().unwrap_or_default(),
                text_hash: Some(hash),
                ..blank(&ctx, &book.name, &note)?
            };
            keep(tx, &office_, &ctx, row)
        })
        .await
}

/// Proposes to go back to the playbook that ships; where none ships, to use none of this name.
///
/// # Errors
/// [`Error::NotFound`] when nothing of the province's own is in force under the name; the others as
/// [`propose`].
pub async fn propose_shipped(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    words: &str,
) -> Result<Proposed> {
    Verb::WritePlaybook.by(&ctx.actor)?;
    author(ctx)?;
    let note = note(words)?;
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let active = store::of_name_in(tx, &name, PlaybookState::Active)?
                .filter(|row| row.text_hash.is_some())
                .ok_or(Error::NotFound("playbook"))?;
            let shipped = shelf::shipped(&name).map(|pinned| &pinned.playbook);
            let row = PlaybookVersion {
                title: shipped.map_or(active.title, |book| book.title.clone()),
                title_en: shipped
                    .map_or(active.title_en, |book| book.title_en.clone().unwrap_or_default()),
                category: shipped
                    .map_or(active.category, |book| book.category.clone().unwrap_or_default()),
                ..blank(&ctx, &name, &note)?
            };
            keep(tx, &office_, &ctx, row)
        })
        .await
}

/// Brings a proposed version into force: from the next report on it is followed. Cases that run keep
/// the version that they began with.
///
/// # Errors
/// [`Refusal::OwnProposal`]; [`Refusal::AlreadyDecided`]; [`Refusal::NotReady`] when it can no longer
/// be read with the others in force, or they with it; [`Refusal::ProveFirst`].
pub async fn approve(office: &Office, ctx: &Ctx, id: PlaybookVersionId) -> Result<PlaybookVersion> {
    Verb::ApprovePlaybook.by(&ctx.actor)?;
    proved(office, ctx)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut row = waiting(tx, id)?;
            other_person(&ctx, &row)?;
            let before = shelf::active(tx, &office_)?;
            let replaced = store::of_name_in(tx, &row.name, PlaybookState::Active)?;
            if replaced.is_none() && before.own() >= shelf::MOST_NAMES {
                return Err(Refusal::NotReady { key: "playbook-too-many" }.into());
            }
            if let Some(mut old) = replaced {
                old.state = PlaybookState::Replaced;
                old.active_to = Some(ctx.now);
                store::save(tx, &old)?;
            }
            decide(&ctx, &mut row, PlaybookState::Active, String::new());
            row.active_from = Some(ctx.now);
            store::save(tx, &row)?;
            let stamp = format!("{}@{}", row.id, ctx.now.rfc3339());
            engine::set_setting(tx, shelf::STAMP, &stamp, ctx.now)?;
            fits(tx, &row, &before)?;
            let detail =
                json!({"version": row.version, "id": row.id, "shipped": row.text_hash.is_none()});
            audited(tx, &ctx, "playbook.approve", "playbook", &row.name, detail)?;
            letters::decided(tx, &office_, &ctx, &row, "playbook_approved")?;
            Ok(row)
        })
        .await
}

/// Refuses a proposed version, with a reason that its author reads.
///
/// # Errors
/// As [`approve`]; [`Refusal::Fields`] for `reason`.
pub async fn refuse(
    office: &Office,
    ctx: &Ctx,
    id: PlaybookVersionId,
    reason: &str,
) -> Result<PlaybookVersion> {
    Verb::ApprovePlaybook.by(&ctx.actor)?;
    let reason = super::incidents::reason("reason", reason, WORDS)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut row = waiting(tx, id)?;
            other_person(&ctx, &row)?;
            decide(&ctx, &mut row, PlaybookState::Refused, reason.clone());
            store::save(tx, &row)?;
            let detail = json!({"version": row.version, "id": row.id});
            audited(tx, &ctx, "playbook.refuse", "playbook", &row.name, detail)?;
            letters::decided(tx, &office_, &ctx, &row, "playbook_refused")?;
            Ok(row)
        })
        .await
}

/// Takes one's own proposal back.
///
/// # Errors
/// [`Refusal::NotAllowed`] for somebody else's; [`Refusal::AlreadyDecided`].
pub async fn withdraw(
    office: &Office,
    ctx: &Ctx,
    id: PlaybookVersionId,
) -> Result<PlaybookVersion> {
    Verb::WritePlaybook.by(&ctx.actor)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut row = waiting(tx, id)?;
            if ctx.actor.account() != Some(row.author_id) {
                return Err(Refusal::NotAllowed.into());
            }
            decide(&ctx, &mut row, PlaybookState::Withdrawn, String::new());
            store::save(tx, &row)?;
            let detail = json!({"version": row.version, "id": row.id});
            audited(tx, &ctx, "playbook.withdraw", "playbook", &row.name, detail)?;
            Ok(row)
        })
        .await
}

/// A row of the library is somebody's: a service proposes nothing.
fn author(ctx: &Ctx) -> Result<()> {
    match ctx.actor {
        Actor::Person(_) => Ok(()),
        _ => Err(Refusal::SignInFirst.into()),
    }
}

fn note(words: &str) -> Result<String, FieldError> {
    let note = text::some_block("note", words, 2_000)?;
    if note.chars().count() < WORDS {
        return Err(FieldError::with("note", "field-short", WORDS));
    }
    Ok(note)
}

/// The version must be higher than every one that a case may run: own and shipped.
fn grows(tx: &mut Conn, name: &str, version: u32) -> Result<()> {
    let own = u32::try_from(store::highest(tx, name)?).unwrap_or(0);
    let shipped = shelf::shipped(name).map_or(0, |pinned| pinned.playbook.version);
    let highest = own.max(shipped);
    if version <= highest {
        return Err(FieldError::with("text", "field-playbook-version", highest).into());
    }
    Ok(())
}

fn blank(ctx: &Ctx, name: &str, note: &str) -> Result<PlaybookVersion> {
    Ok(PlaybookVersion {
        id: Id::new(ctx.now),
        name: name.to_owned(),
        version: 0,
        title: String::new(),
        title_en: String::new(),
        category: String::new(),
        text_hash: None,
        note: note.to_owned(),
        state: PlaybookState::Proposed,
        author_id: ctx.actor.account().ok_or(Refusal::SignInFirst)?,
        author_name: ctx.actor.name(),
        proposed_at: ctx.now,
        decider_id: None,
        decider_name: String::new(),
        decided_at: None,
        reason: String::new(),
        active_from: None,
        active_to: None,
    })
}

/// Keeps a proposal and asks those who may approve it.
fn keep(tx: &mut Conn, office: &Office, ctx: &Ctx, row: PlaybookVersion) -> Result<Proposed> {
    if store::of_name_in(tx, &row.name, PlaybookState::Proposed)?.is_some() {
        return Err(FieldError::new("text", "field-playbook-waiting").into());
    }
    store::insert(tx, &row)?;
    let detail = json!({"version": row.version, "id": row.id, "shipped": row.text_hash.is_none()});
    audited(tx, ctx, "playbook.propose", "playbook", &row.name, detail)?;
    let asked = letters::proposed(tx, office, ctx, &row)?;
    Ok(Proposed { version: row, asked })
}

/// The proposal, if it still waits.
fn waiting(tx: &mut Conn, id: PlaybookVersionId) -> Result<PlaybookVersion> {
    let row = store::hold(tx, id)?;
    if row.state == PlaybookState::Proposed { Ok(row) } else { Err(Refusal::AlreadyDecided.into()) }
}

/// Two persons: whoever wrote it does not decide on it, whatever roles they hold.
fn other_person(ctx: &Ctx, row: &PlaybookVersion) -> Result<()> {
    author(ctx)?;
    if ctx.actor.account() == Some(row.author_id) {
        return Err(Refusal::OwnProposal.into());
    }
    Ok(())
}

fn decide(ctx: &Ctx, row: &mut PlaybookVersion, state: PlaybookState, reason: String) {
    row.state = state;
    row.decider_id = ctx.actor.account();
    row.decider_name = ctx.actor.name();
    row.decided_at = Some(ctx.now);
    row.reason = reason;
}

/// With this row in force, everything in force can still be read together.
fn fits(tx: &mut Conn, row: &PlaybookVersion, before: &Active) -> Result<()> {
    let shipped = shelf::shipped(&row.name).map_or(0, |pinned| pinned.playbook.version);
    // A newer program may ship a version as high as the one that waited.
    if row.text_hash.is_some() && u32::try_from(row.version).unwrap_or(0) <= shipped {
        return Err(Refusal::NotReady { key: "playbook-version-taken" }.into());
    }
    let after = shelf::read(tx)?;
    let known = |one: &PlaybookVersion| before.unreadable.iter().any(|known| known.id == one.id);
    if after.unreadable.iter().any(|one| !known(one)) {
        return Err(Refusal::NotReady { key: "playbook-breaks" }.into());
    }
    Ok(())
}
