//! The desk in the chat, on both databases: every plain verb.

use super::Outcome;
use super::frame_tests::{COORDINATOR, DUTY, GROUP, RESPONDER, report, room, set};
use crate::actions::incident_view::{self, IncidentView};
use crate::actions::rota::edit;
use crate::domain::rota::RotationText;
use crate::domain::words::{Priority, State, TaskState};
use crate::testing::chat::{Phone, all, quoted};
use crate::testing::{Stage, on_each};

async fn view(stage: &Stage, code: &str) -> IncidentView {
    let ctx = stage.as_person(COORDINATOR).await;
    incident_view::one(&stage.office, &ctx, code).await.unwrap()
}

async fn notes(stage: &Stage, code: &str) -> Vec<String> {
    let ctx = stage.as_person(COORDINATOR).await;
    let found = incident_view::history(&stage.office, &ctx, code, None, 100).await.unwrap();
    found.items.into_iter().filter(|one| one.kind == "note").map(|one| one.text).collect()
}

#[actix_web::test]
async fn a_case_is_taken_led_weighed_and_moved() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let (chief, duty) = (Phone::direct(&stage, &app, "11"), Phone::direct(&stage, &app, "12"));
        let taken = duty.says(&format!("/ack {}", code.to_lowercase())).await;
        assert_eq!(taken.outcome, Outcome::Done);
        assert!(
            all(&taken).contains("Đã tiếp nhận") && all(&taken).contains("duty_officer so-ttt")
        );
        assert_eq!(taken.says[0].letter.buttons[0].label, "Mở sự cố");
        // The officer may not decide how urgent it is: the action says so, not the bot.
        let refused = duty.says("/uutien khẩn cấp").await;
        assert_eq!(refused.outcome, Outcome::Refused);
        assert!(all(&refused).contains("Vai trò của bạn không được làm việc này"));

        let choice = chief.says(&format!("/ưu tiên {code}")).await;
        let set = chief.presses(&choice, "Khẩn cấp").await;
        assert_eq!(set.says[0].letter.form.edits.as_deref(), Some("777"), "in the choice's place");
        assert_eq!(view(&stage, &code).await.priority, Priority::Urgent);
        chief.says("/priority thấp").await;
        assert_eq!(view(&stage, &code).await.priority, Priority::Low);

        chief.says("/chutri").await;
        assert_eq!(view(&stage, &code).await.lead.unwrap().email, COORDINATOR);
        let choice = chief.says("/trang thai").await;
        let moved = chief.presses(&choice, "Đang ngăn chặn").await;
        assert!(all(&moved).contains("Trạng thái: Đang ngăn chặn"), "{}", all(&moved));
        for to in ["gỡ bỏ", "đang khôi phục", "reviewing"] {
            chief.says(&format!("/trangthai {to}")).await;
        }
        assert_eq!(view(&stage, &code).await.state, State::Reviewing);
        // Back to work wants a reason, and asks for it.
        assert!(all(&chief.says("/trangthai ngan chan").await).contains("Vì sao"));
        chief.says("Mã độc còn ở máy chủ").await;
        assert_eq!(view(&stage, &code).await.state, State::Containing);
        let wrong = chief.says("/trangthai tổng kết").await;
        assert!(all(&wrong).contains("không chuyển sang"), "{}", all(&wrong));
    })
    .await;
}

