//! A form asked field by field: the question, what can be chosen, what was typed; then the whole of
//! it to look over, and one button that does it. What is filled in travels in the question's row and
//! in the buttons: it belongs to one person, and survives a restart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{guided, moment, opening};
use crate::actions::chat::presses::Pressed;
use crate::actions::chat::turns::Case;
use crate::bot::say::{About, Words};
use crate::bot::talk::Talk;
use crate::bot::turns::Turned;
use crate::domain::refusal::{FieldError, Refusal};
use crate::domain::text::{folded, shortened};
use crate::error::{Error, Result};

/// At most so many choices are buttons; the rest can be typed.
const BUTTONS: usize = 16;
/// Characters of a field in the look-over.
const SHOWN: usize = 700;
/// The field by which somebody says that what looks like a mark of secrecy is none.
pub(super) const CONFIRMED: &str = "secret_confirmed";
/// Nothing, for a field that may stay empty.
const NOTHING: &str = "-";

/// Which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flow {
    /// A dispatch to a partner.
    Dispatch,
    /// A situation report.
    Situation,
    /// The facts of closing.
    Close,
    /// A new incident.
    Report,
    /// A drill.
    Drill,
}

/// One field.
pub(super) struct Field {
    /// As the action names it.
    pub name: &'static str,
    /// Key of the catalogs: the question.
    pub ask: &'static str,
    /// Key of the catalogs: its name in the look-over.
    pub label: &'static str,
    /// `-` leaves it empty.
    pub optional: bool,
    /// What is taken.
    pub takes: Takes,
}

/// A field of a form.
pub(super) const fn field(
    name: &'static str,
    ask: &'static str,
    label: &'static str,
    optional: bool,
    takes: Takes,
) -> Field {
    Field { name, ask, label, optional, takes }
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Any words.
    Words,
    /// One of what is offered, by its button or its name.
    Choice,
    /// A time that has been.
    Past,
    /// A time to come.
    Future,
}

/// Something to choose.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// What the action takes.
    pub value: String,
    /// What people read.
    pub label: String,
    /// The label says something of the case.
    pub tells: bool,
}

impl Choice {
    /// A choice that tells nothing of a case.
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), tells: false }
    }
}

/// A form as far as it is filled in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Filled {
    /// Which.
    pub flow: Flow,
    /// The incident, where it is about one.
    pub code: Option<String>,
    /// What the action takes, by field.
    pub got: BTreeMap<String, String>,
    /// What the look-over shows, by field.
    #[serde(default)]
    pub shown: BTreeMap<String, String>,
}

impl Filled {
    /// An empty form.
    pub(super) fn new(flow: Flow, case: Option<&Case>) -> Self {
        let code = case.map(|case| case.item.code.clone());
        Self { flow, code, got: BTreeMap::new(), shown: BTreeMap::new() }
    }

    /// What is in a field; empty when nothing is.
    pub(super) fn get(&self, name: &str) -> String {
        self.got.get(name).cloned().unwrap_or_default()
    }

    /// Whether it was said that no secret is in it.
    pub(super) fn confirmed(&self) -> bool {
        self.got.contains_key(CONFIRMED)
    }

    /// Puts something into a field.
    pub(super) fn put(&mut self, name: &str, value: String, shown: String) {
        self.got.insert(name.to_owned(), value);
        self.shown.insert(name.to_owned(), shown);
    }

    /// The incident's code.
    pub(super) fn code(&self) -> Result<&str> {
        self.code.as_deref().ok_or(Error::NotFound("incident"))
    }

    fn read(data: &Value) -> Result<Self> {
        // Written by ourselves; an older program's form is begun anew.
        serde_json::from_value(data.clone()).map_err(|_| Error::NotFound("form"))
    }

    fn next(&self) -> Option<&'static Field> {
        fields(self.flow).iter().find(|field| !self.got.contains_key(field.name))
    }
}

fn fields(flow: Flow) -> &'static [Field] {
    match flow {
        Flow::Dispatch => &guided::DISPATCH,
        Flow::Situation => &guided::SITUATION,
        Flow::Close => &guided::CLOSE,
        Flow::Report => &opening::REPORT,
        Flow::Drill => &opening::DRILL,
    }
}

