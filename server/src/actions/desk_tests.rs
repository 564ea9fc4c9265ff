//! The desk's verbs on both databases: the whole path, who may what on whose incident, two people
//! at once, merging and back, the search, the pages of the queue.

use std::collections::BTreeSet;

use super::clocks::{self, Meet};
use super::closing::{Close, close};
use super::dispatches::{self, NewDispatch};
use super::incident_view::{self, IncidentView};
use super::linking::{self, Merge, NewLink};
use super::members::{self, ChangeMember};
use super::notes::{self, NewNote};
use super::queue::{self, Query};
use super::reports::receive;
use super::states::{self, ChangeState, Lead};
use super::tasks::{self, NewTask, Settle};
use super::told;
use super::triage::{self, Because, Triage};
use super::{Ctx, incidents};
use crate::domain::words::State;
use crate::error::{Error, Result};
use crate::testing::reports::typed;
use crate::testing::{Stage, on_each};

const UNIT: &str = "xa-b";

async fn reported(stage: &Stage, unit: &str, description: &str) -> String {
    let unit = Some(unit.to_owned());
    let ctx = stage.nobody();
    receive(&stage.office, &ctx, typed(description), Vec::new(), unit, None).await.unwrap().code
}

async fn view(stage: &Stage, ctx: &Ctx, code: &str) -> IncidentView {
    incident_view::one(&stage.office, ctx, code).await.unwrap()
}

async fn step(stage: &Stage, ctx: &Ctx, code: &str, to: &str) -> Result<()> {
    let wanted =
        ChangeState {
            to: to.to_owned(), reason: "Xong bước trước".to_owned(), version: None
        };
    states::change(&stage.office, ctx, code, wanted).await.map(|_| ())
}

fn facts(ended: &str) -> Close {
    Close {
        response_ended_at: ended.to_owned(),
        summary: "Đã gỡ mã độc, khôi phục từ bản sao lưu.".to_owned(),
        lessons: "Tập huấn nhận biết thư giả mạo.".to_owned(),
        ..Close::default()
    }
}

fn because(reason: &str) -> Because {
    Because { reason: reason.to_owned(), version: None }
}

fn code_of<T: std::fmt::Debug>(outcome: Result<T>) -> (u16, &'static str) {
    outcome.unwrap_err().face()
}

