//! A case's place in the team's groups, as the page and programs open it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::Duration;
use notify::room::Chat;
use serde_json::{Value, json};

use crate::actions::chat::groups;
use crate::actions::reports::{NewReport, receive};
use crate::actions::triage::{Because, reject};
use crate::domain::words::Room;
use crate::engine::{Cards, Chore as _};
use crate::testing::room::FakeRoom;
use crate::testing::{Stage, on_each};

const DESK: &str = "coordinator@so-ttt.example";

async fn report(stage: &Stage) -> String {
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Thư lạ".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_phone: "0000000009".to_owned(),
        ..NewReport::default()
    };
    let (unit, ctx) = (Some("xa-b".to_owned()), stage.nobody());
    receive(&stage.office, &ctx, report, Vec::new(), unit, None).await.unwrap().code
}

async fn group(stage: &Stage, id: &str) -> String {
    let title = format!("Đội <{id}>");
    let chat = Chat { id: id.to_owned(), direct: false, topics: true, title, topic: None };
    let ctx = stage.as_person(DESK).await;
    let added = groups::add(&stage.office, &ctx, Room::Telegram, &chat).await.unwrap();
    added.group.id.to_string()
}

/// Sends one request; answers status and body.
macro_rules! ask {
    ($app:expr, $request:expr, $cookie:expr) => {{
        let request = $request
            .insert_header(("cookie", $cookie.as_str()))
            .insert_header(("x-csrf-token", "csrf"))
            .to_request();
        let answer = call_service($app, request).await;
        let status = answer.status();
        (status, String::from_utf8(read_body(answer).await.to_vec()).unwrap())
    }};
}

/// As [`ask`], answering status and the cookies with what there is to say on the next page.
macro_rules! press {
    ($app:expr, $request:expr, $cookie:expr) => {{
        let request = $request.insert_header(("cookie", $cookie.as_str())).to_request();
        let answer = call_service($app, request).await;
        let mut cookies = $cookie.clone();
        for set in answer.headers().get_all("set-cookie") {
            let set = set.to_str().unwrap().split(';').next().unwrap();
            cookies.push_str(&format!("; {set}"));
        }
        (answer.status(), cookies)
    }};
}

