//! What can be wrong with a CACAO playbook, one sentence each, in Vietnamese and English.

use crate::limits::*;
use crate::notation::{Place, Problem};

/// A kind of mistake, with what is needed to explain it. `step` is how people call the step.
#[derive(Debug)]
pub(super) enum Fault {
    TooBig,
    NotJson(String),
    KeyTwice(String),
    /// The OASIS schema does not allow it; the sentences are made where the schema is known.
    Schema {
        vi: String,
        en: String,
    },
    Revoked,
    NoStart,
    NotAStart(String),
    SecondStart(String),
    NoEnd,
    NoWork,
    Dangling {
        step: String,
        key: String,
        to: String,
    },
    NotAStep {
        step: String,
        kind: String,
    },
    OtherKind {
        step: String,
        kind: String,
    },
    NoWayOn(String),
    TwoWaysOn(String),
    Endless(Vec<String>),
    BranchTwice {
        step: String,
        branch: String,
    },
    FewBranches(String),
    BranchesMeet {
        step: String,
        at: String,
    },
    EmptyRound(String),
    NoCases(String),
    UnknownAgent {
        step: String,
        agent: String,
    },
    UnknownTarget {
        step: String,
        target: String,
    },
    UnknownVariable {
        step: String,
        name: String,
    },
    BadVariable {
        name: String,
        kind: String,
        value: String,
    },
    CallsItself(String),
    TooManySteps,
    UnknownParty(String),
    NotOurs(String),
}

