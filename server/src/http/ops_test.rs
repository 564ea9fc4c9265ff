//! The auditor's page and calls, the demonstration's mailbox and the API's page, through the doors.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::Duration;
use serde_json::{Value, json};

use super::application;
use crate::actions::record::audited;
use crate::actions::{audit, tokens};
use crate::app::App;
use crate::clock::Clock;
use crate::domain::ids::Id;
use crate::domain::words::Channel;
use crate::records::{Kept, Session};
use crate::store::{accounts, engine};
use crate::testing::{Stage, on_each};

const CSRF: &str = "csrf-of-the-test";
const SCRIPT: &str = "<script>alert(1)</script>";

/// Opens a session as signing in would, and answers its cookie.
async fn sign_in(stage: &Stage, email: &'static str) -> String {
    let token = tokens::fresh().unwrap();
    let (hash, now) = (tokens::hash(&token), stage.clock.now());
    stage
        .office
        .db
        .write(move |tx| {
            let account = accounts::find_by_email(tx, email)?.unwrap();
            let session = Session {
                id: Id::new(now),
                token_hash: hash.clone(),
                account_id: account.id,
                csrf: CSRF.to_owned(),
                public_computer: false,
                address: String::new(),
                user_agent: String::new(),
                created_at: now,
                last_seen_at: now,
                proved_at: now,
                expires_at: now + Duration::hours(1),
            };
            accounts::insert_session(tx, &session)
        })
        .await
        .unwrap();
    format!("{}={token}", super::caller::SESSION)
}

struct Answer {
    status: StatusCode,
    way: String,
    csp: String,
    body: String,
}

