//! Reporters: people without an account who report over HTTP, and who send the same report again
//! under the same key when the connection broke before they had an answer.

use std::time::{Duration, Instant};

use dieuphoi::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::wire::Wire;

/// One report that the server has acknowledged.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// The reporter's key.
    pub key: String,
    /// What was sent, so that it can be sent again.
    pub body: String,
    /// The address for the receipt; no other report has it.
    pub email: String,
    /// The code that the reporter read.
    pub code: String,
    /// The incident's identifier, without hyphens.
    pub incident: String,
    /// How often it was sent.
    pub tries: u32,
    /// When the answer was there.
    pub at: Instant,
}

/// A reporter with one connection.
pub struct Reporter {
    wire: Wire,
    name: String,
    categories: &'static [&'static str],
    impact: (&'static str, &'static str),
    sent: u64,
}

impl Reporter {
    /// A reporter whose keys and addresses begin with `name`, reporting these categories in turn.
    pub fn new(port: u16, name: String, categories: &'static [&'static str]) -> Self {
        let impact = ("degraded", "group");
        Self { wire: Wire::to(port), name, categories, impact, sent: 0 }
    }

    /// The same, and everything that is reported is Khẩn cấp.
    #[must_use]
    pub fn urgently(mut self) -> Self {
        self.impact = ("stopped", "public");
        self
    }

    /// Reports something new for this organisation, until it is acknowledged.
    pub async fn report(&mut self, organisation: &str) -> Acknowledged {
        let category = self.categories[usize::try_from(self.sent).unwrap() % self.categories.len()];
        self.sent += 1;
        let key = format!("{}-{}", self.name, self.sent);
        let email = format!("{key}@dan.example");
        let body = json!({
            "category": category,
            "description": format!(
                "Máy ở bộ phận một cửa báo lạ từ sáng nay, báo cáo {key}; thư đến từ 203.0.113.7"
            ),
            "detected_at": SystemClock.now().rfc3339(),
            "still_happening": true,
            "organisation": organisation,
            "impact": {"services": self.impact.0, "people": self.impact.1},
            "contact": {"name": "Nguyễn Thị Thử", "phone": "0000000003", "email": email},
            "secret": "no",
        })
        .to_string();
        let mut tries = 0;
        loop {
            tries += 1;
            if let Some((code, incident)) = self.send(&key, &body).await {
                let at = Instant::now();
                return Acknowledged { key, body, email, code, incident, tries, at };
            }
            // A person presses again a moment later; so does a client that lost the server.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends this report under this key; code and incident when it was acknowledged, `None` when
    /// the server was not there, or said that it cannot now.
    pub async fn send(&mut self, key: &str, body: &str) -> Option<(String, String)> {
        let headers = format!("Idempotency-Key: {key}\r\n");
        let answer = self.wire.post("/api/v1/reports", &headers, body).await.ok()?;
        if answer.status == 503 {
            return None;
        }
        assert_eq!(answer.status, 201, "{}", answer.body);
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Some((text("code"), text("incident").replace('-', "")))
    }
}
