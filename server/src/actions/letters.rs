//! What messages say: built from the catalogs in the reader's language and cut to what the channel
//! may carry (design.md section 6). No message carries the reporter's identity, personal data or
//! evidence.

use notify::{Button, Fact, Letter};

use super::chat::alarm::Asks;
use super::recipients::Recipient;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::words::{Channel, Language, Priority, Room, Tlp};
use crate::records::{Incident, Organisation};
use crate::texts::Texts;

/// What there is to say, before it is cut.
#[derive(Debug, Clone)]
pub struct Matter {
    /// Names the texts: `letter-PURPOSE-subject`, `letter-PURPOSE-text`; the ledger's purpose.
    pub purpose: &'static str,
    /// The code by which this reader knows it: the incident's, or the dispatch's.
    pub code: String,
    /// What is asked is due then.
    pub due: Option<Timestamp>,
    /// What somebody wrote for this reader; left out above the channel's ceiling.
    pub text: Option<String>,
    /// More facts as (key of the catalogs, value); left out above the ceiling.
    pub facts: Vec<(&'static str, String)>,
    /// Numbered steps (first aid).
    pub steps: Vec<String>,
    /// The button: key of the catalogs and path, from `/`; no button when the path is empty.
    pub link: (&'static str, String),
    /// How closed this is.
    pub tlp: Tlp,
    /// For the reporter: no desk's facts.
    pub to_reporter: bool,
    /// Values for the texts.
    pub values: Vec<(&'static str, String)>,
    /// What its reader is asked for: the buttons that they get in a room.
    pub asks: Asks,
}

impl Matter {
    /// Whether it is for whoever reported: they have no buttons.
    pub fn is_to_reporter(&self) -> bool {
        self.to_reporter && !matches!(self.asks, Asks::Dispatch(..))
    }

    /// A matter about an incident, linked to its page.
    pub fn about(incident: &Incident, purpose: &'static str) -> Self {
        Self {
            purpose,
            code: incident.code.clone(),
            due: None,
            text: None,
            facts: Vec::new(),
            steps: Vec::new(),
            link: ("letter-open-incident", format!("/su-co/{}", incident.code)),
            tlp: incident.tlp,
            to_reporter: false,
            values: Vec::new(),
            asks: Asks::Case,
        }
    }
}

/// The channel's ceiling, set by the province; the telephone says what a person decides to say.
pub const fn ceiling(config: &Config, channel: Channel) -> Tlp {
    match channel {
        Channel::Mail => config.province.mail_ceiling,
        Channel::Telegram => config.province.telegram_ceiling,
        Channel::Webhook => config.province.webhook_ceiling,
        Channel::Matrix => config.province.matrix_ceiling,
        Channel::Phone | Channel::Push => Tlp::Clear,
    }
}

/// The letter for one reader by one channel.
pub fn letter(
    config: &Config,
    recipient: &Recipient,
    channel: Channel,
    incident: &Incident,
    organisation: &Organisation,
    matter: &Matter,
) -> Letter {
    let t = Texts(recipient.language);
    // On a locked screen everybody reads along: a browser shows code, priority and deadline alone.
    let full = channel != Channel::Push && matter.tlp <= ceiling(config, channel);
    let mut values: Vec<(&str, &str)> =
        matter.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let priority = t.t(&format!("priority-{}", incident.priority));
    values.extend([
        ("code", matter.code.as_str()),
        ("organisation", organisation.name.as_str()),
        ("priority", priority.as_str()),
        ("name", recipient.name.as_str()),
    ]);

    // Subject and text of a drill begin with this on every channel (design.md section 3).
    let marked = |words: String| match incident.drill {
        true => format!("{DRILL}{words}"),
        false => words,
    };
    let open = full || harmless(matter.purpose);
    let subject = marked(match open {
        true => t.with(&format!("letter-{}-subject", matter.purpose), &values),
        false => closed_subject(t, &matter.code, (!matter.is_to_reporter()).then_some(&priority)),
    });

    let fact = |key: &str, value: String| Fact { label: t.t(key), value };
    let mut facts = vec![fact(CODE, matter.code.clone())];
    if full && !matter.to_reporter {
        facts.push(fact("fact-title", incident.title.clone()));
        facts.push(fact("fact-category", t.t(&format!("category-{}", incident.category))));
        facts.push(fact("fact-state", t.t(&format!("state-{}", incident.state))));
        facts.push(fact("fact-organisation", organisation.name.clone()));
    }
    if !matter.is_to_reporter() {
        facts.push(fact(PRIORITY, priority.clone()));
    }
    if let Some(due) = matter.due {
        facts.push(fact("fact-due", due.local()));
    }
    if full {
        facts.extend(matter.facts.iter().map(|(key, value)| fact(key, value.clone())));
    }
    facts.push(fact(TLP, format!("TLP:{}", matter.tlp)));

    let greeting = (!recipient.name.is_empty())
        .then(|| marked(t.t1("letter-greeting", "name", &recipient.name)));
    let first = match open {
        true => t.with(&format!("letter-{}-text", matter.purpose), &values),
        false => t.t(CLOSED),
    };
    let mut paragraphs = vec![if greeting.is_none() { marked(first) } else { first }];
    match (&matter.text, full) {
        (Some(text), true) => paragraphs.push(text.clone()),
        (Some(_), false) if open => paragraphs.push(t.t(CLOSED)),
        _ => {}
    }
    let footer = footer(config, t);
    Letter {
        language: tongue(recipient.language),
        subject,
        greeting,
        paragraphs,
        facts,
        // First aid tells what kind of case it is.
        steps: if full { matter.steps.clone() } else { Vec::new() },
        buttons: (!matter.link.1.is_empty())
            .then(|| Button {
                label: t.t(matter.link.0),
                url: format!("{}{}", config.server.base_url.trim_end_matches('/'), matter.link.1),
            })
            .into_iter()
            .collect(),
        footer,
        urgent: matches!(incident.priority, Priority::Urgent | Priority::High),
        ..Letter::default()
    }
}

/// The facts that stand above a ceiling, too.
const ABOVE: [&str; 4] = [CODE, PRIORITY, "fact-due", TLP];
const CODE: &str = "fact-code";
const PRIORITY: &str = "fact-priority";
const TLP: &str = "fact-tlp";
/// What a letter says above its channel's ceiling: that more is to be read elsewhere.
pub(super) const CLOSED: &str = "letter-above-ceiling";
/// What another system reads above its ceiling.
const ABOVE_DATA: [&str; 5] = ["code", "priority", "tlp", "drill", "url"];
/// How subject and text of a drill begin.
const DRILL: &str = "[DIỄN TẬP] ";

/// Whether the texts of this purpose say of a case no more than its code and priority, and may stand
/// above a ceiling: whom of the house to telephone, and that a procedure calls another system.
fn harmless(purpose: &str) -> bool {
    ["unreached", "webhook"].contains(&purpose)
}

/// The subject above a ceiling; whoever reported reads no priority.
fn closed_subject(t: Texts, code: &str, priority: Option<&String>) -> String {
    match priority {
        Some(priority) => t.with("letter-above-subject", &[("code", code), ("priority", priority)]),
        None => t.t1("letter-above-subject-reporter", "code", code),
    }
}

/// Cuts a letter that [`letter`] made below the channel's ceiling to what it makes above: the case is
/// more closed by now. One that was cut already stays as it is.
pub fn recut(letter: &mut Letter, purpose: &str, tlp: Tlp) {
    let t = Texts(match letter.language {
        notify::Language::Vi => Language::Vi,
        notify::Language::En => Language::En,
    });
    let kept = ABOVE.map(|key| t.t(key));
    letter.facts.retain(|fact| kept.contains(&fact.label));
    let said = t.t(TLP);
    for fact in letter.facts.iter_mut().filter(|fact| fact.label == said) {
        fact.value = format!("TLP:{tlp}");
    }
    letter.steps.clear();
    if harmless(purpose) {
        if letter.paragraphs.len() > 1 {
            letter.paragraphs.truncate(1);
            letter.paragraphs.push(t.t(CLOSED));
        }
    } else {
        let fact = |key: &str| {
            let label = t.t(key);
            letter.facts.iter().find(|fact| fact.label == label).map(|fact| &fact.value)
        };
        let mark = if letter.subject.starts_with(DRILL) { DRILL } else { "" };
        if let Some(code) = fact(CODE) {
            letter.subject = format!("{mark}{}", closed_subject(t, code, fact(PRIORITY)));
        }
        let first = if letter.greeting.is_none() { mark } else { "" };
        letter.paragraphs = vec![format!("{first}{}", t.t(CLOSED))];
    }
    if let Some(serde_json::Value::Object(data)) = &mut letter.data {
        data.retain(|name, _| ABOVE_DATA.contains(&name.as_str()));
        data.insert("tlp".to_owned(), serde_json::json!(tlp));
    }
}

/// What there is to say to the owner of an account about the account; never case content.
#[derive(Debug, Clone)]
pub struct AccountMatter {
    /// Names the texts: `letter-PURPOSE-subject`, `letter-PURPOSE-text`.
    pub purpose: &'static str,
    facts: Vec<(&'static str, String)>,
    link: Option<(&'static str, String)>,
    room: Option<Room>,
}

impl AccountMatter {
    /// A matter without facts and button.
    pub const fn new(purpose: &'static str) -> Self {
        Self { purpose, facts: Vec::new(), link: None, room: None }
    }

    /// About this room: `{ $room }` in its texts.
    #[must_use]
    pub const fn of(mut self, room: Room) -> Self {
        self.room = Some(room);
        self
    }

    /// With a fact: key of the catalogs and value.
    #[must_use]
    pub fn fact(mut self, key: &'static str, value: String) -> Self {
        self.facts.push((key, value));
        self
    }

    /// With a button: key of the catalogs and path, from `/`.
    #[must_use]
    pub fn link(mut self, key: &'static str, path: impl Into<String>) -> Self {
        self.link = Some((key, path.into()));
        self
    }
}

/// The letter to the owner of an account.
pub fn account_letter(
    config: &Config,
    recipient: &Recipient,
    now: Timestamp,
    matter: &AccountMatter,
) -> Letter {
    let t = Texts(recipient.language);
    let room = matter.room.map(|room| t.t(&format!("channel-{room}"))).unwrap_or_default();
    let (name, email) = (recipient.name.as_str(), recipient.email.as_str());
    let values = [("name", name), ("email", email), ("room", room.as_str())];
    let mut facts = vec![
        Fact { label: t.t("fact-account"), value: recipient.email.clone() },
        Fact { label: t.t("fact-when"), value: now.local() },
    ];
    for (key, value) in &matter.facts {
        facts.push(Fact { label: t.t(key), value: value.clone() });
    }
    let buttons = matter.link.iter().map(|(key, path)| Button {
        label: t.t(key),
        url: format!("{}{path}", config.server.base_url.trim_end_matches('/')),
    });
    Letter {
        language: tongue(recipient.language),
        subject: t.with(&format!("letter-{}-subject", matter.purpose), &values),
        greeting: (!recipient.name.is_empty())
            .then(|| t.t1("letter-greeting", "name", &recipient.name)),
        paragraphs: vec![t.with(&format!("letter-{}-text", matter.purpose), &values)],
        facts,
        steps: Vec::new(),
        buttons: buttons.collect(),
        footer: footer(config, t),
        urgent: false,
        ..Letter::default()
    }
}

fn footer(config: &Config, t: Texts) -> Vec<String> {
    let mut footer = vec![t.with("letter-footer", &[("province", &config.province.name)])];
    if !config.province.hotline.is_empty() {
        footer.push(t.t1("letter-hotline", "hotline", &config.province.hotline));
    }
    footer
}

pub(super) const fn tongue(language: Language) -> notify::Language {
    match language {
        Language::Vi => notify::Language::Vi,
        Language::En => notify::Language::En,
    }
}
