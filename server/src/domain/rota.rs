//! The duty rota (lịch trực), pure: rotations, changes and absences in, shifts and gaps out. All
//! times are instants; a day begins at midnight in Asia/Ho_Chi_Minh, which has no summer time.

mod typed;

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

pub use self::typed::{
    OverrideFacts, OverrideText, RotationFacts, RotationText, day_of, override_facts, rotation,
};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, RotaOverrideId, RotaSwapId, RotationId};

/// The first officer, and a second one beside the first.
pub const LINES: [i32; 2] = [1, 2];

/// People who take turns in their order: turn 0 is the first person's and begins at `anchor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Its identifier.
    pub id: RotationId,
    /// 1 or 2.
    pub line: i32,
    /// In their order; somebody may come twice.
    pub people: Vec<AccountId>,
    /// When turn 0 begins.
    pub anchor: Timestamp,
    /// How long a turn is.
    pub length: Duration,
    /// In force from.
    pub from: Timestamp,
    /// In force until, not included.
    pub to: Option<Timestamp>,
}

impl Rotation {
    fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    fn turn(&self, at: Timestamp) -> i64 {
        let length = self.length.num_seconds().max(1);
        (at - self.anchor).num_seconds().div_euclid(length)
    }

    fn begin_of(&self, turn: i64) -> Timestamp {
        let length = self.length.num_seconds().max(1);
        self.anchor + Duration::seconds(length.saturating_mul(turn))
    }

    fn person(&self, turn: i64) -> Option<AccountId> {
        let count = i64::try_from(self.people.len()).ok().filter(|count| *count > 0)?;
        self.people.get(usize::try_from(turn.rem_euclid(count)).ok()?).copied()
    }
}

/// Where a change comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A coordinator put somebody else (or nobody) there.
    Override(RotaOverrideId),
    /// Two officers exchanged.
    Swap(RotaSwapId),
}

/// Somebody else for a time. Later decisions lie over earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// 1 or 2.
    pub line: i32,
    /// From.
    pub from: Timestamp,
    /// Until, not included.
    pub to: Timestamp,
    /// Only where this person would be; `None`: whoever would be, and gaps too.
    pub instead_of: Option<AccountId>,
    /// Who is there; `None`: nobody.
    pub by: Option<AccountId>,
    /// When it was decided: the order in which changes lie over each other.
    pub decided: Timestamp,
    /// Where it comes from.
    pub origin: Origin,
}

/// Everything that decides who is on duty.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Rotations; of two that overlap on a line, the one that began later counts.
    pub rotations: Vec<Rotation>,
    /// Changes, in any order.
    pub changes: Vec<Change>,
    /// Who is not there any more, from when (account locked, role taken, moved on).
    pub absent: BTreeMap<AccountId, Timestamp>,
}

/// A stretch of one line, held by one person or by nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// 1 or 2.
    pub line: i32,
    /// From.
    pub from: Timestamp,
    /// Until, not included.
    pub to: Timestamp,
    /// Who; `None`: nobody.
    pub who: Option<AccountId>,
    /// Who it would be by the rotation alone.
    pub planned: Option<AccountId>,
    /// The change that decided, if one did.
    pub origin: Option<Origin>,
    /// The turn of a rotation; `None` where no rotation is in force.
    pub turn: Option<(RotationId, i64)>,
}

impl Shift {
    /// Whether it holds this moment.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// A time in which nobody is on duty on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// 1 or 2.
    pub line: i32,
    /// From.
    pub from: Timestamp,
    /// Until; `None`: no end in sight.
    pub to: Option<Timestamp>,
}

/// Who is on duty at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The rota has not begun: it does not count yet.
    NotYet,
    /// It counts, and nobody is on duty.
    Nobody,
    /// These, the first line first.
    Held(Vec<AccountId>),
}

impl Rules {
    /// Who is on duty at this moment.
    pub fn standing(&self, at: Timestamp) -> Standing {
        if self.begins().is_none_or(|begin| at < begin) {
            return Standing::NotYet;
        }
        let mut held: Vec<AccountId> = Vec::new();
        for line in LINES {
            if let Some(who) = self.moment(line, at).who
                && !held.contains(&who)
            {
                held.push(who);
            }
        }
        if held.is_empty() { Standing::Nobody } else { Standing::Held(held) }
    }

    /// When the rota begins to count.
    pub fn begins(&self) -> Option<Timestamp> {
        let lives = |rotation: &&Rotation| rotation.to.is_none_or(|to| rotation.from < to);
        self.rotations.iter().filter(lives).map(|rotation| rotation.from).min()
    }

