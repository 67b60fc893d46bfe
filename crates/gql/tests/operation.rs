//! An operation from request to answer, over a small schema and a real SQLite file: data, errors, limits, statements.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use access::Cx;
use async_graphql::{Context, ID, Object, Response, Result, Schema, SimpleObject, Subscription, Value, value};
use db::{Db, Options};
use futures_util::{Stream, StreamExt};
use gql::{
    Connection, ConnectionArgs, DateTime, DocumentOptions, Documents, Long, Money, NodeQuery, Observed, Observer,
    Paging, Request, Settings,
};
use kernel::{CommonCode, CompanyId, Cursor, CursorKey, Error, Page, SystemClock};
use uuid::Uuid;
use zapys_gql as gql;

kernel::id! {
    /// A thing.
    pub struct ThingId("thg");
}

gql::error_codes! {
    /// Why a thing was refused.
    pub enum ThingErrorCode {
        /// It is cursed.
        Cursed,
    }
    /// One reason why a thing was refused.
    pub struct ThingUserError;
}

/// How many batches were loaded.
#[derive(Clone, Default)]
struct Batches(Arc<AtomicU32>);

fn thing(number: u32) -> ThingId {
    ThingId::from_uuid(Uuid::from_u128(number.into()))
}

#[derive(Clone, Copy)]
struct Thing(ThingId);

#[Object]
impl Thing {
    async fn id(&self) -> ID {
        gql::to_id(self.0)
    }

    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(gql::load(ctx, self.0).await?)
    }
}

impl gql::Load for ThingId {
    type Value = String;

    async fn load(source: &gql::Source, ids: &[Self]) -> kernel::Result<HashMap<Self, String>> {
        source.reader().await?;
        source.handle::<Batches>()?.0.fetch_add(1, Ordering::Relaxed);
        Ok(ids.iter().map(|id| (*id, format!("thing {id}"))).collect())
    }
}

impl gql::Node for Thing {
    type Id = ThingId;

    async fn find(_: &Context<'_>, id: ThingId) -> Result<Self> {
        if id.uuid().is_nil() { Err(Error::not_found().into()) } else { Ok(Self(id)) }
    }
}
gql::node!(Thing);

#[derive(Debug, async_graphql::InputObject)]
#[allow(dead_code)]
struct Filter {
    name: String,
    #[graphql(default = 3)]
    size: i32,
    at: async_graphql::MaybeUndefined<DateTime>,
    inner: Option<Box<Filter>>,
}

struct Faulty;

#[Object]
impl Faulty {
    async fn fine(&self) -> i32 {
        1
    }

    async fn nullable(&self) -> Result<Option<i32>> {
        Err(Error::not_found().into())
    }

    async fn required(&self) -> Result<i32> {
        Err(Error::forbidden("thing.read").into())
    }

    async fn items(&self) -> Vec<Option<Faulty>> {
        vec![Some(Faulty), None]
    }

    async fn child(&self) -> Option<Faulty> {
        Some(Faulty)
    }

    async fn all(&self) -> Option<Vec<Faulty>> {
        Some(vec![Faulty])
    }

    async fn secret(&self) -> Result<Option<i32>> {
        Err(std::io::Error::other("table client has no column phone").into())
    }

    async fn panics(&self) -> Option<i32> {
        Some("no number".parse().expect("a resolver of a test panics"))
    }
}

#[derive(async_graphql::MergedObject, Default)]
struct Query(Root, NodeQuery);

#[derive(Default)]
struct Root;

#[Object]
impl Root {
    async fn faulty(&self) -> Option<Faulty> {
        Some(Faulty)
    }

    async fn things(&self, ctx: &Context<'_>, count: u32, #[graphql(default)] fed: bool) -> Result<Vec<Thing>> {
        let things: Vec<Thing> = (1..=count).map(|n| Thing(thing(n))).collect();
        if fed {
            gql::feed(ctx, things.iter().map(|thing| (thing.0, "fed".to_owned()))).await?;
        }
        Ok(things)
    }

    async fn page(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default_with = "\"name\".to_owned()")] order: String,
    ) -> Result<Connection<Thing>> {
        let paging = Paging::new(ctx, &order, ConnectionArgs { first, after, last, before })?;
        gql::cx(ctx)?.public("a test");
        let id = Uuid::from_u128(1);
        let total = paging.request().want_total.then_some(7);
        let cursors = vec![Cursor { key: CursorKey::Int(1), id }];
        let page = Page { items: vec![id], cursors, has_next: true, has_previous: false, total };
        Ok(paging.connection(page, |id| Thing(ThingId::from_uuid(id))))
    }

    async fn stamp(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("{:?}", gql::reader(ctx).await?.stamp("thing")))
    }

    async fn undecided(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(gql::cx(ctx)?.is_decided())
    }

    async fn decided(&self, ctx: &Context<'_>) -> Result<bool> {
        gql::cx(ctx)?.public("a test");
        Ok(true)
    }

    async fn echo(&self, at: Option<DateTime>, long: Option<Long>) -> String {
        format!("{at:?} {long:?}")
    }

    async fn told(
        &self,
        int: Option<i32>,
        filter: Option<Filter>,
        list: Option<Vec<i32>>,
        #[graphql(default = 7)] size: i32,
    ) -> String {
        format!("{int:?} {filter:?} {list:?} {size}")
    }

    async fn price(&self) -> Money {
        kernel::Money { minor: 125_050, currency: kernel::Currency::UAH }.into()
    }
}

#[derive(SimpleObject)]
struct TouchPayload {
    stamp: Option<String>,
    seen: Option<Seen>,
    user_errors: Vec<ThingUserError>,
}

struct Seen;

