//! Linked chats (Telegram, Matrix) and quiet hours by the API: what the page of channels does.

use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id as named;
use crate::actions::chat::codes::{self, Standing};
use crate::actions::chat::links;
use crate::actions::chat::settings::{self, Quiet};
use crate::app::App;
use crate::domain::ids::SessionId;
use crate::domain::words::Room;
use crate::error::Result;
use crate::http::caller::Caller;
use crate::records::ChatLink;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/chat/links", web::get().to(own))
        .route("/chat/links/{id}", web::delete().to(end))
        .route("/chat/rooms", web::get().to(rooms))
        .route("/chat/code", web::post().to(draw))
        .route("/chat/code", web::get().to(standing))
        .route("/chat/code", web::delete().to(refuse))
        .route("/chat/code/confirm", web::post().to(confirm))
        .route("/chat/quiet", web::get().to(quiet))
        .route("/chat/quiet", web::put().to(set_quiet))
        .route("/accounts/{id}/chat-links", web::get().to(of))
        .route("/accounts/{id}/chat-links/{link}", web::delete().to(end_of));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(own, end, rooms, draw, standing, refuse, confirm, quiet, set_quiet, of, end_of))]
pub struct Spec;

/// A chat that is linked to an account.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    /// Identifier.
    id: String,
    /// `telegram` or `matrix`.
    room: Room,
    /// The number that never changes.
    number: String,
    /// As the room showed it when it was linked.
    name: String,
    /// RFC 3339.
    linked_at: String,
    /// RFC 3339: since then the room takes no messages for it; or null.
    broken_at: Option<String>,
}

impl LinkView {
    fn of(link: &ChatLink) -> Self {
        Self {
            id: link.id.to_string(),
            room: link.room,
            number: link.person.clone(),
            name: link.name.clone(),
            linked_at: link.linked_at.rfc3339(),
            broken_at: link.broken_at.map(|at| at.rfc3339()),
        }
    }
}

/// The linked chats of an account.
#[derive(Serialize, ToSchema)]
pub struct Links {
    /// Oldest first.
    items: Vec<LinkView>,
    /// Always null: there are at most ten.
    next: Option<String>,
}

fn listed(all: &[ChatLink]) -> HttpResponse {
    let items = all.iter().map(LinkView::of).collect();
    HttpResponse::Ok().json(Links { items, next: None })
}

/// The own linked chats.
#[utoipa::path(get, path = "/api/v1/chat/links", tag = "chat",
    responses((status = 200, body = Links), (status = 401)))]
pub async fn own(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    Ok(listed(&links::own(&app.office, &caller.ctx).await?))
}

/// Ends one of the own links; the chat and the owner are told.
#[utoipa::path(delete, path = "/api/v1/chat/links/{id}", tag = "chat",
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub async fn end(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    links::end(&app.office, &caller.ctx, named(&id, "chat_link")?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn session(caller: &Caller) -> Option<SessionId> {
    caller.session.as_ref().map(|session| session.id)
}

/// A room in which chats can be linked.
#[derive(Serialize, ToSchema)]
pub struct RoomOffer {
    /// `telegram` or `matrix`.
    room: Room,
    /// The bot's name there, without `@`; null while it is not known.
    bot: Option<String>,
}

/// The rooms in which chats can be linked.
#[derive(Serialize, ToSchema)]
pub struct RoomOffers {
    /// Those that are configured.
    items: Vec<RoomOffer>,
}

/// The rooms in which the own chats can be linked: those that are configured.
#[utoipa::path(get, path = "/api/v1/chat/rooms", tag = "chat",
    responses((status = 200, body = RoomOffers), (status = 401)))]
pub async fn rooms(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let all = codes::rooms(&app.office, &caller.ctx).await?;
    let items = all.into_iter().map(|(room, bot)| RoomOffer { room, bot }).collect();
    Ok(HttpResponse::Ok().json(RoomOffers { items }))
}

/// Where a chat is to be linked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCode {
    /// `telegram` or `matrix`.
    room: Room,
}

/// A code by which a chat is linked.
#[derive(Serialize, ToSchema)]
pub struct CodeView {
    /// In this answer alone.
    code: String,
    /// `telegram` or `matrix`.
    room: Room,
    /// What is sent to the bot: `/start CODE`, in Matrix `!start CODE`.
    line: String,
    /// `https://t.me/BOT?start=CODE`, or `https://matrix.to/#/@BOT:SERVER` where the line is then sent;
    /// null while the bot's name is not known.
    link: Option<String>,
    /// RFC 3339.
    expires_at: String,
}

