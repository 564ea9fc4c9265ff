//! An imported calendar moves what runs: waits and tasks of procedures, deadlines of the law.

use chrono::Duration;
use playbooks::StepClock;

use super::{Import, import};
use crate::actions::timers::fire_one;
use crate::actions::{Ctx, clocks, incident_view, procedure};
use crate::clock::{Clock as _, Timestamp};
use crate::domain::ids::IncidentId;
use crate::records::{Incident, RunningClock, Task};
use crate::store::{Conn, engine, incidents, timers};
use crate::testing::{Stage, on_each, reports};

const DESK: &str = "coordinator@so-ttt.example";

/// From a Sunday; two working days end with Tuesday.
const BOOK: &str = "playbook: working\nversion: 1\ntitle: Thử\nfirst_aid: 1. Gọi trực ban.\nsteps:\n  \
    - id: proof\n    task: {to: it_officer, phase: reviewing, text: Báo cáo.}\n    within: 2d\n    \
    clock: working\n    late:\n      - notify: {to: leader, text: Chưa có báo cáo.}\n";

/// The province's own 2026: Monday and Tuesday of that week are off, or are not.
fn own(off: bool) -> String {
    let off = match off {
        true => "off:\n  - {from: \"2026-11-23\", to: \"2026-11-24\", title: Lễ hội của tỉnh}\n",
        false => "",
    };
    format!(
        "calendar: tinh\ntitle: Lịch của tỉnh\nutc_offset: \"+07:00\"\nweekend: [saturday, sunday]\n\
         years: [2026]\n{off}"
    )
}

