//! Invitations: taken from people of the servers that are served, into conversations that are not
//! encrypted.

use serde_json::{Value, json};

use super::{Matrix, word};
use crate::room::RoomError;

impl Matrix {
    /// Goes where it is invited by people of the servers that are served; says why not elsewhere.
    /// Where clients encrypt a new conversation by themselves, one without encryption is offered.
    pub(super) async fn answer_invitations(&self, answer: &Value) -> Result<(), RoomError> {
        let me = self.own().await?.to_owned();
        let own_server = me.split_once(':').map_or("", |(_, server)| server);
        for (room, invited) in answer["rooms"]["invite"].as_object().into_iter().flatten() {
            let events = invited["invite_state"]["events"].as_array().cloned().unwrap_or_default();
            let ours = events.iter().find(|event| {
                word(event, "/type") == "m.room.member" && word(event, "/state_key") == me
            });
            let Some(ours) = ours else { continue };
            let from = word(ours, "/sender");
            let server = from.split_once(':').map_or("", |(_, server)| server);
            let served = match self.servers.as_slice() {
                [] => server == own_server,
                servers => servers.iter().any(|known| known == server),
            };
            let direct = ours["content"]["is_direct"] == true;
            let encrypted = events.iter().any(|event| word(event, "/type") == "m.room.encryption");
            let done = if !served {
                self.decline(room, "This server is not served.").await
            } else if encrypted {
                self.decline(room, "Only unencrypted rooms. / Chỉ phòng không mã hóa.").await?;
                if direct { self.offer_own(from).await } else { Ok(()) }
            } else {
                self.go_in(room, direct.then_some(from)).await
            };
            // Withdrawn meanwhile, banned: whoever invited us sees that we did not come.
            if let Err(why @ (RoomError::Retry { .. } | RoomError::Denied { .. })) = done {
                return Err(why);
            }
        }
        Ok(())
    }

    async fn go_in(&self, room: &str, with: Option<&str>) -> Result<(), RoomError> {
        if let Some(person) = with {
            self.list_direct(person, room).await?;
        }
        self.post_json(&["v3", "join", room], &json!({})).await.map(drop)
    }

    async fn decline(&self, room: &str, why: &str) -> Result<(), RoomError> {
        let path = ["v3", "rooms", room, "leave"];
        match self.post_json(&path, &json!({"reason": why})).await {
            Err(why @ (RoomError::Retry { .. } | RoomError::Denied { .. })) => Err(why),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn offer_own(&self, person: &str) -> Result<(), RoomError> {
        if self.with_person(person).await?.is_some() {
            return Ok(());
        }
        let wanted = json!({"preset": "private_chat", "is_direct": true, "invite": [person]});
        let made = self.post_json(&["v3", "createRoom"], &wanted).await?;
        match word(&made, "/room_id") {
            "" => Err(super::http::nonsense("a room without a number")),
            room => self.list_direct(person, room).await,
        }
    }
}
