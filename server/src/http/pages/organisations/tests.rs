//! The directory through its doors, pages and API.

use actix_web::App as Actix;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::web::Data;
use chrono::Duration;
use serde_json::{Value, json};

use crate::actions::tokens;
use crate::clock::Clock;
use crate::domain::ids::Id;
use crate::records::Session;
use crate::store::accounts;
use crate::testing::{Stage, on_each};

const CSRF: &str = "csrf-of-the-test";

/// Opens a session as signing in would, and answers its cookie.
async fn sign_in(stage: &Stage, email: &'static str) -> String {
    let token = tokens::fresh().unwrap();
    let (hash, now) = (tokens::hash(&token), stage.clock.now());
    stage
        .office
        .db
        .write(move |tx| {
            let account = accounts::find_by_email(tx, email)?.unwrap();
            accounts::insert_session(
                tx,
                &Session {
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
                },
            )
        })
        .await
        .unwrap();
    format!("{}={token}", crate::http::caller::SESSION)
}

/// One request: status, Location, body.
async fn ask(stage: &Stage, request: TestRequest) -> (StatusCode, String, String) {
    let service =
        init_service(Actix::new().app_data(Data::new(stage.app())).configure(crate::http::routes))
            .await;
    let answer = match actix_web::test::try_call_service(&service, request.to_request()).await {
        Ok(answer) => answer,
        Err(why) => return (why.as_response_error().status_code(), String::new(), String::new()),
    };
    let status = answer.status();
    let way = answer.headers().get("location").map(|way| way.to_str().unwrap().to_owned());
    let body = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
    (status, way.unwrap_or_default(), body)
}

fn get(path: &str, cookie: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header(("cookie", cookie))
}

fn post(path: &str, cookie: &str, form: &[(&str, &str)]) -> TestRequest {
    TestRequest::post().uri(path).insert_header(("cookie", cookie)).set_form(form)
}

fn patch(path: &str, cookie: &str, body: &Value) -> TestRequest {
    TestRequest::patch()
        .uri(path)
        .insert_header(("cookie", cookie))
        .insert_header(("x-csrf-token", CSRF))
        .set_json(body)
}

#[actix_web::test]
async fn an_administrator_keeps_organisations() {
    on_each(|stage| async move {
        stage.province().await;
        let admin = sign_in(&stage, "admin@so-ttt.example").await;
        let (status, _, body) = ask(&stage, get("/quan-tri/don-vi?tim=don+vi+XA", &admin)).await;
        assert_eq!(status, 200);
        assert!(body.contains("/quan-tri/don-vi/xa-b") && !body.contains("/quan-tri/don-vi/vnpt"));

        // What is wrong comes back with what was typed, and is escaped.
        let typed = [
            ("csrf", CSRF),
            ("key", "xa-d"),
            ("name", "<script>alert(1)</script>"),
            ("kind", "commune"),
            ("valid_from", "31/02/2026"),
        ];
        let (status, _, body) = ask(&stage, post("/quan-tri/them-don-vi", &admin, &typed)).await;
        assert_eq!(status, 422);
        assert!(body.contains("&#60;script&#62;alert(1)") && !body.contains("<script>alert"));
        assert!(body.contains("value=\"31/02/2026\"") && body.contains("id=\"valid_from-error\""));
        let forged = [("csrf", "other"), ("key", "xa-d")];
        let (status, ..) = ask(&stage, post("/quan-tri/them-don-vi", &admin, &forged)).await;
        assert_eq!(status, 403);

        let mut typed = typed;
        typed[2].1 = "Xã D";
        typed[4].1 = "01/02/2026";
        let (status, way, _) = ask(&stage, post("/quan-tri/them-don-vi", &admin, &typed)).await;
        assert_eq!((status.as_u16(), way.as_str()), (303, "/quan-tri/don-vi/xa-d"));
        let (status, _, body) = ask(&stage, post("/quan-tri/them-don-vi", &admin, &typed)).await;
        assert_eq!(status, 409, "the key is taken");
        assert!(body.contains("id=\"key-error\""));

        // A stale page: theirs beside ours, ours in the form, then it can be saved.
        let edit = |version: &'static str, name: &'static str| {
            let form = [
                ("csrf", CSRF),
                ("version", version),
                ("name", name),
                ("kind", "commune"),
                ("valid_from", "01/02/2026"),
            ];
            post("/quan-tri/don-vi/xa-d/sua", &admin, &form)
        };
        assert_eq!(ask(&stage, edit("1", "Xã D một")).await.0, 303);
        let (status, _, body) = ask(&stage, edit("1", "Xã D hai")).await;
        assert_eq!(status, 409);
        assert!(body.contains("Xã D một") && body.contains("value=\"Xã D hai\""));
        assert!(body.contains("name=\"version\" value=\"2\""));
        assert_eq!(ask(&stage, edit("2", "Xã D hai")).await.0, 303);

        // A function is given; the page shows its period.
        let given = [("csrf", CSRF), ("function", "owner"), ("from", "01/03/2026"), ("to", "")];
        let (status, ..) =
            ask(&stage, post("/quan-tri/don-vi/xa-d/chuc-nang", &admin, &given)).await;
        assert_eq!(status, 303);
        let (_, _, body) = ask(&stage, get("/quan-tri/don-vi/xa-d", &admin)).await;
        assert!(body.contains("từ 01/03/2026") && body.contains("Xã D hai"), "{body}");
        for path in [
            "/quan-tri/don-vi/xa-d/sua",
            "/quan-tri/don-vi/xa-d/chuc-nang",
            "/quan-tri/don-vi/xa-d/dau-moi",
            "/quan-tri/them-don-vi",
            "/quan-tri/dau-moi",
            "/quan-tri/he-thong",
            "/quan-tri/them-he-thong",
            "/quan-tri/he-thong/benh-an",
            "/quan-tri/he-thong/benh-an/sua",
            "/quan-tri/nhap",
        ] {
            assert_eq!(ask(&stage, get(path, &admin)).await.0, 200, "{path}");
        }
        assert_eq!(ask(&stage, get("/quan-tri/don-vi/khong-co", &admin)).await.0, 404);
    })
    .await;
}

