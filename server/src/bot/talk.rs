//! One linked person, one update, and what there is to answer. Verbs get a [`Talk`]: who speaks,
//! where, in which language; they call actions with its context and say what came of it.

mod close;

use std::sync::Arc;

use chrono::Duration;
use notify::room::{Chat, FileRef, Incoming, Press as Key, Quoted, Sender, What};
use notify::{Form, Room as Port};
use serde_json::Value;

use super::say::{About, Words, fit};
use super::words::code_in;
use super::{Answer, Heard, Outcome, Say, Toast};
use crate::actions::chat::turns::{self, Aside, Case};
use crate::actions::chat::{cards, links};
use crate::actions::{Ctx, Office};
use crate::app::App;
use crate::domain::ids::PressId;
use crate::domain::person::Person;
use crate::domain::text::shortened;
use crate::domain::words::Room;
use crate::error::Result;
use crate::records::{ChatLink, ChatNamed, ChatTurn, Press};
use crate::texts::Texts;

/// So long a question waits for its answer.
pub const TURN_MINUTES: i64 = 15;
/// So long the buttons of an answer work.
const PRESS_HOURS: i64 = 24;
/// Characters of a toast (the room takes 200).
const TOAST: usize = 190;

/// A linked person and what they sent.
pub struct Talk<'h> {
    /// The service.
    pub app: &'h App,
    /// Which room.
    pub room: Room,
    /// The room itself.
    pub port: &'h dyn Port,
    /// What came.
    pub incoming: &'h Incoming,
    /// Where.
    pub chat: &'h Chat,
    /// Who, as the room has it; never authority.
    pub sender: &'h Sender,
    /// Who, as the number says.
    pub person: Arc<Person>,
    /// By which link.
    pub link: ChatLink,
    /// What actions are called in.
    pub ctx: Ctx,
    /// The person's language.
    pub t: Texts,
    /// The command names us: nobody else's.
    pub addressed: bool,
    /// The incident that this turned out to be about.
    pub about: Option<String>,
    /// A question was asked, or the one that waits goes on waiting.
    pub(super) waits: bool,
    answer: Answer,
    private: bool,
}

impl<'h> Talk<'h> {
    pub(super) fn new(
        heard: Heard<'h>,
        chat: &'h Chat,
        sender: &'h Sender,
        person: Arc<Person>,
        link: ChatLink,
    ) -> Self {
        let language = person.language;
        let ctx = links::speaking(&person, &link, heard.incoming.id, heard.app.clock.now());
        Self {
            app: heard.app,
            room: heard.room,
            port: heard.port,
            incoming: heard.incoming,
            chat,
            sender,
            person,
            link,
            ctx,
            t: Texts(language),
            addressed: false,
            about: None,
            waits: false,
            answer: Answer { outcome: Outcome::Ignored, ..Answer::default() },
            private: false,
        }
    }

