//! The doors against guessing and against open browsers: limits an address, and the password once
//! more before something sensitive.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::test::{TestRequest, call_service, init_service};
use chrono::Duration;
use serde_json::{Value, json};

use crate::actions::second_factor::tests::code_now;
use crate::actions::sign_in::tests::with_password;
use crate::config::Security;
use crate::http::application;
use crate::http::caller::SESSION;
use crate::http::limits::Limits;
use crate::testing::{Stage, on_each};

const ADMIN: &str = "admin@so-ttt.example";
const COORDINATOR: &str = "coordinator@so-ttt.example";
const GOOD: &str = "con trâu gặm cỏ sau đình";

async fn text<B: actix_web::body::MessageBody>(answer: ServiceResponse<B>) -> String {
    let Ok(bytes) = actix_web::body::to_bytes(answer.into_body()).await else {
        panic!("the body broke off")
    };
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[actix_web::test]
async fn calls_are_counted_once_each_and_the_one_too_many_is_told_when_to_come_again() {
    let stage = Stage::sqlite();
    stage.province().await;
    let mut app = stage.app();
    let tight = Security { requests_per_minute: 2, ..Security::default() };
    app.limits = Arc::new(Limits::new(&tight));
    let service = init_service(application(app)).await;
    let call = || {
        TestRequest::post()
            .uri("/api/v1/incidents/SC-2026-000001/notes")
            .insert_header(("idempotency-key", "mot"))
            .set_json(json!({"text": "a"}))
            .to_request()
    };
    for status in [404, 404, 429] {
        let answer = call_service(&service, call()).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().contains_key(RETRY_AFTER), status == 429);
    }
    let page = TestRequest::get().uri("/dang-nhap").to_request();
    assert_eq!(call_service(&service, page).await.status(), 200, "pages are no calls");
}

