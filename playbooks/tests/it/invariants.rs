//! Promises that hold for any playbook and any order of events. `Caller` checks after every event
//! that nothing is doubled and that the run waits for somebody or is over.

use crate::caller::Caller;
use playbooks::{Effect, Event, Kind, Role, Status, Step, parse};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ROLES: &[&str] = &["duty_officer", "coordinator", "leader", "unit_head", "org:VT-1"];

/// A random step as it would be written; JSON is YAML.
fn step() -> impl Strategy<Value = Value> {
    let role = prop::sample::select(ROLES);
    let leaf = (0_u8..3, role, 1_u32..90, prop::option::of((1_u32..60, 1_u32..4))).prop_map(
        |(kind, role, within, repeat)| {
            let mut step = match kind {
                0 => json!({"notify": {"to": role}}),
                1 => json!({"notify": {"to": [role], "ask": "acknowledge"}}),
                _ => json!({"task": {"to": role, "phase": "containing", "text": "Làm."}}),
            };
            if let Some((every, times)) = repeat {
                step["repeat"] = json!({"every": format!("{every}m"), "times": times});
            }
            if kind > 0 {
                step["within"] = json!(format!("{within}m"));
                step["late"] = json!([{"notify": {"to": "reporter"}}]);
            }
            step
        },
    );
    leaf.prop_recursive(4, 24, 3, |inner| {
        (inner.clone(), prop::collection::vec(inner, 1..3)).prop_map(|(mut step, late)| {
            if step.get("within").is_some() {
                step["late"] = Value::Array(late);
            }
            step
        })
    })
}

/// A random step of any kind.
fn rich_step() -> impl Strategy<Value = Value> {
    let pause = (1_u32..90).prop_map(|m| json!({"wait": format!("{m}m")}));
    let set = any::<bool>().prop_map(|v| json!({"set": {"flag": v}}));
    let until = (1_u32..90).prop_map(|m| {
        json!({"wait": {"until": "vars.flag || incident.drill", "by": "responders"},
               "within": format!("{m}m"), "late": [{"notify": {"to": "leader"}}]})
    });
    let dispatch = (prop::sample::select(vec!["provider", "police", "org:VT-1"]), 1_u32..90)
        .prop_map(|(role, m)| {
            json!({"dispatch": {"to": role, "kind": "block", "ground": "Điều 11", "text": "Chặn."},
               "within": format!("{m}m"), "late": [{"notify": {"to": "leader"}}]})
        });
    let webhook = prop::option::of(1_u32..90).prop_map(|within| {
        let mut step = json!({"webhook": {"target": "siem", "text": "Báo."}});
        if let Some(m) = within {
            step["within"] = json!(format!("{m}m"));
            step["late"] =
                json!([{"webhook": {"target": "du-phong"}}, {"notify": {"to": "leader"}}]);
        }
        step
    });
    let leaf =
        prop_oneof![4 => step(), 1 => pause, 1 => set, 1 => until, 1 => dispatch, 1 => webhook];
    leaf.prop_recursive(2, 12, 3, |inner| {
        let list = prop::collection::vec(inner, 1..3);
        let asked = (list.clone(), list.clone(), prop::option::of(1_u32..90)).prop_map(
            |(then, otherwise, within)| {
                let mut step = json!({"approve": {"by": "leader", "question": "Chuyển?"},
                                      "then": then, "otherwise": otherwise});
                if let Some(m) = within {
                    step["within"] = json!(format!("{m}m"));
                    step["late"] = json!([{"notify": {"to": "committee"}}]);
                }
                step
            },
        );
        let group = (list.clone(), any::<bool>()).prop_map(|(steps, cond)| {
            let mut step = json!({"parallel": steps});
            if cond {
                step["if"] = json!("!vars.flag");
            }
            step
        });
        let late = (list.clone(), 1_u32..90).prop_map(|(late, m)| {
            json!({"task": {"to": "it_officer", "phase": "containing", "text": "Làm."},
                   "within": format!("{m}m"), "late": late})
        });
        prop_oneof![4 => asked, 4 => group, 4 => late, 9 => failing(list)]
    })
    .prop_flat_map(|step| {
        any::<bool>().prop_map(move |follows| {
            let mut step = step.clone();
            step["follows"] = json!(follows);
            step
        })
    })
}