#[actix_web::test]
async fn the_path_from_the_report_to_the_closed_and_reopened_case() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let code = reported(&stage, UNIT, "Thư giả mạo từ hxxp://xau[.]example/a").await;
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        incidents::acknowledge(office, &duty, &code).await.unwrap();
        let wanted = Triage {
            category: Some("malware".to_owned()),
            priority: Some("urgent".to_owned()),
            beyond_capacity: Some(true),
            version: Some(view(&stage, &desk, &code).await.version),
            ..Triage::default()
        };
        triage::triage(office, &desk, &code, wanted).await.unwrap();
        let seen = view(&stage, &desk, &code).await;
        assert_eq!((seen.state, seen.priority.as_word()), (State::Verifying, "urgent"));
        assert_eq!(seen.lead.map(|who| who.email), Some("coordinator@so-ttt.example".to_owned()));
        assert!(seen.clocks.iter().any(|clock| clock.kind == "initial_beyond_capacity"));
        assert_eq!(seen.next_states, [State::Containing]);
        assert_eq!(seen.indicators[0].value, "hxxp://xau[.]example/a");

        // Only the body that decides says "serious", with the number of its decision.
        let serious = |decision: Option<&str>| Triage {
            legal_class: Some("serious".to_owned()),
            legal_decision: decision.map(str::to_owned),
            ..Triage::default()
        };
        let number = Some("12/QĐ-BCĐ");
        let early = triage::triage(office, &desk, &code, serious(number)).await;
        assert_eq!(code_of(early), (403, "not_allowed"));
        assert_eq!(code_of(triage::triage(office, &leader, &code, serious(None)).await).0, 422);
        triage::triage(office, &leader, &code, serious(number)).await.unwrap();
        let more = Triage { priority: Some("low".to_owned()), ..Triage::default() };
        assert_eq!(code_of(triage::triage(office, &leader, &code, more).await).0, 403);

        let task = NewTask {
            role: "it_officer".to_owned(),
            text: "Chụp màn hình".to_owned(),
            evidence: "required".to_owned(),
            ..NewTask::default()
        };
        let task = tasks::add(office, &desk, &code, task).await.unwrap();
        let done = || Settle { state: "done".to_owned(), ..Settle::default() };
        let skipped = || Settle {
            state: "skipped".to_owned(),
            note: "Máy đã cài lại".to_owned(),
            version: None,
        };
        let it = stage.as_person("it_officer@xa-b.example").await;
        assert_eq!(
            code_of(tasks::settle(office, &it, &code, task.id, done()).await).1,
            "not_ready"
        );
        assert_eq!(code_of(tasks::settle(office, &it, &code, task.id, skipped()).await).0, 403);

        assert_eq!(code_of(step(&stage, &desk, &code, "recovering").await).1, "wrong_state");
        assert_eq!(code_of(step(&stage, &desk, &code, "closed").await).1, "wrong_state");
        for to in ["containing", "eradicating", "recovering", "reviewing"] {
            step(&stage, &desk, &code, to).await.unwrap();
        }
        let back = ChangeState { to: "containing".to_owned(), ..ChangeState::default() };
        assert_eq!(code_of(states::change(office, &desk, &code, back).await).0, 422);

        let ended = "2026-11-22T08:00";
        assert_eq!(code_of(close(office, &desk, &code, facts(ended)).await).1, "closer_led");
        // Giving the lead away does not undo having led.
        let other = Lead { account: "duty_officer@so-ttt.example".to_owned(), version: None };
        states::lead(office, &desk, &code, other).await.unwrap();
        assert_eq!(code_of(close(office, &desk, &code, facts(ended)).await).1, "closer_led");
        assert_eq!(code_of(close(office, &leader, &code, facts(ended)).await).1, "not_ready");
        tasks::settle(office, &desk, &code, task.id, skipped()).await.unwrap();
        for wrong in ["", "hôm qua", "2026-11-23T08:00", "2026-11-22T07:00"] {
            assert_eq!(
                code_of(close(office, &leader, &code, facts(wrong)).await).0,
                422,
                "{wrong}"
            );
        }
        let due = "timers where kind = 'task'";
        let late = NewTask {
            role: "it_officer".to_owned(),
            text: "Viết báo cáo".to_owned(),
            due: "2026-11-23T08:00".to_owned(),
            ..NewTask::default()
        };
        let others = stage.count(due).await;
        tasks::add(office, &desk, &code, late).await.unwrap();
        assert_eq!(stage.count(due).await, others + 1);
        close(office, &leader, &code, facts(ended)).await.unwrap();
        assert_eq!(stage.count(due).await, 0, "nobody is told that it is due");

        let over = view(&stage, &leader, &code).await;
        assert_eq!(over.state, State::Closed);
        assert_eq!(over.closings.len(), 1);
        assert!(over.clocks.iter().all(|clock| clock.stopped_at.is_some()));
        assert!(over.clocks.iter().any(|clock| clock.kind == "closing_report"));
        let ledger = told::messages(office, &desk, &code, String::new(), 200).await.unwrap().items;
        let who = |purpose: &str| -> BTreeSet<String> {
            let of = ledger.iter().filter(|message| message.purpose == purpose);
            of.map(|message| message.recipient.clone()).collect()
        };
        assert!(who("opening").contains("unit_head@xa-b.example"));
        let at_the_end = who("closing");
        assert!(who("opening").is_subset(&at_the_end), "{at_the_end:?}");
        assert!(who("acknowledge").is_subset(&at_the_end), "{at_the_end:?}");
        assert!(at_the_end.contains("thu@rieng.example"), "{at_the_end:?}");
        let queue = queue::list(office, &desk, Query::default()).await.unwrap();
        assert!(queue.items.is_empty());

        let short = states::reopen(office, &leader, &code, because("ngắn")).await;
        assert_eq!(code_of(short).0, 422);
        let why = because("Mã độc xuất hiện trở lại trên máy thứ hai");
        states::reopen(office, &leader, &code, why).await.unwrap();
        let again = view(&stage, &leader, &code).await;
        assert_eq!((again.state, again.closed_at), (State::Verifying, None));
        assert!(again.clocks.iter().any(|clock| clock.stopped_at.is_none()));
        assert_eq!(again.closings.len(), 1, "the closing stays on record");
        let why = because("Mã độc xuất hiện trở lại");
        assert_eq!(code_of(states::reopen(office, &leader, &code, why).await).1, "wrong_state");
    })
    .await;
}

