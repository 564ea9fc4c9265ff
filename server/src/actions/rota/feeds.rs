//! Calendars that people subscribe to (RFC 5545), behind a secret address whose hash alone is kept:
//! the own shifts, or a whole rota. An address dies when it is revoked, when its owner's account is
//! locked, or when the owner may not read the rota any more.

use chrono::Duration;
use icalendar::{Calendar, Component, Event, EventLike, Property};
use serde::Serialize;
use serde_json::json;

use super::super::record::audited;
use super::super::sessions::proved;
use super::super::tokens;
use super::super::{Ctx, Office};
use super::book::{self, Book};
use super::{seen, views};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, RotaFeedId, RotaId};
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::rota::{LINES, Shift};
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::records::{Rota, RotaFeed};
use crate::store::{Conn, accounts, rota as store};
use crate::texts::Texts;

/// Calendars of one person, at most.
const MOST: usize = 10;
/// What a calendar holds: so many days back, so many ahead.
const BEHIND: Duration = Duration::days(31);
const AHEAD: Duration = Duration::days(184);
/// A reader is counted at most this often.
const COUNTED: Duration = Duration::hours(1);

/// A calendar that opens.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaFeed)]
pub struct FeedView {
    /// Its identifier.
    pub id: String,
    /// The rota; `null`: the owner's own shifts.
    pub rota: Option<String>,
    /// Its name, or an empty text.
    pub rota_name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last read, by the hour.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// The address; told once, when it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The own calendars.
///
/// # Errors
/// Not allowed.
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Vec<FeedView>> {
    Verb::ReadRota.by(&ctx.actor)?;
    let me = ctx.actor.person()?.id;
    office
        .db
        .read(move |c| {
            let mut all = Vec::new();
            for feed in store::feeds_of(c, me)? {
                all.push(view(c, &feed, None)?);
            }
            Ok(all)
        })
        .await
}

fn view(c: &mut Conn, feed: &RotaFeed, url: Option<String>) -> Result<FeedView> {
    let rota_name = match feed.rota_id {
        Some(id) => store::find(c, id)?.name,
        None => String::new(),
    };
    Ok(FeedView {
        id: feed.id.to_string(),
        rota: feed.rota_id.map(|id| id.to_string()),
        rota_name,
        created_at: feed.created_at,
        last_used_at: feed.last_used_at,
        url,
    })
}

/// Makes a calendar: of the own shifts, or of a rota. Its address is told this once.
///
/// # Errors
/// `field-rota-many`; [`Error::NotFound`]; not allowed.
pub async fn create(office: &Office, ctx: &Ctx, rota: Option<RotaId>) -> Result<FeedView> {
    Verb::ReadRota.by(&ctx.actor)?;
    // Its address works without a sign-in, like a key.
    proved(office, ctx)?;
    let me = ctx.actor.person()?.id;
    let token = tokens::fresh()?;
    let base = office.config.server.base_url.trim_end_matches('/').to_owned();
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            accounts::hold(tx, me)?;
            if let Some(id) = rota {
                seen(tx, &ctx, Verb::ReadRota, id)?;
            }
            if store::feeds_of(tx, me)?.len() >= MOST {
                return Err(FieldError::with("rota", "field-rota-many", MOST).into());
            }
            let feed = RotaFeed {
                id: Id::new(ctx.now),
                account_id: me,
                rota_id: rota,
                token_hash: tokens::hash(&token),
                created_at: ctx.now,
                last_used_at: None,
                revoked_at: None,
            };
            store::insert_feed(tx, &feed)?;
            let detail = json!({"feed": feed.id, "rota": rota});
            audited(tx, &ctx, "rota.feed", "account", &me.to_string(), detail)?;
            view(tx, &feed, Some(format!("{base}/lich-truc/{token}.ics")))
        })
        .await
}

/// Ends an own calendar: its address opens nothing from now on.
///
/// # Errors
/// [`Error::NotFound`]; not allowed.
pub async fn revoke(office: &Office, ctx: &Ctx, id: RotaFeedId) -> Result<()> {
    let me = ctx.actor.person()?.id;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            if !store::revoke_feed(tx, id, me, ctx.now)? {
                return Err(Error::NotFound("feed"));
            }
            let detail = json!({"feed": id});
            audited(tx, &ctx, "rota.feed_revoke", "account", &me.to_string(), detail)
        })
        .await
}

