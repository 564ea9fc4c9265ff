//! The audit trail by machine: read, verify, export. For auditors.

use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::actions::audit::{self, Line, Wanted};
use crate::app::App;
use crate::domain::refusal::FieldError;
use crate::error::Result;
use crate::http::caller::Caller;
use crate::http::pages::audit::download;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/audit", web::get().to(list))
        .route("/audit/verify", web::get().to(verify))
        .route("/audit/export", web::post().to(export));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, verify, export))]
pub struct Spec;

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Exactly this action, for example `incident.acknowledge`.
    action: String,
    /// Exactly this actor, by name.
    actor: String,
    /// Exactly this object: an incident's code, an organisation's key.
    object: String,
    /// Where the page begins.
    cursor: String,
    /// At most so many, 1 to 500.
    limit: Option<i64>,
}

/// A page of sealed entries, newest first.
#[derive(Serialize, utoipa::ToSchema)]
struct Lines {
    /// The entries.
    items: Vec<Line>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// Sealed entries, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Asked),
    responses((status = 200, body = Lines), (status = 401), (status = 403), (status = 422)))]
async fn list(app: Data<App>, caller: Caller, asked: Query<Asked>) -> Result<HttpResponse> {
    let asked = asked.into_inner();
    let cursor = cursor(&asked.cursor)?;
    let wanted = wanted(&asked.action, &asked.actor, &asked.object);
    let trail = audit::list(&app.office, &caller.ctx, wanted, cursor, asked.limit).await?;
    Ok(HttpResponse::Ok().json(Lines {
        items: trail.entries.into_iter().map(Line::from).collect(),
        next: trail.next.map(|seq| seq.to_string()),
    }))
}

/// The verdict on the chain.
#[derive(Serialize, utoipa::ToSchema)]
struct VerdictView {
    /// Whether every link holds.
    holds: bool,
    /// Links that hold, from the first.
    entries: i64,
    /// Entries that wait for their seal.
    unsealed: i64,
    /// The hash of the last link that holds.
    head: String,
    /// The number of the first link that does not hold.
    broken_at: Option<i64>,
    /// Why: missing, previous, content or stray.
    broken_why: Option<&'static str>,
}

/// Checks the whole chain.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit",
    responses((status = 200, body = VerdictView), (status = 401), (status = 403)))]
async fn verify(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let verdict = audit::check(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(VerdictView {
        holds: verdict.broken.is_none(),
        entries: verdict.entries,
        unsealed: verdict.unsealed,
        head: verdict.head,
        broken_at: verdict.broken.map(|broken| broken.seq),
        broken_why: verdict.broken.map(|broken| broken.why.as_word()),
    }))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct From {
    /// Only entries after this number.
    after: i64,
}

/// Every sealed entry as JSON Lines, by number (docs/audit-format.md). The export itself is audited.
#[utoipa::path(post, path = "/api/v1/audit/export", tag = "audit", params(From),
    responses((status = 200, content_type = "application/x-ndjson", body = Line),
        (status = 401), (status = 403)))]
async fn export(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    from: Query<From>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let after = from.after.max(0);
    audit::begin_export(&app.office, &caller.ctx, after).await?;
    Ok(download(&app, after))
}

/// The number in a cursor.
pub(crate) fn cursor(text: &str) -> Result<Option<i64>> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |_| FieldError::with("cursor", "field-cursor", text);
    Ok(Some(text.parse().map_err(bad)?))
}

/// What is looked for; empty texts look for nothing.
pub(crate) fn wanted(action: &str, actor: &str, object: &str) -> Wanted {
    let some = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    Wanted { action: some(action), actor: some(actor), object: some(object) }
}
