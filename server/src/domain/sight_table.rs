//! The table of design.md section 5, role by role, so that a reader can check it line by line.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::words::Language;

const NOW: &str = "2026-11-22T08:00:00Z";

struct World {
    own: OrganisationId,
    below: OrganisationId,
    other: OrganisationId,
}

impl World {
    fn new() -> Self {
        let now = Timestamp::parse(NOW).unwrap();
        Self { own: Id::new(now), below: Id::new(now), other: Id::new(now) }
    }

    fn person(&self, roles: &[Role]) -> Person {
        Person {
            id: Id::new(Timestamp::parse(NOW).unwrap()),
            name: "Người thử".to_owned(),
            organisation: self.own,
            organisation_key: "own".to_owned(),
            organisation_name: "Đơn vị mình".to_owned(),
            // Filled for heads alone, as the store does it.
            below: if roles.contains(&Role::UnitHead) { vec![self.below] } else { Vec::new() },
            roles: roles.iter().copied().collect(),
            language: Language::Vi,
            must_change_password: false,
            proved_at: None,
            must_enrol: false,
            scopes: None,
        }
    }

    /// own, below, other, and of another organisation: on the case, referred, reported by oneself.
    fn objects(&self) -> [(&'static str, Seen); 6] {
        let of = |organisation| Seen {
            organisation,
            is_member: false,
            is_referred: false,
            is_reporter: false,
        };
        [
            ("own", of(self.own)),
            ("below", of(self.below)),
            ("other", of(self.other)),
            ("member", Seen { is_member: true, ..of(self.other) }),
            ("referred", Seen { is_referred: true, ..of(self.other) }),
            ("reported", Seen { is_reporter: true, ..of(self.other) }),
        ]
    }
}

fn actor(person: Person) -> Actor {
    Actor::Person(Arc::new(person))
}

/// `-` looks like nothing there, `R` what reporters read, `C` the case, `K` with the coordination
/// team's entries. Then the entries read at the deepest: `e`veryone, `c`oordination, `p`olice; then
/// who reported, and the dispatches sent to the own organisation.
#[rustfmt::skip]
const SIGHT: [(Role, &str, &str, bool, bool); 11] = [
    //                    own b o m r r  entries  identity dispatches
    (Role::Reporter,      "- - - - - R", "",      false,   false),
    (Role::UnitHead,      "C C - - - -", "e",     true,    false),
    (Role::ItOfficer,     "C - - - - -", "e",     true,    false),
    (Role::DutyOfficer,   "K K K K K K", "ec",    true,    false),
    (Role::Coordinator,   "K K K K K K", "ec",    true,    false),
    (Role::Responder,     "- - - K - -", "ec",    true,    false),
    (Role::Leader,        "K K K K K K", "ec",    true,    false),
    (Role::Liaison,       "- - - - - -", "",      false,   true),
    (Role::PoliceLiaison, "- - - - C -", "ep",    false,   true),
    (Role::Auditor,       "- - - - - -", "",      false,   false),
    (Role::Admin,         "- - - - - -", "",      false,   false),
];

const fn sign(depth: Option<Depth>) -> &'static str {
    match depth {
        None => "-",
        Some(Depth::Reporter) => "R",
        Some(Depth::Case) => "C",
        Some(Depth::Coordination) => "K",
    }
}

#[test]
fn every_role_sees_what_the_design_says_and_nothing_else() {
    let world = World::new();
    let covered: BTreeSet<Role> = SIGHT.iter().map(|row| row.0).collect();
    assert_eq!(covered.len(), Role::ALL.len(), "a role is missing in the table");
    for (role, depths, entries, identity, dispatches) in SIGHT {
        let sight = Sight::of(&actor(world.person(&[role])));
        let seen = world.objects().map(|(_, object)| sight.depth(&object));
        assert_eq!(seen.map(sign).join(" "), depths, "{role}: incidents");
        let deepest = seen.iter().flatten().max();
        let read: String = match deepest {
            None => String::new(),
            Some(depth) => Audience::ALL
                .iter()
                .filter(|audience| sight.reads(**audience, *depth))
                .map(|audience| &audience.as_word()[..1])
                .collect(),
        };
        assert_eq!(read, entries, "{role}: entries");
        assert_eq!(sight.reporter_identity, identity, "{role}: who reported");
        assert_eq!(sight.dispatches_to == Some(world.own), dispatches, "{role}: dispatches");
        assert_ne!(sight.dispatches_to, Some(world.other), "{role}: dispatches of others");
        assert_eq!(sight.sees_cases(), role_sees_some_case(depths), "{role}: any case");
    }
}

