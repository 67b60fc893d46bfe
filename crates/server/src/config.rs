//! Settings: the embedded defaults, those of the profile, then an optional file, then the environment
//! (`ZAPYS__SECTION__KEY`). The last word wins, so a profile changes only what nobody set.
//! Each key is explained where its default stands, in `config/default.toml`. An unknown key is an error.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cache::Quota;
use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use serde::Deserialize;

/// The defaults, as text.
pub const DEFAULT: &str = include_str!("../../../config/default.toml");

/// What the profile "production" changes in them.
pub const PRODUCTION: &str = include_str!("../../../config/production.toml");

/// The file that is read when it exists and no other is named.
const USUAL_FILE: &str = "zapys.toml";

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the installation is for.
    pub profile: Profile,
    /// Files of the server.
    pub data: Data,
    /// The web edge.
    pub http: Http,
    /// The API.
    pub graphql: Graphql,
    /// The database.
    pub database: Database,
    /// What processes share.
    pub redis: Redis,
    /// Secrets.
    pub auth: Auth,
    /// Outgoing mail.
    pub mail: Mail,
    /// Background work.
    pub worker: Worker,
    /// Rate limits.
    pub limits: Limits,
    /// Logs.
    pub log: Log,
    /// Metrics.
    pub metrics: Metrics,
    /// Traces.
    pub telemetry: Telemetry,
}

/// What an installation is for: a set of defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Writing front ends: the schema and the query page are open.
    Development,
    /// Serving known front ends: neither is.
    Production,
}

/// Files of the server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Folder for the database, the secret and mails, where nothing else is said.
    pub directory: PathBuf,
}

/// The web edge.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where the API listens.
    pub bind: SocketAddr,
    /// How people reach it; empty when `bind` says it.
    pub public_url: String,
    /// Reverse proxies in front.
    pub trusted_proxies: usize,
    /// Largest body.
    pub body_limit_bytes: usize,
    /// Longest request.
    pub deadline_seconds: u64,
    /// Longest stop.
    pub shutdown_seconds: u64,
    /// Longest silence of a connection in the middle of a message.
    pub stall_seconds: u64,
    /// Most connections.
    pub max_connections: usize,
    /// Most sockets and streams of one address.
    pub max_sockets_per_address: usize,
}

/// The API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graphql {
    /// Who may ask for the schema.
    pub introspection: gql::Audience,
    /// Whether messages say which name could be meant.
    pub suggestions: bool,
    /// Whether the query page is served.
    pub explorer: bool,
    /// Deepest nesting.
    pub max_depth: u64,
    /// Greatest cost.
    pub max_cost: u64,
    /// Most root fields.
    pub max_roots: u64,
    /// Most aliases.
    pub max_aliases: u64,
    /// Most times that a field stands in one selection.
    pub max_repeats: u64,
    /// Most directives.
    pub max_directives: u64,
    /// Most directives at one place.
    pub max_directives_at_a_place: u64,
    /// Most fragments.
    pub max_fragments: u64,
    /// Most operations in a document.
    pub max_operations: u64,
    /// Most tokens.
    pub max_tokens: usize,
    /// The list of documents; empty for none.
    pub documents: PathBuf,
    /// Whether only they are answered.
    pub documents_only: bool,
    /// Most operations in a request.
    pub max_batch: usize,
    /// Most operations on a socket.
    pub max_socket_operations: usize,
    /// How long a socket may take to say who it is.
    pub socket_init_seconds: u64,
    /// How often the sessions behind sockets and streams are looked at.
    pub socket_check_seconds: u64,
    /// How long a stream of events may be silent.
    pub stream_keep_alive_seconds: u64,
}

/// The database.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its address; empty for the file in the data folder.
    pub url: String,
    /// Its address for migrations; empty when it is the same.
    pub migrate_url: String,
    /// Whether starting migrates.
    pub migrate_on_start: bool,
    /// Prepared statements.
    pub prepared: bool,
    /// Most connections.
    pub max_connections: u32,
    /// Longest wait for a connection.
    pub acquire_timeout_ms: u64,
    /// Longest statement.
    pub statement_timeout_ms: u64,
    /// Longest wait for a lock.
    pub lock_timeout_ms: u64,
    /// Role that row-level security binds.
    pub app_role: String,
}

/// What processes share.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// Its address; empty for none.
    pub url: String,
    /// Longest wait.
    pub timeout_ms: u64,
    /// Most connections.
    pub max_connections: usize,
    /// What leads every key.
    pub prefix: String,
}

/// Secrets.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Root secrets, newest first.
    pub secrets: Vec<String>,
    /// Origins of the pages whose refresh token is in a cookie.
    pub cookie_origins: Vec<String>,
    /// How long the last refresh token is no replay.
    pub refresh_grace_seconds: u64,
    /// Passwords hashed at a time; 0 for one on each core.
    pub hashes_at_once: usize,
}

