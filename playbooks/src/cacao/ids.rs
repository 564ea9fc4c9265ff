//! Identifiers: fixed ones, and those made from names, the same ones every time.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// The extension that carries what CACAO has no word for. It never changes.
pub const EXTENSION: &str = "extension-definition--5c1e8f0a-7b52-4d0e-9d63-2f6a41c7e9b4";

/// Whoever uses the program and has given no identity of its own.
pub(super) const IDENTITY: &str = "identity--8f3c2b6e-41a7-4c59-8d0b-6a9e57f1d3c2";

/// An identifier of this type, made from a name: the same name, the same identifier. The hash stands
/// in a UUID of the fourth kind, since the one kind made from names in the identifiers' pattern wants
/// a hash that is out of use.
pub(super) fn made(kind: &str, name: &str) -> String {
    let hash = Sha256::digest(format!("dieuphoi/{kind}/{name}"));
    let mut hex = String::with_capacity(32);
    for byte in hash.iter().take(16) {
        // Writing to a string cannot fail.
        let _written = write!(hex, "{byte:02x}");
    }
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{kind}--{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// The identifier of our playbook of this name.
pub(super) fn of_playbook(name: &str) -> String {
    made("playbook", name)
}

/// Words that conditions keep for themselves.
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// A name in our notation made of any words: `Cô lập máy chủ` → `co_lap_may_chu`.
pub(super) fn slug(words: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let mut found = String::new();
    for c in words.nfd() {
        match c.to_ascii_lowercase() {
            'đ' | 'Đ' => found.push('d'),
            c if c.is_ascii_alphanumeric() => found.push(c),
            c if ('\u{300}'..='\u{36f}').contains(&c) => {}
            _ if found.is_empty() || found.ends_with('_') => {}
            _ => found.push('_'),
        }
        if found.len() >= 30 {
            break;
        }
    }
    let mut found = found.trim_end_matches('_').to_owned();
    if RESERVED.contains(&found.as_str()) {
        found.push('_');
    }
    match found.chars().next() {
        Some(first) if first.is_ascii_lowercase() => found,
        Some(_) => format!("n_{found}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_identifiers() {
        let id = made("action", "a/b");
        assert_eq!(id, made("action", "a/b"));
        assert_ne!(id, made("action", "a/c"));
        assert!(super::super::schema::is_identifier(&id), "{id}");
        assert!(super::super::schema::is_identifier(EXTENSION));
        assert!(super::super::schema::is_identifier(IDENTITY));
    }

    #[test]
    fn words_make_names() {
        for (words, name) in [
            ("Cô lập máy chủ", "co_lap_may_chu"),
            ("  Đổi mật khẩu! ", "doi_mat_khau"),
            ("3 bước", "n_3_buoc"),
            ("!!!", ""),
            ("IP Lookup", "ip_lookup"),
            ("In", "in_"),
        ] {
            assert_eq!(slug(words), name);
        }
    }
}
