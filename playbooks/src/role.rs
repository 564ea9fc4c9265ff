//! Whom a step addresses: roles, resolved to persons at the moment of sending.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A recipient of a playbook or a clock. Who holds the role is found when something is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Whoever sent the report.
    Reporter,
    /// Head of the unit concerned (thủ trưởng đơn vị).
    UnitHead,
    /// IT officer of the unit concerned.
    ItOfficer,
    /// The coordinator's officer on duty (trực ban).
    DutyOfficer,
    /// Coordinators (điều phối viên).
    Coordinator,
    /// The response team's members on the case.
    Responders,
    /// Leaders of the coordinating body.
    Leader,
    /// The provincial steering committee (Ban Chỉ đạo).
    Committee,
    /// The unit above the one concerned.
    ParentUnit,
    /// The telecom or IT provider of the system concerned.
    Provider,
    /// The provincial police's liaison.
    Police,
    /// The national coordinator.
    National,
    /// One named organisation, by its short key.
    Organisation(String),
}

/// What a notice asks of its readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// To acknowledge the incident: "I have it".
    Acknowledge,
}

impl Ask {
    /// Its word in the notation and the API.
    pub const fn as_word(self) -> &'static str {
        match self {
            Ask::Acknowledge => "acknowledge",
        }
    }
}

/// The words of all roles that need no organisation, in the order they are explained in.
pub(crate) const ROLE_WORDS: &[&str] = &[
    "reporter",
    "unit_head",
    "it_officer",
    "duty_officer",
    "coordinator",
    "responders",
    "leader",
    "committee",
    "parent_unit",
    "provider",
    "police",
    "national",
];

impl Role {
    /// Reads `duty_officer` or `org:CODE`; `None` for anything else.
    pub fn parse(word: &str) -> Option<Role> {
        Some(match word {
            "reporter" => Role::Reporter,
            "unit_head" => Role::UnitHead,
            "it_officer" => Role::ItOfficer,
            "duty_officer" => Role::DutyOfficer,
            "coordinator" => Role::Coordinator,
            "responders" => Role::Responders,
            "leader" => Role::Leader,
            "committee" => Role::Committee,
            "parent_unit" => Role::ParentUnit,
            "provider" => Role::Provider,
            "police" => Role::Police,
            "national" => Role::National,
            _ => {
                let key = word.strip_prefix("org:")?;
                let fits = !key.is_empty()
                    && key.len() <= 64
                    && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
                if !fits {
                    return None;
                }
                Role::Organisation(key.to_owned())
            }
        })
    }

    /// Its word in the notation and the API: `duty_officer`, `org:CODE`.
    pub fn as_word(&self) -> String {
        match self {
            Role::Reporter => "reporter",
            Role::UnitHead => "unit_head",
            Role::ItOfficer => "it_officer",
            Role::DutyOfficer => "duty_officer",
            Role::Coordinator => "coordinator",
            Role::Responders => "responders",
            Role::Leader => "leader",
            Role::Committee => "committee",
            Role::ParentUnit => "parent_unit",
            Role::Provider => "provider",
            Role::Police => "police",
            Role::National => "national",
            Role::Organisation(key) => return format!("org:{key}"),
        }
        .to_owned()
    }

    /// Whether it names organisations, to which a dispatch can go.
    pub const fn is_an_organisation(&self) -> bool {
        matches!(
            self,
            Role::Provider
                | Role::Police
                | Role::National
                | Role::ParentUnit
                | Role::Committee
                | Role::Organisation(_)
        )
    }

    /// Who is told when nobody holds this role; `None` above the steering committee. The ladder
    /// has no circle, so that telling the next level always comes to an end.
    pub fn next_level(&self) -> Option<Role> {
        Some(match self {
            Role::Reporter | Role::ItOfficer => Role::UnitHead,
            Role::UnitHead => Role::ParentUnit,
            Role::DutyOfficer
            | Role::Responders
            | Role::ParentUnit
            | Role::Provider
            | Role::Police
            | Role::Organisation(_) => Role::Coordinator,
            Role::Coordinator | Role::National => Role::Leader,
            Role::Leader => Role::Committee,
            Role::Committee => return None,
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_word())
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.as_word())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Role::parse(&word).ok_or_else(|| serde::de::Error::custom(format!("unknown role {word}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_roles_are_one_to_one() {
        for word in ROLE_WORDS {
            assert_eq!(Role::parse(word).map(|r| r.as_word()).as_deref(), Some(*word));
        }
        assert_eq!(Role::parse("org:VNPT-TH"), Some(Role::Organisation("VNPT-TH".into())));
        for word in ["", "org:", "org:a b", "Leader", "trực ban", "org:../x"] {
            assert_eq!(Role::parse(word), None, "{word}");
        }
    }

    #[test]
    fn the_ladder_ends() {
        for word in ROLE_WORDS.iter().chain(&["org:X"]) {
            let mut role = Role::parse(word);
            for _ in 0..10 {
                role = role.and_then(|r| r.next_level());
            }
            assert_eq!(role, None, "{word}");
        }
    }
}
