//! What is refused before anything runs: quickly, with a short answer and a code; and what tools and honest pages ask is not.

use harness::{App, Company, Raw, api_test};
use serde_json::{Value, json};

async fn post(app: &App, query: &str, variables: Value) -> Raw {
    let headers = [("Content-Type", "application/json"), ("Accept", "application/graphql-response+json")];
    let body = json!({ "query": query, "variables": variables }).to_string();
    Raw::send(app.client().base(), "POST", "/graphql", &headers, body).await
}

/// `count` texts with their number in place of `#`.
fn many(count: usize, text: &str) -> String {
    (0..count).map(|at| text.replace('#', &at.to_string())).collect::<Vec<_>>().join(" ")
}

/// Hostile documents of about as many bytes as a body may have.
fn large() -> Vec<(&'static str, String)> {
    const SIZE: usize = 1_000_000;
    vec![
        ("brackets", "{".repeat(SIZE)),
        ("nested fields", "{a".repeat(SIZE / 2)),
        ("nested lists", format!("{{ a(b: {}", "[".repeat(SIZE))),
        ("nested objects", format!("{{ a(b: {}", "{c:".repeat(SIZE / 3))),
        ("list types", format!("query($a: {}", "[".repeat(SIZE))),
        ("fields", format!("{{ {} }}", "__typename ".repeat(SIZE / 11))),
        ("aliases", format!("{{ {} }}", many(SIZE / 22, "a#: __typename"))),
        ("directives", format!("{{ __typename {} }}", "@skip(if: false) ".repeat(SIZE / 17))),
        ("fragments", format!("{{ ...F0 }} {}", many(SIZE / 60, "fragment F# on Query { __typename }"))),
        ("operations", many(SIZE / 30, "query Q# { __typename }")),
        ("variables", format!("query({}) {{ __typename }}", many(SIZE / 15, "$v#: Int"))),
        ("arguments", format!("{{ services({}) {{ totalCount }} }}", many(SIZE / 10, "a#: 1"))),
        ("a list of numbers", format!("{{ services(first: [{}]) {{ totalCount }} }}", "1 ".repeat(SIZE / 2))),
        ("a long name", format!("{{ {} }}", "a".repeat(SIZE))),
        ("a long variable", format!("{{ services(first: ${}) {{ totalCount }} }}", "a".repeat(SIZE))),
        ("a long string", format!("{{ services(first: \"{}\") {{ totalCount }} }}", "a".repeat(SIZE))),
        ("a string without end", format!("{{ a(b: \"{}", "a".repeat(SIZE))),
        ("a block string without end", format!("{{ a(b: \"\"\"{}", "\\\"\"\"".repeat(SIZE / 8))),
        ("a comment", format!("# {}", "a".repeat(SIZE))),
        ("commas", ",".repeat(SIZE)),
        ("half a surrogate pair", format!("{{ a(b: \"{}\") }}", "\\uD83D".repeat(SIZE / 8))),
    ]
}

