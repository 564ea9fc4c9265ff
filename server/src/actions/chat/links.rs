//! Who speaks in a responders' room. Authority hangs on the number alone and is looked up at every
//! single action: a locked account is nobody at once, a lost role is lost at once, and names,
//! forwards and groups mean nothing.

use std::sync::Arc;

use serde_json::json;

use crate::actions::announce::{AccountMatter, tell_account, tell_chat};
use crate::actions::record::audited;
use crate::actions::sessions::{human, proved};
use crate::actions::{Ctx, Office, push, second_factor};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, ChatLinkId};
use crate::domain::person::{Actor, Person};
use crate::domain::sight::Verb;
use crate::domain::words::{Language, Room};
use crate::error::{Error, Result};
use crate::records::{Account, ChatLink};
use crate::store::{Conn, accounts, chat_links};

/// Where the owner looks after the links.
pub const PAGE: &str = "/toi/bao-tin";

/// Who has this number in the room, as known now; `None` for whoever is nobody here. Outside any
/// session: what asks for a proof by password is not to be had.
///
/// # Errors
/// The database's.
pub async fn person_of(
    office: &Office,
    room: Room,
    number: &str,
) -> Result<Option<(Arc<Person>, ChatLink)>> {
    let (office_, number) = (office.clone(), number.to_owned());
    office
        .db
        .read(move |c| {
            let Some(link) = chat_links::of_number(c, room, &number)? else { return Ok(None) };
            let Some(person) = accounts::person(c, link.account_id)? else { return Ok(None) };
            let must_enrol = second_factor::missing(c, &office_.config, &person)?;
            let person = Person { proved_at: None, must_enrol, ..person };
            Ok(Some((Arc::new(person), link)))
        })
        .await
}

/// What somebody acts in who speaks in a room; the trail names the room, the number and the update.
pub fn speaking(person: &Arc<Person>, link: &ChatLink, update: i64, now: Timestamp) -> Ctx {
    Ctx {
        actor: Actor::Person(Arc::clone(person)),
        now,
        address: format!("{}:{}", link.room, link.person),
        request_id: format!("{}-{update}", link.room),
        language: person.language,
    }
}

/// What somebody acts in who is nobody here.
pub fn stranger(room: Room, number: &str, update: i64, now: Timestamp) -> Ctx {
    Ctx {
        actor: Actor::Nobody,
        now,
        address: format!("{room}:{number}"),
        request_id: format!("{room}-{update}"),
        language: Language::Vi,
    }
}

/// The own links that stand, oldest first.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::SignInFirst`].
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Vec<ChatLink>> {
    let id = human(&ctx.actor)?.id;
    office.db.read(move |c| chat_links::of_account(c, id)).await
}

/// Ends one of the own links, from the browser or from the chat itself.
///
/// # Errors
/// [`Error::NotFound`] for what is not one's own.
pub async fn end(office: &Office, ctx: &Ctx, id: ChatLinkId) -> Result<()> {
    let account = human(&ctx.actor)?.id;
    ended(office, ctx, account, id, "own").await
}

/// The links of an account that stand, for the administrator.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::NotAllowed`]; [`Error::NotFound`].
pub async fn of(office: &Office, ctx: &Ctx, account: AccountId) -> Result<Vec<ChatLink>> {
    Verb::Administer.by(&ctx.actor)?;
    office
        .db
        .read(move |c| {
            accounts::find(c, account)?;
            chat_links::of_account(c, account)
        })
        .await
}

/// Ends somebody's link: a telephone was lost, a number is doubtful.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::NotAllowed`], [`crate::domain::refusal::Refusal::ProveFirst`];
/// [`Error::NotFound`].
pub async fn end_of(office: &Office, ctx: &Ctx, account: AccountId, id: ChatLinkId) -> Result<()> {
    Verb::Administer.by(&ctx.actor)?;
    proved(office, ctx)?;
    ended(office, ctx, account, id, "admin").await
}

async fn ended(
    office: &Office,
    ctx: &Ctx,
    account: AccountId,
    id: ChatLinkId,
    why: &'static str,
) -> Result<()> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    office
        .write(move |tx| {
            let account = accounts::hold(tx, account)?;
            let link = chat_links::find(tx, id)?;
            if link.account_id != account.id || link.ended_at.is_some() {
                return Err(Error::NotFound("chat_link"));
            }
            close(tx, &office_, &ctx, &account, link, why)
        })
        .await
}

/// Ends every link of an account and every code under way, in the transaction that locks or moves
/// it; answers how many links.
///
/// # Errors
/// The database's.
pub fn end_all(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    why: &'static str,
) -> Result<usize> {
    chat_links::end_codes(tx, account.id, ctx.now)?;
    push::end_all(tx, ctx, account, why)?;
    let all = chat_links::of_account(tx, account.id)?;
    let count = all.len();
    for link in all {
        close(tx, office, ctx, account, link, why)?;
    }
    Ok(count)
}

