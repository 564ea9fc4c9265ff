//! The pages and calls of playbooks as a browser without script and a machine use them.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};

use crate::actions::reports::{NewReport, receive};
use crate::actions::shelf;
use crate::testing::{Stage, on_each};

macro_rules! ask {
    ($app:expr, $request:expr, $cookie:expr) => {{
        let request = $request.insert_header(("cookie", $cookie)).to_request();
        let answer = call_service($app, request).await;
        let status = answer.status();
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        let body = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        (status, body, to.unwrap_or_default())
    }};
}

async fn case(stage: &Stage) -> String {
    let report = NewReport {
        category: "malware".to_owned(),
        description: "Máy chạy chậm, hiện cửa sổ lạ".to_owned(),
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

/// The shipped playbook one version further.
fn next() -> String {
    let pinned = shelf::shipped("malware").unwrap();
    let version = pinned.playbook.version;
    shelf::shipped_text("malware")
        .unwrap()
        .replacen(&format!("version: {version}\n"), &format!("version: {}\n", version + 1), 1)
        .replacen("within: 15m", "within: 20m", 1)
}

#[actix_web::test]
async fn the_editor_works_without_script_and_a_second_person_decides() {
    on_each(|stage| async move {
        stage.province().await;
        let code = case(&stage).await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = stage.signed_in("coordinator@so-ttt.example").await;
        let leader = stage.signed_in("leader@so-ttt.example").await;
        let head = stage.signed_in("unit_head@xa-b.example").await;
        let (desk, leader, head) = (desk.as_str(), leader.as_str(), head.as_str());
        let get = |path: &str| TestRequest::get().uri(path);
        let post = |path: &str, fields: &[(&str, &str)]| {
            let mut all = vec![("csrf", "csrf")];
            all.extend(fields);
            TestRequest::post().uri(path).set_form(&all)
        };

        let (status, page, _) = ask!(&app, get("/quy-trinh"), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("/quy-trinh/malware") && page.contains("/quy-trinh/soan"));
        let (status, _, _) = ask!(&app, get("/quy-trinh"), head);
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, page, _) = ask!(&app, get("/quy-trinh/malware"), leader);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(&code) && !page.contains("soan?tu="), "a leader does not write");
        let (status, _, _) = ask!(&app, get("/quy-trinh/khong-co"), desk);
        assert_eq!(status, StatusCode::NOT_FOUND);

        let (status, page, _) = ask!(&app, get("/quy-trinh/soan?tu=malware"), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("data:image/svg+xml;base64,") && !page.contains("style="));
        assert!(page.contains("name=\"name\" value=\"malware\""), "what it changes");
        let (status, _, _) = ask!(&app, get("/quy-trinh/soan?tu=malware"), leader);
        assert_eq!(status, StatusCode::FORBIDDEN);
        let bad = next().replacen("late:", "latte:", 1).replace('\n', "\r\n");
        let fields = [("name", "malware"), ("text", bad.as_str()), ("do", "check")];
        let (status, page, _) = ask!(&app, post("/quy-trinh/soan", &fields), desk);
        assert_eq!(status, StatusCode::OK, "a check is no mistake");
        let line = next().lines().position(|line| line.contains("late:")).unwrap() + 1;
        assert!(page.contains(&format!("data-line=\"{line}\"")) && page.contains("latte:"));

        let text = next();
        let note = "Báo điều phối viên muộn hơn năm phút";
        let fields =
            [("name", "malware"), ("text", text.as_str()), ("note", "x"), ("do", "propose")];
        let (status, page, _) = ask!(&app, post("/quy-trinh/soan", &fields), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("within: 20m"), "what was typed is kept");
        let fields =
            [("name", "malware"), ("text", text.as_str()), ("note", note), ("do", "propose")];
        let (status, _, at) = ask!(&app, post("/quy-trinh/soan", &fields), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page, _) = ask!(&app, get(&at), desk);
        assert!(page.contains("/rut\"") && !page.contains("/duyet\""), "not by its author");
        let (_, page, _) = ask!(&app, get(&at), leader);
        assert!(page.contains("/duyet\"") && page.contains("diff--added"));
        for key in ["playbook-", "run-", "rebase-", "field-"] {
            assert!(!page.contains(&format!(">{key}")), "an untranslated {key}");
        }
        let (status, _, _) = ask!(&app, post(&format!("{at}/duyet"), &[]), desk);
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _, _) = ask!(&app, post(&format!("{at}/duyet"), &[]), leader);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, page, _) = ask!(&app, post(&format!("{at}/duyet"), &[]), leader);
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("role=\"alert\""));

        let path = format!("/su-co/{code}/quy-trinh");
        let (status, page, _) = ask!(&app, get(&path), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("/ban-moi") && page.contains("duty_officer so-ttt"), "{page}");
        for key in ["playbook-", "run-", "rebase-"] {
            assert!(!page.contains(&format!(">{key}")), "an untranslated {key}");
        }
        let (status, _, _) = ask!(&app, get(&path), head);
        assert_eq!(status, StatusCode::NOT_FOUND);
        let at = page.split('"').find(|part| part.ends_with("/ban-moi")).unwrap().to_owned();
        let (status, page, _) = ask!(&app, get(&at), desk);
        assert_eq!(status, StatusCode::OK);
        let hidden = |name: &str| {
            let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
            after.split('"').next().unwrap().to_owned()
        };
        let (text, version) = (hidden("text"), hidden("version"));
        let order = |reason: &'static str| {
            post(&at, &[("text", &text), ("version", &version), ("reason", reason)])
        };
        let (status, page, _) = ask!(&app, order("ừ"), desk);
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("ừ</textarea>"), "what was typed is kept");
        let (status, _, _) = ask!(&app, order("Theo chỉ đạo của lãnh đạo Sở"), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page, _) = ask!(&app, get(&format!("/su-co/{code}")), desk);
        assert!(page.contains("Theo chỉ đạo của lãnh đạo Sở"));
    })
    .await;
}