#[actix_web::test]
async fn tasks_are_given_listed_and_done_with_a_note() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let (chief, duty) = (Phone::direct(&stage, &app, "11"), Phone::direct(&stage, &app, "12"));
        let before = view(&stage, &code).await.tasks.len();
        let given = chief.says(&format!("/giao {code} {DUTY} Gọi cho xã B")).await;
        assert!(all(&given).contains("Đã giao việc"), "{}", all(&given));
        // What is made in the same instant stands in no order.
        let a_second = chrono::Duration::seconds(1);
        stage.clock.pass(a_second);
        let choice = chief.says("/giao Rà soát nhật ký").await;
        chief.presses(&choice, "coordinator so-ttt").await;
        stage.clock.pass(a_second);
        let bare = chief.says("/giao toi").await;
        assert!(bare.says[0].letter.form.asks);
        chief.says("Viết báo cáo").await;
        let tasks = view(&stage, &code).await.tasks;
        assert_eq!(tasks.len(), before + 3);

        let mine = duty.says("/việc của tôi").await;
        assert!(all(&mine).contains("Gọi cho xã B"), "{}", all(&mine));
        let list = duty.says(&format!("/viec {code}")).await;
        assert!(all(&list).contains("Rà soát nhật ký"));
        let asked = duty.presses(&list, &format!("Xong #{}", before + 1)).await;
        assert!(all(&asked).contains("Đã làm gì"));
        duty.says("Đã gọi, chị Hoa nghe máy").await;
        let done = &view(&stage, &code).await.tasks[before];
        assert_eq!((done.state, done.note.as_str()), (TaskState::Done, "Đã gọi, chị Hoa nghe máy"));
        let again = duty.presses(&list, &format!("Xong #{}", before + 1)).await;
        assert!(all(&again).contains("Việc này đã xong rồi"), "{}", all(&again));

        chief.says(&format!("/xong {} nhật ký sạch", before + 2)).await;
        assert_eq!(view(&stage, &code).await.tasks[before + 1].state, TaskState::Done);
        let why = chief.says(&format!("/boqua {}", before + 3)).await;
        assert_eq!(why.outcome, Outcome::Refused, "skipping wants a reason");
        chief.says(&format!("/skip #{} không cần nữa", before + 3)).await;
        assert_eq!(view(&stage, &code).await.tasks[before + 2].state, TaskState::Skipped);
        assert!(all(&chief.says("/xong 99").await).contains("Không có việc số này"));
    })
    .await;
}

#[actix_web::test]
async fn a_message_is_filed_by_reply_and_by_a_sign_and_once() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        room(&stage, &code, Some("5")).await;
        let (duty, stranger) = (
            Phone::at(&stage, &app, "12", GROUP, Some("5")),
            Phone::at(&stage, &app, "66", GROUP, Some("5")),
        );
        let said = stranger.kept("Máy 10.0.0.7 \u{202E}còn sống").await;
        // Quoted after it was changed: what was sent counts.
        let filed = duty.replies("/luu", Some(quoted(&said, "66", "đổi rồi"))).await;
        assert!(all(&filed).contains("Đã lưu tin nhắn"), "{}", all(&filed));
        let line = "Tin nhắn của Máy 66 (chưa liên kết tài khoản):\nMáy 10.0.0.7 còn sống";
        assert_eq!(notes(&stage, &code).await, [line]);
        let again = duty.replies("/luu", Some(quoted(&said, "66", "đổi rồi"))).await;
        assert!(all(&again).contains("đã lưu rồi"), "{}", all(&again));

        let chief = Phone::at(&stage, &app, "11", GROUP, Some("5"));
        let own = chief.kept("Đã báo nhà mạng").await;
        // Telegram does not say in which topic a sign was put.
        let sign = Phone::at(&stage, &app, "12", GROUP, None);
        let put = |number: i64, message: &str, sign: &str| {
            let added = vec![sign.to_owned()];
            (number, notify::room::What::Reaction { message: message.to_owned(), added })
        };
        let (id, what) = put(3_000_001, &own, "👍");
        assert!(sign.sends(id, what).await.says.is_empty(), "a like is a like");
        for number in [3_000_002, 3_000_003] {
            let (id, what) = put(number, &own, "✍️");
            sign.sends(id, what).await;
        }
        let kept = notes(&stage, &code).await;
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0], "Tin nhắn của coordinator so-ttt:\nĐã báo nhà mạng");
        let (id, what) = put(3_000_004, "424242", "✍");
        assert!(all(&sign.sends(id, what).await).contains("không nhận được tin đó"));
        assert!(all(&duty.says("/luu").await).contains("Hãy trả lời tin cần lưu"));
    })
    .await;
}

