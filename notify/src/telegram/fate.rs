//! What Telegram's answers mean: for a message, and for whatever else is asked of it.

use std::error::Error;
use std::time::Duration;

use crate::room::RoomError;
use crate::{Outcome, clean};

/// Turns errors into words that hold none of our secrets.
pub(super) struct Words {
    secrets: Vec<String>,
}

impl Words {
    pub(super) fn without<const N: usize>(secrets: [Option<String>; N]) -> Self {
        let mut parts: Vec<String> = secrets.into_iter().flatten().collect();
        // The token's second half and a proxy's user:password are secrets by themselves.
        for at in 0..parts.len() {
            if let Some((_, half)) = parts[at].split_once(':') {
                parts.push(half.trim_start_matches('/').to_owned());
            }
            if let Some((user, _)) = parts[at].rsplit_once('@') {
                parts.push(user.rsplit('/').next().unwrap_or_default().to_owned());
            }
        }
        parts.retain(|part| part.len() > 2);
        Self { secrets: parts }
    }

    /// One line without secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut words = text.to_owned();
        for secret in &self.secrets {
            words = words.replace(secret.as_str(), "***");
        }
        clean::one_line(&words, 400)
    }

    /// No answer came.
    pub(super) fn away(&self, error: &reqwest::Error) -> Fault {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        Fault::Away(self.clean(&words))
    }

    /// Something came that is no answer.
    pub(super) fn nonsense(&self, raw: &str) -> Fault {
        Fault::Nonsense(clean::one_line(&self.clean(raw), 120))
    }
}

/// Why a call did not do what it should; without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The network.
    Away(String),
    /// No Bot API answers there.
    Nonsense(String),
    /// Telegram says no.
    No {
        /// HTTP's number.
        code: u16,
        /// In Telegram's words.
        said: String,
        /// How long it wants us to wait.
        wait: Option<Duration>,
        /// The chat's new number.
        moved: Option<i64>,
    },
}

/// What a fault means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It may go well later.
    Later,
    /// The token is not accepted.
    Token,
    /// The chat takes nothing from us.
    Closed,
    /// The topic is gone.
    NoTopic,
    /// The message is gone, or cannot be changed.
    NoMessage,
    /// Everything is already as asked.
    Same,
    /// Never.
    Never,
}

impl Fault {
    /// A file that is larger than we take.
    pub(super) fn too_big() -> Self {
        let said = "Bad Request: file is too big".to_owned();
        Self::No { code: 400, said, wait: None, moved: None }
    }

    /// An answer without what it should hold.
    pub(super) fn lacks(what: &str) -> Self {
        Self::Nonsense(format!("no {what}"))
    }

    /// Plain English for the ledger.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Away(words) => format!("Telegram cannot be reached: {words}"),
            Self::Nonsense(words) => format!("Telegram's answer makes no sense: {words}"),
            Self::No { wait: Some(wait), .. } => {
                format!("Telegram asks for a pause of {} s", wait.as_secs())
            }
            Self::No { moved: Some(to), .. } => format!("the chat has moved to {to}"),
            Self::No { .. } if self.kind() == Kind::Token => {
                "Telegram does not know the bot's token".to_owned()
            }
            Self::No { said, .. } => format!("Telegram says: {said}"),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        let Self::No { code, said, wait, .. } = self else { return Kind::Later };
        let said = said.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
        match code {
            _ if wait.is_some() => Kind::Later,
            // What old servers say of a chat that is closed to us.
            401 if has(&["bot was kicked"]) => Kind::Closed,
            401 => Kind::Token,
            404 if said == "not found" => Kind::Token,
            409 | 429 | 500.. => Kind::Later,
            403 => Kind::Closed,
            400 if has(&SAME) => Kind::Same,
            400 if has(&NO_TOPIC) => Kind::NoTopic,
            400 if has(&NO_MESSAGE) => Kind::NoMessage,
            400 if has(&CLOSED) => Kind::Closed,
            _ => Kind::Never,
        }
    }

    /// What it means for a message.
    pub(super) fn outcome(&self) -> Outcome {
        let why = self.why();
        match (self, self.kind()) {
            (Self::No { moved: Some(to), .. }, _) => Outcome::Moved { to: to.to_string() },
            (Self::No { wait, .. }, Kind::Later) => Outcome::Retry { after: *wait, why },
            // Ours to repair: the token, a second poller.
            (_, Kind::Later | Kind::Token) => Outcome::Retry { after: None, why },
            (_, Kind::Closed) => Outcome::Closed { why },
            _ => Outcome::Undeliverable { why },
        }
    }

    /// What it means for a room.
    pub(super) fn room(&self) -> RoomError {
        let why = self.why();
        match (self, self.kind()) {
            (Self::No { moved: Some(to), .. }, _) => RoomError::Moved { to: to.to_string() },
            (Self::No { wait, .. }, Kind::Later) => RoomError::Retry { after: *wait, why },
            (_, Kind::Later) => RoomError::Retry { after: None, why },
            (_, Kind::Token) => RoomError::Denied { why },
            (_, Kind::Closed) => RoomError::Closed { why },
            (_, Kind::NoTopic) => RoomError::NoTopic { why },
            (_, Kind::NoMessage) => RoomError::NoMessage { why },
            (_, Kind::Same | Kind::Never) => RoomError::Refused { why },
        }
    }

    /// Was it an address on a button that Telegram refused?
    pub(super) fn dislikes_a_link(&self) -> bool {
        let Self::No { code: 400, said, .. } = self else { return false };
        let said = said.to_ascii_lowercase();
        said.contains("button") || said.contains("wrong http url")
    }
}

