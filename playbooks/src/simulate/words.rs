//! The words of simulations, in both languages.

use super::{Reply, Row, What};
use crate::engine::Why;
use crate::role::Role;
use crate::span::Span;

/// The language of a table or a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    pub(super) fn pick(self, vi: &str, en: &str) -> String {
        match self {
            Language::Vi => vi,
            Language::En => en,
        }
        .to_owned()
    }
}

/// A role as people call it.
pub(super) fn role(role: &Role, language: Language) -> String {
    let (vi, en) = match role {
        Role::Reporter => ("người báo", "reporter"),
        Role::UnitHead => ("thủ trưởng đơn vị", "head of unit"),
        Role::ItOfficer => ("cán bộ CNTT", "IT officer"),
        Role::DutyOfficer => ("trực ban", "duty officer"),
        Role::Coordinator => ("điều phối viên", "coordinator"),
        Role::Responders => ("đội ứng cứu", "responders"),
        Role::Leader => ("lãnh đạo", "leader"),
        Role::Committee => ("Ban Chỉ đạo", "steering committee"),
        Role::ParentUnit => ("đơn vị cấp trên", "parent unit"),
        Role::Provider => ("nhà cung cấp", "provider"),
        Role::Police => ("Công an tỉnh", "police"),
        Role::National => ("cơ quan điều phối quốc gia", "national coordinator"),
        Role::Organisation(key) => (key.as_str(), key.as_str()),
    };
    language.pick(vi, en)
}

pub(super) fn whom(row: &Row, language: Language) -> String {
    row.whom.iter().map(|found| role(found, language)).collect::<Vec<_>>().join(", ")
}

pub(super) fn what(row: &Row, language: Language) -> String {
    let (vi, en) = match row.what {
        What::Told => ("được báo", "is told"),
        What::Asked => ("được báo, đề nghị xác nhận", "is told and asked to acknowledge"),
        What::Task => ("nhận việc", "gets a task"),
        What::Dispatch => ("nhận phiếu điều phối", "gets a dispatch"),
        What::Webhook => ("báo cho hệ thống", "another system is told"),
        What::Question => ("được hỏi ý kiến", "is asked to decide"),
        What::Reply(Reply::Ok) => ("trả lời: đã làm", "answers: done"),
        What::Reply(Reply::Yes) => ("trả lời: đồng ý", "answers: yes"),
        What::Reply(Reply::No) => ("trả lời: không đồng ý", "answers: no"),
        What::Reply(Reply::Refused) => ("từ chối", "refuses"),
        What::WaitOver => ("hết chờ", "the wait is over"),
        What::Skipped => ("bỏ qua: điều kiện không đúng", "left out: its condition does not hold"),
        What::Set => ("ghi nhớ", "remembers"),
        What::Round => ("bắt đầu vòng", "begins round"),
        What::Failed => ("không thành, thôi chờ", "has failed and is given up"),
        What::MadeUp => {
            ("kịch bản chuyển sang phần xử lý khi hỏng", "makes the playbook turn to its `failed`")
        }
        What::StillWaits => ("còn chờ người này", "is still waited for"),
        What::Over => ("kịch bản kết thúc", "the playbook is over"),
    };
    language.pick(vi, en)
}

pub(super) fn why(row: &Row, language: Language) -> String {
    let vi = language == Language::Vi;
    match &row.why {
        None | Some(Why::Opening | Why::Turn) => String::new(),
        Some(Why::Silence { step, waited }) if vi => format!("“{step}” im lặng {waited}"),
        Some(Why::Silence { step, waited }) => format!("`{step}` silent for {waited}"),
        Some(Why::Repeat { n, of }) if vi => format!("nhắc lần {n}/{of}"),
        Some(Why::Repeat { n, of }) => format!("reminder {n} of {of}"),
        Some(Why::Decided { step, yes: true }) if vi => format!("“{step}” được đồng ý"),
        Some(Why::Decided { step, yes: false }) if vi => format!("“{step}” không được đồng ý"),
        Some(Why::Decided { step, yes: true }) => format!("`{step}` was answered yes"),
        Some(Why::Decided { step, yes: false }) => format!("`{step}` was answered no"),
        Some(Why::Refused { step }) if vi => format!("“{step}” bị từ chối"),
        Some(Why::Refused { step }) => format!("`{step}` was refused"),
        Some(Why::Undelivered { step }) if vi => format!("“{step}” không gửi được"),
        Some(Why::Undelivered { step }) => format!("`{step}` could not be sent"),
        Some(Why::Failed { step }) if vi => format!("“{step}” không thành"),
        Some(Why::Failed { step }) => format!("`{step}` failed"),
        Some(Why::Unclear { step }) if vi => format!("điều kiện của “{step}” không xác định được"),
        Some(Why::Unclear { step }) => format!("the condition of `{step}` cannot be told"),
        Some(Why::Escalated { step, by, .. }) if vi => format!("{by} báo cấp trên ngay ở “{step}”"),
        Some(Why::Escalated { step, by, .. }) => format!("{by} escalated `{step}`"),
        Some(Why::Vacant { role: vacant, .. }) if vi => {
            format!("không có ai là {}", role(vacant, language))
        }
        Some(Why::Vacant { role: vacant, .. }) => {
            format!("nobody holds {}", role(vacant, language))
        }
    }
}

/// `+1h30m`.
pub(super) fn after(row: &Row) -> String {
    format!("+{}", Span::seconds(row.after))
}
