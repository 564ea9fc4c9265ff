//! Reads the configuration: file, environment, secrets' files; says everything that is wrong at
//! once, in plain words. An unknown key is an error: a misspelt limit must not pass for a limit.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value as Known;
use toml::{Table, Value};

use super::{Config, Secret, check};
use crate::domain::words::Language;
use crate::texts::Texts;

/// Where the file is looked for when none is named.
const PLACES: [&str; 2] = ["dieuphoi.toml", "/etc/dieuphoi/dieuphoi.toml"];
/// What begins every variable of ours.
const PREFIX: &str = "DIEUPHOI_";
/// The variable that names the file.
const FILE: &str = "DIEUPHOI_CONFIG";
/// No secret is longer, bytes.
const SECRET: u64 = 16 * 1024;

/// One thing to tell whoever wrote the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Key of the catalogs.
    key: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Remark {
    /// A remark about one key (`section.key`) or file.
    pub(super) fn new(key: &'static str, at: impl Into<String>) -> Self {
        Self { key, values: vec![("at", at.into())] }
    }

    /// With one more value for its sentence.
    #[expect(clippy::needless_pass_by_value, reason = "callers name a value in place")]
    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// The sentence.
    pub fn words(&self, t: Texts) -> String {
        let values: Vec<_> =
            self.values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        t.with(self.key, &values)
    }
}

/// Everything that is wrong with a configuration. Printed in Vietnamese, then in English: whoever
/// starts a server has chosen no language yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Remark>);

