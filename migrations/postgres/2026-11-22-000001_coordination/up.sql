-- The coordination flow. One text for both databases but for the types; the two files keep equal names and order.

create table organisations (
    id uuid primary key not null,
    key text not null unique,
    name text not null,
    short_name text not null,
    kind text not null check (kind in ('department','district','commune','service_unit','enterprise','police','national','committee')),
    parent_id uuid references organisations (id),
    address text not null default '',
    phone text not null default '',
    email text not null default '',
    mail_domain text not null default '',
    valid_from timestamptz not null,
    valid_to timestamptz,
    successor_id uuid references organisations (id),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1
);
create index organisations_parent_idx on organisations (parent_id);

-- Who holds a function over a period (domain.md 11.14): no code names an organisation.
create table organisation_functions (
    id uuid primary key not null,
    organisation_id uuid not null references organisations (id),
    function text not null check (function in ('provincial_coordinator','police','telecom_provider','steering_committee','national_coordinator','owner','operator')),
    valid_from timestamptz not null,
    valid_to timestamptz
);
create index organisation_functions_function_idx on organisation_functions (function, organisation_id);

create table contact_points (
    id uuid primary key not null,
    organisation_id uuid not null references organisations (id),
    rank text not null check (rank in ('main','deputy')),
    role text not null check (role in ('unit_head','it_officer','contact')),
    name text not null,
    title text not null default '',
    phone text not null default '',
    mobile text not null default '',
    email text not null default '',
    hours text not null default '',
    telegram_chat text,
    last_verified_at timestamptz,
    valid_from timestamptz not null,
    valid_to timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1
);
create index contact_points_organisation_idx on contact_points (organisation_id);

create table systems (
    id uuid primary key not null,
    key text not null unique,
    name text not null,
    owner_id uuid not null references organisations (id),
    operator_id uuid references organisations (id),
    level integer check (level between 1 and 5),
    kind text not null check (kind in ('internal','public','infrastructure','industrial','other')),
    domains text not null default '',
    addresses text not null default '',
    priority_rules text not null default '',
    valid_to timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1
);
create index systems_owner_idx on systems (owner_id);
create table system_providers (
    system_id uuid not null references systems (id),
    organisation_id uuid not null references organisations (id),
    primary key (system_id, organisation_id)
);

create table accounts (
    id uuid primary key not null,
    organisation_id uuid not null references organisations (id),
    name text not null,
    title text not null default '',
    email text not null unique,
    phone text not null default '',
    language text not null default 'vi' check (language in ('vi','en')),
    password_hash text,
    must_change_password boolean not null,
    locked_at timestamptz,
    lock_reason text,
    lock_letter text,
    last_sign_in_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version integer not null default 1
);
create index accounts_organisation_idx on accounts (organisation_id);
create table account_roles (
    account_id uuid not null references accounts (id),
    role text not null check (role in ('reporter','unit_head','it_officer','duty_officer','coordinator','responder','leader','liaison','police_liaison','auditor','admin')),
    primary key (account_id, role)
);
create index account_roles_role_idx on account_roles (role, account_id);
create table password_history (
    account_id uuid not null references accounts (id),
    at timestamptz not null,
    password_hash text not null,
    primary key (account_id, at)
);
-- One-time links: activation of a new account, reset of a password. Only the hash is kept.
create table account_links (
    id uuid primary key not null,
    account_id uuid not null references accounts (id),
    purpose text not null check (purpose in ('activation','reset')),
    token_hash bytea not null unique,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null
);
create table sessions (
    id uuid primary key not null,
    token_hash bytea not null unique,
    account_id uuid not null references accounts (id),
    csrf text not null,
    public_computer boolean not null,
    address text not null,
    user_agent text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    proved_at timestamptz not null
);
create index sessions_account_idx on sessions (account_id, created_at);
create index sessions_expires_idx on sessions (expires_at);
-- A second factor (TOTP, RFC 6238): it counts once confirmed. A step is used once.
create table second_factors (
    account_id uuid primary key not null references accounts (id),
    secret text not null,
    confirmed_at timestamptz,
    last_step bigint not null,
    created_at timestamptz not null
);
create table recovery_codes (
    code_hash bytea primary key not null,
    account_id uuid not null references accounts (id),
    used_at timestamptz
);
create index recovery_codes_account_idx on recovery_codes (account_id);
-- Between the password and the second factor's code. Only the hash is kept.
create table sign_in_steps (
    token_hash bytea primary key not null,
    account_id uuid not null references accounts (id),
    public_computer boolean not null,
    expires_at timestamptz not null
);
create index sign_in_steps_account_idx on sign_in_steps (account_id);
create index sign_in_steps_expires_idx on sign_in_steps (expires_at);
-- Failed sign-ins, by account and client or by account alone.
create table sign_in_failures (
    key text primary key not null,
    failures integer not null,
    blocked_until timestamptz,
    updated_at timestamptz not null
);
create table api_keys (
    id uuid primary key not null,
    account_id uuid not null references accounts (id),
    name text not null,
    scopes text not null,
    key_hash bytea not null unique,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz not null
);
create index api_keys_account_idx on api_keys (account_id);

