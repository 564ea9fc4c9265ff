# Báo sự cố, trang của người báo, tệp chứng cứ, thư báo tin.

# Form
report-title = Báo sự cố
report-heading = Báo sự cố an toàn thông tin
report-lead = Chỉ mất khoảng hai phút. Không cần biết tên kỹ thuật: thấy gì, ghi nấy.
report-hotline = Đang rất gấp hoặc mất mạng? Gọi đường dây nóng { $hotline }.
report-secret = Nội dung sắp báo có bí mật nhà nước không?
report-secret-hint = Không ghi nội dung, số hiệu, trích yếu và không gửi tệp của tài liệu đóng dấu MẬT, TỐI MẬT, TUYỆT MẬT qua hệ thống này (Điều 3.2).
report-secret-no = Không có
report-secret-maybe = Có, hoặc chưa chắc chắn
report-secret-maybe-note = Sẽ hiện cách báo trực tiếp; không nội dung nào được lưu.
report-secret-confirm = Tôi xác nhận từ “mật” trong phần mô tả không phải nội dung bí mật nhà nước.
report-organisation = Cơ quan, đơn vị gặp sự cố
report-source = Tin báo đến bằng cách nào?
report-drill = Đây là diễn tập
report-category = Bạn thấy điều gì?
report-category-hint = Chọn ô giống nhất. Chọn chưa đúng cũng không sao, trực ban sẽ xem lại.
report-description = Kể lại bằng lời của bạn
report-description-hint = Máy nào, thấy gì trên màn hình, đã làm gì. Không ghi mật khẩu.
report-system = Hệ thống, phần mềm nào bị ảnh hưởng?
report-system-none = Không rõ, hoặc không có trong danh sách
report-system-other = Tên máy, hệ thống, phần mềm
report-system-other-hint = Ví dụ: máy tính ở bộ phận một cửa, trang web của xã.
report-since = Thấy từ lúc nào?
report-still = Bây giờ còn tiếp diễn không?
report-still-yes = Còn, hoặc không rõ
report-still-no = Đã hết
report-services = Công việc bị ảnh hưởng thế nào?
report-people = Ai bị ảnh hưởng?
report-contact = Gọi lại cho bạn bằng cách nào?
report-contact-hint = Không bắt buộc. Chỉ người xử lý vụ việc xem được, không gửi cho nhà mạng hay đơn vị ngoài.
report-name = Họ và tên
report-phone = Số điện thoại
report-email = Thư điện tử
report-files = Ảnh chụp màn hình, tệp liên quan
report-files-hint = Tối đa 10 tệp, mỗi tệp 25 MB, cộng lại 60 MB. Chụp ảnh màn hình bằng điện thoại cũng được.
report-files-waiting = Các tệp đã nhận, không cần chọn lại:
report-files-again = Tệp đính kèm chưa được nhận. Sau khi sửa xong, xin chọn lại tệp.
report-send = Gửi báo cáo
report-after = Gửi xong, bạn có ngay mã sự cố, các bước cần làm và đường dẫn theo dõi.
report-sent-already = Báo cáo trước đã được tiếp nhận. Nếu nội dung này là điều mới, bấm gửi lần nữa; sẽ thành một báo cáo khác.

report-similar-title = Có phải sự cố đã báo?
report-similar-heading = Có phải là một trong các sự cố này?
report-similar-lead = Cơ quan bạn đang có sự cố chưa xong. Nếu trùng, báo cáo của bạn được ghép vào đó; không ai phải xử lý hai lần.
report-similar-question = Điều bạn vừa báo là
report-similar-one = { $code }, tiếp nhận lúc { $at }
report-similar-none = Không, đây là chuyện khác
report-similar-none-note = Lập sự cố mới
flash-answer-sent = Đã gửi. Người xử lý vụ việc được báo ngay.
flash-contact-kept = Đã lưu cách liên lạc.
flash-asked = Đã gửi câu hỏi cho người báo.
flash-asked-unreachable = Câu hỏi đã ghi trên trang theo dõi. Người báo không để lại địa chỉ nên chưa nhận được tin; nếu có số điện thoại, hãy gọi.

