//! What can be wrong with a file, and the sentences that say so, in Vietnamese and English.

use crate::limits::*;
use crate::span::Span;

/// A kind of mistake, with what is needed to explain it.
#[derive(Debug)]
pub(crate) enum Fault {
    FileTooBig,
    GrowsTooMuch,
    Unreadable(String),
    SeveralDocuments,
    DuplicateKey(String),
    MergeKey,
    Empty,
    UnknownKey { key: String, known: Vec<&'static str>, near: Option<&'static str> },
    NotYet(String),
    Missing(&'static str),
    ExpectedText { key: String },
    ExpectedNumber { key: String, min: u32, max: u32 },
    ExpectedList { key: String },
    ExpectedMap { key: String },
    ExpectedWord { key: String, found: String, known: Vec<&'static str> },
    TooLong { key: String, max: usize },
    ControlCharacter { key: String },
    BadName { key: String, found: String },
    BadDuration(String),
    DurationOutOfRange(String),
    BadDate(String),
    UnknownRole { found: String, near: Option<&'static str> },
    NoRecipient,
    TooManyRecipients,
    DoubleRecipient(String),
    NoKind,
    SeveralKinds { first: &'static str, second: &'static str },
    LateWithoutWithin,
    WithinWithoutLate,
    NothingToWaitFor,
    DuplicateId { id: String, line: usize },
    NoSteps,
    TooManySteps,
    TooDeep,
    FirstAidNotNumbered { expected: usize },
    UnknownCategory(String),
    TooManyClocks,
    BadWarnPoints,
    BadDayOfYear(String),
    BadWarnTimes,
    DatesReversed,
    BadOffset(String),
    NeverWorked,
    ExpectedYesNo { key: String },
    TooManyDays,
    DayTwice(String),
    BadCondition(String),
    UnknownName { found: String, near: Option<String> },
    NotInConditions(String),
    WrongTypes { found: &'static str, wanted: &'static str },
    AlwaysTheSame(bool),
    OnlyWithApprove(&'static str),
    Circle(String),
    CallsTooDeep,
    UnknownPlaybook(String),
    BadCall(String),
    BadValue(String),
    WaitNeedsLate,
    NothingToRepeat,
    VarOfTwoTypes(String),
    TooManyVars,
    LateTooLong { within: Span, limit: Span },
    NeverReached,
    NotAnOrganisation(String),
    UnknownBefore { found: String, near: Option<String> },
    AfterInChoose,
    ChooseNeedsIf,
    TimeoutTooShort { timeout: Span, within: Span },
    CannotFail(&'static str),
}

/// The sentences of a fault.
pub(crate) struct Words {
    pub(crate) message_vi: String,
    pub(crate) message_en: String,
    pub(crate) hint_vi: String,
    pub(crate) hint_en: String,
}

pub(super) fn words(
    message_vi: impl Into<String>,
    message_en: impl Into<String>,
    hint_vi: impl Into<String>,
    hint_en: impl Into<String>,
) -> Words {
    Words {
        message_vi: message_vi.into(),
        message_en: message_en.into(),
        hint_vi: hint_vi.into(),
        hint_en: hint_en.into(),
    }
}

/// The parser explains itself in English only; the slips that are made most get Vietnamese words.
fn syntax_vi(detail: &str) -> &'static str {
    const KNOWN: &[(&str, &str)] = &[
        ("tab", "có ký tự Tab ở đầu dòng"),
        ("quote", "có dấu nháy mở mà không đóng"),
        ("unclosed", "có dấu ngoặc mở mà không đóng"),
        ("anchor", "bí danh (*) không chỉ tới đâu cả"),
        ("unsupported tag", "có thẻ (!) không dùng được"),
        ("did not find expected", "thụt lề không khớp với dòng trên"),
        ("indent", "thụt lề không khớp với dòng trên"),
        ("mapping", "từ khóa và giá trị đặt sai chỗ"),
        ("end of", "tệp kết thúc giữa chừng"),
    ];
    let detail = detail.to_lowercase();
    let found = KNOWN.iter().find(|(sign, _)| detail.contains(sign));
    found.map_or("sai cú pháp ở gần đây", |(_, words)| words)
}

impl Fault {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Fault::FileTooBig => "file_too_big",
            Fault::GrowsTooMuch => "grows_too_much",
            Fault::Unreadable(_) => "unreadable",
            Fault::SeveralDocuments => "several_documents",
            Fault::DuplicateKey(_) => "duplicate_key",
            Fault::MergeKey => "merge_key",
            Fault::Empty => "empty",
            Fault::UnknownKey { .. } => "unknown_key",
            Fault::NotYet(_) => "not_supported_yet",
            Fault::Missing(_) => "missing",
            Fault::ExpectedText { .. } => "expected_text",
            Fault::ExpectedNumber { .. } => "expected_number",
            Fault::ExpectedList { .. } => "expected_list",
            Fault::ExpectedMap { .. } => "expected_map",
            Fault::ExpectedWord { .. } => "expected_word",
            Fault::TooLong { .. } => "too_long",
            Fault::ControlCharacter { .. } => "control_character",
            Fault::BadName { .. } => "bad_name",
            Fault::BadDuration(_) => "bad_duration",
            Fault::DurationOutOfRange(_) => "duration_out_of_range",
            Fault::BadDate(_) => "bad_date",
            Fault::UnknownRole { .. } => "unknown_role",
            Fault::NoRecipient => "no_recipient",
            Fault::TooManyRecipients => "too_many_recipients",
            Fault::DoubleRecipient(_) => "double_recipient",
            Fault::NoKind => "no_kind",
            Fault::SeveralKinds { .. } => "several_kinds",
            Fault::LateWithoutWithin => "late_without_within",
            Fault::WithinWithoutLate => "within_without_late",
            Fault::NothingToWaitFor => "nothing_to_wait_for",
            Fault::DuplicateId { .. } => "duplicate_id",
            Fault::NoSteps => "no_steps",
            Fault::TooManySteps => "too_many_steps",
            Fault::TooDeep => "too_deep",
            Fault::FirstAidNotNumbered { .. } => "first_aid_not_numbered",
            Fault::UnknownCategory(_) => "unknown_category",
            Fault::TooManyClocks => "too_many_clocks",
            Fault::BadDayOfYear(_) => "bad_day_of_year",
            Fault::BadWarnTimes => "bad_warn_times",
            Fault::BadWarnPoints => "bad_warn_points",
            Fault::DatesReversed => "dates_reversed",
            Fault::BadOffset(_) => "bad_offset",
            Fault::NeverWorked => "never_worked",
            Fault::ExpectedYesNo { .. } => "expected_yes_no",
            Fault::TooManyDays => "too_many_days",
            Fault::DayTwice(_) => "day_twice",
            Fault::BadCondition(_) => "bad_condition",
            Fault::UnknownName { .. } => "unknown_name",
            Fault::NotInConditions(_) => "not_in_conditions",
            Fault::WrongTypes { .. } => "wrong_types",
            Fault::AlwaysTheSame(_) => "always_the_same",
            Fault::OnlyWithApprove(_) => "only_with_approve",
            Fault::Circle(_) => "circle",
            Fault::CallsTooDeep => "calls_too_deep",
            Fault::UnknownPlaybook(_) => "unknown_playbook",
            Fault::BadCall(_) => "bad_call",
            Fault::BadValue(_) => "bad_value",
            Fault::WaitNeedsLate => "wait_needs_late",
            Fault::NothingToRepeat => "nothing_to_repeat",
            Fault::VarOfTwoTypes(_) => "var_of_two_types",
            Fault::TooManyVars => "too_many_vars",
            Fault::LateTooLong { .. } => "late_too_long",
            Fault::NeverReached => "never_reached",
            Fault::NotAnOrganisation(_) => "not_an_organisation",
            Fault::UnknownBefore { .. } => "unknown_before",
            Fault::AfterInChoose => "after_in_choose",
            Fault::ChooseNeedsIf => "choose_needs_if",
            Fault::TimeoutTooShort { .. } => "timeout_too_short",
            Fault::CannotFail(_) => "cannot_fail",
        }
    }

    /// The sentences.
    pub(crate) fn words(&self) -> Words {
        match self {
            Fault::FileTooBig => words(
                format!("Tệp dài quá {} KiB", MAX_TEXT_BYTES / 1024),
                format!("the file is longer than {} KiB", MAX_TEXT_BYTES / 1024),
                "Một kịch bản chỉ cần vài trang. Hãy tách thành nhiều kịch bản.",
                "A playbook needs a few pages. Split it into several.",
            ),
            Fault::GrowsTooMuch => words(
                "Tệp lồng quá sâu hoặc phình ra quá lớn khi đọc",
                "the file nests too deeply or grows too much while it is read",
                "Bỏ các bí danh (&, *) và viết thẳng nội dung ra.",
                "Do without aliases (&, *); write things out.",
            ),
            Fault::Unreadable(detail) => words(
                format!("Không đọc được tệp theo cú pháp YAML: {}", syntax_vi(detail)),
                format!("this is not readable YAML: {detail}"),
                "Kiểm tra thụt lề (dùng dấu cách, không dùng Tab), dấu hai chấm và dấu nháy ở dòng này hoặc dòng trên.",
                "Look at the indentation (spaces, no tabs), colons and quotes of this line or the one above.",
            ),
            Fault::SeveralDocuments => words(
                "Tệp có nhiều tài liệu (dòng ---)",
                "the file holds several documents (a line ---)",
                "Mỗi tệp một kịch bản: bỏ dòng --- và phần sau nó.",
                "One playbook per file: remove the line --- and what follows.",
            ),
            Fault::DuplicateKey(key) => words(
                format!("Từ khóa “{key}” được viết hai lần"),
                format!("the key `{key}` is written twice"),
                "Giữ một dòng, bỏ dòng kia.",
                "Keep one, remove the other.",
            ),
            Fault::MergeKey => words(
                "Không dùng được phép trộn “<<”",
                "the merge key `<<` is not allowed",
                "Viết các dòng đó ra đầy đủ.",
                "Write those lines out.",
            ),
            Fault::Empty => words(
                "Tệp trống",
                "the file is empty",
                "Bắt đầu bằng dòng “playbook: tên-kịch-bản”. Xem mẫu default.yaml.",
                "Begin with `playbook: name`. default.yaml is a good pattern.",
            ),
            Fault::UnknownKey { key, known, near } => {
                let known = known.join(", ");
                let (vi, en) = match near {
                    Some(near) => (
                        format!("Có phải là “{near}”? Ở đây dùng được: {known}."),
                        format!("Is `{near}` meant? Known here: {known}."),
                    ),
                    None => (format!("Ở đây dùng được: {known}."), format!("Known here: {known}.")),
                };
                words(
                    format!("Không có từ khóa “{key}”"),
                    format!("there is no key `{key}`"),
                    vi,
                    en,
                )
            }
            Fault::NotYet(key) => words(
                format!("Phiên bản này chưa hỗ trợ “{key}”"),
                format!("`{key}` is not supported by this version"),
                "Bỏ bước này hoặc giao thành một task cho một người làm.",
                "Remove it, or make it a task for a person.",
            ),
            Fault::Missing(key) => words(
                format!("Thiếu “{key}”"),
                format!("`{key}` is missing"),
                format!("Thêm dòng “{key}: …”."),
                format!("Add a line `{key}: …`."),
            ),
            Fault::ExpectedText { key } => words(
                format!("“{key}” phải là chữ"),
                format!("`{key}` must be text"),
                "Nếu là số hoặc true/false thì đặt trong dấu nháy kép.",
                "Put numbers and true/false into quotes.",
            ),
            Fault::ExpectedNumber { key, min, max } => words(
                format!("“{key}” phải là số nguyên từ {min} đến {max}"),
                format!("`{key}` must be a whole number from {min} to {max}"),
                format!("Ví dụ: {key}: {min}"),
                format!("For example: {key}: {min}"),
            ),
            Fault::ExpectedList { key } => words(
                format!("“{key}” phải là danh sách"),
                format!("`{key}` must be a list"),
                "Mỗi mục một dòng, bắt đầu bằng dấu gạch ngang và dấu cách: “- …”.",
                "One item per line, each beginning with a dash and a space.",
            ),
            Fault::ExpectedMap { key } => words(
                format!("“{key}” phải gồm các dòng “từ khóa: giá trị”"),
                format!("`{key}` must be made of `key: value` lines"),
                "Viết {khóa: giá trị, …} hoặc mỗi khóa một dòng, thụt vào hai dấu cách.",
                "Write {key: value, …}, or one key per line, indented by two spaces.",
            ),
            Fault::ExpectedWord { key, found, known } => words(
                format!("“{key}” không nhận giá trị “{found}”"),
                format!("`{key}` cannot be `{found}`"),
                format!("Chọn một trong: {}.", known.join(", ")),
                format!("Choose one of: {}.", known.join(", ")),
            ),
            Fault::TooLong { key, max } => words(
                format!("“{key}” dài quá {max} ký tự"),
                format!("`{key}` is longer than {max} characters"),
                "Viết ngắn lại.",
                "Make it shorter.",
            ),
            Fault::ControlCharacter { key } => words(
                format!("“{key}” có ký tự điều khiển không nhìn thấy được"),
                format!("`{key}` holds a control character that cannot be seen"),
                "Gõ lại dòng này thay vì dán.",
                "Type the line again instead of pasting it.",
            ),
            Fault::BadName { key, found } => words(
                format!("“{found}” không dùng làm “{key}” được"),
                format!("`{found}` cannot be a `{key}`"),
                format!(
                    "Chữ thường không dấu, số, gạch ngang, gạch dưới; bắt đầu bằng chữ; tối đa {MAX_NAME} ký tự."
                ),
                format!(
                    "Lower-case letters a–z, digits, - and _; a letter first; at most {MAX_NAME} characters."
                ),
            ),
            Fault::BadDuration(found) => words(
                format!("“{found}” không phải là khoảng thời gian"),
                format!("`{found}` is not a duration"),
                "Viết liền, đơn vị lớn trước: 15m (phút), 2h (giờ), 1d (ngày), 1h30m.",
                "Without spaces, larger units first: 15m, 2h, 1d, 1h30m.",
            ),
            Fault::DurationOutOfRange(found) => words(
                format!("“{found}” quá ngắn hoặc quá dài"),
                format!("`{found}` is too short or too long"),
                "Từ 1m (một phút) đến 30d (ba mươi ngày).",
                "From 1m to 30d.",
            ),
            Fault::BadDate(found) => words(
                format!("“{found}” không phải là ngày"),
                format!("`{found}` is not a date"),
                "Viết năm-tháng-ngày: 2026-07-01.",
                "Write year-month-day: 2026-07-01.",
            ),
            Fault::UnknownRole { found, near } => {
                let all = crate::role::ROLE_WORDS.join(", ");
                let (vi, en) = match near {
                    Some(near) => (
                        format!("Có phải là “{near}”? Các vai trò: {all}, org:MÃ."),
                        format!("Is `{near}` meant? The roles: {all}, org:CODE."),
                    ),
                    None => (
                        format!("Các vai trò: {all}, org:MÃ."),
                        format!("The roles: {all}, org:CODE."),
                    ),
                };
                words(
                    format!("Không có vai trò “{found}”"),
                    format!("there is no role `{found}`"),
                    vi,
                    en,
                )
            }
            Fault::NoRecipient => words(
                "Bước này không gửi cho ai",
                "this step addresses nobody",
                "Ghi ít nhất một vai trò sau “to:”.",
                "Name at least one role after `to:`.",
            ),
            Fault::TooManyRecipients => words(
                format!("Quá {MAX_RECIPIENTS} người nhận trong một bước"),
                format!("more than {MAX_RECIPIENTS} recipients in one step"),
                "Tách thành nhiều bước.",
                "Split the step.",
            ),
            Fault::DoubleRecipient(role) => words(
                format!("Vai trò “{role}” được ghi hai lần"),
                format!("the role `{role}` is named twice"),
                "Bỏ một lần.",
                "Remove one.",
            ),
            Fault::NoKind => words(
                "Bước này chưa nói phải làm gì",
                "this step does not say what to do",
                "Thêm “notify: {to: …}” hoặc “task: {to: …, phase: …, text: …}”.",
                "Add `notify: {to: …}` or `task: {to: …, phase: …, text: …}`.",
            ),
            Fault::SeveralKinds { first, second } => words(
                format!("Một bước không thể vừa “{first}” vừa “{second}”"),
                format!("one step cannot be both `{first}` and `{second}`"),
                "Tách thành hai bước.",
                "Make two steps of it.",
            ),
            Fault::LateWithoutWithin => words(
                "Có “late” nhưng không có “within”",
                "there is `late` but no `within`",
                "Ghi thời gian chờ, ví dụ “within: 15m”, ngay trên “late”.",
                "Say how long to wait, for example `within: 15m`, above `late`.",
            ),
            Fault::WithinWithoutLate => words(
                "Có “within” nhưng không có “late”: hết giờ mà không ai được báo",
                "there is `within` but no `late`: when the time is over nobody would be told",
                "Thêm “late:” với người được báo tiếp theo, hoặc bỏ “within”.",
                "Add `late:` with who is told next, or remove `within`.",
            ),
            Fault::NothingToWaitFor => words(
                "Bước này chỉ báo tin, không có gì để chờ, nên “within” và “late” không bao giờ xảy ra",
                "this step only tells; there is nothing to wait for, so `within` and `late` would never happen",
                "Thêm “ask: acknowledge” vào “notify”, hoặc bỏ “within” và “late”.",
                "Add `ask: acknowledge` to `notify`, or remove `within` and `late`.",
            ),
            Fault::DuplicateId { id, line } => words(
                format!("Mã bước “{id}” đã dùng ở dòng {line}"),
                format!("the step id `{id}` is already used in line {line}"),
                "Đặt mã khác: mỗi bước một mã.",
                "Choose another: every step has its own.",
            ),
            Fault::NoSteps => words(
                "Kịch bản không có bước nào",
                "the playbook has no step",
                "Thêm ít nhất một bước dưới “steps:”.",
                "Add at least one step under `steps:`.",
            ),
            Fault::TooManySteps => words(
                format!("Kịch bản có quá {MAX_STEPS} bước"),
                format!("the playbook has more than {MAX_STEPS} steps"),
                "Tách thành nhiều kịch bản.",
                "Split it into several playbooks.",
            ),
            Fault::TooDeep => words(
                format!("Các danh sách lồng nhau quá {MAX_NESTING} cấp"),
                format!("lists are nested more than {MAX_NESTING} levels deep"),
                "Rút bớt số cấp báo lên.",
                "Use fewer levels of escalation.",
            ),
            Fault::FirstAidNotNumbered { expected } => words(
                format!("Hướng dẫn ban đầu: ở đây phải là dòng số {expected}"),
                format!("first aid: line number {expected} is expected here"),
                format!(
                    "Mỗi việc một dòng, đánh số liên tục “1. …”, “2. …”; nhiều nhất {MAX_FIRST_AID_LINES} việc."
                ),
                format!(
                    "One line per action, numbered `1. …`, `2. …` without gaps; at most {MAX_FIRST_AID_LINES}."
                ),
            ),
            Fault::UnknownCategory(found) => words(
                format!("Không có loại sự cố “{found}”"),
                format!("there is no category `{found}`"),
                format!("Các loại: {}.", crate::library::CATEGORIES.join(", ")),
                format!("The categories: {}.", crate::library::CATEGORIES.join(", ")),
            ),
            Fault::TooManyClocks => words(
                format!("Quá {MAX_CLOCKS} thời hạn trong một chế độ"),
                format!("more than {MAX_CLOCKS} clocks in one regime"),
                "Tách thành nhiều tệp.",
                "Split the file.",
            ),
            Fault::BadWarnPoints => words(
                "Các mốc nhắc phải tăng dần, từ 1 đến 99 (phần trăm)",
                "warn points must rise, from 1 to 99 (per cent)",
                "Ví dụ: warn: [50, 80]",
                "For example: warn: [50, 80]",
            ),
            Fault::DatesReversed => words(
                "“valid_to” sớm hơn “valid_from”",
                "`valid_to` is before `valid_from`",
                "Sửa lại một trong hai ngày.",
                "Correct one of the two dates.",
            ),
            other => other.words_of_meaning(),
        }
    }
}
