//! What coordinators and leaders do to a rota. What has passed stays as it was: a change ends what
//! there is, now at the earliest, and begins something else.

use chrono::Duration;
use serde_json::json;

use super::super::record::audited;
use super::super::{Ctx, Office};
use super::{book, held, house, watch};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, OrganisationId, RotaId, RotaOverrideId, RotationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::rota::{OverrideText, RotationText, override_facts, rotation};
use crate::domain::sight::Verb;
use crate::domain::text;
use crate::error::{Error, Result};
use crate::records::{Account, Rota, RotaOverride, RotaRotation};
use crate::store::{Conn, accounts, engine, rota as store};

/// Rotas of one organisation, at most.
const MOST_ROTAS: usize = 20;
/// Rotations of one rota that are not over, at most.
const MOST_ROTATIONS: usize = 100;

/// The account of this house that can be on a rota.
///
/// # Errors
/// `field-rota-person` on `field`.
pub(super) fn serving(
    tx: &mut Conn,
    house: OrganisationId,
    field: &'static str,
    email: &str,
) -> Result<Account> {
    let bad = || Error::from(FieldError::with(field, "field-rota-person", email));
    let account = accounts::find_by_email(tx, email)?
        .filter(|account| account.locked_at.is_none() && account.organisation_id == house)
        .ok_or_else(bad)?;
    let roles = accounts::roles(tx, account.id)?;
    if book::SERVING.iter().any(|role| roles.contains(role)) { Ok(account) } else { Err(bad()) }
}

fn fresh(rota: &Rota, version: i32) -> Result<()> {
    if rota.version == version { Ok(()) } else { Err(Error::Stale { now: rota.version }) }
}

/// Keeps the rota under its next version, and looks what follows from the change.
fn changed(tx: &mut Conn, office: &Office, ctx: &Ctx, mut rota: Rota) -> Result<Rota> {
    rota.version += 1;
    rota.updated_at = ctx.now;
    store::save(tx, &rota)?;
    watch::look(tx, office, ctx, rota.id)?;
    Ok(rota)
}

/// Makes a rota. It counts once its first rotation begins.
///
/// # Errors
/// Bad fields; not allowed.
pub async fn create(office: &Office, ctx: &Ctx, name: &str) -> Result<Rota> {
    let house = house(ctx, Verb::EditRota)?.ok_or(Refusal::SignInFirst)?;
    let name = text::some_line("name", name, text::limit::NAME)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let there = store::of_organisation(tx, house)?;
            if there.len() >= MOST_ROTAS {
                return Err(FieldError::with("name", "field-rota-many", MOST_ROTAS).into());
            }
            if there.iter().any(|other| other.name == name) {
                return Err(Refusal::Exists { what: name.clone() }.into());
            }
            let rota = Rota {
                id: Id::new(ctx.now),
                organisation_id: house,
                name: name.clone(),
                retired_at: None,
                created_at: ctx.now,
                updated_at: ctx.now,
                version: 1,
            };
            store::insert(tx, &rota)?;
            let detail = json!({"name": name});
            audited(tx, &ctx, "rota.create", "rota", &rota.id.to_string(), detail)?;
            Ok(rota)
        })
        .await
}

/// Gives a rota another name.
///
/// # Errors
/// [`Error::Stale`]; bad fields; not allowed.
pub async fn rename(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    version: i32,
    name: &str,
) -> Result<Rota> {
    let name = text::some_line("name", name, text::limit::NAME)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut rota = held(tx, &ctx, Verb::EditRota, id)?;
            fresh(&rota, version)?;
            let detail = json!({"name": name, "before": rota.name});
            audited(tx, &ctx, "rota.rename", "rota", &id.to_string(), detail)?;
            rota.name.clone_from(&name);
            changed(tx, &office_, &ctx, rota)
        })
        .await
}

/// Takes a rota out of use: without another, every duty officer is told of everything again.
///
/// # Errors
/// [`Error::Stale`]; not allowed.
pub async fn retire(office: &Office, ctx: &Ctx, id: RotaId, version: i32) -> Result<()> {
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut rota = held(tx, &ctx, Verb::EditRota, id)?;
            fresh(&rota, version)?;
            rota.retired_at = Some(ctx.now);
            rota.updated_at = ctx.now;
            rota.version += 1;
            store::save(tx, &rota)?;
            engine::cancel_timers(tx, super::ROTA, id.cast())?;
            audited(tx, &ctx, "rota.retire", "rota", &id.to_string(), json!({"name": rota.name}))
        })
        .await
}

/// Adds a rotation. One that began before begins now; its turns are counted from its first day.
///
/// # Errors
/// [`Error::Stale`]; bad fields, an overlap with another rotation of the line among them.
pub async fn add_rotation(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    version: i32,
    typed: RotationText,
) -> Result<Rota> {
    let facts = rotation(&typed).map_err(Refusal::Fields)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::EditRota, id)?;
            fresh(&rota, version)?;
            let from = facts.from.max(ctx.now);
            if facts.to.is_some_and(|to| to <= from) {
                return Err(FieldError::new("to", "field-rota-over").into());
            }
            let there = store::rotations(tx, id)?;
            let lives =
                |row: &&RotaRotation| row.to_at.is_none_or(|to| to > ctx.now && to > row.from_at);
            if there.iter().filter(lives).count() >= MOST_ROTATIONS {
                return Err(FieldError::with("from", "field-rota-many", MOST_ROTATIONS).into());
            }
            let overlap = there.iter().filter(lives).find(|row| {
                row.line == facts.line
                    && row.to_at.is_none_or(|to| from < to)
                    && facts.to.is_none_or(|to| row.from_at < to)
            });
            if let Some(other) = overlap {
                let when = other.from_at.local();
                return Err(FieldError::with("from", "field-rota-overlap", when).into());
            }
            let people: Vec<AccountId> = facts
                .people
                .iter()
                .map(|email| serving(tx, rota.organisation_id, "people", email).map(|one| one.id))
                .collect::<Result<_>>()?;
            let row = RotaRotation {
                id: Id::new(ctx.now),
                rota_id: id,
                line: facts.line,
                kind: facts.kind,
                people: serde_json::to_string(&people).map_err(Error::internal)?,
                length_hours: facts.hours,
                anchor_at: facts.anchor,
                from_at: from,
                to_at: facts.to,
                created_at: ctx.now,
            };
            store::insert_rotation(tx, &row)?;
            let detail = json!({
                "rotation": row.id, "line": row.line, "kind": row.kind, "hours": row.length_hours,
                "people": facts.people, "from": row.from_at, "to": row.to_at,
            });
            audited(tx, &ctx, "rota.rotation", "rota", &id.to_string(), detail)?;
            changed(tx, &office_, &ctx, rota)
        })
        .await
}

