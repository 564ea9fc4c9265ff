//! Cases with deadlines, made before the story begins, and time that passes for them.

use dieuphoi::actions::reports::{NewReport, receive};
use dieuphoi::actions::{Ctx, Office, procedure};
use dieuphoi::clock::Timestamp;
use dieuphoi::domain::person::Actor;
use dieuphoi::store::incidents;
use dieuphoi::testing::province;

use crate::database::Database;

/// Makes the province and so many cases, each reported at `at` and following this playbook besides its
/// own. Answers their identifiers, without hyphens.
pub async fn cases(database: &Database, count: u64, playbook: &str, at: Timestamp) -> Vec<String> {
    database
        .with_office(async |office| {
            office.db.write(move |tx| province(tx, at)).await.unwrap();
            let mut all = Vec::new();
            for n in 0..count {
                all.push(case(&office, n, playbook, at).await);
            }
            all
        })
        .await
}

async fn case(office: &Office, n: u64, playbook: &str, at: Timestamp) -> String {
    let ctx = Ctx { actor: Actor::Nobody, ..Ctx::service("proof", at) };
    let report = NewReport {
        category: "other".to_owned(),
        description: format!("Máy in tự in nhiều trang lạ, báo cáo {n}"),
        detected_at: at.rfc3339(),
        still_happening: true,
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        ..NewReport::default()
    };
    let unit = Some("xa-b".to_owned());
    let received = receive(office, &ctx, report, Vec::new(), unit, None).await.unwrap();
    let (id, text, inner) = (received.incident, playbook.to_owned(), office.clone());
    let own = Ctx::service("proof", at);
    let follow = move |tx: &mut dieuphoi::store::Conn| {
        let incident = incidents::hold(tx, id)?;
        procedure::follow(tx, &inner, &own, &incident, &text)
    };
    office.db.write(follow).await.unwrap();
    id.to_string().replace('-', "")
}
