//! Stories of the duty rota on both databases, with a clock that the test moves. It is Sunday,
//! 22/11/2026 08:00; shifts change at 07:30.

use std::collections::BTreeSet;

use chrono::Duration;

use super::handover::{self, NewHandover};
use super::swaps::{self, NewSwap};
use super::views::{self, RotaView};
use super::{book, edit, feeds};
use crate::actions::housekeeping;
use crate::actions::reports::{NewReport, receive};
use crate::actions::timers::fire_one;
use crate::actions::{Ctx, accounts as account_verbs};
use crate::clock::Clock as _;
use crate::domain::ids::{Id, IncidentId, RotaId};
use crate::domain::rota::{OverrideText, RotationText, Standing};
use crate::domain::words::{Role, SwapAnswer, SwapState};
use crate::error::Error;
use crate::records::Account;
use crate::store::{accounts, engine, organisations};
use crate::testing::{Stage, on_each};

const DUTY: &str = "duty_officer@so-ttt.example";
const MINH: &str = "minh@so-ttt.example";
const LAN: &str = "lan@so-ttt.example";
const COORDINATOR: &str = "coordinator@so-ttt.example";

/// The province with two more duty officers.
async fn house(stage: &Stage) {
    stage.province().await;
    let now = stage.clock.now();
    for (email, name) in [(MINH, "Minh"), (LAN, "Lan, trực \"đêm\"; ca 2")] {
        stage
            .office
            .db
            .write(move |tx| {
                let like = accounts::find_by_email(tx, DUTY)?.expect("the duty officer");
                let account = Account {
                    id: Id::new(now),
                    name: name.to_owned(),
                    email: email.to_owned(),
                    ..like
                };
                accounts::insert(tx, &account)?;
                accounts::set_roles(tx, account.id, &BTreeSet::from([Role::DutyOfficer]))
            })
            .await
            .unwrap();
    }
}

fn rotation(people: &[&str], kind: &str, from: &str, to: &str) -> RotationText {
    RotationText {
        kind: kind.to_owned(),
        people: people.iter().map(|one| (*one).to_owned()).collect(),
        handover: "07:30".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        ..RotationText::default()
    }
}

/// A rota with one rotation.
async fn with_rota(stage: &Stage, typed: RotationText) -> RotaId {
    let boss = stage.as_person(COORDINATOR).await;
    let rota = edit::create(&stage.office, &boss, "Trực ban").await.unwrap();
    edit::add_rotation(&stage.office, &boss, rota.id, rota.version, typed).await.unwrap();
    rota.id
}

async fn shown(stage: &Stage, id: RotaId) -> RotaView {
    let boss = stage.as_person(COORDINATOR).await;
    views::one(&stage.office, &boss, id, None, Some(60)).await.unwrap()
}

fn ctx(stage: &Stage) -> Ctx {
    Ctx::service("engine", stage.clock.now())
}

/// Fires everything that is due, as two servers would.
async fn settle(stage: &Stage) {
    while fire_one(&stage.office, &ctx(stage)).await.unwrap().is_some() {}
}

/// Lets time pass, timers firing when they are due.
async fn pass(stage: &Stage, by: Duration) {
    let end = stage.clock.now() + by;
    loop {
        let next = stage.office.db.read(engine::next_timer).await.unwrap();
        match next.filter(|due| *due <= end) {
            Some(due) => {
                let wait = due - stage.clock.now();
                if wait > Duration::zero() {
                    stage.clock.pass(wait);
                }
                settle(stage).await;
            }
            None => break,
        }
    }
    let rest = end - stage.clock.now();
    stage.clock.pass(rest);
}

/// Whom the letters of a purpose are for, in order.
async fn told(stage: &Stage, purpose: &'static str) -> Vec<String> {
    use diesel::prelude::*;

    use crate::store::schema::outbox;
    let read = stage.office.db.read(move |c| {
        Ok(outbox::table
            .filter(outbox::purpose.eq(purpose))
            .order(outbox::address)
            .select(outbox::address)
            .load::<String>(c)?)
    });
    read.await.unwrap()
}

