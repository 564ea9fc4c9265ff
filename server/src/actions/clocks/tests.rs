//! Deadlines lived through: their warn points, what is told after a stop of the service, and more time
//! by somebody with a reason.

use chrono::Duration;

use super::{Extend, Meet, extend, meet};
use crate::actions::Ctx;
use crate::actions::incident_view::{self, ClockView, IncidentView};
use crate::actions::timers::fire_one;
use crate::clock::{Clock as _, Timestamp};
use crate::error::Error;
use crate::records::Delivery;
use crate::store::{engine, incidents};
use crate::testing::{Stage, on_each, reports};

const IT: &str = "it_officer@xa-b.example";
const HEAD: &str = "unit_head@xa-b.example";
const DESK: &str = "coordinator@so-ttt.example";
const LEADER: &str = "leader@so-ttt.example";

async fn reported(stage: &Stage, detected_at: &str) -> String {
    stage.province().await;
    let mut report = reports::typed("Trang giả mạo");
    report.detected_at = detected_at.to_owned();
    reports::sent(stage, &stage.office, report).await.code
}

async fn fire_all(stage: &Stage) {
    let engine = Ctx::service("engine", stage.clock.now());
    while fire_one(&stage.office, &engine).await.unwrap().is_some() {}
}

async fn rows(stage: &Stage, code: &str, purpose: &'static str) -> Vec<Delivery> {
    let number: i64 = code.rsplit('-').next().unwrap().parse().unwrap();
    let all = move |c: &mut crate::store::Conn| {
        let incident = incidents::find_by_number(c, number)?;
        let rows = engine::deliveries(c, incident.id, 500)?;
        Ok(rows.into_iter().filter(|row| row.purpose == purpose).collect())
    };
    stage.office.db.read(all).await.unwrap()
}

/// How often this person was warned of this deadline.
async fn warned(stage: &Stage, code: &str, who: &str, title: &str) -> usize {
    let rows = rows(stage, code, "clock_warning").await;
    rows.iter().filter(|row| row.address == who && row.letter.contains(title)).count()
}

async fn view(stage: &Stage, who: &str, code: &str) -> IncidentView {
    incident_view::one(&stage.office, &stage.as_person(who).await, code).await.unwrap()
}

async fn clock(stage: &Stage, code: &str, kind: &str) -> ClockView {
    let view = view(stage, DESK, code).await;
    view.clocks.into_iter().find(|clock| clock.kind == kind).expect("the clock")
}

async fn happened(stage: &Stage, code: &str, kind: &'static str) -> Vec<String> {
    let desk = stage.as_person(DESK).await;
    let all = incident_view::history(&stage.office, &desk, code, None, 200).await.unwrap();
    let of = all.items.into_iter().filter(|entry| entry.kind == kind);
    of.map(|entry| entry.data["clock"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The five days of the operator's notice.
const NOTICE: &str = "Đơn vị vận hành thông báo";

#[actix_web::test]
async fn owners_are_warned_at_half_and_at_four_fifths_and_the_next_level_at_the_end() {
    on_each(|stage| async move {
        let code = reported(&stage, "2026-11-22T08:00").await;
        stage.clock.pass(Duration::hours(59));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 0, "not before its time");
        stage.clock.pass(Duration::hours(1));
        fire_all(&stage).await;
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 1);
        assert_eq!(warned(&stage, &code, HEAD, NOTICE).await, 1);
        assert_eq!(warned(&stage, &code, DESK, NOTICE).await, 0);
        stage.clock.pass(Duration::hours(36));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 2);
        let said = happened(&stage, &code, "clock_warned").await;
        assert_eq!(said.iter().filter(|kind| *kind == "notify_ordinary").count(), 2, "{said:?}");

        let audited = stage.count("audit").await;
        stage.clock.pass(Duration::hours(24));
        fire_all(&stage).await;
        assert!(stage.count("audit").await > audited);
        assert!(clock(&stage, &code, "notify_ordinary").await.breached_at.is_some());
        let missed = rows(&stage, &code, "clock").await;
        assert!(missed.iter().any(|row| row.address == DESK && row.letter.contains(NOTICE)));
        stage.clock.pass(Duration::days(30));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 2, "nothing after the end");
    })
    .await;
}

