//! Where an author begins: from what is in force, from an earlier version, or from a skeleton.

use crate::actions::{Ctx, Office, shelf};
use crate::domain::ids::PlaybookVersionId;
use crate::domain::sight::Verb;
use crate::error::{Error, Result};
use crate::store::playbooks as store;

/// A small playbook that is fine, to be changed.
pub(super) const SKELETON: &str = include_str!("skeleton.yaml");

/// A text to go on with.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The playbook that it changes; empty for a new one.
    pub name: String,
    /// The text; its version is one more than the highest.
    pub text: String,
}

/// The text to begin from: of the version with this id, else what is in force under the name, else a
/// skeleton.
///
/// # Errors
/// [`Error::NotFound`] for what nobody knows; [`Refusal::NotAllowed`](crate::domain::refusal::Refusal).
pub async fn draft(office: &Office, ctx: &Ctx, name: &str, id: &str) -> Result<Draft> {
    Verb::WritePlaybook.by(&ctx.actor)?;
    if name.is_empty() {
        return Ok(Draft { name: String::new(), text: SKELETON.to_owned() });
    }
    let id: Option<PlaybookVersionId> = match id {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::NotFound("playbook_version"))?),
    };
    let (office_, name) = (office.clone(), name.to_owned());
    office
        .db
        .read(move |c| {
            let text = match id {
                Some(id) => {
                    let row = store::find(c, id)?;
                    let hash = row.text_hash.filter(|_| row.name == name);
                    store::text(c, &hash.ok_or(Error::NotFound("playbook_version"))?)?
                }
                None => {
                    let active = shelf::active(c, &office_)?;
                    active.named(&name).and_then(|_| active.text(&name))
                }
            };
            let text = text.ok_or(Error::NotFound("playbook"))?;
            let own = u32::try_from(store::highest(c, &name)?).unwrap_or(0);
            let shipped = shelf::shipped(&name).map_or(0, |pinned| pinned.playbook.version);
            Ok(Draft { text: numbered(&text, own.max(shipped) + 1), name })
        })
        .await
}

/// The text with this version in its head.
fn numbered(text: &str, version: u32) -> String {
    let mut done = false;
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if !done && line.starts_with("version:") {
            done = true;
            lines.push(format!("version: {version}"));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_skeleton_is_fine_and_a_draft_counts_on() {
        let book = playbooks::parse(SKELETON).unwrap();
        assert_eq!((book.version, book.all_steps().len()), (1, 5));
        let next = numbered(SKELETON, 7);
        assert_eq!(playbooks::parse(&next).unwrap().version, 7);
        assert_eq!(next.lines().count(), SKELETON.lines().count());
    }
}
