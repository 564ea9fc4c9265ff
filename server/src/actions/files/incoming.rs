//! Files on their way in: their head is screened before a byte is written, their size is counted
//! before it is kept, their hash is taken while they pass.

use std::sync::{Mutex, PoisonError};

use actix_web::web::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::screen::{self, Read};
use super::{Files, MIB, MOST_FILES, failed, storage_key};
use crate::actions::evidence::Staged;
use crate::clock::Timestamp;
use crate::domain::files::{self, Form};
use crate::domain::ids::Id;
use crate::domain::secrecy::{self, Mark};
use crate::error::{Error, Result};

/// How much is held back until it is known what the file is and that it carries no mark.
const HEAD: usize = 64 * 1024;

/// How much goes to the disk at once.
const PIECE: usize = 1024 * 1024;

/// Bytes that are read and thrown away after a refusal, so that the sender gets an answer instead
/// of a broken connection.
const DRAIN: u64 = 256 * MIB;

/// Why a file was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It carries a mark of state secrets (Điều 3.2); its bytes were never written.
    Secret(Mark),
    /// It is larger than one file may be, or all files of the request together.
    TooLarge {
        /// What is allowed, in MiB.
        limit_mib: u64,
    },
    /// More files than one request may have.
    TooMany,
    /// It holds nothing.
    Empty,
}

impl Why {
    /// The word for the API and the catalogs (`file-refused-WORD`).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Secret(_) => "secret",
            Self::TooLarge { .. } => "too_large",
            Self::TooMany => "too_many",
            Self::Empty => "empty",
        }
    }
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFile {
    /// Its name, cleaned; shown to the sender and kept nowhere.
    pub name: String,
    /// Why.
    pub why: Why,
}

/// The files of one request, one after the other.
pub struct Intake {
    files: Files,
    scope: Option<String>,
    now: Timestamp,
    seen: usize,
    request_bytes: u64,
    drained: u64,
    current: Option<Incoming>,
    /// What was taken: bytes and note are on durable storage.
    pub kept: Vec<Staged>,
    /// What was not.
    pub refused: Vec<RefusedFile>,
}

struct Incoming {
    given: String,
    size: u64,
    hash: Sha256,
    stage: Stage,
}

/// Bytes on their way to the store. Only its owner reaches it: the lock is never taken, it lets an
/// intake be looked at from another thread, as a room's handler may be.
struct Upload(Mutex<Box<dyn MultipartUpload>>);

