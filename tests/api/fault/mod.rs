//! What breaks around the server: the process itself, Redis.

mod process;
mod proxy;
mod redis;
