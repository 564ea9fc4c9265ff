//! The duty rota's pages: who is on duty, the coming weeks, gaps, exchanges that wait; forms,
//! hand-overs and calendars have rooms of their own below.

mod calendar;
mod change;
mod edit;
mod feeds;
mod handover;
#[cfg(test)]
mod tests;

use actix_web::web::{self, Data, Form, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use self::calendar::{Day, weeks};
use super::session::first;
use crate::actions::rota::handover::HandoverView;
use crate::actions::rota::swaps;
use crate::actions::rota::views::{self, Person, RotaView, ShiftView, SwapView};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::person::Actor;
use crate::domain::refusal::FieldError;
use crate::domain::sight::Verb;
use crate::error::Result;
use crate::http::api::rotas::id;
use crate::http::caller::Caller;
use crate::http::page::{Page, html, see_with};
use crate::texts::Texts;

/// Weeks on one page.
const WEEKS: i64 = 5;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/truc-ban", web::get().to(show))
        .route("/truc-ban/{id}/doi/{swap}", web::post().to(answer_swap))
        .configure(edit::routes)
        .configure(change::routes)
        .configure(handover::routes)
        .configure(feeds::routes);
}

/// A stretch from a moment to another, as people read it.
pub(super) fn span(t: Texts, from: Timestamp, to: Option<Timestamp>) -> String {
    let end = to.map_or_else(|| t.t("rota-open-end"), Timestamp::local);
    t.with("rota-span", &[("from", &from.local()), ("to", &end)])
}

/// A shift of the coming time, as a row.
struct Row {
    span: String,
    iso: String,
    who: String,
    phone: String,
    line: String,
    changed: String,
    gap: bool,
    now: bool,
    /// Where it can be given to somebody else.
    swap: String,
    /// Where somebody else can be put there.
    replace: String,
}

impl Row {
    fn of(t: Texts, rota: &str, shift: &ShiftView, now: Timestamp) -> Self {
        let person = shift.person.as_ref();
        let other = shift.instead_of.as_ref().map(|other| other.name.as_str()).unwrap_or_default();
        let changed = match shift.changed {
            "" => String::new(),
            "override" if other.is_empty() => t.t("rota-changed-filled"),
            how => t.t1(&format!("rota-changed-{how}"), "person", other),
        };
        let from = shift.from.max(now).local_input();
        let to = shift.to.local_input();
        let whom = person.map(|person| person.email.as_str()).unwrap_or_default();
        let query = format!("from={from}&to={to}&line={}&instead_of={}", shift.line, escaped(whom));
        let future = shift.from > now;
        Self {
            span: span(t, shift.from, Some(shift.to)),
            iso: shift.from.rfc3339(),
            who: person.map_or_else(|| t.t("rota-nobody"), |person| person.name.clone()),
            phone: person.map(|person| person.phone.clone()).unwrap_or_default(),
            line: t.t(&format!("rota-line-{}", shift.line)),
            changed,
            gap: person.is_none(),
            now: shift.from <= now && now < shift.to,
            swap: if shift.yours && future {
                format!("/truc-ban/{rota}/doi?shift={}", escaped(&shift.from.rfc3339()))
            } else {
                String::new()
            },
            replace: format!("/truc-ban/{rota}/thay?{query}"),
        }
    }
}

/// A value of a query.
pub(super) fn escaped(text: &str) -> String {
    super::audit::escaped(text)
}

/// An exchange, ready to read.
struct SwapRow {
    id: String,
    asker: String,
    asked: String,
    there: String,
    back: String,
    note: String,
    state: String,
    yours: &'static str,
}

impl SwapRow {
    fn of(t: Texts, swap: &SwapView) -> Self {
        let state = if swap.lapsed { "lapsed" } else { swap.state.as_word() };
        Self {
            id: swap.id.clone(),
            asker: swap.asker.name.clone(),
            asked: swap.asked.name.clone(),
            there: span(t, swap.from, Some(swap.to)),
            back: swap.back_from.map(|from| span(t, from, swap.back_to)).unwrap_or_default(),
            note: swap.note.clone(),
            state: t.t(&format!("rota-swap-{state}")),
            yours: swap.yours,
        }
    }
}

/// Somebody else for a time, ready to read.
struct ChangeRow {
    id: String,
    span: String,
    words: String,
    reason: String,
}

/// A rota on the page.
struct Sheet {
    id: String,
    name: String,
    counts: bool,
    nobody: bool,
    on_duty: Vec<Person>,
    until: String,
    until_iso: String,
    gaps: Vec<String>,
    days: Vec<Day>,
    rows: Vec<Row>,
    swaps: Vec<SwapRow>,
    changes: Vec<ChangeRow>,
    waiting: Vec<HandoverView>,
    mine: bool,
}

