//! SQLite's one writer: takes what is waiting, runs each piece in its own savepoint inside one
//! transaction (a piece that is alone needs none), commits once with one fsync, and only then answers
//! everybody.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection;
use tokio::sync::{mpsc, oneshot};

use super::Conn;
use crate::error::{Error, Result};

/// At most so many pieces of work share one commit.
const GROUP: usize = 256;
/// So many may wait before the next one is told to come again.
const WAITING: usize = 4096;

/// The hand that passes work to the writer's thread.
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Piece>>,
}

/// One piece of work whose type the thread need not know.
trait Piece: Send {
    fn run(&mut self, conn: &mut Conn);
    fn succeeded(&self) -> bool;
    fn answer(self: Box<Self>, commit: Option<&str>);
}

struct Work<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Conn) -> Result<T> + Send> Piece for Work<T, F> {
    fn run(&mut self, conn: &mut Conn) {
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(conn)));
        self.outcome = Some(worked.unwrap_or_else(|_| Err(Error::internal("a write panicked"))));
    }

    fn succeeded(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, commit: Option<&str>) {
        let outcome = match (commit, self.outcome) {
            (None, Some(outcome)) | (Some(_), Some(outcome @ Err(_))) => outcome,
            (Some(why), _) => Err(Error::Unavailable(why.to_owned())),
            (None, None) => Err(Error::internal("work was not run")),
        };
        // Whoever asked may have gone: the work is kept all the same.
        let _gone = self.reply.send(outcome);
    }
}

impl Writer {
    /// Starts the thread; `hold` keeps other servers from the file as long as it lives.
    pub(super) fn start(mut conn: Conn, hold: File) -> Result<Self> {
        let (queue, mut waiting) = mpsc::channel::<Box<dyn Piece>>(WAITING);
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let _hold = hold;
                let mut group = Vec::with_capacity(GROUP);
                while waiting.blocking_recv_many(&mut group, GROUP) > 0 {
                    metrics::histogram!("dieuphoi_group_commit_size")
                        .record(u32::try_from(group.len()).map_or(0.0, f64::from));
                    commit_together(&mut conn, &mut group);
                }
            })
            .map_err(Error::internal)?;
        Ok(Self { queue })
    }

    /// Hands over one piece and waits until it is durable.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Box::new(Work { work, outcome: None, reply })).map_err(
            |why| match why {
                mpsc::error::TrySendError::Full(_) => {
                    Error::Unavailable("too many writes are waiting".to_owned())
                }
                mpsc::error::TrySendError::Closed(_) => {
                    Error::Unavailable("the writer has ended".to_owned())
                }
            },
        )?;
        answer.await.map_err(|_| Error::Unavailable("the writer has ended".to_owned()))?
    }
}

fn commit_together(conn: &mut Conn, group: &mut Vec<Box<dyn Piece>>) {
    let committed = run_all(conn, group);
    let why = committed.err().map(|why| {
        // Whatever is left of the transaction must not swallow the next group.
        let _rolled_back = conn.batch_execute("rollback");
        tracing::error!(error = %why, pieces = group.len(), "a group of writes was not committed");
        why.to_string()
    });
    for piece in group.drain(..) {
        piece.answer(why.as_deref());
    }
}

fn run_all(conn: &mut Conn, group: &mut [Box<dyn Piece>]) -> Result<(), diesel::result::Error> {
    // A read that later writes cannot be saved by busy_timeout: the lock is asked for up front.
    conn.batch_execute("begin immediate")?;
    if let [alone] = group {
        alone.run(conn);
        return conn.batch_execute(if alone.succeeded() { "commit" } else { "rollback" });
    }
    for piece in group.iter_mut() {
        conn.batch_execute("savepoint piece")?;
        piece.run(conn);
        if piece.succeeded() {
            conn.batch_execute("release piece")?;
        } else {
            conn.batch_execute("rollback to piece; release piece")?;
        }
    }
    conn.batch_execute("commit")
}
