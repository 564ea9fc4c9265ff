//! Typed reading of a map's fields: what is absent, misspelt or of the wrong type becomes a problem
//! at its place, and reading goes on.

use super::fault::Fault;
use super::problem::Problems;
use super::yaml::{Node, Place, Value};
use crate::limits::{MAX_NAME, MAX_RECIPIENTS};
use crate::role::{ROLE_WORDS, Role};
use crate::span::{NotASpan, Span};

/// The keys that one kind of map may have. A key that the whole language has but this version does
/// not run is named in `later`, so that it is refused in plain words.
pub(crate) struct Shape {
    pub(crate) known: &'static [&'static str],
    pub(crate) later: &'static [&'static str],
}

/// A map, opened.
pub(crate) struct Fields<'n> {
    pub(crate) at: Place,
    entries: Vec<(Place, &'n str, &'n Node)>,
}

impl<'n> Fields<'n> {
    /// Opens a node that must be a map of this shape; `key` is what it is called in messages.
    pub(crate) fn open(node: &'n Node, key: &str, shape: &Shape, p: &mut Problems) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            p.add(node.at, &Fault::ExpectedMap { key: key.to_owned() });
            return None;
        };
        let mut kept = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if shape.known.contains(&key.name.as_str()) {
                kept.push((key.at, key.name.as_str(), value));
            } else if shape.later.contains(&key.name.as_str()) {
                p.add(key.at, &Fault::NotYet(key.name.clone()));
            } else {
                let fault = Fault::UnknownKey {
                    key: shorten(&key.name),
                    known: shape.known.to_vec(),
                    near: nearest(&key.name, shape.known),
                };
                p.add(key.at, &fault);
            }
        }
        Some(Fields { at: node.at, entries: kept })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(_, name, _)| *name == key).map(|(_, _, node)| *node)
    }

    /// Where the key itself is written; the map's place when it is absent.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        self.entries.iter().find(|(_, name, _)| *name == key).map_or(self.at, |(at, _, _)| *at)
    }

    pub(crate) fn need(&self, key: &'static str, p: &mut Problems) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            p.add(self.at, &Fault::Missing(key));
        }
        found
    }
}

pub(crate) fn list<'n>(node: &'n Node, key: &str, p: &mut Problems) -> Option<&'n [Node]> {
    if let Value::List(items) = &node.value {
        return Some(items);
    }
    p.add(node.at, &Fault::ExpectedList { key: key.to_owned() });
    None
}

/// Text of at most `max` characters, trimmed, without control characters other than line breaks.
pub(crate) fn text(node: &Node, key: &str, max: usize, p: &mut Problems) -> Option<String> {
    let Value::Text(found) = &node.value else {
        p.add(node.at, &Fault::ExpectedText { key: key.to_owned() });
        return None;
    };
    let found = found.trim();
    let fault = if found.is_empty() {
        Fault::ExpectedText { key: key.to_owned() }
    } else if found.chars().count() > max {
        Fault::TooLong { key: key.to_owned(), max }
    } else if found.chars().any(|c| c.is_control() && c != '\n') {
        Fault::ControlCharacter { key: key.to_owned() }
    } else {
        return Some(found.to_owned());
    };
    p.add(node.at, &fault);
    None
}

/// Text in one line: titles and sources go into headings and subjects.
pub(crate) fn line(node: &Node, key: &str, max: usize, p: &mut Problems) -> Option<String> {
    let found = text(node, key, max, p)?;
    if found.contains('\n') {
        p.add(node.at, &Fault::ControlCharacter { key: key.to_owned() });
        return None;
    }
    Some(found)
}

/// A name or id: `[a-z][a-z0-9_-]*`.
pub(crate) fn name(node: &Node, key: &str, p: &mut Problems) -> Option<String> {
    let found = text(node, key, 1_000, p)?;
    let fits = found.len() <= MAX_NAME
        && found.starts_with(|c: char| c.is_ascii_lowercase())
        && found
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if fits {
        return Some(found);
    }
    p.add(node.at, &Fault::BadName { key: key.to_owned(), found: shorten(&found) });
    None
}

pub(crate) fn number(node: &Node, key: &str, min: u32, max: u32, p: &mut Problems) -> Option<u32> {
    let found = match &node.value {
        Value::Number(text) => text.parse::<u32>().ok().filter(|n| (min..=max).contains(n)),
        _ => None,
    };
    if found.is_none() {
        p.add(node.at, &Fault::ExpectedNumber { key: key.to_owned(), min, max });
    }
    found
}

pub(crate) fn span(node: &Node, key: &str, p: &mut Problems) -> Option<Span> {
    let found = match &node.value {
        Value::Text(text) | Value::Number(text) => text.as_str(),
        _ => {
            p.add(node.at, &Fault::BadDuration(key.to_owned()));
            return None;
        }
    };
    match Span::parse(found) {
        Ok(span) => Some(span),
        Err(NotASpan::Form) => {
            p.add(node.at, &Fault::BadDuration(shorten(found)));
            None
        }
        Err(NotASpan::Range) => {
            p.add(node.at, &Fault::DurationOutOfRange(shorten(found)));
            None
        }
    }
}

/// One word of a closed list.
pub(crate) fn word<T>(
    node: &Node,
    key: &str,
    known: &[&'static str],
    parse: fn(&str) -> Option<T>,
    p: &mut Problems,
) -> Option<T> {
    let found = text(node, key, 1_000, p)?;
    let parsed = parse(&found);
    if parsed.is_none() {
        let fault = Fault::ExpectedWord {
            key: key.to_owned(),
            found: shorten(&found),
            known: known.to_vec(),
        };
        p.add(node.at, &fault);
    }
    parsed
}

pub(crate) fn role(node: &Node, p: &mut Problems) -> Option<Role> {
    let found = text(node, "to", 1_000, p)?;
    let parsed = Role::parse(&found);
    if parsed.is_none() {
        let near = nearest(&found, ROLE_WORDS);
        p.add(node.at, &Fault::UnknownRole { found: shorten(&found), near });
    }
    parsed
}

/// One role, or a list of different ones.
pub(crate) fn roles(node: &Node, p: &mut Problems) -> Option<Vec<Role>> {
    let Value::List(items) = &node.value else {
        return role(node, p).map(|role| vec![role]);
    };
    if items.is_empty() {
        p.add(node.at, &Fault::NoRecipient);
    }
    if items.len() > MAX_RECIPIENTS {
        p.add(node.at, &Fault::TooManyRecipients);
        return None;
    }
    let mut found: Vec<Role> = Vec::with_capacity(items.len());
    for item in items {
        if let Some(role) = role(item, p) {
            if found.contains(&role) {
                p.add(item.at, &Fault::DoubleRecipient(role.as_word()));
            }
            found.push(role);
        }
    }
    Some(found)
}

/// The known word within two slips of the pen.
pub(crate) fn nearest(found: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .map(|word| (distance(found, word), *word))
        .filter(|(slips, word)| *slips <= 2 && *slips < word.len())
        .min()
        .map(|(_, word)| word)
}

/// Edit distance; long strings are never near.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    if a.len() > 40 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replace = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// What is quoted back to the writer stays short.
pub(crate) fn shorten(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(39).collect();
    short.push('…');
    short
}
