//! Accounts as the administrator keeps them (Điều 4, 7.1.a): create, edit, lock on leave with the
//! letter's number, unlock, reset. Nobody gives roles to oneself, and one administrator stays.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::{AccountMatter, tell_account};
use super::chat::links;
use super::record::{Happened, audited, happened};
use super::sessions::proved;
use super::{Ctx, Office, passwords, rota, tokens};
use crate::domain::ids::{AccountId, Id, OrganisationId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::text::{self, limit};
use crate::domain::words::{Language, LinkPurpose, Role};
use crate::error::{Error, Result};
use crate::records::{Account, Organisation};
use crate::store::{Conn, accounts, incidents, organisations};

/// What the administrator types. Words are checked here, so that every door answers alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Details {
    /// Key of the organisation.
    pub organisation: String,
    /// The person's name.
    pub name: String,
    /// The office held.
    pub title: String,
    /// The address, which is what one signs in with.
    pub email: String,
    /// Telephone.
    pub phone: String,
    /// `vi` or `en`.
    pub language: String,
    /// Words of the roles.
    pub roles: Vec<String>,
}

/// Details whose words are checked.
struct Checked {
    organisation: Organisation,
    name: String,
    title: String,
    email: String,
    phone: String,
    language: Language,
    roles: BTreeSet<Role>,
}

/// An account as lists and pages show it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The account.
    pub account: Account,
    /// What it may be.
    pub roles: BTreeSet<Role>,
    /// Where the person works.
    pub organisation: Organisation,
}

/// A one-time link that was just made.
#[derive(Debug, Clone)]
pub struct Linked {
    /// Whose it is.
    pub account: Account,
    /// Why.
    pub purpose: LinkPurpose,
    /// The path, to be shown once: `/kich-hoat/SECRET`.
    pub path: String,
}

/// A task that a locked account left behind.
#[derive(Debug, Clone, Serialize, PartialEq, Eq, utoipa::ToSchema)]
pub struct Left {
    /// Code of the incident; the administrator sees no more of the case.
    pub incident: String,
    /// Who has it now; none: it waits for somebody.
    pub now: Option<String>,
}

/// The word of an account's state: `account-state-…` of the catalogs.
pub const fn state(account: &Account) -> &'static str {
    match (account.locked_at.is_some(), account.password_hash.is_some()) {
        (true, _) => "locked",
        (false, true) => "open",
        (false, false) => "invited",
    }
}

/// Makes an account. The owner gets an activation link by mail, the administrator sees it once.
///
/// # Errors
/// [`Refusal::Fields`]; [`Refusal::Exists`] when the address has an account.
pub async fn create(office: &Office, ctx: &Ctx, details: Details) -> Result<Linked> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    let secret = tokens::fresh()?;
    let id = Id::new(ctx.now);
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let new = checked(tx, &ctx, &details)?;
            if accounts::find_by_email(tx, &new.email)?.is_some() {
                return Err(Refusal::Exists { what: new.email }.into());
            }
            let account = Account {
                id,
                organisation_id: new.organisation.id,
                name: new.name,
                title: new.title,
                email: new.email,
                phone: new.phone,
                language: new.language,
                password_hash: None,
                must_change_password: false,
                locked_at: None,
                lock_reason: None,
                lock_letter: None,
                last_sign_in_at: None,
                created_at: ctx.now,
                updated_at: ctx.now,
                version: 1,
            };
            accounts::insert(tx, &account)?;
            accounts::set_roles(tx, id, &new.roles)?;
            let detail = json!({"roles": words(&new.roles), "organisation": new.organisation.key});
            audited(tx, &ctx, "account.create", "account", &account.email, detail)?;
            let purpose = passwords::send_link(tx, &office_, &ctx, &account, &secret)?;
            Ok(Linked { account, purpose, path: path(&secret) })
        })
        .await
}

fn path(secret: &str) -> String {
    format!("/kich-hoat/{secret}")
}

fn words(roles: &BTreeSet<Role>) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_word()).collect()
}

