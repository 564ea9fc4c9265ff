//! Stories of signing in and of sessions, on each database.

use std::sync::Arc;

use chrono::Duration;

use super::*;
use crate::actions::passwords;
use crate::clock::Clock as _;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::store::accounts as store;
use crate::testing::{Stage, on_each};

const GOOD: &str = "con trâu gặm cỏ sau đình";
const COORDINATOR: &str = "coordinator@so-ttt.example";

/// Gives the account of this address the password [`GOOD`].
pub(crate) async fn with_password(stage: &Stage, email: &str) {
    let hash = stage.office.hashing.hash(GOOD.to_owned()).await.unwrap();
    let email = email.to_owned();
    stage
        .office
        .db
        .write(move |tx| {
            let mut account = store::find_by_email(tx, &email)?.unwrap();
            account.password_hash = Some(hash.clone());
            store::save(tx, &account)
        })
        .await
        .unwrap();
}

fn typed(email: &str, password: &str) -> SignIn {
    SignIn { email: email.to_owned(), password: password.to_owned(), ..SignIn::default() }
}

async fn attempt(stage: &Stage, address: &str, input: SignIn) -> Result<SignedIn, Refusal> {
    let ctx = Ctx { address: address.to_owned(), ..stage.nobody() };
    match sign_in(&stage.office, &ctx, input).await {
        Ok(signed_in) => Ok(signed_in),
        Err(crate::error::Error::Refused(why)) => Err(why),
        Err(why) => panic!("{why:?}"),
    }
}

fn wait_of(answer: Result<SignedIn, Refusal>) -> i64 {
    match answer {
        Err(Refusal::TooManyAttempts { wait_seconds }) => wait_seconds,
        other => panic!("{other:?}"),
    }
}

#[actix_web::test]
async fn guessing_gets_slower_and_ends_in_a_pause() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, COORDINATOR).await;
        let here = "192.0.2.7";
        for n in 1..=5 {
            let answer = attempt(&stage, here, typed(COORDINATOR, "sai")).await;
            assert_eq!(answer.unwrap_err(), Refusal::WrongPassword, "attempt {n}");
        }
        // From now on each failure costs a pause, and during it the right password helps nobody.
        for pause in [2, 4, 8, 16, 32] {
            let wait = wait_of(attempt(&stage, here, typed(COORDINATOR, GOOD)).await);
            assert!((pause..=pause + 1).contains(&wait), "{wait} s instead of {pause} s");
            stage.clock.pass(Duration::seconds(pause));
            let answer = attempt(&stage, here, typed(COORDINATOR, "sai")).await;
            assert_eq!(answer.unwrap_err(), Refusal::WrongPassword);
        }
        let wait = wait_of(attempt(&stage, here, typed(COORDINATOR, GOOD)).await);
        assert!((14 * 60..=15 * 60 + 1).contains(&wait), "{wait}");
        // The colleague at another address is not concerned.
        assert!(attempt(&stage, "192.0.2.8", typed(COORDINATOR, GOOD)).await.is_ok());
        stage.clock.pass(Duration::minutes(15));
        assert!(attempt(&stage, here, typed(" Coordinator@SO-TTT.example ", GOOD)).await.is_ok());
        // Who got in begins anew.
        for _ in 1..=5 {
            let answer = attempt(&stage, here, typed(COORDINATOR, "sai")).await;
            assert_eq!(answer.unwrap_err(), Refusal::WrongPassword);
        }
        // Every failure and every success is in the audit trail, what was typed is not.
        assert_eq!(stage.count("audit where action = 'session.refused'").await, 15);
        assert_eq!(stage.count("audit where action = 'session.begin'").await, 2);
        assert_eq!(stage.count("audit where detail like '%sai%'").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn many_guesses_at_once_are_no_more_than_a_few() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, COORDINATOR).await;
        let guesses =
            (0..20).map(|n| {
                let stage = Arc::clone(&stage);
                async move {
                    attempt(&stage, "192.0.2.7", typed(COORDINATOR, &format!("sai {n}"))).await
                }
            });
        let answers = futures_util::future::join_all(guesses).await;
        let told = answers.iter().filter(|one| matches!(one, Err(Refusal::WrongPassword))).count();
        assert_eq!(told, 5, "the others learn nothing of their guess");
    })
    .await;
}