create table incidents (
    id uuid primary key not null,
    code text not null unique,
    number bigint not null unique,
    title text not null,
    description text not null,
    category text not null,
    priority text not null check (priority in ('low','medium','high','urgent')),
    proposed_priority text not null check (proposed_priority in ('low','medium','high','urgent')),
    legal_class text not null check (legal_class in ('unclassified','ordinary','serious_proposed','serious')),
    legal_decision text,
    tlp text not null check (tlp in ('CLEAR','GREEN','AMBER','AMBER+STRICT','RED')),
    state text not null check (state in ('received','verifying','containing','eradicating','recovering','reviewing','closed','rejected','merged')),
    state_reason text,
    state_before text,
    organisation_id uuid not null references organisations (id),
    system_id uuid references systems (id),
    system_text text not null default '',
    parent_id uuid references incidents (id),
    merged_into_id uuid references incidents (id),
    regime text not null,
    signs_of_crime boolean not null,
    beyond_capacity boolean not null,
    personal_data boolean not null,
    drill boolean not null,
    services text not null check (services in ('none','degraded','stopped')),
    people text not null check (people in ('one','group','unit','public')),
    still_happening boolean not null,
    occurred_at timestamptz,
    detected_at timestamptz not null,
    reported_at timestamptz not null,
    received_at timestamptz not null,
    acknowledged_at timestamptz,
    acknowledged_by uuid references accounts (id),
    lead_id uuid references accounts (id),
    spokesperson text,
    response_ended_at timestamptz,
    closed_at timestamptz,
    closed_by uuid references accounts (id),
    -- 0 unacknowledged, 1 overdue, 2 in hand, 9 over: the queue's first key.
    queue_rank integer not null,
    -- 0 urgent … 3 low: the queue's second key.
    priority_rank integer not null,
    next_due_at timestamptz,
    updated_at timestamptz not null,
    version integer not null default 1
);
create index incidents_queue_idx on incidents (queue_rank, priority_rank, number);
create index incidents_organisation_queue_idx on incidents (organisation_id, queue_rank, priority_rank, number);
create index incidents_state_idx on incidents (state, number);
create index incidents_organisation_idx on incidents (organisation_id, number);
create index incidents_category_idx on incidents (category, number);
create index incidents_parent_idx on incidents (parent_id);
create index incidents_merged_idx on incidents (merged_into_id);
-- Mine: led by me, or not led yet and acknowledged by me.
create index incidents_mine_queue_idx on incidents (coalesce(lead_id, acknowledged_by), queue_rank, priority_rank, number);
create index incidents_mine_idx on incidents (coalesce(lead_id, acknowledged_by), number);

-- Who was put on a case: responders see the incidents they are on.
create table incident_members (
    incident_id uuid not null references incidents (id),
    account_id uuid not null references accounts (id),
    added_at timestamptz not null,
    primary key (incident_id, account_id)
);
create index incident_members_account_idx on incident_members (account_id, incident_id);

