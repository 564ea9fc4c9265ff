//! The directory's pure rules: what an organisation, a contact point and a system may say.
//! Pages, the API and the import hand in texts as typed and get facts, or every bad field.

use std::net::IpAddr;

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::refusal::FieldError;
use crate::domain::text::{self, limit};
use crate::domain::words::{ContactRole, Function, OrganisationKind, Rank, SystemKind};

/// How many levels a tree of organisations has at most; sight looks no further down.
pub const LEVELS: usize = 6;

/// An organisation as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrganisationText {
    /// Short key, for good: it is part of the report link.
    pub key: String,
    /// Full name.
    pub name: String,
    /// Short name; empty: the full name.
    pub short_name: String,
    /// Word of the kind.
    pub kind: String,
    /// Key of the organisation above.
    pub parent: String,
    /// Postal address.
    pub address: String,
    /// The office's telephone.
    pub phone: String,
    /// The office's mail.
    pub email: String,
    /// Domain of official mail (Điều 5.1.b).
    pub mail_domain: String,
    /// First day, `2017-01-01` or `01/01/2017`.
    pub valid_from: String,
    /// Last day; empty: open.
    pub valid_to: String,
    /// Key of the organisation that took over.
    pub successor: String,
}

/// An organisation whose fields are checked; other organisations are still named by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationFacts {
    pub key: String,
    pub name: String,
    pub short_name: String,
    pub kind: OrganisationKind,
    pub parent: Option<String>,
    pub address: String,
    pub phone: String,
    pub email: String,
    pub mail_domain: String,
    pub valid_from: Timestamp,
    /// The first instant after its last day.
    pub valid_to: Option<Timestamp>,
    pub successor: Option<String>,
}

/// A contact point as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContactText {
    /// Word of the rank: main or deputy.
    pub rank: String,
    /// Word of the role.
    pub role: String,
    /// Name.
    pub name: String,
    /// Office.
    pub title: String,
    /// Telephone at the office.
    pub phone: String,
    /// Mobile telephone.
    pub mobile: String,
    /// Official mail.
    pub email: String,
    /// When they can be reached.
    pub hours: String,
    /// Number of the Telegram chat.
    pub telegram: String,
    /// Day of the last check.
    pub last_verified: String,
}

/// A contact point whose fields are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactFacts {
    pub rank: Rank,
    pub role: ContactRole,
    pub name: String,
    pub title: String,
    pub phone: String,
    pub mobile: String,
    pub email: String,
    pub hours: String,
    pub telegram: Option<String>,
    pub last_verified: Option<Timestamp>,
}

/// A system as typed; `providers`, `domains` and `addresses` are lists with spaces between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SystemText {
    /// Short key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Key of the owner (chủ quản).
    pub owner: String,
    /// Key of the operator (đơn vị vận hành).
    pub operator: String,
    /// Keys of the enterprises that connect or serve it.
    pub providers: String,
    /// Level 1 to 5 (NĐ 85/2016), or empty.
    pub level: String,
    /// Word of the kind.
    pub kind: String,
    /// Domain names.
    pub domains: String,
    /// Public addresses or networks.
    pub addresses: String,
    /// What must keep running during a response (TT 20/2017 Điều 12.2).
    pub priority_rules: String,
}

/// A system whose fields are checked; organisations are still named by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemFacts {
    pub key: String,
    pub name: String,
    pub owner: String,
    pub operator: Option<String>,
    pub providers: Vec<String>,
    pub level: Option<i32>,
    pub kind: SystemKind,
    pub domains: String,
    pub addresses: String,
    pub priority_rules: String,
}

type Bad = Vec<FieldError>;

/// Gathers what is wrong, so that a form shows everything at once.
#[derive(Default)]
struct Gather(Bad);

impl Gather {
    fn take<T: Default>(&mut self, got: Result<T, FieldError>) -> T {
        got.unwrap_or_else(|why| {
            self.0.push(why);
            T::default()
        })
    }

    fn maybe<T>(&mut self, got: Result<T, FieldError>) -> Option<T> {
        got.map_err(|why| self.0.push(why)).ok()
    }
}

