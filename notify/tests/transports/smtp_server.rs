//! An SMTP server of one page: real TCP, real dialogue, and at every stage it can be told to
//! answer something else, to fall silent, or to hang up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does at one stage.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    Say(&'static str),
    FallSilent,
    HangUp,
}

/// The conduct of one connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conduct {
    pub(crate) greeting: Do,
    pub(crate) features: &'static str,
    pub(crate) auth: Do,
    pub(crate) mail: Do,
    pub(crate) rcpt: Do,
    pub(crate) data: Do,
    pub(crate) body: Do,
    /// Hangs up at MAIL after this many mails, as a server that closed while we were idle.
    pub(crate) patience: usize,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            greeting: Do::Say("220 thu.example ESMTP"),
            features: "250-thu.example\r\n250 8BITMIME",
            auth: Do::Say("235 2.7.0 ok"),
            mail: Do::Say("250 2.1.0 ok"),
            rcpt: Do::Say("250 2.1.5 ok"),
            data: Do::Say("354 go on"),
            body: Do::Say("250 2.0.0 queued as 4X1"),
            patience: usize::MAX,
        }
    }
}

/// A mail that came in whole, whether or not the sender learned of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) mail: String,
}

impl Received {
    /// A header's value, folded lines joined; None unless it stands exactly once.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = self.mail.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let start = format!("{}:", name.to_ascii_lowercase());
        let mut found =
            head.split("\r\n").filter(|line| line.to_ascii_lowercase().starts_with(&start));
        let value = found.next()?[start.len()..].trim().to_owned();
        found.next().is_none().then_some(value)
    }
}

#[derive(Default)]
struct State {
    next: VecDeque<Conduct>,
    received: Vec<Received>,
    connections: usize,
    commands: Vec<String>,
}

pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl SmtpServer {
    /// Each connection behaves as the next conduct says, later ones well.
    pub(crate) async fn start(conducts: impl IntoIterator<Item = Conduct>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let next = conducts.into_iter().collect();
        let state = Arc::new(Mutex::new(State { next, ..State::default() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let conduct = {
                    let mut state = shared.lock().unwrap();
                    state.connections += 1;
                    state.next.pop_front().unwrap_or_default()
                };
                tokio::spawn(serve(stream, conduct, Arc::clone(&shared)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// Every command line that came in on any connection.
    pub(crate) fn commands(&self) -> Vec<String> {
        self.state.lock().unwrap().commands.clone()
    }
}

async fn serve(stream: TcpStream, conduct: Conduct, state: Arc<Mutex<State>>) {
    // A client may go away at any moment; that ends this connection and nothing else.
    let _ = dialogue(stream, conduct, &state).await;
}

async fn dialogue(stream: TcpStream, conduct: Conduct, state: &Mutex<State>) -> Result<(), Gone> {
    let mut line = Line(BufReader::new(stream));
    let mut mail = Received::default();
    let mut mails = 0;
    line.act(conduct.greeting).await?;
    loop {
        let command = line.read().await?;
        state.lock().unwrap().commands.push(command.clone());
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => line.act(Do::Say(conduct.features)).await?,
            "AUTH" => line.act(conduct.auth).await?,
            "MAIL" if mails >= conduct.patience => return Err(Gone),
            "MAIL" => {
                mails += 1;
                mail = Received { from: command, ..Received::default() };
                line.act(conduct.mail).await?;
            }
            "RCPT" => {
                mail.to.push(command);
                line.act(conduct.rcpt).await?;
            }
            "DATA" => {
                line.act(conduct.data).await?;
                if !matches!(conduct.data, Do::Say(yes) if yes.starts_with('3')) {
                    continue;
                }
                loop {
                    let text = line.read().await?;
                    if text == "." {
                        break;
                    }
                    mail.mail.push_str(text.strip_prefix('.').unwrap_or(&text));
                    mail.mail.push_str("\r\n");
                }
                state.lock().unwrap().received.push(mail.clone());
                line.act(conduct.body).await?;
            }
            "RSET" | "NOOP" => line.act(Do::Say("250 ok")).await?,
            "QUIT" => return line.act(Do::Say("221 bye")).await,
            _ => line.act(Do::Say("500 what?")).await?,
        }
    }
}

struct Gone;

struct Line(BufReader<TcpStream>);

impl Line {
    async fn read(&mut self) -> Result<String, Gone> {
        let mut text = String::new();
        match self.0.read_line(&mut text).await {
            Ok(n) if n > 0 => {
                assert!(text.ends_with("\r\n"), "a bare line feed on the wire: {text:?}");
                Ok(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            _ => Err(Gone),
        }
    }

    async fn act(&mut self, what: Do) -> Result<(), Gone> {
        match what {
            Do::Say(words) => {
                let reply = format!("{words}\r\n");
                self.0.get_mut().write_all(reply.as_bytes()).await.map_err(|_| Gone)
            }
            Do::FallSilent => {
                // Until the client hangs up.
                while self.read().await.is_ok() {}
                Err(Gone)
            }
            Do::HangUp => Err(Gone),
        }
    }
}
