//! `Idempotency-Key` on every write of the API: the first answer again for the same key, request
//! and caller; 422 for another request; one effect for two at once (docs/api.md says what is
//! promised).

use std::sync::Arc;

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::error;
use crate::actions::once::{self, Before, Claim};
use crate::app::App;
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::{Error, Result};

/// The header.
const KEY: &str = "idempotency-key";
/// A key's most characters.
const LONGEST: usize = 200;
/// A table that is imported is the largest body that is read whole, bytes.
const WHOLE: usize = 17 * 1024 * 1024;
/// The largest answer that is kept, bytes.
const KEPT: u64 = 1024 * 1024;
/// Signing in and what sets cookies: a one-time code must not work twice, and a session is not
/// kept anywhere but in its own table.
const SESSION: &str = "/api/v1/session";
/// Keeps its outcome in the report's own transaction.
const REPORTS: &str = "/api/v1/reports";

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    kind: Option<String>,
    location: Option<String>,
    body: String,
}

/// The request's key.
///
/// # Errors
/// A field error for a key that is empty, too long, or not plain text.
pub fn key(req: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = req.headers().get(KEY) else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Ok(key) if !key.is_empty() && key.len() <= LONGEST => Ok(Some(key.to_owned())),
        _ => Err(FieldError::with("Idempotency-Key", "field-key", LONGEST).into()),
    }
}

/// Whether this call is one that takes a key here.
fn takes_key(req: &HttpRequest) -> bool {
    let path = req.path();
    let session = path == SESSION || path.starts_with("/api/v1/session/");
    !req.method().is_safe() && path != REPORTS && !session
}

/// Around every call of the API.
pub(super) async fn one_effect(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let claim = match claim(&mut req).await {
        Ok(Some(claim)) => claim,
        Ok(None) => return Ok(next.call(req).await?.map_into_boxed_body()),
        Err(why) => return Ok(req.error_response(why)),
    };
    let Some(app) = req.app_data::<Data<App>>().cloned() else {
        return Ok(req.error_response(Error::internal("no app")));
    };
    if claim.described() {
        match known(&app, &claim).await {
            Ok(None) => {}
            Ok(Some(answer)) => return Ok(req.into_response(answer)),
            Err(why) => return Ok(req.error_response(why)),
        }
    }
    let res = claim.clone().around(next.call(req)).await?.map_into_boxed_body();
    if claim.took_effect() {
        return Ok(remember(&app, &claim, res).await);
    }
    // The twin was faster: its answer, if it is there by now.
    let why = res.response().error().and_then(|why| why.as_error::<Error>());
    if let Some(Error::Refused(Refusal::KeyUnderWay)) = why
        && let Ok(Some(answer)) = known(&app, &claim).await
    {
        return Ok(res.into_response(answer));
    }
    Ok(res)
}

/// The claim of a call that comes with a key and may be made; what it says is read whole, unless it
/// is a stream of files.
async fn claim(req: &mut ServiceRequest) -> Result<Option<Arc<Claim>>> {
    if !takes_key(req.request()) {
        return Ok(None);
    }
    let Some(key) = key(req.request())? else { return Ok(None) };
    let caller = match req.extract::<Caller>().await {
        // Who may not even ask gets the call's own answer, and no kept one.
        Ok(caller) if caller.checked_header(req.request()).is_ok() => caller,
        _ => return Ok(None),
    };
    let who = caller.ctx.actor.account().map(|account| account.to_string());
    let claim = Claim::new(format!("api:{}", who.unwrap_or_default()), key, caller.ctx.now);
    if !is_stream(req.headers()) {
        let body = whole(req.take_payload()).await?;
        let mut request = format!("{} {}\n", req.method(), req.uri()).into_bytes();
        request.extend_from_slice(&body);
        claim.describe(&request)?;
        req.set_payload(Payload::from(body));
    }
    Ok(Some(claim))
}

/// What was answered before to this key, if it is known.
async fn known(app: &App, claim: &Claim) -> Result<Option<HttpResponse>> {
    match once::before(&app.office, claim).await? {
        Before::Nothing => Ok(None),
        Before::Answered(kept) => again(&kept).map(Some),
        Before::UnderWay => Err(Refusal::KeyUnderWay.into()),
    }
}

/// Files come in a stream, which the door describes when all of it is there.
fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/"))
}

async fn whole(mut payload: Payload) -> Result<Bytes> {
    let mut body = BytesMut::new();
    let broken = |_| Error::from(FieldError::new("body", "field-body"));
    while let Some(piece) = payload.try_next().await.map_err(broken)? {
        if body.len() + piece.len() > WHOLE {
            return Err(Error::TooLarge { limit_mib: 16 });
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// The first answer, once more.
fn again(kept: &str) -> Result<HttpResponse> {
    let kept: Kept = serde_json::from_str(kept).map_err(Error::internal)?;
    let status = StatusCode::from_u16(kept.status).map_err(Error::internal)?;
    let mut answer = HttpResponse::build(status);
    answer.insert_header(("Idempotency-Replayed", "true"));
    if let Some(kind) = kept.kind {
        answer.insert_header((CONTENT_TYPE, kind));
    }
    if let Some(location) = kept.location {
        answer.insert_header((LOCATION, location));
    }
    Ok(answer.body(kept.body))
}

/// Keeps the answer of what took effect. What is too large or streamed, and a failure of ours after
/// the effect, is not kept: a repeat is told to look at the record.
async fn remember(
    app: &App,
    claim: &Claim,
    res: ServiceResponse<BoxBody>,
) -> ServiceResponse<BoxBody> {
    if res.status().is_server_error() {
        return res;
    }
    let (req, response) = res.into_parts();
    let said = response.error().and_then(|why| why.as_error::<Error>());
    let response = said.map(|why| error::body(&req, why)).unwrap_or(response);
    let small = match response.body().size() {
        BodySize::None => true,
        BodySize::Sized(size) => size <= KEPT,
        BodySize::Stream => false,
    };
    if !small {
        return ServiceResponse::new(req, response);
    }
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap_or_default();
    if let Err(why) = keep(app, claim, &head, &body).await {
        // The work is done and will be said; only a repeat misses its answer.
        tracing::warn!(error = %why, "the answer of a write could not be kept");
    }
    ServiceResponse::new(req, head.set_body(BoxBody::new(body)))
}

async fn keep(app: &App, claim: &Claim, head: &HttpResponse<()>, body: &[u8]) -> Result<()> {
    let text = |name| head.headers().get(name).and_then(|value| value.to_str().ok());
    let kept = Kept {
        status: head.status().as_u16(),
        kind: text(CONTENT_TYPE).map(str::to_owned),
        location: text(LOCATION).map(str::to_owned),
        body: std::str::from_utf8(body).map_err(Error::internal)?.to_owned(),
    };
    let kept = serde_json::to_string(&kept).map_err(Error::internal)?;
    once::keep(&app.office, claim, &kept).await
}
