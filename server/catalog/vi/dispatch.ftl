# Dispatches (phiếu điều phối): letters, the timeline's sentences, refusals, pages.

# Letters to the partner
letter-open-dispatch = Mở phiếu điều phối
letter-dispatch-subject = [{ $dispatch }] { $kind }: đề nghị phối hợp ứng cứu sự cố
letter-dispatch-text = Cơ quan điều phối của tỉnh gửi { $partner } phiếu { $dispatch } ({ $kind }), mức ưu tiên { $priority }. Đề nghị trả lời tiếp nhận, từ chối (nêu lý do) hoặc hỏi lại bằng đường dẫn dưới đây. Đường dẫn chỉ dành cho người nhận thư này, xin không chuyển tiếp.
letter-dispatch_reminder-subject = [{ $dispatch }] Nhắc: { $kind } sắp đến hạn hoặc chờ trả lời
letter-dispatch_reminder-text = Phiếu { $dispatch } ({ $kind }) gửi { $partner } đang chờ trả lời. Đề nghị mở phiếu và cập nhật kết quả.
letter-dispatch_late-subject = [{ $dispatch }] Quá hạn: { $kind }
letter-dispatch_late-text = Phiếu { $dispatch } ({ $kind }) gửi { $partner } đã quá hạn mà chưa có trả lời. Đề nghị đầu mối dự phòng tiếp nhận và trả lời ngay.
letter-dispatch_reply-subject = [{ $dispatch }] Trả lời câu hỏi của { $partner }
letter-dispatch_reply-text = Bộ phận điều phối đã trả lời câu hỏi về phiếu { $dispatch } ({ $kind }). Đề nghị xem và tiếp tục xử lý.
letter-dispatch_cancelled-subject = [{ $dispatch }] Phiếu điều phối đã được thu hồi
letter-dispatch_cancelled-text = Phiếu { $dispatch } ({ $kind }) gửi { $partner } đã được thu hồi, không cần thực hiện tiếp. Các đường dẫn riêng của phiếu này không còn dùng được.
letter-dispatch_removal-subject = [{ $dispatch }] Đề nghị gỡ chặn lọc
letter-dispatch_removal-text = Đề nghị { $partner } gỡ biện pháp chặn lọc đã thực hiện theo phiếu { $dispatch } và báo lại sau khi gỡ.

# Letters to the desk
letter-dispatch_answered-subject = [{ $code }] { $partner }: { $answer } phiếu { $dispatch }
letter-dispatch_answered-text = { $partner } đã trả lời phiếu { $dispatch } ({ $kind }): { $answer }.
letter-dispatch_overdue-subject = [{ $code }] Quá hạn: { $partner } chưa trả lời phiếu { $dispatch }
letter-dispatch_overdue-text = Phiếu { $dispatch } ({ $kind }) gửi { $partner } đã quá hạn. Cần gọi điện cho đầu mối hoặc báo cáo cấp trên.
letter-dispatch_reply_due-subject = [{ $code }] { $partner } đang chờ trả lời câu hỏi về phiếu { $dispatch }
letter-dispatch_reply_due-text = { $partner } đã hỏi lại về phiếu { $dispatch } ({ $kind }) và đang chờ trả lời; phiếu sắp đến hạn.

# Facts in letters
fact-dispatch-kind = Yêu cầu
fact-ground = Căn cứ
fact-accept-by = Hạn trả lời tiếp nhận
fact-result-by = Hạn báo kết quả
fact-incident = Mã sự cố

# Why a message did not leave
obstacle-withdrawn = Phiếu đã được thu hồi trước khi gửi

# What happened, for the timeline
timeline-dispatch_sent = { $actor } gửi phiếu { $dispatch } cho { $organisation }
timeline-dispatch_answered = { $answer ->
    [accept] { $organisation } tiếp nhận phiếu { $dispatch }
    [refuse] { $organisation } từ chối phiếu { $dispatch }
    [ask] { $organisation } hỏi lại về phiếu { $dispatch }
    [progress] { $organisation } báo tiến độ phiếu { $dispatch }
    [done] { $organisation } báo hoàn thành phiếu { $dispatch }
    [removed] { $organisation } đã gỡ chặn theo phiếu { $dispatch }
   *[other] { $organisation } trả lời phiếu { $dispatch }
}
timeline-dispatch_reply = { $actor } trả lời câu hỏi của { $organisation } về phiếu { $dispatch }
timeline-dispatch_cancelled = { $actor } thu hồi phiếu { $dispatch } gửi { $organisation }
timeline-dispatch_removal = { $actor } đề nghị { $organisation } gỡ chặn theo phiếu { $dispatch }
timeline-dispatch_reminded = { $actor } gửi lại phiếu { $dispatch } cho { $organisation }
timeline-dispatch_overdue = { $organisation } chưa trả lời phiếu { $dispatch }, đã quá hạn { $due }

