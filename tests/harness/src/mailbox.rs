//! The mails that a server without a mail server wrote to its folder.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A mail, decoded as far as tests need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The whole message as stored.
    pub source: String,
    /// Header and text with transfer encodings undone.
    pub text: String,
}

/// A folder of `.eml` files.
#[derive(Debug, Clone)]
pub struct Mailbox {
    folder: PathBuf,
}

/// How long a mail may take: the worker looks for jobs every half second at most.
const PATIENCE: Duration = Duration::from_secs(20);

impl Mailbox {
    /// The mailbox in a server's data folder.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("mail") }
    }

    /// All mails to an address, oldest first.
    pub fn mails(&self, to: &str) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort_by_key(|file| (file.metadata().and_then(|metadata| metadata.modified()).ok(), file.clone()));
        let read = |file: &PathBuf| std::fs::read_to_string(file).ok();
        files.iter().filter_map(read).map(Mail::read).filter(|mail| mail.is_to(to)).collect()
    }

    /// Waits for `count` mails to an address, and gives all that are there then.
    pub async fn wait(&self, to: &str, count: usize) -> Vec<Mail> {
        let started = Instant::now();
        loop {
            let mails = self.mails(to);
            if mails.len() >= count {
                return mails;
            }
            assert!(started.elapsed() < PATIENCE, "{} of {count} mails to {to} came", mails.len());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

impl Mail {
    fn read(source: String) -> Self {
        let text = decode(&source);
        Self { source, text }
    }

    fn is_to(&self, address: &str) -> bool {
        let head = self.source.split("\r\n\r\n").next().unwrap_or(&self.source);
        head.lines().any(|line| line.to_ascii_lowercase().starts_with("to:") && line.contains(address))
    }

    /// What stands after `marker` up to the next character that no token has: `token=` in a link.
    pub fn after(&self, marker: &str) -> String {
        let rest = self.text.split_once(marker).map(|(_, rest)| rest);
        let rest = rest.unwrap_or_else(|| panic!("no {marker:?} in {}", self.text));
        rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || "-_.~".contains(*letter)).collect()
    }
}

/// Undoes quoted-printable (RFC 2045, 6.7) and base64 bodies, part by part.
fn decode(source: &str) -> String {
    let mut text = String::new();
    for part in source.split("\r\n--") {
        let (head, body) = part.split_once("\r\n\r\n").unwrap_or(("", part));
        let encoding = head.to_ascii_lowercase();
        text.push_str(head);
        text.push('\n');
        if encoding.contains("content-transfer-encoding: quoted-printable") {
            text.push_str(&quoted_printable(body));
        } else if encoding.contains("content-transfer-encoding: base64") {
            use base64::Engine as _;
            let packed: String = body.split_whitespace().collect();
            let bytes = base64::engine::general_purpose::STANDARD.decode(packed).unwrap_or_default();
            text.push_str(&String::from_utf8_lossy(&bytes));
        } else {
            text.push_str(body);
        }
        text.push('\n');
    }
    text
}

fn quoted_printable(body: &str) -> String {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'=').then(|| after.get(..2)).flatten();
        let escaped = escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_by_their_own_encoding() {
        let mail = "To: a@b.ua\r\nSubject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                    =D0=9E=D0=BB=D1=8F http://x/?token=3Dab=\r\nc.\r\n";
        let mail = Mail::read(mail.to_owned());
        assert!(mail.is_to("a@b.ua") && !mail.is_to("c@b.ua"));
        assert!(mail.text.contains("Оля"));
        assert_eq!(mail.after("token="), "abc.");
        let mail = Mail::read("To: a@b.ua\r\nContent-Transfer-Encoding: base64\r\n\r\n0J7Qu9GP\r\n".to_owned());
        assert!(mail.text.contains("Оля"));
    }
}
