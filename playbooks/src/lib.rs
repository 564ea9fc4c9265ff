//! What should happen, and when: playbooks (procedures) and regimes (the law's deadlines).
//!
//! A pure room: no I/O, no clock, no threads. A file's text becomes a [`Playbook`] ([`parse`]);
//! [`start`] and [`advance`] turn (playbook, run, event, now) into (run, effects), and the caller
//! keeps the run, arms the timers and sends the words, all in one transaction.

mod definition;
mod engine;
mod library;
mod limits;
mod notation;
mod regime;
mod role;
mod span;

pub use definition::{Kind, Phase, Playbook, Repeat, Step};
pub use engine::{Effect, Event, Run, Status, StepState, Waiting, Why, advance, start};
pub use library::{CATEGORIES, for_category, library, shipped};
pub use limits::*;
pub use notation::{Problem, parse, parse_regime};
pub use regime::{
    Applies, Basis, Clock, DEFAULT_REGIME, Regime, StartEvent, StopEvent, default_regime, due,
    regime_at, regime_named, regimes, warn_points,
};
pub use role::{Ask, Role};
pub use span::Span;
