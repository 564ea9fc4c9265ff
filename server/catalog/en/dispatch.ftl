# Dispatches (phiếu điều phối): letters, the timeline's sentences, refusals, pages.

# Letters to the partner
letter-open-dispatch = Open the dispatch
letter-dispatch-subject = [{ $dispatch }] { $kind }: request to help with an incident
letter-dispatch-text = The province's coordinator sends { $partner } dispatch { $dispatch } ({ $kind }), priority { $priority }. Please accept it, refuse it with a reason, or ask back, by the link below. The link is for the reader of this letter alone; please do not forward it.
letter-dispatch_reminder-subject = [{ $dispatch }] Reminder: { $kind } is due soon or waits for an answer
letter-dispatch_reminder-text = Dispatch { $dispatch } ({ $kind }) to { $partner } waits for an answer. Please open it and say how far it is.
letter-dispatch_late-subject = [{ $dispatch }] Overdue: { $kind }
letter-dispatch_late-text = Dispatch { $dispatch } ({ $kind }) to { $partner } is overdue without an answer. Deputy contacts are asked to take it over now.
letter-dispatch_reply-subject = [{ $dispatch }] Reply to the question of { $partner }
letter-dispatch_reply-text = The coordination desk replied to the question about dispatch { $dispatch } ({ $kind }). Please read it and go on.
letter-dispatch_cancelled-subject = [{ $dispatch }] The dispatch was withdrawn
letter-dispatch_cancelled-text = Dispatch { $dispatch } ({ $kind }) to { $partner } was withdrawn; nothing more is to be done. Its private links no longer work.
letter-dispatch_removal-subject = [{ $dispatch }] Request to lift the block
letter-dispatch_removal-text = { $partner } is asked to lift the block made for dispatch { $dispatch } and to say when it is lifted.

# Letters to the desk
letter-dispatch_answered-subject = [{ $code }] { $partner }: { $answer }, dispatch { $dispatch }
letter-dispatch_answered-text = { $partner } answered dispatch { $dispatch } ({ $kind }): { $answer }.
letter-dispatch_overdue-subject = [{ $code }] Overdue: no answer of { $partner } to dispatch { $dispatch }
letter-dispatch_overdue-text = Dispatch { $dispatch } ({ $kind }) to { $partner } is overdue. Call the contact, or tell the next level.
letter-dispatch_reply_due-subject = [{ $code }] { $partner } waits for a reply about dispatch { $dispatch }
letter-dispatch_reply_due-text = { $partner } asked back about dispatch { $dispatch } ({ $kind }) and waits for a reply; the dispatch is due soon.

# Facts in letters
fact-dispatch-kind = Request
fact-ground = Legal ground
fact-accept-by = To be accepted by
fact-result-by = Result due by
fact-incident = Incident

# Why a message did not leave
obstacle-withdrawn = The dispatch was withdrawn before it was sent

# What happened, for the timeline
timeline-dispatch_sent = { $actor } sent dispatch { $dispatch } to { $organisation }
timeline-dispatch_answered = { $answer ->
    [accept] { $organisation } accepted dispatch { $dispatch }
    [refuse] { $organisation } refused dispatch { $dispatch }
    [ask] { $organisation } asked back about dispatch { $dispatch }
    [progress] { $organisation } reported progress on dispatch { $dispatch }
    [done] { $organisation } reported the result of dispatch { $dispatch }
    [removed] { $organisation } lifted the block of dispatch { $dispatch }
   *[other] { $organisation } answered dispatch { $dispatch }
}
timeline-dispatch_reply = { $actor } replied to the question of { $organisation } about dispatch { $dispatch }
timeline-dispatch_cancelled = { $actor } withdrew dispatch { $dispatch } to { $organisation }
timeline-dispatch_removal = { $actor } asked { $organisation } to lift the block of dispatch { $dispatch }
timeline-dispatch_reminded = { $actor } sent dispatch { $dispatch } to { $organisation } again
timeline-dispatch_overdue = { $organisation } did not answer dispatch { $dispatch } by { $due }

# Refusals and bad fields
refusal-dispatch_state = The dispatch is “{ $state }” and does not take this answer. Somebody may have answered before; open it again to see.
refusal-tlp_forbids = Its TLP does not allow this to be sent to { $recipient }. Choose another recipient, or lower the TLP where that is right.
dispatch-incident-over = the incident is over, no more dispatches are sent
field-dispatch-past = The due time must be in the future.
field-dispatch-far = The due time must be within a year.
field-dispatch-order = The result cannot be due before the acceptance.
field-police-only = For the police alone only when the recipient is the police.

# What an entry of the thread says
dispatch-entry-accept = Accepted
dispatch-entry-refuse = Refused
dispatch-entry-ask = Question
dispatch-entry-progress = Progress
dispatch-entry-done = Done
dispatch-entry-removed = Block lifted
dispatch-entry-reply = Reply
dispatch-entry-cancel = Withdrawn
dispatch-entry-ask_removal = Asked to lift the block
dispatch-entry-remind = Sent again

