//! What is shown of the library: every playbook, one with its versions, one version with what it
//! changes. Counting who uses what looks at running cases alone, never at history.

use std::collections::{BTreeMap, BTreeSet};

use playbooks::Playbook;
use serde::Serialize;

use super::compare::{Difference, compare};
use crate::actions::{Ctx, Office, shelf};
use crate::clock::Timestamp;
use crate::domain::ids::PlaybookVersionId;
use crate::domain::sight::Verb;
use crate::domain::words::{Language, PlaybookState};
use crate::error::{Error, Result};
use crate::records::PlaybookVersion;
use crate::store::{Conn, playbooks as store};

/// Most running cases that are counted; beyond, the numbers are at least what they say.
const MOST_RUNNING: i64 = 20_000;
/// Most running cases that are named.
const MOST_CASES: i64 = 50;

/// A playbook of the library.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookEntry)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its title in the caller's language.
    pub title: String,
    /// The category that it is for, if it is for just one.
    pub category: String,
    /// For which incidents, as written; empty: for whatever has no own one.
    pub when: String,
    /// The version in force.
    pub version: u32,
    /// The version in force is the one that ships with the program.
    pub shipped: bool,
    /// The version that ships with the program, when it ships one.
    pub shipped_version: Option<u32>,
    /// A proposal waits for a second person.
    pub waiting: bool,
    /// Its own version cannot be read by this program: the shipped one stands in.
    pub unreadable: bool,
    /// Running cases by version.
    pub running: Vec<Running>,
}

/// How many running cases use a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookRunning)]
pub struct Running {
    /// The version.
    pub version: i32,
    /// How many.
    pub cases: i64,
}

/// A running case that uses a playbook.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookCase)]
pub struct RunningCase {
    /// Its code.
    pub code: String,
    /// The version that it follows.
    pub version: i32,
}

/// A version in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookVersionItem)]
pub struct VersionItem {
    /// Names it.
    #[schema(value_type = String)]
    pub id: PlaybookVersionId,
    /// Its version; 0: the shipped one again.
    pub version: i32,
    /// Its title.
    pub title: String,
    /// `proposed`, `active`, `replaced`, `refused`, `withdrawn`.
    pub state: PlaybookState,
    /// It says: the shipped one again.
    pub to_shipped: bool,
    /// What changes and why.
    pub note: String,
    /// Who proposed it.
    pub author: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// Who decided.
    pub decider: String,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// Why it was refused.
    pub reason: String,
    /// In force since.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub active_from: Option<Timestamp>,
    /// Until.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub active_to: Option<Timestamp>,
    /// The caller may approve or refuse it.
    pub may_decide: bool,
    /// The caller may take it back.
    pub may_withdraw: bool,
}

/// A playbook with its versions.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Playbook)]
pub struct Portrait {
    /// What the list says of it.
    #[serde(flatten)]
    pub entry: Entry,
    /// The text in force, as its author wrote it.
    pub text: String,
    /// What a reporter does now.
    pub first_aid: Vec<String>,
    /// The proposed versions, newest first.
    pub versions: Vec<VersionItem>,
    /// Where the next page of versions begins.
    pub next: Option<String>,
    /// Running cases, for those who see cases; at most 50.
    pub cases: Vec<RunningCase>,
    /// The caller may propose.
    pub may_write: bool,
}

/// One version with its text and what it changes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookVersionView)]
pub struct VersionView {
    /// Whose version.
    pub name: String,
    /// The row.
    #[serde(flatten)]
    pub item: VersionItem,
    /// Its text.
    pub text: String,
    /// What it is compared with: `active`, `before`, `shipped` or `nothing`.
    pub against: &'static str,
    /// The version that it is compared with.
    pub against_version: Option<u32>,
    /// The differences.
    pub difference: Difference,
}

/// A playbook's title in a language.
pub(super) fn title(book: &Playbook, language: Language) -> String {
    match (language, &book.title_en) {
        (Language::En, Some(title)) => title.clone(),
        _ => book.title.clone(),
    }
}