-- Related, undoable: a campaign, the same cause. Merging and parents are columns of the incident.
create table incident_links (
    incident_id uuid not null references incidents (id),
    other_id uuid not null references incidents (id),
    reason text not null,
    created_by uuid references accounts (id),
    created_at timestamptz not null,
    primary key (incident_id, other_id)
);
create index incident_links_other_idx on incident_links (other_id);

-- What came in, untouched.
create table reports (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    source text not null check (source in ('web','phone','mail','letter','monitoring','api','national_warning')),
    organisation_id uuid not null references organisations (id),
    account_id uuid references accounts (id),
    registered_by uuid references accounts (id),
    contact_name text not null default '',
    contact_phone text not null default '',
    contact_email text not null default '',
    category text not null,
    description text not null,
    system_text text not null default '',
    services text not null,
    people text not null,
    still_happening boolean not null,
    detected_at timestamptz not null,
    received_at timestamptz not null,
    tracking_hash bytea not null unique,
    tracking_expires_at timestamptz not null
);
create index reports_incident_idx on reports (incident_id);
create index reports_account_idx on reports (account_id, received_at);
create index reports_organisation_idx on reports (organisation_id, received_at);

create table closings (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    response_ended_at timestamptz not null,
    summary text not null,
    lessons text not null,
    closed_by uuid references accounts (id),
    closed_at timestamptz not null
);
create index closings_incident_idx on closings (incident_id, closed_at);

create table timeline (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    seq integer not null,
    at timestamptz not null,
    kind text not null,
    audience text not null check (audience in ('everyone','coordination','police')),
    -- What the reporter may read on the tracking page.
    reporter_may_read boolean not null,
    tlp text not null,
    actor_id uuid references accounts (id),
    actor_name text not null,
    text text not null,
    data text not null default '{}',
    unique (incident_id, seq)
);

create table tasks (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    phase text not null,
    text text not null,
    assignee_id uuid references accounts (id),
    role text,
    organisation_id uuid references organisations (id),
    due_at timestamptz,
    evidence text not null check (evidence in ('required','none')),
    state text not null check (state in ('open','done','skipped')),
    note text not null default '',
    done_at timestamptz,
    done_by uuid references accounts (id),
    step text,
    created_by uuid references accounts (id),
    created_at timestamptz not null,
    version integer not null default 1,
    -- A question of a playbook: done is yes, skipped is no.
    question boolean not null default false
);
create index tasks_incident_idx on tasks (incident_id, created_at);
create index tasks_assignee_idx on tasks (assignee_id, state, due_at);

create table dispatches (
    id uuid primary key not null,
    number bigint not null unique,
    code text not null unique,
    incident_id uuid not null references incidents (id),
    organisation_id uuid not null references organisations (id),
    kind text not null check (kind in ('handle','support','provide_information','provide_logs','block','restore_connection','preserve_evidence','investigate','for_information')),
    ground text not null,
    content text not null,
    -- Entries that only the police read.
    police_only boolean not null,
    tlp text not null,
    state text not null check (state in ('sent','accepted','refused','question','in_progress','done','cancelled')),
    block_state text check (block_state in ('active','removal_asked','removed')),
    accept_by timestamptz,
    result_by timestamptz,
    next_due_at timestamptz,
    overdue boolean not null,
    created_by uuid references accounts (id),
    created_at timestamptz not null,
    accepted_at timestamptz,
    ended_at timestamptz,
    version integer not null default 1,
    -- RUN/STEP of the playbook that asked, so that its answer goes there.
    step text
);
create index dispatches_incident_idx on dispatches (incident_id, number);
create index dispatches_organisation_idx on dispatches (organisation_id, number);
create index dispatches_organisation_state_idx on dispatches (organisation_id, state, number);
create index dispatches_state_idx on dispatches (state, number);
create index dispatches_overdue_idx on dispatches (overdue, number);
-- The thread of one dispatch: what was answered, by whom, by which way.
create table dispatch_entries (
    id uuid primary key not null,
    dispatch_id uuid not null references dispatches (id),
    seq integer not null,
    at timestamptz not null,
    way text not null check (way in ('account','link','mail','telegram','coordination')),
    actor_id uuid references accounts (id),
    actor_name text not null,
    answer text not null,
    text text not null,
    unique (dispatch_id, seq)
);
-- Magic links: 256 bits, only the hash, one dispatch each.
create table dispatch_links (
    id uuid primary key not null,
    dispatch_id uuid not null references dispatches (id),
    token_hash bytea not null unique,
    recipient_name text not null,
    recipient_email text not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz not null
);
create index dispatch_links_dispatch_idx on dispatch_links (dispatch_id);

