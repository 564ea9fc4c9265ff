# Phòng ứng cứu: nhận tin từ Telegram, đặt cấu hình, doctor.

config-telegram-secret = { $at }: muốn Telegram tự chuyển tin tới (telegram.webhook = true) phải có mã bí mật từ 16 đến 256 ký tự, chỉ gồm chữ không dấu, chữ số, gạch nối và gạch dưới. Tạo mã: openssl rand -hex 32
config-telegram-https = { $at }: Telegram chỉ chuyển tin tới địa chỉ https. Hãy đặt server.base_url là https://…, hoặc để telegram.webhook = false: máy chủ này tự hỏi tin, không cần địa chỉ công khai.
config-telegram-port = { $at }: Telegram chỉ chuyển tin tới các cổng { $known }; cổng trong server.base_url không thuộc số đó.

letter-intake_given_up-subject = Có một lệnh chưa thực hiện được
letter-intake_given_up-text = Hệ thống đã thử nhiều lần mà chưa thực hiện được một lệnh anh/chị vừa gửi, và đã thôi thử. Hãy xem trạng thái vụ việc rồi gửi lại, hoặc làm trên trang web; quản trị viên thấy sự cố này trong nhật ký.
letter-intake_silence-subject = Lệnh gửi qua Telegram có thể đã mất
letter-intake_silence-text = Từ { $from } đến { $to } hệ thống không nhận được tin nào từ Telegram, lâu hơn thời gian Telegram giữ tin hộ. Lệnh gửi trong khoảng đó có thể đã mất: hãy xem lại vụ việc của mình và gửi lại nếu cần.

base-unheard = { $rooms }: không nhận được tin từ phòng ứng cứu; lệnh gửi ở đó chưa tới. Tin vẫn đi bằng thư, mọi việc vẫn làm được trên trang web.

doctor-telegram-polling = Máy chủ tự hỏi Telegram có tin gì mới; không cần địa chỉ công khai.
doctor-telegram-webhook = Telegram chuyển tin tới { $url }, không có tin nào bị ứ.
doctor-telegram-webhook-away = Telegram không chuyển được tin tới { $url }: { $why }
doctor-telegram-unheard = Máy chủ chưa nghe Telegram lần nào: hãy chạy "dieuphoi serve" rồi nhắn /help cho bot.
doctor-telegram-silent = Không nghe được Telegram từ { $since }. Máy chủ có đang chạy không?
doctor-telegram-waiting = Có lệnh chờ thực hiện đã { $minutes } phút; nhật ký nói vì sao.
doctor-telegram-given-up = { $count } lệnh trong 7 ngày qua không thực hiện được và đã thôi thử; nhật ký kiểm tra ghi từng lệnh.
doctor-telegram-nobody = Chưa ai nối tài khoản Telegram của mình: mỗi người vào trang tài khoản, mục phòng ứng cứu.
doctor-telegram-linked = { $count } tài khoản Telegram đã nối.
doctor-telegram-no-group = Đội chưa có nhóm: tạo nhóm có chủ đề, thêm bot làm quản trị viên (docs/telegram.md, bước 4).
doctor-telegram-groups = { $count } nhóm của đội đang dùng được.

audit-did-chat_given_up = Thôi thử thực hiện một lệnh từ phòng ứng cứu
audit-did-chat_silence = Báo mọi người: lệnh gửi qua phòng ứng cứu có thể đã mất

mailbox-say = Nhắn cho trợ lý từ điện thoại { $to } (ví dụ /giup)
mailbox-say-button = Gửi
mailbox-reply = Trả lời tin này
mailbox-reply-text = Nội dung trả lời
flash-mailbox-said = Đã gửi. Câu trả lời đến sau một giây: hãy tải lại trang.
