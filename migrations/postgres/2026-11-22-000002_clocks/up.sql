-- What belongs to the clocks of the law: working calendars, duties that hang on no incident, and the
-- files that go along with a dispatch. One text for both databases but for the types.

-- Working calendars that the province imported, a row a year. The one that is not superseded counts.
create table calendar_years (
    id uuid primary key not null,
    year integer not null,
    name text not null,
    title text not null,
    -- The file as it was imported.
    source text not null,
    imported_at timestamptz not null,
    imported_by text not null,
    superseded_at timestamptz
);
create unique index calendar_years_year_idx on calendar_years (year) where superseded_at is null;

-- Deadlines of the regime that hang on no incident: yearly reports, changed contact points.
create table duties (
    id uuid primary key not null,
    regime text not null,
    kind text not null,
    -- The year of a yearly date; the key of the organisation whose contact points changed.
    subject text not null,
    organisation_id uuid references organisations (id),
    owner text not null,
    source text not null,
    started_at timestamptz not null,
    due_at timestamptz not null,
    breached_at timestamptz,
    met_at timestamptz,
    met_by text,
    note text not null default ''
);
create unique index duties_open_idx on duties (kind, subject, regime) where met_at is null;
create index duties_due_idx on duties (due_at) where met_at is null;
create index duties_met_idx on duties (met_at) where met_at is not null;
create index duties_organisation_idx on duties (organisation_id, met_at) where met_at is not null;
create index duties_subject_idx on duties (kind, subject);

-- Evidence of the incident that went along with a dispatch: its partner sees it.
create table dispatch_files (
    dispatch_id uuid not null references dispatches (id),
    evidence_id uuid not null references evidence (id),
    attached_at timestamptz not null,
    primary key (dispatch_id, evidence_id)
);
create index dispatch_files_evidence_idx on dispatch_files (evidence_id);
