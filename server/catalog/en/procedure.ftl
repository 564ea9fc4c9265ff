# Questions and requests of playbooks
timeline-question_asked = Asked to decide: { $role ->
    [reporter] reporter
    [unit_head] head of unit
    [it_officer] IT officer
    [duty_officer] duty officer
    [coordinator] coordinator
    [responders] response team
    [leader] leader
    [committee] steering committee
    [parent_unit] parent organisation
    [provider] provider
    [police] police
    [national] national coordinator
   *[other] { $role }
 }
timeline-question_yes = Agreed: { $task_text }
timeline-question_no = Not agreed: { $task_text }
timeline-question_withdrawn = No decision needed any more: { $task_text }
timeline-dispatch_not_sent = The playbook could not send its dispatch to { $organisation }; the coordinators are told
timeline-condition_failed = Step “{ $step }”: its condition could not be told, so it was not done; the coordinators are told
timeline-step_failed = Step “{ $step }” failed{ $reason ->
    [silence] : nobody answered in time
    [undone] : whoever had it could not do it
    [inside] : something inside it failed
    [rounds] : all its rounds are over and it is not done
   *[other] { "" }
 }
timeline-playbook_failed = Step “{ $step }” failed: the playbook turns to what is done then
letter-step_failed-subject = [{ $code }] A step of the playbook failed
letter-step_failed-text = In the incident { $code } at { $organisation } the step “{ $step }” of the playbook failed. Please see its page and decide how to go on.
purpose-step_failed = Step failed
letter-question-subject = [{ $code }] Your decision is needed
letter-question-text = The incident { $code } at { $organisation }, priority { $priority }, needs your decision. Please answer on its page.
letter-step_refused-subject = [{ $code }] A request was refused
letter-step_refused-text = In the incident { $code } at { $organisation } a request was not accepted (step “{ $step }”). Please see why on the incident’s page and find another way.
letter-step_unclear-subject = [{ $code }] A step of the playbook was not done
letter-step_unclear-text = In the incident { $code } at { $organisation } the condition of step “{ $step }” could not be told, so the step was not done. Please look and decide.
purpose-question = Decision
purpose-step_refused = Request refused
purpose-step_unclear = Step not done
question-open = Waits for a decision
question-yes = Agreed
question-no = Not agreed
question-withdrawn = Not needed any more
desk-question-answer = Answer
desk-question-note = A word besides (the reason, if you do not agree)
desk-question-yes = Agree
desk-question-no = Do not agree
playbook-fine = { $file }: no problem. “{ $title }”, version { $version }, { $steps } steps.
