//! The server as a process of its own: started, asked whether it is ready, killed without warning.
//! It is ended by its own id when its owner lets go of it.

use std::fs::{File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::database::Database;
use crate::wire::Wire;

/// How long a start may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a server is started; the same again after every kill.
pub struct Plan {
    /// The program.
    pub program: PathBuf,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Plan {
    /// A server over this database that mails through 127.0.0.1:`smtp`, without limits to what one
    /// address may report.
    pub fn over(database: &Database, smtp: u16) -> Self {
        let port = free_port();
        let mut plan = Self {
            program: program(),
            port,
            folder: database.folder().to_owned(),
            // The stories sign in with a password alone; the second factor has tests of its own.
            environment: vec![("DIEUPHOI_ACCOUNTS__TOTP_REQUIRED_ROLES".to_owned(), String::new())],
        };
        let evidence = database.folder().join("evidence");
        let many = "50000000";
        for (name, value) in [
            ("DIEUPHOI_SERVER__LISTEN", format!("127.0.0.1:{port}").as_str()),
            ("DIEUPHOI_SERVER__BASE_URL", &format!("http://127.0.0.1:{port}")),
            ("DIEUPHOI_DATABASE_URL", &database.url()),
            ("DIEUPHOI_EVIDENCE__FOLDER", &evidence.to_string_lossy()),
            ("DIEUPHOI_MAIL__HOST", "127.0.0.1"),
            ("DIEUPHOI_MAIL__PORT", &smtp.to_string()),
            ("DIEUPHOI_MAIL__TLS", "none"),
            ("DIEUPHOI_MAIL__FROM_ADDRESS", "dieuphoi@so-ttt.example"),
            ("DIEUPHOI_MAIL__PER_SECOND", "100000"),
            ("DIEUPHOI_SECURITY__REPORT_BURST", many),
            ("DIEUPHOI_SECURITY__REPORT_PER_HOUR", many),
            ("DIEUPHOI_SECURITY__REPORT_LINK_PER_HOUR", many),
            ("DIEUPHOI_SECURITY__REQUESTS_PER_MINUTE", many),
            ("DIEUPHOI_LOG__LEVEL", "warn"),
        ] {
            plan.set(name, value);
        }
        plan
    }

    /// Another server over the same database, at a port of its own.
    pub fn beside(&self) -> Self {
        let port = free_port();
        let mut plan = Self {
            program: self.program.clone(),
            port,
            folder: self.folder.clone(),
            environment: self.environment.clone(),
        };
        plan.set("DIEUPHOI_SERVER__LISTEN", &format!("127.0.0.1:{port}"));
        plan.set("DIEUPHOI_SERVER__BASE_URL", &format!("http://127.0.0.1:{port}"));
        plan
    }

    /// Sets a key of the configuration.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Runs another command of the program over the same configuration, to its end.
    pub fn run(&self, arguments: &[&str]) -> (ExitStatus, String) {
        let output = self.command(arguments).output().unwrap();
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        (output.status, said)
    }

    /// Starts the server; answers at once.
    pub fn start(&self) -> Server {
        let log = self.folder.join("server.log");
        let append = || OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let began = Instant::now();
        let child = self
            .command(&["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::from(append()))
            .stderr(Stdio::from(append()))
            .spawn()
            .unwrap();
        Server { child, port: self.port, began, log }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        // What the machine sets for a real installation must not reach into the test.
        command.env_clear();
        command.envs(self.environment.iter().cloned()).args(arguments).current_dir(&self.folder);
        command
    }
}

/// A running server.
pub struct Server {
    child: Child,
    port: u16,
    began: Instant,
    log: PathBuf,
}

impl Server {
    /// Waits until it says that it is ready; answers how long that took from the start.
    pub async fn ready(&mut self) -> Duration {
        let mut wire = Wire::to(self.port);
        loop {
            if matches!(wire.get("/readyz", "").await, Ok(answer) if answer.status == 200) {
                return self.began.elapsed();
            }
            if let Some(ended) = self.child.try_wait().unwrap() {
                panic!("the server ended ({ended}) instead of starting:\n{}", tail(&self.log));
            }
            assert!(
                self.began.elapsed() < PATIENCE,
                "not ready in {PATIENCE:?}:\n{}",
                tail(&self.log)
            );
            // The next look; nothing is assumed of what happens meanwhile.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// SIGKILL, and waits until the kernel has buried it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGSTOP: it stands still where it is.
    pub fn freeze(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// SIGCONT: it goes on as if nothing had been.
    pub fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .unwrap();
    }

    /// SIGTERM, and waits until it has ended by itself.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(rustix::process::Signal::TERM);
        self.child.wait().unwrap()
    }

    /// Processor time used so far, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(self.proc("stat")).unwrap();
        // The name in parentheses may hold anything; the fields begin after it.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        // A tick is 10 ms on every Linux (USER_HZ).
        Duration::from_millis(ticks * 10)
    }

    /// Resident memory, KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already: both calls fail harmlessly then.
        let _killed = self.child.kill();
        let _buried = self.child.wait();
    }
}

/// The program beside this test's own (`target/PROFILE/dieuphoi`), or `DIEUPHOI_PROGRAM`.
#[expect(clippy::disallowed_methods, reason = "tests are told where another program is")]
pub fn program() -> PathBuf {
    if let Ok(named) = std::env::var("DIEUPHOI_PROGRAM") {
        return PathBuf::from(named);
    }
    let own = std::env::current_exe().unwrap();
    let beside =
        own.ancestors().skip(1).map(|folder| folder.join("dieuphoi")).find(|program| {
            File::open(program).is_ok_and(|file| file.metadata().unwrap().is_file())
        });
    beside
        .expect("the program is not built: cargo build -p dieuphoi (with --release for the bench)")
}

/// A port below those that the kernel gives to outgoing connections: one of these might take it
/// while the server is down, or connect to itself.
fn free_port() -> u16 {
    let mut chance = Chance::new(u64::from(std::process::id()) ^ nanoseconds());
    loop {
        let port = u16::try_from(20_000 + chance.below(12_000)).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "two tests of one process want two ports")]
fn nanoseconds() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::from(now.subsec_nanos())
}

/// The last lines of the server's log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