# Bí mật nhà nước
secret-title = Không báo qua hệ thống này
secret-heading = Xin báo trực tiếp, không qua mạng
secret-nothing-kept = Không nội dung nào bạn vừa nhập được lưu lại, kể cả tệp và bản nháp trên máy này.
secret-offline-route = Nội dung có thể thuộc bí mật nhà nước không được nhập, gửi qua hệ thống này. Hãy báo trực tiếp cho thủ trưởng cơ quan và bộ phận cơ yếu, bảo vệ bí mật nhà nước; khi gọi trực ban, chỉ nói “có sự cố cần báo trực tiếp”, không nói nội dung.
secret-step-1 = Rút dây mạng, tắt Wi-Fi của máy có tài liệu. Không tắt máy, không xóa, không sao chép.
secret-step-2 = Báo trực tiếp cho thủ trưởng cơ quan và người phụ trách bảo vệ bí mật nhà nước.
secret-step-3 = Gọi trực ban điều phối, chỉ nói: “Có sự cố cần báo trực tiếp”. Không nói nội dung qua điện thoại.
secret-step-4 = Người có trách nhiệm đến tận nơi; tài liệu chỉ chuyển qua đường cơ yếu.
secret-hotline = Trực ban: { $hotline } (chỉ nói cần báo trực tiếp).
secret-law = Căn cứ: Điều 3.2 và Điều 5.1.d Quyết định 1293/2017/QĐ-UBND; Luật Bảo vệ bí mật nhà nước.
secret-back = Quay lại, nội dung của tôi không có bí mật
refusal-state_secret = Nội dung có thể thuộc bí mật nhà nước không được nhận qua hệ thống này; không có gì được lưu. Xin báo trực tiếp cho thủ trưởng và bộ phận cơ yếu.
refusal-file_secret = Tệp có dấu chỉ độ mật không được nhận qua hệ thống này (Điều 3.2); nội dung tệp không được lưu. Xin chuyển bằng đường cơ yếu.
refusal-evidence_damaged = Tệp lưu trữ không còn đúng như lúc nhận nên không được giao. Việc này đã được ghi lại; xin báo quản trị hệ thống khôi phục từ bản sao lưu.
refusal-evidence_held = Công an đang giữ tệp này làm chứng cứ, chỉ Công an được bàn giao tiếp.
refusal-bad_fields = Có mục cần sửa. Nội dung đã nhập vẫn được giữ nguyên.
problem-file_secret = Không nhận tệp mật
problem-evidence_damaged = Tệp đã hỏng
problem-evidence_held = Tệp đang được giữ

# Tệp bị từ chối
file-refused-secret = Tệp “{ $name }” có dấu { $value } nên không được nhận (Điều 3.2). Nội dung tệp không được lưu; phần còn lại của báo cáo vẫn được giữ. Tài liệu mật chỉ chuyển qua đường cơ yếu.
file-refused-too_large = Tệp “{ $name }” quá lớn, tối đa { $value } MB, nên chưa được nhận. Phần còn lại vẫn được giữ; có thể nén hoặc chia nhỏ rồi gửi thêm.
file-refused-too_many = Tệp “{ $name }” chưa được nhận vì mỗi lần chỉ gửi { $value } tệp. Có thể gửi thêm sau.
file-refused-empty = Tệp “{ $name }” trống nên không được nhận.

# Mục cần sửa
field-empty = Xin điền mục này.
field-long = Tối đa { $value } ký tự.
field-control = Có ký tự không dùng được. Xin xóa rồi gõ lại.
field-email = Địa chỉ thư chưa đúng. Ví dụ: ten@donvi.example
field-secret = Xin trả lời câu hỏi về bí mật nhà nước.
field-secret-word = Trong nội dung có từ chỉ độ mật đứng riêng. Nếu không phải bí mật nhà nước, đánh dấu xác nhận rồi gửi lại. Chưa có gì được lưu.
field-choose = Xin chọn một câu trả lời.
field-unknown = Không có lựa chọn này. Xin chọn lại.
field-time = Chưa đọc được ngày giờ. Ví dụ: 22/11/2026 07:05
field-future = Thời điểm này chưa tới. Xin xem lại ngày giờ.
field-too-old = Thời điểm này quá xa. Xin xem lại năm.
field-files = Xin chọn ít nhất một tệp.
field-files-incident = Các tệp của sự cố này cộng lại đã quá { $value } MB. Xin liên hệ trực ban.

