//! Telling people: one outbox row a person and channel, written by the action that caused it.
//! Who cannot be told is a row as well, with the reason and the number to call.

use serde::{Deserialize, Serialize};

use super::chat::{alarm, fallback};
pub use super::letters::AccountMatter;
use super::letters::{Matter, account_letter, letter};
use super::recipients::Recipient;
use super::{Ctx, Office, drills, push, snoozes};
use crate::domain::ids::{DeliveryId, DispatchId, PushId};
use crate::domain::text::marked;
use crate::domain::words::{Channel, Language, OrganisationKind, Room, Tlp};
use crate::error::Result;
use crate::records::{Account, Delivery, Incident};
use crate::store::{Conn, chat_links, engine, organisations};

/// One person who is being told, for the answer page and the API.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct Told {
    /// A role's word.
    pub role: String,
    /// The channel's word; `phone` means that somebody has to call.
    pub channel: String,
}

/// Why a row is there: makes the dedup key, and ties it to a step of a playbook or a dispatch.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// One cause in words and ids: the same person hears of it once a channel.
    pub key: String,
    /// `RUN/STEP`, so that an answer can withdraw what has not left.
    pub step: Option<String>,
    /// The dispatch it is about.
    pub dispatch: Option<DispatchId>,
}

impl Cause {
    /// A cause by its key alone.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), step: None, dispatch: None }
    }
}

/// It waits for the end of its reader's quiet hours.
pub const QUIET: &str = "obstacle-quiet";

/// Writes the rows for these people.
///
/// # Errors
/// The database's.
pub fn tell(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    people: &[Recipient],
    matter: &Matter,
    cause: &Cause,
) -> Result<Vec<Told>> {
    let organisation = organisations::find(tx, incident.organisation_id)?;
    let drill = drills::of(tx, incident)?;
    let asleep = snoozes::asleep(tx, incident, ctx.now)?;
    let mut told = Vec::new();
    for person in people {
        let ways = ways(tx, office, person, matter.tlp)?;
        let (out_of_reach, before) = (fallback::is_out_of_reach(&ways), told.len());
        for (channel, address, obstacle) in ways {
            let mut words =
                letter(&office.config, person, channel, incident, &organisation, matter);
            let (mut presses, mut quiet) = (Vec::new(), None);
            if matches!(channel, Channel::Telegram | Channel::Matrix) && obstacle.is_none() {
                presses = alarm::buttons(tx, ctx, incident, person, matter, &mut words)?;
                quiet = alarm::quiet_until(tx, person, incident.priority, ctx.now)?;
            }
            // A browser rings for what is urgent or asks something; the rest waits on the desk.
            if channel == Channel::Push && !words.urgent && !matter.asks.of(incident) {
                continue;
            }
            let cause_of = (matter.purpose, cause.key.as_str());
            let row = person.delivery(ctx.now, cause_of, (channel, address, obstacle), &words)?;
            let mut delivery = Delivery {
                incident_id: Some(incident.id),
                dispatch_id: cause.dispatch,
                thread: Some(match cause.dispatch {
                    Some(dispatch) => format!("dispatch.{dispatch}"),
                    None => format!("incident.{}", incident.id),
                }),
                step: cause.step.clone(),
                kept: drill.as_ref().is_some_and(|drill| drill.keeps(person)),
                ..row
            };
            snoozes::put_off(&asleep, &mut delivery);
            if let Some(end) = quiet.filter(|end| *end > delivery.due_at) {
                delivery.due_at = end;
                delivery.last_error = Some(QUIET.to_owned());
            }
            if engine::enqueue(tx, &delivery)? {
                alarm::hang(tx, &delivery, presses)?;
                let one = Told { role: person.role.clone(), channel: channel.to_string() };
                told.push(one);
            }
        }
        if out_of_reach && told.len() > before {
            fallback::out_of_reach(tx, office, ctx, incident, person)?;
        }
    }
    Ok(told)
}

