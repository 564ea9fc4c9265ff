//! dieuphoi: coordination of network-security incidents in a province.
//!
//! Doors (`http`, later the bot) and the `engine` call `actions`; an action is one verb in one
//! transaction over `store`, deciding with `domain`. docs/architecture.md has the whole picture.

pub mod actions;
pub mod app;
pub mod bot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod error;
pub mod http;
mod packed;
pub mod pulse;
pub mod records;
pub mod store;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set its stage must fail"
)]
pub mod testing;
pub mod texts;
