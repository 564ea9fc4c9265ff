//! A playbook tells another system: what leaves, what becomes of it, and that nobody waits in silence
//! for a system that hangs, refuses, leads inward or is not there. And evidence with a request.

use std::sync::Arc;

use chrono::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::actions::dispatches;
use crate::actions::incident_view;
use crate::actions::procedure;
use crate::actions::timers::fire_one;
use crate::actions::{Ctx, Office, evidence};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Secret, Target};
use crate::domain::words::{Audience, Channel, DeliveryStatus, Tlp};
use crate::engine::{Channels, Outbox};
use crate::records::{Delivery, Run};
use crate::store::{engine, evidence as files, incidents};
use crate::testing::{Stage, on_each, reports};

const TELL: &str = "
playbook: tell
version: 1
title: Báo cho hệ thống giám sát
first_aid: 1. Gọi trực ban.
steps:
  - id: siem
    webhook: {target: siem, text: Sự cố mới của tỉnh.}
    within: 10m
    late:
      - notify: {to: leader}
";

const REFER: &str = "
playbook: refer
version: 1
title: Chuyển hồ sơ
first_aid: 1. Gọi trực ban.
steps:
  - id: police
    dispatch: {to: police, kind: investigate, ground: Điều 10.1, text: Xác minh., attach: evidence}
  - id: provider
    dispatch: {to: org:vnpt, kind: provide_logs, ground: Điều 11.2, text: Nhật ký., attach: evidence}
";

/// What the system behind the target does.
#[derive(Clone, Copy)]
enum Turn {
    Answer(&'static str),
    Hang,
}

/// A system on this machine; the number of messages that it took.
async fn system(turn: Turn) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/nhan", listener.local_addr().unwrap());
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let (mut all, mut piece) = (Vec::new(), [0_u8; 8192]);
                // Head and body: a message is short, its end is the end of its JSON.
                while !all.ends_with(b"}") {
                    match stream.read(&mut piece).await {
                        Ok(0) | Err(_) => return,
                        Ok(n) => all.extend_from_slice(&piece[..n]),
                    }
                }
                kept.lock().unwrap().push(String::from_utf8_lossy(&all).into_owned());
                match turn {
                    Turn::Hang => std::future::pending::<()>().await,
                    Turn::Answer(head) => {
                        let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
                        let _gone = stream.write_all(answer.as_bytes()).await;
                    }
                }
            });
        }
    });
    (url, heard)
}

/// An installation that knows this target.
fn office_with(stage: &Stage, url: &str, allow_private: bool) -> Office {
    let mut config = (*stage.office.config).clone();
    let target = Target {
        url: Secret::new(url),
        secret: Secret::new("mot-bi-mat-du-dai-0123456789"),
        allow_private,
        ..Target::default()
    };
    config.webhook.targets.insert("siem".to_owned(), target);
    Office { config: Arc::new(config), ..stage.office.clone() }
}

async fn reported(stage: &Stage) -> String {
    stage.province().await;
    reports::sent(stage, &stage.office, reports::typed("Trang giả mạo")).await.code
}

fn number(code: &str) -> i64 {
    code.rsplit('-').next().unwrap().parse().unwrap()
}

async fn follow(stage: &Stage, office: &Office, code: &str, text: &'static str) {
    let (office, ctx, number) = (office.clone(), stage.nobody(), number(code));
    stage
        .office
        .db
        .write(move |tx| {
            let incident = incidents::find_by_number(tx, number)?;
            let incident = incidents::hold(tx, incident.id)?;
            procedure::follow(tx, &office, &ctx, &incident, text)
        })
        .await
        .unwrap();
}

async fn rows(stage: &Stage, code: &str) -> Vec<Delivery> {
    let number = number(code);
    let all = move |c: &mut crate::store::Conn| {
        let incident = incidents::find_by_number(c, number)?;
        engine::deliveries(c, incident.id, 500)
    };
    stage.office.db.read(all).await.unwrap()
}

