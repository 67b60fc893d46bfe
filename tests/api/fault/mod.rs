//! What breaks around the server: the process itself, Redis, a pool that is too small.

mod pool;
mod process;
mod proxy;
mod redis;
