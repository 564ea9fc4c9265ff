//! Drills for people: the list, the form to start one, the report, the letters that stayed here.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::session::{all, first};
use crate::actions::drills::{self, Choices, DrillLine, DrillView, NewDrill, SPEEDS, StepLine};
use crate::actions::mailbox::Message;
use crate::actions::tokens;
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::DrillChannels;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::refusal_text;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/dien-tap", web::get().to(list))
        .route("/dien-tap", web::post().to(start))
        .route("/dien-tap/moi", web::get().to(fresh))
        .route("/dien-tap/{code}", web::get().to(one))
        .route("/dien-tap/{code}/thu", web::get().to(letters))
        .route("/dien-tap/{code}/ket-thuc", web::post().to(end));
}

/// Seconds as people say them: `45 giây`, `12 phút`, `3 giờ 5 phút`.
fn lasting(t: Texts, seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let with = |key: &str, a: i64, b: i64| {
        t.with(key, &[("a", a.to_string().as_str()), ("b", b.to_string().as_str())])
    };
    match (days, hours, minutes) {
        (0, 0, 0) => with("drill-seconds", seconds, 0),
        (0, 0, _) => with("drill-minutes", minutes, seconds % 60),
        (0, ..) => with("drill-hours", hours, minutes % 60),
        _ => with("drill-days", days, hours % 24),
    }
}

/// A speed in words.
fn times(t: Texts, speed: i32) -> String {
    match speed {
        1 => t.t("drill-speed-true"),
        speed => t.t1("drill-speed-times", "n", &speed.to_string()),
    }
}

#[derive(Template)]
#[template(path = "drills/list.html")]
struct List {
    page: Page,
    items: Vec<DrillLine>,
    may_start: bool,
    first: String,
    next: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct At {
    cursor: String,
}

async fn list(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Query<At>,
) -> Result<HttpResponse> {
    let found = drills::list(&app.office, &caller.ctx, &at.cursor, 50).await?;
    html(&List {
        page: Page::new(&app, &caller, &req, "drill-list-title", "drills"),
        items: found.items,
        may_start: Verb::Drill.by(&caller.ctx.actor).is_ok(),
        first: if at.cursor.is_empty() { String::new() } else { "/dien-tap".to_owned() },
        next: found.next.map(|next| format!("/dien-tap?cursor={next}")).unwrap_or_default(),
    })
}

#[derive(Template)]
#[template(path = "drills/new.html")]
struct New {
    page: Page,
    form: NewDrill,
    choices: Choices,
    bad: BadFields,
    key: String,
}

impl New {
    const fn speeds(&self) -> &'static [i32] {
        SPEEDS
    }

    fn times(&self, speed: &i32) -> String {
        times(self.page.t, *speed)
    }

    const fn ways(&self) -> &'static [DrillChannels] {
        DrillChannels::ALL
    }

    fn goes(&self, way: &DrillChannels) -> bool {
        match self.form.channels.as_str() {
            "" => *way == DrillChannels::Kept,
            word => word == way.as_word(),
        }
    }

    fn takes_part(&self, key: &str) -> bool {
        self.form.partners.iter().any(|known| known == key)
    }
}

