//! Bad input from real telephones: each has one effect or none, and a plain answer.
//!
//! Which test lives through what of the rooms. `phones` is `three_phones`, which does it on a real server;
//! `desk`, `frame` and `flows` are the bot's own tests (`server/src/bot/desk_tests.rs`, `frame_tests.rs`,
//! `flows/tests.rs`).
//!
//! | bad input, bad days | test |
//! |---|---|
//! | replayed ten times | `chat_intake` a_command_replayed_ten_times…, `frame` an_update_that_comes_ten_times… |
//! | out of order | updates_that_come_in_the_wrong_order… |
//! | after a restart | `chat_intake` what_was_kept_before_a_restart…, `kill_chat` |
//! | forged button, somebody else's case | a_button_works_for_nobody_else…, `frame` a_forged_a_foreign… |
//! | demoted a second ago | a_button_works_for_nobody_else…, `frame` a_locked_or_demoted_person… |
//! | unlinked member of the group | whoever_is_in_the_group…, `frame` a_stranger_learns… |
//! | 4,097 characters | long_words_strange_signs…; outwards `notify` render a_long_letter_is_cut… |
//! | emoji, right-to-left marks, HTML in names | long_words_strange_signs…, `frame` a_long_text_and… |
//! | photo album | an_album_is_evidence…, `frame` an_album_is_answered_once… |
//! | edited command | a_command_that_was_edited…, `frame` words_that_mean_nothing… |
//! | 5xx for an hour | `chat_intake` an_hour_without_telegram…, `telling` a_chat_that_keeps_failing… |
//! | revoked token | `chat_intake` a_revoked_token_is_shown_at_once… |
//!
//! | what can be done | test |
//! |---|---|
//! | acknowledge | `phones` had, `desk` a_case_is_taken_led…; second `frame` a_button_works_once… |
//! | take, lead | `phones` led, `desk` a_case_is_taken_led… |
//! | assign | `phones` led, `desk` tasks_are_given… |
//! | priority, state | `phones` triaged and closed, `desk` a_case_is_taken_led… |
//! | note | `chat_intake`, `kill_chat`; asked for: `frame` questions_wait… |
//! | file a message, by reply or sign | `phones` worked_on, `desk` a_message_is_filed_by_reply… |
//! | tasks, done with a note | `phones` led and worked_on, `desk` tasks_are_given… |
//! | dispatch, guided | `phones` dispatched, `flows` a_dispatch_is_guided… |
//! | answer a dispatch | `phones` dispatched, `flows` a_partner_answers… |
//! | situation report | `phones` worked_on, `flows` a_situation_report… |
//! | ask the reporter | `phones` worked_on, `flows` decisions_escalation… |
//! | approve, refuse | `phones` approved; `flows` decisions_escalation… |
//! | escalate now, snooze | `flows` decisions_escalation… |
//! | evidence; 20 MB and the upload link | `phones` worked_on; `flows` evidence_comes_with_a_caption… |
//! | who is on duty, hand-over | `phones` handed_over, `desk` who_is_on_duty_hands_over… |
//! | my cases, my tasks, what waits, search | `desk` lists_show_what_this_person_sees |
//! | report an incident | `phones` reported, `flows` an_incident_is_reported… |
//! | start a drill | `flows` an_incident_is_reported_and_a_drill_started… |
//! | close with a reason | `phones` closed, `flows` a_case_is_closed_by_somebody… |
//! | help, commands offered | `desk` help_offers_what_the_person_may, `telegram_room` updates_are_brought… |
//! | topic and card | `phones` triaged and record, `server/src/engine/cards_tests.rs` |

use dieuphoi::domain::words::Role;
use dieuphoi::store::accounts;
use dieuphoi::testing::on_each;
use dieuphoi_tests::bot_api::{BotApi, Phone};
use dieuphoi_tests::world::World;

use super::chat_intake::{SECRET, case, entries};

const GROUP: i64 = -1_001_234_567_890;
const DUTY: &str = "duty_officer@so-ttt.example";
const GONE: &str = "Nút này không còn dùng được.";

/// The texts of the notes, the newest first.
async fn notes(world: &World, code: &str) -> Vec<String> {
    let desk = world.browser("coordinator@so-ttt.example").await;
    let all = world.get(Some(&desk), &format!("/api/v1/incidents/{code}/timeline")).await.ok();
    let items = all["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "note");
    items.map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

/// The team's group, which the coordinator registers from within it.
async fn team(world: &World, api: &BotApi) -> Phone {
    api.forum(GROUP, "Đội ứng cứu");
    world.stage.linked("coordinator@so-ttt.example", "78").await;
    let coordinator = api.phone(78, "Điều phối viên");
    api.writes(&coordinator, GROUP, "/nhom");
    world.settle().await;
    assert!(api.last(GROUP).text.contains("Đã đăng ký"), "{:?}", api.last(GROUP));
    coordinator
}

#[actix_web::test]
async fn updates_that_come_in_the_wrong_order_are_handled_once_each() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot_and(stage, &api, |config| {
            config.telegram.webhook = true;
            config.telegram.webhook_secret = dieuphoi::config::Secret::new(SECRET);
            "https://dieuphoi.example".clone_into(&mut config.server.base_url);
        })
        .await;
        let (code, lan) = case(&w, &api).await;
        let before = api.shown(77).len();
        let first = api.writes(&lan, &lan, &format!("/nhan {code}")).update;
        let second = api.writes(&lan, &lan, &format!("/ghichu {code} đã gọi đơn vị")).update;
        for id in [second, first, second, first] {
            assert_eq!(w.bring(Some(SECRET), &api.update(id).to_string()).await.status, 200);
            w.settle().await;
        }
        assert_eq!(entries(&w, &code, "acknowledged").await, 1);
        assert_eq!(notes(&w, &code).await, ["đã gọi đơn vị"]);
        assert_eq!(api.shown(77).len(), before + 2, "one answer each");
    })
    .await;
}

