//! The demo's folder. Only a folder that bears the demo's mark is ever emptied, and only of what
//! the demo put there.

use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The mark.
const MARK: &str = ".dieuphoi-demo";
const MARK_TEXT: &str = "This folder belongs to `dieuphoi demo`, which makes it afresh at every \
                         start. Keep nothing here.\n";
/// What the demo puts beside the mark.
const FILES: [&str; 5] = [
    "dieuphoi.sqlite",
    "dieuphoi.sqlite-wal",
    "dieuphoi.sqlite-shm",
    "dieuphoi.lock",
    "accounts.json",
];
const EVIDENCE: &str = "evidence";

/// A folder with the mark.
#[derive(Debug, Clone)]
pub struct DemoFolder(PathBuf);

impl DemoFolder {
    /// Makes the folder, or takes the one that bears the mark.
    ///
    /// # Errors
    /// When something else is there, or it cannot be made.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
        let mark = path.join(MARK);
        if !mark.is_file() {
            let mut entries =
                std::fs::read_dir(path).with_context(|| format!("reading {}", path.display()))?;
            if entries.next().is_some() {
                bail!(
                    "{} is not empty and not a demo's folder (it has no {MARK}): \
                     choose another one with --folder",
                    path.display()
                );
            }
            std::fs::write(&mark, MARK_TEXT)
                .with_context(|| format!("writing {}", mark.display()))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Takes away what an earlier demo left here, and nothing else.
    ///
    /// # Errors
    /// When a file cannot be removed, or another demo is running on it.
    pub fn empty(&self) -> anyhow::Result<()> {
        let lock = self.0.join("dieuphoi.lock");
        if let Ok(file) = std::fs::File::options().write(true).open(&lock)
            && file.try_lock().is_err()
        {
            bail!("a demo is running on {}: stop it first", self.0.display());
        }
        for name in FILES {
            gone(std::fs::remove_file(self.0.join(name)), name)?;
        }
        gone(std::fs::remove_dir_all(self.0.join(EVIDENCE)), EVIDENCE)
    }

    /// Where the database is, unless it is on PostgreSQL.
    pub fn database(&self) -> PathBuf {
        self.0.join("dieuphoi.sqlite")
    }

    /// Where files are kept.
    pub fn evidence(&self) -> PathBuf {
        self.0.join(EVIDENCE)
    }

    /// Where the accounts and the password are.
    pub fn accounts(&self) -> PathBuf {
        self.0.join("accounts.json")
    }

    /// Writes the accounts so that only this user of the machine reads them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_accounts(&self, json: &str) -> anyhow::Result<()> {
        use std::io::Write as _;
        let path = self.accounts();
        let fresh = path.with_extension("new");
        gone(std::fs::remove_file(&fresh), "accounts.new")?;
        let mut file = std::fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)
            .with_context(|| format!("writing {}", fresh.display()))?;
        file.write_all(json.as_bytes())?;
        std::fs::rename(&fresh, &path).with_context(|| format!("writing {}", path.display()))
    }
}

/// What is not there need not be removed.
fn gone(removed: std::io::Result<()>, name: &str) -> anyhow::Result<()> {
    match removed {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(why).with_context(|| format!("removing {name}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_marked_folder_is_taken_and_only_the_demo_s_files_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let foreign = place.path().join("foreign");
        std::fs::create_dir(&foreign).unwrap();
        std::fs::write(foreign.join("dieuphoi.sqlite"), "a real one").unwrap();
        let why = DemoFolder::open(&foreign).unwrap_err().to_string();
        assert!(why.contains("not a demo's folder"), "{why}");
        assert!(foreign.join("dieuphoi.sqlite").is_file());

        let own = DemoFolder::open(&place.path().join("a/demo")).unwrap();
        std::fs::write(own.database(), "old").unwrap();
        std::fs::create_dir_all(own.evidence().join("2026")).unwrap();
        std::fs::write(own.0.join("thesis.txt"), "not the demo's").unwrap();
        let again = DemoFolder::open(&own.0).unwrap();
        again.empty().unwrap();
        again.empty().unwrap();
        assert!(!own.database().exists() && !own.evidence().exists());
        assert!(own.0.join("thesis.txt").is_file());
    }

    #[test]
    fn a_running_demo_keeps_its_folder() {
        let place = tempfile::tempdir().unwrap();
        let own = DemoFolder::open(place.path()).unwrap();
        std::fs::write(own.database(), "in use").unwrap();
        let lock = std::fs::File::create(place.path().join("dieuphoi.lock")).unwrap();
        lock.try_lock().unwrap();
        assert!(own.empty().is_err());
        assert!(own.database().exists());
    }

    #[test]
    fn the_passwords_are_for_this_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = tempfile::tempdir().unwrap();
        let own = DemoFolder::open(place.path()).unwrap();
        own.write_accounts("[1]").unwrap();
        own.write_accounts("[2]").unwrap();
        assert_eq!(std::fs::read_to_string(own.accounts()).unwrap(), "[2]");
        let mode = std::fs::metadata(own.accounts()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