/// A row's title in a language.
pub fn words(row: &PlaybookVersion, language: Language) -> String {
    match language {
        Language::En if !row.title_en.is_empty() => row.title_en.clone(),
        _ => row.title.clone(),
    }
}

/// Every playbook: those in force, and those that are only proposed yet.
///
/// # Errors
/// [`Refusal::NotAllowed`](crate::domain::refusal::Refusal::NotAllowed); the database's.
pub async fn entries(office: &Office, ctx: &Ctx) -> Result<Vec<Entry>> {
    Verb::ReadPlaybooks.by(&ctx.actor)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office.db.read(move |c| all(c, &office_, &ctx)).await
}

fn all(c: &mut Conn, office: &Office, ctx: &Ctx) -> Result<Vec<Entry>> {
    let active = shelf::active(c, office)?;
    let waiting = store::in_state(c, PlaybookState::Proposed, 2 * shelf::MOST_NAMES)?;
    let asked: BTreeSet<&str> = waiting.iter().map(|row| row.name.as_str()).collect();
    let mut running: BTreeMap<String, Vec<Running>> = BTreeMap::new();
    for used in store::in_use(c, MOST_RUNNING)? {
        let one = Running { version: used.playbook_version, cases: used.running };
        running.entry(used.playbook).or_default().push(one);
    }
    let mut found = Vec::new();
    for pinned in active.pins() {
        let book = &pinned.playbook;
        let shipped_version = shelf::shipped(&book.name).map(|pinned| pinned.playbook.version);
        found.push(Entry {
            name: book.name.clone(),
            title: title(book, ctx.language),
            category: book.category.clone().unwrap_or_default(),
            when: book.when.as_ref().map(|when| when.source().to_owned()).unwrap_or_default(),
            version: book.version,
            shipped: !active.is_own(&book.name),
            shipped_version,
            waiting: asked.contains(book.name.as_str()),
            unreadable: active.unreadable.iter().any(|row| row.name == book.name),
            running: running.remove(&book.name).unwrap_or_default(),
        });
    }
    // Names that have nothing in force: proposed for the first time, taken out of use while cases run.
    let mut others: BTreeMap<String, Entry> = BTreeMap::new();
    let blank = |name: &str| Entry {
        name: name.to_owned(),
        title: name.to_owned(),
        category: String::new(),
        when: String::new(),
        version: 0,
        shipped: false,
        shipped_version: None,
        waiting: false,
        unreadable: false,
        running: Vec::new(),
    };
    for row in waiting.iter().filter(|row| active.named(&row.name).is_none()) {
        let entry = others.entry(row.name.clone()).or_insert_with(|| blank(&row.name));
        entry.title = words(row, ctx.language);
        entry.category.clone_from(&row.category);
        entry.waiting = true;
    }
    for row in active.unreadable.iter().filter(|row| active.named(&row.name).is_none()) {
        let entry = others.entry(row.name.clone()).or_insert_with(|| blank(&row.name));
        entry.title = words(row, ctx.language);
        entry.unreadable = true;
    }
    for (name, running) in running {
        others.entry(name.clone()).or_insert_with(|| blank(&name)).running = running;
    }
    found.extend(others.into_values());
    found.sort_by(|a, b| (a.name == "default", &a.name).cmp(&(b.name == "default", &b.name)));
    Ok(found)
}

