//! The coming weeks as days: what of each shift falls on each day.

use chrono::{Datelike, Duration};

use crate::actions::rota::views::ShiftView;
use crate::clock::Timestamp;
use crate::domain::rota::day_of;
use crate::texts::Texts;

/// Colours of people; whoever comes later shares one.
const COLOURS: usize = 6;

/// What of a shift falls on a day.
pub(super) struct Piece {
    /// Hours, or an empty text for the whole day.
    pub hours: String,
    /// Who, or that nobody is.
    pub who: String,
    /// `1` to `6`, or `gap`.
    pub colour: String,
    /// Somebody else than the rotation says.
    pub changed: bool,
    /// The second officer.
    pub second: bool,
    /// The reader's own.
    pub yours: bool,
}

/// One day.
pub(super) struct Day {
    /// `23/11`.
    pub date: String,
    /// For machines.
    pub iso: String,
    /// Its day of the week.
    pub weekday: String,
    /// It is over.
    pub past: bool,
    /// It is today.
    pub today: bool,
    /// What falls on it, in order.
    pub pieces: Vec<Piece>,
}

/// Midnight of the Monday of a moment's week.
pub(super) fn monday(at: Timestamp) -> Timestamp {
    let day = day_of(at);
    let back = i64::from(day.weekday().num_days_from_monday());
    midnight(at) - Duration::days(back)
}

fn midnight(at: Timestamp) -> Timestamp {
    let day = at.local_input();
    let text = format!("{}T00:00", day.get(..10).unwrap_or_default());
    Timestamp::parse(&text).unwrap_or(at)
}

/// The days of some weeks.
pub(super) fn weeks(
    t: Texts,
    shifts: &[ShiftView],
    monday: Timestamp,
    weeks: i64,
    now: Timestamp,
) -> Vec<Day> {
    let mut people: Vec<&str> = Vec::new();
    for shift in shifts {
        if let Some(person) = &shift.person
            && !people.contains(&person.email.as_str())
        {
            people.push(&person.email);
        }
    }
    people.sort_unstable();
    let today = midnight(now);
    (0..weeks * 7)
        .map(|number| {
            let begin = monday + Duration::days(number);
            let end = begin + Duration::days(1);
            let here = shifts.iter().filter(|shift| shift.from < end && shift.to > begin);
            Day {
                date: begin.local().get(..5).unwrap_or_default().to_owned(),
                iso: begin.local_input().get(..10).unwrap_or_default().to_owned(),
                weekday: t.t(&format!("weekday-{}", number % 7 + 1)),
                past: end <= now,
                today: begin == today,
                pieces: here.map(|shift| piece(t, shift, begin, end, &people)).collect(),
            }
        })
        .collect()
}

fn piece(t: Texts, shift: &ShiftView, begin: Timestamp, end: Timestamp, people: &[&str]) -> Piece {
    let hour = |at: Timestamp| at.local().get(11..).unwrap_or_default().to_owned();
    let hours = match (shift.from > begin, shift.to < end) {
        (false, false) => String::new(),
        (true, false) => t.t1("rota-hours-from", "from", &hour(shift.from)),
        (false, true) => t.t1("rota-hours-to", "to", &hour(shift.to)),
        (true, true) => format!("{}–{}", hour(shift.from), hour(shift.to)),
    };
    let place = shift
        .person
        .as_ref()
        .and_then(|person| people.iter().position(|email| *email == person.email));
    Piece {
        hours,
        who: shift.person.as_ref().map_or_else(|| t.t("rota-nobody"), |person| person.name.clone()),
        colour: place.map_or_else(|| "gap".to_owned(), |place| (place % COLOURS + 1).to_string()),
        changed: !shift.changed.is_empty(),
        second: shift.line == 2,
        yours: shift.yours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::words::Language;

    #[test]
    fn a_shift_is_cut_into_the_province_s_days() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let shift = ShiftView {
            line: 1,
            from: at("2026-11-22T07:30"),
            to: at("2026-11-24T07:30"),
            person: None,
            instead_of: None,
            changed: "",
            yours: false,
        };
        let first = monday(at("2026-11-22T23:59"));
        assert_eq!(first.local(), "16/11/2026 00:00");
        let days = weeks(Texts(Language::Vi), &[shift], first, 2, at("2026-11-23T08:00"));
        assert_eq!(days.len(), 14);
        let told: Vec<(usize, &str)> = days
            .iter()
            .enumerate()
            .flat_map(|(number, day)| {
                day.pieces.iter().map(move |one| (number, one.hours.as_str()))
            })
            .collect();
        assert_eq!(told, [(6, "từ 07:30"), (7, ""), (8, "đến 07:30")]);
        assert!(days[6].past && !days[7].past && days[7].today && !days[8].today);
        assert_eq!((days[7].date.as_str(), days[7].iso.as_str()), ("23/11", "2026-11-23"));
    }
}
