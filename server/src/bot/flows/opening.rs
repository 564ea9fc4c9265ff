//! The forms that open something: a new incident, a drill. They are about no case yet: what is shown
//! is what its writer just typed.

use super::form::{Choice, Field, Filled, Flow, Takes, field, go_on};
use crate::actions::drills::{self, NewDrill, SPEEDS};
use crate::actions::organisations::{self, Wanted};
use crate::actions::reports::{self, NewReport, Received};
use crate::bot::say::{About, Words};
use crate::bot::table::Asked;
use crate::bot::talk::Talk;
use crate::domain::sight::Verb;
use crate::domain::words::{Category, People, Services};
use crate::error::{Error, Result};

/// What a report is asked for; the question of state secrets comes before everything.
pub(super) const REPORT: [Field; 9] = [
    field("secret", "bot-ask-secret", "bot-field-secret", false, Takes::Choice),
    field("organisation", "bot-ask-organisation", "desk-organisation", false, Takes::Choice),
    field("category", "bot-ask-category", "desk-field-category", false, Takes::Choice),
    field("description", "bot-ask-description", "bot-field-description", false, Takes::Words),
    field("detected_at", "bot-ask-detected", "desk-detected", false, Takes::Past),
    field("still_happening", "bot-ask-still", "desk-still", false, Takes::Choice),
    field("services", "bot-ask-services", "bot-field-services", false, Takes::Choice),
    field("people", "bot-ask-people", "bot-field-people", false, Takes::Choice),
    field("system", "bot-ask-system", "desk-field-system", true, Takes::Words),
];

/// What a drill is asked for.
pub(super) const DRILL: [Field; 5] = [
    field("playbook", "bot-ask-playbook", "bot-field-playbook", false, Takes::Choice),
    field("organisation", "bot-ask-organisation", "desk-organisation", false, Takes::Choice),
    field("scenario", "bot-ask-scenario", "bot-field-scenario", false, Takes::Words),
    field("goal", "bot-ask-goal", "bot-field-goal", true, Takes::Words),
    field("speed", "bot-ask-speed", "drill-speed", false, Takes::Choice),
];

pub(super) async fn report(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    let mut filled = Filled::new(Flow::Report, None);
    if Verb::Register.by(&talk.ctx.actor).is_err() {
        // Whoever is not at the desk reports for the own organisation.
        let person = &talk.person;
        filled.put(
            "organisation",
            person.organisation_key.clone(),
            person.organisation_name.clone(),
        );
    }
    go_on(talk, filled).await
}

pub(super) async fn report_choices(
    talk: &Talk<'_>,
    field: &Field,
    typed: Option<&str>,
) -> Result<Vec<Choice>> {
    let t = talk.t;
    Ok(match (field.name, typed) {
        ("secret", _) => vec![
            Choice::new("no", t.t("bot-secret-no")),
            Choice::new("maybe", t.t("bot-secret-maybe")),
        ],
        ("organisation", Some(text)) => {
            let wanted = Wanted { text: text.to_owned(), limit: 16, ..Wanted::default() };
            let found = organisations::list(talk.office(), &talk.ctx, wanted).await?;
            found.items.into_iter().map(|one| Choice::new(one.key, one.name)).collect()
        }
        ("organisation", None) => {
            let person = &talk.person;
            let name = person.organisation_name.clone();
            vec![Choice::new(person.organisation_key.clone(), name)]
        }
        ("category", _) => {
            let all = Category::ALL.iter();
            all.map(|one| Choice::new(one.as_word(), t.t(&format!("category-{one}")))).collect()
        }
        ("detected_at", _) => {
            let now = talk.ctx.now;
            let label = format!("{} ({})", t.t("bot-flow-now"), now.local());
            vec![Choice::new(now.rfc3339(), label)]
        }
        ("still_happening", _) => {
            vec![Choice::new("yes", t.t("part-yes")), Choice::new("no", t.t("part-no"))]
        }
        ("services", _) => {
            let all = Services::ALL.iter();
            all.map(|one| Choice::new(one.as_word(), t.t(&format!("services-{one}")))).collect()
        }
        ("people", _) => {
            let all = People::ALL.iter();
            all.map(|one| Choice::new(one.as_word(), t.t(&format!("people-{one}")))).collect()
        }
        _ => Vec::new(),
    })
}

pub(super) async fn receive(talk: &mut Talk<'_>, filled: &Filled) -> Result<()> {
    let report = NewReport {
        category: filled.get("category"),
        description: filled.get("description"),
        detected_at: filled.get("detected_at"),
        still_happening: filled.get("still_happening") == "yes",
        system: filled.get("system"),
        organisation: filled.get("organisation"),
        services: filled.get("services"),
        people: filled.get("people"),
        secret: filled.get("secret"),
        secret_confirmed: filled.confirmed(),
        ..NewReport::default()
    };
    let received =
        reports::receive(talk.office(), &talk.ctx, report, Vec::new(), None, None).await?;
    opened(talk, &received, "bot-done-report").await
}

/// Says under which code it was opened, and what to do now. The tracking link stays out of the
/// room: it is a secret.
async fn opened(talk: &mut Talk<'_>, received: &Received, key: &'static str) -> Result<()> {
    let mut words = Words::new(talk.t.t1(key, "code", &received.code));
    talk.toast(words.head.clone(), false);
    words.steps.clone_from(&received.first_aid);
    match talk.known(&received.code).await {
        Ok(case) => talk.say(About::Case(&case), words.above("bot-above-done")).await,
        // Whoever reports is not always one who reads the case.
        Err(Error::NotFound(_)) => talk.say(About::Nothing, words).await,
        Err(why) => Err(why),
    }
}

pub(super) async fn drill(talk: &mut Talk<'_>, _: Asked) -> Result<()> {
    Verb::Drill.by(&talk.ctx.actor)?;
    go_on(talk, Filled::new(Flow::Drill, None)).await
}

pub(super) async fn drill_choices(talk: &Talk<'_>, field: &Field) -> Result<Vec<Choice>> {
    let t = talk.t;
    let choice = |one: drills::Choice| Choice::new(one.key, one.name);
    Ok(match field.name {
        "playbook" => {
            let found = drills::choices(talk.office(), &talk.ctx).await?.playbooks;
            found.into_iter().map(choice).collect()
        }
        "organisation" => {
            let found = drills::choices(talk.office(), &talk.ctx).await?.organisations;
            found.into_iter().map(choice).collect()
        }
        "speed" => {
            let speeds = SPEEDS.iter().map(ToString::to_string);
            speeds.map(|n| Choice::new(n.clone(), t.t1("drill-speed-times", "n", &n))).collect()
        }
        _ => Vec::new(),
    })
}

pub(super) async fn start(talk: &mut Talk<'_>, filled: &Filled) -> Result<()> {
    let wanted = NewDrill {
        playbook: filled.get("playbook"),
        organisation: filled.get("organisation"),
        scenario: filled.get("scenario"),
        goal: filled.get("goal"),
        speed: filled.get("speed").parse().unwrap_or(1),
        secret_confirmed: filled.confirmed(),
        ..NewDrill::default()
    };
    let received = drills::start(talk.office(), &talk.ctx, wanted, None).await?;
    opened(talk, &received, "bot-done-drill").await
}