#[actix_web::test]
async fn a_case_gets_its_place_from_the_page_and_by_api_and_says_where_it_is() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        let app = init_service(crate::http::application(stage.app())).await;
        let desk = stage.signed_in(DESK).await;
        let page = || TestRequest::get().uri(&format!("/su-co/{code}"));
        let press = || {
            let form = [("csrf", "csrf"), ("version", "1")];
            TestRequest::post().uri(&format!("/su-co/{code}/phong")).set_form(form)
        };
        let call = |body: &Value| {
            TestRequest::post().uri(&format!("/api/v1/incidents/{code}/room")).set_json(body)
        };
        let view = |text: &str| serde_json::from_str::<Value>(text).unwrap();

        // The team has no group: said where it was pressed, and to programs.
        let (status, shown) = ask!(&app, press(), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(shown.contains("Đội chưa có nhóm trò chuyện nào"), "{shown}");
        let (status, _) = ask!(&app, call(&json!({})), desk);
        assert_eq!(status, StatusCode::CONFLICT);

        let first = group(&stage, "-100777").await;
        let (_, shown) = ask!(&app, page(), desk);
        assert!(shown.contains(&format!("action=\"/su-co/{code}/phong\"")), "{shown}");
        assert!(!shown.contains("id=\"phong\""), "it has no place yet");
        let (status, with_flash) = press!(&app, press(), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, shown) = ask!(&app, page(), with_flash);
        assert!(shown.contains("Đang mở chỗ của vụ"), "the flash: {shown}");
        assert!(shown.contains("Đang mở…"), "{shown}");
        assert!(!shown.contains("Đội <-100777>"), "a group's name is text");
        let opened = "timeline where kind = 'room_opened'";
        assert_eq!(stage.count(opened).await, 1);
        assert_eq!(stage.count("audit where action = 'chat_card.open'").await, 1);

        // Once more nothing happens but that it is said.
        let (status, with_flash) = press!(&app, press(), desk);
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, shown) = ask!(&app, page(), with_flash);
        assert!(shown.contains("Vụ đã có chỗ trong nhóm"), "{shown}");
        assert_eq!(stage.count(opened).await, 1);

        let port = Arc::new(FakeRoom::default());
        let owner = "one".to_owned();
        let cards = Cards::new(stage.app(), Room::Telegram, Arc::clone(&port) as _, owner);
        for _ in 0..5 {
            cards.tick().await.unwrap();
            stage.clock.pass(Duration::seconds(1));
        }
        let (topic, _) = port.topics().into_iter().next().unwrap();
        let link = format!("https://t.me/c/777/{topic}");
        let (_, shown) = ask!(&app, page(), desk);
        assert!(shown.contains(&link), "{shown}");

        // A second group: in that one alone, then everywhere.
        let second = group(&stage, "-100888").await;
        let (status, text) = ask!(&app, call(&json!({"group": second})), desk);
        assert_eq!(status, StatusCode::OK, "{text}");
        let items = &view(&text)["items"];
        assert_eq!(items.as_array().unwrap().len(), 1);
        assert_eq!((&items[0]["new"], &items[0]["group"]), (&json!(true), &json!(second)));
        let (_, text) = ask!(&app, call(&json!({})), desk);
        let items = &view(&text)["items"];
        assert_eq!(
            items[0],
            json!({"group": first, "room": "telegram", "title": "Đội <-100777>",
            "new": false, "stands": true, "link": link})
        );
        assert_eq!((&items[1]["new"], &items[1]["stands"]), (&json!(false), &json!(false)));
        assert_eq!(stage.count(opened).await, 2);
        for strange in ["nobody", code.as_str()] {
            let (status, _) = ask!(&app, call(&json!({"group": strange})), desk);
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let incident = TestRequest::get().uri(&format!("/api/v1/incidents/{code}"));
        let (_, text) = ask!(&app, incident, desk);
        assert_eq!(view(&text)["rooms"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[actix_web::test]
async fn who_may_not_sees_neither_the_button_nor_the_case() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        group(&stage, "-100777").await;
        let app = init_service(crate::http::application(stage.app())).await;
        let call = || {
            let at = format!("/api/v1/incidents/{code}/room");
            TestRequest::post().uri(&at).set_json(json!({}))
        };
        let page = || TestRequest::get().uri(&format!("/su-co/{code}"));
        let head = stage.signed_in("unit_head@xa-b.example").await;
        let (status, _) = ask!(&app, call(), head);
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, shown) = ask!(&app, page(), head);
        assert_eq!(status, StatusCode::OK);
        assert!(!shown.contains("/phong\""), "{shown}");
        let other = stage.signed_in("unit_head@xa-c.example").await;
        let (status, _) = ask!(&app, call(), other);
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(stage.count("chat_cards").await, 0);

        // A case that is over gets no place any more.
        let ctx = stage.as_person(DESK).await;
        let because = Because { reason: "Báo nhầm".to_owned(), version: None };
        reject(&stage.office, &ctx, &code, because).await.unwrap();
        let desk = stage.signed_in(DESK).await;
        let (status, _) = ask!(&app, call(), desk);
        assert_eq!(status, StatusCode::CONFLICT);
        let (_, shown) = ask!(&app, page(), desk);
        assert!(!shown.contains("/phong\""), "{shown}");
        // Without the token of the session nothing is done.
        let forged =
            TestRequest::post().uri(&format!("/su-co/{code}/phong")).set_form([("csrf", "forged")]);
        let (status, _) = ask!(&app, forged, desk);
        assert_eq!(status, StatusCode::FORBIDDEN);
    })
    .await;
}
