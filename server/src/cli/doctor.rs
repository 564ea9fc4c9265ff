//! `dieuphoi doctor`: tries every outside part and says in plain words what is wrong and what to do.

mod canary;
mod others;
mod telegram;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use notify::Channel as _;
use serde::Serialize;

use super::out::{InLanguage, say};
use crate::actions::{audit, rota};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError, check::is_loopback};
use crate::domain::words::Role;
use crate::engine::mail_settings;
use crate::store::checkup::{self, Keeping};
use crate::store::{Db, Place, SchemaState, engine};
use crate::texts::Texts;

/// Try every outside part; exits 1 if something is broken.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The findings as JSON.
    #[arg(long)]
    json: bool,
    /// Show the configuration as it counts (file, environment, defaults) instead; without secrets.
    #[arg(long)]
    show_config: bool,
    #[command(flatten)]
    language: InLanguage,
}

/// How a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    /// As it should be.
    Fine,
    /// It works, but somebody should look.
    Look,
    /// It does not work.
    Broken,
}

#[derive(Debug, Clone, Serialize)]
struct Finding {
    part: &'static str,
    standing: Standing,
    words: String,
}

/// Collects findings in the reader's words.
struct Findings {
    t: Texts,
    found: Vec<Finding>,
}

impl Findings {
    fn add(&mut self, part: &'static str, standing: Standing, words: String) {
        self.found.push(Finding { part, standing, words });
    }

    fn fine(&mut self, part: &'static str, key: &str, values: &[(&str, &str)]) {
        self.add(part, Standing::Fine, self.t.with(key, values));
    }

    fn look(&mut self, part: &'static str, key: &str, values: &[(&str, &str)]) {
        self.add(part, Standing::Look, self.t.with(key, values));
    }

    fn broken(&mut self, part: &'static str, key: &str, values: &[(&str, &str)]) {
        self.add(part, Standing::Broken, self.t.with(key, values));
    }
}

