//! Roles become persons at the moment of sending: accounts first, then the contact points that
//! have no account of their own.

use playbooks::Role as Wanted;

use super::rota;
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, ContactId, OrganisationId};
use crate::domain::rota::Standing;
use crate::domain::words::{
    Channel, ContactRole, DeliveryStatus, Function, Language, OrganisationKind, Role,
};
use crate::error::{Error, Result};
use crate::records::{Account, ContactPoint, Delivery, Incident, Organisation, Report};
use crate::store::{Conn, accounts, incidents, organisations};

/// One person who is to be told something.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// As the message addresses them.
    pub name: String,
    /// Why they get it: a role's word.
    pub role: String,
    /// The organisation they stand for.
    pub organisation: Option<OrganisationId>,
    /// Its kind: state bodies are written to at official addresses only.
    pub organisation_kind: Option<OrganisationKind>,
    /// Its own mail domain.
    pub mail_domain: String,
    /// The account, if they have one.
    pub account: Option<AccountId>,
    /// The contact point, if they are one.
    pub contact: Option<ContactId>,
    /// Mail address, or empty.
    pub email: String,
    /// Telegram chat of a contact point, or none; those of an account are its links.
    pub telegram: Option<String>,
    /// Whom to call when nothing else works.
    pub phone: String,
    /// The language of the message.
    pub language: Language,
}

impl Recipient {
    /// The owner of an account.
    pub fn of_account(account: Account, organisation: &Organisation, role: &str) -> Self {
        Self {
            name: account.name,
            role: role.to_owned(),
            organisation: Some(organisation.id),
            organisation_kind: Some(organisation.kind),
            mail_domain: organisation.mail_domain.clone(),
            account: Some(account.id),
            contact: None,
            email: account.email,
            telegram: None,
            phone: account.phone,
            language: account.language,
        }
    }

    fn of_contact(contact: ContactPoint, organisation: &Organisation, role: &str) -> Self {
        let phone = if contact.mobile.is_empty() { contact.phone } else { contact.mobile };
        Self {
            name: contact.name,
            role: role.to_owned(),
            organisation: Some(organisation.id),
            organisation_kind: Some(organisation.kind),
            mail_domain: organisation.mail_domain.clone(),
            account: None,
            contact: Some(contact.id),
            email: contact.email,
            telegram: contact.telegram_chat,
            phone,
            language: Language::Vi,
        }
    }

