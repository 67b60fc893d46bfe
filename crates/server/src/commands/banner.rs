//! What `serve` says when it is ready: where things are, and what to do next.

use std::fmt::Write as _;
use std::net::SocketAddr;

use zapys::cli::Serve;
use zapys::config::without_password;
use zapys::secret::Origin;
use zapys::{App, app};

/// The text.
pub fn text(app: &App, metrics: Option<SocketAddr>, options: &Serve) -> String {
    let address = app::reachable(app.config.http.bind);
    let mut text = format!("\nZapys {} is ready.\n\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<14}{value}");
    };
    line("API", &format!("http://{address}/graphql"));
    line("Subscriptions", &format!("ws://{address}/graphql/ws"));
    if app.config.graphql.explorer {
        line("Query page", &format!("http://{address}/graphiql"));
    }
    line("Health", &format!("http://{address}/health/ready"));
    if let Some(metrics) = metrics {
        line("Metrics", &format!("http://{metrics}/metrics"));
    }
    line("Database", &without_password(&app.config.database_url()));
    line("Cache", if app.cache.is_shared() { "Redis" } else { "this process" });
    if app.config.mail.url.is_empty() {
        let folder = app.config.mail_folder();
        line("Mail", &format!("no mail server is set (mail.url): mails become .eml files in {}", folder.display()));
    } else {
        line("Mail", &without_password(&app.config.mail.url));
    }
    if let Origin::Made(file) = &app.secret {
        line("Secret", &format!("made now, in {}: keep it, all processes need the same", file.display()));
    }
    line("Worker", if options.no_worker { "not here: run `zapys worker`" } else { "in this process" });
    text.push_str(&next_steps(app, address, options));
    text
}

fn next_steps(app: &App, address: SocketAddr, options: &Serve) -> String {
    if options.demo {
        return String::new();
    }
    let place = if app.config.graphql.explorer { format!("http://{address}/graphiql") } else { "the API".to_owned() };
    format!(
        "\nWhat to do next: open {place} and register (the mutation `userRegister`), follow the link in the mail,\n\
         then log in. Or stop with Ctrl+C and look around in two ready companies with `zapys serve --demo`.\n\
         Settings: config/default.toml; ZAPYS__SECTION__KEY overrides.\n"
    )
}
