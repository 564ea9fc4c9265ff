//! Webhooks: a signed JSON message to another system. Its address stands in the configuration alone,
//! is looked up once an attempt and pinned, and must be a public one unless the target says otherwise;
//! no redirect is followed and nothing but the status of the answer is read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac as _};
use reqwest::header::{CONTENT_TYPE, HeaderMap, USER_AGENT};
use reqwest::{Certificate, StatusCode, Url};
use serde_json::json;
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use crate::outward::is_public;

use crate::outward::{self, NoAddress, words};
use crate::{Channel, ChannelKind, Checking, Envelope, Outcome, Sending};

/// The header with the time and the signature: `t=UNIX,v1=HEX`.
pub const SIGNATURE: &str = "dieuphoi-signature";
/// The header with the delivery's id, the same on every attempt.
pub const DELIVERY: &str = "dieuphoi-delivery";
/// What failures call the other side.
const WHOSE: &str = "the webhook target";

/// One system that can be told.
#[derive(Clone)]
pub struct WebhookTarget {
    /// Where: `https://…`; `http://…` only with `allow_private`.
    pub url: String,
    /// Signs every message.
    pub secret: String,
    /// Addresses of one's own machines and networks are allowed.
    pub allow_private: bool,
    /// PEM of the target's own certificate authority.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Debug for WebhookTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookTarget")
            .field("secret", &"***")
            .field("allow_private", &self.allow_private)
            .finish_non_exhaustive()
    }
}

/// A target that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSetupError {
    /// Not an https address without user name and fragment.
    #[error("the address of webhook target {0} is not an https URL without user name and fragment")]
    BadUrl(String),
    /// Plain http leaves only for one's own machines.
    #[error("webhook target {0} has a plain http address; only targets with allow_private may")]
    Plain(String),
    /// Too short to be one.
    #[error("webhook target {0} has a secret of fewer than 16 characters")]
    ShortSecret(String),
    /// The certificate authority's file.
    #[error("the ca_file of webhook target {0} cannot be read as PEM: {1}")]
    BadCa(String, String),
}

/// The shortest secret, characters.
const SECRET: usize = 16;

struct Target {
    url: Url,
    secret: String,
    allow_private: bool,
    ca: Vec<Certificate>,
}

