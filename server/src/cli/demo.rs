//! `dieuphoi demo`: a whole province with a year of incidents on this machine, to look at and to
//! try everything on. Listens on loopback alone, sends nothing out, never touches other data, and
//! reads no configuration file: that one is for the real service.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::actions::Office;
use crate::app::App;
use crate::clock::{Clock, ScaledClock, SystemClock, Timestamp};
use crate::config::{Config, Log, Secret};
use crate::demo::{self, DemoFolder, Entry};
use crate::store::demo::Found;
use crate::store::{Db, Place, demo as store};
use crate::telemetry::{To, start_logs};

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Go on with the demo that is there instead of making it afresh.
    #[arg(long)]
    keep: bool,
    /// Where it keeps its data.
    #[arg(long, default_value = "data/demo")]
    folder: PathBuf,
}

/// What the demo's environment says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wishes {
    listen: SocketAddr,
    /// A PostgreSQL database; else SQLite in the folder.
    database: Option<String>,
    /// So many times as fast as the wall clock.
    scale: i32,
    rate_limits: bool,
}

impl Wishes {
    fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let said = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let listen = said("DIEUPHOI_SERVER__LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let listen: SocketAddr = listen.trim().parse().with_context(|| {
            format!("DIEUPHOI_SERVER__LISTEN must be 127.0.0.1:PORT, not {listen}")
        })?;
        ensure!(
            listen.ip().is_loopback() && listen.port() != 0,
            "the demo listens on 127.0.0.1:PORT only, not on {listen}"
        );
        let database = said("DIEUPHOI_DATABASE_URL");
        if let Some(url) = &database {
            let known = matches!(Place::parse(url)?, Place::Postgres(_));
            ensure!(
                known,
                "the demo's SQLite file is in its folder: use --folder, or postgres://…"
            );
        }
        let scale = match said("DIEUPHOI_TIME_SCALE") {
            None => 1,
            Some(scale) => {
                let scale = scale.trim().parse().ok().filter(|scale| (1..=3600).contains(scale));
                scale.context("DIEUPHOI_TIME_SCALE must be a whole number from 1 to 3600")?
            }
        };
        let rate_limits = said("DIEUPHOI_RATE_LIMIT").is_none_or(|value| value.trim() != "off");
        Ok(Self { listen, database, scale, rate_limits })
    }

    /// The demo's configuration: nothing leaves this machine, whatever the environment says.
    fn config(&self, folder: &DemoFolder) -> Config {
        let mut config = Config { demo: true, ..Config::default() };
        config.server.listen = self.listen.to_string();
        config.server.base_url = format!("http://{}", self.listen);
        config.database.url = Secret::new(match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", folder.database().display()),
        });
        "000 237 0100".clone_into(&mut config.province.hotline);
        config.province.official_domains = vec!["thanhhoa.example".to_owned()];
        "dieuphoi@sottt.thanhhoa.example".clone_into(&mut config.mail.from_address);
        config.evidence.folder = folder.evidence();
        config.security.rate_limits = self.rate_limits;
        // Strangers try the demo with its printed passwords; each may still set up a second factor.
        config.accounts.totp_required_roles.clear();
        // A fast clock makes deadlines pass quickly; people still read at their own pace.
        let scale = i64::from(self.scale);
        config.security.session_idle_minutes *= scale;
        config.security.public_computer_idle_minutes *= scale;
        config.security.session_hours *= scale;
        config
    }
}

/// Makes the demo, or goes on with it, and serves until it is told to stop.
pub(super) async fn run(args: Demo) -> anyhow::Result<ExitCode> {
    let wishes = Wishes::read(variable)?;
    let log = Log { level: "warn".to_owned(), format: "text".to_owned(), ..Log::default() };
    start_logs(&log, To::Errors)?;
    // Before anything is made or taken away: somebody may be there already.
    drop(TcpListener::bind(wishes.listen).with_context(|| {
        format!(
            "cannot listen on {}: is another program there? DIEUPHOI_SERVER__LISTEN=127.0.0.1:PORT \
             chooses another port",
            wishes.listen
        )
    })?);
    let folder = DemoFolder::open(&args.folder)?;
    let config = wishes.config(&folder);
    let (office, entries) = tokio::select! {
        made = make(&args, &folder, config, SystemClock.now()) => made?,
        () = told_to_stop() => return Ok(ExitCode::SUCCESS),
    };
    let clock = clock(&office, wishes.scale).await?;
    folder.write_accounts(&serde_json::to_string_pretty(&entries)?)?;
    let text = banner(&office.config, &folder, &entries);
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    drop(out);
    super::serve::serve(App::new(office, clock)).await
}

