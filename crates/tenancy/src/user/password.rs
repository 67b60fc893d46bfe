//! Passwords: which are accepted, and how they are hashed and checked (argon2id).
//! Hashing runs off the async threads and behind permits, so that a burst of log-ins waits instead of eating memory, and
//! too many of them are refused. A check against "no such user" costs the same as a real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use kernel::{CommonCode, Error, Issue, Result};
use tokio::sync::Semaphore;

use crate::error::TenancyErrorCode;
use crate::secrets::random_bytes;

/// Shortest accepted password, in characters.
pub const MIN_CHARACTERS: usize = 10;
/// Longest accepted password, in characters.
pub const MAX_CHARACTERS: usize = 256;

/// Words and runs that people take for passwords; a password made of one of them and a tail of digits is guessed first.
const COMMON: &str = include_str!("common.txt");
/// How many requests wait for their turn at most.
const QUEUE: usize = 512;

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

/// What hashing has cost so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordWork {
    /// Hashes that were begun.
    pub runs: u64,
    /// Hashes running now; each takes 19 MiB.
    pub running: usize,
    /// The most that ever ran at once.
    pub peak: usize,
    /// Requests that wait for their turn now.
    pub waiting: usize,
}

/// Hashes and checks passwords, a few at a time. Cheap to clone.
#[derive(Clone)]
pub struct Passwords(Arc<Pool>);

struct Pool {
    permits: Arc<Semaphore>,
    patience: Duration,
    /// What a password is compared with where nobody is.
    nobody: String,
    runs: AtomicU64,
    running: AtomicUsize,
    peak: AtomicUsize,
    waiting: AtomicUsize,
}

impl Passwords {
    /// Allows this many hashes at once; each takes 19 MiB while it runs. Who waits longer than `patience` is refused.
    pub fn new(at_once: usize, patience: Duration) -> Self {
        Self(Arc::new(Pool {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
            patience,
            nobody: hash_of_nothing(),
            runs: AtomicU64::new(0),
            running: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
        }))
    }

    /// What it has cost so far.
    pub fn work(&self) -> PasswordWork {
        PasswordWork {
            runs: self.0.runs.load(Ordering::Relaxed),
            running: self.0.running.load(Ordering::Relaxed),
            peak: self.0.peak.load(Ordering::Relaxed),
            waiting: self.0.waiting.load(Ordering::Relaxed),
        }
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
        let hash = stored.unwrap_or(&self.0.nobody).to_owned();
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

    /// Whoever stops waiting gives the place in the queue back; a hash that has begun keeps its permit until it ends, since
    /// it cannot be stopped.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let place = Place::take(&self.0)?;
        let permit = tokio::time::timeout(self.0.patience, self.0.permits.clone().acquire_owned())
            .await
            .map_err(Error::unavailable)?
            .map_err(Error::internal)?;
        drop(place);
        let run = Run::begin(self.0.clone());
        tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(run);
            drop(permit);
            outcome
        })
        .await
        .map_err(Error::internal)?
    }
}

/// A place among those who wait.
struct Place<'a>(&'a Pool);

impl<'a> Place<'a> {
    fn take(pool: &'a Pool) -> Result<Self> {
        let place = Self(pool);
        if pool.waiting.fetch_add(1, Ordering::Relaxed) < QUEUE {
            Ok(place)
        } else {
            Err(Error::unavailable("too many requests wait for a password to be hashed"))
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A hash that runs.
struct Run(Arc<Pool>);

impl Run {
    fn begin(pool: Arc<Pool>) -> Self {
        pool.runs.fetch_add(1, Ordering::Relaxed);
        let running = pool.running.fetch_add(1, Ordering::Relaxed) + 1;
        pool.peak.fetch_max(running, Ordering::Relaxed);
        Self(pool)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A hash with the cost of a real one that no known password has: random bytes, hashed from nothing.
fn hash_of_nothing() -> String {
    let (params, encode) = (Params::default(), |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes));
    let (salt, hash) = (encode(&random_bytes::<16>()), encode(&random_bytes::<32>()));
    format!("$argon2id$v=19$m={},t={},p={}${salt}${hash}", params.m_cost(), params.t_cost(), params.p_cost())
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
        let passwords = Passwords::new(2, Duration::from_mins(1));
        let hash = passwords.hash("correct horse battery staple").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse battery staple", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("incorrect horse", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse battery staple", None).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_costs_what_somebody_costs() {
        let passwords = Passwords::new(2, Duration::from_mins(1));
        let hash = passwords.hash("correct horse battery staple").await.unwrap();
        let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(cost(&hash), cost(&passwords.0.nobody));
        assert_eq!(PasswordHash::new(&passwords.0.nobody).unwrap().hash.unwrap().len(), 32);
        let before = passwords.work().runs;
        passwords.verify("a password", None).await.unwrap();
        assert_eq!(passwords.work().runs, before + 1);
        passwords.verify("a password", Some(&hash)).await.unwrap();
        assert_eq!(passwords.work().runs, before + 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn those_who_leave_do_not_let_more_run_at_once() {
        let passwords = Passwords::new(1, Duration::from_mins(1));
        let hash = passwords.hash("correct horse battery staple").await.unwrap();
        let (begun, begins) = std::sync::mpsc::channel();
        let (go, held) = std::sync::mpsc::channel::<()>();
        let slow = passwords.clone();
        let first = tokio::spawn(async move {
            slow.run(move || {
                let _ = begun.send(());
                let _ = held.recv();
                Ok(())
            })
            .await
        });
        tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();
        // Its caller goes away; the hash goes on, and so does its permit.
        first.abort();
        let _ = first.await;
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let (passwords, hash) = (passwords.clone(), hash.clone());
                tokio::spawn(async move { passwords.verify("correct horse battery staple", Some(&hash)).await })
            })
            .collect();
        while passwords.work().waiting < 8 {
            tokio::task::yield_now().await;
        }
        assert_eq!((passwords.work().running, passwords.work().runs), (1, 2));
        go.send(()).unwrap();
        for waited in waiting {
            assert!(waited.await.unwrap().unwrap());
        }
        let work = passwords.work();
        assert_eq!((work.runs, work.peak, work.running, work.waiting), (10, 1, 0, 0));
    }

    #[tokio::test]
    async fn waiting_ends_and_the_queue_is_short() {
        let passwords = Passwords::new(1, Duration::from_millis(1));
        let taken = passwords.0.permits.clone().acquire_owned().await.unwrap();
        assert_eq!(passwords.hash("correct horse").await.unwrap_err().kind, kernel::Kind::Unavailable);
        let places: Vec<_> = (0..QUEUE).map(|_| Place::take(&passwords.0).unwrap()).collect();
        assert_eq!(Place::take(&passwords.0).err().unwrap().kind, kernel::Kind::Unavailable);
        drop((places, taken));
        assert_eq!(passwords.work().waiting, 0);
        assert!(passwords.hash("correct horse").await.is_ok());
    }
}
