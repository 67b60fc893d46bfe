//! The texts around keys: the key itself, and origins. Pure but for randomness.

use access::KeyKind;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secrets::random_bytes;

/// How every key begins.
pub(crate) const KEY_PREFIX: &str = "zpk_";

/// A new key: its kind, readable, then 32 random bytes.
pub(crate) fn fresh(kind: KeyKind) -> String {
    let kind = match kind {
        KeyKind::Publishable => "pub",
        KeyKind::Secret => "sec",
    };
    format!("{KEY_PREFIX}{kind}_{}", URL_SAFE_NO_PAD.encode(random_bytes::<32>()))
}

/// An origin as browsers send it (RFC 6454: scheme, host, port unless default), or None when it is not one. Plain HTTP
/// only for machines of developers; no wildcard, since it would bind to nothing.
pub fn origin(raw: &str) -> Option<String> {
    let raw = raw.trim().trim_end_matches('/').to_ascii_lowercase();
    let (scheme, rest) = raw.split_once("://")?;
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|port| *port > 0)?)),
        None => (rest, None),
    };
    let local = host == "localhost" || host == "127.0.0.1";
    let default = match scheme {
        "https" => 443,
        "http" if local => 80,
        _ => return None,
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let named = host.len() <= 253 && host.contains('.') && host.split('.').all(label);
    if !(local || named) {
        return None;
    }
    Some(match port.filter(|port| *port != default) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn origins_have_one_spelling() {
        for (raw, expected) in [
            ("https://Salon.example/", "https://salon.example"),
            ("https://salon.example:443", "https://salon.example"),
            ("https://salon.example:8443", "https://salon.example:8443"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
        ] {
            assert_eq!(origin(raw).as_deref(), Some(expected), "{raw}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for raw in [
            "",
            "*",
            "salon.example",
            "http://salon.example",
            "https://",
            "https://*.example",
            "https://salon.example/path",
            "https://user@salon.example",
            "https://salon",
            "ftp://salon.example",
            "https://salon.example:0",
            "https://salon.example:99999",
            "null",
        ] {
            assert_eq!(origin(raw), None, "{raw}");
        }
    }

    #[test]
    fn keys_say_their_kind_and_never_repeat() {
        assert!(fresh(KeyKind::Publishable).starts_with("zpk_pub_"));
        assert!(fresh(KeyKind::Secret).starts_with("zpk_sec_"));
        assert_ne!(fresh(KeyKind::Secret), fresh(KeyKind::Secret));
        assert_eq!(fresh(KeyKind::Secret).len(), 8 + 43);
    }
}
