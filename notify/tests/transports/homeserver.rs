//! A homeserver of a few pages: real HTTP/1.1, the requests of the Matrix client-server API that we
//! and the people in the stories make, one log of events, faults by script. tests/tools/synapse tells
//! the same stories to a real one.

mod answers;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use answers::{Request, State, answer};

pub(crate) const SERVER: &str = "tinh.example";

pub(crate) struct Homeserver {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    bell: Arc<Notify>,
}

impl Homeserver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (state, bell) = (Arc::new(Mutex::new(State::default())), Arc::new(Notify::new()));
        let (kept, rings) = (Arc::clone(&state), Arc::clone(&bell));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), Arc::clone(&rings)));
            }
        });
        Self { url, state, bell }
    }

    /// The next request whose path holds this is answered so.
    pub(crate) fn fault(&self, path: &str, status: u16, body: Value) {
        self.state.lock().unwrap().faults.push_back((path.to_owned(), status, body));
    }

    /// Method and path, with the body, of each request.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.state.lock().unwrap().requests.clone()
    }

    pub(crate) fn upload(&self, media: &str, bytes: &[u8]) {
        self.state.lock().unwrap().media.insert(media.to_owned(), bytes.to_vec());
    }

    /// Forgets what it keeps for its users, as after a restore.
    pub(crate) fn forget_account_data(&self) {
        self.state.lock().unwrap().account_data.clear();
        self.bell.notify_waiters();
    }
}

/// One request, one answer, one connection.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>, bell: Arc<Notify>) {
    let mut stream = BufReader::new(stream);
    let Some(request) = heard(&mut stream).await else { return };
    let wait = request.query.get("timeout").and_then(|ms| ms.parse().ok()).unwrap_or(0_u64);
    let ends = tokio::time::Instant::now() + std::time::Duration::from_millis(wait);
    let (status, body) = loop {
        let rings = bell.notified();
        let (status, body) = answer(&mut state.lock().unwrap(), &request);
        let empty = body.get("next_batch").is_some() && body["rooms"] == json!({});
        if !empty || tokio::time::timeout_at(ends, rings).await.is_err() {
            break (status, body);
        }
    };
    if request.method != "GET" {
        bell.notify_waiters();
    }
    let bytes = match &body {
        Value::Array(bytes) if bytes.iter().all(Value::is_u64) && !bytes.is_empty() => {
            bytes.iter().map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect()
        }
        body => body.to_string().into_bytes(),
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        bytes.len()
    );
    let _ = stream.get_mut().write_all(head.as_bytes()).await;
    let _ = stream.get_mut().write_all(&bytes).await;
}

async fn heard(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut start = String::new();
    stream.read_line(&mut start).await.ok()?;
    let mut words = start.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut user) = (0, None);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            // Tokens are `token-NAME`.
            "authorization" => {
                user = value.strip_prefix("Bearer token-").map(|name| format!("@{name}:{SERVER}"));
            }
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let url = reqwest::Url::parse(&format!("http://x{target}")).ok()?;
    let decode = |part: &str| {
        let pair = format!("x={}", part.replace('+', "%2B"));
        let url = reqwest::Url::parse(&format!("http://x/?{pair}")).unwrap();
        url.query_pairs().next().unwrap().1.into_owned()
    };
    Some(Request {
        method,
        path: url.path_segments()?.map(decode).collect(),
        query: url.query_pairs().into_owned().collect(),
        user,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}
