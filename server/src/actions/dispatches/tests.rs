//! Stories of dispatches, on both databases.

use std::sync::Arc;

use chrono::Duration;

use super::*;
use crate::actions::reports::{NewReport, receive};
use crate::clock::Clock;
use crate::domain::words::Channel;
use crate::records::Delivery;
use crate::store::{engine, timeline};
use crate::testing::{Stage, on_each};

const REPORTER: &str = "Nguyễn Thị Thử";
const SECRET_OF_REPORT: &str = "Máy tính của bà Hoàng ở phòng 7";

async fn incident(stage: &Stage) -> String {
    let report = NewReport {
        category: "malware".to_owned(),
        description: format!("{SECRET_OF_REPORT} nối ra 203.0.113.7, hỏi thu@xa-b.example"),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "unit".to_owned(),
        secret: "no".to_owned(),
        contact_name: REPORTER.to_owned(),
        contact_phone: "0009998887".to_owned(),
        contact_email: "thu@xa-b.example".to_owned(),
        ..NewReport::default()
    };
    let through = Some("xa-b".to_owned());
    receive(&stage.office, &stage.nobody(), report, Vec::new(), through, None).await.unwrap().code
}

fn request(to: &str, kind: &str) -> NewDispatch {
    NewDispatch {
        to: to.to_owned(),
        kind: kind.to_owned(),
        ground: "Điều 11.2".to_owned(),
        content: "Chặn địa chỉ 203.0.113.7 và gửi nhật ký".to_owned(),
        accept_by: "2026-11-22T10:00".to_owned(),
        result_by: "2026-11-22T18:00".to_owned(),
        ..NewDispatch::default()
    }
}

fn says(answer: &str, text: &str) -> NewAnswer {
    NewAnswer { answer: answer.to_owned(), text: text.to_owned(), ..NewAnswer::default() }
}

async fn coordinator(stage: &Stage) -> Ctx {
    stage.as_person("coordinator@so-ttt.example").await
}

async fn letters(stage: &Stage, id: DispatchId) -> Vec<Delivery> {
    stage.office.db.read(move |c| engine::deliveries_of_dispatch(c, id)).await.unwrap()
}

/// The token in the newest letter to this address.
async fn token(stage: &Stage, id: DispatchId, to: &str) -> String {
    let rows = letters(stage, id).await;
    let row = rows.iter().rev().find(|row| row.address == to).expect("no letter");
    let (_, rest) = row.letter.split_once("/a/").expect("no link");
    rest.split('"').next().unwrap().to_owned()
}