    /// The stretches of a line from `from` to `to`: one after another without hole or overlap, cut
    /// at both ends. Stretches without anybody are `who: None`.
    pub fn shifts(&self, line: i32, from: Timestamp, to: Timestamp) -> Vec<Shift> {
        let mut all: Vec<Shift> = Vec::new();
        if to <= from {
            return all;
        }
        let cuts: Vec<Timestamp> = self.cuts(line, from, to).into_iter().collect();
        for (index, at) in cuts.iter().enumerate() {
            let end = cuts.get(index + 1).copied().unwrap_or(to);
            let next = Shift { from: *at, to: end, ..self.moment(line, *at) };
            match all.last_mut() {
                Some(last) if same(last, &next) => {
                    last.to = next.to;
                    if last.planned != next.planned {
                        last.planned = None;
                    }
                }
                _ => all.push(next),
            }
        }
        all
    }

    /// The stretches of a line that touch `from`..`to`, as long as they really are.
    pub fn whole_shifts(&self, line: i32, from: Timestamp, to: Timestamp) -> Vec<Shift> {
        // A stretch is a turn's, or one change's where no rotation is in force.
        let turns = self.rotations.iter().map(|rotation| rotation.length);
        let changes = self.changes.iter().map(|change| change.to - change.from);
        let long = turns.chain(changes).max().unwrap_or_else(Duration::zero);
        let all = self.shifts(line, from - long, to + long);
        all.into_iter().filter(|shift| shift.to > from && shift.from < to).collect()
    }

    /// When nobody is on duty, from `from` on, as far as `to`. On the second line only while a
    /// rotation of it is in force: nobody promised a second officer at other times.
    pub fn gaps(&self, from: Timestamp, to: Timestamp) -> Vec<Gap> {
        let Some(begin) = self.begins() else { return Vec::new() };
        let mut gaps: Vec<Gap> = Vec::new();
        for line in LINES {
            let first = gaps.len();
            for shift in self.shifts(line, from.max(begin), to) {
                if shift.who.is_some() || (line != 1 && shift.turn.is_none()) {
                    continue;
                }
                match gaps.get_mut(first..).and_then(<[Gap]>::last_mut) {
                    Some(last) if last.to == Some(shift.from) => last.to = Some(shift.to),
                    _ => gaps.push(Gap { line, from: shift.from, to: Some(shift.to) }),
                }
            }
            if let Some(last) = gaps.get_mut(first..).and_then(<[Gap]>::last_mut)
                && last.to == Some(to)
            {
                last.to = None;
            }
        }
        gaps
    }

    /// What holds on a line at a moment; `from` and `to` are the moment itself.
    pub fn moment(&self, line: i32, at: Timestamp) -> Shift {
        let rotation = self
            .rotations
            .iter()
            .filter(|rotation| rotation.line == line && rotation.covers(at))
            .max_by_key(|rotation| (rotation.from, rotation.id));
        let turn = rotation.map(|rotation| (rotation.id, rotation.turn(at)));
        let planned =
            rotation.zip(turn).and_then(|(rotation, (_, number))| rotation.person(number));
        let (mut who, mut origin) = (planned, None);
        let mut changes: Vec<&Change> = self
            .changes
            .iter()
            .filter(|change| change.line == line && change.from <= at && at < change.to)
            .collect();
        changes.sort_by_key(|change| change.decided);
        for change in changes {
            if change.instead_of.is_none() || change.instead_of == who {
                who = change.by;
                origin = Some(change.origin);
            }
        }
        let gone = |who: &AccountId| self.absent.get(who).is_some_and(|since| *since <= at);
        Shift { line, from: at, to: at, who: who.filter(|who| !gone(who)), planned, origin, turn }
    }

    /// Every moment of `from`..`to` at which something may change, `from` included.
    fn cuts(&self, line: i32, from: Timestamp, to: Timestamp) -> BTreeSet<Timestamp> {
        let mut cuts = BTreeSet::from([from]);
        let mut cut = |at: Timestamp| {
            if from < at && at < to {
                cuts.insert(at);
            }
        };
        for rotation in self.rotations.iter().filter(|rotation| rotation.line == line) {
            cut(rotation.from);
            let end = rotation.to.map_or(to, |end| end.min(to));
            if let Some(end) = rotation.to {
                cut(end);
            }
            let mut turn = rotation.turn(from.max(rotation.from)) + 1;
            while rotation.begin_of(turn) < end {
                cut(rotation.begin_of(turn));
                turn += 1;
            }
        }
        for change in self.changes.iter().filter(|change| change.line == line) {
            cut(change.from);
            cut(change.to);
        }
        for since in self.absent.values() {
            cut(*since);
        }
        cuts
    }
}

/// Whether two neighbours are one shift: one person's one turn (or one change, where no rotation is in
/// force), or one and the same emptiness.
fn same(one: &Shift, next: &Shift) -> bool {
    one.who == next.who
        && match one.who {
            Some(_) => one.turn == next.turn && (one.turn.is_some() || one.origin == next.origin),
            None => one.turn.is_some() == next.turn.is_some(),
        }
}

#[cfg(test)]
#[path = "rota_tests.rs"]
mod tests;
