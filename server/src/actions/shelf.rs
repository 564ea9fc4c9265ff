//! The playbooks at hand. A text is known by its hash and read once in a process: a report reads
//! and writes no text. What is in force is read anew when the library says that it changed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use playbooks::{Facts, Playbook, Problem};
use sha2::{Digest, Sha256};

use super::Office;
use crate::domain::ids::IncidentId;
use crate::domain::words::{Category, Language, PlaybookState};
use crate::error::{Error, Result};
use crate::records::{PlaybookVersion, Run};
use crate::store::{Conn, engine, playbooks as store};

/// The setting that changes whenever another version comes into force: its row and when.
pub const STAMP: &str = "playbooks";
/// Most own playbooks of one library.
pub const MOST_NAMES: i64 = 200;
/// So many texts besides the shipped ones are kept read.
const MEMORY: usize = 200;

/// A playbook with the texts of all that it calls.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// SHA-256 of the text.
    pub hash: Vec<u8>,
    /// The text, those of the called ones included.
    pub text: Arc<str>,
    /// What it says.
    pub playbook: Arc<Playbook>,
}

/// The shipped ones: every server of this version has them, so that nobody needs to look them up.
static SHIPPED: LazyLock<Vec<Pinned>> = LazyLock::new(|| {
    let pinned = |(_, text): &(&str, &str)| pin(text, &shipped_text).ok();
    playbooks::library().iter().filter_map(pinned).collect()
});

/// What was read from the database. A text never changes under its hash.
static READ: LazyLock<RwLock<HashMap<Vec<u8>, Arc<Playbook>>>> = LazyLock::new(RwLock::default);

/// The name of a text.
pub fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

/// The text of a playbook that ships with the program.
pub fn shipped_text(name: &str) -> Option<String> {
    let found = playbooks::library().iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| (*text).to_owned())
}

/// A shipped playbook.
pub fn shipped(name: &str) -> Option<&'static Pinned> {
    SHIPPED.iter().find(|pinned| pinned.playbook.name == name)
}

/// Reads a text and puts those of the playbooks that it calls to it.
///
/// # Errors
/// All that is wrong with it.
pub fn pin(text: &str, find: &dyn Fn(&str) -> Option<String>) -> Result<Pinned, Vec<Problem>> {
    let playbook = playbooks::parse_with(text, find)?;
    let calls = |step: &&playbooks::Step| matches!(step.kind, playbooks::Kind::Call { .. });
    let whole = if playbook.all_steps().iter().any(calls) {
        playbooks::pin(text, find)?
    } else {
        text.to_owned()
    };
    Ok(Pinned { hash: hash(&whole), text: whole.into(), playbook: Arc::new(playbook) })
}

/// The playbook that a run follows, in the version that it began with or was given since.
///
/// # Errors
/// The database's; an internal error when the text is gone or cannot be read.
pub fn of_run(c: &mut Conn, run: &Run) -> Result<Arc<Playbook>> {
    of_hash(c, &run.text_hash)
}

/// The playbook of a pinned text.
///
/// # Errors
/// As [`of_run`].
pub fn of_hash(c: &mut Conn, hash: &[u8]) -> Result<Arc<Playbook>> {
    if let Some(pinned) = SHIPPED.iter().find(|pinned| pinned.hash == hash) {
        return Ok(Arc::clone(&pinned.playbook));
    }
    let known = READ.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
    if let Some(playbook) = known {
        return Ok(playbook);
    }
    let text = text_of(c, hash)?;
    let playbook = playbooks::parse_pinned(&text).map(Arc::new).map_err(|problems| {
        let first = problems.first().map(|problem| problem.message_en.clone());
        Error::internal(format!("a pinned playbook does not parse: {}", first.unwrap_or_default()))
    })?;
    let mut read = READ.write().unwrap_or_else(PoisonError::into_inner);
    if read.len() >= MEMORY {
        read.clear();
    }
    read.insert(hash.to_vec(), Arc::clone(&playbook));
    Ok(playbook)
}

/// A pinned text.
///
/// # Errors
/// As [`of_run`].
pub fn text_of(c: &mut Conn, hash: &[u8]) -> Result<String> {
    if let Some(pinned) = SHIPPED.iter().find(|pinned| pinned.hash == hash) {
        return Ok(pinned.text.to_string());
    }
    store::text(c, hash)?
        .ok_or_else(|| Error::internal(format!("no playbook text {}", hex::encode(hash))))
}

/// Keeps the text of a run that begins, unless every server of this version has it anyway; then
/// [`keep_shipped`] did, for servers of other versions.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Conn, pinned: &Pinned) -> Result<()> {
    if SHIPPED.iter().any(|known| known.hash == pinned.hash) {
        return Ok(());
    }
    store::keep_text(tx, &pinned.hash, &pinned.text)
}

/// Keeps the shipped texts, at start: their runs go on when the next version ships others.
///
/// # Errors
/// The database's.
pub async fn keep_shipped(office: &Office) -> Result<()> {
    let keep = |tx: &mut Conn| {
        SHIPPED.iter().try_for_each(|pinned| store::keep_text(tx, &pinned.hash, &pinned.text))
    };
    office.db.write(keep).await
}

/// What is in force.
pub struct Active {
    stamp: String,
    /// The playbooks, own ones before shipped ones.
    pins: Vec<Pinned>,
    /// The texts of the own ones, as their authors wrote them.
    own: HashMap<String, String>,
    /// Which of them an incident can get.
    heads: Vec<bool>,
    /// Nothing but the category decides.
    by_category: bool,
    /// Rows in force whose text this version of the program cannot read: the shipped one stands in.
    pub unreadable: Vec<PlaybookVersion>,
}