# Trang của người báo
track-received = Đã tiếp nhận báo cáo
track-heading = Theo dõi sự cố
track-first-aid = Làm ngay các việc sau
track-told = Đã báo tin cho
track-told-none = Báo cáo được ghép vào sự cố đang xử lý; những người xử lý đã biết.
track-hotline = Cần gấp, gọi { $hotline } và đọc mã sự cố.
track-link = Đường dẫn theo dõi của bạn
track-link-keep = Giữ đường dẫn này như giữ chìa khóa: ai có nó đều xem và trả lời được. Hãy sao chép, chụp ảnh hoặc ghi lại; hệ thống không gửi lại được.
track-state = Đến đâu rồi
track-state-received = Đã nhận, đang chờ trực ban xem.
track-state-verifying = Trực ban đang xác minh điều bạn báo.
track-state-containing = Đang ngăn sự cố lan rộng.
track-state-eradicating = Đang gỡ bỏ nguyên nhân.
track-state-recovering = Đang đưa hệ thống trở lại hoạt động.
track-state-reviewing = Đã khôi phục, đang theo dõi và tổng kết.
track-state-closed = Sự cố đã xử lý xong và kết thúc. Cảm ơn bạn đã báo.
track-state-rejected = Sau khi xem xét, đây không phải sự cố an toàn thông tin. Nếu thấy thêm dấu hiệu, xin trả lời bên dưới.
track-state-merged = Báo cáo đã ghép vào một sự cố khác đang xử lý.
track-merged = Xử lý chung với sự cố { $code }.
track-answer = Trả lời, bổ sung
track-answer-text = Nội dung
track-answer-hint = Trả lời câu hỏi, kể thêm điều mới thấy. Không ghi mật khẩu.
track-no-secret = Nội dung và tệp gửi kèm không có bí mật nhà nước.
track-send = Gửi
track-said = Nội dung bạn đã báo
track-contact = Cách liên lạc với bạn
track-contact-hint = Để trực ban gọi lại và để bạn nhận tin khi có câu hỏi. Chỉ người xử lý vụ việc xem được.
find-heading = Mở trang theo dõi
find-lead = Dán hoặc gõ đường dẫn theo dõi bạn nhận được khi báo sự cố.
find-code = Đường dẫn theo dõi
find-code-hint = Cả đường dẫn, hoặc phần sau /theo-doi/.
find-open = Mở
find-over = Đường dẫn này không đúng hoặc đã hết hạn.
find-over-more = Xin xem lại từng ký tự, kể cả chữ hoa chữ thường. Nếu vẫn không mở được, gọi trực ban và đọc mã sự cố.
nav-my-reports = Báo cáo của tôi
mine-heading = Báo cáo của tôi
mine-sent = Gửi lúc
mine-empty = Bạn chưa báo sự cố nào
mine-empty-text = Các báo cáo bạn gửi bằng tài khoản này sẽ hiện ở đây.

# Ai đã được báo, bằng cách nào
told-by-mail = { $role }: qua thư điện tử
told-by-telegram = { $role }: qua Telegram
told-by-phone = { $role }: cần gọi điện, trực ban sẽ gọi
told-role-unit_head = Thủ trưởng cơ quan bạn
told-role-it_officer = Cán bộ công nghệ thông tin của cơ quan bạn
told-role-duty_officer = Trực ban điều phối của tỉnh
told-role-coordinator = Điều phối viên của tỉnh
told-role-leader = Lãnh đạo cơ quan điều phối
told-role-responders = Đội ứng cứu
told-role-responder = Đội ứng cứu
told-role-reporter = Người báo
told-role-contact = Đầu mối liên lạc
told-role-provider = Nhà cung cấp dịch vụ
told-role-liaison = Đầu mối đối tác
told-role-police = Công an tỉnh
told-role-police_liaison = Công an tỉnh
told-role-parent_unit = Cơ quan cấp trên
told-role-committee = Ban Chỉ đạo
told-role-national = Cơ quan điều phối quốc gia
told-role-auditor = Kiểm tra viên
told-role-admin = Quản trị hệ thống
told-received = Đã tiếp nhận báo cáo
told-report_added = Đã ghép báo cáo vào sự cố
told-acknowledged = Trực ban đã tiếp nhận xử lý
told-reporter_asked = Người xử lý hỏi bạn
told-reporter_answered = Bạn đã trả lời

