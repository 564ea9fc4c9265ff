//! One effect for one `Idempotency-Key`: the key is claimed in the transaction that does the work,
//! so that of two requests at once, or of a repeat after a crash, one takes effect.
//!
//! What is kept of the answer (it may carry a secret: a tracking link, an activation link, an API
//! key) is sealed with a key that is made of the caller's key and the request itself. The database
//! has neither of them, so nobody who reads it reads the answer.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::Office;
use crate::clock::Timestamp;
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::store::{Conn, idempotency};

/// What is made of a caller's key and a request: the name under which the row lies, the print by
/// which the same request is known again, and the secret that seals its answer.
#[derive(Clone)]
pub struct Lock {
    name: String,
    print: Vec<u8>,
    secret: [u8; 32],
}

impl Lock {
    /// The lock of this key and this request.
    ///
    /// # Errors
    /// None that can happen: the hash takes keys of every length.
    pub fn new(key: &str, request: &[u8]) -> Result<Self> {
        let mut secret = [0_u8; 32];
        secret.copy_from_slice(&keyed(key, b"answer\n", request)?);
        Ok(Self { name: name(key)?, print: keyed(key, b"print\n", request)?, secret })
    }

    fn cipher(&self) -> Result<LessSafeKey> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.secret);
        Ok(LessSafeKey::new(key.map_err(Error::internal)?))
    }

    fn seal(&self, plain: &str) -> Result<String> {
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        let mut text = plain.as_bytes().to_vec();
        let tag = self
            .cipher()?
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(&self.print),
                &mut text,
            )
            .map_err(Error::internal)?;
        let mut sealed = nonce.to_vec();
        sealed.extend(text);
        sealed.extend(tag.as_ref());
        Ok(STANDARD_NO_PAD.encode(sealed))
    }

    fn open(&self, sealed: &str) -> Result<String> {
        let damaged = || Error::internal("a kept answer cannot be opened");
        let bytes = STANDARD_NO_PAD.decode(sealed).map_err(|_| damaged())?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let mut text = text.to_vec();
        let plain = self
            .cipher()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(&self.print), &mut text)
            .map_err(|_| damaged())?;
        String::from_utf8(plain.to_vec()).map_err(|_| damaged())
    }
}

fn keyed(key: &str, what: &[u8], request: &[u8]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::internal)?;
    mac.update(what);
    mac.update(request);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// The name under which a key's row lies: the key itself is not kept.
///
/// # Errors
/// As [`Lock::new`].
pub fn name(key: &str) -> Result<String> {
    Ok(hex::encode(keyed(key, b"name\n", b"")?))
}

/// For an action that keeps its whole outcome in its own transaction: claims the key, or answers
/// the outcome of the request that had it.
///
/// # Errors
/// [`Refusal::KeyReused`] when the key came with another request; the database's.
pub fn begin<T: DeserializeOwned>(
    tx: &mut Conn,
    scope: &str,
    lock: &Lock,
    now: Timestamp,
) -> Result<Option<T>> {
    match claim(tx, scope, lock, now)? {
        None => Ok(None),
        Some(sealed) => {
            serde_json::from_str(&lock.open(&sealed)?).map(Some).map_err(Error::internal)
        }
    }
}

/// Keeps the outcome of what [`begin`] claimed.
///
/// # Errors
/// The database's.
pub fn finish<T: Serialize>(tx: &mut Conn, scope: &str, lock: &Lock, outcome: &T) -> Result<()> {
    let plain = serde_json::to_string(outcome).map_err(Error::internal)?;
    idempotency::finish(tx, scope, &lock.name, KEPT, &lock.seal(&plain)?)
}

/// What a row says when its answer is there.
const KEPT: i32 = 1;

fn claim(tx: &mut Conn, scope: &str, lock: &Lock, now: Timestamp) -> Result<Option<String>> {
    let Some(first) = idempotency::begin(tx, scope, &lock.name, &lock.print, now)? else {
        return Ok(None);
    };
    if first.request_hash == lock.print {
        Ok(Some(first.body))
    } else {
        Err(Refusal::KeyReused.into())
    }
}

tokio::task_local! {
    static CLAIM: Arc<Claim>;
}

/// A request that came with a key, while a door works on it. [`Office::write`] claims the key in
/// its first transaction; the door keeps the answer right after and gives it to repeats.
pub struct Claim {
    scope: String,
    key: String,
    now: Timestamp,
    lock: OnceLock<Lock>,
    taken: AtomicBool,
}

