//! What TLP and the law forbid stands in no text of a chat: not in an alarm, not in an answer to any
//! command or button, not in a card. Canaries are put where the forbidden things are, everybody is
//! linked, everything is said and pressed, and whatever the bot has to say is read.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use chrono::Duration;
use dieuphoi::actions::chat::turns;
use dieuphoi::actions::dispatches::{self, NewAnswer, NewDispatch};
use dieuphoi::actions::notes::{self, NewNote};
use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::actions::triage::{Triage, triage};
use dieuphoi::bot::{Heard, handle, table};
use dieuphoi::clock::Clock;
use dieuphoi::domain::words::{Channel, Room};
use dieuphoi::engine::{CardsTold, Channels, Chore, Outbox, Pace, Timers};
use dieuphoi::records::Delivery;
use dieuphoi::store::{chat_presses, engine, incidents};
use dieuphoi::testing::{Stage, on_each};
use dieuphoi_tests::bot_api::{BotApi, TOKEN};
use notify::room::{Chat, Incoming, Sender, What};
use notify::{Letter, Scripted, Telegram, TelegramSettings};

/// Who reported.
const NAME: &str = "CanaryNguoiBao";
const PHONE: &str = "0000000777";
const MAIL: &str = "canary-thu@dan.example";
/// What is RED.
const TITLE: &str = "CanaryTieuDe";
const WORDS: &str = "CanaryNoiDung";
const NOTE: &str = "CanaryGhiChu";
/// What only the police read.
const ASKED: &str = "CanaryHoiCongAn";
const ANSWERED: &str = "CanaryCongAnTraLoi";

const FORBIDDEN: [&str; 8] = [NAME, PHONE, MAIL, TITLE, WORDS, NOTE, ASKED, ANSWERED];

const EVERYBODY: [(&str, &str); 11] = [
    ("duty_officer@so-ttt.example", "201"),
    ("coordinator@so-ttt.example", "202"),
    ("leader@so-ttt.example", "203"),
    ("responder@so-ttt.example", "204"),
    ("unit_head@xa-b.example", "205"),
    ("it_officer@xa-b.example", "206"),
    ("reporter@xa-b.example", "207"),
    ("police_liaison@cat.example", "208"),
    ("liaison@vnpt.example", "209"),
    ("auditor@so-ttt.example", "210"),
    ("admin@so-ttt.example", "211"),
];

struct Room_ {
    stage: Arc<Stage>,
    telegram: Arc<Telegram>,
    updates: i64,
    /// Everything that was said.
    said: Vec<String>,
    /// Buttons nobody has pressed yet: whose chat, and what they carry.
    buttons: VecDeque<(String, String)>,
    known: BTreeSet<String>,
}

impl Room_ {
    async fn hear(&mut self, number: &str, what: What) {
        self.updates += 1;
        let incoming = Incoming {
            id: self.updates,
            sender: Some(Sender {
                id: number.to_owned(),
                name: "Ai đó".to_owned(),
                language: None,
                is_bot: false,
            }),
            chat: Some(Chat {
                id: number.to_owned(),
                direct: true,
                topics: false,
                title: String::new(),
                topic: None,
            }),
            what,
        };
        let app = self.stage.app();
        let (room, port) = (Room::Telegram, &*self.telegram);
        let heard = Heard { app: &app, room, port, incoming: &incoming };
        let answer = handle(heard).await.unwrap();
        if let Some(toast) = &answer.toast {
            self.said.push(toast.text.clone());
        }
        let presses: Vec<_> = answer.says.iter().flat_map(|say| say.presses.clone()).collect();
        for say in &answer.says {
            self.said.push(all_of(&say.letter));
            for press in &say.letter.presses {
                if self.known.insert(press.id.clone()) {
                    self.buttons.push_back((number.to_owned(), press.id.clone()));
                }
            }
        }
        let (asides, now) = (answer.asides, self.stage.clock.now());
        let kept = self.stage.office.write(move |tx| {
            for press in &presses {
                chat_presses::insert(tx, press)?;
            }
            turns::keep(tx, now, &asides)
        });
        kept.await.unwrap();
    }

    async fn writes(&mut self, number: &str, text: &str) {
        let text = text.to_owned();
        self.hear(number, What::Text { message: "1".to_owned(), text, quoted: None }).await;
    }
}

/// Every word of a letter, for its reader and for machines.
fn all_of(letter: &Letter) -> String {
    serde_json::to_string(letter).unwrap()
}

#[track_caller]
fn clean(what: &str, text: &str) {
    let text = text.to_lowercase();
    for canary in FORBIDDEN {
        assert!(!text.contains(&canary.to_lowercase()), "{what} says {canary}: {text}");
    }
}