# Refusals and bad fields
refusal-dispatch_state = Phiếu đang ở trạng thái “{ $state }” nên không nhận trả lời này. Có thể đã có người trả lời trước; hãy mở lại phiếu để xem.
refusal-tlp_forbids = Mức chia sẻ TLP không cho phép gửi nội dung này cho { $recipient }. Hãy chọn người nhận khác, hoặc hạ mức TLP khi có thể.
dispatch-incident-over = sự cố đã kết thúc, không gửi thêm phiếu điều phối
field-dispatch-past = Hạn phải ở sau thời điểm hiện tại.
field-dispatch-far = Hạn không quá một năm kể từ hôm nay.
field-dispatch-order = Hạn báo kết quả không được sớm hơn hạn trả lời tiếp nhận.
field-police-only = Chỉ gửi riêng cho Công an khi nơi nhận là cơ quan Công an.

# What an entry of the thread says
dispatch-entry-accept = Tiếp nhận
dispatch-entry-refuse = Từ chối
dispatch-entry-ask = Hỏi lại
dispatch-entry-progress = Báo tiến độ
dispatch-entry-done = Báo hoàn thành
dispatch-entry-removed = Đã gỡ chặn
dispatch-entry-reply = Trả lời câu hỏi
dispatch-entry-cancel = Thu hồi phiếu
dispatch-entry-ask_removal = Đề nghị gỡ chặn
dispatch-entry-remind = Gửi lại phiếu

# Pages
dispatch-list-title = Phiếu điều phối
dispatch-list-lead-desk = Các yêu cầu đã gửi cho đơn vị, doanh nghiệp, Công an.
dispatch-list-lead-own = Các yêu cầu mà cơ quan điều phối gửi cho cơ quan của bạn.
dispatch-list-empty = Chưa có phiếu nào
dispatch-list-empty-text = Khi có phiếu điều phối, phiếu sẽ hiện ở đây.
dispatch-list-empty-filter = Không có phiếu nào khớp với bộ lọc.
dispatch-filter-state = Trạng thái
dispatch-filter-overdue = Chỉ phiếu quá hạn
dispatch-code = Số phiếu
dispatch-to = Nơi nhận
dispatch-from = Nơi gửi
dispatch-kind = Yêu cầu
dispatch-state = Trạng thái
dispatch-block = Biện pháp chặn
dispatch-ground = Căn cứ pháp lý
dispatch-content = Nội dung yêu cầu
dispatch-accept-by = Hạn trả lời tiếp nhận
dispatch-result-by = Hạn báo kết quả
dispatch-due = Hạn kế tiếp
dispatch-sent-at = Gửi lúc
dispatch-ended-at = Kết thúc lúc
dispatch-tlp = Mức chia sẻ (TLP)
dispatch-incident = Sự cố
dispatch-incident-hidden = Không chia sẻ với cơ quan của bạn
dispatch-category = Loại
dispatch-priority = Mức ưu tiên
dispatch-request = Yêu cầu
dispatch-thread = Trao đổi
dispatch-thread-empty = Chưa có trả lời.
dispatch-hidden = Nội dung chỉ Công an được xem.
dispatch-files = Tệp đã gửi kèm
dispatch-indicators = Dấu hiệu cần kiểm tra
dispatch-indicators-hint = Đã viết tách dấu chấm để không bấm nhầm.
dispatch-police-desk = Phiếu gửi riêng cho Công an: bộ phận điều phối thấy trạng thái, câu hỏi và lý do từ chối; nội dung trả lời và tệp chỉ Công an xem.
dispatch-police-own = Nội dung trả lời và tệp của phiếu này chỉ Công an xem. Câu hỏi và lý do từ chối được chuyển cho bộ phận điều phối.
dispatch-answer = Trả lời phiếu
dispatch-answer-choose = Trả lời của cơ quan bạn
dispatch-answer-accept = Tiếp nhận
dispatch-answer-accept-hint = Nhận thực hiện yêu cầu này
dispatch-answer-refuse = Từ chối
dispatch-answer-refuse-hint = Phải nêu lý do
dispatch-answer-ask = Hỏi lại
dispatch-answer-ask-hint = Cần làm rõ trước khi thực hiện
dispatch-answer-progress = Báo tiến độ
dispatch-answer-progress-hint = Đang thực hiện, chưa xong
dispatch-answer-done = Báo hoàn thành
dispatch-answer-done-hint = Nêu kết quả thực hiện
dispatch-answer-removed = Đã gỡ chặn
dispatch-answer-removed-hint = Đã bỏ biện pháp chặn theo đề nghị
dispatch-answer-text = Nội dung trả lời
dispatch-answer-text-hint = Bắt buộc khi từ chối, hỏi lại, báo tiến độ hoặc báo hoàn thành. Không nhập nội dung bí mật nhà nước.
dispatch-answer-files = Tệp kèm theo
dispatch-answer-send = Gửi trả lời
dispatch-answer-none = Phiếu này không chờ thêm trả lời.
dispatch-answer-wait = Câu hỏi đã được gửi. Bộ phận điều phối sẽ trả lời; sau đó phiếu nhận trả lời tiếp.
dispatch-secret-confirm = Tôi xác nhận nội dung này không phải bí mật nhà nước
dispatch-reply = Trả lời câu hỏi
dispatch-reply-text = Nội dung trả lời cho nơi nhận
dispatch-reply-send = Gửi trả lời
dispatch-cancel = Thu hồi phiếu
dispatch-cancel-text = Lý do thu hồi
dispatch-cancel-hint = Đường dẫn riêng đã gửi sẽ hết hiệu lực và nơi nhận được báo.
dispatch-remind = Gửi lại phiếu
dispatch-remind-hint = Gửi lại thư cho các đầu mối với đường dẫn mới; đường dẫn cũ hết hiệu lực.
dispatch-removal = Đề nghị gỡ chặn
dispatch-removal-text = Lý do, phạm vi gỡ chặn
dispatch-print = Bản in
dispatch-back-list = Danh sách phiếu
dispatch-new-title = Gửi phiếu điều phối
dispatch-new-lead = Một yêu cầu cho một cơ quan về sự cố này. Nơi nhận trả lời bằng tài khoản hoặc bằng đường dẫn riêng.
dispatch-new-to = Nơi nhận
dispatch-new-to-hint = Gõ tên hoặc mã cơ quan rồi chọn trong danh sách.
dispatch-new-near = Thường cần nhất
dispatch-new-kind = Yêu cầu
dispatch-new-ground = Căn cứ pháp lý
dispatch-new-ground-hint = Điều 11.2 cho doanh nghiệp viễn thông, Internet; Điều 10 cho Công an; Điều 9.2.b cho cơ quan khác (Quy chế kèm theo QĐ 1293/2017/QĐ-UBND).
dispatch-new-content = Nội dung yêu cầu
dispatch-new-content-hint = Việc cần làm, phạm vi, cách gửi kết quả. Không nêu tên người báo, không nhập nội dung bí mật nhà nước.
dispatch-new-accept-by = Hạn trả lời tiếp nhận
dispatch-new-result-by = Hạn báo kết quả
dispatch-new-tlp = Mức chia sẻ (TLP)
dispatch-new-police-only = Chỉ Công an được xem nội dung trả lời
dispatch-new-send = Gửi phiếu

