//! What a rota says to people: the shift of tomorrow, an exchange that is asked for, a gap, a
//! hand-over that waits. No case content: the hand-over's page has it.

use notify::{Button, Fact, Letter};

use super::super::announce::ways;
use super::super::recipients::Recipient;
use super::super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::words::{DeliveryStatus, Language, Role, Tlp};
use crate::error::{Error, Result};
use crate::records::{Account, Delivery, Rota};
use crate::store::{Conn, accounts, engine, organisations};
use crate::texts::Texts;

/// News of a rota.
pub(super) struct News {
    /// `letter-PURPOSE-subject`, `letter-PURPOSE-text`; the ledger's purpose.
    pub purpose: &'static str,
    /// One cause: the same person hears of it once a channel.
    pub key: String,
    /// When it begins, for the texts and the facts.
    pub from: Timestamp,
    /// Until when; `None`: no end in sight.
    pub to: Option<Timestamp>,
    /// Who else is concerned, or an empty text.
    pub person: String,
    /// What somebody wrote, or an empty text.
    pub note: String,
    /// The page to look at.
    pub path: String,
    /// Overtakes what is not urgent.
    pub urgent: bool,
}

/// Whoever hears of what the rota lacks: the coordinators, and the leaders where there is none.
///
/// # Errors
/// The database's.
pub(super) fn next_level(tx: &mut Conn, rota: &Rota) -> Result<Vec<Account>> {
    let coordinators = accounts::with_role(tx, Role::Coordinator, Some(rota.organisation_id))?;
    if coordinators.is_empty() {
        return accounts::with_role(tx, Role::Leader, Some(rota.organisation_id));
    }
    Ok(coordinators)
}

/// Writes a letter to each of these people, by every way that they have.
///
/// # Errors
/// The database's.
pub(super) fn tell(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    rota: &Rota,
    people: &[Account],
    news: &News,
) -> Result<()> {
    let organisation = organisations::find(tx, rota.organisation_id)?;
    for account in people.iter().filter(|account| account.locked_at.is_none()) {
        let person = Recipient::of_account(account.clone(), &organisation, "rota");
        let letter = letter(office, rota, &person, news);
        let words = serde_json::to_string(&letter).map_err(Error::internal)?;
        // Who is on duty when: for those who coordinate, not for everybody.
        for (channel, address, obstacle) in ways(office, &person, Tlp::Green) {
            let waits = obstacle.is_none();
            let delivery = Delivery {
                id: Id::new(ctx.now),
                dedup_key: format!("{}|{}|{channel}", news.key, person.key()),
                incident_id: None,
                dispatch_id: None,
                account_id: person.account,
                contact_id: None,
                organisation_id: person.organisation,
                purpose: news.purpose.to_owned(),
                channel,
                recipient_name: person.name.clone(),
                recipient_role: person.role.clone(),
                recipient_phone: person.phone.clone(),
                address,
                letter: words.clone(),
                thread: Some(format!("rota.{}", rota.id)),
                urgent: news.urgent,
                status: if waits { DeliveryStatus::Waiting } else { DeliveryStatus::Skipped },
                attempts: 0,
                due_at: ctx.now,
                lease_owner: None,
                lease_until: None,
                last_error: obstacle.map(str::to_owned),
                reference: None,
                maybe_duplicate: false,
                step: None,
                created_at: ctx.now,
                sent_at: None,
                kept: false,
            };
            engine::enqueue(tx, &delivery)?;
        }
    }
    Ok(())
}

fn letter(office: &Office, rota: &Rota, person: &Recipient, news: &News) -> Letter {
    let t = Texts(person.language);
    let base = office.config.server.base_url.trim_end_matches('/');
    let from = news.from.local();
    let values = [
        ("rota", rota.name.as_str()),
        ("from", from.as_str()),
        ("person", news.person.as_str()),
        ("name", person.name.as_str()),
    ];
    let fact = |key: &str, value: String| Fact { label: t.t(key), value };
    let mut facts =
        vec![fact("fact-rota", rota.name.clone()), fact("fact-rota-from", from.clone())];
    facts
        .push(fact("fact-rota-to", news.to.map_or_else(|| t.t("rota-open-end"), Timestamp::local)));
    if !news.person.is_empty() {
        facts.push(fact("fact-rota-person", news.person.clone()));
    }
    let mut paragraphs = vec![t.with(&format!("letter-{}-text", news.purpose), &values)];
    if !news.note.is_empty() {
        paragraphs.push(news.note.clone());
    }
    Letter {
        language: match person.language {
            Language::Vi => notify::Language::Vi,
            Language::En => notify::Language::En,
        },
        subject: t.with(&format!("letter-{}-subject", news.purpose), &values),
        greeting: (!person.name.is_empty()).then(|| t.t1("letter-greeting", "name", &person.name)),
        paragraphs,
        facts,
        steps: Vec::new(),
        buttons: vec![Button {
            label: t.t("letter-open-rota"),
            url: format!("{base}{}", news.path),
        }],
        footer: vec![t.with("letter-footer", &[("province", &office.config.province.name)])],
        urgent: news.urgent,
        data: None,
    }
}
