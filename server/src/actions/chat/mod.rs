//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.

pub mod codes;
pub mod links;
pub mod presses;
pub mod settings;
pub mod turns;
pub mod cards;
pub mod ceiling;
mod face;
pub mod groups;
mod pace;
mod place;