/// Every verb, as a person's attempt; what it answers besides success is the status.
async fn attempt(stage: &Stage, ctx: &Ctx, code: &str, other: &str, verb: &str) -> u16 {
    let office = &stage.office;
    let text = || "Một lý do đủ dài để ghi lại".to_owned();
    let outcome = match verb {
        "acknowledge" => incidents::acknowledge(office, ctx, code).await.map(|_| ()),
        "triage" => triage::triage(office, ctx, code, Triage::default()).await.map(|_| ()),
        "reject" => triage::reject(office, ctx, code, because("Không phải")).await.map(|_| ()),
        "state" => step(stage, ctx, code, "verifying").await,
        "reopen" => states::reopen(office, ctx, code, because(&text())).await.map(|_| ()),
        "close" => close(office, ctx, code, facts("2026-11-22T08:00")).await.map(|_| ()),
        "lead" => states::lead(office, ctx, code, Lead::default()).await.map(|_| ()),
        "note" => {
            let note = NewNote { text: text(), ..NewNote::default() };
            notes::add(office, ctx, code, note).await.map(|_| ())
        }
        "police_note" => {
            let audience = "police".to_owned();
            let note = NewNote { text: text(), audience, ..NewNote::default() };
            notes::add(office, ctx, code, note).await.map(|_| ())
        }
        "coordination_note" => {
            let audience = "coordination".to_owned();
            let note = NewNote { text: text(), audience, ..NewNote::default() };
            notes::add(office, ctx, code, note).await.map(|_| ())
        }
        "task" => {
            let role = "it_officer".to_owned();
            let task = NewTask { text: text(), role, ..NewTask::default() };
            tasks::add(office, ctx, code, task).await.map(|_| ())
        }
        "member" => {
            // Nobody real: a responder who was put on the case would see it from then on.
            let account = "nobody@so-ttt.example".to_owned();
            let member = ChangeMember { account, reason: text() };
            members::add(office, ctx, code, member).await.map(|_| ())
        }
        "link" => {
            let link = NewLink { other: other.to_owned(), reason: text(), ..NewLink::default() };
            linking::link(office, ctx, code, link).await.map(|_| ())
        }
        "merge" => {
            let merge = Merge { into: other.to_owned(), reason: text(), version: None };
            linking::merge(office, ctx, code, merge).await.map(|_| ())
        }
        "messages" => told::untold(office, ctx, code).await.map(|_| ()),
        "see" => incident_view::one(office, ctx, code).await.map(|_| ()),
        verb => panic!("{verb}"),
    };
    outcome.map_or_else(|why| why.face().0, |()| 200)
}

/// Who is let through to the verb (whatever it then says of the state); on an own incident.
const MAY: [(&str, &[&str]); 16] = [
    ("see", &["duty_officer", "coordinator", "leader", "unit_head", "it_officer"]),
    ("note", &["duty_officer", "coordinator", "leader", "unit_head", "it_officer"]),
    ("coordination_note", &["duty_officer", "coordinator", "leader"]),
    ("police_note", &[]),
    ("messages", &["duty_officer", "coordinator", "leader"]),
    ("task", &["duty_officer", "coordinator"]),
    ("member", &["coordinator"]),
    ("link", &["coordinator"]),
    ("close", &["coordinator", "leader"]),
    ("reopen", &["coordinator", "leader"]),
    ("lead", &["coordinator", "leader"]),
    ("acknowledge", &["duty_officer", "coordinator"]),
    ("state", &["coordinator", "leader"]),
    ("triage", &["coordinator", "leader"]),
    ("merge", &["coordinator"]),
    ("reject", &["coordinator"]),
];

#[actix_web::test]
async fn every_role_is_let_through_refused_or_blind_for_every_verb() {
    on_each(|stage| async move {
        stage.province().await;
        let first = reported(&stage, UNIT, "Máy chạy chậm").await;
        let other = reported(&stage, UNIT, "Máy khác chạy chậm").await;
        let people = [
            ("duty_officer", "so-ttt", true),
            ("coordinator", "so-ttt", true),
            ("leader", "so-ttt", true),
            ("unit_head", "xa-b", true),
            ("it_officer", "xa-b", true),
            // Above it in the tree, besides it, and those who see no case at all.
            ("unit_head", "huyen-a", true),
            ("it_officer", "huyen-a", false),
            ("unit_head", "xa-c", false),
            ("it_officer", "xa-c", false),
            ("reporter", "xa-b", false),
            ("responder", "so-ttt", false),
            ("police_liaison", "cat", false),
            ("liaison", "vnpt", false),
            ("auditor", "so-ttt", false),
            ("admin", "so-ttt", false),
        ];
        for (verb, may) in MAY {
            for (role, place, sees) in people {
                let ctx = stage.as_person(&format!("{role}@{place}.example")).await;
                let status = attempt(&stage, &ctx, &first, &other, verb).await;
                let what = format!("{role}@{place} {verb}: {status}");
                match (sees, may.contains(&role)) {
                    (false, _) => assert_eq!(status, 404, "{what}"),
                    (true, false) => assert_eq!(status, 403, "{what}"),
                    (true, true) => assert!(![401, 403, 404].contains(&status), "{what}"),
                }
            }
            let nobody = stage.nobody();
            let status = attempt(&stage, &nobody, &first, &other, verb).await;
            assert_eq!(status, 404, "nobody {verb}");
        }
    })
    .await;
}

