//! Fetches what people say, or sees whether what is brought arrives.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use notify::room::{RoomError, Scope};

use super::super::Chore;
use super::{Inner, Intake};
use crate::actions::chat::codes;
use crate::actions::chat::intake;
use crate::bot;
use crate::domain::words::{Language, Room};

/// The longest wait between two tries of a room that does not answer.
const LONGEST: Duration = Duration::from_secs(60);
/// That the room was heard is written down so often.
const NOTE: Duration = Duration::from_secs(60);

/// The chore that fetches.
pub struct Poll {
    intake: Intake,
    state: Mutex<Polling>,
}

/// What the fetching chore remembers.
#[derive(Default)]
struct Polling {
    /// The room knows how updates leave it, and which commands there are.
    set_up: bool,
    /// Kept, and not confirmed yet.
    after: Option<i64>,
    failures: u32,
    not_before: Option<Duration>,
    noted: Option<Duration>,
    listens: bool,
}

impl Poll {
    /// The chore.
    pub fn new(intake: Intake) -> Self {
        Self { intake, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, Polling> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How updates leave the room, and what it offers; once per process.
    async fn set_up(&self) -> Result<(), RoomError> {
        let Inner { app, room, port, .. } = &*self.intake.0;
        let webhook = match room {
            Room::Telegram => app.config().telegram_webhook(),
            Room::Matrix => None,
        };
        let secret = app.config().telegram.webhook_secret.reveal();
        port.bring_to(webhook.as_deref().map(|url| (url, secret))).await?;
        // The codes by which people link themselves name us.
        let (me, own) = (port.me().await?, app.own("engine"));
        if let Err(why) = codes::known_as(&app.office, &own, *room, &me.username).await {
            tracing::warn!(error = %why, "what {room} calls us is not kept");
        }
        for scope in [Scope::Direct, Scope::Groups] {
            for (tag, language) in [(None, Language::Vi), (Some("en"), Language::En)] {
                match port.offer(scope, tag, &bot::help::offered(language, scope)).await {
                    // A list that the room dislikes must not keep anybody from being heard.
                    Err(RoomError::Refused { why }) => {
                        tracing::warn!(error = %why, "{room} does not offer our commands");
                    }
                    other => other?,
                }
            }
        }
        Ok(())
    }

    /// Fetches and keeps, or sees whether what is brought arrives; answers how many are new to us.
    async fn listen(&self) -> anyhow::Result<Result<usize, RoomError>> {
        let Inner { app, room, port, wait, .. } = &*self.intake.0;
        let is_set_up = self.state().set_up;
        if !is_set_up {
            if let Err(why) = self.set_up().await {
                return Ok(Err(why));
            }
            self.state().set_up = true;
        }
        if *room == Room::Telegram && app.config().telegram.webhook {
            return Ok(match port.trouble().await {
                Ok(None) => Ok(0),
                Ok(Some(why)) => Err(RoomError::Retry { after: None, why }),
                Err(why) => Err(why),
            });
        }
        let after = self.state().after;
        let fetched = tokio::select! {
            fetched = port.updates(after, *wait) => fetched,
            () = app.pulse.over() => return Ok(Ok(0)),
        };
        let came = match fetched {
            Ok(came) => came,
            Err(why) => return Ok(Err(why)),
        };
        let last = came.last().map(|raw| raw.id);
        let read = came.into_iter().map(|raw| {
            let read = port.read(&raw.body).ok();
            (raw, read)
        });
        let read: Vec<_> = read.collect();
        let count = read.len();
        if count > 0 {
            intake::keep(&app.office, *room, app.clock.now(), read).await?;
        }
        // What was confirmed is not named again: after a week of silence Telegram counts anew, and
        // an old number would confirm what nobody has seen.
        self.state().after = last;
        Ok(Ok(count))
    }

    /// The room answered.
    async fn is_back(&self) -> anyhow::Result<()> {
        let Inner { app, room, .. } = &*self.intake.0;
        let now = app.clock.steady();
        let is_due = {
            let mut state = self.state();
            state.failures = 0;
            state.not_before = None;
            state.noted.is_none_or(|at| now.saturating_sub(at) >= NOTE)
        };
        if app.pulse.is_back(*room) {
            tracing::info!("{room} is heard again");
        }
        if is_due {
            let told = intake::heard(&app.office, &app.own("engine"), *room).await?;
            if told > 0 {
                tracing::error!(
                    told,
                    "{room} was silent for more than a day: commands may be lost"
                );
            }
            self.state().noted = Some(now);
        }
        Ok(())
    }

    /// It did not.
    fn is_away(&self, why: &RoomError) {
        let Inner { app, room, .. } = &*self.intake.0;
        let denied = matches!(why, RoomError::Denied { .. });
        let mut state = self.state();
        // A token that is accepted again may be another bot's: everything is said anew.
        state.set_up &= !denied;
        state.failures = state.failures.saturating_add(1);
        let wait = match why {
            RoomError::Retry { after: Some(after), .. } => *after,
            _ if denied => LONGEST,
            _ => Duration::from_secs(1 << state.failures.min(6)).min(LONGEST),
        };
        state.not_before = Some(app.clock.steady() + wait);
        drop(state);
        metrics::counter!("dieuphoi_room_failures_total", "room" => room.as_word()).increment(1);
        if app.pulse.is_away(*room, why.to_string(), denied, &*app.clock) {
            tracing::warn!(error = %why, "{room} is not heard; everything goes on by mail and web");
        }
    }
}

impl Chore for Poll {
    fn name(&self) -> &'static str {
        match self.intake.0.room {
            Room::Telegram => "intake.telegram",
            Room::Matrix => "intake.matrix",
        }
    }

    fn hears_of_writes(&self) -> bool {
        false
    }

    fn pause(&self) -> Duration {
        // The fetch itself waits.
        if self.state().listens { Duration::from_millis(20) } else { Duration::from_secs(1) }
    }

    async fn tick(&self) -> anyhow::Result<usize> {
        let app = &self.intake.0.app;
        self.state().listens = false;
        if !self.intake.is_mine().await? {
            return Ok(0);
        }
        let now = app.clock.steady();
        if self.state().not_before.is_some_and(|at| now < at) {
            return Ok(0);
        }
        match self.listen().await? {
            Ok(count) => {
                self.is_back().await?;
                let mut state = self.state();
                if app.config().telegram.webhook && self.intake.0.room == Room::Telegram {
                    // Nothing is fetched: from time to time it is asked how the bringing goes.
                    state.not_before = Some(now + LONGEST);
                } else {
                    state.listens = true;
                }
                Ok(count)
            }
            Err(why) => {
                self.is_away(&why);
                Ok(0)
            }
        }
    }
}
