//! Reporting an incident: with an account, or by an organisation's own link without one. Works
//! without scripts; what was typed and sent is never lost to a refusal.

use actix_multipart::Multipart;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::actions::evidence::Staged;
use crate::actions::files::{RefusedFile, Why};
use crate::actions::places;
use crate::actions::reports::{self, NewReport, Similar};
use crate::actions::tokens;
use crate::app::App;
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::secrecy;
use crate::domain::sight::Verb;
use crate::domain::words::{Category, People, Services, Source};
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::words;
use crate::http::form::see;
use crate::http::page::{Bad, BadFields, Page, html, html_with};
use crate::http::upload::{self, Fields, Upload, Wanted};
use crate::records::Organisation;
use crate::texts::Texts;

/// The area's routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/bao-su-co", web::get().to(own_form))
        .route("/bao-su-co", web::post().to(send_own))
        .route("/bao-su-co/{key}", web::get().to(link_form))
        .route("/bao-su-co/{key}", web::post().to(send_by_link));
}

/// A choice of a list.
struct Choice {
    value: String,
    label: String,
}

/// A file that came with an earlier step and waits.
struct Waiting {
    name: String,
    size: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Form {
    page: Page,
    action: String,
    organisation: String,
    /// The desk registers for others.
    registers: bool,
    organisations: Vec<Choice>,
    sources: Vec<Choice>,
    systems: Vec<Choice>,
    categories: Vec<&'static str>,
    services: Vec<&'static str>,
    people: Vec<&'static str>,
    typed: Typed,
    nonce: String,
    bad: BadFields,
    /// Something else than a field went wrong: wait, or send again.
    trouble: String,
    waiting: Vec<Waiting>,
    refused: Vec<Bad>,
    /// Files were sent and could not be kept: they must be chosen again.
    again: bool,
    hotline: String,
    /// A word of secrecy stands in the text: the reporter confirms that it is none.
    confirm_word: bool,
}

#[derive(Template)]
#[template(path = "report-similar.html")]
struct OneOfThese {
    page: Page,
    action: String,
    typed: Typed,
    nonce: String,
    similar: Vec<Meant>,
    waiting: Vec<Waiting>,
    refused: Vec<Bad>,
}

#[derive(Template)]
#[template(path = "report-stop.html")]
struct Stop {
    page: Page,
    hotline: String,
}

/// An open incident that the reporter may mean, in words.
struct Meant {
    code: String,
    title: String,
    note: String,
}

impl Meant {
    fn of(t: Texts, one: &Similar) -> Self {
        let at = one.received_at.local();
        Self {
            code: one.code.clone(),
            title: t.t(&format!("category-{}-plain", one.category)),
            note: t.with("report-similar-one", &[("code", &one.code), ("at", &at)]),
        }
    }
}

/// What stands in the form, as typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    category: String,
    description: String,
    detected_at: String,
    still_happening: String,
    system: String,
    system_other: String,
    organisation: String,
    services: String,
    people: String,
    name: String,
    phone: String,
    email: String,
    secret: String,
    secret_confirmed: String,
    source: String,
    drill: String,
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        Self {
            category: fields.take("category"),
            description: fields.take("description"),
            detected_at: fields.take("detected_at"),
            still_happening: fields.take("still_happening"),
            system: fields.take("system"),
            system_other: fields.take("system_other"),
            organisation: fields.take("organisation"),
            services: fields.take("services"),
            people: fields.take("people"),
            name: fields.take("name"),
            phone: fields.take("phone"),
            email: fields.take("email"),
            secret: fields.take("secret"),
            secret_confirmed: fields.take("secret_confirmed"),
            source: fields.take("source"),
            drill: fields.take("drill"),
        }
    }

    /// Every field as it goes into the next step's hidden fields.
    fn carried(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("category", &self.category),
            ("description", &self.description),
            ("detected_at", &self.detected_at),
            ("still_happening", &self.still_happening),
            ("system", &self.system),
            ("system_other", &self.system_other),
            ("organisation", &self.organisation),
            ("services", &self.services),
            ("people", &self.people),
            ("name", &self.name),
            ("phone", &self.phone),
            ("email", &self.email),
            ("secret", &self.secret),
            ("secret_confirmed", &self.secret_confirmed),
            ("source", &self.source),
            ("drill", &self.drill),
        ]
    }

    fn report(&self, same_as: &str) -> NewReport {
        let own_words = !self.system_other.trim().is_empty();
        NewReport {
            category: self.category.clone(),
            description: self.description.clone(),
            detected_at: self.detected_at.clone(),
            occurred_at: String::new(),
            still_happening: self.still_happening != "no",
            system: if own_words { self.system_other.clone() } else { self.system.clone() },
            organisation: self.organisation.clone(),
            services: self.services.clone(),
            people: self.people.clone(),
            contact_name: self.name.clone(),
            contact_phone: self.phone.clone(),
            contact_email: self.email.clone(),
            secret: self.secret.clone(),
            secret_confirmed: self.secret_confirmed == "yes",
            same_as: if same_as == NONE { String::new() } else { same_as.to_owned() },
            source: self.source.clone(),
            drill: self.drill == "yes",
        }
    }
}

