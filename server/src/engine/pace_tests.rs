//! Messages, cards and topics of a group go at one pace, and an alarm waits behind none of them.

use std::sync::Arc;

use chrono::Duration;

use super::cards_tests::{CHAT, Team};
use super::channels::Lane;
use super::{Cards, Chore as _, Outbox, Pace};
use crate::clock::Clock as _;
use crate::domain::words::{Channel, Room};
use crate::records::Delivery;
use crate::store::engine;
use crate::testing::{Stage, on_each};

/// A message for the group's general part.
async fn put(stage: &Stage, name: &str, urgent: bool) {
    let now = stage.clock.now();
    let letter = notify::Letter { subject: name.to_owned(), urgent, ..notify::Letter::default() };
    let words = serde_json::to_string(&letter).unwrap();
    let (key, to) = (format!("{name}|c:x|telegram"), CHAT.to_owned());
    let row = Delivery::new(now, Channel::Telegram, to, "digest", key, words);
    let row = Delivery { urgent, ..row };
    stage.office.write(move |tx| engine::enqueue(tx, &row).map(|_| ())).await.unwrap();
}

#[actix_web::test]
async fn a_group_takes_twenty_a_minute_of_everything_and_its_alarms_at_once() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let pace = Pace::new(team.app.config());
        let port = Arc::clone(&team.port);
        let cards =
            Cards::new(team.app.clone(), Room::Telegram, Arc::clone(&port) as _, "one".to_owned());
        let cards = cards.paced(pace.clone());
        let lane = Lane { channel: Channel::Telegram, carrier: Arc::clone(&port) as _ };
        let lane = Outbox::new(team.app.clone(), lane, "one".to_owned()).paced(pace);
        for _ in 0..4 {
            team.case(true).await;
        }
        for n in 0..20 {
            put(&stage, &format!("tin {n}"), false).await;
        }
        let mut calls = Vec::new();
        for second in 0..240 {
            let alarm = format!("báo động {second}");
            if second % 16 == 5 {
                put(&stage, &alarm, true).await;
            }
            // Whoever looks first: neither starves the other.
            if second % 2 == 0 {
                cards.tick().await.unwrap();
                lane.tick().await.unwrap();
            } else {
                lane.tick().await.unwrap();
                cards.tick().await.unwrap();
            }
            if second % 16 == 5 {
                let waits =
                    "outbox where urgent = true and status = 'waiting' and channel = 'telegram'";
                assert_eq!(stage.count(waits).await, 0, "an alarm waits in second {second}");
            }
            let now = port.calls().len();
            calls.push(now - calls.iter().sum::<usize>());
            stage.clock.pass(Duration::seconds(1));
        }
        for minute in calls.windows(60) {
            assert!(minute.iter().sum::<usize>() <= 20, "{calls:?}");
        }
        assert!(calls.iter().all(|second| *second <= 2), "{calls:?}");
        assert_eq!((port.count("open"), port.count("put"), port.count("pin")), (4, 4, 4));
        assert_eq!(port.count("send"), 20 + 15);
    })
    .await;
}

#[actix_web::test]
async fn a_pause_that_a_message_is_asked_for_holds_the_cards_of_its_group() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let pace = Pace::new(team.app.config());
        let cards = Cards::new(
            team.app.clone(),
            Room::Telegram,
            Arc::clone(&team.port) as _,
            "one".to_owned(),
        );
        let cards = cards.paced(pace.clone());
        team.case(true).await;
        let wait = std::time::Duration::from_secs(30);
        pace.hold(notify::ChannelKind::Telegram, &format!("{CHAT}/7"), stage.clock.now(), wait);
        for _ in 0..30 {
            cards.tick().await.unwrap();
            assert!(team.port.calls().is_empty());
            stage.clock.pass(Duration::seconds(1));
        }
        cards.tick().await.unwrap();
        assert_eq!(team.port.calls(), ["open"]);
    })
    .await;
}
