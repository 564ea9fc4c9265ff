//! `Idempotency-Key` through the API on both databases: one effect, the first answer again, no
//! secret left readable.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};

use super::application;
use crate::actions::once::Claim;
use crate::actions::reports::{NewReport, receive};
use crate::testing::{Stage, on_each};

const DESK: &str = "coordinator@so-ttt.example";

async fn incident(stage: &Stage) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Thư lạ".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    receive(&stage.office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap().code
}

/// A write with a key, as a session sends it.
fn post(cookie: &str, key: &str, path: &str) -> TestRequest {
    let request = TestRequest::post()
        .uri(path)
        .insert_header(("cookie", cookie))
        .insert_header(("x-csrf-token", "csrf"));
    if key.is_empty() { request } else { request.insert_header(("idempotency-key", key)) }
}

/// Sends; answers status, whether it is a repeat's answer, and the body.
macro_rules! send {
    ($app:expr, $request:expr) => {{
        let answer = call_service($app, $request.to_request()).await;
        let again = answer.headers().contains_key("idempotency-replayed");
        (answer.status(), again, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }};
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    row: String,
}

/// Everything that the table keeps, as text.
async fn kept(stage: &Stage) -> String {
    use diesel::RunQueryDsl as _;
    let rows = stage.office.db.read(|c| {
        let rows: Vec<Row> = crate::each_backend!(c, c => diesel::sql_query(
            "select scope || ' ' || key || ' ' || body as row from idempotency_keys"
        ).load(c))?;
        Ok(rows)
    });
    rows.await.unwrap().into_iter().map(|row| row.row).collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn a_write_that_comes_again_is_answered_as_before_and_takes_effect_once() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let app = init_service(application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let duty = stage.signed_in("duty_officer@so-ttt.example").await;
        let notes = format!("/api/v1/incidents/{code}/notes");
        let note = |cookie: &str, key: &str, text: &str| {
            post(cookie, key, &notes).set_json(json!({"text": text, "audience": "everyone"}))
        };
        let before = stage.count("timeline").await;
        let (status, again, first) = send!(&app, note(&desk, "k1", "Đã gọi"));
        assert_eq!((status, again), (StatusCode::CREATED, false), "{first}");
        let (status, again, second) = send!(&app, note(&desk, "k1", "Đã gọi"));
        assert_eq!((status, again), (StatusCode::CREATED, true));
        assert_eq!(second, first);
        assert_eq!(stage.count("timeline").await, before + 1);

        // Another body or another call under the same key is a mistake that is told.
        let (status, _, body) = send!(&app, note(&desk, "k1", "Đã gọi lại"));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("\"key_reused\""), "{body}");
        let acknowledge = format!("/api/v1/incidents/{code}/acknowledge");
        let (status, ..) = send!(&app, post(&desk, "k1", &acknowledge));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(stage.count("timeline").await, before + 1);
        // Another person's key is another key; without a key everything is new.
        let (status, again, _) = send!(&app, note(&duty, "k1", "Đã gọi"));
        assert_eq!((status, again), (StatusCode::CREATED, false));
        let (status, again, _) = send!(&app, note(&desk, "", "Đã gọi"));
        assert_eq!((status, again), (StatusCode::CREATED, false));
        assert_eq!(stage.count("timeline").await, before + 3);

        // What the state would refuse the second time is answered as before.
        let (status, _, first) = send!(&app, post(&desk, "k2", &acknowledge));
        assert_eq!(status, StatusCode::OK, "{first}");
        let (status, again, second) = send!(&app, post(&desk, "k2", &acknowledge));
        assert_eq!((status, again, second), (StatusCode::OK, true, first));
        let (status, ..) = send!(&app, post(&desk, "k3", &acknowledge));
        assert_eq!(status, StatusCode::CONFLICT);

        // What was refused changed nothing and holds no key.
        let (status, ..) = send!(&app, note(&desk, "k4", " "));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, again, _) = send!(&app, note(&desk, "k4", "Lần này có chữ"));
        assert_eq!((status, again), (StatusCode::CREATED, false));

        for bad in ["x".repeat(201), " ".to_owned(), "khóa".to_owned()] {
            let (status, _, body) = send!(&app, note(&desk, &bad, "Khóa sai"));
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            assert!(body.contains("Idempotency-Key"), "{body}");
        }
        // A repeat without the session's token is a forgery and learns nothing.
        let forged = TestRequest::post()
            .uri(&notes)
            .insert_header(("cookie", desk.as_str()))
            .insert_header(("idempotency-key", "k1"))
            .set_json(json!({"text": "Đã gọi", "audience": "everyone"}));
        let (status, again, _) = send!(&app, forged);
        assert_eq!((status, again), (StatusCode::FORBIDDEN, false));
    })
    .await;
}