async fn webhook(stage: &Stage, code: &str) -> Delivery {
    let rows = rows(stage, code).await;
    rows.into_iter().find(|row| row.channel == Channel::Webhook).expect("a message")
}

async fn run(stage: &Stage, code: &str, name: &'static str) -> playbooks::Run {
    let number = number(code);
    let runs = move |c: &mut crate::store::Conn| {
        let incident = incidents::find_by_number(c, number)?;
        engine::runs_of(c, incident.id)
    };
    let runs: Vec<Run> = stage.office.db.read(runs).await.unwrap();
    let run = runs.into_iter().find(|run| run.playbook == name).expect("the run");
    serde_json::from_str(&run.state).unwrap()
}

async fn timeline(stage: &Stage, code: &str) -> Vec<String> {
    let desk = stage.as_person("coordinator@so-ttt.example").await;
    let all = incident_view::history(&stage.office, &desk, code, None, 200).await.unwrap();
    all.items.into_iter().map(|entry| entry.kind).collect()
}

/// One attempt of what is due on the webhook lane.
async fn attempt(stage: &Stage, office: &Office) {
    let app = App::new(office.clone(), Arc::clone(&stage.clock) as Arc<dyn Clock>);
    let lanes = Channels::configured(&app).unwrap().lanes();
    let lane = lanes.into_iter().find(|lane| lane.channel == Channel::Webhook).unwrap();
    crate::engine::Chore::tick(&Outbox::new(app, lane, "one".to_owned())).await.unwrap();
}

async fn told(stage: &Stage, code: &str, who: &str, purpose: &str) -> usize {
    let rows = rows(stage, code).await;
    rows.iter().filter(|row| row.address == who && row.purpose == purpose).count()
}

