//! The local mailbox as a room, for the demonstration: what people write comes from its own page in
//! Telegram's JSON, and what is said to them stands there. It has no groups.

use std::time::Duration;

use super::{Keep, LocalMailbox};
use crate::room::{Doing, Incoming, Me, Raw, Room, RoomError};
use crate::{Letter, telegram};

/// The bot's number in the demonstration.
pub const BOT: i64 = 1;
/// And its name.
const NAME: &str = "dieuphoi_trinhdien_bot";

impl<K: Keep> Room for LocalMailbox<K> {
    fn me(&self) -> Doing<'_, Me> {
        Box::pin(async { Ok(Me { id: BOT.to_string(), username: NAME.to_owned() }) })
    }

    /// Nothing is fetched: the page brings it.
    fn updates(&self, _: Option<i64>, wait: Duration) -> Doing<'_, Vec<Raw>> {
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            Ok(Vec::new())
        })
    }

    fn read(&self, body: &str) -> Result<Incoming, String> {
        telegram::read::read(body, Some(BOT))
    }

    fn change<'a>(
        &'a self,
        address: &'a str,
        message: &'a str,
        letter: &'a Letter,
    ) -> Doing<'a, ()> {
        Box::pin(async move {
            let kept = self.shown("", address, "", letter, Some(message.to_owned()));
            let kept = kept.map_err(|why| RoomError::Refused { why })?;
            self.keep.keep(kept).await.map_err(|why| RoomError::NoMessage { why })
        })
    }
}
