//! Each rule with a document that keeps it and one that breaks it, on a schema that has one of everything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::too_many_lines, dead_code)]

use std::fmt::Write as _;
use std::sync::Arc;

use access::Cx;
use async_graphql::{
    Enum, ID, InputObject, Interface, Json, Object, OneofObject, ServerError, SimpleObject, Subscription, Union, Value,
};
use cache::Cache;
use futures_util::Stream;
use kernel::{Locale, SystemClock};
use proptest::prelude::*;

use crate::limits::measure::Measure;
use crate::{Audience, DateTime, DocumentOptions, Documents, Limits, Long, Settings, syntax};

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Good,
    Bad,
}

#[derive(InputObject)]
struct Filter {
    id: ID,
    name: Option<String>,
    moods: Option<Vec<Mood>>,
    #[graphql(default = 3)]
    size: i32,
    inner: Option<Box<Filter>>,
}

#[derive(OneofObject)]
enum Pick {
    Id(ID),
    Name(String),
}

#[derive(SimpleObject, Clone)]
struct Cat {
    name: String,
    lives: i32,
    weight: Option<f64>,
}

#[derive(SimpleObject, Clone)]
struct Dog {
    name: String,
    weight: f64,
    tags: Vec<String>,
}

#[derive(Interface)]
#[graphql(field(name = "name", ty = "&String"))]
enum Animal {
    Cat(Cat),
    Dog(Dog),
}

#[derive(Union)]
enum Thing {
    Cat(Cat),
    Dog(Dog),
}

struct Query;

#[Object]
#[allow(clippy::unused_async)]
impl Query {
    async fn me(&self) -> Query {
        Query
    }

    async fn animal(&self) -> Option<Animal> {
        None
    }

    async fn things(&self) -> Vec<Thing> {
        Vec::new()
    }

    async fn cat(&self, id: ID) -> Option<Cat> {
        let _ = id;
        None
    }

    #[allow(clippy::too_many_arguments)]
    async fn echo(
        &self,
        int: Option<i32>,
        float: Option<f64>,
        text: Option<String>,
        truth: Option<bool>,
        id: Option<ID>,
        mood: Option<Mood>,
        filter: Option<Filter>,
        pick: Option<Pick>,
        list: Option<Vec<i32>>,
        nested: Option<Vec<Vec<i32>>>,
        at: Option<DateTime>,
        long: Option<Long>,
        any: Option<Json<Value>>,
        #[graphql(default = 7)] size: i32,
    ) -> bool {
        let _ = (int, float, text, truth, id, mood, filter, pick, list, nested, at, long, any, size);
        true
    }
}

struct Mutation;

#[Object]
#[allow(clippy::unused_async)]
impl Mutation {
    async fn touch(&self) -> bool {
        true
    }
}

struct Events;

#[Subscription]
#[allow(clippy::unused_async)]
impl Events {
    async fn ticks(&self) -> impl Stream<Item = i32> {
        futures_util::stream::empty()
    }
}

fn documents(options: DocumentOptions) -> Documents {
    let documents = Documents::new(options, Cache::memory());
    let settings = Settings {
        documents: documents.clone(),
        report_statements: false,
        observer: None,
        cursors: crate::Cursors::new(&[7; 32]),
    };
    documents.attach(&crate::schema(Query, Mutation, Events, &settings).finish());
    documents
}

fn anybody() -> Cx {
    Cx::builder(Arc::new(SystemClock)).locale(Locale::En).build()
}

fn refused(text: &str) -> Vec<ServerError> {
    documents(DocumentOptions::default()).parse(text, &anybody()).err().unwrap_or_default()
}

fn code(error: &ServerError) -> String {
    match error.extensions.as_ref().and_then(|values| values.get("code")) {
        Some(Value::String(code)) => code.clone(),
        other => panic!("{other:?}: {error:?}"),
    }
}

