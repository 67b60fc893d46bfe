//! Workers that pause, die or come late.

use std::sync::Arc;

use access::Cx;
use kernel::{CompanyId, PageRequest};
use tokio::sync::{Notify, Semaphore};
use zapys_jobs::{Delivery, Drained, Event, HistoryFilter, JobError};

use crate::setup::{Happened, Seen, jobs, worlds};

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Effect {}

impl Event for Effect {
    const NAME: &'static str = "test.effect";
}

#[tokio::test]
async fn the_late_result_of_a_paused_worker_does_not_count() {
    for world in worlds().await {
        let (company, begun, go) = (CompanyId::new(), Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let (db, clock) = (world.db.clone(), world.clock.clone());
        let jobs = world.jobs(|registrar| {
            let (begun, go) = (begun.clone(), go.clone());
            registrar.on::<Happened>("test.slow", move |_: Cx, event: Delivery<Happened>| {
                let (begun, go) = (begun.clone(), go.clone());
                async move {
                    if event.attempt == 1 {
                        begun.notify_one();
                        let _ = go.acquire().await;
                        // It would fail for good, if anybody still listened.
                        return Err(JobError::Fail(kernel::Error::internal("late")));
                    }
                    Ok(())
                }
            });
        });
        world.publish(&jobs, company, 1).await.unwrap();
        let paused = tokio::spawn({
            let jobs = jobs.clone();
            async move { jobs.drain().await.unwrap() }
        });
        begun.notified().await;
        assert_eq!(jobs.drain().await.unwrap(), Drained::default(), "it is held");
        clock.advance(chrono::TimeDelta::seconds(61));
        assert_eq!(jobs.drain().await.unwrap().done, 1, "the lease ran out, another took it");
        go.add_permits(1);
        assert_eq!(paused.await.unwrap(), Drained::default(), "the late result is refused");
        let reader = db.read(company).await.unwrap();
        let administrator = world.member(company, access::BuiltinRole::Administrator);
        assert_eq!(jobs.list_dead(&administrator, &reader, &PageRequest::first(1)).await.unwrap().items, []);
        drop(reader);
        world.finish().await;
    }
}

#[tokio::test]
async fn an_effect_that_completes_its_job_happens_once() {
    for world in worlds().await {
        let (company, begun, go) = (CompanyId::new(), Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let handle: Arc<std::sync::OnceLock<zapys_jobs::Jobs>> = Arc::default();
        let jobs = world.jobs(|registrar| {
            let (begun, go, handle, db) = (begun.clone(), go.clone(), handle.clone(), world.db.clone());
            registrar.on::<Happened>("test.once", move |cx: Cx, event: Delivery<Happened>| {
                let (begun, go, handle, db) = (begun.clone(), go.clone(), handle.clone(), db.clone());
                async move {
                    if event.attempt == 1 {
                        begun.notify_one();
                        let _ = go.acquire().await;
                    }
                    let jobs = handle.get().unwrap();
                    let effect: kernel::Result<()> = db::transaction!(db, cx.company()?, |tx| {
                        jobs.publish_in(&cx, tx, &Effect {}).await?;
                        event.complete_in(tx).await
                    });
                    Ok(effect?)
                }
            });
        });
        handle.set(jobs.clone()).ok().unwrap();
        world.publish(&jobs, company, 1).await.unwrap();
        let paused = tokio::spawn({
            let jobs = jobs.clone();
            async move { jobs.drain().await.unwrap() }
        });
        begun.notified().await;
        world.advance(61);
        assert_eq!(jobs.drain().await.unwrap().done, 1);
        go.add_permits(1);
        assert_eq!(paused.await.unwrap(), Drained::default());
        let reader = world.db.read(company).await.unwrap();
        let effects = HistoryFilter { names: vec!["test.effect".to_owned()], ..HistoryFilter::default() };
        assert_eq!(jobs.audit(&reader, &effects, &PageRequest::first(10)).await.unwrap().items.len(), 1);
        drop(reader);
        world.finish().await;
    }
}

#[tokio::test]
async fn a_job_that_takes_its_worker_down_each_time_is_given_up() {
    for world in worlds().await {
        let (company, begun) = (CompanyId::new(), Arc::new(Notify::new()));
        let jobs = world.jobs(|registrar| {
            let begun = begun.clone();
            registrar.on::<Happened>("test.crash", move |_: Cx, _: Delivery<Happened>| {
                begun.notify_one();
                std::future::pending()
            });
        });
        world.publish(&jobs, company, 1).await.unwrap();
        for _ in 0..10 {
            // The worker dies while it has the job.
            tokio::select! {
                drained = jobs.drain() => panic!("nothing ends here: {drained:?}"),
                () = begun.notified() => {}
            }
            world.advance(61);
        }
        assert_eq!(jobs.drain().await.unwrap(), Drained::default());
        let reader = world.db.read(company).await.unwrap();
        let administrator = world.member(company, access::BuiltinRole::Administrator);
        let dead = jobs.list_dead(&administrator, &reader, &PageRequest::first(10)).await.unwrap().items;
        assert_eq!(dead.len(), 1);
        assert_eq!((dead[0].attempts, dead[0].error.as_str()), (10, "no try came to an end"));
        drop(reader);
        world.finish().await;
    }
}

#[tokio::test]
async fn two_processes_share_the_work_and_no_job_runs_twice() {
    for world in worlds().await {
        let (seen, companies) = (Seen::default(), [CompanyId::new(), CompanyId::new(), CompanyId::new()]);
        let other = world.another().await;
        let register = |registrar: &mut zapys_jobs::Registrar| {
            let seen = seen.clone();
            registrar.on::<Happened>("test.share", move |_: Cx, event: Delivery<Happened>| {
                let seen = seen.clone();
                async move {
                    tokio::task::yield_now().await;
                    seen.push(event.number);
                    Ok(())
                }
            });
        };
        let cache = cache::Cache::memory();
        let processes = [jobs(&world.db, &cache, register), jobs(&other, &cache, register)];
        for number in 0..60 {
            world.publish(&processes[0], companies[number as usize % 3], number).await.unwrap();
        }
        let drains = processes.clone().map(|jobs| tokio::spawn(async move { jobs.drain().await.unwrap().done }));
        let mut done = 0;
        for drain in drains {
            done += drain.await.unwrap();
        }
        let mut all = seen.all();
        all.sort_unstable();
        assert_eq!((done, all), (60, (0..60).collect::<Vec<_>>()));
        other.close().await;
        world.finish().await;
    }
}
