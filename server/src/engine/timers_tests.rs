//! Stories of timers: late ones, clocks that are set, repeats after a long stop, a timer that cannot be
//! acted on, answers that come in the same instant, servers that freeze.

use chrono::Duration;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;

use super::tests::{COORDINATOR, DUTY, LEADER, Replica, deliveries, phishing, report, told};
use super::{Chore as _, Timers, Watch, watch};
use crate::actions::procedure;
use crate::actions::reports::receive;
use crate::clock::{Clock as _, Timestamp};
use crate::domain::ids::{Id, IncidentCode};
use crate::domain::words::{Channel, DeliveryStatus};
use crate::records::Timer;
use crate::store::{Place, accounts, engine, incidents};
use crate::testing::{Stage, on_each};

/// A report and the acknowledgement that it asks for, told to the coordinator in time.
pub(super) async fn one_step(stage: &Stage) -> (Replica, String) {
    stage.province().await;
    let one = Replica::alone(stage);
    let code = report(stage).await;
    one.settle().await;
    (one, code)
}

async fn arm(stage: &Stage, kind: &'static str, key: String, due_at: Timestamp) {
    stage
        .office
        .db
        .write(move |tx| {
            let timer = Timer {
                id: Id::new(due_at),
                due_at,
                kind: kind.to_owned(),
                incident_id: None,
                subject_id: Id::new(due_at),
                key: key.clone(),
            };
            engine::set_timer(tx, &timer)
        })
        .await
        .unwrap();
}

#[actix_web::test]
async fn timers_that_cannot_be_acted_on_hold_nobody_up() {
    on_each(|stage| async move {
        let (one, code) = one_step(&stage).await;
        let early = stage.clock.now();
        // More than one batch of them, and all of them due before anything else.
        for n in 0..40 {
            arm(&stage, "of-another-version", format!("{n}"), early).await;
        }
        stage.clock.pass(Duration::minutes(15));
        assert!(one.timers.tick().await.unwrap() >= 1, "what can fire");
        one.settle().await;
        assert_eq!(told(&stage, &code, COORDINATOR).await, 1);
        assert_eq!(stage.count("timers where failures = 1").await, 40, "none of them is lost");
        // They are not asked again at once, and each time after a longer while.
        one.settle().await;
        stage.clock.pass(Duration::seconds(61));
        one.settle().await;
        assert_eq!(stage.count("timers where failures = 2").await, 40);
        stage.clock.pass(Duration::seconds(61));
        one.settle().await;
        assert_eq!(stage.count("timers where failures = 2").await, 40);
        stage.clock.pass(Duration::seconds(60));
        one.settle().await;
        assert_eq!(stage.count("timers where failures = 3").await, 40);
    })
    .await;
}

#[actix_web::test]
async fn what_fires_late_says_so() {
    on_each(|stage| async move {
        let (one, _) = one_step(&stage).await;
        assert_eq!(stage.count("timeline where kind = 'timer_late'").await, 0);
        stage.clock.pass(Duration::hours(2));
        one.settle().await;
        assert!(stage.count("timeline where kind = 'timer_late'").await >= 1);
        let before = stage.count("timeline where kind = 'timer_late'").await;
        stage.clock.pass(Duration::minutes(15));
        one.settle().await;
        let after = stage.count("timeline where kind = 'timer_late'").await;
        assert_eq!(after, before, "in time again");
    })
    .await;
}

#[actix_web::test]
async fn repeats_do_not_pile_up_while_everything_is_down() {
    on_each(|stage| async move {
        let (one, code) = one_step(&stage).await;
        for _ in 0..2 {
            stage.clock.pass(Duration::minutes(15));
            one.settle().await;
        }
        assert_eq!(told(&stage, &code, LEADER).await, 1);
        // Half an hour is between two repeats; everything was down for five days.
        stage.clock.pass(Duration::days(5));
        one.settle().await;
        assert_eq!(told(&stage, &code, LEADER).await, 2, "one ring, not all of them at once");
        stage.clock.pass(Duration::minutes(29));
        one.settle().await;
        assert_eq!(told(&stage, &code, LEADER).await, 2);
        stage.clock.pass(Duration::minutes(1));
        one.settle().await;
        assert_eq!(told(&stage, &code, LEADER).await, 3);
    })
    .await;
}

