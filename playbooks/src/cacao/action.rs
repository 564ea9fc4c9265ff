//! A step of type `action` becomes a task: who gets it, in which phase, and what it says. Nothing of
//! it is executed here; a person reads the command and does it.

use super::book::{Book, Step};
use super::import::Options;
use super::variables::Known;
use crate::definition::Phase;
use crate::limits::MAX_INSTRUCTION;
use crate::role::{ROLE_WORDS, Role};
use base64::Engine as _;
use serde_json::Value;

/// Who does what an agent was meant to do: whoever was named when the file was imported, by the
/// agent's identifier or its name; else a role whose word is the agent's name; else nobody is known.
pub(super) fn role(book: &Book, options: &Options<'_>, id: &str) -> Option<Role> {
    let party = book.agents.get(id).or_else(|| book.targets.get(id));
    let name = party.map(|party| party.name.as_str()).unwrap_or_default();
    options.roles.get(id).or_else(|| options.roles.get(name)).cloned().or_else(|| {
        if name.starts_with("org:") {
            return Role::parse(name);
        }
        let word: String = name
            .trim()
            .chars()
            .map(|c| if c.is_whitespace() || c == '-' { '_' } else { c.to_ascii_lowercase() })
            .collect();
        ROLE_WORDS.contains(&word.as_str()).then(|| Role::parse(&word)).flatten()
    })
}

/// The phase of a task: from what the commands do, or from what the playbook is for.
pub(super) fn phase(book: &Book, commands: &[Value]) -> Phase {
    let of_activity = |activity: &str| match activity {
        "scan-system"
        | "match-indicator"
        | "analyze-collected-data"
        | "identify-indicators"
        | "scan-vulnerabilities"
        | "map-network" => Some(Phase::Verifying),
        "restrict-access" | "disconnect-system" => Some(Phase::Containing),
        "eliminate-risk" | "configure-systems" => Some(Phase::Eradicating),
        "revert-system" | "restore-data" | "restore-capabilities" => Some(Phase::Recovering),
        "analyze-engagement-results" => Some(Phase::Reviewing),
        _ => None,
    };
    let of_type = |kind: &String| match kind.as_str() {
        "detection" | "investigation" => Some(Phase::Verifying),
        "mitigation" => Some(Phase::Containing),
        "remediation" => Some(Phase::Eradicating),
        _ => None,
    };
    commands
        .iter()
        .filter_map(|command| command.get("playbook_activity")?.as_str())
        .find_map(of_activity)
        .or_else(|| book.types.iter().find_map(of_type))
        .unwrap_or(Phase::Containing)
}

/// The words of a task.
pub(super) struct Words {
    pub(super) text: String,
    /// Whether something was cut off.
    pub(super) cut: bool,
    /// The names of variables whose values are not known.
    pub(super) unknown: Vec<String>,
    /// The types of commands that are not for people.
    pub(super) machines: Vec<String>,
}

/// What a task says: the step's name and description, its commands in their order, on what, and
/// what is to be written down.
pub(super) fn words(
    book: &Book,
    known: &Known<'_>,
    step: &Step,
    commands: &[Value],
    targets: &[String],
    gives: &[String],
) -> Words {
    let mut parts: Vec<String> = Vec::new();
    let (mut unknown, mut machines) = (Vec::new(), Vec::new());
    let mut fill = |text: &str| {
        let (filled, missing) = known.filled(step, text);
        unknown.extend(missing);
        filled
    };
    for words in [&step.name, &step.description] {
        if !words.trim().is_empty() {
            parts.push(fill(words.trim()));
        }
    }
    for (n, command) in commands.iter().enumerate() {
        let text = |key: &str| command.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = text("type");
        let mut lines: Vec<String> = Vec::new();
        if !text("description").is_empty() {
            lines.push(fill(text("description")));
        }
        let body = match text("command") {
            "" => decoded(text("command_b64")),
            plain => fill(plain),
        };
        let content = match text("content") {
            "" => decoded(text("content_b64")),
            plain => fill(plain),
        };
        if kind == "manual" {
            lines.extend([body, content].into_iter().filter(|line| !line.is_empty()));
        } else {
            machines.push(kind.to_owned());
            let mut shown = body;
            for (key, value) in command.as_object().into_iter().flatten() {
                const SAID: &[&str] = &[
                    "type",
                    "description",
                    "command",
                    "command_b64",
                    "content",
                    "content_b64",
                    "playbook_activity",
                    "external_references",
                    "version",
                ];
                if !SAID.contains(&key.as_str()) {
                    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    shown.push_str(&format!("\n{key}: {}", fill(&value)));
                }
            }
            if !content.is_empty() {
                shown.push_str(&format!("\n{content}"));
            }
            lines.push(format!("[{kind}] {}", shown.trim()));
        }
        let whole = lines.join("\n");
        // The name often says the same once more.
        if parts.contains(&whole) || whole.is_empty() {
            continue;
        }
        parts.push(if commands.len() > 1 { format!("({}) {whole}", n + 1) } else { whole });
    }
    let names: Vec<String> = targets
        .iter()
        .filter_map(|id| {
            let party = book.targets.get(id).or_else(|| book.agents.get(id))?;
            Some(format!("{} ({})", party.name, party.kind))
        })
        .collect();
    if !names.is_empty() {
        parts.push(format!("Đối tượng: {}.", names.join(", ")));
    }
    if !gives.is_empty() {
        let names: Vec<String> = gives
            .iter()
            .map(|name| {
                let name = super::variables::bare(name);
                let about = book.variable(Some(step), name).map(|v| v.description.trim());
                match about.unwrap_or_default() {
                    "" => name.trim_matches('_').to_owned(),
                    about => format!("{} ({about})", name.trim_matches('_')),
                }
            })
            .collect();
        parts.push(format!("Ghi kết quả: {}.", names.join(", ")));
    }
    if parts.is_empty() {
        parts.push(step.id.clone());
    }
    let whole = clean(&parts.join("\n"));
    let (text, cut) = shortened(&whole, MAX_INSTRUCTION);
    Words { text, cut, unknown, machines }
}

/// Base64 as text, where it is text.
fn decoded(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| format!("base64: {text}"))
}

/// Without control characters other than line breaks.
pub(super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', " ");
    let text: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

/// In one line.
pub(super) fn line(text: &str, max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    shortened(&clean(&words.join(" ")), max).0
}

/// At most so many characters, and whether something was cut off.
pub(super) fn shortened(text: &str, max: usize) -> (String, bool) {
    if text.chars().count() <= max {
        return (text.to_owned(), false);
    }
    let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
    short = short.trim_end().to_owned();
    short.push('…');
    (short, true)
}
