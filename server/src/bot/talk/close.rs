//! How a talk ends: with the answer, with the reason why not, or with how things are by now.

use notify::room::What;

use super::Talk;
use crate::actions::chat::ceiling;
use crate::actions::chat::turns::{self, Case};
use crate::bot::say::{About, Words};
use crate::bot::{Answer, Outcome};
use crate::domain::refusal::Refusal;
use crate::error::{Error, Result};
use crate::texts::refusals::{field_text, words};

impl Talk<'_> {
    /// Why something was not done, in the sentence that the pages have for it.
    pub fn sentence(&self, why: &Error) -> String {
        match why {
            Error::Refused(Refusal::Fields(fields)) => {
                let said = fields.iter().map(|field| match field.key {
                    // There is no box to tick here.
                    "field-secret-word" => self.t.t("bot-secret-word"),
                    _ => field_text(self.t, field),
                });
                said.collect::<Vec<_>>().join(" ")
            }
            Error::NotFound(_) => self.t.t("bot-not-found"),
            Error::Stale { .. } => self.t.t("bot-stale"),
            why => words(self.t, why).1,
        }
    }

    /// The answer of it all: what was refused becomes a sentence, what may pass goes up.
    pub(in crate::bot) async fn close(mut self, done: Result<()>) -> Result<Answer> {
        match done {
            Ok(()) => {}
            Err(Error::Refused(Refusal::KeyUnderWay)) => self.again().await?,
            Err(why) if why.face().0 < 500 => self.explain(&why).await?,
            Err(why) => return Err(why),
        }
        Ok(self.answer)
    }

    /// Why it was not done. A refusal may tell how the case stands: it is cut as everything is.
    async fn explain(&mut self, why: &Error) -> Result<()> {
        let text = self.sentence(why);
        let plain = matches!(why, Error::NotFound(_) | Error::Refused(Refusal::Fields(_)));
        let case = match self.about.clone().filter(|_| !plain) {
            Some(code) => self.brief(&code).await?,
            None => None,
        };
        match case {
            Some(case) if matches!(self.incoming.what, What::Press { .. }) => {
                let whole = ceiling::open(self.app.config(), self.room, case.item.tlp);
                let text = if whole { text } else { self.t.t("bot-above-refused") };
                self.toast(text, true);
            }
            Some(case) => {
                let words = Words::new(text).above("bot-above-refused");
                self.say(About::Case(&case), words).await?;
            }
            None => self.refused(text),
        }
        self.answer.outcome = Outcome::Refused;
        Ok(())
    }

    async fn brief(&self, code: &str) -> Result<Option<Case>> {
        match turns::brief(self.office(), &self.ctx, code).await {
            Ok(case) => Ok(Some(case)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// The update came again after its verb took effect: says so, and how the case stands now.
    async fn again(&mut self) -> Result<()> {
        let done = self.t.t("bot-done-already");
        let case = match self.about.clone() {
            Some(code) => self.brief(&code).await?,
            None => None,
        };
        self.leave_turn();
        self.toast(done.clone(), false);
        match &case {
            Some(case) => {
                let words = Words::new(done).above("bot-above-done").standing();
                self.say(About::Case(case), words).await
            }
            None => self.say(About::Nothing, Words::new(done)).await,
        }
    }
}
