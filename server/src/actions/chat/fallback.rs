//! Nobody is left behind when a chat fails: mail follows within a minute if none went, and when no
//! way reaches a person, the next level gets the name and the number to call.

use chrono::Duration;
use notify::{Form, Letter};

use crate::actions::announce::{Cause, Way, may_mail, tell, tlp_allows};
use crate::actions::chat::alarm::Asks;
use crate::actions::letters::Matter;
use crate::actions::recipients::{self, Recipient};
use crate::actions::{Ctx, Office, letters, recut};
use crate::clock::Timestamp;
use crate::domain::ids::DeliveryId;
use crate::domain::words::{Channel, DeliveryStatus, Role};
use crate::error::{Error, Result};
use crate::records::{Delivery, Incident};
use crate::store::{Conn, engine, incidents, withdrawal};
use crate::texts::Texts;

/// It went by mail because a chat failed.
pub const INSTEAD: &str = "obstacle-instead";
/// Its reader may not have it.
const TLP: &str = "obstacle-tlp";
/// The chat takes nothing from us any more.
const BROKEN: &str = "obstacle-chat-broken";
/// Mail follows a chat that keeps failing within this.
const WITHIN: Duration = Duration::seconds(60);

/// A message is given up. Mail takes its place where it can; when nothing else reaches the person, the
/// next level hears whom to call.
///
/// # Errors
/// The database's.
pub fn given_up(tx: &mut Conn, office: &Office, ctx: &Ctx, delivery: &Delivery) -> Result<()> {
    let others = others(tx, delivery)?;
    if others.iter().any(alive) || mail_instead(tx, office, ctx, delivery, &others)? {
        return Ok(());
    }
    let Some(id) = delivery.incident_id.filter(|_| delivery.channel != Channel::Webhook) else {
        return Ok(());
    };
    let incident = incidents::find(tx, id)?;
    let whom = Unreached {
        key: delivery.cause().rsplit_once('|').map_or("", |(_, who)| who),
        role: &delivery.recipient_role,
        name: &delivery.recipient_name,
        phone: &delivery.recipient_phone,
    };
    unreached(tx, office, ctx, &incident, whom)
}

/// Whether no way leads to this person from the start. Whoever may not have it (TLP) is not one who
/// cannot be reached: somebody decides what they are told.
pub fn is_out_of_reach(ways: &[Way]) -> bool {
    let blocked = |(channel, _, obstacle): &Way| *channel == Channel::Push || obstacle.is_some();
    let barred = |(_, _, obstacle): &Way| *obstacle == Some(TLP);
    ways.iter().all(blocked) && !ways.iter().any(barred)
}

/// Somebody cannot be reached from the start: the next level hears it at once.
///
/// # Errors
/// The database's.
pub fn out_of_reach(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    person: &Recipient,
) -> Result<()> {
    let (key, role) = (person.key(), person.role.as_str());
    let whom = Unreached { key: &key, role, name: &person.name, phone: &person.phone };
    unreached(tx, office, ctx, incident, whom)
}

/// A chat does not take a message now: mail does not wait longer than a minute for it.
///
/// # Errors
/// The database's.
pub fn late(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    delivery: &Delivery,
    next: Timestamp,
) -> Result<()> {
    if next < delivery.created_at + WITHIN {
        return Ok(());
    }
    let others = others(tx, delivery)?;
    if !others.iter().any(|other| other.channel == Channel::Mail && alive(other)) {
        mail_instead(tx, office, ctx, delivery, &others)?;
    }
    Ok(())
}

/// The chat of this message is closed to us: what waits for it is given up after this one try.
/// Answers what that was.
///
/// # Errors
/// The database's.
pub fn closed(tx: &mut Conn, ctx: &Ctx, delivery: &Delivery) -> Result<Vec<Delivery>> {
    withdrawal::give_up_address(tx, delivery.channel, &delivery.address, ctx.now, BROKEN)
}

fn others(tx: &mut Conn, delivery: &Delivery) -> Result<Vec<Delivery>> {
    let mut rows = engine::of_cause(tx, delivery)?;
    rows.retain(|row| row.id != delivery.id);
    Ok(rows)
}