#[actix_web::test]
async fn a_clock_set_back_silences_nobody_and_fires_nothing_twice() {
    on_each(|stage| async move {
        stage.province().await;
        let (one, watch) = (Replica::alone(&stage), Watch::new(stage.app()));
        let code = report(&stage).await;
        let now = stage.clock.now();
        let claim = stage.office.db.write(move |tx| {
            let until = now + Duration::seconds(engine::LEASE_SECONDS);
            engine::claim(tx, "dead", Channel::Mail, now, until, 1)
        });
        let lost = claim.await.unwrap();
        stage.clock.set(Duration::hours(-1));
        watch.tick().await.unwrap();
        one.settle().await;
        assert_eq!(stage.count("outbox where status = 'waiting'").await, 0, "nobody waits an hour");
        // A dead server's claim ends in its time, not in an hour.
        stage.clock.pass(Duration::seconds(76));
        watch.tick().await.unwrap();
        one.settle().await;
        assert_eq!(told(&stage, &code, DUTY).await, 1);
        let row = deliveries(&stage, &code).await.into_iter().find(|row| row.id == lost[0].id);
        assert_eq!(row.unwrap().status, DeliveryStatus::Sent);

        // The wait for an answer goes on. Among several servers the others' clocks still tell; here
        // all of them are wrong, and the wait ends when the clock comes there.
        let wait = match stage.office.db.place() {
            Place::Sqlite(_) => Duration::minutes(14),
            Place::Postgres(_) => Duration::minutes(74),
        };
        stage.clock.pass(wait - Duration::minutes(1));
        one.settle().await;
        assert_eq!(told(&stage, &code, COORDINATOR).await, 0, "not before its time");
        stage.clock.pass(Duration::minutes(1));
        one.settle().await;
        assert_eq!(told(&stage, &code, COORDINATOR).await, 1);
        stage.clock.set(Duration::hours(-1));
        watch.tick().await.unwrap();
        one.settle().await;
        assert_eq!(
            (told(&stage, &code, COORDINATOR).await, told(&stage, &code, LEADER).await),
            (1, 0),
            "what fired does not fire again"
        );
    })
    .await;
}

#[actix_web::test]
async fn a_clock_set_forward_fires_each_once_and_no_storm() {
    on_each(|stage| async move {
        let (one, code) = one_step(&stage).await;
        let watch = Watch::new(stage.app());
        stage.clock.set(Duration::days(30));
        watch.tick().await.unwrap();
        one.settle().await;
        assert_eq!(
            (told(&stage, &code, COORDINATOR).await, told(&stage, &code, LEADER).await),
            (1, 0),
            "what was due, once; what follows waits from now"
        );
        stage.clock.set(Duration::days(-30));
        watch.tick().await.unwrap();
        one.settle().await;
        assert_eq!(told(&stage, &code, COORDINATOR).await, 1);
        if let Place::Sqlite(_) = stage.office.db.place() {
            stage.clock.pass(Duration::minutes(15));
            one.settle().await;
            assert_eq!(told(&stage, &code, LEADER).await, 1, "not in thirty days");
        }
    })
    .await;
}

#[actix_web::test]
async fn a_clock_that_was_set_back_while_nobody_looked_is_noticed_at_start() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        stage.clock.set(Duration::hours(-1));
        watch::at_start(&stage.app()).await.unwrap();
        let one = Replica::alone(&stage);
        one.settle().await;
        assert_eq!(told(&stage, &code, DUTY).await, 1);
        assert_eq!(stage.count("audit where action = 'clock.set_back'").await, 1);
        let entries = stage.count("audit").await;
        stage.clock.pass(Duration::hours(2));
        watch::at_start(&stage.app()).await.unwrap();
        assert_eq!(stage.count("audit").await, entries, "in order again");
    })
    .await;
}

