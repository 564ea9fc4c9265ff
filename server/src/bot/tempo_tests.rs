//! Whoever sends too much is slowed, in this chat and nobody else; a button still takes the alarm.

use std::sync::Arc;

use super::Outcome;
use super::frame_tests::{COORDINATOR, GROUP, report, room, set};
use super::tempo::Tempo;
use crate::actions::incident_view;
use crate::app::App;
use crate::config::Security;
use crate::testing::chat::{Phone, all, quoted};
use crate::testing::{Stage, on_each};

/// The service with its usual limit.
fn limited(app: App) -> App {
    App { tempo: Arc::new(Tempo::new(&Security::default())), ..app }
}

async fn is_taken(stage: &Stage, code: &str) -> bool {
    let ctx = stage.as_person(COORDINATOR).await;
    incident_view::one(&stage.office, &ctx, code).await.unwrap().acknowledged_by.is_some()
}

#[actix_web::test]
async fn a_flood_in_the_group_slows_its_author_there_and_nobody_else() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let app = limited(app);
        room(&stage, &code, Some("5")).await;
        let other = report(&stage, "Trang mạng bị thay giao diện").await;
        let chief = Phone::at(&stage, &app, "11", GROUP, Some("5"));
        let duty = Phone::at(&stage, &app, "12", GROUP, Some("5"));
        let card = chief.says("/xem").await;
        let own = duty.says("/xem").await;
        for _ in 0..19 {
            assert_eq!(duty.says("/xem").await.outcome, Outcome::Done);
        }
        // Said once; what people say to each other and to other programs is no command.
        let slowed = duty.says("/xem").await;
        assert_eq!(slowed.outcome, Outcome::Slowed);
        assert!(all(&slowed).contains("hãy gửi lại sau 60 giây"), "{}", all(&slowed));
        assert!(!all(&slowed).contains("SC-"));
        for _ in 0..20 {
            let again = duty.says("/ghichu không được ghi").await;
            assert_eq!((again.outcome, again.says.len()), (Outcome::Slowed, 0));
        }
        for text in ["máy nào?", "/weather@OtherBot", "/khonghieu"] {
            assert_eq!(duty.says(text).await.outcome, Outcome::Ignored, "{text}");
        }
        let told = quoted("900", "11", "ai đang ở đó?");
        assert_eq!(duty.replies("tôi đây", Some(told)).await.outcome, Outcome::Ignored);
        assert_eq!(stage.count("timeline where kind = 'note'").await, 0);

        // Another chat, another person, and the very author's buttons go on.
        let alone = Phone::direct(&stage, &app, "12");
        assert_eq!(alone.says(&format!("/nhan {other}")).await.outcome, Outcome::Done);
        assert!(is_taken(&stage, &other).await);
        assert_eq!(chief.says("/xem").await.outcome, Outcome::Done);
        assert!(!is_taken(&stage, &code).await);
        assert_eq!(duty.presses(&own, "Tiếp nhận").await.outcome, Outcome::Done);
        assert!(is_taken(&stage, &code).await);
        let second = chief.presses(&card, "Tiếp nhận").await;
        assert!(all(&second).contains("duty_officer"), "{}", all(&second));

        stage.clock.pass(chrono::Duration::seconds(60));
        assert_eq!(duty.says("/ghichu bây giờ thì được").await.outcome, Outcome::Done);
        assert_eq!(stage.count("timeline where kind = 'note'").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn every_press_is_answered_and_the_twenty_first_does_nothing() {
    on_each(|stage| async move {
        let (app, code) = set(&stage).await;
        let phone = Phone::direct(&stage, &limited(app), "12");
        let card = phone.says(&format!("/xem {code}")).await;
        for _ in 0..20 {
            let forged = phone.press("00000000-0000-7000-8000-000000000000").await;
            assert_eq!(forged.outcome, Outcome::Refused);
        }
        let slowed = phone.presses(&card, "Tiếp nhận").await;
        assert_eq!(slowed.outcome, Outcome::Slowed);
        let toast = slowed.toast.unwrap();
        assert!(toast.alert && toast.text.contains("chưa được thực hiện"), "{toast:?}");
        assert!(slowed.says.is_empty() && slowed.asides.is_empty());
        assert!(phone.press("x").await.toast.is_some(), "every one, or the button turns for ever");
        assert!(!is_taken(&stage, &code).await);
        // Commands are counted for themselves.
        assert_eq!(phone.says("/xem").await.outcome, Outcome::Done);
        stage.clock.pass(chrono::Duration::seconds(60));
        assert_eq!(phone.presses(&card, "Tiếp nhận").await.outcome, Outcome::Done);
        assert!(is_taken(&stage, &code).await);
    })
    .await;
}
