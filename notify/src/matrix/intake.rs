//! What comes, each piece under a number of ours that counts up and stays the same when it comes
//! again. Matrix has no such numbers, only an opaque place in its stream; which place belongs to which
//! number is therefore written down *before* anything is handed out, in the account data of the bot's
//! own account on the homeserver. So it survives a restart and a move to another machine, and the
//! caller needs no more than the last number that it has stored.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::state::Hall;
use super::{Matrix, read, word};
use crate::room::{Raw, RoomError};

/// Under this name in our account data.
const MARK: &str = "vn.dieuphoi.intake";
/// Events of one conversation at once; what is more is fetched page by page.
const PAGE: usize = 100;
/// Pages of one conversation at most: five thousand messages missed in one place.
const PAGES: usize = 50;
/// What is of interest.
const KINDS: [&str; 5] =
    ["m.room.message", "m.reaction", "m.room.encrypted", "m.room.member", "m.room.tombstone"];

/// Which place in the stream belongs to which number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The last number that is confirmed.
    number: i64,
    /// Where the stream goes on after it.
    since: String,
    /// What was handed out since, numbered on from `number`: the beginnings of hashes.
    given: Vec<String>,
    /// Where the stream goes on after those.
    next: String,
}

impl Mark {
    /// The number of what was handed out last.
    fn last(&self) -> i64 {
        self.number.saturating_add(i64::try_from(self.given.len()).unwrap_or(i64::MAX))
    }

    /// Everything up to `after` is stored. What was handed out and is not stored comes again.
    fn confirm(&mut self, after: i64) {
        if after >= self.last() {
            self.number = after;
            self.given.clear();
            self.since.clone_from(&self.next);
        }
    }

    /// The number of an event, the same as last time or the next one.
    fn number(&mut self, event: &Value) -> i64 {
        let hash = Sha256::digest(word(event, "/event_id").as_bytes());
        let key = hex::encode(&hash[..8]);
        let known = self.given.iter().position(|given| *given == key);
        let at = known.unwrap_or_else(|| {
            self.given.push(key);
            self.given.len() - 1
        });
        self.number.saturating_add(1).saturating_add(i64::try_from(at).unwrap_or(i64::MAX))
    }
}

impl Matrix {
    /// What came after `after`; see [`crate::Room::updates`].
    pub(super) async fn come(
        &self,
        after: Option<i64>,
        wait: Duration,
    ) -> Result<Vec<Raw>, RoomError> {
        let mut kept = self.mark.lock().await;
        let known = match kept.clone() {
            Some(mark) => Some(mark),
            None => self.remembered().await?,
        };
        let Some(mut mark) = known else {
            // The first time: what was said before we listened is no command.
            let answer = self.sync(None, Duration::ZERO).await?;
            let next = word(&answer, "/next_batch").to_owned();
            self.answer_invitations(&answer).await?;
            let number = after.unwrap_or_default();
            let mark = Mark { number, since: next.clone(), given: Vec::new(), next };
            self.remember(&mark).await?;
            *kept = Some(mark);
            return Ok(Vec::new());
        };
        let after = after.unwrap_or(mark.number);
        mark.confirm(after);
        let answer = self.sync(Some(&mark.since), wait).await?;
        self.answer_invitations(&answer).await?;
        let (mut came, mut again, before) = (Vec::new(), 0, mark.given.len());
        for (room, events) in self.heard(&answer, &mark.since).await? {
            let hall = match self.hall(&room).await {
                Ok(hall) => hall,
                Err(RoomError::Closed { .. }) => Hall::default(),
                Err(why) => return Err(why),
            };
            for event in events {
                let known = mark.given.len();
                let id = mark.number(&event);
                again += usize::from(mark.given.len() == known);
                if id > after {
                    let body = self.body(id, &room, &hall, &event).await?;
                    came.push(Raw { id, body: body.to_string() });
                }
            }
        }
        // An older answer out of the homeserver's cache lacks what we have been given since: the
        // place that we know is further on.
        if again >= before || mark.given.len() > before {
            word(&answer, "/next_batch").clone_into(&mut mark.next);
        }
        if mark.given.len() > before {
            self.remember(&mark).await?;
        }
        *kept = Some(mark);
        came.sort_by_key(|raw| raw.id);
        Ok(came)
    }

