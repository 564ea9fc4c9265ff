//! A rota with everything that decides who is on duty, read from its rows.

use std::collections::BTreeMap;

use chrono::Duration;

use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::rota::{Change, Origin, Rotation, Rules, Standing};
use crate::domain::words::{Function, Role};
use crate::error::{Error, Result};
use crate::records::{Account, Rota, RotaOverride, RotaRotation, RotaSwap};
use crate::store::{Conn, organisations, rota as store};

/// Who can be on a rota: those who may receive and acknowledge.
pub const SERVING: [Role; 2] = [Role::DutyOfficer, Role::Coordinator];

/// A rota, read for a stretch of time.
#[derive(Debug, Clone)]
pub struct Book {
    /// The rota.
    pub rota: Rota,
    /// All its rotations.
    pub rotations: Vec<RotaRotation>,
    /// The overrides of the stretch.
    pub overrides: Vec<RotaOverride>,
    /// The confirmed exchanges of the stretch.
    pub swaps: Vec<RotaSwap>,
    /// Everybody who is named, the absent included.
    pub people: BTreeMap<AccountId, Account>,
    /// What decides.
    pub rules: Rules,
}

/// The accounts of a rotation, in their order.
///
/// # Errors
/// A row that cannot be read.
pub fn people_of(rotation: &RotaRotation) -> Result<Vec<AccountId>> {
    serde_json::from_str(&rotation.people).map_err(Error::internal)
}

/// Reads a rota for `from`..`to`. `now` decides since when somebody without the role is missed.
///
/// # Errors
/// The database's.
pub fn read(
    c: &mut Conn,
    rota: Rota,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Book> {
    let rotations = store::rotations(c, rota.id)?;
    let mut rules = Rules::default();
    for row in &rotations {
        rules.rotations.push(Rotation {
            id: row.id,
            line: row.line,
            people: people_of(row)?,
            anchor: row.anchor_at,
            length: Duration::hours(i64::from(row.length_hours)),
            from: row.from_at,
            to: row.to_at,
        });
    }
    // Nothing to change, nobody to ask for.
    if rotations.is_empty() {
        let people = BTreeMap::new();
        let (overrides, swaps) = (Vec::new(), Vec::new());
        return Ok(Book { rota, rotations, overrides, swaps, people, rules });
    }
    let overrides = store::overrides(c, rota.id, from, to)?;
    let swaps = store::confirmed_swaps(c, rota.id, from, to)?;
    rules.changes = overrides.iter().map(of_override).collect();
    rules.changes.extend(swaps.iter().flat_map(of_swap));

    let mut named: Vec<AccountId> =
        rules.rotations.iter().flat_map(|rotation| rotation.people.clone()).collect();
    named.extend(rules.changes.iter().filter_map(|change| change.by));
    named.extend(rules.changes.iter().filter_map(|change| change.instead_of));
    named.sort_unstable();
    named.dedup();
    let mut people = BTreeMap::new();
    for (account, roles) in store::people(c, &named)? {
        let serves = account.organisation_id == rota.organisation_id
            && roles.iter().any(|role| SERVING.contains(role));
        match account.locked_at {
            Some(since) => {
                rules.absent.insert(account.id, since);
            }
            None if !serves => {
                rules.absent.insert(account.id, now);
            }
            None => {}
        }
        people.insert(account.id, account);
    }
    Ok(Book { rota, rotations, overrides, swaps, people, rules })
}

fn of_override(row: &RotaOverride) -> Change {
    Change {
        line: row.line,
        from: row.from_at,
        to: row.to_at,
        instead_of: row.instead_of_id,
        by: row.account_id,
        decided: row.created_at,
        origin: Origin::Override(row.id),
    }
}

/// Each takes the other's place.
fn of_swap(row: &RotaSwap) -> Vec<Change> {
    let Some(decided) = row.confirmed_at else { return Vec::new() };
    let place = |from, to, instead_of, by| Change {
        line: row.line,
        from,
        to,
        instead_of: Some(instead_of),
        by: Some(by),
        decided,
        origin: Origin::Swap(row.id),
    };
    let mut both = vec![place(row.from_at, row.to_at, row.asker_id, row.asked_id)];
    if let (Some(from), Some(to)) = (row.back_from_at, row.back_to_at) {
        both.push(place(from, to, row.asked_id, row.asker_id));
    }
    both
}

/// Who is on duty in an organisation, over all its rotas.
///
/// # Errors
/// The database's.
pub fn on_duty(
    c: &mut Conn,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<(Standing, Vec<Account>)> {
    let (mut counts, mut held) = (false, Vec::<Account>::new());
    for rota in store::of_organisation(c, organisation)? {
        let book = read(c, rota, now, now + Duration::microseconds(1), now)?;
        match book.rules.standing(now) {
            Standing::NotYet => {}
            Standing::Nobody => counts = true,
            Standing::Held(who) => {
                counts = true;
                for id in who {
                    if let Some(account) = book.people.get(&id)
                        && !held.iter().any(|other| other.id == id)
                    {
                        held.push(account.clone());
                    }
                }
            }
        }
    }
    let standing = match (counts, held.is_empty()) {
        (false, _) => Standing::NotYet,
        (true, true) => Standing::Nobody,
        (true, false) => Standing::Held(held.iter().map(|account| account.id).collect()),
    };
    Ok((standing, held))
}

/// How duty stands at the coordinator's desk: for the doctor and the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// A rota counts.
    pub counts: bool,
    /// A rota counts, and nobody is on duty now.
    pub nobody: bool,
    /// The names of whoever is.
    pub people: Vec<String>,
    /// When nobody will be, within a week.
    pub next_gap: Option<Timestamp>,
}

/// How duty stands now and in the coming week.
///
/// # Errors
/// The database's.
pub fn outlook(c: &mut Conn, now: Timestamp) -> Result<Outlook> {
    let mut all = Outlook::default();
    let ahead = now + Duration::days(7);
    for coordinator in organisations::holders(c, Function::ProvincialCoordinator, now)? {
        let (standing, held) = on_duty(c, coordinator.id, now)?;
        all.counts |= standing != Standing::NotYet;
        all.nobody |= standing == Standing::Nobody;
        all.people.extend(held.into_iter().map(|account| account.name));
        for rota in store::of_organisation(c, coordinator.id)? {
            let book = read(c, rota, now, ahead, now)?;
            let gaps = book.rules.gaps(now, ahead);
            let next = gaps.iter().filter(|gap| gap.line == 1).map(|gap| gap.from).min();
            all.next_gap = match (all.next_gap, next) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
    }
    Ok(all)
}