create table evidence (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    dispatch_id uuid references dispatches (id),
    report_id uuid references reports (id),
    task_id uuid references tasks (id),
    name text not null,
    content_type text not null,
    size bigint not null,
    sha256 text not null,
    storage_key text not null,
    source text not null check (source in ('report','reporter','web','api','dispatch')),
    audience text not null check (audience in ('everyone','coordination','police')),
    tlp text not null,
    scan text not null check (scan in ('not_scanned','clean','suspicious')),
    held boolean not null,
    actor_id uuid references accounts (id),
    actor_name text not null,
    created_at timestamptz not null
);
create index evidence_incident_idx on evidence (incident_id, created_at);
create index evidence_dispatch_idx on evidence (dispatch_id);
create table evidence_custody (
    id uuid primary key not null,
    evidence_id uuid not null references evidence (id),
    at timestamptz not null,
    action text not null,
    actor_id uuid references accounts (id),
    actor_name text not null,
    detail text not null default ''
);
create index evidence_custody_evidence_idx on evidence_custody (evidence_id, at);

create table indicators (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    kind text not null check (kind in ('ip','domain','url','hash','email','cve')),
    value text not null,
    created_at timestamptz not null,
    unique (incident_id, kind, value)
);
create index indicators_value_idx on indicators (kind, value);

-- Legal and agreed deadlines (domain.md 11.6).
create table clocks (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    kind text not null,
    owner text not null,
    source text not null,
    started_at timestamptz not null,
    due_at timestamptz not null,
    stopped_at timestamptz,
    breached_at timestamptz,
    -- It stopped because the law asks for it no more; it runs on when it does again.
    lapsed boolean not null,
    -- When it was due at first, if somebody gave it more time, and why.
    original_due_at timestamptz,
    extension text,
    unique (incident_id, kind, started_at)
);
create index clocks_incident_idx on clocks (incident_id, due_at);

-- Playbook runs, pinned to the text they began with.
create table runs (
    id uuid primary key not null,
    incident_id uuid not null references incidents (id),
    playbook text not null,
    playbook_version integer not null,
    -- SHA-256 of the text that it follows; playbook_texts has it.
    text_hash bytea not null,
    state text not null,
    started_at timestamptz not null,
    ended_at timestamptz
);
create index runs_incident_idx on runs (incident_id);

-- Something must happen here: taken and done in one transaction.
create table timers (
    id uuid primary key not null,
    due_at timestamptz not null,
    kind text not null,
    incident_id uuid references incidents (id),
    subject_id uuid not null,
    key text not null,
    -- So often it could not be acted on; it waits longer each time and holds nobody up.
    failures integer not null default 0,
    unique (kind, subject_id, key)
);
create index timers_due_idx on timers (due_at, id);
create index timers_failing_idx on timers (failures) where failures > 0;
create index timers_incident_idx on timers (incident_id);