#[actix_web::test]
async fn a_system_that_takes_the_message_completes_the_step() {
    on_each(|stage| async move {
        let code = reported(&stage).await;
        let (url, heard) = system(Turn::Answer("202 ok")).await;
        let office = office_with(&stage, &url, true);
        follow(&stage, &office, &code, TELL).await;
        assert_eq!(webhook(&stage, &code).await.status, DeliveryStatus::Waiting);
        attempt(&stage, &office).await;
        let row = webhook(&stage, &code).await;
        assert_eq!((row.status, row.address.as_str()), (DeliveryStatus::Sent, "siem"));
        assert_eq!(row.reference.as_deref(), Some("202"));
        let said = heard.lock().unwrap().concat();
        assert!(said.contains("dieuphoi-signature: t=") && said.contains(&code), "{said}");
        // AMBER is above the ceiling of GREEN: code, priority and link alone, and nobody's name.
        for secret in ["Sự cố mới", "phishing", "xa-b", "thu@rieng", "Nguyễn", "\"playbook\""]
        {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
        let state = run(&stage, &code, "tell").await;
        assert!(state.is_over() && state.timers.is_empty());
        assert!(timeline(&stage, &code).await.contains(&"webhook_done".to_owned()));
        stage.clock.pass(Duration::minutes(20));
        let engine = Ctx::service("engine", stage.clock.now());
        while fire_one(&office, &engine).await.unwrap().is_some() {}
        assert_eq!(told(&stage, &code, "leader@so-ttt.example", "silence").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn below_the_ceiling_a_system_reads_what_it_is_about() {
    let stage = Stage::sqlite();
    let code = reported(&stage).await;
    let (url, heard) = system(Turn::Answer("200 ok")).await;
    let mut office = office_with(&stage, &url, true);
    let mut config = (*office.config).clone();
    config.province.webhook_ceiling = Tlp::Amber;
    office.config = Arc::new(config);
    follow(&stage, &office, &code, TELL).await;
    attempt(&stage, &office).await;
    let said = heard.lock().unwrap().concat();
    for word in ["Sự cố mới của tỉnh.", "phishing", "xa-b", "\"playbook\":\"tell\""] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(!said.contains("thu@rieng"), "{said}");
}

#[actix_web::test]
async fn a_system_that_fails_is_tried_again_and_late_speaks_up_meanwhile() {
    for turn in [Turn::Answer("500 no"), Turn::Hang] {
        let stage = Stage::sqlite();
        let code = reported(&stage).await;
        let (url, heard) = system(turn).await;
        let office = office_with(&stage, &url, true);
        follow(&stage, &office, &code, TELL).await;
        if matches!(turn, Turn::Hang) {
            // The lane gives it 15 s; nobody here waits for that: dropping the attempt is safe.
            let short = std::time::Duration::from_millis(300);
            assert!(tokio::time::timeout(short, attempt(&stage, &office)).await.is_err());
            assert_eq!(heard.lock().unwrap().len(), 1);
            stage.clock.pass(Duration::seconds(76));
            let row = webhook(&stage, &code).await;
            assert_eq!(row.status, DeliveryStatus::Sending, "its claim ends by itself");
        } else {
            attempt(&stage, &office).await;
            let row = webhook(&stage, &code).await;
            assert_eq!((row.status, row.attempts), (DeliveryStatus::Waiting, 1));
            assert!(row.last_error.unwrap().contains("500"));
            stage.clock.pass(Duration::seconds(7));
            attempt(&stage, &office).await;
            assert_eq!(webhook(&stage, &code).await.attempts, 2, "with growing pauses");
        }
        assert!(!run(&stage, &code, "tell").await.is_over(), "it still waits");
        stage.clock.pass(Duration::minutes(10));
        let engine = Ctx::service("engine", stage.clock.now());
        while fire_one(&office, &engine).await.unwrap().is_some() {}
        assert_eq!(told(&stage, &code, "leader@so-ttt.example", "silence").await, 1);
    }
}

#[actix_web::test]
async fn a_redirect_inward_a_refusal_and_a_private_address_fail_at_once_and_are_said() {
    let (inner, inner_heard) = system(Turn::Answer("200 ok")).await;
    let leads: &'static str = Box::leak(format!("302 gone\r\nlocation: {inner}").into_boxed_str());
    for (turn, private, why) in [
        (Turn::Answer(leads), true, "redirects"),
        (Turn::Answer("404 no"), true, "404"),
        (Turn::Answer("200 ok"), false, "allow_private"),
    ] {
        let stage = Stage::sqlite();
        let code = reported(&stage).await;
        let (url, heard) = system(turn).await;
        // An https address of one's own machine: refused before a byte leaves.
        let url = if private { url } else { url.replace("http://", "https://") };
        let office = office_with(&stage, &url, private);
        follow(&stage, &office, &code, TELL).await;
        attempt(&stage, &office).await;
        let row = webhook(&stage, &code).await;
        assert_eq!(row.status, DeliveryStatus::Failed, "{why}");
        assert!(row.last_error.as_deref().unwrap().contains(why), "{:?}", row.last_error);
        assert_eq!(heard.lock().unwrap().len(), usize::from(private), "{why}");
        assert_eq!(
            run(&stage, &code, "tell").await.steps["siem"].status,
            playbooks::Status::Refused
        );
        let said = timeline(&stage, &code).await;
        for kind in ["webhook_failed", "delivery_failed"] {
            assert!(said.contains(&kind.to_owned()), "{kind} in {said:?}");
        }
        assert_eq!(told(&stage, &code, "leader@so-ttt.example", "step_undelivered").await, 1);
    }
    assert!(inner_heard.lock().unwrap().is_empty(), "nobody followed");
}

#[actix_web::test]
async fn a_target_that_is_not_configured_is_said_at_once() {
    on_each(|stage| async move {
        let code = reported(&stage).await;
        follow(&stage, &stage.office, &code, TELL).await;
        assert!(rows(&stage, &code).await.iter().all(|row| row.channel != Channel::Webhook));
        let said = timeline(&stage, &code).await;
        assert!(said.contains(&"webhook_no_target".to_owned()), "{said:?}");
        assert_eq!(told(&stage, &code, "leader@so-ttt.example", "step_undelivered").await, 1);
        assert!(run(&stage, &code, "tell").await.is_over(), "nobody waits in silence");
        // Gone between the writing and the sending.
        let office = office_with(&stage, "https://siem.example/", false);
        follow(&stage, &office, &code, TELL).await;
        attempt(&stage, &stage.office).await;
        let row = webhook(&stage, &code).await;
        assert_eq!(row.status, DeliveryStatus::Failed);
        assert!(row.last_error.unwrap().contains("siem"));
    })
    .await;
}

/// A file of the incident, without bytes: who may have it is asked here.
async fn file(stage: &Stage, code: &str, name: &'static str, audience: Audience, tlp: Tlp) {
    let (ctx, number) = (stage.as_person("coordinator@so-ttt.example").await, number(code));
    let office = stage.office.clone();
    stage
        .office
        .db
        .write(move |tx| {
            let incident = incidents::find_by_number(tx, number)?;
            let staged = evidence::Staged {
                id: crate::domain::ids::Id::new(ctx.now),
                name: name.to_owned(),
                content_type: "text/plain".to_owned(),
                size: 3,
                sha256: "00".repeat(32),
                storage_key: name.to_owned(),
            };
            let web = crate::domain::words::EvidenceSource::Web;
            let origin = evidence::Origin { audience, ..evidence::Origin::new(web) };
            let mut row = evidence::keep_staged(tx, &office, &ctx, &incident, &staged, origin)?;
            row.tlp = tlp;
            row.held = name == "held.txt";
            files::save(tx, &row)
        })
        .await
        .unwrap();
}

async fn files_of(stage: &Stage, who: &str) -> Vec<(String, Vec<String>)> {
    let ctx = stage.as_person(who).await;
    let page = dispatches::list(
        &stage.office,
        &ctx,
        dispatches::Wanted { limit: 50, ..Default::default() },
    );
    let mut found = Vec::new();
    for line in page.await.unwrap().items {
        let view = dispatches::view(&stage.office, &ctx, &line.code).await.unwrap();
        let mut names: Vec<String> =
            view.files.into_iter().filter(|file| file.readable).map(|file| file.name).collect();
        names.sort();
        found.push((line.organisation, names));
    }
    found
}

#[actix_web::test]
async fn evidence_goes_along_as_far_as_each_partner_may_have_it() {
    on_each(|stage| async move {
        let code = reported(&stage).await;
        file(&stage, &code, "log.txt", Audience::Everyone, Tlp::Amber).await;
        file(&stage, &code, "red.txt", Audience::Everyone, Tlp::Red).await;
        file(&stage, &code, "desk.txt", Audience::Coordination, Tlp::Green).await;
        file(&stage, &code, "police.txt", Audience::Police, Tlp::Amber).await;
        file(&stage, &code, "held.txt", Audience::Everyone, Tlp::Amber).await;
        follow(&stage, &stage.office, &code, REFER).await;
        assert_eq!(
            files_of(&stage, "liaison@vnpt.example").await,
            [("vnpt".to_owned(), vec!["log.txt".to_owned()])]
        );
        let police = files_of(&stage, "police_liaison@cat.example").await;
        let all = ["held.txt", "log.txt", "police.txt", "red.txt"].map(str::to_owned).to_vec();
        assert_eq!(police, [("cat".to_owned(), all)]);
        let attached = timeline(&stage, &code).await;
        assert_eq!(attached.iter().filter(|kind| *kind == "evidence_attached").count(), 2);
        // What comes later is not sent along by itself; what the police hold now is taken back.
        file(&stage, &code, "later.txt", Audience::Everyone, Tlp::Green).await;
        assert_eq!(files_of(&stage, "liaison@vnpt.example").await[0].1, ["log.txt"]);
        assert!(files_of(&stage, "liaison@viettel.example").await.is_empty());
    })
    .await;
}
