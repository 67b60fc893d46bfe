//! The file of root secrets: one a line, newest first, each with the instant from which it signs where it has one. A new
//! secret verifies at once and signs later, so that whoever reads the public keys knows its key before they meet it.
//! The file is always replaced as a whole: a reader sees the one before or the one after.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tenancy::Secrets;

/// How long a new secret only verifies: `/.well-known/jwks.json` may be kept for five minutes, and processes look at the
/// file every two seconds.
pub const PUBLISHED_FIRST: TimeDelta = TimeDelta::minutes(10);

/// One secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    secret: String,
    signs_from: Option<DateTime<Utc>>,
}

/// What a secret is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// What is made now is made with it.
    Signs,
    /// It verifies what was made earlier.
    Verifies,
    /// It verifies, and will sign from this instant on.
    SignsFrom(DateTime<Utc>),
}

/// A secret as it may be shown: by the `kid` of its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The `kid`.
    pub id: String,
    /// What it is used for.
    pub usage: Use,
}

impl Entry {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.signs_from.is_none_or(|from| from <= now)
    }

    fn id(&self) -> Result<String> {
        tenancy::key_id(&self.secret).context("a secret is damaged")
    }
}

/// Makes the file with one secret unless it is there. It appears complete or not at all, also when two processes start at
/// once: it is written under another name and then linked to its own, which only one of them can do.
pub fn make(file: &Path) -> Result<bool> {
    if file.exists() {
        return Ok(false);
    }
    let draft = file.with_extension(format!("{}.new", uuid::Uuid::now_v7()));
    let first = Entry { secret: Secrets::generate(), signs_from: None };
    let written = create(&draft).and_then(|handle| write(handle, &[first]));
    let written = written.with_context(|| format!("cannot write {}", draft.display()));
    let linked = written.and_then(|()| match fs::hard_link(&draft, file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", file.display())),
    });
    let _ = fs::remove_file(&draft);
    linked
}

/// What is in the file, newest first.
pub fn read(file: &Path) -> Result<Vec<Entry>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let entries = lines.map(parse).collect::<Result<Vec<_>>>();
    entries
        .and_then(|entries| {
            ensure!(!entries.is_empty(), "it is empty");
            Ok(entries)
        })
        .with_context(|| format!("{} is damaged", file.display()))
}

/// The secrets in the order that [`Secrets`] wants: what signs first, then all that verify.
pub fn in_order(entries: &[Entry], now: DateTime<Utc>) -> Vec<&str> {
    let due = entries.iter().filter(|entry| entry.is_due(now));
    let waiting = entries.iter().filter(|entry| !entry.is_due(now));
    due.chain(waiting).map(|entry| entry.secret.as_str()).collect()
}

/// The secrets as they may be shown, newest first.
pub fn show(entries: &[Entry], now: DateTime<Utc>) -> Result<Vec<Shown>> {
    let signing = in_order(entries, now).first().copied();
    let shown = |entry: &Entry| {
        let usage = match entry.signs_from.filter(|from| *from > now) {
            _ if Some(entry.secret.as_str()) == signing => Use::Signs,
            Some(from) => Use::SignsFrom(from),
            None => Use::Verifies,
        };
        Ok(Shown { id: entry.id()?, usage })
    };
    entries.iter().map(shown).collect()
}

/// Adds a secret, which signs from `signs_from` on; says its id.
pub fn add(file: &Path, signs_from: DateTime<Utc>) -> Result<String> {
    let new = Entry { secret: Secrets::generate(), signs_from: Some(signs_from) };
    let id = new.id()?;
    change(file, |mut entries| {
        entries.insert(0, new);
        Ok(entries)
    })?;
    Ok(id)
}

/// Takes a secret out: what it signed is refused from now on.
pub fn retire(file: &Path, id: &str, now: DateTime<Utc>) -> Result<()> {
    change(file, |entries| {
        let shown = show(&entries, now)?;
        let known = shown.iter().find(|shown| shown.id == id);
        let known = known.with_context(|| format!("there is no key {id}; `zapys keys list` names them"))?;
        ensure!(known.usage != Use::Signs, "{id} signs now: rotate first, and retire it when another one signs");
        let ids = shown.iter().map(|shown| shown.id == id);
        Ok(entries.into_iter().zip(ids).filter(|(_, goes)| !goes).map(|(entry, _)| entry).collect())
    })
}