# Chứng cứ
evidence-heading = Tệp, chứng cứ
evidence-empty = Chưa có tệp nào
evidence-empty-text = Ảnh chụp, nhật ký, mẫu mã độc của sự cố sẽ nằm ở đây, kèm mã băm và sổ bàn giao.
evidence-held = Công an đang giữ
evidence-opaque = Tệp không thuộc loại quen thuộc, có thể là mã độc. Chỉ mở trên máy cách ly.
evidence-custody = Sổ bàn giao
evidence-hand = Ghi bàn giao
evidence-hand-to = Giao cho ai
evidence-hold = Giữ làm chứng cứ
evidence-add = Thêm tệp
evidence-note = Tệp này là gì, lấy ở đâu
evidence-audience = Ai được xem
evidence-files-hint = Tối đa 10 tệp, mỗi tệp 25 MB, cộng lại 60 MB.
evidence-send = Tải lên
custody-received = Tiếp nhận
custody-downloaded = Đã tải về
custody-damaged = Phát hiện sai mã băm, không giao
custody-held = Công an giữ
custody-handed_over = Bàn giao
flash-files-kept = Đã lưu tệp và ghi sổ bàn giao.
flash-files-none = Không tệp nào được nhận. Xin xem lý do bên dưới.
flash-evidence-held = Đã ghi: Công an giữ tệp này.
flash-evidence-handed = Đã ghi bàn giao.

# Diễn biến
timeline-received = Tiếp nhận sự cố của { $organisation } qua { $source ->
    [web] trang web
    [phone] điện thoại
    [mail] thư điện tử
    [letter] công văn
    [monitoring] hệ thống giám sát
    [api] kết nối hệ thống
    [national_warning] cảnh báo quốc gia
   *[other] kênh khác
 }
timeline-report_added = Nhận thêm một báo cáo về cùng sự cố, qua { $source ->
    [web] trang web
    [phone] điện thoại
    [mail] thư điện tử
    [letter] công văn
    [monitoring] hệ thống giám sát
    [api] kết nối hệ thống
    [national_warning] cảnh báo quốc gia
   *[other] kênh khác
 }
