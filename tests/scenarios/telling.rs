//! What the service tells in chats, over the real wire protocol: buttons by role, urgent before what is
//! not, pauses of one chat, quiet hours, bundles, cards that change when they are settled, and nobody
//! left behind when a chat fails.

use std::sync::Arc;

use chrono::Duration;
use dieuphoi::actions::incidents::acknowledge;
use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::actions::{Ctx, Office};
use dieuphoi::clock::{Clock, Timestamp};
use dieuphoi::domain::words::{CardState, Channel, DeliveryStatus, Priority};
use dieuphoi::engine::{CardsTold, Channels, Chore, Outbox, Pace, Timers};
use dieuphoi::records::{ChatSettings, Delivery};
use dieuphoi::store::{accounts, chat_links, engine, incidents};
use dieuphoi::testing::{Stage, on_each};
use dieuphoi_tests::bot_api::{BotApi, Fault, Shown, TOKEN};
use notify::{ChannelKind, Checking, Envelope, Scripted, Sending, Telegram, TelegramSettings};

const DUTY: &str = "duty_officer@so-ttt.example";
const COORDINATOR: &str = "coordinator@so-ttt.example";
const LEADER: &str = "leader@so-ttt.example";
const HEAD: &str = "unit_head@xa-b.example";

/// The service over a fake Bot API; ticked by hand.
struct House {
    stage: Arc<Stage>,
    api: BotApi,
    mail: Arc<Scripted>,
    mails: Outbox,
    chats: Outbox,
    cards: CardsTold,
    timers: Timers,
}

impl House {
    async fn on(stage: Arc<Stage>) -> Self {
        stage.province().await;
        let api = BotApi::start();
        for (email, number) in [(DUTY, "101"), (COORDINATOR, "102"), (LEADER, "103"), (HEAD, "104")]
        {
            stage.linked(email, number).await;
            api.phone(number.parse().unwrap(), email);
        }
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let telegram = room(&api);
        let carrier: Arc<dyn notify::Channel> = Arc::clone(&telegram) as _;
        Self::with(stage, api, mail, &carrier, telegram)
    }

    fn with(
        stage: Arc<Stage>,
        api: BotApi,
        mail: Arc<Scripted>,
        carrier: &Arc<dyn notify::Channel>,
        telegram: Arc<Telegram>,
    ) -> Self {
        let pace = Pace::new(stage.app().config());
        let lane = |channel: Channel| {
            let all = Channels::of(Arc::clone(&mail) as _, Arc::clone(carrier)).lanes();
            let lane = all.into_iter().find(|lane| lane.channel == channel).unwrap();
            Outbox::new(stage.app(), lane, format!("one.{channel}")).paced(pace.clone())
        };
        Self {
            mails: lane(Channel::Mail),
            chats: lane(Channel::Telegram),
            cards: CardsTold::new(stage.app(), Channel::Telegram, telegram, pace.clone()),
            timers: Timers::new(stage.app()),
            mail,
            api,
            stage,
        }
    }

    /// Whatever is due happens; time stands still.
    async fn settle(&self) {
        while self.timers.tick().await.unwrap()
            + self.mails.tick().await.unwrap()
            + self.chats.tick().await.unwrap()
            + self.cards.tick().await.unwrap()
            > 0
        {}
    }

    /// So many seconds pass one by one.
    async fn pass(&self, seconds: u32) {
        for _ in 0..seconds {
            self.stage.clock.pass(Duration::seconds(1));
            self.settle().await;
        }
    }

    async fn report(&self, still: bool) -> String {
        let report = NewReport {
            category: if still { "data_encryption" } else { "phishing" }.to_owned(),
            description: "Màn hình đòi tiền chuộc <b>đậm</b> *sao* 😀".to_owned(),
            detected_at: "2026-11-22T07:45".to_owned(),
            still_happening: still,
            services: if still { "stopped" } else { "none" }.to_owned(),
            people: if still { "public" } else { "group" }.to_owned(),
            secret: "no".to_owned(),
            ..NewReport::default()
        };
        let (ctx, through) = (self.stage.nobody(), Some("xa-b".to_owned()));
        receive(&self.stage.office, &ctx, report, Vec::new(), through, None).await.unwrap().code
    }

