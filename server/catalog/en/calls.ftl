# Situation reports, the next level now, silence for oneself.
desk-situation = Situation report
desk-situation-write = Write a situation report
desk-situation-button = Save the situation report
situation-conditions = Conditions
situation-actions = Actions
situation-needs = Needs
flash-desk-situation = Situation report saved.
timeline-situation = Situation report
audit-did-incident_situation = Reported the situation of an incident
desk-escalate = Escalate now
desk-escalate-text = The next level of the procedure is told at once, before its time. Where the procedure waits for nobody, the leaders are told, and after them the steering committee. Whoever is told reads the reason.
flash-desk-escalated = Escalated.
timeline-escalated = { $actor } escalated{ $to ->
    [leader] { " " }to the leaders
    [committee] { " " }to the steering committee
   *[other] { " " }before the procedure's time
 }
timeline-step_escalated = Step “{ $step }”: escalated before its time, as was asked
audit-did-incident_escalate = Escalated an incident
letter-escalated-subject = [{ $code }] { $by } asks you to step in now
letter-escalated-text = Incident { $code } at { $organisation }, priority { $priority }, needs you now: { $by } does not wait for the procedure's time. The reason:
purpose-escalated = Escalated by a person
obstacle-escalated-now = somebody escalated less than a minute ago; see the timeline, and escalate again if it is still needed
obstacle-nobody-above = there is no leader and no steering committee to tell; please telephone now
obstacle-case-over = the case is over
desk-snooze = Silence for me
desk-snooze-text = Only your own messages of this incident wait. The procedure goes on, and others are told. Anything that you do on the incident ends it.
desk-snooze-span = For how long
desk-snooze-button = Silence
desk-snoozed-until = Your messages of this incident wait until { $until }.
snooze-15 = 15 minutes
snooze-60 = 1 hour
snooze-240 = 4 hours
flash-desk-snoozed = Your messages wait.
timeline-snoozed = { $actor } put off the own messages until { $until }
audit-did-incident_snooze = Put off the own messages of an incident
obstacle-snooze-urgent = the incident is urgent: its messages are never put off
