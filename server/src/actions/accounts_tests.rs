//! Stories of keeping accounts, on each database.

use chrono::Duration;

use super::*;
use crate::actions::sign_in::tests::with_password;
use crate::actions::sign_in::{SignIn, sign_in};
use crate::actions::{api_keys, sessions};
use crate::clock::Clock as _;
use crate::domain::person::{Actor, Scope};
use crate::domain::words::{EvidenceWish, State, TaskState};
use crate::records::Task;
use crate::testing::{Stage, on_each};

const ADMIN: &str = "admin@so-ttt.example";
const OFFICER: &str = "it_officer@xa-b.example";
const GOOD: &str = "con trâu gặm cỏ sau đình";

fn details(email: &str, roles: &[&str]) -> Details {
    Details {
        organisation: "xa-b".to_owned(),
        name: "Nguyễn Văn Thử".to_owned(),
        title: "Chuyên viên".to_owned(),
        email: email.to_owned(),
        phone: "0000000003".to_owned(),
        language: "vi".to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    }
}

fn field(why: Error) -> (&'static str, &'static str) {
    match why {
        Error::Refused(Refusal::Fields(bad)) => (bad[0].field, bad[0].key),
        why => panic!("{why:?}"),
    }
}

async fn enter(stage: &Stage, email: &str, password: &str) -> Result<String> {
    let input =
        SignIn { email: email.to_owned(), password: password.to_owned(), ..SignIn::default() };
    Ok(sign_in(&stage.office, &stage.nobody(), input).await?.token)
}

async fn id_of(stage: &Stage, email: &str) -> AccountId {
    stage.as_person(email).await.actor.account().unwrap()
}

/// The secret of a path `/kich-hoat/SECRET`.
fn secret(linked: &Linked) -> String {
    linked.path.strip_prefix("/kich-hoat/").unwrap().to_owned()
}

#[actix_web::test]
async fn a_new_account_is_activated_once_and_in_time() {
    on_each(|stage| async move {
        stage.province().await;
        let admin = stage.as_person(ADMIN).await;
        let new = details(" Thu@XA-B.example ", &["reporter"]);
        let linked = create(&stage.office, &admin, new.clone()).await.unwrap();
        assert_eq!(linked.account.email, "thu@xa-b.example");
        let twice = create(&stage.office, &admin, new).await.unwrap_err();
        assert_eq!(twice.face(), (409, "exists"));
        assert_eq!(
            stage.count("outbox where purpose = 'activation' and channel = 'mail'").await,
            1
        );
        let in_letter = format!("outbox where letter like '%{}%'", linked.path);
        assert_eq!(stage.count(Box::leak(in_letter.into_boxed_str())).await, 1);

        let secret = secret(&linked);
        for _ in 0..3 {
            // A mail scanner that follows the link uses nothing.
            let opened = passwords::open_link(&stage.office, &stage.nobody(), &secret).await;
            assert_eq!(opened.unwrap().email, "thu@xa-b.example");
        }
        let weak =
            passwords::use_link(&stage.office, &stage.nobody(), &secret, "ngắn".into()).await;
        assert_eq!(field(weak.unwrap_err()), ("new", "field-password-short"));
        passwords::use_link(&stage.office, &stage.nobody(), &secret, GOOD.into()).await.unwrap();
        for again in [
            passwords::use_link(&stage.office, &stage.nobody(), &secret, GOOD.into()).await,
            passwords::open_link(&stage.office, &stage.nobody(), &secret).await.map(|_| ()),
            passwords::open_link(&stage.office, &stage.nobody(), "forged").await.map(|_| ()),
        ] {
            assert_eq!(again.unwrap_err().face(), (410, "link_not_valid"));
        }
        assert!(enter(&stage, "thu@xa-b.example", GOOD).await.is_ok());

        let late = create(&stage.office, &admin, details("tre@xa-b.example", &["reporter"])).await;
        let late = self::secret(&late.unwrap());
        stage.clock.pass(Duration::hours(72));
        let opened = passwords::open_link(&stage.office, &stage.nobody(), &late).await;
        assert_eq!(opened.unwrap_err().face().0, 410, "72 hours are over");
    })
    .await;
}

