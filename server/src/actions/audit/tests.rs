//! The chain's promises: whatever is changed behind our back is found, at the right place.

use std::process::Command;

use diesel::RunQueryDsl;
use serde_json::json;

use super::*;
use crate::actions::record::audited;
use crate::each_backend;
use crate::store::Conn;
use crate::testing::{Stage, on_each};

async fn written(stage: &Stage, count: usize) {
    let ctx = stage.nobody();
    stage
        .office
        .write(move |tx| {
            for n in 0..count {
                let detail = json!({"thử": "\"Ký tự\\\n\u{7}đủ kiểu 💡\u{2028}"});
                audited(tx, &ctx, "test.written", "incident", &format!("SC-2026-{n:06}"), detail)?;
            }
            Ok(())
        })
        .await
        .unwrap();
}

async fn sealed(count: usize, stage: &Stage) {
    written(stage, count).await;
    assert_eq!(seal(&stage.office, 1000).await.unwrap(), count);
}

async fn sql(stage: &Stage, text: String) -> Result<()> {
    stage
        .office
        .db
        .write(move |tx| {
            each_backend!(tx, c => diesel::sql_query(text.clone()).execute(c))?;
            Ok(())
        })
        .await
}

/// What a burglar with the database's password would do first.
async fn without_guards(stage: &Stage) {
    stage
        .office
        .db
        .write(|tx| {
            match tx {
                Conn::Pg(c) => {
                    diesel::sql_query("drop trigger audit_seal_only on audit").execute(c)?;
                    diesel::sql_query("drop trigger audit_no_delete on audit").execute(c)?;
                }
                Conn::Sqlite(c) => {
                    diesel::sql_query("drop trigger audit_seal_only").execute(c)?;
                    diesel::sql_query("drop trigger audit_no_delete").execute(c)?;
                }
            }
            Ok(())
        })
        .await
        .unwrap();
}

#[actix_web::test]
async fn entries_are_sealed_once_in_batches_and_the_chain_holds() {
    on_each(|stage| async move {
        written(&stage, 25).await;
        let before = verify(&stage.office.db).await.unwrap();
        assert_eq!((before.entries, before.unsealed, before.broken), (0, 25, None));
        assert_eq!(before.head, GENESIS);
        assert_eq!(seal(&stage.office, 10).await.unwrap(), 10);
        assert_eq!(seal(&stage.office, 100).await.unwrap(), 15);
        assert_eq!(seal(&stage.office, 100).await.unwrap(), 0);
        let after = verify(&stage.office.db).await.unwrap();
        assert_eq!((after.entries, after.unsealed, after.broken), (25, 0, None));
        assert_eq!(after.head.len(), 64);
    })
    .await;
}

#[actix_web::test]
async fn two_servers_that_seal_at_once_make_one_chain() {
    on_each(|stage| async move {
        written(&stage, 200).await;
        let (a, b) = futures_util::join!(seal(&stage.office, 150), seal(&stage.office, 150));
        let left = seal(&stage.office, 1000).await.unwrap();
        assert_eq!(a.unwrap() + b.unwrap() + left, 200);
        let verdict = verify(&stage.office.db).await.unwrap();
        assert_eq!((verdict.entries, verdict.broken), (200, None));
    })
    .await;
}

