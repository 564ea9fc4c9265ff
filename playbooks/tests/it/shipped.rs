//! The library: complete, bilingual, and mapped from every category.

use playbooks::{CATEGORIES, Kind, for_category, library, parse, shipped};

#[test]
fn every_file_parses_and_is_named_as_it_says() {
    for (name, text) in library() {
        let playbook = parse(text).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        assert_eq!(playbook.name, *name);
        assert_eq!(shipped(name), Some(&playbook));
    }
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
    assert_eq!(library().len(), CATEGORIES.len());
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
fn what_is_done_first_is_to_be_told_somebody() {
    for (name, _) in library() {
        let playbook = shipped(name).expect("shipped");
        assert_eq!(playbook.steps[0].id, "receive", "{name}");
        assert!(matches!(playbook.steps[0].kind, Kind::Notify { ask: Some(_), .. }), "{name}");
    }
}
