# Telling: buttons under alarms, quiet hours, bundles, messages whose matter is settled
alarm-press-acknowledge = Acknowledge
alarm-press-lead = I lead it
alarm-press-tasks = My tasks
alarm-press-done = Done
alarm-press-yes = Approve
alarm-press-no = Refuse
alarm-press-accept = Accept
alarm-press-refuse = Refuse

settled-answered = Answered at { $at }
settled-acknowledged = Somebody acknowledged it at { $at }
settled-over = The case ended at { $at }
settled-task = The task was settled at { $at }
settled-yes = Approved at { $at }
settled-no = Refused at { $at }
settled-taken_back = No answer needed since { $at }
settled-withdrawn = The dispatch was withdrawn at { $at }
settled-refreshed = What this message said is not so any more; please open the page to see how things are.

bundle-subject = { $count } new messages
bundle-more = and { $count } more
bundle-open = Open the service

obstacle-quiet = Waits for the end of the reader's quiet hours
obstacle-bundled = Sent in one message with others
obstacle-late-reminder = A reminder older than an hour is not sent any more
obstacle-instead = A mail instead of Telegram
messages-due = waits until

letter-unreached-subject = [{ $code }] { $who } cannot be reached
letter-unreached-text = No channel reaches { $who } about incident { $code }, priority { $priority }. Please call: { $phone }.
unreached-no-phone = no telephone number in the directory
purpose-unreached = Somebody cannot be reached
