//! The time between the steps: timers fire when they were due, messages leave when they were
//! written, so that the year has its escalations and reminders and nobody is written to today.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{bail, ensure};
use notify::mailbox::Keeping;
use notify::{Channel as _, ChannelKind, Keep, Kept, LocalMailbox, Outcome};

use crate::actions::{Ctx, Office, audit, timers};
use crate::clock::Timestamp;
use crate::domain::words::Channel;
use crate::engine::{envelope, kept};
use crate::store::{demo, engine};

/// So many of the last messages lie in the mailbox.
const IN_MAILBOX: i64 = 50;

/// Lets time pass until `at`: what fell due meanwhile happens at its own time, in order.
///
/// # Errors
/// What a timer's action answers; the database's.
pub(super) async fn pass(office: &Office, at: Timestamp) -> anyhow::Result<usize> {
    let mut fired = 0;
    while let Some(due) = office.db.read(engine::next_timer).await?.filter(|due| *due <= at) {
        messages_leave(office, due).await?;
        let done = timers::fire_one(office, &Ctx::service("engine", due)).await?;
        ensure!(done.is_some(), "a timer of {due} is due and does not fire");
        fired += 1;
    }
    messages_leave(office, at).await?;
    Ok(fired)
}

async fn messages_leave(office: &Office, by: Timestamp) -> anyhow::Result<()> {
    office.db.write(move |tx| demo::settle_past(tx, by)).await?;
    Ok(())
}

/// Seals the audit trail to its end.
///
/// # Errors
/// The database's.
pub(super) async fn seal(office: &Office) -> anyhow::Result<()> {
    while audit::seal(office, 500).await? > 0 {}
    Ok(())
}

/// A shelf in memory, for messages of one time.
#[derive(Default)]
struct Shelf(Mutex<Vec<Kept>>);

impl Keep for Shelf {
    fn keep(&self, message: Kept) -> Keeping<'_> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Puts the last messages into the local mailbox, as their readers saw them; the outbox forgets
/// their secrets, as it does with whatever it sends.
///
/// # Errors
/// A letter that cannot be shown; the database's.
pub(super) async fn fill_mailbox(office: &Office) -> anyhow::Result<()> {
    let sent = office.db.read(|c| demo::last_sent(c, IN_MAILBOX)).await?;
    let (mut rows, mut live) = (Vec::new(), Vec::new());
    for delivery in &sent {
        let kind = match delivery.channel {
            Channel::Mail => ChannelKind::Mail,
            Channel::Telegram => ChannelKind::Telegram,
            Channel::Webhook | Channel::Phone | Channel::Matrix | Channel::Push => continue,
        };
        let shelf = Arc::new(Shelf::default());
        let mailbox = LocalMailbox::new(kind, Arc::clone(&shelf));
        let mut message = envelope(&office.config, delivery)?;
        if delivery.card.is_some() {
            // Somebody answered since: a card without buttons.
            message.letter.presses.clear();
        }
        let outcome = mailbox.send(&message).await;
        let Outcome::Sent { reference } = outcome else { bail!("{outcome:?}") };
        if !message.letter.presses.is_empty() {
            live.push((delivery.id, reference));
        }
        let at = delivery.sent_at.unwrap_or(delivery.created_at);
        let messages = std::mem::take(&mut *shelf.0.lock().unwrap_or_else(PoisonError::into_inner));
        for message in messages {
            rows.push(kept(message, delivery.id, at)?);
        }
    }
    Ok(office
        .db
        .write(move |tx| {
            demo::keep_all(tx, &rows)?;
            demo::cards_stand(tx, &live)?;
            demo::blank_sent(tx)
        })
        .await?)
}
