//! The duty rota by machine: who is on duty, shifts and gaps, rotations, overrides, exchanges,
//! hand-overs, secret calendars.

mod bodies;

use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use self::bodies::{
    AddRotation, Asked, EndRotation, Feeds, Items, Made, New, NewFeed, Part, Rename, Version,
};
pub(in crate::http) use super::id;
use crate::actions::rota::edit;
use crate::actions::rota::feeds::{self, FeedView};
use crate::actions::rota::handover::{self, HandoverPage, HandoverView, NewHandover};
use crate::actions::rota::swaps::{self, NewSwap, SwapAnswer};
use crate::actions::rota::views::{self, Duty, RotaView, SwapView};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::refusal::FieldError;
use crate::domain::rota::OverrideText;
use crate::error::Result;
use crate::http::caller::Caller;

/// The area's routes, below `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/duty", web::get().to(duty))
        .route("/rotas", web::get().to(list))
        .route("/rotas", web::post().to(create))
        .route("/rotas/{id}", web::get().to(one))
        .route("/rotas/{id}", web::patch().to(rename))
        .route("/rotas/{id}/retire", web::post().to(retire))
        .route("/rotas/{id}/rotations", web::post().to(add_rotation))
        .route("/rotas/{id}/rotations/{rotation}/end", web::post().to(end_rotation))
        .route("/rotas/{id}/overrides", web::post().to(add_override))
        .route("/rotas/{id}/overrides/{override}/end", web::post().to(end_override))
        .route("/rotas/{id}/swaps", web::post().to(ask))
        .route("/rotas/{id}/swaps/{swap}", web::post().to(answer))
        .route("/rotas/{id}/handovers", web::get().to(handovers))
        .route("/rotas/{id}/handovers", web::post().to(hand_over))
        .route("/rota-handovers/{id}", web::get().to(one_handover))
        .route("/rota-handovers/{id}/acknowledge", web::post().to(take))
        .route("/rota-feeds", web::get().to(own_feeds))
        .route("/rota-feeds", web::post().to(make_feed))
        .route("/rota-feeds/{id}", web::delete().to(end_feed));
}

/// What these calls are, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    duty,
    list,
    create,
    one,
    rename,
    retire,
    add_rotation,
    end_rotation,
    add_override,
    end_override,
    ask,
    answer,
    handovers,
    hand_over,
    one_handover,
    take,
    own_feeds,
    make_feed,
    end_feed
))]
pub struct Spec;

async fn shown(app: &App, caller: &Caller, rota: &str) -> Result<RotaView> {
    views::one(&app.office, &caller.ctx, id(rota, "rota")?, None, None).await
}

/// Who is on duty now at the own organisation.
#[utoipa::path(get, path = "/api/v1/duty", tag = "rota",
    responses((status = 200, body = Duty), (status = 403)))]
async fn duty(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().json(views::duty(&app.office, &caller.ctx).await?))
}

/// The rotas of the own organisation.
#[utoipa::path(get, path = "/api/v1/rotas", tag = "rota",
    responses((status = 200, body = Items), (status = 403)))]
async fn list(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let items = views::list(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(Items { items, next: None }))
}

/// Makes a rota; it counts once its first rotation begins.
#[utoipa::path(post, path = "/api/v1/rotas", tag = "rota", request_body = New,
    responses((status = 201, body = RotaView), (status = 403), (status = 409), (status = 422)))]
async fn create(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    new: Json<New>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let made = edit::create(&app.office, &caller.ctx, &new.name).await?;
    Ok(HttpResponse::Created().json(shown(&app, &caller, &made.id.to_string()).await?))
}

/// A rota: who is on duty, its shifts, gaps, rotations, changes.
#[utoipa::path(get, path = "/api/v1/rotas/{id}", tag = "rota", params(Asked),
    responses((status = 200, body = RotaView), (status = 404)))]
async fn one(
    app: Data<App>,
    caller: Caller,
    rota: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let from = match asked.from.trim() {
        "" => None,
        text => Some(Timestamp::parse(text).ok_or_else(|| FieldError::new("from", "field-time"))?),
    };
    let view = views::one(&app.office, &caller.ctx, id(&rota, "rota")?, from, asked.days).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Gives a rota another name.
#[utoipa::path(patch, path = "/api/v1/rotas/{id}", tag = "rota", request_body = Rename,
    responses((status = 200, body = RotaView), (status = 404), (status = 409), (status = 422)))]
async fn rename(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    to: Json<Rename>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let known = id(&rota, "rota")?;
    edit::rename(&app.office, &caller.ctx, known, to.version, &to.name).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &rota).await?))
}

/// Takes a rota out of use.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/retire", tag = "rota", request_body = Version,
    responses((status = 204), (status = 404), (status = 409)))]
async fn retire(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    from: Json<Version>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    edit::retire(&app.office, &caller.ctx, id(&rota, "rota")?, from.version).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Adds a rotation: who takes turns, in which order, how long, from when to when.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/rotations", tag = "rota",
    request_body = AddRotation,
    responses((status = 201, body = RotaView), (status = 404), (status = 409), (status = 422)))]
async fn add_rotation(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    new: Json<AddRotation>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (known, new) = (id(&rota, "rota")?, new.into_inner());
    edit::add_rotation(&app.office, &caller.ctx, known, new.version, new.rotation).await?;
    Ok(HttpResponse::Created().json(shown(&app, &caller, &rota).await?))
}

/// Ends a rotation, now at the earliest.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/rotations/{rotation}/end", tag = "rota",
    request_body = EndRotation,
    responses((status = 200, body = RotaView), (status = 404), (status = 409), (status = 422)))]
