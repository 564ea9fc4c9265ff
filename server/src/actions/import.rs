//! `org import`: tables of organisations, contact points and systems become the directory, in one
//! transaction. A bad row stops everything, unless bad rows are to be skipped.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::contacts::{News, tell_desk};
use super::record::audited;
use super::{Ctx, Office, contacts, organisations, systems};
use crate::domain::directory::{ContactFacts, OrganisationFacts, SystemFacts};
use crate::domain::ids::{Id, OrganisationId, SystemId};
use crate::domain::roster::{self, ContactRow, Lined, OrganisationRow, Roster};
use crate::domain::sheet::{self, Problem, TableKind};
use crate::domain::sight::Verb;
use crate::domain::words::Rank;
use crate::error::{Error, Result};
use crate::records::{ContactPoint, HeldFunction, Organisation};
use crate::store::{Conn, directory as store, organisations as organisation_store};

/// The largest table, MiB.
pub const LIMIT_MIB: u64 = 5;

/// A file to import.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its name, for the report.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it lists; `None`: the header tells.
    pub kind: Option<TableKind>,
}

/// How to import.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Leave bad rows out instead of refusing everything.
    pub skip_bad: bool,
    /// Say what would happen and write nothing.
    pub only_check: bool,
}

/// What became of one file.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// What it lists, when that could be seen.
    pub kind: Option<TableKind>,
    /// Records that are new.
    pub added: usize,
    /// Records that differ from what was there.
    pub changed: usize,
    /// Records that are there already.
    pub unchanged: usize,
    /// Rows that are wrong.
    pub bad: usize,
    /// Columns that mean nothing to us.
    pub ignored: Vec<String>,
    /// What is wrong, by line.
    pub problems: Vec<Problem>,
}

/// What became of an import.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Imported {
    /// Whether it was written; otherwise nothing was changed.
    pub written: bool,
    /// File by file, in the order in which they were taken.
    pub files: Vec<Outcome>,
}

impl Imported {
    /// Rows that are wrong, in all files.
    pub fn bad(&self) -> usize {
        self.files.iter().map(|file| file.bad).sum()
    }
}

/// A file that was read, before it meets the database.
#[derive(Clone)]
struct Read {
    outcome: Outcome,
    roster: Option<Roster>,
    columns: BTreeSet<&'static str>,
    sha256: String,
}

fn read(upload: &Upload) -> Read {
    let sha256 = hex::encode(Sha256::digest(&upload.bytes));
    let mut outcome = Outcome { name: upload.name.clone(), ..Outcome::default() };
    match sheet::read(&upload.bytes, upload.kind) {
        Ok(sheet) => {
            let (roster, problems) = roster::records(&sheet);
            outcome.kind = Some(sheet.kind);
            outcome.ignored = sheet.ignored;
            outcome.problems = problems;
            Read { outcome, roster: Some(roster), columns: sheet.columns, sha256 }
        }
        Err(problems) => {
            outcome.problems = problems;
            Read { outcome, roster: None, columns: BTreeSet::new(), sha256 }
        }
    }
}

/// Imports files: organisations first, then systems, then contact points, whatever their order.
///
/// # Errors
/// A refusal to whoever does not administer; [`Error::TooLarge`]; the database's. Bad rows are no error: they are
/// in the answer, and nothing was written unless it says so.
pub async fn import(
    office: &Office,
    ctx: &Ctx,
    uploads: Vec<Upload>,
    how: How,
) -> Result<Imported> {
    Verb::Administer.by(&ctx.actor)?;
    if uploads.iter().any(|one| one.bytes.len() as u64 > LIMIT_MIB * 1024 * 1024) {
        return Err(Error::TooLarge { limit_mib: LIMIT_MIB });
    }
    let mut files: Vec<Read> =
        tokio::task::spawn_blocking(move || uploads.iter().map(read).collect())
            .await
            .map_err(Error::internal)?;
    files.sort_by_key(|file| match file.outcome.kind {
        Some(TableKind::Organisations) => 0,
        Some(TableKind::Systems) => 1,
        Some(TableKind::Contacts) => 2,
        None => 3,
    });
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut files = files.clone();
            let rows = store::tree(tx)?;
            let mut known = organisations::known(&rows);
            for file in &mut files {
                if let Some(roster) = &mut file.roster {
                    file.outcome.problems.extend(roster::reconcile(roster, &mut known));
                }
                complete(&mut file.outcome);
            }
            let unreadable = files.iter().any(|file| file.roster.is_none());
            let bad = files.iter().any(|file| file.outcome.bad > 0);
            let write = !how.only_check && !unreadable && (how.skip_bad || !bad);
            let ids = rows.into_iter().map(|(id, key, _)| (key, id)).collect();
            let mut hand = Hand { ctx: &ctx, write, ids };
            for file in &mut files {
                hand.take(tx, file)?;
            }
            if write {
                hand.told(tx, &office_, &files)?;
            }
            Ok(Imported {
                written: write,
                files: files.into_iter().map(|file| file.outcome).collect(),
            })
        })
        .await
}

