//! Matrix: stories that people on a homeserver tell us, and what we say there. With
//! `DIEUPHOI_TEST_SYNAPSE` (see tests/tools/synapse) the same stories run on a real homeserver.

mod house;

use std::time::Duration;

use notify::room::{Hollow, RoomError, What};
use notify::{Channel, Form, Matrix, MatrixSettings, Outcome, Room};
use serde_json::{Value, json};

use crate::{envelope, letter};
use house::{Desk, House, direct, pressed};

const AT_ONCE: Duration = Duration::ZERO;
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_choice_is_made_by_number_and_by_sign() {
    let house = House::open().await;
    let (lan, bot) = (house.person("lan1"), house.person("bot1"));
    let mut desk = Desk::of(&house, "bot1").await;
    let room = direct(&lan, &bot.id, &mut desk).await;

    let mut alarm = envelope(1, &room);
    alarm.letter.presses = vec![pressed("Tiếp nhận", "row-1"), pressed("Nhận việc", "row-2")];
    let Outcome::Sent { reference: Some(message) } = desk.matrix.send(&alarm).await else {
        panic!("not sent")
    };
    // The same delivery again, as after a crash: the homeserver says it once.
    let again = desk.matrix.send(&alarm).await;
    assert_eq!(again, Outcome::Sent { reference: Some(message.clone()) });

    let seen = lan.sees(&room, &message).await;
    let html = seen["content"]["formatted_body"].as_str().unwrap();
    assert!(html.starts_with("<b>SC-2026-000001: Mã hóa dữ liệu</b><br>"), "{html}");
    assert!(html.contains("<b>1.</b> Tiếp nhận<br><b>2.</b> Nhận việc"), "{html}");
    assert_eq!(seen["content"]["m.mentions"], json!({}));

    lan.replies(&room, &message, "2").await;
    lan.replies(&room, &message, "> <@bot> SC-2026\n> x\n\n1.").await;
    lan.reacts(&room, &message, "1️⃣").await;
    lan.reacts(&room, &message, "👍").await;
    lan.replies(&room, &message, "7").await;
    let heard = desk.hear_so_many(5).await;
    let data: Vec<Option<&str>> = heard
        .iter()
        .map(|it| match &it.what {
            What::Press { data, message: under, .. } => {
                assert_eq!(under.as_deref(), Some(message.as_str()));
                Some(data.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(data, [Some("row-2"), Some("row-1"), Some("row-1"), None, None]);
    assert!(matches!(&heard[3].what, What::Reaction { added, .. } if added == &["👍"]));
    assert!(matches!(&heard[4].what, What::Text { text, quoted: Some(quoted), .. }
        if text == "7" && quoted.ours));

    // What the choices mean changes with the message; the toast stands under what was pressed.
    let mut changed = letter("SC-2026-000001: đã tiếp nhận");
    changed.presses = vec![pressed("Xong", "row-9")];
    desk.matrix.change(&room, &message, &changed).await.unwrap();
    lan.replies(&room, &message, "1").await;
    let What::Press { press, data, .. } = desk.hear_so_many(1).await.remove(0).what else {
        panic!("no press")
    };
    assert_eq!(data, "row-9");
    desk.matrix.answer_press(&press, "Bạn là người đầu tiên", false).await.unwrap();
    // Our own words never come back to us.
    lan.says(&room, "!nhan SC-1").await;
    let heard = desk.hear_so_many(1).await;
    assert!(matches!(&heard[0].what, What::Text { text, .. } if text == "/nhan SC-1"), "{heard:?}");
}

#[tokio::test]
async fn nothing_is_lost_and_nothing_comes_under_two_numbers() {
    let house = House::open().await;
    let (lan, bot) = (house.person("lan2"), house.person("bot2"));
    let mut desk = Desk::of(&house, "bot2").await;
    let room = direct(&lan, &bot.id, &mut desk).await;
    let stored = desk.kept.last().unwrap().id;

    for n in 0..3 {
        lan.says(&room, &format!("lệnh {n}")).await;
    }
    let first = desk.matrix.updates(Some(stored), SOON).await.unwrap();
    assert_eq!(first.len(), 3);
    // The process dies before anything of it is stored; another one starts and gets the same.
    let second = house.matrix("bot2").updates(Some(stored), SOON).await.unwrap();
    assert_eq!(first, second);
    // It dies after one was stored, and two more were said meanwhile.
    lan.says(&room, "lệnh 3").await;
    let third = house.matrix("bot2");
    let mut rest = third.updates(Some(first[0].id), SOON).await.unwrap();
    assert_eq!(rest[..2], first[1..]);
    if rest.len() == 2 {
        // A homeserver may answer the same request with what it answered before.
        rest.extend(third.updates(Some(rest[1].id), SOON).await.unwrap());
    }
    let numbers: Vec<_> = rest.iter().map(|raw| raw.id).collect();
    assert_eq!(numbers, [stored + 2, stored + 3, stored + 4]);
    // All is stored; the next one goes on from there.
    let next = house.matrix("bot2");
    assert!(next.updates(Some(stored + 4), AT_ONCE).await.unwrap().is_empty());
    lan.says(&room, "lệnh 4").await;
    let last = next.updates(Some(stored + 4), SOON).await.unwrap();
    assert_eq!(last.iter().map(|raw| raw.id).collect::<Vec<_>>(), [stored + 5]);
}

#[tokio::test]
async fn more_than_one_page_is_fetched_in_order() {
    let house = House::open().await;
    let (lan, bot) = (house.person("lan3"), house.person("bot3"));
    let mut desk = Desk::of(&house, "bot3").await;
    let room = direct(&lan, &bot.id, &mut desk).await;
    // While we are away.
    for n in 0..250 {
        lan.says(&room, &format!("{n}")).await;
    }
    let heard = desk.hear().await;
    let said: Vec<String> = heard
        .into_iter()
        .map(|it| match it.what {
            What::Text { text, .. } => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said, (0..250).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_group_has_threads_and_its_past_is_no_command() {
    let house = House::open().await;
    let (lan, minh, bot) = (house.person("lan4"), house.person("minh4"), house.person("bot4"));
    let mut desk = Desk::of(&house, "bot4").await;
    let room = lan.create(&[&minh.id], json!({"name": "Đội <ứng cứu>"})).await;
    minh.ask("POST", &["join", &room], &json!({})).await;
    lan.says(&room, "/dong SC-1 trước khi có bot").await;
    lan.ask("POST", &["rooms", &room, "invite"], &json!({"user_id": bot.id})).await;
    let welcome = desk.hear_so_many(1).await.remove(0);
    assert_eq!(welcome.what, What::Welcome);
    let chat = welcome.chat.unwrap();
    assert!(!chat.direct && chat.topics && chat.title == "Đội <ứng cứu>", "{chat:?}");

    let topic = desk.matrix.open_topic(&room, "SC-1 Khẩn cấp").await.unwrap();
    let address = format!("{room}/{topic}");
    let mut card = letter("Thẻ tình trạng");
    card.presses = vec![pressed("Tiếp nhận", "row-1")];
    let message = desk.matrix.put(&address, &card).await.unwrap();
    let seen = lan.sees(&room, &message).await;
    assert_eq!(seen["content"]["m.relates_to"]["rel_type"], "m.thread");
    assert_eq!(seen["content"]["m.relates_to"]["event_id"], topic.as_str());

    // In the thread: words that only fall back to an answer, and a true answer.
    let falls_back = json!({"rel_type": "m.thread", "event_id": topic, "is_falling_back": true,
        "m.in_reply_to": {"event_id": message}});
    let content = json!({"msgtype": "m.text", "body": "1", "m.relates_to": falls_back});
    minh.send(&room, "m.room.message", content).await;
    let answers = json!({"rel_type": "m.thread", "event_id": topic, "is_falling_back": false,
        "m.in_reply_to": {"event_id": message}});
    let content = json!({"msgtype": "m.text", "body": "1", "m.relates_to": answers});
    minh.send(&room, "m.room.message", content).await;
    let heard = desk.hear_so_many(2).await;
    assert!(matches!(&heard[0].what, What::Text { text, quoted: None, .. } if text == "1"));
    assert!(matches!(&heard[1].what, What::Press { data, .. } if data == "row-1"));
    assert!(heard.iter().all(|it| it.chat.as_ref().unwrap().topic.as_deref() == Some(&*topic)));

    desk.matrix.rename_topic(&room, &topic, "SC-1 Cao").await.unwrap();
    desk.matrix.close_topic(&room, &topic, true).await.unwrap();
    desk.matrix.rename_topic(&room, &topic, "SC-1 Vừa").await.unwrap();
    let head = lan.sees(&room, &topic).await;
    let shown = &head["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"];
    assert_eq!(shown["body"], "🔒 SC-1 Vừa");
    desk.matrix.close_topic(&room, &topic, false).await.unwrap();

    // Pinning is for whoever may; then it is done once.
    let levels = ["rooms", &room, "state", "m.room.power_levels", ""];
    let mut powers = lan.ask("GET", &levels, &Value::Null).await;
    powers["users"][&bot.id] = 50.into();
    lan.ask("PUT", &levels, &powers).await;
    desk.matrix.pin(&address, &message).await.unwrap();
    desk.matrix.pin(&address, &message).await.unwrap();
    let pins = ["rooms", &room, "state", "m.room.pinned_events", ""];
    let pinned = lan.ask("GET", &pins, &Value::Null).await;
    assert_eq!(pinned["pinned"], json!([message]));

    // A message taken away is told apart, and so is a thread.
    desk.matrix.remove(&address, &message).await.unwrap();
    let gone = desk.matrix.change(&address, &message, &card).await;
    assert!(matches!(gone, Err(RoomError::NoMessage { .. })), "{gone:?}");
    desk.matrix.remove(&room, &topic).await.unwrap();
    let gone = desk.matrix.put(&address, &card).await;
    assert!(matches!(gone, Err(RoomError::NoTopic { .. })), "{gone:?}");

    lan.ask("POST", &["rooms", &room, "kick"], &json!({"user_id": bot.id})).await;
    assert_eq!(desk.hear_so_many(1).await[0].what, What::Farewell);
    let closed = desk.matrix.put(&room, &card).await;
    assert!(matches!(closed, Err(RoomError::Closed { .. })), "{closed:?}");
}

#[tokio::test]
async fn a_third_person_closes_a_conversation_and_so_does_encryption() {
    let house = House::open().await;
    let (lan, minh, bot) = (house.person("lan5"), house.person("minh5"), house.person("bot5"));
    let mut desk = Desk::of(&house, "bot5").await;
    let room = direct(&lan, &bot.id, &mut desk).await;
    assert!(matches!(desk.matrix.send(&envelope(1, &room)).await, Outcome::Sent { .. }));
    lan.ask("POST", &["rooms", &room, "invite"], &json!({"user_id": minh.id})).await;
    match desk.matrix.send(&envelope(2, &room)).await {
        Outcome::Closed { why } => assert!(why.contains("somebody else"), "{why}"),
        other => panic!("{other:?}"),
    }
    // And what is said there is not said in private.
    lan.says(&room, "/viec").await;
    let heard = desk.hear_so_many(1).await;
    assert!(!heard[0].chat.as_ref().unwrap().direct);

    // A client that encrypts by itself is offered a conversation that is not.
    let encryption = json!([{"type": "m.room.encryption", "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"}}]);
    let how = json!({"is_direct": true, "initial_state": encryption});
    let sealed = minh.create(&[&bot.id], how).await;
    assert!(
        desk.matrix.updates(desk.kept.last().map(|it| it.id), AT_ONCE).await.unwrap().is_empty()
    );
    let filter = json!({"room": {"timeline": {"limit": 10}}}).to_string();
    let mut url = reqwest::Url::parse(&house.url).unwrap();
    url.set_path("/_matrix/client/v3/sync");
    url.query_pairs_mut().append_pair("filter", &filter);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let seen = client.get(url).bearer_auth(&minh.token).send().await.unwrap().text().await.unwrap();
    let seen: Value = serde_json::from_str(&seen).unwrap();
    let invited = seen["rooms"]["invite"].as_object().unwrap();
    let offered = invited.iter().find(|(id, offer)| {
        **id != room && offer["invite_state"]["events"].to_string().contains(&bot.id)
    });
    let (own, offer) = offered.unwrap_or_else(|| panic!("{seen}"));
    assert_ne!(*own, sealed);
    assert!(!offer.to_string().contains("m.room.encryption"), "{offer}");
    minh.ask("POST", &["join", own], &json!({})).await;
    minh.says(own, "/viec").await;
    let heard = desk.hear_so_many(2).await;
    assert!(heard.iter().all(|it| it.chat.as_ref().unwrap().direct), "{heard:?}");
}

#[tokio::test]
async fn words_that_mean_nothing_and_files() {
    let house = House::open().await;
    let (lan, bot) = (house.person("lan6"), house.person("bot6"));
    let mut desk = Desk::of(&house, "bot6").await;
    let room = direct(&lan, &bot.id, &mut desk).await;
    let said = lan.says(&room, "/dong SC-1").await;
    let edit = json!({"msgtype": "m.text", "body": "* /dong SC-2",
        "m.new_content": {"msgtype": "m.text", "body": "/dong SC-2"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": said}});
    lan.send(&room, "m.room.message", edit).await;
    lan.send(&room, "m.room.message", json!({"msgtype": "m.notice", "body": "/dong SC-3"})).await;
    let file = json!({"msgtype": "m.file", "body": "nhật ký lúc 3 giờ", "filename": "log.txt",
        "url": "mxc://tinh.example/AbC-1_x", "info": {"size": 5, "mimetype": "text/plain"}});
    lan.send(&room, "m.room.message", file).await;
    let bare = json!({"msgtype": "m.image", "body": "a.png", "url": "mxc://tinh.example/x"});
    lan.send(&room, "m.room.message", bare).await;
    let trick = json!({"msgtype": "m.file", "body": "x", "url": "mxc://tinh.example/../v3/logout"});
    lan.send(&room, "m.room.message", trick).await;
    let heard = desk.hear_so_many(6).await;
    assert!(matches!(heard[1].what, What::Hollow { why: Hollow::Edited, command: true, .. }));
    assert_eq!(heard[2].what, What::Other("notice"));
    let What::File { caption, file, .. } = &heard[3].what else { panic!("{:?}", heard[3]) };
    assert_eq!((caption.as_str(), file.name.as_str()), ("nhật ký lúc 3 giờ", "log.txt"));
    assert!(matches!(&heard[4].what, What::File { caption, .. } if caption.is_empty()));
    assert_eq!(heard[5].what, What::Other("file"));
    if let Some(ours) = &house.ours {
        ours.upload("tinh.example/AbC-1_x", b"abcde");
        assert_eq!(desk.matrix.fetch(file, 5).await.unwrap(), b"abcde");
        let large = desk.matrix.fetch(file, 4).await;
        assert!(matches!(large, Err(RoomError::Refused { .. })), "{large:?}");
    }
}

#[tokio::test]
async fn a_letter_takes_the_place_of_another_and_is_silent_when_asked() {
    let house = House::open().await;
    let (lan, bot) = (house.person("lan7"), house.person("bot7"));
    let mut desk = Desk::of(&house, "bot7").await;
    let room = direct(&lan, &bot.id, &mut desk).await;
    let mut silent = letter("Bản tin");
    silent.form = Form { silent: true, ..Form::default() };
    let message = desk.matrix.put(&room, &silent).await.unwrap();
    assert_eq!(lan.sees(&room, &message).await["content"]["msgtype"], "m.notice");
    let mut edit = envelope(5, &room);
    edit.letter.form.edits = Some(message.clone());
    let outcome = desk.matrix.send(&edit).await;
    assert_eq!(outcome, Outcome::Sent { reference: Some(message.clone()) });
    desk.matrix.remove(&room, &message).await.unwrap();
    let mut anew = envelope(6, &room);
    anew.letter.form.edits = Some(message.clone());
    let Outcome::Sent { reference: Some(other) } = desk.matrix.send(&anew).await else {
        panic!("not sent")
    };
    assert_ne!(other, message);
}

#[tokio::test]
async fn bad_days_say_whose_they_are() {
    let house = House::open().await;
    let Some(ours) = &house.ours else { return };
    let (lan, bot) = (house.person("lan8"), house.person("bot8"));
    let mut desk = Desk::of(&house, "bot8").await;
    let room = direct(&lan, &bot.id, &mut desk).await;

    let limit = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "slow", "retry_after_ms": 2500});
    ours.fault("/send/", 429, limit);
    let outcome = desk.matrix.send(&envelope(1, &room)).await;
    let waits = Some(Duration::from_millis(2500));
    assert!(matches!(outcome, Outcome::Retry { after, .. } if after == waits), "{outcome:?}");
    for status in [500, 502, 503] {
        ours.fault("/send/", status, json!("<html>"));
        let outcome = desk.matrix.send(&envelope(1, &room)).await;
        assert!(matches!(outcome, Outcome::Retry { .. }), "{status}: {outcome:?}");
    }
    ours.fault("/send/", 200, json!("a captive portal"));
    assert!(matches!(desk.matrix.send(&envelope(1, &room)).await, Outcome::Retry { .. }));
    ours.fault("sync", 401, json!({"errcode": "M_UNKNOWN_TOKEN", "error": "no"}));
    let denied = desk.matrix.updates(Some(0), AT_ONCE).await;
    assert!(matches!(denied, Err(RoomError::Denied { .. })), "{denied:?}");
    ours.fault("/send/", 403, json!({"errcode": "M_FORBIDDEN", "error": "no"}));
    assert!(matches!(desk.matrix.send(&envelope(1, &room)).await, Outcome::Closed { .. }));

    // What fails in the middle of hearing is heard again, whole.
    lan.says(&room, "lệnh").await;
    let after = desk.kept.last().map(|raw| raw.id);
    ours.fault("/state", 500, json!({}));
    assert!(desk.matrix.updates(after, SOON).await.is_err());
    ours.fault("vn.dieuphoi.intake", 500, json!({}));
    assert!(desk.matrix.updates(after, SOON).await.is_err());
    let heard = desk.hear_so_many(1).await;
    assert_eq!(Some(heard[0].id), after.map(|after| after + 1));

    // A homeserver that was restored without what it kept for us: we go on from the last number.
    ours.forget_account_data();
    let fresh = house.matrix("bot8");
    assert!(fresh.updates(Some(heard[0].id), AT_ONCE).await.unwrap().is_empty());
    lan.says(&room, "sau đó").await;
    let next = fresh.updates(Some(heard[0].id), SOON).await.unwrap();
    assert_eq!(next[0].id, heard[0].id + 1);

    let nobody = Matrix::new(MatrixSettings {
        homeserver: "http://127.0.0.1:1".to_owned(),
        token: "bi-mat".to_owned(),
        servers: Vec::new(),
        ca_file: None,
    })
    .unwrap();
    let Outcome::Retry { why, .. } = nobody.send(&envelope(1, &room)).await else { panic!("?") };
    assert!(why.contains("cannot be reached") && !why.contains("bi-mat"), "{why}");
    let requests = ours.requests();
    assert!(requests.iter().all(|(path, _)| !path.contains("token")), "a token in an address");
    assert!(desk.matrix.check().await.unwrap().contains(&bot.id));
    assert!(matches!(desk.matrix.send(&envelope(9, "42")).await, Outcome::Undeliverable { .. }));
}

#[tokio::test]
async fn a_stranger_from_another_server_is_not_followed() {
    let house = House::open().await;
    let Some(ours) = &house.ours else { return };
    let lan = house.person("lan9");
    let matrix = Matrix::new(MatrixSettings {
        homeserver: house.url.clone(),
        token: house.token("bot9"),
        servers: vec!["khac.example".to_owned()],
        ca_file: None,
    })
    .unwrap();
    matrix.updates(None, AT_ONCE).await.unwrap();
    lan.create(&[&house.person("bot9").id], json!({"is_direct": true})).await;
    assert!(matrix.updates(Some(0), AT_ONCE).await.unwrap().is_empty());
    let requests = ours.requests();
    assert!(requests.iter().any(|(path, _)| path.contains("/leave")), "{requests:?}");
    assert!(!requests.iter().any(|(path, _)| path.contains("v3/join")), "{requests:?}");
}
