# The frame of every page, its parts, and the labels of all code lists.

# The frame of every page
base-brand = điều phối
base-place = Điều phối ứng cứu sự cố an toàn thông tin mạng của tỉnh
base-place-short = Ứng cứu sự cố mạng
base-skip = Chuyển đến nội dung chính
base-demo = Bản trình diễn, số liệu không có thật.
base-demo-more = Thư và tin nhắn không gửi ra ngoài, chỉ nằm trong hộp thư trình diễn.
base-other-language = English
base-theme = Giao diện
base-theme-auto = Theo thiết bị
base-theme-light = Nền sáng
base-theme-dark = Nền tối
base-menu = Danh mục
base-navigation = Điều hướng chính
base-no-secrets = Không nhập nội dung, tài liệu thuộc bí mật nhà nước.
base-footer = Hệ thống điều phối ứng cứu sự cố

# Navigation
nav-home = Trang chủ
nav-queue = Sự cố
nav-report = Báo sự cố
nav-dispatches = Phiếu điều phối
nav-prepare = Chuẩn bị
nav-directory = Danh bạ
nav-organisations = Cơ quan, đơn vị
nav-systems = Hệ thống thông tin
nav-accounts = Tài khoản
nav-audit = Nhật ký kiểm tra
nav-mailbox = Hộp thư trình diễn
nav-me = Tài khoản của tôi
nav-sign-in = Đăng nhập
nav-sign-out = Đăng xuất

# The error page
error-code = Mã lỗi
error-home = Về trang chủ
error-report = Báo sự cố
error-request = Khi cần hỗ trợ, xin đọc mã yêu cầu này:

# Parts of pages
part-overdue = Quá hạn
part-soon = Sắp đến hạn
part-met = Đã xong đúng hạn
part-drill = DIỄN TẬP
part-errors-title = Chưa gửi được: xin sửa các mục sau
part-errors-kept = Nội dung đã nhập vẫn được giữ nguyên.
part-error-prefix = Lỗi:
part-optional = (không bắt buộc)
part-choose = Chọn…
part-first = Về đầu danh sách
part-next = Xem tiếp
part-pager = Phân trang
part-sha256 = Mã băm SHA-256
part-copy = Sao chép
part-print = In trang này
part-cancel = Hủy bỏ
part-save = Lưu
part-back = Quay lại
part-reason = Lý do
part-reason-hint = Ghi vào nhật ký, không sửa được về sau.
part-yes = Có
part-no = Không
part-none = Chưa có
part-search = Tìm kiếm
part-filter = Lọc
part-clear-filter = Bỏ lọc
part-all = Tất cả
part-files-hint = Có thể chọn nhiều tệp.
part-track = Các giai đoạn xử lý
part-breadcrumb = Đường dẫn trang
part-police-only = Chỉ Công an được xem
part-changed-title = Có người vừa cập nhật sự cố này
part-changed-text = Nội dung bạn nhập vẫn còn. Xin xem phần thay đổi rồi gửi lại.
part-theirs = Nội dung hiện có
part-yours = Nội dung của bạn

# Words that the scripts show; %1 and %2 are filled in by them
js-copied = Đã sao chép
js-sending = Đang gửi…
js-offline = Thiết bị đang mất mạng. Nội dung bạn nhập vẫn được giữ trên thiết bị này.
js-queued = Đã lưu trên thiết bị, sẽ tự gửi khi có mạng. Xin đừng đóng trang này.
js-queue-failed = Đã có mạng nhưng chưa gửi được. Nội dung vẫn còn, xin bấm gửi lại.
js-draft-kept = Đã lưu nháp trên thiết bị này lúc %1.
js-draft-found = Đã khôi phục bản nháp lưu lúc %1.
js-draft-drop = Xóa bản nháp
js-file-big = Tệp này %1, vượt giới hạn %2: hệ thống sẽ không nhận.
js-file-many = Đã chọn %1 tệp, chỉ nhận tối đa %2 tệp.
js-live-lost = Mất kết nối, số liệu có thể đã cũ. Đang thử lại…

