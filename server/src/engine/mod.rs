//! Unasked work, in every server process: messages that are due leave, timers that are due fire,
//! the audit trail is sealed, the house is kept. Every second, and messages after every write.

#[cfg(test)]
mod answers_tests;
mod browsers;
mod canary;
#[cfg(test)]
mod canary_tests;
mod cards;
#[cfg(test)]
mod cards_tests;
mod cards_told;
#[cfg(test)]
mod cards_trouble_tests;
mod channels;
mod housekeeping;
mod intake;
#[cfg(test)]
mod links_tests;
mod mailbox;
mod others;
mod outbox;
mod pace;
#[cfg(test)]
mod pace_tests;
mod seal;
#[cfg(test)]
mod tests;
mod timers;
#[cfg(test)]
mod timers_tests;
mod watch;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

pub use self::canary::Canary;
pub use self::cards::Cards;
pub use self::cards_told::CardsTold;
pub use self::channels::{Channels, Lane, SetupError, mail_settings, telegram_settings};
pub use self::intake::{Hear, Intake, Poll};
pub use self::mailbox::kept;
pub use self::outbox::{Outbox, envelope};
pub use self::pace::Pace;
pub use self::seal::Seal;
pub use self::timers::Timers;
pub use self::watch::Watch;
use crate::app::App;

/// How long a chore rests at most when nobody wakes it.
const BEAT: Duration = Duration::from_secs(1);

/// One kind of unasked work. It takes no input, is idempotent, and answers how much it did.
pub trait Chore: Send + Sync + 'static {
    /// Its name, for logs and metrics.
    fn name(&self) -> &'static str;
    /// Whether a write may mean work for it at once; otherwise the next beat is soon enough.
    fn hears_of_writes(&self) -> bool {
        true
    }
    /// How long it rests when there was nothing to do and nobody wakes it.
    fn pause(&self) -> Duration {
        BEAT
    }
    /// What wakes it; one for each chore.
    fn wake(&self) -> Arc<Notify> {
        Arc::default()
    }
    /// Does what is due now.
    fn tick(&self) -> impl Future<Output = anyhow::Result<usize>> + Send;
}

/// The engine of this process.
pub struct Engine {
    ended: Arc<AtomicBool>,
    wake: Vec<Arc<Notify>>,
    tasks: Vec<JoinHandle<()>>,
    leases: Vec<Intake>,
    owner: String,
    app: App,
}

impl Engine {
    /// Starts every chore.
    ///
    /// # Errors
    /// When the calendar of the housekeeping cannot be set up.
    pub async fn start(app: &App, channels: Channels) -> anyhow::Result<Self> {
        let owner = owner();
        let mut engine = Self {
            ended: Arc::new(AtomicBool::new(false)),
            wake: Vec::new(),
            tasks: Vec::new(),
            leases: Vec::new(),
            owner: owner.clone(),
            app: app.clone(),
        };
        if !app.config().demo {
            watch::at_start(app).await?;
        }
        crate::actions::housekeeping::at_start(&app.office, &app.own("engine")).await?;
        outbox::take_over(app, &owner).await?;
        // Everything that goes the same way shares one pace.
        let pace = Pace::new(app.config());
        for lane in channels.lanes() {
            engine.keep_at(Outbox::new(app.clone(), lane, owner.clone()).paced(pace.clone()));
        }
        cards::take_over(app).await?;
        for (room, port) in channels.rooms() {
            let cards = Cards::new(app.clone(), room, Arc::clone(&port), owner.clone());
            engine.keep_at(cards.paced(pace.clone()));
            if let Some(channel) = room.channel() {
                let (port, pace) = (Arc::clone(&port), pace.clone());
                engine.keep_at(CardsTold::new(app.clone(), channel, port, pace));
            }
            let intake = Intake::new(app.clone(), room, port, owner.clone());
            intake.take_over().await?;
            engine.leases.push(intake.clone());
            engine.keep_at(Poll::new(intake.clone()));
            engine.keep_at(Hear::new(intake));
        }
        engine.keep_at(Timers::new(app.clone()));
        engine.keep_at(Seal::new(app.clone()));
        engine.keep_at(Canary::new(app.clone()));
        // The demo's clock runs fast and cannot be set.
        if !app.config().demo {
            engine.keep_at(Watch::new(app.clone()));
        }
        engine.tasks.push(housekeeping::start(app.clone(), Arc::clone(&engine.ended)).await?);
        engine.pass_on_wakes(app);
        Ok(engine)
    }

    /// Lets every chore finish what it does, and ends.
    pub async fn stop(self) {
        self.ended.store(true, Ordering::Release);
        self.app.pulse.end();
        for wake in &self.wake {
            wake.notify_one();
        }
        for task in self.tasks {
            // A chore that panicked was logged when it did.
            let _ended = tokio::time::timeout(Duration::from_secs(10), task).await;
        }
        for lease in self.leases {
            lease.let_go().await;
        }
        cards::let_go(&self.app, &self.owner).await;
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
        let wake = chore.wake();
        if chore.hears_of_writes() {
            self.wake.push(Arc::clone(&wake));
        }
        let (ended, app) = (Arc::clone(&self.ended), self.app.clone());
        app.pulse.beat(chore.name(), &*app.clock);
        self.tasks.push(spawn(async move {
            while !ended.load(Ordering::Acquire) {
                let began = Instant::now();
                let done = AssertUnwindSafe(chore.tick()).catch_unwind().await;
                metrics::histogram!("dieuphoi_chore_seconds", "chore" => chore.name())
                    .record(began.elapsed().as_secs_f64());
                match done {
                    Ok(Ok(0)) => rest(&wake, chore.pause()).await,
                    // There may be more.
                    Ok(Ok(_)) => {}
                    Ok(Err(why)) => {
                        tracing::error!(
                            chore.name = chore.name(),
                            error = format!("{why:#}"),
                            "chore failed"
                        );
                        rest(&wake, BEAT).await;
                    }
                    Err(_) => {
                        tracing::error!(chore.name = chore.name(), "chore panicked");
                        rest(&wake, BEAT).await;
                    }
                }
                if !ended.load(Ordering::Acquire) {
                    app.pulse.beat(chore.name(), &*app.clock);
                }
            }
        }));
    }
}

async fn rest(wake: &Notify, pause: Duration) {
    // Woken or rested: both are a reason to look again.
    let _woken = tokio::time::timeout(pause, wake.notified()).await;
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
