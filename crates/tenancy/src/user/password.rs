//! Passwords: which are accepted, and how they are hashed and checked (argon2id).
//! Hashing runs off the async threads and behind permits, so that a burst of log-ins waits instead of eating memory.
//! A check against "no such user" costs the same as a real one.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{CommonCode, Error, Issue, Result};
use tokio::sync::{OnceCell, Semaphore};

use crate::error::TenancyErrorCode;
use crate::secrets::random_bytes;

/// Shortest accepted password, in characters.
pub const MIN_CHARACTERS: usize = 10;
/// Longest accepted password, in characters.
pub const MAX_CHARACTERS: usize = 256;

/// Words and runs that people take for passwords; a password made of one of them and a tail of digits is guessed first.
const COMMON: &str = include_str!("common.txt");
/// How long a request waits for its turn to hash before it is refused as unavailable.
const PATIENCE: Duration = Duration::from_secs(10);

/// Refuses what is too short, too long, commonly used, or made of what everybody knows about the person.
pub fn check(password: &str, personal: &[&str]) -> Result<(), Issue> {
    let characters = password.chars().count();
    if characters < MIN_CHARACTERS {
        return Err(Issue::new(CommonCode::TooShort).with("min", MIN_CHARACTERS));
    }
    if characters > MAX_CHARACTERS {
        return Err(Issue::new(CommonCode::TooLong).with("max", MAX_CHARACTERS));
    }
    let plain = password.to_lowercase();
    if is_common(&plain) || is_personal(&plain, personal) {
        return Err(Issue::new(TenancyErrorCode::PasswordTooCommon));
    }
    Ok(())
}

fn is_common(plain: &str) -> bool {
    let distinct = plain.chars().collect::<std::collections::BTreeSet<_>>().len();
    if distinct < 4 || is_run(plain) {
        return true;
    }
    let unmasked: String = plain.chars().map(unmask).collect();
    let core = |text: &str| text.trim_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation()).to_owned();
    let unmasked_core: String = core(plain).chars().map(unmask).collect();
    let candidates = [plain.to_owned(), core(plain), unmasked, unmasked_core];
    COMMON
        .lines()
        .filter(|word| !word.is_empty() && !word.starts_with('#'))
        .any(|word| candidates.iter().any(|candidate| candidate == word || is_repetition(candidate, word)))
}

/// Neighbours in one direction throughout: `1234567890`, `abcdefghij`, `0987654321`.
fn is_run(plain: &str) -> bool {
    let codes: Vec<i64> = plain.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = |wanted: i64| codes.windows(2).all(|pair| (pair[1] - pair[0]).rem_euclid(10) == wanted.rem_euclid(10));
    let digits = plain.chars().all(|c| c.is_ascii_digit());
    let exact = |wanted: i64| codes.windows(2).all(|pair| pair[1] - pair[0] == wanted);
    exact(1) || exact(-1) || (digits && (steps(1) || steps(-1)))
}

fn is_repetition(candidate: &str, word: &str) -> bool {
    candidate.len() > word.len()
        && candidate.len().is_multiple_of(word.len())
        && candidate == word.repeat(candidate.len() / word.len())
}

/// The usual disguises: `p@ssw0rd`.
fn unmask(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// The whole password, less digits and signs around it, is the address, its name part, or the person's name.
fn is_personal(plain: &str, personal: &[&str]) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let core = letters(plain.trim_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation()));
    let whole = letters(plain);
    personal.iter().any(|known| {
        let known_parts = [letters(known), letters(known.split('@').next().unwrap_or_default())];
        known_parts.iter().any(|known| known.chars().count() >= 3 && (*known == whole || *known == core))
    })
}

/// Hashes and checks passwords, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    nobody: Arc<OnceCell<String>>,
}

impl Passwords {
    /// Allows this many hashes at once; each takes 19 MiB while it runs.
    pub fn new(at_once: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once.max(1))), nobody: Arc::default() }
    }

    /// The PHC string of a password, with a fresh salt.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || Ok(Argon2::default().hash_password(password.as_bytes()).map_err(hash_fault)?.to_string()))
            .await
    }

    /// Whether the password is that of the stored hash; with none it works as long and says no.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let known = stored.is_some();
        let hash = match stored {
            Some(stored) => stored.to_owned(),
            None => self
                .nobody
                .get_or_try_init(|| async { self.hash(&URL_SAFE_NO_PAD.encode(random_bytes::<16>())).await })
                .await?
                .clone(),
        };
        // Longer ones are refused where passwords are set; hashing them would only cost time.
        let password: String = password.chars().take(MAX_CHARACTERS + 1).collect();
        let same = self
            .run(move || {
                let parsed = PasswordHash::new(&hash).map_err(hash_fault)?;
                Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(same && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permit = tokio::time::timeout(PATIENCE, self.permits.clone().acquire_owned())
            .await
            .map_err(Error::unavailable)?
            .map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        })
        .await
        .map_err(Error::internal)?
    }
}

fn hash_fault(fault: impl std::fmt::Display) -> Error {
    Error::internal(format!("password hashing failed: {fault}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn code(password: &str) -> Option<&'static str> {
        check(password, &["olena.koval@salon.example", "Олена Коваль"]).err().map(|issue| issue.code)
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(code("їжачокспи"), Some("TOO_SHORT"));
        assert_eq!(code("їжачокспит"), None);
        assert_eq!(code(&"xyz1-".repeat(51)), None);
        assert_eq!(code(&"xyz1-".repeat(52)), Some("TOO_LONG"));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "password123",
            "P@ssw0rd2026",
            "qwertyuiop",
            "1234567890",
            "0987654321",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "passwordpassword",
            "Parol12345",
            "йцукенгшщз",
            "letmein2026!",
        ] {
            assert_eq!(code(password), Some("PASSWORD_TOO_COMMON"), "{password}");
        }
    }

    #[test]
    fn the_person_themselves_is_no_password() {
        for password in ["olena.koval@salon.example", "Olena.Koval1", "оленаКоваль", "Олена Коваль 1990"]
        {
            assert_eq!(code(password), Some("PASSWORD_TOO_COMMON"), "{password}");
        }
    }

    #[test]
    fn sentences_and_random_ones_are_accepted() {
        for password in ["correct horse battery staple", "тиха вода греблю рве", "k7#Vq2!xLm", "my dog eats bread at 7"]
        {
            assert_eq!(code(password), None, "{password}");
        }
    }

    #[tokio::test]
    async fn a_hash_is_checked_and_nobody_has_no_password() {
        let passwords = Passwords::new(2);
        let hash = passwords.hash("correct horse battery staple").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse battery staple", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("incorrect horse", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse battery staple", None).await.unwrap());
    }
}