/// "None of these": a new incident.
const NONE: &str = "none";

/// Whose form it is.
struct Place {
    /// The organisation, unless the desk chooses one.
    organisation: Option<Organisation>,
    /// Its key when the public link is used.
    through: Option<String>,
    action: String,
    registers: bool,
}

async fn by_account(app: &App, caller: &Caller) -> Result<Place> {
    let person = caller.ctx.actor.person()?.clone();
    let registers = Verb::Register.by(&caller.ctx.actor).is_ok();
    let own = person.organisation;
    let organisation = places::one(&app.office, own).await?;
    Ok(Place {
        organisation: (!registers).then_some(organisation),
        through: None,
        action: "/bao-su-co".to_owned(),
        registers,
    })
}

async fn by_link(app: &App, caller: &Caller, key: String) -> Result<Place> {
    let now = caller.ctx.now;
    let organisation = places::by_key(&app.office, key, now).await?;
    Ok(Place {
        through: Some(organisation.key.clone()),
        action: format!("/bao-su-co/{}", organisation.key),
        organisation: Some(organisation),
        registers: false,
    })
}

#[derive(Deserialize)]
struct Asked {
    /// A category that was chosen already, from a link.
    #[serde(default)]
    loai: String,
}

async fn own_form(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let place = by_account(&app, &caller).await?;
    empty(&app, &caller, &req, &place, &asked).await
}

