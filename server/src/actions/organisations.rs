//! The directory's verbs on organisations: list, one, create, edit, functions over a period.

use serde_json::json;

use super::record::audited;
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::directory::{self, OrganisationFacts, OrganisationText};
use crate::domain::ids::{FunctionId, Id, OrganisationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::roster;
use crate::domain::sight::{Verb, hands_out_link};
use crate::domain::text;
use crate::domain::words::{Function, OrganisationKind};
use crate::error::{Error, Result};
use crate::records::{ContactPoint, HeldFunction, Organisation, System};
use crate::store::{Conn, directory as store, organisations};

/// One part of a list, and the cursor of the next.
#[derive(Debug, Clone)]
pub struct Part<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<String>,
}

impl<T> Part<T> {
    /// Cuts one row too many off and makes its predecessor the cursor.
    pub fn cut(mut items: Vec<T>, limit: usize, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// Which organisations a list shows.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<OrganisationKind>,
    /// All words of the text are in key, name or short name, with or without accents.
    pub text: String,
    /// Also those that are no more, or not yet.
    pub all_times: bool,
    /// After this key.
    pub after: String,
    /// At most so many, 1 to 200.
    pub limit: usize,
}

/// Everything about one organisation.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The organisation.
    pub organisation: Organisation,
    /// The one above.
    pub parent: Option<Organisation>,
    /// The one that took over.
    pub successor: Option<Organisation>,
    /// What it held, holds and will hold.
    pub functions: Vec<HeldFunction>,
    /// Contact points in force.
    pub contacts: Vec<ContactPoint>,
    /// Systems that it owns or operates.
    pub systems: Vec<System>,
    /// Organisations directly below.
    pub children: Vec<Organisation>,
}

/// Whether all words are in the text, with or without accents.
pub(super) fn matches(words: &[String], parts: &[&str]) -> bool {
    let text = text::folded(&parts.join(" "));
    words.iter().all(|word| text.contains(word.as_str()))
}

/// The list, in the order of keys.
///
/// # Errors
/// [`Refusal::NotAllowed`] to whoever does not choose recipients or administer.
pub async fn list(office: &Office, ctx: &Ctx, wanted: Wanted) -> Result<Part<Organisation>> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    let now = ctx.now;
    office
        .db
        .read(move |c| {
            let words = text::search_words(&wanted.text);
            let limit = wanted.limit.clamp(1, 200);
            let in_force = (!wanted.all_times).then_some(now);
            let (mut found, mut after) = (Vec::new(), wanted.after.clone());
            // Neither database folds Vietnamese: the words are compared here, part by part.
            let step = if words.is_empty() { limit + 1 } else { 500 };
            loop {
                let rows = store::after(c, &after, wanted.kind, in_force, wide(step))?;
                let last = rows.len() < step;
                after = rows.last().map(|row| row.key.clone()).unwrap_or_default();
                found.extend(rows.into_iter().filter(|row| {
                    words.is_empty() || matches(&words, &[&row.key, &row.name, &row.short_name])
                }));
                if last || found.len() > limit {
                    return Ok(Part::cut(found, limit, |row| row.key.clone()));
                }
            }
        })
        .await
}

pub(super) fn wide(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// One organisation with what belongs to it.
///
/// # Errors
/// [`Error::NotFound`] for an unknown key; [`Refusal::NotAllowed`].
pub async fn one(office: &Office, ctx: &Ctx, key: &str) -> Result<Portrait> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    let (key, now) = (key.to_owned(), ctx.now);
    office
        .db
        .read(move |c| {
            let organisation = by_key(c, &key)?;
            let id = organisation.id;
            let other = |c: &mut Conn, id: Option<OrganisationId>| {
                id.map(|id| organisations::find(c, id)).transpose()
            };
            Ok(Portrait {
                parent: other(c, organisation.parent_id)?,
                successor: other(c, organisation.successor_id)?,
                functions: store::functions(c, id)?,
                contacts: organisations::contacts(c, id, None, now)?,
                systems: organisations::systems_of(c, id)?,
                children: store::children(c, id, 200)?,
                organisation,
            })
        })
        .await
}

