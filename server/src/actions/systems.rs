//! The directory's verbs on information systems: list, one, create, edit, retire.

use std::collections::BTreeMap;

use serde_json::json;

use super::organisations::{Part, matches, wide};
use super::record::audited;
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::directory::{self, SystemFacts, SystemText};
use crate::domain::ids::{Id, OrganisationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text;
use crate::domain::words::SystemKind;
use crate::error::{Error, Result};
use crate::records::{Organisation, System};
use crate::store::{Conn, directory as store, organisations};

/// Which systems a list shows.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<SystemKind>,
    /// Owned or operated by the organisation of this key.
    pub organisation: Option<String>,
    /// All words of the text are in key, name or domains, with or without accents.
    pub text: String,
    /// Also those that are retired.
    pub retired: bool,
    /// After this key.
    pub after: String,
    /// At most so many, 1 to 200.
    pub limit: usize,
}

/// One system with the organisations around it.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The system.
    pub system: System,
    /// Who owns it (chủ quản).
    pub owner: Organisation,
    /// Who operates it.
    pub operator: Option<Organisation>,
    /// Who connects or serves it.
    pub providers: Vec<Organisation>,
}

impl Portrait {
    /// As a form or the API shows it for editing.
    pub fn typed(&self) -> SystemText {
        let system = &self.system;
        SystemText {
            key: system.key.clone(),
            name: system.name.clone(),
            owner: self.owner.key.clone(),
            operator: self.operator.as_ref().map(|one| one.key.clone()).unwrap_or_default(),
            providers: self
                .providers
                .iter()
                .map(|one| one.key.as_str())
                .collect::<Vec<_>>()
                .join(" "),
            level: system.level.map(|level| level.to_string()).unwrap_or_default(),
            kind: system.kind.to_string(),
            domains: system.domains.clone(),
            addresses: system.addresses.clone(),
            priority_rules: system.priority_rules.clone(),
        }
    }
}

/// The list, in the order of keys, each with its owner.
///
/// # Errors
/// [`Refusal::NotAllowed`]; [`Error::NotFound`] for an unknown organisation.
pub async fn list(
    office: &Office,
    ctx: &Ctx,
    wanted: Wanted,
) -> Result<Part<(System, Organisation)>> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    let now = ctx.now;
    office
        .db
        .read(move |c| {
            let of = match &wanted.organisation {
                Some(key) => {
                    Some(store::by_key(c, key)?.ok_or(Error::NotFound("organisation"))?.id)
                }
                None => None,
            };
            let words = text::search_words(&wanted.text);
            let limit = wanted.limit.clamp(1, 200);
            let (mut found, mut after) = (Vec::new(), wanted.after.clone());
            let step = 500;
            loop {
                let rows = store::systems_after(c, &after, wanted.kind, of, wide(step))?;
                let last = rows.len() < step;
                after = rows.last().map(|row| row.key.clone()).unwrap_or_default();
                found.extend(rows.into_iter().filter(|row| {
                    (wanted.retired || row.valid_to.is_none_or(|end| end > now))
                        && matches(&words, &[&row.key, &row.name, &row.domains])
                }));
                if last || found.len() > limit {
                    break;
                }
            }
            let part = Part::cut(found, limit, |row: &System| row.key.clone());
            let owners: Vec<_> = part.items.iter().map(|row| row.owner_id).collect();
            let owners: BTreeMap<OrganisationId, Organisation> =
                organisations::list_of(c, &owners)?.into_iter().map(|one| (one.id, one)).collect();
            let items = part
                .items
                .into_iter()
                .filter_map(|row| owners.get(&row.owner_id).cloned().map(|owner| (row, owner)))
                .collect();
            Ok(Part { items, next: part.next })
        })
        .await
}

/// One system.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn one(office: &Office, ctx: &Ctx, key: &str) -> Result<Portrait> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    let key = key.to_owned();
    office
        .db
        .read(move |c| {
            let system = organisations::system_by_key(c, &key)?.ok_or(Error::NotFound("system"))?;
            portrait(c, system)
        })
        .await
}

fn portrait(c: &mut Conn, system: System) -> Result<Portrait> {
    let operator = system.operator_id.map(|id| organisations::find(c, id)).transpose()?;
    Ok(Portrait {
        owner: organisations::find(c, system.owner_id)?,
        operator,
        providers: organisations::providers(c, system.id)?,
        system,
    })
}

/// The identifiers of the organisations that a system names.
struct Around {
    owner: OrganisationId,
    operator: Option<OrganisationId>,
    providers: Vec<OrganisationId>,
}

