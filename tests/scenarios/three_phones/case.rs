//! The case, chapter by chapter: what each writes and presses, and what the bot says to it.

use dieuphoi_tests::bot_api::Shown;

use super::{Cast, GROUP, LEAD, PATIENCE};

/// The first word that begins so.
fn word(text: &str, head: &str) -> String {
    let at = text.find(head).unwrap_or_else(|| panic!("no {head} in {text:?}"));
    let fits = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    text[at..].chars().take_while(fits).collect()
}

/// The unit reports from the phone; answers the code.
pub(super) fn reported(cast: &Cast<'_>) -> String {
    let unit = &cast.unit;
    let asked = unit.says("/baosuco", "bí mật nhà nước không?");
    unit.presses(&asked, "Không", "Giống với điều nào nhất?");
    unit.says("Mã hóa phần mềm, dữ liệu, thiết bị", "Bạn thấy gì?");
    let asked = unit.says("Máy chủ bệnh án bị khóa 😀 <b>đòi tiền</b>", "Phát hiện lúc nào?");
    let asked = unit.presses(&asked, "Bây giờ", "còn đang diễn ra không?");
    let asked = unit.presses(&asked, "Có", "Công việc bị ảnh hưởng thế nào?");
    let asked = unit.presses(&asked, "Ngừng hẳn", "Ai bị ảnh hưởng?");
    unit.presses(&asked, "Người dân", "Hệ thống, máy nào?");
    let whole = unit.says("benh-an", "Xem lại rồi bấm");
    assert!(whole.text.contains("😀 <b>đòi tiền</b>"), "{}", whole.text);
    let done = unit.presses(&whole, "Thực hiện", "Đã nhận báo sự cố SC-");
    word(&done.text, "SC-")
}

/// The alarm rings with whoever is on duty, who has it with one press.
pub(super) fn had(cast: &Cast<'_>, code: &str) {
    let alarm = cast.duty.sees_button("Cần tiếp nhận", "Tiếp nhận");
    assert!(alarm.text.contains(code), "{}", alarm.text);
    let held = cast.duty.presses(&alarm, "Tiếp nhận", "Đã tiếp nhận");
    assert!(held.text.contains("duty_officer so-ttt"), "who has it: {}", held.text);
    cast.duty.sees("Đã có người tiếp nhận lúc");
}

/// The priority is set by button; the case has its topic, and the card of it is pinned there.
pub(super) fn triaged(cast: &Cast<'_>, code: &str) -> i64 {
    let asked = cast.duty.says(&format!("/uutien {code}"), "Đặt mức ưu tiên nào?");
    cast.duty.presses(&asked, "Cao", "Mức ưu tiên: Cao");
    let named = || cast.api.topics(GROUP).into_iter().find(|topic| topic.1.contains(code));
    let (topic, title, closed) = cast.api.until(PATIENCE, named).expect("a topic of its own");
    assert!(title.contains("Cao") && !closed, "{title}");
    let card = card(cast, topic, |card| card.pinned);
    assert!(card.text.contains("Chủ trì: duty_officer so-ttt"), "{}", card.text);
    topic
}

/// The state card of the topic when it is as it should be.
pub(super) fn card(cast: &Cast<'_>, topic: i64, fits: impl Fn(&Shown) -> bool) -> Shown {
    let found = || {
        let first = cast.api.shown(GROUP).into_iter().find(|one| one.topic == Some(topic));
        first.filter(|card| fits(card))
    };
    cast.api.until(PATIENCE, found).unwrap_or_else(|| panic!("{:#?}", cast.api.shown(GROUP)))
}

/// The responder joins, leads, and has work.
pub(super) fn led(cast: &Cast<'_>, code: &str, topic: i64) {
    let asked = cast.duty.says(&format!("/them {code}"), "Đưa ai vào đội xử lý?");
    cast.duty.presses(&asked, "responder so-ttt", "Đã đưa vào đội xử lý");
    cast.lead.sees("bạn tham gia đội ứng cứu");
    let here = cast.lead.at(GROUP, topic);
    here.says("/chutri", "responder so-ttt chủ trì");
    card(cast, topic, |card| card.text.contains("Chủ trì: responder so-ttt"));

    let given = format!("/giao {} Lập bảng các máy bị khóa", LEAD.0);
    cast.duty.at(GROUP, topic).says(&given, "Đã giao việc");
    let task = cast.lead.sees_button("Lập bảng các máy", "Đã làm xong");
    cast.lead.presses(&task, "Đã làm xong", "Đã làm gì?");
    cast.lead.says("Mười hai máy, hai máy chủ", "Đã xong việc");
    cast.lead.sees("Nhiệm vụ đã có kết quả lúc");
    let open = here.says("/viec", "việc đang mở");
    assert!(!open.text.contains("Lập bảng các máy"), "{}", open.text);
}