/// Steps that choose, go round, give up and make up for it.
fn failing(
    list: impl Strategy<Value = Vec<Value>> + Clone + 'static,
) -> impl Strategy<Value = Value> {
    let choose = (list.clone(), any::<bool>()).prop_map(|(mut steps, open)| {
        let last = steps.len() - 1;
        for (n, step) in steps.iter_mut().enumerate() {
            step["if"] = json!(if n % 2 == 0 { "vars.flag" } else { "incident.drill" });
            if n == last && n > 0 && open {
                step.as_object_mut().expect("a step").remove("if");
            }
        }
        json!({"choose": steps})
    });
    let around = (list.clone(), 1_u32..4, any::<bool>()).prop_map(|(steps, rounds, asks)| {
        let mut found = json!({"rounds": rounds, "steps": steps});
        if asks {
            found["by"] = json!("leader");
            found["question"] = json!("Làm nữa?");
        } else {
            found["while"] = json!("!vars.flag && !incident.drill");
        }
        json!({"loop": found})
    });
    let given_up = (list.clone(), 1_u32..90).prop_map(|(failed, m)| {
        json!({"task": {"to": "it_officer", "phase": "containing", "text": "Làm."},
               "timeout": format!("{m}m"), "failed": failed})
    });
    let alone = (1_u32..90).prop_map(|m| {
        json!({"approve": {"by": "leader", "question": "Được không?"}, "timeout": format!("{m}m")})
    });
    let group = (list.clone(), list, prop::option::of(1_u32..90)).prop_map(|(steps, failed, m)| {
        let mut found = json!({"parallel": steps, "failed": failed});
        if let Some(m) = m {
            found["timeout"] = json!(format!("{m}m"));
        }
        found
    });
    prop_oneof![choose, around, given_up, alone, group]
}

/// Names every step, and lets those that are to follow come after the one above them.
fn in_order(list: &mut [Value], chosen: bool, count: &mut usize) {
    let mut above: Option<String> = None;
    for step in list {
        let fields = step.as_object_mut().expect("a step");
        let follows = fields.remove("follows") == Some(json!(true));
        *count += 1;
        let id = format!("s{count}");
        fields.insert("id".into(), json!(id));
        if let (true, false, Some(above)) = (follows, chosen, &above) {
            fields.insert("after".into(), json!(above));
        }
        above = Some(id);
        for key in ["late", "then", "otherwise", "parallel", "choose", "failed"] {
            if let Some(inner) = fields.get_mut(key).and_then(Value::as_array_mut) {
                in_order(inner, key == "choose", count);
            }
        }
        let inner = fields.get_mut("loop").and_then(|inner| inner.get_mut("steps"));
        if let Some(inner) = inner.and_then(Value::as_array_mut) {
            in_order(inner, false, count);
        }
    }
}

fn minutes(step: &Value) -> Option<u32> {
    step.get("within")?.as_str()?.trim_end_matches('m').parse().ok()
}

/// What is late must not get slower: the file would be refused.
fn clamp(step: &mut Value, limit: Option<u32>) {
    let mine = minutes(step);
    if let (Some(mine), Some(limit)) = (mine, limit) {
        step["within"] = json!(format!("{}m", mine.min(limit)));
    }
    let own = minutes(step);
    for (key, limit) in [
        ("late", own),
        ("then", None),
        ("otherwise", None),
        ("failed", None),
        ("parallel", limit),
        ("choose", limit),
    ] {
        if let Some(list) = step.get_mut(key).and_then(Value::as_array_mut) {
            list.iter_mut().for_each(|inner| clamp(inner, limit));
        }
    }
    let inner = step.get_mut("loop").and_then(|inner| inner.get_mut("steps"));
    if let Some(list) = inner.and_then(Value::as_array_mut) {
        list.iter_mut().for_each(|inner| clamp(inner, limit));
    }
}

fn written(mut steps: Vec<Value>) -> String {
    steps.iter_mut().for_each(|step| clamp(step, None));
    // A variable that conditions use is set somewhere.
    steps.push(json!({"set": {"flag": false}}));
    json!({"playbook": "any", "version": 1, "title": "Bất kỳ", "first_aid": "1. Gọi.",
           "steps": steps})
    .to_string()
}

