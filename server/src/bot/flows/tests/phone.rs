//! A telephone whose files are written beforehand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use notify::room::{Chat, Doing, FileRef, Incoming, Me, Raw, RoomError, Scope, Sender, What};
use notify::{
    Channel, ChannelKind, Checking, Envelope, Letter, Outcome as Sent, Room as Port, Sending,
};

use super::said;
use crate::actions::chat::turns;
use crate::actions::once::Claim;
use crate::bot::{Answer, Heard, handle};
use crate::clock::Clock as _;
use crate::domain::words::Room;
use crate::store::chat_presses;
use crate::testing::Stage;

/// A room whose files are written beforehand and that reaches nobody.
#[derive(Default)]
struct Drawer(BTreeMap<String, Vec<u8>>);

fn nothing<'a, T: Send + 'a>(value: T) -> Doing<'a, T> {
    Box::pin(async move { Ok(value) })
}

impl Channel for Drawer {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Telegram
    }
    fn send<'a>(&'a self, _: &'a Envelope) -> Sending<'a> {
        Box::pin(async { Sent::Sent { reference: None } })
    }
    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async { Ok(String::new()) })
    }
}

impl Port for Drawer {
    fn me(&self) -> Doing<'_, Me> {
        nothing(Me { id: "1".to_owned(), username: "DieuPhoiBot".to_owned() })
    }
    fn updates(&self, _: Option<i64>, _: Duration) -> Doing<'_, Vec<Raw>> {
        nothing(Vec::new())
    }
    fn bring_to<'a>(&'a self, _: Option<(&'a str, &'a str)>) -> Doing<'a, ()> {
        nothing(())
    }
    fn read(&self, _: &str) -> Result<Incoming, String> {
        Err("nothing is read here".to_owned())
    }
    fn put<'a>(&'a self, _: &'a str, _: &'a Letter) -> Doing<'a, String> {
        nothing(String::new())
    }
    fn change<'a>(&'a self, _: &'a str, _: &'a str, _: &'a Letter) -> Doing<'a, ()> {
        nothing(())
    }
    fn remove<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        nothing(())
    }
    fn pin<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        nothing(())
    }
    fn answer_press<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Doing<'a, ()> {
        nothing(())
    }
    fn open_topic<'a>(&'a self, _: &'a str, _: &'a str) -> Doing<'a, String> {
        nothing(String::new())
    }
    fn rename_topic<'a>(&'a self, _: &'a str, _: &'a str, _: &'a str) -> Doing<'a, ()> {
        nothing(())
    }
    fn close_topic<'a>(&'a self, _: &'a str, _: &'a str, _: bool) -> Doing<'a, ()> {
        nothing(())
    }
    fn fetch<'a>(&'a self, file: &'a FileRef, _: u64) -> Doing<'a, Vec<u8>> {
        let found = self.0.get(&file.id).cloned();
        let gone = RoomError::Refused { why: "gone".to_owned() };
        Box::pin(async move { found.ok_or(gone) })
    }
    fn offer<'a>(
        &'a self,
        _: Scope,
        _: Option<&'a str>,
        _: &'a [(String, String)],
    ) -> Doing<'a, ()> {
        nothing(())
    }
}

/// Somebody's telephone.
pub(super) struct Phone {
    stage: Arc<Stage>,
    number: &'static str,
    files: BTreeMap<String, Vec<u8>>,
    pub(super) last: i64,
}

impl Phone {
    pub(super) async fn of(stage: &Arc<Stage>, email: &str, number: &'static str) -> Self {
        stage.linked(email, number).await;
        let stage = Arc::clone(stage);
        let last = number.parse::<i64>().unwrap() * 1_000;
        Self { stage, number, files: BTreeMap::new(), last }
    }

    /// One update through the door, in a process that knows nothing of the one before; its answer
    /// is kept as the intake keeps it, unless the process dies first.
    pub(super) async fn update(&self, id: i64, what: What, dies: bool) -> Answer {
        let sender = Sender {
            id: self.number.to_owned(),
            name: "Ai đó".to_owned(),
            language: None,
            is_bot: false,
        };
        let chat = Chat {
            id: self.number.to_owned(),
            direct: true,
            topics: false,
            title: String::new(),
            topic: None,
        };
        let incoming = Incoming { id, sender: Some(sender), chat: Some(chat), what };
        let (app, port) = (self.stage.app(), Drawer(self.files.clone()));
        let heard = Heard { app: &app, room: Room::Telegram, port: &port, incoming: &incoming };
        let now = self.stage.clock.now();
        let claim = Claim::new("chat:telegram".to_owned(), id.to_string(), now);
        claim.describe(id.to_string().as_bytes()).unwrap();
        let answer = claim.around(handle(heard)).await.unwrap();
        if dies {
            return answer;
        }
        let presses: Vec<_> =
            answer.says.iter().flat_map(|say| say.presses.iter().cloned()).collect();
        let asides = answer.asides.clone();
        let kept = self.stage.office.db.write(move |tx| {
            for press in &presses {
                chat_presses::insert(tx, press)?;
            }
            turns::keep(tx, now, &asides)
        });
        kept.await.unwrap();
        answer
    }

    pub(super) async fn sends(&mut self, what: What) -> Answer {
        self.last += 1;
        self.update(self.last, what, false).await
    }

    pub(super) async fn writes(&mut self, text: &str) -> Answer {
        let text = text.to_owned();
        self.sends(What::Text { message: "7".to_owned(), text, quoted: None }).await
    }

    /// Presses the button whose label begins so.
    pub(super) async fn presses(&mut self, under: &Answer, label: &str) -> Answer {
        let data = button(under, label);
        self.sends(What::Press { press: "p".to_owned(), message: Some("8".to_owned()), data }).await
    }

    pub(super) async fn file(
        &mut self,
        id: &str,
        bytes: &[u8],
        caption: &str,
        album: Option<&str>,
    ) -> Answer {
        self.files.insert(id.to_owned(), bytes.to_vec());
        let file = FileRef {
            id: id.to_owned(),
            name: format!("{id}.txt"),
            media_type: "text/plain".to_owned(),
            size: u64::try_from(bytes.len()).unwrap(),
        };
        self.sends(What::File {
            message: "9".to_owned(),
            caption: caption.to_owned(),
            file,
            album: album.map(str::to_owned),
            quoted: None,
        })
        .await
    }
}

pub(super) fn button(under: &Answer, label: &str) -> String {
    let all = under.says.iter().flat_map(|say| &say.letter.presses);
    let labels: Vec<_> = all.clone().map(|key| key.label.clone()).collect();
    let found = all.clone().find(|key| key.label.starts_with(label));
    found.unwrap_or_else(|| panic!("no {label:?} among {labels:?}: {}", said(under))).id.clone()
}
