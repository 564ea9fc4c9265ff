//! Who may see and do what: the whole of design.md section 5, in one place. Every list, page,
//! search, count, feed, export, mail and bot answer goes through it. What a person may not see
//! looks the same as what does not exist.

use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::person::{Actor, Person, Scope};
use crate::domain::refusal::Refusal;
use crate::domain::words::{Audience, Role};

/// Which incidents a person sees. The sight of several roles adds up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// Every incident (the coordination desk and leaders).
    pub all: bool,
    /// The incidents of these organisations (head, IT officer).
    pub organisations: Vec<OrganisationId>,
    /// The incidents that this account is on (responder).
    pub member: Option<AccountId>,
    /// The incidents that were referred to this organisation (police).
    pub referred_to: Option<OrganisationId>,
    /// The incidents that this account reported; only what reporters may read of them.
    pub reported_by: Option<AccountId>,
    /// Entries for the coordination team.
    pub coordination: bool,
    /// Entries that only the police read.
    pub police: bool,
    /// Who reported, and how to reach them.
    pub reporter_identity: bool,
    /// The dispatches sent to this organisation (liaison, police).
    pub dispatches_to: Option<OrganisationId>,
}

/// How much of one incident is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Only what was answered to the reporter.
    Reporter,
    /// The case: facts, tasks, evidence, entries for everyone.
    Case,
    /// The case and the coordination team's entries.
    Coordination,
}

/// What sight needs to know of an incident.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Whose incident it is.
    pub organisation: OrganisationId,
    /// The viewer is on the case.
    pub is_member: bool,
    /// It was dispatched to the viewer's organisation, which holds the police function.
    pub is_referred: bool,
    /// The viewer reported it.
    pub is_reporter: bool,
}

impl Sight {
    /// The sight of whoever acts. Links and reporters see through doors of their own.
    pub fn of(actor: &Actor) -> Self {
        match actor {
            // A key without the scope to read sees nothing, whatever its owner is.
            Actor::Person(person) if !person.must_change_password && person.may(Scope::Read) => {
                Self::of_person(person)
            }
            Actor::Service(_) => {
                Self { all: true, coordination: true, reporter_identity: true, ..Self::default() }
            }
            _ => Self::default(),
        }
    }

    fn of_person(person: &Person) -> Self {
        let mut sight = Self::default();
        for role in &person.roles {
            match role {
                Role::Reporter => sight.reported_by = Some(person.id),
                Role::UnitHead => {
                    sight.add(person.organisation);
                    for below in &person.below {
                        sight.add(*below);
                    }
                    sight.reporter_identity = true;
                }
                Role::ItOfficer => {
                    sight.add(person.organisation);
                    sight.reporter_identity = true;
                }
                Role::DutyOfficer | Role::Coordinator | Role::Leader => {
                    sight.all = true;
                    sight.coordination = true;
                    sight.reporter_identity = true;
                }
                Role::Responder => {
                    sight.member = Some(person.id);
                    sight.coordination = true;
                    sight.reporter_identity = true;
                }
                Role::Liaison => sight.dispatches_to = Some(person.organisation),
                Role::PoliceLiaison => {
                    sight.referred_to = Some(person.organisation);
                    sight.dispatches_to = Some(person.organisation);
                    sight.police = true;
                }
                // The audit trail and the settings are doors of their own: no case content.
                Role::Auditor | Role::Admin => {}
            }
        }
        sight
    }

    fn add(&mut self, organisation: OrganisationId) {
        if !self.organisations.contains(&organisation) {
            self.organisations.push(organisation);
        }
    }

    /// Whether any incident at all can be seen.
    pub fn sees_cases(&self) -> bool {
        self.all
            || !self.organisations.is_empty()
            || self.member.is_some()
            || self.referred_to.is_some()
            || self.reported_by.is_some()
    }

