//! How the owner of an account is told beside these pages: linking a chat by a QR code in each room
//! that is configured, what is linked, quiet hours.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::proof::Proved;
use super::session::first;
use crate::actions::chat::codes::{self, Drawn, Standing};
use crate::actions::chat::links::{self, PAGE};
use crate::actions::chat::settings::{self, Quiet};
use crate::app::App;
use crate::domain::ids::{AccountId, ChatLinkId, SessionId};
use crate::domain::refusal::Refusal;
use crate::domain::words::Room;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with, see_with};
use crate::records::ChatLink;
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/toi/bao-tin", web::get().to(page))
        .route("/toi/bao-tin/cho", web::get().to(wait))
        .route("/toi/bao-tin/ma", web::post().to(draw))
        .route("/toi/bao-tin/xac-nhan", web::post().to(confirm))
        .route("/toi/bao-tin/tu-choi", web::post().to(refuse))
        .route("/toi/bao-tin/lien-ket/{id}/go", web::post().to(end))
        .route("/toi/bao-tin/gio-yen-lang", web::post().to(quiet))
        .route("/quan-tri/tai-khoan/{id}/lien-ket/{link}/go", web::post().to(end_of));
}

/// A link ready to read.
pub(super) struct LinkRow {
    pub id: String,
    /// The room's word.
    pub room: Room,
    pub name: String,
    pub number: String,
    pub since: String,
    pub since_iso: String,
    pub broken: bool,
}

impl LinkRow {
    pub(super) fn of(link: &ChatLink) -> Self {
        Self {
            id: link.id.to_string(),
            room: link.room,
            name: link.name.clone(),
            number: link.person.clone(),
            since: link.linked_at.local(),
            since_iso: link.linked_at.rfc3339(),
            broken: link.broken_at.is_some(),
        }
    }
}

/// What the page waits for.
struct Wait {
    /// `none`, `waiting`, `arrived` or `late`.
    state: &'static str,
    /// The room's word; empty when nothing is waited for.
    room: &'static str,
    name: String,
    number: String,
    until: String,
}

impl Wait {
    fn of(standing: Standing) -> Self {
        let blank = |state| Self {
            state,
            room: "",
            name: String::new(),
            number: String::new(),
            until: String::new(),
        };
        match standing {
            Standing::None => blank("none"),
            Standing::Late => blank("late"),
            Standing::Waiting { room, until } => {
                Self { room: room.as_word(), until: until.local(), ..blank("waiting") }
            }
            Standing::Arrived { room, name, number, until } => {
                Self { state: "arrived", room: room.as_word(), name, number, until: until.local() }
            }
        }
    }
}

/// A code that was just drawn.
struct Fresh {
    room: Room,
    qr: String,
    link: String,
    typed: String,
    until: String,
}

impl Fresh {
    fn of(drawn: Drawn) -> Result<Self> {
        let qr = drawn.link.as_deref().map(picture).transpose()?.unwrap_or_default();
        let (link, until) = (drawn.link.unwrap_or_default(), drawn.until.local());
        Ok(Self { room: drawn.room, qr, link, typed: drawn.line, until })
    }
}

/// The QR code as an address of data: it is nobody else's and stands in no cache.
fn picture(link: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(Error::internal)?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)))
}

#[derive(Template)]
#[template(path = "accounts/telling.html")]
struct TellingPage {
    page: Page,
    /// The rooms that can be linked.
    rooms: Vec<Room>,
    links: Vec<LinkRow>,
    wait: Wait,
    fresh: Option<Fresh>,
    quiet: Quiet,
    errors: BadFields,
}

#[derive(Template)]
#[template(path = "accounts/chat-wait.html")]
struct WaitPage {
    page: Page,
    wait: Wait,
}

fn session(caller: &Caller) -> Option<SessionId> {
    caller.session.as_ref().map(|session| session.id)
}

async fn standing(app: &App, caller: &Caller) -> Result<Wait> {
    Ok(Wait::of(codes::standing(&app.office, &caller.ctx, session(caller)).await?))
}

