//! The code lists of the field: the words that the API speaks, the database keeps and the
//! catalogs translate (design.md section 9).

/// Makes an enum whose variants are words: `as_word`, `FromStr`, `ALL`, serde.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* #[doc = concat!("`", $word, "`")] $variant),* }
        impl $name {
            /// Every value, in the order in which people are shown them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The API's word.
            pub const fn as_word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_word())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::domain::words::UnknownWord;
            fn from_str(text: &str) -> Result<Self, $crate::domain::words::UnknownWord> {
                match text { $($word => Ok(Self::$variant),)* _ => Err($crate::domain::words::UnknownWord(text.to_owned())) }
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_word())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word = String::deserialize(from)?;
                word.parse().map_err(serde::de::Error::custom)
            }
        }
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::SchemaType::Type(
                        utoipa::openapi::schema::Type::String,
                    ))
                    .enum_values(Some([$($word),*]))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}

words! {
    /// How long the turns of a rotation are.
    RotationKind { Daily = "daily", Weekly = "weekly", Custom = "custom" }
}
words! {
    /// Where an exchange of shifts stands: it counts once both sides confirmed.
    SwapState {
        Offered = "offered", Accepted = "accepted", Confirmed = "confirmed", Refused = "refused",
        Withdrawn = "withdrawn",
    }
}
words! {
    /// What is said to an exchange of shifts: by who was asked, by who asked, by either.
    SwapAnswer {
        Accept = "accept", Refuse = "refuse", Confirm = "confirm", Withdraw = "withdraw",
    }
}

/// A word that is not in the list.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown word {0:?}")]
pub struct UnknownWord(pub String);

words! {
    /// What happened: the ten kinds of Mẫu 05 and what is not an attack (domain.md 3.5, 11.4).
    Category {
        DataEncryption = "data_encryption", Phishing = "phishing", Malware = "malware",
        UnauthorisedAccess = "unauthorised_access", Defacement = "defacement",
        DenialOfService = "denial_of_service", DataTheft = "data_theft", Sabotage = "sabotage",
        SystemFailure = "system_failure", LineOrPower = "line_or_power",
        OperatorError = "operator_error", NaturalDisaster = "natural_disaster",
        CombinedAttack = "combined_attack", OtherAttack = "other_attack", Risk = "risk", Other = "other",
    }
}
words! {
    /// How urgent it is for the coordination desk (domain.md 3.9).
    Priority { Low = "low", Medium = "medium", High = "high", Urgent = "urgent" }
}
words! {
    /// The legal class (QĐ 05/2017/QĐ-TTg Điều 9): only the competent body decides "serious".
    LegalClass {
        Unclassified = "unclassified", Ordinary = "ordinary",
        SeriousProposed = "serious_proposed", Serious = "serious",
    }
}
words! {
    /// Traffic Light Protocol 2.0, from free to closed.
    Tlp { Clear = "CLEAR", Green = "GREEN", Amber = "AMBER", AmberStrict = "AMBER+STRICT", Red = "RED" }
}
words! {
    /// Where an incident is (TT 20/2017 Điều 11).
    State {
        Received = "received", Verifying = "verifying", Containing = "containing",
        Eradicating = "eradicating", Recovering = "recovering", Reviewing = "reviewing",
        Closed = "closed", Rejected = "rejected", Merged = "merged",
    }
}
words! {
    /// What works no more.
    Services { None = "none", Degraded = "degraded", Stopped = "stopped" }
}
words! {
    /// Who feels it.
    People { One = "one", Group = "group", Unit = "unit", Public = "public" }
}
words! {
    /// Who may read an entry: everyone on the case, the coordination team, the police alone.
    Audience { Everyone = "everyone", Coordination = "coordination", Police = "police" }
}
words! {
    /// How a report came in.
    Source {
        Web = "web", Phone = "phone", Mail = "mail", Letter = "letter",
        Monitoring = "monitoring", Api = "api", NationalWarning = "national_warning",
    }
}
words! {
    /// What became of a proposed version of a playbook.
    PlaybookState {
        Proposed = "proposed", Active = "active", Replaced = "replaced", Refused = "refused",
        Withdrawn = "withdrawn",
    }
}
words! {
    /// What a dispatch asks for.
    DispatchKind {
        Handle = "handle", Support = "support", ProvideInformation = "provide_information",
        ProvideLogs = "provide_logs", Block = "block", RestoreConnection = "restore_connection",
        PreserveEvidence = "preserve_evidence", Investigate = "investigate",
        ForInformation = "for_information",
    }
}
words! {
    /// Where a dispatch is.
    DispatchState {
        Sent = "sent", Accepted = "accepted", Refused = "refused", Question = "question",
        InProgress = "in_progress", Done = "done", Cancelled = "cancelled",
    }
}
words! {
    /// What a block does after it was made: it lives on until somebody lifts it.
    BlockState { Active = "active", RemovalAsked = "removal_asked", Removed = "removed" }
}
words! {
    /// What a partner says to a dispatch.
    Answer { Accept = "accept", Refuse = "refuse", Ask = "ask", Progress = "progress", Done = "done" }
}
words! {
    /// By which way somebody answered.
    Way { Account = "account", Link = "link", Mail = "mail", Telegram = "telegram", Coordination = "coordination" }
}
words! {
    /// What a person may be (design.md section 5).
    Role {
        Reporter = "reporter", UnitHead = "unit_head", ItOfficer = "it_officer",
        DutyOfficer = "duty_officer", Coordinator = "coordinator", Responder = "responder",
        Leader = "leader", Liaison = "liaison", PoliceLiaison = "police_liaison",
        Auditor = "auditor", Admin = "admin",
    }
}
words! {
    /// What an organisation is.
    OrganisationKind {
        Department = "department", District = "district", Commune = "commune",
        ServiceUnit = "service_unit", Enterprise = "enterprise", Police = "police",
        National = "national", Committee = "committee",
    }
}
impl OrganisationKind {
    /// Outside the province's own administration: in a drill nothing reaches it unless it takes part.
    pub const fn is_outside(self) -> bool {
        matches!(self, Self::Enterprise | Self::Police | Self::National)
    }
}
words! {
    /// Where the messages of a drill go: out, or into the local mailbox alone.
    DrillChannels { Kept = "kept", Real = "real" }
}
words! {
    /// What an organisation holds over a period (domain.md 11.14).
    Function {
        ProvincialCoordinator = "provincial_coordinator", Police = "police",
        TelecomProvider = "telecom_provider", SteeringCommittee = "steering_committee",
        NationalCoordinator = "national_coordinator", Owner = "owner", Operator = "operator",
    }
}
words! {
    /// The first or the second person to call.
    Rank { Main = "main", Deputy = "deputy" }
}
words! {
    /// What a contact point is for its organisation.
    ContactRole { UnitHead = "unit_head", ItOfficer = "it_officer", Contact = "contact" }
}
words! {
    /// Kinds of information systems (NĐ 85/2016 Điều 6.2).
    SystemKind {
        Internal = "internal", Public = "public", Infrastructure = "infrastructure",
        Industrial = "industrial", Other = "other",
    }
}
words! {
    /// Where a task is.
    TaskState { Open = "open", Done = "done", Skipped = "skipped" }
}
words! {
    /// Whether a task asks for a file.
    EvidenceWish { Required = "required", None = "none" }
}
words! {
    /// Where a file came from.
    EvidenceSource { Report = "report", Reporter = "reporter", Web = "web", Api = "api", Dispatch = "dispatch", Chat = "chat" }
}
words! {
    /// What a scanner said.
    Scan { NotScanned = "not_scanned", Clean = "clean", Suspicious = "suspicious" }
}
words! {
    /// What correlates incidents.
    IndicatorKind { Ip = "ip", Domain = "domain", Url = "url", Hash = "hash", Email = "email", Cve = "cve" }
}
words! {
    /// By which channel something is said; `phone` means that a person has to call.
    Channel { Mail = "mail", Telegram = "telegram", Webhook = "webhook", Phone = "phone", Matrix = "matrix", Push = "push" }
}
words! {
    /// Where a message with buttons that act stands.
    CardState { Live = "live", Stale = "stale", Done = "done" }
}
words! {
    /// Where responders talk: a room beside the web (design.md section 8).
    Room { Telegram = "telegram", Matrix = "matrix" }
}
impl Room {
    /// The channel that carries letters into it, where there is one.
    pub const fn channel(self) -> Option<Channel> {
        match self {
            Self::Telegram => Some(Channel::Telegram),
            Self::Matrix => Some(Channel::Matrix),
        }
    }

