//! What the homeserver answers: one log of events, and everything else is read from it.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::SERVER;

#[derive(Default)]
pub(super) struct State {
    /// Every event, in order; its place is its position.
    pub(super) log: Vec<Value>,
    pub(super) account_data: BTreeMap<(String, String), Value>,
    pub(super) transactions: BTreeMap<String, Value>,
    pub(super) media: BTreeMap<String, Vec<u8>>,
    /// Answers instead of the right one: to a request whose path holds this.
    pub(super) faults: VecDeque<(String, u16, Value)>,
    pub(super) requests: Vec<(String, Value)>,
    pub(super) rooms: usize,
}

type Answer = (u16, Value);

fn refuse(status: u16, code: &str) -> Answer {
    (status, json!({"errcode": code, "error": "no"}))
}

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: Vec<String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) user: Option<String>,
    pub(super) body: Value,
}

pub(super) fn answer(state: &mut State, request: &Request) -> Answer {
    let shown = format!("{} {}", request.method, request.path.join("/"));
    if state.requests.last().is_none_or(|(last, _)| *last != shown || !shown.contains("sync")) {
        state.requests.push((shown.clone(), request.body.clone()));
    }
    if let Some(at) = state.faults.iter().position(|(path, ..)| shown.contains(path)) {
        let (_, status, body) = state.faults.remove(at).unwrap();
        return (status, body);
    }
    let Some(user) = request.user.as_deref() else { return refuse(401, "M_UNKNOWN_TOKEN") };
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    let (body, query) = (&request.body, &request.query);
    match (request.method.as_str(), path.get(2..).unwrap_or_default()) {
        ("GET", ["v3", "account", "whoami"]) => (200, json!({"user_id": user})),
        ("GET", ["v3", "sync"]) => (200, state.sync(user, query)),
        ("GET", ["v3", "user", _, "account_data", kind]) => {
            match state.account_data.get(&(user.to_owned(), (*kind).to_owned())) {
                Some(data) => (200, data.clone()),
                None => refuse(404, "M_NOT_FOUND"),
            }
        }
        ("PUT", ["v3", "user", _, "account_data", kind]) => {
            state.account_data.insert((user.to_owned(), (*kind).to_owned()), body.clone());
            (200, json!({}))
        }
        ("POST", ["v3", "createRoom"]) => state.create(user, body),
        ("POST", ["v3", "join", room]) => match state.membership(room, user).as_str() {
            "invite" | "join" => {
                state.member(room, user, user, "join", &json!({}));
                (200, json!({"room_id": room}))
            }
            _ => refuse(403, "M_FORBIDDEN"),
        },
        ("GET", [_, "media", "download", server, media]) => {
            match state.media.get(&format!("{server}/{media}")) {
                Some(bytes) => (200, json!(bytes)),
                None => refuse(404, "M_NOT_FOUND"),
            }
        }
        (_, ["v3", "rooms", room, rest @ ..]) => {
            if state.membership(room, user) != "join" && rest != ["leave"] {
                return refuse(403, "M_FORBIDDEN");
            }
            state.in_room(request, user, room, rest)
        }
        _ => refuse(404, "M_UNRECOGNIZED"),
    }
}

impl State {
    fn in_room(&mut self, request: &Request, user: &str, room: &str, rest: &[&str]) -> Answer {
        let body = &request.body;
        match (request.method.as_str(), rest) {
            ("GET", ["state"]) => (200, self.state_of(room).into_values().collect()),
            ("GET", ["state", kind, key]) => {
                match self.state_of(room).get(&((*kind).to_owned(), (*key).to_owned())) {
                    Some(event) => (200, event["content"].clone()),
                    None => refuse(404, "M_NOT_FOUND"),
                }
            }
            ("PUT", ["state", kind, key]) => {
                (200, json!({"event_id": self.add(room, user, kind, Some(key), body)}))
            }
            ("GET", ["event", id]) => match self.shown(room, id) {
                Some(event) => (200, event),
                None => refuse(404, "M_NOT_FOUND"),
            },
            ("GET", ["messages"]) => (200, self.messages(room, &request.query)),
            ("PUT", ["send", kind, txn]) => {
                self.once(&format!("{user} {txn}"), |state| state.add(room, user, kind, None, body))
            }
            ("PUT", ["redact", id, txn]) => {
                let Some(at) = self.log.iter().position(|event| event["event_id"] == *id) else {
                    return refuse(404, "M_NOT_FOUND");
                };
                self.once(&format!("{user} {txn}"), |state| {
                    state.log[at]["content"] = json!({});
                    state.log[at]["unsigned"] = json!({"redacted_because": {"sender": user}});
                    state.add(room, user, "m.room.redaction", None, &json!({"redacts": id}))
                })
            }
            ("POST", ["invite"]) => {
                let whom = body["user_id"].as_str().unwrap();
                self.member(room, user, whom, "invite", &json!({}));
                (200, json!({}))
            }
            ("POST", ["leave"]) => {
                self.member(room, user, user, "leave", body);
                (200, json!({}))
            }
            ("POST", ["kick"]) => {
                self.member(room, user, body["user_id"].as_str().unwrap(), "leave", &json!({}));
                (200, json!({}))
            }
            _ => refuse(404, "M_UNRECOGNIZED"),
        }
    }

