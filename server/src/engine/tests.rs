//! Stories of the engine: silence is escalated, messages meet their fate, replicas do not double.

use std::sync::Arc;
use std::time::Duration as Wait;

use chrono::Duration;
use notify::scripted::Turn;
use notify::{ChannelKind, Outcome, Scripted};

use super::channels::Lane;
use super::{Chore, Outbox, Timers};
use crate::actions::incidents::acknowledge;
use crate::actions::reports::{NewReport, receive};
use crate::domain::words::{Channel, DeliveryStatus};
use crate::records::Delivery;
use crate::store::engine;
use crate::testing::{Stage, on_each};

pub(super) fn phishing() -> NewReport {
    NewReport {
        category: "phishing".to_owned(),
        description: "Thư giả mạo yêu cầu đăng nhập lại".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        still_happening: true,
        services: "none".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        ..NewReport::default()
    }
}

/// One server's engine over a stage, ticked by hand.
pub(super) struct Replica {
    pub(super) mail: Arc<Scripted>,
    pub(super) outbox: Outbox,
    pub(super) timers: Timers,
}

impl Replica {
    pub(super) fn of(stage: &Stage, name: &str, mail: &Arc<Scripted>) -> Self {
        let lane = Lane { channel: Channel::Mail, carrier: Arc::clone(mail) as _ };
        Self {
            mail: Arc::clone(mail),
            outbox: Outbox::new(stage.app(), lane, name.to_owned()),
            timers: Timers::new(stage.app()),
        }
    }

    pub(super) fn alone(stage: &Stage) -> Self {
        Self::of(stage, "one", &Arc::new(Scripted::new(ChannelKind::Mail)))
    }

    /// Until nothing is due.
    pub(super) async fn settle(&self) {
        while self.timers.tick().await.unwrap() + self.outbox.tick().await.unwrap() > 0 {}
    }
}

pub(super) async fn report(stage: &Stage) -> String {
    let through = Some("xa-b".to_owned());
    let ctx = stage.nobody();
    receive(&stage.office, &ctx, phishing(), Vec::new(), through, None).await.unwrap().code
}

/// How many messages of the playbook reached this person.
pub(super) async fn told(stage: &Stage, code: &str, address: &str) -> usize {
    const CHASING: [&str; 3] = ["acknowledge", "silence", "repeat"];
    deliveries(stage, code)
        .await
        .into_iter()
        .filter(|one| one.address == address && one.status == DeliveryStatus::Sent)
        .filter(|one| CHASING.contains(&one.purpose.as_str()))
        .count()
}

pub(super) async fn deliveries(stage: &Stage, code: &str) -> Vec<Delivery> {
    let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
    stage
        .office
        .db
        .read(move |c| {
            let incident = crate::store::incidents::find_by_number(c, number)?;
            engine::deliveries(c, incident.id, 100)
        })
        .await
        .unwrap()
}

pub(super) const DUTY: &str = "duty_officer@so-ttt.example";
pub(super) const COORDINATOR: &str = "coordinator@so-ttt.example";
pub(super) const LEADER: &str = "leader@so-ttt.example";

#[actix_web::test]
async fn silence_reaches_the_coordinator_and_then_the_leader() {
    on_each(|stage| async move {
        stage.province().await;
        let one = Replica::alone(&stage);
        let code = report(&stage).await;
        one.settle().await;
        assert_eq!(
            (told(&stage, &code, DUTY).await, told(&stage, &code, COORDINATOR).await),
            (1, 0)
        );

        stage.clock.pass(Duration::minutes(14));
        one.settle().await;
        assert_eq!(told(&stage, &code, COORDINATOR).await, 0, "not before its time");
        stage.clock.pass(Duration::minutes(1));
        one.settle().await;
        assert_eq!(
            (told(&stage, &code, COORDINATOR).await, told(&stage, &code, LEADER).await),
            (1, 0)
        );
        stage.clock.pass(Duration::minutes(15));
        one.settle().await;
        assert_eq!(told(&stage, &code, LEADER).await, 1);
    })
    .await;
}

#[actix_web::test]
async fn an_acknowledgement_silences_what_has_not_left() {
    on_each(|stage| async move {
        stage.province().await;
        let one = Replica::alone(&stage);
        let code = report(&stage).await;
        one.settle().await;
        stage.clock.pass(Duration::minutes(5));
        let duty = stage.as_person(DUTY).await;
        acknowledge(&stage.office, &duty, &code).await.unwrap();
        // Before whoever took it is late with what comes next.
        stage.clock.pass(Duration::minutes(45));
        one.settle().await;
        assert_eq!(
            (told(&stage, &code, COORDINATOR).await, told(&stage, &code, LEADER).await),
            (0, 0)
        );
    })
    .await;
}

