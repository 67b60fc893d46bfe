//! `zapys keys`: changing the root secret of an installation that keeps it in a file. Running processes follow the file.

use anyhow::{Context as _, Result};
use chrono::SecondsFormat;
use kernel::{Clock as _, SystemClock};
use zapys::Config;
use zapys::cli::Keys;
use zapys::secret::file::{self, PUBLISHED_FIRST, Shown, Use};

/// Runs one of the commands, and says what to do next.
pub fn run(config: &Config, command: &Keys) -> Result<String> {
    let Some(path) = zapys::secret::file_of(config) else { return configured(config, command) };
    // A first rotation before the first start.
    std::fs::create_dir_all(&config.data.directory)
        .with_context(|| format!("the folder {} cannot be made", config.data.directory.display()))?;
    file::make(&path)?;
    let now = SystemClock.now();
    match command {
        Keys::List => Ok(listed(&file::show(&file::read(&path)?, now)?)),
        Keys::Rotate { now: at_once } => {
            let from = if *at_once { now } else { now + PUBLISHED_FIRST };
            let id = file::add(&path, from)?;
            Ok(format!(
                "Added {id}; it signs from {}.\nThe keys before it stay valid until `zapys keys retire`: wait 30 days, or \
                 everybody whose session is older logs in again.\n",
                from.to_rfc3339_opts(SecondsFormat::Secs, true)
            ))
        }
        Keys::Retire { id } => {
            file::retire(&path, id, now)?;
            Ok(format!("Retired {id}: what it signed is refused within seconds.\n"))
        }
    }
}

/// Secrets in the settings are changed where the settings are.
fn configured(config: &Config, command: &Keys) -> Result<String> {
    anyhow::ensure!(
        matches!(command, Keys::List),
        "the secrets are in the settings (auth.secrets): change them there, see docs/operations.md"
    );
    let shown = config.auth.secrets.iter().enumerate().map(|(place, secret)| {
        let usage = if place == 0 { Use::Signs } else { Use::Verifies };
        Ok(Shown { id: tenancy::key_id(secret).context("auth.secrets")?, usage })
    });
    Ok(listed(&shown.collect::<Result<Vec<_>>>()?))
}

fn listed(keys: &[Shown]) -> String {
    let line = |key: &Shown| match key.usage {
        Use::Signs => format!("{}  signs\n", key.id),
        Use::Verifies => format!("{}  verifies\n", key.id),
        Use::SignsFrom(from) => {
            format!("{}  verifies, signs from {}\n", key.id, from.to_rfc3339_opts(SecondsFormat::Secs, true))
        }
    };
    keys.iter().map(line).collect()
}
