//! The whole service in one process: the real routes and actions over a fresh database, a clock
//! that tests move, channels that remember what was said.

use std::sync::Arc;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, init_service, read_body};
use chrono::Duration;
use dieuphoi::actions::tokens;
use dieuphoi::app::App;
use dieuphoi::bot::tempo::Tempo;
use dieuphoi::config::{Config, Secret, Telegram as Telegraph};
use dieuphoi::domain::ids::Id;
use dieuphoi::domain::words::{Channel, Room};
use dieuphoi::engine::{
    Channels, Chore, Hear, Intake, Lane, Outbox, Poll, Seal, Timers, telegram_settings,
};
use dieuphoi::records::Session;
use dieuphoi::store::accounts;
use dieuphoi::testing::Stage;
use notify::{ChannelKind, Scripted, Telegram};
use serde_json::Value;

use crate::bot_api::{BotApi, TOKEN};

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Browser {
    token: String,
    /// The session's token against forged writes.
    pub csrf: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|why| panic!("{why}: {} {}", self.status, self.text))
    }

    /// The body as JSON, after a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The stable code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// The service and its surroundings.
pub struct World {
    /// Database, clock, province.
    pub stage: Arc<Stage>,
    /// The service, with its own configuration.
    pub app: App,
    /// What was mailed.
    pub mail: Arc<Scripted>,
    outboxes: Vec<Outbox>,
    timers: Timers,
    seal: Seal,
    chat: Option<(Poll, Hear)>,
}

impl World {
    /// A world on this stage, with its small province.
    pub async fn on(stage: Arc<Stage>) -> Self {
        stage.province().await;
        let app = stage.app();
        Self::made(stage, app, None, "world")
    }

    /// The same with a bot that talks to this Bot API by the real protocol.
    pub async fn with_bot(stage: Arc<Stage>, api: &BotApi) -> Self {
        Self::with_bot_and(stage, api, |_| {}).await
    }

    /// The same with more configuration.
    pub async fn with_bot_and(
        stage: Arc<Stage>,
        api: &BotApi,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        stage.province().await;
        Self::over(stage, api, "world", configure)
    }

    /// A server after a restart: over a stage that has its province.
    pub fn again_with_bot(stage: Arc<Stage>, api: &BotApi) -> Self {
        Self::over(stage, api, "world", |_| {})
    }

    /// Another server over the same stage.
    pub fn beside(stage: Arc<Stage>, api: &BotApi, owner: &str) -> Self {
        Self::over(stage, api, owner, |_| {})
    }

    fn over(
        stage: Arc<Stage>,
        api: &BotApi,
        owner: &str,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let mut app = stage.app();
        let mut config = (*app.office.config).clone();
        config.telegram.token = Secret::new(TOKEN);
        config.telegram.api_url = Some(api.url.clone());
        configure(&mut config);
        app.office.config = Arc::new(config);
        app.tempo = Arc::new(Tempo::new(&app.config().security));
        let settings = telegram_settings(app.config()).expect("a bot is configured");
        let telegram = Arc::new(Telegram::new(settings).unwrap());
        Self::made(stage, app, Some(telegram), owner)
    }

    /// A world whose one room is Matrix, on this homeserver.
    pub async fn with_matrix(stage: Arc<Stage>, homeserver: &str, token: &str) -> Self {
        stage.province().await;
        let mut app = stage.app();
        let mut config = (*app.office.config).clone();
        config.telegram = Telegraph::default();
        config.matrix.homeserver = homeserver.to_owned();
        config.matrix.token = Secret::new(token);
        app.office.config = Arc::new(config);
        let channels = Channels::configured(&app).unwrap();
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let mut lanes = channels.lanes();
        lanes.retain(|lane| lane.channel == Channel::Matrix);
        lanes.push(Lane { channel: Channel::Mail, carrier: Arc::clone(&mail) as _ });
        Self::of(stage, app, mail, lanes, channels.rooms().pop(), "world")
    }

    /// The demonstration: everything stays in the local mailbox, its own page is the phone.
    pub async fn in_demo(stage: Arc<Stage>) -> Self {
        stage.province().await;
        let mut app = stage.app();
        let mut config = (*app.office.config).clone();
        config.demo = true;
        config.telegram = Telegraph::default();
        config.matrix.homeserver = String::new();
        app.office.config = Arc::new(config);
        let channels = Channels::configured(&app).unwrap();
        let (lanes, room) = (channels.lanes(), channels.rooms().pop());
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        Self::of(stage, app, mail, lanes, room, "world")
    }

    fn made(stage: Arc<Stage>, app: App, telegram: Option<Arc<Telegram>>, owner: &str) -> Self {
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let carrier: Arc<dyn notify::Channel> = match &telegram {
            Some(telegram) => Arc::clone(telegram) as _,
            None => Arc::new(Scripted::new(ChannelKind::Telegram)),
        };
        let mut lanes = Channels::of(Arc::clone(&mail) as _, carrier).lanes();
        lanes.retain(|lane| lane.channel == Channel::Mail || telegram.is_some());
        let port = telegram.map(|room| (Room::Telegram, room as _));
        Self::of(stage, app, mail, lanes, port, owner)
    }

