//! The clock is watched: a wall clock that was set back would make everything that is due wait until
//! it comes there again, and a claim of a dead server would seem to last for hours.

use std::sync::{Mutex, PoisonError};
use std::time::Duration as Steady;

use chrono::Duration;

use super::Chore;
use crate::actions::clock_set;
use crate::app::App;
use crate::clock::Timestamp;

/// What one look may differ from the last by.
const BACK: Duration = Duration::seconds(2);
/// Set forward by so much, somebody should know.
const FORWARD: Duration = Duration::seconds(60);

/// The chore of the clock.
pub struct Watch {
    app: App,
    last: Mutex<(Timestamp, Steady)>,
}

impl Watch {
    /// The chore.
    pub fn new(app: App) -> Self {
        let last = Mutex::new((app.clock.now(), app.clock.steady()));
        Self { app, last }
    }

    /// What the clock says now, and what it should say by the time that really passed.
    fn look(&self) -> (Timestamp, Timestamp) {
        let (now, steady) = (self.app.clock.now(), self.app.clock.steady());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = Duration::from_std(steady.saturating_sub(last.1)).unwrap_or_default();
        let expected = last.0 + passed;
        *last = (now, steady);
        (now, expected)
    }
}

impl Chore for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn hears_of_writes(&self) -> bool {
        false
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let (now, expected) = self.look();
        let apart = (now - expected).num_seconds();
        if now - expected >= FORWARD {
            metrics::counter!("dieuphoi_clock_jumps_total", "to" => "future").increment(1);
            tracing::error!(seconds = apart, "the clock was set forward: what is due fires now");
        }
        if expected - now >= BACK {
            metrics::counter!("dieuphoi_clock_jumps_total", "to" => "past").increment(1);
            tracing::error!(seconds = apart, "the clock was set back: what was due stays due");
            clock_set::back(&self.app.office, &self.app.own("engine"), expected).await?;
        }
        Ok(0)
    }
}

/// What was written last may be of a time that is yet to come: the clock was set back while no server
/// was looking.
pub(super) async fn at_start(app: &App) -> anyhow::Result<()> {
    let ctx = app.own("engine");
    if let Some(last) = clock_set::last_written(&app.office).await?
        && last - ctx.now >= FORWARD
    {
        let seconds = (last - ctx.now).num_seconds();
        tracing::error!(seconds, "the clock was set back since this database was last written");
        clock_set::back(&app.office, &ctx, last).await?;
    }
    Ok(())
}
