# Reporting, the reporter's page, files, letters.

# Form
report-title = Report an incident
report-heading = Report a security incident
report-lead = It takes about two minutes. No technical terms needed: write what you see.
report-hotline = Very urgent, or no network? Call the hotline { $hotline }.
report-secret = Is there any state secret in what you are going to report?
report-secret-hint = Do not write the content, number or subject of documents stamped MẬT, TỐI MẬT, TUYỆT MẬT and do not send such files through this system (Article 3.2).
report-secret-no = No
report-secret-maybe = Yes, or I am not sure
report-secret-maybe-note = You will see how to report in person; nothing is kept.
report-secret-confirm = I confirm that the word “mật” in the description is no state secret.
report-organisation = Organisation where it happens
report-source = How did the report arrive?
report-drill = This is a drill
report-category = What do you see?
report-category-hint = Choose the closest. A wrong choice does no harm; the duty officer looks again.
report-description = Tell it in your own words
report-description-hint = Which machine, what is on the screen, what was done. No passwords.
report-system = Which system or program is affected?
report-system-none = Not sure, or not in the list
report-system-other = Name of the machine, system or program
report-system-other-hint = For example: the computer at the front desk, the commune's web page.
report-since = Since when?
report-still = Is it still going on?
report-still-yes = Yes, or not sure
report-still-no = It is over
report-services = How is your work affected?
report-people = Who is affected?
report-contact = How can we call you back?
report-contact-hint = Not compulsory. Only those who handle the case see it; it is never sent to providers or others.
report-name = Name
report-phone = Telephone
report-email = E-mail
report-files = Screenshots, related files
report-files-hint = At most 10 files, 25 MB each, 60 MB together. A phone's picture of the screen will do.
report-files-waiting = Files already received, no need to choose them again:
report-files-again = The attached files were not taken. When all is corrected, please choose them again.
report-send = Send the report
report-after = Right after sending you get the incident's code, what to do, and a link to follow it.
report-sent-already = The report before this one was received. If this is something new, send once more; it becomes a report of its own.

report-similar-title = Reported already?
report-similar-heading = Is it one of these incidents?
report-similar-lead = Your organisation has open incidents. If it is the same, your report is added there, so that nobody works twice.
report-similar-question = What you just reported is
report-similar-one = { $code }, received { $at }
report-similar-none = No, this is something else
report-similar-none-note = Opens a new incident
flash-answer-sent = Sent. Those who handle the case are told at once.
flash-contact-kept = The way to reach you is kept.
flash-asked = The question was sent to the reporter.
flash-asked-unreachable = The question stands on the tracking page. The reporter left no address, so no message could go out; call if there is a number.

# State secrets
secret-title = Not through this system
secret-heading = Please report in person, not over the network
secret-nothing-kept = Nothing that you typed was kept, neither files nor the draft on this device.
secret-offline-route = What may be a state secret must not be entered into or sent through this system. Report in person to the head of your organisation and to those who keep state secrets; to the duty officer say only “an incident to be reported in person”, never the content.
secret-step-1 = Unplug the network and switch off Wi-Fi on the machine with the document. Do not switch it off, delete or copy.
secret-step-2 = Tell the head of your organisation and the person in charge of state secrets in person.
secret-step-3 = Call the duty officer and say only: “An incident to be reported in person”. No content by telephone.
secret-step-4 = Somebody in charge comes to you; documents travel by the cipher service only.
secret-hotline = Duty officer: { $hotline } (say only that you have to report in person).
secret-law = Grounds: Articles 3.2 and 5.1.d of Decision 1293/2017/QĐ-UBND; Law on the Protection of State Secrets.
secret-back = Back, there is no secret in my report
refusal-state_secret = What may be a state secret is not accepted through this system; nothing was kept. Please report in person to the head of your organisation and the cipher service.
refusal-file_secret = A file with a mark of secrecy is not accepted through this system (Article 3.2); its content was not kept. Send it by the cipher service.
refusal-evidence_damaged = The stored file is not what was received, so it is not handed out. This is on record; ask the administrator to restore it from the backup.
refusal-evidence_held = The police hold this file as evidence; only they hand it on.
refusal-bad_fields = Some fields need correcting. What you typed is kept.
problem-file_secret = Secret files are not accepted
problem-evidence_damaged = The file is damaged
problem-evidence_held = The file is held

