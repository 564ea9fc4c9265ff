//! The bot: how it is reached, and how what is said to it comes back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Config, Secret};

/// `[telegram]`
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telegram {
    /// The bot's token; empty: messages stay in the local mailbox.
    pub token: Secret,
    /// A file with the token.
    pub token_file: Option<PathBuf>,
    /// Another API address, for a local Bot API server.
    pub api_url: Option<String>,
    /// `http://…` or `socks5://…`.
    pub proxy: Option<String>,
    /// Telegram brings what is said to `server.base_url`; otherwise this server fetches it.
    pub webhook: bool,
    /// What Telegram has to say in a header when it brings something, at least 16 characters.
    pub webhook_secret: Secret,
    /// A file with that secret.
    pub webhook_secret_file: Option<PathBuf>,
}

/// Where Telegram brings what is said, below `server.base_url`.
pub const TELEGRAM_WEBHOOK: &str = "/telegram/webhook";

impl Config {
    /// Where Telegram has to bring what is said; `None`: it is fetched.
    pub fn telegram_webhook(&self) -> Option<String> {
        let base = self.server.base_url.trim_end_matches('/');
        self.telegram.webhook.then(|| format!("{base}{TELEGRAM_WEBHOOK}"))
    }
}