/// Fires what is due, as the engine does.
async fn fire(stage: &Stage) -> usize {
    let (office, now) = (stage.office.clone(), stage.clock.now());
    let inner = office.clone();
    office
        .write(move |tx| {
            let ctx = Ctx::service("engine", now);
            let mut count = 0;
            for timer in engine::due_timers(tx, now, None, 100)? {
                if engine::claim_timer(tx, &timer)? && timer.kind == DISPATCH {
                    fired(tx, &inner, &ctx, &timer)?;
                    count += 1;
                }
            }
            Ok(count)
        })
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_provider_answers_by_link_and_the_desk_is_told() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent = send(&stage.office, &desk, &code, request("vnpt", "block"), None).await.unwrap();
        assert_eq!(sent.code, "PDP-2026-000001");
        // The liaison by account, the two contacts by link.
        assert_eq!(sent.told.len(), 3);
        let rows = letters(&stage, sent.id).await;
        let account = rows.iter().find(|row| row.address == "liaison@vnpt.example").unwrap();
        assert!(account.letter.contains("/phieu/PDP-2026-000001"));
        assert!(!account.letter.contains("/a/"));
        let (one, two) = (
            token(&stage, sent.id, "chinh@vnpt.example").await,
            token(&stage, sent.id, "du-phong@vnpt.example").await,
        );
        assert_ne!(one, two, "a link each");
        assert!(one.len() >= 43, "256 bits");

        let opened = open(&stage.office, &stage.nobody(), &one).await.unwrap();
        assert_eq!(opened.view.can.answers, ["accept", "refuse", "ask"]);
        let nobody = stage.nobody();
        let link = |given| answer_by_link(&stage.office, &nobody, &one, given, Vec::new());
        let taken = link(says("accept", "")).await.unwrap();
        assert_eq!(taken.state, DispatchState::Accepted);
        assert_eq!(taken.next_due_at, taken.result_by, "the result is due next");
        let again = link(says("accept", "")).await.unwrap_err();
        assert_eq!(again.face(), (409, "dispatch_state"));
        let empty = link(says("done", " ")).await.unwrap_err();
        assert_eq!(empty.face(), (422, "bad_fields"));
        link(says("progress", "Đang chặn trên hai bộ định tuyến")).await.unwrap();
        let done = answer_by_link(
            &stage.office,
            &stage.nobody(),
            &two,
            says("done", "Đã chặn lúc 9 giờ"),
            Vec::new(),
        )
        .await
        .unwrap();
        assert_eq!(done.state, DispatchState::Done);
        assert_eq!(done.next_due_at, None);
        let view = view(&stage.office, &desk, &sent.code).await.unwrap();
        let thread: Vec<_> = view.thread.iter().map(|entry| entry.answer.as_str()).collect();
        assert_eq!(thread, ["accept", "progress", "done"]);
        assert_eq!(view.thread[2].by, "Đầu mối du-phong vnpt");
        assert!(view.can.ask_removal, "a block lives on");
        let told = letters(&stage, sent.id).await;
        for to in ["coordinator@so-ttt.example", "duty_officer@so-ttt.example"] {
            let count = told.iter().filter(|row| row.address == to).count();
            assert_eq!(count, 3, "{to} hears of each answer once");
        }

        stage.clock.pass(Duration::minutes(1));
        let later = Ctx { now: stage.clock.now(), ..desk.clone() };
        ask_removal(&stage.office, &later, &sent.code, "Đã làm sạch".to_owned()).await.unwrap();
        let fresh = token(&stage, sent.id, "chinh@vnpt.example").await;
        assert_ne!(fresh, one);
        let seen = open(&stage.office, &stage.nobody(), &fresh).await.unwrap();
        assert_eq!(seen.view.can.answers, ["removed"]);
        let removed = says("removed", "");
        let lifted = answer_by_link(&stage.office, &stage.nobody(), &fresh, removed, vec![]).await;
        assert_eq!(lifted.unwrap().block_state.map(|block| block.as_word()), Some("removed"));
        assert_eq!(stage.count("dispatch_links").await, 4);
    })
    .await;
}

#[actix_web::test]
async fn a_question_goes_back_and_forth_by_account() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "provide_logs"), None).await.unwrap();
        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let early = reply(&stage.office, &desk, &sent.code, "?".to_owned()).await.unwrap_err();
        assert_eq!(early.face().1, "dispatch_state");
        let asked = says("ask", "Nhật ký của ngày nào?");
        answer(&stage.office, &vnpt, "pdp-2026-1", asked, Vec::new()).await.unwrap();
        let waiting = view(&stage.office, &desk, &sent.id.to_string()).await.unwrap();
        assert!(waiting.can.reply);
        let not_theirs = reply(&stage.office, &vnpt, &sent.code, "x".to_owned()).await.unwrap_err();
        assert_eq!(not_theirs.face(), (403, "not_allowed"));
        let back = reply(&stage.office, &desk, &sent.code, "Từ 20/11".to_owned()).await.unwrap();
        assert_eq!(back.state, DispatchState::Sent);
        let said = NewAnswer { key: Some("nonce".to_owned()), ..says("accept", "") };
        for _ in 0..2 {
            // The second is the first again, and no second answer.
            let again = said.clone();
            let taken = answer(&stage.office, &vnpt, &sent.code, again, Vec::new()).await.unwrap();
            assert_eq!(taken.state, DispatchState::Accepted);
        }
        let asked = says("ask", "Gửi bằng cách nào?");
        answer(&stage.office, &vnpt, &sent.code, asked, Vec::new()).await.unwrap();
        let back = reply(&stage.office, &desk, &sent.code, "Qua phiếu".to_owned()).await.unwrap();
        assert_eq!(back.state, DispatchState::Accepted, "back to where it was");
        let by_desk = answer(&stage.office, &desk, &sent.code, says("done", "x"), Vec::new()).await;
        assert_eq!(by_desk.unwrap_err().face(), (403, "not_allowed"));
    })
    .await;
}

