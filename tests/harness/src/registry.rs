//! Tests that run once per engine. A test is declared where it is written ([`api_test!`](crate::api_test!)); [`main`]
//! gathers them, runs each on every engine that is offered, and says last which those were.

use std::collections::HashSet;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::LazyLock;

use libtest_mimic::{Arguments, Trial};
use tokio::runtime::Runtime;

use crate::engine::{self, Engine};

/// The future of a test's body.
pub type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One test.
#[derive(Clone, Copy)]
pub struct Test {
    /// The module it stands in.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its body.
    pub body: fn(Engine) -> Body,
}

inventory::collect!(Test);

/// Declares a test that runs on each engine: `api_test! { async fn a_slot_can_be_booked(app: &App) { … } }`, with the
/// app that the tests of an engine share, or `(engine: Engine)` for a test that needs an app or processes of its own.
#[macro_export]
macro_rules! api_test {
    ($(#[$meta:meta])* async fn $name:ident($app:ident: &App) $body:block) => {
        $crate::api_test! {
            $(#[$meta])*
            async fn $name(engine: Engine) {
                let $app: &'static $crate::App = $crate::App::shared(engine).await;
                $body
            }
        }
    };
    ($(#[$meta:meta])* async fn $name:ident($engine:ident: Engine) $body:block) => {
        $(#[$meta])*
        async fn $name($engine: $crate::Engine) $body

        $crate::inventory::submit! {
            $crate::Test { module: module_path!(), name: stringify!($name), body: |engine| Box::pin($name(engine)) }
        }
    };
}

/// The runtime of servers and tests. One for the whole run, so that tests can share a server.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Debug builds of large merged roots need deep stacks.
        .thread_stack_size(8 * 1024 * 1024)
        .build()
        .unwrap_or_else(|error| panic!("no runtime: {error}"))
});

/// Runs all tests on all engines.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the report of a test run")]
pub fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let engines = Engine::offered();
    let described = if arguments.list { Ok(String::new()) } else { RUNTIME.block_on(describe(&engines)) };
    let described = match described {
        Ok(described) => described,
        Err(error) => {
            eprintln!("the engines cannot be used: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials(&engines));
    if arguments.list {
        return conclusion.exit_code();
    }
    if let Err(error) = RUNTIME.block_on(engine::clean_up()) {
        eprintln!("the run left something behind: {error:#}");
    }
    println!("engines: {described}");
    conclusion.exit_code()
}

async fn describe(engines: &[Engine]) -> anyhow::Result<String> {
    let mut described = Vec::new();
    for engine in engines {
        described.push(engine.described().await?);
    }
    Ok(described.join("; "))
}

fn trials(engines: &[Engine]) -> Vec<Trial> {
    let mut tests: Vec<Test> = inventory::iter::<Test>.into_iter().copied().collect();
    tests.sort_by_key(|test| (test.module, test.name));
    let mut names = HashSet::new();
    let trials = engines.iter().flat_map(|engine| tests.iter().map(move |test| (*engine, *test)));
    trials
        .map(|(engine, test)| {
            // The first segment of the module is the test binary's own name.
            let module = test.module.split_once("::").map_or("", |(_, module)| module);
            let name = format!("{engine}::{module}::{}", test.name);
            assert!(names.insert(name.clone()), "two tests are named {name}");
            Trial::test(name, move || {
                RUNTIME.block_on((test.body)(engine));
                Ok(())
            })
        })
        .collect()
}
