//! What Telegram's answers mean for a message.

use std::error::Error;

use teloxide::{ApiError, RequestError};

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

    /// The error and what caused it, in one line.
    pub(super) fn of(&self, error: &RequestError) -> String {
        let mut words = match error {
            RequestError::Api(ApiError::InvalidToken) => {
                "Telegram does not know the bot's token".to_owned()
            }
            RequestError::Api(ApiError::Unknown(said)) => format!("Telegram says: {said}"),
            RequestError::Api(said) => format!("Telegram says: {said}"),
            RequestError::RetryAfter(seconds) => {
                format!("Telegram asks for a pause of {} s", seconds.seconds())
            }
            RequestError::MigrateToChatId(id) => format!("the chat has moved to {id}"),
            RequestError::Network(error) => {
                let mut words = format!("Telegram cannot be reached: {error}");
                let mut cause = error.source();
                while let Some(error) = cause {
                    words.push_str(": ");
                    words.push_str(&error.to_string());
                    cause = error.source();
                }
                words
            }
            RequestError::InvalidJson { raw, .. } => {
                format!("Telegram's answer makes no sense: {}", clean::one_line(raw, 120))
            }
            RequestError::Io(error) => format!("Telegram cannot be reached: {error}"),
        };
        for secret in &self.secrets {
            words = words.replace(secret.as_str(), "***");
        }
        clean::one_line(&words, 400)
    }

    pub(super) fn outcome(&self, error: &RequestError) -> Outcome {
        let why = self.of(error);
        match error {
            RequestError::RetryAfter(seconds) => {
                Outcome::Retry { after: Some(seconds.duration()), why }
            }
            RequestError::MigrateToChatId(id) => Outcome::Moved { to: id.0.to_string() },
            RequestError::Api(error) if is_final(error) => Outcome::Undeliverable { why },
            // Sent, in a form this library is too old to read: again would ring twice.
            RequestError::InvalidJson { raw, .. } if let Some(id) = sent_all_the_same(raw) => {
                Outcome::Sent { reference: Some(id) }
            }
            _ => Outcome::Retry { after: None, why },
        }
    }
}

/// The chat does not take messages from us, or never these words. Ours to repair (the token, a
/// second poller) and what passes by itself (500) is not.
fn is_final(error: &ApiError) -> bool {
    match error {
        ApiError::InvalidToken | ApiError::TerminatedByOtherGetUpdates => false,
        // "Unauthorized: …" stands in what old servers say of a chat that is closed to us.
        ApiError::BotKicked | ApiError::CantInitiateConversation | ApiError::CantTalkWithBots => {
            true
        }
        other => {
            let said = match other {
                ApiError::Unknown(said) => said.clone(),
                known => known.to_string(),
            };
            said.starts_with("Forbidden") || said.starts_with("Bad Request")
        }
    }
}

/// Was it an address on a button that Telegram refused?
pub(super) fn dislikes_a_link(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::ButtonUrlInvalid | ApiError::WrongHttpUrl) => true,
        RequestError::Api(ApiError::Unknown(said)) => {
            said.starts_with("Bad Request") && said.to_ascii_lowercase().contains("button")
        }
        _ => false,
    }
}

fn sent_all_the_same(raw: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(raw).ok()?;
    if answer.get("ok")?.as_bool()? {
        Some(answer.get("result")?.get("message_id")?.as_i64()?.to_string())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is() {
        let fate = |said: &str| is_final(&serde_json::from_value(said.into()).unwrap());
        for said in [
            "Forbidden: bot was blocked by the user",
            "Forbidden: user is deactivated",
            "Forbidden: bot was kicked from the supergroup chat",
            "Forbidden: bot was kicked from the group chat",
            "Forbidden: bot is not a member of the channel chat",
            "Forbidden: bot can't initiate conversation with a user",
            "Unauthorized: bot was kicked from a chat",
            "Bad Request: chat not found",
            "Bad Request: group is deactivated",
            "Bad Request: not enough rights to send text messages to the chat",
            "Bad Request: can't parse entities: Unsupported start tag",
        ] {
            assert!(fate(said), "{said}");
        }
        for said in [
            "Unauthorized",
            "Not Found",
            "Internal Server Error",
            "Bad Gateway",
            "Gateway Timeout",
            "Restart",
            "Too Many Requests",
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        ] {
            assert!(!fate(said), "{said}");
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
            let error = RequestError::Api(ApiError::Unknown(leak.to_owned()));
            let said = words.of(&error);
            assert!(!said.contains("secret") && !said.contains("matkhau"), "{said}");
        }
    }
}