#[actix_web::test]
async fn a_page_speaks_the_language_of_the_account_unless_this_device_chose_another() {
    let stage = Stage::sqlite();
    stage.province().await;
    let session = stage.signed_in(COORDINATOR).await;
    let session = session.split_once('=').unwrap().1.to_owned();
    let service = init_service(application(stage.app())).await;
    let open = |cookies: &[(&'static str, String)]| {
        let page = TestRequest::get().uri("/toi").insert_header(("accept-language", "en-GB"));
        let with = |page: TestRequest, (name, value): &(&'static str, String)| {
            page.cookie(Cookie::new(*name, value.clone()))
        };
        cookies.iter().fold(page, with).to_request()
    };
    let signed_in = (SESSION, session);
    let own = text(call_service(&service, open(std::slice::from_ref(&signed_in))).await).await;
    assert!(own.contains(r#"<html lang="vi""#), "the account's, not the browser's");
    let chosen = [signed_in, ("dieuphoi_language", "en".to_owned())];
    let chosen = text(call_service(&service, open(&chosen)).await).await;
    assert!(chosen.contains(r#"<html lang="en""#), "chosen here");
    let door = TestRequest::get().uri("/dang-nhap").insert_header(("accept-language", "en-GB"));
    let door = text(call_service(&service, door.to_request()).await).await;
    assert!(door.contains(r#"<html lang="en""#), "nobody yet: the browser's");
}

#[actix_web::test]
async fn an_address_that_asks_too_often_waits_and_loses_nothing_typed() {
    let stage = Stage::sqlite();
    stage.province().await;
    with_password(&stage, COORDINATOR).await;
    let mut app = stage.app();
    let tight = Security {
        sign_in_per_minute: 1,
        forgot_per_hour: 1,
        missed_links_per_hour: 2,
        ..Security::default()
    };
    app.limits = Arc::new(Limits::new(&tight));
    let service = init_service(application(app)).await;
    let page = |uri: &str| {
        let form = [("email", COORDINATOR), ("password", GOOD), ("tiep", "/toi")];
        TestRequest::post().uri(uri).set_form(form).to_request()
    };
    for (uri, first) in [("/dang-nhap", 303), ("/quen-mat-khau", 303)] {
        assert_eq!(call_service(&service, page(uri)).await.status(), first);
        let answer = call_service(&service, page(uri)).await;
        assert_eq!(answer.status(), 429, "{uri}");
        let wait: u64 =
            answer.headers().get(RETRY_AFTER).unwrap().to_str().unwrap().parse().unwrap();
        assert!((1..=3600).contains(&wait));
        let answer = text(answer).await;
        assert!(answer.contains(COORDINATOR), "what was typed stays: {uri}");
        assert!(answer.contains("quá nhiều lần"), "in words");
        assert!(!answer.contains(GOOD), "but not the password");
    }
    for uri in ["/api/v1/session", "/api/v1/session/forgot"] {
        let body = json!({"email": COORDINATOR, "password": GOOD});
        let asked = TestRequest::post().uri(uri).set_json(body).to_request();
        let answer = call_service(&service, asked).await;
        assert_eq!(answer.status(), 429, "{uri}");
        assert!(answer.headers().contains_key(RETRY_AFTER));
        assert_eq!(answer.headers().get(CONTENT_TYPE).unwrap(), "application/problem+json");
    }
    let get = |uri: &str| TestRequest::get().uri(uri).to_request();
    for uri in ["/kich-hoat/bad", "/a/bad"] {
        assert_eq!(call_service(&service, get(uri)).await.status(), 410, "{uri}");
    }
    for uri in ["/kich-hoat/bad", "/a/bad", "/theo-doi/bad", "/api/v1/tracking/bad"] {
        let answer = call_service(&service, get(uri)).await;
        assert_eq!(answer.status(), 429, "{uri}");
        assert!(answer.headers().contains_key(RETRY_AFTER), "{uri}");
    }
    assert_eq!(call_service(&service, get("/dang-nhap")).await.status(), 200);
}

#[actix_web::test]
async fn something_sensitive_asks_for_the_password_and_goes_on_with_what_was_typed() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, ADMIN).await;
        let app = init_service(application(stage.app())).await;
        let body = json!({"email": ADMIN, "password": GOOD});
        let answer = TestRequest::post().uri("/api/v1/session").set_json(body).to_request();
        let answer = call_service(&app, answer).await;
        let cookie: Cookie<'static> = answer
            .response()
            .cookies()
            .find(|one| one.name() == SESSION)
            .map(Cookie::into_owned)
            .unwrap();
        let seen: Value = serde_json::from_str(&text(answer).await).unwrap();
        let csrf = seen["csrf"].as_str().unwrap().to_owned();
        let new = |email: &str, password: &str| {
            let mut form = vec![
                ("csrf", csrf.clone()),
                ("name", "Lê Thị Thử".to_owned()),
                ("organisation", "xa-b".to_owned()),
                ("email", email.to_owned()),
                ("language", "vi".to_owned()),
                ("roles", "reporter".to_owned()),
                ("roles", "it_officer".to_owned()),
            ];
            if !password.is_empty() {
                form.push(("proof_password", password.to_owned()));
            }
            let post = TestRequest::post().uri("/quan-tri/tai-khoan/moi").set_form(form);
            post.cookie(cookie.clone()).to_request()
        };
        let api = |uri: &str, body: Value| {
            let post = TestRequest::post().uri(uri).set_json(body).cookie(cookie.clone());
            post.insert_header(("x-csrf-token", csrf.clone())).to_request()
        };
        // A sign-in is a proof.
        assert_eq!(call_service(&app, new("mot@xa-b.example", "")).await.status(), 200);
        stage.clock.pass(Duration::minutes(10));
        let asked = call_service(&app, new("hai@xa-b.example", "")).await;
        assert_eq!(asked.status(), 403);
        let asked = text(asked).await;
        assert!(asked.contains(r#"action="/quan-tri/tai-khoan/moi""#));
        assert!(asked.contains(r#"name="email" value="hai@xa-b.example""#), "{asked}");
        assert!(asked.contains(r#"name="roles" value="reporter""#));
        assert!(asked.contains(r#"name="roles" value="it_officer""#));
        let wrong = call_service(&app, new("hai@xa-b.example", "sai")).await;
        assert_eq!(wrong.status(), 422);
        let wrong = text(wrong).await;
        assert!(wrong.contains("hai@xa-b.example") && !wrong.contains(r#"value="sai""#));
        assert_eq!(stage.count("accounts where email = 'hai@xa-b.example'").await, 0);
        assert_eq!(call_service(&app, new("hai@xa-b.example", GOOD)).await.status(), 200);
        assert_eq!(stage.count("accounts where email = 'hai@xa-b.example'").await, 1);
        assert_eq!(call_service(&app, new("ba@xa-b.example", "")).await.status(), 200, "it lasts");
        assert_eq!(stage.count("audit where action = 'session.prove'").await, 1);
        assert_eq!(stage.count("audit where action = 'session.proof_refused'").await, 1);

        stage.clock.pass(Duration::minutes(11));
        let id = stage.as_person(COORDINATOR).await.actor.account().unwrap();
        let lock = || {
            let body = json!({"reason": "Chuyển công tác"});
            api(&format!("/api/v1/accounts/{id}/lock"), body)
        };
        let key = json!({"name": "SOC", "scopes": ["read"]});
        for asked in [lock(), api("/api/v1/keys", key)] {
            let refused = call_service(&app, asked).await;
            assert_eq!(refused.status(), 403);
            let refused: Value = serde_json::from_str(&text(refused).await).unwrap();
            assert_eq!(refused["code"], "prove_first");
            assert_eq!(refused["type"], "urn:dieuphoi:problem:prove_first");
        }
        let proof = |password: &str| api("/api/v1/session/proof", json!({"password": password}));
        assert_eq!(call_service(&app, proof("sai")).await.status(), 422);
        assert_eq!(call_service(&app, lock()).await.status(), 403);
        assert_eq!(call_service(&app, proof(GOOD)).await.status(), 204);
        assert_eq!(call_service(&app, lock()).await.status(), 200);
    })
    .await;
}

#[actix_web::test]
async fn a_second_factor_is_set_up_and_asked_for_without_script() {
    let stage = Stage::sqlite();
    stage.province().await;
    with_password(&stage, COORDINATOR).await;
    let mut app = stage.app();
    let mut config = (*app.office.config).clone();
    config.accounts.totp_required_roles = vec![crate::domain::words::Role::Coordinator];
    app.office.config = Arc::new(config);
    let service = init_service(application(app)).await;
    let sign_in = || {
        let form = [("email", COORDINATOR), ("password", GOOD), ("tiep", "/dieu-phoi")];
        TestRequest::post().uri("/dang-nhap").set_form(form).to_request()
    };
    let place = |answer: &ServiceResponse<_>| {
        answer.headers().get("location").unwrap().to_str().unwrap().to_owned()
    };
    let session = |answer: &ServiceResponse<_>| {
        let found = answer.response().cookies().find(|one| one.name() == SESSION);
        found.map(Cookie::into_owned)
    };
    let answer = call_service(&service, sign_in()).await;
    assert_eq!((answer.status().as_u16(), place(&answer)), (303, "/toi/xac-thuc".to_owned()));
    let cookie = session(&answer).unwrap();
    let get = |uri: &str| TestRequest::get().uri(uri).cookie(cookie.clone()).to_request();
    // Nothing else works before.
    let led = call_service(&service, get("/toi")).await;
    assert_eq!((led.status().as_u16(), place(&led)), (303, "/toi/xac-thuc".to_owned()));
    let api = call_service(&service, get("/api/v1/incidents")).await;
    assert_eq!(api.status(), 403);
    let api: Value = serde_json::from_str(&text(api).await).unwrap();
    assert_eq!(api["code"], "totp_enrol_first");

    let page = text(call_service(&service, get("/toi/xac-thuc")).await).await;
    let csrf = page.split(r#"name="csrf" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let post = |uri: &str, fields: &[(&str, &str)]| {
        let mut form = vec![("csrf".to_owned(), csrf.to_owned())];
        form.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        TestRequest::post().uri(uri).set_form(form).cookie(cookie.clone()).to_request()
    };
    assert_eq!(call_service(&service, post("/toi/xac-thuc", &[])).await.status(), 303);
    let page = text(call_service(&service, get("/toi/xac-thuc")).await).await;
    assert!(page.contains("data:image/svg+xml;base64,"));
    let found = stage.office.db.read(|c| {
        let account = crate::store::accounts::find_by_email(c, COORDINATOR)?.unwrap();
        Ok(crate::store::second_factors::find(c, account.id)?.unwrap().secret)
    });
    let secret = found.await.unwrap();
    let shown: String = page.chars().filter(|c| *c != ' ').collect();
    assert!(shown.contains(&secret), "to be typed as well");
    let confirm = |code: &str| post("/toi/xac-thuc/xac-nhan", &[("code", code)]);
    assert_eq!(call_service(&service, confirm("000000")).await.status(), 422);
    let code = code_now(&stage, &secret);
    let done = call_service(&service, confirm(&code)).await;
    assert_eq!(done.status(), 200);
    assert_eq!(text(done).await.matches("<li><code>").count(), 10);
    assert_eq!(call_service(&service, get("/toi")).await.status(), 200);
    let page = text(call_service(&service, get("/toi/xac-thuc")).await).await;
    assert!(!page.contains(&secret) && !page.contains("data:image"), "never again");

    // The second page of signing in.
    stage.clock.pass(Duration::seconds(30));
    let asked = call_service(&service, sign_in()).await;
    assert_eq!(asked.status(), 200);
    assert!(session(&asked).is_none());
    let asked = text(asked).await;
    let step = asked.split(r#"name="step" value=""#).nth(1).unwrap().split('"').next().unwrap();
    let code_form = |code: &str| {
        let form = [("step", step), ("tiep", "/dieu-phoi"), ("code", code)];
        TestRequest::post().uri("/dang-nhap/ma").set_form(form).to_request()
    };
    let wrong = call_service(&service, code_form("111111")).await;
    assert_eq!(wrong.status(), 401);
    assert!(text(wrong).await.contains(step), "another try");
    let code = code_now(&stage, &secret);
    let inside = call_service(&service, code_form(&code)).await;
    assert_eq!(inside.status(), 303);
    assert_eq!(place(&inside), "/dieu-phoi");
    assert!(session(&inside).is_some());
    let over = call_service(&service, code_form(&code)).await;
    assert_eq!((over.status().as_u16(), place(&over)), (303, "/dang-nhap".to_owned()));

    stage.clock.pass(Duration::seconds(30));
    let machine =
        |body: Value| TestRequest::post().uri("/api/v1/session").set_json(body).to_request();
    let without = json!({"email": COORDINATOR, "password": GOOD});
    let answer = call_service(&service, machine(without)).await;
    assert_eq!(answer.status(), 401);
    let answer: Value = serde_json::from_str(&text(answer).await).unwrap();
    assert_eq!(answer["code"], "totp_needed");
    let code = code_now(&stage, &secret);
    let with = json!({"email": COORDINATOR, "password": GOOD, "totp": code});
    assert_eq!(call_service(&service, machine(with)).await.status(), 200);
}
