//! From nodes to a regime: the law's clocks.

use super::fault::Fault;
use super::fields::{Fields, Shape, line, list, name, number, role, roles, shorten, span, word};
use super::problem::Problems;
use super::steps::step_clock;
use super::yaml::{Node, Value};
use crate::limits::*;
use crate::regime::{
    APPLIES_WORDS, Applies, BASIS_WORDS, Basis, Clock, Regime, START_WORDS, STOP_WORDS, StartEvent,
    StopEvent, YearlyDate,
};
use crate::span::Span;
use chrono::NaiveDate;
use std::collections::HashMap;

const REGIME: Shape = Shape {
    known: &[
        "regime",
        "version",
        "title",
        "title_en",
        "valid_from",
        "valid_to",
        "clocks",
        "yearly",
    ],
    later: &[],
};

const YEARLY: Shape = Shape {
    known: &[
        "id", "title", "title_en", "before", "basis", "owner", "tell", "breach", "warn", "source",
    ],
    later: &[],
};

const CLOCK: Shape = Shape {
    known: &[
        "id", "title", "title_en", "start", "within", "basis", "applies", "owner", "tell",
        "breach", "warn", "stop", "source", "clock",
    ],
    later: &[],
};

pub(crate) fn read(node: &Node, p: &mut Problems) -> Option<Regime> {
    if matches!(node.value, Value::Null) {
        p.add(node.at, &Fault::Empty);
        return None;
    }
    let fields = Fields::open(node, "regime", &REGIME, p)?;
    let regime_name = fields.need("regime", p).and_then(|n| name(n, "regime", p));
    let version = fields.need("version", p).and_then(|n| number(n, "version", 1, 1_000_000, p));
    let title = fields.need("title", p).and_then(|n| line(n, "title", MAX_TITLE, p));
    let title_en = fields.need("title_en", p).and_then(|n| line(n, "title_en", MAX_TITLE, p));
    let valid_from = fields.need("valid_from", p).and_then(|n| date(n, "valid_from", p));
    let valid_to = fields.get("valid_to").and_then(|n| date(n, "valid_to", p));
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        p.add(fields.place_of("valid_to"), &Fault::DatesReversed);
    }
    let mut ids = HashMap::new();
    let mut clocks = Vec::new();
    if let Some(node) = fields.need("clocks", p) {
        let items = list(node, "clocks", p).unwrap_or_default();
        if items.len() > MAX_CLOCKS {
            p.add(node.at, &Fault::TooManyClocks);
        }
        for item in items.iter().take(MAX_CLOCKS) {
            let Some(clock) = clock(item, p) else { continue };
            if let Some(first) = ids.insert(clock.id.clone(), item.at) {
                p.add(item.at, &Fault::DuplicateId { id: clock.id.clone(), line: first.line });
            }
            clocks.push(clock);
        }
    }
    let mut yearly = Vec::new();
    if let Some(node) = fields.get("yearly") {
        let items = list(node, "yearly", p).unwrap_or_default();
        if items.len() > MAX_CLOCKS {
            p.add(node.at, &Fault::TooManyClocks);
        }
        for item in items.iter().take(MAX_CLOCKS) {
            let Some(date) = yearly_date(item, p) else { continue };
            if let Some(first) = ids.insert(date.id.clone(), item.at) {
                p.add(item.at, &Fault::DuplicateId { id: date.id.clone(), line: first.line });
            }
            yearly.push(date);
        }
    }
    Some(Regime {
        name: regime_name?,
        version: version?,
        title: title?,
        title_en: title_en?,
        valid_from: valid_from?,
        valid_to,
        clocks,
        yearly,
    })
}

