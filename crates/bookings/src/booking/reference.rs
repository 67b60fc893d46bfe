//! The short name of a booking that people read aloud: `ZP-` and six random Crockford characters, unique within a company.
//! It is an address, never a credential: knowing one opens nothing.

use rand::RngExt;

const PREFIX: &str = "ZP-";
const LENGTH: usize = 6;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A fresh random reference; the unique key of the table decides whether it is taken.
pub fn draw() -> String {
    let mut random = rand::rng();
    let mut reference = String::with_capacity(PREFIX.len() + LENGTH);
    reference.push_str(PREFIX);
    for _ in 0..LENGTH {
        reference.push(char::from(ALPHABET[random.random_range(0..ALPHABET.len())]));
    }
    reference
}

/// Reads a reference as people type it: any case, with or without the prefix, `O` for zero, `I` and `L` for one.
pub fn parse(raw: &str) -> Option<String> {
    let upper = raw.trim().to_ascii_uppercase();
    let body = upper.strip_prefix(PREFIX).unwrap_or(&upper);
    let body: String = body
        .chars()
        .map(|letter| match letter {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let known = body.len() == LENGTH && body.bytes().all(|byte| ALPHABET.contains(&byte));
    known.then(|| format!("{PREFIX}{body}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn what_is_drawn_reads_back() {
        for _ in 0..1_000 {
            let reference = draw();
            assert_eq!(parse(&reference), Some(reference.clone()));
            assert_eq!(reference.len(), 9);
        }
    }

    #[test]
    fn people_may_type_it_their_way() {
        for spelling in ["zp-7k4m2q", " ZP-7K4M2Q ", "7k4m2q"] {
            assert_eq!(parse(spelling).as_deref(), Some("ZP-7K4M2Q"));
        }
        assert_eq!(parse("zp-oil000").as_deref(), Some("ZP-011000"));
    }

    #[test]
    fn anything_else_is_no_reference() {
        for raw in ["", "ZP-", "ZP-7K4M2", "ZP-7K4M2QQ", "ZP-7K4M2U", "АБВГДЕ", "ZP-%%%%%%"] {
            assert_eq!(parse(raw), None);
        }
    }
}
