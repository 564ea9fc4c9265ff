//! The directory's verbs on contact points (đầu mối): add, edit, end, verify. A change is told to
//! the coordinator's duty officer: it has to be filed within 24 hours (TT 20/2017 Điều 6).

use chrono::Duration;
use notify::Fact;
use serde_json::json;

use super::notices::{self, Notice};
use super::organisations::{Part, wide};
use super::record::audited;
use super::{Ctx, Office, duties, recipients};
use crate::clock::Timestamp;
use crate::domain::directory::{self, ContactFacts, ContactText};
use crate::domain::ids::{ContactId, Id, OrganisationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::Rank;
use crate::error::{Error, Result};
use crate::records::{ContactPoint, Organisation};
use crate::store::{Conn, directory as store, organisations};
use crate::texts::Texts;

/// A contact point has to be verified again after so many days.
pub const VERIFY_DAYS: i64 = 365;

/// A contact point as a form or the API shows it for editing.
pub fn typed(contact: &ContactPoint) -> ContactText {
    ContactText {
        rank: contact.rank.to_string(),
        role: contact.role.to_string(),
        name: contact.name.clone(),
        title: contact.title.clone(),
        phone: contact.phone.clone(),
        mobile: contact.mobile.clone(),
        email: contact.email.clone(),
        hours: contact.hours.clone(),
        telegram: contact.telegram_chat.clone().unwrap_or_default(),
        last_verified: contact.last_verified_at.map(directory::shown_day).unwrap_or_default(),
    }
}

/// Writes the facts into a record.
pub(super) fn apply(record: &mut ContactPoint, facts: &ContactFacts) {
    record.rank = facts.rank;
    record.role = facts.role;
    record.name.clone_from(&facts.name);
    record.title.clone_from(&facts.title);
    record.phone.clone_from(&facts.phone);
    record.mobile.clone_from(&facts.mobile);
    record.email.clone_from(&facts.email);
    record.hours.clone_from(&facts.hours);
    record.telegram_chat.clone_from(&facts.telegram);
    record.last_verified_at = facts.last_verified;
}

/// A record that is not yet stored; in force from `now` on.
pub(super) fn fresh(
    facts: &ContactFacts,
    organisation: OrganisationId,
    now: Timestamp,
) -> ContactPoint {
    ContactPoint {
        id: Id::new(now),
        organisation_id: organisation,
        rank: facts.rank,
        role: facts.role,
        name: facts.name.clone(),
        title: facts.title.clone(),
        phone: facts.phone.clone(),
        mobile: facts.mobile.clone(),
        email: facts.email.clone(),
        hours: facts.hours.clone(),
        telegram_chat: facts.telegram.clone(),
        last_verified_at: facts.last_verified,
        valid_from: now,
        valid_to: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// One organisation has one main contact point.
fn only_main(
    tx: &mut Conn,
    facts: &ContactFacts,
    of: OrganisationId,
    but: Option<ContactId>,
    now: Timestamp,
) -> Result<()> {
    let taken = facts.rank == Rank::Main
        && organisations::contacts(tx, of, None, now)?
            .iter()
            .any(|other| other.rank == Rank::Main && Some(other.id) != but);
    if taken { Err(FieldError::new("rank", "field-dir-main").into()) } else { Ok(()) }
}

/// Adds a contact point to an organisation.
///
/// # Errors
/// [`Refusal::Fields`]; [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn add(
    office: &Office,
    ctx: &Ctx,
    key: &str,
    typed: ContactText,
) -> Result<ContactPoint> {
    Verb::Administer.by(&ctx.actor)?;
    let facts = directory::contact(&typed).map_err(Refusal::Fields)?;
    let (office_, ctx, key) = (office.clone(), ctx.clone(), key.to_owned());
    office
        .write(move |tx| {
            let organisation = store::hold(tx, &key)?;
            only_main(tx, &facts, organisation.id, None, ctx.now)?;
            let record = fresh(&facts, organisation.id, ctx.now);
            organisations::insert_contact(tx, &record)?;
            done(tx, &office_, &ctx, "contact.add", &organisation, &record)?;
            Ok(record)
        })
        .await
}

/// Changes a contact point.
///
/// # Errors
/// [`Error::Stale`]; [`Error::NotFound`]; [`Refusal::Fields`]; [`Refusal::NotAllowed`].
pub async fn edit(
    office: &Office,
    ctx: &Ctx,
    id: ContactId,
    version: i32,
    typed: ContactText,
) -> Result<ContactPoint> {
    Verb::Administer.by(&ctx.actor)?;
    let facts = directory::contact(&typed).map_err(Refusal::Fields)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut record = held(tx, &ctx, id, version)?;
            only_main(tx, &facts, record.organisation_id, Some(id), ctx.now)?;
            apply(&mut record, &facts);
            let organisation = save(tx, &ctx, &mut record)?;
            done(tx, &office_, &ctx, "contact.edit", &organisation, &record)?;
            Ok(record)
        })
        .await
}