fn checked(tx: &mut Conn, ctx: &Ctx, details: &Details) -> Result<Checked> {
    let mut bad = Vec::new();
    let mut take = |checked: Result<String, FieldError>| {
        checked.unwrap_or_else(|why| {
            bad.push(why);
            String::new()
        })
    };
    let name = take(text::some_line("name", &details.name, limit::NAME));
    let title = take(text::line("title", &details.title, limit::NAME));
    let email = take(text::email("email", &details.email));
    let phone = take(text::line("phone", &details.phone, limit::NAME));
    let language = match details.language.as_str() {
        "" => Some(Language::Vi),
        word => word.parse().ok(),
    };
    if language.is_none() {
        bad.push(FieldError::new("language", "field-choose"));
    }
    let roles: BTreeSet<Role> = details.roles.iter().filter_map(|word| word.parse().ok()).collect();
    if roles.is_empty() || details.roles.iter().any(|word| word.parse::<Role>().is_err()) {
        bad.push(FieldError::new("roles", "field-choose"));
    }
    let organisation = match organisations::find_by_key(tx, details.organisation.trim(), ctx.now) {
        Ok(organisation) => Some(organisation),
        Err(Error::NotFound(_)) => {
            bad.push(FieldError::new("organisation", "field-unknown"));
            None
        }
        Err(why) => return Err(why),
    };
    match (organisation, language) {
        (Some(organisation), Some(language)) if bad.is_empty() => {
            Ok(Checked { organisation, name, title, email, phone, language, roles })
        }
        _ => Err(Refusal::Fields(bad).into()),
    }
}

/// Changes an account. A move to another organisation is a transfer (Điều 4.3.b): sessions, keys and
/// linked chats die and open tasks move.
///
/// # Errors
/// [`Error::Stale`]; [`Refusal::Fields`]: nobody changes the own roles, one administrator stays;
/// [`Refusal::Exists`].
pub async fn edit(
    office: &Office,
    ctx: &Ctx,
    id: AccountId,
    details: Details,
    version: i32,
) -> Result<Vec<Left>> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let admins = accounts::hold_admins(tx)?;
            let mut account = accounts::hold(tx, id)?;
            if account.version != version {
                return Err(Error::Stale { now: account.version });
            }
            let new = checked(tx, &ctx, &details)?;
            let before = accounts::roles(tx, id)?;
            if before != new.roles {
                may_change_roles(&ctx, &admins, &account, &new.roles)?;
            }
            if let Some(other) = accounts::find_by_email(tx, &new.email)?
                && other.id != id
            {
                return Err(Refusal::Exists { what: new.email }.into());
            }
            let old = account.clone();
            account.organisation_id = new.organisation.id;
            account.name = new.name;
            account.title = new.title;
            account.email = new.email;
            account.phone = new.phone;
            account.language = new.language;
            account.updated_at = ctx.now;
            account.version += 1;
            accounts::save(tx, &account)?;
            accounts::set_roles(tx, id, &new.roles)?;
            let detail = json!({
                "roles_before": words(&before),
                "roles": words(&new.roles),
                "organisation": new.organisation.key,
                "email_before": old.email,
            });
            audited(tx, &ctx, "account.edit", "account", &account.email, detail)?;
            if old.email != account.email {
                // The old address hears of it: it may be a theft.
                let matter = AccountMatter::new("email_changed")
                    .fact("fact-account-new", account.email.clone());
                let key = format!("account:{id}:email:{}", account.version);
                tell_account(tx, &office_, &ctx, &old, &matter, &key)?;
                accounts::close_links(tx, id, ctx.now)?;
                accounts::delete_sessions(tx, id, None)?;
            }
            if before != new.roles || old.organisation_id != account.organisation_id {
                rota::watch::somebody_left(tx, &office_, &ctx, old.organisation_id)?;
            }
            if old.organisation_id != account.organisation_id {
                accounts::delete_sessions(tx, id, None)?;
                accounts::revoke_keys(tx, id, ctx.now)?;
                links::end_all(tx, &office_, &ctx, &account, "moved")?;
                return hand_over(tx, &ctx, id, old.organisation_id);
            }
            Ok(Vec::new())
        })
        .await
}

/// Nobody changes the own roles, and the last administrator stays one.
fn may_change_roles(
    ctx: &Ctx,
    admins: &[AccountId],
    account: &Account,
    roles: &BTreeSet<Role>,
) -> Result<(), FieldError> {
    if ctx.actor.account() == Some(account.id) {
        return Err(FieldError::new("roles", "field-own-roles"));
    }
    let last = admins == [account.id];
    if last && !roles.contains(&Role::Admin) {
        return Err(FieldError::new("roles", "field-last-admin"));
    }
    Ok(())
}

