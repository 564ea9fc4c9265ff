# Bàn điều phối
desk-title = Hàng đợi sự cố
desk-register = Tiếp nhận hộ
desk-tab-open = Đang xử lý
desk-tab-unacknowledged = Chưa ai nhận
desk-tab-overdue = Quá hạn
desk-tab-mine = Việc của tôi
desk-tab-closed = Đã kết thúc
desk-tab-all = Tất cả
desk-search-hint = Mã sự cố hoặc từ khóa
desk-more-filters = Thêm điều kiện
desk-organisation-key = Mã đơn vị
desk-empty = Không có sự cố nào
desk-empty-text = Không có sự cố nào khớp với lựa chọn này, trong phạm vi bạn được xem.
desk-incident = Sự cố
desk-received = Tiếp nhận lúc
desk-due = Hạn
desk-unacknowledged = Chưa ai nhận

# Trang sự cố
desk-acknowledge = Tiếp nhận sự cố
desk-facts = Thông tin chung
desk-organisation = Đơn vị gặp sự cố
desk-impact = Ảnh hưởng
desk-still = Còn đang xảy ra
desk-occurred = Xảy ra
desk-detected = Phát hiện
desk-acknowledged = Có người nhận
desk-response-ended = Kết thúc ứng cứu
desk-closed-at = Đóng hồ sơ
desk-lead = Người chủ trì
desk-clocks = Thời hạn
desk-clock-meet = Ghi nhận đã thực hiện
desk-clock-note = Số, ngày văn bản hoặc cách đã thực hiện
desk-told = Đã báo cho ai
desk-told-sum = { $persons } người cần báo: { $reached } người đã nhận, { $waiting } người đang chờ gửi, { $untold } người chưa báo được.
desk-untold = Chưa báo được, cần gọi điện
desk-messages = Sổ gửi tin
desk-recipient = Người nhận
desk-channel = Kênh
desk-purpose = Nội dung
desk-created = Tạo lúc
desk-sent = Gửi lúc
desk-reports = Thông báo đã nhận
desk-ask = Hỏi người báo
desk-ask-text = Câu hỏi
desk-ask-button = Gửi câu hỏi
desk-evidence = Chứng cứ
desk-evidence-open = Xem, thêm chứng cứ
desk-indicators = Chỉ dấu tấn công
desk-related = Sự cố liên quan
desk-relation = Quan hệ
desk-relation-link = Có liên quan
desk-relation-parent = Thuộc chiến dịch
desk-relation-child = Sự cố thành phần
desk-relation-merged = Đã gộp vào sự cố này
desk-relation-merged_into = Sự cố này đã gộp vào
desk-relation-indicator = Có chung chỉ dấu
desk-link = Liên kết sự cố
desk-unlink = Bỏ liên kết
desk-other-code = Mã sự cố kia
desk-members = Đội ứng cứu
desk-member-add = Thêm người vào vụ việc
desk-member-email = Địa chỉ thư của thành viên đội ứng cứu
desk-member-remove = Đưa { $name } ra khỏi vụ việc
desk-lead-take = Nhận chủ trì vụ việc
desk-lead-other = Hoặc giao cho người khác (địa chỉ thư)
desk-triage = Phân loại
desk-triage-button = Lưu phân loại
desk-proposed = (đề xuất)
desk-decide-class = Quyết định phân loại sự cố
desk-state = Chuyển giai đoạn
desk-state-to = Chuyển sang
desk-state-button = Chuyển giai đoạn
desk-tasks = Nhiệm vụ
desk-task-add = Giao nhiệm vụ
desk-task-text = Việc cần làm
desk-task-role = Giao cho vai trò
desk-task-assignee = Hoặc giao đích danh (địa chỉ thư)
desk-task-evidence = Chứng cứ
desk-task-settle = Báo kết quả nhiệm vụ
desk-task-note = Đã làm gì, hoặc vì sao không làm
desk-task-done = Đã làm xong
desk-task-skip = Bỏ qua
desk-dispatch-to = Gửi đến (mã đơn vị)
desk-dispatch-kind = Yêu cầu
desk-dispatch-ground = Căn cứ
desk-dispatch-content = Nội dung yêu cầu
desk-dispatch-send = Gửi phiếu điều phối
desk-dispatch-more = Thời hạn, mức chia sẻ, chỉ Công an đọc
desk-note = Ghi chú
desk-note-text = Nội dung
desk-note-button = Lưu ghi chú
desk-audience = Ai được đọc
desk-secret-confirm = Tôi xác nhận nội dung này không thuộc bí mật nhà nước
desk-timeline = Diễn biến
desk-close = Đóng hồ sơ sự cố
desk-close-button = Đóng hồ sơ
desk-summary = Tóm tắt: đã xảy ra gì, đã làm gì
desk-lessons = Bài học kinh nghiệm
desk-closing = Kết quả xử lý
desk-closer-led = Bạn đã chủ trì vụ việc này. Người khác cần kiểm tra và đóng hồ sơ.
desk-obstacles = Chưa đóng được hồ sơ vì:
desk-reject = Không phải sự cố
desk-merge = Gộp vào sự cố khác
desk-merge-text = Thông báo, chứng cứ và diễn biến vẫn ở nguyên chỗ cũ; có thể tách ra lại.
desk-merge-into = Mã sự cố được giữ lại
desk-merged-into = Sự cố này đã được gộp vào
desk-unmerge = Tách ra lại
desk-reopen = Mở lại hồ sơ
desk-reopen-reason = Lý do mở lại (ít nhất 10 ký tự)

