-- The responders' rooms: what came in, who is linked, which groups and topics there are, what may be pressed.

-- Every update of a room, as it came; stored before it is confirmed, handled once.
create table chat_updates (
    room text not null check (room in ('telegram','matrix')),
    update_id integer not null,
    received_at text not null,
    -- The room's own JSON; blanked when it is handled and older than a while.
    body text not null,
    chat text not null default '',
    message text not null default '',
    sender text not null default '',
    attempts integer not null default 0,
    due_at text not null,
    handled_at text,
    -- What became of it: done, refused, ignored, unreadable, given_up.
    outcome text not null default '',
    primary key (room, update_id)
) strict;
create index chat_updates_open_idx on chat_updates (room, update_id) where handled_at is null;
create index chat_updates_message_idx on chat_updates (room, chat, message);
create index chat_updates_received_idx on chat_updates (received_at);

-- A person's own account of a room, linked from a signed-in browser. Authority hangs on the number alone.
create table chat_links (
    id blob primary key not null,
    account_id blob not null references accounts (id),
    room text not null check (room in ('telegram','matrix')),
    person text not null,
    -- The direct conversation.
    chat text not null,
    name text not null,
    linked_at text not null,
    -- The room said that it takes nothing any more (blocked, deactivated).
    broken_at text,
    broken_why text,
    ended_at text,
    ended_why text
) strict;
create unique index chat_links_person_idx on chat_links (room, person) where ended_at is null;
create index chat_links_account_idx on chat_links (account_id, room) where ended_at is null;
create index chat_links_chat_idx on chat_links (room, chat) where ended_at is null;

-- One-time codes of the deep link: only the hash is kept, ten minutes.
create table chat_codes (
    hash blob primary key not null,
    account_id blob not null references accounts (id),
    session_id blob,
    room text not null,
    created_at text not null,
    expires_at text not null,
    -- Who came with it, until the browser says yes.
    person text,
    chat text,
    name text,
    used_at text,
    confirmed_at text,
    refused_at text
) strict;
create index chat_codes_account_idx on chat_codes (account_id, created_at);

-- How a person wants to be told.
create table chat_settings (
    account_id blob primary key not null references accounts (id),
    -- Minutes after midnight in Vietnam; both empty: no quiet hours.
    quiet_from integer,
    quiet_to integer,
    updated_at text not null
) strict;

-- The groups of the response team.
create table chat_groups (
    id blob primary key not null,
    room text not null check (room in ('telegram','matrix')),
    chat text not null,
    title text not null,
    topics integer not null check (topics in (0, 1)),
    added_by blob references accounts (id),
    added_at text not null,
    -- When it was lost: the bot was removed, the group is gone.
    lost_at text,
    lost_why text,
    -- One server at a time works in a group.
    lease_owner text,
    lease_until text,
    -- When the calls made so far are paid for (the room's limits).
    paced_at text,
    -- What does not go as it should: topics, pin, write, denied; empty: nothing.
    trouble text not null default '',
    trouble_why text not null default '',
    trouble_at text
) strict;
create unique index chat_groups_chat_idx on chat_groups (room, chat) where lost_at is null;

-- The place of an incident in a group: its topic (where there are topics) and its state card.
create table chat_cards (
    id blob primary key not null,
    incident_id blob not null references incidents (id),
    group_id blob not null references chat_groups (id),
    topic text,
    message text,
    title text not null default '',
    -- SHA-256 of what the card shows.
    shown blob,
    pinned integer not null default 0 check (pinned in (0, 1)),
    opened_at text not null,
    -- When it is to be looked at again; empty: it shows how things are.
    stale_at text,
    attempts integer not null default 0,
    last_error text,
    closed_at text,
    -- Something changed since it was last taken up.
    dirty integer not null default 0 check (dirty in (0, 1)),
    -- A topic was asked for, and its name is not known yet.
    opening_at text,
    -- Since when there may be a second, empty topic of the same name.
    doubt_at text,
    -- How often its topic was deleted.
    lost_topics integer not null default 0,
    unique (incident_id, group_id)
) strict;
create index chat_cards_stale_idx on chat_cards (stale_at) where stale_at is not null;
create index chat_cards_topic_idx on chat_cards (group_id, topic);

-- What a button does: the room carries the id alone.
create table chat_presses (
    id blob primary key not null,
    -- Whose button it is; empty: of whoever in the group may.
    account_id blob references accounts (id),
    incident_id blob references incidents (id),
    delivery_id blob,
    card_id blob references chat_cards (id),
    verb text not null,
    data text not null default '{}',
    made_at text not null,
    expires_at text not null,
    -- Who was first.
    done_at text,
    done_by blob references accounts (id),
    done_name text
) strict;
create index chat_presses_delivery_idx on chat_presses (delivery_id) where delivery_id is not null;
create index chat_presses_card_idx on chat_presses (card_id) where card_id is not null;
create index chat_presses_incident_idx on chat_presses (incident_id, verb) where incident_id is not null;
create index chat_presses_expires_idx on chat_presses (expires_at);

-- What somebody was asked in a chat and has not answered yet.
create table chat_turns (
    room text not null,
    chat text not null,
    person text not null,
    account_id blob not null references accounts (id),
    what text not null,
    data text not null default '{}',
    -- The message that asks.
    message text,
    expires_at text not null,
    primary key (room, chat, person)
) strict;
create index chat_turns_expires_idx on chat_turns (expires_at);

-- Which incident somebody named last in a chat: what a command without a code is about.
create table chat_named (
    room text not null,
    chat text not null,
    person text not null,
    incident_id blob not null references incidents (id),
    named_at text not null,
    primary key (room, chat, person)
) strict;
create index chat_named_at_idx on chat_named (named_at);

-- The open tasks of a role: "my tasks".
create index tasks_role_idx on tasks (role, created_at) where state = 'open' and assignee_id is null;

-- Who does not want to be told of an incident for a while; the escalation goes on.
create table snoozes (
    incident_id blob not null references incidents (id),
    account_id blob not null references accounts (id),
    until text not null,
    at text not null,
    primary key (incident_id, account_id)
) strict;
