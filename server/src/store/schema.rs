//! The tables as diesel sees them: one text beside the migrations, with our own SQL types.

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    organisations (id) {
        id -> DbUuid,
        key -> Text,
        name -> Text,
        short_name -> Text,
        kind -> Text,
        parent_id -> Nullable<DbUuid>,
        address -> Text,
        phone -> Text,
        email -> Text,
        mail_domain -> Text,
        valid_from -> DbTime,
        valid_to -> Nullable<DbTime>,
        successor_id -> Nullable<DbUuid>,
        created_at -> DbTime,
        updated_at -> DbTime,
        version -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    organisation_functions (id) {
        id -> DbUuid,
        organisation_id -> DbUuid,
        function -> Text,
        valid_from -> DbTime,
        valid_to -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    contact_points (id) {
        id -> DbUuid,
        organisation_id -> DbUuid,
        rank -> Text,
        role -> Text,
        name -> Text,
        title -> Text,
        phone -> Text,
        mobile -> Text,
        email -> Text,
        hours -> Text,
        telegram_chat -> Nullable<Text>,
        last_verified_at -> Nullable<DbTime>,
        valid_from -> DbTime,
        valid_to -> Nullable<DbTime>,
        created_at -> DbTime,
        updated_at -> DbTime,
        version -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    systems (id) {
        id -> DbUuid,
        key -> Text,
        name -> Text,
        owner_id -> DbUuid,
        operator_id -> Nullable<DbUuid>,
        level -> Nullable<Integer>,
        kind -> Text,
        domains -> Text,
        addresses -> Text,
        priority_rules -> Text,
        valid_to -> Nullable<DbTime>,
        created_at -> DbTime,
        updated_at -> DbTime,
        version -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::DbUuid;
    system_providers (system_id, organisation_id) {
        system_id -> DbUuid,
        organisation_id -> DbUuid,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    accounts (id) {
        id -> DbUuid,
        organisation_id -> DbUuid,
        name -> Text,
        title -> Text,
        email -> Text,
        phone -> Text,
        language -> Text,
        password_hash -> Nullable<Text>,
        must_change_password -> Bool,
        locked_at -> Nullable<DbTime>,
        lock_reason -> Nullable<Text>,
        lock_letter -> Nullable<Text>,
        last_sign_in_at -> Nullable<DbTime>,
        created_at -> DbTime,
        updated_at -> DbTime,
        version -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::DbUuid;
    use diesel::sql_types::Text;
    account_roles (account_id, role) {
        account_id -> DbUuid,
        role -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::Text;
    password_history (account_id, at) {
        account_id -> DbUuid,
        at -> DbTime,
        password_hash -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable, Text};
    account_links (id) {
        id -> DbUuid,
        account_id -> DbUuid,
        purpose -> Text,
        token_hash -> Binary,
        expires_at -> DbTime,
        used_at -> Nullable<DbTime>,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{BigInt, Nullable, Text};
    second_factors (account_id) {
        account_id -> DbUuid,
        secret -> Text,
        confirmed_at -> Nullable<DbTime>,
        last_step -> BigInt,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable};
    recovery_codes (code_hash) {
        code_hash -> Binary,
        account_id -> DbUuid,
        used_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Bool};
    sign_in_steps (token_hash) {
        token_hash -> Binary,
        account_id -> DbUuid,
        public_computer -> Bool,
        expires_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Bool, Text};
    sessions (id) {
        id -> DbUuid,
        token_hash -> Binary,
        account_id -> DbUuid,
        csrf -> Text,
        public_computer -> Bool,
        address -> Text,
        user_agent -> Text,
        created_at -> DbTime,
        last_seen_at -> DbTime,
        expires_at -> DbTime,
        proved_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::DbTime;
    use diesel::sql_types::{Integer, Nullable, Text};
    sign_in_failures (key) {
        key -> Text,
        failures -> Integer,
        blocked_until -> Nullable<DbTime>,
        updated_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable, Text};
    api_keys (id) {
        id -> DbUuid,
        account_id -> DbUuid,
        name -> Text,
        scopes -> Text,
        key_hash -> Binary,
        expires_at -> DbTime,
        revoked_at -> Nullable<DbTime>,
        last_used_at -> Nullable<DbTime>,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    incidents (id) {
        id -> DbUuid,
        code -> Text,
        number -> BigInt,
        title -> Text,
        description -> Text,
        category -> Text,
        priority -> Text,
        proposed_priority -> Text,
        legal_class -> Text,
        legal_decision -> Nullable<Text>,
        tlp -> Text,
        state -> Text,
        state_reason -> Nullable<Text>,
        state_before -> Nullable<Text>,
        organisation_id -> DbUuid,
        system_id -> Nullable<DbUuid>,
        system_text -> Text,
        parent_id -> Nullable<DbUuid>,
        merged_into_id -> Nullable<DbUuid>,
        regime -> Text,
        signs_of_crime -> Bool,
        beyond_capacity -> Bool,
        personal_data -> Bool,
        drill -> Bool,
        services -> Text,
        people -> Text,
        still_happening -> Bool,
        occurred_at -> Nullable<DbTime>,
        detected_at -> DbTime,
        reported_at -> DbTime,
        received_at -> DbTime,
        acknowledged_at -> Nullable<DbTime>,
        acknowledged_by -> Nullable<DbUuid>,
        lead_id -> Nullable<DbUuid>,
        spokesperson -> Nullable<Text>,
        response_ended_at -> Nullable<DbTime>,
        closed_at -> Nullable<DbTime>,
        closed_by -> Nullable<DbUuid>,
        queue_rank -> Integer,
        priority_rank -> Integer,
        next_due_at -> Nullable<DbTime>,
        updated_at -> DbTime,
        version -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    incident_members (incident_id, account_id) {
        incident_id -> DbUuid,
        account_id -> DbUuid,
        added_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    incident_links (incident_id, other_id) {
        incident_id -> DbUuid,
        other_id -> DbUuid,
        reason -> Text,
        created_by -> Nullable<DbUuid>,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Bool, Nullable, Text};
    reports (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        source -> Text,
        organisation_id -> DbUuid,
        account_id -> Nullable<DbUuid>,
        registered_by -> Nullable<DbUuid>,
        contact_name -> Text,
        contact_phone -> Text,
        contact_email -> Text,
        category -> Text,
        description -> Text,
        system_text -> Text,
        services -> Text,
        people -> Text,
        still_happening -> Bool,
        detected_at -> DbTime,
        received_at -> DbTime,
        tracking_hash -> Binary,
        tracking_expires_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    closings (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        response_ended_at -> DbTime,
        summary -> Text,
        lessons -> Text,
        closed_by -> Nullable<DbUuid>,
        closed_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    timeline (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        seq -> Integer,
        at -> DbTime,
        kind -> Text,
        audience -> Text,
        reporter_may_read -> Bool,
        tlp -> Text,
        actor_id -> Nullable<DbUuid>,
        actor_name -> Text,
        text -> Text,
        data -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    tasks (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        phase -> Text,
        text -> Text,
        assignee_id -> Nullable<DbUuid>,
        role -> Nullable<Text>,
        organisation_id -> Nullable<DbUuid>,
        due_at -> Nullable<DbTime>,
        evidence -> Text,
        state -> Text,
        note -> Text,
        done_at -> Nullable<DbTime>,
        done_by -> Nullable<DbUuid>,
        step -> Nullable<Text>,
        created_by -> Nullable<DbUuid>,
        created_at -> DbTime,
        version -> Integer,
        question -> Bool,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    dispatches (id) {
        id -> DbUuid,
        number -> BigInt,
        code -> Text,
        incident_id -> DbUuid,
        organisation_id -> DbUuid,
        kind -> Text,
        ground -> Text,
        content -> Text,
        police_only -> Bool,
        tlp -> Text,
        state -> Text,
        block_state -> Nullable<Text>,
        accept_by -> Nullable<DbTime>,
        result_by -> Nullable<DbTime>,
        next_due_at -> Nullable<DbTime>,
        overdue -> Bool,
        created_by -> Nullable<DbUuid>,
        created_at -> DbTime,
        accepted_at -> Nullable<DbTime>,
        ended_at -> Nullable<DbTime>,
        version -> Integer,
        step -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    dispatch_entries (id) {
        id -> DbUuid,
        dispatch_id -> DbUuid,
        seq -> Integer,
        at -> DbTime,
        way -> Text,
        actor_id -> Nullable<DbUuid>,
        actor_name -> Text,
        answer -> Text,
        text -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable, Text};
    dispatch_links (id) {
        id -> DbUuid,
        dispatch_id -> DbUuid,
        token_hash -> Binary,
        recipient_name -> Text,
        recipient_email -> Text,
        expires_at -> DbTime,
        revoked_at -> Nullable<DbTime>,
        last_used_at -> Nullable<DbTime>,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    evidence (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        dispatch_id -> Nullable<DbUuid>,
        report_id -> Nullable<DbUuid>,
        task_id -> Nullable<DbUuid>,
        name -> Text,
        content_type -> Text,
        size -> BigInt,
        sha256 -> Text,
        storage_key -> Text,
        source -> Text,
        audience -> Text,
        tlp -> Text,
        scan -> Text,
        held -> Bool,
        actor_id -> Nullable<DbUuid>,
        actor_name -> Text,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    evidence_custody (id) {
        id -> DbUuid,
        evidence_id -> DbUuid,
        at -> DbTime,
        action -> Text,
        actor_id -> Nullable<DbUuid>,
        actor_name -> Text,
        detail -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::Text;
    indicators (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        kind -> Text,
        value -> Text,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Bool, Nullable, Text};
    clocks (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        kind -> Text,
        owner -> Text,
        source -> Text,
        started_at -> DbTime,
        due_at -> DbTime,
        stopped_at -> Nullable<DbTime>,
        breached_at -> Nullable<DbTime>,
        lapsed -> Bool,
        original_due_at -> Nullable<DbTime>,
        extension -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    calendar_years (id) {
        id -> DbUuid,
        year -> Integer,
        name -> Text,
        title -> Text,
        source -> Text,
        imported_at -> DbTime,
        imported_by -> Text,
        superseded_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    duties (id) {
        id -> DbUuid,
        regime -> Text,
        kind -> Text,
        subject -> Text,
        organisation_id -> Nullable<DbUuid>,
        owner -> Text,
        source -> Text,
        started_at -> DbTime,
        due_at -> DbTime,
        breached_at -> Nullable<DbTime>,
        met_at -> Nullable<DbTime>,
        met_by -> Nullable<Text>,
        note -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    dispatch_files (dispatch_id, evidence_id) {
        dispatch_id -> DbUuid,
        evidence_id -> DbUuid,
        attached_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    runs (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        playbook -> Text,
        playbook_version -> Integer,
        text_hash -> Binary,
        state -> Text,
        started_at -> DbTime,
        ended_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    playbook_texts (hash) {
        hash -> Binary,
        text -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    playbook_versions (id) {
        id -> DbUuid,
        name -> Text,
        version -> Integer,
        title -> Text,
        title_en -> Text,
        category -> Text,
        text_hash -> Nullable<Binary>,
        note -> Text,
        state -> Text,
        author_id -> DbUuid,
        author_name -> Text,
        proposed_at -> DbTime,
        decider_id -> Nullable<DbUuid>,
        decider_name -> Text,
        decided_at -> Nullable<DbTime>,
        reason -> Text,
        active_from -> Nullable<DbTime>,
        active_to -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    timers (id) {
        id -> DbUuid,
        due_at -> DbTime,
        kind -> Text,
        incident_id -> Nullable<DbUuid>,
        subject_id -> DbUuid,
        key -> Text,
        failures -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    outbox (id) {
        id -> DbUuid,
        dedup_key -> Text,
        incident_id -> Nullable<DbUuid>,
        dispatch_id -> Nullable<DbUuid>,
        account_id -> Nullable<DbUuid>,
        contact_id -> Nullable<DbUuid>,
        organisation_id -> Nullable<DbUuid>,
        purpose -> Text,
        channel -> Text,
        recipient_name -> Text,
        recipient_role -> Text,
        recipient_phone -> Text,
        address -> Text,
        letter -> Text,
        thread -> Nullable<Text>,
        urgent -> Bool,
        status -> Text,
        attempts -> Integer,
        due_at -> DbTime,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<DbTime>,
        last_error -> Nullable<Text>,
        reference -> Nullable<Text>,
        maybe_duplicate -> Bool,
        step -> Nullable<Text>,
        created_at -> DbTime,
        sent_at -> Nullable<DbTime>,
        kept -> Bool,
        card -> Nullable<Text>,
        card_note -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::Text;
    mailbox (id) {
        id -> DbUuid,
        delivery_id -> DbUuid,
        at -> DbTime,
        channel -> Text,
        recipient -> Text,
        recipient_name -> Text,
        subject -> Text,
        text -> Text,
        html -> Text,
        links -> Text,
        buttons -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{BigInt, Nullable, Text};
    audit (id) {
        id -> DbUuid,
        at -> DbTime,
        actor_id -> Nullable<DbUuid>,
        actor -> Text,
        action -> Text,
        object_kind -> Text,
        object -> Text,
        address -> Text,
        request_id -> Text,
        detail -> Text,
        seq -> Nullable<BigInt>,
        previous -> Nullable<Text>,
        hash -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::DbTime;
    use diesel::sql_types::{Binary, Integer, Text};
    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        request_hash -> Binary,
        status -> Integer,
        body -> Text,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::DbTime;
    use diesel::sql_types::Text;
    leases (name) {
        name -> Text,
        owner -> Text,
        until -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::DbTime;
    use diesel::sql_types::Text;
    cron_slots (job, slot) {
        job -> Text,
        slot -> Text,
        at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::DbTime;
    use diesel::sql_types::Text;
    settings (name) {
        name -> Text,
        value -> Text,
        updated_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    rotas (id) {
        id -> DbUuid,
        organisation_id -> DbUuid,
        name -> Text,
        retired_at -> Nullable<DbTime>,
        created_at -> DbTime,
        updated_at -> DbTime,
        version -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    rota_rotations (id) {
        id -> DbUuid,
        rota_id -> DbUuid,
        line -> Integer,
        kind -> Text,
        people -> Text,
        length_hours -> Integer,
        anchor_at -> DbTime,
        from_at -> DbTime,
        to_at -> Nullable<DbTime>,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    rota_overrides (id) {
        id -> DbUuid,
        rota_id -> DbUuid,
        line -> Integer,
        from_at -> DbTime,
        to_at -> DbTime,
        instead_of_id -> Nullable<DbUuid>,
        account_id -> Nullable<DbUuid>,
        reason -> Text,
        created_by -> Nullable<DbUuid>,
        created_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    rota_swaps (id) {
        id -> DbUuid,
        rota_id -> DbUuid,
        line -> Integer,
        state -> Text,
        asker_id -> DbUuid,
        asked_id -> DbUuid,
        from_at -> DbTime,
        to_at -> DbTime,
        back_from_at -> Nullable<DbTime>,
        back_to_at -> Nullable<DbTime>,
        note -> Text,
        created_at -> DbTime,
        answered_at -> Nullable<DbTime>,
        confirmed_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    rota_handovers (id) {
        id -> DbUuid,
        rota_id -> DbUuid,
        line -> Integer,
        at -> DbTime,
        outgoing_id -> Nullable<DbUuid>,
        incoming_id -> DbUuid,
        facts -> Text,
        note -> Text,
        written_by -> Nullable<DbUuid>,
        written_at -> DbTime,
        acknowledged_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable};
    rota_gaps (id) {
        id -> DbUuid,
        rota_id -> DbUuid,
        line -> Integer,
        from_at -> DbTime,
        to_at -> Nullable<DbTime>,
        warned_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable};
    rota_feeds (id) {
        id -> DbUuid,
        account_id -> DbUuid,
        rota_id -> Nullable<DbUuid>,
        token_hash -> Binary,
        created_at -> DbTime,
        last_used_at -> Nullable<DbTime>,
        revoked_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable, Text};
    drills (incident_id) {
        incident_id -> DbUuid,
        playbook -> Text,
        speed -> Integer,
        channels -> Text,
        partners -> Text,
        goal -> Text,
        started_by -> Nullable<DbUuid>,
        started_at -> DbTime,
        ended_by -> Nullable<DbUuid>,
        ended_at -> Nullable<DbTime>,
        ending -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    canaries (id) {
        id -> DbUuid,
        channel -> Text,
        slot -> DbTime,
        delivery_id -> DbUuid,
        made_at -> DbTime,
        sent_at -> Nullable<DbTime>,
        failed_at -> Nullable<DbTime>,
        alarmed_at -> Nullable<DbTime>,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::DbTime;
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    chat_updates (room, update_id) {
        room -> Text,
        update_id -> BigInt,
        received_at -> DbTime,
        body -> Text,
        chat -> Text,
        message -> Text,
        sender -> Text,
        attempts -> Integer,
        due_at -> DbTime,
        handled_at -> Nullable<DbTime>,
        outcome -> Text,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    chat_links (id) {
        id -> DbUuid,
        account_id -> DbUuid,
        room -> Text,
        person -> Text,
        chat -> Text,
        name -> Text,
        linked_at -> DbTime,
        broken_at -> Nullable<DbTime>,
        broken_why -> Nullable<Text>,
        ended_at -> Nullable<DbTime>,
        ended_why -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable, Text};
    chat_codes (hash) {
        hash -> Binary,
        account_id -> DbUuid,
        session_id -> Nullable<DbUuid>,
        room -> Text,
        created_at -> DbTime,
        expires_at -> DbTime,
        person -> Nullable<Text>,
        chat -> Nullable<Text>,
        name -> Nullable<Text>,
        used_at -> Nullable<DbTime>,
        confirmed_at -> Nullable<DbTime>,
        refused_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Nullable, Text};
    push_subscriptions (id) {
        id -> DbUuid,
        account_id -> DbUuid,
        endpoint -> Text,
        endpoint_hash -> Binary,
        p256dh -> Text,
        auth -> Text,
        browser -> Text,
        made_at -> DbTime,
        ended_at -> Nullable<DbTime>,
        ended_why -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Integer, Nullable};
    chat_settings (account_id) {
        account_id -> DbUuid,
        quiet_from -> Nullable<Integer>,
        quiet_to -> Nullable<Integer>,
        updated_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Bool, Nullable, Text};
    chat_groups (id) {
        id -> DbUuid,
        room -> Text,
        chat -> Text,
        title -> Text,
        topics -> Bool,
        added_by -> Nullable<DbUuid>,
        added_at -> DbTime,
        lost_at -> Nullable<DbTime>,
        lost_why -> Nullable<Text>,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<DbTime>,
        paced_at -> Nullable<DbTime>,
        trouble -> Text,
        trouble_why -> Text,
        trouble_at -> Nullable<DbTime>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Binary, Bool, Integer, Nullable, Text};
    chat_cards (id) {
        id -> DbUuid,
        incident_id -> DbUuid,
        group_id -> DbUuid,
        topic -> Nullable<Text>,
        message -> Nullable<Text>,
        title -> Text,
        shown -> Nullable<Binary>,
        pinned -> Bool,
        opened_at -> DbTime,
        stale_at -> Nullable<DbTime>,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        closed_at -> Nullable<DbTime>,
        dirty -> Bool,
        opening_at -> Nullable<DbTime>,
        doubt_at -> Nullable<DbTime>,
        lost_topics -> Integer,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    chat_presses (id) {
        id -> DbUuid,
        account_id -> Nullable<DbUuid>,
        incident_id -> Nullable<DbUuid>,
        delivery_id -> Nullable<DbUuid>,
        card_id -> Nullable<DbUuid>,
        verb -> Text,
        data -> Text,
        made_at -> DbTime,
        expires_at -> DbTime,
        done_at -> Nullable<DbTime>,
        done_by -> Nullable<DbUuid>,
        done_name -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::{Nullable, Text};
    chat_turns (room, chat, person) {
        room -> Text,
        chat -> Text,
        person -> Text,
        account_id -> DbUuid,
        what -> Text,
        data -> Text,
        message -> Nullable<Text>,
        expires_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    use diesel::sql_types::Text;
    chat_named (room, chat, person) {
        room -> Text,
        chat -> Text,
        person -> Text,
        incident_id -> DbUuid,
        named_at -> DbTime,
    }
}

diesel::table! {
    use crate::store::codec::{DbTime, DbUuid};
    snoozes (incident_id, account_id) {
        incident_id -> DbUuid,
        account_id -> DbUuid,
        until -> DbTime,
        at -> DbTime,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    organisations,
    organisation_functions,
    contact_points,
    systems,
    system_providers,
    accounts,
    account_roles,
    password_history,
    account_links,
    sessions,
    second_factors,
    recovery_codes,
    sign_in_steps,
    sign_in_failures,
    api_keys,
    incidents,
    incident_members,
    incident_links,
    reports,
    closings,
    timeline,
    tasks,
    dispatches,
    dispatch_entries,
    dispatch_links,
    drills,
    evidence,
    evidence_custody,
    indicators,
    clocks,
    calendar_years,
    duties,
    dispatch_files,
    runs,
    canaries,
    chat_updates,
    chat_links,
    chat_codes,
    chat_settings,
    chat_groups,
    chat_cards,
    chat_presses,
    chat_turns,
    chat_named,
    push_subscriptions,
    snoozes,
    playbook_texts,
    playbook_versions,
    timers,
    outbox,
    mailbox,
    audit,
    idempotency_keys,
    leases,
    cron_slots,
    settings,
    rotas,
    rota_rotations,
    rota_overrides,
    rota_swaps,
    rota_handovers,
    rota_gaps,
    rota_feeds,
);
