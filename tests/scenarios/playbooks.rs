//! `dieuphoi playbook`: what its commands say and how they end, in both languages. Files alone: no
//! configuration, no database.

use std::path::Path;
use std::process::Command;

use dieuphoi_tests::process::program;
use serde_json::{Value, json};

const GOOD: &str = "playbook: web_down
version: 2
title: Trang thông tin không truy cập được
title_en: The site cannot be reached
first_aid: 1. Ghi lại thông báo lỗi.
steps:
  - id: receive
    notify: {to: duty_officer, ask: acknowledge}
    within: 15m
    late: [{notify: {to: coordinator}}]
  - id: inspect
    task: {to: it_officer, phase: verifying, text: Kiểm tra máy chủ.}
    timeout: 2h
    failed: [{notify: {to: leader}}]
";

const BAD: &str = "playbook: web_down
version: 2
title: Thử
first_aid: 1. Gọi.
steps:
  - notify: {to: leadr}
";

/// What a command said and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs `dieuphoi playbook …` in a folder, with nothing of this machine's environment.
fn playbook(folder: &Path, arguments: &[&str]) -> Said {
    let output = Command::new(program())
        .env_clear()
        .arg("playbook")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn id(kind: &str, n: u32) -> String {
    format!("{kind}--00000000-0000-4000-8000-{n:012}")
}

/// A CACAO file with one question and one command for a machine.
fn cacao() -> Value {
    let (start, ask, act) = (id("start", 1), id("if-condition", 1), id("action", 1));
    let (end, done, agent) = (id("end", 1), id("end", 2), id("individual", 1));
    json!({
        "type": "playbook", "spec_version": "cacao-2.0", "id": id("playbook", 1),
        "name": "Chặn địa chỉ", "created_by": id("identity", 1),
        "created": "2026-03-02T01:00:00.000Z", "modified": "2026-03-02T01:00:00.000Z",
        "workflow_start": start,
        "workflow": {
            &start: {"type": "start", "on_completion": &ask},
            &ask: {"type": "if-condition", "name": "hỏi", "condition": "Có chặn không?",
                   "on_true": &act, "on_completion": &done},
            &act: {"type": "action", "name": "chặn", "agent": &agent, "on_completion": &end,
                   "commands": [{"type": "bash", "command": "iptables -L"}]},
            &end: {"type": "end"}, &done: {"type": "end"},
        },
        "agent_definitions": {&agent: {"type": "individual", "name": "Quản trị mạng"}},
    })
}

#[test]
fn check_explains_itself_and_ends_accordingly() {
    let folder = folder(&[("good.yaml", GOOD), ("bad.yaml", BAD)]);
    let said = playbook(folder.path(), &["check", "good.yaml"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(said.out.contains("không có lỗi") && said.out.contains("bản 2"), "{}", said.out);
    let said = playbook(folder.path(), &["check", "good.yaml", "--lang", "en"]);
    assert!(said.out.contains("no problem") && said.out.contains("The site cannot be reached"));
    let said = playbook(folder.path(), &["check", "good.yaml", "bad.yaml"]);
    assert_eq!(said.code, Some(1), "one bad file is enough");
    assert!(said.out.contains("bad.yaml:6:18:") && said.out.contains("[unknown_role]"));
    assert!(said.out.contains("Có phải là “leader”"), "{}", said.out);
    let said = playbook(folder.path(), &["check", "bad.yaml", "--lang", "en"]);
    assert!(said.out.contains("Is `leader` meant"), "{}", said.out);
    let said = playbook(folder.path(), &["check", "none.yaml"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("none.yaml"), "{}", said.err);
    assert_eq!(playbook(folder.path(), &["check"]).code, Some(2), "no file was named");
}

#[test]
fn simulate_shows_what_would_happen() {
    let folder = folder(&[("good.yaml", GOOD), ("bad.yaml", BAD)]);
    let common = ["--silent", "duty_officer", "--from", "2026-02-13T15:00"];
    let said = playbook(folder.path(), &[&["simulate", "good.yaml"], &common[..]].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("13/02/2026 15:15  điều phối viên"), "{}", said.out);
    assert!(said.out.contains("“receive” im lặng 15m"), "{}", said.out);
    let refused = ["simulate", "good.yaml", "--answer", "inspect=refused@10m", "--lang", "en"];
    let said = playbook(folder.path(), &[&refused[..], &common[..]].concat());
    assert!(said.out.contains("has failed and is given up"), "{}", said.out);
    assert!(said.out.contains("`inspect` failed"), "{}", said.out);
    let picture = ["simulate", "good.yaml", "--svg", "out.svg"];
    assert_eq!(playbook(folder.path(), &picture).code, Some(0));
    assert!(std::fs::read_to_string(folder.path().join("out.svg")).unwrap().contains("<svg"));
    for (wrong, says) in [
        (vec!["simulate", "bad.yaml"], "unknown_role"),
        (vec!["simulate", "good.yaml", "--silent", "boss"], "no role boss"),
        (vec!["simulate", "good.yaml", "--incident", "fire"], "no category fire"),
        (vec!["simulate", "good.yaml", "--answer", "none=ok@5m"], "no step none"),
        (vec!["simulate", "good.yaml", "--answer", "inspect=maybe@5m"], "not of the form"),
        (vec!["simulate", "good.yaml", "--from", "soon"], "no date"),
    ] {
        let said = playbook(folder.path(), &wrong);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{wrong:?}");
        assert!(said.err.contains(says), "{wrong:?}: {}", said.err);
    }
}

#[test]
fn schema_is_json_that_knows_every_kind_of_step() {
    let folder = folder(&[]);
    let said = playbook(folder.path(), &["schema"]);
    assert_eq!(said.code, Some(0));
    let schema: Value = serde_json::from_str(&said.out).unwrap();
    for kind in ["notify", "choose", "loop", "playbook"] {
        assert!(schema["$defs"]["step"]["properties"][kind].is_object(), "{kind}");
    }
}

#[test]
fn import_makes_a_playbook_that_checks_and_simulates() {
    let folder = folder(&[("in.json", &cacao().to_string())]);
    let said = playbook(folder.path(), &["import", "in.json", "-o", "out.yaml"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "{}", said.err);
    for remark in ["[asked_instead]", "[not_executed]", "[role_assumed]", "điều phối viên"] {
        assert!(said.err.contains(remark), "{remark}: {}", said.err);
    }
    assert_eq!(playbook(folder.path(), &["check", "out.yaml"]).code, Some(0));
    let said = playbook(folder.path(), &["simulate", "out.yaml", "--lang", "en"]);
    assert!(
        said.out.contains("is asked to decide: hỏi: điều kiện “Có chặn không?”"),
        "{}",
        said.out
    );
    assert!(said.out.contains("[bash] iptables -L"), "{}", said.out);

    let role = ["import", "in.json", "--role", "Quản trị mạng=it_officer", "--lang", "en"];
    let said = playbook(folder.path(), &role);
    assert!(said.out.starts_with("playbook: chan_dia_chi\nversion: 1\n"), "{}", said.out);
    assert!(said.out.contains("to: it_officer"), "{}", said.out);
    assert!(said.err.contains("is not executed: it becomes a task"), "{}", said.err);
    assert!(!said.err.contains("role_assumed"), "{}", said.err);
    let named = ["import", "in.json", "--name", "chan", "--number", "4"];
    assert!(playbook(folder.path(), &named).out.starts_with("playbook: chan\nversion: 4\n"));
}

#[test]
fn import_refuses_in_words_what_makes_no_sense() {
    let mut dangling = cacao();
    dangling["workflow"][id("action", 1)]["on_completion"] = json!(id("end", 9));
    let mut unfit = cacao();
    unfit["spec_version"] = json!("cacao-1.1");
    let files = [
        ("in.json", cacao().to_string()),
        ("dangling.json", serde_json::to_string_pretty(&dangling).unwrap()),
        ("unfit.json", unfit.to_string()),
        ("text.json", "steps: []".to_owned()),
    ];
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let folder = folder(&files);
    for (wrong, says) in [
        (vec!["import", "dangling.json"], "“chặn” dẫn tới bước không có"),
        (
            vec!["import", "dangling.json", "--lang", "en"],
            "`chặn` leads to a step that is not there",
        ),
        (vec!["import", "unfit.json"], "[cacao_schema]"),
        (vec!["import", "text.json"], "[unreadable]"),
        (vec!["import", "none.json"], "none.json"),
        (vec!["import", "in.json", "--role", "Quản trị mạng"], "not of the form AGENT=ROLE"),
        (vec!["import", "in.json", "--role", "Quản trị mạng=boss"], "no role boss"),
        (vec!["import", "in.json", "--role", "Ai đó=leader"], "[cacao_unknown_party]"),
        (vec!["export", "text.json"], "[missing]"),
    ] {
        let said = playbook(folder.path(), &wrong);
        assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{wrong:?}: {}", said.err);
        assert!(said.err.contains(says), "{wrong:?}: {}", said.err);
    }
    assert_eq!(playbook(folder.path(), &["import", "in.json", "--rounds", "99"]).code, Some(2));
}

#[test]
fn export_comes_back_as_the_same_file() {
    let folder = folder(&[("good.yaml", GOOD)]);
    let said = playbook(folder.path(), &["export", "good.yaml", "-o", "out.json"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (Some(0), "", ""));
    let said = playbook(folder.path(), &["import", "out.json", "-o", "back.yaml"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let again = playbook(folder.path(), &["export", "back.yaml"]);
    let tree = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let first = tree(&std::fs::read_to_string(folder.path().join("out.json")).unwrap());
    let second = tree(&again.out);
    for key in ["id", "name", "workflow", "playbook_extensions", "agent_definitions"] {
        assert_eq!(first[key], second[key], "{key}");
    }
    assert_eq!(first["spec_version"], "cacao-2.0");
    let by = id("identity", 7);
    let said = playbook(folder.path(), &["export", "good.yaml", "--by", &by]);
    assert_eq!(tree(&said.out)["created_by"], json!(by));
    let said = playbook(folder.path(), &["export", "good.yaml", "--by", "me"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("me is no identity"), "{}", said.err);
}
