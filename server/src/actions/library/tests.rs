//! Two persons bring a version into force; cases that run keep theirs until somebody moves them.

use super::{Foreign, Proposal, Trial, abroad, approve, bring, check, entries, one, propose};
use super::{propose_shipped, refuse};
use super::{simulate, version, withdraw};
use crate::actions::reports::Received;
use crate::actions::run_version::{Apply, apply, preview};
use crate::actions::tracking::{Door, view};
use crate::actions::{Ctx, Office, incident_view, run_view, shelf};
use crate::domain::refusal::Refusal;
use crate::domain::words::{PlaybookState, Role};
use crate::error::Error;
use crate::records::Run;
use crate::store::{accounts, engine};
use crate::testing::{Stage, on_each, reports};

const NOTE: &str = "Báo lãnh đạo sớm hơn theo chỉ đạo";

/// An own version of the shipped playbook, `more` versions above it, with another first aid.
fn own(more: u32, aid: &str) -> (String, u32) {
    let version = shelf::shipped("phishing").unwrap().playbook.version + more;
    let text = format!(
        "playbook: phishing\nversion: {version}\ntitle: Giả mạo, bản của tỉnh\n\
         when: incident.category == \"phishing\"\nfirst_aid: 1. {aid}\nsteps:\n  \
         - id: receive\n    notify: {{to: duty_officer, ask: acknowledge}}\n    within: 10m\n    \
         late:\n      - notify: {{to: leader}}\n  \
         - id: mark\n    set: {{from_us: true}}\n  \
         - id: crime\n    if: incident.signs_of_crime\n    notify: {{to: leader}}\n"
    );
    (text, version)
}

async fn reported(stage: &Stage, office: &Office) -> Received {
    reports::sent(stage, office, reports::typed("Trang giả mạo cổng dịch vụ")).await
}

async fn run_of(stage: &Stage, received: &Received) -> Run {
    let id = received.incident;
    stage.office.db.read(move |c| Ok(engine::runs_of(c, id)?.remove(0))).await.unwrap()
}

fn code(why: &Error) -> &'static str {
    why.face().1
}

fn fields(why: Error) -> Vec<(&'static str, &'static str)> {
    match why {
        Error::Refused(Refusal::Fields(bad)) => {
            bad.into_iter().map(|bad| (bad.field, bad.key)).collect()
        }
        why => panic!("{why:?}"),
    }
}

fn typed(text: &str) -> Proposal {
    Proposal { text: text.to_owned(), note: NOTE.to_owned() }
}

