//! Handles what is kept, in order: each update once, whatever happens meanwhile.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;

use super::super::Chore;
use super::{Inner, Intake};
use crate::actions::chat::intake::{self, Again, Handled, Reply};
use crate::actions::once::Claim;
use crate::bot;
use crate::domain::refusal::Refusal;
use crate::domain::words::Room;
use crate::error::{Error, Result};
use crate::records::ChatUpdate;

/// One update may take so long.
const HANDLING: Duration = Duration::from_secs(60);
/// And the few words where a button was pressed.
const TOAST: Duration = Duration::from_secs(5);

/// The chore that handles what is kept.
pub struct Hear {
    intake: Intake,
}

impl Hear {
    /// The chore.
    pub const fn new(intake: Intake) -> Self {
        Self { intake }
    }

    /// Handles one update; its toast leaves beside what follows. Answers whether it is done with.
    async fn one(&self, update: &ChatUpdate, toasts: &mut JoinSet<()>) -> Result<bool> {
        let Inner { app, room, port, .. } = &*self.intake.0;
        let Ok(incoming) = port.read(&update.body) else {
            tracing::warn!(update = update.update_id, "{room} sent an update that cannot be read");
            let handled = Handled { outcome: "unreadable", ..Handled::default() };
            intake::settle(&app.office, app.clock.now(), update, handled).await?;
            return Ok(true);
        };
        let scope = format!("chat:{room}");
        let claim = Claim::new(scope, update.update_id.to_string(), app.clock.now());
        claim.describe(update.body.as_bytes())?;
        let heard = bot::Heard { app, room: *room, port: &**port, incoming: &incoming };
        let handling = Box::pin(bot::handle(heard));
        let handling = claim.around(AssertUnwindSafe(handling).catch_unwind());
        let answer = match tokio::time::timeout(HANDLING, handling).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(Error::Refused(Refusal::KeyUnderWay)))) => {
                // It took effect before a crash: its author sees the state where they ask for it.
                bot::Answer { outcome: bot::Outcome::Done, ..bot::Answer::default() }
            }
            Ok(Ok(Err(why))) => return self.failed(update, &why.to_string()).await,
            Ok(Err(_)) => return self.failed(update, "it panicked").await,
            Err(_) => return self.failed(update, "it took too long").await,
        };
        let outcome = match answer.outcome {
            bot::Outcome::Done => "done",
            bot::Outcome::Refused => "refused",
            bot::Outcome::Slowed => "slowed",
            bot::Outcome::Ignored => "ignored",
        };
        let reply = |say: bot::Say| Reply { to: say.to, letter: say.letter, presses: say.presses };
        let replies = answer.says.into_iter().map(reply).collect();
        let handled = Handled { outcome, replies, asides: answer.asides };
        let mine = intake::settle(&app.office, app.clock.now(), update, handled).await?;
        if mine && let notify::room::What::Press { press, .. } = incoming.what {
            let (port, toast) = (Arc::clone(port), answer.toast);
            toasts.spawn(async move {
                let toast = toast.map(|toast| (toast.text, toast.alert)).unwrap_or_default();
                // Without words the button stops turning. Too late or lost, it is gone: what it
                // says stands in the chat, too.
                let _said =
                    tokio::time::timeout(TOAST, port.answer_press(&press, &toast.0, toast.1)).await;
            });
        }
        Ok(true)
    }

    async fn failed(&self, update: &ChatUpdate, why: &str) -> Result<bool> {
        let Inner { app, room, .. } = &*self.intake.0;
        tracing::error!(update = update.update_id, tries = update.attempts + 1, error = %why,
            "an update of {room} could not be handled");
        let given_up =
            intake::failed(&app.office, &app.own("engine"), update).await? == Again::Never;
        if given_up {
            tracing::error!(update = update.update_id, "an update of {room} was given up");
        }
        Ok(given_up)
    }
}

impl Chore for Hear {
    fn name(&self) -> &'static str {
        match self.intake.0.room {
            Room::Telegram => "hear.telegram",
            Room::Matrix => "hear.matrix",
        }
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let Inner { app, room, .. } = &*self.intake.0;
        if !self.intake.is_mine().await? {
            return Ok(0);
        }
        let due = intake::due(&app.office, *room, app.clock.now()).await?;
        let mut toasts = JoinSet::new();
        let mut put_off = Vec::new();
        let mut count = 0;
        for update in due {
            // One that was put off just now holds back what came after it in its chat.
            if put_off.contains(&update.chat) {
                continue;
            }
            app.pulse.beat(self.name(), &*app.clock);
            let began = std::time::Instant::now();
            match self.one(&update, &mut toasts).await {
                Ok(true) => {}
                Ok(false) => put_off.push(update.chat),
                Err(why) => {
                    // The database is away: everything waits for it.
                    toasts.join_all().await;
                    return Err(why.into());
                }
            }
            metrics::histogram!("dieuphoi_chat_update_seconds")
                .record(began.elapsed().as_secs_f64());
            count += 1;
        }
        toasts.join_all().await;
        Ok(count)
    }
}
