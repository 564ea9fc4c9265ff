//! What whoever imports a playbook should know, though nothing is wrong with it: what was assumed,
//! and what a person does now that a machine was meant to do.

use crate::notation::{Place, Problem};

/// A kind of remark. `step` is how people call the step.
#[derive(Debug)]
pub(super) enum Remark {
    NotExecuted { step: String, kind: String },
    RoleAssumed { agent: String },
    AskedInstead { step: String },
    TimeRounded { step: String, key: &'static str, to: String },
    CallIsATask { step: String, playbook: String },
    NeverReached { step: String },
    ValueUnknown { name: String },
    FirstAidAssumed,
    NotVerified,
    TextCut { step: String },
    Rounds { step: String, rounds: u32 },
    ChangedElsewhere,
}

impl Remark {
    pub(super) fn at(&self, place: Place) -> Problem {
        let (code, vi, en, hint_vi, hint_en) = self.words();
        Problem {
            line: place.line,
            column: place.column,
            code,
            message_vi: vi,
            message_en: en,
            hint_vi: hint_vi.to_owned(),
            hint_en: hint_en.to_owned(),
        }
    }

    fn words(&self) -> (&'static str, String, String, &'static str, &'static str) {
        match self {
            Remark::NotExecuted { step, kind } => (
                "not_executed",
                format!("Lệnh kiểu “{kind}” của bước “{step}” không chạy tự động: thành công việc cho người làm"),
                format!("the `{kind}` command of the step `{step}` is not executed: it becomes a task that shows it"),
                "Người được giao đọc lệnh, tự làm và báo lại.",
                "Whoever has the task reads it, does it and answers.",
            ),
            Remark::RoleAssumed { agent } => (
                "role_assumed",
                format!("Không rõ “{agent}” là ai ở đây: giao cho điều phối viên"),
                format!("nobody here is known as `{agent}`: the coordinators get the work"),
                "Gán vai trò: --role \"TÊN=it_officer\".",
                "Give a role: --role \"NAME=it_officer\".",
            ),
            Remark::AskedInstead { step } => (
                "asked_instead",
                format!("Điều kiện của bước “{step}” máy không xét được: thành câu hỏi cho người quyết định"),
                format!("the condition of the step `{step}` cannot be told here: it becomes a question to a person"),
                "Sửa câu hỏi trong tệp kết quả cho dễ hiểu.",
                "Put the question into plain words in the file that was written.",
            ),
            Remark::TimeRounded { step, key, to } => (
                "time_rounded",
                format!("“{key}” của bước “{step}” được làm tròn thành {to}"),
                format!("the `{key}` of the step `{step}` is rounded to {to}"),
                "Ở đây thời gian tính từng phút, từ một phút đến ba mươi ngày.",
                "Times here are whole minutes, from one to thirty days.",
            ),
            Remark::CallIsATask { step, playbook } => (
                "call_is_a_task",
                format!("Bước “{step}” gọi kịch bản {playbook} không có ở đây: thành công việc cho điều phối viên"),
                format!("the step `{step}` calls the playbook {playbook}, which is not here: it becomes a task"),
                "Nhập kịch bản đó trước, rồi ghi --playbook MÃ=TÊN.",
                "Import that playbook first, then say --playbook ID=NAME.",
            ),
            Remark::NeverReached { step } => (
                "never_reached",
                format!("Không có đường nào dẫn tới bước “{step}”: bước này được bỏ ra"),
                format!("no way leads to the step `{step}`: it is left out"),
                "Nếu cần bước đó, nối nó vào ở tệp gốc.",
                "If it is needed, connect it in the file.",
            ),
            Remark::ValueUnknown { name } => (
                "value_unknown",
                format!("Giá trị của biến “{name}” chưa biết khi nhập: chỗ đó ghi tên biến, người làm điền"),
                format!("the value of the variable `{name}` is not known yet: its name stands in the text"),
                "Cho giá trị: --value TÊN=GIÁ_TRỊ.",
                "Give it: --value NAME=VALUE.",
            ),
            Remark::FirstAidAssumed => (
                "first_aid_assumed",
                "CACAO không có phần dặn người báo: dùng lời dặn chung".to_owned(),
                "CACAO has no words to the reporter: general ones are used".to_owned(),
                "Viết lại “first_aid” trong tệp kết quả.",
                "Write `first_aid` anew in the file that was written.",
            ),
            Remark::NotVerified => (
                "not_verified",
                "Chữ ký số của tệp không được kiểm tra".to_owned(),
                "the file's digital signatures are not verified".to_owned(),
                "Kiểm tra nguồn của tệp bằng cách khác.",
                "Make sure by other means where it comes from.",
            ),
            Remark::TextCut { step } => (
                "text_cut",
                format!("Nội dung của bước “{step}” quá dài nên bị cắt bớt"),
                format!("the text of the step `{step}` is too long and was cut"),
                "Xem đủ ở tệp gốc.",
                "The whole stands in the file.",
            ),
            Remark::Rounds { step, rounds } => (
                "rounds",
                format!("Lặp ở bước “{step}” nhiều nhất {rounds} vòng, quá thì báo điều phối viên"),
                format!("the loop of the step `{step}` has {rounds} rounds at most; then the coordinators are told"),
                "Số vòng khác: --rounds N.",
                "Another number: --rounds N.",
            ),
            Remark::ChangedElsewhere => (
                "changed_elsewhere",
                "Tệp này từng xuất từ đây và đã được sửa ở nơi khác: đọc lại theo CACAO, những gì CACAO không có từ để nói có thể khác".to_owned(),
                "this file was exported here and changed elsewhere: it is read as CACAO, and what CACAO has no word for may differ".to_owned(),
                "So sánh với bản cũ trước khi dùng.",
                "Compare it with the old one before use.",
            ),
        }
    }
}