#[actix_web::test]
async fn a_change_of_any_column_is_found_where_it_is() {
    on_each(|stage| async move {
        sealed(9, &stage).await;
        without_guards(&stage).await;
        let uuid = match stage.office.db.place() {
            crate::store::Place::Postgres(_) => "'00000000-0000-0000-0000-000000000001'",
            crate::store::Place::Sqlite(_) => "x'00000000000000000000000000000001'",
        };
        let zeros = format!("'{GENESIS}'");
        let change = [
            ("at", "'2020-01-01T00:00:00.000000Z'", Why::Content),
            ("actor_id", uuid, Why::Content),
            ("actor", "'x'", Why::Content),
            ("action", "'x'", Why::Content),
            ("object_kind", "'x'", Why::Content),
            ("object", "'x'", Why::Content),
            ("address", "'x'", Why::Content),
            ("request_id", "'x'", Why::Content),
            ("detail", "'{}'", Why::Content),
            ("previous", &zeros, Why::Previous),
            ("hash", &zeros, Why::Content),
            ("seq", "500", Why::Missing),
            ("seq", "-5", Why::Missing),
            ("seq", "null", Why::Missing),
        ];
        for (column, value, why) in change {
            for seq in [2, 5, 8] {
                sql(&stage, "create table kept as select * from audit".to_owned()).await.unwrap();
                sql(&stage, format!("update audit set {column} = {value} where seq = {seq}"))
                    .await
                    .unwrap();
                let verdict = verify(&stage.office.db).await.unwrap();
                assert_eq!(verdict.broken, Some(Broken { seq, why }), "{column} of {seq}");
                assert_eq!(verdict.entries, seq - 1);
                sql(&stage, "delete from audit".to_owned()).await.unwrap();
                sql(&stage, "insert into audit select * from kept".to_owned()).await.unwrap();
                sql(&stage, "drop table kept".to_owned()).await.unwrap();
                assert_eq!(verify(&stage.office.db).await.unwrap().broken, None);
            }
        }
        // The last link has nothing behind it, yet what is left of its seal shows.
        sql(&stage, "update audit set seq = null where seq = 9".to_owned()).await.unwrap();
        let verdict = verify(&stage.office.db).await.unwrap();
        assert_eq!(verdict.broken, Some(Broken { seq: 9, why: Why::Stray }));
    })
    .await;
}

#[actix_web::test]
async fn a_deletion_in_the_middle_and_a_link_forged_anew_are_found() {
    on_each(|stage| async move {
        sealed(9, &stage).await;
        without_guards(&stage).await;
        // Whoever changes an entry and computes its hash anew is caught one link later.
        let chain = stage.office.db.read(|c| store::chain(c, 0, 100)).await.unwrap();
        let mut forged = chain[3].clone();
        forged.actor = "Người khác".to_owned();
        let anew = hash(&forged, 4, forged.previous.as_deref().unwrap());
        let text = format!("update audit set actor = 'Người khác', hash = '{anew}' where seq = 4");
        sql(&stage, text).await.unwrap();
        let verdict = verify(&stage.office.db).await.unwrap();
        assert_eq!(verdict.broken, Some(Broken { seq: 5, why: Why::Previous }));
        sql(&stage, "delete from audit where seq = 3".to_owned()).await.unwrap();
        let verdict = verify(&stage.office.db).await.unwrap();
        assert_eq!(verdict.broken, Some(Broken { seq: 3, why: Why::Missing }));
    })
    .await;
}

#[actix_web::test]
async fn the_database_itself_refuses_to_rewrite_history() {
    on_each(|stage| async move {
        stage.province().await;
        sealed(3, &stage).await;
        written(&stage, 1).await;
        let entry = "insert into timeline select * from timeline where 1 = 0";
        sql(&stage, entry.to_owned()).await.unwrap();
        for text in [
            "update audit set actor = 'x' where seq = 2",
            "update audit set hash = 'x' where seq = 2",
            "update audit set actor = 'x' where seq is null",
            "delete from audit where seq = 2",
            "delete from audit where seq is null",
        ] {
            let refused = sql(&stage, text.to_owned()).await.unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{text}: {refused}");
        }
        let report = crate::actions::reports::NewReport {
            category: "phishing".to_owned(),
            description: "Thư giả mạo".to_owned(),
            detected_at: "2026-11-22T07:45".to_owned(),
            services: "none".to_owned(),
            people: "one".to_owned(),
            secret: "no".to_owned(),
            contact_name: "Nguyễn Thị Thử".to_owned(),
            contact_email: "thu@xa-b.example".to_owned(),
            ..Default::default()
        };
        let through = Some("xa-b".to_owned());
        let (office, ctx) = (&stage.office, stage.nobody());
        crate::actions::reports::receive(office, &ctx, report, Vec::new(), through, None)
            .await
            .unwrap();
        assert!(stage.count("timeline").await > 0);
        for text in ["update timeline set text = 'x'", "delete from timeline"] {
            let refused = sql(&stage, text.to_owned()).await.unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{text}: {refused}");
        }
    })
    .await;
}