    /// A message to this person by one way, with the obstacle that keeps it from leaving if there
    /// is one; `key` names the cause.
    pub(super) fn delivery(
        &self,
        now: Timestamp,
        (purpose, key): (&str, &str),
        (channel, address, obstacle): (Channel, String, Option<&'static str>),
        letter: &notify::Letter,
    ) -> Result<Delivery> {
        let words = serde_json::to_string(letter).map_err(Error::internal)?;
        // One person may be reached in several chats and browsers.
        let by = match channel {
            Channel::Telegram | Channel::Matrix | Channel::Push => format!("{channel}:{address}"),
            _ => channel.to_string(),
        };
        let key = format!("{key}|{}|{by}", self.key());
        let mut delivery = Delivery::new(now, channel, address, purpose, key, words);
        delivery.account_id = self.account;
        delivery.contact_id = self.contact;
        delivery.organisation_id = self.organisation;
        delivery.recipient_name.clone_from(&self.name);
        delivery.recipient_role.clone_from(&self.role);
        delivery.recipient_phone.clone_from(&self.phone);
        delivery.urgent = letter.urgent;
        if let Some(obstacle) = obstacle {
            delivery.status = DeliveryStatus::Skipped;
            delivery.last_error = Some(obstacle.to_owned());
        }
        Ok(delivery)
    }

    /// What makes this person the same person in the ledger.
    pub fn key(&self) -> String {
        match (self.account, self.contact) {
            (Some(account), _) => format!("a:{account}"),
            (None, Some(contact)) => format!("c:{contact}"),
            (None, None) => format!("m:{}", self.email),
        }
    }
}

/// The persons behind a role, for one incident, now. Empty when nobody holds it.
///
/// # Errors
/// The database's.
pub fn resolve(
    tx: &mut Conn,
    incident: &Incident,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let word = wanted.as_word();
    match wanted {
        Wanted::Reporter => reporters(tx, incident),
        Wanted::UnitHead => {
            of_unit(tx, incident.organisation_id, Role::UnitHead, ContactRole::UnitHead, now)
        }
        Wanted::ItOfficer => {
            of_unit(tx, incident.organisation_id, Role::ItOfficer, ContactRole::ItOfficer, now)
        }
        Wanted::ParentUnit => {
            let unit = organisations::find(tx, incident.organisation_id)?;
            match unit.parent_id {
                Some(parent) => of_unit(tx, parent, Role::UnitHead, ContactRole::UnitHead, now),
                None => Ok(Vec::new()),
            }
        }
        Wanted::DutyOfficer => on_duty(tx, now),
        Wanted::Coordinator => of_coordinator(tx, Role::Coordinator, now),
        Wanted::Leader => of_coordinator(tx, Role::Leader, now),
        Wanted::Committee => {
            let mut all = Vec::new();
            for committee in organisations::holders(tx, Function::SteeringCommittee, now)? {
                all.extend(of_organisation(tx, &committee, &[Role::Leader], &word, now)?);
            }
            Ok(all)
        }
        Wanted::Responders => {
            let mut all = Vec::new();
            for member in incidents::members(tx, incident.id)? {
                let account = accounts::find(tx, member.account_id)?;
                if account.locked_at.is_none() {
                    let organisation = organisations::find(tx, account.organisation_id)?;
                    all.push(Recipient::of_account(account, &organisation, &word));
                }
            }
            Ok(all)
        }
        Wanted::Provider => {
            let Some(system) = incident.system_id else { return Ok(Vec::new()) };
            let mut all = Vec::new();
            for provider in organisations::providers(tx, system)? {
                all.extend(of_organisation(tx, &provider, &[Role::Liaison], &word, now)?);
            }
            Ok(all)
        }
        Wanted::Police => of_function(tx, Function::Police, &[Role::PoliceLiaison], &word, now),
        Wanted::National => of_function(tx, Function::NationalCoordinator, &[], &word, now),
        Wanted::Organisation(key) => match organisations::find_by_key(tx, key, now) {
            Ok(organisation) => of_partner(tx, &organisation, now),
            Err(Error::NotFound(_)) => Ok(Vec::new()),
            Err(why) => Err(why),
        },
    }
}

/// The person behind a row of the ledger, if they can still be written to.
///
/// # Errors
/// The database's.
pub fn again(tx: &mut Conn, delivery: &Delivery, now: Timestamp) -> Result<Option<Recipient>> {
    let role = delivery.recipient_role.as_str();
    if let Some(account) = delivery.account_id {
        let account = accounts::find(tx, account)?;
        if account.locked_at.is_some() {
            return Ok(None);
        }
        let organisation = organisations::find(tx, account.organisation_id)?;
        return Ok(Some(Recipient::of_account(account, &organisation, role)));
    }
    let (Some(contact), Some(organisation)) = (delivery.contact_id, delivery.organisation_id)
    else {
        return Ok(None);
    };
    let organisation = organisations::find(tx, organisation)?;
    Ok(organisations::contacts(tx, organisation.id, None, now)?
        .into_iter()
        .find(|known| known.id == contact)
        .map(|known| Recipient::of_contact(known, &organisation, role)))
}

/// One account as a recipient; none when it is locked.
///
/// # Errors
/// The database's.
pub fn of_one(tx: &mut Conn, account: AccountId, role: &str) -> Result<Option<Recipient>> {
    let account = accounts::find(tx, account)?;
    if account.locked_at.is_some() {
        return Ok(None);
    }
    let organisation = organisations::find(tx, account.organisation_id)?;
    Ok(Some(Recipient::of_account(account, &organisation, role)))
}

/// Whom a dispatch reaches: those who may answer it, and the contact points, main and deputy.
///
/// # Errors
/// The database's.
pub fn of_partner(
    tx: &mut Conn,
    organisation: &Organisation,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let roles = [Role::Liaison, Role::PoliceLiaison, Role::ItOfficer, Role::UnitHead];
    of_organisation(tx, organisation, &roles, "contact", now)
}

/// The organisation itself at its registered address, when nobody is named there.
pub fn of_office(organisation: &Organisation) -> Recipient {
    Recipient {
        name: organisation.name.clone(),
        role: "contact".to_owned(),
        organisation: Some(organisation.id),
        organisation_kind: Some(organisation.kind),
        mail_domain: organisation.mail_domain.clone(),
        account: None,
        contact: None,
        email: organisation.email.clone(),
        telegram: None,
        phone: organisation.phone.clone(),
        language: Language::Vi,
    }
}

fn reporters(tx: &mut Conn, incident: &Incident) -> Result<Vec<Recipient>> {
    let mut all: Vec<Recipient> = Vec::new();
    for report in incidents::reports_of(tx, incident.id)? {
        all.extend(of_report(tx, &report)?);
    }
    Ok(without_doubles(all))
}

/// Whoever made this report, if they left a way to be reached.
///
/// # Errors
/// The database's.
pub fn of_report(tx: &mut Conn, report: &Report) -> Result<Option<Recipient>> {
    if let Some(account) = report.account_id {
        let account = accounts::find(tx, account)?;
        let organisation = organisations::find(tx, account.organisation_id)?;
        return Ok(Some(Recipient::of_account(account, &organisation, "reporter")));
    }
    if report.contact_email.is_empty() && report.contact_phone.is_empty() {
        return Ok(None);
    }
    Ok(Some(Recipient {
        name: report.contact_name.clone(),
        role: "reporter".to_owned(),
        organisation: Some(report.organisation_id),
        organisation_kind: None,
        mail_domain: String::new(),
        account: None,
        contact: None,
        email: report.contact_email.clone(),
        telegram: None,
        phone: report.contact_phone.clone(),
        language: Language::Vi,
    }))
}

fn of_unit(
    tx: &mut Conn,
    id: OrganisationId,
    role: Role,
    contact_role: ContactRole,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let organisation = organisations::find(tx, id)?;
    let mut all: Vec<Recipient> = accounts::with_role(tx, role, Some(id))?
        .into_iter()
        .map(|account| Recipient::of_account(account, &organisation, role.as_word()))
        .collect();
    all.extend(
        organisations::contacts(tx, id, Some(contact_role), now)?
            .into_iter()
            .map(|contact| Recipient::of_contact(contact, &organisation, role.as_word())),
    );
    Ok(without_doubles(all))
}

/// The persons behind a role where no incident is involved: of one organisation, or of the whole
/// province when none is given. Roles that only an incident gives (the reporter, a provider) are
/// held by nobody.
///
/// # Errors
/// The database's.
pub fn of_place(
    tx: &mut Conn,
    place: Option<OrganisationId>,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let word = wanted.as_word();
    match wanted {
        Wanted::UnitHead | Wanted::ItOfficer => {
            let (role, contact) = match wanted {
                Wanted::UnitHead => (Role::UnitHead, ContactRole::UnitHead),
                _ => (Role::ItOfficer, ContactRole::ItOfficer),
            };
            match place {
                Some(place) => of_unit(tx, place, role, contact, now),
                None => of_all_units(tx, role),
            }
        }
        Wanted::ParentUnit => match place {
            Some(place) => match organisations::find(tx, place)?.parent_id {
                Some(parent) => of_unit(tx, parent, Role::UnitHead, ContactRole::UnitHead, now),
                None => Ok(Vec::new()),
            },
            None => Ok(Vec::new()),
        },
        Wanted::DutyOfficer => of_coordinator(tx, Role::DutyOfficer, now),
        Wanted::Coordinator => of_coordinator(tx, Role::Coordinator, now),
        Wanted::Leader => of_coordinator(tx, Role::Leader, now),
        Wanted::Committee => {
            of_function(tx, Function::SteeringCommittee, &[Role::Leader], &word, now)
        }
        Wanted::Police => of_function(tx, Function::Police, &[Role::PoliceLiaison], &word, now),
        Wanted::National => of_function(tx, Function::NationalCoordinator, &[], &word, now),
        Wanted::Organisation(key) => match organisations::find_by_key(tx, key, now) {
            Ok(organisation) => of_partner(tx, &organisation, now),
            Err(Error::NotFound(_)) => Ok(Vec::new()),
            Err(why) => Err(why),
        },
        Wanted::Reporter | Wanted::Responders | Wanted::Provider => Ok(Vec::new()),
    }
}

/// Everybody in the province who holds the role in an organisation.
fn of_all_units(tx: &mut Conn, role: Role) -> Result<Vec<Recipient>> {
    let mut all: Vec<Recipient> = Vec::new();
    let mut after = String::new();
    loop {
        let page = accounts::with_role_after(tx, role, &after, 200)?;
        let Some(last) = page.last() else { return Ok(all) };
        after.clone_from(&last.email);
        let places: Vec<_> = page.iter().map(|account| account.organisation_id).collect();
        let places = organisations::list_of(tx, &places)?;
        for account in page {
            if let Some(place) = places.iter().find(|place| place.id == account.organisation_id) {
                all.push(Recipient::of_account(account, place, role.as_word()));
            }
        }
    }
}

/// Those at the coordinator's desk who hold the role.
///
/// # Errors
/// The database's.
pub fn of_coordinator(tx: &mut Conn, role: Role, now: Timestamp) -> Result<Vec<Recipient>> {
    let mut all = Vec::new();
    for coordinator in organisations::holders(tx, Function::ProvincialCoordinator, now)? {
        for account in accounts::with_role(tx, role, Some(coordinator.id))? {
            all.push(Recipient::of_account(account, &coordinator, role.as_word()));
        }
    }
    Ok(without_doubles(all))
}

/// Whoever is on duty at the coordinator's desk: by the rota where one counts, empty when it says
/// that nobody is; every duty officer where there is no rota.
///
/// # Errors
/// The database's.
pub fn on_duty(tx: &mut Conn, now: Timestamp) -> Result<Vec<Recipient>> {
    let mut all = Vec::new();
    for coordinator in organisations::holders(tx, Function::ProvincialCoordinator, now)? {
        let held = match rota::on_duty(tx, coordinator.id, now)? {
            (Standing::NotYet, _) => {
                accounts::with_role(tx, Role::DutyOfficer, Some(coordinator.id))?
            }
            (Standing::Nobody | Standing::Held(_), held) => held,
        };
        for account in held {
            all.push(Recipient::of_account(account, &coordinator, Role::DutyOfficer.as_word()));
        }
    }
    Ok(without_doubles(all))
}

/// Whoever is on duty, or the next level at once when nobody is; for what no playbook tells.
///
/// # Errors
/// The database's.
pub fn on_duty_or_above(tx: &mut Conn, now: Timestamp) -> Result<Vec<Recipient>> {
    let mut found = on_duty(tx, now)?;
    for role in [Role::Coordinator, Role::Leader] {
        if found.is_empty() {
            found = of_coordinator(tx, role, now)?;
        }
    }
    Ok(found)
}

fn of_function(
    tx: &mut Conn,
    function: Function,
    roles: &[Role],
    word: &str,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let mut all = Vec::new();
    for organisation in organisations::holders(tx, function, now)? {
        all.extend(of_organisation(tx, &organisation, roles, word, now)?);
    }
    Ok(all)
}

fn of_organisation(
    tx: &mut Conn,
    organisation: &Organisation,
    roles: &[Role],
    word: &str,
    now: Timestamp,
) -> Result<Vec<Recipient>> {
    let mut all = Vec::new();
    for role in roles {
        for account in accounts::with_role(tx, *role, Some(organisation.id))? {
            all.push(Recipient::of_account(account, organisation, role.as_word()));
        }
    }
    for contact in organisations::contacts(tx, organisation.id, None, now)? {
        all.push(Recipient::of_contact(contact, organisation, word));
    }
    Ok(without_doubles(all))
}

/// The same person by account and by contact point is one person: the account wins, and takes the
/// contact's telephone when it has none.
fn without_doubles(all: Vec<Recipient>) -> Vec<Recipient> {
    let mut kept: Vec<Recipient> = Vec::new();
    for recipient in all {
        let same = kept.iter_mut().find(|other| {
            other.key() == recipient.key()
                || (!other.email.is_empty() && other.email == recipient.email)
        });
        match same {
            Some(other) => {
                if other.phone.is_empty() {
                    other.phone = recipient.phone;
                }
                if other.telegram.is_none() {
                    other.telegram = recipient.telegram;
                }
            }
            None => kept.push(recipient),
        }
    }
    kept
}
