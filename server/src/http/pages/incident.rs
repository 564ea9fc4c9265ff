//! One incident: what is known, what happened, and forms for what the viewer may do now. Every
//! form works without script; what was typed comes back with whatever kept it from being done.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::posted::Posted;
use crate::actions::incident_view::{self, EntryView, IncidentView};
use crate::actions::queue::Item;
use crate::actions::tasks;
use crate::actions::told::{self, Message};
use crate::actions::{drills, snoozes, tokens};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::refusal::Refusal;
use crate::domain::words::{
    Audience, Category, DispatchKind, LegalClass, Priority, Role, State, Tlp,
};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::{field_text, refusal_text};
use crate::http::page::{Page, html, html_with, see_with};
use crate::http::sentence::{changes, doer, icon, sentence, words};
use crate::texts::Texts;

mod acts;
mod calls;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/su-co/{code}", web::get().to(show))
        .route("/su-co/{code}/dien-bien", web::get().to(timeline))
        .route("/su-co/{code}/tin-nhan", web::get().to(messages))
        .configure(acts::routes)
        .configure(calls::routes);
}

/// How many entries of the timeline a page shows.
const ENTRIES: i64 = 50;

/// One entry of the timeline, ready to read.
struct Line {
    icon: &'static str,
    iso: String,
    shown: String,
    who: String,
    title: String,
    text: String,
    audience: Audience,
    changes: Vec<String>,
}

impl Line {
    fn of(t: Texts, entry: &EntryView) -> Self {
        Self {
            icon: icon(&entry.kind),
            iso: entry.at.rfc3339(),
            shown: entry.at.local(),
            who: doer(t, &entry.actor),
            title: sentence(t, &entry.kind, &doer(t, &entry.actor), &entry.data),
            text: words(t, &entry.kind, &entry.text, &entry.data),
            audience: entry.audience,
            changes: changes(t, &entry.data),
        }
    }
}

/// One bad field, by the id that it has on this page.
struct Bad {
    field: String,
    message: String,
}

/// A form that came back: which one, what was typed, and why.
#[derive(Default)]
struct Typed {
    form: String,
    values: HashMap<String, String>,
    bad: Vec<Bad>,
    /// Why it was not done, when it is not about a field.
    trouble: String,
    /// Somebody changed the incident meanwhile.
    stale: bool,
}

#[derive(Template)]
#[template(path = "desk/incident.html")]
struct One {
    page: Page,
    v: IncidentView,
    lines: Vec<Line>,
    first: String,
    next: String,
    before: String,
    audiences: Vec<Audience>,
    typed: Typed,
    changed: Vec<Line>,
    viewer: String,
    /// Makes a dispatch that is sent twice one dispatch.
    nonce: String,
    /// It was started as a drill, and the reader may see its report.
    exercise: bool,
}

#[derive(Template)]
#[template(path = "desk/timeline.html")]
struct History {
    page: Page,
    lines: Vec<Line>,
    first: String,
    next: String,
}

impl One {
    /// What stands in a field: what was typed, else what is there.
    fn at(&self, form: impl AsRef<str>, name: &str, there: impl AsRef<str>) -> String {
        if self.is(form) {
            self.typed.values.get(name).cloned().unwrap_or_default()
        } else {
            there.as_ref().to_owned()
        }
    }

    /// What is wrong with a field, or an empty text.
    fn bad(&self, form: impl AsRef<str>, name: &str) -> String {
        let id = format!("{}-{name}", form.as_ref());
        let found = self.typed.bad.iter().find(|bad| bad.field == id);
        found.map(|bad| bad.message.clone()).unwrap_or_default()
    }

