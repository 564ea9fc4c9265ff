//! What every page has: texts, the viewer, the menu's place, one flash message.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::caller::Caller;
use super::error::field_text;
use crate::app::App;
use crate::domain::person::{Actor, Person};
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::words::{Language, Role};
use crate::error::{Error, Result};
use crate::texts::Texts;

/// Who looks at the page.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The person's name.
    pub name: String,
    /// Where the person works.
    pub organisation: String,
    /// The words of the roles.
    pub roles: Vec<&'static str>,
}

impl Viewer {
    fn of(person: &Person) -> Self {
        Self {
            name: person.name.clone(),
            organisation: person.organisation_name.clone(),
            roles: person.roles.iter().map(|role| role.as_word()).collect(),
        }
    }

    fn any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.roles.contains(&role.as_word()))
    }

    /// Sees incidents as cases.
    pub fn desk(&self) -> bool {
        use Role::{
            Coordinator, DutyOfficer, ItOfficer, Leader, PoliceLiaison, Responder, UnitHead,
        };
        self.any(&[Coordinator, DutyOfficer, ItOfficer, Leader, PoliceLiaison, Responder, UnitHead])
    }

    /// Works at the coordinator's desk itself.
    pub fn coordinates(&self) -> bool {
        self.any(&[Role::Coordinator, Role::DutyOfficer, Role::Leader])
    }

    /// Answers for an organisation: hands out its report link.
    pub fn heads(&self) -> bool {
        self.any(&[Role::UnitHead, Role::ItOfficer])
    }

    /// Keeps accounts and organisations.
    pub fn admin(&self) -> bool {
        self.any(&[Role::Admin])
    }

    /// Answers dispatches for a partner.
    pub fn liaison(&self) -> bool {
        self.any(&[Role::Liaison, Role::PoliceLiaison])
    }

    /// Reads the audit trail.
    pub fn auditor(&self) -> bool {
        self.any(&[Role::Auditor])
    }

    /// Reports incidents: everybody who works in an organisation but partners and the auditor.
    pub fn reporter(&self) -> bool {
        self.any(&[Role::Reporter]) || self.desk()
    }
}

/// One message after a write, shown once.
#[derive(Debug, Clone)]
pub struct Flash {
    /// `ok`, `warn` or `bad`.
    pub kind: String,
    /// The text.
    pub text: String,
}

/// What `base.html` is built against.
#[derive(Debug, Clone)]
pub struct Page {
    /// The reader's texts.
    pub t: Texts,
    /// The title, ready to read.
    pub title: String,
    /// Who looks, if signed in.
    pub viewer: Option<Viewer>,
    /// The session's token against forged forms.
    pub csrf: String,
    /// The menu's place.
    pub here: &'static str,
    /// One message.
    pub flash: Option<Flash>,
    /// Channels that do not carry, in words, for those who must know.
    pub silent: String,
    /// Rooms that are not heard, in words, for the same people.
    pub unheard: String,
    /// Demo mode.
    pub demo: bool,
    /// The path, for the way back.
    pub path: String,
    /// `auto`, `light` or `dark`.
    pub theme: &'static str,
    /// The program's version, also against stale assets.
    pub version: &'static str,
}

impl Page {
    /// A page for this caller; `title` is a key of the catalogs.
    pub fn new(
        app: &App,
        caller: &Caller,
        req: &HttpRequest,
        title: &str,
        here: &'static str,
    ) -> Self {
        let viewer = match &caller.ctx.actor {
            Actor::Person(person) => Some(Viewer::of(person)),
            _ => None,
        };
        let page = Self::build(app.config().demo, viewer, caller.csrf.clone(), req, title, here);
        let concerned =
            page.viewer.as_ref().is_some_and(|viewer| viewer.coordinates() || viewer.admin());
        let silent = if concerned { app.pulse.trouble() } else { Vec::new() };
        let words = silent.iter().map(|channel| page.t.t(&format!("channel-{channel}")));
        let silent = words.collect::<Vec<_>>().join(", ");
        let lost = if concerned { app.pulse.lost(&*app.clock) } else { Vec::new() };
        let rooms = lost.iter().map(|room| page.t.t(&format!("channel-{room}")));
        Self { silent, unheard: rooms.collect::<Vec<_>>().join(", "), ..page }
    }

    /// A page for an error: nothing of the caller is known for sure.
    pub fn bare(demo: bool, req: &HttpRequest, title: &str) -> Self {
        Self::build(demo, None, String::new(), req, title, "")
    }

