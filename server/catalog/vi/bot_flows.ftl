# Lệnh nhiều bước: phiếu điều phối, tình hình, chứng cứ, báo sự cố, diễn tập, đóng vụ việc

bot-cmd-baosuco = Báo một sự cố mới
bot-cmd-tinhhinh = Báo cáo tình hình: /tinhhinh [mã] [tình hình]
bot-cmd-chungcu = Nộp chứng cứ: gửi ảnh, tệp kèm chú thích /chungcu [mã]
bot-cmd-hoinguoibao = Hỏi người báo: /hoinguoibao [mã] [câu hỏi]
bot-cmd-baocaptren = Báo cấp trên ngay: /baocaptren [mã] [lý do]
bot-cmd-hoan = Tạm hoãn thông báo cho tôi: /hoan [mã] [15p, 1h, 4h]
bot-cmd-duyet = Đồng ý với đề nghị của kịch bản: /duyet [mã]
bot-cmd-khongduyet = Không đồng ý: /khongduyet [mã] [lý do]
bot-cmd-phieu = Gửi phiếu điều phối: /phieu [mã]
bot-cmd-traloi = Trả lời phiếu điều phối gửi cho cơ quan tôi: /traloi [mã phiếu]
bot-cmd-dong = Đóng vụ việc: /dong [mã]
bot-cmd-dientap = Bắt đầu diễn tập

# Điền từng mục
bot-flow-optional = Gửi dấu “-” nếu để trống.
bot-flow-now = Bây giờ
bot-flow-check = Xem lại rồi bấm để thực hiện
bot-flow-check-above = Đã ghi đủ các mục bạn vừa nhập. Nội dung không được nhắc lại tại đây. Bấm để thực hiện.
bot-flow-secret = Trong nội dung có từ chỉ độ mật đứng riêng. Chỉ bấm tiếp nếu chắc chắn đây không phải bí mật nhà nước; nếu có thể là bí mật nhà nước, hãy bấm Thôi, xóa các tin đã gửi và báo qua đường cơ yếu.
bot-flow-do = Thực hiện
bot-flow-not-secret = Không phải bí mật, thực hiện
bot-flow-stop = Thôi

# Phiếu điều phối
bot-ask-dispatch-to = Gửi phiếu cho cơ quan nào? Chọn, hoặc gõ mã, tên cơ quan.
bot-ask-dispatch-kind = Yêu cầu gì?
bot-ask-dispatch-ground = Căn cứ nào? Chọn căn cứ đề xuất, hoặc gõ căn cứ khác.
bot-ask-dispatch-content = Nội dung yêu cầu là gì? Viết đủ để bên nhận làm được.
bot-ask-dispatch-accept = Hạn tiếp nhận lúc nào? Ví dụ 14:30, 25/11 08:00, +2h. Để trống thì theo thời hạn quy định.
bot-ask-dispatch-result = Hạn trả kết quả lúc nào? Để trống thì theo thời hạn quy định.
bot-field-to = Gửi đến
bot-field-kind = Yêu cầu
bot-field-ground = Căn cứ
bot-field-content = Nội dung
bot-field-accept = Hạn tiếp nhận
bot-field-result = Hạn trả kết quả
bot-done-dispatch = Đã gửi phiếu { $code }
bot-open-dispatch = Mở phiếu
bot-open-dispatches = Mở danh sách phiếu
bot-dispatches = { $count } phiếu đang chờ cơ quan bạn
bot-ask-dispatch-answer = Phiếu { $code }, { $answer }: viết nội dung trả lời.
bot-done-dispatch-answer = Đã trả lời phiếu { $code }: { $answer }

# Tình hình, hỏi người báo, quyết định, báo cấp trên, tạm hoãn
bot-ask-conditions = Tình hình hiện nay thế nào?
bot-ask-actions = Đã làm gì?
bot-ask-needs = Cần gì thêm?
bot-ask-reporter = Hỏi người báo điều gì? Người báo đọc đúng câu bạn viết.
bot-done-asked = Đã gửi câu hỏi cho người báo
bot-ask-escalate = Vì sao phải báo cấp trên ngay? Người được báo đọc lý do này.
bot-choose-snooze = Tạm hoãn thông báo cho bạn trong bao lâu?
bot-questions = { $count } đề nghị chờ quyết định
bot-press-yes = Đồng ý #{ $number }
bot-press-no = Không đồng ý #{ $number }
bot-ask-why-not = Vì sao không đồng ý?
bot-done-yes = Đã ghi: đồng ý
bot-done-no = Đã ghi: không đồng ý
bot-question-settled = Đề nghị này đã có quyết định hoặc không cần nữa.

# Chứng cứ
bot-ask-evidence = Gửi ảnh hoặc tệp (mỗi tệp tối đa { $limit } MB). Tệp lớn hơn thì nộp trên trang. Gửi xong thì /thoi.
bot-ask-evidence-above = Gửi ảnh hoặc tệp vào đây, hoặc nộp trên trang. Gửi xong thì /thoi.
bot-evidence-file = Đang chờ tệp. Gửi ảnh hoặc tệp, hoặc /thoi để thôi.
bot-done-evidence-short = Đã nhận chứng cứ
bot-done-evidence = Tệp { $name }, SHA-256 { $hash }…
bot-evidence-large = Tệp { $name } lớn hơn { $limit } MB nên không nhận được ở đây. Hãy nộp trên trang chứng cứ của sự cố.
bot-evidence-failed = Không lấy được tệp { $name }. Hãy nộp trên trang chứng cứ của sự cố.
bot-evidence-not = Tệp chưa được nhận. Hãy nộp trên trang chứng cứ của sự cố.
bot-open-upload = Nộp trên trang

# Báo sự cố mới, diễn tập, đóng vụ việc
bot-ask-secret = Nội dung có thể là bí mật nhà nước không? Nếu có thể, không gửi gì ở đây.
bot-secret-no = Không
bot-secret-maybe = Có thể có
bot-field-secret = Bí mật nhà nước
bot-ask-organisation = Xảy ra ở đơn vị nào? Chọn, hoặc gõ mã, tên đơn vị.
bot-ask-category = Giống với điều nào nhất?
bot-ask-description = Bạn thấy gì? Viết bằng lời của bạn, không ghi mật khẩu.
bot-field-description = Mô tả
bot-ask-detected = Phát hiện lúc nào? Ví dụ 14:30, 22/11 08:00.
bot-ask-still = Sự việc còn đang diễn ra không?
bot-ask-services = Công việc bị ảnh hưởng thế nào?
bot-field-services = Ảnh hưởng
bot-ask-people = Ai bị ảnh hưởng?
bot-field-people = Người bị ảnh hưởng
bot-ask-system = Hệ thống, máy nào?
bot-done-report = Đã nhận báo sự cố { $code }
bot-ask-playbook = Diễn tập theo kịch bản nào?
bot-field-playbook = Kịch bản
bot-ask-scenario = Tình huống giả định là gì?
bot-field-scenario = Tình huống
bot-ask-goal = Mục tiêu cần rút ra là gì?
bot-field-goal = Mục tiêu
bot-ask-speed = Chạy nhanh gấp mấy lần?
bot-done-drill = Đã bắt đầu diễn tập { $code }
bot-ask-ended = Kết thúc ứng cứu lúc nào? Ví dụ 14:30, 22/11 08:00.
bot-ask-summary = Tóm tắt: chuyện gì đã xảy ra, đã xử lý thế nào?
bot-ask-lessons = Bài học rút ra là gì?
bot-done-closed = Đã đóng vụ việc
