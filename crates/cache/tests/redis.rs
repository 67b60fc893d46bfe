//! The cache over Redis: shared between processes, and good for nothing but speed.
//!
//! What a broken Redis costs is tested without one. The rest runs when `ZAPYS_TEST_REDIS` names a server.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use deadpool_redis::redis;
use futures_util::StreamExt;
use kernel::CompanyId;
use uuid::Uuid;
use zapys_cache::{Cache, Health, Options, Quota, RateKey, Signal, StampedKey, Topic};

fn options(url: &str) -> Options {
    Options {
        redis_url: Some(url.to_owned()),
        redis_timeout: Duration::from_millis(100),
        prefix: format!("zapys-test-{}", Uuid::now_v7()),
        ..Options::default()
    }
}

fn server() -> Option<String> {
    std::env::var("ZAPYS_TEST_REDIS").ok()
}

fn value_key() -> StampedKey {
    StampedKey { company: CompanyId::new(), table: "test", stamp: 42 }
}

async fn load(cache: &Cache, key: StampedKey, loads: &AtomicUsize) -> String {
    let load = async {
        loads.fetch_add(1, Ordering::SeqCst);
        Ok("манікюр".to_owned())
    };
    cache.stamped::<String, _>(key, load).await.unwrap().to_string()
}

/// Between the test and Redis: lets bytes through, swallows them, or hangs up.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Open,
    Silent,
    Cut,
}

struct Proxy {
    url: String,
    line: Arc<Mutex<(Line, Vec<TcpStream>)>>,
}

impl Proxy {
    /// Without a target nothing ever answers.
    fn to(target: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let line = Arc::new(Mutex::new((Line::Open, Vec::new())));
        let lines = line.clone();
        std::thread::spawn(move || {
            for inside in listener.incoming().map(Result::unwrap) {
                let outside = target.as_ref().map(|target| TcpStream::connect(target).unwrap());
                let mut state = lines.lock().unwrap();
                if state.0 == Line::Cut {
                    continue;
                }
                for end in [Some(&inside), outside.as_ref()].into_iter().flatten() {
                    state.1.push(end.try_clone().unwrap());
                }
                drop(state);
                if let Some(outside) = outside {
                    carry(&inside, &outside, &lines);
                    carry(&outside, &inside, &lines);
                }
            }
        });
        Self { url, line }
    }

