//! The dialogue with the mail server, command by command, and the few connections kept open.
//!
//! lettre's own pool is not used: when a send is given up in the middle (time-out), it takes the
//! connection back, and the next mail reads the answers meant for the one before, down to a
//! "queued" that never was. Here a connection returns only after a complete dialogue.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
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
        let text = on_the_wire(mail.formatted())?;
        let mut line = self.line_for(mail, &text).await?;
        let handed_over = hand_over(&mut line, mail, &text).await;
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
    async fn line_for(&self, mail: &Message, text: &str) -> Result<AsyncSmtpConnection, Fault> {
        while let Some(mut line) = self.take() {
            if name_sender(&mut line, mail, text).await.is_ok() {
                return Ok(line);
            }
        }
        let mut line = self.connect().await?;
        name_sender(&mut line, mail, text).await?;
        Ok(line)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let mut line = match self.tls {
            Tls::Implicit => {
                let (place, patience) = ((self.host.as_str(), self.port), self.connect_timeout);
                let trust = self.trust.clone();
                let hello = &self.hello;
                AsyncSmtpConnection::connect_tokio1(place, Some(patience), hello, trust, None).await
            }
            Tls::StartTls | Tls::None => {
                let stream = Box::new(self.dial().await?);
                AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await
            }
        }
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

    /// A connection that does not hold small packets back: a dialogue of short lines would wait
    /// 40 ms at each turn.
    async fn dial(&self) -> Result<TcpStream, Fault> {
        let place = (self.host.as_str(), self.port);
        let dialled = match timeout(self.connect_timeout, TcpStream::connect(place)).await {
            Ok(dialled) => dialled,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        dialled
            .and_then(|stream| stream.set_nodelay(true).map(|()| stream))
            .map_err(|e| Fault::said(Stage::Connect, None, &e.to_string()))
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
    text: &str,
) -> Result<(), Fault> {
    let mut parameters = Vec::new();
    let path = mail.envelope();
    let plain = path.from().into_iter().chain(path.to()).all(|a| {
        let address: &str = a.as_ref();
        address.is_ascii()
    });
    if !plain {
        if !line.server_info().supports_feature(Extension::SmtpUtfEight) {
            let words = "the server takes only ASCII addresses";
            return Err(Fault::said(Stage::Recipient, Some(553), words));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !text.is_ascii() && line.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail_from = Mail::new(path.from().cloned(), parameters);
    let reply = line.command(mail_from).await.map_err(|e| Fault::new(Stage::Sender, &e))?;
    expect(Stage::Sender, 250, &reply)
}

async fn hand_over(
    line: &mut AsyncSmtpConnection,
    mail: &Message,
    text: &str,
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
    // As one write: lettre's own way, the dot apart from the mail, costs 40 ms on every mail.
    let reply = line.command(text).await.map_err(|e| Fault::new(Stage::Content, &e))?;
    expect(Stage::Content, 250, &reply)?;
    Ok(reply.message().collect::<Vec<_>>().join(" "))
}

/// The mail as DATA wants it: dots doubled at the start of lines, the final dot added. A line end
/// that is not CR LF is refused: some servers would take what follows it for commands.
fn on_the_wire(bytes: Vec<u8>) -> Result<String, Fault> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Fault::said(Stage::Content, Some(554), "the mail is not UTF-8"))?;
    let bare = |(at, byte): (usize, &u8)| match byte {
        b'\r' => text.as_bytes().get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || text.as_bytes()[at - 1] != b'\r',
        _ => false,
    };
    if text.as_bytes().iter().enumerate().any(bare) {
        return Err(Fault::said(Stage::Content, Some(554), "the mail has a bare line break"));
    }
    let mut wire = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive("\r\n") {
        if line.starts_with('.') {
            wire.push('.');
        }
        wire.push_str(line);
    }
    if !wire.ends_with("\r\n") {
        wire.push_str("\r\n");
    }
    wire.push_str(".\r\n");
    Ok(wire)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_are_doubled_and_smuggling_is_refused() {
        let wire = |text: &str| on_the_wire(text.as_bytes().to_vec()).ok();
        assert_eq!(wire("a\r\n.\r\n.b").as_deref(), Some("a\r\n..\r\n..b\r\n.\r\n"));
        assert_eq!(wire(".").as_deref(), Some("..\r\n.\r\n"));
        for bad in ["a\n.\r\nMAIL", "a\r.\r\n", "\n", "a\r"] {
            assert_eq!(wire(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn the_final_dot_stands_once(lines in prop::collection::vec("[.a]{0,3}", 0..9)) {
            let wire = on_the_wire(lines.join("\r\n").into_bytes()).unwrap();
            let ends: Vec<_> = wire.match_indices("\r\n.\r\n").collect();
            prop_assert!(ends.len() <= 1);
            prop_assert!(wire.ends_with("\r\n.\r\n") || wire == "\r\n.\r\n" || wire == ".\r\n");
        }
    }
}
