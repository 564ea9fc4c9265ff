//! Telegram as a room, over real HTTP against our Bot API server: everything that the port can be asked
//! for, and what every refusal means.

use std::time::Duration;

use dieuphoi_tests::bot_api::{BOT, BotApi, Fault, Phone, TOKEN, USERNAME};
use notify::room::{Hollow, RoomError, Scope, What};
use notify::{Button, Form, Letter, Press, Room, Telegram, TelegramSettings};

const GROUP: i64 = -1_001_234_567_890;

fn room(api: &BotApi) -> Telegram {
    let (token, api_url) = (TOKEN.to_owned(), Some(api.url.clone()));
    Telegram::new(TelegramSettings { token, api_url, proxy: None }).unwrap()
}

fn letter(subject: &str, presses: &[&str]) -> Letter {
    let press = |(n, label): (usize, &&str)| Press {
        label: (*label).to_owned(),
        id: format!("0198c1f2-0000-7000-8000-00000000000{n}"),
    };
    Letter {
        subject: subject.to_owned(),
        paragraphs: vec!["<b>không phải chữ đậm</b> & *sao*".to_owned()],
        presses: presses.iter().enumerate().map(press).collect(),
        ..Letter::default()
    }
}

/// What waits at the room, read; the updates are confirmed with the next call.
async fn heard(room: &Telegram, after: Option<i64>) -> Vec<notify::room::Incoming> {
    let raw = room.updates(after, Duration::ZERO).await.unwrap();
    raw.iter().map(|raw| room.read(&raw.body).unwrap()).collect()
}

#[tokio::test]
async fn what_people_do_comes_as_they_mean_it_and_stays_until_it_is_confirmed() {
    let api = BotApi::start();
    let room = room(&api);
    let me = room.me().await.unwrap();
    assert_eq!((me.id, me.username), (BOT.to_string(), USERNAME.to_owned()));
    let lan: Phone = api.phone(77, "Lan Thử");
    api.forum(GROUP, "Đội ứng cứu");
    assert!(heard(&room, None).await.is_empty());

    let topic = room.open_topic(&GROUP.to_string(), "SC-2026-000001 · Khẩn cấp").await.unwrap();
    let topic: i64 = topic.parse().unwrap();
    let asked = room.put(&format!("{GROUP}/{topic}"), &letter("Ai nhận?", &["Tiếp nhận"])).await;
    let asked: i64 = asked.unwrap().parse().unwrap();
    let shown = api.last(GROUP);
    assert_eq!((shown.topic, shown.message), (Some(topic), asked));
    assert_eq!(shown.text, "Ai nhận?\n\n<b>không phải chữ đậm</b> & *sao*");

    let first = api.writes(&lan, &lan, "/trogiup").update;
    api.replies(&lan, (GROUP, topic), asked, "nhận");
    api.presses(&lan, &shown, GROUP, "Tiếp nhận");
    api.reacts(&lan, GROUP, asked, "📎");
    let file = api.sends_file(&lan, (GROUP, topic), ("nhat-ky.log", "text/plain"), b"dong 1", "x");
    api.sends_photos(&lan, &lan, &[b"anh mot", b"anh hai"], "hai ảnh");
    api.forwards(&lan, &lan, "/dong");
    api.writes_via_bot(&lan, &lan, "/dong");
    let words = api.writes(&lan, &lan, "/ghi lỗi").message;
    api.edits(&lan, &lan, words, "/ghi sửa");
    api.writes_anonymously((GROUP, topic), "/dong");
    api.makes_bot(&lan, GROUP, "member", "administrator");
    api.makes_bot(&lan, 77, "member", "kicked");

    let all = heard(&room, None).await;
    assert_eq!(all.len(), 14);
    assert!(matches!(&all[0].what, What::Text { text, quoted: None, .. } if text == "/trogiup"));
    assert!(all[0].chat.as_ref().is_some_and(|chat| chat.direct && chat.topic.is_none()));
    let What::Text { quoted: Some(quoted), .. } = &all[1].what else { panic!("{:?}", all[1]) };
    assert!(quoted.ours && quoted.message == asked.to_string());
    assert_eq!(all[1].chat.as_ref().and_then(|chat| chat.topic.clone()), Some(topic.to_string()));
    let What::Press { press, message, data } = &all[2].what else { panic!("{:?}", all[2]) };
    assert_eq!(message.as_deref(), Some(asked.to_string().as_str()));
    assert_eq!(*data, shown.presses[0].1);
    room.answer_press(press, "Lan đã tiếp nhận trước", false).await.unwrap();
    assert_eq!(api.toasts()[0].text, "Lan đã tiếp nhận trước");
    let late = room.answer_press("1", "muộn", false).await.unwrap_err();
    assert!(matches!(late, RoomError::Refused { .. }));
    assert!(matches!(&all[3].what, What::Reaction { added, .. } if added == &["📎"]));
    let What::File { file: sent, message, .. } = &all[4].what else { panic!("{:?}", all[4]) };
    assert_eq!((sent.name.as_str(), message.as_str()), ("nhat-ky.log", &*file.message.to_string()));
    assert_eq!(room.fetch(sent, 100).await.unwrap(), b"dong 1");
    assert!(matches!(room.fetch(sent, 5).await, Err(RoomError::Refused { .. })));
    let What::File { file: photo, album, .. } = &all[6].what else { panic!("{:?}", all[6]) };
    assert_eq!(room.fetch(photo, 100).await.unwrap(), b"anh hai");
    assert!(album.is_some());
    let hollow = |n: usize| match all[n].what {
        What::Hollow { why, command, .. } => Some((why, command)),
        _ => None,
    };
    assert_eq!(hollow(7), Some((Hollow::Forwarded, true)));
    assert_eq!(hollow(8), Some((Hollow::ViaBot, true)));
    assert_eq!(hollow(10), Some((Hollow::Edited, true)));
    assert_eq!(all[11].sender, None, "an anonymous administrator is nobody");
    assert_eq!((&all[12].what, &all[13].what), (&What::Welcome, &What::Farewell));

    // Not confirmed: the same again. Confirmed: nothing.
    assert_eq!(heard(&room, None).await.len(), 14);
    assert_eq!(heard(&room, Some(first)).await.len(), 13);
    assert!(heard(&room, all.last().map(|one| one.id)).await.is_empty());
    assert_eq!(api.pending(), 0);
}

