//! Alarms in browsers, on each database: only for whoever switched them on, only as a doorbell, and
//! no longer than the browser is there.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::actions::accounts::lock;
use crate::actions::reports::{NewReport, receive};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Secret;
use crate::domain::words::{Channel, DeliveryStatus};
use crate::engine::{Channels, Chore as _, Outbox};
use crate::records::Delivery;
use crate::store::{engine, incidents};
use crate::testing::{Stage, on_each};

const DUTY: &str = "duty_officer@so-ttt.example";
const OTHER: &str = "coordinator@so-ttt.example";
/// The browser of RFC 8291, section 5.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// A push service on this machine that always answers so; heads of what came.
async fn service(status: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/send/trinh-duyet-1", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.and_then(|it| it.parse().ok()).unwrap_or(0)];
            stream.read_exact(&mut body).await.unwrap();
            kept.lock().unwrap().push(head);
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            let _gone = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, heard)
}

/// An installation with keys, whose own networks have a push service.
fn office_with_keys(stage: &Stage) -> Office {
    let mut config = (*stage.office.config).clone();
    let (public, private) = notify::push::new_keys().unwrap();
    config.push.public_key = public;
    config.push.private_key = Secret::new(private);
    config.push.more_services = vec!["127.0.0.1".to_owned()];
    config.push.allow_private = true;
    Office { config: Arc::new(config), ..stage.office.clone() }
}

fn asked(endpoint: &str) -> Asked {
    let browser = "Firefox,\n máy bàn".to_owned();
    Asked {
        endpoint: endpoint.to_owned(),
        p256dh: P256DH.to_owned(),
        auth: AUTH.to_owned(),
        browser,
    }
}

async fn attempt(stage: &Stage, office: &Office) {
    let app = App::new(office.clone(), Arc::clone(&stage.clock) as Arc<dyn Clock>);
    let lanes = Channels::configured(&app).unwrap().lanes();
    let lane = lanes.into_iter().find(|lane| lane.channel == Channel::Push).unwrap();
    Outbox::new(app, lane, "one".to_owned()).tick().await.unwrap();
}

async fn reported(office: &Office, stage: &Stage) -> Vec<Delivery> {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Điều kín đáo của xã".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "public".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_email: "thu@rieng.example".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    let code = receive(office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap().code;
    let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
    let all = move |c: &mut Conn| {
        let incident = incidents::find_by_number(c, number)?;
        engine::deliveries(c, incident.id, 500)
    };
    stage.office.db.read(all).await.unwrap()
}

#[actix_web::test]
async fn a_browser_rings_for_its_person_and_says_no_more_than_a_doorbell() {
    on_each(|stage| async move {
        stage.province().await;
        let (office, (url, heard)) = (office_with_keys(&stage), service("201 x").await);
        let ctx = stage.as_person(DUTY).await;
        let on = switch_on(&office, &ctx, asked(&url)).await.unwrap();
        assert_eq!(on.browser, "Firefox, máy bàn");
        attempt(&stage, &office).await;
        let first = heard.lock().unwrap().concat();
        assert!(first.starts_with("POST /send/trinh-duyet-1 "), "{first}");
        assert!(first.contains("content-encoding: aes128gcm"), "{first}");

        let rows = reported(&office, &stage).await;
        let rung: Vec<_> = rows.iter().filter(|row| row.channel == Channel::Push).collect();
        assert_eq!(rung.len(), 1, "one browser, once");
        let row = rung[0];
        assert_eq!(row.address, on.id.to_string(), "no address with which anybody could ring");
        assert!(row.urgent);
        let letter: notify::Letter = serde_json::from_str(&row.letter).unwrap();
        let labels: Vec<_> = letter.facts.iter().map(|fact| fact.value.as_str()).collect();
        for secret in ["kín đáo", "Nguyễn", "rieng"] {
            assert!(!row.letter.contains(secret), "{secret} in {}", row.letter);
        }
        assert!(!labels.iter().any(|value| value.contains("Xã") || value.contains("xã")));
        // Mail goes to the same person as ever.
        let mailed = |row: &&Delivery| row.channel == Channel::Mail && row.address == DUTY;
        assert_eq!(rows.iter().filter(mailed).count(), 1);
        attempt(&stage, &office).await;
        assert_eq!(heard.lock().unwrap().len(), 2);
    })
    .await;
}