#[actix_web::test]
async fn of_two_answers_at_once_one_wins() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let token = token(&stage, sent.id, "chinh@vnpt.example").await;
        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let nobody = stage.nobody();
        let refused = says("refuse", "Không thuộc mạng của chúng tôi");
        let (one, two) = tokio::join!(
            answer_by_link(&stage.office, &nobody, &token, says("accept", ""), Vec::new()),
            answer(&stage.office, &vnpt, &sent.code, refused, Vec::new()),
        );
        assert_ne!(one.is_ok(), two.is_ok(), "one of them: {one:?} {two:?}");
        let why = one.err().or(two.err()).unwrap();
        assert_eq!(why.face(), (409, "dispatch_state"));
        assert_eq!(stage.count("dispatch_entries").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn whatever_is_wrong_with_a_link_the_answer_is_the_same() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let good = token(&stage, sent.id, "chinh@vnpt.example").await;
        let other = send(&stage.office, &desk, &code, request("viettel", "handle"), None).await;
        let other = other.unwrap();
        let revoked = token(&stage, other.id, "chinh@viettel.example").await;
        cancel(&stage.office, &desk, &other.code, "Gửi nhầm".to_owned(), None).await.unwrap();
        for row in letters(&stage, other.id).await {
            assert!(!row.letter.contains("/a/"), "a withdrawn letter keeps no link: {row:?}");
        }

        let other_end = if good.ends_with('A') { 'E' } else { 'A' };
        let forged = format!("{}{other_end}", &good[..good.len() - 1]);
        for bad in ["", "a", "%", "*", &forged, &good.to_uppercase(), &revoked] {
            let opened = open(&stage.office, &stage.nobody(), bad).await.unwrap_err();
            assert_eq!(opened.face(), (410, "link_not_valid"), "{bad}");
            let said = says("accept", "");
            let answered =
                answer_by_link(&stage.office, &stage.nobody(), bad, said, Vec::new()).await;
            assert_eq!(answered.unwrap_err().face(), (410, "link_not_valid"), "{bad}");
        }
        assert!(open(&stage.office, &stage.nobody(), &good).await.is_ok());
        stage.clock.pass(Duration::days(14) + Duration::seconds(1));
        let late = open(&stage.office, &stage.nobody(), &good).await.unwrap_err();
        assert_eq!(late.face(), (410, "link_not_valid"));
        // The desk sends it again: the new link works, the old one stays dead.
        remind(&stage.office, &Ctx { now: stage.clock.now(), ..desk }, &sent.code).await.unwrap();
        let fresh = token(&stage, sent.id, "chinh@vnpt.example").await;
        assert!(open(&stage.office, &stage.nobody(), &fresh).await.is_ok());
        assert!(open(&stage.office, &stage.nobody(), &good).await.is_err());
        assert_eq!(stage.count("dispatch_entries").await, 2, "the withdrawal and the reminder");
    })
    .await;
}

#[actix_web::test]
async fn a_contact_who_left_has_no_link_any_more() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let token = token(&stage, sent.id, "chinh@vnpt.example").await;
        let now = stage.clock.now();
        stage
            .office
            .db
            .write(move |tx| {
                use crate::store::schema::contact_points::dsl;
                use diesel::prelude::*;
                diesel::update(dsl::contact_points.filter(dsl::email.eq("chinh@vnpt.example")))
                    .set(dsl::valid_to.eq(Some(now)))
                    .execute(tx)?;
                Ok(())
            })
            .await
            .unwrap();
        let gone = open(&stage.office, &stage.nobody(), &token).await.unwrap_err();
        assert_eq!(gone.face(), (410, "link_not_valid"));
    })
    .await;
}

