//! How our types travel to and from both databases. A UUID is `uuid` in PostgreSQL and a blob in
//! SQLite; a time is `timestamptz` and fixed-width RFC 3339 text, whose order is the order of time.

use std::io::Write;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{HasSqlType, SqlOrd, SqlType, Text};
use diesel::sqlite::{Sqlite, SqliteValue};
use uuid::Uuid;

use super::MultiBackend;
use crate::clock::Timestamp;
use crate::domain::ids::Id;
use crate::domain::words;

/// SQL type of identifiers.
#[derive(SqlType, QueryId, Clone, Copy, Default, Debug)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct DbUuid;

/// SQL type of instants.
#[derive(SqlType, QueryId, Clone, Copy, Default, Debug)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
pub struct DbTime;

impl SqlOrd for DbTime {}

#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = DbUuid, foreign_derive)]
#[expect(dead_code, reason = "diesel derives for the type inside")]
struct IdProxy<K: 'static>(Id<K>);

#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = DbTime, foreign_derive)]
#[expect(dead_code, reason = "diesel derives for the type inside")]
struct TimestampProxy(Timestamp);

impl<K> ToSql<DbUuid, Pg> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.uuid().as_bytes())?;
        Ok(IsNull::No)
    }
}
impl<K> FromSql<DbUuid, Pg> for Id<K> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_uuid(Uuid::from_slice(value.as_bytes())?))
    }
}
impl<K> ToSql<DbUuid, Sqlite> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.uuid().as_bytes().to_vec());
        Ok(IsNull::No)
    }
}
impl<K> FromSql<DbUuid, Sqlite> for Id<K> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self::from_uuid(Uuid::from_slice(value.read_blob())?))
    }
}

/// PostgreSQL counts microseconds from 2000-01-01.
const PG_EPOCH_MICROS: i64 = 946_684_800_000_000;
const TEXT_FORM: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

impl ToSql<DbTime, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.micros() - PG_EPOCH_MICROS).to_be_bytes())?;
        Ok(IsNull::No)
    }
}
impl FromSql<DbTime, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let bytes: [u8; 8] = value.as_bytes().try_into()?;
        Ok(Self::from_micros(i64::from_be_bytes(bytes) + PG_EPOCH_MICROS))
    }
}
impl ToSql<DbTime, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.utc().format(TEXT_FORM).to_string());
        Ok(IsNull::No)
    }
}
impl FromSql<DbTime, Sqlite> for Timestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let at = NaiveDateTime::parse_from_str(value.read_text(), TEXT_FORM)?;
        Ok(Self::new(DateTime::<Utc>::from_naive_utc_and_offset(at, Utc)))
    }
}

impl HasSqlType<DbUuid> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<DbUuid>(lookup)
    }
}
impl HasSqlType<DbTime> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<DbTime>(lookup)
    }
}
impl<K: 'static> FromSql<DbUuid, MultiBackend> for Id<K> {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, DbUuid>()
    }
}
impl<K: 'static> ToSql<DbUuid, MultiBackend> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((DbUuid, self));
        Ok(IsNull::No)
    }
}
impl FromSql<DbTime, MultiBackend> for Timestamp {
    fn from_sql(value: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, DbTime>()
    }
}
impl ToSql<DbTime, MultiBackend> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((DbTime, self));
        Ok(IsNull::No)
    }
}

macro_rules! stored_words {
    ($($word:ident),* $(,)?) => { $( const _: () = {
        use words::$word;

        #[derive(AsExpression, FromSqlRow)]
        #[diesel(sql_type = Text, foreign_derive)]
        #[expect(dead_code, reason = "diesel derives for the type inside")]
        struct Proxy($word);

        impl<DB: Backend> ToSql<Text, DB> for $word
        where
            str: ToSql<Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                self.as_word().to_sql(out)
            }
        }
        impl<DB: Backend> FromSql<Text, DB> for $word
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(String::from_sql(value)?.parse()?)
            }
        }
    }; )* };
}
stored_words!(
    Audience,
    BlockState,
    Category,
    Channel,
    ContactRole,
    DeliveryStatus,
    DispatchKind,
    DispatchState,
    DrillChannels,
    Room,
    CardState,
    EvidenceSource,
    EvidenceWish,
    Function,
    IndicatorKind,
    Language,
    LegalClass,
    LinkPurpose,
    OrganisationKind,
    People,
    PlaybookState,
    Priority,
    Rank,
    Role,
    RotationKind,
    Scan,
    Services,
    Source,
    State,
    SwapState,
    SystemKind,
    TaskState,
    Tlp,
    Way,
);
