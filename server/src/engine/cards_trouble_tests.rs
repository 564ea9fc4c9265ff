//! Bad days of the team's groups: what is deleted, moved, lost, forbidden or out of reach.

use chrono::Duration;
use notify::room::{RoomError, What};

use super::Chore as _;
use super::cards_tests::{CHAT, COORDINATOR, Team, chat, gone, heard, text};
use crate::actions::chat::cards::{incident_of, incident_of_card};
use crate::actions::chat::groups;
use crate::actions::incidents::acknowledge;
use crate::domain::words::Room::Telegram;
use crate::error::Error;
use crate::testing::on_each;
use crate::testing::room::Card;

#[actix_web::test]
async fn what_was_deleted_comes_back_once() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let office = &stage.office;
        let code = team.case(true).await;
        team.pass(20).await;
        let (message, _) = team.port.cards().into_iter().next().unwrap();
        team.port.delete_card(&message);
        team.triage(&code, |wanted| wanted.priority = Some("low".to_owned())).await;
        team.pass(20).await;
        assert!(team.card().pinned, "the card stands again");
        assert_eq!(team.port.count("open"), 1);

        let (topic, _) = team.port.topics().into_iter().next().unwrap();
        team.port.delete_topic(&topic);
        team.triage(&code, |wanted| wanted.priority = Some("medium".to_owned())).await;
        team.pass(30).await;
        assert_eq!(team.port.count("open"), 2);
        assert!(text(&team.card()).contains("đã bị xóa"), "{}", text(&team.card()));
        assert_eq!(incident_of(office, Telegram, CHAT, Some(&topic)).await.unwrap(), None);

        let (topic, _) = team.port.topics().into_iter().next().unwrap();
        team.port.delete_topic(&topic);
        team.triage(&code, |wanted| wanted.priority = Some("low".to_owned())).await;
        team.pass(60).await;
        assert_eq!(team.port.count("open"), 2, "who deletes it twice does not want it");
        let ctx = stage.as_person("responder@so-ttt.example").await;
        let unseen =
            groups::open(office, &ctx, Telegram, &chat(CHAT, true), &code).await.unwrap_err();
        assert!(matches!(unseen, Error::NotFound(_)), "not on the case");
        let ctx = stage.as_person("duty_officer@so-ttt.example").await;
        let opened = groups::open(office, &ctx, Telegram, &chat(CHAT, true), &code).await.unwrap();
        assert!(opened.new && !opened.added);
        team.pass(20).await;
        assert_eq!(team.port.count("open"), 3, "but who asks for it has it");
    })
    .await;
}

#[actix_web::test]
async fn a_group_without_topics_has_pinned_cards_and_becomes_a_supergroup_once() {
    on_each(|stage| async move {
        let team = Team::new(&stage, false).await;
        let office = &stage.office;
        let code = team.case(true).await;
        team.pass(5).await;
        assert_eq!(team.port.calls(), ["put", "pin"]);
        let (message, card) = team.port.cards().into_iter().next().unwrap();
        assert_eq!(card.address, CHAT);
        let of = incident_of_card(office, Telegram, CHAT, &message).await.unwrap();
        assert_eq!(of.as_deref(), Some(code.as_str()));
        // The group moves; a call and an event tell of it.
        let to = "-1009".to_owned();
        team.port.then(RoomError::Moved { to: to.clone() });
        team.triage(&code, |wanted| wanted.priority = Some("low".to_owned())).await;
        team.pass(3).await;
        team.event(heard(CHAT, false, What::Moved { to: to.clone() })).await;
        team.event(heard(CHAT, false, What::Moved { to: to.clone() })).await;
        team.pass(10).await;
        assert_eq!(stage.count("audit where action = 'chat_group.moved'").await, 1);
        let cards = team.port.cards();
        assert_eq!(cards.values().filter(|card| card.address == to).count(), 1);
        assert_eq!(team.group().await.chat, to);
        // There are topics now: the card moves into one.
        team.event(heard(&to, true, What::Other("topics"))).await;
        team.pass(20).await;
        assert_eq!(team.port.count("open"), 1);
        let inside = |card: &&Card| card.address.starts_with("-1009/");
        let cards = team.port.cards();
        assert_eq!(cards.values().filter(inside).count(), 1);
        assert_eq!(cards.len(), 2, "the one that stayed in the old group");
    })
    .await;
}

