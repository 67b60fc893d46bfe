//! The command line: what can be asked of the program. What each command does is in `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Zapys: a booking CRM for many companies, over GraphQL.
#[derive(Debug, Parser)]
#[command(name = "zapys", version, about)]
pub struct Cli {
    /// Settings file (TOML); without it ./zapys.toml is read when it exists.
    #[arg(long, global = true, env = "ZAPYS_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do; without it, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be asked of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API, and run background work in the same process.
    Serve(Serve),
    /// Run background work only.
    Worker,
    /// Bring the database's schema up to date.
    Migrate,
    /// Print the GraphQL schema, or what has changed in it.
    Schema(SchemaOptions),
    /// Print who may do what, as docs/permissions.md has it.
    Permissions,
    /// Fill a fresh database with two companies to try things on.
    Demo(Demo),
    /// Change the root secret that tokens, links and cursors derive from.
    #[command(subcommand)]
    Keys(Keys),
    /// Look for what must never be in the database, and print what is found.
    Doctor,
}

/// Options of `schema`.
#[derive(Debug, Clone, Default, Args)]
pub struct SchemaOptions {
    /// Print what has changed since this version of it instead.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// Fail on breaking changes for which this page has no reason.
    #[arg(long, value_name = "FILE", requires = "compare")]
    pub accepted: Option<PathBuf>,
}

/// Options of `serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct Serve {
    /// Fill a fresh database with the demo companies first.
    #[arg(long)]
    pub demo: bool,
    /// Leave background work to `zapys worker`.
    #[arg(long)]
    pub no_worker: bool,
}

/// What can be done with root secrets. Only for those in the data folder; configured ones are changed in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// Say which keys there are, by the `kid` of their tokens, newest first.
    List,
    /// Add a secret, which signs in ten minutes; until then it only verifies, and everybody learns its key.
    Rotate {
        /// Let it sign at once: when the old one has leaked.
        #[arg(long)]
        now: bool,
    },
    /// Take a secret out: sessions, links and cursors made under it end.
    Retire {
        /// Its key, as `list` says.
        id: String,
    },
}

/// Options of `demo`.
#[derive(Debug, Clone, Default, Args)]
pub struct Demo {
    /// Print one JSON object for programs.
    #[arg(long)]
    pub json: bool,
    /// Make a load-test database of so many companies instead.
    #[arg(long, value_name = "N", requires = "bookings")]
    pub companies: Option<u32>,
    /// Bookings of each company of a load-test database.
    #[arg(long, value_name = "N", requires = "companies")]
    pub bookings: Option<u32>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
        assert!(Cli::parse_from(["zapys"]).command.is_none());
        let Some(Command::Serve(serve)) = Cli::parse_from(["zapys", "serve", "--demo"]).command else { panic!() };
        assert!(serve.demo && !serve.no_worker);
    }
}