/// What is known of a key before anything is done.
#[derive(Debug, PartialEq, Eq)]
pub enum Before {
    /// It is new.
    Nothing,
    /// It took effect; this is what was answered.
    Answered(String),
    /// It took effect; its answer is not kept (yet).
    UnderWay,
}

impl Claim {
    /// A request of whoever `scope` names.
    pub fn new(scope: String, key: String, now: Timestamp) -> Arc<Self> {
        let (lock, taken) = (OnceLock::new(), AtomicBool::new(false));
        Arc::new(Self { scope, key, now, lock, taken })
    }

    /// Says what the request is, once all of it is there.
    ///
    /// # Errors
    /// As [`Lock::new`].
    pub fn describe(&self, request: &[u8]) -> Result<()> {
        let lock = Lock::new(&self.key, request)?;
        // Said twice, the first counts: the request does not change on its way.
        let _known = self.lock.set(lock);
        Ok(())
    }

    /// The claim of the request that this task works on.
    pub fn current() -> Option<Arc<Self>> {
        CLAIM.try_with(Arc::clone).ok()
    }

    /// Works with this claim.
    pub async fn around<F: Future>(self: Arc<Self>, work: F) -> F::Output {
        CLAIM.scope(self, work).await
    }

    /// Whether something was written under this claim.
    pub fn took_effect(&self) -> bool {
        self.taken.load(Ordering::Acquire)
    }

    /// Whether it is known what the request is.
    pub fn described(&self) -> bool {
        self.lock.get().is_some()
    }

    fn lock(&self) -> Result<&Lock> {
        self.lock.get().ok_or_else(|| {
            Error::internal("a write with an Idempotency-Key does not say what it is")
        })
    }

    /// Claims the key in the transaction that does the work.
    ///
    /// # Errors
    /// [`Refusal::KeyUnderWay`] when another request has it: its answer is the answer.
    pub(super) fn take(&self, tx: &mut Conn) -> Result<()> {
        if self.took_effect() {
            return Ok(());
        }
        match claim(tx, &self.scope, self.lock()?, self.now)? {
            None => Ok(()),
            Some(_) => Err(Refusal::KeyUnderWay.into()),
        }
    }

    /// The transaction that claimed it is on durable storage.
    pub(super) fn taken(&self) {
        self.taken.store(true, Ordering::Release);
    }
}

/// For doors whose request is a stream: says what came, once it is all there.
///
/// # Errors
/// As [`Lock::new`].
pub fn describe(request: &str) -> Result<()> {
    Claim::current().map_or(Ok(()), |claim| claim.describe(request.as_bytes()))
}

/// What is known of a key.
///
/// # Errors
/// [`Refusal::KeyReused`] when the key came with another request; the database's.
pub async fn before(office: &Office, claim: &Claim) -> Result<Before> {
    let lock = claim.lock()?.clone();
    let (scope, name) = (claim.scope.clone(), lock.name.clone());
    let found = office.db.read(move |c| idempotency::find(c, &scope, &name)).await?;
    match found {
        None => Ok(Before::Nothing),
        Some(first) if first.request_hash != lock.print => Err(Refusal::KeyReused.into()),
        Some(first) if first.status == KEPT => Ok(Before::Answered(lock.open(&first.body)?)),
        Some(_) => Ok(Before::UnderWay),
    }
}

/// Keeps what was answered, before it leaves.
///
/// # Errors
/// The database's.
pub async fn keep(office: &Office, claim: &Claim, answer: &str) -> Result<()> {
    let lock = claim.lock()?;
    let (scope, name, sealed) = (claim.scope.clone(), lock.name.clone(), lock.seal(answer)?);
    office.db.write(move |tx| idempotency::finish(tx, &scope, &name, KEPT, &sealed)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_opens_with_the_same_key_and_request_alone() {
        let lock = Lock::new("khoa-1", b"POST /x {}").unwrap();
        let sealed = lock.seal("liên kết bí mật").unwrap();
        assert!(!sealed.contains("bí mật"));
        assert_eq!(lock.open(&sealed).unwrap(), "liên kết bí mật");
        assert_ne!(lock.seal("liên kết bí mật").unwrap(), sealed, "a nonce is used once");
        for (key, request) in [("khoa-2", "POST /x {}"), ("khoa-1", "POST /x {1}")] {
            let other = Lock::new(key, request.as_bytes()).unwrap();
            assert!(other.open(&sealed).is_err());
            assert_ne!(other.print, lock.print);
        }
        assert!(lock.open("").is_err() && lock.open("AAAA").is_err());
        assert_eq!(name("khoa-1").unwrap(), lock.name);
    }
}