    /// How much of this incident is seen; `None` looks like an incident that does not exist.
    pub fn depth(&self, seen: &Seen) -> Option<Depth> {
        if self.all || (self.member.is_some() && seen.is_member) {
            return Some(Depth::Coordination);
        }
        let referred = self.referred_to.is_some() && seen.is_referred;
        if referred || self.organisations.contains(&seen.organisation) {
            return Some(Depth::Case);
        }
        (self.reported_by.is_some() && seen.is_reporter).then_some(Depth::Reporter)
    }

    /// Whether entries of this audience are read, on an incident seen to this depth.
    pub fn reads(&self, audience: Audience, depth: Depth) -> bool {
        match audience {
            Audience::Everyone => depth >= Depth::Case,
            Audience::Coordination => depth == Depth::Coordination,
            Audience::Police => self.police && depth >= Depth::Case,
        }
    }

    /// The audiences whose entries are read at this depth.
    pub fn audiences(&self, depth: Depth) -> Vec<Audience> {
        Audience::ALL.iter().copied().filter(|audience| self.reads(*audience, depth)).collect()
    }
}

words! {
    /// What can be done; who may is [`Verb::roles`].
    Verb {
        Acknowledge = "acknowledge", Triage = "triage", ChangeState = "change_state", Note = "note",
        AddTask = "add_task", DoTask = "do_task", Decide = "decide", AddEvidence = "add_evidence", Dispatch = "dispatch",
        CancelDispatch = "cancel_dispatch", Merge = "merge", Link = "link", Reject = "reject",
        Close = "close", Reopen = "reopen", Register = "register", AnswerDispatch = "answer_dispatch",
        PoliceNote = "police_note", HoldEvidence = "hold_evidence", SeeMessages = "see_messages",
        DecideClass = "decide_class", AddMember = "add_member", AskReporter = "ask_reporter",
        ReadAudit = "read_audit", Administer = "administer",
        ReadDirectory = "read_directory", MeetClock = "meet_clock", Drill = "drill",
        ReadRota = "read_rota", EditRota = "edit_rota", ServeDuty = "serve_duty",
        ExtendClock = "extend_clock", MeetDuty = "meet_duty",
        ReadPlaybooks = "read_playbooks", TryPlaybook = "try_playbook",
        WritePlaybook = "write_playbook", ApprovePlaybook = "approve_playbook",
        ApplyPlaybook = "apply_playbook",
        OpenRoom = "open_room", KeepGroups = "keep_groups", ReportSituation = "report_situation",
        Escalate = "escalate", Snooze = "snooze",
    }
}