#[actix_web::test]
async fn a_reset_is_short_and_the_last_link_counts() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, OFFICER).await;
        let admin = stage.as_person(ADMIN).await;
        let id = id_of(&stage, OFFICER).await;
        let token = enter(&stage, OFFICER, GOOD).await.unwrap();
        let first = secret(&reset(&stage.office, &admin, id).await.unwrap());
        let linked = reset(&stage.office, &admin, id).await.unwrap();
        assert_eq!(linked.purpose, LinkPurpose::Reset);
        let second = secret(&linked);
        let nobody = stage.nobody();
        let old = passwords::open_link(&stage.office, &nobody, &first).await.unwrap_err();
        assert_eq!(old.face().0, 410, "a newer link ends the older");
        let same = passwords::use_link(&stage.office, &nobody, &second, GOOD.into()).await;
        assert_eq!(field(same.unwrap_err()), ("new", "field-password-used"));
        let next = "bốn mùa hoa nở quanh nhà";
        passwords::use_link(&stage.office, &nobody, &second, next.into()).await.unwrap();
        assert!(enter(&stage, OFFICER, GOOD).await.is_err());
        assert!(enter(&stage, OFFICER, next).await.is_ok());
        let now = stage.clock.now();
        let ended = sessions::resolve(&stage.office, &token, now).await.unwrap();
        assert!(ended.is_none(), "a reset ends every session");

        let third = secret(&reset(&stage.office, &admin, id).await.unwrap());
        stage.clock.pass(Duration::minutes(30));
        let late = passwords::open_link(&stage.office, &stage.nobody(), &third).await.unwrap_err();
        assert_eq!(late.face().0, 410, "30 minutes are over");

        // Asking oneself: the same answer for everybody, three letters an hour.
        let before = stage.count("outbox").await;
        let ask = |email: &'static str| {
            let stage = std::sync::Arc::clone(&stage);
            async move { passwords::forgot(&stage.office, &stage.nobody(), email).await }
        };
        ask("khong-co@xa-b.example").await.unwrap();
        assert_eq!(stage.count("outbox").await, before);
        for _ in 0..3 {
            ask(OFFICER).await.unwrap();
        }
        assert_eq!(ask(OFFICER).await.unwrap_err().face().1, "too_many_attempts");
        assert_eq!(stage.count("outbox").await, before + 3);
        stage.clock.pass(Duration::minutes(61));
        ask(OFFICER).await.unwrap();
    })
    .await;
}

/// An open task of the officer of `xa-b` on an incident of that commune.
async fn open_task(stage: &Stage, assignee: AccountId) -> String {
    let report = crate::actions::reports::NewReport {
        category: "malware".to_owned(),
        description: "Máy hiện cửa sổ lạ".to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "none".to_owned(),
        people: "one".to_owned(),
        secret: "no".to_owned(),
        contact_phone: "0000000009".to_owned(),
        ..Default::default()
    };
    let through = Some("xa-b".to_owned());
    let nobody = stage.nobody();
    let received =
        crate::actions::reports::receive(&stage.office, &nobody, report, vec![], through, None)
            .await
            .unwrap();
    let (incident, now) = (received.incident, stage.clock.now());
    stage
        .office
        .db
        .write(move |tx| {
            let task = Task {
                id: Id::new(now),
                incident_id: incident,
                phase: State::Containing,
                text: "Ngắt mạng máy bị nhiễm".to_owned(),
                assignee_id: Some(assignee),
                role: None,
                organisation_id: None,
                due_at: None,
                evidence: EvidenceWish::None,
                state: TaskState::Open,
                note: String::new(),
                done_at: None,
                done_by: None,
                step: None,
                created_by: None,
                created_at: now,
                version: 1,
                question: false,
            };
            incidents::insert_task(tx, &task)
        })
        .await
        .unwrap();
    received.code
}

#[actix_web::test]
async fn a_lock_closes_every_door_at_once() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, OFFICER).await;
        let admin = stage.as_person(ADMIN).await;
        let officer = stage.as_person(OFFICER).await;
        let id = officer.actor.account().unwrap();
        let token = enter(&stage, OFFICER, GOOD).await.unwrap();
        let key = api_keys::create(&stage.office, &officer, "SOC", &["read".to_owned()]).await;
        let key = key.unwrap().secret;
        let linked = reset(&stage.office, &admin, id).await.unwrap();
        let code = open_task(&stage, id).await;
        let now = stage.clock.now();
        assert!(sessions::resolve(&stage.office, &token, now).await.unwrap().is_some());
        assert!(sessions::resolve_key(&stage.office, &key, now).await.unwrap().is_some());

        let empty = lock(&stage.office, &admin, id, " ", "").await.unwrap_err();
        assert_eq!(field(empty), ("reason", "field-empty"));
        let left = lock(&stage.office, &admin, id, "Chuyển công tác", "").await.unwrap();
        let heir = "unit_head xa-b".to_owned();
        assert_eq!(left, [Left { incident: code.clone(), now: Some(heir) }]);
        assert!(sessions::resolve(&stage.office, &token, now).await.unwrap().is_none());
        assert!(sessions::resolve_key(&stage.office, &key, now).await.unwrap().is_none());
        let link = passwords::open_link(&stage.office, &stage.nobody(), &secret(&linked)).await;
        assert_eq!(link.unwrap_err().face().0, 410);
        let shut = enter(&stage, OFFICER, GOOD).await.unwrap_err();
        assert_eq!(shut.face().1, "wrong_password");
        assert_eq!(field(reset(&stage.office, &admin, id).await.unwrap_err()).1, "field-locked");

        // The letter's number is chased until it is there (Điều 4.3.b).
        assert_eq!(without_letter(&stage.office, &admin).await.unwrap().len(), 1);
        file_letter(&stage.office, &admin, id, "45/TB-UBND").await.unwrap();
        assert_eq!(without_letter(&stage.office, &admin).await.unwrap().len(), 0);
        assert_eq!(stage.count("audit where action = 'account.lock'").await, 1);
        assert_eq!(stage.count("outbox where purpose = 'locked'").await, 1);

        // Nobody is left to take it: it waits, and the list says so.
        let head = id_of(&stage, "unit_head@xa-b.example").await;
        let left = lock(&stage.office, &admin, head, "Nghỉ", "46/TB-UBND").await.unwrap();
        assert_eq!(left, [Left { incident: code, now: None }]);

        unlock(&stage.office, &admin, id, "Trở lại").await.unwrap();
        assert!(enter(&stage, OFFICER, GOOD).await.is_ok());
        let dead = sessions::resolve_key(&stage.office, &key, now).await.unwrap();
        assert!(dead.is_none(), "what died stays dead");
    })
    .await;
}