api_test! {
    async fn a_megabyte_of_anything_gets_a_short_refusal(app: &App) {
        for (what, text) in large() {
            let answer = post(app, &text, Value::Null).await;
            assert_eq!(answer.status, 400, "{what}");
            assert!(answer.body.len() < 2_048, "{what}: {} bytes", answer.body.len());
            let answer = answer.json();
            assert!(answer.get("data").is_none(), "{what}: {answer}");
            for error in answer["errors"].as_array().unwrap() {
                let code = error["extensions"]["code"].as_str().unwrap();
                assert!(["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "TOO_COMPLEX"].contains(&code), "{what}: {answer}");
            }
        }
    }
}

/// Fragments in a chain, each of which spreads the next one twice.
fn doubling(length: usize) -> String {
    let spread = |at: usize| format!("fragment F{at} on Query {{ ...F{0} ... {{ ...F{0} }} }} ", at + 1);
    format!("{{ ...F0 }} {} fragment F{length} on Query {{ __typename }}", (0..length).map(spread).collect::<String>())
}

api_test! {
    async fn a_kilobyte_cannot_ask_for_much(app: &App) {
        let of_type = |levels: usize| format!("{} name {}", "ofType { ".repeat(levels), "}".repeat(levels));
        for (text, code) in [
            (doubling(30), "TOO_COMPLEX"),
            (format!("{{ {} }}", many(21, "a#: __typename")), "TOO_COMPLEX"),
            (format!("{{ {} }}", "__typename ".repeat(11)), "TOO_COMPLEX"),
            (format!("{{ __typename {} }}", "@none ".repeat(6)), "TOO_COMPLEX"),
            (format!("{{ __schema {{ types {{ {} }} }} }}", of_type(20)), "TOO_COMPLEX"),
            ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(), "TOO_COMPLEX"),
            ("{ ...A } fragment A on Query { ...A }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
            ("mutation { __typename } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ] {
            let answer = post(app, &text, Value::Null).await.json();
            let told = answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
            assert_eq!(told, code, "{text}: {answer}");
        }
    }
}

api_test! {
    async fn the_length_of_pages_counts_wherever_it_comes_from(app: &App) {
        let fields = "archived bufferAfterMinutes bufferBeforeMinutes color description durationMinutes horizonDays id kind
            locationIds name noticeMinutes position requiresStaff stepMinutes taxRateBp version visibility";
        for (head, argument, variables, is_too_much) in [
            ("query", "(first: 100)", Value::Null, true),
            ("query($n: Int)", "(first: $n)", json!({ "n": 100 }), true),
            ("query($n: Int = 100)", "(last: $n)", Value::Null, true),
            ("query($n: Int = 100)", "(first: $n)", json!({ "n": 5 }), false),
            ("query", "", Value::Null, false),
        ] {
            let text = format!("{head} {{ {} }}", many(12, &format!("p#: services{argument} {{ nodes {{ {fields} }} }}")));
            let answer = post(app, &text, variables).await.json();
            let told = &answer["errors"][0]["extensions"]["code"];
            assert_eq!(*told == json!("TOO_COMPLEX"), is_too_much, "{head} {argument}: {answer}");
        }
    }
}

/// What GraphiQL and code generators ask, with every option of graphql-js.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind }
  subscriptionType { name kind } types { ...FullType }
  directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
fragment FullType on __Type { kind name description specifiedByURL isOneOf
  fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
  inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
  ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

api_test! {
    async fn what_tools_ask_passes(app: &App) {
        let answer = post(app, INTROSPECTION, Value::Null).await;
        assert_eq!((answer.status, answer.json()["errors"].is_null()), (200, true), "{}", answer.json()["errors"]);
    }
}

api_test! {
    async fn a_calendar_page_with_everything_on_it_passes(app: &App) {
        let salon = Company::new(app).await;
        let location = "location { id name address phone timeZone openingHours { weekday } }";
        let person = "staff { id name color position archived services { service { id name } } }";
        let query = format!(
            "query Week($from: LocalDate!, $to: LocalDate!) {{ calendar(from: $from, to: $to) {{
               bookings {{ id reference status statusSince startsAt endsAt durationMinutes localDate timeZone channel version
                 clientNote internalNote cancelNote total {{ amountMinor currency formatted }}
                 client {{ id name phones emails tags blocked notes {{ id }} visits {{ __typename }} }} {location}
                 lines {{ id startsAt endsAt color price {{ amountMinor currency }} service {{ id name color durationMinutes category {{ id }} }}
                   {person} resources {{ __typename }} }} }}
               locations {{ locationId open {{ startsAt endsAt }} closures {{ startsAt endsAt reason }} {location} }}
               resources {{ resourceId maintenance {{ startsAt endsAt reason }} resource {{ id }} }}
               staff {{ staffId shifts {{ date startsAt endsAt locationId }} timeOff {{ startsAt endsAt reason }} {person} }} }} }}"
        );
        let variables = json!({ "from": "2026-03-02", "to": "2026-03-08" });
        let answer = salon.administrator.run(&query, variables).await;
        assert_eq!(answer.codes(), Vec::<String>::new(), "{answer}");
    }
}

api_test! {
    async fn introspection_and_suggestions_are_for_whom_the_settings_say(engine: Engine) {
        let app = App::start_with(engine, |config| config.graphql.introspection = gql::Audience::Members).await.unwrap();
        let salon = Company::new(&app).await;
        let (schema, typo) = ("{ __schema { queryType { name } } }", "{ servicez { totalCount } }");
        assert_eq!(salon.administrator.run(schema, Value::Null).await.codes(), Vec::<String>::new());
        assert_eq!(app.client().run(schema, Value::Null).await.code(), "INTROSPECTION_DISABLED");
        assert_eq!(app.client().run("{ __typename }", Value::Null).await.codes(), Vec::<String>::new());
        let told = |answer: &harness::Answer| answer.errors[0]["message"].as_str().unwrap().to_owned();
        assert!(told(&salon.administrator.run(typo, Value::Null).await).contains("\"services\""));
        assert!(!told(&app.client().run(typo, Value::Null).await).contains("services"));
    }
}
