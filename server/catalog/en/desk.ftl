# The coordination desk
desk-title = Incident queue
desk-register = Register a report
desk-tab-open = Open
desk-tab-unacknowledged = Nobody has it
desk-tab-overdue = Overdue
desk-tab-mine = Mine
desk-tab-closed = Closed
desk-tab-all = All
desk-search-hint = Code or words
desk-more-filters = More filters
desk-organisation-key = Organisation key
desk-empty = No incidents
desk-empty-text = Nothing fits this choice among what you may see.
desk-incident = Incident
desk-received = Received
desk-due = Due
desk-unacknowledged = Nobody has it

# The incident
desk-acknowledge = Take the incident
desk-facts = Facts
desk-organisation = Organisation concerned
desk-impact = Impact
desk-still = Still going on
desk-occurred = Occurred
desk-detected = Detected
desk-acknowledged = Acknowledged
desk-response-ended = Response ended
desk-closed-at = Closed
desk-lead = Lead
desk-clocks = Deadlines
desk-clock-meet = Record that it is met
desk-clock-note = Number and date of the letter, or how it was done
desk-told = Who was told
desk-told-sum = { $persons } persons to tell: { $reached } reached, { $waiting } on the way, { $untold } not told.
desk-untold = Not told: call them
desk-messages = Delivery ledger
desk-recipient = Recipient
desk-channel = Channel
desk-purpose = Purpose
desk-created = Created
desk-sent = Sent
desk-reports = Reports received
desk-ask = Ask the reporter
desk-ask-text = Question
desk-ask-button = Send the question
desk-evidence = Evidence
desk-evidence-open = See or add evidence
desk-indicators = Indicators
desk-related = Related incidents
desk-relation = Relation
desk-relation-link = Related
desk-relation-parent = Part of the campaign
desk-relation-child = Part of this campaign
desk-relation-merged = Merged into this one
desk-relation-merged_into = This one was merged into
desk-relation-indicator = Shares an indicator
desk-link = Link an incident
desk-unlink = Undo the link
desk-other-code = Code of the other incident
desk-members = Response team
desk-member-add = Put somebody on the case
desk-member-email = Mail address of the responder
desk-member-remove = Take { $name } off the case
desk-lead-take = Take the lead
desk-lead-other = Or give it to somebody (mail address)
desk-triage = Triage
desk-triage-button = Save triage
desk-proposed = (proposed)
desk-decide-class = Decide the legal class
desk-state = Next phase
desk-state-to = Move to
desk-state-button = Change phase
desk-tasks = Tasks
desk-task-add = Give a task
desk-task-text = What to do
desk-task-role = For a role
desk-task-assignee = Or for a person (mail address)
desk-task-evidence = Evidence
desk-task-settle = Report on this task
desk-task-note = What was done, or why not
desk-task-done = Done
desk-task-skip = Skip
desk-dispatch-to = To (organisation key)
desk-dispatch-kind = Asked for
desk-dispatch-ground = Legal ground
desk-dispatch-content = Content
desk-dispatch-send = Send the dispatch
desk-dispatch-more = Deadlines, sharing, police only
desk-note = Note
desk-note-text = Text
desk-note-button = Save the note
desk-audience = Who may read it
desk-secret-confirm = I confirm that this is no state secret
desk-timeline = Timeline
desk-close = Close the case
desk-close-button = Close the case
desk-summary = Summary: what happened, what was done
desk-lessons = Lessons
desk-closing = Closing
desk-closer-led = You led this case. Somebody else checks and closes it.
desk-obstacles = The case cannot be closed yet:
desk-reject = Not an incident
desk-merge = Merge into another incident
desk-merge-text = Reports, evidence and history stay where they are; it can be undone.
desk-merge-into = Code of the incident that stays
desk-merged-into = This incident was merged into
desk-unmerge = Undo the merge
desk-reopen = Reopen the case
desk-reopen-reason = Why (at least 10 characters)

# Names of fields, where they change
desk-field-title = Title
desk-field-category = Category
desk-field-priority = Priority
desk-field-legal_class = Legal class
desk-field-legal_decision = Decision number
desk-field-tlp = Sharing (TLP)
desk-field-signs_of_crime = Signs of crime
desk-field-beyond_capacity = Beyond capacity
desk-field-personal_data = Personal data
desk-field-system = System
desk-field-organisation = Organisation
desk-field-state = State
desk-field-lead = Lead
desk-minutes = { $minutes } minutes

# After a write
flash-desk-acknowledged = You have it now. The unit is being told.
flash-desk-triaged = Triage saved.
flash-desk-state = The phase was changed.
flash-desk-noted = Note saved.
flash-desk-task = The task was given.
flash-desk-task-settled = The task's result was kept.
flash-desk-clock-met = The deadline is recorded as met.
flash-desk-linked = Links updated.
flash-desk-merged = Merged. It can be undone.
flash-desk-unmerged = The merge was undone.
flash-desk-rejected = Kept as not an incident. It can be reopened.
flash-desk-reopened = The case was reopened.
flash-desk-closed = Closed. Everybody who was told of the beginning is told of the end.
flash-desk-members = The team was updated.
flash-desk-lead = The lead was changed.

