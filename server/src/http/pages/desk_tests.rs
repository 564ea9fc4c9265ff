//! The desk's pages and calls as a browser and a machine use them: forms, what comes back, what is
//! shown to whom.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};

use crate::actions::reports::{NewReport, receive};
use crate::testing::{Stage, on_each};

async fn signed_in(stage: &Stage, email: &str) -> String {
    stage.signed_in(email).await
}

async fn report(stage: &Stage, description: &str) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: description.to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_phone: "0000000009".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    let ctx = stage.nobody();
    receive(&stage.office, &ctx, report, Vec::new(), unit, None).await.unwrap().code
}

/// Sends one request; answers status and body.
macro_rules! ask {
    ($app:expr, $request:expr, $cookie:expr) => {{
        let request = $request.insert_header(("cookie", $cookie)).to_request();
        let answer = call_service($app, request).await;
        let status = answer.status();
        (status, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }};
}

#[actix_web::test]
async fn the_desk_walks_a_case_by_forms_and_loses_nothing_typed() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage, "<script>alert(1)</script> thư lạ từ 203.0.113.7").await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = signed_in(&stage, "coordinator@so-ttt.example").await;
        let desk = desk.as_str();
        let get = |path: &str| TestRequest::get().uri(path);
        let path = |rest: &str| format!("/su-co/{code}{rest}");

        let (status, queue) = ask!(&app, get("/dieu-phoi"), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(queue.contains(&code) && queue.contains("row--waiting"), "{queue}");
        let (status, list) = ask!(&app, get("/dieu-phoi/danh-sach?q=thu+la"), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(list.contains(&code) && !list.contains("<html"));
        for bad in ["?cursor=x", "?state=nowhere", "?q=%00%22", "?limit=-1"] {
            let (status, page) = ask!(&app, get(&format!("/dieu-phoi{bad}")), desk);
            assert_eq!(status, StatusCode::OK, "{bad}");
            assert!(page.contains("class=\"filters\""));
            let (status, _) = ask!(&app, get(&format!("/api/v1/incidents{bad}")), desk);
            assert!(status.as_u16() < 500, "{bad}");
        }

        let (status, page) = ask!(&app, get(&path("")), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("<script>alert"), "what people type is text");
        assert!(page.contains("203.0.113[.]7") && page.contains("0000000009"));
        for form in ["tiep-nhan", "phan-loai", "trang-thai", "ghi-chu", "gop", "tu-choi"] {
            assert!(page.contains(&format!("action=\"/su-co/{code}/{form}\"")), "{form}");
        }
        for key in ["desk-", "letter-", "timeline-", "flash-"] {
            assert!(!page.contains(&format!(">{key}")), "an untranslated {key}");
        }

        let (status, _) = ask!(
            &app,
            TestRequest::post().uri(&path("/tiep-nhan")).set_form([("csrf", "forged")]),
            desk
        );
        assert_eq!(status, StatusCode::FORBIDDEN);
        let post = |rest: &str, fields: &[(&str, &str)]| {
            let mut all = vec![("csrf", "csrf")];
            all.extend(fields);
            TestRequest::post().uri(&path(rest)).set_form(&all)
        };
        let (status, _) = ask!(&app, post("/tiep-nhan", &[]), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let triage = |priority: &'static str, title: &'static str, version: &'static str| {
            [
                ("category", "phishing"),
                ("priority", priority),
                ("tlp", "AMBER"),
                ("legal_class", "ordinary"),
                ("title", title),
                ("system", ""),
                ("organisation", "xa-b"),
                ("version", version),
            ]
        };
        let (status, _) = ask!(&app, post("/phan-loai", &triage("high", "Thư lạ", "2")), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        // The second editor began from the same version.
        let (status, again) =
            ask!(&app, post("/phan-loai", &triage("low", "Tên của tôi", "2")), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(again.contains("value=\"Tên của tôi\""), "what was typed is kept");
        assert!(again.contains("Trung bình → Cao"), "what changed is told");
        assert!(again.contains("name=\"version\" value=\"3\""), "a second try works");
        let (status, _) = ask!(&app, post("/phan-loai", &triage("low", "Tên của tôi", "3")), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);

        let (status, empty) =
            ask!(&app, post("/tu-choi", &[("reason", " "), ("version", "4")]), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.contains("id=\"tu-choi-reason-error\""));
        let secret = [("text", "Công văn\nTỐI MẬT"), ("audience", "everyone")];
        let (status, asked) = ask!(&app, post("/ghi-chu", &secret), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(asked.contains("name=\"secret_confirmed\"") && asked.contains("TỐI MẬT"));
        let (status, _) = ask!(&app, post("/dong", &[("summary", "x")]), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        for page in ["/dien-bien", "/tin-nhan"] {
            let (status, _) = ask!(&app, get(&path(page)), desk);
            assert_eq!(status, StatusCode::OK, "{page}");
        }

        // Who may not see it gets what everybody gets for what does not exist.
        let stranger = signed_in(&stage, "unit_head@xa-c.example").await;
        for rest in ["", "/dien-bien", "/tin-nhan"] {
            let (status, _) = ask!(&app, get(&path(rest)), stranger.as_str());
            assert_eq!(status, StatusCode::NOT_FOUND, "{rest}");
        }
        let (status, _) = ask!(&app, post("/ghi-chu", &[("text", "a")]), stranger.as_str());
        assert_eq!(status, StatusCode::NOT_FOUND);
        let head = signed_in(&stage, "unit_head@xa-b.example").await;
        let (status, theirs) = ask!(&app, get(&path("")), head.as_str());
        assert_eq!(status, StatusCode::OK);
        assert!(!theirs.contains(&format!("action=\"/su-co/{code}/phan-loai\"")));
        let (status, why) = ask!(&app, post("/trang-thai", &[("to", "containing")]), head.as_str());
        assert_eq!(status, StatusCode::FORBIDDEN, "{why}");
    })
    .await;
}

#[actix_web::test]
async fn machines_get_the_shapes_that_were_promised() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage, "Thư lạ").await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = signed_in(&stage, "coordinator@so-ttt.example").await;
        let desk = desk.as_str();
        let path = |rest: &str| format!("/api/v1/incidents/{code}{rest}");
        let json = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap();
        let post = |rest: &str, body: serde_json::Value| {
            TestRequest::post()
                .uri(&path(rest))
                .insert_header(("x-csrf-token", "csrf"))
                .set_json(body)
        };
        let (status, body) = ask!(&app, TestRequest::get().uri("/api/v1/incidents"), desk);
        assert_eq!(status, StatusCode::OK);
        let item = &json(&body)["items"][0];
        for key in [
            "code", "title", "category", "priority", "state", "organisation", "received_at",
            "acknowledged_at", "next_due_at", "overdue", "drill", "unacknowledged", "version",
        ] {
            assert!(item.get(key).is_some(), "{key} in {item}");
        }
        let (status, _) = ask!(
            &app,
            TestRequest::post().uri(&path("/acknowledge")).insert_header(("x-csrf-token", "no")),
            desk
        );
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, body) = ask!(&app, post("/acknowledge", serde_json::json!({})), desk);
        assert_eq!(status, StatusCode::OK, "{body}");
        let wanted = serde_json::json!({
            "category": "phishing", "priority": "high", "tlp": "AMBER", "legal_class": "ordinary",
            "signs_of_crime": true, "beyond_capacity": false, "personal_data": false, "version": 2,
        });
        let (status, body) = ask!(&app, post("/triage", wanted.clone()), desk);
        assert_eq!(status, StatusCode::OK, "{body}");
        let one = json(&body);
        for key in [
            "state", "priority", "legal_class", "category", "tlp", "organisation", "clocks",
            "tasks", "dispatches", "version",
        ] {
            assert!(one.get(key).is_some(), "{key}");
        }
        assert_eq!((one["state"].as_str(), one["version"].as_i64()), (Some("verifying"), Some(3)));
        let (status, body) = ask!(&app, post("/triage", wanted), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        assert_eq!(json(&body)["version"], 3);
        let note = serde_json::json!({"text": "Đã gọi", "audience": "coordination", "tlp": "RED"});
        let (status, body) = ask!(&app, post("/notes", note), desk);
        assert_eq!((status, json(&body)["tlp"].as_str()), (StatusCode::CREATED, Some("RED")));
        let task = serde_json::json!({"role": "it_officer", "phase": "containing", "text": "Đổi mật khẩu", "evidence": "none"});
        let (status, body) = ask!(&app, post("/tasks", task), desk);
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let id = json(&body)["id"].as_str().unwrap().to_owned();
        let done = serde_json::json!({"state": "done", "note": "Đã đổi"});
        let (status, body) = ask!(&app, post(&format!("/tasks/{id}"), done.clone()), desk);
        assert_eq!((status, json(&body)["state"].as_str()), (StatusCode::OK, Some("done")));
        let (status, _) = ask!(&app, post(&format!("/tasks/{id}"), done), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        let (status, body) = ask!(&app, TestRequest::get().uri(&path("/messages?limit=2")), desk);
        assert_eq!(status, StatusCode::OK);
        let page = json(&body);
        let keys: Vec<&String> = page["items"][0].as_object().unwrap().keys().collect();
        let mut promised = vec![
            "channel", "recipient", "purpose", "status", "attempts", "last_error", "due_at", "created_at",
            "sent_at",
        ];
        promised.sort_unstable();
        let mut given: Vec<&str> = keys.into_iter().map(String::as_str).collect();
        given.sort_unstable();
        assert_eq!(given, promised);
        let next = page["next"].as_str().unwrap();
        let more = format!("/messages?cursor={next}");
        let (status, body) = ask!(&app, TestRequest::get().uri(&path(&more)), desk);
        assert_eq!(status, StatusCode::OK);
        assert_ne!(json(&body)["items"][0], page["items"][0]);
        for path in [path("/timeline"), path("/untold")] {
            let (status, body) = ask!(&app, TestRequest::get().uri(&path), desk);
            assert_eq!(status, StatusCode::OK);
            assert!(json(&body)["items"].is_array(), "{body}");
        }
        let (status, _) = ask!(&app, TestRequest::get().uri(&path("/timeline?cursor=x")), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, _) = ask!(&app, TestRequest::get().uri(&path("")), "");
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[actix_web::test]
async fn a_deadline_is_recorded_as_met_by_form_and_by_call() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage, "Thư lạ").await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = signed_in(&stage, "coordinator@so-ttt.example").await;
        let police = signed_in(&stage, "police_liaison@cat.example").await;
        let action = |kind: &str| format!("/su-co/{code}/thoi-han/{kind}");
        let get = || TestRequest::get().uri(&format!("/su-co/{code}"));
        let post = |kind: &str, note: &str| {
            TestRequest::post().uri(&action(kind)).set_form([("csrf", "csrf"), ("note", note)])
        };
        let (_, page) = ask!(&app, get(), desk.as_str());
        assert!(page.contains(&format!("action=\"{}\"", action("upstream_notice"))), "{page}");
        assert!(!page.contains(&action("acknowledge_limit")), "that stops by acknowledging");
        // What is missing is said at its field, which stays open.
        let (status, page) = ask!(&app, post("upstream_notice", ""), desk.as_str());
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("id=\"thoi-han-upstream_notice-note-error\""), "{page}");
        let (status, _) = ask!(&app, post("upstream_notice", "CV 12"), police.as_str());
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = ask!(&app, post("nowhere", "CV 12"), desk.as_str());
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = ask!(&app, post("upstream_notice", "CV 12 <b>"), desk.as_str());
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = ask!(&app, get(), desk.as_str());
        assert!(!page.contains(&action("upstream_notice")));
        assert!(page.contains("CV 12 &#60;b&#62;") || page.contains("CV 12 &lt;b&gt;"), "{page}");
        assert!(page.contains("ghi nhận đã thực hiện: Đơn vị chuyên trách thông báo"), "{page}");
        let (status, page) = ask!(&app, post("upstream_notice", "CV 13"), desk.as_str());
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("Thời hạn này đã được ghi nhận"), "{page}");

        let call = |kind: &str, note: &str| {
            TestRequest::post()
                .uri(&format!("/api/v1/incidents/{code}/clocks/{kind}"))
                .insert_header(("x-csrf-token", "csrf"))
                .set_json(serde_json::json!({"note": note}))
        };
        let (status, body) = ask!(&app, call("notify_ordinary", "CV 14"), desk.as_str());
        assert_eq!(status, StatusCode::OK, "{body}");
        let (status, body) = ask!(&app, call("notify_ordinary", "CV 14"), desk.as_str());
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(body.contains("\"clock_met\""), "{body}");
        let (status, _) = ask!(&app, call("nowhere", "CV 14"), desk.as_str());
        assert_eq!(status, StatusCode::NOT_FOUND);
    })
    .await;
}
