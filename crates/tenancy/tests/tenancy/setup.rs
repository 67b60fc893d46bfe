//! A fresh database, a clock that stands still, the schema of tenancy alone, and shorthands for people in it.

use std::sync::Arc;

use access::{Channel, Cx};
use async_graphql::{EmptySubscription, Schema};
use cache::Cache;
use db::{Db, Options};
use jobs::{Jobs, Registrar};
use kernel::{CompanyId, ManualClock, Result, UserId};
use serde_json::{Value, json};
use zapys_tenancy::{Config, Entrance, NewUser, Secrets, Tenancy, TenancyMutation, TenancyQuery};

/// A password that is accepted.
pub const PASSWORD: &str = "correct horse battery staple";

type TestSchema = Schema<TenancyQuery, TenancyMutation, EmptySubscription>;

/// A database of the test's own, and tenancy on it.
pub struct World {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    pub tenancy: Tenancy,
    schema: TestSchema,
    _folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

/// One world per engine that this run has.
pub async fn worlds() -> Vec<World> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("test.db").display());
    let mut worlds = vec![World::open(url, folder, None).await];
    if let Ok(server) = std::env::var("ZAPYS_TEST_POSTGRES") {
        let name = format!("zapys_tenancy_{}", uuid::Uuid::now_v7().simple());
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
        let mut registrar = Registrar::new();
        zapys_tenancy::register(&mut registrar, &tenancy);
        jobs.install(registrar).unwrap();
        let documents = gql::Documents::new(gql::DocumentOptions::default(), Cache::memory());
        let settings = gql::Settings {
            documents: documents.clone(),
            report_statements: false,
            observer: None,
            cursors: gql::Cursors::new(&[7; 32]),
        };
        let schema = gql::schema(TenancyQuery::default(), TenancyMutation::default(), EmptySubscription, &settings)
            .data(tenancy.clone())
            .finish();
        documents.attach(&schema);
        Self { db, clock, tenancy, schema, _folder: folder, postgres }
    }

    pub async fn finish(self) {
        self.db.close().await;
        if let Some((server, name)) = &self.postgres {
            admin(server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    pub fn advance(&self, minutes: i64) {
        self.clock.advance(chrono::TimeDelta::minutes(minutes));
    }

    pub fn system(&self) -> Cx {
        Cx::builder(self.clock.clone()).actor(access::Actor::System { name: "test" }).channel(Channel::System).build()
    }

    /// Who a bearer is.
    pub async fn enter(&self, bearer: Option<&str>) -> Result<Cx> {
        let entrance = Entrance {
            bearer: bearer.map(str::to_owned),
            address: Some("192.0.2.7".parse().unwrap()),
            locale: Some(kernel::Locale::En),
            ..Entrance::default()
        };
        self.tenancy.authenticate(&entrance).await
    }

    /// Runs an operation; its whole answer.
    pub async fn send(&self, bearer: Option<&str>, query: &str, variables: Value) -> Value {
        let cx = match self.enter(bearer).await {
            Ok(cx) => cx,
            Err(error) => return json!({ "errors": [{ "extensions": { "code": error.kind.code() } }] }),
        };
        let request = async_graphql::Request::new(query)
            .variables(async_graphql::Variables::from_json(variables))
            .data(gql::Request::new(cx, self.db.clone()));
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }

    /// Runs an operation that has no top-level error; its data.
    pub async fn ask(&self, bearer: Option<&str>, query: &str, variables: Value) -> Value {
        let answer = self.send(bearer, query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// A person with an account.
    pub async fn person(&self, email: &str) -> UserId {
        let new = NewUser {
            email: email.into(), name: "Олена Коваль".into(), password: PASSWORD.into(), locale: None
        };
        self.tenancy.register_verified(&self.system(), new).await.unwrap()
    }

    /// Logs a person in; access and refresh token.
    pub async fn log_in(&self, email: &str) -> (String, String) {
        let login = "mutation($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken refreshToken } userErrors { code } } }";
        let data = self.ask(None, login, json!({ "input": { "email": email, "password": PASSWORD } })).await;
        let tokens = &data["userLogin"]["tokens"];
        (text(&tokens["accessToken"]), text(&tokens["refreshToken"]))
    }

    /// A person who administers a new company, with an access token for it.
    pub async fn administrator(&self, email: &str, slug: &str) -> (CompanyId, String) {
        self.person(email).await;
        let (token, _) = self.log_in(email).await;
        let create = "mutation($input: CompanyCreateInput!) { companyCreate(input: $input) { company { id } userErrors { code field } } }";
        let input = json!({ "input": { "name": "Салон", "slug": slug, "location": { "name": "Поділ" } } });
        let data = self.ask(Some(&token), create, input).await;
        let company: CompanyId = text(&data["companyCreate"]["company"]["id"]).parse().unwrap();
        (company, self.select(&token, company).await)
    }

    /// A token of the same session for a company.
    pub async fn select(&self, token: &str, company: CompanyId) -> String {
        let select = "mutation($id: ID!) { companySelect(input: { companyId: $id }) { tokens { accessToken } userErrors { code } } }";
        let data = self.ask(Some(token), select, json!({ "id": company.to_string() })).await;
        text(&data["companySelect"]["tokens"]["accessToken"])
    }

    /// A person who accepted an invitation of the administrator; member id and access token.
    pub async fn member(&self, administrator: &str, email: &str, role: Value) -> (String, String) {
        let invite = "mutation($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id } userErrors { code } } }";
        let input = json!({ "input": { "email": email, "role": role } });
        let data = self.ask(Some(administrator), invite, input).await;
        let company = self.enter(Some(administrator)).await.unwrap().company().unwrap();
        let id = text(&data["invitationCreate"]["invitation"]["id"]).parse().unwrap();
        let reader = self.db.read(company).await.unwrap();
        let link = self.tenancy.invitation_link(&reader, id).await.unwrap().unwrap();
        drop(reader);
        let accept = "mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { memberId tokens { accessToken } userErrors { code field } } }";
        let input =
            json!({ "input": { "token": link.token, "newUser": { "name": "Нова Людина", "password": PASSWORD } } });
        let data = self.ask(None, accept, input).await;
        let accepted = &data["invitationAccept"];
        (text(&accepted["memberId"]), text(&accepted["tokens"]["accessToken"]))
    }
}

/// The text of a JSON value that must be one.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The codes of a payload's user errors, with their fields.
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