/// Ends a rotation at a moment, now at the earliest; one that has not begun is taken away.
///
/// # Errors
/// [`Error::Stale`]; [`Error::NotFound`]; bad fields.
pub async fn end_rotation(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    version: i32,
    rotation: RotationId,
    at: &str,
) -> Result<Rota> {
    let at = match at.trim() {
        "" => ctx.now,
        typed => Timestamp::parse(typed).ok_or_else(|| FieldError::new("at", "field-time"))?,
    };
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::EditRota, id)?;
            fresh(&rota, version)?;
            let rows = store::rotations(tx, id)?;
            let row = rows.iter().find(|row| row.id == rotation);
            let row = row.ok_or(Error::NotFound("rotation"))?;
            if row.to_at.is_some_and(|to| to <= ctx.now) {
                return Err(Refusal::RotaMoved.into());
            }
            let end = at.max(ctx.now).max(row.from_at);
            if row.to_at.is_some_and(|to| end > to) {
                // Longer than it was: that would be a rotation of its own, checked for overlaps.
                return Err(FieldError::new("at", "field-rota-end").into());
            }
            store::end_rotation(tx, rotation, end)?;
            let detail = json!({"rotation": rotation, "to": end, "before": row.to_at});
            audited(tx, &ctx, "rota.rotation_end", "rota", &id.to_string(), detail)?;
            changed(tx, &office_, &ctx, rota)
        })
        .await
}

/// Puts somebody else, or nobody, on duty for a time. Later ones lie over earlier ones.
///
/// # Errors
/// Bad fields; not allowed.
pub async fn add_override(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    typed: OverrideText,
) -> Result<RotaOverrideId> {
    Verb::EditRota.by(&ctx.actor)?;
    let facts = override_facts(&typed, ctx.now).map_err(Refusal::Fields)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::EditRota, id)?;
            let house = rota.organisation_id;
            let person = match &facts.person {
                Some(email) => Some(serving(tx, house, "person", email)?),
                None => None,
            };
            // Whoever is replaced may be locked or gone by now.
            let instead_of = match &facts.instead_of {
                Some(email) => Some(
                    accounts::find_by_email(tx, email)?
                        .filter(|account| account.organisation_id == house)
                        .ok_or_else(|| {
                            FieldError::with("instead_of", "field-rota-person", email)
                        })?,
                ),
                None => None,
            };
            let long = Duration::days(32);
            let book = book::read(tx, rota, facts.from - long, facts.to + long, ctx.now)?;
            if let Some(gone) = &instead_of {
                let shifts = book.rules.shifts(facts.line, facts.from, facts.to);
                let is_there = |shift: &crate::domain::rota::Shift| {
                    shift.who == Some(gone.id) || shift.planned == Some(gone.id)
                };
                if !shifts.iter().any(is_there) {
                    return Err(FieldError::new("instead_of", "field-rota-not-there").into());
                }
            }
            let row = RotaOverride {
                id: Id::new(ctx.now),
                rota_id: id,
                line: facts.line,
                from_at: facts.from,
                to_at: facts.to,
                instead_of_id: instead_of.as_ref().map(|account| account.id),
                account_id: person.as_ref().map(|account| account.id),
                reason: facts.reason.clone(),
                created_by: ctx.actor.account(),
                created_at: ctx.now,
            };
            store::insert_override(tx, &row)?;
            let detail = json!({
                "override": row.id, "line": row.line, "from": row.from_at, "to": row.to_at,
                "instead_of": facts.instead_of, "person": facts.person,
            });
            audited(tx, &ctx, "rota.override", "rota", &id.to_string(), detail)?;
            changed(tx, &office_, &ctx, book.rota)?;
            Ok(row.id)
        })
        .await
}

/// Takes an override back: from now on it does not count.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::RotaMoved`] when it is over.
pub async fn end_override(
    office: &Office,
    ctx: &Ctx,
    id: RotaId,
    one: RotaOverrideId,
) -> Result<()> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let rota = held(tx, &ctx, Verb::EditRota, id)?;
            let row = store::find_override(tx, one)?;
            if row.rota_id != id {
                return Err(Error::NotFound("override"));
            }
            if row.to_at <= ctx.now || row.to_at <= row.from_at {
                return Err(Refusal::RotaMoved.into());
            }
            store::end_override(tx, one, ctx.now.max(row.from_at))?;
            let detail = json!({"override": one});
            audited(tx, &ctx, "rota.override_end", "rota", &id.to_string(), detail)?;
            changed(tx, &office_, &ctx, rota).map(|_| ())
        })
        .await
}