async fn ask(app: App, request: TestRequest) -> Answer {
    let service = init_service(application(app)).await;
    let answer = call_service(&service, request.to_request()).await;
    let header = |name: &str| {
        let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (status, way, csp) =
        (answer.status(), header("location"), header("content-security-policy"));
    let body = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
    Answer { status, way, csp, body }
}

fn get(path: &str, cookie: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header(("cookie", cookie))
}

async fn some_history(stage: &Stage) {
    stage.province().await;
    let ctx = stage.nobody();
    stage
        .office
        .write(move |tx| {
            for n in 1..=60 {
                let object = format!("SC-2026-{n:06}");
                // One after the other: what is written in one instant has no order.
                let mut ctx = ctx.clone();
                ctx.now = ctx.now + Duration::milliseconds(n);
                audited(tx, &ctx, "test.written", "incident", &object, json!({"x": SCRIPT}))?;
            }
            Ok(())
        })
        .await
        .unwrap();
    audit::seal(&stage.office, 500).await.unwrap();
}

#[actix_web::test]
async fn the_trail_is_the_auditor_s_alone_in_pages_filtered_and_harmless() {
    on_each(|stage| async move {
        some_history(&stage).await;
        let anonymous = ask(stage.app(), TestRequest::get().uri("/nhat-ky")).await;
        assert_eq!(anonymous.status, 303);
        assert!(anonymous.way.starts_with("/dang-nhap"), "{}", anonymous.way);
        let leader = sign_in(&stage, "leader@so-ttt.example").await;
        for path in ["/nhat-ky", "/nhat-ky/kiem-tra", "/api/v1/audit", "/api/v1/audit/verify"] {
            assert_eq!(ask(stage.app(), get(path, &leader)).await.status, 403, "{path}");
        }
        let auditor = sign_in(&stage, "auditor@so-ttt.example").await;
        let first = ask(stage.app(), get("/nhat-ky", &auditor)).await;
        assert_eq!(first.status, 200);
        assert!(first.body.contains("SC-2026-000060"));
        assert!(!first.body.contains("SC-2026-000005"));
        assert!(!first.body.contains(SCRIPT), "what was written is text");
        assert!(first.body.contains("cursor=11"), "the next page");
        let second = ask(stage.app(), get("/nhat-ky?cursor=11", &auditor)).await;
        assert!(second.body.contains("SC-2026-000005"));
        let found = ask(stage.app(), get("/nhat-ky?object=SC-2026-000033", &auditor)).await;
        assert!(found.body.contains("SC-2026-000033") && !found.body.contains("SC-2026-000034"));
        let whole = ask(stage.app(), get("/nhat-ky/kiem-tra", &auditor)).await;
        assert!(whole.body.contains("notice--ok"), "the chain holds");
        assert_eq!(ask(stage.app(), get("/nhat-ky?cursor=x", &auditor)).await.status, 422);
    })
    .await;
}

#[actix_web::test]
async fn the_trail_by_machine_has_the_names_of_the_design() {
    on_each(|stage| async move {
        some_history(&stage).await;
        let auditor = sign_in(&stage, "auditor@so-ttt.example").await;
        let page = ask(stage.app(), get("/api/v1/audit?limit=25", &auditor)).await;
        let page: Value = serde_json::from_str(&page.body).unwrap();
        assert_eq!(page["items"].as_array().unwrap().len(), 25);
        for name in ["seq", "at", "actor", "action", "object", "hash", "previous"] {
            assert!(!page["items"][0][name].is_null(), "{name}");
        }
        let next = page["next"].as_str().unwrap();
        let path = format!("/api/v1/audit?cursor={next}");
        let rest: Value =
            serde_json::from_str(&ask(stage.app(), get(&path, &auditor)).await.body).unwrap();
        assert_eq!(rest["items"][0]["hash"], page["items"][24]["previous"]);
        assert!(rest["next"].is_null());
        let bad = ask(stage.app(), get("/api/v1/audit?cursor=x", &auditor)).await;
        let bad: Value = serde_json::from_str(&bad.body).unwrap();
        assert_eq!((&bad["status"], &bad["errors"][0]["field"]), (&json!(422), &json!("cursor")));
        let verdict = ask(stage.app(), get("/api/v1/audit/verify", &auditor)).await;
        let verdict: Value = serde_json::from_str(&verdict.body).unwrap();
        assert_eq!((&verdict["holds"], &verdict["entries"]), (&json!(true), &json!(60)));
    })
    .await;
}

#[actix_web::test]
async fn the_export_is_whole_needs_the_form_s_token_and_leaves_its_own_entry() {
    on_each(|stage| async move {
        some_history(&stage).await;
        let auditor = sign_in(&stage, "auditor@so-ttt.example").await;
        let export = |path: &str, csrf: &str| {
            TestRequest::post()
                .uri(path)
                .insert_header(("cookie", auditor.as_str()))
                .insert_header(("x-csrf-token", csrf))
                .set_form([("csrf", csrf)])
        };
        for path in ["/nhat-ky/xuat", "/api/v1/audit/export"] {
            assert_eq!(ask(stage.app(), export(path, "forged")).await.status, 403, "{path}");
            let answer = ask(stage.app(), export(path, CSRF)).await;
            assert_eq!(answer.status, 200, "{path}");
            let lines: Vec<Value> =
                answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!((lines.len(), &lines[0]["seq"]), (60, &json!(1)), "{path}");
        }
        assert_eq!(stage.count("audit where action = 'audit.exported'").await, 2);
    })
    .await;
}

async fn keep(stage: &Stage, channel: Channel) -> String {
    let now = stage.clock.now();
    let row = Kept {
        id: Id::new(now),
        delivery_id: Id::new(now),
        at: now,
        channel,
        recipient: "thu+1@xa-b.example".to_owned(),
        recipient_name: SCRIPT.to_owned(),
        subject: format!("Chủ đề {SCRIPT}"),
        text: format!("Nội dung {SCRIPT}"),
        html: format!("<p>Nội dung</p>{SCRIPT}"),
        links: r#"["http://127.0.0.1:8080/a/x"]"#.to_owned(),
        buttons: r#"[{"label":"Mở","url":"http://127.0.0.1:8080/a/x"}]"#.to_owned(),
    };
    let id = row.id.to_string();
    stage.office.db.write(move |tx| engine::keep(tx, &row)).await.unwrap();
    id
}

#[actix_web::test]
async fn the_mailbox_is_there_in_the_demonstration_alone_and_runs_no_script() {
    on_each(|stage| async move {
        let mail = keep(&stage, Channel::Mail).await;
        let bubble = keep(&stage, Channel::Telegram).await;
        let html = format!("/demo/mailbox/{mail}/html");
        for path in ["/demo/mailbox", &html, "/api/v1/demo/messages"] {
            assert_eq!(ask(stage.app(), get(path, "")).await.status, 404, "{path}");
        }
        let mut app = stage.app();
        let mut config = (*app.office.config).clone();
        config.demo = true;
        app.office.config = Arc::new(config);
        let page = ask(app.clone(), get("/demo/mailbox", "")).await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains(SCRIPT) && page.body.contains("Nội dung"));
        assert_eq!(page.body.matches("href=\"http://127.0.0.1:8080/a/x\"").count(), 2);
        assert!(page.body.contains("class=\"bubble\"") && page.body.contains("class=\"letter"));
        let filtered = ask(app.clone(), get("/demo/mailbox?to=thu%2B1@xa-b.example", "")).await;
        assert!(filtered.body.contains("Nội dung"));
        let nobody = ask(app.clone(), get("/demo/mailbox?to=khac@xa-b.example", "")).await;
        assert!(!nobody.body.contains("class=\"letter"));

        let alone = ask(app.clone(), get(&html, "")).await;
        assert!(alone.csp.contains("sandbox") && alone.csp.contains("default-src 'none'"));
        assert!(!alone.csp.contains("script-src") && !alone.csp.contains("allow-scripts"));
        let wrong = format!("/demo/mailbox/{bubble}/html");
        assert_eq!(ask(app.clone(), get(&wrong, "")).await.status, 404);

        let all = ask(app.clone(), get("/api/v1/demo/messages?to=thu%2B1@xa-b.example", "")).await;
        let all: Vec<serde_json::Map<String, Value>> = serde_json::from_str(&all.body).unwrap();
        assert_eq!(all.len(), 2);
        let names: Vec<&str> = all[0].keys().map(String::as_str).collect();
        let mut wanted = ["channel", "to", "subject", "text", "html", "links", "buttons", "at"];
        wanted.sort_unstable();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, wanted);
        assert_eq!(all[0]["buttons"], json!([{"label": "Mở", "url": "http://127.0.0.1:8080/a/x"}]));
    })
    .await;
}