/// The calendar behind a secret address, as text.
///
/// # Errors
/// [`Refusal::LinkNotValid`], whatever is wrong with it.
pub async fn open(office: &Office, ctx: &Ctx, token: &str) -> Result<String> {
    let hash = tokens::hash(token);
    let now = ctx.now;
    let (feed, books, t) = office
        .db
        .read(move |c| {
            let feed = store::feed(c, &hash)?.filter(|feed| feed.revoked_at.is_none());
            let feed = feed.ok_or(Refusal::LinkNotValid)?;
            let owner = accounts::person(c, feed.account_id)?.ok_or(Refusal::LinkNotValid)?;
            let language = owner.language;
            let own = Ctx {
                actor: Actor::Person(std::sync::Arc::new(owner)),
                ..Ctx::service("feed", now)
            };
            if Verb::ReadRota.by(&own.actor).is_err() {
                return Err(Refusal::LinkNotValid.into());
            }
            let house = own.actor.person()?.organisation;
            let rotas: Vec<Rota> = match feed.rota_id {
                Some(id) => vec![store::find(c, id)?],
                None => store::of_organisation(c, house)?,
            };
            let mut books = Vec::new();
            let long = Duration::days(32);
            for rota in rotas {
                if rota.retired_at.is_some() || rota.organisation_id != house {
                    return Err(Refusal::LinkNotValid.into());
                }
                books.push(book::read(c, rota, now - BEHIND - long, now + AHEAD + long, now)?);
            }
            Ok((feed, books, Texts(language)))
        })
        .await?;
    if feed.last_used_at.is_none_or(|last| last + COUNTED <= now) {
        let id = feed.id;
        office.db.write(move |tx| store::touch_feed(tx, id, now)).await?;
    }
    let base = office.config.server.base_url.trim_end_matches('/');
    let whose = feed.rota_id.is_none().then_some(feed.account_id);
    Ok(calendar(t, base, &books, whose, now))
}

/// The text of a calendar: what a person holds, or everything with its gaps.
fn calendar(
    t: Texts,
    base: &str,
    books: &[Book],
    whose: Option<AccountId>,
    now: Timestamp,
) -> String {
    let name = match (whose, books.first()) {
        (None, Some(book)) => book.rota.name.clone(),
        _ => t.t("rota-feed-own"),
    };
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//dieuphoi//rota//VI"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    // The library writes NAME without escapes; this one with them, and every program reads it.
    calendar.append_property(Property::new("X-WR-CALNAME", &name));
    calendar.ttl(&Duration::hours(1));
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    for book in books {
        for line in LINES {
            for shift in book.rules.whole_shifts(line, now - BEHIND, now + AHEAD) {
                if let Some(event) = event(t, base, host, book, &shift, whose) {
                    calendar.push(event);
                }
            }
        }
    }
    calendar.to_string()
}

fn event(
    t: Texts,
    base: &str,
    host: &str,
    book: &Book,
    shift: &Shift,
    whose: Option<AccountId>,
) -> Option<Event> {
    let counts = book.rules.begins().is_some_and(|begin| shift.to > begin);
    let person = shift.who.and_then(|who| book.people.get(&who)).map(views::Person::of);
    let summary = match (whose, &person) {
        (Some(whose), _) if shift.who != Some(whose) => return None,
        (Some(_), _) => t.t1("rota-feed-mine", "rota", &book.rota.name),
        (None, Some(person)) => t.t1("rota-feed-other", "person", &person.name),
        (None, None) if counts && (shift.line == 1 || shift.turn.is_some()) => t.t("rota-nobody"),
        (None, None) => return None,
    };
    let mut words = vec![t.t(&format!("rota-line-{}", shift.line))];
    if let (None, Some(person)) = (whose, &person) {
        words.push(t.t1("rota-feed-phone", "phone", &person.phone));
    }
    let mut event = Event::new();
    event
        // The same stretch keeps its name, whoever takes it over.
        .uid(&format!("{}.{}.{}@{host}", book.rota.id, shift.line, shift.from.utc().timestamp()))
        .timestamp(book.rota.updated_at.utc())
        .last_modified(book.rota.updated_at.utc())
        .sequence(u32::try_from(book.rota.version).unwrap_or_default())
        .summary(&summary)
        .description(&words.join("\n"))
        .url(&format!("{base}/truc-ban"))
        .starts(shift.from.utc())
        .ends(shift.to.utc())
        // A duty of a week is no meeting of a week.
        .add_property("TRANSP", "TRANSPARENT");
    Some(event.done())
}