async fn link_form(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse> {
    let place = by_link(&app, &caller, key.into_inner()).await?;
    empty(&app, &caller, &req, &place, &asked).await
}

async fn empty(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    place: &Place,
    asked: &Asked,
) -> Result<HttpResponse> {
    let typed = Typed {
        category: asked.loai.clone(),
        detected_at: caller.ctx.now.local_input(),
        still_happening: "yes".to_owned(),
        ..Typed::default()
    };
    let form = form(app, caller, req, place, typed, tokens::fresh()?).await?;
    html(&form)
}

/// The form around what was typed.
async fn form(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    place: &Place,
    typed: Typed,
    nonce: String,
) -> Result<Form> {
    let page = Page::new(app, caller, req, "report-title", "report");
    let t = page.t;
    let now = caller.ctx.now;
    let own = place.organisation.as_ref().map(|organisation| organisation.id);
    let registers = place.registers;
    let systems = match own {
        Some(own) => places::systems(&app.office, own).await?,
        None => Vec::new(),
    };
    let all = if registers { places::all(&app.office, now).await? } else { Vec::new() };
    let files = app.office.files.staged_under(&nonce, now).await?;
    Ok(Form {
        page,
        action: place.action.clone(),
        organisation: place.organisation.as_ref().map(|o| o.name.clone()).unwrap_or_default(),
        registers,
        organisations: all.into_iter().map(|o| Choice { value: o.key, label: o.name }).collect(),
        sources: Source::ALL
            .iter()
            .filter(|source| !matches!(source, Source::Api))
            .map(|source| Choice {
                value: source.to_string(),
                label: t.t(&format!("source-{source}")),
            })
            .collect(),
        systems: systems.into_iter().map(|s| Choice { value: s.key, label: s.name }).collect(),
        categories: Category::ALL.iter().map(|category| category.as_word()).collect(),
        services: Services::ALL.iter().map(|word| word.as_word()).collect(),
        people: People::ALL.iter().map(|word| word.as_word()).collect(),
        typed,
        nonce,
        bad: BadFields::default(),
        trouble: String::new(),
        waiting: waiting(&files),
        refused: Vec::new(),
        again: false,
        hotline: app.config().province.hotline.clone(),
        confirm_word: false,
    })
}

fn waiting(files: &[Staged]) -> Vec<Waiting> {
    files
        .iter()
        .map(|file| Waiting {
            name: file.name.clone(),
            size: crate::http::pages::tracking::size(file.size),
        })
        .collect()
}

async fn send_own(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    parts: Multipart,
) -> Result<HttpResponse> {
    let place = by_account(&app, &caller).await?;
    send(&app, &caller, &req, &place, parts).await
}

async fn send_by_link(
    app: Data<App>,
    caller: Caller,
    req: HttpRequest,
    key: Path<String>,
    parts: Multipart,
) -> Result<HttpResponse> {
    let place = by_link(&app, &caller, key.into_inner()).await?;
    send(&app, &caller, &req, &place, parts).await
}

/// The form's nonce: ours, or at least of that shape.
pub(super) fn nonce(fields: &Fields) -> Option<String> {
    let given = fields.get("nonce");
    let fine = (20..=64).contains(&given.len())
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    fine.then(|| given.to_owned())
}

async fn send(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    place: &Place,
    parts: Multipart,
) -> Result<HttpResponse> {
    let limited = |fields: &Fields| -> Result<(), Refusal> {
        limit(app, caller, place, nonce(fields).as_deref().unwrap_or_default())
    };
    let mut slow_down = None;
    let noticed = std::cell::RefCell::new(None);
    let upload = upload::read(app, parts, caller.ctx.now, |fields| {
        caller.checked(fields.get("csrf"))?;
        if let Err(why) = limited(fields) {
            *noticed.borrow_mut() = Some(why);
            return Ok(Wanted { scope: None, take: false });
        }
        // Nothing of what may be a state secret is kept, not even a file (Điều 3.2, 5.1.d).
        let marked = fields.get("secret_confirmed") != "yes"
            && secrecy::marked(fields.get("description")).is_some();
        Ok(Wanted { scope: nonce(fields), take: fields.get("secret") == "no" && !marked })
    })
    .await?;
    if let Some(why) = noticed.into_inner() {
        slow_down = Some(why);
    }
    let given = nonce(&upload.fields);
    let nonce = match given {
        Some(given) => given,
        None => tokens::fresh()?,
    };
    let typed = Typed::of(&upload.fields);
    let result = match slow_down {
        Some(why) => Err(why.into()),
        None => submit(app, caller, req, place, &upload, &typed, &nonce).await,
    };
    match result {
        Ok(answer) => Ok(answer),
        Err(why) => refused(app, caller, req, place, upload, typed, nonce, why).await,
    }
}

/// The first sending of a form counts against its address and its link; corrections and repeats of
/// the same form count only against themselves.
fn limit(app: &App, caller: &Caller, place: &Place, nonce: &str) -> Result<(), Refusal> {
    let limits = &app.limits;
    if limits.report_first.check(nonce).is_ok() {
        match caller.ctx.actor.account() {
            Some(account) => limits.report_address.check(&account.to_string())?,
            None => limits.report_address.check(&caller.ctx.address)?,
        }
        if let Some(link) = &place.through {
            limits.report_link.check(link)?;
        }
        return Ok(());
    }
    limits.report_again.check(nonce)
}

async fn submit(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    place: &Place,
    upload: &Upload,
    typed: &Typed,
    nonce: &str,
) -> Result<HttpResponse> {
    let office = &app.office;
    let ctx = &caller.ctx;
    if upload.full.is_some() {
        return Err(FieldError::new("files", "field-files-full").into());
    }
    let same_as = upload.fields.get("same_as");
    let report = typed.report(same_as);
    let through = place.through.as_deref();
    let (organisation, category) = reports::look_over(office, ctx, &report, through).await?;
    let files = office.files.staged_under(nonce, ctx.now).await?;
    if same_as.is_empty() {
        let similar = reports::similar(office, ctx, organisation, Some(category)).await?;
        if !similar.is_empty() && !reports::sent_before(office, ctx, nonce).await? {
            let page = Page::new(app, caller, req, "report-similar-title", "report");
            let refused = refusals(&page, &upload.refused);
            let similar = similar.iter().map(|one| Meant::of(page.t, one)).collect();
            return html(&OneOfThese {
                page,
                action: place.action.clone(),
                typed: typed.clone(),
                nonce: nonce.to_owned(),
                similar,
                waiting: waiting(&files),
                refused,
            });
        }
    }
    let key = Some(nonce.to_owned());
    let through = place.through.clone();
    // The same file under the same name, sent twice with the same form, is one file.
    let mut once: Vec<Staged> = Vec::new();
    for file in &files {
        if !once.iter().any(|other| other.name == file.name && other.sha256 == file.sha256) {
            once.push(file.clone());
        }
    }
    let received = reports::receive(office, ctx, report, once, through, key).await?;
    office.files.settle(&office.db, Some(nonce), &files).await;
    let mut answer = see(&format!("/theo-doi/{}?moi=1", received.tracking));
    if !upload.refused.is_empty() {
        answer.add_cookie(&refused_cookie(&upload.refused)?).map_err(Error::internal)?;
    }
    Ok(answer)
}

/// The form comes back with everything that was typed and the reason; files that arrived wait.
#[expect(clippy::too_many_arguments, reason = "everything that the form showed, in one place")]
async fn refused(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    place: &Place,
    upload: Upload,
    typed: Typed,
    nonce: String,
    why: Error,
) -> Result<HttpResponse> {
    if matches!(why, Error::Refused(Refusal::StateSecret)) {
        let page = Page::new(app, caller, req, "secret-title", "report");
        let hotline = app.config().province.hotline.clone();
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &Stop { page, hotline });
    }
    let status = StatusCode::from_u16(why.face().0).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let t = Page::bare(false, req, "report-title").t;
    let mut trouble = String::new();
    let mut bad = BadFields::default();
    let mut nonce = nonce;
    let mut confirm_word = false;
    match why {
        Error::Refused(Refusal::Fields(fields)) => {
            confirm_word = fields.iter().any(|field| field.field == "secret_confirmed");
            bad = BadFields::from(t, &fields.iter().map(as_in_form).collect::<Vec<_>>());
        }
        // The same form was sent before with other words: those are a report of their own.
        Error::Refused(Refusal::KeyReused) => {
            trouble = t.t("report-sent-already");
            nonce = tokens::fresh()?;
        }
        Error::Refused(_) | Error::Unavailable(_) => trouble = words(t, &why).1,
        why => return Err(why),
    }
    let mut form = form(app, caller, req, place, typed, nonce).await?;
    form.bad = bad;
    form.trouble = trouble;
    form.confirm_word = confirm_word;
    form.refused = refusals(&form.page, &upload.refused);
    form.again = upload.unwanted > 0;
    html_with(status, &form)
}

