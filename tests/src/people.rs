//! People of the small province in stories that run the real program: their telephones are linked, they
//! hold more roles, they are signed in.

use std::sync::Arc;

use dieuphoi::actions::{Ctx, Office, tokens};
use dieuphoi::clock::{Clock, SystemClock};
use dieuphoi::domain::ids::Id;
use dieuphoi::domain::person::{Actor, Person};
use dieuphoi::domain::words::{Role, Room};
use dieuphoi::records::{ChatLink, Session};
use dieuphoi::store::{accounts, chat_links};

use crate::database::Database;

/// Links a telephone to whoever has this mail address, as confirming it on the web does; its direct
/// conversation has the same number.
pub fn link(database: &Database, email: &str, telephone: i64) {
    let now = SystemClock.now();
    database.write(|tx| {
        let account = accounts::find_by_email(tx, email)?.expect("no such account");
        let link = ChatLink {
            id: Id::new(now),
            account_id: account.id,
            room: Room::Telegram,
            person: telephone.to_string(),
            chat: telephone.to_string(),
            name: account.name,
            linked_at: now,
            broken_at: None,
            broken_why: None,
            ended_at: None,
            ended_why: None,
        };
        chat_links::insert(tx, &link)
    });
}

/// The context of whoever has this mail address, as after a fresh sign-in.
pub async fn acting(office: &Office, email: &str) -> Ctx {
    let (email, now) = (email.to_owned(), SystemClock.now());
    let found = office.db.read(move |c| {
        let account = accounts::find_by_email(c, &email)?.expect("no such account");
        Ok(accounts::person(c, account.id)?.expect("locked"))
    });
    let person = Person { proved_at: Some(now), ..found.await.unwrap() };
    Ctx { actor: Actor::Person(Arc::new(person)), ..Ctx::service("proof", now) }
}

/// These are the roles of whoever has this mail address, and no others.
pub fn hold(database: &Database, email: &str, roles: &[Role]) {
    database.write(|tx| {
        let account = accounts::find_by_email(tx, email)?.expect("no such account");
        accounts::set_roles(tx, account.id, &roles.iter().copied().collect())
    });
}

/// Signs somebody in, past the password; answers the line of a request that says so.
pub fn signed_in(database: &Database, email: &str) -> String {
    let (token, now) = (tokens::fresh().unwrap(), SystemClock.now());
    database.write(|tx| {
        let account = accounts::find_by_email(tx, email)?.expect("no such account");
        let session = Session {
            id: Id::new(now),
            token_hash: tokens::hash(&token),
            account_id: account.id,
            csrf: "csrf".to_owned(),
            public_computer: false,
            address: "127.0.0.1".to_owned(),
            user_agent: "test".to_owned(),
            created_at: now,
            proved_at: now,
            last_seen_at: now,
            expires_at: now + chrono::Duration::hours(8),
        };
        accounts::insert_session(tx, &session)
    });
    format!("Cookie: dieuphoi_session={token}\r\n")
}
