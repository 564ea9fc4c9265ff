//! Who calls: the session's cookie or an API key becomes an actor, anew at every request.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use subtle::ConstantTimeEq;

use super::frame::RequestId;
use super::page::{Preferred, language};
use crate::actions::{Ctx, sessions};
use crate::app::App;
use crate::domain::person::Actor;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::records::Session;

/// The session's cookie (design.md section 9).
pub const SESSION: &str = "dieuphoi_session";

/// Whoever calls, as an extractor of every door.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, when, from where, in which language.
    pub ctx: Ctx,
    /// The session, when the cookie carried one.
    pub session: Option<Session>,
    /// The session's token against forged writes; empty without a session.
    pub csrf: String,
    /// An API key was used: no cookie, no forgery.
    pub by_key: bool,
}

impl Caller {
    /// Checks a form's token. Forms without a session are guarded by the origin alone.
    ///
    /// # Errors
    /// [`Refusal::WrongCsrf`].
    pub fn checked(&self, token: &str) -> Result<()> {
        if self.session.is_none() || bool::from(self.csrf.as_bytes().ct_eq(token.as_bytes())) {
            Ok(())
        } else {
            Err(Refusal::WrongCsrf.into())
        }
    }

    /// Checks the header of a write to the API.
    ///
    /// # Errors
    /// [`Refusal::WrongCsrf`].
    pub fn checked_header(&self, req: &HttpRequest) -> Result<()> {
        if self.by_key || self.session.is_none() {
            return Ok(());
        }
        let token = req.headers().get("x-csrf-token").and_then(|value| value.to_str().ok());
        self.checked(token.unwrap_or_default())
    }
}

impl FromRequest for Caller {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { caller(&req).await })
    }
}

async fn caller(req: &HttpRequest) -> Result<Caller> {
    let app = req.app_data::<Data<App>>().ok_or_else(|| Error::internal("no app"))?;
    if !req.method().is_safe() {
        same_origin(app, req.headers())?;
    }
    let request_id = req.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let mut ctx = app.ctx(Actor::Nobody, address(app, req), request_id, language(req));
    let mut caller_session = None;
    let mut by_key = false;
    let bearer = req
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    if let Some(key) = bearer {
        let person = sessions::resolve_key(&app.office, key.trim(), ctx.now)
            .await?
            .ok_or(Refusal::SignInFirst)?;
        ctx.actor = Actor::Person(Arc::new(person));
        by_key = true;
    } else if let Some(cookie) = req.cookie(SESSION)
        && let Some((person, session)) =
            sessions::resolve(&app.office, cookie.value(), ctx.now).await?
    {
        if req.cookie(super::page::LANGUAGE).is_none() {
            ctx.language = person.language;
            req.extensions_mut().insert(Preferred(person.language));
        }
        ctx.actor = Actor::Person(Arc::new(person));
        caller_session = Some(session);
    }
    count_call(app, req, &ctx)?;
    let csrf = caller_session.as_ref().map(|session| session.csrf.clone()).unwrap_or_default();
    Ok(Caller { ctx, session: caller_session, csrf, by_key })
}

/// This request was counted as a call of the API.
struct Counted;

/// Counts a call of the API once, however often its caller is asked for. The mailbox of the
/// demonstration is left out: whoever waits for a message looks often.
fn count_call(app: &App, req: &HttpRequest, ctx: &Ctx) -> Result<()> {
    let path = req.path();
    if !path.starts_with("/api/v1/") || path.starts_with("/api/v1/demo/") {
        return Ok(());
    }
    if req.extensions().contains::<Counted>() {
        return Ok(());
    }
    app.limits.call(ctx.actor.account(), &ctx.address)?;
    req.extensions_mut().insert(Counted);
    Ok(())
}

/// A write that a browser sends from another site is refused, whatever token it carries.
fn same_origin(app: &App, headers: &HeaderMap) -> Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if matches!(text("sec-fetch-site"), Some("cross-site" | "same-site")) {
        return Err(Refusal::WrongCsrf.into());
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let base = app.config().server.base_url.trim_end_matches('/');
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same = origin == base || origin.split_once("://").is_some_and(|(_, name)| name == host);
    // "null" comes from privacy modes of a same-origin form; the token still guards it.
    if same || origin == "null" { Ok(()) } else { Err(Refusal::WrongCsrf.into()) }
}

/// The client's address: the peer's, or what a trusted proxy says of it.
pub fn address(app: &App, req: &HttpRequest) -> String {
    let Some(peer) = req.peer_addr().map(|peer| peer.ip()) else { return String::new() };
    if !app.config().server.trusted_proxies.iter().any(|proxy| covers(proxy, peer)) {
        return peer.to_string();
    }
    req.headers()
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|value| value.trim().parse::<IpAddr>().ok())
        .map_or_else(|| peer.to_string(), |client| client.to_string())
}

/// Whether `network` (an address, or address/bits) covers the address.
pub(super) fn covers(network: &str, address: IpAddr) -> bool {
    let (base, bits) = match network.split_once('/') {
        Some((base, bits)) => (base, bits.parse::<u32>().ok()),
        None => (network, None),
    };
    match (base.parse::<IpAddr>(), address) {
        (Ok(IpAddr::V4(base)), IpAddr::V4(address)) => {
            let shift = 32 - bits.unwrap_or(32).min(32);
            shift == 32 || base.to_bits() >> shift == address.to_bits() >> shift
        }
        (Ok(IpAddr::V6(base)), IpAddr::V6(address)) => {
            let shift = 128 - bits.unwrap_or(128).min(128);
            shift == 128 || base.to_bits() >> shift == address.to_bits() >> shift
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_cover_their_addresses() {
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(covers("127.0.0.1", at("127.0.0.1")));
        assert!(covers("10.0.0.0/8", at("10.9.8.7")));
        assert!(!covers("10.0.0.0/8", at("11.0.0.1")));
        assert!(!covers("10.0.0.0/8", at("::1")));
        assert!(covers("::/0", at("::1")));
        assert!(!covers("x", at("127.0.0.1")));
    }
}
