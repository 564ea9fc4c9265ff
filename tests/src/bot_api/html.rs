//! Telegram's HTML: what its parser takes, and what its reader sees.

const TAGS: [&str; 17] = [
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "tg-spoiler",
    "tg-emoji",
    "a",
    "code",
    "pre",
    "blockquote",
    "tg-time",
];

/// The words without markup.
///
/// # Errors
/// What Telegram says to what it cannot parse.
pub(super) fn plain(html: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        let at = html.len() - rest.len();
        match c {
            '<' => {
                let end = rest.find('>').ok_or_else(|| wrong("Unclosed start tag", at))?;
                let inside = &rest[1..end];
                if let Some(name) = inside.strip_prefix('/') {
                    if open.pop().as_deref() != Some(name.trim()) {
                        return Err(wrong("Unexpected end tag", at));
                    }
                } else {
                    let name = inside.split_whitespace().next().unwrap_or_default();
                    if !TAGS.contains(&name) {
                        return Err(wrong(&format!("Unsupported start tag \"{name}\""), at));
                    }
                    open.push(name.to_owned());
                }
                rest = &rest[end + 1..];
            }
            '&' => {
                let known = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')];
                match known.iter().find(|(name, _)| rest.starts_with(name)) {
                    Some((name, c)) => {
                        text.push(*c);
                        rest = &rest[name.len()..];
                    }
                    None => {
                        text.push('&');
                        rest = &rest[1..];
                    }
                }
            }
            c => {
                text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    match open.pop() {
        Some(name) => Err(format!(
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{name}\""
        )),
        None => Ok(text),
    }
}

fn wrong(what: &str, at: usize) -> String {
    format!("Bad Request: can't parse entities: {what} at byte offset {at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_telegram_takes() {
        assert_eq!(plain("<b>a &lt;b&gt; &amp; c</b>\nd").unwrap(), "a <b> & c\nd");
        for bad in ["<div>x</div>", "<b>x", "x</b>", "<b>x</i>", "a < b"] {
            assert!(plain(bad).is_err(), "{bad}");
        }
    }
}