# Why not
refusal-wrong_state = The incident is “{ $from }” and cannot become “{ $to }”.
refusal-already_acknowledged = Somebody has this incident already.
refusal-not_ready = Not yet: { $missing }.
refusal-clock_met = This deadline was recorded as met before, or has stopped. Load the page again to see.
obstacle-acknowledge = this deadline stops only when somebody acknowledges the incident
refusal-closer_led = Who led the case does not close it. Ask somebody else to check and close it.
not-ready-tasks = a mandatory task is not done
not-ready-dispatches = a dispatch is not answered
not-ready-evidence = this task asks for evidence; upload the file first
field-short = Write at least { $value } characters.
field-incident = There is no such incident. Check the code, like SC-2026-000123.
field-same-incident = This is the incident itself.
field-over = This incident is over.
field-not-linked = The two are not linked like this.
field-circle = This link would close a circle.
field-account = There is no active account with this address.
field-account-blind = This person does not see the incident; put them on the case first.
field-responder = This person is no responder.
field-assignee = Choose a role, or give the mail address of who does it.
field-past = This time has passed.
field-decision = A serious incident needs the number of the decision.
field-before-detected = This is before the incident was detected.
field-cursor = The page's address is not valid. Go back to the start of the list.

# The timeline
timeline-other = Something happened
timeline-triaged = Triage: { $category ->
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
  }, priority { $priority ->
    [low] { priority-low }
    [medium] { priority-medium }
    [high] { priority-high }
   *[urgent] { priority-urgent }
  }
timeline-state = From “{ $from ->
    [received] { state-received }
    [verifying] { state-verifying }
    [containing] { state-containing }
    [eradicating] { state-eradicating }
    [recovering] { state-recovering }
    [reviewing] { state-reviewing }
    [closed] { state-closed }
    [rejected] { state-rejected }
   *[merged] { state-merged }
  }” to “{ $to ->
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
timeline-state_back = Not stable, back to “{ $to ->
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
timeline-state_reason = The reason
timeline-note = Note
timeline-lead = { $lead } leads the case
timeline-rejected = Not an incident
timeline-reopened = The case was reopened
timeline-closed = Closed; the response ended at { $ended }
timeline-closing_report = Summary of the closing
timeline-task_added = A task was given
timeline-task_done = Task done: { $task_text }
timeline-task_skipped = Task skipped: { $task_text }
timeline-task_left = Task left when the case was closed: { $task_text }
timeline-member_added = { $member } was put on the case
timeline-member_removed = { $member } was taken off the case
timeline-linked = Linked with { $other }
timeline-unlinked = The link with { $other } was undone
timeline-parent_set = Put below { $other }
timeline-parent_removed = Taken out of { $other }
timeline-child_added = { $other } was put below this one
timeline-child_removed = { $other } was taken out of this one
timeline-merged = Merged into another incident
timeline-merged_into = Merged into { $other }
timeline-merged_from = { $other } was merged into this one
timeline-unmerged = The merge was undone, back to “{ $to ->
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
timeline-unmerged_from = Taken apart from { $other }

# Letters
fact-ended = Response ended
letter-open-dispatches = See the dispatches
letter-state_changed-subject = { $code }: next phase
letter-state_changed-text = Incident { $code } at { $organisation } has moved to its next phase.
letter-rejected-subject = { $code }: not an incident
letter-rejected-text = After verification, what was reported at { $organisation } ({ $code }) is not an incident. Please report again if you see more.
letter-reopened-subject = { $code }: reopened
letter-reopened-text = The case { $code } at { $organisation } was reopened.
letter-closing-subject = { $code }: closed
letter-closing-text = Incident { $code } at { $organisation } has been handled and the case is closed.
letter-merged-subject = { $code }: merged with another incident
letter-merged-text = Incident { $code } is handled together with another one of the same cause.
letter-unmerged-subject = { $code }: handled on its own again
letter-unmerged-text = Incident { $code } is handled on its own again.
letter-member-subject = { $code }: you are on the case
letter-member-text = You were put on the response to { $code } at { $organisation }, priority { $priority }.
letter-lead-subject = { $code }: you lead the case
letter-lead-text = You were given the lead of { $code } at { $organisation }, priority { $priority }.

# Why a message was sent
purpose-opening = Opening
purpose-receipt = Receipt
purpose-acknowledge = Please acknowledge
purpose-silence = Silence
purpose-repeat = Again
purpose-vacant = Nobody holds the role
purpose-acknowledged = Acknowledged
purpose-clock = Deadline missed
purpose-task = Task
purpose-state_changed = Phase changed
purpose-rejected = Not an incident
purpose-reopened = Reopened
purpose-closing = Closing
purpose-merged = Merged
purpose-unmerged = Unmerged
purpose-member = On the case
purpose-lead = Lead
purpose-dispatch = Dispatch
purpose-dispatch_answered = Dispatch answered
purpose-dispatch_reminder = Dispatch reminder
purpose-dispatch_overdue = Dispatch overdue
purpose-dispatch_cancelled = Dispatch cancelled
purpose-reporter_question = Question to the reporter
purpose-reporter_answer = Answer of the reporter
role-contact = Contact point
timeline-task_overdue = Task overdue: { $task_text }