async fn shown(app: &App, caller: &Caller, req: &HttpRequest) -> Result<TellingPage> {
    caller.ctx.actor.person()?;
    let links = links::own(&app.office, &caller.ctx).await?;
    Ok(TellingPage {
        page: Page::new(app, caller, req, "telling-title", "me"),
        rooms: app.config().rooms(),
        links: links.iter().map(LinkRow::of).collect(),
        wait: standing(app, caller).await?,
        fresh: None,
        quiet: settings::own(&app.office, &caller.ctx).await?,
        errors: BadFields::default(),
    })
}

async fn page(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&shown(&app, &caller, &req).await?)
}

/// What the page waits for, alone, for the live region.
async fn wait(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    let wait = standing(&app, &caller).await?;
    html(&WaitPage { page: Page::new(&app, &caller, &req, "telling-title", "me"), wait })
}

async fn draw(
    app: Data<App>,
    req: HttpRequest,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let room: Room = first(&form, "room").parse().map_err(|_| Error::NotFound("room"))?;
    let drawn = match codes::draw(&app.office, &caller.ctx, session(&caller), room).await {
        Ok(drawn) => drawn,
        Err(why) => return refused(&app, &caller, &req, why).await,
    };
    let mut page = shown(&app, &caller, &req).await?;
    page.fresh = Some(Fresh::of(drawn)?);
    html(&page)
}

async fn confirm(
    app: Data<App>,
    req: HttpRequest,
    Proved { caller, form }: Proved,
) -> Result<HttpResponse> {
    let number = first(&form, "number");
    match codes::confirm(&app.office, &caller.ctx, session(&caller), &number).await {
        Ok(_) => Ok(see_with(PAGE, "ok", "flash-chat-linked")),
        Err(why) if is_late(&why) => Ok(see_with(PAGE, "warn", "flash-chat-late")),
        Err(why) => refused(&app, &caller, &req, why).await,
    }
}

/// The page again, with what was wrong.
async fn refused(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    why: Error,
) -> Result<HttpResponse> {
    let errors = BadFields::of(Texts(caller.ctx.language), why)?;
    let mut page = shown(app, caller, req).await?;
    page.errors = errors;
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn is_late(why: &Error) -> bool {
    let Error::Refused(Refusal::Fields(errors)) = why else { return false };
    errors.iter().any(|error| error.key == "field-chat-late")
}

async fn refuse(
    app: Data<App>,
    caller: Caller,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    match codes::refuse(&app.office, &caller.ctx, session(&caller)).await {
        Ok(()) => Ok(see_with(PAGE, "ok", "flash-chat-refused")),
        Err(why) if is_late(&why) => Ok(see_with(PAGE, "warn", "flash-chat-late")),
        Err(why) => Err(why),
    }
}

fn link_of(path: &str) -> Result<ChatLinkId> {
    path.parse().map_err(|_| Error::NotFound("chat_link"))
}

async fn end(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    links::end(&app.office, &caller.ctx, link_of(&id)?).await?;
    Ok(see_with(PAGE, "ok", "flash-chat-ended"))
}

async fn quiet(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let typed = Quiet { from: first(&form, "from"), to: first(&form, "to") };
    match settings::set(&app.office, &caller.ctx, typed.clone()).await {
        Ok(_) => Ok(see_with(PAGE, "ok", "flash-quiet-saved")),
        Err(why) => {
            let errors = BadFields::of(Texts(caller.ctx.language), why)?;
            let mut page = shown(&app, &caller, &req).await?;
            (page.errors, page.quiet) = (errors, typed);
            html_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn end_of(
    app: Data<App>,
    path: Path<(String, String)>,
    Proved { caller, .. }: Proved,
) -> Result<HttpResponse> {
    let (id, link) = path.into_inner();
    let account: AccountId = id.parse().map_err(|_| Error::NotFound("account"))?;
    links::end_of(&app.office, &caller.ctx, account, link_of(&link)?).await?;
    Ok(see_with(&format!("/quan-tri/tai-khoan/{account}"), "ok", "flash-chat-ended"))
}

#[cfg(test)]
#[path = "telling_tests.rs"]
mod tests;