const SAME: [&str; 2] = ["message is not modified", "topic_not_modified"];
const NO_TOPIC: [&str; 4] =
    ["thread not found", "topic_deleted", "topic_id_invalid", "message_thread_id_invalid"];
const NO_MESSAGE: [&str; 8] = [
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message to pin not found",
    "message to be replied not found",
    "message to reply not found",
    "message_id_invalid",
];
const CLOSED: [&str; 10] = [
    "chat not found",
    "group is deactivated",
    "group chat was deactivated",
    "peer_id_invalid",
    "user not found",
    "user_deactivated",
    "chat_write_forbidden",
    "rights to send",
    "bot is not a member",
    "bot was kicked",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: u16, said: &str) -> Fault {
        Fault::No { code, said: said.to_owned(), wait: None, moved: None }
    }

    #[test]
    fn whose_fault_it_is() {
        for (code, words, kind) in [
            (403, "Forbidden: bot was blocked by the user", Kind::Closed),
            (403, "Forbidden: user is deactivated", Kind::Closed),
            (403, "Forbidden: bot was kicked from the supergroup chat", Kind::Closed),
            (403, "Forbidden: bot can't initiate conversation with a user", Kind::Closed),
            (401, "Unauthorized: bot was kicked from a chat", Kind::Closed),
            (400, "Bad Request: chat not found", Kind::Closed),
            (400, "Bad Request: group is deactivated", Kind::Closed),
            (400, "Bad Request: not enough rights to send text messages to the chat", Kind::Closed),
            (400, "Bad Request: message thread not found", Kind::NoTopic),
            (400, "Bad Request: TOPIC_DELETED", Kind::NoTopic),
            (400, "Bad Request: TOPIC_NOT_MODIFIED", Kind::Same),
            (
                400,
                "Bad Request: message is not modified: specified new message content and reply \
                 markup are exactly the same as a current content and reply markup of the message",
                Kind::Same,
            ),
            (400, "Bad Request: message to edit not found", Kind::NoMessage),
            (400, "Bad Request: message can't be deleted for everyone", Kind::NoMessage),
            (400, "Bad Request: can't parse entities: Unsupported start tag", Kind::Never),
            (400, "Bad Request: message is too long", Kind::Never),
            (400, "Bad Request: BUTTON_DATA_INVALID", Kind::Never),
            (401, "Unauthorized", Kind::Token),
            (404, "Not Found", Kind::Token),
            (404, "Not Found: method not found", Kind::Never),
            (500, "Internal Server Error", Kind::Later),
            (502, "Bad Gateway", Kind::Later),
            (429, "Too Many Requests", Kind::Later),
            (
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot \
                 instance is running",
                Kind::Later,
            ),
        ] {
            assert_eq!(said(code, words).kind(), kind, "{words}");
        }
    }

    #[test]
    fn secrets_are_struck_out() {
        let words = Words::without([
            Some("12:AbCdEf-secret".to_owned()),
            Some("socks5://lan:matkhau@proxy.example:1080".to_owned()),
        ]);
        for leak in
            ["bot12:AbCdEf-secret/x", "AbCdEf-secret", "lan:matkhau", "socks5://lan:matkhau@p"]
        {
            let said = format!("{} {:?}", words.clean(leak), words.nonsense(leak));
            assert!(!said.contains("secret") && !said.contains("matkhau"), "{said}");
        }
    }
}
