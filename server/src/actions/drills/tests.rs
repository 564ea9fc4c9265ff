//! Drills on both databases: marked, kept here or really sent, faster, played by stand-ins, ended by
//! their leader, and told afterwards step by step.

use chrono::Duration;

use super::*;
use crate::actions::dispatches::{NewDispatch, send};
use crate::actions::incidents::acknowledge;
use crate::actions::queue::{self, Query};
use crate::actions::tasks::{self, Settle};
use crate::actions::triage::{self, Triage};
use crate::actions::{incident_view, timers};
use crate::clock::Clock as _;
use crate::domain::words::DeliveryStatus;
use crate::records::Delivery;
use crate::store::engine;
use crate::testing::{Stage, on_each};

fn wanted(playbook: &str) -> NewDrill {
    NewDrill {
        playbook: playbook.to_owned(),
        organisation: "xa-b".to_owned(),
        scenario: "Máy kế toán hiện thông báo đòi tiền; tệp có đuôi lạ.".to_owned(),
        goal: "Tiếp nhận trong 15 phút".to_owned(),
        ..NewDrill::default()
    }
}

async fn letters_of(stage: &Stage, code: &str) -> Vec<Delivery> {
    let code: crate::domain::ids::IncidentCode = code.parse().unwrap();
    let rows = stage.office.db.read(move |c| {
        let incident = incidents::find_by_number(c, code.number)?;
        engine::deliveries(c, incident.id, 1_000)
    });
    rows.await.unwrap()
}

/// Lets time pass and timers fire.
async fn pass(stage: &Stage, by: Duration) {
    let end = stage.clock.now() + by;
    while let Some(due) = stage.office.db.read(engine::next_timer).await.unwrap() {
        if due > end {
            break;
        }
        if due > stage.clock.now() {
            stage.clock.pass(due - stage.clock.now());
        }
        timers::fire_one(&stage.office, &Ctx::service("engine", stage.clock.now())).await.unwrap();
    }
    if end > stage.clock.now() {
        stage.clock.pass(end - stage.clock.now());
    }
}

#[actix_web::test]
async fn a_drill_is_marked_everywhere_and_stays_here() {
    on_each(|stage| async move {
        stage.province().await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let started = start(&stage.office, &leader, wanted("ransomware"), None).await.unwrap();
        let letters = letters_of(&stage, &started.code).await;
        assert!(letters.len() >= 4, "unit, duty officer, task");
        for row in &letters {
            assert!(row.kept, "{}", row.address);
            let letter: notify::Letter = serde_json::from_str(&row.letter).unwrap();
            assert!(letter.subject.starts_with("[DIỄN TẬP] "), "{}", letter.subject);
            assert!(notify::render::text(&letter).starts_with("[DIỄN TẬP] "), "{letter:?}");
            let note = notify::render::telegram(&letter, |_| true);
            assert!(note.plain.starts_with("[DIỄN TẬP] "), "{}", note.plain);
        }
        let seen = incident_view::one(&stage.office, &leader, &started.code).await.unwrap();
        assert!(seen.drill && seen.clocks.is_empty(), "the law's clocks stand still");
        for (drill, there) in [("", true), ("only", true), ("none", false)] {
            let query = Query { drill: drill.to_owned(), ..Query::default() };
            let found = queue::list(&stage.office, &leader, query).await.unwrap();
            assert_eq!(found.items.iter().any(|one| one.code == started.code), there, "{drill}");
        }
    })
    .await;
}

