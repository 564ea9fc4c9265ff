//! What a rota says to people: the shift of tomorrow, an exchange that is asked for, a gap, a
//! hand-over that waits. No case content: the hand-over's page has it.

use notify::Fact;

use super::super::notices::{self, Notice};
use super::super::recipients::Recipient;
use super::super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::words::Role;
use crate::error::Result;
use crate::records::{Account, Rota};
use crate::store::{Conn, accounts, organisations};

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
    let people: Vec<Recipient> = people
        .iter()
        .filter(|account| account.locked_at.is_none())
        .map(|account| Recipient::of_account(account.clone(), &organisation, "rota"))
        .collect();
    notices::tell(tx, office, ctx, &people, (news.purpose, &news.key), |t, person| {
        let fact = |key: &str, value: String| Fact { label: t.t(key), value };
        let from = news.from.local();
        let to = news.to.map_or_else(|| t.t("rota-open-end"), Timestamp::local);
        let mut facts = vec![
            fact("fact-rota", rota.name.clone()),
            fact("fact-rota-from", from.clone()),
            fact("fact-rota-to", to),
        ];
        if !news.person.is_empty() {
            facts.push(fact("fact-rota-person", news.person.clone()));
        }
        Notice {
            values: vec![
                ("rota", rota.name.clone()),
                ("from", from),
                ("person", news.person.clone()),
                ("name", person.name.clone()),
            ],
            note: news.note.clone(),
            facts,
            link: ("letter-open-rota", news.path.clone()),
            urgent: news.urgent,
            thread: Some(format!("rota.{}", rota.id)),
        }
    })?;
    Ok(())
}
