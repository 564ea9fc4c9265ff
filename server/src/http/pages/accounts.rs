//! The administrator's pages of accounts: list, new, edit, lock, unlock, reset.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::proof::Proved;
use super::session::{all, first};
use super::telling::LinkRow;
use crate::actions::accounts::{self, Details, Left, Shown, Wanted};
use crate::actions::chat::links;
use crate::actions::{places, second_factor};
use crate::app::App;
use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::{LinkPurpose, Role};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::refusal_text;
use crate::http::page::{Bad, BadFields, Page, html, html_with, see_with};
use crate::records::Account;
use crate::texts::Texts;

const LIST: &str = "/quan-tri/tai-khoan";

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/tai-khoan", web::get().to(list))
        .route("/quan-tri/tai-khoan/moi", web::get().to(new_form))
        .route("/quan-tri/tai-khoan/moi", web::post().to(create))
        .route("/quan-tri/tai-khoan/{id}", web::get().to(one))
        .route("/quan-tri/tai-khoan/{id}", web::post().to(edit))
        .route("/quan-tri/tai-khoan/{id}/khoa", web::post().to(lock))
        .route("/quan-tri/tai-khoan/{id}/mo-khoa", web::post().to(unlock))
        .route("/quan-tri/tai-khoan/{id}/cong-van", web::post().to(file_letter))
        .route("/quan-tri/tai-khoan/{id}/dat-lai", web::post().to(reset))
        .route("/quan-tri/tai-khoan/{id}/bo-xac-thuc", web::post().to(reset_totp));
}

/// An account ready to read.
struct Row {
    id: String,
    name: String,
    email: String,
    organisation: String,
    roles: String,
    state: &'static str,
    reason: String,
    letter: String,
    last: String,
}

impl Row {
    fn of(t: Texts, shown: &Shown) -> Self {
        let account = &shown.account;
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            email: account.email.clone(),
            organisation: shown.organisation.short_name.clone(),
            roles: shown
                .roles
                .iter()
                .map(|role| t.t(&format!("role-{role}")))
                .collect::<Vec<_>>()
                .join(" · "),
            state: accounts::state(account),
            reason: account.lock_reason.clone().unwrap_or_default(),
            letter: account.lock_letter.clone().unwrap_or_default(),
            last: account.last_sign_in_at.map(|at| at.local()).unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct ListPage {
    page: Page,
    q: String,
    rows: Vec<Row>,
    chased: Vec<Account>,
    first: String,
    next: String,
}

async fn list(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    wanted: Query<Wanted>,
) -> Result<HttpResponse> {
    let wanted = wanted.into_inner();
    let page = Page::new(&app, &caller, &req, "nav-accounts", "accounts");
    let chased = accounts::without_letter(&app.office, &caller.ctx).await?;
    let found = accounts::list(&app.office, &caller.ctx, wanted.clone()).await?;
    let to = |cursor: Option<&str>| {
        let mut pairs = Vec::new();
        if !wanted.q.is_empty() {
            pairs.push(("q", wanted.q.as_str()));
        }
        if let Some(cursor) = cursor {
            pairs.push(("cursor", cursor));
        }
        match query(&pairs) {
            text if text.is_empty() => LIST.to_owned(),
            text => format!("{LIST}?{text}"),
        }
    };
    html(&ListPage {
        rows: found.items.iter().map(|shown| Row::of(page.t, shown)).collect(),
        first: wanted.cursor.as_ref().map(|_| to(None)).unwrap_or_default(),
        next: found.next.as_deref().map(|next| to(Some(next))).unwrap_or_default(),
        q: wanted.q.clone(),
        chased,
        page,
    })
}

/// A query string of these pairs.
fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|b| match b {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(b).to_string()
                }
                b => format!("%{b:02X}"),
            })
            .collect()
    };
    let parts: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    parts.join("&")
}

