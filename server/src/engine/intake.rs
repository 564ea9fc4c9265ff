//! What people say in a room comes in: one server fetches it (or any has it brought), keeps it, and only
//! then confirms it; the same one handles what is kept, in order. A room that cannot be reached stops
//! nothing: it is asked again later, and shown.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use notify::Room as Port;
use notify::room::{RoomError, Scope};
use tokio::task::JoinSet;

use super::Chore;
use crate::actions::chat::intake::{self, Again, Handled, Reply};
use crate::actions::once::Claim;
use crate::app::App;
use crate::bot;
use crate::domain::refusal::Refusal;
use crate::domain::words::{Language, Room};
use crate::error::{Error, Result};
use crate::records::ChatUpdate;
use crate::store::{Place, engine};

/// One fetch waits so long for the first update.
const WAIT: Duration = Duration::from_secs(10);
/// The lease is renewed after so long …
const RENEW: Duration = Duration::from_secs(15);
/// … and ends after so many seconds without.
const EXPIRES: i64 = 45;
/// Whoever has no lease asks for it so often.
const ASK: Duration = Duration::from_secs(5);
/// The longest wait between two tries of a room that does not answer.
const LONGEST: Duration = Duration::from_secs(60);
/// That the room was heard is written down so often.
const NOTE: Duration = Duration::from_secs(60);
/// One update may take so long.
const HANDLING: Duration = Duration::from_secs(60);
/// And the few words where a button was pressed.
const TOAST: Duration = Duration::from_secs(5);

/// One room, and this server's right to listen there.
#[derive(Clone)]
pub struct Intake(Arc<Inner>);

struct Inner {
    app: App,
    room: Room,
    port: Arc<dyn Port>,
    owner: String,
    wait: Duration,
    lease: Mutex<Lease>,
}

/// What is known of the lease, in time that really passes.
#[derive(Default)]
struct Lease {
    held_since: Option<Duration>,
    asked: Option<Duration>,
}

impl Intake {
    /// The intake of this room, in the name of this process.
    pub fn new(app: App, room: Room, port: Arc<dyn Port>, owner: String) -> Self {
        Self::waiting(app, room, port, owner, WAIT)
    }

    /// The same with another wait for the first update: tests wait for nothing.
    pub fn waiting(
        app: App,
        room: Room,
        port: Arc<dyn Port>,
        owner: String,
        wait: Duration,
    ) -> Self {
        Self(Arc::new(Inner { app, room, port, owner, wait, lease: Mutex::default() }))
    }

    /// On SQLite there is no other server: what an earlier process held is free.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn take_over(&self) -> Result<()> {
        if let Place::Sqlite(_) = self.0.app.office.db.place() {
            let (name, now) = (self.0.room.as_word(), self.0.app.clock.now());
            self.0.app.office.db.write(move |tx| engine::free_lease(tx, name, None, now)).await?;
        }
        Ok(())
    }

    /// The next server need not wait until the lease ends.
    pub async fn let_go(&self) {
        let (name, owner) = (self.0.room.as_word(), self.0.owner.clone());
        let now = self.0.app.clock.now();
        let freed = self
            .0
            .app
            .office
            .db
            .write(move |tx| engine::free_lease(tx, name, Some(&owner), now))
            .await;
        if let Err(why) = freed {
            tracing::warn!(error = %why, "the lease of {name} ends by itself");
        }
    }

    /// Whether this server is the one that listens.
    async fn is_mine(&self) -> Result<bool> {
        let now = self.0.app.clock.steady();
        {
            let lease = self.lease();
            let fresh =
                |at: Option<Duration>, within| at.is_some_and(|at| now.saturating_sub(at) < within);
            if fresh(lease.held_since, RENEW) {
                return Ok(true);
            }
            if lease.held_since.is_none() && fresh(lease.asked, ASK) {
                return Ok(false);
            }
        }
        let (name, owner) = (self.0.room.as_word(), self.0.owner.clone());
        let at = self.0.app.clock.now();
        let until = at + chrono::Duration::seconds(EXPIRES);
        let mine = self
            .0
            .app
            .office
            .db
            .write(move |tx| engine::lease(tx, name, &owner, at, until))
            .await?;
        let mut lease = self.lease();
        lease.asked = Some(now);
        lease.held_since = mine.then_some(now);
        Ok(mine)
    }

    fn lease(&self) -> MutexGuard<'_, Lease> {
        self.0.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    async fn set_up(&self) -> std::result::Result<(), RoomError> {
        let Inner { app, room, port, .. } = &*self.intake.0;
        let webhook = match room {
            Room::Telegram => app.config().telegram_webhook(),
            Room::Matrix => None,
        };
        let secret = app.config().telegram.webhook_secret.reveal();
        port.bring_to(webhook.as_deref().map(|url| (url, secret))).await?;
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
    async fn listen(&self) -> anyhow::Result<std::result::Result<usize, RoomError>> {
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
