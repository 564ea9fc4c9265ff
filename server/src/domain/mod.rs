//! Nouns and rules, pure: no database, no web, no clock.

#[macro_use]
pub mod words;

pub mod directory;
pub mod dispatch;
pub mod files;
pub mod ids;
pub mod incident;
pub mod indicators;
pub mod passwords;
pub mod person;
pub mod quiet;
pub mod refusal;
pub mod roster;
pub mod rota;
pub mod secrecy;
pub mod sheet;
pub mod sight;
pub mod text;
