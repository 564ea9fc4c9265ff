//! Pages of this area.

use actix_web::web::ServiceConfig;

/// The area's routes.
pub fn routes(_cfg: &mut ServiceConfig) {}
