//! The address of a page of the company's own, to which links of letters lead. Pure.

use kernel::{CommonCode, Issue};

use crate::api_key::origin;

/// Longest address, in characters: with a token behind it, it must still fit into a line of any mail program.
const LENGTH: usize = 200;

/// An address as it was typed, with its origin in one spelling: https, or http on a developer's machine; a path and a query,
/// if there are any, and no fragment, since the token stands there.
pub(super) fn page(raw: &str) -> Result<String, Issue> {
    let raw = raw.trim();
    if raw.chars().count() > LENGTH {
        return Err(Issue::new(CommonCode::TooLong).with("max", LENGTH));
    }
    read(raw).ok_or_else(|| Issue::new(CommonCode::Invalid))
}

fn read(raw: &str) -> Option<String> {
    let (scheme, rest) = raw.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    let path = &rest[host.len()..];
    // Signs that stand for themselves in a path or a query (RFC 3986, 3.3 and 3.4).
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@%/?".contains(sign);
    let origin = origin(&format!("{scheme}://{host}"))?;
    path.chars().all(plain).then(|| format!("{origin}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_an_address_without_a_fragment() {
        for (raw, expected) in [
            (" https://Salon.example ", Some("https://salon.example")),
            ("https://salon.example/visit?lang=uk", Some("https://salon.example/visit?lang=uk")),
            ("https://salon.example?lang=uk", Some("https://salon.example?lang=uk")),
            ("http://localhost:5173/v", Some("http://localhost:5173/v")),
            ("http://salon.example/v", None),
            ("https://salon.example/v#token", None),
            ("https://user@salon.example/", None),
            ("https://salon.example/a b", None),
            ("https://salon.example/\"><script>", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(page(raw).ok().as_deref(), expected, "{raw}");
        }
        assert!(page(&format!("https://salon.example/{}", "a".repeat(200))).is_err());
    }
}