impl Upload {
    fn reach(&mut self) -> &mut Box<dyn MultipartUpload> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(self) -> Box<dyn MultipartUpload> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Stage {
    /// Held back: not yet known what it is.
    Head(Vec<u8>),
    /// A PDF or an office document: only the whole file can be read.
    Whole(Form, Vec<u8>, OwnedSemaphorePermit),
    /// Screened; goes to the disk.
    Passing { staged: Staged, pending: Vec<u8>, upload: Upload },
    /// Not taken; the rest is thrown away.
    Refused(Why),
}

impl Intake {
    pub(super) fn new(files: Files, scope: Option<&str>, now: Timestamp) -> Self {
        Self {
            files,
            scope: scope.map(str::to_owned),
            now,
            seen: 0,
            request_bytes: 0,
            drained: 0,
            current: None,
            kept: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Counts files that came with an earlier step of the same form.
    pub fn count_earlier(&mut self, earlier: &[Staged]) {
        self.seen += earlier.len();
        let bytes: i64 = earlier.iter().map(|staged| staged.size).sum();
        self.request_bytes += bytes.max(0).unsigned_abs();
    }

    /// A file begins.
    ///
    /// # Errors
    /// When the one before it cannot be kept.
    pub async fn begin(&mut self, given_name: &str) -> Result<()> {
        self.end().await?;
        self.seen += 1;
        let stage = if self.seen > MOST_FILES {
            Stage::Refused(Why::TooMany)
        } else if let Some(mark) = secrecy::marked_name(given_name) {
            Stage::Refused(Why::Secret(mark))
        } else {
            Stage::Head(Vec::new())
        };
        let given = given_name.chars().take(1000).collect();
        self.current = Some(Incoming { given, size: 0, hash: Sha256::new(), stage });
        Ok(())
    }

    /// More of the file.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the disk is full; [`Error::TooLarge`] when the sender goes on
    /// and on.
    pub async fn write(&mut self, piece: &Bytes) -> Result<()> {
        let Some(mut file) = self.current.take() else { return Ok(()) };
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if let Stage::Refused(_) = file.stage {
            self.drained += length;
            let limit_mib = self.files.inner.max_request / MIB;
            self.current = Some(file);
            return if self.drained > DRAIN { Err(Error::TooLarge { limit_mib }) } else { Ok(()) };
        }
        file.size += length;
        self.request_bytes += length;
        let inner = &self.files.inner;
        let over = if file.size > inner.max_file {
            Some(inner.max_file)
        } else if self.request_bytes > inner.max_request {
            Some(inner.max_request)
        } else {
            None
        };
        if let Some(limit) = over {
            self.request_bytes = self.request_bytes.saturating_sub(file.size);
            let why = Why::TooLarge { limit_mib: limit / MIB };
            file.drop_bytes(self, why).await;
        } else {
            file.hash.update(piece);
            if let Err(why) = file.take(self, piece).await {
                if let Stage::Passing { staged, .. } = file.stage {
                    self.files.give_up(self.scope.as_deref(), staged.id).await;
                }
                return Err(why);
            }
        }
        self.current = Some(file);
        Ok(())
    }

    /// The file ends.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn end(&mut self) -> Result<()> {
        let Some(mut file) = self.current.take() else { return Ok(()) };
        // A file field without a choice comes as an empty file without a name.
        if file.given.is_empty() && file.size == 0 {
            self.seen -= 1;
            return Ok(());
        }
        if file.size == 0 && !matches!(file.stage, Stage::Refused(_)) {
            file.stage = Stage::Refused(Why::Empty);
        }
        if let Stage::Head(head) = &mut file.stage {
            let head = std::mem::take(head);
            file.decide(self, head, true).await?;
        }
        match file.stage {
            Stage::Head(_) => {}
            Stage::Refused(why) => self.refuse(&file.given, why),
            Stage::Whole(form, bytes, permit) => {
                let sha256 = hex::encode(file.hash.finalize());
                let (bytes, read) = screen::whole(form, bytes).await;
                let form = match read {
                    Read::Marked(mark) => {
                        self.refuse(&file.given, Why::Secret(mark));
                        return Ok(());
                    }
                    Read::Plain(form) => form,
                };
                let staged = self.staged(&file.given, form, file.size, sha256);
                self.files.write_note(self.scope.as_deref(), &staged, self.now).await?;
                let location = Path::from(staged.storage_key.as_str());
                let store = self.files.store().await?;
                if let Err(why) = store.put(&location, PutPayload::from(bytes)).await {
                    self.files.give_up(self.scope.as_deref(), staged.id).await;
                    return Err(failed(why));
                }
                drop(permit);
                self.kept.push(staged);
            }
            Stage::Passing { mut staged, pending, upload } => {
                let mut upload = upload.own();
                staged.size = i64::try_from(file.size).unwrap_or(i64::MAX);
                staged.sha256 = hex::encode(file.hash.finalize());
                let written = async {
                    if !pending.is_empty() {
                        upload.put_part(PutPayload::from(pending)).await?;
                    }
                    upload.complete().await
                };
                if let Err(why) = written.await {
                    self.files.give_up(self.scope.as_deref(), staged.id).await;
                    return Err(failed(why));
                }
                self.files.write_note(self.scope.as_deref(), &staged, self.now).await?;
                self.kept.push(staged);
            }
        }
        Ok(())
    }

    /// All files are in.
    ///
    /// # Errors
    /// When the last one cannot be kept.
    pub async fn finish(mut self) -> Result<(Vec<Staged>, Vec<RefusedFile>)> {
        self.end().await?;
        Ok((std::mem::take(&mut self.kept), std::mem::take(&mut self.refused)))
    }

    fn refuse(&mut self, given: &str, why: Why) {
        let name = files::clean_name(given, Form::Opaque);
        let name = name.strip_suffix(".bin").unwrap_or(&name).to_owned();
        self.refused.push(RefusedFile { name, why });
    }

    fn staged(&self, given: &str, form: Form, size: u64, sha256: String) -> Staged {
        let id = Id::new(self.now);
        Staged {
            id,
            name: files::clean_name(given, form),
            content_type: form.content_type().to_owned(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            sha256,
            storage_key: storage_key(id),
        }
    }
}

impl Incoming {
    async fn take(&mut self, intake: &Intake, piece: &Bytes) -> Result<()> {
        match &mut self.stage {
            Stage::Head(head) => {
                head.extend_from_slice(piece);
                if head.len() >= HEAD {
                    let head = std::mem::take(head);
                    self.decide(intake, head, false).await?;
                }
            }
            Stage::Whole(_, bytes, _) => bytes.extend_from_slice(piece),
            Stage::Passing { pending, upload, .. } => {
                pending.extend_from_slice(piece);
                if pending.len() >= PIECE {
                    let full = std::mem::take(pending);
                    upload.reach().put_part(PutPayload::from(full)).await.map_err(failed)?;
                }
            }
            Stage::Refused(_) => {}
        }
        Ok(())
    }

    /// The head is there, or the file is shorter than a head.
    async fn decide(&mut self, intake: &Intake, head: Vec<u8>, ended: bool) -> Result<()> {
        let form = files::form_of_head(&head);
        if form == Form::Pdf || files::is_zip(&head) {
            let whole = intake.files.inner.whole.clone();
            let permit = whole.acquire_owned().await.map_err(Error::internal)?;
            self.stage = Stage::Whole(form, head, permit);
            return Ok(());
        }
        if let Some(mark) = screen::head(form, &head) {
            self.stage = Stage::Refused(Why::Secret(mark));
            return Ok(());
        }
        let staged = intake.staged(&self.given, form, 0, String::new());
        let location = Path::from(staged.storage_key.as_str());
        intake.files.write_note(intake.scope.as_deref(), &staged, intake.now).await?;
        let upload = match intake.files.store().await?.put_multipart(&location).await {
            Ok(upload) => upload,
            Err(why) => {
                intake.files.give_up(intake.scope.as_deref(), staged.id).await;
                return Err(failed(why));
            }
        };
        let mut pending = head;
        if !ended {
            pending.reserve(PIECE);
        }
        self.stage = Stage::Passing { staged, pending, upload: Upload(Mutex::new(upload)) };
        Ok(())
    }

    /// Too large after all: what was written goes away, and the note of it.
    async fn drop_bytes(&mut self, intake: &Intake, why: Why) {
        let before = std::mem::replace(&mut self.stage, Stage::Refused(why));
        let Stage::Passing { staged, upload, .. } = before else { return };
        let gone = match upload.own().abort().await {
            Ok(()) => intake.files.forget(intake.scope.as_deref(), staged.id).await,
            Err(why) => Err(failed(why)),
        };
        if let Err(why) = gone {
            // The note is still there: the sweep tries again.
            tracing::warn!("could not remove an upload that was too large: {why}");
        }
    }
}
