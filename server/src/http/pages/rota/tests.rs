//! The rota's pages and calls as a browser and a machine use them.

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};

use crate::testing::on_each;

const COORDINATOR: &str = "coordinator@so-ttt.example";
const DUTY: &str = "duty_officer@so-ttt.example";

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
async fn a_coordinator_makes_a_rota_by_forms_and_others_may_not() {
    on_each(|stage| async move {
        stage.province().await;
        let app = init_service(crate::http::application(stage.app())).await;
        let boss = stage.signed_in(COORDINATOR).await;
        let duty = stage.signed_in(DUTY).await;
        let liaison = stage.signed_in("liaison@vnpt.example").await;
        let get = |path: &str| TestRequest::get().uri(path);
        let (status, page) = ask!(&app, get("/truc-ban"), boss.as_str());
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("Chưa có lịch trực"));
        assert_eq!(ask!(&app, get("/truc-ban"), liaison.as_str()).0, StatusCode::FORBIDDEN);
        assert_eq!(ask!(&app, get("/truc-ban/moi"), duty.as_str()).0, StatusCode::FORBIDDEN);
        assert_eq!(ask!(&app, get("/truc-ban"), "x=y").0, StatusCode::SEE_OTHER, "sign in first");

        let form = |all: &[(&str, &str)]| {
            let mut all: Vec<(String, String)> =
                all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            all.push(("csrf".to_owned(), "csrf".to_owned()));
            all
        };
        let post =
            |path: &str, all: &[(&str, &str)]| TestRequest::post().uri(path).set_form(form(all));
        let (status, page) = ask!(&app, post("/truc-ban/moi", &[("name", " ")]), boss.as_str());
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let made = post("/truc-ban/moi", &[("name", "Trực <ban>")]);
        assert_eq!(ask!(&app, made, boss.as_str()).0, StatusCode::SEE_OTHER);
        let (_, rotas) = ask!(&app, get("/api/v1/rotas"), boss.as_str());
        let rotas: Value = serde_json::from_str(&rotas).unwrap();
        let id = rotas["items"][0]["id"].as_str().unwrap().to_owned();
        let (status, page) = ask!(&app, get(&format!("/truc-ban/{id}/sua")), boss.as_str());
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("Trực &#60;ban&#62;") && page.contains(&format!("/truc-ban/{id}/vong"))
        );

        let wrong = [
            ("version", "1"),
            ("kind", "custom"),
            ("hours", "900"),
            ("handover", "07:30"),
            ("from", "2026-11-22"),
            ("people", DUTY),
            ("people", COORDINATOR),
            ("line", "1"),
        ];
        let path = format!("/truc-ban/{id}/vong");
        let (status, page) = ask!(&app, post(&path, &wrong), boss.as_str());
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("value=\"900\""), "what was typed stays");
        assert!(page.contains(&format!("value=\"{COORDINATOR}\" selected")), "{page}");
        let mut right = wrong;
        right[2].1 = "12";
        assert_eq!(ask!(&app, post(&path, &right), duty.as_str()).0, StatusCode::FORBIDDEN);
        assert_eq!(ask!(&app, post(&path, &right), boss.as_str()).0, StatusCode::SEE_OTHER);

        let (_, page) = ask!(&app, get("/truc-ban"), duty.as_str());
        assert!(page.contains("rota__now") && page.contains("duty--yours"), "{page}");
        let (_, queue) = ask!(&app, get("/dieu-phoi"), boss.as_str());
        assert!(queue.contains("on-duty"), "{queue}");
        let (status, paper) = ask!(&app, get(&format!("/truc-ban/{id}/ban-giao")), duty.as_str());
        assert_eq!(status, StatusCode::OK, "{paper}");
        for rest in ["thay", "so-ban-giao"] {
            let (status, page) = ask!(&app, get(&format!("/truc-ban/{id}/{rest}")), boss.as_str());
            assert_eq!(status, StatusCode::OK, "{rest}: {page}");
        }
        let (status, page) = ask!(&app, get(&format!("/truc-ban/{id}/doi")), duty.as_str());
        assert_eq!(status, StatusCode::OK, "{page}");
        for none in ["/truc-ban/x/sua", "/truc-ban/ban-giao/x", "/truc-ban?tu=x"] {
            let (status, _) = ask!(&app, get(none), boss.as_str());
            assert!(status.is_client_error(), "{none}: {status}");
        }
    })
    .await;
}

