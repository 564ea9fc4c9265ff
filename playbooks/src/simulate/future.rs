//! What comes next in a run by itself, if nobody moves: its own engine, from where it stands.

use super::{Row, Scenario, World};
use crate::calendar::Calendar;
use crate::definition::Playbook;
use crate::engine::Run;
use crate::facts::Facts;
use crate::role::Role;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Lets a run go on from `now` while everybody is silent; what is overdue happens at once. The rows
/// count from `now`, and end with whoever is still waited for.
pub fn foresee(
    playbook: &Playbook,
    run: &Run,
    facts: &Facts,
    now: DateTime<Utc>,
    calendar: &Calendar,
) -> Vec<Row> {
    let mut silent: Vec<Role> = Vec::new();
    for step in playbook.all_steps() {
        silent.extend(step.recipients().iter().cloned());
    }
    silent.sort();
    silent.dedup();
    let scenario =
        Scenario { facts: facts.clone(), silent, answers: Vec::new(), from: now, calendar };
    let mut world = World {
        playbook,
        scenario: &scenario,
        run: run.clone(),
        now,
        rows: Vec::new(),
        coming: BTreeMap::new(),
        count: 0,
    };
    world.live();
    world.rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Event, Moment, advance, start};
    use crate::library::shipped_calendar;
    use crate::notation::parse;
    use crate::simulate::What;

    const TEXT: &str = "playbook: x\nversion: 1\ntitle: T\nfirst_aid: 1. Gọi.\nsteps:\n  \
        - id: receive\n    notify: {to: duty_officer, ask: acknowledge}\n    within: 15m\n    late:\n      \
        - notify: {to: leader}\n  \
        - id: work\n    task: {to: it_officer, phase: verifying, text: Xem., evidence: none}\n    \
        within: 2h\n    late:\n      - notify: {to: coordinator}\n";

    #[test]
    fn what_comes_is_what_the_engine_would_do_from_here() {
        let book = parse(TEXT).expect("a playbook");
        let from = shipped_calendar().read_local("2026-11-23T08:00").expect("a time");
        let (run, _) = start(&book, &Moment::at(from));
        let now = from + chrono::TimeDelta::minutes(5);
        let told = |run: &Run, now| {
            let rows = foresee(&book, run, &Facts::default(), now, shipped_calendar());
            let line = |row: Row| (row.after / 60, row.step.clone(), row.what);
            rows.into_iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&run, now),
            [
                (10, "receive/late/0".to_owned(), What::Told),
                (115, "work/late/0".to_owned(), What::Told),
                (115, "receive".to_owned(), What::StillWaits),
                (115, "work".to_owned(), What::StillWaits),
            ]
        );
        let (run, _) = advance(&book, &run, &Event::Acknowledged, &Moment::at(now));
        let later = now + chrono::TimeDelta::hours(3);
        assert_eq!(
            told(&run, later),
            [(0, "work/late/0".to_owned(), What::Told), (0, "work".to_owned(), What::StillWaits)],
            "what is overdue happens at once"
        );
    }
}
