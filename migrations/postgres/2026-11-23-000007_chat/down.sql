drop table chat_turns;
drop table chat_presses;
drop table chat_cards;
drop table chat_groups;
drop table chat_settings;
drop table chat_codes;
drop table chat_links;
drop table chat_updates;
