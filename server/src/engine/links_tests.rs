//! Stories of linked chats and what leaves: one way a chat, and a chat that is closed to us is left
//! out until its owner is back.

use std::sync::Arc;

use chrono::Duration;
use notify::scripted::Turn;
use notify::{ChannelKind, Outcome, Scripted};

use super::channels::Lane;
use super::tests::{DUTY, Replica, deliveries, report};
use super::{Chore as _, Outbox};
use crate::actions::chat::links;
use crate::domain::words::{Channel, DeliveryStatus, Room};
use crate::testing::{Stage, on_each};

fn telegram(stage: &Stage) -> (Arc<Scripted>, Outbox) {
    let heard = Arc::new(Scripted::new(ChannelKind::Telegram));
    let lane = Lane { channel: Channel::Telegram, carrier: Arc::clone(&heard) as _ };
    (heard, Outbox::new(stage.app(), lane, "one".to_owned()))
}

/// The alarms of the duty officer about this incident: address, status, obstacle.
async fn ways(stage: &Stage, code: &str) -> Vec<(String, DeliveryStatus, Option<String>)> {
    let id = stage.as_person(DUTY).await.actor.account();
    let mut all: Vec<_> = deliveries(stage, code)
        .await
        .into_iter()
        .filter(|one| one.account_id == id && one.purpose == "acknowledge")
        .map(|one| (one.address, one.status, one.last_error))
        .collect();
    all.sort();
    all
}

#[actix_web::test]
async fn an_alarm_goes_to_every_linked_chat_and_a_closed_one_is_left_out_from_then_on() {
    on_each(|stage| async move {
        stage.province().await;
        stage.linked(DUTY, "4711").await;
        stage.linked(DUTY, "4712").await;
        let mail = Replica::alone(&stage);
        let (heard, lane) = telegram(&stage);
        let gone = Outcome::Closed { why: "Telegram says: Forbidden: blocked".to_owned() };
        heard.always("4711", Turn::Answer(gone));
        let code = report(&stage).await;
        lane.tick().await.unwrap();
        mail.settle().await;
        use DeliveryStatus::{Failed, Sent, Skipped};
        let why = Some("Telegram says: Forbidden: blocked".to_owned());
        assert_eq!(
            ways(&stage, &code).await,
            [
                ("4711".to_owned(), Failed, why),
                ("4712".to_owned(), Sent, None),
                (DUTY.to_owned(), Sent, None)
            ]
        );
        let told = mail.mail.heard_by(DUTY);
        assert!(told.iter().any(|one| one.contains("Telegram không nhận")), "{told:?}");

        // So many a second go to one chat.
        stage.clock.pass(Duration::seconds(5));
        let code = report(&stage).await;
        lane.tick().await.unwrap();
        mail.settle().await;
        let broken = Some("obstacle-chat-broken".to_owned());
        assert_eq!(ways(&stage, &code).await[0], ("4711".to_owned(), Skipped, broken));
        assert_eq!(heard.heard_by("4711").len(), 1, "it is not tried again");
        let nobody = stage.nobody();
        links::came_back(&stage.office, &nobody, Room::Telegram, "4711", "4711").await.unwrap();
        heard.always("4711", Turn::Answer(Outcome::Moved { to: "4799".to_owned() }));
        stage.clock.pass(Duration::seconds(5));
        let code = report(&stage).await;
        lane.tick().await.unwrap();
        stage.clock.pass(Duration::seconds(5));
        lane.tick().await.unwrap();
        assert_eq!(ways(&stage, &code).await[1], ("4799".to_owned(), Sent, None));
        assert_eq!(stage.count("chat_links where chat = '4799' and person = '4711'").await, 1);
    })
    .await;
}
