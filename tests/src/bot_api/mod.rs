//! Telegram's Bot API on loopback: real HTTP, the wire protocol as documented, one bot. It keeps chats,
//! topics and messages as their readers see them, remembers every request, and fails by script. Phones
//! (see [`phone`]) write, press and react in the updates' own JSON.

mod answer;
pub mod hand;
mod html;
mod messages;
pub mod phone;
mod script;
mod server;
mod state;
mod updates;

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use serde_json::Value;
use tokio::sync::Notify;

pub use self::hand::Hand;
pub use self::phone::{Phone, Written};
pub use self::script::Fault;
use self::state::State;

/// The bot's token.
pub const TOKEN: &str = "4242:bi-mat-cua-bot";
/// The bot's number.
pub const BOT: i64 = 4242;
/// The bot's name.
pub const USERNAME: &str = "dieuphoi_bot";

/// The server; it ends when its owner lets go of it.
pub struct BotApi {
    /// What `telegram.api_url` says.
    pub url: String,
    shared: Arc<Shared>,
    handle: ServerHandle,
}

/// What the server's thread and the story share.
struct Shared {
    state: Mutex<State>,
    /// Something came for whoever polls.
    news: Notify,
    /// How many requests were answered, for whoever waits for what they do.
    answered: (Mutex<u64>, Condvar),
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A story that failed while it looked must not hide why.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request was answered.
    fn answered(&self) {
        let mut count = self.answered.0.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        self.answered.1.notify_all();
    }
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// When it was complete.
    pub at: Instant,
    /// The method as the documentation writes it: `sendMessage`.
    pub method: String,
    /// Its parameters.
    pub body: Value,
    /// The status of the answer; 0 when none was given.
    pub status: u16,
    /// The answer.
    pub answer: Value,
}

/// A message as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub message: i64,
    /// The topic that it stands in.
    pub topic: Option<i64>,
    /// Its words, without markup.
    pub text: String,
    /// Buttons that act: label and what they carry.
    pub presses: Vec<(String, String)>,
    /// Buttons that lead somewhere: label and address.
    pub links: Vec<(String, String)>,
    /// The reader's keyboard opens.
    pub asks: bool,
    /// Pinned.
    pub pinned: bool,
    /// The message that it answers.
    pub reply_to: Option<i64>,
}

/// What was said where a button was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// The press.
    pub press: String,
    /// The words; empty when the button just stopped turning.
    pub text: String,
    /// It stays until it is closed.
    pub alert: bool,
}

impl Default for BotApi {
    fn default() -> Self {
        Self::start()
    }
}

