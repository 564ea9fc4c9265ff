//! The main job, through the API: a report becomes a case, is told, triaged, dispatched to a
//! provider and to the police, answered by magic link and by account, closed, and proved.

use dieuphoi::testing::on_each;
use dieuphoi_tests::world::World;
use serde_json::{Value, json};

fn report() -> Value {
    json!({
        "category": "data_encryption",
        "description": "Máy chủ một cửa bị khóa, đòi tiền chuộc, kết nối tới 203.0.113.66",
        "detected_at": "2026-11-22T00:30:00Z",
        "still_happening": true,
        "system": "benh-an",
        "organisation": "so-yt",
        "impact": {"services": "stopped", "people": "unit"},
        "contact": {"name": "Người Thử", "phone": "0000000009", "email": "thu@so-yt.example"},
        "secret": "no",
    })
}

/// The path of the first link in the last letter to this person.
fn link(world: &World, address: &str) -> String {
    let heard = world.mail.heard();
    let last = heard.iter().rev().find(|envelope| envelope.to_address == address);
    let last = last.unwrap_or_else(|| panic!("nothing to {address}"));
    let url = &last.letter.buttons[0].url;
    url.split_once("8080").map(|(_, path)| path.to_owned()).expect("a link of ours")
}

#[actix_web::test]
async fn a_report_becomes_a_closed_case_with_everything_on_record() {
    on_each(|stage| async move {
        let w = World::on(stage).await;
        let received = w.post(None, "/api/v1/reports", &report()).await;
        assert_eq!(received.status, 201, "{}", received.text);
        let received = received.json();
        let code = received["code"].as_str().unwrap().to_owned();
        assert!(received["tracking"]["url"].as_str().unwrap().contains("/theo-doi/"));
        assert!(!received["first_aid"].as_array().unwrap().is_empty());
        assert!(!received["told"].as_array().unwrap().is_empty());
        w.settle().await;
        for address in [
            "unit_head@so-yt.example",
            "it_officer@so-yt.example",
            "duty_officer@so-ttt.example",
            "thu@so-yt.example",
        ] {
            assert!(!w.mail.heard_by(address).is_empty(), "{address} was not told");
        }

        let at = |verb: &str| format!("/api/v1/incidents/{code}/{verb}");
        let duty = w.browser("duty_officer@so-ttt.example").await;
        w.post(Some(&duty), &at("acknowledge"), &json!({})).await.ok();
        let again = w.post(Some(&duty), &at("acknowledge"), &json!({})).await;
        assert_eq!((again.status, again.code().as_str()), (409, "already_acknowledged"));

        let desk = w.browser("coordinator@so-ttt.example").await;
        let one = w.get(Some(&desk), &format!("/api/v1/incidents/{code}")).await.ok();
        let triage = json!({
            "category": "data_encryption", "priority": "urgent", "tlp": "AMBER",
            "legal_class": "ordinary", "signs_of_crime": true, "beyond_capacity": false,
            "personal_data": false, "version": one["version"],
        });
        let triaged = w.post(Some(&desk), &at("triage"), &triage).await.ok();
        assert_eq!(triaged["state"], "verifying");
        let stale = w.post(Some(&desk), &at("triage"), &triage).await;
        assert_eq!((stale.status, stale.code().as_str()), (409, "stale"));

        let dispatch = |to: &str, kind: &str, ground: &str| {
            json!({"to": to, "kind": kind, "ground": ground,
                "content": "Đề nghị thực hiện theo yêu cầu điều phối",
                "accept_by": "2026-11-22T04:00:00Z", "result_by": "2026-11-23T04:00:00Z"})
        };
        let logs = dispatch("vncert", "provide_logs", "Điều 9.3");
        let to_national = w.post(Some(&desk), &at("dispatches"), &logs).await.ok();
        let crime = dispatch("cat", "investigate", "Điều 10.1");
        let to_police = w.post(Some(&desk), &at("dispatches"), &crime).await.ok();
        w.settle().await;

        // By magic link, without an account: the page, then the answers; nothing on GET.
        let magic = link(&w, "chinh@vncert.example");
        assert!(magic.starts_with("/a/"), "{magic}");
        let page = w.get(None, &magic).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(!page.text.contains("Người Thử"), "a partner never sees who reported");
        assert!(!page.text.contains("0000000009"));
        let nonce = page
            .text
            .split("name=\"nonce\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default()
            .to_owned();
        for answer in ["accept", "done"] {
            let fields = [("answer", answer), ("text", "Đã gửi nhật ký"), ("nonce", &nonce)];
            let answered = w.form(None, &magic, &fields).await;
            assert!(answered.status < 400, "{answer}: {} {}", answered.status, answered.text);
        }

        let police = w.browser("police_liaison@cat.example").await;
        let id = to_police["id"].as_str().unwrap();
        let answer = format!("/api/v1/dispatches/{id}/answer");
        for (word, text) in [("accept", ""), ("done", "Đã lập hồ sơ")] {
            w.post(Some(&police), &answer, &json!({"answer": word, "text": text})).await.ok();
        }
        let twice = w.post(Some(&police), &answer, &json!({"answer": "accept", "text": ""})).await;
        assert_eq!((twice.status, twice.code().as_str()), (409, "dispatch_state"));
        let national = to_national["id"].as_str().unwrap();
        let seen = w.get(Some(&desk), &format!("/api/v1/dispatches/{national}")).await.ok();
        assert_eq!(seen["state"], "done");

        // The playbook's tasks need their evidence or a reason; each done brings the next. What a
        // leader or a head decides is left to them.
        let mut skipped = 0;
        loop {
            let one = w.get(Some(&desk), &format!("/api/v1/incidents/{code}")).await.ok();
            let open = |task: &&Value| task["state"] == "open" && task["question"] == false;
            let Some(task) = one["tasks"].as_array().unwrap().iter().find(open) else { break };
            let path = format!("{}/{}", at("tasks"), task["id"].as_str().unwrap());
            let skip = json!({"state": "skipped", "note": "Đơn vị đã tự làm trước đó"});
            w.post(Some(&desk), &path, &skip).await.ok();
            skipped += 1;
            assert!(skipped < 20, "the playbook gives tasks without end");
        }
        assert!(skipped >= 6, "from containing to the review: {skipped}");
        for to in ["containing", "eradicating", "recovering", "reviewing"] {
            let one = w.get(Some(&desk), &format!("/api/v1/incidents/{code}")).await.ok();
            let step = json!({"to": to, "reason": "Theo quy trình", "version": one["version"]});
            w.post(Some(&desk), &at("state"), &step).await.ok();
        }
        let one = w.get(Some(&desk), &format!("/api/v1/incidents/{code}")).await.ok();
        let close = json!({
            "response_ended_at": "2026-11-22T01:00:30Z", "summary": "Đã khôi phục từ bản sao lưu",
            "lessons": "Tách mạng máy chủ", "version": one["version"],
        });
        let by_lead = w.post(Some(&desk), &at("close"), &close).await;
        assert_eq!((by_lead.status, by_lead.code().as_str()), (409, "closer_led"));
        let leader = w.browser("leader@so-ttt.example").await;
        let closed = w.post(Some(&leader), &at("close"), &close).await.ok();
        assert_eq!(closed["state"], "closed");
        let before = w.mail.heard_by("unit_head@so-yt.example").len();
        w.settle().await;
        assert!(w.mail.heard_by("unit_head@so-yt.example").len() > before, "the closing is told");

        let history = w.get(Some(&desk), &at("timeline")).await.ok();
        assert!(history["items"].as_array().unwrap().len() >= 10);
        let untold = w.get(Some(&desk), &at("untold")).await.ok();
        assert!(untold["items"].as_array().unwrap().is_empty(), "{untold}");
        let verdict = dieuphoi::actions::audit::verify(&w.stage.office.db).await.unwrap();
        assert!(verdict.broken.is_none(), "{verdict:?}");
        assert!(verdict.entries >= 15);
        assert_eq!(verdict.unsealed, 0);
    })
    .await;
}
