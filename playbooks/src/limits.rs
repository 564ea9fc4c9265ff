//! Every quantity of the notation has a limit, and all of them are here.

/// Longest accepted file, in bytes.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Longest accepted CACAO file, in bytes: JSON is longer than what it says.
pub const MAX_CACAO_BYTES: usize = 1024 * 1024;
/// Most steps in one playbook, those inside `late` included.
pub const MAX_STEPS: usize = 200;
/// Deepest nesting of `late` lists; a step of the playbook's own list has depth 1.
pub const MAX_NESTING: usize = 12;
/// Shortest duration that may be written, in seconds.
pub const MIN_SPAN_SECONDS: u32 = 60;
/// Longest duration that may be written, in seconds (30 days).
pub const MAX_SPAN_SECONDS: u32 = 30 * 24 * 60 * 60;
/// Most repeats of one notice, after the first.
pub const MAX_REPEATS: u32 = 48;
/// Most rounds of one loop.
pub const MAX_ROUNDS: u32 = 20;
/// Most recipients of one step.
pub const MAX_RECIPIENTS: usize = 16;
/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// Longest instruction of a task, in characters.
pub const MAX_INSTRUCTION: usize = 2_000;
/// Most numbered lines of first aid.
pub const MAX_FIRST_AID_LINES: usize = 12;
/// Longest line of first aid, in characters.
pub const MAX_FIRST_AID_LINE: usize = 500;
/// Longest name or step id, in characters.
pub const MAX_NAME: usize = 40;
/// Most clocks in one regime.
pub const MAX_CLOCKS: usize = 50;
/// Most problems told at once; what comes after them is usually a consequence.
pub const MAX_PROBLEMS: usize = 50;
/// Deepest chain of playbooks that call one another.
pub const MAX_CALLS_DEEP: usize = 4;
/// Longest condition, in characters.
pub const MAX_CONDITION: usize = 400;
/// Most items of one list that a condition looks at.
pub const MAX_FACT_ITEMS: usize = 1_000;
/// Most variables in one playbook.
pub const MAX_VARS: usize = 32;
/// Longest text of a variable, in characters.
pub const MAX_VAR_TEXT: usize = 200;
/// Longest question of an `approve` step, in characters.
pub const MAX_QUESTION: usize = 500;
/// Longest legal ground of a dispatch, in characters.
pub const MAX_GROUND: usize = 200;
/// Most days in one working calendar.
pub const MAX_CALENDAR_DAYS: usize = 2_000;
/// Most rows of one simulation.
pub const MAX_ROWS: usize = 5_000;