    async fn rows(&self, code: &str) -> Vec<Delivery> {
        let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
        let read = self.stage.office.db.read(move |c| {
            let incident = incidents::find_by_number(c, number)?;
            engine::deliveries(c, incident.id, 500)
        });
        read.await.unwrap()
    }

    /// The rows of one incident that go to this chat.
    async fn to(&self, code: &str, chat: &str) -> Vec<Delivery> {
        let mut rows = self.rows(code).await;
        rows.retain(|row| row.channel == Channel::Telegram && row.address == chat);
        rows
    }

    /// Puts plain messages for this chat into the outbox.
    async fn digests(&self, chat: &str, count: usize, purpose: &'static str) {
        let (now, chat) = (self.stage.clock.now(), chat.to_owned());
        let write = self.stage.office.write(move |tx| {
            for n in 0..count {
                let letter = notify::Letter {
                    subject: format!("Bản tin {n} của {chat}"),
                    ..notify::Letter::default()
                };
                let words = serde_json::to_string(&letter).unwrap();
                let key = format!("digest:{}:{n}|a:x|telegram:{chat}", now.micros());
                let (channel, to) = (Channel::Telegram, chat.clone());
                engine::enqueue(tx, &Delivery::new(now, channel, to, purpose, key, words))?;
            }
            Ok(())
        });
        write.await.unwrap();
    }

    async fn all(&self) -> Vec<Delivery> {
        let read = self.stage.office.db.read(|c| {
            use diesel::prelude::*;
            use dieuphoi::store::schema::outbox;
            Ok(outbox::table.order(outbox::created_at).load::<Delivery>(c)?)
        });
        read.await.unwrap()
    }

    async fn as_person(&self, email: &str) -> Ctx {
        self.stage.as_person(email).await
    }
}

fn room(api: &BotApi) -> Arc<Telegram> {
    let settings =
        TelegramSettings { token: TOKEN.to_owned(), api_url: Some(api.url.clone()), proxy: None };
    Arc::new(Telegram::new(settings).unwrap())
}

fn labels(shown: &Shown) -> Vec<&str> {
    shown.presses.iter().map(|(label, _)| label.as_str()).collect()
}

/// The messages of the bot in this chat that ask for an acknowledgement.
fn asking(api: &BotApi, chat: i64) -> Vec<Shown> {
    let mut shown = api.shown(chat);
    shown.retain(|one| labels(one).contains(&"Tiếp nhận"));
    shown
}

#[actix_web::test]
async fn an_alarm_has_the_buttons_of_its_reader_and_an_answer_takes_them_away_everywhere() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        let code = house.report(true).await;
        house.settle().await;
        let duty = asking(&house.api, 101);
        assert_eq!(duty.len(), 1, "{:?}", house.api.shown(101));
        assert_eq!(labels(&duty[0]), ["Tiếp nhận", "Tôi chủ trì"]);
        assert!(asking(&house.api, 104).is_empty(), "a unit's head acknowledges nothing");
        assert!(!house.api.shown(104).is_empty(), "but hears of it");
        // Each button is a row that names its message and its reader.
        assert_eq!(house.stage.count("chat_presses where delivery_id is null").await, 0);
        assert_eq!(house.stage.count("chat_presses where account_id is null").await, 0);
        let row = house.to(&code, "101").await;
        let asked = row.iter().find(|row| row.purpose == "acknowledge").unwrap();
        assert_eq!(asked.card, Some(CardState::Live));

        // Silence: the coordinator is asked as well.
        house.stage.clock.pass(Duration::minutes(15));
        house.settle().await;
        assert_eq!(asking(&house.api, 102).len(), 1);
        let ctx = house.as_person(COORDINATOR).await;
        acknowledge(&house.stage.office, &ctx, &code).await.unwrap();
        house.settle().await;
        house.pass(2).await;
        for chat in [101, 102] {
            assert!(asking(&house.api, chat).is_empty(), "{chat}");
            let said = house.api.shown(chat);
            let changed = said.iter().find(|one| one.text.contains("Đã có người tiếp nhận"));
            let changed = changed.unwrap_or_else(|| panic!("{chat}: {said:?}"));
            assert!(changed.text.contains("22/11/2026 08:15"), "when: {}", changed.text);
            assert!(changed.text.contains("coordinator"), "who: {}", changed.text);
            assert!(changed.presses.is_empty());
        }
        // What else is asked of people (their tasks) stands.
        let open = "outbox where card in ('live','stale') and purpose = 'acknowledge'";
        assert_eq!(house.stage.count(open).await, 0);
    })
    .await;
}