/// Outgoing mail.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The mail server; empty for files.
    pub url: String,
    /// The sender.
    pub from: String,
}

/// Background work.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Jobs at a time.
    pub concurrency: usize,
    /// Pause between looks at an empty queue.
    pub poll_ms: u64,
}

/// Rate limits: of requests, and of what may be guessed or sent to strangers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Of an address without key or token.
    pub anonymous_per_minute: u32,
    /// Of a publishable key from one address.
    pub publishable_per_minute: u32,
    /// Of a session.
    pub session_per_minute: u32,
    /// Of a secret key.
    pub secret_per_minute: u32,
    /// Of publishable keys without an origin, from one address.
    pub keyless_origin_per_minute: u32,
    /// Over how long passwords and tokens are counted.
    pub guess_minutes: u32,
    /// Passwords tried on one account from one address.
    pub passwords_per_account_and_address: u32,
    /// Passwords tried on one account from everywhere.
    pub passwords_per_account: u32,
    /// Passwords tried from one address.
    pub passwords_per_address: u32,
    /// Tokens and links tried from one address.
    pub tokens_per_address: u32,
    /// Mails an hour that strangers cause to one e-mail address.
    pub mails_per_account_hour: u32,
    /// Mails an hour that strangers cause from one address.
    pub mails_per_address_hour: u32,
    /// Invitations an hour of one company.
    pub invitations_per_hour: u32,
    /// Codes an hour that clients of one company have sent.
    pub client_codes_per_hour: u32,
}

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// What is logged.
    pub filter: String,
    /// From when on an operation is slow; 0 for never.
    pub slow_operation_ms: u64,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Where they are served; empty for nowhere.
    pub bind: String,
    /// Names of operations that are labels from the start.
    pub operations: Vec<String>,
    /// Most names that are learned.
    pub max_operations: usize,
}

/// Traces.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telemetry {
    /// The collector; empty for none.
    pub otlp_endpoint: String,
    /// What this installation is called there.
    pub service_name: String,
    /// Which share of requests is traced.
    pub sampling_ratio: f64,
}

impl Config {
    /// Reads the settings. `file` must exist when it is named.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut given = Figment::new();
        if let Some(file) = file {
            anyhow::ensure!(file.is_file(), "there is no settings file {}", file.display());
            given = given.merge(Toml::file_exact(file));
        } else if Path::new(USUAL_FILE).is_file() {
            given = given.merge(Toml::file_exact(USUAL_FILE));
        }
        Self::over_defaults(given.merge(Env::prefixed("ZAPYS__").split("__")))
    }

    /// What was given over the defaults of the profile that it names.
    fn over_defaults(given: Figment) -> Result<Self> {
        let unreadable = "the settings cannot be read";
        let mut defaults = Figment::new().merge(Toml::string(DEFAULT));
        let profile: Profile = defaults.clone().merge(given.clone()).extract_inner("profile").context(unreadable)?;
        if profile == Profile::Production {
            defaults = defaults.merge(Toml::string(PRODUCTION));
        }
        defaults.merge(given).extract().context(unreadable)
    }

    /// The defaults alone, whatever the environment says: where tests begin.
    pub fn defaults() -> Result<Self> {
        Figment::new().merge(Toml::string(DEFAULT)).extract().context("the embedded settings cannot be read")
    }

    /// The database to use.
    pub fn database_url(&self) -> String {
        match self.database.url.as_str() {
            "" => format!("sqlite:{}", self.data.directory.join("zapys.db").display()),
            url => url.to_owned(),
        }
    }

    /// Where to migrate it.
    pub fn migrate_url(&self) -> String {
        match self.database.migrate_url.as_str() {
            "" => self.database_url(),
            url => url.to_owned(),
        }
    }

    /// Where mails go that have no server.
    pub fn mail_folder(&self) -> PathBuf {
        self.data.directory.join("mail")
    }

    /// How to open the database.
    pub fn database_options(&self) -> db::Options {
        let database = &self.database;
        db::Options {
            max_connections: database.max_connections,
            acquire_timeout: Duration::from_millis(database.acquire_timeout_ms),
            prepared: database.prepared,
            app_role: database.app_role.clone(),
            statement_timeout: Duration::from_millis(database.statement_timeout_ms),
            lock_timeout: Duration::from_millis(database.lock_timeout_ms),
            ..db::Options::new(self.database_url())
        }
    }

    /// What documents may be like.
    pub fn document_options(&self) -> gql::DocumentOptions {
        let graphql = &self.graphql;
        let limits = gql::Limits {
            depth: graphql.max_depth,
            cost: graphql.max_cost,
            roots: graphql.max_roots,
            aliases: graphql.max_aliases,
            repeats: graphql.max_repeats,
            directives: graphql.max_directives,
            directives_at_a_place: graphql.max_directives_at_a_place,
            fragments: graphql.max_fragments,
            operations: graphql.max_operations,
            tokens: graphql.max_tokens,
        };
        gql::DocumentOptions {
            limits,
            introspection: graphql.introspection,
            suggestions: graphql.suggestions,
            only_listed: graphql.documents_only,
        }
    }

    /// How the worker works.
    pub fn worker_options(&self) -> jobs::WorkerOptions {
        jobs::WorkerOptions {
            concurrency: self.worker.concurrency,
            poll: Duration::from_millis(self.worker.poll_ms),
            // Done before the process is ended from outside.
            grace: Duration::from_secs(self.http.shutdown_seconds.saturating_sub(5)),
            ..jobs::WorkerOptions::default()
        }
    }

    /// What tenancy is told.
    pub fn tenancy_settings(&self) -> tenancy::Config {
        const HOUR: Duration = Duration::from_hours(1);
        let (limits, defaults) = (&self.limits, tenancy::Config::default());
        let guesses = |burst| Quota::new(burst, Duration::from_mins(limits.guess_minutes.max(1).into()));
        tenancy::Config {
            public_url: self.http.public_url.clone(),
            hashes_at_once: match self.auth.hashes_at_once {
                0 => defaults.hashes_at_once,
                some => some,
            },
            // Whoever waits in vain is told so before the request as a whole is given up.
            hash_patience: Duration::from_secs(self.http.deadline_seconds).mul_f64(0.8),
            refresh_grace: Duration::from_secs(self.auth.refresh_grace_seconds),
            limits: tenancy::Limits {
                password_pair: guesses(limits.passwords_per_account_and_address),
                password_account: guesses(limits.passwords_per_account),
                password_address: guesses(limits.passwords_per_address),
                token_address: guesses(limits.tokens_per_address),
                mail_account: Quota::new(limits.mails_per_account_hour, HOUR),
                mail_address: Quota::new(limits.mails_per_address_hour, HOUR),
                invitations: Quota::new(limits.invitations_per_hour, HOUR),
                client_codes: Quota::new(limits.client_codes_per_hour, HOUR),
                keyless_origin_address: Quota::per_minute(limits.keyless_origin_per_minute),
            },
        }
    }

    /// How to open the cache.
    pub fn cache_options(&self) -> cache::Options {
        let redis = &self.redis;
        cache::Options {
            redis_url: (!redis.url.is_empty()).then(|| redis.url.clone()),
            redis_timeout: Duration::from_millis(redis.timeout_ms),
            redis_connections: redis.max_connections,
            prefix: redis.prefix.clone(),
            ..cache::Options::default()
        }
    }
}

