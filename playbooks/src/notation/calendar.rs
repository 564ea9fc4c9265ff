//! From nodes to a working calendar.

use super::fault::Fault;
use super::fields::{Fields, Shape, line, list, name, number, shorten, word};
use super::problem::Problems;
use super::regime::date;
use super::yaml::{Node, Value};
use crate::calendar::{Calendar, Day};
use crate::limits::*;
use chrono::{Days, Weekday};

const CALENDAR: Shape = Shape {
    known: &["calendar", "title", "utc_offset", "weekend", "years", "off", "worked"],
    later: &[],
};
const DAY: Shape = Shape { known: &["from", "to", "title", "may_change"], later: &[] };
const WEEKDAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

pub(crate) fn read(node: &Node, p: &mut Problems) -> Option<Calendar> {
    if matches!(node.value, Value::Null) {
        p.add(node.at, &Fault::Empty);
        return None;
    }
    let fields = Fields::open(node, "calendar", &CALENDAR, p)?;
    let mut calendar = Calendar {
        name: fields.need("calendar", p).and_then(|n| name(n, "calendar", p)).unwrap_or_default(),
        title: fields
            .need("title", p)
            .and_then(|n| line(n, "title", MAX_TITLE, p))
            .unwrap_or_default(),
        weekend: Vec::new(),
        ..Calendar::default()
    };
    if let Some(node) = fields.need("utc_offset", p)
        && let Some(found) = line(node, "utc_offset", 16, p)
    {
        match offset(&found) {
            Some(minutes) => calendar.offset_minutes = minutes,
            None => p.add(node.at, &Fault::BadOffset(shorten(&found))),
        }
    }
    if let Some(node) = fields.need("weekend", p) {
        for item in list(node, "weekend", p).unwrap_or_default() {
            let parse = |text: &str| text.parse::<Weekday>().ok();
            calendar.weekend.extend(word(item, "weekend", WEEKDAYS, parse, p));
        }
        if (0..7).all(|n| Weekday::try_from(n).is_ok_and(|day| calendar.weekend.contains(&day))) {
            p.add(node.at, &Fault::NeverWorked);
        }
    }
    if let Some(node) = fields.need("years", p) {
        for item in list(node, "years", p).unwrap_or_default() {
            let year = number(item, "years", 2000, 2200, p);
            calendar.years.extend(year.and_then(|year| i32::try_from(year).ok()));
        }
    }
    for (key, worked) in [("off", false), ("worked", true)] {
        let Some(node) = fields.get(key) else { continue };
        for item in list(node, key, p).unwrap_or_default() {
            day(item, key, worked, &mut calendar, p);
        }
    }
    Some(calendar)
}

fn day(node: &Node, key: &str, worked: bool, calendar: &mut Calendar, p: &mut Problems) {
    let Some(fields) = Fields::open(node, key, &DAY, p) else { return };
    let from = fields.need("from", p).and_then(|n| date(n, "from", p));
    let to = fields.get("to").and_then(|n| date(n, "to", p)).or(from);
    let title = fields.need("title", p).and_then(|n| line(n, "title", MAX_TITLE, p));
    let may_change = match fields.get("may_change").map(|n| (n, &n.value)) {
        None => false,
        Some((_, Value::Bool(written))) => *written,
        Some((n, _)) => {
            p.add(n.at, &Fault::ExpectedYesNo { key: "may_change".to_owned() });
            false
        }
    };
    let (Some(from), Some(to), Some(title)) = (from, to, title) else { return };
    if to < from {
        p.add(fields.place_of("to"), &Fault::DatesReversed);
        return;
    }
    let mut date = from;
    while date <= to {
        if calendar.days.len() >= MAX_CALENDAR_DAYS {
            p.add(node.at, &Fault::TooManyDays);
            return;
        }
        let day = Day { worked, title: title.clone(), may_change };
        if calendar.days.insert(date, day).is_some() {
            p.add(node.at, &Fault::DayTwice(date.to_string()));
            return;
        }
        let Some(next) = date.checked_add_days(Days::new(1)) else { return };
        date = next;
    }
}

/// `+07:00` in minutes.
fn offset(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let fits = hours.len() == 2 && minutes.len() == 2;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (fits && (0..=14).contains(&hours) && (0..60).contains(&minutes))
        .then_some(sign * (hours * 60 + minutes))
}
