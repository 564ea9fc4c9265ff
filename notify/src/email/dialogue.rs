//! The dialogue with the mail server, command by command, and the few connections kept open.
//!
//! lettre's own pool is not used: when a send is given up in the middle (time-out), it takes the
//! connection back, and the next mail reads the answers meant for the one before, down to a
//! "queued" that never was. Here a connection returns only after a complete dialogue.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::time::{Instant, timeout};

use super::Tls;
use super::fault::{Fault, Stage};

/// Connections kept open between mails.
const KEPT: usize = 4;
/// Servers and firewalls forget idle connections; after this long we do first.
const IDLE: Duration = Duration::from_secs(30);
/// Good manners (RSET, QUIT) must not hold up a mail that already has its answer.
const MANNERS: Duration = Duration::from_secs(2);

pub(super) struct Server {
    host: String,
    port: u16,
    tls: Tls,
    trust: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    pub(super) connect_timeout: Duration,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl Server {
    pub(super) const fn new(
        host: String,
        port: u16,
        tls: Tls,
        trust: Option<TlsParameters>,
        credentials: Option<Credentials>,
        hello: ClientId,
    ) -> Self {
        let connect_timeout = Duration::from_secs(10);
        let idle = Mutex::new(Vec::new());
        Self { host, port, tls, trust, credentials, hello, connect_timeout, idle }
    }

    /// Hands one mail over and gives the server's words for it. May be dropped at any moment: the
    /// connection in use goes with it.
    pub(super) async fn deliver(&self, mail: &Message) -> Result<String, Fault> {
        let bytes = mail.formatted();
        let mut line = self.line_for(mail, &bytes).await?;
        let handed_over = hand_over(&mut line, mail, &bytes).await;
        match handed_over {
            Ok(reply) => {
                self.keep(line);
                Ok(reply)
            }
            // A clear refusal leaves the connection usable; anything else leaves it in doubt.
            Err(fault) => {
                if fault.is_final() {
                    let reset = timeout(MANNERS, line.command(Rset)).await;
                    if matches!(reset, Ok(Ok(_))) {
                        self.keep(line);
                    }
                }
                Err(fault)
            }
        }
    }

    /// Connects, signs in and says good-bye.
    pub(super) async fn greet(&self) -> Result<String, Fault> {
        let mut line = self.connect().await?;
        line.command(Noop).await.map_err(|e| Fault::new(Stage::Connect, &e))?;
        // Everything is known by now; whether the server likes our good-bye is all the same.
        let _ = timeout(MANNERS, line.command(Quit)).await;
        let how = match (self.tls, &self.credentials) {
            (Tls::None, None) => "without encryption (this machine only), without sign-in",
            (Tls::None, Some(_)) => "without encryption (this machine only), signed in",
            (_, None) => "encrypted, without sign-in",
            (_, Some(_)) => "encrypted, signed in",
        };
        Ok(format!("mail server {}:{} answers, {how}", self.host, self.port))
    }

    /// A connection on which this mail's sender is already accepted: a kept one if it still
    /// works, else a new one. Nothing has been sent before MAIL, so trying twice doubles nothing.
    async fn line_for(&self, mail: &Message, bytes: &[u8]) -> Result<AsyncSmtpConnection, Fault> {
        while let Some(mut line) = self.take() {
            if name_sender(&mut line, mail, bytes).await.is_ok() {
                return Ok(line);
            }
        }
        let mut line = self.connect().await?;
        name_sender(&mut line, mail, bytes).await?;
        Ok(line)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let at_once = match self.tls {
            Tls::Implicit => self.trust.clone(),
            Tls::StartTls | Tls::None => None,
        };
        let mut line = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.connect_timeout),
            &self.hello,
            at_once,
            None,
        )
        .await
        .map_err(|e| Fault::new(Stage::Connect, &e))?;
        if self.tls == Tls::StartTls
            && let Some(trust) = self.trust.clone()
        {
            let started = line.starttls(trust, &self.hello).await;
            started.map_err(|e| Fault::new(Stage::StartTls, &e))?;
        }
        // Whatever was asked for: nothing of a case and no password goes out in the clear.
        if self.tls != Tls::None && !line.is_encrypted() {
            return Err(Fault::said(Stage::StartTls, None, "the server went on in plain text"));
        }
        if let Some(credentials) = &self.credentials {
            let reply = line
                .auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await
                .map_err(|e| Fault::new(Stage::SignIn, &e))?;
            expect(Stage::SignIn, 235, &reply)?;
        }
        Ok(line)
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE);
        idle.pop().map(|(_, line)| line)
    }

    fn keep(&self, line: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push((Instant::now(), line));
        }
    }
}

async fn name_sender(
    line: &mut AsyncSmtpConnection,
    mail: &Message,
    bytes: &[u8],
) -> Result<(), Fault> {
    let mut parameters = Vec::new();
    let path = mail.envelope();
    let plain = path.from().into_iter().chain(path.to()).all(|a| {
        let text: &str = a.as_ref();
        text.is_ascii()
    });
    if !plain {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            let words = "the server takes only ASCII addresses";
            return Err(Fault::said(Stage::Recipient, Some(553), words));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() && line.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail_from = Mail::new(path.from().cloned(), parameters);
    let reply = line.command(mail_from).await.map_err(|e| Fault::new(Stage::Sender, &e))?;
    expect(Stage::Sender, 250, &reply)
}

async fn hand_over(
    line: &mut AsyncSmtpConnection,
    mail: &Message,
    bytes: &[u8],
) -> Result<String, Fault> {
    for recipient in mail.envelope().to() {
        let rcpt = Rcpt::new(recipient.clone(), Vec::new());
        let reply = line.command(rcpt).await.map_err(|e| Fault::new(Stage::Recipient, &e))?;
        if !reply.has_code(251) {
            expect(Stage::Recipient, 250, &reply)?;
        }
    }
    let reply = line.command(Data).await.map_err(|e| Fault::new(Stage::Content, &e))?;
    expect(Stage::Content, 354, &reply)?;
    let reply = line.message(bytes).await.map_err(|e| Fault::new(Stage::Content, &e))?;
    expect(Stage::Content, 250, &reply)?;
    Ok(reply.message().collect::<Vec<_>>().join(" "))
}

/// The right kind of yes. Any other means that we and the server are not in the same place of the
/// dialogue, and no "queued" may be believed.
fn expect(stage: Stage, code: u16, reply: &Response) -> Result<(), Fault> {
    if reply.has_code(code) {
        return Ok(());
    }
    let words = format!("unexpected answer {}, {code} was due", u16::from(reply.code()));
    Err(Fault::said(stage, None, &words))
}
