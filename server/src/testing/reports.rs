//! A report as somebody outside types it, with contact data; tests change what they are about.

use crate::actions::Office;
use crate::actions::reports::{NewReport, Received, receive};
use crate::testing::Stage;

/// A phishing page, noticed a quarter of an hour before the stage's clock begins.
pub fn typed(description: &str) -> NewReport {
    NewReport {
        category: "phishing".to_owned(),
        description: description.to_owned(),
        detected_at: "2026-11-22T07:45".to_owned(),
        services: "degraded".to_owned(),
        people: "group".to_owned(),
        secret: "no".to_owned(),
        contact_name: "Nguyễn Thị Thử".to_owned(),
        contact_phone: "0000000009".to_owned(),
        contact_email: "thu@rieng.example".to_owned(),
        ..NewReport::default()
    }
}

/// Sends it through the link of the unit xa-b.
pub async fn sent(stage: &Stage, office: &Office, report: NewReport) -> Received {
    let unit = Some("xa-b".to_owned());
    receive(office, &stage.nobody(), report, Vec::new(), unit, None).await.unwrap()
}
