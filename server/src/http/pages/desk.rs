//! The coordination desk's queue: what needs somebody first, filters and search in the address.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::actions::queue::{self, ENOUGH, Item, Query, Waiting};
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::domain::sight::Verb;
use crate::domain::words::{Category, Priority};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html};

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/dieu-phoi", web::get().to(desk))
        .route("/dieu-phoi/danh-sach", web::get().to(list))
        .route("/su-co", web::get().to(|| async { crate::http::form::see("/dieu-phoi") }));
}

/// One tab above the list.
struct Tab {
    label: String,
    href: &'static str,
    count: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "desk/queue.html")]
struct Desk {
    page: Page,
    query: Query,
    tabs: Vec<Tab>,
    registers: bool,
    filtered: bool,
    trouble: String,
    live: String,
    items: Vec<Item>,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "desk/list.html")]
struct List {
    page: Page,
    items: Vec<Item>,
    first: String,
    next: String,
}

impl Desk {
    const fn priorities(&self) -> &'static [Priority] {
        Priority::ALL
    }

    const fn categories(&self) -> &'static [Category] {
        Category::ALL
    }

    /// Whether a filter beside the search is in use: on a phone it must not be folded away then.
    const fn narrowed(&self) -> bool {
        !(self.query.priority.is_empty()
            && self.query.category.is_empty()
            && self.query.organisation.is_empty()
            && self.query.drill.is_empty())
    }
}

/// The address of this list, at a cursor.
fn address(path: &str, query: &Query, cursor: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for (name, value) in [
        ("q", &query.q),
        ("state", &query.state),
        ("priority", &query.priority),
        ("category", &query.category),
        ("organisation", &query.organisation),
        ("drill", &query.drill),
        ("mine", &query.mine),
        ("cursor", &cursor.to_owned()),
    ] {
        if !value.is_empty() {
            parts.push(format!("{name}={}", encoded(value)));
        }
    }
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// The list, and what was wrong with the filters in words.
async fn found(app: &App, caller: &Caller, query: &Query) -> Result<(queue::Items, String)> {
    match queue::list(&app.office, &caller.ctx, query.clone()).await {
        Ok(items) => Ok((items, String::new())),
        Err(Error::Refused(Refusal::Fields(fields))) => {
            let t = crate::texts::Texts(caller.ctx.language);
            let said = BadFields::from(t, &fields).0;
            let said = said.first().map(|bad| bad.message.clone()).unwrap_or_default();
            Ok((queue::Items { items: Vec::new(), next: None }, said))
        }
        Err(why) => Err(why),
    }
}

async fn desk(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let (items, trouble) = found(&app, &caller, &query).await?;
    let waiting = queue::waiting(&app.office, &caller.ctx).await?;
    let page = Page::new(&app, &caller, &req, "desk-title", "queue");
    let tabs = tabs(&page, &query, waiting);
    let filtered = [&query.q, &query.priority, &query.category, &query.organisation, &query.drill]
        .iter()
        .any(|value| !value.is_empty());
    html(&Desk {
        tabs,
        registers: Verb::Register.by(&caller.ctx.actor).is_ok(),
        filtered,
        trouble,
        live: address("/dieu-phoi/danh-sach", &query, &query.cursor),
        first: first(&query),
        next: items.next.map(|cursor| address("/dieu-phoi", &query, &cursor)).unwrap_or_default(),
        items: items.items,
        page,
        query,
    })
}

fn first(query: &Query) -> String {
    if query.cursor.is_empty() { String::new() } else { address("/dieu-phoi", query, "") }
}

/// The list alone, for the live region.
async fn list(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    query: web::Query<Query>,
) -> Result<HttpResponse> {
    let query = query.into_inner();
    let (items, _) = found(&app, &caller, &query).await?;
    html(&List {
        page: Page::new(&app, &caller, &req, "desk-title", "queue"),
        first: first(&query),
        next: items.next.map(|cursor| address("/dieu-phoi", &query, &cursor)).unwrap_or_default(),
        items: items.items,
    })
}

fn tabs(page: &Page, query: &Query, waiting: Waiting) -> Vec<Tab> {
    let count = |number: usize| match number {
        0 => String::new(),
        number if number > ENOUGH => format!("{ENOUGH}+"),
        number => number.to_string(),
    };
    let all = waiting.unacknowledged + waiting.overdue + waiting.in_hand;
    let tab = |label: &str, href, number: usize, here: bool| Tab {
        label: page.t.t(label),
        href,
        count: count(number),
        here,
    };
    let state = query.state.as_str();
    let mine = !query.mine.is_empty();
    vec![
        tab("desk-tab-open", "/dieu-phoi", all, state.is_empty() && !mine),
        tab(
            "desk-tab-unacknowledged",
            "/dieu-phoi?state=unacknowledged",
            waiting.unacknowledged,
            state == "unacknowledged",
        ),
        tab("desk-tab-overdue", "/dieu-phoi?state=overdue", waiting.overdue, state == "overdue"),
        tab("desk-tab-mine", "/dieu-phoi?mine=1", 0, mine),
        tab("desk-tab-closed", "/dieu-phoi?state=closed", 0, state == "closed"),
        tab("desk-tab-all", "/dieu-phoi?state=all", 0, state == "all"),
    ]
}
