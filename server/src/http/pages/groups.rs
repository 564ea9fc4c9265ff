//! The team's groups in rooms: how each stands, what does not go and what to do about it.

use actix_web::web::{self, Data, Form, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use crate::actions::chat::groups::{self, GroupView};
use crate::app::App;
use crate::domain::ids::ChatGroupId;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{Page, html, see_with};

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route(PAGE, web::get().to(show))
        .route("/quan-tri/nhom-chat/{id}/thu-lai", web::post().to(again))
        .route("/quan-tri/nhom-chat/{id}/bo", web::post().to(remove));
}

const PAGE: &str = "/quan-tri/nhom-chat";

#[derive(Template)]
#[template(path = "groups.html")]
struct Face {
    page: Page,
    groups: Vec<GroupView>,
    keeps: bool,
}

impl Face {
    /// What stands in the way, and what to do.
    fn todo(&self, group: &GroupView) -> String {
        match group.standing {
            "lost" => self.page.t.t(&format!("group-lost-{}", group.why)),
            "trouble" => self.page.t.t(&format!("group-trouble-{}", group.why)),
            _ => String::new(),
        }
    }

    fn tone(&self, group: &GroupView) -> &'static str {
        if group.standing == "lost" { "bad" } else { "warn" }
    }

    /// How many cards are open, wait, or have an empty topic beside theirs.
    fn count(&self, what: &str, group: &GroupView) -> String {
        let count = match what {
            "open" => group.open,
            "waiting" => group.waiting,
            _ => group.doubtful,
        };
        self.page.t.t1(&format!("groups-{what}"), "count", &count.to_string())
    }

    /// What the room said last.
    fn said<'g>(&self, group: &'g GroupView) -> &'g str {
        match group.said.as_str() {
            "" => group.last_error.as_deref().unwrap_or_default(),
            said => said,
        }
    }
}

async fn show(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    html(&Face {
        groups: groups::list(&app.office, &caller.ctx).await?,
        page: Page::new(&app, &caller, &req, "groups-title", "groups"),
        keeps: Verb::KeepGroups.by(&caller.ctx.actor).is_ok(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Token {
    csrf: String,
}

fn group(id: &str) -> Result<ChatGroupId> {
    id.parse().map_err(|_| Error::NotFound("group"))
}

async fn again(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Token>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    groups::try_again(&app.office, &caller.ctx, group(&id)?).await?;
    Ok(see_with(PAGE, "ok", "flash-group-tried"))
}

async fn remove(
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Form<Token>,
) -> Result<HttpResponse> {
    caller.checked(&form.csrf)?;
    groups::remove(&app.office, &caller.ctx, group(&id)?).await?;
    Ok(see_with(PAGE, "ok", "flash-group-removed"))
}
