//! Calls from the case: how things stand, the next level now, silence for oneself, its place in the
//! team's groups.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};

use super::answer;
use crate::actions::chat::places::{self, NewRoom};
use crate::actions::escalation::{Escalate, escalate};
use crate::actions::situation::{NewSituation, report};
use crate::actions::snoozes::{NewSnooze, snooze};
use crate::error::Result;
use crate::http::pages::posted::Posted;

/// The area's routes.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/su-co/{code}/tinh-hinh", web::post().to(situation))
        .route("/su-co/{code}/bao-cap-tren", web::post().to(escalate_it))
        .route("/su-co/{code}/hoan-bao", web::post().to(snooze_it))
        .route("/su-co/{code}/phong", web::post().to(open_room));
}

async fn situation(sent: Posted) -> Result<HttpResponse> {
    let wanted = NewSituation {
        conditions: sent.get("conditions"),
        actions: sent.get("actions"),
        needs: sent.get("needs"),
        audience: sent.get("audience"),
        tlp: sent.get("tlp"),
        secret_confirmed: sent.has("secret_confirmed"),
    };
    let done = report(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "tinh-hinh", "flash-desk-situation", done).await
}

async fn escalate_it(sent: Posted) -> Result<HttpResponse> {
    let wanted =
        Escalate { reason: sent.get("reason"), secret_confirmed: sent.has("secret_confirmed") };
    let done = escalate(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "bao-cap-tren", "flash-desk-escalated", done).await
}

async fn snooze_it(sent: Posted) -> Result<HttpResponse> {
    let wanted = NewSnooze { minutes: sent.get("minutes").parse().unwrap_or(0) };
    let done = snooze(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "hoan-bao", "flash-desk-snoozed", done).await
}

async fn open_room(sent: Posted) -> Result<HttpResponse> {
    let wanted = NewRoom { group: sent.get("group") };
    let done = places::open(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    let flash = match &done {
        Ok(all) if all.iter().all(|one| !one.new) => "flash-room-open",
        _ => "flash-room-opened",
    };
    answer(sent, "phong", flash, done).await
}