#[actix_web::test]
async fn a_lost_group_is_told_by_mail_and_comes_back_with_its_topics() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let office = &stage.office;
        let code = team.case(true).await;
        team.pass(5).await;
        team.event(heard(CHAT, true, What::Farewell)).await;
        team.event(heard(CHAT, true, What::Farewell)).await;
        let told = "outbox where purpose = 'group_lost' and channel = 'mail'";
        assert_eq!(stage.count(told).await, 3, "leader, coordinator, administrator, once each");
        let group = team.group().await;
        assert_eq!((group.standing, group.why.as_str()), ("lost", "farewell"));
        let calls = team.port.calls().len();
        team.triage(&code, |wanted| wanted.priority = Some("low".to_owned())).await;
        team.pass(10).await;
        assert_eq!(team.port.calls().len(), calls, "nothing is tried there");
        // Being added again is not enough: a coordinator says so.
        team.event(heard(CHAT, true, What::Welcome)).await;
        assert_eq!(team.group().await.standing, "lost");
        let stranger = stage.as_person("responder@so-ttt.example").await;
        let no = groups::add(office, &stranger, Telegram, &chat(CHAT, true)).await.unwrap_err();
        assert_eq!(no.face(), (403, "not_allowed"));
        let ctx = stage.as_person(COORDINATOR).await;
        groups::add(office, &ctx, Telegram, &chat(CHAT, true)).await.unwrap();
        team.pass(10).await;
        assert_eq!(team.port.count("open"), 1, "the topic is still there");
        assert!(team.card().letter.subject.ends_with("Thấp"));
        // Gone for good: the call itself says so.
        team.port.then(RoomError::Closed { why: "bot was kicked".to_owned() });
        team.triage(&code, |wanted| wanted.priority = Some("high".to_owned())).await;
        team.pass(10).await;
        assert_eq!(team.group().await.why, "closed");
        assert_eq!(stage.count(told).await, 6);
        let page = stage.count("audit where action = 'chat_group.lost'").await;
        assert_eq!(page, 2);
    })
    .await;
}

#[actix_web::test]
async fn without_the_right_to_topics_the_card_stands_outside_and_moves_in_with_it() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        let why = RoomError::Refused { why: "not enough rights to create a topic".to_owned() };
        team.port.always("open", why);
        team.case(true).await;
        team.pass(20).await;
        assert_eq!(team.port.calls(), ["open", "put", "pin"]);
        assert_eq!(team.card().address, CHAT);
        let group = team.group().await;
        assert_eq!((group.standing, group.why.as_str()), ("trouble", "topics"));
        assert!(group.said.contains("not enough rights"));
        team.port.well();
        team.event(heard(CHAT, true, What::Welcome)).await;
        team.pass(20).await;
        assert_eq!(team.group().await.standing, "fine");
        assert!(team.card().address.starts_with("-1001/"), "{:?}", team.card());

        let why = RoomError::Refused { why: "not enough rights to pin".to_owned() };
        team.port.always("pin", why);
        team.case(true).await;
        team.pass(20).await;
        let group = team.group().await;
        assert_eq!(group.why, "pin");
        team.port.well();
        let ctx = stage.as_person(COORDINATOR).await;
        groups::try_again(&stage.office, &ctx, group.id).await.unwrap();
        team.pass(20).await;
        assert!(team.port.cards().values().all(|card| card.pinned));
        groups::remove(&stage.office, &ctx, group.id).await.unwrap();
        assert_eq!(team.group().await.why, "removed");
    })
    .await;
}

#[actix_web::test]
async fn an_hour_without_the_room_costs_few_calls_and_ends_as_it_shall() {
    on_each(|stage| async move {
        let team = Team::new(&stage, true).await;
        team.port.always("open", gone("502"));
        let code = team.case(true).await;
        for _ in 0..120 {
            team.chore.tick().await.unwrap();
            stage.clock.pass(Duration::seconds(30));
        }
        let calls = team.port.calls().len();
        assert!((8..=20).contains(&calls), "{calls}");
        team.port.well();
        team.pass(600).await;
        assert_eq!(team.port.cards().len(), 1);
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        let late = acknowledge(&stage.office, &duty, &code).await.unwrap_err();
        assert_eq!(late.face().1, "already_acknowledged");
        team.port.always("put", RoomError::Denied { why: "token".to_owned() });
        team.case(true).await;
        team.pass(10).await;
        assert_eq!(team.group().await.why, "denied");
    })
    .await;
}