async fn report(stage: &Stage) -> IncidentId {
    let typed = NewReport {
        category: "phishing".to_owned(),
        description: "Thư giả mạo gửi tới cả xã, có người đã bấm vào đường dẫn.".to_owned(),
        detected_at: (stage.clock.now() - Duration::minutes(5)).rfc3339(),
        services: "none".to_owned(),
        people: "unit".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_email: "thu@xa-b.example".to_owned(),
        ..NewReport::default()
    };
    let through = Some("xa-b".to_owned());
    let made = receive(&stage.office, &stage.nobody(), typed, Vec::new(), through, None).await;
    made.unwrap().incident
}

/// Who of the coordinator's desk was told of an incident, by role and address.
async fn heard(stage: &Stage, incident: IncidentId) -> Vec<String> {
    let all = stage.office.db.read(move |c| engine::deliveries(c, incident, 100)).await.unwrap();
    let mut desk: Vec<String> = all
        .into_iter()
        .filter(|one| one.address.ends_with("@so-ttt.example"))
        .map(|one| format!("{} {} {}", one.purpose, one.recipient_role, one.address))
        .collect();
    desk.sort();
    desk
}

#[actix_web::test]
async fn only_whoever_is_on_duty_is_told_and_a_gap_goes_up_at_once() {
    on_each(|stage| async move {
        house(&stage).await;
        let both = heard(&stage, report(&stage).await).await;
        assert_eq!(both.len(), 3, "without a rota every duty officer: {both:?}");

        let id = with_rota(&stage, rotation(&[MINH, DUTY], "daily", "2026-11-22", "")).await;
        let one = heard(&stage, report(&stage).await).await;
        assert_eq!(one, [format!("acknowledge duty_officer {MINH}")]);

        // The day after it is the other's turn.
        pass(&stage, Duration::hours(24)).await;
        let one = heard(&stage, report(&stage).await).await;
        assert_eq!(one, [format!("acknowledge duty_officer {DUTY}")]);

        // On duty, and locked: a gap from this moment on. The coordinators hear of it at once,
        // and of the incident that comes.
        let admin = stage.as_person("admin@so-ttt.example").await;
        let email = DUTY.to_owned();
        let gone = stage.office.db.read(move |c| accounts::find_by_email(c, &email)).await.unwrap();
        let gone = gone.unwrap().id;
        account_verbs::lock(&stage.office, &admin, gone, "Chuyển công tác", "").await.unwrap();
        assert_eq!(told(&stage, "rota_nobody").await, [COORDINATOR]);
        let view = shown(&stage, id).await;
        assert!(view.nobody && view.on_duty.is_empty());
        let up = heard(&stage, report(&stage).await).await;
        assert!(
            up.iter().any(|line| line.ends_with(&format!("coordinator {COORDINATOR}"))),
            "{up:?}"
        );
        assert!(!up.iter().any(|line| line.contains(MINH)), "{up:?}");

        // Looking again says nothing again; somebody put there ends it.
        housekeeping::run(&stage.office, &ctx(&stage), "rota").await.unwrap();
        stage.clock.pass(Duration::hours(1));
        housekeeping::run(&stage.office, &ctx(&stage), "rota").await.unwrap();
        assert_eq!(stage.count("outbox where purpose = 'rota_nobody'").await, 1);
        let boss = stage.as_person(COORDINATOR).await;
        let fill = OverrideText {
            from: stage.clock.now().rfc3339(),
            to: (stage.clock.now() + Duration::hours(30)).rfc3339(),
            person: LAN.to_owned(),
            reason: "Trực thay".to_owned(),
            ..OverrideText::default()
        };
        edit::add_override(&stage.office, &boss, id, fill).await.unwrap();
        let one = heard(&stage, report(&stage).await).await;
        assert_eq!(one, [format!("acknowledge duty_officer {LAN}")]);
        let now = stage.clock.now();
        let outlook = stage.office.db.read(move |c| book::outlook(c, now)).await.unwrap();
        assert!(outlook.counts && !outlook.nobody);
        assert!(outlook.next_gap.is_some(), "the locked officer's next turn");
    })
    .await;
}

