//! A simulation as a picture: time runs down, every role has its lane. Plain SVG without scripts.

use super::table::words;
use super::words::{Language, after, role, whom, why};
use super::{Row, Scenario, What};
use crate::role::Role;
use std::fmt::Write as _;

const LEFT: usize = 190;
const LANE: usize = 110;
const TOP: usize = 64;
const STEP: usize = 30;
const TEXT: usize = 620;

/// The rows as an SVG timeline. Everything written in the file is escaped.
pub fn picture(rows: &[Row], scenario: &Scenario<'_>, language: Language) -> String {
    let mut lanes: Vec<&Role> = Vec::new();
    for row in rows {
        for role in &row.whom {
            if !lanes.contains(&role) {
                lanes.push(role);
            }
        }
    }
    let text_at = LEFT + LANE * lanes.len().max(1);
    let (width, height) = (text_at + TEXT, TOP + STEP * rows.len() + 24);
    let title = language.pick("Mô phỏng kịch bản", "Simulation of a playbook");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let mut put = |line: String| {
        svg.push_str(&line);
        svg.push('\n');
    };
    for (index, lane) in lanes.iter().enumerate() {
        let x = LEFT + LANE * index + LANE / 2;
        put(format!(
            "<text x=\"{x}\" y=\"28\" text-anchor=\"middle\" font-weight=\"bold\" font-size=\"11\">{}</text>",
            escape(&role(lane, language))
        ));
        put(format!(
            "<line x1=\"{x}\" y1=\"40\" x2=\"{x}\" y2=\"{}\" stroke=\"#b9c2cc\"/>",
            height - 12
        ));
    }
    for (index, row) in rows.iter().enumerate() {
        let y = TOP + STEP * index;
        put(format!(
            "<text x=\"8\" y=\"{y}\">{} · {}</text>",
            escape(&after(row)),
            escape(&scenario.calendar.local(row.at))
        ));
        let (fill, shape) = match row.what {
            What::Reply(_) => ("#1b7f3b", 6),
            What::StillWaits => ("#b3261e", 7),
            What::Question => ("#8a5a00", 6),
            _ => ("#1f5fa8", 6),
        };
        for (lane, _) in lanes.iter().enumerate().filter(|(_, lane)| row.whom.contains(lane)) {
            let x = LEFT + LANE * lane + LANE / 2;
            put(format!("<circle cx=\"{x}\" cy=\"{}\" r=\"{shape}\" fill=\"{fill}\"/>", y - 4));
        }
        let mut sentence = String::new();
        let who = whom(row, language);
        if !who.is_empty() {
            let _written = write!(sentence, "{who}: ");
        }
        sentence.push_str(&words(row, language));
        let why = why(row, language);
        if !why.is_empty() {
            let _written = write!(sentence, " ({why})");
        }
        put(format!("<text x=\"{text_at}\" y=\"{y}\">{}</text>", escape(&sentence)));
    }
    svg.push_str("</svg>\n");
    svg
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