# Refused files
file-refused-secret = The file “{ $name }” carries the mark { $value } and was not accepted (Article 3.2). Its content was not kept; the rest of the report is. Secret documents travel by the cipher service only.
file-refused-too_large = The file “{ $name }” is too large, at most { $value } MB, and was not taken. The rest is kept; compress or split it and add it later.
file-refused-too_many = The file “{ $name }” was not taken: { $value } files at a time. It can be added later.
file-refused-empty = The file “{ $name }” is empty and was not taken.

# Fields to correct
field-empty = Please fill this in.
field-long = At most { $value } characters.
field-control = There are characters that cannot be used. Please delete and type again.
field-email = This is no mail address. For example: name@unit.example
field-secret = Please answer the question about state secrets.
field-secret-word = A word of secrecy stands alone in the text. If it is no state secret, tick the confirmation and send again. Nothing was kept yet.
field-choose = Please choose an answer.
field-unknown = There is no such choice. Please choose again.
field-time = This date and time cannot be read. For example: 22/11/2026 07:05
field-future = This moment has not come yet. Please check date and time.
field-too-old = This is too long ago. Please check the year.
field-files = Please choose at least one file.
field-files-incident = The files of this incident are over { $value } MB together. Please call the duty officer.

# The reporter's page
track-received = Your report was received
track-heading = Follow the incident
track-first-aid = Do this now
track-told = Being told
track-told-none = The report was added to an incident in hand; those who handle it know.
track-hotline = In a hurry, call { $hotline } and read out the code.
track-link = Your tracking link
track-link-keep = Keep this link like a key: whoever has it can read and answer. Copy it, take a picture or write it down; the system cannot send it again.
track-state = How far it is
track-state-received = Received, waiting for the duty officer.
track-state-verifying = The duty officer is verifying what you reported.
track-state-containing = The incident is being kept from spreading.
track-state-eradicating = Its cause is being removed.
track-state-recovering = The system is being brought back.
track-state-reviewing = Recovered, being watched and reviewed.
track-state-closed = The incident is over and closed. Thank you for reporting.
track-state-rejected = On examination this is no security incident. If you see more, please answer below.
track-state-merged = The report was joined with another incident in hand.
track-merged = Handled together with incident { $code }.
track-answer = Answer or add
track-answer-text = Your words
track-answer-hint = Answer a question, tell what is new. No passwords.
track-no-secret = There is no state secret in the text or the files.
track-send = Send
track-said = What you reported
track-contact = How to reach you
track-contact-hint = So that the duty officer can call back and you hear of questions. Only those who handle the case see it.
find-heading = Open the tracking page
find-lead = Paste or type the tracking link that you got when you reported.
find-code = Tracking link
find-code-hint = The whole link, or what comes after /theo-doi/.
find-open = Open
find-over = This link is wrong or no longer valid.
find-over-more = Please check every character, capitals too. If it still does not open, call the duty officer and read out the incident's code.
nav-my-reports = My reports
mine-heading = My reports
mine-sent = Sent
mine-empty = You have reported nothing yet
mine-empty-text = Reports that you send with this account appear here.

# Who was told, and how
told-by-mail = { $role }: by e-mail
told-by-telegram = { $role }: by Telegram
told-by-phone = { $role }: has to be called; the duty officer will call
told-role-unit_head = The head of your organisation
told-role-it_officer = The IT officer of your organisation
told-role-duty_officer = The province's duty officer
told-role-coordinator = The province's coordinator
told-role-leader = The coordinator's leaders
told-role-responders = The response team
told-role-responder = The response team
told-role-reporter = The reporter
told-role-contact = The contact point
told-role-provider = The service provider
told-role-liaison = The partner's contact point
told-role-police = The provincial police
told-role-police_liaison = The provincial police
told-role-parent_unit = The parent organisation
told-role-committee = The steering committee
told-role-national = The national coordinator
told-role-auditor = The auditor
told-role-admin = The administrator
told-received = Your report was received
told-report_added = Your report was added to the incident
told-acknowledged = The duty officer has taken it
told-reporter_asked = A question for you
told-reporter_answered = You answered

