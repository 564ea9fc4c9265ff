//! Mail by SMTP. One recipient per message; TLS or nothing (plain text only to this machine); the
//! same Message-ID on every attempt, so that a doubled mail can be told from a new one.

mod dialogue;
mod fault;
mod message;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, transport::smtp};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::{Channel, ChannelKind, Checking, Envelope, Outcome, Sending, clean};
use dialogue::Server;

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Plain first, then STARTTLS or nothing (usually port 587).
    StartTls,
    /// TLS from the first byte (usually port 465).
    Implicit,
    /// None: only for a server on this machine.
    None,
}

/// Where and as whom mail is handed over.
#[derive(Clone)]
pub struct MailSettings {
    /// Name or address of the mail server; the certificate must be for this name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User name, if the server wants one.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// The sender's name as readers see it.
    pub from_name: String,
    /// The sender's address, in the header and in the envelope.
    pub from_address: String,
    /// PEM file of a further authority to trust, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// What to call ourselves to the server; the machine's name if absent.
    pub helo: Option<String>,
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, tls, username, from_address, ca_file, helo, .. } = self;
        f.debug_struct("MailSettings")
            .field("host", host)
            .field("port", port)
            .field("tls", tls)
            .field("username", username)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("from_address", from_address)
            .field("ca_file", ca_file)
            .field("helo", helo)
            .finish_non_exhaustive()
    }
}

/// Settings that cannot work. Found at start, so that nobody waits for mail that can never leave.
#[derive(Debug, thiserror::Error)]
pub enum MailSetupError {
    /// Plain text over a network would show every case to everybody on the way.
    #[error("mail to {0} must use TLS: plain SMTP is only allowed to this machine")]
    PlaintextAbroad(String),
    /// A sender's address that is none.
    #[error("{0:?} is not a mail address")]
    BadSender(String),
    /// User name and password come together.
    #[error("the mail server's user name and password must both be set, or neither")]
    HalfCredentials,
    /// A name that may not stand in EHLO.
    #[error("{0:?} is not a host name to introduce ourselves with")]
    BadHelo(String),
    /// The file with the authority's certificate cannot be read.
    #[error("the CA file {path} cannot be read: {why}")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The system's or the parser's words.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    TlsSetup(String),
}

type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The mail channel.
pub struct Mail {
    server: Server,
    from: Mailbox,
    whole: Duration,
    clock: Option<Clock>,
}

impl Mail {
    /// Checks the settings and makes the channel ready; talks to nobody yet.
    ///
    /// # Errors
    /// Whatever in the settings can never work.
    pub fn new(settings: MailSettings) -> Result<Self, MailSetupError> {
        let MailSettings { host, port, tls, username, password, .. } = settings;
        let bad_sender = || MailSetupError::BadSender(settings.from_address.clone());
        let from_address = message::address(&settings.from_address).map_err(|_| bad_sender())?;
        if tls == Tls::None && !is_loopback(&host) {
            return Err(MailSetupError::PlaintextAbroad(host));
        }
        let credentials = match (username, password) {
            (Some(username), Some(password)) => Some(Credentials::new(username, password)),
            (None, None) => None,
            _ => return Err(MailSetupError::HalfCredentials),
        };
        let tls_parameters = match tls {
            Tls::None => None,
            Tls::StartTls | Tls::Implicit => Some(trust(&host, settings.ca_file)?),
        };
        let hello = match settings.helo {
            None => ClientId::default(),
            Some(name) if is_host_name(&name) => ClientId::Domain(name),
            Some(name) => return Err(MailSetupError::BadHelo(name)),
        };
        Ok(Self {
            server: Server::new(host, port, tls, tls_parameters, credentials, hello),
            from: message::mailbox(&settings.from_name, from_address),
            whole: Duration::from_secs(120),
            clock: None,
        })
    }

    /// Other time-outs than 10 s for the TCP connection and 120 s for a whole send.
    #[must_use]
    pub fn with_timeouts(mut self, connect: Duration, whole: Duration) -> Self {
        self.server.connect_timeout = connect;
        self.whole = whole;
        self
    }

    /// Dates the mails by this clock instead of the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    async fn attempt(&self, envelope: &Envelope) -> Outcome {
        let date = self.clock.as_ref().map(|clock| clock());
        let mail = match message::compose(&self.from, envelope, date) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Undeliverable { why },
        };
        match timeout(self.whole, self.server.deliver(&mail)).await {
            Ok(Ok(reply)) => Outcome::Sent { reference: Some(clean::one_line(&reply, 300)) },
            Ok(Err(fault)) => fault.outcome(),
            Err(_) => Outcome::Retry {
                after: None,
                why: format!("the mail server did not finish within {:?}", self.whole),
            },
        }
    }
}

impl Channel for Mail {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Mail
    }

    fn send<'a>(&'a self, envelope: &'a Envelope) -> Sending<'a> {
        Box::pin(self.attempt(envelope))
    }

    fn check<'a>(&'a self) -> Checking<'a> {
        Box::pin(async {
            match timeout(self.whole, self.server.greet()).await {
                Ok(Ok(words)) => Ok(words),
                Ok(Err(fault)) => Err(fault.to_string()),
                Err(_) => Err(format!("the mail server did not answer within {:?}", self.whole)),
            }
        })
    }
}

fn trust(host: &str, ca_file: Option<PathBuf>) -> Result<TlsParameters, MailSetupError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let read = std::fs::read(&path).map_err(|e| e.to_string());
        let added = read.and_then(|pem| Certificate::from_pem(&pem).map_err(|e| e.to_string()));
        match added {
            Ok(certificate) => builder = builder.add_root_certificate(certificate),
            Err(why) => return Err(MailSetupError::CaFile { path, why }),
        }
    }
    builder.build().map_err(|e: smtp::Error| MailSetupError::TlsSetup(e.to_string()))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_host_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':'))
}

/// Is this a mail address that could be written to? For forms and imports, so that what they let
/// in is what this channel lets out.
#[must_use]
pub fn is_address(text: &str) -> bool {
    message::address(text).is_ok_and(|address: Address| address.domain().contains('.'))
}
