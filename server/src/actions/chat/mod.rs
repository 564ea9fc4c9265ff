//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.

pub mod cards;
pub mod ceiling;
pub mod codes;
pub mod intake;
mod face;
pub mod groups;
pub mod files;
pub mod alarm;
pub mod bundle;
pub mod codes;
pub mod fallback;
pub mod links;
mod pace;
mod place;
pub mod presses;
pub mod settings;
pub mod settled;
pub mod turns;
