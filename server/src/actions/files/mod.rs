//! Where the bytes of evidence lie: under identifiers of ours, synced with their folder before
//! anything names them, screened for marks of state secrets before the first byte is written.
//!
//! Every file that is taken in leaves a small note beside it until its facts are committed; what
//! nobody committed is swept after an hour by that note.

mod incoming;
mod screen;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Duration;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, Semaphore};

pub use self::incoming::{Intake, RefusedFile, Why};
use super::evidence::Staged;
use crate::clock::Timestamp;
use crate::config;
use crate::domain::ids::EvidenceId;
use crate::error::{Error, Result};
use crate::store::{Db, evidence as evidence_store};

/// Files of one request.
pub const MOST_FILES: usize = 10;

/// Documents that are held in memory at once to be screened, 25 MiB each.
const WHOLE_AT_ONCE: usize = 4;

/// How long bytes wait for their facts.
const STAGED_MINUTES: i64 = 60;

const MIB: u64 = 1024 * 1024;

/// The evidence store.
#[derive(Clone)]
pub struct Files {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    store: OnceCell<Arc<dyn ObjectStore>>,
    /// Documents that have to be read whole before they are screened.
    whole: Arc<Semaphore>,
    max_file: u64,
    max_request: u64,
    max_incident: u64,
}

/// What stands beside bytes whose facts are not committed yet.
#[derive(Serialize, Deserialize)]
struct Note {
    staged: Staged,
    at: Timestamp,
}

impl Files {
    /// The store of this folder; the folder is made when the first file comes.
    pub fn new(config: &config::Evidence) -> Self {
        Self {
            inner: Arc::new(Inner {
                folder: config.folder.clone(),
                store: OnceCell::new(),
                whole: Arc::new(Semaphore::new(WHOLE_AT_ONCE)),
                max_file: config.max_file_mib * MIB,
                max_request: config.max_request_mib * MIB,
                max_incident: config.max_incident_mib * MIB,
            }),
        }
    }

    /// Files in another store than a folder.
    #[cfg(test)]
    pub fn over(config: &config::Evidence, store: Arc<dyn ObjectStore>) -> Self {
        let mut files = Self::new(config);
        if let Some(inner) = Arc::get_mut(&mut files.inner) {
            inner.store = OnceCell::new_with(Some(store));
        }
        files
    }

    /// The largest file, in bytes.
    pub fn max_file(&self) -> u64 {
        self.inner.max_file
    }

    /// What all files of an incident may have together, in bytes.
    pub fn max_incident(&self) -> u64 {
        self.inner.max_incident
    }

    async fn store(&self) -> Result<&Arc<dyn ObjectStore>> {
        self.inner
            .store
            .get_or_try_init(|| async {
                let folder = self.inner.folder.clone();
                tokio::fs::create_dir_all(&folder).await.map_err(io_failed)?;
                // With fsync: the file and every folder that names it, before the put answers.
                let store = LocalFileSystem::new_with_prefix(folder).map_err(failed)?;
                Ok(Arc::new(store.with_fsync(true)) as Arc<dyn ObjectStore>)
            })
            .await
    }

    /// Takes in the files of one request; `scope` is the form's nonce, by which files staged in an
    /// earlier step of the same form are found again.
    pub fn intake(&self, scope: Option<&str>, now: Timestamp) -> Intake {
        Intake::new(self.clone(), scope, now)
    }

