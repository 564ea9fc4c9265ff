//! The directory's pages: organisations with their functions over time. Contact points, systems,
//! the import and report links have rooms of their own below.

mod contacts;
mod form;
mod import;
mod link;
mod systems;

use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use self::form::{Back, Field, Sheet, again, show};
pub(in crate::http) use self::link::{qr_svg, report_url};
use crate::actions::organisations::{self as verbs, Portrait, Wanted};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::directory::{self, OrganisationText};
use crate::domain::ids::FunctionId;
use crate::domain::sight::Verb;
use crate::domain::words::{Function, OrganisationKind};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{Page, html, see_with};
use crate::records::{HeldFunction, Organisation};
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/don-vi", web::get().to(list))
        .route("/quan-tri/them-don-vi", web::get().to(new_page))
        .route("/quan-tri/them-don-vi", web::post().to(create))
        .route("/quan-tri/don-vi/{key}", web::get().to(one))
        .route("/quan-tri/don-vi/{key}/sua", web::get().to(edit_page))
        .route("/quan-tri/don-vi/{key}/sua", web::post().to(edit))
        .route("/quan-tri/don-vi/{key}/chuc-nang", web::get().to(function_page))
        .route("/quan-tri/don-vi/{key}/chuc-nang", web::post().to(add_function))
        .route("/quan-tri/don-vi/{key}/chuc-nang/{id}", web::get().to(end_page))
        .route("/quan-tri/don-vi/{key}/chuc-nang/{id}", web::post().to(end_function))
        .configure(contacts::routes)
        .configure(systems::routes)
        .configure(import::routes)
        .configure(link::routes);
}

/// A list's filter, as the address has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    tim: String,
    loai: String,
    het: String,
    sau: String,
}

impl Asked {
    fn filtered(&self) -> bool {
        !(self.tim.is_empty() && self.loai.is_empty() && self.het.is_empty())
    }

    /// The address of a part of the list with the same filter.
    fn part(&self, path: &str, after: &str) -> String {
        let pairs =
            [("tim", &*self.tim), ("loai", &*self.loai), ("het", &*self.het), ("sau", after)];
        let query: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", form::encoded(value)))
            .collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }

    /// The way back to the start, once one is past it.
    fn first(&self, path: &str) -> String {
        if self.sau.is_empty() { String::new() } else { self.part(path, "") }
    }
}

/// Rows of one page of a list.
const ROWS: usize = 50;

fn administers(caller: &Caller) -> bool {
    Verb::Administer.by(&caller.ctx.actor).is_ok()
}

struct Row {
    of: Organisation,
    ended: bool,
}

#[derive(Template)]
#[template(path = "organisations/list.html")]
struct List {
    page: Page,
    asked: Asked,
    filtered: bool,
    kinds: &'static [OrganisationKind],
    rows: Vec<Row>,
    first: String,
    next: String,
    admin: bool,
}

async fn list(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let asked = asked.into_inner();
    let wanted = Wanted {
        kind: asked.loai.parse().ok(),
        text: asked.tim.clone(),
        all_times: !asked.het.is_empty(),
        after: asked.sau.clone(),
        limit: ROWS,
    };
    let part = verbs::list(&app.office, &caller.ctx, wanted).await?;
    let now = caller.ctx.now;
    html(&List {
        page: Page::new(&app, &caller, &req, "dir-title", "organisations"),
        filtered: asked.filtered(),
        kinds: OrganisationKind::ALL,
        rows: part.items.into_iter().map(|of| Row { ended: ended(&of, now), of }).collect(),
        first: asked.first("/quan-tri/don-vi"),
        next: part.next.map(|after| asked.part("/quan-tri/don-vi", &after)).unwrap_or_default(),
        admin: administers(&caller),
        asked,
    })
}

fn ended(organisation: &Organisation, now: Timestamp) -> bool {
    organisation.valid_to.is_some_and(|end| end <= now)
}

/// A function over a period, in words.
struct Held {
    id: FunctionId,
    name: String,
    period: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "organisations/one.html")]
struct One {
    page: Page,
    it: Portrait,
    kind: String,
    period: String,
    ended: bool,
    functions: Vec<Held>,
    admin: bool,
}