#[actix_web::test]
async fn others_read_or_see_nothing() {
    on_each(|stage| async move {
        stage.province().await;
        let desk = sign_in(&stage, "coordinator@so-ttt.example").await;
        let clerk = sign_in(&stage, "reporter@xa-b.example").await;
        let liaison = sign_in(&stage, "liaison@vnpt.example").await;
        for (cookie, path, status) in [
            (&desk, "/quan-tri/don-vi", 200),
            (&desk, "/quan-tri/don-vi/xa-b", 200),
            (&desk, "/quan-tri/don-vi/xa-b/sua", 403),
            (&desk, "/quan-tri/nhap", 403),
            (&desk, "/api/v1/organisations", 200),
            (&clerk, "/quan-tri/don-vi", 403),
            (&clerk, "/api/v1/organisations", 403),
            (&clerk, "/quan-tri/don-vi/xa-b/lien-ket", 404),
            (&liaison, "/api/v1/systems", 403),
            (&liaison, "/api/v1/organisations/xa-b", 403),
        ] {
            assert_eq!(ask(&stage, get(path, cookie)).await.0, status, "{path}");
        }
        let head = sign_in(&stage, "unit_head@xa-b.example").await;
        let (_, way, _) = ask(&stage, get("/quan-tri/lien-ket", &head)).await;
        assert_eq!(way, "/quan-tri/don-vi/xa-b/lien-ket");
        let (status, _, body) = ask(&stage, get(&way, &head)).await;
        assert_eq!(status, 200);
        assert!(body.contains("http://127.0.0.1:8080/bao-su-co/xa-b"));
        let (status, _, body) = ask(&stage, get("/quan-tri/don-vi/xa-b/to-in", &head)).await;
        assert_eq!(status, 200);
        assert!(body.contains("Không nhập nội dung bí mật nhà nước"));
        let (status, _, svg) = ask(&stage, get("/quan-tri/don-vi/xa-b/qr.svg", &head)).await;
        assert_eq!(status, 200);
        assert!(svg.contains("<svg") && !svg.contains("style="));
        assert_eq!(ask(&stage, get("/quan-tri/don-vi/xa-c/qr.svg", &head)).await.0, 404);
    })
    .await;
}