#[actix_web::test]
async fn what_was_wrong_is_not_told() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, COORDINATOR).await;
        with_password(&stage, "leader@so-ttt.example").await;
        let admin = stage.as_person("admin@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await.actor.account().unwrap();
        crate::actions::accounts::lock(&stage.office, &admin, leader, "nghỉ", "12/QĐ")
            .await
            .unwrap();
        for (email, password) in [
            (COORDINATOR, "sai"),
            (COORDINATOR, ""),
            ("khong-co@so-ttt.example", GOOD),
            ("leader@so-ttt.example", GOOD),
            ("auditor@so-ttt.example", ""),
            ("không phải địa chỉ", GOOD),
            ("", ""),
        ] {
            let answer = attempt(&stage, "192.0.2.9", typed(email, password)).await;
            assert_eq!(answer.unwrap_err(), Refusal::WrongPassword, "{email}");
        }
        let long = "x".repeat(100_000);
        let answer = attempt(&stage, "192.0.2.10", typed(COORDINATOR, &long)).await;
        assert_eq!(answer.unwrap_err(), Refusal::WrongPassword);
        // Accounts that do not exist are throttled like those that do.
        for _ in 0..4 {
            let unknown = typed("khong-co@so-ttt.example", "sai");
            assert!(attempt(&stage, "192.0.2.9", unknown).await.is_err());
        }
        wait_of(attempt(&stage, "192.0.2.9", typed("khong-co@so-ttt.example", "sai")).await);
        assert_eq!(stage.count("sessions").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn strangers_cannot_lock_the_coordinator_out() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, COORDINATOR).await;
        with_password(&stage, "leader@so-ttt.example").await;
        let own = attempt(&stage, "192.0.2.20", typed(COORDINATOR, GOOD)).await.unwrap();
        let device = own.device.clone();
        assert!(device.is_some());
        let public = SignIn { public_computer: true, ..typed(COORDINATOR, GOOD) };
        let public = attempt(&stage, "192.0.2.20", public).await.unwrap();
        assert_eq!(public.device, None, "a public computer is never known again");

        let now = stage.clock.now();
        stage
            .office
            .db
            .write(move |tx| {
                let lane = Lane::of_account(COORDINATOR);
                store::count_failure(tx, &lane.key, ACCOUNT - 1, None, now)
            })
            .await
            .unwrap();
        // The hundredth failure in a row, from yet another address.
        assert!(attempt(&stage, "198.51.100.77", typed(COORDINATOR, "sai")).await.is_err());
        let stranger = attempt(&stage, "203.0.113.5", typed(COORDINATOR, GOOD)).await;
        assert!(wait_of(stranger) > 23 * 3600);
        assert_eq!(stage.count("outbox where purpose = 'sign_in_blocked'").await, 1);

        // A cookie of another account, or an invented one, opens no lane.
        let leader = attempt(&stage, "192.0.2.21", typed("leader@so-ttt.example", GOOD)).await;
        for cookie in [leader.unwrap().device, Some("x".repeat(43))] {
            let input = SignIn { device: cookie, ..typed(COORDINATOR, GOOD) };
            wait_of(attempt(&stage, "192.0.2.20", input).await);
        }
        // The coordinator's own browser gets in from anywhere, and the owner's success counts.
        let input = SignIn { device: device.clone(), ..typed(COORDINATOR, GOOD) };
        assert!(attempt(&stage, "198.51.100.77", input).await.is_ok());
        // Its lane is throttled for itself: a stolen laptop does not guess freely.
        for _ in 1..=5 {
            let input = SignIn { device: device.clone(), ..typed(COORDINATOR, "sai") };
            assert_eq!(
                attempt(&stage, "192.0.2.22", input).await.unwrap_err(),
                Refusal::WrongPassword
            );
        }
        let input = SignIn { device, ..typed(COORDINATOR, GOOD) };
        wait_of(attempt(&stage, "192.0.2.22", input).await);
    })
    .await;
}

#[test]
fn one_client_is_one_address_or_one_network_of_ipv6() {
    assert_eq!(network("192.0.2.1"), "192.0.2.1");
    assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2:ffff::1"));
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
}

async fn alive(stage: &Stage, token: &str) -> bool {
    sessions::resolve(&stage.office, token, stage.clock.now()).await.unwrap().is_some()
}

