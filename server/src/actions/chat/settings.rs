//! When a person wants quiet: hours of the province's day in which a chat makes no sound, but for
//! what is urgent. Mail is not held back.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::actions::record::audited;
use crate::actions::sessions::human;
use crate::actions::{Ctx, Office};
use crate::domain::refusal::{FieldError, Refusal};
use crate::error::Result;
use crate::records::ChatSettings;
use crate::store::{accounts, chat_links};

/// A night is at most so long, minutes: whoever is quiet all day is not there.
const LONGEST: i32 = 12 * 60;
/// Minutes of a day.
const DAY: i32 = 24 * 60;

/// Quiet hours as people write them: `22:00` and `06:00`; both empty: none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Quiet {
    /// From then (HH:MM, Vietnam).
    pub from: String,
    /// Until then (HH:MM, Vietnam), the next day when it is earlier.
    pub to: String,
}

impl Quiet {
    fn of(kept: &ChatSettings) -> Self {
        match (kept.quiet_from, kept.quiet_to) {
            (Some(from), Some(to)) => Self { from: clock(from), to: clock(to) },
            _ => Self::default(),
        }
    }
}

fn clock(minutes: i32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `HH:MM` in minutes after midnight.
fn minutes(field: &'static str, text: &str) -> Result<i32, FieldError> {
    let bad = || FieldError::new(field, "field-quiet-time");
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(bad)?;
    let number = |part: &str, most: i32| {
        let digits =
            !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i32>().ok().filter(|n| digits && *n < most).ok_or_else(bad)
    };
    Ok(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// What was typed, checked: from and to in minutes after midnight, or none.
fn checked(typed: &Quiet) -> Result<Option<(i32, i32)>, Refusal> {
    if typed.from.trim().is_empty() && typed.to.trim().is_empty() {
        return Ok(None);
    }
    match (minutes("from", &typed.from), minutes("to", &typed.to)) {
        (Ok(from), Ok(to)) => {
            let long = (to - from).rem_euclid(DAY);
            if long == 0 || long > LONGEST {
                return Err(Refusal::Fields(vec![FieldError::new("to", "field-quiet-long")]));
            }
            Ok(Some((from, to)))
        }
        (from, to) => Err(Refusal::Fields([from.err(), to.err()].into_iter().flatten().collect())),
    }
}

/// The own quiet hours.
///
/// # Errors
/// [`Refusal::SignInFirst`].
pub async fn own(office: &Office, ctx: &Ctx) -> Result<Quiet> {
    let id = human(&ctx.actor)?.id;
    let kept = office.db.read(move |c| chat_links::settings(c, id)).await?;
    Ok(kept.as_ref().map(Quiet::of).unwrap_or_default())
}

/// Keeps the own quiet hours.
///
/// # Errors
/// [`Refusal::Fields`] for `from` and `to`.
pub async fn set(office: &Office, ctx: &Ctx, typed: Quiet) -> Result<Quiet> {
    ctx.actor.person()?;
    let id = human(&ctx.actor)?.id;
    let hours = checked(&typed)?;
    let kept = ChatSettings {
        account_id: id,
        quiet_from: hours.map(|(from, _)| from),
        quiet_to: hours.map(|(_, to)| to),
        updated_at: ctx.now,
    };
    let (ctx, quiet) = (ctx.clone(), Quiet::of(&kept));
    let shown = quiet.clone();
    office
        .write(move |tx| {
            let account = accounts::hold(tx, id)?;
            chat_links::keep_settings(tx, &kept)?;
            let detail = json!({"from": quiet.from, "to": quiet.to});
            audited(tx, &ctx, "chat.quiet", "account", &account.email, detail)
        })
        .await?;
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_times_of_a_night() {
        let typed =
            |from: &str, to: &str| checked(&Quiet { from: from.to_owned(), to: to.to_owned() });
        assert_eq!(typed("", " ").unwrap(), None);
        assert_eq!(typed("22:00", "06:00").unwrap(), Some((1320, 360)));
        assert_eq!(typed("9:05", "10:00").unwrap(), Some((545, 600)));
        for (from, to, bad) in [
            ("22:00", "", vec!["to"]),
            ("", "06:00", vec!["from"]),
            ("24:00", "06:60", vec!["from", "to"]),
            ("22:00", "22:00", vec!["to"]),
            ("06:00", "18:01", vec!["to"]),
            ("2200", "+6:00", vec!["from", "to"]),
            ("-1:00", "06:00:00", vec!["from", "to"]),
        ] {
            let Err(Refusal::Fields(errors)) = typed(from, to) else { panic!("{from} {to}") };
            let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
            assert_eq!(fields, bad, "{from} {to}");
        }
        assert_eq!(clock(65), "01:05");
    }
}