#[actix_web::test]
async fn machines_keep_the_directory() {
    on_each(|stage| async move {
        stage.province().await;
        let admin = sign_in(&stage, "admin@so-ttt.example").await;
        let change = json!({"version": 1, "phone": "000 237 9999"});
        let path = "/api/v1/organisations/xa-b";
        let (status, _, body) = ask(&stage, patch(path, &admin, &change)).await;
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["phone"], "000 237 9999");
        assert_eq!((&body["parent"], &body["version"]), (&json!("huyen-a"), &json!(2)));
        assert_eq!(ask(&stage, patch(path, &admin, &change)).await.0, 409);
        let unknown = json!({"version": 2, "colour": "red"});
        assert_eq!(ask(&stage, patch(path, &admin, &unknown)).await.0, 422);
        let change = json!({"version": 1, "level": 4, "addresses": "10.0.0.1"});
        let path = "/api/v1/systems/benh-an";
        assert_eq!(ask(&stage, patch(path, &admin, &change)).await.0, 422);
        let change = json!({"version": 1, "level": 4, "providers": "vnpt viettel"});
        let (status, _, body) = ask(&stage, patch(path, &admin, &change)).await;
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&body["level"], &body["providers"]), (&json!("4"), &json!("viettel vnpt")));

        let import = |text: &'static str, query: &str| {
            TestRequest::post()
                .uri(&format!("/api/v1/directory/import{query}"))
                .insert_header(("cookie", admin.as_str()))
                .insert_header(("x-csrf-token", CSRF))
                .insert_header(("content-type", "text/csv"))
                .set_payload(text)
        };
        let table =
            "mã;tên;loại;hiệu lực từ\nxa-e;Xã E;commune;01/01/2026\nxa f;Xã F;commune;01/01/2026\n";
        let (status, _, body) = ask(&stage, import(table, "")).await;
        assert_eq!(status, 422);
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&body["written"], &body["bad"]), (&json!(false), &json!(1)));
        assert_eq!(body["problems"][0]["line"], 3);
        assert!(body["problems"][0]["message"].as_str().unwrap().contains("xa f"));
        let (status, _, body) = ask(&stage, import(table, "?skip_bad=true")).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(ask(&stage, get("/api/v1/organisations/xa-e", &admin)).await.0, 200);
    })
    .await;
}

#[actix_web::test]
async fn a_table_is_imported_in_the_browser() {
    on_each(|stage| async move {
        stage.province().await;
        let admin = sign_in(&stage, "admin@so-ttt.example").await;
        let send = |act: &str, table: &[u8]| {
            let mut body = Vec::new();
            for (name, value) in [("csrf", CSRF.as_bytes()), ("do", act.as_bytes())] {
                body.extend_from_slice(format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n").as_bytes());
                body.extend_from_slice(value);
                body.extend_from_slice(b"\r\n");
            }
            body.extend_from_slice(b"--b\r\ncontent-disposition: form-data; name=\"files\"; filename=\"don-vi.csv\"\r\n\r\n");
            body.extend_from_slice(table);
            body.extend_from_slice(b"\r\n--b--\r\n");
            TestRequest::post()
                .uri("/quan-tri/nhap")
                .insert_header(("cookie", admin.as_str()))
                .insert_header(("content-type", "multipart/form-data; boundary=b"))
                .set_payload(body)
        };
        let table = "mã;tên;loại;hiệu lực từ\r\nxa-e;Xã E;commune;01/01/2026\r\n".as_bytes();
        let before = stage.count("organisations").await;
        let (status, _, body) = ask(&stage, send("check", table)).await;
        assert_eq!(status, 200);
        assert!(body.contains("Kiểm tra xong, chưa ghi gì"));
        assert_eq!(stage.count("organisations").await, before);
        let bad = b"m\xE3;t\xEAn\r\n";
        let (status, _, body) = ask(&stage, send("import", bad)).await;
        assert_eq!(status, 422);
        assert!(body.contains("CSV UTF-8") && body.contains("don-vi.csv"));
        let (status, _, body) = ask(&stage, send("import", table)).await;
        assert_eq!(status, 200);
        assert!(body.contains("Đã ghi vào danh bạ"));
        assert_eq!(stage.count("organisations").await, before + 1);
    })
    .await;
}