fn role_sees_some_case(depths: &str) -> bool {
    depths.contains(['R', 'C', 'K'])
}

#[test]
fn sights_add_up_and_administering_adds_no_case() {
    let world = World::new();
    for (role, depths, entries, _, _) in SIGHT {
        let mut person = world.person(&[role]);
        let alone = Sight::of(&actor(person.clone()));
        person.roles.extend([Role::Admin, Role::Auditor]);
        let both = Sight::of(&actor(person));
        assert_eq!(both, alone, "{role} with admin and auditor");
        let seen = world.objects().map(|(_, object)| sign(both.depth(&object)));
        assert_eq!(seen.join(" "), depths, "{role} with admin, {entries}");
    }
    let two = Sight::of(&actor(world.person(&[Role::Reporter, Role::ItOfficer])));
    let seen = world.objects().map(|(_, object)| sign(two.depth(&object)));
    assert_eq!(seen.join(" "), "C - - - - R");
    // An IT officer who is on a case of another organisation reads the team's entries there alone.
    let two = Sight::of(&actor(world.person(&[Role::Responder, Role::ItOfficer])));
    let seen = world.objects().map(|(_, object)| sign(two.depth(&object)));
    assert_eq!(seen.join(" "), "C - - K - -");
    assert!(!two.reads(Audience::Coordination, Depth::Case));
}

#[test]
fn strangers_first_passwords_and_narrow_keys_see_nothing() {
    let world = World::new();
    let mut fresh = world.person(Role::ALL);
    fresh.must_change_password = true;
    let mut report_key = world.person(Role::ALL);
    report_key.scopes = Some(BTreeSet::from([Scope::Report, Scope::Admin, Scope::Audit]));
    let now = Timestamp::parse(NOW).unwrap();
    for nobody in [
        Actor::Nobody,
        Actor::Link { dispatch: Id::new(now), name: "Đối tác".to_owned() },
        Actor::Reporter { report: Id::new(now), name: String::new() },
        actor(fresh),
        actor(report_key),
    ] {
        assert_eq!(Sight::of(&nobody), Sight::default(), "{nobody:?}");
    }
    let mut key = world.person(&[Role::Coordinator]);
    for (scope, all) in [(Scope::Read, true), (Scope::Write, true), (Scope::Report, false)] {
        key.scopes = Some(BTreeSet::from([scope]));
        assert_eq!(Sight::of(&actor(key.clone())).all, all, "{scope}");
    }
}

