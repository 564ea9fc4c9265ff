//! Unasked work, in every server process: messages that are due leave, timers that are due fire,
//! the audit trail is sealed, the house is kept. Every second, and messages after every write.

mod channels;
mod housekeeping;
mod mailbox;
mod outbox;
mod seal;
#[cfg(test)]
mod tests;
mod timers;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub use self::channels::{Channels, SetupError, mail_settings, telegram_settings};
pub use self::outbox::{Outbox, envelope};
pub use self::seal::Seal;
pub use self::timers::Timers;
use crate::app::App;

/// How long a chore rests when nobody wakes it.
const BEAT: Duration = Duration::from_secs(1);

/// One kind of unasked work. It takes no input, is idempotent, and answers how much it did.
pub trait Chore: Send + Sync + 'static {
    /// Its name, for logs and metrics.
    fn name(&self) -> &'static str;
    /// Whether a write may mean work for it at once; otherwise the next beat is soon enough.
    fn hears_of_writes(&self) -> bool {
        true
    }
    /// Does what is due now.
    fn tick(&self) -> impl Future<Output = anyhow::Result<usize>> + Send;
}

/// When chores last finished a tick, for `/healthz`.
#[derive(Debug)]
pub struct Pulse {
    began: Instant,
    last: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { began: Instant::now(), last: AtomicU64::new(0) }
    }
}

impl Pulse {
    fn beat(&self) {
        self.last.store(self.began.elapsed().as_secs(), Ordering::Relaxed);
    }

    /// Seconds since a chore last finished a tick.
    pub fn silence(&self) -> Duration {
        let last = Duration::from_secs(self.last.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(last)
    }
}

/// The engine of this process.
pub struct Engine {
    ended: Arc<AtomicBool>,
    wake: Vec<Arc<Notify>>,
    tasks: Vec<JoinHandle<()>>,
    pulse: Arc<Pulse>,
}

impl Engine {
    /// Starts every chore.
    ///
    /// # Errors
    /// When the calendar of the housekeeping cannot be set up.
    pub async fn start(app: &App, channels: Channels) -> anyhow::Result<Self> {
        let mut engine = Self {
            ended: Arc::new(AtomicBool::new(false)),
            wake: Vec::new(),
            tasks: Vec::new(),
            pulse: Arc::new(Pulse::default()),
        };
        let owner = owner();
        outbox::take_over(app, &owner).await?;
        for lane in channels.lanes() {
            engine.keep_at(Outbox::new(app.clone(), lane, owner.clone()));
        }
        engine.keep_at(Timers::new(app.clone()));
        engine.keep_at(Seal::new(app.clone()));
        engine.tasks.push(housekeeping::start(app.clone(), Arc::clone(&engine.ended)).await?);
        engine.pass_on_wakes(app);
        Ok(engine)
    }

    /// How the chores do.
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// Lets every chore finish what it does, and ends.
    pub async fn stop(self) {
        self.ended.store(true, Ordering::Release);
        for wake in &self.wake {
            wake.notify_one();
        }
        for task in self.tasks {
            // A chore that panicked was logged when it did.
            let _ended = tokio::time::timeout(Duration::from_secs(10), task).await;
        }
    }

    /// One `Notify` for the whole office becomes one a chore: `notify_one` keeps a permit for a
    /// chore that is at work, so no wake-up is lost.
    fn pass_on_wakes(&mut self, app: &App) {
        let (from, to, ended) =
            (Arc::clone(&app.office.wake), self.wake.clone(), Arc::clone(&self.ended));
        self.tasks.push(spawn(async move {
            while !ended.load(Ordering::Acquire) {
                // The end is noticed within a beat.
                if tokio::time::timeout(BEAT, from.notified()).await.is_ok() {
                    to.iter().for_each(|wake| wake.notify_one());
                }
            }
        }));
    }

    fn keep_at(&mut self, chore: impl Chore) {
        let wake = Arc::new(Notify::new());
        if chore.hears_of_writes() {
            self.wake.push(Arc::clone(&wake));
        }
        let (ended, pulse) = (Arc::clone(&self.ended), Arc::clone(&self.pulse));
        self.tasks.push(spawn(async move {
            while !ended.load(Ordering::Acquire) {
                let began = Instant::now();
                let done = AssertUnwindSafe(chore.tick()).catch_unwind().await;
                metrics::histogram!("dieuphoi_chore_seconds", "chore" => chore.name())
                    .record(began.elapsed().as_secs_f64());
                match done {
                    Ok(Ok(0)) => rest(&wake).await,
                    // There may be more.
                    Ok(Ok(_)) => {}
                    Ok(Err(why)) => {
                        tracing::error!(
                            chore.name = chore.name(),
                            error = format!("{why:#}"),
                            "chore failed"
                        );
                        rest(&wake).await;
                    }
                    Err(_) => {
                        tracing::error!(chore.name = chore.name(), "chore panicked");
                        rest(&wake).await;
                    }
                }
                pulse.beat();
            }
        }));
    }
}

async fn rest(wake: &Notify) {
    // Woken or a beat later: both are a reason to look again.
    let _woken = tokio::time::timeout(BEAT, wake.notified()).await;
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(work)
}

/// This process among all that share the database.
fn owner() -> String {
    let mut bytes = [0_u8; 6];
    // Without randomness the process id alone tells replicas of one machine apart.
    let _filled = getrandom::fill(&mut bytes);
    format!("{}-{}", std::process::id(), hex::encode(bytes))
}