/// It reached its reader, or may yet.
const fn alive(row: &Delivery) -> bool {
    use DeliveryStatus::{Delivered, Sending, Sent, Waiting};
    matches!(row.status, Sent | Delivered | Sending | Waiting)
}

/// Puts the same words into a mail, if none was written for this reader and cause.
fn mail_instead(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    delivery: &Delivery,
    others: &[Delivery],
) -> Result<bool> {
    let written = others.iter().any(|other| other.channel == Channel::Mail);
    if written || matches!(delivery.channel, Channel::Mail | Channel::Webhook | Channel::Phone) {
        return Ok(false);
    }
    let Some(person) = recipients::again(tx, delivery, ctx.now)? else { return Ok(false) };
    let incident = delivery.incident_id.map(|id| incidents::find(tx, id)).transpose()?;
    let closed = |case: &Incident| !tlp_allows(person.organisation_kind, case.tlp);
    if !may_mail(office, &person) || incident.as_ref().is_some_and(closed) {
        return Ok(false);
    }
    let mut letter: Letter = serde_json::from_str(&delivery.letter).map_err(Error::internal)?;
    letter.presses.clear();
    letter.form = Form::default();
    let province = &office.config.province;
    // Nobody says any more how closed its content is: where mail may say less, the bell is enough.
    let bell = province.mail_ceiling < province.telegram_ceiling;
    match &incident {
        Some(incident) if bell => letters::recut(&mut letter, &delivery.purpose, incident.tlp),
        // It may have become more closed while the chat was tried.
        Some(incident) => {
            recut::for_channel(office, incident, Channel::Mail, &delivery.purpose, &mut letter);
        }
        None if bell => {
            letter.facts.clear();
            letter.paragraphs.truncate(1);
        }
        None => {}
    }
    let row = Delivery {
        id: DeliveryId::new(ctx.now),
        dedup_key: format!("{}|{}", delivery.cause(), Channel::Mail),
        channel: Channel::Mail,
        address: person.email,
        letter: serde_json::to_string(&letter).map_err(Error::internal)?,
        status: DeliveryStatus::Waiting,
        attempts: 0,
        due_at: ctx.now,
        lease_owner: None,
        lease_until: None,
        last_error: Some(INSTEAD.to_owned()),
        reference: None,
        maybe_duplicate: false,
        created_at: ctx.now,
        sent_at: None,
        card: None,
        card_note: None,
        ..delivery.clone()
    };
    engine::enqueue(tx, &row)
}

/// Whom nothing reaches.
#[derive(Clone, Copy)]
struct Unreached<'a> {
    /// The same person in the ledger.
    key: &'a str,
    /// Why they were to be told.
    role: &'a str,
    name: &'a str,
    phone: &'a str,
}

/// Nothing reaches this person: the next level hears it once for each case. Who reported is named in
/// no message; the desk finds them in the ledger.
fn unreached(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    whom: Unreached<'_>,
) -> Result<()> {
    if whom.role == Role::Reporter.as_word() || incident.state.is_over() {
        return Ok(());
    }
    let mut people = next_level(tx, whom.role, ctx.now)?;
    people.retain(|person| person.key() != whom.key);
    for person in people {
        let t = Texts(person.language);
        let mut matter = Matter::about(incident, "unreached");
        matter.asks = Asks::Case;
        let phone = match whom.phone.trim() {
            "" => t.t("unreached-no-phone"),
            phone => phone.to_owned(),
        };
        matter.values = vec![("who", whom.name.to_owned()), ("phone", phone)];
        let cause = Cause::new(format!("unreached:{}:{}", incident.id, whom.key));
        tell(tx, office, ctx, incident, &[person], &matter, &cause)?;
    }
    Ok(())
}

/// Who looks after whoever holds this role and cannot be reached.
fn next_level(tx: &mut Conn, role: &str, now: Timestamp) -> Result<Vec<Recipient>> {
    let ladder: &[Role] = match role.parse() {
        Ok(Role::DutyOfficer) => &[Role::Coordinator, Role::Leader],
        Ok(Role::Coordinator | Role::Responder) => &[Role::Leader],
        Ok(Role::Leader) => &[],
        _ => return recipients::on_duty_or_above(tx, now),
    };
    for level in ladder {
        let found = recipients::of_coordinator(tx, *level, now)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}