#[actix_web::test]
async fn a_version_needs_two_persons_and_then_every_server_follows_it() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let duty = stage.as_person("duty_officer@so-ttt.example").await;
        let head = stage.as_person("unit_head@xa-b.example").await;
        let before = reported(&stage, office).await;
        assert_eq!(stage.count("playbook_texts").await, 0, "a shipped text needs no row");

        let (text, number) = own(1, "Không bấm vào liên kết.");
        for nobody in [&leader, &duty, &head] {
            let no = propose(office, nobody, None, typed(&text)).await.unwrap_err();
            assert_eq!(code(&no), "not_allowed");
        }
        let bad = typed("playbook: phishing\nversion: x\n");
        let no = propose(office, &desk, None, Proposal { note: "ngắn".to_owned(), ..bad }).await;
        let no = fields(no.unwrap_err());
        assert_eq!(no, [("note", "field-short"), ("text", "field-playbook-problems")]);
        let other = Some("malware".to_owned());
        let no = fields(propose(office, &desk, other, typed(&text)).await.unwrap_err());
        assert_eq!(no, [("text", "field-playbook-name")]);
        let (low, _) = own(0, "Như cũ.");
        let no = fields(propose(office, &desk, None, typed(&low)).await.unwrap_err());
        assert_eq!(no, [("text", "field-playbook-version")]);

        let mail = stage.count("outbox").await;
        let proposed = propose(office, &desk, None, typed(&text)).await.unwrap();
        assert_eq!((proposed.asked, stage.count("outbox").await), (1, mail + 1), "the leader");
        let no = fields(propose(office, &desk, None, typed(&text)).await.unwrap_err());
        assert_eq!(no, [("text", "field-playbook-waiting")]);
        let id = proposed.version.id;
        let seen = version(office, &leader, "phishing", id).await.unwrap();
        assert!(seen.item.may_decide && !seen.item.may_withdraw);
        assert_eq!(seen.against, "active");
        assert!(seen.difference.added > 0 && seen.difference.removed > 0);
        let shown = entries(office, &duty).await.unwrap();
        let entry = shown.iter().find(|entry| entry.name == "phishing").unwrap();
        assert!(entry.waiting && entry.shipped && entry.version < number);
        assert_eq!(code(&entries(office, &head).await.unwrap_err()), "not_allowed");

        // Both roles do not make two persons.
        assert_eq!(code(&approve(office, &desk, id).await.unwrap_err()), "not_allowed");
        let account = desk.actor.account().unwrap();
        let both = [Role::Coordinator, Role::Leader].into();
        stage.office.db.write(move |tx| accounts::set_roles(tx, account, &both)).await.unwrap();
        let both = stage.as_person("coordinator@so-ttt.example").await;
        assert_eq!(code(&approve(office, &both, id).await.unwrap_err()), "own_proposal");
        assert_eq!(code(&refuse(office, &both, id, NOTE).await.unwrap_err()), "own_proposal");

        // A second server, which has read the library already.
        let second = Office::new(office.db.clone(), office.config.clone());
        reported(&stage, &second).await;
        approve(office, &leader, id).await.unwrap();
        assert_eq!(code(&approve(office, &leader, id).await.unwrap_err()), "already_decided");
        for server in [office, &second] {
            let after = reported(&stage, server).await;
            assert_eq!(after.first_aid, ["Không bấm vào liên kết."]);
            let run = run_of(&stage, &after).await;
            assert_eq!(u32::try_from(run.playbook_version).unwrap(), number);
        }
        let kept = run_of(&stage, &before).await;
        assert_ne!(u32::try_from(kept.playbook_version).unwrap(), number, "it keeps its version");
        assert_eq!(stage.count("playbook_texts").await, 1);

        let portrait = one(office, &desk, "phishing", "").await.unwrap();
        assert_eq!(portrait.versions[0].state, PlaybookState::Active);
        assert_eq!(portrait.entry.running.iter().map(|one| one.cases).sum::<i64>(), 4);
        assert_eq!(portrait.cases.len(), 4);
        let admin = stage.as_person("admin@so-ttt.example").await;
        let portrait = one(office, &admin, "phishing", "").await.unwrap();
        assert!(portrait.cases.is_empty(), "an administrator sees no case");

        // Back to what ships: again two persons.
        stage.clock.pass(chrono::Duration::seconds(1));
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let back = propose_shipped(office, &desk, "phishing", NOTE).await.unwrap();
        let missing = propose_shipped(office, &desk, "malware", NOTE).await.unwrap_err();
        assert_eq!(code(&missing), "not_found");
        approve(office, &leader, back.version.id).await.unwrap();
        let last = run_of(&stage, &reported(&stage, &second).await).await;
        assert_eq!(last.text_hash, shelf::shipped("phishing").unwrap().hash);
        let again = fields(propose(office, &desk, None, typed(&text)).await.unwrap_err());
        assert_eq!(again, [("text", "field-playbook-version")], "a version is used once");
        let states: Vec<_> = one(office, &desk, "phishing", "").await.unwrap().versions;
        let states: Vec<_> = states.iter().map(|version| version.state).collect();
        assert_eq!(states, [PlaybookState::Active, PlaybookState::Replaced]);
    })
    .await;
}

