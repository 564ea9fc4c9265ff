//! What people read: every key that the code names is in both catalogs, and no catalog keeps a text
//! that nobody shows. The program tests that both catalogs have the same keys.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::architecture::{code, files};

/// Families of keys that the code names whole, though not where it looks the text up.
const WHOLE: [&str; 9] = [
    "field-",
    "letter-",
    "refusal-",
    "timeline-",
    "fact-",
    "obstacle-",
    "config-",
    "doctor-",
    "bot-",
];

/// Keys that nothing names, each with its reason.
const KEPT: [(&str, &str); 0] = [];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The program's code, without tests.
fn program() -> String {
    let mut all = Vec::new();
    files(&root().join("server/src"), &mut all);
    let is_test = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().contains("test"))
    };
    all.iter().filter(|path| !is_test(path)).map(|path| code(path)).collect::<Vec<_>>().join("\n")
}

/// Every file below `folder` whose name ends with `end`, in one text.
fn texts(folder: &Path, end: &str) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.push_str(&texts(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            all.push_str(&fs::read_to_string(&path).unwrap());
            all.push('\n');
        }
    }
    all
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+')
}

/// Everything between two quotation marks that could be a key or a word of a code list.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.split('"').filter(|piece| !piece.is_empty() && piece.chars().all(is_key)).collect()
}

/// The words between `before` (and blanks) and the next quotation mark, wherever `before` stands.
fn named<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.split(before)
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .collect()
}

fn catalog(language: &str) -> BTreeSet<String> {
    let text = texts(&root().join("server/catalog").join(language), ".ftl");
    let key = |line: &str| {
        let (key, _) = line.split_once('=')?;
        line.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| key.trim().to_owned())
    };
    text.lines().filter_map(key).collect()
}

/// Fails with those of `wanted` that one of the catalogs lacks.
fn present(wanted: &BTreeSet<String>) {
    for language in ["vi", "en"] {
        let missing: Vec<_> = wanted.difference(&catalog(language)).cloned().collect();
        assert!(missing.is_empty(), "{language} lacks {missing:?}");
    }
}

#[test]
fn everything_that_happens_has_its_sentence_in_both_languages() {
    let program = program();
    let kinds = named(&program, "Happened::new(");
    let wanted: BTreeSet<_> = kinds.iter().map(|kind| format!("timeline-{kind}")).collect();
    assert!(wanted.len() > 20, "the verbs are found");
    present(&wanted);
}

#[test]
fn every_letter_has_its_subject_and_its_text_in_both_languages() {
    let program = program();
    let mut purposes: BTreeSet<&str> = named(&program, "AccountMatter::new(").into_iter().collect();
    purposes.extend(program.split("Matter::about(").skip(1).filter_map(|rest| {
        let call = &rest[..rest.find(')')?];
        call.split('"').nth(1)
    }));
    purposes.extend(named(&program, "purpose:"));
    // What a step of a procedure says: `let purpose = match … { … => "acknowledge", … };`
    for block in program.split("let purpose = match").skip(1) {
        purposes.extend(named(block.split("};").next().unwrap_or_default(), "=>"));
    }
    assert!(purposes.len() > 15, "the letters are found: {purposes:?}");
    let both = |purpose: &&str| ["subject", "text"].map(|part| format!("letter-{purpose}-{part}"));
    present(&purposes.iter().flat_map(both).collect());
}

#[test]
fn every_refusal_has_its_words_in_both_languages() {
    let refusals = code(&root().join("server/src/domain/refusal.rs"));
    let (_, codes) = refusals.split_once("fn code(&self)").expect("the codes");
    let codes = codes.split("\n    }\n").next().unwrap_or_default();
    let wanted: BTreeSet<_> =
        named(codes, "=>").into_iter().map(|code| format!("refusal-{code}")).collect();
    assert!(wanted.len() > 15, "the refusals are found");
    present(&wanted);
}

/// The words of audited actions, as their keys have them.
fn actions(program: &str) -> BTreeSet<String> {
    let is_action = |piece: &&str| {
        piece.split_once('.').is_some_and(|(object, verb)| {
            let word = |text: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            };
            word(object) && word(verb)
        })
    };
    program.split('"').filter(is_action).map(|action| action.replace('.', "_")).collect()
}

