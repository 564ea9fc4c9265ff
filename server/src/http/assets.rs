//! Styles, scripts, fonts, icons: all in the binary.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Assets;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/static/{path:.*}", web::get().to(asset))
        .route("/favicon.ico", web::get().to(favicon))
        .route("/sw.js", web::get().to(worker));
}

async fn asset(req: HttpRequest, path: Path<String>) -> HttpResponse {
    serve(&req, &path)
}

/// At the root: a service worker serves what lies beside and below it.
async fn worker(req: HttpRequest) -> HttpResponse {
    serve(&req, "sw.js")
}

async fn favicon(req: HttpRequest) -> HttpResponse {
    serve(&req, "favicon.svg")
}

fn serve(req: &HttpRequest, path: &str) -> HttpResponse {
    let Some(file) = Assets::get(path) else { return HttpResponse::NotFound().finish() };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..8]));
    if req.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(&tag) {
        return HttpResponse::NotModified().finish();
    }
    let kind = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(file.data.into_owned())
}
