//! The configuration: defaults, then one TOML file, then `DIEUPHOI_SECTION__KEY` from the
//! environment, secrets also from files. The only reader of file and environment.

pub mod check;
pub mod load;
mod rooms;
mod telegram;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

pub use self::load::{ConfigError, Remark};
pub use self::rooms::{Matrix, Push};
pub use self::telegram::{TELEGRAM_WEBHOOK, Telegram};

use crate::domain::words::{Role, Tlp};

/// A value that is never printed.
#[derive(Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing was configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

/// What is printed of a configuration shows that there is a secret, and no more.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{self:?}"))
    }
}

/// Everything that can be set. Units are in the names.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens and how the world reaches it.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// Whose coordination this is.
    pub province: Province,
    /// Outgoing mail; without a host, messages stay in the local mailbox.
    pub mail: Mail,
    /// Telegram; without a token, messages stay in the local mailbox.
    pub telegram: Telegram,
    /// Matrix; without a homeserver, messages stay in the local mailbox.
    pub matrix: Matrix,
    /// Alarms in browsers; without keys nobody can switch them on.
    pub push: Push,
    /// Other systems that playbooks may tell.
    pub webhook: Webhook,
    /// Where files are kept and how large they may be.
    pub evidence: Evidence,
    /// Logs.
    pub log: Log,
    /// Limits of security.md section 9.
    pub security: Security,
    /// What accounts have to have.
    pub accounts: Accounts,
    /// What the engine does in this process.
    pub engine: Engine,
    /// Messages by which the channels are tried.
    pub canary: Canary,
    /// Set by `dieuphoi demo` alone; not a key of the file.
    #[serde(skip)]
    pub demo: bool,
    /// What works but should be known; `doctor` says it.
    #[serde(skip)]
    pub remarks: Vec<Remark>,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// What links begin with; `https://` but on loopback.
    pub base_url: String,
    /// Addresses or networks of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<String>,
    /// Addresses or networks that may read `/metrics`.
    pub metrics_from: Vec<String>,
    /// Web threads; 0 is one a core, at most 4.
    pub workers: usize,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            base_url: "http://127.0.0.1:8080".to_owned(),
            trusted_proxies: Vec::new(),
            metrics_from: vec!["127.0.0.1/32".to_owned(), "::1/128".to_owned()],
            workers: 0,
        }
    }
}

/// `[database]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: Secret,
    /// A file with the URL.
    pub url_file: Option<PathBuf>,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: Secret::new("sqlite:data/dieuphoi.sqlite"), url_file: None }
    }
}

/// `[province]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Province {
    /// As people read it.
    pub name: String,
    /// Number to call when nothing else works.
    pub hotline: String,
    /// The legal regime of new incidents (`vn-2017`, `vn-2026`).
    pub regime: String,
    /// The highest TLP that mail carries in full.
    pub mail_ceiling: Tlp,
    /// The highest TLP that Telegram carries in full.
    pub telegram_ceiling: Tlp,
    /// The highest TLP that Matrix carries in full.
    pub matrix_ceiling: Tlp,
    /// The highest TLP that webhooks carry in full.
    pub webhook_ceiling: Tlp,
    /// Domains at which state organisations are written to (Điều 5.1.b); empty: any.
    pub official_domains: Vec<String>,
}

impl Default for Province {
    fn default() -> Self {
        Self {
            name: "Tỉnh Thanh Hóa".to_owned(),
            hotline: String::new(),
            regime: "vn-2017".to_owned(),
            mail_ceiling: Tlp::Amber,
            telegram_ceiling: Tlp::Amber,
            matrix_ceiling: Tlp::Amber,
            webhook_ceiling: Tlp::Green,
            official_domains: Vec::new(),
        }
    }
}

/// `[mail]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// SMTP host; empty: mail stays in the local mailbox.
    pub host: String,
    /// SMTP port.
    pub port: u16,
    /// `starttls`, `implicit` or `none` (loopback only).
    pub tls: String,
    /// User, if the server asks.
    pub username: String,
    /// Password.
    pub password: Secret,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
    /// Name of the sender.
    pub from_name: String,
    /// Address of the sender.
    pub from_address: String,
    /// PEM of the mail server's own certificate authority.
    pub ca_file: Option<PathBuf>,
    /// Mails a second at most, as the mail server likes it.
    pub per_second: u32,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            tls: "starttls".to_owned(),
            username: String::new(),
            password: Secret::default(),
            password_file: None,
            from_name: "Điều phối ứng cứu sự cố".to_owned(),
            from_address: "dieuphoi@localhost.localdomain".to_owned(),
            ca_file: None,
            per_second: 10,
        }
    }
}

/// `[webhook]`
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhook {
    /// `[webhook.targets.NAME]`: playbooks name a target and never an address.
    pub targets: BTreeMap<String, Target>,
}

