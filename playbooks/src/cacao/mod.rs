//! CACAO 2.0 (OASIS), the exchange format: its playbooks become ours and run, ours become its.
//!
//! Pure, as the rest of the crate: the OASIS schemas are inside the program and nothing is fetched.
//! What the standard leaves open is decided here and written down in docs/cacao.md.

mod action;
mod book;
mod choices;
mod export;
mod fault;
mod flow;
mod ids;
mod import;
mod meaning;
mod order;
mod pattern;
mod places;
mod remark;
mod schema;
mod variables;
mod works;

pub use export::{Made, export};
pub use ids::EXTENSION;
pub use import::{Imported, Options, import};