    /// Files that were taken in under this nonce and wait for their facts.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn staged_under(&self, scope: &str, now: Timestamp) -> Result<Vec<Staged>> {
        let mut found = Vec::new();
        for (_, note) in self.notes(&scope_folder(Some(scope))).await? {
            // Without a hash it has not arrived yet.
            let whole = !note.staged.sha256.is_empty();
            if whole && note.at > now - Duration::minutes(STAGED_MINUTES) {
                found.push(note.staged);
            }
        }
        found.sort_by_key(|staged| staged.id);
        Ok(found)
    }

    /// After the transaction: drops the notes of what was committed, and the bytes of the rest.
    /// What fails here is left to the sweep.
    pub async fn settle(&self, db: &Db, scope: Option<&str>, staged: &[Staged]) {
        for one in staged {
            if let Err(why) = self.settle_one(db, scope, one).await {
                tracing::warn!(file.id = %one.id, "could not settle a staged file: {why}");
            }
        }
    }

    async fn settle_one(&self, db: &Db, scope: Option<&str>, staged: &Staged) -> Result<()> {
        let id = staged.id;
        if !db.read(move |c| evidence_store::exists(c, id)).await? {
            self.remove(&staged.storage_key).await?;
        }
        self.forget(scope, id).await
    }

    /// Removes bytes that nobody committed within the hour; answers how many files.
    ///
    /// # Errors
    /// When the folder or the database cannot be read.
    pub async fn sweep(&self, db: &Db, now: Timestamp) -> Result<usize> {
        let mut swept = 0;
        for (location, note) in self.notes("staged").await? {
            if note.at > now - Duration::minutes(STAGED_MINUTES) {
                continue;
            }
            let id = note.staged.id;
            if !db.read(move |c| evidence_store::exists(c, id)).await? {
                self.remove(&note.staged.storage_key).await?;
                swept += 1;
            }
            self.remove(location.as_ref()).await?;
        }
        Ok(swept)
    }

    async fn notes(&self, folder: &str) -> Result<Vec<(Path, Note)>> {
        let store = self.store().await?;
        let listed: Vec<_> =
            store.list(Some(&Path::from(folder))).try_collect().await.map_err(failed)?;
        let mut notes = Vec::new();
        for meta in listed {
            let bytes = match store.get(&meta.location).await {
                Ok(found) => found.bytes().await.map_err(failed)?,
                // Settled by another request meanwhile.
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(why) => return Err(failed(why)),
            };
            if let Ok(note) = serde_json::from_slice(&bytes) {
                notes.push((meta.location, note));
            }
        }
        Ok(notes)
    }

    async fn write_note(&self, scope: Option<&str>, staged: &Staged, at: Timestamp) -> Result<()> {
        let location = Path::from(note_key(scope, staged.id));
        let note = Note { staged: staged.clone(), at };
        let bytes = serde_json::to_vec(&note).map_err(Error::internal)?;
        let put = self.store().await?.put(&location, PutPayload::from(bytes)).await;
        put.map(|_| ()).map_err(failed)
    }

    async fn forget(&self, scope: Option<&str>, id: EvidenceId) -> Result<()> {
        self.remove(&note_key(scope, id)).await
    }

    /// After a write that failed: takes the note away. If even that fails, the sweep tries again.
    async fn give_up(&self, scope: Option<&str>, id: EvidenceId) {
        if let Err(why) = self.forget(scope, id).await {
            tracing::warn!("could not remove the note of a file that was not kept: {why}");
        }
    }

    async fn remove(&self, key: &str) -> Result<()> {
        match self.store().await?.delete(&Path::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(why) => Err(failed(why)),
        }
    }

    /// Whether the bytes are there and have this hash and size. Reads them once, piece by piece.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn verify(&self, key: &str, size: i64, sha256: &str) -> Result<bool> {
        let mut pieces = match self.store().await?.get(&Path::from(key)).await {
            Ok(found) => found.into_stream(),
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(why) => return Err(failed(why)),
        };
        let mut hash = Sha256::new();
        let mut length: i64 = 0;
        while let Some(piece) = pieces.try_next().await.map_err(failed)? {
            length += i64::try_from(piece.len()).unwrap_or(i64::MAX);
            hash.update(&piece);
        }
        Ok(length == size && hex::encode(hash.finalize()) == sha256)
    }

    /// The bytes, piece by piece; they were verified right before.
    ///
    /// # Errors
    /// When they are not there.
    pub async fn read(&self, key: &str) -> Result<Bytes> {
        let found = self.store().await?.get(&Path::from(key)).await.map_err(failed)?;
        Ok(Box::pin(found.into_stream().map_err(std::io::Error::other)))
    }
}

/// A file's bytes on their way out.
pub type Bytes = BoxStream<'static, std::io::Result<actix_web::web::Bytes>>;

/// Notes lie by the hash of the nonce, which whoever names files cannot choose a path with.
fn scope_folder(scope: Option<&str>) -> String {
    let folder =
        scope.map_or_else(|| "none".to_owned(), |scope| super::tokens::hex(scope.as_bytes()));
    format!("staged/{folder}")
}

fn note_key(scope: Option<&str>, id: EvidenceId) -> String {
    format!("{}/{id}.json", scope_folder(scope))
}

/// Where the bytes of a file lie: two levels of folders by the random end of the identifier.
fn storage_key(id: EvidenceId) -> String {
    let hex = id.uuid().simple().to_string();
    format!("{}/{}/{hex}", &hex[28..30], &hex[30..32])
}

/// A full disk is said as such; everything else is an internal error.
fn failed(why: object_store::Error) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(&why);
    while let Some(one) = cause {
        if let Some(io) = one.downcast_ref::<std::io::Error>()
            && is_full(io)
        {
            return Error::Unavailable("the evidence store is full".to_owned());
        }
        cause = one.source();
    }
    Error::internal(why)
}

fn io_failed(why: std::io::Error) -> Error {
    if is_full(&why) {
        return Error::Unavailable("the evidence store is full".to_owned());
    }
    Error::internal(why)
}

fn is_full(why: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(why.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
}
