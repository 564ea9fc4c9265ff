//! The responders' rooms: what came in, who is linked, groups and cards, buttons and questions.

pub mod alarm;
pub mod bundle;
pub mod cards;
pub mod ceiling;
pub mod codes;
mod face;
pub mod fallback;
pub mod files;
pub mod groups;
pub mod intake;
pub mod links;
mod place;
pub mod places;
pub mod presses;
pub mod settings;
pub mod settled;
pub mod turns;
