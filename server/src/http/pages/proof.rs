//! Who sits there? Before something sensitive the password is asked for again, on a page that carries
//! everything that was typed, so that the answer goes on where the question came up.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::session::first;
use crate::actions::sessions;
use crate::app::App;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::http::caller::Caller;
use crate::http::error::{refusal_text, retry_after};
use crate::http::page::{Bad, BadFields, Page, html_with};
use crate::texts::Texts;

/// The field of the password, beside those of the form that goes on.
const FIELD: &str = "proof_password";

/// What the gate says.
pub(super) enum Gate {
    /// Go on, as this caller.
    Open(Caller),
    /// The page that asks.
    Asks(HttpResponse),
}

#[derive(Template)]
#[template(path = "accounts/prove.html")]
struct ProvePage {
    page: Page,
    action: String,
    kept: Vec<(String, String)>,
    errors: BadFields,
}

/// Lets through whoever gave the password lately, or gives it with this form.
///
/// # Errors
/// The database's.
pub(super) async fn gate(
    app: &App,
    mut caller: Caller,
    req: &HttpRequest,
    form: &[(String, String)],
) -> Result<Gate> {
    // Without a session the action itself says what is missing.
    let Some(session) = caller.session.as_ref().map(|session| session.id) else {
        return Ok(Gate::Open(caller));
    };
    let Err(why) = sessions::proved(&app.office, &caller.ctx) else {
        return Ok(Gate::Open(caller));
    };
    let password = first(form, FIELD);
    if password.is_empty() {
        return asks(app, &caller, req, form, &why, BadFields::default());
    }
    match sessions::prove(&app.office, &caller.ctx, session, FIELD, password).await {
        Ok(actor) => {
            caller.ctx.actor = actor;
            Ok(Gate::Open(caller))
        }
        Err(Error::Refused(why @ Refusal::TooManyAttempts { .. })) => {
            let message = refusal_text(Texts(caller.ctx.language), &why);
            let errors = BadFields(vec![Bad { field: FIELD, message }]);
            asks(app, &caller, req, form, &why, errors)
        }
        Err(Error::Refused(why @ Refusal::Fields(_))) => {
            let errors = BadFields::of(Texts(caller.ctx.language), why.clone().into())?;
            asks(app, &caller, req, form, &why, errors)
        }
        Err(why) => Err(why),
    }
}

fn asks(
    app: &App,
    caller: &Caller,
    req: &HttpRequest,
    form: &[(String, String)],
    why: &Refusal,
    errors: BadFields,
) -> Result<Gate> {
    let kept = form.iter().filter(|(name, _)| name != FIELD && name != "csrf").cloned().collect();
    let page = ProvePage {
        page: Page::new(app, caller, req, "prove-title", ""),
        action: req.uri().to_string(),
        kept,
        errors,
    };
    let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::FORBIDDEN);
    Ok(Gate::Asks(retry_after(html_with(status, &page)?, why)))
}
