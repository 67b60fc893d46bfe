//! A running installation: settings, connections, domains, schema. Built once; everything shares it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use cache::Cache;
use db::Db;
use kernel::{Clock, Phone, SystemClock};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, without_password};
use crate::domains::{Domains, Schema};
use crate::http::{Listeners, Places};
use crate::telemetry::{Names, Operations};
use crate::{http, secret};

/// How long sockets may take to close.
const FAREWELL: Duration = Duration::from_secs(3);

/// What an [`App`] is built from.
pub struct Setup {
    /// The settings.
    pub config: Config,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Whether transactions take "now" from a database server that has a clock. Tests whose clock stands still say no.
    pub database_time: bool,
    /// Whether answers say how many SQL statements they took. For tests.
    pub report_statements: bool,
    /// Whether people get letters about what happens.
    pub letters: bool,
}

impl Setup {
    /// What production uses.
    pub fn new(config: Config) -> Self {
        Self { config, clock: Arc::new(SystemClock), database_time: true, report_statements: false, letters: true }
    }

    /// The same with a clock of a test, which is then everybody's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self.database_time = false;
        self
    }

    /// The same without letters: what happens is recorded, and nobody is written to because of it.
    #[must_use]
    pub fn without_letters(mut self) -> Self {
        self.letters = false;
        self
    }
}

/// A running installation.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// What processes share.
    pub cache: Cache,
    /// The domains.
    pub domains: Domains,
    /// The API.
    pub schema: Schema,
    /// Who counts operations, for transports that refuse some themselves.
    pub operations: Arc<Operations>,
    /// The documents that its operations come from.
    pub documents: gql::Documents,
    /// Cancelled when the process is to stop.
    pub stopping: CancellationToken,
    /// Open sockets, which outlive the requests that they began with.
    pub sockets: TaskTracker,
    /// Who listens on sockets and streams, and may be told to stop.
    pub listeners: Listeners,
    /// How many sockets and streams each network holds.
    pub places: Places,
    /// Where the root secrets came from.
    pub secret: secret::Origin,
}

impl App {
    /// Connects, migrates where the settings say so, and puts everything together. Serves nothing yet.
    pub async fn open(setup: Setup) -> Result<Arc<Self>> {
        let Setup { mut config, clock, database_time, report_statements, letters } = setup;
        if config.http.public_url.is_empty() {
            config.http.public_url = format!("http://{}", reachable(config.http.bind));
        }
        prepare_folders(&config)?;
        check_cookie_origins(&config.auth.cookie_origins)?;
        let (secrets, origin) = secret::load(&config, clock.now())?;
        if config.database.migrate_on_start {
            migrate(&config).await?;
        }
        // Loading the metadata takes milliseconds that the first booking should not wait for.
        tokio::task::spawn_blocking(Phone::warm_up);
        let options = db::Options { database_time, ..config.database_options() };
        let db = Db::open(options, clock)
            .await
            .with_context(|| format!("the database {} cannot be opened", without_password(&config.database_url())))?;
        let cache = Cache::open(&config.cache_options()).context("redis.url")?;
        let domains = Domains::compose(&config, &db, &cache, &secrets, letters)?;
        let (stopping, sockets) = (CancellationToken::new(), TaskTracker::new());
        if let Some(file) = origin.file() {
            secret::follow(file.to_owned(), secrets.clone(), db.clock().clone(), stopping.clone());
        }
        let operations = operations(&config);
        let documents = gql::Documents::new(config.document_options(), cache.clone());
        let settings = gql::Settings {
            documents: documents.clone(),
            report_statements,
            observer: Some(operations.clone()),
            cursors: gql::Cursors::of_keys(move || secrets.keys("cursor")),
        };
        let schema = domains.schema(&settings);
        documents.attach(&schema);
        read_list(&config, &documents)?;
        let (listeners, places) = (Listeners::default(), Places::new(config.http.max_sockets_per_address));
        Ok(Arc::new(Self {
            config,
            db,
            cache,
            domains,
            schema,
            documents,
            operations,
            stopping,
            sockets,
            listeners,
            places,
            secret: origin,
        }))
    }