#[actix_web::test]
async fn responders_see_what_they_are_on_and_partners_never_the_reporter() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage, UNIT, "Máy chạy chậm").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let member = || ChangeMember {
            account: "responder@so-ttt.example".to_owned(),
            reason: "Hết ca".to_owned(),
        };
        members::add(&stage.office, &desk, &code, member()).await.unwrap();
        let responder = stage.as_person("responder@so-ttt.example").await;
        let seen = view(&stage, &responder, &code).await;
        assert_eq!(seen.depth, "coordination");
        assert!(seen.reports[0].reporter.is_some());
        members::remove(&stage.office, &desk, &code, member()).await.unwrap();
        let gone = incident_view::one(&stage.office, &responder, &code).await;
        assert_eq!(code_of(gone).0, 404);
        let blind =
            ChangeMember { account: "liaison@vnpt.example".to_owned(), reason: String::new() };
        assert_eq!(code_of(members::add(&stage.office, &desk, &code, blind).await).0, 422);
    })
    .await;
}

#[actix_web::test]
async fn the_second_of_two_editors_is_told_what_changed() {
    on_each(|stage| async move {
        stage.province().await;
        let code = reported(&stage, UNIT, "Máy chạy chậm").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        incidents::acknowledge(&stage.office, &desk, &code).await.unwrap();
        let began = view(&stage, &desk, &code).await.version;
        let set = |priority: &str| Triage {
            priority: Some(priority.to_owned()),
            version: Some(began),
            ..Triage::default()
        };
        triage::triage(&stage.office, &desk, &code, set("urgent")).await.unwrap();
        let late = triage::triage(&stage.office, &desk, &code, set("low")).await.unwrap_err();
        let Error::Stale { now } = late else { panic!("{late:?}") };
        assert_eq!(now, began + 1);
        let changed = incident_view::since(&stage.office, &desk, &code, began).await.unwrap();
        let triaged = changed.iter().find(|entry| entry.kind == "triaged").unwrap();
        let change = triaged.data["changes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|change| change["field"] == "priority")
            .unwrap();
        assert_eq!(
            (change["before"].as_str(), change["after"].as_str()),
            (Some("medium"), Some("urgent"))
        );
        // A note beside does not make anybody's edit stale.
        let note = NewNote { text: "Đã gọi đơn vị".to_owned(), ..NewNote::default() };
        notes::add(&stage.office, &desk, &code, note).await.unwrap();
        let again = Triage { version: Some(now), ..set("low") };
        triage::triage(&stage.office, &desk, &code, again).await.unwrap();
    })
    .await;
}

#[actix_web::test]
async fn a_merge_is_undone_whole() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let one = reported(&stage, UNIT, "Thư giả mạo").await;
        let two = reported(&stage, "so-yt", "Thư giả mạo khác").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        triage::triage(office, &desk, &one, Triage::default()).await.unwrap();
        step(&stage, &desk, &one, "containing").await.unwrap();
        let before = view(&stage, &desk, &one).await;
        stage.clock.pass(chrono::Duration::minutes(5));
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let into = |into: &str| Merge {
            into: into.to_owned(),
            reason: "Cùng một chiến dịch".to_owned(),
            version: None,
        };
        for wrong in ["", "SC-2026-999999", "x'; --", one.as_str()] {
            assert_eq!(code_of(linking::merge(office, &desk, &one, into(wrong)).await).0, 422);
        }
        linking::merge(office, &desk, &one, into(&two)).await.unwrap();
        let merged = view(&stage, &desk, &one).await;
        assert_eq!(merged.state, State::Merged);
        assert!(merged.clocks.iter().all(|clock| clock.stopped_at.is_some()));
        let target = view(&stage, &desk, &two).await;
        let found = target.related.iter().find(|one| one.relation == "merged").unwrap();
        assert_eq!(found.incident.code, one);
        // The unit of the one does not learn of the other's.
        let head = stage.as_person("unit_head@xa-b.example").await;
        assert!(view(&stage, &head, &one).await.related.is_empty());
        assert_eq!(code_of(linking::merge(office, &desk, &two, into(&one)).await).0, 422);

        linking::unmerge(office, &desk, &one, because("Nhầm")).await.unwrap();
        let back = view(&stage, &desk, &one).await;
        assert_eq!(back.state, State::Containing);
        let running = |view: &IncidentView| -> Vec<String> {
            let open = view.clocks.iter().filter(|clock| clock.stopped_at.is_none());
            open.map(|clock| clock.kind.clone()).collect()
        };
        assert_eq!(running(&back), running(&before));
        assert!(view(&stage, &desk, &two).await.related.is_empty());
        let twice = linking::unmerge(office, &desk, &one, because("Nhầm")).await;
        assert_eq!(code_of(twice).1, "wrong_state");
    })
    .await;
}