/// The demo's database, made or kept, and who can sign in.
async fn make(
    args: &Demo,
    folder: &DemoFolder,
    config: Config,
    now: Timestamp,
) -> anyhow::Result<(Office, Vec<Entry>)> {
    let place = Place::parse(config.database.url.reveal())?;
    let keep = args.keep && store::found(&place)? == Found::Demo;
    if !keep {
        if let Place::Postgres(_) = &place {
            store::empty(&place)?;
        }
        folder.empty()?;
    }
    let office = Office::new(Db::open(place)?, Arc::new(config));
    let entries = if keep {
        demo::welcome_back(&office, folder, now).await?
    } else {
        demo::load(&office, now).await?
    };
    Ok((office, entries))
}

/// The wall clock, or a faster one; never behind what an earlier fast clock wrote.
async fn clock(office: &Office, scale: i32) -> anyhow::Result<Arc<dyn Clock>> {
    let now = SystemClock.now();
    let latest = office.db.read(store::latest).await?.unwrap_or(now);
    Ok(if scale == 1 && latest <= now {
        Arc::new(SystemClock)
    } else {
        Arc::new(ScaledClock::since(now.max(latest), scale))
    })
}

/// Ctrl-C and SIGTERM while the demo is being made: the next start makes it afresh.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut term) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = term.recv() => {}
            }
        }
        // Without a handler the signal ends the process as it always does.
        Err(_) => std::future::pending().await,
    }
}

#[expect(clippy::disallowed_methods, reason = "the demo has a configuration of its own")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What whoever started it needs to know.
fn banner(config: &Config, folder: &DemoFolder, entries: &[Entry]) -> String {
    let url = &config.server.base_url;
    let mut text = format!(
        "\n  điều phối · bản trình diễn / demo\n\n\
         \x20 {url}\n\
         \x20 {url}/demo/mailbox   (thư và tin nhắn đã gửi / messages sent)\n\
         \x20 Tài khoản / accounts: {}\n",
        folder.accounts().display()
    );
    if let Some(first) = entries.first() {
        text.push_str(&format!("  Mật khẩu chung / one password for all: {}\n\n", first.password));
    }
    for role in ["duty_officer", "coordinator", "reporter", "liaison", "police_liaison", "admin"] {
        if let Some(entry) = entries.iter().find(|entry| entry.role == role) {
            text.push_str(&format!("  {role:<15} {}\n", entry.email));
        }
    }
    text.push_str("\n  Ctrl-C: dừng / stop\n\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(set: &[(&str, &str)]) -> anyhow::Result<Wishes> {
        Wishes::read(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_demo_never_listens_to_the_world() {
        assert_eq!(wishes(&[]).unwrap().listen.to_string(), "127.0.0.1:8080");
        for listen in ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80", "127.0.0.1:0", "8080"] {
            assert!(wishes(&[("DIEUPHOI_SERVER__LISTEN", listen)]).is_err(), "{listen}");
        }
        let own = wishes(&[("DIEUPHOI_SERVER__LISTEN", "127.0.0.1:9090")]).unwrap();
        let place = tempfile::tempdir().unwrap();
        let folder = DemoFolder::open(place.path()).unwrap();
        let config = own.config(&folder);
        assert_eq!(config.server.base_url, "http://127.0.0.1:9090");
        assert!(config.demo && config.mail.host.is_empty() && config.telegram.token.is_empty());
    }

    #[test]
    fn wrong_wishes_are_said_and_not_guessed() {
        assert!(wishes(&[("DIEUPHOI_TIME_SCALE", "fast")]).is_err());
        assert!(wishes(&[("DIEUPHOI_TIME_SCALE", "0")]).is_err());
        assert!(wishes(&[("DIEUPHOI_DATABASE_URL", "sqlite:data/dieuphoi.sqlite")]).is_err());
        let own = wishes(&[("DIEUPHOI_TIME_SCALE", "60"), ("DIEUPHOI_RATE_LIMIT", "off")]).unwrap();
        assert_eq!((own.scale, own.rate_limits), (60, false));
        let place = tempfile::tempdir().unwrap();
        let config = own.config(&DemoFolder::open(place.path()).unwrap());
        assert_eq!(config.security.session_idle_minutes, 30 * 60);
    }
}