/// The organisation, for its report link and QR code.
///
/// # Errors
/// [`Error::NotFound`] also for who has nothing to do with it.
pub async fn for_link(office: &Office, ctx: &Ctx, key: &str) -> Result<Organisation> {
    ctx.actor.person()?;
    let (key, ctx) = (key.to_owned(), ctx.clone());
    office
        .db
        .read(move |c| {
            let organisation = by_key(c, &key)?;
            if hands_out_link(&ctx.actor, organisation.id) {
                Ok(organisation)
            } else {
                Err(Error::NotFound("organisation"))
            }
        })
        .await
}

fn by_key(c: &mut Conn, key: &str) -> Result<Organisation> {
    store::by_key(c, key)?.ok_or(Error::NotFound("organisation"))
}

/// An organisation as a form or the API shows it for editing.
///
/// # Errors
/// The database's.
pub fn typed(c: &mut Conn, organisation: &Organisation) -> Result<OrganisationText> {
    let key = |c: &mut Conn, id: Option<OrganisationId>| -> Result<String> {
        Ok(match id {
            Some(id) => organisations::find(c, id)?.key,
            None => String::new(),
        })
    };
    Ok(OrganisationText {
        key: organisation.key.clone(),
        name: organisation.name.clone(),
        short_name: organisation.short_name.clone(),
        kind: organisation.kind.to_string(),
        parent: key(c, organisation.parent_id)?,
        address: organisation.address.clone(),
        phone: organisation.phone.clone(),
        email: organisation.email.clone(),
        mail_domain: organisation.mail_domain.clone(),
        valid_from: directory::shown_day(organisation.valid_from),
        valid_to: directory::shown_last_day(organisation.valid_to),
        successor: key(c, organisation.successor_id)?,
    })
}

/// The organisation to change, as typed, with its version.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn to_edit(office: &Office, ctx: &Ctx, key: &str) -> Result<(OrganisationText, i32)> {
    Verb::Administer.by(&ctx.actor)?;
    let key = key.to_owned();
    office
        .db
        .read(move |c| {
            let organisation = by_key(c, &key)?;
            Ok((typed(c, &organisation)?, organisation.version))
        })
        .await
}

/// Writes the facts into a record; parent and successor are resolved already.
pub(super) fn apply(
    record: &mut Organisation,
    facts: &OrganisationFacts,
    parent: Option<OrganisationId>,
    successor: Option<OrganisationId>,
) {
    record.name.clone_from(&facts.name);
    record.short_name.clone_from(&facts.short_name);
    record.kind = facts.kind;
    record.parent_id = parent;
    record.address.clone_from(&facts.address);
    record.phone.clone_from(&facts.phone);
    record.email.clone_from(&facts.email);
    record.mail_domain.clone_from(&facts.mail_domain);
    record.valid_from = facts.valid_from;
    record.valid_to = facts.valid_to;
    record.successor_id = successor;
}