# What happened: the official name of Mẫu 05, and the plain words of the report form
category-denial_of_service = Từ chối dịch vụ
category-denial_of_service-plain = Trang web, phần mềm bị nghẽn, nhiều người không vào được
category-phishing = Tấn công giả mạo
category-phishing-plain = Thư, tin nhắn hoặc trang web giả mạo
category-malware = Tấn công sử dụng mã độc
category-malware-plain = Máy nhiễm vi-rút, chạy chậm, hiện cửa sổ lạ
category-unauthorised_access = Truy cập trái phép, chiếm quyền điều khiển
category-unauthorised_access-plain = Có người lạ vào được tài khoản hoặc máy tính
category-defacement = Thay đổi giao diện
category-defacement-plain = Trang web bị sửa, hiện nội dung hoặc hình ảnh lạ
category-data_encryption = Mã hóa phần mềm, dữ liệu, thiết bị
category-data_encryption-plain = Máy bị khóa, tệp không mở được, bị đòi tiền chuộc
category-sabotage = Phá hoại thông tin, dữ liệu, phần mềm
category-sabotage-plain = Dữ liệu bị xóa, bị sửa hoặc bị phá hỏng
category-data_theft = Nghe trộm, gián điệp, lấy cắp thông tin, dữ liệu
category-data_theft-plain = Lộ, mất cắp thông tin, dữ liệu
category-combined_attack = Tấn công kết hợp nhiều hình thức
category-combined_attack-plain = Nhiều dấu hiệu tấn công xảy ra cùng lúc
category-other_attack = Hình thức tấn công khác
category-other_attack-plain = Bị tấn công theo cách khác
category-system_failure = Lỗi hệ thống, thiết bị, phần mềm
category-system_failure-plain = Máy chủ, thiết bị, phần mềm hỏng hoặc báo lỗi
category-line_or_power = Sự cố hạ tầng, đường truyền, nguồn điện
category-line_or_power-plain = Mất mạng, mất điện, đứt đường truyền
category-operator_error = Lỗi của người quản trị, vận hành
category-operator_error-plain = Thao tác nhầm: xóa nhầm, gửi nhầm, cài đặt sai
category-natural_disaster = Thảm họa tự nhiên
category-natural_disaster-plain = Mưa bão, ngập, cháy, sét đánh làm hỏng thiết bị
category-risk = Nguy cơ
category-risk-plain = Chưa có chuyện gì nhưng thấy dấu hiệu đáng ngờ
category-other = Khác
category-other-plain = Không rõ là gì, chuyện khác

# The same in short, for lists and subjects
category-denial_of_service-short = Từ chối dịch vụ
category-phishing-short = Giả mạo
category-malware-short = Mã độc
category-unauthorised_access-short = Truy cập trái phép
category-defacement-short = Thay đổi giao diện
category-data_encryption-short = Mã hóa dữ liệu
category-sabotage-short = Phá hoại dữ liệu
category-data_theft-short = Lấy cắp dữ liệu
category-combined_attack-short = Tấn công kết hợp
category-other_attack-short = Tấn công khác
category-system_failure-short = Lỗi hệ thống
category-line_or_power-short = Đường truyền, nguồn điện
category-operator_error-short = Lỗi vận hành
category-natural_disaster-short = Thảm họa tự nhiên
category-risk-short = Nguy cơ
category-other-short = Khác

# Where an incident stands (TT 20/2017 Điều 11)
state-received = Mới tiếp nhận
state-verifying = Đang xác minh
state-containing = Đang ngăn chặn
state-eradicating = Đang gỡ bỏ
state-recovering = Đang khôi phục
state-reviewing = Đang tổng kết
state-closed = Đã kết thúc
state-rejected = Không phải sự cố
state-merged = Đã gộp

# The same as phases of tasks and of the track
phase-verifying = Xác minh
phase-containing = Ngăn chặn
phase-eradicating = Gỡ bỏ
phase-recovering = Khôi phục
phase-reviewing = Tổng kết

# Priority
priority-low = Thấp
priority-medium = Trung bình
priority-high = Cao
priority-urgent = Khẩn cấp

# Legal class (QĐ 05/2017 Điều 9)
legal-unclassified = Chưa phân loại
legal-ordinary = Sự cố thông thường
legal-serious_proposed = Đề xuất nghiêm trọng
legal-serious = Sự cố nghiêm trọng

# Traffic Light Protocol 2.0: who may be told
tlp-clear = Được công bố rộng rãi
tlp-green = Chia sẻ trong cộng đồng, không công bố
tlp-amber = Chỉ trong cơ quan nhận và đơn vị trực thuộc, phục vụ cần biết
tlp-amber_strict = Chỉ trong cơ quan nhận
tlp-red = Chỉ người nhận trực tiếp

# Flags of an incident
flag-beyond_capacity = Vượt khả năng xử lý
flag-signs_of_crime = Có dấu hiệu tội phạm
flag-personal_data = Liên quan dữ liệu cá nhân

# The two impact questions
services-none = Công việc vẫn bình thường
services-degraded = Làm việc được nhưng chậm, thiếu chức năng
services-stopped = Ngừng hẳn, không làm việc được
people-one = Một người
people-group = Một nhóm, một phòng
people-unit = Cả cơ quan, đơn vị
people-public = Người dân, doanh nghiệp hoặc nhiều cơ quan