#[Object]
impl Seen {
    async fn stamp(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("{:?}", gql::reader(ctx).await?.stamp("thing")))
    }
}

struct Mutation;

#[Object]
impl Mutation {
    /// How often it was called.
    async fn count(&self, ctx: &Context<'_>) -> Result<u32> {
        gql::cx(ctx)?.public("a test");
        Ok(ctx.data::<Batches>()?.0.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Writes a stamp and answers the one that was committed.
    async fn touch(&self, ctx: &Context<'_>, #[graphql(default)] cursed: bool) -> Result<TouchPayload> {
        let (cx, db) = (gql::cx(ctx)?, ctx.data::<Db>()?);
        cx.public("a test");
        let written = async {
            if cursed {
                return Err(Error::invalid(ThingErrorCode::Cursed).at("lines.0").and(CommonCode::Required));
            }
            db::transaction!(db, cx.company()?, |tx| {
                tx.touch("thing");
                Ok(())
            })
        };
        Ok(match gql::settle(ctx, written.await)? {
            Ok(()) => TouchPayload { stamp: Some("written".into()), seen: Some(Seen), user_errors: vec![] },
            Err(refusal) => TouchPayload { stamp: None, seen: None, user_errors: refusal.into() },
        })
    }
}

struct Events;

#[Subscription]
impl Events {
    async fn stamps(&self, ctx: &Context<'_>, #[graphql(default)] refused: bool) -> Result<impl Stream<Item = Seen>> {
        gql::cx(ctx)?.public("a test");
        let db = ctx.data::<Db>()?.clone();
        let company = gql::cx(ctx)?.company()?;
        if refused {
            return Err(Error::forbidden("thing.read").into());
        }
        Ok(futures_util::stream::iter(0..2).then(move |_| {
            let db = db.clone();
            async move {
                touch(&db, company).await.unwrap();
                Seen
            }
        }))
    }
}

async fn touch(db: &Db, company: CompanyId) -> kernel::Result<()> {
    db::transaction!(db, company, |tx| {
        tx.touch("thing");
        Ok(())
    })
}

/// Notes what it is told, by name, kind, outcome and codes.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn label(&self, name: Option<&str>, caller: Option<&Cx>) -> Arc<str> {
        let place = if caller.is_some() { "" } else { "nothing ran: " };
        format!("{place}{}", name.unwrap_or("-")).into()
    }

    fn ended(&self, operation: &Observed<'_>) {
        let Observed { label, kind, outcome, codes, .. } = operation;
        let note = format!("{label} {kind} {} {}", outcome.name(), codes.join(","));
        self.0.lock().unwrap().push(note.trim_end().to_owned());
    }
}

struct Api {
    notes: Arc<Notes>,
    schema: Schema<Query, Mutation, Events>,
    documents: Documents,
    db: Db,
    company: CompanyId,
    batches: Batches,
    _folder: tempfile::TempDir,
}

impl Api {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let clock = Arc::new(SystemClock);
        let target = migration::Target { url: format!("{url}?mode=rwc"), app_role: "unused".to_owned() };
        migration::migrate(&target).await.unwrap();
        let db = Db::open(Options::new(url), clock).await.unwrap();
        let notes = Arc::new(Notes::default());
        let documents = Documents::new(DocumentOptions::default(), cache::Cache::memory());
        let settings = Settings {
            documents: documents.clone(),
            report_statements: true,
            observer: Some(notes.clone()),
            cursors: gql::Cursors::new(&[7; 32]),
        };
        let batches = Batches::default();
        let schema = gql::schema(Query::default(), Mutation, Events, &settings);
        let schema = schema.data(batches.clone()).data(db.clone()).finish();
        documents.attach(&schema);
        Self { notes, schema, documents, db, company: CompanyId::new(), batches, _folder: folder }
    }

    fn request(&self, query: &str) -> async_graphql::Request {
        let cx = Cx::builder(self.db.clock().clone()).company(self.company).locale(kernel::Locale::En).build();
        async_graphql::Request::new(query).data(Request::new(cx, self.db.clone()))
    }

    async fn run(&self, query: &str) -> Response {
        self.schema.execute(self.request(query)).await
    }

    async fn code(&self, query: &str) -> String {
        codes(&self.run(query).await).join(" ")
    }
}

fn codes(response: &Response) -> Vec<String> {
    let code =
        |error: &async_graphql::ServerError| match error.extensions.as_ref().and_then(|values| values.get("code")) {
            Some(Value::String(code)) => code.clone(),
            other => panic!("no code but {other:?}: {error:?}"),
        };
    response.errors.iter().map(code).collect()
}

fn statements(response: &Response) -> u64 {
    match &response.extensions["statements"] {
        Value::Number(number) => number.as_u64().unwrap(),
        other => panic!("{other}"),
    }
}

fn paths(response: &Response) -> Vec<String> {
    let mut paths: Vec<String> =
        response.errors.iter().map(|error| serde_json::to_string(&error.path).unwrap()).collect();
    paths.sort_unstable();
    paths
}