#[test]
fn documents_that_keep_the_rules() {
    let all = documents(DocumentOptions::default());
    for text in [
        "{ __typename me { __typename } things { __typename } animal { __typename name } }",
        "{ animal { ...A ... on Dog { weight } ... @include(if: true) { name } } } fragment A on Animal { name ... on Cat { lives } }",
        "query($i: Int!, $d: Int = 1, $f: Filter!, $s: String) { a: echo(int: $i, size: $d) b: echo(filter: $f, text: $s) }",
        "query($i: Int! $s: Int) { echo(float: 1, list: [1, $i], nested: [[1], [2, $i]], any: {a: [$s, 1]}) }",
        "query($i: ID!) { echo(filter: {id: $i, inner: {id: 5, moods: GOOD}}, pick: {id: $i}) }",
        "{ echo(int: 2147483647, id: 7, mood: BAD, list: 1, nested: [1], at: \"2026-11-22T10:00:00Z\", long: 5, any: [{a: B}]) }",
        "{ echo(int: -2147483648, float: 1e9, text: \"\\u{1F980}\", truth: null, filter: null) }",
        "query A($b: Boolean!) { me @skip(if: $b) @include(if: true) { ...F } } query B { ...F } fragment F on Query { echo }",
        "mutation { a: touch b: touch }",
        "subscription { ticks }",
        "subscription S { ...T } fragment T on Events { ticks ... { ticks } }",
        "{ me { echo(int: 1, text: \"a\") } me { echo(text: \"a\", int: 1) } }",
        "{ animal { ... on Cat { a: lives } ... on Dog { b: weight } } }",
        "{ animal { ... on Cat { x: name } ... on Dog { x: name } } }",
        "{ things { ... on Animal { name } ... on Thing { ... on Cat { lives } } } }",
    ] {
        assert_eq!(all.parse(text, &anybody()).err(), None, "{text}");
    }
}

