//! Who was put on a case: responders see the incidents they are on.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::announce::{Cause, tell};
use super::incident_view::Who;
use super::incidents::{find_seen, hold_for, reason};
use super::letters::Matter;
use super::record::{Happened, audited, happened};
use super::{Ctx, Office, procedure, recipients};
use crate::domain::ids::AccountId;
use crate::domain::person::Actor;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::sight::{Depth, Sight, Verb};
use crate::domain::words::{Role, State};
use crate::error::{Error, Result};
use crate::records::{Account, Incident, Member};
use crate::store::{Conn, accounts, incidents, sight};

/// Whom to put on or take off the case.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
pub struct ChangeMember {
    /// Mail address or identifier of the account.
    #[serde(default)]
    pub account: String,
    /// Why somebody is taken off.
    #[serde(default)]
    pub reason: String,
}

/// Puts a responder on the case and tells them.
///
/// # Errors
/// Bad fields; [`Refusal::WrongState`] when the case is over.
pub async fn add(office: &Office, ctx: &Ctx, name: &str, wanted: ChangeMember) -> Result<Incident> {
    let (office_, ctx, name) = (office.clone(), ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let incident = hold_for(tx, &ctx, &name, Verb::AddMember)?;
            if incident.state.is_over() {
                let (from, to) = (incident.state, State::Verifying);
                return Err(Refusal::WrongState { from, to }.into());
            }
            let account = find(tx, "account", &wanted.account)?;
            if !accounts::roles(tx, account.id)?.contains(&Role::Responder) {
                return Err(FieldError::new("account", "field-responder").into());
            }
            if sight::is_member(tx, &incident, account.id)? {
                return Ok(incident);
            }
            let member =
                Member { incident_id: incident.id, account_id: account.id, added_at: ctx.now };
            incidents::add_member(tx, &member)?;
            let entry = Happened::new("member_added").with("member", &account.name);
            let entry = happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"account": account.id});
            audited(tx, &ctx, "incident.member_add", "incident", &incident.code, detail)?;
            if let Some(person) = recipients::of_one(tx, account.id, "responders")? {
                let cause = Cause::new(format!("incident:{}:member:{}", incident.id, entry.seq));
                let matter = Matter::about(&incident, "member");
                tell(tx, &office_, &ctx, &incident, &[person], &matter, &cause)?;
            }
            Ok(incident)
        })
        .await
}

/// Takes somebody off the case, with a reason.
///
/// # Errors
/// Bad fields.
pub async fn remove(
    office: &Office,
    ctx: &Ctx,
    name: &str,
    wanted: ChangeMember,
) -> Result<Incident> {
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .write(move |tx| {
            let incident = hold_for(tx, &ctx, &name, Verb::AddMember)?;
            let account = find(tx, "account", &wanted.account)?;
            let why = reason("reason", &wanted.reason, 1)?;
            if !incidents::remove_member(tx, incident.id, account.id)? {
                return Err(FieldError::new("account", "field-unknown").into());
            }
            let entry = Happened::new("member_removed").with("member", &account.name).text(why);
            happened(tx, &ctx, &incident, entry)?;
            let detail = json!({"account": account.id});
            audited(tx, &ctx, "incident.member_remove", "incident", &incident.code, detail)?;
            Ok(incident)
        })
        .await
}

/// The responders who can be put on the case.
///
/// # Errors
/// [`Error::NotFound`]; not allowed.
pub async fn addable(office: &Office, ctx: &Ctx, name: &str) -> Result<Vec<Who>> {
    Verb::AddMember.by(&ctx.actor)?;
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, _) = find_seen(c, &ctx, &name)?;
            let mut found = Vec::new();
            for account in accounts::with_role(c, Role::Responder, None)? {
                if found.len() < CHOICES && !sight::is_member(c, &incident, account.id)? {
                    found.push(Who { id: account.id, name: account.name, email: account.email });
                }
            }
            Ok(found)
        })
        .await
}

/// Those of a list that is chosen from; anybody else is named by mail address.
const CHOICES: usize = 12;

/// Who stands nearest to a task of this case: whoever asks, who leads, who is on it, the unit's
/// IT officer and head, who is on duty.
///
/// # Errors
/// [`Error::NotFound`]; not allowed.
pub async fn assignable(office: &Office, ctx: &Ctx, name: &str) -> Result<Vec<Who>> {
    use playbooks::Role::{Coordinator, DutyOfficer, ItOfficer, UnitHead};
    Verb::AddTask.by(&ctx.actor)?;
    let (ctx, name) = (ctx.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let (incident, depth) = find_seen(c, &ctx, &name)?;
            if depth == Depth::Reporter {
                return Err(Error::NotFound("incident"));
            }
            let mut ids: Vec<AccountId> = ctx.actor.account().into_iter().collect();
            ids.extend(incident.lead_id);
            ids.extend(incidents::members(c, incident.id)?.iter().map(|one| one.account_id));
            let roles = [ItOfficer, UnitHead, DutyOfficer, Coordinator];
            let people = procedure::people(c, &incident, &roles, ctx.now)?;
            ids.extend(people.iter().filter_map(|person| person.account));
            let mut found: Vec<Who> = Vec::new();
            for id in ids {
                let account = accounts::find(c, id)?;
                let new = account.locked_at.is_none() && !found.iter().any(|one| one.id == id);
                if new && found.len() < CHOICES {
                    found.push(Who { id, name: account.name, email: account.email });
                }
            }
            Ok(found)
        })
        .await
}

/// An account by mail address or identifier.
fn find(tx: &mut Conn, field: &'static str, name: &str) -> Result<Account> {
    let name = name.trim();
    if name.is_empty() {
        return Err(FieldError::new(field, "field-empty").into());
    }
    let found = match name.parse() {
        Ok(id) => match accounts::find(tx, id) {
            Ok(account) => Some(account),
            Err(Error::NotFound(_)) => None,
            Err(why) => return Err(why),
        },
        Err(_) => accounts::find_by_email(tx, &name.to_lowercase())?,
    };
    found
        .filter(|account| account.locked_at.is_none())
        .ok_or_else(|| FieldError::new(field, "field-account").into())
}

/// An account that sees this incident as a case: only such can lead it or have a task in it.
///
/// # Errors
/// `field-account`, `field-account-blind`.
pub fn account_named(
    tx: &mut Conn,
    incident: &Incident,
    field: &'static str,
    name: &str,
) -> Result<Account> {
    let account = find(tx, field, name)?;
    let Some(mut person) = accounts::person(tx, account.id)? else {
        return Err(FieldError::new(field, "field-account").into());
    };
    // A first password that is not changed yet hides everything, but not for ever.
    person.must_change_password = false;
    let theirs = Sight::of(&Actor::Person(Arc::new(person)));
    match sight::depth(tx, &theirs, incident) {
        Ok(depth) if depth > Depth::Reporter => Ok(account),
        Ok(_) | Err(Error::NotFound(_)) => {
            Err(FieldError::new(field, "field-account-blind").into())
        }
        Err(why) => Err(why),
    }
}