#[actix_web::test]
async fn lists_show_what_this_person_sees() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let (chief, responder) =
            (Phone::direct(&stage, &app, "11"), Phone::direct(&stage, &app, "13"));
        assert!(all(&chief.says("/cho").await).contains(&code));
        assert!(all(&chief.says("/cuatoi").await).contains("0 sự cố"));
        chief.says(&format!("/nhan {code}")).await;
        assert!(all(&chief.says("/mine").await).contains(&code));
        assert!(all(&chief.says("/tìm đòi tiền").await).contains(&code));
        assert!(all(&chief.says(&format!("/tim {code}")).await).contains(&code));
        let nothing = responder.says(&format!("/tim {code}")).await;
        assert!(all(&nothing).contains("Tìm thấy 0"), "{}", all(&nothing));
        chief.says("/search").await;
        assert!(all(&chief.says("khóa").await).contains(&code), "the question was answered");

        let choice = chief.says(&format!("/them {code}")).await;
        let added = chief.presses(&choice, "responder so-ttt").await;
        assert!(all(&added).contains("Đã đưa vào đội"), "{}", all(&added));
        assert!(all(&responder.says(&format!("/tim {code}")).await).contains("Tìm thấy 1"));
        assert!(all(&responder.says(&format!("/xem {code}")).await).contains("Người tiếp nhận"));
        chief.says(&format!("/chutri {RESPONDER}")).await;
        assert_eq!(view(&stage, &code).await.lead.unwrap().email, RESPONDER);

        // The last one named counts for eight hours.
        report(&stage, "Chuyện khác").await;
        stage.clock.pass(chrono::Duration::hours(9));
        assert!(all(&chief.says("/xem").await).contains("Chưa rõ sự cố nào"));
    })
    .await;
}

#[actix_web::test]
async fn who_is_on_duty_hands_over_and_the_next_one_takes_it() {
    on_each(|stage| async move {
        let (app, _) = set(&stage).await;
        let (chief, duty) = (Phone::direct(&stage, &app, "11"), Phone::direct(&stage, &app, "12"));
        assert!(all(&chief.says("/truc").await).contains("Chưa có lịch trực"));
        assert!(all(&duty.says("/bangiao").await).contains("không trực"));
        assert!(all(&duty.says("/nhanca").await).contains("Không có bàn giao"));
        let boss = stage.as_person(COORDINATOR).await;
        let rota = edit::create(&stage.office, &boss, "Trực ban").await.unwrap();
        let typed = RotationText {
            kind: "daily".to_owned(),
            people: vec![DUTY.to_owned(), COORDINATOR.to_owned()],
            handover: "07:30".to_owned(),
            from: "2026-11-22".to_owned(),
            ..RotationText::default()
        };
        edit::add_rotation(&stage.office, &boss, rota.id, rota.version, typed).await.unwrap();
        let now = all(&chief.says("/trực").await);
        assert!(now.contains("duty_officer so-ttt · 0000000001"), "{now}");
        let asked = duty.says("/bangiao").await;
        assert!(all(&asked).contains("coordinator so-ttt"), "{}", all(&asked));
        let written = duty.says("Xã B còn chờ nhà mạng").await;
        assert!(all(&written).contains("Đã ghi bàn giao"), "{}", all(&written));
        let waiting = chief.says("/nhanca").await;
        let taken = chief.presses(&waiting, "Nhận bàn giao").await;
        assert!(all(&taken).contains("Đã nhận bàn giao"), "{}", all(&taken));
        assert!(all(&chief.says("/takeover").await).contains("Không có bàn giao"));
    })
    .await;
}

#[actix_web::test]
async fn help_offers_what_the_person_may() {
    on_each(|stage| async move {
        let (app, _) = set(&stage).await;
        let (chief, responder) =
            (Phone::direct(&stage, &app, "11"), Phone::direct(&stage, &app, "13"));
        let help = all(&chief.says("/giúp").await);
        assert!(help.contains("/uutien — ") && help.contains("/nhan — "));
        let theirs = all(&responder.says("/help").await);
        assert!(!theirs.contains("/uutien") && theirs.contains("/ghichu"));
        for language in [crate::domain::words::Language::Vi, crate::domain::words::Language::En] {
            for scope in [notify::room::Scope::Direct, notify::room::Scope::Groups] {
                let offered = super::offered(language, scope);
                assert!((15..=100).contains(&offered.len()));
                assert!(offered.iter().all(|(name, text)| {
                    name.len() <= 32 && !text.is_empty() && text.chars().count() <= 256
                }));
            }
        }
    })
    .await;
}