#[actix_web::test]
async fn a_rejected_incident_and_a_link_can_be_undone_and_campaigns_have_no_circle() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let one = reported(&stage, UNIT, "Thư lạ").await;
        let two = reported(&stage, UNIT, "Thư lạ nữa").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        assert_eq!(code_of(triage::reject(office, &desk, &one, because(" ")).await).0, 422);
        triage::reject(office, &desk, &one, because("Thư quảng cáo")).await.unwrap();
        assert_eq!(view(&stage, &desk, &one).await.state, State::Rejected);
        let why = because("Có thêm dấu hiệu từ đơn vị khác");
        states::reopen(office, &desk, &one, why).await.unwrap();

        let link = |other: &str, relation: &str, undo: bool| NewLink {
            other: other.to_owned(),
            relation: relation.to_owned(),
            reason: "Cùng người gửi".to_owned(),
            undo,
        };
        linking::link(office, &desk, &one, link(&two, "related", false)).await.unwrap();
        assert_eq!(view(&stage, &desk, &two).await.related[0].relation, "link");
        linking::link(office, &desk, &two, link(&one, "related", true)).await.unwrap();
        assert!(view(&stage, &desk, &one).await.related.is_empty());
        linking::link(office, &desk, &one, link(&two, "parent", false)).await.unwrap();
        assert_eq!(view(&stage, &desk, &two).await.related[0].relation, "child");
        let circle = linking::link(office, &desk, &two, link(&one, "parent", false)).await;
        assert_eq!(code_of(circle).0, 422);
    })
    .await;
}

#[actix_web::test]
async fn the_search_needs_no_accents_and_finds_only_what_is_seen() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let mine = reported(&stage, UNIT, "Đường truyền bị đứt ở bộ phận một cửa").await;
        let theirs = reported(&stage, "so-yt", "Đường truyền chập chờn").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let head = stage.as_person("unit_head@xa-b.example").await;
        let find = async |ctx: &Ctx, q: &str| -> Vec<String> {
            let query = Query { q: q.to_owned(), ..Query::default() };
            let found = queue::list(office, ctx, query).await.unwrap();
            found.items.into_iter().map(|item| item.code).collect()
        };
        for q in ["đường truyền", "duong truyen", "DUONG tru", "Đường Truyền"] {
            assert_eq!(find(&desk, q).await, [theirs.clone(), mine.clone()], "{q}");
            assert_eq!(find(&head, q).await, std::slice::from_ref(&mine), "{q}");
        }
        assert_eq!(find(&desk, "duong dut").await, std::slice::from_ref(&mine));
        assert_eq!(find(&desk, &mine.to_lowercase()).await, std::slice::from_ref(&mine));
        assert_eq!(find(&head, &theirs).await, Vec::<String>::new());
        for hostile in ["\"' OR 1=1 --", "* NEAR( :", "%", "\u{0}"] {
            assert!(find(&desk, hostile).await.len() <= 2, "{hostile}");
        }
        let of = |organisation: &str| Query {
            organisation: organisation.to_owned(),
            ..Query::default()
        };
        assert_eq!(queue::list(office, &desk, of("so-yt")).await.unwrap().items.len(), 1);
        // An organisation that one may not see looks like one that does not exist.
        assert!(queue::list(office, &head, of("so-yt")).await.unwrap().items.is_empty());
        assert!(queue::list(office, &head, of("khong-co")).await.unwrap().items.is_empty());
        let admin = stage.as_person("admin@so-ttt.example").await;
        assert!(find(&admin, "duong").await.is_empty());
        assert_eq!(code_of(queue::list(office, &stage.nobody(), of("")).await).0, 401);
    })
    .await;
}

