//! What must hold between the values of a configuration.

use std::net::{IpAddr, SocketAddr};

use super::Config;
use super::load::Remark;

/// Logs are kept so many days at least (Điều 6.1).
const LOG_DAYS: u32 = 30;

/// Whatever would make the service unsafe or unable to work.
pub(super) fn problems(config: &Config, found: &mut Vec<Remark>) {
    let mut say = |remark: Remark| found.push(remark);
    let server = &config.server;
    if !is_place(&server.listen) {
        say(Remark::new("config-listen", "server.listen").with("value", &server.listen));
    }
    if !is_base_url(&server.base_url) {
        say(Remark::new("config-base-url", "server.base_url").with("value", &server.base_url));
    } else if server.base_url.starts_with("http://")
        && is_place(&server.listen)
        && !is_loopback(&server.listen)
    {
        say(Remark::new("config-https", "server.base_url").with("value", &server.base_url));
    }
    for (at, networks) in [
        ("server.trusted_proxies", &server.trusted_proxies),
        ("server.metrics_from", &server.metrics_from),
    ] {
        for network in networks.iter().filter(|network| !is_network(network)) {
            say(Remark::new("config-network", at).with("value", network));
        }
    }
    let url = config.database.url.reveal();
    let is_database =
        ["postgres://", "postgresql://", "sqlite:"].iter().any(|s| url.starts_with(s))
            || (!url.is_empty() && !url.contains("://"));
    if !is_database {
        say(Remark::new("config-database", "database.url"));
    }
    if playbooks::regime_named(&config.province.regime).is_none() {
        let known: Vec<_> =
            playbooks::regimes().iter().map(|regime| regime.name.as_str()).collect();
        say(Remark::new("config-word", "province.regime")
            .with("value", &config.province.regime)
            .with("known", known.join(", ")));
    }
    mail(config, &mut say);
    telegram(config, &mut say);
    webhooks(config, &mut say);
    others(config, &mut say);
    for (at, value, known) in [
        ("log.format", config.log.format.as_str(), &["json", "text"][..]),
        ("mail.tls", config.mail.tls.as_str(), &["starttls", "implicit", "none"]),
    ] {
        if !known.contains(&value) {
            let remark = Remark::new("config-word", at).with("value", value);
            say(remark.with("known", known.join(", ")));
        }
    }
    if let Err(why) = tracing_subscriber::EnvFilter::try_new(&config.log.level) {
        say(Remark::new("config-level", "log.level")
            .with("value", &config.log.level)
            .with("why", why));
    }
    if config.log.retention_days < LOG_DAYS {
        say(Remark::new("config-retention", "log.retention_days")
            .with("value", config.log.retention_days));
    }
    if config.canary.minutes().is_none() {
        say(Remark::new("config-time", "canary.at").with("value", &config.canary.at));
    }
    if !config.canary.mail.is_empty() && !notify::email::is_address(&config.canary.mail) {
        let remark = Remark::new("config-address", "canary.mail");
        say(remark.with("value", &config.canary.mail));
    }
    numbers(config, &mut say);
}

fn mail(config: &Config, say: &mut impl FnMut(Remark)) {
    let mail = &config.mail;
    if mail.host.is_empty() {
        return;
    }
    if mail.tls == "none" && !is_loopback_host(&mail.host) {
        say(Remark::new("config-mail-plain", "mail.tls").with("host", &mail.host));
    }
    if !notify::email::is_address(&mail.from_address) {
        let remark = Remark::new("config-address", "mail.from_address");
        say(remark.with("value", &mail.from_address));
    }
    if mail.username.is_empty() && !mail.password.is_empty() {
        say(Remark::new("config-mail-half", "mail.username"));
    }
    // Neither is a relay inside that asks for nothing; a name alone is a secret nobody filled in.
    if !mail.username.is_empty() && mail.password.is_empty() {
        let file = mail.password_file.as_ref().map(|file| file.display().to_string());
        let file = file.unwrap_or_else(|| "mail.password_file".to_owned());
        say(Remark::new("config-mail-no-password", "mail.password").with("file", file));
    }
}

/// Ports that Telegram's own servers bring updates to.
const WEBHOOK_PORTS: [&str; 4] = ["443", "80", "88", "8443"];

fn telegram(config: &Config, say: &mut impl FnMut(Remark)) {
    let telegram = &config.telegram;
    if !telegram.webhook {
        return;
    }
    let secret = telegram.webhook_secret.reveal();
    let letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(16..=256).contains(&secret.len()) || !secret.bytes().all(letter) {
        say(Remark::new("config-telegram-secret", "telegram.webhook_secret"));
    }
    // A Bot API server of one's own brings updates anywhere.
    let Some(rest) = config.server.base_url.strip_prefix("https://") else {
        if telegram.api_url.is_none() {
            say(Remark::new("config-telegram-https", "telegram.webhook"));
        }
        return;
    };
    let port = rest.trim_end_matches('/').rsplit_once(':').map_or("443", |(_, port)| port);
    if telegram.api_url.is_none() && !WEBHOOK_PORTS.contains(&port) {
        let known = WEBHOOK_PORTS.join(", ");
        say(Remark::new("config-telegram-port", "telegram.webhook").with("known", known));
    }
}

