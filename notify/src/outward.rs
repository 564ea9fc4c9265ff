//! The way to addresses that somebody else wrote down: looked up once an attempt and pinned, public
//! ones only unless that is lifted, no redirect followed, and words about failures that do not repeat
//! an address whose path may be a secret.

mod address;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, Url, redirect};
use tokio::net::lookup_host;

pub use address::is_public;

use crate::clean;

/// The longest pause that the other side may ask for.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Why there is no address to connect to.
pub(crate) enum NoAddress {
    /// It may not be used.
    Refused(String),
    /// It cannot be found now.
    Passing(String),
}
use NoAddress::{Passing, Refused};

/// The addresses behind the URL, looked up once: what is checked is what is connected to. `whose` is
/// what the failure calls the other side.
pub(crate) async fn pin(
    url: &Url,
    allow_private: bool,
    whose: &str,
) -> Result<Vec<SocketAddr>, NoAddress> {
    let port = url.port_or_known_default().unwrap_or(443);
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => match lookup_host((host, port)).await {
            Ok(found) => found.collect(),
            Err(why) => {
                let why = clean::one_line(&why.to_string(), 200);
                return Err(Passing(format!("{whose}'s name is not known: {why}")));
            }
        },
    };
    if found.is_empty() {
        return Err(Passing(format!("{whose}'s name has no address")));
    }
    // One inward address among public ones is a trick, not a spare.
    if !allow_private && !found.iter().all(|address| is_public(address.ip())) {
        return Err(Refused(format!(
            "{whose}'s address is not a public one; allow_private is not set for it"
        )));
    }
    // A name that is known to be public says so over TLS alone; plain http stays in the house.
    if url.scheme() == "http" && found.iter().any(|address| is_public(address.ip())) {
        return Err(Refused("plain http may not leave one's own networks".to_owned()));
    }
    Ok(found)
}

/// A client for one attempt, which knows no other address and follows nobody.
pub(crate) fn client(
    url: &Url,
    pinned: &[SocketAddr],
    ca: &[Certificate],
) -> Result<Client, reqwest::Error> {
    let mut client = Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(5))
        .pool_max_idle_per_host(0)
        .resolve_to_addrs(url.host_str().unwrap_or_default(), pinned);
    for ca in ca {
        client = client.add_root_certificate(ca.clone());
    }
    client.build()
}

/// How long `Retry-After` asks to wait, if it says so in seconds.
pub(crate) fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

/// The error and what caused it, without the address, whose path may be a secret.
pub(crate) fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    clean::one_line(&words, 300)
}
