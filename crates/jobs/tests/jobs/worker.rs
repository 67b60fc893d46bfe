//! The running worker: woken at once, fair between companies, and gone without leaving work behind.

use std::sync::Arc;
use std::time::{Duration, Instant};

use access::Cx;
use kernel::CompanyId;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;
use zapys_jobs::{Delivery, Jobs, WorkerOptions};

use crate::setup::{Happened, Seen, World, worlds};

fn options() -> WorkerOptions {
    WorkerOptions { poll: Duration::from_mins(1), grace: Duration::from_millis(200), ..WorkerOptions::default() }
}

fn start(jobs: &Jobs, options: WorkerOptions) -> (tokio::task::JoinHandle<()>, oneshot::Sender<()>) {
    let (stop, stopped) = oneshot::channel();
    let jobs = jobs.clone();
    let worker = tokio::spawn(async move {
        jobs.work(options, async {
            let _ = stopped.await;
        })
        .await;
    });
    (worker, stop)
}

async fn until(what: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < Duration::from_secs(20), "it did not happen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

fn counting(world: &World, seen: &Seen<(CompanyId, u32)>) -> Jobs {
    let seen = seen.clone();
    world.jobs(|registrar| {
        registrar.on::<Happened>("test.count", move |cx: Cx, event: Delivery<Happened>| {
            let seen = seen.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(1)).await;
                seen.push((cx.company()?, event.number));
                Ok(())
            }
        });
    })
}

#[tokio::test]
async fn a_commit_wakes_the_worker_of_its_process_at_once() {
    for world in worlds().await {
        let (seen, company) = (Seen::default(), CompanyId::new());
        let jobs = counting(&world, &seen);
        let (worker, stop) = start(&jobs, options());
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.publish(&jobs, company, 1).await.unwrap();
        let waited = until(|| seen.len() == 1).await;
        assert!(waited < Duration::from_secs(2), "{waited:?}, the poll would have taken a minute");
        stop.send(()).unwrap();
        worker.await.unwrap();
        world.finish().await;
    }
}

#[tokio::test]
async fn a_company_with_a_crowd_of_jobs_delays_nobody_else() {
    for world in worlds().await {
        let seen = Seen::default();
        let jobs = counting(&world, &seen);
        let crowd = CompanyId::new();
        // The hardest neighbours: those who are looked for in the same bucket, more than one look shows.
        let bucket = |company: &CompanyId| company.uuid().as_bytes()[15] % 16;
        let ids = std::iter::repeat_with(CompanyId::new).filter(|id| bucket(id) == bucket(&crowd));
        let neighbours: Vec<CompanyId> = ids.take(80).chain([CompanyId::NONE]).collect();
        let many: kernel::Result<()> = db::transaction!(world.db, crowd, |tx| {
            for number in 0..600 {
                jobs.publish_in(&world.cx(crowd), tx, &Happened::new(number)).await?;
            }
            Ok(())
        });
        many.unwrap();
        world.advance(1);
        for company in &neighbours {
            world.publish(&jobs, *company, 1).await.unwrap();
        }
        let (worker, stop) = start(&jobs, WorkerOptions { concurrency: 4, ..options() });
        until(|| seen.all().iter().filter(|(company, _)| *company != crowd).count() == 81).await;
        let before = seen.len() - 81;
        assert!(before <= 60, "{before} jobs of the crowd went first");
        stop.send(()).unwrap();
        worker.await.unwrap();
        world.finish().await;
    }
}

#[tokio::test]
async fn a_worker_that_stops_gives_back_what_it_could_not_finish() {
    for world in worlds().await {
        let (company, begun, seen) = (CompanyId::new(), Arc::new(Notify::new()), Seen::default());
        let jobs = world.jobs(|registrar| {
            let (begun, seen) = (begun.clone(), seen.clone());
            registrar.on::<Happened>("test.long", move |_: Cx, event: Delivery<Happened>| {
                let (begun, seen) = (begun.clone(), seen.clone());
                async move {
                    seen.push(event.attempt);
                    if seen.len() == 1 {
                        begun.notify_one();
                        std::future::pending::<()>().await;
                    }
                    Ok(())
                }
            });
        });
        let (worker, stop) = start(&jobs, options());
        world.publish(&jobs, company, 1).await.unwrap();
        begun.notified().await;
        stop.send(()).unwrap();
        worker.await.unwrap();
        assert_eq!(jobs.drain().await.unwrap().done, 1, "nobody waits for the lease to run out");
        assert_eq!(seen.all(), [1, 1], "being stopped is no failed try");
        world.finish().await;
    }
}

#[tokio::test]
async fn a_long_job_keeps_its_lease_while_its_worker_lives() {
    for world in worlds().await {
        let (company, seen) = (CompanyId::new(), Seen::default());
        let clock = world.clock.clone();
        let jobs = world.jobs(|registrar| {
            let seen = seen.clone();
            registrar.on::<Happened>("test.long", move |_: Cx, event: Delivery<Happened>| {
                let (seen, clock) = (seen.clone(), clock.clone());
                async move {
                    // Eight tenths of a lease pass thrice; the worker extends it every third of one in real time.
                    for _ in 0..3 {
                        clock.advance(chrono::TimeDelta::milliseconds(800));
                        tokio::time::sleep(Duration::from_millis(700)).await;
                    }
                    seen.push(event.attempt);
                    Ok(())
                }
            });
        });
        world.publish(&jobs, company, 1).await.unwrap();
        let short = WorkerOptions { lease: Duration::from_secs(1), poll: Duration::from_millis(50), ..options() };
        let (worker, stop) = start(&jobs, short);
        until(|| seen.len() == 1).await;
        stop.send(()).unwrap();
        worker.await.unwrap();
        assert_eq!(seen.all(), [1]);
        assert_eq!(jobs.drain().await.unwrap().done, 0, "done, and done once");
        world.finish().await;
    }
}

#[tokio::test]
async fn bursts_of_many_companies_are_all_served() {
    for world in worlds().await {
        let seen = Seen::default();
        let jobs = counting(&world, &seen);
        let companies: Vec<CompanyId> = (0..100).map(|_| CompanyId::from_uuid(Uuid::now_v7())).collect();
        for company in &companies {
            world.publish(&jobs, *company, 1).await.unwrap();
        }
        let (worker, stop) = start(&jobs, options());
        until(|| seen.len() == 100).await;
        stop.send(()).unwrap();
        worker.await.unwrap();
        let mut served: Vec<CompanyId> = seen.all().into_iter().map(|(company, _)| company).collect();
        served.sort_unstable();
        assert_eq!(served, companies);
        world.finish().await;
    }
}
