//! The root secrets of an installation: configured, or made on first start and kept in a file that only its owner can
//! read. Losing the file ends all sessions and links; it never loses data. A running process follows the file.

pub mod file;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use kernel::Clock;
use tenancy::Secrets;
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Where the secrets came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The settings.
    Configured,
    /// A file that was there.
    Kept(PathBuf),
    /// A file made just now.
    Made(PathBuf),
}

impl Origin {
    /// The file, if it was one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Configured => None,
            Self::Kept(file) | Self::Made(file) => Some(file),
        }
    }
}

/// Where the file is, for an installation that has no secrets in its settings.
pub fn file_of(config: &Config) -> Option<PathBuf> {
    config.auth.secrets.is_empty().then(|| config.data.directory.join("secret"))
}

/// The secrets of this installation.
pub fn load(config: &Config, now: DateTime<Utc>) -> Result<(Secrets, Origin)> {
    let Some(path) = file_of(config) else {
        return Ok((Secrets::new(&config.auth.secrets).context("auth.secrets")?, Origin::Configured));
    };
    let made = file::make(&path)?;
    let entries = file::read(&path)?;
    let secrets =
        Secrets::new(file::in_order(&entries, now)).with_context(|| format!("{} is damaged", path.display()))?;
    Ok((secrets, if made { Origin::Made(path) } else { Origin::Kept(path) }))
}

/// Takes over what `zapys keys` writes, and lets a secret sign when its time has come, until the process stops. A file that
/// is gone or damaged changes nothing.
pub fn follow(file: PathBuf, secrets: Secrets, clock: Arc<dyn Clock>, stopping: CancellationToken) {
    tokio::spawn(async move {
        let mut complained = false;
        while tokio::time::timeout(LOOK, stopping.cancelled()).await.is_err() {
            match take_over(&file, &secrets, clock.now()) {
                Ok(changed) => {
                    complained = false;
                    if let Some(count) = changed {
                        tracing::info!(count, "the root secrets have changed");
                    }
                }
                Err(error) if !complained => {
                    complained = true;
                    tracing::warn!(error = format!("{error:#}"), "the root secrets stay as they were");
                }
                Err(_) => {}
            }
        }
    });
}

/// How many secrets there are now, when others than before.
fn take_over(file: &Path, secrets: &Secrets, now: DateTime<Utc>) -> Result<Option<usize>> {
    let entries = file::read(file)?;
    Ok(secrets.replace(file::in_order(&entries, now))?.then_some(entries.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::fs;

    use kernel::SystemClock;

    use super::*;

    #[test]
    fn the_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = std::env::temp_dir().join(format!("zapys-secret-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut config = Config::defaults().unwrap();
        config.data.directory.clone_from(&folder);
        let (first, origin) = load(&config, SystemClock.now()).unwrap();
        assert_eq!(origin, Origin::Made(folder.join("secret")));
        let (again, origin) = load(&config, SystemClock.now()).unwrap();
        assert_eq!(origin, Origin::Kept(folder.join("secret")));
        assert_eq!(first.key("test"), again.key("test"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(folder.join("secret")).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
