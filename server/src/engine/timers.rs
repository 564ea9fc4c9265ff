//! Timers fire: taken and done in one transaction, so each fires once, whatever restarts.

use chrono::Duration;

use super::Chore;
use crate::actions::timers;
use crate::app::App;
use crate::store::engine;

/// The chore of timers.
pub struct Timers {
    app: App,
}

impl Timers {
    /// The chore.
    pub const fn new(app: App) -> Self {
        Self { app }
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

    async fn tick(&self) -> anyhow::Result<usize> {
        let mut done = 0;
        loop {
            let now = self.app.clock.now();
            match timers::fire_one(&self.app.office, &self.app.own("engine")).await {
                Ok(None) => return Ok(done),
                Ok(Some(late)) => {
                    metrics::histogram!("dieuphoi_timer_late_seconds")
                        .record(late.num_milliseconds().max(0) as f64 / 1000.0);
                    done += 1;
                }
                Err(why) => {
                    tracing::error!(error = %why, "a timer failed; it is tried again in a minute");
                    let later = now + Duration::minutes(1);
                    self.app
                        .office
                        .db
                        .write(move |tx| engine::put_off_timer(tx, now, later))
                        .await?;
                }
            }
        }
    }
}