    fn build(
        demo: bool,
        viewer: Option<Viewer>,
        csrf: String,
        req: &HttpRequest,
        title: &str,
        here: &'static str,
    ) -> Self {
        let t = Texts(language(req));
        Self {
            t,
            title: t.t(title),
            viewer,
            csrf,
            here,
            flash: read_flash(req, t),
            silent: String::new(),
            unheard: String::new(),
            demo,
            path: req.path().to_owned(),
            theme: match req.cookie(THEME).as_ref().map(Cookie::value) {
                Some("light") => "light",
                Some("dark") => "dark",
                _ => "auto",
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// The page with another title, already in words (a code).
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }
}

/// Cookie of the chosen language.
pub(super) const LANGUAGE: &str = "dieuphoi_language";
/// Cookie of the chosen theme.
pub(super) const THEME: &str = "dieuphoi_theme";
const FLASH: &str = "dieuphoi_flash";

/// The language of the account behind this request, known once the caller is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Preferred(pub Language);

/// The reader's language: the cookie's (chosen on this device), else the account's, else English
/// where the browser asks for it first, else Vietnamese.
pub fn language(req: &HttpRequest) -> Language {
    if let Some(chosen) = req.cookie(LANGUAGE).and_then(|cookie| cookie.value().parse().ok()) {
        return chosen;
    }
    if let Some(Preferred(language)) = req.extensions().get() {
        return *language;
    }
    let wanted = req.headers().get("accept-language").and_then(|value| value.to_str().ok());
    match wanted.map(|wanted| wanted.trim().to_ascii_lowercase()) {
        Some(wanted) if wanted.starts_with("en") => Language::En,
        _ => Language::Vi,
    }
}

/// A cookie of preferences, for a year.
pub(super) fn preference(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .same_site(SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::days(365))
        .finish()
}

/// A 303 to `path` that leaves a message there; `key` is a key of the catalogs.
pub fn see_with(path: &str, kind: &'static str, key: &str) -> HttpResponse {
    see_with_value(path, kind, key, "")
}

/// As [`see_with`], with a number or a time for the text, `{ $value }`.
pub fn see_with_value(path: &str, kind: &'static str, key: &str, value: &str) -> HttpResponse {
    let value = URL_SAFE_NO_PAD.encode(format!("{kind}:{key}:{value}"));
    let cookie = Cookie::build(FLASH, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::seconds(60))
        .finish();
    HttpResponse::SeeOther().insert_header(("Location", path.to_owned())).cookie(cookie).finish()
}

fn read_flash(req: &HttpRequest, t: Texts) -> Option<Flash> {
    let cookie = req.cookie(FLASH)?;
    let bytes = URL_SAFE_NO_PAD.decode(cookie.value()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (kind, rest) = text.split_once(':')?;
    let (key, value) = rest.split_once(':').unwrap_or((rest, ""));
    // A cookie can be forged: only keys made for this, only kinds that exist, and no words.
    let fine = key.starts_with("flash-")
        && ["ok", "warn", "bad"].contains(&kind)
        && value.len() <= 20
        && value.chars().all(|c| c.is_ascii_digit() || "/: ".contains(c));
    fine.then(|| Flash { kind: kind.to_owned(), text: t.t1(key, "value", value) })
}

/// Renders a template.
pub fn html(page: &impl Template) -> Result<HttpResponse> {
    html_with(StatusCode::OK, page)
}

/// Renders a template with a status (422 for a form that comes back).
pub fn html_with(status: StatusCode, page: &impl Template) -> Result<HttpResponse> {
    let body = page.render().map_err(Error::internal)?;
    let mut gone = Cookie::new(FLASH, "");
    gone.set_path("/");
    gone.make_removal();
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").cookie(gone).body(body))
}

/// One bad field for the summary on top of a form.
#[derive(Debug, Clone)]
pub struct Bad {
    /// The input's id.
    pub field: &'static str,
    /// What to do.
    pub message: String,
}

/// The bad fields of a form that is shown again.
#[derive(Debug, Clone, Default)]
pub struct BadFields(pub Vec<Bad>);

impl BadFields {
    /// Takes the field errors out of an error; anything else goes on to the error's own page.
    ///
    /// # Errors
    /// Whatever is not about fields.
    pub fn of(t: Texts, why: Error) -> Result<Self> {
        match why {
            Error::Refused(Refusal::Fields(fields)) => Ok(Self::from(t, &fields)),
            why => Err(why),
        }
    }

    /// The fields in the reader's words.
    pub fn from(t: Texts, fields: &[FieldError]) -> Self {
        let bad = |field: &FieldError| Bad { field: field.field, message: field_text(t, field) };
        Self(fields.iter().map(bad).collect())
    }

    /// The message of one field, or an empty text.
    pub fn at(&self, field: &str) -> String {
        self.0
            .iter()
            .find(|bad| bad.field == field)
            .map(|bad| bad.message.clone())
            .unwrap_or_default()
    }
}
