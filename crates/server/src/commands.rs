//! What each command does. Results go to standard output, logs to standard error.
#![allow(clippy::print_stdout, reason = "printing is what these commands are for")]

mod banner;
mod keys;

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use zapys::cli::{Cli, Command, Demo, SchemaOptions, Serve};
use zapys::{App, Config, Setup, app, changes, demo, doctor, telemetry};

/// Runs the command that was asked for.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let config = Config::load(cli.config.as_deref())?;
    let command = cli.command.unwrap_or(Command::Serve(Serve::default()));
    if let Command::Schema(options) = &command {
        return schema(options);
    }
    if matches!(command, Command::Permissions) {
        print!("{}", zapys::permissions_page());
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Keys(command) = &command {
        print!("{}", keys::run(&config, command)?);
        return Ok(ExitCode::SUCCESS);
    }
    let traces = telemetry::start(&config)?;
    let outcome = match command {
        Command::Serve(options) => serve(config, &options).await,
        Command::Worker => work(config).await,
        Command::Migrate => migrate(&config).await,
        Command::Demo(options) => fill(config, &options).await,
        Command::Doctor => return examine(config).await,
        Command::Schema(_) | Command::Permissions | Command::Keys(_) => Ok(()),
    };
    traces.flush().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The API, or what has changed in it. A breaking change without a reason is a failure.
fn schema(options: &SchemaOptions) -> Result<ExitCode> {
    let now = zapys::sdl();
    let Some(before) = &options.compare else {
        print!("{now}");
        return Ok(ExitCode::SUCCESS);
    };
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let found = changes::between(&read(before)?, &now)?;
    print!("{}", changes::report(&found));
    let Some(page) = &options.accepted else { return Ok(ExitCode::SUCCESS) };
    let accepted = read(page)?;
    let unexplained = changes::unexplained(&found, &accepted);
    for change in &unexplained {
        println!("{} has no reason for {}", page.display(), change.coordinate);
    }
    Ok(if unexplained.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn serve(mut config: Config, options: &Serve) -> Result<()> {
    let listener = TcpListener::bind(config.http.bind)
        .await
        .with_context(|| format!("cannot listen on {} (http.bind, ZAPYS__HTTP__BIND)", config.http.bind))?;
    // Port 0 in the settings became a real one, which links and the banner must show.
    config.http.bind = listener.local_addr()?;
    let app = App::open(Setup::new(config)).await?;
    let metrics = start_metrics(&app).await;
    if options.demo {
        fill_once(&app).await?;
    }
    println!("{}", banner::text(&app, metrics, options));
    stop_on_signal(&app)?;
    let worker = async {
        if !options.no_worker {
            app.work().await;
        }
    };
    tokio::join!(app.serve(listener), worker);
    app.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn work(config: Config) -> Result<()> {
    let app = App::open(Setup::new(config)).await?;
    start_metrics(&app).await;
    stop_on_signal(&app)?;
    tracing::info!("working");
    app.work().await;
    app.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn migrate(config: &Config) -> Result<()> {
    match app::migrate(config).await? {
        0 => println!("The schema is up to date."),
        steps => println!("The schema is up to date now ({steps} steps)."),
    }
    Ok(())
}

async fn fill(mut config: Config, options: &Demo) -> Result<()> {
    config.database.migrate_on_start = true;
    let app = App::open(Setup::new(config)).await?;
    print!("{}", demo::fill(&app, options).await?);
    app.close().await;
    Ok(())
}

/// A database that was filled before is served as it is.
async fn fill_once(app: &App) -> Result<()> {
    if demo::is_fresh(app).await? {
        print!("{}", demo::fill(app, &Demo::default()).await?);
    } else {
        tracing::info!("the database has companies already; nothing was added");
    }
    Ok(())
}

async fn examine(mut config: Config) -> Result<ExitCode> {
    // It looks at everything: what is right for a request is too short here.
    config.database.statement_timeout_ms = 600_000;
    config.database.migrate_on_start = false;
    let app = App::open(Setup::new(config)).await?;
    let findings = doctor::examine(&app.db, &app.domains.tenancy).await?;
    app.close().await;
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("Nothing is wrong.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} findings.", findings.len());
    Ok(ExitCode::FAILURE)
}

/// Monitoring must never keep the business from running: a port that is taken is a warning.
async fn start_metrics(app: &Arc<App>) -> Option<SocketAddr> {
    let bind = &app.config.metrics.bind;
    if bind.is_empty() {
        return None;
    }
    let started = async {
        let bind: SocketAddr = bind.parse().context("metrics.bind is no address")?;
        telemetry::metrics::serve(app.clone(), bind, telemetry::metrics::start()?).await
    };
    match started.await {
        Ok(address) => Some(address),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "metrics are not served");
            None
        }
    }
}

/// The first signal stops gently, the second at once.
fn stop_on_signal(app: &Arc<App>) -> Result<()> {
    let mut signals = Signals::new()?;
    let app = app.clone();
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping; once more stops at once");
        app.stop();
        signals.next().await;
        std::process::exit(1);
    });
    Ok(())
}

struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        let interrupted = tokio::signal::ctrl_c();
        #[cfg(unix)]
        either(interrupted, self.terminate.recv()).await;
        #[cfg(not(unix))]
        let _ = interrupted.await;
    }
}

#[cfg(unix)]
async fn either(one: impl Future, other: impl Future) {
    tokio::select! {
        _ = one => {}
        _ = other => {}
    }
}
