# Trợ lý trong phòng trao đổi (Telegram): lệnh, nút bấm, câu hỏi

# Danh mục lệnh
bot-cmd-nhan = Tiếp nhận sự cố: /nhan [mã]
bot-cmd-xem = Xem một sự cố: /xem [mã]
bot-cmd-chutri = Nhận chủ trì, hoặc cử người: /chutri [mã] [thư điện tử]
bot-cmd-them = Đưa người vào đội xử lý: /them [mã] [thư điện tử]
bot-cmd-giao = Giao việc: /giao [mã] [thư điện tử] [nội dung]
bot-cmd-uutien = Đặt mức ưu tiên: /uutien [mã] [mức]
bot-cmd-trangthai = Chuyển trạng thái: /trangthai [mã] [trạng thái] [lý do]
bot-cmd-ghichu = Ghi chú vào hồ sơ: /ghichu [mã] [nội dung]
bot-cmd-luu = Lưu tin nhắn vào hồ sơ: trả lời tin đó bằng /luu, hoặc thả biểu tượng ✍
bot-cmd-viec = Các việc đang mở: /viec [mã]
bot-cmd-xong = Báo xong một việc: /xong [mã] [số] [ghi chú]
bot-cmd-boqua = Bỏ qua một việc: /boqua [mã] [số] [lý do]
bot-cmd-cuatoi = Các sự cố tôi đang giữ
bot-cmd-vieccuatoi = Các việc của tôi
bot-cmd-cho = Các sự cố chưa ai nhận
bot-cmd-tim = Tìm sự cố: /tim [từ khóa]
bot-cmd-truc = Ai đang trực
bot-cmd-bangiao = Bàn giao ca trực: /bangiao [lời nhắn]
bot-cmd-nhanca = Nhận bàn giao ca trực
bot-cmd-thoi = Thôi câu hỏi đang chờ
bot-cmd-giup = Danh mục lệnh
bot-cmd-start = Liên kết với tài khoản
bot-cmd-huylienket = Hủy liên kết điện thoại này

bot-help = Các lệnh dùng được
bot-help-which = Không ghi mã thì lệnh áp dụng cho: sự cố của chủ đề này, sự cố trong tin bạn trả lời, hoặc sự cố bạn vừa nhắc tới.
bot-help-file = Viết lệnh có dấu hay không dấu đều được, tiếng Anh cũng được. Mọi việc ở đây đều làm được trên trang.

# Chưa liên kết
bot-link-first = Bạn chưa liên kết tài khoản
bot-link-first-short = Bạn chưa liên kết tài khoản. Hãy nhắn riêng cho tôi để được hướng dẫn.
bot-link-how = Đăng nhập trên trang, mở mục “Kênh báo tin”, chọn “Tạo mã liên kết { $room }” rồi làm theo hướng dẫn trong vòng 10 phút.
bot-link-direct = Hãy nhắn riêng cho tôi để được hướng dẫn.
bot-link-open = Mở trang liên kết
bot-start-browser = Đã nhận mã. Hãy quay lại trang web: nếu mã còn dùng được, trang sẽ hỏi bạn xác nhận.
bot-start-linked = Điện thoại này đang liên kết với tài khoản { $name }. Gửi /giup để xem các lệnh.

# Không làm được
bot-unknown = Không có lệnh này. Gửi /giup để xem các lệnh.
bot-no-command = Tôi chỉ hiểu lệnh. Gửi /giup để xem các lệnh.
bot-direct-only = Lệnh này chỉ dùng khi nhắn riêng.
bot-not-team = Nhóm này chưa được đăng ký là nhóm của đội. Hãy nhắn riêng cho tôi.
bot-not-found = Không có sự cố hay việc này, hoặc bạn không được xem.
bot-stale = Có người vừa thay đổi trước bạn. Hãy xem lại rồi làm tiếp.
bot-which = Chưa rõ sự cố nào. Hãy ghi mã sau lệnh, ví dụ /xem SC-2026-000123.
bot-secret-word = Nội dung có từ chỉ độ mật đứng riêng nên chưa ghi vào hồ sơ. Nếu không phải bí mật nhà nước, hãy nhập trên trang sự cố và xác nhận ở đó. Nếu có thể là bí mật nhà nước, hãy xóa tin nhắn này và báo qua đường cơ yếu.
bot-hollow-edited = Tin đã sửa không có hiệu lực, để không ai đổi được lệnh đã gửi. Hãy gửi tin mới.
bot-hollow-forwarded = Tin chuyển tiếp không có hiệu lực. Hãy tự viết lệnh.
bot-hollow-via-bot = Tin gửi qua trợ lý khác không có hiệu lực. Hãy tự viết lệnh.
bot-press-gone = Nút này không còn dùng được.
bot-press-first = { $name } đã làm việc này trước.
bot-done-already = Việc này đã thực hiện.
bot-already-acknowledged = { $name } đã tiếp nhận trước.
bot-above = Nội dung không được nói tại đây theo mức chia sẻ của tỉnh. Hãy mở trang để xem.
bot-above-done = Đã thực hiện. Chi tiết không được nói tại đây; hãy mở trang để xem.
bot-above-refused = Chưa thực hiện được. Lý do không được nói tại đây; hãy mở trang để xem.
bot-answered-direct = Đã trả lời riêng, vì không phải ai trong nhóm cũng được xem.