async fn form_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    form: NewDrill,
    bad: BadFields,
) -> Result<New> {
    Ok(New {
        choices: drills::choices(&app.office, &caller.ctx).await?,
        page: Page::new(app, caller, req, "drill-new-title", "drills"),
        form,
        bad,
        key: tokens::fresh()?,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    playbook: String,
}

async fn fresh(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    wanted: Query<Wanted>,
) -> Result<HttpResponse> {
    let form = NewDrill { playbook: wanted.playbook.clone(), speed: 1, ..NewDrill::default() };
    html(&form_page(&app, &caller, &req, form, BadFields::default()).await?)
}

async fn start(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let typed = NewDrill {
        playbook: first(&form, "playbook"),
        organisation: first(&form, "organisation"),
        system: first(&form, "system"),
        scenario: first(&form, "scenario"),
        goal: first(&form, "goal"),
        // What is no number is refused as a speed that is none.
        speed: first(&form, "speed").trim().parse().unwrap_or(-1),
        channels: first(&form, "channels"),
        partners: all(&form, "partners"),
        services: String::new(),
        people: String::new(),
        secret_confirmed: !first(&form, "secret_confirmed").is_empty(),
    };
    let key = Some(first(&form, "key")).filter(|key| !key.is_empty());
    match drills::start(&app.office, &caller.ctx, typed.clone(), key).await {
        Ok(started) => {
            Ok(see_with(&format!("/dien-tap/{}", started.code), "ok", "flash-drill-started"))
        }
        Err(why) => {
            let bad = BadFields::of(Texts(caller.ctx.language), why)?;
            let page = form_page(&app, &caller, &req, typed, bad).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "drills/one.html")]
struct One {
    page: Page,
    v: DrillView,
    ending: String,
    bad: BadFields,
    refused: String,
}

impl One {
    fn end_path(&self) -> String {
        format!("/dien-tap/{}/ket-thuc", self.v.line.code)
    }

    fn late(&self, line: &StepLine) -> String {
        let Some(late) = line.late_seconds_of_playbook else { return String::new() };
        self.page.t.t1("drill-late-by", "time", &lasting(self.page.t, late))
    }

    fn took(&self, line: &StepLine) -> String {
        let Some(at) = line.answered_at else { return String::new() };
        let real = (at - line.asked_at).num_seconds();
        let took = lasting(self.page.t, real * i64::from(self.v.line.speed));
        self.page.t.t1("drill-took", "time", &took)
    }

    fn speed(&self) -> String {
        times(self.page.t, self.v.line.speed)
    }

    fn median(&self) -> String {
        self.v.counts.median_seconds.map(|s| lasting(self.page.t, s)).unwrap_or_default()
    }

    fn who(&self, line: &StepLine) -> String {
        let role = |word: &String| match word.strip_prefix("org:") {
            Some(key) => key.to_owned(),
            None => self.page.t.t(&format!("role-{word}")),
        };
        line.roles.iter().map(role).collect::<Vec<_>>().join(", ")
    }
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    code: &str,
    ending: String,
    problem: Option<(StatusCode, BadFields, String)>,
) -> Result<HttpResponse> {
    let v = drills::view(&app.office, &caller.ctx, code).await?;
    let page = Page::new(app, caller, req, "drill-report-title", "drills");
    let page = page.titled(v.line.code.clone());
    let (status, bad, refused) =
        problem.unwrap_or((StatusCode::OK, BadFields::default(), String::new()));
    html_with(status, &One { page, v, ending, bad, refused })
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    shown(&app, &caller, &req, &code, String::new(), None).await
}

async fn end(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let ending = first(&form, "ending");
    let confirmed = !first(&form, "secret_confirmed").is_empty();
    match drills::end(&app.office, &caller.ctx, &code, ending.clone(), confirmed).await {
        Ok(incident) => {
            Ok(see_with(&format!("/dien-tap/{}", incident.code), "ok", "flash-drill-ended"))
        }
        Err(Error::Refused(refusal @ Refusal::WrongState { .. })) => {
            let said = refusal_text(Texts(caller.ctx.language), &refusal);
            let problem = (StatusCode::CONFLICT, BadFields::default(), said);
            shown(&app, &caller, &req, &code, ending, Some(problem)).await
        }
        Err(why) => {
            let bad = BadFields::of(Texts(caller.ctx.language), why)?;
            let problem = (StatusCode::UNPROCESSABLE_ENTITY, bad, String::new());
            shown(&app, &caller, &req, &code, ending, Some(problem)).await
        }
    }
}

#[derive(Template)]
#[template(path = "drills/letters.html")]
struct Letters {
    page: Page,
    code: String,
    letters: Vec<Message>,
}

impl Letters {
    fn report(&self) -> String {
        format!("/dien-tap/{}", self.code)
    }
}

async fn letters(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let letters = drills::letters(&app.office, &caller.ctx, &code).await?;
    let page = Page::new(&app, &caller, &req, "drill-letters-title", "drills");
    html(&Letters { page, code: code.into_inner(), letters })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::words::Language;

    #[test]
    fn a_time_is_said_in_two_words_at_most() {
        let vi = Texts(Language::Vi);
        let said = [45, 61, 3_725, 90_000].map(|seconds| lasting(vi, seconds));
        assert_eq!(said, ["45 giây", "1 phút 1 giây", "1 giờ 2 phút", "1 ngày 1 giờ"]);
    }
}
