-- Browsers in which somebody wants alarms (web push).
create table push_subscriptions (
    id uuid primary key not null,
    account_id uuid not null references accounts (id),
    -- Where to post: whoever has it can ring. Blanked when it has ended.
    endpoint text not null,
    -- SHA-256 of it: the browser knows itself by this.
    endpoint_hash bytea not null,
    p256dh text not null,
    auth text not null,
    -- As its person named it, or as it called itself.
    browser text not null,
    made_at timestamptz not null,
    ended_at timestamptz,
    ended_why text
);
create unique index push_subscriptions_endpoint_idx on push_subscriptions (endpoint_hash) where ended_at is null;
create index push_subscriptions_account_idx on push_subscriptions (account_id) where ended_at is null;
