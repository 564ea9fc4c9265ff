# Trang đầu, lỗi chung.
home-title = Trang đầu
home-heading = Phát hiện sự cố an toàn thông tin? Báo ngay.
home-lead = Mọi cán bộ khi phát hiện nguy cơ hoặc sự cố phải báo cáo kịp thời (Điều 12.2.b, Quyết định 1293/2017/QĐ-UBND). Chỉ mất hai phút, và bạn biết ngay phải làm gì.
home-report = Báo sự cố
home-follow = Xem báo cáo đã gửi
home-next = Sau khi báo
home-next-1 = Nhận ngay mã sự cố, việc cần làm tại chỗ và đường dẫn theo dõi.
home-next-2 = Trực ban và người phụ trách cơ quan bạn được báo cùng lúc; ai chậm, hệ thống báo cấp trên.
home-next-3 = Trả lời câu hỏi, gửi thêm ảnh, xem kết quả trên trang theo dõi, không cần tài khoản.
home-hotline = Khi không có mạng, gọi đường dây nóng: { $hotline }

problem-not_found = Không tìm thấy
problem-not_found-text = Không có nội dung này, hoặc bạn không có quyền xem. Hãy kiểm tra lại đường dẫn hoặc mã sự cố.
problem-stale = Nội dung vừa được người khác thay đổi
problem-stale-text = Có người đã sửa trước bạn. Hãy xem lại thay đổi rồi gửi lại; những gì bạn nhập vẫn còn trên trang trước.
problem-too_large = Nội dung gửi quá lớn
problem-too_large-text = Nội dung gửi vượt quá { $limit } MiB. Hãy gửi ít hơn, hoặc chia thành nhiều lần.
problem-internal = Hệ thống gặp lỗi
problem-internal-text = Lỗi đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, gọi trực ban và đọc mã yêu cầu bên dưới. Những gì đã được xác nhận vẫn được giữ nguyên.
problem-unavailable = Hệ thống đang bận
problem-unavailable-text = Tạm thời chưa ghi được dữ liệu, chưa có gì bị mất. Hãy thử lại sau ít phút; nếu khẩn cấp, gọi trực ban.
problem-sign_in_first = Cần đăng nhập
problem-not_allowed = Không có quyền
problem-change_password_first = Cần đổi mật khẩu
problem-prove_first = Cần xác nhận mật khẩu
problem-totp_enrol_first = Cần thiết lập xác thực hai bước
problem-totp_needed = Cần mã xác thực
problem-totp_wrong = Mã xác thực không đúng
problem-wrong_password = Chưa đăng nhập được
problem-too_many_attempts = Thử quá nhiều lần
problem-too_many_requests = Gửi quá nhiều lần
problem-link_not_valid = Đường liên kết không dùng được
problem-wrong_csrf = Trang đã cũ
problem-bad_fields = Cần sửa một vài ô
problem-state_secret = Không nhập nội dung bí mật nhà nước
problem-wrong_state = Chưa chuyển được trạng thái
problem-dispatch_state = Phiếu không còn nhận trả lời này
problem-already_acknowledged = Đã có người tiếp nhận
problem-clock_met = Thời hạn đã dừng
problem-not_ready = Chưa đủ điều kiện
problem-closer_led = Cần người khác đóng hồ sơ
problem-tlp_forbids = Mức chia sẻ không cho phép
problem-key_reused = Khóa gửi lại không khớp
problem-key_under_way = Yêu cầu với khóa này đã được ghi nhận
problem-exists = Đã có
refusal-key_reused = Khóa Idempotency-Key này đã dùng cho một nội dung khác. Hãy dùng khóa mới.
refusal-key_under_way = Yêu cầu với khóa Idempotency-Key này đã có hiệu lực, nhưng câu trả lời của nó chưa có hoặc không còn. Hãy gửi lại sau giây lát, hoặc xem lại hồ sơ.
field-key = Khóa Idempotency-Key phải là chữ không dấu, từ 1 đến { $value } ký tự.
field-body = Nội dung gửi không đọc được (sai mã ký tự, sai cú pháp hoặc thiếu trường). Hãy gửi lại.

letter-anchor-subject = Mốc nhật ký kiểm toán trong ngày
letter-anchor-text = Đây là mắt xích cuối của nhật ký kiểm toán vào sáng nay. Hãy giữ thư này: khi cần kiểm chứng, giá trị băm dưới đây phải có mặt trong bản xuất nhật ký.
fact-audit-seq = Số thứ tự
fact-audit-hash = Giá trị băm
letter-open-audit = Mở nhật ký

timeline-clock_met = { $actor } ghi nhận đã thực hiện: { $clock } ({ $source })

timeline-delivery_failed =
    { $channel ->
        [mail] Chưa gửi được cho { $name } qua thư điện tử
        [matrix] Chưa gửi được cho { $name } qua Matrix
        [telegram] Chưa gửi được cho { $name } qua Telegram
       *[other] Chưa gửi được cho { $name } qua điện thoại
    }