/// Draws a code, for ten minutes and one use; it wants a session that has just proved its password.
#[utoipa::path(post, path = "/api/v1/chat/code", tag = "chat", request_body = NewCode,
    responses((status = 201, body = CodeView), (status = 401), (status = 403), (status = 422)))]
pub async fn draw(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<NewCode>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let drawn = codes::draw(&app.office, &caller.ctx, session(&caller), body.room).await?;
    let codes::Drawn { code, room, line, link, until } = drawn;
    let expires_at = until.rfc3339();
    Ok(HttpResponse::Created().json(CodeView { code, room, line, link, expires_at }))
}

/// How it stands with the code that this session drew last.
#[derive(Default, Serialize, ToSchema)]
pub struct CodeStanding {
    /// `none`, `waiting`, `arrived` or `late`.
    state: &'static str,
    /// `telegram` or `matrix`.
    room: Option<Room>,
    /// Who brought it, as the room shows them.
    name: Option<String>,
    /// Their number.
    number: Option<String>,
    /// RFC 3339: until when it can be brought, or confirmed.
    until: Option<String>,
}

/// How it stands with the code that this session drew last.
#[utoipa::path(get, path = "/api/v1/chat/code", tag = "chat",
    responses((status = 200, body = CodeStanding), (status = 401)))]
pub async fn standing(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let standing = codes::standing(&app.office, &caller.ctx, session(&caller)).await?;
    let blank = |state| CodeStanding { state, ..CodeStanding::default() };
    Ok(HttpResponse::Ok().json(match standing {
        Standing::None => blank("none"),
        Standing::Late => blank("late"),
        Standing::Waiting { room, until } => {
            CodeStanding { room: Some(room), until: Some(until.rfc3339()), ..blank("waiting") }
        }
        Standing::Arrived { room, name, number, until } => CodeStanding {
            state: "arrived",
            room: Some(room),
            name: Some(name),
            number: Some(number),
            until: Some(until.rfc3339()),
        },
    }))
}

/// Whose number is confirmed.
#[derive(Deserialize, ToSchema)]
pub struct Confirmed {
    /// The number that was shown.
    number: String,
}

/// Links whoever brought the code: it is you.
#[utoipa::path(post, path = "/api/v1/chat/code/confirm", tag = "chat", request_body = Confirmed,
    responses((status = 201, body = LinkView), (status = 401), (status = 403), (status = 422)))]
pub async fn confirm(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Confirmed>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let link = codes::confirm(&app.office, &caller.ctx, session(&caller), &body.number).await?;
    Ok(HttpResponse::Created().json(LinkView::of(&link)))
}

/// Ends the code: whoever brought it is not you.
#[utoipa::path(delete, path = "/api/v1/chat/code", tag = "chat",
    responses((status = 204), (status = 401), (status = 422)))]
pub async fn refuse(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    codes::refuse(&app.office, &caller.ctx, session(&caller)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The own quiet hours.
#[utoipa::path(get, path = "/api/v1/chat/quiet", tag = "chat",
    responses((status = 200, body = Quiet), (status = 401)))]
pub async fn quiet(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(settings::own(&app.office, &caller.ctx).await?))
}

/// Keeps the own quiet hours; both empty: none.
#[utoipa::path(put, path = "/api/v1/chat/quiet", tag = "chat", request_body = Quiet,
    responses((status = 200, body = Quiet), (status = 401), (status = 422)))]
pub async fn set_quiet(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    body: Json<Quiet>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let kept = settings::set(&app.office, &caller.ctx, body.into_inner()).await?;
    Ok(HttpResponse::Ok().json(kept))
}

/// The linked chats of an account, for the administrator.
#[utoipa::path(get, path = "/api/v1/accounts/{id}/chat-links", tag = "accounts",
    params(("id" = String, Path)),
    responses((status = 200, body = Links), (status = 403), (status = 404)))]
pub async fn of(app: Data<App>, caller: Caller, id: Path<String>) -> Result<HttpResponse> {
    let id = named(&id, "account")?;
    Ok(listed(&links::of(&app.office, &caller.ctx, id).await?))
}

/// Ends somebody's link: a telephone was lost, a number is doubtful.
#[utoipa::path(delete, path = "/api/v1/accounts/{id}/chat-links/{link}", tag = "accounts",
    params(("id" = String, Path), ("link" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn end_of(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (id, link) = path.into_inner();
    let (id, link) = (named(&id, "account")?, named(&link, "chat_link")?);
    links::end_of(&app.office, &caller.ctx, id, link).await?;
    Ok(HttpResponse::NoContent().finish())
}
