//! What a person does: the tasks of actions and of playbooks that are not here, pauses, and what is
//! said when something went wrong that the file passes over.

use super::action::{self, line};
use super::book::Step;
use super::flow::{Flow, WAYS_BACK};
use super::ids::{of_playbook, slug};
use super::remark::Remark;
use crate::limits::{MAX_INSTRUCTION, MAX_SPAN_SECONDS};
use crate::role::Role;
use crate::span::Span;
use serde_json::{Map, Value, json};

impl Flow<'_> {
    pub(super) fn task(
        &mut self,
        step: &Step,
        commands: &[Value],
        agent: &str,
        targets: &[String],
        gives: &[String],
    ) -> Value {
        let role = self.role(agent);
        if let Some(found) = ours(step, commands, &role) {
            return found;
        }
        let words = action::words(self.book, &self.known, step, commands, targets, gives);
        for kind in words.machines {
            self.remark(step, &Remark::NotExecuted { step: step.title().to_owned(), kind });
        }
        for name in words.unknown {
            self.remark(step, &Remark::ValueUnknown { name });
        }
        if words.cut {
            self.remark(step, &Remark::TextCut { step: step.title().to_owned() });
        }
        let phase = action::phase(self.book, commands).as_word();
        json!({"task": {"to": role, "phase": phase, "text": words.text}})
    }

    pub(super) fn call(&mut self, step: &Step, playbook: &str, version: Option<&str>) -> Value {
        let known = self.options.playbooks.get(playbook).cloned().or_else(|| {
            let shipped = crate::library::library().iter().map(|(name, _)| *name);
            shipped.map(str::to_owned).find(|name| of_playbook(name) == playbook)
        });
        if let Some(name) = known.filter(|name| (self.options.find)(name).is_some()) {
            return json!({"playbook": name});
        }
        let version = version.map(|version| format!(", bản {version}")).unwrap_or_default();
        let called =
            Remark::CallIsATask { step: step.title().to_owned(), playbook: playbook.to_owned() };
        self.remark(step, &called);
        let words = [step.name.trim(), step.description.trim()];
        let words: Vec<&str> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let text = format!("{}\nLàm theo kịch bản {playbook}{version}.", words.join(". "));
        let text = action::shortened(&action::clean(&text), MAX_INSTRUCTION).0;
        json!({"task": {"to": "coordinator", "phase": "containing", "text": text}})
    }

    pub(super) fn role(&mut self, agent: &str) -> Role {
        action::role(self.book, self.options, agent).unwrap_or_else(|| {
            let name = self.book.agents.get(agent).map(|party| party.name.clone());
            let at = format!("/agent_definitions/{agent}");
            let agent = name.unwrap_or_else(|| agent.to_owned());
            self.remark_at(&at, &Remark::RoleAssumed { agent });
            Role::Coordinator
        })
    }

    pub(super) fn pause(&mut self, step: &Step, delay: u64, last: Option<&str>) -> Value {
        let wait = self.span(step, delay, "delay");
        let id = self.id(&format!("{}_delay", slug(step.title())));
        let mut found = json!({"id": id, "wait": wait});
        if let Some(last) = last {
            found["after"] = json!(last);
        }
        found
    }

    /// Milliseconds as we write times: whole minutes, up to thirty days.
    pub(super) fn span(&mut self, step: &Step, milliseconds: u64, key: &'static str) -> String {
        let most = u64::from(MAX_SPAN_SECONDS / 60);
        let minutes = milliseconds.div_ceil(60_000).clamp(1, most);
        let span = Span::minutes(u32::try_from(minutes).unwrap_or(1)).to_string();
        if minutes.saturating_mul(60_000) != milliseconds {
            let (step_name, to) = (step.title().to_owned(), span.clone());
            self.remark(step, &Remark::TimeRounded { step: step_name, key, to });
        }
        span
    }

    /// A failure that the file passes over is told all the same.
    pub(super) fn passed_over(&mut self, step: &Step) -> Value {
        let id = self.id(&format!("{}_failed", slug(step.title())));
        let text = format!("Bước “{}” không thành. Xin xem và tự quyết định.", step.title());
        json!({"id": id, "notify": {"to": "coordinator", "text": line(&text, MAX_INSTRUCTION)}})
    }

    pub(super) fn too_often(&mut self, step: &Step, last: Option<&str>) -> Value {
        self.remark(step, &Remark::Rounds { step: step.title().to_owned(), rounds: WAYS_BACK + 1 });
        let id = self.id(&format!("{}_again", slug(step.title())));
        let text = format!(
            "Đã làm bước “{}” {} lần mà chưa xong. Xin quyết định bước tiếp theo và ghi lại.",
            step.title(),
            WAYS_BACK + 1
        );
        let mut found = json!({
            "id": id, "within": "4h", "late": [{"notify": {"to": "leader"}}],
            "task": {"to": "coordinator", "phase": "containing", "text": line(&text, MAX_INSTRUCTION)},
        });
        if let Some(last) = last {
            found["after"] = json!(last);
        }
        found
    }
}

/// A step that was exported here, as it was, with the words and the role that CACAO has for it now.
fn ours(step: &Step, commands: &[Value], role: &Role) -> Option<Value> {
    let ours = step.ours.as_ref()?.get("step")?.as_object()?;
    let [command] = commands else { return None };
    let text = command.get("command").and_then(Value::as_str)?;
    let mut found = Map::new();
    for key in ["task", "dispatch", "notify", "webhook", "wait", "set"] {
        let Some(value) = ours.get(key) else { continue };
        let mut value = value.clone();
        if key == "wait" && !value.is_string() {
            return None;
        }
        if matches!(key, "task" | "dispatch" | "notify" | "webhook") {
            if value.get("text").is_some() {
                value["text"] = json!(action::clean(text));
            }
            if matches!(key, "task" | "dispatch") {
                value["to"] = json!(role);
            }
        }
        found.insert(key.to_owned(), value);
    }
    for key in ["within", "repeat", "clock"] {
        if let Some(value) = ours.get(key) {
            found.insert(key.to_owned(), value.clone());
        }
    }
    // Conditions inside may ask for steps that are called otherwise now.
    let late = ours.get("late").filter(|late| {
        let words = late.to_string();
        !words.contains("\"if\"") && !words.contains("\"until\"") && !words.contains("\"id\"")
    });
    match late {
        Some(late) => {
            found.insert("late".to_owned(), late.clone());
        }
        None if found.contains_key("task") || found.contains_key("dispatch") => {}
        None => {
            found.remove("within");
        }
    }
    Some(Value::Object(found))
}