impl Fault {
    /// The stable code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Fault::TooBig => "file_too_big",
            Fault::NotJson(_) => "unreadable",
            Fault::KeyTwice(_) => "duplicate_key",
            Fault::Schema { .. } => "cacao_schema",
            Fault::Revoked => "cacao_revoked",
            Fault::NoStart => "cacao_no_start",
            Fault::NotAStart(_) => "cacao_not_a_start",
            Fault::SecondStart(_) => "cacao_second_start",
            Fault::NoEnd => "cacao_no_end",
            Fault::NoWork => "cacao_no_work",
            Fault::Dangling { .. } => "cacao_dangling",
            Fault::NotAStep { .. } => "cacao_not_a_step",
            Fault::OtherKind { .. } => "cacao_other_kind",
            Fault::NoWayOn(_) => "cacao_no_way_on",
            Fault::TwoWaysOn(_) => "cacao_two_ways_on",
            Fault::Endless(_) => "cacao_endless",
            Fault::BranchTwice { .. } => "cacao_branch_twice",
            Fault::FewBranches(_) => "cacao_few_branches",
            Fault::BranchesMeet { .. } => "cacao_branches_meet",
            Fault::EmptyRound(_) => "cacao_empty_round",
            Fault::NoCases(_) => "cacao_no_cases",
            Fault::UnknownAgent { .. } => "cacao_unknown_agent",
            Fault::UnknownTarget { .. } => "cacao_unknown_target",
            Fault::UnknownVariable { .. } => "cacao_unknown_variable",
            Fault::BadVariable { .. } => "cacao_bad_variable",
            Fault::CallsItself(_) => "cacao_calls_itself",
            Fault::TooManySteps => "too_many_steps",
            Fault::UnknownParty(_) => "cacao_unknown_party",
            Fault::NotOurs(_) => "cacao_not_ours",
        }
    }

    /// The problem at its place.
    pub(super) fn at(&self, place: Place) -> Problem {
        let [message_vi, message_en, hint_vi, hint_en] = self.words();
        Problem {
            line: place.line,
            column: place.column,
            code: self.code(),
            message_vi,
            message_en,
            hint_vi,
            hint_en,
        }
    }

    fn words(&self) -> [String; 4] {
        let all = |vi: String, en: String, hint_vi: &str, hint_en: &str| {
            [vi, en, hint_vi.to_owned(), hint_en.to_owned()]
        };
        match self {
            Fault::TooBig => all(
                format!("Tệp CACAO dài quá {} KiB", MAX_CACAO_BYTES / 1024),
                format!("the CACAO file is longer than {} KiB", MAX_CACAO_BYTES / 1024),
                "Hãy tách thành nhiều kịch bản gọi nhau.",
                "Split it into playbooks that call one another.",
            ),
            Fault::NotJson(detail) => all(
                "Tệp không phải là JSON đọc được".to_owned(),
                format!("this is not readable JSON: {detail}"),
                "Xuất lại tệp từ công cụ đã soạn nó.",
                "Export the file again from where it was written.",
            ),
            Fault::KeyTwice(key) => all(
                format!("Khóa “{key}” được viết hai lần"),
                format!("the key `{key}` is written twice"),
                "Giữ một, bỏ cái kia.",
                "Keep one, remove the other.",
            ),
            Fault::Schema { vi, en } => all(
                vi.clone(),
                en.clone(),
                "Sửa cho đúng lược đồ CACAO 2.0 của OASIS.",
                "Make it fit the CACAO 2.0 schema of OASIS.",
            ),
            Fault::Revoked => all(
                "Kịch bản này đã bị người soạn thu hồi (revoked)".to_owned(),
                "its creator has revoked this playbook".to_owned(),
                "Hỏi người soạn bản thay thế.",
                "Ask its creator for the one that replaces it.",
            ),
            Fault::NoStart => all(
                "Kịch bản không có bước bắt đầu (start)".to_owned(),
                "the playbook has no start step".to_owned(),
                "Thêm một bước kiểu start và ghi mã của nó vào workflow_start.",
                "Add a step of type start and name it in workflow_start.",
            ),
            Fault::NotAStart(step) => all(
                format!("workflow_start chỉ tới “{step}”, không phải là bước kiểu start"),
                format!("workflow_start names `{step}`, which is no start step"),
                "Thêm một bước kiểu start dẫn tới bước đó.",
                "Add a step of type start that leads to it.",
            ),
            Fault::SecondStart(step) => all(
                format!("“{step}” là bước bắt đầu thứ hai"),
                format!("`{step}` is a second start step"),
                "Mỗi kịch bản chỉ có một bước bắt đầu.",
                "A playbook has one start step.",
            ),
            Fault::NoEnd => all(
                "Kịch bản không có bước kết thúc (end)".to_owned(),
                "the playbook has no end step".to_owned(),
                "Thêm một bước kiểu end ở cuối mỗi nhánh.",
                "Add a step of type end to the end of each branch.",
            ),
            Fault::NoWork => all(
                "Kịch bản không có việc gì để làm: từ bước bắt đầu không tới bước nào khác bước kết thúc".to_owned(),
                "the playbook has no work: its start leads to nothing but an end".to_owned(),
                "Thêm ít nhất một bước kiểu action hoặc playbook-action.",
                "Add at least one step of type action or playbook-action.",
            ),
            Fault::Dangling { step, key, to } => all(
                format!("Bước “{step}” dẫn tới bước không có ({key}: {to})"),
                format!("the step `{step}` leads to a step that is not there ({key}: {to})"),
                "Thêm bước đó vào workflow, hoặc sửa mã.",
                "Add that step to the workflow, or correct the identifier.",
            ),
            Fault::NotAStep { step, kind } => all(
                format!("Bước “{step}” có kiểu “{kind}”, CACAO 2.0 không có kiểu này"),
                format!("the step `{step}` is of type `{kind}`, which CACAO 2.0 does not have"),
                "Kiểu bước: start, end, action, playbook-action, parallel, if-condition, while-condition, switch-condition.",
                "The types: start, end, action, playbook-action, parallel, if-condition, while-condition, switch-condition.",
            ),
            Fault::OtherKind { step, kind } => all(
                format!("Mã của bước “{step}” không bắt đầu bằng kiểu của nó (“{kind}”)"),
                format!("the identifier of the step `{step}` does not begin with its type (`{kind}`)"),
                "Sửa mã hoặc kiểu cho khớp nhau.",
                "Make identifier and type agree.",
            ),
            Fault::NoWayOn(step) => all(
                format!("Sau bước “{step}” không có gì: thiếu on_completion hoặc on_success"),
                format!("nothing follows the step `{step}`: it has no on_completion and no on_success"),
                "Dẫn tới bước tiếp theo, hoặc tới một bước kiểu end.",
                "Lead on to the next step, or to a step of type end.",
            ),
            Fault::TwoWaysOn(step) => all(
                format!("Bước “{step}” có cả on_completion lẫn on_success hoặc on_failure"),
                format!("the step `{step}` has on_completion besides on_success or on_failure"),
                "Giữ on_completion, hoặc giữ on_success và on_failure.",
                "Keep on_completion, or keep on_success and on_failure.",
            ),
            Fault::Endless(steps) => all(
                format!("Các bước này đi vòng mãi, không có lối ra: {}", steps.join(" → ")),
                format!("these steps go round for ever, without a way out: {}", steps.join(" → ")),
                "Cho một bước trong vòng dẫn ra ngoài, hoặc dùng while-condition.",
                "Let one of them lead out of the circle, or use a while-condition.",
            ),
            Fault::BranchTwice { step, branch } => all(
                format!("Bước song song “{step}” có hai nhánh là cùng một bước “{branch}”"),
                format!("two branches of the parallel step `{step}` are the same step `{branch}`"),
                "Bỏ một nhánh, hoặc viết thành hai bước riêng.",
                "Remove one, or write two steps.",
            ),
            Fault::FewBranches(step) => all(
                format!("Bước song song “{step}” phải có ít nhất hai nhánh"),
                format!("the parallel step `{step}` needs at least two branches"),
                "Thêm nhánh, hoặc bỏ bước song song.",
                "Add a branch, or do without the parallel step.",
            ),
            Fault::BranchesMeet { step, at } => all(
                format!("Các nhánh của bước song song “{step}” gặp nhau ở “{at}”, bước này sẽ bị làm nhiều lần"),
                format!("branches of the parallel step `{step}` meet at `{at}`, which would be done more than once"),
                "Mỗi nhánh kết thúc ở bước end riêng; bước chung đặt ở on_completion của bước song song.",
                "Let each branch have its own end; what is common belongs to the parallel step's on_completion.",
            ),
            Fault::EmptyRound(step) => all(
                format!("Vòng lặp “{step}” không có việc gì để làm trong mỗi vòng"),
                format!("the loop `{step}` has nothing to do in its rounds"),
                "Cho on_true dẫn tới một bước có việc.",
                "Let on_true lead to a step with work.",
            ),
            Fault::NoCases(step) => all(
                format!("Bước rẽ nhánh “{step}” không có trường hợp nào (cases)"),
                format!("the switch step `{step}` has no cases"),
                "Thêm ít nhất một trường hợp.",
                "Add at least one case.",
            ),
            Fault::UnknownAgent { step, agent } => all(
                format!("Bước “{step}” giao cho “{agent}” không có trong agent_definitions"),
                format!("the step `{step}` is for `{agent}`, who is not in agent_definitions"),
                "Khai báo người hoặc hệ thống đó trong agent_definitions.",
                "Define that agent in agent_definitions.",
            ),
            Fault::UnknownTarget { step, target } => all(
                format!("Bước “{step}” tác động lên “{target}” không có trong target_definitions"),
                format!("the step `{step}` acts on `{target}`, which is not in target_definitions"),
                "Khai báo đối tượng đó trong target_definitions.",
                "Define that target in target_definitions.",
            ),
            Fault::UnknownVariable { step, name } => all(
                format!("Bước “{step}” dùng biến “{name}” chưa được khai báo"),
                format!("the step `{step}` uses the variable `{name}`, which is not declared"),
                "Khai báo biến trong playbook_variables hoặc step_variables.",
                "Declare it in playbook_variables or step_variables.",
            ),
            Fault::BadVariable { name, kind, value } => all(
                format!("Biến “{name}” kiểu {kind} có giá trị không đúng kiểu: “{value}”"),
                format!("the variable `{name}` of type {kind} has a value of another type: `{value}`"),
                "Sửa giá trị hoặc kiểu của biến.",
                "Correct the value or the type.",
            ),
            Fault::CallsItself(step) => all(
                format!("Bước “{step}” gọi lại chính kịch bản này"),
                format!("the step `{step}` calls this very playbook"),
                "Dùng while-condition để làm lại nhiều lần.",
                "Use a while-condition to do things again.",
            ),
            Fault::TooManySteps => all(
                format!("Kịch bản đọc ra quá {MAX_STEPS} bước, kể cả các vòng lặp"),
                format!("the playbook comes to more than {MAX_STEPS} steps, rounds of loops included"),
                "Tách thành nhiều kịch bản, hoặc cho ít vòng lặp hơn (--rounds).",
                "Split it into several, or allow fewer rounds (--rounds).",
            ),
            Fault::UnknownParty(agent) => all(
                format!("Không có ai là “{agent}” trong kịch bản để gán vai trò"),
                format!("nobody in the playbook is `{agent}`, to be given a role"),
                "Dùng tên hoặc mã như trong agent_definitions.",
                "Use the name or the identifier of agent_definitions.",
            ),
            Fault::NotOurs(detail) => all(
                "Kịch bản không viết được trong ngôn ngữ của chương trình".to_owned(),
                format!("the playbook cannot be written in this program's language: {detail}"),
                "Xem ý chi tiết, sửa ở tệp gốc.",
                "See the detail and mend the file.",
            ),
        }
    }
}
