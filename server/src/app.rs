//! What the doors and the engine share in one process.

use std::sync::Arc;

use crate::actions::{Ctx, Office};
use crate::bot::strangers::Patience;
use crate::bot::tempo::Tempo;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::person::Actor;
use crate::domain::words::Language;
use crate::http::limits::Limits;
use crate::pulse::Pulse;

/// The running service.
#[derive(Clone)]
pub struct App {
    /// What actions work with.
    pub office: Office,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// What slows floods down, shared by the process's web threads.
    pub limits: Arc<Limits>,
    /// Whether the engine of this process lives.
    pub pulse: Arc<Pulse>,
    /// What strangers in a room were told lately.
    pub patience: Arc<Patience>,
    /// How much each person asked in a room lately.
    pub tempo: Arc<Tempo>,
}

impl App {
    /// The service around an office.
    pub fn new(office: Office, clock: Arc<dyn Clock>) -> Self {
        let limits = Arc::new(Limits::new(&office.config.security));
        let tempo = Arc::new(Tempo::new(&office.config.security));
        Self { office, clock, limits, pulse: Arc::default(), patience: Arc::default(), tempo }
    }

    /// The rules of this installation.
    pub fn config(&self) -> &Config {
        &self.office.config
    }

    /// A context for this actor, now.
    pub fn ctx(
        &self,
        actor: Actor,
        address: String,
        request_id: String,
        language: Language,
    ) -> Ctx {
        Ctx { actor, now: self.clock.now(), address, request_id, language }
    }

    /// A context for what the service does unasked.
    pub fn own(&self, name: &'static str) -> Ctx {
        Ctx::service(name, self.clock.now())
    }
}
