//! `dieuphoi push-keys`: a pair of keys for alarms in browsers, printed for whoever writes the
//! configuration.

use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::out::{InLanguage, complain, say};

/// Make the pair of keys for alarms in browsers.
#[derive(Debug, Args)]
pub struct PushKeys {
    #[command(flatten)]
    language: InLanguage,
}

/// Prints a new pair as lines of the configuration.
///
/// # Errors
/// When there is no randomness, or nobody reads the answer.
pub fn run(asked: &PushKeys) -> anyhow::Result<ExitCode> {
    let t = asked.language.texts();
    let Some((public, private)) = notify::push::new_keys() else { bail!(t.t("push-keys-failed")) };
    complain(t.t("push-keys-how"));
    say(format!("public_key = \"{public}\""))?;
    say(format!("private_key = \"{private}\""))?;
    Ok(ExitCode::SUCCESS)
}