#[actix_web::test]
async fn a_proposal_is_refused_with_a_reason_or_taken_back_by_its_author() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let (text, _) = own(1, "Gọi trực ban.");
        let id = propose(office, &desk, None, typed(&text)).await.unwrap().version.id;
        let no = fields(refuse(office, &leader, id, "không").await.unwrap_err());
        assert_eq!(no, [("reason", "field-short")]);
        let mail = stage.count("outbox").await;
        refuse(office, &leader, id, "Thiếu bước báo Công an tỉnh").await.unwrap();
        assert_eq!(stage.count("outbox").await, mail + 1, "its author is told");
        assert_eq!(code(&withdraw(office, &desk, id).await.unwrap_err()), "already_decided");
        // Nothing ran under that version: its number is free.
        let id = propose(office, &desk, None, typed(&text)).await.unwrap().version.id;
        withdraw(office, &desk, id).await.unwrap();
        assert_eq!(code(&approve(office, &leader, id).await.unwrap_err()), "already_decided");
        let stale = Ctx { now: desk.now + chrono::Duration::days(1), ..leader.clone() };
        let id = propose(office, &desk, None, typed(&text)).await.unwrap().version.id;
        assert_eq!(code(&approve(office, &stale, id).await.unwrap_err()), "prove_first");

        // The database keeps what was said, whatever program writes.
        for change in [
            "update playbook_versions set title = 'x'",
            "update playbook_versions set state = 'active', decider_id = author_id",
            "delete from playbook_versions",
            "update playbook_texts set text = 'x'",
        ] {
            let refused = office.db.write(move |tx| {
                use diesel::connection::SimpleConnection as _;
                Ok(tx.batch_execute(change)?)
            });
            assert!(refused.await.is_err(), "{change}");
        }
    })
    .await;
}

#[actix_web::test]
async fn a_version_that_breaks_a_caller_does_not_come_into_force() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let caller = "playbook: goi\nversion: 1\ntitle: Gọi\nwhen: incident.drill\n\
            first_aid: 1. Gọi.\nsteps:\n  - playbook: duoc-goi\n";
        let called = "playbook: duoc-goi\nversion: 1\ntitle: Được gọi\nwhen: incident.drill\n\
            first_aid: 1. Gọi.\nsteps:\n  - notify: {to: leader}\n";
        let no = fields(propose(office, &desk, None, typed(caller)).await.unwrap_err());
        assert_eq!(no, [("text", "field-playbook-problems")], "it calls what is not there");
        for text in [called, caller] {
            let id = propose(office, &desk, None, typed(text)).await.unwrap().version.id;
            approve(office, &leader, id).await.unwrap();
        }
        let gone = propose_shipped(office, &desk, "duoc-goi", NOTE).await.unwrap().version.id;
        let no = approve(office, &leader, gone).await.unwrap_err();
        assert!(matches!(no, Error::Refused(Refusal::NotReady { key: "playbook-breaks" })), "{no}");
        let still = entries(office, &desk).await.unwrap();
        assert!(still.iter().any(|entry| entry.name == "duoc-goi" && entry.version == 1));
    })
    .await;
}

