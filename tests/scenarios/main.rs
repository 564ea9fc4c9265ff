//! Stories that the whole service must live through.

mod architecture;
mod flow;
mod kill;
mod plans;
