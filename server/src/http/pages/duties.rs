//! Deadlines that hang on no incident: what is open, and who recorded what as done.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::actions::duties::{self, DutyView, MeetDuty};
use crate::app::App;
use crate::domain::ids::DutyId;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::refusal_text;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/thoi-han", web::get().to(list)).route("/thoi-han/{id}", web::post().to(meet));
}

const LIST: &str = "/thoi-han";

#[derive(Template)]
#[template(path = "duties.html")]
struct Face {
    page: Page,
    open: Vec<DutyView>,
    met: Vec<DutyView>,
    /// Which form came back.
    typed: String,
    note: String,
    bad: BadFields,
    trouble: String,
}

impl Face {
    /// Whose duty it is, in words.
    fn whose(&self, duty: &DutyView) -> String {
        match &duty.organisation {
            Some(name) => name.clone(),
            None => self.page.t.t(&format!("duty-owner-{}", duty.owner)),
        }
    }

    fn is(&self, duty: &DutyView) -> bool {
        self.typed == duty.id.to_string()
    }

    fn note_of(&self, duty: &DutyView) -> &str {
        if self.is(duty) { &self.note } else { "" }
    }

    fn wrong(&self, duty: &DutyView) -> String {
        if self.is(duty) { self.bad.at("note").to_string() } else { String::new() }
    }
}

async fn face(app: &App, caller: &Caller, req: &HttpRequest) -> Result<Face> {
    let found = duties::list(&app.office, &caller.ctx).await?;
    Ok(Face {
        page: Page::new(app, caller, req, "duty-title", "duties"),
        open: found.items,
        met: found.met,
        typed: String::new(),
        note: String::new(),
        bad: BadFields::default(),
        trouble: String::new(),
    })
}

async fn list(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&face(&app, &caller, &req).await?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    csrf: String,
    note: String,
}

async fn meet(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    form: Form<Typed>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    let duty: DutyId = id.parse().map_err(|_| Error::NotFound("duty"))?;
    let how = MeetDuty { note: form.note.clone() };
    let why = match duties::meet(&app.office, &caller.ctx, duty, how).await {
        Ok(_) => return Ok(see_with(LIST, "ok", "flash-duty-met")),
        Err(why) => why,
    };
    let mut face = face(&app, &caller, &req).await?;
    let t = Texts(caller.ctx.language);
    let status = match &why {
        Error::Refused(Refusal::Fields(fields)) => {
            face.bad = BadFields::from(t, fields);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Error::Refused(refusal @ Refusal::ClockMet) => {
            face.trouble = refusal_text(t, refusal);
            StatusCode::CONFLICT
        }
        _ => return Err(why),
    };
    face.typed = id.into_inner();
    face.note = form.into_inner().note;
    html_with(status, &face)
}
