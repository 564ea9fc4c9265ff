//! Stories of answers: one stops the escalation on every channel, what is claimed included; one that
//! comes in the instant of the deadline has one effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use notify::{ChannelKind, Checking, Envelope, Scripted, Sending};

use super::channels::Lane;
use super::tests::{COORDINATOR, DUTY, LEADER, Replica, deliveries, report, told};
use super::timers_tests::one_step;
use super::{Chore as _, Outbox};
use crate::actions::incidents::acknowledge;
use crate::actions::{Ctx, Office, deliveries as fates};
use crate::clock::Clock as _;
use crate::domain::words::{Channel, DeliveryStatus};
use crate::records::Delivery;
use crate::store::engine;
use crate::testing::{Stage, on_each};

/// A channel on which somebody acknowledges a case while the first message leaves.
struct Answering {
    office: Office,
    ctx: Ctx,
    code: String,
    answered: AtomicBool,
    heard: Arc<Scripted>,
}

impl notify::Channel for Answering {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Mail
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(async move {
            if !self.answered.swap(true, Ordering::SeqCst) {
                acknowledge(&self.office, &self.ctx, &self.code).await.unwrap();
            }
            self.heard.send(envelope).await
        })
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        self.heard.check()
    }
}

/// The coordinator is asked because the duty officer was silent.
fn chases(row: &Delivery) -> bool {
    row.address == COORDINATOR && row.purpose == "silence"
}

#[actix_web::test]
async fn an_answer_stops_what_was_claimed_and_has_not_left() {
    on_each(|stage| async move {
        let (one, first) = one_step(&stage).await;
        stage.clock.pass(Duration::seconds(1));
        let second = report(&stage).await;
        one.settle().await;
        stage.clock.pass(Duration::minutes(16));
        assert!(one.timers.tick().await.unwrap() >= 2);
        // Both chases of the coordinator are claimed together; the first that leaves meets an answer
        // to the second.
        let heard = Arc::new(Scripted::new(ChannelKind::Mail));
        let carrier = Arc::new(Answering {
            office: stage.office.clone(),
            ctx: stage.as_person(DUTY).await,
            code: second.clone(),
            answered: AtomicBool::new(false),
            heard: Arc::clone(&heard),
        });
        let lane = Lane { channel: Channel::Mail, carrier };
        let lane = Outbox::new(stage.app(), lane, "lane".to_owned());
        lane.tick().await.unwrap();
        let subjects = heard.heard_by(COORDINATOR);
        assert!(subjects.iter().any(|subject| subject.contains(&first)), "{subjects:?}");
        assert!(!subjects.iter().any(|subject| subject.contains(&second)), "{subjects:?}");
        let rows = deliveries(&stage, &second).await;
        let row = rows.iter().find(|row| chases(row)).unwrap();
        assert_eq!(row.status, DeliveryStatus::Skipped);
        assert_eq!(row.last_error.as_deref(), Some("obstacle-answered"));
        assert!(row.lease_owner.is_none() && !row.letter.contains("https://"));
    })
    .await;
}

#[actix_web::test]
async fn what_had_left_when_it_was_withdrawn_is_recorded_as_sent_and_what_had_not_as_withdrawn() {
    on_each(|stage| async move {
        let (one, code) = one_step(&stage).await;
        stage.clock.pass(Duration::minutes(15));
        one.timers.tick().await.unwrap();
        let now = stage.clock.now();
        let until = now + Duration::seconds(75);
        let claim = stage
            .office
            .db
            .write(move |tx| engine::claim(tx, "lane", Channel::Mail, now, until, 8));
        let claimed = claim.await.unwrap();
        let row = claimed.into_iter().find(|row| row.address == COORDINATOR).unwrap();
        let duty = stage.as_person(DUTY).await;
        acknowledge(&stage.office, &duty, &code).await.unwrap();
        let status = |stage: Arc<Stage>, code: String| async move {
            let rows = deliveries(&stage, &code).await;
            rows.into_iter().find(chases).unwrap().status
        };
        assert_eq!(status(Arc::clone(&stage), code.clone()).await, DeliveryStatus::Skipped);
        // Nobody takes it over, however long it lies there.
        stage.clock.pass(Duration::minutes(5));
        one.outbox.tick().await.unwrap();
        assert_eq!(told(&stage, &code, COORDINATOR).await, 0);

        let ctx = stage.app().own("engine");
        let busy = notify::Outcome::Retry { after: None, why: "451 later".to_owned() };
        fates::settle(&stage.office, &ctx, "another", row.clone(), busy.clone()).await.unwrap();
        let left = notify::Outcome::Sent { reference: None };
        fates::settle(&stage.office, &ctx, "another", row.clone(), left.clone()).await.unwrap();
        assert_eq!(status(Arc::clone(&stage), code.clone()).await, DeliveryStatus::Skipped);
        fates::settle(&stage.office, &ctx, "lane", row, left).await.unwrap();
        assert_eq!(status(stage, code).await, DeliveryStatus::Sent, "the ledger tells the truth");
    })
    .await;
}

#[actix_web::test]
async fn an_answer_at_the_deadline_has_one_effect() {
    on_each(|stage| async move {
        stage.province().await;
        let one = Replica::alone(&stage);
        for n in 0..12 {
            let code = report(&stage).await;
            one.settle().await;
            stage.clock.pass(Duration::minutes(15));
            let duty = stage.as_person(DUTY).await;
            let again = stage.as_person(DUTY).await;
            // The deadline and two answers in the same instant, in changing order.
            let answers = async {
                futures_util::join!(
                    acknowledge(&stage.office, &duty, &code),
                    acknowledge(&stage.office, &again, &code)
                )
            };
            let answers = if n % 2 == 0 {
                let (fired, answers) = futures_util::join!(one.timers.tick(), answers);
                fired.unwrap();
                answers
            } else {
                let (answers, fired) = futures_util::join!(answers, one.timers.tick());
                fired.unwrap();
                answers
            };
            let accepted = [&answers.0, &answers.1].iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(accepted, 1, "{answers:?}");
            one.settle().await;
            stage.clock.pass(Duration::minutes(45));
            one.settle().await;
            assert_eq!(told(&stage, &code, COORDINATOR).await, 0, "answered before it left");
            assert_eq!(told(&stage, &code, LEADER).await, 0, "nobody is chased any more");
        }
        assert_eq!(stage.count("timeline where kind = 'acknowledged'").await, 12);
    })
    .await;
}
