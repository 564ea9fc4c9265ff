//! Web push against a real socket: what is posted is unsealed and proved by another program's
//! cryptography; what answers mean; that nothing goes inward.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use notify::push::{self, Finding, Striking, new_keys};
use notify::{Channel, Fact, Outcome, Push, PushSettings, Subscription, Subscriptions};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::envelope;

const NOW: u64 = 1_700_000_000;
/// The browser of RFC 8291, section 5.
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const PRIVATE: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

type Heard = Arc<Mutex<Vec<(BTreeMap<String, String>, Vec<u8>)>>>;

/// A push service that always answers so.
struct Service {
    url: String,
    heard: Heard,
}

impl Service {
    async fn start(status: u16, more: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send/bi-mat-123", listener.local_addr().unwrap());
        let heard: Heard = Arc::default();
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, status, more, Arc::clone(&kept)));
            }
        });
        Self { url, heard }
    }
}

async fn serve(stream: TcpStream, status: u16, more: &str, heard: Heard) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        match line.trim().split_once(": ") {
            Some((name, value)) => drop(head.insert(name.to_ascii_lowercase(), value.to_owned())),
            None if line.trim().is_empty() => break,
            None => drop(head.insert("start".to_owned(), line.trim().to_owned())),
        }
    }
    let mut body = vec![0; head["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).await?;
    heard.lock().unwrap().push((head, body));
    let answer = format!("HTTP/1.1 {status} x\r\n{more}content-length: 0\r\n\r\n");
    stream.get_mut().write_all(answer.as_bytes()).await
}

/// Subscriptions by name, and the names that were struck out.
#[derive(Default)]
struct Shelf {
    kept: BTreeMap<String, Subscription>,
    gone: Mutex<Vec<String>>,
}

impl Subscriptions for Shelf {
    fn find<'a>(&'a self, name: &'a str) -> Finding<'a> {
        Box::pin(async move { Ok(self.kept.get(name).cloned()) })
    }

    fn gone<'a>(&'a self, name: &'a str) -> Striking<'a> {
        Box::pin(async move {
            self.gone.lock().unwrap().push(name.to_owned());
            Ok(())
        })
    }
}

fn subscription(endpoint: &str) -> Subscription {
    let (p256dh, auth) = (PUBLIC.to_owned(), AUTH.to_owned());
    Subscription { endpoint: endpoint.to_owned(), p256dh, auth }
}

fn settings(allow_private: bool) -> PushSettings {
    let (public_key, private_key) = new_keys().unwrap();
    let contact = "mailto:truc-ban@tinh.example".to_owned();
    let services = ["127.0.0.1", "localhost", ".push.example"].map(str::to_owned).into();
    PushSettings { public_key, private_key, contact, services, allow_private }
}

fn to(endpoint: &str, allow_private: bool) -> (Push, Arc<Shelf>) {
    let kept = [("lan".to_owned(), subscription(endpoint))].into();
    let shelf = Arc::new(Shelf { kept, gone: Mutex::default() });
    let known: Arc<dyn Subscriptions> = Arc::<Shelf>::clone(&shelf);
    let now = || UNIX_EPOCH + Duration::from_secs(NOW);
    let push = Push::new(settings(allow_private), known, now).unwrap();
    (push.with_timeout(Duration::from_millis(900)), shelf)
}

/// Unsealed and proved by Node's cryptography.
fn unsealed(head: &BTreeMap<String, String>, body: &[u8]) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transports/browser.mjs");
    let (stdin, stdout) = (Stdio::piped(), Stdio::piped());
    let mut node = Command::new("node").arg(script).stdin(stdin).stdout(stdout).spawn().unwrap();
    let given = json!({"body": BASE64.encode(body), "header": head["authorization"],
        "private": PRIVATE, "auth": AUTH});
    node.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let said = node.wait_with_output().unwrap();
    assert!(said.status.success());
    serde_json::from_slice(&said.stdout).unwrap()
}