    /// Conversations that were broken into are of no use any more, so every change ends them but the one to silence.
    fn set(&self, line: Line) {
        let mut state = self.line.lock().unwrap();
        state.0 = line;
        if line != Line::Silent {
            for end in state.1.drain(..) {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
    }
}

fn carry(from: &TcpStream, to: &TcpStream, line: &Arc<Mutex<(Line, Vec<TcpStream>)>>) {
    let (mut from, mut to, line) = (from.try_clone().unwrap(), to.try_clone().unwrap(), line.clone());
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(length) = from.read(&mut bytes)
            && length > 0
        {
            if line.lock().unwrap().0 == Line::Open && to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}

fn address(url: &str) -> String {
    url.trim_start_matches("redis://").split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_redis_that_never_answers_costs_one_wait() {
    let proxy = Proxy::to(None);
    let cache = Cache::open(&options(&proxy.url)).unwrap();
    let loads = AtomicUsize::new(0);
    let started = Instant::now();
    for _ in 0..200 {
        assert_eq!(load(&cache, value_key(), &loads).await, "манікюр");
        cache.limit(&RateKey::global("test", "x"), Quota::per_minute(1_000)).await.unwrap();
    }
    assert!(started.elapsed() < Duration::from_millis(450), "{:?}", started.elapsed());
    assert_eq!(loads.load(Ordering::SeqCst), 200);
    assert_eq!(cache.health().await, Health::Degraded);
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_done_without() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    drop(listener);
    let cache = Cache::open(&options(&url)).unwrap();
    let quota = Quota::new(2, Duration::from_hours(1));
    let key = RateKey::global("test", "x");
    assert!(cache.limit(&key, quota).await.is_ok() && cache.limit(&key, quota).await.is_ok());
    assert!(cache.limit(&key, quota).await.is_err(), "limits hold without Redis");
    let mut listener = cache.subscribe(Topic::new(CompanyId::NONE, "t"));
    cache.signal(&Topic::new(CompanyId::NONE, "t"), "here");
    assert_eq!(listener.next().await, Some(Signal::Message("here".into())));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_at_once() {
    assert!(Cache::open(&options("not an address")).is_err());
}

#[tokio::test]
async fn what_one_process_loaded_the_other_finds() {
    let Some(url) = server() else { return };
    let (options, key, loads) = (options(&url), value_key(), AtomicUsize::new(0));
    let (one, other) = (Cache::open(&options).unwrap(), Cache::open(&options).unwrap());
    assert_eq!(one.health().await, Health::Redis);
    load(&one, key, &loads).await;
    // The value is sent in the background.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(load(&other, key, &loads).await, "манікюр");
    assert_eq!(loads.load(Ordering::SeqCst), 1);

    let next_release = Options { release: "next".to_owned(), ..options.clone() };
    load(&Cache::open(&next_release).unwrap(), key, &loads).await;
    assert_eq!(loads.load(Ordering::SeqCst), 2, "releases do not read one another's values");
}

#[tokio::test]
async fn an_unreadable_value_is_loaded_anew() {
    let Some(url) = server() else { return };
    let (options, key, loads) = (options(&url), value_key(), AtomicUsize::new(0));
    load(&Cache::open(&options).unwrap(), key, &loads).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut connection = redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{}:*", options.prefix)).query_async(&mut connection).await.unwrap();
    assert_eq!(keys.len(), 1);
    redis::cmd("SET").arg(&keys[0]).arg("\"cut off").query_async::<()>(&mut connection).await.unwrap();
    assert_eq!(load(&Cache::open(&options).unwrap(), key, &loads).await, "манікюр");
    assert_eq!(loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn two_processes_share_one_bucket() {
    let Some(url) = server() else { return };
    let options = options(&url);
    let (one, other) = (Cache::open(&options).unwrap(), Cache::open(&options).unwrap());
    let (key, quota) = (RateKey::global("test", "a:b"), Quota::new(10, Duration::from_mins(10)));
    let mut allowed = 0;
    for _ in 0..10 {
        allowed += usize::from(one.limit(&key, quota).await.is_ok());
        allowed += usize::from(other.limit(&key, quota).await.is_ok());
    }
    assert_eq!(allowed, 10);
    let verdict = one.take(&key, quota).await;
    assert_eq!((verdict.limit, verdict.remaining), (10, 0));
    let wait = verdict.retry_after.unwrap();
    assert!(wait > Duration::from_secs(55) && wait <= Duration::from_mins(1), "{wait:?}");
}

#[tokio::test]
async fn a_bucket_fills_again() {
    let Some(url) = server() else { return };
    let cache = Cache::open(&options(&url)).unwrap();
    let (key, quota) = (RateKey::global("test", "x"), Quota::new(2, Duration::from_millis(400)));
    assert_eq!(cache.take(&key, quota).await.remaining, 1);
    assert_eq!(cache.take(&key, quota).await.remaining, 0);
    assert!(cache.take(&key, quota).await.retry_after.is_some());
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(cache.take(&key, quota).await.retry_after.is_none());
}

#[tokio::test]
async fn signals_reach_the_other_process_once() {
    let Some(url) = server() else { return };
    let options = options(&url);
    let (one, other) = (Cache::open(&options).unwrap(), Cache::open(&options).unwrap());
    let topic = Topic::new(CompanyId::new(), "calendar");
    let (mut here, mut there) = (one.subscribe(topic.clone()), other.subscribe(topic.clone()));
    tokio::time::sleep(Duration::from_millis(200)).await;
    one.signal(&topic, "moved");
    assert_eq!(here.next().await, Some(Signal::Message("moved".into())));
    assert_eq!(next(&mut there).await, Some(Signal::Message("moved".into())));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(futures_util::poll!(here.next()).is_pending(), "its own signal does not come back");
}

#[tokio::test]
async fn redis_hangs_dies_and_comes_back() {
    let Some(target) = server() else { return };
    let proxy = Proxy::to(Some(address(&target)));
    let options = options(&proxy.url);
    let cache = Cache::open(&options).unwrap();
    let outside = Cache::open(&Options { redis_url: Some(target), ..options }).unwrap();
    let topic = Topic::new(CompanyId::new(), "calendar");
    let mut signals = cache.subscribe(topic.clone());
    let loads = Arc::new(AtomicUsize::new(0));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(cache.health().await, Health::Redis);
    for broken in [Line::Silent, Line::Cut] {
        proxy.set(broken);
        for _ in 0..20 {
            load(&cache, value_key(), &loads).await;
        }
        assert_eq!(cache.health().await, Health::Degraded);
        proxy.set(Line::Open);
        for _ in 0..50 {
            if cache.health().await == Health::Redis {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(cache.health().await, Health::Redis);
        // Whoever listened across the gap is told to look again, and then hears what comes.
        assert_eq!(next(&mut signals).await, Some(Signal::Missed));
        outside.signal(&topic, "after");
        assert_eq!(next(&mut signals).await, Some(Signal::Message("after".into())));
    }
    assert_eq!(loads.load(Ordering::SeqCst), 40);
}

async fn next(signals: &mut zapys_cache::Subscription) -> Option<Signal> {
    tokio::time::timeout(Duration::from_secs(5), signals.next()).await.expect("a signal in time")
}
