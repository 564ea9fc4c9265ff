-- The notifier watches itself: one message by each channel at set times, and what became of it.
create table canaries (
    id blob primary key not null,
    channel text not null,
    -- When it had to leave.
    slot text not null,
    delivery_id blob not null references outbox (id),
    made_at text not null,
    sent_at text,
    failed_at text,
    -- When somebody was told that it is late or failed.
    alarmed_at text,
    error text,
    unique (channel, slot)
) strict;
create index canaries_open_idx on canaries (slot) where sent_at is null and failed_at is null;
