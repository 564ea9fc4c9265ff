//! The API of this area.

use actix_web::web::ServiceConfig;

/// The area's routes, below `/api/v1`.
pub fn routes(_cfg: &mut ServiceConfig) {}