timeline-acknowledged = { $actor } tiếp nhận xử lý
timeline-run_started = Bắt đầu kịch bản “{ $playbook }”, bản { $version }
timeline-run_ended = Kịch bản kết thúc
timeline-step_late = Bước “{ $step }” quá hạn: chờ { $waited } chưa có trả lời
actor-engine = Hệ thống
actor-playbook = Kịch bản
step-receive = tiếp nhận
step-on_site = xử lý tại chỗ
step-contain = ngăn chặn tại chỗ
step-received = chờ tiếp nhận
step-verify = xác minh, phân loại
step-spokesperson = cử người phát ngôn
step-known = báo và đề nghị bên ngoài
step-triaged = chờ phân loại
step-alarm = báo lãnh đạo
step-ask_logs = hỏi việc lấy nhật ký
step-logs = nhà cung cấp gửi nhật ký
step-ask_block = hỏi việc chặn lọc
step-block = nhà cung cấp chặn lọc
step-ask_support = hỏi việc đề nghị hỗ trợ
step-support = nhà cung cấp hỗ trợ
step-ask_restore = hỏi việc khôi phục đường truyền
step-restore = nhà cung cấp khôi phục đường truyền
step-crime = dấu hiệu tội phạm
step-crime_sign = theo dõi dấu hiệu tội phạm
step-crime_refer = chuyển Công an tỉnh
step-data = dữ liệu cá nhân
step-data_sign = theo dõi dữ liệu cá nhân
step-data_notice = thông báo vi phạm dữ liệu cá nhân
step-gravity = mức độ nghiêm trọng
step-gravity_sign = theo dõi mức độ nghiêm trọng
step-serious = xét sự cố nghiêm trọng
step-contained = chờ ngăn chặn xong
step-evidence = lưu chứng cứ
step-backup_before = sao lưu trước khi làm sạch
step-saved = chờ lưu xong chứng cứ và bản sao
step-eradicate = gỡ bỏ nguyên nhân
step-eradicated = chờ gỡ bỏ xong
step-recover = khôi phục
step-recovered = chờ khôi phục xong
step-backup_after = sao lưu sau khi làm sạch
step-stable = kiểm tra ổn định
step-again = ngăn chặn lại
step-settled = chờ ổn định
step-review = tổng kết
step-once-more = { $step }, báo lần { $n }
timeline-timer_late = Hẹn giờ { $timer } chạy muộn { $late_by } do hệ thống tạm dừng
timeline-nobody_holds = Bước “{ $step }”: không có ai giữ vai trò { $role ->
    [reporter] người báo
    [unit_head] thủ trưởng đơn vị
    [it_officer] cán bộ CNTT
    [duty_officer] trực ban (hiện không có ai trực)
    [coordinator] điều phối viên
    [responders] đội ứng cứu
    [leader] lãnh đạo
    [committee] Ban Chỉ đạo
    [parent_unit] cơ quan cấp trên
    [provider] nhà cung cấp dịch vụ
    [police] Công an tỉnh
    [national] cơ quan điều phối quốc gia
   *[other] { $role }
 }, chuyển lên cấp tiếp theo
timeline-nobody_left = Bước “{ $step }”: không còn ai để báo. Cần người gọi điện ngay
timeline-clock_breached = Quá thời hạn: { $clock } ({ $source })
timeline-evidence_added = { $actor } thêm tệp { $file }
timeline-evidence_held = Công an giữ tệp { $file } làm chứng cứ
timeline-evidence_handed = { $actor } bàn giao tệp { $file } cho { $to }
timeline-reporter_asked = { $actor } hỏi người báo
timeline-reporter_answered = Người báo trả lời, kèm { $files } tệp
timeline-reporter_contact = Người báo để lại cách liên lạc