# Quá nhanh
bot-slow = Đã gửi quá { $most } lệnh trong một phút ở đây. Lệnh này và các lệnh gửi tiếp chưa được thực hiện; hãy gửi lại sau { $seconds } giây.
bot-slow-press = Bấm quá nhiều lần trong một phút: lần này chưa được thực hiện. Hãy bấm lại sau { $seconds } giây.

# Câu hỏi
bot-ask-cancel = Gửi /thoi để thôi.
bot-cancelled = Đã thôi.
bot-nothing-to-cancel = Không có câu hỏi nào đang chờ.
bot-turn-expired = Câu hỏi trước đã quá 15 phút nên không còn hiệu lực. Hãy gửi lại lệnh.
bot-ask-note = Ghi chú gì? Hãy trả lời tin này.
bot-ask-search = Tìm gì? Gửi mã sự cố hoặc từ khóa.
bot-ask-state-reason = Vì sao phải quay lại ngăn chặn? Hãy trả lời tin này.
bot-ask-task-note = Đã làm gì? Hãy trả lời tin này, hoặc gửi dấu “-” nếu không có gì thêm.
bot-ask-assign = Giao việc gì? Hãy trả lời tin này.
bot-ask-handover = Nhắn gì cho người trực sau? Gửi dấu “-” nếu không có gì thêm.
bot-choose-priority = Đặt mức ưu tiên nào?
bot-choose-state = Chuyển sang trạng thái nào?
bot-no-next-state = Từ đây không chuyển tiếp bằng lệnh này được. Đóng, gộp, mở lại là những việc riêng.
bot-choose-assignee = Giao cho ai? Người khác: ghi thư điện tử sau lệnh.
bot-choose-member = Đưa ai vào đội xử lý? Người khác: ghi thư điện tử sau lệnh.
bot-nobody-to-choose = Không có ai để chọn. Hãy ghi thư điện tử sau lệnh.

# Đã làm
bot-done-acknowledged = Đã tiếp nhận
bot-done-lead = { $name } chủ trì
bot-done-member = Đã đưa vào đội xử lý
bot-done-priority = Mức ưu tiên: { $priority }
bot-done-state = Trạng thái: { $state }
bot-done-note = Đã ghi chú vào hồ sơ
bot-done-file = Đã lưu tin nhắn vào hồ sơ
bot-done-assign = Đã giao việc
bot-done-task = Đã xong việc
bot-done-task-skipped = Đã bỏ qua việc
bot-done-handover = Đã ghi bàn giao
bot-done-takeover = Đã nhận bàn giao

# Sự cố và việc
bot-case = Tình hình
bot-fact-holder = Người tiếp nhận
bot-fact-lead = Người chủ trì
bot-fact-tasks = Việc đang mở
bot-fact-dispatches = Phiếu điều phối
bot-press-acknowledge = Tiếp nhận
bot-press-lead = Nhận chủ trì
bot-press-state = Trạng thái
bot-press-priority = Ưu tiên
bot-press-tasks = Các việc
bot-press-note = Ghi chú
bot-press-task-done = Xong #{ $number }
bot-press-take-over = Nhận bàn giao
bot-tasks = { $count } việc đang mở
bot-overdue = quá hạn
bot-needs-evidence = cần chứng cứ
bot-no-task = Không có việc số này. Gửi /viec để xem các việc.
bot-task-settled = Việc này đã xong rồi.

# Lưu tin
bot-file-reply = Hãy trả lời tin cần lưu bằng lệnh này.
bot-file-empty = Tin đó không có chữ để lưu. Tệp thì gửi làm chứng cứ.
bot-file-unknown = Tôi không nhận được tin đó nên không lưu được. Hãy trả lời tin đó bằng /luu.
bot-file-unasked = Chưa rõ tệp này dùng làm gì. Hãy mở trang sự cố để nộp chứng cứ, hoặc gửi lệnh trước.
bot-file-already = Tin này đã lưu rồi
bot-file-head = Tin nhắn của { $name }:
bot-file-stranger = { $name } (chưa liên kết tài khoản)
bot-file-nobody = người không rõ

# Danh sách
bot-mine = { $count } sự cố tôi đang giữ
bot-my-tasks = { $count } việc của tôi
bot-waiting = { $count } sự cố chưa ai nhận
bot-found = Tìm thấy { $count } sự cố
bot-more = Còn nữa: mở trang để xem hết.
bot-open-queue = Mở hàng đợi
bot-open-rota = Mở lịch trực
bot-duty = Đang trực
bot-duty-nobody = Lúc này không có ai trực
bot-duty-none = Chưa có lịch trực; mọi cán bộ trực ban đều được báo
bot-not-on-duty = Bạn đang không trực nên không có ca để bàn giao.
bot-handover-next = Người trực sau
bot-handover-no-next = chưa có
bot-handover-open = { $count } sự cố đang mở
bot-handovers = Bàn giao đang chờ bạn
bot-no-handover = Không có bàn giao nào đang chờ bạn