impl ConfigError {
    /// One sentence a problem.
    pub fn words(&self, t: Texts) -> Vec<String> {
        self.0.iter().map(|remark| remark.words(t)).collect()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, t) in [Texts(Language::Vi), Texts(Language::En)].into_iter().enumerate() {
            write!(f, "{}{}", if n == 0 { "" } else { "\n" }, t.t("config-wrong"))?;
            for line in self.words(t) {
                write!(f, "\n  - {line}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads `path`, else the file that `DIEUPHOI_CONFIG` names, else `./dieuphoi.toml` or
    /// `/etc/dieuphoi/dieuphoi.toml` if one is there; then the environment; then secrets' files.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        let named = environment.get(FILE).filter(|name| !name.is_empty()).map(PathBuf::from);
        let file = path
            .map(Path::to_path_buf)
            .or(named)
            .or_else(|| PLACES.iter().map(PathBuf::from).find(|place| place.exists()));
        let Some(file) = file else { return Self::of("", "", environment) };
        let name = file.display().to_string();
        match std::fs::read_to_string(&file) {
            Ok(text) => Self::of(&text, &name, environment),
            Err(why) => Err(ConfigError(vec![Remark::new("config-file", name).with("why", why)])),
        }
    }

    /// A configuration of this text (of a file called `name`) and these variables.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn of(
        text: &str,
        name: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut reading = Reading::new()?;
        match text.parse::<Table>() {
            Ok(table) => reading.file(table),
            Err(why) => {
                let remark = Remark::new("config-syntax", name).with("why", why.to_string().trim());
                return Err(ConfigError(vec![remark]));
            }
        }
        reading.environment(environment);
        reading.finish()
    }

    /// The configuration as it counts, as TOML; secrets are not in it.
    pub fn shown(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// Every key as `section.key`.
    pub fn keys() -> Vec<String> {
        let Ok(Known::Object(sections)) = serde_json::to_value(Self::default()) else {
            return Vec::new();
        };
        let names = |(section, keys): (String, Known)| match keys {
            Known::Object(keys) => {
                keys.into_iter().map(|(key, _)| format!("{section}.{key}")).collect()
            }
            _ => Vec::new(),
        };
        sections.into_iter().flat_map(names).collect()
    }
}

/// What was read so far.
struct Reading {
    /// Section and key to default: the shape of what may be set.
    known: serde_json::Map<String, Known>,
    set: Table,
    problems: Vec<Remark>,
}

impl Reading {
    fn new() -> Result<Self, ConfigError> {
        match serde_json::to_value(Config::default()) {
            Ok(Known::Object(known)) => Ok(Self { known, set: Table::new(), problems: Vec::new() }),
            _ => Err(ConfigError(vec![Remark::new("config-shape", "")])),
        }
    }

    fn default_of(&self, section: &str, key: &str) -> Option<&Known> {
        self.known.get(section)?.as_object()?.get(key)
    }

    fn file(&mut self, table: Table) {
        for (section, keys) in table {
            match keys {
                Value::Table(keys) if self.known.contains_key(&section) => {
                    for (key, value) in keys {
                        self.put(&section, &key, value, format!("{section}.{key}"));
                    }
                }
                Value::Table(_) => self.unknown(&format!("[{section}]"), &section),
                _ => self.unknown(&section, &section),
            }
        }
    }

    fn environment(&mut self, environment: impl IntoIterator<Item = (String, String)>) {
        let mut given = Vec::new();
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let path = if rest == "DATABASE_URL" { "DATABASE__URL" } else { rest };
            // What has no section is for somebody else: the demo, the tests.
            if let Some((section, key)) = path.to_ascii_lowercase().split_once("__") {
                given.push((name, section.to_owned(), key.to_owned(), value));
            }
        }
        // A secret given here counts more than the file of a secret that was named there.
        for (_, section, key, _) in &given {
            if let Some(Value::Table(set)) = self.set.get_mut(section) {
                set.remove(&format!("{key}_file"));
            }
        }
        for (name, section, key, text) in given {
            let value = match self.default_of(&section, &key) {
                Some(Known::Null) if text.is_empty() => continue,
                Some(Known::Bool(_)) => text.parse().map(Value::Boolean).ok(),
                Some(Known::Number(_)) => text.trim().parse().map(Value::Integer).ok(),
                // A table in one line: {siem = {url = "…", secret_file = "…"}}.
                Some(Known::Object(_)) => format!("value = {text}")
                    .parse::<Table>()
                    .ok()
                    .and_then(|mut t| t.remove("value")),
                Some(Known::Array(_)) => Some(Value::Array(
                    text.split(',')
                        .map(str::trim)
                        .filter(|part| !part.is_empty())
                        .map(Value::from)
                        .collect(),
                )),
                _ => None,
            };
            self.put(&section, &key, value.unwrap_or(Value::String(text)), name);
        }
    }

    /// Takes one value if it alone makes a configuration; else says what it should be.
    fn put(&mut self, section: &str, key: &str, value: Value, at: String) {
        let Some(default) = self.default_of(section, key) else {
            return self.unknown(&at, &format!("{section}.{key}"));
        };
        let wrong = match default {
            Known::Bool(_) => "config-bool",
            Known::Number(_) => "config-number",
            Known::Array(_) => "config-list",
            Known::Object(_) => "config-targets",
            _ if key.ends_with("_ceiling") => "config-tlp",
            _ => "config-text",
        };
        let shown = match &value {
            // A secret of a wrong kind is still a secret.
            _ if matches!(default, Known::String(text) if text.starts_with('(')) => String::new(),
            _ if default.is_object() => String::new(),
            value => value.to_string(),
        };
        let alone = Table::from_iter([(key.to_owned(), value.clone())]);
        let alone = Table::from_iter([(section.to_owned(), Value::Table(alone))]);
        if alone.try_into::<Config>().is_err() {
            self.problems.push(Remark::new(wrong, at).with("value", shown));
            return;
        }
        let keys = self
            .set
            .entry(section.to_owned())
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut();
        if let Some(keys) = keys {
            keys.insert(key.to_owned(), value);
        }
    }

    fn unknown(&mut self, at: &str, path: &str) {
        let known = Config::keys();
        let alike = |name: &&String| {
            let key = name.split_once('.').map_or(name.as_str(), |(_, key)| key);
            let last = path.split_once('.').map_or(path, |(_, key)| key);
            strsim::damerau_levenshtein(path, name).min(strsim::damerau_levenshtein(last, key) + 1)
        };
        let near = known.iter().min_by_key(alike).cloned().unwrap_or_default();
        self.problems.push(Remark::new("config-unknown", at).with("near", near));
    }

    fn finish(self) -> Result<Config, ConfigError> {
        let Self { set, mut problems, .. } = self;
        let mut config: Config = match set.try_into() {
            Ok(config) => config,
            Err(why) => {
                problems.push(Remark::new("config-syntax", "").with("why", why));
                return Err(ConfigError(problems));
            }
        };
        let mut remarks = Vec::new();
        for (at, file, secret) in [
            ("database.url_file", &config.database.url_file, &mut config.database.url),
            ("mail.password_file", &config.mail.password_file, &mut config.mail.password),
            ("telegram.token_file", &config.telegram.token_file, &mut config.telegram.token),
            ("matrix.token_file", &config.matrix.token_file, &mut config.matrix.token),
            ("push.private_key_file", &config.push.private_key_file, &mut config.push.private_key),
            (
                "telegram.webhook_secret_file",
                &config.telegram.webhook_secret_file,
                &mut config.telegram.webhook_secret,
            ),
        ] {
            let Some(file) = file else { continue };
            take_secret(at, file, secret, &mut remarks, &mut problems);
        }
        for (name, target) in &mut config.webhook.targets {
            let Some(file) = &target.secret_file else { continue };
            let at = format!("webhook.targets.{name}.secret_file");
            take_secret(&at, file, &mut target.secret, &mut remarks, &mut problems);
        }
        check::problems(&config, &mut problems);
        check::remarks(&config, &mut remarks);
        config.remarks = remarks;
        if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
    }
}

fn take_secret(
    at: &str,
    file: &Path,
    secret: &mut Secret,
    remarks: &mut Vec<Remark>,
    problems: &mut Vec<Remark>,
) {
    match read_secret(file) {
        Ok((text, is_open)) => {
            *secret = Secret::new(text);
            if is_open {
                remarks.push(Remark::new("config-secret-open", at).with("file", file.display()));
            }
        }
        Err(why) => problems
            .push(Remark::new("config-secret", at).with("file", file.display()).with("why", why)),
    }
}

/// Where containers find their secrets: nobody else lives there, and the files' owner is the host's.
const CONTAINER: &str = "/run/secrets";

/// The secret, and whether everybody on the machine may read it.
fn read_secret(path: &Path) -> std::io::Result<(String, bool)> {
    let file = std::fs::File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    let mut text = String::new();
    file.take(SECRET).read_to_string(&mut text)?;
    Ok((text.trim().to_owned(), mode & 0o004 != 0 && !path.starts_with(CONTAINER)))
}

#[cfg(test)]
mod tests;