    fn once(&mut self, txn: &str, act: impl FnOnce(&mut Self) -> String) -> Answer {
        if let Some(known) = self.transactions.get(txn) {
            return (200, known.clone());
        }
        let answer = json!({"event_id": act(self)});
        self.transactions.insert(txn.to_owned(), answer.clone());
        (200, answer)
    }

    fn add(
        &mut self,
        room: &str,
        by: &str,
        kind: &str,
        key: Option<&str>,
        content: &Value,
    ) -> String {
        let id = format!("$event/{}+x", self.log.len());
        let mut event = json!({
            "event_id": id, "room_id": room, "sender": by, "type": kind, "content": content,
            "origin_server_ts": 1_700_000_000_000_u64 + self.log.len() as u64,
        });
        if let Some(key) = key {
            let before = self.state_of(room).remove(&(kind.to_owned(), key.to_owned()));
            event["state_key"] = key.into();
            if let Some(before) = before {
                event["unsigned"] = json!({"prev_content": before["content"]});
            }
        }
        self.log.push(event);
        id
    }

    fn member(&mut self, room: &str, by: &str, whom: &str, membership: &str, more: &Value) {
        let mut content = more.as_object().cloned().unwrap_or_default();
        content.insert("membership".to_owned(), membership.into());
        let name =
            whom.trim_start_matches('@').split(':').next().unwrap_or_default().to_uppercase();
        content.insert("displayname".to_owned(), name.into());
        self.add(room, by, "m.room.member", Some(whom), &Value::Object(content));
    }

    fn create(&mut self, user: &str, body: &Value) -> Answer {
        self.rooms += 1;
        let room = format!("!room{}:{SERVER}", self.rooms);
        self.add(&room, user, "m.room.create", Some(""), &json!({"room_version": "11"}));
        self.member(&room, user, user, "join", &json!({}));
        let powers = json!({"users": {user: 100}});
        self.add(&room, user, "m.room.power_levels", Some(""), &powers);
        for event in body["initial_state"].as_array().into_iter().flatten() {
            let kind = event["type"].as_str().unwrap();
            self.add(&room, user, kind, Some(""), &event["content"]);
        }
        if body["name"].is_string() {
            self.add(&room, user, "m.room.name", Some(""), &json!({"name": body["name"]}));
        }
        let direct = match body["is_direct"] == true {
            true => json!({"is_direct": true}),
            false => json!({}),
        };
        for whom in body["invite"].as_array().into_iter().flatten() {
            self.member(&room, user, whom.as_str().unwrap(), "invite", &direct);
        }
        (200, json!({"room_id": room}))
    }

    fn state_of(&self, room: &str) -> BTreeMap<(String, String), Value> {
        let events = self.log.iter().filter(|event| event["room_id"] == room);
        events
            .filter_map(|event| {
                let key = event["state_key"].as_str()?.to_owned();
                Some(((event["type"].as_str()?.to_owned(), key), event.clone()))
            })
            .collect()
    }

    fn membership(&self, room: &str, user: &str) -> String {
        let state = self.state_of(room);
        let event = state.get(&("m.room.member".to_owned(), user.to_owned()));
        event.and_then(|it| it["content"]["membership"].as_str()).unwrap_or_default().to_owned()
    }