fn book() -> impl Strategy<Value = String> {
    prop::collection::vec(step(), 1..4).prop_map(written)
}

/// A playbook of every kind of step, with or without an exception of its own.
pub(crate) fn rich_book() -> impl Strategy<Value = String> {
    let failed = prop::option::of(prop::collection::vec(rich_step(), 1..3));
    (prop::collection::vec(rich_step(), 1..4), failed)
        .prop_map(|(mut steps, failed)| {
            let mut count = 0;
            in_order(&mut steps, false, &mut count);
            let mut text: Value = serde_json::from_str(&written(steps)).expect("JSON");
            if let Some(mut failed) = failed {
                in_order(&mut failed, false, &mut count);
                failed.iter_mut().for_each(|step| clamp(step, None));
                text["failed"] = Value::Array(failed);
            }
            text.to_string()
        })
        // Loops inside loops come to more steps than a playbook may have.
        .prop_filter("too many steps", |text| {
            !parse(text).is_err_and(|problems| problems.iter().all(|p| p.code == "too_many_steps"))
        })
}

/// Whoever has to know of a failure knows: by what is written for it, or as a coordinator.
fn every_failure_is_told(world: &Caller) -> bool {
    world.run.steps.iter().all(|(id, state)| {
        let inside = world.notes.iter().any(|(code, args)| {
            let arg = |key: &str| args.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
            code == "step_failed" && arg("step") == Some(id) && arg("reason") == Some("inside")
        });
        let told = || {
            world.notices.iter().any(
                |n| matches!(&n.why, playbooks::Why::Failed { step } if step == id && n.step == *id),
            )
        };
        state.status != Status::Failed || inside || world.playbook.handles_failure(id) || told()
    })
}

/// What may happen; the numbers choose among what is there when it happens.
#[derive(Clone, Debug)]
enum Happening {
    Acknowledge,
    FireArmed(usize),
    FireAny(usize),
    FinishTask(usize),
    SkipTask(usize),
    Answer(usize, bool),
    Dispatched(usize, bool),
    Posted(usize, bool),
    Change(bool),
    Escalate,
    Vacant(usize, usize),
    End,
}

fn happening() -> impl Strategy<Value = (i64, Happening)> {
    let what = prop_oneof![
        1 => Just(Happening::Acknowledge),
        6 => any::<usize>().prop_map(Happening::FireArmed),
        2 => any::<usize>().prop_map(Happening::FireAny),
        3 => any::<usize>().prop_map(Happening::FinishTask),
        2 => any::<usize>().prop_map(Happening::SkipTask),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(s, r)| Happening::Vacant(s, r)),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(s, yes)| Happening::Answer(s, yes)),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(s, ok)| Happening::Dispatched(s, ok)),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(s, ok)| Happening::Posted(s, ok)),
        1 => any::<bool>().prop_map(Happening::Change),
        2 => Just(Happening::Escalate),
        1 => Just(Happening::End),
    ];
    // The wall clock may jump backwards.
    (-30_i64..120, what)
}

fn pick<T: Clone>(items: &[T], n: usize) -> Option<T> {
    (!items.is_empty()).then(|| items[n % items.len()].clone())
}

