//! A letter as one Telegram message: HTML with everything escaped, links as buttons where Telegram
//! takes them, never longer than Telegram allows, and never without its link.

use crate::clean;
use crate::{Button, Letter};

/// Telegram's limit for one message, in UTF-16 units after its HTML is read.
pub const LIMIT: usize = 4096;

const TITLE: usize = 256;
const LABEL: usize = 64;
/// More buttons than this are links in the text.
const KEYBOARD: usize = 8;
/// What links in the text may take away from the rest.
const LINKS: usize = 2500;

/// One Telegram message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// For `parse_mode=HTML`.
    pub html: String,
    /// The same as its reader sees it, without markup.
    pub plain: String,
    /// URL buttons, one a row.
    pub keyboard: Vec<Button>,
}

/// Writes the letter for Telegram. `takes` says which addresses may be buttons; the others are
/// written out under the text.
pub fn note(letter: &Letter, takes: impl Fn(&str) -> bool) -> Note {
    let (mut keyboard, mut links) = (Vec::new(), Vec::new());
    for button in &letter.buttons {
        let url = button.url.trim();
        let label = clean::one_line(&button.label, LABEL);
        let label = if label.is_empty() { clean::one_line(url, LABEL) } else { label };
        if keyboard.len() < KEYBOARD && clean::web_link(url).is_some() && takes(url) {
            keyboard.push(Button { label, url: url.to_owned() });
        } else {
            links.push(format!("{label}: {}", clean::one_line(url, 2048)));
        }
    }
    let mut tail = Page::new(LINKS);
    for link in &links {
        tail.part(&[(link, false)]);
    }

    let mut page = Page::new(LIMIT - tail.used - if links.is_empty() { 0 } else { 2 });
    page.part(&[(&clean::one_line(&letter.subject, TITLE), true)]);
    if let Some(greeting) = &letter.greeting {
        page.gap();
        page.part(&[(&clean::printable(greeting), false)]);
    }
    for paragraph in &letter.paragraphs {
        page.gap();
        page.part(&[(&clean::printable(paragraph), false)]);
    }
    page.gap();
    for fact in &letter.facts {
        let label = format!("{}:", clean::one_line(&fact.label, TITLE));
        let value = format!(" {}", clean::printable(&fact.value));
        page.part(&[(&label, true), (&value, false)]);
    }
    page.gap();
    for (n, step) in letter.steps.iter().enumerate() {
        page.part(&[(&format!("{}. {}", n + 1, clean::printable(step)), false)]);
    }
    page.gap();
    for line in &letter.footer {
        page.part(&[(&clean::printable(line), false)]);
    }
    if !links.is_empty() {
        page.html.push_str("\n\n");
        page.html.push_str(&tail.html);
        page.plain.push_str("\n\n");
        page.plain.push_str(&tail.plain);
    }
    Note { html: page.html, plain: page.plain, keyboard }
}

/// Text that fills up to a limit; what comes after the cut is dropped whole.
struct Page {
    html: String,
    plain: String,
    used: usize,
    room: usize,
    gap: bool,
    full: bool,
}

impl Page {
    const fn new(room: usize) -> Self {
        Self { html: String::new(), plain: String::new(), used: 0, room, gap: false, full: false }
    }

    /// Leaves an empty line before the next part, if there is one.
    const fn gap(&mut self) {
        self.gap = true;
    }

    /// Adds one part on its own line: runs of text, bold or not.
    fn part(&mut self, runs: &[(&str, bool)]) {
        if self.full || runs.iter().all(|(text, _)| text.trim().is_empty()) {
            return;
        }
        let lead = match (self.used, self.gap) {
            (0, _) => "",
            (_, true) => "\n\n",
            (_, false) => "\n",
        };
        self.gap = false;
        // Room for the lead and at least "…".
        if self.used + lead.len() + 1 > self.room {
            self.full = true;
            return;
        }
        self.put(lead, false);
        for (text, bold) in runs {
            let left = self.room - self.used;
            let fitting = clean::cut(text, left);
            self.full = fitting.len() != text.len();
            self.put(&fitting, *bold);
            if self.full {
                return;
            }
        }
    }

    fn put(&mut self, text: &str, bold: bool) {
        self.used += clean::units(text);
        self.plain.push_str(text);
        let escaped = escape(text);
        if bold {
            self.html.push_str("<b>");
            self.html.push_str(&escaped);
            self.html.push_str("</b>");
        } else {
            self.html.push_str(&escaped);
        }
    }
}

/// Telegram's three; Matrix needs no more between its tags.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::letter;
    use proptest::prelude::*;

    #[test]
    fn it_reads_like_a_message() {
        let note = note(&letter(), |_| true);
        assert_eq!(
            note.html,
            "<b>SC-2026-000123: Mã hóa dữ liệu &lt;b&gt; &amp; tống tiền</b>\n\n\
             Kính gửi ông Nguyễn Văn Đầu Mối,\n\n\
             Đơn vị vừa báo một sự cố.\nĐề nghị tiếp nhận.\n\n\
             <b>Mức ưu tiên:</b> Cao\n<b>Hạn:</b> 22/11/2026 17:00\n\n\
             1. Rút dây mạng\n2. Không tắt máy\n\n\
             Sở TT&amp;TT tỉnh"
        );
        assert_eq!(note.keyboard.len(), 1);
        assert_eq!(note.keyboard[0].label, "Tiếp nhận");
        assert!(note.plain.contains("<b> & tống tiền"));
    }

    #[test]
    fn a_refused_address_is_written_out() {
        let note = note(&letter(), |_| false);
        assert!(note.keyboard.is_empty());
        assert!(
            note.html.ends_with(
                "Sở TT&amp;TT tỉnh\n\nTiếp nhận: https://dieuphoi.example/a/k?x=1&amp;y=2"
            )
        );
    }

    #[test]
    fn a_long_letter_is_cut_and_keeps_its_link() {
        let mut long = letter();
        long.paragraphs = vec!["Rất dài & rất dài. ".repeat(600)];
        let note = note(&long, |_| false);
        assert!((LIMIT - 1..=LIMIT).contains(&clean::units(&note.plain)));
        let link = "…\n\nTiếp nhận: https://dieuphoi.example/a/k?x=1&y=2";
        assert!(note.plain.ends_with(link), "{}", &note.plain[note.plain.len() - 90..]);
        assert!(!note.plain.contains("Mức ưu tiên"), "what follows the cut is gone");
    }

    proptest! {
        #[test]
        fn never_over_the_limit_never_raw_markup(
            subject in any::<String>(),
            paragraphs in prop::collection::vec("\\PC{0,3000}", 0..4),
            steps in prop::collection::vec("[<>&a-zđ\u{301} \n]{0,900}", 0..4),
            urls in prop::collection::vec("(https?://)?[a-z<>&]{1,2000}", 0..5),
            takes in any::<bool>(),
        ) {
            let mut letter = letter();
            letter.subject = subject;
            letter.paragraphs = paragraphs;
            letter.steps = steps;
            letter.buttons =
                urls.into_iter().map(|url| Button { label: "x".to_owned(), url }).collect();
            let note = note(&letter, |_| takes);
            prop_assert!(clean::units(&note.plain) <= LIMIT);
            let bare = note.html.replace("<b>", "").replace("</b>", "");
            prop_assert!(!bare.contains(['<', '>']));
            prop_assert_eq!(
                bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
                note.plain
            );
        }
    }
}
