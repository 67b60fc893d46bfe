//! How much memory a subscriber takes: opens many sockets with a subscription each against a running server, and prints the
//! server's resident memory before, after, and when all have gone.
//!
//! `cargo run -p zapys-harness --example subscribers -- 127.0.0.1:8080 zpk_sec_… 10000 PID`
//!
//! All sockets are of one key and one address, so the server needs `ZAPYS__LIMITS__SECRET_PER_MINUTE=1000000` and
//! `ZAPYS__HTTP__MAX_SOCKETS_PER_ADDRESS=20000`, and both processes need `ulimit -n` above the number of sockets. Keys of a demo: `zapys demo --json`.
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zapys_harness::frame;

/// Time for the server to begin the last subscriptions.
const SETTLE: Duration = Duration::from_secs(5);
const TOGETHER: usize = 50;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let usage = "subscribers ADDRESS TOKEN COUNT PID";
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().context(usage);
    let (address, token, count, server) = (argument()?, argument()?, argument()?.parse::<usize>()?, argument()?);
    let (before, started) = (resident(&server)?, Instant::now());
    let mut subscribers = Vec::with_capacity(count);
    while subscribers.len() < count {
        let few = TOGETHER.min(count - subscribers.len());
        let opened = futures_util::future::try_join_all((0..few).map(|_| subscribe(&address, &token))).await?;
        subscribers.extend(opened);
    }
    println!("{count} subscribers in {:.1?}", started.elapsed());
    tokio::time::sleep(SETTLE).await;
    let after = resident(&server)?;
    println!("resident before: {before} kB, with them: {after} kB");
    println!("a subscriber takes {:.1} kB", f64::from(after.saturating_sub(before)) / f64::from(u32::try_from(count)?));
    drop(subscribers);
    tokio::time::sleep(SETTLE).await;
    println!("when they have gone: {} kB", resident(&server)?);
    Ok(())
}

/// A socket with a subscription, bare: the messages of one client, without buffers.
async fn subscribe(address: &str, token: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /graphql/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    expect(&mut stream, "\r\n\r\n").await?;
    let init = json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
    stream.write_all(&frame(0x81, init.to_string().as_bytes())).await?;
    expect(&mut stream, "connection_ack\"}").await?;
    let query = "subscription { calendarChanged { kind bookingId startsAt endsAt staffIds } }";
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": query } });
    stream.write_all(&frame(0x81, subscribe.to_string().as_bytes())).await?;
    Ok(stream)
}

async fn expect(stream: &mut TcpStream, end: &str) -> Result<()> {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let count = stream.read_buf(&mut read).await?;
        ensure!(count > 0, "the server closed the connection after: {}", String::from_utf8_lossy(&read));
    }
    Ok(())
}

/// Resident memory of a process in kilobytes.
fn resident(process: &str) -> Result<u32> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("no such process")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no memory of the process")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
