//! Stories of linking, on each database: only the owner's browser links, and what ends a link ends
//! it at once.

use super::super::links;
use super::*;
use crate::actions::accounts::lock;
use crate::clock::Clock as _;
use crate::domain::ids::ChatLinkId;
use crate::domain::person::{Actor, Person};
use crate::domain::words::Role;
use crate::error::Error;
use crate::store::accounts as store;
use crate::testing::{Stage, on_each};

const DUTY: &str = "duty_officer@so-ttt.example";
const OTHER: &str = "coordinator@so-ttt.example";

/// A browser of the person: context and session.
async fn browser(stage: &Stage, email: &str) -> (Ctx, Option<SessionId>) {
    stage.clock.pass(Duration::seconds(1));
    stage.signed_in(email).await;
    let ctx = stage.as_person(email).await;
    let id = ctx.actor.account().unwrap();
    let all = stage.office.db.read(move |c| store::sessions_of(c, id)).await.unwrap();
    (ctx, all.first().map(|session| session.id))
}

fn who(number: &str) -> Bringer {
    Bringer {
        number: number.to_owned(),
        chat: number.to_owned(),
        name: "Lan \u{202e}nếihK\u{202c}\n Trần".to_owned(),
    }
}

async fn brought(stage: &Stage, code: &str, number: &str) -> bool {
    let ctx = links::stranger(Room::Telegram, number, 1, stage.clock.now());
    arrive(&stage.office, &ctx, Room::Telegram, code, who(number)).await.unwrap()
}

fn bad<T: std::fmt::Debug>(answer: Result<T>) -> &'static str {
    match answer {
        Err(Error::Refused(Refusal::Fields(errors))) => errors.first().unwrap().key,
        other => panic!("{other:?}"),
    }
}

async fn link(stage: &Stage, email: &str, number: &str) -> ChatLink {
    let (ctx, session) = browser(stage, email).await;
    let drawn = draw(&stage.office, &ctx, session, Room::Telegram).await.unwrap();
    assert!(brought(stage, &drawn.code, number).await);
    confirm(&stage.office, &ctx, session, number).await.unwrap()
}

async fn person(stage: &Stage, number: &str) -> Option<std::sync::Arc<Person>> {
    let found = links::person_of(&stage.office, Room::Telegram, number).await.unwrap();
    found.map(|(person, _)| person)
}

#[actix_web::test]
async fn a_chat_is_linked_when_the_browser_that_drew_the_code_says_yes() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        known_as(office, &stage.nobody(), Room::Telegram, "@dieuphoi_bot").await.unwrap();
        let (ctx, session) = browser(&stage, DUTY).await;
        let drawn = draw(office, &ctx, session, Room::Telegram).await.unwrap();
        assert_eq!(
            drawn.link.as_deref(),
            Some(format!("https://t.me/dieuphoi_bot?start={}", drawn.code).as_str())
        );
        // 256 bits, of what Telegram takes, at most 64 characters.
        assert!(drawn.code.len() >= 43 && drawn.code.len() <= 64);
        assert!(drawn.code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(stage.count("chat_codes where confirmed_at is null").await, 1);
        let stands = || standing(office, &ctx, session);
        assert_eq!(
            stands().await.unwrap(),
            Standing::Waiting { room: Room::Telegram, until: drawn.until }
        );
        assert_eq!(bad(confirm(office, &ctx, session, "4711").await), "field-chat-late");

        assert!(!brought(&stage, "forged", "4711").await);
        assert!(brought(&stage, &drawn.code, "4711").await);
        assert!(!brought(&stage, &drawn.code, "4712").await, "it is used once");
        let Standing::Arrived { name, number, .. } = stands().await.unwrap() else { panic!() };
        assert_eq!((name.as_str(), number.as_str()), ("Lan nếihK Trần", "4711"));
        assert!(person(&stage, "4711").await.is_none(), "not before the browser says yes");
        assert_eq!(bad(confirm(office, &ctx, session, "4712").await), "field-chat-late");

        // Neither another browser of the same person nor one that has not proved its password.
        let (again, other) = browser(&stage, DUTY).await;
        assert_eq!(standing(office, &again, other).await.unwrap(), Standing::None);
        assert_eq!(bad(confirm(office, &again, other, "4711").await), "field-chat-late");
        let Actor::Person(one) = &ctx.actor else { panic!() };
        let stale = Person { proved_at: None, ..(**one).clone() };
        let stale = Ctx { actor: Actor::Person(std::sync::Arc::new(stale)), ..ctx.clone() };
        for answer in [
            draw(office, &stale, session, Room::Telegram).await.map(|_| ()),
            confirm(office, &stale, session, "4711").await.map(|_| ()),
        ] {
            assert!(matches!(answer, Err(Error::Refused(Refusal::ProveFirst))), "{answer:?}");
        }

        let link = confirm(office, &ctx, session, "4711").await.unwrap();
        assert_eq!(stands().await.unwrap(), Standing::None);
        assert!(person(&stage, "4711").await.unwrap().is(Role::DutyOfficer));
        assert!(person(&stage, "4712").await.is_none());
        let told = "outbox where purpose = 'chat_linked_here' and address = '4711'";
        assert_eq!(stage.count(told).await, 1);
        assert_eq!(
            stage.count("outbox where purpose = 'chat_linked' and channel = 'mail'").await,
            1
        );
        assert_eq!(links::own(office, &ctx).await.unwrap()[0].id, link.id);
    })
    .await;
}