-- Something must be said outside: one message to one recipient on one channel.
create table outbox (
    id uuid primary key not null,
    dedup_key text not null unique,
    incident_id uuid references incidents (id),
    dispatch_id uuid references dispatches (id),
    account_id uuid references accounts (id),
    contact_id uuid references contact_points (id),
    organisation_id uuid references organisations (id),
    purpose text not null,
    channel text not null check (channel in ('mail','telegram','webhook','phone','matrix','push')),
    recipient_name text not null,
    recipient_role text not null default '',
    recipient_phone text not null default '',
    address text not null,
    letter text not null,
    thread text,
    urgent boolean not null,
    status text not null check (status in ('waiting','sending','sent','delivered','failed','skipped')),
    attempts integer not null,
    due_at timestamptz not null,
    lease_owner text,
    lease_until timestamptz,
    last_error text,
    reference text,
    maybe_duplicate boolean not null,
    step text,
    created_at timestamptz not null,
    sent_at timestamptz,
    -- Of a drill: it stays in the local mailbox, whatever is configured.
    kept boolean not null default false,
    -- Of a message with buttons that act: where it stands after it left.
    card text check (card in ('live','stale','done')),
    -- What ended what it asks for, as JSON: the text's key, who, when.
    card_note text
);
create index outbox_due_idx on outbox (channel, urgent, due_at) where status in ('waiting', 'sending');
create index outbox_incident_idx on outbox (incident_id, created_at);
create index outbox_dispatch_idx on outbox (dispatch_id, created_at) where dispatch_id is not null;
create index outbox_cards_idx on outbox (channel, due_at) where card = 'stale';
create index outbox_failed_idx on outbox (created_at) where status = 'failed';

-- The local mailbox: what was kept here because no outside channel is configured.
create table mailbox (
    id uuid primary key not null,
    delivery_id uuid not null unique,
    at timestamptz not null,
    channel text not null,
    recipient text not null,
    recipient_name text not null,
    subject text not null,
    text text not null,
    html text not null,
    links text not null,
    buttons text not null
);
create index mailbox_recipient_idx on mailbox (recipient, id);

-- Who did and saw what. Written inside the action, sealed into a hash chain in batches.
create table audit (
    id uuid primary key not null,
    at timestamptz not null,
    actor_id uuid,
    actor text not null,
    action text not null,
    object_kind text not null,
    object text not null,
    address text not null default '',
    request_id text not null default '',
    detail text not null default '{}',
    seq bigint unique,
    previous text,
    hash text
);
create index audit_unsealed_idx on audit (id) where seq is null;
create index audit_object_idx on audit (object, seq) where seq is not null;
create index audit_action_idx on audit (action, seq) where seq is not null;
create index audit_actor_idx on audit (actor, seq) where seq is not null;

create table idempotency_keys (
    scope text not null,
    key text not null,
    request_hash bytea not null,
    status integer not null,
    body text not null,
    created_at timestamptz not null,
    primary key (scope, key)
);
create index idempotency_keys_created_idx on idempotency_keys (created_at);

-- One process at a time for what cannot be shared.
create table leases (
    name text primary key not null,
    owner text not null,
    until timestamptz not null
);
create table cron_slots (
    job text not null,
    slot text not null,
    at timestamptz not null,
    primary key (job, slot)
);
create table settings (
    name text primary key not null,
    value text not null,
    updated_at timestamptz not null
);

-- Codes: sequences, unique and increasing, gaps allowed.
create sequence incident_number;
create sequence dispatch_number;

-- Full text over folded words (no accents, đ as d).
create table incident_search (
    number bigint primary key not null,
    document tsvector not null
);
create index incident_search_document_idx on incident_search using gin (document);

-- History is never rewritten.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$;
create trigger timeline_append_only before update or delete on timeline for each row execute function refuse_rewriting();
create trigger audit_no_delete before delete on audit for each row execute function refuse_rewriting();
create function audit_seal_only() returns trigger language plpgsql as $$
begin
    if old.seq is not null or new.id <> old.id or new.at <> old.at or new.actor_id is distinct from old.actor_id
       or new.actor <> old.actor or new.action <> old.action or new.object_kind <> old.object_kind
       or new.object <> old.object or new.address <> old.address or new.request_id <> old.request_id
       or new.detail <> old.detail then
        raise exception 'audit is append-only';
    end if;
    return new;
end $$;
create trigger audit_seal_only before update on audit for each row execute function audit_seal_only();