#[tokio::test]
async fn cards_stand_change_are_pinned_and_go_and_topics_live_with_their_case() {
    let api = BotApi::start();
    let room = room(&api);
    api.forum(GROUP, "Đội ứng cứu");
    let chat = GROUP.to_string();
    let topic = room.open_topic(&chat, "SC-1").await.unwrap();
    let at = format!("{chat}/{topic}");
    let card = room.put(&at, &letter("Mới", &["Nhận", "Hoãn"])).await.unwrap();
    room.pin(&at, &card).await.unwrap();
    room.change(&at, &card, &letter("Đang xử lý", &["Xong"])).await.unwrap();
    room.change(&at, &card, &letter("Đang xử lý", &["Xong"])).await.expect("the same is no error");
    let shown = api.last(GROUP);
    assert!(shown.pinned && shown.text.starts_with("Đang xử lý") && shown.presses.len() == 1);
    room.change(&at, &card, &letter("Đã đóng", &[])).await.unwrap();
    assert!(api.last(GROUP).presses.is_empty(), "its buttons are gone");

    room.rename_topic(&chat, &topic, "SC-1 · Cao").await.unwrap();
    room.rename_topic(&chat, &topic, "SC-1 · Cao").await.expect("the same is no error");
    room.close_topic(&chat, &topic, true).await.unwrap();
    room.close_topic(&chat, &topic, true).await.expect("closed is closed");
    room.close_topic(&chat, &topic, false).await.unwrap();
    let number: i64 = topic.parse().unwrap();
    assert_eq!(api.topics(GROUP), [(number, "SC-1 · Cao".to_owned(), false)]);

    room.remove(&at, &card).await.unwrap();
    let gone = |answer: Result<(), RoomError>| matches!(answer, Err(RoomError::NoMessage { .. }));
    assert!(gone(room.remove(&at, &card).await));
    assert!(gone(room.change(&at, &card, &letter("x", &[])).await));
    assert!(gone(room.pin(&at, &card).await));
    api.delete_topic(GROUP, number);
    let lost = room.put(&at, &letter("x", &[])).await;
    assert!(matches!(lost, Err(RoomError::NoTopic { .. })), "{lost:?}");
    let lost = room.rename_topic(&chat, &topic, "y").await;
    assert!(matches!(lost, Err(RoomError::NoTopic { .. })), "{lost:?}");
    api.group(-5, "Nhóm thường");
    let flat = room.open_topic("-5", "x").await;
    assert!(matches!(flat, Err(RoomError::Refused { .. })), "{flat:?}");
}

