//! Commands as people type them: `/nhan SC-2026-000123`, `/nhan@Bot`, with or without accents, in
//! one word or two.

use crate::domain::ids::IncidentCode;
use crate::domain::text::folded;

/// What some words are.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A command.
    Command {
        /// Its word, folded: no accents, lower case.
        word: String,
        /// Its word together with the next one, and with the next two, for whoever types `/ghi chú`
        /// or `/việc của tôi`.
        longer: Vec<String>,
        /// The bot that it is for, when it says so.
        to: Option<String>,
        /// What follows, as it was typed.
        rest: String,
    },
    /// Anything else.
    Words,
}

/// What must not stand in a case or an answer: controls, and marks that turn the reading direction.
pub fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| {
            let turns = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
            !turns && *c != '\u{FEFF}' && (!c.is_control() || matches!(c, '\n' | '\t'))
        })
        .collect()
}

/// Reads what somebody wrote.
pub fn parse(text: &str) -> Parsed {
    let text = clean(text);
    let Some(text) = text.trim_start().strip_prefix('/') else { return Parsed::Words };
    // `/ nhan` is talk.
    if text.starts_with(char::is_whitespace) {
        return Parsed::Words;
    }
    let (head, rest) = cut(text);
    let (name, to) = match head.split_once('@') {
        Some((name, to)) => (name, Some(to.to_owned())),
        None => (head, None),
    };
    let word = folded(name);
    if word.is_empty() || !word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Parsed::Words;
    }
    let (mut longer, mut joined, mut tail) = (Vec::new(), word.clone(), rest);
    for _ in 0..2 {
        let (next, after) = cut(tail);
        let next = folded(next);
        if next.is_empty() || !next.chars().all(|c| c.is_ascii_lowercase()) {
            break;
        }
        joined.push_str(&next);
        longer.push(joined.clone());
        tail = after;
    }
    Parsed::Command { word, longer, to, rest: rest.to_owned() }
}

/// The first word, and what follows it.
pub fn cut(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((first, rest)) => (first, rest.trim()),
        None => (text, ""),
    }
}

/// The code of an incident at the head of some words, and what follows it.
pub fn coded(text: &str) -> (Option<String>, &str) {
    let (first, rest) = cut(text);
    let bare = first.trim_matches(|c: char| matches!(c, ':' | ',' | '.' | ';' | '(' | ')' | '#'));
    match bare.parse::<IncidentCode>() {
        Ok(code) => (Some(code.to_string()), rest),
        Err(_) => (None, text.trim()),
    }
}

/// The first code of an incident anywhere in some words.
pub fn code_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .find_map(|word| word.parse::<IncidentCode>().ok())
        .map(|code| code.to_string())
}

/// Whether somebody means the person who writes.
pub fn is_me(word: &str) -> bool {
    matches!(folded(word).as_str(), "toi" | "minh" | "me" | "myself")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> (String, Option<String>, String) {
        match parse(text) {
            Parsed::Command { word, to, rest, .. } => (word, to, rest),
            Parsed::Words => panic!("{text:?} is a command"),
        }
    }

    #[test]
    fn commands_are_read_with_and_without_accents() {
        let plain = ("nhan".to_owned(), None, "SC-2026-000123".to_owned());
        assert_eq!(command("/nhan SC-2026-000123"), plain);
        assert_eq!(command("  /NHẬN   SC-2026-000123 "), plain);
        assert_eq!(command("\u{200F}\u{202E}/nhận SC-2026-000123"), plain);
        // Typed with combining marks, as some keyboards do.
        assert_eq!(command("/nha\u{323}\u{302}n SC-2026-000123"), plain);
        assert_eq!(command("/nhan@DieuPhoiBot").1.as_deref(), Some("DieuPhoiBot"));
        assert_eq!(command("/ghichu dòng 1\ndòng 2").2, "dòng 1\ndòng 2");
        match parse("/ghi chú máy đã rút mạng") {
            Parsed::Command { longer, .. } => assert_eq!(longer, ["ghichu", "ghichumay"]),
            Parsed::Words => panic!(),
        }
        for words in ["", "nhan", "//", "/", "/ nhan", "/@bot", "/😀", "xem /nhan", "/var/log"] {
            assert_eq!(parse(words), Parsed::Words, "{words:?}");
        }
    }

    #[test]
    fn codes_are_found_at_the_head_and_anywhere() {
        let (code, rest) = coded("sc-2026-12: máy bị khóa");
        assert_eq!((code.as_deref(), rest), (Some("SC-2026-000012"), "máy bị khóa"));
        assert_eq!(coded("máy sc-2026-12").0, None);
        assert_eq!(code_in("[DIỄN TẬP] SC-2026-000012 · Khẩn"), Some("SC-2026-000012".to_owned()));
        assert_eq!(code_in("không có mã"), None);
    }

    #[test]
    fn marks_that_turn_the_direction_are_taken_out() {
        assert_eq!(clean("a\u{202E}b\u{0}c\nđ😀<b>"), "abc\nđ😀<b>");
    }
}