#[derive(Template)]
#[template(path = "accounts/edit.html")]
struct EditPage {
    page: Page,
    action: String,
    shown: Option<Row>,
    details: Details,
    version: i32,
    roles: Vec<(&'static str, bool)>,
    organisations: Vec<(String, String)>,
    errors: BadFields,
    stale: bool,
    second_factor: bool,
    chats: Vec<LinkRow>,
}

/// The form, with what was typed or what is there.
async fn edit_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    shown: Option<&Shown>,
    details: Details,
    errors: BadFields,
) -> Result<EditPage> {
    Verb::Administer.by(&caller.ctx.actor)?;
    let now = caller.ctx.now;
    let there = places::all(&app.office, now).await?;
    let organisations = there.into_iter().map(|one| (one.key, one.name)).collect();
    let mut page = Page::new(app, caller, req, "accounts-new", "accounts");
    if let Some(shown) = shown {
        page = page.titled(shown.account.name.clone());
    }
    let ticked = |role: &Role| details.roles.iter().any(|word| word == role.as_word());
    Ok(EditPage {
        action: match shown {
            Some(shown) => format!("{LIST}/{}", shown.account.id),
            None => format!("{LIST}/moi"),
        },
        shown: shown.map(|shown| Row::of(page.t, shown)),
        version: shown.map_or(0, |shown| shown.account.version),
        roles: Role::ALL.iter().map(|role| (role.as_word(), ticked(role))).collect(),
        organisations,
        details,
        errors,
        stale: false,
        second_factor: match shown {
            Some(shown) => second_factor::has(&app.office, &caller.ctx, shown.account.id).await?,
            None => false,
        },
        chats: match shown {
            Some(shown) => links::of(&app.office, &caller.ctx, shown.account.id)
                .await?
                .iter()
                .map(LinkRow::of)
                .collect(),
            None => Vec::new(),
        },
        page,
    })
}

async fn new_form(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    let blank = Details::default();
    html(&edit_page(&app, &caller, &req, None, blank, BadFields::default()).await?)
}

fn details(form: &[(String, String)]) -> Details {
    Details {
        organisation: first(form, "organisation"),
        name: first(form, "name"),
        title: first(form, "title"),
        email: first(form, "email"),
        phone: first(form, "phone"),
        language: first(form, "language"),
        roles: all(form, "roles"),
    }
}

/// Field errors as they are, an address that is taken beside the address.
fn in_form(t: Texts, why: Error) -> Result<BadFields> {
    match why {
        Error::Refused(refusal @ Refusal::Exists { .. }) => {
            Ok(BadFields(vec![Bad { field: "email", message: refusal_text(t, &refusal) }]))
        }
        why => BadFields::of(t, why),
    }
}

#[derive(Template)]
#[template(path = "accounts/done.html")]
struct DonePage {
    page: Page,
    name: String,
    email: String,
    text: String,
    link: String,
    left: Vec<Left>,
}

