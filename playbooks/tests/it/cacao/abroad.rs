//! What ships goes out as CACAO 2.0 and comes back.

use super::{action, answer, cacao, codes, done, id, import, undone, whole};
use crate::caller::Caller;
use crate::invariants::rich_book;
use playbooks::{
    CACAO_EXTENSION, ImportOptions, Imported, Kind, Made, Role, from_cacao, library, parse,
    shipped, to_cacao,
};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn made() -> Made {
    Made {
        at: "2026-03-02T01:00:00.000Z".into(),
        modified: "2026-03-02T01:00:00.000Z".into(),
        by: None,
    }
}

/// Through CACAO and back: the file fits the OASIS schema, and the playbook is the same.
fn comes_back(text: &str) -> Value {
    let playbook = parse(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
    let tree = to_cacao(&playbook, &made());
    let found = import(&tree.to_string());
    assert_eq!(found.playbook, playbook);
    assert_eq!(found.remarks, []);
    tree
}

/// Without what our extension says of the whole, it is read as anybody's file.
fn read_by_itself(mut tree: Value) -> Imported {
    tree.as_object_mut().expect("an object").remove("playbook_extensions");
    import(&tree.to_string())
}

#[test]
fn what_ships_goes_out_and_comes_back() {
    for (name, text) in library() {
        let tree = comes_back(text);
        assert_eq!(tree["labels"][0], *name);
        let found = read_by_itself(tree);
        let playbook = shipped(name).expect("ships");
        for step in &playbook.steps {
            if let Kind::Task { text, to, .. } = &step.kind {
                let same = |s: &&playbooks::Step| matches!(&s.kind, Kind::Task { text: t, to: r, .. } if t == text && r == to);
                assert!(found.playbook.all_steps().iter().any(same), "{name}: {text}");
            }
        }
    }
}

#[test]
fn what_was_changed_elsewhere_is_read_anew() {
    let text = "playbook: x\nversion: 3\ntitle: Thử\nfirst_aid: 1. Gọi.\nsteps:\n  - id: a\n    task: {to: it_officer, phase: containing, text: Làm., evidence: required}\n    within: 1h\n    late: [{notify: {to: leader}}]\n";
    let tree = comes_back(text);
    assert!(tree["playbook_extensions"][CACAO_EXTENSION].is_object());
    let changed = tree.to_string().replacen("\"command\":\"Làm.\"", "\"command\":\"Làm khác.\"", 1);
    let found = import(&changed);
    assert_eq!(codes(&found), ["changed_elsewhere"]);
    let step = found.playbook.step("a").expect("there");
    assert!(
        matches!(&step.kind, Kind::Task { text, to: Role::ItOfficer, evidence_required: true, .. } if text == "Làm khác.")
    );
    assert_eq!(step.within.map(|span| span.to_string()).as_deref(), Some("1h"));
    assert_eq!((found.playbook.version, step.late.len()), (3, 1));
}

/// A random chain of steps as CACAO has them, each branch with its own end.
fn flow() -> impl Strategy<Value = Flow> {
    let leaf =
        (any::<bool>(), any::<bool>()).prop_map(|(timeout, delay)| Flow::Action { timeout, delay });
    leaf.prop_recursive(3, 14, 3, |inner| {
        let list = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            prop::collection::vec(list.clone(), 2..4).prop_map(Flow::Parallel),
            (list.clone(), prop::option::of(list.clone())).prop_map(|(a, b)| Flow::If(a, b)),
            list.clone().prop_map(Flow::While),
            prop::collection::vec(list.clone(), 1..3).prop_map(Flow::Switch),
            (inner, list).prop_map(|(a, b)| Flow::Risky(Box::new(a), b)),
        ]
    })
}

#[derive(Clone, Debug)]
enum Flow {
    Action {
        timeout: bool,
        delay: bool,
    },
    Parallel(Vec<Vec<Flow>>),
    If(Vec<Flow>, Option<Vec<Flow>>),
    While(Vec<Flow>),
    Switch(Vec<Vec<Flow>>),
    /// What may fail, and what is done then.
    Risky(Box<Flow>, Vec<Flow>),
}

struct Writer {
    steps: serde_json::Map<String, Value>,
    count: u32,
}

impl Writer {
    fn fresh(&mut self, kind: &str) -> String {
        self.count += 1;
        id(kind, self.count)
    }

    fn branch(&mut self, list: &[Flow]) -> String {
        let end = self.fresh("end");
        self.steps.insert(end.clone(), json!({"type": "end"}));
        self.chain(list, end)
    }

    fn chain(&mut self, list: &[Flow], next: String) -> String {
        list.iter().rev().fold(next, |next, flow| self.one(flow, next, None))
    }