#[actix_web::test]
async fn pages_give_each_incident_once_while_new_ones_arrive() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let mut there = BTreeSet::new();
        for (n, unit) in
            ["xa-b", "xa-c", "so-yt", "xa-b", "xa-c", "xa-b", "xa-c"].iter().enumerate()
        {
            there.insert(reported(&stage, unit, &format!("Sự cố số {n}")).await);
        }
        for email in ["coordinator@so-ttt.example", "unit_head@huyen-a.example"] {
            let ctx = stage.as_person(email).await;
            for (state, q) in [("", ""), ("all", ""), ("", "su co")] {
                let mut found: Vec<String> = Vec::new();
                let mut cursor = String::new();
                loop {
                    let query = Query {
                        q: q.to_owned(),
                        state: state.to_owned(),
                        cursor: cursor.clone(),
                        limit: "2".to_owned(),
                        ..Query::default()
                    };
                    let page = queue::list(office, &ctx, query).await.unwrap();
                    assert!(page.items.len() <= 2);
                    found.extend(page.items.into_iter().map(|item| item.code));
                    reported(&stage, "xa-b", "Sự cố mới đến").await;
                    match page.next {
                        // In the queue's order new ones come last: there is no end of them.
                        Some(next) if !state.is_empty() || !q.is_empty() || found.len() < 30 => {
                            cursor = next;
                        }
                        _ => break,
                    }
                }
                let once: BTreeSet<String> = found.iter().cloned().collect();
                assert_eq!(once.len(), found.len(), "{email} {state} {q}: {found:?}");
                let sees_all = email.starts_with("coordinator");
                let missed: Vec<_> = there.iter().filter(|code| !once.contains(*code)).collect();
                assert_eq!(missed.len(), if sees_all { 0 } else { 1 }, "{email} {state} {q}");
            }
        }
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let tell = |state: &str, cursor: &str| Query {
            state: state.to_owned(),
            cursor: cursor.to_owned(),
            limit: "2".to_owned(),
            ..Query::default()
        };
        let good = queue::list(office, &desk, tell("all", "")).await.unwrap().next.unwrap();
        for (state, forged) in [("", "x"), ("", "cS4xLjI"), ("all", "%00"), ("", good.as_str())] {
            assert_eq!(code_of(queue::list(office, &desk, tell(state, forged)).await).0, 422);
        }
        assert_eq!(code_of(queue::list(office, &desk, tell("nowhere", "")).await).0, 422);
    })
    .await;
}

#[actix_web::test]
async fn what_the_police_alone_read_is_theirs_and_seeing_it_leaves_a_trace() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let code = reported(&stage, UNIT, "Tống tiền").await;
        refer_to_police(&stage, &code).await;
        let police = stage.as_person("police_liaison@cat.example").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let secret = NewNote {
            text: "Đối tượng dùng 203.0.113.99".to_owned(),
            audience: "police".to_owned(),
            ..NewNote::default()
        };
        notes::add(office, &police, &code, secret).await.unwrap();
        let theirs = incident_view::history(office, &police, &code, None, 50).await.unwrap();
        assert!(theirs.items.iter().any(|entry| entry.text.contains("203.0.113.99")));
        let ours = incident_view::history(office, &desk, &code, None, 200).await.unwrap();
        assert!(!ours.items.iter().any(|entry| entry.text.contains("203.0.113.99")));
        assert!(view(&stage, &desk, &code).await.indicators.is_empty());
        let seen = view(&stage, &police, &code).await;
        assert!(seen.reports[0].reporter.is_none(), "partners never learn who reported");
        assert!(seen.told.is_none());
        let traces = office
            .db
            .read(|c| {
                let found = crate::store::audit::unsealed(c, 1_000)?;
                Ok(found.iter().filter(|entry| entry.action == "police_entry.seen").count())
            })
            .await
            .unwrap();
        assert_eq!(traces, 1, "one page with police entries was read");
    })
    .await;
}

