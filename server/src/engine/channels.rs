//! The ways out of this installation: what is configured leaves, what is not stays in the local
//! mailbox (design.md rule 10).

use std::sync::Arc;

use notify::{
    Channel, LocalMailbox, Mail, MailSettings, Room, Telegram, TelegramSettings, Tls, Webhooks,
};

use super::mailbox::Shelf;
use super::others;
use crate::app::App;
use crate::config::Config;
use crate::domain::words;

/// A channel cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Mail.
    #[error("[mail]")]
    Mail(#[from] notify::MailSetupError),
    /// Telegram.
    #[error("[telegram]")]
    Telegram(#[from] notify::TelegramSetupError),
    /// Matrix.
    #[error("[matrix]")]
    Matrix(#[from] notify::MatrixSetupError),
    /// Web push.
    #[error("[push]")]
    Push(#[from] notify::PushSetupError),
    /// A webhook target.
    #[error("[webhook]")]
    Webhook(#[from] notify::WebhookSetupError),
    /// A word that is not known.
    #[error("[mail] tls must be starttls, implicit or none, not {0:?}")]
    Tls(String),
}

/// One lane a channel, so that a slow mail server does not hold up Telegram.
#[derive(Clone)]
pub struct Lane {
    /// The channel's word in the outbox.
    pub channel: words::Channel,
    /// What carries it.
    pub carrier: Arc<dyn Channel>,
}

/// All lanes, and the rooms that answer.
#[derive(Clone)]
pub struct Channels(Vec<Lane>, Vec<(words::Room, Arc<dyn Room>)>);

impl Channels {
    /// The channels as configured.
    ///
    /// # Errors
    /// [`SetupError`] naming the section of the configuration.
    pub fn configured(app: &App) -> Result<Self, SetupError> {
        let shelf = Arc::new(Shelf::new(app.clone()));
        let mail: Arc<dyn Channel> = match mail_settings(app.config())? {
            Some(settings) => {
                let clock = app.clock.clone();
                Arc::new(Mail::new(settings)?.with_clock(move || clock.now().utc().into()))
            }
            None => Arc::new(LocalMailbox::new(notify::ChannelKind::Mail, Arc::clone(&shelf))),
        };
        let mut rooms: Vec<(words::Room, Arc<dyn Room>)> = Vec::new();
        let telegram: Arc<dyn Channel> = match telegram_settings(app.config()) {
            Some(settings) => {
                let telegram = Arc::new(Telegram::new(settings)?);
                rooms.push((words::Room::Telegram, Arc::clone(&telegram) as _));
                telegram
            }
            None => {
                let here = Arc::new(LocalMailbox::new(notify::ChannelKind::Telegram, shelf));
                if app.config().demo {
                    rooms.push((words::Room::Telegram, Arc::clone(&here) as _));
                }
                here
            }
        };
        let clock = app.clock.clone();
        let webhooks =
            Webhooks::new(app.config().webhook.settings(), move || clock.now().utc().into())?;
        let mut all = Self::of(mail, telegram).and_webhooks(Arc::new(webhooks));
        all.1 = rooms;
        all.add_others(app)?;
        Ok(all)
    }

    /// The lanes of Matrix and web push.
    fn add_others(&mut self, app: &App) -> Result<(), SetupError> {
        let matrix: Arc<dyn Channel> = match others::matrix(app)? {
            Some(matrix) => {
                self.1.push((words::Room::Matrix, Arc::clone(&matrix) as _));
                matrix
            }
            None => others::here(app, notify::ChannelKind::Matrix),
        };
        self.0.push(Lane { channel: words::Channel::Matrix, carrier: matrix });
        self.0.push(Lane { channel: words::Channel::Push, carrier: others::push(app)? });
        Ok(())
    }

    /// With a lane for other systems.
    #[must_use]
    pub fn and_webhooks(mut self, carrier: Arc<dyn Channel>) -> Self {
        self.0.push(Lane { channel: words::Channel::Webhook, carrier });
        self
    }

    /// These channels: for tests.
    pub fn of(mail: Arc<dyn Channel>, telegram: Arc<dyn Channel>) -> Self {
        let lanes = vec![
            Lane { channel: words::Channel::Mail, carrier: mail },
            Lane { channel: words::Channel::Telegram, carrier: telegram },
        ];
        Self(lanes, Vec::new())
    }

    /// The rooms in which people talk back.
    pub fn rooms(&self) -> Vec<(words::Room, Arc<dyn Room>)> {
        self.1.clone()
    }

    /// One lane a channel.
    pub fn lanes(&self) -> Vec<Lane> {
        self.0.clone()
    }
}

/// Mail as configured; `None` when it stays here.
///
/// # Errors
/// [`SetupError::Tls`].
pub fn mail_settings(config: &Config) -> Result<Option<MailSettings>, SetupError> {
    let mail = &config.mail;
    if mail.host.is_empty() {
        return Ok(None);
    }
    let tls = match mail.tls.as_str() {
        "starttls" => Tls::StartTls,
        "implicit" => Tls::Implicit,
        "none" => Tls::None,
        other => return Err(SetupError::Tls(other.to_owned())),
    };
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Some(MailSettings {
        host: mail.host.clone(),
        port: mail.port,
        tls,
        username: some(&mail.username),
        password: some(mail.password.reveal()),
        from_name: mail.from_name.clone(),
        from_address: mail.from_address.clone(),
        ca_file: mail.ca_file.clone(),
        helo: None,
    }))
}

/// Telegram as configured; `None` when it stays here.
pub fn telegram_settings(config: &Config) -> Option<TelegramSettings> {
    let telegram = &config.telegram;
    (!telegram.token.is_empty()).then(|| TelegramSettings {
        token: telegram.token.reveal().to_owned(),
        api_url: telegram.api_url.clone(),
        proxy: telegram.proxy.clone(),
    })
}
