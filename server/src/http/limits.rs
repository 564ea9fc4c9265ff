//! Rate limits by key (an address, a link, a session), with bounded memory. They slow floods down
//! and leave a whole office behind one address usable (security.md section 9).

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::actions::sign_in::network;
use crate::config::Security;
use crate::domain::ids::AccountId;
use crate::domain::refusal::Refusal;
use crate::error::Error;

/// Keys beyond which those that are fresh again are forgotten.
const MANY: usize = 20_000;

/// One limit: so many at once, and so many an hour.
pub struct Limit {
    keyed: Option<RateLimiter<String, DashMapStateStore<String>, DefaultClock>>,
    clock: DefaultClock,
}

impl Limit {
    /// A limit of `burst` at once that fills again at `per_hour`; without numbers there is none.
    pub fn per_hour(burst: u32, per_hour: u32) -> Self {
        Self::new(NonZeroU32::new(per_hour).map(Quota::per_hour), burst)
    }

    /// A limit of `burst` at once that fills again at `per_minute`.
    pub fn per_minute(burst: u32, per_minute: u32) -> Self {
        Self::new(NonZeroU32::new(per_minute).map(Quota::per_minute), burst)
    }

    /// No limit at all.
    pub fn none() -> Self {
        Self::new(None, 0)
    }

    fn new(quota: Option<Quota>, burst: u32) -> Self {
        let quota = quota.map(|quota| match NonZeroU32::new(burst) {
            Some(burst) => quota.allow_burst(burst),
            None => quota,
        });
        let clock = DefaultClock::default();
        Self { keyed: quota.map(RateLimiter::keyed), clock }
    }

    /// Counts one more of this key.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] with the seconds to wait.
    pub fn check(&self, key: &str) -> Result<(), Refusal> {
        let Some(keyed) = &self.keyed else { return Ok(()) };
        if keyed.len() > MANY {
            keyed.retain_recent();
        }
        keyed.check_key(&key.to_owned()).map_err(|no| {
            let wait = no.wait_time_from(self.clock.now());
            Refusal::TooManyRequests { wait_seconds: wait.max(Duration::from_secs(1)).as_secs() }
        })
    }
}

/// The limits of one process.
pub struct Limits {
    /// Reports from one address.
    pub report_address: Limit,
    /// Reports through one organisation's link.
    pub report_link: Limit,
    /// Whether a form is sent for the first time, by its nonce.
    pub report_first: Limit,
    /// The same form again: corrections, the second step, repeats after a lost answer.
    pub report_again: Limit,
    /// Files and answers by one tracking or magic link.
    pub link_writes: Limit,
    calls: Limit,
    sign_ins: Limit,
    forgotten: Limit,
    missed_links: Limit,
}

impl Limits {
    /// The limits of the configuration; none when they are lifted (the demo's measurements).
    pub fn new(config: &Security) -> Self {
        if !config.rate_limits {
            return Self {
                report_address: Limit::none(),
                report_link: Limit::none(),
                report_first: Limit::none(),
                report_again: Limit::none(),
                link_writes: Limit::none(),
                calls: Limit::none(),
                sign_ins: Limit::none(),
                forgotten: Limit::none(),
                missed_links: Limit::none(),
            };
        }
        Self {
            report_address: Limit::per_hour(config.report_burst, config.report_per_hour),
            // A link that became public must not silence its organisation's own people: what it
            // takes at once is what it takes in an hour.
            report_link: Limit::per_hour(config.report_link_per_hour, config.report_link_per_hour),
            report_first: Limit::per_hour(1, 1),
            report_again: Limit::per_hour(40, 40),
            link_writes: Limit::per_hour(20, 60),
            // What may be done in a whole period may be done at once: an office starts work
            // together, a machine catches up.
            calls: Limit::per_minute(config.requests_per_minute, config.requests_per_minute),
            sign_ins: Limit::per_minute(config.sign_in_per_minute, config.sign_in_per_minute),
            forgotten: Limit::per_hour(config.forgot_per_hour, config.forgot_per_hour),
            missed_links: Limit::per_hour(
                config.missed_links_per_hour,
                config.missed_links_per_hour,
            ),
        }
    }

