//! What a workflow means as a whole: that every name is there, that it begins and ends, and that
//! nothing goes round without a way out.

use super::book::{Book, Kind, Step};
use super::fault::Fault;
use super::places::{Places, escaped};
use super::variables::{bare, fits, named_in};
use crate::limits::{MAX_PROBLEMS, MAX_STEPS};
use crate::notation::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that makes no sense, in the order of the file.
pub(super) fn problems(book: &Book, places: &Places) -> Vec<Problem> {
    let mut check = Check { book, places, found: Vec::new() };
    check.whole();
    for step in book.steps.values() {
        check.step(step);
        check.names(step);
    }
    check.variables();
    check.branches();
    check.circles();
    check.found.sort_by_key(|problem| (problem.line, problem.column));
    check.found.truncate(MAX_PROBLEMS);
    check.found
}

struct Check<'b> {
    book: &'b Book,
    places: &'b Places,
    found: Vec<Problem>,
}

impl Check<'_> {
    fn add(&mut self, pointer: &str, fault: &Fault) {
        self.found.push(fault.at(self.places.at(pointer)));
    }

    fn whole(&mut self) {
        let book = self.book;
        if book.revoked {
            self.add("/revoked", &Fault::Revoked);
        }
        if book.steps.len() > MAX_STEPS {
            self.add("/workflow", &Fault::TooManySteps);
        }
        let starts: Vec<&Step> =
            book.steps.values().filter(|step| matches!(step.kind, Kind::Start)).collect();
        let named = |key: &str, id: &str| Fault::Dangling {
            step: "playbook".to_owned(),
            key: key.to_owned(),
            to: id.to_owned(),
        };
        match book.steps.get(&book.start) {
            None => self.add("/workflow_start", &named("workflow_start", &book.start)),
            Some(step) if !matches!(step.kind, Kind::Start) => {
                self.add("/workflow_start", &Fault::NotAStart(step.title().to_owned()));
            }
            Some(_) => {}
        }
        if starts.is_empty() {
            self.add("/workflow", &Fault::NoStart);
        }
        for second in starts
            .iter()
            .filter(|step| step.id != book.start)
            .skip(usize::from(!starts.iter().any(|step| step.id == book.start)))
        {
            self.add(&second.pointer(), &Fault::SecondStart(second.title().to_owned()));
        }
        if !book.steps.values().any(|step| matches!(step.kind, Kind::End)) {
            self.add("/workflow", &Fault::NoEnd);
        }
        if let Some(id) = &book.exception
            && !book.steps.contains_key(id)
        {
            self.add("/workflow_exception", &named("workflow_exception", id));
        }
        let works = |step: &Step| !matches!(step.kind, Kind::Start | Kind::End);
        if !starts.is_empty() && !book.steps.values().any(works) {
            self.add("/workflow", &Fault::NoWork);
        }
    }

    fn step(&mut self, step: &Step) {
        let (at, title) = (step.pointer(), step.title().to_owned());
        let kind = step.id.split("--").next().unwrap_or_default().to_owned();
        match &step.kind {
            Kind::Unknown(kind) => {
                let fault = Fault::NotAStep { step: title.clone(), kind: kind.clone() };
                self.add(&at, &fault);
                return;
            }
            Kind::Parallel(branches) => {
                let mut seen = BTreeSet::new();
                for branch in branches.iter().filter(|branch| !seen.insert(branch.as_str())) {
                    let branch = self.title(branch);
                    self.add(&at, &Fault::BranchTwice { step: title.clone(), branch });
                }
                if branches.len() < 2 {
                    self.add(&at, &Fault::FewBranches(title.clone()));
                }
            }
            Kind::Switch { cases, .. } if cases.is_empty() => {
                self.add(&at, &Fault::NoCases(title.clone()));
            }
            Kind::While { body, .. } => {
                if matches!(self.book.steps.get(body).map(|s| &s.kind), Some(Kind::End)) {
                    self.add(&format!("{at}/on_true"), &Fault::EmptyRound(title.clone()));
                }
            }
            Kind::Call { playbook, .. } if *playbook == self.book.id => {
                self.add(&format!("{at}/playbook_id"), &Fault::CallsItself(title.clone()));
            }
            _ => {}
        }
        if kind != word(&step.kind) {
            let kind = word(&step.kind).to_owned();
            self.add(&at, &Fault::OtherKind { step: title.clone(), kind });
        }
        let ways = step.exits().into_iter().map(|(key, id)| (key.to_owned(), id));
        for (key, id) in ways.chain(step.branches()) {
            if !self.book.steps.contains_key(id) {
                let fault =
                    Fault::Dangling { step: title.clone(), key: key.clone(), to: id.to_owned() };
                self.add(&format!("{at}/{key}"), &fault);
            }
        }
        let alone = matches!(step.kind, Kind::Start | Kind::Action { .. } | Kind::Call { .. });
        if alone && step.next().is_none() {
            self.add(&at, &Fault::NoWayOn(title.clone()));
        }
        if step.completion.is_some() && (step.success.is_some() || step.failure.is_some()) {
            self.add(&at, &Fault::TwoWaysOn(title));
        }
    }

    /// Agents, targets and variables that a step names.
    fn names(&mut self, step: &Step) {
        let (at, title) = (step.pointer(), step.title().to_owned());
        let mut texts: Vec<(String, String)> = Vec::new();
        let mut args: Vec<(String, &Vec<String>)> = Vec::new();
        match &step.kind {
            Kind::Action { commands, agent, targets, takes, gives } => {
                if !self.book.agents.contains_key(agent) {
                    let fault = Fault::UnknownAgent { step: title.clone(), agent: agent.clone() };
                    self.add(&format!("{at}/agent"), &fault);
                }
                for (n, target) in targets.iter().enumerate() {
                    // A variable may stand for a target.
                    if !self.book.targets.contains_key(target)
                        && !self.book.agents.contains_key(target)
                    {
                        let fault =
                            Fault::UnknownTarget { step: title.clone(), target: target.clone() };
                        self.add(&format!("{at}/targets/{n}"), &fault);
                    }
                }
                for (n, command) in commands.iter().enumerate() {
                    for key in ["command", "content", "description"] {
                        if let Some(text) = command.get(key).and_then(|text| text.as_str()) {
                            texts.push((format!("commands/{n}/{key}"), text.to_owned()));
                        }
                    }
                }
                args.extend([("in_args".to_owned(), takes), ("out_args".to_owned(), gives)]);
            }
            Kind::Call { takes, gives, .. } => {
                args.extend([("in_args".to_owned(), takes), ("out_args".to_owned(), gives)]);
            }
            Kind::If { condition, .. } | Kind::While { condition, .. } => {
                texts.push(("condition".to_owned(), condition.clone()));
            }
            Kind::Switch { on, .. } => {
                texts.push(("switch".to_owned(), on.clone()));
                if named_in(on).is_empty() && self.book.variable(Some(step), on).is_none() {
                    let fault = Fault::UnknownVariable { step: title.clone(), name: on.clone() };
                    self.add(&format!("{at}/switch"), &fault);
                }
            }
            _ => {}
        }
        for (key, text) in texts {
            for (_, end, name) in named_in(&text) {
                // Without `:value` it may be any word with underscores.
                let meant = text.get(..end).is_some_and(|text| text.ends_with(":value"));
                if meant && self.book.variable(Some(step), &name).is_none() {
                    let fault = Fault::UnknownVariable { step: title.clone(), name };
                    self.add(&format!("{at}/{key}"), &fault);
                }
            }
        }
        for (key, names) in args {
            for (n, name) in names.iter().enumerate() {
                if self.book.variable(Some(step), bare(name)).is_none() {
                    let fault = Fault::UnknownVariable { step: title.clone(), name: name.clone() };
                    self.add(&format!("{at}/{key}/{n}"), &fault);
                }
            }
        }
    }

    fn variables(&mut self) {
        let own = self
            .book
            .steps
            .values()
            .map(|step| (step.pointer(), "step_variables", &step.variables));
        let all = std::iter::once((String::new(), "playbook_variables", &self.book.variables));
        for (at, key, variables) in all.chain(own) {
            for (name, variable) in variables {
                let Some(value) = &variable.value else { continue };
                if !fits(&variable.kind, value) {
                    let fault = Fault::BadVariable {
                        name: name.clone(),
                        kind: variable.kind.clone(),
                        value: value.chars().take(60).collect(),
                    };
                    self.add(&format!("{at}/{key}/{}/value", escaped(name)), &fault);
                }
            }
        }
    }

    /// Branches of a parallel step that share a step would do it more than once.
    fn branches(&mut self) {
        for step in self.book.steps.values() {
            let Kind::Parallel(branches) = &step.kind else { continue };
            let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
            let mut meet = None;
            for (n, branch) in branches.iter().enumerate() {
                for id in reached(self.book, branch) {
                    let work =
                        self.book.steps.get(id).is_some_and(|s| !matches!(s.kind, Kind::End));
                    if work && *seen.entry(id).or_insert(n) != n {
                        meet.get_or_insert(id);
                    }
                }
            }
            // What is a branch twice was told.
            let distinct = branches.iter().collect::<BTreeSet<_>>().len() == branches.len();
            if let (Some(id), true) = (meet, distinct) {
                let fault =
                    Fault::BranchesMeet { step: step.title().to_owned(), at: self.title(id) };
                self.add(&step.pointer(), &fault);
            }
        }
    }

    /// Steps from which no end can be reached, although every one of them leads on.
    fn circles(&mut self) {
        let book = self.book;
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for step in book.steps.values() {
            if told.contains(step.id.as_str()) {
                continue;
            }
            let below = reached(book, &step.id);
            let over = |id: &&&str| match book.steps.get(**id) {
                // What leads nowhere was told.
                None => true,
                Some(step) => ways(step).is_empty(),
            };
            let circle = ways(step).iter().any(|way| reached(book, way).contains(step.id.as_str()));
            if !circle || below.iter().any(|id| over(&id)) {
                continue;
            }
            let round: Vec<&str> = below
                .iter()
                .copied()
                .filter(|id| reached(book, id).contains(step.id.as_str()))
                .collect();
            told.extend(&round);
            let titles = round.iter().map(|id| self.title(id)).collect();
            self.add(&step.pointer(), &Fault::Endless(titles));
        }
    }

    fn title(&self, id: &str) -> String {
        self.book.steps.get(id).map_or_else(|| id.to_owned(), |step| step.title().to_owned())
    }
}

/// All ways that lead from a step.
fn ways(step: &Step) -> Vec<&str> {
    let exits = step.exits().into_iter().map(|(_, id)| id);
    exits.chain(step.branches().into_iter().map(|(_, id)| id)).collect()
}

/// Everything that can be reached from a step, itself first.
pub(super) fn reached<'b>(book: &'b Book, from: &'b str) -> BTreeSet<&'b str> {
    let (mut found, mut todo) = (BTreeSet::new(), vec![from]);
    while let Some(id) = todo.pop() {
        if found.insert(id)
            && let Some(step) = book.steps.get(id)
        {
            todo.extend(ways(step));
        }
    }
    found
}

fn word(kind: &Kind) -> &str {
    match kind {
        Kind::Start => "start",
        Kind::End => "end",
        Kind::Action { .. } => "action",
        Kind::Call { .. } => "playbook-action",
        Kind::Parallel(_) => "parallel",
        Kind::If { .. } => "if-condition",
        Kind::While { .. } => "while-condition",
        Kind::Switch { .. } => "switch-condition",
        Kind::Unknown(kind) => kind,
    }
}