impl Webhook {
    /// The targets as the channel wants them.
    pub fn settings(&self) -> Vec<(String, notify::WebhookTarget)> {
        let target = |(name, target): (&String, &Target)| {
            let settings = notify::WebhookTarget {
                url: target.url.reveal().to_owned(),
                secret: target.secret.reveal().to_owned(),
                allow_private: target.allow_private,
                ca_file: target.ca_file.clone(),
            };
            (name.clone(), settings)
        };
        self.targets.iter().map(target).collect()
    }
}

/// `[webhook.targets.NAME]`
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Target {
    /// `https://…`; plain `http://…` only with `allow_private`. Its path may be a secret: not printed.
    pub url: Secret,
    /// Signs every message (HMAC-SHA256), at least 16 characters.
    pub secret: Secret,
    /// A file with the secret.
    pub secret_file: Option<PathBuf>,
    /// Addresses of one's own machines and networks are allowed.
    pub allow_private: bool,
    /// PEM of the target's own certificate authority.
    pub ca_file: Option<PathBuf>,
}

/// `[evidence]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evidence {
    /// The folder; every server of an installation sees the same one.
    pub folder: PathBuf,
    /// One file, MiB.
    pub max_file_mib: u64,
    /// One request, MiB.
    pub max_request_mib: u64,
    /// All files of one incident, MiB.
    pub max_incident_mib: u64,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("data/evidence"),
            max_file_mib: 25,
            max_request_mib: 60,
            max_incident_mib: 200,
        }
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or tracing's filter syntax.
    pub level: String,
    /// `json` or `text`.
    pub format: String,
    /// Days for which logs are kept; less than 30 is refused (Điều 6.1).
    pub retention_days: u32,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: "json".to_owned(), retention_days: 400 }
    }
}

/// `[security]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Security {
    /// A session without a request ends after so many minutes.
    pub session_idle_minutes: i64,
    /// The same on a public computer (Điều 4.2.c).
    pub public_computer_idle_minutes: i64,
    /// A session ends after so many hours, whatever happens.
    pub session_hours: i64,
    /// Reports at once from one address before the limit counts.
    pub report_burst: u32,
    /// Reports an hour from one address; a whole office shares one.
    pub report_per_hour: u32,
    /// Reports an hour through one organisation's link.
    pub report_link_per_hour: u32,
    /// Calls of the API a minute by one account, or from one address without an account.
    pub requests_per_minute: u32,
    /// Sign-ins a minute from one address; a whole office shares one.
    pub sign_in_per_minute: u32,
    /// Letters for a forgotten password an hour from one address.
    pub forgot_per_hour: u32,
    /// Secret links an hour from one address that open nothing; good links are not counted.
    pub missed_links_per_hour: u32,
    /// Commands a minute by one person in one chat, and as many presses of buttons.
    pub bot_commands_per_minute: u32,
    /// For so many minutes after the password was given sensitive changes need no new proof.
    pub proof_minutes: i64,
    /// Days for which a magic link lives.
    pub dispatch_link_days: i64,
    /// Days for which a reporter's tracking link lives after the last news.
    pub tracking_days: i64,
    /// `false` lifts the rate limits; in demo mode only, so not a key of the file.
    #[serde(skip)]
    pub rate_limits: bool,
}

impl Default for Security {
    fn default() -> Self {
        Self {
            session_idle_minutes: 30,
            public_computer_idle_minutes: 10,
            session_hours: 12,
            report_burst: 20,
            report_per_hour: 60,
            report_link_per_hour: 120,
            requests_per_minute: 600,
            sign_in_per_minute: 300,
            forgot_per_hour: 30,
            missed_links_per_hour: 120,
            bot_commands_per_minute: 20,
            proof_minutes: 10,
            dispatch_link_days: 14,
            tracking_days: 180,
            rate_limits: true,
        }
    }
}

/// `[accounts]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Roles whose holders need a second factor (TOTP); they are led to set it up when they sign in.
    pub totp_required_roles: Vec<Role>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { totp_required_roles: vec![Role::Coordinator, Role::Admin, Role::Auditor] }
    }
}

/// `[engine]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Whether this process sends messages and fires timers.
    pub enabled: bool,
}

impl Default for Engine {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// `[canary]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Canary {
    /// When the day's first one leaves, in the province's time.
    pub at: String,
    /// Hours between two of them.
    pub every_hours: u32,
    /// Not handed over after so many minutes, it is late.
    pub late_minutes: i64,
    /// The mail address that gets it; empty: mail is not tried.
    pub mail: String,
    /// The chat that gets it; empty: Telegram is not tried.
    pub telegram: String,
}

impl Default for Canary {
    fn default() -> Self {
        Self {
            at: "07:30".to_owned(),
            every_hours: 24,
            late_minutes: 15,
            mail: String::new(),
            telegram: String::new(),
        }
    }
}

impl Canary {
    /// Minutes after midnight of the first one; `None` when the time cannot be read.
    pub fn minutes(&self) -> Option<i64> {
        let (hour, minute) = self.at.split_once(':')?;
        let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
        ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 60 + minute)
    }
}
