//! What stories of the whole service share: databases of their own, the server as a process, an
//! SMTP server that remembers, reporters, history in bulk, figures.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set its stage must fail"
)]

pub mod bot_api;
pub mod cases;
pub mod chance;
pub mod database;
pub mod figures;
pub mod history;
pub mod people;
pub mod process;
pub mod promises;
pub mod reporter;
pub mod smtp;
pub mod wire;
pub mod world;