#[test]
fn every_audited_action_has_its_words_in_both_languages() {
    let program = program();
    // What follows `audited(` up to its end, and the rooms' own short ways to it.
    let calls = ["audited(", "done(tx", "let action ="];
    let wanted: BTreeSet<_> = calls
        .iter()
        .flat_map(|call| program.split(call).skip(1))
        .flat_map(|rest| actions(rest.split(';').next().unwrap_or_default()))
        .map(|action| format!("audit-did-{action}"))
        .collect();
    assert!(wanted.len() > 60, "the actions are found: {}", wanted.len());
    present(&wanted);
}

#[test]
fn every_key_that_is_named_is_in_both_catalogs() {
    let program = program();
    let pages = texts(&root().join("server/templates"), ".html");
    let whole = |key: &&str| {
        WHOLE.iter().any(|family| key.strip_prefix(family).is_some_and(|rest| !rest.is_empty()))
    };
    let mut wanted: BTreeSet<&str> = quoted(&program).into_iter().filter(whole).collect();
    for text in [&program, &pages] {
        for call in ["t.t(", "t.t1(", "t.with(", "t.count(", "self.t(", "Remark::new("] {
            wanted.extend(named(text, call).into_iter().filter(|key| key.contains('-')));
        }
    }
    assert!(wanted.len() > 700, "the keys are found: {}", wanted.len());
    // A key that goes on in braces is a family; its members are the other test's.
    present(&wanted.into_iter().filter(|key| key.chars().all(is_key)).map(str::to_owned).collect());
}

#[test]
fn no_catalog_keeps_a_text_that_nothing_shows() {
    let program = program();
    let pages = texts(&root().join("server/templates"), ".html");
    let playbooks = texts(&root().join("playbooks/library"), ".yaml");
    let steps = playbooks.lines().filter_map(|line| line.trim().strip_prefix("- id: "));
    let mut words: BTreeSet<String> = steps.map(|id| id.trim().to_owned()).collect();
    // Roles of procedures are words of the playbooks' own crate.
    let roles = texts(&root().join("playbooks/src"), ".rs");
    for text in [&program, &pages, &roles] {
        // Code lists go into keys in lower case: AMBER+STRICT is tlp-amber_strict.
        let plain = |word: &&str| [(*word).to_owned(), word.to_lowercase().replace('+', "_")];
        words.extend(quoted(text).iter().flat_map(plain));
    }
    // A dispatch's and an account's action name the step: `format!("dispatch.{}", step.word)`.
    for step in ["dispatch.reply", "dispatch.cancel", "dispatch.ask_removal", "dispatch.remind"] {
        words.insert(step.replace('.', "_"));
    }
    words.insert("account_activation".to_owned());
    words.extend(actions(&program));
    // Days of the week go by their numbers (ISO 8601).
    words.extend((1..=7).map(|day: u8| day.to_string()));
    // `format!("state-{word}")` names a key for every word of a code list.
    let mut families: BTreeSet<(&str, &str)> = BTreeSet::new();
    for text in [&program, &pages] {
        for pattern in named(text, "format!(") {
            let Some((before, rest)) = pattern.split_once('{') else { continue };
            let Some((_, after)) = rest.split_once('}') else { continue };
            if before.ends_with('-') && before.chars().all(is_key) && after.chars().all(is_key) {
                families.insert((before, after));
            }
        }
    }
    assert!(families.len() > 30, "the families are found");
    let shown = |key: &String| {
        words.contains(key)
            || families.iter().any(|(before, after)| {
                key.strip_prefix(before)
                    .and_then(|rest| rest.strip_suffix(after))
                    .is_some_and(|word| words.contains(word))
            })
            || KEPT.iter().any(|(kept, _)| kept == key)
    };
    let idle: Vec<_> = catalog("vi").into_iter().filter(|key| !shown(key)).collect();
    assert!(idle.is_empty(), "nothing shows {idle:?}");
}
