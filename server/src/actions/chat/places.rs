//! Where a case has its place in the team's groups, and the same as `/mo` for whoever is not in a
//! group now: pages and programs open it in every group of the team's, or in one.

use serde::{Deserialize, Serialize};

use super::groups::opened;
use crate::actions::incidents::hold_for;
use crate::actions::{Ctx, Office};
use crate::domain::ids::{ChatGroupId, IncidentId};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::Verb;
use crate::domain::words::{Room, State};
use crate::error::Result;
use crate::records::{ChatCard, ChatGroup};
use crate::store::{Conn, chat_cards, chat_groups};

/// Groups in which one call opens a case at most.
const GROUPS: i64 = 100;

/// Where to open a case.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewRoom {
    /// One of the team's groups; empty: in all of them.
    pub group: String,
}

/// A case's place in one group.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RoomView {
    /// The group.
    #[schema(value_type = String)]
    pub group: ChatGroupId,
    /// telegram or matrix.
    pub room: Room,
    /// The group's name there.
    pub title: String,
    /// It was opened just now.
    pub new: bool,
    /// The topic stands already, or the card in a group without topics; otherwise it is under way.
    pub stands: bool,
    /// Opens it in the room's own program, when it stands and the room has such links.
    pub link: Option<String>,
}

impl RoomView {
    fn of(group: &ChatGroup, card: &ChatCard, new: bool) -> Self {
        let place = card.topic.as_deref().or(card.message.as_deref());
        Self {
            group: group.id,
            room: group.room,
            title: group.title.clone(),
            new,
            stands: place.is_some(),
            link: place.and_then(|place| link(group.room, &group.chat, place)),
        }
    }
}

/// The places of a case, the oldest first.
///
/// # Errors
/// The database's.
pub fn of(c: &mut Conn, incident: IncidentId) -> Result<Vec<RoomView>> {
    let all = chat_cards::places(c, incident)?;
    Ok(all.iter().map(|(card, group)| RoomView::of(group, card, false)).collect())
}

/// Gives a case its place where it has none yet; what was deleted too often is opened again.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for what is not seen; [`Refusal::NotAllowed`];
/// [`Refusal::WrongState`] when it is over; [`Refusal::NotReady`] with `group-none` when the team has
/// no group; [`Refusal::Fields`] for `group`.
pub async fn open(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    wanted: NewRoom,
) -> Result<Vec<RoomView>> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let incident = hold_for(tx, &ctx, &name, Verb::OpenRoom)?;
            if incident.state.is_over() {
                let (from, to) = (incident.state, State::Verifying);
                return Err(Refusal::WrongState { from, to }.into());
            }
            let mut groups = chat_groups::active(tx, GROUPS)?;
            if groups.is_empty() {
                return Err(Refusal::NotReady { key: "group-none" }.into());
            }
            let one = wanted.group.trim();
            if !one.is_empty() {
                groups.retain(|group| group.id.to_string() == one);
                if groups.is_empty() {
                    return Err(FieldError::new("group", "field-room-group").into());
                }
            }
            let mut views = Vec::new();
            for group in &groups {
                let place = opened(tx, &ctx, &incident, group, false)?;
                if let Some(card) = chat_cards::of(tx, incident.id, group.id)? {
                    views.push(RoomView::of(group, &card, place.new));
                }
            }
            Ok(views)
        })
        .await
}

/// An address that opens a message in the room's own program. Telegram has none in small groups.
fn link(room: Room, chat: &str, message: &str) -> Option<String> {
    match room {
        Room::Telegram => {
            let number = chat.strip_prefix("-100")?;
            let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            (plain(number) && plain(message)).then(|| format!("https://t.me/c/{number}/{message}"))
        }
        Room::Matrix => Some(matrix_to(&[chat, message])),
    }
}

/// An address that opens a conversation, a room or a message in Matrix, in whichever program its
/// reader has.
pub(super) fn matrix_to(parts: &[&str]) -> String {
    let mut address = "https://matrix.to/#".to_owned();
    for part in parts {
        address.push('/');
        for byte in part.bytes() {
            match byte {
                b if b.is_ascii_alphanumeric() || b"@!:._-=+".contains(&b) => {
                    address.push(char::from(b));
                }
                b => address.push_str(&format!("%{b:02X}")),
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_opened_by_its_address_where_the_room_has_such() {
        let telegram = |chat: &str| link(Room::Telegram, chat, "77");
        assert_eq!(telegram("-1001234").as_deref(), Some("https://t.me/c/1234/77"));
        assert_eq!(telegram("-4711"), None, "a small group");
        assert_eq!(telegram("-1001234/../x"), None);
        assert_eq!(
            link(Room::Matrix, "!ab:tinh.example", "$x/y").as_deref(),
            Some("https://matrix.to/#/!ab:tinh.example/%24x%2Fy")
        );
    }
}