#[actix_web::test]
async fn after_a_long_stop_only_the_newest_is_told() {
    on_each(|stage| async move {
        let code = reported(&stage, "2026-11-22T08:00").await;
        // Past half and four fifths at once.
        stage.clock.pass(Duration::hours(100));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 1);
        let letters = rows(&stage, &code, "clock_warning").await;
        let this = |row: &&Delivery| row.address == IT && row.letter.contains(NOTICE);
        assert!(letters.iter().find(this).unwrap().letter.contains("80"), "the newest");
        // The short ones ended meanwhile: they are missed, and no warning of them is left to say.
        assert_eq!(warned(&stage, &code, DESK, "Đơn vị chuyên trách").await, 0);
        assert!(clock(&stage, &code, "upstream_notice").await.breached_at.is_some());
    })
    .await;
    on_each(|stage| async move {
        // Past everything.
        let code = reported(&stage, "2026-11-22T08:00").await;
        stage.clock.pass(Duration::days(9));
        fire_all(&stage).await;
        assert_eq!(rows(&stage, &code, "clock_warning").await.len(), 0);
        assert!(clock(&stage, &code, "notify_ordinary").await.breached_at.is_some());
    })
    .await;
}

#[actix_web::test]
async fn a_report_that_comes_late_warns_at_once_and_a_clock_set_back_warns_no_second_time() {
    on_each(|stage| async move {
        // Detected four days and four hours ago: past four fifths of the five days.
        let code = reported(&stage, "2026-11-18T04:00").await;
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 1);
        stage.clock.pass(Duration::hours(-3));
        fire_all(&stage).await;
        stage.clock.pass(Duration::hours(3));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 1);
    })
    .await;
}

#[actix_web::test]
async fn what_was_met_warns_nobody() {
    on_each(|stage| async move {
        let code = reported(&stage, "2026-11-22T08:00").await;
        let it = stage.as_person(IT).await;
        let how = Meet { note: "Công văn số 12".to_owned(), ..Meet::default() };
        meet(&stage.office, &it, &code, "notify_ordinary", how).await.unwrap();
        stage.clock.pass(Duration::days(9));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 0);
    })
    .await;
}

#[actix_web::test]
async fn silence_is_chased_by_the_playbook_and_the_last_moment_reaches_the_leader() {
    on_each(|stage| async move {
        let code = reported(&stage, "2026-11-22T08:00").await;
        let missed = "Hạn cuối xác nhận";
        stage.clock.pass(Duration::minutes(15));
        fire_all(&stage).await;
        assert_eq!(rows(&stage, &code, "clock").await.len(), 0, "the playbook rings already");
        for _ in 0..12 {
            stage.clock.pass(Duration::minutes(30));
            fire_all(&stage).await;
        }
        // The chase is over, nobody has it: at half of the day who may still take it is told again.
        stage.clock.pass(Duration::hours(6));
        fire_all(&stage).await;
        assert_eq!(warned(&stage, &code, DESK, missed).await, 1);
        stage.clock.pass(Duration::hours(12));
        fire_all(&stage).await;
        let told = rows(&stage, &code, "clock").await;
        let leader = |row: &&Delivery| row.address == LEADER && row.letter.contains(missed);
        assert_eq!(told.iter().filter(leader).count(), 1, "{told:?}");
        assert!(clock(&stage, &code, "acknowledge_limit").await.breached_at.is_some());
    })
    .await;
}

fn more(until: &str, reason: &str) -> Extend {
    Extend { until: until.to_owned(), reason: reason.to_owned(), version: None }
}

async fn refused(stage: &Stage, who: &str, code: &str, kind: &str, how: Extend) -> (u16, String) {
    let ctx = stage.as_person(who).await;
    let why = extend(&stage.office, &ctx, code, kind, how).await.unwrap_err();
    let (status, word) = why.face();
    let field = match &why {
        Error::Refused(crate::domain::refusal::Refusal::Fields(fields)) => fields[0].field,
        _ => "",
    };
    (status, format!("{word} {field}").trim().to_owned())
}