/// Ends a link: the chat is told that it is over, and the owner by mail.
fn close(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    mut link: ChatLink,
    why: &'static str,
) -> Result<()> {
    link.ended_at = Some(ctx.now);
    link.ended_why = Some(why.to_owned());
    chat_links::save(tx, &link)?;
    let detail = json!({"room": link.room, "number": link.person, "why": why});
    audited(tx, ctx, "chat.unlink", "account", &account.email, detail)?;
    let key = format!("chat:{}:ended", link.id);
    if link.broken_at.is_none() {
        let matter = AccountMatter::new("chat_ended");
        tell_chat(tx, office, ctx, account, (link.room, &link.chat), &matter, &key)?;
    }
    if why == "locked" {
        // The letter of the lock says it all.
        return Ok(());
    }
    let matter = named(AccountMatter::new("chat_unlinked"), &link).link("letter-chat-page", PAGE);
    tell_account(tx, office, ctx, account, &matter, &key)
}

/// With the room, and the name and the number of a link as facts.
pub(super) fn named(matter: AccountMatter, link: &ChatLink) -> AccountMatter {
    matter
        .of(link.room)
        .fact("fact-chat-name", link.name.clone())
        .fact("fact-chat-number", link.person.clone())
}

/// A room said that this chat takes nothing from us any more: its links are broken until their owner
/// writes again, who hears of it by mail at once. Answers how many broke.
///
/// # Errors
/// The database's.
pub fn broke(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    room: Room,
    chat: &str,
    why: &str,
) -> Result<usize> {
    let mut broken = 0;
    for mut link in chat_links::of_chat(tx, room, chat)? {
        if link.broken_at.is_some() {
            continue;
        }
        link.broken_at = Some(ctx.now);
        link.broken_why = Some(why.chars().take(400).collect());
        chat_links::save(tx, &link)?;
        let account = accounts::find(tx, link.account_id)?;
        let detail = json!({"room": room, "number": link.person});
        audited(tx, ctx, "chat.broken", "account", &account.email, detail)?;
        let matter = named(AccountMatter::new("chat_broken"), &link).link("letter-chat-page", PAGE);
        let key = format!("chat:{}:broken:{}", link.id, ctx.now.micros());
        tell_account(tx, office, ctx, &account, &matter, &key)?;
        broken += 1;
    }
    Ok(broken)
}

/// Somebody blocked us in their direct conversation, or left it.
///
/// # Errors
/// The database's.
pub async fn left(office: &Office, ctx: &Ctx, room: Room, chat: &str) -> Result<usize> {
    let (office_, ctx, chat) = (office.clone(), ctx.clone(), chat.to_owned());
    let why = "blocked by its owner";
    // Again does nothing: it claims no update.
    let broken = office.db.write(move |tx| broke(tx, &office_, &ctx, room, &chat, why)).await?;
    office.wake.notify_one();
    Ok(broken)
}

/// Somebody whose link was broken, or who has left their conversation with us for another, wrote
/// again: it works, and they are told things where they wrote; a conversation that they left hears
/// of it. Claims no update: what they wrote is still to be done.
///
/// # Errors
/// The database's.
pub async fn came_back(
    office: &Office,
    ctx: &Ctx,
    room: Room,
    number: &str,
    chat: &str,
) -> Result<bool> {
    let (office_, ctx) = (office.clone(), ctx.clone());
    let (number, chat) = (number.to_owned(), chat.to_owned());
    office
        .db
        .write(move |tx| {
            chat_links::hold_number(tx, room, &number)?;
            let Some(mut link) = chat_links::of_number(tx, room, &number)? else {
                return Ok(false);
            };
            let (mended, follows) = (link.broken_at.take().is_some(), link.chat != chat);
            if !mended && !follows {
                return Ok(false);
            }
            link.broken_why = None;
            let old = std::mem::replace(&mut link.chat, chat.clone());
            chat_links::save(tx, &link)?;
            let account = accounts::find(tx, link.account_id)?;
            let detail = json!({"room": room, "number": link.person});
            let did = if mended { "chat.mended" } else { "chat.followed" };
            if !mended {
                let matter = AccountMatter::new("chat_followed").of(room);
                let key = format!("chat:{}:followed:{}", link.id, ctx.now.micros());
                tell_chat(tx, &office_, &ctx, &account, (room, &old), &matter, &key)?;
            }
            audited(tx, &ctx, did, "account", &account.email, detail)?;
            Ok(true)
        })
        .await
}

/// A chat goes on under another address: its links go with it.
///
/// # Errors
/// The database's.
pub fn moved(tx: &mut Conn, room: Room, from: &str, to: &str) -> Result<()> {
    for mut link in chat_links::of_chat(tx, room, from)? {
        to.clone_into(&mut link.chat);
        chat_links::save(tx, &link)?;
    }
    Ok(())
}