/// Targets that can never work, or whose names no playbook could write.
fn webhooks(config: &Config, say: &mut impl FnMut(Remark)) {
    for (name, target) in config.webhook.settings() {
        let at = format!("webhook.targets.{name}");
        let fits = name.len() <= playbooks::MAX_NAME
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if !fits {
            say(Remark::new("config-target-name", at.clone()));
        }
        if let Err(why) = notify::Webhooks::new([(name, target)], || std::time::UNIX_EPOCH) {
            say(Remark::new("config-target", at).with("why", why));
        }
    }
}

/// Matrix and web push: what can never work.
fn others(config: &Config, say: &mut impl FnMut(Remark)) {
    if let Some(settings) = config.matrix.settings()
        && let Err(why) = notify::Matrix::new(settings)
    {
        say(Remark::new("config-target", "matrix").with("why", why));
    }
    if let Some(settings) = config.push.settings(&config.mail.from_address)
        && let Err(why) = notify::push::check(&settings)
    {
        say(Remark::new("config-target", "push").with("why", why));
    }
}

fn numbers(config: &Config, say: &mut impl FnMut(Remark)) {
    let (security, evidence) = (&config.security, &config.evidence);
    let size = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    for (at, number) in [
        ("mail.port", i64::from(config.mail.port)),
        ("evidence.max_file_mib", size(evidence.max_file_mib)),
        ("evidence.max_request_mib", size(evidence.max_request_mib)),
        ("evidence.max_incident_mib", size(evidence.max_incident_mib)),
        ("security.session_idle_minutes", security.session_idle_minutes),
        ("security.public_computer_idle_minutes", security.public_computer_idle_minutes),
        ("security.session_hours", security.session_hours),
        ("security.proof_minutes", security.proof_minutes),
        ("security.report_burst", i64::from(security.report_burst)),
        ("security.report_per_hour", i64::from(security.report_per_hour)),
        ("security.report_link_per_hour", i64::from(security.report_link_per_hour)),
        ("security.requests_per_minute", i64::from(security.requests_per_minute)),
        ("security.sign_in_per_minute", i64::from(security.sign_in_per_minute)),
        ("security.forgot_per_hour", i64::from(security.forgot_per_hour)),
        ("security.missed_links_per_hour", i64::from(security.missed_links_per_hour)),
        ("security.bot_commands_per_minute", i64::from(security.bot_commands_per_minute)),
        ("security.dispatch_link_days", security.dispatch_link_days),
        ("security.tracking_days", security.tracking_days),
        ("canary.every_hours", i64::from(config.canary.every_hours)),
        ("canary.late_minutes", config.canary.late_minutes),
    ] {
        // A century in minutes: larger numbers are slips, and would run over in date arithmetic.
        if !(1..=52_560_000).contains(&number) {
            say(Remark::new("config-positive", at).with("value", number));
        }
    }
    if evidence.max_file_mib > evidence.max_request_mib
        || evidence.max_request_mib > evidence.max_incident_mib
    {
        say(Remark::new("config-evidence-order", "evidence.max_file_mib"));
    }
}

/// What works, but should be known.
pub(super) fn remarks(config: &Config, found: &mut Vec<Remark>) {
    if config.server.metrics_from.iter().any(|network| network.ends_with("/0")) {
        found.push(Remark::new("config-metrics-world", "server.metrics_from"));
    }
}

/// Whether the server listens to this machine alone.
pub fn is_loopback(listen: &str) -> bool {
    match listen.parse::<SocketAddr>() {
        Ok(address) => address.ip().is_loopback(),
        Err(_) => listen.rsplit_once(':').is_some_and(|(host, _)| is_loopback_host(host)),
    }
}

fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_place(listen: &str) -> bool {
    listen.parse::<SocketAddr>().is_ok()
        || listen.rsplit_once(':').is_some_and(|(host, port)| {
            port.parse::<u16>().is_ok() && !host.is_empty() && !host.contains([':', '/', ' '])
        })
}

fn is_base_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest)).is_some_and(|host| {
        !host.is_empty()
            && !host.contains(['/', '?', '#', '@', '\\', '"', '<', '>'])
            && !host.contains(char::is_whitespace)
    })
}

fn is_network(network: &str) -> bool {
    let (address, bits) = match network.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (network, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}
