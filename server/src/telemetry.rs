//! Logs and metrics of the process. What may stand in them: docs/logging.md. Never case content,
//! never a secret.

use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::actions::rota;
use crate::app::App;
use crate::config::Log;
use crate::domain::words::{Channel, Room};
use crate::error::{Error, Result};
use crate::store::{audit, canaries, chat_updates, engine};

/// Libraries that would write addresses, bodies or tokens when asked for details.
const QUIET: [&str; 9] = [
    "hyper=warn",
    "hyper_util=warn",
    "reqwest=warn",
    "teloxide=warn",
    "teloxide_core=warn",
    "lettre=warn",
    "rustls=warn",
    "h2=warn",
    "actix_http=warn",
];

/// Where the lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// Standard output: the server's only output.
    Output,
    /// Standard error: for commands whose output is the answer.
    Errors,
}

/// Starts the logs of this process; a second call changes nothing.
///
/// # Errors
/// A level that cannot be read; the configuration's check finds it before.
pub fn start_logs(log: &Log, to: To) -> anyhow::Result<()> {
    let writer = match to {
        To::Output => BoxMakeWriter::new(std::io::stdout),
        To::Errors => BoxMakeWriter::new(std::io::stderr),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter(&log.level)?).with_writer(writer);
    // Whoever started them first decides: tests and commands that call others.
    let _already = if log.format == "text" {
        let is_terminal = match to {
            To::Output => std::io::stdout().is_terminal(),
            To::Errors => std::io::stderr().is_terminal(),
        };
        lines.with_ansi(is_terminal).try_init()
    } else {
        lines.json().flatten_event(true).with_current_span(false).try_init()
    };
    Ok(())
}

