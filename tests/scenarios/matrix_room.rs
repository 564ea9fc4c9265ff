//! Matrix as a room for responders, against our homeserver: a person links their account there, is
//! alarmed, acts and unlinks, with everything between the browser and the homeserver being real.

use chrono::Duration;
use dieuphoi::testing::on_each;
use dieuphoi_tests::world::{Browser, World};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

#[path = "../../notify/tests/transports"]
#[expect(dead_code, reason = "the stories of the adapter use the rest")]
mod transports {
    pub(crate) mod homeserver;
}

use transports::homeserver::{Homeserver, SERVER};

const DUTY: &str = "duty_officer@so-ttt.example";
const ADMIN: &str = "admin@so-ttt.example";

/// Somebody with a Matrix program.
struct Person {
    base: String,
    name: &'static str,
}

impl Person {
    fn new(server: &Homeserver, name: &'static str) -> Self {
        Self { base: server.url.clone(), name }
    }

    fn id(&self) -> String {
        format!("@{}:{SERVER}", self.name)
    }

    async fn ask(&self, method: &str, path: &[&str], query: &str, body: &Value) -> Value {
        let mut url = reqwest::Url::parse(&self.base).unwrap();
        url.path_segments_mut().unwrap().clear().extend(["_matrix", "client", "v3"]).extend(path);
        url.set_query((!query.is_empty()).then_some(query));
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = reqwest::Client::builder().no_proxy().build().unwrap().request(method, url);
        let request = request.bearer_auth(format!("token-{}", self.name)).body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path:?}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Opens a conversation with the bot alone.
    async fn opens(&self) -> String {
        let how = json!({"is_direct": true, "preset": "private_chat",
            "invite": [format!("@bot:{SERVER}")]});
        let made = self.ask("POST", &["createRoom"], "", &how).await;
        made["room_id"].as_str().unwrap().to_owned()
    }

    async fn sends(&self, room: &str, content: Value) {
        static TXN: AtomicU64 = AtomicU64::new(1);
        let txn = format!("p{}", TXN.fetch_add(1, Ordering::Relaxed));
        self.ask("PUT", &["rooms", room, "send", "m.room.message", &txn], "", &content).await;
    }

    async fn says(&self, room: &str, text: &str) {
        self.sends(room, json!({"msgtype": "m.text", "body": text})).await;
    }

    async fn replies(&self, room: &str, to: &str, text: &str) {
        let relation = json!({"m.in_reply_to": {"event_id": to}});
        let content = json!({"msgtype": "m.text", "body": text, "m.relates_to": relation});
        self.sends(room, content).await;
    }

    /// What the bot has said in a room, newest first: event and words.
    async fn heard(&self, room: &str) -> Vec<(String, String)> {
        let query = "from=s1000000&to=s0&limit=1000&filter=%7B%22types%22%3Anull%7D";
        let page = self.ask("GET", &["rooms", room, "messages"], query, &Value::Null).await;
        let bot = format!("@bot:{SERVER}");
        let all = page["chunk"].as_array().unwrap().iter();
        all.filter(|event| event["type"] == "m.room.message" && event["sender"] == bot.as_str())
            .map(|event| {
                let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (word(&event["event_id"]), word(&event["content"]["body"]))
            })
            .collect()
    }