/// A record without parent and successor, not yet stored.
pub(super) fn fresh(facts: &OrganisationFacts, now: Timestamp) -> Organisation {
    let mut record = Organisation {
        id: Id::new(now),
        key: facts.key.clone(),
        name: String::new(),
        short_name: String::new(),
        kind: facts.kind,
        parent_id: None,
        address: String::new(),
        phone: String::new(),
        email: String::new(),
        mail_domain: String::new(),
        valid_from: facts.valid_from,
        valid_to: None,
        successor_id: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    apply(&mut record, facts, None, None);
    record
}

/// The identifiers of parent and successor; both exist and the tree stays a tree.
fn placed(
    tx: &mut Conn,
    facts: &OrganisationFacts,
) -> Result<(Option<OrganisationId>, Option<OrganisationId>)> {
    let rows = store::tree(tx)?;
    let id = |field, key: &Option<String>| match key {
        None => Ok(None),
        Some(key) => match rows.iter().find(|row| row.1 == *key) {
            Some(row) => Ok(Some(row.0)),
            None => Err(FieldError::with(field, "field-dir-unknown", key)),
        },
    };
    let (parent, successor) = (id("parent", &facts.parent)?, id("successor", &facts.successor)?);
    let mut known = known(&rows);
    known.insert(facts.key.clone(), facts.parent.clone());
    // Also what is below must not sink too deep.
    for key in known.keys() {
        if let Err(why) = roster::place(key, &known) {
            let value = facts.parent.clone().unwrap_or_default();
            return Err(FieldError::with("parent", why, value).into());
        }
    }
    Ok((parent, successor))
}

/// The tree by keys.
pub(super) fn known(rows: &[(OrganisationId, String, Option<OrganisationId>)]) -> roster::Known {
    let keys: std::collections::BTreeMap<_, _> =
        rows.iter().map(|(id, key, _)| (*id, key.clone())).collect();
    rows.iter()
        .map(|(_, key, parent)| (key.clone(), parent.and_then(|id| keys.get(&id).cloned())))
        .collect()
}

/// Adds an organisation with the functions it holds from its first day on.
///
/// # Errors
/// [`Refusal::Fields`], [`Refusal::Exists`], [`Refusal::NotAllowed`].
pub async fn create(
    office: &Office,
    ctx: &Ctx,
    typed: OrganisationText,
    functions: &str,
) -> Result<Organisation> {
    Verb::Administer.by(&ctx.actor)?;
    let checked = directory::organisation(&typed);
    let (facts, functions) = match (checked, directory::functions("functions", functions)) {
        (Ok(facts), Ok(functions)) => (facts, functions),
        (Ok(_), Err(why)) => return Err(why.into()),
        (Err(mut bad), functions) => {
            bad.extend(functions.err());
            return Err(Refusal::Fields(bad).into());
        }
    };
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            if store::by_key(tx, &facts.key)?.is_some() {
                return Err(Refusal::Exists { what: facts.key.clone() }.into());
            }
            let (parent, successor) = placed(tx, &facts)?;
            let mut record = fresh(&facts, ctx.now);
            apply(&mut record, &facts, parent, successor);
            organisations::insert(tx, &record)?;
            for function in &functions {
                let (from, to) = (facts.valid_from, facts.valid_to);
                hold_over(tx, record.id, *function, from, to, ctx.now)?;
            }
            let detail = json!({"name": record.name, "functions": functions});
            audited(tx, &ctx, "organisation.create", "organisation", &record.key, detail)?;
            Ok(record)
        })
        .await
}

/// Changes an organisation; its key stays.
///
/// # Errors
/// [`Error::Stale`] when somebody changed it meanwhile; [`Refusal::Fields`];
/// [`Refusal::NotAllowed`].
pub async fn edit(
    office: &Office,
    ctx: &Ctx,
    key: &str,
    version: i32,
    mut typed: OrganisationText,
) -> Result<Organisation> {
    Verb::Administer.by(&ctx.actor)?;
    key.clone_into(&mut typed.key);
    let facts = directory::organisation(&typed).map_err(Refusal::Fields)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut record = store::hold(tx, &facts.key)?;
            if record.version != version {
                return Err(Error::Stale { now: record.version });
            }
            let (parent, successor) = placed(tx, &facts)?;
            let before = record.clone();
            apply(&mut record, &facts, parent, successor);
            record.version += 1;
            record.updated_at = ctx.now;
            store::save(tx, &record)?;
            follow_period(tx, &before, &record)?;
            let detail = json!({"changed": changed(&before, &record)});
            audited(tx, &ctx, "organisation.edit", "organisation", &record.key, detail)?;
            Ok(record)
        })
        .await
}

/// The names of what differs, for the audit trail.
fn changed(before: &Organisation, after: &Organisation) -> Vec<&'static str> {
    let pairs = [
        ("name", before.name != after.name),
        ("short_name", before.short_name != after.short_name),
        ("kind", before.kind != after.kind),
        ("parent", before.parent_id != after.parent_id),
        ("address", before.address != after.address),
        ("phone", before.phone != after.phone),
        ("email", before.email != after.email),
        ("mail_domain", before.mail_domain != after.mail_domain),
        ("valid_from", before.valid_from != after.valid_from),
        ("valid_to", before.valid_to != after.valid_to),
        ("successor", before.successor_id != after.successor_id),
    ];
    pairs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Functions that began or ended with the organisation follow its period; none outlives it.
