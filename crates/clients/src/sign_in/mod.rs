//! How a client, who has no account, proves who they are: a code that is sent to an address of theirs opens a session of half
//! an hour in one company.
//!
//! The proof is of the address, not of a card: what is theirs is every card of the company with that address, as the cards
//! are at that moment. Anybody may have a code sent to any address, so asking tells nobody whether it is known here.
//! One code lives per company and address; it is good for one session and five tries, and a newer one takes its place.
//! Not here: signed links to one visit (bookings), the letter (comms).

mod door;
mod entity;
pub(crate) mod graphql;
mod repo;
mod service;

use chrono::{DateTime, Utc};
use kernel::{CompanyId, Email, Locale};
use tenancy::Secrets;

pub use service::{ClientSelf, ClientToken, CodeLetter};

kernel::id! {
    /// A code that was sent to an address.
    pub struct ClientCodeId("cco");
    /// A session that a code opened.
    pub struct ClientSessionId("cse");
}

/// How long a code can be used, in minutes.
pub const CODE_MINUTES: i64 = 10;
/// How often one code may be tried.
pub const CODE_TRIES: i32 = 5;
const CODE_DIGITS: usize = 6;
const PURPOSE: &str = "client-code";

/// The way a code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By e-mail.
    Email,
}

impl Way {
    /// The name stored in rows.
    const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
        }
    }
}

/// A code, without its digits: they are computed from the nonce when a letter is written and when somebody tries.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Code {
    id: ClientCodeId,
    address: Email,
    language: Locale,
    nonce: Vec<u8>,
    expires_at: DateTime<Utc>,
}

/// Somebody who proved an address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    id: ClientSessionId,
    address: Email,
    language: Locale,
    expires_at: DateTime<Utc>,
}

/// An address as codes and cards are compared by it: people do not mind capitals.
fn folded(typed: &str) -> Result<Email, kernel::TextFault> {
    Email::parse(&typed.to_lowercase())
}

/// What was typed as a code: six digits, however they are set apart. None for what can't be one.
fn digits(typed: &str) -> Option<String> {
    let digits: String =
        typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-').take(CODE_DIGITS + 1).collect();
    (digits.len() == CODE_DIGITS && digits.bytes().all(|sign| sign.is_ascii_digit())).then_some(digits)
}

impl Code {
    /// Its digits, under the newest secret.
    fn digits(&self, secrets: &Secrets, company: CompanyId) -> String {
        let (company, id) = (company.uuid(), self.id.uuid());
        shown(&secrets.code(PURPOSE, &[company.as_bytes(), id.as_bytes(), &self.nonce]))
    }

    /// Whether these are its digits, under whichever secret they were written.
    fn is(&self, secrets: &Secrets, company: CompanyId, digits: &str) -> bool {
        let (company, id) = (company.uuid(), self.id.uuid());
        let codes = secrets.codes(PURPOSE, &[company.as_bytes(), id.as_bytes(), &self.nonce]);
        codes.iter().any(|code| shown(code) == digits)
    }
}

/// The first six decimal digits' worth of a code: of 2^64 values so near to even that nobody gains by it.
fn shown(code: &[u8; 32]) -> String {
    let number = code[..8].iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{:0width$}", number % 1_000_000, width = CODE_DIGITS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn code(address: &str) -> Code {
        Code {
            id: ClientCodeId::new(),
            address: folded(address).unwrap(),
            language: Locale::Uk,
            nonce: b"nonce".to_vec(),
            expires_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_code_is_six_digits_of_its_own() {
        let secrets = Secrets::new([Secrets::generate()]).unwrap();
        let (company, code) = (CompanyId::new(), code("Olena@Example.com"));
        let shown = code.digits(&secrets, company);
        assert_eq!(digits(&shown), Some(shown.clone()));
        assert!(code.is(&secrets, company, &shown));
        // Each of the parts makes another one: of a thousand pairs some are alike by chance, of three hardly ever.
        let others = [
            code.digits(&secrets, CompanyId::new()),
            Code { nonce: b"other".to_vec(), ..code.clone() }.digits(&secrets, company),
            Code { id: ClientCodeId::new(), ..code.clone() }.digits(&secrets, company),
        ];
        assert!(others.iter().any(|other| *other != shown), "{shown} {others:?}");
    }

    #[test]
    fn a_code_that_is_under_way_survives_a_new_secret() {
        let old = Secrets::generate();
        let secrets = Secrets::new([&old]).unwrap();
        let (company, code) = (CompanyId::new(), code("olena@example.com"));
        let shown = code.digits(&secrets, company);
        secrets.replace([&Secrets::generate(), &old]).unwrap();
        assert!(code.is(&secrets, company, &shown));
    }

    #[test]
    fn people_set_digits_apart() {
        assert_eq!(digits(" 012 345 "), Some("012345".to_owned()));
        assert_eq!(digits("012-345"), Some("012345".to_owned()));
        for wrong in
            ["", "12345", "1234567", "12345a", "\u{660}\u{661}\u{662}\u{663}\u{664}\u{665}", &"1".repeat(10_000)]
        {
            assert_eq!(digits(wrong), None, "{wrong:.20}");
        }
    }
}
