//! What `doctor` says of Matrix and of alarms in browsers.

use notify::Channel as _;

use super::Findings;
use crate::config::Config;

/// The homeserver.
pub(super) async fn matrix(to: &mut Findings, config: &Config) {
    let Some(settings) = config.matrix.settings() else {
        return to.fine("matrix", "doctor-matrix-none", &[]);
    };
    let said = match notify::Matrix::new(settings) {
        Ok(matrix) => matrix.check().await,
        Err(why) => Err(why.to_string()),
    };
    match said {
        Ok(said) => to.fine("matrix", "doctor-matrix", &[("said", &said)]),
        Err(why) => to.broken("matrix", "doctor-matrix-away", &[("why", &why)]),
    }
}

/// The keys, and what browsers ask for.
pub(super) fn push(to: &mut Findings, config: &Config) {
    let Some(settings) = config.push.settings(&config.mail.from_address) else {
        return to.fine("push", "doctor-push-none", &[]);
    };
    if let Err(why) = notify::push::check(&settings) {
        return to.broken("push", "doctor-push-settings", &[("why", &why.to_string())]);
    }
    let url = &config.server.base_url;
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    if !url.starts_with("https://") && !local.iter().any(|it| url.starts_with(it)) {
        return to.look("push", "doctor-push-http", &[("url", url)]);
    }
    to.fine("push", "doctor-push", &[("said", &settings.services.join(", "))]);
}