fn event(world: &mut Caller, what: &Happening) -> Option<Event> {
    if let Happening::Change(drill) = what {
        world.facts.incident.drill = *drill;
    }
    let steps = world.playbook.all_steps();
    Some(match what {
        Happening::Acknowledge => Event::Acknowledged,
        Happening::End => Event::Ended,
        Happening::Escalate => Event::Escalated { by: "Lê Thử".into(), reason: "Gấp.".into() },
        Happening::FireArmed(n) => {
            let keys: Vec<String> = world.timers.keys().cloned().collect();
            Event::Fired { timer: pick(&keys, *n)? }
        }
        Happening::FireAny(n) => {
            let step = pick(&steps, *n)?;
            let key = match n % 3 {
                0 => step.late_key(),
                1 => step.timeout_key(),
                _ => step.repeat_key(1),
            };
            Event::Fired { timer: key }
        }
        Happening::FinishTask(n) => Event::TaskDone { step: pick(&steps, *n)?.id.clone() },
        Happening::SkipTask(n) => Event::TaskSkipped { step: pick(&steps, *n)?.id.clone() },
        Happening::Answer(n, yes) => {
            Event::Answered { step: pick(&steps, *n)?.id.clone(), yes: *yes }
        }
        Happening::Posted(n, true) => Event::Delivered { step: pick(&steps, *n)?.id.clone() },
        Happening::Posted(n, false) => Event::Undelivered { step: pick(&steps, *n)?.id.clone() },
        Happening::Dispatched(n, true) => {
            Event::DispatchDone { step: pick(&steps, *n)?.id.clone() }
        }
        Happening::Dispatched(n, false) => {
            Event::DispatchRefused { step: pick(&steps, *n)?.id.clone() }
        }
        Happening::Change(_) => Event::Changed,
        Happening::Vacant(s, r) => Event::NobodyHolds {
            step: pick(&steps, *s)?.id.clone(),
            role: Role::parse(pick(ROLES, *r)?)?,
        },
    })
}

fn is_ask(step: &Step) -> bool {
    matches!(step.kind, Kind::Notify { ask: Some(_), .. })
}

