//! Whoever is not linked: told once in a while how to link, and nothing else. The answer is the
//! same whatever was typed, so that it tells nothing of any case.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::Duration;
use notify::room::{Chat, Sender, What};

use super::say::{About, Words, fit};
use super::words::{Parsed, parse};
use super::{Answer, Heard, Outcome, Say, Toast, start, table};
use crate::actions::chat::links;
use crate::clock::Timestamp;
use crate::domain::words::Language;
use crate::error::Result;
use crate::texts::Texts;

/// So long the same is not said again to the same one.
const PAUSE_MINUTES: i64 = 10;
/// More than so many are not remembered: the oldest are forgotten.
const MOST: usize = 10_000;

/// What was said lately, so that it is not said at every message. Each process has its own.
#[derive(Debug, Default)]
pub struct Patience(Mutex<HashMap<String, Timestamp>>);

impl Patience {
    /// Whether this is the first time lately; from now on it is not.
    pub fn first(&self, what: &str, now: Timestamp) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = now - Duration::minutes(PAUSE_MINUTES);
        if said.len() >= MOST {
            said.retain(|_, at| *at > fresh);
            if said.len() >= MOST {
                said.clear();
            }
        }
        match said.insert(what.to_owned(), now) {
            Some(before) if before > fresh => {
                // The pause does not begin anew with every message.
                said.insert(what.to_owned(), before);
                false
            }
            _ => true,
        }
    }
}

/// What somebody hears who is nobody here.
///
/// # Errors
/// The database's.
pub(super) async fn answer(heard: Heard<'_>, chat: &Chat, sender: &Sender) -> Result<Answer> {
    let t = Texts(match sender.language.as_deref() {
        None => Language::Vi,
        Some(tag) if tag.starts_with("vi") => Language::Vi,
        Some(_) => Language::En,
    });
    let mut answer = Answer { outcome: Outcome::Refused, ..Answer::default() };
    let words = match &heard.incoming.what {
        What::Press { .. } => {
            // The room waits for an answer to every press.
            answer.toast = Some(Toast { text: t.t("bot-link-first-short"), alert: true });
            return Ok(answer);
        }
        What::Text { text, .. } | What::File { caption: text, .. } => text.as_str(),
        What::Hollow { .. } if chat.direct => "",
        _ => return Ok(Answer::default()),
    };
    if let Parsed::Command { word, rest, .. } = parse(words)
        && chat.direct
        && matches!(word.as_str(), "start" | "batdau")
        && !rest.trim().is_empty()
    {
        let now = heard.app.clock.now();
        let ctx = links::stranger(heard.room, &sender.id, heard.incoming.id, now);
        start::bring(heard, &ctx, chat, sender, &rest).await?;
        let said = Words::new(t.t("bot-start-browser"));
        let (letter, _) = fit(heard.app.config(), heard.room, t, About::Nothing, said);
        answer.says.push(Say { to: chat.id.clone(), letter, presses: Vec::new() });
        answer.outcome = Outcome::Done;
        return Ok(answer);
    }
    let ours = match parse(words) {
        Parsed::Command { to: Some(to), .. } => {
            heard.port.me().await.is_ok_and(|me| me.username.eq_ignore_ascii_case(&to))
        }
        // In a group another program's command is none of ours.
        Parsed::Command { word, to: None, .. } => chat.direct || table::knows(&word),
        Parsed::Words => chat.direct,
    };
    let key = format!("{}:{}:{}", heard.room, chat.id, sender.id);
    if !ours || !heard.app.patience.first(&key, heard.app.clock.now()) {
        return Ok(Answer::default());
    }
    let room = t.t(&format!("channel-{}", heard.room));
    let said = Words::new(t.t("bot-link-first"));
    let said = if chat.direct {
        said.text(t.t1("bot-link-how", "room", &room)).link("bot-link-open", links::PAGE)
    } else {
        said.text(t.t("bot-link-direct"))
    };
    let (mut letter, _) = fit(heard.app.config(), heard.room, t, About::Nothing, said);
    if !chat.direct
        && let What::Text { message, .. } | What::File { message, .. } = &heard.incoming.what
    {
        letter.form.reply_to = Some(message.clone());
    }
    let to = match &chat.topic {
        Some(topic) => format!("{}/{topic}", chat.id),
        None => chat.id.clone(),
    };
    answer.says.push(Say { to, letter, presses: Vec::new() });
    Ok(answer)
}