/// What can be chosen for a field now. With `typed`, everything that these words may mean.
async fn choices(
    talk: &Talk<'_>,
    filled: &Filled,
    field: &Field,
    typed: Option<&str>,
) -> Result<Vec<Choice>> {
    let all = match filled.flow {
        Flow::Dispatch => guided::dispatch_choices(talk, filled, field, typed.is_some()).await?,
        Flow::Situation => Vec::new(),
        Flow::Close => guided::close_choices(talk, field),
        Flow::Report => opening::report_choices(talk, field, typed).await?,
        Flow::Drill => opening::drill_choices(talk, field).await?,
    };
    let Some(typed) = typed else { return Ok(all) };
    let typed = folded(typed);
    let exact = |one: &&Choice| folded(&one.value) == typed || folded(&one.label) == typed;
    if let Some(one) = all.iter().find(exact) {
        return Ok(vec![one.clone()]);
    }
    // "xa b", "b xã": all words, in any order.
    let words: Vec<&str> = typed.split_whitespace().collect();
    let holds = |one: &Choice| {
        let label = folded(&one.label);
        typed.chars().count() >= 2 && words.iter().all(|word| label.contains(word))
    };
    // The directory has compared the words already, short names too.
    let searched = filled.flow == Flow::Report && field.name == "organisation";
    Ok(all.into_iter().filter(|one| searched || holds(one)).collect())
}

/// Begins, or goes on: the next question, or the look-over when all is there.
pub(super) async fn go_on(talk: &mut Talk<'_>, filled: Filled) -> Result<()> {
    match filled.next() {
        Some(field) => {
            let offered = choices(talk, &filled, field, None).await?;
            ask(talk, &filled, field, offered).await
        }
        None => look_over(talk, &filled, false).await,
    }
}

async fn case_of(talk: &mut Talk<'_>, filled: &Filled) -> Result<Option<Case>> {
    match &filled.code {
        Some(code) => talk.known(code).await.map(Some),
        None => Ok(None),
    }
}

fn about(case: Option<&Case>) -> About<'_> {
    case.map_or(About::Nothing, About::Case)
}

async fn ask(
    talk: &mut Talk<'_>,
    filled: &Filled,
    field: &Field,
    offered: Vec<Choice>,
) -> Result<()> {
    let case = case_of(talk, filled).await?;
    let mut words = Words::new(talk.t.t(field.ask)).above(field.ask);
    if field.optional {
        words = words.text(talk.t.t("bot-flow-optional"));
    }
    for one in offered.into_iter().take(BUTTONS) {
        let data = json!({
            "form": filled, "field": field.name, "value": one.value, "label": one.label,
        });
        let label = shortened(&one.label, 60);
        words = if one.tells {
            words.telling("flow_pick", label, data)
        } else {
            words.offer("flow_pick", label, data)
        };
    }
    talk.ask("flow", json!(filled), about(case.as_ref()), words).await
}

/// Everything that was filled in, to be done by one press.
async fn look_over(talk: &mut Talk<'_>, filled: &Filled, doubtful: bool) -> Result<()> {
    let case = case_of(talk, filled).await?;
    let t = talk.t;
    let mut words = Words::new(t.t("bot-flow-check")).above("bot-flow-check-above");
    if doubtful {
        words = words.text(t.t("bot-flow-secret")).above("bot-flow-secret");
    }
    for field in fields(filled.flow) {
        if let Some(shown) = filled.shown.get(field.name).filter(|shown| !shown.is_empty()) {
            words = words.fact(field.label, cut(shown));
        }
    }
    let (key, mut filled) = match doubtful {
        true => ("bot-flow-not-secret", filled.clone()),
        false => ("bot-flow-do", filled.clone()),
    };
    if doubtful {
        filled.put(CONFIRMED, "true".to_owned(), String::new());
    }
    words = words.offer("flow_do", t.t(key), json!({"form": filled})).offer(
        "flow_stop",
        t.t("bot-flow-stop"),
        json!({}),
    );
    talk.leave_turn();
    talk.say(about(case.as_ref()), words).await
}

