//! The auditor's page: the trail, what it is filtered by, the state of the chain, the export.

mod said;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{self, Bytes, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use futures_util::stream;
use serde::Deserialize;

use super::proof::Proved;
use crate::actions::audit::{self, Verdict};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::api::audit::{cursor, wanted};
use crate::http::caller::Caller;
use crate::http::page::{Page, html};
use crate::http::sentence;
use crate::records::AuditEntry;
use crate::texts::Texts;

/// Entries read for one piece of a download.
const PIECE: i64 = 1000;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/nhat-ky", web::get().to(trail))
        .route("/nhat-ky/kiem-tra", web::get().to(verify))
        .route("/nhat-ky/xuat", web::post().to(export));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    action: String,
    actor: String,
    object: String,
    cursor: String,
}

impl Asked {
    /// The address of another page of the same search.
    fn address(&self, cursor: Option<i64>) -> String {
        let mut url = String::from("/nhat-ky?");
        for (name, value) in
            [("action", &self.action), ("actor", &self.actor), ("object", &self.object)]
        {
            if !value.is_empty() {
                url.push_str(&format!("{name}={}&", escaped(value)));
            }
        }
        if let Some(cursor) = cursor {
            url.push_str(&format!("cursor={cursor}"));
        }
        url.trim_end_matches(['?', '&']).to_owned()
    }
}

/// A value of a query.
pub(super) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' => {
                char::from(b).to_string()
            }
            b => format!("%{b:02X}"),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "audit.html")]
struct Trail {
    page: Page,
    asked: Asked,
    entries: Vec<AuditEntry>,
    verdict: Option<Verdict>,
    verdict_words: String,
    verdict_more: String,
    unsealed_words: String,
    first: String,
    next: String,
}

async fn trail(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    shown(&app, &caller, &req, asked.into_inner(), None).await
}

async fn verify(app: Data<App>, caller: Caller, req: HttpRequest) -> Result<HttpResponse> {
    let verdict = audit::check(&app.office, &caller.ctx).await?;
    shown(&app, &caller, &req, Asked::default(), Some(verdict)).await
}

async fn shown(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    asked: Asked,
    verdict: Option<Verdict>,
) -> Result<HttpResponse> {
    let wanted = wanted(&asked.action, &asked.actor, &asked.object);
    let from = cursor(&asked.cursor)?;
    let found = audit::list(&app.office, &caller.ctx, wanted, from, None).await?;
    let page = Page::new(app, caller, req, "audit-title", "audit");
    let (verdict_words, verdict_more) =
        verdict.as_ref().map(|verdict| words(page.t, verdict)).unwrap_or_default();
    let unsealed = verdict.as_ref().map_or(0, |verdict| verdict.unsealed).to_string();
    html(&Trail {
        verdict_words,
        verdict_more,
        unsealed_words: page.t.t1("audit-unsealed", "count", &unsealed),
        page,
        first: from.map(|_| asked.address(None)).unwrap_or_default(),
        next: found.next.map(|seq| asked.address(Some(seq))).unwrap_or_default(),
        asked,
        entries: found.entries,
        verdict,
    })
}

impl Trail {
    fn did(&self, entry: &AuditEntry) -> String {
        said::did(self.page.t, entry)
    }

    fn who(&self, entry: &AuditEntry) -> String {
        sentence::doer(self.page.t, &entry.actor)
    }

    fn thing(&self, entry: &AuditEntry) -> String {
        said::thing(self.page.t, entry)
    }

    fn facts(&self, entry: &AuditEntry) -> Vec<said::Fact> {
        said::facts(self.page.t, entry)
    }
}

/// The verdict, and what of the chain still holds.
fn words(t: Texts, verdict: &Verdict) -> (String, String) {
    let entries = verdict.entries.to_string();
    let more = t.with("audit-holds-to", &[("entries", &entries), ("head", &verdict.head)]);
    match verdict.broken {
        None => (t.t1("audit-page-holds", "entries", &entries), String::new()),
        Some(broken) => {
            let (seq, why) = (broken.seq.to_string(), t.t(broken.why.key()));
            (t.with("audit-broken", &[("seq", &seq), ("why", &why)]), more)
        }
    }
}

async fn export(app: Data<App>, Proved { caller, .. }: Proved) -> Result<HttpResponse> {
    audit::begin_export(&app.office, &caller.ctx, 0).await?;
    Ok(download(&app, 0))
}

/// Streams the sealed entries after `after`; memory does not grow with history.
pub(crate) fn download(app: &App, after: i64) -> HttpResponse {
    let db = app.office.db.clone();
    let pieces = stream::try_unfold((db, after), |(db, after)| async move {
        let (text, last) = audit::lines(&db, after, PIECE).await?;
        Ok::<_, Error>((last > after).then(|| (Bytes::from(text), (db, last))))
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""))
        .streaming(pieces)
}
