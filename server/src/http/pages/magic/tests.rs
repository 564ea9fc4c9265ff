//! Stories of dispatches at the doors: the magic link's page, the account's pages, the API.

use actix_web::body::to_bytes;
use actix_web::cookie::Cookie;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use serde_json::{Value, json};

use crate::actions::dispatches::{self, NewDispatch, Sent};
use crate::actions::reports::{NewReport, receive};
use crate::actions::tokens;
use crate::clock::Clock;
use crate::domain::ids::{DispatchId, Id};
use crate::domain::person::Actor;
use crate::http::application;
use crate::records::Session;
use crate::store::{accounts, dispatches as rows, engine, incidents};
use crate::testing::{Stage, on_each};

async fn incident(stage: &Stage) -> String {
    let report = NewReport {
        category: "malware".to_owned(),
        description: "Máy phòng 7 nối ra 203.0.113.7".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "unit".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_email: "thu@xa-b.example".to_owned(),
        ..NewReport::default()
    };
    let through = Some("xa-b".to_owned());
    receive(&stage.office, &stage.nobody(), report, Vec::new(), through, None).await.unwrap().code
}

async fn sent(stage: &Stage, code: &str, to: &str) -> Sent {
    let wanted = NewDispatch {
        to: to.to_owned(),
        kind: "handle".to_owned(),
        ground: "Điều 11.2".to_owned(),
        content: "Chặn 203.0.113.7 <script>alert(1)</script>".to_owned(),
        accept_by: "2026-11-22T10:00".to_owned(),
        result_by: "2026-11-22T18:00".to_owned(),
        ..NewDispatch::default()
    };
    let desk = stage.as_person("coordinator@so-ttt.example").await;
    dispatches::send(&stage.office, &desk, code, wanted, None).await.unwrap()
}

async fn token(stage: &Stage, id: DispatchId, to: &'static str) -> String {
    let found = stage.office.db.read(move |c| engine::deliveries_of_dispatch(c, id)).await;
    let found = found.unwrap();
    let row = found.iter().rev().find(|row| row.address == to).unwrap();
    row.letter.split_once("/a/").unwrap().1.split('"').next().unwrap().to_owned()
}

/// Everything that opening a link could change.
async fn dump(stage: &Stage, id: DispatchId) -> String {
    let facts = stage
        .office
        .db
        .read(move |c| {
            let dispatch = rows::find(c, id)?;
            let incident = incidents::find(c, dispatch.incident_id)?;
            Ok(format!(
                "{dispatch:?}{incident:?}{:?}{:?}{:?}",
                rows::entries(c, id)?,
                rows::links_of(c, id)?,
                engine::deliveries_of_dispatch(c, id)?,
            ))
        })
        .await
        .unwrap();
    let mut all = facts;
    for table in ["audit", "timeline", "outbox", "timers", "sessions", "evidence", "dispatch_links"]
    {
        all += &format!("{table}:{};", stage.count(table).await);
    }
    all
}