/// Locks an account at once, on leave, transfer or suspicion: sessions, keys, linked chats and one-time
/// links die, open tasks move. The letter's number may follow (Điều 4.3.b); until then it is chased.
///
/// # Errors
/// [`Refusal::Fields`] without a reason, for oneself, for the last administrator.
pub async fn lock(
    office: &Office,
    ctx: &Ctx,
    id: AccountId,
    reason: &str,
    letter: &str,
) -> Result<Vec<Left>> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    let reason = text::some_line("reason", reason, limit::TITLE)?;
    let letter = text::line("letter", letter, limit::NAME)?;
    if ctx.actor.account() == Some(id) {
        return Err(FieldError::new("reason", "field-lock-self").into());
    }
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let admins = accounts::hold_admins(tx)?;
            let mut account = accounts::hold(tx, id)?;
            if admins == [id] {
                return Err(FieldError::new("reason", "field-last-admin").into());
            }
            if account.locked_at.is_none() {
                account.locked_at = Some(ctx.now);
            }
            account.lock_reason = Some(reason.clone());
            if !letter.is_empty() {
                account.lock_letter = Some(letter.clone());
            }
            account.updated_at = ctx.now;
            account.version += 1;
            accounts::save(tx, &account)?;
            let sessions = accounts::delete_sessions(tx, id, None)?;
            let keys = accounts::revoke_keys(tx, id, ctx.now)?;
            accounts::close_links(tx, id, ctx.now)?;
            let chats = links::end_all(tx, &office_, &ctx, &account, "locked")?;
            let detail = json!({
                "reason": reason, "letter": letter, "sessions": sessions, "keys": keys,
                "chats": chats,
            });
            audited(tx, &ctx, "account.lock", "account", &account.email, detail)?;
            let matter = AccountMatter::new("locked");
            let key = format!("account:{id}:locked:{}", account.version);
            tell_account(tx, &office_, &ctx, &account, &matter, &key)?;
            // A locked account is not on duty: whoever is to know of the gap knows at once.
            rota::watch::somebody_left(tx, &office_, &ctx, account.organisation_id)?;
            hand_over(tx, &ctx, id, account.organisation_id)
        })
        .await
}

/// Moves the open tasks of a person who left to the IT officer, else the head, of the same
/// organisation; without one they wait for somebody.
fn hand_over(
    tx: &mut Conn,
    ctx: &Ctx,
    from: AccountId,
    organisation: OrganisationId,
) -> Result<Vec<Left>> {
    let mut heir = None;
    for role in [Role::ItOfficer, Role::UnitHead] {
        let mut there = accounts::with_role(tx, role, Some(organisation))?;
        there.retain(|account| account.id != from);
        if let Some(account) = there.into_iter().next() {
            heir = Some(account);
            break;
        }
    }
    let mut left = Vec::new();
    for mut task in incidents::open_tasks_of(tx, from)? {
        let incident = incidents::hold(tx, task.incident_id)?;
        task.assignee_id = heir.as_ref().map(|heir| heir.id);
        task.version += 1;
        incidents::save_task(tx, &task)?;
        let name = heir.as_ref().map(|heir| heir.name.clone());
        let kind = if name.is_some() { "task_handed_over" } else { "task_unassigned" };
        let to = name.clone().unwrap_or_default();
        happened(tx, ctx, &incident, Happened::new(kind).with("to", to))?;
        audited(tx, ctx, "task.hand_over", "incident", &incident.code, json!({"task": task.id}))?;
        left.push(Left { incident: incident.code, now: name });
    }
    Ok(left)
}

/// Files the number of the letter for a lock that was made in haste (Điều 4.3.b).
///
/// # Errors
/// [`Refusal::Fields`] without a number, or for an account that is not locked.
pub async fn file_letter(office: &Office, ctx: &Ctx, id: AccountId, letter: &str) -> Result<()> {
    Verb::Administer.by(&ctx.actor)?;
    let letter = text::some_line("letter", letter, limit::NAME)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let mut account = accounts::hold(tx, id)?;
            if account.locked_at.is_none() {
                return Err(FieldError::new("letter", "field-not-locked").into());
            }
            account.lock_letter = Some(letter.clone());
            account.updated_at = ctx.now;
            account.version += 1;
            accounts::save(tx, &account)?;
            let detail = json!({"letter": letter});
            audited(tx, &ctx, "account.letter", "account", &account.email, detail)
        })
        .await
}

/// Opens a locked account again. Sessions and keys that died stay dead.
///
/// # Errors
/// [`Refusal::Fields`] without a reason.
pub async fn unlock(office: &Office, ctx: &Ctx, id: AccountId, reason: &str) -> Result<()> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    let reason = text::some_line("reason", reason, limit::TITLE)?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let mut account = accounts::hold(tx, id)?;
            if account.locked_at.is_none() {
                return Ok(());
            }
            let letter = account.lock_letter.take();
            account.locked_at = None;
            account.lock_reason = None;
            account.updated_at = ctx.now;
            account.version += 1;
            accounts::save(tx, &account)?;
            let detail = json!({"reason": reason, "letter_of_lock": letter});
            audited(tx, &ctx, "account.unlock", "account", &account.email, detail)?;
            let matter = AccountMatter::new("unlocked").link("letter-sign-in", "/dang-nhap");
            let key = format!("account:{id}:unlocked:{}", account.version);
            tell_account(tx, &office_, &ctx, &account, &matter, &key)
        })
        .await
}

