//! For load balancers and whoever starts the process again: alive, and ready to serve.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};

use crate::app::App;
use crate::store::engine;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(web::resource("/healthz").route(web::get().to(alive)).route(web::head().to(alive)))
        .service(web::resource("/readyz").route(web::get().to(ready)).route(web::head().to(ready)));
}

/// The dead-man's check: a server whose engine stands still may answer pages for days while nobody
/// is told anything.
async fn alive(app: Data<App>) -> HttpResponse {
    let dead = app.pulse.dead(&*app.clock);
    if dead.is_empty() {
        return HttpResponse::Ok().content_type("text/plain").body("ok\n");
    }
    let mut body = "the engine is silent\n".to_owned();
    for (chore, since) in dead {
        let _written = writeln!(body, "{chore}: {} s", since.as_secs());
    }
    HttpResponse::ServiceUnavailable().content_type("text/plain").body(body)
}

async fn ready(app: Data<App>) -> HttpResponse {
    match app.office.db.read(engine::next_timer).await {
        Ok(_) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Err(_) => HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "5"))
            .content_type("text/plain")
            .body("database unavailable\n"),
    }
}