#[actix_web::test]
async fn nobody_sees_a_dispatch_that_is_not_theirs() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let sees = [
            ("liaison@vnpt.example", true),
            ("liaison@viettel.example", false),
            ("police_liaison@cat.example", false),
            ("coordinator@so-ttt.example", true),
            ("duty_officer@so-ttt.example", true),
            ("leader@so-ttt.example", true),
            ("responder@so-ttt.example", false),
            ("auditor@so-ttt.example", false),
            ("admin@so-ttt.example", false),
            ("unit_head@xa-b.example", true),
            ("it_officer@xa-b.example", true),
            ("unit_head@huyen-a.example", true),
            ("unit_head@xa-c.example", false),
            ("reporter@xa-b.example", false),
        ];
        for (email, seen) in sees {
            let ctx = stage.as_person(email).await;
            let outcome = view(&stage.office, &ctx, &sent.code).await;
            assert_eq!(outcome.is_ok(), seen, "{email}");
            if let Err(why) = outcome {
                assert_eq!(why.face(), (404, "not_found"), "{email}");
                for answered in [
                    answer(&stage.office, &ctx, &sent.code, says("accept", ""), vec![]).await,
                    cancel(&stage.office, &ctx, &sent.code, "x".to_owned(), None).await,
                    reply(&stage.office, &ctx, &sent.code, "x".to_owned()).await,
                    remind(&stage.office, &ctx, &sent.code).await,
                ] {
                    assert_eq!(answered.unwrap_err().face(), (404, "not_found"), "{email}");
                }
            }
        }
        let wanted = Wanted { limit: 50, ..Wanted::default() };
        let other = stage.as_person("liaison@viettel.example").await;
        assert!(list(&stage.office, &other, wanted).await.unwrap().items.is_empty());
        let own = stage.as_person("liaison@vnpt.example").await;
        assert_eq!(list(&stage.office, &own, wanted).await.unwrap().items.len(), 1);
        let none = stage.as_person("reporter@xa-b.example").await;
        assert!(list(&stage.office, &none, wanted).await.is_err());
    })
    .await;
}

#[actix_web::test]
async fn a_provider_never_learns_who_reported_nor_what_the_report_says() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let token = token(&stage, sent.id, "chinh@vnpt.example").await;
        let seen = view(&stage.office, &vnpt, &sent.code).await.unwrap();
        let linked = open(&stage.office, &stage.nobody(), &token).await.unwrap().view;
        assert!(seen.incident.is_some());
        assert_eq!(seen.indicators.len(), 1, "the address of the reporter is no indicator");
        let mut all = serde_json::to_string(&seen).unwrap();
        all += &serde_json::to_string(&linked).unwrap();
        for row in letters(&stage, sent.id).await {
            all += &row.letter;
        }
        for private in [REPORTER, SECRET_OF_REPORT, "thu@xa-b", "0009998887"] {
            assert!(!all.contains(private), "{private}");
        }
    })
    .await;
}

#[actix_web::test]
async fn tlp_decides_who_may_be_asked_and_what_is_shown() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let closed = NewDispatch { tlp: "RED".to_owned(), ..request("vnpt", "handle") };
        let no = send(&stage.office, &desk, &code, closed.clone(), None).await.unwrap_err();
        assert_eq!(no.face(), (422, "tlp_forbids"));
        assert!(matches!(no, Error::Refused(Refusal::TlpForbids { recipient })
            if recipient == "Đơn vị vnpt"));
        assert_eq!(stage.count("dispatches").await, 0);
        let police = NewDispatch { to: "cat".to_owned(), ..closed };
        let referred = send(&stage.office, &desk, &code, police, None).await.unwrap();
        // RED is above the ceiling of mail: no content, no title, the link only.
        for row in letters(&stage, referred.id).await.iter().filter(|r| r.channel == Channel::Mail)
        {
            assert!(!row.letter.contains("203.0.113.7"), "{}", row.letter);
        }

        // The incident closes up after the dispatch went out: its facts go, the dispatch stays.
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let raised = code.clone();
        stage
            .office
            .db
            .write(move |tx| {
                let number = raised.rsplit('-').next().unwrap().parse().unwrap();
                let mut incident = incidents::find_by_number(tx, number)?;
                incident.tlp = Tlp::Red;
                incidents::save(tx, &incident)
            })
            .await
            .unwrap();
        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let seen = view(&stage.office, &vnpt, &sent.code).await.unwrap();
        assert_eq!(seen.incident, None);
        assert!(seen.indicators.is_empty());
        assert!(!serde_json::to_string(&seen).unwrap().contains(&code));
        assert_eq!(seen.content, "Chặn địa chỉ 203.0.113.7 và gửi nhật ký");
        let wanted = Wanted { limit: 10, ..Wanted::default() };
        assert_eq!(list(&stage.office, &vnpt, wanted).await.unwrap().items[0].incident, None);
        assert!(view(&stage.office, &desk, &sent.code).await.unwrap().incident.is_some());
    })
    .await;
}