/// Checks an organisation.
///
/// # Errors
/// Every bad field.
pub fn organisation(from: &OrganisationText) -> Result<OrganisationFacts, Bad> {
    let mut g = Gather::default();
    let name = g.take(text::some_line("name", &from.name, limit::TITLE));
    let short = g.take(text::line("short_name", &from.short_name, limit::NAME));
    let kind = g.maybe(word("kind", &from.kind));
    let valid_from = g.maybe(day("valid_from", &from.valid_from));
    let valid_to = g.take(last_day("valid_to", &from.valid_to));
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to <= from
    {
        g.0.push(FieldError::new("valid_to", "field-dir-period"));
    }
    let key = g.take(key("key", &from.key));
    let (parent, successor) = (
        g.take(optional_key("parent", &from.parent)),
        g.take(optional_key("successor", &from.successor)),
    );
    for (field, other) in [("parent", &parent), ("successor", &successor)] {
        if other.as_ref() == Some(&key) && !key.is_empty() {
            g.0.push(FieldError::new(field, "field-dir-itself"));
        }
    }
    let address = g.take(text::line("address", &from.address, limit::TITLE));
    let phone = g.take(phone("phone", &from.phone));
    let email = g.take(optional_email("email", &from.email));
    let mail_domain = g.take(domain("mail_domain", &from.mail_domain));
    match (kind, valid_from) {
        (Some(kind), Some(valid_from)) if g.0.is_empty() => Ok(OrganisationFacts {
            short_name: if short.is_empty() { text::shortened(&name, 60) } else { short },
            key,
            name,
            kind,
            parent,
            address,
            phone,
            email,
            mail_domain,
            valid_from,
            valid_to,
            successor,
        }),
        _ => Err(g.0),
    }
}

/// Checks a contact point.
///
/// # Errors
/// Every bad field.
pub fn contact(from: &ContactText) -> Result<ContactFacts, Bad> {
    let mut g = Gather::default();
    let rank = g.maybe(word("rank", &from.rank));
    let role = g.maybe(word("role", &from.role));
    let name = g.take(text::some_line("name", &from.name, limit::NAME));
    let title = g.take(text::line("title", &from.title, limit::TITLE));
    let phone_at_office = g.take(phone("phone", &from.phone));
    let mobile = g.take(phone("mobile", &from.mobile));
    let email = g.take(optional_email("email", &from.email));
    if from.phone.trim().is_empty() && from.mobile.trim().is_empty() && from.email.trim().is_empty()
    {
        g.0.push(FieldError::new("phone", "field-dir-no-way"));
    }
    let hours = g.take(text::line("hours", &from.hours, limit::NAME));
    let telegram = g.take(chat("telegram", &from.telegram));
    let last_verified = g.take(optional_day("last_verified", &from.last_verified));
    match (rank, role) {
        (Some(rank), Some(role)) if g.0.is_empty() => Ok(ContactFacts {
            rank,
            role,
            name,
            title,
            phone: phone_at_office,
            mobile,
            email,
            hours,
            telegram,
            last_verified,
        }),
        _ => Err(g.0),
    }
}

/// Checks a system.
///
/// # Errors
/// Every bad field.
pub fn system(from: &SystemText) -> Result<SystemFacts, Bad> {
    let mut g = Gather::default();
    let own_key = g.take(key("key", &from.key));
    let name = g.take(text::some_line("name", &from.name, limit::TITLE));
    let owner = g.take(key("owner", &from.owner));
    let operator = g.take(optional_key("operator", &from.operator));
    let mut providers = Vec::new();
    for provider in list(&from.providers) {
        let provider = g.take(key("providers", provider));
        if !provider.is_empty() && !providers.contains(&provider) {
            providers.push(provider);
        }
    }
    providers.sort();
    let level = g.take(level("level", &from.level));
    let kind = g.maybe(word("kind", &from.kind));
    let domains = g.take(domains("domains", &from.domains));
    let addresses = g.take(addresses("addresses", &from.addresses));
    let priority_rules = g.take(text::block("priority_rules", &from.priority_rules, 2_000));
    match kind {
        Some(kind) if g.0.is_empty() => Ok(SystemFacts {
            key: own_key,
            name,
            owner,
            operator,
            providers,
            level,
            kind,
            domains,
            addresses,
            priority_rules,
        }),
        _ => Err(g.0),
    }
}

