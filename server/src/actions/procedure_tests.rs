//! What a playbook asks for is really done: questions are put to whoever decides, requests go out as
//! dispatches and their answers come back, waits see the incident change.

use std::collections::BTreeSet;

use super::dispatches::{self, NewAnswer};
use super::incident_view::{self, IncidentView};
use super::tasks::{self, Settle};
use super::triage::{self, Because, Triage};
use super::{Ctx, procedure};
use crate::domain::refusal::Refusal;
use crate::domain::words::{DispatchState, TaskState};
use crate::error::{Error, Result};
use crate::records::{Dispatch, Run};
use crate::store::{dispatches as sent, engine, incidents};
use crate::testing::{Stage, on_each, reports};

const REFER: &str = "
playbook: refer
version: 1
title: Chuyển hồ sơ
first_aid: 1. Gọi trực ban.
steps:
  - id: refer
    approve: {by: leader, question: Chuyển hồ sơ cho Công an tỉnh?}
    within: 30m
    late:
      - notify: {to: coordinator}
    then:
      - id: police
        dispatch: {to: police, kind: investigate, ground: Điều 10.1, text: Đề nghị xác minh., accept_within: 2h}
        within: 24h
    otherwise:
      - id: told
        notify: {to: unit_head, text: Lãnh đạo quyết định chưa chuyển hồ sơ.}
";

const CRIME: &str = "
playbook: crime
version: 1
title: Dấu hiệu tội phạm
first_aid: 1. Gọi trực ban.
steps:
  - id: known
    wait: {until: 'incident.signs_of_crime && size(incident.indicators.ip) > 0', by: coordinator}
    within: 1d
    late:
      - notify: {to: leader}
  - id: save
    task: {to: responders, phase: containing, text: Giữ nguyên hiện trường., evidence: required}
";

/// An incident that follows this playbook besides its own.
async fn follows(stage: &Stage, text: &'static str) -> String {
    stage.province().await;
    let report = reports::typed("Trang giả gửi về 203.0.113.7");
    let received = reports::sent(stage, &stage.office, report).await;
    let (office, ctx, id) = (stage.office.clone(), stage.nobody(), received.incident);
    stage
        .office
        .db
        .write(move |tx| {
            let incident = incidents::hold(tx, id)?;
            procedure::follow(tx, &office, &ctx, &incident, text)
        })
        .await
        .unwrap();
    received.code
}

async fn view(stage: &Stage, ctx: &Ctx, code: &str) -> IncidentView {
    incident_view::one(&stage.office, ctx, code).await.unwrap()
}

async fn decide(stage: &Stage, ctx: &Ctx, code: &str, state: &str, note: &str) -> Result<()> {
    let question = view(stage, ctx, code).await.tasks.into_iter().find(|task| task.question);
    let id = question.expect("a question").id;
    let wanted = Settle { state: state.to_owned(), note: note.to_owned(), version: None };
    tasks::settle(&stage.office, ctx, code, id, wanted).await.map(|_| ())
}

async fn kept(stage: &Stage, code: &str, playbook: &'static str) -> (Run, Vec<Dispatch>) {
    let code: crate::domain::ids::IncidentCode = code.parse().unwrap();
    stage
        .office
        .db
        .read(move |c| {
            let incident = incidents::find_by_number(c, code.number)?;
            let runs = engine::runs_of(c, incident.id)?;
            let run = runs.into_iter().find(|run| run.playbook == playbook).expect("the run");
            Ok((run, sent::of_incident(c, incident.id)?))
        })
        .await
        .unwrap()
}

fn state(run: &Run) -> playbooks::Run {
    serde_json::from_str(&run.state).unwrap()
}

/// The addresses that hear of something.
async fn told(stage: &Stage, code: &str, purpose: &'static str) -> BTreeSet<String> {
    let code: crate::domain::ids::IncidentCode = code.parse().unwrap();
    stage
        .office
        .db
        .read(move |c| {
            let incident = incidents::find_by_number(c, code.number)?;
            let rows = engine::deliveries(c, incident.id, 500)?;
            Ok(rows
                .into_iter()
                .filter(|row| row.purpose == purpose)
                .map(|row| row.address)
                .collect())
        })
        .await
        .unwrap()
}

