//! What the service costs, as ratios of what this machine gives in the same run. `tests/bench` builds
//! and starts it; docs/performance.md has what it printed. Loopback only; it ends by itself.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that fails says so, and its result is what it prints"
)]

mod machine;
mod pages;
mod reports;
mod table;
mod telegram;
mod timers;

use dieuphoi_tests::database::Database;

use self::table::Table;

/// How much is measured.
struct Extent {
    /// Length of one measurement, seconds.
    seconds: u64,
    /// Reports whose messages are timed.
    timed: u64,
    /// Incidents of the long history; the short one has a thousand.
    history: u64,
    /// Requests of one page.
    requests: u32,
    /// Timers that are armed.
    armed: u64,
    /// Timers that fall due together.
    due: u64,
}

const WHOLE: Extent = Extent {
    seconds: 5,
    timed: 100,
    history: 1_000_000,
    requests: 200,
    armed: 1_000_000,
    due: 10_000,
};
const QUICK: Extent =
    Extent { seconds: 2, timed: 20, history: 20_000, requests: 40, armed: 100_000, due: 1_000 };

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut extent = WHOLE;
    let mut parts = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => extent = QUICK,
            "--reports" | "--pages" | "--timers" | "--telegram" => parts.push(argument.clone()),
            "--history" => {
                extent.history = arguments.next().and_then(|text| text.parse().ok()).unwrap();
            }
            other => {
                eprintln!(
                    "bench: {other}? --quick, --reports, --pages, --timers, --telegram, --history COUNT"
                );
                std::process::exit(2);
            }
        }
    }
    let mut table = Table::begin();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    if wanted("--reports") {
        for database in databases() {
            reports::measure(&database, &extent, &mut table).await;
        }
    }
    if wanted("--timers") {
        for database in databases() {
            timers::measure(&database, &extent, &mut table).await;
        }
    }
    if wanted("--telegram") {
        for database in databases() {
            telegram::measure(&database, &extent, &mut table).await;
        }
    }
    if wanted("--pages") {
        for (short, long) in databases().into_iter().zip(databases()) {
            pages::measure(&short, &long, &extent, &mut table).await;
        }
    }
    table.end();
}

/// An empty database of each kind that there is.
fn databases() -> Vec<Database> {
    [Some(Database::sqlite()), Database::postgres()].into_iter().flatten().collect()
}