#[actix_web::test]
async fn what_only_the_police_read_is_read_by_the_police_only() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let wrong = NewDispatch { police_only: true, ..request("vnpt", "investigate") };
        let no = send(&stage.office, &desk, &code, wrong, None).await.unwrap_err();
        assert_eq!(no.face(), (422, "bad_fields"));
        let alone = NewDispatch { police_only: true, ..request("cat", "investigate") };
        let sent = send(&stage.office, &desk, &code, alone, None).await.unwrap();
        let police = stage.as_person("police_liaison@cat.example").await;
        answer(&stage.office, &police, &sent.code, says("accept", "CANARY-1"), vec![])
            .await
            .unwrap();
        answer(&stage.office, &police, &sent.code, says("progress", "CANARY-2"), vec![])
            .await
            .unwrap();
        let own = view(&stage.office, &police, &sent.code).await.unwrap();
        assert!(serde_json::to_string(&own).unwrap().contains("CANARY-2"));
        let theirs = view(&stage.office, &desk, &sent.code).await.unwrap();
        assert_eq!(theirs.state, DispatchState::InProgress, "the desk sees the state");
        assert!(theirs.thread.iter().all(|entry| entry.hidden));
        assert!(!serde_json::to_string(&theirs).unwrap().contains("CANARY"));
        for email in ["unit_head@xa-b.example", "it_officer@xa-b.example"] {
            let ctx = stage.as_person(email).await;
            assert!(view(&stage.office, &ctx, &sent.code).await.is_err(), "{email}");
        }
        for row in letters(&stage, sent.id).await {
            assert!(!row.letter.contains("CANARY"), "{}", row.address);
            assert!(!row.letter.contains("203.0.113.7"), "no content in any letter");
        }
        let number = code.rsplit('-').next().unwrap().parse().unwrap();
        let read = |audiences: &'static [Audience]| {
            let office = stage.office.clone();
            async move {
                let entries = office
                    .db
                    .read(move |c| {
                        let id = incidents::find_by_number(c, number)?.id;
                        timeline::list(c, id, audiences, None, 100)
                    })
                    .await
                    .unwrap();
                entries.iter().map(|e| format!("{}|{};", e.kind, e.text)).collect::<String>()
            }
        };
        let desk_reads = read(&[Audience::Everyone, Audience::Coordination]).await;
        assert!(!desk_reads.contains("CANARY"));
        assert!(desk_reads.contains("dispatch_answered"), "the desk sees that an answer came");
        assert!(!read(&[Audience::Everyone]).await.contains("dispatch"));
        assert!(read(&[Audience::Police]).await.contains("CANARY-1"));
        assert_eq!(stage.count("audit where action = 'dispatch.seen'").await, 2);
    })
    .await;
}