# Evidence
evidence-heading = Files, evidence
evidence-empty = No files yet
evidence-empty-text = Screenshots, logs and samples of the incident will be here, with hashes and custody logs.
evidence-held = Held by the police
evidence-opaque = Not one of the usual kinds of file; it may be malware. Open it on an isolated machine only.
evidence-custody = Custody log
evidence-hand = Record a handing over
evidence-hand-to = Handed to
evidence-hold = Hold as evidence
evidence-add = Add files
evidence-note = What it is and where it comes from
evidence-audience = Who may see it
evidence-files-hint = At most 10 files, 25 MB each, 60 MB together.
evidence-send = Upload
custody-received = Received
custody-downloaded = Downloaded
custody-damaged = Hash does not match, not handed out
custody-held = Held by the police
custody-handed_over = Handed over
flash-files-kept = The files are kept and in the custody log.
flash-files-none = No file was taken. The reasons are below.
flash-evidence-held = On record: the police hold this file.
flash-evidence-handed = The handing over is on record.

# What happened
timeline-received = Incident of { $organisation } received by { $source ->
    [web] the web form
    [phone] telephone
    [mail] e-mail
    [letter] letter
    [monitoring] monitoring
    [api] API
    [national_warning] a national warning
   *[other] another way
 }
timeline-report_added = One more report of the same incident, by { $source ->
    [web] the web form
    [phone] telephone
    [mail] e-mail
    [letter] letter
    [monitoring] monitoring
    [api] API
    [national_warning] a national warning
   *[other] another way
 }
timeline-acknowledged = { $actor } has taken it
timeline-run_started = Playbook “{ $playbook }”, version { $version }, started
timeline-run_ended = The playbook ended
timeline-step_late = Step “{ $step }” is late: no answer after { $waited }
actor-engine = The system
actor-playbook = The playbook
step-receive = receive
step-on_site = first action on the spot
step-contain = containing on the spot
step-received = waiting for somebody to take it
step-verify = verifying and triage
step-spokesperson = naming the spokesperson
step-known = telling leaders, asking others
step-triaged = waiting for triage
step-alarm = telling the leaders
step-ask_logs = whether to ask for logs
step-logs = logs from the provider
step-ask_block = whether to ask for blocking
step-block = blocking by the provider
step-ask_support = whether to ask for help
step-support = help from the provider
step-ask_restore = whether to ask for the line
step-restore = the line restored by the provider
step-crime = signs of crime
step-crime_sign = watching for signs of crime
step-crime_refer = referral to the police
step-data = personal data
step-data_sign = watching for personal data
step-data_notice = notice of a personal-data breach
step-gravity = gravity
step-gravity_sign = watching the gravity
step-serious = the test for a serious incident
step-contained = waiting for containment
step-evidence = saving evidence
step-backup_before = backup before cleaning
step-saved = waiting for evidence and backup
step-eradicate = removing the cause
step-eradicated = waiting for removal
step-recover = recovering
step-recovered = waiting for recovery
step-backup_after = backup after cleaning
step-stable = whether it is stable
step-again = containing again
step-settled = waiting for stability
step-review = review
step-once-more = { $step }, call { $n }
timeline-timer_late = Timer { $timer } fired { $late_by } late, because the system was down
timeline-nobody_holds = Step “{ $step }”: nobody holds the role { $role ->
    [reporter] reporter
    [unit_head] head of unit
    [it_officer] IT officer
    [duty_officer] duty officer (nobody is on duty now)
    [coordinator] coordinator
    [responders] response team
    [leader] leader
    [committee] steering committee
    [parent_unit] parent organisation
    [provider] provider
    [police] police
    [national] national coordinator
   *[other] { $role }
 }; the next level is told
timeline-nobody_left = Step “{ $step }”: nobody is left to tell. Somebody has to call now
timeline-clock_breached = Deadline missed: { $clock } ({ $source })
timeline-evidence_added = { $actor } added the file { $file }
timeline-evidence_held = The police hold the file { $file } as evidence
timeline-evidence_handed = { $actor } handed the file { $file } to { $to }
timeline-reporter_asked = { $actor } asked the reporter
timeline-reporter_answered = The reporter answered, with { $files } files
timeline-reporter_contact = The reporter left a way to be reached