#[actix_web::test]
async fn a_button_works_for_nobody_else_and_not_for_whoever_was_demoted_a_second_ago() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, lan) = case(&w, &api).await;
        // Her telephone was linked after the first alarm: the case is shown, with its buttons.
        api.writes(&lan, &lan, &format!("/xem {code}"));
        w.settle().await;
        let card = api.last(77);
        let (_, data) = card.presses.iter().find(|(label, _)| label == "Tiếp nhận").unwrap();
        w.stage.linked("it_officer@xa-c.example", "88").await;
        let other = api.phone(88, "Người xã khác");
        for data in [data.as_str(), "0199f000-0000-7000-8000-000000000000", "ack|SC-2026-000001'--"]
        {
            api.presses_data(&other, 88, card.message, data);
            w.settle().await;
            assert_eq!(api.toasts().last().unwrap().text, GONE, "{data}");
        }
        assert!(api.shown(88).iter().all(|one| !one.text.contains(&code)), "{:?}", api.shown(88));
        let demoted = w.stage.office.db.write(|tx| {
            let account = accounts::find_by_email(tx, DUTY)?.unwrap();
            accounts::set_roles(tx, account.id, &[Role::Responder].into())
        });
        demoted.await.unwrap();
        api.presses(&lan, &card, 77, "Tiếp nhận");
        w.settle().await;
        assert!(api.toasts().last().unwrap().text.contains("không được xem"), "{:?}", api.toasts());
        assert_eq!(entries(&w, &code, "acknowledged").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn whoever_is_in_the_group_and_not_linked_gets_the_same_answer_whatever_there_is() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, _) = case(&w, &api).await;
        team(&w, &api).await;
        let mut said = Vec::new();
        for (number, text) in
            [(901, format!("/xem {code}")), (902, "/xem SC-2026-999999".to_owned())]
        {
            let stranger = api.phone(number, "Người lạ");
            api.writes(&stranger, GROUP, &text);
            api.writes(&stranger, GROUP, "ai xem giúp máy tôi");
            w.settle().await;
            said.push(api.last(GROUP).text);
            api.writes(&stranger, GROUP, &format!("/nhan {code}"));
            w.settle().await;
        }
        assert_eq!(said[0], said[1], "no answer tells whether a case exists");
        assert!(said[0].contains("chưa liên kết") && !said[0].contains("SC-"), "{}", said[0]);
        assert_eq!(entries(&w, &code, "acknowledged").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn long_words_strange_signs_and_names_are_kept_and_said_as_they_are() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, _) = case(&w, &api).await;
        let lan = api.phone(77, "<b>Lan</b> \u{202E}🙂 &amp;");
        let long = "đ".repeat(4_097);
        api.writes(&lan, &lan, &format!("/ghichu {code} {long}"));
        w.settle().await;
        let odd = "😀 <b>đậm</b> *sao* & xong";
        api.writes(&lan, &lan, &format!("/ghichu {code} {odd}"));
        w.settle().await;
        assert_eq!(notes(&w, &code).await, [odd.to_owned(), long]);
        // A message of somebody with a name like that is filed under it, on its own way round.
        team(&w, &api).await;
        let stranger = api.phone(903, "<i>Kẻ lạ</i> \u{202E}🙂");
        let words = api.writes(&stranger, GROUP, "máy in tự in").message;
        api.replies(&lan, GROUP, words, &format!("/luu {code}"));
        w.settle().await;
        let filed = notes(&w, &code).await.remove(0);
        assert!(filed.contains("<i>Kẻ lạ</i> 🙂 (chưa liên kết tài khoản)"), "{filed:?}");
        assert!(filed.ends_with("máy in tự in") && !filed.contains('\u{202E}'), "{filed:?}");
        // Every answer left: the Bot API takes neither what is too long nor broken markup.
        let stuck = w.stage.count("outbox where channel = 'telegram' and status <> 'sent'").await;
        assert_eq!(stuck, 0);
    })
    .await;
}

#[actix_web::test]
async fn an_album_is_evidence_photo_by_photo_and_once() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, lan) = case(&w, &api).await;
        let caption = format!("/chungcu {code} ảnh màn hình");
        let album = api.sends_photos(&lan, &lan, &[b"anh mot", b"anh hai", b"anh bay"], &caption);
        w.settle().await;
        assert_eq!(w.stage.count("evidence").await, 3, "{:?}", api.shown(77));
        let answers = api.shown(77).len();
        let updates: Vec<i64> = album.iter().map(|one| one.update).collect();
        for _ in 0..10 {
            api.replay(&updates);
            w.settle().await;
        }
        assert_eq!(w.stage.count("evidence").await, 3);
        assert_eq!(api.shown(77).len(), answers);
    })
    .await;
}

#[actix_web::test]
async fn a_command_that_was_edited_into_another_does_nothing_and_it_is_said() {
    on_each(|stage| async move {
        let api = BotApi::start();
        let w = World::with_bot(stage, &api).await;
        let (code, lan) = case(&w, &api).await;
        let first = api.writes(&lan, &lan, &format!("/ghichu {code} gọi lại sau")).message;
        w.settle().await;
        api.edits(&lan, &lan, first, &format!("/nhan {code}"));
        w.settle().await;
        assert!(api.last(77).text.contains("Tin đã sửa không có hiệu lực"), "{:?}", api.last(77));
        assert_eq!(entries(&w, &code, "acknowledged").await, 0);
        assert_eq!(notes(&w, &code).await, ["gọi lại sau"]);
    })
    .await;
}
