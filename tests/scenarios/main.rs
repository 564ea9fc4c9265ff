//! Stories that the whole service must live through.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a story that cannot go on must fail, and says what it measured"
)]

mod architecture;
mod bad_days;
mod canary_texts;
mod catalogs;
mod chat_flood;
mod chat_intake;
mod commands;
mod flow;
mod kill;
mod kill_chat;
mod kill_timers;
mod matrix_room;
mod plans;
mod playbooks;
mod replicas;
mod telegram_room;
mod telling;
mod three_phones;
