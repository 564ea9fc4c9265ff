//! What the service tells in chats, over the real wire protocol: buttons by role, urgent before what is
//! not, pauses of one chat, quiet hours, bundles, cards that change when they are settled, and nobody
//! left behind when a chat fails.

mod cards;
mod left_behind;
mod pace;
mod recut;

use std::sync::Arc;

use chrono::Duration;
use dieuphoi::actions::Ctx;
use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::clock::Clock;
use dieuphoi::domain::words::Channel;
use dieuphoi::engine::{CardsTold, Channels, Chore, Outbox, Pace, Timers};
use dieuphoi::records::Delivery;
use dieuphoi::store::{engine, incidents};
use dieuphoi::testing::Stage;
use dieuphoi_tests::bot_api::{BotApi, Shown, TOKEN};
use notify::{ChannelKind, Scripted, Telegram, TelegramSettings};

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