    /// What the bot said last.
    async fn last(&self, room: &str) -> String {
        self.heard(room).await.first().map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

async fn draw(world: &World, who: &Browser) -> Value {
    world.post(Some(who), "/api/v1/chat/code", &json!({"room": "matrix"})).await.ok()
}

async fn standing(world: &World, who: &Browser) -> Value {
    world.get(Some(who), "/api/v1/chat/code").await.ok()
}

/// Links a conversation to the account of this browser.
async fn link(world: &World, who: &Browser, person: &Person, room: &str) -> Value {
    let drawn = draw(world, who).await;
    person.says(room, drawn["line"].as_str().unwrap()).await;
    world.settle().await;
    let number = json!({"number": person.id()});
    let linked = world.post(Some(who), "/api/v1/chat/code/confirm", &number).await.ok();
    world.settle().await;
    linked
}

async fn report(world: &World) -> String {
    let report = json!({
        "category": "data_encryption", "description": "Máy ở bộ phận một cửa bị khóa",
        "detected_at": "2026-11-22T00:30:00Z", "still_happening": true, "organisation": "xa-b",
        "impact": {"services": "stopped", "people": "unit"},
        "contact": {"name": "Người Thử", "email": "thu@xa-b.example"}, "secret": "no",
    });
    let received = world.post(None, "/api/v1/reports", &report).await.ok();
    world.settle().await;
    received["code"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_matrix_account_is_linked_alarmed_acts_and_is_locked_out() {
    on_each(|stage| async move {
        let server = Homeserver::start().await;
        let w = World::with_matrix(stage, &server.url, "token-bot").await;
        w.settle().await;
        let lan = Person::new(&server, "lan");
        let room = lan.opens().await;
        w.settle().await;
        let code = report(&w).await;

        // Whoever is nobody here learns how to link, and nothing of any case.
        lan.says(&room, &format!("!xem {code}")).await;
        w.settle().await;
        let said = lan.last(&room).await;
        assert!(said.contains("chưa liên kết") && said.contains("Matrix"), "{said}");
        assert!(!said.contains(&code) && !said.contains("Telegram"), "{said}");

        let duty = w.browser(DUTY).await;
        let offered = w.get(Some(&duty), "/api/v1/chat/rooms").await.ok();
        let bot = format!("bot:{SERVER}");
        assert_eq!(offered["items"], json!([{"room": "matrix", "bot": bot}]));
        let no = w.post(Some(&duty), "/api/v1/chat/code", &json!({"room": "telegram"})).await;
        assert_eq!(no.status, 422, "{}", no.text);
        let drawn = draw(&w, &duty).await;
        let secret = drawn["code"].as_str().unwrap();
        assert_eq!(drawn["link"], format!("https://matrix.to/#/@bot:{SERVER}"));
        assert_eq!(drawn["line"], format!("!start {secret}"));
        assert!(secret.len() >= 43, "256 bits");
        lan.says(&room, &format!("!start {secret}")).await;
        w.settle().await;
        assert!(lan.last(&room).await.contains("quay lại trang web"));
        let stands = standing(&w, &duty).await;
        let (room_, state, number) = (&stands["room"], &stands["state"], &stands["number"]);
        assert_eq!((room_, state, number), (&json!("matrix"), &json!("arrived"), &json!(lan.id())));
        // Another one with the same code is late, and nothing is linked before the browser's yes.
        let minh = Person::new(&server, "minh");
        let other = minh.opens().await;
        w.settle().await;
        minh.says(&other, &format!("!start {secret}")).await;
        w.settle().await;
        assert_eq!(standing(&w, &duty).await["number"], json!(lan.id()));
        assert_eq!(w.stage.count("chat_links").await, 0);
        let wrong = json!({"number": minh.id()});
        let wrong = w.post(Some(&duty), "/api/v1/chat/code/confirm", &wrong).await;
        assert_eq!(wrong.status, 422);
        let right = json!({"number": lan.id()});
        let linked = w.post(Some(&duty), "/api/v1/chat/code/confirm", &right).await.ok();
        assert_eq!(linked["room"], "matrix");
        w.settle().await;
        // Commands are named as this room takes them.
        let said = lan.last(&room).await;
        assert!(said.contains("!giup") && !said.contains("/giup"), "{said}");
        lan.says(&room, "!giup").await;
        w.settle().await;
        let said = lan.last(&room).await;
        assert!(said.contains("!nhan") && said.contains("!huylienket"), "{said}");
        assert!(!said.contains(" /") && !said.contains("\n/"), "{said}");

        // The alarm comes with its choices, and the number that answers it acts, once.
        let code = report(&w).await;
        let heard = lan.heard(&room).await;
        let alarm = heard.iter().find(|(_, text)| text.contains(&code) && text.contains("1. "));
        let (event, text) = alarm.unwrap_or_else(|| panic!("{heard:?}"));
        assert!(text.contains("1. Tiếp nhận"), "{text}");
        assert!(!text.contains("Người Thử"), "{text}");
        lan.replies(&room, event, "1").await;
        lan.replies(&room, event, "1").await;
        w.settle().await;
        let seen = w.get(Some(&duty), &format!("/api/v1/incidents/{code}")).await.ok();
        assert_eq!(seen["acknowledged_by"]["name"], "duty_officer so-ttt", "{seen}");
        // Somebody else's number is nobody's, whatever is answered where.
        minh.says(&other, &format!("!ghichu {code} của người lạ")).await;
        w.settle().await;
        let all = w.get(Some(&duty), &format!("/api/v1/incidents/{code}/timeline")).await.ok();
        let of = |kind: &str| {
            all["items"].as_array().unwrap().iter().filter(|item| item["kind"] == kind).count()
        };
        assert_eq!((of("acknowledged"), of("note")), (1, 0));

        // The account is locked: the link ends at once, the chat is told, and it is nobody's.
        let admin = w.browser(ADMIN).await;
        let id = w.stage.as_person(DUTY).await.actor.account().unwrap();
        let why = json!({"reason": "Mất điện thoại"});
        w.post(Some(&admin), &format!("/api/v1/accounts/{id}/lock"), &why).await.ok();
        w.settle().await;
        assert!(lan.last(&room).await.contains("Liên kết đã kết thúc"));
        w.stage.clock.pass(Duration::minutes(11));
        lan.says(&room, &format!("!ghichu {code} sau khi khóa")).await;
        w.settle().await;
        assert!(lan.last(&room).await.contains("chưa liên kết"));
    })
    .await;
}

#[actix_web::test]
async fn a_new_conversation_takes_the_place_of_the_old_one_and_unlinking_goes_from_both_sides() {
    on_each(|stage| async move {
        let server = Homeserver::start().await;
        let w = World::with_matrix(stage, &server.url, "token-bot").await;
        w.settle().await;
        let (lan, duty) = (Person::new(&server, "lan"), w.browser(DUTY).await);
        let first = lan.opens().await;
        w.settle().await;
        link(&w, &duty, &lan, &first).await;
        assert!(lan.last(&first).await.contains("Đã liên kết"));

        // Written to from another conversation, and linked there once more: the old one hears of it.
        let second = lan.opens().await;
        w.settle().await;
        link(&w, &duty, &lan, &second).await;
        assert!(lan.last(&first).await.contains("chuyển sang cuộc trò chuyện khác"));
        assert!(lan.last(&second).await.contains("Đã liên kết"));
        assert_eq!(w.stage.count("chat_links where ended_at is null").await, 1);
        let code = report(&w).await;
        assert!(lan.heard(&second).await.iter().any(|(_, text)| text.contains(&code)));
        assert!(lan.heard(&first).await.iter().all(|(_, text)| !text.contains(&code)));

        // Whoever left is told by mail; where they write next, they are told from then on.
        lan.ask("POST", &["rooms", &second, "leave"], "", &json!({})).await;
        report(&w).await;
        assert_eq!(w.stage.count("chat_links where broken_at is not null").await, 1);
        assert!(w.mail.heard_by(DUTY).iter().any(|subject| subject.contains("Matrix không nhận")));
        lan.says(&first, "!cuatoi").await;
        w.settle().await;
        assert_eq!(w.stage.count("chat_links where broken_at is null").await, 1);
        let code = report(&w).await;
        assert!(lan.heard(&first).await.iter().any(|(_, text)| text.contains(&code)));

        // From the chat …
        lan.says(&first, "!huylienket").await;
        w.settle().await;
        assert!(lan.last(&first).await.contains("Liên kết đã kết thúc"));
        // … and from the browser.
        let linked = link(&w, &duty, &lan, &first).await;
        let at = format!("/api/v1/chat/links/{}", linked["id"].as_str().unwrap());
        let gone = w.call(Some(&duty), actix_web::http::Method::DELETE, &at, None).await;
        assert_eq!(gone.status, 204, "{}", gone.text);
        w.settle().await;
        assert!(lan.last(&first).await.contains("Liên kết đã kết thúc"));
        assert_eq!(w.stage.count("chat_links where ended_at is null").await, 0);
    })
    .await;
}
