//! The order of a list as CACAO can say it: parts side by side, each in stages.

use crate::definition::{Kind, Step};
use std::collections::{BTreeMap, BTreeSet};

/// The parts of a list that have nothing to do with one another, each as stages: what stands in one
/// stage may go side by side, and comes after all of the stage before.
pub(super) fn components(steps: &[Step]) -> Vec<Vec<Vec<&Step>>> {
    let place: BTreeMap<&str, usize> =
        steps.iter().enumerate().map(|(n, step)| (step.id.as_str(), n)).collect();
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    let mut held = None;
    for (n, step) in steps.iter().enumerate() {
        let mut mine: BTreeSet<usize> =
            step.after.iter().filter_map(|id| place.get(id.as_str()).copied()).collect();
        mine.extend(held);
        if matches!(step.kind, Kind::Wait(_)) && step.after.is_empty() {
            held = Some(n);
        }
        before.push(mine);
    }
    // Everything that hangs together gets the number of its first step; what comes before a step
    // stands above it, so that one pass down and one back are enough to start with.
    let mut group: Vec<usize> = (0..steps.len()).collect();
    loop {
        let mut moved = false;
        for (n, mine) in before.iter().enumerate() {
            let least = mine.iter().map(|m| group[*m]).chain([group[n]]).min().unwrap_or(n);
            for m in mine.iter().copied().chain([n]) {
                moved |= group[m] != least;
                group[m] = least;
            }
        }
        if !moved {
            break;
        }
    }
    let mut level = vec![0_usize; steps.len()];
    for (n, mine) in before.iter().enumerate() {
        level[n] = mine.iter().map(|m| level[*m] + 1).max().unwrap_or(0);
    }
    let mut found: BTreeMap<usize, BTreeMap<usize, Vec<&Step>>> = BTreeMap::new();
    for (n, step) in steps.iter().enumerate() {
        found.entry(group[n]).or_default().entry(level[n]).or_default().push(step);
    }
    found.into_values().map(|stages| stages.into_values().collect()).collect()
}
