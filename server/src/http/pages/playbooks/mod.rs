//! The library of playbooks: the list, one with its versions, one version with what it changes, and
//! the decision of a second person. The editor has a room of its own.

mod editor;
#[cfg(test)]
mod tests;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::proof::Proved;
use super::session::first;
use crate::actions::library::{self, Entry, Portrait, Proposed, Running, VersionView};
use crate::app::App;
use crate::domain::ids::PlaybookVersionId;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::refusal_text;
use crate::http::page::{BadFields, Page, html, html_with, see_with, see_with_value};
use crate::texts::Texts;

pub(super) const LIST: &str = "/quy-trinh";

/// The area's routes. The editor's come first: `soan` is no playbook.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.configure(editor::routes)
        .route("/quy-trinh", web::get().to(list))
        .route("/quy-trinh/{name}", web::get().to(one))
        .route("/quy-trinh/{name}/cacao.json", web::get().to(cacao))
        .route("/quy-trinh/{name}/ve-ban-goc", web::post().to(to_shipped))
        .route("/quy-trinh/{name}/ban/{id}", web::get().to(version))
        .route("/quy-trinh/{name}/ban/{id}/duyet", web::post().to(approve))
        .route("/quy-trinh/{name}/ban/{id}/tu-choi", web::post().to(refuse))
        .route("/quy-trinh/{name}/ban/{id}/rut", web::post().to(withdraw));
}

#[derive(Template)]
#[template(path = "playbooks/list.html")]
struct ListPage {
    page: Page,
    entries: Vec<Entry>,
    writes: bool,
}

impl ListPage {
    fn running(&self, entry: &Entry) -> i64 {
        entry.running.iter().map(|one| one.cases).sum()
    }

    /// Running cases that follow another version than the one in force.
    fn behind(&self, entry: &Entry) -> i64 {
        let other =
            entry.running.iter().filter(|one| i64::from(one.version) != i64::from(entry.version));
        other.map(|one| one.cases).sum()
    }
}

async fn list(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    let entries = library::entries(&app.office, &caller.ctx).await?;
    let writes = writes(&caller);
    let page = Page::new(&app, &caller, &req, "nav-playbooks", "playbooks");
    html(&ListPage { page, entries, writes })
}

fn writes(caller: &Caller) -> bool {
    crate::domain::sight::Verb::WritePlaybook.by(&caller.ctx.actor).is_ok()
}

#[derive(Template)]
#[template(path = "playbooks/one.html")]
struct OnePage {
    page: Page,
    it: Portrait,
    first: String,
    next: String,
    note: String,
    errors: BadFields,
}

impl OnePage {
    fn used(&self, used: &Running) -> String {
        let (version, n) = (used.version.to_string(), used.cases.to_string());
        self.page.t.with("playbook-running-n", &[("version", &version), ("n", &n)])
    }

    fn lines(&self) -> Vec<(usize, &str)> {
        self.it.text.lines().enumerate().map(|(n, line)| (n + 1, line)).collect()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Paged {
    cursor: String,
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    name: Path<String>,
    paged: Query<Paged>,
) -> Result<HttpResponse> {
    html(&one_page(&app, &caller, &req, &name, &paged.cursor).await?)
}

async fn one_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    name: &str,
    cursor: &str,
) -> Result<OnePage> {
    let it = library::one(&app.office, &caller.ctx, name, cursor).await?;
    let page = Page::new(app, caller, req, "nav-playbooks", "playbooks");
    let path = format!("{LIST}/{name}");
    Ok(OnePage {
        page: page.titled(it.entry.title.clone()),
        first: if cursor.is_empty() { String::new() } else { path.clone() },
        next: it.next.as_ref().map(|next| format!("{path}?cursor={next}")).unwrap_or_default(),
        it,
        note: String::new(),
        errors: BadFields::default(),
    })
}

/// The playbook in force as a file for others.
async fn cacao(app: Data<App>, caller: Caller, name: Path<String>) -> Result<HttpResponse> {
    let tree = library::abroad(&app.office, &caller.ctx, &name).await?;
    let text = serde_json::to_string_pretty(&tree).map_err(Error::internal)?;
    let file = format!("attachment; filename=\"{name}.cacao.json\"");
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, file))
        .body(text))
}