impl Sheet {
    fn of(t: Texts, view: &RotaView, monday: Timestamp, ctx: &crate::actions::Ctx) -> Self {
        let now = ctx.now;
        let gaps = view.gaps.iter().map(|gap| {
            let line = t.t(&format!("rota-line-{}", gap.line));
            let when = span(t, gap.from, gap.to);
            if gap.line == 1 { when } else { format!("{line}: {when}") }
        });
        let live = |swap: &&SwapView| !swap.lapsed;
        let mine = match &ctx.actor {
            Actor::Person(_) => {
                view.shifts.iter().any(|one| one.yours && one.from <= now && now < one.to)
            }
            _ => false,
        };
        let change = |one: &views::OverrideView| {
            let name = |person: &Option<Person>| {
                person.as_ref().map(|person| person.name.clone()).unwrap_or_default()
            };
            let (there, gone) = (name(&one.person), name(&one.instead_of));
            let key = match (&one.person, &one.instead_of) {
                (Some(_), Some(_)) => "rota-change-both",
                (Some(_), None) => "rota-change-fill",
                (None, _) => "rota-change-leave",
            };
            ChangeRow {
                id: one.id.clone(),
                span: span(t, one.from, Some(one.to)),
                words: t.with(key, &[("person", &there), ("other", &gone)]),
                reason: one.reason.clone(),
            }
        };
        Self {
            id: view.id.clone(),
            name: view.name.clone(),
            counts: view.nobody || !view.on_duty.is_empty(),
            nobody: view.nobody,
            on_duty: view.on_duty.clone(),
            until: view.until.map(Timestamp::local).unwrap_or_default(),
            until_iso: view.until.map(Timestamp::rfc3339).unwrap_or_default(),
            gaps: gaps.collect(),
            days: weeks(t, &view.shifts, monday, WEEKS, now),
            rows: view
                .shifts
                .iter()
                .filter(|shift| shift.to > now)
                .take(60)
                .map(|shift| Row::of(t, &view.id, shift, now))
                .collect(),
            swaps: view.swaps.iter().filter(live).map(|swap| SwapRow::of(t, swap)).collect(),
            changes: view.overrides.iter().map(change).collect(),
            waiting: view.handovers.clone(),
            mine,
        }
    }
}

/// Which weeks are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// A day of the first week.
    tu: String,
}

#[derive(Template)]
#[template(path = "rota/show.html")]
struct Show {
    page: Page,
    sheets: Vec<Sheet>,
    weekdays: Vec<String>,
    edits: bool,
    serves: bool,
    is_now: bool,
    before: String,
    after: String,
}

async fn show(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let now = caller.ctx.now;
    let day = match asked.tu.trim() {
        "" => now,
        typed => Timestamp::parse(&format!("{typed}T12:00"))
            .filter(|at| (*at - now).num_days().abs() < 800)
            .ok_or_else(|| FieldError::new("tu", "field-time"))?,
    };
    let monday = calendar::monday(day);
    let days = WEEKS * 7;
    let views = views::whole(&app.office, &caller.ctx, Some(monday), Some(days)).await?;
    let page = Page::new(&app, &caller, &req, "rota-title", "rota");
    let sheets = views.iter().map(|view| Sheet::of(page.t, view, monday, &caller.ctx)).collect();
    let to = |days: i64| {
        let day = monday + chrono::Duration::days(days);
        format!("/truc-ban?tu={}", day.local_input().get(..10).unwrap_or_default())
    };
    html(&Show {
        sheets,
        weekdays: (1..=7).map(|day| page.t.t(&format!("weekday-{day}"))).collect(),
        edits: Verb::EditRota.by(&caller.ctx.actor).is_ok(),
        serves: Verb::ServeDuty.by(&caller.ctx.actor).is_ok(),
        is_now: calendar::monday(now) == monday,
        before: to(-days),
        after: to(days),
        page,
    })
}

async fn answer_swap(
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    caller.checked(&first(&form, "csrf"))?;
    let (rota, swap) = path.into_inner();
    let (rota, swap) = (id(&rota, "rota")?, id(&swap, "swap")?);
    let said = first(&form, "answer").parse();
    let said = said.map_err(|_| FieldError::new("answer", "field-unknown"))?;
    let done = swaps::answer(&app.office, &caller.ctx, rota, swap, said).await?;
    let key = match done.state.as_word() {
        "accepted" => "flash-rota-swap-accepted",
        "confirmed" => "flash-rota-swap-confirmed",
        "refused" => "flash-rota-swap-refused",
        _ => "flash-rota-swap-withdrawn",
    };
    Ok(see_with("/truc-ban", "ok", key))
}
