//! Times as people type them: `14:30`, `14h30`, `25/11 08:00`, `+2h`, `nay`.

use chrono::Duration;

use crate::clock::Timestamp;
use crate::domain::text::folded;

/// Reads a time; `ahead` takes a bare time of day that has passed for tomorrow's.
pub(super) fn read(typed: &str, now: Timestamp, ahead: bool) -> Option<Timestamp> {
    let text = folded(typed.trim());
    if matches!(text.as_str(), "nay" | "bay gio" | "vua xong" | "now") {
        return Some(now);
    }
    if let Some(at) = Timestamp::parse(typed) {
        return Some(at);
    }
    if let Some(later) = text.strip_prefix('+') {
        return span(later).map(|span| now + span);
    }
    let day = now.local();
    let (today, year) = (day.get(..10)?, day.get(6..10)?);
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) => (Some(date), time),
        None => (None, text.as_str()),
    };
    let time = clock(time)?;
    match date {
        Some(date) => {
            let date = if date.matches('/').count() == 1 {
                format!("{date}/{year}")
            } else {
                date.to_owned()
            };
            Timestamp::parse(&format!("{date} {time}"))
        }
        None => {
            let at = Timestamp::parse(&format!("{today} {time}"))?;
            Some(if ahead && at <= now { at + Duration::days(1) } else { at })
        }
    }
}

/// `14:30`, `14h30`, `8h` as `HH:MM`.
fn clock(text: &str) -> Option<String> {
    let (hours, minutes) = text.split_once([':', 'h'])?;
    let minutes = if minutes.is_empty() { "0" } else { minutes };
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| format!("{hours:02}:{minutes:02}"))
}

/// `15`, `15p`, `15 phut`, `1h`, `4 gio`, as people write how long; a bare number is minutes.
pub(super) fn span(text: &str) -> Option<Duration> {
    let text = folded(text.trim());
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().ok().filter(|number| *number < 100_000)?;
    match unit.trim() {
        "" | "p" | "ph" | "phut" | "m" | "min" | "minutes" => Some(Duration::minutes(number)),
        "h" | "g" | "gio" | "hour" | "hours" => Some(Duration::hours(number)),
        "ngay" | "d" | "day" | "days" => Some(Duration::days(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        // 22/11/2026 08:00 in the province.
        let now = Timestamp::parse("2026-11-22T08:00").unwrap();
        let said = |text: &str, ahead| read(text, now, ahead).map(Timestamp::local);
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(said("14:30", true), at("22/11/2026 14:30"));
        assert_eq!(said("14h30", true), at("22/11/2026 14:30"));
        assert_eq!(said("7h", true), at("23/11/2026 07:00"));
        assert_eq!(said("7h", false), at("22/11/2026 07:00"));
        assert_eq!(said("25/11 8h05", true), at("25/11/2026 08:05"));
        assert_eq!(said("25/11/2026 08:05", true), at("25/11/2026 08:05"));
        assert_eq!(said("2026-11-25T08:05", true), at("25/11/2026 08:05"));
        assert_eq!(said("+2h", true), at("22/11/2026 10:00"));
        assert_eq!(said("+45 phút", true), at("22/11/2026 08:45"));
        assert_eq!(said("bây giờ", false), at("22/11/2026 08:00"));
        for text in ["", "mai", "25:00", "99/99 08:00", "2h nữa", "😀", "+", "h"] {
            assert_eq!(said(text, true), None, "{text:?}");
        }
        assert_eq!(span("1 giờ"), Some(Duration::minutes(60)));
        assert_eq!(span("240"), Some(Duration::minutes(240)));
        assert_eq!(span("mãi"), None);
    }
}