#[actix_web::test]
async fn what_fell_due_while_everything_was_down_fires_at_start() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        stage.clock.pass(Duration::hours(2));
        let late = Replica::alone(&stage);
        late.settle().await;
        assert_eq!(
            (told(&stage, &code, DUTY).await, told(&stage, &code, COORDINATOR).await),
            (1, 1)
        );
    })
    .await;
}

#[actix_web::test]
async fn a_refused_address_fails_at_once_and_a_busy_server_is_tried_again() {
    on_each(|stage| async move {
        stage.province().await;
        let one = Replica::alone(&stage);
        let gone = Outcome::Undeliverable { why: "550 no such user".to_owned() };
        one.mail.always("unit_head@xa-b.example", Turn::Answer(gone));
        one.mail
            .then(Outcome::Retry { after: Some(Wait::from_secs(30)), why: "451 later".to_owned() });
        let code = report(&stage).await;
        one.settle().await;
        let failed: Vec<Delivery> = deliveries(&stage, &code)
            .await
            .into_iter()
            .filter(|delivery| delivery.status == DeliveryStatus::Failed)
            .collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].last_error.as_deref(), Some("550 no such user"));
        let waiting = |all: Vec<Delivery>| {
            all.into_iter().filter(|d| d.status == DeliveryStatus::Waiting).count()
        };
        assert_eq!(waiting(deliveries(&stage, &code).await), 1, "451 waits");
        stage.clock.pass(Duration::seconds(31));
        one.settle().await;
        assert_eq!(waiting(deliveries(&stage, &code).await), 0);
    })
    .await;
}

#[actix_web::test]
async fn two_replicas_send_each_message_once() {
    on_each(|stage| async move {
        stage.province().await;
        let mail = Arc::new(Scripted::new(ChannelKind::Mail));
        let one = Replica::of(&stage, "one", &mail);
        let two = Replica::of(&stage, "two", &mail);
        for _ in 0..10 {
            report(&stage).await;
        }
        // The mail server takes so many a second; what must wait is due a second later.
        for _ in 0..10 {
            let (a, b) = futures_util::join!(one.outbox.tick(), two.outbox.tick());
            a.unwrap();
            b.unwrap();
            stage.clock.pass(Duration::seconds(1));
        }
        let mut ids: Vec<String> =
            mail.heard().into_iter().map(|envelope| envelope.message_id).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "no message twice");
        // Head, IT officer and duty officer of ten reports.
        assert_eq!(all, 30);
    })
    .await;
}

#[actix_web::test]
async fn a_claim_that_went_silent_is_taken_over_and_its_late_word_changes_nothing() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        let now = crate::clock::Clock::now(&*stage.clock);
        let lost = stage
            .office
            .db
            .write(move |tx| {
                engine::claim(
                    tx,
                    "dead",
                    Channel::Mail,
                    now,
                    now + Duration::seconds(engine::LEASE_SECONDS),
                    1,
                )
            })
            .await
            .unwrap();
        // Security.md asks for thirty seconds, the look for what is due included.
        stage.clock.pass(Duration::seconds(29));
        let one = Replica::alone(&stage);
        one.settle().await;
        let taken = deliveries(&stage, &code).await;
        let taken = taken.iter().find(|delivery| delivery.id == lost[0].id).unwrap();
        assert_eq!(taken.status, DeliveryStatus::Sent);
        assert!(taken.maybe_duplicate, "its reader may have it twice, and the ledger says so");

        let ctx = stage.app().own("engine");
        let late = Outcome::Undeliverable { why: "too late".to_owned() };
        crate::actions::deliveries::settle(&stage.office, &ctx, "dead", lost[0].clone(), late)
            .await
            .unwrap();
        let id = lost[0].id;
        let stale = move |tx: &mut crate::store::Conn| {
            engine::put_back(tx, id, "dead", now)?;
            engine::renew(tx, &[id], "dead", now + Duration::hours(1))
        };
        assert_eq!(stage.office.db.write(stale).await.unwrap(), 0, "nor does it claim it again");
        let after = deliveries(&stage, &code).await;
        assert!(after.iter().all(|delivery| delivery.status == DeliveryStatus::Sent));
        assert!(after.iter().all(|delivery| delivery.lease_owner.is_none()));
    })
    .await;
}

/// Takes a message and keeps its sender waiting until it is let go.
struct Slow {
    took: tokio::sync::Notify,
    end: tokio::sync::Notify,
}

