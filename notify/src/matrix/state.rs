//! How a conversation stands: who is in it, whether it is with one person alone, whether it is
//! encrypted or goes on elsewhere. Asked of the homeserver every time: what is remembered could be
//! wrong, and then a message would reach somebody whom it is not for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Matrix, word};
use crate::room::RoomError;

/// One conversation as it stands now.
#[derive(Debug, Default)]
pub(super) struct Hall {
    pub(super) title: String,
    /// With one person alone, says the account's own list.
    pub(super) listed_direct: bool,
    pub(super) encrypted: bool,
    /// It goes on there.
    pub(super) moved_to: Option<String>,
    /// Who is in it, with the name that it shows; without us.
    pub(super) people: BTreeMap<String, String>,
    /// Who is invited, without us.
    pub(super) invited: usize,
}

impl Hall {
    /// With one person alone: listed so, and nobody else has come in or can without being asked.
    pub(super) fn is_direct(&self) -> bool {
        self.listed_direct && self.people.len() + self.invited <= 1
    }

    fn of(state: &Value, me: &str) -> Self {
        let mut hall = Self::default();
        for event in state.as_array().into_iter().flatten() {
            let key = word(event, "/state_key");
            match word(event, "/type") {
                "m.room.name" => word(event, "/content/name").clone_into(&mut hall.title),
                "m.room.encryption" => hall.encrypted = true,
                "m.room.tombstone" => {
                    let to = word(event, "/content/replacement_room");
                    hall.moved_to = (!to.is_empty()).then(|| to.to_owned());
                }
                "m.room.member" if key != me => match word(event, "/content/membership") {
                    "join" => {
                        let name = word(event, "/content/displayname");
                        hall.people.insert(key.to_owned(), name.to_owned());
                    }
                    "invite" => hall.invited += 1,
                    _ => {}
                },
                _ => {}
            }
        }
        hall
    }
}

impl Matrix {
    /// How the conversation stands; `Closed` when we are not in it.
    pub(super) async fn hall(&self, room: &str) -> Result<Hall, RoomError> {
        let me = self.own().await?;
        let state = match self.get(&["v3", "rooms", room, "state"], &[]).await {
            Err(RoomError::NoMessage { why }) => Err(RoomError::Closed { why }),
            answer => answer,
        }?;
        let mut hall = Hall::of(&state, me);
        let listed = self.directs().await?;
        hall.listed_direct = lists(&listed, room);
        Ok(hall)
    }

    /// The same, if something may be said there.
    pub(super) async fn open_hall(&self, room: &str) -> Result<Hall, RoomError> {
        let closed = |why: &str| Err(RoomError::Closed { why: why.to_owned() });
        let hall = self.hall(room).await?;
        if let Some(to) = hall.moved_to {
            return Err(RoomError::Moved { to });
        }
        if hall.encrypted {
            return closed("the conversation is encrypted; only unencrypted ones are served");
        }
        if hall.listed_direct && !hall.is_direct() {
            return closed("somebody else has come into the conversation with one person");
        }
        if hall.people.is_empty() && hall.invited == 0 {
            return closed("nobody is in the conversation any more");
        }
        Ok(hall)
    }

    /// The account's own list of conversations with one person: person to rooms.
    async fn directs(&self) -> Result<Value, RoomError> {
        let me = self.own().await?;
        match self.get(&["v3", "user", me, "account_data", "m.direct"], &[]).await {
            Err(RoomError::NoMessage { .. }) => Ok(json!({})),
            answer => answer,
        }
    }

    /// Adds a conversation to that list.
    pub(super) async fn list_direct(&self, person: &str, room: &str) -> Result<(), RoomError> {
        let mut listed = self.directs().await?;
        if lists(&listed, room) {
            return Ok(());
        }
        if let Some(rooms) = listed.as_object_mut() {
            let rooms = rooms.entry(person).or_insert_with(|| json!([]));
            if let Some(rooms) = rooms.as_array_mut() {
                rooms.push(room.into());
            }
        }
        let me = self.own().await?;
        let path = ["v3", "user", me, "account_data", "m.direct"];
        self.put_json(&path, &listed).await.map(drop)
    }

    /// A conversation of ours with this person, unencrypted, whether they have come in yet or not.
    pub(super) async fn with_person(&self, person: &str) -> Result<Option<String>, RoomError> {
        let listed = self.directs().await?;
        for room in listed[person].as_array().into_iter().flatten().filter_map(Value::as_str) {
            match self.hall(room).await {
                Ok(hall) if !hall.encrypted && hall.is_direct() => {
                    if hall.people.contains_key(person) || hall.invited == 1 {
                        return Ok(Some(room.to_owned()));
                    }
                }
                Ok(_) | Err(RoomError::Closed { .. }) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(None)
    }
}

fn lists(directs: &Value, room: &str) -> bool {
    directs.as_object().is_some_and(|people| {
        people.values().any(|rooms| rooms.as_array().is_some_and(|it| it.iter().any(|r| r == room)))
    })
}
