//! The working calendar by machine.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use playbooks::Problem;
use serde::{Deserialize, Serialize};

use crate::actions::calendars::{self, Import, Imported, Year};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/calendar", web::post().to(import)).route("/calendar/{year}", web::get().to(year));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(year, import))]
pub struct Spec;

/// One year as it counts: the days that differ from their week.
#[utoipa::path(get, path = "/api/v1/calendar/{year}", tag = "calendar",
    params(("year" = i32, Path)),
    responses((status = 200, body = Year), (status = 403), (status = 404)))]
async fn year(app: Data<App>, caller: Caller, year: Path<String>) -> Result<HttpResponse> {
    let year = year.parse().map_err(|_| Error::NotFound("calendar"))?;
    Ok(HttpResponse::Ok().json(calendars::year(&app.office, &caller.ctx, Some(year)).await?))
}

/// A working calendar to import.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = NewCalendar)]
struct NewCalendar {
    /// The file, as docs/playbooks.md describes it.
    text: String,
}

/// What is wrong with the file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarProblems)]
struct Bad {
    /// Each at its place, in both languages.
    #[schema(value_type = Vec<Object>)]
    problems: Vec<Problem>,
}

/// Imports a working calendar: each of its years replaces the one that counted before; 422 with every
/// problem when the file is not right.
#[utoipa::path(post, path = "/api/v1/calendar", tag = "calendar", request_body = NewCalendar,
    responses((status = 200, body = Imported), (status = 403), (status = 422, body = Bad)))]
async fn import(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    new: Json<NewCalendar>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    Ok(match calendars::import(&app.office, &caller.ctx, new.into_inner().text).await? {
        Import::Done(done) => HttpResponse::Ok().json(done),
        Import::Bad(problems) => HttpResponse::UnprocessableEntity().json(Bad { problems }),
    })
}
