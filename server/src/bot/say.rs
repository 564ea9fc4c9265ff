//! What a room is told, cut to the province's ceiling in one function, [`fit`], which makes every
//! letter of the bot. Above the ceiling a text is the code, the priority, the deadline and the link.
//! The reporter's identity is in none of them: nothing here knows it.

use notify::{Button, Fact, Letter};
use serde_json::Value;

use super::{Answer, table};
use crate::actions::chat::ceiling;
use crate::actions::chat::turns::Case;
use crate::actions::queue::Item;
use crate::config::Config;
use crate::domain::text::{marked, shortened};
use crate::domain::words::{Language, Room, Tlp};
use crate::texts::Texts;

/// What a text is about, which decides how much of it may be said.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// Nothing but how the bot works, and what its reader just typed.
    Nothing,
    /// The house: who is on duty, official names and numbers (GREEN).
    House,
    /// An incident.
    Case(&'a Case),
}

/// A button of an answer.
#[derive(Debug, Clone)]
pub struct Offer {
    /// What it does ([`super::table::Button::verb`]).
    pub verb: &'static str,
    /// What pressing it does, in words.
    pub label: String,
    /// What it carries besides the incident.
    pub data: Value,
    /// Its label says something of the case: left out above the ceiling.
    pub tells: bool,
}

/// What there is to say, before it is cut.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// One line: what happened, what is asked. Texts of the catalogs, and names of the house.
    pub head: String,
    /// More, in order.
    pub text: Vec<String>,
    /// Key of the catalogs and value.
    pub facts: Vec<(&'static str, String)>,
    /// Numbered lines.
    pub steps: Vec<String>,
    /// Incidents, each in a line, with something besides.
    pub cases: Vec<(Item, String)>,
    /// With how the case stands.
    pub standing: bool,
    /// Said instead above the ceiling; a key of the catalogs.
    pub above: Option<&'static str>,
    /// Key of the catalogs and path of a page; an incident's own page without it.
    pub link: Option<(&'static str, String)>,
    /// What can be pressed.
    pub offers: Vec<Offer>,
}

impl Words {
    /// A line.
    pub fn new(head: impl Into<String>) -> Self {
        Self { head: head.into(), ..Self::default() }
    }

    /// With a paragraph, if it says something.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.trim().is_empty() {
            self.text.push(text);
        }
        self
    }

    /// With a fact: key of the catalogs and value.
    #[must_use]
    pub fn fact(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((key, value.into()));
        self
    }

    /// With how the case stands.
    #[must_use]
    pub const fn standing(mut self) -> Self {
        self.standing = true;
        self
    }

    /// With these words instead above the ceiling.
    #[must_use]
    pub const fn above(mut self, key: &'static str) -> Self {
        self.above = Some(key);
        self
    }

    /// With a page.
    #[must_use]
    pub fn link(mut self, key: &'static str, path: impl Into<String>) -> Self {
        self.link = Some((key, path.into()));
        self
    }

    /// With a button whose label is a text of the catalogs.
    #[must_use]
    pub fn offer(mut self, verb: &'static str, label: impl Into<String>, data: Value) -> Self {
        self.offers.push(Offer { verb, label: label.into(), data, tells: false });
        self
    }

    /// With a button whose label says something of the case.
    #[must_use]
    pub fn telling(mut self, verb: &'static str, label: impl Into<String>, data: Value) -> Self {
        self.offers.push(Offer { verb, label: label.into(), data, tells: true });
        self
    }
}