    fn of(
        stage: Arc<Stage>,
        app: App,
        mail: Arc<Scripted>,
        lanes: Vec<Lane>,
        port: Option<(Room, Arc<dyn notify::Room>)>,
        owner: &str,
    ) -> Self {
        let outbox = |lane| Outbox::new(app.clone(), lane, owner.to_owned());
        let outboxes = lanes.into_iter().map(outbox).collect();
        let chat = port.map(|(room, port)| {
            let wait = std::time::Duration::ZERO;
            let intake = Intake::waiting(app.clone(), room, port, owner.to_owned(), wait);
            (Poll::new(intake.clone()), Hear::new(intake))
        });
        let (timers, seal) = (Timers::new(app.clone()), Seal::new(app.clone()));
        Self { stage, app, mail, outboxes, timers, seal, chat }
    }

    /// Fetches what the room has, once, and handles nothing.
    pub async fn fetch(&self) {
        let (poll, _) = self.chat.as_ref().expect("a world with a bot");
        poll.tick().await.unwrap();
    }

    /// Brings something to the webhook.
    pub async fn bring(&self, secret: Option<&str>, body: &str) -> Answer {
        let mut request = TestRequest::post()
            .uri("/telegram/webhook")
            .peer_addr("192.0.2.8:443".parse().unwrap())
            .insert_header(("content-type", "application/json"))
            .set_payload(body.to_owned());
        if let Some(secret) = secret {
            request = request.insert_header(("X-Telegram-Bot-Api-Secret-Token", secret));
        }
        self.asked(request).await
    }

    /// Lets everything that is due happen. A little time passes meanwhile: a channel's limit puts
    /// off what is due.
    pub async fn settle(&self) {
        let mut quiet = 0;
        for _ in 0..400 {
            let mut done = self.timers.tick().await.unwrap() + self.seal.tick().await.unwrap();
            if let Some((poll, hear)) = &self.chat {
                done += poll.tick().await.unwrap() + hear.tick().await.unwrap();
            }
            for outbox in &self.outboxes {
                done += outbox.tick().await.unwrap();
            }
            quiet = if done == 0 { quiet + 1 } else { 0 };
            if quiet == 5 {
                return;
            }
            self.stage.clock.pass(Duration::milliseconds(300));
        }
        panic!("it never comes to rest");
    }

    /// Signs somebody in, past the password.
    pub async fn browser(&self, email: &str) -> Browser {
        let now = dieuphoi::clock::Clock::now(&*self.stage.clock);
        let (token, csrf) = (tokens::fresh().unwrap(), tokens::fresh().unwrap());
        let (hash, kept, email) = (tokens::hash(&token), csrf.clone(), email.to_owned());
        self.stage
            .office
            .db
            .write(move |tx| {
                let account = accounts::find_by_email(tx, &email)?.expect("no such account");
                accounts::insert_session(
                    tx,
                    &Session {
                        id: Id::new(now),
                        token_hash: hash.clone(),
                        account_id: account.id,
                        csrf: kept.clone(),
                        public_computer: false,
                        address: "192.0.2.9".to_owned(),
                        user_agent: "test".to_owned(),
                        created_at: now,
                        proved_at: now,
                        last_seen_at: now,
                        expires_at: now + Duration::hours(12),
                    },
                )
            })
            .await
            .unwrap();
        Browser { token, csrf }
    }

    /// One request to the whole service.
    pub async fn call(
        &self,
        who: Option<&Browser>,
        method: Method,
        path: &str,
        body: Option<Body<'_>>,
    ) -> Answer {
        let mut request =
            TestRequest::with_uri(path).method(method).peer_addr("192.0.2.7:4711".parse().unwrap());
        if let Some(who) = who {
            request = request
                .insert_header(("cookie", format!("dieuphoi_session={}", who.token)))
                .insert_header(("x-csrf-token", who.csrf.clone()));
        }
        request = match body {
            Some(Body::Json(json)) => request.set_json(json),
            Some(Body::Form(fields)) => request.set_form(fields),
            None => request,
        };
        self.asked(request).await
    }

    async fn asked(&self, request: TestRequest) -> Answer {
        let service = init_service(dieuphoi::http::application(self.app.clone())).await;
        let response: ServiceResponse<_> = service.call(request.to_request()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8_lossy(&read_body(response).await).into_owned();
        Answer { status, headers, text }
    }

    /// GET.
    pub async fn get(&self, who: Option<&Browser>, path: &str) -> Answer {
        self.call(who, Method::GET, path, None).await
    }

    /// POST of JSON.
    pub async fn post(&self, who: Option<&Browser>, path: &str, json: &Value) -> Answer {
        self.call(who, Method::POST, path, Some(Body::Json(json))).await
    }

    /// POST of a form.
    pub async fn form(&self, who: Option<&Browser>, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.call(who, Method::POST, path, Some(Body::Form(fields))).await
    }
}

/// What a request carries.
pub enum Body<'a> {
    /// A JSON body.
    Json(&'a Value),
    /// A form.
    Form(&'a [(&'a str, &'a str)]),
}