#[actix_web::test]
async fn sessions_end_by_rest_by_age_and_by_number() {
    on_each(|stage| async move {
        stage.province().await;
        for email in [COORDINATOR, "admin@so-ttt.example"] {
            with_password(&stage, email).await;
        }
        let here = "192.0.2.30";
        let own = attempt(&stage, here, typed(COORDINATOR, GOOD)).await.unwrap().token;
        let public = SignIn { public_computer: true, ..typed(COORDINATOR, GOOD) };
        let public = attempt(&stage, here, public).await.unwrap().token;
        let admin = typed("admin@so-ttt.example", GOOD);
        let admin = attempt(&stage, here, admin).await.unwrap().token;
        assert_eq!(stage.count("sessions where length(token_hash) = 32").await, 3, "hashes only");
        stage.clock.pass(Duration::minutes(9));
        assert!(alive(&stage, &public).await, "used within ten minutes");
        stage.clock.pass(Duration::minutes(10));
        assert!(!alive(&stage, &public).await, "a public computer rests ten minutes");
        assert!(!alive(&stage, &admin).await, "an administrator rests fifteen");
        assert!(alive(&stage, &own).await);
        stage.clock.pass(Duration::minutes(30));
        assert!(!alive(&stage, &own).await, "others rest thirty");

        let token = attempt(&stage, here, typed(COORDINATOR, GOOD)).await.unwrap().token;
        for _ in 0..(12 * 60 / 20 - 1) {
            stage.clock.pass(Duration::minutes(20));
            assert!(alive(&stage, &token).await);
        }
        stage.clock.pass(Duration::minutes(20));
        assert!(!alive(&stage, &token).await, "twelve hours are the end, whatever happens");
        assert!(!alive(&stage, "").await);
        assert!(!alive(&stage, "forged").await);

        let mut tokens = Vec::new();
        for _ in 0..6 {
            stage.clock.pass(Duration::seconds(1));
            tokens.push(attempt(&stage, here, typed(COORDINATOR, GOOD)).await.unwrap().token);
        }
        assert!(!alive(&stage, &tokens[0]).await, "the sixth ends the oldest");
        assert!(alive(&stage, &tokens[1]).await);
        // Signing in again in the same browser ends what was there: nothing is taken over.
        let again = SignIn { previous: Some(tokens[5].clone()), ..typed(COORDINATOR, GOOD) };
        let again = attempt(&stage, here, again).await.unwrap();
        assert!(!alive(&stage, &tokens[5]).await);
        assert_ne!(again.token, tokens[5]);
        assert_eq!(again.last_sign_in_at, Some(stage.clock.now()));

        let now = stage.clock.now();
        let (_, session) =
            sessions::resolve(&stage.office, &tokens[2], now).await.unwrap().unwrap();
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        let foreign = sessions::end(&stage.office, &duty, session.id).await.unwrap_err();
        assert_eq!(foreign.face().0, 404, "another's session is not there");
        let me = stage.as_person(COORDINATOR).await;
        assert_eq!(sessions::own(&stage.office, &me).await.unwrap().len(), 5);
        sessions::end(&stage.office, &me, session.id).await.unwrap();
        assert!(!alive(&stage, &tokens[2]).await);
        sessions::end_everywhere(&stage.office, &me, None).await.unwrap();
        assert!(!alive(&stage, &again.token).await);
        assert_eq!(sessions::own(&stage.office, &me).await.unwrap().len(), 0);
    })
    .await;
}

#[actix_web::test]
async fn the_first_password_must_be_changed_and_others_sessions_end() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, COORDINATOR).await;
        stage
            .office
            .db
            .write(|tx| {
                let mut account = store::find_by_email(tx, COORDINATOR)?.unwrap();
                account.must_change_password = true;
                store::save(tx, &account)
            })
            .await
            .unwrap();
        let one = attempt(&stage, "192.0.2.40", typed(COORDINATOR, GOOD)).await.unwrap();
        let two = attempt(&stage, "192.0.2.41", typed(COORDINATOR, GOOD)).await.unwrap();
        assert!(one.must_change_password);
        let me = stage.as_person(COORDINATOR).await;
        assert_eq!(Verb::Triage.by(&me.actor), Err(Refusal::ChangePasswordFirst));
        let (_, session) =
            sessions::resolve(&stage.office, &one.token, me.now).await.unwrap().unwrap();
        let change = |current: &str, new: &str| {
            let (stage, me) = (Arc::clone(&stage), me.clone());
            let (current, new) = (current.to_owned(), new.to_owned());
            async move {
                let ctx = Ctx { now: stage.clock.now(), ..me };
                passwords::change(&stage.office, &ctx, Some(session.id), current, new).await
            }
        };
        for (current, new, field, key) in [
            ("sai", "một câu khác thật dài", "current", "field-password-wrong"),
            (GOOD, "ngắn", "new", "field-password-short"),
            (GOOD, "matkhau123456789", "new", "field-password-common"),
            (GOOD, GOOD, "new", "field-password-used"),
        ] {
            match change(current, new).await.unwrap_err() {
                crate::error::Error::Refused(Refusal::Fields(bad)) => {
                    assert_eq!((bad[0].field, bad[0].key), (field, key));
                }
                why => panic!("{why:?}"),
            }
        }
        let mut current = GOOD.to_owned();
        for n in 1..=6 {
            stage.clock.pass(Duration::seconds(1));
            let new = format!("câu bí mật thứ {n} của tôi");
            change(&current, &new).await.unwrap();
            current = new;
        }
        assert!(alive(&stage, &one.token).await, "the own session goes on");
        assert!(!alive(&stage, &two.token).await, "every other one ended");
        let now = stage.as_person(COORDINATOR).await;
        assert_eq!(Verb::Triage.by(&now.actor), Ok(()));
        let used = change(&current, "câu bí mật thứ 3 của tôi").await.unwrap_err();
        assert_eq!(used.face().0, 422, "one of the last five");
        stage.clock.pass(Duration::seconds(1));
        change(&current, GOOD).await.unwrap();
        assert_eq!(stage.count("outbox where purpose = 'password_changed'").await, 7);
        // Guessing at the current password of an open session is throttled as well.
        for _ in 0..5 {
            assert!(change("sai", "một câu khác thật dài").await.is_err());
        }
        let shut = change(GOOD, "một câu khác thật dài").await.unwrap_err();
        assert_eq!(shut.face().1, "too_many_attempts");
    })
    .await;
}