    /// An event with its latest change.
    fn shown(&self, room: &str, id: &str) -> Option<Value> {
        let find = |event: &&Value| event["room_id"] == room && event["event_id"] == id;
        let mut event = self.log.iter().find(find)?.clone();
        let change = self.log.iter().rev().find(|change| {
            let relation = &change["content"]["m.relates_to"];
            relation["rel_type"] == "m.replace"
                && relation["event_id"] == id
                && change["sender"] == event["sender"]
        });
        if let Some(change) = change {
            event["unsigned"]["m.relations"] = json!({"m.replace": change});
        }
        Some(event)
    }

    fn rooms(&self) -> Vec<String> {
        (1..=self.rooms).map(|n| format!("!room{n}:{SERVER}")).collect()
    }

    fn sync(&self, user: &str, query: &BTreeMap<String, String>) -> Value {
        let filter: Value = query.get("filter").map_or(Value::Null, |it| it.parse().unwrap());
        let since = query.get("since").map(|since| place(since));
        let from = since.unwrap_or(0);
        let kinds = &filter["room"]["timeline"]["types"];
        let limit = usize::try_from(filter["room"]["timeline"]["limit"].as_u64().unwrap()).unwrap();
        let (mut join, mut invite, mut leave) = (Map::new(), Map::new(), Map::new());
        for room in self.rooms() {
            let mine =
                |event: &Value| event["type"] == "m.room.member" && event["state_key"] == user;
            let own = self.log.iter().rposition(|event| event["room_id"] == *room && mine(event));
            let Some(own) = own else { continue };
            let membership = self.log[own]["content"]["membership"].as_str().unwrap();
            // Whoever came in since then is shown what was said before.
            let from = if own >= from && membership == "join" { 0 } else { from };
            let to = if membership == "join" { self.log.len() } else { own + 1 };
            let mut news: Vec<(usize, &Value)> = self
                .log
                .iter()
                .enumerate()
                .skip(from)
                .take(to.saturating_sub(from))
                .filter(|(_, event)| event["room_id"] == *room && named(kinds, event))
                .collect();
            let limited = news.len() > limit;
            news.drain(..news.len().saturating_sub(limit));
            let prev = news.first().map_or(from, |(at, _)| *at);
            let events: Vec<&Value> = news.iter().map(|(_, event)| *event).collect();
            let timeline = json!({"timeline": {
                "events": events, "limited": limited, "prev_batch": format!("s{prev}")}});
            match membership {
                "join" if !events.is_empty() => drop(join.insert(room, timeline)),
                "invite" if own >= from => {
                    let state: Vec<Value> = self.state_of(&room).into_values().collect();
                    invite.insert(room, json!({"invite_state": {"events": state}}));
                }
                "leave" | "ban" if own >= from && since.is_some() => {
                    drop(leave.insert(room, timeline));
                }
                _ => {}
            }
        }
        let mut rooms = Map::new();
        for (name, part) in [("join", join), ("invite", invite), ("leave", leave)] {
            if !part.is_empty() {
                rooms.insert(name.to_owned(), part.into());
            }
        }
        json!({"next_batch": format!("s{}", self.log.len()), "rooms": rooms})
    }

    fn messages(&self, room: &str, query: &BTreeMap<String, String>) -> Value {
        let filter: Value = query["filter"].parse().unwrap();
        let (from, to) = (place(&query["from"]), place(&query["to"]));
        let limit: usize = query["limit"].parse().unwrap();
        let mut page: Vec<(usize, &Value)> =
            self.log.iter().enumerate().take(from).skip(to).collect();
        page.retain(|(_, event)| event["room_id"] == room && named(&filter["types"], event));
        page.reverse();
        page.truncate(limit);
        let chunk: Vec<&Value> = page.iter().map(|(_, event)| *event).collect();
        let mut answer = json!({"start": query["from"], "chunk": chunk});
        if let Some((at, _)) = page.last() {
            answer["end"] = format!("s{at}").into();
        }
        answer
    }
}

fn place(token: &str) -> usize {
    token.trim_start_matches('s').parse().unwrap()
}

fn named(kinds: &Value, event: &Value) -> bool {
    kinds.as_array().is_none_or(|kinds| kinds.contains(&event["type"]))
}