#[actix_web::test]
async fn the_leader_decides_and_the_police_are_asked() {
    on_each(|stage| async move {
        let code = follows(&stage, REFER).await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let question = |view: IncidentView| view.tasks.into_iter().find(|task| task.question);
        let asked = question(view(&stage, &leader, &code).await).expect("asked");
        assert!(asked.may_settle && asked.due_at.is_some());
        assert_eq!(asked.text, "Chuyển hồ sơ cho Công an tỉnh?");
        assert!(told(&stage, &code, "question").await.contains("leader@so-ttt.example"));

        // The desk decides nothing in the leader's name; a task's word is no answer.
        assert!(!question(view(&stage, &desk, &code).await).expect("seen").may_settle);
        let refused = decide(&stage, &desk, &code, "yes", "").await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NotAllowed))), "{refused:?}");
        assert!(decide(&stage, &leader, &code, "done", "").await.is_err());
        assert!(decide(&stage, &leader, &code, "no", "").await.is_err(), "no needs its reason");
        assert!(kept(&stage, &code, "refer").await.1.is_empty());

        decide(&stage, &leader, &code, "yes", "").await.unwrap();
        let (run, dispatches) = kept(&stage, &code, "refer").await;
        let [dispatch] = dispatches.as_slice() else { panic!("{dispatches:?}") };
        assert_eq!(dispatch.step, Some(format!("{}/police", run.id)));
        assert_eq!((dispatch.ground.as_str(), dispatch.created_by), ("Điều 10.1", None));
        assert_eq!(dispatch.accept_by, Some(dispatch.created_at + chrono::Duration::hours(2)));
        assert!(!state(&run).is_over());
        assert!(!state(&run).timers.contains_key("refer/late"), "answered in time");
        // A second answer is told that it comes too late.
        assert!(decide(&stage, &leader, &code, "no", "Thôi").await.is_err());

        let police = stage.as_person("police_liaison@cat.example").await;
        for answer in ["accept", "done"] {
            let said = NewAnswer {
                answer: answer.to_owned(),
                text: "Đã xác minh".to_owned(),
                ..NewAnswer::default()
            };
            dispatches::answer(&stage.office, &police, &dispatch.code, said, vec![]).await.unwrap();
        }
        let (run, _) = kept(&stage, &code, "refer").await;
        assert!(state(&run).is_over(), "{}", run.state);
    })
    .await;
}

#[actix_web::test]
async fn a_no_takes_the_other_way_and_a_withdrawn_request_is_nobodys_silence() {
    on_each(|stage| async move {
        let code = follows(&stage, REFER).await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        decide(&stage, &leader, &code, "no", "Chưa đủ căn cứ").await.unwrap();
        let (run, dispatches) = kept(&stage, &code, "refer").await;
        assert!(dispatches.is_empty() && state(&run).is_over());
        assert!(told(&stage, &code, "opening").await.contains("unit_head@xa-b.example"));
    })
    .await;
    on_each(|stage| async move {
        let code = follows(&stage, REFER).await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        decide(&stage, &leader, &code, "yes", "").await.unwrap();
        let (_, dispatches) = kept(&stage, &code, "refer").await;
        let because = "Gửi nhầm, xin rút lại".to_owned();
        dispatches::cancel(&stage.office, &desk, &dispatches[0].code, because, None).await.unwrap();
        let (run, dispatches) = kept(&stage, &code, "refer").await;
        assert_eq!(dispatches[0].state, DispatchState::Cancelled);
        assert_eq!(state(&run).steps["police"].status, playbooks::Status::Refused);
        let people = told(&stage, &code, "step_refused").await;
        assert!(people.contains("coordinator@so-ttt.example"), "{people:?}");
    })
    .await;
}

#[actix_web::test]
async fn a_wait_sees_the_incident_change() {
    on_each(|stage| async move {
        let code = follows(&stage, CRIME).await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let (run, _) = kept(&stage, &code, "crime").await;
        assert!(!state(&run).steps.contains_key("save"));
        let mut wanted = Triage { signs_of_crime: Some(false), ..Triage::default() };
        triage::triage(&stage.office, &desk, &code, wanted.clone()).await.unwrap();
        assert!(!state(&kept(&stage, &code, "crime").await.0).steps.contains_key("save"));
        wanted.signs_of_crime = Some(true);
        triage::triage(&stage.office, &desk, &code, wanted).await.unwrap();
        let (run, _) = kept(&stage, &code, "crime").await;
        assert!(state(&run).steps.contains_key("save"), "{}", run.state);
        assert!(!state(&run).timers.contains_key("known/late"));
        let tasks = view(&stage, &desk, &code).await.tasks;
        let ours = tasks.iter().find(|task| task.text == "Giữ nguyên hiện trường.");
        assert!(!ours.expect("a task").question);
    })
    .await;
}

#[actix_web::test]
async fn a_case_that_ends_takes_its_questions_back() {
    on_each(|stage| async move {
        let code = follows(&stage, REFER).await;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let because = Because { reason: "Báo nhầm".to_owned(), version: None };
        triage::reject(&stage.office, &desk, &code, because).await.unwrap();
        let task = view(&stage, &desk, &code).await.tasks.into_iter().find(|task| task.question);
        let task = task.expect("there");
        assert_eq!((task.state, task.answer), (TaskState::Skipped, None), "nobody said no");
        let leader = stage.as_person("leader@so-ttt.example").await;
        assert!(decide(&stage, &leader, &code, "yes", "").await.is_err());
    })
    .await;
}