#[tokio::test]
async fn a_browser_can_read_it_and_it_is_a_doorbell() {
    let service = Service::start(201, "location: /message/abc-1\r\n").await;
    let (push, _) = to(&service.url, true);
    let mut alarm = envelope(1, "lan");
    alarm.letter.paragraphs = vec!["Ai đó viết điều không được ra ngoài".to_owned()];
    alarm.letter.steps = vec!["Bước".to_owned()];
    let due = Fact { label: "Hạn".to_owned(), value: "17:00 22/11/2026\nhôm nay".to_owned() };
    alarm.letter.facts.push(due);
    let outcome = push.send(&alarm).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some("abc-1".to_owned()) });
    assert!(matches!(push.send(&alarm).await, Outcome::Sent { .. }));

    let heard = service.heard.lock().unwrap().clone();
    let (head, body) = &heard[0];
    assert!(head["start"].starts_with("POST /send/bi-mat-123 "), "{head:?}");
    assert_eq!(head["content-encoding"], "aes128gcm");
    assert_eq!((head["ttl"].as_str(), head["urgency"].as_str()), ("14400", "high"));
    let topic = &head["topic"];
    assert!(topic.len() == 32 && !topic.contains(['=', '+', '/']), "{topic}");
    assert_eq!(*topic, heard[1].0["topic"], "one conversation, one place");
    assert_ne!(*body, heard[1].1, "never the same twice");

    let read = unsealed(head, body);
    assert_eq!(read["size"], 4096);
    assert_eq!(read["key"], push.public_key());
    assert_eq!(read["claims"]["aud"], service.url.strip_suffix("/send/bi-mat-123").unwrap());
    assert_eq!(read["claims"]["sub"], "mailto:truc-ban@tinh.example");
    assert_eq!(read["claims"]["exp"], NOW + 43_200);
    let message = &read["message"];
    assert_eq!(message["title"], "SC-2026-000001: Mã hóa dữ liệu");
    assert_eq!(message["body"], "Mức ưu tiên: Khẩn cấp\nHạn: 17:00 22/11/2026 hôm nay");
    assert_eq!(message["url"], "https://dieuphoi.example/su-co/SC-2026-000001");
    assert!(!message.to_string().contains("Ai đó") && !message.to_string().contains("Bước"));
}

#[tokio::test]
async fn answers_say_whether_the_browser_is_still_there() {
    for status in [404, 410] {
        let service = Service::start(status, "").await;
        let (push, shelf) = to(&service.url, true);
        let outcome = push.send(&envelope(1, "lan")).await;
        assert!(matches!(outcome, Outcome::Undeliverable { .. }), "{status}: {outcome:?}");
        assert_eq!(*shelf.gone.lock().unwrap(), ["lan"], "{status}");
    }
    for (status, after) in [(429, Some(30)), (503, Some(30)), (500, None), (401, None), (403, None)]
    {
        let more = if after.is_some() { "retry-after: 30\r\n" } else { "" };
        let service = Service::start(status, more).await;
        let (push, shelf) = to(&service.url, true);
        let outcome = push.send(&envelope(1, "lan")).await;
        let wanted = after.map(Duration::from_secs);
        assert!(
            matches!(&outcome, Outcome::Retry { after, why }
                if *after == wanted && !why.contains("bi-mat")),
            "{status}: {outcome:?}"
        );
        assert!(shelf.gone.lock().unwrap().is_empty());
    }
    for status in [301, 307, 400, 413] {
        let service = Service::start(status, "location: http://127.0.0.1:9/\r\n").await;
        let outcome = to(&service.url, true).0.send(&envelope(1, "lan")).await;
        assert!(matches!(outcome, Outcome::Undeliverable { .. }), "{status}: {outcome:?}");
    }
    let (push, _) = to("http://127.0.0.1:1/send/bi-mat-123", true);
    let Outcome::Retry { why, .. } = push.send(&envelope(1, "lan")).await else { panic!("?") };
    assert!(!why.contains("bi-mat"), "{why}");
    let ended = push.send(&envelope(1, "minh")).await;
    assert!(matches!(ended, Outcome::Undeliverable { .. }), "{ended:?}");
}

#[tokio::test]
async fn nothing_goes_inward_or_to_a_service_that_is_not_known() {
    let service = Service::start(201, "").await;
    let port = service.url.split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost"] {
        let (push, _) = to(&format!("https://{host}:{port}/x"), false);
        match push.send(&envelope(1, "lan")).await {
            Outcome::Undeliverable { why } => assert!(why.contains("not a public one"), "{why}"),
            other => panic!("{host}: {other:?}"),
        }
    }
    for endpoint in [
        service.url.clone(),
        "https://evil.example/x".to_owned(),
        "https://push.example.evil.example/x".to_owned(),
        "https://push.example/x".to_owned(),
        "https://u:p@a.push.example/x".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let known = settings(false).services;
        assert!(!push::is_usable(&subscription(&endpoint), &known, false), "{endpoint}");
        let outcome = to(&endpoint, false).0.send(&envelope(1, "lan")).await;
        assert!(matches!(outcome, Outcome::Undeliverable { .. }), "{endpoint}: {outcome:?}");
    }
    assert!(push::is_usable(
        &subscription("https://a.push.example/x"),
        &settings(false).services,
        false
    ));
    assert!(service.heard.lock().unwrap().is_empty());
    let usual = push::SERVICES.map(str::to_owned);
    for endpoint in [
        "https://fcm.googleapis.com/fcm/send/x",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://wns2-pn1p.notify.windows.com/w/?token=x",
        "https://web.push.apple.com/x",
    ] {
        assert!(push::is_usable(&subscription(endpoint), &usual, false), "{endpoint}");
    }
}