#[actix_web::test]
async fn two_at_once_are_one_effect_and_a_lost_answer_is_told() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let app = init_service(application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let notes = format!("/api/v1/incidents/{code}/notes");
        let body = json!({"text": "Đã gọi", "audience": "everyone"});
        let before = stage.count("timeline").await;
        let request = || post(&desk, "twins", &notes).set_json(&body).to_request();
        let twins = (0..8).map(|_| call_service(&app, request()));
        let answers = futures_util::future::join_all(twins).await;
        let made = answers.iter().filter(|answer| answer.status() == StatusCode::CREATED).count();
        assert!(made >= 1);
        for answer in &answers {
            let status = answer.status();
            assert!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{status}");
            let retry = answer.headers().contains_key("retry-after");
            assert_eq!(retry, status == StatusCode::CONFLICT);
        }
        assert_eq!(stage.count("timeline").await, before + 1);
        let (status, again, _) = send!(&app, post(&desk, "twins", &notes).set_json(&body));
        assert_eq!((status, again), (StatusCode::CREATED, true));

        // The server died between the effect and keeping its answer: no second effect.
        let desk_ctx = stage.as_person(DESK).await;
        let who = desk_ctx.actor.account().unwrap();
        let claim = Claim::new(format!("api:{who}"), "lost".to_owned(), desk_ctx.now);
        claim.describe(format!("POST {notes}\n{body}").as_bytes()).unwrap();
        let new = crate::actions::notes::NewNote {
            text: "Đã gọi".to_owned(),
            audience: "everyone".to_owned(),
            ..Default::default()
        };
        let added = crate::actions::notes::add(&stage.office, &desk_ctx, &code, new);
        claim.clone().around(added).await.unwrap();
        assert!(claim.took_effect());
        let (status, _, told) = send!(&app, post(&desk, "lost", &notes).set_json(&body));
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(told.contains("\"key_under_way\""), "{told}");
        assert_eq!(stage.count("timeline").await, before + 2);
    })
    .await;
}

#[actix_web::test]
async fn an_answer_with_a_secret_comes_again_and_rests_unreadable() {
    on_each(|stage| async move {
        stage.province().await;
        let app = init_service(application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let key = || {
            post(&desk, "make-a-key", "/api/v1/keys")
                .set_json(json!({"name": "Máy giám sát", "scopes": ["report", "read"]}))
        };
        let (status, _, first) = send!(&app, key());
        assert_eq!(status, StatusCode::CREATED, "{first}");
        let made: Value = serde_json::from_str(&first).unwrap();
        let secret = made["key"].as_str().or(made["secret"].as_str()).unwrap().to_owned();
        let (_, again, second) = send!(&app, key());
        assert_eq!((again, second), (true, first));
        assert_eq!(stage.count("api_keys").await, 1);

        let report = || {
            TestRequest::post()
                .uri("/api/v1/reports")
                .insert_header(("idempotency-key", "report-1"))
                .set_json(json!({"category": "malware", "description": "Máy lạ", "secret": "no",
                    "detected_at": "2026-11-22T00:45:00Z", "organisation": "xa-b",
                    "impact": {"services": "none", "people": "one"}}))
        };
        let (status, _, first) = send!(&app, report());
        assert_eq!(status, StatusCode::CREATED, "{first}");
        let (status, _, second) = send!(&app, report());
        assert_eq!((status, &second), (StatusCode::CREATED, &first));
        assert_eq!(stage.count("incidents").await, 1);
        let received: Value = serde_json::from_str(&first).unwrap();
        let url = received["tracking"]["url"].as_str().unwrap();
        let tracking = url.rsplit('/').next().unwrap();

        let rows = kept(&stage).await;
        assert_eq!(rows.lines().count(), 2, "{rows}");
        for readable in [secret.as_str(), tracking, "make-a-key", "report-1", "first_aid"] {
            assert!(readable.len() > 5 && !rows.contains(readable), "{readable} in {rows}");
        }
    })
    .await;
}

#[actix_web::test]
async fn files_sent_twice_are_kept_once_and_a_session_is_never_kept() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let app = init_service(application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let path = format!("/api/v1/incidents/{code}/evidence");
        // Every client draws its own boundary; the files are what counts.
        let files = |boundary: &str, text: &str| {
            let body = format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nNhật ký\r\n\
                 --{boundary}\r\ncontent-disposition: form-data; name=\"files\"; \
                 filename=\"a.txt\"\r\n\r\n{text}\r\n--{boundary}--\r\n"
            );
            let kind = format!("multipart/form-data; boundary={boundary}");
            post(&desk, "files", &path).insert_header(("content-type", kind)).set_payload(body)
        };
        let (status, _, first) = send!(&app, files("A", "dong 1"));
        assert_eq!(status, StatusCode::CREATED, "{first}");
        let (status, again, second) = send!(&app, files("BB", "dong 1"));
        assert_eq!((status, again, second), (StatusCode::CREATED, true, first));
        assert_eq!(stage.count("evidence").await, 1);
        let (status, _, body) = send!(&app, files("A", "dong 2"));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(body.contains("\"key_reused\""), "{body}");
        assert_eq!(stage.count("evidence").await, 1);
        let left = crate::http::report_test::on_disk(&stage).len();
        assert_eq!(left, 1, "the bytes of repeats are gone");

        let sessions = stage.count("idempotency_keys").await;
        let sign_in = || {
            TestRequest::post()
                .uri("/api/v1/session")
                .insert_header(("idempotency-key", "sign-in"))
                .set_json(json!({"email": DESK, "password": "sai"}))
        };
        for _ in 0..2 {
            let (status, again, _) = send!(&app, sign_in());
            assert_eq!((status, again), (StatusCode::UNAUTHORIZED, false));
        }
        assert_eq!(stage.count("idempotency_keys").await, sessions);
    })
    .await;
}
