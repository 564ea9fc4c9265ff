//! A room for tests: persons with telephones write, press and react; what the bot answers is kept
//! as the engine would keep it. Reaches nobody.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use notify::room::{Chat, Doing, Hollow, Incoming, Me, Quoted, Raw, RoomError, Sender, What};
use notify::{Channel, ChannelKind, Checking, Envelope, Letter, Scripted, Sending};
use serde_json::{Value, json};

use super::Stage;
use crate::actions::chat::turns;
use crate::actions::once::Claim;
use crate::app::App;
use crate::bot::{self, Answer, Heard};
use crate::clock::{Clock, Timestamp};
use crate::domain::words::Room;
use crate::records::ChatUpdate;
use crate::store::chat_presses;

/// A room whose updates are `{"sender", "name", "chat", "topic", "message", "text"}`.
pub struct Hall(Scripted);

impl Default for Hall {
    fn default() -> Self {
        Self(Scripted::new(ChannelKind::Telegram))
    }
}

impl Channel for Hall {
    fn kind(&self) -> ChannelKind {
        self.0.kind()
    }
    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        self.0.send(envelope)
    }
    fn check<'a>(&'a self) -> Checking<'a> {
        self.0.check()
    }
}

fn no<'a, T: Send + 'a>() -> Doing<'a, T> {
    Box::pin(async { Err(RoomError::Refused { why: "not in this room".to_owned() }) })
}

impl notify::Room for Hall {
    fn me(&self) -> Doing<'_, Me> {
        Box::pin(async { Ok(Me { id: "1".to_owned(), username: "DieuPhoiBot".to_owned() }) })
    }
    fn updates(&self, _: Option<i64>, _: Duration) -> Doing<'_, Vec<Raw>> {
        no()
    }
    fn read(&self, body: &str) -> Result<Incoming, String> {
        let value: Value = serde_json::from_str(body).map_err(|why| why.to_string())?;
        let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let topic = value["topic"].as_str().map(str::to_owned);
        Ok(Incoming {
            id: 0,
            sender: Some(sender(&word("sender"), &word("name"))),
            chat: Some(place(&word("chat"), topic)),
            what: What::Text { message: word("message"), text: word("text"), quoted: None },
        })
    }
    fn change<'a>(&'a self, _: &'a str, _: &'a str, _: &'a Letter) -> Doing<'a, ()> {
        no()
    }
}

/// Somebody in the room.
pub fn sender(id: &str, name: &str) -> Sender {
    Sender {
        id: id.to_owned(),
        name: name.to_owned(),
        language: Some("vi".to_owned()),
        is_bot: false,
    }
}

/// A direct conversation has the number of its person; groups begin with `-`.
fn place(chat: &str, topic: Option<String>) -> Chat {
    let direct = !chat.starts_with('-');
    Chat { id: chat.to_owned(), direct, topics: !direct, title: "Đội".to_owned(), topic }
}

/// A telephone: one person in one chat.
pub struct Phone<'s> {
    app: App,
    stage: &'s Stage,
    hall: Hall,
    who: Sender,
    chat: Chat,
}

static NEXT: AtomicI64 = AtomicI64::new(1);

impl<'s> Phone<'s> {
    /// The number's own conversation with the bot.
    pub fn direct(stage: &'s Stage, app: &App, number: &str) -> Self {
        Self::at(stage, app, number, number, None)
    }

    /// The number in a chat.
    pub fn at(stage: &'s Stage, app: &App, number: &str, chat: &str, topic: Option<&str>) -> Self {
        Self {
            app: app.clone(),
            stage,
            hall: Hall::default(),
            who: sender(number, &format!("Máy {number}")),
            chat: place(chat, topic.map(str::to_owned)),
        }
    }

    fn now(&self) -> Timestamp {
        self.stage.clock.now()
    }

    /// Writes.
    pub async fn says(&self, text: &str) -> Answer {
        self.replies(text, None).await
    }

    /// Writes an answer to a message.
    pub async fn replies(&self, text: &str, quoted: Option<Quoted>) -> Answer {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let message = id.to_string();
        self.sends(id, What::Text { message, text: text.to_owned(), quoted }).await
    }