#[actix_web::test]
async fn a_running_case_is_moved_on_purpose_with_a_preview_and_a_reason() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        let (text, _) = own(1, "Gọi trực ban.");
        let id = propose(office, &desk, None, typed(&text)).await.unwrap().version.id;
        approve(office, &leader, id).await.unwrap();
        let received = reported(&stage, office).await;
        let first = run_of(&stage, &received).await;
        let same = preview(office, &desk, &received.code, first.id).await.unwrap_err();
        assert!(matches!(same, Error::Refused(Refusal::NotReady { key: "playbook-same-version" })));

        let runs = run_view::runs(office, &desk, &received.code).await.unwrap();
        let run = &runs.items[0];
        assert_eq!(run.variables.get("from_us").map(String::as_str), Some("true"));
        let step = |id: &str| run.steps.iter().find(|step| step.id == id).unwrap();
        assert_eq!((step("crime").status, step("mark").status), ("skipped", "done"));
        assert_eq!(step("crime").condition, "incident.signs_of_crime");
        assert_eq!((run.waiting.len(), run.waiting[0].next), (1, Some("late")));
        assert_eq!(run.waiting[0].on[0].people[0].name, "duty_officer so-ttt");
        assert_eq!(run.coming[0].step, "receive/late/0");
        let head = stage.as_person("unit_head@xa-b.example").await;
        let no = run_view::runs(office, &head, &received.code).await.unwrap_err();
        assert_eq!(code(&no), "not_found", "the coordination team's");

        let (text, number) = own(2, "Gọi trực ban.");
        let later = text.replace("within: 10m", "within: 30m").replace("id: crime", "id: crime-2");
        let id = propose(office, &desk, None, typed(&later)).await.unwrap().version.id;
        approve(office, &leader, id).await.unwrap();
        let shown = preview(office, &desk, &received.code, first.id).await.unwrap();
        assert_eq!(shown.to, number);
        let changes: Vec<_> =
            shown.changes.iter().map(|one| (one.change, one.step.as_str())).collect();
        assert!(changes.contains(&("later", "receive")), "{changes:?}");
        assert!(changes.contains(&("dropped", "crime")), "{changes:?}");
        let unmoved = run_of(&stage, &received).await;
        assert_eq!(unmoved.text_hash, first.text_hash, "a preview writes nothing");

        let order = Apply {
            reason: "Lùi giờ báo lãnh đạo theo chỉ đạo".to_owned(),
            text: shown.text.clone(),
            version: Some(shown.incident_version),
        };
        let (at, run) = (received.code.as_str(), first.id);
        let short = Apply { reason: "vì".to_owned(), ..order.clone() };
        let no = fields(apply(office, &desk, at, run, short).await.unwrap_err());
        assert_eq!(no, [("reason", "field-short")]);
        let moved = Apply { text: "00".to_owned(), ..order.clone() };
        let no = apply(office, &desk, at, run, moved).await.unwrap_err();
        assert!(matches!(no, Error::Refused(Refusal::NotReady { key: "playbook-moved" })));
        let stale = Apply { version: Some(shown.incident_version - 1), ..order.clone() };
        assert_eq!(code(&apply(office, &desk, at, run, stale).await.unwrap_err()), "stale");
        let no = apply(office, &leader, at, run, order.clone()).await.unwrap_err();
        assert_eq!(code(&no), "not_allowed");
        apply(office, &desk, at, run, order.clone()).await.unwrap();
        assert_eq!(code(&apply(office, &desk, at, run, order).await.unwrap_err()), "stale");

        let after = run_of(&stage, &received).await;
        assert_eq!(u32::try_from(after.playbook_version).unwrap(), number);
        let state: playbooks::Run = serde_json::from_str(&after.state).unwrap();
        let due = state.timers["receive/late"] - state.started_at;
        assert_eq!(due.num_minutes(), 30);
        let history = incident_view::history(office, &desk, at, None, 50).await.unwrap();
        assert!(history.items.iter().any(|entry| entry.kind == "playbook_version"));
    })
    .await;
}

#[actix_web::test]
async fn a_text_is_tried_before_it_is_proposed() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let wrong = "playbook: x\nversion: 1\ntitle: T\nfirst_aid: 1. A.\nsteps:\n  - notifi: {}\n";
        let told = check(office, &desk, wrong.to_owned()).await.unwrap();
        assert!(!told.fine);
        assert_eq!((told.problems[0].line, told.problems[0].column), (6, 5));
        assert_eq!(told.problems[0].excerpt, "  - notifi: {}");
        let (text, _) = own(1, "Gọi <script>alert(1)</script>.");
        let trial = Trial {
            text: text.replace("title: Giả mạo", "title: <b>Giả</b> mạo"),
            silent: vec!["duty_officer".to_owned()],
            from: "2026-02-13T15:00".to_owned(),
            ..Trial::default()
        };
        let seen = simulate(office, &desk, trial.clone()).await.unwrap();
        assert!(seen.check.fine && seen.svg.starts_with("<svg") && !seen.svg.contains("<script"));
        assert!(seen.rows.iter().any(|row| row.after == "+10m" && row.step == "receive/late/0"));
        let odd = Trial { silent: vec!["boss".to_owned()], from: "mai".to_owned(), ..trial };
        let no = fields(simulate(office, &desk, odd).await.unwrap_err());
        assert_eq!(no, [("silent", "field-choose"), ("from", "field-time")]);
        let head = stage.as_person("unit_head@xa-b.example").await;
        assert_eq!(code(&check(office, &head, text).await.unwrap_err()), "not_allowed");
    })
    .await;
}

