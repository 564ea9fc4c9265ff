//! What changed between two texts, line by line, with a little of what did not.

use std::time::{Duration, Instant};

use serde::Serialize;
use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{ChangeTag, group_diff_ops};

/// So many equal lines stay around a change.
const AROUND: usize = 3;
/// Two texts that have nothing in common are not looked at for longer.
const PATIENCE: Duration = Duration::from_millis(500);

/// The differences of two texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookDifference)]
pub struct Difference {
    /// Lines that came.
    pub added: usize,
    /// Lines that went.
    pub removed: usize,
    /// The places.
    pub hunks: Vec<Hunk>,
}

/// One place where something changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookHunk)]
pub struct Hunk {
    /// Its lines.
    pub lines: Vec<Piece>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PlaybookLine)]
pub struct Piece {
    /// What became of it.
    pub kind: Kind,
    /// Its number in the old text.
    pub old: Option<usize>,
    /// Its number in the new text.
    pub new: Option<usize>,
    /// Its words.
    pub text: String,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlaybookLineKind)]
pub enum Kind {
    /// It stayed.
    Same,
    /// It came.
    Added,
    /// It went.
    Removed,
}

impl Kind {
    /// Its word.
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }

    /// The sign in front of the line.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Added => "+",
            Self::Removed => "−",
        }
    }
}

/// Compares two texts.
pub fn compare(old: &str, new: &str) -> Difference {
    // By the algorithm's own function: the choice at run time would bring every algorithm along.
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut seen = Compact::new(Replace::new(Capture::new()), &old[..], &new[..]);
    let until = Instant::now() + PATIENCE;
    let Ok(()) = myers::diff_deadline(
        &mut seen,
        &old[..],
        0..old.len(),
        &new[..],
        0..new.len(),
        Some(until),
    );
    let mut found = Difference::default();
    for group in group_diff_ops(seen.into_inner().into_inner().into_ops(), AROUND) {
        let mut lines = Vec::new();
        for op in group {
            for change in op.iter_changes(&old[..], &new[..]) {
                let kind = match change.tag() {
                    ChangeTag::Equal => Kind::Same,
                    ChangeTag::Insert => Kind::Added,
                    ChangeTag::Delete => Kind::Removed,
                };
                match kind {
                    Kind::Added => found.added += 1,
                    Kind::Removed => found.removed += 1,
                    Kind::Same => {}
                }
                lines.push(Piece {
                    kind,
                    old: change.old_index().map(|index| index + 1),
                    new: change.new_index().map(|index| index + 1),
                    text: change.value().to_owned(),
                });
            }
        }
        found.hunks.push(Hunk { lines });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_with_the_lines_around_it() {
        let old: String = (1..=20).map(|n| format!("dòng {n}\n")).collect();
        let new = old.replace("dòng 10\n", "dòng mười\nvà nữa\n");
        let found = compare(&old, &new);
        assert_eq!((found.added, found.removed, found.hunks.len()), (2, 1, 1));
        let lines = &found.hunks[0].lines;
        assert_eq!(lines.len(), 3 + 3 + 3);
        assert_eq!((lines[0].old, lines[0].new), (Some(7), Some(7)));
        let removed = lines.iter().find(|line| line.kind == Kind::Removed).unwrap();
        assert_eq!((removed.old, removed.new, removed.text.as_str()), (Some(10), None, "dòng 10"));
        assert_eq!(compare(&old, &old), Difference::default());
    }
}
