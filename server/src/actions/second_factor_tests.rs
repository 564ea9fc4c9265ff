//! Stories of the second factor, on each database.

use chrono::Duration;
use totp_rs::Totp;

use super::*;
use crate::actions::sessions;
use crate::actions::sign_in::tests::with_password;
use crate::actions::sign_in::{SignIn, SignedIn, sign_in};
use crate::clock::Clock as _;
use crate::domain::words::Role;
use crate::testing::{Stage, on_each};

const OFFICER: &str = "it_officer@xa-b.example";
const ADMIN: &str = "admin@so-ttt.example";
const GOOD: &str = "con trâu gặm cỏ sau đình";

/// The code that an app shows now.
pub(crate) fn code_now(stage: &Stage, secret: &str) -> String {
    let app: Totp = totp(secret, OFFICER).unwrap();
    let seconds = stage.clock.now().micros() / 1_000_000;
    app.generate(u64::try_from(seconds).unwrap()).to_string()
}

async fn enter(stage: &Stage, password: &str, code: &str) -> Result<SignedIn> {
    let input = SignIn {
        email: OFFICER.to_owned(),
        password: password.to_owned(),
        code: code.to_owned(),
        ..SignIn::default()
    };
    sign_in(&stage.office, &stage.nobody(), input).await
}

async fn with_step(stage: &Stage, step: &str, code: &str) -> Result<SignedIn> {
    let input = SignIn { step: Some(step.to_owned()), code: code.to_owned(), ..SignIn::default() };
    sign_in(&stage.office, &stage.nobody(), input).await
}

fn code_of(outcome: Result<SignedIn>) -> &'static str {
    outcome.map(|_| ()).unwrap_err().face().1
}

/// Sets the officer's second factor up; answers the secret and the recovery codes.
async fn enrolled(stage: &Stage) -> (String, Vec<String>) {
    stage.province().await;
    with_password(stage, OFFICER).await;
    let ctx = stage.as_person(OFFICER).await;
    let made = begin(&stage.office, &ctx).await.unwrap();
    assert!(made.url.starts_with("otpauth://totp/"), "{}", made.url);
    assert!(made.url.contains(&made.secret));
    // It does not count before a code was seen.
    assert!(enter(stage, GOOD, "").await.is_ok());
    let wrong = confirm(&stage.office, &ctx, "000000").await.unwrap_err();
    assert_eq!(wrong.face(), (422, "bad_fields"));
    let codes = confirm(&stage.office, &ctx, &code_now(stage, &made.secret)).await.unwrap();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 27), "{codes:?}");
    stage.clock.pass(Duration::seconds(30));
    (made.secret, codes)
}

#[actix_web::test]
async fn the_code_is_asked_for_works_once_and_within_a_step() {
    on_each(|stage| async move {
        let (secret, _) = enrolled(&stage).await;
        assert_eq!(code_of(enter(&stage, GOOD, "").await), "totp_needed");
        assert_eq!(code_of(enter(&stage, "sai", "").await), "wrong_password", "no hint");
        assert_eq!(code_of(enter(&stage, GOOD, "123").await), "totp_wrong");
        let code = code_now(&stage, &secret);
        assert!(enter(&stage, GOOD, &code).await.is_ok());
        assert_eq!(code_of(enter(&stage, GOOD, &code).await), "totp_wrong", "used");
        stage.clock.pass(Duration::seconds(30));
        let late = code_now(&stage, &secret);
        stage.clock.pass(Duration::seconds(30));
        assert!(enter(&stage, GOOD, &late).await.is_ok(), "a step late");
        stage.clock.pass(Duration::seconds(30));
        let old = code_now(&stage, &secret);
        stage.clock.pass(Duration::seconds(90));
        assert_eq!(code_of(enter(&stage, GOOD, &old).await), "totp_wrong", "too old");
        assert_eq!(stage.count("sessions").await, 3);
    })
    .await;
}

#[actix_web::test]
async fn the_second_step_stands_ten_minutes_and_guesses_are_slowed() {
    on_each(|stage| async move {
        let (secret, _) = enrolled(&stage).await;
        let asked = |stage: std::sync::Arc<Stage>| async move {
            match enter(&stage, GOOD, "").await {
                Err(Error::Refused(Refusal::CodeNeeded { step })) => step,
                other => panic!("{:?}", other.map(|_| ())),
            }
        };
        let step = asked(stage.clone()).await;
        assert_eq!(code_of(with_step(&stage, "forged", "123456").await), "sign_in_first");
        let inside = with_step(&stage, &step, &code_now(&stage, &secret)).await.unwrap();
        assert!(
            sessions::resolve(&stage.office, &inside.token, stage.clock.now())
                .await
                .unwrap()
                .is_some()
        );
        stage.clock.pass(Duration::seconds(30));
        let again = with_step(&stage, &step, &code_now(&stage, &secret)).await;
        assert_eq!(code_of(again), "sign_in_first", "a step is used once");

        let step = asked(stage.clone()).await;
        stage.clock.pass(Duration::minutes(10));
        let late = with_step(&stage, &step, &code_now(&stage, &secret)).await;
        assert_eq!(code_of(late), "sign_in_first");

        // The right password between the guesses does not make them free again.
        for _ in 0..5 {
            let step = asked(stage.clone()).await;
            assert_eq!(code_of(with_step(&stage, &step, "000000").await), "totp_wrong");
        }
        assert_eq!(code_of(enter(&stage, GOOD, "").await), "too_many_attempts");
    })
    .await;
}

