//! Numbers for Prometheus, for those alone whom `server.metrics_from` names; to everybody else
//! there is nothing here.

use std::net::IpAddr;

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::caller::{address, covers};
use crate::app::App;
use crate::error::{Error, Result};
use crate::telemetry;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/metrics", web::get().to(numbers));
}

async fn numbers(app: Data<App>, req: HttpRequest) -> Result<HttpResponse> {
    if !is_inside(&app, &req) {
        return Err(Error::NotFound("page"));
    }
    let text = telemetry::metrics_text(&app).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

fn is_inside(app: &App, req: &HttpRequest) -> bool {
    let Some(peer) = req.peer_addr().map(|peer| peer.ip()) else { return false };
    let Ok(client) = address(app, req).parse::<IpAddr>() else { return false };
    // A proxy that nobody trusts makes the whole world look like its own address.
    let is_proxied = ["x-forwarded-for", "forwarded", "x-real-ip"]
        .iter()
        .any(|name| req.headers().contains_key(*name));
    let server = &app.config().server;
    let is_trusted = server.trusted_proxies.iter().any(|proxy| covers(proxy, peer));
    (!is_proxied || is_trusted) && server.metrics_from.iter().any(|network| covers(network, client))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::test::TestRequest;

    use super::*;
    use crate::testing::Stage;

    #[test]
    fn only_those_who_are_named_read_the_numbers() {
        let stage = Stage::sqlite();
        let mut app = stage.app();
        let mut config = (*app.office.config).clone();
        config.server.trusted_proxies = vec!["10.0.0.2/32".to_owned()];
        app.office.config = Arc::new(config);
        let asks = |peer: &str, forwarded: &str| {
            let mut req = TestRequest::get().peer_addr(format!("{peer}:1").parse().unwrap());
            if !forwarded.is_empty() {
                req = req.insert_header(("x-forwarded-for", forwarded));
            }
            is_inside(&app, &req.to_http_request())
        };
        assert!(asks("127.0.0.1", ""));
        assert!(!asks("192.0.2.7", ""));
        assert!(!asks("10.0.0.2", "192.0.2.7"), "the client counts, not the proxy");
        assert!(!asks("10.0.0.2", "127.0.0.1, 192.0.2.7"), "what the client claims does not count");
        assert!(!asks("127.0.0.1", "192.0.2.7"), "a proxy on this machine that nobody trusts");
        assert!(!asks("127.0.0.1", "127.0.0.1"));
    }
}
