//! The sentences about conditions, calls, waits and calendars.

use super::fault::{Fault, Words, words};
use crate::limits::*;

impl Fault {
    pub(super) fn words_of_meaning(&self) -> Words {
        match self {
            Fault::BadOffset(found) => words(
                format!("“{found}” không phải là múi giờ"),
                format!("`{found}` is not a time offset"),
                "Viết utc_offset: \"+07:00\"",
                "Write utc_offset: \"+07:00\"",
            ),
            Fault::BadDayOfYear(found) => words(
                format!("“{found}” không phải là ngày và tháng của mọi năm"),
                format!("`{found}` is no day and month of every year"),
                "Viết ngày/tháng trong dấu nháy: before: \"20/6\"",
                "Write day and month in quotes: before: \"20/6\"",
            ),
            Fault::BadWarnTimes => words(
                "Các mốc nhắc trước phải giảm dần",
                "the times ahead must fall",
                "Viết mốc xa nhất trước: warn: [30d, 7d]",
                "Write the longest first: warn: [30d, 7d]",
            ),
            Fault::NeverWorked => words(
                "Không thể nghỉ cả bảy ngày trong tuần",
                "all seven days of the week are days off",
                "Bỏ bớt ngày trong “weekend”.",
                "Remove days from `weekend`.",
            ),
            Fault::ExpectedYesNo { key } => words(
                format!("“{key}” phải là true hoặc false"),
                format!("`{key}` must be true or false"),
                "Viết true hoặc false, không có dấu nháy; yes, no, on, off không dùng được.",
                "Write true or false without quotes; yes, no, on and off are plain words here.",
            ),
            Fault::TooManyDays => words(
                format!("Lịch có quá {MAX_CALENDAR_DAYS} ngày"),
                format!("the calendar lists more than {MAX_CALENDAR_DAYS} days"),
                "Ngày nghỉ hằng tuần ghi ở “weekend”, không liệt kê từng ngày.",
                "Weekly days off belong under `weekend`, not listed one by one.",
            ),
            Fault::DayTwice(date) => words(
                format!("Ngày {date} được ghi hai lần"),
                format!("{date} is listed twice"),
                "Giữ một dòng, bỏ dòng kia.",
                "Keep one, remove the other.",
            ),
            Fault::BadCondition(detail) => words(
                "Không đọc được điều kiện này",
                format!("this condition cannot be read: {detail}"),
                "Ví dụ: incident.category == \"phishing\" && system.level >= 3. Chữ đặt trong dấu nháy kép; and là &&, or là ||, not là !.",
                "For example: incident.category == \"phishing\" && system.level >= 3. Texts in quotes; and is &&, or is ||, not is !.",
            ),
            Fault::UnknownName { found, near } => {
                let names: Vec<&str> = crate::facts::NAMES.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                let (vi, en) = match near {
                    Some(near) => {
                        (format!("Có phải là “{near}”? "), format!("Is `{near}` meant? "))
                    }
                    None => (String::new(), String::new()),
                };
                words(
                    format!("Điều kiện dùng tên “{found}” không có ở đây"),
                    format!("the condition uses the name `{found}`, which is not there"),
                    format!(
                        "{vi}Dùng được: {names}, vars.TÊN (do set đặt), answers.BƯỚC (của approve), steps.BƯỚC."
                    ),
                    format!(
                        "{en}Known: {names}, vars.NAME (from set), answers.STEP (of approve), steps.STEP."
                    ),
                )
            }
            Fault::NotInConditions(what) => words(
                format!("Điều kiện ở đây không dùng được “{what}”"),
                format!("conditions here cannot use `{what}`"),
                "Dùng được: ==, !=, <, <=, >, >=, &&, ||, !, in, size(…), .contains(…), .startsWith(…), .endsWith(…), .exists(x, …), .all(x, …).",
                "They have: ==, !=, <, <=, >, >=, &&, ||, !, in, size(…), .contains(…), .startsWith(…), .endsWith(…), .exists(x, …), .all(x, …).",
            ),
            Fault::WrongTypes { found, wanted } => words(
                format!("Điều kiện so sánh hai thứ khác kiểu: có “{found}” ở chỗ cần “{wanted}”"),
                format!("the condition mixes types: `{found}` where `{wanted}` is needed"),
                "Chữ đặt trong dấu nháy kép, số để trần; danh sách thì dùng size(…) hoặc in; cả điều kiện phải cho đúng hoặc sai.",
                "Texts in quotes, numbers bare; for lists use size(…) or in; the whole must be true or false.",
            ),
            Fault::AlwaysTheSame(answer) => {
                let (vi, en) = if *answer {
                    ("luôn đúng, nên không cần viết", "always true, so it need not be written")
                } else {
                    (
                        "không bao giờ đúng, nên bước này không bao giờ tới",
                        "never true, so this step would never come",
                    )
                };
                words(
                    format!("Điều kiện này {vi}"),
                    format!("this condition is {en}"),
                    "Bỏ dòng này, hoặc viết điều kiện theo sự cố.",
                    "Remove it, or make it depend on the incident.",
                )
            }
            Fault::OnlyWithApprove(key) => words(
                format!("“{key}” chỉ đi với “approve”, nên các bước trong đó không bao giờ tới"),
                format!("`{key}` goes with `approve` only; its steps would never come"),
                "Thêm “approve: {by: …, question: …}”, hoặc đưa các bước này ra ngoài.",
                "Add `approve: {by: …, question: …}`, or take the steps out of it.",
            ),
            Fault::Circle(circle) => words(
                format!("Các kịch bản gọi nhau thành vòng: {circle}"),
                format!("the playbooks call one another in a circle: {circle}"),
                "Bỏ một lần gọi.",
                "Remove one of the calls.",
            ),
            Fault::CallsTooDeep => words(
                format!("Kịch bản gọi nhau quá {MAX_CALLS_DEEP} tầng"),
                format!("playbooks call one another more than {MAX_CALLS_DEEP} deep"),
                "Đưa các bước cần thiết lên kịch bản trên.",
                "Take the steps up into the caller.",
            ),
            Fault::UnknownPlaybook(name) => words(
                format!("Không có kịch bản “{name}” để gọi"),
                format!("there is no playbook `{name}` to call"),
                "Kiểm tra tên sau dòng “playbook:” của tệp kia.",
                "Look at the name in the first line of the other file.",
            ),
            Fault::BadCall(name) => words(
                format!("Kịch bản được gọi “{name}” có lỗi"),
                format!("the called playbook `{name}` has problems"),
                "Kiểm tra riêng kịch bản đó trước.",
                "Check that playbook by itself first.",
            ),
            Fault::BadValue(name) => words(
                format!("Biến “{name}” phải là chữ, số nguyên, true hoặc false"),
                format!("the variable `{name}` must be text, a whole number, true or false"),
                "Ví dụ: set: {da_cach_ly: true}",
                "For example: set: {isolated: true}",
            ),
            Fault::WaitNeedsLate => words(
                "Chờ một điều kiện mà không có “within” và “late” thì có thể chờ mãi trong im lặng",
                "waiting for a condition without `within` and `late` could wait for ever in silence",
                "Thêm “within: …” và “late:” báo cho một người.",
                "Add `within: …` and a `late:` that tells somebody.",
            ),
            Fault::NothingToRepeat => words(
                "Bước này không nói gì với ai, nên không có gì để nhắc lại",
                "this step says nothing to anybody; there is nothing to repeat",
                "Bỏ “repeat”, hoặc đặt nó ở bước notify, task, dispatch hay approve.",
                "Remove `repeat`, or put it on a notify, task, dispatch or approve step.",
            ),
            Fault::VarOfTwoTypes(name) => words(
                format!("Biến “{name}” lúc là kiểu này, lúc là kiểu khác"),
                format!("the variable `{name}` is of one type here and of another elsewhere"),
                "Giữ một kiểu: chữ, số, hoặc true/false.",
                "Keep one type: text, number, or true/false.",
            ),
            Fault::TooManyVars => words(
                format!("Quá {MAX_VARS} biến trong một kịch bản"),
                format!("more than {MAX_VARS} variables in one playbook"),
                "Bỏ các biến không dùng.",
                "Remove those that are not used.",
            ),
            Fault::LateTooLong { within, limit } => words(
                format!("Bước trong “late” chờ {within}, lâu hơn bước đã trễ ({limit})"),
                format!(
                    "a step inside `late` waits {within}, longer than the step that was late ({limit})"
                ),
                format!("Khi đã trễ thì phải nhanh hơn: nhiều nhất {limit}."),
                format!("What is late already must not get slower: at most {limit}."),
            ),
            Fault::NeverReached => words(
                "Bước này chờ một bước chỉ bắt đầu sau nó, nên sẽ chờ mãi",
                "this waits for a step that starts only after it, so it would wait for ever",
                "Đưa bước được chờ lên trước, hoặc chờ bước khác.",
                "Move the awaited step before it, or wait for another.",
            ),
            Fault::NotAnOrganisation(role) => words(
                format!("Phiếu điều phối gửi cho cơ quan, “{role}” không phải là cơ quan"),
                format!("a dispatch goes to an organisation; `{role}` is none"),
                "Dùng: provider, police, national, parent_unit, committee, org:MÃ. Người trong tỉnh thì giao bằng task.",
                "Use: provider, police, national, parent_unit, committee, org:CODE. For a person, write a task.",
            ),
            Fault::UnknownBefore { found, near } => {
                let (vi, en) = match near {
                    Some(near) => {
                        (format!("Có phải là “{near}”? "), format!("Is `{near}` meant? "))
                    }
                    None => (String::new(), String::new()),
                };
                words(
                    format!(
                        "“after” gọi bước “{found}”, không có bước nào mang tên đó ở phía trên trong cùng danh sách"
                    ),
                    format!("`after` names `{found}`; no step above it in its list has this id"),
                    format!("{vi}Đặt “id” cho bước làm trước và viết bước đó lên trên."),
                    format!("{en}Give the earlier step an `id` and put it above this one."),
                )
            }
            Fault::AfterInChoose => words(
                "Trong “choose” chỉ một bước được làm, nên không bước nào đi sau bước nào",
                "of a `choose` only one step happens; none of them comes after another",
                "Bỏ “after”; các việc nối tiếp đặt trong một “parallel” làm một nhánh.",
                "Remove `after`; put what follows one another into a `parallel` as one branch.",
            ),
            Fault::ChooseNeedsIf => words(
                "Mỗi nhánh của “choose” phải có “if”; chỉ nhánh cuối được để trống",
                "each branch of a `choose` needs an `if`; only the last may be without",
                "Thêm “if: …” cho các nhánh, nhánh không điều kiện đặt cuối cùng.",
                "Add `if: …` to the branches; the one without comes last.",
            ),
            Fault::TimeoutTooShort { timeout, within } => words(
                format!(
                    "“timeout” ({timeout}) không dài hơn “within” ({within}), nên “late” không bao giờ tới"
                ),
                format!(
                    "`timeout` ({timeout}) is no longer than `within` ({within}); `late` would never come"
                ),
                "Cho “timeout” dài hơn, hoặc bỏ “within” và “late”.",
                "Make `timeout` longer, or do without `within` and `late`.",
            ),
            Fault::CannotFail(key) => words(
                format!(
                    "Bước này không chờ ai trả lời, nên không thể hỏng; “{key}” không có nghĩa ở đây"
                ),
                format!(
                    "this step waits for nobody's answer and cannot fail; `{key}` means nothing here"
                ),
                "Bỏ dòng này, hoặc đặt nó ở bước task, dispatch, approve, notify có ask, parallel, choose, loop hay playbook.",
                "Remove it, or put it on a task, dispatch, approve, notify with ask, parallel, choose, loop or playbook step.",
            ),
            // The rest has its sentences in the room beside.
            _ => words(self.code(), self.code(), self.code(), self.code()),
        }
    }
}
