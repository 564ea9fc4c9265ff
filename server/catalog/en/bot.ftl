# The bot in the room (Telegram): commands, buttons, questions

# The commands
bot-cmd-nhan = Acknowledge an incident: /ack [code]
bot-cmd-xem = Show an incident: /show [code]
bot-cmd-chutri = Take the lead, or name who leads: /take [code] [mail]
bot-cmd-them = Put somebody on the case: /add [code] [mail]
bot-cmd-giao = Give a task: /assign [code] [mail] [text]
bot-cmd-uutien = Set the priority: /priority [code] [priority]
bot-cmd-trangthai = Set the state: /state [code] [state] [reason]
bot-cmd-ghichu = Note something in the case: /note [code] [text]
bot-cmd-luu = File a message in the case: reply to it with /file, or react with ✍
bot-cmd-viec = The open tasks: /tasks [code]
bot-cmd-xong = A task is done: /done [code] [number] [note]
bot-cmd-boqua = Skip a task: /skip [code] [number] [reason]
bot-cmd-cuatoi = The incidents that I hold
bot-cmd-vieccuatoi = My tasks
bot-cmd-cho = Incidents that nobody has taken
bot-cmd-tim = Search incidents: /search [words]
bot-cmd-truc = Who is on duty
bot-cmd-bangiao = Hand over the shift: /handover [note]
bot-cmd-nhanca = Take over a shift
bot-cmd-thoi = Cancel the question that waits
bot-cmd-giup = The commands
bot-cmd-start = Link an account
bot-cmd-huylienket = Unlink this telephone

bot-help = Commands you can use
bot-help-which = Without a code a command is about this topic's incident, the one in the message you reply to, or the one you named last.
bot-help-file = Commands may be typed in Vietnamese with or without accents, or in English. Everything here can be done on the page too.

# Not linked
bot-link-first = Your account is not linked
bot-link-first-short = Your account is not linked. Write to me alone to learn how.
bot-link-how = Sign in on the page, open “How you are told”, choose “Make a { $room } code” and follow the steps within 10 minutes.
bot-link-direct = Write to me alone to learn how.
bot-link-open = Open the linking page
bot-start-browser = The code has arrived. Go back to the page: if the code is still good, it asks you to confirm.
bot-start-linked = This telephone is linked to the account of { $name }. Send /help for the commands.

# What cannot be done
bot-unknown = There is no such command. Send /help for the commands.
bot-no-command = I understand commands only. Send /help for the commands.
bot-direct-only = This command works only when you write to me alone.
bot-not-team = This group is not registered as a group of the team. Write to me alone.
bot-not-found = There is no such incident or task, or you may not see it.
bot-stale = Somebody changed it just before you. Look at it again, then go on.
bot-which = Which incident? Put its code after the command, as in /show SC-2026-000123.
bot-secret-word = A word of secrecy stands alone in the text, so it was not put into the case. If it is no state secret, write it on the incident's page and confirm there. If it may be one, delete this message and use the offline route.
bot-hollow-edited = An edited message means nothing, so that nobody can change a command that was sent. Send a new one.
bot-hollow-forwarded = A forwarded message means nothing. Write the command yourself.
bot-hollow-via-bot = A message sent by way of another bot means nothing. Write the command yourself.
bot-press-gone = This button does not work any more.
bot-press-first = { $name } did this first.
bot-done-already = This is done.
bot-already-acknowledged = { $name } acknowledged it first.
bot-above = The province's sharing level does not let this be said here. Open the page to read it.
bot-above-done = Done. The details may not be said here; open the page to read them.
bot-above-refused = Not done. The reason may not be said here; open the page to read it.
bot-answered-direct = Answered in private, since not everybody in this group may see it.

# Too fast
bot-slow = That was more than { $most } commands in a minute here. This one and those that follow are not carried out; send them again in { $seconds } seconds.
bot-slow-press = Too many presses in a minute: this one was not carried out. Press again in { $seconds } seconds.