/// Acknowledges a case while its first message is on its way.
struct Answering {
    telegram: Arc<Telegram>,
    office: Office,
    ctx: Ctx,
    code: std::sync::Mutex<Option<String>>,
}

impl notify::Channel for Answering {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(async move {
            let code = self.code.lock().unwrap().take();
            if let Some(code) = code {
                acknowledge(&self.office, &self.ctx, &code).await.unwrap();
            }
            self.telegram.send(envelope).await
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        self.telegram.check()
    }
}

#[actix_web::test]
async fn a_message_that_is_leaving_when_the_answer_comes_is_caught() {
    on_each(|stage| async move {
        stage.province().await;
        stage.linked(DUTY, "101").await;
        let api = BotApi::start();
        api.phone(101, "Trực ban");
        let telegram = room(&api);
        let answering = Arc::new(Answering {
            telegram: Arc::clone(&telegram),
            office: stage.office.clone(),
            ctx: stage.as_person(COORDINATOR).await,
            code: std::sync::Mutex::default(),
        });
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let carrier: Arc<dyn notify::Channel> = Arc::clone(&answering) as _;
        let house = House::with(stage, api, mail, &carrier, telegram);
        let code = house.report(true).await;
        *answering.code.lock().unwrap() = Some(code.clone());
        house.settle().await;
        house.pass(2).await;
        let rows = house.to(&code, "101").await;
        let asked = rows.iter().find(|row| row.purpose == "acknowledge").unwrap();
        assert_eq!(asked.status, DeliveryStatus::Sent, "it had left");
        assert_eq!(asked.card, Some(CardState::Done));
        assert!(asking(&house.api, 101).is_empty());
        assert!(house.api.shown(101).iter().any(|one| one.text.contains("Đã có")));
    })
    .await;
}

#[actix_web::test]
async fn a_pause_is_kept_for_its_chat_alone_and_nothing_is_lost() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.api.fail_chat(101, 1, Fault::TooMany(20));
        let code = house.report(true).await;
        house.settle().await;
        let calls = |house: &House| {
            house.api.asked("sendMessage").iter().filter(|body| body["chat_id"] == 101).count()
        };
        assert_eq!(calls(&house), 1);
        assert!(!house.api.shown(104).is_empty(), "the others go on");
        house.digests("101", 2, "digest").await;
        house.pass(19).await;
        assert_eq!(calls(&house), 1, "nothing before its time, whatever waits");
        house.pass(5).await;
        assert_eq!(asking(&house.api, 101).len(), 1);
        assert_eq!(house.stage.count("outbox where status = 'waiting'").await, 0);
        let rows = house.to(&code, "101").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent));
    })
    .await;
}

