//! Import by machine: the body is one CSV table.

use actix_web::web::{self, Bytes, Data, PayloadConfig, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::actions::import::{How, LIMIT_MIB, Upload, import};
use crate::app::App;
use crate::domain::directory;
use crate::domain::sheet::TableKind;
use crate::domain::sight::Verb;
use crate::error::Result;
use crate::http::caller::Caller;
use crate::texts::Texts;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    let limit = usize::try_from(LIMIT_MIB * 1024 * 1024).unwrap_or(usize::MAX);
    cfg.service(
        web::resource("/directory/import")
            .app_data(PayloadConfig::new(limit))
            .route(web::post().to(take)),
    );
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(take))]
pub struct Spec;

/// How to import.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// organisations, contacts or systems; else the names of the columns tell.
    kind: String,
    /// Leave out bad rows and import the good ones.
    skip_bad: bool,
    /// Say what would happen and write nothing.
    check: bool,
    /// The file's name, for the audit trail.
    name: String,
}

/// One thing that is wrong.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ImportProblem)]
struct Wrong {
    /// Line of the file; 0 is the whole file.
    line: u64,
    column: String,
    message: String,
}

/// What became of the table.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = ImportDone)]
struct Done {
    /// Whether anything was written.
    written: bool,
    kind: Option<TableKind>,
    added: usize,
    changed: usize,
    unchanged: usize,
    bad: usize,
    /// Columns that mean nothing to us.
    ignored: Vec<String>,
    problems: Vec<Wrong>,
}

/// Imports one CSV table; 422 when nothing was written because a row is bad.
#[utoipa::path(post, path = "/api/v1/directory/import", tag = "directory", params(Asked),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = Done), (status = 422, body = Done)))]
async fn take(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
    bytes: Bytes,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    Verb::Administer.by(&caller.ctx.actor)?;
    let kind = match asked.kind.as_str() {
        "" => None,
        word => Some(directory::word::<TableKind>("kind", word)?),
    };
    let name = crate::domain::text::line("name", &asked.name, 120)?;
    let name = if name.is_empty() { "api".to_owned() } else { name };
    let uploads = vec![Upload { name, bytes: bytes.to_vec(), kind }];
    let how = How { skip_bad: asked.skip_bad, only_check: asked.check };
    let mut done = import(&app.office, &caller.ctx, uploads, how).await?;
    let written = done.written;
    let t = Texts(caller.ctx.language);
    let file = done.files.pop().unwrap_or_default();
    let problems = file.problems.iter().map(|problem| Wrong {
        line: problem.line,
        column: problem.column.clone(),
        message: t.t1(problem.key, "value", &problem.value),
    });
    let answer = Done {
        written,
        kind: file.kind,
        added: file.added,
        changed: file.changed,
        unchanged: file.unchanged,
        bad: file.bad,
        problems: problems.collect(),
        ignored: file.ignored,
    };
    let fine = written || (asked.check && answer.bad == 0);
    let mut response = if fine { HttpResponse::Ok() } else { HttpResponse::UnprocessableEntity() };
    Ok(response.json(answer))
}
