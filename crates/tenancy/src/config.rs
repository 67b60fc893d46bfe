//! What an operator may set about tenancy.

use std::time::Duration;

use cache::Quota;

/// Settings of tenancy.
#[derive(Debug, Clone)]
pub struct Config {
    /// The public address of the installation: issuer of tokens, beginning of links in mails.
    pub public_url: String,
    /// How many password hashes run at once; each takes 19 MiB meanwhile.
    pub hashes_at_once: usize,
    /// How long a request waits for its turn to hash. Shorter than a request may take, so that it is told so.
    pub hash_patience: Duration,
    /// How long the refresh token before the newest gives the newest pair again, to the same network: two tabs of a browser
    /// refresh at once. Zero: never.
    pub refresh_grace: Duration,
    /// How often things may be tried.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:8080".to_owned(),
            hashes_at_once: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            hash_patience: Duration::from_secs(8),
            refresh_grace: Duration::from_secs(10),
            limits: Limits::default(),
        }
    }
}

/// How often secrets may be guessed and mails be caused. Attempts are counted, not requests: ten aliases of one mutation
/// are ten. A wrong guess locks nobody out but the guesser: what is counted first is one network's guesses at one account.
/// Guesses at an account from everywhere together are counted too, but do not stop a network from which its owner has a
/// living session.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Passwords tried on one account from one network address.
    pub password_pair: Quota,
    /// Passwords tried on one account from everywhere.
    pub password_account: Quota,
    /// Passwords tried from one network address.
    pub password_address: Quota,
    /// Mails that strangers cause to one e-mail address: registration, verification, reset.
    pub mail_account: Quota,
    /// Mails that strangers cause from one network address.
    pub mail_address: Quota,
    /// Tokens and links tried from one network address.
    pub token_address: Quota,
    /// Invitations that one company sends.
    pub invitations: Quota,
    /// Codes that one company's clients have sent to themselves.
    pub client_codes: Quota,
    /// Uses of publishable keys from one network address that names no origin, as no browser would.
    pub keyless_origin_address: Quota,
}

const MINUTE: Duration = Duration::from_mins(1);

impl Default for Limits {
    fn default() -> Self {
        Self {
            password_pair: Quota::new(10, MINUTE.saturating_mul(15)),
            password_account: Quota::new(100, MINUTE.saturating_mul(15)),
            password_address: Quota::new(300, MINUTE.saturating_mul(15)),
            mail_account: Quota::new(5, MINUTE.saturating_mul(60)),
            mail_address: Quota::new(100, MINUTE.saturating_mul(60)),
            token_address: Quota::new(300, MINUTE.saturating_mul(15)),
            invitations: Quota::new(200, MINUTE.saturating_mul(60)),
            client_codes: Quota::new(600, MINUTE.saturating_mul(60)),
            keyless_origin_address: Quota::new(1200, MINUTE),
        }
    }
}
