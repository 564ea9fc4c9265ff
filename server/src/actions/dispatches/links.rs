//! Magic links: how a partner without an account opens one dispatch and answers it. 256 bits, only
//! the hash is kept, bound to one dispatch and one contact in force, with an end; opening one
//! changes nothing. Whatever is wrong with a link, the answer is the same.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::views::{self, DispatchView, Reader};
use super::words::Case;
use crate::actions::announce::reachable;
use crate::actions::recipients::Recipient;
use crate::actions::{Ctx, Office, evidence, files, tokens};
use crate::clock::Timestamp;
use crate::domain::ids::{EvidenceId, Id};
use crate::domain::person::Actor;
use crate::domain::refusal::Refusal;
use crate::error::Result;
use crate::records::{Dispatch, DispatchLink, Evidence};
use crate::store::{Conn, dispatches, organisations};

/// What the holder of a link sees.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The dispatch, cut for this reader.
    pub view: DispatchView,
    /// The name under which the link was sent.
    pub name: String,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// Where this person opens the dispatch: the account's page, or a fresh link when there is no
/// account and the letter leaves the house.
pub(super) fn path_for(
    tx: &mut Conn,
    case: &Case<'_>,
    dispatch: &Dispatch,
    person: &Recipient,
) -> Result<String> {
    if person.account.is_some() || !reachable(tx, case.office, person, dispatch.tlp)? {
        return Ok(format!("/phieu/{}", dispatch.code));
    }
    let token = tokens::fresh()?;
    let now = case.ctx.now;
    let link = DispatchLink {
        id: Id::new(now),
        dispatch_id: dispatch.id,
        token_hash: tokens::hash(&token),
        recipient_name: person.name.clone(),
        recipient_email: person.email.clone(),
        expires_at: now + Duration::days(case.office.config.security.dispatch_link_days),
        revoked_at: None,
        last_used_at: None,
        created_at: now,
    };
    dispatches::insert_link(tx, &link)?;
    Ok(format!("/a/{token}"))
}

/// The link and its dispatch, if the link is good now.
///
/// # Errors
/// [`Refusal::LinkNotValid`] for a forged, expired or revoked link, and for one whose holder is no
/// contact of the partner any more.
pub(super) fn valid(c: &mut Conn, token: &str, now: Timestamp) -> Result<(DispatchLink, Dispatch)> {
    let Some(link) = dispatches::link(c, &tokens::hash(token))? else {
        return Err(Refusal::LinkNotValid.into());
    };
    if link.revoked_at.is_some() || link.expires_at <= now {
        return Err(Refusal::LinkNotValid.into());
    }
    let dispatch = dispatches::find(c, link.dispatch_id)?;
    let organisation = organisations::find(c, dispatch.organisation_id)?;
    let contacts = organisations::contacts(c, organisation.id, None, now)?;
    let in_force = contacts.iter().any(|contact| {
        contact.email == link.recipient_email
            && (!contact.email.is_empty() || contact.name == link.recipient_name)
    });
    let is_office = !organisation.email.is_empty() && organisation.email == link.recipient_email;
    if !in_force && !is_office {
        return Err(Refusal::LinkNotValid.into());
    }
    Ok((link, dispatch))
}

/// Opens a link. Changes nothing.
///
/// # Errors
/// [`Refusal::LinkNotValid`], whatever is wrong with it.
pub async fn open(office: &Office, ctx: &Ctx, token: &str) -> Result<Opened> {
    let (token, ctx) = (token.to_owned(), ctx.clone());
    office
        .db
        .read(move |c| {
            let (link, dispatch) = valid(c, &token, ctx.now)?;
            // Whoever else is signed in at this browser: the reader is the holder of the link.
            let name = link.recipient_name.clone();
            let ctx = Ctx { actor: Actor::Link { dispatch: dispatch.id, name }, ..ctx };
            let view = views::shown(c, &ctx, &dispatch, Reader::Partner)?;
            Ok(Opened { view, name: link.recipient_name, expires_at: link.expires_at })
        })
        .await
}

/// Hands out a file of the link's dispatch: as the holder, on record as every download.
///
/// # Errors
/// [`Refusal::LinkNotValid`]; [`crate::error::Error::NotFound`] for a file of anything else.
pub async fn download(
    office: &Office,
    ctx: &Ctx,
    token: &str,
    id: EvidenceId,
) -> Result<(Evidence, files::Bytes)> {
    let (token, now) = (token.to_owned(), ctx.now);
    let (link, dispatch) = office.db.read(move |c| valid(c, &token, now)).await?;
    let holder = Actor::Link { dispatch: dispatch.id, name: link.recipient_name };
    evidence::download(office, &Ctx { actor: holder, ..ctx.clone() }, id).await
}

/// What the page of a link gives back with an answer: nobody can make it who has not the token.
pub fn nonce(token: &str) -> String {
    mac(token).map_or_else(String::new, |mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Whether this is the nonce of the token; compared in constant time.
pub fn is_nonce(token: &str, nonce: &str) -> bool {
    let own = self::nonce(token);
    !own.is_empty() && bool::from(own.as_bytes().ct_eq(nonce.as_bytes()))
}

fn mac(token: &str) -> Option<Hmac<Sha256>> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(token.as_bytes()).ok()?;
    mac.update(b"dispatch answer");
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_belongs_to_its_token() {
        let own = nonce("token-one");
        assert!(is_nonce("token-one", &own));
        assert!(!is_nonce("token-two", &own));
        assert!(!is_nonce("token-one", ""));
        assert!(!own.contains("token-one"));
    }
}
