# Câu hỏi và đề nghị của kịch bản
timeline-question_asked = Xin ý kiến { $role ->
    [reporter] người báo
    [unit_head] thủ trưởng đơn vị
    [it_officer] cán bộ CNTT
    [duty_officer] trực ban
    [coordinator] điều phối viên
    [responders] đội ứng cứu
    [leader] lãnh đạo
    [committee] Ban Chỉ đạo
    [parent_unit] cơ quan cấp trên
    [provider] nhà cung cấp dịch vụ
    [police] Công an tỉnh
    [national] cơ quan điều phối quốc gia
   *[other] { $role }
 }
timeline-question_yes = Đồng ý: { $task_text }
timeline-question_no = Không đồng ý: { $task_text }
timeline-question_withdrawn = Không cần ý kiến nữa: { $task_text }
timeline-dispatch_not_sent = Kịch bản không gửi được phiếu điều phối cho { $organisation }; điều phối viên được báo để xử lý
timeline-condition_failed = Bước “{ $step }”: không xác định được điều kiện nên không làm; điều phối viên được báo
timeline-step_failed = Bước “{ $step }” không thành{ $reason ->
    [silence] : hết thời hạn mà không ai trả lời
    [undone] : người được giao không làm được
    [inside] : một việc bên trong không thành
    [rounds] : đã đủ số vòng lặp mà chưa xong
   *[other] { "" }
 }
timeline-playbook_failed = Bước “{ $step }” không thành: kịch bản chuyển sang phần xử lý khi hỏng
letter-step_failed-subject = [{ $code }] Một bước của kịch bản không thành
letter-step_failed-text = Trong sự cố { $code } tại { $organisation }, bước “{ $step }” của kịch bản không thành. Xin xem trang sự cố và quyết định làm tiếp thế nào.
purpose-step_failed = Bước không thành
letter-question-subject = [{ $code }] Xin ý kiến của bạn
letter-question-text = Sự cố { $code } tại { $organisation }, mức { $priority }, cần bạn quyết định. Xin trả lời trên trang sự cố.
letter-step_refused-subject = [{ $code }] Đề nghị phối hợp bị từ chối
letter-step_refused-text = Trong sự cố { $code } tại { $organisation }, một đề nghị phối hợp không được nhận (bước “{ $step }”). Xin xem lý do trên trang sự cố và tìm cách khác.
letter-step_unclear-subject = [{ $code }] Một bước của kịch bản chưa làm được
letter-step_unclear-text = Trong sự cố { $code } tại { $organisation }, hệ thống không xác định được điều kiện của bước “{ $step }” nên không làm bước này. Xin xem và tự quyết định.
purpose-question = Xin ý kiến
purpose-step_refused = Đề nghị bị từ chối
purpose-step_unclear = Bước chưa làm được
question-open = Chờ ý kiến
question-yes = Đồng ý
question-no = Không đồng ý
question-withdrawn = Không cần nữa
desk-question-answer = Trả lời
desk-question-note = Ý kiến thêm (không đồng ý thì ghi lý do)
desk-question-yes = Có, đồng ý
desk-question-no = Không
playbook-fine = { $file }: không có lỗi. “{ $title }”, bản { $version }, { $steps } bước.
