//! What `doctor` says of the channels' test messages.

use super::Findings;
use crate::config::Config;
use crate::domain::words::Channel;
use crate::store::{Db, canaries};

pub(super) async fn examine(to: &mut Findings, config: &Config, db: &Db) {
    let (mail, telegram) = (&config.mail, &config.telegram);
    for (channel, is_configured, address, key) in [
        (Channel::Mail, !mail.host.is_empty(), &config.canary.mail, "canary.mail"),
        (Channel::Telegram, !telegram.token.is_empty(), &config.canary.telegram, "canary.telegram"),
    ] {
        let name = to.t.t(&format!("channel-{channel}"));
        let values = [("channel", name.as_str()), ("key", key)];
        match (is_configured, address.is_empty()) {
            (true, true) => to.look("canary", "doctor-canary-none", &values),
            (false, false) => to.look("canary", "doctor-canary-idle", &values),
            (true, false) => last(to, db, channel, &name).await,
            (false, true) => {}
        }
    }
}

async fn last(to: &mut Findings, db: &Db, channel: Channel, name: &str) {
    let last = match db.read(move |c| canaries::latest(c, channel, 1)).await {
        Ok(mut all) => all.pop(),
        Err(why) => {
            return to.broken("database", "doctor-database-away", &[("why", &why.to_string())]);
        }
    };
    let Some(last) = last else {
        return to.look("canary", "doctor-canary-new", &[("channel", name)]);
    };
    let when = last.slot.local();
    if last.alarmed_at.is_some() && last.sent_at.is_none() {
        let why = last.error.unwrap_or_default();
        let values = [("channel", name), ("when", when.as_str()), ("why", why.as_str())];
        to.broken("canary", "doctor-canary-late", &values);
    } else {
        to.fine("canary", "doctor-canary", &[("channel", name), ("when", &when)]);
    }
}
