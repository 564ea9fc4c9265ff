//! Names for things: identifiers that remember what they name, and the codes people say on the phone.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::clock::Timestamp;

/// A UUID (version 7) that remembers what it names; `K` is only a label.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// A new identifier; its time is `now`, for locality and not for order.
    pub fn new(now: Timestamp) -> Self {
        let micros = now.micros().max(0).unsigned_abs();
        let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
        let at = uuid::Timestamp::from_unix(uuid::NoContext, micros / 1_000_000, nanos);
        Self(Uuid::new_v7(at), PhantomData)
    }

    /// The lowest identifier of this time: whatever was made later is above it.
    pub fn lowest(at: Timestamp) -> Self {
        let millis = at.micros().max(0).unsigned_abs() / 1_000;
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid(), PhantomData)
    }

    /// The identifier as it was stored.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The same identifier under another label: for columns that name any kind of thing.
    pub const fn cast<T>(self) -> Id<T> {
        Id(self.0, PhantomData)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> FromStr for Id<K> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::from_uuid)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Uuid::deserialize(from).map(Self::from_uuid)
    }
}

macro_rules! ids {
    ($($alias:ident = $label:ident),* $(,)?) => { $(
        #[doc = concat!("Label of [`", stringify!($alias), "`].")]
        pub enum $label {}
        #[doc = concat!("Names one ", stringify!($label), ".")]
        pub type $alias = Id<$label>;
    )* };
}
ids! {
    OrganisationId = Organisation, FunctionId = Function, ContactId = Contact, SystemId = System,
    AccountId = Account, AccountLinkId = AccountLink, SessionId = Session, ApiKeyId = ApiKey,
    IncidentId = Incident, ReportId = Report, ClosingId = Closing, EntryId = Entry, TaskId = Task,
    DispatchId = Dispatch, DispatchEntryId = DispatchEntry, DispatchLinkId = DispatchLink,
    EvidenceId = Evidence, CustodyId = Custody, IndicatorId = Indicator, ClockId = Clock, RunId = Run,
    TimerId = Timer, DeliveryId = Delivery, KeptId = Kept, AuditId = Audit, SubjectId = Subject,
    RotaId = Rota, RotationId = Rotation, RotaOverrideId = RotaOverride, RotaSwapId = RotaSwap,
    HandoverId = Handover, RotaGapId = RotaGap, RotaFeedId = RotaFeed, CanaryId = Canary,
    CalendarYearId = CalendarYear, DutyId = Duty, PlaybookVersionId = PlaybookVersion,
    ChatLinkId = ChatLink, ChatGroupId = ChatGroup, ChatCardId = ChatCard, PressId = Press,
    PushId = Push,
}

/// `SC-2026-000123`: what people say on the phone. Unique and increasing; gaps are allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IncidentCode {
    /// Year in Asia/Ho_Chi_Minh.
    pub year: i32,
    /// The number, over all years.
    pub number: i64,
}

impl fmt::Display for IncidentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SC-{}-{:06}", self.year, self.number)
    }
}

/// The text is not an incident's code.
#[derive(Debug, PartialEq, Eq)]
pub struct NotACode;

impl FromStr for IncidentCode {
    type Err = NotACode;
    /// Reads it in any case and with or without leading zeros.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut parts = text.trim().splitn(3, '-');
        let (Some(head), Some(year), Some(number)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(NotACode);
        };
        if !head.eq_ignore_ascii_case("SC") || year.len() != 4 || number.len() > 12 {
            return Err(NotACode);
        }
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year) || !digits(number) {
            return Err(NotACode);
        }
        Ok(Self {
            year: year.parse().map_err(|_| NotACode)?,
            number: number.parse().map_err(|_| NotACode)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_say_them() {
        let code = IncidentCode { year: 2026, number: 123 };
        assert_eq!(code.to_string(), "SC-2026-000123");
        assert_eq!("sc-2026-123".parse(), Ok(code));
        for bad in ["", "SC-2026", "SC-2026-", "SC-26-1", "XX-2026-1", "SC-2026-1x", "SC--1-1"] {
            assert_eq!(bad.parse::<IncidentCode>(), Err(NotACode), "{bad}");
        }
    }
}
