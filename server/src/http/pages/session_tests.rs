//! The doors of signing in, as browsers and machines knock.

use actix_web::cookie::Cookie;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::test::{TestRequest, call_service, init_service};
use serde_json::{Value, json};

use super::DEVICE;
use crate::actions::sign_in::tests::with_password;
use crate::http::application;
use crate::http::caller::SESSION;
use crate::testing::Stage;

const COORDINATOR: &str = "coordinator@so-ttt.example";
const GOOD: &str = "con trâu gặm cỏ sau đình";

fn cookie<B>(answer: &ServiceResponse<B>, name: &str) -> Option<Cookie<'static>> {
    answer.response().cookies().find(|one| one.name() == name).map(Cookie::into_owned)
}

fn location<B>(answer: &ServiceResponse<B>) -> String {
    answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned()).unwrap()
}

async fn text<B: actix_web::body::MessageBody>(answer: ServiceResponse<B>) -> String {
    let Ok(bytes) = actix_web::body::to_bytes(answer.into_body()).await else {
        panic!("the body broke off")
    };
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[actix_web::test]
async fn a_browser_signs_in_and_out() {
    let stage = Stage::sqlite();
    stage.province().await;
    with_password(&stage, COORDINATOR).await;
    let app = init_service(application(stage.app())).await;
    let form = |next: &str, password: &str| {
        TestRequest::post().uri("/dang-nhap").set_form([
            ("email", COORDINATOR),
            ("password", password),
            ("tiep", next),
        ])
    };
    let page =
        call_service(&app, TestRequest::get().uri("/dang-nhap?tiep=/toi").to_request()).await;
    assert_eq!(page.status(), 200);
    let page = text(page).await;
    assert!(
        page.contains(r#"name="public_computer" value="1" checked"#),
        "ticked at first: {page}"
    );
    assert!(page.contains(r#"value="/toi""#));

    let wrong = call_service(&app, form("/", "sai").to_request()).await;
    assert_eq!(wrong.status(), 401);
    assert!(cookie(&wrong, SESSION).is_none());
    let wrong = text(wrong).await;
    assert!(wrong.contains(COORDINATOR), "what was typed stays");
    assert!(!wrong.contains("sai\""), "but not the password");

    for (next, there) in
        [("/toi", "/toi"), ("https://evil.example/", "/"), ("//evil.example", "/"), ("", "/")]
    {
        let answer = call_service(&app, form(next, GOOD).to_request()).await;
        assert_eq!(answer.status(), 303);
        assert_eq!(location(&answer), there, "{next}");
    }
    let answer = call_service(&app, form("/toi", GOOD).to_request()).await;
    let session = cookie(&answer, SESSION).unwrap();
    assert_eq!(session.http_only(), Some(true));
    assert_eq!(session.same_site().unwrap().to_string(), "Lax");
    assert_eq!(session.max_age(), None, "it ends with the browser");
    assert_ne!(session.secure(), Some(true), "plain http on loopback");
    assert!(cookie(&answer, DEVICE).is_some());

    let me = TestRequest::get().uri("/toi").cookie(session.clone()).to_request();
    let me = call_service(&app, me).await;
    assert_eq!(me.status(), 200);
    let me = text(me).await;
    assert!(me.contains("coordinator so-ttt"));
    let csrf = me.split(r#"name="csrf" value=""#).nth(1).unwrap().split('"').next().unwrap();

    let leave = |csrf: &str| {
        let form = [("csrf", csrf.to_owned())];
        TestRequest::post().uri("/dang-xuat").cookie(session.clone()).set_form(form)
    };
    let forged = call_service(&app, leave("x").to_request()).await;
    assert_eq!(forged.status(), 403);
    let foreign = leave(csrf).insert_header(("sec-fetch-site", "cross-site")).to_request();
    assert_eq!(call_service(&app, foreign).await.status(), 403);
    let left = call_service(&app, leave(csrf).to_request()).await;
    assert_eq!(left.status(), 303);
    assert!(left.headers().contains_key("clear-site-data"));
    let me = TestRequest::get().uri("/toi").cookie(session.clone()).to_request();
    let gone = call_service(&app, me).await;
    assert_eq!((gone.status().as_u16(), location(&gone)), (303, "/dang-nhap?tiep=/toi".to_owned()));
}

#[actix_web::test]
async fn the_api_speaks_the_agreed_words() {
    let stage = Stage::sqlite();
    stage.province().await;
    with_password(&stage, COORDINATOR).await;
    let app = init_service(application(stage.app())).await;
    let sign_in = |body: Value| TestRequest::post().uri("/api/v1/session").set_json(body);
    let body = json!({"email": COORDINATOR, "password": "sai"});
    let wrong = call_service(&app, sign_in(body).to_request()).await;
    assert_eq!(wrong.status(), 401);
    assert_eq!(wrong.headers().get(CONTENT_TYPE).unwrap(), "application/problem+json");

    let body = json!({"email": COORDINATOR, "password": GOOD});
    let answer = call_service(&app, sign_in(body).to_request()).await;
    assert_eq!(answer.status(), 200);
    let session = cookie(&answer, SESSION).unwrap();
    let seen: Value = serde_json::from_str(&text(answer).await).unwrap();
    let csrf = seen["csrf"].as_str().unwrap().to_owned();
    let id = seen["account"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        seen,
        json!({
            "account": {"id": id, "name": "coordinator so-ttt", "organisation": "so-ttt",
                "roles": ["coordinator"]},
            "must_change_password": false,
            "csrf": csrf,
        })
    );

    let write = |req: TestRequest, csrf: &str| {
        req.cookie(session.clone()).insert_header(("x-csrf-token", csrf.to_owned()))
    };
    let new = json!({"name": "SOC", "scopes": ["read"]});
    let key = TestRequest::post().uri("/api/v1/keys").set_json(&new);
    assert_eq!(call_service(&app, write(key, "x").to_request()).await.status(), 403);
    let key = TestRequest::post().uri("/api/v1/keys").set_json(&new);
    let key = call_service(&app, write(key, &csrf).to_request()).await;
    assert_eq!(key.status(), 201);
    let key: Value = serde_json::from_str(&text(key).await).unwrap();
    let secret = key["key"].as_str().unwrap().to_owned();
    let bearer = ("authorization", format!("Bearer {secret}"));
    // A key signs nobody in and keeps no accounts.
    for (uri, status) in [("/api/v1/session", 403), ("/api/v1/accounts", 403)] {
        let asked = TestRequest::get().uri(uri).insert_header(bearer.clone()).to_request();
        assert_eq!(call_service(&app, asked).await.status(), status, "{uri}");
    }
    let unknown = TestRequest::get().uri("/api/v1/session");
    let unknown = unknown.insert_header(("authorization", "Bearer dpk_x")).to_request();
    assert_eq!(call_service(&app, unknown).await.status(), 401);

    let body = json!({"current": GOOD, "new": "ngắn"});
    let short = TestRequest::post().uri("/api/v1/session/password").set_json(body);
    let short = call_service(&app, write(short, &csrf).to_request()).await;
    assert_eq!(short.status(), 422);
    let short: Value = serde_json::from_str(&text(short).await).unwrap();
    assert_eq!(short["errors"][0]["field"], "new");
    let message = short["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("15"), "{message}");
    let body = json!({"current": GOOD, "new": "bốn mùa hoa nở quanh nhà"});
    let changed = TestRequest::post().uri("/api/v1/session/password").set_json(body);
    assert_eq!(call_service(&app, write(changed, &csrf).to_request()).await.status(), 204);

    let end = TestRequest::delete().uri("/api/v1/session");
    assert_eq!(call_service(&app, write(end, &csrf).to_request()).await.status(), 204);
    let ended = TestRequest::get().uri("/api/v1/session").cookie(session.clone()).to_request();
    assert_eq!(call_service(&app, ended).await.status(), 401);
}

#[actix_web::test]
async fn the_administrator_s_pages_work_without_script() {
    let stage = Stage::sqlite();
    stage.province().await;
    with_password(&stage, "admin@so-ttt.example").await;
    with_password(&stage, COORDINATOR).await;
    let app = init_service(application(stage.app())).await;
    let mut sessions = Vec::new();
    for email in ["admin@so-ttt.example", COORDINATOR] {
        let form = [("email", email), ("password", GOOD)];
        let answer = TestRequest::post().uri("/dang-nhap").set_form(form).to_request();
        sessions.push(cookie(&call_service(&app, answer).await, SESSION).unwrap());
    }
    let (admin, other) = (sessions.remove(0), sessions.remove(0));
    let get = |uri: &str| TestRequest::get().uri(uri).cookie(admin.clone()).to_request();
    let list = call_service(&app, get("/quan-tri/tai-khoan?q=y%E1%BA%BFu")).await;
    assert_eq!(list.status(), 200);
    let list = text(call_service(&app, get("/quan-tri/tai-khoan")).await).await;
    assert!(list.contains(COORDINATOR));
    let csrf = list.split(r#"name="csrf" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let foreign = TestRequest::get().uri("/quan-tri/tai-khoan").cookie(other).to_request();
    assert_eq!(call_service(&app, foreign).await.status(), 403);

    let typed = |email: &str| {
        let form = [
            ("csrf", csrf.to_owned()),
            ("name", "<b>Lê</b> Thị Thử".to_owned()),
            ("organisation", "xa-b".to_owned()),
            ("email", email.to_owned()),
            ("language", "vi".to_owned()),
            ("roles", "reporter".to_owned()),
            ("roles", "it_officer".to_owned()),
        ];
        let new = TestRequest::post().uri("/quan-tri/tai-khoan/moi").set_form(form);
        new.cookie(admin.clone()).to_request()
    };
    let bad = call_service(&app, typed("không phải")).await;
    assert_eq!(bad.status(), 422);
    let bad = text(bad).await;
    assert!(bad.contains("không phải"), "what was typed stays");
    assert!(!bad.contains("<b>Lê"), "escaped");
    assert!(bad.contains(r#"value="it_officer" checked"#));
    let made = call_service(&app, typed("thu@xa-b.example")).await;
    assert_eq!(made.status(), 200);
    let made = text(made).await;
    let secret = made.split("/kich-hoat/").nth(1).unwrap();
    let secret: String = secret.chars().take(43).collect();
    let taken = call_service(&app, typed("thu@xa-b.example")).await;
    assert_eq!(taken.status(), 422);

    let uri = format!("/kich-hoat/{secret}");
    for _ in 0..2 {
        let opened = call_service(&app, TestRequest::get().uri(&uri).to_request()).await;
        assert_eq!(opened.status(), 200);
    }
    let set = |new: &str, again: &str| {
        let form = [("new", new.to_owned()), ("again", again.to_owned())];
        TestRequest::post().uri(&uri).set_form(form).to_request()
    };
    assert_eq!(call_service(&app, set(GOOD, "khác")).await.status(), 422);
    let done = call_service(&app, set(GOOD, GOOD)).await;
    assert_eq!((done.status().as_u16(), location(&done)), (303, "/dang-nhap".to_owned()));
    assert!(cookie(&done, SESSION).is_none(), "nobody is signed in by a link");
    let used = call_service(&app, TestRequest::get().uri(&uri).to_request()).await;
    assert_eq!(used.status(), 410);

    let new = call_service(&app, get("/quan-tri/tai-khoan?q=le%20thi%20thu")).await;
    let new = text(new).await;
    let id = new
        .split("/quan-tri/tai-khoan/")
        .find(|part| part.len() > 36 && part.as_bytes()[8] == b'-');
    let id: String = id.unwrap().chars().take(36).collect();
    let one = text(call_service(&app, get(&format!("/quan-tri/tai-khoan/{id}"))).await).await;
    assert!(one.contains("thu@xa-b.example"));
    let form = [("csrf", csrf.to_owned()), ("reason", "Nghỉ việc".to_owned())];
    let lock = TestRequest::post().uri(&format!("/quan-tri/tai-khoan/{id}/khoa")).set_form(form);
    let locked = call_service(&app, lock.cookie(admin.clone()).to_request()).await;
    assert_eq!(locked.status(), 200);
    let list = text(call_service(&app, get("/quan-tri/tai-khoan")).await).await;
    assert!(list.contains("cong-van"), "the letter's number is chased");
}
