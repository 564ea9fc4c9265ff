//! Timers fire: taken and done in one transaction, so each fires once, whatever restarts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::{BEAT, Chore};
use crate::actions::timers::{self, Fired};
use crate::app::App;
use crate::store::Place;

/// Between two looks, so that what falls due one after the other shares a transaction.
const SHORTEST: Duration = Duration::from_millis(50);

/// So many batches at once on PostgreSQL.
const ABREAST: usize = 4;

/// The chore of timers.
pub struct Timers {
    app: App,
    /// How long nothing is due, milliseconds, as the last look saw it.
    quiet: AtomicU64,
}

impl Timers {
    /// The chore.
    pub const fn new(app: App) -> Self {
        Self { app, quiet: AtomicU64::new(u64::MAX) }
    }
}

impl Chore for Timers {
    fn name(&self) -> &'static str {
        "timers"
    }

    fn hears_of_writes(&self) -> bool {
        // A timer that was just set is not due yet.
        false
    }

    fn pause(&self) -> Duration {
        let quiet = Duration::from_millis(self.quiet.load(Ordering::Relaxed));
        quiet.clamp(SHORTEST, BEAT)
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        // SQLite has one writer; PostgreSQL works on several batches while this process waits for it.
        let abreast = match self.app.office.db.place() {
            Place::Sqlite(_) => 1,
            Place::Postgres(_) => ABREAST,
        };
        let (mut done, mut after, mut under_way) = (0, None, FuturesUnordered::new());
        loop {
            // Everything that is due is tried once, so that what cannot fire now (its incident is
            // held by a server that froze) stands in nobody's way.
            let ctx = self.app.own("engine");
            let due = timers::due(&self.app.office, &ctx, after).await?;
            after = due.more;
            let quiet = due.next.map(|next| (next - self.app.clock.now()).num_milliseconds());
            let quiet = quiet.map_or(u64::MAX, |quiet| u64::try_from(quiet).unwrap_or(0));
            self.quiet.store(quiet, Ordering::Relaxed);
            let office = &self.app.office;
            under_way.push(async move { timers::fire(office, &ctx, due.timers).await });
            while under_way.len() >= abreast || after.is_none() {
                let Some(fired) = under_way.next().await else { break };
                done += self.seen(&fired?);
            }
            if after.is_none() {
                return Ok(done);
            }
        }
    }
}

impl Timers {
    /// Says what came of a batch; answers how many fired.
    fn seen(&self, fired: &Fired) -> usize {
        for late in &fired.late {
            metrics::histogram!("dieuphoi_timer_late_seconds")
                .record(late.num_milliseconds().max(0) as f64 / 1000.0);
        }
        for failure in &fired.failed {
            metrics::counter!("dieuphoi_timer_failures_total").increment(1);
            tracing::error!(
                timer.kind = %failure.kind,
                error = %failure.why,
                timer.again = %failure.again.rfc3339(),
                "a timer could not be acted on; the others go on"
            );
        }
        self.app.pulse.beat(self.name(), &*self.app.clock);
        fired.late.len()
    }
}
