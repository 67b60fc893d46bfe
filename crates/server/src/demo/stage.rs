//! Where the demo plays: a second set of handles over the same database, whose clock is moved by hand, so that past
//! visits are booked, started and ended through the services as they were in their time. It has no letters: nobody is
//! to be told about a past that never was.

use std::sync::Arc;

use access::{Channel, Cx};
use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::time::local_date;
use kernel::{Clock as _, CompanyId, ManualClock, SystemClock};

use crate::app::{App, Setup};
use crate::domains::Domains;

/// The handles, the clock that they share, and the real present. Cheap to clone.
#[derive(Clone)]
pub struct Stage {
    app: Arc<App>,
    clock: Arc<ManualClock>,
    /// The present, fixed when the filling began.
    pub now: DateTime<Utc>,
}

impl Stage {
    /// Opens the stage beside a running installation, whose schema is up to date.
    pub async fn open(beside: &App) -> Result<Self> {
        let now = SystemClock.now();
        let clock = Arc::new(ManualClock::new(now));
        let mut config = beside.config.clone();
        config.database.migrate_on_start = false;
        // Nobody waits for an answer here, and a load-test database is written in large transactions.
        config.database.statement_timeout_ms = 60_000;
        config.database.acquire_timeout_ms = 60_000;
        let app = App::open(Setup::new(config).with_clock(clock.clone()).without_letters()).await?;
        Ok(Self { app, clock, now })
    }

    /// Moves the clock.
    pub fn at(&self, instant: DateTime<Utc>) {
        self.clock.set(instant);
    }

    /// The handles of the domains.
    pub fn domains(&self) -> &Domains {
        &self.app.domains
    }

    /// The database.
    pub fn db(&self) -> &db::Db {
        &self.app.db
    }

    /// The clock, for contexts of requests.
    pub fn clock(&self) -> Arc<ManualClock> {
        self.clock.clone()
    }

    /// Today where the company is.
    pub fn today(&self, zone: Tz) -> NaiveDate {
        local_date(zone, self.now)
    }

    /// The server acting for a company, through the door that its people use.
    pub fn cx(&self, company: CompanyId) -> Cx {
        let actor = access::Actor::System { name: "demo" };
        Cx::builder(self.clock()).company(company).actor(actor).channel(Channel::Web).build()
    }

    /// Closes what was opened.
    pub async fn close(&self) {
        self.app.close().await;
    }
}
