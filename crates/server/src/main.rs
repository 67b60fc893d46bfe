//! The program `zapys`: reads the command line, starts the runtime, runs one command. See `commands`.

mod commands;

use std::process::ExitCode;

use clap::Parser as _;
use zapys::cli::Cli;

/// Operations are resolved by deeply nested futures, and the schema's merged roots nest them further.
const STACK: usize = 8 * 1024 * 1024;

#[allow(clippy::print_stderr, reason = "the last word of a command that failed")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    // Reads FAILPOINTS in test builds. In all others no failpoint is compiled in, so that there is nothing to set.
    let _faults = fail::FailScenario::setup();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let outcome = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        // On a thread of the runtime, whose stack is large, not on the main one.
        let command = runtime.spawn(commands::run(cli));
        runtime.block_on(command)?
    });
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("zapys: {error:#}");
            ExitCode::FAILURE
        }
    }
}
