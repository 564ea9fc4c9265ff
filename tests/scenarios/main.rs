//! Stories that the whole service must live through.

mod kill;
mod plans;
