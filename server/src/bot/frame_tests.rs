//! What holds for every verb of a room: who may, what is forged, stale or repeated, what is said.

use std::collections::BTreeSet;

use chrono::Duration;
use notify::room::{FileRef, Hollow, What};

use super::Outcome;
use crate::actions::incident_view;
use crate::actions::reports::{NewReport, receive};
use crate::app::App;
use crate::clock::Clock;
use crate::domain::ids::{ChatCardId, ChatGroupId, PressId};
use crate::domain::words::Role;
use crate::records::Press;
use crate::store::{accounts, chat_presses, incidents as rows};
use crate::testing::chat::{Phone, all};
use crate::testing::{Stage, on_each};

pub(super) const COORDINATOR: &str = "coordinator@so-ttt.example";
pub(super) const DUTY: &str = "duty_officer@so-ttt.example";
pub(super) const RESPONDER: &str = "responder@so-ttt.example";
pub(super) const GROUP: &str = "-100777";

pub(super) async fn report(stage: &Stage, description: &str) -> String {
    let report = NewReport {
        category: "data_encryption".to_owned(),
        description: description.to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        system: "Một cửa <b>*đòi tiền*</b>".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_email: "thu@rieng.example".to_owned(),
        contact_phone: "0000000009".to_owned(),
        ..NewReport::default()
    };
    let (unit, ctx) = (Some("xa-b".to_owned()), stage.nobody());
    receive(&stage.office, &ctx, report, Vec::new(), unit, None).await.unwrap().code
}

/// A province with a case, and the coordinator's, the officer's and the responder's telephones.
pub(super) async fn set(stage: &Stage) -> (App, String) {
    stage.province().await;
    stage.linked(COORDINATOR, "11").await;
    stage.linked(DUTY, "12").await;
    stage.linked(RESPONDER, "13").await;
    let code = report(stage, "Máy một cửa bị khóa <b>*đòi tiền*</b>").await;
    (stage.app(), code)
}

/// The team's group, with a topic for the case.
pub(super) async fn room(stage: &Stage, code: &str, topic: Option<&str>) {
    let now = stage.clock.now();
    let number = code.rsplit('-').next().unwrap().parse::<i64>().unwrap();
    let topic = topic.map(str::to_owned);
    let made = stage.office.db.write(move |tx| {
        use diesel::{ExpressionMethods, RunQueryDsl};

        use crate::store::schema::{chat_cards, chat_groups};
        let group = ChatGroupId::new(now);
        // Column by column: what else a group has begins as the database says.
        diesel::insert_into(chat_groups::table)
            .values((
                chat_groups::id.eq(group),
                chat_groups::room.eq("telegram"),
                chat_groups::chat.eq(GROUP),
                chat_groups::title.eq("Đội ứng cứu"),
                chat_groups::topics.eq(topic.is_some()),
                chat_groups::added_at.eq(now),
            ))
            .execute(tx)?;
        let Some(topic) = topic.clone() else { return Ok(()) };
        diesel::insert_into(chat_cards::table)
            .values((
                chat_cards::id.eq(ChatCardId::new(now)),
                chat_cards::incident_id.eq(rows::find_by_number(tx, number)?.id),
                chat_cards::group_id.eq(group),
                chat_cards::topic.eq(Some(topic)),
                chat_cards::title.eq(""),
                chat_cards::pinned.eq(false),
                chat_cards::opened_at.eq(now),
            ))
            .execute(tx)?;
        Ok(())
    });
    made.await.unwrap();
}

async fn holder(stage: &Stage, code: &str) -> Option<String> {
    let ctx = stage.as_person(COORDINATOR).await;
    let view = incident_view::one(&stage.office, &ctx, code).await.unwrap();
    view.acknowledged_by.map(|who| who.name)
}

async fn notes(stage: &Stage, code: &str) -> Vec<String> {
    let ctx = stage.as_person(COORDINATOR).await;
    let found = incident_view::history(&stage.office, &ctx, code, None, 100).await.unwrap();
    found.items.into_iter().filter(|one| one.kind == "note").map(|one| one.text).collect()
}

