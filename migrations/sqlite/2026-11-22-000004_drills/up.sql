-- Drills (diễn tập): incidents in exercise mode that somebody started on purpose.
create table drills (
    incident_id blob primary key not null references incidents (id),
    playbook text not null,
    -- How many times faster than the playbook says.
    speed integer not null check (speed between 1 and 600),
    channels text not null check (channels in ('real','kept')),
    -- Outside organisations that take part: a JSON list of identifiers.
    partners text not null,
    goal text not null,
    started_by blob references accounts (id),
    started_at text not null,
    ended_by blob references accounts (id),
    ended_at text,
    ending text not null default ''
) strict;
create index drills_started_idx on drills (started_at, incident_id);