impl BotApi {
    /// Starts it on a port of its own, in a thread of its own.
    pub fn start() -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            news: Notify::new(),
            answered: (Mutex::default(), Condvar::new()),
        });
        let (port, handle) = server::start(Arc::clone(&shared));
        Self { url: format!("http://127.0.0.1:{port}"), shared, handle }
    }

    /// Looks again after every request that was answered, until there is something to see; `None` when
    /// nothing came within this time. Only for stories whose server is another process.
    pub fn until<T>(&self, within: Duration, look: impl Fn() -> Option<T>) -> Option<T> {
        let until = Instant::now() + within;
        let (count, bell) = &self.shared.answered;
        let mut known = *count.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(seen) = look() {
                return Some(seen);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let count = count.lock().unwrap_or_else(PoisonError::into_inner);
            let (count, _) = bell
                .wait_timeout_while(count, left, |count| *count == known)
                .unwrap_or_else(PoisonError::into_inner);
            known = *count;
        }
    }

    /// A group without topics.
    pub fn group(&self, id: i64, title: &str) {
        self.shared.state().add_group(id, title, false);
    }

    /// A group with topics.
    pub fn forum(&self, id: i64, title: &str) {
        self.shared.state().add_group(id, title, true);
    }

    /// The next `times` calls of this method fail; `*` is every method.
    pub fn fail(&self, method: &str, times: usize, how: Fault) {
        self.shared.state().script.add(method, None, times, how);
    }

    /// The next `times` calls about this chat fail.
    pub fn fail_chat(&self, chat: i64, times: usize, how: Fault) {
        self.shared.state().script.add("*", Some(chat), times, how);
    }

    /// Nothing fails any more.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.script = script::Script::default();
        state.revoked = false;
    }

    /// The token counts no more.
    pub fn revoke(&self) {
        self.shared.state().revoked = true;
        self.shared.news.notify_waiters();
    }

    /// This chat takes nothing from the bot: blocked, removed, deactivated, in Telegram's words
    /// after "Forbidden: ".
    pub fn close_chat(&self, chat: i64, why: &str) {
        self.shared.state().chat_mut(chat).closed = Some(why.to_owned());
    }

    /// It takes messages again.
    pub fn open_chat(&self, chat: i64) {
        self.shared.state().chat_mut(chat).closed = None;
    }

    /// Somebody deletes a topic with everything in it.
    pub fn delete_topic(&self, chat: i64, topic: i64) {
        self.shared.state().delete_topic(chat, topic);
    }

    /// Somebody deletes a message.
    pub fn delete_message(&self, chat: i64, message: i64) {
        self.shared.state().chat_mut(chat).messages.remove(&message);
    }

    /// Every request so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// The requests of one method, whatever became of them.
    pub fn asked(&self, method: &str) -> Vec<Value> {
        let of = |request: Request| (request.method == method).then_some(request.body);
        self.requests().into_iter().filter_map(of).collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.shared.state().requests.clear();
    }

    /// What the bot has in this chat now, in order.
    pub fn shown(&self, chat: i64) -> Vec<Shown> {
        self.shared.state().shown(chat)
    }

    /// The bot's last message in this chat.
    #[track_caller]
    pub fn last(&self, chat: i64) -> Shown {
        self.shown(chat).pop().unwrap_or_else(|| panic!("the bot has said nothing in {chat}"))
    }

    /// What was said to presses, in order.
    pub fn toasts(&self) -> Vec<Toast> {
        self.shared.state().toasts.clone()
    }

    /// The topics of a chat: number, title, whether it is closed.
    pub fn topics(&self, chat: i64) -> Vec<(i64, String, bool)> {
        let state = self.shared.state();
        let topics = &state.chat(chat).topics;
        topics.iter().map(|(id, topic)| (*id, topic.name.clone(), topic.closed)).collect()
    }

    /// The commands that the bot offers, by scope and language.
    pub fn commands(&self) -> Vec<Value> {
        self.shared.state().commands.values().cloned().collect()
    }

    /// Updates that nobody confirmed yet.
    pub fn pending(&self) -> usize {
        self.shared.state().updates.len()
    }

    /// Gives these updates again, as they were, however often: a replay.
    pub fn replay(&self, updates: &[i64]) {
        let mut state = self.shared.state();
        for id in updates {
            let known = state.history.get(id).cloned().unwrap_or_else(|| panic!("no update {id}"));
            state.updates.push(known);
        }
        drop(state);
        self.shared.news.notify_waiters();
    }

    /// An update as it was written.
    pub fn update(&self, id: i64) -> Value {
        self.shared.state().history.get(&id).cloned().unwrap_or_else(|| panic!("no update {id}"))
    }

    /// Where updates are to be brought, and the secret that comes with them.
    pub fn webhook(&self) -> Option<(String, String)> {
        self.shared.state().webhook.clone()
    }

    /// Brings what is pending to the webhook, in order, each until it is taken; answers how many
    /// were. What is not taken stays.
    pub async fn bring(&self) -> usize {
        updates::bring(&self.shared).await
    }

    /// Writes every request and every update so far as JSON lines, for whoever checks them against
    /// another reading of the documentation.
    pub fn record(&self, to: &Path) {
        updates::record(&self.shared.state(), to);
    }
}

impl Drop for BotApi {
    fn drop(&mut self) {
        // The command is given at once; nobody waits for the answer.
        drop(self.handle.stop(false));
        updates::keep_record(&self.shared.state());
    }
}
