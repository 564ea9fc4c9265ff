//! `dieuphoi serve`: the web and the engine in one process, until it is told to stop.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;

use crate::actions::shelf;
use crate::app::App;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::domain::words::Language;
use crate::engine::{Channels, Engine};
use crate::http;
use crate::telemetry;
use crate::texts::Texts;

/// How long requests under way may take to end.
const GRACE_SECONDS: u64 = 10;

/// Serves by the wall clock.
pub(super) async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let office = super::office(config)?;
    serve(App::new(office, Arc::new(SystemClock))).await
}

/// Serves until SIGINT or SIGTERM: first no new requests, then the engine's last tick.
pub(crate) async fn serve(app: App) -> anyhow::Result<ExitCode> {
    telemetry::start_metrics()?;
    for remark in &app.config().remarks {
        tracing::warn!("{}", remark.words(Texts(Language::Vi)));
    }
    shelf::keep_shipped(&app.office).await?;
    let server = app.config().server.clone();
    let engine = if app.config().engine.enabled {
        let channels = Channels::configured(&app)?;
        Some(Engine::start(&app, channels).await?)
    } else {
        None
    };
    let workers = match server.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from).min(4),
        workers => workers,
    };
    let for_web = app.clone();
    let web = HttpServer::new(move || http::application(for_web.clone()))
        .workers(workers)
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(GRACE_SECONDS)
        .bind(&server.listen)
        .map_err(|why| anyhow::anyhow!("cannot listen on {}: {why}", server.listen))?
        .run();
    tracing::info!(server.listen = %server.listen, server.base_url = %server.base_url, "serving");
    web.await?;
    if let Some(engine) = engine {
        engine.stop().await;
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}
