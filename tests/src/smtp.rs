//! An SMTP server on loopback that takes every message and remembers who got what and when. What
//! it has answered with 250 it has remembered before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One message that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its recipient.
    pub recipient: String,
    /// Its Message-ID, with the angle brackets.
    pub message_id: String,
    /// When its last byte came.
    pub at: Instant,
}

/// The server; it ends with the runtime that it was started on.
#[derive(Clone)]
pub struct Sink {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Sink {
    /// Starts it.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink =
            Self { port: listener.local_addr().unwrap().port(), taken: Arc::new(Mutex::default()) };
        let taken = Arc::clone(&sink.taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let taken = Arc::clone(&taken);
                tokio::spawn(async move {
                    // The server under test may be killed at any byte: that ends this dialogue.
                    let _ended = dialogue(stream, &taken).await;
                });
            }
        });
        sink
    }

    /// Everything that was taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How many messages were taken.
    pub fn count(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    /// When each (recipient, Message-ID) was taken.
    pub fn by_message(&self) -> HashMap<(String, String), Vec<Instant>> {
        let mut all: HashMap<(String, String), Vec<Instant>> = HashMap::new();
        for message in self.taken() {
            all.entry((message.recipient, message.message_id)).or_default().push(message.at);
        }
        all
    }
}

async fn dialogue(stream: TcpStream, taken: &Mutex<Vec<Taken>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let (mut line, mut recipient) = (String::new(), String::new());
    say(&mut stream, "220 thu.example ESMTP").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.split([' ', ':', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say(&mut stream, "250-thu.example\r\n250 8BITMIME").await?,
            "RCPT" => {
                recipient = between(&line, '<', '>').to_owned();
                say(&mut stream, "250 2.1.5 ok").await?;
            }
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let Some(message_id) = body(&mut stream).await? else { return Ok(()) };
                taken.lock().unwrap().push(Taken {
                    recipient: recipient.clone(),
                    message_id,
                    at: Instant::now(),
                });
                say(&mut stream, "250 2.0.0 taken").await?;
            }
            "QUIT" => return say(&mut stream, "221 bye").await,
            _ => say(&mut stream, "250 ok").await?,
        }
    }
}

/// Reads up to the lone dot; the Message-ID, or `None` when the client went away before.
async fn body(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let (mut line, mut message_id, mut head) = (String::new(), String::new(), true);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end() {
            "." => return Ok(Some(message_id)),
            "" => head = false,
            text if head && text.to_ascii_lowercase().starts_with("message-id:") => {
                message_id = text["message-id:".len()..].trim().to_owned();
            }
            _ => {}
        }
    }
}

fn between(text: &str, open: char, close: char) -> &str {
    text.split_once(open)
        .and_then(|(_, rest)| rest.split_once(close))
        .map_or("", |(inside, _)| inside)
}

async fn say(stream: &mut BufReader<TcpStream>, words: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{words}\r\n").as_bytes()).await
}