impl Active {
    /// The playbook of this name.
    pub fn named(&self, name: &str) -> Option<&Pinned> {
        self.pins.iter().find(|pinned| pinned.playbook.name == name)
    }

    /// The text of a playbook in force, for one that calls it.
    pub fn text(&self, name: &str) -> Option<String> {
        let own = self.own.get(name).filter(|_| self.is_own(name));
        own.cloned().or_else(|| shipped_text(name))
    }

    /// How many names have an own one.
    pub fn own(&self) -> i64 {
        i64::try_from(self.own.len()).unwrap_or(i64::MAX)
    }

    /// All of them.
    pub fn pins(&self) -> &[Pinned] {
        &self.pins
    }

    /// The playbook for a category: an own one for just this category, then the shipped name's, then
    /// the default.
    pub fn for_category(&self, category: Category) -> Option<&Pinned> {
        let word = category.as_word();
        let own = |pinned: &&Pinned| {
            pinned.playbook.category.as_deref() == Some(word)
                && shipped(&pinned.playbook.name).is_none()
        };
        self.pins
            .iter()
            .find(own)
            .or_else(|| self.named(playbooks::for_category(word)))
            .or_else(|| self.named("default"))
    }

    fn heads(&self) -> impl Iterator<Item = &Playbook> {
        self.pins.iter().zip(&self.heads).filter(|(_, head)| **head).map(|(p, _)| &*p.playbook)
    }

    /// Whether nothing but the category decides.
    pub const fn goes_by_category(&self) -> bool {
        self.by_category
    }

    /// The playbook for an incident of which this is known: the narrowest whose `when` holds, own
    /// ones before shipped ones.
    pub fn choose(&self, facts: &Facts) -> Option<&Pinned> {
        playbooks::choose(self.heads(), facts).and_then(|book| self.named(&book.name))
    }

    /// Whether the province's own version of this name is in force.
    pub fn is_own(&self, name: &str) -> bool {
        self.own.contains_key(name) && !self.unreadable.iter().any(|row| row.name == name)
    }
}

/// A playbook's first aid in a language; Vietnamese where it has no other.
pub fn first_aid(playbook: &Playbook, language: Language) -> Vec<String> {
    match language {
        Language::En if !playbook.first_aid_en.is_empty() => playbook.first_aid_en.clone(),
        _ => playbook.first_aid.clone(),
    }
}

/// What a reporter of this incident does now: as the playbook says that it follows, or would.
///
/// # Errors
/// The database's.
pub fn advice(
    c: &mut Conn,
    office: &Office,
    incident: IncidentId,
    category: Category,
    language: Language,
) -> Result<Vec<String>> {
    if let Some(run) = engine::first_run(c, incident)? {
        return Ok(first_aid(&*of_run(c, &run)?, language));
    }
    let active = active(c, office)?;
    let book = active.for_category(category);
    Ok(book.map_or_else(Vec::new, |pinned| first_aid(&pinned.playbook, language)))
}

/// What is in force, as this process read it last.
#[derive(Default)]
pub struct Shelf(RwLock<Option<Arc<Active>>>);

/// What is in force now: one small read, and all of it only after a change.
///
/// # Errors
/// The database's.
pub fn active(c: &mut Conn, office: &Office) -> Result<Arc<Active>> {
    let stamp = engine::setting(c, STAMP)?.unwrap_or_default();
    let known = office.shelf.0.read().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(known) = known.filter(|known| known.stamp == stamp) {
        return Ok(known);
    }
    let fresh = Arc::new(load(c, stamp)?);
    *office.shelf.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
    Ok(fresh)
}

/// What is in force, read anew and not remembered: for a transaction that changes it.
///
/// # Errors
/// The database's.
pub fn read(c: &mut Conn) -> Result<Active> {
    load(c, String::new())
}

fn load(c: &mut Conn, stamp: String) -> Result<Active> {
    let rows = store::in_state(c, PlaybookState::Active, MOST_NAMES)?;
    let mut own: HashMap<String, String> = HashMap::new();
    for row in &rows {
        if let Some(hash) = &row.text_hash
            && let Some(text) = store::text(c, hash)?
        {
            own.insert(row.name.clone(), text);
        }
    }
    let find = |name: &str| own.get(name).cloned().or_else(|| shipped_text(name));
    let (mut pins, mut unreadable): (Vec<Pinned>, _) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(text) = own.get(&row.name) else { continue };
        match pin(text, &find) {
            Ok(pinned) => pins.push(pinned),
            Err(_) => {
                tracing::error!(playbook.name = %row.name, "a playbook in force cannot be read");
                unreadable.push(row);
            }
        }
    }
    for (name, text) in playbooks::library() {
        if !pins.iter().any(|pinned| pinned.playbook.name == *name) {
            // One that calls an own one is another text than the shipped one; where there are no own
            // ones nothing is read a second time.
            let changed = if own.is_empty() { None } else { pin(text, &find).ok() };
            pins.extend(changed.or_else(|| shipped(name).cloned()));
        }
    }
    let heads = playbooks::candidates(&pins.iter().map(|pin| &*pin.playbook).collect::<Vec<_>>());
    let mut can_be_got = pins.iter().zip(&heads).filter(|(_, head)| **head).map(|(pin, _)| pin);
    let by_category = can_be_got.all(|pin| pin.playbook.goes_by_category());
    Ok(Active { stamp, pins, own, heads, by_category, unreadable })
}
