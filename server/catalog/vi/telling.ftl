# Báo tin: nút dưới tin báo động, giờ yên lặng, tin gộp, tin đã hết việc
alarm-press-acknowledge = Tiếp nhận
alarm-press-lead = Tôi chủ trì
alarm-press-tasks = Việc của tôi
alarm-press-done = Đã làm xong
alarm-press-yes = Đồng ý
alarm-press-no = Không đồng ý
alarm-press-accept = Nhận
alarm-press-refuse = Từ chối

settled-answered = Đã có trả lời lúc { $at }
settled-acknowledged = Đã có người tiếp nhận lúc { $at }
settled-over = Sự cố đã kết thúc lúc { $at }
settled-task = Nhiệm vụ đã có kết quả lúc { $at }
settled-yes = Đã có ý kiến đồng ý lúc { $at }
settled-no = Đã có ý kiến không đồng ý lúc { $at }
settled-taken_back = Không cần ý kiến nữa, từ { $at }
settled-withdrawn = Phiếu đã được thu hồi lúc { $at }
settled-refreshed = Nội dung tin này không còn đúng; xin mở trang để xem tình hình hiện tại.

bundle-subject = { $count } tin mới
bundle-more = và { $count } tin nữa
bundle-open = Mở hệ thống

obstacle-quiet = Chờ hết giờ yên lặng của người nhận
obstacle-bundled = Đã gửi trong một tin gộp
obstacle-late-reminder = Tin nhắc đã quá một giờ nên không gửi nữa
obstacle-instead = Gửi thư thay cho Telegram
messages-due = chờ đến

letter-unreached-subject = [{ $code }] Không báo được cho { $who }
letter-unreached-text = Không kênh nào đến được { $who } về sự cố { $code }, mức { $priority }. Xin gọi điện: { $phone }.
unreached-no-phone = chưa có số điện thoại trong danh bạ
purpose-unreached = Không báo được cho một người
