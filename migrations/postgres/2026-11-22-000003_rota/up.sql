-- The duty rota (lịch trực). One text for both databases but for the types; the two files keep equal names and order.

create table rotas (
    id uuid primary key not null,
    organisation_id uuid not null references organisations (id),
    name text not null,
    retired_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1
);
create index rotas_organisation_idx on rotas (organisation_id);

-- Who takes turns, from when to when: what has passed stays, so a change ends one and begins another.
create table rota_rotations (
    id uuid primary key not null,
    rota_id uuid not null references rotas (id),
    line integer not null check (line in (1, 2)),
    kind text not null check (kind in ('daily','weekly','custom')),
    people text not null,
    length_hours integer not null check (length_hours between 1 and 744),
    anchor_at timestamptz not null,
    from_at timestamptz not null,
    to_at timestamptz,
    created_at timestamptz not null
);
create index rota_rotations_rota_idx on rota_rotations (rota_id);

-- One person instead of another, or nobody (leave), for a time.
create table rota_overrides (
    id uuid primary key not null,
    rota_id uuid not null references rotas (id),
    line integer not null check (line in (1, 2)),
    from_at timestamptz not null,
    to_at timestamptz not null,
    instead_of_id uuid references accounts (id),
    account_id uuid references accounts (id),
    reason text not null,
    created_by uuid references accounts (id),
    created_at timestamptz not null
);
create index rota_overrides_rota_idx on rota_overrides (rota_id, to_at);

-- A shift given, and perhaps one taken back; it counts once both have said so.
create table rota_swaps (
    id uuid primary key not null,
    rota_id uuid not null references rotas (id),
    line integer not null check (line in (1, 2)),
    state text not null check (state in ('offered','accepted','confirmed','refused','withdrawn')),
    asker_id uuid not null references accounts (id),
    asked_id uuid not null references accounts (id),
    from_at timestamptz not null,
    to_at timestamptz not null,
    back_from_at timestamptz,
    back_to_at timestamptz,
    note text not null default '',
    created_at timestamptz not null,
    answered_at timestamptz,
    confirmed_at timestamptz
);
create index rota_swaps_rota_idx on rota_swaps (rota_id, created_at);
-- Who is on duty at a moment is asked with every report: what has passed is not looked through.
create index rota_swaps_there_idx on rota_swaps (rota_id, to_at);
create index rota_swaps_back_idx on rota_swaps (rota_id, back_to_at);

-- What one duty officer leaves to the next, as it stood then.
create table rota_handovers (
    id uuid primary key not null,
    rota_id uuid not null references rotas (id),
    line integer not null check (line in (1, 2)),
    at timestamptz not null,
    outgoing_id uuid references accounts (id),
    incoming_id uuid not null references accounts (id),
    facts text not null,
    note text not null default '',
    written_by uuid references accounts (id),
    written_at timestamptz not null,
    acknowledged_at timestamptz,
    unique (rota_id, line, at)
);
create index rota_handovers_open_idx on rota_handovers (rota_id) where acknowledged_at is null;

-- Gaps that the coordinators were warned about: once each.
create table rota_gaps (
    id uuid primary key not null,
    rota_id uuid not null references rotas (id),
    line integer not null check (line in (1, 2)),
    from_at timestamptz not null,
    to_at timestamptz,
    warned_at timestamptz not null
);
create index rota_gaps_rota_idx on rota_gaps (rota_id);

-- Secret addresses of calendars: of one person, or of a rota.
create table rota_feeds (
    id uuid primary key not null,
    account_id uuid not null references accounts (id),
    rota_id uuid references rotas (id),
    token_hash bytea not null unique,
    created_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index rota_feeds_account_idx on rota_feeds (account_id);
