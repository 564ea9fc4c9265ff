//! Updates as Telegram writes them, and what they mean.

use serde_json::{Value, json};

use super::*;

const ME: i64 = 4242;

fn lan() -> Value {
    json!({"id": 77, "is_bot": false, "first_name": "Lan", "last_name": "\u{202E}Thử",
        "username": "lan", "language_code": "vi"})
}

fn group() -> Value {
    json!({"id": -1_001_234, "type": "supergroup", "title": "Đội ứng cứu", "is_forum": true})
}

fn message(more: Value) -> Value {
    let mut message = json!({"message_id": 5, "date": 1, "from": lan(), "chat": group()});
    let Value::Object(more) = more else { panic!("not an object") };
    message.as_object_mut().unwrap().extend(more);
    json!({"update_id": 9, "message": message})
}

fn of(update: &Value) -> Incoming {
    read(&update.to_string(), Some(ME)).unwrap()
}

#[test]
fn words_in_a_topic_answer_nothing_but_what_they_quote() {
    let opened = json!({"message_id": 17, "date": 1, "chat": group(),
        "forum_topic_created": {"name": "SC-2026-000001", "icon_color": 1}});
    let heard = of(&message(json!({"text": "/nhan", "message_thread_id": 17,
        "is_topic_message": true, "reply_to_message": opened})));
    assert_eq!(heard.id, 9);
    let sender = heard.sender.unwrap();
    assert_eq!((sender.id.as_str(), sender.name.as_str()), ("77", "Lan Thử"));
    let chat = heard.chat.unwrap();
    assert_eq!((chat.id.as_str(), chat.topic.as_deref()), ("-1001234", Some("17")));
    assert!(chat.topics && !chat.direct);
    let text = What::Text { message: "5".to_owned(), text: "/nhan".to_owned(), quoted: None };
    assert_eq!(heard.what, text);

    let ours = json!({"message_id": 21, "date": 1, "chat": group(), "text": "Cần tiếp nhận",
        "from": {"id": ME, "is_bot": true, "first_name": "Bot"}});
    let heard = of(&message(json!({"text": "rồi", "message_thread_id": 17,
        "is_topic_message": true, "reply_to_message": ours})));
    let What::Text { quoted: Some(quoted), .. } = heard.what else { panic!("{:?}", heard.what) };
    assert!(quoted.ours && quoted.message == "21" && quoted.text == "Cần tiếp nhận");
}

#[test]
fn a_thread_of_replies_is_no_topic() {
    let heard = of(&message(json!({"text": "x", "message_thread_id": 3})));
    assert_eq!(heard.chat.unwrap().topic, None);
}

#[test]
fn what_was_passed_on_or_changed_means_nothing() {
    let origin = json!({"type": "hidden_user", "sender_user_name": "X", "date": 1});
    for (update, why) in [
        (message(json!({"text": "/dong", "forward_origin": origin})), Hollow::Forwarded),
        (
            message(json!({"text": "/dong",
                "via_bot": {"id": 5, "is_bot": true, "first_name": "y"}})),
            Hollow::ViaBot,
        ),
    ] {
        let what = What::Hollow { message: "5".to_owned(), why, command: true };
        assert_eq!(of(&update).what, what);
    }
    let mut edited = message(json!({"text": "sửa"}));
    edited["edited_message"] = edited["message"].take();
    let what = What::Hollow { message: "5".to_owned(), why: Hollow::Edited, command: false };
    assert_eq!(of(&edited).what, what);
}

#[test]
fn nobody_speaks_for_a_channel_or_an_anonymous_administrator() {
    let anonymous = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
    let update = message(json!({"text": "/dong", "sender_chat": group(), "from": anonymous}));
    assert_eq!(of(&update).sender, None);
    let post = json!({"update_id": 1, "channel_post": {"message_id": 1, "date": 1,
        "chat": {"id": -100, "type": "channel", "title": "Kênh"}, "text": "/dong"}});
    assert_eq!(
        of(&post),
        Incoming { id: 1, sender: None, chat: None, what: What::Other("update") }
    );
}