/// Examines everything. A configuration that cannot be read is a finding, too.
///
/// # Errors
/// When the answer cannot be written.
pub async fn run(asked: Doctor, config: Result<Config, ConfigError>) -> anyhow::Result<ExitCode> {
    let t = asked.language.texts();
    if asked.show_config
        && let Ok(config) = &config
    {
        say(config.shown())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut findings = Findings { t, found: Vec::new() };
    match config {
        Ok(config) => examine(&mut findings, Arc::new(config)).await,
        Err(why) => {
            for words in why.words(t) {
                findings.add("config", Standing::Broken, words);
            }
        }
    }
    let is_broken = findings.found.iter().any(|finding| finding.standing == Standing::Broken);
    if asked.json {
        say(serde_json::to_string_pretty(&findings.found)?)?;
    } else {
        for finding in &findings.found {
            let mark = match finding.standing {
                Standing::Fine => "✓",
                Standing::Look => "!",
                Standing::Broken => "✗",
            };
            say(format!(
                "{mark} {}: {}",
                t.t(&format!("doctor-part-{}", finding.part)),
                finding.words
            ))?;
        }
        say(t.t(if is_broken { "doctor-broken" } else { "doctor-well" }))?;
    }
    Ok(if is_broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(to: &mut Findings, config: Arc<Config>) {
    configuration(to, &config);
    let place = database(to, &config).await;
    mail(to, &config).await;
    telegram::reach(to, &config).await;
    others::matrix(to, &config).await;
    others::push(to, &config);
    webhooks(to, &config).await;
    folder(to, "evidence", &config.evidence.folder);
    if let Some(Place::Sqlite(path)) = place
        && let Some(parent) = path.parent().filter(|parent| parent.exists())
    {
        folder(to, "disk", parent);
    }
}

fn configuration(to: &mut Findings, config: &Config) {
    for remark in &config.remarks {
        let words = remark.words(to.t);
        to.add("config", Standing::Look, words);
    }
    let server = &config.server;
    let values = [("url", server.base_url.as_str()), ("listen", server.listen.as_str())];
    if server.base_url.starts_with("https://") {
        to.fine("address", "doctor-address-https", &values);
        if !is_loopback(&server.listen) && server.trusted_proxies.is_empty() {
            to.look("address", "doctor-address-no-proxy", &values);
        }
    } else {
        to.look("address", "doctor-address-http", &values);
    }
    let days = config.log.retention_days.to_string();
    to.fine("logs", "doctor-logs", &[("days", &days)]);
    if !config.engine.enabled {
        to.look("engine", "doctor-engine-off", &[]);
    }
}

async fn database(to: &mut Findings, config: &Config) -> Option<Place> {
    let place = match Place::parse(config.database.url.reveal()) {
        Ok(place) => place,
        Err(why) => {
            to.broken("database", "doctor-database-away", &[("why", &why.to_string())]);
            return None;
        }
    };
    if let Place::Sqlite(path) = &place
        && !path.exists()
    {
        let path = path.display().to_string();
        to.look("database", "doctor-database-new", &[("path", &path)]);
        return Some(place);
    }
    let asked = place.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let state = Db::schema_state(&asked)?;
        Ok::<_, crate::error::Error>((state, Db::open_to_read(asked)?))
    })
    .await;
    let (state, db) = match opened {
        Ok(Ok(both)) => both,
        Ok(Err(why)) => {
            to.broken(
                "database",
                "doctor-database-away",
                &[("why", &without_password(&why, config))],
            );
            return Some(place);
        }
        Err(why) => {
            to.broken("database", "doctor-database-away", &[("why", &why.to_string())]);
            return Some(place);
        }
    };
    match &state {
        SchemaState::Current => {}
        SchemaState::Behind(count) => {
            to.broken("database", "doctor-schema-behind", &[("count", &count.to_string())]);
        }
        SchemaState::Newer(versions) => {
            to.broken("database", "doctor-schema-newer", &[("versions", &versions.join(", "))]);
        }
    }
    match db.read(checkup::keeping).await {
        Ok(keeping) => durability(to, keeping),
        Err(why) => {
            to.broken(
                "database",
                "doctor-database-away",
                &[("why", &without_password(&why, config))],
            );
        }
    }
    if state == SchemaState::Current {
        contents(to, &db).await;
        canary::examine(to, config, &db).await;
        telegram::contents(to, config, &db).await;
    }
    Some(place)
}

/// What libpq says may repeat the address it was given.
fn without_password(why: &crate::error::Error, config: &Config) -> String {
    let words = why.to_string().replace(config.database.url.reveal(), "…");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn durability(to: &mut Findings, keeping: Keeping) {
    match keeping {
        Keeping::Sqlite { journal_mode, version } => {
            if journal_mode == "wal" {
                to.fine("database", "doctor-sqlite", &[("version", &version)]);
            } else {
                to.look("database", "doctor-sqlite-mode", &[("mode", &journal_mode)]);
            }
            to.fine("clock", "doctor-clock-alone", &[("now", &SystemClock.now().local())]);
        }
        Keeping::Postgres {
            version,
            fsync,
            full_page_writes,
            lc_messages,
            is_superuser,
            free_connections,
            now,
        } => {
            to.fine("database", "doctor-postgres", &[("version", &version)]);
            for (name, value) in [("fsync", fsync), ("full_page_writes", full_page_writes)] {
                if value != "on" {
                    to.broken(
                        "database",
                        "doctor-postgres-unsafe",
                        &[("name", name), ("value", &value)],
                    );
                }
            }
            if !["C", "POSIX", "en_US.UTF-8", "C.UTF-8"].contains(&lc_messages.as_str()) {
                to.look("database", "doctor-postgres-messages", &[("value", &lc_messages)]);
            }
            if is_superuser {
                to.look("database", "doctor-postgres-superuser", &[]);
            }
            if free_connections < 20 {
                to.look(
                    "database",
                    "doctor-postgres-connections",
                    &[("count", &free_connections.to_string())],
                );
            }
            let apart = (SystemClock.now() - now).num_milliseconds().abs();
            let seconds = format!("{}.{:03}", apart / 1000, apart % 1000);
            let values = [("seconds", seconds.as_str())];
            match apart {
                0..=2_000 => to.fine("clock", "doctor-clock", &values),
                2_001..=30_000 => to.look("clock", "doctor-clock-off", &values),
                _ => to.broken("clock", "doctor-clock-off", &values),
            }
        }
    }
}

/// What is in the database that keeps the service from working well.
async fn contents(to: &mut Findings, db: &Db) {
    let now = SystemClock.now();
    let counted = db
        .read(move |c| {
            Ok((
                checkup::holders(c, Role::Admin)?,
                checkup::holders(c, Role::DutyOfficer)?,
                checkup::contacts(c, now)?,
                engine::waiting(c)?,
                engine::failed(c, 100)?.len(),
                engine::failing_timers(c)?,
                rota::outlook(c, now)?,
            ))
        })
        .await;
    let (admins, duty, (contacts, unverified), (_, oldest), failed, failing, outlook) =
        match counted {
            Ok(counted) => counted,
            Err(why) => {
                return to.broken("database", "doctor-database-away", &[("why", &why.to_string())]);
            }
        };
    if admins == 0 {
        to.look("accounts", "doctor-no-admin", &[]);
    } else if duty == 0 {
        to.look("accounts", "doctor-no-duty", &[]);
    } else {
        to.fine("accounts", "doctor-accounts", &[("count", &admins.to_string())]);
    }
    if outlook.nobody {
        to.broken("rota", "doctor-rota-nobody", &[]);
    } else if let Some(gap) = outlook.next_gap {
        to.look("rota", "doctor-rota-gap", &[("from", &gap.local())]);
    } else if outlook.counts {
        to.fine("rota", "doctor-rota-held", &[("people", &outlook.people.join(", "))]);
    }
    if unverified > 0 {
        let values = [("count", unverified.to_string()), ("all", contacts.to_string())];
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        to.look("contacts", "doctor-contacts", &values);
    }
    let minutes = oldest.map_or(0, |due| (now - due).num_minutes());
    if minutes >= 5 {
        to.look("messages", "doctor-messages-old", &[("minutes", &minutes.to_string())]);
    }
    if failed > 0 {
        to.look("messages", "doctor-messages-failed", &[("count", &failed.to_string())]);
    }
    if failing > 0 {
        to.look("engine", "doctor-timers-failing", &[("count", &failing.to_string())]);
    }
    match audit::unsealed(db).await {
        Ok(count) if count > 1000 => {
            to.look("audit", "doctor-unsealed", &[("count", &count.to_string())]);
        }
        Ok(_) => {}
        Err(why) => to.broken("audit", "doctor-database-away", &[("why", &why.to_string())]),
    }
}

async fn mail(to: &mut Findings, config: &Config) {
    let settings = match mail_settings(config) {
        Ok(Some(settings)) => settings,
        Ok(None) => return to.look("mail", "doctor-mail-none", &[]),
        Err(why) => return to.broken("mail", "doctor-mail-settings", &[("why", &why.to_string())]),
    };
    let host = format!("{}:{}", settings.host, settings.port);
    match notify::Mail::new(settings) {
        Ok(mail) => match mail.check().await {
            Ok(said) => to.fine("mail", "doctor-mail", &[("host", &host), ("said", &said)]),
            Err(why) => to.broken("mail", "doctor-mail-away", &[("host", &host), ("why", &why)]),
        },
        Err(why) => to.broken("mail", "doctor-mail-settings", &[("why", &why.to_string())]),
    }
}

async fn webhooks(to: &mut Findings, config: &Config) {
    let channel = match notify::Webhooks::new(config.webhook.settings(), || {
        SystemClock.now().utc().into()
    }) {
        Ok(channel) => channel,
        Err(why) => {
            return to.broken("webhook", "doctor-webhook-settings", &[("why", &why.to_string())]);
        }
    };
    let mut any = false;
    for name in channel.names() {
        any = true;
        match channel.check_one(name).await {
            Ok(said) => {
                to.fine("webhook", "doctor-webhook", &[("target", name), ("said", &said)]);
            }
            Err(why) => {
                to.broken("webhook", "doctor-webhook-away", &[("target", name), ("why", &why)]);
            }
        }
    }
    if !any {
        to.fine("webhook", "doctor-webhook-none", &[]);
    }
}

/// Below so much free space somebody should look, MiB.
const LITTLE: u64 = 2048;
/// Below so much the next file may not fit, MiB.
const TOO_LITTLE: u64 = 256;

fn folder(to: &mut Findings, part: &'static str, path: &Path) {
    let shown = path.display().to_string();
    if part == "evidence" {
        let tried = std::fs::create_dir_all(path).and_then(|()| try_writing(path));
        if let Err(why) = tried {
            let values = [("path", shown.as_str()), ("why", &why.to_string())];
            return to.broken(part, "doctor-folder-away", &values);
        }
    }
    match rustix::fs::statvfs(path) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize) / (1024 * 1024);
            let percent = (disk.f_bavail * 100).checked_div(disk.f_blocks).unwrap_or(0);
            let (size, share) = (free.to_string(), percent.to_string());
            let values = [("path", shown.as_str()), ("free", &size), ("percent", &share)];
            if free < TOO_LITTLE {
                to.broken(part, "doctor-disk-full", &values);
            } else if free < LITTLE || percent < 10 {
                to.look(part, "doctor-disk-little", &values);
            } else {
                to.fine(part, "doctor-disk", &values);
            }
        }
        Err(why) => {
            let values = [("path", shown.as_str()), ("why", &why.to_string())];
            to.broken(part, "doctor-folder-away", &values);
        }
    }
}

