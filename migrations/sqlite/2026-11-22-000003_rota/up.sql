-- The duty rota (lịch trực). One text for both databases but for the types; the two files keep equal names and order.

create table rotas (
    id blob primary key not null,
    organisation_id blob not null references organisations (id),
    name text not null,
    retired_at text,
    created_at text not null,
    updated_at text not null,
    version integer not null default 1
) strict;
create index rotas_organisation_idx on rotas (organisation_id);

-- Who takes turns, from when to when: what has passed stays, so a change ends one and begins another.
create table rota_rotations (
    id blob primary key not null,
    rota_id blob not null references rotas (id),
    line integer not null check (line in (1, 2)),
    kind text not null check (kind in ('daily','weekly','custom')),
    people text not null,
    length_hours integer not null check (length_hours between 1 and 744),
    anchor_at text not null,
    from_at text not null,
    to_at text,
    created_at text not null
) strict;
create index rota_rotations_rota_idx on rota_rotations (rota_id);

-- One person instead of another, or nobody (leave), for a time.
create table rota_overrides (
    id blob primary key not null,
    rota_id blob not null references rotas (id),
    line integer not null check (line in (1, 2)),
    from_at text not null,
    to_at text not null,
    instead_of_id blob references accounts (id),
    account_id blob references accounts (id),
    reason text not null,
    created_by blob references accounts (id),
    created_at text not null
) strict;
create index rota_overrides_rota_idx on rota_overrides (rota_id, to_at);

-- A shift given, and perhaps one taken back; it counts once both have said so.
create table rota_swaps (
    id blob primary key not null,
    rota_id blob not null references rotas (id),
    line integer not null check (line in (1, 2)),
    state text not null check (state in ('offered','accepted','confirmed','refused','withdrawn')),
    asker_id blob not null references accounts (id),
    asked_id blob not null references accounts (id),
    from_at text not null,
    to_at text not null,
    back_from_at text,
    back_to_at text,
    note text not null default '',
    created_at text not null,
    answered_at text,
    confirmed_at text
) strict;
create index rota_swaps_rota_idx on rota_swaps (rota_id, created_at);
-- Who is on duty at a moment is asked with every report: what has passed is not looked through.
create index rota_swaps_there_idx on rota_swaps (rota_id, to_at);
create index rota_swaps_back_idx on rota_swaps (rota_id, back_to_at);

-- What one duty officer leaves to the next, as it stood then.
create table rota_handovers (
    id blob primary key not null,
    rota_id blob not null references rotas (id),
    line integer not null check (line in (1, 2)),
    at text not null,
    outgoing_id blob references accounts (id),
    incoming_id blob not null references accounts (id),
    facts text not null,
    note text not null default '',
    written_by blob references accounts (id),
    written_at text not null,
    acknowledged_at text,
    unique (rota_id, line, at)
) strict;
create index rota_handovers_open_idx on rota_handovers (rota_id) where acknowledged_at is null;

-- Gaps that the coordinators were warned about: once each.
create table rota_gaps (
    id blob primary key not null,
    rota_id blob not null references rotas (id),
    line integer not null check (line in (1, 2)),
    from_at text not null,
    to_at text,
    warned_at text not null
) strict;
create index rota_gaps_rota_idx on rota_gaps (rota_id);

-- Secret addresses of calendars: of one person, or of a rota.
create table rota_feeds (
    id blob primary key not null,
    account_id blob not null references accounts (id),
    rota_id blob references rotas (id),
    token_hash blob not null unique,
    created_at text not null,
    last_used_at text,
    revoked_at text
) strict;
create index rota_feeds_account_idx on rota_feeds (account_id);
