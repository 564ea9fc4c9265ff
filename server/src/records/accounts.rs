//! Accounts, sessions, keys, as rows.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::domain::ids::{AccountId, AccountLinkId, ApiKeyId, OrganisationId, SessionId};
use crate::domain::words::{Language, LinkPurpose, Role};
use crate::store::schema::{
    account_links, account_roles, accounts, api_keys, password_history, recovery_codes,
    second_factors, sessions, sign_in_failures, sign_in_steps,
};

/// A person in an organisation.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = accounts, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Account {
    pub id: AccountId,
    pub organisation_id: OrganisationId,
    pub name: String,
    pub title: String,
    pub email: String,
    pub phone: String,
    pub language: Language,
    pub password_hash: Option<String>,
    pub must_change_password: bool,
    pub locked_at: Option<Timestamp>,
    pub lock_reason: Option<String>,
    pub lock_letter: Option<String>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i32,
}

/// One role of one account.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = account_roles, primary_key(account_id, role), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct AccountRole {
    pub account_id: AccountId,
    pub role: Role,
}

/// A password that may not be used again.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = password_history, primary_key(account_id, at), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct OldPassword {
    pub account_id: AccountId,
    pub at: Timestamp,
    pub password_hash: String,
}

/// A one-time link: activation or reset.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = account_links, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct AccountLink {
    pub id: AccountLinkId,
    pub account_id: AccountId,
    pub purpose: LinkPurpose,
    pub token_hash: Vec<u8>,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A signed-in browser.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = sessions, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Session {
    pub id: SessionId,
    pub token_hash: Vec<u8>,
    pub account_id: AccountId,
    pub csrf: String,
    pub public_computer: bool,
    pub address: String,
    pub user_agent: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub proved_at: Timestamp,
}

/// A second factor: it counts once confirmed.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = second_factors, primary_key(account_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SecondFactor {
    pub account_id: AccountId,
    /// The shared secret in base32. Not printed anywhere.
    pub secret: String,
    pub confirmed_at: Option<Timestamp>,
    /// The last time step whose code was used.
    pub last_step: i64,
    pub created_at: Timestamp,
}

/// A code for the day when the device is lost.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = recovery_codes, primary_key(code_hash), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RecoveryCode {
    pub code_hash: Vec<u8>,
    pub account_id: AccountId,
    pub used_at: Option<Timestamp>,
}

/// A sign-in between the password and the code.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = sign_in_steps, primary_key(token_hash), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SignInStep {
    pub token_hash: Vec<u8>,
    pub account_id: AccountId,
    pub public_computer: bool,
    pub expires_at: Timestamp,
}

/// Failed sign-ins of one account and client.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = sign_in_failures, primary_key(key), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SignInFailures {
    pub key: String,
    pub failures: i32,
    pub blocked_until: Option<Timestamp>,
    pub updated_at: Timestamp,
}

/// A machine that acts in a person's name.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = api_keys, primary_key(id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub account_id: AccountId,
    pub name: String,
    pub scopes: String,
    pub key_hash: Vec<u8>,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}