/// The webhook channel: addresses of envelopes are names of targets.
pub struct Webhooks {
    targets: BTreeMap<String, Target>,
    whole: Duration,
    now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl Webhooks {
    /// Checks the targets; talks to nobody yet. Messages are signed by this clock.
    ///
    /// # Errors
    /// Whatever of a target can never work.
    pub fn new(
        targets: impl IntoIterator<Item = (String, WebhookTarget)>,
        clock: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Result<Self, WebhookSetupError> {
        let mut kept = BTreeMap::new();
        for (name, target) in targets {
            let url = read(&name, &target)?;
            if target.secret.chars().count() < SECRET {
                return Err(WebhookSetupError::ShortSecret(name));
            }
            let bad = |why: String| WebhookSetupError::BadCa(name.clone(), why);
            let ca = match &target.ca_file {
                None => Vec::new(),
                Some(path) => {
                    let pem = std::fs::read(path).map_err(|why| bad(why.to_string()))?;
                    Certificate::from_pem_bundle(&pem).map_err(|why| bad(why.to_string()))?
                }
            };
            let WebhookTarget { secret, allow_private, .. } = target;
            kept.insert(name, Target { url, secret, allow_private, ca });
        }
        Ok(Self { targets: kept, whole: Duration::from_secs(15), now: Arc::new(clock) })
    }

    /// Another time-out than 15 s for a whole attempt.
    #[must_use]
    pub const fn with_timeout(mut self, whole: Duration) -> Self {
        self.whole = whole;
        self
    }

    /// The names of the targets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.targets.keys().map(String::as_str)
    }

    /// Whether the target can be reached: its name is known to the network, its address is allowed, its
    /// port answers. Sends nothing.
    ///
    /// # Errors
    /// What is wrong, in plain words.
    pub async fn check_one(&self, name: &str) -> Result<String, String> {
        let target = self.targets.get(name).ok_or_else(|| no_target(name))?;
        let pinned =
            match timeout(self.whole, outward::pin(&target.url, target.allow_private, WHOSE)).await
            {
                Ok(Ok(pinned)) => pinned,
                Ok(Err(NoAddress::Refused(why) | NoAddress::Passing(why))) => return Err(why),
                Err(_) => return Err("its name could not be looked up in time".to_owned()),
            };
        let mut last = String::new();
        for address in pinned {
            match timeout(Duration::from_secs(5), TcpStream::connect(address)).await {
                Ok(Ok(_)) => return Ok(format!("answers at {address}")),
                Ok(Err(why)) => last = why.to_string(),
                Err(_) => last = "no answer within 5 s".to_owned(),
            }
        }
        Err(last)
    }

    async fn attempt(&self, envelope: &Envelope) -> Outcome {
        let name = envelope.to_address.as_str();
        let Some(target) = self.targets.get(name) else {
            return Outcome::Undeliverable { why: no_target(name) };
        };
        match timeout(self.whole, self.post(target, envelope)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::Retry {
                after: None,
                why: format!("the webhook target did not answer within {:?}", self.whole),
            },
        }
    }

    async fn post(&self, target: &Target, envelope: &Envelope) -> Outcome {
        let pinned = match outward::pin(&target.url, target.allow_private, WHOSE).await {
            Ok(pinned) => pinned,
            Err(NoAddress::Refused(why)) => return Outcome::Undeliverable { why },
            Err(NoAddress::Passing(why)) => return Outcome::Retry { after: None, why },
        };
        let later = |why: String| Outcome::Retry { after: None, why };
        let client = match outward::client(&target.url, &pinned, &target.ca) {
            Ok(client) => client,
            Err(why) => return later(format!("no HTTP client: {}", words(why))),
        };
        let body = body(envelope).to_string();
        let at = (self.now)().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let sent = client
            .post(target.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("dieuphoi/", env!("CARGO_PKG_VERSION")))
            .header(DELIVERY, &envelope.id)
            .header("idempotency-key", &envelope.id)
            .header(SIGNATURE, signature(&target.secret, at, &body))
            .body(body)
            .send()
            .await;
        match sent {
            // The body of the answer is never read: it is not ours, and could be endless.
            Ok(answer) => judge(answer.status(), answer.headers()),
            Err(why) => later(format!("the webhook target cannot be reached: {}", words(why))),
        }
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("targets", &self.targets.keys()).finish_non_exhaustive()
    }
}

impl Channel for Webhooks {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Webhook
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(self.attempt(envelope))
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async move {
            for name in self.targets.keys() {
                self.check_one(name).await.map_err(|why| format!("{name}: {why}"))?;
            }
            Ok(format!("{} webhook targets answer", self.targets.len()))
        })
    }
}

fn no_target(name: &str) -> String {
    format!("there is no webhook target called {name:?} in the configuration")
}