/// A period in words; days are the province's.
fn period(t: Texts, from: Timestamp, to: Option<Timestamp>) -> String {
    let day = |at: Timestamp| at.local().chars().take(10).collect::<String>();
    match to {
        Some(to) => {
            let last = day(to - chrono::Duration::microseconds(1));
            t.with("dir-from-to", &[("from", &day(from)), ("to", &last)])
        }
        None => t.t1("dir-from-on", "from", &day(from)),
    }
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    let it = verbs::one(&app.office, &caller.ctx, &key).await?;
    let page = Page::new(&app, &caller, &req, "dir-title", "organisations");
    let (t, now) = (page.t, caller.ctx.now);
    let held = |held: &HeldFunction| Held {
        id: held.id,
        name: t.t(&format!("function-{}", held.function)),
        period: period(t, held.valid_from, held.valid_to),
        over: held.valid_to.is_some_and(|end| end <= now),
    };
    html(&One {
        kind: t.t(&format!("orgkind-{}", it.organisation.kind)),
        period: period(t, it.organisation.valid_from, it.organisation.valid_to),
        ended: ended(&it.organisation, now),
        functions: it.functions.iter().map(held).collect(),
        admin: administers(&caller),
        page: page.titled(it.organisation.name.clone()),
        it,
    })
}

/// The form of an organisation: what was typed, and a version to change.
#[derive(Debug, Clone, Default, Deserialize)]
struct Filled {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    version: i32,
    #[serde(default)]
    functions: String,
    #[serde(flatten)]
    typed: OrganisationText,
}

fn fields(t: Texts, typed: &OrganisationText, functions: Option<&str>) -> Vec<Field> {
    let field = |name, value: &str| Field::new(t, name, value);
    let day = t.t("dir-day-hint");
    let org = t.t("dir-org-key-hint");
    let mut all = vec![
        match functions {
            Some(_) => field("key", &typed.key).hint(t.t("dir-key-hint")).needed(),
            None => field("key", &typed.key).fixed(),
        },
        field("name", &typed.name).needed(),
        field("short_name", &typed.short_name),
        field("kind", &typed.kind).needed().one_of(t, "orgkind", OrganisationKind::ALL),
        field("parent", &typed.parent).hint(org.clone()),
        field("address", &typed.address),
        field("phone", &typed.phone).kind("tel"),
        field("email", &typed.email).kind("email"),
        field("mail_domain", &typed.mail_domain).hint(t.t("dir-mail-domain-hint")),
        field("valid_from", &form::local_day(&typed.valid_from)).needed().hint(day.clone()),
        field("valid_to", &form::local_day(&typed.valid_to)).hint(day),
        field("successor", &typed.successor).hint(org),
    ];
    if let Some(functions) = functions {
        let words: Vec<_> = Function::ALL.iter().map(|word| word.as_word()).collect();
        let hint = format!("{} {}", t.t("dir-list-hint"), words.join(" "));
        all.insert(4, field("functions", functions).hint(hint));
    }
    all
}

fn home(t: Texts) -> Back {
    Back { href: "/quan-tri/don-vi".to_owned(), label: t.t("dir-title") }
}

fn path(key: &str) -> String {
    format!("/quan-tri/don-vi/{}", form::encoded(key))
}

fn back(key: &str) -> Back {
    Back { href: path(key), label: key.to_owned() }
}

fn new_sheet(t: Texts, typed: &OrganisationText, functions: &str) -> Sheet {
    Sheet {
        title: t.t("dir-new"),
        back: home(t),
        action: "/quan-tri/them-don-vi".to_owned(),
        version: 0,
        fields: fields(t, typed, Some(functions)),
    }
}

async fn new_page(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    Verb::Administer.by(&caller.ctx.actor)?;
    let t = Texts(caller.ctx.language);
    let from = directory::shown_day(caller.ctx.now);
    let typed = OrganisationText { valid_from: from, ..OrganisationText::default() };
    show(&app, &caller, &req, new_sheet(t, &typed, ""))
}

async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    filled: Form<Filled>,
) -> Result<HttpResponse> {
    caller.checked(&filled.csrf)?;
    let Filled { typed, functions, .. } = filled.into_inner();
    match verbs::create(&app.office, &caller.ctx, typed.clone(), &functions).await {
        Ok(made) => Ok(see_with(&path(&made.key), "ok", "flash-dir-created")),
        Err(why) => {
            let sheet = new_sheet(Texts(caller.ctx.language), &typed, &functions);
            again(&app, &caller, &req, sheet, why, None)
        }
    }
}