fn around(tx: &mut Conn, facts: &SystemFacts) -> Result<Around> {
    let mut bad = Vec::new();
    let mut id = |tx: &mut Conn, field, key: &str| -> Result<Option<OrganisationId>> {
        let found = store::by_key(tx, key)?;
        if found.is_none() {
            bad.push(FieldError::with(field, "field-dir-unknown", key));
        }
        Ok(found.map(|one| one.id))
    };
    let owner = id(tx, "owner", &facts.owner)?;
    let operator = match &facts.operator {
        Some(key) => id(tx, "operator", key)?,
        None => None,
    };
    let mut providers = Vec::new();
    for key in &facts.providers {
        providers.extend(id(tx, "providers", key)?);
    }
    match owner {
        Some(owner) if bad.is_empty() => Ok(Around { owner, operator, providers }),
        _ => Err(Refusal::Fields(bad).into()),
    }
}

/// Writes the facts into a record.
pub(super) fn apply(
    record: &mut System,
    facts: &SystemFacts,
    owner: OrganisationId,
    operator: Option<OrganisationId>,
) {
    record.name.clone_from(&facts.name);
    record.owner_id = owner;
    record.operator_id = operator;
    record.level = facts.level;
    record.kind = facts.kind;
    record.domains.clone_from(&facts.domains);
    record.addresses.clone_from(&facts.addresses);
    record.priority_rules.clone_from(&facts.priority_rules);
}

/// A record that is not yet stored.
pub(super) fn fresh(
    facts: &SystemFacts,
    owner: OrganisationId,
    operator: Option<OrganisationId>,
    now: Timestamp,
) -> System {
    let mut record = System {
        id: Id::new(now),
        key: facts.key.clone(),
        name: String::new(),
        owner_id: owner,
        operator_id: operator,
        level: None,
        kind: facts.kind,
        domains: String::new(),
        addresses: String::new(),
        priority_rules: String::new(),
        valid_to: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    apply(&mut record, facts, owner, operator);
    record
}

/// Adds a system.
///
/// # Errors
/// [`Refusal::Fields`], [`Refusal::Exists`], [`Refusal::NotAllowed`].
pub async fn create(office: &Office, ctx: &Ctx, typed: SystemText) -> Result<System> {
    Verb::Administer.by(&ctx.actor)?;
    let facts = directory::system(&typed).map_err(Refusal::Fields)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            if organisations::system_by_key(tx, &facts.key)?.is_some() {
                return Err(Refusal::Exists { what: facts.key.clone() }.into());
            }
            let around = around(tx, &facts)?;
            let record = fresh(&facts, around.owner, around.operator, ctx.now);
            organisations::insert_system(tx, &record, &around.providers)?;
            let detail = json!({"owner": facts.owner, "level": facts.level});
            audited(tx, &ctx, "system.create", "system", &record.key, detail)?;
            Ok(record)
        })
        .await
}

/// Changes a system; its key stays.
///
/// # Errors
/// [`Error::Stale`]; [`Refusal::Fields`]; [`Refusal::NotAllowed`].
pub async fn edit(
    office: &Office,
    ctx: &Ctx,
    key: &str,
    version: i32,
    mut typed: SystemText,
) -> Result<System> {
    Verb::Administer.by(&ctx.actor)?;
    key.clone_into(&mut typed.key);
    let facts = directory::system(&typed).map_err(Refusal::Fields)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut record = store::hold_system(tx, &facts.key)?;
            if record.version != version {
                return Err(Error::Stale { now: record.version });
            }
            let around = around(tx, &facts)?;
            apply(&mut record, &facts, around.owner, around.operator);
            record.version += 1;
            record.updated_at = ctx.now;
            store::save_system(tx, &record)?;
            store::set_providers(tx, record.id, &around.providers)?;
            let detail = json!({
                "owner": facts.owner, "operator": facts.operator, "providers": facts.providers,
                "level": facts.level,
            });
            audited(tx, &ctx, "system.edit", "system", &record.key, detail)?;
            Ok(record)
        })
        .await
}

/// Takes a system out of use: it stays on old incidents and leaves the report form.
///
/// # Errors
/// [`Error::Stale`]; [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn retire(office: &Office, ctx: &Ctx, key: &str, version: i32) -> Result<System> {
    Verb::Administer.by(&ctx.actor)?;
    let (ctx, key) = (ctx.clone(), key.to_owned());
    office
        .write(move |tx| {
            let mut record = store::hold_system(tx, &key)?;
            if record.version != version || record.valid_to.is_some() {
                return Err(Error::Stale { now: record.version });
            }
            record.valid_to = Some(ctx.now);
            record.version += 1;
            record.updated_at = ctx.now;
            store::save_system(tx, &record)?;
            audited(tx, &ctx, "system.retire", "system", &key, json!({}))?;
            Ok(record)
        })
        .await
}
