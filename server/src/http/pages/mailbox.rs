//! The demonstration's mailbox: mail and bot messages as their readers would see them, links and
//! buttons working. Nothing is here outside the demonstration.

use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::audit::escaped;
use crate::actions::mailbox::{self, Doing, Message};
use crate::app::App;
use crate::domain::words::Channel;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{Page, html, see_with};

/// A mail's own HTML, inline styles and all, stands alone: no script, no origin, nothing loaded.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/demo/mailbox", web::get().to(list))
        .route("/demo/mailbox/{id}/html", web::get().to(as_html))
        .route("/demo/mailbox/phone", web::post().to(on_phone));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: String,
    cursor: String,
}

/// What was done on a phone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    csrf: String,
    to: String,
    text: String,
    message: String,
    data: String,
    /// The beginning of the message that is answered.
    about: String,
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct Mailbox {
    page: Page,
    to: String,
    recipients: Vec<(String, String)>,
    messages: Vec<Message>,
    first: String,
    next: String,
}

impl Mailbox {
    /// Whether the page shows one phone.
    fn is_phone(&self) -> bool {
        self.to.parse::<i64>().is_ok()
    }

    fn is_mail(&self, message: &Message) -> bool {
        message.channel == Channel::Mail
    }

    fn id(&self, message: &Message) -> String {
        message.id.map(|id| id.to_string()).unwrap_or_default()
    }
}

async fn list(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let to = asked.to.trim().to_owned();
    let wanted = (!to.is_empty()).then(|| to.clone());
    let cursor = match asked.cursor.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::NotFound("page"))?),
    };
    let found = mailbox::list(&app.office, wanted, cursor, None).await?;
    let here = if to.is_empty() {
        "/demo/mailbox?".to_owned()
    } else {
        format!("/demo/mailbox?to={}&", escaped(&to))
    };
    html(&Mailbox {
        page: Page::new(&app, &caller, &req, "mailbox-title", "mailbox"),
        recipients: mailbox::recipients(&app.office).await?,
        first: if cursor.is_some() {
            here.trim_end_matches(['?', '&']).to_owned()
        } else {
            String::new()
        },
        next: found.next.map(|id| format!("{here}cursor={id}")).unwrap_or_default(),
        to,
        messages: found.messages,
    })
}

async fn on_phone(app: Data<App>, caller: Caller, typed: Form<Typed>) -> Result<HttpResponse> {
    caller.checked(&typed.csrf)?;
    let Typed { to, text, message, data, about, .. } = typed.into_inner();
    let message: Option<i64> = message.trim().parse().ok();
    let doing = match (message, data.is_empty()) {
        (Some(message), false) => Doing::Presses { message, data },
        (answered, _) => Doing::Writes { text, answers: answered.map(|number| (number, about)) },
    };
    mailbox::on_phone(&app.office, &caller.ctx, &to, doing).await?;
    let way = format!("/demo/mailbox?to={}", escaped(&to));
    Ok(see_with(&way, "ok", "flash-mailbox-said"))
}

async fn as_html(app: Data<App>, id: Path<String>) -> Result<HttpResponse> {
    let id = id.parse().map_err(|_| Error::NotFound("message"))?;
    let message = mailbox::one(&app.office, id).await?;
    if message.channel != Channel::Mail {
        return Err(Error::NotFound("message"));
    }
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, ALONE))
        .body(message.html))
}
