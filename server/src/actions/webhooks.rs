//! Messages to other systems: a step of a playbook names a target of the configuration, the message
//! goes through the outbox as all words do, cut to the channel's ceiling, and its fate comes back to
//! the run. A target that is not there is said at once.

use notify::{Button, Fact, Letter};
use playbooks::{Event, Playbook};
use serde_json::json;

use super::letters::{CLOSED, ceiling};
use super::record::{Happened, happened};
use super::{Ctx, Office, drills, procedure, questions};
use crate::domain::words::{Audience, Channel, DeliveryStatus, Language, Priority};
use crate::error::{Error, Result};
use crate::records::{Delivery, Incident, Run};
use crate::store::{Conn, engine, incidents, organisations};
use crate::texts::Texts;

/// One message of a step.
pub struct Post<'p> {
    /// The playbook that says it.
    pub playbook: &'p Playbook,
    /// Name of the target.
    pub target: &'p str,
    /// Words of the step's own.
    pub text: Option<String>,
}

/// Writes the message into the outbox. Answers `false` when the configuration has no such target:
/// that is on record, and the run goes on without it.
///
/// # Errors
/// The database's.
pub fn post(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    incident: &Incident,
    run: &Run,
    step: &str,
    what: &Post<'_>,
) -> Result<bool> {
    if !office.config.webhook.targets.contains_key(what.target) {
        let entry = Happened::new("webhook_no_target")
            .to(Audience::Coordination)
            .with("step", step)
            .with("target", what.target);
        happened(tx, ctx, incident, entry)?;
        return Ok(false);
    }
    let letter = letter(tx, office, incident, step, what)?;
    let words = serde_json::to_string(&letter).map_err(Error::internal)?;
    let (key, target) =
        (format!("run:{}:{step}:webhook|{}|webhook", run.id, what.target), what.target.to_owned());
    let delivery = Delivery {
        incident_id: Some(incident.id),
        recipient_name: target.clone(),
        recipient_role: "system".to_owned(),
        urgent: letter.urgent,
        step: Some(format!("{}/{step}", run.id)),
        // Another system is outside: in an exercise it hears only what really leaves.
        kept: drills::of(tx, incident)?.is_some_and(|drill| drill.keeps_all()),
        ..Delivery::new(ctx.now, Channel::Webhook, target, PURPOSE, key, words)
    };
    engine::enqueue(tx, &delivery)?;
    Ok(true)
}

/// The ledger's purpose, and the name of the texts.
const PURPOSE: &str = "webhook";

/// What the other system reads. Above the channel's ceiling: code, priority and link alone. Never the
/// reporter, personal data or evidence.
fn letter(
    tx: &mut Conn,
    office: &Office,
    incident: &Incident,
    step: &str,
    what: &Post<'_>,
) -> Result<Letter> {
    let t = Texts(Language::Vi);
    let full = incident.tlp <= ceiling(&office.config, Channel::Webhook);
    let organisation = organisations::find(tx, incident.organisation_id)?;
    let base = office.config.server.base_url.trim_end_matches('/');
    let url = format!("{base}/su-co/{}", incident.code);
    let mut data = json!({
        "code": incident.code,
        "priority": incident.priority,
        "tlp": incident.tlp,
        "drill": incident.drill,
        "url": url,
    });
    if full {
        // Names of playbook and step tell what kind of case it is.
        data["playbook"] = json!(what.playbook.name);
        data["step"] = json!(step);
        data["title"] = json!(incident.title);
        data["category"] = json!(incident.category);
        data["state"] = json!(incident.state);
        data["organisation"] = json!(organisation.key);
        data["text"] = json!(what.text);
    }
    let fact = |key: &str, value: String| Fact { label: t.t(key), value };
    let mut facts = vec![fact("fact-code", incident.code.clone())];
    if full {
        facts.push(fact("fact-title", incident.title.clone()));
        facts.push(fact("fact-organisation", organisation.name));
    }
    facts.push(fact("fact-priority", t.t(&format!("priority-{}", incident.priority))));
    facts.push(fact("fact-tlp", format!("TLP:{}", incident.tlp)));
    let values = [("code", incident.code.as_str())];
    let subject = t.with("letter-webhook-subject", &values);
    let mut paragraphs = vec![t.with("letter-webhook-text", &values)];
    match (&what.text, full) {
        (Some(text), true) => paragraphs.push(text.clone()),
        (Some(_), false) => paragraphs.push(t.t(CLOSED)),
        (None, _) => {}
    }
    Ok(Letter {
        language: notify::Language::Vi,
        // Texts of a drill begin with this on every channel (design.md section 3).
        subject: if incident.drill { format!("[DIỄN TẬP] {subject}") } else { subject },
        greeting: None,
        paragraphs,
        facts,
        steps: Vec::new(),
        buttons: vec![Button { label: t.t("letter-open-incident"), url }],
        footer: Vec::new(),
        urgent: matches!(incident.priority, Priority::Urgent | Priority::High),
        data: Some(data),
        ..Letter::default()
    })
}

/// A message met its fate: the run that sent it hears of it.
///
/// # Errors
/// The database's.
pub fn settled(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    delivery: &Delivery,
    status: DeliveryStatus,
) -> Result<()> {
    let (Channel::Webhook, Some(id)) = (delivery.channel, delivery.incident_id) else {
        return Ok(());
    };
    let Some((run, step)) = questions::place(delivery.step.as_deref()) else { return Ok(()) };
    let step = step.to_owned();
    let event = match status {
        DeliveryStatus::Sent | DeliveryStatus::Delivered => Event::Delivered { step },
        DeliveryStatus::Failed => Event::Undelivered { step },
        _ => return Ok(()),
    };
    let mut incident = incidents::hold(tx, id)?;
    procedure::event_of(tx, office, ctx, &incident, run, &event)?;
    super::incidents::touch(tx, ctx, &mut incident)
}

#[cfg(test)]
mod tests;
