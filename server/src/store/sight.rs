//! Sight in SQL: which incidents and dispatches a person's queries find at all.

use crate::store::query::*;
use diesel::sql_types::Bool;

use super::{Conn, MultiBackend};
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::sight::{Depth, Seen, Sight};
use crate::error::{Error, Result};
use crate::records::{Dispatch, Incident};
use crate::store::schema::{dispatches, incident_members, incidents, reports};

/// One way in which a person comes to see incidents; each has an index of its own, so a list asks
/// them one by one and merges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// Everything.
    All,
    /// The incidents of one organisation.
    Organisation(OrganisationId),
    /// The incidents that an account is on.
    Member(AccountId),
    /// The incidents referred to an organisation.
    Referred(OrganisationId),
}

/// A condition on incidents that both databases compile.
pub type Condition = Box<dyn BoxableExpression<incidents::table, MultiBackend, SqlType = Bool>>;

/// The ways in which this sight reaches the coordination desk's lists. What a reporter sees of
/// own reports is a door of its own and not among them.
pub fn ways(sight: &Sight) -> Vec<Through> {
    if sight.all {
        return vec![Through::All];
    }
    let mut ways: Vec<Through> =
        sight.organisations.iter().copied().map(Through::Organisation).collect();
    ways.extend(sight.member.map(Through::Member));
    ways.extend(sight.referred_to.map(Through::Referred));
    ways
}

impl Through {
    /// The condition of this way on each of a few incidents: what is open is walked in the queue's
    /// order and asked for, however much was seen before.
    pub fn condition_on_few(self) -> Condition {
        match self {
            Self::All | Self::Organisation(_) => self.condition(),
            Self::Member(account) => Box::new(diesel::dsl::exists(
                incident_members::table
                    .filter(incident_members::incident_id.eq(incidents::id))
                    .filter(incident_members::account_id.eq(account)),
            )),
            Self::Referred(organisation) => Box::new(diesel::dsl::exists(
                dispatches::table
                    .filter(dispatches::incident_id.eq(incidents::id))
                    .filter(dispatches::organisation_id.eq(organisation)),
            )),
        }
    }

    /// The condition of this way.
    pub fn condition(self) -> Condition {
        match self {
            Self::All => Box::new(diesel::dsl::sql::<Bool>("1 = 1")),
            Self::Organisation(id) => Box::new(incidents::organisation_id.eq(id)),
            Self::Member(account) => Box::new(
                incidents::id.eq_any(
                    incident_members::table
                        .filter(incident_members::account_id.eq(account))
                        .select(incident_members::incident_id),
                ),
            ),
            Self::Referred(organisation) => Box::new(
                incidents::id.eq_any(
                    dispatches::table
                        .filter(dispatches::organisation_id.eq(organisation))
                        .select(dispatches::incident_id),
                ),
            ),
        }
    }
}

/// How much of the incident this sight sees; [`Error::NotFound`] when nothing.
pub fn depth(c: &mut Conn, sight: &Sight, incident: &Incident) -> Result<Depth> {
    let seen = Seen {
        organisation: incident.organisation_id,
        is_member: match sight.member {
            Some(account) if !sight.all => is_member(c, incident, account)?,
            _ => false,
        },
        is_referred: match sight.referred_to {
            Some(organisation) if !sight.all => diesel::select(diesel::dsl::exists(
                dispatches::table
                    .filter(dispatches::incident_id.eq(incident.id))
                    .filter(dispatches::organisation_id.eq(organisation)),
            ))
            .get_result(c)?,
            _ => false,
        },
        is_reporter: match sight.reported_by {
            Some(account) if !sight.all => diesel::select(diesel::dsl::exists(
                reports::table
                    .filter(reports::incident_id.eq(incident.id))
                    .filter(reports::account_id.eq(account)),
            ))
            .get_result(c)?,
            _ => false,
        },
    };
    sight.depth(&seen).ok_or(Error::NotFound("incident"))
}

/// Whether the account was put on the case.
pub fn is_member(c: &mut Conn, incident: &Incident, account: AccountId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        incident_members::table
            .filter(incident_members::incident_id.eq(incident.id))
            .filter(incident_members::account_id.eq(account)),
    ))
    .get_result(c)?)
}

/// Whether the dispatch is seen: by the organisation it was sent to, or by whoever sees the
/// incident; a police-only one by the police and the coordination desk that wrote it.
pub fn sees_dispatch(c: &mut Conn, sight: &Sight, dispatch: &Dispatch) -> Result<bool> {
    if sight.dispatches_to == Some(dispatch.organisation_id)
        || sight.organisations.contains(&dispatch.organisation_id)
    {
        return Ok(true);
    }
    let incident: Incident = incidents::table.find(dispatch.incident_id).first(c)?;
    match depth(c, sight, &incident) {
        Ok(depth) => {
            Ok(depth == Depth::Coordination || (depth == Depth::Case && !dispatch.police_only))
        }
        Err(Error::NotFound(_)) => Ok(false),
        Err(why) => Err(why),
    }
}
