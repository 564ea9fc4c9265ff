//! What can go wrong, in one table.

use crate::domain::refusal::{FieldError, Refusal};

/// `Result` of the whole server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that an action can answer instead of success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// It does not exist, or may not be seen: the same answer.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Somebody changed it meanwhile; the version that is there now.
    #[error("stale version, now {now}")]
    Stale {
        /// The version in the database.
        now: i32,
    },
    /// The body is too large, in mebibytes allowed.
    #[error("too large, at most {limit_mib} MiB")]
    TooLarge {
        /// What is allowed, in MiB.
        limit_mib: u64,
    },
    /// The database said something that no rule expected.
    #[error("database: {0}")]
    Sql(diesel::result::Error),
    /// The database cannot be used now: locked, full, gone.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// Anything else.
    #[error("internal: {0:#}")]
    Internal(anyhow::Error),
}

impl Error {
    /// The HTTP status and the stable code.
    pub const fn face(&self) -> (u16, &'static str) {
        match self {
            Self::Refused(why) => (why.status(), why.code()),
            Self::NotFound(_) => (404, "not_found"),
            Self::Stale { .. } => (409, "stale"),
            Self::TooLarge { .. } => (413, "too_large"),
            Self::Unavailable(_) => (503, "unavailable"),
            Self::Sql(_) | Self::Internal(_) => (500, "internal"),
        }
    }

    /// An internal error from anything printable.
    pub fn internal(why: impl std::fmt::Display) -> Self {
        Self::Internal(anyhow::anyhow!("{why}"))
    }
}

/// What databases say when they cannot work now, in the words of SQLite and libpq.
const UNAVAILABLE: [&str; 9] = [
    "database is locked",
    "database or disk is full",
    "disk I/O error",
    "readonly database",
    "No space left on device",
    "server closed the connection",
    "connection to server",
    "no connection to the server",
    "terminating connection",
];

impl From<diesel::result::Error> for Error {
    /// What is the outside's fault and passes is told apart from what is ours.
    fn from(why: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Sql};
        match &why {
            Sql::DatabaseError(DatabaseErrorKind::ClosedConnection, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            Sql::DatabaseError(_, info)
                if UNAVAILABLE.iter().any(|words| info.message().contains(words)) =>
            {
                Self::Unavailable(info.message().to_owned())
            }
            _ => Self::Sql(why),
        }
    }
}

impl From<Refusal> for Error {
    fn from(why: Refusal) -> Self {
        Self::Refused(why)
    }
}

impl From<FieldError> for Error {
    fn from(field: FieldError) -> Self {
        Self::Refused(Refusal::Fields(vec![field]))
    }
}

impl From<anyhow::Error> for Error {
    fn from(why: anyhow::Error) -> Self {
        Self::Internal(why)
    }
}
