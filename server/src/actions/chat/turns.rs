//! What a chat is about: the question that waits for an answer, the incident that is meant, the
//! message that is filed. What changes is kept together with the answer ([`keep`]), never before
//! the verb itself: an update that comes again must find its verb undone or done, nothing between.

use crate::actions::incidents::find_seen;
use crate::actions::queue::{self, Item};
use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, ChatCardId, DeliveryId, IncidentId, PressId};
use crate::domain::sight::Depth;
use crate::domain::words::Room;
use crate::error::{Error, Result};
use crate::records::{ChatNamed, ChatTurn, ChatUpdate};
use crate::store::{Conn, accounts, chat_presses, incidents};

/// So long an incident that was named counts for commands without a code.
const MEANT_HOURS: i64 = 8;

/// What an update leaves behind besides its answer.
#[derive(Debug, Clone)]
pub enum Aside {
    /// A question was asked.
    Ask(ChatTurn),
    /// The question is answered, or taken back.
    End {
        /// The room.
        room: Room,
        /// `CHAT` or `CHAT/TOPIC`.
        chat: String,
        /// Whose question.
        person: String,
    },
    /// An incident was named.
    Named(ChatNamed),
    /// A button did what it is for.
    Pressed {
        /// The button.
        press: PressId,
        /// Who was first.
        by: Option<AccountId>,
        /// By name.
        name: String,
    },
    /// What stands under a button is not so any more.
    Refresh {
        /// Its card.
        card: Option<ChatCardId>,
        /// Its message.
        delivery: Option<DeliveryId>,
    },
}

/// Keeps what an update leaves behind, in the transaction that keeps its answer.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Conn, now: Timestamp, asides: &[Aside]) -> Result<()> {
    for aside in asides {
        match aside {
            Aside::Ask(turn) => chat_presses::put_turn(tx, turn)?,
            Aside::End { room, chat, person } => chat_presses::end_turn(tx, *room, chat, person)?,
            Aside::Named(named) => chat_presses::put_named(tx, named)?,
            Aside::Pressed { press, by, name } => {
                chat_presses::done(tx, *press, now, (*by, name))?;
            }
            Aside::Refresh { card, delivery } => {
                chat_presses::refresh(tx, *card, *delivery, now)?;
            }
        }
    }
    Ok(())
}

/// What this person was asked in this chat and has not answered, expired or not.
///
/// # Errors
/// The database's.
pub async fn open(
    office: &Office,
    room: Room,
    chat: &str,
    person: &str,
) -> Result<Option<ChatTurn>> {
    let (chat, person) = (chat.to_owned(), person.to_owned());
    office.db.read(move |c| chat_presses::turn(c, room, &chat, &person)).await
}

/// The code of the incident that this person named last in this chat, if that is not long ago; who
/// may see it is asked later.
///
/// # Errors
/// The database's.
pub async fn named_last(
    office: &Office,
    room: Room,
    chat: &str,
    person: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    let (chat, person) = (chat.to_owned(), person.to_owned());
    office
        .db
        .read(move |c| {
            let named = chat_presses::named(c, room, &chat, &person)?;
            let fresh = now - chrono::Duration::hours(MEANT_HOURS);
            match named.filter(|named| named.named_at > fresh) {
                Some(named) => Ok(Some(incidents::find(c, named.incident_id)?.code)),
                None => Ok(None),
            }
        })
        .await
}

/// Whether this chat is a group of the team.
///
/// # Errors
/// The database's.
pub async fn is_team(office: &Office, room: Room, chat: &str) -> Result<bool> {
    let chat = chat.to_owned();
    office.db.read(move |c| chat_presses::is_team(c, room, &chat)).await
}

/// Whether the incident has its place in this group: its members read of it there anyway.
///
/// # Errors
/// The database's.
pub async fn is_hosted(
    office: &Office,
    room: Room,
    chat: &str,
    incident: IncidentId,
) -> Result<bool> {
    let chat = chat.to_owned();
    office.db.read(move |c| chat_presses::is_hosted(c, room, &chat, incident)).await
}

/// The updates that brought a message and its changes, oldest first.
///
/// # Errors
/// The database's.
pub async fn said(
    office: &Office,
    room: Room,
    chat: &str,
    message: &str,
) -> Result<Vec<ChatUpdate>> {
    let (chat, message) = (chat.to_owned(), message.to_owned());
    office.db.read(move |c| chat_presses::said(c, room, &chat, &message)).await
}

/// An incident in few words, as whoever asks may see it. Looking at it leaves no trace and claims
/// nothing: it may come before the verb.
#[derive(Debug, Clone)]
pub struct Case {
    /// Names it.
    pub id: IncidentId,
    /// The line of the queue.
    pub item: Item,
    /// Who acknowledged it.
    pub holder: Option<String>,
    /// Who leads it.
    pub lead: Option<String>,
    /// Only what reporters may read of it.
    pub reporter: bool,
}

/// The incident of this name in few words.
///
/// # Errors
/// [`Error::NotFound`], for what does not exist and for what may not be seen.
pub async fn brief(office: &Office, ctx: &Ctx, name: &str) -> Result<Case> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, depth) = find_seen(c, &ctx, &name)?;
            let mut name_of = |id: Option<AccountId>| -> Result<Option<String>> {
                let visible = id.filter(|_| depth > Depth::Reporter);
                visible.map(|id| Ok(accounts::find(c, id)?.name)).transpose()
            };
            let (holder, lead) = (name_of(incident.acknowledged_by)?, name_of(incident.lead_id)?);
            let lines = queue::items(c, std::slice::from_ref(&incident), ctx.now)?;
            let item = lines.into_iter().next().ok_or(Error::NotFound("incident"))?;
            Ok(Case { id: incident.id, item, holder, lead, reporter: depth == Depth::Reporter })
        })
        .await
}