# Tên các mục, khi thay đổi
desk-field-title = Tên sự cố
desk-field-category = Loại sự cố
desk-field-priority = Mức ưu tiên
desk-field-legal_class = Phân loại theo quy định
desk-field-legal_decision = Số quyết định
desk-field-tlp = Mức chia sẻ (TLP)
desk-field-signs_of_crime = Dấu hiệu tội phạm
desk-field-beyond_capacity = Vượt khả năng xử lý
desk-field-personal_data = Dữ liệu cá nhân
desk-field-system = Hệ thống
desk-field-organisation = Đơn vị
desk-field-state = Trạng thái
desk-field-lead = Người chủ trì
desk-minutes = { $minutes } phút

# Sau khi ghi
flash-desk-acknowledged = Bạn đã nhận sự cố này. Đơn vị đã được báo.
flash-desk-triaged = Đã lưu phân loại.
flash-desk-state = Đã chuyển giai đoạn.
flash-desk-noted = Đã lưu ghi chú.
flash-desk-task = Đã giao nhiệm vụ.
flash-desk-task-settled = Đã ghi kết quả nhiệm vụ.
flash-desk-clock-met = Đã ghi nhận thực hiện thời hạn.
flash-desk-linked = Đã cập nhật liên kết.
flash-desk-merged = Đã gộp sự cố. Có thể tách ra lại.
flash-desk-unmerged = Đã tách sự cố ra lại.
flash-desk-rejected = Đã ghi nhận: không phải sự cố. Có thể mở lại.
flash-desk-reopened = Đã mở lại hồ sơ.
flash-desk-closed = Đã đóng hồ sơ. Những người đã được báo từ đầu đều được báo kết quả.
flash-desk-members = Đã cập nhật đội ứng cứu.
flash-desk-lead = Đã đổi người chủ trì.

