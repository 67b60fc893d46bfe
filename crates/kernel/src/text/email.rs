//! E-mail addresses.

use super::{TextFault, checked_text};

/// An e-mail address that mail can be sent to: the plain form of RFC 5321 (no quoted local part, no address
/// literal, at least two labels), in ASCII. Held in lower case, because no provider in use tells cases apart
/// and two accounts of one mailbox would.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

checked_text!(Email);

impl Email {
    /// Reads an address, with white space around it cut.
    pub fn parse(raw: &str) -> Result<Self, TextFault> {
        let address = raw.trim();
        if address.is_empty() {
            return Err(TextFault::Required);
        }
        // RFC 5321, 4.5.3.1: 254 octets of an address, 64 of its local part, 63 of a label.
        if address.len() > 254 {
            return Err(TextFault::TooLong { max: 254 });
        }
        let (local, domain) = address.rsplit_once('@').ok_or(TextFault::Invalid)?;
        if is_local_part(local) && is_domain(domain) {
            Ok(Self(address.to_ascii_lowercase()))
        } else {
            Err(TextFault::Invalid)
        }
    }

    /// What is after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Dot-atom of RFC 5322, 3.2.3.
fn is_local_part(local: &str) -> bool {
    let is_atom_text = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_text))
}

/// Letters, digits and inner hyphens (RFC 1123, 2.1); a top level of digits only would be an address.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.')
        && domain.split('.').all(is_label)
        && domain.rsplit('.').next().is_some_and(|top| top.len() > 1 && !top.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_read_in_lower_case() {
        for (raw, address) in [
            (" Olena.Koval@Salon.UA ", "olena.koval@salon.ua"),
            ("o'neil+tag@mail.example.co.uk", "o'neil+tag@mail.example.co.uk"),
            ("a@xn--80affa3aj0al.xn--j1amh", "a@xn--80affa3aj0al.xn--j1amh"),
        ] {
            assert_eq!(Email::parse(raw).map(String::from), Ok(address.into()));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for raw in [
            "plain",
            "@b.ua",
            "a@",
            "a@b",
            "a b@c.ua",
            "a@b..ua",
            ".a@b.ua",
            "a.@b.ua",
            "a..b@c.ua",
            "a@-b.ua",
            "a@b-.ua",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "\"a\"@b.ua",
            "пошта@b.ua",
            "a@b.ua\nBcc: c@d.ua",
            "a@b@c.ua\0",
            "a@b,c.ua",
            "<a@b.ua>",
        ] {
            assert_eq!(Email::parse(raw), Err(TextFault::Invalid), "{raw:?}");
        }
        assert_eq!(Email::parse("  "), Err(TextFault::Required));
        assert_eq!(Email::parse(&format!("a@{}.ua", "b".repeat(260))), Err(TextFault::TooLong { max: 254 }));
        assert_eq!(Email::parse(&format!("{}@b.ua", "a".repeat(65))), Err(TextFault::Invalid));
    }
}
