//! The tables for Diesel. A test compares them with `migrations/`.

#![expect(
    missing_docs,
    reason = "what the macros make has no place for a comment; the migrations say it"
)]

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        password_hash -> Nullable<Text>,
        is_active -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        role -> Text,
        session_epoch -> Integer,
        sessions_ended_at -> Nullable<Timestamptz>,
        session_kept -> Nullable<Uuid>,
        credentials_version -> Integer,
        locale -> Nullable<Text>,
        email_verified_at -> Nullable<Timestamptz>,
        email_bounced_at -> Nullable<Timestamptz>,
        pending_email -> Nullable<Text>,
        pending_email_flow -> Nullable<Uuid>,
        pending_email_expires_at -> Nullable<Timestamptz>,
        invited_at -> Nullable<Timestamptz>,
        locked_at -> Nullable<Timestamptz>,
        second_factor_at -> Nullable<Timestamptz>,
        factors_reset_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> BigInt,
        client_type -> Text,
        device_name -> Text,
        user_agent -> Text,
        ip -> Inet,
        created_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        expires_at -> Timestamptz,
        generation -> Integer,
        rotated_at -> Timestamptz,
        is_confirmed -> Bool,
        revoked_at -> Nullable<Timestamptz>,
        revoked_reason -> Nullable<Text>,
        epoch -> Integer,
        access_until -> Timestamptz,
        remembered_until -> Nullable<Timestamptz>,
        expires_on -> Nullable<Date>,
        rotated_family -> Nullable<Text>,
        rotated_network -> Nullable<Inet>,
        known_device_id -> Nullable<Uuid>,
        auth_time -> Nullable<Timestamptz>,
        factor_at -> Nullable<Timestamptz>,
        amr -> Text,
    }
}

diesel::table! {
    known_devices (id) {
        id -> Uuid,
        user_id -> BigInt,
        session_id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        trusted_at -> Nullable<Timestamptz>,
        trusted_until -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(sessions, users);

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        created_at -> Timestamptz,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        actor_id -> Nullable<BigInt>,
        session_id -> Nullable<Uuid>,
        ip -> Nullable<Inet>,
        user_agent -> Text,
        request_id -> Text,
    }
}

diesel::table! {
    sign_in_failures (account) {
        account -> Bytea,
        failed_at -> Array<Timestamptz>,
        last_failed_at -> Timestamptz,
    }
}

diesel::table! {
    password_costs (id) {
        id -> SmallInt,
        key -> Bytea,
        parameters -> Array<Text>,
        bounds -> Array<BigInt>,
        counted_at -> Timestamptz,
        counted_by -> Text,
    }
}

diesel::table! {
    proofs (id) {
        id -> Uuid,
        purpose -> Text,
        user_id -> Nullable<BigInt>,
        address -> Text,
        is_decoy -> Bool,
        mails -> SmallInt,
        code -> Nullable<Bytea>,
        code_until -> Nullable<Timestamptz>,
        older_code -> Nullable<Bytea>,
        older_code_until -> Nullable<Timestamptz>,
        link -> Nullable<Bytea>,
        older_link -> Nullable<Bytea>,
        attempts -> SmallInt,
        created_at -> Timestamptz,
        asked_at -> Timestamptz,
        expires_at -> Timestamptz,
        consumed_at -> Nullable<Timestamptz>,
        password_hash -> Nullable<Text>,
        locale -> Nullable<Text>,
    }
}

diesel::table! {
    proof_budgets (address) {
        address -> Bytea,
        sent_at -> Array<Timestamptz>,
        last_sent_at -> Timestamptz,
    }
}

diesel::table! {
    reserved_addresses (address) {
        address -> Text,
        user_id -> BigInt,
        until -> Timestamptz,
    }
}

diesel::table! {
    mail_outbox (id) {
        id -> Uuid,
        recipient -> Text,
        locale -> Text,
        kind -> Text,
        sealed -> Nullable<Bytea>,
        is_decoy -> Bool,
        proof_id -> Nullable<Uuid>,
        proof_mail -> Nullable<SmallInt>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        due_at -> Timestamptz,
        attempts -> SmallInt,
        sent_at -> Nullable<Timestamptz>,
        failed_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    id_timelines (is_only) {
        is_only -> Bool,
        timeline -> Text,
    }
}

diesel::table! {
    totp_secrets (id) {
        id -> Uuid,
        user_id -> BigInt,
        sealed -> Bytea,
        last_step -> BigInt,
        created_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    recovery_codes (user_id, digest) {
        user_id -> BigInt,
        digest -> Bytea,
        created_at -> Timestamptz,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sign_in_flows (id) {
        id -> Uuid,
        purpose -> Text,
        user_id -> BigInt,
        credentials_version -> Integer,
        browser -> Nullable<Bytea>,
        amr -> Text,
        device_name -> Text,
        failures -> SmallInt,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        proved_at -> Nullable<Timestamptz>,
        consumed_at -> Nullable<Timestamptz>,
        proof_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    factor_failures (user_id) {
        user_id -> BigInt,
        failed_at -> Array<Timestamptz>,
        last_failed_at -> Timestamptz,
    }
}

diesel::table! {
    passkey_users (user_id) {
        user_id -> BigInt,
        handle -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    passkeys (id) {
        id -> Uuid,
        user_id -> BigInt,
        credential_id -> Bytea,
        public_key -> Bytea,
        algorithm -> Integer,
        sign_count -> BigInt,
        is_backup_eligible -> Bool,
        is_backed_up -> Bool,
        transports -> Array<Text>,
        aaguid -> Uuid,
        rp_id -> Text,
        name -> Text,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        counter_stalled_at -> Nullable<Timestamptz>,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    passkey_challenges (id) {
        id -> Uuid,
        purpose -> Text,
        user_id -> Nullable<BigInt>,
        bound_to -> Nullable<Uuid>,
        challenge -> Bytea,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}