async fn create(
    app: Data<App>,
    req: HttpRequest,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let typed = details(&form);
    match accounts::create(&app.office, &caller.ctx, typed.clone()).await {
        Ok(linked) => html(&linked_page(&app, &caller, &req, &linked)),
        Err(why) => {
            let errors = in_form(Texts(caller.ctx.language), why)?;
            let page = edit_page(&app, &caller, &req, None, typed, errors).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// A link was made: an activation is shown once, a reset goes to the owner alone.
fn linked_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    linked: &accounts::Linked,
) -> DonePage {
    let page = Page::new(app, caller, req, "nav-accounts", "accounts");
    let base = app.config().server.base_url.trim_end_matches('/');
    let (text, link) = match linked.purpose {
        LinkPurpose::Activation => ("account-invited", format!("{base}{}", linked.path)),
        LinkPurpose::Reset => ("account-reset-sent", String::new()),
    };
    DonePage {
        text: page.t.t(text),
        name: linked.account.name.clone(),
        email: linked.account.email.clone(),
        link,
        left: Vec::new(),
        page,
    }
}

/// The account of a path.
fn id_of(path: &str) -> Result<AccountId> {
    path.parse().map_err(|_| Error::NotFound("account"))
}

fn there(shown: &Shown) -> Details {
    Details {
        organisation: shown.organisation.key.clone(),
        name: shown.account.name.clone(),
        title: shown.account.title.clone(),
        email: shown.account.email.clone(),
        phone: shown.account.phone.clone(),
        language: shown.account.language.to_string(),
        roles: shown.roles.iter().map(|role| role.as_word().to_owned()).collect(),
    }
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    let shown = accounts::one(&app.office, &caller.ctx, id_of(&id)?).await?;
    let details = there(&shown);
    html(&edit_page(&app, &caller, &req, Some(&shown), details, BadFields::default()).await?)
}

async fn edit(
    app: Data<App>,
    req: HttpRequest,
    id: Path<String>,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    let typed = details(&form);
    let version = first(&form, "version").parse().unwrap_or(0);
    let shown = accounts::one(&app.office, &caller.ctx, id).await?;
    match accounts::edit(&app.office, &caller.ctx, id, typed.clone(), version).await {
        Ok(left) if left.is_empty() => {
            Ok(see_with(&format!("{LIST}/{id}"), "ok", "flash-account-saved"))
        }
        Ok(left) => html(&left_page(&app, &caller, &req, &shown, "flash-account-saved", left)),
        Err(Error::Stale { now }) => {
            // What was typed stays; sent again, it goes over what is there now.
            let errors = BadFields::default();
            let mut page = edit_page(&app, &caller, &req, Some(&shown), typed, errors).await?;
            page.version = now;
            page.stale = true;
            html_with(StatusCode::CONFLICT, &page)
        }
        Err(why) => {
            let errors = in_form(Texts(caller.ctx.language), why)?;
            let page = edit_page(&app, &caller, &req, Some(&shown), typed, errors).await?;
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

fn left_page(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    shown: &Shown,
    text: &str,
    left: Vec<Left>,
) -> DonePage {
    let page = Page::new(app, caller, req, "nav-accounts", "accounts");
    DonePage {
        text: page.t.t(text),
        name: shown.account.name.clone(),
        email: shown.account.email.clone(),
        link: String::new(),
        left,
        page,
    }
}

/// The account's page again, with what was wrong in one of the small forms.
async fn again(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    shown: &Shown,
    why: Error,
) -> Result<HttpResponse> {
    let errors = BadFields::of(Texts(caller.ctx.language), why)?;
    let page = edit_page(app, caller, req, Some(shown), there(shown), errors).await?;
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn lock(
    app: Data<App>,
    req: HttpRequest,
    id: Path<String>,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    let shown = accounts::one(&app.office, &caller.ctx, id).await?;
    let (reason, letter) = (first(&form, "reason"), first(&form, "letter"));
    match accounts::lock(&app.office, &caller.ctx, id, &reason, &letter).await {
        Ok(left) => html(&left_page(&app, &caller, &req, &shown, "flash-account-locked", left)),
        Err(why) => again(&app, &caller, &req, &shown, why).await,
    }
}

async fn unlock(
    app: Data<App>,
    req: HttpRequest,
    id: Path<String>,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    match accounts::unlock(&app.office, &caller.ctx, id, &first(&form, "reason")).await {
        Ok(()) => Ok(see_with(&format!("{LIST}/{id}"), "ok", "flash-account-unlocked")),
        Err(why) => {
            let shown = accounts::one(&app.office, &caller.ctx, id).await?;
            again(&app, &caller, &req, &shown, why).await
        }
    }
}

async fn file_letter(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let id = id_of(&id)?;
    match accounts::file_letter(&app.office, &caller.ctx, id, &first(&form, "letter")).await {
        Ok(()) => Ok(see_with(LIST, "ok", "flash-letter-filed")),
        Err(why) => {
            let shown = accounts::one(&app.office, &caller.ctx, id).await?;
            again(&app, &caller, &req, &shown, why).await
        }
    }
}

async fn reset(
    app: Data<App>,
    req: HttpRequest,
    id: Path<String>,
    Proved { caller, .. }: Proved,
) -> Result<HttpResponse> {
    let linked = accounts::reset(&app.office, &caller.ctx, id_of(&id)?).await?;
    html(&linked_page(&app, &caller, &req, &linked))
}

async fn reset_totp(
    app: Data<App>,
    id: Path<String>,
    Proved { caller, .. }: Proved,
) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    second_factor::reset(&app.office, &caller.ctx, id).await?;
    Ok(see_with(&format!("{LIST}/{id}"), "ok", "flash-totp-reset"))
}