#[test]
fn documents_that_break_a_rule() {
    for (text, message) in [
        ("{ none }", "Type \"Query\" has no field \"none\"."),
        ("{ things { name } }", "Type \"Thing\" has no field \"name\"."),
        ("{ me }", "Field \"me\" needs a selection of the fields of \"Query\"."),
        ("{ echo { a } }", "Field \"echo\" has no fields to select: it is \"Boolean\"."),
        ("{ __typename { a } }", "Field \"__typename\" has no fields to select."),
        ("{ __typename(a: 1) }", "Field \"__typename\" has no argument \"a\"."),
        ("{ __typename @skip(if: $a) }", "Variable \"a\" is not declared."),
        ("{ echo(none: 1) }", "Field \"echo\" has no argument \"none\"."),
        ("{ echo(int: 1, int: 1) }", "Field \"echo\" has more than one argument \"int\"."),
        ("{ cat { name } }", "Field \"cat\" needs the argument \"id: ID!\"."),
        ("{ cat(id: null) { name } }", "Argument \"id\": null is not \"ID!\"."),
        ("{ echo(int: 2147483648) }", "Argument \"int\": 2147483648 is not \"Int\"."),
        ("{ echo(int: 1.0) }", "Argument \"int\": 1.0 is not \"Int\"."),
        ("{ echo(int: \"1\") }", "Argument \"int\": \"1\" is not \"Int\"."),
        ("{ echo(float: \"1\") }", "Argument \"float\": \"1\" is not \"Float\"."),
        ("{ echo(text: 1) }", "Argument \"text\": 1 is not \"String\"."),
        ("{ echo(text: GOOD) }", "Argument \"text\": \"GOOD\" is not \"String\"."),
        ("{ echo(truth: 0) }", "Argument \"truth\": 0 is not \"Boolean\"."),
        ("{ echo(id: 1.5) }", "Argument \"id\": 1.5 is not \"ID\"."),
        ("{ echo(mood: UGLY) }", "Argument \"mood\": \"UGLY\" is not \"Mood\"."),
        ("{ echo(mood: \"GOOD\") }", "Argument \"mood\": \"GOOD\" is not \"Mood\"."),
        ("{ echo(filter: 1) }", "Argument \"filter\": 1 is not \"Filter\"."),
        ("{ echo(filter: {}) }", "Argument \"filter\": \"id: ID!\" of \"Filter\" is required."),
        ("{ echo(filter: {id: 1, none: 2}) }", "Argument \"filter\": \"Filter\" has no field \"none\"."),
        (
            "{ echo(filter: {id: 1, inner: {id: 1, size: null}}) }",
            "Argument \"filter\": \"inner\": \"size\": null is not \"Int!\".",
        ),
        ("{ echo(pick: {}) }", "Argument \"pick\": exactly one field of \"Pick\" is to be given."),
        ("{ echo(pick: {id: 1, name: \"a\"}) }", "Argument \"pick\": exactly one field of \"Pick\" is to be given."),
        ("{ echo(pick: {id: null}) }", "Argument \"pick\": exactly one field of \"Pick\" is to be given."),
        ("{ echo(list: [1, null]) }", "Argument \"list\": null is not \"Int!\"."),
        ("{ echo(nested: [[1], [\"a\"]]) }", "Argument \"nested\": \"a\" is not \"Int\"."),
        ("{ echo(at: \"yesterday\") }", "Argument \"at\": \"yesterday\" is not \"DateTime\"."),
        ("{ echo(long: 1.5) }", "Argument \"long\": 1.5 is not \"Long\"."),
        ("{ echo @none }", "There is no directive \"none\"."),
        ("{ echo @deprecated }", "Directive \"deprecated\" cannot stand on FIELD."),
        ("query @skip(if: true) { echo }", "Directive \"skip\" cannot stand on QUERY."),
        ("{ echo @skip }", "Directive \"skip\" needs the argument \"if: Boolean!\"."),
        ("{ echo @skip(if: 1) }", "Argument \"if\": 1 is not \"Boolean\"."),
        ("{ echo @skip(if: true) @skip(if: true) }", "Directive \"skip\" is here twice."),
        ("{ ...F }", "There is no fragment \"F\"."),
        ("{ echo } fragment F on Query { echo }", "Fragment \"F\" is never used."),
        ("{ ...F } fragment F on Query { ...F }", "A fragment of the document contains itself."),
        (
            "{ ...F } fragment F on Query { me { ...G } } fragment G on Query { ...F }",
            "A fragment of the document contains itself.",
        ),
        ("{ ... on None { a } }", "There is no type \"None\"."),
        ("{ ... on Mood { a } }", "A fragment cannot be on \"Mood\": it has no fields."),
        ("{ ... on Filter { id } }", "A fragment cannot be on \"Filter\": it has no fields."),
        ("{ ... on Cat { name } }", "Nothing of type \"Query\" can be of type \"Cat\"."),
        ("{ cat(id: 1) { ...F } } fragment F on Dog { name }", "Nothing of type \"Cat\" can be of type \"Dog\"."),
        ("query($a: Int, $a: Int) { echo(int: $a) }", "There is more than one variable \"a\"."),
        ("query($a: None) { echo(int: $a) }", "There is no type \"None\"."),
        ("query($a: Cat) { echo(any: $a) }", "Variable \"a\" cannot be of type \"Cat\": that is for output."),
        ("query($a: Int = \"1\") { echo(int: $a) }", "The default of variable \"a\": \"1\" is not \"Int\"."),
        ("query($a: Int! = null) { echo(int: $a) }", "The default of variable \"a\": null is not \"Int!\"."),
        ("query($a: Int) { echo }", "Variable \"a\" is never used."),
        ("{ echo(int: $a) }", "Variable \"a\" is not declared."),
        (
            "query A($a: Int) { ...F } query B { ...F } fragment F on Query { echo(int: $a) }",
            "Variable \"a\" is not declared.",
        ),
        (
            "query($a: Int) { echo(text: $a) }",
            "Variable \"a\" is \"Int\" and cannot stand where \"String\" is expected.",
        ),
        (
            "query($a: ID) { cat(id: $a) { name } }",
            "Variable \"a\" is \"ID\" and cannot stand where \"ID!\" is expected.",
        ),
        (
            "query($a: ID = null) { cat(id: $a) { name } }",
            "Variable \"a\" is \"ID\" and cannot stand where \"ID!\" is expected.",
        ),
        (
            "query($a: Int) { echo(list: [$a]) }",
            "Variable \"a\" is \"Int\" and cannot stand where \"Int!\" is expected.",
        ),
        (
            "query($a: Int!) { echo(list: $a) }",
            "Variable \"a\" is \"Int!\" and cannot stand where \"[Int!]\" is expected.",
        ),
        (
            "query($a: String) { echo(pick: {name: $a}) }",
            "Variable \"a\" is \"String\" and cannot stand where \"String\" is expected.",
        ),
        (
            "query($a: String) { echo(filter: {id: $a}) }",
            "Variable \"a\" is \"String\" and cannot stand where \"ID!\" is expected.",
        ),
        ("subscription { ticks more: ticks }", "A subscription has exactly one root field."),
        (
            "subscription { ...A ...B } fragment A on Events { ticks } fragment B on Events { b: ticks }",
            "A subscription has exactly one root field.",
        ),
        ("subscription { __typename }", "The root field of a subscription cannot be one of introspection."),
        (
            "subscription { ticks @include(if: true) }",
            "Directives \"skip\" and \"include\" cannot stand on the root field of a subscription.",
        ),
        (
            "subscription { ... @skip(if: false) { ticks } }",
            "Directives \"skip\" and \"include\" cannot stand on the root field of a subscription.",
        ),
        (
            "{ a: echo a: me { echo } }",
            "Fields \"a\" conflict: their types differ in shape. Give one of them an alias.",
        ),
        (
            "{ echo(int: 1) echo(int: 2) }",
            "Fields \"echo\" conflict: their arguments differ. Give one of them an alias.",
        ),
        ("{ echo(int: 1) echo }", "Fields \"echo\" conflict: their arguments differ. Give one of them an alias."),
        (
            "{ me { a: echo } me { a: echo(int: 1) } }",
            "Fields \"a\" conflict: their arguments differ. Give one of them an alias.",
        ),
        (
            "{ me { ...F } ...G } fragment F on Query { x: echo } fragment G on Query { me { x: __typename } }",
            "Fields \"x\" conflict: their types differ in shape. Give one of them an alias.",
        ),
        (
            "{ cat(id: 1) { a: name a: __typename } }",
            "Fields \"a\" conflict: they are different fields. Give one of them an alias.",
        ),
        (
            "{ animal { a: name ... on Cat { a: __typename } } }",
            "Fields \"a\" conflict: they are different fields. Give one of them an alias.",
        ),
        (
            "{ animal { ... on Cat { a: lives } ... on Dog { a: weight } } }",
            "Fields \"a\" conflict: their types differ in shape. Give one of them an alias.",
        ),
        (
            "{ animal { ... on Cat { weight } ... on Dog { weight } } }",
            "Fields \"weight\" conflict: their types differ in shape. Give one of them an alias.",
        ),
        (
            "{ animal { ... on Cat { a: name } ... on Dog { a: tags } } }",
            "Fields \"a\" conflict: their types differ in shape. Give one of them an alias.",
        ),
        ("fragment F on Query { echo }", "The document has no operation."),
        ("{ echo } query B { echo }", "An operation without a name must be the only one in its document."),
        ("query B { echo } query B { echo }", "There is more than one operation named \"B\"."),
        ("{ echo(filter: {id: 1, id: 1}) }", "The input field \"id\" is here twice."),
    ] {
        let errors = refused(text);
        let told: Vec<&str> = errors.iter().map(|error| error.message.split(" Did you").next().unwrap()).collect();
        assert!(told.contains(&message), "{text}: {told:?}");
        assert!(errors.iter().all(|error| code(error) == "GRAPHQL_VALIDATION_FAILED"), "{text}");
    }
}