/// Who may do what (design.md section 5, "Does"): one column a role, in the order of the roles:
/// reporter, unit_head, it_officer, duty_officer, coordinator, responder, leader, liaison,
/// police_liaison, auditor, admin.
#[rustfmt::skip]
const VERBS: &[(Verb, &str, Scope)] = &[
    //                      rep uh it du co re le li po au ad
    (Verb::Acknowledge,    "-  -  -  x  x  -  -  -  -  -  -", Scope::Write),
    (Verb::Triage,         "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::ChangeState,    "-  -  -  -  x  x  x  -  -  -  -", Scope::Write),
    (Verb::Note,           "-  x  x  x  x  x  x  -  x  -  -", Scope::Write),
    (Verb::AddTask,        "-  -  -  x  x  x  -  -  -  -  -", Scope::Write),
    (Verb::DoTask,         "-  x  x  x  x  x  -  -  x  -  -", Scope::Write),
    (Verb::Decide,         "-  x  x  x  x  x  x  -  x  -  -", Scope::Write),
    (Verb::AddEvidence,    "-  x  x  x  x  x  -  -  x  -  -", Scope::Write),
    (Verb::Dispatch,       "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::CancelDispatch, "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::Merge,          "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::Link,           "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::Reject,         "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::Close,          "-  -  -  -  x  -  x  -  -  -  -", Scope::Write),
    (Verb::Reopen,         "-  -  -  -  x  -  x  -  -  -  -", Scope::Write),
    (Verb::Drill,          "-  -  -  -  x  -  x  -  -  -  -", Scope::Write),
    (Verb::Register,       "-  -  -  x  x  -  -  -  -  -  -", Scope::Report),
    (Verb::AnswerDispatch, "-  x  x  -  -  -  -  x  x  -  -", Scope::Write),
    (Verb::PoliceNote,     "-  -  -  -  -  -  -  -  x  -  -", Scope::Write),
    (Verb::HoldEvidence,   "-  -  -  -  -  -  -  -  x  -  -", Scope::Write),
    (Verb::SeeMessages,    "-  -  -  x  x  -  x  -  -  -  -", Scope::Read),
    (Verb::DecideClass,    "-  -  -  -  -  -  x  -  -  -  -", Scope::Write),
    (Verb::AddMember,      "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::AskReporter,    "-  -  x  x  x  x  -  -  -  -  -", Scope::Write),
    (Verb::MeetClock,      "-  x  x  x  x  x  x  -  -  -  -", Scope::Write),
    (Verb::ExtendClock,    "-  -  -  -  x  -  x  -  -  -  -", Scope::Write),
    (Verb::MeetDuty,       "-  x  x  x  x  -  x  -  -  -  x", Scope::Write),
    (Verb::ReadAudit,      "-  -  -  -  -  -  -  -  -  x  -", Scope::Audit),
    (Verb::Administer,     "-  -  -  -  -  -  -  -  -  -  x", Scope::Admin),
    (Verb::ReadDirectory,  "-  -  -  x  x  -  x  -  -  -  x", Scope::Read),
    (Verb::ReadRota,       "-  -  -  x  x  -  x  -  -  -  -", Scope::Read),
    (Verb::EditRota,       "-  -  -  -  x  -  x  -  -  -  -", Scope::Write),
    (Verb::ServeDuty,      "-  -  -  x  x  -  -  -  -  -  -", Scope::Write),
    (Verb::ReadPlaybooks,  "-  -  -  x  x  -  x  -  -  -  x", Scope::Read),
    (Verb::TryPlaybook,    "-  -  -  x  x  -  x  -  -  -  -", Scope::Read),
    (Verb::WritePlaybook,  "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::ApprovePlaybook, "- -  -  -  -  -  x  -  -  -  -", Scope::Write),
    (Verb::ApplyPlaybook,  "-  -  -  -  x  -  -  -  -  -  -", Scope::Write),
    (Verb::OpenRoom,       "-  -  -  x  x  x  x  -  -  -  -", Scope::Write),
    (Verb::KeepGroups,     "-  -  -  -  x  -  -  -  -  -  x", Scope::Admin),
    (Verb::ReportSituation, "- x  x  x  x  x  -  -  x  -  -", Scope::Write),
    (Verb::Escalate,       "-  -  -  x  x  x  x  -  -  -  -", Scope::Write),
    (Verb::Snooze,         "-  x  x  x  x  x  x  -  x  -  -", Scope::Write),
];

#[test]
fn every_verb_is_for_the_roles_of_the_design_and_no_other() {
    let world = World::new();
    assert_eq!(VERBS.len(), Verb::ALL.len(), "a verb is missing in the table");
    for (verb, marks, scope) in VERBS {
        let marks: Vec<&str> = marks.split_whitespace().collect();
        assert_eq!(marks.len(), Role::ALL.len(), "{verb}");
        for (role, mark) in Role::ALL.iter().zip(marks) {
            let mut person = world.person(&[*role]);
            let allowed = verb.by(&actor(person.clone()));
            let expected = if mark == "x" { Ok(()) } else { Err(Refusal::NotAllowed) };
            assert_eq!(allowed, expected, "{verb} by {role}");
            // A key does it within its scope alone (reading is contained in writing).
            for given in Scope::ALL {
                person.scopes = Some(BTreeSet::from([*given]));
                let fits = given == scope || (*scope == Scope::Read && *given == Scope::Write);
                let expected = if mark == "x" && fits { Ok(()) } else { Err(Refusal::NotAllowed) };
                assert_eq!(verb.by(&actor(person.clone())), expected, "{verb} by {role}, {given}");
            }
            person.scopes = None;
            person.must_change_password = true;
            let first = verb.by(&actor(person));
            assert_eq!(
                first,
                Err(Refusal::ChangePasswordFirst),
                "{verb} by {role}, first password"
            );
        }
        assert_eq!(verb.by(&Actor::Nobody), Err(Refusal::SignInFirst), "{verb} by nobody");
        assert_eq!(verb.by(&Actor::Service("engine")), Ok(()), "{verb} by the service");
    }
}