    /// The update as it was heard.
    pub(super) const fn heard(&self) -> Heard<'h> {
        Heard { app: self.app, room: self.room, port: self.port, incoming: self.incoming }
    }

    /// What actions work with.
    pub const fn office(&self) -> &'h Office {
        &self.app.office
    }

    /// `CHAT` or `CHAT/TOPIC`: where this is said.
    pub fn here(&self) -> String {
        match &self.chat.topic {
            Some(topic) => format!("{}/{topic}", self.chat.id),
            None => self.chat.id.clone(),
        }
    }

    /// The message that was sent, or that the pressed button hangs under.
    pub fn message(&self) -> Option<&'h str> {
        match &self.incoming.what {
            What::Text { message, .. }
            | What::File { message, .. }
            | What::Reaction { message, .. }
            | What::Hollow { message, .. } => Some(message),
            What::Press { message, .. } => message.as_deref(),
            _ => None,
        }
    }

    /// The message that this one answers.
    pub fn quoted(&self) -> Option<&'h Quoted> {
        match &self.incoming.what {
            What::Text { quoted, .. } | What::File { quoted, .. } => quoted.as_ref(),
            _ => None,
        }
    }

    /// The file that came with it, or with the message that it answers.
    pub fn file(&self) -> Option<&'h FileRef> {
        match &self.incoming.what {
            What::File { file, .. } => Some(file),
            _ => self.quoted().and_then(|quoted| quoted.file.as_ref()),
        }
    }

    /// Whether this is our own name. A room that cannot say who we are now is believed.
    pub(super) async fn is_me(&mut self, name: &str) -> bool {
        let mine = match self.port.me().await {
            Ok(me) => me.username.eq_ignore_ascii_case(name),
            Err(_) => true,
        };
        self.addressed = mine;
        mine
    }

    /// Whether cases may be spoken of here at all: alone, or in a group of the team.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_team(&self) -> Result<bool> {
        if self.chat.direct {
            return Ok(true);
        }
        turns::is_team(self.office(), self.room, &self.chat.id).await
    }

    /// Which incident is meant: the one that is named, the topic's, the one that the answered
    /// message names, the one that this person named last in this chat; `None` after saying so.
    ///
    /// # Errors
    /// [`NotFound`](crate::error::Error::NotFound) for what does not exist and for what may not be seen.
    pub async fn case(&mut self, named: Option<&str>) -> Result<Option<Case>> {
        let (office, here) = (self.office(), self.here());
        let mut code = named.map(str::to_owned);
        if let (None, Some(topic)) = (&code, &self.chat.topic) {
            code = cards::incident_of(office, self.room, &self.chat.id, Some(topic)).await?;
        }
        if code.is_none() {
            code = self.quoted().and_then(|quoted| code_in(&quoted.text));
        }
        if code.is_none() {
            let (who, now) = (&self.sender.id, self.ctx.now);
            code = turns::named_last(office, self.room, &here, who, now).await?;
        }
        let Some(code) = code else {
            self.refuse("bot-which");
            return Ok(None);
        };
        self.known(&code).await.map(Some)
    }

    /// The incident of this code, as this person may see it; the chat is about it from now on.
    ///
    /// # Errors
    /// As [`Talk::case`].
    pub async fn known(&mut self, code: &str) -> Result<Case> {
        let case = turns::brief(self.office(), &self.ctx, code).await?;
        self.about = Some(case.item.code.clone());
        let named = ChatNamed {
            room: self.room,
            chat: self.here(),
            person: self.sender.id.clone(),
            incident_id: case.id,
            named_at: self.ctx.now,
        };
        self.answer.asides.push(Aside::Named(named));
        Ok(case)
    }

    /// Says something. In a group an incident that has no place there, and every list, goes to the
    /// person alone: the others see other incidents.
    ///
    /// # Errors
    /// The database's.
    pub async fn say(&mut self, about: About<'_>, words: Words) -> Result<()> {
        self.put(about, words, false, false).await
    }

    /// As [`Talk::say`], in the place of the message whose button was pressed.
    ///
    /// # Errors
    /// The database's.
    pub async fn say_instead(&mut self, about: About<'_>, words: Words) -> Result<()> {
        self.put(about, words, false, true).await
    }

    /// Asks something whose answer goes on at `step` ([`super::table::Step`]) with `data`.
    ///
    /// # Errors
    /// The database's.
    pub async fn ask(
        &mut self,
        step: &'static str,
        data: Value,
        about: About<'_>,
        words: Words,
    ) -> Result<()> {
        let words = words.text(self.t.t("bot-ask-cancel"));
        self.put(about, words, true, false).await?;
        let private = self.private && !self.chat.direct;
        let turn = ChatTurn {
            room: self.room,
            chat: if private { self.link.chat.clone() } else { self.here() },
            person: self.sender.id.clone(),
            account_id: self.person.id,
            what: step.to_owned(),
            data: data.to_string(),
            message: None,
            expires_at: self.ctx.now + Duration::minutes(TURN_MINUTES),
        };
        self.answer.asides.push(Aside::Ask(turn));
        self.waits = true;
        Ok(())
    }

    async fn put(
        &mut self,
        about: About<'_>,
        words: Words,
        asks: bool,
        instead: bool,
    ) -> Result<()> {
        let mut private = !words.cases.is_empty();
        if let About::Case(case) = about {
            private = !turns::is_hosted(self.office(), self.room, &self.chat.id, case.id).await?;
        }
        private &= !self.chat.direct;
        let incident = match about {
            About::Case(case) => Some(case.id),
            About::Nothing | About::House => None,
        };
        let (mut letter, offers) = fit(self.app.config(), self.room, self.t, about, words);
        let mut presses = Vec::new();
        for offer in offers {
            let press = Press {
                id: PressId::new(self.ctx.now),
                account_id: Some(self.person.id),
                incident_id: incident,
                delivery_id: None,
                card_id: None,
                verb: offer.verb.to_owned(),
                data: offer.data.to_string(),
                made_at: self.ctx.now,
                expires_at: self.ctx.now + Duration::hours(PRESS_HOURS),
                done_at: None,
                done_by: None,
                done_name: None,
            };
            letter.presses.push(Key { label: offer.label, id: press.id.to_string() });
            presses.push(press);
        }
        let pressed = matches!(self.incoming.what, What::Press { .. });
        let mut form = Form { asks, ..Form::default() };
        if !private {
            if instead && pressed {
                form.edits = self.message().map(str::to_owned);
            } else if !self.chat.direct || asks {
                form.reply_to = self.message().filter(|_| !pressed).map(str::to_owned);
            }
        }
        letter.form = form;
        let to = if private { self.link.chat.clone() } else { self.here() };
        if private && !self.private {
            self.private = true;
            if pressed {
                self.toast(self.t.t("bot-answered-direct"), false);
            } else {
                let about = Words::new(self.t.t("bot-answered-direct"));
                let (mut note, _) =
                    fit(self.app.config(), self.room, self.t, About::Nothing, about);
                note.form = Form {
                    reply_to: self.message().map(str::to_owned),
                    silent: true,
                    ..Form::default()
                };
                self.answer.says.push(Say { to: self.here(), letter: note, presses: Vec::new() });
            }
        }
        self.answer.says.push(Say { to, letter, presses });
        self.answer.outcome = Outcome::Done;
        Ok(())
    }

    /// Says where a button was pressed how it went; where nothing was pressed, nothing.
    pub fn toast(&mut self, text: impl Into<String>, alert: bool) {
        if matches!(self.incoming.what, What::Press { .. }) {
            let text = shortened(&text.into(), TOAST);
            self.answer.toast = Some(Toast { text, alert });
            self.answer.outcome = Outcome::Done;
        }
    }

    /// Refuses with a text of the catalogs that tells nothing of any case.
    pub fn refuse(&mut self, key: &'static str) {
        self.refused(self.t.t(key));
    }

    fn refused(&mut self, text: String) {
        if matches!(self.incoming.what, What::Press { .. }) {
            self.toast(text, true);
        } else {
            let words = Words::new(text);
            let (mut letter, _) = fit(self.app.config(), self.room, self.t, About::Nothing, words);
            if !self.chat.direct {
                letter.form.reply_to = self.message().map(str::to_owned);
            }
            self.answer.says.push(Say { to: self.here(), letter, presses: Vec::new() });
        }
        self.answer.outcome = Outcome::Refused;
    }

    /// It came too fast, and is not carried out: says so, or nothing where it was said just now.
    pub(super) fn slowed(&mut self, why: Option<String>) {
        if let Some(why) = why {
            self.refused(why);
        }
        self.answer.outcome = Outcome::Slowed;
    }

    /// Keeps something besides the answer.
    pub fn keep(&mut self, aside: Aside) {
        self.answer.asides.push(aside);
    }

    /// The question that waits here is over.
    pub fn leave_turn(&mut self) {
        let (room, chat, person) = (self.room, self.here(), self.sender.id.clone());
        self.keep(Aside::End { room, chat, person });
    }
}