#[actix_web::test]
async fn nobody_raises_oneself_and_one_administrator_stays() {
    on_each(|stage| async move {
        stage.province().await;
        with_password(&stage, OFFICER).await;
        let admin = stage.as_person(ADMIN).await;
        let own = admin.actor.account().unwrap();
        let mine =
            |roles: &[&str]| Details { organisation: "so-ttt".to_owned(), ..details(ADMIN, roles) };
        let more = edit(&stage.office, &admin, own, mine(&["admin", "coordinator"]), 1).await;
        assert_eq!(field(more.unwrap_err()), ("roles", "field-own-roles"));
        let by_cli = Ctx::service("account", stage.clock.now());
        let last = edit(&stage.office, &by_cli, own, mine(&["reporter"]), 1).await;
        assert_eq!(field(last.unwrap_err()), ("roles", "field-last-admin"));
        let last = lock(&stage.office, &by_cli, own, "nghỉ", "").await.unwrap_err();
        assert_eq!(field(last).1, "field-last-admin");
        let oneself = lock(&stage.office, &admin, own, "nghỉ", "").await.unwrap_err();
        assert_eq!(field(oneself).1, "field-lock-self");

        // A change of roles counts at the next request, without a new sign-in.
        let id = id_of(&stage, OFFICER).await;
        let token = enter(&stage, OFFICER, GOOD).await.unwrap();
        let now = stage.clock.now();
        let raised = details(OFFICER, &["it_officer", "responder"]);
        edit(&stage.office, &admin, id, raised.clone(), 1).await.unwrap();
        let (person, _) = sessions::resolve(&stage.office, &token, now).await.unwrap().unwrap();
        assert!(person.is(Role::Responder));
        let stale = edit(&stage.office, &admin, id, raised, 1).await.unwrap_err();
        assert_eq!(stale.face(), (409, "stale"));
        // A move to another organisation ends sessions and keys.
        let moved =
            Details { organisation: "xa-c".to_owned(), ..details(OFFICER, &["it_officer"]) };
        edit(&stage.office, &admin, id, moved, 2).await.unwrap();
        assert!(sessions::resolve(&stage.office, &token, now).await.unwrap().is_none());

        // What is wrong is said field by field; what others are is nobody else's business.
        let bad = Details { roles: vec!["king".to_owned()], ..details("x", &[]) };
        match create(&stage.office, &admin, bad).await.unwrap_err() {
            Error::Refused(Refusal::Fields(bad)) => {
                let fields: Vec<_> = bad.iter().map(|bad| bad.field).collect();
                assert_eq!(fields, ["email", "roles"]);
            }
            why => panic!("{why:?}"),
        }
        let coordinator = stage.as_person("coordinator@so-ttt.example").await;
        let refused = list(&stage.office, &coordinator, Wanted::default()).await.unwrap_err();
        assert_eq!(refused.face().0, 403);
        let refused = lock(&stage.office, &coordinator, id, "x", "").await.unwrap_err();
        assert_eq!(refused.face().0, 403);
    })
    .await;
}

