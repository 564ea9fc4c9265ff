//! One call of the Bot API: a typed request goes out, its answer comes back as JSON. Answers are not
//! read into the library's types: what a newer Telegram adds to them must not look like a failure.

use std::time::Duration;

use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use teloxide::requests::Payload;

use super::fate::{Fault, Words};

/// How long an ordinary call may take.
pub(super) const CALL: Duration = Duration::from_secs(17);
/// How long a file may take.
const FILE: Duration = Duration::from_secs(60);
/// What is read of an answer at most, bytes: a hundred updates are far below.
const ANSWER: usize = 16 * 1024 * 1024;

/// The way to one bot.
pub(super) struct Wire {
    client: Client,
    base: Url,
    token: String,
    words: Words,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error_code: u16,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl Wire {
    pub(super) const fn new(client: Client, base: Url, token: String, words: Words) -> Self {
        Self { client, base, token, words }
    }

    /// Calls a method within the usual time.
    pub(super) async fn call<P: Payload + Serialize>(&self, payload: &P) -> Result<Value, Fault> {
        self.call_within(payload, CALL).await
    }

    /// Calls a method that answers when something happens.
    pub(super) async fn call_within<P: Payload + Serialize>(
        &self,
        payload: &P,
        time: Duration,
    ) -> Result<Value, Fault> {
        let request = self.client.post(self.address(&["bot"], P::NAME)).timeout(time);
        let away = |why: reqwest::Error| self.words.away(&why);
        let response = request.json(payload).send().await.map_err(away)?;
        let status = response.status().as_u16();
        let text = self.body(response, ANSWER).await?;
        let Ok(answer) = serde_json::from_slice::<Answer>(&text) else {
            return Err(self.words.nonsense(&String::from_utf8_lossy(&text)));
        };
        if answer.ok {
            return Ok(answer.result);
        }
        Err(Fault::No {
            code: if answer.error_code == 0 { status } else { answer.error_code },
            said: self.words.clean(&answer.description),
            wait: answer.parameters.retry_after.map(Duration::from_secs),
            moved: answer.parameters.migrate_to_chat_id,
        })
    }

    /// The bytes of a file, at most so many.
    pub(super) async fn file(&self, path: &str, most: u64) -> Result<Vec<u8>, Fault> {
        let request = self.client.get(self.address(&["file", "bot"], path)).timeout(FILE);
        let response = request.send().await.map_err(|why| self.words.away(&why))?;
        if !response.status().is_success() {
            let code = response.status().as_u16();
            let said = "the file is not there any more".to_owned();
            return Err(Fault::No { code, said, wait: None, moved: None });
        }
        self.body(response, usize::try_from(most).unwrap_or(usize::MAX)).await
    }

    async fn body(&self, mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        while let Some(more) = response.chunk().await.map_err(|why| self.words.away(&why))? {
            if bytes.len() + more.len() > most {
                return Err(Fault::too_big());
            }
            bytes.extend_from_slice(&more);
        }
        Ok(bytes)
    }

    /// `/bot<token>/Method` or `/file/bot<token>/path/of/the.file`.
    fn address(&self, before: &[&str], after: &str) -> Url {
        let mut url = self.base.clone();
        let mut path = String::new();
        for part in before {
            path.push('/');
            path.push_str(part);
        }
        path.push_str(&self.token);
        for part in after.split('/').filter(|part| !matches!(*part, "" | "." | "..")) {
            path.push('/');
            path.push_str(part);
        }
        url.set_path(&path);
        url
    }
}
