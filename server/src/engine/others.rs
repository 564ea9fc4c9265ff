//! The lanes of Matrix and of web push.

use std::sync::Arc;

use notify::{Channel, LocalMailbox, Matrix, Push};

use super::browsers::Browsers;
use super::channels::SetupError;
use super::mailbox::Shelf;
use crate::app::App;

/// Matrix as configured; `None` when it stays here.
///
/// # Errors
/// [`SetupError::Matrix`].
pub(super) fn matrix(app: &App) -> Result<Option<Arc<Matrix>>, SetupError> {
    app.config()
        .matrix
        .settings()
        .map(Matrix::new)
        .transpose()
        .map(|it| it.map(Arc::new))
        .map_err(SetupError::Matrix)
}

/// What stands in for a way that is not configured.
pub(super) fn here(app: &App, kind: notify::ChannelKind) -> Arc<dyn Channel> {
    Arc::new(LocalMailbox::new(kind, Arc::new(Shelf::new(app.clone()))))
}

/// Web push as configured.
///
/// # Errors
/// [`SetupError::Push`].
pub(super) fn push(app: &App) -> Result<Arc<dyn Channel>, SetupError> {
    let config = app.config();
    let Some(settings) = config.push.settings(&config.mail.from_address) else {
        return Ok(here(app, notify::ChannelKind::Push));
    };
    let clock = app.clock.clone();
    let browsers = Arc::new(Browsers::new(app.clone()));
    Ok(Arc::new(Push::new(settings, browsers, move || clock.now().utc().into())?))
}
