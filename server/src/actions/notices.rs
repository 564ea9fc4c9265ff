//! Letters that hang on no incident: changes of the directory, duties of the regime. One row a person
//! and channel in the outbox, as for everything that leaves.

use notify::{Button, Fact, Letter};

use super::announce::ways;
use super::recipients::Recipient;
use super::{Ctx, Office};
use crate::domain::ids::Id;
use crate::domain::words::{DeliveryStatus, Language, Tlp};
use crate::error::{Error, Result};
use crate::records::Delivery;
use crate::store::{Conn, engine};
use crate::texts::Texts;

/// What there is to say, in one reader's language.
pub(super) struct Notice {
    /// Values for `letter-PURPOSE-subject` and `letter-PURPOSE-text`.
    pub(super) values: Vec<(&'static str, String)>,
    /// Facts, ready to read.
    pub(super) facts: Vec<Fact>,
    /// The button's key of the catalogs, and the path of its page.
    pub(super) link: (&'static str, String),
}

/// Writes a letter to each of these people; `key` names the cause. Answers how many rows are new.
/// Official names and addresses at work are GREEN: for those who coordinate, not for everybody.
pub(super) fn tell(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    people: &[Recipient],
    (purpose, key): (&'static str, &str),
    say: impl Fn(Texts) -> Notice,
) -> Result<usize> {
    let base = office.config.server.base_url.trim_end_matches('/');
    let mut told = 0;
    for person in people {
        let t = Texts(person.language);
        let notice = say(t);
        let values: Vec<(&str, &str)> =
            notice.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let letter = Letter {
            language: match person.language {
                Language::Vi => notify::Language::Vi,
                Language::En => notify::Language::En,
            },
            subject: t.with(&format!("letter-{purpose}-subject"), &values),
            greeting: (!person.name.is_empty())
                .then(|| t.t1("letter-greeting", "name", &person.name)),
            paragraphs: vec![t.with(&format!("letter-{purpose}-text"), &values)],
            facts: notice.facts,
            steps: Vec::new(),
            buttons: vec![Button {
                label: t.t(notice.link.0),
                url: format!("{base}{}", notice.link.1),
            }],
            footer: vec![t.with("letter-footer", &[("province", &office.config.province.name)])],
            urgent: false,
            data: None,
        };
        let words = serde_json::to_string(&letter).map_err(Error::internal)?;
        for (channel, address, obstacle) in ways(office, person, Tlp::Green) {
            let waits = obstacle.is_none();
            let delivery = Delivery {
                id: Id::new(ctx.now),
                dedup_key: format!("{key}|{}|{channel}", person.key()),
                incident_id: None,
                dispatch_id: None,
                account_id: person.account,
                contact_id: person.contact,
                organisation_id: person.organisation,
                purpose: purpose.to_owned(),
                channel,
                recipient_name: person.name.clone(),
                recipient_role: person.role.clone(),
                recipient_phone: person.phone.clone(),
                address,
                letter: words.clone(),
                thread: None,
                urgent: false,
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
            told += usize::from(engine::enqueue(tx, &delivery)?);
        }
    }
    Ok(told)
}
