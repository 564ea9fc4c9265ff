//! Who sits there? Before something sensitive the password is asked for again, on a page that carries
//! everything that was typed, so that the answer goes on where the question came up.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
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

/// A sensitive form that may do its work: its token is right, and whoever sent it gave the password
/// lately or with it. As an extractor: whoever has to give it first gets the page that asks.
pub(super) struct Proved {
    /// Who sent it.
    pub caller: Caller,
    /// Its fields.
    pub form: Vec<(String, String)>,
}

impl FromRequest for Proved {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let form = Form::<Vec<(String, String)>>::from_request(&req, payload);
        Box::pin(async move {
            let caller = Caller::extract(&req).await?;
            let form = form.await?.into_inner();
            let app = req.app_data::<Data<App>>().ok_or_else(|| Error::internal("no app"))?;
            caller.checked(&first(&form, "csrf"))?;
            match gate(app, caller, &req, &form).await? {
                Gate::Open(caller) => Ok(Self { caller, form }),
                Gate::Asks(page) => Err(InternalError::from_response("prove first", page).into()),
            }
        })
    }
}

enum Gate {
    Open(Caller),
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
async fn gate(
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
