//! What should happen, and when: playbooks (procedures) and regimes (the law's deadlines).
//!
//! A pure room: no I/O, no clock, no threads. A file's text becomes a [`Playbook`] ([`parse`]);
//! [`start`] and [`advance`] turn (playbook, run, event, moment) into (run, effects), and the caller
//! keeps the run, arms the timers and sends the words, all in one transaction.

mod cacao;
mod calendar;
mod choose;
mod condition;
mod definition;
mod engine;
mod facts;
mod library;
mod limits;
mod notation;
mod regime;
mod role;
mod rounds;
mod schema;
mod search;
mod simulate;
mod span;
mod written;

pub use cacao::{
    EXTENSION as CACAO_EXTENSION, Imported, Made, Options as ImportOptions, export as to_cacao,
    import as from_cacao,
};
pub use calendar::{Calendar, Day};
pub use choose::{DEFAULT_PLAYBOOK, candidates, choose};
pub use condition::{Condition, Var};
pub use definition::{
    DispatchKind, Kind, Loop, Phase, Playbook, Repeat, Step, StepClock, Test, Wait,
};
pub use engine::{
    Change, Effect, Event, Moment, Rebased, Recounted, Run, Status, StepState, Waiting, Why,
    advance, rebase, recount, start,
};
pub use facts::{Facts, IncidentFacts, IndicatorFacts, SystemFacts};
pub use library::{
    CATEGORIES, for_category, library, library_read, shipped, shipped_as, shipped_calendar,
    shipped_pinned,
};
pub use limits::*;
pub use notation::{Problem, parse, parse_calendar, parse_pinned, parse_regime, parse_with, pin};
pub use regime::{
    Applies, Basis, Clock, DEFAULT_REGIME, Regime, StartEvent, StopEvent, YearlyDate,
    default_regime, due, regime_at, regime_named, regimes, warn_points,
};
pub use role::{Ask, Role};
pub use schema::schema;
pub use simulate::{
    Language, Line, Reply, Row, Scenario, Scripted, What, foresee, lines, picture, simulate, table,
};
pub use span::Span;