#[actix_web::test]
async fn a_machine_does_the_same_by_the_api() {
    on_each(|stage| async move {
        stage.province().await;
        let code = case(&stage).await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = stage.signed_in("coordinator@so-ttt.example").await;
        let leader = stage.signed_in("leader@so-ttt.example").await;
        let (desk, leader) = (desk.as_str(), leader.as_str());
        let get = |path: &str| TestRequest::get().uri(&format!("/api/v1{path}"));
        let post = |path: &str, body: Value| {
            let request = TestRequest::post().uri(&format!("/api/v1{path}"));
            request.insert_header(("x-csrf-token", "csrf")).set_json(body)
        };
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();

        let (status, body, _) = ask!(&app, get("/playbooks"), desk);
        assert_eq!(status, StatusCode::OK);
        assert!(read(&body)["items"].as_array().unwrap().len() >= 16);
        let forged =
            TestRequest::post().uri("/api/v1/playbooks/check").set_json(json!({"text": ""}));
        let (status, _, _) = ask!(&app, forged, desk);
        assert_eq!(status, StatusCode::FORBIDDEN);
        let wrong = json!({"text": "playbook: x\n"});
        let (status, body, _) = ask!(&app, post("/playbooks/check", wrong), desk);
        assert_eq!(status, StatusCode::OK);
        assert_eq!(read(&body)["fine"], false);
        assert!(read(&body)["problems"][0]["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
        let trial = json!({"text": next(), "silent": ["duty_officer"], "from": "2026-02-13T15:00"});
        let (status, body, _) = ask!(&app, post("/playbooks/simulate", trial), desk);
        assert_eq!(status, StatusCode::OK);
        let seen = read(&body);
        assert!(seen["svg"].as_str().unwrap().starts_with("<svg"));
        assert!(seen["rows"].as_array().unwrap().len() > 2 && seen["table"] != "");

        let body = json!({"text": next(), "note": "Báo điều phối viên sớm hơn"});
        let (status, body, _) = ask!(&app, post("/playbooks", body), desk);
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let id = read(&body)["id"].as_str().unwrap().to_owned();
        let at = format!("/playbooks/malware/versions/{id}");
        let other = format!("/playbooks/phishing/versions/{id}/approve");
        let (status, _, _) = ask!(&app, post(&other, json!({})), leader);
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, body, _) = ask!(&app, post(&format!("{at}/approve"), json!({})), leader);
        assert_eq!((status, &read(&body)["state"]), (StatusCode::OK, &json!("active")));

        let (_, body, _) = ask!(&app, get(&format!("/incidents/{code}/runs")), desk);
        let run = read(&body)["items"][0].clone();
        assert_eq!(run["may_apply"], true);
        let at = format!("/incidents/{code}/runs/{}/version", run["id"].as_str().unwrap());
        let (status, body, _) = ask!(&app, get(&at), desk);
        assert_eq!(status, StatusCode::OK);
        let preview = read(&body);
        let order = json!({
            "text": preview["text"], "version": preview["incident_version"],
            "reason": "Theo chỉ đạo của lãnh đạo Sở",
        });
        let (status, body, _) = ask!(&app, post(&at, order.clone()), desk);
        assert_eq!(status, StatusCode::OK, "{body}");
        assert_eq!(read(&body)["items"][0]["other_version"], Value::Null);
        let (status, _, _) = ask!(&app, post(&at, order), desk);
        assert_eq!(status, StatusCode::CONFLICT);
    })
    .await;
}