    /// How a command begins there: Matrix programs keep `/lệnh` to themselves.
    pub const fn mark(self) -> char {
        match self {
            Self::Telegram => '/',
            Self::Matrix => '!',
        }
    }
}
words! {
    /// The fate of a message (design.md rule 2).
    DeliveryStatus {
        Waiting = "waiting", Sending = "sending", Sent = "sent", Delivered = "delivered",
        Failed = "failed", Skipped = "skipped",
    }
}
words! {
    /// The two languages of the catalogs.
    Language { Vi = "vi", En = "en" }
}
words! {
    /// Why an account has a one-time link.
    LinkPurpose { Activation = "activation", Reset = "reset" }
}

impl Priority {
    /// 0 urgent … 3 low: the queue's second key.
    pub const fn rank(self) -> i32 {
        match self {
            Self::Urgent => 0,
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }

    /// What the impact answers and the system's level propose; a person decides (domain.md 3.9).
    pub fn proposed(services: Services, people: People, level: Option<i32>) -> Self {
        let by_impact = match (services, people) {
            (Services::Stopped, People::Public) => Self::Urgent,
            (Services::Stopped, People::Unit) | (Services::Degraded, People::Public) => Self::High,
            (Services::Stopped, _) | (Services::Degraded, People::Unit | People::Group) => {
                Self::Medium
            }
            (Services::None, People::Public) => Self::Medium,
            (Services::Degraded, People::One) | (Services::None, _) => Self::Low,
        };
        match (level.unwrap_or(0), by_impact) {
            (4.., Self::Low | Self::Medium) => Self::High,
            (4.., _) => Self::Urgent,
            (3, Self::Low) => Self::Medium,
            (3, Self::Medium) if services != Services::None => Self::High,
            (_, priority) => priority,
        }
    }
}

impl Tlp {
    /// The key of the catalogs (`tlp-amber_strict`).
    pub const fn key(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::AmberStrict => "amber_strict",
            Self::Red => "red",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_three_system_that_degrades_for_a_group_is_high() {
        assert_eq!(Priority::proposed(Services::Degraded, People::Group, Some(3)), Priority::High);
        assert_eq!(Priority::proposed(Services::Degraded, People::Group, None), Priority::Medium);
        assert_eq!(Priority::proposed(Services::Stopped, People::Public, None), Priority::Urgent);
        assert_eq!(Priority::proposed(Services::None, People::One, None), Priority::Low);
        assert_eq!(Priority::proposed(Services::None, People::One, Some(4)), Priority::High);
    }

    #[test]
    fn words_round_trip() {
        for tlp in Tlp::ALL {
            assert_eq!(tlp.as_word().parse(), Ok(*tlp));
        }
        assert_eq!("amber".parse::<Tlp>(), Err(UnknownWord("amber".to_owned())));
    }
}
