//! The import and the directory, on both databases.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::actions::contacts as contact_verbs;
use crate::clock::{Clock, Timestamp};
use crate::domain::directory::{ContactText, OrganisationText};
use crate::domain::words::Function;
use crate::testing::{Stage, on_each};

fn demo(name: &str) -> Upload {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(name);
    Upload { name: name.to_owned(), bytes: std::fs::read(path).unwrap(), kind: None }
}

fn text(name: &str, text: &str) -> Upload {
    Upload { name: name.to_owned(), bytes: text.as_bytes().to_vec(), kind: None }
}

async fn run(stage: &Stage, uploads: Vec<Upload>, how: How) -> Imported {
    let ctx = Ctx::service("test", stage.clock.now());
    import(&stage.office, &ctx, uploads, how).await.unwrap()
}

fn counts(done: &Imported) -> Vec<(usize, usize, usize, usize)> {
    done.files.iter().map(|file| (file.added, file.changed, file.unchanged, file.bad)).collect()
}

/// Contacts first on purpose: the import puts the tables into order itself.
fn province() -> Vec<Upload> {
    vec![demo("contacts.csv"), demo("systems.csv"), demo("organisations.csv")]
}

#[actix_web::test]
async fn the_demo_province_is_imported_once() {
    on_each(|stage: Arc<Stage>| async move {
        let checked = run(&stage, province(), How { only_check: true, ..How::default() }).await;
        assert!(!checked.written);
        assert_eq!(stage.count("organisations").await, 0);

        let first = run(&stage, province(), How::default()).await;
        let problems: Vec<_> = first.files.iter().flat_map(|file| &file.problems).collect();
        assert!(problems.is_empty(), "{problems:?}");
        assert!(first.written);
        assert_eq!(counts(&first), counts(&checked), "a check says what will happen");
        assert_eq!(counts(&first), [(209, 0, 0, 0), (32, 0, 0, 0), (424, 0, 0, 0)]);
        assert_eq!(stage.count("organisations").await, 209);
        assert_eq!(stage.count("contact_points").await, 424);
        assert_eq!(stage.count("systems").await, 32);
        assert_eq!(stage.count("audit").await, 3);
        let functions = stage.count("organisation_functions").await;

        let again = run(&stage, province(), How::default()).await;
        assert_eq!(counts(&again), [(0, 0, 209, 0), (0, 0, 32, 0), (0, 0, 424, 0)]);
        assert_eq!(stage.count("contact_points").await, 424);
        assert_eq!(stage.count("organisation_functions").await, functions);
    })
    .await;
}

#[actix_web::test]
async fn one_bad_row_stops_everything_unless_it_is_skipped() {
    on_each(|stage: Arc<Stage>| async move {
        let good = "key,name,kind,parent,valid_from\nhuyen,Huyện,district,,2017-01-01\n";
        let bad = format!("{good}xa,Xã,commune,nowhere,2017-01-01\n");
        let contacts = "organisation,rank,role,name,phone\nhuyen,main,contact,A,000 1\n";
        let files = || vec![text("o.csv", &bad), text("c.csv", contacts)];
        let refused = run(&stage, files(), How::default()).await;
        assert!(!refused.written);
        assert_eq!(refused.bad(), 1);
        let why = &refused.files[0].problems[0];
        assert_eq!((why.line, why.column.as_str()), (3, "parent"));
        for table in ["organisations", "contact_points", "audit"] {
            assert_eq!(stage.count(table).await, 0, "{table}");
        }
        let skipped = run(&stage, files(), How { skip_bad: true, ..How::default() }).await;
        assert!(skipped.written);
        assert_eq!(counts(&skipped), [(1, 0, 0, 1), (1, 0, 0, 0)]);
        assert_eq!(stage.count("organisations").await, 1);

        // A file that is no table stops everything, whatever may be skipped.
        let files = vec![text("o.csv", good), text("x.csv", "a,b\n1,2\n")];
        assert!(!run(&stage, files, How { skip_bad: true, ..How::default() }).await.written);
    })
    .await;
}