/// One playbook with its versions, newest first, before `cursor` when given.
///
/// # Errors
/// [`Error::NotFound`] for a name that nobody knows; those of [`entries`].
pub async fn one(office: &Office, ctx: &Ctx, name: &str, cursor: &str) -> Result<Portrait> {
    Verb::ReadPlaybooks.by(&ctx.actor)?;
    let before = match cursor {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::NotFound("playbook"))?),
    };
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            const PAGE: i64 = 20;
            let mut rows = store::of_name(c, &name, before, PAGE + 1)?;
            let next = match usize::try_from(PAGE) {
                Ok(page) if rows.len() > page => {
                    rows.truncate(page);
                    rows.last().map(|row| row.id.to_string())
                }
                _ => None,
            };
            let entry = match all(c, &office_, &ctx)?.into_iter().find(|entry| entry.name == name) {
                Some(entry) => entry,
                // Refused or taken out of use: its history is still there.
                None => match rows.first() {
                    Some(row) => Entry {
                        name: name.clone(),
                        title: words(row, ctx.language),
                        category: row.category.clone(),
                        when: String::new(),
                        version: 0,
                        shipped: false,
                        shipped_version: None,
                        waiting: false,
                        unreadable: false,
                        running: Vec::new(),
                    },
                    None => return Err(Error::NotFound("playbook")),
                },
            };
            let active = shelf::active(c, &office_)?;
            let pinned = active.named(&name);
            let cases = if ctx.sight().all {
                let found = store::cases(c, &name, MOST_CASES)?;
                found.into_iter().map(|(version, code, _)| RunningCase { code, version }).collect()
            } else {
                Vec::new()
            };
            Ok(Portrait {
                text: pinned.and_then(|_| active.text(&name)).unwrap_or_default(),
                first_aid: pinned.map_or_else(Vec::new, |pinned| {
                    shelf::first_aid(&pinned.playbook, ctx.language)
                }),
                versions: rows.iter().map(|row| item(&ctx, row)).collect(),
                next,
                cases,
                may_write: Verb::WritePlaybook.by(&ctx.actor).is_ok(),
                entry,
            })
        })
        .await
}

fn item(ctx: &Ctx, row: &PlaybookVersion) -> VersionItem {
    let waits = row.state == PlaybookState::Proposed;
    let mine = ctx.actor.account() == Some(row.author_id);
    VersionItem {
        id: row.id,
        version: row.version,
        title: words(row, ctx.language),
        state: row.state,
        to_shipped: row.text_hash.is_none(),
        note: row.note.clone(),
        author: row.author_name.clone(),
        proposed_at: row.proposed_at,
        decider: row.decider_name.clone(),
        decided_at: row.decided_at,
        reason: row.reason.clone(),
        active_from: row.active_from,
        active_to: row.active_to,
        may_decide: waits && !mine && Verb::ApprovePlaybook.by(&ctx.actor).is_ok(),
        may_withdraw: waits && mine && Verb::WritePlaybook.by(&ctx.actor).is_ok(),
    }
}

/// One version, compared with what it replaces or replaced.
///
/// # Errors
/// [`Error::NotFound`]; those of [`entries`].
pub async fn version(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    id: PlaybookVersionId,
) -> Result<VersionView> {
    Verb::ReadPlaybooks.by(&ctx.actor)?;
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let row = store::find(c, id)?;
            if row.name != name {
                return Err(Error::NotFound("playbook_version"));
            }
            let text = match &row.text_hash {
                Some(hash) => store::text(c, hash)?.unwrap_or_default(),
                None => shelf::shipped_text(&name).unwrap_or_default(),
            };
            let (against, other) = other(c, &office_, &row)?;
            let against_version = other
                .as_deref()
                .and_then(|text| playbooks::parse(text).ok())
                .map(|book| book.version);
            Ok(VersionView {
                item: item(&ctx, &row),
                difference: compare(other.as_deref().unwrap_or_default(), &text),
                name,
                text,
                against,
                against_version,
            })
        })
        .await
}

/// What a version is compared with: what is in force, for a proposal; else what was in force before.
fn other(
    c: &mut Conn,
    office: &Office,
    row: &PlaybookVersion,
) -> Result<(&'static str, Option<String>)> {
    let decided = matches!(row.state, PlaybookState::Active | PlaybookState::Replaced);
    if !decided {
        let active = shelf::active(c, office)?;
        let text = active.named(&row.name).and_then(|_| active.text(&row.name));
        return Ok((if text.is_some() { "active" } else { "nothing" }, text));
    }
    let before = store::of_name(c, &row.name, Some(row.id), 200)?
        .into_iter()
        .find(|earlier| earlier.active_from.is_some() && earlier.text_hash.is_some());
    if let Some(hash) = before.and_then(|before| before.text_hash) {
        return Ok(("before", store::text(c, &hash)?));
    }
    let shipped = shelf::shipped_text(&row.name).filter(|_| row.text_hash.is_some());
    Ok((if shipped.is_some() { "shipped" } else { "nothing" }, shipped))
}