#[test]
fn errors_are_few_short_and_always_the_same() {
    let many: String = (0..500).fold(String::new(), |mut text, at| {
        let _ = write!(text, "{}{at} ", "none".repeat(40));
        text
    });
    let text =
        format!("{{ me {{ {many} }} ...A ...B }} fragment B on None {{ b }} fragment A on Query {{ me {{ {many} }} }}");
    let errors = refused(&text);
    assert_eq!(errors.len(), 5);
    assert_eq!(errors[4].message, "And 997 more.");
    assert!(serde_json::to_string(&errors).unwrap().len() < 2_000);
    assert_eq!(refused(&text), errors);
}

#[test]
fn suggestions_are_for_those_who_may_look() {
    let told = |options, text| documents(options).parse(text, &anybody()).err().unwrap().remove(0).message;
    let options = DocumentOptions::default();
    assert_eq!(told(options, "{ ecko }"), "Type \"Query\" has no field \"ecko\". Did you mean \"echo\"?");
    assert_eq!(
        told(options, "{ echo(imt: 1) }"),
        "Field \"echo\" has no argument \"imt\". Did you mean \"int\" or \"at\"?"
    );
    assert_eq!(
        told(DocumentOptions { suggestions: false, ..options }, "{ ecko }"),
        "Type \"Query\" has no field \"ecko\"."
    );
    let hidden = DocumentOptions { introspection: Audience::Members, ..options };
    assert_eq!(told(hidden, "{ ecko }"), "Type \"Query\" has no field \"ecko\".");
}

