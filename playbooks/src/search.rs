//! What of a playbook can be asked: its steps, and who takes care of what.

use crate::condition::Condition;
use crate::definition::{Kind, Loop, Playbook, Step, StepClock, Test, Wait, everything};

impl Playbook {
    /// How much of the incident `when` asks about: the number of different names in it. Without
    /// `when` it is 0.
    pub fn narrowness(&self) -> usize {
        self.when.as_ref().map_or(0, |when| when.names().len())
    }

    /// Whether `when` asks about nothing but the category, so that nothing else need be known to
    /// choose or not to choose it.
    pub fn goes_by_category(&self) -> bool {
        self.when.as_ref().is_none_or(|when| when.names().iter().all(|n| n == "incident.category"))
    }

    /// Whether any step counts working days, so that the calendar matters.
    pub fn counts_working_days(&self) -> bool {
        self.all_steps().into_iter().any(|step| step.clock == StepClock::Working)
    }

    /// Every step at any depth, parents before children, in the order of the file.
    pub fn all_steps(&self) -> Vec<&Step> {
        let mut found = everything(&self.steps);
        found.extend(everything(&self.failed));
        found
    }

    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.all_steps().into_iter().find(|step| step.id == id)
    }

    /// Whether the step stands inside the `late` of another, at any depth.
    pub fn is_escalation(&self, id: &str) -> bool {
        fn outside(list: &[Step], id: &str) -> bool {
            list.iter().any(|s| {
                s.id == id
                    || outside(&s.failed, id)
                    || s.lists().into_iter().any(|l| outside(l, id))
            })
        }
        !outside(&self.steps, id) && !outside(&self.failed, id)
    }

    /// Whether anything says what happens when this step failed: its own `failed`, that of a group
    /// around it, or the playbook's.
    pub fn handles_failure(&self, id: &str) -> bool {
        fn search(list: &[Step], id: &str, above: bool) -> Option<bool> {
            list.iter().find_map(|s| {
                let here = above || !s.failed.is_empty();
                if s.id == id {
                    return Some(here);
                }
                // A question that was answered has not failed, whatever its branch does.
                let inside = if s.is_group() { here } else { above };
                s.lists()
                    .into_iter()
                    .find_map(|l| search(l, id, inside))
                    .or_else(|| search(&s.failed, id, above))
                    // Who is told because somebody was late is no part of the work.
                    .or_else(|| search(&s.late, id, false))
            })
        }
        search(&self.steps, id, !self.failed.is_empty())
            .or_else(|| search(&self.failed, id, false))
            .unwrap_or(false)
    }

    /// Whether any condition asks about the incident, so that a change of it may matter.
    pub fn asks_for_facts(&self) -> bool {
        self.all_steps().into_iter().any(|step| {
            let until = match &step.kind {
                Kind::Wait(Wait::Until { condition, .. })
                | Kind::Loop(Loop { test: Test::While(condition), .. }) => Some(condition),
                _ => None,
            };
            step.condition.iter().chain(until).any(Condition::asks_for_facts)
        })
    }
}