#[actix_web::test]
async fn the_list_goes_page_by_page_and_finds_without_accents() {
    on_each(|stage| async move {
        stage.province().await;
        let admin = stage.as_person(ADMIN).await;
        create(&stage.office, &admin, details("thu@xa-b.example", &["reporter"])).await.unwrap();
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let wanted = Wanted { cursor, limit: Some(5), ..Wanted::default() };
            let page = list(&stage.office, &admin, wanted).await.unwrap();
            assert!(page.items.len() <= 5);
            all.extend(page.items.into_iter().map(|one| one.account.email));
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        let total = usize::try_from(stage.count("accounts").await).unwrap();
        assert_eq!(all.len(), total);
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
        let wanted = Wanted { q: "NGUYEN thu xa-b".to_owned(), ..Wanted::default() };
        let found = list(&stage.office, &admin, wanted).await.unwrap();
        assert_eq!(found.items.len(), 1);
        assert_eq!(found.items[0].account.email, "thu@xa-b.example");
    })
    .await;
}

#[actix_web::test]
async fn a_key_does_what_its_scopes_say_for_ninety_days() {
    on_each(|stage| async move {
        stage.province().await;
        let person = stage.as_person("coordinator@so-ttt.example").await;
        let make = |scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|one| (*one).to_owned()).collect();
            let (stage, person) = (std::sync::Arc::clone(&stage), person.clone());
            async move { api_keys::create(&stage.office, &person, "SOC", &scopes).await }
        };
        assert_eq!(field(make(&["admin"]).await.unwrap_err()), ("scopes", "field-scope"));
        assert_eq!(field(make(&["all"]).await.unwrap_err()), ("scopes", "field-choose"));
        let read = make(&["read"]).await.unwrap();
        assert!(read.secret.starts_with("dpk_") && read.secret.len() == 47);
        let resolve = |secret: &str| {
            let (stage, secret) = (std::sync::Arc::clone(&stage), secret.to_owned());
            async move {
                let now = stage.clock.now();
                let found = sessions::resolve_key(&stage.office, &secret, now).await.unwrap();
                found.map(|person| stage.ctx(Actor::Person(std::sync::Arc::new(person))))
            }
        };
        let ctx = resolve(&read.secret).await.unwrap();
        assert!(ctx.sight().all);
        assert_eq!(Verb::Triage.by(&ctx.actor), Err(Refusal::NotAllowed));
        let write = resolve(&make(&["write"]).await.unwrap().secret).await.unwrap();
        assert_eq!(Verb::Triage.by(&write.actor), Ok(()));
        let report = resolve(&make(&["report"]).await.unwrap().secret).await.unwrap();
        assert!(!report.sight().sees_cases());
        assert!(report.actor.person().unwrap().may(Scope::Report));
        assert!(!ctx.actor.person().unwrap().may(Scope::Report));

        // A key is no person: it makes no keys, ends no sessions, sets no passwords.
        let more = api_keys::create(&stage.office, &write, "x", &["read".to_owned()]).await;
        assert_eq!(more.unwrap_err().face().1, "not_allowed");
        let ended = sessions::end_everywhere(&stage.office, &write, None).await;
        assert_eq!(ended.unwrap_err().face().1, "not_allowed");
        let set = passwords::change(&stage.office, &write, None, String::new(), GOOD.into()).await;
        assert_eq!(set.unwrap_err().face().1, "not_allowed");

        assert!(resolve("dpk_forged").await.is_none());
        assert!(resolve(&read.secret[4..]).await.is_none());
        let foreign = stage.as_person("leader@so-ttt.example").await;
        let missing = api_keys::revoke(&stage.office, &foreign, read.key.id).await.unwrap_err();
        assert_eq!(missing.face().0, 404);
        api_keys::revoke(&stage.office, &person, read.key.id).await.unwrap();
        assert!(resolve(&read.secret).await.is_none());
        let lasting = make(&["read"]).await.unwrap().secret;
        stage.clock.pass(Duration::days(90) - Duration::seconds(1));
        assert!(resolve(&lasting).await.is_some());
        stage.clock.pass(Duration::seconds(1));
        assert!(resolve(&lasting).await.is_none(), "ninety days are over");
        let leaked = format!("api_keys where name like '%{lasting}%'");
        assert_eq!(stage.count(Box::leak(leaked.into_boxed_str())).await, 0);
    })
    .await;
}

#[actix_web::test]
async fn a_letter_that_may_not_leave_keeps_no_link() {
    on_each(|stage| async move {
        stage.province().await;
        let mut office = stage.office.clone();
        let mut config = (*office.config).clone();
        config.province.official_domains = vec!["thanhhoa.example".to_owned()];
        office.config = std::sync::Arc::new(config);
        let admin = stage.as_person(ADMIN).await;
        for email in ["thu@rieng.example", "thu@thanhhoa.example"] {
            create(&office, &admin, details(email, &["reporter"])).await.unwrap();
        }
        assert_eq!(stage.count("outbox where status = 'skipped'").await, 1);
        assert_eq!(stage.count("outbox where letter like '%/kich-hoat/%'").await, 1);
        let both = "outbox where letter like '%/kich-hoat/%' and status = 'waiting'";
        assert_eq!(stage.count(both).await, 1);
    })
    .await;
}
