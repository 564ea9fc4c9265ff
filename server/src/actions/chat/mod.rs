//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.

pub mod codes;
pub mod links;
pub mod settings;