#[actix_web::test]
async fn what_a_file_does_not_say_stays() {
    on_each(|stage: Arc<Stage>| async move {
        let head = "mã;tên;loại;điện thoại;chức năng;hiệu lực từ;hiệu lực đến\n";
        let first = format!("\u{feff}{head}a;Sở A;department;000 1234;owner;01/01/2017;\n");
        assert!(run(&stage, vec![text("o.csv", &first)], How::default()).await.written);
        // Another file, without telephone and function, renames and ends it.
        let second =
            "key,name,kind,valid_from,valid_to\na,Sở A cũ,department,2017-01-01,2025-02-28\n";
        let done = run(&stage, vec![text("o.csv", second)], How::default()).await;
        assert_eq!(counts(&done), [(0, 1, 0, 0)]);
        let (a, functions) = stage
            .office
            .db
            .read(|c| {
                let a = store::by_key(c, "a")?.unwrap();
                let functions = store::functions(c, a.id)?;
                Ok((a, functions))
            })
            .await
            .unwrap();
        assert_eq!((a.name.as_str(), a.phone.as_str(), a.version), ("Sở A cũ", "000 1234", 2));
        assert_eq!(functions.len(), 1);
        assert_eq!(functions[0].valid_to, Timestamp::parse("2025-03-01T00:00"));
    })
    .await;
}

#[actix_web::test]
async fn functions_pass_from_one_organisation_to_another_on_a_day() {
    on_each(|stage: Arc<Stage>| async move {
        run(&stage, province(), How::default()).await;
        let ctx = Ctx::service("test", stage.clock.now());
        let office = &stage.office;
        let held = organisations::one(office, &ctx, "so-ttt").await.unwrap().functions;
        let held = held.iter().find(|one| one.function == Function::ProvincialCoordinator).unwrap();
        organisations::end_function(office, &ctx, "so-ttt", held.id, "28/02/2025").await.unwrap();
        let word = "provincial_coordinator";
        let over = organisations::add_function(office, &ctx, "cat", word, "2025-03-01", "").await;
        over.unwrap();
        let twice = organisations::add_function(office, &ctx, "cat", word, "2026-01-01", "").await;
        assert_eq!(twice.unwrap_err().face().1, "bad_fields");
        // The old table once more: it does not bring the old coordinator back.
        run(&stage, province(), How::default()).await;
        for (day, holder) in [
            ("2017-01-01T00:00", "so-ttt"),
            ("2025-02-28T23:59", "so-ttt"),
            ("2025-03-01T00:00", "cat"),
            ("2026-11-22T08:00", "cat"),
        ] {
            let at = Timestamp::parse(day).unwrap();
            let found = office
                .db
                .read(move |c| organisation_store::holders(c, Function::ProvincialCoordinator, at))
                .await
                .unwrap();
            let keys: Vec<_> = found.iter().map(|one| one.key.as_str()).collect();
            assert_eq!(keys, [holder], "{day}");
        }
    })
    .await;
}

#[actix_web::test]
async fn two_editors_of_one_organisation() {
    on_each(|stage: Arc<Stage>| async move {
        stage.province().await;
        let admin = stage.as_person("admin@so-ttt.example").await;
        let office = &stage.office;
        let (typed, version) = organisations::to_edit(office, &admin, "xa-b").await.unwrap();
        let named = |name: &str| OrganisationText { name: name.to_owned(), ..typed.clone() };
        organisations::edit(office, &admin, "xa-b", version, named("Xã B mới")).await.unwrap();
        let late = organisations::edit(office, &admin, "xa-b", version, named("Xã B khác")).await;
        assert!(matches!(late, Err(Error::Stale { now }) if now == version + 1));
        let kept = organisations::one(office, &admin, "xa-b").await.unwrap();
        assert_eq!(kept.organisation.name, "Xã B mới");
        assert_eq!(kept.parent.map(|one| one.key), Some("huyen-a".to_owned()));

        // huyen-a is above xa-b: it cannot also be below.
        let (district, version) = organisations::to_edit(office, &admin, "huyen-a").await.unwrap();
        let circle = OrganisationText { parent: "xa-b".to_owned(), ..district };
        let refused = organisations::edit(office, &admin, "huyen-a", version, circle).await;
        assert_eq!(refused.unwrap_err().face().1, "bad_fields");

        let clerk = stage.as_person("reporter@xa-b.example").await;
        let coordinator = stage.as_person("coordinator@so-ttt.example").await;
        for (who, may) in [(&admin, 200), (&coordinator, 403), (&clerk, 403)] {
            let typed = OrganisationText {
                key: format!("moi-{may}"),
                kind: "commune".to_owned(),
                valid_from: "01/01/2026".to_owned(),
                ..named("Mới")
            };
            let done = organisations::create(office, who, typed, "").await;
            assert_eq!(done.map_or_else(|why| why.face().0, |_| 200), may);
        }
        let wanted =
            organisations::Wanted { text: "don vi so".to_owned(), limit: 1, ..Default::default() };
        let part = organisations::list(office, &coordinator, wanted.clone()).await.unwrap();
        assert_eq!((part.items[0].key.as_str(), part.next.as_deref()), ("so-ttt", Some("so-ttt")));
        let wanted = organisations::Wanted { after: "so-ttt".to_owned(), ..wanted };
        let part = organisations::list(office, &coordinator, wanted).await.unwrap();
        assert_eq!((part.items[0].key.as_str(), part.next), ("so-yt", None));
        assert!(organisations::list(office, &clerk, Default::default()).await.is_err());
    })
    .await;
}