/// A dispatch to the police, straight into the store: sending one is another area's verb.
async fn refer_to_police(stage: &Stage, code: &str) {
    use crate::domain::ids::Id;
    use crate::domain::words::{DispatchKind, DispatchState, Tlp};
    let (code, now) = (code.to_owned(), crate::clock::Clock::now(&*stage.clock));
    stage
        .office
        .db
        .write(move |tx| {
            let code: crate::domain::ids::IncidentCode = code.parse().unwrap();
            let incident = crate::store::incidents::find_by_number(tx, code.number)?;
            let police = crate::store::organisations::find_by_key(tx, "cat", now)?;
            let dispatch = crate::records::Dispatch {
                id: Id::new(now),
                number: 1,
                code: "PDP-2026-000001".to_owned(),
                incident_id: incident.id,
                organisation_id: police.id,
                kind: DispatchKind::Investigate,
                ground: "Điều 10.1".to_owned(),
                content: "Xác minh".to_owned(),
                police_only: false,
                tlp: Tlp::Amber,
                state: DispatchState::Done,
                block_state: None,
                accept_by: None,
                result_by: None,
                next_due_at: None,
                overdue: false,
                created_by: None,
                created_at: now,
                accepted_at: None,
                ended_at: None,
                version: 1,
                step: None,
            };
            crate::store::dispatches::insert(tx, &dispatch)
        })
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_deadline_is_met_once_by_whom_the_law_binds_and_stands_in_the_history() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let code = reported(&stage, UNIT, "Thư giả mạo").await;
        let other = reported(&stage, "xa-c", "Máy chậm").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let it = stage.as_person("it_officer@xa-b.example").await;
        let how = |note: &str| Meet { note: note.to_owned(), ..Meet::default() };
        let meet = |ctx: &Ctx, code: &str, kind: &str, how: Meet| {
            let (ctx, code, kind) = (ctx.clone(), code.to_owned(), kind.to_owned());
            async move { clocks::meet(office, &ctx, &code, &kind, how).await }
        };
        let letter = "Công văn số 12/CV-UBND ngày 22/11/2026";

        // Nobody else's case, no role without the verb, no clock that is not there.
        assert_eq!(code_of(meet(&it, &other, "notify_ordinary", how(letter)).await).0, 404);
        for email in ["reporter@xa-b.example", "admin@so-ttt.example", "auditor@so-ttt.example"] {
            let stranger = stage.as_person(email).await;
            let refused = code_of(meet(&stranger, &code, "notify_ordinary", how(letter)).await).0;
            assert_eq!(refused, 404, "{email}");
        }
        assert_eq!(code_of(meet(&desk, &code, "no_such_clock", how(letter)).await).0, 404);
        let referral = NewDispatch {
            to: "cat".to_owned(),
            kind: "investigate".to_owned(),
            ground: "Điều 10.1".to_owned(),
            content: "Xác minh".to_owned(),
            ..NewDispatch::default()
        };
        dispatches::send(office, &desk, &code, referral, None).await.unwrap();
        let police = stage.as_person("police_liaison@cat.example").await;
        assert!(view(&stage, &police, &code).await.clocks.iter().all(|clock| !clock.may_meet));
        assert_eq!(
            code_of(meet(&police, &code, "notify_ordinary", how(letter)).await),
            (403, "not_allowed")
        );
        // The chase for somebody who takes the case is not silenced by a note.
        assert_eq!(
            code_of(meet(&desk, &code, "acknowledge", how(letter)).await),
            (409, "not_ready")
        );
        assert_eq!(code_of(meet(&it, &code, "notify_ordinary", how("  ")).await).0, 422);
        assert_eq!(code_of(meet(&it, &code, "notify_ordinary", how("TUYỆT MẬT")).await).0, 422);
        let seen = view(&stage, &it, &code).await;
        let stale = Meet { version: Some(seen.version - 1), ..how(letter) };
        assert_eq!(code_of(meet(&it, &code, "notify_ordinary", stale).await).1, "stale");
        let clock = |view: &IncidentView, kind: &str| {
            view.clocks.iter().find(|clock| clock.kind == kind).cloned().unwrap()
        };
        assert!(clock(&seen, "notify_ordinary").may_meet && !clock(&seen, "acknowledge").may_meet);

        let fits = Meet { version: Some(seen.version), ..how(letter) };
        meet(&it, &code, "notify_ordinary", fits).await.unwrap();
        let met = view(&stage, &it, &code).await;
        assert_eq!(met.version, seen.version + 1);
        let done = clock(&met, "notify_ordinary");
        assert_eq!((done.standing, done.may_meet), ("met", false));
        assert_eq!(
            code_of(meet(&desk, &code, "notify_ordinary", how(letter)).await),
            (409, "clock_met")
        );
        let history = incident_view::history(office, &it, &code, None, 10).await.unwrap();
        let entry = history.items.iter().find(|entry| entry.kind == "clock_met").unwrap();
        assert_eq!(
            (entry.text.as_str(), entry.data["clock"].as_str()),
            (letter, Some("notify_ordinary"))
        );

        // The deadline that is met is not missed later.
        stage.clock.pass(chrono::Duration::days(6));
        let engine = Ctx::service("engine", crate::clock::Clock::now(&*stage.clock));
        while super::timers::fire_one(office, &engine).await.unwrap().is_some() {}
        let later = view(&stage, &stage.as_person("coordinator@so-ttt.example").await, &code).await;
        assert!(clock(&later, "notify_ordinary").breached_at.is_none());
        assert!(clock(&later, "upstream_notice").breached_at.is_some());
        let breaches = "audit where action = 'clock.breached' and actor = 'engine'";
        assert!(stage.count(breaches).await > 0);
        // The playbook chased meanwhile, of itself.
        let chased = "audit where action = 'run.advanced' and actor = 'playbook'";
        assert!(stage.count(chased).await > 0);
    })
    .await;
}

async fn fire(stage: &Stage) {
    let engine = Ctx::service("engine", crate::clock::Clock::now(&*stage.clock));
    while super::timers::fire_one(&stage.office, &engine).await.unwrap().is_some() {}
}

