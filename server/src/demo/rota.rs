//! The demo's duty rota: three officers, a week each, one day of leave without a replacement nine
//! days ahead. It begins after the stories, so that these reach both officers as they always did.

use anyhow::Context as _;
use chrono::Duration;

use super::past;
use super::play::Cast;
use crate::actions::Office;
use crate::actions::rota::{edit, handover, views};
use crate::clock::Timestamp;
use crate::domain::ids::RotaId;
use crate::domain::rota::{OverrideText, RotationText};

/// Who takes turns; the first is the first duty officer of `accounts.json`.
const OFFICERS: [&str; 3] = [
    "chuonglt@sottt.thanhhoa.example",
    "thachps@sottt.thanhhoa.example",
    "linhnm@sottt.thanhhoa.example",
];
const COORDINATOR: &str = "diemnd@sottt.thanhhoa.example";
const NAME: &str = "Trực ban điều phối ứng cứu sự cố";

/// The day of a moment, as a form has it.
fn day(at: Timestamp) -> String {
    at.local_input().get(..10).unwrap_or_default().to_owned()
}

/// Makes the rota as it would be after a week: the third officer's week is over, the first one's has
/// begun yesterday, both hand-overs are taken.
///
/// # Errors
/// What the actions answer.
pub(super) async fn begin(office: &Office, cast: &mut Cast, now: Timestamp) -> anyhow::Result<()> {
    // Yesterday's hour, whatever the hour is now: the first officer is on duty for days to come.
    let change = Timestamp::parse(&format!("{}T07:30", day(now - Duration::days(1))))
        .context("the hour of the hand-over")?;
    let start = change - Duration::days(7);
    let made = start - Duration::hours(20);
    let boss = cast.person(office, COORDINATOR, made).await?;
    let rota = edit::create(office, &boss, NAME).await?;
    let rotation = RotationText {
        kind: "weekly".to_owned(),
        people: [2, 0, 1].map(|number: usize| OFFICERS[number].to_owned()).to_vec(),
        handover: "07:30".to_owned(),
        from: day(start),
        ..RotationText::default()
    };
    edit::add_rotation(office, &boss, rota.id, rota.version, rotation).await?;
    past::pass(office, start).await?;
    take(office, cast, rota.id, OFFICERS[2], start + Duration::minutes(6)).await?;

    let write = change - Duration::minutes(25);
    past::pass(office, write).await?;
    let outgoing = cast.person(office, OFFICERS[2], write).await?;
    let note = handover::NewHandover {
        note: "Đêm qua yên. Các sự cố đang mở ở danh sách dưới; hai đơn vị hẹn gọi lại trong buổi \
               sáng. Máy in phiếu ở phòng trực đã thay mực."
            .to_owned(),
        secret_confirmed: false,
    };
    handover::write(office, &outgoing, rota.id, note).await?;
    past::pass(office, change).await?;
    take(office, cast, rota.id, OFFICERS[0], change + Duration::minutes(4)).await?;

    let leave = OverrideText {
        from: (change + Duration::days(10)).rfc3339(),
        to: (change + Duration::days(11)).rfc3339(),
        instead_of: OFFICERS[1].to_owned(),
        reason: "Nghỉ phép, đang tìm người trực thay".to_owned(),
        ..OverrideText::default()
    };
    let today = cast.person(office, COORDINATOR, now - Duration::minutes(50)).await?;
    edit::add_override(office, &today, rota.id, leave).await?;
    Ok(())
}

/// The officer takes the hand-over that waits.
async fn take(
    office: &Office,
    cast: &mut Cast,
    rota: RotaId,
    who: &str,
    at: Timestamp,
) -> anyhow::Result<()> {
    past::pass(office, at).await?;
    let officer = cast.person(office, who, at).await?;
    let view = views::one(office, &officer, rota, None, Some(1)).await?;
    let waiting = view.handovers.iter().find(|one| one.yours);
    let waiting = waiting.with_context(|| format!("no hand-over waits for {who}"))?;
    handover::acknowledge(office, &officer, waiting.id.parse()?).await?;
    Ok(())
}