/// Evidence from the spot, how things stand, what was said among people, a question to who reported.
pub(super) fn worked_on(cast: &Cast<'_>, code: &str, topic: i64) {
    let unit = &cast.unit;
    let task = unit.sees_button("tách khỏi mạng", "Đã làm xong");
    let photo = b"\xff\xd8\xff\xe0 loi doi tien";
    let kept =
        unit.sends_photo(photo, &format!("/chungcu {code} lời đòi tiền"), "Đã nhận chứng cứ");
    assert!(kept.text.contains("SHA-256"), "{}", kept.text);
    unit.presses(&task, "Đã làm xong", "Đã làm gì?");
    unit.says("Đã rút dây mạng hai máy chủ", "Đã xong việc");

    let here = cast.lead.at(GROUP, topic);
    let asked = here.says("/tinhhinh", "Tình hình hiện nay thế nào?");
    let asked = here.replies(&asked, "Hai máy chủ đã tách mạng", "Đã làm gì?");
    let asked = here.replies(&asked, "Giữ nguyên ảnh đĩa", "Cần gì thêm?");
    let whole = here.replies(&asked, "-", "Xem lại rồi bấm");
    here.presses(&whole, "Thực hiện", "Đã lưu báo cáo");
    let said = here.chats("Đã gọi phòng máy, chờ ảnh đĩa");
    cast.duty.within(GROUP).reacts(said, "✍", "Đã lưu tin nhắn");

    let question = format!("/hoinguoibao {code} Máy trạm nào mở thư đầu tiên?");
    cast.duty.says(&question, "Đã gửi câu hỏi cho người báo");
    unit.sees("có câu hỏi cho bạn");
}

/// A dispatch, asked step by step; its partner accepts by button and says when it is done.
pub(super) fn dispatched(cast: &Cast<'_>, code: &str) {
    let (duty, provider) = (&cast.duty, &cast.provider);
    duty.says(&format!("/phieu {code}"), "Gửi phiếu cho cơ quan nào?");
    let asked = duty.says("vnpt", "Yêu cầu gì?");
    duty.presses(&asked, "Chặn lọc", "Căn cứ nào?");
    duty.says("Điều 11.2", "Nội dung yêu cầu là gì?");
    duty.says("Chặn 203.0.113.66 đến hết tuần", "Hạn tiếp nhận lúc nào?");
    duty.says("+2h", "Hạn trả kết quả lúc nào?");
    let whole = duty.says("-", "Xem lại rồi bấm");
    let sent = duty.presses(&whole, "Thực hiện", "Đã gửi phiếu PDP-");
    let dispatch = word(&sent.text, "PDP-");

    let order = provider.sees_button(&dispatch, "Nhận");
    assert!(!order.text.contains("it_officer so-yt"), "who reported is nobody's business");
    provider.presses(&order, "Nhận", "Đã trả lời phiếu");
    let whole = provider.says(&format!("/traloi {dispatch}"), "203.0.113.66");
    provider.presses(&whole, "Báo hoàn thành", "viết nội dung trả lời");
    provider.says("Đã chặn trên toàn mạng", "Đã trả lời phiếu");
    duty.sees(&format!("Báo hoàn thành phiếu {dispatch}"));
}

/// What the playbook asks is answered yes; the dispatch that follows from it is accepted.
pub(super) fn approved(cast: &Cast<'_>, code: &str) {
    let question = cast.duty.sees_button("giữ nguyên và cung cấp nhật ký", "Đồng ý");
    assert!(question.text.contains(code), "{}", question.text);
    cast.next.sees_button("giữ nguyên và cung cấp nhật ký", "Đồng ý");
    cast.duty.presses(&question, "Đồng ý", "Đã ghi: đồng ý");
    cast.next.sees("Đã có ý kiến đồng ý lúc");
    let order = cast.provider.sees_button("nhật ký", "Nhận");
    cast.provider.presses(&order, "Nhận", "Đã trả lời phiếu");
}

/// The shift is handed over, and taken.
pub(super) fn handed_over(cast: &Cast<'_>) {
    cast.duty.says("/bangiao", "Nhắn gì cho người trực sau?");
    cast.duty.says("Chờ nhật ký của vnpt", "Đã ghi bàn giao");
    let waiting = cast.next.says("/nhanca", "Bàn giao đang chờ bạn");
    cast.next.presses(&waiting, "Nhận bàn giao", "Đã nhận bàn giao");
}

/// Through its states to the end, which somebody writes who did not lead.
pub(super) fn closed(cast: &Cast<'_>, code: &str, topic: i64) {
    let here = cast.lead.at(GROUP, topic);
    for state in ["ngăn chặn", "gỡ bỏ", "khôi phục", "tổng kết"] {
        here.says(&format!("/trangthai {state}"), &format!("Trạng thái: Đang {state}"));
    }
    let asked = cast.next.says(&format!("/dong {code}"), "Kết thúc ứng cứu lúc nào?");
    cast.next.presses(&asked, "Bây giờ", "Tóm tắt");
    cast.next.says("Đã khôi phục từ bản sao lưu sạch", "Bài học rút ra là gì?");
    let whole = cast.next.says("Tách mạng máy chủ", "Xem lại rồi bấm");
    cast.next.presses(&whole, "Thực hiện", "Đã đóng vụ việc");
    cast.unit.sees("đã kết thúc");
}