    async fn sync(&self, since: Option<&str>, wait: Duration) -> Result<Value, RoomError> {
        let nothing = json!({"types": []});
        let filter = json!({
            "presence": nothing,
            "account_data": nothing,
            "room": {
                "account_data": nothing,
                "ephemeral": nothing,
                "state": nothing,
                "timeline": {"types": KINDS, "limit": PAGE},
                "include_leave": false,
            },
        });
        let (filter, wait_ms) = (filter.to_string(), wait.as_millis().to_string());
        let mut query = vec![
            ("filter", filter.as_str()),
            ("timeout", wait_ms.as_str()),
            ("set_presence", "offline"),
        ];
        query.extend(since.map(|since| ("since", since)));
        let answer = self.get_within(&["v3", "sync"], &query, wait + self.whole).await?;
        if word(&answer, "/next_batch").is_empty() {
            return Err(super::http::nonsense("a stream without a place"));
        }
        Ok(answer)
    }

    /// What is of interest, conversation by conversation, oldest first.
    async fn heard(
        &self,
        answer: &Value,
        since: &str,
    ) -> Result<Vec<(String, Vec<Value>)>, RoomError> {
        let me = self.own().await?;
        let mut all = Vec::new();
        for (room, news) in answer["rooms"]["join"].as_object().into_iter().flatten() {
            let timeline = &news["timeline"];
            let mut events = timeline["events"].as_array().cloned().unwrap_or_default();
            let came_in = events.iter().rposition(|event| comes_in(event, me));
            if let Some(at) = came_in {
                // What a group said before we came is none of our business; alone with one person,
                // their first words were written before we could come in.
                if !self.hall(room).await?.is_direct() {
                    events.drain(..at);
                }
            } else if timeline["limited"] == true {
                let gap = self.gap(room, word(timeline, "/prev_batch"), since).await?;
                events.splice(0..0, gap);
            }
            all.push((room.clone(), events));
        }
        for (room, news) in answer["rooms"]["leave"].as_object().into_iter().flatten() {
            let events = news["timeline"]["events"].as_array().cloned().unwrap_or_default();
            all.push((room.clone(), events));
        }
        for (_, events) in &mut all {
            events.retain(|event| matters(event, me));
        }
        all.retain(|(_, events)| !events.is_empty());
        Ok(all)
    }

    /// What was said in a conversation between two places of the stream, oldest first.
    async fn gap(&self, room: &str, from: &str, to: &str) -> Result<Vec<Value>, RoomError> {
        let filter = json!({"types": KINDS}).to_string();
        let limit = PAGE.to_string();
        let (mut from, mut events) = (from.to_owned(), Vec::new());
        for _ in 0..PAGES {
            if from.is_empty() {
                break;
            }
            let query = [
                ("dir", "b"),
                ("from", &*from),
                ("to", to),
                ("limit", &*limit),
                ("filter", &*filter),
            ];
            let page = match self.get(&["v3", "rooms", room, "messages"], &query).await {
                Ok(page) => page,
                Err(RoomError::Closed { .. } | RoomError::NoMessage { .. }) => break,
                Err(why) => return Err(why),
            };
            let chunk = page["chunk"].as_array().cloned().unwrap_or_default();
            let end = word(&page, "/end").to_owned();
            if end == from || (chunk.is_empty() && end.is_empty()) {
                break;
            }
            events.extend(chunk);
            from = end;
        }
        events.reverse();
        Ok(events)
    }

