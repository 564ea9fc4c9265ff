//! What the tables hold, as plain data that actions answer with and doors show. No rules here.

mod accounts;
mod calendar;
mod chat;
mod dispatches;
mod drills;
mod engine;
mod evidence;
mod incidents;
mod organisations;
mod playbooks;
mod push;
mod rota;

pub use accounts::*;
pub use calendar::*;
pub use chat::*;
pub use dispatches::*;
pub use drills::*;
pub use engine::*;
pub use evidence::*;
pub use incidents::*;
pub use organisations::*;
pub use playbooks::*;
pub use push::*;
pub use rota::*;