async fn quiet(house: &House, email: &'static str, from: i32, to: i32) {
    let now = house.stage.clock.now();
    let write = house.stage.office.write(move |tx| {
        let account = accounts::find_by_email(tx, email)?.unwrap();
        let (quiet_from, quiet_to) = (Some(from), Some(to));
        let kept = ChatSettings { account_id: account.id, quiet_from, quiet_to, updated_at: now };
        chat_links::keep_settings(tx, &kept)
    });
    write.await.unwrap();
}

#[actix_web::test]
async fn quiet_hours_put_off_what_is_not_khan_cap_and_say_so() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        // It is eight in the morning; the head rests until nine.
        quiet(&house, HEAD, 7 * 60, 9 * 60).await;
        let calm = house.report(false).await;
        let urgent = house.report(true).await;
        let priority = |code: String| {
            let stage = Arc::clone(&house.stage);
            async move {
                let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
                let read = stage.office.db.read(move |c| incidents::find_by_number(c, number));
                read.await.unwrap().priority
            }
        };
        assert_ne!(priority(calm.clone()).await, Priority::Urgent);
        assert_eq!(priority(urgent.clone()).await, Priority::Urgent);
        house.settle().await;
        house.pass(3).await;
        let rows = house.to(&calm, "104").await;
        assert!(!rows.is_empty());
        for row in &rows {
            assert_eq!(row.status, DeliveryStatus::Waiting);
            assert_eq!(row.last_error.as_deref(), Some("obstacle-quiet"), "the ledger says so");
            assert_eq!(row.due_at, Timestamp::parse("2026-11-22T09:00").unwrap());
        }
        let rows = house.to(&urgent, "104").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent), "{rows:?}");
        assert!(house.mail.heard_by(HEAD).iter().any(|one| one.contains(&calm)), "mail came");
        house.stage.clock.pass(Duration::hours(1));
        house.settle().await;
        house.pass(3).await;
        let rows = house.to(&calm, "104").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent), "{rows:?}");
        assert!(rows.iter().all(|row| row.last_error.is_none()));
    })
    .await;
}

#[actix_web::test]
async fn more_than_five_in_a_minute_become_one_and_urgent_ones_never() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.digests("103", 5, "digest").await;
        house.pass(10).await;
        assert_eq!(house.api.shown(103).len(), 5, "five come one by one");
        house.digests("103", 9, "digest").await;
        // Somebody else is not concerned, and an alarm comes at once.
        house.digests("102", 1, "digest").await;
        let before = asking(&house.api, 101).len();
        house.report(true).await;
        house.pass(2).await;
        assert_eq!(house.api.shown(102).len(), 1);
        assert_eq!(asking(&house.api, 101).len(), before + 1);
        house.pass(60).await;
        let shown = house.api.shown(103);
        assert_eq!(shown.len(), 6, "{shown:#?}");
        assert!(shown[5].text.starts_with("9 tin mới"), "{}", shown[5].text);
        for n in 0..9 {
            assert!(shown[5].text.contains(&format!("Bản tin {n} của 103")), "{n}");
        }
        let bundled: Vec<Delivery> = house
            .all()
            .await
            .into_iter()
            .filter(|row| row.last_error.as_deref() == Some("obstacle-bundled"))
            .collect();
        assert_eq!(bundled.len(), 9, "each one's fate says so");
        assert!(bundled.iter().all(|row| row.status == DeliveryStatus::Sent));
        assert!(bundled.iter().all(|row| row.reference == bundled[0].reference));
    })
    .await;
}

#[actix_web::test]
async fn a_reminder_that_is_an_hour_late_is_dropped_with_the_reason_and_the_rest_is_not() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.digests("103", 1, "repeat").await;
        house.digests("102", 1, "silence").await;
        house.stage.clock.pass(Duration::minutes(61));
        house.settle().await;
        assert!(house.api.shown(103).is_empty());
        assert_eq!(house.api.shown(102).len(), 1);
        let rows = house.all().await;
        let dropped = rows.iter().find(|row| row.purpose == "repeat").unwrap();
        assert_eq!(dropped.status, DeliveryStatus::Skipped);
        assert_eq!(dropped.last_error.as_deref(), Some("obstacle-late-reminder"));
    })
    .await;
}

