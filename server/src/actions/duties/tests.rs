//! Duties lived through: yearly reports and changed contact points, warned of, recorded, missed.

use chrono::Duration;

use super::{MeetDuty, list, meet, yearly};
use crate::actions::timers::fire_one;
use crate::actions::{Ctx, contacts};
use crate::clock::{Clock as _, Timestamp};
use crate::domain::directory::ContactText;
use crate::error::Result;
use crate::records::Delivery;
use crate::store::schema::outbox;
use crate::testing::{Stage, on_each};
use diesel::prelude::*;

const DESK: &str = "coordinator@so-ttt.example";
const ADMIN: &str = "admin@so-ttt.example";
const HEAD: &str = "unit_head@xa-b.example";

async fn fire_all(stage: &Stage) {
    let engine = Ctx::service("engine", stage.clock.now());
    while fire_one(&stage.office, &engine).await.unwrap().is_some() {}
}

async fn told(stage: &Stage, purpose: &'static str) -> Vec<(String, String)> {
    let rows = |c: &mut crate::store::Conn| -> Result<Vec<Delivery>> {
        Ok(outbox::table.filter(outbox::incident_id.is_null()).load(c)?)
    };
    let rows = stage.office.db.read(rows).await.unwrap();
    let of = rows.into_iter().filter(|row| row.purpose == purpose);
    let mut told: Vec<_> = of.map(|row| (row.address, row.letter)).collect();
    told.sort();
    told
}

async fn swept(stage: &Stage) -> usize {
    let office = stage.office.clone();
    let engine = Ctx::service("engine", stage.clock.now());
    stage.office.db.write(move |tx| yearly(tx, &office, &engine)).await.unwrap()
}

fn note(text: &str) -> MeetDuty {
    MeetDuty { note: text.to_owned() }
}

#[actix_web::test]
async fn yearly_reports_are_warned_of_and_missed_by_the_next_level() {
    on_each(|stage| async move {
        stage.province().await;
        // 22/11/2026: the report before 15/12 is in its last month, the others are of next year.
        assert_eq!(swept(&stage).await, 3);
        assert_eq!(swept(&stage).await, 0, "once");
        let desk = stage.as_person(DESK).await;
        let open = list(&stage.office, &desk).await.unwrap().items;
        let named: Vec<(&str, String)> =
            open.iter().map(|duty| (duty.kind.as_str(), duty.due_at.local())).collect();
        assert_eq!(
            named,
            [
                ("member_report_year", "15/12/2026 00:00".to_owned()),
                ("member_report_half_year", "20/06/2027 00:00".to_owned()),
                ("unit_report_year", "15/10/2027 00:00".to_owned()),
            ]
        );
        fire_all(&stage).await;
        let first = told(&stage, "duty_due").await;
        assert_eq!(first.len(), 1, "the newest point alone: {first:?}");
        assert_eq!(first[0].0, DESK);
        assert!(first[0].1.contains("Mẫu 05") && first[0].1.contains("15/12/2026"));
        stage.clock.pass(Duration::days(16));
        fire_all(&stage).await;
        assert_eq!(told(&stage, "duty_due").await.len(), 2, "a week ahead");
        stage.clock.pass(Duration::days(7));
        fire_all(&stage).await;
        let missed = told(&stage, "duty_missed").await;
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].0, "leader@so-ttt.example");
        // It is still owed, and recorded late.
        assert_eq!(swept(&stage).await, 1, "the next year's");
        let desk = stage.as_person(DESK).await;
        let duty = list(&stage.office, &desk).await.unwrap().items.remove(0);
        assert_eq!((duty.standing, duty.may_meet), ("overdue", true));
        let done = meet(&stage.office, &desk, duty.id, note("Báo cáo số 45/BC")).await.unwrap();
        assert!(done.met_at.is_some() && !done.may_meet);
        let twice = meet(&stage.office, &desk, duty.id, note("Báo cáo số 45/BC")).await;
        assert_eq!(twice.unwrap_err().face(), (409, "clock_met"));
    })
    .await;
}

