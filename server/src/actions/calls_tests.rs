//! Situation reports, escalation by a person, silence for oneself: on both databases.

use super::escalation::{Escalate, escalate};
use super::incident_view;
use super::reports::{NewReport, receive};
use super::situation::{NewSituation, report};
use super::snoozes::{NewSnooze, snooze};
use super::triage::{self, Triage};
use super::{Ctx, incidents, notes};
use crate::clock::{Clock as _, Timestamp};
use crate::domain::words::DeliveryStatus;
use crate::error::Result;
use crate::records::{Delivery, Entry};
use crate::store::{engine, timeline};
use crate::testing::{Stage, on_each};

const DUTY: &str = "duty_officer@so-ttt.example";
const DESK: &str = "coordinator@so-ttt.example";

async fn reported(stage: &Stage) -> String {
    stage.province().await;
    let report = NewReport {
        category: "phishing".to_owned(),
        description: "Thư giả mạo".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "none".to_owned(),
        people: "one".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_phone: "0000000009".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    receive(&stage.office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap().code
}

async fn entries(stage: &Stage, code: &str, kind: &'static str) -> Vec<Entry> {
    let (desk, code) = (stage.as_person(DESK).await, code.to_owned());
    let read = move |c: &mut crate::store::Conn| {
        let (incident, _) = incidents::find_seen(c, &desk, &code)?;
        timeline::of_kind(c, incident.id, kind, 50)
    };
    stage.office.db.read(read).await.unwrap()
}

async fn outbox(stage: &Stage, code: &str, email: &'static str) -> Vec<Delivery> {
    let (desk, code) = (stage.as_person(DESK).await, code.to_owned());
    let read = move |c: &mut crate::store::Conn| {
        let (incident, _) = incidents::find_seen(c, &desk, &code)?;
        let mut rows = engine::deliveries(c, incident.id, 500)?;
        rows.retain(|row| row.address == email);
        Ok(rows)
    };
    stage.office.db.read(read).await.unwrap()
}

fn why(outcome: Result<impl std::fmt::Debug>) -> (u16, &'static str) {
    outcome.unwrap_err().face()
}

fn call(reason: &str) -> Escalate {
    Escalate { reason: reason.to_owned(), secret_confirmed: false }
}

#[actix_web::test]
async fn a_situation_report_is_an_entry_of_its_own_for_those_it_is_for() {
    on_each(|stage| async move {
        let code = reported(&stage).await;
        let office = &stage.office;
        let it = stage.as_person("it_officer@xa-b.example").await;
        let new = |conditions: &str| NewSituation {
            conditions: conditions.to_owned(),
            actions: "Đã rút mạng hai máy.".to_owned(),
            tlp: "RED".to_owned(),
            ..NewSituation::default()
        };
        let told = report(office, &it, &code, new("Lây sang 203.0.113.9")).await.unwrap();
        assert_eq!((told.kind.as_str(), told.tlp.as_word()), ("situation", "RED"));
        assert_eq!(told.text, "Tình hình: Lây sang 203.0.113.9\n\nĐã làm: Đã rút mạng hai máy.");
        let view = incident_view::one(office, &it, &code).await.unwrap();
        assert!(view.indicators.iter().any(|one| one.value.contains("203")));
        let en = crate::texts::Texts(crate::domain::words::Language::En);
        let data = serde_json::from_str(&told.data).unwrap();
        let said = crate::http::sentence::words(en, &told.kind, &told.text, &data);
        assert_eq!(said, "Conditions: Lây sang 203.0.113.9\n\nActions: Đã rút mạng hai máy.");

        assert_eq!(why(report(office, &it, &code, new(" ")).await).0, 422);
        assert_eq!(why(report(office, &it, &code, new("Tài liệu [MẬT]")).await).0, 422);
        let inner = NewSituation { audience: "coordination".to_owned(), ..new("Nội bộ") };
        assert_eq!(why(report(office, &it, &code, inner.clone()).await).0, 403);
        let desk = stage.as_person(DESK).await;
        report(office, &desk, &code, inner).await.unwrap();
        let seen = incident_view::history(office, &it, &code, None, 50).await.unwrap().items;
        assert_eq!(seen.iter().filter(|entry| entry.kind == "situation").count(), 1);
        for (email, status) in [
            ("it_officer@xa-c.example", 404),
            ("liaison@vnpt.example", 404),
            ("reporter@xa-b.example", 404),
            ("leader@so-ttt.example", 403),
        ] {
            let other = stage.as_person(email).await;
            assert_eq!(why(report(office, &other, &code, new("x")).await).0, status, "{email}");
        }
    })
    .await;
}

#[actix_web::test]
async fn who_does_not_wait_brings_the_next_step_and_then_the_next_level() {
    on_each(|stage| async move {
        let code = reported(&stage).await;
        let office = &stage.office;
        let duty = stage.as_person(DUTY).await;
        assert_eq!(why(escalate(office, &duty, &code, call(" ")).await).0, 422);
        escalate(office, &duty, &code, call("Lan rất nhanh.")).await.unwrap();
        let told = outbox(&stage, &code, DESK).await;
        let letter = told.iter().find(|row| row.purpose == "escalated").expect("told at once");
        assert!(letter.letter.contains("Lan rất nhanh."), "{}", letter.letter);
        assert!(letter.letter.contains("duty_officer so-ttt"), "{}", letter.letter);
        // Pressed twice, or by two at once: one call.
        let desk = stage.as_person(DESK).await;
        assert_eq!(why(escalate(office, &desk, &code, call("Nhanh")).await).1, "not_ready");
        assert_eq!(entries(&stage, &code, "escalated").await.len(), 1);
        assert_eq!(entries(&stage, &code, "step_late").await.len(), 0);

        stage.clock.pass(chrono::Duration::seconds(61));
        let desk = stage.as_person(DESK).await;
        escalate(office, &desk, &code, call("Vẫn lan.")).await.unwrap();
        let above = outbox(&stage, &code, "leader@so-ttt.example").await;
        assert!(above.iter().any(|row| row.purpose == "escalated"));

        // Nothing waits any more: the leaders first, whoever comes after them next.
        for _ in 0..40 {
            stage.clock.pass(chrono::Duration::seconds(61));
            let desk = stage.as_person(DESK).await;
            escalate(office, &desk, &code, call("Vẫn lan.")).await.unwrap();
            let last = &entries(&stage, &code, "escalated").await[0];
            if last.data.contains("leader") {
                break;
            }
        }
        let above = outbox(&stage, &code, "leader@so-ttt.example").await;
        let by_hand = |row: &&Delivery| row.dedup_key.contains(":escalated:");
        assert_eq!(above.iter().filter(by_hand).count(), 1);
        let it = stage.as_person("it_officer@xa-b.example").await;
        assert_eq!(why(escalate(office, &it, &code, call("Nhanh")).await).0, 403);
        let other = stage.as_person("it_officer@xa-c.example").await;
        assert_eq!(why(escalate(office, &other, &code, call("Nhanh")).await).0, 404);
        let seen = incident_view::history(office, &it, &code, None, 200).await.unwrap().items;
        assert!(seen.iter().all(|entry| entry.kind != "escalated"), "for the coordination team");
    })
    .await;
}

/// When what waits for this address is due; none when nothing waits.
async fn due(stage: &Stage, code: &str, email: &'static str) -> Option<Timestamp> {
    let rows = outbox(stage, code, email).await;
    rows.iter().filter(|row| row.status == DeliveryStatus::Waiting).map(|row| row.due_at).max()
}

async fn quiet(stage: &Stage, ctx: &Ctx, code: &str, minutes: i32) -> Result<Timestamp> {
    snooze(&stage.office, ctx, code, NewSnooze { minutes }).await
}

#[actix_web::test]
async fn silence_puts_off_the_own_messages_alone_and_ends_with_an_answer() {
    on_each(|stage| async move {
        let code = reported(&stage).await;
        let office = &stage.office;
        let start = stage.clock.now();
        let duty = stage.as_person(DUTY).await;
        let unit = "unit_head@xa-b.example";
        assert_eq!(due(&stage, &code, DUTY).await, Some(start));
        assert_eq!(why(quiet(&stage, &duty, &code, 7).await).0, 422);
        let until = quiet(&stage, &duty, &code, 15).await.unwrap();
        assert_eq!(until, start + chrono::Duration::minutes(15));
        assert_eq!(due(&stage, &code, DUTY).await, Some(until), "what waits leaves later");
        assert_eq!(due(&stage, &code, unit).await, Some(start), "others hear of it as before");
        let view = incident_view::one(office, &duty, &code).await.unwrap();
        assert_eq!(view.snoozed_until, Some(until));
        let said = entries(&stage, &code, "snoozed").await;
        assert_eq!((said.len(), said[0].audience.as_word()), (1, "coordination"));

        // What comes meanwhile waits too; longer silence moves all of it.
        let desk = stage.as_person(DESK).await;
        let until = quiet(&stage, &duty, &code, 60).await.unwrap();
        assert_eq!(due(&stage, &code, DUTY).await, Some(until));

        // Whoever acts is awake.
        let note =
            notes::NewNote { text: "Đang gọi lại.".to_owned(), ..notes::NewNote::default() };
        notes::add(office, &duty, &code, note).await.unwrap();
        assert_eq!(due(&stage, &code, DUTY).await, Some(start));
        let view = incident_view::one(office, &duty, &code).await.unwrap();
        assert_eq!(view.snoozed_until, None);

        // Raised to urgent, nobody sleeps; and nobody goes to sleep.
        quiet(&stage, &duty, &code, 240).await.unwrap();
        let urgent = Triage { priority: Some("urgent".to_owned()), ..Triage::default() };
        triage::triage(office, &desk, &code, urgent).await.unwrap();
        assert!(due(&stage, &code, DUTY).await.is_none_or(|at| at == start));
        assert_eq!(why(quiet(&stage, &duty, &code, 15).await).1, "not_ready");
        assert_eq!(stage.count("snoozes").await, 0);
        let other = stage.as_person("it_officer@xa-c.example").await;
        assert_eq!(why(quiet(&stage, &other, &code, 15).await).0, 404);
    })
    .await;
}
