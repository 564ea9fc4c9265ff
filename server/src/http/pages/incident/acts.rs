//! What a viewer does to the incident by the forms of its page.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};

use super::answer;
use crate::actions::clocks::{self, Extend, Meet};
use crate::actions::closing::{Close, close};
use crate::actions::incidents;
use crate::actions::linking::{self, Merge, NewLink};
use crate::actions::members::{self, ChangeMember};
use crate::actions::notes::{self, NewNote};
use crate::actions::states::{self, ChangeState, Lead};
use crate::actions::tasks::{self, NewTask, Settle};
use crate::actions::triage::{self, Because, Triage};
use crate::error::{Error, Result};
use crate::http::pages::posted::Posted;

/// The area's routes.
pub(super) fn routes(cfg: &mut ServiceConfig) {
    cfg.route("/su-co/{code}/tiep-nhan", web::post().to(acknowledge))
        .route("/su-co/{code}/phan-loai", web::post().to(triage_it))
        .route("/su-co/{code}/trang-thai", web::post().to(change_state))
        .route("/su-co/{code}/ghi-chu", web::post().to(note))
        .route("/su-co/{code}/nhiem-vu", web::post().to(add_task))
        .route("/su-co/{code}/nhiem-vu/{id}", web::post().to(settle_task))
        .route("/su-co/{code}/thoi-han/{kind}", web::post().to(meet))
        .route("/su-co/{code}/thoi-han/{kind}/gia-han", web::post().to(extend))
        .route("/su-co/{code}/lien-ket", web::post().to(link))
        .route("/su-co/{code}/gop", web::post().to(merge))
        .route("/su-co/{code}/tach", web::post().to(unmerge))
        .route("/su-co/{code}/tu-choi", web::post().to(reject))
        .route("/su-co/{code}/mo-lai", web::post().to(reopen))
        .route("/su-co/{code}/dong", web::post().to(close_it))
        .route("/su-co/{code}/thanh-vien", web::post().to(member))
        .route("/su-co/{code}/chu-tri", web::post().to(lead));
}

fn because(sent: &Posted) -> Because {
    Because { reason: sent.get("reason"), version: sent.version() }
}

async fn acknowledge(sent: Posted) -> Result<HttpResponse> {
    let done = incidents::acknowledge(sent.office(), sent.ctx(), sent.part("code")).await;
    answer(sent, "tiep-nhan", "flash-desk-acknowledged", done).await
}

async fn triage_it(sent: Posted) -> Result<HttpResponse> {
    // A box that is not ticked is not sent; the form of who decides the class alone has none.
    let whole = sent.has("category");
    let flag = |name: &str| whole.then(|| sent.has(name));
    let wanted = Triage {
        category: sent.some("category"),
        priority: sent.some("priority"),
        tlp: sent.some("tlp"),
        legal_class: sent.some("legal_class"),
        legal_decision: sent.some("legal_decision"),
        signs_of_crime: flag("signs_of_crime"),
        beyond_capacity: flag("beyond_capacity"),
        personal_data: flag("personal_data"),
        title: sent.some("title"),
        system: sent.some("system"),
        organisation: sent.some("organisation"),
        version: sent.version(),
    };
    let done = triage::triage(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "phan-loai", "flash-desk-triaged", done).await
}

async fn change_state(sent: Posted) -> Result<HttpResponse> {
    let wanted =
        ChangeState { to: sent.get("to"), reason: sent.get("reason"), version: sent.version() };
    let done = states::change(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "trang-thai", "flash-desk-state", done).await
}

async fn note(sent: Posted) -> Result<HttpResponse> {
    let wanted = NewNote {
        text: sent.get("text"),
        audience: sent.get("audience"),
        tlp: sent.get("tlp"),
        secret_confirmed: sent.has("secret_confirmed"),
    };
    let done = notes::add(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "ghi-chu", "flash-desk-noted", done).await
}

async fn add_task(sent: Posted) -> Result<HttpResponse> {
    let wanted = NewTask {
        assignee: sent.get("assignee"),
        role: sent.get("role"),
        phase: sent.get("phase"),
        text: sent.get("text"),
        due: sent.get("due"),
        evidence: sent.get("evidence"),
        secret_confirmed: sent.has("secret_confirmed"),
    };
    let done = tasks::add(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "nhiem-vu", "flash-desk-task", done).await
}

