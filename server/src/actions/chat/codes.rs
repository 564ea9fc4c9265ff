//! How a chat is linked to an account. A code is born in a browser that has just proved its password,
//! lives ten minutes and is used once; whoever brings it to the bot is shown in that browser with name
//! and number, and nothing is linked before it says yes (security.md T22).

use chrono::Duration;
use serde_json::json;

use super::links::{PAGE, named};
use super::places::matrix_to;
use crate::actions::announce::{AccountMatter, tell_account, tell_chat};
use crate::actions::record::audited;
use crate::actions::sessions::{human, proved};
use crate::actions::{Ctx, Office, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, Id, SessionId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::words::Room;
use crate::error::Result;
use crate::records::{Account, ChatCode, ChatLink};
use crate::store::{Conn, accounts, chat_links, engine};

/// A code lives so long, and so long after it was brought it may be confirmed.
const LIFE: Duration = Duration::minutes(10);
/// So many chats an account.
const MOST: usize = 10;
/// The longest name that is shown.
const NAME: usize = 120;

/// A code, in the answer that made it and never again.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// 256 bits; what the bot is told with `/start`.
    pub code: String,
    /// For which room.
    pub room: Room,
    /// What is sent to the bot, word for word.
    pub line: String,
    /// `https://t.me/BOT?start=CODE`, which brings the code; or `https://matrix.to/#/@BOT:SERVER`, which
    /// opens the conversation alone. `None` while it is not known which bot we are.
    pub link: Option<String>,
    /// Until when it works.
    pub until: Timestamp,
}

/// Who brings a code.
#[derive(Debug, Clone)]
pub struct Bringer {
    /// The number that never changes.
    pub number: String,
    /// The direct conversation.
    pub chat: String,
    /// As the room shows it: untrusted.
    pub name: String,
}

/// How it stands with a code of the own account in this session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is none, or it is settled.
    None,
    /// Nobody has brought it yet.
    Waiting {
        /// To which room.
        room: Room,
        /// Until when it works.
        until: Timestamp,
    },
    /// Somebody brought it: is it you?
    Arrived {
        /// From which room.
        room: Room,
        /// As the room shows it.
        name: String,
        /// The number.
        number: String,
        /// Until when it can be confirmed.
        until: Timestamp,
    },
    /// Its time is over.
    Late,
}

fn setting(room: Room) -> String {
    format!("chat.{room}.name")
}

/// Remembers who we are in a room, for deep links: told by the intake whenever the room says it.
///
/// # Errors
/// The database's.
pub async fn known_as(office: &Office, ctx: &Ctx, room: Room, username: &str) -> Result<()> {
    let (name, now) = (username.trim_start_matches('@').to_owned(), ctx.now);
    let key = setting(room);
    let known = office.db.read(move |c| engine::setting(c, &key)).await?;
    if known.as_deref() == Some(&name) {
        return Ok(());
    }
    office.db.write(move |tx| engine::set_setting(tx, &setting(room), &name, now)).await
}

/// The rooms that can be linked, with our name there when it is known.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn rooms(office: &Office, ctx: &Ctx) -> Result<Vec<(Room, Option<String>)>> {
    human(&ctx.actor)?;
    let rooms = office.config.rooms();
    office
        .db
        .read(move |c| {
            let named = |room: &Room| Ok((*room, engine::setting(c, &setting(*room))?));
            rooms.iter().map(named).collect()
        })
        .await
}

/// Where whoever has a code begins.
fn way(room: Room, name: &str, code: &str) -> String {
    match room {
        Room::Telegram => format!("https://t.me/{name}?start={code}"),
        Room::Matrix => matrix_to(&[&format!("@{name}")]),
    }
}