/// Writes and takes away a file, as evidence would be written.
fn try_writing(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&path, b"doctor");
    let removed = std::fs::remove_file(&path);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::domain::words::Language;
    use crate::testing::on_each;

    async fn examined(config: Config) -> Vec<Finding> {
        let mut findings = Findings { t: Texts(Language::Vi), found: Vec::new() };
        examine(&mut findings, Arc::new(config)).await;
        findings.found
    }

    #[actix_web::test]
    async fn what_is_away_is_told_without_its_password() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let mut config = Config::default();
        config.database.url = Secret::new("postgres://u:matkhau@127.0.0.1:1/x");
        config.mail.host = "127.0.0.1".to_owned();
        config.mail.port = 1;
        config.mail.tls = "none".to_owned();
        config.mail.from_address = "a@b.example".to_owned();
        config.evidence.folder = file.join("evidence");
        let found = examined(config).await;
        let broken: Vec<&str> = found
            .iter()
            .filter(|finding| finding.standing == Standing::Broken)
            .map(|finding| finding.part)
            .collect();
        assert_eq!(broken, ["database", "mail", "evidence"]);
        assert!(found.iter().all(|finding| !finding.words.contains("matkhau")));
        assert!(
            found.iter().all(|finding| !finding.words.contains("doctor-")),
            "a text is missing"
        );
    }

    #[actix_web::test]
    async fn a_new_installation_lacks_an_administrator_and_its_database_is_fine() {
        on_each(|stage| async move {
            let mut config = (*stage.office.config).clone();
            config.database.url = Secret::new(match stage.office.db.place() {
                Place::Sqlite(path) => format!("sqlite:{}", path.display()),
                Place::Postgres(url) => url.clone(),
            });
            let found = examined(config).await;
            let of = |part: &str, standing: Standing| {
                found.iter().any(|finding| finding.part == part && finding.standing == standing)
            };
            assert!(of("accounts", Standing::Look), "{found:?}");
            assert!(
                of("database", Standing::Fine) && !of("database", Standing::Broken),
                "{found:?}"
            );
            assert!(of("clock", Standing::Fine), "{found:?}");
        })
        .await;
    }
}