async fn end_rotation(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
    end: Json<EndRotation>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (rota, rotation) = path.into_inner();
    let (known, rotation) = (id(&rota, "rota")?, id(&rotation, "rotation")?);
    edit::end_rotation(&app.office, &caller.ctx, known, end.version, rotation, &end.at).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &rota).await?))
}

/// Puts somebody else, or nobody, on duty for a time.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/overrides", tag = "rota",
    request_body = OverrideText,
    responses((status = 201, body = RotaView), (status = 404), (status = 422)))]
async fn add_override(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    new: Json<OverrideText>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    edit::add_override(&app.office, &caller.ctx, id(&rota, "rota")?, new.into_inner()).await?;
    Ok(HttpResponse::Created().json(shown(&app, &caller, &rota).await?))
}

/// Takes an override back: from now on it does not count.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/overrides/{override}/end", tag = "rota",
    responses((status = 200, body = RotaView), (status = 404), (status = 409)))]
async fn end_override(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (rota, one) = path.into_inner();
    let (known, one) = (id(&rota, "rota")?, id(&one, "override")?);
    edit::end_override(&app.office, &caller.ctx, known, one).await?;
    Ok(HttpResponse::Ok().json(shown(&app, &caller, &rota).await?))
}

/// Asks another officer to take an own shift.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/swaps", tag = "rota", request_body = NewSwap,
    responses((status = 201, body = Made), (status = 404), (status = 422)))]
async fn ask(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    new: Json<NewSwap>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let made = swaps::ask(&app.office, &caller.ctx, id(&rota, "rota")?, new.into_inner()).await?;
    Ok(HttpResponse::Created().json(Made { id: made.to_string() }))
}

/// Goes on with an exchange: `accept`, `refuse`, `confirm` or `withdraw`.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/swaps/{swap}", tag = "rota",
    request_body = SwapAnswer,
    responses((status = 200, body = SwapView), (status = 403), (status = 404), (status = 409)))]
async fn answer(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    path: Path<(String, String)>,
    said: Json<SwapAnswer>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let (rota, swap) = path.into_inner();
    let (rota, swap) = (id(&rota, "rota")?, id(&swap, "swap")?);
    let view = swaps::answer(&app.office, &caller.ctx, rota, swap, said.answer).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The hand-overs of a rota, newest first.
#[utoipa::path(get, path = "/api/v1/rotas/{id}/handovers", tag = "rota", params(Part),
    responses((status = 200, body = HandoverPage), (status = 404)))]
async fn handovers(
    app: Data<App>,
    caller: Caller,
    rota: Path<String>,
    part: Query<Part>,
) -> Result<HttpResponse> {
    let (known, limit) = (id(&rota, "rota")?, part.limit.unwrap_or(20));
    let page = handover::list(&app.office, &caller.ctx, known, &part.cursor, limit).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Writes the hand-over of the own shift to whoever comes next.
#[utoipa::path(post, path = "/api/v1/rotas/{id}/handovers", tag = "rota",
    request_body = NewHandover,
    responses((status = 201, body = HandoverView), (status = 404), (status = 409), (status = 422)))]
async fn hand_over(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    rota: Path<String>,
    new: Json<NewHandover>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let known = id(&rota, "rota")?;
    let made = handover::write(&app.office, &caller.ctx, known, new.into_inner()).await?;
    let view = handover::one(&app.office, &caller.ctx, made).await?;
    Ok(HttpResponse::Created().json(view))
}

/// A hand-over with what was open then.
#[utoipa::path(get, path = "/api/v1/rota-handovers/{id}", tag = "rota",
    responses((status = 200, body = HandoverView), (status = 404)))]
async fn one_handover(app: Data<App>, caller: Caller, one: Path<String>) -> Result<HttpResponse> {
    let view = handover::one(&app.office, &caller.ctx, id(&one, "handover")?).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// The incoming officer takes the hand-over; a second time changes nothing.
#[utoipa::path(post, path = "/api/v1/rota-handovers/{id}/acknowledge", tag = "rota",
    responses((status = 200, body = HandoverView), (status = 403), (status = 404)))]
async fn take(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    one: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let known = id(&one, "handover")?;
    handover::acknowledge(&app.office, &caller.ctx, known).await?;
    Ok(HttpResponse::Ok().json(handover::one(&app.office, &caller.ctx, known).await?))
}

/// The own calendars; their addresses are not told again.
#[utoipa::path(get, path = "/api/v1/rota-feeds", tag = "rota",
    responses((status = 200, body = Feeds), (status = 403)))]
async fn own_feeds(app: Data<App>, caller: Caller) -> Result<HttpResponse> {
    let items = feeds::own(&app.office, &caller.ctx).await?;
    Ok(HttpResponse::Ok().json(Feeds { items, next: None }))
}

/// Makes a calendar to subscribe to (iCalendar); its secret address is told this once.
#[utoipa::path(post, path = "/api/v1/rota-feeds", tag = "rota", request_body = NewFeed,
    responses((status = 201, body = FeedView), (status = 404), (status = 422)))]
async fn make_feed(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    new: Json<NewFeed>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    let rota = new.rota.as_deref().map(|text| id(text, "rota")).transpose()?;
    let made = feeds::create(&app.office, &caller.ctx, rota).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Ends an own calendar: its address opens nothing from now on.
#[utoipa::path(delete, path = "/api/v1/rota-feeds/{id}", tag = "rota",
    responses((status = 204), (status = 404)))]
async fn end_feed(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    feed: Path<String>,
) -> Result<HttpResponse> {
    caller.checked_header(&req)?;
    feeds::revoke(&app.office, &caller.ctx, id(&feed, "feed")?).await?;
    Ok(HttpResponse::NoContent().finish())
}
