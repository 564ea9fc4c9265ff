//! The engine: a pure function of (playbook, run, event, moment). It reads no clock and sends nothing.

mod effect;
mod escalation;
mod event;
mod failure;
mod lists;
mod moment;
mod plan;
mod rebase;
mod recount;
mod run;

pub use effect::{Effect, Why};
pub use event::Event;
pub use moment::Moment;
pub use plan::{advance, start};
pub use rebase::{Change, Rebased, rebase};
pub use recount::{Recounted, recount};
pub use run::{Run, Status, StepState, Waiting};
