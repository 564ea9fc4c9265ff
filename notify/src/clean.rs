//! Text hygiene shared by the channels: what may stand in a header, in a body, behind a button.
//! Normalisation is left as it came (Vietnamese arrives and leaves in NFC).

use reqwest::Url;

/// Marks that turn the reading direction: they let a name pretend to be another one.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// One line of at most `most` UTF-16 units: line breaks and control characters become single
/// spaces, so that nothing can add a header or a line.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !turns_direction(*c)) {
        if c.is_control() || c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
            }
        } else {
            line.push(c);
        }
    }
    line.truncate(line.trim_end().len());
    cut(&line, most).into_owned()
}

/// Text whose line breaks stay and whose other control characters go.
pub(crate) fn printable(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\t' => Some(' '),
            c if c.is_control() || turns_direction(c) => None,
            c => Some(c),
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Length as Telegram counts it: UTF-16 units.
pub(crate) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text, or its beginning with "…", in at most `most` UTF-16 units. Never parts a letter from
/// its combining marks.
pub(crate) fn cut(text: &str, most: usize) -> std::borrow::Cow<'_, str> {
    if units(text) <= most {
        return text.into();
    }
    if most == 0 {
        return "".into();
    }
    let (mut used, mut end, mut safe_end) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        if !matches!(c, '\u{0300}'..='\u{036F}' | '\u{200D}' | '\u{FE0F}') {
            safe_end = at;
        }
        used += c.len_utf16();
        if used > most - 1 {
            break;
        }
        end = at + c.len_utf8();
    }
    // `safe_end` is the start of the last whole letter seen; what came before it is complete.
    let end = if end < text.len() { safe_end.min(end) } else { end };
    format!("{}…", text[..end].trim_end()).into()
}

/// The address behind a button if it is one of the web's.
pub(crate) fn web_link(url: &str) -> Option<Url> {
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || turns_direction(c)) {
        return None;
    }
    let parsed = Url::parse(url).ok()?;
    (matches!(parsed.scheme(), "http" | "https") && parsed.has_host()).then_some(parsed)
}

/// May this stand in `href`? The web, a mail address or a phone number; never a script.
pub(crate) fn is_link(url: &str) -> bool {
    web_link(url).is_some()
        || (url.starts_with("mailto:") || url.starts_with("tel:"))
            && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(one_line(" Sự cố\r\nBcc: x@evil.example\0 ", 99), "Sự cố Bcc: x@evil.example");
        assert_eq!(one_line("a\u{2028}b\u{202E}c\u{85}d", 99), "a bc d");
    }

    #[test]
    fn cutting_keeps_letters_whole() {
        assert_eq!(cut("điều phối", 9), "điều phối");
        assert_eq!(cut("điều phối", 8), "điều ph…");
        // NFD: e + circumflex + dot below is one letter.
        assert_eq!(cut("ne\u{302}\u{323}n", 4), "n…");
        assert_eq!(cut("💥💥", 3), "💥…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn only_the_web_is_a_link() {
        assert!(is_link("https://dieuphoi.example/a/x?y=1#z"));
        assert!(is_link("tel:0000000000") && is_link("mailto:a@b.example"));
        for bad in
            ["javascript:alert(1)", "java\nscript:x", "data:text/html,x", "/a", "https://", ""]
        {
            assert!(!is_link(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_too_long_never_two_lines(text in any::<String>(), most in 0usize..80) {
            let line = one_line(&text, most);
            prop_assert!(units(&line) <= most);
            prop_assert!(!line.chars().any(char::is_control));
        }
    }
}
