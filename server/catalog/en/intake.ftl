# The responders' rooms: intake from Telegram, configuration, doctor.

config-telegram-secret = { $at }: to have Telegram bring updates (telegram.webhook = true) there must be a secret of 16 to 256 characters, only letters without accents, digits, hyphens and underscores. Make one: openssl rand -hex 32
config-telegram-https = { $at }: Telegram brings updates to https addresses only. Set server.base_url to https://…, or leave telegram.webhook = false: then this server fetches them and needs no public address.
config-telegram-port = { $at }: Telegram brings updates to the ports { $known } only; the port of server.base_url is none of them.

letter-intake_given_up-subject = One command could not be carried out
letter-intake_given_up-text = The system tried several times to carry out a command that you sent and has stopped trying. Look at the state of the case and send it again, or do it on the web; the administrator sees this in the logs.
letter-intake_silence-subject = Commands sent by Telegram may be lost
letter-intake_silence-text = From { $from } to { $to } the system heard nothing from Telegram, for longer than Telegram keeps messages for it. Commands sent in that time may be lost: look at your cases and send them again if needed.

base-unheard = { $rooms }: nothing is heard from the responders' room; commands sent there have not arrived. Messages still go by mail, and everything can be done on the web.

doctor-telegram-polling = The server asks Telegram for news; no public address is needed.
doctor-telegram-webhook = Telegram brings updates to { $url }, and none is stuck.
doctor-telegram-webhook-away = Telegram cannot bring updates to { $url }: { $why }
doctor-telegram-unheard = The server has never heard Telegram: run "dieuphoi serve", then send /help to the bot.
doctor-telegram-silent = Telegram has not been heard since { $since }. Is the server running?
doctor-telegram-waiting = Commands have been waiting for { $minutes } minutes; the logs say why.
doctor-telegram-given-up = { $count } commands of the last 7 days could not be carried out and were given up; the audit trail names each.
doctor-telegram-nobody = Nobody has linked their Telegram account yet: each person does so on the account page.
doctor-telegram-linked = { $count } Telegram accounts are linked.
doctor-telegram-no-group = The team has no group: make one with topics and add the bot as an administrator (docs/telegram.md, step 4).
doctor-telegram-groups = { $count } groups of the team work.

audit-did-chat_given_up = Gave up a command from a responders' room
audit-did-chat_silence = Told everybody that commands sent in a responders' room may be lost

mailbox-say = Write to the bot from the phone { $to } (for example /help)
mailbox-say-button = Send
mailbox-reply = Answer this message
mailbox-reply-text = What you answer
flash-mailbox-said = Sent. The answer comes within a second: load the page again.
