//! One template for every form of the directory: fields described here, kept when something is
//! wrong, and set beside what is there now when somebody else was faster.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::app::App;
use crate::domain::directory;
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::page::{BadFields, Page, html, html_with};
use crate::texts::Texts;

/// One field of a form.
pub(super) struct Field {
    pub name: &'static str,
    pub label: String,
    pub value: String,
    pub hint: String,
    pub required: bool,
    pub kind: &'static str,
    pub max: usize,
    pub long: bool,
    pub fixed: bool,
    pub options: Vec<(String, String)>,
}

impl Field {
    /// A line of text; its label is the column's.
    pub(super) fn new(t: Texts, name: &'static str, value: &str) -> Self {
        Self {
            name,
            label: t.t(&format!("dir-col-{name}")),
            value: value.to_owned(),
            hint: String::new(),
            required: false,
            kind: "text",
            max: 200,
            long: false,
            fixed: false,
            options: Vec::new(),
        }
    }

    pub(super) fn labelled(mut self, label: String) -> Self {
        self.label = label;
        self
    }

    pub(super) fn hint(mut self, hint: String) -> Self {
        self.hint = hint;
        self
    }

    pub(super) const fn needed(mut self) -> Self {
        self.required = true;
        self
    }

    /// Shown and not asked.
    pub(super) const fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    pub(super) const fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Several lines.
    pub(super) const fn long(mut self) -> Self {
        self.long = true;
        self
    }

    /// As many characters.
    pub(super) const fn up_to(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// A choice of words whose labels are `PREFIX-WORD`.
    pub(super) fn one_of<W: ToString>(mut self, t: Texts, prefix: &str, words: &[W]) -> Self {
        self.options = words
            .iter()
            .map(|word| {
                let word = word.to_string();
                let label = t.t(&format!("{prefix}-{word}"));
                (word, label)
            })
            .collect();
        self
    }

    /// The value as a person reads it.
    fn shown(&self) -> String {
        self.options
            .iter()
            .find(|(word, _)| *word == self.value)
            .map_or_else(|| self.value.clone(), |(_, label)| label.clone())
    }
}

/// Where a form came from.
pub(super) struct Back {
    pub href: String,
    pub label: String,
}

/// A form.
pub(super) struct Sheet {
    pub title: String,
    pub back: Back,
    pub action: String,
    /// The version that is being changed; 0 for something new.
    pub version: i32,
    pub fields: Vec<Field>,
}

/// A field that somebody else changed meanwhile.
struct Versus {
    label: String,
    theirs: String,
    yours: String,
}

#[derive(Template)]
#[template(path = "organisations/form.html")]
struct Face {
    page: Page,
    sheet: Sheet,
    bad: BadFields,
    versus: Vec<Versus>,
}

fn page(app: &App, caller: &Caller, req: &HttpRequest, sheet: &Sheet) -> Page {
    Page::new(app, caller, req, "dir-title", "organisations").titled(sheet.title.clone())
}

/// Shows a form.
pub(super) fn show(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    sheet: Sheet,
) -> Result<HttpResponse> {
    let page = page(app, caller, req, &sheet);
    html(&Face { page, sheet, bad: BadFields::default(), versus: Vec::new() })
}

/// Shows a form again with what is wrong; `theirs` is what is there now, when it was stale.
pub(super) fn again(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    mut sheet: Sheet,
    why: Error,
    theirs: Option<Vec<Field>>,
) -> Result<HttpResponse> {
    let page = page(app, caller, req, &sheet);
    let (bad, status) = match why {
        Error::Stale { now } => {
            // What is saved next was seen: it may overwrite.
            sheet.version = now;
            (BadFields::default(), StatusCode::CONFLICT)
        }
        Error::Refused(Refusal::Exists { what }) => {
            let bad = [FieldError::with("key", "field-dir-exists", what)];
            (BadFields::from(page.t, &bad), StatusCode::CONFLICT)
        }
        why => (BadFields::of(page.t, why)?, StatusCode::UNPROCESSABLE_ENTITY),
    };
    let versus = theirs.map_or_else(Vec::new, |theirs| {
        theirs
            .iter()
            .zip(&sheet.fields)
            .filter(|(theirs, yours)| theirs.value != yours.value)
            .map(|(theirs, yours)| Versus {
                label: yours.label.clone(),
                theirs: theirs.shown(),
                yours: yours.shown(),
            })
            .collect()
    });
    html_with(status, &Face { page, sheet, bad, versus })
}

/// A day as people here write it, when it is one; else what was typed.
pub(super) fn local_day(typed: &str) -> String {
    match directory::day("day", typed) {
        Ok(at) => at.local().chars().take(10).collect(),
        Err(_) => typed.to_owned(),
    }
}

/// A text as one part of a path or query.
pub(super) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
