//! The arrows of the house (docs/architecture.md): which room may name which.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms it must not name.
const NEVER: [(&str, &[&str]); 7] = [
    ("domain", &["actions", "app", "cli", "config", "engine", "http", "records", "store"]),
    ("records", &["actions", "app", "cli", "engine", "http"]),
    ("store", &["actions", "app", "cli", "config", "engine", "http"]),
    ("actions", &["app", "cli", "engine", "http"]),
    ("engine", &["cli", "http"]),
    ("http", &["store", "engine", "cli"]),
    ("bot", &["store", "engine", "http", "cli"]),
];

/// Crates that a room must not name.
const FOREIGN: [(&str, &[&str]); 4] = [
    ("domain", &["diesel", "actix_web", "tokio", "teloxide", "lettre"]),
    // `actix_web::web::Bytes` is the stream of an upload; nothing else of it.
    ("actions", &["diesel", "actix_web::http", "actix_web::dev", "teloxide", "lettre"]),
    ("http", &["diesel", "teloxide", "lettre"]),
    ("store", &["actix_web", "teloxide", "lettre", "askama"]),
];

/// What is known and has a reason: health asks the database itself whether it is there.
const KNOWN: [(&str, &str); 2] = [("http/health.rs", "store"), ("http/metrics.rs", "store")];

/// Every Rust file below a folder.
pub(crate) fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push(path);
        }
    }
}

/// The code of a file, without its tests and comments.
pub(crate) fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn rooms_name_only_what_they_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src");
    let mut all = Vec::new();
    files(&source, &mut all);
    assert!(all.len() > 50, "the house is there");
    let mut wrong = Vec::new();
    for path in all {
        let place = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        let tests = place.contains("/tests/") || place.starts_with("testing/");
        if tests
            || place.ends_with("tests.rs")
            || place.ends_with("_test.rs")
            || place == "testing.rs"
        {
            continue;
        }
        let room = place.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let code = code(&path);
        for (_, rooms) in NEVER.iter().filter(|(name, _)| *name == room) {
            for other in *rooms {
                let named = code.contains(&format!("crate::{other}::"))
                    || code.contains(&format!("crate::{other};"))
                    || code.contains(&format!("crate::{{{other}"));
                if named && !KNOWN.contains(&(place.as_str(), *other)) {
                    wrong.push(format!("{place} names {other}"));
                }
            }
        }
        for (_, crates) in FOREIGN.iter().filter(|(name, _)| *name == room) {
            for foreign in *crates {
                if code.contains(&format!("{foreign}::")) {
                    wrong.push(format!("{place} names the crate {foreign}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Health asks the database itself whether it is there.
const DATABASE: [&str; 1] = ["http/health.rs"];

#[test]
fn a_door_opens_no_database() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src");
    let mut all = Vec::new();
    for room in ["http", "bot"].iter().map(|room| source.join(room)).filter(|room| room.is_dir()) {
        files(&room, &mut all);
    }
    assert!(all.len() > 30, "the doors are there");
    let mut wrong = Vec::new();
    for path in all {
        let place = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if place.contains("test") || DATABASE.contains(&place.as_str()) {
            continue;
        }
        // However the lines are broken.
        let code: String = code(&path).split_whitespace().collect();
        for way in [".db.read(", ".db.write(", ".office.write(", "&mutConn"] {
            if code.contains(way) {
                wrong.push(format!("{place} says {way}: that is an action's"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_clock_reads_the_wall_clock_and_nobody_formats_sql() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src");
    let mut all = Vec::new();
    files(&source, &mut all);
    for path in all {
        let code = code(&path);
        let place = path.display();
        if !path.ends_with("clock.rs") {
            assert!(!code.contains("Utc::now("), "{place} reads the wall clock");
        }
    }
}