#[actix_web::test]
async fn a_second_device_is_told_to_the_first_and_a_number_has_one_owner() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let first = link(&stage, DUTY, "4711").await;
        let second = link(&stage, DUTY, "4712").await;
        let told = "outbox where purpose = 'chat_linked_elsewhere' and address = '4711'";
        assert_eq!(stage.count(told).await, 1);
        assert_eq!(
            stage.count("outbox where purpose = 'chat_linked' and channel = 'mail'").await,
            2
        );
        assert!(person(&stage, "4711").await.is_some() && person(&stage, "4712").await.is_some());
        // The same number once more: the link is renewed, not doubled.
        assert_eq!(link(&stage, DUTY, "4711").await.id, first.id);
        assert_eq!(stage.count("chat_links").await, 2);

        let (ctx, session) = browser(&stage, OTHER).await;
        let drawn = draw(office, &ctx, session, Room::Telegram).await.unwrap();
        assert!(brought(&stage, &drawn.code, "4711").await);
        assert_eq!(bad(confirm(office, &ctx, session, "4711").await), "field-chat-taken");
        assert_ne!(person(&stage, "4711").await.unwrap().id, ctx.actor.account().unwrap());
        // Somebody else's link is not there.
        let gone = links::end(office, &ctx, second.id).await;
        assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
        // From the chat itself.
        let found = links::person_of(office, Room::Telegram, "4711").await.unwrap();
        let (speaker, first) = found.unwrap();
        let spoken = links::speaking(&speaker, &first, 9, stage.clock.now());
        links::end(office, &spoken, first.id).await.unwrap();
        assert!(person(&stage, "4711").await.is_none());
        let told = "outbox where purpose = 'chat_ended' and address = '4711'";
        assert_eq!(stage.count(told).await, 1);
        // And now the other one may have it.
        let drawn = draw(office, &ctx, session, Room::Telegram).await.unwrap();
        assert!(brought(&stage, &drawn.code, "4711").await);
        confirm(office, &ctx, session, "4711").await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn a_code_ends_by_time_by_a_newer_one_by_refusal_and_with_its_session() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let (ctx, session) = browser(&stage, DUTY).await;
        let draw = || draw(office, &ctx, session, Room::Telegram);
        let old = draw().await.unwrap();
        let new = draw().await.unwrap();
        assert!(!brought(&stage, &old.code, "4711").await);
        stage.clock.pass(LIFE);
        assert!(!brought(&stage, &new.code, "4711").await);
        let now = Ctx { now: stage.clock.now(), ..ctx.clone() };
        let stands = standing(office, &now, session).await.unwrap();
        assert_eq!(stands, Standing::Late);

        let (ctx, session) = browser(&stage, DUTY).await;
        let draw = || super::draw(office, &ctx, session, Room::Telegram);
        let code = draw().await.unwrap();
        assert!(brought(&stage, &code.code, "4711").await);
        refuse(office, &ctx, session).await.unwrap();
        assert_eq!(bad(confirm(office, &ctx, session, "4711").await), "field-chat-late");
        // Brought in time, confirmed too late.
        let code = draw().await.unwrap();
        assert!(brought(&stage, &code.code, "4711").await);
        let late = Ctx { now: ctx.now + LIFE, ..ctx.clone() };
        let answer = confirm(office, &late, session, "4711").await;
        assert!(answer.is_err(), "{answer:?}");
        assert!(person(&stage, "4711").await.is_none());
        // Signed out: nobody is there to say yes.
        let code = draw().await.unwrap();
        crate::actions::sessions::end_everywhere(office, &ctx, None).await.unwrap();
        assert!(!brought(&stage, &code.code, "4711").await);
        stage.clock.pass(Duration::days(2));
        let now = stage.clock.now();
        assert!(office.db.write(move |tx| sweep(tx, now)).await.unwrap() > 0);
        assert_eq!(stage.count("chat_codes").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn locking_ends_links_and_codes_at_once_and_a_lost_role_counts_at_once() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        link(&stage, DUTY, "4711").await;
        let (ctx, session) = browser(&stage, DUTY).await;
        let code = draw(office, &ctx, session, Room::Telegram).await.unwrap();
        let id = ctx.actor.account().unwrap();
        let roles = [Role::ItOfficer].into();
        office.db.write(move |tx| store::set_roles(tx, id, &roles)).await.unwrap();
        assert!(!person(&stage, "4711").await.unwrap().is(Role::DutyOfficer));
        let admin = stage.as_person("admin@so-ttt.example").await;
        assert_eq!(links::of(office, &admin, id).await.unwrap().len(), 1);
        lock(office, &admin, id, "Nghỉ việc", "").await.unwrap();
        assert!(person(&stage, "4711").await.is_none());
        assert!(!brought(&stage, &code.code, "4712").await);
        assert_eq!(stage.count("chat_links where ended_why = 'locked'").await, 1);
        assert_eq!(stage.count("outbox where purpose = 'chat_ended'").await, 1);
        assert!(links::of(office, &admin, id).await.unwrap().is_empty());
        let gone = links::end_of(office, &admin, id, ChatLinkId::new(stage.clock.now())).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
        assert!(links::of(office, &ctx, id).await.is_err(), "the administrator's alone");
    })
    .await;
}

