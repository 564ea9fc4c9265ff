//! The engine: a pure function of (playbook, run, event, now). It reads no clock and sends nothing.

mod effect;
mod event;
mod plan;
mod run;

pub use effect::{Effect, Why};
pub use event::Event;
pub use plan::{advance, start};
pub use run::{Run, Status, StepState, Waiting};