#[actix_web::test]
async fn a_gap_is_warned_about_a_week_ahead_once_whichever_server_looks() {
    on_each(|stage| async move {
        house(&stage).await;
        let typed = rotation(&[DUTY, MINH], "weekly", "2026-11-22", "");
        let id = with_rota(&stage, typed).await;
        let boss = stage.as_person(COORDINATOR).await;
        let leave = OverrideText {
            from: "2026-12-03T07:30".to_owned(),
            to: "2026-12-04T07:30".to_owned(),
            instead_of: MINH.to_owned(),
            reason: "Nghỉ phép".to_owned(),
            ..OverrideText::default()
        };
        let leave = edit::add_override(&stage.office, &boss, id, leave).await.unwrap();
        let view = shown(&stage, id).await;
        assert_eq!(view.gaps.len(), 1, "shown in advance");
        assert_eq!(view.gaps[0].from.local(), "03/12/2026 07:30");
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 0, "not yet");

        pass(&stage, Duration::days(3)).await;
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 0, "eight days before");
        pass(&stage, Duration::days(1)).await;
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 1);
        for _ in 0..3 {
            housekeeping::run(&stage.office, &ctx(&stage), "rota").await.unwrap();
            pass(&stage, Duration::hours(5)).await;
        }
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 1, "once");
        assert_eq!(stage.count("rota_gaps").await, 1);

        // It grows by a day: that is news.
        let boss = stage.as_person(COORDINATOR).await;
        let more = OverrideText {
            from: "2026-12-04T07:30".to_owned(),
            to: "2026-12-05T07:30".to_owned(),
            instead_of: MINH.to_owned(),
            reason: "Nghỉ thêm".to_owned(),
            ..OverrideText::default()
        };
        edit::add_override(&stage.office, &boss, id, more).await.unwrap();
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 2);
        // And what is taken back is no gap.
        edit::end_override(&stage.office, &boss, id, leave).await.unwrap();
        let view = shown(&stage, id).await;
        assert_eq!(view.gaps.len(), 1);
        assert_eq!(view.gaps[0].from.local(), "04/12/2026 07:30");
        let twice = edit::end_override(&stage.office, &boss, id, leave).await.unwrap_err();
        assert_eq!(twice.face(), (409, "rota_moved"));
    })
    .await;
}