    /// An event with everything that is needed to read it.
    async fn body(
        &self,
        number: i64,
        room: &str,
        hall: &Hall,
        event: &Value,
    ) -> Result<Value, RoomError> {
        let quoted = match read::answered(event) {
            None => Value::Null,
            Some(target) => match self.get(&["v3", "rooms", room, "event", target], &[]).await {
                Ok(event) => event,
                Err(why @ (RoomError::Retry { .. } | RoomError::Denied { .. })) => return Err(why),
                Err(_) => Value::Null,
            },
        };
        Ok(json!({
            "number": number,
            "me": self.own().await?,
            "room": room,
            "direct": hall.is_direct(),
            "title": hall.title,
            "name": hall.people.get(word(event, "/sender")),
            "event": lasting(event),
            "quoted": lasting(&quoted),
        }))
    }

    async fn remembered(&self) -> Result<Option<Mark>, RoomError> {
        let me = self.own().await?;
        match self.get(&["v3", "user", me, "account_data", MARK], &[]).await {
            Ok(kept) => Ok(serde_json::from_value(kept).ok()),
            Err(RoomError::NoMessage { .. }) => Ok(None),
            Err(why) => Err(why),
        }
    }

    async fn remember(&self, mark: &Mark) -> Result<(), RoomError> {
        let me = self.own().await?;
        let path = ["v3", "user", me, "account_data", MARK];
        self.put_json(&path, &json!(mark)).await.map(drop)
    }
}

/// An event without what is different each time that it is asked for (its age).
fn lasting(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(unsigned) = event.get_mut("unsigned").and_then(Value::as_object_mut) {
        let kept = ["prev_content", "m.relations", "redacted_because"];
        unsigned.retain(|key, _| kept.contains(&key.as_str()));
        for part in unsigned.values_mut() {
            for inner in part.as_object_mut().into_iter().flat_map(|it| it.values_mut()) {
                *inner = lasting(inner);
            }
        }
    }
    event
}

fn comes_in(event: &Value, me: &str) -> bool {
    word(event, "/type") == "m.room.member"
        && word(event, "/state_key") == me
        && word(event, "/content/membership") == "join"
        && word(event, "/unsigned/prev_content/membership") != "join"
}

/// Neither our own words, nor others who come and go, nor an invitation that was declined.
fn matters(event: &Value, me: &str) -> bool {
    let ours = word(event, "/sender") == me;
    match word(event, "/type") {
        "m.room.member" => {
            let membership = word(event, "/content/membership");
            word(event, "/state_key") == me
                && match membership {
                    "join" => comes_in(event, me),
                    "leave" | "ban" => !ours,
                    _ => false,
                }
        }
        kind => !ours && KINDS.contains(&kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        let given = Vec::new();
        Mark { number: 7, since: "s1".to_owned(), given, next: "s1".to_owned() }
    }

    fn event(id: &str) -> Value {
        json!({"event_id": id})
    }

    #[test]
    fn the_same_event_has_the_same_number() {
        let mut mark = mark();
        let numbers: Vec<_> = ["$a", "$b", "$a", "$c"].map(|id| mark.number(&event(id))).into();
        assert_eq!(numbers, [8, 9, 8, 10]);
        "s2".clone_into(&mut mark.next);
        // Stored in part: everything comes again from the same place, under the same numbers.
        mark.confirm(9);
        assert_eq!((mark.number, mark.since.as_str()), (7, "s1"));
        assert_eq!(mark.number(&event("$c")), 10);
        assert_eq!(mark.number(&event("$d")), 11);
        mark.confirm(11);
        assert_eq!((mark.number, mark.since.as_str(), mark.given.len()), (11, "s2", 0));
        assert_eq!(mark.number(&event("$e")), 12);
    }

    #[test]
    fn a_caller_that_is_ahead_is_followed_and_one_that_is_behind_goes_on() {
        let mut ahead = mark();
        ahead.confirm(40);
        assert_eq!(ahead.number(&event("$a")), 41);
        let mut behind = mark();
        behind.confirm(3);
        assert_eq!(behind.number(&event("$a")), 8);
    }
}