/// Draws a code for a room; the account's earlier ones end, whichever room they were for.
///
/// # Errors
/// [`Refusal::ProveFirst`]; [`Refusal::SignInFirst`] without a session; [`Refusal::Fields`] for `room`
/// that is not configured.
pub async fn draw(
    office: &Office,
    ctx: &Ctx,
    session: Option<SessionId>,
    room: Room,
) -> Result<Drawn> {
    let (account, session) = signed_in(office, ctx, session)?;
    if !office.config.rooms().contains(&room) {
        return Err(FieldError::new("room", "field-chat-room").into());
    }
    let code = tokens::fresh()?;
    let row = ChatCode {
        hash: tokens::hash(&code),
        account_id: account,
        session_id: Some(session),
        room,
        created_at: ctx.now,
        expires_at: ctx.now + LIFE,
        person: None,
        chat: None,
        name: None,
        used_at: None,
        confirmed_at: None,
        refused_at: None,
    };
    let (ctx_, until) = (ctx.clone(), row.expires_at);
    let username = office
        .write(move |tx| {
            let account = accounts::hold(tx, account)?;
            chat_links::end_codes(tx, account.id, ctx_.now)?;
            chat_links::insert_code(tx, &row)?;
            let detail = json!({"room": room});
            audited(tx, &ctx_, "chat.code", "account", &account.email, detail)?;
            engine::setting(tx, &setting(room))
        })
        .await?;
    let link = username.map(|name| way(room, &name, &code));
    Ok(Drawn { line: format!("{}start {code}", room.mark()), code, room, link, until })
}

/// A person who may do everything, in a browser, proved.
fn signed_in(
    office: &Office,
    ctx: &Ctx,
    session: Option<SessionId>,
) -> Result<(AccountId, SessionId)> {
    ctx.actor.person()?;
    let account = human(&ctx.actor)?.id;
    proved(office, ctx)?;
    Ok((account, session.ok_or(Refusal::SignInFirst)?))
}

/// How it stands with the code that this session drew last.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn standing(office: &Office, ctx: &Ctx, session: Option<SessionId>) -> Result<Standing> {
    let (account, now) = (human(&ctx.actor)?.id, ctx.now);
    office
        .db
        .read(move |c| {
            let Some(code) = chat_links::open_code(c, account)? else {
                return Ok(Standing::None);
            };
            if code.session_id != session {
                return Ok(Standing::None);
            }
            let room = code.room;
            Ok(match (code.used_at, code.person, code.name) {
                (Some(at), Some(number), Some(name)) if now < at + LIFE => {
                    Standing::Arrived { room, name, number, until: at + LIFE }
                }
                (None, ..) if now < code.expires_at => {
                    Standing::Waiting { room, until: code.expires_at }
                }
                _ => Standing::Late,
            })
        })
        .await
}

/// Somebody brings a code to the bot. Answers whether it was good; whoever brings it is told to go
/// back to the browser either way, so that nothing is learnt here.
///
/// # Errors
/// The database's.
pub async fn arrive(
    office: &Office,
    ctx: &Ctx,
    room: Room,
    code: &str,
    who: Bringer,
) -> Result<bool> {
    let (ctx, hash) = (ctx.clone(), tokens::hash(code));
    let name = shown(&who.name);
    office
        .write(move |tx| {
            let Some(mut code) = chat_links::hold_code(tx, &hash)? else { return Ok(false) };
            let used = code.used_at.is_some() || code.refused_at.is_some();
            if code.room != room || used || code.expires_at <= ctx.now {
                return Ok(false);
            }
            let account = accounts::find(tx, code.account_id)?;
            if account.locked_at.is_some() || !alive(tx, &code, ctx.now)? {
                return Ok(false);
            }
            code.person = Some(who.number.clone());
            code.chat = Some(who.chat.clone());
            code.name = Some(name.clone());
            code.used_at = Some(ctx.now);
            chat_links::save_code(tx, &code)?;
            let detail = json!({"room": room, "number": who.number});
            audited(tx, &ctx, "chat.arrive", "account", &account.email, detail)?;
            Ok(true)
        })
        .await
}

/// The browser that drew the code is still signed in.
fn alive(c: &mut Conn, code: &ChatCode, now: Timestamp) -> Result<bool> {
    let all = accounts::sessions_of(c, code.account_id)?;
    Ok(all.iter().any(|one| Some(one.id) == code.session_id && one.expires_at > now))
}

/// A name as it may stand on a page: without what turns or breaks the line.
fn shown(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NAME).collect()
}