#[tokio::test]
async fn a_letter_stands_as_its_form_says() {
    use notify::{Channel as _, Envelope, Outcome};
    let api = BotApi::start();
    let room = room(&api);
    let lan = api.phone(77, "Lan");
    let written = api.writes(&lan, &lan, "/ghi").message;
    let send = async |form: Form, subject: &str| {
        let mut letter = letter(subject, &[]);
        letter.form = form;
        let url = "https://dieuphoi.example/su-co/SC-1".to_owned();
        letter.buttons = vec![Button { label: "Mở".to_owned(), url }];
        let envelope = Envelope {
            id: "1".to_owned(),
            message_id: "1".to_owned(),
            to_name: "Lan".to_owned(),
            to_address: "77".to_owned(),
            letter,
            thread: None,
        };
        match room.send(&envelope).await {
            Outcome::Sent { reference } => reference.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let reply = Form { reply_to: Some(written.to_string()), asks: true, ..Form::default() };
    let question = send(reply, "Nội dung ghi chú?").await;
    let shown = api.last(77);
    assert!(shown.asks && shown.links.is_empty() && shown.reply_to == Some(written));
    assert!(shown.text.ends_with("Mở: https://dieuphoi.example/su-co/SC-1"), "{}", shown.text);

    let edits = Form { edits: Some(question.clone()), ..Form::default() };
    assert_eq!(send(edits.clone(), "Đã ghi").await, question, "in its place");
    assert_eq!(api.shown(77).len(), 1);
    api.delete_message(77, question.parse().unwrap());
    assert_ne!(send(edits, "Đã ghi").await, question, "anew where it is gone");
    // What it answers was deleted: it is said all the same.
    api.delete_message(77, written);
    send(Form { reply_to: Some(written.to_string()), ..Form::default() }, "Vẫn nói").await;
    assert_eq!(api.last(77).reply_to, None);
}

#[tokio::test]
async fn every_refusal_has_its_meaning() {
    let api = BotApi::start();
    let room = room(&api);
    api.group(-5, "Nhóm");
    let put = async || room.put("-5", &letter("x", &[])).await.unwrap_err();
    for (fault, expected) in [
        (Fault::TooMany(7), "retry 7"),
        (Fault::Status(500), "retry"),
        (Fault::Html(502), "retry"),
        (Fault::Cut, "retry"),
        (Fault::Forbidden("bot was blocked by the user"), "closed"),
        (Fault::Bad("chat not found"), "closed"),
        (Fault::Bad("message thread not found"), "topic"),
        (Fault::Bad("can't parse entities: x"), "refused"),
    ] {
        api.fail("sendMessage", 1, fault);
        let said = match put().await {
            RoomError::Retry { after: Some(after), .. } => format!("retry {}", after.as_secs()),
            RoomError::Retry { after: None, .. } => "retry".to_owned(),
            RoomError::Closed { .. } => "closed".to_owned(),
            RoomError::NoTopic { .. } => "topic".to_owned(),
            RoomError::Refused { .. } => "refused".to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(said, expected, "{fault:?}");
    }
    let lan = api.phone(77, "Lan");
    api.migrates(&lan, -5, GROUP, true);
    assert_eq!(put().await, RoomError::Moved { to: GROUP.to_string() });
    api.revoke();
    let denied = put().await;
    assert!(matches!(&denied, RoomError::Denied { why } if !why.contains("bi-mat")), "{denied:?}");
    api.heal();
    room.put(&GROUP.to_string(), &letter("x", &[])).await.unwrap();
}

#[tokio::test]
async fn updates_are_brought_with_the_secret_or_fetched_and_commands_offered() {
    let api = BotApi::start();
    let room = room(&api);
    room.bring_to(Some(("http://127.0.0.1:9/telegram/webhook", "bi-mat-dai-16-ky-tu")))
        .await
        .unwrap();
    assert_eq!(api.webhook().unwrap().1, "bi-mat-dai-16-ky-tu");
    let both = room.updates(None, Duration::ZERO).await.unwrap_err();
    assert!(matches!(both, RoomError::Retry { .. }), "{both:?}");
    assert_eq!(room.trouble().await.unwrap(), None);
    let lan = api.phone(77, "Lan");
    api.writes(&lan, &lan, "/trogiup");
    assert_eq!(api.bring().await, 0, "nobody listens there");
    let trouble = room.trouble().await.unwrap().unwrap();
    assert!(trouble.contains("1 updates wait"), "{trouble}");
    room.bring_to(None).await.unwrap();
    assert_eq!(heard(&room, None).await.len(), 1, "nothing was dropped on the way");

    let commands = [("nhan".to_owned(), "Tiếp nhận một vụ".to_owned())];
    room.offer(Scope::Direct, None, &commands).await.unwrap();
    room.offer(Scope::Groups, Some("en"), &commands).await.unwrap();
    let offered = api.commands();
    assert_eq!(offered.len(), 2);
    let bad = [("Nhận".to_owned(), "x".to_owned())];
    assert!(matches!(room.offer(Scope::Direct, None, &bad).await, Err(RoomError::Refused { .. })));
}

#[tokio::test]
async fn a_fetch_waits_for_the_first_update_and_the_newest_fetch_is_the_only_one() {
    let api = BotApi::start();
    let (one, two) = (room(&api), room(&api));
    let lan = api.phone(77, "Lan");
    let long = Duration::from_secs(20);
    let first = tokio::spawn(async move { one.updates(None, long).await });
    let until = std::time::Instant::now() + Duration::from_secs(5);
    while api.asked("getUpdates").is_empty() {
        assert!(std::time::Instant::now() < until, "it never asks");
        tokio::task::yield_now().await;
    }
    let second = tokio::spawn(async move { two.updates(None, long).await });
    let ended = first.await.unwrap();
    assert!(matches!(ended, Err(RoomError::Retry { .. })), "{ended:?}");
    api.writes(&lan, &lan, "/trogiup");
    assert_eq!(second.await.unwrap().unwrap().len(), 1, "woken by what came");
}
