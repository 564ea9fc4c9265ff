# The frame of every page, its parts, and the labels of all code lists.

# The frame of every page
base-brand = điều phối
base-place = Network-security incident coordination of the province
base-place-short = Network incidents
base-skip = Skip to main content
base-demo = Demonstration with invented data.
base-demo-more = No mail or message leaves; all are kept in the demonstration mailbox.
base-other-language = Tiếng Việt
base-theme = Appearance
base-theme-auto = As the device
base-theme-light = Light
base-theme-dark = Dark
base-menu = Menu
base-navigation = Main navigation
base-no-secrets = Do not enter state secrets, neither text nor documents.
base-footer = Incident coordination system

# Navigation
nav-home = Home
nav-queue = Incidents
nav-report = Report an incident
nav-dispatches = Dispatches
nav-prepare = Preparation
nav-directory = Directory
nav-organisations = Organisations
nav-systems = Information systems
nav-accounts = Accounts
nav-audit = Audit trail
nav-mailbox = Demonstration mailbox
nav-me = My account
nav-sign-in = Sign in
nav-sign-out = Sign out

# The error page
error-code = Error
error-home = To the home page
error-report = Report an incident
error-request = When you ask for help, give this request number:

# Parts of pages
part-overdue = Overdue
part-soon = Due soon
part-met = Met
part-drill = DRILL
part-errors-title = Not sent yet: please correct the following
part-errors-kept = What you typed has been kept.
part-error-prefix = Error:
part-optional = (optional)
part-choose = Choose…
part-first = Back to the start
part-next = Next page
part-pager = Pages
part-sha256 = SHA-256
part-copy = Copy
part-print = Print this page
part-cancel = Cancel
part-save = Save
part-back = Back
part-reason = Reason
part-reason-hint = Goes into the record and cannot be changed later.
part-yes = Yes
part-no = No
part-none = None yet
part-search = Search
part-filter = Filter
part-clear-filter = Clear filters
part-all = All
part-files-hint = You can choose several files.
part-track = Phases of handling
part-breadcrumb = Breadcrumb
part-police-only = Police only
part-changed-title = Somebody has just changed this incident
part-changed-text = What you typed is kept. Please look at what changed and send again.
part-theirs = What is there now
part-yours = What you typed

# Words that the scripts show; %1 and %2 are filled in by them
js-copied = Copied
js-sending = Sending…
js-offline = This device is offline. What you type is kept on this device.
js-queued = Saved on this device; it will be sent when the network is back. Please leave this page open.
js-queue-failed = The network is back but sending failed. Everything is kept; please send again.
js-draft-kept = Draft kept on this device at %1.
js-draft-found = Draft of %1 restored.
js-draft-drop = Discard draft
js-file-big = This file has %1, above the limit of %2: it will be refused.
js-file-many = %1 files chosen, at most %2 are accepted.
js-live-lost = Connection lost; what you see may be old. Trying again…

# What happened: the official name of Mẫu 05, and the plain words of the report form
category-denial_of_service = Denial of service
category-denial_of_service-plain = A website or service is flooded and people cannot get in
category-phishing = Phishing, spoofing
category-phishing-plain = A false mail, message or website
category-malware = Malware
category-malware-plain = A computer has a virus, is slow or shows strange windows
category-unauthorised_access = Unauthorised access, takeover
category-unauthorised_access-plain = A stranger got into an account or computer
category-defacement = Defacement
category-defacement-plain = The website was changed and shows strange text or pictures
category-data_encryption = Encryption of data or devices (ransomware)
category-data_encryption-plain = The computer is locked, files do not open, money is demanded
category-sabotage = Sabotage of information, data, software
category-sabotage-plain = Data was deleted, altered or destroyed
category-data_theft = Eavesdropping, espionage, data theft
category-data_theft-plain = Information leaked or was stolen
category-combined_attack = Combined attack
category-combined_attack-plain = Several signs of attack at the same time
category-other_attack = Other attack
category-other_attack-plain = An attack of another kind
category-system_failure = Failure of system, device or software
category-system_failure-plain = A server, device or program broke or shows errors
category-line_or_power = Infrastructure, line or power failure
category-line_or_power-plain = No network, no power, a cut line
category-operator_error = Operator error
category-operator_error-plain = A mistake: deleted, sent or set up wrongly
category-natural_disaster = Natural disaster
category-natural_disaster-plain = Storm, flood, fire or lightning damaged equipment
category-risk = Risk, not yet an incident
category-risk-plain = Nothing happened yet, but something looks suspicious
category-other = Other
category-other-plain = Not sure, something else

# The same in short, for lists and subjects
category-denial_of_service-short = Denial of service
category-phishing-short = Phishing
category-malware-short = Malware
category-unauthorised_access-short = Unauthorised access
category-defacement-short = Defacement
category-data_encryption-short = Ransomware
category-sabotage-short = Sabotage
category-data_theft-short = Data theft
category-combined_attack-short = Combined attack
category-other_attack-short = Other attack
category-system_failure-short = System failure
category-line_or_power-short = Line or power
category-operator_error-short = Operator error
category-natural_disaster-short = Natural disaster
category-risk-short = Risk
category-other-short = Other