fn read(name: &str, target: &WebhookTarget) -> Result<Url, WebhookSetupError> {
    let url = Url::parse(&target.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .filter(|url| url.fragment().is_none())
        .ok_or_else(|| WebhookSetupError::BadUrl(name.to_owned()))?;
    if url.scheme() == "http" && !target.allow_private {
        return Err(WebhookSetupError::Plain(name.to_owned()));
    }
    Ok(url)
}

/// The message. `data` is what the sender gave for machines; the rest reads like a letter.
fn body(envelope: &Envelope) -> serde_json::Value {
    let letter = &envelope.letter;
    json!({
        "id": envelope.id,
        "subject": letter.subject,
        "text": letter.paragraphs.join("\n\n"),
        "facts": letter.facts,
        "links": letter.buttons,
        "urgent": letter.urgent,
        "data": letter.data,
    })
}

/// `t=UNIX,v1=HEX`: HMAC-SHA256 with the target's secret over `UNIX.BODY`. Whoever receives it
/// refuses what is old, and what it does not come to itself.
#[must_use]
pub fn signature(secret: &str, at: u64, body: &str) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::Mac>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// What the answer means.
fn judge(status: StatusCode, headers: &HeaderMap) -> Outcome {
    let why = format!("the webhook target answered {}", status.as_u16());
    if status.is_success() {
        return Outcome::Sent { reference: Some(status.as_u16().to_string()) };
    }
    if status.is_redirection() {
        return Outcome::Undeliverable { why: format!("{why}; redirects are not followed") };
    }
    let passes = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    if status.is_client_error() && !passes {
        return Outcome::Undeliverable { why };
    }
    let after = outward::pause(headers);
    Outcome::Retry { after, why }
}

#[cfg(test)]
mod tests {
    use reqwest::header::RETRY_AFTER;

    use super::*;
    use crate::outward::LONGEST_PAUSE;

    fn target(url: &str, secret: &str, allow_private: bool) -> WebhookTarget {
        WebhookTarget {
            url: url.to_owned(),
            secret: secret.to_owned(),
            allow_private,
            ca_file: None,
        }
    }

    fn made(url: &str, secret: &str, allow_private: bool) -> Result<Webhooks, WebhookSetupError> {
        Webhooks::new([("siem".to_owned(), target(url, secret, allow_private))], || UNIX_EPOCH)
    }

    const GOOD: &str = "0123456789abcdef";

    #[test]
    fn targets_that_cannot_work_are_refused_and_tell_no_secret() {
        assert!(made("https://siem.example/hook?x=1", GOOD, false).is_ok());
        assert!(made("http://siem.noi-bo/hook", GOOD, true).is_ok());
        let bad = |url: &str| made(url, GOOD, true).unwrap_err();
        for url in ["ftp://a.example/", "https://u:p@a.example/", "https://a.example/#x", "x", ""] {
            assert_eq!(bad(url), WebhookSetupError::BadUrl("siem".to_owned()), "{url}");
        }
        let plain = made("http://siem.example/", GOOD, false).unwrap_err();
        assert_eq!(plain, WebhookSetupError::Plain("siem".to_owned()));
        let short = made("https://siem.example/", "bi-mat", false).unwrap_err();
        assert_eq!(short, WebhookSetupError::ShortSecret("siem".to_owned()));
        let shown = format!("{:?}", target("https://a.example/", GOOD, false));
        assert!(!shown.contains(GOOD), "{shown}");
    }

    #[test]
    fn the_signature_is_what_a_receiver_computes() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let signed = signature(GOOD, 1_700_000_000, "{\"a\":1}");
        assert!(signed.starts_with("t=1700000000,v1="), "{signed}");
        assert_eq!(signed.len(), "t=1700000000,v1=".len() + 64);
        assert_ne!(signed, signature(GOOD, 1_700_000_001, "{\"a\":1}"));
        assert_ne!(signed, signature("fedcba9876543210", 1_700_000_000, "{\"a\":1}"));
    }

    #[test]
    fn an_answer_says_whether_to_try_again() {
        let fate = |code: u16| judge(StatusCode::from_u16(code).unwrap(), &HeaderMap::new());
        for code in [200, 201, 202, 204] {
            assert!(matches!(fate(code), Outcome::Sent { .. }), "{code}");
        }
        for code in [301, 302, 307, 400, 401, 403, 404, 410, 422] {
            assert!(matches!(fate(code), Outcome::Undeliverable { .. }), "{code}");
        }
        for code in [408, 425, 429, 500, 502, 503] {
            assert!(matches!(fate(code), Outcome::Retry { .. }), "{code}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "999999".parse().unwrap());
        let pause = judge(StatusCode::SERVICE_UNAVAILABLE, &headers);
        assert!(matches!(pause, Outcome::Retry { after: Some(LONGEST_PAUSE), .. }), "{pause:?}");
    }
}
