//! More than a person reads in a minute becomes one message: the list of what there is, as it was cut
//! for its reader, and the way to the pages. Nothing is dropped.

use notify::{Button, Letter};

use crate::actions::Office;
use crate::domain::words::Language;
use crate::records::Delivery;
use crate::texts::Texts;

/// So many are named; how many more there are is said.
const NAMED: usize = 30;
/// At most so many share a message.
pub const MOST: i64 = 200;

/// One letter for all of these, oldest first; in the language of the first.
pub fn letter(office: &Office, rows: &[Delivery]) -> Letter {
    let said: Vec<Letter> =
        rows.iter().filter_map(|row| serde_json::from_str(&row.letter).ok()).collect();
    let language = said.first().map(|letter| letter.language).unwrap_or_default();
    let t = Texts(match language {
        notify::Language::Vi => Language::Vi,
        notify::Language::En => Language::En,
    });
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let mut letter = Letter {
        language,
        subject: t.count("bundle-subject", count),
        steps: said.iter().take(NAMED).map(|one| one.subject.clone()).collect(),
        ..Letter::default()
    };
    if let Some(more) = rows.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let more = i64::try_from(more).unwrap_or(i64::MAX);
        letter.footer.push(t.count("bundle-more", more));
    }
    letter.buttons.push(Button {
        label: t.t("bundle-open"),
        url: format!("{}/", office.config.server.base_url.trim_end_matches('/')),
    });
    letter
}
