//! The notifier watches itself: canaries leave at their time, and somebody hears of it when one does not.

use super::Chore;
use crate::actions::canary;
use crate::app::App;

/// The chore of the canaries.
pub struct Canary {
    app: App,
}

impl Canary {
    /// The chore.
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Chore for Canary {
    fn name(&self) -> &'static str {
        "canary"
    }

    fn hears_of_writes(&self) -> bool {
        false
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let round = canary::round(&self.app.office, &self.app.own("engine")).await?;
        for (channel, why) in &round.alarms {
            metrics::counter!("dieuphoi_canary_alarms_total", "channel" => channel.as_word())
                .increment(1);
            tracing::error!(
                channel = channel.as_word(),
                error = %why,
                "the canary of this channel is late or failed: who must know may not be told by it"
            );
        }
        self.app.pulse.in_trouble(round.trouble);
        // What was made just now cannot have left yet.
        Ok(0)
    }
}