# Who may read an entry
audience-everyone = Mọi người trong vụ việc
audience-coordination = Bộ phận điều phối
audience-police = Chỉ Công an

# How a report came in
source-web = Trang web
source-phone = Điện thoại
source-mail = Thư điện tử
source-letter = Công văn, thư
source-monitoring = Hệ thống giám sát
source-api = Kết nối hệ thống (API)
source-national_warning = Cảnh báo của cơ quan điều phối quốc gia

# Dispatches
kind-handle = Xử lý sự cố
kind-support = Hỗ trợ, phối hợp
kind-provide_information = Cung cấp thông tin
kind-provide_logs = Cung cấp nhật ký hệ thống
kind-block = Chặn lọc
kind-restore_connection = Khôi phục kết nối
kind-preserve_evidence = Bảo toàn chứng cứ
kind-investigate = Xác minh, điều tra
kind-for_information = Để biết
dispatch-state-sent = Đã gửi, chờ tiếp nhận
dispatch-state-accepted = Đã tiếp nhận
dispatch-state-refused = Từ chối
dispatch-state-question = Có câu hỏi
dispatch-state-in_progress = Đang thực hiện
dispatch-state-done = Đã hoàn thành
dispatch-state-cancelled = Đã thu hồi
block-active = Đang chặn
block-removal_asked = Đã yêu cầu gỡ chặn
block-removed = Đã gỡ chặn
way-account = qua tài khoản
way-link = qua đường dẫn riêng
way-mail = qua thư điện tử
way-telegram = qua Telegram
way-coordination = do bộ phận điều phối ghi

# Persons and organisations
role-reporter = Người báo sự cố
role-unit_head = Thủ trưởng đơn vị
role-it_officer = Cán bộ chuyên trách CNTT
role-duty_officer = Trực ban
role-coordinator = Điều phối viên
role-responder = Đội ứng cứu
role-leader = Lãnh đạo
role-liaison = Đầu mối đối tác
role-police_liaison = Đầu mối Công an
role-auditor = Kiểm tra viên
role-admin = Quản trị hệ thống
orgkind-department = Sở, ban, ngành
orgkind-district = Huyện, thị xã, thành phố
orgkind-commune = Xã, phường, thị trấn
orgkind-service_unit = Đơn vị sự nghiệp
orgkind-enterprise = Doanh nghiệp
orgkind-police = Công an
orgkind-national = Cơ quan trung ương
orgkind-committee = Ban Chỉ đạo
function-provincial_coordinator = Cơ quan điều phối của tỉnh
function-police = Công an tỉnh
function-telecom_provider = Doanh nghiệp viễn thông, Internet
function-steering_committee = Ban Chỉ đạo
function-national_coordinator = Cơ quan điều phối quốc gia
function-owner = Chủ quản hệ thống thông tin
function-operator = Đơn vị vận hành
rank-main = Đầu mối chính
rank-deputy = Đầu mối dự phòng
contactrole-unit_head = Thủ trưởng đơn vị
contactrole-it_officer = Cán bộ chuyên trách CNTT
contactrole-contact = Đầu mối liên lạc
systemkind-internal = Hệ thống phục vụ hoạt động nội bộ
systemkind-public = Hệ thống phục vụ người dân, doanh nghiệp
systemkind-infrastructure = Hệ thống cơ sở hạ tầng thông tin
systemkind-industrial = Hệ thống điều khiển công nghiệp
systemkind-other = Hệ thống khác

# Messages
delivery-waiting = Chờ gửi
delivery-sending = Đang gửi
delivery-sent = Đã gửi
delivery-delivered = Đã nhận
delivery-failed = Gửi không được
delivery-skipped = Không gửi
channel-mail = Thư điện tử
channel-telegram = Telegram
channel-phone = Gọi điện

# Tasks, evidence, indicators
task-open = Đang mở
task-done = Đã xong
task-skipped = Bỏ qua
wish-required = Phải kèm chứng cứ
wish-none = Không cần chứng cứ
evidence-source-report = Kèm thông báo sự cố
evidence-source-reporter = Người báo gửi bổ sung
evidence-source-web = Tải lên tại trang sự cố
evidence-source-api = Gửi qua API
evidence-source-dispatch = Kèm trả lời phiếu điều phối
evidence-source-chat = Gửi trong phòng ứng cứu
scan-not_scanned = Chưa quét
scan-clean = Không phát hiện mã độc
scan-suspicious = Nghi có mã độc
indicator-ip = Địa chỉ IP
indicator-domain = Tên miền
indicator-url = Đường dẫn
indicator-hash = Mã băm
indicator-email = Địa chỉ thư điện tử
indicator-cve = Lỗ hổng (CVE)
