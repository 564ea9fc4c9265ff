//! The doors of linking, as browsers and machines knock.

use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service};
use serde_json::{Value, json};

use crate::actions::chat::codes::{self, Bringer};
use crate::actions::chat::links;
use crate::clock::Clock as _;
use crate::domain::words::Room;
use crate::http::application;
use crate::testing::Stage;

const DUTY: &str = "duty_officer@so-ttt.example";

async fn text<B: actix_web::body::MessageBody>(answer: ServiceResponse<B>) -> String {
    let Ok(bytes) = actix_web::body::to_bytes(answer.into_body()).await else {
        panic!("the body broke off")
    };
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn place<B>(answer: &ServiceResponse<B>) -> (u16, String) {
    let to = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), to.unwrap_or_default())
}

fn get(uri: &str, cookie: &str) -> TestRequest {
    TestRequest::get().uri(uri).insert_header(("cookie", cookie.to_owned()))
}

fn post(uri: &str, cookie: &str, form: &[(&str, &str)]) -> TestRequest {
    let mut form = form.to_vec();
    form.push(("csrf", "csrf"));
    TestRequest::post().uri(uri).insert_header(("cookie", cookie.to_owned())).set_form(form)
}

async fn brought(stage: &Stage, page: &str, number: &str, name: &str) -> bool {
    let code = page.split("/start ").nth(1).unwrap();
    let code: String = code.chars().take_while(|c| *c != '<').collect();
    let ctx = links::stranger(Room::Telegram, number, 1, stage.clock.now());
    let (number, chat, name) = (number.to_owned(), number.to_owned(), name.to_owned());
    let who = Bringer { number, chat, name };
    codes::arrive(&stage.office, &ctx, Room::Telegram, &code, who).await.unwrap()
}

#[actix_web::test]
async fn a_browser_links_a_chat_and_ends_the_link() {
    let stage = Stage::sqlite();
    stage.province().await;
    let service = init_service(application(stage.app())).await;
    let cookie = stage.signed_in(DUTY).await;
    let page = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    assert!(page.contains("Chưa liên kết tài khoản trò chuyện nào"), "{page}");
    assert!(!page.contains("data-live=\"/toi/bao-tin/cho\""));
    let anew = post("/toi/bao-tin/ma", &cookie, &[("room", "telegram")]).to_request();
    let page = text(call_service(&service, anew).await).await;
    assert!(page.contains("chưa biết tên bot") && !page.contains("t.me"), "{page}");

    codes::known_as(&stage.office, &stage.nobody(), Room::Telegram, "dieuphoi_bot").await.unwrap();
    let anew = post("/toi/bao-tin/ma", &cookie, &[("room", "telegram")]).to_request();
    let page = text(call_service(&service, anew).await).await;
    assert!(page.contains("https://t.me/dieuphoi_bot?start="), "{page}");
    assert!(page.contains("data:image/svg+xml;base64,"));
    assert!(page.contains("data-live=\"/toi/bao-tin/cho\""), "it follows by itself");
    assert!(page.contains("href=\"/toi/bao-tin#cho\""), "and without scripts");
    // The code stands on this answer alone.
    let again = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    assert!(!again.contains("/start ") && again.contains("Đang chờ bạn bấm Start"), "{again}");

    assert!(brought(&stage, &page, "4711", "<b>Lan</b> & Co").await);
    let live = get("/toi/bao-tin/cho", &cookie).to_request();
    let part = text(call_service(&service, live).await).await;
    assert!(part.contains("&#60;b&#62;Lan") || part.contains("&lt;b&gt;Lan"), "{part}");
    assert!(part.contains("4711") && !part.contains("<html"), "{part}");
    let yes = post("/toi/bao-tin/xac-nhan", &cookie, &[("number", "4711")]).to_request();
    assert_eq!(place(&call_service(&service, yes).await), (303, "/toi/bao-tin".to_owned()));
    let late = post("/toi/bao-tin/xac-nhan", &cookie, &[("number", "4711")]).to_request();
    assert_eq!(place(&call_service(&service, late).await).0, 303);
    let page = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    assert!(page.contains("Số định danh 4711"), "{page}");

    // The administrator sees it and may end it; so may the owner.
    let admin = stage.signed_in("admin@so-ttt.example").await;
    let id = stage.as_person(DUTY).await.actor.account().unwrap();
    let at = format!("/quan-tri/tai-khoan/{id}");
    let seen = text(call_service(&service, get(&at, &admin).to_request()).await).await;
    let link = seen.split("/lien-ket/").nth(1).unwrap().split('/').next().unwrap();
    let forbidden = post(&format!("{at}/lien-ket/{link}/go"), &cookie, &[]).to_request();
    assert_eq!(call_service(&service, forbidden).await.status(), 403);
    let gone = post(&format!("{at}/lien-ket/{link}/go"), &admin, &[]).to_request();
    assert_eq!(place(&call_service(&service, gone).await), (303, at));
    let gone = post(&format!("/toi/bao-tin/lien-ket/{link}/go"), &cookie, &[]).to_request();
    assert_eq!(call_service(&service, gone).await.status(), 404);
}

