//! Bodies and their limits (security.md section 9): what is too large or broken is told, not dropped.

use actix_web::HttpResponse;
use actix_web::web::{FormConfig, JsonConfig, QueryConfig};

use crate::domain::refusal::FieldError;
use crate::error::Error;

/// Forms and JSON bodies, bytes.
const BODY: usize = 256 * 1024;

/// The limit of forms.
pub fn limits() -> FormConfig {
    limits_of(BODY)
}

/// Another limit, for a form that carries a long text.
pub fn limits_of(bytes: usize) -> FormConfig {
    FormConfig::default().limit(bytes).error_handler(|why, _| {
        let too_large = matches!(
            why,
            actix_web::error::UrlencodedError::Overflow { .. }
                | actix_web::error::UrlencodedError::UnknownLength
        );
        answer(too_large)
    })
}

/// The limit of JSON bodies.
pub fn json_limits() -> JsonConfig {
    json_limits_of(BODY)
}

/// Another limit, for a body that carries a long text.
pub fn json_limits_of(bytes: usize) -> JsonConfig {
    JsonConfig::default().limit(bytes).error_handler(|why, _| {
        let too_large = matches!(
            why,
            actix_web::error::JsonPayloadError::Overflow { .. }
                | actix_web::error::JsonPayloadError::OverflowKnownLength { .. }
        );
        answer(too_large)
    })
}

/// Broken query strings get the same answer as broken bodies.
pub fn query_limits() -> QueryConfig {
    QueryConfig::default().error_handler(|_, _| answer(false))
}

fn answer(too_large: bool) -> actix_web::Error {
    if too_large {
        Error::TooLarge { limit_mib: 1 }.into()
    } else {
        Error::from(FieldError::new("body", "field-body")).into()
    }
}

/// 303 to a path of ours, after a write.
pub fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", path.to_owned())).finish()
}

/// A path of this service and of nobody else, or `/`.
pub fn own_path(path: &str) -> &str {
    let fine = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t'])
        && !path.starts_with("/\\");
    if fine { path } else { "/" }
}