/// As much of a field as the look-over shows; its lines stay lines.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// An answer was typed.
pub(super) async fn answered(talk: &mut Talk<'_>, turned: Turned) -> Result<()> {
    let mut filled = Filled::read(&turned.data)?;
    let Some(field) = filled.next() else { return look_over(talk, &filled, false).await };
    let typed = turned.text.trim();
    if typed == NOTHING && field.optional {
        filled.put(field.name, String::new(), String::new());
        return go_on(talk, filled).await;
    }
    if typed.is_empty() || typed == NOTHING {
        return Err(FieldError::new(field.name, "field-empty").into());
    }
    match field.takes {
        Takes::Words => filled.put(field.name, typed.to_owned(), typed.to_owned()),
        Takes::Past | Takes::Future => {
            let at = moment::read(typed, talk.ctx.now, field.takes == Takes::Future)
                .ok_or(FieldError::new(field.name, "field-time"))?;
            filled.put(field.name, at.rfc3339(), at.local());
        }
        Takes::Choice => {
            let mut found = choices(talk, &filled, field, Some(typed)).await?;
            match found.len() {
                0 => return Err(FieldError::new(field.name, "field-unknown").into()),
                1 => {
                    let one = found.remove(0);
                    return chosen(talk, filled, field, one.value, one.label).await;
                }
                _ => return ask(talk, &filled, field, found).await,
            }
        }
    }
    go_on(talk, filled).await
}

async fn chosen(
    talk: &mut Talk<'_>,
    mut filled: Filled,
    field: &Field,
    value: String,
    label: String,
) -> Result<()> {
    if filled.flow == Flow::Report && field.name == "secret" && value != "no" {
        // Nothing is asked any more, and nothing is kept (Điều 3.2).
        talk.leave_turn();
        return Err(Refusal::StateSecret.into());
    }
    filled.put(field.name, value, label);
    go_on(talk, filled).await
}

/// A choice was pressed.
pub(super) async fn picked(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let filled = Filled::read(&pressed.data["form"])?;
    let name = pressed.data["field"].as_str().unwrap_or_default();
    let Some(field) = fields(filled.flow).iter().find(|field| field.name == name) else {
        return Err(Error::NotFound("form"));
    };
    let text = |name: &str| pressed.data[name].as_str().unwrap_or_default().to_owned();
    let (value, label) = (text("value"), text("label"));
    talk.toast(label.clone(), false);
    chosen(talk, filled, field, value, label).await
}

/// The look-over was confirmed. A field that the action does not take is asked again; the others
/// keep what is in them.
pub(super) async fn done(talk: &mut Talk<'_>, pressed: Pressed) -> Result<()> {
    let mut filled = Filled::read(&pressed.data["form"])?;
    if let Some(code) = filled.code.clone() {
        talk.known(&code).await?;
    }
    let outcome = match filled.flow {
        Flow::Dispatch => guided::send(talk, &filled).await,
        Flow::Situation => guided::report(talk, &filled).await,
        Flow::Close => guided::close_it(talk, &filled).await,
        Flow::Report => opening::receive(talk, &filled).await,
        Flow::Drill => opening::start(talk, &filled).await,
    };
    let bad = match outcome {
        Err(Error::Refused(Refusal::Fields(bad))) => bad,
        other => return other,
    };
    if bad.iter().all(|one| one.field == CONFIRMED) {
        return look_over(talk, &filled, true).await;
    }
    for one in &bad {
        filled.got.remove(one.field);
        filled.shown.remove(one.field);
    }
    let why = Error::Refused(Refusal::Fields(bad));
    if filled.next().is_none() {
        // Nothing that was asked for: it cannot be mended here.
        return Err(why);
    }
    let said = talk.sentence(&why);
    talk.toast(said.clone(), true);
    talk.say(About::Nothing, Words::new(said)).await?;
    go_on(talk, filled).await
}

/// The look-over was left.
pub(super) async fn stopped(talk: &mut Talk<'_>, _: Pressed) -> Result<()> {
    talk.leave_turn();
    let said = talk.t.t("bot-cancelled");
    talk.toast(said.clone(), false);
    talk.say_instead(About::Nothing, Words::new(said)).await
}
