-- Texts of playbooks, known by what they say (SHA-256); runs name theirs by it. What a run follows
-- has the texts of all it calls with it. Runs have no foreign key to here: every report would lock
-- the one row of its playbook.
create table playbook_texts (
    hash blob primary key not null,
    text text not null
) strict;

-- The library: every version that somebody proposed; only its fate changes. A row without a text
-- says: from then on the shipped one again (or none, where none ships).
create table playbook_versions (
    id blob primary key not null,
    name text not null,
    version integer not null,
    title text not null,
    title_en text not null,
    category text not null,
    text_hash blob references playbook_texts (hash),
    note text not null,
    state text not null check (state in ('proposed','active','replaced','refused','withdrawn')),
    author_id blob not null references accounts (id),
    author_name text not null,
    proposed_at text not null,
    decider_id blob references accounts (id),
    decider_name text not null,
    decided_at text,
    reason text not null,
    active_from text,
    active_to text,
    -- Two different persons, whatever program writes.
    check (state not in ('active','replaced') or decider_id <> author_id)
) strict;
-- One in force and one waiting a name.
create unique index playbook_versions_active_idx on playbook_versions (name) where state = 'active';
create unique index playbook_versions_proposed_idx on playbook_versions (name) where state = 'proposed';
create index playbook_versions_name_idx on playbook_versions (name, id);

create trigger playbook_texts_no_update before update on playbook_texts begin select raise(abort, 'playbook_texts is append-only'); end;
create trigger playbook_versions_no_delete before delete on playbook_versions begin select raise(abort, 'playbook_versions is append-only'); end;
create trigger playbook_versions_fate_only before update on playbook_versions
when new.id <> old.id or new.name <> old.name or new.version <> old.version or new.title <> old.title
  or new.text_hash is not old.text_hash or new.note <> old.note or new.author_id <> old.author_id
  or new.proposed_at <> old.proposed_at or (old.decided_at is not null and new.decided_at is not old.decided_at)
begin select raise(abort, 'playbook_versions is append-only'); end;

-- Which running cases use which version.
create index runs_open_idx on runs (playbook, playbook_version) where ended_at is null;