/// Writes to the owner of an account about the account itself: by mail alone, since a link that
/// sets a password belongs on no other channel.
///
/// # Errors
/// The database's.
pub fn tell_account(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    matter: &AccountMatter,
    key: &str,
) -> Result<()> {
    let organisation = organisations::find(tx, account.organisation_id)?;
    let person = Recipient::of_account(account.clone(), &organisation, "account");
    let obstacle = (!official(office, &person)).then_some("obstacle-not-official");
    let way = (Channel::Mail, person.email.clone(), obstacle);
    let row = of_account(office, ctx, &person, matter, key, way)?;
    engine::enqueue(tx, &row)?;
    Ok(())
}

/// Writes into one chat about the account that it is, or was, linked to: who owns it, and nothing of
/// any case.
///
/// # Errors
/// The database's.
pub fn tell_chat(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    (room, chat): (Room, &str),
    matter: &AccountMatter,
    key: &str,
) -> Result<()> {
    let Some(channel) = room.channel() else { return Ok(()) };
    let organisation = organisations::find(tx, account.organisation_id)?;
    let person = Recipient::of_account(account.clone(), &organisation, "account");
    let mut words = account_letter(&office.config, &person, ctx.now, matter);
    // Addresses do not belong on a platform of somebody else's.
    words.facts.clear();
    for text in &mut words.paragraphs {
        *text = marked(text, room.mark(), |_| true);
    }
    let way = (channel, chat.to_owned(), None);
    let row = person.delivery(ctx.now, (matter.purpose, key), way, &words)?;
    engine::enqueue(tx, &Delivery { thread: Some(format!("account.{}", account.id)), ..row })?;
    Ok(())
}

/// Rings in one browser about the account itself.
///
/// # Errors
/// The database's.
pub fn tell_browser(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    browser: PushId,
    matter: &AccountMatter,
    key: &str,
) -> Result<()> {
    let organisation = organisations::find(tx, account.organisation_id)?;
    let person = Recipient::of_account(account.clone(), &organisation, "account");
    let mut words = account_letter(&office.config, &person, ctx.now, matter);
    words.facts.clear();
    let way = (Channel::Push, browser.to_string(), None);
    let row = person.delivery(ctx.now, (matter.purpose, key), way, &words)?;
    engine::enqueue(tx, &Delivery { thread: Some(format!("push.{browser}")), ..row })?;
    Ok(())
}

/// Tells the owner of an account that a channel is in trouble, by every other one that reaches them;
/// answers how many messages that made.
///
/// # Errors
/// The database's.
pub fn tell_past(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    broken: Channel,
    matter: &AccountMatter,
    key: &str,
) -> Result<usize> {
    let organisation = organisations::find(tx, account.organisation_id)?;
    let person = Recipient::of_account(account.clone(), &organisation, "account");
    let mut made = 0;
    for way in ways(tx, office, &person, Tlp::Clear)? {
        if way.0 != broken && way.0 != Channel::Phone && way.2.is_none() {
            let row = of_account(office, ctx, &person, matter, key, way)?;
            made += usize::from(engine::enqueue(tx, &Delivery { urgent: true, ..row })?);
        }
    }
    Ok(made)
}

