//! The demo: a believable province of 2017 with a year of incidents, told through the real actions
//! with the clock set to each step's time (docs/demo-data.md).

mod folder;
mod past;
mod play;
mod province;
mod rota;
mod steps;
mod story;
#[cfg(test)]
mod tests;

use anyhow::Context as _;

pub use self::folder::DemoFolder;
pub use self::province::Entry;
use crate::actions::Office;
use crate::clock::Timestamp;
use crate::store::demo;

/// Fills an empty database: the province, its accounts, a year of incidents up to `now`.
/// Answers who can sign in.
///
/// # Errors
/// What is wrong with the data, or with what the actions made of it.
pub async fn load(office: &Office, now: Timestamp) -> anyhow::Result<Vec<Entry>> {
    office.db.write(move |tx| demo::mark(tx, false, now)).await?;
    let stories = story::all()?;
    let moments = story::in_order(&stories, now)?;
    let begin = moments.first().map_or(now, |first| first.at) - chrono::Duration::days(30);
    province::directory(office, begin).await?;
    let accounts = province::accounts(office, begin).await?;
    play::all(office, &stories, &moments, now).await.context("the demo's stories")?;
    office.db.write(move |tx| demo::mark(tx, true, now)).await?;
    Ok(accounts)
}

/// Who can sign in to a demo that was kept: as its file says, while one of them still can; else
/// everybody gets a new password.
///
/// # Errors
/// The database's.
pub async fn welcome_back(
    office: &Office,
    folder: &DemoFolder,
    now: Timestamp,
) -> anyhow::Result<Vec<Entry>> {
    if let Ok(text) = std::fs::read_to_string(folder.accounts())
        && let Ok(known) = serde_json::from_str::<Vec<Entry>>(&text)
        && province::can_sign_in(office, &known).await?
    {
        return Ok(known);
    }
    province::new_password(office, now).await
}