#[actix_web::test]
async fn a_number_of_somebody_else_s_is_refused_plainly_and_a_stranger_by_a_button() {
    let stage = Stage::sqlite();
    stage.province().await;
    stage.linked("coordinator@so-ttt.example", "4711").await;
    let service = init_service(application(stage.app())).await;
    let cookie = stage.signed_in(DUTY).await;
    let anew = post("/toi/bao-tin/ma", &cookie, &[("room", "telegram")]).to_request();
    let page = text(call_service(&service, anew).await).await;
    assert!(brought(&stage, &page, "4711", "Lan").await);
    let yes = post("/toi/bao-tin/xac-nhan", &cookie, &[("number", "4711")]).to_request();
    let refused = call_service(&service, yes).await;
    assert_eq!(refused.status(), 422);
    let refused = text(refused).await;
    assert!(refused.contains("đã liên kết với một tài khoản khác"), "{refused}");
    let no = post("/toi/bao-tin/tu-choi", &cookie, &[]).to_request();
    assert_eq!(place(&call_service(&service, no).await).0, 303);
    assert_eq!(stage.count("chat_codes where refused_at is not null").await, 1);
    let no = post("/toi/bao-tin/tu-choi", &cookie, &[]).to_request();
    assert_eq!(place(&call_service(&service, no).await).0, 303, "late is said, and no error");
    // A browser left open asks for the password first.
    stage.clock.pass(chrono::Duration::minutes(11));
    let anew = post("/toi/bao-tin/ma", &cookie, &[("room", "telegram")]).to_request();
    let asks = call_service(&service, anew).await;
    assert_eq!(asks.status(), 403);
    assert!(text(asks).await.contains("proof_password"));
}