fn clock(node: &Node, p: &mut Problems) -> Option<Clock> {
    let f = Fields::open(node, "clocks", &CLOCK, p)?;
    let id = f.need("id", p).and_then(|n| name(n, "id", p));
    let title = f.need("title", p).and_then(|n| line(n, "title", MAX_TITLE, p));
    let title_en = f.need("title_en", p).and_then(|n| line(n, "title_en", MAX_TITLE, p));
    let start =
        f.need("start", p).and_then(|n| word(n, "start", START_WORDS, StartEvent::parse, p));
    let duration = f.need("within", p).and_then(|n| span(n, "within", p));
    let basis = f.need("basis", p).and_then(|n| word(n, "basis", BASIS_WORDS, Basis::parse, p));
    let applies =
        f.need("applies", p).and_then(|n| word(n, "applies", APPLIES_WORDS, Applies::parse, p));
    let owner = f.need("owner", p).and_then(|n| role(n, p));
    let tell = f.need("tell", p).and_then(|n| roles(n, p));
    let breach = f.need("breach", p).and_then(|n| roles(n, p));
    let warn = f.need("warn", p).and_then(|n| percents(n, p));
    let stop = f.need("stop", p).and_then(|n| word(n, "stop", STOP_WORDS, StopEvent::parse, p));
    let source = f.need("source", p).and_then(|n| line(n, "source", MAX_TITLE, p));
    let counted = f.get("clock").and_then(|n| step_clock(n, p));
    Some(Clock {
        id: id?,
        title: title?,
        title_en: title_en?,
        start: start?,
        duration: duration?,
        counted: counted.unwrap_or_default(),
        basis: basis?,
        applies: applies?,
        owner: owner?,
        tell: tell?,
        breach: breach?,
        warn: warn?,
        stop: stop?,
        source: source?,
    })
}

fn yearly_date(node: &Node, p: &mut Problems) -> Option<YearlyDate> {
    let f = Fields::open(node, "yearly", &YEARLY, p)?;
    let id = f.need("id", p).and_then(|n| name(n, "id", p));
    let title = f.need("title", p).and_then(|n| line(n, "title", MAX_TITLE, p));
    let title_en = f.need("title_en", p).and_then(|n| line(n, "title_en", MAX_TITLE, p));
    let before = f.need("before", p).and_then(|n| day_and_month(n, p));
    let basis = f.need("basis", p).and_then(|n| word(n, "basis", BASIS_WORDS, Basis::parse, p));
    let owner = f.need("owner", p).and_then(|n| role(n, p));
    let tell = f.need("tell", p).and_then(|n| roles(n, p));
    let breach = f.need("breach", p).and_then(|n| roles(n, p));
    let warn = f.need("warn", p).and_then(|n| ahead(n, p));
    let source = f.need("source", p).and_then(|n| line(n, "source", MAX_TITLE, p));
    Some(YearlyDate {
        id: id?,
        title: title?,
        title_en: title_en?,
        before: before?,
        basis: basis?,
        owner: owner?,
        tell: tell?,
        breach: breach?,
        warn: warn?,
        source: source?,
    })
}

/// `20/6`, as the law writes it; the 29th of February is no date of every year.
fn day_and_month(node: &Node, p: &mut Problems) -> Option<(u32, u32)> {
    let found = line(node, "before", 1_000, p)?;
    let parsed = found.split_once('/').and_then(|(day, month)| {
        let (day, month) = (day.parse().ok()?, month.parse().ok()?);
        NaiveDate::from_ymd_opt(2025, month, day).map(|_| (day, month))
    });
    if parsed.is_none() {
        p.add(node.at, &Fault::BadDayOfYear(shorten(&found)));
    }
    parsed
}

/// How long ahead, the longest first.
fn ahead(node: &Node, p: &mut Problems) -> Option<Vec<Span>> {
    let items = list(node, "warn", p)?;
    let mut found: Vec<Span> = Vec::with_capacity(items.len());
    for item in items.iter().take(99) {
        let time = span(item, "warn", p)?;
        if found.last().is_some_and(|last| *last <= time) {
            p.add(item.at, &Fault::BadWarnTimes);
            return None;
        }
        found.push(time);
    }
    Some(found)
}

fn percents(node: &Node, p: &mut Problems) -> Option<Vec<u8>> {
    let items = list(node, "warn", p)?;
    let mut found: Vec<u8> = Vec::with_capacity(items.len());
    for item in items.iter().take(99) {
        let percent = number(item, "warn", 1, 99, p).and_then(|n| u8::try_from(n).ok())?;
        if found.last().is_some_and(|last| *last >= percent) {
            p.add(item.at, &Fault::BadWarnPoints);
            return None;
        }
        found.push(percent);
    }
    Some(found)
}

pub(super) fn date(node: &Node, key: &str, p: &mut Problems) -> Option<NaiveDate> {
    let found = line(node, key, 1_000, p)?;
    let parsed = NaiveDate::parse_from_str(&found, "%Y-%m-%d").ok();
    if parsed.is_none() {
        p.add(node.at, &Fault::BadDate(shorten(&found)));
    }
    parsed
}
