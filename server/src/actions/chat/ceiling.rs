//! The one cut of what a room reads about a case (design.md section 6): at or below the room's
//! ceiling what its reader needs to act; above it code, priority, deadline and link, and nothing
//! else. Whatever is said of a case in a room begins here.

use notify::{Button, Fact, Letter};

use crate::actions::letters::{self, tongue};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::words::{Channel, Language, Room, Tlp};
use crate::records::Incident;
use crate::texts::Texts;

/// How the subject and the title of a drill begin on every channel (design.md section 3).
const DRILL: &str = "[DIỄN TẬP] ";

/// The channel by whose ceiling a room speaks; a room without one of its own has Telegram's.
pub fn channel(room: Room) -> Channel {
    room.channel().unwrap_or(Channel::Telegram)
}

/// Whether something of this TLP may be said in the room at all, beyond code, priority and deadline.
pub fn open(config: &Config, room: Room, tlp: Tlp) -> bool {
    tlp <= letters::ceiling(config, channel(room))
}

/// What is said of a case in a room.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Where.
    pub room: Room,
    /// In which language.
    pub language: Language,
    /// Of which case.
    pub incident: &'a Incident,
    /// How closed the words are: the case's own TLP, or that of a stricter entry.
    pub tlp: Tlp,
    /// What is asked is due then.
    pub due: Option<Timestamp>,
}

impl<'a> About<'a> {
    /// The case itself, due when it is due next.
    pub const fn case(room: Room, language: Language, incident: &'a Incident) -> Self {
        Self { room, language, incident, tlp: incident.tlp, due: incident.next_due_at }
    }

    /// With the TLP of an entry, when it is stricter.
    #[must_use]
    pub fn tlp(mut self, tlp: Tlp) -> Self {
        self.tlp = self.tlp.max(tlp);
        self
    }

    /// The heading: code and priority.
    pub fn heading(&self) -> String {
        let t = Texts(self.language);
        let mark = if self.incident.drill { DRILL } else { "" };
        let priority = t.t(&format!("priority-{}", self.incident.priority));
        format!("{mark}{} · {priority}", self.incident.code)
    }

    /// The letter: what may always be said, and what `more` adds when the ceiling allows it.
    pub fn letter(&self, config: &Config, more: impl FnOnce(Texts, &mut Letter)) -> Letter {
        let t = Texts(self.language);
        let base = config.server.base_url.trim_end_matches('/');
        let mut letter = Letter {
            language: tongue(self.language),
            subject: self.heading(),
            buttons: vec![Button {
                label: t.t("letter-open-incident"),
                url: format!("{base}/su-co/{}", self.incident.code),
            }],
            ..Letter::default()
        };
        if open(config, self.room, self.tlp) {
            more(t, &mut letter);
        } else {
            let fact = |key: &str, value: String| Fact { label: t.t(key), value };
            letter.facts.extend(self.due.map(|due| fact("fact-due", due.local())));
            letter.facts.push(fact("fact-tlp", format!("TLP:{}", self.tlp)));
            letter.paragraphs.push(t.t(letters::CLOSED));
        }
        letter
    }
}