#[actix_web::test]
async fn a_chat_that_is_closed_to_us_is_left_out_until_its_owner_writes_again() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        stage.linked(DUTY, "4711").await;
        let ctx = stage.nobody();
        assert_eq!(links::left(office, &ctx, Room::Telegram, "4711").await.unwrap(), 1);
        assert_eq!(links::left(office, &ctx, Room::Telegram, "4711").await.unwrap(), 0);
        let mail = "outbox where purpose = 'chat_broken' and channel = 'mail'";
        assert_eq!(stage.count(mail).await, 1);
        // They are still who they are.
        assert!(person(&stage, "4711").await.is_some());
        assert!(links::came_back(office, &ctx, Room::Telegram, "4711", "4711").await.unwrap());
        assert!(!links::came_back(office, &ctx, Room::Telegram, "4711", "4711").await.unwrap());
        assert!(!links::came_back(office, &ctx, Room::Telegram, "4712", "4712").await.unwrap());
        assert_eq!(stage.count("chat_links where broken_at is null").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn each_room_has_codes_of_its_own_and_one_that_is_not_configured_has_none() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        known_as(office, &stage.nobody(), Room::Matrix, "@dieuphoi:tinh.example").await.unwrap();
        let (ctx, session) = browser(&stage, DUTY).await;
        let all =
            [(Room::Telegram, None), (Room::Matrix, Some("dieuphoi:tinh.example".to_owned()))];
        assert_eq!(rooms(office, &ctx).await.unwrap(), all);
        let drawn = draw(office, &ctx, session, Room::Matrix).await.unwrap();
        assert_eq!(drawn.link.as_deref(), Some("https://matrix.to/#/@dieuphoi:tinh.example"));
        assert_eq!(drawn.line, format!("!start {}", drawn.code));
        // A code for one room opens nothing in another, and is not spent by the try.
        assert!(!brought(&stage, &drawn.code, "4711").await);
        let arrives = async |code: &str, chat: &str| {
            let number = "@lan:tinh.example".to_owned();
            let who = Bringer { number, chat: chat.to_owned(), name: "Lan".to_owned() };
            let ctx = links::stranger(Room::Matrix, "@lan:tinh.example", 1, stage.clock.now());
            arrive(office, &ctx, Room::Matrix, code, who).await.unwrap()
        };
        assert!(arrives(&drawn.code, "!one:tinh.example").await);
        let now = standing(office, &ctx, session).await.unwrap();
        assert!(matches!(now, Standing::Arrived { room: Room::Matrix, .. }), "{now:?}");
        let link = confirm(office, &ctx, session, "@lan:tinh.example").await.unwrap();
        assert_eq!((link.room, link.chat.as_str()), (Room::Matrix, "!one:tinh.example"));
        // The same words are another person in another room.
        assert!(person(&stage, "@lan:tinh.example").await.is_none());
        let there = links::person_of(office, Room::Matrix, "@lan:tinh.example").await.unwrap();
        assert!(there.unwrap().0.is(Role::DutyOfficer));
        // Anew from another conversation: the one link follows, the old conversation is told.
        stage.clock.pass(Duration::seconds(1));
        let ctx = Ctx { now: stage.clock.now(), ..ctx };
        let drawn = draw(office, &ctx, session, Room::Matrix).await.unwrap();
        assert!(arrives(&drawn.code, "!two:tinh.example").await);
        let again = confirm(office, &ctx, session, "@lan:tinh.example").await.unwrap();
        assert_eq!((again.id, again.chat.as_str()), (link.id, "!two:tinh.example"));
        let told = "outbox where purpose = 'chat_linked_elsewhere' and channel = 'matrix' \
                    and address = '!one:tinh.example'";
        assert_eq!(stage.count(told).await, 1);
        // A newer code for another room ends the older one.
        let old = draw(office, &ctx, session, Room::Matrix).await.unwrap();
        draw(office, &ctx, session, Room::Telegram).await.unwrap();
        assert!(!arrives(&old.code, "!two:tinh.example").await);

        let mut bare = office.clone();
        let mut config = (*bare.config).clone();
        config.matrix.homeserver.clear();
        bare.config = std::sync::Arc::new(config);
        let no = draw(&bare, &ctx, session, Room::Matrix).await.map(|_| ());
        assert_eq!(bad(no), "field-chat-room");
    })
    .await;
}
