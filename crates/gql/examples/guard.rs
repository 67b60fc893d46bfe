//! How long hostile documents of a megabyte keep the guard busy: `cargo run --release -p zapys-gql --example guard`.
//! Prints, for each document, the median and the longest of some runs, and the size of the answer.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use access::Cx;
use async_graphql::{EmptyMutation, EmptySubscription, Object};
use cache::Cache;
use kernel::SystemClock;
use zapys_gql as gql;

struct Query;

#[Object]
#[allow(clippy::unused_async)]
impl Query {
    async fn me(&self) -> Query {
        Query
    }

    async fn echo(&self, list: Option<Vec<i32>>, text: Option<String>) -> bool {
        list.is_some() || text.is_some()
    }
}

const SIZE: usize = 1 << 20;
const RUNS: usize = 21;

fn many(count: usize, text: &str) -> String {
    (0..count).map(|at| text.replace('#', &at.to_string())).collect::<Vec<_>>().join(" ")
}

/// Fragments in a chain, each of which spreads the next one twice, and a comment up to the size.
fn doubling(length: usize) -> String {
    let spread = |at: usize| format!("fragment F{at} on Query {{ me {{ ...F{0} ... {{ ...F{0} }} }} }} ", at + 1);
    let chain: String = (0..length).map(spread).collect();
    format!("{{ ...F0 }} {chain} fragment F{length} on Query {{ echo }} #{}", "a".repeat(SIZE))
}

fn documents() -> Vec<(&'static str, String)> {
    // Just below the limit of tokens, so that the rules are asked.
    let wrong = many(1_400, "none#(none: $none)");
    vec![
        ("brackets", "{".repeat(SIZE)),
        ("nested fields", "{a".repeat(SIZE / 2)),
        ("nested lists", format!("{{ a(b: {}", "[".repeat(SIZE))),
        ("nested objects", format!("{{ a(b: {}", "{c:".repeat(SIZE / 3))),
        ("fields", format!("{{ {} }}", "echo ".repeat(SIZE / 5))),
        ("aliases", format!("{{ {} }}", many(SIZE / 14, "a#: echo"))),
        ("directives", format!("{{ echo {} }}", "@skip(if: false) ".repeat(SIZE / 17))),
        ("fragments", format!("{{ ...F0 }} {}", many(SIZE / 36, "fragment F# on Query { echo }"))),
        ("operations", many(SIZE / 22, "query Q# { echo }")),
        ("doubling fragments", doubling(40)),
        ("rules broken at all places", format!("{{ me {{ {wrong} }} }} #{}", "a".repeat(SIZE))),
        ("a list", format!("{{ echo(list: [{}]) }}", "1 ".repeat(SIZE / 2))),
        ("a long name", format!("{{ {} }}", "a".repeat(SIZE))),
        ("a long string", format!("{{ echo(text: \"{}\") }}", "a".repeat(SIZE))),
        ("escapes", format!("{{ echo(text: \"{}\") }}", "\\u{41}".repeat(SIZE / 6))),
        ("a block string", format!("{{ echo(text: \"\"\"{}\"\"\") }}", "a\n ".repeat(SIZE / 3))),
        ("a comment", format!("#{}", "a".repeat(SIZE))),
        ("commas", ",".repeat(SIZE)),
    ]
}

fn main() {
    let documents_ = gql::Documents::new(gql::DocumentOptions::default(), Cache::memory());
    let settings = gql::Settings {
        documents: documents_.clone(),
        report_statements: false,
        observer: None,
        cursors: gql::Cursors::new(&[7; 32]),
    };
    documents_.attach(&gql::schema(Query, EmptyMutation, EmptySubscription, &settings).finish());
    let cx = Cx::builder(Arc::new(SystemClock)).build();
    let build = if cfg!(debug_assertions) { "a development build" } else { "a release build" };
    println!("{build}, {RUNS} runs each\n");
    println!("| document | bytes | median | longest | answer |\n| --- | --- | --- | --- | --- |");
    for (name, text) in documents() {
        let mut times: Vec<Duration> = Vec::with_capacity(RUNS);
        let mut answer = "accepted".to_owned();
        for _ in 0..RUNS {
            let started = Instant::now();
            let parsed = documents_.parse(&text, &cx);
            times.push(started.elapsed());
            if let Err(errors) = parsed {
                answer = format!("{} bytes", serde_json::to_string(&errors).unwrap().len());
            }
        }
        times.sort_unstable();
        println!("| {name} | {} | {:.2?} | {:.2?} | {answer} |", text.len(), times[RUNS / 2], times[RUNS - 1]);
    }
}
