//! The whole service in one process: the real routes and actions over a fresh database, a clock
//! that tests move, channels that remember what was said.

use std::sync::Arc;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, init_service, read_body};
use chrono::Duration;
use dieuphoi::actions::tokens;
use dieuphoi::domain::ids::Id;
use dieuphoi::domain::words::Channel;
use dieuphoi::engine::{Channels, Chore, Outbox, Seal, Timers};
use dieuphoi::records::Session;
use dieuphoi::store::accounts;
use dieuphoi::testing::Stage;
use notify::{ChannelKind, Scripted};
use serde_json::Value;

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
    /// What was mailed.
    pub mail: Arc<Scripted>,
    outbox: Outbox,
    timers: Timers,
    seal: Seal,
}

impl World {
    /// A world on this stage, with its small province.
    pub async fn on(stage: Arc<Stage>) -> Self {
        stage.province().await;
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let telegram = Arc::new(Scripted::new(ChannelKind::Telegram));
        let lane = Channels::of(Arc::clone(&mail) as _, telegram as _)
            .lanes()
            .into_iter()
            .find(|lane| lane.channel == Channel::Mail)
            .expect("a lane for mail");
        let outbox = Outbox::new(stage.app(), lane, "world".to_owned());
        let (timers, seal) = (Timers::new(stage.app()), Seal::new(stage.app()));
        Self { stage, mail, outbox, timers, seal }
    }

    /// Lets everything that is due happen. A little time passes meanwhile: a channel's limit puts
    /// off what is due.
    pub async fn settle(&self) {
        let mut quiet = 0;
        for _ in 0..400 {
            let done = self.timers.tick().await.unwrap()
                + self.outbox.tick().await.unwrap()
                + self.seal.tick().await.unwrap();
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
        let service = init_service(dieuphoi::http::application(self.stage.app())).await;
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
