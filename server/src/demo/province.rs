//! The demo's province: organisations, contact points and systems through the importer, accounts
//! with one password that is new with every demo.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actions::import::{How, Upload, import};
use crate::actions::record::audited;
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::words::{Language, Role, Room};
use crate::error::Result;
use crate::packed::carried;
use crate::records::{Account, ChatLink};
use crate::store::{Conn, accounts as store, chat_links, organisations};
use crate::texts::Texts;

/// One line of `accounts.json`: a role that an account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// A role's word.
    pub role: String,
    /// Key of the organisation.
    pub organisation: String,
    /// What one signs in with.
    pub email: String,
    /// The same for everybody.
    pub password: String,
}

/// A row of `accounts.csv`.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    organisation: String,
    name: String,
    title: String,
    email: String,
    phone: String,
    /// Separated by spaces.
    roles: String,
    /// Number of a linked Telegram account, or empty.
    telegram: String,
}

fn rows() -> anyhow::Result<Vec<Row>> {
    csv::Reader::from_reader(carried!("accounts.csv").as_slice())
        .deserialize()
        .collect::<Result<_, _>>()
        .context("the demo's accounts")
}

/// Imports the tables of the directory.
///
/// # Errors
/// The bad rows, by line.
pub(super) async fn directory(office: &Office, begin: Timestamp) -> anyhow::Result<()> {
    let uploads = [
        ("organisations.csv", carried!("organisations.csv")),
        ("systems.csv", carried!("systems.csv")),
        ("contacts.csv", carried!("contacts.csv")),
    ]
    .map(|(name, bytes)| Upload { name: name.to_owned(), bytes, kind: None });
    let ctx = Ctx::service("demo", begin);
    let done = import(office, &ctx, uploads.into(), How::default()).await?;
    let problems: Vec<String> = done
        .files
        .iter()
        .flat_map(|file| {
            file.problems.iter().map(|problem| {
                let why = Texts(Language::En).t1(problem.key, "value", &problem.value);
                format!("{} line {}: {why}", file.name, problem.line)
            })
        })
        .collect();
    ensure!(done.written, "the demo's province was refused: {}", problems.join("; "));
    Ok(())
}

/// Makes the accounts.
///
/// # Errors
/// What is wrong with the table; the database's.
pub(super) async fn accounts(office: &Office, begin: Timestamp) -> anyhow::Result<Vec<Entry>> {
    let password = password()?;
    let hash = office.hashing.hash(password.clone()).await?;
    let rows = rows()?;
    let mut known = Vec::new();
    for row in &rows {
        let roles = row
            .roles
            .split_whitespace()
            .map(str::parse)
            .collect::<std::result::Result<BTreeSet<Role>, _>>()
            .with_context(|| row.email.clone())?;
        ensure!(!roles.is_empty(), "{} has no role", row.email);
        known.push((row.clone(), roles));
    }
    let entries = entries(&rows, &password);
    let ctx = Ctx::service("demo", begin);
    office
        .write(move |tx| {
            for (row, roles) in &known {
                let organisation = organisations::find_by_key(tx, &row.organisation, begin)?;
                let account = Account {
                    id: Id::new(begin),
                    organisation_id: organisation.id,
                    name: row.name.clone(),
                    title: row.title.clone(),
                    email: row.email.clone(),
                    phone: row.phone.clone(),
                    language: Language::Vi,
                    password_hash: Some(hash.clone()),
                    must_change_password: false,
                    locked_at: None,
                    lock_reason: None,
                    lock_letter: None,
                    last_sign_in_at: None,
                    created_at: begin,
                    updated_at: begin,
                    version: 1,
                };
                store::insert(tx, &account)?;
                store::set_roles(tx, account.id, roles)?;
                let detail = json!({"roles": roles, "organisation": organisation.key});
                audited(tx, &ctx, "account.create", "account", &account.email, detail)?;
                if !row.telegram.is_empty() {
                    link(tx, &ctx, &account, &row.telegram)?;
                }
            }
            Ok(())
        })
        .await?;
    Ok(entries)
}

/// Links an account to the Telegram of the demo, which leaves the house as little as its mail.
fn link(tx: &mut Conn, ctx: &Ctx, account: &Account, number: &str) -> Result<()> {
    let link = ChatLink {
        id: Id::new(ctx.now),
        account_id: account.id,
        room: Room::Telegram,
        person: number.to_owned(),
        chat: number.to_owned(),
        name: account.name.clone(),
        linked_at: ctx.now,
        broken_at: None,
        broken_why: None,
        ended_at: None,
        ended_why: None,
    };
    chat_links::insert(tx, &link)?;
    let detail = json!({"room": link.room, "number": link.person});
    audited(tx, ctx, "chat.link", "account", &account.email, detail)
}

/// Gives every account of the demo a new password.
///
/// # Errors
/// The database's.
pub(super) async fn new_password(office: &Office, now: Timestamp) -> anyhow::Result<Vec<Entry>> {
    let password = password()?;
    let hash = office.hashing.hash(password.clone()).await?;
    let rows = rows()?;
    let emails: Vec<String> = rows.iter().map(|row| row.email.clone()).collect();
    let ctx = Ctx::service("demo", now);
    office
        .write(move |tx| {
            for email in &emails {
                let Some(mut account) = store::find_by_email(tx, email)? else { continue };
                account.password_hash = Some(hash.clone());
                account.must_change_password = false;
                account.updated_at = now;
                account.version += 1;
                store::save(tx, &account)?;
                audited(tx, &ctx, "password.reset", "account", email, json!({}))?;
            }
            Ok(())
        })
        .await?;
    Ok(entries(&rows, &password))
}

/// Whether the passwords of this list still open a door.
///
/// # Errors
/// The database's.
pub(super) async fn can_sign_in(office: &Office, known: &[Entry]) -> anyhow::Result<bool> {
    let Some(first) = known.first().cloned() else { return Ok(false) };
    let email = first.email;
    let account = office.db.read(move |c| store::find_by_email(c, &email)).await?;
    let hash = account.and_then(|account| account.password_hash);
    Ok(office.hashing.fits(first.password, hash).await?)
}

/// One entry a role, so that whoever looks for a role finds it.
fn entries(rows: &[Row], password: &str) -> Vec<Entry> {
    rows.iter()
        .flat_map(|row| {
            row.roles.split_whitespace().map(|role| Entry {
                role: role.to_owned(),
                organisation: row.organisation.clone(),
                email: row.email.clone(),
                password: password.to_owned(),
            })
        })
        .collect()
}

/// Sixty bits that can be read out and typed: no letter looks like another.
fn password() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).map_err(|why| anyhow::anyhow!("no randomness: {why}"))?;
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(*LETTERS.get(usize::from(byte % 32)).unwrap_or(&b'a')))
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(format!("demo-{}", groups.join("-")))
}
