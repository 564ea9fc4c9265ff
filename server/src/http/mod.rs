//! The web: thin doors over the actions. All routes of the service hang on this page.

pub mod api;
mod assets;
pub mod caller;
pub(crate) mod error;
#[cfg(test)]
mod files_test;
pub mod form;
mod frame;
mod health;
mod layout;
pub mod limits;
mod metrics;
pub mod once;
#[cfg(test)]
mod once_test;
#[cfg(test)]
mod ops_test;
pub mod page;
pub mod pages;
#[cfg(test)]
mod report_test;
pub mod sentence;
mod telegram;
pub mod upload;

use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App as Actix, Error as ActixError};

use crate::app::App;

/// Every route, for the server and for tests.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.app_data(form::limits())
        .app_data(form::json_limits())
        .app_data(form::query_limits())
        .configure(health::routes)
        .configure(metrics::routes)
        .configure(assets::routes)
        .configure(telegram::routes)
        .service(web::scope("/api/v1").wrap(from_fn(once::one_effect)).configure(api::routes))
        .configure(pages::routes)
        .default_service(web::to(pages::home::nothing_here));
}

/// The application with everything that surrounds a request.
pub fn application(
    app: App,
) -> Actix<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = ActixError,
        InitError = (),
    >,
> {
    Actix::new()
        .app_data(Data::new(app))
        .configure(routes)
        .wrap(from_fn(error::face))
        .wrap(from_fn(frame::surround))
        .wrap(Compress::default())
}
