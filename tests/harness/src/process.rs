//! The real binary as a process of its own: for what an in-process server cannot show (kill -9, two servers on one
//! database, the command line). Each process listens on a port that the system chose; it is killed when dropped.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::engine::Storage;

/// A running `zapys serve` or `zapys worker`.
pub struct Process {
    child: Child,
    base: String,
}

/// How long a server may take to answer, on a machine that is compiling beside.
const START: Duration = Duration::from_mins(1);

/// The command of the binary at `program` over a storage, with nothing of the environment of the tests.
pub fn command(program: &str, storage: &Storage) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ZAPYS")) {
        command.env_remove(name);
    }
    command
        .current_dir(&storage.folder)
        .env("ZAPYS__DATABASE__URL", &storage.database_url)
        .env("ZAPYS__DATA__DIRECTORY", &storage.folder)
        .env("ZAPYS__METRICS__BIND", "")
        // The issuer of tokens: processes of one installation, and one that is started again, share it.
        .env("ZAPYS__HTTP__PUBLIC_URL", "http://zapys.test")
        .kill_on_drop(true);
    if let Some(redis) = &storage.redis {
        command.env("ZAPYS__REDIS__URL", &redis.url).env("ZAPYS__REDIS__PREFIX", &redis.prefix);
    }
    command
}

impl Process {
    /// Starts `zapys serve` and waits until it is ready. `settings` are `ZAPYS__…` pairs, and `FAILPOINTS`.
    pub async fn serve(program: &str, storage: &Storage, settings: &[(&str, &str)]) -> Result<Self> {
        let port = free_port()?;
        let base = format!("http://127.0.0.1:{port}");
        let log = std::fs::File::create(storage.folder.join(format!("serve-{port}.log")))?;
        let mut command = command(program, storage);
        command.arg("serve").env("ZAPYS__HTTP__BIND", format!("127.0.0.1:{port}")).envs(settings.iter().copied());
        command.stdout(log.try_clone()?).stderr(log).stdin(Stdio::null());
        let child = command.spawn().with_context(|| format!("{program} does not start"))?;
        let mut process = Self { child, base };
        process.ready(&storage.folder.join(format!("serve-{port}.log"))).await?;
        Ok(process)
    }

    async fn ready(&mut self, log: &Path) -> Result<()> {
        let started = Instant::now();
        let http = reqwest::Client::new();
        while started.elapsed() < START {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}): {}", std::fs::read_to_string(log).unwrap_or_default());
            }
            let answer = http.get(format!("{}/health/ready", self.base)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        bail!("the server is not ready after {START:?}: {}", std::fs::read_to_string(log).unwrap_or_default())
    }

    /// A caller of this server.
    pub fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// Ends it as kill -9 does, and waits until it is gone.
    pub async fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> Result<std::process::ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// Its process id, for signals.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }
}

/// A port that was free a moment ago; the server says so at once if somebody else took it meanwhile.
fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
