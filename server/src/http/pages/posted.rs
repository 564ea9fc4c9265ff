//! A form that was sent from a page of ours: its fields, the parts of its address, and who sent it.
//! A form whose token is not the session's never gets as far as its handler.

use std::collections::HashMap;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::{Data, Form};
use actix_web::{FromRequest, HttpRequest};

use super::session::{all, first};
use crate::actions::{Ctx, Office};
use crate::app::App;
use crate::domain::ids::Id;
use crate::error::{Error, Result};
use crate::http::caller::Caller;

/// What was sent.
pub(super) struct Posted {
    pub(super) app: Data<App>,
    pub(super) caller: Caller,
    pub(super) req: HttpRequest,
    parts: HashMap<String, String>,
    fields: Vec<(String, String)>,
}

impl Posted {
    pub(super) fn ctx(&self) -> &Ctx {
        &self.caller.ctx
    }

    pub(super) fn office(&self) -> &Office {
        &self.app.office
    }

    /// A part of the address, by its name in the route.
    pub(super) fn part(&self, name: &str) -> &str {
        self.parts.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A part of the address that names something.
    ///
    /// # Errors
    /// [`Error::NotFound`] of that thing for a part that is no identifier.
    pub(super) fn id<K>(&self, name: &str, what: &'static str) -> Result<Id<K>> {
        self.part(name).parse().map_err(|_| Error::NotFound(what))
    }

    /// The first value of a field, or an empty text.
    pub(super) fn get(&self, name: &str) -> String {
        first(&self.fields, name)
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        all(&self.fields, name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(key, _)| key == name)
    }

    pub(super) fn some(&self, name: &str) -> Option<String> {
        self.has(name).then(|| self.get(name))
    }

    /// The version that the edit began from. One that cannot be read is older than every version.
    pub(super) fn version(&self) -> Option<i32> {
        self.some("version").map(|text| text.parse().unwrap_or(0))
    }

    /// The fields by name, for a page that shows them again.
    pub(super) fn typed(&self) -> HashMap<String, String> {
        self.fields.iter().cloned().collect()
    }
}

impl FromRequest for Posted {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Self::Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let app = Data::<App>::from_request(req, payload);
        let caller = Caller::from_request(req, payload);
        let form = Form::<Vec<(String, String)>>::from_request(req, payload);
        let req = req.clone();
        Box::pin(async move {
            let (app, caller) = (app.await?, caller.await?);
            let fields = form.await?.into_inner();
            // Codes, identifiers and words of ours: nothing that an address would have to disguise.
            let part = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let parts = req.match_info().iter().map(part).collect();
            caller.checked(&first(&fields, "csrf"))?;
            Ok(Self { app, caller, req, parts, fields })
        })
    }
}