async fn to_shipped(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    name: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let note = first(&form, "note");
    match library::propose_shipped(&app.office, &caller.ctx, &name, &note).await {
        Ok(proposed) => Ok(proposed_flash(&proposed)),
        Err(why) => {
            let errors = BadFields::of(Texts(caller.ctx.language), why)?;
            let mut page = one_page(&app, &caller, &req, &name, "").await?;
            page.errors = errors;
            page.note = note;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// To the new proposal's page, saying how many were asked.
pub(super) fn proposed_flash(proposed: &Proposed) -> HttpResponse {
    let row = &proposed.version;
    let path = format!("{LIST}/{}/ban/{}", row.name, row.id);
    match proposed.asked {
        0 => see_with(&path, "warn", "flash-playbook-proposed-alone"),
        asked => see_with_value(&path, "ok", "flash-playbook-proposed", &asked.to_string()),
    }
}

#[derive(Template)]
#[template(path = "playbooks/version.html")]
struct VersionPage {
    page: Page,
    it: VersionView,
    reason: String,
    errors: BadFields,
    trouble: String,
}

impl VersionPage {
    fn path(&self, verb: &str) -> String {
        format!("{LIST}/{}/ban/{}/{verb}", self.it.name, self.it.item.id)
    }

    fn lines(&self) -> Vec<(usize, &str)> {
        self.it.text.lines().enumerate().map(|(n, line)| (n + 1, line)).collect()
    }

    fn sum(&self) -> String {
        let difference = &self.it.difference;
        let (added, removed) = (difference.added.to_string(), difference.removed.to_string());
        let values = [("added", added.as_str()), ("removed", removed.as_str())];
        self.page.t.with("playbook-difference-sum", &values)
    }

    fn against(&self) -> String {
        let version = self.it.against_version.map(|n| n.to_string()).unwrap_or_default();
        self.page.t.t1(&format!("playbook-against-{}", self.it.against), "version", &version)
    }
}

fn id_of(id: &str) -> Result<PlaybookVersionId> {
    id.parse().map_err(|_| Error::NotFound("playbook_version"))
}

async fn version_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    name: &str,
    id: PlaybookVersionId,
) -> Result<VersionPage> {
    let it = library::version(&app.office, &caller.ctx, name, id).await?;
    let page = Page::new(app, caller, req, "nav-playbooks", "playbooks");
    Ok(VersionPage {
        page: page.titled(it.item.title.clone()),
        it,
        reason: String::new(),
        errors: BadFields::default(),
        trouble: String::new(),
    })
}

async fn version(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
) -> Result<HttpResponse> {
    let (name, id) = at.into_inner();
    html(&version_page(&app, &caller, &req, &name, id_of(&id)?).await?)
}

/// The version's page again, with what kept the decision from being made.
async fn not_done(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    at: (&str, PlaybookVersionId),
    reason: String,
    why: Error,
) -> Result<HttpResponse> {
    let t = Texts(caller.ctx.language);
    let status = StatusCode::from_u16(why.face().0).unwrap_or(StatusCode::CONFLICT);
    let mut page = version_page(app, caller, req, at.0, at.1).await?;
    match why {
        Error::Refused(Refusal::Fields(fields)) => page.errors = BadFields::from(t, &fields),
        Error::Refused(
            refusal @ (Refusal::OwnProposal | Refusal::AlreadyDecided | Refusal::NotReady { .. }),
        ) => page.trouble = refusal_text(t, &refusal),
        why => return Err(why),
    }
    page.reason = reason;
    html_with(status, &page)
}

async fn approve(
    app: Data<App>,
    req: HttpRequest,
    at: Path<(String, String)>,
    proved: Proved,
) -> Result<HttpResponse> {
    let caller = proved.caller;
    let (name, id) = at.into_inner();
    let id = id_of(&id)?;
    match library::approve(&app.office, &caller.ctx, id).await {
        Ok(row) => Ok(see_with(&format!("{LIST}/{}", row.name), "ok", "flash-playbook-approved")),
        Err(why) => not_done(&app, &caller, &req, (&name, id), String::new(), why).await,
    }
}

async fn refuse(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (name, id) = at.into_inner();
    let (id, reason) = (id_of(&id)?, first(&form, "reason"));
    match library::refuse(&app.office, &caller.ctx, id, &reason).await {
        Ok(row) => Ok(see_with(&format!("{LIST}/{}", row.name), "ok", "flash-playbook-refused")),
        Err(why) => not_done(&app, &caller, &req, (&name, id), reason, why).await,
    }
}

async fn withdraw(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (name, id) = at.into_inner();
    let id = id_of(&id)?;
    match library::withdraw(&app.office, &caller.ctx, id).await {
        Ok(row) => Ok(see_with(&format!("{LIST}/{}", row.name), "ok", "flash-playbook-withdrawn")),
        Err(why) => not_done(&app, &caller, &req, (&name, id), String::new(), why).await,
    }
}
