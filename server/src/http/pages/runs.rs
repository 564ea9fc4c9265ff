//! Where the procedures of a case stand, and the version in force for one that runs.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::session::first;
use crate::actions::run_version::{self, Apply, Preview};
use crate::actions::run_view::{self, RunView, Runs, StepView};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::ids::RunId;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::{refusal_text, words};
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/su-co/{code}/quy-trinh", web::get().to(show))
        .route("/su-co/{code}/quy-trinh/{run}/ban-moi", web::get().to(preview))
        .route("/su-co/{code}/quy-trinh/{run}/ban-moi", web::post().to(apply));
}

#[derive(Template)]
#[template(path = "playbooks/run.html")]
struct RunPage {
    page: Page,
    it: Runs,
}

impl RunPage {
    fn who(&self, roles: &[String]) -> String {
        who(self.page.t, roles)
    }

    /// What a step does, in a sentence.
    fn does(&self, kind: &str, to: &[String]) -> String {
        self.page.t.t1(&format!("run-kind-{kind}"), "who", &self.who(to))
    }

    /// What is done by nobody: a pause.
    fn pause(&self, kind: &str) -> String {
        self.does(kind, &[])
    }

    fn behind(&self, now: &u32, own: &u32) -> String {
        let (now, own) = (now.to_string(), own.to_string());
        self.page.t.with("run-other-version", &[("now", &now), ("own", &own)])
    }

    fn status(&self, step: &StepView) -> String {
        match step.answer {
            Some(true) => self.page.t.t("question-yes"),
            Some(false) => self.page.t.t("question-no"),
            None => self.page.t.t(&format!("run-status-{}", step.status)),
        }
    }

    /// How a chip of this status looks.
    fn tone(&self, step: &StepView) -> &'static str {
        match (step.status, step.late) {
            ("open", true) => "chip--bad",
            ("open", false) => "chip--live",
            ("done", _) => "chip--good",
            ("refused" | "failed", _) => "chip--bad",
            _ => "chip--ended",
        }
    }

    /// What no entry of the timeline says of the run: left out, waited, remembered.
    fn quiet<'r>(&self, run: &'r RunView) -> Vec<&'r StepView> {
        let told = |step: &&StepView| {
            step.status == "skipped"
                || (step.status == "done" && matches!(step.kind, "wait" | "set"))
        };
        run.steps.iter().filter(told).collect()
    }

    fn role(&self, word: &str) -> String {
        role(self.page.t, word)
    }
}

/// A role of a playbook in words.
fn role(t: Texts, word: &str) -> String {
    t.t1("playbook-role", "role", word)
}

fn who(t: Texts, roles: &[String]) -> String {
    roles.iter().map(|word| role(t, word)).collect::<Vec<_>>().join(", ")
}

async fn show(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let it = run_view::runs(&app.office, &caller.ctx, &code).await?;
    let page = Page::new(&app, &caller, &req, "run-title", "queue");
    html(&RunPage { page, it })
}

#[derive(Template)]
#[template(path = "playbooks/rebase.html")]
struct RebasePage {
    page: Page,
    it: Preview,
    reason: String,
    errors: BadFields,
    trouble: String,
}

impl RebasePage {
    fn versions(&self) -> String {
        let (from, to) = (self.it.from.to_string(), self.it.to.to_string());
        let values = [("from", from.as_str()), ("to", &to), ("playbook", &self.it.playbook)];
        self.page.t.with("rebase-from-to", &values)
    }

    fn who(&self, roles: &[String]) -> String {
        who(self.page.t, roles)
    }

    fn does(&self, kind: &str, to: &[String]) -> String {
        self.page.t.t1(&format!("run-kind-{kind}"), "who", &self.who(to))
    }

    fn at(&self, at: &Option<Timestamp>) -> String {
        at.map_or_else(|| self.page.t.t("part-none"), Timestamp::local)
    }
}

fn id_of(id: &str) -> Result<RunId> {
    id.parse().map_err(|_| Error::NotFound("run"))
}

async fn rebase_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    code: &str,
    run: &str,
) -> Result<RebasePage> {
    let it = run_version::preview(&app.office, &caller.ctx, code, id_of(run)?).await?;
    Ok(RebasePage {
        page: Page::new(app, caller, req, "rebase-title", "queue"),
        it,
        reason: String::new(),
        errors: BadFields::default(),
        trouble: String::new(),
    })
}

async fn preview(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    html(&rebase_page(&app, &caller, &req, &at.0, &at.1).await?)
}

async fn apply(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (code, run) = at.into_inner();
    let wanted = Apply {
        reason: first(&form, "reason"),
        text: first(&form, "text"),
        // A version that cannot be read is older than every version.
        version: Some(first(&form, "version").parse().unwrap_or(0)),
    };
    let reason = wanted.reason.clone();
    let why = match run_version::apply(&app.office, &caller.ctx, &code, id_of(&run)?, wanted).await
    {
        Ok(()) => {
            return Ok(see_with(&format!("/su-co/{code}/quy-trinh"), "ok", "flash-run-version"));
        }
        Err(why) => why,
    };
    let t = Texts(caller.ctx.language);
    let status = StatusCode::from_u16(why.face().0).unwrap_or(StatusCode::CONFLICT);
    // The preview as it is now, with what was typed.
    let mut page = rebase_page(&app, &caller, &req, &code, &run).await?;
    page.reason = reason;
    match why {
        Error::Refused(Refusal::Fields(fields)) => page.errors = BadFields::from(t, &fields),
        Error::Refused(refusal @ Refusal::NotReady { .. }) => {
            page.trouble = refusal_text(t, &refusal);
        }
        Error::Stale { .. } => page.trouble = words(t, &why).1,
        why => return Err(why),
    }
    html_with(status, &page)
}