async fn text(answer: ServiceResponse<impl actix_web::body::MessageBody>) -> String {
    let Ok(bytes) = to_bytes(answer.into_body()).await else { panic!("no body") };
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn field(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_link_is_opened_without_a_trace_and_answered_by_form_file_and_json() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let sent = sent(&stage, &code, "vnpt").await;
        let token = token(&stage, sent.id, "chinh@vnpt.example").await;
        let app = init_service(application(stage.app())).await;
        let path = format!("/a/{token}");

        let before = dump(&stage, sent.id).await;
        for _ in 0..2 {
            let answer = call_service(&app, TestRequest::get().uri(&path).to_request()).await;
            assert_eq!(answer.status(), StatusCode::OK);
            for (name, value) in [
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
                ("x-robots-tag", "noindex, nofollow"),
            ] {
                assert_eq!(answer.headers().get(name).unwrap(), value);
            }
            let html = text(answer).await;
            assert!(html.contains("PDP-2026-000001") && html.contains(&code));
            assert!(!html.contains("<script>alert") && html.contains("203.0.113.7"));
            assert!(!html.contains("Nguyễn Thị Thử") && !html.contains("phòng 7"));
            assert!(!html.contains("dispatch-") || !html.contains(">dispatch-"), "a missing text");
        }
        assert_eq!(dump(&stage, sent.id).await, before, "opening changes nothing");

        let html = text(call_service(&app, TestRequest::get().uri(&path).to_request()).await).await;
        let nonce = field(&html, "nonce");
        let own = ("origin", "null");
        let post = |form: Value, header: (&'static str, &'static str)| {
            let request = TestRequest::post().uri(&path).insert_header(header);
            request.set_form(form).to_request()
        };
        let forged = post(json!({"answer": "accept", "nonce": "x"}), own);
        assert_eq!(call_service(&app, forged).await.status(), StatusCode::FORBIDDEN);
        let bare = post(json!({"answer": "accept"}), own);
        assert_eq!(call_service(&app, bare).await.status(), StatusCode::FORBIDDEN);
        let elsewhere = ("origin", "https://evil.example");
        let cross = post(json!({"answer": "accept", "nonce": nonce}), elsewhere);
        assert_eq!(call_service(&app, cross).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(dump(&stage, sent.id).await, before, "refused answers change nothing");

        let unknown = post(json!({"answer": "maybe", "text": "chữ còn", "nonce": nonce}), own);
        let answer = call_service(&app, unknown).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(answer).await.contains("chữ còn"), "what was typed is kept");
        let taken =
            call_service(&app, post(json!({"answer": "accept", "nonce": nonce}), own)).await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER);
        let twice =
            call_service(&app, post(json!({"answer": "accept", "nonce": nonce}), own)).await;
        assert_eq!(twice.status(), StatusCode::CONFLICT);

        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"nonce\"\r\n\r\n{nonce}\r\n\
             --b\r\nContent-Disposition: form-data; name=\"answer\"\r\n\r\nprogress\r\n\
             --b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n<b>Đang làm</b>\r\n\
             --b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"../nhat-ky.txt\"\r\n\
             Content-Type: text/plain\r\n\r\ndòng một\r\n--b--\r\n"
        );
        let request = TestRequest::post()
            .uri(&path)
            .insert_header(own)
            .insert_header(("content-type", "multipart/form-data; boundary=b"))
            .set_payload(body)
            .to_request();
        assert_eq!(call_service(&app, request).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(stage.count("evidence").await, 1);
        let html = text(call_service(&app, TestRequest::get().uri(&path).to_request()).await).await;
        assert!(html.contains("nhat-ky.txt") && !html.contains("../"));
        assert!(html.contains("Đang làm") && !html.contains("<b>Đang"));

        let machine = TestRequest::post()
            .uri(&path)
            .set_json(json!({"answer": "done", "text": "Đã chặn"}))
            .to_request();
        let answer = call_service(&app, machine).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let view: Value = serde_json::from_str(&text(answer).await).unwrap();
        assert_eq!(view["state"], "done");
        assert_eq!(view["can"]["answers"], json!([]));
    })
    .await;
}

#[actix_web::test]
async fn every_bad_link_has_one_and_the_same_page() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let sent = sent(&stage, &code, "vnpt").await;
        let revoked = token(&stage, sent.id, "chinh@vnpt.example").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let reason = "Gửi nhầm".to_owned();
        dispatches::cancel(&stage.office, &desk, &sent.code, reason, None).await.unwrap();
        let app = init_service(application(stage.app())).await;
        let mut pages = Vec::new();
        for bad in [revoked.as_str(), "forged", "%00", "..%2f..", &"a".repeat(3000)] {
            let request = TestRequest::get().uri(&format!("/a/{bad}")).to_request();
            let answer = call_service(&app, request).await;
            assert_eq!(answer.status(), StatusCode::GONE, "{bad}");
            pages.push(text(answer).await);
            let request = TestRequest::post()
                .uri(&format!("/a/{bad}"))
                .set_form(json!({"answer": "accept"}))
                .to_request();
            let answer = call_service(&app, request).await;
            assert_eq!(answer.status(), StatusCode::GONE, "{bad}");
            pages.push(text(answer).await);
        }
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "one page for all");
        assert!(!pages[0].contains(&revoked));
    })
    .await;
}