#[test]
fn introspection_is_for_those_who_may_look() {
    let code_of = |introspection, text| {
        let documents = documents(DocumentOptions { introspection, ..DocumentOptions::default() });
        documents.parse(text, &anybody()).err().map(|errors| code(&errors[0]))
    };
    for text in [
        "{ __schema { queryType { name } } }",
        "{ ...F } fragment F on Query { me { x: __type(name: \"Cat\") { name } } }",
    ] {
        // The framework answers it below the root as well, since the root object stands there.
        assert_eq!(code_of(Audience::Everyone, text), None);
        for audience in [Audience::Members, Audience::Nobody] {
            assert_eq!(code_of(audience, text).as_deref(), Some("INTROSPECTION_DISABLED"), "{text}");
        }
    }
    assert_eq!(code_of(Audience::Nobody, "{ __typename }"), None);
}

/// Fragments in a chain, each with `width` spreads of the next.
fn chain(length: usize, width: usize) -> String {
    let spread =
        |at: usize| format!("fragment F{at} on Query {{ me {{ {} }} }} ", format!("...F{} ", at + 1).repeat(width));
    let all: String = (0..length).map(spread).collect();
    format!("{{ ...F0 }} {all} fragment F{length} on Query {{ echo }}")
}

#[test]
fn the_measure_is_linear_in_the_document() {
    let documents = documents(DocumentOptions::default());
    let steps = |text: &str| {
        let parsed = syntax::parse(text, 1_000_000).unwrap();
        let schema = documents.inner_schema();
        let measure = Measure::of(&parsed.document, &schema.registry);
        assert!(
            usize::try_from(measure.steps).unwrap() <= parsed.tokens * 3,
            "{} steps for {} tokens",
            measure.steps,
            parsed.tokens
        );
        measure
    };
    for width in [1, 2, 9] {
        steps(&chain(40, width));
    }
    assert_eq!(steps(&chain(64, 3)).fields, u64::MAX);
    steps(&format!("{{ {} }}", "echo ".repeat(50_000)));
    steps(&format!("{{ {} }}", "... { echo } ".repeat(20_000)));
}