#[actix_web::test]
async fn quiet_hours_are_kept_and_bad_ones_come_back_with_what_was_typed() {
    let stage = Stage::sqlite();
    stage.province().await;
    let service = init_service(application(stage.app())).await;
    let cookie = stage.signed_in(DUTY).await;
    let night = |from: &str, to: &str| {
        post("/toi/bao-tin/gio-yen-lang", &cookie, &[("from", from), ("to", to)]).to_request()
    };
    assert_eq!(place(&call_service(&service, night("22:00", "06:00")).await).0, 303);
    let bad = call_service(&service, night("22:00", "")).await;
    assert_eq!(bad.status(), 422);
    assert!(text(bad).await.contains(r#"value="22:00""#));
    let page = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    assert!(page.contains(r#"value="06:00""#), "{page}");
    assert_eq!(place(&call_service(&service, night("", "")).await).0, 303);
    assert_eq!(stage.count("chat_settings where quiet_from is null").await, 1);
}

#[actix_web::test]
async fn the_api_links_as_the_page_does() {
    let stage = Stage::sqlite();
    stage.province().await;
    codes::known_as(&stage.office, &stage.nobody(), Room::Telegram, "dieuphoi_bot").await.unwrap();
    let service = init_service(application(stage.app())).await;
    let cookie = stage.signed_in(DUTY).await;
    let call = |method: TestRequest, path: &str, body: Option<Value>| {
        let request = method
            .uri(&format!("/api/v1{path}"))
            .insert_header(("cookie", cookie.clone()))
            .insert_header(("x-csrf-token", "csrf"));
        match body {
            Some(body) => request.set_json(body).to_request(),
            None => request.to_request(),
        }
    };
    let json = |answer: String| serde_json::from_str::<Value>(&answer).unwrap();
    let answer = call_service(
        &service,
        call(TestRequest::post(), "/chat/code", Some(json!({"room": "telegram"}))),
    )
    .await;
    assert_eq!(answer.status(), 201);
    let drawn = json(text(answer).await);
    let code = drawn["code"].as_str().unwrap();
    assert!(drawn["link"].as_str().unwrap().ends_with(code));
    let state = || call(TestRequest::get(), "/chat/code", None);
    let standing = json(text(call_service(&service, state()).await).await);
    assert_eq!(standing["state"], "waiting");
    assert!(brought(&stage, &format!("/start {code}<"), "4711", "Lan").await);
    let standing = json(text(call_service(&service, state()).await).await);
    assert_eq!((&standing["state"], &standing["number"]), (&json!("arrived"), &json!("4711")));
    let body = Some(json!({"number": "4711"}));
    let yes = call(TestRequest::post(), "/chat/code/confirm", body);
    let answer = call_service(&service, yes).await;
    assert_eq!(answer.status(), 201);
    let link = json(text(answer).await);
    let own = json(
        text(call_service(&service, call(TestRequest::get(), "/chat/links", None)).await).await,
    );
    assert_eq!(own["items"], json!([link]));
    let night = json!({"from": "22:00", "to": "06:00"});
    let put = call(TestRequest::put(), "/chat/quiet", Some(night.clone()));
    assert_eq!(call_service(&service, put).await.status(), 200);
    let quiet = call_service(&service, call(TestRequest::get(), "/chat/quiet", None)).await;
    assert_eq!(json(text(quiet).await), night);
    let one = format!("/chat/links/{}", link["id"].as_str().unwrap());
    let gone = call_service(&service, call(TestRequest::delete(), &one, None)).await;
    assert_eq!(gone.status(), 204);
    let gone = call_service(&service, call(TestRequest::delete(), "/chat/code", None)).await;
    assert_eq!(gone.status(), 422, "nobody waits");
    // The administrator's calls.
    let id = stage.as_person(DUTY).await.actor.account().unwrap();
    let of = format!("/accounts/{id}/chat-links");
    let refused = call_service(&service, call(TestRequest::get(), &of, None)).await;
    assert_eq!(refused.status(), 403);
    stage.linked(DUTY, "4712").await;
    let admin = stage.signed_in("admin@so-ttt.example").await;
    let seen = get(&format!("/api/v1{of}"), &admin).to_request();
    let seen = json(text(call_service(&service, seen).await).await);
    assert_eq!(seen["items"][0]["number"], "4712");
    let one = format!("/api/v1{of}/{}", seen["items"][0]["id"].as_str().unwrap());
    let end = TestRequest::delete()
        .uri(&one)
        .insert_header(("cookie", admin))
        .insert_header(("x-csrf-token", "csrf"));
    assert_eq!(call_service(&service, end.to_request()).await.status(), 204);
}

#[actix_web::test]
async fn every_configured_room_is_offered_and_matrix_opens_by_its_own_address() {
    let stage = Stage::sqlite();
    stage.province().await;
    let bot = "@dieuphoi:tinh.example";
    codes::known_as(&stage.office, &stage.nobody(), Room::Matrix, bot).await.unwrap();
    let service = init_service(application(stage.app())).await;
    let cookie = stage.signed_in(DUTY).await;
    let page = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    for offered in ["Tạo mã liên kết Telegram", "Tạo mã liên kết Matrix"] {
        assert!(page.contains(offered), "{page}");
    }
    let matrix = || post("/toi/bao-tin/ma", &cookie, &[("room", "matrix")]).to_request();
    let page = text(call_service(&service, matrix()).await).await;
    assert!(page.contains("href=\"https://matrix.to/#/@dieuphoi:tinh.example\""), "{page}");
    assert!(page.contains("data:image/svg+xml;base64,") && page.contains("!start "), "{page}");
    assert!(!page.contains("/start ") && page.contains("gửi mã cho bot trong Matrix"), "{page}");
    let code = page.split("!start ").nth(1).unwrap();
    let code: String = code.chars().take_while(|c| *c != '<').collect();
    let number = "@lan:tinh.example".to_owned();
    let ctx = links::stranger(Room::Matrix, &number, 1, stage.clock.now());
    let who = Bringer { number, chat: "!r:tinh.example".to_owned(), name: "Lan".to_owned() };
    assert!(codes::arrive(&stage.office, &ctx, Room::Matrix, &code, who).await.unwrap());
    let live = get("/toi/bao-tin/cho", &cookie).to_request();
    let part = text(call_service(&service, live).await).await;
    assert!(part.contains("Có phải tài khoản Matrix của bạn không?"), "{part}");
    assert!(part.contains("@lan:tinh.example"), "{part}");
    let yes = post("/toi/bao-tin/xac-nhan", &cookie, &[("number", "@lan:tinh.example")]);
    assert_eq!(place(&call_service(&service, yes.to_request()).await).0, 303);
    let page = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    assert!(page.contains("Matrix · <bdi>Lan</bdi>"), "{page}");

    // Without any room there is nothing to begin with.
    let mut app = stage.app();
    let mut config = (*app.office.config).clone();
    config.matrix.homeserver.clear();
    config.telegram.token = crate::config::Secret::default();
    app.office.config = std::sync::Arc::new(config);
    let service = init_service(application(app)).await;
    let page = text(call_service(&service, get("/toi/bao-tin", &cookie).to_request()).await).await;
    assert!(page.contains("chưa được nối") && !page.contains("/toi/bao-tin/ma"), "{page}");
    let no = call_service(&service, matrix()).await;
    assert_eq!(no.status(), 422);
    let strange = post("/toi/bao-tin/ma", &cookie, &[("room", "zalo")]).to_request();
    assert_eq!(call_service(&service, strange).await.status(), 404);
}