#[actix_web::test]
async fn everything_on_the_web_is_in_the_api() {
    on_each(|stage| async move {
        stage.province().await;
        let app = init_service(crate::http::application(stage.app())).await;
        let boss = stage.signed_in(COORDINATOR).await;
        let duty = stage.signed_in(DUTY).await;
        macro_rules! call {
            ($who:expr, $method:ident, $path:expr, $body:expr) => {{
                let request = TestRequest::$method()
                    .uri(&format!("/api/v1{}", $path))
                    .insert_header(("x-csrf-token", "csrf"))
                    .set_json($body);
                let (status, body) = ask!(&app, request, $who.as_str());
                (status.as_u16(), serde_json::from_str::<Value>(&body).unwrap_or_default())
            }};
        }
        let none = json!({});
        let (status, rota) = call!(boss, post, "/rotas", json!({"name": "Trực ban"}));
        assert_eq!(status, 201, "{rota}");
        let id = rota["id"].as_str().unwrap().to_owned();
        let rotation = json!({"version": 1, "rotation": {
            "kind": "custom", "hours": "12", "handover": "07:30", "from": "2026-11-22",
            "people": [DUTY, COORDINATOR],
        }});
        assert_eq!(call!(duty, post, format!("/rotas/{id}/rotations"), &rotation).0, 403);
        let (status, rota) = call!(boss, post, format!("/rotas/{id}/rotations"), &rotation);
        assert_eq!((status, &rota["on_duty"][0]["email"]), (201, &json!(DUTY)));
        let (status, stale) = call!(boss, post, format!("/rotas/{id}/rotations"), &rotation);
        assert_eq!((status, &stale["version"]), (409, &rota["version"]));
        let (_, now) = call!(duty, get, "/duty", &none);
        assert_eq!((&now["rota"], &now["nobody"]), (&json!(true), &json!(false)));

        let swap = json!({"shift": "2026-11-23T07:30", "person": COORDINATOR});
        let (status, swap) = call!(duty, post, format!("/rotas/{id}/swaps"), swap);
        assert_eq!(status, 201, "{swap}");
        let swap = format!("/rotas/{id}/swaps/{}", swap["id"].as_str().unwrap());
        let (status, done) = call!(boss, post, &swap, json!({"answer": "accept"}));
        assert_eq!((status, &done["state"]), (200, &json!("accepted")));
        let (status, done) = call!(duty, post, &swap, json!({"answer": "confirm"}));
        assert_eq!((status, &done["state"]), (200, &json!("confirmed")));

        let (status, sheet) =
            call!(duty, post, format!("/rotas/{id}/handovers"), json!({"note": "Xong"}));
        assert_eq!(status, 201, "{sheet}");
        let sheet = format!("/rota-handovers/{}", sheet["id"].as_str().unwrap());
        assert_eq!(call!(duty, post, format!("{sheet}/acknowledge"), &none).0, 403);
        let (status, taken) = call!(boss, post, format!("{sheet}/acknowledge"), &none);
        assert_eq!(status, 200);
        assert!(taken["acknowledged_at"].is_string(), "{taken}");
        let (_, all) = call!(boss, get, format!("/rotas/{id}/handovers"), &none);
        assert_eq!(all["items"].as_array().unwrap().len(), 2);

        let leave = json!({"from": "2026-11-24T07:30", "to": "2026-11-24T19:30",
            "instead_of": DUTY, "reason": "Họp"});
        let (status, rota) = call!(boss, post, format!("/rotas/{id}/overrides"), leave);
        assert_eq!((status, rota["gaps"].as_array().unwrap().len()), (201, 1), "{rota}");
        let one = rota["overrides"][0]["id"].as_str().unwrap();
        let (status, rota) = call!(boss, post, format!("/rotas/{id}/overrides/{one}/end"), &none);
        assert_eq!((status, rota["gaps"].as_array().unwrap().len()), (200, 0), "{rota}");

        let (status, feed) = call!(duty, post, "/rota-feeds", json!({"rota": id}));
        assert_eq!(status, 201, "{feed}");
        let url = feed["url"].as_str().unwrap();
        let path = &url[url.find("/lich-truc/").unwrap()..];
        let (status, text) = ask!(&app, TestRequest::get().uri(path), "x=y");
        assert_eq!(status, StatusCode::OK);
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n"), "{text}");
        let (_, feeds) = call!(duty, get, "/rota-feeds", &none);
        assert!(feeds["items"][0].get("url").is_none(), "told once");
        let gone = format!("/rota-feeds/{}", feed["id"].as_str().unwrap());
        assert_eq!(call!(boss, delete, &gone, &none).0, 404, "somebody else's");
        assert_eq!(call!(duty, delete, &gone, &none).0, 204);
        assert_eq!(ask!(&app, TestRequest::get().uri(path), "x=y").0, StatusCode::GONE);

        let version = rota["version"].as_i64().unwrap();
        let first = rota["rotations"][0]["id"].as_str().unwrap();
        let end = format!("/rotas/{id}/rotations/{first}/end");
        stage.clock.pass(chrono::Duration::minutes(1));
        let (status, rota) = call!(boss, post, &end, json!({"version": version}));
        assert_eq!((status, &rota["nobody"]), (200, &json!(true)), "{rota}");
        let (_, queue) = ask!(&app, TestRequest::get().uri("/dieu-phoi"), boss.as_str());
        assert!(queue.contains("Hiện không có ai trực"), "{queue}");
        let name = json!({"name": "Trực đêm", "version": rota["version"]});
        let (status, rota) = call!(boss, patch, format!("/rotas/{id}"), name);
        assert_eq!((status, &rota["name"]), (200, &json!("Trực đêm")));
        let version = json!({"version": rota["version"]});
        assert_eq!(call!(boss, post, format!("/rotas/{id}/retire"), version).0, 204);
        assert_eq!(call!(boss, get, format!("/rotas/{id}"), &none).0, 404);
    })
    .await;
}