# Vì sao không được
refusal-wrong_state = Sự cố đang ở trạng thái “{ $from }”, không chuyển sang “{ $to }” được.
refusal-already_acknowledged = Đã có người nhận sự cố này.
refusal-not_ready = Chưa thực hiện được: { $missing }.
refusal-clock_met = Thời hạn này đã được ghi nhận hoặc đã dừng. Hãy tải lại trang để xem.
obstacle-acknowledge = thời hạn này chỉ dừng khi có người bấm “Tiếp nhận sự cố”
refusal-closer_led = Người đã chủ trì vụ việc không tự đóng hồ sơ. Hãy nhờ người khác kiểm tra và đóng.
not-ready-tasks = còn nhiệm vụ bắt buộc chưa xong
not-ready-dispatches = còn phiếu điều phối chưa được trả lời
not-ready-evidence = nhiệm vụ này phải kèm chứng cứ; hãy tải tệp lên trước
field-short = Cần viết ít nhất { $value } ký tự.
field-incident = Không có sự cố này. Hãy kiểm tra mã, ví dụ SC-2026-000123.
field-same-incident = Đây chính là sự cố đang xem.
field-over = Sự cố này đã kết thúc.
field-not-linked = Hai sự cố chưa được liên kết như vậy.
field-circle = Liên kết này tạo thành vòng lặp.
field-account = Không có tài khoản đang hoạt động với địa chỉ này.
field-account-blind = Người này không được xem sự cố; hãy đưa họ vào vụ việc trước.
field-responder = Người này không thuộc đội ứng cứu.
field-assignee = Hãy chọn vai trò hoặc ghi địa chỉ thư của người thực hiện.
field-past = Thời điểm này đã qua.
field-decision = Sự cố nghiêm trọng cần có số quyết định.
field-before-detected = Thời điểm này trước lúc phát hiện sự cố.
field-cursor = Đường dẫn trang không hợp lệ. Hãy quay về đầu danh sách.

# Diễn biến
timeline-other = Có cập nhật
timeline-triaged = Phân loại: { $category ->
    [denial_of_service] { category-denial_of_service }
    [phishing] { category-phishing }
    [malware] { category-malware }
    [unauthorised_access] { category-unauthorised_access }
    [defacement] { category-defacement }
    [data_encryption] { category-data_encryption }
    [sabotage] { category-sabotage }
    [data_theft] { category-data_theft }
    [combined_attack] { category-combined_attack }
    [other_attack] { category-other_attack }
    [system_failure] { category-system_failure }
    [line_or_power] { category-line_or_power }
    [operator_error] { category-operator_error }
    [natural_disaster] { category-natural_disaster }
    [risk] { category-risk }
   *[other] { category-other }
  }, mức ưu tiên { $priority ->
    [low] { priority-low }
    [medium] { priority-medium }
    [high] { priority-high }
   *[urgent] { priority-urgent }
  }
timeline-state = Chuyển từ “{ $from ->
    [received] { state-received }
    [verifying] { state-verifying }
    [containing] { state-containing }
    [eradicating] { state-eradicating }
    [recovering] { state-recovering }
    [reviewing] { state-reviewing }
    [closed] { state-closed }
    [rejected] { state-rejected }
   *[merged] { state-merged }
  }” sang “{ $to ->
    [received] { state-received }
    [verifying] { state-verifying }
    [containing] { state-containing }
    [eradicating] { state-eradicating }
    [recovering] { state-recovering }
    [reviewing] { state-reviewing }
    [closed] { state-closed }
    [rejected] { state-rejected }
   *[merged] { state-merged }
  }”
timeline-state_back = Chưa ổn định, quay lại “{ $to ->
    [received] { state-received }
    [verifying] { state-verifying }
    [containing] { state-containing }
    [eradicating] { state-eradicating }
    [recovering] { state-recovering }
    [reviewing] { state-reviewing }
    [closed] { state-closed }
    [rejected] { state-rejected }
   *[merged] { state-merged }
  }”
