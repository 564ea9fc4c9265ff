//! Stories of the canaries: they leave at their time, and somebody hears when one does not.

use std::sync::Arc;
use std::time::Duration as Wait;

use chrono::Duration;
use notify::scripted::Turn;
use notify::{ChannelKind, Outcome, Scripted};

use super::channels::Lane;
use super::{Canary, Chore as _, Outbox};
use crate::actions::canary;
use crate::app::App;
use crate::clock::{Clock as _, Timestamp};
use crate::config::{Config, Secret};
use crate::domain::words::Channel;
use crate::testing::{Stage, on_each};

const TO: &str = "thu-kenh@so-ttt.example";

fn config(of: &Config) -> Config {
    let mut config = of.clone();
    config.mail.host = "127.0.0.1".to_owned();
    config.telegram.token = Secret::new("0:x");
    config.canary.mail = TO.to_owned();
    config
}

/// The service with a canary by mail; the administrator reads Telegram as well.
async fn watched(stage: &Stage) -> App {
    stage.province().await;
    stage.linked("admin@so-ttt.example", "4711").await;
    let mut app = stage.app();
    app.office.config = Arc::new(config(&stage.office.config));
    app
}

fn mail(app: &App) -> (Arc<Scripted>, Outbox) {
    let mail = Arc::new(Scripted::new(ChannelKind::Mail));
    let lane = Lane { channel: Channel::Mail, carrier: Arc::clone(&mail) as _ };
    (mail, Outbox::new(app.clone(), lane, "one".to_owned()))
}

#[test]
fn a_canary_s_time_is_the_province_s() {
    let mut config = Config::default();
    let slot =
        |config: &Config, now: &str| canary::slot(config, Timestamp::parse(now).unwrap()).local();
    assert_eq!(slot(&config, "2026-11-22T07:30"), "22/11/2026 07:30");
    assert_eq!(slot(&config, "2026-11-22T07:29"), "21/11/2026 07:30");
    assert_eq!(slot(&config, "2026-11-23T06:00"), "22/11/2026 07:30");
    config.canary.every_hours = 6;
    assert_eq!(slot(&config, "2026-11-22T13:31"), "22/11/2026 13:30");
    assert_eq!(slot(&config, "2026-11-22T01:00"), "21/11/2026 19:30");
    config.canary.at = "00:00".to_owned();
    config.canary.every_hours = 1;
    assert_eq!(slot(&config, "2026-11-22T00:59"), "22/11/2026 00:00");
}

#[actix_web::test]
async fn a_canary_leaves_once_at_its_time() {
    on_each(|stage| async move {
        let app = watched(&stage).await;
        let (heard, lane) = mail(&app);
        let (one, two) = (Canary::new(app.clone()), Canary::new(app.clone()));
        // 08:00: that of 07:30 was not made while nobody was there, and is made now, by one of them.
        let (a, b) = futures_util::join!(one.tick(), two.tick());
        a.unwrap();
        b.unwrap();
        lane.tick().await.unwrap();
        one.tick().await.unwrap();
        assert_eq!(heard.heard_by(TO).len(), 1);
        assert_eq!(stage.count("canaries where sent_at is not null").await, 1);
        stage.clock.pass(Duration::hours(23));
        one.tick().await.unwrap();
        assert_eq!(stage.count("canaries").await, 1, "07:00 the next day");
        stage.clock.pass(Duration::minutes(30));
        one.tick().await.unwrap();
        two.tick().await.unwrap();
        assert_eq!(stage.count("canaries").await, 2);
        lane.tick().await.unwrap();
        one.tick().await.unwrap();
        assert!(app.pulse.trouble().is_empty());
        assert_eq!(stage.count("audit where action = 'canary.sent'").await, 2);
    })
    .await;
}

#[actix_web::test]
async fn a_late_canary_raises_the_alarm_by_the_other_channel_once_and_is_forgiven_when_it_leaves() {
    on_each(|stage| async move {
        let app = watched(&stage).await;
        let (heard, lane) = mail(&app);
        let chore = Canary::new(app.clone());
        let busy = Outcome::Retry { after: Some(Wait::from_secs(300)), why: "451 busy".to_owned() };
        heard.always(TO, Turn::Answer(busy));
        chore.tick().await.unwrap();
        lane.tick().await.unwrap();
        chore.tick().await.unwrap();
        assert!(app.pulse.trouble().is_empty(), "not yet");
        for _ in 0..2 {
            stage.clock.pass(Duration::minutes(15));
            chore.tick().await.unwrap();
        }
        assert_eq!(app.pulse.trouble(), [Channel::Mail]);
        let alarm = "outbox where purpose = 'canary_alarm'";
        assert_eq!(stage.count(alarm).await, 1, "the one person whom Telegram reaches, once");
        let by =
            "outbox where purpose = 'canary_alarm' and channel = 'telegram' and address = '4711'";
        assert_eq!(stage.count(by).await, 1);
        assert_eq!(stage.count("audit where action = 'canary.late'").await, 1);

        heard.always(TO, Turn::Answer(Outcome::Sent { reference: None }));
        lane.tick().await.unwrap();
        chore.tick().await.unwrap();
        assert!(app.pulse.trouble().is_empty());
    })
    .await;
}

#[actix_web::test]
async fn a_refused_canary_is_trouble_until_the_next_one_leaves() {
    on_each(|stage| async move {
        let app = watched(&stage).await;
        let (heard, lane) = mail(&app);
        let chore = Canary::new(app.clone());
        let gone = Outcome::Undeliverable { why: "550 no such user".to_owned() };
        heard.then(gone);
        chore.tick().await.unwrap();
        lane.tick().await.unwrap();
        chore.tick().await.unwrap();
        assert_eq!(app.pulse.trouble(), [Channel::Mail]);
        assert_eq!(stage.count("audit where action = 'canary.failed'").await, 1);
        stage.clock.pass(Duration::hours(24));
        chore.tick().await.unwrap();
        lane.tick().await.unwrap();
        chore.tick().await.unwrap();
        assert!(app.pulse.trouble().is_empty());
        assert_eq!(stage.count("outbox where purpose = 'canary_alarm'").await, 1);

        let ctx = stage.as_person("coordinator@so-ttt.example").await;
        let list = canary::list(&app.office, &ctx).await.unwrap();
        assert_eq!(list.len(), 2);
        assert!(list[0].sent_at.is_some() && list[1].error.as_deref() == Some("550 no such user"));
        let head = stage.as_person("unit_head@xa-b.example").await;
        assert!(canary::list(&app.office, &head).await.is_err());
    })
    .await;
}

#[actix_web::test]
async fn without_an_address_nothing_is_tried() {
    on_each(|stage| async move {
        stage.province().await;
        let app = stage.app();
        Canary::new(app.clone()).tick().await.unwrap();
        assert_eq!(stage.count("outbox").await, 0);
        assert!(app.pulse.trouble().is_empty());
        assert!(stage.clock.now() > Timestamp::from_micros(0));
    })
    .await;
}