#[test]
fn nesting_is_counted_through_fragments() {
    let limits = Limits::default();
    let told = |text: &str| refused(text).into_iter().map(|error| error.message).collect::<Vec<_>>();
    let depth = usize::try_from(limits.depth).unwrap();
    assert_eq!(told(&chain(depth - 1, 1)), [""; 0]);
    assert_eq!(told(&chain(depth, 1)), ["The operation is too deep; at most 15 levels are allowed."]);
    // Fragments that have no field of their own are levels too, for whoever walks them.
    let nested = |fragments: usize, inline: usize, ascending: bool| {
        let (open, close) = ("... { ".repeat(inline), "} ".repeat(inline));
        let link = |at: usize| format!("fragment F{at} on Query {{ {open} ...F{} {close} }} ", at + 1);
        let mut links: Vec<String> = (0..fragments - 1).map(link).collect();
        if !ascending {
            links.reverse();
        }
        format!("fragment F{} on Query {{ echo }} {} {{ ...F0 }}", fragments - 1, links.concat())
    };
    let too_high = ["The document has fragments and fields inside one another in more than 100 levels."];
    for ascending in [true, false] {
        assert_eq!(told(&nested(99, 0, ascending)), [""; 0]);
        assert_eq!(told(&nested(100, 0, ascending)), too_high);
        assert_eq!(told(&nested(50, 1, ascending)), [""; 0]);
        assert_eq!(told(&nested(51, 1, ascending)), too_high);
        assert_eq!(told(&nested(40, 48, ascending)), too_high);
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let limits = Limits::default();
    let repeated = |count: u64, text: &str| {
        let all: Vec<String> = (0..count).map(|at| text.replace('#', &at.to_string())).collect();
        all.join(" ")
    };
    for text in [
        chain(20, 2),
        format!("{{ {} }}", repeated(limits.repeats + 1, "echo")),
        format!("{{ {} }}", repeated(limits.repeats + 1, "__typename")),
        format!("{{ {} }} fragment F on Query {{ echo }}", repeated(limits.repeats + 1, "...F")),
        format!("{{ {} }}", repeated(limits.roots + 1, "a#: echo")),
        format!("{{ me {{ {} }} }}", repeated(limits.aliases + 1, "a#: echo")),
        format!("{{ echo {} }}", "@a ".repeat(6)),
        format!("query {} {{ echo }}", "@a ".repeat(6)),
        format!("query($a: Int {}) {{ echo(int: $a) }}", "@a ".repeat(6)),
        format!("{{ ... {} {{ echo }} }}", "@a ".repeat(6)),
        format!("{{ ...F }} fragment F on Query {} {{ echo }}", "@a ".repeat(6)),
        format!("{{ me {{ {} }} }}", repeated(limits.directives + 1, "a#: __typename @skip(if: true)")),
        format!("{{ ...F0 }} {}", repeated(limits.fragments + 1, "fragment F# on Query { echo }")),
        repeated(limits.operations + 1, "query Q# { echo }"),
        format!("{} echo {}", "{ me ".repeat(16), "}".repeat(16)),
        format!("{{ __schema {{ types {{ {} name {} }} }} }}", "ofType { ".repeat(20), "}".repeat(20)),
        format!("{{ {} }}", "echo(list: [1 2 3 4]) ".repeat(2_000)),
    ] {
        let errors = refused(&text);
        let shown: String = text.chars().take(80).collect();
        assert_eq!(errors.iter().map(code).collect::<Vec<_>>(), ["TOO_COMPLEX"], "{shown}");
        assert!(errors[0].message.len() < 200);
    }
}

proptest! {
    #[test]
    fn no_document_makes_it_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "me {", "animal {", "things {", "}", "}", "... on Cat {", "... on Dog {", "...F", "...G", "echo", "echo(int: $a, filter: {id: $b})",
        "name", "lives", "a: name", "a: lives", "__typename", "@skip(if: $c)", "... {", "cat(id: 1) {", "weight", "none",
    ]), 0..40)) {
        let mut body = words.join(" ");
        let open = body.matches('{').count().saturating_sub(body.matches('}').count());
        body.push_str(&" __typename }".repeat(open));
        let text = format!("query($a: Int) {{ {body} }} fragment F on Query {{ me {{ ...G }} }} fragment G on Animal {{ name {body} }}");
        for error in refused(&text) {
            prop_assert!(!code(&error).is_empty() && error.message.len() < 300);
        }
    }
}