#[test]
fn files_are_named_and_of_a_photo_the_largest_counts() {
    let size = |id: &str, side: u64| {
        json!({"file_id": id, "file_unique_id": format!("u{id}"), "width": side, "height": side,
            "file_size": side})
    };
    let update = message(json!({"photo": [size("a", 90), size("c", 1280), size("b", 320)],
        "caption": "màn hình", "media_group_id": "g1"}));
    let What::File { file, caption, album, .. } = of(&update).what else { panic!() };
    assert_eq!((file.id.as_str(), file.name.as_str()), ("c", "anh-uc.jpg"));
    assert_eq!((caption.as_str(), album.as_deref()), ("màn hình", Some("g1")));
    let update = message(json!({"document": {"file_id": "d", "file_unique_id": "u",
        "file_name": "nhật\nký.log", "mime_type": "text/plain", "file_size": 12}}));
    let What::File { file, .. } = of(&update).what else { panic!() };
    let expected = FileRef {
        id: "d".to_owned(),
        name: "nhật ký.log".to_owned(),
        media_type: "text/plain".to_owned(),
        size: 12,
    };
    assert_eq!(file, expected);
}

#[test]
fn presses_and_signs() {
    let update = json!({"update_id": 3, "callback_query": {"id": "q1", "from": lan(),
        "chat_instance": "i", "data": "0198", "message": {"message_id": 8, "date": 0,
            "chat": group()}}});
    let heard = of(&update);
    assert_eq!(heard.chat.as_ref().map(|chat| chat.id.as_str()), Some("-1001234"));
    let what = What::Press {
        press: "q1".to_owned(),
        message: Some("8".to_owned()),
        data: "0198".to_owned(),
    };
    assert_eq!(heard.what, what);

    let sign = |emoji: &str| json!({"type": "emoji", "emoji": emoji});
    let mut update = json!({"update_id": 4, "message_reaction": {"chat": group(), "message_id": 8,
        "user": lan(), "date": 1, "old_reaction": [sign("👍")],
        "new_reaction": [sign("👍"), sign("📎")]}});
    let what = What::Reaction { message: "8".to_owned(), added: vec!["📎".to_owned()] };
    assert_eq!(of(&update).what, what);
    update["message_reaction"]["new_reaction"] = json!([]);
    assert_eq!(of(&update).what, What::Other("reaction taken back"));
}

#[test]
fn we_come_and_go_and_groups_move() {
    let us = |status: &str| json!({"status": status, "user": {"id": ME, "is_bot": true, "first_name": "Bot"}});
    for (old, new, what) in [
        ("left", "member", What::Welcome),
        ("member", "administrator", What::Welcome),
        ("member", "kicked", What::Farewell),
        ("administrator", "left", What::Farewell),
        ("administrator", "member", What::Other("rights")),
    ] {
        let update = json!({"update_id": 1, "my_chat_member": {"chat": group(), "from": lan(),
            "date": 1, "old_chat_member": us(old), "new_chat_member": us(new)}});
        assert_eq!(of(&update).what, what, "{old} → {new}");
    }
    let moved = of(&message(json!({"migrate_to_chat_id": -1_005_i64})));
    assert_eq!(moved.what, What::Moved { to: "-1005".to_owned() });
}

#[test]
fn what_is_not_known_is_other_and_what_is_no_update_is_said() {
    let odd = json!({"update_id": 1, "something_new": {"x": [1, {"y": null}]}});
    assert_eq!(of(&odd).what, What::Other("update"));
    let sticker = message(json!({"sticker": {"file_id": "s"}}));
    assert_eq!(of(&sticker).what, What::Other("message"));
    for bad in ["", "null", "[]", "{}", "{\"update_id\":\"x\"}", "{\"update_id\":1,\"message\":4}"]
    {
        assert!(read(bad, None).is_err(), "{bad}");
    }
}
