//! The responders' rooms, as rows: what came in, links, groups, cards, buttons.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{
    AccountId, ChatCardId, ChatGroupId, ChatLinkId, DeliveryId, IncidentId, PressId, SessionId,
};
use crate::domain::words::Room;
use crate::store::schema::{
    chat_cards, chat_codes, chat_groups, chat_links, chat_named, chat_presses, chat_settings,
    chat_turns, chat_updates, snoozes,
};

/// One update of a room, as it came.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_updates, primary_key(room, update_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatUpdate {
    pub room: Room,
    /// The room's own number; Telegram counts up.
    pub update_id: i64,
    pub received_at: Timestamp,
    /// The room's own JSON.
    pub body: String,
    pub chat: String,
    pub message: String,
    pub sender: String,
    pub attempts: i32,
    pub due_at: Timestamp,
    pub handled_at: Option<Timestamp>,
    /// What became of it; empty while it waits.
    pub outcome: String,
}

/// A person's own account of a room.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_links, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatLink {
    pub id: ChatLinkId,
    pub account_id: AccountId,
    pub room: Room,
    /// The number that never changes; names do.
    pub person: String,
    /// The direct conversation.
    pub chat: String,
    /// As the room showed it when it was linked.
    pub name: String,
    pub linked_at: Timestamp,
    pub broken_at: Option<Timestamp>,
    pub broken_why: Option<String>,
    pub ended_at: Option<Timestamp>,
    pub ended_why: Option<String>,
}

/// A one-time code of a deep link.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_codes, primary_key(hash), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatCode {
    /// SHA-256 of the code.
    pub hash: Vec<u8>,
    pub account_id: AccountId,
    pub session_id: Option<SessionId>,
    pub room: Room,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Who came with it.
    pub person: Option<String>,
    pub chat: Option<String>,
    pub name: Option<String>,
    pub used_at: Option<Timestamp>,
    pub confirmed_at: Option<Timestamp>,
    pub refused_at: Option<Timestamp>,
}

/// How a person wants to be told.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_settings, primary_key(account_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatSettings {
    pub account_id: AccountId,
    /// Minutes after midnight in Vietnam.
    pub quiet_from: Option<i32>,
    /// Minutes after midnight in Vietnam.
    pub quiet_to: Option<i32>,
    pub updated_at: Timestamp,
}

/// A group of the response team.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_groups, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatGroup {
    pub id: ChatGroupId,
    pub room: Room,
    pub chat: String,
    pub title: String,
    /// One topic an incident is possible.
    pub topics: bool,
    pub added_by: Option<AccountId>,
    pub added_at: Timestamp,
    pub lost_at: Option<Timestamp>,
    pub lost_why: Option<String>,
    /// Which server works in it, until another may.
    pub lease_owner: Option<String>,
    pub lease_until: Option<Timestamp>,
    /// No call before this: the room asked for a pause.
    pub paced_at: Option<Timestamp>,
    /// `topics`, `pin`, `write`, `denied`, or empty.
    pub trouble: String,
    /// In the room's words.
    pub trouble_why: String,
    pub trouble_at: Option<Timestamp>,
}

/// The place of an incident in a group.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_cards, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatCard {
    pub id: ChatCardId,
    pub incident_id: IncidentId,
    pub group_id: ChatGroupId,
    /// None in a group without topics, and until it is opened.
    pub topic: Option<String>,
    /// The card's message.
    pub message: Option<String>,
    /// The topic's title as it stands there.
    pub title: String,
    /// SHA-256 of what the card shows.
    pub shown: Option<Vec<u8>>,
    pub pinned: bool,
    pub opened_at: Timestamp,
    /// When it is to be looked at again; `None`: it shows how things are.
    pub stale_at: Option<Timestamp>,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub closed_at: Option<Timestamp>,
    /// Something changed since it was last taken up.
    pub dirty: bool,
    /// A topic was asked for, and its name is not known yet.
    pub opening_at: Option<Timestamp>,
    /// Since when there may be a second, empty topic of the same name.
    pub doubt_at: Option<Timestamp>,
    /// How often its topic was deleted.
    pub lost_topics: i32,
}

/// What a button does; the room carries its id alone.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_presses, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Press {
    pub id: PressId,
    /// Whose button it is; `None`: of whoever in the group may.
    pub account_id: Option<AccountId>,
    pub incident_id: Option<IncidentId>,
    /// The message that it hangs under.
    pub delivery_id: Option<DeliveryId>,
    /// The card that it hangs under.
    pub card_id: Option<ChatCardId>,
    pub verb: String,
    /// JSON.
    pub data: String,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    /// Who was first.
    pub done_at: Option<Timestamp>,
    pub done_by: Option<AccountId>,
    pub done_name: Option<String>,
}

/// What somebody was asked in a chat and has not answered yet.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_turns, primary_key(room, chat, person), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatTurn {
    pub room: Room,
    pub chat: String,
    pub person: String,
    pub account_id: AccountId,
    pub what: String,
    /// JSON.
    pub data: String,
    /// The message that asks.
    pub message: Option<String>,
    pub expires_at: Timestamp,
}

/// Which incident somebody named last in a chat.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = chat_named, primary_key(room, chat, person), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChatNamed {
    pub room: Room,
    /// `CHAT` or `CHAT/TOPIC`.
    pub chat: String,
    pub person: String,
    pub incident_id: IncidentId,
    pub named_at: Timestamp,
}

/// Who does not want to be told of an incident for a while.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = snoozes, primary_key(incident_id, account_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Snooze {
    pub incident_id: IncidentId,
    pub account_id: AccountId,
    pub until: Timestamp,
    pub at: Timestamp,
}
