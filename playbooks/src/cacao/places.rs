//! Where in a JSON text each value stands, so that a problem can be told with line and column; and
//! keys that are written twice, which JSON readers pass over in silence.

use crate::notation::Place;
use std::collections::HashMap;

/// The places of all values, by JSON pointer.
pub(super) struct Places {
    found: HashMap<String, Place>,
    /// Keys that stand twice in one object.
    pub(super) twice: Vec<(Place, String)>,
}

impl Places {
    /// Of a text that is JSON; for any other text the answer is partial.
    pub(super) fn of(text: &str) -> Places {
        let places = Places { found: HashMap::new(), twice: Vec::new() };
        let mut scan = Scan { text, at: 0, line: 1, column: 1, places };
        scan.value(&mut String::new(), 0);
        scan.places
    }

    /// The place of a value, or of the nearest thing around it.
    pub(super) fn at(&self, pointer: &str) -> Place {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.found.get(pointer) {
                return *place;
            }
            match pointer.rsplit_once('/') {
                Some((outer, _)) => pointer = outer,
                None => return Place { line: 1, column: 1 },
            }
        }
    }
}

/// A key as it stands in a JSON pointer.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Readers of JSON give up at this depth, so that deeper texts never come here.
const DEEPEST: usize = 128;

struct Scan<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    column: usize,
    places: Places,
}

impl Scan<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn step(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.step();
        }
    }

    /// Takes a sign, if it stands here.
    fn sign(&mut self, wanted: char) -> bool {
        self.blank();
        let there = self.peek() == Some(wanted);
        if there {
            self.step();
        }
        there
    }

    fn value(&mut self, pointer: &mut String, depth: usize) {
        self.blank();
        let place = Place { line: self.line, column: self.column };
        self.places.found.insert(pointer.clone(), place);
        match self.peek() {
            Some('{') if depth < DEEPEST => self.object(pointer, depth),
            Some('[') if depth < DEEPEST => self.array(pointer, depth),
            Some('"') => {
                self.string();
            }
            _ => {
                while self.peek().is_some_and(|c| !",]}".contains(c) && !c.is_whitespace()) {
                    self.step();
                }
            }
        }
    }

    fn object(&mut self, pointer: &mut String, depth: usize) {
        self.step();
        let outer = pointer.len();
        let mut keys: Vec<String> = Vec::new();
        loop {
            self.blank();
            if self.sign('}') {
                return;
            }
            let place = Place { line: self.line, column: self.column };
            let Some(key) = self.string() else { return };
            if keys.contains(&key) {
                self.places.twice.push((place, key.clone()));
            }
            if !self.sign(':') {
                return;
            }
            pointer.push('/');
            pointer.push_str(&escaped(&key));
            keys.push(key);
            self.value(pointer, depth + 1);
            pointer.truncate(outer);
            if !self.sign(',') {
                self.sign('}');
                return;
            }
        }
    }

    fn array(&mut self, pointer: &mut String, depth: usize) {
        self.step();
        let outer = pointer.len();
        for n in 0.. {
            if self.sign(']') {
                return;
            }
            let before = self.at;
            pointer.push_str(&format!("/{n}"));
            self.value(pointer, depth + 1);
            pointer.truncate(outer);
            if !self.sign(',') {
                self.sign(']');
                return;
            }
            if self.at == before {
                return;
            }
        }
    }

    /// A text in quotes, what is escaped in it resolved.
    fn string(&mut self) -> Option<String> {
        let from = self.at;
        if self.step() != Some('"') {
            return None;
        }
        loop {
            match self.step()? {
                '\\' => {
                    self.step();
                }
                '"' => break,
                _ => {}
            }
        }
        serde_json::from_str(self.text.get(from..self.at)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let places = Places::of("{\"a\": [1,\n  {\"b/c\": \"x\\\"y\"}], \"d\": null}");
        let at = |pointer| (places.at(pointer).line, places.at(pointer).column);
        assert_eq!(at(""), (1, 1));
        assert_eq!(at("/a"), (1, 7));
        assert_eq!(at("/a/1/b~1c"), (2, 11));
        assert_eq!(at("/d"), (2, 26));
        assert_eq!(at("/a/1/missing"), (2, 3), "the nearest around it");
    }

    #[test]
    fn what_is_written_twice_is_seen() {
        let places = Places::of("{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}");
        assert_eq!(places.twice.len(), 1);
        assert_eq!(places.twice[0].1, "c");
    }

    #[test]
    fn broken_text_is_no_danger() {
        for text in ["", "{", "{\"a\"", "[1,,]", "{\"a\": [}", "\"", "[[[[", "{\"a\":}"] {
            Places::of(text);
        }
    }
}