#[actix_web::test]
async fn only_coordinators_and_leaders_start_and_bad_words_change_nothing() {
    on_each(|stage| async move {
        stage.province().await;
        for role in ["duty_officer", "responder"] {
            let ctx = stage.as_person(&format!("{role}@so-ttt.example")).await;
            let refused = start(&stage.office, &ctx, wanted("malware"), None).await.unwrap_err();
            assert_eq!(refused.face().0, 403, "{role}");
        }
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let bad = |change: &dyn Fn(&mut NewDrill)| {
            let mut wanted = wanted("malware");
            change(&mut wanted);
            wanted
        };
        for (field, wanted) in [
            ("playbook", bad(&|w| w.playbook = "no_such".to_owned())),
            ("organisation", bad(&|w| w.organisation = String::new())),
            ("scenario", bad(&|w| w.scenario = " ".to_owned())),
            ("speed", bad(&|w| w.speed = 601)),
            ("speed", bad(&|w| w.speed = -1)),
            ("channels", bad(&|w| w.channels = "loud".to_owned())),
            ("partners", bad(&|w| w.partners = vec!["vnpt".to_owned()])),
            ("partners", bad(&|w| w.partners = vec!["nobody".to_owned()])),
        ] {
            match start(&stage.office, &desk, wanted, None).await {
                Err(Error::Refused(Refusal::Fields(fields))) => {
                    assert!(fields.iter().any(|one| one.field == field), "{field}: {fields:?}");
                }
                other => panic!("{field}: {other:?}"),
            }
        }
        assert_eq!(stage.count("incidents").await, 0);
        // The same form twice is one drill.
        let key = Some("nonce".to_owned());
        let first = start(&stage.office, &desk, wanted("malware"), key.clone()).await.unwrap();
        let second = start(&stage.office, &desk, wanted("malware"), key).await.unwrap();
        assert_eq!(first.code, second.code);
        assert_eq!(stage.count("drills").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn a_faster_drill_escalates_and_falls_due_faster() {
    on_each(|stage| async move {
        stage.province().await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let mut wanted = wanted("ransomware");
        wanted.speed = 60;
        let started = start(&stage.office, &desk, wanted, None).await.unwrap();
        let view = incident_view::one(&stage.office, &desk, &started.code).await.unwrap();
        let contain = view.tasks.first().expect("the first task");
        let due = contain.due_at.expect("due") - stage.clock.now();
        assert_eq!(due.num_seconds(), 60, "an hour at sixty times the speed");
        let told =
            |rows: &[Delivery], who: &str| rows.iter().filter(|row| row.address == who).count();
        let coordinator = "coordinator@so-ttt.example";
        let before = told(&letters_of(&stage, &started.code).await, coordinator);
        pass(&stage, Duration::seconds(14)).await;
        assert_eq!(told(&letters_of(&stage, &started.code).await, coordinator), before);
        pass(&stage, Duration::seconds(1)).await;
        assert_eq!(told(&letters_of(&stage, &started.code).await, coordinator), before + 1);
        pass(&stage, Duration::seconds(15)).await;
        assert!(told(&letters_of(&stage, &started.code).await, "leader@so-ttt.example") > 0);
    })
    .await;
}

/// Triages and answers every task and question that is open, as often as new ones come.
async fn play(stage: &Stage, code: &str, say: &str) {
    let desk = stage.as_person("coordinator@so-ttt.example").await;
    let leader = stage.as_person("leader@so-ttt.example").await;
    let head = stage.as_person("unit_head@xa-b.example").await;
    for _ in 0..20 {
        let view = incident_view::one(&stage.office, &desk, code).await.unwrap();
        let open: Vec<_> = view
            .tasks
            .iter()
            .filter(|task| task.state == crate::domain::words::TaskState::Open)
            .collect();
        if open.is_empty() {
            break;
        }
        for task in open {
            let settle = |state: &str| Settle {
                state: state.to_owned(),
                note: "Diễn tập".to_owned(),
                version: None,
            };
            let state = if task.question { say } else { "skipped" };
            for ctx in [&desk, &leader, &head] {
                match tasks::settle(&stage.office, ctx, code, task.id, settle(state)).await {
                    Ok(_) => break,
                    Err(Error::Refused(Refusal::NotAllowed) | Error::Stale { .. }) => {}
                    Err(why) => panic!("{}: {why:?}", task.text),
                }
            }
        }
        stage.clock.pass(Duration::seconds(5));
    }
}

#[actix_web::test]
async fn who_takes_no_part_is_played_and_gets_nothing() {
    on_each(|stage| async move {
        stage.province().await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        // Real channels, and only VNPT takes part: the police do not.
        let mut wanted = wanted("malware");
        wanted.channels = "real".to_owned();
        wanted.partners = vec!["vnpt".to_owned()];
        let started = start(&stage.office, &desk, wanted, None).await.unwrap();
        let code = started.code.clone();
        assert!(letters_of(&stage, &code).await.iter().all(|row| !row.kept), "the province's own");
        acknowledge(&stage.office, &desk, &code).await.unwrap();
        let crime = Triage { signs_of_crime: Some(true), ..Triage::default() };
        triage::triage(&stage.office, &desk, &code, crime).await.unwrap();
        play(&stage, &code, "yes").await;
        let view = incident_view::one(&stage.office, &desk, &code).await.unwrap();
        let asked: Vec<&str> = view.dispatches.iter().map(|one| one.to.key.as_str()).collect();
        assert!(!asked.contains(&"cat") && asked.contains(&"so-ttt"), "{asked:?}");
        let rows = letters_of(&stage, &code).await;
        let outside: Vec<&Delivery> = rows
            .iter()
            .filter(|row| row.address.ends_with("@cat.example"))
            .filter(|row| !row.kept && row.status != DeliveryStatus::Skipped)
            .collect();
        assert!(outside.is_empty(), "{outside:?}");
        // By hand the same holds.
        let by_hand = |to: &str| NewDispatch {
            to: to.to_owned(),
            kind: "support".to_owned(),
            ground: "Điều 11.2".to_owned(),
            content: "Đề nghị phối hợp".to_owned(),
            ..NewDispatch::default()
        };
        let refused = send(&stage.office, &desk, &code, by_hand("viettel"), None).await;
        let Err(Error::Refused(Refusal::Fields(fields))) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].key, "field-drill-partner");
        send(&stage.office, &desk, &code, by_hand("vnpt"), None).await.unwrap();
        let rows = letters_of(&stage, &code).await;
        assert!(rows.iter().any(|row| row.address.ends_with("@vnpt.example") && !row.kept));
    })
    .await;
}

#[actix_web::test]
async fn the_report_says_who_answered_when_and_by_how_much_too_late() {
    on_each(|stage| async move {
        stage.province().await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let mut fast = wanted("malware");
        fast.speed = 10;
        let started = start(&stage.office, &desk, fast, None).await.unwrap();
        let code = started.code.clone();
        // Fifteen minutes of the playbook are ninety seconds; the answer comes after a hundred.
        pass(&stage, Duration::seconds(100)).await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        acknowledge(&stage.office, &desk, &code).await.unwrap();
        let seen = view(&stage.office, &desk, &code).await.unwrap();
        assert!(seen.may_end && seen.line.ended_at.is_none());
        let receive = seen.steps.iter().find(|line| line.step == "receive").expect("the first");
        assert_eq!((receive.kind, receive.outcome), ("acknowledge", "done"));
        assert_eq!(receive.by, "coordinator so-ttt");
        assert_eq!(receive.late_seconds, Some(10));
        assert_eq!(receive.late_seconds_of_playbook, Some(100));
        assert!(!receive.people.is_empty() && receive.roles == ["duty_officer"]);
        assert!(seen.counts.late >= 1, "{:?}", seen.counts);
        let verify = seen.steps.iter().find(|line| line.step == "verify").expect("given");
        assert_eq!((verify.outcome, verify.answered_at), ("open", None));

        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        assert!(!view(&stage.office, &duty, &code).await.unwrap().may_end);
        let refused = end(&stage.office, &duty, &code, String::new(), false).await.unwrap_err();
        assert_eq!(refused.face().0, 403);
        let words = "Trực ban cần gọi lại sớm hơn.".to_owned();
        end(&stage.office, &desk, &code, words.clone(), false).await.unwrap();
        let seen = view(&stage.office, &desk, &code).await.unwrap();
        assert!(!seen.may_end && seen.line.ended_at.is_some());
        assert_eq!((seen.ending, seen.state), (words, State::Closed));
        assert_eq!(seen.ended_by, "coordinator so-ttt");
        assert!(seen.steps.iter().all(|line| line.outcome != "open"), "nothing waits any more");
        for kind in ["timers where kind = 'run'", "timers where kind = 'clock'"] {
            assert_eq!(stage.count(kind).await, 0, "{kind}");
        }
        let twice = end(&stage.office, &desk, &code, String::new(), false).await.unwrap_err();
        assert_eq!(twice.face().0, 409);
        let closing = letters_of(&stage, &code).await;
        assert!(closing.iter().any(|row| row.purpose == "closing" && row.kept));

        let page = list(&stage.office, &duty, "", 50).await.unwrap();
        assert_eq!((page.items.len(), page.next), (1, None));
        let clerk = stage.as_person("it_officer@xa-b.example").await;
        assert!(list(&stage.office, &clerk, "", 50).await.is_err());
        assert_eq!(view(&stage.office, &clerk, &code).await.unwrap_err().face().0, 404);
    })
    .await;
}

#[actix_web::test]
async fn letters_kept_are_read_by_who_leads_the_drill_alone_and_real_incidents_are_no_drills() {
    on_each(|stage| async move {
        stage.province().await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let started = start(&stage.office, &desk, wanted("phishing"), None).await.unwrap();
        let rows = letters_of(&stage, &started.code).await;
        let delivery = rows.first().expect("a letter").clone();
        let kept = crate::records::Kept {
            id: Id::new(stage.clock.now()),
            delivery_id: delivery.id,
            at: stage.clock.now(),
            channel: delivery.channel,
            recipient: delivery.address.clone(),
            recipient_name: delivery.recipient_name.clone(),
            subject: "[DIỄN TẬP] Thử".to_owned(),
            text: "Nội dung".to_owned(),
            html: String::new(),
            links: "[]".to_owned(),
            buttons: "[]".to_owned(),
        };
        stage.office.db.write(move |tx| engine::keep(tx, &kept)).await.unwrap();
        let read = letters(&stage.office, &desk, &started.code).await.unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].subject, "[DIỄN TẬP] Thử");
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        assert_eq!(letters(&stage.office, &duty, &started.code).await.unwrap_err().face().0, 403);
        assert_eq!(view(&stage.office, &desk, "SC-2026-999999").await.unwrap_err().face().0, 404);
    })
    .await;
}

#[actix_web::test]
async fn every_shipped_playbook_can_be_played() {
    on_each(|stage| async move {
        stage.province().await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        for (name, _) in playbooks::library() {
            let started = start(&stage.office, &desk, wanted(name), None).await.unwrap();
            let seen = view(&stage.office, &desk, &started.code).await.unwrap();
            assert_eq!(seen.line.playbook, *name);
            assert!(!seen.steps.is_empty(), "{name}");
            end(&stage.office, &desk, &started.code, String::new(), false).await.unwrap();
        }
    })
    .await;
}
