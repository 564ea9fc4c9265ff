//! What commands say: the answer on standard output, in the language that was asked for.

use std::fmt::Display;
use std::io::{self, Write as _};

use clap::Args;

use crate::domain::words::Language;
use crate::texts::Texts;

/// The language of a command's answer.
#[derive(Debug, Clone, Copy, Args)]
pub struct InLanguage {
    /// Language of the answer: vi or en.
    #[arg(long, value_name = "vi|en", default_value = "vi")]
    lang: Language,
}

impl InLanguage {
    /// Its texts.
    pub const fn texts(self) -> Texts {
        Texts(self.lang)
    }
}

/// Writes one line to standard output.
///
/// # Errors
/// When nobody reads it any more, or the disk behind it is full.
pub fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Writes one line to standard error: what is wrong, beside the answer.
pub fn complain(line: impl Display) {
    // There is no other place left to complain to.
    let _unheard = writeln!(io::stderr().lock(), "{line}");
}
