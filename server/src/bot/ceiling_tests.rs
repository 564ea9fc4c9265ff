//! What may be said of a case in a room is cut to its ceiling, whatever is asked and by whomever.

use std::sync::Arc;

use super::Answer;
use super::frame_tests::{COORDINATOR, DUTY, report, set};
use crate::actions::incidents;
use crate::actions::triage::{Triage, triage};
use crate::app::App;
use crate::testing::chat::{Phone, all};
use crate::testing::{Stage, on_each};

/// Words of a case that must not be said above the ceiling.
const CANARY: &str = "Chim hoàng yến";

/// Everything that can be said of a case, by everybody.
async fn everything(stage: &Arc<Stage>, app: &App, code: &str) -> Vec<Answer> {
    let (chief, duty) = (Phone::direct(stage, app, "11"), Phone::direct(stage, app, "12"));
    let mut said = Vec::new();
    for command in [
        "/xem",
        "/nhan",
        "/nhan",
        "/chutri",
        "/uutien",
        "/uutien cao",
        "/trangthai",
        "/trangthai đang ngăn chặn",
        "/trangthai dong",
        "/giao",
        "/giao toi Rà soát nhật ký",
        "/them",
        "/viec",
        "/xong 1",
        "/xong 99",
        "/boqua 1",
        "/ghichu",
        "/ghichu Đã xem",
    ] {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let text = format!("{verb} {code} {rest}");
        said.push(chief.says(&text).await);
        said.push(duty.says(&text).await);
    }
    for command in ["/cuatoi", "/vieccuatoi", "/cho", "/tim hoàng", "/truc", "/bangiao", "/nhanca"]
    {
        said.push(chief.says(command).await);
        said.push(duty.says(command).await);
    }
    let buttons: Vec<String> = said
        .iter()
        .flat_map(|answer| &answer.says)
        .flat_map(|say| say.letter.presses.iter().map(|press| press.id.clone()))
        .collect();
    for id in buttons {
        said.push(chief.press(&id).await);
        said.push(duty.press(&id).await);
    }
    said
}

#[actix_web::test]
async fn above_the_ceiling_only_code_priority_deadline_and_link_are_said() {
    on_each(|stage| async move {
        let (app, _) = set(&stage).await;
        let ctx = stage.as_person(COORDINATOR).await;
        let mut heard = String::new();
        for tlp in ["RED", "AMBER"] {
            let code = report(&stage, &format!("{CANARY} trong mô tả")).await;
            let wanted = Triage {
                tlp: Some(tlp.to_owned()),
                title: Some(format!("{CANARY} trong tên")),
                ..Triage::default()
            };
            triage(&stage.office, &ctx, &code, wanted).await.unwrap();
            let task = crate::actions::tasks::NewTask {
                assignee: DUTY.to_owned(),
                text: format!("{CANARY} trong việc"),
                ..Default::default()
            };
            crate::actions::tasks::add(&stage.office, &ctx, &code, task).await.unwrap();
            let said = everything(&stage, &app, &code).await;
            heard = said.iter().map(all).collect::<Vec<_>>().join("\n");
            if tlp == "RED" {
                assert!(!heard.contains(CANARY), "{heard}");
                assert!(!heard.contains("Đơn vị xa-b"), "whose it is");
                assert!(heard.contains(&code) && heard.contains("Mức ưu tiên"));
                let over = incidents::acknowledge(&stage.office, &ctx, &code).await;
                assert!(over.is_err(), "what was asked was done all the same");
            }
            // The reporter is in nothing, whatever the level.
            for secret in ["Nguyễn Thị Thử", "rieng.example", "0000000009"] {
                assert!(!heard.contains(secret), "{secret}");
            }
        }
        assert!(heard.contains(CANARY), "at the ceiling it is said");
    })
    .await;
}
