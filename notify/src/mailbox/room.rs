//! The local mailbox as a room, for the demonstration: what people write comes from its own page in
//! Telegram's JSON, and what is said to them stands there. It has no groups.

use std::time::Duration;

use super::{Keep, LocalMailbox};
use crate::room::{Doing, FileRef, Incoming, Me, Raw, Room, RoomError, Scope};
use crate::{Letter, telegram};

/// The bot's number in the demonstration.
pub const BOT: i64 = 1;
/// And its name.
const NAME: &str = "dieuphoi_trinhdien_bot";

fn no_groups<'a, T: Send + 'a>() -> Doing<'a, T> {
    let why = "the demonstration has no groups".to_owned();
    Box::pin(async { Err(RoomError::Closed { why }) })
}

fn done<'a>() -> Doing<'a, ()> {
    Box::pin(async { Ok(()) })
}

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

    fn bring_to<'a>(&'a self, _: Option<(&'a str, &'a str)>) -> Doing<'a, ()> {
        done()
    }

    fn read(&self, body: &str) -> Result<Incoming, String> {
        telegram::read::read(body, Some(BOT))
    }

    fn put<'a>(&'a self, _: &'a str, _: &'a Letter) -> Doing<'a, String> {
        no_groups()
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

    fn remove<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        no_groups()
    }

    fn pin<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        no_groups()
    }

    /// The page shows how things stand; there is nothing that shows a word for a moment.
    fn answer_press<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Doing<'a, ()> {
        done()
    }

    fn open_topic<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, String> {
        no_groups()
    }

    fn rename_topic<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        no_groups()
    }

    fn close_topic<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Doing<'a, ()> {
        no_groups()
    }

    fn fetch<'a>(&'a self, _: &'a FileRef, _: u64) -> Doing<'a, Vec<u8>> {
        let why = "files are not sent in the demonstration's mailbox".to_owned();
        Box::pin(async { Err(RoomError::Refused { why }) })
    }

    fn offer<'a>(
        &'a self,
        _: Scope,
        _: Option<&'a str>,
        _: &'a [(String, String)],
    ) -> Doing<'a, ()> {
        done()
    }
}
