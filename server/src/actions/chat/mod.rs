//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.

pub mod alarm;
pub mod bundle;
pub mod codes;
pub mod fallback;
pub mod links;
pub mod presses;
pub mod settings;
pub mod settled;
pub mod turns;