#[actix_web::test]
async fn every_head_of_unit_hears_of_the_units_report_and_the_desk_records_it() {
    on_each(|stage| async move {
        stage.province().await;
        swept(&stage).await;
        let due = Timestamp::parse("2027-10-15T00:00").unwrap();
        stage.clock.pass(due - Duration::days(7) - stage.clock.now());
        fire_all(&stage).await;
        let told = told(&stage, "duty_due").await;
        let heads: Vec<&str> = told
            .iter()
            .filter(|(_, letter)| letter.contains("15/10/2027"))
            .map(|(address, _)| address.as_str())
            .collect();
        assert_eq!(
            heads,
            [
                "unit_head@huyen-a.example",
                "unit_head@so-yt.example",
                "unit_head@xa-b.example",
                "unit_head@xa-c.example",
            ]
        );
        // A head sees it, and does not record it for the whole province.
        let head = stage.as_person(HEAD).await;
        let seen = list(&stage.office, &head).await.unwrap().items;
        assert!(seen.iter().all(|duty| duty.kind == "unit_report_year" && !duty.may_meet));
        let refused = meet(&stage.office, &head, seen[0].id, note("Báo cáo số 1")).await;
        assert_eq!(refused.unwrap_err().face(), (403, "not_allowed"));
        let police = stage.as_person("police_liaison@cat.example").await;
        assert_eq!(list(&stage.office, &police).await.unwrap_err().face().0, 403);
    })
    .await;
}

async fn changed(stage: &Stage) {
    let admin = stage.as_person(ADMIN).await;
    let typed = ContactText {
        rank: "deputy".to_owned(),
        role: "contact".to_owned(),
        name: "Trần Thị Đầu Mối".to_owned(),
        phone: "0000000007".to_owned(),
        ..ContactText::default()
    };
    contacts::add(&stage.office, &admin, "xa-b", typed).await.unwrap();
}

#[actix_web::test]
async fn a_changed_contact_has_a_day_to_be_filed() {
    on_each(|stage| async move {
        stage.province().await;
        changed(&stage).await;
        changed(&stage).await;
        let head = stage.as_person(HEAD).await;
        let seen = list(&stage.office, &head).await.unwrap().items;
        assert_eq!(seen.len(), 1, "one time runs, however many changes");
        assert_eq!(seen[0].due_at, stage.clock.now() + Duration::hours(24));
        assert!(seen[0].may_meet);
        let other = stage.as_person("unit_head@xa-c.example").await;
        assert!(list(&stage.office, &other).await.unwrap().items.is_empty());
        let unseen = meet(&stage.office, &other, seen[0].id, note("Công văn 5")).await;
        assert_eq!(unseen.unwrap_err().face(), (404, "not_found"));

        stage.clock.pass(Duration::hours(12));
        fire_all(&stage).await;
        let warned = told(&stage, "duty_due").await;
        assert_eq!(warned.len(), 1);
        assert_eq!(warned[0].0, HEAD);
        let head = stage.as_person(HEAD).await;
        let nothing = meet(&stage.office, &head, seen[0].id, note(" ")).await;
        assert_eq!(nothing.unwrap_err().face().0, 422);
        meet(&stage.office, &head, seen[0].id, note("Công văn số 12/UBND")).await.unwrap();
        stage.clock.pass(Duration::hours(30));
        fire_all(&stage).await;
        assert_eq!(told(&stage, "duty_due").await.len(), 1, "nobody is chased any more");
        assert!(told(&stage, "duty_missed").await.is_empty());

        changed(&stage).await;
        stage.clock.pass(Duration::hours(25));
        fire_all(&stage).await;
        let missed = told(&stage, "duty_missed").await;
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].0, DESK);
    })
    .await;
}
