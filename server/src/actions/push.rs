//! Alarms in the browser of whoever wants them: switched on in the browser itself, which alone can
//! read what is sent to it. A browser rings for one person; what comes there is a doorbell.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::announce::{AccountMatter, tell_browser};
use super::record::audited;
use super::sessions::human;
use super::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, PushId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::{Error, Result};
use crate::records::{Account, PushSubscription};
use crate::store::{Conn, accounts, push};

/// Browsers of one person; the oldest makes room.
const MOST: usize = 10;
/// Where the owner looks after them.
pub const PAGE: &str = "/toi/bao-tin/trinh-duyet";

/// What a browser hands out when alarms are switched on in it.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = BrowserAlarmOn)]
pub struct Asked {
    /// Where alarms are posted: an address of the browser's push service.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret, base64url.
    pub auth: String,
    /// What it is called in the list, at most 80 characters: "Firefox, máy bàn".
    pub browser: String,
}

/// A browser that rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = BrowserAlarm)]
pub struct Browser {
    /// Its identifier.
    #[schema(value_type = String, format = Uuid)]
    pub id: PushId,
    /// What it is called.
    pub browser: String,
    /// Since when it rings.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// SHA-256 of its address, in hex: by this a browser knows itself.
    pub mark: String,
}

impl Browser {
    fn of(row: PushSubscription) -> Self {
        let mark = hex::encode(&row.endpoint_hash);
        Self { id: row.id, browser: row.browser, since: row.made_at, mark }
    }
}

/// The own browsers that ring.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Vec<Browser>> {
    let id = human(&ctx.actor)?.id;
    let rows = office.db.read(move |c| push::of_account(c, id)).await?;
    Ok(rows.into_iter().map(Browser::of).collect())
}

/// Alarms of whoever is signed in ring in this browser from now on; it rings once to show it. Was it
/// somebody else's, it rings for them no more.
///
/// # Errors
/// [`Refusal::Fields`] for what no push service that is known would take.
pub async fn switch_on(office: &Office, ctx: &Ctx, asked: Asked) -> Result<Browser> {
    ctx.actor.person()?;
    let id = human(&ctx.actor)?.id;
    let Asked { endpoint, p256dh, auth, browser } = asked;
    let settings = &office.config.push;
    let given = notify::Subscription { endpoint, p256dh, auth };
    let usable = settings.is_on()
        && notify::push::is_usable(&given, &settings.services(), settings.allow_private);
    if !usable {
        let bad = FieldError::new("endpoint", "field-push-endpoint");
        return Err(Refusal::Fields(vec![bad]).into());
    }
    let named: String = browser.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = PushSubscription {
        id: Id::new(ctx.now),
        account_id: id,
        endpoint_hash: Sha256::digest(given.endpoint.as_bytes()).to_vec(),
        endpoint: given.endpoint,
        p256dh: given.p256dh,
        auth: given.auth,
        browser: named.chars().filter(|c| !c.is_control()).take(80).collect(),
        made_at: ctx.now,
        ended_at: None,
        ended_why: None,
    };
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let account = accounts::hold(tx, id)?;
            if let Some(before) = push::of_endpoint(tx, &row.endpoint_hash)? {
                let owner = accounts::find(tx, before.account_id)?;
                close(tx, &ctx, &owner, before, "taken_over")?;
            }
            let mut kept = push::of_account(tx, id)?;
            while kept.len() >= MOST {
                close(tx, &ctx, &account, kept.remove(0), "too_many")?;
            }
            push::insert(tx, &row)?;
            audited(tx, &ctx, "push.on", "account", &account.email, json!({"push": row.id}))?;
            let matter = AccountMatter::new("push_on").link("letter-push-page", PAGE);
            let key = format!("push:{}:on", row.id);
            tell_browser(tx, &office_, &ctx, &account, row.id, &matter, &key)?;
            Ok(Browser::of(row.clone()))
        })
        .await
}

/// Switches one of the own browsers off.
///
/// # Errors
/// [`Error::NotFound`] for what is not one's own.
pub async fn switch_off(office: &Office, ctx: &Ctx, id: PushId) -> Result<()> {
    let account = human(&ctx.actor)?.id;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let account = accounts::hold(tx, account)?;
            let row = push::find(tx, id)?;
            if row.account_id != account.id || row.ended_at.is_some() {
                return Err(Error::NotFound("push"));
            }
            close(tx, &ctx, &account, row, "own")
        })
        .await
}

/// The push service says that a browser is no more.
///
/// # Errors
/// The database's.
pub async fn gone(office: &Office, ctx: &Ctx, id: PushId) -> Result<()> {
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let row = push::find(tx, id)?;
            if row.ended_at.is_some() {
                return Ok(());
            }
            let owner = accounts::find(tx, row.account_id)?;
            close(tx, &ctx, &owner, row, "gone")
        })
        .await
}

/// Switches every browser of an account off, in the transaction that locks or moves it.
///
/// # Errors
/// The database's.
pub fn end_all(tx: &mut Conn, ctx: &Ctx, account: &Account, why: &'static str) -> Result<()> {
    for row in push::of_account(tx, account.id)? {
        close(tx, ctx, account, row, why)?;
    }
    Ok(())
}

/// The names under which alarms of this person leave for their browsers.
///
/// # Errors
/// The database's.
pub fn names(c: &mut Conn, office: &Office, account: AccountId) -> Result<Vec<String>> {
    if !office.config.push.is_on() {
        return Ok(Vec::new());
    }
    Ok(push::of_account(c, account)?.into_iter().map(|row| row.id.to_string()).collect())
}

fn close(
    tx: &mut Conn,
    ctx: &Ctx,
    account: &Account,
    mut row: PushSubscription,
    why: &'static str,
) -> Result<()> {
    row.ended_at = Some(ctx.now);
    row.ended_why = Some(why.to_owned());
    // What could ring is not kept longer than it rings.
    row.endpoint.clear();
    row.auth.clear();
    push::save(tx, &row)?;
    audited(tx, ctx, "push.off", "account", &account.email, json!({"push": row.id, "why": why}))
}

#[cfg(test)]
mod tests;