#[actix_web::test]
async fn silence_is_reminded_then_told_to_the_next_level_once() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        crate::actions::incidents::acknowledge(&stage.office, &duty, &code).await.unwrap();
        // Nothing else of this incident is due, so that its place shows the dispatch alone.
        stage
            .office
            .db
            .write(|tx| {
                use crate::store::schema::{clocks, tasks};
                use diesel::prelude::*;
                diesel::update(tasks::table).set(tasks::state.eq("done")).execute(tx)?;
                diesel::update(clocks::table)
                    .set(clocks::stopped_at.eq(clocks::started_at.nullable()))
                    .execute(tx)?;
                Ok(())
            })
            .await
            .unwrap();
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let purposes = |rows: &[Delivery], purpose: &str| -> Vec<String> {
            let of = rows.iter().filter(|row| row.purpose == purpose);
            of.map(|row| row.address.clone()).collect()
        };
        stage.clock.pass(Duration::minutes(95));
        assert_eq!(fire(&stage).await, 0);
        stage.clock.pass(Duration::minutes(1));
        assert_eq!(fire(&stage).await, 1, "80 % of two hours");
        let rows = letters(&stage, sent.id).await;
        assert_eq!(purposes(&rows, "dispatch_reminder").len(), 3);
        stage.clock.pass(Duration::minutes(24));
        assert_eq!(fire(&stage).await, 1, "the time to accept passed");
        assert_eq!(fire(&stage).await, 0, "once");
        let rows = letters(&stage, sent.id).await;
        assert_eq!(purposes(&rows, "dispatch_late"), ["du-phong@vnpt.example"]);
        assert_eq!(stage.count("audit where action = 'dispatch.overdue'").await, 1);
        let told = purposes(&rows, "dispatch_overdue");
        assert!(told.contains(&"coordinator@so-ttt.example".to_owned()), "{told:?}");
        let late = view(&stage.office, &desk, &sent.code).await.unwrap();
        assert!(late.overdue && late.state == DispatchState::Sent);
        let wanted = Wanted { overdue: true, limit: 10, ..Wanted::default() };
        assert_eq!(list(&stage.office, &desk, wanted).await.unwrap().items.len(), 1);
        let number = code.rsplit('-').next().unwrap().parse().unwrap();
        let rank = |stage: Arc<Stage>| async move {
            let found = stage.office.db.read(move |c| incidents::find_by_number(c, number)).await;
            found.unwrap().queue_rank
        };
        assert_eq!(rank(Arc::clone(&stage)).await, 1, "the incident is overdue");

        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let taken = answer(&stage.office, &vnpt, &sent.code, says("accept", ""), vec![]).await;
        let taken = taken.unwrap();
        assert!(!taken.overdue);
        assert_eq!(taken.next_due_at, taken.result_by);
        assert_eq!(rank(Arc::clone(&stage)).await, 2, "in hand again");
        stage.clock.pass(Duration::hours(9));
        assert_eq!(fire(&stage).await, 2, "the warning and the result's time");
        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let done = says("done", "Đã xử lý");
        answer(&stage.office, &vnpt, &sent.code, done, Vec::new()).await.unwrap();
        let wanted = Wanted { overdue: true, limit: 10, ..Wanted::default() };
        assert!(list(&stage.office, &desk, wanted).await.unwrap().items.is_empty());
        assert_eq!(stage.count("timers where kind = 'dispatch'").await, 0);
    })
    .await;
}

