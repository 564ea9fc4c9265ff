//! Information systems: list, one, forms, taking out of use.

use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::form::{Back, Field, Sheet, again, encoded, show};
use super::{Asked, ROWS, administers};
use crate::actions::systems::{self as verbs, Portrait, Wanted};
use crate::app::App;
use crate::domain::directory::SystemText;
use crate::domain::sight::Verb;
use crate::domain::words::SystemKind;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{Page, html, see_with};
use crate::records::{Organisation, System};
use crate::texts::Texts;

pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/quan-tri/he-thong", web::get().to(list))
        .route("/quan-tri/them-he-thong", web::get().to(new_page))
        .route("/quan-tri/them-he-thong", web::post().to(create))
        .route("/quan-tri/he-thong/{key}", web::get().to(one))
        .route("/quan-tri/he-thong/{key}/sua", web::get().to(edit_page))
        .route("/quan-tri/he-thong/{key}/sua", web::post().to(edit))
        .route("/quan-tri/he-thong/{key}/ngung", web::post().to(retire));
}

#[derive(Template)]
#[template(path = "organisations/systems.html")]
struct List {
    page: Page,
    asked: Asked,
    filtered: bool,
    kinds: &'static [SystemKind],
    rows: Vec<(System, Organisation)>,
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
        organisation: None,
        text: asked.tim.clone(),
        retired: !asked.het.is_empty(),
        after: asked.sau.clone(),
        limit: ROWS,
    };
    let part = verbs::list(&app.office, &caller.ctx, wanted).await?;
    html(&List {
        page: Page::new(&app, &caller, &req, "dir-systems", "systems"),
        filtered: asked.filtered(),
        kinds: SystemKind::ALL,
        rows: part.items,
        first: asked.first("/quan-tri/he-thong"),
        next: part.next.map(|after| asked.part("/quan-tri/he-thong", &after)).unwrap_or_default(),
        admin: administers(&caller),
        asked,
    })
}

#[derive(Template)]
#[template(path = "organisations/system.html")]
struct One {
    page: Page,
    it: Portrait,
    kind: String,
    retire: String,
    admin: bool,
}

async fn one(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    let it = verbs::one(&app.office, &caller.ctx, &key).await?;
    let page = Page::new(&app, &caller, &req, "dir-systems", "systems");
    html(&One {
        kind: page.t.t(&format!("systemkind-{}", it.system.kind)),
        retire: format!("{}/ngung", path(&key)),
        admin: administers(&caller),
        page: page.titled(it.system.name.clone()),
        it,
    })
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Filled {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    version: i32,
    #[serde(flatten)]
    typed: SystemText,
}

fn fields(t: Texts, typed: &SystemText, is_new: bool) -> Vec<Field> {
    let field = |name, value: &str| Field::new(t, name, value);
    let (org, many) = (t.t("dir-org-key-hint"), t.t("dir-list-hint"));
    let key = field("key", &typed.key);
    vec![
        if is_new { key.needed().up_to(40) } else { key.fixed() },
        field("name", &typed.name).needed(),
        field("kind", &typed.kind).needed().one_of(t, "systemkind", SystemKind::ALL),
        field("level", &typed.level).hint(format!("1–5 · {}", t.t("dir-level-none"))).up_to(1),
        field("owner", &typed.owner).needed().hint(org.clone()),
        field("operator", &typed.operator).hint(org.clone()),
        field("providers", &typed.providers).hint(format!("{org} {many}")).up_to(2_000),
        field("domains", &typed.domains).hint(many).up_to(2_000),
        field("addresses", &typed.addresses).hint(t.t("dir-addresses-hint")).up_to(2_000),
        field("priority_rules", &typed.priority_rules).long(),
    ]
}

fn path(key: &str) -> String {
    format!("/quan-tri/he-thong/{}", encoded(key))
}

fn new_sheet(t: Texts, typed: &SystemText) -> Sheet {
    Sheet {
        title: t.t("dir-system-new"),
        back: Back { href: "/quan-tri/he-thong".to_owned(), label: t.t("dir-systems") },
        action: "/quan-tri/them-he-thong".to_owned(),
        version: 0,
        fields: fields(t, typed, true),
    }
}

async fn new_page(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    Verb::Administer.by(&caller.ctx.actor)?;
    let typed = SystemText::default();
    show(&app, &caller, &req, new_sheet(Texts(caller.ctx.language), &typed))
}

async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    filled: Form<Filled>,
) -> Result<HttpResponse> {
    caller.checked(&filled.csrf)?;
    let typed = filled.into_inner().typed;
    match verbs::create(&app.office, &caller.ctx, typed.clone()).await {
        Ok(made) => Ok(see_with(&path(&made.key), "ok", "flash-dir-system")),
        Err(why) => {
            let sheet = new_sheet(Texts(caller.ctx.language), &typed);
            again(&app, &caller, &req, sheet, why, None)
        }
    }
}

fn edit_sheet(t: Texts, key: &str, typed: &SystemText, version: i32) -> Sheet {
    Sheet {
        title: t.t("dir-edit"),
        back: Back { href: path(key), label: key.to_owned() },
        action: format!("{}/sua", path(key)),
        version,
        fields: fields(t, typed, false),
    }
}

async fn edit_page(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
) -> Result<HttpResponse> {
    Verb::Administer.by(&caller.ctx.actor)?;
    let it = verbs::one(&app.office, &caller.ctx, &key).await?;
    let t = Texts(caller.ctx.language);
    show(&app, &caller, &req, edit_sheet(t, &key, &it.typed(), it.system.version))
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
        Ok(_) => Ok(see_with(&path(&key), "ok", "flash-dir-system")),
        Err(why) => {
            let theirs = match &why {
                Error::Stale { .. } => {
                    let now = verbs::one(&app.office, &caller.ctx, &key).await?;
                    Some(fields(t, &now.typed(), false))
                }
                _ => None,
            };
            again(&app, &caller, &req, edit_sheet(t, &key, &typed, version), why, theirs)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pressed {
    csrf: String,
    version: i32,
}

async fn retire(
    app: Data<App>,
    caller: Caller,
    key: Path<String>,
    pressed: Form<Pressed>,
) -> Result<HttpResponse> {
    caller.checked(&pressed.csrf)?;
    match verbs::retire(&app.office, &caller.ctx, &key, pressed.version).await {
        Ok(_) => Ok(see_with(&path(&key), "ok", "flash-dir-retired")),
        Err(Error::Stale { .. }) => Ok(see_with(&path(&key), "warn", "flash-dir-stale")),
        Err(why) => Err(why),
    }
}
