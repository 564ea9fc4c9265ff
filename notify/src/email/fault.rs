//! What went wrong in a mail dialogue, and whose fault it is. Only a permanent refusal of the
//! recipient or of the message is final; whatever concerns the connection, our sign-in or our
//! sender address is ours to repair, and the mail waits for it.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp::Error;

use crate::{Outcome, clean};

/// How far the dialogue had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Connect,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Content,
}

#[derive(Debug)]
pub(super) struct Fault {
    stage: Stage,
    code: Option<u16>,
    words: String,
}

impl Fault {
    pub(super) fn new(stage: Stage, error: &Error) -> Self {
        let code = error.status().map(u16::from);
        let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let words = match stage {
            // A server may quote the line it did not like, and that line holds the password.
            Stage::SignIn => enhanced_status(&said).unwrap_or_default().to_owned(),
            _ if error.is_response() && said == "incomplete response" => {
                "the connection was closed in the middle".to_owned()
            }
            _ => clean::one_line(&said, 300),
        };
        Self { stage, code, words }
    }

    /// Something is wrong although no error was reported.
    pub(super) fn said(stage: Stage, code: Option<u16>, words: &str) -> Self {
        Self { stage, code, words: clean::one_line(words, 300) }
    }

    /// Nothing was said by the server that would forbid a second try on a fresh connection.
    pub(super) fn is_final(&self) -> bool {
        let permanent = matches!(self.code, Some(500..=599));
        // 503: we lost the thread; 530, 535, 538: sign-in or encryption wanted.
        let ours = matches!(self.code, Some(503 | 530 | 534 | 535 | 538));
        permanent && !ours && matches!(self.stage, Stage::Recipient | Stage::Content)
    }

    pub(super) fn outcome(&self) -> Outcome {
        let why = self.to_string();
        if self.is_final() {
            Outcome::Undeliverable { why }
        } else {
            Outcome::Retry { after: None, why }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.stage, self.code) {
            (Stage::Connect, None) => "the mail server cannot be reached",
            (Stage::Connect, Some(_)) => "the mail server does not want to talk to us",
            (Stage::StartTls, _) => "the connection to the mail server cannot be encrypted",
            (Stage::SignIn, None) => "signing in to the mail server failed",
            (Stage::SignIn, Some(_)) => "the mail server refuses our user name or password",
            (Stage::Sender, None) => {
                "the connection to the mail server broke before the mail was named"
            }
            (Stage::Sender, Some(_)) => "the mail server refuses our sender address",
            (Stage::Recipient, None) => {
                "the connection to the mail server broke before the recipient was accepted"
            }
            (Stage::Recipient, Some(_)) => "the mail server refuses the recipient",
            (Stage::Content, None) => {
                "the connection to the mail server broke before the mail was confirmed"
            }
            (Stage::Content, Some(_)) => "the mail server refuses the mail",
        })?;
        match (self.code, self.words.is_empty()) {
            (Some(code), true) => write!(f, " ({code})"),
            (Some(code), false) => write!(f, " ({code} {})", self.words),
            (None, true) => Ok(()),
            (None, false) => write!(f, ": {}", self.words),
        }
    }
}

/// The "5.7.8" at the beginning of a reply.
fn enhanced_status(said: &str) -> Option<&str> {
    let word = said.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let short_number =
        |p: &&str| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    (parts.len() == 3 && parts.iter().all(short_number)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_recipient_and_the_mail_can_be_refused_for_good() {
        let fate = |stage, code| Fault::said(stage, code, "x").is_final();
        for code in [550, 551, 552, 553, 554, 556, 571] {
            assert!(fate(Stage::Recipient, Some(code)) && fate(Stage::Content, Some(code)));
            for ours in [Stage::Connect, Stage::StartTls, Stage::SignIn, Stage::Sender] {
                assert!(!fate(ours, Some(code)), "{ours:?} {code}");
            }
        }
        for code in [421, 450, 451, 452, 454, 530, 535, 538] {
            assert!(!fate(Stage::Recipient, Some(code)) && !fate(Stage::Content, Some(code)));
        }
        assert!(!fate(Stage::Content, None));
    }

    #[test]
    fn the_status_is_found_and_nothing_else() {
        assert_eq!(enhanced_status("5.7.8 Bad credentials"), Some("5.7.8"));
        assert_eq!(enhanced_status("AGRpZXVwaG9pAHNlY3JldA== unknown"), None);
        assert_eq!(enhanced_status("12345.1.1 x"), None);
    }
}
