//! The browsers' shelf: alarms leave under the name of a subscription, and only here its address is
//! looked up.

use notify::push::{Finding, Striking};
use notify::{Subscription, Subscriptions};

use crate::actions::push as browsers;
use crate::app::App;
use crate::domain::ids::PushId;
use crate::store::push;

pub(super) struct Browsers {
    app: App,
}

impl Browsers {
    pub(super) const fn new(app: App) -> Self {
        Self { app }
    }
}

impl Subscriptions for Browsers {
    fn find<'a>(&'a self, name: &'a str) -> Finding<'a> {
        Box::pin(async move {
            let Ok(id) = name.parse::<PushId>() else { return Ok(None) };
            let found = self.app.office.db.read(move |c| push::ringing(c, id)).await;
            let row = found.map_err(|why| why.to_string())?;
            Ok(row.map(|row| Subscription {
                endpoint: row.endpoint,
                p256dh: row.p256dh,
                auth: row.auth,
            }))
        })
    }

    fn gone<'a>(&'a self, name: &'a str) -> Striking<'a> {
        Box::pin(async move {
            let Ok(id) = name.parse::<PushId>() else { return Ok(()) };
            let own = self.app.own("engine");
            browsers::gone(&self.app.office, &own, id).await.map_err(|why| why.to_string())
        })
    }
}
