//! What values, limits and signals are called.
//!
//! Holds: each name carries its company, and no two different keys have one text. Fixed parts are `&'static str`
//! of the code; whatever a caller could have chosen comes last or is escaped.

use std::fmt::Write as _;
use std::net::IpAddr;

use kernel::CompanyId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The key of an immutable value: one small table of one company as it was under one stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StampedKey {
    /// Whose.
    pub company: CompanyId,
    /// What: `catalog.services`.
    pub table: &'static str,
    /// The stamp read in the snapshot that the value is loaded from.
    pub stamp: i64,
}

impl StampedKey {
    pub(crate) fn text(&self, prefix: &str, release: &str) -> String {
        Parts::new(prefix).add("value").add(release).add(self.company).add(self.table).add(self.stamp).text
    }
}

/// Whom a limit counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateKey {
    /// What is limited: `login.address`.
    pub scope: &'static str,
    /// In which company; none for what happens before there is one.
    pub company: Option<CompanyId>,
    /// Who: an actor, an address, an account.
    pub principal: String,
}

impl RateKey {
    /// Counts `principal` over all companies.
    pub fn global(scope: &'static str, principal: impl Into<String>) -> Self {
        Self { scope, company: None, principal: principal.into() }
    }

    /// Counts `principal` within a company.
    pub fn of(scope: &'static str, company: CompanyId, principal: impl Into<String>) -> Self {
        Self { scope, company: Some(company), principal: principal.into() }
    }

    /// Counts the network an address belongs to: one IPv4 address, or the /64 that a single IPv6 customer gets.
    pub fn address(scope: &'static str, address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}/64")
            }
        };
        Self::global(scope, network)
    }

    pub(crate) fn text(&self, prefix: &str) -> String {
        let company = self.company.map_or_else(|| "-".to_owned(), |company| company.to_string());
        // Principals are often what people typed: a hash bounds the length and keeps addresses out of Redis.
        let digest = Sha256::digest(&self.principal);
        let principal = digest[..16].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        Parts::new(prefix).add("limit").add(self.scope).add(company).add(principal).text
    }
}

/// What a signal is about: a subject within a company.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Topic {
    /// Whose.
    pub company: CompanyId,
    /// What: `calendar`, or a finer one such as `calendar/loc_…`.
    pub name: String,
}

impl Topic {
    /// The topic of this name in a company.
    pub fn new(company: CompanyId, name: impl Into<String>) -> Self {
        Self { company, name: name.into() }
    }
}

/// The key of a text under its own hash.
pub(crate) fn text(name: &[u8; 32], prefix: &str) -> String {
    let name = name.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    Parts::new(prefix).add("text").add(name).text
}

/// Joins parts with ':', escaping it inside them: `a:b` + `c` and `a` + `b:c` stay two keys.
struct Parts {
    text: String,
}

impl Parts {
    fn new(prefix: &str) -> Self {
        Self { text: escape(prefix) }
    }

    fn add(mut self, part: impl std::fmt::Display) -> Self {
        let _ = write!(self.text, ":{}", escape(&part.to_string()));
        self
    }
}

fn escape(part: &str) -> String {
    part.replace('%', "%25").replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn colons_in_a_principal_never_make_another_key() {
        let company = CompanyId::NONE;
        let keys = [
            RateKey::of("a", company, "x:y").text("zapys"),
            RateKey::of("a", company, "x%3Ay").text("zapys"),
            RateKey::of("a", company, "x").text("zapys:y"),
            RateKey::global("a", format!("{company}:x")).text("zapys"),
            RateKey::of("a", company, "x").text("zapys"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert_eq!(keys.iter().position(|other| other == key), Some(at), "{key}");
        }
    }

    #[test]
    fn each_company_has_its_own_key() {
        let key = |company| StampedKey { company, table: "catalog", stamp: 7 }.text("zapys", "1");
        assert_ne!(key(CompanyId::new()), key(CompanyId::new()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_count_as_one() {
        let key = |text: &str| RateKey::address("login", text.parse().unwrap()).principal;
        assert_eq!(key("2001:db8:1:2:aaaa::1"), key("2001:db8:1:2:bbbb::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
