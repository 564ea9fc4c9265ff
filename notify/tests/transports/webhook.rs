//! Webhooks against a real socket: what is posted, what answers mean, and that nothing goes inward.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use notify::webhook::signature;
use notify::{Channel, Outcome, WebhookTarget, Webhooks};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::envelope;

const SECRET: &str = "mot-bi-mat-du-dai-0123456789";
const NOW: u64 = 1_700_000_000;

/// What the system behind the webhook does.
#[derive(Clone)]
enum Turn {
    Answer(u16, &'static str),
    /// Takes the message and never answers.
    Hang,
    /// Answers, and never stops talking.
    Endless,
}

/// Heads and body of every request.
type Heard = Arc<Mutex<Vec<(Vec<String>, String)>>>;

struct System {
    url: String,
    heard: Heard,
}

impl System {
    async fn start(turn: Turn) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, turn.clone(), Arc::clone(&kept)));
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> Vec<(Vec<String>, String)> {
        self.heard.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, turn: Turn, heard: Heard) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let length = head
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    heard.lock().unwrap().push((head, String::from_utf8_lossy(&body).into_owned()));
    match turn {
        Turn::Hang => std::future::pending().await,
        Turn::Answer(status, more) => {
            let answer = format!("HTTP/1.1 {status} x\r\n{more}content-length: 0\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).await
        }
        Turn::Endless => {
            stream.get_mut().write_all(b"HTTP/1.1 200 x\r\n\r\n").await?;
            loop {
                stream.get_mut().write_all(&[b'x'; 4096]).await?;
            }
        }
    }
}

fn to(url: &str, allow_private: bool) -> Webhooks {
    let target = WebhookTarget {
        url: url.to_owned(),
        secret: SECRET.to_owned(),
        allow_private,
        ca_file: None,
    };
    let now = || UNIX_EPOCH + Duration::from_secs(NOW);
    Webhooks::new([("siem".to_owned(), target)], now)
        .unwrap()
        .with_timeout(Duration::from_millis(700))
}

async fn outcome_of(turn: Turn) -> Outcome {
    let system = System::start(turn).await;
    to(&system.url, true).send(&envelope(1, "siem")).await
}

#[tokio::test]
async fn a_message_is_signed_and_says_the_same_on_every_attempt() {
    let system = System::start(Turn::Answer(202, "")).await;
    let channel = to(&system.url, true);
    let mut sent = envelope(7, "siem");
    sent.letter.data = Some(json!({"code": "SC-2026-000007"}));
    for _ in 0..2 {
        let outcome = channel.send(&sent).await;
        assert_eq!(outcome, Outcome::Sent { reference: Some("202".to_owned()) });
    }
    let heard = system.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].1, heard[1].1, "the same words");
    let (head, body) = &heard[0];
    assert!(head[0].starts_with("POST /hook HTTP/1.1"), "{head:?}");
    let header = |name: &str| {
        let found = head.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.unwrap_or_else(|| panic!("no {name} in {head:?}")).to_owned()
    };
    assert_eq!(header("dieuphoi-signature"), signature(SECRET, NOW, body));
    assert_eq!(header("dieuphoi-delivery"), "delivery-7");
    assert_eq!(header("idempotency-key"), "delivery-7");
    assert_eq!(header("content-type"), "application/json");
    let said: Value = serde_json::from_str(body).unwrap();
    assert_eq!(said["data"]["code"], "SC-2026-000007");
    assert_eq!(said["id"], "delivery-7");
    assert!(!body.contains(SECRET));
}

#[tokio::test]
async fn what_hangs_or_fails_is_tried_again_and_what_is_refused_is_not() {
    for turn in [Turn::Hang, Turn::Answer(500, ""), Turn::Answer(503, "retry-after: 30\r\n")] {
        match outcome_of(turn).await {
            Outcome::Retry { why, .. } => assert!(why.contains("webhook target"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    for status in [400, 401, 404, 410] {
        let outcome = outcome_of(Turn::Answer(status, "")).await;
        assert!(matches!(outcome, Outcome::Undeliverable { .. }), "{status}: {outcome:?}");
    }
    let outcome = outcome_of(Turn::Endless).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some("200".to_owned()) }, "not read");
    let nobody = to("http://127.0.0.1:1/x-secret-path", true).send(&envelope(1, "siem")).await;
    match nobody {
        Outcome::Retry { why, .. } => assert!(!why.contains("secret-path"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_inward() {
    let inner = System::start(Turn::Answer(200, "")).await;
    let location: &'static str = Box::leak(format!("location: {}\r\n", inner.url).into_boxed_str());
    for status in [301, 302, 307, 308] {
        match outcome_of(Turn::Answer(status, location)).await {
            Outcome::Undeliverable { why } => assert!(why.contains("redirects"), "{why}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(inner.heard().is_empty(), "nobody went there");
}

#[tokio::test]
async fn inward_addresses_are_refused_unless_the_target_allows_them() {
    let system = System::start(Turn::Answer(200, "")).await;
    let port = system.url.rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "169.254.169.254"] {
        let channel = to(&format!("https://{host}:{port}"), false);
        match channel.send(&envelope(1, "siem")).await {
            Outcome::Undeliverable { why } => assert!(why.contains("allow_private"), "{why}"),
            other => panic!("{host}: {other:?}"),
        }
        let why = channel.check_one("siem").await.unwrap_err();
        assert!(why.contains("allow_private"), "{why}");
    }
    assert!(system.heard().is_empty());
    // Plain http to somebody outside never leaves, whatever is allowed.
    match to("http://1.1.1.1/", true).send(&envelope(1, "siem")).await {
        Outcome::Undeliverable { why } => assert!(why.contains("plain http"), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_target_that_is_gone_says_so_and_a_check_sends_nothing() {
    let system = System::start(Turn::Answer(200, "")).await;
    let channel = to(&system.url, true);
    match channel.send(&envelope(1, "khac")).await {
        Outcome::Undeliverable { why } => assert!(why.contains("\"khac\""), "{why}"),
        other => panic!("{other:?}"),
    }
    let said = channel.check_one("siem").await.unwrap();
    assert!(said.contains("answers at 127.0.0.1"), "{said}");
    assert!(system.heard().is_empty());
    assert!(to("http://127.0.0.1:1/", true).check_one("siem").await.is_err());
}