/// The functions of a cell, with spaces, commas or semicolons between.
///
/// # Errors
/// `field-dir-word` with the first unknown word.
pub fn functions(field: &'static str, typed: &str) -> Result<Vec<Function>, FieldError> {
    let mut all =
        list(typed).map(|one| word(field, one)).collect::<Result<Vec<Function>, FieldError>>()?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// A short key: lower-case letters without accents, digits, inner hyphens; at most 40.
///
/// # Errors
/// `field-empty`, `field-dir-key`.
pub fn key(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let key = text::some_line(field, typed, 40)?;
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fine = key.chars().all(|c| inner(c) || c == '-')
        && key.starts_with(inner)
        && key.ends_with(inner)
        && !key.contains("--");
    if fine { Ok(key) } else { Err(FieldError::with(field, "field-dir-key", key)) }
}

fn optional_key(field: &'static str, typed: &str) -> Result<Option<String>, FieldError> {
    if typed.trim().is_empty() { Ok(None) } else { key(field, typed).map(Some) }
}

fn optional_email(field: &'static str, typed: &str) -> Result<String, FieldError> {
    if typed.trim().is_empty() { Ok(String::new()) } else { text::email(field, typed) }
}

/// A word of one of the code lists, in any case.
///
/// # Errors
/// `field-empty`, `field-dir-word` with what was typed.
pub fn word<T: std::str::FromStr>(field: &'static str, typed: &str) -> Result<T, FieldError> {
    let typed = text::some_line(field, typed, limit::NAME)?;
    typed
        .to_lowercase()
        .replace(['-', ' '], "_")
        .parse()
        .map_err(|_| FieldError::with(field, "field-dir-word", typed))
}

/// The first instant of a day in the province's time, typed as `2017-01-31` or `31/01/2017`.
///
/// # Errors
/// `field-empty`, `field-dir-day`.
pub fn day(field: &'static str, typed: &str) -> Result<Timestamp, FieldError> {
    let typed = text::some_line(field, typed, 40)?;
    let bad = || FieldError::with(field, "field-dir-day", text::shortened(&typed, 40));
    let date = ["%Y-%m-%d", "%d/%m/%Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(&typed, form).ok())
        .filter(|date| (1900..=2200).contains(&chrono::Datelike::year(date)))
        .ok_or_else(bad)?;
    Timestamp::parse(&format!("{date}T00:00")).ok_or_else(bad)
}

fn optional_day(field: &'static str, typed: &str) -> Result<Option<Timestamp>, FieldError> {
    if typed.trim().is_empty() { Ok(None) } else { day(field, typed).map(Some) }
}

/// The first instant after the last day; `None` when open.
///
/// # Errors
/// As [`day`].
pub fn last_day(field: &'static str, typed: &str) -> Result<Option<Timestamp>, FieldError> {
    Ok(optional_day(field, typed)?.map(|day| day + Duration::days(1)))
}

/// A day as forms have it, `2017-01-31`.
pub fn shown_day(at: Timestamp) -> String {
    at.local_input().chars().take(10).collect()
}

/// The last day of a period that ends before `at`, as forms have it.
pub fn shown_last_day(at: Option<Timestamp>) -> String {
    at.map(|at| shown_day(at - Duration::microseconds(1))).unwrap_or_default()
}

/// A telephone number as people write it. A spreadsheet that dropped the leading zero is noticed.
fn phone(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let phone = text::line(field, typed, 60)?;
    if phone.is_empty() {
        return Ok(phone);
    }
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || " +().-/,;".contains(c);
    if digits < 3 || !phone.chars().all(allowed) {
        return Err(FieldError::with(field, "field-dir-phone", phone));
    }
    let bare = phone.len() == digits && (digits == 9 || digits == 10);
    if bare && phone.starts_with(|c: char| ('2'..='9').contains(&c)) {
        return Err(FieldError::with(field, "field-dir-phone-zero", phone));
    }
    Ok(phone)
}

fn chat(field: &'static str, typed: &str) -> Result<Option<String>, FieldError> {
    let chat = text::line(field, typed, 40)?;
    if chat.is_empty() {
        return Ok(None);
    }
    let number = chat.strip_prefix('-').unwrap_or(&chat);
    if number.chars().all(|c| c.is_ascii_digit()) && !number.is_empty() && number.len() <= 20 {
        Ok(Some(chat))
    } else {
        Err(FieldError::with(field, "field-dir-telegram", chat))
    }
}

fn level(field: &'static str, typed: &str) -> Result<Option<i32>, FieldError> {
    let typed = text::line(field, typed, 20)?;
    match typed.as_str() {
        "" => Ok(None),
        other => match other.parse() {
            Ok(level @ 1..=5) => Ok(Some(level)),
            _ => Err(FieldError::with(field, "field-dir-level", typed)),
        },
    }
}

fn domain(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let domain = text::line(field, typed, limit::NAME)?.to_lowercase();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if domain.is_empty() || (domain.contains('.') && domain.split('.').all(label)) {
        Ok(domain)
    } else {
        Err(FieldError::with(field, "field-dir-domain", domain))
    }
}

fn domains(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let all = list(typed).map(|one| domain(field, one)).collect::<Result<Vec<_>, _>>()?;
    joined(field, &all)
}

/// Public addresses or networks: the plan of an inner network does not belong here.
fn addresses(field: &'static str, typed: &str) -> Result<String, FieldError> {
    let mut all = Vec::new();
    for one in list(typed) {
        let (address, bits) = match one.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (one, None),
        };
        let bad = || FieldError::with(field, "field-dir-address", text::shortened(one, 60));
        let ip: IpAddr = address.parse().map_err(|_| bad())?;
        if let Some(bits) = bits {
            let most = if ip.is_ipv4() { 32 } else { 128 };
            bits.parse::<u8>().ok().filter(|bits| *bits <= most).ok_or_else(bad)?;
        }
        let private = match ip {
            IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
            IpAddr::V6(ip) => {
                ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
            }
        };
        if private {
            return Err(FieldError::with(field, "field-dir-private", one));
        }
        all.push(one.to_owned());
    }
    joined(field, &all)
}

fn joined(field: &'static str, all: &[String]) -> Result<String, FieldError> {
    let text = all.join(" ");
    if text.len() > 2_000 { Err(FieldError::with(field, "field-long", 2_000)) } else { Ok(text) }
}

fn list(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|one| !one.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commune() -> OrganisationText {
        OrganisationText {
            key: "xa-dien-lu".into(),
            name: "Ủy ban nhân dân xã Điền Lư".into(),
            kind: "commune".into(),
            valid_from: "01/01/2017".into(),
            ..Default::default()
        }
    }

    #[test]
    fn every_bad_field_is_told_at_once() {
        let bad = OrganisationText {
            key: "Xã Điền Lư".into(),
            name: "a\nBcc: x@y.example".into(),
            kind: "village".into(),
            phone: "gọi sau".into(),
            email: "na".into(),
            mail_domain: "so_y te".into(),
            valid_from: "31/02/2017".into(),
            ..Default::default()
        };
        let fields: Vec<_> =
            organisation(&bad).unwrap_err().iter().map(|why| (why.field, why.key)).collect();
        for expected in [
            ("key", "field-dir-key"),
            ("name", "field-control"),
            ("kind", "field-dir-word"),
            ("phone", "field-dir-phone"),
            ("email", "field-email"),
            ("mail_domain", "field-dir-domain"),
            ("valid_from", "field-dir-day"),
        ] {
            assert!(fields.contains(&expected), "{expected:?} in {fields:?}");
        }
    }

    #[test]
    fn the_last_day_belongs_to_the_period() {
        let facts =
            organisation(&OrganisationText { valid_to: "28/02/2025".into(), ..commune() }).unwrap();
        assert_eq!(facts.valid_from.local(), "01/01/2017 00:00");
        assert_eq!(facts.valid_to.unwrap().local(), "01/03/2025 00:00");
        assert_eq!(shown_last_day(facts.valid_to), "2025-02-28");
        assert_eq!(shown_day(facts.valid_from), "2017-01-01");
        let before = OrganisationText { valid_to: "2016-12-31".into(), ..commune() };
        assert_eq!(organisation(&before).unwrap_err()[0].key, "field-dir-period");
    }

    #[test]
    fn nothing_is_its_own_parent() {
        let own = OrganisationText { parent: "xa-dien-lu".into(), ..commune() };
        assert_eq!(organisation(&own).unwrap_err()[0].key, "field-dir-itself");
    }

    #[test]
    fn numbers_that_a_spreadsheet_broke_are_noticed() {
        assert_eq!(phone("phone", "912345678").unwrap_err().key, "field-dir-phone-zero");
        for fine in ["", "000 237 0001", "1900 1234", "114", "+84 237 000 0000", "0912345678"] {
            assert_eq!(phone("phone", fine), Ok(fine.to_owned()));
        }
        assert!(phone("phone", "=1+cmd|'/c calc'!A0").is_err());
    }

    #[test]
    fn only_public_addresses_are_kept() {
        assert_eq!(
            addresses("addresses", "192.0.2.1;2001:db8::/32, 198.51.100.0/24"),
            Ok("192.0.2.1 2001:db8::/32 198.51.100.0/24".to_owned())
        );
        for (bad, key) in [
            ("10.1.2.3", "field-dir-private"),
            ("192.168.0.0/16", "field-dir-private"),
            ("1.2.3", "field-dir-address"),
            ("192.0.2.0/33", "field-dir-address"),
        ] {
            assert_eq!(addresses("addresses", bad).unwrap_err().key, key, "{bad}");
        }
    }

    #[test]
    fn contacts_need_one_way_to_be_reached() {
        let mut typed = ContactText {
            rank: "main".into(),
            role: "it_officer".into(),
            name: "Vi Thị Lụa".into(),
            ..Default::default()
        };
        assert_eq!(contact(&typed).unwrap_err()[0].key, "field-dir-no-way");
        typed.mobile = "000 912 0114".into();
        assert!(contact(&typed).is_ok());
        typed.telegram = "@lua".into();
        assert_eq!(contact(&typed).unwrap_err()[0].key, "field-dir-telegram");
    }
}
