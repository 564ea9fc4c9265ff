//! The API, `/api/v1` (design.md section 9). Everything on the web can be done here.

pub mod accounts;
pub mod audit;
pub mod browsers;
pub mod calendars;
pub mod calls;
pub mod canaries;
pub mod chat;
pub mod demo;
pub mod dispatches;
pub mod drills;
pub mod duties;
pub mod evidence;
pub mod groups;
pub mod incidents;
pub mod openapi;
pub mod organisations;
pub mod playbooks;
pub mod reports;
pub mod rotas;
pub mod runs;
pub mod session;

use actix_web::web::ServiceConfig;

use crate::domain::ids::Id;
use crate::error::{Error, Result};

/// An identifier in a path; what is none is not found.
pub(in crate::http) fn id<K>(text: &str, what: &'static str) -> Result<Id<K>> {
    text.parse().map_err(|_| Error::NotFound(what))
}

/// All calls.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(session::routes)
        .configure(accounts::routes)
        .configure(chat::routes)
        .configure(organisations::routes)
        .configure(reports::routes)
        .configure(evidence::routes)
        .configure(incidents::routes)
        .configure(calls::routes)
        .configure(dispatches::routes)
        .configure(rotas::routes)
        .configure(drills::routes)
        .configure(duties::routes)
        .configure(calendars::routes)
        .configure(browsers::routes)
        .configure(audit::routes)
        .configure(canaries::routes)
        .configure(groups::routes)
        .configure(playbooks::routes)
        .configure(runs::routes)
        .configure(demo::routes);
}
