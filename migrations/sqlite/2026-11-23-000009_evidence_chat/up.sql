-- Evidence that came in a responders' room has its own word. A check cannot be changed here: the table is
-- made anew.
-- What points at evidence is checked when the rows are back, in this very transaction.
pragma defer_foreign_keys = on;
create temp table evidence_kept as select * from evidence;
drop table evidence;
create table evidence (
    id blob primary key not null,
    incident_id blob not null references incidents (id),
    dispatch_id blob references dispatches (id),
    report_id blob references reports (id),
    task_id blob references tasks (id),
    name text not null,
    content_type text not null,
    size integer not null,
    sha256 text not null,
    storage_key text not null,
    source text not null check (source in ('report','reporter','web','api','dispatch','chat')),
    audience text not null check (audience in ('everyone','coordination','police')),
    tlp text not null,
    scan text not null check (scan in ('not_scanned','clean','suspicious')),
    held integer not null,
    actor_id blob references accounts (id),
    actor_name text not null,
    created_at text not null
) strict;
insert into evidence select * from temp.evidence_kept;
drop table temp.evidence_kept;
create index evidence_incident_idx on evidence (incident_id, created_at);
create index evidence_dispatch_idx on evidence (dispatch_id);
