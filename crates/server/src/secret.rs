//! The root secret of an installation: configured, or made on first start and kept in a file that only its owner
//! can read. Losing the file ends all sessions and links; it never loses data.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tenancy::Secrets;

use crate::config::Config;

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

/// The secrets of this installation.
pub fn load(config: &Config) -> Result<(Secrets, Origin)> {
    if !config.auth.secrets.is_empty() {
        return Ok((Secrets::new(&config.auth.secrets).context("auth.secrets")?, Origin::Configured));
    }
    let file = config.data.directory.join("secret");
    let made = make(&file)?;
    let secret = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let secrets = Secrets::new([secret.trim()]).with_context(|| format!("{} is damaged", file.display()))?;
    Ok((secrets, if made { Origin::Made(file) } else { Origin::Kept(file) }))
}

/// Makes the file unless it is there. It appears complete or not at all, also when two processes start at once:
/// it is written under another name and then linked to its own, which only one of them can do.
fn make(file: &Path) -> Result<bool> {
    if file.exists() {
        return Ok(false);
    }
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let written =
        write_private(&draft, &Secrets::generate()).with_context(|| format!("cannot write {}", draft.display()));
    let linked = written.and_then(|()| match fs::hard_link(&draft, file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", file.display())),
    });
    let _ = fs::remove_file(&draft);
    linked
}

fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_only_its_owner_reads_it() {
        let folder = std::env::temp_dir().join(format!("zapys-secret-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut config = Config::defaults().unwrap();
        config.data.directory.clone_from(&folder);
        let (first, origin) = load(&config).unwrap();
        assert_eq!(origin, Origin::Made(folder.join("secret")));
        let (again, origin) = load(&config).unwrap();
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
