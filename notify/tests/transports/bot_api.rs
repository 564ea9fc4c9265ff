//! A Bot API of one page: real HTTP/1.1, scripted answers, remembers every request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One answer: status and body. No body means the connection is closed without a word.
pub(crate) type Answer = (u16, Option<Value>);

#[derive(Default)]
struct State {
    next: VecDeque<Answer>,
    requests: Vec<(String, Value)>,
}

pub(crate) struct BotApi {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

/// What Telegram says to a message it took.
pub(crate) fn sent(message_id: i64) -> Answer {
    let chat = json!({"id": 42, "type": "private", "first_name": "Lan"});
    let message = json!({"message_id": message_id, "date": 1, "chat": chat, "text": "x"});
    (200, Some(json!({"ok": true, "result": message})))
}

pub(crate) fn refused(code: u16, description: &str) -> Answer {
    (code, Some(json!({"ok": false, "error_code": code, "description": description})))
}

impl BotApi {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let next = answers.into_iter().collect();
        let state = Arc::new(Mutex::new(State { next, requests: Vec::new() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { url, state }
    }

    /// Path and JSON body of each request.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.state.lock().unwrap().requests.clone()
    }
}

/// One request, one answer, one connection.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    let mut start = String::new();
    stream.read_line(&mut start).await.unwrap();
    let path = start.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let answer = {
        let mut state = state.lock().unwrap();
        state.requests.push((path, body));
        state.next.pop_front().unwrap_or_else(|| sent(1))
    };
    let (status, Some(body)) = answer else { return };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.get_mut().write_all(head.as_bytes()).await;
    let _ = stream.get_mut().write_all(body.as_bytes()).await;
}
