//! Content lines: escaping, quoting, folding.

use chrono::{DateTime, Utc};

/// An instant in UTC (RFC 5545, 3.3.5, form 2).
pub(crate) fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// TEXT (RFC 5545, 3.3.11). What no text may hold (control characters) is left out.
pub(crate) fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 8);
    for character in raw.chars() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out
}

/// A quoted parameter value; what can't stand in quotes is spelled as in RFC 6868.
pub(crate) fn quoted(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 2);
    out.push('"');
    for character in raw.chars() {
        match character {
            '"' => out.push_str("^'"),
            '^' => out.push_str("^^"),
            '\n' => out.push_str("^n"),
            control if control.is_control() => {}
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

/// An address as a URI; anything a URI could stumble over is percent-encoded.
pub(crate) fn mailto(email: &str) -> String {
    let mut out = String::from("mailto:");
    for byte in email.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_+~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            for half in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(half)]));
            }
        }
    }
    out
}

/// Appends one content line, folded at 75 octets between characters (RFC 5545, 3.1).
pub(crate) fn push(out: &mut String, line: &str) {
    const WIDTH: usize = 75;
    let mut used = 0;
    for character in line.chars() {
        let size = character.len_utf8();
        if used + size > WIDTH {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(character);
        used += size;
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_line_is_folded_at_75_octets_and_unfolds_to_what_it_was(line in "\\PC{0,400}") {
            let mut out = String::new();
            push(&mut out, &line);
            prop_assert!(out.ends_with("\r\n"));
            prop_assert!(out.split("\r\n").all(|part| part.len() <= 75));
            prop_assert_eq!(out.replace("\r\n ", ""), format!("{line}\r\n"));
        }

        #[test]
        fn no_text_breaks_out_of_its_line(raw in any::<String>()) {
            let controls = |text: String| text.chars().any(char::is_control);
            prop_assert!(!controls(text(&raw)) && !controls(quoted(&raw)) && !controls(mailto(&raw)));
        }
    }
}