#[actix_web::test]
async fn more_time_needs_a_person_with_a_reason_and_keeps_the_first_due_time() {
    on_each(|stage| async move {
        let code = reported(&stage, "2026-11-22T08:00").await;
        let first = clock(&stage, &code, "notify_ordinary").await.due_at;
        let good = || more("2026-12-02T08:00", "Chờ kết quả giám định của đơn vị ứng cứu");
        for (who, kind, how, expected) in [
            (IT, "notify_ordinary", good(), (403, "not_allowed")),
            ("unit_head@xa-c.example", "notify_ordinary", good(), (404, "not_found")),
            ("police_liaison@cat.example", "notify_ordinary", good(), (404, "not_found")),
            // What the desk owes itself only a leader puts off; nobody stops the chase.
            (DESK, "upstream_notice", good(), (403, "not_allowed")),
            (DESK, "acknowledge", good(), (409, "not_ready")),
            (LEADER, "acknowledge_limit", good(), (409, "not_ready")),
            (DESK, "no_such_clock", good(), (404, "not_found")),
            (DESK, "notify_ordinary", more("", "Chờ kết quả giám định"), (422, "bad_fields until")),
            (
                DESK,
                "notify_ordinary",
                more("mai", "Chờ kết quả giám định"),
                (422, "bad_fields until"),
            ),
            (
                DESK,
                "notify_ordinary",
                more("2026-11-27T08:00", "Chờ kết quả giám định"),
                (422, "bad_fields until"),
            ),
            (
                DESK,
                "notify_ordinary",
                more("2027-11-27T08:00", "Chờ kết quả giám định"),
                (422, "bad_fields until"),
            ),
            (DESK, "notify_ordinary", more("2026-12-02T08:00", "  "), (422, "bad_fields reason")),
            (DESK, "notify_ordinary", more("2026-12-02T08:00", "Bận"), (422, "bad_fields reason")),
        ] {
            let said = refused(&stage, who, &code, kind, how).await;
            assert_eq!((said.0, said.1.as_str()), expected, "{who} {kind}");
        }
        let stale = Extend { version: Some(99), ..good() };
        assert_eq!(refused(&stage, DESK, &code, "notify_ordinary", stale).await.0, 409);
        assert_eq!(clock(&stage, &code, "notify_ordinary").await.due_at, first, "nothing changed");

        let desk = stage.as_person(DESK).await;
        extend(&stage.office, &desk, &code, "notify_ordinary", good()).await.unwrap();
        let seen = clock(&stage, &code, "notify_ordinary").await;
        assert_eq!(seen.due_at, Timestamp::parse("2026-12-02T08:00").unwrap());
        assert_eq!(seen.original_due_at, Some(first));
        assert!(seen.extension.unwrap().starts_with("Chờ kết quả"));
        assert_eq!(happened(&stage, &code, "clock_extended").await, ["notify_ordinary"]);
        let told = rows(&stage, &code, "clock_extended").await;
        assert!(
            told.iter().any(|row| row.address == IT) && told.iter().any(|row| row.address == HEAD)
        );

        // Its warn points moved: half of ten days, and no breach at the first due time.
        stage.clock.pass(Duration::days(5) + Duration::minutes(1));
        fire_all(&stage).await;
        let seen = clock(&stage, &code, "notify_ordinary").await;
        assert!(seen.breached_at.is_none());
        assert_eq!(warned(&stage, &code, IT, NOTICE).await, 1);
        // A second extension keeps the very first due time.
        let leader = stage.as_person(LEADER).await;
        let again = more("2026-12-05T08:00", "Đơn vị giám định xin thêm ba ngày");
        extend(&stage.office, &leader, &code, "notify_ordinary", again).await.unwrap();
        assert_eq!(clock(&stage, &code, "notify_ordinary").await.original_due_at, Some(first));

        stage.clock.pass(Duration::days(20));
        fire_all(&stage).await;
        assert!(clock(&stage, &code, "notify_ordinary").await.breached_at.is_some());
        let late = more("2027-01-20T08:00", "Xin gia hạn sau khi đã lỡ hạn");
        let said = refused(&stage, LEADER, &code, "notify_ordinary", late).await;
        assert_eq!((said.0, said.1.as_str()), (409, "not_ready"), "what is missed stays missed");
    })
    .await;
}

#[actix_web::test]
async fn a_leader_puts_off_what_the_desk_owes_and_who_may_is_shown() {
    on_each(|stage| async move {
        let code = reported(&stage, "2026-11-22T08:00").await;
        let may = |view: IncidentView| -> Vec<String> {
            let open = view.clocks.into_iter().filter(|clock| clock.may_extend);
            open.map(|clock| clock.kind).collect()
        };
        assert_eq!(may(view(&stage, DESK, &code).await), ["notify_ordinary"]);
        assert_eq!(may(view(&stage, LEADER, &code).await), ["upstream_notice", "notify_ordinary"]);
        assert!(may(view(&stage, IT, &code).await).is_empty());
        let leader = stage.as_person(LEADER).await;
        let how = more("2026-11-22T12:00", "Đang xác minh với đơn vị vận hành");
        extend(&stage.office, &leader, &code, "upstream_notice", how).await.unwrap();
        stage.clock.pass(Duration::hours(2));
        fire_all(&stage).await;
        assert!(clock(&stage, &code, "upstream_notice").await.breached_at.is_none());
    })
    .await;
}
