//! Variables: their types, and their names in texts.

use super::book::{Book, Kind, Step, Variable};
use crate::condition::Var;
use crate::limits::MAX_VAR_TEXT;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a value is of the type that is declared for it. Types that the standard does not name say
/// nothing. A value that is empty, or not known yet, is of every type.
pub(super) fn fits(kind: &str, value: &str) -> bool {
    let hex = |digits: usize| {
        (digits == 0 || value.len() == digits) && value.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let network = |max: u8, address: bool, length: &str| {
        address && (length.is_empty() || length.parse().is_ok_and(|n: u8| n <= max))
    };
    let (address, length) = value.split_once('/').unwrap_or((value, ""));
    match kind {
        _ if value.is_empty() => true,
        "bool" => matches!(value, "true" | "false"),
        "integer" | "long" => value.parse::<i64>().is_ok(),
        "float" => value.parse::<f64>().is_ok(),
        "hexstring" => value.len().is_multiple_of(2) && hex(0),
        "ipv4-addr" => network(32, address.parse::<Ipv4Addr>().is_ok(), length),
        "ipv6-addr" => network(128, address.parse::<Ipv6Addr>().is_ok(), length),
        "mac-addr" => {
            let parts: Vec<&str> = value.split([':', '-']).collect();
            parts.len() == 6
                && parts.iter().all(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))
        }
        "hash" => hex(0),
        "md5-hash" => hex(32),
        "sha256-hash" => hex(64),
        "uri" => value.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
                && !rest.is_empty()
        }),
        "uuid" => {
            let parts: Vec<usize> = value.split('-').map(str::len).collect();
            parts == [8, 4, 4, 4, 12] && value.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
        }
        "dictionary" => {
            serde_json::from_str::<serde_json::Value>(value).is_ok_and(|v| v.is_object())
        }
        _ => true,
    }
}

/// A known value as our conditions know it.
pub(super) fn value_of(kind: &str, value: &str) -> Option<Var> {
    match kind {
        "bool" => value.parse().ok().map(Var::Bool),
        "integer" | "long" => value.parse().ok().map(Var::Number),
        _ => {
            let fits = value.chars().count() <= MAX_VAR_TEXT
                && !value.trim().is_empty()
                && value.trim() == value
                && !value.chars().any(char::is_control);
            fits.then(|| Var::Text(value.to_owned()))
        }
    }
}

/// The names of variables in a text: `__name__:value`, and `__name__` alone.
pub(super) fn named_in(text: &str) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("__")).map(|n| n + from) {
        let rest = text.get(start + 2..).unwrap_or_default();
        let inner = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(rest.len());
        let inner = rest.get(..inner).unwrap_or_default();
        let name = inner.find("__").map(|end| &inner[..end]).filter(|name| {
            name.len() <= 200 && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        });
        let Some(name) = name else {
            from = start + 2 + inner.len();
            continue;
        };
        let bare = start + 4 + name.len();
        let end = bare + if text[bare..].starts_with(":value") { 6 } else { 0 };
        found.push((start, end, format!("__{name}__")));
        from = end;
    }
    found
}

/// What is known before the playbook runs: values that were given and that no step brings.
pub(super) struct Known<'b> {
    book: &'b Book,
    given: &'b BTreeMap<String, String>,
}

impl<'b> Known<'b> {
    pub(super) fn new(book: &'b Book, given: &'b BTreeMap<String, String>) -> Self {
        Known { book, given }
    }

    /// The variable as this step sees it, and its value where that is known.
    pub(super) fn value(
        &self,
        step: Option<&Step>,
        name: &str,
    ) -> Option<(&'b Variable, Option<String>)> {
        let own = step.is_some_and(|step| step.variables.contains_key(name));
        let variable = self.book.variables.get(name);
        let variable = match step.filter(|_| own) {
            Some(step) => self.book.steps.get(&step.id)?.variables.get(name),
            None => variable,
        }?;
        let given = (!own).then(|| self.given.get(name)).flatten();
        if given.is_some() {
            return Some((variable, given.cloned()));
        }
        let brings = |step: &Step| match &step.kind {
            Kind::Action { gives, .. } | Kind::Call { gives, .. } => {
                gives.iter().any(|given| bare(given) == name)
                    && (own || !step.variables.contains_key(name))
            }
            _ => false,
        };
        let changes =
            if own { step.is_some_and(brings) } else { self.book.steps.values().any(brings) };
        let known = !changes && !variable.external;
        Some((variable, variable.value.clone().filter(|_| known)))
    }

    /// The text with what is known in the place of the names; the names that are not known.
    pub(super) fn filled(&self, step: &Step, text: &str) -> (String, Vec<String>) {
        let (mut filled, mut unknown, mut from) = (String::new(), Vec::new(), 0);
        for (start, end, name) in named_in(text) {
            filled.push_str(text.get(from..start).unwrap_or_default());
            from = end;
            match self.value(Some(step), &name) {
                Some((_, Some(value))) => filled.push_str(&value),
                Some((variable, None)) => {
                    let words = match variable.description.trim() {
                        "" => name.trim_matches('_').to_owned(),
                        words => format!("{}: {words}", name.trim_matches('_')),
                    };
                    filled.push_str(&format!("‹{words}›"));
                    unknown.push(name);
                }
                None => filled.push_str(text.get(start..end).unwrap_or_default()),
            }
        }
        filled.push_str(text.get(from..).unwrap_or_default());
        (filled, unknown)
    }
}

/// The name without `:value`.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix(":value").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart() {
        for (kind, good, bad) in [
            ("bool", "true", "yes"),
            ("integer", "-7", "7.5"),
            ("float", "7.5", "x"),
            ("hexstring", "0aFF", "0aF"),
            ("ipv4-addr", "203.0.113.0/24", "203.0.113.300"),
            ("ipv6-addr", "2001:db8::1", "2001::db8::1"),
            ("mac-addr", "00:00:5e:00:53:01", "00:00:5e:00:53"),
            ("md5-hash", "d41d8cd98f00b204e9800998ecf8427e", "d41d"),
            ("uri", "https://an-giang.example/x", "an-giang"),
            ("uuid", "8f3c2b6e-41a7-4c59-8d0b-6a9e57f1d3c2", "8f3c2b6e"),
            ("dictionary", "{\"a\": 1}", "[1]"),
        ] {
            assert!(fits(kind, good) && !fits(kind, bad), "{kind}");
            assert!(fits(kind, ""));
        }
        assert!(fits("string", "anything") && fits("own-type", "anything"));
    }

    #[test]
    fn names_are_found_in_texts() {
        let names = |text| -> Vec<String> {
            named_in(text)
                .into_iter()
                .map(|(a, b, name)| format!("{name}={}", &text[a..b]))
                .collect()
        };
        assert_eq!(names("GET __a__:value/x/__b-c__."), ["__a__=__a__:value", "__b-c__=__b-c__"]);
        assert_eq!(names("no _x_ and ____ here, snake_case__ too"), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched(text in ".{0,60}|[_a:value-]{0,40}") {
            for (start, end, name) in named_in(&text) {
                assert!(text[start..end].starts_with(&name));
            }
        }
    }
}
