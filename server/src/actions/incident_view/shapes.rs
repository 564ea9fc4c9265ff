//! What is shown of an incident, in the shapes that pages and the API share.

use serde::Serialize;
use serde_json::Value;

use crate::actions::chat::places::RoomView;
use crate::actions::closing::Obstacle;
use crate::actions::queue::{Item, Unit};
use crate::actions::told::{Told, Untold};
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, DispatchId, EvidenceId, IncidentId, TaskId};
use crate::domain::sight::Verb;
use crate::domain::words::{
    Audience, BlockState, Category, DispatchKind, DispatchState, EvidenceSource, EvidenceWish,
    IndicatorKind, LegalClass, People, Priority, Role, Scan, Services, Source, State, TaskState,
    Tlp,
};

/// A person in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Who {
    /// The account.
    #[schema(value_type = String)]
    pub id: AccountId,
    /// Name.
    pub name: String,
    /// Mail address.
    pub email: String,
}

/// What came in.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ReportView {
    /// How.
    pub source: Source,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// In the reporter's words.
    pub description: String,
    /// The system in the reporter's words.
    pub system_text: String,
    /// What works no more.
    pub services: Services,
    /// Who feels it.
    pub people: People,
    /// Who reported, for those who may know.
    pub reporter: Option<Reporter>,
}

/// Who reported, and how to reach them.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Reporter {
    /// Name.
    pub name: String,
    /// Telephone.
    pub phone: String,
    /// Mail.
    pub email: String,
}

/// A deadline.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClockView {
    /// Its word in the regime.
    pub kind: String,
    /// Its name.
    pub title: String,
    /// The role that must meet it.
    pub owner: String,
    /// The article it comes from.
    pub source: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it is due.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When it was met.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub stopped_at: Option<Timestamp>,
    /// When it was missed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub breached_at: Option<Timestamp>,
    /// Seconds that remain; below zero it is overdue; none when it is met.
    pub remaining_seconds: Option<i64>,
    /// `running`, `soon`, `overdue`, `met`.
    pub standing: &'static str,
    /// When it was due at first, if somebody gave it more time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub original_due_at: Option<Timestamp>,
    /// Why it was given more time.
    pub extension: Option<String>,
    /// The viewer may say that it is met.
    pub may_meet: bool,
    /// The viewer may give it more time.
    pub may_extend: bool,
}

/// A task.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TaskView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// Of which phase.
    pub phase: State,
    /// What to do.
    pub text: String,
    /// A question of a playbook, answered with `yes` or `no`.
    pub question: bool,
    /// The answer; none while it is open, and when it was taken back.
    #[schema(value_type = Option<String>)]
    pub answer: Option<&'static str>,
    /// Whose work it is.
    pub assignee: Option<Who>,
    /// Or which role's.
    pub role: Option<Role>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Whether it asks for a file.
    pub evidence: EvidenceWish,
    /// Where it is.
    pub state: TaskState,
    /// What was done, or why not.
    pub note: String,
    /// When it was settled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Timestamp>,
    /// Open and past its time.
    pub overdue: bool,
    /// Keeps the case from being closed.
    pub mandatory: bool,
    /// The viewer may settle it.
    pub may_settle: bool,
    /// Its version.
    pub version: i32,
}

/// A dispatch in few words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DispatchBrief {
    /// Names it.
    #[schema(value_type = String)]
    pub id: DispatchId,
    /// Its code.
    pub code: String,
    /// To whom.
    pub to: Unit,
    /// What is asked.
    pub kind: DispatchKind,
    /// Where it is.
    pub state: DispatchState,
    /// Where the block is.
    pub block_state: Option<BlockState>,
    /// Due then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// Past it.
    pub overdue: bool,
    /// Only the police and who wrote it see it.
    pub police_only: bool,
    /// Its version.
    pub version: i32,
}

/// A file in few words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FileBrief {
    /// Names it.
    #[schema(value_type = String)]
    pub id: EvidenceId,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256.
    pub sha256: String,
    /// Where it came from.
    pub source: EvidenceSource,
    /// Who may see it.
    pub audience: Audience,
    /// Its TLP.
    pub tlp: Tlp,
    /// What a scanner said.
    pub scan: Scan,
    /// The police hold it.
    pub held: bool,
    /// Who gave it; nobody's name for whoever may not know reporters.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// An indicator, defanged.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IndicatorView {
    /// Its kind.
    pub kind: IndicatorKind,
    /// Nobody can click on it.
    pub value: String,
}

