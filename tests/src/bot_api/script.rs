//! What goes wrong, and how often.

use serde_json::{Value, json};

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 429: wait so many seconds.
    TooMany(u32),
    /// 403, in Telegram's words after "Forbidden: ".
    Forbidden(&'static str),
    /// 400, in Telegram's words after "Bad Request: ".
    Bad(&'static str),
    /// A status of its own with Telegram's JSON: 500, 502.
    Status(u16),
    /// A proxy's page instead of JSON.
    Html(u16),
    /// The connection breaks before anything is done.
    Cut,
    /// It is done, and the connection breaks before the answer.
    Swallow,
    /// No answer for longer than anybody waits.
    Hang,
}

impl Fault {
    /// Status and body, for those that answer.
    pub(super) fn answer(self) -> (u16, Value) {
        let no = |code: u16, description: String| json!({"ok": false, "error_code": code, "description": description});
        match self {
            Self::TooMany(seconds) => {
                let mut body = no(429, format!("Too Many Requests: retry after {seconds}"));
                body["parameters"] = json!({"retry_after": seconds});
                (429, body)
            }
            Self::Forbidden(why) => (403, no(403, format!("Forbidden: {why}"))),
            Self::Bad(why) => (400, no(400, format!("Bad Request: {why}"))),
            Self::Status(code) => {
                let words = if code == 502 { "Bad Gateway" } else { "Internal Server Error" };
                (code, no(code, words.to_owned()))
            }
            Self::Html(code) => (code, json!("<html><h1>Bad Gateway</h1></html>")),
            Self::Cut | Self::Swallow | Self::Hang => (0, Value::Null),
        }
    }
}

/// What is still to fail.
#[derive(Debug, Default)]
pub(super) struct Script(Vec<Line>);

#[derive(Debug)]
struct Line {
    method: String,
    chat: Option<i64>,
    left: usize,
    how: Fault,
}

impl Script {
    pub(super) fn add(&mut self, method: &str, chat: Option<i64>, times: usize, how: Fault) {
        self.0.push(Line { method: method.to_owned(), chat, left: times, how });
    }

    /// Whether this call fails, and how: the first line that is about it.
    pub(super) fn next(&mut self, method: &str, chat: Option<i64>) -> Option<Fault> {
        let about = |line: &&mut Line| {
            (line.method == "*" || line.method == method)
                && (line.chat.is_none() || line.chat == chat)
        };
        let line = self.0.iter_mut().find(about)?;
        let how = line.how;
        line.left = line.left.saturating_sub(1);
        self.0.retain(|line| line.left > 0);
        Some(how)
    }
}
