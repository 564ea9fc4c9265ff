//! Telegram brings what is said. Whoever does not know the secret finds nothing here, and nothing of
//! what they send is read. What was kept is confirmed, and nothing else.

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use notify::room::Raw;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::actions::chat::intake;
use crate::app::App;
use crate::config::TELEGRAM_WEBHOOK;
use crate::domain::words::Room;
use crate::error::{Error, Result};

/// The header that carries the secret.
const SECRET: &str = "x-telegram-bot-api-secret-token";
/// Telegram's updates are far below this, bytes.
const MOST: usize = 1024 * 1024;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route(TELEGRAM_WEBHOOK, web::post().to(brought));
}

/// All that is needed of an update to keep it.
#[derive(Deserialize)]
struct Numbered {
    update_id: i64,
}

async fn brought(app: Data<App>, req: HttpRequest, body: Payload) -> Result<HttpResponse> {
    if !is_telegram(&app, &req) {
        return Err(Error::NotFound("page"));
    }
    let limit_mib = u64::try_from(MOST / 1024 / 1024).unwrap_or(1);
    let too_large = |_| Error::TooLarge { limit_mib };
    let body = body.to_bytes_limited(MOST).await.map_err(too_large)?.map_err(Error::internal)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let Ok(Numbered { update_id }) = serde_json::from_str(&text) else {
        // It would be brought again for a day.
        tracing::warn!("Telegram brought something that is no update");
        return Ok(HttpResponse::Ok().finish());
    };
    let read = notify::telegram::read::read(&text, None).ok();
    let raw = Raw { id: update_id, body: text };
    intake::keep(&app.office, Room::Telegram, app.clock.now(), vec![(raw, read)]).await?;
    Ok(HttpResponse::Ok().finish())
}

/// By hashes: neither what the secret is nor how long it is shows in the time that it takes.
fn is_telegram(app: &App, req: &HttpRequest) -> bool {
    let telegram = &app.config().telegram;
    if !telegram.webhook || telegram.webhook_secret.is_empty() {
        return false;
    }
    let said = req.headers().get(SECRET).map(|value| value.as_bytes()).unwrap_or_default();
    let known = Sha256::digest(telegram.webhook_secret.reveal());
    bool::from(Sha256::digest(said).ct_eq(&known))
}