impl Verb {
    /// The roles that may do it, on what they see (design.md section 5, "Does").
    pub const fn roles(self) -> &'static [Role] {
        use Role::{
            Admin, Auditor, Coordinator, DutyOfficer, ItOfficer, Leader, Liaison, PoliceLiaison,
            Responder, UnitHead,
        };
        match self {
            Self::Acknowledge | Self::Register => &[DutyOfficer, Coordinator],
            Self::Triage
            | Self::Dispatch
            | Self::CancelDispatch
            | Self::Merge
            | Self::Link
            | Self::Reject
            | Self::AddMember => &[Coordinator],
            Self::Reopen | Self::Close | Self::Drill => &[Coordinator, Leader],
            Self::ChangeState => &[Coordinator, Responder, Leader],
            Self::Note => {
                &[DutyOfficer, Coordinator, Responder, Leader, UnitHead, ItOfficer, PoliceLiaison]
            }
            Self::AskReporter => &[DutyOfficer, Coordinator, Responder, ItOfficer],
            // Whoever the law binds (the operator's unit, the desk) says that a letter went out.
            Self::MeetClock => &[UnitHead, ItOfficer, DutyOfficer, Coordinator, Responder, Leader],
            // Who owes it does not put it off: the action asks whose it is.
            Self::ExtendClock => &[Coordinator, Leader],
            Self::MeetDuty => &[UnitHead, ItOfficer, DutyOfficer, Coordinator, Leader, Admin],
            Self::AddTask => &[Coordinator, DutyOfficer, Responder],
            // Those on the spot, and whoever speaks with them.
            Self::ReportSituation => {
                &[DutyOfficer, Coordinator, Responder, UnitHead, ItOfficer, PoliceLiaison]
            }
            // Whoever works on the case, and the level above that calls for the next one.
            Self::Escalate => &[DutyOfficer, Coordinator, Responder, Leader],
            // The own messages alone: whoever gets any.
            Self::Snooze => {
                &[DutyOfficer, Coordinator, Responder, Leader, UnitHead, ItOfficer, PoliceLiaison]
            }
            // Only on what a playbook asks of them; which question, the run says.
            Self::Decide => {
                &[DutyOfficer, Coordinator, Responder, Leader, ItOfficer, UnitHead, PoliceLiaison]
            }
            Self::DoTask | Self::AddEvidence => {
                &[DutyOfficer, Coordinator, Responder, ItOfficer, UnitHead, PoliceLiaison]
            }
            Self::AnswerDispatch => &[Liaison, PoliceLiaison, ItOfficer, UnitHead],
            Self::PoliceNote | Self::HoldEvidence => &[PoliceLiaison],
            Self::SeeMessages => &[DutyOfficer, Coordinator, Leader],
            Self::DecideClass => &[Leader],
            Self::ReadAudit => &[Auditor],
            Self::Administer => &[Admin],
            Self::ReadRota => &[DutyOfficer, Coordinator, Leader],
            Self::EditRota => &[Coordinator, Leader],
            // Whoever can be on the rota: exchanges of the own shifts, hand-overs.
            Self::ServeDuty => &[DutyOfficer, Coordinator],
            // Procedures are no case content; who runs the service sees which are in force.
            Self::ReadDirectory | Self::ReadPlaybooks => &[Coordinator, DutyOfficer, Leader, Admin],
            Self::TryPlaybook => &[Coordinator, DutyOfficer, Leader],
            // The desk writes, a leader brings into force: never the same person (actions/library).
            Self::WritePlaybook | Self::ApplyPlaybook => &[Coordinator],
            Self::ApprovePlaybook => &[Leader],
            // A place for the case in a group of the team, and which groups are the team's.
            Self::OpenRoom => &[DutyOfficer, Coordinator, Responder, Leader],
            Self::KeepGroups => &[Coordinator, Admin],
        }
    }

    /// The scope that an API key needs for it.
    pub const fn scope(self) -> Scope {
        match self {
            Self::ReadAudit => Scope::Audit,
            Self::Administer | Self::KeepGroups => Scope::Admin,
            Self::SeeMessages
            | Self::ReadDirectory
            | Self::ReadRota
            | Self::ReadPlaybooks
            | Self::TryPlaybook => Scope::Read,
            Self::Register => Scope::Report,
            _ => Scope::Write,
        }
    }

    /// Checks that whoever acts may do this at all; sight of the object is checked besides.
    ///
    /// # Errors
    /// [`Refusal::SignInFirst`], [`Refusal::ChangePasswordFirst`] or [`Refusal::NotAllowed`].
    pub fn by(self, actor: &Actor) -> Result<(), Refusal> {
        match actor {
            Actor::Service(_) => Ok(()),
            _ if actor.with_role(self.roles())?.may(self.scope()) => Ok(()),
            _ => Err(Refusal::NotAllowed),
        }
    }
}

/// Whether whoever acts may hand out an organisation's report link: its head (also of those
/// below), its IT officer, and who reads the whole directory.
pub fn hands_out_link(actor: &Actor, organisation: OrganisationId) -> bool {
    if Verb::ReadDirectory.by(actor).is_ok() {
        return true;
    }
    actor.person().is_ok_and(|person| {
        let own = person.organisation == organisation;
        let below = person.below.contains(&organisation);
        person.may(Scope::Read)
            && ((own && person.is_any(&[Role::UnitHead, Role::ItOfficer]))
                || (below && person.is(Role::UnitHead)))
    })
}

#[cfg(test)]
#[path = "sight_table.rs"]
mod table;