/// Signs a person in; answers the cookie and the token against forged writes.
async fn signed_in(stage: &Stage, email: &str) -> (Cookie<'static>, String) {
    let ctx = stage.as_person(email).await;
    let Actor::Person(person) = &ctx.actor else { panic!("nobody") };
    let (secret, csrf) = (tokens::fresh().unwrap(), tokens::fresh().unwrap());
    let now = stage.clock.now();
    let session = Session {
        id: Id::new(now),
        token_hash: tokens::hash(&secret),
        account_id: person.id,
        csrf: csrf.clone(),
        public_computer: false,
        address: "192.0.2.1".to_owned(),
        user_agent: String::new(),
        created_at: now,
        last_seen_at: now,
        proved_at: now,
        expires_at: now + chrono::Duration::hours(12),
    };
    stage.office.db.write(move |tx| accounts::insert_session(tx, &session)).await.unwrap();
    (Cookie::new("dieuphoi_session", secret), csrf)
}

/// Status and text of a page, as somebody who is signed in.
macro_rules! page {
    ($app:expr, $path:expr, $cookie:expr) => {{
        let request = TestRequest::get().uri($path).cookie($cookie.clone()).to_request();
        let answer = call_service($app, request).await;
        (answer.status().as_u16(), text(answer).await)
    }};
}