/// Replaces the file. Of two who change it at once one is refused: the draft is theirs alone.
fn change(file: &Path, change: impl FnOnce(Vec<Entry>) -> Result<Vec<Entry>>) -> Result<()> {
    let draft = file.with_extension("new");
    let busy = || format!("cannot write {}; remove it if no other command is changing the keys", draft.display());
    let handle = create(&draft).with_context(busy)?;
    let changed = read(file).and_then(change).and_then(|entries| {
        write(handle, &entries)?;
        fs::rename(&draft, file)?;
        Ok(())
    });
    if changed.is_err() {
        let _ = fs::remove_file(&draft);
    }
    changed.with_context(|| format!("{} stays as it was", file.display()))
}

fn parse(line: &str) -> Result<Entry> {
    let (secret, from) = match line.split_once(char::is_whitespace) {
        Some((secret, from)) => (secret, Some(from.trim())),
        None => (line, None),
    };
    let signs_from = from.map(|from| from.parse().context("an instant cannot be read")).transpose()?;
    Ok(Entry { secret: secret.to_owned(), signs_from })
}

/// Opens a file that is not there yet and that nobody else may read.
fn create(file: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn write(mut file: File, entries: &[Entry]) -> std::io::Result<()> {
    for entry in entries {
        match entry.signs_from {
            None => writeln!(file, "{}", entry.secret)?,
            Some(from) => writeln!(file, "{} {}", entry.secret, from.to_rfc3339_opts(SecondsFormat::Secs, true))?,
        }
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use kernel::{Clock as _, SystemClock};

    use super::*;

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("zapys-keys-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn uses(file: &Path, now: DateTime<Utc>) -> Vec<Use> {
        show(&read(file).unwrap(), now).unwrap().into_iter().map(|shown| shown.usage).collect()
    }

    #[test]
    fn a_new_secret_verifies_first_and_signs_when_its_time_has_come() {
        let folder = Folder::new("turn");
        let (file, now) = (folder.0.join("secret"), "2026-11-22T10:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert!(make(&file).unwrap() && !make(&file).unwrap());
        let old = read(&file).unwrap()[0].clone();
        let later = now + PUBLISHED_FIRST;
        let id = add(&file, later).unwrap();
        let entries = read(&file).unwrap();
        assert_eq!(entries[0].id().unwrap(), id);
        assert_eq!(in_order(&entries, now), [&old.secret, &entries[0].secret]);
        assert_eq!(in_order(&entries, later), [&entries[0].secret, &old.secret]);
        assert_eq!(uses(&file, now), [Use::SignsFrom(later), Use::Signs]);
        assert_eq!(uses(&file, later), [Use::Signs, Use::Verifies]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "a draft stayed behind");
    }

    #[test]
    fn what_signs_cannot_be_retired() {
        let folder = Folder::new("retire");
        let (file, now) = (folder.0.join("secret"), SystemClock.now());
        make(&file).unwrap();
        let old = read(&file).unwrap()[0].id().unwrap();
        assert!(format!("{:#}", retire(&file, &old, now).unwrap_err()).contains("signs now"));
        let new = add(&file, now).unwrap();
        assert!(format!("{:#}", retire(&file, "no such", now).unwrap_err()).contains("there is no key"));
        retire(&file, &old, now).unwrap();
        assert_eq!(show(&read(&file).unwrap(), now).unwrap(), [Shown { id: new, usage: Use::Signs }]);
    }

    #[test]
    fn two_cannot_change_it_at_once() {
        let folder = Folder::new("twice");
        let file = folder.0.join("secret");
        make(&file).unwrap();
        let before = fs::read_to_string(&file).unwrap();
        fs::write(folder.0.join("secret.new"), "").unwrap();
        assert!(format!("{:#}", add(&file, SystemClock.now()).unwrap_err()).contains("no other command"));
        assert_eq!(fs::read_to_string(&file).unwrap(), before);
        assert!(folder.0.join("secret.new").exists(), "the draft of the other was removed");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = Folder::new("damaged");
        let file = folder.0.join("secret");
        for text in ["", "\n", "a-secret-that-is-long-enough-to-be-one tomorrow"] {
            fs::write(&file, text).unwrap();
            assert!(format!("{:#}", read(&file).err().unwrap()).contains("is damaged"), "{text:?}");
        }
    }
}