pub(super) fn follow_period(
    tx: &mut Conn,
    before: &Organisation,
    after: &Organisation,
) -> Result<()> {
    for mut held in store::functions(tx, after.id)? {
        let was = (held.valid_from, held.valid_to);
        if held.valid_from == before.valid_from {
            held.valid_from = after.valid_from;
        }
        if held.valid_to == before.valid_to {
            held.valid_to = after.valid_to;
        }
        if let Some(end) = after.valid_to
            && held.valid_to.is_none_or(|to| to > end)
        {
            held.valid_to = Some(end.max(held.valid_from));
        }
        if was != (held.valid_from, held.valid_to) {
            store::save_function(tx, &held)?;
        }
    }
    Ok(())
}

/// Adds a function over a period that does not overlap another of the same.
pub(super) fn hold_over(
    tx: &mut Conn,
    organisation: OrganisationId,
    function: Function,
    from: Timestamp,
    to: Option<Timestamp>,
    now: Timestamp,
) -> Result<HeldFunction> {
    let overlaps = store::functions(tx, organisation)?.into_iter().any(|held| {
        held.function == function
            && held.valid_to.is_none_or(|end| end > from)
            && to.is_none_or(|end| held.valid_from < end)
    });
    if overlaps {
        return Err(FieldError::new("function", "field-dir-overlap").into());
    }
    let held = HeldFunction {
        id: Id::new(now),
        organisation_id: organisation,
        function,
        valid_from: from,
        valid_to: to,
    };
    store::insert_function(tx, &held)?;
    Ok(held)
}

/// Gives an organisation a function from a day on; `to` is the last day, or empty.
///
/// # Errors
/// [`Refusal::Fields`] for a bad word, a bad day, a period that overlaps one that is there.
pub async fn add_function(
    office: &Office,
    ctx: &Ctx,
    key: &str,
    function: &str,
    from: &str,
    to: &str,
) -> Result<HeldFunction> {
    Verb::Administer.by(&ctx.actor)?;
    let (function, from, to) = (
        directory::word::<Function>("function", function)?,
        directory::day("from", from)?,
        directory::last_day("to", to)?,
    );
    if to.is_some_and(|to| to <= from) {
        return Err(FieldError::new("to", "field-dir-period").into());
    }
    let (ctx, key) = (ctx.clone(), key.to_owned());
    office
        .write(move |tx| {
            let organisation = store::hold(tx, &key)?;
            let held = hold_over(tx, organisation.id, function, from, to, ctx.now)?;
            let detail = json!({"function": function, "from": from, "to": to});
            audited(tx, &ctx, "organisation.function_add", "organisation", &key, detail)?;
            Ok(held)
        })
        .await
}

/// Ends a function after its last day.
///
/// # Errors
/// [`Error::NotFound`] when the organisation does not hold it; [`Refusal::Fields`].
pub async fn end_function(
    office: &Office,
    ctx: &Ctx,
    key: &str,
    id: FunctionId,
    last_day: &str,
) -> Result<HeldFunction> {
    Verb::Administer.by(&ctx.actor)?;
    let end = directory::last_day("last_day", last_day)?
        .ok_or(FieldError::new("last_day", "field-empty"))?;
    let (ctx, key) = (ctx.clone(), key.to_owned());
    office
        .write(move |tx| {
            let organisation = store::hold(tx, &key)?;
            let mut held = store::function(tx, id)?;
            if held.organisation_id != organisation.id {
                return Err(Error::NotFound("function"));
            }
            if end <= held.valid_from {
                return Err(FieldError::new("last_day", "field-dir-period").into());
            }
            held.valid_to = Some(end);
            store::save_function(tx, &held)?;
            let detail = json!({"function": held.function, "to": end});
            audited(tx, &ctx, "organisation.function_end", "organisation", &key, detail)?;
            Ok(held)
        })
        .await
}