fn filter(level: &str) -> anyhow::Result<EnvFilter> {
    QUIET.iter().try_fold(EnvFilter::try_new(level)?, |filter, quiet| {
        Ok(filter.add_directive(quiet.parse()?))
    })
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// How often what was measured is gathered, whether or not anybody asks for it.
const UPKEEP: Duration = Duration::from_secs(5);
/// From half a millisecond to ten seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
/// Pieces of work of one commit.
const GROUPS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Starts the metrics of this process; a second call changes nothing.
///
/// # Errors
/// When another recorder is installed.
pub fn start_metrics() -> anyhow::Result<()> {
    if METRICS.get().is_some() {
        return Ok(());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full("dieuphoi_group_commit_size".to_owned()), &GROUPS)?
        .install_recorder()?;
    let gatherer = handle.clone();
    std::thread::Builder::new().name("metrics".to_owned()).spawn(move || {
        loop {
            std::thread::park_timeout(UPKEEP);
            gatherer.run_upkeep();
        }
    })?;
    describe();
    let _first = METRICS.set(handle);
    Ok(())
}

fn describe() {
    describe_counter!("dieuphoi_http_requests_total", "Requests answered.");
    describe_histogram!("dieuphoi_http_request_duration_seconds", Unit::Seconds, "Time to answer.");
    describe_counter!("dieuphoi_deliveries_total", "Attempts to deliver, by channel and outcome.");
    describe_histogram!("dieuphoi_timer_late_seconds", Unit::Seconds, "How late timers fired.");
    describe_histogram!("dieuphoi_chore_seconds", Unit::Seconds, "One tick of a chore.");
    describe_histogram!("dieuphoi_group_commit_size", "Writes that shared one commit (SQLite).");
    describe_gauge!("dieuphoi_outbox_waiting", "Messages that wait or are being sent.");
    describe_gauge!(
        "dieuphoi_outbox_oldest_seconds",
        Unit::Seconds,
        "How long the oldest message that waits has been due."
    );
    describe_gauge!("dieuphoi_timer_overdue_seconds", Unit::Seconds, "How late the next timer is.");
    describe_gauge!("dieuphoi_duty_nobody", "1 while the duty rota says that nobody is on duty.");
    describe_gauge!("dieuphoi_audit_unsealed", "Audit entries that are not sealed yet.");
    describe_gauge!("dieuphoi_timers_failing", "Timers that could not be acted on.");
    describe_counter!(
        "dieuphoi_timer_failures_total",
        "Timers that could not be acted on, each time."
    );
    describe_counter!(
        "dieuphoi_clock_jumps_total",
        "How often the wall clock was set, and whither."
    );
    describe_gauge!(
        "dieuphoi_chore_last_seconds",
        Unit::Seconds,
        "How long ago each chore of this process did its last round."
    );
    describe_gauge!(
        "dieuphoi_canary_last_seconds",
        Unit::Seconds,
        "How long ago the last test message of a channel left."
    );
    describe_gauge!(
        "dieuphoi_canary_trouble",
        "1 while a channel's test message is late or failed."
    );
    describe_gauge!(
        "dieuphoi_room_away_seconds",
        Unit::Seconds,
        "How long a responders' room has not been heard; 0 while it is."
    );
    describe_counter!("dieuphoi_room_failures_total", "Fetches from a room that failed.");
    describe_counter!("dieuphoi_chat_updates_total", "Updates of rooms that were kept.");
    describe_counter!("dieuphoi_chat_handled_total", "Updates of rooms, by what became of them.");
    describe_histogram!("dieuphoi_chat_update_seconds", Unit::Seconds, "Handling one update.");
    describe_gauge!("dieuphoi_chat_updates_waiting", "Updates of rooms that wait.");
    describe_gauge!(
        "dieuphoi_chat_updates_oldest_seconds",
        Unit::Seconds,
        "How long the oldest update that waits has been kept."
    );
    describe_counter!("dieuphoi_canary_alarms_total", "Alarms about a channel's test message.");
    describe_gauge!("dieuphoi_resident_memory_bytes", Unit::Bytes, "Resident memory.");
    describe_gauge!("dieuphoi_build_info", "1, with the version as a label.");
}

/// The metrics as Prometheus reads them; what lies in the database is counted now.
///
/// # Errors
/// [`Error::NotFound`] when no metrics were started in this process.
pub async fn metrics_text(app: &App) -> Result<String> {
    let handle = METRICS.get().ok_or(Error::NotFound("metrics"))?;
    let now = app.clock.now();
    let counted = app
        .office
        .db
        .read(move |c| {
            Ok((
                engine::waiting(c)?,
                engine::next_timer(c)?,
                audit::count_unsealed(c)?,
                engine::failing_timers(c)?,
                rota::outlook(c, now)?,
                [Channel::Mail, Channel::Telegram]
                    .into_iter()
                    .map(|channel| Ok((channel, canaries::latest_sent(c, channel)?)))
                    .collect::<Result<Vec<_>>>()?,
                chat_updates::waiting(c)?,
            ))
        })
        .await;
    // A database that is away must not take the other numbers along.
    if let Ok(((waiting, oldest), timer, unsealed, failing, duty, sent, updates)) = counted {
        gauge!("dieuphoi_duty_nobody").set(if duty.nobody { 1.0 } else { 0.0 });
        let late = |due: Option<crate::clock::Timestamp>| {
            due.map_or(0.0, |due| (now - due).as_seconds_f64().max(0.0))
        };
        gauge!("dieuphoi_outbox_waiting").set(number(waiting));
        gauge!("dieuphoi_chat_updates_waiting").set(number(updates.0));
        gauge!("dieuphoi_chat_updates_oldest_seconds").set(late(updates.1));
        gauge!("dieuphoi_outbox_oldest_seconds").set(late(oldest));
        gauge!("dieuphoi_timer_overdue_seconds").set(late(timer));
        gauge!("dieuphoi_audit_unsealed").set(number(unsealed));
        gauge!("dieuphoi_timers_failing").set(number(failing));
        for (channel, at) in sent {
            if let Some(at) = at {
                gauge!("dieuphoi_canary_last_seconds", "channel" => channel.as_word())
                    .set((now - at).as_seconds_f64().max(0.0));
            }
        }
    }
    for (chore, since) in app.pulse.rounds(&*app.clock) {
        gauge!("dieuphoi_chore_last_seconds", "chore" => chore).set(since.as_secs_f64());
    }
    for (channel, _) in crate::actions::canary::tried(app.config()) {
        let is_silent = app.pulse.trouble().contains(&channel);
        gauge!("dieuphoi_canary_trouble", "channel" => channel.as_word()).set(if is_silent {
            1.0
        } else {
            0.0
        });
    }
    if !app.config().telegram.token.is_empty() {
        let now = app.clock.steady();
        let unheard = app.pulse.unheard();
        let away = unheard.iter().find(|(room, _)| *room == Room::Telegram);
        let since = away.map_or(0.0, |(_, away)| now.saturating_sub(away.since).as_secs_f64());
        gauge!("dieuphoi_room_away_seconds", "room" => "telegram").set(since);
    }
    if let Some(bytes) = resident_memory() {
        gauge!("dieuphoi_resident_memory_bytes").set(number(bytes));
    }
    gauge!("dieuphoi_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle.render())
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; 2^53 is enough")]
const fn number(count: i64) -> f64 {
    count as f64
}

/// Bytes of this process that are in memory, where the kernel says so.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_stay_quiet_whatever_level_is_asked_for() {
        for level in ["trace", "info,dieuphoi::engine=debug", "off,reqwest=trace"] {
            let text = filter(level).unwrap().to_string();
            assert!(text.contains("reqwest=warn") && !text.contains("reqwest=trace"), "{text}");
        }
        assert!(filter("info,,==").is_err());
    }

    #[test]
    fn the_kernel_tells_our_memory() {
        assert!(resident_memory().is_some_and(|bytes| bytes > 1024 * 1024));
    }
}
