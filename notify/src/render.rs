//! A letter in the shapes its readers know: plain text and HTML for mail, HTML for Telegram.
//! Everything a letter says is text and is escaped here, and only here.

mod telegram;

use askama::Template;

pub(crate) use telegram::escape;
pub use telegram::{LIMIT as TELEGRAM_LIMIT, Note, note as telegram};

use crate::clean;
use crate::{Button, Letter};

/// The letter as plain text, for mail readers without HTML.
#[must_use]
pub fn text(letter: &Letter) -> String {
    let mut parts = Vec::new();
    parts.extend(letter.greeting.as_deref().map(clean::printable));
    parts.extend(letter.paragraphs.iter().map(|p| clean::printable(p)));
    parts.push(lines(letter.facts.iter().map(|fact| {
        let value = clean::printable(&fact.value).replace('\n', "\n  ");
        format!("{}: {value}", clean::one_line(&fact.label, 200))
    })));
    parts.push(lines(
        letter.steps.iter().enumerate().map(|(n, step)| {
            format!("{}. {}", n + 1, clean::printable(step).replace('\n', "\n   "))
        }),
    ));
    parts.extend(letter.buttons.iter().map(|button| {
        format!("{}:\n{}", clean::one_line(&button.label, 200), clean::one_line(&button.url, 4096))
    }));
    let footer = lines(letter.footer.iter().map(|line| clean::printable(line)));
    if !footer.is_empty() {
        // The usual mark of a signature: replies leave out what follows it.
        parts.push(format!("-- \n{footer}"));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn lines(parts: impl Iterator<Item = String>) -> String {
    parts.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The letter as an HTML page for mail: inline styles, light and dark, links that are links.
///
/// # Errors
/// Only if the template cannot be written out, which would be a fault of this crate.
pub fn html(letter: &Letter) -> Result<String, askama::Error> {
    let page = Page {
        lang: letter.language.tag(),
        subject: clean::one_line(&letter.subject, 400),
        greeting: letter.greeting.as_deref().map(clean::printable).filter(|g| !g.is_empty()),
        paragraphs: clean_all(&letter.paragraphs),
        facts: letter
            .facts
            .iter()
            .map(|fact| (clean::one_line(&fact.label, 200), clean::printable(&fact.value)))
            .collect(),
        steps: clean_all(&letter.steps),
        buttons: letter.buttons.iter().map(Link::from).collect(),
        footer: clean_all(&letter.footer),
        accent: if letter.urgent { "#b3261e" } else { "#0b4f9c" },
    };
    page.render()
}

fn clean_all(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| clean::printable(text)).filter(|text| !text.is_empty()).collect()
}

/// Every address a reader can follow from this letter, buttons first, each once.
#[must_use]
pub fn links(letter: &Letter) -> Vec<String> {
    let texts = letter
        .paragraphs
        .iter()
        .chain(letter.facts.iter().map(|fact| &fact.value))
        .chain(&letter.steps)
        .chain(&letter.footer);
    let written = texts.flat_map(|text| text.split_whitespace()).filter_map(|word| {
        let start = word.find("https://").or_else(|| word.find("http://"))?;
        Some(word[start..].trim_end_matches(['.', ',', ';', ':', ')', '>', '"', '\'', '!', '?']))
    });
    let mut all: Vec<String> = Vec::new();
    for url in letter.buttons.iter().map(|button| button.url.trim()).chain(written) {
        if clean::is_link(url) && !all.iter().any(|known| known == url) {
            all.push(url.to_owned());
        }
    }
    all
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Page {
    lang: &'static str,
    subject: String,
    greeting: Option<String>,
    paragraphs: Vec<String>,
    facts: Vec<(String, String)>,
    steps: Vec<String>,
    buttons: Vec<Link>,
    footer: Vec<String>,
    accent: &'static str,
}

struct Link {
    label: String,
    url: String,
    /// False: show the address, but do not make it something to press.
    safe: bool,
}

impl From<&Button> for Link {
    fn from(button: &Button) -> Self {
        let url = clean::one_line(&button.url, 4096);
        let label = clean::one_line(&button.label, 200);
        let label = if label.is_empty() { url.clone() } else { label };
        Self { label, safe: clean::is_link(&url), url }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Fact, Language};

    /// A letter with a bit of everything, a subject that tries to be markup included.
    pub(crate) fn letter() -> Letter {
        let fact = |label: &str, value: &str| Fact { label: label.into(), value: value.into() };
        Letter {
            language: Language::Vi,
            subject: "SC-2026-000123: Mã hóa dữ liệu <b> & tống tiền".to_owned(),
            greeting: Some("Kính gửi ông Nguyễn Văn Đầu Mối,".to_owned()),
            paragraphs: vec!["Đơn vị vừa báo một sự cố.\nĐề nghị tiếp nhận.".to_owned()],
            facts: vec![fact("Mức ưu tiên", "Cao"), fact("Hạn", "22/11/2026 17:00")],
            steps: vec!["Rút dây mạng".to_owned(), "Không tắt máy".to_owned()],
            buttons: vec![Button {
                label: "Tiếp nhận".to_owned(),
                url: "https://dieuphoi.example/a/k?x=1&y=2".to_owned(),
            }],
            footer: vec!["Sở TT&TT tỉnh".to_owned()],
            urgent: false,
            ..Letter::default()
        }
    }

    #[test]
    fn the_text_reads_from_top_to_bottom() {
        assert_eq!(
            text(&letter()),
            "Kính gửi ông Nguyễn Văn Đầu Mối,\n\n\
             Đơn vị vừa báo một sự cố.\nĐề nghị tiếp nhận.\n\n\
             Mức ưu tiên: Cao\nHạn: 22/11/2026 17:00\n\n\
             1. Rút dây mạng\n2. Không tắt máy\n\n\
             Tiếp nhận:\nhttps://dieuphoi.example/a/k?x=1&y=2\n\n\
             -- \nSở TT&TT tỉnh\n"
        );
    }

    #[test]
    fn the_page_is_escaped_and_accessible() {
        let page = html(&letter()).unwrap();
        assert!(page.contains("<html lang=\"vi\">"));
        assert!(page.contains("name=\"viewport\"") && page.contains("color-scheme"));
        assert_eq!(page.matches("<h1").count(), 1);
        assert!(page.contains("Mã hóa dữ liệu &#60;b&#62; &#38; tống tiền"));
        assert!(!page.contains("<b>"));
        assert!(page.contains("Đơn vị vừa báo một sự cố.<br>Đề nghị tiếp nhận."));
        assert!(page.contains("scope=\"row\""));
        assert!(page.contains("<ol") && page.contains("Rút dây mạng</li>"));
        assert!(page.contains("href=\"https://dieuphoi.example/a/k?x=1&#38;y=2\""));
        assert!(!page.contains("<script") && !page.contains("<img"), "nothing is fetched");
    }

    #[test]
    fn a_script_is_no_button() {
        let mut letter = letter();
        letter.buttons[0].url = "javascript:alert(1)".to_owned();
        letter.buttons.push(Button { label: "\"><script>".into(), url: "\" onclick=x".into() });
        let page = html(&letter).unwrap();
        assert!(!page.contains("href="), "{page}");
        assert!(!page.contains("<script>") && !page.contains("\" onclick"));
        assert!(page.contains("javascript:alert(1)"), "still readable as text");
        assert!(links(&letter).is_empty());
    }

    #[test]
    fn an_almost_empty_letter_still_renders() {
        let bare: Letter = serde_json::from_str(r#"{"language":"en","subject":"Hello"}"#).unwrap();
        assert_eq!(text(&bare), "\n");
        let page = html(&bare).unwrap();
        assert!(page.contains("lang=\"en\"") && page.contains("Hello</h1>"));
        for empty in ["<ol", "scope=\"row\"", "href="] {
            assert!(!page.contains(empty), "{empty}");
        }
    }

    #[test]
    fn unknown_fields_of_a_later_version_are_let_be() {
        let json = r#"{"language":"vi","subject":"x","room":"later"}"#;
        assert!(serde_json::from_str::<Letter>(json).is_ok());
        let same: Letter =
            serde_json::from_str(&serde_json::to_string(&letter()).unwrap()).unwrap();
        assert_eq!(same, letter());
    }

    #[test]
    fn vietnamese_keeps_its_form() {
        let nfd = "Su\u{31b}\u{323} co\u{302}\u{301}";
        let mut letter = letter();
        letter.paragraphs = vec![nfd.to_owned()];
        assert!(text(&letter).contains(nfd));
        assert!(html(&letter).unwrap().contains(nfd));
    }

    #[test]
    fn links_are_found_once() {
        let mut letter = letter();
        letter.paragraphs =
            vec!["Xem (https://b.example/x), rồi https://dieuphoi.example/a/k?x=1&y=2.".to_owned()];
        assert_eq!(links(&letter), ["https://dieuphoi.example/a/k?x=1&y=2", "https://b.example/x"]);
    }
}