#[actix_web::test]
async fn a_recovery_code_works_once_and_the_owner_hears_of_it() {
    on_each(|stage| async move {
        let (_, codes) = enrolled(&stage).await;
        let typed = codes[0].to_lowercase().replace('-', " ");
        assert!(enter(&stage, GOOD, &typed).await.is_ok());
        assert_eq!(code_of(enter(&stage, GOOD, &codes[0]).await), "totp_wrong");
        assert_eq!(stage.count("outbox where purpose = 'totp_recovery'").await, 1);
        assert_eq!(stage.count("recovery_codes where used_at is null").await, 9);
        assert!(enter(&stage, GOOD, &codes[1]).await.is_ok());
    })
    .await;
}

#[actix_web::test]
async fn it_goes_with_password_and_code_or_by_the_administrator() {
    on_each(|stage| async move {
        let (secret, codes) = enrolled(&stage).await;
        let ctx = stage.as_person(OFFICER).await;
        let wrong = remove(&stage.office, &ctx, "sai".to_owned(), &codes[0]).await.unwrap_err();
        assert_eq!(wrong.face().0, 422);
        let wrong = remove(&stage.office, &ctx, GOOD.to_owned(), "000000").await.unwrap_err();
        assert_eq!(wrong.face().0, 422);
        let now = code_now(&stage, &secret);
        remove(&stage.office, &ctx, GOOD.to_owned(), &now).await.unwrap();
        let inside = enter(&stage, GOOD, "").await.unwrap();
        assert!(!inside.must_change_password, "long enough to stand alone");
        assert_eq!(stage.count("recovery_codes").await, 0);
        let pointless = enter(&stage, GOOD, "123456").await;
        assert_eq!(code_of(pointless), "bad_fields", "a code that nobody checks");

        let ctx = stage.as_person(OFFICER).await;
        let made = begin(&stage.office, &ctx).await.unwrap();
        stage.clock.pass(Duration::seconds(30));
        let ctx = stage.as_person(OFFICER).await;
        confirm(&stage.office, &ctx, &code_now(&stage, &made.secret)).await.unwrap();
        let id = ctx.actor.account().unwrap();
        let head = stage.as_person("unit_head@xa-b.example").await;
        assert_eq!(reset(&stage.office, &head, id).await.unwrap_err().face().0, 403);
        let admin = stage.as_person(ADMIN).await;
        stage.clock.pass(Duration::minutes(11));
        let late = Ctx { now: stage.clock.now(), ..admin };
        assert_eq!(reset(&stage.office, &late, id).await.unwrap_err().face().1, "prove_first");
        let admin = stage.as_person(ADMIN).await;
        reset(&stage.office, &admin, id).await.unwrap();
        assert_eq!(reset(&stage.office, &admin, id).await.unwrap_err().face().0, 404);
        let none = sessions::resolve(&stage.office, &inside.token, stage.clock.now()).await;
        assert!(none.unwrap().is_none());
        assert!(enter(&stage, GOOD, "").await.unwrap().must_change_password);
        assert_eq!(stage.count("outbox where purpose = 'totp_reset'").await, 1);
        assert_eq!(stage.count("audit where action = 'totp.reset'").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn a_role_that_needs_it_is_led_to_set_it_up() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, OFFICER).await;
        let mut office = stage.office.clone();
        let mut config = (*office.config).clone();
        config.accounts.totp_required_roles = vec![Role::ItOfficer];
        office.config = std::sync::Arc::new(config);
        let input =
            SignIn { email: OFFICER.to_owned(), password: GOOD.to_owned(), ..SignIn::default() };
        let inside = sign_in(&office, &stage.nobody(), input).await.unwrap();
        assert!(inside.must_enrol);
        let person = |office: Office, token: String| {
            let stage = stage.clone();
            async move {
                let now = stage.clock.now();
                let found = sessions::resolve(&office, &token, now).await.unwrap();
                stage.ctx(crate::domain::person::Actor::Person(std::sync::Arc::new(
                    found.unwrap().0,
                )))
            }
        };
        let ctx = person(office.clone(), inside.token.clone()).await;
        let refused = ctx.actor.person().unwrap_err();
        assert_eq!(refused, Refusal::EnrolFirst);
        let made = begin(&office, &ctx).await.unwrap();
        confirm(&office, &ctx, &code_now(&stage, &made.secret)).await.unwrap();
        let ctx = person(office, inside.token).await;
        assert!(ctx.actor.person().is_ok());
    })
    .await;
}

#[actix_web::test]
async fn a_password_may_be_shorter_beside_a_second_factor_and_not_without() {
    on_each(|stage| async move {
        let (secret, _) = enrolled(&stage).await;
        let short = "gà gáy canh ba";
        assert!((12..15).contains(&short.chars().count()));
        let ctx = stage.as_person(OFFICER).await;
        let change = |ctx: Ctx, from: &str, to: &str| {
            let (stage, from, to) = (stage.clone(), from.to_owned(), to.to_owned());
            async move { passwords::change(&stage.office, &ctx, None, from, to).await }
        };
        change(ctx.clone(), GOOD, short).await.unwrap();
        let now = code_now(&stage, &secret);
        remove(&stage.office, &ctx, short.to_owned(), &now).await.unwrap();
        let inside = enter(&stage, short, "").await.unwrap();
        assert!(inside.must_change_password, "too short to stand alone");
        stage.clock.pass(Duration::minutes(1));
        let ctx = stage.as_person(OFFICER).await;
        assert!(change(ctx.clone(), short, "gà gáy canh tư").await.is_err());
        assert!(change(ctx, short, "chim hót đầu cành mai").await.is_ok());
    })
    .await;
}