# After a write
flash-dispatch-sent = Đã gửi phiếu điều phối.
flash-dispatch-answered = Đã ghi nhận trả lời. Bộ phận điều phối đã được báo.
flash-dispatch-replied = Đã trả lời câu hỏi.
flash-dispatch-cancelled = Đã thu hồi phiếu.
flash-dispatch-reminded = Đã gửi lại phiếu.
flash-dispatch-removal = Đã đề nghị gỡ chặn.

# The magic link's page
magic-title = Phiếu điều phối
magic-for = Đường dẫn riêng gửi cho { $name }, có hiệu lực đến { $until }. Xin không chuyển tiếp.
magic-gone-title = Đường dẫn không còn dùng được
magic-gone-text = Đường dẫn này đã hết hạn, đã bị thu hồi hoặc không đúng. Nếu vẫn cần trả lời phiếu điều phối, xin liên hệ bộ phận điều phối để nhận đường dẫn mới.
magic-gone-call = Điện thoại trực ban: { $hotline }

# The paper
dispatch-paper-title = PHIẾU ĐIỀU PHỐI
dispatch-paper-number = Số: ……… /PĐP
dispatch-paper-number-hint = Số do văn thư cấp.
dispatch-paper-place = ………, ngày …… tháng …… năm ………
dispatch-paper-republic = CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
dispatch-paper-motto = Độc lập - Tự do - Hạnh phúc
dispatch-paper-to = Kính gửi: { $to }
dispatch-paper-system-code = Mã trên hệ thống: { $code }
dispatch-paper-signer = NGƯỜI CÓ THẨM QUYỀN
dispatch-paper-signature = (Ký số)
dispatch-paper-answer = Phần trả lời của nơi nhận
field-file-refused = Tệp { $value } không được nhận: tệp trống, quá lớn, quá nhiều, hoặc có dấu chỉ độ mật.