#[actix_web::test]
async fn a_stranger_learns_how_to_link_and_nothing_of_any_case() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        room(&stage, &code, Some("5")).await;
        let alone = Phone::direct(&stage, &app, "99");
        let first = alone.says(&format!("/nhan {code}")).await;
        assert_eq!(first.outcome, Outcome::Refused);
        assert!(all(&first).contains("chưa liên kết") && !all(&first).contains("SC-"));
        for _ in 0..9 {
            assert!(alone.says("/xem").await.says.is_empty(), "it is said once in a while");
        }
        stage.clock.pass(Duration::minutes(11));
        assert_eq!(alone.says("chào").await.says.len(), 1);

        let (there, elsewhere) = (
            Phone::at(&stage, &app, "98", GROUP, Some("5")),
            Phone::at(&stage, &app, "97", GROUP, None),
        );
        let known = there.says(&format!("/xem {code}")).await;
        let unknown = elsewhere.says("/xem SC-2026-999999").await;
        assert_eq!(known.says[0].letter.subject, unknown.says[0].letter.subject);
        assert_eq!(known.says[0].letter.paragraphs, unknown.says[0].letter.paragraphs);
        assert!(!all(&known).contains(&code));
        assert!(there.says("tôi thấy máy lạ").await.says.is_empty(), "talk among people");
        assert!(elsewhere.says("/weather@OtherBot").await.says.is_empty());
        let press = there.press("00000000-0000-7000-8000-000000000000").await;
        assert!(press.says.is_empty() && press.toast.is_some_and(|toast| toast.alert));
        assert_eq!(holder(&stage, &code).await, None);
    })
    .await;
}

#[actix_web::test]
async fn a_locked_or_demoted_person_is_so_at_the_very_next_press() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let phone = Phone::direct(&stage, &app, "12");
        let card = phone.says(&format!("/xem {code}")).await;
        let demoted = stage.office.db.write(|tx| {
            let account = accounts::find_by_email(tx, DUTY)?.unwrap();
            accounts::set_roles(tx, account.id, &BTreeSet::from([Role::Responder]))
        });
        demoted.await.unwrap();
        let refused = phone.presses(&card, "Tiếp nhận").await;
        // A responder who is not on the case does not even see it any more.
        assert_eq!(refused.outcome, Outcome::Refused);
        assert!(all(&refused).contains("không được xem"), "{}", all(&refused));
        let locked = stage.office.db.write(|tx| {
            let mut account = accounts::find_by_email(tx, DUTY)?.unwrap();
            account.locked_at = Some(account.created_at);
            accounts::save(tx, &account)
        });
        locked.await.unwrap();
        let stranger = phone.says(&format!("/nhan {code}")).await;
        assert!(all(&stranger).contains("chưa liên kết"));
        assert_eq!(holder(&stage, &code).await, None);
    })
    .await;
}

#[actix_web::test]
async fn a_forged_a_foreign_and_an_old_button_look_alike() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let (mine, theirs) = (Phone::direct(&stage, &app, "12"), Phone::direct(&stage, &app, "11"));
        let card = mine.says(&format!("/xem {code}")).await;
        let id = card.says[0].letter.presses[0].id.clone();
        let foreign = theirs.press(&id).await;
        let forged = theirs.press("0199f000-0000-7000-8000-000000000000").await;
        let nonsense = theirs.press("ack|SC-2026-000001'; drop table incidents").await;
        stage.clock.pass(Duration::days(2));
        let old = mine.press(&id).await;
        for gone in [&foreign, &forged, &nonsense, &old] {
            assert_eq!(gone.toast.as_ref().unwrap().text, "Nút này không còn dùng được.");
            assert!(gone.says.is_empty() && gone.outcome == Outcome::Refused);
        }
        assert_eq!(holder(&stage, &code).await, None);
    })
    .await;
}

