//! The duty rota (lịch trực): who is on duty, who was, who will be. Whoever changes or examines a
//! rota holds its row, so that servers and people come one after another.

pub mod book;
pub mod edit;
pub mod feeds;
pub mod handover;
mod letters;
mod open;
mod shapes;
pub mod swaps;
pub mod views;
pub mod watch;

#[cfg(test)]
mod tests;

pub use self::book::{Book, on_duty, outlook};
pub use self::views::{Duty, RotaView};

use super::Ctx;
use crate::domain::ids::{OrganisationId, RotaId};
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::records::Rota;
use crate::store::{Conn, rota as store};

/// Kind of the timers of rotas; each rota has one, for the next moment at which something is due.
pub const ROTA: &str = "rota";

/// The organisation whose rota whoever acts may see; `None` for the service, which sees all.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::NotAllowed`].
fn house(ctx: &Ctx, verb: Verb) -> Result<Option<OrganisationId>> {
    verb.by(&ctx.actor)?;
    Ok(ctx.actor.person().ok().map(|person| person.organisation))
}

/// The rota, if whoever acts may do this to it. Another organisation's looks like none.
///
/// # Errors
/// [`Error::NotFound`]; not allowed.
fn seen(c: &mut Conn, ctx: &Ctx, verb: Verb, id: RotaId) -> Result<Rota> {
    let house = house(ctx, verb)?;
    let rota = store::find(c, id)?;
    if house.is_some_and(|house| house != rota.organisation_id) {
        return Err(Error::NotFound("rota"));
    }
    Ok(rota)
}

/// As [`seen`], held until the transaction ends, and not retired.
///
/// # Errors
/// As [`seen`].
fn held(tx: &mut Conn, ctx: &Ctx, verb: Verb, id: RotaId) -> Result<Rota> {
    seen(tx, ctx, verb, id)?;
    let rota = store::hold(tx, id)?;
    if rota.retired_at.is_some() {
        return Err(Error::NotFound("rota"));
    }
    Ok(rota)
}