#[actix_web::test]
async fn the_export_is_verified_by_the_script_that_we_ship() {
    on_each(|stage| async move {
        sealed(7, &stage).await;
        let verdict = verify(&stage.office.db).await.unwrap();
        let mut whole = Vec::new();
        assert_eq!(export(&stage.office.db, 0, &mut whole).await.unwrap(), 7);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify_audit.py");
        let file = stage.folder().join("audit.jsonl");
        let run = |text: &[u8], anchor: &[&str]| {
            std::fs::write(&file, text).unwrap();
            let out = Command::new("python3").arg(script).arg(&file).args(anchor).output().unwrap();
            let said = [out.stdout, out.stderr].concat();
            (out.status.success(), String::from_utf8(said).unwrap())
        };
        let (fine, said) = run(&whole, &["7", &verdict.head]);
        assert!(fine && said.contains(&verdict.head), "{said}");
        let mut part = Vec::new();
        export(&stage.office.db, 4, &mut part).await.unwrap();
        assert!(run(&part, &[]).0, "an export may begin in the middle");

        let text = String::from_utf8(whole).unwrap();
        let tampered = text.replacen("SC-2026-000003", "SC-2026-000009", 1);
        assert_ne!(tampered, text);
        let (fine, said) = run(tampered.as_bytes(), &[]);
        assert!(!fine && said.contains("broken at "), "{said}");
        let without: String = text
            .lines()
            .enumerate()
            .filter(|(n, _)| *n != 3)
            .map(|(_, l)| format!("{l}\n"))
            .collect();
        assert_eq!(run(without.as_bytes(), &[]), (false, "broken at 4\n".to_owned()));
        let shorter: String = text.lines().take(6).map(|l| format!("{l}\n")).collect();
        assert!(run(shorter.as_bytes(), &[]).0, "a chain alone cannot miss its end …");
        assert!(!run(shorter.as_bytes(), &["7", &verdict.head]).0, "… an anchor does");
    })
    .await;
}

#[actix_web::test]
async fn only_the_auditor_reads_in_pages_by_what_is_wanted() {
    on_each(|stage| async move {
        stage.province().await;
        sealed(7, &stage).await;
        for role in ["admin", "coordinator", "leader", "duty_officer"] {
            let who = stage.as_person(&format!("{role}@so-ttt.example")).await;
            let refused = list(&stage.office, &who, Wanted::default(), None, None).await;
            assert_eq!(refused.unwrap_err().face(), (403, "not_allowed"), "{role}");
            assert!(check(&stage.office, &who).await.is_err());
            assert!(begin_export(&stage.office, &who, 0).await.is_err());
        }
        let auditor = stage.as_person("auditor@so-ttt.example").await;
        let page = |cursor| list(&stage.office, &auditor, Wanted::default(), cursor, Some(3));
        let first = page(None).await.unwrap();
        let seqs =
            |trail: &Trail| -> Vec<i64> { trail.entries.iter().filter_map(|e| e.seq).collect() };
        assert_eq!((seqs(&first), first.next), (vec![7, 6, 5], Some(5)));
        let second = page(first.next).await.unwrap();
        assert_eq!((seqs(&second), second.next), (vec![4, 3, 2], Some(2)));
        let last = page(second.next).await.unwrap();
        assert_eq!((seqs(&last), last.next), (vec![1], None));
        let wanted = Wanted { object: Some("SC-2026-000002".to_owned()), ..Wanted::default() };
        let found = list(&stage.office, &auditor, wanted, None, None).await.unwrap();
        assert_eq!(found.entries.len(), 1);
        begin_export(&stage.office, &auditor, 0).await.unwrap();
        assert_eq!(stage.count("audit where action = 'audit.exported'").await, 1);
    })
    .await;
}

#[actix_web::test]
async fn filters_are_found_by_an_index() {
    #[derive(diesel::QueryableByName)]
    struct Plan {
        #[diesel(sql_type = diesel::sql_types::Text)]
        detail: String,
    }
    let stage = Stage::sqlite();
    for (column, index) in [
        ("action", "audit_action_idx"),
        ("actor", "audit_actor_idx"),
        ("object", "audit_object_idx"),
    ] {
        let text = format!(
            "explain query plan select * from audit where {column} = 'x' and seq < 9 \
             order by seq desc limit 50"
        );
        let plans: Vec<Plan> = stage
            .office
            .db
            .read(move |c| match c {
                Conn::Sqlite(c) => Ok(diesel::sql_query(text).load(c)?),
                Conn::Pg(_) => Err(Error::internal("not here")),
            })
            .await
            .unwrap();
        let plan: Vec<_> = plans.into_iter().map(|plan| plan.detail).collect();
        assert!(plan.iter().any(|line| line.contains(index)), "{column}: {plan:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{column}: {plan:?}");
    }
}
