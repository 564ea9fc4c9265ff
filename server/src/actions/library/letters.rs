//! Who hears of a proposal: those who may approve it, and then its author.

use crate::actions::announce::{AccountMatter, tell_account};
use crate::actions::{Ctx, Office, recipients};
use crate::domain::words::Role;
use crate::error::Result;
use crate::records::PlaybookVersion;
use crate::store::{Conn, accounts};

/// Asks the leaders, but for the author; answers how many.
pub(super) fn proposed(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    row: &PlaybookVersion,
) -> Result<usize> {
    let mut asked = 0;
    for person in recipients::of_coordinator(tx, Role::Leader, ctx.now)? {
        let Some(id) = person.account.filter(|id| *id != row.author_id) else { continue };
        let account = accounts::find(tx, id)?;
        let matter = matter("playbook_proposed", row);
        let key = format!("playbook:{}:proposed:{id}", row.id);
        tell_account(tx, office, ctx, &account, &matter, &key)?;
        asked += 1;
    }
    Ok(asked)
}

/// Tells the author what became of it.
pub(super) fn decided(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    row: &PlaybookVersion,
    purpose: &'static str,
) -> Result<()> {
    let account = accounts::find(tx, row.author_id)?;
    if account.locked_at.is_some() {
        return Ok(());
    }
    let mut matter = matter(purpose, row);
    if !row.reason.is_empty() {
        matter = matter.fact("fact-reason", row.reason.clone());
    }
    let key = format!("playbook:{}:{}", row.id, row.state);
    tell_account(tx, office, ctx, &account, &matter, &key)
}

fn matter(purpose: &'static str, row: &PlaybookVersion) -> AccountMatter {
    let mut matter = AccountMatter::new(purpose).fact("fact-playbook", row.title.clone());
    if row.version > 0 {
        matter = matter.fact("fact-playbook-version", row.version.to_string());
    }
    matter
        .fact("fact-playbook-author", row.author_name.clone())
        .fact("fact-playbook-note", row.note.clone())
        .link("letter-open-playbook", format!("/quy-trinh/{}/ban/{}", row.name, row.id))
}
