//! Pages for people.

pub mod accounts;
pub mod api_docs;
pub mod audit;
pub mod browsers;
pub mod calendars;
pub mod desk;
pub mod dispatches;
pub mod drills;
pub mod duties;
pub mod evidence;
pub mod groups;
pub mod home;
pub mod incident;
pub mod magic;
pub mod mailbox;
pub mod organisations;
pub mod playbooks;
mod posted;
mod proof;
pub mod report;
pub mod rota;
pub mod runs;
pub mod session;
pub mod telling;
pub mod totp;
pub mod tracking;

#[cfg(test)]
mod clocks_tests;
#[cfg(test)]
mod desk_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod trust_tests;

use actix_web::web::ServiceConfig;

/// All pages.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(home::routes)
        .configure(session::routes)
        .configure(totp::routes)
        .configure(telling::routes)
        .configure(accounts::routes)
        .configure(organisations::routes)
        .configure(report::routes)
        .configure(tracking::routes)
        .configure(desk::routes)
        .configure(rota::routes)
        .configure(incident::routes)
        .configure(dispatches::routes)
        .configure(drills::routes)
        .configure(evidence::routes)
        .configure(magic::routes)
        .configure(duties::routes)
        .configure(calendars::routes)
        .configure(browsers::routes)
        .configure(groups::routes)
        .configure(audit::routes)
        .configure(playbooks::routes)
        .configure(runs::routes)
        .configure(mailbox::routes)
        .configure(api_docs::routes);
}