#[actix_web::test]
async fn the_api_s_page_and_document_are_there_for_everybody() {
    let stage = Stage::sqlite();
    let page = ask(stage.app(), get("/api", "")).await;
    assert_eq!(page.status, 200);
    for words in ["POST /api/v1/reports", "GET /api/v1/audit", "curl -X POST", "Idempotency-Key"] {
        assert!(page.body.contains(words), "{words}");
    }
    let document = ask(stage.app(), get("/api/openapi.json", "")).await;
    let document: Value = serde_json::from_str(&document.body).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["components"]["securitySchemes"]["csrf"].is_object());
}

#[actix_web::test]
async fn health_says_when_the_engine_is_silent_and_each_of_its_chores() {
    let stage = Stage::sqlite();
    let app = stage.app();
    let health = |app: App| async move { ask(app, TestRequest::get().uri("/healthz")).await };
    assert_eq!(health(app.clone()).await.status, StatusCode::OK, "a server without an engine");
    for chore in ["timers", "outbox.mail", "outbox.telegram"] {
        app.pulse.beat(chore, &*app.clock);
    }
    // The wall clock has no say in it.
    stage.clock.set(Duration::hours(5));
    stage.clock.pass(Duration::seconds(59));
    assert_eq!(health(app.clone()).await.status, StatusCode::OK);
    app.pulse.beat("timers", &*app.clock);
    app.pulse.beat("outbox.telegram", &*app.clock);
    stage.clock.pass(Duration::seconds(1));
    let silent = health(app.clone()).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(silent.body.contains("outbox.mail: 60 s"), "{}", silent.body);
    assert!(!silent.body.contains("timers"), "{}", silent.body);
    app.pulse.beat("outbox.mail", &*app.clock);
    assert_eq!(health(app.clone()).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_channel_in_trouble_is_on_every_page_of_the_desk_and_on_nobody_else_s() {
    let stage = Stage::sqlite();
    stage.province().await;
    let app = stage.app();
    app.pulse.in_trouble(vec![Channel::Mail]);
    for (who, sees) in [
        ("coordinator@so-ttt.example", true),
        ("duty_officer@so-ttt.example", true),
        ("admin@so-ttt.example", true),
        ("unit_head@xa-b.example", false),
    ] {
        let cookie = sign_in(&stage, who).await;
        let page = TestRequest::get().uri("/").insert_header(("cookie", cookie.clone()));
        let answer = ask(app.clone(), page).await;
        let said = answer.body.contains("tin thử gần nhất bị muộn");
        assert_eq!(said, sees, "{who}: {} {}", answer.status, answer.way);
    }
    let list = TestRequest::get().uri("/api/v1/canaries");
    assert_eq!(ask(app.clone(), list).await.status, StatusCode::UNAUTHORIZED);
    let cookie = sign_in(&stage, "coordinator@so-ttt.example").await;
    let list = TestRequest::get().uri("/api/v1/canaries").insert_header(("cookie", cookie));
    let answer = ask(app, list).await;
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer, json!({"items": []}));
}