/// A message to the owner of an account, by one way.
fn of_account(
    office: &Office,
    ctx: &Ctx,
    person: &Recipient,
    matter: &AccountMatter,
    key: &str,
    way: (Channel, String, Option<&'static str>),
) -> Result<Delivery> {
    let words = account_letter(&office.config, person, ctx.now, matter);
    let of = person.account.map_or_else(String::new, |account| account.to_string());
    let row = person.delivery(ctx.now, (matter.purpose, key), way, &words)?;
    Ok(Delivery { thread: Some(format!("account.{of}")), ..row })
}

/// A message by which a channel is tried; `None` when it is there already.
///
/// # Errors
/// The database's.
pub fn try_channel(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    channel: Channel,
    address: &str,
    key: &str,
) -> Result<Option<DeliveryId>> {
    let person = Recipient {
        name: String::new(),
        role: "canary".to_owned(),
        organisation: None,
        organisation_kind: None,
        mail_domain: String::new(),
        account: None,
        contact: None,
        email: address.to_owned(),
        telegram: None,
        phone: String::new(),
        language: Language::Vi,
    };
    let matter = AccountMatter::new("canary");
    let way = (channel, address.to_owned(), None);
    let row = Delivery { thread: None, ..of_account(office, ctx, &person, &matter, key, way)? };
    Ok(engine::enqueue(tx, &row)?.then_some(row.id))
}

/// Whether this kind of organisation may have something of this TLP at all.
pub fn tlp_allows(kind: Option<OrganisationKind>, tlp: Tlp) -> bool {
    match kind {
        // A provider is outside the owner's and the coordinator's houses.
        Some(OrganisationKind::Enterprise) => tlp <= Tlp::Amber,
        _ => true,
    }
}

/// Whether something of this TLP leaves the house for this person at all: a secret link is made
/// only for somebody who gets it.
///
/// # Errors
/// The database's.
pub fn reachable(c: &mut Conn, office: &Office, person: &Recipient, tlp: Tlp) -> Result<bool> {
    let ways = ways(c, office, person, tlp)?;
    Ok(ways.iter().any(|(channel, _, obstacle)| *channel != Channel::Push && obstacle.is_none()))
}

/// One way to a person: channel, address, and the obstacle that keeps a message from leaving.
pub type Way = (Channel, String, Option<&'static str>);

/// By which ways a person is reached, each with the obstacle that keeps it from leaving
/// (`obstacle-…` in the catalogs): mail, and every chat that is linked to the account.
pub(super) fn ways(
    c: &mut Conn,
    office: &Office,
    person: &Recipient,
    tlp: Tlp,
) -> Result<Vec<Way>> {
    if !tlp_allows(person.organisation_kind, tlp) {
        return Ok(vec![(Channel::Phone, person.phone.clone(), Some("obstacle-tlp"))]);
    }
    let mut ways = Vec::new();
    if !person.email.is_empty() {
        let obstacle = (!official(office, person)).then_some("obstacle-not-official");
        ways.push((Channel::Mail, person.email.clone(), obstacle));
    }
    let links = match person.account {
        Some(account) => chat_links::of_account(c, account)?,
        None => Vec::new(),
    };
    for link in &links {
        let Some(channel) = link.room.channel() else { continue };
        let obstacle = link.broken_at.map(|_| "obstacle-chat-broken");
        ways.push((channel, link.chat.clone(), obstacle));
    }
    if let (Some(chat), true) = (&person.telegram, links.is_empty()) {
        ways.push((Channel::Telegram, chat.clone(), None));
    }
    if ways.is_empty() {
        ways.push((Channel::Phone, person.phone.clone(), Some("obstacle-no-address")));
    }
    // Beside the others and never instead: a browser that is off hears nothing.
    if let Some(account) = person.account {
        let names = push::names(c, office, account)?;
        ways.extend(names.into_iter().map(|name| (Channel::Push, name, None)));
    }
    Ok(ways)
}

/// Whether this person is reached by mail at all.
pub fn may_mail(office: &Office, person: &Recipient) -> bool {
    !person.email.is_empty() && official(office, person)
}

/// State organisations are written to at their registered official domains only (Điều 5.1.b).
fn official(office: &Office, person: &Recipient) -> bool {
    use OrganisationKind::{Committee, Commune, Department, District, ServiceUnit};
    if !matches!(
        person.organisation_kind,
        Some(Department | District | Commune | ServiceUnit | Committee)
    ) {
        return true;
    }
    let official = &office.config.province.official_domains;
    if official.is_empty() {
        return true;
    }
    let domain = person.email.rsplit('@').next().unwrap_or_default();
    domain == person.mail_domain
        || official.iter().any(|own| domain == own || domain.ends_with(&format!(".{own}")))
}