    /// Counts a call of the API: of the account that it comes from, else of the address.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`].
    pub fn call(&self, account: Option<AccountId>, address: &str) -> Result<(), Refusal> {
        let key = account.map_or_else(|| network(address), |account| account.to_string());
        self.calls.check(&key)
    }

    /// Counts a sign-in from this address, whatever comes of it.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`].
    pub fn sign_in(&self, address: &str) -> Result<(), Refusal> {
        self.sign_ins.check(&network(address))
    }

    /// Counts a letter for a forgotten password.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`].
    pub fn forgot(&self, address: &str) -> Result<(), Refusal> {
        self.forgotten.check(&network(address))
    }

    /// Passes on what came of a secret link, and counts it when it opened nothing. Good links are
    /// never counted and never stopped: one scanner must not shut out the office that it sits in.
    ///
    /// # Errors
    /// What the outcome was, or [`Refusal::TooManyRequests`] in place of one miss too many.
    pub fn of_link<T>(&self, address: &str, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error::Refused(Refusal::LinkNotValid)) = &outcome {
            self.missed_links.check(&network(address))?;
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_does_not_stop_another() {
        let limit = Limit::per_hour(2, 60);
        assert!(limit.check("a").is_ok());
        assert!(limit.check("a").is_ok());
        match limit.check("a") {
            Err(Refusal::TooManyRequests { wait_seconds }) => {
                assert!((1..=60).contains(&wait_seconds))
            }
            other => panic!("{other:?}"),
        }
        assert!(limit.check("b").is_ok());
    }

    #[test]
    fn a_whole_office_behind_one_address_can_report() {
        let limits = Limits::new(&Security::default());
        for _ in 0..20 {
            assert!(limits.report_address.check("203.0.113.1").is_ok());
        }
        assert!(limits.report_address.check("203.0.113.1").is_err());
    }

    #[test]
    fn only_links_that_open_nothing_count_and_good_ones_always_open() {
        let limits = Limits::new(&Security { missed_links_per_hour: 2, ..Security::default() });
        let miss = || limits.of_link::<()>("203.0.113.1", Err(Refusal::LinkNotValid.into()));
        assert!((0..50).all(|_| limits.of_link("203.0.113.1", Ok(())).is_ok()));
        assert_eq!(miss().unwrap_err().face().0, 410);
        assert_eq!(miss().unwrap_err().face().0, 410);
        assert_eq!(miss().unwrap_err().face().0, 429);
        assert!(limits.of_link("203.0.113.1", Ok(())).is_ok());
        let other = limits.of_link::<()>("203.0.113.2", Err(Refusal::LinkNotValid.into()));
        assert_eq!(other.unwrap_err().face().0, 410);
    }

    #[test]
    fn an_account_that_floods_the_api_stops_nobody_else_at_its_address() {
        let limits = Limits::new(&Security { requests_per_minute: 3, ..Security::default() });
        let flood: AccountId = "0190f1de-0000-7000-8000-000000000001".parse().unwrap();
        let calm: AccountId = "0190f1de-0000-7000-8000-000000000002".parse().unwrap();
        assert!((0..3).all(|_| limits.call(Some(flood), "203.0.113.1").is_ok()));
        assert!(limits.call(Some(flood), "203.0.113.9").is_err());
        assert!(limits.call(Some(calm), "203.0.113.1").is_ok());
        assert!(limits.call(None, "203.0.113.1").is_ok());
    }

    #[test]
    fn one_network_of_ipv6_is_one_client() {
        let limits = Limits::new(&Security { sign_in_per_minute: 1, ..Security::default() });
        assert!(limits.sign_in("2001:db8::1").is_ok());
        assert!(limits.sign_in("2001:db8::2").is_err());
        assert!(limits.sign_in("2001:db8:0:1::1").is_ok());
    }

    #[test]
    fn lifted_limits_count_nothing() {
        let off = Security { rate_limits: false, ..Security::default() };
        let limits = Limits::new(&off);
        assert!((0..1000).all(|_| limits.report_address.check("a").is_ok()));
        assert!((0..1000).all(|_| limits.sign_in("a").is_ok() && limits.forgot("a").is_ok()));
        let miss = limits.of_link::<()>("a", Err(Refusal::LinkNotValid.into()));
        assert!((0..1000).all(|_| miss.as_ref().is_err_and(|why| why.face().0 == 410)));
    }
}
