//! Second factors, their recovery codes, and sign-ins that wait for a code.

use crate::store::query::*;

use super::Conn;
use crate::clock::Timestamp;
use crate::domain::ids::AccountId;
use crate::error::Result;
use crate::records::{RecoveryCode, SecondFactor, SignInStep};
use crate::store::schema::{recovery_codes, second_factors, sign_in_steps};

/// The second factor of an account, confirmed or not.
pub fn find(c: &mut Conn, id: AccountId) -> Result<Option<SecondFactor>> {
    Ok(second_factors::table.find(id).first(c).optional()?)
}

/// The second factor that counts.
pub fn confirmed(c: &mut Conn, id: AccountId) -> Result<Option<SecondFactor>> {
    Ok(find(c, id)?.filter(|factor| factor.confirmed_at.is_some()))
}

/// Puts a second factor in the place of what was there, codes included.
pub fn put(tx: &mut Conn, factor: &SecondFactor) -> Result<()> {
    remove(tx, factor.account_id)?;
    diesel::insert_into(second_factors::table).values(factor).execute(tx)?;
    Ok(())
}

/// Keeps a changed second factor.
pub fn save(tx: &mut Conn, factor: &SecondFactor) -> Result<()> {
    diesel::update(second_factors::table.find(factor.account_id)).set(factor).execute(tx)?;
    Ok(())
}

/// Takes the second factor away; answers whether there was one.
pub fn remove(tx: &mut Conn, id: AccountId) -> Result<bool> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(id))).execute(tx)?;
    Ok(diesel::delete(second_factors::table.find(id)).execute(tx)? == 1)
}

/// Adds a recovery code.
pub fn insert_code(tx: &mut Conn, code: &RecoveryCode) -> Result<()> {
    diesel::insert_into(recovery_codes::table).values(code).execute(tx)?;
    Ok(())
}

/// Uses a recovery code of this account; answers whether it was good.
pub fn use_code(tx: &mut Conn, id: AccountId, hash: &[u8], now: Timestamp) -> Result<bool> {
    let good = recovery_codes::table
        .filter(recovery_codes::code_hash.eq(hash.to_vec()))
        .filter(recovery_codes::account_id.eq(id))
        .filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(good).set(recovery_codes::used_at.eq(Some(now))).execute(tx)? == 1)
}

/// How many recovery codes are left.
pub fn codes_left(c: &mut Conn, id: AccountId) -> Result<i64> {
    Ok(recovery_codes::table
        .filter(recovery_codes::account_id.eq(id))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(c)?)
}

/// Adds a sign-in that waits for its code.
pub fn insert_step(tx: &mut Conn, step: &SignInStep) -> Result<()> {
    diesel::insert_into(sign_in_steps::table).values(step).execute(tx)?;
    Ok(())
}

/// The sign-in that waits under this token's hash.
pub fn step(c: &mut Conn, hash: &[u8]) -> Result<Option<SignInStep>> {
    Ok(sign_in_steps::table.find(hash.to_vec()).first(c).optional()?)
}

/// Ends every waiting sign-in of an account.
pub fn end_steps(tx: &mut Conn, id: AccountId) -> Result<()> {
    diesel::delete(sign_in_steps::table.filter(sign_in_steps::account_id.eq(id))).execute(tx)?;
    Ok(())
}

/// Forgets waiting sign-ins whose time is over; answers how many.
pub fn sweep_steps(tx: &mut Conn, now: Timestamp) -> Result<usize> {
    let over = sign_in_steps::table.filter(sign_in_steps::expires_at.lt(now));
    Ok(diesel::delete(over).execute(tx)?)
}
