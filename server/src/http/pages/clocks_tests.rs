//! Deadlines at the doors: more time by form and by call, duties, the working calendar.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};

use crate::actions::duties;
use crate::actions::reports::{NewReport, receive};
use crate::testing::{Stage, on_each};

const DESK: &str = "coordinator@so-ttt.example";
const ADMIN: &str = "admin@so-ttt.example";

const TINH: &str = "calendar: tinh
title: Lịch của tỉnh
utc_offset: \"+07:00\"
weekend: [saturday, sunday]
years: [2027]
off:
  - {from: \"2027-03-03\", title: Lễ hội <b>}
";

async fn report(stage: &Stage) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Thư lạ".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        contact_phone: "0000000009".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    receive(&stage.office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap().code
}

/// Sends one request; answers status and body.
macro_rules! ask {
    ($app:expr, $request:expr, $cookie:expr) => {{
        let request = $request.insert_header(("cookie", $cookie.as_str())).to_request();
        let answer = call_service($app, request).await;
        let status = answer.status();
        (status, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }};
}

fn read(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[actix_web::test]
async fn a_deadline_gets_more_time_by_form_and_by_call() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let it = stage.signed_in("it_officer@xa-b.example").await;
        let action = |kind: &str| format!("/su-co/{code}/thoi-han/{kind}/gia-han");
        let get = || TestRequest::get().uri(&format!("/su-co/{code}"));
        let post = |kind: &str, until: &str, reason: &str| {
            TestRequest::post().uri(&action(kind)).set_form([
                ("csrf", "csrf"),
                ("until", until),
                ("reason", reason),
            ])
        };
        let (_, page) = ask!(&app, get(), desk);
        assert!(page.contains(&format!("action=\"{}\"", action("notify_ordinary"))), "{page}");
        for kind in ["upstream_notice", "acknowledge", "acknowledge_limit"] {
            assert!(!page.contains(&action(kind)), "{kind}");
        }
        let (_, page) = ask!(&app, get(), it);
        assert!(!page.contains("/gia-han"), "who owes it does not put it off");
        let (status, _) =
            ask!(&app, post("notify_ordinary", "2026-12-02T08:00", "Chờ kết quả giám định"), it);
        assert_eq!(status, StatusCode::FORBIDDEN);
        // What is missing is said at its field, and what was typed comes back.
        let (status, page) = ask!(&app, post("notify_ordinary", "2026-12-02T08:00", "Bận"), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("id=\"gia-han-notify_ordinary-reason-error\""), "{page}");
        assert!(page.contains("value=\"2026-12-02T08:00\""), "{page}");
        let good = "Chờ kết quả giám định <i>";
        let (status, _) = ask!(&app, post("notify_ordinary", "2026-12-02T08:00", good), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = ask!(&app, get(), desk);
        assert!(page.contains("Hạn ban đầu:") && page.contains("27/11/2026 07:45"), "{page}");
        assert!(page.contains("02/12/2026 08:00") && !page.contains("<i>"), "{page}");

        let call = |kind: &str, body: Value| {
            TestRequest::post()
                .uri(&format!("/api/v1/incidents/{code}/clocks/{kind}/extend"))
                .insert_header(("x-csrf-token", "csrf"))
                .set_json(body)
        };
        let more = json!({"until": "2026-12-05T01:00:00Z", "reason": "Xin thêm ba ngày làm việc"});
        let (status, body) = ask!(&app, call("notify_ordinary", more.clone()), desk);
        assert_eq!(status, StatusCode::OK, "{body}");
        let view = read(&body);
        let clocks = view["clocks"].as_array().unwrap();
        let clock = clocks.iter().find(|clock| clock["kind"] == "notify_ordinary").unwrap();
        assert!(clock["due_at"].as_str().unwrap().starts_with("2026-12-05T01:00:00"), "{clock}");
        assert!(clock["original_due_at"].as_str().unwrap().starts_with("2026-11-27T00:45:00"));
        assert_eq!(clock["extension"], "Xin thêm ba ngày làm việc");
        let mut stale = json!({"until": "2026-12-08T01:00:00Z", "reason": "Xin thêm ba ngày nữa"});
        stale["version"] = json!(1);
        let (status, body) = ask!(&app, call("notify_ordinary", stale), desk);
        assert_eq!((status, read(&body)["code"].as_str()), (StatusCode::CONFLICT, Some("stale")));
        let (status, body) = ask!(&app, call("acknowledge", more.clone()), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(read(&body)["code"], "not_ready");
        let (status, _) = ask!(&app, call("nowhere", more), desk);
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[actix_web::test]
async fn duties_are_listed_and_recorded() {
    on_each(|stage| async move {
        stage.province().await;
        let office = stage.office.clone();
        let engine = stage.app().own("engine");
        let made = move |tx: &mut crate::store::Conn| duties::yearly(tx, &office, &engine);
        assert_eq!(stage.office.db.write(made).await.unwrap(), 3);
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let get = |path: &str| TestRequest::get().uri(path);
        let (status, page) = ask!(&app, get("/thoi-han"), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Mẫu 05") && page.contains("15/12/2026"), "{page}");
        let (status, body) = ask!(&app, get("/api/v1/duties"), desk);
        assert_eq!(status, StatusCode::OK);
        let id = read(&body)["items"][0]["id"].as_str().unwrap().to_owned();
        let form = |note: &str| {
            TestRequest::post()
                .uri(&format!("/thoi-han/{id}"))
                .set_form([("csrf", "csrf"), ("note", note)])
        };
        let (status, page) = ask!(&app, form(""), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains(&format!("id=\"{id}-note-error\"")), "{page}");
        let (status, _) = ask!(&app, form("Báo cáo số 45/BC-STTTT"), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = ask!(&app, get("/thoi-han"), desk);
        assert!(page.contains("45/BC-STTTT"), "{page}");
        let call = TestRequest::post()
            .uri(&format!("/api/v1/duties/{id}"))
            .insert_header(("x-csrf-token", "csrf"))
            .set_json(json!({"note": "Báo cáo số 46"}));
        let (status, body) = ask!(&app, call, desk);
        assert_eq!(
            (status, read(&body)["code"].as_str()),
            (StatusCode::CONFLICT, Some("clock_met"))
        );
        let police = stage.signed_in("police_liaison@cat.example").await;
        assert_eq!(ask!(&app, get("/thoi-han"), police).0, StatusCode::FORBIDDEN);
    })
    .await;
}

#[actix_web::test]
async fn the_working_calendar_is_seen_and_imported() {
    on_each(|stage| async move {
        stage.province().await;
        let app = init_service(crate::http::application(stage.app())).await;
        let (admin, desk) = (stage.signed_in(ADMIN).await, stage.signed_in(DESK).await);
        let get = |path: &str| TestRequest::get().uri(path);
        let page_of = "/quan-tri/lich-lam-viec";
        let (status, page) = ask!(&app, get(page_of), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Tết Bính Ngọ") && !page.contains("<textarea"), "{page}");
        let (_, page) = ask!(&app, get(&format!("{page_of}?nam=2041")), admin);
        assert!(page.contains("Chưa có lịch của năm này") && page.contains("<textarea"), "{page}");
        let send = |text: &str| {
            TestRequest::post().uri(page_of).set_form([
                ("csrf", "csrf"),
                ("text", text),
                ("nam", "2027"),
            ])
        };
        let (status, page) = ask!(&app, send("calendar: x\nyears: 5\n"), admin);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("Dòng 2, cột") && page.contains("years: 5"), "{page}");
        assert_eq!(ask!(&app, send(TINH), desk).0, StatusCode::FORBIDDEN);
        let (status, _) = ask!(&app, send(TINH), admin);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = ask!(&app, get(&format!("{page_of}?nam=2027")), admin);
        assert!(page.contains("03/03/2027") && !page.contains("<b>"), "{page}");

        let (_, body) = ask!(&app, get("/api/v1/calendar/2027"), desk);
        assert_eq!(read(&body)["days"][0]["date"], "2027-03-03");
        let call = |text: &str| {
            TestRequest::post()
                .uri("/api/v1/calendar")
                .insert_header(("x-csrf-token", "csrf"))
                .set_json(json!({"text": text}))
        };
        let (status, body) = ask!(&app, call("calendar: [1]"), admin);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(read(&body)["problems"][0]["line"].is_number(), "{body}");
        let (status, body) = ask!(&app, call(TINH), admin);
        assert_eq!((status, read(&body)["years"][0].as_i64()), (StatusCode::OK, Some(2027)));
        assert_eq!(ask!(&app, call(TINH), desk).0, StatusCode::FORBIDDEN);
    })
    .await;
}
