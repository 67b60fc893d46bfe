//! A fresh database, a clock that stands still, and one event with handlers to order.

use std::sync::{Arc, Mutex};

use access::{BuiltinRole, Cx};
use cache::Cache;
use db::{Db, Options};
use kernel::{CompanyId, ManualClock, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zapys_jobs::{Event, Jobs, Registrar};

/// A database of the test's own, and its clock.
pub struct World {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    url: String,
    _folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

/// One world per engine that this run has.
pub async fn worlds() -> Vec<World> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("test.db").display());
    let mut worlds = vec![World::open(url, folder, None).await];
    if let Ok(server) = std::env::var("ZAPYS_TEST_POSTGRES") {
        let name = format!("zapys_jobs_{}", Uuid::now_v7().simple());
        admin(&server, &format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        worlds.push(World::open(url, tempfile::tempdir().unwrap(), Some((server, name))).await);
    }
    worlds
}

async fn admin(url: &str, sql: &str) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

impl World {
    async fn open(url: String, folder: tempfile::TempDir, postgres: Option<(String, String)>) -> Self {
        let target = migration::Target { url: url.clone(), app_role: "zapys_app".to_owned() };
        migration::migrate(&target).await.unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-23T08:00:30Z".parse().unwrap()));
        let options = Options { database_time: false, ..Options::new(&url) };
        let db = Db::open(options, clock.clone()).await.unwrap();
        Self { db, clock, url, _folder: folder, postgres }
    }

    /// Another process on the same database.
    pub async fn another(&self) -> Db {
        let options = Options { database_time: false, ..Options::new(&self.url) };
        Db::open(options, self.clock.clone()).await.unwrap()
    }

    /// Jobs with what `register` registers.
    pub fn jobs(&self, register: impl FnOnce(&mut Registrar)) -> Jobs {
        jobs(&self.db, &Cache::memory(), register)
    }

    pub fn cx(&self, company: CompanyId) -> Cx {
        Cx::system("test", company, self.clock.clone())
    }

    pub fn member(&self, company: CompanyId, role: BuiltinRole) -> Cx {
        Cx::for_tests(company, role, self.clock.clone())
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(chrono::TimeDelta::seconds(seconds));
    }

    /// Publishes in a transaction of its own.
    pub async fn publish(&self, jobs: &Jobs, company: CompanyId, number: u32) -> Result<()> {
        db::transaction!(self.db, company, |tx| {
            jobs.publish_in(&self.cx(company), tx, &Happened::new(number)).await?;
            Ok(())
        })
    }

    pub async fn finish(self) {
        self.db.close().await;
        if let Some((server, name)) = &self.postgres {
            admin(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

pub fn jobs(db: &Db, cache: &Cache, register: impl FnOnce(&mut Registrar)) -> Jobs {
    let jobs = Jobs::new(db.clone(), cache.clone());
    let mut registrar = Registrar::new();
    register(&mut registrar);
    jobs.install(registrar).unwrap();
    jobs
}

/// An event for tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    pub number: u32,
    pub thing: Option<Uuid>,
}

impl Happened {
    pub fn new(number: u32) -> Self {
        Self { number, thing: None }
    }
}

impl Event for Happened {
    const NAME: &'static str = "test.happened";

    fn subject(&self) -> Option<Uuid> {
        self.thing
    }
}

/// What handlers saw, in order.
#[derive(Clone)]
pub struct Seen<T = u32>(Arc<Mutex<Vec<T>>>);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone> Seen<T> {
    pub fn push(&self, value: T) {
        self.0.lock().unwrap().push(value);
    }

    pub fn all(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}