/// The words as a letter, cut to what the room may hear. The offers that are left go with it.
pub fn fit(
    config: &Config,
    room: Room,
    t: Texts,
    about: About<'_>,
    words: Words,
) -> (Letter, Vec<Offer>) {
    let whole = |tlp: Tlp| ceiling::open(config, room, tlp);
    let base = config.server.base_url.trim_end_matches('/');
    let fact = |key: &str, value: String| Fact { label: t.t(key), value };
    let mut letter = Letter {
        language: match t.0 {
            Language::Vi => notify::Language::Vi,
            Language::En => notify::Language::En,
        },
        ..Letter::default()
    };
    let full = match about {
        About::Nothing => true,
        About::House => whole(Tlp::Green),
        About::Case(case) => whole(case.item.tlp),
    };
    let mut page = words.link;
    let mut offers = words.offers;
    letter.subject = match (about, full) {
        (About::Case(case), true) => format!("{} · {}", case.item.code, words.head),
        (About::Case(case), false) => case.item.code.clone(),
        (_, true) => words.head,
        (_, false) => t.t("bot-above"),
    };
    if full {
        letter.paragraphs = words.text;
        letter.steps = words.steps;
        letter.facts = words.facts.into_iter().map(|(key, value)| fact(key, value)).collect();
    } else {
        offers.retain(|offer| !offer.tells);
    }
    if let About::Case(case) = about {
        let item = &case.item;
        if item.drill {
            letter.subject = format!("[DIỄN TẬP] {}", letter.subject);
        }
        if !full {
            letter.paragraphs = vec![t.t(words.above.unwrap_or("bot-above"))];
            letter.facts.push(fact("fact-priority", t.t(&format!("priority-{}", item.priority))));
        } else if words.standing {
            letter.facts.extend([
                fact("fact-title", item.title.clone()),
                fact("fact-state", t.t(&format!("state-{}", item.state))),
                fact("fact-priority", t.t(&format!("priority-{}", item.priority))),
                fact("fact-organisation", item.organisation.name.clone()),
            ]);
            for (key, who) in [("bot-fact-holder", &case.holder), ("bot-fact-lead", &case.lead)] {
                if let Some(who) = who {
                    letter.facts.push(fact(key, who.clone()));
                }
            }
        }
        if let Some(due) = item.next_due_at.filter(|_| words.standing || !full) {
            letter.facts.push(fact("fact-due", due.local()));
        }
        if page.is_none() {
            page = Some(("letter-open-incident", format!("/su-co/{}", item.code)));
        }
    }
    letter
        .steps
        .extend(words.cases.iter().map(|(item, more)| line(t, item, more, whole(item.tlp))));
    letter.buttons = page
        .into_iter()
        .map(|(key, path)| Button { label: t.t(key), url: format!("{base}{path}") })
        .collect();
    (letter, offers)
}

/// Commands as they are written in this room ([`Room::mark`]), wherever an answer names one.
pub(super) fn mark(room: Room, answer: &mut Answer) {
    if room.mark() == '/' {
        return;
    }
    let marked = |text: &mut String| *text = marked(text, room.mark(), table::knows);
    for say in &mut answer.says {
        let letter = &mut say.letter;
        marked(&mut letter.subject);
        letter.paragraphs.iter_mut().chain(&mut letter.steps).for_each(marked);
    }
    if let Some(toast) = &mut answer.toast {
        marked(&mut toast.text);
    }
}

/// One incident in one line of a list, cut in the same way; only [`fit`] says it.
fn line(t: Texts, item: &Item, more: &str, whole: bool) -> String {
    let mut parts = vec![item.code.clone(), t.t(&format!("priority-{}", item.priority))];
    if whole {
        parts.push(t.t(&format!("state-{}", item.state)));
        parts.push(shortened(&item.title, 90));
        if !more.is_empty() {
            parts.push(more.to_owned());
        }
    }
    if let Some(due) = item.next_due_at {
        parts.push(format!("{} {}", t.t("fact-due"), due.local()));
    }
    let line = parts.join(" · ");
    if item.drill { format!("[DIỄN TẬP] {line}") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_room_has_the_ceiling_of_its_own() {
        let mut config = Config::default();
        config.province.telegram_ceiling = Tlp::Amber;
        config.province.matrix_ceiling = Tlp::Clear;
        let said = |room: Room| {
            // The house is GREEN.
            let words = Words::new("Trực ban: Trần Thị Lan").text("000 237 0001");
            fit(&config, room, Texts(Language::Vi), About::House, words).0
        };
        assert!(said(Room::Telegram).subject.contains("Lan"));
        let cut = said(Room::Matrix);
        assert!(!cut.subject.contains("Lan") && cut.paragraphs.is_empty(), "{cut:?}");
    }
}