# Pages
dispatch-list-title = Dispatches
dispatch-list-lead-desk = Requests sent to units, providers and the police.
dispatch-list-lead-own = Requests that the coordinator sent to your organisation.
dispatch-list-empty = No dispatch yet
dispatch-list-empty-text = Dispatches will be listed here.
dispatch-list-empty-filter = No dispatch fits the filter.
dispatch-filter-state = State
dispatch-filter-overdue = Overdue only
dispatch-code = Number
dispatch-to = To
dispatch-from = From
dispatch-kind = Request
dispatch-state = State
dispatch-block = Block
dispatch-ground = Legal ground
dispatch-content = What is asked
dispatch-accept-by = To be accepted by
dispatch-result-by = Result due by
dispatch-due = Due next
dispatch-sent-at = Sent
dispatch-ended-at = Ended
dispatch-tlp = Sharing (TLP)
dispatch-incident = Incident
dispatch-incident-hidden = Not shared with your organisation
dispatch-category = Category
dispatch-priority = Priority
dispatch-request = Request
dispatch-thread = Exchange
dispatch-thread-empty = No answer yet.
dispatch-hidden = For the police alone.
dispatch-files = Files sent with the answers
dispatch-indicators = What to look for
dispatch-indicators-hint = Written so that nothing can be clicked by mistake.
dispatch-police-desk = For the police alone: the desk sees the state, questions and reasons of refusal; answers and files are read by the police only.
dispatch-police-own = Answers and files of this dispatch are read by the police only. Questions and reasons of refusal go to the coordination desk.
dispatch-answer = Answer
dispatch-answer-choose = Your organisation's answer
dispatch-answer-accept = Accept
dispatch-answer-accept-hint = We take this on
dispatch-answer-refuse = Refuse
dispatch-answer-refuse-hint = With the reason
dispatch-answer-ask = Ask back
dispatch-answer-ask-hint = Something must be clear first
dispatch-answer-progress = Report progress
dispatch-answer-progress-hint = Under way, not done
dispatch-answer-done = Report the result
dispatch-answer-done-hint = Say what was done
dispatch-answer-removed = Block lifted
dispatch-answer-removed-hint = The block was lifted as asked
dispatch-answer-text = Your words
dispatch-answer-text-hint = Needed to refuse, ask back, report progress or a result. No state secrets.
dispatch-answer-files = Files
dispatch-answer-send = Send the answer
dispatch-answer-none = This dispatch waits for no more answers.
dispatch-answer-wait = The question was sent. After the desk's reply the dispatch takes answers again.
dispatch-secret-confirm = I confirm that this is no state secret
dispatch-reply = Reply to the question
dispatch-reply-text = Reply to the recipient
dispatch-reply-send = Send the reply
dispatch-cancel = Withdraw
dispatch-cancel-text = Why it is withdrawn
dispatch-cancel-hint = Private links end and the recipient is told.
dispatch-remind = Send again
dispatch-remind-hint = Sends the letter again with new links; the old links end.
dispatch-removal = Ask to lift the block
dispatch-removal-text = Why, and what is to be lifted
dispatch-print = Print
dispatch-back-list = All dispatches
dispatch-new-title = Send a dispatch
dispatch-new-lead = One request to one organisation about this incident. The recipient answers by account or by a private link.
dispatch-new-to = Recipient
dispatch-new-to-hint = Type a name or key and choose from the list.
dispatch-new-near = Most often needed
dispatch-new-kind = Request
dispatch-new-ground = Legal ground
dispatch-new-ground-hint = Điều 11.2 for telecom and Internet providers, Điều 10 for the police, Điều 9.2.b otherwise (regulation of QĐ 1293/2017/QĐ-UBND).
dispatch-new-content = What is asked
dispatch-new-content-hint = What to do, how far, how to send the result. Do not name the reporter; no state secrets.
dispatch-new-accept-by = To be accepted by
dispatch-new-result-by = Result due by
dispatch-new-tlp = Sharing (TLP)
dispatch-new-police-only = Answers are read by the police alone
dispatch-new-send = Send the dispatch

# After a write
flash-dispatch-sent = The dispatch was sent.
flash-dispatch-answered = The answer was recorded. The coordination desk was told.
flash-dispatch-replied = The reply was sent.
flash-dispatch-cancelled = The dispatch was withdrawn.
flash-dispatch-reminded = The dispatch was sent again.
flash-dispatch-removal = The partner was asked to lift the block.

# The magic link's page
magic-title = Dispatch
magic-for = A private link sent to { $name }, valid until { $until }. Please do not forward it.
magic-gone-title = This link cannot be used
magic-gone-text = The link has expired, was withdrawn or is wrong. If a dispatch still needs your answer, ask the coordination desk for a new link.
magic-gone-call = Duty officer: { $hotline }

# The paper
dispatch-paper-title = DISPATCH
dispatch-paper-number = No.: ……… /PĐP
dispatch-paper-number-hint = The records office gives the number.
dispatch-paper-place = ………, date …… month …… year ………
dispatch-paper-republic = SOCIALIST REPUBLIC OF VIET NAM
dispatch-paper-motto = Independence - Freedom - Happiness
dispatch-paper-to = To: { $to }
dispatch-paper-system-code = Code in the system: { $code }
dispatch-paper-signer = COMPETENT PERSON
dispatch-paper-signature = (Digital signature)
dispatch-paper-answer = The recipient's answer
field-file-refused = The file { $value } was not taken: empty, too large, one too many, or marked as a state secret.