timeline-state_reason = Lý do
timeline-note = Ghi chú
timeline-lead = { $lead } chủ trì vụ việc
timeline-rejected = Không phải sự cố
timeline-reopened = Mở lại hồ sơ
timeline-closed = Đã kết thúc; ứng cứu xong lúc { $ended }
timeline-closing_report = Tóm tắt kết quả xử lý
timeline-task_added = Giao nhiệm vụ
timeline-task_done = Xong nhiệm vụ: { $task_text }
timeline-task_skipped = Bỏ qua nhiệm vụ: { $task_text }
timeline-task_left = Nhiệm vụ chưa làm khi đóng hồ sơ: { $task_text }
timeline-member_added = { $member } tham gia vụ việc
timeline-member_removed = { $member } rời vụ việc
timeline-linked = Liên kết với { $other }
timeline-unlinked = Bỏ liên kết với { $other }
timeline-parent_set = Thuộc chiến dịch { $other }
timeline-parent_removed = Không còn thuộc { $other }
timeline-child_added = Có thêm sự cố thành phần { $other }
timeline-child_removed = { $other } không còn là sự cố thành phần
timeline-merged = Đã gộp vào một sự cố khác
timeline-merged_into = Gộp vào { $other }
timeline-merged_from = { $other } được gộp vào sự cố này
timeline-unmerged = Đã tách ra lại, trở về “{ $to ->
    [received] { state-received }
    [verifying] { state-verifying }
    [containing] { state-containing }
    [eradicating] { state-eradicating }
    [recovering] { state-recovering }
    [reviewing] { state-reviewing }
    [closed] { state-closed }
    [rejected] { state-rejected }
   *[merged] { state-merged }
  }”
timeline-unmerged_from = Tách khỏi { $other }

# Thư
fact-ended = Kết thúc ứng cứu
letter-open-dispatches = Xem phiếu điều phối
letter-state_changed-subject = { $code }: chuyển giai đoạn xử lý
letter-state_changed-text = Sự cố { $code } tại { $organisation } đã chuyển sang giai đoạn mới.
letter-rejected-subject = { $code }: không phải sự cố
letter-rejected-text = Sau khi xác minh, nội dung báo tại { $organisation } (mã { $code }) không phải là sự cố. Nếu có thêm dấu hiệu, xin báo lại.
letter-reopened-subject = { $code }: mở lại hồ sơ
letter-reopened-text = Hồ sơ sự cố { $code } tại { $organisation } được mở lại để tiếp tục xử lý.
letter-closing-subject = { $code }: đã kết thúc
letter-closing-text = Sự cố { $code } tại { $organisation } đã xử lý xong, hồ sơ đã đóng.
letter-merged-subject = { $code }: gộp với một sự cố khác
letter-merged-text = Sự cố { $code } được xử lý chung với một sự cố khác có cùng nguyên nhân.
letter-unmerged-subject = { $code }: tách ra xử lý riêng
letter-unmerged-text = Sự cố { $code } được tách ra để xử lý riêng.
letter-member-subject = { $code }: bạn tham gia đội ứng cứu
letter-member-text = Bạn được đưa vào đội ứng cứu sự cố { $code } tại { $organisation }, mức ưu tiên { $priority }.
letter-lead-subject = { $code }: bạn chủ trì vụ việc
letter-lead-text = Bạn được giao chủ trì xử lý sự cố { $code } tại { $organisation }, mức ưu tiên { $priority }.

# Vì sao một tin được gửi
purpose-opening = Báo có sự cố
purpose-receipt = Báo nhận
purpose-acknowledge = Đề nghị tiếp nhận
purpose-silence = Chưa ai nhận
purpose-repeat = Nhắc lại
purpose-vacant = Không có người giữ vai trò
purpose-acknowledged = Đã có người nhận
purpose-clock = Quá hạn
purpose-task = Nhiệm vụ
purpose-state_changed = Chuyển giai đoạn
purpose-rejected = Không phải sự cố
purpose-reopened = Mở lại
purpose-closing = Kết thúc
purpose-merged = Gộp
purpose-unmerged = Tách
purpose-member = Tham gia đội ứng cứu
purpose-lead = Chủ trì
purpose-dispatch = Phiếu điều phối
purpose-dispatch_answered = Trả lời phiếu
purpose-dispatch_reminder = Nhắc phiếu
purpose-dispatch_overdue = Phiếu quá hạn
purpose-dispatch_cancelled = Thu hồi phiếu
purpose-reporter_question = Câu hỏi cho người báo
purpose-reporter_answer = Trả lời của người báo
role-contact = Đầu mối liên hệ
timeline-task_overdue = Quá hạn nhiệm vụ: { $task_text }
