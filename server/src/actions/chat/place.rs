//! What befalls a group, inside a transaction: lost, moved, in trouble, well again; each with its
//! entry in the audit trail.

use serde_json::json;

use super::ceiling::channel;
use crate::actions::announce::{AccountMatter, tell_past};
use crate::actions::record::audited;
use crate::actions::{Ctx, Office};
use crate::domain::words::{Language, Role, Room};
use crate::error::Result;
use crate::records::ChatGroup;
use crate::store::{Conn, accounts, chat_cards, chat_groups};
use crate::texts::Texts;

/// The object of the audit trail.
pub(super) const GROUP: &str = "chat_group";

/// A name that strangers chose: one line of ordinary signs.
pub(super) fn plain(title: &str) -> String {
    let fine = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let words: String = title.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let words: String = words.chars().filter(fine).take(120).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The group takes nothing from us any more: nothing is tried there, and leaders hear of it by mail.
/// `why` is a word of the catalogs' `group-lost-…`. The group is held.
pub(super) fn lose(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    mut group: ChatGroup,
    why: &'static str,
) -> Result<()> {
    if group.lost_at.is_some() {
        return Ok(());
    }
    group.lost_at = Some(ctx.now);
    group.lost_why = Some(why.to_owned());
    group.lease_owner = None;
    group.lease_until = None;
    chat_groups::save(tx, &group)?;
    chat_cards::rest_group(tx, group.id)?;
    let detail = json!({"room": group.room, "why": why});
    audited(tx, ctx, "chat_group.lost", GROUP, &group.id.to_string(), detail)?;
    let t = Texts(Language::Vi);
    let matter = AccountMatter::new("group_lost")
        .fact("fact-group", group.title.clone())
        .fact("fact-reason", t.t(&format!("group-lost-{why}")))
        .link("letter-open-groups", "/quan-tri/nhom-chat");
    let key = format!("group-lost:{}:{}", group.id, ctx.now.rfc3339());
    for role in [Role::Leader, Role::Coordinator, Role::Admin] {
        for account in accounts::with_role(tx, role, None)? {
            tell_past(tx, office, ctx, &account, channel(group.room), &matter, &key)?;
        }
    }
    Ok(())
}

/// The group goes on under another address. Said by an event and by every call that goes to the old
/// one, it is done once: afterwards nothing is known under the old address. Its messages stay behind,
/// so the cards are put up anew; what waits in the outbox follows.
pub(super) fn moved(tx: &mut Conn, ctx: &Ctx, room: Room, from: &str, to: &str) -> Result<bool> {
    if from == to {
        return Ok(false);
    }
    let Some(known) = chat_groups::by_chat(tx, room, from)? else { return Ok(false) };
    let Some(mut group) = chat_groups::hold(tx, known.id)? else { return Ok(false) };
    if group.chat != from || group.lost_at.is_some() {
        return Ok(false);
    }
    if let Some(other) = chat_groups::by_chat(tx, room, to)? {
        // Somebody registered the new address before we heard of the move: that one stays.
        group.lost_at = Some(ctx.now);
        group.lost_why = Some("moved".to_owned());
        chat_groups::save(tx, &group)?;
        chat_cards::rest_group(tx, group.id)?;
        chat_cards::wake_group(tx, other.id, ctx.now)?;
    } else {
        to.clone_into(&mut group.chat);
        chat_groups::save(tx, &group)?;
        chat_cards::forget_messages(tx, group.id, ctx.now)?;
    }
    let followed = chat_groups::readdress(tx, channel(room), from, to)?;
    let detail = json!({"room": room, "messages": followed});
    audited(tx, ctx, "chat_group.moved", GROUP, &group.id.to_string(), detail)?;
    Ok(true)
}

/// Something does not go as it should: said on the page of the groups, and once in the audit trail.
/// The caller keeps the group.
pub(super) fn trouble(
    tx: &mut Conn,
    ctx: &Ctx,
    group: &mut ChatGroup,
    what: &'static str,
    why: &str,
) -> Result<()> {
    why.clone_into(&mut group.trouble_why);
    if group.trouble == what {
        return Ok(());
    }
    what.clone_into(&mut group.trouble);
    group.trouble_at = Some(ctx.now);
    let detail = json!({"room": group.room, "what": what});
    audited(tx, ctx, "chat_group.trouble", GROUP, &group.id.to_string(), detail)
}

/// It goes again. The caller keeps the group.
pub(super) fn well(group: &mut ChatGroup) {
    group.trouble.clear();
    group.trouble_why.clear();
    group.trouble_at = None;
}