#[actix_web::test]
async fn a_blocked_chat_is_tried_once_and_when_nothing_reaches_a_person_the_next_level_is_told() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.api.close_chat(101, "bot was blocked by the user");
        let gone = notify::Outcome::Undeliverable { why: "550 no such user".to_owned() };
        house.mail.always(DUTY, notify::scripted::Turn::Answer(gone));
        house.digests("101", 3, "digest").await;
        let code = house.report(true).await;
        house.settle().await;
        house.pass(5).await;
        let tries = house.api.asked("sendMessage");
        assert_eq!(tries.iter().filter(|body| body["chat_id"] == 101).count(), 1, "one try");
        assert_eq!(house.stage.count("chat_links where broken_at is not null").await, 1);
        let rows = house.to(&code, "101").await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Failed), "{rows:?}");
        // The coordinator gets the name and the number to call, once.
        let told: Vec<Shown> = house
            .api
            .shown(102)
            .into_iter()
            .filter(|one| one.text.contains("Không báo được cho"))
            .collect();
        assert_eq!(told.len(), 1, "{:#?}", house.api.shown(102));
        assert!(told[0].text.contains("0000000001"), "{}", told[0].text);
        assert!(told[0].text.contains("duty_officer"), "{}", told[0].text);
        assert_eq!(labels(&told[0]), ["Tiếp nhận", "Tôi chủ trì"], "and can act on it");
    })
    .await;
}

#[actix_web::test]
async fn a_chat_that_keeps_failing_is_followed_by_mail_within_a_minute() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        house.api.fail("*", 1_000, Fault::Status(502));
        // A message that went to the chat alone.
        let now = house.stage.clock.now();
        let write = house.stage.office.write(move |tx| {
            let account = accounts::find_by_email(tx, LEADER)?.unwrap();
            let letter = notify::Letter {
                subject: "Chỉ qua chat".to_owned(),
                ..notify::Letter::default()
            };
            let words = serde_json::to_string(&letter).unwrap();
            let key = format!("only:1|a:{}|telegram:103", account.id);
            let to = "103".to_owned();
            let row = Delivery::new(now, Channel::Telegram, to, "digest", key, words);
            engine::enqueue(tx, &Delivery { account_id: Some(account.id), ..row })
        });
        write.await.unwrap();
        let mut passed = 0;
        while house.mail.heard_by(LEADER).is_empty() {
            house.pass(1).await;
            passed += 1;
            assert!(passed <= 60, "{:?}", house.all().await);
        }
        house.pass(120).await;
        assert_eq!(house.mail.heard_by(LEADER), ["Chỉ qua chat"], "once");
        let rows = house.all().await;
        let mail = rows.iter().find(|row| row.channel == Channel::Mail).unwrap();
        assert_eq!(mail.last_error.as_deref(), Some("obstacle-instead"), "the ledger says so");
        house.api.heal();
        house.stage.clock.pass(Duration::minutes(30));
        house.settle().await;
        assert_eq!(house.api.shown(103).len(), 1, "and the chat has it when it is back");
    })
    .await;
}

#[actix_web::test]
async fn a_slow_chat_holds_up_nobody_and_an_alarm_passes_a_thousand_digests() {
    on_each(|stage| async move {
        let house = House::on(stage).await;
        for chat in 2_000..3_000 {
            house.api.phone(chat, "Người nhận");
        }
        for chat in 2_000..3_000 {
            house.digests(&chat.to_string(), 1, "digest").await;
        }
        // The lane is full of them, for this second and many to come.
        house.settle().await;
        assert_eq!(house.api.requests().len(), 20, "what is kept back is not theirs");
        house.report(true).await;
        house.settle().await;
        assert_eq!(asking(&house.api, 101).len(), 1, "in the same second");
    })
    .await;
}