/// Sorts what is wrong by line and counts the rows.
fn complete(outcome: &mut Outcome) {
    outcome.problems.sort_by_key(|problem| problem.line);
    let lines: BTreeSet<u64> = outcome.problems.iter().map(|problem| problem.line).collect();
    outcome.bad = lines.len();
}

/// What writes, or only counts what it would write.
struct Hand<'a> {
    ctx: &'a Ctx,
    write: bool,
    ids: BTreeMap<String, OrganisationId>,
}

impl Hand<'_> {
    fn take(&mut self, tx: &mut Conn, file: &mut Read) -> Result<()> {
        let Some(roster) = &file.roster else { return Ok(()) };
        let counts = match roster {
            Roster::Organisations(rows) => self.organisations(tx, rows, &file.columns)?,
            Roster::Contacts(rows) => self.contacts(tx, rows, &file.columns)?,
            Roster::Systems(rows) => self.systems(tx, rows, &file.columns)?,
        };
        (file.outcome.added, file.outcome.changed, file.outcome.unchanged) = counts;
        Ok(())
    }

    fn id(&self, key: &str) -> Result<OrganisationId> {
        self.ids.get(key).copied().ok_or(Error::NotFound("organisation"))
    }

    fn optional_id(&self, key: Option<&String>) -> Result<Option<OrganisationId>> {
        key.map(|key| self.id(key)).transpose()
    }

    fn organisations(
        &mut self,
        tx: &mut Conn,
        rows: &[Lined<OrganisationRow>],
        columns: &BTreeSet<&'static str>,
    ) -> Result<Counts> {
        let mut counts = (0, 0, 0);
        let mut before: BTreeMap<&str, Organisation> = BTreeMap::new();
        let mut added: BTreeSet<OrganisationId> = BTreeSet::new();
        // New ones first, without parents: a parent or successor may stand later in the file.
        for row in rows {
            let facts = &row.of.facts;
            let record = match store::by_key(tx, &facts.key)? {
                Some(known) => known,
                None => {
                    let record = organisations::fresh(facts, self.ctx.now);
                    if self.write {
                        organisation_store::insert(tx, &record)?;
                    }
                    counts.0 += 1;
                    added.insert(record.id);
                    self.ids.insert(facts.key.clone(), record.id);
                    record
                }
            };
            before.insert(&facts.key, record);
        }
        for row in rows {
            let Some(record) = before.get(row.of.facts.key.as_str()) else { continue };
            let facts = overlaid(&row.of.facts, record, columns);
            let parent = if columns.contains("parent") {
                self.optional_id(facts.parent.as_ref())?
            } else {
                record.parent_id
            };
            let successor = if columns.contains("successor") {
                self.optional_id(facts.successor.as_ref())?
            } else {
                record.successor_id
            };
            let mut after = record.clone();
            organisations::apply(&mut after, &facts, parent, successor);
            let differs = differs(record, &after);
            let is_new = added.contains(&record.id);
            if differs && !is_new {
                after.version += 1;
                after.updated_at = self.ctx.now;
            }
            if differs && self.write {
                store::save(tx, &after)?;
                organisations::follow_period(tx, record, &after)?;
            }
            let more = self.functions(tx, &after, &row.of)?;
            match (is_new, differs || more) {
                (true, _) => {}
                (false, true) => counts.1 += 1,
                (false, false) => counts.2 += 1,
            }
        }
        Ok(counts)
    }

    /// Adds the functions that the organisation never held, over its own period. What it held and
    /// what was ended by hand stays: a spreadsheet does not rewrite who was responsible when.
    fn functions(
        &self,
        tx: &mut Conn,
        organisation: &Organisation,
        row: &OrganisationRow,
    ) -> Result<bool> {
        let held = store::functions(tx, organisation.id)?;
        let mut more = false;
        for function in &row.functions {
            if held.iter().any(|held| held.function == *function) {
                continue;
            }
            more = true;
            if self.write {
                let held = HeldFunction {
                    id: Id::new(self.ctx.now),
                    organisation_id: organisation.id,
                    function: *function,
                    valid_from: organisation.valid_from,
                    valid_to: organisation.valid_to,
                };
                store::insert_function(tx, &held)?;
            }
        }
        Ok(more)
    }

    fn contacts(
        &self,
        tx: &mut Conn,
        rows: &[Lined<ContactRow>],
        columns: &BTreeSet<&'static str>,
    ) -> Result<Counts> {
        let now = self.ctx.now;
        let mut counts = (0, 0, 0);
        let mut known: BTreeMap<OrganisationId, Vec<ContactPoint>> = BTreeMap::new();
        // In the order of the file: deputies are called in that order.
        let mut place = now;
        for row in rows {
            let organisation = self.id(&row.of.organisation)?;
            if let std::collections::btree_map::Entry::Vacant(empty) = known.entry(organisation) {
                empty.insert(organisation_store::contacts(tx, organisation, None, now)?);
            }
            let there = known.entry(organisation).or_default();
            let facts = &row.of.facts;
            // (organisation, rank, role); there is one main contact, whatever its role was.
            let same = there.iter().position(|other| {
                other.rank == facts.rank && (other.rank == Rank::Main || other.role == facts.role)
            });
            let Some(same) = same else {
                place = place + Duration::microseconds(1);
                let mut record = contacts::fresh(facts, organisation, now);
                record.created_at = place;
                if self.write {
                    organisation_store::insert_contact(tx, &record)?;
                }
                counts.0 += 1;
                continue;
            };
            let before = there.remove(same);
            let mut after = before.clone();
            contacts::apply(&mut after, &overlaid_contact(facts, &before, columns));
            if contacts::typed(&before) == contacts::typed(&after) {
                counts.2 += 1;
                continue;
            }
            counts.1 += 1;
            after.version += 1;
            after.updated_at = now;
            if self.write {
                store::save_contact(tx, &after)?;
            }
        }
        Ok(counts)
    }

    fn systems(
        &self,
        tx: &mut Conn,
        rows: &[Lined<SystemFacts>],
        columns: &BTreeSet<&'static str>,
    ) -> Result<Counts> {
        let now = self.ctx.now;
        let mut counts = (0, 0, 0);
        for row in rows {
            let facts = &row.of;
            let owner = self.id(&facts.owner)?;
            let operator = self.optional_id(facts.operator.as_ref())?;
            let mut providers = Vec::new();
            for key in &facts.providers {
                providers.push(self.id(key)?);
            }
            let Some(before) = organisation_store::system_by_key(tx, &facts.key)? else {
                let record = systems::fresh(facts, owner, operator, now);
                if self.write {
                    organisation_store::insert_system(tx, &record, &providers)?;
                }
                counts.0 += 1;
                continue;
            };
            let mut after = before.clone();
            systems::apply(&mut after, facts, owner, operator);
            let has = |column| columns.contains(column);
            if !has("operator") {
                after.operator_id = before.operator_id;
            }
            if !has("level") {
                after.level = before.level;
            }
            for (column, to, from) in [
                ("domains", &mut after.domains, &before.domains),
                ("addresses", &mut after.addresses, &before.addresses),
                ("priority_rules", &mut after.priority_rules, &before.priority_rules),
            ] {
                if !columns.contains(column) {
                    to.clone_from(from);
                }
            }
            let others = has("providers") && self.other_providers(tx, before.id, &providers)?;
            let same = (&before.name, before.owner_id, before.operator_id, before.level)
                == (&after.name, after.owner_id, after.operator_id, after.level)
                && (before.kind, &before.domains) == (after.kind, &after.domains)
                && (&before.addresses, &before.priority_rules)
                    == (&after.addresses, &after.priority_rules);
            if same && !others {
                counts.2 += 1;
                continue;
            }
            counts.1 += 1;
            after.version += 1;
            after.updated_at = now;
            if self.write {
                store::save_system(tx, &after)?;
                if others {
                    store::set_providers(tx, after.id, &providers)?;
                }
            }
        }
        Ok(counts)
    }

    fn other_providers(
        &self,
        tx: &mut Conn,
        system: SystemId,
        providers: &[OrganisationId],
    ) -> Result<bool> {
        let there: BTreeSet<OrganisationId> =
            organisation_store::providers(tx, system)?.iter().map(|one| one.id).collect();
        Ok(there != providers.iter().copied().collect())
    }

    /// The audit entry of each file, and one letter about contact points that changed.
    fn told(&self, tx: &mut Conn, office: &Office, files: &[Read]) -> Result<()> {
        let mut moved = 0;
        for file in files {
            let outcome = &file.outcome;
            let detail = json!({
                "kind": outcome.kind, "sha256": file.sha256, "added": outcome.added,
                "changed": outcome.changed, "unchanged": outcome.unchanged, "bad": outcome.bad,
            });
            audited(tx, self.ctx, "directory.import", "file", &outcome.name, detail)?;
            if outcome.kind == Some(TableKind::Contacts) {
                moved += outcome.added + outcome.changed;
            }
        }
        if moved == 0 {
            return Ok(());
        }
        let news = News {
            purpose: "contacts_imported",
            key: format!("import:{}", Id::<crate::domain::ids::Contact>::new(self.ctx.now)),
            organisation: String::new(),
            count: moved,
            path: "/quan-tri/don-vi".to_owned(),
        };
        tell_desk(tx, office, self.ctx, &news, |_| Vec::new())
    }
}