# Questions
bot-ask-cancel = Send /cancel to stop.
bot-cancelled = Cancelled.
bot-nothing-to-cancel = No question is waiting.
bot-turn-expired = The question is more than 15 minutes old and does not count any more. Send the command again.
bot-ask-note = What is to be noted? Reply to this message.
bot-ask-search = Search for what? Send a code or words.
bot-ask-state-reason = Why back to containment? Reply to this message.
bot-ask-task-note = What was done? Reply to this message, or send “-” if there is nothing to add.
bot-ask-assign = Which task? Reply to this message.
bot-ask-handover = What does the next officer need to know? Send “-” if there is nothing to add.
bot-choose-priority = Which priority?
bot-choose-state = Which state?
bot-no-next-state = No state follows by this command. Closing, merging and reopening are verbs of their own.
bot-choose-assignee = For whom? Anybody else: put the mail address after the command.
bot-choose-member = Who comes on the case? Anybody else: put the mail address after the command.
bot-nobody-to-choose = There is nobody to choose. Put the mail address after the command.

# Done
bot-done-acknowledged = Acknowledged
bot-done-lead = { $name } leads
bot-done-member = Put on the case
bot-done-priority = Priority: { $priority }
bot-done-state = State: { $state }
bot-done-note = Noted in the case
bot-done-file = The message is filed in the case
bot-done-assign = The task is given
bot-done-task = The task is done
bot-done-task-skipped = The task is skipped
bot-done-handover = The hand-over is written
bot-done-takeover = The hand-over is taken

# Incidents and tasks
bot-case = How it stands
bot-fact-holder = Acknowledged by
bot-fact-lead = Lead
bot-fact-tasks = Open tasks
bot-fact-dispatches = Dispatches
bot-press-acknowledge = Acknowledge
bot-press-lead = Take the lead
bot-press-state = State
bot-press-priority = Priority
bot-press-tasks = Tasks
bot-press-note = Note
bot-press-task-done = Done #{ $number }
bot-press-take-over = Take over
bot-tasks = { $count ->
    [one] { $count } open task
   *[other] { $count } open tasks
}
bot-overdue = overdue
bot-needs-evidence = needs evidence
bot-no-task = There is no task of this number. Send /tasks for the list.
bot-task-settled = This task is settled already.

# Filing
bot-file-reply = Reply to the message that is to be filed with this command.
bot-file-empty = There are no words to file in that message. Send files as evidence.
bot-file-unknown = That message never came to me, so it cannot be filed. Reply to it with /file.
bot-file-unasked = What is this file for? Open the incident's page to hand in evidence, or send a command first.
bot-file-already = This message is filed already
bot-file-head = Message of { $name }:
bot-file-stranger = { $name } (not linked)
bot-file-nobody = somebody unknown

# Lists
bot-mine = { $count ->
    [one] { $count } incident that I hold
   *[other] { $count } incidents that I hold
}
bot-my-tasks = { $count ->
    [one] { $count } task of mine
   *[other] { $count } tasks of mine
}
bot-waiting = { $count ->
    [one] { $count } incident that nobody has taken
   *[other] { $count } incidents that nobody has taken
}
bot-found = { $count ->
    [one] { $count } incident found
   *[other] { $count } incidents found
}
bot-more = There is more: open the page to see all.
bot-open-queue = Open the queue
bot-open-rota = Open the rota
bot-duty = On duty
bot-duty-nobody = Nobody is on duty now
bot-duty-none = There is no rota; every duty officer is told
bot-not-on-duty = You are not on duty, so there is no shift to hand over.
bot-handover-next = Next on duty
bot-handover-no-next = nobody yet
bot-handover-open = { $count ->
    [one] { $count } open incident
   *[other] { $count } open incidents
}
bot-handovers = Hand-overs that wait for you
bot-no-handover = No hand-over waits for you
