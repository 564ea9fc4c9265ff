//! How the groups stand, for their page and the API.

use serde::Serialize;

use crate::actions::{Ctx, Office};
use crate::clock::Timestamp;
use crate::domain::ids::ChatGroupId;
use crate::domain::sight::Verb;
use crate::domain::words::Room;
use crate::error::Result;
use crate::records::ChatGroup;
use crate::store::{Conn, accounts, chat_cards, chat_groups};

/// Shown on the page.
const SHOWN: i64 = 100;
/// Cards of a group that are counted.
const COUNTED: i64 = 500;

/// One group, as it stands.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = ChatGroupView)]
pub struct GroupView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: ChatGroupId,
    /// telegram or matrix.
    pub room: Room,
    /// Its address there.
    pub chat: String,
    /// Its name there.
    pub title: String,
    /// One topic a case is possible.
    pub topics: bool,
    /// `fine`, `trouble` or `lost`.
    pub standing: &'static str,
    /// What does not go: `topics`, `pin`, `write`, `denied`; why it was lost: `farewell`, `closed`,
    /// `moved`, `removed`. Empty when all is well.
    pub why: String,
    /// In the room's own words.
    pub said: String,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Cards of cases that go on.
    pub open: usize,
    /// Of these, not as they shall be yet.
    pub waiting: usize,
    /// What the room said last to a card that waits.
    pub last_error: Option<String>,
    /// Cases beside whose topic an empty one of the same name may stand: how many.
    pub doubtful: usize,
    /// Who added it.
    pub added_by: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
}

/// The groups, those that are there first.
///
/// # Errors
/// [`NotAllowed`](crate::domain::refusal::Refusal::NotAllowed) for whoever does not look after who can be reached.
pub async fn list(office: &Office, ctx: &Ctx) -> Result<Vec<GroupView>> {
    Verb::ReadDirectory.by(&ctx.actor)?;
    office
        .db
        .read(|c| {
            let mut views = Vec::new();
            for group in chat_groups::all(c, SHOWN)? {
                views.push(view(c, group)?);
            }
            Ok(views)
        })
        .await
}

fn view(c: &mut Conn, group: ChatGroup) -> Result<GroupView> {
    let cards = chat_cards::of_group(c, group.id, COUNTED)?;
    let open = cards.iter().filter(|card| card.closed_at.is_none());
    let waiting: Vec<_> = open.clone().filter(|card| card.stale_at.is_some()).collect();
    let added_by = match group.added_by {
        Some(id) => Some(accounts::find(c, id)?.name),
        None => None,
    };
    let (standing, why, since) = match (&group.lost_why, group.trouble.is_empty()) {
        (Some(why), _) => ("lost", why.clone(), group.lost_at),
        (None, false) => ("trouble", group.trouble.clone(), group.trouble_at),
        (None, true) => ("fine", String::new(), None),
    };
    Ok(GroupView {
        standing,
        why,
        since,
        open: open.count(),
        waiting: waiting.len(),
        last_error: waiting.iter().find_map(|card| card.last_error.clone()),
        doubtful: cards.iter().filter(|card| card.doubt_at.is_some()).count(),
        added_by,
        id: group.id,
        room: group.room,
        chat: group.chat,
        title: group.title,
        topics: group.topics,
        said: group.trouble_why,
        added_at: group.added_at,
    })
}
