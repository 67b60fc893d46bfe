//! Where the races are run: processes on one database, a company, and callers released together.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use harness::{Answer, Client, Company, Engine, Mailbox, Process, Storage, key};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::Barrier;

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");

/// A company at one or two real servers.
pub struct Salon {
    pub storage: Storage,
    pub company: Company,
    /// The company's web page, once per server.
    pub pages: Vec<Client>,
    /// Held so that they live as long as the race.
    _servers: Vec<Process>,
}

impl Salon {
    /// Opens the company at a plain server, then starts the servers of the race with these faults.
    pub async fn open(engine: Engine, faults: &str) -> Self {
        let storage = engine.storage().await.expect("a database");
        // Two hundred at once wait longer for their turn in a debug build on a busy machine than in production: that they wait
        // is not what is shown here.
        let settings = [
            ("ZAPYS__HTTP__TRUSTED_PROXIES", "1"),
            ("ZAPYS__DATABASE__ACQUIRE_TIMEOUT_MS", "30000"),
            ("ZAPYS__DATABASE__LOCK_TIMEOUT_MS", "30000"),
            ("ZAPYS__DATABASE__STATEMENT_TIMEOUT_MS", "30000"),
            ("FAILPOINTS", faults),
        ];
        let many = if engine.is_embedded() { 1 } else { 2 };
        let mut servers = Vec::new();
        for _ in 0..many {
            servers.push(Process::serve(PROGRAM, &storage, &settings).await.expect("a server"));
        }
        let company = Company::at(&servers[0].client(), &Mailbox::of(&storage.folder)).await;
        let page = company.publishable().await;
        let token = page.token().expect("a key").to_owned();
        let pages = servers.iter().map(|server| server.client().with_token(token.clone())).collect();
        Self { storage, company, pages, _servers: servers }
    }

    /// The first start that is free for one of the staff, and the date it stands on.
    pub async fn first_start(&self, staff: &str) -> String {
        let visit = json!({ "locationId": self.company.location, "lines": [self.line(staff)] });
        let query =
            "query($visit: AvailabilityVisitInput!) { availabilityDays(visit: $visit) { days { firstStartsAt } } }";
        let days = self.pages[0].data(query, json!({ "visit": visit })).await;
        // Tomorrow or later: today's hours may end while the race is run.
        let days = days["availabilityDays"]["days"].as_array().expect("days").clone();
        let first = days.iter().skip(2).find_map(|day| day["firstStartsAt"].as_str());
        first.expect("a free start").to_owned()
    }

    pub fn line(&self, staff: &str) -> Value {
        json!({ "serviceId": self.company.service, "staffId": staff })
    }

    /// `many` strangers book at once, each what `visit` says for its number; spread over the servers.
    pub async fn race(&self, many: usize, selection: &'static str, visit: impl Fn(usize) -> Value) -> Vec<Answer> {
        let barrier = Arc::new(Barrier::new(many));
        let tasks: Vec<_> = (0..many)
            .map(|number| {
                let token = self.pages[0].token().expect("a key").to_owned();
                // A client of its own: another connection and another network address.
                let page = Client::new(self.pages[number % self.pages.len()].base()).with_token(token);
                let (barrier, input) = (barrier.clone(), visit(number));
                let query = format!(
                    "mutation($input: BookingCreateInput!) {{ bookingCreate(input: $input) {{ {selection} userErrors {{ code }} }} }}"
                );
                tokio::spawn(async move {
                    barrier.wait().await;
                    page.run(&query, json!({ "input": input })).await
                })
            })
            .collect();
        let mut answers = Vec::with_capacity(many);
        for task in tasks {
            answers.push(task.await.expect("an answer"));
        }
        answers
    }

    /// What a stranger sends to book.
    pub fn visit(&self, staff: &str, starts_at: &str, number: usize) -> Value {
        json!({
            "locationId": self.company.location, "startsAt": starts_at, "lines": [self.line(staff)],
            "client": { "name": format!("Гість {number}"), "email": format!("guest{number}@example.com") },
            "idempotencyKey": key(),
        })
    }