    /// Whether this form came back.
    fn is(&self, form: impl AsRef<str>) -> bool {
        self.typed.form == form.as_ref()
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers name a value in place")]
    fn chosen(&self, form: &str, name: &str, there: impl ToString, word: impl ToString) -> bool {
        self.at(form, name, there.to_string()) == word.to_string()
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers name a value in place")]
    fn picked(&self, form: &str, name: &str, word: impl ToString) -> bool {
        self.at(form, name, "") == word.to_string()
    }

    fn ticked(&self, form: &str, name: &str, there: impl std::borrow::Borrow<bool>) -> bool {
        if self.is(form) { self.typed.values.contains_key(name) } else { *there.borrow() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers name a value in place")]
    fn label(&self, prefix: &str, word: impl ToString) -> String {
        self.page.t.t(&format!("{prefix}-{}", word.to_string()))
    }

    fn to(&self, path: &str) -> String {
        format!("/su-co/{}/{path}", self.v.code)
    }

    fn early(&self) -> bool {
        matches!(self.v.state, State::Received | State::Verifying)
    }

    fn merged(&self) -> bool {
        self.v.state == State::Merged
    }

    fn merged_into(&self) -> Option<&Item> {
        let found = self.v.related.iter().find(|one| one.relation == "merged_into");
        found.map(|one| &one.incident)
    }

    fn i_lead(&self) -> bool {
        self.v.lead.as_ref().is_some_and(|lead| lead.id.to_string() == self.viewer)
    }

    fn decision(&self) -> String {
        self.v.legal_decision.clone().unwrap_or_default()
    }

    const fn categories(&self) -> &'static [Category] {
        Category::ALL
    }

    const fn priorities(&self) -> &'static [Priority] {
        Priority::ALL
    }

    const fn tlps(&self) -> &'static [Tlp] {
        Tlp::ALL
    }

    const fn classes(&self) -> &'static [LegalClass] {
        LegalClass::ALL
    }