# Letters
letter-greeting = Dear { $name },
letter-footer = Automatic message of the incident coordination system, { $province }. Send no state secrets by this mail.
letter-hotline = Duty officer: { $hotline }
letter-above-ceiling = The details do not travel by this channel. Please open the link to read them.
letter-above-subject = [{ $code }] { $priority } priority: please open the page
letter-above-subject-reporter = [{ $code }] News of the incident that you reported
letter-open-incident = Open the incident
letter-acknowledge = Read and acknowledge
letter-follow = Follow the incident
letter-follow-known = Open the tracking page
letter-opening-subject = [{ $code }] New incident at { $organisation }
letter-opening-text = { $organisation } has just reported a security incident, priority { $priority }. The province's duty officer is told. Please see that the steps below are taken at once.
letter-receipt-subject = [{ $code }] Your report was received
letter-receipt-text = Your report was received under the code { $code }. Please take the steps below at once. The link in this message lets you follow, answer and add files; do not pass it on.
letter-acknowledge-subject = [{ $code }] To be acknowledged: { $organisation }, { $priority }
letter-acknowledge-text = A new incident waits to be acknowledged. Open it and acknowledge before the time below; after that the next level is told by itself.
letter-acknowledged-subject = [{ $code }] The duty officer has it
letter-acknowledged-text = The duty officer has acknowledged incident { $code } and is working on it. Please stay reachable and go on with the first steps.
letter-silence-subject = [{ $code }] Nobody has taken it after { $minutes } minutes
letter-silence-text = The incident at { $organisation }, priority { $priority }, has waited { $minutes } minutes without anybody taking it. Please acknowledge it or appoint somebody now.
letter-repeat-subject = [{ $code }] Reminder { $n } of { $of }: still nobody has taken it
letter-repeat-text = This is reminder { $n } of { $of }. The incident at { $organisation }, priority { $priority }, has still not been taken by anybody. Please act now.
letter-vacant-subject = [{ $code }] Nobody holds the role that should be told
letter-vacant-text = Nobody was found in the role { $role ->
    [reporter] reporter
    [unit_head] head of unit
    [it_officer] IT officer
    [duty_officer] duty officer (nobody is on duty now)
    [coordinator] coordinator
    [responders] response team
    [leader] leader
    [committee] steering committee
    [parent_unit] parent organisation
    [provider] provider
    [police] police
    [national] national coordinator
   *[other] { $role }
 } for incident { $code }, so you are told instead. Please acknowledge it or appoint somebody now.
letter-clock-subject = [{ $code }] Deadline missed: { $clock }
letter-clock-text = The deadline “{ $clock }” ({ $source }) of incident { $code } has passed. Please do it now and record why it is late.
letter-task-subject = [{ $code }] A task for you
letter-task-text = You have been given a task in incident { $code } at { $organisation }. When it is done, please write the result on the incident's page.
letter-reporter_question-subject = [{ $code }] A question for you about the incident
letter-reporter_question-text = Those who handle incident { $code } have a question for you. Please open the tracking link that you got when you reported and answer there.
letter-reporter_answer-subject = [{ $code }] The reporter answered
letter-reporter_answer-text = The reporter of incident { $code } at { $organisation } has added information. The whole of it, with the files, is on the incident's page.

fact-code = Incident
fact-title = Title
fact-category = Category
fact-state = State
fact-organisation = Organisation
fact-priority = Priority
fact-due = Due
fact-tlp = Sharing

obstacle-tlp = Its TLP does not allow this recipient; call if need be
obstacle-not-official = Not a registered official mail address (Article 5.1.b); please call
obstacle-no-address = No mail address or Telegram known; please call
obstacle-answered = Answered before it was sent
evidence-tlp = Sharing (TLP)
evidence-task = For the task
evidence-task-none = For no task
field-files-full = The server has no room for files; none was kept. What you typed is still here: send it without files, or again later.
