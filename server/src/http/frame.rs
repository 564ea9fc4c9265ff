//! What surrounds every request: its id, its log line, the security headers, the time it took.

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::app::App;
use crate::domain::ids::{Id, Subject};

/// The request's identifier: in the answer, the logs and the audit trail.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub String);

/// Pages: nothing but our own scripts, styles, fonts and pictures (security.md section 9).
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'";

pub(super) async fn surround(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let began = std::time::Instant::now();
    let app = req.app_data::<Data<App>>().cloned();
    let id = match &app {
        Some(app) => Id::<Subject>::new(app.clock.now()).to_string(),
        None => String::new(),
    };
    req.extensions_mut().insert(RequestId(id.clone()));
    let method = req.method().to_string();
    let mut res = next.call(req).await?;

    // The pattern, never the path: paths carry tokens.
    let route = res.request().match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let status = res.status().as_u16();
    let duration = began.elapsed();
    metrics::counter!("dieuphoi_http_requests_total", "method" => method.clone(), "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("dieuphoi_http_request_duration_seconds", "route" => route.clone())
        .record(duration.as_secs_f64());
    tracing::info!(
        request.id = %id,
        http.method = %method,
        http.route = %route,
        http.status = status,
        duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        "request answered"
    );

    let https = app.is_some_and(|app| app.config().server.base_url.starts_with("https://"));
    let is_asset = route.starts_with("/static");
    let headers = res.headers_mut();
    put(headers, "x-request-id", &id);
    put(headers, "content-security-policy", CSP);
    put(headers, "x-content-type-options", "nosniff");
    put(headers, "x-frame-options", "DENY");
    put(headers, "referrer-policy", "same-origin");
    put(headers, "cross-origin-opener-policy", "same-origin");
    put(headers, "cross-origin-resource-policy", "same-origin");
    put(
        headers,
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
    );
    if !is_asset {
        put(headers, "cache-control", "no-store");
    }
    if https {
        put(headers, "strict-transport-security", "max-age=63072000; includeSubDomains");
    }
    Ok(res)
}

/// Sets a header unless the door set its own.
fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let name = HeaderName::from_static(name);
    if !headers.contains_key(&name)
        && let Ok(value) = HeaderValue::from_str(value)
    {
        headers.insert(name, value);
    }
}