#[actix_web::test]
async fn the_desk_sends_and_the_liaison_answers_on_pages_and_by_machine() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let app = init_service(application(stage.app())).await;
        let (desk, desk_csrf) = signed_in(&stage, "coordinator@so-ttt.example").await;
        let (vnpt, vnpt_csrf) = signed_in(&stage, "liaison@vnpt.example").await;
        let (other, _) = signed_in(&stage, "liaison@viettel.example").await;

        let (status, form) = page!(&app, &format!("/su-co/{code}/phieu-moi?to=cat"), &desk);
        assert_eq!(status, 200);
        assert!(form.contains("Điều 10 ") && form.contains("value=\"viettel\""));
        assert_eq!(page!(&app, &format!("/su-co/{code}/phieu-moi"), &vnpt).0, 404);
        let post = |path: &str, cookie: &Cookie<'static>, form: Value| {
            TestRequest::post().uri(path).cookie(cookie.clone()).set_form(form).to_request()
        };
        let to = format!("/su-co/{code}/phieu");
        let bad = json!({"csrf": desk_csrf, "to": "vnpt", "kind": "block", "content": "CÒN ĐÂY",
            "ground": "", "tlp": "AMBER"});
        let answer = call_service(&app, post(&to, &desk, bad)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(answer).await.contains("CÒN ĐÂY"));
        let closed = json!({"csrf": desk_csrf, "to": "vnpt", "kind": "block", "content": "x",
            "ground": "Điều 11.2", "tlp": "RED"});
        let answer = call_service(&app, post(&to, &desk, closed)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(answer).await.contains("Đơn vị vnpt"), "the refusal names the recipient");
        let fine = json!({"csrf": desk_csrf, "to": "vnpt", "kind": "block", "content": "Chặn",
            "ground": "Điều 11.2", "tlp": "AMBER", "key": "k1"});
        let forged = call_service(&app, post(&to, &desk, json!({"to": "vnpt"}))).await;
        assert_eq!(forged.status(), StatusCode::FORBIDDEN);
        for _ in 0..2 {
            let answer = call_service(&app, post(&to, &desk, fine.clone())).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER);
            assert_eq!(answer.headers().get("location").unwrap(), "/phieu/PDP-2026-000001");
        }
        assert_eq!(stage.count("dispatches").await, 1, "sent twice, made once");

        let (status, list) = page!(&app, "/phieu", &vnpt);
        assert!(status == 200 && list.contains("PDP-2026-000001"));
        assert!(!page!(&app, "/phieu", &other).1.contains("PDP-2026"));
        assert_eq!(page!(&app, "/phieu/pdp-2026-1", &vnpt).0, 200);
        assert_eq!(page!(&app, "/phieu/PDP-2026-000001", &other).0, 404);
        let (status, paper) = page!(&app, "/phieu/PDP-2026-000001/in", &desk);
        assert!(status == 200 && paper.contains("PHIẾU ĐIỀU PHỐI"));
        let here = "/phieu/PDP-2026-000001/tra-loi";
        let said = json!({"csrf": vnpt_csrf, "answer": "ask", "text": "Cổng nào?"});
        let answer = call_service(&app, post(here, &vnpt, said)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let (_, asked) = page!(&app, "/phieu/PDP-2026-000001", &desk);
        assert!(asked.contains("Cổng nào?") && asked.contains("/tra-loi-hoi"));
        let reply = json!({"csrf": desk_csrf, "reply": "Mọi cổng"});
        let back = "/phieu/PDP-2026-000001/tra-loi-hoi";
        let answer = call_service(&app, post(back, &desk, reply)).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let empty = json!({"csrf": desk_csrf, "reason": " ", "version": "3"});
        let answer = call_service(&app, post("/phieu/PDP-2026-000001/huy", &desk, empty)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);

        let call = |path: &str, cookie: &Cookie<'static>, csrf: &str, body: Value| {
            TestRequest::post()
                .uri(path)
                .cookie(cookie.clone())
                .insert_header(("x-csrf-token", csrf.to_owned()))
                .set_json(body)
                .to_request()
        };
        let path = "/api/v1/dispatches/PDP-2026-000001/answer";
        let answer = call_service(&app, call(path, &vnpt, "", json!({"answer": "accept"}))).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        let request = call(path, &vnpt, &vnpt_csrf, json!({"answer": "accept"}));
        let answer = call_service(&app, request).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let view: Value = serde_json::from_str(&text(answer).await).unwrap();
        assert_eq!(view["state"], "accepted");
        let path = format!("/api/v1/incidents/{code}/dispatches");
        let body = json!({"to": "cat", "kind": "investigate", "ground": "Điều 10",
            "content": "Xác minh", "accept_by": "2026-11-22T05:00:00Z",
            "result_by": "2026-11-23T05:00:00Z"});
        let answer = call_service(&app, call(&path, &desk, &desk_csrf, body)).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let made: Value = serde_json::from_str(&text(answer).await).unwrap();
        assert_eq!(made["code"], "PDP-2026-000002");
        assert_eq!(made["organisation"], "cat");
        let (_, items) = page!(&app, "/api/v1/dispatches?limit=1", &desk);
        let items: Value = serde_json::from_str(&items).unwrap();
        assert_eq!(items["items"][0]["code"], "PDP-2026-000002");
        assert_eq!(items["next"], "2");
        let (_, items) = page!(&app, "/api/v1/dispatches?limit=1&cursor=2", &desk);
        let items: Value = serde_json::from_str(&items).unwrap();
        assert_eq!(items["items"][0]["code"], "PDP-2026-000001");
        assert_eq!(items["next"], Value::Null);
        assert_eq!(page!(&app, "/api/v1/dispatches/PDP-2026-000002", &vnpt).0, 404);
        assert_eq!(page!(&app, "/phieu/PDP-2026-999999", &desk).0, 404);
    })
    .await;
}