# Where an incident stands (TT 20/2017 Điều 11)
state-received = Received
state-verifying = Verifying
state-containing = Containing
state-eradicating = Eradicating
state-recovering = Recovering
state-reviewing = Reviewing
state-closed = Closed
state-rejected = Not an incident
state-merged = Merged

# The same as phases of tasks and of the track
phase-verifying = Verify
phase-containing = Contain
phase-eradicating = Eradicate
phase-recovering = Recover
phase-reviewing = Review

# Priority
priority-low = Low
priority-medium = Medium
priority-high = High
priority-urgent = Urgent

# Legal class (QĐ 05/2017 Điều 9)
legal-unclassified = Unclassified
legal-ordinary = Ordinary
legal-serious_proposed = Serious proposed
legal-serious = Serious

# Traffic Light Protocol 2.0: who may be told
tlp-clear = May be published
tlp-green = May be shared within the community, not published
tlp-amber = Recipient's organisation and its clients, need to know
tlp-amber_strict = Recipient's organisation only, need to know
tlp-red = Named recipients only

# Flags of an incident
flag-beyond_capacity = Beyond capacity
flag-signs_of_crime = Signs of crime
flag-personal_data = Personal data

# The two impact questions
services-none = Work goes on as usual
services-degraded = Work goes on, but slowly or in part
services-stopped = Work has stopped
people-one = One person
people-group = A group, one section
people-unit = The whole organisation
people-public = Citizens, enterprises or several organisations

# Who may read an entry
audience-everyone = Everyone on the case
audience-coordination = Coordination team
audience-police = Police only

# How a report came in
source-web = Web form
source-phone = Phone
source-mail = E-mail
source-letter = Letter
source-monitoring = Monitoring
source-api = API
source-national_warning = National warning

# Dispatches
kind-handle = Handle the incident
kind-support = Support
kind-provide_information = Provide information
kind-provide_logs = Provide logs
kind-block = Block or filter
kind-restore_connection = Restore the connection
kind-preserve_evidence = Preserve evidence
kind-investigate = Investigate
kind-for_information = For information
dispatch-state-sent = Sent, awaiting acceptance
dispatch-state-accepted = Accepted
dispatch-state-refused = Refused
dispatch-state-question = Question asked
dispatch-state-in_progress = In progress
dispatch-state-done = Done
dispatch-state-cancelled = Cancelled
block-active = Blocked
block-removal_asked = Removal asked
block-removed = Removed
way-account = by account
way-link = by personal link
way-mail = by e-mail
way-telegram = by Telegram
way-coordination = entered by the coordination desk

# Persons and organisations
role-reporter = Reporter
role-unit_head = Head of unit
role-it_officer = IT officer
role-duty_officer = Duty officer
role-coordinator = Coordinator
role-responder = Responder
role-leader = Leader
role-liaison = Partner liaison
role-police_liaison = Police liaison
role-auditor = Auditor
role-admin = Administrator
orgkind-department = Provincial department
orgkind-district = District
orgkind-commune = Commune
orgkind-service_unit = Public service unit
orgkind-enterprise = Enterprise
orgkind-police = Police
orgkind-national = National body
orgkind-committee = Committee
function-provincial_coordinator = Provincial coordinator
function-police = Police
function-telecom_provider = Telecom or Internet provider
function-steering_committee = Steering committee
function-national_coordinator = National coordinator
function-owner = System owner
function-operator = Operator
rank-main = Main
rank-deputy = Deputy
contactrole-unit_head = Head of unit
contactrole-it_officer = IT officer
contactrole-contact = Contact point
systemkind-internal = Internal system
systemkind-public = Public-facing system
systemkind-infrastructure = Infrastructure system
systemkind-industrial = Industrial control system
systemkind-other = Other system

# Messages
delivery-waiting = Waiting
delivery-sending = Sending
delivery-sent = Sent
delivery-delivered = Delivered
delivery-failed = Failed
delivery-skipped = Skipped
channel-mail = E-mail
channel-telegram = Telegram
channel-phone = Phone call

# Tasks, evidence, indicators
task-open = Open
task-done = Done
task-skipped = Skipped
wish-required = Evidence required
wish-none = No evidence needed
evidence-source-report = With the report
evidence-source-reporter = Added by the reporter
evidence-source-web = Uploaded on the incident page
evidence-source-api = Sent by API
evidence-source-dispatch = With an answer to a dispatch
evidence-source-chat = Sent in the responders' room
scan-not_scanned = Not scanned
scan-clean = Clean
scan-suspicious = Suspicious
indicator-ip = IP address
indicator-domain = Domain
indicator-url = URL
indicator-hash = Hash
indicator-email = E-mail address
indicator-cve = Vulnerability (CVE)
