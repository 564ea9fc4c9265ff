//! Letters that hang on no incident: changes of the directory, duties of the regime. One row a person
//! and channel in the outbox, as for everything that leaves.

use notify::{Button, Fact, Letter};

use super::announce::ways;
use super::recipients::Recipient;
use super::{Ctx, Office};
use crate::domain::words::{Language, Tlp};
use crate::error::Result;
use crate::records::Delivery;
use crate::store::{Conn, engine};
use crate::texts::Texts;

/// What there is to say, in one reader's language.
#[derive(Default)]
pub(super) struct Notice {
    /// Values for `letter-PURPOSE-subject` and `letter-PURPOSE-text`.
    pub(super) values: Vec<(&'static str, String)>,
    /// What somebody wrote, or an empty text.
    pub(super) note: String,
    /// Facts, ready to read.
    pub(super) facts: Vec<Fact>,
    /// The button's key of the catalogs, and the path of its page.
    pub(super) link: (&'static str, String),
    /// Overtakes what is not urgent.
    pub(super) urgent: bool,
    /// The conversation that it belongs to.
    pub(super) thread: Option<String>,
}

/// Writes a letter to each of these people; `key` names the cause. Answers how many rows are new.
/// Official names and addresses at work are GREEN: for those who coordinate, not for everybody.
pub(super) fn tell(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    people: &[Recipient],
    (purpose, key): (&'static str, &str),
    say: impl Fn(Texts, &Recipient) -> Notice,
) -> Result<usize> {
    let base = office.config.server.base_url.trim_end_matches('/');
    let mut told = 0;
    for person in people {
        let t = Texts(person.language);
        let notice = say(t, person);
        let values: Vec<(&str, &str)> =
            notice.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut paragraphs = vec![t.with(&format!("letter-{purpose}-text"), &values)];
        if !notice.note.is_empty() {
            paragraphs.push(notice.note);
        }
        let letter = Letter {
            language: match person.language {
                Language::Vi => notify::Language::Vi,
                Language::En => notify::Language::En,
            },
            subject: t.with(&format!("letter-{purpose}-subject"), &values),
            greeting: (!person.name.is_empty())
                .then(|| t.t1("letter-greeting", "name", &person.name)),
            paragraphs,
            facts: notice.facts,
            buttons: vec![Button {
                label: t.t(notice.link.0),
                url: format!("{base}{}", notice.link.1),
            }],
            footer: vec![t.with("letter-footer", &[("province", &office.config.province.name)])],
            urgent: notice.urgent,
            ..Letter::default()
        };
        for way in ways(tx, office, person, Tlp::Green)? {
            let row = person.delivery(ctx.now, (purpose, key), way, &letter)?;
            let delivery = Delivery { thread: notice.thread.clone(), ..row };
            told += usize::from(engine::enqueue(tx, &delivery)?);
        }
    }
    Ok(told)
}
