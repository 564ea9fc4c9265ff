//! What `doctor` says of Telegram, step by step as docs/telegram.md sets it up: the bot answers, what is
//! said reaches us, people are linked, the team has its group.

use chrono::Duration;
use notify::{Channel as _, Room as _};

use super::Findings;
use crate::actions::chat::intake;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::words::Room;
use crate::engine::telegram_settings;
use crate::store::{Db, chat_updates};

/// The bot, and the way by which updates leave it.
pub(super) async fn reach(to: &mut Findings, config: &Config) {
    let Some(settings) = telegram_settings(config) else {
        return to.fine("telegram", "doctor-telegram-none", &[]);
    };
    let telegram = match notify::Telegram::new(settings) {
        Ok(telegram) => telegram,
        Err(why) => {
            let values = [("why", why.to_string())];
            let values: Vec<_> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
            return to.broken("telegram", "doctor-telegram-settings", &values);
        }
    };
    match telegram.check().await {
        Ok(said) => to.fine("telegram", "doctor-telegram", &[("said", &said)]),
        Err(why) => return to.broken("telegram", "doctor-telegram-away", &[("why", &why)]),
    }
    let Some(url) = config.telegram_webhook() else {
        return to.fine("telegram", "doctor-telegram-polling", &[]);
    };
    match telegram.trouble().await {
        Ok(None) => to.fine("telegram", "doctor-telegram-webhook", &[("url", &url)]),
        Ok(Some(why)) => {
            let values = [("url", url.as_str()), ("why", why.as_str())];
            to.broken("telegram", "doctor-telegram-webhook-away", &values);
        }
        Err(why) => to.broken("telegram", "doctor-telegram-away", &[("why", &why.to_string())]),
    }
}

/// What the database knows of it.
pub(super) async fn contents(to: &mut Findings, config: &Config, db: &Db) {
    if config.telegram.token.is_empty() {
        return;
    }
    let now = SystemClock.now();
    let counted = db
        .read(move |c| {
            Ok((
                intake::last_heard(c, Room::Telegram)?,
                chat_updates::waiting(c)?,
                chat_updates::given_up(c, now - Duration::days(7))?,
                chat_updates::linked(c, Room::Telegram)?,
                chat_updates::groups(c, Room::Telegram)?,
            ))
        })
        .await;
    let (heard, (_, oldest), given_up, linked, groups) = match counted {
        Ok(counted) => counted,
        Err(why) => {
            return to.broken("database", "doctor-database-away", &[("why", &why.to_string())]);
        }
    };
    match heard {
        None => to.look("telegram", "doctor-telegram-unheard", &[]),
        Some(at) if (now - at).num_minutes() >= 10 => {
            to.look("telegram", "doctor-telegram-silent", &[("since", &at.local())]);
        }
        Some(_) => {}
    }
    let minutes = oldest.map_or(0, |at| (now - at).num_minutes());
    if minutes >= 2 {
        to.look("telegram", "doctor-telegram-waiting", &[("minutes", &minutes.to_string())]);
    }
    if given_up > 0 {
        to.look("telegram", "doctor-telegram-given-up", &[("count", &given_up.to_string())]);
    }
    match linked {
        0 => to.look("telegram", "doctor-telegram-nobody", &[]),
        count => to.fine("telegram", "doctor-telegram-linked", &[("count", &count.to_string())]),
    }
    match groups {
        0 => to.look("telegram", "doctor-telegram-no-group", &[]),
        count => to.fine("telegram", "doctor-telegram-groups", &[("count", &count.to_string())]),
    }
}
