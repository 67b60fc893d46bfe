//! A whole server inside the test process, reached over real HTTP. Its clock stands still, its mails go to a folder, its
//! worker runs. Tests of an engine share one; a test that moves the clock or counts what others disturb starts its own.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use kernel::ManualClock;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, OnceCell};
use zapys::{Config, Setup};

use crate::client::Client;
use crate::engine::{Engine, Storage};
use crate::mailbox::Mailbox;

/// The present of every test: Monday, 2 March 2026, 10:00 in Kyiv (winter time; summer time begins on the 29th).
pub const NOW: &str = "2026-03-02T08:00:00Z";

/// How long something may take, on a machine that is compiling beside.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server under test.
pub struct App {
    /// What it runs on.
    pub engine: Engine,
    /// Its clock, which stands at [`NOW`] until a test with an app of its own moves it.
    pub clock: Arc<ManualClock>,
    /// What is behind the API, for assertions that the API cannot make.
    pub inside: Arc<zapys::App>,
    storage: Storage,
    base: String,
}

impl App {
    /// The app that the tests of an engine share. They disturb each other as little as real companies do: each test makes
    /// its own.
    pub async fn shared(engine: Engine) -> &'static Self {
        static SHARED: LazyLock<HashMap<Engine, OnceCell<App>>> =
            LazyLock::new(|| Engine::offered().into_iter().map(|engine| (engine, OnceCell::new())).collect());
        let start =
            || async { Self::start(engine).await.unwrap_or_else(|error| panic!("no app on {engine}: {error:#}")) };
        SHARED[&engine].get_or_init(start).await
    }

    /// An app of its own.
    pub async fn start(engine: Engine) -> Result<Self> {
        Self::start_with(engine, |_| {}).await
    }

    /// An app of its own with other settings.
    pub async fn start_with(engine: Engine, change: impl FnOnce(&mut Config)) -> Result<Self> {
        Self::over(engine, engine.storage().await?, change).await
    }

    /// An app over the storage of another one: a second process, but for the memory they share.
    pub async fn over(engine: Engine, storage: Storage, change: impl FnOnce(&mut Config)) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut config = Config::defaults()?;
        config.http.bind = listener.local_addr()?;
        // Each client names an address of its own, so that limits per address do not make tests disturb one another.
        config.http.trusted_proxies = 1;
        // What is made from the schema asks more in a minute than any person does.
        config.limits.session_per_minute = 100_000;
        config.http.shutdown_seconds = 1;
        config.data.directory.clone_from(&storage.folder);
        config.database.url.clone_from(&storage.database_url);
        config.worker.poll_ms = 50;
        // Many apps share one server of a hundred connections.
        config.database.max_connections = 8;
        if let Some(redis) = &storage.redis {
            config.redis.url.clone_from(&redis.url);
            config.redis.prefix.clone_from(&redis.prefix);
        }
        change(&mut config);
        let base = format!("http://{}", config.http.bind);
        let clock = Arc::new(ManualClock::new(now()));
        let setup = Setup { report_statements: true, ..Setup::new(config).with_clock(clock.clone()) };
        let inside = opened(setup).await?;
        let running = inside.clone();
        tokio::spawn(async move {
            tokio::join!(running.serve(listener), running.work());
            // The connections are wanted by the tests that follow.
            running.close().await;
        });
        Ok(Self { engine, clock, inside, storage, base })
    }

    /// A caller of this app who is nobody yet.
    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// Waits until so many subscriptions to a company's calendar stand: the protocols have no word for that.
    pub async fn until_listening(&self, company: &str, count: usize) {
        self.until(|app| app.listening(company) >= count, "nobody listens").await;
    }

    /// How many subscriptions to a company's calendar stand.
    pub fn listening(&self, company: &str) -> usize {
        let company = company.parse::<kernel::CompanyId>().unwrap_or_else(|error| panic!("{company}: {error}"));
        self.inside.cache.listeners(&cache::Topic::new(company, "calendar"))
    }

    /// Waits until something holds of the app.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool, complaint: &str) {
        let waiting = async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{complaint} after {PATIENCE:?}"));
    }

    /// Where its mails are.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::of(&self.storage.folder)
    }

    /// Where its data is.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.inside.stop();
    }
}

/// [`NOW`] as an instant.
pub fn now() -> DateTime<Utc> {
    NOW.parse().unwrap_or_else(|error| panic!("{NOW}: {error}"))
}

/// One at a time: servers that migrate at once wait for one another anyway, and the machine is small.
async fn opened(setup: Setup) -> Result<Arc<zapys::App>> {
    static TURN: Mutex<()> = Mutex::const_new(());
    let _turn = TURN.lock().await;
    zapys::App::open(setup).await
}