/// Added, changed, unchanged.
type Counts = (usize, usize, usize);

/// What the file does not say stays as it is known.
fn overlaid(
    facts: &OrganisationFacts,
    known: &Organisation,
    columns: &BTreeSet<&'static str>,
) -> OrganisationFacts {
    let mut facts = facts.clone();
    for (column, to, from) in [
        ("short_name", &mut facts.short_name, &known.short_name),
        ("address", &mut facts.address, &known.address),
        ("phone", &mut facts.phone, &known.phone),
        ("email", &mut facts.email, &known.email),
        ("mail_domain", &mut facts.mail_domain, &known.mail_domain),
    ] {
        if !columns.contains(column) {
            to.clone_from(from);
        }
    }
    if !columns.contains("valid_to") {
        facts.valid_to = known.valid_to;
    }
    facts
}

fn overlaid_contact(
    facts: &ContactFacts,
    known: &ContactPoint,
    columns: &BTreeSet<&'static str>,
) -> ContactFacts {
    let mut facts = facts.clone();
    for (column, to, from) in [
        ("title", &mut facts.title, &known.title),
        ("phone", &mut facts.phone, &known.phone),
        ("mobile", &mut facts.mobile, &known.mobile),
        ("email", &mut facts.email, &known.email),
        ("hours", &mut facts.hours, &known.hours),
    ] {
        if !columns.contains(column) {
            to.clone_from(from);
        }
    }
    if !columns.contains("telegram") {
        facts.telegram.clone_from(&known.telegram_chat);
    }
    // A check that was made here after the file's day is not forgotten.
    let known_day = known.last_verified_at.filter(|_| facts.name == known.name);
    facts.last_verified = facts.last_verified.max(known_day);
    facts
}

/// Whether anything but version and times differs.
fn differs(before: &Organisation, after: &Organisation) -> bool {
    (&before.name, &before.short_name, before.kind, before.parent_id)
        != (&after.name, &after.short_name, after.kind, after.parent_id)
        || (&before.address, &before.phone, &before.email, &before.mail_domain)
            != (&after.address, &after.phone, &after.email, &after.mail_domain)
        || (before.valid_from, before.valid_to, before.successor_id)
            != (after.valid_from, after.valid_to, after.successor_id)
}

#[cfg(test)]
mod tests;