/// Sends a link by which the owner sets a new password; nobody else ever chooses it. The link is
/// answered for the command line and, for an account without a password, to the administrator:
/// with a reset link an administrator could become anybody.
///
/// # Errors
/// [`Error::NotFound`]; [`Refusal::Fields`] for a locked account.
pub async fn reset(office: &Office, ctx: &Ctx, id: AccountId) -> Result<Linked> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    let secret = tokens::fresh()?;
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let account = accounts::hold(tx, id)?;
            if account.locked_at.is_some() {
                return Err(FieldError::new("account", "field-locked").into());
            }
            let purpose = passwords::send_link(tx, &office_, &ctx, &account, &secret)?;
            audited(tx, &ctx, "account.reset", "account", &account.email, json!({}))?;
            Ok(Linked { account, purpose, path: path(&secret) })
        })
        .await
}

/// One account.
///
/// # Errors
/// [`Refusal::NotAllowed`]; [`Error::NotFound`].
pub async fn one(office: &Office, ctx: &Ctx, id: AccountId) -> Result<Shown> {
    Verb::Administer.by(&ctx.actor)?;
    office
        .db
        .read(move |c| {
            let account = accounts::find(c, id)?;
            let mut shown = shown(c, vec![account])?;
            shown.pop().ok_or(Error::NotFound("account"))
        })
        .await
}

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Words of name, address or organisation, with or without accents.
    pub q: String,
    /// After this address.
    pub cursor: Option<String>,
    /// At most so many (50; at most 200).
    pub limit: Option<i64>,
}

/// One page of the list.
#[derive(Debug, Clone)]
pub struct Page {
    /// In the order of addresses.
    pub items: Vec<Shown>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// How many rows a search reads at a time.
const CHUNK: i64 = 500;

/// The accounts, a page at a time.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub async fn list(office: &Office, ctx: &Ctx, wanted: Wanted) -> Result<Page> {
    Verb::Administer.by(&ctx.actor)?;
    let limit = usize::try_from(wanted.limit.unwrap_or(50).clamp(1, 200)).unwrap_or(50);
    office
        .db
        .read(move |c| {
            let sought = text::folded(wanted.q.trim());
            let sought: Vec<&str> = sought.split_whitespace().take(8).collect();
            let mut items: Vec<Shown> = Vec::new();
            let mut at = wanted.cursor.clone().unwrap_or_default();
            loop {
                let chunk = accounts::after(c, &at, CHUNK)?;
                let Some(last) = chunk.last() else { break };
                at.clone_from(&last.email);
                items.extend(shown(c, chunk)?.into_iter().filter(|one| matches(one, &sought)));
                if items.len() > limit {
                    break;
                }
            }
            let more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| more).map(|one| one.account.email.clone());
            Ok(Page { items, next })
        })
        .await
}

fn matches(one: &Shown, sought: &[&str]) -> bool {
    let (account, organisation) = (&one.account, &one.organisation);
    let text = text::folded(&format!(
        "{} {} {} {} {}",
        account.name, account.email, account.title, organisation.name, organisation.key
    ));
    sought.iter().all(|word| text.contains(word))
}

fn shown(c: &mut Conn, all: Vec<Account>) -> Result<Vec<Shown>> {
    let ids: Vec<AccountId> = all.iter().map(|account| account.id).collect();
    let roles = accounts::roles_of(c, &ids)?;
    let places: BTreeSet<OrganisationId> = all.iter().map(|one| one.organisation_id).collect();
    let places: Vec<OrganisationId> = places.into_iter().collect();
    let places = organisations::list_of(c, &places)?;
    all.into_iter()
        .map(|account| {
            let organisation = places.iter().find(|place| place.id == account.organisation_id);
            let organisation = organisation.cloned().ok_or(Error::NotFound("organisation"))?;
            let own = roles.iter().filter(|(id, _)| *id == account.id);
            let roles = own.map(|(_, role)| *role).collect();
            Ok(Shown { account, roles, organisation })
        })
        .collect()
}

/// Locked accounts whose letter has not been filed, longest first: to be chased.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub async fn without_letter(office: &Office, ctx: &Ctx) -> Result<Vec<Account>> {
    Verb::Administer.by(&ctx.actor)?;
    office.db.read(accounts::without_letter).await
}

#[cfg(test)]
#[path = "accounts_tests.rs"]
mod tests;
