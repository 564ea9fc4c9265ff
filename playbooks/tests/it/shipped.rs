//! The library: complete, bilingual, mapped from every category, and with one set of rules that all
//! of it keeps.

use playbooks::{
    CATEGORIES, Effect, Facts, Kind, Moment, Phase, Playbook, Role, Step, Wait, for_category,
    library, parse, parse_pinned, shipped, shipped_as, shipped_calendar, shipped_pinned, start,
};
use std::collections::BTreeSet;

/// What the others call.
pub(crate) const PARTS: [&str; 3] = ["serious", "police_referral", "personal_data"];

/// The playbooks that incidents begin with.
pub(crate) fn of_categories() -> impl Iterator<Item = &'static str> {
    CATEGORIES.iter().map(|category| for_category(category))
}

fn each(check: impl Fn(&str, &Playbook)) {
    for name in of_categories() {
        check(name, shipped(name).expect("shipped"));
    }
}

#[test]
fn every_file_parses_and_is_named_as_it_says() {
    for (name, text) in library() {
        let playbook = parse(text).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        assert_eq!(playbook.name, *name);
        assert_eq!(shipped(name), Some(&playbook));
    }
}

#[test]
fn what_a_run_keeps_is_known_again_without_reading() {
    for (name, text) in library() {
        let whole = shipped_pinned(name).expect("shipped");
        let read = parse_pinned(whole).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        assert_eq!(shipped_as(whole), Some(&read), "{name}");
        assert_eq!(shipped_as(text), Some(&read), "{name}");
        assert_eq!(shipped_as(&format!("{whole}\n")), None, "{name}");
    }
    assert_eq!(shipped_pinned("no such"), None);
}

#[test]
fn every_category_has_its_own_and_the_rest_the_default() {
    for category in CATEGORIES {
        let playbook = shipped(for_category(category)).expect("shipped");
        let wanted = (*category != "other").then_some(*category);
        assert_eq!(playbook.category.as_deref(), wanted, "{category}");
    }
    assert_eq!(for_category("data_encryption"), "ransomware");
    assert_eq!(for_category("other"), "default");
    assert_eq!(for_category("no such word"), "default");
    assert_eq!(library().len(), CATEGORIES.len() + PARTS.len());
}

#[test]
fn first_aid_is_there_in_both_languages_and_short_enough_to_follow() {
    for (name, _) in library() {
        let playbook = shipped(name).expect("shipped");
        assert_eq!(playbook.first_aid.len(), playbook.first_aid_en.len(), "{name}");
        assert!((4..=7).contains(&playbook.first_aid.len()), "{name}");
        assert!(playbook.title_en.is_some(), "{name}");
        for line in playbook.first_aid.iter().chain(&playbook.first_aid_en) {
            assert!(line.ends_with('.') && !line.starts_with(char::is_numeric), "{name}: {line}");
            assert!(line.chars().count() <= 220, "{name}: {line}");
        }
    }
}

#[test]
fn a_report_rings_one_telephone_more_and_no_other() {
    let facts = Facts::default();
    let moment = Moment {
        now: "2026-11-20T02:00:00Z".parse().expect("a time"),
        facts: &facts,
        calendar: shipped_calendar(),
    };
    each(|name, book| {
        assert_eq!(book.steps[0].id, "receive", "{name}");
        let (_, effects) = start(book, &moment);
        let told = effects.iter().filter(|effect| matches!(effect, Effect::Notify { .. }));
        assert_eq!(told.count(), 1, "{name}");
        let more = |effect: &&Effect| {
            matches!(effect, Effect::Task { .. } | Effect::Ask { .. } | Effect::Dispatch { .. })
        };
        // Where files are being encrypted the machine is unplugged now, not in ten minutes.
        let at_once = usize::from(name == "ransomware");
        assert_eq!(effects.iter().filter(more).count(), at_once, "{name}");
    });
}