    /// How often the database had to break a deadlock; SQLite's single writer cannot have one.
    pub async fn deadlocks(&self) -> i64 {
        if !self.storage.database_url.starts_with("postgres") {
            return 0;
        }
        let mut connection = sqlx::PgConnection::connect(&self.storage.database_url).await.expect("the database");
        let count = sqlx::query_scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
        count.fetch_one(&mut connection).await.expect("a count")
    }

    /// Takes the database's own guard away, for a negative control.
    pub async fn drop_constraint(&self) {
        let statement = if self.storage.database_url.starts_with("postgres") {
            "ALTER TABLE allocation DROP CONSTRAINT allocation_no_overlap"
        } else {
            "DROP TRIGGER allocation_no_overlap_insert"
        };
        execute(&self.storage, statement.to_owned()).await;
    }

    /// Lets every live hold run out at this instant, as if it had been made that much earlier.
    pub async fn end_holds(&self, at: DateTime<Utc>) {
        let at = at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00");
        execute(&self.storage, format!("UPDATE hold SET expires_at = '{at}' WHERE state = 'LIVE'")).await;
        let taken = format!("UPDATE allocation SET expires_at = '{at}' WHERE active AND hold_id IS NOT NULL");
        execute(&self.storage, taken).await;
    }

    /// What `zapys doctor` says of the database: its exit status and its report.
    pub async fn doctor(&self) -> (bool, String) {
        let output = harness::command(PROGRAM, &self.storage).arg("doctor").output().await.expect("the doctor");
        let report = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&report).into_owned())
    }
}

/// Does to a database what no caller can.
pub async fn execute(storage: &Storage, statement: String) {
    let statement = AssertSqlSafe(statement);
    if storage.database_url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(&storage.database_url).await.expect("the database");
        sqlx::query(statement).execute(&mut connection).await.expect("done");
    } else {
        let mut connection = sqlx::SqliteConnection::connect(&storage.database_url).await.expect("the file");
        sqlx::query(statement).execute(&mut connection).await.expect("done");
    }
}

/// Visits that strangers make while something takes their time away, round after round.
#[derive(Default)]
pub struct Tally {
    made: usize,
    refused: usize,
    unseen: Vec<String>,
}

impl Tally {
    /// Adds a round: what the strangers were answered, with which code they may have been refused, and which visits whoever
    /// took the time away was told of.
    pub fn add(&mut self, answers: &[Answer], refusal: &str, affected: &Value) {
        let listed = affected.as_array().expect("a list").iter();
        let listed: BTreeSet<&str> = listed.filter_map(|booking| booking["id"].as_str()).collect();
        let (won, lost) = outcome(answers, "bookingCreate");
        assert!(lost.iter().all(|code| code == refusal), "{lost:?}");
        let won: BTreeSet<String> =
            won.iter().filter_map(|payload| payload["booking"]["id"].as_str().map(str::to_owned)).collect();
        assert!(listed.iter().all(|id| won.contains(*id)), "a visit is listed that was not made");
        self.made += won.len();
        self.refused += lost.len();
        self.unseen.extend(won.into_iter().filter(|id| !listed.contains(id.as_str())));
    }

    /// The visits that were made and not listed, when so many were tried.
    pub fn unseen(self, tried: usize) -> Vec<String> {
        assert_eq!(self.made + self.refused, tried);
        self.unseen
    }
}

/// Who got it, and the codes of those who did not. Nothing else may come back: no top-level error, no 5xx.
pub fn outcome(answers: &[Answer], field: &str) -> (Vec<Value>, Vec<String>) {
    let (mut won, mut refused) = (Vec::new(), Vec::new());
    for answer in answers {
        assert!(answer.status == 200 && answer.errors.is_empty(), "{answer}");
        let payload = &answer.data[field];
        if payload["booking"].is_null() {
            refused.push(payload["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned());
        } else {
            won.push(payload.clone());
        }
    }
    (won, refused)
}
