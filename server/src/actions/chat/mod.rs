//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.

pub mod codes;
pub mod files;
pub mod links;
pub mod presses;
pub mod settings;
pub mod turns;
