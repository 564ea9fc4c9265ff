# Báo cáo tình hình, báo cấp trên ngay, tạm hoãn thông báo cho riêng mình.
desk-situation = Báo cáo tình hình
desk-situation-write = Viết báo cáo tình hình
desk-situation-button = Lưu báo cáo tình hình
situation-conditions = Tình hình
situation-actions = Đã làm
situation-needs = Cần gì
flash-desk-situation = Đã lưu báo cáo tình hình.
timeline-situation = Báo cáo tình hình
audit-did-incident_situation = Báo cáo tình hình vụ việc
desk-escalate = Báo cấp trên ngay
desk-escalate-text = Cấp tiếp theo của quy trình được báo ngay, không chờ hết hạn. Quy trình không còn chờ ai thì báo thẳng lãnh đạo, rồi Ban Chỉ đạo. Người được báo đọc được lý do.
flash-desk-escalated = Đã báo cấp trên.
timeline-escalated = { $actor } báo cấp trên ngay{ $to ->
    [leader] { ": " }lãnh đạo
    [committee] { ": " }Ban Chỉ đạo
   *[other] { " " }mà không chờ hết hạn
 }
timeline-step_escalated = Bước “{ $step }”: báo cấp trên trước hạn, theo yêu cầu
audit-did-incident_escalate = Báo cấp trên ngay
letter-escalated-subject = [{ $code }] { $by } đề nghị bạn vào cuộc ngay
letter-escalated-text = Sự cố { $code } tại { $organisation }, mức { $priority }, cần bạn ngay: { $by } không chờ hết hạn của quy trình. Lý do:
purpose-escalated = Báo cấp trên ngay
obstacle-escalated-now = vừa có người báo cấp trên chưa đầy một phút trước; xem ở Diễn biến rồi báo tiếp nếu vẫn cần
obstacle-nobody-above = không tìm thấy lãnh đạo hay Ban Chỉ đạo nào để báo; hãy gọi điện ngay
obstacle-case-over = vụ việc đã kết thúc
desk-snooze = Tạm hoãn thông báo cho tôi
desk-snooze-text = Chỉ thông báo gửi cho bạn về sự cố này được hoãn. Quy trình vẫn chạy, người khác vẫn được báo. Bạn làm gì với sự cố này thì hết hoãn.
desk-snooze-span = Trong bao lâu
desk-snooze-button = Tạm hoãn
desk-snoozed-until = Thông báo cho bạn về sự cố này được hoãn đến { $until }.
snooze-15 = 15 phút
snooze-60 = 1 giờ
snooze-240 = 4 giờ
flash-desk-snoozed = Đã tạm hoãn thông báo cho bạn.
timeline-snoozed = { $actor } tạm hoãn thông báo cho mình đến { $until }
audit-did-incident_snooze = Tạm hoãn thông báo cho mình
obstacle-snooze-urgent = sự cố ở mức Khẩn cấp, thông báo không hoãn được
