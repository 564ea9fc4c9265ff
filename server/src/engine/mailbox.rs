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
            let row = records::Kept {
                id: Id::new(now),
                delivery_id: message.delivery_id.parse().map_err(|why| format!("{why}"))?,
                at: now,
                channel: match message.channel {
                    notify::ChannelKind::Mail => Channel::Mail,
                    notify::ChannelKind::Telegram => Channel::Telegram,
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