impl notify::Channel for Slow {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Mail
    }

    fn send<'a>(&'a self, _: &'a notify::Envelope) -> notify::Sending<'a> {
        Box::pin(async {
            self.took.notify_one();
            self.end.notified().await;
            Outcome::Sent { reference: None }
        })
    }

    fn check<'a>(&'a self) -> notify::Checking<'a> {
        Box::pin(async { Ok(String::new()) })
    }
}

#[actix_web::test]
async fn a_slow_hand_over_keeps_its_claim_and_that_of_what_waits_behind_it() {
    on_each(|stage| async move {
        stage.province().await;
        let code = report(&stage).await;
        let slow =
            Arc::new(Slow { took: tokio::sync::Notify::new(), end: tokio::sync::Notify::new() });
        let lane = Lane { channel: Channel::Mail, carrier: Arc::clone(&slow) as _ };
        let one = Outbox::new(stage.app(), lane, "one".to_owned()).renewing(Wait::from_millis(1));
        let two = Replica::of(&stage, "two", &Arc::new(Scripted::new(ChannelKind::Mail)));
        let story = async {
            slow.took.notified().await;
            for _ in 0..2 {
                stage.clock.pass(Duration::seconds(20));
                let until = crate::clock::Clock::now(&*stage.clock);
                let until = until + Duration::seconds(engine::LEASE_SECONDS);
                let held = |row: &Delivery| row.lease_until.is_none_or(|at| at >= until);
                while !deliveries(&stage, &code).await.iter().all(held) {}
                two.outbox.tick().await.unwrap();
                assert!(two.mail.heard().is_empty(), "all of it is the slow one's");
            }
            slow.end.notify_one();
        };
        let (sent, ()) = futures_util::join!(one.tick(), story);
        assert!(sent.unwrap() > 1);
        // What waited behind it too long is anybody's again.
        two.settle().await;
        let rows = deliveries(&stage, &code).await;
        assert!(rows.iter().all(|row| row.status == DeliveryStatus::Sent && !row.maybe_duplicate));
        assert_eq!(two.mail.heard().len(), rows.len() - 1);
    })
    .await;
}

#[actix_web::test]
async fn a_letter_s_link_is_gone_once_it_left_or_was_given_up_and_not_before() {
    on_each(|stage| async move {
        stage.province().await;
        let one = Replica::alone(&stage);
        let with_address = |email: &str| NewReport {
            contact_name: "Nguyễn Thị Thử".to_owned(),
            contact_email: email.to_owned(),
            ..phishing()
        };
        for email in ["den@xa-b.example", "hong@xa-b.example", "cho@xa-b.example"] {
            let (ctx, through) = (stage.nobody(), Some("xa-b".to_owned()));
            receive(&stage.office, &ctx, with_address(email), Vec::new(), through, None)
                .await
                .unwrap();
        }
        let gone = Outcome::Undeliverable { why: "550 no such user".to_owned() };
        one.mail.always("hong@xa-b.example", Turn::Answer(gone));
        let later = Outcome::Retry { after: Some(Wait::from_secs(600)), why: "451".to_owned() };
        one.mail.always("cho@xa-b.example", Turn::Answer(later));
        for _ in 0..3 {
            one.settle().await;
            stage.clock.pass(Duration::seconds(2));
        }
        let heard = one.mail.heard();
        let said = heard.iter().find(|one| one.to_address == "den@xa-b.example").unwrap();
        assert!(said.letter.buttons[0].url.contains("/theo-doi/"), "its reader got the link");
        let row = |address: &'static str| {
            let stage = Arc::clone(&stage);
            async move {
                let mut all = Vec::new();
                for code in ["SC-2026-000001", "SC-2026-000002", "SC-2026-000003"] {
                    all.extend(deliveries(&stage, code).await);
                }
                all.into_iter().find(|row| row.address == address).unwrap()
            }
        };
        for (address, status) in [
            ("den@xa-b.example", DeliveryStatus::Sent),
            ("hong@xa-b.example", DeliveryStatus::Failed),
        ] {
            let row = row(address).await;
            assert_eq!(row.status, status);
            assert!(!row.letter.contains("theo-doi"), "{}", row.letter);
            let letter: notify::Letter = serde_json::from_str(&row.letter).unwrap();
            assert!(letter.subject.contains("SC-2026-"), "the rest stays: {}", letter.subject);
        }
        let waits = row("cho@xa-b.example").await;
        assert_eq!(waits.status, DeliveryStatus::Waiting);
        assert!(waits.letter.contains("/theo-doi/"), "it is needed yet");
    })
    .await;
}
