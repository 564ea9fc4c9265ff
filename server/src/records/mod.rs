//! What the tables hold, as plain data that actions answer with and doors show. No rules here.

mod accounts;
mod dispatches;
mod engine;
mod evidence;
mod incidents;
mod organisations;
mod playbooks;

pub use accounts::*;
pub use dispatches::*;
pub use engine::*;
pub use evidence::*;
pub use incidents::*;
pub use organisations::*;
pub use playbooks::*;
