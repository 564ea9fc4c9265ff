//! Buttons: a room carries a row's id and nothing else. What is forged, expired or somebody else's
//! looks like a button that is gone.

use serde_json::Value;

use crate::actions::Office;
use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, PressId};
use crate::error::Result;
use crate::records::Press;
use crate::store::{chat_presses, incidents};

/// A button that was pressed.
#[derive(Debug, Clone)]
pub struct Pressed {
    /// Its row.
    pub press: Press,
    /// What it carries besides.
    pub data: Value,
    /// The code of the incident that it is about; who may see it is asked later.
    pub code: Option<String>,
}

/// The button of this id, if whoever presses may press it at all.
///
/// # Errors
/// The database's.
pub async fn find(
    office: &Office,
    account: AccountId,
    id: &str,
    now: Timestamp,
) -> Result<Option<Pressed>> {
    let Ok(id) = id.trim().parse::<PressId>() else { return Ok(None) };
    office
        .db
        .read(move |c| {
            let Some(press) = chat_presses::find(c, id)? else { return Ok(None) };
            let theirs = press.account_id.is_none_or(|owner| owner == account);
            if !theirs || press.expires_at <= now {
                return Ok(None);
            }
            let code = match press.incident_id {
                Some(id) => Some(incidents::find(c, id)?.code),
                None => None,
            };
            // Written by ourselves; what cannot be read carries nothing.
            let data = serde_json::from_str(&press.data).unwrap_or(Value::Null);
            Ok(Some(Pressed { press, data, code }))
        })
        .await
}
