//! The audit trail is sealed into its chain, within a second of what it records.

use super::Chore;
use crate::actions::audit;
use crate::app::App;

/// The chore of the seal.
pub struct Seal {
    app: App,
}

impl Seal {
    /// The chore.
    pub const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Chore for Seal {
    fn name(&self) -> &'static str {
        "seal"
    }

    fn hears_of_writes(&self) -> bool {
        // Within a second is soon enough, and then many entries share one commit.
        false
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        Ok(audit::seal(&self.app.office, 500).await?)
    }
}