# Thư báo tin
letter-greeting = Kính gửi { $name },
letter-footer = Thư tự động của hệ thống điều phối ứng cứu sự cố, { $province }. Không gửi nội dung bí mật nhà nước qua thư này.
letter-hotline = Trực ban: { $hotline }
letter-above-ceiling = Nội dung chi tiết không gửi qua kênh này. Xin mở đường dẫn kèm theo để xem.
letter-above-subject = [{ $code }] Mức { $priority }: xin mở trang để xem và xử lý
letter-above-subject-reporter = [{ $code }] Có tin mới về sự cố bạn đã báo
letter-open-incident = Mở sự cố
letter-acknowledge = Xem và tiếp nhận
letter-follow = Theo dõi sự cố
letter-follow-known = Mở trang theo dõi
letter-opening-subject = [{ $code }] Sự cố mới tại { $organisation }
letter-opening-text = { $organisation } vừa báo một sự cố an toàn thông tin, mức { $priority }. Trực ban của tỉnh đã được báo. Xin bảo đảm các bước dưới đây được làm ngay tại đơn vị.
letter-receipt-subject = [{ $code }] Đã tiếp nhận báo cáo của bạn
letter-receipt-text = Báo cáo của bạn đã được tiếp nhận với mã { $code }. Hãy làm ngay các bước dưới đây. Dùng đường dẫn trong thư để theo dõi, trả lời và gửi thêm tệp; không chuyển đường dẫn này cho người khác.
letter-acknowledge-subject = [{ $code }] Cần tiếp nhận: { $organisation }, mức { $priority }
letter-acknowledge-text = Có sự cố mới chờ tiếp nhận. Mở sự cố và bấm “Tiếp nhận” trước thời hạn bên dưới; quá hạn, hệ thống tự báo lên cấp trên.
letter-acknowledged-subject = [{ $code }] Trực ban đã tiếp nhận
letter-acknowledged-text = Trực ban điều phối đã tiếp nhận sự cố { $code } và đang xử lý. Xin giữ liên lạc và tiếp tục các bước ứng phó ban đầu.
letter-silence-subject = [{ $code }] Chưa ai tiếp nhận sau { $minutes } phút
letter-silence-text = Sự cố tại { $organisation }, mức { $priority }, đã chờ { $minutes } phút mà chưa có người tiếp nhận. Xin tiếp nhận hoặc chỉ định người tiếp nhận ngay.
letter-repeat-subject = [{ $code }] Nhắc lần { $n }/{ $of }: vẫn chưa ai tiếp nhận
letter-repeat-text = Đây là lần nhắc { $n } trong { $of }. Sự cố tại { $organisation }, mức { $priority }, vẫn chưa có người tiếp nhận. Xin xử lý ngay.
letter-vacant-subject = [{ $code }] Không có người giữ vai trò cần báo
letter-vacant-text = Hệ thống không tìm thấy ai giữ vai trò { $role ->
    [reporter] người báo
    [unit_head] thủ trưởng đơn vị
    [it_officer] cán bộ CNTT
    [duty_officer] trực ban (hiện không có ai trực)
    [coordinator] điều phối viên
    [responders] đội ứng cứu
    [leader] lãnh đạo
    [committee] Ban Chỉ đạo
    [parent_unit] cơ quan cấp trên
    [provider] nhà cung cấp dịch vụ
    [police] Công an tỉnh
    [national] cơ quan điều phối quốc gia
   *[other] { $role }
 } cho sự cố { $code } nên báo cho bạn thay. Xin tiếp nhận hoặc phân công người làm ngay.
letter-clock-subject = [{ $code }] Quá thời hạn: { $clock }
letter-clock-text = Thời hạn “{ $clock }” ({ $source }) của sự cố { $code } đã qua. Xin thực hiện ngay và ghi lý do chậm vào hồ sơ.
letter-task-subject = [{ $code }] Việc cần làm
letter-task-text = Bạn được giao một việc trong sự cố { $code } tại { $organisation }. Làm xong, xin ghi kết quả trên trang sự cố.
letter-reporter_question-subject = [{ $code }] Người xử lý sự cố có câu hỏi cho bạn
letter-reporter_question-text = Người đang xử lý sự cố { $code } cần hỏi bạn. Xin mở đường dẫn theo dõi mà bạn nhận được lúc báo để trả lời.
letter-reporter_answer-subject = [{ $code }] Người báo đã trả lời
letter-reporter_answer-text = Người báo sự cố { $code } tại { $organisation } vừa bổ sung thông tin. Xem đầy đủ và các tệp kèm theo trên trang sự cố.

fact-code = Mã sự cố
fact-title = Sự cố
fact-category = Loại
fact-state = Tình trạng
fact-organisation = Cơ quan
fact-priority = Mức ưu tiên
fact-due = Thời hạn
fact-tlp = Phạm vi chia sẻ

obstacle-tlp = Mức chia sẻ không cho phép gửi cho người này; xin gọi điện nếu cần
obstacle-not-official = Không phải địa chỉ thư công vụ đã đăng ký (Điều 5.1.b); xin gọi điện
obstacle-no-address = Chưa có địa chỉ thư hay Telegram; xin gọi điện
obstacle-answered = Đã có trả lời trước khi gửi
evidence-tlp = Mức chia sẻ (TLP)
evidence-task = Thuộc nhiệm vụ
evidence-task-none = Không thuộc nhiệm vụ nào
field-files-full = Máy chủ đã hết chỗ chứa tệp, chưa tệp nào được giữ. Nội dung đã nhập vẫn còn: hãy gửi không kèm tệp, hoặc gửi lại sau.
