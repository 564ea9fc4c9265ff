//! Web push: the alarm itself, in the browser of whoever wants it. It passes through a service of the
//! browser's maker, sealed for the browser alone (RFC 8291) and signed by us (RFC 8292); even so it
//! says no more than a doorbell: that it rings, for which code, until when, and where to look.

mod seal;
mod vapid;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, USER_AGENT,
};
use reqwest::{StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

pub use seal::MOST;
pub use vapid::new_keys;

use crate::outward::{self, NoAddress};
use crate::{Channel, ChannelKind, Checking, Envelope, Outcome, Sending, clean};
use vapid::Vapid;

/// The push services of the usual browsers: a host, or `.suffix` for those below it.
pub const SERVICES: [&str; 5] = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    ".notify.windows.com",
    ".push.apple.com",
];
/// A browser that is off for longer has missed the alarm: mail and the desk remain.
const LIVES: Duration = Duration::from_secs(4 * 60 * 60);
/// What failures call the other side.
const WHOSE: &str = "the push service";

/// Whose alarms, and by which services.
#[derive(Clone)]
pub struct PushSettings {
    /// The public key, base64url.
    pub public_key: String,
    /// The private key, base64url.
    pub private_key: String,
    /// Whom a push service may write to: `mailto:…` or `https://…`.
    pub contact: String,
    /// Hosts that subscriptions may lead to; `.suffix` means every host below it.
    pub services: Vec<String>,
    /// Addresses of one's own networks are allowed: a push service of one's own.
    pub allow_private: bool,
}

impl fmt::Debug for PushSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushSettings")
            .field("public_key", &self.public_key)
            .field("private_key", &"***")
            .field("contact", &self.contact)
            .field("services", &self.services)
            .field("allow_private", &self.allow_private)
            .finish()
    }
}

/// Settings that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushSetupError {
    /// Not a pair of keys.
    #[error("public_key and private_key of web push are not a pair of P-256 keys in base64url")]
    BadKeys,
    /// Nobody whom a push service could write to.
    #[error("the contact of web push {0:?} is neither mailto: nor https:")]
    BadContact(String),
}

/// What a browser hands out when its person wants alarms. The address is a secret: whoever has it
/// can ring.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where to post.
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The browser's secret, base64url.
    pub auth: String,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// Being looked up.
pub type Finding<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Subscription>, String>> + Send + 'a>>;
/// Being struck out.
pub type Striking<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Where subscriptions live; the server has a table for them. Envelopes carry their names alone, so
/// that no ledger holds an address with which anybody could ring.
pub trait Subscriptions: Send + Sync {
    /// The subscription of this name; `None` when it has ended.
    fn find<'a>(&'a self, name: &'a str) -> Finding<'a>;

    /// The push service says that it is no more.
    fn gone<'a>(&'a self, name: &'a str) -> Striking<'a>;
}

/// Whether the settings can work: the keys are a pair, somebody can be written to.
///
/// # Errors
/// What cannot.
pub fn check(settings: &PushSettings) -> Result<(), PushSetupError> {
    Vapid::new(&settings.public_key, &settings.private_key, &settings.contact).map(drop)
}

/// The web push channel: addresses of envelopes are names of subscriptions.
pub struct Push {
    vapid: Vapid,
    services: Vec<String>,
    allow_private: bool,
    subscriptions: Arc<dyn Subscriptions>,
    now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    whole: Duration,
}

impl Push {
    /// Checks the settings; talks to nobody yet. Statements are dated by this clock.
    ///
    /// # Errors
    /// Whatever in the settings can never work.
    pub fn new(
        settings: PushSettings,
        subscriptions: Arc<dyn Subscriptions>,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, PushSetupError> {
        let PushSettings { public_key, private_key, contact, services, allow_private } = settings;
        let vapid = Vapid::new(&public_key, &private_key, &contact)?;
        let now = Arc::new(clock);
        let whole = Duration::from_secs(15);
        Ok(Self { vapid, services, allow_private, subscriptions, now, whole })
    }

    /// Another time-out than 15 s for a whole attempt.
    #[must_use]
    pub const fn with_timeout(mut self, whole: Duration) -> Self {
        self.whole = whole;
        self
    }

    /// The public key, for browsers that subscribe.
    #[must_use]
    pub fn public_key(&self) -> &str {
        self.vapid.public()
    }

    async fn attempt(&self, envelope: &Envelope) -> Outcome {
        match timeout(self.whole, self.post(envelope)).await {
            Ok(outcome) => outcome,
            Err(_) => later(format!("the push service did not answer within {:?}", self.whole)),
        }
    }

    async fn post(&self, envelope: &Envelope) -> Outcome {
        let name = envelope.to_address.as_str();
        let subscription = match self.subscriptions.find(name).await {
            Ok(Some(subscription)) => subscription,
            Ok(None) => return never("the browser has switched alarms off"),
            Err(why) => return later(why),
        };
        let Some(target) = Target::of(&subscription, &self.services, self.allow_private) else {
            return never("the subscription is not one of a known push service");
        };
        let pinned = match outward::pin(&target.url, self.allow_private, WHOSE).await {
            Ok(pinned) => pinned,
            Err(NoAddress::Refused(why)) => return Outcome::Undeliverable { why },
            Err(NoAddress::Passing(why)) => return later(why),
        };
        let client = match outward::client(&target.url, &pinned, &[]) {
            Ok(client) => client,
            Err(why) => return later(format!("no HTTP client: {}", outward::words(why))),
        };
        let now = (self.now)().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let Some(authorization) = self.vapid.authorization(&target.url, now) else {
            return later("the statement for the push service cannot be signed".to_owned());
        };
        let Some(body) = seal::seal(doorbell(envelope).as_bytes(), &target.key, &target.secret)
        else {
            return never("the browser's key is none");
        };
        let urgency = if envelope.letter.urgent { "high" } else { "normal" };
        let sent = client
            .post(target.url)
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, "application/octet-stream")
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(USER_AGENT, concat!("dieuphoi/", env!("CARGO_PKG_VERSION")))
            .header("ttl", LIVES.as_secs().to_string())
            .header("urgency", urgency)
            .header("topic", topic(envelope))
            .body(body)
            .send()
            .await;
        match sent {
            // The body of the answer is never read: it is not ours, and could be endless.
            Ok(answer) => self.judge(name, answer.status(), answer.headers()).await,
            Err(why) => later(format!("{WHOSE} cannot be reached: {}", outward::words(why))),
        }
    }