/// The form's own names of the contact's fields.
fn as_in_form(field: &FieldError) -> FieldError {
    let name = match field.field {
        "contact_name" => "name",
        "contact_phone" => "phone",
        "contact_email" => "email",
        other => other,
    };
    FieldError { field: name, ..field.clone() }
}

/// Which files were not taken, and why, in the reader's words.
pub(super) fn refusals(page: &Page, refused: &[RefusedFile]) -> Vec<Bad> {
    refused.iter().map(|file| Bad { field: "files", message: refusal(page, file) }).collect()
}

fn refusal(page: &Page, file: &RefusedFile) -> String {
    let key = format!("file-refused-{}", file.why.word());
    let value = match file.why {
        Why::Secret(mark) => mark.words().to_owned(),
        Why::TooLarge { limit_mib } => limit_mib.to_string(),
        Why::TooMany => crate::actions::files::MOST_FILES.to_string(),
        Why::Empty => String::new(),
    };
    page.t.with(&key, &[("name", &file.name), ("value", &value)])
}

/// Which files were refused, for the next page of this browser alone: the server keeps nothing.
const REFUSED: &str = "dieuphoi_refused";

pub(super) fn refused_cookie(refused: &[RefusedFile]) -> Result<Cookie<'static>> {
    let short: Vec<(String, &str, String)> = refused
        .iter()
        .take(10)
        .map(|file| {
            let value = match file.why {
                Why::Secret(mark) => mark.words().to_owned(),
                Why::TooLarge { limit_mib } => limit_mib.to_string(),
                Why::TooMany => crate::actions::files::MOST_FILES.to_string(),
                Why::Empty => String::new(),
            };
            (file.name.chars().take(60).collect(), file.why.word(), value)
        })
        .collect();
    let value = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&short).map_err(Error::internal)?);
    Ok(Cookie::build(REFUSED, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::seconds(120))
        .finish())
}

/// Reads what [`refused_cookie`] left; words that are not ours are dropped.
pub(super) fn refused_before(page: &Page, req: &HttpRequest) -> Vec<String> {
    let read = || -> Option<Vec<(String, String, String)>> {
        let cookie = req.cookie(REFUSED)?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie.value()).ok()?).ok()
    };
    read()
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, why, _)| ["secret", "too_large", "too_many", "empty"].contains(&why.as_str()))
        .map(|(name, why, value)| {
            page.t.with(&format!("file-refused-{why}"), &[("name", &name), ("value", &value)])
        })
        .collect()
}

/// Forgets the cookie of [`refused_cookie`].
pub(super) fn forget_refused(answer: &mut HttpResponse) -> Result<()> {
    let mut gone = Cookie::new(REFUSED, "");
    gone.set_path("/");
    gone.make_removal();
    answer.add_cookie(&gone).map_err(Error::internal)
}

impl Form {
    /// The data-draft key: one draft per door.
    fn draft(&self) -> String {
        format!("bao{}", self.action.replace('/', "-"))
    }
}

/// Whether whoever calls is signed in; the tracking page offers more to them.
pub(super) const fn is_person(actor: &Actor) -> bool {
    matches!(actor, Actor::Person(_))
}