/// Another incident and what it has to do with this one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Related {
    /// `link`, `parent`, `child`, `merged`, `merged_into`, `indicator`.
    pub relation: &'static str,
    /// The other one.
    pub incident: Item,
    /// Why it was linked.
    pub reason: String,
}

/// The facts of one closing.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ClosingView {
    /// When the response ended.
    #[schema(value_type = String, format = DateTime)]
    pub response_ended_at: Timestamp,
    /// When it was closed.
    #[schema(value_type = String, format = DateTime)]
    pub closed_at: Timestamp,
    /// What happened and what was done.
    pub summary: String,
    /// What is to be done better.
    pub lessons: String,
}

/// One entry of the timeline.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EntryView {
    /// Its number in the incident.
    pub seq: i32,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind of thing: `timeline-KIND` of the catalogs.
    pub kind: String,
    /// Who reads it.
    pub audience: Audience,
    /// Its TLP.
    pub tlp: Tlp,
    /// Who.
    pub actor: String,
    /// What a person wrote.
    pub text: String,
    /// Values of the sentence, and what changed.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// A page of the timeline, newest first.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Timeline {
    /// The entries.
    pub items: Vec<EntryView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One incident.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct IncidentView {
    /// Names it.
    #[schema(value_type = String)]
    pub id: IncidentId,
    /// `SC-2026-000123`.
    pub code: String,
    /// Title.
    pub title: String,
    /// What was described.
    pub description: String,
    /// Category.
    pub category: Category,
    /// Priority.
    pub priority: Priority,
    /// What the impact answers proposed.
    pub proposed_priority: Priority,
    /// Legal class.
    pub legal_class: LegalClass,
    /// Number of the decision.
    pub legal_decision: Option<String>,
    /// TLP.
    pub tlp: Tlp,
    /// Where it is.
    pub state: State,
    /// Why it is there.
    pub state_reason: Option<String>,
    /// Whose it is.
    pub organisation: Unit,
    /// The system's key, when it is known.
    pub system: Option<String>,
    /// The system in words.
    pub system_text: String,
    /// The regime whose deadlines hold.
    pub regime: String,
    /// Flags.
    pub signs_of_crime: bool,
    /// Flags.
    pub beyond_capacity: bool,
    /// Flags.
    pub personal_data: bool,
    /// An exercise.
    pub drill: bool,
    /// What works no more.
    pub services: Services,
    /// Who feels it.
    pub people: People,
    /// It goes on.
    pub still_happening: bool,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Timestamp,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// When somebody took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who took it.
    pub acknowledged_by: Option<Who>,
    /// Who leads.
    pub lead: Option<Who>,
    /// When the response ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub response_ended_at: Option<Timestamp>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<Who>,
    /// When something is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due_at: Option<Timestamp>,
    /// Whether that has passed.
    pub overdue: bool,
    /// `reporter`, `case` or `coordination`: how much of it is shown here.
    pub depth: &'static str,
    /// What came in.
    pub reports: Vec<ReportView>,
    /// Deadlines.
    pub clocks: Vec<ClockView>,
    /// Tasks.
    pub tasks: Vec<TaskView>,
    /// Dispatches.
    pub dispatches: Vec<DispatchBrief>,
    /// Files.
    pub evidence: Vec<FileBrief>,
    /// Indicators.
    pub indicators: Vec<IndicatorView>,
    /// Who was put on the case.
    pub members: Vec<Who>,
    /// What has to do with it.
    pub related: Vec<Related>,
    /// The facts of its closings, newest first.
    pub closings: Vec<ClosingView>,
    /// How many were told; for those who see the ledger.
    pub told: Option<Told>,
    /// Who has not been told; for those who see the ledger.
    pub untold: Vec<Untold>,
    /// What the viewer may do now.
    pub allowed: Vec<Verb>,
    /// Where the viewer may move it.
    pub next_states: Vec<State>,
    /// To whom dispatches usually go; for those who send them.
    pub dispatch_to: Vec<Unit>,
    /// What keeps it from being closed.
    pub obstacles: Vec<Obstacle>,
    /// The viewer led it and leaves the closing to somebody else.
    pub led: bool,
    /// The viewer's own messages of it wait until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub snoozed_until: Option<Timestamp>,
    /// Its places in the team's groups; for those who may open one.
    pub rooms: Vec<RoomView>,
    /// Its version.
    pub version: i32,
}

impl IncidentView {
    /// Whether the viewer may do this now.
    pub fn may(&self, verb: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed.as_word() == verb)
    }
}