#[actix_web::test]
async fn a_frozen_process_neither_storms_nor_stays_silent() {
    on_each(|stage| async move {
        let (one, code) = one_step(&stage).await;
        let watch = Watch::new(stage.app());
        // It stood still for three hours: real time passed, and the wall clock with it.
        stage.clock.pass(Duration::hours(3));
        watch.tick().await.unwrap();
        one.settle().await;
        assert_eq!(
            (told(&stage, &code, COORDINATOR).await, told(&stage, &code, LEADER).await),
            (1, 0)
        );
        assert_eq!(stage.count("audit where action = 'clock.set_back'").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn two_replicas_fire_each_timer_once() {
    on_each(|stage| async move {
        stage.province().await;
        let (one, two) = (Timers::new(stage.app()), Timers::new(stage.app()));
        for _ in 0..40 {
            report(&stage).await;
        }
        stage.clock.pass(Duration::minutes(15));
        let mut fired = 0;
        for _ in 0..10 {
            let (a, b) = futures_util::join!(one.tick(), two.tick());
            fired += a.unwrap() + b.unwrap();
        }
        assert!(fired >= 40, "{fired}");
        assert_eq!(stage.count("timeline where kind = 'step_late'").await, 40);
        let chased = "outbox where address = 'coordinator@so-ttt.example' and purpose = 'silence'";
        assert_eq!(stage.count(chased).await, 40);
    })
    .await;
}

#[actix_web::test]
async fn what_a_frozen_server_holds_is_passed_over() {
    on_each(|stage| async move {
        let (one, first) = one_step(&stage).await;
        let Place::Postgres(url) = stage.office.db.place().clone() else { return };
        let second = report(&stage).await;
        one.settle().await;
        stage.clock.pass(Duration::minutes(15));
        let mut frozen = PgConnection::establish(&url).unwrap();
        let hold = format!("begin; select id from incidents where code = '{first}' for update");
        frozen.batch_execute(&hold).unwrap();
        assert!(one.timers.tick().await.unwrap() >= 1, "the other one, at once");
        one.settle().await;
        assert_eq!(
            (told(&stage, &first, COORDINATOR).await, told(&stage, &second, COORDINATOR).await),
            (0, 1)
        );
        // PostgreSQL takes its transaction away after a while.
        drop(frozen);
        while told(&stage, &first, COORDINATOR).await == 0 {
            one.settle().await;
            tokio::task::yield_now().await;
        }
        assert_eq!(told(&stage, &first, COORDINATOR).await, 1);
    })
    .await;
}

const HEAD: &str = "
playbook: head
version: 1
title: Thử
first_aid: 1. Gọi trực ban.
steps:
  - id: head
    notify: {to: unit_head, ask: acknowledge, text: Đề nghị xác nhận.}
    within: 15m
    late:
      - id: next
        notify: {to: coordinator, text: Đơn vị chưa trả lời.}
  - id: committee
    notify: {to: committee, text: Báo cáo Ban chỉ đạo.}
";

#[actix_web::test]
async fn a_head_whose_account_was_locked_and_a_role_that_nobody_holds() {
    on_each(|stage| async move {
        stage.province().await;
        let one = Replica::alone(&stage);
        let now = stage.clock.now();
        stage
            .office
            .db
            .write(move |tx| {
                let mut head = accounts::find_by_email(tx, "unit_head@xa-b.example")?.unwrap();
                head.locked_at = Some(now - Duration::days(1));
                accounts::save(tx, &head)
            })
            .await
            .unwrap();
        let (ctx, unit) = (stage.nobody(), Some("xa-b".to_owned()));
        let received =
            receive(&stage.office, &ctx, phishing(), Vec::new(), unit, None).await.unwrap();
        let (office, id) = (stage.office.clone(), received.incident);
        let follow = move |tx: &mut crate::store::Conn| {
            let incident = incidents::hold(tx, id)?;
            procedure::follow(tx, &office, &ctx, &incident, HEAD)
        };
        stage.office.db.write(follow).await.unwrap();
        one.settle().await;
        let code: IncidentCode = received.code.parse().unwrap();
        let rows = deliveries(&stage, &code.to_string()).await;
        assert!(rows.iter().all(|row| row.address != "unit_head@xa-b.example"), "locked is gone");
        let instead: Vec<&str> = rows
            .iter()
            .filter(|row| row.purpose == "vacant" && row.status == DeliveryStatus::Sent)
            .map(|row| row.address.as_str())
            .collect();
        assert_eq!(instead, [COORDINATOR], "the next level, at once and not after 15 minutes");
        let nobody = stage.count("timeline where kind = 'nobody_holds'").await;
        assert!(nobody >= 2, "said in plain words for the head and the committee: {nobody}");
        assert!(stage.count("timeline where kind = 'nobody_left'").await >= 1, "nobody above");
        // It fires no second time when the head's time would have been over.
        stage.clock.pass(Duration::minutes(15));
        one.settle().await;
        let rows = deliveries(&stage, &code.to_string()).await;
        let late =
            rows.iter().filter(|row| row.step.as_deref().is_some_and(|s| s.ends_with("/next")));
        assert_eq!(late.count(), 1);
    })
    .await;
}
