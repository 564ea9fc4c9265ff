//! Every quantity of the notation has a limit, and all of them are here.

/// Longest accepted file, in bytes.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;
/// Most steps in one playbook, those inside `late` included.
pub const MAX_STEPS: usize = 200;
/// Deepest nesting of `late` lists; a step of the playbook's own list has depth 1.
pub const MAX_NESTING: usize = 8;
/// Shortest duration that may be written, in seconds.
pub const MIN_SPAN_SECONDS: u32 = 60;
/// Longest duration that may be written, in seconds (30 days).
pub const MAX_SPAN_SECONDS: u32 = 30 * 24 * 60 * 60;
/// Most repeats of one notice, after the first.
pub const MAX_REPEATS: u32 = 48;
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
