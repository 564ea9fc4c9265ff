//! CACAO 2.0 (docs/cacao.md): another organisation's playbook becomes a text of ours to look through,
//! and one of ours a file for others. Nothing is kept: what is to be in force is proposed like any
//! other version.

use std::collections::BTreeMap;

use playbooks::{ImportOptions, Made, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shelf;
use super::trial::{Told, told};
use crate::actions::{Ctx, Office};
use crate::domain::refusal::FieldError;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};

/// A CACAO 2.0 file, and what whoever brings it knows that the file does not.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[schema(as = CacaoImport)]
pub struct Foreign {
    /// The playbook.
    #[schema(value_type = Object)]
    pub cacao: Value,
    /// Which role an agent of the file is, by the agent's name or identifier.
    pub roles: BTreeMap<String, String>,
    /// The names here of playbooks that the file calls, by their identifiers.
    pub playbooks: BTreeMap<String, String>,
    /// Values of variables that the file leaves to whoever uses it.
    pub values: BTreeMap<String, String>,
    /// How many rounds a loop has at most; 5 if not said.
    pub rounds: Option<u32>,
    /// The playbook's name here; without it, made from its title.
    pub name: Option<String>,
    /// Its version here; 1, or the one that was exported, if not said.
    pub version: Option<u32>,
}

/// What became of a CACAO file.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
#[schema(as = CacaoImported)]
pub struct Brought {
    /// The playbook in our notation; empty when the file cannot be brought.
    pub text: String,
    /// What was assumed, and what a person does now that a machine was meant to do.
    pub remarks: Vec<Told>,
    /// What is wrong with the file.
    pub problems: Vec<Told>,
}

/// Turns a CACAO file into a text of ours.
///
/// # Errors
/// [`crate::domain::refusal::Refusal::NotAllowed`]; bad `roles`, `rounds`.
pub async fn bring(office: &Office, ctx: &Ctx, wanted: Foreign) -> Result<Brought> {
    let text = serde_json::to_string_pretty(&wanted.cacao).map_err(Error::internal)?;
    bring_text(office, ctx, text, wanted).await
}

/// The same of a file as it is written, so that lines and columns are its own.
///
/// # Errors
/// As [`bring`].
pub async fn bring_text(
    office: &Office,
    ctx: &Ctx,
    text: String,
    wanted: Foreign,
) -> Result<Brought> {
    Verb::TryPlaybook.by(&ctx.actor)?;
    let mut roles = BTreeMap::new();
    for (agent, word) in &wanted.roles {
        let role = Role::parse(word).ok_or_else(|| FieldError::new("roles", "field-unknown"))?;
        roles.insert(agent.clone(), role);
    }
    let usual = ImportOptions::default();
    let rounds = wanted.rounds.unwrap_or(usual.rounds);
    if !(1..=playbooks::MAX_ROUNDS).contains(&rounds) {
        return Err(FieldError::with("rounds", "field-rounds", playbooks::MAX_ROUNDS).into());
    }
    let version = wanted.version.unwrap_or(usual.version);
    let (office_, language) = (office.clone(), ctx.language);
    office
        .db
        .read(move |c| {
            let active = shelf::active(c, &office_)?;
            let find = |name: &str| active.text(name);
            let options = ImportOptions {
                roles: roles.clone(),
                playbooks: wanted.playbooks.clone(),
                values: wanted.values.clone(),
                rounds,
                name: wanted.name.clone(),
                version,
                find: &find,
            };
            let all = |found: &[playbooks::Problem]| {
                found.iter().map(|problem| told(problem, &text, language)).collect()
            };
            Ok(match playbooks::from_cacao(&text, &options) {
                Ok(found) => {
                    Brought { remarks: all(&found.remarks), text: found.text, problems: Vec::new() }
                }
                Err(problems) => Brought { problems: all(&problems), ..Brought::default() },
            })
        })
        .await
}

/// The playbook of this name, as it is in force, as a CACAO 2.0 file.
///
/// # Errors
/// [`Error::NotFound`]; [`crate::domain::refusal::Refusal::NotAllowed`].
pub async fn abroad(office: &Office, ctx: &Ctx, name: &str) -> Result<Value> {
    Verb::ReadPlaybooks.by(&ctx.actor)?;
    let (office_, name) = (office.clone(), name.to_owned());
    let at = ctx.now.utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    office
        .db
        .read(move |c| {
            let active = shelf::active(c, &office_)?;
            let pinned = active.named(&name).ok_or(Error::NotFound("playbook"))?;
            let made = Made { at: at.clone(), modified: at.clone(), by: None };
            Ok(playbooks::to_cacao(&pinned.playbook, &made))
        })
        .await
}
