//! Requests to the homeserver, and what its answers mean. The token travels in a header alone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use super::{Matrix, word};
use crate::clean;
use crate::outward::{self, LONGEST_PAUSE};
use crate::room::RoomError;

/// What is read of a JSON answer at most, bytes.
const ANSWER: u64 = 32 * 1024 * 1024;

impl Matrix {
    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, RoomError> {
        self.get_within(path, query, self.whole).await
    }

    pub(super) async fn get_within(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        whole: Duration,
    ) -> Result<Value, RoomError> {
        let request = self.client.get(self.at("client", path)?).query(query);
        self.ask(request.timeout(whole)).await
    }

    pub(super) async fn put_json(&self, path: &[&str], body: &Value) -> Result<Value, RoomError> {
        self.ask(self.with_json(Method::PUT, path, body)?).await
    }

    pub(super) async fn post_json(&self, path: &[&str], body: &Value) -> Result<Value, RoomError> {
        self.ask(self.with_json(Method::POST, path, body)?).await
    }

    pub(super) async fn download(&self, path: &[&str], most: u64) -> Result<Vec<u8>, RoomError> {
        let request = self.client.get(self.at("client", path)?);
        self.taken(request, most).await
    }

    pub(super) async fn download_old(
        &self,
        server: &str,
        media: &str,
        most: u64,
    ) -> Result<Vec<u8>, RoomError> {
        let request = self.client.get(self.at("media", &["v3", "download", server, media])?);
        self.taken(request, most).await
    }

    async fn taken(&self, request: RequestBuilder, most: u64) -> Result<Vec<u8>, RoomError> {
        bounded(self.answered(request.timeout(self.whole)).await?, most).await
    }

    /// Every part of the path is escaped: room and event numbers hold `!`, `$`, `:` and what else a
    /// server likes.
    fn at(&self, api: &str, path: &[&str]) -> Result<Url, RoomError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| nonsense("an address"))?
            .clear()
            .extend(["_matrix", api])
            .extend(path);
        Ok(url)
    }

    fn with_json(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
    ) -> Result<RequestBuilder, RoomError> {
        let request = self.client.request(method, self.at("client", path)?);
        Ok(request
            .header("content-type", "application/json")
            .body(body.to_string())
            .timeout(self.whole))
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value, RoomError> {
        let body = bounded(self.answered(request).await?, ANSWER).await?;
        serde_json::from_slice(&body).map_err(|_| nonsense("something that is no JSON"))
    }

    async fn answered(&self, request: RequestBuilder) -> Result<Response, RoomError> {
        let answer = request.bearer_auth(&self.token).send().await.map_err(unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let pause = outward::pause(answer.headers());
        let said = match bounded(answer, ANSWER).await {
            Ok(body) => serde_json::from_slice(&body).unwrap_or(Value::Null),
            Err(_) => Value::Null,
        };
        Err(judge(status, pause, &said))
    }
}

/// What a refusal means.
pub(super) fn judge(status: StatusCode, pause: Option<Duration>, said: &Value) -> RoomError {
    let code = word(said, "/errcode");
    let text = match (code, word(said, "/error")) {
        ("", "") => String::new(),
        (code, error) => clean::one_line(&format!(": {code} {error}"), 300),
    };
    let why = format!("the homeserver answered {}{text}", status.as_u16());
    match (status.as_u16(), code) {
        (429, _) | (_, "M_LIMIT_EXCEEDED") => {
            let asked = said["retry_after_ms"].as_u64().map(Duration::from_millis);
            RoomError::Retry { after: asked.or(pause).map(|it| it.min(LONGEST_PAUSE)), why }
        }
        (401, _) | (_, "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" | "M_USER_DEACTIVATED") => {
            RoomError::Denied { why }
        }
        // A proxy in front of a homeserver that is not there; a path it does not know is none.
        (408 | 425 | 500..=599, _) => RoomError::Retry { after: pause, why },
        (403, _) => RoomError::Closed { why },
        (404, _) => RoomError::NoMessage { why },
        _ => RoomError::Refused { why },
    }
}

/// What is read of an answer at most.
async fn bounded(mut answer: Response, most: u64) -> Result<Vec<u8>, RoomError> {
    let large = || RoomError::Refused { why: format!("it is larger than {most} bytes") };
    if answer.content_length().is_some_and(|length| length > most) {
        return Err(large());
    }
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&part);
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
            return Err(large());
        }
    }
    Ok(bytes)
}

fn unreachable(error: reqwest::Error) -> RoomError {
    let why = format!("the homeserver cannot be reached: {}", outward::words(error));
    RoomError::Retry { after: None, why }
}

/// An answer that makes no sense: a captive portal, another program at that address.
pub(super) fn nonsense(what: &str) -> RoomError {
    let why = format!("the homeserver's answer makes no sense: {what}");
    RoomError::Retry { after: None, why }
}

/// A transaction's name for what is meant once and never repeated.
pub(super) fn once() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut bytes = [0; 16];
    // Without random numbers TLS would not be there either; the count keeps names apart even then.
    let _ = SystemRandom::new().fill(&mut bytes);
    format!("{}-{}", hex::encode(bytes), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The relation of an event that answers `event`.
pub(super) fn answering(event: &str) -> Value {
    json!({"m.in_reply_to": {"event_id": event}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_whose_fault_it_is() {
        let fate = |status: u16, code: &str| {
            let said = json!({"errcode": code, "error": "x", "retry_after_ms": 1500});
            judge(StatusCode::from_u16(status).unwrap(), None, &said)
        };
        let limit = fate(429, "M_LIMIT_EXCEEDED");
        let waits = Some(Duration::from_millis(1500));
        assert!(matches!(limit, RoomError::Retry { after, .. } if after == waits), "{limit:?}");
        assert!(matches!(fate(401, "M_UNKNOWN_TOKEN"), RoomError::Denied { .. }));
        assert!(matches!(fate(403, "M_FORBIDDEN"), RoomError::Closed { .. }));
        assert!(matches!(fate(404, "M_NOT_FOUND"), RoomError::NoMessage { .. }));
        assert!(matches!(fate(413, "M_TOO_LARGE"), RoomError::Refused { .. }));
        assert!(matches!(fate(400, "M_BAD_JSON"), RoomError::Refused { .. }));
        for passing in [500, 502, 503, 504] {
            assert!(matches!(fate(passing, ""), RoomError::Retry { .. }), "{passing}");
        }
    }
}
