//! Why something was not done, in the sentences that pages, the API and rooms share.

use super::Texts;
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::Error;

/// The heading and the sentence of an error.
pub fn words(t: Texts, why: &Error) -> (String, String) {
    let (_, code) = why.face();
    let heading = t.t(&format!("problem-{code}"));
    let detail = match why {
        Error::Refused(refusal) => refusal_text(t, refusal),
        Error::TooLarge { limit_mib } => {
            t.t1("problem-too_large-text", "limit", &limit_mib.to_string())
        }
        _ => t.t(&format!("problem-{code}-text")),
    };
    (heading, detail)
}

/// The sentence of a refusal.
pub fn refusal_text(t: Texts, why: &Refusal) -> String {
    let key = format!("refusal-{}", why.code());
    match why {
        Refusal::TooManyAttempts { wait_seconds } => {
            t.t1(&key, "minutes", &((wait_seconds + 59) / 60).max(1).to_string())
        }
        Refusal::TooManyRequests { wait_seconds } => {
            t.t1(&key, "minutes", &wait_seconds.div_ceil(60).max(1).to_string())
        }
        Refusal::WrongState { from, to } => t.with(
            &key,
            &[("from", &t.t(&format!("state-{from}"))), ("to", &t.t(&format!("state-{to}")))],
        ),
        Refusal::DispatchState { state } => {
            t.t1(&key, "state", &t.t(&format!("dispatch-state-{state}")))
        }
        Refusal::NotReady { key: missing } => t.t1(&key, "missing", &t.t(missing)),
        Refusal::TlpForbids { recipient } => t.t1(&key, "recipient", recipient),
        Refusal::Exists { what } => t.t1(&key, "what", what),
        _ => t.t(&key),
    }
}

/// The sentence of a bad field.
pub fn field_text(t: Texts, field: &FieldError) -> String {
    t.t1(field.key, "value", &field.value)
}