#[actix_web::test]
async fn a_button_works_once_and_says_who_was_first() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let now = stage.clock.now();
        let number = code.rsplit('-').next().unwrap().parse::<i64>().unwrap();
        // As under an alarm in the team's group: anybody's button.
        let id = PressId::new(now);
        let made = stage.office.db.write(move |tx| {
            let press = Press {
                id,
                account_id: None,
                incident_id: Some(rows::find_by_number(tx, number)?.id),
                delivery_id: None,
                card_id: None,
                verb: "acknowledge".to_owned(),
                data: "{}".to_owned(),
                made_at: now,
                expires_at: now + Duration::days(1),
                done_at: None,
                done_by: None,
                done_name: None,
            };
            chat_presses::insert(tx, &press)
        });
        made.await.unwrap();
        let (duty, chief) = (Phone::direct(&stage, &app, "12"), Phone::direct(&stage, &app, "11"));
        let first = duty.press(&id.to_string()).await;
        assert!(all(&first).contains("Đã tiếp nhận"), "{}", all(&first));
        let second = chief.press(&id.to_string()).await;
        let said = "duty_officer so-ttt đã làm việc này trước.";
        assert_eq!(second.toast.as_ref().unwrap().text, said);
        let own = duty.press(&id.to_string()).await;
        assert_eq!(own.toast.unwrap().text, "Việc này đã thực hiện.");
        assert_eq!(holder(&stage, &code).await.as_deref(), Some("duty_officer so-ttt"));
        // The command that comes second says so as well.
        let late = chief.says(&format!("/nhan {code}")).await;
        assert!(all(&late).contains("duty_officer so-ttt đã tiếp nhận trước"), "{}", all(&late));
    })
    .await;
}

#[actix_web::test]
async fn an_update_that_comes_ten_times_has_one_effect() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let phone = Phone::direct(&stage, &app, "11");
        let what = |text: String| What::Text { message: "5".to_owned(), text, quoted: None };
        let note = format!("/ghichu {code} Đã rút dây mạng");
        let mut said = Vec::new();
        for _ in 0..10 {
            // The server dies every time before it keeps that the update is handled.
            said.push(all(&phone.heard(1_000_001, what(note.clone())).await));
        }
        assert_eq!(notes(&stage, &code).await, ["Đã rút dây mạng"]);
        assert!(said[0].contains("Đã ghi chú vào hồ sơ"));
        assert!(said[1..].iter().all(|text| text.contains("đã thực hiện") && text.contains(&code)));
        // A button's too.
        let card = phone.says(&format!("/uutien {code}")).await;
        let id = card.says[0].presses[0].id.to_string();
        let press = |id: String| What::Press {
            press: "9".to_owned(),
            message: Some("777".to_owned()),
            data: id,
        };
        for _ in 0..3 {
            phone.heard(1_000_002, press(id.clone())).await;
        }
        let ctx = stage.as_person(COORDINATOR).await;
        let history = incident_view::history(&stage.office, &ctx, &code, None, 100).await.unwrap();
        let triaged = history.items.iter().filter(|one| one.kind == "triaged").count();
        assert_eq!(triaged, 1);
    })
    .await;
}

#[actix_web::test]
async fn words_that_mean_nothing_do_nothing_and_it_is_said() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let phone = Phone::direct(&stage, &app, "12");
        for (why, word) in [
            (Hollow::Edited, "đã sửa"),
            (Hollow::Forwarded, "chuyển tiếp"),
            (Hollow::ViaBot, "trợ lý khác"),
        ] {
            let answer = phone.hollow(why).await;
            assert_eq!(answer.outcome, Outcome::Refused);
            assert!(all(&answer).contains(word), "{}", all(&answer));
        }
        assert!(all(&phone.says("/khongco").await).contains("Không có lệnh này"));
        assert!(all(&phone.says("/xem").await).contains("Chưa rõ sự cố nào"));
        assert!(all(&phone.says("/xem SC-2026-999999").await).contains("không được xem"));
        assert!(phone.says("/nhan@OtherBot").await.says.is_empty());
        assert_eq!(holder(&stage, &code).await, None);
        let named = phone.says(&format!("/NHẬN@dieuphoibot {code}")).await;
        assert_eq!(named.outcome, Outcome::Done);
    })
    .await;
}

#[actix_web::test]
async fn an_album_is_answered_once_and_in_a_group_not_at_all() {
    on_each(|stage| async move {
        let (app, _) = set(&stage).await;
        let photo = |number: i64| What::File {
            message: number.to_string(),
            caption: String::new(),
            file: FileRef {
                id: format!("f{number}"),
                name: "anh.jpg".to_owned(),
                media_type: "image/jpeg".to_owned(),
                size: 10,
            },
            album: Some("al".to_owned()),
            quoted: None,
        };
        let (alone, there) =
            (Phone::direct(&stage, &app, "12"), Phone::at(&stage, &app, "12", GROUP, None));
        let mut said = 0;
        for number in 2_000_001..2_000_004 {
            said += alone.sends(number, photo(number)).await.says.len();
            said += there.sends(number + 10, photo(number + 10)).await.says.len();
        }
        assert_eq!(said, 1);
    })
    .await;
}

