//! The working calendar of a year: the days that differ from their week, and a form to import another.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use playbooks::Problem;
use serde::Deserialize;

use super::proof::Proved;
use super::session::first;
use crate::actions::calendars::{self, Day, Import, Year};
use crate::app::App;
use crate::domain::sight::Verb;
use crate::domain::words::Language;
use crate::error::Result;
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/lich-lam-viec", web::get().to(show))
        .route("/quan-tri/lich-lam-viec", web::post().to(import));
}

const PAGE: &str = "/quan-tri/lich-lam-viec";

#[derive(Template)]
#[template(path = "calendar.html")]
struct Face {
    page: Page,
    year: Year,
    admin: bool,
    /// What was typed, or the file to edit.
    text: String,
    bad: BadFields,
    /// What is wrong in the file: place, sentence, hint.
    problems: Vec<(String, String, String)>,
}

impl Face {
    fn day(&self, day: &Day) -> String {
        let mut parts = day.date.split('-');
        let (year, month, date) = (parts.next(), parts.next(), parts.next());
        let of = |part: Option<&str>| part.unwrap_or_default().to_owned();
        format!("{}/{}/{}", of(date), of(month), of(year))
    }

    fn weekend(&self) -> String {
        let days = self.year.weekend.iter().map(|day| self.page.t.t(&format!("weekday-{day}")));
        days.collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    nam: Option<i32>,
}

async fn face(app: &App, caller: &Caller, req: &HttpRequest, year: Option<i32>) -> Result<Face> {
    let year = calendars::year(&app.office, &caller.ctx, year).await?;
    Ok(Face {
        page: Page::new(app, caller, req, "calendar-title", "calendar"),
        admin: Verb::Administer.by(&caller.ctx.actor).is_ok(),
        text: year.source.clone(),
        year,
        bad: BadFields::default(),
        problems: Vec::new(),
    })
}

async fn show(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    html(&face(&app, &caller, &req, asked.nam).await?)
}

async fn import(
    app: Data<App>,
    Proved { caller, form }: Proved,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let text = first(&form, "text");
    let year = first(&form, "nam").parse().ok();
    let t = Texts(caller.ctx.language);
    let (bad, problems) = match calendars::import(&app.office, &caller.ctx, text.clone()).await {
        Ok(Import::Done(done)) => {
            let year = done.years.first().copied().unwrap_or_default();
            return Ok(see_with(&format!("{PAGE}?nam={year}"), "ok", "flash-calendar-imported"));
        }
        Ok(Import::Bad(problems)) => (BadFields::default(), problems),
        Err(why) => (BadFields::of(t, why)?, Vec::new()),
    };
    let mut face = face(&app, &caller, &req, year).await?;
    face.text = text;
    face.bad = bad;
    face.problems = problems.iter().map(|problem| told(t, problem)).collect();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &face)
}

fn told(t: Texts, problem: &Problem) -> (String, String, String) {
    let (message, hint) = match t.0 {
        Language::Vi => (&problem.message_vi, &problem.hint_vi),
        Language::En => (&problem.message_en, &problem.hint_en),
    };
    let (line, column) = (problem.line.to_string(), problem.column.to_string());
    let place = t.with("calendar-problem", &[("line", &line), ("column", &column)]);
    (place, message.clone(), hint.clone())
}