#[actix_web::test]
async fn first_aid_is_of_the_playbook_that_the_case_follows() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let leader = stage.as_person("leader@so-ttt.example").await;
        // Narrower than the category alone: for what has come to reach many.
        let text = "playbook: gia-mao-dien-rong\nversion: 1\ntitle: Giả mạo diện rộng\n\
             when: incident.category == \"phishing\" && incident.people == \"group\"\n\
             first_aid: 1. Báo mọi người không mở thư.\nsteps:\n  \
             - notify: {to: duty_officer, ask: acknowledge}\n";
        let proposed = propose(office, &desk, None, typed(text)).await.unwrap();
        approve(office, &leader, proposed.version.id).await.unwrap();
        let received = reported(&stage, office).await;
        assert_eq!(received.first_aid, ["Báo mọi người không mở thư."]);
        let door = Door::Token(received.tracking.clone());
        let page = view(office, &stage.nobody(), &door).await;
        assert_eq!(page.unwrap().first_aid, ["Báo mọi người không mở thư."]);
        assert_eq!(run_of(&stage, &received).await.playbook, "gia-mao-dien-rong");
    })
    .await;
}

#[actix_web::test]
async fn a_playbook_goes_abroad_and_comes_back() {
    on_each(|stage| async move {
        stage.province().await;
        let office = &stage.office;
        let desk = stage.as_person("coordinator@so-ttt.example").await;
        let file = abroad(office, &desk, "ransomware").await.unwrap();
        assert_eq!(
            (&file["type"], &file["spec_version"]),
            (&"playbook".into(), &"cacao-2.0".into())
        );
        let back = Foreign { cacao: file.clone(), ..Foreign::default() };
        let brought = bring(office, &desk, back).await.unwrap();
        assert!(brought.problems.is_empty(), "{:?}", brought.problems);
        let checked = check(office, &desk, brought.text).await.unwrap();
        let ours = &shelf::shipped("ransomware").unwrap().playbook;
        assert!(checked.fine);
        assert_eq!((checked.name.as_str(), checked.version), ("ransomware", ours.version));
        assert_eq!(checked.steps, ours.all_steps().len());
        // What is no playbook is said with its place, and what may not be brought is refused.
        let nothing =
            Foreign { cacao: serde_json::json!({"type": "playbook"}), ..Foreign::default() };
        let brought = bring(office, &desk, nothing).await.unwrap();
        assert!(brought.text.is_empty() && !brought.problems.is_empty());
        let roles = [("ai đó".to_owned(), "vua".to_owned())].into();
        let bad = Foreign { cacao: file.clone(), roles, ..Foreign::default() };
        assert_eq!(
            fields(bring(office, &desk, bad).await.unwrap_err()),
            [("roles", "field-unknown")]
        );
        let head = stage.as_person("unit_head@xa-b.example").await;
        let foreign = Foreign { cacao: file, ..Foreign::default() };
        assert_eq!(code(&bring(office, &head, foreign).await.unwrap_err()), "not_allowed");
        assert_eq!(code(&abroad(office, &head, "ransomware").await.unwrap_err()), "not_allowed");
        assert_eq!(code(&abroad(office, &desk, "không có").await.unwrap_err()), "not_found");
    })
    .await;
}