    fn one(&mut self, flow: &Flow, next: String, failure: Option<String>) -> String {
        let (kind, mut fields) = match flow {
            Flow::Action { timeout, delay } => {
                let mut fields = whole(action(&format!("a{}", self.count), json!({})));
                if *timeout {
                    fields["timeout"] = json!(1_800_000);
                }
                if *delay {
                    fields["delay"] = json!(60_000);
                }
                ("action", fields)
            }
            Flow::Parallel(branches) => {
                let branches: Vec<String> = branches.iter().map(|b| self.branch(b)).collect();
                ("parallel", json!({"next_steps": branches}))
            }
            Flow::If(yes, no) => {
                let mut fields =
                    json!({"condition": "Có đúng không?", "on_true": self.branch(yes)});
                if let Some(no) = no {
                    fields["on_false"] = json!(self.branch(no));
                }
                ("if-condition", fields)
            }
            Flow::While(body) => {
                let condition =
                    if body.len() % 2 == 0 { "__k__:value = 'a'" } else { "Còn nữa?" };
                ("while-condition", json!({"condition": condition, "on_true": self.branch(body)}))
            }
            Flow::Switch(cases) => {
                let mut found = serde_json::Map::new();
                for (n, case) in cases.iter().enumerate() {
                    let name = ["a", "b", "default"][n % 3];
                    found.insert(name.into(), json!(self.branch(case)));
                }
                let on = if cases.len() % 2 == 0 { "__k__:value" } else { "__u__:value" };
                ("switch-condition", json!({"switch": on, "cases": found}))
            }
            Flow::Risky(inner, failed) => {
                let failure = self.chain(failed, next.clone());
                return self.one(inner, next, Some(failure));
            }
        };
        fields["type"] = json!(kind);
        match failure {
            None => fields["on_completion"] = json!(next),
            Some(failure) => {
                fields["on_success"] = json!(next);
                fields["on_failure"] = json!(failure);
            }
        }
        let id = self.fresh(kind);
        self.steps.insert(id.clone(), fields);
        id
    }
}

fn file(list: &[Flow], exception: Option<&[Flow]>) -> String {
    let mut writer = Writer { steps: serde_json::Map::new(), count: 10 };
    let first = writer.branch(list);
    writer.steps.insert(id("start", 1), json!({"type": "start", "on_completion": first}));
    let exception = exception.map(|list| writer.branch(list));
    let mut rest = json!({"playbook_variables": {
        "__k__": {"type": "string", "value": "a"}, "__u__": {"type": "string"},
    }});
    if let Some(exception) = exception {
        rest["workflow_exception"] = json!(exception);
    }
    cacao(Value::Object(writer.steps), rest)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_playbook_goes_out_and_comes_back(text in rich_book()) {
        comes_back(&text);
    }

    #[test]
    fn what_went_out_can_be_read_by_itself(text in rich_book()) {
        let tree = to_cacao(&parse(&text).expect("reads"), &made());
        let mut bare = tree.clone();
        bare.as_object_mut().expect("an object").remove("playbook_extensions");
        // It may come to more steps, or nest deeper, than a playbook may: then it is refused in words.
        match from_cacao(&bare.to_string(), &ImportOptions::default()) {
            Ok(found) => { Caller::begin(&found.text); }
            Err(problems) => prop_assert!(
                problems.iter().all(|p| p.code == "too_many_steps" || p.message_en.contains("too_deep")),
                "{problems:#?}"
            ),
        }
    }

    /// Whatever comes in runs, and comes to its end or waits for somebody who is named.
    #[test]
    fn any_flow_runs_to_its_end(
        list in prop::collection::vec(flow(), 1..3),
        exception in prop::option::of(prop::collection::vec(flow(), 1..2)),
        choices in prop::collection::vec(0_u8..6, 0..60),
    ) {
        let text = file(&list, exception.as_deref());
        let options = ImportOptions { rounds: 2, ..ImportOptions::default() };
        let found = match from_cacao(&text, &options) {
            Ok(found) => found,
            Err(problems) => {
                prop_assert!(problems.iter().all(|p| p.code == "too_many_steps" || p.message_en.contains("too_deep")), "{problems:#?}");
                return Ok(());
            }
        };
        let mut world = Caller::begin(&found.text);
        for n in 0..600 {
            let waiting = world.run.waiting(&world.playbook);
            let Some(first) = waiting.first() else { break };
            let choice = choices.get(n % choices.len().max(1)).copied().unwrap_or(0);
            let step = world.playbook.step(&first.step).expect("there").clone();
            match (&step.kind, choice) {
                (_, 5) if !world.timers.is_empty() => world.wait(31),
                (Kind::Task { .. }, 4) => undone(&mut world, &step.id),
                (Kind::Task { .. }, _) => done(&mut world, &step.id),
                (Kind::Approve { .. }, choice) => answer(&mut world, &step.id, choice % 2 == 0),
                _ => world.wait(24 * 60),
            }
        }
        prop_assert!(world.run.is_over(), "{:?}", world.run.waiting(&world.playbook));
        prop_assert!(world.timers.is_empty());
    }
}
