//! Calendar chores: a scheduler wakes them, a row decides which server runs them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_cron_scheduler::{Job, JobBuilder, JobScheduler};

use crate::actions::housekeeping as work;
use crate::app::App;

/// Seconds, minutes, hours … in the province's time.
const CALENDAR: [(&str, &str); 3] =
    [("sweep", "0 7 * * * *"), ("anchor", "0 0 7 * * *"), ("rota", "0 12 * * * *")];

pub(super) async fn start(app: App, ended: Arc<AtomicBool>) -> anyhow::Result<JoinHandle<()>> {
    let mut scheduler = JobScheduler::new().await?;
    for (name, when) in CALENDAR {
        let app = app.clone();
        let job: Job = JobBuilder::new()
            .with_timezone(chrono_tz::Asia::Ho_Chi_Minh)
            .with_cron_job_type()
            .with_schedule(when)?
            .with_run_async(Box::new(move |_, _| {
                let app = app.clone();
                Box::pin(async move {
                    if let Err(why) = work::run(&app.office, &app.own("engine"), name).await {
                        tracing::error!(chore.name = name, error = %why, "housekeeping failed");
                    }
                })
            }))
            .build()?;
        scheduler.add(job).await?;
    }
    scheduler.start().await?;
    Ok(super::spawn(async move {
        while !ended.load(Ordering::Acquire) {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        if let Err(why) = scheduler.shutdown().await {
            tracing::warn!(error = %why, "the calendar did not end cleanly");
        }
    }))
}