    /// Presses the button of this label under the last message of an answer.
    pub async fn presses(&self, answer: &Answer, label: &str) -> Answer {
        let letters = answer.says.iter().map(|say| &say.letter);
        let found = letters.flat_map(|letter| &letter.presses).find(|press| press.label == label);
        self.press(&found.expect("a button of this label").id).await
    }

    /// Presses a button that carries this.
    pub async fn press(&self, data: &str) -> Answer {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let what = What::Press {
            press: id.to_string(),
            message: Some("777".to_owned()),
            data: data.to_owned(),
        };
        self.sends(id, what).await
    }

    /// Sends words that mean nothing.
    pub async fn hollow(&self, why: Hollow) -> Answer {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.sends(id, What::Hollow { message: id.to_string(), why, command: true }).await
    }

    /// Sends anything, as the engine hears it: under the update's claim, and what is answered is
    /// kept afterwards.
    pub async fn sends(&self, id: i64, what: What) -> Answer {
        let answer = self.heard(id, what).await;
        let asides = answer.asides.clone();
        let presses: Vec<_> = answer.says.iter().flat_map(|say| say.presses.clone()).collect();
        let now = self.now();
        let kept = self.stage.office.db.write(move |tx| {
            for press in &presses {
                chat_presses::insert(tx, press)?;
            }
            turns::keep(tx, now, &asides)
        });
        kept.await.unwrap();
        answer
    }

    /// As [`Phone::sends`], and then the server dies before it keeps what is answered.
    pub async fn heard(&self, id: i64, what: What) -> Answer {
        let incoming =
            Incoming { id, sender: Some(self.who.clone()), chat: Some(self.chat.clone()), what };
        let now = self.now();
        let claim = Claim::new("chat:telegram".to_owned(), id.to_string(), now);
        claim.describe(format!("{incoming:?}").as_bytes()).unwrap();
        let heard =
            Heard { app: &self.app, room: Room::Telegram, port: &self.hall, incoming: &incoming };
        claim.around(bot::handle(heard)).await.unwrap()
    }

    /// Keeps a message as the intake keeps what comes in, so that it can be filed; answers its name.
    pub async fn kept(&self, text: &str) -> String {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let now = self.now();
        let body = json!({
            "sender": self.who.id, "name": self.who.name, "chat": self.chat.id,
            "topic": self.chat.topic, "message": id.to_string(), "text": text,
        });
        let row = ChatUpdate {
            room: Room::Telegram,
            update_id: id,
            received_at: now,
            body: body.to_string(),
            chat: self.chat.id.clone(),
            message: id.to_string(),
            sender: self.who.id.clone(),
            attempts: 0,
            due_at: now,
            handled_at: Some(now),
            outcome: "ignored".to_owned(),
        };
        let made = self.stage.office.db.write(move |tx| {
            use diesel::RunQueryDsl;
            let table = crate::store::schema::chat_updates::table;
            diesel::insert_into(table).values(&row).execute(tx)?;
            Ok(())
        });
        made.await.unwrap();
        id.to_string()
    }
}

/// Somebody's message, as an answer quotes it.
pub fn quoted(message: &str, by: &str, text: &str) -> Quoted {
    let name = format!("Máy {by}");
    Quoted {
        message: message.to_owned(),
        sender: Some(sender(by, &name)),
        ours: false,
        text: text.to_owned(),
        file: None,
    }
}

/// Everything that an answer says, in one text.
pub fn all(answer: &Answer) -> String {
    let mut text = String::new();
    for say in &answer.says {
        let letter = &say.letter;
        text.push_str(&format!("[{}] {}\n", say.to, letter.subject));
        for part in letter.paragraphs.iter().chain(&letter.steps) {
            text.push_str(&format!("{part}\n"));
        }
        for fact in &letter.facts {
            text.push_str(&format!("{}: {}\n", fact.label, fact.value));
        }
        for press in &letter.presses {
            text.push_str(&format!("({})\n", press.label));
        }
    }
    if let Some(toast) = &answer.toast {
        text.push_str(&format!("<{}>\n", toast.text));
    }
    text
}