#[actix_web::test]
async fn report_links_are_for_the_organisation_s_own_people_and_the_desk() {
    on_each(|stage: Arc<Stage>| async move {
        stage.province().await;
        for (who, key, may) in [
            ("unit_head@xa-b.example", "xa-b", true),
            ("it_officer@xa-b.example", "xa-b", true),
            ("unit_head@huyen-a.example", "xa-b", true),
            ("it_officer@huyen-a.example", "xa-b", false),
            ("unit_head@xa-c.example", "xa-b", false),
            ("reporter@xa-b.example", "xa-b", false),
            ("liaison@vnpt.example", "xa-b", false),
            ("duty_officer@so-ttt.example", "xa-b", true),
            ("admin@so-ttt.example", "xa-b", true),
            ("auditor@so-ttt.example", "so-ttt", false),
        ] {
            let ctx = stage.as_person(who).await;
            let got = organisations::for_link(&stage.office, &ctx, key).await;
            assert_eq!(got.is_ok(), may, "{who} {key}");
        }
        let stranger = organisations::for_link(&stage.office, &stage.nobody(), "xa-b").await;
        assert_eq!(stranger.unwrap_err().face().1, "sign_in_first");
    })
    .await;
}

#[actix_web::test]
async fn a_changed_contact_point_is_audited_and_told_to_the_duty_officer() {
    on_each(|stage: Arc<Stage>| async move {
        stage.province().await;
        let admin = stage.as_person("admin@so-ttt.example").await;
        let office = &stage.office;
        let typed = ContactText {
            rank: "main".to_owned(),
            role: "unit_head".to_owned(),
            name: "Hà Bảo Tường".to_owned(),
            mobile: "000 912 0113".to_owned(),
            ..Default::default()
        };
        let added = contact_verbs::add(office, &admin, "xa-b", typed.clone()).await.unwrap();
        assert_eq!(stage.count("outbox").await, 1);
        let second = contact_verbs::add(office, &admin, "xa-b", typed.clone()).await;
        assert_eq!(second.unwrap_err().face().1, "bad_fields", "one main contact point");
        let renamed = ContactText { name: "Vi Thị Lụa".to_owned(), ..typed.clone() };
        contact_verbs::edit(office, &admin, added.id, 1, renamed.clone()).await.unwrap();
        let stale = contact_verbs::edit(office, &admin, added.id, 1, renamed).await;
        assert!(matches!(stale, Err(Error::Stale { now: 2 })));
        assert_eq!(stage.count("outbox").await, 2);

        let open = contact_verbs::unverified(office, &admin, "", 2).await.unwrap();
        assert_eq!(open.items.len(), 2);
        let rest =
            contact_verbs::unverified(office, &admin, &open.next.unwrap(), 200).await.unwrap();
        // Seven in all: two each of three partners, and the new one.
        assert_eq!(rest.items.len(), 5);
        contact_verbs::verify(office, &admin, added.id, 2).await.unwrap();
        let rest = contact_verbs::unverified(office, &admin, "", 200).await.unwrap();
        assert_eq!(rest.items.len(), 6);
        stage.clock.pass(Duration::days(366));
        let admin = stage.as_person("admin@so-ttt.example").await;
        let rest = contact_verbs::unverified(office, &admin, "", 200).await.unwrap();
        assert_eq!(rest.items.len(), 7, "a year later it is due again");

        contact_verbs::end(office, &admin, added.id, 3).await.unwrap();
        let portrait = organisations::one(office, &admin, "xa-b").await.unwrap();
        assert!(portrait.contacts.is_empty());
        assert_eq!(stage.count("outbox").await, 3, "verifying tells nobody");
        assert_eq!(stage.count("audit").await, 4);
    })
    .await;
}