/// An address without its user and password, for logs.
pub fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}{}", &url[..scheme + 3], &url[at + 1..]),
        _ => url.to_owned(),
    }
}

/// Settings that may hold a password show nothing of themselves.
macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}
hidden!(Database, Redis, Auth, Mail);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_embedded_defaults_are_complete() {
        let config = Config::defaults().unwrap();
        assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");
        assert_eq!(config.database_url(), "sqlite:data/zapys.db");
        assert_eq!(config.migrate_url(), config.database_url());
    }

    #[test]
    fn every_key_has_a_sentence() {
        let mut explained = false;
        for line in DEFAULT.lines().chain(PRODUCTION.lines()) {
            if line.starts_with('#') {
                explained = true;
            } else {
                assert!(explained || !line.contains(" = "), "{line}");
                explained = false;
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let typo = Figment::new().merge(Toml::string(DEFAULT)).merge(Toml::string("[http]\nbnid = 1"));
        assert!(typo.extract::<Config>().unwrap_err().to_string().contains("bnid"));
    }

    #[test]
    fn production_closes_what_nobody_opened() {
        let config = |given: &str| Config::over_defaults(Figment::new().merge(Toml::string(given))).unwrap().graphql;
        let usual = config("");
        assert!(usual.introspection == gql::Audience::Everyone && usual.suggestions && usual.explorer);
        let production = config("profile = \"production\"");
        assert!(production.introspection == gql::Audience::Nobody && !production.suggestions && !production.explorer);
        let opened = config("profile = \"production\"\n[graphql]\nexplorer = true");
        assert!(opened.explorer && !opened.suggestions, "what is set explicitly wins");
        let typo = Figment::new().merge(Toml::string("profile = \"produktion\""));
        assert!(format!("{:#}", Config::over_defaults(typo).unwrap_err()).contains("produktion"));
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("postgres://a:b@c/d"), "postgres://c/d");
        assert_eq!(without_password("sqlite:data/zapys.db"), "sqlite:data/zapys.db");
        let mut config = Config::defaults().unwrap();
        config.auth.secrets = vec!["a secret".into()];
        config.mail.url = "smtp://user:secret@host".into();
        assert!(!format!("{config:?}").contains("secret@") && !format!("{config:?}").contains("a secret"));
    }
}
