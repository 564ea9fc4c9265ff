//! A file that came in a room becomes evidence as one that came by the page does: screened before a
//! byte is kept, hashed, in the custody log.

use actix_web::web::Bytes;

use crate::actions::evidence::{About, Staged, add, may_add};
use crate::actions::files::{RefusedFile, Why};
use crate::actions::{Ctx, Office};
use crate::error::{Error, Result};
use crate::records::Evidence;

/// What became of a file.
#[derive(Debug, Clone)]
pub enum Brought {
    /// It is evidence now.
    Kept(Box<Evidence>),
    /// It was not taken.
    Refused {
        /// Key of the catalogs, with `name` and `value`.
        key: &'static str,
        /// Its name, cleaned.
        name: String,
        /// A limit, or the mark that was found.
        value: String,
    },
}

/// Adds one file to a case.
///
/// # Errors
/// Those of [`add`]; the disk's.
pub async fn bring(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    (given, bytes): (&str, Vec<u8>),
    note: &str,
) -> Result<Brought> {
    // Before a single byte is kept.
    may_add(office, ctx, name).await?;
    let mut intake = office.files.intake(None, ctx.now);
    intake.begin(given).await?;
    intake.write(&Bytes::from(bytes)).await?;
    let (staged, refused) = intake.finish().await?;
    if let Some(file) = refused.into_iter().next() {
        return Ok(said(file));
    }
    let kept = taken(office, ctx, name, staged, note).await?;
    let kept = kept.into_iter().next().ok_or(Error::NotFound("file"))?;
    Ok(Brought::Kept(Box::new(kept)))
}

async fn taken(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    staged: Vec<Staged>,
    note: &str,
) -> Result<Vec<Evidence>> {
    let about = About { note, by_chat: true, ..About::default() };
    let kept = add(office, ctx, name, staged.clone(), about).await;
    office.files.settle(&office.db, None, &staged).await;
    kept
}

fn said(file: RefusedFile) -> Brought {
    let (key, value) = match file.why {
        Why::Secret(mark) => ("file-refused-secret", mark.words().to_owned()),
        Why::TooLarge { limit_mib } => ("file-refused-too_large", limit_mib.to_string()),
        Why::TooMany => ("file-refused-too_many", String::new()),
        Why::Empty => ("file-refused-empty", String::new()),
    };
    Brought::Refused { key, name: file.name, value }
}
