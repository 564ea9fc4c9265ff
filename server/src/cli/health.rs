//! `dieuphoi health`: asks a running server whether it is ready; for containers, which have no curl.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::out::say;
use crate::config::Config;

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(3);

/// Is a server ready? Exits 0 only if it is.
#[derive(Debug, Args)]
pub struct Health {
    /// What to ask, http:// only [default: /readyz of this configuration's address]
    url: Option<String>,
}

/// Asks once.
///
/// # Errors
/// When there is no answer.
pub async fn run(asked: Health, config: &Config) -> anyhow::Result<ExitCode> {
    let url = asked.url.unwrap_or_else(|| own_url(&config.server.listen));
    let status = tokio::task::spawn_blocking(move || ask(&url)).await??;
    say(&status)?;
    Ok(if status.split(' ').nth(1) == Some("200") { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The address to reach this configuration's server at, from its own machine.
fn own_url(listen: &str) -> String {
    let listen = listen.replace("0.0.0.0:", "127.0.0.1:").replace("[::]:", "[::1]:");
    format!("http://{listen}/readyz")
}

/// The status line of a GET.
fn ask(url: &str) -> anyhow::Result<String> {
    let rest = url.strip_prefix("http://").context("only http:// addresses can be asked")?;
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let place = if place.rsplit(']').next().is_some_and(|end| end.contains(':')) {
        place.to_owned()
    } else {
        format!("{place}:80")
    };
    let address =
        place.to_socket_addrs()?.next().with_context(|| format!("{place} has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)
        .with_context(|| format!("{place} cannot be reached"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: a server that answers after the first one must not meet the rest.
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let line = text.lines().next().unwrap_or_default().to_owned();
    anyhow::ensure!(line.starts_with("HTTP/"), "{place} does not speak HTTP");
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_status_line_decides() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 256];
            let length = stream.read(&mut asked).unwrap();
            stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap();
            String::from_utf8_lossy(&asked[..length]).into_owned()
        });
        let status = ask(&format!("http://{place}/readyz")).unwrap();
        assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
        assert!(server.join().unwrap().starts_with("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:"));
        assert!(ask(&format!("http://{place}/readyz")).is_err(), "nobody listens any more");
        assert!(ask("https://dieuphoi.example/").is_err());
        assert_eq!(own_url("0.0.0.0:8080"), "http://127.0.0.1:8080/readyz");
        assert_eq!(own_url("[::]:80"), "http://[::1]:80/readyz");
    }
}
