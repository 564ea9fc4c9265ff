//! Who acts: a person with roles, a partner by link, a reporter by tracking link, the engine.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, DispatchId, OrganisationId, ReportId};
use crate::domain::refusal::Refusal;
use crate::domain::words::{Language, Role};

/// A signed-in person, as known at this request (a change of roles counts at once).
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub id: AccountId,
    /// Name as shown on the timeline.
    pub name: String,
    /// Where the person works.
    pub organisation: OrganisationId,
    /// Its short key and name.
    pub organisation_key: String,
    /// Its name.
    pub organisation_name: String,
    /// The organisations below it: what a unit head sees besides the own one (Điều 8.7).
    pub below: Vec<OrganisationId>,
    /// What the person may be.
    pub roles: BTreeSet<Role>,
    /// The language of pages and messages.
    pub language: Language,
    /// The first password is still in force.
    pub must_change_password: bool,
    /// When the person last gave the password in this session; `None` outside one.
    pub proved_at: Option<Timestamp>,
    /// A role asks for a second factor that the account does not have yet.
    pub must_enrol: bool,
    /// For an API key: the only verbs it may call; `None` for a person at a browser.
    pub scopes: Option<BTreeSet<Scope>>,
}

impl Person {
    /// Whether the person has the role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the caller may do this kind of thing: a person at a browser may, a key within its
    /// scopes. `write` contains `read`: who acts on a case sees it.
    pub fn may(&self, scope: Scope) -> bool {
        match &self.scopes {
            None => true,
            Some(scopes) => {
                scopes.contains(&scope) || (scope == Scope::Read && scopes.contains(&Scope::Write))
            }
        }
    }

    /// Whether the person has one of the roles.
    pub fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.is(*role))
    }
}

words! {
    /// What an API key may do.
    Scope { Report = "report", Read = "read", Write = "write", Admin = "admin", Audit = "audit" }
}

/// Who does it.
#[derive(Debug, Clone)]
pub enum Actor {
    /// Somebody on the Internet.
    Nobody,
    /// A signed-in person or an API key in that person's name.
    Person(Arc<Person>),
    /// A partner who opened the magic link of one dispatch.
    Link {
        /// The dispatch, and only this one.
        dispatch: DispatchId,
        /// The recipient's name.
        name: String,
    },
    /// The reporter by the tracking link.
    Reporter {
        /// The report, and only this one.
        report: ReportId,
        /// The name that was given, or empty.
        name: String,
    },
    /// The engine, the command line, the demo.
    Service(&'static str),
}

impl Actor {
    /// The person, if it is one.
    ///
    /// # Errors
    /// [`Refusal::SignInFirst`] for everybody else.
    pub fn person(&self) -> Result<&Arc<Person>, Refusal> {
        match self {
            Self::Person(person) if person.must_change_password => {
                Err(Refusal::ChangePasswordFirst)
            }
            Self::Person(person) if person.must_enrol => Err(Refusal::EnrolFirst),
            Self::Person(person) => Ok(person),
            _ => Err(Refusal::SignInFirst),
        }
    }

    /// The account, for the columns that name one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Person(person) => Some(person.id),
            _ => None,
        }
    }

    /// The name for timeline and audit.
    pub fn name(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Person(person) => person.name.clone(),
            Self::Link { name, .. } | Self::Reporter { name, .. } => name.clone(),
            Self::Service(name) => (*name).to_owned(),
        }
    }

    /// The person, if one of the roles is there.
    ///
    /// # Errors
    /// [`Refusal::SignInFirst`] without a person, [`Refusal::NotAllowed`] without the role.
    pub fn with_role(&self, roles: &[Role]) -> Result<&Arc<Person>, Refusal> {
        let person = self.person()?;
        if person.is_any(roles) { Ok(person) } else { Err(Refusal::NotAllowed) }
    }
}