#[actix_web::test]
async fn no_text_of_a_chat_says_what_is_forbidden() {
    on_each(|stage| async move {
        stage.province().await;
        let api = BotApi::start();
        for (email, number) in EVERYBODY {
            stage.linked(email, number).await;
            api.phone(number.parse().unwrap(), email);
        }
        let telegram = {
            let (token, api_url) = (TOKEN.to_owned(), Some(api.url.clone()));
            Arc::new(Telegram::new(TelegramSettings { token, api_url, proxy: None }).unwrap())
        };
        let pace = Pace::new(stage.app().config());
        let mail = Arc::new(Scripted::new(notify::ChannelKind::Mail));
        let lane = Channels::of(mail as _, Arc::clone(&telegram) as _)
            .lanes()
            .into_iter()
            .find(|lane| lane.channel == Channel::Telegram)
            .unwrap();
        let lane = Outbox::new(stage.app(), lane, "one".to_owned()).paced(pace.clone());
        let port = Arc::clone(&telegram) as _;
        let cards = CardsTold::new(stage.app(), Channel::Telegram, port, pace);
        let timers = Timers::new(stage.app());

        let report = NewReport {
            category: "data_encryption".to_owned(),
            description: format!("{WORDS} đòi tiền chuộc"),
            detected_at: "2026-11-22T07:45".to_owned(),
            still_happening: true,
            services: "stopped".to_owned(),
            people: "group".to_owned(),
            secret: "no".to_owned(),
            contact_name: NAME.to_owned(),
            contact_phone: PHONE.to_owned(),
            contact_email: MAIL.to_owned(),
            ..NewReport::default()
        };
        let (ctx, through) = (stage.nobody(), Some("xa-b".to_owned()));
        let code =
            receive(&stage.office, &ctx, report, Vec::new(), through, None).await.unwrap().code;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let closed = Triage {
            tlp: Some("RED".to_owned()),
            title: Some(TITLE.to_owned()),
            ..Triage::default()
        };
        triage(&stage.office, &desk, &code, closed).await.unwrap();
        let note = NewNote { text: NOTE.to_owned(), ..NewNote::default() };
        notes::add(&stage.office, &desk, &code, note).await.unwrap();
        let asked = NewDispatch {
            to: "cat".to_owned(),
            kind: "handle".to_owned(),
            ground: "Điều 11".to_owned(),
            content: ASKED.to_owned(),
            police_only: true,
            ..NewDispatch::default()
        };
        let sent = dispatches::send(&stage.office, &desk, &code, asked, None).await.unwrap();
        let police = stage.as_person("police_liaison@cat.example").await;
        let given = NewAnswer {
            answer: "ask".to_owned(),
            text: ANSWERED.to_owned(),
            ..NewAnswer::default()
        };
        dispatches::answer(&stage.office, &police, &sent.code, given, Vec::new()).await.unwrap();

        // Time passes, and whatever is due is said.
        for _ in 0..40 {
            while timers.tick().await.unwrap()
                + lane.tick().await.unwrap()
                + cards.tick().await.unwrap()
                > 0
            {}
            stage.clock.pass(Duration::minutes(3));
        }

        let mut room = Room_ {
            stage: Arc::clone(&stage),
            telegram,
            updates: 0,
            said: Vec::new(),
            buttons: VecDeque::new(),
            known: BTreeSet::new(),
        };
        // The alarms' own buttons first.
        let rows = stage.office.db.read(|c| {
            use diesel::prelude::*;
            use dieuphoi::store::schema::outbox;
            Ok(outbox::table.load::<Delivery>(c)?)
        });
        for row in rows.await.unwrap() {
            let letter: Letter = serde_json::from_str(&row.letter).unwrap_or_default();
            for press in letter.presses {
                if row.channel == Channel::Telegram && room.known.insert(press.id.clone()) {
                    room.buttons.push_back((row.address.clone(), press.id));
                }
            }
        }
        assert!(!room.buttons.is_empty(), "alarms have buttons");
        let names: Vec<&str> = table::commands().map(|command| command.name).collect();
        assert!(names.len() > 10, "{names:?}");
        for (_, number) in EVERYBODY {
            for name in &names {
                for rest in ["", &code, &format!("{code} xin ghi nhận"), &sent.code] {
                    room.writes(number, &format!("/{name} {rest}")).await;
                }
            }
            room.writes(number, &format!("tìm {code}")).await;
        }
        let mut pressed = 0;
        while let Some((number, data)) = room.buttons.pop_front() {
            let press = What::Press { press: format!("p{pressed}"), message: None, data };
            room.hear(&number, press).await;
            pressed += 1;
            if pressed == 600 {
                break;
            }
        }
        assert!(room.said.len() > 200, "{} texts", room.said.len());
        assert!(room.said.iter().any(|text| text.contains(&code)), "it talks of the case");
        for text in &room.said {
            clean("an answer", text);
        }
        for _ in 0..20 {
            while timers.tick().await.unwrap()
                + lane.tick().await.unwrap()
                + cards.tick().await.unwrap()
                > 0
            {}
            stage.clock.pass(Duration::minutes(3));
        }
        let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
        let rows = stage.office.db.read(move |c| {
            let incident = incidents::find_by_number(c, number)?;
            engine::deliveries(c, incident.id, 2_000)
        });
        let rows = rows.await.unwrap();
        let chats = rows.iter().filter(|row| row.channel == Channel::Telegram);
        assert!(chats.clone().count() > 10, "alarms went to chats");
        for row in chats {
            clean(&format!("{} to {}", row.purpose, row.address), &row.letter);
        }
        let requests = api.requests();
        assert!(requests.iter().any(|one| one.method == "sendMessage"));
        for request in requests {
            clean(&request.method, &request.body.to_string());
        }
    })
    .await;
}
