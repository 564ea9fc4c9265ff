//! A small HTTP/1.1 client with one connection: so little work that a measurement of the server
//! is not one of the client, and a broken connection is seen as what it is.

use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer takes; a server that was killed breaks the connection at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// One client of one server.
pub struct Wire {
    address: String,
    stream: Option<BufReader<TcpStream>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

impl Wire {
    /// A client of `127.0.0.1:PORT` that connects when it is needed.
    pub fn to(port: u16) -> Self {
        Self { address: format!("127.0.0.1:{port}"), stream: None }
    }

    /// Reads a page; `headers` are whole lines, each with its end.
    ///
    /// # Errors
    /// A connection that broke, or could not be made.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer> {
        let text = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.address);
        self.exchange(&text).await
    }

    /// Sends JSON.
    ///
    /// # Errors
    /// A connection that broke, or could not be made.
    pub async fn post(&mut self, path: &str, headers: &str, json: &str) -> Result<Answer> {
        let text = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{headers}\r\n{json}",
            self.address,
            json.len()
        );
        self.exchange(&text).await
    }

    async fn exchange(&mut self, text: &str) -> Result<Answer> {
        let done = timeout(PATIENCE, self.try_exchange(text))
            .await
            .unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut)));
        if done.is_err() {
            self.stream = None;
        }
        done
    }

    async fn try_exchange(&mut self, text: &str) -> Result<Answer> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().ok_or(ErrorKind::NotConnected)?;
        stream.get_mut().write_all(text.as_bytes()).await?;
        let first = line(stream).await?;
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| Error::other(format!("no status in {first:?}")))?;
        let (mut length, mut chunked, mut closes) = (0, false, false);
        loop {
            let header = line(stream).await?.to_ascii_lowercase();
            match header.split_once(':').map(|(name, value)| (name, value.trim())) {
                Some(("content-length", value)) => length = value.parse().unwrap_or(0),
                Some(("transfer-encoding", "chunked")) => chunked = true,
                Some(("connection", "close")) => closes = true,
                Some(_) => {}
                None => break,
            }
        }
        let body = if chunked { chunks(stream).await? } else { exactly(stream, length).await? };
        if closes {
            self.stream = None;
        }
        Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut text = String::new();
    if stream.read_line(&mut text).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end().to_owned())
}

async fn exactly(stream: &mut BufReader<TcpStream>, length: usize) -> Result<Vec<u8>> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

async fn chunks(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream).await?;
        let size = usize::from_str_radix(&size, 16).map_err(Error::other)?;
        body.extend(exactly(stream, size).await?);
        line(stream).await?;
        if size == 0 {
            return Ok(body);
        }
    }
}
