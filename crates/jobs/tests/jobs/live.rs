//! Live notifications leave after the commit, or never.

use cache::Cache;
use futures_util::{FutureExt, StreamExt};
use kernel::{CompanyId, Error, Kind};
use serde_json::json;
use zapys_jobs::{Signal, Topic};

use crate::setup::worlds;

#[tokio::test]
async fn listeners_hear_what_committed_and_nothing_else() {
    for world in worlds().await {
        let company = CompanyId::new();
        let live = world.jobs(|_| {}).live();
        let topic = Topic::new(company, "calendar");
        let mut listener = live.subscribe(topic.clone());
        let rolled_back: kernel::Result<()> = db::transaction!(world.db, company, |tx| {
            live.publish_after(tx, topic.clone(), &json!({ "booking": 1 }))?;
            Err(Error::not_found())
        });
        assert!(rolled_back.is_err());
        let committed: kernel::Result<()> = db::transaction!(world.db, company, |tx| {
            live.publish_after(tx, topic.clone(), &json!({ "booking": 2 }))?;
            assert!(listener.next().now_or_never().is_none(), "not before the commit");
            Ok(())
        });
        committed.unwrap();
        assert_eq!(listener.next().await, Some(Signal::Message(r#"{"booking":2}"#.into())));
        assert!(listener.next().now_or_never().is_none());
        world.finish().await;
    }
}

#[tokio::test]
async fn a_transaction_speaks_for_its_own_company_only() {
    for world in worlds().await {
        let live = world.jobs(|_| {}).live();
        let foreign: kernel::Result<()> = db::transaction!(world.db, CompanyId::new(), |tx| {
            live.publish_after(tx, Topic::new(CompanyId::new(), "calendar"), &1)
        });
        assert_eq!(foreign.unwrap_err().kind, Kind::Internal);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_process_without_a_worker_calls_those_that_have_one() {
    let Ok(redis_url) = std::env::var("ZAPYS_TEST_REDIS") else { return };
    for world in worlds().await {
        let options = cache::Options {
            redis_url: Some(redis_url.clone()),
            prefix: format!("zapys-test-{}", uuid::Uuid::now_v7()),
            ..cache::Options::default()
        };
        let (seen, company) = (crate::setup::Seen::default(), CompanyId::new());
        let register = |registrar: &mut zapys_jobs::Registrar| {
            let seen = seen.clone();
            registrar.on::<crate::setup::Happened>(
                "test.remote",
                move |_: access::Cx, event: zapys_jobs::Delivery<crate::setup::Happened>| {
                    seen.push(event.number);
                    std::future::ready(Ok(()))
                },
            );
        };
        let server = crate::setup::jobs(&world.db, &Cache::open(&options).unwrap(), register);
        let worker = crate::setup::jobs(&world.db, &Cache::open(&options).unwrap(), register);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let slow = zapys_jobs::WorkerOptions { poll: std::time::Duration::from_mins(1), ..Default::default() };
        let working = tokio::spawn(async move { worker.work(slow, async { drop(stopped.await) }).await });
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        world.publish(&server, company, 1).await.unwrap();
        for _ in 0..100 {
            if seen.len() == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(seen.all(), [1], "the poll would have taken a minute");
        stop.send(()).unwrap();
        working.await.unwrap();
        world.finish().await;
    }
}
