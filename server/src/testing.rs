//! For tests of every room: a fresh database on each backend, a clock that tests move, a small
//! province with one person per role. Compiled for tests alone.

pub mod chat;
pub mod reports;
pub mod room;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::{Connection, RunQueryDsl};

use crate::actions::{Ctx, Office};
use crate::app::App;
use crate::clock::{Clock, ManualClock, Timestamp};
use crate::config::{Config, Secret};
use crate::domain::ids::{AccountId, ChatLinkId, Id, OrganisationId};
use crate::domain::person::{Actor, Person};
use crate::domain::words::{
    ContactRole, Function, Language, OrganisationKind, Rank, Role, Room, SystemKind,
};
use crate::records::{Account, ContactPoint, HeldFunction, Organisation, System};
use crate::store::schema::organisation_functions;
use crate::store::{Db, Place, accounts, chat_links, organisations};

/// One database of its own, gone when dropped.
pub struct Stage {
    /// What actions work with.
    pub office: Office,
    /// The clock; begins at 22/11/2026 08:00 in the province.
    pub clock: Arc<ManualClock>,
    folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl Stage {
    /// A fresh SQLite database.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Sqlite(folder.path().join("dieuphoi.sqlite"));
        Self::at(place, folder, None)
    }

    /// A fresh PostgreSQL database, when `DIEUPHOI_TEST_POSTGRES` names a server.
    #[expect(clippy::disallowed_methods, reason = "tests are told where PostgreSQL is")]
    pub fn postgres() -> Option<Self> {
        let admin = std::env::var("DIEUPHOI_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let mut conn = PgConnection::establish(&admin).unwrap();
        conn.batch_execute(&format!("drop database if exists {name}; ")).unwrap();
        conn.batch_execute(&format!("create database {name}")).unwrap();
        let (head, _) = admin.rsplit_once('/').unwrap();
        let place = Place::Postgres(format!("{head}/{name}"));
        Some(Self::at(place, tempfile::tempdir().unwrap(), Some((admin, name))))
    }

    fn at(place: Place, folder: tempfile::TempDir, postgres: Option<(String, String)>) -> Self {
        let mut config = Config::default();
        config.evidence.folder = folder.path().join("evidence");
        config.security.rate_limits = false;
        // Both rooms are configured; nothing reaches them unless a test says how.
        config.telegram.token = Secret::new("1:thu");
        config.matrix.homeserver = "https://matrix.tinh.example".to_owned();
        config.matrix.token = Secret::new("thu");
        config.accounts.totp_required_roles.clear();
        let office = Office::new(Db::open(place).unwrap(), Arc::new(config));
        let start = Timestamp::parse("2026-11-22T08:00").unwrap();
        Self { office, clock: Arc::new(ManualClock::new(start)), folder, postgres }
    }

    /// The folder that goes away with the stage.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The service around this database, with its clock.
    pub fn app(&self) -> App {
        App::new(self.office.clone(), Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    /// A context for whoever acts.
    pub fn ctx(&self, actor: Actor) -> Ctx {
        Ctx {
            actor,
            now: self.clock.now(),
            address: "192.0.2.1".to_owned(),
            request_id: "test".to_owned(),
            language: Language::Vi,
        }
    }

    /// Nobody's context.
    pub fn nobody(&self) -> Ctx {
        self.ctx(Actor::Nobody)
    }

    /// The context of the person with this mail address (`coordinator@so-ttt.example`).
    pub async fn as_person(&self, email: &str) -> Ctx {
        let email = email.to_owned();
        let person = self
            .office
            .db
            .read(move |c| {
                let account = accounts::find_by_email(c, &email)?.expect("no such account");
                Ok(accounts::person(c, account.id)?.expect("locked"))
            })
            .await
            .unwrap();
        // As after a fresh sign-in.
        let person = Person { proved_at: Some(self.clock.now()), ..person };
        self.ctx(Actor::Person(Arc::new(person)))
    }

    /// A session of the person with this mail address, as the cookie carries it; writes need the
    /// CSRF token `csrf`.
    pub async fn signed_in(&self, email: &str) -> String {
        let token = crate::actions::tokens::fresh().unwrap();
        let (hash, email) = (crate::actions::tokens::hash(&token), email.to_owned());
        let now = self.clock.now();
        let kept = self.office.db.write(move |tx| {
            let account = accounts::find_by_email(tx, &email)?.expect("no such account");
            let session = crate::records::Session {
                id: Id::new(now),
                token_hash: hash.clone(),
                account_id: account.id,
                csrf: "csrf".to_owned(),
                public_computer: false,
                address: String::new(),
                user_agent: String::new(),
                created_at: now,
                last_seen_at: now,
                proved_at: now,
                expires_at: now + chrono::Duration::hours(12),
            };
            accounts::insert_session(tx, &session)
        });
        kept.await.unwrap();
        format!("dieuphoi_session={token}")
    }

    /// Links the person with this mail address to Telegram under this number, whose direct
    /// conversation has the same number.
    pub async fn linked(&self, email: &str, number: &str) -> ChatLinkId {
        let (email, number, now) = (email.to_owned(), number.to_owned(), self.clock.now());
        let id = Id::new(now);
        let made = self.office.db.write(move |tx| {
            let account = accounts::find_by_email(tx, &email)?.expect("no such account");
            let link = crate::records::ChatLink {
                id,
                account_id: account.id,
                room: Room::Telegram,
                person: number.clone(),
                chat: number.clone(),
                name: format!("{} trên Telegram", account.name),
                linked_at: now,
                broken_at: None,
                broken_why: None,
                ended_at: None,
                ended_why: None,
            };
            chat_links::insert(tx, &link)
        });
        made.await.unwrap();
        id
    }

    /// The small province of [`province`].
    pub async fn province(&self) -> &Self {
        let now = self.clock.now();
        self.office.db.write(move |tx| province(tx, now)).await.unwrap();
        self
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &'static str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        self.office
            .db
            .read(move |c| {
                let count: Count = crate::each_backend!(c, c => diesel::sql_query(
                    format!("select count(*) as count from {table}")
                ).get_result(c))?;
                Ok(count.count)
            })
            .await
            .unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.postgres
            && let Ok(mut conn) = PgConnection::establish(admin)
        {
            let _gone = conn.batch_execute(&format!("drop database if exists {name} with (force)"));
        }
    }
}

/// Runs a story on a fresh SQLite database and, when there is a server, on PostgreSQL.
pub async fn on_each<F, Fut>(story: F)
where
    F: Fn(Arc<Stage>) -> Fut,
    Fut: Future<Output = ()>,
{
    story(Arc::new(Stage::sqlite())).await;
    if let Some(stage) = Stage::postgres() {
        story(Arc::new(stage)).await;
    }
}

/// A small province: `so-ttt` coordinates; police `cat`, provider `vnpt`, `viettel`, national
/// `vncert`; district `huyen-a` with communes `xa-b`, `xa-c`; sở `so-yt` with a level-3 system
/// `benh-an` connected by `vnpt`. One account a role, `ROLE@ORGANISATION.example`.
///
/// # Errors
/// The database's.
pub fn province(tx: &mut crate::store::Conn, now: Timestamp) -> crate::error::Result<()> {
    use OrganisationKind::{Commune, Department, District, Enterprise, National, Police};
    let of = |tx: &mut crate::store::Conn, key: &str, kind, parent| {
        organisation(tx, key, kind, parent, now)
    };
    let so = of(tx, "so-ttt", Department, None)?;
    let cat = of(tx, "cat", Police, None)?;
    let vnpt = of(tx, "vnpt", Enterprise, None)?;
    let viettel = of(tx, "viettel", Enterprise, None)?;
    let vncert = of(tx, "vncert", National, None)?;
    let huyen = of(tx, "huyen-a", District, None)?;
    let xa = of(tx, "xa-b", Commune, Some(huyen))?;
    let other = of(tx, "xa-c", Commune, Some(huyen))?;
    let health = of(tx, "so-yt", Department, None)?;
    for (organisation, function) in [
        (so, Function::ProvincialCoordinator),
        (cat, Function::Police),
        (vnpt, Function::TelecomProvider),
        (viettel, Function::TelecomProvider),
        (vncert, Function::NationalCoordinator),
    ] {
        hold_function(tx, organisation, function, now)?;
    }
    for (organisation, key, roles) in [
        (so, "so-ttt", &[Role::DutyOfficer, Role::Coordinator, Role::Leader][..]),
        (so, "so-ttt", &[Role::Responder, Role::Auditor, Role::Admin]),
        (cat, "cat", &[Role::PoliceLiaison]),
        (vnpt, "vnpt", &[Role::Liaison]),
        (viettel, "viettel", &[Role::Liaison]),
        (huyen, "huyen-a", &[Role::UnitHead, Role::ItOfficer]),
        (xa, "xa-b", &[Role::Reporter, Role::UnitHead, Role::ItOfficer]),
        (other, "xa-c", &[Role::Reporter, Role::UnitHead, Role::ItOfficer]),
        (health, "so-yt", &[Role::Reporter, Role::UnitHead, Role::ItOfficer]),
    ] {
        for role in roles {
            account(tx, organisation, key, *role, now)?;
        }
    }
    for (organisation, key) in [(vnpt, "vnpt"), (viettel, "viettel"), (vncert, "vncert")] {
        contact(tx, organisation, key, now)?;
    }
    let system = System {
        id: Id::new(now),
        key: "benh-an".to_owned(),
        name: "Bệnh án điện tử".to_owned(),
        owner_id: health,
        operator_id: None,
        level: Some(3),
        kind: SystemKind::Public,
        domains: "benhan.example".to_owned(),
        addresses: "203.0.113.10".to_owned(),
        priority_rules: "Không tắt khi đang có ca cấp cứu".to_owned(),
        valid_to: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    organisations::insert_system(tx, &system, &[vnpt])
}

fn organisation(
    tx: &mut crate::store::Conn,
    key: &str,
    kind: OrganisationKind,
    parent: Option<OrganisationId>,
    now: Timestamp,
) -> crate::error::Result<OrganisationId> {
    let row = Organisation {
        id: Id::new(now),
        key: key.to_owned(),
        name: format!("Đơn vị {key}"),
        short_name: key.to_uppercase(),
        kind,
        parent_id: parent,
        address: String::new(),
        phone: String::new(),
        email: format!("vanthu@{key}.example"),
        mail_domain: format!("{key}.example"),
        valid_from: now - chrono::Duration::days(3650),
        valid_to: None,
        successor_id: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    organisations::insert(tx, &row)?;
    Ok(row.id)
}

fn hold_function(
    tx: &mut crate::store::Conn,
    organisation: OrganisationId,
    function: Function,
    now: Timestamp,
) -> crate::error::Result<()> {
    let row = HeldFunction {
        id: Id::new(now),
        organisation_id: organisation,
        function,
        valid_from: now - chrono::Duration::days(3650),
        valid_to: None,
    };
    diesel::insert_into(organisation_functions::table).values(&row).execute(tx)?;
    Ok(())
}

fn account(
    tx: &mut crate::store::Conn,
    organisation: OrganisationId,
    key: &str,
    role: Role,
    now: Timestamp,
) -> crate::error::Result<AccountId> {
    let row = Account {
        id: Id::new(now),
        organisation_id: organisation,
        name: format!("{role} {key}"),
        title: String::new(),
        email: format!("{role}@{key}.example"),
        phone: "0000000001".to_owned(),
        language: Language::Vi,
        password_hash: None,
        must_change_password: false,
        locked_at: None,
        lock_reason: None,
        lock_letter: None,
        last_sign_in_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    accounts::insert(tx, &row)?;
    accounts::set_roles(tx, row.id, &BTreeSet::from([role]))?;
    Ok(row.id)
}

fn contact(
    tx: &mut crate::store::Conn,
    organisation: OrganisationId,
    key: &str,
    now: Timestamp,
) -> crate::error::Result<()> {
    for (rank, name) in [(Rank::Main, "chinh"), (Rank::Deputy, "du-phong")] {
        let row = ContactPoint {
            id: Id::new(now),
            organisation_id: organisation,
            rank,
            role: ContactRole::Contact,
            name: format!("Đầu mối {name} {key}"),
            title: String::new(),
            phone: "0000000002".to_owned(),
            mobile: String::new(),
            email: format!("{name}@{key}.example"),
            hours: "24/7".to_owned(),
            telegram_chat: None,
            last_verified_at: None,
            valid_from: now - chrono::Duration::days(3650),
            valid_to: None,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        organisations::insert_contact(tx, &row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::incidents::acknowledge;
    use crate::actions::reports::{NewReport, receive};

    fn report() -> NewReport {
        NewReport {
            category: "data_encryption".to_owned(),
            description: "Máy ở bộ phận một cửa bị khóa, đòi tiền; từ 203.0.113.7".to_owned(),
            detected_at: "2026-11-22T07:45".to_owned(),
            still_happening: true,
            services: "stopped".to_owned(),
            people: "unit".to_owned(),
            secret: "no".to_owned(),
            contact_name: "Nguyễn Thị Thử".to_owned(),
            contact_email: "thu@xa-b.example".to_owned(),
            ..NewReport::default()
        }
    }

    #[actix_web::test]
    async fn a_report_is_kept_told_timed_and_proved_and_acknowledged_once() {
        on_each(|stage| async move {
            stage.province().await;
            let through = Some("xa-b".to_owned());
            let key = Some("nonce-1".to_owned());
            let ctx = stage.nobody();
            let first =
                receive(&stage.office, &ctx, report(), Vec::new(), through.clone(), key.clone())
                    .await
                    .unwrap();
            assert_eq!(first.code, "SC-2026-000001");
            assert!(!first.first_aid.is_empty());
            let again =
                receive(&stage.office, &ctx, report(), Vec::new(), through, key).await.unwrap();
            assert_eq!(again, first, "the same answer for the same submission");
            assert_eq!(stage.count("incidents").await, 1);
            // Head, IT officer, duty officer, the receipt, and the task to isolate the machine.
            assert_eq!(stage.count("outbox").await, 5);
            assert!(stage.count("timers").await >= 1);
            assert_eq!(stage.count("indicators").await, 1);

            let duty = stage.as_person("duty_officer@so-ttt.example").await;
            let incident = acknowledge(&stage.office, &duty, "sc-2026-1").await.unwrap();
            assert_eq!(incident.queue_rank, 2);
            let twice = acknowledge(&stage.office, &duty, "SC-2026-000001").await.unwrap_err();
            assert_eq!(twice.face().1, "already_acknowledged");
            let head = stage.as_person("unit_head@xa-b.example").await;
            let not_hers = acknowledge(&stage.office, &head, &first.code).await.unwrap_err();
            assert_eq!(not_hers.face(), (403, "not_allowed"));
            let stranger = stage.as_person("unit_head@xa-c.example").await;
            let unseen = acknowledge(&stage.office, &stranger, &first.code).await.unwrap_err();
            assert_eq!(unseen.face(), (404, "not_found"));
        })
        .await;
    }
}