/// The timers that an answer to these steps must cancel: their own, and all inside their `late`.
fn keys_of(steps: &[&Step]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for step in steps.iter().flat_map(|s| std::iter::once(*s).chain(s.descendants())) {
        keys.insert(step.late_key());
        let times = step.repeat.map_or(0, |r| r.times);
        keys.extend((1..=times).map(|n| step.repeat_key(n)));
    }
    keys
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_events_doubles_or_strands_anything(
        text in prop_oneof![book(), rich_book()],
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let mut world = Caller::begin(&text);
        for (minutes, what) in &happenings {
            world.minutes_later(*minutes);
            if let Some(event) = event(&mut world, what) {
                world.tell(&event);
            }
        }
        // Whatever happened before, waiting alone brings the run to rest in a bounded time.
        world.wait(60 * 24 * 60);
        prop_assert!(world.timers.is_empty());
        prop_assert!(every_failure_is_told(&world));
        world.tell(&Event::Ended);
        prop_assert!(world.run.is_over());
        prop_assert!(world.questions.iter().all(|id| world.run.steps[id].answer.is_some()));
    }

    /// Nothing is held back but by a wait: when everybody does what is asked, all steps come.
    #[test]
    fn when_everybody_moves_the_run_comes_to_its_end(text in rich_book(), yes in any::<bool>()) {
        let mut world = Caller::begin(&text);
        world.facts.incident.drill = true;
        world.tell(&Event::Changed);
        world.tell(&Event::Acknowledged);
        for _ in 0..400 {
            let waiting = world.run.waiting(&world.playbook);
            let Some(first) = waiting.first() else { break };
            let step = world.playbook.step(&first.step).expect("there").clone();
            let id = step.id.clone();
            match step.kind {
                Kind::Task { .. } => { world.tell(&Event::TaskDone { step: id }); }
                Kind::Approve { .. } => { world.tell(&Event::Answered { step: id, yes }); }
                Kind::Dispatch { .. } => { world.tell(&Event::DispatchDone { step: id }); }
                Kind::Webhook { .. } => { world.tell(&Event::Delivered { step: id }); }
                _ => world.wait(24 * 60),
            }
        }
        prop_assert!(world.run.is_over(), "{:?}", world.run.waiting(&world.playbook));
        prop_assert!(world.timers.is_empty());
        // What was not started stands in a branch not taken, in a late that was not needed, in a
        // group that was skipped.
        // Or it comes after a failure: whoever wants one more round when all have been has failed.
        let skipped = |list: &[Step]| list.iter().all(|s| world.run.steps.contains_key(&s.id));
        let failed = world.run.steps.values().any(|s| s.status == Status::Failed);
        prop_assert!(failed || skipped(&world.playbook.steps));
        prop_assert!(every_failure_is_told(&world));
    }

    #[test]
    fn another_version_keeps_what_happened_and_loses_nothing(
        before in rich_book(),
        after in rich_book(),
        happenings in prop::collection::vec(happening(), 0..12),
    ) {
        let mut world = Caller::begin(&before);
        for (minutes, what) in &happenings {
            world.minutes_later(*minutes);
            if let Some(event) = event(&mut world, what) {
                world.tell(&event);
            }
        }
        let new = parse(&after.replace("\"version\":1", "\"version\":2")).expect("reads");
        let done: Vec<String> = world.run.steps.iter()
            .filter(|(_, s)| s.status == Status::Done).map(|(id, _)| id.clone()).collect();
        if world.rebase(new).is_ok() {
            prop_assert!(done.iter().all(|id| world.run.steps[id].status == Status::Done));
            world.wait(60 * 24 * 60);
            prop_assert!(world.timers.is_empty());
            world.tell(&Event::Ended);
            prop_assert!(world.run.is_over());
        }
    }

    #[test]
    fn when_nobody_moves_every_step_happens_exactly_once(text in book()) {
        let mut world = Caller::begin(&text);
        world.wait(60 * 24 * 60);
        for step in world.playbook.all_steps() {
            let said = world.notices.iter().filter(|n| n.step == step.id).count();
            let repeats = step.repeat.map_or(0, |r| usize::try_from(r.times).expect("small"));
            match &step.kind {
                Kind::Notify { .. } => prop_assert_eq!(said, 1 + repeats, "{}", &step.id),
                Kind::Task { .. } => {
                    prop_assert!(world.tasks.contains(&step.id));
                    prop_assert_eq!(said, repeats, "{}", &step.id);
                }
                _ => {}
            }
            let open = !matches!(step.kind, Kind::Notify { ask: None, .. } | Kind::Set(_));
            let status = world.run.steps[&step.id].status;
            prop_assert_eq!(status, if open { Status::Open } else { Status::Done });
        }
        prop_assert!(world.withdrawn.is_empty());
    }

    /// Who does not wait gets what waiting would have brought, and nothing twice.
    #[test]
    fn escalating_by_hand_says_what_silence_would_have_said(text in rich_book()) {
        let event = Event::Escalated { by: "Lê Thử".into(), reason: "Gấp.".into() };
        let first = |world: &Caller| {
            let late = world.timers.iter().filter(|(key, _)| key.ends_with("/late"));
            late.map(|(key, due)| (*due, key.clone())).min()
        };
        let (mut waited, mut called) = (Caller::begin(&text), Caller::begin(&text));
        let due = first(&called);
        prop_assert_eq!(called.run.next_escalation(&called.playbook).is_some(), due.is_some());
        let Some((at, _)) = due else {
            prop_assert!(called.tell(&event).is_empty());
            return Ok(());
        };
        // Of two that are due at the same moment either may be first.
        let firsts = called.timers.iter().filter(|(key, due)| key.ends_with("/late") && **due == at);
        prop_assume!(firsts.count() == 1);
        let key = due.map(|(_, key)| key).unwrap_or_default();
        waited.tell(&Event::Fired { timer: key.clone() });
        called.tell(&event);
        let said = |world: &Caller| world.notices.iter()
            .map(|n| (n.step.clone(), n.firing, n.to.clone())).collect::<Vec<_>>();
        prop_assert_eq!(said(&waited), said(&called));
        prop_assert_eq!(&waited.run.steps.keys().collect::<Vec<_>>(), &called.run.steps.keys().collect::<Vec<_>>());
        prop_assert_eq!(&waited.timers, &called.timers);
        prop_assert!(!called.timers.contains_key(&key));
        // As often as it is called for, the ladder has an end.
        let mut calls = 0;
        while called.run.next_escalation(&called.playbook).is_some() {
            calls += 1;
            prop_assert!(calls <= called.playbook.all_steps().len());
            called.tell(&event);
        }
    }

    #[test]
    fn an_answer_cancels_exactly_what_has_not_fired(
        text in book(),
        firings in prop::collection::vec(any::<usize>(), 0..12),
        which in any::<usize>(),
    ) {
        let mut world = Caller::begin(&text);
        for n in firings {
            world.minutes_later(7);
            if let Some(event) = event(&mut world, &Happening::FireArmed(n)) {
                world.tell(&event);
            }
        }
        let playbook = world.playbook.clone();
        let open = |s: &&Step| world.run.steps.get(&s.id).is_some_and(|t| t.status == Status::Open);
        let tasks: Vec<&Step> = playbook.all_steps().into_iter()
            .filter(|s| matches!(s.kind, Kind::Task { .. })).filter(open).collect();
        let (answered, event) = match pick(&tasks, which) {
            Some(task) if which % 3 != 0 =>
                (vec![task], Event::TaskDone { step: task.id.clone() }),
            _ => (playbook.all_steps().into_iter().filter(|s| is_ask(s)).filter(open).collect(),
                  Event::Acknowledged),
        };
        let (before, keys) = (world.timers.clone(), keys_of(&answered));
        let inside: BTreeSet<String> =
            answered.iter().flat_map(|s| s.descendants()).map(|s| s.id.clone()).collect();
        let started: BTreeSet<String> = world.run.steps.keys().cloned().collect();
        let effects = world.tell(&event);

        let must_go: BTreeSet<&String> = before.keys().filter(|k| keys.contains(*k)).collect();
        let gone: BTreeSet<&String> = effects.iter().filter_map(|e| match e {
            Effect::CancelTimer { key } => Some(key),
            _ => None,
        }).collect();
        prop_assert_eq!(&gone, &must_go);
        prop_assert!(before.iter().filter(|(k, _)| !keys.contains(*k))
            .all(|(k, due)| world.timers.get(k) == Some(due)), "others keep their time");
        // Every notice of a started step inside an answered one is withdrawn; nobody else's first is.
        for step in playbook.all_steps().into_iter().filter(|s| started.contains(&s.id)) {
            let said = world.run.steps[&step.id].firings;
            let is_task = matches!(step.kind, Kind::Task { .. });
            let moot = inside.contains(&step.id) && (!is_task || said > 0)
                || answered.iter().any(|a| a.id == step.id) && said > 1;
            prop_assert_eq!(world.withdrawn.contains(&step.id), moot, "{}", &step.id);
        }
        // And nothing new begins because of an answer.
        let begins = |e: &Effect| matches!(e,
            Effect::Notify { .. } | Effect::Task { .. } | Effect::SetTimer { .. });
        prop_assert!(!effects.iter().any(begins), "{:?}", effects);
    }

    #[test]
    fn the_same_events_give_the_same_run(
        text in rich_book(),
        happenings in prop::collection::vec(happening(), 0..25),
    ) {
        let play = || {
            let mut world = Caller::begin(&text);
            for (minutes, what) in &happenings {
                world.minutes_later(*minutes);
                if let Some(event) = event(&mut world, what) {
                    world.tell(&event);
                }
            }
            (serde_json::to_string(&world.run).expect("writes"), world.notices, world.notes)
        };
        prop_assert_eq!(play(), play());
    }

    #[test]
    fn any_text_is_answered_with_places_inside_it(text in "\\PC{0,200}") {
        if let Err(problems) = parse(&text) {
            prop_assert!(problems.iter().all(|p| p.line >= 1 && p.column >= 1));
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn a_damaged_file_is_never_a_crash(at in 0_usize..600, junk in "[\\PC\n\t:{}\\[\\]&*|>-]{0,6}") {
        let text = playbooks::library()[5].1;
        let at = (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let damaged = format!("{}{junk}{}", &text[..at], &text[at..]);
        if let Err(problems) = parse(&damaged) {
            prop_assert!(problems.iter().all(|p| p.line <= damaged.lines().count() + 1));
        }
    }
}

#[test]
fn a_run_of_the_largest_playbook_stays_small() {
    let late = json!([{"notify": {"to": "leader"}, "repeat": {"every": "30d", "times": 48}}]);
    let ask = json!({"notify": {"to": "duty_officer", "ask": "acknowledge"}, "within": "1m", "late": late});
    let text = json!({"playbook": "big", "version": 1, "title": "Lớn", "first_aid": "1. Gọi.",
                      "steps": vec![ask; 100]});
    let mut world = Caller::begin(&text.to_string());
    world.wait(2);
    assert_eq!((world.run.steps.len(), world.timers.len()), (200, 100));
    let size = serde_json::to_string(&world.run).expect("writes").len();
    assert!(size < 64 * 1024, "{size} bytes");
    world.tell(&Event::Acknowledged);
    assert!(world.run.is_over());
}
