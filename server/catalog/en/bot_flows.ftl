# Commands of several steps: dispatches, situation, evidence, a new incident, drills, closing

bot-cmd-baosuco = Report a new incident
bot-cmd-tinhhinh = Situation report: /sitrep [code] [conditions]
bot-cmd-chungcu = Evidence: send a photo or a file with /evidence [code] as its caption
bot-cmd-hoinguoibao = Ask the reporter: /askreporter [code] [question]
bot-cmd-baocaptren = Escalate now: /escalate [code] [reason]
bot-cmd-hoan = Silence for me: /snooze [code] [15m, 1h, 4h]
bot-cmd-duyet = Say yes to what a playbook asks: /approve [code]
bot-cmd-khongduyet = Say no: /refuse [code] [reason]
bot-cmd-phieu = Send a dispatch: /dispatch [code]
bot-cmd-traloi = Answer a dispatch to my organisation: /answer [dispatch]
bot-cmd-dong = Close a case: /close [code]
bot-cmd-dientap = Start a drill

# Field by field
bot-flow-optional = Send “-” to leave it empty.
bot-flow-now = Now
bot-flow-check = Look it over, then press to do it
bot-flow-check-above = All that you typed is there. It is not repeated here. Press to do it.
bot-flow-secret = A word of secrecy stands alone in the text. Go on only if you are sure that it is no state secret; if it may be one, press Stop, delete what you sent and use the offline route.
bot-flow-do = Do it
bot-flow-not-secret = No secret: do it
bot-flow-stop = Stop

# Dispatches
bot-ask-dispatch-to = To which organisation? Choose, or type its key or name.
bot-ask-dispatch-kind = What is asked?
bot-ask-dispatch-ground = On which ground? Choose the proposed one, or type another.
bot-ask-dispatch-content = What exactly is asked? Write enough for it to be done.
bot-ask-dispatch-accept = To be accepted by when? For example 14:30, 25/11 08:00, +2h. Empty: the time that the rules give.
bot-ask-dispatch-result = When is the result due? Empty: the time that the rules give.
bot-field-to = To
bot-field-kind = Asked
bot-field-ground = Ground
bot-field-content = Text
bot-field-accept = Accept by
bot-field-result = Result by
bot-done-dispatch = Dispatch { $code } sent
bot-open-dispatch = Open the dispatch
bot-open-dispatches = Open the dispatches
bot-dispatches = { $count ->
    [one] { $count } dispatch waits for your organisation
   *[other] { $count } dispatches wait for your organisation
 }
bot-ask-dispatch-answer = Dispatch { $code }, { $answer }: write your answer.
bot-done-dispatch-answer = Dispatch { $code } answered: { $answer }

# Situation, reporter, decisions, escalation, silence
bot-ask-conditions = How do things stand?
bot-ask-actions = What was done?
bot-ask-needs = What is needed?
bot-ask-reporter = Ask the reporter what? The reporter reads your very words.
bot-done-asked = Question sent to the reporter
bot-ask-escalate = Why must it be escalated now? Whoever is told reads it.
bot-choose-snooze = For how long shall your messages wait?
bot-questions = { $count ->
    [one] { $count } question waits for a decision
   *[other] { $count } questions wait for a decision
 }
bot-press-yes = Yes to #{ $number }
bot-press-no = No to #{ $number }
bot-ask-why-not = Why not?
bot-done-yes = Recorded: yes
bot-done-no = Recorded: no
bot-question-settled = This question was decided already, or needs no answer any more.

# Evidence
bot-ask-evidence = Send a photo or a file (at most { $limit } MB each). A larger one goes by the page. When done, /cancel.
bot-ask-evidence-above = Send a photo or a file here, or use the page. When done, /cancel.
bot-evidence-file = A file is awaited. Send a photo or a file, or /cancel.
bot-done-evidence-short = Evidence kept
bot-done-evidence = File { $name }, SHA-256 { $hash }…
bot-evidence-large = { $name } is larger than { $limit } MB and cannot be taken here. Please use the incident's evidence page.
bot-evidence-failed = { $name } could not be fetched. Please use the incident's evidence page.
bot-evidence-not = The file was not taken. Please use the incident's evidence page.
bot-open-upload = Use the page

# New incident, drill, closing
bot-ask-secret = May it contain state secrets? If it may, send nothing here.
bot-secret-no = No
bot-secret-maybe = It may
bot-field-secret = State secret
bot-ask-organisation = At which organisation? Choose, or type its key or name.
bot-ask-category = What is it most like?
bot-ask-description = What do you see? In your own words, no passwords.
bot-field-description = Description
bot-ask-detected = When was it noticed? For example 14:30, 22/11 08:00.
bot-ask-still = Is it still going on?
bot-ask-services = What works no more?
bot-field-services = Effect
bot-ask-people = Who feels it?
bot-field-people = Who feels it
bot-ask-system = Which system or machine?
bot-done-report = Incident { $code } received
bot-ask-playbook = By which playbook?
bot-field-playbook = Playbook
bot-ask-scenario = What is played?
bot-field-scenario = Scenario
bot-ask-goal = What is to be learnt?
bot-field-goal = Goal
bot-ask-speed = How many times faster?
bot-done-drill = Drill { $code } started
bot-ask-ended = When did the response end? For example 14:30, 22/11 08:00.
bot-ask-summary = What happened, and what was done?
bot-ask-lessons = What is to be done better?
bot-done-closed = Case closed