#[tokio::test]
async fn a_failed_nullable_field_is_null_and_its_siblings_stay() {
    let api = Api::new().await;
    let answer = api.run("{ faulty { fine nullable child { nullable fine } } }").await;
    assert_eq!(answer.data, value!({"faulty": {"fine": 1, "nullable": null, "child": {"nullable": null, "fine": 1}}}));
    assert_eq!(codes(&answer), ["NOT_FOUND", "NOT_FOUND"]);
    assert_eq!(paths(&answer), [r#"["faulty","child","nullable"]"#, r#"["faulty","nullable"]"#]);
}

#[tokio::test]
async fn a_failed_required_field_nulls_the_nearest_nullable_one() {
    let api = Api::new().await;
    let answer = api.run("{ faulty { fine child { required } items { required } } }").await;
    assert_eq!(answer.data, value!({"faulty": {"fine": 1, "child": null, "items": [null, null]}}));
    assert_eq!(codes(&answer), ["FORBIDDEN", "FORBIDDEN"]);
    assert_eq!(paths(&answer), [r#"["faulty","child","required"]"#, r#"["faulty","items",0,"required"]"#]);
    let answer = api.run("{ faulty { all { all { a: required } required } } }").await;
    assert_eq!(answer.data, value!({"faulty": {"all": null}}));
    let places = [r#"["faulty","all",0,"all",0,"a"]"#, r#"["faulty","all",0,"required"]"#];
    assert_eq!(
        (paths(&answer).as_slice(), codes(&answer)),
        (&places.map(String::from)[..], vec!["FORBIDDEN".to_owned(); 2])
    );
    assert!(answer.errors.iter().all(|error| error.extensions.as_ref().is_some_and(|values| values.get("").is_none())));
}

#[tokio::test]
async fn what_is_not_for_the_caller_is_masked_with_the_request_id() {
    let api = Api::new().await;
    let answer = api.run("{ faulty { secret fine } }").await;
    assert_eq!(answer.data, value!({"faulty": {"secret": null, "fine": 1}}));
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.contains("INTERNAL") && text.contains("requestId") && !text.contains("client"), "{text}");
}

#[tokio::test]
async fn a_panic_fails_its_own_request_with_an_id_only() {
    let api = Api::new().await;
    let answer = api.run("{ faulty { panics } }").await;
    assert_eq!((answer.data.clone(), codes(&answer)), (Value::Null, vec!["INTERNAL".to_owned()]));
    assert!(!answer.errors[0].message.contains("a resolver of a test"));
    assert_eq!(api.code("{ faulty { fine } }").await, "");
}

#[tokio::test]
async fn whoever_measures_is_told_once_of_each_operation_and_how_it_ended() {
    let api = Api::new().await;
    api.run("query Fine { price { amountMinor } }").await;
    api.run("{ faulty { nullable } }").await;
    api.run("query Panics { faulty { panics } }").await;
    api.run("query Unknown { nonsense }").await;
    api.run("query {").await;
    let mut events = api.schema.execute_stream(api.request("subscription Seen { stamps { stamp } }"));
    events.next().await.unwrap();
    events.next().await.unwrap();
    drop(events);
    api.schema.execute_stream(api.request("mutation Touch { touch { stamp } }")).collect::<Vec<_>>().await;
    // A caller who leaves while it runs, and one whose time is over.
    let waiting = "query Waits { things(count: 1) { name } }";
    assert!(futures_util::poll!(std::pin::pin!(api.schema.execute(api.request(waiting)))).is_pending());
    let cx = Cx::builder(api.db.clock().clone()).company(api.company).build();
    let late = async_graphql::Request::new(waiting).data(Request::new(cx, api.db.clone()).until(Instant::now()));
    assert!(futures_util::poll!(std::pin::pin!(api.schema.execute(late))).is_pending());

    let notes = std::mem::take(&mut *api.notes.0.lock().unwrap());
    assert_eq!(
        notes,
        [
            "Fine query ok",
            "- query error NOT_FOUND",
            "Panics query panic INTERNAL",
            "nothing ran: - unknown refused GRAPHQL_VALIDATION_FAILED",
            "nothing ran: - unknown refused GRAPHQL_PARSE_FAILED",
            "Seen subscription ok",
            "Seen subscription ok",
            "Touch mutation ok",
            "Waits query dropped",
            "Waits query deadline UNAVAILABLE",
        ]
    );
}

#[tokio::test]
async fn a_list_costs_one_batch_and_a_fed_list_none() {
    let api = Api::new().await;
    let answer = api.run("{ things(count: 100) { name } }").await;
    assert_eq!((codes(&answer).len(), api.batches.0.load(Ordering::Relaxed), statements(&answer)), (0, 1, 1));
    let answer = api.run("{ things(count: 100, fed: true) { name } }").await;
    assert_eq!((api.batches.0.load(Ordering::Relaxed), statements(&answer)), (1, 0));
    assert!(answer.data.to_string().contains("fed"));
}

#[tokio::test]
async fn a_query_reads_one_snapshot_and_a_payload_reads_what_was_committed() {
    let api = Api::new().await;
    touch(&api.db, api.company).await.unwrap();
    let answer = api.run("{ a: stamp b: stamp }").await;
    assert_eq!(statements(&answer), 1);
    let before = answer.data.into_json().unwrap()["a"].clone();
    let answer = api.run("mutation { a: touch { seen { stamp } } b: touch { seen { stamp } } }").await;
    assert_eq!(codes(&answer).len(), 0, "{:?}", answer.errors);
    let data = answer.data.into_json().unwrap();
    let (a, b) = (&data["a"]["seen"]["stamp"], &data["b"]["seen"]["stamp"]);
    assert!(a != b && *a != before, "{before} {a} {b}");
    assert_eq!(api.run("{ stamp }").await.data.into_json().unwrap()["stamp"], *b);
}

#[tokio::test]
async fn what_a_person_can_mend_is_data() {
    let api = Api::new().await;
    let answer = api.run("mutation { touch(cursed: true) { stamp userErrors { code field message } } }").await;
    assert_eq!(answer.errors, []);
    assert_eq!(
        answer.data,
        value!({"touch": {"stamp": null, "userErrors": [
            {"code": "CURSED", "field": "lines.0", "message": "CURSED"},
            {"code": "REQUIRED", "field": null, "message": "This is required."},
        ]}})
    );
}

#[tokio::test]
async fn each_event_of_a_subscription_reads_anew() {
    let api = Api::new().await;
    let events: Vec<_> = api.schema.execute_stream(api.request("subscription { stamps { stamp } }")).collect().await;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| event.errors.is_empty() && statements(event) == 1));
    assert_ne!(events[0].data, events[1].data);
    let query = "subscription { stamps(refused: true) { stamp } }";
    let refused: Vec<_> = api.schema.execute_stream(api.request(query)).collect().await;
    assert_eq!(codes(&refused[0]), ["FORBIDDEN"]);
}

#[tokio::test]
async fn a_root_field_where_nobody_decided_who_may_fails_in_tests() {
    let api = Api::new().await;
    assert_eq!(api.code("{ decided }").await, "");
    assert_eq!(api.code("{ undecided }").await, "INTERNAL");
    assert_eq!(api.code("{ decided undecided }").await, "INTERNAL");
}

#[tokio::test]
async fn a_node_is_found_by_the_prefix_of_its_id() {
    let api = Api::new().await;
    let id = thing(1);
    let answer = api.run(&format!("{{ node(id: \"{id}\") {{ __typename id ... on Thing {{ name }} }} }}")).await;
    assert_eq!(
        answer.data,
        value!({"node": {"__typename": "Thing", "id": id.to_string(), "name": format!("thing {id}")}})
    );
    for unknown in ["", "thg_", "cmp_00000000000000000000000000", "thg_00000000000000000000000000", "x"] {
        let answer = api.run(&format!("{{ node(id: \"{unknown}\") {{ id }} }}")).await;
        assert_eq!((answer.data.clone(), codes(&answer)), (value!({"node": null}), vec!["NOT_FOUND".to_owned()]));
    }
    assert!(api.schema.sdl().contains("type Thing implements Node"));
}

#[tokio::test]
async fn a_connection_counts_only_when_asked_and_its_cursors_stay_at_home() {
    let api = Api::new().await;
    let answer =
        api.run("{ page { totalCount pageInfo { endCursor hasNextPage } nodes { id } edges { cursor } } }").await;
    let page = answer.data.into_json().unwrap()["page"].clone();
    assert_eq!((page["totalCount"].as_u64(), page["pageInfo"]["hasNextPage"].as_bool()), (Some(7), Some(true)));
    let cursor = page["edges"][0]["cursor"].as_str().unwrap();
    assert_eq!(page["pageInfo"]["endCursor"], cursor);
    for (arguments, expected) in [
        (format!("after: \"{cursor}\""), ""),
        (format!("after: \"{cursor}\", order: \"date\""), "INVALID_ARGUMENT"),
        ("after: \"garbage\"".to_owned(), "INVALID_ARGUMENT"),
        ("first: 100".to_owned(), ""),
        ("first: 101".to_owned(), "INVALID_ARGUMENT"),
        ("first: 1000000".to_owned(), "INVALID_ARGUMENT"),
        ("first: -1".to_owned(), "INVALID_ARGUMENT"),
        ("first: 1, last: 1".to_owned(), "INVALID_ARGUMENT"),
    ] {
        assert_eq!(api.code(&format!("{{ page({arguments}) {{ nodes {{ id }} }} }}")).await, expected, "{arguments}");
    }
    let elsewhere = Api::new().await;
    assert_eq!(
        elsewhere.code(&format!("{{ page(after: \"{cursor}\") {{ nodes {{ id }} }} }}")).await,
        "INVALID_ARGUMENT"
    );
}

#[tokio::test]
async fn mistakes_of_the_caller_have_codes() {
    let api = Api::new().await;
    for (query, code) in [
        ("{ echo(at: \"2026-11-22\") }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(long: 1.5) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(long: 9007199254740991, at: \"2026-11-22T10:00:00+02:00\") }", ""),
        ("{ echo(long: \"1\") }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(unknown: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("query A { decided } query B { decided }", "INVALID_ARGUMENT"),
        ("query($a: Long!) { echo(long: $a) }", "INVALID_ARGUMENT"),
        ("subscription { stamps { stamp } }", "INVALID_ARGUMENT"),
    ] {
        assert_eq!(api.code(query).await, code, "{query}");
    }
    for (variables, code) in [
        (r#"{"l": "UK"}"#, ""),
        (r#"{"l": "XX"}"#, "INVALID_ARGUMENT"),
        (r#"{"l": 5}"#, "INVALID_ARGUMENT"),
        (r#"{"l": null}"#, "INVALID_ARGUMENT"),
        ("{}", "INVALID_ARGUMENT"),
    ] {
        let variables = async_graphql::Variables::from_json(serde_json::from_str(variables).unwrap());
        let request =
            api.request("query($l: Locale!) { price { formatted(locale: $l) } }").variables(variables.clone());
        let codes = codes(&api.schema.execute(request).await).join(" ");
        assert_eq!(codes, code, "{variables:?}");
    }
    let at = api.run("{ price { amountMinor currency formatted(locale: EN) } }").await;
    assert_eq!(
        at.data,
        value!({"price": {"amountMinor": 125_050, "currency": "UAH", "formatted": kernel::Money { minor: 125_050, currency: kernel::Currency::UAH }.formatted(kernel::Locale::En)}})
    );
}

#[tokio::test]
async fn a_request_without_a_sender_is_our_fault() {
    let api = Api::new().await;
    assert_eq!(codes(&api.schema.execute("{ decided }").await), ["INTERNAL"]);
}

/// A chain of fragments, each of which spreads the next one twice.
fn bomb(levels: usize) -> String {
    let spread = |level: usize| format!("fragment F{level} on Faulty {{ ...F{0} ...F{0} }} ", level + 1);
    let chain: String = (0..levels).map(spread).collect();
    format!("{{ faulty {{ ...F0 }} }} {chain} fragment F{levels} on Faulty {{ fine }}")
}

#[tokio::test]
async fn too_much_is_refused_at_once() {
    let api = Api::new().await;
    let deep = format!("{{ faulty {} fine {} }}", "{ child ".repeat(20), "}".repeat(20));
    let many = |count: usize, field: &str| {
        format!("{{ {} }}", (0..count).map(|n| field.replace('#', &n.to_string())).collect::<Vec<_>>().join(" "))
    };
    for query in [
        deep,
        "{a".repeat(500_000),
        "{ a(b: [".to_owned() + &"[".repeat(500_000),
        many(21, "a#: decided"),
        format!("{{ faulty {} }}", many(61, "a#: fine")),
        format!("{{ faulty {{ fine {} }} }}", "@skip(if: false) ".repeat(61)),
        many(
            6,
            "a#: page(first: 100) { edges { node { id name } cursor } nodes { id n: id m: id a: id b: id c: id d: id e: id f: id g: id h: id i: id j: id k: id l: id o: id p: id q: id r: id s: id t: id u: id v: id w: id x: id y: id z: id } }",
        ),
        many(50_000, "decided"),
        bomb(30),
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(),
    ] {
        let answer = api.run(&query).await;
        let shown: String = query.chars().take(60).collect();
        assert_eq!(codes(&answer), ["TOO_COMPLEX"], "{shown}");
        assert!(serde_json::to_string(&answer).unwrap().len() < 400, "{shown}");
    }
}

#[tokio::test]
async fn what_tools_ask_is_within_the_limits() {
    let api = Api::new().await;
    let of_type = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} types {{ ...FullType }} directives {{ name args {{ ...InputValue }} }} }} }}
        fragment FullType on __Type {{ kind name fields(includeDeprecated: true) {{ name args {{ ...InputValue }} type {{ ...TypeRef }} }}
          inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }} enumValues {{ name }} possibleTypes {{ ...TypeRef }} }}
        fragment InputValue on __InputValue {{ name type {{ ...TypeRef }} defaultValue }}
        fragment TypeRef on __Type {{ {of_type} }}"
    );
    assert_eq!(api.code(&query).await, "");
    assert_eq!(api.code(&bomb(3)).await, "");
}

