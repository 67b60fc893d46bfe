//! Which addresses may be asked: of URLs, and of the internet.

use crate::Fault;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// Longest address that is read, in bytes.
const MAX_LENGTH: usize = 2_000;

/// Whether an address belongs to the public internet: everything that the registries of special-purpose addresses
/// (IANA, RFC 6890) give a meaning of its own is not public, neither is what carries such an address inside.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that are not public, by first address and length.
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),           // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // behind a provider's NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // this machine
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // this link; credentials of cloud machines
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocols
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
];

/// Networks inside of the global unicast space of IPv6 that are not public.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols: Teredo, ORCHID, benchmarks
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: an IPv4 address inside
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    SPECIAL_V4.iter().all(|(network, length)| (bits ^ u32::from(*network)) >> (32 - length) != 0)
}

/// Of IPv6 only global unicast is public, and the addresses by which networks without IPv4 reach it (RFC 6052).
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = u128::from(address);
    if bits >> 32 == u128::from(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0)) >> 32 {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let is_global = bits >> 125 == 0b001;
    is_global && SPECIAL_V6.iter().all(|(network, length)| (bits ^ u128::from(*network)) >> (128 - length) != 0)
}

/// Which URLs may be asked.
pub(crate) struct Policy {
    trusted: Vec<String>,
}

impl Policy {
    pub(crate) fn new(trusted: &[String]) -> Self {
        Self { trusted: trusted.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    pub(crate) fn read(&self, text: &str) -> Result<Url, Fault> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(Fault::Address);
        }
        let secure = text.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("webcal:"));
        let text = secure.map_or_else(|| text.to_owned(), |(_, rest)| format!("https:{rest}"));
        let mut url = Url::parse(&text).map_err(|_| Fault::Address)?;
        url.set_fragment(None);
        self.check(&url)?;
        Ok(url)
    }

    /// What can be said of a URL before its name is resolved.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Fault> {
        let is_named = !url.username().is_empty() || url.password().is_some();
        let host = url.host().filter(|_| !is_named && url.as_str().len() <= MAX_LENGTH).ok_or(Fault::Address)?;
        let is_trusted = self.trusts(url);
        match url.scheme() {
            "https" => {}
            "http" if is_trusted => {}
            _ => return Err(Fault::Address),
        }
        let address = match host {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(address) => IpAddr::V4(address),
            Host::Ipv6(address) => IpAddr::V6(address),
        };
        if is_trusted || is_public(address) { Ok(()) } else { Err(Fault::NotPublic) }
    }

    /// Whether the operator said that this host may be anywhere.
    pub(crate) fn trusts(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        self.trusted.contains(&format!("{host}:{port}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2a00:1450:4001::1",
            "2606:4700::1111",
            "2001:4860::8888",
            "2001:200::1",
            "64:ff9b::8.8.8.8",
        ];
        let inner = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8",
            "64:ff9b::10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::8.8.8.8",
            "100::1",
            "2001::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ];
        for (addresses, expected) in [(&public[..], true), (&inner[..], false)] {
            for address in addresses {
                assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
            }
        }
    }

    #[test]
    fn a_url_is_of_https_and_names_no_inner_address_in_any_spelling() {
        let policy = Policy::new(&["Calendar.Internal:8080".into(), "10.0.0.7:80".into()]);
        let read = |text: &str| policy.read(text).map(String::from);
        assert_eq!(read(" https://calendar.example/a?b=c#d "), Ok("https://calendar.example/a?b=c".into()));
        assert_eq!(read("WebCal://calendar.example/a.ics"), Ok("https://calendar.example/a.ics".into()));
        assert_eq!(read("http://calendar.internal:8080/a"), Ok("http://calendar.internal:8080/a".into()));
        assert_eq!(read("http://10.0.0.7/a"), Ok("http://10.0.0.7/a".into()));
        let long = format!("https://calendar.example/{}", "a".repeat(2_000));
        for wrong in [
            "",
            "calendar.example",
            "http://calendar.example/a",
            "ftp://calendar.example/a",
            "file:///etc/passwd",
            "https://",
            "https://user@calendar.example/",
            "https://u:p@calendar.example/",
            "http://calendar.internal/a",
            "javascript:alert(1)",
            "gopher://calendar.example:70/",
            &long,
        ] {
            assert_eq!(read(wrong), Err(Fault::Address), "{wrong}");
        }
        for inner in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
            "https://10.0.0.7/",
            "https://①②⑦.⓪.⓪.①/",
            "https://192.168.1.1:8443/",
        ] {
            assert_eq!(read(inner), Err(Fault::NotPublic), "{inner}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in any::<String>()) {
            let _ = Policy::new(&[]).read(&text);
        }

        #[test]
        fn an_inner_address_inside_of_one_of_ipv6_is_never_public(bits in any::<u32>(), high in any::<u16>()) {
            let address = Ipv4Addr::from(bits);
            let [a, b, c, d] = address.octets();
            let pair = |one: u8, other: u8| u16::from_be_bytes([one, other]);
            let mapped = IpAddr::V6(address.to_ipv6_mapped());
            let translated = IpAddr::V6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, pair(a, b), pair(c, d)));
            let six_to_four = IpAddr::V6(Ipv6Addr::new(0x2002, pair(a, b), pair(c, d), high, 0, 0, 0, 1));
            prop_assert!(!is_public(mapped) && !is_public(six_to_four));
            prop_assert_eq!(is_public(translated), is_public(IpAddr::V4(address)));
            let std = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
            prop_assert!(!(std && is_public(IpAddr::V4(address))));
        }
    }
}