    const fn kinds(&self) -> &'static [DispatchKind] {
        DispatchKind::ALL
    }

    /// For how long the own messages can wait.
    const fn spans(&self) -> &'static [(i32, &'static str)] {
        &snoozes::SPANS
    }

    fn task_roles(&self) -> Vec<Role> {
        tasks::roles().collect()
    }

    /// The times of the case that are known: label, time, who.
    fn moments(&self) -> Vec<(String, Timestamp, String)> {
        let v = &self.v;
        let name = |who: &Option<incident_view::Who>| {
            who.as_ref().map(|who| who.name.clone()).unwrap_or_default()
        };
        [
            ("desk-occurred", v.occurred_at, String::new()),
            ("desk-detected", Some(v.detected_at), String::new()),
            ("desk-received", Some(v.received_at), String::new()),
            ("desk-acknowledged", v.acknowledged_at, name(&v.acknowledged_by)),
            ("desk-response-ended", v.response_ended_at, String::new()),
            ("desk-closed-at", v.closed_at, name(&v.closed_by)),
        ]
        .into_iter()
        .filter_map(|(key, at, who)| Some((self.page.t.t(key), at?, who)))
        .collect()
    }

    fn told_sum(&self) -> String {
        let told = self.v.told.clone().unwrap_or_default();
        self.page.t.with(
            "desk-told-sum",
            &[
                ("persons", &told.persons.to_string()),
                ("reached", &told.reached.to_string()),
                ("waiting", &told.waiting.to_string()),
                ("untold", &told.untold.to_string()),
            ],
        )
    }

    fn told_tone(&self) -> &'static str {
        if self.v.untold.is_empty() { "" } else { "bad" }
    }

    fn role(&self, word: &str) -> String {
        let key = format!("role-{word}");
        let said = self.page.t.t(&key);
        if said == key { self.page.t.t("role-contact") } else { said }
    }

    fn size(&self, bytes: &i64) -> String {
        match bytes {
            ..1_024 => format!("{bytes} B"),
            1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
            _ => format!("{} MiB", bytes / 1_048_576),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
struct At {
    #[serde(default)]
    before: String,
}

impl At {
    fn seq(&self) -> Option<i32> {
        self.before.parse().ok().filter(|seq| *seq > 0)
    }
}

async fn show(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    at: web::Query<At>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    html(&one(&app, &caller, &req, &code, at.seq(), Typed::default(), Vec::new()).await?)
}

async fn one(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    code: &str,
    before: Option<i32>,
    typed: Typed,
    changed: Vec<EntryView>,
) -> Result<One> {
    let (v, history) = incident_view::page(&app.office, &caller.ctx, code, before, ENTRIES).await?;
    let page = Page::new(app, caller, req, "desk-incident", "queue").titled(&v.code);
    let t = page.t;
    let path = format!("/su-co/{}", v.code);
    let sight = caller.ctx.sight();
    let audiences = Audience::ALL
        .iter()
        .copied()
        .filter(|audience| match audience {
            Audience::Everyone => true,
            Audience::Coordination => v.depth == "coordination",
            Audience::Police => sight.police && v.may("police_note"),
        })
        .collect();
    Ok(One {
        lines: history.items.iter().map(|entry| Line::of(t, entry)).collect(),
        first: before.map(|_| format!("{path}#dien-bien")).unwrap_or_default(),
        next: history.next.map(|seq| format!("{path}?before={seq}#dien-bien")).unwrap_or_default(),
        before: before.map(|seq| seq.to_string()).unwrap_or_default(),
        audiences,
        typed,
        changed: changed.iter().map(|entry| Line::of(t, entry)).collect(),
        nonce: tokens::fresh()?,
        exercise: v.drill && drills::running(&app.office, &caller.ctx, &v.code).await?,
        viewer: caller.ctx.actor.account().map(|id| id.to_string()).unwrap_or_default(),
        page,
        v,
    })
}

/// The timeline alone, for the live region.
async fn timeline(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    at: web::Query<At>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let before = at.seq();
    let history = incident_view::history(&app.office, &caller.ctx, &code, before, ENTRIES).await?;
    let page = Page::new(&app, &caller, &req, "desk-timeline", "queue");
    let path = format!("/su-co/{code}");
    html(&History {
        lines: history.items.iter().map(|entry| Line::of(page.t, entry)).collect(),
        first: before.map(|_| format!("{path}#dien-bien")).unwrap_or_default(),
        next: history.next.map(|seq| format!("{path}?before={seq}#dien-bien")).unwrap_or_default(),
        page,
    })
}

#[derive(Template)]
#[template(path = "desk/messages.html")]
struct Ledger {
    page: Page,
    code: String,
    back: String,
    items: Vec<Message>,
    first: String,
    next: String,
}

impl Ledger {
    fn purpose(&self, word: &str) -> String {
        let key = format!("purpose-{word}");
        let said = self.page.t.t(&key);
        if said == key { word.to_owned() } else { said }
    }
}

#[derive(Debug, Default, Deserialize)]
struct Paged {
    #[serde(default)]
    cursor: String,
}

async fn messages(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    code: Path<String>,
    paged: web::Query<Paged>,
) -> Result<HttpResponse> {
    caller.ctx.actor.person()?;
    let cursor = paged.into_inner().cursor;
    let path = format!("/su-co/{code}/tin-nhan");
    let first = if cursor.is_empty() { String::new() } else { path.clone() };
    let found = told::messages(&app.office, &caller.ctx, &code, cursor, 100).await?;
    html(&Ledger {
        page: Page::new(&app, &caller, &req, "desk-messages", "queue"),
        back: format!("/su-co/{code}"),
        code: code.into_inner(),
        items: found.items,
        first,
        next: found.next.map(|cursor| format!("{path}?cursor={cursor}")).unwrap_or_default(),
    })
}

/// Done: back to the incident with a word. Not done: the page again, with what was typed, what
/// is wrong, and what changed meanwhile; its version is the new one, so that it can be sent.
async fn answer<T>(sent: Posted, form: &str, flash: &str, done: Result<T>) -> Result<HttpResponse> {
    let why = match done {
        Ok(_) => return Ok(see_with(&format!("/su-co/{}", sent.part("code")), "ok", flash)),
        Err(why) => why,
    };
    let t = Texts(crate::http::page::language(&sent.req));
    let (status, _) = why.face();
    let mut typed = Typed { form: form.to_owned(), values: sent.typed(), ..Typed::default() };
    let mut changed = Vec::new();
    match &why {
        Error::Refused(Refusal::Fields(fields)) => {
            typed.bad = fields
                .iter()
                .map(|field| Bad {
                    field: format!("{form}-{}", field.field),
                    message: field_text(t, field),
                })
                .collect();
        }
        Error::Stale { .. } => {
            typed.stale = true;
            let from = sent.version().unwrap_or(i32::MAX);
            changed =
                incident_view::since(sent.office(), sent.ctx(), sent.part("code"), from).await?;
        }
        Error::Refused(refusal) if status != 401 => typed.trouble = refusal_text(t, refusal),
        _ => return Err(why),
    }
    let again =
        one(&sent.app, &sent.caller, &sent.req, sent.part("code"), None, typed, changed).await?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    html_with(status, &again)
}
