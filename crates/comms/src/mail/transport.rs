//! How mail leaves: over SMTP, or into a folder that stands for a mailbox where no server is configured.

use std::path::PathBuf;

use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// Where mail goes.
#[derive(Clone)]
pub enum MailTransport {
    /// To a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into a folder, one `.eml` file each, named by its Message-ID: sent twice, it is still one file.
    Folder(PathBuf),
}

/// The configured address is no address of a mail server. Says nothing of the address, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("the mail address must look like smtp://user:password@host:587 or smtps://host:465")]
pub struct TransportFault;

/// Why a mail was not taken. Codes only: a server's words may repeat addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undelivered {
    /// The server will never take it.
    #[error("the mail server refused it for good: {0}")]
    Refused(u16),
    /// It may take it later.
    #[error("the mail server can't take it now: {0}")]
    Later(&'static str),
}

impl MailTransport {
    /// The server of `url`, or the folder when there is none (absent or blank).
    pub fn from_config(url: Option<&str>, folder: impl Into<PathBuf>) -> Result<Self, TransportFault> {
        match url.map(str::trim).filter(|url| !url.is_empty()) {
            None => Ok(Self::Folder(folder.into())),
            Some(url) => {
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| TransportFault)?;
                Ok(Self::Smtp(builder.build()))
            }
        }
    }

    /// The folder that mails go to, when they go to one: for `serve` to say so.
    pub fn folder(&self) -> Option<&PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Smtp(_) => None,
        }
    }

    /// Hands a mail over. `name` names its file.
    pub(crate) async fn deliver(&self, name: &str, mail: Message) -> Result<(), Undelivered> {
        match self {
            Self::Smtp(server) => server.send(mail).await.map(drop).map_err(|error| understood(&error)),
            Self::Folder(folder) => store(folder.clone(), name, mail.formatted()).await.map_err(|error| {
                tracing::warn!(%error, "the mail folder cannot be written");
                Undelivered::Later("FOLDER")
            }),
        }
    }
}

fn understood(error: &lettre::transport::smtp::Error) -> Undelivered {
    let code = error.status().map(u16::from);
    match code {
        Some(code) if error.is_permanent() => Undelivered::Refused(code),
        Some(_) => Undelivered::Later("TRY_AGAIN"),
        None if error.is_timeout() => Undelivered::Later("TIMEOUT"),
        None if error.is_tls() => Undelivered::Later("TLS"),
        None => Undelivered::Later("UNREACHABLE"),
    }
}

/// Written beside and renamed, so that whoever watches the folder never sees half a mail.
async fn store(folder: PathBuf, name: &str, bytes: Vec<u8>) -> std::io::Result<()> {
    tokio::fs::create_dir_all(&folder).await?;
    let (part, whole) = (folder.join(format!("{name}.part")), folder.join(format!("{name}.eml")));
    tokio::fs::write(&part, bytes).await?;
    tokio::fs::rename(part, whole).await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_server_is_told_from_a_folder() {
        for url in [None, Some(""), Some("  ")] {
            assert!(MailTransport::from_config(url, "mail").unwrap().folder().is_some());
        }
        assert!(MailTransport::from_config(Some("mailto:x"), "mail").is_err());
    }

    #[tokio::test]
    async fn servers_are_read_from_urls() {
        for url in ["smtp://127.0.0.1:1025", "smtps://user:p%40ss@mail.example.com:465", "smtp://h:587?tls=required"] {
            assert!(MailTransport::from_config(Some(url), "mail").unwrap().folder().is_none(), "{url}");
        }
    }
}