#[actix_web::test]
async fn two_servers_that_look_at_once_say_it_once() {
    on_each(|stage| async move {
        house(&stage).await;
        let typed = rotation(&[DUTY, MINH], "daily", "2026-11-22", "2026-11-25");
        with_rota(&stage, typed).await;
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 1, "no end in sight");
        stage.clock.pass(Duration::hours(24));
        let (office, now) = (stage.office.clone(), ctx(&stage));
        let looks = (0..8).map(|number| {
            let (office, now) = (office.clone(), now.clone());
            async move {
                if number % 2 == 0 {
                    fire_one(&office, &now).await.map(|_| ())
                } else {
                    housekeeping::run(&office, &now, "rota").await
                }
            }
        });
        for done in futures_util::future::join_all(looks).await {
            done.unwrap();
        }
        settle(&stage).await;
        assert_eq!(stage.count("rota_handovers").await, 2, "the first shift's and the second's");
        assert_eq!(stage.count("outbox where purpose = 'rota_handover'").await, 2);
        assert_eq!(stage.count("outbox where purpose = 'rota_gap'").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn an_exchange_counts_once_both_sides_confirmed() {
    on_each(|stage| async move {
        house(&stage).await;
        let id = with_rota(&stage, rotation(&[DUTY, MINH, LAN], "daily", "2026-11-22", "")).await;
        let asks = |person: &str, shift: &str, back: &str| NewSwap {
            shift: shift.to_owned(),
            person: person.to_owned(),
            back: back.to_owned(),
            note: "Con ốm".to_owned(),
        };
        let duty = stage.as_person(DUTY).await;
        let (mine, hers) = ("2026-11-25T07:30", "2026-11-26T07:30");
        for (bad, field) in [
            (asks(MINH, "2026-11-26T07:30", ""), "shift"),
            (asks(MINH, "2026-11-22T08:00", ""), "shift"),
            (asks(MINH, mine, "2026-11-24T07:30"), "back"),
            (asks(DUTY, mine, ""), "person"),
            (asks("unit_head@xa-b.example", mine, ""), "person"),
        ] {
            let why = swaps::ask(&stage.office, &duty, id, bad).await.unwrap_err();
            let Error::Refused(crate::domain::refusal::Refusal::Fields(fields)) = why else {
                panic!("{why:?}")
            };
            assert_eq!(fields[0].field, field);
        }
        let swap = swaps::ask(&stage.office, &duty, id, asks(MINH, mine, hers)).await.unwrap();
        assert_eq!(told(&stage, "rota_swap_asked").await, [MINH]);
        let again = swaps::ask(&stage.office, &duty, id, asks(LAN, mine, "")).await.unwrap_err();
        assert_eq!(again.face().0, 422, "asked already");

        let (minh, lan) = (stage.as_person(MINH).await, stage.as_person(LAN).await);
        let say = |who: Ctx, said| {
            let office = stage.office.clone();
            async move { swaps::answer(&office, &who, id, swap, said).await }
        };
        let who_at = |view: &RotaView, at: &str| {
            let found = view.shifts.iter().find(|shift| shift.from.local_input() == at).unwrap();
            found.person.as_ref().map(|person| person.email.clone()).unwrap()
        };
        assert_eq!(say(lan, SwapAnswer::Accept).await.unwrap_err().face().0, 403);
        assert_eq!(say(duty.clone(), SwapAnswer::Accept).await.unwrap_err().face().0, 409);
        assert_eq!(say(duty.clone(), SwapAnswer::Confirm).await.unwrap_err().face().0, 409);
        let view = say(minh.clone(), SwapAnswer::Accept).await.unwrap();
        assert_eq!(view.state, SwapState::Accepted);
        assert_eq!(who_at(&shown(&stage, id).await, mine), DUTY, "not before the second yes");
        let view = say(duty.clone(), SwapAnswer::Confirm).await.unwrap();
        assert_eq!(view.state, SwapState::Confirmed);
        let rota = shown(&stage, id).await;
        assert_eq!((who_at(&rota, mine).as_str(), who_at(&rota, hers).as_str()), (MINH, DUTY));
        assert!(rota.gaps.is_empty());
        assert_eq!(say(minh, SwapAnswer::Withdraw).await.unwrap_err().face().1, "rota_moved");

        // What changes meanwhile makes an exchange void.
        let later = "2026-11-28T07:30";
        let swap = swaps::ask(&stage.office, &duty, id, asks(LAN, later, "")).await.unwrap();
        let boss = stage.as_person(COORDINATOR).await;
        let other = OverrideText {
            from: "2026-11-28T12:00".to_owned(),
            to: "2026-11-28T18:00".to_owned(),
            instead_of: DUTY.to_owned(),
            person: MINH.to_owned(),
            reason: "Họp".to_owned(),
            ..OverrideText::default()
        };
        edit::add_override(&stage.office, &boss, id, other).await.unwrap();
        let lan = stage.as_person(LAN).await;
        let moved = swaps::answer(&stage.office, &lan, id, swap, SwapAnswer::Accept).await;
        assert_eq!(moved.unwrap_err().face(), (409, "rota_moved"));
        swaps::answer(&stage.office, &lan, id, swap, SwapAnswer::Refuse).await.unwrap();
        assert_eq!(told(&stage, "rota_swap_refused").await, [DUTY]);
    })
    .await;
}

#[actix_web::test]
async fn a_hand_over_is_written_taken_and_chased() {
    on_each(|stage| async move {
        house(&stage).await;
        report(&stage).await;
        let id = with_rota(&stage, rotation(&[DUTY, MINH, LAN], "daily", "2026-11-22", "")).await;
        // The first officer has one too: the service wrote it.
        let list = |who: Ctx| {
            let office = stage.office.clone();
            async move { handover::list(&office, &who, id, "", 10).await.unwrap().items }
        };
        let boss = stage.as_person(COORDINATOR).await;
        let all = list(boss.clone()).await;
        assert_eq!(all.len(), 1);
        assert!(all[0].by_service && all[0].outgoing.is_none() && all[0].incoming.email == DUTY);

        let duty = stage.as_person(DUTY).await;
        let first: crate::domain::ids::HandoverId = all[0].id.parse().unwrap();
        let minh = stage.as_person(MINH).await;
        let not_his = handover::acknowledge(&stage.office, &minh, first).await.unwrap_err();
        assert_eq!(not_his.face(), (403, "not_allowed"));
        let early = handover::draft(&stage.office, &minh, id).await.unwrap_err();
        assert_eq!(early.face(), (409, "rota_moved"), "whoever is not on duty hands nothing over");
        handover::acknowledge(&stage.office, &duty, first).await.unwrap();
        handover::acknowledge(&stage.office, &duty, first).await.unwrap();

        let draft = handover::draft(&stage.office, &duty, id).await.unwrap();
        assert_eq!(draft.facts.cases.len(), 1);
        assert!(!draft.facts.clocks.is_empty(), "the deadlines of the law run");
        assert_eq!(draft.next.unwrap().0.email, MINH);
        let note = |text: &str| NewHandover { note: text.to_owned(), secret_confirmed: false };
        let secret = handover::write(&stage.office, &duty, id, note("TỐI MẬT\nxem")).await;
        assert_eq!(secret.unwrap_err().face().0, 422);
        let made = handover::write(&stage.office, &duty, id, note("Gọi lại xã B")).await.unwrap();
        let again = handover::write(&stage.office, &duty, id, note("Gọi xã B 9h")).await.unwrap();
        assert_eq!(made, again, "a second writing changes the first");
        assert_eq!(told(&stage, "rota_handover").await.len(), 2);

        pass(&stage, Duration::hours(24)).await;
        assert_eq!(stage.count("rota_handovers").await, 2, "the one that was written is there");
        let minh = stage.as_person(MINH).await;
        let record = handover::one(&stage.office, &minh, made).await.unwrap();
        assert!(record.yours && !record.by_service);
        assert_eq!(record.note, "Gọi xã B 9h");
        assert_eq!(record.facts.as_ref().map(|facts| facts.cases.len()), Some(1));
        assert_eq!(told(&stage, "rota_reminder").await, [MINH], "half an hour after its time");
        assert!(told(&stage, "rota_unclaimed").await.is_empty());
        pass(&stage, Duration::hours(2)).await;
        assert_eq!(told(&stage, "rota_unclaimed").await, [COORDINATOR]);
        handover::acknowledge(&stage.office, &minh, made).await.unwrap();
        pass(&stage, Duration::hours(10)).await;
        assert_eq!(stage.count("outbox where purpose = 'rota_reminder'").await, 1);
        assert_eq!(stage.count("outbox where purpose = 'rota_unclaimed'").await, 1);
        let late = handover::write(&stage.office, &duty, id, note("quá muộn")).await.unwrap_err();
        assert_eq!(late.face().1, "rota_moved");

        // Told a day before: everybody once a shift.
        pass(&stage, Duration::hours(24)).await;
        let soon = told(&stage, "rota_soon").await;
        assert!(soon.contains(&LAN.to_owned()) && soon.contains(&MINH.to_owned()), "{soon:?}");
        let page = handover::list(&stage.office, &boss, id, "", 1).await.unwrap();
        let next = handover::list(&stage.office, &boss, id, &page.next.unwrap(), 5).await.unwrap();
        assert_eq!(next.items.len(), 2);
    })
    .await;
}

#[actix_web::test]
async fn only_coordinators_and_leaders_edit_and_other_houses_see_nothing() {
    on_each(|stage| async move {
        house(&stage).await;
        let typed = || rotation(&[DUTY, MINH], "weekly", "2026-11-23", "2027-01-04");
        let id = with_rota(&stage, typed()).await;
        let duty = stage.as_person(DUTY).await;
        let refused = edit::create(&stage.office, &duty, "Khác").await.unwrap_err();
        assert_eq!(refused.face(), (403, "not_allowed"));
        for email in ["admin@so-ttt.example", "unit_head@xa-b.example", "liaison@vnpt.example"] {
            let other = stage.as_person(email).await;
            let refused = views::one(&stage.office, &other, id, None, None).await.unwrap_err();
            assert_eq!(refused.face(), (403, "not_allowed"), "{email}");
        }
        // A coordinator of another house: the rota looks like none.
        let now = stage.clock.now();
        stage
            .office
            .db
            .write(move |tx| {
                let of = organisations::find_by_key(tx, "so-yt", now)?;
                let like = accounts::find_by_email(tx, DUTY)?.expect("the duty officer");
                let account = Account {
                    id: Id::new(now),
                    email: "khac@so-yt.example".to_owned(),
                    organisation_id: of.id,
                    ..like
                };
                accounts::insert(tx, &account)?;
                accounts::set_roles(tx, account.id, &BTreeSet::from([Role::Coordinator]))
            })
            .await
            .unwrap();
        let other = stage.as_person("khac@so-yt.example").await;
        let unseen = views::one(&stage.office, &other, id, None, None).await.unwrap_err();
        assert_eq!(unseen.face(), (404, "not_found"));
        assert!(views::list(&stage.office, &other).await.unwrap().is_empty());

        let boss = stage.as_person("leader@so-ttt.example").await;
        let view = views::one(&stage.office, &boss, id, None, None).await.unwrap();
        assert!(!view.nobody && view.on_duty.is_empty(), "it does not count yet");
        let stale = edit::add_rotation(&stage.office, &boss, id, 1, typed()).await.unwrap_err();
        assert_eq!(stale.face(), (409, "stale"));
        let overlap =
            edit::add_rotation(&stage.office, &boss, id, view.version, typed()).await.unwrap_err();
        assert_eq!(overlap.face().0, 422);
        let gone = rotation(&["unit_head@xa-b.example"], "daily", "2027-02-01", "");
        let gone =
            edit::add_rotation(&stage.office, &boss, id, view.version, gone).await.unwrap_err();
        assert_eq!(gone.face().0, 422, "nobody of this desk");

        // Ended, what follows is another rotation; retired, the rota is gone.
        let first = view.rotations[0].id.parse().unwrap();
        let at = "2026-12-07T07:30";
        let rota = edit::end_rotation(&stage.office, &boss, id, view.version, first, at);
        let rota = rota.await.unwrap();
        let next = rotation(&[LAN], "daily", "2026-12-07", "");
        let rota = edit::add_rotation(&stage.office, &boss, id, rota.version, next).await.unwrap();
        assert!(shown(&stage, id).await.gaps.is_empty());
        pass(&stage, Duration::days(1)).await;
        let now = stage.clock.now();
        let house = rota.organisation_id;
        let standing = stage.office.db.read(move |c| book::on_duty(c, house, now)).await.unwrap();
        assert!(matches!(standing.0, Standing::Held(_)));
        edit::retire(&stage.office, &boss, id, rota.version).await.unwrap();
        let gone = views::one(&stage.office, &boss, id, None, None).await.unwrap_err();
        assert_eq!(gone.face(), (404, "not_found"));
        assert_eq!(stage.count("timers where kind = 'rota'").await, 0);
    })
    .await;
}

/// Content lines, unfolded; what RFC 5545 says of every text is checked on the way.
fn lines(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    assert!(text.ends_with("\r\n"), "ends with a line break");
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75, "longer than 75 octets: {line}");
        assert!(!line.contains(['\r', '\n']), "a bare line break: {line:?}");
        match line.strip_prefix(' ') {
            Some(rest) => all.last_mut().unwrap().push_str(rest),
            None => all.push(line.to_owned()),
        }
    }
    all
}

#[actix_web::test]
async fn a_calendar_says_what_the_rota_says_until_it_is_revoked() {
    on_each(|stage| async move {
        house(&stage).await;
        let id = with_rota(&stage, rotation(&[LAN, DUTY], "weekly", "2026-11-23", "")).await;
        let boss = stage.as_person(COORDINATOR).await;
        let view = shown(&stage, id).await;
        let name = "Trực ban, ca đêm; dự phòng \\ thêm một cái tên rất dài để phải gấp dòng lại";
        edit::rename(&stage.office, &boss, id, view.version, name).await.unwrap();
        let lan = stage.as_person(LAN).await;
        let secret = |feed: &feeds::FeedView| {
            let url = feed.url.clone().unwrap();
            url.rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned()
        };
        let own = feeds::create(&stage.office, &lan, None).await.unwrap();
        let whole = feeds::create(&stage.office, &lan, Some(id)).await.unwrap();
        let nobody = stage.nobody();
        let text = feeds::open(&stage.office, &nobody, &secret(&own)).await.unwrap();
        let own_lines = lines(&text);
        assert_eq!(own_lines[0], "BEGIN:VCALENDAR");
        assert_eq!(own_lines.last().unwrap(), "END:VCALENDAR");
        assert!(own_lines.contains(&"DTSTART:20261123T003000Z".to_owned()), "07:30 is 00:30 UTC");
        assert!(own_lines.contains(&"DTEND:20261130T003000Z".to_owned()));
        assert!(!own_lines.contains(&"DTSTART:20261130T003000Z".to_owned()), "the other's week");
        let escaped =
            "Trực ban\\, ca đêm\\; dự phòng \\\\ thêm một cái tên rất dài để phải gấp dòng lại";
        assert!(own_lines.contains(&format!("SUMMARY:Trực: {escaped}")), "{own_lines:#?}");

        let all = lines(&feeds::open(&stage.office, &nobody, &secret(&whole)).await.unwrap());
        assert!(all.contains(&format!("X-WR-CALNAME:{escaped}")));
        assert!(all.contains(&"SUMMARY:Trực: Lan\\, trực \"đêm\"\\; ca 2".to_owned()), "{all:#?}");
        let uids: Vec<&String> = all.iter().filter(|line| line.starts_with("UID:")).collect();
        let events = all.iter().filter(|line| *line == "BEGIN:VEVENT").count();
        assert_eq!(uids.iter().collect::<BTreeSet<_>>().len(), events, "every event its own UID");
        for needed in ["DTSTAMP:", "DTSTART:", "DTEND:", "SEQUENCE:"] {
            let there = all.iter().filter(|line| line.starts_with(needed)).count();
            assert_eq!(there, events, "{needed}");
        }
        // A day later, and with somebody else there: the same names.
        pass(&stage, Duration::days(1)).await;
        let boss = stage.as_person(COORDINATOR).await;
        let other = OverrideText {
            from: "2026-11-30T07:30".to_owned(),
            to: "2026-12-07T07:30".to_owned(),
            person: MINH.to_owned(),
            reason: "Nghỉ phép".to_owned(),
            ..OverrideText::default()
        };
        edit::add_override(&stage.office, &boss, id, other).await.unwrap();
        let later = lines(&feeds::open(&stage.office, &nobody, &secret(&whole)).await.unwrap());
        for uid in &uids[..uids.len() - 1] {
            assert!(later.contains(uid), "{uid} is gone");
        }
        assert!(later.contains(&"SUMMARY:Trực: Minh".to_owned()));

        assert_eq!(feeds::own(&stage.office, &lan).await.unwrap().len(), 2);
        assert!(feeds::own(&stage.office, &lan).await.unwrap()[0].last_used_at.is_some());
        let stolen = stage.as_person(MINH).await;
        let first = own.id.parse().unwrap();
        assert_eq!(feeds::revoke(&stage.office, &stolen, first).await.unwrap_err().face().0, 404);
        feeds::revoke(&stage.office, &lan, first).await.unwrap();
        for wrong in [secret(&own), "nothing".to_owned()] {
            let closed = feeds::open(&stage.office, &nobody, &wrong).await.unwrap_err();
            assert_eq!(closed.face(), (410, "link_not_valid"));
        }
        // Whoever is locked reads nothing any more.
        let admin = stage.as_person("admin@so-ttt.example").await;
        let email = LAN.to_owned();
        let gone = stage.office.db.read(move |c| accounts::find_by_email(c, &email)).await.unwrap();
        let gone = gone.unwrap().id;
        account_verbs::lock(&stage.office, &admin, gone, "Nghỉ việc", "").await.unwrap();
        let closed = feeds::open(&stage.office, &nobody, &secret(&whole)).await.unwrap_err();
        assert_eq!(closed.face(), (410, "link_not_valid"));
    })
    .await;
}