#[actix_web::test]
async fn a_long_text_and_strange_signs_are_kept_as_they_are() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let phone = Phone::direct(&stage, &app, "12");
        let long = "đ".repeat(4_097);
        phone.says(&format!("/ghichu {code} {long}")).await;
        let odd = "😀 <b>đậm</b> *sao* _gạch_ \u{202E}ngược\u{0} & xong";
        phone.says(&format!("/ghichu {code} {odd}")).await;
        let kept = notes(&stage, &code).await;
        assert_eq!(kept, ["😀 <b>đậm</b> *sao* _gạch_ ngược & xong".to_owned(), long]);
        // What is said is plain text: the channel escapes it.
        let card = phone.says(&format!("/xem {code}")).await;
        assert!(all(&card).contains("<b>*đòi tiền*</b>"), "{}", all(&card));
        let search = phone.says(&format!("/tim {}", "x".repeat(4_097))).await;
        assert!(all(&search).contains("Tìm thấy 0 sự cố"));
    })
    .await;
}

#[actix_web::test]
async fn questions_wait_expire_and_are_taken_back() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let phone = Phone::direct(&stage, &app, "12");
        let asked = phone.says(&format!("/ghichu {code}")).await;
        assert!(asked.says[0].letter.form.asks);
        phone.says("Đã cô lập máy").await;
        assert!(all(&phone.says("thêm nữa").await).contains("chỉ hiểu lệnh"), "it was answered");

        phone.says(&format!("/ghichu {code}")).await;
        assert!(all(&phone.says("/thôi").await).contains("Đã thôi"));
        phone.says("không ghi đâu").await;
        phone.says(&format!("/ghichu {code}")).await;
        phone.says("/giup").await;
        phone.says("cũng không").await;
        phone.says(&format!("/ghichu {code}")).await;
        stage.clock.pass(Duration::minutes(16));
        assert!(all(&phone.says("muộn rồi").await).contains("15 phút"));
        assert_eq!(notes(&stage, &code).await, ["Đã cô lập máy"]);

        // In a group only a reply to us is an answer.
        room(&stage, &code, Some("5")).await;
        let there = Phone::at(&stage, &app, "12", GROUP, Some("5"));
        there.says("/ghichu").await;
        assert!(there.says("nói với nhau").await.says.is_empty());
        let mut ours = crate::testing::chat::quoted("1", "1", "Ghi chú gì?");
        ours.ours = true;
        there.replies("Trong chủ đề", Some(ours)).await;
        assert_eq!(notes(&stage, &code).await, ["Trong chủ đề", "Đã cô lập máy"]);
    })
    .await;
}

#[actix_web::test]
async fn a_group_reads_of_its_own_cases_alone() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let unknown = Phone::at(&stage, &app, "12", "-5", None);
        let refused = unknown.says(&format!("/xem {code}")).await;
        assert!(all(&refused).contains("chưa được đăng ký"), "{}", all(&refused));
        room(&stage, &code, Some("5")).await;
        let other = report(&stage, "Chuyện khác hẳn").await;
        let there = Phone::at(&stage, &app, "12", GROUP, Some("5"));
        // The topic's case needs no code.
        let own = there.says("/xem").await;
        assert_eq!(own.says.len(), 1);
        assert_eq!(own.says[0].to, format!("{GROUP}/5"));
        assert!(all(&own).contains(&code));
        // Another one, and every list, goes to the person alone.
        for command in [format!("/xem {other}"), "/cho".to_owned(), "/tim chuyện".to_owned()] {
            let away = there.says(&command).await;
            assert_eq!(away.says.len(), 2, "{}", all(&away));
            assert_eq!((away.says[0].to.as_str(), away.says[1].to.as_str()), ("-100777/5", "12"));
            assert!(!away.says[0].letter.subject.contains("SC-"));
        }
        // Who may not see a case hears the same as of none.
        let responder = Phone::at(&stage, &app, "13", GROUP, Some("5"));
        assert!(all(&responder.says("/xem").await).contains("không được xem"));
    })
    .await;
}
