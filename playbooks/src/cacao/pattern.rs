//! Conditions: what of the STIX pattern language can be told here, turned into our own conditions.
//! Comparisons of variables whose values are known, and of what was observed (addresses, names,
//! hashes, mail) with the incident's indicators, joined by AND, OR and NOT. For anything else the
//! answer is `None`, and a person is asked.

use crate::limits::MAX_CONDITION;

/// What a name in a pattern is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A variable by our name, with its kind.
    Var(String, Kind),
    /// A list of indicators.
    List(&'static str),
}

/// The kind of a variable's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Number,
    Text,
}

/// The condition in our notation; `known` answers what a variable is.
pub(super) fn condition(
    pattern: &str,
    known: &mut dyn FnMut(&str) -> Option<(String, Kind)>,
) -> Option<String> {
    let tokens = tokens(pattern)?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0, known };
    let found = reader.any()?;
    (reader.at == tokens.len() && found.chars().count() <= MAX_CONDITION).then_some(found)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

fn tokens(pattern: &str) -> Option<Vec<Token>> {
    const SIGNS: &[&str] = &["==", "!=", "<=", ">=", "<>", "=", "<", ">", "[", "]", "(", ")", ","];
    let mut found = Vec::new();
    let mut rest = pattern.trim_start();
    while let Some(first) = rest.chars().next() {
        if found.len() > 200 {
            return None;
        }
        if first == '\'' || first == '"' {
            let (mut text, mut escaped, mut end) = (String::new(), false, None);
            for (at, c) in rest.char_indices().skip(1) {
                match c {
                    c if escaped => {
                        text.push(c);
                        escaped = false;
                    }
                    '\\' => escaped = true,
                    c if c == first => {
                        end = Some(at + 1);
                        break;
                    }
                    c => text.push(c),
                }
            }
            found.push(Token::Text(text));
            rest = &rest[end?..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let word = |c: char| c.is_ascii_alphanumeric() || "_-:.'".contains(c);
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Some(found)
}

struct Reader<'r> {
    tokens: &'r [Token],
    at: usize,
    depth: usize,
    known: &'r mut dyn FnMut(&str) -> Option<(String, Kind)>,
}

impl Reader<'_> {
    fn word(&mut self, words: &[&str]) -> bool {
        let there = matches!(self.tokens.get(self.at), Some(Token::Word(word))
            if words.iter().any(|known| word.eq_ignore_ascii_case(known)));
        self.at += usize::from(there);
        there
    }

    fn sign(&mut self, sign: &str) -> bool {
        let there = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(there);
        there
    }

    fn any(&mut self) -> Option<String> {
        let first = self.all()?;
        let mut found = vec![first];
        while self.word(&["OR"]) {
            found.push(self.all()?);
        }
        Some(found.join(" || "))
    }

    fn all(&mut self) -> Option<String> {
        let first = self.one()?;
        let mut found = vec![first];
        while self.word(&["AND"]) {
            found.push(self.one()?);
        }
        Some(found.join(" && "))
    }

    fn one(&mut self) -> Option<String> {
        if self.depth > 4 {
            return None;
        }
        for (open, close) in [("[", "]"), ("(", ")")] {
            if self.sign(open) {
                self.depth += 1;
                let inner = self.any()?;
                self.depth -= 1;
                return self.sign(close).then(|| format!("({inner})"));
            }
        }
        if self.word(&["NOT"]) {
            self.depth += 1;
            let inner = self.one()?;
            self.depth -= 1;
            // Brackets are there already, or are needed.
            return Some(if inner.starts_with('(') {
                format!("!{inner}")
            } else {
                format!("!({inner})")
            });
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<String> {
        let Some(Token::Word(path)) = self.tokens.get(self.at).cloned() else { return None };
        self.at += 1;
        let name = self.name(&path)?;
        let not = self.word(&["NOT"]);
        if self.word(&["IN"]) {
            if !self.sign("(") {
                return None;
            }
            let mut found = Vec::new();
            loop {
                let value = self.value()?;
                found.push(compared(&name, "==", &value)?);
                if self.sign(")") {
                    break;
                }
                if !self.sign(",") {
                    return None;
                }
            }
            let any = format!("({})", found.join(" || "));
            return Some(if not { format!("!{any}") } else { any });
        }
        let Some(Token::Sign(sign)) = self.tokens.get(self.at) else { return None };
        let sign = match *sign {
            "=" | "==" => "==",
            "!=" | "<>" => "!=",
            sign @ ("<" | ">" | "<=" | ">=") => sign,
            _ => return None,
        };
        self.at += 1;
        let value = self.value()?;
        let found = compared(&name, sign, &value)?;
        Some(if not { format!("!({found})") } else { found })
    }

    fn name(&mut self, path: &str) -> Option<Name> {
        if let Some(inner) = path.strip_suffix(":value").filter(|inner| is_variable(inner)) {
            return (self.known)(inner).map(|(name, kind)| Name::Var(name, kind));
        }
        if is_variable(path) {
            return (self.known)(path).map(|(name, kind)| Name::Var(name, kind));
        }
        Some(Name::List(match path.to_ascii_lowercase().as_str() {
            "ipv4-addr:value" | "ipv6-addr:value" => "ip",
            "domain-name:value" => "domain",
            "url:value" => "url",
            "email-addr:value" => "email",
            "file:hashes.md5"
            | "file:hashes.'md5'"
            | "file:hashes.'sha-1'"
            | "file:hashes.'sha-256'"
            | "file:hashes.sha256" => "hash",
            "vulnerability:name" => "cve",
            _ => return None,
        }))
    }

    fn value(&mut self) -> Option<String> {
        let found = match self.tokens.get(self.at)? {
            Token::Text(text) => text.clone(),
            Token::Word(word) if is_variable(word.strip_suffix(":value").unwrap_or(word)) => {
                return None;
            }
            Token::Word(word) => word.clone(),
            Token::Sign(_) => return None,
        };
        self.at += 1;
        Some(found)
    }
}

fn is_variable(word: &str) -> bool {
    word.len() > 4 && word.starts_with("__") && word.ends_with("__")
}

fn compared(name: &Name, sign: &str, value: &str) -> Option<String> {
    match name {
        Name::Var(name, Kind::Bool) => {
            let value: bool = value.parse().ok()?;
            matches!(sign, "==" | "!=").then(|| format!("vars.{name} {sign} {value}"))
        }
        Name::Var(name, Kind::Number) => {
            let value: i64 = value.parse().ok()?;
            Some(format!("vars.{name} {sign} {value}"))
        }
        Name::Var(name, Kind::Text) => {
            let value = quoted(value)?;
            matches!(sign, "==" | "!=").then(|| format!("vars.{name} {sign} {value}"))
        }
        Name::List(list) => {
            let value = quoted(value)?;
            match sign {
                "==" => Some(format!("{value} in incident.indicators.{list}")),
                "!=" => Some(format!("incident.indicators.{list}.exists(x, x != {value})")),
                _ => None,
            }
        }
    }
}

/// A text as our conditions write it; what would need more than plain quotes is left to a person.
pub(super) fn quoted(value: &str) -> Option<String> {
    let plain = !value.contains(['"', '\\']) && !value.chars().any(char::is_control);
    plain.then(|| format!("\"{value}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str) -> Option<String> {
        condition(pattern, &mut |name| match name {
            "__kind__" => Some(("kind".into(), Kind::Text)),
            "__ready__" => Some(("ready".into(), Kind::Bool)),
            "__count__" => Some(("count".into(), Kind::Number)),
            _ => None,
        })
    }

    #[test]
    fn what_can_be_told_is_turned_into_a_condition() {
        for (pattern, ours) in [
            ("__kind__:value = 'web'", "vars.kind == \"web\""),
            ("__kind__:value == \"web\"", "vars.kind == \"web\""),
            ("__ready__:value != false", "vars.ready != false"),
            ("__count__:value >= '3'", "vars.count >= 3"),
            ("[ipv4-addr:value = '203.0.113.7']", "(\"203.0.113.7\" in incident.indicators.ip)"),
            (
                "[domain-name:value = 'a.example' OR url:value = 'b.example'] AND __ready__:value = true",
                "(\"a.example\" in incident.indicators.domain || \"b.example\" in incident.indicators.url) && vars.ready == true",
            ),
            (
                "__kind__:value IN ('web', 'mail')",
                "(vars.kind == \"web\" || vars.kind == \"mail\")",
            ),
            ("__kind__:value NOT IN ('web')", "!(vars.kind == \"web\")"),
            ("NOT __ready__:value = true", "!(vars.ready == true)"),
            ("[file:hashes.'SHA-256' = 'ab']", "(\"ab\" in incident.indicators.hash)"),
        ] {
            assert_eq!(read(pattern).as_deref(), Some(ours), "{pattern}");
        }
    }

    #[test]
    fn what_cannot_is_left_to_a_person() {
        for pattern in [
            "",
            "Operator input to proceed",
            "\"response:status\" == 200",
            "__unknown__:value = 'x'",
            "[process:name = 'x']",
            "[ipv4-addr:value = 'x'] FOLLOWEDBY [url:value = 'y']",
            "__kind__:value = 'a' AND",
            "__kind__:value LIKE 'a%'",
            "__kind__:value > 'a'",
            "__count__:value = 'many'",
            "((((((__ready__:value = true))))))",
            "__kind__:value = __kind__:value",
            "__kind__:value = 'a\\\"b'",
        ] {
            assert_eq!(read(pattern), None, "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_an_answer(pattern in ".{0,80}|[_a-z'=()\\[\\]ANDOR ]{0,60}") {
            let _answer = read(&pattern);
        }
    }
}