#[actix_web::test]
async fn bad_words_are_told_and_change_nothing() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let fields = |wanted: NewDispatch| {
            let (stage, desk, code) = (Arc::clone(&stage), desk.clone(), code.clone());
            async move {
                match send(&stage.office, &desk, &code, wanted, None).await {
                    Err(Error::Refused(Refusal::Fields(bad))) => {
                        bad.iter().map(|bad| bad.field).collect::<Vec<_>>()
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        let good = || request("vnpt", "handle");
        let empty = fields(NewDispatch::default()).await;
        assert_eq!(empty, ["to", "ground", "content", "kind"]);
        for (bad, field) in [
            (NewDispatch { to: "nobody".to_owned(), ..good() }, "to"),
            (NewDispatch { kind: "shoot".to_owned(), ..good() }, "kind"),
            (NewDispatch { tlp: "amber".to_owned(), ..good() }, "tlp"),
            (NewDispatch { accept_by: "2026-11-21T08:00".to_owned(), ..good() }, "accept_by"),
            (NewDispatch { accept_by: "mai".to_owned(), ..good() }, "accept_by"),
            (NewDispatch { result_by: "2026-11-22T09:00".to_owned(), ..good() }, "result_by"),
            (NewDispatch { result_by: "2036-11-22T09:00".to_owned(), ..good() }, "result_by"),
            (NewDispatch { content: "x".repeat(10_001), ..good() }, "content"),
            (NewDispatch { content: "a\u{0}b".to_owned(), ..good() }, "content"),
            (NewDispatch { ground: "Điều 9\r\nBcc: x@y.example".to_owned(), ..good() }, "ground"),
            (NewDispatch { content: "Công văn\nMẬT\n…".to_owned(), ..good() }, "secret_confirmed"),
        ] {
            assert_eq!(fields(bad).await, [field]);
        }
        let stale = NewDispatch { version: Some(99), ..good() };
        let stale = send(&stage.office, &desk, &code, stale, None).await.unwrap_err();
        assert_eq!(stale.face().0, 409);
        let vnpt = stage.as_person("liaison@vnpt.example").await;
        let unseen = send(&stage.office, &vnpt, &code, good(), None).await.unwrap_err();
        assert_eq!(unseen.face(), (404, "not_found"), "a provider sees no incident");
        let head = stage.as_person("unit_head@xa-b.example").await;
        let no = send(&stage.office, &head, &code, good(), None).await.unwrap_err();
        assert_eq!(no.face(), (403, "not_allowed"));
        assert_eq!(stage.count("dispatches").await, 0);
        assert_eq!(stage.count("dispatch_links").await, 0);

        // Line breaks and headers in the content stay in the body; subjects have one line.
        let odd = NewDispatch {
            content: "Dòng một\r\nBcc: x@y.example\n<script>alert(1)</script>".to_owned(),
            ..good()
        };
        let sent = send(&stage.office, &desk, &code, odd, None).await.unwrap();
        for row in letters(&stage, sent.id).await {
            let letter: notify::Letter = serde_json::from_str(&row.letter).unwrap();
            assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
            assert!(!letter.subject.contains("Bcc"));
            assert!(letter.paragraphs.iter().any(|text| text.contains("Bcc: x@y.example")));
        }
    })
    .await;
}

#[actix_web::test]
async fn a_repeated_submission_is_one_dispatch_and_open_times_come_from_the_regime() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let open_times = NewDispatch {
            accept_by: String::new(),
            result_by: String::new(),
            ..request("vnpt", "handle")
        };
        let key = Some("nonce".to_owned());
        let one = send(&stage.office, &desk, &code, open_times.clone(), key.clone()).await.unwrap();
        let two = send(&stage.office, &desk, &code, open_times, key.clone()).await.unwrap();
        assert_eq!(one, two);
        assert_eq!(stage.count("dispatches").await, 1);
        let other = send(&stage.office, &desk, &code, request("cat", "handle"), key).await;
        assert_eq!(other.unwrap_err().face(), (422, "key_reused"));
        let seen = view(&stage.office, &desk, &one.code).await.unwrap();
        let now = stage.clock.now();
        assert_eq!(seen.accept_by, Some(now + Duration::hours(2)));
        assert_eq!(seen.result_by, Some(now + Duration::hours(24)));
        let national = send(&stage.office, &desk, &code, request("vncert", "support"), None).await;
        assert_eq!(national.unwrap().told.len(), 2);
    })
    .await;
}

#[actix_web::test]
async fn withdrawing_ends_links_timers_and_what_has_not_left() {
    on_each(|stage| async move {
        stage.province().await;
        let code = incident(&stage).await;
        let desk = coordinator(&stage).await;
        let sent =
            send(&stage.office, &desk, &code, request("vnpt", "handle"), None).await.unwrap();
        let none = cancel(&stage.office, &desk, &sent.code, " ".to_owned(), None).await;
        assert_eq!(none.unwrap_err().face(), (422, "bad_fields"));
        let stale = cancel(&stage.office, &desk, &sent.code, "x".to_owned(), Some(7)).await;
        assert_eq!(stale.unwrap_err().face(), (409, "stale"));
        cancel(&stage.office, &desk, &sent.code, "Gửi nhầm".to_owned(), Some(1)).await.unwrap();
        let twice = cancel(&stage.office, &desk, &sent.code, "x".to_owned(), None).await;
        assert_eq!(twice.unwrap_err().face(), (409, "dispatch_state"));
        let rows = letters(&stage, sent.id).await;
        for row in rows.iter().filter(|row| row.purpose == "dispatch") {
            assert_eq!(row.status.as_word(), "skipped");
            assert_eq!(row.last_error.as_deref(), Some("obstacle-withdrawn"));
        }
        assert_eq!(rows.iter().filter(|row| row.purpose == "dispatch_cancelled").count(), 3);
        assert_eq!(stage.count("timers where kind = 'dispatch'").await, 0);
        assert_eq!(stage.count("dispatch_links where revoked_at is null").await, 0);
    })
    .await;
}
