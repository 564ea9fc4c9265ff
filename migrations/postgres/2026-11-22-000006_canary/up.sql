-- The notifier watches itself: one message by each channel at set times, and what became of it.
create table canaries (
    id uuid primary key not null,
    channel text not null,
    -- When it had to leave.
    slot timestamptz not null,
    delivery_id uuid not null references outbox (id),
    made_at timestamptz not null,
    sent_at timestamptz,
    failed_at timestamptz,
    -- When somebody was told that it is late or failed.
    alarmed_at timestamptz,
    error text,
    unique (channel, slot)
);
create index canaries_open_idx on canaries (slot) where sent_at is null and failed_at is null;