#[actix_web::test]
async fn a_task_that_falls_due_raises_its_case_at_once() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let code = reported(&stage, UNIT, "Thư giả mạo").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        incidents::acknowledge(office, &desk, &code).await.unwrap();
        let give = |due: &str| NewTask {
            role: "it_officer".to_owned(),
            text: format!("Việc đến {due}"),
            due: due.to_owned(),
            ..NewTask::default()
        };
        let first = tasks::add(office, &desk, &code, give("2026-11-22T08:20")).await.unwrap();
        let done = tasks::add(office, &desk, &code, give("2026-11-22T08:10")).await.unwrap();
        let settled = Settle { state: "done".to_owned(), ..Settle::default() };
        tasks::settle(office, &desk, &code, done.id, settled).await.unwrap();
        let rank = || async {
            let code = code.clone();
            let found = office.db.read(move |c| {
                let number = code.rsplit('-').next().unwrap().parse().unwrap();
                crate::store::incidents::find_by_number(c, number)
            });
            found.await.unwrap().queue_rank
        };
        let calm = rank().await;
        stage.clock.pass(chrono::Duration::minutes(15));
        fire(&stage).await;
        assert_eq!(rank().await, calm, "what was done is not overdue");
        stage.clock.pass(chrono::Duration::minutes(5));
        fire(&stage).await;
        let risen = rank().await;
        assert_eq!(risen, crate::domain::incident::queue_rank(State::Received, true, true));
        assert_ne!(risen, calm);
        let late = stage.as_person("coordinator@so-ttt.example").await;
        let history = incident_view::history(office, &late, &code, None, 20).await.unwrap();
        let overdue: Vec<_> =
            history.items.iter().filter(|entry| entry.kind == "task_overdue").collect();
        assert_eq!(overdue.len(), 1);
        assert_eq!(overdue[0].data["task"].as_str(), Some(first.id.to_string().as_str()));
        assert_eq!(stage.count("audit where action = 'task.overdue'").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn a_deadline_that_lapsed_with_the_class_runs_on_when_the_class_comes_back() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let code = reported(&stage, UNIT, "Thư giả mạo").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let class = |word: &str, beyond: bool| Triage {
            legal_class: Some(word.to_owned()),
            beyond_capacity: Some(beyond),
            ..Triage::default()
        };
        let due = |view: &IncidentView, kind: &str| {
            let found = view.clocks.iter().find(|clock| clock.kind == kind);
            found.map(|clock| (clock.standing, clock.due_at))
        };
        triage::triage(office, &desk, &code, class("ordinary", true)).await.unwrap();
        let before = view(&stage, &desk, &code).await;
        let ordinary = due(&before, "notify_ordinary").unwrap();
        let beyond = due(&before, "initial_beyond_capacity").unwrap();
        triage::triage(office, &desk, &code, class("serious_proposed", false)).await.unwrap();
        let without = view(&stage, &desk, &code).await;
        assert_eq!(due(&without, "notify_ordinary"), None, "the law asks for it no more");
        assert_eq!(due(&without, "initial_beyond_capacity"), None);
        assert_eq!(
            code_of(clocks::meet(office, &desk, &code, "notify_ordinary", Meet::default()).await).0,
            404
        );

        stage.clock.pass(chrono::Duration::minutes(10));
        fire(&stage).await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        triage::triage(office, &desk, &code, class("ordinary", true)).await.unwrap();
        let again = view(&stage, &desk, &code).await;
        // The law counts from the detection: nothing was won by the detour.
        assert_eq!(due(&again, "notify_ordinary"), Some(ordinary));
        // A judgement's deadline starts with the new judgement.
        let renewed = due(&again, "initial_beyond_capacity").unwrap();
        assert_eq!(renewed.1, beyond.1 + chrono::Duration::minutes(10));

        stage.clock.pass(chrono::Duration::days(6));
        fire(&stage).await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let missed = view(&stage, &desk, &code).await;
        assert_eq!(due(&missed, "notify_ordinary").unwrap().0, "overdue");
        assert_eq!(due(&missed, "initial_beyond_capacity").unwrap().0, "overdue");
    })
    .await;
}

#[actix_web::test]
async fn who_undoes_a_merge_of_a_case_that_nobody_has_starts_the_chase_again() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let code = reported(&stage, UNIT, "Thư giả mạo").await;
        let other = reported(&stage, UNIT, "Thư giả mạo, lần hai").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        assert_eq!(stage.count("runs").await, 2);
        let into = Merge { into: code.clone(), reason: "Trùng".to_owned(), version: None };
        linking::merge(office, &desk, &other, into).await.unwrap();
        linking::unmerge(office, &desk, &other, because("Không phải một vụ")).await.unwrap();
        assert_eq!(stage.count("runs").await, 3);
        // A rejected case had somebody: it comes back without a second run of the same steps.
        triage::reject(office, &desk, &code, because("Không phải sự cố")).await.unwrap();
        states::reopen(office, &desk, &code, because("Có thêm bằng chứng")).await.unwrap();
        assert_eq!(stage.count("runs").await, 3);
    })
    .await;
}
