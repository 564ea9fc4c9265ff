//! The demo's stories as docs/demo-data.md describes them: what was reported, and what followed,
//! minute by minute. Code words stay words: the actions check them, as for every door.

use anyhow::{Context as _, ensure};
use chrono::{Days, Duration, TimeZone as _};
use chrono_tz::Asia::Ho_Chi_Minh;
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::domain::words::State;
use crate::packed::carried;

/// The file of all stories.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    incidents: Vec<Story>,
}

/// One incident, from the report to where it stands today.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) organisation: String,
    pub(super) system: Option<String>,
    pub(super) system_text: String,
    pub(super) category: String,
    pub(super) impact: Impact,
    pub(super) still_happening: bool,
    pub(super) drill: bool,
    pub(super) source: String,
    pub(super) at: At,
    /// Minutes before `at`.
    pub(super) detected_before: i64,
    /// Minutes before `at`; `None` when nobody knows.
    pub(super) occurred_before: Option<i64>,
    pub(super) reporter: Reporter,
    /// Who of the desk typed it in, when it came by telephone, letter, monitoring or warning.
    pub(super) registered_by: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) state: State,
    pub(super) reopened: bool,
}

/// The two impact questions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Impact {
    pub(super) services: String,
    pub(super) people: String,
}

/// When a report came in, counted from the demo's start.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(super) enum At {
    /// On a day of the province's calendar.
    Day { days_ago: u64, hour: u32, minute: u32 },
    /// Just now.
    Minutes { minutes_ago: i64 },
}

impl At {
    /// The instant.
    fn before(self, now: Timestamp) -> anyhow::Result<Timestamp> {
        match self {
            Self::Minutes { minutes_ago } => Ok(now - Duration::minutes(minutes_ago)),
            Self::Day { days_ago, hour, minute } => {
                let today = now.utc().with_timezone(&Ho_Chi_Minh).date_naive();
                let local = today
                    .checked_sub_days(Days::new(days_ago))
                    .and_then(|day| day.and_hms_opt(hour, minute, 0))
                    .and_then(|at| Ho_Chi_Minh.from_local_datetime(&at).earliest())
                    .context("no such time")?;
                Ok(Timestamp::new(local.to_utc()))
            }
        }
    }
}

/// Who reported it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reporter {
    /// Signed in, by mail address.
    Account(String),
    /// Through the organisation's own link.
    Contact(Contact),
}

/// How a reporter without an account can be reached.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Contact {
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) email: String,
}

/// Something that somebody did.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Step {
    /// Minutes since the report.
    pub(super) after: i64,
    /// A mail address, `reporter`, or `link:ORGANISATION`.
    pub(super) by: String,
    #[serde(flatten)]
    pub(super) what: What,
}

/// The verbs and their words.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum What {
    Acknowledge,
    Triage {
        category: String,
        priority: String,
        tlp: String,
        legal_class: String,
        signs_of_crime: bool,
        beyond_capacity: bool,
        personal_data: bool,
    },
    State {
        to: String,
        reason: String,
    },
    Member {
        account: String,
    },
    Note {
        audience: String,
        tlp: String,
        text: String,
    },
    Task {
        id: String,
        role: Option<String>,
        assignee: Option<String>,
        phase: String,
        text: String,
        due: i64,
        evidence: String,
    },
    TaskDone {
        task: String,
        note: String,
    },
    TaskSkip {
        task: String,
        note: String,
    },
    Evidence {
        name: String,
        text: String,
        audience: String,
        tlp: String,
        task: Option<String>,
        received_from: String,
    },
    Dispatch {
        id: String,
        to: String,
        kind: String,
        ground: String,
        content: String,
        accept_by: Option<i64>,
        result_by: Option<i64>,
        police_only: bool,
    },
    Answer {
        dispatch: String,
        answer: String,
        text: String,
    },
    Reply {
        dispatch: String,
        text: String,
    },
    Cancel {
        dispatch: String,
        reason: String,
    },
    Block {
        dispatch: String,
        to: String,
        text: String,
    },
    Met {
        clock: String,
        text: String,
    },
    Link {
        parent: String,
        reason: String,
    },
    Merge {
        into: String,
        reason: String,
    },
    Reject {
        reason: String,
    },
    Reopen {
        reason: String,
    },
    Close {
        ended_before: i64,
        summary: String,
        lessons: String,
    },
}

/// All stories, as the program carries them.
///
/// # Errors
/// What is wrong with it, with the place.
pub(super) fn all() -> anyhow::Result<Vec<Story>> {
    let bytes = carried!("incidents.json");
    let file: File = serde_json::from_slice(&bytes).context("the demo's stories")?;
    ensure!(file.version == 1, "stories of version {}", file.version);
    for (place, story) in file.incidents.iter().enumerate() {
        let twin = file.incidents.iter().skip(place + 1).any(|other| other.key == story.key);
        ensure!(!twin, "two stories have the key {}", story.key);
    }
    Ok(file.incidents)
}

/// One thing of the demo's year: a report (`step` is `None`) or a step of its story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) story: usize,
    pub(super) step: Option<usize>,
}

/// Everything that happened in all stories, in order of time; what happened at the same instant, in
/// the order of the file.
///
/// # Errors
/// A step that lies in the future, or before the one in front of it.
pub(super) fn in_order(stories: &[Story], now: Timestamp) -> anyhow::Result<Vec<Moment>> {
    let mut all = Vec::new();
    for (place, story) in stories.iter().enumerate() {
        let received = story.at.before(now)?;
        let mut last = received;
        all.push(Moment { at: received, story: place, step: None });
        for (number, step) in story.steps.iter().enumerate() {
            let at = received + Duration::minutes(step.after);
            ensure!(at >= last, "{} step {}: before the step in front", story.key, number + 1);
            ensure!(at <= now, "{} step {}: in the future", story.key, number + 1);
            last = at;
            all.push(Moment { at, story: place, step: Some(number) });
        }
    }
    all.sort_by_key(|moment| moment.at);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_step_lies_in_the_future_whatever_the_hour_and_only_known_words_are_used() {
        let stories = all().unwrap();
        assert!(stories.len() >= 40);
        for hour in 0..24 {
            for minute in [0, 1, 29, 59] {
                let now = format!("2026-11-22T{hour:02}:{minute:02}");
                let now = Timestamp::parse(&now).unwrap();
                let all = in_order(&stories, now).unwrap();
                assert!(all.windows(2).all(|pair| pair[0].at <= pair[1].at));
            }
        }
    }

    #[test]
    fn a_story_that_is_told_backwards_is_refused() {
        let mut stories = all().unwrap();
        let now = Timestamp::parse("2026-11-22T08:00").unwrap();
        stories[0].steps[0].after = 1_000_000;
        let why = in_order(&stories, now).unwrap_err().to_string();
        assert!(why.contains("s01 step 1"), "{why}");
    }
}