/// Ends a contact point: from now on it is told nothing.
///
/// # Errors
/// [`Error::Stale`]; [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn end(office: &Office, ctx: &Ctx, id: ContactId, version: i32) -> Result<ContactPoint> {
    Verb::Administer.by(&ctx.actor)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut record = held(tx, &ctx, id, version)?;
            record.valid_to = Some(ctx.now);
            let organisation = save(tx, &ctx, &mut record)?;
            done(tx, &office_, &ctx, "contact.end", &organisation, &record)?;
            Ok(record)
        })
        .await
}

/// Somebody called and it is right. Changes nothing that has to be filed.
///
/// # Errors
/// [`Error::Stale`]; [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn verify(
    office: &Office,
    ctx: &Ctx,
    id: ContactId,
    version: i32,
) -> Result<ContactPoint> {
    Verb::Administer.by(&ctx.actor)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut record = held(tx, &ctx, id, version)?;
            record.last_verified_at = Some(ctx.now);
            let organisation = save(tx, &ctx, &mut record)?;
            let detail = json!({"contact": record.id});
            audited(tx, &ctx, "contact.verify", "organisation", &organisation.key, detail)?;
            Ok(record)
        })
        .await
}

/// The contact point and its organisation's key.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::NotAllowed`].
pub async fn one(office: &Office, ctx: &Ctx, id: ContactId) -> Result<(ContactPoint, String)> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    office
        .db
        .read(move |c| {
            let contact = store::contact(c, id)?;
            let key = organisations::find(c, contact.organisation_id)?.key;
            Ok((contact, key))
        })
        .await
}

/// The contact points that nobody verified for a year, in the order of organisations' keys.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub async fn unverified(
    office: &Office,
    ctx: &Ctx,
    cursor: &str,
    limit: usize,
) -> Result<Part<(ContactPoint, Organisation)>> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    let (now, since) = (ctx.now, ctx.now - Duration::days(VERIFY_DAYS));
    let after = cursor
        .split_once('.')
        .and_then(|(key, id)| Some((key.to_owned(), id.parse::<ContactId>().ok()?)));
    let limit = limit.clamp(1, 200);
    office
        .db
        .read(move |c| {
            let after = after.as_ref().map(|(key, id)| (key.as_str(), *id));
            let rows = store::unverified(c, since, now, after, wide(limit + 1))?;
            Ok(Part::cut(rows, limit, |(contact, of)| format!("{}.{}", of.key, contact.id)))
        })
        .await
}

/// Holds a contact point in force, in the version that the edit began from.
fn held(tx: &mut Conn, ctx: &Ctx, id: ContactId, version: i32) -> Result<ContactPoint> {
    let record = store::hold_contact(tx, id)?;
    if record.version != version {
        return Err(Error::Stale { now: record.version });
    }
    if record.valid_to.is_some_and(|end| end <= ctx.now) {
        return Err(Error::NotFound("contact"));
    }
    Ok(record)
}

fn save(tx: &mut Conn, ctx: &Ctx, record: &mut ContactPoint) -> Result<Organisation> {
    record.version += 1;
    record.updated_at = ctx.now;
    store::save_contact(tx, record)?;
    organisations::find(tx, record.organisation_id)
}

/// Audits a change, tells the duty officer, and starts the time within which it has to be filed.
fn done(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    action: &str,
    organisation: &Organisation,
    record: &ContactPoint,
) -> Result<()> {
    let detail = json!({"contact": record.id, "rank": record.rank, "role": record.role});
    audited(tx, ctx, action, "organisation", &organisation.key, detail)?;
    duties::contact_changed(tx, office, ctx, organisation)?;
    let facts = |t: Texts| {
        let fact = |key: &str, value: String| Fact { label: t.t(key), value };
        vec![
            fact("fact-organisation", organisation.name.clone()),
            fact("dir-contact", record.name.clone()),
            fact("dir-rank", t.t(&format!("rank-{}", record.rank))),
        ]
    };
    let news = News {
        purpose: "contact_changed",
        key: format!("contact:{}:{}", record.id, record.version),
        organisation: organisation.name.clone(),
        count: 1,
        path: format!("/quan-tri/don-vi/{}", organisation.key),
    };
    tell_desk(tx, office, ctx, &news, facts)
}

/// News of the directory for the coordinator's desk.
pub(super) struct News {
    /// `letter-PURPOSE-subject`, `letter-PURPOSE-text`.
    pub purpose: &'static str,
    /// One cause: the same person hears of it once a channel.
    pub key: String,
    /// Whose contact points changed.
    pub organisation: String,
    /// How many.
    pub count: usize,
    /// The page to look at.
    pub path: String,
}

/// Writes a letter to each duty officer of the coordinator; no incident is involved.
pub(super) fn tell_desk(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    news: &News,
    facts: impl Fn(Texts) -> Vec<Fact>,
) -> Result<()> {
    let people = recipients::on_duty_or_above(tx, ctx.now)?;
    notices::tell(tx, office, ctx, &people, (news.purpose, &news.key), |t, _| Notice {
        values: vec![
            ("organisation", news.organisation.clone()),
            ("count", news.count.to_string()),
        ],
        facts: facts(t),
        link: ("letter-open-organisation", news.path.clone()),
        ..Notice::default()
    })?;
    Ok(())
}
