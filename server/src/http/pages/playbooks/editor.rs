//! The editor: a text, what is wrong with it at its lines, and what would happen. Without script the
//! buttons ask the server; with it the page asks the API while somebody types.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::proposed_flash;
use crate::actions::library::{
    self, Brought, Checked, Foreign, Problem, Proposal, Simulated, Trial,
};
use crate::app::App;
use crate::domain::sight::Verb;
use crate::error::Result;
use crate::http::caller::Caller;
use crate::http::form::limits_of;
use crate::http::page::{BadFields, Page, html, html_with};
use crate::http::pages::session::{all, first};
use crate::texts::Texts;

/// A text of 256 KiB, whose every letter a form writes as up to nine characters.
const LIMIT: usize = 2 * 1024 * 1024;
/// The flags of an incident that a simulation may assume.
const FLAGS: [&str; 4] = ["signs_of_crime", "beyond_capacity", "personal_data", "drill"];
/// The roles that may be silent.
const ROLES: [&str; 12] = [
    "duty_officer",
    "coordinator",
    "leader",
    "it_officer",
    "unit_head",
    "responders",
    "reporter",
    "parent_unit",
    "provider",
    "police",
    "national",
    "committee",
];

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/quy-trinh/soan")
            .app_data(limits_of(LIMIT))
            .route(web::get().to(form))
            .route(web::post().to(sent)),
    );
}

#[derive(Template)]
#[template(path = "playbooks/editor.html")]
struct EditorPage {
    page: Page,
    name: String,
    note: String,
    trial: Trial,
    check: Option<Checked>,
    simulated: Option<Simulated>,
    picture: String,
    /// What was assumed of a file of others that the text was made from.
    remarks: Vec<Problem>,
    errors: BadFields,
}

impl EditorPage {
    const fn roles(&self) -> &'static [&'static str] {
        &ROLES
    }

    const fn flags(&self) -> &'static [&'static str] {
        &FLAGS
    }

    fn categories(&self) -> &'static [&'static str] {
        playbooks::CATEGORIES
    }

    fn silent(&self, role: &str) -> bool {
        self.trial.silent.iter().any(|word| word == role)
    }

    fn with(&self, flag: &str) -> bool {
        self.trial.with.iter().any(|word| word == flag)
    }

    fn place(&self, line: &usize, column: &usize) -> String {
        let (line, column) = (line.to_string(), column.to_string());
        self.page.t.with("playbook-place", &[("line", &line), ("column", &column)])
    }

    /// No rows yet: the table's head is there for the script to fill.
    fn rows(&self) -> &[playbooks::Line] {
        self.simulated.as_ref().map_or(&[], |simulated| simulated.rows.as_slice())
    }

    fn more(&self) -> bool {
        self.simulated.as_ref().is_some_and(|simulated| simulated.more)
    }

    fn summary(&self) -> String {
        let Some(check) = &self.check else { return String::new() };
        if !check.fine {
            return self.page.t.t1("playbook-bad", "n", &check.problems.len().to_string());
        }
        let (version, steps) = (check.version.to_string(), check.steps.to_string());
        let values = [("title", check.title.as_str()), ("version", &version), ("steps", &steps)];
        self.page.t.with("playbook-good", &values)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Begin {
    /// The playbook to begin from.
    tu: String,
    /// One of its versions.
    ban: String,
}

async fn form(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    from: Query<Begin>,
) -> Result<HttpResponse> {
    let draft = library::draft(&app.office, &caller.ctx, &from.tu, &from.ban).await?;
    let trial = Trial { text: draft.text, ..Trial::default() };
    let page = tried(&app, &caller, &req, draft.name, trial, BadFields::default()).await?;
    html(&page)
}

/// The page with its text tried.
async fn tried(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    name: String,
    trial: Trial,
    mut errors: BadFields,
) -> Result<EditorPage> {
    Verb::WritePlaybook.by(&caller.ctx.actor)?;
    let t = Texts(caller.ctx.language);
    let simulated = match library::simulate(&app.office, &caller.ctx, trial.clone()).await {
        Ok(simulated) => Some(simulated),
        Err(why) => {
            errors.0.extend(BadFields::of(t, why)?.0);
            None
        }
    };
    let check = match &simulated {
        Some(simulated) => simulated.check.clone(),
        None => library::check(&app.office, &caller.ctx, trial.text.clone()).await?,
    };
    let title = if name.is_empty() { "playbook-new" } else { "playbook-edit" };
    Ok(EditorPage {
        page: Page::new(app, caller, req, title, "playbooks"),
        name,
        note: String::new(),
        trial,
        picture: simulated
            .as_ref()
            .filter(|simulated| !simulated.svg.is_empty())
            .map(|simulated| STANDARD.encode(&simulated.svg))
            .unwrap_or_default(),
        check: Some(check),
        simulated: simulated.filter(|simulated| simulated.check.fine),
        remarks: Vec::new(),
        errors,
    })
}

async fn sent(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (name, note) = (first(&form, "name"), first(&form, "note"));
    let mut trial = Trial {
        text: first(&form, "text").replace("\r\n", "\n"),
        silent: all(&form, "silent"),
        category: first(&form, "category"),
        with: all(&form, "with"),
        answers: first(&form, "answers").split_whitespace().map(str::to_owned).collect(),
        from: first(&form, "from"),
    };
    let mut errors = BadFields::default();
    let mut status = StatusCode::OK;
    if first(&form, "do") == "propose" {
        let of = (!name.is_empty()).then(|| name.clone());
        let typed = Proposal { text: trial.text.clone(), note: note.clone() };
        match library::propose(&app.office, &caller.ctx, of, typed).await {
            Ok(proposed) => return Ok(proposed_flash(&proposed)),
            Err(why) => errors = BadFields::of(Texts(caller.ctx.language), why)?,
        }
    }
    let brought = match first(&form, "do").as_str() {
        "import" => {
            let (text, plain) = (trial.text.clone(), Foreign::default());
            library::bring_text(&app.office, &caller.ctx, text, plain).await?
        }
        _ => Brought::default(),
    };
    if !brought.text.is_empty() {
        trial.text = brought.text;
    }
    let mut page = tried(&app, &caller, &req, name, trial, errors).await?;
    page.note = note;
    page.remarks = brought.remarks;
    if !brought.problems.is_empty() {
        status = StatusCode::UNPROCESSABLE_ENTITY;
        page.check = Some(Checked { problems: brought.problems, ..Checked::default() });
    }
    if !page.errors.0.is_empty() {
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    html_with(status, &page)
}
