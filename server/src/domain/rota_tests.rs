//! What always holds of a rota, for any rotations and changes; and the cases that people ask about.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::Id;
use crate::domain::words::RotationKind;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A person, rotation or change by number.
fn id<K>(number: u128) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(number))
}

fn weekly(people: &[u128]) -> Rotation {
    Rotation {
        id: id(900),
        line: 1,
        people: people.iter().map(|one| id(*one)).collect(),
        anchor: at("2026-11-23T07:30"),
        length: Duration::days(7),
        from: at("2026-11-23T07:30"),
        to: None,
    }
}

fn change(from: &str, to: &str, instead_of: Option<u128>, by: Option<u128>, order: i64) -> Change {
    Change {
        line: 1,
        from: at(from),
        to: at(to),
        instead_of: instead_of.map(id),
        by: by.map(id),
        decided: at("2026-11-01T00:00") + Duration::minutes(order),
        origin: Origin::Override(id(u128::try_from(order).unwrap())),
    }
}

/// `from who` lines, short enough to read.
fn told(shifts: &[Shift]) -> Vec<String> {
    shifts
        .iter()
        .map(|shift| {
            let who = shift.who.map_or("-".to_owned(), |who| who.uuid().as_u128().to_string());
            format!("{} {who}", shift.from.local())
        })
        .collect()
}

#[test]
fn people_take_turns_in_their_order_and_before_the_first_day_nothing_counts() {
    let rules = Rules { rotations: vec![weekly(&[1, 2, 3])], ..Rules::default() };
    let shifts = rules.shifts(1, at("2026-11-23T07:30"), at("2026-12-15T00:00"));
    assert_eq!(
        told(&shifts),
        ["23/11/2026 07:30 1", "30/11/2026 07:30 2", "07/12/2026 07:30 3", "14/12/2026 07:30 1"]
    );
    assert_eq!(rules.standing(at("2026-11-23T07:29")), Standing::NotYet);
    assert_eq!(rules.standing(at("2026-11-23T07:30")), Standing::Held(vec![id(1)]));
    assert!(rules.gaps(at("2026-11-01T00:00"), at("2027-01-01T00:00")).is_empty());
}

#[test]
fn a_replacement_lies_over_the_turn_and_a_later_one_over_it() {
    let changes = vec![
        change("2026-11-25T00:00", "2026-11-27T00:00", Some(1), Some(3), 1),
        change("2026-11-26T00:00", "2026-12-01T00:00", Some(3), None, 2),
        // Not in force: the person it replaces is not on duty then.
        change("2026-11-23T07:30", "2026-11-24T00:00", Some(2), Some(3), 3),
    ];
    let rules = Rules { rotations: vec![weekly(&[1, 2])], changes, ..Rules::default() };
    let from = at("2026-11-23T07:30");
    assert_eq!(
        told(&rules.shifts(1, from, at("2026-12-02T00:00"))),
        [
            "23/11/2026 07:30 1",
            "25/11/2026 00:00 3",
            "26/11/2026 00:00 -",
            "27/11/2026 00:00 1",
            "30/11/2026 07:30 2"
        ]
    );
    let gap = rules.gaps(from, at("2026-12-31T00:00"));
    assert_eq!(gap.len(), 1);
    assert_eq!(gap[0].to, Some(at("2026-11-27T00:00")));
    assert_eq!(rules.standing(at("2026-11-26T12:00")), Standing::Nobody);
}

#[test]
fn a_locked_account_is_a_gap_from_then_on_and_history_stays() {
    let absent = BTreeMap::from([(id(1), at("2026-11-25T10:00"))]);
    let rules = Rules { rotations: vec![weekly(&[1])], absent, ..Rules::default() };
    let gaps = rules.gaps(at("2026-11-20T00:00"), at("2026-12-20T00:00"));
    assert_eq!(gaps, [Gap { line: 1, from: at("2026-11-25T10:00"), to: None }]);
    let before = at("2026-11-25T09:59");
    assert_eq!(rules.standing(before), Standing::Held(vec![id(1)]), "she was there");
    assert_eq!(rules.standing(at("2026-11-25T10:00")), Standing::Nobody);
}