#[actix_web::test]
async fn a_browser_that_is_gone_is_struck_out_without_alarm() {
    on_each(|stage| async move {
        stage.province().await;
        let (office, (url, _)) = (office_with_keys(&stage), service("410 x").await);
        let ctx = stage.as_person(DUTY).await;
        let on = switch_on(&office, &ctx, asked(&url)).await.unwrap();
        attempt(&stage, &office).await;
        assert!(own(&office, &ctx).await.unwrap().is_empty());
        let kept = office.db.read(move |c| push::find(c, on.id)).await.unwrap();
        assert_eq!(kept.ended_why.as_deref(), Some("gone"));
        assert!(kept.endpoint.is_empty() && kept.auth.is_empty());
        let rows = reported(&office, &stage).await;
        assert!(rows.iter().all(|row| row.channel != Channel::Push));
        assert!(rows.iter().any(|row| row.status == DeliveryStatus::Waiting));
    })
    .await;
}

#[actix_web::test]
async fn a_browser_is_one_persons_and_ends_with_the_account() {
    on_each(|stage| async move {
        stage.province().await;
        let (office, (url, _)) = (office_with_keys(&stage), service("201 x").await);
        let (duty, other) = (stage.as_person(DUTY).await, stage.as_person(OTHER).await);
        let first = switch_on(&office, &duty, asked(&url)).await.unwrap();
        let stolen = switch_off(&office, &other, first.id).await;
        assert!(matches!(stolen, Err(Error::NotFound(_))), "{stolen:?}");
        // The same browser, the next person: it rings for them alone.
        let second = switch_on(&office, &other, asked(&url)).await.unwrap();
        assert!(own(&office, &duty).await.unwrap().is_empty());
        assert_eq!(own(&office, &other).await.unwrap(), std::slice::from_ref(&second));
        switch_off(&office, &other, second.id).await.unwrap();
        assert!(own(&office, &other).await.unwrap().is_empty());
        // As many as a person has, and no more.
        for n in 0..=MOST {
            switch_on(&office, &duty, asked(&format!("{url}{n}"))).await.unwrap();
        }
        assert_eq!(own(&office, &duty).await.unwrap().len(), MOST);
        stage.signed_in("admin@so-ttt.example").await;
        let admin = stage.as_person("admin@so-ttt.example").await;
        let id = duty.actor.account().unwrap();
        lock(&office, &admin, id, "mất máy", "").await.unwrap();
        let left = office.db.read(move |c| push::of_account(c, id)).await.unwrap();
        assert!(left.is_empty());
    })
    .await;
}

#[actix_web::test]
async fn only_what_can_ring_is_kept() {
    on_each(|stage| async move {
        stage.province().await;
        let ctx = stage.as_person(DUTY).await;
        let office = office_with_keys(&stage);
        let bad = |answer: Result<Browser>| {
            assert!(matches!(answer, Err(Error::Refused(Refusal::Fields(_)))), "{answer:?}");
        };
        for endpoint in ["", "x", "https://evil.example/x", "http://192.168.1.1/x", "file:///x"] {
            bad(switch_on(&office, &ctx, asked(endpoint)).await);
        }
        let fine = "https://fcm.googleapis.com/fcm/send/x";
        bad(switch_on(&office, &ctx, Asked { p256dh: "AAAA".to_owned(), ..asked(fine) }).await);
        // Without keys nobody switches anything on.
        bad(switch_on(&stage.office, &ctx, asked(fine)).await);
        assert!(switch_on(&office, &stage.nobody(), asked(fine)).await.is_err());
        switch_on(&office, &ctx, asked(fine)).await.unwrap();
    })
    .await;
}