async fn settle_task(sent: Posted) -> Result<HttpResponse> {
    let id = sent.part("id").to_owned();
    let task = id.parse().map_err(|_| Error::NotFound("task"))?;
    let wanted =
        Settle { state: sent.get("state"), note: sent.get("note"), version: sent.version() };
    let done = tasks::settle(sent.office(), sent.ctx(), sent.part("code"), task, wanted).await;
    answer(sent, &id, "flash-desk-task-settled", done).await
}

async fn meet(sent: Posted) -> Result<HttpResponse> {
    let kind = sent.part("kind").to_owned();
    let how = Meet {
        note: sent.get("note"),
        version: sent.version(),
        secret_confirmed: sent.has("secret_confirmed"),
    };
    let done = clocks::meet(sent.office(), sent.ctx(), sent.part("code"), &kind, how).await;
    answer(sent, &format!("thoi-han-{kind}"), "flash-desk-clock-met", done).await
}

async fn extend(sent: Posted) -> Result<HttpResponse> {
    let kind = sent.part("kind").to_owned();
    let how =
        Extend { until: sent.get("until"), reason: sent.get("reason"), version: sent.version() };
    let done = clocks::extend(sent.office(), sent.ctx(), sent.part("code"), &kind, how).await;
    answer(sent, &format!("gia-han-{kind}"), "flash-desk-clock-extended", done).await
}

async fn link(sent: Posted) -> Result<HttpResponse> {
    let wanted = NewLink {
        other: sent.get("other"),
        relation: sent.get("relation"),
        reason: sent.get("reason"),
        undo: sent.has("undo"),
    };
    let done = linking::link(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "lien-ket", "flash-desk-linked", done).await
}

async fn merge(sent: Posted) -> Result<HttpResponse> {
    let wanted =
        Merge { into: sent.get("into"), reason: sent.get("reason"), version: sent.version() };
    let done = linking::merge(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "gop", "flash-desk-merged", done).await
}

async fn unmerge(sent: Posted) -> Result<HttpResponse> {
    let done = linking::unmerge(sent.office(), sent.ctx(), sent.part("code"), because(&sent)).await;
    answer(sent, "tach", "flash-desk-unmerged", done).await
}

async fn reject(sent: Posted) -> Result<HttpResponse> {
    let done = triage::reject(sent.office(), sent.ctx(), sent.part("code"), because(&sent)).await;
    answer(sent, "tu-choi", "flash-desk-rejected", done).await
}

async fn reopen(sent: Posted) -> Result<HttpResponse> {
    let done = states::reopen(sent.office(), sent.ctx(), sent.part("code"), because(&sent)).await;
    answer(sent, "mo-lai", "flash-desk-reopened", done).await
}

async fn close_it(sent: Posted) -> Result<HttpResponse> {
    let facts = Close {
        response_ended_at: sent.get("response_ended_at"),
        summary: sent.get("summary"),
        lessons: sent.get("lessons"),
        version: sent.version(),
        secret_confirmed: sent.has("secret_confirmed"),
    };
    let done = close(sent.office(), sent.ctx(), sent.part("code"), facts).await;
    answer(sent, "dong", "flash-desk-closed", done).await
}

async fn member(sent: Posted) -> Result<HttpResponse> {
    let wanted = ChangeMember { account: sent.get("account"), reason: sent.get("reason") };
    let office = sent.office();
    let done = if sent.has("remove") {
        members::remove(office, sent.ctx(), sent.part("code"), wanted).await
    } else {
        members::add(office, sent.ctx(), sent.part("code"), wanted).await
    };
    answer(sent, "thanh-vien", "flash-desk-members", done).await
}

async fn lead(sent: Posted) -> Result<HttpResponse> {
    let wanted = Lead { account: sent.get("account"), version: sent.version() };
    let done = states::lead(sent.office(), sent.ctx(), sent.part("code"), wanted).await;
    answer(sent, "chu-tri", "flash-desk-lead", done).await
}