#[test]
fn a_second_officer_is_missed_only_while_one_was_promised() {
    let mut second = weekly(&[2]);
    second.line = 2;
    second.id = id(901);
    second.to = Some(at("2026-12-07T07:30"));
    let mut rules = Rules { rotations: vec![weekly(&[1]), second], ..Rules::default() };
    let now = at("2026-11-24T00:00");
    assert_eq!(rules.standing(now), Standing::Held(vec![id(1), id(2)]));
    assert!(rules.gaps(now, at("2027-01-30T00:00")).is_empty());
    rules.absent.insert(id(2), now);
    let gaps = rules.gaps(now, at("2027-01-30T00:00"));
    assert_eq!(gaps, [Gap { line: 2, from: now, to: Some(at("2026-12-07T07:30")) }]);
    assert_eq!(rules.standing(now), Standing::Held(vec![id(1)]));
}

#[test]
fn what_is_typed_becomes_turns() {
    let typed = RotationText {
        kind: "weekly".to_owned(),
        people: vec![" A@x.example ".to_owned(), String::new(), "b@x.example".to_owned()],
        handover: "07:30".to_owned(),
        weekday: "1".to_owned(),
        from: "2026-11-26".to_owned(), // a Thursday
        to: "2027-01-04".to_owned(),
        ..RotationText::default()
    };
    let facts = rotation(&typed).unwrap();
    assert_eq!((facts.kind, facts.hours, facts.line), (RotationKind::Weekly, 168, 1));
    assert_eq!(facts.people, ["a@x.example", "b@x.example"]);
    assert_eq!(facts.anchor.local(), "23/11/2026 07:30", "the Monday before");
    assert_eq!(facts.from.local(), "26/11/2026 07:30");
    assert_eq!(facts.to.unwrap().local(), "04/01/2027 07:30");

    let wrong = RotationText {
        line: "3".to_owned(),
        kind: "custom".to_owned(),
        hours: "0".to_owned(),
        handover: "25:00".to_owned(),
        from: "2026-11-26".to_owned(),
        to: "2026-11-26".to_owned(),
        ..RotationText::default()
    };
    let fields: Vec<_> = rotation(&wrong).unwrap_err().iter().map(|bad| bad.field).collect();
    assert_eq!(fields, ["line", "people", "hours", "handover", "to"]);
}

#[test]
fn an_override_never_reaches_into_the_past() {
    let now = at("2026-11-22T10:00");
    let typed = OverrideText {
        from: "2026-11-20T00:00".to_owned(),
        to: "2026-11-23T00:00".to_owned(),
        person: "a@x.example".to_owned(),
        reason: "Ốm".to_owned(),
        ..OverrideText::default()
    };
    assert_eq!(override_facts(&typed, now).unwrap().from, now);
    let past = OverrideText { to: "2026-11-22T09:00".to_owned(), ..typed.clone() };
    assert_eq!(override_facts(&past, now).unwrap_err()[0].key, "field-rota-over");
    let nobody = OverrideText { person: String::new(), ..typed };
    assert_eq!(override_facts(&nobody, now).unwrap_err()[0].key, "field-rota-nobody");
}

prop_compose! {
    fn some_rotation()(
        number in 0_u128..1000, line in 1..=2_i32, people in prop::collection::vec(1_u128..6, 1..5),
        anchor in -400_i64..400, hours in 1_i64..200, from in 0_i64..1500, long in prop::option::of(1_i64..800),
    ) -> Rotation {
        let zero = at("2026-11-01T00:00");
        Rotation {
            id: id(number), line, people: people.into_iter().map(id).collect(),
            anchor: zero + Duration::hours(anchor), length: Duration::hours(hours),
            from: zero + Duration::hours(from), to: long.map(|long| zero + Duration::hours(from + long)),
        }
    }
}

