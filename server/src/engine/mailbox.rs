//! The local mailbox's shelf: messages that stay in this installation are kept in the database.

use notify::mailbox::Keeping;
use notify::{Keep, Kept};
use serde_json::json;

use crate::app::App;
use crate::clock::Timestamp;
use crate::domain::ids::{DeliveryId, Id};
use crate::domain::words::Channel;
use crate::records;
use crate::store::engine;

pub(super) struct Shelf {
    app: App,
}

impl Shelf {
    pub(super) const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Keep for Shelf {
    fn keep(&self, message: Kept) -> Keeping<'_> {
        Box::pin(async move {
            let now = self.app.clock.now();
            let message = if self.app.config().demo { message } else { without_links(message) };
            let edits = message.edits.clone();
            let delivery_id: DeliveryId = match &edits {
                // Of a change the message that it changes counts.
                Some(_) if message.delivery_id.is_empty() => Id::new(now),
                _ => message.delivery_id.parse().map_err(|why| format!("{why}"))?,
            };
            let row = kept(message, delivery_id, now).map_err(|why| why.to_string())?;
            if let Some(number) = edits
                && self.replace(&number, &row).await?
            {
                return Ok(());
            }
            self.app
                .office
                .db
                .write(move |tx| engine::keep(tx, &row))
                .await
                .map_err(|why| why.to_string())
        })
    }
}

/// A message as it lies on the shelf; its buttons are those that lead somewhere and those that act.
///
/// # Errors
/// None that can happen: what is kept is text.
pub fn kept(
    message: Kept,
    delivery_id: DeliveryId,
    at: Timestamp,
) -> serde_json::Result<records::Kept> {
    let links = message.buttons.iter().map(|b| json!({"label": b.label, "url": b.url}));
    let presses = message.presses.iter().map(|p| json!({"label": p.label, "press": p.id}));
    let buttons = serde_json::to_string(&links.chain(presses).collect::<Vec<_>>())?;
    Ok(records::Kept {
        id: Id::new(at),
        delivery_id,
        at,
        channel: match message.channel {
            notify::ChannelKind::Mail => Channel::Mail,
            notify::ChannelKind::Telegram => Channel::Telegram,
            notify::ChannelKind::Webhook => Channel::Webhook,
            notify::ChannelKind::Matrix => Channel::Matrix,
            notify::ChannelKind::Push => Channel::Push,
        },
        recipient: message.to,
        recipient_name: message.to_name,
        subject: message.subject,
        text: message.text,
        html: message.html,
        links: serde_json::to_string(&message.links)?,
        buttons,
    })
}

impl Shelf {
    /// Puts a message in the place of the one of this number; answers whether that one is there.
    async fn replace(&self, number: &str, row: &records::Kept) -> Result<bool, String> {
        let (number, row) = (number.to_owned(), row.clone());
        let work = move |tx: &mut crate::store::Conn| {
            let known = engine::kept(tx, Some(&row.recipient), None, 200)?;
            let is_it = |known: &&records::Kept| {
                notify::mailbox::number(&known.delivery_id.to_string()).to_string() == number
            };
            let Some(known) = known.iter().find(is_it) else { return Ok(false) };
            let id = known.id;
            let row =
                records::Kept { id, delivery_id: known.delivery_id, at: known.at, ..row.clone() };
            engine::replace_kept(tx, &row)?;
            Ok(true)
        };
        self.app.office.db.write(work).await.map_err(|why| why.to_string())
    }
}

/// Outside the demonstration nobody reads this mailbox: it shows what would have been said, and is no
/// store of links that work.
fn without_links(mut message: Kept) -> Kept {
    for link in std::mem::take(&mut message.links) {
        message.text = message.text.replace(&link, "…");
        message.html = message.html.replace(&link, "…");
    }
    for button in &mut message.buttons {
        button.url.clear();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_nobody_reads_keeps_no_link() {
        let link = "https://dieuphoi.example/kich-hoat/BIMAT".to_owned();
        let kept = without_links(Kept {
            delivery_id: "x".to_owned(),
            channel: notify::ChannelKind::Mail,
            to: "a@xa-b.example".to_owned(),
            to_name: "A".to_owned(),
            subject: "Kích hoạt".to_owned(),
            text: format!("Mở {link} trong 72 giờ"),
            html: format!("<a href=\"{link}\">Mở</a>"),
            links: vec![link.clone()],
            buttons: vec![notify::Button { label: "Mở".to_owned(), url: link }],
            presses: Vec::new(),
            edits: None,
        });
        assert!(!format!("{kept:?}").contains("BIMAT"), "{kept:?}");
        assert!(kept.text.contains("trong 72 giờ"));
    }
}
