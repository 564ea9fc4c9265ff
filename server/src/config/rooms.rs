//! The other ways to people: Matrix, and alarms in browsers; which rooms there are at all.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Config, Secret};
use crate::domain::words::Room;

impl Config {
    /// The rooms in which people can be linked: what is configured, and the demonstration's own.
    pub fn rooms(&self) -> Vec<Room> {
        let is_there = |room: &Room| match room {
            Room::Telegram => self.demo || !self.telegram.token.is_empty(),
            Room::Matrix => !self.matrix.homeserver.is_empty(),
        };
        Room::ALL.iter().copied().filter(is_there).collect()
    }
}

/// `[matrix]`
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matrix {
    /// The homeserver: `https://matrix.tinh.example`; empty: messages stay in the local mailbox.
    pub homeserver: String,
    /// The access token of the bot's account.
    pub token: Secret,
    /// A file with the token.
    pub token_file: Option<PathBuf>,
    /// Invitations are taken from people of these servers; empty: of the bot's own server alone.
    pub servers: Vec<String>,
    /// PEM of the homeserver's own certificate authority.
    pub ca_file: Option<PathBuf>,
}

impl Matrix {
    /// As the room wants it; `None` when there is none.
    pub fn settings(&self) -> Option<notify::MatrixSettings> {
        (!self.homeserver.is_empty()).then(|| notify::MatrixSettings {
            homeserver: self.homeserver.clone(),
            token: self.token.reveal().to_owned(),
            servers: self.servers.clone(),
            ca_file: self.ca_file.clone(),
        })
    }
}

/// `[push]`
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Push {
    /// The public key; empty: nobody can switch alarms on. `dieuphoi push-keys` makes a pair.
    pub public_key: String,
    /// The private key.
    pub private_key: Secret,
    /// A file with the private key.
    pub private_key_file: Option<PathBuf>,
    /// Whom a push service may write to: `mailto:…` or `https://…`; empty: the sender of mail.
    pub contact: String,
    /// Push services beside those of the usual browsers: a host, or `.suffix`.
    pub more_services: Vec<String>,
    /// Their addresses may be ones of one's own networks.
    pub allow_private: bool,
}

impl Push {
    /// Whether alarms can be switched on.
    pub fn is_on(&self) -> bool {
        !self.public_key.is_empty()
    }

    /// The push services that subscriptions may lead to.
    pub fn services(&self) -> Vec<String> {
        let usual = notify::push::SERVICES.iter().map(|service| (*service).to_owned());
        usual.chain(self.more_services.iter().cloned()).collect()
    }

    /// As the channel wants it; `None` when there are no keys. `from` is the sender of mail.
    pub fn settings(&self, from: &str) -> Option<notify::PushSettings> {
        self.is_on().then(|| notify::PushSettings {
            public_key: self.public_key.clone(),
            private_key: self.private_key.reveal().to_owned(),
            contact: match self.contact.as_str() {
                "" => format!("mailto:{from}"),
                contact => contact.to_owned(),
            },
            services: self.services(),
            allow_private: self.allow_private,
        })
    }
}