prop_compose! {
    fn some_change()(
        line in 1..=2_i32, from in 0_i64..1500, long in 1_i64..300, instead_of in prop::option::of(1_u128..6),
        by in prop::option::of(1_u128..6), order in 0_i64..1000,
    ) -> Change {
        let zero = at("2026-11-01T00:00");
        Change {
            line, from: zero + Duration::hours(from), to: zero + Duration::hours(from + long),
            instead_of: instead_of.map(id), by: by.map(id),
            decided: zero + Duration::minutes(order), origin: Origin::Swap(id(u128::try_from(order).unwrap())),
        }
    }
}

prop_compose! {
    fn some_rules()(
        rotations in prop::collection::vec(some_rotation(), 0..5),
        changes in prop::collection::vec(some_change(), 0..8),
        absent in prop::collection::btree_map(1_u128..6, 0_i64..2000, 0..3),
    ) -> Rules {
        let zero = at("2026-11-01T00:00");
        let absent = absent.into_iter().map(|(who, since)| (id(who), zero + Duration::hours(since)));
        Rules { rotations, changes, absent: absent.collect() }
    }
}

proptest! {
    #[test]
    fn stretches_lie_end_to_end_and_say_what_each_moment_says(
        rules in some_rules(), line in 1..=2_i32, from in 0_i64..1500, long in 1_i64..900,
        probe in 0_i64..54_000,
    ) {
        let zero = at("2026-11-01T00:00");
        let (begin, end) = (zero + Duration::hours(from), zero + Duration::hours(from + long));
        let shifts = rules.shifts(line, begin, end);
        prop_assert_eq!(shifts.first().map(|shift| shift.from), Some(begin));
        prop_assert_eq!(shifts.last().map(|shift| shift.to), Some(end));
        for pair in shifts.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from, "a hole or an overlap");
            prop_assert!(!same(&pair[0], &pair[1]), "two pieces of one shift");
        }
        prop_assert!(shifts.iter().all(|shift| shift.from < shift.to));
        // Any minute: the stretch says what the moment says.
        let minute = begin + Duration::minutes(probe % (long * 60));
        let there: Vec<&Shift> = shifts.iter().filter(|shift| shift.covers(minute)).collect();
        prop_assert_eq!(there.len(), 1);
        let moment = rules.moment(line, minute);
        prop_assert_eq!(there[0].who, moment.who);
        if moment.who.is_some() {
            prop_assert_eq!(there[0].turn, moment.turn);
        }
    }

    #[test]
    fn a_moment_is_in_a_gap_exactly_when_nobody_holds_it(
        rules in some_rules(), minute in 0_i64..120_000,
    ) {
        let zero = at("2026-11-01T00:00");
        let end = zero + Duration::hours(2500);
        let probe = zero + Duration::minutes(minute);
        let gaps = rules.gaps(zero, end);
        let in_gap = gaps.iter().any(|gap| {
            gap.line == 1 && gap.from <= probe && gap.to.is_none_or(|to| probe < to)
        });
        let counts = rules.begins().is_some_and(|begin| begin <= probe);
        prop_assert_eq!(in_gap, counts && rules.moment(1, probe).who.is_none());
        if rules.standing(probe) == Standing::Nobody {
            prop_assert!(in_gap, "nobody on duty is always a gap of the first line");
        }
    }

    #[test]
    fn a_whole_shift_is_whole(rules in some_rules(), from in 0_i64..1500, long in 1_i64..200) {
        let zero = at("2026-11-01T00:00");
        let (begin, end) = (zero + Duration::hours(from), zero + Duration::hours(from + long));
        for shift in rules.whole_shifts(1, begin, end) {
            if shift.who.is_some() {
                let before = rules.moment(1, shift.from - Duration::seconds(1));
                let after = rules.moment(1, shift.to);
                prop_assert!(!same(&before, &shift) && !same(&shift, &after), "it goes on");
            }
        }
    }
}