/// The owner says: that is me. The number is the one that the page showed.
///
/// # Errors
/// [`Refusal::ProveFirst`]; [`Refusal::Fields`] for `number`: nobody waits any more, the number
/// belongs to another account, there are too many chats.
pub async fn confirm(
    office: &Office,
    ctx: &Ctx,
    session: Option<SessionId>,
    number: &str,
) -> Result<ChatLink> {
    let (account, session) = signed_in(office, ctx, session)?;
    let id = Id::new(ctx.now);
    let (office_, ctx, number) = (office.clone(), ctx.clone(), number.to_owned());
    office
        .write(move |tx| {
            let account = accounts::hold(tx, account)?;
            let late = || FieldError::new("number", "field-chat-late");
            let mut code = waiting(tx, account.id, session, ctx.now)?.ok_or_else(late)?;
            let room = code.room;
            let (Some(person), Some(chat)) = (code.person.clone(), code.chat.clone()) else {
                return Err(late().into());
            };
            if person != number {
                return Err(late().into());
            }
            chat_links::hold_number(tx, room, &person)?;
            let known = chat_links::of_number(tx, room, &person)?;
            if known.as_ref().is_some_and(|link| link.account_id != account.id) {
                return Err(FieldError::new("number", "field-chat-taken").into());
            }
            // With the chat that this very number had before.
            let others = chat_links::of_account(tx, account.id)?;
            if known.is_none() && others.len() >= MOST {
                return Err(FieldError::with("number", "field-chat-many", MOST).into());
            }
            code.confirmed_at = Some(ctx.now);
            chat_links::save_code(tx, &code)?;
            let link = ChatLink {
                id: known.as_ref().map_or(id, |link| link.id),
                account_id: account.id,
                room,
                person,
                chat,
                name: code.name.unwrap_or_default(),
                linked_at: ctx.now,
                broken_at: None,
                broken_why: None,
                ended_at: None,
                ended_why: None,
            };
            match known {
                Some(_) => chat_links::save(tx, &link)?,
                None => chat_links::insert(tx, &link)?,
            }
            let detail = json!({"room": room, "number": link.person});
            audited(tx, &ctx, "chat.link", "account", &account.email, detail)?;
            tell(tx, &office_, &ctx, &account, &link, &others)?;
            Ok(link)
        })
        .await
}

/// The new chat hears that it is linked, the older ones that there is another, and the owner gets a
/// mail: if it was not the owner, that is where it shows.
fn tell(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    account: &Account,
    link: &ChatLink,
    others: &[ChatLink],
) -> Result<()> {
    let key = format!("chat:{}:linked:{}", link.id, ctx.now.micros());
    let matter = AccountMatter::new("chat_linked_here");
    tell_chat(tx, office, ctx, account, (link.room, &link.chat), &matter, &key)?;
    let matter = AccountMatter::new("chat_linked_elsewhere").of(link.room);
    let old = |one: &&ChatLink| one.id != link.id || one.chat != link.chat;
    for other in others.iter().filter(old).filter(|one| one.broken_at.is_none()) {
        tell_chat(tx, office, ctx, account, (other.room, &other.chat), &matter, &key)?;
    }
    let matter = named(AccountMatter::new("chat_linked"), link).link("letter-chat-page", PAGE);
    tell_account(tx, office, ctx, account, &matter, &key)
}

/// The owner says: that is not me, or: never mind. The code ends.
///
/// # Errors
/// [`Refusal::Fields`] for `number` when nobody waits.
pub async fn refuse(office: &Office, ctx: &Ctx, session: Option<SessionId>) -> Result<()> {
    let account = human(&ctx.actor)?.id;
    let session = session.ok_or(Refusal::SignInFirst)?;
    let ctx = ctx.clone();
    office
        .write(move |tx| {
            let account = accounts::hold(tx, account)?;
            let mut code = open(tx, account.id, session)?
                .ok_or_else(|| FieldError::new("number", "field-chat-late"))?;
            code.refused_at = Some(ctx.now);
            chat_links::save_code(tx, &code)?;
            let detail = json!({"room": code.room, "number": code.person});
            audited(tx, &ctx, "chat.refuse", "account", &account.email, detail)
        })
        .await
}

/// The code of this session that nobody has settled yet, held.
fn open(tx: &mut Conn, account: AccountId, session: SessionId) -> Result<Option<ChatCode>> {
    let Some(open) = chat_links::open_code(tx, account)? else { return Ok(None) };
    let code = chat_links::hold_code(tx, &open.hash)?;
    Ok(code.filter(|code| {
        code.session_id == Some(session) && code.confirmed_at.is_none() && code.refused_at.is_none()
    }))
}

/// As [`open`], brought by somebody and not too old.
fn waiting(
    tx: &mut Conn,
    account: AccountId,
    session: SessionId,
    now: Timestamp,
) -> Result<Option<ChatCode>> {
    let code = open(tx, account, session)?;
    Ok(code.filter(|code| code.used_at.is_some_and(|at| now < at + LIFE)))
}

/// Forgets codes of yesterday; answers how many.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    chat_links::sweep_codes(tx, now - Duration::days(1))
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
