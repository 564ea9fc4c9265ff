//! A case becomes more closed while messages about it wait: for the end of quiet hours, for another try,
//! for their bundle. In the transaction that raises its TLP they are cut to what their channel may still
//! carry, and what its reader may not have at all any more does not leave.

use notify::Letter;

use super::announce::tlp_allows;
use super::chat::{ceiling, settled};
use super::{Ctx, Office, letters};
use crate::domain::words::{Channel, Language, OrganisationKind, Role, Room, Tlp};
use crate::error::{Error, Result};
use crate::records::{Delivery, Incident};
use crate::store::{Conn, organisations, withdrawal};

/// Cuts what waits of this case, if it is more closed now than it was. The case is held.
///
/// # Errors
/// The database's; a letter that cannot be read.
pub(super) fn raised(
    tx: &mut Conn,
    office: &Office,
    ctx: &Ctx,
    before: Tlp,
    incident: &Incident,
) -> Result<()> {
    let tlp = incident.tlp;
    if tlp <= before {
        return Ok(());
    }
    let mut barred = Vec::new();
    for row in withdrawal::open_of(tx, incident.id)? {
        if !tlp_allows(house(tx, &row)?, tlp) {
            barred.push(row);
        } else if tlp > letters::ceiling(&office.config, row.channel) {
            reword(tx, &row, |letter| letters::recut(letter, &row.purpose, tlp))?;
        }
    }
    settled::barred(tx, ctx, &barred)?;
    // Answers of the bot hang on no case: they name it.
    for room in Room::ALL {
        let channel = ceiling::channel(*room);
        if !ceiling::open(&office.config, *room, tlp) {
            for row in withdrawal::open_answers(tx, channel, &incident.code)? {
                reword(tx, &row, |letter| answer(office, *room, incident, letter))?;
            }
        }
    }
    Ok(())
}

/// The kind of organisation that a reader stands for; whoever reported without an account stands for
/// none.
fn house(tx: &mut Conn, row: &Delivery) -> Result<Option<OrganisationKind>> {
    let own = row.recipient_role == Role::Reporter.as_word() && row.account_id.is_none();
    let house = row.organisation_id.filter(|_| !own);
    house.map(|id| Ok(organisations::find(tx, id)?.kind)).transpose()
}

fn reword(tx: &mut Conn, row: &Delivery, cut: impl FnOnce(&mut Letter)) -> Result<()> {
    let mut letter: Letter = serde_json::from_str(&row.letter).map_err(Error::internal)?;
    cut(&mut letter);
    let words = serde_json::to_string(&letter).map_err(Error::internal)?;
    withdrawal::reword(tx, row.id, &words)
}

/// What the bot says about this case becomes the doorbell; in a list its line becomes its code.
fn answer(office: &Office, room: Room, incident: &Incident, letter: &mut Letter) {
    let code = incident.code.as_str();
    if letter.subject.contains(code) {
        let language = match letter.language {
            notify::Language::Vi => Language::Vi,
            notify::Language::En => Language::En,
        };
        let form = letter.form.clone();
        *letter = ceiling::About::case(room, language, incident).letter(&office.config, |_, _| {});
        letter.form = form;
        return;
    }
    let facts = letter.facts.iter_mut().map(|fact| &mut fact.value);
    for line in letter.paragraphs.iter_mut().chain(&mut letter.steps).chain(facts) {
        if line.contains(code) {
            code.clone_into(line);
        }
    }
}

/// Cuts the words that go another way than they were written for to that way's ceiling, as the case
/// stands now.
pub(super) fn for_channel(
    office: &Office,
    incident: &Incident,
    channel: Channel,
    purpose: &str,
    letter: &mut Letter,
) {
    if incident.tlp > letters::ceiling(&office.config, channel) {
        letters::recut(letter, purpose, incident.tlp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::chat::alarm::Asks;
    use crate::actions::letters::{Matter, letter, recut};
    use crate::actions::recipients;
    use crate::actions::reports::{NewReport, receive};
    use crate::clock::Clock as _;
    use crate::store::incidents;
    use crate::testing::on_each;

    #[actix_web::test]
    async fn a_letter_that_is_cut_later_is_the_one_that_is_cut_at_once() {
        on_each(|stage| async move {
            stage.province().await;
            let report = NewReport {
                category: "phishing".to_owned(),
                description: "Thư giả mạo".to_owned(),
                detected_at: "2026-11-22T07:45".to_owned(),
                services: "none".to_owned(),
                people: "one".to_owned(),
                secret: "no".to_owned(),
                ..NewReport::default()
            };
            let (office, unit) = (&stage.office, Some("xa-b".to_owned()));
            let nobody = stage.nobody();
            receive(office, &nobody, report, Vec::new(), unit, None).await.unwrap();
            let now = stage.clock.now();
            let read = office.db.write(move |tx| {
                let incident = incidents::find_by_number(tx, 1)?;
                let organisation = organisations::find(tx, incident.organisation_id)?;
                let wanted = playbooks::Role::UnitHead;
                let people = recipients::resolve(tx, &incident, &wanted, now)?;
                Ok((incident, organisation, people))
            });
            let (mut incident, organisation, mut people) = read.await.unwrap();
            let mut person = people.remove(0);
            for (language, drill, text) in [
                (Language::Vi, false, Some("Có người ghi điều này".to_owned())),
                (Language::En, true, None),
            ] {
                person.language = language;
                incident.drill = drill;
                let mut cut_at = |purpose: &'static str, tlp: Tlp, channel: Channel| {
                    incident.tlp = tlp;
                    let mut matter = Matter::about(&incident, purpose);
                    matter.asks = Asks::Case;
                    matter.due = Some(now);
                    matter.text.clone_from(&text);
                    matter.facts = vec![("fact-task", "Rút dây mạng".to_owned())];
                    matter.steps = vec!["Giữ nguyên máy".to_owned()];
                    letter(&office.config, &person, channel, &incident, &organisation, &matter)
                };
                for (channel, purpose) in [
                    (Channel::Mail, "task"),
                    (Channel::Telegram, "opening"),
                    (Channel::Matrix, "unreached"),
                ] {
                    let mut open = cut_at(purpose, Tlp::Amber, channel);
                    let closed = cut_at(purpose, Tlp::Red, channel);
                    let said = serde_json::to_string(&closed).unwrap();
                    for secret in [&organisation.name, "Giữ nguyên máy", "Rút dây mạng"] {
                        assert!(!said.contains(secret), "{secret} in {said}");
                    }
                    assert_ne!(open, closed);
                    recut(&mut open, purpose, Tlp::Red);
                    assert_eq!(open, closed, "{channel}");
                    recut(&mut open, purpose, Tlp::Red);
                    assert_eq!(open, closed, "once is enough");
                }
            }
        })
        .await;
    }
}