fn local(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

async fn imported(stage: &Stage, off: bool) {
    let admin = stage.as_person("admin@so-ttt.example").await;
    let done = import(&stage.office, &admin, own(off)).await.unwrap();
    assert!(matches!(done, Import::Done(_)), "{done:?}");
}

async fn fire_all(stage: &Stage) {
    let engine = Ctx::service("engine", stage.clock.now());
    while fire_one(&stage.office, &engine).await.unwrap().is_some() {}
}

async fn reported(stage: &Stage) -> IncidentId {
    stage.province().await;
    let mut report = reports::typed("Trang giả mạo");
    report.detected_at = "2026-11-22T08:00".to_owned();
    reports::sent(stage, &stage.office, report).await.incident
}

/// The case, the task of the procedure, and when the procedure goes on without it.
async fn proof(stage: &Stage, id: IncidentId) -> (Incident, Task, Option<Timestamp>) {
    let look = move |c: &mut Conn| {
        let run = engine::open_runs_of(c, id)?.into_iter().find(|run| run.playbook == "working");
        let run = run.expect("the run");
        let step = Some(format!("{}/proof", run.id));
        let task = incidents::tasks_of(c, id)?.into_iter().find(|task| task.step == step);
        let state: playbooks::Run = serde_json::from_str(&run.state).unwrap();
        let due = state.timers.get("proof/late").copied().map(Timestamp::new);
        Ok((incidents::find(c, id)?, task.expect("the task"), due))
    };
    stage.office.db.read(look).await.unwrap()
}

async fn happened(stage: &Stage, id: IncidentId, kind: &str) -> usize {
    let code = stage.office.db.read(move |c| incidents::find(c, id)).await.unwrap().code;
    let desk = stage.as_person(DESK).await;
    let all = incident_view::history(&stage.office, &desk, &code, None, 200).await.unwrap();
    all.items.iter().filter(|entry| entry.kind == kind).count()
}

async fn follow(stage: &Stage, id: IncidentId) {
    let (office, ctx) = (stage.office.clone(), stage.nobody());
    let begin = move |tx: &mut Conn| {
        let incident = incidents::hold(tx, id)?;
        procedure::follow(tx, &office, &ctx, &incident, BOOK)
    };
    stage.office.db.write(begin).await.unwrap();
}

#[actix_web::test]
async fn waits_and_tasks_of_a_procedure_move_with_an_imported_calendar() {
    on_each(|stage| async move {
        let id = reported(&stage).await;
        follow(&stage, id).await;
        let before = local("2026-11-25T00:00");
        let (_, task, due) = proof(&stage, id).await;
        assert_eq!((task.due_at, due), (Some(before), Some(before)));

        imported(&stage, true).await;
        let (_, task, due) = proof(&stage, id).await;
        assert_eq!((task.due_at, due), (Some(before), Some(before)), "not in the import itself");
        fire_all(&stage).await;
        let after = local("2026-11-27T00:00");
        let (_, task, due) = proof(&stage, id).await;
        assert_eq!((task.due_at, due), (Some(after), Some(after)));
        assert_eq!(happened(&stage, id, "run_recounted").await, 1);
        let armed = |c: &mut Conn| timers::armed(c, super::recount::SEARCH, None, 10);
        assert_eq!(stage.office.db.read(armed).await.unwrap().len(), 2, "looks again once");
        stage.clock.pass(Duration::seconds(30));
        fire_all(&stage).await;
        assert!(stage.office.db.read(armed).await.unwrap().is_empty());
        assert_eq!(happened(&stage, id, "run_recounted").await, 1, "and finds nothing to move");

        // It does not fire by the old time, and by the new one it does.
        stage.clock.pass(before - stage.clock.now() + Duration::hours(12));
        fire_all(&stage).await;
        let (_, task, due) = proof(&stage, id).await;
        assert_eq!((task.due_at, due), (Some(after), Some(after)));
        // The province's own procedure has late steps too.
        let others = happened(&stage, id, "step_late").await;
        // Back to a time that lies twelve hours behind: at once, and said to be late.
        let late = happened(&stage, id, "timer_late").await;
        imported(&stage, false).await;
        fire_all(&stage).await;
        assert_eq!(happened(&stage, id, "step_late").await, others + 1);
        assert!(happened(&stage, id, "timer_late").await > late);
        let (incident, task, due) = proof(&stage, id).await;
        assert_eq!((task.due_at, due), (Some(before), None));
        assert!(incident.next_due_at.is_some_and(|due| due <= before));

        // What is late stays late.
        imported(&stage, true).await;
        fire_all(&stage).await;
        let (_, task, due) = proof(&stage, id).await;
        assert_eq!((task.due_at, due), (Some(before), None));
    })
    .await;
}

/// Counts the case's deadlines anew as if the law's five days were working days.
async fn recounted(stage: &Stage, id: IncidentId) -> usize {
    let ctx = Ctx::service("engine", stage.clock.now());
    let work = move |tx: &mut Conn| {
        let incident = incidents::hold(tx, id)?;
        let mut regime = playbooks::regime_named(&incident.regime).expect("a regime").clone();
        for clock in &mut regime.clocks {
            if clock.id == "notify_ordinary" {
                clock.counted = StepClock::Working;
            }
        }
        clocks::recount(tx, &ctx, &incident, &regime)
    };
    stage.office.db.write(work).await.unwrap()
}

async fn notice(stage: &Stage, id: IncidentId) -> RunningClock {
    let all = stage.office.db.read(move |c| incidents::clocks_of(c, id)).await.unwrap();
    all.into_iter().find(|clock| clock.kind == "notify_ordinary").expect("the clock")
}

#[actix_web::test]
async fn a_legal_deadline_in_working_days_moves_and_what_is_settled_does_not() {
    on_each(|stage| async move {
        let id = reported(&stage).await;
        assert_eq!(recounted(&stage, id).await, 1);
        assert_eq!(notice(&stage, id).await.due_at, local("2026-11-28T00:00"));
        imported(&stage, true).await;
        let audited = stage.count("audit").await;
        assert_eq!(recounted(&stage, id).await, 1);
        assert_eq!(notice(&stage, id).await.due_at, local("2026-12-02T00:00"));
        assert_eq!(stage.count("audit").await, audited + 1);
        assert_eq!(happened(&stage, id, "clock_recounted").await, 2);
        assert_eq!(recounted(&stage, id).await, 0, "twice is once");

        // On 1 December the two days are worked after all: it ended on 28 November.
        stage.clock.pass(local("2026-12-01T09:00") - stage.clock.now());
        fire_all(&stage).await;
        assert!(notice(&stage, id).await.breached_at.is_none());
        imported(&stage, false).await;
        assert_eq!(recounted(&stage, id).await, 1);
        let late = happened(&stage, id, "timer_late").await;
        fire_all(&stage).await;
        let missed = notice(&stage, id).await;
        assert!(missed.breached_at.is_some() && missed.due_at == local("2026-11-28T00:00"));
        assert!(happened(&stage, id, "timer_late").await > late);

        imported(&stage, true).await;
        assert_eq!(recounted(&stage, id).await, 0, "missed is missed");
        assert_eq!(notice(&stage, id).await.due_at, missed.due_at);
    })
    .await;
}

#[actix_web::test]
async fn a_deadline_that_was_met_or_put_off_by_a_person_stays() {
    on_each(|stage| async move {
        let id = reported(&stage).await;
        for (met, put_off) in [(true, false), (false, true)] {
            let mut clock = notice(&stage, id).await;
            let now = stage.clock.now();
            clock.stopped_at = met.then_some(now);
            clock.original_due_at = put_off.then_some(clock.due_at);
            let before = clock.due_at;
            let save = move |tx: &mut Conn| incidents::save_clock(tx, &clock);
            stage.office.db.write(save).await.unwrap();
            assert_eq!(recounted(&stage, id).await, 0);
            assert_eq!(notice(&stage, id).await.due_at, before);
        }
    })
    .await;
}
