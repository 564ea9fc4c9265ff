//! What people type: NFC, no control characters, limits, and folding for search.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::domain::refusal::FieldError;

/// Limits of security.md section 9, in characters.
pub mod limit {
    /// Titles.
    pub const TITLE: usize = 200;
    /// Names, phones, addresses of mail.
    pub const NAME: usize = 120;
    /// Descriptions, notes, answers.
    pub const TEXT: usize = 10_000;
}

/// One line: NFC, trimmed, inner white space folded to single spaces.
///
/// # Errors
/// `field-control` for control characters (a line break in a name is header injection),
/// `field-long` beyond `max` characters.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text: String = text.trim().nfc().collect();
    if text.chars().any(|c| c.is_control() || is_bidi_override(c)) {
        return Err(FieldError::new(field, "field-control"));
    }
    if text.chars().count() > max {
        return Err(FieldError::with(field, "field-long", max));
    }
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Commands (`/lenh`) with another mark before them, where they stand as words of their own: no part
/// of a path or an address is one.
pub fn marked(text: &str, mark: char, known: impl Fn(&str) -> bool) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let apart = !(before.is_alphanumeric() || matches!(before, '/' | ':' | '.' | '-' | '_'));
        let word = text.get(at + c.len_utf8()..).unwrap_or_default();
        let end = word.find(|c: char| !(c.is_alphanumeric() || matches!(c, '/' | '-' | '_')));
        let word = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
        let plain = !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        marked.push(if c == '/' && apart && plain && known(word) { mark } else { c });
        before = c;
    }
    marked
}

/// Several lines: NFC, line ends as `\n`, trimmed.
///
/// # Errors
/// `field-control` for control characters besides tab and line end, `field-long` beyond `max`.
pub fn block(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text: String = text.replace("\r\n", "\n").replace('\r', "\n").trim().nfc().collect();
    if text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || is_bidi_override(c)) {
        return Err(FieldError::new(field, "field-control"));
    }
    if text.chars().count() > max {
        return Err(FieldError::with(field, "field-long", max));
    }
    Ok(text)
}

/// As [`line`], and not empty.
///
/// # Errors
/// `field-empty`, and those of [`line`].
pub fn some_line(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text = line(field, text, max)?;
    if text.is_empty() { Err(FieldError::new(field, "field-empty")) } else { Ok(text) }
}

/// As [`block`], and not empty.
///
/// # Errors
/// `field-empty`, and those of [`block`].
pub fn some_block(field: &'static str, text: &str, max: usize) -> Result<String, FieldError> {
    let text = block(field, text, max)?;
    if text.is_empty() { Err(FieldError::new(field, "field-empty")) } else { Ok(text) }
}

/// A mail address as we write to it: one `@`, a dot in the domain, no white space; lower case.
///
/// # Errors
/// `field-email`, and those of [`line`].
pub fn email(field: &'static str, text: &str) -> Result<String, FieldError> {
    let text = line(field, text, limit::NAME)?.to_lowercase();
    let fine = match text.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && text.is_ascii()
                && !text.contains(|c: char| c.is_whitespace() || "<>()[],;:\\\"".contains(c))
                && text.matches('@').count() == 1
        }
        None => false,
    };
    if fine { Ok(text) } else { Err(FieldError::new(field, "field-email")) }
}

/// Characters that turn the reading direction: a file name or text that lies about itself.
const fn is_bidi_override(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Folded for search: lower case, no accents, `đ` as `d` (neither database folds `đ` itself).
pub fn folded(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

/// The words of a search, folded; at most eight, each of letters, digits and inner `.`-`@`.
pub fn search_words(text: &str) -> Vec<String> {
    folded(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(|word| word.chars().take(40).collect())
        .collect()
}

/// The first `max` characters, at a word's end where there is one.
pub fn shortened(text: &str, max: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= max {
        return flat;
    }
    let cut: String = flat.chars().take(max).collect();
    let end = cut.rfind(' ').filter(|end| *end > max / 2).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([',', '.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_get_the_mark_of_their_room_and_nothing_else_does() {
        let marked = |text: &str| marked(text, '!', |word| ["giup", "nhan"].contains(&word));
        assert_eq!(marked("Gửi /giup, /nhan [mã] (“/nhan”)."), "Gửi !giup, !nhan [mã] (“!nhan”).");
        let same = "https://x.example/nhan và/hoặc /nhan/x /tmp a/nhan ./nhan //nhan /nhanh /";
        assert_eq!(marked(same), same);
    }

    #[test]
    fn folding_finds_vietnamese_without_accents() {
        assert_eq!(folded("Sự cố mất điện tại Đà Nẵng"), "su co mat dien tai da nang");
        assert_eq!(folded("đường"), folded("ĐƯỜNG"));
        assert_eq!(search_words("mất điện: \"x\"* OR"), ["mat", "dien", "x", "or"]);
    }

    #[test]
    fn lines_refuse_what_could_become_a_header() {
        assert_eq!(line("name", "Lê  Thị\u{a0}Na ", 20), Ok("Lê Thị Na".to_owned()));
        assert!(line("name", "a\r\nBcc: x@y.example", 100).is_err());
        assert_eq!(line("name", "abc", 2), Err(FieldError::with("name", "field-long", 2)));
    }

    #[test]
    fn addresses_are_addresses() {
        assert_eq!(email("email", " Na@So.Example "), Ok("na@so.example".to_owned()));
        for bad in ["", "na", "na@", "@so.example", "na@so", "a b@so.example", "a@b@so.example"] {
            assert!(email("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn shortened_texts_end_at_words() {
        assert_eq!(shortened("máy tính bị khóa, đòi tiền", 18), "máy tính bị khóa…");
    }
}
