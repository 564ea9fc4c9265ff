//! The local mailbox's shelf: messages that stay in this installation are kept in the database.

use notify::mailbox::Keeping;
use notify::{Keep, Kept};

use crate::app::App;
use crate::domain::ids::Id;
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
            let row = records::Kept {
                id: Id::new(now),
                delivery_id: message.delivery_id.parse().map_err(|why| format!("{why}"))?,
                at: now,
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
                links: serde_json::to_string(&message.links).map_err(|why| why.to_string())?,
                buttons: serde_json::to_string(&message.buttons).map_err(|why| why.to_string())?,
            };
            self.app
                .office
                .db
                .write(move |tx| engine::keep(tx, &row))
                .await
                .map_err(|why| why.to_string())
        })
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
        });
        assert!(!format!("{kept:?}").contains("BIMAT"), "{kept:?}");
        assert!(kept.text.contains("trong 72 giờ"));
    }
}
