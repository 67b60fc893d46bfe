//! What the server tells of itself: metrics per operation, spans for a collector, lines about slow operations. Each with
//! a process of its own, since counters and logs are of the whole process.

mod collector;
mod logs;
mod metrics;
mod page;
mod traces;

use std::path::Path;

use harness::{Process, Storage};
use serde_json::Value;
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_zapys");
/// Each client of the harness names an address of its own; many requests of one are no nuisance here.
const COMMON: [(&str, &str); 3] = [
    ("ZAPYS__HTTP__TRUSTED_PROXIES", "1"),
    ("ZAPYS__LOG__FORMAT", "json"),
    ("ZAPYS__LIMITS__ANONYMOUS_PER_MINUTE", "100000"),
];

async fn serve(storage: &Storage, settings: &[(&str, &str)]) -> Process {
    let settings: Vec<(&str, &str)> = COMMON.iter().chain(settings).copied().collect();
    Process::serve(PROGRAM, storage, &settings).await.expect("a server")
}

/// Ends it as a supervisor does, and waits until it has said and sent all.
async fn stop(process: &mut Process) {
    let id = process.id().expect("a running process").to_string();
    let told = Command::new("kill").args(["-TERM", &id]).status().await.expect("kill");
    assert!(told.success());
    assert!(process.ended().await.expect("an end").success());
}

/// All that the process wrote, as it stands in the file.
fn written(folder: &Path, process: &Process) -> String {
    let port = process.client().base().rsplit(':').next().expect("a port").to_owned();
    std::fs::read_to_string(folder.join(format!("serve-{port}.log"))).expect("a log")
}

/// The lines of its log that say this.
fn lines(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == message).collect()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}
