# The first page, common errors.
home-title = Home
home-heading = Seen a security incident? Report it now.
home-lead = Whoever finds a risk or an incident must report it promptly (Article 12.2.b, Decision 1293/2017/QĐ-UBND). It takes two minutes, and you learn at once what to do.
home-report = Report an incident
home-follow = See a report you sent
home-next = After you report
home-next-1 = You get the incident's code, what to do on the spot, and a link to follow it.
home-next-2 = The duty officer and your office's officers are told at once; if somebody stays silent, the next level hears of it.
home-next-3 = Answer questions, add pictures and see how it ends on the tracking page, without an account.
home-hotline = Without a network, call the hotline: { $hotline }

problem-not_found = Not found
problem-not_found-text = There is nothing here, or you may not see it. Check the address or the incident's code.
problem-stale = Somebody changed this meanwhile
problem-stale-text = Somebody else was first. Look at the change and send again; what you typed is still on the previous page.
problem-too_large = Too large
problem-too_large-text = What you sent is larger than { $limit } MiB. Send less, or in several parts.
problem-internal = Something went wrong here
problem-internal-text = It is on record. Try again; if it happens again, call the duty officer and read out the request's code below. What was confirmed is kept.
problem-unavailable = The service is busy
problem-unavailable-text = Nothing can be written for the moment, and nothing is lost. Try again in a few minutes; if it is urgent, call the duty officer.
problem-sign_in_first = Sign in first
problem-not_allowed = Not allowed
problem-change_password_first = Change your password first
problem-prove_first = Confirm your password first
problem-totp_enrol_first = Set up two-step sign-in first
problem-totp_needed = A code is needed
problem-totp_wrong = Wrong code
problem-wrong_password = Not signed in
problem-too_many_attempts = Too many attempts
problem-too_many_requests = Too many requests
problem-link_not_valid = This link cannot be used
problem-wrong_csrf = This page is out of date
problem-bad_fields = Some fields need a change
problem-state_secret = No state secrets here
problem-wrong_state = The state cannot change so
problem-dispatch_state = The request takes this answer no more
problem-already_acknowledged = Somebody has it already
problem-clock_met = The deadline has stopped
problem-not_ready = Not ready yet
problem-closer_led = Somebody else must close it
problem-tlp_forbids = The sharing level forbids it
problem-key_reused = The key does not fit
problem-key_under_way = A request with this key took effect
problem-exists = Exists already
refusal-key_reused = This Idempotency-Key was used with another body. Use a new key.
refusal-key_under_way = A request with this Idempotency-Key took effect, but its answer is not there yet, or no more. Ask again in a moment, or look at the record.
field-key = An Idempotency-Key is plain text of 1 to { $value } characters.
field-body = The body cannot be read (wrong encoding, syntax, or a missing field). Send it again.

letter-anchor-subject = Today's anchor of the audit trail
letter-anchor-text = This is the audit trail's last link this morning. Keep this message: whenever the trail is verified, the hash below must stand in its export.
fact-audit-seq = Number
fact-audit-hash = Hash
letter-open-audit = Open the audit trail

timeline-clock_met = { $actor } recorded as met: { $clock } ({ $source })

timeline-delivery_failed =
    { $channel ->
        [mail] { $name } could not be reached by mail
        [matrix] { $name } could not be reached by Matrix
        [telegram] { $name } could not be reached by Telegram
       *[other] { $name } could not be reached by telephone
    }