fn edit_sheet(t: Texts, key: &str, typed: &OrganisationText, version: i32) -> Sheet {
    Sheet {
        title: t.t("dir-edit"),
        back: back(key),
        action: format!("{}/sua", path(key)),
        version,
        fields: fields(t, typed, None),
    }
}

async fn edit_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    let (typed, version) = verbs::to_edit(&app.office, &caller.ctx, &key).await?;
    show(&app, &caller, &req, edit_sheet(Texts(caller.ctx.language), &key, &typed, version))
}

async fn edit(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    filled: Form<Filled>,
) -> Result<HttpResponse> {
    caller.checked(&filled.csrf)?;
    let Filled { mut typed, version, .. } = filled.into_inner();
    key.as_str().clone_into(&mut typed.key);
    let t = Texts(caller.ctx.language);
    match verbs::edit(&app.office, &caller.ctx, &key, version, typed.clone()).await {
        Ok(_) => Ok(see_with(&path(&key), "ok", "flash-dir-saved")),
        Err(why) => {
            let theirs = match &why {
                Error::Stale { .. } => {
                    let (theirs, _) = verbs::to_edit(&app.office, &caller.ctx, &key).await?;
                    Some(fields(t, &theirs, None))
                }
                _ => None,
            };
            let sheet = edit_sheet(t, &key, &typed, version);
            again(&app, &caller, &req, sheet, why, theirs)
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    csrf: String,
    function: String,
    from: String,
    to: String,
    last_day: String,
}

fn function_sheet(t: Texts, key: &str, given: &Given) -> Sheet {
    let day = t.t("dir-day-hint");
    Sheet {
        title: t.t("dir-function-add"),
        back: back(key),
        action: format!("{}/chuc-nang", path(key)),
        version: 0,
        fields: vec![
            Field::new(t, "function", &given.function).needed().one_of(
                t,
                "function",
                Function::ALL,
            ),
            Field::new(t, "from", &given.from)
                .labelled(t.t("dir-function-from"))
                .needed()
                .hint(day.clone()),
            Field::new(t, "to", &given.to).labelled(t.t("dir-function-to")).hint(day),
        ],
    }
}

async fn function_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    verbs::to_edit(&app.office, &caller.ctx, &key).await?;
    let sheet = function_sheet(Texts(caller.ctx.language), &key, &Given::default());
    show(&app, &caller, &req, sheet)
}

async fn add_function(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    given: Form<Given>,
) -> Result<HttpResponse> {
    caller.checked(&given.csrf)?;
    let Given { function, from, to, .. } = &*given;
    match verbs::add_function(&app.office, &caller.ctx, &key, function, from, to).await {
        Ok(_) => Ok(see_with(&path(&key), "ok", "flash-dir-function")),
        Err(why) => {
            let sheet = function_sheet(Texts(caller.ctx.language), &key, &given);
            again(&app, &caller, &req, sheet, why, None)
        }
    }
}

fn end_sheet(t: Texts, key: &str, id: FunctionId, last_day: &str) -> Sheet {
    let field = Field::new(t, "last_day", last_day)
        .labelled(t.t("dir-function-last"))
        .needed()
        .hint(t.t("dir-day-hint"));
    Sheet {
        title: t.t("dir-function-end"),
        back: back(key),
        action: format!("{}/chuc-nang/{id}", path(key)),
        version: 0,
        fields: vec![field],
    }
}

async fn end_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, FunctionId)>,
) -> Result<HttpResponse> {
    verbs::to_edit(&app.office, &caller.ctx, &at.0).await?;
    show(&app, &caller, &req, end_sheet(Texts(caller.ctx.language), &at.0, at.1, ""))
}

async fn end_function(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    at: Path<(String, FunctionId)>,
    given: Form<Given>,
) -> Result<HttpResponse> {
    caller.checked(&given.csrf)?;
    let day = &given.last_day;
    match verbs::end_function(&app.office, &caller.ctx, &at.0, at.1, day).await {
        Ok(_) => Ok(see_with(&path(&at.0), "ok", "flash-dir-function")),
        Err(why) => {
            let sheet = end_sheet(Texts(caller.ctx.language), &at.0, at.1, day);
            again(&app, &caller, &req, sheet, why, None)
        }
    }
}

#[cfg(test)]
mod tests;
