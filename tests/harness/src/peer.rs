//! The other end of a bare connection: for what a client library would never send, and for a peer that does not read.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::client::Client;

/// A TCP connection to a server.
pub struct Peer {
    stream: TcpStream,
    host: String,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Peer {
    /// Connects to a client's server, with little room for what is not read.
    pub async fn connect(client: &Client) -> Result<Self> {
        let host = client.base().trim_start_matches("http://").to_owned();
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(4096)?;
        Ok(Self { stream: socket.connect(host.parse()?).await?, host })
    }

    /// Sends a request: its first line without the version, its headers without Host, a body.
    pub async fn request(&mut self, line: &str, headers: &[(&str, &str)], body: &str) -> Result<()> {
        let mut text = format!("{line} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.write(format!("{text}\r\n{body}").as_bytes()).await
    }

    /// Sends bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Sends a message as a masked frame.
    pub async fn message(&mut self, message: &Value) -> Result<()> {
        self.write(&frame(0x81, message.to_string().as_bytes())).await
    }

    /// What comes until this text does, itself included.
    pub async fn until(&mut self, end: &str) -> Result<String> {
        let mut read = Vec::new();
        let mut byte = [0];
        while !read.ends_with(end.as_bytes()) {
            let count =
                timeout(PATIENCE, self.stream.read(&mut byte)).await.with_context(|| format!("no {end:?}"))??;
            anyhow::ensure!(count > 0, "ended before {end:?}: {}", String::from_utf8_lossy(&read));
            read.push(byte[0]);
        }
        Ok(String::from_utf8_lossy(&read).into_owned())
    }

    /// Everything until the server ends the connection.
    pub async fn rest(&mut self) -> Result<Vec<u8>> {
        let mut rest = Vec::new();
        match timeout(PATIENCE, self.stream.read_to_end(&mut rest)).await.context("it stays open")? {
            Ok(_) => Ok(rest),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(rest),
            Err(error) => Err(error.into()),
        }
    }
}

/// A frame as clients send them, masked with zeros: its first byte, its payload.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
