//! The shapes in which a rota is shown, on the web and by machine.

use serde::Serialize;

use super::handover;
use crate::clock::Timestamp;
use crate::domain::words::{RotationKind, SwapState};
use crate::records::Account;

/// Somebody on the rota.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RotaPerson)]
pub struct Person {
    /// Mail address: what they are named by.
    pub email: String,
    /// Name.
    pub name: String,
    /// Whom to call.
    pub phone: String,
}

impl Person {
    /// The owner of an account.
    pub fn of(account: &Account) -> Self {
        Self {
            email: account.email.clone(),
            name: account.name.clone(),
            phone: account.phone.clone(),
        }
    }
}

/// A stretch that one person holds, or nobody.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaShift)]
pub struct ShiftView {
    /// 1 or 2.
    pub line: i32,
    /// From.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until, not included.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Who; `null`: nobody is on duty.
    pub person: Option<Person>,
    /// Who it would be by the rotation, when it is somebody else.
    pub instead_of: Option<Person>,
    /// What changed it: `override`, `swap`, `absent` (account locked, role taken), or empty.
    pub changed: &'static str,
    /// The shift of whoever asks.
    pub yours: bool,
}

/// A time in which nobody is on duty.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaGap)]
pub struct GapView {
    /// 1 or 2.
    pub line: i32,
    /// From.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until; `null`: no end in sight.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// People who take turns.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaRotation)]
pub struct RotationView {
    /// Its identifier.
    pub id: String,
    /// 1 or 2.
    pub line: i32,
    /// What kind.
    pub kind: RotationKind,
    /// Hours of a turn.
    pub hours: i32,
    /// In their order.
    pub people: Vec<Person>,
    /// In force from.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until; `null`: open.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// Somebody else for a time.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaOverride)]
pub struct OverrideView {
    /// Its identifier.
    pub id: String,
    /// 1 or 2.
    pub line: i32,
    /// From.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Who is there; `null`: nobody.
    pub person: Option<Person>,
    /// Only instead of this person.
    pub instead_of: Option<Person>,
    /// Why.
    pub reason: String,
}

/// An exchange of shifts.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaSwap)]
pub struct SwapView {
    /// Its identifier.
    pub id: String,
    /// Where it stands.
    pub state: SwapState,
    /// The shift began before both had confirmed: it is void.
    pub lapsed: bool,
    /// Whose shift is given.
    pub asker: Person,
    /// Who is asked to take it.
    pub asked: Person,
    /// The shift.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// The shift that is taken back, if one is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub back_from: Option<Timestamp>,
    /// Its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub back_to: Option<Timestamp>,
    /// What the asker wrote.
    pub note: String,
    /// What whoever asks can do: `answer`, `confirm`, `withdraw`, or empty.
    pub yours: &'static str,
}

/// A rota as it is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Rota)]
pub struct RotaView {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whoever is on duty now, the first line first.
    pub on_duty: Vec<Person>,
    /// The rota counts, and nobody is on duty now.
    pub nobody: bool,
    /// When the shift of now ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// The stretches of the time that was asked for, the first line first.
    pub shifts: Vec<ShiftView>,
    /// The gaps of the coming two months.
    pub gaps: Vec<GapView>,
    /// The rotations that are not over.
    pub rotations: Vec<RotationView>,
    /// The overrides that are not over.
    pub overrides: Vec<OverrideView>,
    /// The exchanges that are not over.
    pub swaps: Vec<SwapView>,
    /// The hand-overs that nobody has taken yet.
    pub handovers: Vec<handover::HandoverView>,
    /// The version that changes carry.
    pub version: i32,
}

/// A rota in few words.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = RotaItem)]
pub struct RotaItem {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The version that changes carry.
    pub version: i32,
}

/// Who is on duty in the own house, for the desk.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Duty {
    /// A rota counts; without one, every duty officer is told of everything.
    pub rota: bool,
    /// A rota counts, and nobody is on duty now.
    pub nobody: bool,
    /// Whoever is.
    pub on_duty: Vec<Person>,
}
