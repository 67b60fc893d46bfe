//! A fresh database with one company, and the schema of clients alone.

use std::sync::Arc;

use access::{Actor, BuiltinRole, Channel, Cx};
use async_graphql::{EmptySubscription, Schema};
use async_trait::async_trait;
use cache::Cache;
use db::{Db, Options, Reader};
use jobs::{Jobs, Registrar};
use kernel::{CompanyId, Locale, ManualClock, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use serde_json::{Value, json};
use tenancy::{Config, NewCompany, NewLocation, NewUser, Secrets, Tenancy};
use uuid::Uuid;
use zapys_clients::ports::{ClientReach, StaffDirectory};
use zapys_clients::{Clients, ClientsMutation, ClientsQuery};

/// A database of the test's own, a company, and clients in it.
pub struct World {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub company: CompanyId,
    pub jobs: Jobs,
    pub tenancy: Tenancy,
    pub clients: Clients,
    schema: Schema<ClientsQuery, ClientsMutation, EmptySubscription>,
    _folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

/// Stands for bookings and staff: the card called `Своя Клієнтка` is everybody's own, and staff have ids below 2^64.
struct Above;

#[async_trait]
impl ClientReach for Above {
    async fn own_clients(&self, _: &Cx, reader: &Reader) -> Result<Option<SelectStatement>> {
        let own = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("client"))
            .and_where(Expr::col(Alias::new("company_id")).eq(reader.company().uuid()))
            .and_where(Expr::col(Alias::new("name")).eq("Своя Клієнтка"))
            .to_owned();
        Ok(Some(own))
    }
}

#[async_trait]
impl StaffDirectory for Above {
    async fn all_exist(&self, _: &Reader, staff: &[Uuid]) -> Result<bool> {
        Ok(staff.iter().all(|id| u64::try_from(id.as_u128()).is_ok()))
    }
}

/// One world per engine that this run has.
pub async fn worlds() -> Vec<World> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("test.db").display());
    let mut worlds = vec![World::open(url, folder, None).await];
    if let Ok(server) = std::env::var("ZAPYS_TEST_POSTGRES") {
        let name = format!("zapys_clients_{}", Uuid::now_v7().simple());
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
        let clock = Arc::new(ManualClock::new("2026-11-23T08:00:00Z".parse().unwrap()));
        let db = Db::open(Options { database_time: false, ..Options::new(&url) }, clock.clone()).await.unwrap();
        let jobs = Jobs::new(db.clone(), Cache::memory());
        let secrets = Secrets::new(["a secret of the tests, long enough to be one"]).unwrap();
        let tenancy = Tenancy::new(db.clone(), Cache::memory(), jobs.clone(), secrets, Config::default()).unwrap();
        let clients = Clients::new(db.clone(), Cache::memory(), jobs.clone(), tenancy.clone());
        clients.plug_reach(Arc::new(Above));
        clients.plug_staff(Arc::new(Above));
        let mut registrar = Registrar::new();
        tenancy::register(&mut registrar, &tenancy);
        zapys_clients::register(&mut registrar, &clients);
        jobs.install(registrar).unwrap();
        let documents = gql::Documents::new(gql::DocumentOptions::default(), Cache::memory());
        let settings = gql::Settings {
            documents: documents.clone(),
            report_statements: true,
            observer: None,
            cursors: gql::Cursors::new(&[7; 32]),
        };
        let schema = gql::schema(ClientsQuery::default(), ClientsMutation::default(), EmptySubscription, &settings)
            .data(clients.clone())
            .finish();
        documents.attach(&schema);
        let company = found(&tenancy, &clock).await;
        Self { db, clock, company, jobs, tenancy, clients, schema, _folder: folder, postgres }
    }

    pub async fn finish(self) {
        self.db.close().await;
        if let Some((server, name)) = &self.postgres {
            admin(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    /// A member with this role, a new one each time.
    pub fn cx(&self, role: BuiltinRole) -> Cx {
        Cx::for_tests(self.company, role, self.clock.clone())
    }

    /// Runs an operation; its whole answer.
    pub async fn send(&self, cx: &Cx, query: &str, variables: Value) -> Value {
        let request = async_graphql::Request::new(query)
            .variables(async_graphql::Variables::from_json(variables))
            .data(gql::Request::new(cx.clone(), self.db.clone()));
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }

    /// Runs an operation that has no top-level error; its data.
    pub async fn ask(&self, cx: &Cx, query: &str, variables: Value) -> Value {
        let answer = self.send(cx, query, variables).await;
        assert!(answer.get("errors").is_none_or(Value::is_null), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Makes a card; its id.
    pub async fn card(&self, cx: &Cx, input: Value) -> String {
        let create = "mutation($input: ClientCreateInput!) { clientCreate(input: $input) { client { id } userErrors { code field } } }";
        let data = self.ask(cx, create, json!({ "input": input })).await;
        text(&data["clientCreate"]["client"]["id"])
    }
}

async fn found(tenancy: &Tenancy, clock: &Arc<ManualClock>) -> CompanyId {
    let cx = Cx::builder(clock.clone()).actor(Actor::System { name: "test" }).channel(Channel::System).build();
    let person = NewUser {
        email: "olena@salon.example".into(),
        name: "Олена".into(),
        password: "correct horse battery staple".into(),
        locale: None,
    };
    let user = tenancy.register_verified(&cx, person).await.unwrap();
    let location = NewLocation {
        name: "Поділ".into(),
        zone: None,
        address: String::new(),
        phone: None,
        step_minutes: None,
        grid: None,
        buffer_overhang: None,
        tight_starts: None,
        opening: Vec::new(),
        idempotency_key: None,
    };
    let company = NewCompany {
        name: "Салон".into(),
        slug: None,
        currency: "UAH".parse().unwrap(),
        locale: Locale::Uk,
        zone: chrono_tz::Tz::Europe__Kyiv,
        location,
        idempotency_key: None,
    };
    tenancy.create_company_as(&cx, user, company).await.unwrap().id
}

/// The text of a JSON value that must be one.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The codes of a payload's user errors with their fields.
pub fn refusals(payload: &Value) -> Vec<(String, Option<String>)> {
    let errors = payload["userErrors"].as_array().unwrap_or_else(|| panic!("no user errors: {payload}"));
    errors.iter().map(|error| (text(&error["code"]), error["field"].as_str().map(str::to_owned))).collect()
}

/// One refusal.
pub fn refusal(code: &str, field: Option<&str>) -> Vec<(String, Option<String>)> {
    vec![(code.to_owned(), field.map(str::to_owned))]
}

/// The code of an answer's first top-level error.
pub fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error: {answer}"))
}