    /// Everything that the API port serves.
    pub fn router(self: &Arc<Self>) -> Router {
        http::router(self.clone())
    }

    /// Serves the API until the app is stopped and what is under way has been answered.
    pub async fn serve(self: &Arc<Self>, listener: TcpListener) {
        let watching = tokio::spawn(http::watch(self.clone()));
        http::serve(listener, self.router(), &self.config.http, self.stopping.clone()).await;
        self.sockets.close();
        if tokio::time::timeout(FAREWELL, self.sockets.wait()).await.is_err() {
            tracing::warn!("some sockets did not take their farewell and are dropped");
        }
        watching.abort();
    }

    /// Does background work until the app is stopped; what runs then is finished or given back.
    pub async fn work(self: &Arc<Self>) {
        let stopping = self.stopping.clone();
        self.domains.jobs.work(self.config.worker_options(), async move { stopping.cancelled().await }).await;
    }

    /// Asks everything to stop.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Closes the connections to the database. Last of all.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

/// Who counts operations and logs the slow ones.
fn operations(config: &Config) -> Arc<Operations> {
    let known = config.metrics.operations.iter().map(String::as_str);
    let names = Names::new(config.metrics.max_operations, known, config.graphql.documents_only);
    let slow = config.log.slow_operation_ms;
    Arc::new(Operations::new(names, (slow > 0).then(|| Duration::from_millis(slow))))
}

/// Brings the schema of the database up to date; answers how many steps that took.
pub async fn migrate(config: &Config) -> Result<u32> {
    prepare_folders(config)?;
    let url = config.migrate_url();
    // The file is made when it is missing, as the server itself would.
    let create = url.starts_with("sqlite:") && !url.contains('?');
    let target = migration::Target {
        url: if create { format!("{url}?mode=rwc") } else { url.clone() },
        app_role: config.database.app_role.clone(),
    };
    migration::migrate(&target)
        .await
        .with_context(|| format!("the schema of {} cannot be brought up to date", without_password(&url)))
}

/// An address that a program on this machine can reach: nobody can call 0.0.0.0.
pub fn reachable(bind: SocketAddr) -> SocketAddr {
    let mut address = bind;
    if bind.ip().is_unspecified() {
        address.set_ip(if bind.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    address
}

/// Reads the list of documents, where there is one. A wrong one stops the start: front ends would find out one by one.
fn read_list(config: &Config, documents: &gql::Documents) -> Result<()> {
    let path = &config.graphql.documents;
    if path.as_os_str().is_empty() {
        let only_listed = config.graphql.documents_only;
        anyhow::ensure!(!only_listed, "graphql.documents_only is on and graphql.documents names no list");
        return Ok(());
    }
    let named = || format!("graphql.documents: {}", path.display());
    let text = std::fs::read_to_string(path).with_context(named)?;
    let count = documents.allow(&text).map_err(anyhow::Error::msg).with_context(named)?;
    tracing::info!(count, "the list of documents is read");
    Ok(())
}

/// A typing mistake in this list would be noticed by a person who cannot stay logged in.
fn check_cookie_origins(origins: &[String]) -> Result<()> {
    for origin in origins {
        let written = tenancy::origin(origin);
        anyhow::ensure!(
            written.as_ref() == Some(origin),
            "auth.cookie_origins: {origin:?} is not an origin as browsers send it, such as https://app.salon.example"
        );
    }
    Ok(())
}

fn prepare_folders(config: &Config) -> Result<()> {
    let make = |folder: &Path| {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))
    };
    make(&config.data.directory)?;
    let url = config.database_url();
    let file =
        url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//").split('?').next().unwrap_or_default());
    match file.and_then(|file| Path::new(file).parent()) {
        Some(folder) if !folder.as_os_str().is_empty() => make(folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn nobody_is_sent_to_an_address_that_cannot_be_called() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
        assert_eq!(reachable("10.0.0.1:80".parse().unwrap()).to_string(), "10.0.0.1:80");
    }
}