#[test]
fn every_phase_has_its_work_and_there_is_one_spokesperson() {
    each(|name, book| {
        let mut phases = BTreeSet::new();
        let mut voices = 0;
        for step in book.all_steps() {
            if let Kind::Task { phase, text, .. } = &step.kind {
                phases.insert(phase.as_word());
                voices += usize::from(text.contains("người phát ngôn duy nhất"));
            }
        }
        let all = [
            Phase::Verifying,
            Phase::Containing,
            Phase::Eradicating,
            Phase::Recovering,
            Phase::Reviewing,
        ];
        assert_eq!(phases, all.iter().map(|phase| phase.as_word()).collect(), "{name}");
        assert_eq!(voices, 1, "{name}");
        let voice = book.step("spokesperson").expect("a step");
        assert!(matches!(&voice.kind, Kind::Task { to: Role::UnitHead, .. }), "{name}");
    });
}

#[test]
fn evidence_and_a_backup_stand_before_every_cleaning() {
    each(|name, book| {
        let place = |id: &str| {
            let found = book.steps.iter().position(|step| step.id == id);
            found.unwrap_or_else(|| panic!("{name} has no {id} in its own list"))
        };
        let wait = place("saved");
        let Kind::Wait(Wait::Until { condition, .. }) = &book.steps[wait].kind else {
            panic!("{name}: saved is no wait")
        };
        let awaited = condition.source().to_owned();
        assert!(awaited.contains("steps.evidence == \"done\""), "{name}: {awaited}");
        assert!(awaited.contains("steps.backup_before == \"done\""), "{name}: {awaited}");
        assert!(place("evidence") < wait && place("backup_before") < wait, "{name}");
        assert!(place("backup_after") > place("recover"), "{name}");
        let evidence = &book.steps[place("evidence")].kind;
        assert!(matches!(evidence, Kind::Task { evidence_required: true, .. }), "{name}");
        for step in book.all_steps() {
            if let Kind::Task { phase: Phase::Eradicating | Phase::Recovering, .. } = &step.kind {
                let outer = book.steps.iter().position(|own| own.id == step.id);
                assert!(outer.is_some_and(|own| own > wait), "{name}: {}", step.id);
            }
        }
    });
}

#[test]
fn nothing_goes_outside_without_a_yes_and_up_only_by_the_leader() {
    fn look(name: &str, list: &[Step], asked: &[&Role], seen: &mut usize) {
        for step in list {
            match &step.kind {
                Kind::Dispatch { to, ground, .. } => {
                    *seen += 1;
                    assert!(!asked.is_empty(), "{name}: {} is automatic", step.id);
                    if matches!(to, Role::Police | Role::National) {
                        assert_eq!(asked.last(), Some(&&Role::Leader), "{name}: {}", step.id);
                    } else {
                        assert_eq!(ground, "Điều 11.2", "{name}: {}", step.id);
                    }
                    assert!(!step.late.is_empty(), "{name}: {}", step.id);
                }
                Kind::Approve { by, then, otherwise, .. } => {
                    let mut more = asked.to_vec();
                    more.push(by);
                    look(name, then, &more, seen);
                    look(name, otherwise, asked, seen);
                }
                Kind::Parallel(inner) | Kind::Call { steps: inner, .. } => {
                    look(name, inner, asked, seen);
                }
                _ => {}
            }
            look(name, &step.late, asked, seen);
        }
    }
    each(|name, book| {
        let mut seen = 0;
        look(name, &book.steps, &[], &mut seen);
        assert!(seen >= 3, "{name}: provider, police, national");
        for part in PARTS {
            let calls = |step: &&Step| matches!(&step.kind, Kind::Call { playbook, .. } if playbook == part);
            assert_eq!(book.all_steps().into_iter().filter(calls).count(), 1, "{name} {part}");
        }
    });
}

#[test]
fn whatever_is_owed_has_a_time_and_somebody_who_hears_of_its_lateness() {
    for (name, _) in library() {
        for step in shipped(name).expect("shipped").all_steps() {
            let owed = matches!(
                step.kind,
                Kind::Task { .. } | Kind::Approve { .. } | Kind::Wait(Wait::Until { .. })
            );
            let heard = step.within.is_some() && !step.late.is_empty();
            assert!(!owed || heard, "{name}: {}", step.id);
        }
    }
}