impl Api {
    fn cx(&self) -> Cx {
        Cx::builder(self.db.clock().clone()).company(self.company).locale(kernel::Locale::En).build()
    }

    /// The code of the refusal of what is asked for; empty for a document.
    async fn ask(&self, asked: gql::Asked<'_>) -> String {
        outcome(self.documents.resolve(asked, &self.cx()).await)
    }

    /// What an operation answers, as JSON.
    async fn answer(&self, query: &str, variables: &str) -> serde_json::Value {
        let variables = async_graphql::Variables::from_json(serde_json::from_str(variables).unwrap());
        let answer = self.schema.execute(self.request(query).variables(variables)).await;
        serde_json::json!({"data": answer.data, "errors": answer.errors})
    }
}

#[tokio::test]
async fn a_known_document_answers_as_a_new_one() {
    let told = "query($i: Int, $f: Filter, $l: [Int!], $n: String = \"d\", $b: Boolean = true, $s: Int! = 5) {
        told(int: $i, filter: $f, list: $l, size: $s) @include(if: $b)
        nested: told(filter: {name: $n, inner: {name: \"x\", size: $s}}, list: [1, $s]) @skip(if: $b) }";
    let warm = Api::new().await;
    warm.answer(told, "{}").await;
    for (variables, expected) in [
        ("{}", r#"{"told": "None None None 5"}"#),
        (r#"{"unknown": 1}"#, r#"{"told": "None None None 5"}"#),
        (r#"{"i": 1.0, "l": 2, "s": 6}"#, r#"{"told": "Some(1) None Some([2]) 6"}"#),
        (r#"{"i": null, "l": null}"#, r#"{"told": "None None None 5"}"#),
        (r#"{"i": -0, "l": []}"#, r#"{"told": "Some(0) None Some([]) 5"}"#),
        (
            r#"{"f": {"name": "a"}}"#,
            r#"{"told": "None Some(Filter { name: \"a\", size: 3, at: Undefined, inner: None }) None 5"}"#,
        ),
        (
            r#"{"f": {"name": "a", "at": null, "inner": {"name": "b", "size": 9}}}"#,
            r#"{"told": "None Some(Filter { name: \"a\", size: 3, at: Null, inner: Some(Filter { name: \"b\", size: 9, at: Undefined, inner: None }) }) None 5"}"#,
        ),
        (
            r#"{"b": false, "s": 2}"#,
            r#"{"nested": "None Some(Filter { name: \"d\", size: 3, at: Undefined, inner: Some(Filter { name: \"x\", size: 2, at: Undefined, inner: None }) }) Some([1, 2]) 7"}"#,
        ),
    ] {
        let (cold, warm) = (Api::new().await.answer(told, variables).await, warm.answer(told, variables).await);
        assert_eq!(cold, warm, "{variables}");
        assert_eq!(cold["errors"], serde_json::json!([]), "{variables}");
        assert_eq!(cold["data"], serde_json::from_str::<serde_json::Value>(expected).unwrap(), "{variables}");
    }
    for (variables, message, path) in [
        (r#"{"i": "1"}"#, "Variable \"$i\" is not valid: \"1\" is not \"Int\".", r#"["i"]"#),
        (r#"{"i": 2147483648}"#, "Variable \"$i\" is not valid: 2147483648 is not \"Int\".", r#"["i"]"#),
        (r#"{"i": 1.5}"#, "Variable \"$i\" is not valid: 1.5 is not \"Int\".", r#"["i"]"#),
        (r#"{"l": [1, null]}"#, "Variable \"$l.1\" is not valid: null is not \"Int!\".", r#"["l", "1"]"#),
        (r#"{"s": null}"#, "Variable \"$s\" is not valid: null is not \"Int!\".", r#"["s"]"#),
        (r#"{"f": 1}"#, "Variable \"$f\" is not valid: 1 is not \"Filter\".", r#"["f"]"#),
        (r#"{"f": {}}"#, "Variable \"$f.name\" is not valid: it is required: \"String!\".", r#"["f", "name"]"#),
        (
            r#"{"f": {"name": "a", "none": 1}}"#,
            "Variable \"$f.none\" is not valid: \"Filter\" has no such field.",
            r#"["f", "none"]"#,
        ),
        (
            r#"{"f": {"name": "a", "inner": {"name": "b", "at": "noon"}}}"#,
            "Variable \"$f.inner.at\" is not valid: \"noon\" is not \"DateTime\".",
            r#"["f", "inner", "at"]"#,
        ),
        (r#"{"b": "true"}"#, "Variable \"$b\" is not valid: \"true\" is not \"Boolean\".", r#"["b"]"#),
    ] {
        let (cold, warm) = (Api::new().await.answer(told, variables).await, warm.answer(told, variables).await);
        assert_eq!(cold, warm, "{variables}");
        let error = &cold["errors"][0];
        assert_eq!(
            (&cold["data"], error["message"].as_str()),
            (&serde_json::Value::Null, Some(message)),
            "{variables}"
        );
        assert_eq!(error["extensions"]["code"], "INVALID_ARGUMENT");
        assert_eq!(
            error["extensions"]["path"],
            serde_json::from_str::<serde_json::Value>(path).unwrap(),
            "{variables}"
        );
    }
}

#[tokio::test]
async fn a_field_that_stands_there_twice_is_resolved_once() {
    let api = Api::new().await;
    let query = "mutation($no: Boolean = false) { count ...A ...A ... { b: count } count c: count @include(if: $no) }
        fragment A on Mutation { count ...B } fragment B on Mutation { b: count }";
    assert_eq!(api.answer(query, "{}").await["data"], serde_json::json!({"count": 1, "b": 2}));
    assert_eq!(api.batches.0.load(Ordering::Relaxed), 2);
    let twice = api.run("{ faulty { child { fine } child { nullable nullable } } }").await;
    assert_eq!(twice.data, value!({"faulty": {"child": {"fine": 1, "nullable": null}}}));
    assert_eq!(codes(&twice), ["NOT_FOUND"]);
}

#[tokio::test]
async fn fields_of_fragments_are_merged_below_the_root_too() {
    let api = Api::new().await;
    let once = api.run("{ faulty { nullable ...F } } fragment F on Faulty { nullable fine }").await;
    assert_eq!(once.data, value!({"faulty": {"nullable": null, "fine": 1}}));
    assert_eq!(codes(&once), ["NOT_FOUND"], "it was resolved once");
    let query = "{ faulty { child { fine } ...F items { fine } } }
        fragment F on Faulty { child { required } ... { items { ...G } } } fragment G on Faulty { child { required } }";
    let nulled = api.run(query).await;
    let items = value!([{"fine": 1, "child": null}, null]);
    assert_eq!(nulled.data, value!({"faulty": {"child": null, "items": items}}));
    assert_eq!(paths(&nulled), [r#"["faulty","child","required"]"#, r#"["faulty","items",0,"child","required"]"#]);
    let id = thing(1);
    let query = format!(
        "{{ node(id: \"{id}\") {{ ...N ... on Thing {{ name }} id ... on Node {{ __typename a: id }} }} }}
        fragment N on Node {{ id ... on Thing {{ name b: id }} }}"
    );
    let (name, id) = (format!("thing {id}"), id.to_string());
    let told = api.run(&query).await;
    assert_eq!(
        told.data.to_string(),
        value!({"node": {"id": id.clone(), "name": name, "b": id.clone(), "__typename": "Thing", "a": id}}).to_string()
    );
}

#[tokio::test]
async fn a_variable_that_was_not_sent_leaves_the_default_where_it_stands() {
    let api = Api::new().await;
    let query = "query($s: Int, $n: Int, $t: DateTime, $l: Int) {
        told(size: $s, int: $l, filter: {name: \"a\", size: $n, at: $t}) a: told(size: $s) }";
    let (filter, none) = ("Some(Filter { name: \"a\", size: 3, at: Undefined, inner: None })", "None None None");
    let expected = serde_json::json!({"told": format!("None {filter} None 7"), "a": format!("{none} 7")});
    let answer = api.answer(query, "{}").await;
    assert_eq!((&answer["data"], &answer["errors"]), (&expected, &serde_json::json!([])));
    let answer = api.answer(query, r#"{"s": 1, "n": 2}"#).await;
    assert_eq!(answer["data"]["a"], format!("{none} 1"));
    // Null is a value, and none of these types.
    for variables in [r#"{"s": null}"#, r#"{"n": null}"#] {
        let answer = api.answer(query, variables).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INVALID_ARGUMENT", "{answer}");
    }
}

#[tokio::test]
async fn null_is_no_condition_wherever_it_stands() {
    let api = Api::new().await;
    for body in [
        "decided fine: decided @include(if: $b)",
        "decided ... @skip(if: $b) { fine: decided }",
        "faulty { fine child @skip(if: $b) { fine } }",
        "...F } fragment F on Query { faulty { fine child { ... @include(if: $b) { fine } } }",
        "decided faulty @include(if: false) @skip(if: $b) { fine }",
    ] {
        let query = format!("query($b: Boolean = true) {{ {body} }}");
        assert_eq!(api.answer(&query, "{}").await["errors"], serde_json::json!([]), "{body}");
        let answer = api.answer(&query, r#"{"b": null}"#).await;
        assert_eq!(answer["data"], serde_json::Value::Null, "{body}");
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{answer}");
        assert_eq!(errors[0]["message"], "Variable \"$b\" is not valid: null is not \"Boolean!\".");
        assert_eq!(errors[0]["extensions"]["code"], "INVALID_ARGUMENT");
    }
}

#[tokio::test]
async fn ids_that_are_numbers_are_the_same_in_a_document_and_in_a_variable() {
    let api = Api::new().await;
    for number in ["0", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let literal = api.answer(&format!("{{ node(id: {number}) {{ id }} }}"), "{}").await;
        let variable = api.answer("query($i: ID!) { node(id: $i) { id } }", &format!("{{\"i\": {number}}}")).await;
        assert_eq!(literal["errors"][0]["extensions"]["code"], "NOT_FOUND", "{literal}");
        assert_eq!(variable["errors"][0]["extensions"]["code"], "NOT_FOUND", "{variable}");
    }
}

#[tokio::test]
async fn a_value_costs_as_often_as_it_is_given() {
    let api = Api::new().await;
    let list = format!("{{\"l\": [{}]}}", ["1"; 1_000].join(","));
    let text = format!("{{\"t\": \"{}\"}}", "a".repeat(1 << 20));
    for (declared, argument, variables, fits, exceeds) in
        [("$l: [Int!]", "list: $l", &list, 19, 20), ("$t: String!", "filter: {name: $t}", &text, 19, 20)]
    {
        for (times, code) in [(fits, serde_json::Value::Null), (exceeds, "TOO_COMPLEX".into())] {
            let fields: String = (0..times).fold(String::new(), |text, at| text + &format!("a{at}: told({argument}) "));
            let answer = api.answer(&format!("query({declared}) {{ {fields} }}"), variables).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{declared} {times}");
        }
    }
}

#[tokio::test]
async fn a_subscription_may_stand_in_a_fragment() {
    let api = Api::new().await;
    let query = "subscription { ...F } fragment F on Events { ... { stamps { stamp } } }";
    let events: Vec<_> = api.schema.execute_stream(api.request(query)).collect().await;
    assert_eq!(events.iter().map(|event| event.errors.len()).collect::<Vec<_>>(), [0, 0]);
}

#[tokio::test]
async fn what_is_left_out_leaves_an_empty_object() {
    let api = Api::new().await;
    assert_eq!(api.answer("{ decided @skip(if: true) }", "{}").await["data"], serde_json::json!({}));
    let below = "query($no: Boolean!) { faulty { child @include(if: $no) { fine } } }";
    assert_eq!(api.answer(below, r#"{"no": false}"#).await["data"], serde_json::json!({"faulty": {}}));
}

#[tokio::test]
async fn the_operation_that_was_asked_for_runs() {
    let api = Api::new().await;
    let query = "query A { decided } mutation B { count }";
    for (name, expected) in [("A", r#"{"decided": true}"#), ("B", r#"{"count": 1}"#)] {
        let answer = api.schema.execute(api.request(query).operation_name(name)).await;
        assert_eq!(answer.data.into_json().unwrap(), serde_json::from_str::<serde_json::Value>(expected).unwrap());
        let document = api.documents.parse(query, &api.cx()).unwrap();
        assert_eq!(document.kind(Some(name)).unwrap().to_string(), if name == "A" { "query" } else { "mutation" });
        assert_eq!(document.kind(None), None);
    }
    for (query, name) in [(query, "C"), ("{ decided }", "A")] {
        let answer = api.schema.execute(api.request(query).operation_name(name)).await;
        assert_eq!((codes(&answer), answer.data), (vec!["INVALID_ARGUMENT".to_owned()], Value::Null));
    }
}

fn hash(text: &str) -> String {
    cache::name_of(text).iter().fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"))
}

fn persisted(version: u32, hash: &str) -> serde_json::Map<String, serde_json::Value> {
    let value = serde_json::json!({"persistedQuery": {"version": version, "sha256Hash": hash}});
    value.as_object().unwrap().clone()
}

/// The code of a refusal; empty for a document.
fn outcome(answer: Result<Arc<gql::Document>, Vec<async_graphql::ServerError>>) -> String {
    answer.map_or_else(|errors| codes(&Response::from_errors(errors)).join(" "), |_| String::new())
}

#[tokio::test]
async fn a_document_is_sent_once_and_then_named() {
    let api = Api::new().await;
    let none = gql::Asked::default();
    let text = "{ decided named: decided }";
    let id = format!("sha256:{}", hash(text));
    let known = persisted(1, &hash(text));
    let by_hash = gql::Asked { extensions: Some(&known), ..none };
    let by_id = gql::Asked { document_id: Some(&id), ..none };
    assert_eq!(api.ask(by_hash).await, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(api.ask(by_id).await, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(api.ask(gql::Asked { query: Some("{ decided }"), ..by_hash }).await, "PERSISTED_QUERY_HASH_MISMATCH");
    assert_eq!(api.ask(by_hash).await, "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(api.ask(gql::Asked { query: Some(text), ..by_hash }).await, "");
    assert_eq!(api.ask(by_hash).await, "");
    assert_eq!(api.ask(by_id).await, "");
    for wrong in ["{ none }", "{", "{ faulty { ...A } } fragment A on Faulty { child { ...A } }"] {
        let known = persisted(1, &hash(wrong));
        let named = gql::Asked { extensions: Some(&known), ..none };
        assert_ne!(api.ask(gql::Asked { query: Some(wrong), ..named }).await, "");
        assert_eq!(api.ask(named).await, "PERSISTED_QUERY_NOT_FOUND", "what is refused is not kept");
    }
    for (extensions, code) in [
        (r#"{"persistedQuery": {"version": 2, "sha256Hash": "abc"}}"#, "PERSISTED_QUERY_NOT_SUPPORTED"),
        (r#"{"persistedQuery": {"sha256Hash": "abc"}}"#, "PERSISTED_QUERY_NOT_SUPPORTED"),
        (r#"{"persistedQuery": 1}"#, "INVALID_ARGUMENT"),
        (r#"{"persistedQuery": {"version": 1}}"#, "INVALID_ARGUMENT"),
        (r#"{"persistedQuery": {"version": 1, "sha256Hash": "abc"}}"#, "INVALID_ARGUMENT"),
        (r#"{"persistedQuery": null}"#, "INVALID_ARGUMENT"),
    ] {
        let extensions: serde_json::Map<_, _> = serde_json::from_str(extensions).unwrap();
        assert_eq!(api.ask(gql::Asked { extensions: Some(&extensions), ..none }).await, code, "{extensions:?}");
    }
    for (query, document_id, extensions) in [
        (None, None, None),
        (Some(text), Some("abc"), None),
        (None, Some("a b"), None),
        (None, Some(id.as_str()), Some(&known)),
    ] {
        assert_eq!(api.ask(gql::Asked { query, document_id, extensions }).await, "INVALID_ARGUMENT", "{document_id:?}");
    }
    let document = api.documents.resolve(by_hash, &api.cx()).await.unwrap();
    let request = async_graphql::Request::new("").data(Request::new(api.cx(), api.db.clone())).data(document);
    assert_eq!(api.schema.execute(request).await.data, value!({"decided": true, "named": true}));
}

/// Documents of the same schema with a list; and what reading the list said.
fn listed(manifest: &str, only_listed: bool) -> (Result<usize, String>, Documents) {
    let options = DocumentOptions { only_listed, suggestions: false, ..DocumentOptions::default() };
    let documents = Documents::new(options, cache::Cache::memory());
    let settings = Settings {
        documents: documents.clone(),
        report_statements: true,
        observer: None,
        cursors: gql::Cursors::new(&[7; 32]),
    };
    documents.attach(&gql::schema(Query::default(), Mutation, Events, &settings).finish());
    (documents.allow(manifest), documents)
}

#[tokio::test]
async fn a_list_of_documents_can_be_all_that_is_answered() {
    let cx = Api::new().await.cx();
    let none = gql::Asked::default();
    let text = "query Page { decided }";
    let (id, unknown) = (format!("sha256:{}", hash(text)), format!("sha256:{}", "0".repeat(64)));
    let apollo = serde_json::json!({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
        {"id": hash(text), "name": "Page", "type": "query", "body": text},
        {"id": "own", "name": "Other", "type": "query", "body": "query Other { stamp }"},
    ]});
    let plain = serde_json::json!({"own": "query Other { stamp }", (id.as_str()): text});
    let extensions = persisted(1, &hash(text));
    for manifest in [apollo.to_string(), plain.to_string()] {
        let (count, documents) = listed(&manifest, true);
        assert_eq!(count, Ok(2));
        for (asked, expected) in [
            (gql::Asked { query: Some(text), ..none }, ""),
            (gql::Asked { document_id: Some("own"), ..none }, ""),
            (gql::Asked { document_id: Some(&id), ..none }, ""),
            (gql::Asked { extensions: Some(&extensions), ..none }, ""),
            (gql::Asked { query: Some(text), extensions: Some(&extensions), ..none }, ""),
            (gql::Asked { query: Some("query Page { decided  }"), ..none }, "DOCUMENT_NOT_LISTED"),
            (gql::Asked { query: Some("{"), ..none }, "DOCUMENT_NOT_LISTED"),
            (gql::Asked { document_id: Some("other"), ..none }, "DOCUMENT_NOT_LISTED"),
            (gql::Asked { document_id: Some(&unknown), ..none }, "DOCUMENT_NOT_LISTED"),
        ] {
            assert_eq!(outcome(documents.resolve(asked, &cx).await), expected, "{asked:?}");
        }
        let (_, open) = listed(&manifest, false);
        for (asked, expected) in [
            (gql::Asked { query: Some("{ decided }"), ..none }, ""),
            (gql::Asked { document_id: Some("own"), ..none }, ""),
            (gql::Asked { document_id: Some("other"), ..none }, "PERSISTED_QUERY_NOT_FOUND"),
        ] {
            assert_eq!(outcome(open.resolve(asked, &cx).await), expected, "{asked:?}");
        }
    }
    for (manifest, told) in [
        (r#"{"page": "{ none }"}"#, "the document \"page\": Type \"Query\" has no field \"none\". (line 1, column 3)"),
        (
            r#"{"page": "{"}"#,
            "the document \"page\": Expected a field or a fragment, found the end of the document. (line 1, column 2)",
        ),
        (r#"{"sha256:00": "{ decided }"}"#, "the document \"sha256:00\": this is not the hash of its text"),
        (
            r#"{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}"#,
            "apollo-persisted-query-manifest 2 is not a known format",
        ),
        ("[]", "this is neither a manifest of persisted queries nor an object of ids and texts"),
    ] {
        assert_eq!(listed(manifest, true).0, Err(told.to_owned()));
    }
}
