//! Forms with files: the fields first, then the files, piece by piece. Before the first file goes
//! anywhere, the form's token is checked and the door says whether it wants files at all.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_multipart::{Field, Multipart};
use futures_util::TryStreamExt;

use crate::actions::evidence::Staged;
use crate::actions::files::{Intake, RefusedFile};
use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::refusal::FieldError;
use crate::error::{Error, Result};

/// All fields together, bytes.
const FIELDS: usize = 256 * 1024;
/// Fields and files of one form.
const PARTS: usize = 100;
/// A sender that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);

/// The text fields of a form; the last of a name counts.
#[derive(Debug, Clone, Default)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// The field's text, or an empty one.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The field's own text, or an empty one.
    pub fn take(&self, name: &str) -> String {
        self.get(name).to_owned()
    }
}

/// What came.
pub struct Upload {
    /// The fields.
    pub fields: Fields,
    /// Files whose bytes are on durable storage.
    pub kept: Vec<Staged>,
    /// Files that were not taken, each with the reason.
    pub refused: Vec<RefusedFile>,
    /// Files that the door did not want: they have to be sent again.
    pub unwanted: usize,
    /// The disk is full: no file of this form was kept, and what was typed is still here.
    pub full: Option<Error>,
}

impl Upload {
    /// What came, in one text: the same fields and files give the same.
    pub fn print(&self) -> String {
        let mut print = format!("{:?}", self.fields.0);
        for file in &self.kept {
            print.push_str(&format!("\n{:?} {}", file.name, file.sha256));
        }
        for file in &self.refused {
            print.push_str(&format!("\n{:?} {}", file.name, file.why.word()));
        }
        print
    }
}

/// What the door says before the first file: the nonce under which files are found again, and how
/// many came earlier; or that it wants none.
pub struct Wanted {
    /// The form's nonce.
    pub scope: Option<String>,
    /// Whether files are taken.
    pub take: bool,
}

/// Reads the form. `before` sees the fields that came before the first file, or all of them when
/// there is none.
///
/// # Errors
/// What `before` says; a field error when the form is broken or its text is not UTF-8;
/// [`Error::TooLarge`]. A full disk is no error here: [`Upload::full`] says it.
pub async fn read(
    app: &App,
    mut parts: Multipart,
    now: Timestamp,
    before: impl Fn(&Fields) -> Result<Wanted>,
) -> Result<Upload> {
    let mut fields = Fields::default();
    let mut room = FIELDS;
    let mut intake: Option<Intake> = None;
    let mut asked: Option<Wanted> = None;
    let mut full: Option<Error> = None;
    let mut unwanted = 0;
    let mut count = 0;
    while let Some(mut field) = next(&mut parts).await? {
        count += 1;
        if count > PARTS {
            return Err(broken());
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file = field
            .content_disposition()
            .and_then(|said| said.get_filename_ext().map(|name| file_name(&name.value)))
            .or_else(|| {
                field.content_disposition().and_then(|said| said.get_filename().map(str::to_owned))
            });
        let Some(given) = file else {
            let text = text(&mut field, &mut room).await?;
            fields.0.insert(name, text);
            continue;
        };
        if asked.is_none() {
            let wanted = before(&fields)?;
            if wanted.take {
                let mut begun = app.office.files.intake(wanted.scope.as_deref(), now);
                if let Some(scope) = &wanted.scope {
                    begun.count_earlier(&app.office.files.staged_under(scope, now).await?);
                }
                intake = Some(begun);
            }
            asked = Some(wanted);
        }
        if let Some(begun) = &mut intake {
            match take(begun, &given, &mut field).await {
                Ok(()) => continue,
                Err(why @ Error::Unavailable(_)) => full = Some(why),
                Err(why) => return Err(why),
            }
            // What was taken before goes away again; the rest of the form is still read, so that
            // nothing typed is lost.
            let begun = intake.take();
            let scope = asked.as_ref().and_then(|wanted| wanted.scope.as_deref());
            let kept = begun.map(|begun| begun.kept).unwrap_or_default();
            app.office.files.settle(&app.office.db, scope, &kept).await;
            unwanted += 1;
            continue;
        }
        unwanted += usize::from(throw_away(&mut field).await?);
    }
    if asked.is_none() {
        before(&fields)?;
    }
    let (kept, refused) = match intake {
        Some(intake) => intake.finish().await?,
        None => (Vec::new(), Vec::new()),
    };
    Ok(Upload { fields, kept, refused, unwanted, full })
}

/// One file, from its first byte to its last.
async fn take(intake: &mut Intake, given: &str, field: &mut Field) -> Result<()> {
    intake.begin(given).await?;
    while let Some(piece) = piece(field).await? {
        if let Err(why) = intake.write(&piece).await {
            throw_away(field).await?;
            return Err(why);
        }
    }
    intake.end().await
}

/// Reads the rest of a file for nobody; answers whether there was any.
async fn throw_away(field: &mut Field) -> Result<bool> {
    let mut any = false;
    while let Some(piece) = piece(field).await? {
        any |= !piece.is_empty();
    }
    Ok(any)
}

fn file_name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

async fn next(parts: &mut Multipart) -> Result<Option<Field>> {
    tokio::time::timeout(SILENCE, parts.try_next())
        .await
        .map_err(|_| broken())?
        .map_err(|_| broken())
}

async fn piece(field: &mut Field) -> Result<Option<actix_web::web::Bytes>> {
    tokio::time::timeout(SILENCE, field.try_next())
        .await
        .map_err(|_| broken())?
        .map_err(|_| broken())
}

async fn text(field: &mut Field, room: &mut usize) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = piece(field).await? {
        *room = room.checked_sub(piece.len()).ok_or(Error::TooLarge { limit_mib: 1 })?;
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| broken())
}

fn broken() -> Error {
    FieldError::new("body", "field-body").into()
}