    async fn judge(&self, name: &str, status: StatusCode, headers: &HeaderMap) -> Outcome {
        if matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
            && let Err(why) = self.subscriptions.gone(name).await
        {
            return later(why);
        }
        judge(status, headers)
    }
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("services", &self.services).finish_non_exhaustive()
    }
}

impl Channel for Push {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Push
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(self.attempt(envelope))
    }

    /// There is nobody to ask before a browser has subscribed: the keys were proved when this was
    /// made.
    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async { Ok(format!("keys fit; push services: {}", self.services.join(", "))) })
    }
}

/// A subscription that can be posted to.
struct Target {
    url: Url,
    key: Vec<u8>,
    secret: Vec<u8>,
}

impl Target {
    fn of(subscription: &Subscription, services: &[String], private: bool) -> Option<Self> {
        let url = Url::parse(&subscription.endpoint).ok()?;
        let host = url.host_str()?;
        let plain = url.scheme() == "http" && private;
        let known = services.iter().any(|service| match service.strip_prefix('.') {
            Some(_) => host.ends_with(service.as_str()),
            None => host == service,
        });
        let fine = (url.scheme() == "https" || plain)
            && url.username().is_empty()
            && url.password().is_none()
            && known
            && subscription.endpoint.len() <= 2048;
        let raw = |text: &str| BASE64.decode(text.trim_end_matches('=')).ok();
        let (key, secret) = (raw(&subscription.p256dh)?, raw(&subscription.auth)?);
        let whole = key.len() == seal::POINT && secret.len() == seal::SECRET;
        (fine && whole).then_some(Self { url, key, secret })
    }
}

/// Whether alarms could be sent there: asked before a subscription is kept.
#[must_use]
pub fn is_usable(subscription: &Subscription, services: &[String], allow_private: bool) -> bool {
    Target::of(subscription, services, allow_private).is_some()
}

/// What the browser shows: the heading, the facts, where to look. Paragraphs, steps and footers stay
/// behind, whoever wrote them.
fn doorbell(envelope: &Envelope) -> String {
    let letter = &envelope.letter;
    let facts: Vec<String> = letter
        .facts
        .iter()
        .take(4)
        .map(|fact| {
            format!("{}: {}", clean::one_line(&fact.label, 60), clean::one_line(&fact.value, 120))
        })
        .collect();
    let url = letter.buttons.iter().map(|button| button.url.trim()).find(|url| url.len() <= 1024);
    json!({
        "title": clean::one_line(&letter.subject, 120),
        "body": facts.join("\n"),
        "url": url.filter(|url| clean::web_link(url).is_some()),
        "tag": topic(envelope),
        "lang": letter.language.tag(),
        "urgent": letter.urgent,
    })
    .to_string()
}

/// Alarms of one conversation take each other's place as long as the browser is away.
fn topic(envelope: &Envelope) -> String {
    let root = envelope.thread.as_ref().map_or(&envelope.id, |thread| &thread.root);
    BASE64.encode(&Sha256::digest(root.as_bytes())[..24])
}

/// What the answer means (RFC 8030, 5 and 7.3; RFC 8292, 4.2).
fn judge(status: StatusCode, headers: &HeaderMap) -> Outcome {
    let why = format!("the push service answered {}", status.as_u16());
    match status {
        status if status.is_success() => {
            // The place of the message tells it apart, its address is nobody's business.
            let place = headers.get(LOCATION).and_then(|place| place.to_str().ok());
            let last =
                place.and_then(|place| place.rsplit('/').next()).map(|id| clean::one_line(id, 80));
            Outcome::Sent { reference: last.or_else(|| Some(status.as_u16().to_string())) }
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            Outcome::Undeliverable { why: format!("{why}: the subscription has ended") }
        }
        // Our keys or our clock: ours to repair.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            later(format!("{why}: it does not take our keys for this browser"))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Outcome::Retry { after: outward::pause(headers), why }
        }
        status if status.is_redirection() => never(&format!("{why}; redirects are not followed")),
        status if status.is_client_error() => Outcome::Undeliverable { why },
        _ => Outcome::Retry { after: outward::pause(headers), why },
    }
}

const fn later(why: String) -> Outcome {
    Outcome::Retry { after: None, why }
}

fn never(why: &str) -> Outcome {
    Outcome::Undeliverable { why: why.to_owned() }
}
